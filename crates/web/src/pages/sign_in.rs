//! Signing in and out.

use app::accounts::{NewSession, SignInError};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::language::own_path;
use crate::frame::Frame;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::{Guest, check, session_cookie};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    f: Frame,
    next: String,
    login: String,
    problem: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub(crate) struct Entry {
    login: String,
    password: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn show(State(site): State<Site>, guest: Guest, Query(next): Query<Next>) -> Response {
    site.work(move |site| {
        let f = Frame::open(site, &guest, guest.t.say("sign-in-title"));
        Ok(Html(Page { f, next: next.next, login: String::new(), problem: None }.render()?))
    })
    .await
}

pub(crate) async fn enter(State(site): State<Site>, guest: Guest, Form(entry): Form<Entry>) -> Response {
    site.work(move |site| match site.store().sign_in(&entry.login, &entry.password, site.wall()) {
        Ok(session) => {
            let headers = AppendHeaders([(header::SET_COOKIE, begun(site, &session))]);
            Ok((headers, Redirect::to(own_path(&entry.next))).into_response())
        }
        Err(error) => refuse(site, &guest, entry, error),
    })
    .await
}

/// The cookie of a session that has begun.
pub(super) fn begun(site: &Site, session: &NewSession) -> String {
    let secure = if site.is_secure() { "; Secure" } else { "" };
    format!("{}={}; Path=/; HttpOnly; SameSite=Strict{secure}", session_cookie(site), session.token)
}

fn refuse(site: &Site, guest: &Guest, entry: Entry, error: SignInError) -> Result<Response, Trouble> {
    let problem = match error {
        SignInError::Wrong => guest.t.say("sign-in-wrong"),
        SignInError::Locked { seconds } => guest.t.count("sign-in-locked", seconds),
        SignInError::Store(error) => return Err(error.into()),
    };
    let f = Frame::open(site, guest, guest.t.say("sign-in-title"));
    let page = Page { f, next: entry.next, login: entry.login, problem: Some(problem) };
    Ok((StatusCode::UNAUTHORIZED, Html(page.render()?)).into_response())
}

#[derive(Deserialize)]
pub(crate) struct Leave {
    csrf: String,
}

pub(crate) async fn leave(State(site): State<Site>, guest: Guest, Form(leave): Form<Leave>) -> Response {
    site.work(move |site| {
        // Someone without a duty, or with a password to change, can leave as well.
        let (identity, token) = guest.session(site)?;
        check(&identity, &leave.csrf)?;
        site.store().sign_out(&token)?;
        let cookie = format!("{}=; Path=/; Max-Age=0", session_cookie(site));
        Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to("/sign-in")))
    })
    .await
}
