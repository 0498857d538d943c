//! A finding (问题): what a rule has to say about one file, on what authority, and what to do
//! next. It is an answer, not an error, and it speaks of papers and days, never of a person.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The step cannot stand as the papers describe it.
    Error,
    /// The step needs a reason or a second look.
    Warning,
}

impl Severity {
    /// The word used in the record.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one rule found in one place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule, such as `V12.too_late`. Published codes are never reused.
    pub rule: String,
    /// How grave it is.
    pub severity: Severity,
    /// The edition of the rules that was in force, such as `2014`.
    pub edition: String,
    /// Which of several places in one file; unique together with the rule.
    pub occurrence: u32,
    /// Dotted paths of what the finding rests on, list positions from zero; the first is the place
    /// to mark.
    pub fields: Vec<String>,
    /// The authority.
    pub article: String,
    /// What is missing or does not fit.
    pub text: Text,
    /// What to do next.
    pub remedy: Text,
}

impl Finding {
    /// Whether the file cannot stand as described.
    #[must_use]
    pub fn is_error(&self) -> bool {
        match self.severity {
            Severity::Error => true,
            Severity::Warning => false,
        }
    }
}
