//! The register of workplaces: coverage below a unit, the list, one workplace, and every act on it; files
//! in, whole or not at all; and organisers.

use std::io::Cursor;
use std::sync::atomic::AtomicBool;

use app::roster::{ImportError, Watch, digest};
use app::workplaces::{Filter, SeenWorkplace};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use domain::access::Action;
use domain::event::UnitOpened;
use domain::ids::{PersonId, UnitId, WorkplaceId};
use domain::workplace::{Act, Change, Charge, Class, Entrust, Particulars, Step, Workplace, WorkplaceRule};
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::answers::{Bilingual, FindingAnswer};
use super::files::{Recorded, command, unreadable};
use super::{Caller, Failure, Given, Problem, answer};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// Coverage below a unit, on both bases.
#[derive(Serialize, ToSchema)]
pub(crate) struct CoverageAnswer {
    /// All workplaces that are no parts of others.
    n_all: i64,
    /// Of them, those that meet the conditions for an organisation.
    n_due: i64,
    /// Of them, those with an organisation of their own or a joint one.
    n_organised: i64,
    /// Of the others, those reached by members, activists, an instructor or a contact.
    n_reached: i64,
    /// Departments, workshops, teams and villager groups.
    n_parts: i64,
    /// Of them, those with members.
    n_parts_with_members: i64,
    /// Workplaces by kind and rung.
    cells: Vec<CellAnswer>,
    /// What is missing, with the number of workplaces.
    gaps: Vec<GapAnswer>,
    /// Workplaces that came into the register or changed their rung this year.
    n_changed: usize,
    /// Workplaces that were closed this year.
    n_closed: i64,
}

/// Workplaces of one kind on one rung.
#[derive(Serialize, ToSchema)]
pub(crate) struct CellAnswer {
    class: String,
    step: String,
    n: i64,
}

/// Something that is missing at workplaces.
#[derive(Serialize, ToSchema)]
pub(crate) struct GapAnswer {
    rule: String,
    title: Bilingual,
    n: i64,
}

/// How far the workplaces below a unit have come.
#[utoipa::path(get, path = "/api/v1/units/{unit}/coverage", tag = "workplaces", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, body = CoverageAnswer), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn coverage(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
) -> Result<Json<CoverageAnswer>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeUnitFigures, &unit)?;
        let survey = site.store().survey(unit.id, site.now().today)?;
        let tally = survey.tally();
        let cell = |((class, step), n): (&(Class, Step), &i64)| CellAnswer {
            class: class.as_str().to_owned(),
            step: step.as_str().to_owned(),
            n: *n,
        };
        let gap = |(rule, n): (&WorkplaceRule, &i64)| {
            Some(GapAnswer { rule: rule.id().to_owned(), title: Bilingual::of(rule.title()?), n: *n })
        };
        Ok(CoverageAnswer {
            n_all: tally.n_all,
            n_due: tally.n_due,
            n_organised: tally.n_organised,
            n_reached: tally.n_reached,
            n_parts: tally.parts.0,
            n_parts_with_members: tally.parts.1,
            cells: tally.cells.iter().map(cell).collect(),
            gaps: tally.gaps.iter().filter_map(gap).collect(),
            n_changed: survey.changed.len(),
            n_closed: survey.n_closed,
        })
    })
    .await
}

/// A workplace.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkplaceAnswer {
    /// Its number.
    workplace: i64,
    /// The unit that answers for it.
    unit: i64,
    /// The workplace that it is a part of.
    parent: Option<i64>,
    /// What the register says.
    #[schema(value_type = Object)]
    particulars: Particulars,
    /// The day it came into the register.
    listed_on: String,
    /// The day it was closed.
    closed_on: Option<String>,
    /// The organisation that covers it.
    organisation: Option<i64>,
    /// The rung: `blank`, `contact`, `instructor`, `activist`, `member`, `joint` or `own`.
    step: String,
    n_activists: i64,
    n_members: i64,
    n_full: i64,
    /// What an act must have seen.
    version: i64,
    /// What is missing.
    gaps: Vec<String>,
}

impl WorkplaceAnswer {
    fn of(it: &Workplace, gaps: Vec<String>) -> Self {
        WorkplaceAnswer {
            workplace: it.id.0,
            unit: it.unit.0,
            parent: it.parent.map(|parent| parent.0),
            particulars: it.particulars.clone(),
            listed_on: it.listed_on.to_string(),
            closed_on: it.closed_on.map(|day| day.to_string()),
            organisation: it.organisation.map(|(unit, _)| unit.0),
            step: it.step.as_str().to_owned(),
            n_activists: it.n_activists,
            n_members: it.n_members,
            n_full: it.n_full,
            version: it.version,
            gaps,
        }
    }
}

/// Which workplaces.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WorkplaceWish {
    /// A kind, such as `non_public` or `village`.
    class: Option<String>,
    /// A rung, such as `blank`.
    step: Option<String>,
    /// A gap, such as `C33.no_instructor`.
    gap: Option<String>,
    /// A part of the name or the code.
    name: Option<String>,
    /// Page of a hundred, from 1.
    page: Option<usize>,
}

/// A page of workplaces.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkplacePage {
    /// Workplaces in all.
    n: usize,
    workplaces: Vec<WorkplaceAnswer>,
}

/// Workplaces on one page.
const A_PAGE: usize = 100;

/// The workplaces below a unit.
#[utoipa::path(get, path = "/api/v1/units/{unit}/workplaces", tag = "workplaces", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit"), WorkplaceWish),
    responses((status = 200, body = WorkplacePage), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
    Query(wish): Query<WorkplaceWish>,
) -> Result<Json<WorkplacePage>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeUnitFigures, &unit)?;
        let filter = Filter {
            class: wish.class.as_deref().and_then(Class::parse),
            step: wish.step.as_deref().and_then(Step::parse),
            gap: wish.gap.as_deref().and_then(WorkplaceRule::gap),
            name: wish.name.unwrap_or_default(),
            ..Filter::default()
        };
        let span = ((wish.page.unwrap_or(1).max(1) - 1).saturating_mul(A_PAGE), A_PAGE);
        let listed = site.store().workplaces_below((unit.id, site.now().today), &filter, span)?;
        let answer = |(it, gaps): &(Workplace, Vec<WorkplaceRule>)| {
            WorkplaceAnswer::of(it, gaps.iter().map(|rule| rule.id().to_owned()).collect())
        };
        Ok(WorkplacePage { n: listed.n, workplaces: listed.rows.iter().map(answer).collect() })
    })
    .await
}

/// A workplace with what is missing there, in words.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkplaceDetail {
    #[serde(flatten)]
    workplace: WorkplaceAnswer,
    findings: Vec<FindingAnswer>,
    /// The rungs as they were reached.
    rungs: Vec<RungAnswer>,
}

/// A rung and the day it was reached.
#[derive(Serialize, ToSchema)]
pub(crate) struct RungAnswer {
    step: String,
    reached_on: String,
}

fn seen(site: &Site, visitor: &Visitor, id: i64) -> Result<Workplace, Failure> {
    let workplace = site.store().workplace(WorkplaceId(id))?;
    let unit = site.store().unit(workplace.unit)?;
    visitor.may(site, Action::SeeUnitFigures, &unit)?;
    Ok(workplace)
}

/// One workplace.
#[utoipa::path(get, path = "/api/v1/workplaces/{workplace}", tag = "workplaces", security(("token" = [])),
    params(("workplace" = i64, Path, description = "Number of the workplace")),
    responses((status = 200, body = WorkplaceDetail), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn one(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(id): Path<i64>,
) -> Result<Json<WorkplaceDetail>, Failure> {
    answer(site, move |site| {
        let known = seen(site, &visitor, id)?;
        let detail = site.store().workplace_detail(known.id, site.now().today)?;
        let gaps = detail.findings.iter().map(|finding| finding.rule.clone()).collect();
        let rung = |(step, day): &(Step, Date)| RungAnswer {
            step: step.as_str().to_owned(),
            reached_on: day.to_string(),
        };
        Ok(WorkplaceDetail {
            workplace: WorkplaceAnswer::of(&known, gaps),
            findings: detail.findings.iter().map(FindingAnswer::of).collect(),
            rungs: detail.rungs.iter().map(rung).collect(),
        })
    })
    .await
}

/// A workplace to be entered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWorkplace {
    /// The day.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// The workplace that it is a part of.
    #[serde(default)]
    parent: Option<i64>,
    /// What the register is to say: `kind`, `name`, `code`, `ownership`, `scale`, `n_staff`, `is_stable`,
    /// `is_key`.
    #[schema(value_type = Object)]
    particulars: Particulars,
}

/// The number of what was entered.
#[derive(Serialize, ToSchema)]
pub(crate) struct EnteredWorkplace {
    workplace: i64,
}

/// Enter a workplace in the register of a unit.
#[utoipa::path(post, path = "/api/v1/units/{unit}/workplaces", tag = "workplaces", security(("token" = [])),
    request_body = NewWorkplace,
    params(
        ("unit" = i64, Path, description = "Number of the unit"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses((status = 200, body = EnteredWorkplace), (status = 403, body = Problem),
        (status = 422, body = Problem, description = "Refused: every reason at once")))]
pub(crate) async fn enter(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(unit): Path<i64>,
    Given(new): Given<NewWorkplace>,
) -> Result<Json<EnteredWorkplace>, Failure> {
    answer(site, move |site| {
        let change = Change::List { parent: new.parent.map(WorkplaceId), particulars: new.particulars };
        let act = Act { on: new.on, change };
        let (actor, now) = (visitor.actor(), site.now());
        let entered = site.store().list_workplace(actor, now, command(&headers)?, UnitId(unit), act)?;
        Ok(EnteredWorkplace { workplace: entered.0 })
    })
    .await
}

/// An act on a workplace.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWorkplaceAct {
    /// `workplace.changed`, `workplace.moved`, `workplace.closed`, `workplace.entrusted`,
    /// `workplace.relieved`, `workplace.visited`, `workplace.organised`, `workplace.counted`,
    /// `person.placed`, or `unit.opened` to found an organisation there.
    kind: String,
    /// The day it happened.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// What happened, with the fields of the kind.
    body: Value,
    /// The workplace's version when it was looked at.
    version: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Altered {
    particulars: Particulars,
    is_correction: bool,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entrusted {
    charge: Charge,
    person: PersonId,
    #[serde(default)]
    letter: String,
    #[serde(default)]
    until_on: Option<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Handed {
    to: UnitId,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasoned {
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Relieved {
    number: i64,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Visited {
    number: i64,
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Organised {
    organisation: Option<UnitId>,
    approval: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    year: i16,
    n_posts: i64,
    n_members: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlacedHere {
    person: PersonId,
}

enum Meant {
    Change(Change),
    Place(PersonId),
    Found(UnitOpened),
}

impl NewWorkplaceAct {
    fn meant(self) -> Result<Meant, Failure> {
        fn read<T: DeserializeOwned>(body: Value) -> Result<T, Failure> {
            serde_json::from_value(body).map_err(|error| unreadable(&error).into())
        }
        let body = self.body;
        Ok(Meant::Change(match self.kind.as_str() {
            "workplace.changed" => {
                let Altered { particulars, is_correction, reason } = read(body)?;
                Change::Alter { particulars, is_correction, reason }
            }
            "workplace.moved" => {
                let Handed { to, reason } = read(body)?;
                Change::Move { to, reason }
            }
            "workplace.closed" => Change::Close { reason: read::<Reasoned>(body)?.reason },
            "workplace.entrusted" => {
                let Entrusted { charge, person, letter, until_on } = read(body)?;
                Change::Entrust(Entrust { charge, person, letter, until_on })
            }
            "workplace.relieved" => {
                let Relieved { number, reason } = read(body)?;
                Change::Relieve { number, reason }
            }
            "workplace.visited" => {
                let Visited { number, note } = read(body)?;
                Change::Visit { number, note }
            }
            "workplace.organised" => {
                let Organised { organisation, approval } = read(body)?;
                Change::Organise { organisation, approval }
            }
            "workplace.counted" => {
                let Counted { year, n_posts, n_members } = read(body)?;
                Change::Count { year, n_posts, n_members }
            }
            "person.placed" => return Ok(Meant::Place(read::<PlacedHere>(body)?.person)),
            "unit.opened" => return Ok(Meant::Found(read(body)?)),
            other => return Err(unreadable(&format!("`{other}` is no act on a workplace")).into()),
        }))
    }
}

/// Record an act on a workplace.
#[utoipa::path(post, path = "/api/v1/workplaces/{workplace}/acts", tag = "workplaces", security(("token" = [])),
    request_body = NewWorkplaceAct,
    params(
        ("workplace" = i64, Path, description = "Number of the workplace"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses((status = 200, body = WorkplaceAnswer, description = "The workplace as it is now"),
        (status = 403, body = Problem),
        (status = 409, body = Problem, description = "The workplace was changed since it was looked at"),
        (status = 422, body = Problem, description = "Refused: every reason at once")))]
pub(crate) async fn act(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(id): Path<i64>,
    Given(new): Given<NewWorkplaceAct>,
) -> Result<Json<WorkplaceAnswer>, Failure> {
    answer(site, move |site| {
        let known = seen(site, &visitor, id)?;
        let (store, actor, now, on) = (site.store(), visitor.actor(), site.now(), new.on);
        let (id, seen) = (command(&headers)?, SeenWorkplace { workplace: known.id, version: new.version });
        match new.meant()? {
            Meant::Change(change) => {
                store.change_workplace(actor, now, id, seen, Act { on, change })?;
            }
            Meant::Place(person) => {
                store.place_person(actor, now, id, (person, Some(known.id)), on)?;
            }
            Meant::Found(opened) => {
                store.found_organisation(actor, now, id, (seen, on), opened)?;
            }
        }
        let detail = store.workplace_detail(known.id, now.today)?;
        let gaps = detail.findings.iter().map(|finding| finding.rule.clone()).collect();
        Ok(WorkplaceAnswer::of(&detail.workplace, gaps))
    })
    .await
}

/// The name of the file that is sent.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WorkplaceFile {
    /// Its ending says how it is read: `.xlsx` or `.csv`.
    file_name: String,
}

/// What importing a file of workplaces would come to.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkplacePreview {
    /// Under which number it waits to be confirmed; none while something is wrong.
    preview: Option<u64>,
    n_new: u64,
    n_changed: u64,
    n_same: u64,
    /// Everything wrong, by row and column.
    problems: Vec<WorkplaceProblem>,
    /// Problems in all, also those not listed.
    n_problems: usize,
}

/// Something wrong with a file of workplaces.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkplaceProblem {
    /// The row, from 1; none for the file as a whole.
    row: Option<u32>,
    text: Bilingual,
}

/// Preview a file of workplaces; nothing is written. The body is the file itself.
#[utoipa::path(post, path = "/api/v1/units/{unit}/workplaces/previews", tag = "workplaces", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit"), WorkplaceFile),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = WorkplacePreview), (status = 403, body = Problem)))]
pub(crate) async fn preview(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
    Query(named): Query<WorkplaceFile>,
    body: Bytes,
) -> Result<Json<WorkplacePreview>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::KeepRegister, &unit)?;
        let sha256 = digest(body.as_ref()).map_err(|_| Trouble::Broken)?;
        let mut watch = Watch { progress: &mut |_| {}, cancel: &AtomicBool::new(false) };
        let file = (named.file_name.as_str(), sha256.as_str());
        let preview = site.store().preview_workplaces(unit.id, file, Cursor::new(body), &mut watch)?;
        let (n_new, n_changed, n_same) = preview.counts();
        let problem =
            |it: &app::roster::RowProblem| WorkplaceProblem { row: it.row, text: Bilingual::of(&it.text) };
        let mut told = WorkplacePreview {
            preview: None,
            n_new,
            n_changed,
            n_same,
            problems: preview.problems.iter().map(problem).collect(),
            n_problems: preview.n_problems,
        };
        if preview.is_clean() {
            told.preview = Some(site.keep_register(visitor.identity.account, unit.id, preview)?);
        }
        Ok(told)
    })
    .await
}

/// Take a previewed file of workplaces over, whole.
#[utoipa::path(post, path = "/api/v1/units/{unit}/workplaces/previews/{preview}/confirmation", tag = "workplaces",
    security(("token" = [])),
    params(
        ("unit" = i64, Path, description = "Number of the unit"),
        ("preview" = u64, Path, description = "Number of the preview"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses((status = 200, body = Recorded), (status = 403, body = Problem),
        (status = 404, body = Problem, description = "The preview has expired"),
        (status = 409, body = Problem, description = "The register was changed since the preview")))]
pub(crate) async fn confirm(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path((unit, number)): Path<(i64, u64)>,
) -> Result<Json<Recorded>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::KeepRegister, &unit)?;
        let kept = site.kept_register(visitor.identity.account, unit.id, number)?;
        let (preview, id) = (kept.ok_or(Trouble::Missing)?, command(&headers)?);
        match site.store().confirm_workplaces(visitor.actor(), site.now(), id, preview) {
            Ok(receipt) => Ok(Recorded::of(&receipt)),
            Err(ImportError::Store(error)) => Err(error.into()),
            Err(ImportError::Denied(denial)) => Err(Trouble::Denied(denial.text).into()),
            Err(ImportError::Problems) => Err(Trouble::Changed.into()),
        }
    })
    .await
}

/// The organisers below a unit.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrganisersAnswer {
    in_office: Vec<OrganiserAnswer>,
    vacant: Vec<VacancyAnswer>,
}

/// An organiser in office.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrganiserAnswer {
    unit: i64,
    person: i64,
    from_on: String,
    /// The day on which the usual term ends.
    until_on: String,
    /// Running files for each organiser of the unit.
    n_files: i64,
    /// Talks before approval that wait, for each.
    n_talks: i64,
    /// Of them, overdue.
    n_overdue: i64,
}

/// A unit without an organiser.
#[derive(Serialize, ToSchema)]
pub(crate) struct VacancyAnswer {
    unit: i64,
    since_on: Option<String>,
    n_files: i64,
}

/// Who is organiser where, until when, and what waits for each.
#[utoipa::path(get, path = "/api/v1/units/{unit}/organisers", tag = "workplaces", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, body = OrganisersAnswer), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn organisers(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
) -> Result<Json<OrganisersAnswer>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeRoster, &unit)?;
        let found = site.store().organisers(unit.id, site.now().today)?;
        Ok(OrganisersAnswer {
            in_office: found
                .lines
                .iter()
                .map(|it| OrganiserAnswer {
                    unit: it.unit.id.0,
                    person: it.person.0,
                    from_on: it.from_on.to_string(),
                    until_on: it.until_on.to_string(),
                    n_files: it.n_files,
                    n_talks: it.n_talks,
                    n_overdue: it.n_overdue,
                })
                .collect(),
            vacant: found
                .vacant
                .iter()
                .map(|it| VacancyAnswer {
                    unit: it.unit.id.0,
                    since_on: it.since_on.map(|day| day.to_string()),
                    n_files: it.n_files,
                })
                .collect(),
        })
    })
    .await
}
