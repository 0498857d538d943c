//! Coverage: how far the workplaces below a unit have come, on both bases; what is to be done next; what
//! changed since last year; and the list behind every number.

use app::workplaces::{Filter, Survey, Tally};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Response};
use domain::access::Action;
use domain::ids::{UnitId, WorkplaceId};
use domain::unit::Unit;
use domain::workplace::{Class, GAPS, Step, Workplace, WorkplaceRule, settings};
use serde::Deserialize;

use crate::files::attached;
use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

#[derive(Template)]
#[template(path = "coverage.html")]
struct Page {
    f: Frame,
    unit: Unit,
    tally: Tally,
    /// The share of organised workplaces on each base, in words.
    shares: [(String, String); 3],
    matrix: Vec<MatrixRow>,
    steps: Vec<(Step, String)>,
    todo: Vec<Todo>,
    below: Vec<Below>,
    moves: Vec<(String, String, usize)>,
    changed: Vec<ChangedLine>,
    n_changed: usize,
    n_closed: i64,
    triggers: Vec<(String, i64, String)>,
    /// Whether the visitor may see who holds a post.
    sees_people: bool,
    may_keep: bool,
}

struct MatrixRow {
    class: Class,
    name: String,
    /// Number and tint of each rung.
    cells: Vec<(Step, i64, u8)>,
    n: i64,
}

struct Todo {
    rule: WorkplaceRule,
    title: String,
    law: String,
    n: i64,
    is_grave: bool,
}

struct Below {
    id: UnitId,
    name: String,
    tally: Tally,
    organised: String,
    n_todo: i64,
}

struct ChangedLine {
    id: WorkplaceId,
    name: String,
    before: String,
    now: String,
    on: Markup,
    is_up: bool,
}

/// Changes shown on the page itself.
const CHANGED_SHOWN: usize = 12;

#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    unit: Option<i64>,
    #[serde(default)]
    class: String,
    #[serde(default)]
    step: String,
    #[serde(default)]
    gap: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    due: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    page: Option<usize>,
}

impl Wish {
    fn filter(&self) -> Filter {
        Filter {
            class: Class::parse(&self.class),
            step: Step::parse(&self.step),
            gap: WorkplaceRule::gap(&self.gap),
            is_key: self.key == "1",
            is_due: self.due == "1",
            name: self.name.trim().to_owned(),
        }
    }

    /// The same wish as an address, without its page.
    fn query(&self, unit: UnitId) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("unit", &unit.to_string());
        let asked = [
            ("class", &self.class),
            ("step", &self.step),
            ("gap", &self.gap),
            ("key", &self.key),
            ("due", &self.due),
            ("name", &self.name),
        ];
        query.extend_pairs(asked.into_iter().filter(|(_, value)| !value.is_empty()));
        query.finish()
    }
}

/// The unit asked for, or the visitor's own.
pub(super) fn wished(site: &Site, visitor: &Visitor, unit: Option<i64>) -> Result<Unit, Trouble> {
    let unit = site.store().unit(unit.map_or(visitor.grant.unit, UnitId))?;
    visitor.may(site, Action::SeeUnitFigures, &unit)?;
    Ok(unit)
}

/// The path from the coverage of the visitor's unit to that of another.
pub(super) fn path_to(
    site: &Site,
    visitor: &Visitor,
    unit: &Unit,
) -> Result<Vec<(String, Option<String>)>, Trouble> {
    let mut path = crate::frame::unit_path(site, visitor, unit)?;
    for (_, href) in &mut path {
        *href = href.as_ref().map(|href| href.replace("/units/", "/coverage?unit="));
    }
    path.insert(0, (visitor.t.say("coverage-menu"), Some("/coverage".to_owned())));
    Ok(path)
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor, Query(wish): Query<Wish>) -> Response {
    site.work(move |site| {
        let (t, today) = (visitor.t, site.now().today);
        let unit = wished(site, &visitor, wish.unit)?;
        let survey = site.store().survey(unit.id, today)?;
        let tally = survey.tally();
        let title = t.say("coverage-title");
        let path = path_to(site, &visitor, &unit)?;
        let page = Page {
            f: Frame::of(site, &visitor, Place::Coverage, title)?.path(path),
            shares: shares(t, &tally),
            matrix: matrix(t, &tally),
            steps: Step::ALL.iter().map(|step| (*step, t.word("rung", step.as_str()))).collect(),
            todo: todo(t, &tally),
            below: below(site, t, &unit, &survey)?,
            moves: moves(t, &survey),
            changed: changed(site, t, &survey)?,
            n_changed: survey.changed.len(),
            n_closed: survey.n_closed,
            triggers: triggers(t),
            sees_people: visitor.may(site, Action::SeeRoster, &unit).is_ok(),
            may_keep: visitor.may(site, Action::KeepRegister, &unit).is_ok(),
            tally,
            unit,
        };
        Ok(Html(page.render()?))
    })
    .await
}

/// A share in per cent with one decimal, cut and not rounded, so that nothing is told greater than it is.
pub(super) fn per_cent(n: i64, of: i64) -> String {
    if of == 0 {
        return "–".to_owned();
    }
    let permille = 1000 * n / of;
    format!("{}.{} %", permille / 10, permille % 10)
}

fn shares(t: Words, tally: &Tally) -> [(String, String); 3] {
    let told = |key: &str, n: i64, of: i64| {
        (per_cent(n, of), t.with(key, &[("n", t.number(n)), ("of", t.number(of))]))
    };
    [
        told("coverage-of-due", tally.n_organised, tally.n_due),
        told("coverage-of-all", tally.n_organised, tally.n_all),
        told("coverage-reached", tally.n_organised + tally.n_reached, tally.n_all),
    ]
}

fn matrix(t: Words, tally: &Tally) -> Vec<MatrixRow> {
    let classes = Class::ALL.iter().copied().filter(|class| tally.n_of(*class) > 0);
    let row = |class: Class| {
        let n = tally.n_of(class);
        // Five tints by the share of the row, so that rows of different length can be compared.
        let tint =
            |cell: i64| if cell == 0 { 0 } else { u8::try_from(1 + 4 * cell / n.max(1)).unwrap_or(5).min(5) };
        let cell = |step: &Step| {
            let cell = tally.n_on(class, *step);
            (*step, cell, tint(cell))
        };
        MatrixRow {
            class,
            name: t.word("class", class.as_str()),
            cells: Step::ALL.iter().map(cell).collect(),
            n,
        }
    };
    classes.map(row).collect()
}

fn todo(t: Words, tally: &Tally) -> Vec<Todo> {
    let line = |rule: WorkplaceRule| {
        let n = tally.gaps.get(&rule).copied().filter(|n| *n > 0)?;
        let title = rule.title().map_or_else(String::new, |title| t.of(title).to_owned());
        let is_grave = rule == WorkplaceRule::NoOrganisation;
        Some(Todo { rule, title, law: t.article(rule.article()).to_owned(), n, is_grave })
    };
    GAPS.into_iter().filter_map(line).collect()
}

fn below(site: &Site, t: Words, unit: &Unit, survey: &Survey) -> Result<Vec<Below>, Trouble> {
    let children = site.store().units_below(Some(unit.id))?;
    let line = |child: &Unit| {
        let tally = survey.tally_of(child);
        Below {
            id: child.id,
            name: t.of(&child.name).to_owned(),
            organised: per_cent(tally.n_organised, tally.n_due),
            n_todo: tally.gaps.values().sum(),
            tally,
        }
    };
    let lines = children.iter().filter(|child| child.is_open).map(line);
    Ok(lines.filter(|line| line.tally.n_all > 0).collect())
}

/// How many went from which rung to which.
fn moves(t: Words, survey: &Survey) -> Vec<(String, String, usize)> {
    let mut moves = std::collections::BTreeMap::new();
    for changed in &survey.changed {
        *moves.entry((changed.before, changed.now)).or_insert(0usize) += 1;
    }
    let before = |step: Option<Step>| {
        step.map_or_else(|| t.say("coverage-not-listed"), |step| t.word("rung", step.as_str()))
    };
    moves.into_iter().map(|((from, to), n)| (before(from), t.word("rung", to.as_str()), n)).collect()
}

fn changed(site: &Site, t: Words, survey: &Survey) -> Result<Vec<ChangedLine>, Trouble> {
    let mut latest: Vec<_> = survey.changed.iter().filter(|changed| changed.before.is_some()).collect();
    latest.sort_by_key(|changed| (std::cmp::Reverse(changed.on), changed.workplace));
    latest.truncate(CHANGED_SHOWN);
    let ids: Vec<WorkplaceId> = latest.iter().map(|changed| changed.workplace).collect();
    let known = site.store().workplaces(&ids)?;
    let line = |(it, changed): (&Workplace, &&app::workplaces::Changed)| ChangedLine {
        id: it.id,
        name: t.of(&it.particulars.name).to_owned(),
        before: changed.before.map_or_else(String::new, |step| t.word("rung", step.as_str())),
        now: t.word("rung", changed.now.as_str()),
        on: t.day(&changed.on),
        is_up: changed.before < Some(changed.now),
    };
    Ok(known.iter().zip(&latest).map(line).collect())
}

fn triggers(t: Words) -> Vec<(String, i64, String)> {
    let told =
        |it: &domain::workplace::Trigger| (t.of(&it.name).to_owned(), it.value, t.of(&it.source).to_owned());
    settings().triggers().into_iter().map(told).collect()
}

#[derive(Template)]
#[template(path = "coverage_list.html")]
struct ListPage {
    f: Frame,
    unit: Unit,
    n: usize,
    what: Vec<String>,
    lines: Vec<ListLine>,
    classes: Vec<(&'static str, String, bool)>,
    rungs: Vec<(&'static str, String, bool)>,
    gaps: Vec<(&'static str, String, bool)>,
    wish: Wish,
    page: usize,
    n_pages: usize,
    query: String,
    may_keep: bool,
}

struct ListLine {
    id: WorkplaceId,
    name: String,
    class: String,
    staff: i64,
    rung: String,
    unit: String,
    missing: Vec<String>,
}

/// Workplaces on one page of a list.
const A_PAGE: usize = 50;

pub(super) async fn list(State(site): State<Site>, visitor: Visitor, Query(wish): Query<Wish>) -> Response {
    site.work(move |site| {
        let (t, today) = (visitor.t, site.now().today);
        let unit = wished(site, &visitor, wish.unit)?;
        let filter = wish.filter();
        let page = wish.page.unwrap_or(1).max(1);
        let span = ((page - 1).saturating_mul(A_PAGE), A_PAGE);
        let listed = site.store().workplaces_below((unit.id, today), &filter, span)?;
        let mut lines = Vec::with_capacity(listed.rows.len());
        for (it, missing) in &listed.rows {
            let answers = site.store().unit(it.unit)?;
            let titles = missing.iter().filter_map(|rule| rule.title());
            lines.push(ListLine {
                id: it.id,
                name: t.of(&it.particulars.name).to_owned(),
                class: t.word("class", it.particulars.class().as_str()),
                staff: it.particulars.n_staff,
                rung: t.word("rung", it.step.as_str()),
                unit: t.of(&answers.name).to_owned(),
                missing: titles.map(|title| t.of(title).to_owned()).collect(),
            });
        }
        let title = t.say("coverage-list-title");
        let mut path = path_to(site, &visitor, &unit)?;
        path.push((title.clone(), None));
        let list = ListPage {
            f: Frame::of(site, &visitor, Place::Coverage, title)?.path(path),
            n: listed.n,
            what: told(t, &filter),
            lines,
            classes: choices(Class::ALL, |it| (it.as_str(), t.word("class", it.as_str())), filter.class),
            rungs: choices(Step::ALL, |it| (it.as_str(), t.word("rung", it.as_str())), filter.step),
            gaps: choices(
                &GAPS,
                |it| (it.id(), it.title().map_or_else(String::new, |title| t.of(title).to_owned())),
                filter.gap,
            ),
            query: wish.query(unit.id),
            wish,
            page,
            n_pages: listed.n.div_ceil(A_PAGE),
            may_keep: visitor.may(site, Action::KeepRegister, &unit).is_ok(),
            unit,
        };
        Ok(Html(list.render()?))
    })
    .await
}

fn choices<T: Copy + PartialEq>(
    all: &[T],
    named: impl Fn(T) -> (&'static str, String),
    chosen: Option<T>,
) -> Vec<(&'static str, String, bool)> {
    let choice = |it: &T| {
        let (word, name) = named(*it);
        (word, name, chosen == Some(*it))
    };
    all.iter().map(choice).collect()
}

/// What a list was narrowed to, in words.
fn told(t: Words, filter: &Filter) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(filter.class.map(|class| t.word("class", class.as_str())));
    told.extend(filter.step.map(|step| t.word("rung", step.as_str())));
    told.extend(filter.gap.and_then(WorkplaceRule::title).map(|title| t.of(title).to_owned()));
    told.extend(filter.is_key.then(|| t.say("coverage-key")));
    told.extend(filter.is_due.then(|| t.say("coverage-due")));
    told.extend((!filter.name.is_empty()).then(|| filter.name.clone()));
    told
}

/// The matrix or the list as a file, as it was seen.
pub(super) async fn file(
    State(site): State<Site>,
    visitor: Visitor,
    Path(name): Path<String>,
    Query(wish): Query<Wish>,
) -> Response {
    site.work(move |site| {
        let (t, today) = (visitor.t, site.now().today);
        let unit = wished(site, &visitor, wish.unit)?;
        site.limits().export(visitor.identity.account)?;
        let (what, ending) = name.rsplit_once('.').ok_or(Trouble::Missing)?;
        let is_csv = match ending {
            "csv" => true,
            "xlsx" => false,
            _ => return Err(Trouble::Missing),
        };
        let (at, language) = ((unit.id, today), t.language());
        let bytes = match what {
            "matrix" => {
                let class = |class: Class| t.word("class", class.as_str());
                let rung = |step: Step| t.word("rung", step.as_str());
                site.store().coverage_file(at, is_csv, language, (&class, &rung))?
            }
            "list" => site.store().workplaces_file(at, &wish.filter(), is_csv, language)?,
            _ => return Err(Trouble::Missing),
        };
        Ok(attached(bytes, &format!("miaopu-coverage-{}-{what}.{ending}", unit.id)))
    })
    .await
}
