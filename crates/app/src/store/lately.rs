//! How far what was recorded lately reaches, so that an act decided beforehand need not be decided anew
//! because of something that cannot matter to it. Whatever is not known to be harmless reaches everything.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use domain::ids::{PersonId, UnitId};

/// What an event may have changed for a decision about another file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Nothing outside its own file.
    File,
    /// Beside its own file, where the person stands on the roster of this unit.
    Roster(UnitId),
    /// Anything: the tree, posts, rosters, accounts, duties.
    Everything,
}

/// What a decision has looked at beside the rulebooks, the tree and the duties.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LookedAt {
    /// The person of the file, and those named in the act.
    pub(crate) people: BTreeSet<PersonId>,
    /// The branch of the file, and the units named in the act.
    pub(crate) units: BTreeSet<UnitId>,
}

/// Events remembered; what came before them is taken to reach everything.
const REMEMBERED: usize = 4096;

/// The latest events of the log.
#[derive(Debug, Default)]
pub(crate) struct Lately {
    /// Place of the first one remembered.
    from: u64,
    entries: VecDeque<(Option<PersonId>, Reach)>,
}

impl Lately {
    /// Begins at the end of a log of so many events.
    pub(crate) fn at(size: u64) -> Self {
        Lately { from: size, entries: VecDeque::new() }
    }

    /// Takes note of the next event.
    pub(crate) fn push(&mut self, person: Option<PersonId>, reach: Reach) {
        if self.entries.len() == REMEMBERED {
            self.entries.pop_front();
            self.from += 1;
        }
        self.entries.push_back((person, reach));
    }

    /// Forgets what was taken back: everything from this place on.
    pub(crate) fn back_to(&mut self, size: u64) {
        match size.checked_sub(self.from) {
            Some(n) => self.entries.truncate(usize::try_from(n).unwrap_or(usize::MAX)),
            None => *self = Lately::at(size),
        }
    }

    /// Whether nothing recorded since the log had so many events matters to a decision.
    pub(crate) fn leaves_alone(&self, since: u64, looked_at: &LookedAt) -> bool {
        let Some(skipped) = since.checked_sub(self.from) else { return false };
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        skipped <= self.entries.len()
            && self.entries.iter().skip(skipped).all(|(person, reach)| {
                person.is_some_and(|person| !looked_at.people.contains(&person))
                    && match reach {
                        Reach::File => true,
                        Reach::Roster(unit) => !looked_at.units.contains(unit),
                        Reach::Everything => false,
                    }
            })
    }
}

/// What the writer last committed, for readers who keep what they once counted.
#[derive(Debug, Default)]
pub(crate) struct Pulse(Mutex<Beat>);

#[derive(Debug, Clone, Copy, Default)]
struct Beat {
    /// Number of events.
    size: u64,
    /// Number of events up to and with the last one that reached beyond its own file.
    rosters: u64,
}

impl Pulse {
    pub(super) fn committed(&self, size: u64, rosters: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Beat { size, rosters };
    }

    /// Whether no roster and no unit changed between two states of the record. What another process appended
    /// is not known here, and then it is no.
    pub(crate) fn rosters_stood_still(&self, from: i64, to: i64) -> bool {
        let Beat { size, rosters } = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        to.cast_unsigned() <= size && rosters <= from.cast_unsigned() && from <= to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked_at(person: i64, unit: i64) -> LookedAt {
        LookedAt { people: [PersonId(person)].into(), units: [UnitId(unit)].into() }
    }

    #[test]
    fn only_what_is_known_to_be_harmless_leaves_a_decision_alone() {
        let mut lately = Lately::at(10);
        assert!(lately.leaves_alone(10, &looked_at(1, 1)));
        assert!(!lately.leaves_alone(9, &looked_at(1, 1)), "what came before is not remembered");
        assert!(!lately.leaves_alone(11, &looked_at(1, 1)), "nobody can have seen the future");
        lately.push(Some(PersonId(2)), Reach::File);
        lately.push(Some(PersonId(3)), Reach::Roster(UnitId(7)));
        assert!(lately.leaves_alone(10, &looked_at(1, 1)));
        assert!(!lately.leaves_alone(10, &looked_at(2, 1)), "the same person");
        assert!(lately.leaves_alone(11, &looked_at(2, 1)), "it was seen already");
        assert!(!lately.leaves_alone(10, &looked_at(1, 7)), "the roster of the branch");
        lately.push(Some(PersonId(4)), Reach::Everything);
        assert!(!lately.leaves_alone(10, &looked_at(1, 1)));
        assert!(lately.leaves_alone(13, &looked_at(1, 1)));
        lately.back_to(12);
        assert!(lately.leaves_alone(10, &looked_at(1, 1)), "it was taken back");
        lately.push(None, Reach::File);
        assert!(!lately.leaves_alone(12, &looked_at(1, 1)), "about nobody is about everything");
    }

    #[test]
    fn figures_stand_still_only_where_the_writer_says_so() {
        let pulse = Pulse::default();
        pulse.committed(20, 12);
        assert!(pulse.rosters_stood_still(12, 20));
        assert!(!pulse.rosters_stood_still(11, 20), "a roster changed since");
        assert!(!pulse.rosters_stood_still(12, 21), "somebody else appended");
        assert!(pulse.rosters_stood_still(12, 19), "an earlier state of the reader stood still as well");
        assert!(!pulse.rosters_stood_still(21, 20));
    }

    #[test]
    fn what_is_forgotten_reaches_everything() {
        let mut lately = Lately::at(0);
        for _ in 0..=REMEMBERED {
            lately.push(Some(PersonId(2)), Reach::File);
        }
        assert!(!lately.leaves_alone(0, &looked_at(1, 1)));
        assert!(lately.leaves_alone(1, &looked_at(1, 1)));
        lately.back_to(0);
        assert!(lately.leaves_alone(0, &looked_at(1, 1)));
    }
}
