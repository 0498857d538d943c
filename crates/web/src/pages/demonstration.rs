//! Moving the day of a demonstration on; nowhere else is there such a thing.

use axum::Form;
use axum::extract::State;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(crate) struct Step {
    csrf: String,
    days: u16,
}

pub(crate) async fn forward(State(site): State<Site>, visitor: Visitor, Form(step): Form<Step>) -> Response {
    site.work(move |site| {
        visitor.check(&step.csrf)?;
        site.demonstration_clock().ok_or(Trouble::Missing)?.forward(step.days.min(366));
        Ok(Redirect::to("/"))
    })
    .await
}
