//! The board of public notices: for anybody, without a session, while each notice runs.

use app::notices::Posted;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderName;
use axum::response::{Html, IntoResponse, Response};
use domain::ids::EventId;

use crate::frame::{Frame, Place};
use crate::limits::Address;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::{Guest, Visitor};

#[derive(Template)]
#[template(path = "notices.html")]
struct BoardPage {
    f: Frame,
    board: Vec<Posted>,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage {
    f: Frame,
    it: Posted,
}

pub(crate) async fn board(State(site): State<Site>, from: Address, guest: Guest) -> Response {
    site.work(move |site| {
        site.limits().notice(from)?;
        let board = site.store().board(site.now().today)?;
        Ok(shown(BoardPage { f: frame(site, &guest)?, board }.render()?))
    })
    .await
}

pub(crate) async fn one(
    State(site): State<Site>,
    from: Address,
    guest: Guest,
    Path(event): Path<String>,
) -> Response {
    site.work(move |site| {
        site.limits().notice(from)?;
        let event: EventId = event.parse().map_err(|_| Trouble::Missing)?;
        let board = site.store().board(site.now().today)?;
        let it = board.into_iter().find(|posted| posted.event == event).ok_or(Trouble::Missing)?;
        Ok(shown(NoticePage { f: frame(site, &guest)?, it }.render()?))
    })
    .await
}

/// What is shown for some days only must not stay in the index of a search engine.
fn shown(html: String) -> Response {
    ([(HeaderName::from_static("x-robots-tag"), "noindex, noarchive")], Html(html)).into_response()
}

fn frame(site: &Site, guest: &Guest) -> Result<Frame, Trouble> {
    let title = guest.t.say("notices-title");
    match Visitor::of(guest.clone(), site) {
        Ok(visitor) => Frame::of(site, &visitor, Place::Record, title),
        Err(_) => Ok(Frame::open(site, guest, title)),
    }
}
