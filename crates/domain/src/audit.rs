//! The audit: one admission file against the rulebooks. The same checks judge papers from outside
//! and the live system's own files. Pure: the day is handed in.

pub mod across;

use jiff::civil::Date;

use crate::case_file::CaseFile;
use crate::finding::Finding;
use crate::rulebook::check::{Asking, Reading, Term, check};
use crate::rulebook::{By, Rulebooks, Slot};

pub use crate::rulebook::check::Found;

/// Everything the rules have to say about a file, by rule and then by occurrence.
///
/// `today` is the day of looking for files that name none.
#[must_use]
pub fn judge(file: &CaseFile, books: &Rulebooks, today: Date) -> Vec<Finding> {
    judge_lazily(file, books, today).into_iter().map(Found::into_finding).collect()
}

/// The same, before it is put into words: for audits of very many files.
#[must_use]
pub fn judge_lazily<'b>(file: &CaseFile, books: &'b Rulebooks, today: Date) -> Vec<Found<'b>> {
    let reading = Reading::new(file, today);
    let mut found = Vec::new();
    let (first, last) = reading.span();
    let editions = books.position_on(first)..=books.position_on(last);
    for slot in &books.program(&file.local).slots {
        match slot.by {
            By::Date(date) => {
                let is_everywhere = slot.is_everywhere();
                let by = reading.date(date).or(is_everywhere.then_some(reading.as_of));
                if let Some(day) = by {
                    ask(slot, books.position_on(day), &reading, books, &mut found);
                }
            }
            By::Each => {
                editions.clone().for_each(|edition| ask(slot, edition, &reading, books, &mut found));
            }
        }
    }
    found.sort_by(|a, b| (a.rule(), a.occurrence()).cmp(&(b.rule(), b.occurrence())));
    found
}

fn ask<'b>(
    slot: &'b Slot,
    position: usize,
    reading: &Reading<'_>,
    books: &'b Rulebooks,
    found: &mut Vec<Found<'b>>,
) {
    let Some(rule) = &slot.versions[position] else { return };
    let editions = books.editions();
    let term = Term {
        edition: &editions[position].id,
        from: (position > 0).then(|| editions[position].in_force_from),
        until: editions.get(position + 1).map(|next| next.in_force_from),
    };
    let mut asking = Asking {
        rule,
        term,
        is_everywhere: slot.is_everywhere(),
        as_of: reading.as_of,
        calendar: books.calendar(),
        found,
    };
    check(&mut asking, reading);
}
