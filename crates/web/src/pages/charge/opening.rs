//! Opening a year: its objectives, one a line, those below another indented; the days; the weights of
//! the scheme that it is appraised by.

use app::act::ActError;
use askama::Template;
use axum::extract::{RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::charge::{Terms, example, shipped_scheme};
use domain::finding::Finding;
use domain::unit::Unit;
use jiff::civil::{Date, date};

use super::{DAY, FIGURE, field, placed, said};
use crate::forms::{self, Control, Drawn};
use crate::frame::{Frame, Place};
use crate::pages::people::{command, new_command};
use crate::pages::plan::{Typed, number};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "charge_open.html")]
struct Page {
    f: Frame,
    unit: String,
    year: Drawn,
    objectives: Drawn,
    days: Vec<Drawn>,
    weights: Vec<Drawn>,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
}

fn own(site: &Site, visitor: &Visitor) -> Result<Unit, Trouble> {
    let own = site.store().unit(visitor.grant.unit)?;
    visitor.may(site, Action::RunCharge, &own)?;
    Ok(own)
}

/// The last days that are suggested: the end of March where that is ahead, and of November.
fn suggested(today: Date) -> (Date, Date) {
    let march = date(today.year(), 3, 31);
    let soon = today.saturating_add(jiff::Span::new().days(30)).min(date(today.year(), 12, 30));
    (march.max(soon), date(today.year(), 11, 30).max(soon.saturating_add(jiff::Span::new().days(1))))
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| {
        own(site, &visitor)?;
        let today = site.now().today;
        let (sign_by, rate_by) = suggested(today);
        let lines: Vec<&str> = example().iter().map(|line| visitor.t.of(line)).collect();
        let mut typed = Typed::from([
            ("year".to_owned(), today.year().to_string()),
            ("objectives".to_owned(), lines.join("\n")),
            ("sign_by".to_owned(), forms::written(&sign_by)),
            ("rate_by".to_owned(), forms::written(&rate_by)),
        ]);
        typed.extend(shipped_scheme().items.into_iter().map(|item| (item.key, item.weight.to_string())));
        Ok(Html(page(site, &visitor, &typed, &[])?.render()?))
    })
    .await
}

fn page(site: &Site, visitor: &Visitor, typed: &Typed, problems: &[Finding]) -> Result<Page, Trouble> {
    let t = visitor.t;
    let unit = own(site, visitor)?;
    let draw =
        |name: &str, control: Control| field(t, "open", (name, true, control), said(typed, name), problems);
    let weights = shipped_scheme().items.into_iter().map(|item| {
        let drawn = field(t, "open", ("weight", true, FIGURE), said(typed, &item.key), &[]);
        let concerns = |it: &&Finding| it.fields.first() == Some(&item.key);
        let found = problems.iter().filter(concerns).cloned().collect();
        let label = t.of(&item.name).to_owned();
        Drawn { id: format!("open-{}", item.key), name: item.key.clone(), label, found, ..drawn }
    });
    let title = t.say("charge-open");
    let trail = [(t.say("charge-menu"), Some("/charges".to_owned())), (title.clone(), None)];
    Ok(Page {
        unit: t.of(&unit.name).to_owned(),
        year: draw("year", FIGURE),
        objectives: draw("objectives", Control::Lines),
        days: vec![draw("sign_by", DAY), draw("rate_by", DAY)],
        weights: weights.collect(),
        errors: placed("open", problems),
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
        f: Frame::of(site, visitor, Place::Charge, title)?.path(trail),
    })
}

/// Objectives, one a line; an indented line stands below the nearest one before it that is indented less.
fn objectives(text: &str) -> Vec<(String, Option<usize>)> {
    let mut all: Vec<(usize, String, Option<usize>)> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let indent = line.chars().take_while(|letter| letter.is_whitespace()).count();
        let parent = all.iter().rposition(|(before, ..)| *before < indent);
        all.push((indent, line.trim().to_owned(), parent));
    }
    all.into_iter().map(|(_, title, parent)| (title, parent)).collect()
}

fn terms(typed: &Typed) -> Result<(i16, Terms), Vec<Finding>> {
    let mut problems = Vec::new();
    let mut scheme = shipped_scheme();
    for item in &mut scheme.items {
        match number(said(typed, &item.key)) {
            Some(weight) => item.weight = weight,
            None => problems.push(forms::unreadable(&item.key)),
        }
    }
    let year = said(typed, "year").parse::<i16>();
    if year.is_err() {
        problems.push(forms::unreadable("year"));
    }
    let days = ["sign_by", "rate_by"].map(|name| {
        let day = forms::day(said(typed, name));
        if day.is_none() {
            problems.push(forms::unreadable(name));
        }
        day
    });
    match (year, days) {
        (Ok(year), [Some(sign_by), Some(rate_by)]) if problems.is_empty() => {
            Ok((year, Terms { sign_by, rate_by, scheme }))
        }
        _ => Err(problems),
    }
}

pub(super) async fn open(State(site): State<Site>, visitor: Visitor, RawForm(sent): RawForm) -> Response {
    site.work(move |site| {
        // Leading spaces of the objectives say what stands below what.
        let typed: Typed = form_urlencoded::parse(&sent).into_owned().collect();
        visitor.check(said(&typed, "csrf"))?;
        let unit = own(site, &visitor)?.id;
        let problems = match terms(&typed) {
            Ok((year, terms)) => {
                let id = command(said(&typed, "command"))?;
                let start = (year, terms, objectives(said(&typed, "objectives")));
                match site.store().open_charge(visitor.actor(), site.now(), id, unit, start) {
                    Ok(charge) => return Ok(Redirect::to(&format!("/charges/{charge}")).into_response()),
                    Err(ActError::Refused(refusal)) => refusal.findings,
                    Err(error) => return Err(error.into()),
                }
            }
            Err(problems) => problems,
        };
        let page = page(site, &visitor, &typed, &problems)?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_says_what_stands_below_what() {
        let read = objectives("一保\n\n两争\n  第一\n    细目\n  第二\n");
        let parents: Vec<Option<usize>> = read.iter().map(|(_, parent)| *parent).collect();
        assert_eq!(parents, [None, None, Some(1), Some(2), Some(1)]);
        assert_eq!(read[3].0, "细目");
    }
}
