//! The index of subjects: how many events each has and which is the last, under one root.
//!
//! A chain of events shows that nothing is missing *between* two of them, but not that the last one shown is
//! the last there is. So the log states, in an event of kind [`KIND`], the RFC 6962 root over one entry for
//! each subject, sorted. A dossier proves its subject's entry under that root, and with it its own length.
//!
//! Entries hold a hash in place of the subject's id, so the path of one person's proof tells nothing of others.
//! The statement follows from the events before it alone: whoever replays the log can recompute it and so
//! notices a false one, such as an index that lists one subject twice.

use serde_json::{Value, json};

use crate::body::{Class, Disclosure, Field};
use crate::hash::Hash;
use crate::proof::{ProofError, check_inclusion, prove_inclusion};
use crate::tree::{Frontier, append};

/// The kind of the event that states an index.
pub const KIND: &str = "index.root";

/// One subject's line in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Stands for the subject's id, see [`blind`].
    pub blind: Hash,
    /// The number of the subject's events.
    pub count: u64,
    /// The leaf hash of the last of them.
    pub head: Hash,
}

/// The index at one moment, sorted.
#[derive(Debug, Clone)]
pub struct Index {
    // Invariant: sorted by `blind`, no two the same.
    entries: Vec<Entry>,
}

/// Two entries for one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the index would list a subject twice")]
pub struct DuplicateSubject;

/// Where an entry stands in the index, and the path to its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryProof {
    /// The place of the entry, from 0.
    pub position: u64,
    /// The path from the entry's sibling upwards.
    pub path: Vec<Hash>,
}

/// What an `index.root` event states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// The index covers the events with `seq` below this; it is the event's own `seq`.
    pub covers: u64,
    /// The number of subjects.
    pub subjects: u64,
    /// The root over their entries.
    pub root: Hash,
}

/// The hash that stands for a subject: `SHA-256("miaopu/index-subject/v1" || 0 || origin || 0 || id)`.
#[must_use]
pub fn blind(origin: &str, subject: &str) -> Hash {
    Hash::of_parts(&[b"miaopu/index-subject/v1\0", origin.as_bytes(), &[0], subject.as_bytes()])
}

impl Entry {
    /// The entry of a subject.
    #[must_use]
    pub fn new(origin: &str, subject: &str, count: u64, head: Hash) -> Self {
        Self { blind: blind(origin, subject), count, head }
    }

    /// The leaf of the index tree: label, blind, count (eight bytes, the highest first) and head.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        let mut bytes = Vec::with_capacity(96);
        bytes.extend_from_slice(b"miaopu/index/v1\0");
        bytes.extend_from_slice(self.blind.as_bytes());
        bytes.extend_from_slice(&self.count.to_be_bytes());
        bytes.extend_from_slice(self.head.as_bytes());
        Hash::leaf(&bytes)
    }
}

impl Index {
    /// Sorts the entries.
    ///
    /// # Errors
    /// When two entries stand for the same subject.
    pub fn new(mut entries: Vec<Entry>) -> Result<Self, DuplicateSubject> {
        entries.sort_unstable();
        if entries.windows(2).any(|pair| pair[0].blind == pair[1].blind) {
            return Err(DuplicateSubject);
        }
        Ok(Self { entries })
    }

    /// What an event with this `seq` states about the events before it.
    #[must_use]
    pub fn statement(&self, seq: u64) -> Statement {
        let root = crate::tree::root_of_leaves(self.entries.iter().map(Entry::leaf));
        Statement { covers: seq, subjects: self.entries.len() as u64, root }
    }

    /// The entry that stands for a subject, with the path to the root; `None` when it has no events.
    #[must_use]
    pub fn prove(&self, blind: Hash) -> Option<(Entry, EntryProof)> {
        let position = self.entries.binary_search_by_key(&blind, |entry| entry.blind).ok()?;
        let leaves: Vec<Hash> = self.entries.iter().map(Entry::leaf).collect();
        let nodes: Vec<Hash> = append(&Frontier::new(), &leaves).nodes.iter().map(|n| n.hash).collect();
        let path = prove_inclusion(position as u64, leaves.len() as u64, &nodes)
            .expect("invariant: the tree was built just now and holds the position");
        Some((self.entries[position], EntryProof { position: position as u64, path }))
    }
}

impl Statement {
    /// Checks that the index states this entry.
    ///
    /// # Errors
    /// When the proof does not show it.
    pub fn check(&self, entry: &Entry, proof: &EntryProof) -> Result<(), ProofError> {
        check_inclusion(proof.position, self.subjects, entry.leaf(), &proof.path, self.root)
    }

    /// The fields of the event's body.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let field = |name: &str, value| Field { name: name.to_owned(), class: Class::S1, value };
        vec![
            field("covers", json!(self.covers)),
            field("root", json!(self.root.to_base64())),
            field("subjects", json!(self.subjects)),
        ]
    }

    /// Reads the statement from the fields of a body; `None` unless they are exactly those written here.
    #[must_use]
    pub fn from_fields(fields: &[Field]) -> Option<Self> {
        let pairs: Vec<(&str, &Value)> = fields.iter().map(|f| (f.name.as_str(), &f.value)).collect();
        Self::from_pairs(&pairs)
    }

    /// Reads the statement from disclosed fields, all of which must be shown.
    #[must_use]
    pub fn from_disclosures(disclosures: &[Disclosure]) -> Option<Self> {
        let pair = |disclosure: &'_ Disclosure| match disclosure {
            Disclosure::Shown { name, value, .. } => Some((name.clone(), value.clone())),
            Disclosure::Hidden { .. } => None,
        };
        let shown: Vec<(String, Value)> = disclosures.iter().map(pair).collect::<Option<_>>()?;
        let pairs: Vec<(&str, &Value)> = shown.iter().map(|(name, value)| (name.as_str(), value)).collect();
        Self::from_pairs(&pairs)
    }

    fn from_pairs(pairs: &[(&str, &Value)]) -> Option<Self> {
        let [("covers", covers), ("root", root), ("subjects", subjects)] = pairs else {
            return None;
        };
        let root = root.as_str()?.parse().ok()?;
        Some(Self { covers: covers.as_u64()?, subjects: subjects.as_u64()?, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(n: u64) -> Vec<Entry> {
        (0..n).map(|i| Entry::new("log.test", &format!("p{i}"), i + 1, Hash::of(&i.to_be_bytes()))).collect()
    }

    #[test]
    fn each_entry_is_proved_and_no_other_count_is() {
        for n in 1..20 {
            let index = Index::new(entries(n)).unwrap();
            let statement = index.statement(100);
            assert_eq!(statement.subjects, n);
            for i in 0..n {
                let (entry, proof) = index.prove(blind("log.test", &format!("p{i}"))).unwrap();
                assert_eq!(statement.check(&entry, &proof), Ok(()));
                let fewer = Entry { count: entry.count - 1, ..entry };
                assert!(statement.check(&fewer, &proof).is_err());
                let other = Entry { head: Hash::of(b"other"), ..entry };
                assert!(statement.check(&other, &proof).is_err());
                let other = Entry { blind: blind("log.test", "someone"), ..entry };
                assert!(statement.check(&other, &proof).is_err());
            }
            assert_eq!(index.prove(blind("log.test", "nobody")).map(|(entry, _)| entry), None);
        }
    }

    #[test]
    fn the_order_of_building_does_not_matter_and_duplicates_are_refused() {
        let forward = Index::new(entries(9)).unwrap().statement(1);
        let backward = Index::new(entries(9).into_iter().rev().collect()).unwrap().statement(1);
        assert_eq!(forward, backward);
        let mut twice = entries(3);
        twice.push(Entry { count: 9, ..twice[0] });
        assert_eq!(Index::new(twice).unwrap_err(), DuplicateSubject);
    }

    #[test]
    fn a_statement_reads_back_from_its_fields_only() {
        let statement = Index::new(entries(3)).unwrap().statement(7);
        let mut fields = statement.fields();
        assert_eq!(Statement::from_fields(&fields), Some(statement));
        fields.swap(0, 1);
        assert_eq!(Statement::from_fields(&fields), None);
        assert_eq!(Statement::from_fields(&fields[..2]), None);
    }
}
