//! How a use case that wants to record something can end other than well.

use domain::refusal::Refusal;

use crate::store::StoreError;

/// Why nothing was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// A rule refuses; every reason at once.
    #[error("{}", said(.0))]
    Refused(Refusal),
    /// The store cannot.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for ActError {
    fn from(refusal: Refusal) -> Self {
        ActError::Refused(refusal)
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
