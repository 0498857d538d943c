//! The figures of votes. The shares are of those entitled, never of those present, and written
//! opinions count in favour but not towards presence.

use jiff::civil::Date;

use super::super::{Fact, Share};
use super::reading::confirmation;
use super::{Asking, Reading, Value};
use crate::case_file::{Outcome, Path, Votes};
use crate::months::add_months;

/// More than half, by which a meeting passes.
const HALF: Share = Share { numerator: 1, denominator: 2 };

/// A vote of the file: the admitting meeting comes first, then those about confirmation as listed.
struct Ballot<'f> {
    occurrence: usize,
    on: Option<Date>,
    votes: &'f Votes,
    /// Whether something was decided that needs a majority.
    needs_majority: bool,
}

pub(super) fn quorum(asking: &mut Asking<'_, '_>, file: &Reading<'_>, more_than: Share) {
    for ballot in ballots(file) {
        let (Some(due), Some(present)) = (ballot.votes.due, ballot.votes.present) else { continue };
        if !exceeds(present.into(), more_than, due) && asking.judges(ballot.on) {
            let facts = [
                ballot.day(),
                (Fact::Present, Value::Number(present.into())),
                (Fact::Entitled, Value::Number(due.into())),
            ];
            asking.add(ballot.occurrence, &[ballot.path("present"), ballot.path("due")], &facts);
        }
    }
}

pub(super) fn majority(asking: &mut Asking<'_, '_>, file: &Reading<'_>, more_than: Share) {
    for ballot in ballots(file).filter(|ballot| ballot.needs_majority) {
        let (Some(due), Some(in_favour)) = (ballot.votes.due, in_favour(ballot.votes)) else { continue };
        if !exceeds(in_favour, more_than, due) && asking.judges(ballot.on) {
            let facts = [
                ballot.day(),
                (Fact::InFavour, Value::Number(in_favour)),
                (Fact::Entitled, Value::Number(due.into())),
            ];
            let paths = ["for", "due", "written_for"].map(|key| ballot.path(key));
            asking.add(ballot.occurrence, &paths, &facts);
        }
    }
}

pub(super) fn counts_agree(asking: &mut Asking<'_, '_>, file: &Reading<'_>) {
    for ballot in ballots(file) {
        let Some(reason) = disagreement(ballot.votes) else { continue };
        if asking.judges(ballot.on) {
            let paths = ["present", "for", "against", "abstain"].map(|key| ballot.path(key));
            asking.add(ballot.occurrence, &paths, &[ballot.day(), (Fact::Reason, Value::Words(reason))]);
        }
    }
}

pub(super) fn secret_ballot(asking: &mut Asking<'_, '_>, file: &Reading<'_>) {
    for ballot in ballots(file).filter(|ballot| ballot.votes.secret == Some(false)) {
        if asking.judges(ballot.on) {
            asking.add(ballot.occurrence, &[ballot.path("secret")], &[ballot.day()]);
        }
    }
}

pub(super) fn resolution_signed(asking: &mut Asking<'_, '_>, file: &Reading<'_>) {
    for ballot in ballots(file).filter(|ballot| ballot.votes.signed == Some(false)) {
        if asking.judges(ballot.on) {
            asking.add(ballot.occurrence, &[ballot.path("signed")], &[ballot.day()]);
        }
    }
}

pub(super) fn approval_decided(asking: &mut Asking<'_, '_>, file: &Reading<'_>, months: u16) {
    let (Some(meeting_on), None) = (file.file.meeting.on, file.file.approval.on) else { return };
    let due = add_months(meeting_on, months);
    if has_passed(&file.file.meeting.votes) && file.as_of > due {
        let facts = [
            (Fact::Since, Value::Day(meeting_on)),
            (Fact::Due, Value::Day(due)),
            (Fact::Months, Value::Number(months.into())),
            (Fact::AsOf, Value::Day(file.as_of)),
        ];
        asking.add(0, &["approval.on", "meeting.on"].map(Path::Key), &facts);
    }
}

impl Ballot<'_> {
    fn path(&self, key: &'static str) -> Path {
        match self.occurrence.checked_sub(1) {
            None => Path::Of("meeting", key),
            Some(position) => confirmation(position, key),
        }
    }

    fn day(&self) -> (Fact, Value) {
        (Fact::Day, self.on.map_or(Value::Absent, Value::Day))
    }
}

fn ballots<'f>(file: &Reading<'f>) -> impl Iterator<Item = Ballot<'f>> + use<'f> {
    let case = file.file;
    let admission = Ballot {
        occurrence: 0,
        on: case.meeting.on,
        votes: &case.meeting.votes,
        // A candidate lawfully voted down is no fault; one approved all the same is.
        needs_majority: case.approval.on.is_some(),
    };
    let confirmations = case.confirmation.meetings.iter().enumerate().map(|(position, meeting)| Ballot {
        occurrence: position + 1,
        on: Some(meeting.on),
        votes: &meeting.votes,
        needs_majority: meeting.outcome == Outcome::Confirm,
    });
    std::iter::once(admission).chain(confirmations)
}

fn in_favour(votes: &Votes) -> Option<i64> {
    Some(i64::from(votes.in_favour?) + i64::from(votes.written_for.unwrap_or(0)))
}

fn exceeds(count: i64, share: Share, whole: i32) -> bool {
    count * i64::from(share.denominator) > i64::from(whole) * i64::from(share.numerator)
}

fn has_passed(votes: &Votes) -> bool {
    let (Some(due), Some(present), Some(in_favour)) = (votes.due, votes.present, in_favour(votes)) else {
        return false;
    };
    exceeds(present.into(), HALF, due) && exceeds(in_favour, HALF, due)
}

fn disagreement(votes: &Votes) -> Option<(&'static str, &'static str)> {
    let Votes { due, present, in_favour, against, abstain, written_for, secret: _, signed: _ } = *votes;
    if [due, present, in_favour, against, abstain, written_for].iter().flatten().any(|count| *count < 0) {
        return Some(("票数为负数", "a count is negative"));
    }
    if let (Some(present), Some(due)) = (present, due)
        && present > due
    {
        return Some(("到会人数多于应到人数", "more were present than were entitled to vote"));
    }
    let sum = i64::from(in_favour?) + i64::from(against?) + i64::from(abstain?);
    (sum != i64::from(present?)).then_some((
        "赞成、反对、弃权票数之和与到会人数不符",
        "the votes for, against and abstaining do not add up to those present",
    ))
}
