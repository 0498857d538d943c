//! The rulebooks, for anybody: editions with their days, the steps of each, and every rule with its
//! article and how sure we are of it.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{Html, Response};
use domain::rulebook::{Edition, Pack, Rule};
use serde::Deserialize;

use super::home::owed_by;
use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::{Guest, Visitor};
use crate::words::Words;

#[derive(Template)]
#[template(path = "rules.html")]
struct Page {
    f: Frame,
    editions: &'static [Edition],
    edition: &'static Edition,
    packs: &'static [Pack],
    in_force: &'static str,
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    edition: String,
}

pub(crate) async fn show(State(site): State<Site>, guest: Guest, Query(wish): Query<Wish>) -> Response {
    site.work(move |site| {
        let t = guest.t;
        let books = app::rulebooks::books();
        let current = books.on(site.now().today);
        let edition = if wish.edition.is_empty() {
            current
        } else {
            books.edition(&wish.edition).ok_or(Trouble::Missing)?
        };
        let f = match Visitor::of(guest.clone(), site) {
            Ok(visitor) => Frame::of(site, &visitor, Place::Rules, t.say("rules-title"))?,
            Err(_) => Frame::open(site, &guest, t.say("rules-title")),
        };
        let (editions, packs) = (books.editions(), books.packs());
        Ok(Html(Page { f, editions, edition, packs, in_force: &current.id }.render()?))
    })
    .await
}

/// The parameters of a rule, as written.
fn parameters(rule: &Rule) -> String {
    let pairs: Vec<String> = rule.parameters.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    pairs.join("; ")
}

fn actors(t: &Words, step: &domain::rulebook::Step) -> String {
    owed_by(*t, &step.actors)
}
