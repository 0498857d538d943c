//! Who has a vote in which branch on which day. Ballots, posts and vouchers of the demonstration city
//! are all drawn from here, so that the figures of a meeting are those of the roster of its day.

use domain::months::add_months;
use jiff::civil::Date;

use super::FIRST_DAY;
use super::people::{Path, PlannedPerson};

/// A full member of a branch, for as long as the membership lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seat {
    /// Position in the plan of the people.
    pub(crate) person: usize,
    /// Start of the standing as a full member.
    pub(crate) full_since: Date,
    /// The first day on which the roster shows it.
    pub(crate) from: Date,
    /// The day on which it ended.
    pub(crate) to: Option<Date>,
}

impl Seat {
    fn is_held_on(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| to > day)
    }
}

/// The full members of every branch; branches by their position in the plan of the tree.
#[derive(Debug, Clone)]
pub(crate) struct Rosters(Vec<Vec<Seat>>);

impl Rosters {
    /// The members who were there when the record began.
    pub(crate) fn of_members(n_units: usize, people: &[PlannedPerson]) -> Self {
        let mut rosters = Rosters(vec![Vec::new(); n_units]);
        for (person, planned) in people.iter().enumerate() {
            let Path::Member { admitted_on, died_on } = planned.path else { continue };
            let to = died_on.map(left_on);
            let seat = Seat { person, full_since: full_since(admitted_on), from: FIRST_DAY, to };
            rosters.add(planned.branch, seat);
        }
        rosters
    }

    /// Adds one who became a full member since.
    pub(crate) fn add(&mut self, branch: usize, seat: Seat) {
        self.0[branch].push(seat);
    }

    /// Everyone who was a full member of a branch since the record began.
    pub(crate) fn all(&self, branch: usize) -> &[Seat] {
        &self.0[branch]
    }

    /// Members whom a branch had from the first day to the last.
    pub(crate) fn n_lasting(&self, branch: usize) -> usize {
        self.0[branch].iter().filter(|seat| seat.to.is_none() && seat.from == FIRST_DAY).count()
    }

    /// The full members of a branch on a day. Before the record began the first day's roster stands in.
    pub(crate) fn on(&self, branch: usize, day: Date) -> impl Iterator<Item = &Seat> {
        let day = day.max(FIRST_DAY);
        self.0[branch].iter().filter(move |seat| seat.is_held_on(day))
    }

    /// Members with a vote in a branch on a day.
    pub(crate) fn n_voting(&self, branch: usize, day: Date) -> u32 {
        u32::try_from(self.on(branch, day).count()).unwrap_or(u32::MAX)
    }
}

/// The end of probation, a year after admission.
pub(crate) fn full_since(admitted_on: Date) -> Date {
    add_months(admitted_on, 12)
}

/// Who died in the first days of the year was still on the roster that was taken over.
pub(crate) fn left_on(died_on: Date) -> Date {
    died_on.max(FIRST_DAY)
}
