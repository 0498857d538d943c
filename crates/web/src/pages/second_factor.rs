//! One's own second factor: a secret is drawn, taken into a device by picture or by typing, and counts from
//! its first code on. Open to everyone with a session, because a site may ask for it before anything else.

use app::accounts::{AccountError, Enrolment, FactorState, FirstCodes};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::drawn::picture_code;
use super::sign_in::begun;
use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::{Trouble, said_by};
use crate::visitor::{Guest, Visitor, check};
use crate::words::Markup;

#[derive(Template)]
#[template(path = "second_factor.html")]
struct Page {
    f: Frame,
    is_asked_for: bool,
    csrf: String,
    state: FactorState,
    /// The secret that waits, as a picture and in fours.
    pending: Option<(Markup, String)>,
    problem: Option<String>,
    /// Recovery codes, shown once.
    codes: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Beginning {
    csrf: String,
}

#[derive(Deserialize)]
pub(crate) struct Confirming {
    csrf: String,
    new: String,
    #[serde(default)]
    present: String,
}

pub(crate) async fn show(State(site): State<Site>, guest: Guest) -> Response {
    site.work(move |site| Ok(Html(page(site, &guest, None, Vec::new())?))).await
}

pub(crate) async fn begin(State(site): State<Site>, guest: Guest, Form(form): Form<Beginning>) -> Response {
    site.work(move |site| {
        let (identity, _) = guest.session(site)?;
        check(&identity, &form.csrf)?;
        match site.store().begin_second_factor(identity.account) {
            Ok(()) => Ok(Redirect::to("/account/second-factor").into_response()),
            Err(error) => refused(site, &guest, error),
        }
    })
    .await
}

pub(crate) async fn confirm(
    State(site): State<Site>,
    guest: Guest,
    Form(form): Form<Confirming>,
) -> Response {
    site.work(move |site| {
        let (identity, _) = guest.session(site)?;
        check(&identity, &form.csrf)?;
        let codes = FirstCodes { new: &form.new, present: &form.present };
        let clocks = (site.now(), site.wall());
        match site.store().confirm_second_factor(identity.account, codes, clocks) {
            Ok((session, codes)) => {
                let headers = AppendHeaders([(header::SET_COOKIE, begun(site, &session))]);
                let guest = Guest { token: Some(session.token), ..guest };
                Ok((headers, Html(page(site, &guest, None, codes)?)).into_response())
            }
            Err(error) => refused(site, &guest, error),
        }
    })
    .await
}

fn refused(site: &Site, guest: &Guest, error: AccountError) -> Result<Response, Trouble> {
    if let AccountError::Locked { seconds } = error {
        return Err(Trouble::TooOften { seconds: seconds.try_into().unwrap_or(1) });
    }
    if let AccountError::Store(error) = error {
        return Err(error.into());
    }
    let problem = guest.t.of(&said_by(&error)).to_owned();
    let html = page(site, guest, Some(problem), Vec::new())?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(html)).into_response())
}

fn page(site: &Site, guest: &Guest, problem: Option<String>, codes: Vec<String>) -> Result<String, Trouble> {
    let (identity, _) = guest.session(site)?;
    let state = site.store().second_factor(identity.account)?;
    let pending = state.pending.as_ref().map(shown).transpose()?;
    let title = guest.t.say("factor-title");
    // Whoever is asked for it first has no desk yet.
    let f = match Visitor::of(guest.clone(), site) {
        Ok(visitor) => Frame::of(site, &visitor, Place::Home, title)?,
        Err(_) => Frame::open(site, guest, title),
    };
    let is_asked_for = identity.must_set_second_factor(site.now().today);
    Ok(Page { f, is_asked_for, csrf: identity.csrf, state, pending, problem, codes }.render()?)
}

fn shown(enrolment: &Enrolment) -> Result<(Markup, String), Trouble> {
    let letters: Vec<char> = enrolment.secret.chars().collect();
    let fours: Vec<String> = letters.chunks(4).map(String::from_iter).collect();
    Ok((picture_code(&enrolment.uri)?, fours.join(" ")))
}
