//! An admission file as the fold of its events. Grown by `decide`; see there for the rules.

use serde::{Deserialize, Serialize};

use crate::ids::CaseId;

/// An act on an admission file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body")]
pub enum CaseEvent {
    /// The file was opened.
    #[serde(rename = "case.opened")]
    Opened(CaseOpened),
}

/// See [`CaseEvent::Opened`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseOpened {
    /// The file.
    pub case: CaseId,
}

impl CaseEvent {
    /// Every kind of case event.
    pub const KINDS: &'static [&'static str] = &["case.opened"];

    /// The name written in the ledger.
    pub fn kind(&self) -> &'static str {
        match self {
            CaseEvent::Opened(_) => "case.opened",
        }
    }

    /// The fields of the body, as a JSON object.
    pub fn body(&self) -> Result<serde_json::Value, serde_json::Error> {
        match self {
            CaseEvent::Opened(payload) => serde_json::to_value(payload),
        }
    }

    /// Reads an event back from its kind and body.
    ///
    /// # Errors
    /// The kind is unknown or a field is missing or of the wrong type.
    pub fn read(kind: &str, body: serde_json::Value) -> Result<Self, serde_json::Error> {
        use serde::de::Error;
        match kind {
            "case.opened" => serde_json::from_value(body).map(CaseEvent::Opened),
            _ => Err(serde_json::Error::custom(format!("unknown kind of event `{kind}`"))),
        }
    }
}
