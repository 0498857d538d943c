//! A refusal: an act cannot be recorded, and these are all the reasons at once. An answer, not an
//! error; nothing was changed.

use crate::finding::Finding;

/// Everything that keeps an act from being recorded; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Each finding with its place in the form of the act.
    pub findings: Vec<Finding>,
}

impl Refusal {
    /// Whether a rule is among the reasons.
    #[must_use]
    pub fn names(&self, rule: &str) -> bool {
        self.findings.iter().any(|finding| finding.rule == rule)
    }
}
