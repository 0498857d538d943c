//! The registers of supervision of the demonstration city: a year of meetings, talks and reports of each
//! leading body, entered through the use case on two days. Some bodies leave out what the register then
//! finds: a report that came late, a matter without a meeting, a resolution without a vote.

use std::cell::Cell;

use domain::ids::{PersonId, UnitId};
use domain::supervision::{
    Act, Cast, DecidedAt, Item, MatterKind, Meeting, MeetingKind, Member, Rectification, ReportBallots, Talk,
    TalkKind, Trigger, Vote, is_subject,
};
use jiff::civil::{Date, date};

use super::FIRST_UNIT;
use super::random::Random;
use super::record::{Interlude, at};
use crate::store::{Actor, CommandId, Store, StoreError};
use crate::supervision::carry_out;

/// The days on which the registers are written up: at the end of the year, and before the demonstration.
const YEAR_END: Date = date(2002, 12, 20);
const LATELY: Date = date(2003, 2, 21);

/// Items of ordinary meetings, in turn.
const ITEMS: [(&str, Option<MatterKind>, Option<i64>, &str); 5] = [
    ("研究上半年发展党员工作", None, None, "按计划推进，六月底前完成考察"),
    ("购置办公设备", Some(MatterKind::Funds), Some(86_000), "同意购置，公开招标"),
    ("讨论中层干部任免", Some(MatterKind::Appointment), None, "同意任用，按程序公示"),
    ("研究年度重点工作", Some(MatterKind::Decision), None, "同意方案，分工到人"),
    ("培训楼维修项目", Some(MatterKind::Project), Some(240_000), "同意立项，按规定报批"),
];

const VIEWS: [&str; 4] =
    ["同意，建议抓紧落实", "同意，经费要从严掌握", "赞成，请按程序办理", "情况属实，没有不同意见"];

/// What is done on which day.
pub(super) fn interludes(seed: u64) -> Vec<Interlude<'static>> {
    let writing = |day: Date, acts: Acts| {
        let run = move |store: &Store| write_up(store, (day, seed), acts);
        Interlude { day, run: Box::new(run) }
    };
    vec![writing(YEAR_END, Body::year), writing(LATELY, Body::lately)]
}

/// What a body does on one of the days, each with the day on which it was.
type Acts = fn(&Body) -> Vec<(Date, Act)>;

/// A leading body whose register is written up.
struct Body {
    members: Vec<Member>,
    /// The number that its next entry will have.
    next: i64,
    /// Draws of its own.
    seed: u64,
}

fn write_up(store: &Store, (day, seed): (Date, u64), acts: Acts) -> Result<(), StoreError> {
    let top = UnitId(FIRST_UNIT);
    let actor = Actor { account: None, role: None, unit: top };
    let mut commands = Random::stream(seed, &format!("supervision {day}"));
    let second = Cell::new(24_000);
    for unit in store.subtree(top)?.into_iter().filter(|unit| is_subject(unit.kind) && unit.is_open) {
        // Whoever took office since takes no part in what was held before.
        let since = date(day.year(), 1, 1).min(date(2002, 1, 1));
        let early = store.supervision_members(unit.id, since)?;
        let mut members = store.supervision_members(unit.id, day)?;
        members.retain(|member| early.contains(member));
        if members.len() < 2 || members.len() < early.len() {
            continue;
        }
        let entries = store.supervision(unit.id, day.year(), day)?.entries;
        let next = entries.last().map_or(1, |entry| entry.number + 1);
        let seed = Random::stream(seed, &format!("supervision {}", unit.id)).next();
        let body = Body { members, next, seed };
        let batch: Vec<_> = acts(&body)
            .into_iter()
            .map(|(on, act)| {
                second.set(second.get() + 1);
                let mut id = [0; 16];
                id[..8].copy_from_slice(&commands.next().to_be_bytes());
                id[8..].copy_from_slice(&commands.next().to_be_bytes());
                (at(day, second.get()), CommandId(id), on, act)
            })
            .collect();
        store.write(move |tx| {
            for (now, command, on, act) in batch {
                carry_out(tx, (actor, now, command), (unit.id, None), (on, &act))
                    .map_err(|error| StoreError::Unfit(error.to_string()))?;
            }
            Ok::<_, StoreError>(())
        })?;
    }
    Ok(())
}

impl Body {
    /// A number below another that is the same each time, different for each body.
    fn pick(&self, what: &str, n: usize) -> usize {
        let mut random = Random::stream(self.seed, what);
        usize::try_from(random.next() % n as u64).unwrap_or(0)
    }

    fn member(&self, place: usize) -> PersonId {
        self.members[place % self.members.len()].person
    }

    /// The year before: four meetings, the democratic life meeting with its report, the report of the first
    /// secretary.
    fn year(&self) -> Vec<(Date, Act)> {
        let mut acts = Vec::new();
        for (quarter, month) in [(1, 3), (2, 6), (3, 9), (4, 11)] {
            // One body in six missed a quarter.
            if self.pick("missed", 24) != quarter {
                let on = date(2002, month, 12);
                acts.push((on, Act::Meeting(self.meeting(on, quarter, true))));
            }
        }
        let number = i64::try_from(acts.len()).unwrap_or(0) + 1;
        let held_on = date(2002, 11, 26);
        acts.push((held_on, Act::Meeting(self.life(held_on))));
        // One in five reports it after the fifteenth day.
        let day = if self.pick("report", 5) == 0 { 16 } else { 6 };
        let text = "会议情况报告和记录已报上级党委".to_owned();
        acts.push((date(2002, 12, day), Act::Settle { number, text }));
        let n = 18 + u32::try_from(self.pick("present", 20)).unwrap_or(0);
        let ballots = ReportBallots { n_present: n, satisfied: n - 6, mostly: 4, dissatisfied: 1, void: 1 };
        let text = "述职述廉报告：履行第一责任人职责、本人廉洁自律情况，存在的不足和改进措施。".to_owned();
        acts.push((date(2002, 12, 18), Act::Report { person: self.member(0), text, ballots }));
        acts
    }

    /// This year so far: a meeting and the matter that it decided, talks, study, something put right.
    fn lately(&self) -> Vec<(Date, Act)> {
        let on = date(2003, 1, 14);
        let is_voted = self.pick("alone", 9) != 0;
        let mut acts = vec![(on, Act::Meeting(self.meeting(on, 1, is_voted)))];
        let cited = (self.pick("uncited", 7) != 0).then_some(DecidedAt { meeting: self.next, item: 1 });
        let matter = Act::Matter {
            matter: MatterKind::Funds,
            title: "购置办公设备".to_owned(),
            amount: Some(86_000),
            decided_at: cited,
        };
        acts.push((date(2003, 1, 16), matter));
        acts.push((date(2003, 2, 11), Act::Talk(self.talk(TalkKind::Integrity))));
        if self.pick("admonition", 8) == 0 {
            acts.push((date(2003, 2, 12), Act::Talk(self.talk(TalkKind::Admonition))));
        }
        if self.pick("inquiry", 6) == 0 {
            let question = "来信反映公务用车管理问题，请书面说明情况。".to_owned();
            acts.push((date(2003, 2, 18), Act::Inquiry { person: self.member(1), question }));
        }
        if self.pick("study", 3) != 0 {
            acts.push((date(2003, 2, 20), Act::Meeting(self.study())));
        }
        acts
    }

    fn meeting(&self, on: Date, turn: usize, is_voted: bool) -> Meeting {
        let (title, matter, amount, resolution) = ITEMS[turn % ITEMS.len()];
        let cast = |(place, member): (usize, &Member)| Cast {
            person: member.person,
            vote: Vote::For,
            view: VIEWS[(place + self.pick(title, VIEWS.len())) % VIEWS.len()].to_owned(),
        };
        let votes = self.members.iter().enumerate().map(cast).collect();
        Meeting {
            meeting: MeetingKind::PartyGroup,
            notified_on: on.saturating_sub(jiff::Span::new().days(3)),
            theme: String::new(),
            chair: self.member(0),
            present: self.members.iter().map(|member| member.person).collect(),
            items: vec![Item {
                title: title.to_owned(),
                matter,
                amount,
                resolution: resolution.to_owned(),
                votes: if is_voted { votes } else { Vec::new() },
            }],
            opinions: String::new(),
            minutes: "主持人通报议题和会前准备情况，与会同志逐一发表意见，主持人最后表态。".to_owned(),
            rectifications: Vec::new(),
        }
    }

    fn life(&self, on: Date) -> Meeting {
        let set = |(what, place, due_on): (&str, usize, Date)| Rectification {
            what: what.to_owned(),
            owner: self.member(place),
            due_on,
        };
        let rectifications = [
            ("精简会议和文件，压缩三分之一", 1, date(2003, 2, 28)),
            ("每季度下基层调研不少于两次", 0, date(2003, 6, 30)),
        ];
        Meeting {
            meeting: MeetingKind::Life,
            theme: "实践“三个代表”重要思想，加强领导班子作风建设".to_owned(),
            opinions: "会前征求意见十四条，主要涉及会议偏多、下基层偏少、干部培养力度不够。".to_owned(),
            minutes: "通报上次整改情况，逐人对照检查，开展批评与自我批评。".to_owned(),
            items: Vec::new(),
            rectifications: rectifications.into_iter().map(set).collect(),
            ..self.meeting(on, 0, false)
        }
    }

    fn study(&self) -> Meeting {
        Meeting {
            meeting: MeetingKind::Study,
            theme: "学习十六大报告：正确的权力观、地位观、利益观".to_owned(),
            minutes: "集体学习原文，两名同志作重点发言。".to_owned(),
            items: Vec::new(),
            ..self.meeting(date(2003, 2, 20), 0, false)
        }
    }

    fn talk(&self, kind: TalkKind) -> Talk {
        let is_grave = kind == TalkKind::Admonition;
        let of = |text: &str| if is_grave { text.to_owned() } else { String::new() };
        Talk {
            talk: kind,
            person: self.member(1),
            talker: self.member(0),
            trigger: is_grave.then_some(Trigger::DutyLoss),
            cause: if is_grave {
                "分管项目超期四个月，造成损失"
            } else {
                "通报廉政要求，了解思想和工作情况"
            }
            .to_owned(),
            explanation: of("本人说明了招标延误和督促不力的经过"),
            measures: of("按月报送进度，三个月内完成收尾"),
            follow_up_on: is_grave.then_some(date(2003, 5, 12)),
        }
    }
}
