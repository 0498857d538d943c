//! What becomes of the promises: gauges with the forecast behind each, fans to the deadline, why, what
//! it would take, and the lines of each year. What can be tried is a form whose address can be kept.

mod drawing;
mod takes;
mod wish;

use app::forecasts::{Outlook, ResultRow, ScenarioRow, TargetRow, Verdict, Without, YearRow};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{Html, IntoResponse, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::UnitId;
use domain::unit::Unit;

use self::drawing::{BandLine, FanFigure, Gauges};
use self::takes::TakesCard;
use self::wish::{Dial, Tried};
use super::Typed;
use crate::files::attached;
use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

#[derive(Template)]
#[template(path = "plan_forecast.html")]
struct Page {
    f: Frame,
    unit: UnitId,
    units: Vec<(UnitId, String)>,
    until: i32,
    kicker: String,
    lead: String,
    gauges: Vec<Card>,
    fans: Vec<FanFigure>,
    whys: Vec<Why>,
    dials: Vec<Dial>,
    pace: (bool, String),
    errors: Vec<(String, Finding)>,
    tried: String,
    takes: [TakesCard; 2],
    ways: Vec<Way>,
    way_heads: Vec<String>,
    flows: Vec<Flows>,
    pyramids: [(String, Markup); 2],
    bands: Vec<BandLine>,
    sources: Vec<String>,
    query: String,
}

#[derive(Template)]
#[template(path = "plan_forecast_none.html")]
struct NothingPage {
    f: Frame,
    unit: UnitId,
    units: Vec<(UnitId, String)>,
    why: String,
}

/// A target: its drawing, and what becomes of it in each scenario.
struct Card {
    id: String,
    name: String,
    mechanism: String,
    drawing: Markup,
    today: String,
    source: Option<String>,
    reason: Option<String>,
    state: Option<(bool, String)>,
    lines: Vec<Line>,
    /// Why there are no lines, where there are none.
    without: String,
}

/// A target in a scenario.
struct Line {
    name: String,
    bound: String,
    value: String,
    chance: String,
    fails: String,
    is_missed: bool,
    is_met: bool,
    verdict: String,
}

/// Why a share of the members comes to what it does, in steps.
struct Why {
    name: String,
    is_missed: bool,
    verdict: String,
    steps: Vec<String>,
}

/// A scenario beside the others.
struct Way {
    name: String,
    a_year: String,
    parts: [String; 3],
    values: Vec<String>,
    n_missed: usize,
}

/// The lines of the years of a scenario.
struct Flows {
    name: String,
    years: Vec<i32>,
    lines: Vec<(String, Vec<String>, bool)>,
}

fn typed(query: Option<String>) -> Typed {
    super::typed(query.unwrap_or_default().as_bytes())
}

/// The unit that is looked at, and those that can be chosen.
fn units(site: &Site, visitor: &Visitor, typed: &Typed) -> Result<(Unit, Vec<(UnitId, String)>), Trouble> {
    let t = visitor.t;
    let own = site.store().unit(visitor.grant.unit)?;
    visitor.may(site, Action::SeeUnitFigures, &own)?;
    let unit = match typed.get("unit").map(|id| id.parse::<i64>()) {
        None => own.clone(),
        Some(Ok(id)) => super::unit_in_scope(site, visitor, &own, id)?,
        Some(Err(_)) => return Err(Trouble::Missing),
    };
    let mut listed = vec![own.clone()];
    listed.extend(site.store().units_below(Some(own.id))?.into_iter().filter(|unit| unit.is_open));
    if listed.iter().all(|known| known.id != unit.id) {
        listed.push(unit.clone());
    }
    let named = listed.iter().map(|unit| (unit.id, t.of(&unit.name).to_owned())).collect();
    Ok((unit, named))
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    site.work(move |site| {
        let typed = typed(query);
        let (unit, units) = units(site, &visitor, &typed)?;
        let tried = wish::read(&typed);
        let t = visitor.t;
        let title = t.say("forecast-title");
        let path = [(t.say("plan-menu"), Some("/plan".to_owned())), (title.clone(), None)];
        let f = Frame::of(site, &visitor, Place::Plan, title)?.path(path);
        match site.store().outlook(unit.id, site.now().today, tried.said)? {
            Ok(outlook) => {
                let page = page(f, units, &outlook, &tried, &typed);
                let status = if tried.problems.is_empty() {
                    axum::http::StatusCode::OK
                } else {
                    axum::http::StatusCode::UNPROCESSABLE_ENTITY
                };
                Ok((status, Html(page.render()?)).into_response())
            }
            Err(without) => {
                let why = match without {
                    Without::Members => t.say("forecast-without-members"),
                    Without::Targets { until } => t.about("forecast-without-targets", until),
                };
                let page = NothingPage { f, unit: unit.id, units, why };
                Ok(Html(page.render()?).into_response())
            }
        }
    })
    .await
}

/// The question behind the page, to be answered by anybody.
pub(super) async fn file(
    State(site): State<Site>,
    visitor: Visitor,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    site.work(move |site| {
        let typed = typed(query);
        let (unit, _) = units(site, &visitor, &typed)?;
        let tried = wish::read(&typed);
        let outlook = site.store().outlook(unit.id, site.now().today, tried.said)?;
        let outlook = outlook.map_err(|_| Trouble::Missing)?;
        let [planned, own] = outlook.questions;
        match file.as_str() {
            "planned.json" => Ok(attached(planned, "miaopu-forecast-planned.json")),
            "tried.json" => Ok(attached(own, "miaopu-forecast-tried.json")),
            _ => Err(Trouble::Missing),
        }
    })
    .await
}

fn page(f: Frame, units: Vec<(UnitId, String)>, outlook: &Outlook, tried: &Tried, typed: &Typed) -> Page {
    let t = f.t;
    let gauges = Gauges { t, outlook };
    let stocks: Vec<usize> =
        (0..outlook.targets.len()).filter(|at| is_share_of_members(&outlook.targets[*at])).collect();
    let name = |at: &usize| t.of(&outlook.targets[*at].name).to_owned();
    Page {
        unit: outlook.unit.id,
        units,
        until: outlook.until,
        kicker: t.with(
            "forecast-kicker",
            &[("title", t.of(&outlook.title).to_owned()), ("policy", t.of(&outlook.policy).to_owned())],
        ),
        lead: lead(t, outlook),
        gauges: (0..outlook.targets.len()).map(|at| card(&gauges, at)).collect(),
        fans: stocks.iter().filter_map(|at| gauges.fan(*at)).collect(),
        whys: stocks.iter().filter_map(|at| why(t, outlook, *at)).collect(),
        dials: wish::dials(t, outlook, tried, typed),
        pace: (outlook.wish.0.keeps_pace, pace(t, outlook)),
        errors: tried.problems.iter().map(|(name, it)| (format!("wt-{name}"), it.clone())).collect(),
        tried: told_of_tried(t, outlook),
        takes: [0, 1].map(|at| takes::card(t, outlook, at)),
        ways: outlook.scenarios.iter().map(|it| way(t, outlook, it, &stocks)).collect(),
        way_heads: stocks.iter().map(name).collect(),
        flows: [1, 0, 2].map(|at| flows(t, &outlook.scenarios[at])).into(),
        pyramids: gauges.pyramids(),
        bands: gauges.bands(),
        sources: outlook.sources.iter().map(|it| t.of(it).to_owned()).collect(),
        query: wish::address(outlook),
        f,
    }
}

fn is_share_of_members(target: &TargetRow) -> bool {
    target.is_share && target.is_of_members
}

fn pace(t: Words, outlook: &Outlook) -> String {
    let share = wish::per_cent(outlook.change_permille);
    t.with("forecast-pace", &[("share", share), ("n", t.number(outlook.n_previous))])
}

fn lead(t: Words, outlook: &Outlook) -> String {
    let n_of = |place: usize| outlook.scenarios[place].results.iter().flatten().count();
    t.with(
        "forecast-lead",
        &[
            ("unit", t.of(&outlook.unit.name).to_owned()),
            ("n", t.number(outlook.n_members)),
            ("from", outlook.from.to_string()),
            ("until", outlook.until.to_string()),
            ("of", n_of(1).to_string()),
            ("written", outlook.scenarios[0].n_missed.to_string()),
            ("adopted", outlook.scenarios[1].n_missed.to_string()),
        ],
    )
}

/// A share to the hundredth of a point, rounded down; a number of people to the nearest.
fn figure(t: Words, target: &TargetRow, value: f64) -> String {
    if target.is_share {
        let hundredths = (value * 100.0 + 1e-7).floor() as i64;
        let sign = if hundredths < 0 { "−" } else { "" };
        let n = hundredths.unsigned_abs();
        t.about("forecast-per-cent", format!("{sign}{}.{:02}", n / 100, n % 100))
    } else {
        t.number(value.round() as i64)
    }
}

fn card(gauges: &Gauges<'_>, at: usize) -> Card {
    let (t, outlook) = (gauges.t, gauges.outlook);
    let target = &outlook.targets[at];
    let lines = outlook.scenarios.iter().enumerate().filter_map(|(place, scenario)| {
        Some(line(t, target, scenario, scenario.results[at].as_ref()?, place == 0))
    });
    let adopted = outlook.scenarios[1].results[at].as_ref();
    Card {
        id: target.id.clone(),
        name: t.of(&target.name).to_owned(),
        mechanism: target.mechanism.clone(),
        drawing: gauges.gauge(at),
        today: gauges.today(target),
        source: target.source.clone(),
        reason: target.reason.as_ref().map(|reason| t.of(reason).to_owned()),
        state: adopted.map(|row| (row.verdict == Verdict::Missed, verdict(t, row.verdict))),
        lines: lines.collect(),
        without: t.say(if target.is_of_members { "forecast-nobody" } else { "forecast-not-followed" }),
    }
}

fn verdict(t: Words, verdict: Verdict) -> String {
    t.say(match verdict {
        Verdict::Met => "forecast-met",
        Verdict::Missed => "forecast-missed",
        Verdict::NotApplicable => "forecast-not-applicable",
    })
}

fn line(t: Words, target: &TargetRow, scenario: &ScenarioRow, row: &ResultRow, is_written: bool) -> Line {
    let bound = if is_written { &target.written.0 } else { &target.adopted.0 };
    let last = row.points.iter().rev().find(|point| point.is_due);
    let fails = match row.fails_in {
        Some(year) => t.about("forecast-fails", year),
        None => t.say("forecast-fails-never"),
    };
    let is_certain = row.points.iter().filter(|point| point.is_due).all(|point| point.sd < 1e-9);
    let chance = match row.chance_permille {
        Some(_) if is_certain => t.say("forecast-certain"),
        Some(permille) => t.about("forecast-per-cent", wish::per_cent(i64::from(permille))),
        None => t.say("forecast-certain"),
    };
    Line {
        name: t.of(&scenario.name).to_owned(),
        bound: t.of(bound).to_owned(),
        value: last.map_or_else(String::new, |point| figure(t, target, point.value)),
        chance,
        fails,
        is_missed: row.verdict == Verdict::Missed,
        is_met: row.verdict == Verdict::Met,
        verdict: verdict(t, row.verdict),
    }
}

fn why(t: Words, outlook: &Outlook, at: usize) -> Option<Why> {
    let target = &outlook.targets[at];
    let row = outlook.scenarios[1].results[at].as_ref()?;
    let account = row.account?;
    let share = |(n, of): (i64, i64)| figure(t, target, 100.0 * n as f64 / of.max(1) as f64);
    let years = [("from", outlook.from.to_string()), ("until", outlook.until.to_string())];
    let say = |key: &str, values: &[(&str, String)]| {
        let all: Vec<(&str, String)> = years.iter().chain(values).cloned().collect();
        t.with(key, &all)
    };
    let pair = |(n, of): (i64, i64)| [("n", t.number(n)), ("all", t.number(of)), ("share", share((n, of)))];
    let gone = [("n", t.number(account.n_gone.abs()))];
    let mut steps = vec![say("forecast-why-start", &pair(account.start))];
    steps.push(match (account.n_gone > 0, account.is_by_age) {
        (true, true) => say("forecast-why-aged", &gone),
        (true, false) => say("forecast-why-gone", &gone),
        (false, _) => say("forecast-why-come", &gone),
    });
    steps.push(say(
        "forecast-why-admitted",
        &[("n", t.number(account.admitted.0)), ("all", t.number(account.admitted.1))],
    ));
    steps.push(say("forecast-why-end", &pair(account.end)));
    let short = account.n_wanted - account.end.0;
    let wanted = [
        ("wanted", t.number(account.n_wanted)),
        ("bound", t.of(&target.adopted.0).to_owned()),
        ("short", t.number(short.abs())),
    ];
    steps.push(say(if short > 0 { "forecast-why-short" } else { "forecast-why-spare" }, &wanted));
    if let Some(best) = outlook.takes[0].best.iter().find(|best| best.name == target.name) {
        let alone = figure(t, target, best.alone);
        steps.push(say(
            if best.alone < best.promised { "forecast-why-never" } else { "forecast-why-alone" },
            &[("alone", alone)],
        ));
    }
    Some(Why {
        name: t.of(&target.name).to_owned(),
        is_missed: row.verdict == Verdict::Missed,
        verdict: verdict(t, row.verdict),
        steps,
    })
}

/// What is tried in one sentence, with its result.
fn told_of_tried(t: Words, outlook: &Outlook) -> String {
    let row = &outlook.scenarios[2];
    let missed: Vec<String> = outlook
        .targets
        .iter()
        .zip(&row.results)
        .filter(|(_, result)| result.as_ref().is_some_and(|it| it.verdict == Verdict::Missed))
        .map(|(target, _)| t.of(&target.name).to_owned())
        .collect();
    let n = t.number(outlook.wish.0.intake);
    if missed.is_empty() {
        t.with("forecast-tried-kept", &[("n", n), ("until", outlook.until.to_string())])
    } else {
        let it = missed.join(&t.say("list-comma"));
        t.with("forecast-tried-missed", &[("n", n), ("missed", missed.len().to_string()), ("it", it)])
    }
}

fn way(t: Words, outlook: &Outlook, scenario: &ScenarioRow, stocks: &[usize]) -> Way {
    let (n, parts) = scenario.admissions.first().map_or((0, [0; 3]), |(_, n, parts)| (*n, *parts));
    let share = |part: i64| match n {
        0 => t.say("forecast-certain"),
        n => t.about("forecast-per-cent", wish::per_cent((1000 * part).div_euclid(n))),
    };
    let value = |at: &usize| {
        let point = scenario.results[*at].as_ref().and_then(|row| row.points.last().copied());
        point.map_or_else(String::new, |point| figure(t, &outlook.targets[*at], point.value))
    };
    Way {
        name: t.of(&scenario.name).to_owned(),
        a_year: t.number(n),
        parts: parts.map(share),
        values: stocks.iter().map(value).collect(),
        n_missed: scenario.n_missed,
    }
}

/// Signs before a number: what comes in, and what goes out.
const COMES: [&str; 2] = ["+", "−"];

fn flows(t: Words, scenario: &ScenarioRow) -> Flows {
    type Get = fn(&YearRow) -> i64;
    let rows: [(&str, &str, Get); 12] = [
        ("before", "", |year| year.n_before),
        ("admitted", COMES[0], |year| year.n_admitted),
        ("arrived", COMES[0], |year| year.n_arrived),
        ("died", COMES[1], |year| year.n_died),
        ("left", COMES[1], |year| year.n_left),
        ("not-confirmed", COMES[1], |year| year.n_not_confirmed),
        ("moved-away", COMES[1], |year| year.n_moved_away),
        ("after", "", |year| year.n_after),
        ("confirmed", "", |year| year.n_confirmed),
        ("extended", "", |year| year.n_extended),
        ("aged", "", |year| year.n_aged),
        ("studied", "", |year| year.n_studied),
    ];
    let line = |(key, sign, get): (&str, &str, Get)| {
        let figure = |year: &YearRow| format!("{sign}{}", t.number(get(year)));
        let is_sum = key == "before" || key == "after";
        (t.say(&format!("forecast-line-{key}")), scenario.years.iter().map(figure).collect(), is_sum)
    };
    Flows {
        name: t.of(&scenario.name).to_owned(),
        years: scenario.years.iter().map(|year| year.year).collect(),
        lines: rows.into_iter().map(line).collect(),
    }
}
