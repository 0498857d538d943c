//! Letters: drafted from clauses down the tree with the numbers of tasks and plan filled in, signed by
//! both sides under the digest of the text, and drafted anew when a post changes hands.

use jiff::civil::Date;

use super::rules::clauses;
use super::standing::signed_amiss;
use super::{Charge, ChargeRule, Desk, Letter, LetterDrafted, LetterSigned, Owner, Side, Signing};
use crate::blanks::{At, both};
use crate::decide::Consideration;
use crate::event::Fact;
use crate::ids::UnitId;
use crate::offices::words;
use crate::text::Text;

/// What a letter's digest is taken of: both texts.
#[must_use]
pub fn text_digest(text: &Text) -> String {
    format!("{}\n\n{}", text.zh, text.en)
}

pub(super) fn draft(mut desk: Desk, giver: UnitId) -> Consideration {
    let mut takers = Vec::new();
    if let Some(unit) = desk.unit(giver, "giver") {
        let standing = &desk.ground.standing;
        takers.extend(standing.below(unit.id).map(|below| Owner { unit: below.id, post: None }));
        let owners = desk.charge.tasks.values().filter_map(|task| task.terms.owner.as_ref());
        let posts = owners.filter(|owner| owner.unit == giver && owner.post.is_some());
        takers.extend(posts.cloned());
        takers.sort_by_key(|owner| (owner.post.is_some(), owner.unit, owner.post));
        takers.dedup();
        let has = |taker: &Owner| desk.charge.letters.values().any(|letter| letter.taker == *taker);
        takers.retain(|taker| !has(taker));
        if takers.is_empty() {
            desk.find(ChargeRule::NothingToDraft, "giver", &[("unit", words(&unit.name))]);
        }
    }
    let Desk { reasons, ground, charge } = desk;
    let on = ground.now.today;
    reasons.answer(|| {
        let first = free(charge);
        let drafted = takers.into_iter().zip(first..).map(|(taker, number)| {
            let text = text(ground, charge, giver, &taker, charge.terms.sign_by);
            let sha256 = (ground.digest)(&text_digest(&text));
            let sign_by = charge.terms.sign_by;
            let replaces = None;
            LetterDrafted { charge: charge.id, number, giver, taker, text, sha256, sign_by, replaces }
        });
        drafted.map(|drafted| Fact::of_unit(charge.unit, on, drafted)).collect()
    })
}

fn free(charge: &Charge) -> i64 {
    charge.letters.keys().next_back().map_or(1, |last| last + 1)
}

/// Days that a successor has to sign.
const DAYS_TO_RENEW: i64 = 30;

pub(super) fn renew(mut desk: Desk, number: i64) -> Consideration {
    let mut taker = None;
    if let Some(letter) = desk.letter(number) {
        let today = desk.today();
        let standing = &desk.ground.standing;
        let is_over = |side: &Side| {
            let signed = letter.signature(*side).and_then(|it| standing.post(it.post));
            signed.is_some_and(|(_, held)| !held.is_held_on(today))
        };
        let of_post = letter.taker.post.and_then(|post| standing.post(post));
        let is_over =
            Side::ALL.iter().any(is_over) || of_post.is_some_and(|(_, held)| !held.is_held_on(today));
        if !is_over {
            desk.find(ChargeRule::SameHolder, "letter", &[("taker", words(&standing.name(&letter.taker)))]);
        }
        // A letter of a post goes to whoever holds the same office now.
        let successor = of_post.and_then(|(unit, was)| {
            standing.held(*unit, today).find(|held| held.kind == was.kind).map(|held| held.id)
        });
        if letter.taker.post.is_some() && successor.is_none() {
            desk.find(ChargeRule::OwnerPost, "letter", &[("unit", words(&standing.name(&letter.taker)))]);
        }
        check_not_decided(&mut desk, letter);
        taker = Some((letter.giver, Owner { unit: letter.taker.unit, post: successor }));
    }
    let (ground, charge) = (desk.ground, desk.charge);
    desk.answer(ground.now.today, || {
        let (giver, taker) = taker?;
        let soon = ground.now.today.saturating_add(jiff::Span::new().days(DAYS_TO_RENEW));
        let sign_by = charge.terms.sign_by.max(soon);
        let text = text(ground, charge, giver, &taker, sign_by);
        let sha256 = (ground.digest)(&text_digest(&text));
        let replaces = Some(number);
        Some(LetterDrafted {
            charge: charge.id,
            number: free(charge),
            giver,
            taker,
            text,
            sha256,
            sign_by,
            replaces,
        })
    })
}

pub(super) fn check_not_decided(desk: &mut Desk, letter: &Letter) {
    if let Some((day, _)) = letter.appraisal.outcomes.last() {
        desk.find(ChargeRule::Decided, "letter", &[("day", At::Day(*day))]);
    }
}

pub(super) fn sign(mut desk: Desk, signing: &Signing) -> Consideration {
    if signing.on > desk.today() {
        desk.find(ChargeRule::Future, "on", &[("today", At::Day(desk.today()))]);
    }
    if let Some(letter) = desk.letter(signing.number) {
        let named = ("taker", words(&desk.ground.standing.name(&letter.taker)));
        if let Some(signature) = letter.signature(signing.side) {
            desk.find(ChargeRule::SignedTwice, "side", &[named.clone(), ("day", At::Day(signature.on))]);
        }
        if signing.sha256 != letter.sha256 {
            desk.find(ChargeRule::TextChanged, "sha256", &[]);
        }
        if signing.on < letter.drafted_on {
            desk.find(ChargeRule::BeforeDraft, "on", &[("day", At::Day(letter.drafted_on))]);
        }
        let (unit, must_be) = match signing.side {
            Side::Giver => (letter.giver, None),
            Side::Taker => (letter.taker.unit, letter.taker.post),
        };
        let post = desk.ground.standing.post(signing.post);
        match post.filter(|(at, held)| *at == unit && must_be.is_none_or(|post| post == held.id)) {
            Some((_, held)) => {
                let charge = desk.charge;
                signed_amiss(&mut desk.reasons, charge, letter, (held, signing.on), ("post", &named));
            }
            None => {
                let name = desk.ground.standing.unit(unit).map(|unit| ("unit", words(&unit.name)));
                desk.find(ChargeRule::WrongPost, "post", &name.into_iter().collect::<Vec<_>>());
            }
        }
        check_not_decided(&mut desk, letter);
    }
    let charge = desk.id();
    let Signing { number, side, post, on, ref sha256 } = *signing;
    desk.answer(on, || Some(LetterSigned { charge, number, side, post, sha256: sha256.clone() }))
}

/// The whole text of a letter: clauses, the tasks under it with their days and numbers, and places.
fn text(ground: &super::Ground, charge: &Charge, giver: UnitId, taker: &Owner, sign_by: Date) -> Text {
    let standing = &ground.standing;
    let book = clauses();
    let values = [
        ("giver", words(&standing.name(&Owner { unit: giver, post: None }))),
        ("taker", words(&standing.name(taker))),
        ("year", At::Number(charge.year.into())),
        ("sign_by", At::Day(sign_by)),
    ];
    let mut paragraphs = vec![both(&book.title, &values)];
    paragraphs.extend(book.clause.iter().map(|clause| both(clause, &values)));
    let own = charge
        .tasks
        .values()
        .filter(|task| task.terms.owner.as_ref().is_some_and(|owner| standing.covers(taker, owner)));
    for (task, n) in own.zip(1..) {
        let measure = &task.terms.measure;
        let target = measure.target.map_or_else(String::new, |target| format!(" [{target}]"));
        let title = At::Plain(format!("{}{}", task.terms.title, measured(measure) + &target));
        let filled = [("n", At::Number(n)), ("task", title), ("day", At::Day(task.terms.due_on))];
        paragraphs.push(both(&book.task, &filled));
    }
    let records = ground.records.get(&taker.unit).filter(|_| taker.post.is_none());
    if let Some((records, (n, _))) = records.and_then(|records| Some((records, records.quota?))) {
        let filled = [values[2].clone(), ("n", At::Number(n)), ("last", At::Number(records.n_last))];
        paragraphs.push(both(&book.quota, &filled));
    }
    paragraphs.push(both(&book.end, &values));
    let join = |side: fn(&Text) -> &str| paragraphs.iter().map(side).collect::<Vec<_>>().join("\n\n");
    Text::new(join(|text| &text.zh), join(|text| &text.en))
}

fn measured(measure: &super::Measure) -> String {
    let words = measure.words.trim();
    if words.is_empty() { String::new() } else { format!(" ({words})") }
}
