//! Scanned papers: what may be kept, reading one back, and attaching one to an earlier entry. A scan is
//! written in the transaction of the event that names it, so that neither is ever there alone.

use domain::case::{CaseEvent, PaperAttached};
use domain::dates::Moment;
use domain::decide::Act;
use domain::event::Event;
use domain::evidence::{Evidence, Media, Scan};
use domain::finding::{Finding, Severity};
use domain::ids::{CaseId, EventId, PersonId};
use domain::refusal::Refusal;
use domain::text::Text;

use crate::act::ActError;
use crate::admission::Seen;
use crate::store::scans::Named;
use crate::store::{Actor, CommandId, Receipt, Store, StoreError, Tx, reading, scans};

/// The longest scan that is kept: 10 MiB.
pub const MOST_BYTES: usize = 10 << 20;

/// A scan that may be kept: its kind is known by its content, and its length is within bounds.
#[derive(Clone, PartialEq, Eq)]
pub struct Scanned {
    bytes: Vec<u8>,
    sha256: String,
    scan: Scan,
}

/// A scan that was read back.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    /// The bytes, which are those that the event names.
    pub bytes: Vec<u8>,
    /// What kind of file they are.
    pub media: Media,
}

impl Scanned {
    /// Looks at the content, never at a name.
    ///
    /// # Errors
    /// It is too long, empty, or neither PDF nor picture.
    pub fn look(bytes: Vec<u8>) -> Result<Scanned, Refusal> {
        if bytes.len() > MOST_BYTES {
            return Err(refused(
                "S01.too_large",
                Text::new("扫描件超过 10 MB。", "The scan is over 10 MB."),
                Text::new(
                    "请降低扫描精度，或分成几份上传。",
                    "Scan it less finely, or attach it in several parts.",
                ),
            ));
        }
        let Some(media) = documents::scan::media(&bytes) else {
            return Err(refused(
                "S01.kind",
                Text::new(
                    "文件内容不是 PDF、JPEG 或 PNG，或不完整。",
                    "The content is no PDF, JPEG or PNG, or it is cut short.",
                ),
                Text::new("请重新扫描或导出为 PDF 后再上传。", "Scan it again, or export it as PDF."),
            ));
        };
        let scan = Scan { media, n_bytes: bytes.len() as u64 };
        Ok(Scanned { sha256: ledger::Hash::of(&bytes).to_hex(), bytes, scan })
    }

    /// Length and kind.
    #[must_use]
    pub fn scan(&self) -> Scan {
        self.scan
    }

    /// The paper with this scan.
    #[must_use]
    pub fn of(&self, paper: Evidence) -> Evidence {
        paper.with_scan(&self.sha256, self.scan)
    }

    fn is_of(&self, paper: &Evidence) -> bool {
        paper.sha256.as_deref() == Some(&self.sha256) && paper.scan == Some(self.scan)
    }
}

/// Nothing of the paper is shown.
impl std::fmt::Debug for Scanned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scanned({:?})", self.scan)
    }
}

/// Nothing of the paper is shown.
impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept({:?}, {} bytes)", self.media, self.bytes.len())
    }
}

/// A scan to be attached to an entry: what the paper is, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The entry that it proves.
    pub entry: EventId,
    /// What the paper is; digest and scan are written here.
    pub paper: Evidence,
    /// The bytes.
    pub scanned: Scanned,
}

impl Store {
    /// Attaches a scan to an entry that was recorded without one.
    ///
    /// # Errors
    /// As [`Store::record_act`].
    pub fn attach_scan(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        seen: Seen,
        attachment: Attachment,
    ) -> Result<Receipt, ActError> {
        let act = Act::new(now.today, PaperAttached { event: attachment.entry })
            .proved_by([attachment.scanned.of(attachment.paper)]);
        self.record_scanned_act(actor, now, command, seen, act, vec![attachment.scanned])
    }

    /// Reads a scan back, opened and held against what the event says of it. The whole of it is in memory
    /// before the first byte is handed out, so that nobody is given a paper that is not the one recorded.
    ///
    /// # Errors
    /// The file has no such scan; or its bytes or key are gone.
    pub fn scan(&self, case: CaseId, event: EventId, position: usize) -> Result<Kept, StoreError> {
        let file = self.case(case)?;
        let entry = file.logged(event).map(|logged| &logged.recorded.fact.event);
        let Some(Event::Case(CaseEvent { evidence, .. })) = entry else { return Err(StoreError::Missing) };
        let paper = evidence.get(position).ok_or(StoreError::Missing)?;
        let media = paper.scan.ok_or(StoreError::Missing)?.media;
        let named = Named { event, position, person: file.person };
        let bytes =
            self.read_open(|reader| scans::bytes(&mut reader.connection, &mut reader.keys, named, paper))?;
        Ok(Kept { bytes, media })
    }
}

/// Whether every scan that the papers name is at hand.
pub(crate) fn check(papers: &[Evidence], scanned: &[Scanned]) -> Result<(), Refusal> {
    let is_here = |paper: &&Evidence| !scanned.iter().any(|scanned| scanned.is_of(paper));
    let missing = papers.iter().filter(|paper| paper.scan.is_some()).filter(is_here).map(|paper| {
        finding(
            "S01.bytes",
            Text::new(
                format!("没有收到材料“{}”的扫描件。", paper.title),
                format!("The scan of “{}” did not arrive.", paper.title),
            ),
            Text::new(
                "请先登记，再单独上传扫描件。",
                "Record the act first, then attach the scan by itself.",
            ),
        )
    });
    let findings: Vec<Finding> = missing.collect();
    if findings.is_empty() { Ok(()) } else { Err(Refusal { findings }) }
}

/// Writes the scans of an act beside the event that names them.
pub(crate) fn keep(
    tx: &mut Tx,
    act: &Act,
    scanned: &[Scanned],
    command: CommandId,
    (person, first_seq): (PersonId, u64),
) -> Result<(), StoreError> {
    if scanned.is_empty() {
        return Ok(());
    }
    let root = reading::root(&mut tx.connection, first_seq)?;
    for (position, paper) in act.evidence.iter().enumerate() {
        if let Some(scanned) = scanned.iter().find(|scanned| scanned.is_of(paper)) {
            let named = Named { event: command.event(0), position, person };
            scans::keep(&mut tx.connection, &mut tx.keys, root, named, &scanned.bytes)?;
        }
    }
    Ok(())
}

fn refused(rule: &str, text: Text, remedy: Text) -> Refusal {
    Refusal { findings: vec![finding(rule, text, remedy)] }
}

fn finding(rule: &str, text: Text, remedy: Text) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity: Severity::Error,
        edition: String::new(),
        occurrence: 0,
        fields: vec!["evidence.scan".to_owned()],
        article: "登记规则：扫描件 · House rule: scans".to_owned(),
        text,
        remedy,
    }
}

#[cfg(test)]
mod tests;
