//! What follows from the envelopes by replaying them: chains of subjects, indices, authority for erasures.

use std::collections::{BTreeMap, BTreeSet};

use super::Expectations;
use super::fault::{Counts, Fault, Log};
use crate::envelope::{Cite, Envelope, EventId};
use crate::hash::Hash;
use crate::index::{Entry, Statement, blind};
use crate::tree::root_of_leaves;

#[derive(Default)]
pub(super) struct Chains {
    /// The index entry of each subject, by the hash that stands for it and so in the order of the index.
    subjects: BTreeMap<Hash, Follower>,
    /// Events with a fault of their own.
    pub(super) damaged: BTreeSet<u64>,
    shredded: Vec<Erased>,
    /// The leaves that stand for redacted events, with their places.
    redacted: BTreeMap<Hash, u64>,
    /// The subject and id of the event that was followed last; its body may turn out to be shredded.
    last: Option<(Option<Hash>, EventId)>,
    authority: Authority,
    /// Every event id with its place, to find one used twice.
    ids: Vec<(EventId, u64)>,
}

/// A subject's entry in the index, with its leaf hash, so that an index costs no more than its inner nodes.
#[derive(Clone, Copy)]
struct Follower {
    entry: Entry,
    leaf: Hash,
}

/// An event whose body was shredded: whom it is about and what it is called, if the envelope can be read.
struct Erased {
    seq: u64,
    named: Option<(Option<Hash>, EventId)>,
}

/// What the erasure events in the log cover.
#[derive(Default)]
struct Authority {
    /// Subjects, with the place of the latest erasure event about them.
    subjects: BTreeMap<Hash, u64>,
    events: BTreeSet<EventId>,
    leaves: BTreeSet<Hash>,
}

impl Chains {
    /// Follows the chain of the event's subject.
    pub(super) fn follow(
        &mut self,
        seq: u64,
        envelope: &Envelope,
        leaf: Hash,
        expect: &Expectations<'_>,
    ) -> Result<(), &'static str> {
        let subject = envelope.subject.as_ref().map(|subject| blind(&envelope.origin, &subject.id));
        self.ids.push((envelope.event_id, seq));
        self.last = Some((subject, envelope.event_id));
        if expect.erasure_kinds.contains(&envelope.kind.as_str()) {
            self.authority.add(seq, subject, &envelope.cites);
        }
        let (Some(blind), Some(link)) = (subject, &envelope.subject) else {
            return Ok(());
        };
        let entry = Entry { blind, count: link.n, head: leaf };
        let before = self.subjects.insert(blind, Follower { entry, leaf: entry.leaf() });
        let before = before.map(|follower| follower.entry);
        let continues = match (before, link.prev) {
            (None, None) => link.n == 1,
            (Some(before), Some(prev)) => link.n == before.count + 1 && prev == before.head,
            (None, Some(_)) | (Some(_), None) => false,
        };
        if continues || self.bridged(before.map_or(0, |before| before.count), link.n, link.prev) {
            return Ok(());
        }
        Err("it does not continue its subject's previous event")
    }

    /// The envelope just met cannot be read, so nothing is known of whom it is about.
    pub(super) fn unreadable(&mut self) {
        self.last = None;
    }

    pub(super) fn redacted(&mut self, seq: u64, leaf: Hash) {
        self.last = None;
        self.redacted.insert(leaf, seq);
    }

    pub(super) fn shredded(&mut self, seq: u64) {
        self.shredded.push(Erased { seq, named: self.last });
    }

    /// Whether an index event states what the replay has arrived at.
    ///
    /// After a redaction the replay no longer knows whose the redacted events were, and cannot object.
    pub(super) fn index_holds(&self, seq: u64, stated: Option<Statement>) -> bool {
        let Some(stated) = stated else {
            return false;
        };
        if !self.redacted.is_empty() {
            return stated.covers == seq;
        }
        let root = root_of_leaves(self.subjects.values().map(|follower| follower.leaf));
        stated == Statement { covers: seq, subjects: self.subjects.len() as u64, root }
    }

    /// Reports erasures without authority and ids used twice.
    pub(super) fn finish(&mut self, log: &mut Log) {
        for Erased { seq, named } in &self.shredded {
            let covered = named.is_some_and(|(subject, id)| self.authority.covers(*seq, subject, id));
            if !covered && !self.damaged.contains(seq) {
                self.damaged.insert(*seq);
                log.add(Some(*seq), Fault::UnauthorisedErasure { seq: *seq });
            }
        }
        for (leaf, seq) in &self.redacted {
            if !self.authority.leaves.contains(leaf) {
                self.damaged.insert(*seq);
                log.add(Some(*seq), Fault::UnauthorisedErasure { seq: *seq });
            }
        }
        self.ids.sort_unstable();
        for pair in self.ids.windows(2) {
            if pair[0].0 == pair[1].0 {
                self.damaged.insert(pair[1].1);
                log.add(Some(pair[1].1), Fault::RepeatedId { seq: pair[1].1, first: pair[0].1 });
            }
        }
    }

    pub(super) fn counts(&self, size: u64) -> Counts {
        let sound = |seq: &&u64| !self.damaged.contains(*seq);
        let shredded = self.shredded.iter().map(|erased| &erased.seq).filter(sound).count() as u64;
        let redacted = self.redacted.values().filter(sound).count() as u64;
        let damaged = self.damaged.len() as u64;
        Counts { intact: size.saturating_sub(shredded + redacted + damaged), shredded, redacted, damaged }
    }

    /// Whether redacted events can lie between the last event known of a subject and this one.
    fn bridged(&self, count: u64, n: u64, prev: Option<Hash>) -> bool {
        let skipped = n.saturating_sub(count + 1);
        (1..=self.redacted.len() as u64).contains(&skipped)
            && prev.is_some_and(|prev| self.redacted.contains_key(&prev))
    }
}

impl Authority {
    fn add(&mut self, seq: u64, subject: Option<Hash>, cites: &[Cite]) {
        if let Some(subject) = subject {
            self.subjects.insert(subject, seq);
        }
        for cite in cites {
            match cite {
                Cite::Event(id) => drop(self.events.insert(*id)),
                Cite::Leaf(leaf) => drop(self.leaves.insert(*leaf)),
            }
        }
    }

    fn covers(&self, seq: u64, subject: Option<Hash>, id: EventId) -> bool {
        let by_subject = subject.and_then(|subject| self.subjects.get(&subject));
        by_subject.is_some_and(|erased_at| *erased_at > seq) || self.events.contains(&id)
    }
}
