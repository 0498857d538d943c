//! The pages, one module for each, and the way to them.

mod account;
mod accounts;
mod act;
mod audit;
mod demonstration;
mod drawn;
mod entry;
mod file;
mod glossary;
mod home;
mod language;
mod password;
mod people;
mod plan;
mod record;
mod roster;
mod rules;
mod sign_in;
mod units;

use axum::Router;
use axum::routing::{get, post};

use crate::site::Site;

/// Every page.
pub(crate) fn router() -> Router<Site> {
    Router::new()
        .route("/", get(home::show))
        .route("/waiting", get(home::waiting))
        .route("/waiting.ics", get(home::calendar))
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/language/{tag}", get(language::choose))
        .route("/demonstration/forward", post(demonstration::forward))
        .route("/account", get(account::show).post(account::choose))
        .route("/account/password", get(password::show).post(password::change))
        .route("/accounts", get(accounts::show).post(accounts::open))
        .route("/accounts/{account}/duties", post(accounts::give))
        .route("/accounts/{account}/password", post(accounts::reset))
        .route("/accounts/{account}/close", post(accounts::close))
        .route("/duties/{grant}/end", post(accounts::end))
        .route("/audit", get(audit::show).post(audit::run))
        .route("/record", get(record::show))
        .route("/record/entries", get(record::entries))
        .route("/checkpoint", get(record::checkpoint))
        .route("/rules", get(rules::show))
        .route("/words", get(glossary::show))
        .route("/units", get(units::top))
        .route("/units/{unit}", get(units::show))
        .route("/units/{unit}/people/new", get(entry::show).post(entry::record))
        .route("/units/{unit}/roster", get(roster::show).post(roster::preview))
        .route("/units/{unit}/roster/confirm", post(roster::confirm))
        .route("/units/{unit}/roster/export", post(roster::export))
        .route("/roster-template.xlsx", get(roster::template_file))
        .route("/people", get(people::find))
        .route("/people/{person}", get(people::show))
        .route("/people/{person}/file", post(people::open_file))
        .route("/files/{case}", get(file::show))
        .route("/files/{case}/acts/{kind}", get(act::show).post(act::record))
        .merge(plan::router())
}
