use jiff::civil::date;

use super::*;
use crate::dates::Instant;
use crate::ids::UnitId;
use crate::text::Text;
use crate::unit::{Sector, UnitKind};

const DAY: Date = date(2003, 11, 20);

fn unit() -> Unit {
    Unit {
        id: UnitId(30),
        root: UnitId(20),
        parent: Some(UnitId(20)),
        kind: UnitKind::Committee,
        sector: Sector::Organ,
        code: "U30".into(),
        name: Text::new("某局党组", "A bureau"),
        is_open: true,
        pre: 3,
        post: 9,
        depth: 2,
        version: 1,
    }
}

/// A body of so many members, numbered from 1.
fn ground(n_due: i64) -> Ground {
    let member = |n: i64| Member { person: PersonId(n), name: format!("成员{n}") };
    Ground {
        now: Moment { at: Instant(0), today: DAY },
        on: DAY,
        unit: unit(),
        due: (1..=n_due).map(member).collect(),
        people: (1..=9).map(|n| (PersonId(n), true)).collect(),
        entries: Vec::new(),
        reply_by: date(2003, 12, 11),
    }
}

fn cast(person: i64, vote: Vote) -> Cast {
    Cast { person: PersonId(person), vote, view: "意见".into() }
}

/// A meeting of the first so many members, of whom so many vote for its one item.
fn meeting(n_present: i64, n_for: i64) -> Meeting {
    let vote = |n: i64| cast(n, if n <= n_for { Vote::For } else { Vote::Against });
    Meeting {
        meeting: MeetingKind::PartyGroup,
        notified_on: date(2003, 11, 17),
        theme: String::new(),
        chair: PersonId(1),
        present: (1..=n_present).map(PersonId).collect(),
        items: vec![Item {
            title: "购置设备".into(),
            matter: None,
            amount: None,
            resolution: "同意".into(),
            votes: (1..=n_present).map(vote).collect(),
        }],
        opinions: String::new(),
        minutes: "记录".into(),
        rectifications: Vec::new(),
    }
}

fn rules(act: &Act, ground: &Ground) -> Vec<String> {
    let consideration = consider(act, ground);
    consideration.refusing.iter().chain(&consideration.noted).map(|found| found.rule.clone()).collect()
}

fn entries(act: &Act, ground: &Ground) -> Vec<Entry> {
    let facts = decide(act, ground).unwrap();
    facts.iter().enumerate().filter_map(|(n, fact)| Entry::of(EventId([n as u8; 16]), fact)).collect()
}

fn carried(act: &Act, ground: &Ground) -> Option<bool> {
    let entry = &entries(act, ground)[0];
    let What::Meeting(held) = &entry.what else { panic!("{entry:?}") };
    held.items[0].votes.as_ref().map(|votes| votes.is_carried)
}

#[test]
fn a_meeting_needs_more_than_half_of_those_due_and_so_does_a_resolution() {
    // Seven due: four are a quorum, three are not; four in favour carry, three do not.
    assert_eq!(carried(&Act::Meeting(meeting(4, 4)), &ground(7)), Some(true));
    assert_eq!(carried(&Act::Meeting(meeting(4, 3)), &ground(7)), Some(false));
    assert_eq!(rules(&Act::Meeting(meeting(3, 3)), &ground(7)), ["S02.no_quorum"]);
    // Of six, three are exactly half.
    assert_eq!(rules(&Act::Meeting(meeting(3, 3)), &ground(6)), ["S02.no_quorum"]);
    assert_eq!(carried(&Act::Meeting(meeting(4, 4)), &ground(6)), Some(true));
}

#[test]
fn views_are_sealed_to_whoever_gave_them_and_the_meeting_holds_numbers_only() {
    let facts = decide(&Act::Meeting(meeting(4, 3)), &ground(7)).unwrap();
    assert_eq!(facts.len(), 5);
    assert_eq!(facts[0].subject, None);
    let sealed: Vec<Option<PersonId>> = facts[1..].iter().map(|fact| fact.subject).collect();
    assert_eq!(sealed, [1, 2, 3, 4].map(|n| Some(PersonId(n))));
    assert!(!serde_json::to_string(&facts[0]).unwrap().contains("意见"));
}

#[test]
fn a_vote_by_someone_not_due_or_not_there_or_twice_is_refused_all_at_once() {
    let mut it = meeting(4, 4);
    it.items[0].votes.extend([cast(8, Vote::For), cast(5, Vote::For), cast(2, Vote::Against)]);
    it.items[0].votes.retain(|cast| cast.person != PersonId(3));
    it.present.push(PersonId(9));
    let found = rules(&Act::Meeting(it), &ground(7));
    let expected =
        ["S02.present_not_due", "S02.vote_not_due", "S02.vote_absent", "S02.vote_twice", "S02.vote_missing"];
    assert_eq!(found, expected);
}

#[test]
fn a_resolution_without_a_vote_is_the_decision_of_one_person() {
    let mut it = meeting(5, 5);
    it.items[0].votes.clear();
    let act = Act::Meeting(it.clone());
    assert_eq!(rules(&act, &ground(7)), ["S02.one_person"]);
    let kept = entries(&act, &ground(7));
    let told = |kept: &[Entry]| findings(kept, &[], (2003, DAY)).len();
    assert_eq!(told(&kept), 1);
    // What was only discussed is no decision.
    it.items[0].resolution.clear();
    assert_eq!(told(&entries(&Act::Meeting(it), &ground(7))), 0);
}

#[test]
fn an_appointment_is_discussed_by_two_thirds() {
    let of = |n_present| {
        let mut it = meeting(n_present, n_present);
        it.items[0].matter = Some(MatterKind::Appointment);
        rules(&Act::Meeting(it), &ground(9))
    };
    assert_eq!(of(5), ["S02.appointment_quorum"]);
    assert!(of(6).is_empty());
}

#[test]
fn large_funds_begin_at_the_threshold_and_say_how_much() {
    let matter = |amount| Act::Matter {
        matter: MatterKind::Funds,
        title: "购车".into(),
        amount,
        decided_at: Some(DecidedAt { meeting: 1, item: 1 }),
    };
    let mut ground = ground(7);
    ground.entries = entries(&Act::Meeting(meeting(4, 4)), &ground);
    assert_eq!(rules(&matter(None), &ground), ["S02.no_amount"]);
    assert_eq!(rules(&matter(Some(0)), &ground), ["S02.amount"]);
    assert_eq!(rules(&matter(Some(49_999)), &ground), ["S02.small_funds"]);
    assert!(rules(&matter(Some(50_000)), &ground).is_empty());
}

#[test]
fn a_major_matter_cites_the_item_that_carried_it() {
    let matter = |decided_at| Act::Matter {
        matter: MatterKind::Project,
        title: "办公楼".into(),
        amount: None,
        decided_at,
    };
    let mut known = ground(7);
    let without = entries(&matter(None), &known);
    assert_eq!(rules(&matter(None), &known), ["S03.no_meeting"]);
    let found = findings(&without, &[], (2003, DAY));
    assert_eq!((found.len(), found[0].rule.as_str()), (1, "S03.no_meeting"));

    known.entries = entries(&Act::Meeting(meeting(4, 3)), &ground(7));
    let at = |meeting, item| Some(DecidedAt { meeting, item });
    assert_eq!(rules(&matter(at(1, 1)), &known), ["S03.not_carried"]);
    assert_eq!(rules(&matter(at(1, 2)), &known), ["S03.unknown_item"]);
    assert_eq!(rules(&matter(at(2, 1)), &known), ["S03.unknown_item"]);

    known.entries = entries(&Act::Meeting(meeting(4, 4)), &ground(7));
    assert!(rules(&matter(at(1, 1)), &known).is_empty());
    known.on = date(2003, 11, 19);
    assert_eq!(rules(&matter(at(1, 1)), &known), ["S03.decided_before"]);
}

fn life(n_present: i64) -> Meeting {
    Meeting {
        meeting: MeetingKind::Life,
        theme: "廉洁自律".into(),
        opinions: "征求意见十二条".into(),
        items: Vec::new(),
        rectifications: vec![Rectification {
            what: "精简会议".into(),
            owner: PersonId(2),
            due_on: date(2004, 3, 1),
        }],
        ..meeting(n_present, 0)
    }
}

#[test]
fn a_life_meeting_has_two_thirds_opinions_and_owners_and_is_reported_in_time() {
    assert_eq!(rules(&Act::Meeting(life(5)), &ground(9)), ["S02.life_quorum"]);
    let mut bare = life(6);
    (bare.theme, bare.opinions) = (String::new(), " ".into());
    bare.rectifications[0].owner = PersonId(99);
    bare.rectifications[0].due_on = date(2003, 11, 19);
    let found = rules(&Act::Meeting(bare), &ground(9));
    assert_eq!(found, ["S01.blank", "S01.blank", "S02.owner_not_due", "S02.due_before"]);

    let mut known = ground(9);
    known.entries = entries(&Act::Meeting(life(6)), &known);
    let due: Vec<Option<Date>> = known.entries.iter().map(|entry| entry.due_on).collect();
    assert_eq!(due, [Some(date(2003, 12, 5)), Some(date(2004, 3, 1))]);

    // The fifteenth day is in time, the sixteenth is late and stays so.
    let report = Act::Settle { number: 1, text: "已报".into() };
    for (on, expected) in [(date(2003, 12, 5), vec![]), (date(2003, 12, 6), vec!["S06.late"])] {
        known.on = on;
        known.now.today = on;
        assert_eq!(rules(&report, &known), expected, "{on}");
    }
    let overdue = findings(&known.entries, &[], (2003, date(2003, 12, 6)));
    assert_eq!((overdue.len(), overdue[0].rule.as_str()), (1, "S06.overdue"));
    assert!(findings(&known.entries, &[], (2003, date(2003, 12, 5))).is_empty());
}

#[test]
fn an_entry_is_settled_once_and_not_before_it_was() {
    let mut known = ground(9);
    known.entries = entries(&Act::Meeting(life(9)), &known);
    let settle = |number| Act::Settle { number, text: "完成".into() };
    assert_eq!(rules(&settle(7), &known), ["S06.unknown_entry"]);
    known.on = date(2003, 11, 19);
    assert_eq!(rules(&settle(2), &known), ["S06.settled_before"]);
    known.on = DAY;
    known.entries[1].settled_on = Some(DAY);
    assert_eq!(rules(&settle(2), &known), ["S06.settled_twice"]);
    known.entries = entries(&Act::Meeting(meeting(5, 5)), &ground(7));
    assert_eq!(rules(&settle(1), &known), ["S06.nothing_due"]);
}

fn talk(kind: TalkKind) -> Talk {
    Talk {
        talk: kind,
        person: PersonId(3),
        talker: PersonId(1),
        trigger: Some(Trigger::DutyLoss),
        cause: "项目超期".into(),
        explanation: "说明".into(),
        measures: "按月报进度".into(),
        follow_up_on: Some(date(2004, 2, 20)),
    }
}

#[test]
fn an_admonition_has_a_trigger_an_explanation_measures_and_a_day_of_follow_up() {
    let bare = Talk {
        trigger: None,
        explanation: String::new(),
        measures: String::new(),
        follow_up_on: None,
        ..talk(TalkKind::Admonition)
    };
    let found = rules(&Act::Talk(bare.clone()), &ground(7));
    assert_eq!(found, ["S04.trigger", "S01.blank", "S01.blank", "S04.follow_up"]);
    assert!(rules(&Act::Talk(talk(TalkKind::Admonition)), &ground(7)).is_empty());
    // A yearly talk on integrity owes none of them.
    assert!(rules(&Act::Talk(Talk { talk: TalkKind::Integrity, ..bare }), &ground(7)).is_empty());
    let wrong = Talk { talker: PersonId(3), follow_up_on: Some(DAY), ..talk(TalkKind::Reminder) };
    assert_eq!(rules(&Act::Talk(wrong), &ground(7)), ["S04.own_talk", "S02.due_before"]);
    let stranger = Talk { person: PersonId(77), ..talk(TalkKind::Reminder) };
    assert_eq!(rules(&Act::Talk(stranger), &ground(7)), ["S01.person"]);
}

#[test]
fn what_concerns_one_person_is_sealed_and_the_register_shows_only_that_it_is_there() {
    let report = Act::Report {
        person: PersonId(2),
        text: "述职".into(),
        ballots: ReportBallots { n_present: 20, satisfied: 12, mostly: 6, dissatisfied: 1, void: 1 },
    };
    let inquiry = Act::Inquiry { person: PersonId(2), question: "来信反映".into() };
    let declaration = Act::Declaration { person: PersonId(2), text: "建房".into() };
    for act in [report, inquiry, declaration, Act::Talk(talk(TalkKind::Admonition))] {
        let facts = decide(&act, &ground(7)).unwrap();
        assert!(facts.iter().all(|fact| fact.subject.is_some()), "{act:?}");
        let kept = serde_json::to_string(&entries(&act, &ground(7))[0].what).unwrap();
        for said in ["述职", "来信", "建房", "项目超期", "按月"] {
            assert!(!kept.contains(said), "{kept}");
        }
    }
}

#[test]
fn papers_on_a_report_add_up_to_those_present() {
    let of = |dissatisfied| Act::Report {
        person: PersonId(2),
        text: "述职".into(),
        ballots: ReportBallots { n_present: 20, satisfied: 12, mostly: 6, dissatisfied, void: 1 },
    };
    assert!(rules(&of(1), &ground(7)).is_empty());
    assert_eq!(rules(&of(2), &ground(7)), ["S05.papers"]);
    assert_eq!(rules(&of(0), &ground(7)), ["S05.papers"]);
}

fn held(on: Date, n: i64) -> Entry {
    let mut known = ground(7);
    known.on = on;
    let it = Meeting { notified_on: on, ..meeting(4, 4) };
    let mut entry = entries(&Act::Meeting(it), &known).remove(0);
    entry.number = n;
    entry
}

fn state(of: &[SystemYear], system: &str, today: Date) -> [State; 4] {
    let found = of.iter().find(|of| of.system.id == system).unwrap();
    [0, 1, 2, 3].map(|place| found.cells[place].state(today))
}

#[test]
fn quarters_are_held_made_up_missing_or_still_open() {
    let began = date(1998, 1, 5);
    // The last day of the first quarter counts for it; two in the third make up the second.
    let kept = [held(date(2003, 3, 31), 1), held(date(2003, 7, 1), 2), held(date(2003, 9, 30), 3)];
    let of = year(&kept, 2003, began);
    let expected = [State::Held, State::Late, State::Held, State::Open];
    assert_eq!(state(&of, "collective_leadership", date(2003, 12, 31)), expected);
    let after = state(&of, "collective_leadership", date(2004, 1, 1));
    assert_eq!(after[3], State::Missing);
    // One day later it belongs to the second quarter.
    let of = year(&[held(date(2003, 4, 1), 1)], 2003, began);
    let expected = [State::Missing, State::Held, State::Missing, State::Open];
    assert_eq!(state(&of, "collective_leadership", date(2003, 10, 1)), expected);
}

#[test]
fn nothing_is_owed_before_a_system_or_the_register_began() {
    let ids = |of: &[SystemYear]| of.iter().map(|of| of.system.id.clone()).collect::<Vec<_>>();
    // Issued on the last day of 2003, the regulations are owed in its last quarter.
    assert!(!ids(&year(&[], 2002, date(1998, 1, 5))).contains(&"inspection_tour".to_owned()));
    assert_eq!(year(&[], 2004, date(1998, 1, 5)).len(), 11);
    let of = year(&[], 2003, date(2003, 7, 1));
    let expected = [State::Free, State::Free, State::Missing, State::Missing];
    assert_eq!(state(&of, "collective_leadership", date(2004, 1, 1)), expected);
}

#[test]
fn a_year_without_a_record_is_found_when_its_last_day_is_past_unless_excused() {
    let began = date(1998, 1, 5);
    let told = |kept: &[Entry], today| {
        let of = year(kept, 2003, began);
        let found = findings(kept, &of, (2003, today));
        found.iter().filter(|f| f.rule == "S08.no_record").map(|f| f.fields[0].clone()).collect::<Vec<_>>()
    };
    assert!(told(&[], date(2003, 12, 31)).is_empty());
    assert!(told(&[], date(2004, 1, 1)).contains(&"life_meeting".to_owned()));
    let exempt =
        Act::Exempt { system: "life_meeting".into(), year: 2003, quarter: 4, reason: "换届".into() };
    let kept = entries(&exempt, &ground(7));
    assert!(!told(&kept, date(2004, 1, 1)).contains(&"life_meeting".to_owned()));
    let of = year(&kept, 2003, began);
    assert_eq!(state(&of, "life_meeting", date(2004, 1, 1))[3], State::Exempt);

    let mut again = ground(7);
    again.entries = kept;
    assert_eq!(rules(&exempt, &again), ["S07.exempt_twice"]);
    let free = Act::Exempt { system: "life_meeting".into(), year: 2003, quarter: 1, reason: " ".into() };
    assert_eq!(rules(&free, &ground(7)), ["S01.blank", "S07.nothing_owed"]);
    let none = Act::Exempt { system: "none".into(), year: 2003, quarter: 5, reason: "x".into() };
    assert_eq!(rules(&none, &ground(7)), ["S07.quarter", "S07.unknown_system"]);
}

#[test]
fn a_duty_waits_from_its_days_ahead_until_it_is_held() {
    let waits = |kept: &[Entry], today| {
        let found = occurrences(&year(kept, 2003, date(1998, 1, 5)), today);
        let of = found.iter().filter(|occurrence| occurrence.system.id == "collective_leadership");
        of.map(|occurrence| occurrence.due_on).collect::<Vec<_>>()
    };
    // Forty-five days before 31 March.
    assert!(waits(&[], date(2003, 2, 13)).is_empty());
    assert_eq!(waits(&[], date(2003, 2, 14)), [date(2003, 3, 31)]);
    assert!(waits(&[held(date(2003, 1, 8), 1)], date(2003, 3, 31)).is_empty());
}

#[test]
fn a_record_of_its_own_is_for_systems_without_another_kind() {
    let of = |system: &str| Act::Record { system: system.into(), title: "接待群众来访".into() };
    assert!(rules(&of("letters_and_visits"), &ground(7)).is_empty());
    assert_eq!(rules(&of("life_meeting"), &ground(7)), ["S07.own_kind"]);
    assert_eq!(rules(&of("none"), &ground(7)), ["S07.unknown_system"]);
}

#[test]
fn nothing_is_entered_of_tomorrow_or_in_a_closed_unit() {
    let mut known = ground(7);
    known.now.today = date(2003, 11, 19);
    known.unit.is_open = false;
    let record = Act::Record { system: "press_supervision".into(), title: "x".into() };
    assert_eq!(rules(&record, &known), ["S01.unit_closed", "S01.future"]);
}
