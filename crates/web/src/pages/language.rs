//! Choosing a language: a cookie, and back to where one was.

use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{AppendHeaders, IntoResponse, Redirect};
use serde::Deserialize;

use crate::words::Locale;

#[derive(Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    back: String,
}

pub(crate) async fn choose(Path(tag): Path<String>, Query(back): Query<Back>) -> impl IntoResponse {
    let locale = Locale::parse(&tag).unwrap_or_default();
    let cookie = format!("language={}; Path=/; Max-Age=31536000; SameSite=Lax", locale.tag());
    (AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to(own_path(&back.back)))
}

/// A path of this site; anything else leads home.
pub(crate) fn own_path(path: &str) -> &str {
    let is_own = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if is_own { path } else { "/" }
}
