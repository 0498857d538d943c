//! Changing the roster by hand: whether a person may be entered, put right, sent to another unit,
//! received there, sanctioned or let go. Every reason against an act is told at once; wording and
//! figures stand in `rulebooks/offices.toml`. What the decisions look at is handed in; nothing is looked
//! up here.

pub mod duplicates;
mod entry;
mod letters;
mod merging;

use jiff::civil::Date;

use crate::blanks::At;
use crate::dates::Moment;
use crate::decide::Consideration;
use crate::event::{
    Fact, PersonDeparted, PersonGrouped, PersonMerged, PersonSanctioned, PostEnded, TransferSent,
};
use crate::house::Reasons;
use crate::ids::{GroupId, PersonId, UnitId};
use crate::offices::{OfficeRule, departure, stage, words};
use crate::person::{Departure, Particulars, Person, Stage};
use crate::refusal::Refusal;
use crate::text::Text;
use crate::tree::{Held, RunningFile};
use crate::unit::{Unit, UnitKind};

/// A letter of transfer (组织关系介绍信) that is on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter {
    /// Whose membership is being transferred.
    pub person: PersonId,
    /// The unit that sent.
    pub from: UnitId,
    /// The unit that should receive.
    pub to: UnitId,
    /// The day of the letter.
    pub sent_on: Date,
    /// Whether the admission file went with it.
    pub is_file_included: bool,
}

impl Letter {
    /// Whether the letter is no longer valid on a day.
    #[must_use]
    pub fn is_overdue(&self, day: Date) -> bool {
        crate::dates::days_between(self.sent_on, day) > crate::offices::figures().letter_days
    }
}

/// What a roster says of a person, and where the person stands: the form of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// What the roster says.
    pub particulars: Particulars,
    /// Where the person stands.
    pub stage: Stage,
    /// Since when, where known.
    pub stage_on: Option<Date>,
    /// Admission as a probationary member.
    pub admitted_on: Option<Date>,
    /// Start of the standing as a full member.
    pub full_since: Option<Date>,
}

impl Enrolment {
    /// The entry as it stands.
    #[must_use]
    pub fn of(person: &Person) -> Self {
        Enrolment {
            particulars: person.particulars.clone(),
            stage: person.stage,
            stage_on: person.stage_on,
            admitted_on: person.admitted_on,
            full_since: person.full_since,
        }
    }
}

/// A unit that keeps a roster or should receive somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The unit.
    pub unit: Unit,
    /// The day it was opened.
    pub opened_on: Date,
    /// Its Party groups.
    pub groups: Vec<GroupId>,
}

/// A person as a decision sees one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The entry.
    pub person: Person,
    /// The entry that this one was merged into.
    pub merged_into: Option<PersonId>,
    /// The letter of transfer that is on the way.
    pub letter: Option<Letter>,
    /// Posts not given up, with the units they are in.
    pub posts: Vec<(UnitId, Held)>,
    /// The running admission file.
    pub file: Option<RunningFile>,
}

/// Something that somebody wants to record about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The day it happened, as claimed.
    pub on: Date,
    /// What.
    pub change: Change,
}

/// What is done to an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Entering a person on the roster of a unit.
    Register(Enrolment),
    /// Putting an entry right.
    Correct {
        /// The entry as it should be.
        becomes: Box<Enrolment>,
        /// The paper it rests on.
        reason: String,
    },
    /// The end of a membership, or a death.
    Depart(PersonDeparted),
    /// Voting right suspended, or given back.
    Sanction(PersonSanctioned),
    /// Joining a Party group of the branch, or leaving it.
    JoinGroup(PersonGrouped),
    /// Sending the membership to another unit.
    SendTransfer(TransferSent),
    /// Receiving it there.
    ReceiveTransfer {
        /// The unit that receives.
        by: UnitId,
        /// Whether the file was taken over.
        is_file_received: bool,
    },
    /// Giving it back.
    ReturnTransfer {
        /// The unit that gives it back.
        by: UnitId,
        /// Why.
        reason: String,
    },
    /// Closing this entry because another one is about the same person.
    Merge(PersonMerged),
}

/// What a decision must know, looked up beforehand in one transaction.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The moment of recording.
    pub now: Moment,
    /// The person; none when one is entered, or nobody is known by that id.
    pub known: Option<Known>,
    /// The unit that takes part: that of the new entry, or the one that should receive, receives or
    /// gives back; for a group, the person's own.
    pub host: Option<Host>,
    /// The entry that stays when two are merged.
    pub other: Option<Known>,
    /// A free identity for a new person.
    pub free: PersonId,
}

/// Whether an act may be recorded, and as what facts.
///
/// # Errors
/// The refusal, with every reason at once.
pub fn decide(act: &Act, ground: &Ground) -> Result<Vec<Fact>, Refusal> {
    consider(act, ground).answer()
}

/// What an act comes to: everything that refuses it, what is worth a second look, and its facts.
#[must_use]
pub fn consider(act: &Act, ground: &Ground) -> Consideration {
    let mut desk = Desk { on: act.on, ground, reasons: Reasons::default() };
    if desk.on > ground.now.today {
        let values = [("day", At::Day(desk.on)), ("today", At::Day(ground.now.today))];
        desk.find(OfficeRule::RosterFuture, "on", &values);
    }
    if let Change::Register(enrolment) = &act.change {
        return entry::register(desk, enrolment);
    }
    let Some(known) = &ground.known else {
        desk.find(OfficeRule::PersonUnknown, "person", &[]);
        return desk.reasons.answer(Vec::new);
    };
    if known.merged_into.is_some() {
        desk.find(OfficeRule::EntryMerged, "person", &[]);
        return desk.reasons.answer(Vec::new);
    }
    match &act.change {
        Change::Register(enrolment) => entry::register(desk, enrolment),
        Change::Correct { becomes, reason } => entry::correct(desk, known, becomes, reason),
        Change::Depart(departed) => depart(desk, known, departed),
        Change::Sanction(sanctioned) => sanction(desk, known, sanctioned),
        Change::JoinGroup(grouped) => join_group(desk, known, grouped),
        Change::SendTransfer(sent) => letters::send(desk, known, sent),
        Change::ReceiveTransfer { by, is_file_received } => {
            letters::receive(desk, known, *by, *is_file_received)
        }
        Change::ReturnTransfer { by, reason } => letters::give_back(desk, known, *by, reason),
        Change::Merge(merged) => merging::merge(desk, known, merged),
    }
}

fn depart(mut desk: Desk<'_>, known: &Known, departed: &PersonDeparted) -> Consideration {
    let person = &known.person;
    desk.check_here(known);
    desk.check_reason(&departed.reason);
    desk.check_after(person);
    if known.file.is_some() {
        desk.find(OfficeRule::StageOfFile, "departure", &[]);
    }
    let named =
        [("stage", words(&stage(person.stage))), ("departure", words(&departure(departed.departure)))];
    let is_member = person.stage.is_member();
    if !is_member && departed.departure != Departure::Died {
        desk.find(OfficeRule::NotMember, "departure", &named);
    } else if !applies(departed.departure, person.stage) {
        desk.find(OfficeRule::DepartureKind, "departure", &named);
    }
    let running = known.posts.iter().map(|(_, post)| post.from_on).max();
    if let Some(from) = running.filter(|&from| from > desk.on) {
        let what = Text::new("任职日期", "the first day of a post");
        desk.before(&what, from);
    }
    let mut facts = ended(desk.on, &known.posts, departure(departed.departure).zh.as_str());
    facts.push(Fact::of_person(person.id, person.unit, desk.on, departed.clone()));
    desk.reasons.answer(|| facts)
}

/// Whether a way of leaving is one for that stage.
fn applies(departure: Departure, stage: Stage) -> bool {
    match departure {
        Departure::Died => true,
        Departure::ProbationCancelled => stage == Stage::Probationary,
        Departure::Expelled => stage == Stage::Full,
        Departure::Resigned | Departure::Removed | Departure::NotRecognised => stage.is_member(),
    }
}

fn sanction(mut desk: Desk<'_>, known: &Known, sanctioned: &PersonSanctioned) -> Consideration {
    let person = &known.person;
    desk.check_present(known);
    desk.check_reason(&sanctioned.reason);
    desk.check_after(person);
    if person.stage != Stage::Full {
        desk.find(OfficeRule::SanctionNotFull, "person", &[]);
    }
    if person.is_under_sanction == sanctioned.is_under_sanction {
        desk.find(OfficeRule::SanctionSame, "is_under_sanction", &[]);
    }
    if sanctioned.is_under_sanction && !known.posts.is_empty() {
        let n = i64::try_from(known.posts.len()).unwrap_or(i64::MAX);
        desk.find(OfficeRule::SanctionHoldsPost, "person", &[("n", At::Number(n))]);
    }
    let fact = Fact::of_person(person.id, person.unit, desk.on, sanctioned.clone());
    desk.reasons.answer(|| vec![fact])
}

fn join_group(mut desk: Desk<'_>, known: &Known, grouped: &PersonGrouped) -> Consideration {
    let person = &known.person;
    desk.check_here(known);
    if person.group == grouped.group {
        desk.find(OfficeRule::EntrySame, "group", &[]);
    }
    let is_ours = |group| desk.ground.host.as_ref().is_some_and(|host| host.groups.contains(&group));
    if grouped.group.is_some_and(|group| !is_ours(group)) {
        desk.find(OfficeRule::GroupElsewhere, "group", &[]);
    }
    let fact = Fact::of_person(person.id, person.unit, desk.on, grouped.clone());
    desk.reasons.answer(|| vec![fact])
}

/// The ends of terms, in the books of the units they are in.
fn ended(on: Date, posts: &[(UnitId, Held)], why: &str) -> Vec<Fact> {
    let end = |(unit, post): &(UnitId, Held)| {
        Fact::of_unit(*unit, on, PostEnded { post: post.id, reason: why.to_owned() })
    };
    posts.iter().map(end).collect()
}

/// The desk on which an act is checked.
struct Desk<'a> {
    on: Date,
    ground: &'a Ground,
    reasons: Reasons,
}

impl Desk<'_> {
    fn find(&mut self, rule: OfficeRule, field: &str, values: &[(&str, At)]) {
        self.reasons.find(rule, field, values);
    }

    fn check_reason(&mut self, reason: &str) {
        if reason.trim().is_empty() {
            self.find(OfficeRule::Grounds, "reason", &[]);
        }
    }

    /// The person has not left.
    fn check_present(&mut self, known: &Known) {
        if known.person.stage == Stage::Former {
            self.find(OfficeRule::HasLeft, "person", &[]);
        }
    }

    /// The person has not left and is not between two units.
    fn check_here(&mut self, known: &Known) {
        self.check_present(known);
        if let Some(letter) = &known.letter {
            self.find(OfficeRule::OnTheWay, "person", &[("day", At::Day(letter.sent_on))]);
        }
    }

    /// The day is not before what is recorded of the person.
    fn check_after(&mut self, person: &Person) {
        let days = [
            (Text::new("出生日期", "the day of birth"), Some(person.particulars.born_on)),
            (Text::new("接收为预备党员的日期", "the day of admission"), person.admitted_on),
            (Text::new("转正日期", "the day of confirmation"), person.full_since),
        ];
        let known = days.into_iter().filter_map(|(what, day)| day.map(|day| (what, day)));
        if let Some((what, day)) = known.max_by_key(|(_, day)| *day).filter(|(_, day)| self.on < *day) {
            self.before(&what, day);
        }
    }

    fn before(&mut self, what: &Text, known: Date) {
        let values = [("day", At::Day(self.on)), ("what", words(what)), ("known", At::Day(known))];
        self.find(OfficeRule::BeforeKnown, "on", &values);
    }

    /// The unit that takes part is on the tree and was open on the day, and can keep people of a stage.
    fn check_host(&mut self, stage: Stage, field: &str) {
        let Some(host) =
            self.ground.host.as_ref().filter(|host| host.unit.is_open && host.opened_on <= self.on)
        else {
            self.find(OfficeRule::RosterUnit, field, &[("day", At::Day(self.on))]);
            return;
        };
        let named = [("unit", words(&host.unit.name))];
        if !host.unit.kind.is_branch() {
            self.find(OfficeRule::RosterNoBranch, field, &named);
        } else if host.unit.kind == UnitKind::ProvisionalBranch && stage.is_member() {
            self.find(OfficeRule::RosterProvisional, field, &named);
        }
    }
}

#[cfg(test)]
mod tests;
