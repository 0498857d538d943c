//! Who takes part in a journey: office-holders of the day, mentors and sponsors from the branch's full
//! members, and the figures of meetings by the roster of the day.

use std::collections::HashSet;

use domain::ballot::Ballot;
use domain::calendar::Calendar;
use domain::ids::UnitId;
use domain::record::{Body, Minutes, Named, Officer, Voucher};
use domain::unit::{PostKind, may_approve};
use jiff::civil::Date;

use crate::demo::city::PlannedUnit;
use crate::demo::people::PlannedPerson;
use crate::demo::posts::Posts;
use crate::demo::random::Random;
use crate::demo::roster::{Rosters, Seat};
use crate::demo::{person_id, unit_id};

/// Everything about the city that papers are written from.
pub(crate) struct World<'a> {
    pub(crate) units: &'a [PlannedUnit],
    pub(crate) people: &'a [PlannedPerson],
    pub(crate) rosters: &'a Rosters,
    pub(crate) posts: &'a Posts,
    /// Holders of posts above the branches, who talk and approve and therefore do not vouch.
    pub(crate) leaders: HashSet<usize>,
    pub(crate) calendar: &'a Calendar,
}

impl World<'_> {
    /// The committee above a branch that approves its admissions.
    pub(crate) fn approver(&self, branch: usize) -> usize {
        let mut at = branch;
        while let Some(above) = self.units[at].parent {
            let kind_above = self.units[above].parent.map(|unit| self.units[unit].kind);
            if may_approve(self.units[above].kind, kind_above) {
                return above;
            }
            at = above;
        }
        at
    }

    pub(crate) fn name(&self, person: usize) -> String {
        self.people[person].name.clone()
    }

    /// The holder of the first of several posts that is held on a day.
    pub(crate) fn officer(&self, unit: usize, day: Date, kinds: &[PostKind]) -> Officer {
        let held = kinds.iter().find_map(|&kind| Some((self.posts.holder(unit, kind, day)?, kind)));
        let (person, post) = held.map_or((None, PostKind::Secretary), |(person, post)| (Some(person), post));
        Officer {
            person: person.map(person_id),
            name: person.map_or_else(|| "（空缺）".to_owned(), |person| self.name(person)),
            post,
        }
    }

    pub(crate) fn named(&self, officer: Officer) -> Named {
        Named { person: officer.person, name: officer.name }
    }

    fn voucher(&self, seat: &Seat) -> Voucher {
        Voucher {
            person: Some(person_id(seat.person)),
            name: self.name(seat.person),
            full_since: Some(seat.full_since),
            is_relative: false,
        }
    }

    /// Full members of a branch who may vouch on a day.
    fn eligible(&self, branch: usize, day: Date) -> Vec<Seat> {
        let seats = self.rosters.on(branch, day);
        let may_vouch = |seat: &&Seat| seat.full_since <= day && !self.leaders.contains(&seat.person);
        seats.filter(may_vouch).copied().collect()
    }

    /// Two different ones of them, not the one who is named.
    pub(crate) fn pair(&self, random: &mut Random, branch: usize, day: Date) -> Vec<Voucher> {
        let mut seats = self.eligible(branch, day);
        let mut pair = Vec::with_capacity(2);
        while pair.len() < 2 && !seats.is_empty() {
            let seat = seats.swap_remove(random.below(seats.len() as u64) as usize);
            pair.push(self.voucher(&seat));
        }
        pair
    }

    /// One more of them, besides those who vouch already.
    pub(crate) fn another(
        &self,
        random: &mut Random,
        branch: usize,
        day: Date,
        besides: &[Voucher],
    ) -> Option<Voucher> {
        let mut seats = self.eligible(branch, day);
        seats.retain(|seat| besides.iter().all(|voucher| voucher.person != Some(person_id(seat.person))));
        (!seats.is_empty()).then(|| self.voucher(random.pick(&seats)))
    }

    /// The day on which a voucher's membership ended, if it did.
    pub(crate) fn left_on(&self, branch: usize, voucher: &Voucher) -> Option<Date> {
        let mut seats = self.rosters.all(branch).iter();
        seats.find(|seat| Some(person_id(seat.person)) == voucher.person)?.to
    }

    /// A decision of the branch between meetings.
    pub(crate) fn branch_minutes(&self, random: &mut Random, branch: usize, day: Date) -> Minutes {
        match self.posts.committee_size(branch, day) {
            Some(n_members) => minutes(Body::BranchCommittee, n_members, n_members),
            None => {
                let n_members = self.rosters.n_voting(branch, day);
                minutes(Body::BranchMeeting, n_members, present(random, n_members))
            }
        }
    }

    /// A decision of a committee; its size does not change in these years.
    pub(crate) fn committee_minutes(&self, random: &mut Random, committee: usize) -> Minutes {
        let n_members = 7 + 2 * u32::try_from(committee % 3).unwrap_or(0);
        minutes(Body::Committee, n_members, present(random, n_members))
    }

    /// A vote of the branch meeting, carried.
    pub(crate) fn ballot(&self, random: &mut Random, branch: usize, day: Date) -> Ballot {
        let due = self.rosters.n_voting(branch, day);
        let present = present(random, due);
        let mut in_favour = present;
        let [against, abstain] = [150, 100].map(|share| {
            let is_lost = random.chance(share) && 2 * in_favour > due + 2;
            in_favour -= u32::from(is_lost);
            u32::from(is_lost)
        });
        let secretary = self.officer(branch, day, &[PostKind::Secretary]);
        let mut tellers: Vec<&Seat> = self.rosters.on(branch, day).collect();
        tellers.retain(|seat| Some(person_id(seat.person)) != secretary.person);
        let first = random.below(tellers.len() as u64) as usize;
        tellers.rotate_left(first);
        let teller =
            |seat: &&Seat| Named { person: Some(person_id(seat.person)), name: self.name(seat.person) };
        Ballot {
            due,
            excluded: Vec::new(),
            present,
            in_favour,
            against,
            abstain,
            written_for: 0,
            is_secret: true,
            is_individual: true,
            tellers: tellers.iter().take(2).map(teller).collect(),
            signed_by: Some(secretary),
        }
    }

    /// The next branch on the list that stands under another committee, as somewhere to go to.
    pub(crate) fn elsewhere(&self, branch: usize) -> UnitId {
        let home = self.approver(branch);
        let others = (branch + 1..self.units.len()).chain(0..branch);
        let mut able = others.filter(|&unit| self.units[unit].kind.may_admit());
        unit_id(able.find(|&unit| self.approver(unit) != home).unwrap_or(branch))
    }
}

fn minutes(body: Body, n_members: u32, n_present: u32) -> Minutes {
    Minutes { body, n_members, n_present, n_for: n_present, is_agreed: true }
}

/// Most members come: four of five at the least, and always enough to decide.
fn present(random: &mut Random, n_members: u32) -> u32 {
    let n_away = random.below(u64::from(n_members / 5) + 1);
    n_members - u32::try_from(n_away).unwrap_or(0)
}
