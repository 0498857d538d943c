//! The papers that a file names, entry by entry: with the entry itself, or attached to it later.

use super::{Case, Change};
use crate::evidence::Evidence;
use crate::ids::EventId;

/// A paper as the file names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filed<'a> {
    /// The paper.
    pub paper: &'a Evidence,
    /// The event that names it.
    pub event: EventId,
    /// Its place among the papers of that event.
    pub position: usize,
    /// The entry that it proves.
    pub proves: EventId,
}

impl Case {
    /// Every paper that counts, in the order of writing.
    pub fn papers(&self) -> impl Iterator<Item = Filed<'_>> {
        self.log().iter().filter(|logged| logged.counts()).flat_map(|logged| {
            let event = logged.recorded.event_id;
            let entry = logged.event();
            let proves = match entry.map(|entry| &entry.change) {
                Some(Change::PaperAttached(attached)) => attached.event,
                Some(_) | None => event,
            };
            let papers = entry.map_or(&[][..], |entry| &entry.evidence);
            papers.iter().enumerate().map(move |(position, paper)| Filed { paper, event, position, proves })
        })
    }
}
