//! A small log as a store would keep it, for the other tests to look at and to damage.

use std::collections::BTreeMap;

use ledger::Hash;
use ledger::body::{Belonging, Body, Class, Field, StoredBody};
use ledger::checkpoint::Checkpoint;
use ledger::dossier::{Content, DossierParts, EventPart, Files, IndexPart};
use ledger::envelope::{Actor, Cite, Envelope, EventId, Precision, Recorded};
use ledger::index::{Entry, Index, blind};
use ledger::key::SecretKey;
use ledger::note::{LogKey, VerifierKey, WitnessKey};
use ledger::proof::prove_inclusion;
use ledger::tree::{Frontier, append};
use ledger::verify::{
    BodySlot, CheckpointRow, EnvelopeSlot, EventRow, Expectations, NodeRow, Report, RowError, Rows, verify,
};
use serde_json::json;

pub(crate) const ORIGIN: &str = "log.test/county";
pub(crate) const ERASED: &str = "person.erased";

/// Random bytes from a counter: the same in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.0 += 1;
            let block = Hash::of(&self.0.to_be_bytes());
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
        }
    }
}

/// A log with its rows.
pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) key: LogKey,
    pub(crate) witness: WitnessKey,
    pub(crate) frontier: Frontier,
    pub(crate) nodes: Vec<Hash>,
    pub(crate) events: Vec<EventRow>,
    pub(crate) checkpoints: Vec<CheckpointRow>,
    pub(crate) bodies: Vec<Body>,
    pub(crate) data_keys: BTreeMap<String, SecretKey>,
    /// Count and head of each subject.
    pub(crate) subjects: BTreeMap<String, (u64, Hash)>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            random: Random(0),
            key: LogKey::from_seed(ORIGIN, &[1; 32]).unwrap(),
            witness: WitnessKey::from_seed("upper.test", &[2; 32]).unwrap(),
            frontier: Frontier::new(),
            nodes: Vec::new(),
            events: Vec::new(),
            checkpoints: Vec::new(),
            bodies: Vec::new(),
            data_keys: BTreeMap::new(),
            subjects: BTreeMap::new(),
        }
    }

    /// Several persons, indices in between, a checkpoint every three events and at the end.
    pub(crate) fn with_events(n: usize) -> Self {
        let mut world = Self::new();
        world.event("log.opened", None);
        for at in 1..n {
            match at % 10 {
                9 => world.index(),
                digit => world.event("vote.recorded", Some(["p1", "p2", "p3", "p1"][digit % 4])),
            };
            if at % 3 == 0 {
                world.commit();
            }
        }
        world.commit();
        world
    }

    pub(crate) fn size(&self) -> u64 {
        self.frontier.size()
    }

    pub(crate) fn envelope(&self, seq: usize) -> Envelope {
        Envelope::parse(self.envelope_bytes(seq)).unwrap()
    }

    pub(crate) fn envelope_bytes(&self, seq: usize) -> &[u8] {
        match &self.events[seq].envelope {
            EnvelopeSlot::Bytes(bytes) => bytes,
            EnvelopeSlot::Redacted(_) => panic!("event {seq} is redacted"),
        }
    }

    /// Appends an event with three fields; returns its place.
    pub(crate) fn event(&mut self, kind: &str, subject: Option<&str>) -> usize {
        self.citing(kind, subject, &[])
    }

    pub(crate) fn citing(&mut self, kind: &str, subject: Option<&str>, cites: &[Cite]) -> usize {
        let seq = self.size();
        let fields = vec![
            Field { name: "name".into(), class: Class::S3, value: json!("王小明") },
            Field { name: "votes_for".into(), class: Class::S2, value: json!(seq) },
            Field { name: "note".into(), class: Class::S1, value: json!({"zh": "同意\n", "en": "agreed"}) },
        ];
        self.append(kind, subject, fields, cites)
    }

    /// Appends the statement of the index of all events so far.
    pub(crate) fn index(&mut self) -> usize {
        let fields = self.index_of_subjects().statement(self.size()).fields();
        self.append(ledger::index::KIND, None, fields, &[])
    }

    pub(crate) fn index_of_subjects(&self) -> Index {
        let entry = |(id, (count, head)): (&String, &(u64, Hash))| Entry::new(ORIGIN, id, *count, *head);
        Index::new(self.subjects.iter().map(entry).collect()).unwrap()
    }

    fn append(&mut self, kind: &str, subject: Option<&str>, fields: Vec<Field>, cites: &[Cite]) -> usize {
        let seq = self.size();
        let mut id = [0u8; 16];
        self.random.fill(&mut id);
        let event_id = EventId::from_bytes(id);
        let belonging = Belonging { origin: ORIGIN, event_id, kind };
        let body = Body::new(fields, &mut |bytes| self.random.fill(bytes)).unwrap();
        let stored = match subject {
            Some(subject) if kind != ERASED => self.seal(&body, belonging, subject),
            Some(_) | None => body.plain().unwrap(),
        };
        let recorded = Recorded {
            org: "o1".into(),
            recorded_at: 1_760_000_000_000 + seq * 1000,
            actor: Actor {
                id: "u7".into(),
                role: "secretary".into(),
                org: "o1".into(),
                auth: "1:totp".into(),
            },
            body: stored.commitment,
            rules: Hash::of(b"rules"),
            app: "miaopu 0.1.0".into(),
        };
        let mut envelope = Envelope::new(ORIGIN, seq, event_id, kind, recorded)
            .occurred("2026-02-28".parse().unwrap(), Precision::Day);
        envelope.cites = cites.to_vec();
        if let Some(subject) = subject {
            let before = self.subjects.get(subject);
            let (n, prev) = before.map_or((1, None), |(count, head)| (count + 1, Some(*head)));
            envelope = envelope.about(subject, n, prev);
        }
        let bytes = envelope.to_bytes().unwrap();
        let leaf = Hash::leaf(&bytes);
        if let Some(link) = &envelope.subject {
            self.subjects.insert(link.id.clone(), (link.n, leaf));
        }
        let grown = append(&self.frontier, &[leaf]);
        self.nodes.extend(grown.nodes.iter().map(|node| node.hash));
        self.frontier = grown.frontier;
        self.events.push(EventRow {
            seq: seq as i64,
            envelope: EnvelopeSlot::Bytes(bytes),
            body: BodySlot::Bytes(stored.bytes),
        });
        self.bodies.push(body);
        seq as usize
    }

    fn seal(&mut self, body: &Body, belonging: Belonging<'_>, subject: &str) -> StoredBody {
        let key_ref = format!("{subject}.1");
        let random = &mut self.random;
        let key = self
            .data_keys
            .entry(key_ref.clone())
            .or_insert_with(|| SecretKey::generate(&mut |bytes| random.fill(bytes)));
        body.seal(belonging, key, &key_ref, &mut |bytes| random.fill(bytes)).unwrap()
    }

    /// Signs the present size, unless it is signed already.
    pub(crate) fn commit(&mut self) {
        let size = self.size() as i64;
        if self.checkpoints.last().is_some_and(|row| row.size == size) {
            return;
        }
        let note = self.head().sign(&self.key).unwrap();
        let note = self.witness.cosign(&note, 1_760_000_000 + self.size()).unwrap();
        self.checkpoints.push(CheckpointRow { size, note: note.into_bytes() });
    }

    pub(crate) fn head(&self) -> Checkpoint {
        Checkpoint::new(ORIGIN, self.size(), self.frontier.root())
    }

    pub(crate) fn keys(&self) -> Vec<VerifierKey> {
        vec![self.key.verifier().clone(), self.witness.verifier().clone()]
    }

    /// Computes nodes and checkpoints anew from the envelopes: what whoever holds the log's key can do.
    pub(crate) fn rebuild_tree(&mut self, sign: bool) {
        let leaf = |row: &EventRow| match &row.envelope {
            EnvelopeSlot::Bytes(bytes) => Hash::leaf(bytes),
            EnvelopeSlot::Redacted(leaf) => *leaf,
        };
        let leaves: Vec<Hash> = self.events.iter().map(leaf).collect();
        let grown = append(&Frontier::new(), &leaves);
        self.nodes = grown.nodes.iter().map(|node| node.hash).collect();
        self.frontier = grown.frontier;
        if sign {
            let sizes: Vec<i64> = self.checkpoints.iter().map(|row| row.size).collect();
            self.checkpoints.clear();
            for size in sizes.into_iter().filter(|size| *size <= leaves.len() as i64) {
                let root = ledger::tree::root_at(size as u64, &self.nodes).unwrap();
                let note = Checkpoint::new(ORIGIN, size as u64, root).sign(&self.key).unwrap();
                self.checkpoints.push(CheckpointRow { size, note: note.into_bytes() });
            }
        }
    }

    /// The places of a subject's events below `before`.
    pub(crate) fn events_of(&self, subject: &str, before: usize) -> Vec<usize> {
        let about = |seq: &usize| self.envelope(*seq).subject.is_some_and(|link| link.id == subject);
        (0..before).filter(about).collect()
    }

    /// A dossier of all events of a subject that the latest index covers; personal fields are hidden.
    pub(crate) fn dossier_parts(&self, subject: &str) -> DossierParts {
        let is_index = |seq: &usize| self.envelope(*seq).kind == ledger::index::KIND;
        let index = (0..self.events.len()).rev().find(is_index).unwrap();
        self.dossier_parts_at(subject, index)
    }

    /// As [`dossier_parts`](Self::dossier_parts), as of the index at this place.
    pub(crate) fn dossier_parts_at(&self, subject: &str, index: usize) -> DossierParts {
        let size = self.size();
        let path = |seq: usize| prove_inclusion(seq as u64, size, &self.nodes).unwrap();
        let events = self.events_of(subject, index);
        let event = |seq: &usize| EventPart {
            envelope: self.envelope_bytes(*seq).to_vec(),
            content: Content::Fields(self.bodies[*seq].disclose(|field| field.class < Class::S3).unwrap()),
            path: path(*seq),
        };
        let (entry, proof) = self.index_before(index).prove(blind(ORIGIN, subject)).unwrap();
        DossierParts {
            origin: ORIGIN.into(),
            subject: subject.into(),
            purpose: "调档".into(),
            recipient: "upper.test".into(),
            made_at: 1_760_000_100_000,
            events: events.iter().map(event).collect(),
            index: IndexPart {
                envelope: self.envelope_bytes(index).to_vec(),
                fields: self.bodies[index].disclose(|_| true).unwrap(),
                path: path(index),
                entry,
                proof,
            },
            checkpoint: String::from_utf8(self.checkpoints.last().unwrap().note.clone()).unwrap(),
            attachments: Files::new(),
        }
    }

    /// The index of the events below a place.
    fn index_before(&self, seq: usize) -> Index {
        let mut heads = BTreeMap::new();
        for at in 0..seq {
            if let Some(link) = self.envelope(at).subject {
                heads.insert(link.id, (link.n, Hash::leaf(self.envelope_bytes(at))));
            }
        }
        let entry = |(id, (count, head)): (&String, &(u64, Hash))| Entry::new(ORIGIN, id, *count, *head);
        Index::new(heads.iter().map(entry).collect()).unwrap()
    }

    pub(crate) fn node_rows(&self) -> Vec<NodeRow> {
        let row = |(at, hash): (usize, &Hash)| NodeRow { index: at as i64, hash: Some(*hash) };
        self.nodes.iter().enumerate().map(row).collect()
    }

    pub(crate) fn verify(&self) -> Report {
        self.verify_against(&[], 1)
    }

    pub(crate) fn verify_against(&self, known_heads: &[Checkpoint], quorum: usize) -> Report {
        self.verify_rows(&self.events, &self.node_rows(), &self.checkpoints, known_heads, quorum)
    }

    pub(crate) fn verify_rows(
        &self,
        events: &[EventRow],
        nodes: &[NodeRow],
        checkpoints: &[CheckpointRow],
        known_heads: &[Checkpoint],
        quorum: usize,
    ) -> Report {
        let keys = self.keys();
        let unseal = |envelope: &Envelope| {
            envelope.body.key_ref.as_ref().and_then(|key_ref| self.data_keys.get(key_ref)).cloned()
        };
        let expect = Expectations {
            origin: ORIGIN,
            keys: &keys,
            quorum,
            known_heads,
            erasure_kinds: &[ERASED],
            unseal: Some(&unseal),
            max_findings: 100,
        };
        let rows = Rows {
            events: events.iter().cloned().map(Ok::<_, RowError>),
            nodes: nodes.iter().copied().map(Ok),
            checkpoints: checkpoints.iter().cloned().map(Ok),
        };
        verify(&expect, rows, [])
    }
}
