//! Letters of transfer on the way (在途介绍信) of a unit and everything below it: what came in and waits to
//! be received, and what went out and was not received yet, with the days that it has waited.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Response};
use domain::access::Action;
use domain::dates::days_between;
use domain::ids::{PersonId, UnitId};
use domain::members::Letter;
use domain::offices;
use domain::unit::Unit;
use jiff::civil::Date;
use serde::Deserialize;

use crate::frame::{Frame, Place, unit_path};
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "letters.html")]
struct Page {
    f: Frame,
    unit: Unit,
    lists: Vec<List>,
    note: String,
}

/// One direction.
struct List {
    id: &'static str,
    title: String,
    nothing: String,
    lines: Vec<Line>,
}

struct Line {
    person: PersonId,
    name: String,
    /// Whether the person's page is open to the visitor.
    is_linked: bool,
    from: String,
    to: String,
    sent_on: Date,
    days: String,
    tone: &'static str,
    sign: &'static str,
    file: String,
    actions: Vec<(String, String)>,
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    done: String,
}

pub(crate) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path(unit): Path<i64>,
    Query(wish): Query<Wish>,
) -> Response {
    site.work(move |site| {
        let t = visitor.t;
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeRoster, &unit)?;
        let letters = site.store().letters_below(unit.id)?;
        if !letters.is_empty() {
            visitor.logs(site, Seen::list(unit.id, letters.len()))?;
        }
        let (mut inward, mut outward) = (Vec::new(), Vec::new());
        for letter in &letters {
            let (from, to) = (site.store().unit(letter.from)?, site.store().unit(letter.to)?);
            let is_within = |other: &Unit| unit.pre <= other.pre && other.pre <= unit.post;
            if is_within(&to) {
                inward.push(line(site, &visitor, letter, (&from, &to))?);
            }
            if is_within(&from) {
                outward.push(line(site, &visitor, letter, (&from, &to))?);
            }
        }
        let title = t.say("letters-title");
        let mut path = unit_path(site, &visitor, &unit)?;
        path.push((title.clone(), None));
        let notice = (wish.done == "return").then(|| t.about("alter-done", t.word("alter", "return")));
        let list = |id: &'static str, lines| List {
            id,
            title: t.word("letters", id),
            nothing: t.word("letters-no", id),
            lines,
        };
        let page = Page {
            f: Frame::of(site, &visitor, Place::People, title)?.path(path).said(notice),
            lists: vec![list("in", inward), list("out", outward)],
            note: t.count("letters-note", offices::figures().letter_days),
            unit,
        };
        Ok(Html(page.render()?))
    })
    .await
}

fn line(
    site: &Site,
    visitor: &Visitor,
    letter: &Letter,
    (from, to): (&Unit, &Unit),
) -> Result<Line, Trouble> {
    let (t, store, today) = (visitor.t, site.store(), site.now().today);
    let n_days = days_between(letter.sent_on, today);
    let (tone, sign) = if letter.is_overdue(today) {
        ("stop", "stop")
    } else if n_days * 3 > offices::figures().letter_days * 2 {
        ("wait", "warn")
    } else {
        ("idle", "idle")
    };
    let kept_by = store.unit(store.person_row(letter.person)?.unit)?;
    let way = |kind: &str| (format!("/people/{}/changes/{kind}", letter.person), t.word("alter", kind));
    let may = visitor.may_change(site, to, letter.person).is_ok();
    Ok(Line {
        person: letter.person,
        name: store.particulars(letter.person)?.name,
        is_linked: visitor.may(site, Action::SeeFile, &kept_by).is_ok(),
        from: t.of(&from.name).to_owned(),
        to: t.of(&to.name).to_owned(),
        sent_on: letter.sent_on,
        days: t.count("letters-days", n_days),
        tone,
        sign,
        file: t.say(if letter.is_file_included { "letter-with-file" } else { "letter-without-file" }),
        actions: if may { vec![way("receive"), way("return")] } else { Vec::new() },
    })
}
