//! What was recorded about a unit: what, when it happened, when it was written down, and by whom.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, Response};
use domain::access::Action;
use domain::case::Recorded;
use domain::event::Event;
use domain::ids::{PersonId, UnitId};
use domain::tree::Held;
use domain::unit::Unit;
use jiff::civil::Date;

use crate::frame::{Frame, Place, unit_path};
use crate::pages::file::account_name;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::Words;

/// One entry.
pub(crate) struct Line {
    pub(crate) what: String,
    /// What exactly: names, numbers, the paper it rests on.
    pub(crate) details: Vec<String>,
    pub(crate) occurred_on: Date,
    pub(crate) recorded_on: Date,
    pub(crate) time: String,
    pub(crate) by: String,
    pub(crate) id: String,
}

#[derive(Template)]
#[template(path = "unit_history.html")]
struct Page {
    f: Frame,
    unit: Unit,
    lines: Vec<Line>,
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor, Path(unit): Path<i64>) -> Response {
    site.work(move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeUnitFigures, &unit)?;
        let recorded = site.store().unit_history(unit.id)?;
        let title = visitor.t.say("history-title");
        let mut path = unit_path(site, &visitor, &unit)?;
        path.push((title.clone(), None));
        let page = Page {
            lines: lines(site, visitor.t, &unit, &recorded)?,
            f: Frame::of(site, &visitor, Place::Units, title)?.path(path),
            unit,
        };
        Ok(Html(page.render()?))
    })
    .await
}

/// Entries about a unit in words.
pub(crate) fn lines(site: &Site, t: Words, unit: &Unit, recorded: &[Recorded]) -> Result<Vec<Line>, Trouble> {
    let teller = Teller::of(site, t, unit, recorded)?;
    recorded
        .iter()
        .map(|recorded| {
            let minutes = (recorded.recorded_at.0.div_euclid(60_000) + 8 * 60).rem_euclid(1440);
            Ok(Line {
                what: t.word("told", &teller.word(recorded)),
                details: teller.details(recorded)?,
                occurred_on: recorded.fact.occurred_on,
                recorded_on: recorded.recorded_on,
                time: format!("{:02}:{:02}", minutes / 60, minutes % 60),
                by: account_name(site, t, recorded.actor)?,
                id: recorded.event_id.to_string(),
            })
        })
        .collect()
}

/// Knows the names that the entries speak of.
struct Teller<'a> {
    site: &'a Site,
    t: Words,
    unit: &'a Unit,
    terms: Vec<Held>,
    names: HashMap<PersonId, String>,
}

impl<'a> Teller<'a> {
    fn of(site: &'a Site, t: Words, unit: &'a Unit, recorded: &[Recorded]) -> Result<Self, Trouble> {
        let is_of_post =
            |known: &Recorded| matches!(known.fact.event, Event::PostAssigned(_) | Event::PostEnded(_));
        // Names are opened only where an entry speaks of somebody.
        let terms = if recorded.iter().any(is_of_post) { site.store().terms(unit.id)? } else { Vec::new() };
        let ids: Vec<PersonId> = terms.iter().map(|term| term.person).collect();
        let names = site.store().names(&ids)?;
        Ok(Teller { site, t, unit, terms, names })
    }

    /// The key of what happened; a merger and a split are told from the side of this unit.
    fn word(&self, recorded: &Recorded) -> String {
        let word = recorded.fact.event.kind().replace('.', "-");
        if recorded.fact.unit == self.unit.id { word } else { format!("{word}-received") }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "a unit's history holds these kinds alone")]
    fn details(&self, recorded: &Recorded) -> Result<Vec<String>, Trouble> {
        let t = self.t;
        let from = recorded.fact.unit;
        Ok(match &recorded.fact.event {
            Event::UnitOpened(opened) => {
                let mut told = self.described(&opened.name, opened.unit_kind.as_str(), &opened.code);
                if let Some(parent) = opened.parent {
                    told.push(t.about("told-under", self.name(parent)?));
                }
                told.push(t.about("told-approval", &opened.approval));
                told
            }
            Event::UnitChanged(changed) => {
                let mut told = self.described(&changed.name, changed.unit_kind.as_str(), &changed.code);
                told.push(t.word("sector", changed.sector.as_str()));
                told.push(t.about("told-approval", &changed.approval));
                told
            }
            Event::UnitMoved(moved) => {
                vec![
                    t.about("told-under", self.name(moved.parent)?),
                    t.about("told-approval", &moved.approval),
                ]
            }
            Event::UnitMerged(merged) => {
                vec![self.other(from, merged.into)?, t.about("told-approval", &merged.approval)]
            }
            Event::UnitSplit(split) => vec![
                self.other(from, split.into)?,
                t.count("told-people", split.people.len()),
                t.count("told-units", split.units.len()),
                t.about("told-approval", &split.approval),
            ],
            Event::UnitClosed(closed) => vec![t.about("told-approval", &closed.approval)],
            Event::PostAssigned(post) => self.term(|term| term.id == post.post),
            Event::PostEnded(ended) => {
                let mut told = self.term(|term| term.id == ended.post);
                told.push(t.about("told-reason", &ended.reason));
                told
            }
            Event::GroupFormed(formed) => vec![t.of(&formed.name).to_owned()],
            Event::RosterImported(imported) => vec![
                imported.file_name.clone(),
                t.with(
                    "roster-counts",
                    &[
                        ("new", t.number(imported.n_new)),
                        ("changed", t.number(imported.n_changed)),
                        ("same", t.number(imported.n_same)),
                    ],
                ),
            ],
            _ => Vec::new(),
        })
    }

    fn described(&self, name: &domain::text::Text, kind: &str, code: &str) -> Vec<String> {
        let t = self.t;
        vec![t.of(name).to_owned(), t.word("unit-kind", kind), t.about("told-code", code)]
    }

    /// The unit on the other side of a merger or a split.
    fn other(&self, from: UnitId, into: UnitId) -> Result<String, Trouble> {
        Ok(if from == self.unit.id {
            self.t.about("told-into", self.name(into)?)
        } else {
            self.t.about("told-from", self.name(from)?)
        })
    }

    fn term(&self, is_meant: impl Fn(&Held) -> bool) -> Vec<String> {
        let Some(term) = self.terms.iter().find(|term| is_meant(term)) else { return Vec::new() };
        let office = self.t.word("post", term.kind.as_str());
        [Some(office), self.names.get(&term.person).cloned()].into_iter().flatten().collect()
    }

    fn name(&self, unit: UnitId) -> Result<String, Trouble> {
        Ok(self.t.of(&self.site.store().unit(unit)?.name).to_owned())
    }
}
