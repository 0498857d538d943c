//! Files read together (跨档案核对): patterns that no single file shows. Everything found is a
//! warning with its evidence; people with the same name are not always the same person, and a
//! pattern is a reason to look, never a verdict. Kept per file: hashes and days, no content.

mod checks;
mod trace;

use jiff::civil::Date;

use crate::finding::{Finding, Severity};
use crate::rulebook::Rulebooks;
use crate::text::Text;

pub use trace::Trace;

/// The codes, with what each looks for.
pub const CODES: [(&str, &str); 9] = [
    ("X01.member_since_differs", "one name, two days of becoming a full member"),
    ("X02.not_yet_member", "named before the day that another file gives for full membership"),
    ("X03.two_meetings_one_day", "a sponsor at two meetings of one day with different numbers of members"),
    ("X04.more_votes_than_members", "more votes than another file gives members for the same meeting"),
    ("X05.identical_minutes", "the same sponsors and the same uneven vote on three or more days"),
    ("X06.same_days", "five or more files with all days the same"),
    ("X07.same_intervals", "three or more files with the same intervals between all days"),
    (
        "X08.number_out_of_sequence",
        "a higher number and an earlier application, where numbers follow the days",
    ),
    ("X09.identity_twice", "one identity number in two files"),
];

/// The files of one run, as far as they are compared.
#[derive(Debug, Default)]
pub struct Across {
    traces: Vec<Trace>,
}

/// A finding of the comparison, and the case it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrossFinding {
    /// The name of the case.
    pub case: String,
    /// What was found.
    pub finding: Finding,
}

/// What a check found, before it is put into words.
struct Pattern {
    trace: usize,
    rule: &'static str,
    occurrence: u32,
    fields: Vec<String>,
    /// The day whose edition is named.
    on: Option<Date>,
    text: Text,
    remedy: Text,
}

impl Across {
    /// Adds a file, in the order of the input.
    pub fn add(&mut self, trace: Trace) {
        self.traces.push(trace);
    }

    /// Everything found, in the order of the files, then by code and occurrence.
    #[must_use]
    pub fn findings(&self, books: &Rulebooks) -> Vec<CrossFinding> {
        let mut patterns = Vec::new();
        checks::names(&self.traces, &mut patterns);
        checks::meetings(&self.traces, &mut patterns);
        checks::minutes(&self.traces, &mut patterns);
        checks::days(&self.traces, &mut patterns);
        checks::numbers(&self.traces, &mut patterns);
        checks::identities(&self.traces, &mut patterns);
        patterns.sort_by(|a, b| (a.trace, a.rule, a.occurrence).cmp(&(b.trace, b.rule, b.occurrence)));
        let worded = patterns.into_iter().map(|pattern| {
            let trace = &self.traces[pattern.trace];
            let on = pattern.on.unwrap_or(trace.as_of);
            CrossFinding { case: trace.case.to_string(), finding: pattern.into_finding(&books.on(on).id) }
        });
        worded.collect()
    }
}

impl Pattern {
    fn into_finding(self, edition: &str) -> Finding {
        Finding {
            rule: self.rule.to_owned(),
            severity: Severity::Warning,
            edition: edition.to_owned(),
            occurrence: self.occurrence,
            fields: self.fields,
            article:
                "发展党员工作纪律关于材料真实的要求（跨档案核对） · Discipline of admission, on truthful \
                      papers (comparison across files)"
                    .to_owned(),
            text: self.text,
            remedy: self.remedy,
        }
    }
}

#[cfg(test)]
mod tests;
