//! One's own account: the duties held, and which of them is acted under.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::header;
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use domain::access::Grant;
use serde::Deserialize;

use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    f: Frame,
    grants: Vec<Held>,
    csrf: String,
}

struct Held {
    grant: Grant,
    role: String,
    unit: String,
    is_current: bool,
}

#[derive(Deserialize)]
pub(crate) struct Choice {
    csrf: String,
    grant: i64,
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| {
        let t = visitor.t;
        let mut grants = Vec::new();
        for grant in &visitor.identity.grants {
            grants.push(Held {
                role: t.word("role", grant.role.as_str()),
                unit: t.of(&site.store().unit(grant.unit)?.name).to_owned(),
                is_current: grant.id == visitor.grant.id,
                grant: grant.clone(),
            });
        }
        let f = Frame::of(site, &visitor, Place::Home, t.say("account-title"))?;
        Ok(Html(Page { f, grants, csrf: visitor.identity.csrf.clone() }.render()?))
    })
    .await
}

pub(crate) async fn choose(
    State(site): State<Site>,
    visitor: Visitor,
    Form(choice): Form<Choice>,
) -> Response {
    site.work(move |_| {
        visitor.check(&choice.csrf)?;
        let cookie = format!("grant={}; Path=/; HttpOnly; SameSite=Strict", choice.grant);
        Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to("/")).into_response())
    })
    .await
}
