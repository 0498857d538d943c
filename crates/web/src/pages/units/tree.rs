//! The visitor's part of the tree as an outline with figures: opened level by level, searched by name or
//! code, closed units when they are asked for.

use std::collections::BTreeSet;

use app::units::Outlined;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::ids::UnitId;
use domain::unit::Unit;
use serde::Deserialize;

use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::Words;

#[derive(Template)]
#[template(path = "unit_tree.html")]
struct Page {
    f: Frame,
    top: Row,
    rows: Vec<Row>,
    q: String,
    is_with_closed: bool,
    n_closed: usize,
    /// The unit whose level is open, for the way that shows closed units or leaves them out.
    at: UnitId,
    found: Option<Vec<Found>>,
}

/// A unit in the outline.
struct Row {
    id: UnitId,
    name: String,
    code: String,
    kind: String,
    is_open_unit: bool,
    level: usize,
    /// Where its twisty leads: opens what is below it, or shuts it; none when nothing is below.
    twisty: Option<(String, bool)>,
    n_members: i64,
    n_candidates: i64,
    n_units: i64,
}

/// A unit that a search found.
struct Found {
    id: UnitId,
    name: String,
    code: String,
    kind: String,
    above: String,
    is_open: bool,
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    q: String,
    at: Option<i64>,
    #[serde(default)]
    closed: bool,
}

/// Units that a search shows.
const MOST_FOUND: usize = 40;

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor, Query(wish): Query<Wish>) -> Response {
    site.work(move |site| {
        let top = site.store().unit(visitor.grant.unit)?;
        visitor.may(site, Action::SeeUnitFigures, &top)?;
        if top.kind.is_branch() {
            return Ok(Redirect::to(&format!("/units/{}", top.id)).into_response());
        }
        Ok(Html(page(site, &visitor, &top, wish)?.render()?).into_response())
    })
    .await
}

fn page(site: &Site, visitor: &Visitor, top: &Unit, wish: Wish) -> Result<Page, Trouble> {
    let (t, store) = (visitor.t, site.store());
    let at = match wish.at {
        Some(at) => {
            let unit = store.unit(UnitId(at))?;
            visitor.may(site, Action::SeeUnitFigures, &unit)?;
            unit
        }
        None => top.clone(),
    };
    let mut outline = Outline {
        site,
        t,
        is_with_closed: wish.closed,
        open: way_to(site, top, &at)?,
        rows: Vec::new(),
        n_closed: 0,
    };
    outline.below(top.id, 1)?;
    let composition = store.composition(top.id)?;
    let open_below = outline.rows.iter().filter(|row| row.level == 1 && row.is_open_unit);
    let mine = Outlined {
        n_members: composition.n_members(),
        n_candidates: composition.n_candidates(),
        n_units: open_below.map(|row| row.n_units + 1).sum(),
        unit: top.clone(),
    };
    let found = match wish.q.trim() {
        "" => None,
        typed => Some(found(site, t, typed, (visitor.grant.pre, visitor.grant.post))?),
    };
    Ok(Page {
        f: Frame::of(site, visitor, Place::Units, t.say("tree-title"))?,
        top: row(t, mine, 0, None),
        n_closed: outline.n_closed,
        rows: outline.rows,
        q: wish.q,
        is_with_closed: wish.closed,
        at: at.id,
        found,
    })
}

/// The units from the top down to one, whose levels are open.
fn way_to(site: &Site, top: &Unit, at: &Unit) -> Result<BTreeSet<UnitId>, Trouble> {
    let mut way = BTreeSet::from([at.id]);
    let mut next = at.parent;
    while let Some(id) = next.filter(|_| !way.contains(&top.id)) {
        way.insert(id);
        next = site.store().unit(id)?.parent;
    }
    Ok(way)
}

struct Outline<'a> {
    site: &'a Site,
    t: Words,
    is_with_closed: bool,
    open: BTreeSet<UnitId>,
    rows: Vec<Row>,
    n_closed: usize,
}

impl Outline<'_> {
    fn below(&mut self, parent: UnitId, level: usize) -> Result<(), Trouble> {
        for outlined in self.site.store().outline_below(parent)? {
            let (id, is_open_unit) = (outlined.unit.id, outlined.unit.is_open);
            self.n_closed += usize::from(!is_open_unit);
            if !is_open_unit && !self.is_with_closed {
                continue;
            }
            let is_shown = self.open.contains(&id);
            let closed = if self.is_with_closed { "&closed=true" } else { "" };
            // Shutting a level opens the one above it.
            let leads_to = if is_shown { parent } else { id };
            let twisty = (is_shown || outlined.n_units > 0)
                .then(|| (format!("/units?at={leads_to}{closed}#u{id}"), is_shown));
            self.rows.push(row(self.t, outlined, level, twisty));
            if is_shown {
                self.below(id, level + 1)?;
            }
        }
        Ok(())
    }
}

fn row(t: Words, outlined: Outlined, level: usize, twisty: Option<(String, bool)>) -> Row {
    let unit = outlined.unit;
    Row {
        id: unit.id,
        name: t.of(&unit.name).to_owned(),
        kind: t.word("unit-kind", unit.kind.as_str()),
        is_open_unit: unit.is_open,
        code: unit.code,
        level,
        twisty,
        n_members: outlined.n_members,
        n_candidates: outlined.n_candidates,
        n_units: outlined.n_units,
    }
}

fn found(site: &Site, t: Words, typed: &str, scope: (i64, i64)) -> Result<Vec<Found>, Trouble> {
    let units = site.store().units_named(typed, scope, MOST_FOUND)?;
    let mut found = Vec::with_capacity(units.len());
    for unit in units {
        let above = match unit.parent {
            Some(parent) => t.of(&site.store().unit(parent)?.name).to_owned(),
            None => String::new(),
        };
        found.push(Found {
            id: unit.id,
            name: t.of(&unit.name).to_owned(),
            kind: t.word("unit-kind", unit.kind.as_str()),
            is_open: unit.is_open,
            code: unit.code,
            above,
        });
    }
    Ok(found)
}
