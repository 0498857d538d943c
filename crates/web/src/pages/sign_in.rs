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
use crate::limits::Address;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::{Guest, check, session_cookie};
use crate::words::Words;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    f: Frame,
    next: String,
    login: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    f: Frame,
    next: String,
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

pub(crate) async fn enter(
    State(site): State<Site>,
    from: Address,
    guest: Guest,
    Form(entry): Form<Entry>,
) -> Response {
    site.work(move |site| {
        site.limits().sign_in(from)?;
        match site.store().sign_in(&entry.login, &entry.password, site.wall()) {
            Ok(session) => {
                let headers = AppendHeaders([(header::SET_COOKIE, begun(site, &session))]);
                let next = own_path(&entry.next);
                let next = if session.awaits_code { code_path(next) } else { next.to_owned() };
                Ok((headers, Redirect::to(&next)).into_response())
            }
            Err(error) => {
                let (status, retry, problem) = refused(guest.t, error)?;
                let f = Frame::open(site, &guest, guest.t.say("sign-in-title"));
                let page = Page { f, next: entry.next, login: entry.login, problem: Some(problem) };
                Ok((status, retry, Html(page.render()?)).into_response())
            }
        }
    })
    .await
}

/// Where a code is asked for, on the way to a page.
fn code_path(next: &str) -> String {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("/sign-in/code?next={next}")
}

pub(crate) async fn show_code(State(site): State<Site>, guest: Guest, Query(next): Query<Next>) -> Response {
    site.work(move |site| {
        let f = Frame::open(site, &guest, guest.t.say("code-title"));
        Ok(Html(CodePage { f, next: next.next, problem: None }.render()?))
    })
    .await
}

#[derive(Deserialize)]
pub(crate) struct Code {
    code: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn enter_code(
    State(site): State<Site>,
    from: Address,
    guest: Guest,
    Form(form): Form<Code>,
) -> Response {
    site.work(move |site| {
        site.limits().sign_in(from)?;
        let token = guest.token.as_deref().unwrap_or_default();
        match site.store().enter_code(token, &form.code, site.wall()) {
            Ok(session) => {
                let headers = AppendHeaders([(header::SET_COOKIE, begun(site, &session))]);
                Ok((headers, Redirect::to(own_path(&form.next))).into_response())
            }
            // The password was so long ago that it has to be given again.
            Err(SignInError::Wrong) => Err(Trouble::SignIn(own_path(&form.next).to_owned())),
            Err(error) => {
                let (status, retry, problem) = refused(guest.t, error)?;
                let f = Frame::open(site, &guest, guest.t.say("code-title"));
                let page = CodePage { f, next: form.next, problem: Some(problem) };
                Ok((status, retry, Html(page.render()?)).into_response())
            }
        }
    })
    .await
}

/// The cookie of a session that has begun.
pub(super) fn begun(site: &Site, session: &NewSession) -> String {
    kept(site, &session.token, "")
}

/// The session's cookie. Taking it away names the same attributes: browsers take a prefixed name from
/// nobody who leaves one out.
fn kept(site: &Site, token: &str, age: &str) -> String {
    let secure = if site.is_secure() { "; Secure" } else { "" };
    format!("{}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{age}", session_cookie(site))
}

type RetryAfter = Option<AppendHeaders<[(header::HeaderName, String); 1]>>;

/// How an attempt that was refused is answered.
fn refused(t: Words, error: SignInError) -> Result<(StatusCode, RetryAfter, String), Trouble> {
    match error {
        SignInError::Wrong => Ok((StatusCode::UNAUTHORIZED, None, t.say("sign-in-wrong"))),
        SignInError::CodeWrong => Ok((StatusCode::UNAUTHORIZED, None, t.say("code-wrong"))),
        SignInError::Locked { seconds } => {
            let retry = AppendHeaders([(header::RETRY_AFTER, seconds.to_string())]);
            Ok((StatusCode::TOO_MANY_REQUESTS, Some(retry), t.count("sign-in-locked", seconds)))
        }
        SignInError::Store(error) => Err(error.into()),
    }
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
        let cookie = kept(site, "", "; Max-Age=0");
        Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to("/sign-in")))
    })
    .await
}
