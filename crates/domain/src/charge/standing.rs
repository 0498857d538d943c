//! Who stands where, and what a charge still lacks: tasks and units without an owner or a target,
//! letters unsigned, signed on one side, late, in the wrong year or by somebody not in post.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};

use super::{Charge, ChargeRule, Letter, Owner, Side};
use crate::blanks::At;
use crate::finding::Finding;
use crate::house::Reasons;
use crate::ids::{PostId, UnitId};
use crate::offices::words;
use crate::tree::Held;
use crate::unit::Unit;

/// The units of a charge and their posts, past and present.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// The charge's own unit and everything below, by number.
    pub units: BTreeMap<UnitId, Unit>,
    /// Every post in them, by number.
    pub posts: BTreeMap<PostId, (UnitId, Held)>,
}

impl Standing {
    /// A unit of the charge.
    #[must_use]
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(&id)
    }

    /// A post, with the unit that it is in.
    #[must_use]
    pub fn post(&self, id: PostId) -> Option<&(UnitId, Held)> {
        self.posts.get(&id)
    }

    /// Whether a unit is another one or lies below it.
    #[must_use]
    pub fn is_within(&self, unit: UnitId, above: UnitId) -> bool {
        let (Some(unit), Some(above)) = (self.unit(unit), self.unit(above)) else { return false };
        above.pre <= unit.pre && unit.post <= above.post
    }

    /// Whether what an owner answers for falls under a letter's taker: for a unit everything in it and
    /// below, for a post its own.
    #[must_use]
    pub fn covers(&self, taker: &Owner, owner: &Owner) -> bool {
        match taker.post {
            Some(_) => taker == owner,
            None => self.is_within(owner.unit, taker.unit),
        }
    }

    /// Open units directly below another.
    pub fn below(&self, unit: UnitId) -> impl Iterator<Item = &Unit> {
        self.units.values().filter(move |it| it.is_open && it.parent == Some(unit))
    }

    /// Posts of a unit that are held on a day.
    pub fn held(&self, unit: UnitId, day: Date) -> impl Iterator<Item = &Held> {
        self.posts
            .values()
            .filter(move |(at, held)| *at == unit && held.is_held_on(day))
            .map(|(_, held)| held)
    }

    /// What an owner is called.
    #[must_use]
    pub fn name(&self, owner: &Owner) -> crate::text::Text {
        let nameless = || crate::text::Text::new(owner.unit.to_string(), owner.unit.to_string());
        let mut name = self.unit(owner.unit).map_or_else(nameless, |unit| unit.name.clone());
        if let Some((_, held)) = owner.post.and_then(|post| self.post(post)) {
            let office = crate::offices::post_kind(held.kind);
            name = crate::text::Text::new(
                format!("{}{}", name.zh, office.zh),
                format!("{}, {}", office.en, name.en),
            );
        }
        name
    }
}

/// Letters that count towards a level, and those that both sides signed, by the depth of the taker.
#[must_use]
pub fn share_signed(charge: &Charge, standing: &Standing) -> BTreeMap<i64, (usize, usize)> {
    let mut levels = BTreeMap::new();
    for letter in charge.letters.values().filter(|letter| letter.replaced_by.is_none()) {
        let depth = standing.unit(letter.taker.unit).map_or(0, |unit| unit.depth);
        let depth = depth + i64::from(letter.taker.post.is_some());
        let (n, n_signed) = levels.entry(depth).or_insert((0, 0));
        *n += 1;
        *n_signed += usize::from(letter.signed_on().is_some());
    }
    levels
}

/// Everything that a charge lacks on a day.
#[must_use]
pub fn findings(charge: &Charge, standing: &Standing, today: Date) -> Vec<Finding> {
    let mut reasons = Reasons::default();
    of_tasks(&mut reasons, charge, standing, today);
    for letter in charge.letters.values().filter(|letter| letter.replaced_by.is_none()) {
        of_letter(&mut reasons, charge, letter, standing, today);
    }
    for unit in standing.below(charge.unit) {
        let has = |letter: &Letter| letter.taker.unit == unit.id && letter.taker.post.is_none();
        if !charge.letters.values().any(has) {
            reasons.find(ChargeRule::NoLetter, "letters", &[("unit", words(&unit.name))]);
        }
    }
    reasons.all()
}

fn of_tasks(reasons: &mut Reasons, charge: &Charge, standing: &Standing, today: Date) {
    let owners: Vec<&Owner> = charge.tasks.values().filter_map(|task| task.terms.owner.as_ref()).collect();
    for task in charge.tasks.values().filter(|task| task.done.is_none()) {
        let is_there = |owner: &Owner| {
            standing.unit(owner.unit).is_some_and(|unit| unit.is_open)
                && owner.post.is_none_or(|post| {
                    standing.post(post).is_some_and(|(_, held)| held.is_held_on(today.min(task.terms.due_on)))
                })
        };
        if !task.terms.owner.as_ref().is_some_and(is_there) {
            let field = format!("tasks.{}", task.number);
            reasons.find(ChargeRule::NoOwner, &field, &[("task", At::Plain(task.terms.title.clone()))]);
        }
    }
    for unit in standing.below(charge.unit) {
        let named = [("unit", words(&unit.name))];
        if !owners.iter().any(|owner| standing.is_within(owner.unit, unit.id)) {
            reasons.find(ChargeRule::NoTarget, "tasks", &named);
            continue;
        }
        // A unit that split nothing to its posts is told so once, whoever is in them.
        let held = standing.held(unit.id, today);
        let n_without = held.filter(|post| !owners.iter().any(|owner| owner.post == Some(post.id))).count();
        if n_without > 0 {
            let n = i64::try_from(n_without).unwrap_or(i64::MAX);
            reasons.find(ChargeRule::NoPostTarget, "tasks", &[named[0].clone(), ("n", At::Number(n))]);
        }
    }
}

fn of_letter(reasons: &mut Reasons, charge: &Charge, letter: &Letter, standing: &Standing, today: Date) {
    let field = format!("letters.{}", letter.number);
    let named = ("taker", words(&standing.name(&letter.taker)));
    let by = ("day", At::Day(letter.sign_by));
    match (&letter.giver_signed, &letter.taker_signed) {
        (None, None) if today > letter.sign_by => {
            reasons.find(ChargeRule::Unsigned, &field, &[named.clone(), by.clone()]);
        }
        (Some(_), None) | (None, Some(_)) => {
            reasons.find(ChargeRule::OneSided, &field, std::slice::from_ref(&named));
        }
        (None, None) | (Some(_), Some(_)) => {}
    }
    for side in Side::ALL {
        let Some(signature) = letter.signature(*side) else { continue };
        if let Some((_, held)) = standing.post(signature.post) {
            signed_amiss(reasons, charge, letter, (held, signature.on), (&field, &named));
            if held.to_on.is_some_and(|to| to <= today && to > signature.on)
                && letter.appraisal.outcomes.is_empty()
            {
                let to = held.to_on.unwrap_or(today);
                reasons.find(ChargeRule::PostChanged, &field, &[named.clone(), ("day", At::Day(to))]);
            }
        }
    }
    let outcome = letter.appraisal.outcome();
    if letter.signed_on().is_some() && outcome.is_none() && today > date(charge.year, 12, 31) {
        reasons.find(ChargeRule::NotAppraised, &field, std::slice::from_ref(&named));
    }
    if outcome.is_some() && letter.appraisal.uses.is_empty() && letter.appraisal.award.is_none() {
        reasons.find(ChargeRule::NotUsed, &field, &[named]);
    }
}

/// What is odd about a signature; it stands, and is told.
pub(super) fn signed_amiss(
    reasons: &mut Reasons,
    charge: &Charge,
    letter: &Letter,
    (held, on): (&Held, Date),
    (field, named): (&str, &(&str, At)),
) {
    let day = ("on", At::Day(on));
    if on > letter.sign_by {
        reasons.find(
            ChargeRule::Late,
            field,
            &[named.clone(), day.clone(), ("day", At::Day(letter.sign_by))],
        );
    }
    if on.year() != charge.year {
        let year = ("year", At::Number(charge.year.into()));
        reasons.find(ChargeRule::WrongYear, field, &[named.clone(), day.clone(), year]);
    }
    if !held.is_held_on(on) {
        reasons.find(ChargeRule::NotInPost, field, &[named.clone(), day]);
    }
}
