//! The register of supervision (监督台账) of a unit: meetings of its leading body with each member's view
//! and vote, the major matters that must cite one, talks, letters of inquiry, reports on work and
//! integrity, declarations, and what was owed and held by quarter.
//!
//! A decision is a pure function of what was looked up ([`Ground`]) and says every reason at once; wording
//! stands in `rulebooks/supervision.toml`, systems and figures in `rulebooks/supervision_systems.toml`.
//! It looks at papers and days. Nothing here weighs an opinion.

mod duties;
mod event;
mod looking;
mod meeting;
mod people;
mod rules;
mod settings;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::blanks::At;
use crate::dates::Moment;
use crate::decide::Consideration;
use crate::event::{Event, Fact};
use crate::house::Reasons;
use crate::ids::{EventId, PersonId};
use crate::offices::words;
use crate::refusal::Refusal;
use crate::unit::Unit;

pub use duties::{Cell, Occurrence, State, SystemYear, is_leading, is_subject, occurrences, year};
pub use event::{
    DecidedAt, ItemDecided, MatterKind, MeetingKind, ReportBallots, SupervisionDeclarationMade,
    SupervisionExempted, SupervisionInquirySent, SupervisionMatterDecided, SupervisionMeetingHeld,
    SupervisionRecordEntered, SupervisionRectificationSet, SupervisionReportGiven, SupervisionSettled,
    SupervisionTalkHeld, SupervisionViewGiven, TalkKind, Trigger, Vote, Votes,
};
pub use looking::findings;
pub use rules::SupervisionRule;
pub use settings::{Figures, Settings, System, settings};

/// Whether events of a kind belong to the register. That one of them is about a person is not for everybody
/// who sees the record.
#[must_use]
pub fn is_of_register(kind: &str) -> bool {
    kind.starts_with("supervision.")
}

/// An entry of the register, without what is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the register of the unit, from 1.
    pub number: i64,
    /// The event that holds everything.
    pub event: EventId,
    /// The day.
    pub held_on: Date,
    /// Whom it is about, where it is about one person: it is sealed then.
    pub person: Option<PersonId>,
    /// The last day of what it asks for: a report, an answer, a follow-up, something put right.
    pub due_on: Option<Date>,
    /// The day on which that came.
    pub settled_on: Option<Date>,
    /// What it is.
    pub what: What,
}

/// What an entry is, as far as whoever sees the register sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum What {
    /// A meeting.
    Meeting(SupervisionMeetingHeld),
    /// Something to be put right after a democratic life meeting.
    Rectification(SupervisionRectificationSet),
    /// A major matter.
    Matter(SupervisionMatterDecided),
    /// A talk, without what was said.
    Talk {
        /// Which.
        talk: TalkKind,
    },
    /// A letter of inquiry, without what it asks.
    Inquiry {},
    /// A report on work and integrity, by the number of papers.
    Report {
        /// The papers.
        ballots: ReportBallots,
    },
    /// A personal declaration, without what it says.
    Declaration {},
    /// An entry of one of the other systems.
    Record(SupervisionRecordEntered),
    /// An exemption.
    Exemption(SupervisionExempted),
}

impl What {
    /// The word for it, as systems count it and pages name it.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            What::Meeting(held) => format!("meeting.{}", held.meeting.as_str()),
            What::Rectification(_) => "rectification".to_owned(),
            What::Matter(_) => "matter".to_owned(),
            What::Talk { talk } => format!("talk.{}", talk.as_str()),
            What::Inquiry {} => "inquiry".to_owned(),
            What::Report { .. } => "report".to_owned(),
            What::Declaration {} => "declaration".to_owned(),
            What::Record(_) => "record".to_owned(),
            What::Exemption(_) => "exemption".to_owned(),
        }
    }
}

impl Entry {
    /// The entry that an event of the register makes, if it makes one.
    #[must_use]
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events make no entry")]
    pub fn of(event: EventId, fact: &Fact) -> Option<Entry> {
        let (number, due_on, what) = match &fact.event {
            Event::SupervisionMeetingHeld(it) => (it.number, it.report_by, What::Meeting(it.clone())),
            Event::SupervisionRectificationSet(it) => {
                (it.number, Some(it.due_on), What::Rectification(it.clone()))
            }
            Event::SupervisionMatterDecided(it) => (it.number, None, What::Matter(it.clone())),
            Event::SupervisionTalkHeld(it) => (it.number, it.follow_up_on, What::Talk { talk: it.talk }),
            Event::SupervisionInquirySent(it) => (it.number, Some(it.reply_by), What::Inquiry {}),
            Event::SupervisionReportGiven(it) => {
                (it.number, None, What::Report { ballots: it.ballots.clone() })
            }
            Event::SupervisionDeclarationMade(it) => (it.number, None, What::Declaration {}),
            Event::SupervisionRecordEntered(it) => (it.number, None, What::Record(it.clone())),
            Event::SupervisionExempted(it) => (it.number, None, What::Exemption(it.clone())),
            _ => return None,
        };
        let (held_on, person) = (fact.occurred_on, fact.subject);
        Some(Entry { number, event, held_on, person, due_on, settled_on: None, what })
    }

    /// Whether what it asks for did not come by its last day.
    #[must_use]
    pub fn is_overdue(&self, today: Date) -> bool {
        self.settled_on.is_none() && self.due_on.is_some_and(|day| day < today)
    }
}

/// Somebody who is due, because they held a post of the body on the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub person: PersonId,
    /// The name.
    pub name: String,
}

/// A meeting to be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meeting {
    /// Which.
    pub meeting: MeetingKind,
    /// The day of the notice.
    pub notified_on: Date,
    /// What it was about.
    #[serde(default)]
    pub theme: String,
    /// Who presided.
    pub chair: PersonId,
    /// Everyone present.
    pub present: Vec<PersonId>,
    /// The agenda.
    #[serde(default)]
    pub items: Vec<Item>,
    /// Opinions gathered beforehand.
    #[serde(default)]
    pub opinions: String,
    /// The minutes.
    pub minutes: String,
    /// What has to be put right.
    #[serde(default)]
    pub rectifications: Vec<Rectification>,
}

/// An item of the agenda, with every vote by name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What it is.
    pub title: String,
    /// Which of the major matters, if one.
    #[serde(default)]
    pub matter: Option<MatterKind>,
    /// Money that it moves, in yuan.
    #[serde(default)]
    pub amount: Option<i64>,
    /// The resolution.
    #[serde(default)]
    pub resolution: String,
    /// Who voted how, and what was said.
    #[serde(default)]
    pub votes: Vec<Cast>,
}

/// One member's vote and view.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cast {
    /// Who.
    pub person: PersonId,
    /// How.
    pub vote: Vote,
    /// What was said.
    #[serde(default)]
    pub view: String,
}

/// Something to be put right.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rectification {
    /// What.
    pub what: String,
    /// Who answers for it.
    pub owner: PersonId,
    /// Until when.
    pub due_on: Date,
}

/// A talk to be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Talk {
    /// Which.
    pub talk: TalkKind,
    /// With whom.
    pub person: PersonId,
    /// Who talked.
    pub talker: PersonId,
    /// What a reminder or an admonition is about.
    #[serde(default)]
    pub trigger: Option<Trigger>,
    /// What was told.
    pub cause: String,
    /// What was explained.
    #[serde(default)]
    pub explanation: String,
    /// What has to be done.
    #[serde(default)]
    pub measures: String,
    /// The day on which it is looked at again.
    #[serde(default)]
    pub follow_up_on: Option<Date>,
}

/// What somebody wants to enter in the register.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// A meeting was held.
    Meeting(Meeting),
    /// A major matter was decided.
    Matter {
        /// Which.
        matter: MatterKind,
        /// What was decided.
        title: String,
        /// Money that it moves, in yuan.
        #[serde(default)]
        amount: Option<i64>,
        /// The item of the meeting that decided.
        #[serde(default)]
        decided_at: Option<DecidedAt>,
    },
    /// A talk was held.
    Talk(Talk),
    /// A letter of inquiry went out.
    Inquiry {
        /// To whom.
        person: PersonId,
        /// What it asks.
        question: String,
    },
    /// A leader reported on work and integrity.
    Report {
        /// Who.
        person: PersonId,
        /// What was reported.
        text: String,
        /// The papers of those present.
        ballots: ReportBallots,
    },
    /// A leader declared something personal.
    Declaration {
        /// Who.
        person: PersonId,
        /// What.
        text: String,
    },
    /// Something was done under one of the other systems.
    Record {
        /// Which.
        system: String,
        /// What.
        title: String,
    },
    /// A quarter is excused.
    Exempt {
        /// Which system.
        system: String,
        /// The year.
        year: i16,
        /// The quarter, from 1.
        quarter: i8,
        /// Why.
        reason: String,
    },
    /// What an entry asks for has come.
    Settle {
        /// Its number.
        number: i64,
        /// The report, the answer, or what came of it.
        text: String,
    },
}

impl Act {
    /// The person it is about: what is said to or by one person is sealed, and for few.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Act::Talk(talk) => Some(talk.person),
            Act::Inquiry { person, .. } | Act::Report { person, .. } | Act::Declaration { person, .. } => {
                Some(*person)
            }
            Act::Meeting(_)
            | Act::Matter { .. }
            | Act::Record { .. }
            | Act::Exempt { .. }
            | Act::Settle { .. } => None,
        }
    }

    /// Everyone it names.
    #[must_use]
    pub fn named(&self) -> Vec<PersonId> {
        let mut named: Vec<PersonId> = self.person().into_iter().collect();
        if let Act::Talk(talk) = self {
            named.push(talk.talker);
        }
        named
    }
}

/// What a decision must know, looked up beforehand in one transaction.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The moment of recording.
    pub now: Moment,
    /// The day it happened, as claimed.
    pub on: Date,
    /// The unit that keeps the register.
    pub unit: Unit,
    /// Whoever held a post of the leading body on that day.
    pub due: Vec<Member>,
    /// The people named, each with whether the unit or one below it keeps them.
    pub people: BTreeMap<PersonId, bool>,
    /// The register as it stands.
    pub entries: Vec<Entry>,
    /// The last day of an answer to a letter of inquiry sent on the day.
    pub reply_by: Date,
}

impl Ground {
    fn entry(&self, number: i64) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.number == number)
    }

    fn free(&self) -> i64 {
        self.entries.iter().map(|entry| entry.number).max().unwrap_or(0) + 1
    }

    fn name(&self, person: PersonId) -> At {
        let known = self.due.iter().find(|member| member.person == person);
        At::Plain(known.map_or_else(|| person.to_string(), |member| member.name.clone()))
    }
}

/// Whether something may be entered, and as what facts.
///
/// # Errors
/// The refusal, with every reason at once.
pub fn decide(act: &Act, ground: &Ground) -> Result<Vec<Fact>, Refusal> {
    consider(act, ground).answer()
}

/// What an act comes to: everything that refuses it, what is worth a second look, and its facts.
#[must_use]
pub fn consider(act: &Act, ground: &Ground) -> Consideration {
    let mut desk = Desk { reasons: Reasons::default(), ground };
    desk.check_every();
    match act {
        Act::Meeting(it) => meeting::hold(desk, it),
        Act::Matter { matter, title, amount, decided_at } => {
            let at = decided_at.clone();
            meeting::matter(desk, (*matter, title), *amount, at)
        }
        Act::Talk(it) => people::talk(desk, it),
        Act::Inquiry { person, question } => people::inquire(desk, *person, question),
        Act::Report { person, text, ballots } => people::report(desk, *person, text, ballots),
        Act::Declaration { person, text } => people::declare(desk, *person, text),
        Act::Record { system, title } => duties::record(desk, system, title),
        Act::Exempt { system, year, quarter, reason } => {
            duties::exempt(desk, system, (*year, *quarter), reason)
        }
        Act::Settle { number, text } => people::settle(desk, *number, text),
    }
}

/// The desk on which an act is checked.
struct Desk<'a> {
    reasons: Reasons,
    ground: &'a Ground,
}

impl Desk<'_> {
    fn find(&mut self, rule: SupervisionRule, field: &str, values: &[(&str, At)]) {
        self.reasons.find(rule, field, values);
    }

    fn check_every(&mut self) {
        let unit = &self.ground.unit;
        if !unit.is_open {
            self.find(SupervisionRule::UnitClosed, "unit", &[("unit", words(&unit.name))]);
        }
        let (on, today) = (self.ground.on, self.ground.now.today);
        if on > today {
            self.find(SupervisionRule::Future, "on", &[("day", At::Day(on)), ("today", At::Day(today))]);
        }
    }

    fn check_filled(&mut self, field: &str, text: &str) {
        if text.trim().is_empty() {
            self.find(SupervisionRule::Blank, field, &[]);
        }
    }

    /// The person must be kept by the unit or one below it.
    fn check_person(&mut self, field: &str, person: PersonId) {
        if !self.ground.people.get(&person).copied().unwrap_or(false) {
            let unit = words(&self.ground.unit.name);
            self.find(SupervisionRule::Person, field, &[("unit", unit)]);
        }
    }

    fn fact(&self, event: impl Into<Event>) -> Fact {
        Fact::of_unit(self.ground.unit.id, self.ground.on, event)
    }

    fn sealed(&self, person: PersonId, event: impl Into<Event>) -> Fact {
        Fact::of_person(person, self.ground.unit.id, self.ground.on, event)
    }
}

#[cfg(test)]
mod tests;
