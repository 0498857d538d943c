//! Letters of transfer: sent, received, given back. A person is never on two rosters, and nobody is
//! received twice.

use super::{Desk, Known, ended};
use crate::blanks::At;
use crate::dates::days_between;
use crate::decide::Consideration;
use crate::event::{Fact, TransferReceived, TransferReturned, TransferSent};
use crate::ids::UnitId;
use crate::offices::{OfficeRule, figures};

pub(super) fn send(mut desk: Desk<'_>, known: &Known, sent: &TransferSent) -> Consideration {
    let person = &known.person;
    desk.check_here(known);
    desk.check_reason(&sent.reason);
    desk.check_after(person);
    if known.file.is_some() {
        desk.find(OfficeRule::TransferOfFile, "person", &[]);
    }
    if sent.to == person.unit {
        desk.find(OfficeRule::SameUnit, "to", &[]);
    } else {
        desk.check_host(person.stage, "to");
    }
    let n_posts = known.posts.iter().filter(|(unit, _)| *unit == person.unit).count();
    if n_posts > 0 {
        let n = i64::try_from(n_posts).unwrap_or(i64::MAX);
        desk.find(OfficeRule::TransferHoldsPost, "person", &[("n", At::Number(n))]);
    }
    let fact = Fact::of_person(person.id, person.unit, desk.on, sent.clone());
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn receive(
    mut desk: Desk<'_>,
    known: &Known,
    by: UnitId,
    is_file_received: bool,
) -> Consideration {
    let person = &known.person;
    desk.check_present(known);
    desk.check_host(person.stage, "by");
    check_letter(&mut desk, known, by);
    // A file that was opened meanwhile would stay behind.
    if known.file.is_some() {
        desk.find(OfficeRule::TransferOfFile, "person", &[]);
    }
    let Some(letter) = known.letter else { return desk.reasons.answer(Vec::new) };
    if letter.is_overdue(desk.on) {
        let days = ("days", At::Number(days_between(letter.sent_on, desk.on)));
        let most = ("most", At::Number(figures().letter_days));
        desk.find(OfficeRule::Overdue, "on", &[days, most]);
    }
    match (letter.is_file_included, is_file_received) {
        (false, true) => desk.find(OfficeRule::FileNotSent, "is_file_received", &[]),
        (true, false) => desk.find(OfficeRule::FileMissing, "is_file_received", &[]),
        (true, true) | (false, false) => {}
    }
    // What was held where the person comes from ends; a post above both units may go on.
    let posts: Vec<_> = known.posts.iter().filter(|(unit, _)| *unit == letter.from).cloned().collect();
    if let Some(from) = posts.iter().map(|(_, post)| post.from_on).max().filter(|&from| from > desk.on) {
        desk.before(&crate::text::Text::new("任职日期", "the first day of a post"), from);
    }
    let mut facts = ended(desk.on, &posts, "组织关系转出");
    let received = TransferReceived { from: letter.from, is_file_received };
    facts.push(Fact::of_person(person.id, by, desk.on, received));
    desk.reasons.answer(|| facts)
}

pub(super) fn give_back(mut desk: Desk<'_>, known: &Known, by: UnitId, reason: &str) -> Consideration {
    desk.check_reason(reason);
    check_letter(&mut desk, known, by);
    let Some(letter) = known.letter else { return desk.reasons.answer(Vec::new) };
    let returned = TransferReturned { from: letter.from, reason: reason.to_owned() };
    let fact = Fact::of_person(known.person.id, by, desk.on, returned);
    desk.reasons.answer(|| vec![fact])
}

/// There is a letter, addressed to the unit, and not of a later day.
fn check_letter(desk: &mut Desk<'_>, known: &Known, by: UnitId) {
    let Some(letter) = known.letter else {
        desk.find(OfficeRule::NotSent, "person", &[]);
        return;
    };
    if letter.to != by {
        desk.find(OfficeRule::OtherUnit, "by", &[]);
    }
    if desk.on < letter.sent_on {
        let values = [("day", At::Day(desk.on)), ("sent", At::Day(letter.sent_on))];
        desk.find(OfficeRule::BeforeLetter, "on", &values);
    }
}
