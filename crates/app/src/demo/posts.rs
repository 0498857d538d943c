//! Who holds which post in the demonstration city. Branches have a secretary, and a committee of three
//! where seven members bear one; committees have secretary, deputy and organisation member, the larger
//! ones an organiser. All are full members of the part of the tree they serve.

use std::collections::HashSet;

use domain::event::{Fact, PostAssigned, PostEnded};
use domain::ids::PostId;
use domain::unit::{PostKind, UnitKind};
use jiff::ToSpan;
use jiff::civil::Date;

use super::city::PlannedUnit;
use super::people::PlannedPerson;
use super::random::Random;
use super::record::Line;
use super::roster::{Rosters, Seat};
use super::{FIRST_DAY, LAST_DAY, person_id, unit_id};

/// From how many full members on a branch has a committee.
const COMMITTEE_FROM: u32 = 7;
/// Holders who give a post up before the demonstration day, per thousand.
const ROTATING: u64 = 180;
/// Year of birth from which on somebody is asked to take a post.
const BORN_FROM: i16 = 1940;

/// A post in the hands of one person.
#[derive(Debug, Clone)]
struct Term {
    kind: PostKind,
    unit: usize,
    person: usize,
    from: Date,
    end: Option<(Date, &'static str)>,
}

/// Every post since the record began.
#[derive(Debug)]
pub(crate) struct Posts {
    terms: Vec<Term>,
    /// Positions of the terms of each unit.
    of_unit: Vec<Vec<usize>>,
}

impl Posts {
    /// Draws holders and successors for the whole tree.
    pub(crate) fn plan(
        units: &[PlannedUnit],
        people: &[PlannedPerson],
        rosters: &Rosters,
        seed: u64,
    ) -> Posts {
        let mut draw = Draw {
            people,
            rosters,
            random: Random::stream(seed, "posts"),
            taken: HashSet::new(),
            posts: Posts { terms: Vec::new(), of_unit: vec![Vec::new(); units.len()] },
        };
        let branches = branches_below(units);
        // The highest committees choose first.
        for (unit, planned) in units.iter().enumerate() {
            for &kind in posts_of(planned.kind, unit, rosters.n_voting(unit, FIRST_DAY)) {
                draw.fill(unit, kind, &branches[unit]);
            }
        }
        draw.posts
    }

    /// Who holds a post on a day.
    pub(crate) fn holder(&self, unit: usize, kind: PostKind, day: Date) -> Option<usize> {
        self.held(unit, day).find(|term| term.kind == kind).map(|term| term.person)
    }

    /// Members of the branch committee on a day; none where the meeting of all decides.
    pub(crate) fn committee_size(&self, branch: usize, day: Date) -> Option<u32> {
        self.holder(branch, PostKind::OrganisationMember, day)?;
        u32::try_from(self.held(branch, day).count()).ok()
    }

    /// Everyone who ever holds a post above the branches.
    pub(crate) fn leaders(&self, units: &[PlannedUnit]) -> HashSet<usize> {
        let above = self.terms.iter().filter(|term| !units[term.unit].kind.is_branch());
        above.map(|term| term.person).collect()
    }

    fn held(&self, unit: usize, day: Date) -> impl Iterator<Item = &Term> {
        let day = day.max(FIRST_DAY);
        let terms = self.of_unit[unit].iter().map(|&term| &self.terms[term]);
        terms.filter(move |term| term.from <= day && term.end.is_none_or(|(end, _)| end > day))
    }

    /// The facts, each on its day.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::with_capacity(self.terms.len());
        for (number, term) in (1..).zip(&self.terms) {
            let (post, unit) = (PostId(number), unit_id(term.unit));
            let assigned = PostAssigned { post, kind: term.kind, person: person_id(term.person) };
            lines.push(Line::new(term.from, Fact::of_unit(unit, term.from, assigned)));
            if let Some((day, reason)) = term.end {
                let ended = PostEnded { post, reason: reason.to_owned() };
                lines.push(Line::new(day, Fact::of_unit(unit, day, ended)));
            }
        }
        lines
    }
}

/// The branches below every unit, itself included.
fn branches_below(units: &[PlannedUnit]) -> Vec<Vec<usize>> {
    let mut below = vec![Vec::new(); units.len()];
    for (branch, _) in units.iter().enumerate().filter(|(_, unit)| unit.kind.is_branch()) {
        let mut at = Some(branch);
        while let Some(unit) = at {
            below[unit].push(branch);
            at = units[unit].parent;
        }
    }
    below
}

fn posts_of(kind: UnitKind, unit: usize, n_full: u32) -> &'static [PostKind] {
    use PostKind::{DeputySecretary, OrganisationMember, Organiser, PublicityMember, Secretary};
    if kind.is_branch() {
        return match n_full {
            0 => &[],
            n if n < COMMITTEE_FROM => &[Secretary],
            _ => &[Secretary, OrganisationMember, PublicityMember],
        };
    }
    let has_organiser = matches!(kind, UnitKind::City | UnitKind::County) || unit.is_multiple_of(2);
    match (kind.is_committee(), has_organiser) {
        (true, true) => &[Secretary, DeputySecretary, OrganisationMember, Organiser],
        (true, false) => &[Secretary, DeputySecretary, OrganisationMember],
        (false, _) => &[Secretary],
    }
}

struct Draw<'a> {
    people: &'a [PlannedPerson],
    rosters: &'a Rosters,
    random: Random,
    /// Who holds or held a post; nobody is asked twice while others are there.
    taken: HashSet<usize>,
    posts: Posts,
}

impl Draw<'_> {
    /// Fills a post from the first day on, through every succession.
    fn fill(&mut self, unit: usize, kind: PostKind, branches: &[usize]) {
        let mut from = FIRST_DAY;
        while let Some(seat) = self.choose(branches, from) {
            self.taken.insert(seat.person);
            let rotates_on = from.saturating_add(self.random.between(200, 1_500).days());
            let rotation = self.random.chance(ROTATING).then_some((rotates_on, "换届"));
            let end = seat.to.map(|day| (day, "死亡")).into_iter().chain(rotation).min();
            let end = end.filter(|(day, _)| *day <= LAST_DAY);
            self.posts.of_unit[unit].push(self.posts.terms.len());
            self.posts.terms.push(Term { kind, unit, person: seat.person, from, end });
            let Some((day, _)) = end else { return };
            from = day;
        }
    }

    /// One of the full members of a day: not too old and without a post, as far as there are such.
    fn choose(&mut self, branches: &[usize], day: Date) -> Option<Seat> {
        let first = self.random.below(branches.len() as u64) as usize;
        let (later, earlier) = (branches.iter().skip(first), branches.iter().take(first));
        let mut left_over = None;
        for &branch in later.chain(earlier) {
            let seats: Vec<Seat> = self.rosters.on(branch, day).copied().collect();
            let is_free = |seat: &&Seat| !self.taken.contains(&seat.person);
            let free: Vec<Seat> = seats.iter().filter(is_free).copied().collect();
            let is_young = |seat: &&Seat| self.people[seat.person].born_on.year() >= BORN_FROM;
            let young: Vec<Seat> = free.iter().filter(is_young).copied().collect();
            if let Some(list) = [young, free].into_iter().find(|list| !list.is_empty()) {
                return Some(*self.random.pick(&list));
            }
            left_over = left_over.or_else(|| seats.first().copied());
        }
        left_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{city, people};

    fn planned(seed: u64) -> (Vec<PlannedUnit>, Rosters, Posts) {
        let units = city::plan(2_000, seed);
        let people = people::plan(&units, 2_000, seed);
        let rosters = Rosters::of_members(units.len(), &people);
        let posts = Posts::plan(&units, &people, &rosters, seed);
        (units, rosters, posts)
    }

    #[test]
    fn every_post_is_held_by_a_full_member_of_the_part_it_serves() {
        let (units, rosters, posts) = planned(7);
        let below = branches_below(&units);
        for term in &posts.terms {
            let is_member =
                |branch: &usize| rosters.on(*branch, term.from).any(|seat| seat.person == term.person);
            assert!(below[term.unit].iter().any(is_member), "{term:?}");
            assert!(term.end.is_none_or(|(end, _)| end > term.from), "{term:?}");
        }
        let n_ended = posts.terms.iter().filter(|term| term.end.is_some()).count();
        assert!(n_ended > 0 && n_ended * 2 < posts.terms.len(), "{n_ended} of {}", posts.terms.len());
    }

    #[test]
    fn units_with_members_are_never_without_a_secretary() {
        let (units, rosters, posts) = planned(11);
        for (unit, planned) in units.iter().enumerate() {
            for day in [FIRST_DAY, LAST_DAY] {
                let n_full = rosters.n_voting(unit, day);
                if planned.kind.is_branch() && n_full == 0 {
                    continue;
                }
                assert!(posts.holder(unit, PostKind::Secretary, day).is_some(), "{planned:?} on {day}");
                if planned.kind.is_branch() && rosters.n_voting(unit, FIRST_DAY) >= COMMITTEE_FROM {
                    assert_eq!(posts.committee_size(unit, FIRST_DAY), Some(3), "{planned:?}");
                }
            }
        }
    }

    #[test]
    fn nobody_holds_two_posts_at_once_in_one_unit() {
        let (_, _, posts) = planned(3);
        for (unit, terms) in posts.of_unit.iter().enumerate() {
            for &term in terms {
                let day = posts.terms[term].from;
                let holders: Vec<usize> = posts.held(unit, day).map(|term| term.person).collect();
                let distinct: HashSet<usize> = holders.iter().copied().collect();
                assert_eq!(holders.len(), distinct.len(), "unit {unit} on {day}");
            }
        }
    }
}
