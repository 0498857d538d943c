//! Moving the day of a demonstration on; nowhere else is there such a thing.

use app::clock::Clock as _;
use app::demo;
use axum::Form;
use axum::extract::State;
use axum::response::{Redirect, Response};
use domain::text::Text;
use jiff::ToSpan as _;
use serde::Deserialize;

use super::language::own_path;
use crate::forms;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// How far the day is moved at most in one go.
const MOST_YEARS: i64 = 30;

#[derive(Deserialize)]
pub(crate) struct Step {
    csrf: String,
    /// By so many days …
    days: Option<u16>,
    /// … or on to a day.
    #[serde(default)]
    to: String,
    /// The page that was left.
    #[serde(default)]
    back: String,
}

pub(crate) async fn forward(State(site): State<Site>, visitor: Visitor, Form(step): Form<Step>) -> Response {
    site.work(move |site| {
        visitor.check(&step.csrf)?;
        let clock = site.demonstration_clock().ok_or(Trouble::Missing)?;
        match step.days {
            Some(days) => clock.forward(days.min(366)),
            None => {
                let last = clock.now().today.saturating_add(MOST_YEARS.years());
                let day = forms::day(&step.to).filter(|day| *day <= last).ok_or_else(unfit)?;
                if !clock.forward_to(day) {
                    return Err(unfit());
                }
            }
        }
        demo::renew(site.store(), site.now()).map_err(|error| {
            tracing::error!(%error, "the duties of the demonstration could not be given anew");
            Trouble::Broken
        })?;
        Ok(Redirect::to(own_path(&step.back)))
    })
    .await
}

fn unfit() -> Trouble {
    Trouble::BadRequest(Text::new(
        "请填写晚于演示日期、三十年以内的一天，例如 2004.03.03。演示日期没有改变。",
        "Name a day after the one of the demonstration and within thirty years, such as 2004.03.03. The day \
         was not moved.",
    ))
}
