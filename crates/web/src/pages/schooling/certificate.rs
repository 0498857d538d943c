//! Certificates: who may get one, the printed page with its picture code, and what a number says to
//! anybody.

use app::schooling::Issued;
use askama::Template;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::{CohortId, PersonId, UnitId};
use domain::schooling::Act;
use serde::Deserialize;

use super::{Typed, command, errors, field, framed, in_hand, new_command, number, outcome, said, ticked};
use super::{in_sight, typed};
use crate::forms::{Control, Drawn};
use crate::frame::Frame;
use crate::pages::drawn;
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::{Guest, Visitor};
use crate::words::{Markup, Words};

#[derive(Template)]
#[template(path = "school_certificates.html")]
struct Page {
    f: Frame,
    cohort: CohortId,
    may_get: Vec<(PersonId, String, i64, bool)>,
    issued: Vec<(String, String, Markup, String, bool)>,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
    version: i64,
}

pub(super) async fn list(State(site): State<Site>, visitor: Visitor, Path(cohort): Path<i64>) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, cohort, None, &[])?.render()?))).await
}

fn page(
    site: &Site,
    visitor: &Visitor,
    cohort: i64,
    chosen: Option<&[PersonId]>,
    problems: &[Finding],
) -> Result<Page, Trouble> {
    let t = visitor.t;
    let (known, organiser) = in_hand(site, visitor, cohort)?;
    let view = site.store().cohort_view(known.id, site.now())?;
    visitor.logs(site, Seen::list(organiser.id, view.lines.len()))?;
    let may_get = view.lines.iter().filter(|line| line.is_in() && line.certificate.is_none());
    let may_get = may_get.filter_map(|line| {
        let result = line.result.and_then(|(_, it)| it).filter(|it| it.is_pass)?;
        let person = line.learner.person;
        let is_whole = line.done >= known.terms.hours_due;
        let is_chosen = chosen.map_or(is_whole, |chosen| chosen.contains(&person));
        Some((person, line.name.clone(), result.percent, is_chosen))
    });
    let name_of = |person: PersonId| {
        let line = view.lines.iter().find(|line| line.learner.person == person);
        line.map_or_else(String::new, |line| line.name.clone())
    };
    let issued = view.certificates.iter().map(|it| {
        let href = format!("/certificates/{}/{}/{}", it.unit, it.issued.year, it.issued.serial);
        let (number, name) = (it.issued.number.clone(), name_of(it.person));
        (number, name, t.day(&it.issued_on), href, it.voided_on.is_some())
    });
    Ok(Page {
        f: framed(site, visitor, &known, t.say("school-certificates"))?,
        cohort: known.id,
        may_get: may_get.collect(),
        issued: issued.collect(),
        errors: errors(problems),
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
        version: known.version,
    })
}

pub(super) async fn issue(
    State(site): State<Site>,
    visitor: Visitor,
    Path(cohort): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let people = ticked(&form);
        let (id, seen) = (command(said(&typed, "command"))?, number(said(&typed, "version")));
        let at = (CohortId(cohort), Some(seen.unwrap_or(0)));
        let act = Act::Issue(people.clone());
        match outcome(site.store().act_on_cohort(visitor.actor(), site.now(), id, at, act))? {
            Ok(_) => Ok(Redirect::to(&format!("/schooling/{cohort}/certificates")).into_response()),
            Err(problems) => {
                let page = page(site, &visitor, cohort, Some(&people), &problems)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
        }
    })
    .await
}

#[derive(Template)]
#[template(path = "school_certificate.html")]
struct One {
    f: Frame,
    issued: Issued,
    code: Markup,
    organiser: String,
    hours: i64,
    exam_on: String,
    issued_on: String,
    voided_on: Option<String>,
    may_void: bool,
}

/// The certificate, for whoever sees the course and for the holder.
fn found(site: &Site, visitor: &Visitor, (unit, year, serial): (i64, i16, i64)) -> Result<Issued, Trouble> {
    let issued = site.store().certificate(UnitId(unit), year, serial)?;
    if visitor.identity.person != Some(issued.certificate.person) {
        in_sight(site, visitor, issued.cohort.id.0)?;
    }
    visitor.logs(site, Seen::person(UnitId(unit), issued.certificate.person))?;
    Ok(issued)
}

pub(super) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path(at): Path<(i64, i16, i64)>,
) -> Response {
    site.work(move |site| {
        let t = visitor.t;
        let issued = found(site, &visitor, at)?;
        let organiser = site.store().unit(issued.certificate.unit)?;
        let day = |day| t.plain_day(day);
        let page = One {
            f: framed(site, &visitor, &issued.cohort, t.say("school-certificate"))?,
            code: drawn::picture_code(&issued.note)?,
            organiser: t.of(&organiser.name).to_owned(),
            hours: issued.cohort.terms.hours_due,
            exam_on: day(&issued.certificate.issued.exam_on),
            issued_on: day(&issued.certificate.issued_on),
            voided_on: issued.certificate.voided_on.as_ref().map(day),
            may_void: issued.certificate.voided_on.is_none()
                && visitor.may(site, Action::RunSchooling, &organiser).is_ok(),
            issued,
        };
        Ok(Html(page.render()?))
    })
    .await
}

#[derive(Template)]
#[template(path = "school_void.html")]
struct Voiding {
    f: Frame,
    number: String,
    href: String,
    reason: Drawn,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
    version: i64,
}

pub(super) async fn ask_void(
    State(site): State<Site>,
    visitor: Visitor,
    Path(at): Path<(i64, i16, i64)>,
) -> Response {
    site.work(move |site| Ok(Html(voiding(site, &visitor, at, &Typed::new(), &[])?.render()?))).await
}

fn voiding(
    site: &Site,
    visitor: &Visitor,
    (unit, year, serial): (i64, i16, i64),
    typed: &Typed,
    problems: &[Finding],
) -> Result<Voiding, Trouble> {
    let t = visitor.t;
    let issued = found(site, visitor, (unit, year, serial))?;
    let (known, _) = in_hand(site, visitor, issued.cohort.id.0)?;
    Ok(Voiding {
        f: framed(site, visitor, &known, t.say("school-void-title"))?,
        number: issued.certificate.issued.number,
        href: format!("/certificates/{unit}/{year}/{serial}"),
        reason: field(t, ("reason", true, Control::Lines), typed, problems),
        errors: errors(problems),
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
        version: known.version,
    })
}

pub(super) async fn void(
    State(site): State<Site>,
    visitor: Visitor,
    Path((unit, year, serial)): Path<(i64, i16, i64)>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let (id, seen) = (command(said(&typed, "command"))?, number(said(&typed, "version")));
        let cohort = site.store().certificate(UnitId(unit), year, serial)?.cohort.id;
        let act = Act::Void(year, serial, said(&typed, "reason").to_owned());
        let at = (cohort, Some(seen.unwrap_or(0)));
        match outcome(site.store().act_on_cohort(visitor.actor(), site.now(), id, at, act))? {
            Ok(_) => Ok(Redirect::to(&format!("/certificates/{unit}/{year}/{serial}")).into_response()),
            Err(problems) => {
                let page = voiding(site, &visitor, (unit, year, serial), &typed, &problems)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
        }
    })
    .await
}

#[derive(Template)]
#[template(path = "school_check.html")]
struct Check {
    f: Frame,
    number: String,
    found: Vec<Told>,
    key: String,
}

/// What a number says without saying who.
struct Told {
    organiser: String,
    title: String,
    exam_on: String,
    issued_on: String,
    voided_on: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    number: String,
}

pub(super) async fn check(State(site): State<Site>, guest: Guest, Query(wish): Query<Wish>) -> Response {
    site.work(move |site| {
        let t: Words = guest.t;
        let number = wish.number.trim().to_owned();
        let found =
            if number.is_empty() { Vec::new() } else { site.store().certificates_numbered(&number)? };
        let told = found.iter().map(|(certificate, cohort, organiser)| Told {
            organiser: t.of(organiser).to_owned(),
            title: cohort.terms.title.clone(),
            exam_on: t.plain_day(&certificate.issued.exam_on),
            issued_on: t.plain_day(&certificate.issued_on),
            voided_on: certificate.voided_on.as_ref().map(|day| t.plain_day(day)),
        });
        let page = Check {
            f: Frame::open(site, &guest, t.say("school-check-title")),
            found: told.collect(),
            key: site.store().head()?.key,
            number,
        };
        Ok(Html(page.render()?))
    })
    .await
}
