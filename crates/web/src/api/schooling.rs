//! Courses, the bank of questions, examinations and certificates.

use std::collections::BTreeMap;

use app::schooling::{CohortView, LearnerLine, Wish};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use domain::access::Action;
use domain::dates::Instant;
use domain::ids::{CohortId, PersonId, QuestionId, UnitId};
use domain::schooling::{Act, BankAct, Cohort, Draw, Question, Save, Session, Terms};
use domain::text::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::answers::{Bilingual, FindingAnswer};
use super::files::command;
use super::{Caller, Failure, Given, Problem, answer};
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;

/// A course.
#[derive(Serialize, ToSchema)]
pub(crate) struct CourseAnswer {
    /// Its number.
    course: i64,
    /// The unit that organises it.
    unit: i64,
    /// What an act must have seen.
    version: i64,
    /// What is settled, with the sessions.
    #[schema(value_type = Object)]
    terms: Terms,
    /// Sealed papers, without their text.
    papers: Vec<SealedPaper>,
}

/// A paper, as everybody may know it beforehand.
#[derive(Serialize, ToSchema)]
pub(crate) struct SealedPaper {
    /// Number within the course.
    paper: i64,
    is_resit: bool,
    /// Milliseconds since 1970-01-01 UTC.
    opens_at: i64,
    minutes: i64,
    n_items: i64,
    points: i64,
    /// Digest of the items, recorded before anybody reads them.
    sha256: String,
}

impl CourseAnswer {
    fn of(cohort: &Cohort) -> Self {
        let paper = |paper: &domain::schooling::Paper| SealedPaper {
            paper: paper.number,
            is_resit: paper.sealed.is_resit,
            opens_at: paper.sealed.opens_at.0,
            minutes: paper.sealed.minutes,
            n_items: paper.sealed.n_items,
            points: paper.sealed.points,
            sha256: paper.sealed.sha256.clone(),
        };
        CourseAnswer {
            course: cohort.id.0,
            unit: cohort.unit.0,
            version: cohort.version,
            terms: cohort.terms.clone(),
            papers: cohort.papers.iter().map(paper).collect(),
        }
    }
}

/// A participant.
#[derive(Serialize, ToSchema)]
pub(crate) struct LearnerAnswer {
    person: i64,
    name: String,
    /// Whether the person left the course.
    has_left: bool,
    hours_done: i64,
    /// Number of the paper that counts.
    paper: Option<i64>,
    /// Points in hundredths of all points; none while it is not marked.
    percent: Option<i64>,
    is_pass: Option<bool>,
    /// Number of the certificate that holds.
    certificate: Option<String>,
}

impl LearnerAnswer {
    fn of(line: &LearnerLine) -> Self {
        let outcome = line.result.and_then(|(_, outcome)| outcome);
        LearnerAnswer {
            person: line.learner.person.0,
            name: line.name.clone(),
            has_left: !line.is_in(),
            hours_done: line.done,
            paper: line.result.map(|(paper, _)| paper),
            percent: outcome.map(|it| it.percent),
            is_pass: outcome.map(|it| it.is_pass),
            certificate: line.certificate.as_ref().map(|it| it.issued.number.clone()),
        }
    }
}

/// A course with its people and what is wrong with it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CourseWithPeople {
    course: CourseAnswer,
    learners: Vec<LearnerAnswer>,
    findings: Vec<FindingAnswer>,
}

/// The courses that a unit and units below it organise.
#[utoipa::path(get, path = "/api/v1/units/{unit}/courses", tag = "schooling", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, body = Vec<CourseAnswer>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn courses(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
) -> Result<Json<Vec<CourseAnswer>>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeSchooling, &unit)?;
        Ok(site.store().cohorts_below(unit.id)?.iter().map(|(cohort, ..)| CourseAnswer::of(cohort)).collect())
    })
    .await
}

/// A course with its people, hours, results and findings.
#[utoipa::path(get, path = "/api/v1/courses/{course}", tag = "schooling", security(("token" = [])),
    params(("course" = i64, Path, description = "Number of the course")),
    responses((status = 200, body = CourseWithPeople), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn course(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(course): Path<i64>,
) -> Result<Json<CourseWithPeople>, Failure> {
    answer(site, move |site| {
        let cohort = site.store().cohort(CohortId(course))?;
        let organiser = site.store().unit(cohort.unit)?;
        visitor.may(site, Action::SeeSchooling, &organiser)?;
        let view: CohortView = site.store().cohort_view(cohort.id, site.now())?;
        visitor.logs(site, Seen::list(organiser.id, view.lines.len()))?;
        Ok(CourseWithPeople {
            course: CourseAnswer::of(&view.cohort),
            learners: view.lines.iter().map(LearnerAnswer::of).collect(),
            findings: view.findings.iter().map(FindingAnswer::of).collect(),
        })
    })
    .await
}

/// A course to be opened.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewCourse {
    /// The unit that organises it.
    unit: i64,
    /// `title`, `class`, `year`, `is_short_course`, `hours_due`, `pass_percent`, `tolerance_percent` and
    /// `sessions`.
    #[schema(value_type = Object)]
    terms: Terms,
}

/// A course that was opened.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenedCourse {
    course: i64,
}

/// Open a course.
#[utoipa::path(post, path = "/api/v1/courses", tag = "schooling", security(("token" = [])), request_body = NewCourse,
    params(("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")),
    responses((status = 200, body = OpenedCourse), (status = 403, body = Problem), (status = 422, body = Problem, description = "Refused: every reason at once")))]
pub(crate) async fn open(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Given(new): Given<NewCourse>,
) -> Result<Json<OpenedCourse>, Failure> {
    answer(site, move |site| {
        let id = command(&headers)?;
        let opened =
            site.store().open_cohort(visitor.actor(), site.now(), id, UnitId(new.unit), new.terms)?;
        Ok(OpenedCourse { course: opened.0 })
    })
    .await
}

/// An act on a course.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewCourseAct {
    /// The version when it was looked at; acts of somebody who sits need none.
    version: Option<i64>,
    /// What: `plan`, `enrol`, `withdraw`, `attend`, `begin`, `save`, `hand_in`, `enter_paper`, `extend`,
    /// `mark`, `issue` or `void`, under `do`, with the fields of the act.
    #[schema(value_type = Object)]
    act: Value,
}

/// The acts as the API spells them.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Spelt {
    Plan { sessions: Vec<Session> },
    Enrol { people: Vec<PersonId> },
    Withdraw { person: PersonId, reason: String },
    Attend { session: i64, hours: BTreeMap<PersonId, i64> },
    Begin { paper: i64, person: PersonId },
    Save { paper: i64, person: PersonId, answers: BTreeMap<i64, String>, seen: i64 },
    HandIn { paper: i64, person: PersonId },
    EnterPaper { paper: i64, person: PersonId, answers: BTreeMap<i64, String> },
    Extend { paper: i64, person: PersonId, minutes: i64, reason: String },
    Mark { paper: i64, person: PersonId, item: i64, points: i64 },
    Issue { people: Vec<PersonId> },
    Void { year: i16, serial: i64, reason: String },
}

impl From<Spelt> for Act {
    fn from(spelt: Spelt) -> Act {
        match spelt {
            Spelt::Plan { sessions } => Act::Plan(sessions),
            Spelt::Enrol { people } => Act::Enrol(people),
            Spelt::Withdraw { person, reason } => Act::Withdraw(person, reason),
            Spelt::Attend { session, hours } => {
                Act::Attend(hours.into_iter().map(|(person, hours)| (session, person, hours)).collect())
            }
            Spelt::Begin { paper, person } => Act::Begin(paper, person),
            Spelt::Save { paper, person, answers, seen } => Act::Save(Save { paper, person, answers, seen }),
            Spelt::HandIn { paper, person } => Act::HandIn(paper, person),
            Spelt::EnterPaper { paper, person, answers } => Act::EnterPaper(paper, person, answers),
            Spelt::Extend { paper, person, minutes, reason } => Act::Extend(paper, person, minutes, reason),
            Spelt::Mark { paper, person, item, points } => Act::Mark(paper, person, item, points),
            Spelt::Issue { people } => Act::Issue(people),
            Spelt::Void { year, serial, reason } => Act::Void(year, serial, reason),
        }
    }
}

/// Whether the version that was seen is told where it has to be.
fn seen(version: Option<i64>, act: &Act) -> Result<Option<i64>, Trouble> {
    let is_own = matches!(act, Act::Begin(..) | Act::Save(_) | Act::HandIn(..));
    if version.is_none() && !is_own {
        return Err(unreadable(&"version"));
    }
    Ok(if is_own { None } else { version })
}

/// What was recorded of a course.
#[derive(Serialize, ToSchema)]
pub(crate) struct CourseRecorded {
    /// The command had been carried out before; nothing was added.
    is_repeat: bool,
    /// Number of entries.
    n_events: u64,
}

/// Record an act on a course.
#[utoipa::path(post, path = "/api/v1/courses/{course}/acts", tag = "schooling", security(("token" = [])), request_body = NewCourseAct,
    params(
        ("course" = i64, Path, description = "Number of the course"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = CourseRecorded),
        (status = 403, body = Problem),
        (status = 409, body = Problem, description = "The course went on since it was looked at"),
        (status = 422, body = Problem, description = "Refused: every reason at once")
    ))]
pub(crate) async fn act(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(course): Path<i64>,
    Given(new): Given<NewCourseAct>,
) -> Result<Json<CourseRecorded>, Failure> {
    answer(site, move |site| {
        let spelt: Spelt = serde_json::from_value(new.act).map_err(|error| unreadable(&error))?;
        let act: Act = spelt.into();
        let at = (CohortId(course), seen(new.version, &act)?);
        let receipt = site.store().act_on_cohort(visitor.actor(), site.now(), command(&headers)?, at, act)?;
        Ok(CourseRecorded { is_repeat: receipt.is_repeat, n_events: receipt.n_events })
    })
    .await
}

/// A paper to be drawn and sealed.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewPaper {
    /// The version when the course was looked at.
    version: i64,
    #[serde(default)]
    is_resit: bool,
    /// Milliseconds since 1970-01-01 UTC.
    opens_at: i64,
    minutes: i64,
    /// `kind`, `subject` or null, and `n` of each.
    #[schema(value_type = Vec<Object>)]
    draws: Vec<Draw>,
}

/// Draw a paper from the bank and seal it. Nobody reads it before it opens.
#[utoipa::path(post, path = "/api/v1/courses/{course}/papers", tag = "schooling", security(("token" = [])), request_body = NewPaper,
    params(
        ("course" = i64, Path, description = "Number of the course"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = CourseRecorded),
        (status = 403, body = Problem),
        (status = 409, body = Problem, description = "The course went on since it was looked at"),
        (status = 422, body = Problem, description = "Refused: every reason at once")
    ))]
pub(crate) async fn seal(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(course): Path<i64>,
    Given(new): Given<NewPaper>,
) -> Result<Json<CourseRecorded>, Failure> {
    answer(site, move |site| {
        let wish = Wish {
            is_resit: new.is_resit,
            opens_at: Instant(new.opens_at),
            minutes: new.minutes,
            draws: new.draws,
            seed: Wish::any_seed(),
        };
        let at = (CohortId(course), new.version);
        let receipt = site.store().seal_exam(visitor.actor(), site.now(), command(&headers)?, at, wish)?;
        Ok(CourseRecorded { is_repeat: receipt.is_repeat, n_events: receipt.n_events })
    })
    .await
}

/// A question of a bank.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuestionAnswer {
    /// Its number.
    number: i64,
    #[schema(value_type = Object)]
    question: Question,
}

/// The questions of a unit that are in use.
#[utoipa::path(get, path = "/api/v1/units/{unit}/questions", tag = "schooling", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, body = Vec<QuestionAnswer>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn questions(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
) -> Result<Json<Vec<QuestionAnswer>>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::RunSchooling, &unit)?;
        let known = site.store().question_bank(unit.id)?.into_iter().filter(|known| !known.is_retired);
        Ok(known.map(|it| QuestionAnswer { number: it.number.0, question: it.question }).collect())
    })
    .await
}

/// An act on a bank: questions to be entered, or one to be taken out of use.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewQuestions {
    /// `kind`, `subject`, `text`, `options`, `key` and `points` of each; all or none are entered.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    questions: Vec<Question>,
    /// The number of the one to be taken out of use.
    retire: Option<i64>,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Enter questions, or take one out of use.
#[utoipa::path(post, path = "/api/v1/units/{unit}/questions", tag = "schooling", security(("token" = [])), request_body = NewQuestions,
    params(
        ("unit" = i64, Path, description = "Number of the unit"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses((status = 200, body = CourseRecorded), (status = 403, body = Problem), (status = 422, body = Problem, description = "Refused: every reason at once")))]
pub(crate) async fn enter_questions(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(unit): Path<i64>,
    Given(new): Given<NewQuestions>,
) -> Result<Json<CourseRecorded>, Failure> {
    answer(site, move |site| {
        let act = match new.retire {
            Some(number) => BankAct::Retire(QuestionId(number), new.reason),
            None => BankAct::Enter(new.questions),
        };
        let id = command(&headers)?;
        let receipt = site.store().act_on_bank(visitor.actor(), site.now(), id, UnitId(unit), act)?;
        Ok(CourseRecorded { is_repeat: receipt.is_repeat, n_events: receipt.n_events })
    })
    .await
}

/// Which certificate.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Numbered {
    /// The number as it is printed.
    number: String,
}

/// What the number of a certificate says, without saying whose it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificateAnswer {
    organiser: Bilingual,
    course: String,
    exam_on: String,
    issued_on: String,
    /// The day on which it was found void.
    voided_on: Option<String>,
}

/// Check a number; anybody may. None is known where the list is empty.
#[utoipa::path(get, path = "/api/v1/certificates", tag = "schooling", params(Numbered),
    responses((status = 200, body = Vec<CertificateAnswer>)))]
pub(crate) async fn certificates(
    State(site): State<Site>,
    Query(wish): Query<Numbered>,
) -> Result<Json<Vec<CertificateAnswer>>, Failure> {
    answer(site, move |site| {
        let found = site.store().certificates_numbered(&wish.number)?;
        let told = found.into_iter().map(|(certificate, cohort, organiser)| CertificateAnswer {
            organiser: Bilingual::of(&organiser),
            course: cohort.terms.title,
            exam_on: certificate.issued.exam_on.to_string(),
            issued_on: certificate.issued_on.to_string(),
            voided_on: certificate.voided_on.map(|day| day.to_string()),
        });
        Ok(told.collect())
    })
    .await
}

fn unreadable(error: &dyn std::fmt::Display) -> Trouble {
    Trouble::BadRequest(Text::new(
        format!("内容无法识别：{error}"),
        format!("The body cannot be read: {error}"),
    ))
}
