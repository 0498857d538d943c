//! Changing one's own password: open to everyone with a session, also to whoever holds no duty yet.

use app::accounts::AccountError;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::sign_in::begun;
use crate::frame::Frame;
use crate::site::Site;
use crate::trouble::{Trouble, said_by};
use crate::visitor::{Guest, check};

#[derive(Template)]
#[template(path = "password.html")]
struct Page {
    f: Frame,
    login: String,
    is_asked_for: bool,
    csrf: String,
    problem: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Change {
    csrf: String,
    present: String,
    new: String,
    again: String,
}

pub(crate) async fn show(State(site): State<Site>, guest: Guest) -> Response {
    site.work(move |site| Ok(Html(page(site, &guest, None)?))).await
}

pub(crate) async fn change(State(site): State<Site>, guest: Guest, Form(change): Form<Change>) -> Response {
    site.work(move |site| {
        let (identity, _) = guest.session(site)?;
        check(&identity, &change.csrf)?;
        let refuse = |problem: String| {
            let html = page(site, &guest, Some(problem))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(html)).into_response())
        };
        if change.new != change.again {
            return refuse(guest.t.say("password-differ").to_owned());
        }
        let clocks = (site.now(), site.wall());
        match site.store().change_password(identity.account, &change.present, &change.new, clocks) {
            Ok(session) => {
                let headers = AppendHeaders([(header::SET_COOKIE, begun(site, &session))]);
                Ok((headers, Redirect::to("/")).into_response())
            }
            Err(AccountError::Store(error)) => Err(error.into()),
            Err(error) => refuse(guest.t.of(&said_by(&error)).to_owned()),
        }
    })
    .await
}

fn page(site: &Site, guest: &Guest, problem: Option<String>) -> Result<String, Trouble> {
    let (identity, _) = guest.session(site)?;
    let f = Frame::open(site, guest, guest.t.say("password-title"));
    let is_asked_for = identity.must_change_password;
    Ok(Page { f, login: identity.login, is_asked_for, csrf: identity.csrf, problem }.render()?)
}
