//! What the register as it stands has to say: papers and meetings that are missing. Each finding stays
//! until the paper is there.

use jiff::civil::Date;

use super::{Entry, SupervisionMeetingHeld, SupervisionRule, SystemYear, What};
use crate::blanks::At;
use crate::finding::Finding;
use crate::house::Reasons;

/// Every finding on a year of the register; the place of each is its entry or its system.
#[must_use]
pub fn findings(entries: &[Entry], years: &[SystemYear], (year, today): (i16, Date)) -> Vec<Finding> {
    let mut reasons = Reasons::default();
    for of in years.iter().filter(|of| of.is_without_record(today)) {
        let values = [("system", At::Words(of.system.name.clone())), ("year", At::Number(year.into()))];
        reasons.find(SupervisionRule::NoRecord, &of.system.id, &values);
    }
    for entry in entries.iter().filter(|entry| entry.held_on.year() == year) {
        let place = entry.number.to_string();
        match &entry.what {
            What::Meeting(held) => decided_alone(&mut reasons, &place, held),
            What::Matter(matter) if matter.decided_at.is_none() => {
                let title = At::Plain(matter.title.clone());
                reasons.find(SupervisionRule::NoMeeting, &place, &[("title", title)]);
            }
            What::Matter(_)
            | What::Rectification(_)
            | What::Talk { .. }
            | What::Inquiry {}
            | What::Report { .. }
            | What::Declaration {}
            | What::Record(_)
            | What::Exemption(_) => {}
        }
        match (entry.due_on, entry.settled_on) {
            (Some(due), None) if due < today => {
                let values = [("n", At::Number(entry.number)), ("due", At::Day(due))];
                reasons.find(SupervisionRule::Overdue, &place, &values);
            }
            (Some(due), Some(day)) if due < day => {
                reasons.find(SupervisionRule::Late, &place, &[("due", At::Day(due)), ("day", At::Day(day))]);
            }
            (Some(_) | None, _) => {}
        }
    }
    reasons.all()
}

/// Items that were resolved without a vote.
fn decided_alone(reasons: &mut Reasons, place: &str, held: &SupervisionMeetingHeld) {
    for item in held.items.iter().filter(|item| item.votes.is_none() && !item.resolution.is_empty()) {
        reasons.find(SupervisionRule::OnePerson, place, &[("title", At::Plain(item.title.clone()))]);
    }
}
