//! Drawing a paper from a bank: by what is asked for and a number, the same paper on every machine. The
//! text of a paper is one canonical file, of which the digest is recorded before anybody reads it.

use serde::{Deserialize, Serialize};

use super::{Known, Question, QuestionKind, Subject};
use crate::ids::{CohortId, QuestionId};

/// So many questions of a kind, and of a subject if one is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// The kind.
    pub kind: QuestionKind,
    /// The subject; any without one.
    pub subject: Option<Subject>,
    /// How many.
    pub n: i64,
}

/// What the bank cannot give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// What was asked for.
    pub draw: Draw,
    /// What there is.
    pub n_known: i64,
}

/// An item of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Number within the paper, from 1.
    pub number: i64,
    /// The question of the bank.
    pub question: QuestionId,
    /// As it was when it was drawn.
    pub asked: Question,
}

/// The text of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// `miaopu-paper/1`.
    pub format: String,
    /// The cohort.
    pub cohort: CohortId,
    /// Number of the paper within the cohort.
    pub number: i64,
    /// What was asked for.
    pub draws: Vec<Draw>,
    /// The number from which the items were drawn. It is sealed with them: whoever knows bank and number
    /// could draw the paper beforehand.
    pub seed: String,
    /// The items.
    pub items: Vec<Item>,
}

/// Draws the items of a paper: by kind in the order of the kinds, each question at most once.
///
/// # Errors
/// Everything that the bank cannot give.
pub fn draw(bank: &[Known], wishes: &[Draw], seed: u64) -> Result<Vec<Item>, Vec<Shortage>> {
    let mut left: Vec<&Known> = bank.iter().filter(|known| !known.is_retired).collect();
    left.sort_by_key(|known| known.number);
    let (mut items, mut shortages, mut state) = (Vec::new(), Vec::new(), seed);
    // Wishes for one subject come first, so that one for any subject does not take what they need.
    let mut wishes: Vec<&Draw> = wishes.iter().filter(|wish| wish.n > 0).collect();
    wishes.sort_by_key(|wish| wish.subject.is_none());
    for wish in wishes {
        let fits = |known: &&Known| {
            known.question.kind == wish.kind && wish.subject.is_none_or(|it| it == known.question.subject)
        };
        let n_known = left.iter().copied().filter(|known| fits(known)).count();
        let n = usize::try_from(wish.n).unwrap_or(usize::MAX);
        if n > n_known {
            let n_known = i64::try_from(n_known).unwrap_or(i64::MAX);
            shortages.push(Shortage { draw: *wish, n_known });
            continue;
        }
        for _ in 0..n {
            let places: Vec<usize> = (0..left.len()).filter(|at| fits(&left[*at])).collect();
            let at = places[below(&mut state, places.len())];
            let known = left.remove(at);
            items.push(Item { number: 0, question: known.number, asked: known.question.clone() });
        }
    }
    if !shortages.is_empty() {
        return Err(shortages);
    }
    items.sort_by_key(|item| item.asked.kind);
    for (number, item) in (1..).zip(&mut items) {
        item.number = number;
    }
    Ok(items)
}

/// A whole number below `n`, from a generator that is the same everywhere (SplitMix64). The remainder
/// favours small numbers by less than one part in a billion billions, which no paper notices.
fn below(state: &mut u64, n: usize) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    usize::try_from(mixed % (n.max(1) as u64)).unwrap_or(0)
}
