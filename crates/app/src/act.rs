//! How a use case that wants to record something can end other than well.

use domain::access::Denial;
use domain::refusal::Refusal;

use crate::store::StoreError;

/// Why nothing was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// A rule refuses; every reason at once.
    #[error("{}", said(.0))]
    Refused(Refusal),
    /// Whoever acts may not do this.
    #[error("{} / {}", .0.text.zh, .0.text.en)]
    Denied(Denial),
    /// The store cannot.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for ActError {
    fn from(refusal: Refusal) -> Self {
        ActError::Refused(refusal)
    }
}

impl From<Denial> for ActError {
    fn from(denial: Denial) -> Self {
        ActError::Denied(denial)
    }
}

fn said(refusal: &Refusal) -> String {
    let line = |finding: &domain::finding::Finding| {
        format!(
            "{} {}{} / {} {}",
            finding.rule, finding.text.zh, finding.remedy.zh, finding.text.en, finding.remedy.en
        )
    };
    refusal.findings.iter().map(line).collect::<Vec<_>>().join("\n")
}
