//! Reading what was typed into an act, or finding every field that cannot be read.

use std::collections::BTreeSet;

use domain::finding::Finding;
use domain::ids::PersonId;
use domain::supervision::{
    Act, Cast, DecidedAt, Item, MatterKind, Meeting, MeetingKind, Rectification, ReportBallots, Talk,
    TalkKind, Trigger, Vote,
};
use domain::unit::Unit;
use jiff::civil::Date;

use crate::forms::{self, Answers};
use crate::site::Site;
use crate::trouble::Trouble;

pub(super) fn typed(form: &[u8]) -> Answers {
    let mut answers = Answers::new();
    for (name, value) in form_urlencoded::parse(form).into_owned() {
        answers.entry(name).or_default().push(value.trim().to_owned());
    }
    answers
}

pub(super) fn said<'a>(answers: &'a Answers, name: &str) -> &'a str {
    answers.get(name).and_then(|values| values.first()).map_or("", String::as_str)
}

/// A whole number that was typed; commas are for reading.
pub(super) fn number(text: &str) -> Option<i64> {
    text.replace([',', '，', ' '], "").parse().ok()
}

/// The positions of a list that something was typed into.
pub(super) fn positions(answers: &Answers, list: &str) -> BTreeSet<usize> {
    let mark = format!("{list}.");
    let filled = answers.iter().filter(|(_, values)| values.iter().any(|value| !value.is_empty()));
    filled.filter_map(|(name, _)| name.strip_prefix(&mark)?.split('.').next()?.parse().ok()).collect()
}

/// The day and the act, or every field that cannot be read.
type Read = Result<(Date, Act), Vec<Finding>>;

pub(super) fn act(site: &Site, unit: &Unit, form: &str, answers: &Answers) -> Result<Read, Trouble> {
    let mut reader = Reader { answers, problems: Vec::new() };
    let today = site.now().today;
    let on = if form == "exempt" { today } else { reader.day("on").unwrap_or(today) };
    let act = match form {
        "meeting" => {
            let due = site.store().supervision_members(unit.id, on)?;
            let due: Vec<PersonId> = due.iter().map(|member| member.person).collect();
            Act::Meeting(reader.meeting(on, &due))
        }
        "matter" => Act::Matter {
            matter: reader.word("matter", MatterKind::parse).unwrap_or(MatterKind::Decision),
            title: reader.text("title"),
            amount: reader.amount("amount"),
            decided_at: reader.cited("meeting"),
        },
        "talk" => Act::Talk(reader.talk(on)),
        "inquiry" => Act::Inquiry { person: reader.person("person"), question: reader.text("question") },
        "report" => Act::Report {
            person: reader.person("person"),
            text: reader.text("text"),
            ballots: ReportBallots {
                n_present: reader.tally("n_present"),
                satisfied: reader.tally("satisfied"),
                mostly: reader.tally("mostly"),
                dissatisfied: reader.tally("dissatisfied"),
                void: reader.tally("void"),
            },
        },
        "declaration" => Act::Declaration { person: reader.person("person"), text: reader.text("text") },
        "record" => Act::Record { system: reader.text("system"), title: reader.text("title") },
        "exempt" => Act::Exempt {
            system: reader.text("system"),
            year: reader.whole("year").and_then(|n| i16::try_from(n).ok()).unwrap_or(0),
            quarter: reader.whole("quarter").and_then(|n| i8::try_from(n).ok()).unwrap_or(0),
            reason: reader.text("reason"),
        },
        "settle" => Act::Settle { number: reader.whole("number").unwrap_or(0), text: reader.text("text") },
        _ => return Err(Trouble::Missing),
    };
    Ok(if reader.problems.is_empty() { Ok((on, act)) } else { Err(reader.problems) })
}

struct Reader<'a> {
    answers: &'a Answers,
    problems: Vec<Finding>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> String {
        said(self.answers, name).to_owned()
    }

    fn note<T>(&mut self, name: &str, read: Option<T>) -> Option<T> {
        if read.is_none() {
            self.problems.push(forms::unreadable(name));
        }
        read
    }

    fn day(&mut self, name: &str) -> Option<Date> {
        let read = forms::day(said(self.answers, name));
        self.note(name, read)
    }

    fn word<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let read = parse(said(self.answers, name));
        self.note(name, read)
    }

    /// A word that may be left out.
    fn maybe<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        if said(self.answers, name).is_empty() { None } else { self.word(name, parse) }
    }

    fn whole(&mut self, name: &str) -> Option<i64> {
        let read = number(said(self.answers, name));
        self.note(name, read)
    }

    fn amount(&mut self, name: &str) -> Option<i64> {
        self.maybe(name, number)
    }

    /// A count; left out it is none.
    fn tally(&mut self, name: &str) -> u32 {
        self.maybe(name, |text| u32::try_from(number(text)?).ok()).unwrap_or(0)
    }

    fn person(&mut self, name: &str) -> PersonId {
        self.word(name, |text| text.parse().ok()).unwrap_or(PersonId(0))
    }

    /// An item of a meeting, as `entry.item`.
    fn cited(&mut self, name: &str) -> Option<DecidedAt> {
        self.maybe(name, |text| {
            let (meeting, item) = text.split_once('.')?;
            Some(DecidedAt { meeting: meeting.parse().ok()?, item: item.parse().ok()? })
        })
    }

    fn talk(&mut self, on: Date) -> Talk {
        let follow_up_on = match said(self.answers, "follow_up_on") {
            "" => None,
            _ => Some(self.day("follow_up_on").unwrap_or(on)),
        };
        Talk {
            talk: self.word("talk", TalkKind::parse).unwrap_or(TalkKind::Integrity),
            person: self.person("person"),
            talker: self.person("talker"),
            trigger: self.maybe("trigger", Trigger::parse),
            cause: self.text("cause"),
            explanation: self.text("explanation"),
            measures: self.text("measures"),
            follow_up_on,
        }
    }

    fn meeting(&mut self, on: Date, due: &[PersonId]) -> Meeting {
        let listed = self.answers.get("present").map_or(&[][..], Vec::as_slice);
        let present = listed.iter().filter_map(|text| text.parse().ok()).collect();
        let items = positions(self.answers, "items").into_iter().map(|place| self.item(place, due)).collect();
        let places = positions(self.answers, "rectifications");
        Meeting {
            meeting: self.word("meeting", MeetingKind::parse).unwrap_or(MeetingKind::PartyGroup),
            notified_on: self.day("notified_on").unwrap_or(on),
            theme: self.text("theme"),
            chair: self.person("chair"),
            present,
            items,
            opinions: self.text("opinions"),
            minutes: self.text("minutes"),
            rectifications: places.into_iter().map(|place| self.rectification(place, on)).collect(),
        }
    }

    fn item(&mut self, place: usize, due: &[PersonId]) -> Item {
        let name = |field: &str| format!("items.{place}.{field}");
        let votes = due.iter().filter_map(|person| {
            let vote = self.maybe(&name(&format!("votes.{person}")), Vote::parse)?;
            let view = self.text(&name(&format!("views.{person}")));
            Some(Cast { person: *person, vote, view })
        });
        let votes = votes.collect();
        Item {
            title: self.text(&name("title")),
            matter: self.maybe(&name("matter"), MatterKind::parse),
            amount: self.amount(&name("amount")),
            resolution: self.text(&name("resolution")),
            votes,
        }
    }

    fn rectification(&mut self, place: usize, on: Date) -> Rectification {
        let name = |field: &str| format!("rectifications.{place}.{field}");
        Rectification {
            what: self.text(&name("what")),
            owner: self.person(&name("owner")),
            due_on: self.day(&name("due_on")).unwrap_or(on),
        }
    }
}
