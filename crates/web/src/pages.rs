//! The pages, one module for each, and the way to them.

mod account;
mod accounts;
pub(crate) mod act;
mod audit;
mod batch;
mod change;
mod charge;
mod coverage;
mod demonstration;
mod drawn;
mod duplicates;
mod entry;
mod figures;
pub(crate) mod file;
mod glossary;
mod home;
pub(crate) mod issue;
mod language;
mod letters;
mod looks;
mod notices;
mod paper;
mod password;
mod people;
mod person;
mod plan;
mod record;
mod roster;
mod rules;
mod schooling;
mod second_factor;
mod sign_in;
mod supervision;
pub(crate) mod units;
mod workplaces;

use axum::Router;
use axum::routing::{get, post};

use crate::site::Site;

pub(crate) use paper::scan_answer;

/// Every page.
pub(crate) fn router() -> Router<Site> {
    Router::new()
        .route("/", get(home::show))
        .route("/waiting", get(home::waiting))
        .route("/waiting.ics", get(home::calendar))
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/sign-in/code", get(sign_in::show_code).post(sign_in::enter_code))
        .route("/sign-out", post(sign_in::leave))
        .route("/language/{tag}", get(language::choose))
        .route("/demonstration/forward", post(demonstration::forward))
        .route("/account", get(account::show).post(account::choose))
        .route("/account/password", get(password::show).post(password::change))
        .route("/account/second-factor", get(second_factor::show).post(second_factor::begin))
        .route("/account/second-factor/confirm", post(second_factor::confirm))
        .route("/accounts", get(accounts::show).post(accounts::open))
        .route("/accounts/{account}/duties", post(accounts::give))
        .route("/accounts/{account}/password", post(accounts::reset))
        .route("/accounts/{account}/second-factor", post(accounts::reset_factor))
        .route("/accounts/{account}/close", post(accounts::close))
        .route("/accounts/second-factor", post(accounts::require_factor))
        .route("/duties/{grant}/end", post(accounts::end))
        .route("/audit", get(audit::show).post(audit::run))
        .route("/record", get(record::show))
        .route("/record/entries", get(record::entries))
        .route("/checkpoint", get(record::checkpoint))
        .route("/rules", get(rules::show))
        .route("/words", get(glossary::show))
        .route("/units", get(units::outline))
        .route("/units/{unit}", get(units::show))
        .route("/units/{unit}/changes/{kind}", get(units::change_form).post(units::change))
        .route("/units/{unit}/history", get(units::history::show))
        .route("/units/{unit}/posts", get(units::posts_on_a_day))
        .route("/units/{unit}/people/new", get(entry::show).post(entry::record))
        .route("/units/{unit}/letters", get(letters::show))
        .route("/units/{unit}/duplicates", get(duplicates::show))
        .route("/duplicates/compare", get(duplicates::compare).post(duplicates::merge))
        .route("/looks", get(looks::show))
        .route("/looks/export", get(looks::back).post(looks::export))
        .route("/units/{unit}/roster", get(roster::show).post(roster::preview))
        .route("/units/{unit}/roster/confirm", post(roster::confirm))
        .route("/units/{unit}/roster/export", post(roster::export))
        .route("/roster-template.xlsx", get(roster::template_file))
        .route("/people", get(people::find))
        .route("/people/{person}", get(person::show))
        .route("/people/{person}/numbers", get(person::ask_again).post(person::unmask))
        .route("/people/{person}/changes/{kind}", get(change::show).post(change::record))
        .route("/people/{person}/file", post(people::open_file))
        .route("/batch/{kind}", get(batch::show).post(batch::record))
        .route("/files/{case}", get(file::show))
        .route("/files/{case}/issue", get(issue::show).post(issue::issue))
        .route("/units/{unit}/printing", get(issue::batch).post(issue::begin))
        .route("/units/{unit}/printing/stop", post(issue::stop))
        .route("/units/{unit}/printing/papers.zip", get(issue::archive))
        .route("/notices", get(notices::board))
        .route("/notices/{event}", get(notices::one))
        .route("/papers/check", get(issue::check_form).post(issue::check))
        .route("/plan/{plan}/issue", post(issue::plan))
        .route("/files/{case}/acts/{kind}", get(act::show).post(act::record))
        .route("/files/{case}/entries/{event}/papers", get(paper::show).post(paper::attach))
        .route("/files/{case}/papers/{event}/{position}", get(paper::hand_out))
        .merge(plan::router())
        .merge(workplaces::router())
        .merge(schooling::router())
        .merge(supervision::router())
        .merge(charge::router())
}
