//! The dossier: all events of one person with proofs, in one file that needs neither database nor
//! network. What is proved and how is the ledger's business; here parts are gathered and files packed.
//! To hand one out is recorded about the person whose events leave the house.

use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};

use documents::guard::{self, Limits};
use domain::dates::Moment;
use domain::event::{Fact, ListExported};
use domain::ids::{PersonId, UnitId};
use domain::text::Text;
use ledger::Hash;
use ledger::body::{Belonging, Body, Class, Field};
use ledger::dossier::{self, Content, DossierParts, DossierReport, EventPart, Files, IndexPart, Trust};
use ledger::envelope::Envelope;
use ledger::index::blind;
use ledger::key::SecretKey;
use ledger::note::VerifierKey;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::record::{Nodes, head_of};
use crate::store::{Actor, CommandId, Reader, Row, Store, StoreError, index, subject};

/// Which fields are shown. Events are never left out, and hidden fields are still proved to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disclose {
    /// Every field.
    Everything,
    /// Fields that are neither particulars nor the contents of papers (classes S1 and S2).
    Ordinary,
    /// Fields of these names.
    Named(BTreeSet<String>),
}

/// What a dossier is wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossierRequest {
    /// Whose.
    pub person: PersonId,
    /// Why it leaves the house.
    pub purpose: String,
    /// Who receives it.
    pub recipient: String,
    /// What it shows.
    pub disclose: Disclose,
}

/// A dossier that was not made.
#[derive(Debug, thiserror::Error)]
pub enum DossierError {
    /// The store cannot.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Purpose or recipient is missing.
    #[error("须写明用途和接收单位 / say what the dossier is for and who receives it")]
    Unexplained,
    /// The parts do not prove what a dossier claims.
    #[error("卷宗无法签发 / the dossier cannot be issued: {0}")]
    Unproved(String),
}

/// What a reader finds in a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Whether nothing speaks against it.
    pub is_accepted: bool,
    /// Whether the log's key was the reader's own and not the dossier's.
    pub is_key_pinned: bool,
    /// The verdict first, then a line for each fact or fault.
    pub text: Text,
}

/// A dossier is small; whatever inflates to more is none.
const LIMITS: Limits = Limits { n_entries: 40_000, inflated_bytes: 256 << 20, ..Limits::UPLOAD };

impl Disclose {
    fn shows(&self, field: &Field) -> bool {
        match self {
            Disclose::Everything => true,
            Disclose::Ordinary => field.class < Class::S3,
            Disclose::Named(names) => names.contains(&field.name),
        }
    }

    fn columns(&self) -> Vec<String> {
        match self {
            Disclose::Everything => vec!["everything".to_owned()],
            Disclose::Ordinary => vec!["ordinary".to_owned()],
            Disclose::Named(names) => names.iter().cloned().collect(),
        }
    }
}

impl Store {
    /// Makes a person's dossier as a zip file, and records that it was handed out. If the latest index
    /// of subjects does not cover the person's last event, another one is stated first.
    ///
    /// # Errors
    /// There is no such person, a key is gone, or the record does not prove itself.
    pub fn export_dossier(
        &self,
        actor: Actor,
        now: Moment,
        request: &DossierRequest,
    ) -> Result<Vec<u8>, DossierError> {
        if request.purpose.trim().is_empty() || request.recipient.trim().is_empty() {
            return Err(DossierError::Unexplained);
        }
        let person = request.person;
        let covers: Result<(u64, UnitId), StoreError> = self.write(move |tx| {
            let last = "SELECT seq, unit_id FROM event WHERE person_id = $1 ORDER BY seq DESC LIMIT 1";
            let rows = tx.connection.query(last, &[person.0.into()])?;
            let row = rows.first().ok_or(StoreError::Missing)?;
            Ok((tx.index_beyond(row.int(0)?.cast_unsigned(), now)?, UnitId(row.int(1)?)))
        });
        let (covers, unit) = covers?;
        let (files, n_events) = self.read_open(|reader| {
            let parts = parts(reader, request, covers, now)?;
            Ok((dossier::build(&parts, &reader.keys.log), parts.events.len()))
        })?;
        let files = files.map_err(|error| DossierError::Unproved(error.to_string()))?;
        let bytes = pack(&files).map_err(|error| DossierError::Unproved(error.to_string()))?;
        let handed_out = ListExported {
            list: "dossier".to_owned(),
            n_rows: n_events as u64,
            columns: request.disclose.columns(),
            purpose: format!("{}（{}）", request.purpose.trim(), request.recipient.trim()),
            sha256: Hash::of(&bytes).to_hex(),
        };
        let fact = Fact::of_person(person, unit, now.today, handed_out);
        let written: Result<_, StoreError> =
            self.write(move |tx| tx.append(actor, now, CommandId::random(), &[fact]));
        written?;
        Ok(bytes)
    }
}

/// Checks a dossier with nothing but its bytes and, better, the log's key from elsewhere.
///
/// # Errors
/// The text given as a key is not one.
pub fn check_dossier(bytes: &[u8], pinned: Option<&str>) -> Result<Reading, Text> {
    let key: Option<VerifierKey> = pinned
        .map(|text| text.trim().parse())
        .transpose()
        .map_err(|_| Text::new("给出的不是账本公钥", "what was given is not the key of a log"))?;
    if !bytes.starts_with(b"PK") {
        return Ok(refused(&key, Text::new("不是 zip 文件", "this is not a zip file")));
    }
    match guard::unpack(Cursor::new(bytes), &LIMITS) {
        Ok(files) => {
            let trust = Trust { log_key: key.as_ref(), witnesses: &[], quorum: 0 };
            Ok(reading(&dossier::check(&files, &trust)))
        }
        Err(problem) => Ok(refused(&key, problem.text())),
    }
}

fn refused(key: &Option<VerifierKey>, why: Text) -> Reading {
    let text = Text::new(format!("不通过\n{}", why.zh), format!("REFUSED\n{}", why.en));
    Reading { is_accepted: false, is_key_pinned: key.is_some(), text }
}

fn reading(report: &DossierReport) -> Reading {
    let mut text = if report.is_accepted() {
        Text::new("通过", "ACCEPTED")
    } else {
        let mut text = Text::new("不通过", "REFUSED");
        for fault in &report.faults {
            text.zh += &format!("\n{}", fault.zh());
            text.en += &format!("\n{fault}");
        }
        text
    };
    if report.is_accepted() {
        let moment = report.complete_as_of.map(moment_text).unwrap_or_default();
        text.zh += &format!(
            "\n账本 {}，规模 {}\n对象 {}，事件 {} 个，截至 {moment} 完整\n字段：所示 {}，隐去 {}；已删除事件 {}",
            report.origin,
            report.size,
            report.subject,
            report.events,
            report.n_shown,
            report.n_hidden,
            report.n_erased
        );
        text.en += &format!(
            "\nlog {}, {} entries\nperson {}, {} events, complete as of {moment}\nfields shown {}, hidden {}; erased events {}",
            report.origin,
            report.size,
            report.subject,
            report.events,
            report.n_shown,
            report.n_hidden,
            report.n_erased
        );
    }
    if !report.key_was_trusted {
        text.zh += "\n注意：账本公钥取自卷宗本身，只能证明卷宗自身一致。请用 --key 给出从别处取得的公钥";
        text.en += "\nnote: the log's key was taken from the dossier itself, so this shows only that it agrees \
                    with itself; give the key from elsewhere with --key";
    }
    Reading { is_accepted: report.is_accepted(), is_key_pinned: report.key_was_trusted, text }
}

fn moment_text(milliseconds: u64) -> String {
    i64::try_from(milliseconds)
        .ok()
        .and_then(|at| jiff::Timestamp::from_millisecond(at).ok())
        .map_or_else(|| milliseconds.to_string(), |at| at.to_string())
}

/// Everything that the dossier shows, as of the index that stands at `covers`.
fn parts(
    reader: &mut Reader,
    request: &DossierRequest,
    covers: u64,
    now: Moment,
) -> Result<DossierParts, StoreError> {
    let head = head_of(reader)?;
    let origin = reader.keys.log.verifier().name().to_owned();
    let key = reader.keys.known(request.person)?;
    let key =
        key.ok_or_else(|| StoreError::Damaged(format!("the key of person {} is gone", request.person)))?;
    let rows = reader.connection.query(
        "SELECT seq, envelope, body FROM event WHERE person_id = $1 AND seq < $2 ORDER BY seq",
        &[request.person.0.into(), covers.cast_signed().into()],
    )?;
    let mut events = Vec::with_capacity(rows.len());
    for row in &rows {
        let body = opened(row, Some(&key))?;
        let fields =
            body.disclose(|field| request.disclose.shows(field)).map_err(|error| unread(row, &error))?;
        let path = Nodes::new(&mut reader.connection).path(row.int(0)?.cast_unsigned(), head.size)?;
        events.push(EventPart { envelope: row.bytes(1)?.to_vec(), content: Content::Fields(fields), path });
    }
    Ok(DossierParts {
        index: index_part(reader, &origin, request.person, covers, head.size)?,
        origin,
        subject: subject(request.person),
        purpose: request.purpose.trim().to_owned(),
        recipient: request.recipient.trim().to_owned(),
        made_at: now.at.0.max(0).cast_unsigned(),
        events,
        checkpoint: head.note,
        attachments: Files::new(),
    })
}

fn index_part(
    reader: &mut Reader,
    origin: &str,
    person: PersonId,
    covers: u64,
    size: u64,
) -> Result<IndexPart, StoreError> {
    let sql = "SELECT seq, envelope, body FROM event WHERE seq = $1";
    let rows = reader.connection.query(sql, &[covers.cast_signed().into()])?;
    let row = rows.first().ok_or(StoreError::Missing)?;
    let fields = opened(row, None)?.disclose(|_| true).map_err(|error| unread(row, &error))?;
    let path = Nodes::new(&mut reader.connection).path(covers, size)?;
    let index = index::at(&mut reader.connection, origin, covers)?;
    let (entry, proof) = index.prove(blind(origin, &subject(person))).ok_or(StoreError::Missing)?;
    Ok(IndexPart { envelope: row.bytes(1)?.to_vec(), fields, path, entry, proof })
}

fn opened(row: &Row, key: Option<&SecretKey>) -> Result<Body, StoreError> {
    let envelope = Envelope::parse(row.bytes(1)?).map_err(|error| unread(row, &error))?;
    let belonging = Belonging { origin: &envelope.origin, event_id: envelope.event_id, kind: &envelope.kind };
    Body::open(row.bytes(2)?, &envelope.body, belonging, key).map_err(|error| unread(row, &error))
}

fn unread(row: &Row, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("event {}: {error}", row.int(0).unwrap_or(-1)))
}

/// A zip without compression and without times, so that the same files are the same bytes.
fn pack(files: &Files) -> Result<Vec<u8>, zip::result::ZipError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests;
