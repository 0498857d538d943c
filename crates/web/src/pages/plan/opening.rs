//! Opening a plan for a year: the figures that the settings and the source's targets suggest, each of
//! them open to change with a reason.

use app::act::ActError;
use askama::Template;
use axum::extract::{RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::plan::{ShareTarget, Terms, Weights};

use super::{Typed, field, number, said, typed};
use crate::forms::{self, Control, Drawn};
use crate::frame::{Frame, Place};
use crate::pages::people::{command, new_command};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::Words;

#[derive(Template)]
#[template(path = "plan_open.html")]
struct Page {
    f: Frame,
    unit: String,
    main: Vec<Drawn>,
    shares: Vec<Drawn>,
    days: Vec<Drawn>,
    weights: Vec<Drawn>,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
}

const WEIGHTS: [&str; 9] = [
    "weights.intake",
    "weights.short",
    "weights.over",
    "weights.fair",
    "weights.smooth",
    "weights.dormant",
    "weights.node_fair",
    "weights.cell_short",
    "weights.cell_over",
];
const DAYS: [&str; 3] = ["ask_by", "answer_by", "sign_by"];

pub(super) async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| {
        let start = start(site, &visitor)?;
        let typed = written(&start, site.now().today.year());
        Ok(Html(page(site, &visitor, &start, &typed, &[])?.render()?))
    })
    .await
}

fn start(site: &Site, visitor: &Visitor) -> Result<Terms, Trouble> {
    let unit = site.store().unit(visitor.grant.unit)?;
    visitor.may(site, Action::RunPlan, &unit)?;
    Ok(site.store().plan_start(unit.id, site.now().today)?)
}

/// The suggestion as a form has it.
fn written(terms: &Terms, year: i16) -> Typed {
    let mut typed = Typed::from([
        ("year".to_owned(), year.to_string()),
        ("intake".to_owned(), terms.intake.to_string()),
        ("tolerance".to_owned(), forms::per_cent(terms.tolerance_permille)),
        ("reason".to_owned(), terms.reason.clone()),
        ("ask_by".to_owned(), crate::forms::written(&terms.ask_by)),
        ("answer_by".to_owned(), crate::forms::written(&terms.answer_by)),
        ("sign_by".to_owned(), crate::forms::written(&terms.sign_by)),
    ]);
    for share in &terms.shares {
        typed.insert(share.attribute.clone(), forms::per_cent(share.permille));
    }
    let weights = &terms.weights;
    let figures = [
        weights.intake,
        weights.short,
        weights.over,
        weights.fair,
        weights.smooth,
        weights.dormant,
        weights.node_fair,
        weights.cell_short,
        weights.cell_over,
    ];
    typed.extend(WEIGHTS.iter().zip(figures).map(|(name, n)| ((*name).to_owned(), n.to_string())));
    typed
}

fn page(
    site: &Site,
    visitor: &Visitor,
    start: &Terms,
    typed: &Typed,
    problems: &[Finding],
) -> Result<Page, Trouble> {
    let t = visitor.t;
    let unit = site.store().unit(visitor.grant.unit)?;
    let title = t.say("plan-open-title");
    let path = [(t.say("plan-menu"), Some("/plan".to_owned())), (title.clone(), None)];
    let figure =
        |name: &str| drawn(t, (name, Control::Text { width: "w3", mode: "decimal" }), typed, problems);
    let day = |name: &str| drawn(t, (name, Control::Text { width: "w8", mode: "text" }), typed, problems);
    let reason = field(t, "open", ("reason", false, Control::Lines), typed, problems);
    let anchor = |finding: &Finding| {
        let name = finding.fields.first().map_or("", String::as_str);
        format!("open-{}", name.replace('.', "-"))
    };
    Ok(Page {
        f: Frame::of(site, visitor, Place::Plan, title)?.path(path),
        unit: t.of(&unit.name).to_owned(),
        main: vec![figure("year"), figure("intake"), figure("tolerance"), reason],
        shares: start.shares.iter().map(|share| figure(&share.attribute)).collect(),
        days: DAYS.iter().map(|name| day(name)).collect(),
        weights: WEIGHTS.iter().map(|name| figure(name)).collect(),
        errors: problems.iter().map(|finding| (anchor(finding), finding.clone())).collect(),
        csrf: visitor.identity.csrf.clone(),
        command: typed.get("command").cloned().unwrap_or_else(new_command),
    })
}

fn drawn(t: Words, (name, control): (&str, Control), typed: &Typed, problems: &[Finding]) -> Drawn {
    field(t, "open", (name, true, control), typed, problems)
}

pub(super) async fn open(State(site): State<Site>, visitor: Visitor, RawForm(form): RawForm) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let start = start(site, &visitor)?;
        let id = command(said(&typed, "command"))?;
        let problems = match terms(&start, &typed) {
            Ok(opened) => {
                let unit = visitor.grant.unit;
                match site.store().open_plan(visitor.actor(), site.now(), id, unit, opened) {
                    Ok(plan) => return Ok(Redirect::to(&format!("/plan/{plan}")).into_response()),
                    Err(ActError::Refused(refusal)) => refusal.findings,
                    Err(error) => return Err(error.into()),
                }
            }
            Err(problems) => problems,
        };
        let page = page(site, &visitor, &start, &typed, &problems)?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    })
    .await
}

/// The terms that were typed, or every field that cannot be read.
fn terms(start: &Terms, typed: &Typed) -> Result<(i16, Terms), Vec<Finding>> {
    let mut problems = Vec::new();
    let mut read = |name: &str, read: fn(&str) -> Option<i64>| {
        let found = read(said(typed, name));
        if found.is_none() {
            problems.push(forms::unreadable(name));
        }
        found.unwrap_or(0)
    };
    let (year, intake) = (read("year", number), read("intake", number));
    let tolerance_permille = read("tolerance", forms::permille);
    let share = |share: &ShareTarget, permille: i64| ShareTarget { permille, ..share.clone() };
    let shares =
        start.shares.iter().map(|known| share(known, read(&known.attribute, forms::permille))).collect();
    let [intake_weight, short, over, fair, smooth, dormant, node_fair, cell_short, cell_over] =
        WEIGHTS.map(|name| read(name, number));
    let days = DAYS.map(|name| forms::day(said(typed, name)));
    problems.extend(
        DAYS.iter().zip(days).filter(|(_, day)| day.is_none()).map(|(name, _)| forms::unreadable(name)),
    );
    let year = i16::try_from(year).unwrap_or(0);
    let ([Some(ask_by), Some(answer_by), Some(sign_by)], true) = (days, problems.is_empty()) else {
        return Err(problems);
    };
    let weights = Weights {
        intake: intake_weight,
        short,
        over,
        fair,
        smooth,
        dormant,
        node_fair,
        cell_short,
        cell_over,
    };
    let reason = said(typed, "reason").to_owned();
    Ok((
        year,
        Terms {
            intake_as_written: start.intake_as_written,
            intake,
            reason,
            tolerance_permille,
            shares,
            weights,
            ask_by,
            answer_by,
            sign_by,
        },
    ))
}
