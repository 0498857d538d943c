//! The board of public notices, for anybody.

use app::notices::Posted;
use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::Bilingual;
use super::{Failure, Problem, answer};
use crate::limits::Address;
use crate::site::Site;

/// A notice that runs, with the fields that the rules allow.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeAnswer {
    /// Identity of the entry that opened it.
    event: String,
    /// `target`, `admission` or `confirmation`.
    stage: String,
    branch: Bilingual,
    #[schema(value_type = String, format = Date)]
    from: Date,
    #[schema(value_type = String, format = Date)]
    last_on: Date,
    /// Whether the last day may still move, because the calendar of the year is not published.
    is_provisional: bool,
    name: String,
    sex: String,
    age: i16,
    education: String,
    #[schema(value_type = Option<String>, format = Date)]
    applied_on: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    activist_on: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    admitted_on: Option<Date>,
}

/// The notices that run today, those that end first before the others.
#[utoipa::path(get, path = "/api/v1/notices", tag = "open", responses(
    (status = 200, body = Vec<NoticeAnswer>),
    (status = 429, body = Problem)
))]
pub(crate) async fn board(
    State(site): State<Site>,
    from: Address,
) -> Result<Json<Vec<NoticeAnswer>>, Failure> {
    answer(site, move |site| {
        site.limits().notice(from)?;
        Ok(site.store().board(site.now().today)?.into_iter().map(told).collect())
    })
    .await
}

fn told(it: Posted) -> NoticeAnswer {
    NoticeAnswer {
        event: it.event.to_string(),
        stage: it.stage.as_str().to_owned(),
        branch: Bilingual::of(&it.branch),
        from: it.from,
        last_on: it.last_on,
        is_provisional: it.is_provisional,
        name: it.name,
        sex: it.sex.as_str().to_owned(),
        age: it.age,
        education: it.education.as_str().to_owned(),
        applied_on: it.applied_on,
        activist_on: it.activist_on,
        admitted_on: it.admitted_on,
    }
}
