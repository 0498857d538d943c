//! The reader's side: checks a dossier with nothing but its files and the keys the reader trusts.

use std::collections::BTreeSet;

use super::format::{self, Manifest};
use super::{Content, DossierFault, Files};
use crate::body::root_of_disclosures;
use crate::checkpoint::SignedCheckpoint;
use crate::envelope::Envelope;
use crate::hash::Hash;
use crate::index::{KIND, Statement, blind};
use crate::note::{KeyKind, Note, VerifierKey};
use crate::proof::check_inclusion;
use crate::proof_file::ProofFile;

/// What the reader holds from elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Trust<'a> {
    /// The log's key. Without it the key in the dossier is believed, and the report says so.
    pub log_key: Option<&'a VerifierKey>,
    /// Keys of witnesses.
    pub witnesses: &'a [VerifierKey],
    /// How many of them must have cosigned.
    pub quorum: usize,
}

/// What a dossier shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierReport {
    /// Reasons to refuse it; none means that it is accepted.
    pub faults: Vec<DossierFault>,
    /// Whether the log's key came from the reader and not from the dossier itself.
    pub key_was_trusted: bool,
    /// The name of the log.
    pub origin: String,
    /// The subject's id.
    pub subject: String,
    /// The number of events.
    pub events: u64,
    /// The moment as of which these are all events, in milliseconds since 1970 UTC.
    pub complete_as_of: Option<u64>,
    /// The size of the checkpoint.
    pub size: u64,
    /// How many fields are shown.
    pub n_shown: usize,
    /// How many fields are hidden.
    pub n_hidden: usize,
    /// How many events have been erased.
    pub n_erased: usize,
    /// The trusted witnesses that cosigned.
    pub witnesses: Vec<String>,
}

impl DossierReport {
    /// Whether nothing speaks against the dossier.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Checks a dossier. Never panics, whatever the files hold.
#[must_use]
pub fn check(files: &Files, trust: &Trust<'_>) -> DossierReport {
    let mut check =
        Check { files, report: DossierReport::default(), head: None, checkpoint: "", previous: None };
    check.run(trust);
    check.report
}

struct Check<'a> {
    files: &'a Files,
    report: DossierReport,
    head: Option<SignedCheckpoint>,
    /// The checkpoint as text: every proof file must end in the same.
    checkpoint: &'a str,
    previous: Option<Previous>,
}

/// The event before, in the person's chain.
struct Previous {
    leaf: Hash,
    seq: u64,
    recorded_at: u64,
}

impl<'a> Check<'a> {
    fn run(&mut self, trust: &Trust<'_>) {
        let manifest = self.files.get(format::MANIFEST).and_then(|bytes| Manifest::read(bytes));
        let Some(manifest) = manifest.filter(|manifest| manifest.events > 0) else {
            return self.refuse(DossierFault::Manifest);
        };
        self.report.origin = manifest.origin.clone();
        self.report.subject = manifest.subject.clone();
        self.report.events = manifest.events;
        let Some(key) = self.log_key(trust, &manifest) else {
            return self.refuse(DossierFault::LogKey);
        };
        self.signature(&key);
        self.file_list(&manifest);
        self.open_checkpoint(trust, key, &manifest);
        // The manifest may claim any number; there are at most as many events as files.
        for n in 1..=manifest.events.min(self.files.len() as u64) {
            self.event(n, &manifest);
        }
        if let Err(why) = self.index(&manifest) {
            self.refuse(DossierFault::Index { why });
        }
    }

    fn refuse(&mut self, fault: DossierFault) {
        self.report.faults.push(fault);
    }

    /// The key to judge by: the trusted one, which the dossier must name as well, or else the dossier's own.
    fn log_key(&mut self, trust: &Trust<'_>, manifest: &Manifest) -> Option<VerifierKey> {
        let text = std::str::from_utf8(self.files.get(format::LOG_KEY)?).ok()?;
        let stated: VerifierKey = text.strip_suffix('\n')?.parse().ok()?;
        self.report.key_was_trusted = trust.log_key.is_some();
        let agreed = trust.log_key.is_none_or(|trusted| *trusted == stated);
        (agreed && stated.kind() == KeyKind::Log && stated.name() == manifest.origin).then_some(stated)
    }

    fn signature(&mut self, key: &VerifierKey) {
        let signed = || {
            let manifest = self.files.get(format::MANIFEST)?;
            let note = Note::parse(self.files.get(format::MANIFEST_NOTE)?).ok()?;
            note.verify(std::slice::from_ref(key)).ok()?;
            (note.text == format::manifest_text(manifest)).then_some(())
        };
        if signed().is_none() {
            self.refuse(DossierFault::Signature);
        }
    }

    /// The files must be those of the format, those of the manifest, and as they were when it was signed.
    fn file_list(&mut self, manifest: &Manifest) {
        let mut expected: BTreeSet<String> = format::SINGLE.iter().map(ToString::to_string).collect();
        for n in 1..=manifest.events.min(self.files.len() as u64) {
            expected.extend([format::event_name(n), format::fields_name(n), format::proof_name(n)]);
        }
        let unsigned = [format::MANIFEST, format::MANIFEST_NOTE];
        for name in self.files.keys().filter(|name| !unsigned.contains(&name.as_str())) {
            let known = expected.remove(name) || format::is_attachment(name);
            if !known || !manifest.files.contains_key(name) {
                self.report.faults.push(DossierFault::StrayFile { name: name.clone() });
            }
        }
        for name in expected {
            self.refuse(DossierFault::MissingFile { name });
        }
        for (name, hash) in &manifest.files {
            match self.files.get(name) {
                None => self.refuse(DossierFault::MissingFile { name: name.clone() }),
                Some(bytes) if Hash::of(bytes) != *hash => {
                    self.refuse(DossierFault::ChangedFile { name: name.clone() });
                }
                Some(_) => {}
            }
        }
    }

    fn open_checkpoint(&mut self, trust: &Trust<'_>, key: VerifierKey, manifest: &Manifest) {
        let files: &'a Files = self.files;
        let Some(bytes) = files.get(format::CHECKPOINT) else {
            return;
        };
        let mut keys = vec![key];
        keys.extend(trust.witnesses.iter().filter(|key| key.kind() == KeyKind::Witness).cloned());
        match SignedCheckpoint::open(bytes, &keys) {
            Ok(signed) if signed.checkpoint.origin == manifest.origin => {
                let witnesses = signed.cosignatures.iter().map(|by| by.witness.clone()).collect();
                self.report.witnesses = witnesses;
                self.report.size = signed.checkpoint.size;
                self.checkpoint = std::str::from_utf8(bytes).unwrap_or_default();
                self.head = Some(signed);
            }
            Ok(_) => self.refuse(DossierFault::Checkpoint { why: "it is another log's".to_owned() }),
            Err(why) => self.refuse(DossierFault::Checkpoint { why: why.to_string() }),
        }
        let found = self.report.witnesses.len();
        if found < trust.quorum {
            self.refuse(DossierFault::Witnesses { found, wanted: trust.quorum });
        }
    }

    /// One event: its envelope, its place in the chain, its proof, its fields.
    fn event(&mut self, n: u64, manifest: &Manifest) {
        let name = format::event_name(n);
        let Some(bytes) = self.files.get(&name) else {
            return;
        };
        let envelope = match Envelope::parse(bytes) {
            Ok(envelope) => envelope,
            Err(why) => return self.refuse(DossierFault::Event { name, why: why.to_string() }),
        };
        let leaf = Hash::leaf(bytes);
        if !self.continues(&envelope, n, manifest) {
            self.refuse(DossierFault::Chain { name });
        }
        self.previous = Some(Previous { leaf, seq: envelope.seq, recorded_at: envelope.recorded_at });
        self.proof(format::proof_name(n), envelope.seq, leaf);
        let name = format::fields_name(n);
        match self.files.get(&name).map(|bytes| format::read_fields(bytes)) {
            None => {}
            Some(Some(Content::Erased)) => self.report.n_erased += 1,
            Some(Some(Content::Fields(fields))) if holds(&fields, &envelope) => {
                let hidden = |field: &&_| matches!(field, crate::body::Disclosure::Hidden { .. });
                let n_hidden = fields.iter().filter(hidden).count();
                self.report.n_hidden += n_hidden;
                self.report.n_shown += fields.len() - n_hidden;
            }
            Some(Some(Content::Fields(_)) | None) => self.refuse(DossierFault::Fields { name }),
        }
    }

    fn continues(&self, envelope: &Envelope, n: u64, manifest: &Manifest) -> bool {
        let later = self
            .previous
            .as_ref()
            .is_none_or(|before| before.seq < envelope.seq && before.recorded_at <= envelope.recorded_at);
        let prev = self.previous.as_ref().map(|before| before.leaf);
        let linked = envelope
            .subject
            .as_ref()
            .is_some_and(|link| link.id == manifest.subject && link.n == n && link.prev == prev);
        later && linked && envelope.origin == manifest.origin
    }

    fn proof(&mut self, name: String, seq: u64, leaf: Hash) {
        let (Some(bytes), Some(signed)) = (self.files.get(&name), &self.head) else {
            return;
        };
        let head = &signed.checkpoint;
        let why = match ProofFile::parse(bytes) {
            Err(why) => why.to_string(),
            Ok(file) if file.index != seq => "it is the proof of another event".to_owned(),
            Ok(file) if file.checkpoint != self.checkpoint => "it leads to another checkpoint".to_owned(),
            Ok(file) => match check_inclusion(seq, head.size, leaf, &file.path, head.root) {
                Ok(()) => return,
                Err(why) => why.to_string(),
            },
        };
        self.refuse(DossierFault::Proof { name, why });
    }

    /// The index event must be in the log, after the last event, and state exactly this number of events.
    fn index(&mut self, manifest: &Manifest) -> Result<(), &'static str> {
        let file = |name| self.files.get(name).ok_or("a file is missing");
        let bytes = file(format::INDEX_EVENT)?;
        let envelope = Envelope::parse(bytes).map_err(|_| "the event is not an envelope")?;
        if envelope.kind != KIND || envelope.origin != manifest.origin {
            return Err("the event is not an index of this log");
        }
        let fields =
            format::read_fields(file(format::INDEX_FIELDS)?).ok_or("the fields are not in their form")?;
        let Content::Fields(fields) = fields else {
            return Err("the fields are erased");
        };
        if !holds(&fields, &envelope) {
            return Err("the fields are not those that the event commits to");
        }
        let statement = Statement::from_disclosures(&fields).ok_or("the fields state no index")?;
        let last = self.previous.as_ref().ok_or("there is no event")?;
        if statement.covers != envelope.seq || last.seq >= statement.covers {
            return Err("the index does not cover the last event");
        }
        let blind = blind(&manifest.origin, &manifest.subject);
        let (entry, proof) =
            format::read_entry(file(format::INDEX_ENTRY)?, blind).ok_or("the entry is not in its form")?;
        if entry.count != manifest.events || entry.head != last.leaf {
            return Err("the index states another number of events or another last event");
        }
        statement.check(&entry, &proof).map_err(|_| "the entry is not in the index")?;
        self.proof(format::INDEX_PROOF.to_owned(), envelope.seq, Hash::leaf(bytes));
        self.report.complete_as_of = Some(envelope.recorded_at);
        Ok(())
    }
}

/// Whether disclosed fields are those that an envelope commits to.
fn holds(fields: &[crate::body::Disclosure], envelope: &Envelope) -> bool {
    fields.len() == envelope.body.n as usize
        && root_of_disclosures(fields).is_ok_and(|root| root == envelope.body.root)
}
