//! What the API answers with. Names and numbers of people are shown as the pages show them: numbers
//! masked.

use app::admission::{Entry, File};
use domain::agenda::Due;
use domain::case::{Logged, Standing};
use domain::finding::Finding;
use domain::id_number;
use domain::person::Person;
use domain::text::Text;
use domain::unit::Unit;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

/// A text in both languages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Bilingual {
    /// Chinese.
    pub(crate) zh: String,
    /// English.
    pub(crate) en: String,
}

impl Bilingual {
    pub(crate) fn of(text: &Text) -> Self {
        Bilingual { zh: text.zh.clone(), en: text.en.clone() }
    }
}

/// What a rule found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingAnswer {
    /// Code of the rule.
    rule: String,
    /// `error` or `warning`.
    severity: String,
    /// The edition that was in force.
    edition: String,
    /// Dotted paths of what it rests on.
    fields: Vec<String>,
    /// The authority.
    article: String,
    /// What is missing or does not fit.
    text: Bilingual,
    /// What to do next.
    remedy: Bilingual,
}

impl FindingAnswer {
    pub(crate) fn of(finding: &Finding) -> Self {
        FindingAnswer {
            rule: finding.rule.clone(),
            severity: finding.severity.to_string(),
            edition: finding.edition.clone(),
            fields: finding.fields.clone(),
            article: finding.article.clone(),
            text: Bilingual::of(&finding.text),
            remedy: Bilingual::of(&finding.remedy),
        }
    }
}

/// A unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitAnswer {
    id: i64,
    parent: Option<i64>,
    kind: String,
    sector: String,
    code: String,
    name: Bilingual,
    is_open: bool,
    /// Number of entries about it; a change names the one it was looked at with.
    version: i64,
}

impl UnitAnswer {
    pub(crate) fn of(unit: &Unit) -> Self {
        UnitAnswer {
            id: unit.id.0,
            parent: unit.parent.map(|parent| parent.0),
            kind: unit.kind.as_str().to_owned(),
            sector: unit.sector.as_str().to_owned(),
            code: unit.code.clone(),
            name: Bilingual::of(&unit.name),
            is_open: unit.is_open,
            version: unit.version,
        }
    }
}

/// A person, with the number masked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonAnswer {
    id: i64,
    /// Number of events about the entry: the version that a change must name.
    version: i64,
    name: String,
    unit: i64,
    id_number: String,
    sex: String,
    #[schema(value_type = String, format = Date)]
    born_on: Date,
    education: String,
    occupation: String,
    stage: String,
    #[schema(value_type = Option<String>, format = Date)]
    stage_on: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    admitted_on: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    full_since: Option<Date>,
    /// Numbers of the person's files, the latest first.
    files: Vec<i64>,
}

impl PersonAnswer {
    pub(crate) fn of(person: &Person, files: Vec<i64>) -> Self {
        let known = &person.particulars;
        PersonAnswer {
            id: person.id.0,
            version: person.version,
            name: known.name.clone(),
            unit: person.unit.0,
            id_number: id_number::mask(&known.id_number),
            sex: known.sex.as_str().to_owned(),
            born_on: known.born_on,
            education: known.education.as_str().to_owned(),
            occupation: known.occupation.as_str().to_owned(),
            stage: person.stage.as_str().to_owned(),
            stage_on: person.stage_on,
            admitted_on: person.admitted_on,
            full_since: person.full_since,
            files,
        }
    }
}

/// Something due in a file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DueAnswer {
    /// The file.
    file: i64,
    /// What it is called.
    name: Bilingual,
    /// The offices that owe it.
    owed_by: Vec<String>,
    /// The branch that keeps the file.
    unit: i64,
    #[schema(value_type = Option<String>, format = Date)]
    earliest_on: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    latest_on: Option<Date>,
    /// Days to the last day; negative when overdue.
    days_left: Option<i64>,
    /// `overdue`, `pressing`, `open` or `waiting`.
    pressure: String,
    /// The authority.
    article: String,
}

impl DueAnswer {
    pub(crate) fn of(file: i64, due: &Due) -> Self {
        DueAnswer {
            file,
            name: Bilingual::of(&due.name),
            owed_by: due.owed_by.iter().map(|actor| actor.as_str().to_owned()).collect(),
            unit: due.unit.0,
            earliest_on: due.earliest_on,
            latest_on: due.latest_on,
            days_left: due.days_left,
            pressure: due.pressure.as_str().to_owned(),
            article: due.article.clone(),
        }
    }

    pub(crate) fn of_entry(entry: &Entry) -> Self {
        DueAnswer::of(entry.case.0, &entry.due)
    }
}

/// An entry of a file, with both clocks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogAnswer {
    /// Identity of the event.
    event: String,
    /// What kind of event.
    kind: String,
    /// The day it is said to have happened.
    #[schema(value_type = String, format = Date)]
    occurred_on: Date,
    /// The day it was written down.
    #[schema(value_type = String, format = Date)]
    recorded_on: Date,
    /// Milliseconds since 1970 UTC.
    recorded_at: i64,
    /// `on_time`, `late`, `very_late` or `legacy`.
    lateness: String,
    /// `as_written`, `corrected` or `void`.
    standing: String,
    /// What it says.
    body: Json,
}

impl LogAnswer {
    fn of(logged: &Logged) -> Self {
        let recorded = &logged.recorded;
        let standing = match logged.standing {
            Standing::AsWritten => "as_written",
            Standing::Corrected(_) => "corrected",
            Standing::Void(_) => "void",
        };
        LogAnswer {
            event: recorded.event_id.to_string(),
            kind: recorded.fact.event.kind().to_owned(),
            occurred_on: logged.effective.occurred_on,
            recorded_on: recorded.recorded_on,
            recorded_at: recorded.recorded_at.0,
            lateness: recorded.lateness.as_str().to_owned(),
            standing: standing.to_owned(),
            body: logged.effective.event.body().unwrap_or_default(),
        }
    }
}

/// An admission file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileAnswer {
    id: i64,
    /// Number of its events: the version that an act must name.
    version: i64,
    person: PersonAnswer,
    unit: i64,
    stage: String,
    /// The step it stands at.
    current_step: Option<String>,
    is_closed: bool,
    /// What is due, the most pressing first.
    due: Vec<DueAnswer>,
    /// What the rules find today.
    findings: Vec<FindingAnswer>,
    /// Every entry, in the order of writing.
    log: Vec<LogAnswer>,
}

impl FileAnswer {
    pub(crate) fn of(file: &File) -> Self {
        FileAnswer {
            id: file.case.id.0,
            version: file.case.version(),
            person: PersonAnswer::of(&file.person, vec![file.case.id.0]),
            unit: file.case.unit.0,
            stage: file.case.stage().as_str().to_owned(),
            current_step: file.case.current_step().map(|step| step.as_str().to_owned()),
            is_closed: file.case.is_closed(),
            due: file.agenda.due.iter().map(|due| DueAnswer::of(file.case.id.0, due)).collect(),
            findings: file.findings.iter().map(FindingAnswer::of).collect(),
            log: file.case.log().iter().map(LogAnswer::of).collect(),
        }
    }
}
