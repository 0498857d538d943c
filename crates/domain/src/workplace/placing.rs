//! Where somebody works or lives: what counts members and activists of a workplace.

use jiff::civil::Date;

use super::{PersonPlaced, Workplace, WorkplaceRule};
use crate::blanks::At;
use crate::dates::Moment;
use crate::decide::Consideration;
use crate::event::Fact;
use crate::house::Reasons;
use crate::ids::{PersonId, UnitId, WorkplaceId};
use crate::offices::words;
use crate::person::Stage;

/// What the decision must know of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Who.
    pub person: PersonId,
    /// The unit on whose roster the person is.
    pub unit: UnitId,
    /// Where the person stands.
    pub stage: Stage,
    /// Where the person works now, as far as entered.
    pub workplace: Option<WorkplaceId>,
}

/// Whether it may be recorded that somebody works at a place from a day on, or at none in the register.
#[must_use]
pub fn place(
    now: Moment,
    on: Date,
    who: Option<Placed>,
    (workplace, known): (Option<WorkplaceId>, Option<&Workplace>),
) -> Consideration {
    let mut reasons = Reasons::default();
    if on > now.today {
        let values = [("day", At::Day(on)), ("today", At::Day(now.today))];
        reasons.find(WorkplaceRule::Future, "on", &values);
    }
    match who {
        None => reasons.find(WorkplaceRule::PersonUnknown, "person", &[]),
        Some(who) if who.stage == Stage::Former => reasons.find(WorkplaceRule::PlacedGone, "person", &[]),
        Some(who) if who.workplace == workplace => reasons.find(WorkplaceRule::PlacedSame, "person", &[]),
        Some(_) => {}
    }
    match (workplace, known) {
        (Some(_), None) => reasons.find(WorkplaceRule::Unknown, "workplace", &[]),
        (Some(_), Some(known)) => {
            if let Some(day) = known.closed_on {
                let values = [("name", words(&known.particulars.name)), ("day", At::Day(day))];
                reasons.find(WorkplaceRule::Closed, "workplace", &values);
            }
            if on < known.listed_on {
                let values = [("day", At::Day(on)), ("listed", At::Day(known.listed_on))];
                reasons.find(WorkplaceRule::BeforeListing, "on", &values);
            }
        }
        (None, _) => {}
    }
    let fact = who.map(|who| Fact::of_person(who.person, who.unit, on, PersonPlaced { workplace }));
    reasons.answer(|| fact.into_iter().collect())
}
