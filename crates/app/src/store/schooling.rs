//! Rows of courses, participants, sittings, questions and certificates, derived from their events. What
//! people wrote in an examination stays sealed in the record and is opened from there.

use std::collections::BTreeMap;

use domain::case::Recorded;
use domain::event::{Event, Fact};
use domain::ids::{CohortId, PersonId, QuestionId, UnitId};
use domain::schooling::{
    Answers, Certificate, CertificateIssued, Cohort, CohortAttended, CohortOpened, Known, Learner, Medium,
    Paper, QuestionEntered, Sitting, Terms,
};

use super::keys::Keys;
use super::people::day;
use super::{Connection, Row, StoreError, Value, reading};

const COHORT: &str = "c.id, c.unit_id, c.terms, c.papers, c.version";

/// A cohort by its number.
pub(crate) fn cohort(connection: &mut Connection, id: CohortId) -> Result<Option<Cohort>, StoreError> {
    let sql = format!("SELECT {COHORT} FROM cohort c WHERE c.id = $1");
    connection.query(&sql, &[id.0.into()])?.first().map(read_cohort).transpose()
}

/// Cohorts organised by a unit or below it, the one that ends last first.
pub(crate) fn below(connection: &mut Connection, (pre, post): (i64, i64)) -> Result<Vec<Cohort>, StoreError> {
    let sql = format!(
        "SELECT {COHORT} FROM cohort c JOIN unit u ON u.root_id = c.root_id AND u.id = c.unit_id
         WHERE u.pre BETWEEN $1 AND $2 ORDER BY c.ends_on DESC, c.id DESC"
    );
    connection.query(&sql, &[pre.into(), post.into()])?.iter().map(read_cohort).collect()
}

/// Cohorts in which somebody takes or took part, the one that ends last first.
pub(crate) fn of_person(connection: &mut Connection, person: PersonId) -> Result<Vec<Cohort>, StoreError> {
    let sql = format!(
        "SELECT {COHORT} FROM cohort c JOIN learner l ON l.root_id = c.root_id AND l.cohort_id = c.id
         WHERE l.person_id = $1 ORDER BY c.ends_on DESC, c.id DESC"
    );
    connection.query(&sql, &[person.0.into()])?.iter().map(read_cohort).collect()
}

fn read_cohort(row: &Row) -> Result<Cohort, StoreError> {
    Ok(Cohort {
        id: CohortId(row.int(0)?),
        unit: UnitId(row.int(1)?),
        terms: read(row.text(2)?)?,
        papers: read(row.text(3)?)?,
        version: row.int(4)?,
    })
}

/// Everybody who takes or took part.
pub(crate) fn learners(
    connection: &mut Connection,
    cohort: CohortId,
) -> Result<BTreeMap<PersonId, Learner>, StoreError> {
    let sql = "SELECT state FROM learner WHERE cohort_id = $1";
    let rows = connection.query(sql, &[cohort.0.into()])?;
    let learners = rows.iter().map(|row| read::<Learner>(row.text(0)?).map(|it| (it.person, it)));
    learners.collect()
}

/// Every sitting of a cohort.
pub(crate) fn sittings(connection: &mut Connection, cohort: CohortId) -> Result<Vec<Sitting>, StoreError> {
    let sql = "SELECT state FROM sitting WHERE cohort_id = $1 ORDER BY paper, person_id";
    connection.query(sql, &[cohort.0.into()])?.iter().map(|row| read(row.text(0)?)).collect()
}

/// The sittings of a person, with their cohorts.
pub(crate) fn sittings_of(
    connection: &mut Connection,
    person: PersonId,
) -> Result<Vec<(CohortId, Sitting)>, StoreError> {
    let sql = "SELECT cohort_id, state FROM sitting WHERE person_id = $1 ORDER BY cohort_id, paper";
    let rows = connection.query(sql, &[person.0.into()])?;
    rows.iter().map(|row| Ok((CohortId(row.int(0)?), read(row.text(1)?)?))).collect()
}

/// The answers that somebody saved last for a paper, opened from the record.
pub(crate) fn answers(
    connection: &mut Connection,
    keys: &mut Keys,
    (cohort, paper): (CohortId, i64),
    person: PersonId,
) -> Result<Option<Answers>, StoreError> {
    let sql = format!(
        "SELECT {} FROM event WHERE person_id = $1 AND kind = $2 ORDER BY seq DESC",
        reading::COLUMNS
    );
    for row in connection.query(&sql, &[person.0.into(), "exam.saved".into()])? {
        if let Event::ExamSaved(saved) = reading::recorded(&row, keys)?.fact.event
            && (saved.cohort, saved.paper) == (cohort, paper)
        {
            return Ok(Some(saved.answers));
        }
    }
    Ok(None)
}

/// The bank of a unit.
pub(crate) fn bank(connection: &mut Connection, unit: UnitId) -> Result<Vec<Known>, StoreError> {
    let sql = "SELECT id, question, is_retired FROM question WHERE unit_id = $1 ORDER BY id";
    let known = |row: &Row| {
        Ok(Known {
            number: QuestionId(row.int(0)?),
            question: read(row.text(1)?)?,
            is_retired: row.int(2)? != 0,
        })
    };
    connection.query(sql, &[unit.0.into()])?.iter().map(known).collect()
}

/// The cohort that an event of the log opened.
pub(crate) fn opened_at(
    connection: &mut Connection,
    keys: &mut Keys,
    seq: u64,
) -> Result<CohortId, StoreError> {
    let sql = format!("SELECT {} FROM event WHERE seq = $1", reading::COLUMNS);
    let rows = connection.query(&sql, &[seq.cast_signed().into()])?;
    let recorded = reading::recorded(rows.first().ok_or(StoreError::Missing)?, keys)?;
    // Anything else, and the command was used for something else.
    let Event::CohortOpened(opened) = recorded.fact.event else { return Err(StoreError::Changed) };
    Ok(opened.cohort)
}

/// A free number of a table.
fn free(connection: &mut Connection, table: &str) -> Result<i64, StoreError> {
    let rows = connection.query(&format!("SELECT MAX(id) FROM {table}"), &[])?;
    Ok(rows.first().map(|row| row.optional_int(0)).transpose()?.flatten().unwrap_or(0) + 1)
}

/// A free number for a new cohort.
pub(crate) fn free_cohort(connection: &mut Connection) -> Result<i64, StoreError> {
    free(connection, "cohort")
}

/// A free number for a new question.
pub(crate) fn free_question(connection: &mut Connection) -> Result<i64, StoreError> {
    free(connection, "question")
}

/// The next number of an organiser's certificates in a year.
pub(crate) fn next_serial(connection: &mut Connection, unit: UnitId, year: i16) -> Result<i64, StoreError> {
    let sql = "SELECT MAX(ordinal) FROM certificate WHERE unit_id = $1 AND year = $2";
    let rows = connection.query(sql, &[unit.0.into(), i64::from(year).into()])?;
    Ok(rows.first().map(|row| row.optional_int(0)).transpose()?.flatten().unwrap_or(0) + 1)
}

const CERTIFICATE: &str = "SELECT unit_id, person_id, issued, issued_on, voided_on FROM certificate";

/// Certificates of a cohort, void ones too.
pub(crate) fn certificates(
    connection: &mut Connection,
    cohort: CohortId,
) -> Result<Vec<Certificate>, StoreError> {
    let sql = format!("{CERTIFICATE} WHERE cohort_id = $1 ORDER BY year, ordinal");
    connection.query(&sql, &[cohort.0.into()])?.iter().map(read_certificate).collect()
}

/// Certificates of a person, void ones too, the latest first.
pub(crate) fn certificates_of(
    connection: &mut Connection,
    person: PersonId,
) -> Result<Vec<Certificate>, StoreError> {
    let sql = format!("{CERTIFICATE} WHERE person_id = $1 ORDER BY issued_on DESC, ordinal DESC");
    connection.query(&sql, &[person.0.into()])?.iter().map(read_certificate).collect()
}

/// A certificate by its place among those of a unit.
pub(crate) fn certificate(
    connection: &mut Connection,
    unit: UnitId,
    (year, serial): (i16, i64),
) -> Result<Option<Certificate>, StoreError> {
    let sql = format!("{CERTIFICATE} WHERE unit_id = $1 AND year = $2 AND ordinal = $3");
    let values = [unit.0.into(), i64::from(year).into(), serial.into()];
    connection.query(&sql, &values)?.first().map(read_certificate).transpose()
}

/// The certificates that bear a number: one, unless two organisers had the same code.
pub(crate) fn numbered(connection: &mut Connection, number: &str) -> Result<Vec<Certificate>, StoreError> {
    let sql = format!("{CERTIFICATE} WHERE number = $1 ORDER BY unit_id");
    connection.query(&sql, &[number.into()])?.iter().map(read_certificate).collect()
}

fn read_certificate(row: &Row) -> Result<Certificate, StoreError> {
    Ok(Certificate {
        unit: UnitId(row.int(0)?),
        person: PersonId(row.int(1)?),
        issued: read(row.text(2)?)?,
        issued_on: day(row, 3)?.ok_or_else(|| StoreError::Damaged("a day is missing".to_owned()))?,
        voided_on: day(row, 4)?,
    })
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged(error.to_string()))
}

fn json(value: &impl serde::Serialize) -> Result<Value, StoreError> {
    let text = serde_json::to_string(value).map_err(|error| StoreError::Damaged(error.to_string()))?;
    Ok(text.into())
}

/// Derives the rows of a fact about schooling; those of a cohort are kept where the cohort is.
#[expect(clippy::wildcard_enum_match_arm, reason = "`views` hands over only what is about schooling")]
pub(crate) fn apply(
    connection: &mut Connection,
    root: UnitId,
    recorded: &Recorded,
) -> Result<(), StoreError> {
    let fact = &recorded.fact;
    match &fact.event {
        Event::CohortOpened(opened) => open(connection, root, fact, opened)?,
        Event::CohortPlanned(planned) => {
            let mut cohort = cohort(connection, planned.cohort)?.ok_or(StoreError::Missing)?;
            cohort.terms.sessions.clone_from(&planned.sessions);
            set_terms(connection, &cohort)?;
        }
        Event::ExamSealed(sealed) => {
            let mut cohort = cohort(connection, sealed.cohort)?.ok_or(StoreError::Missing)?;
            let (number, event) = (sealed.number, recorded.event_id);
            cohort.papers.push(Paper { number, event, sealed: sealed.clone() });
            set_terms(connection, &cohort)?;
        }
        Event::CohortEnrolled(_) | Event::CohortWithdrawn(_) | Event::CohortAttended(_) => {
            learn(connection, fact)?;
        }
        Event::ExamBegun(_)
        | Event::ExamSaved(_)
        | Event::ExamExtended(_)
        | Event::ExamHandedIn(_)
        | Event::ExamMarked(_) => sit(connection, recorded)?,
        Event::QuestionEntered(entered) => enter(connection, root, fact, entered)?,
        Event::QuestionRetired(retired) => {
            let rows =
                connection.query("SELECT root_id FROM question WHERE id = $1", &[retired.number.0.into()])?;
            let root = rows.first().ok_or(StoreError::Missing)?.int(0)?;
            let sql = "UPDATE question SET is_retired = 1 WHERE root_id = $1 AND id = $2";
            connection.execute(sql, &[root.into(), retired.number.0.into()])?;
        }
        Event::CertificateIssued(issued) => certify(connection, fact, issued)?,
        Event::CertificateVoided(voided) => {
            let values = [
                root_of(connection, voided.cohort)?.into(),
                fact.occurred_on.to_string().into(),
                fact.unit.0.into(),
                i64::from(voided.year).into(),
                voided.serial.into(),
            ];
            connection.execute(
                "UPDATE certificate SET voided_on = $2
                 WHERE root_id = $1 AND unit_id = $3 AND year = $4 AND ordinal = $5",
                &values,
            )?;
            shared(connection, voided.cohort)?;
        }
        other => return Err(StoreError::Unfit(format!("`{}` is not about schooling", other.kind()))),
    }
    Ok(())
}

fn open(
    connection: &mut Connection,
    root: UnitId,
    fact: &Fact,
    opened: &CohortOpened,
) -> Result<(), StoreError> {
    let papers: [Paper; 0] = [];
    let row = [
        root.0.into(),
        opened.cohort.0.into(),
        fact.unit.0.into(),
        i64::from(opened.terms.year).into(),
        ends_on(&opened.terms).into(),
        json(&opened.terms)?,
        json(&papers)?,
    ];
    connection.execute(
        "INSERT INTO cohort (root_id, id, unit_id, year, ends_on, terms, papers, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1)",
        &row,
    )?;
    Ok(())
}

fn enter(
    connection: &mut Connection,
    root: UnitId,
    fact: &Fact,
    entered: &QuestionEntered,
) -> Result<(), StoreError> {
    let row = [root.0.into(), entered.number.0.into(), fact.unit.0.into(), json(&entered.question)?];
    connection.execute(
        "INSERT INTO question (root_id, id, unit_id, question, is_retired) VALUES ($1, $2, $3, $4, 0)",
        &row,
    )?;
    Ok(())
}

fn ends_on(terms: &Terms) -> String {
    terms.sessions.iter().map(|session| session.on).max().map_or_else(String::new, |day| day.to_string())
}

fn set_terms(connection: &mut Connection, cohort: &Cohort) -> Result<(), StoreError> {
    let row = [
        root_of(connection, cohort.id)?.into(),
        cohort.id.0.into(),
        ends_on(&cohort.terms).into(),
        json(&cohort.terms)?,
        json(&cohort.papers)?,
    ];
    connection.execute(
        "UPDATE cohort SET ends_on = $3, terms = $4, papers = $5, version = version + 1
         WHERE root_id = $1 AND id = $2",
        &row,
    )?;
    Ok(())
}

/// One more event that everybody of a cohort shares.
fn shared(connection: &mut Connection, cohort: CohortId) -> Result<(), StoreError> {
    let root = root_of(connection, cohort)?;
    let sql = "UPDATE cohort SET version = version + 1 WHERE root_id = $1 AND id = $2";
    connection.execute(sql, &[root.into(), cohort.0.into()])?;
    Ok(())
}

/// The root under which a cohort is kept.
fn root_of(connection: &mut Connection, cohort: CohortId) -> Result<i64, StoreError> {
    let rows = connection.query("SELECT root_id FROM cohort WHERE id = $1", &[cohort.0.into()])?;
    rows.first().ok_or(StoreError::Missing)?.int(0)
}

fn subject(fact: &Fact) -> Result<PersonId, StoreError> {
    fact.subject.ok_or_else(|| StoreError::Damaged("an event of a learner names nobody".to_owned()))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "`apply` hands over three kinds")]
fn learn(connection: &mut Connection, fact: &Fact) -> Result<(), StoreError> {
    let person = subject(fact)?;
    let (cohort, learner) = match &fact.event {
        Event::CohortEnrolled(enrolled) => {
            let before = learner(connection, enrolled.cohort, person)?;
            let attended = before.map(|learner| learner.attended).unwrap_or_default();
            let (case, enrolled_on) = (enrolled.case, fact.occurred_on);
            (enrolled.cohort, Learner { person, case, enrolled_on, withdrawn_on: None, attended })
        }
        Event::CohortWithdrawn(withdrawn) => {
            let known = learner(connection, withdrawn.cohort, person)?.ok_or(StoreError::Missing)?;
            (withdrawn.cohort, Learner { withdrawn_on: Some(fact.occurred_on), ..known })
        }
        Event::CohortAttended(CohortAttended { cohort, session, hours }) => {
            let mut known = learner(connection, *cohort, person)?.ok_or(StoreError::Missing)?;
            known.attended.insert(*session, *hours);
            (*cohort, known)
        }
        other => return Err(StoreError::Unfit(format!("`{}` is not about a learner", other.kind()))),
    };
    let row = [root_of(connection, cohort)?.into(), cohort.0.into(), person.0.into(), json(&learner)?];
    connection.execute(
        "INSERT INTO learner (root_id, cohort_id, person_id, state) VALUES ($1, $2, $3, $4)
         ON CONFLICT (root_id, cohort_id, person_id) DO UPDATE SET state = excluded.state",
        &row,
    )?;
    shared(connection, cohort)
}

/// One participant.
pub(crate) fn learner(
    connection: &mut Connection,
    cohort: CohortId,
    person: PersonId,
) -> Result<Option<Learner>, StoreError> {
    let sql = "SELECT state FROM learner WHERE cohort_id = $1 AND person_id = $2";
    let rows = connection.query(sql, &[cohort.0.into(), person.0.into()])?;
    rows.first().map(|row| read(row.text(0)?)).transpose()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "`apply` hands over five kinds")]
fn sit(connection: &mut Connection, recorded: &Recorded) -> Result<(), StoreError> {
    let person = subject(&recorded.fact)?;
    let (cohort, paper) = match &recorded.fact.event {
        Event::ExamBegun(it) => (it.cohort, it.paper),
        Event::ExamSaved(it) => (it.cohort, it.paper),
        Event::ExamExtended(it) => (it.cohort, it.paper),
        Event::ExamHandedIn(it) => (it.cohort, it.paper),
        Event::ExamMarked(it) => (it.cohort, it.paper),
        other => return Err(StoreError::Unfit(format!("`{}` is not about a sitting", other.kind()))),
    };
    let sql = "SELECT state FROM sitting WHERE cohort_id = $1 AND person_id = $2 AND paper = $3";
    let rows = connection.query(sql, &[cohort.0.into(), person.0.into(), paper.into()])?;
    let mut sitting = match rows.first() {
        Some(row) => read(row.text(0)?)?,
        None => Sitting {
            person,
            paper,
            medium: Medium::Screen,
            begun_at: recorded.recorded_at,
            extra_minutes: 0,
            handed_in_at: None,
            n_saves: 0,
            marks: Vec::new(),
        },
    };
    match &recorded.fact.event {
        Event::ExamBegun(begun) => sitting.medium = begun.medium,
        Event::ExamSaved(_) => sitting.n_saves += 1,
        Event::ExamExtended(extended) => sitting.extra_minutes += extended.minutes,
        Event::ExamHandedIn(_) => sitting.handed_in_at = Some(recorded.recorded_at),
        Event::ExamMarked(marked) => sitting.marks.push(marked.clone()),
        _ => {}
    }
    let root = root_of(connection, cohort)?;
    let row = [root.into(), cohort.0.into(), person.0.into(), paper.into(), json(&sitting)?];
    connection.execute(
        "INSERT INTO sitting (root_id, cohort_id, person_id, paper, state) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (root_id, cohort_id, person_id, paper) DO UPDATE SET state = excluded.state",
        &row,
    )?;
    Ok(())
}

fn certify(connection: &mut Connection, fact: &Fact, issued: &CertificateIssued) -> Result<(), StoreError> {
    let row = [
        root_of(connection, issued.cohort)?.into(),
        fact.unit.0.into(),
        i64::from(issued.year).into(),
        issued.serial.into(),
        issued.number.as_str().into(),
        issued.cohort.0.into(),
        subject(fact)?.0.into(),
        json(issued)?,
        fact.occurred_on.to_string().into(),
    ];
    connection.execute(
        "INSERT INTO certificate (root_id, unit_id, year, ordinal, number, cohort_id, person_id, issued, issued_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &row,
    )?;
    shared(connection, issued.cohort)
}
