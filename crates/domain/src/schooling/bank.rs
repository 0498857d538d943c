//! The bank of questions of a unit: entering, also many at once, and taking out of use.

use std::collections::BTreeSet;

use super::{Question, QuestionEntered, QuestionKind, QuestionRetired, SchoolRule};
use crate::blanks::At;
use crate::dates::Moment;
use crate::decide::Consideration;
use crate::event::Fact;
use crate::house::Reasons;
use crate::ids::{QuestionId, UnitId};
use crate::refusal::Refusal;

/// A question that the bank holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its number.
    pub number: QuestionId,
    /// The question.
    pub question: Question,
    /// Not drawn any more.
    pub is_retired: bool,
}

/// What somebody wants to record in a bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BankAct {
    /// Questions, all or none.
    Enter(Vec<Question>),
    /// A question is not drawn any more, with the reason.
    Retire(QuestionId, String),
}

/// What a decision must know.
#[derive(Debug, Clone)]
pub struct BankGround {
    /// The moment of recording.
    pub now: Moment,
    /// The unit whose bank it is.
    pub unit: UnitId,
    /// Questions that are there.
    pub known: Vec<Known>,
    /// A free number.
    pub free: i64,
}

/// Letters of options; a question has no more.
const LETTERS: &str = "ABCDEFGH";
/// Most points of one question.
const MOST_POINTS: i64 = 100;

/// Whether an act on a bank may be recorded, and as what facts.
///
/// # Errors
/// The refusal, with every reason at once.
pub fn decide_bank(act: &BankAct, ground: &BankGround) -> Result<Vec<Fact>, Refusal> {
    match act {
        BankAct::Enter(questions) => enter(questions, ground),
        BankAct::Retire(number, reason) => retire(*number, reason, ground),
    }
    .answer()
}

fn enter(questions: &[Question], ground: &BankGround) -> Consideration {
    let mut reasons = Reasons::default();
    if questions.is_empty() {
        reasons.find(SchoolRule::Nothing, "text", &[]);
    }
    let mut texts: BTreeSet<&str> = ground
        .known
        .iter()
        .filter(|known| !known.is_retired)
        .map(|known| known.question.text.trim())
        .collect();
    let mut facts = Vec::new();
    for (position, question) in (0..).zip(questions) {
        check(&mut reasons, position + 1, question);
        if !texts.insert(question.text.trim()) {
            let values = [("row", At::Number(position + 1))];
            reasons.find(SchoolRule::QuestionTwice, &field(position + 1, "text"), &values);
        }
        let number = QuestionId(ground.free + position);
        let entered = QuestionEntered { number, question: question.clone() };
        facts.push(Fact::of_unit(ground.unit, ground.now.today, entered));
    }
    reasons.answer(|| facts)
}

/// The first question of a form has plain names; those of a file are told apart by their rows.
fn field(row: i64, name: &str) -> String {
    if row == 1 { name.to_owned() } else { format!("{name}.{row}") }
}

fn check(reasons: &mut Reasons, row: i64, question: &Question) {
    let at = [("row", At::Number(row))];
    if question.text.trim().is_empty() {
        reasons.find(SchoolRule::QuestionText, &field(row, "text"), &at);
    }
    if !(1..=MOST_POINTS).contains(&question.points) {
        let values = [at[0].clone(), ("most", At::Number(MOST_POINTS))];
        reasons.find(SchoolRule::Points, &field(row, "points"), &values);
    }
    let n_options = question.options.len();
    let needs = matches!(question.kind, QuestionKind::Single | QuestionKind::Multiple);
    let fits = if needs { (2..=LETTERS.len()).contains(&n_options) } else { n_options == 0 };
    if !fits || question.options.iter().any(|option| option.trim().is_empty()) {
        reasons.find(SchoolRule::Options, &field(row, "options"), &at);
    }
    let letters: Vec<char> = question.key.chars().collect();
    let distinct: BTreeSet<&char> = letters.iter().collect();
    let known = &LETTERS[..n_options.min(LETTERS.len())];
    let are_options = distinct.len() == letters.len() && letters.iter().all(|it| known.contains(*it));
    let is_key = match question.kind {
        QuestionKind::Single => are_options && letters.len() == 1,
        QuestionKind::Multiple => are_options && letters.len() > 1,
        QuestionKind::TrueFalse => matches!(question.key.as_str(), "T" | "F"),
        // What a good answer says helps two people to mark alike.
        QuestionKind::Short | QuestionKind::Essay => !question.key.trim().is_empty(),
    };
    if !is_key {
        reasons.find(SchoolRule::Key, &field(row, "key"), &at);
    }
}

fn retire(number: QuestionId, reason: &str, ground: &BankGround) -> Consideration {
    let mut reasons = Reasons::default();
    let known = ground.known.iter().find(|known| known.number == number);
    if known.is_none_or(|known| known.is_retired) {
        reasons.find(SchoolRule::NoQuestion, "question", &[]);
    }
    if reason.trim().is_empty() {
        reasons.find(SchoolRule::Reason, "reason", &[]);
    }
    let retired = QuestionRetired { number, reason: reason.trim().to_owned() };
    reasons.answer(|| vec![Fact::of_unit(ground.unit, ground.now.today, retired)])
}
