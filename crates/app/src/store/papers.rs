//! Rows of papers that were issued: what a printed file is held against.

use domain::case::Recorded;
use domain::event::Event;
use domain::ids::{CaseId, EventId, PlanId, UnitId};
use domain::paper::PaperKind;
use domain::text::Language;
use jiff::civil::Date;

use super::{Connection, Row, StoreError};

/// A paper as it was issued. It says nothing of what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperRow {
    /// The entry that records it.
    pub event: EventId,
    /// Lower-case hexadecimal SHA-256 of the printed file.
    pub sha256: String,
    /// What kind of paper.
    pub kind: PaperKind,
    /// In which language.
    pub language: Language,
    /// The unit in whose books it stands.
    pub unit: UnitId,
    /// The admission file that it was made from.
    pub case: Option<CaseId>,
    /// The plan that it was made from.
    pub plan: Option<PlanId>,
    /// When it was issued.
    pub issued_on: Date,
    /// Number of pages.
    pub n_pages: i64,
    /// Size of the log that is printed on it.
    pub size: u64,
}

const COLUMNS: &str =
    "event_id, sha256, kind, language, unit_id, case_id, plan_id, issued_on, n_pages, log_size";

/// The first paper that was issued as a file of this digest.
pub(crate) fn with_digest(connection: &mut Connection, sha256: &str) -> Result<Option<PaperRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM paper WHERE sha256 = $1 ORDER BY log_size, event_id LIMIT 1");
    connection.query(&sql, &[sha256.into()])?.first().map(read).transpose()
}

/// The paper of an entry.
pub(crate) fn of_event(connection: &mut Connection, event: EventId) -> Result<Option<PaperRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM paper WHERE event_id = $1");
    connection.query(&sql, &[event.to_string().into()])?.first().map(read).transpose()
}

/// Papers that were issued from a file, the latest first.
pub(crate) fn of_case(connection: &mut Connection, case: CaseId) -> Result<Vec<PaperRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM paper WHERE case_id = $1 ORDER BY log_size DESC, event_id");
    connection.query(&sql, &[case.0.into()])?.iter().map(read).collect()
}

/// Place in the log of an entry.
pub(crate) fn seq_of(connection: &mut Connection, event: EventId) -> Result<Option<u64>, StoreError> {
    let rows = connection.query("SELECT seq FROM event WHERE event_id = $1", &[event.to_string().into()])?;
    rows.first().map(|row| row.int(0).map(i64::cast_unsigned)).transpose()
}

fn read(row: &Row) -> Result<PaperRow, StoreError> {
    let damaged = |column: usize| StoreError::Damaged(format!("column {column} of a paper"));
    Ok(PaperRow {
        event: row.text(0)?.parse().map_err(|_| damaged(0))?,
        sha256: row.text(1)?.to_owned(),
        kind: PaperKind::from_code(row.int(2)?).ok_or_else(|| damaged(2))?,
        language: language(row.text(3)?).ok_or_else(|| damaged(3))?,
        unit: UnitId(row.int(4)?),
        case: row.optional_int(5)?.map(CaseId),
        plan: row.optional_int(6)?.map(PlanId),
        issued_on: row.text(7)?.parse().map_err(|_| damaged(7))?,
        n_pages: row.int(8)?,
        size: row.int(9)?.cast_unsigned(),
    })
}

fn language(tag: &str) -> Option<Language> {
    [Language::Zh, Language::En].into_iter().find(|language| self::tag(*language) == tag)
}

fn tag(language: Language) -> &'static str {
    match language {
        Language::Zh => "zh-CN",
        Language::En => "en",
    }
}

/// Derives the row of a paper; other facts have none.
pub(crate) fn apply(
    connection: &mut Connection,
    root: UnitId,
    recorded: &Recorded,
) -> Result<(), StoreError> {
    let fact = &recorded.fact;
    let Event::PaperIssued(issued) = &fact.event else { return Ok(()) };
    connection.execute(
        &format!(
            "INSERT INTO paper (root_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        &[
            root.0.into(),
            recorded.event_id.to_string().into(),
            issued.sha256.as_str().into(),
            issued.paper.code().into(),
            tag(issued.language).into(),
            fact.unit.0.into(),
            issued.file.map(|case| case.0).into(),
            issued.plan.map(|plan| plan.0).into(),
            fact.occurred_on.to_string().into(),
            i64::from(issued.n_pages).into(),
            issued.size.cast_signed().into(),
        ],
    )?;
    Ok(())
}
