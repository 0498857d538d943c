//! The REST API: the same use cases as the pages, as JSON. Every answer about people needs a session;
//! every refusal lists all its reasons, in both languages.

mod accounts;
mod answers;
mod audits;
mod charges;
mod files;
mod forecasts;
mod issued;
mod looks;
mod notices;
mod open;
mod papers;
mod people;
mod plans;
mod problem;
mod record;
mod register;
mod rosters;
mod schooling;
mod sheets;
mod supervision;
mod tree;
mod units;
mod workplaces;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware;
use axum::response::Response;
use axum::routing::any;
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::{Guest, Visitor};
use crate::words::Words;
use problem::{Failure, Given, Problem};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "miaopu",
        description = "Membership development: units, files, what is due, and the record. Sign in for a \
                       token, and send it as a bearer token."
    ),
    modifiers(&Token),
    tags(
        (name = "session", description = "Signing in and out"),
        (name = "units", description = "Units, their figures, their people"),
        (name = "people", description = "A person's entry: changes, transfers, history, duplicates, numbers in full"),
        (name = "looks", description = "Who looked at whose entry: for the auditor"),
        (name = "files", description = "Admission files: what is due, and recording acts"),
        (name = "rosters", description = "Rosters in and out, whole or not at all"),
        (name = "audits", description = "Papers from outside, judged and not kept"),
        (name = "accounts", description = "Accounts and the duties they hold"),
        (name = "record", description = "Entries of the record, without what they say"),
        (name = "charges", description = "A year's responsibility: tasks, letters, appraisal, award"),
        (name = "plans", description = "Yearly plans: asked for, proposed, answered, signed, adopted, followed"),
        (name = "workplaces", description = "Where people work or live, with or without members: register, ladder, coverage, organisers"),
        (name = "schooling", description = "Courses, the bank of questions, examinations, certificates"),
        (name = "supervision", description = "Registers of supervision: meetings, talks, reports, what is owed and held"),
        (name = "open", description = "For anybody: the rules, the head of the record, printed papers, public notices")
    )
)]
struct Described;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// Every way of the API.
fn described() -> OpenApiRouter<Site> {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(open::begin_session, accounts::own, open::end_session))
        .routes(routes!(accounts::change_password))
        .routes(routes!(open::rules))
        .routes(routes!(open::head))
        .routes(routes!(units::unit))
        .routes(routes!(units::below, tree::open))
        .routes(routes!(tree::find))
        .routes(routes!(tree::unit_history))
        .routes(routes!(tree::posts))
        .routes(routes!(tree::intake))
        .routes(routes!(tree::change))
        .routes(routes!(tree::weigh))
        .routes(routes!(units::people))
        .routes(routes!(units::docket))
        .routes(routes!(units::letters))
        .routes(routes!(units::duplicates))
        .routes(routes!(people::person))
        .routes(routes!(people::history))
        .routes(routes!(people::record_change))
        .routes(routes!(people::consider_change))
        .routes(routes!(people::merge))
        .routes(routes!(people::numbers))
        .routes(routes!(looks::looks))
        .routes(routes!(files::open_file))
        .routes(routes!(files::file))
        .routes(routes!(files::record_act))
        .routes(routes!(files::consider_act))
        .routes(routes!(register::find))
        .routes(routes!(register::enter))
        .routes(routes!(rosters::template))
        .routes(routes!(rosters::preview))
        .routes(routes!(rosters::confirm))
        .routes(routes!(rosters::export))
        .routes(routes!(audits::judge))
        .routes(routes!(accounts::all, accounts::open))
        .routes(routes!(accounts::reset_password))
        .routes(routes!(accounts::close))
        .routes(routes!(accounts::give_duty))
        .routes(routes!(accounts::end_duty))
        .routes(routes!(record::entries))
        .routes(routes!(record::verdict))
        .routes(routes!(papers::attach))
        .routes(routes!(papers::hand_out))
        .routes(routes!(issued::issue, issued::issued))
        .routes(routes!(issued::known))
        .routes(routes!(notices::board))
        .merge(planning())
        .merge(areas())
}

/// Plans, what is foreseen of them, requests by sheet, and what a year's responsibility is.
fn planning() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(forecasts::forecast))
        .routes(routes!(charges::charges))
        .routes(routes!(charges::open))
        .routes(routes!(charges::charge))
        .routes(routes!(charges::act))
        .routes(routes!(plans::plans))
        .routes(routes!(plans::start))
        .routes(routes!(plans::open))
        .routes(routes!(plans::plan))
        .routes(routes!(plans::round))
        .routes(routes!(plans::propose))
        .routes(routes!(plans::act))
        .routes(routes!(sheets::sheet))
        .routes(routes!(sheets::preview))
        .routes(routes!(sheets::confirm))
}

/// Coverage, and schooling.
fn areas() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(workplaces::coverage))
        .routes(routes!(workplaces::list, workplaces::enter))
        .routes(routes!(workplaces::one))
        .routes(routes!(workplaces::act))
        .routes(routes!(workplaces::preview))
        .routes(routes!(workplaces::confirm))
        .routes(routes!(workplaces::organisers))
        .routes(routes!(schooling::courses))
        .routes(routes!(schooling::course))
        .routes(routes!(schooling::open))
        .routes(routes!(schooling::act))
        .routes(routes!(schooling::seal))
        .routes(routes!(schooling::questions, schooling::enter_questions))
        .routes(routes!(schooling::certificates))
        .routes(routes!(supervision::register, supervision::enter))
        .routes(routes!(supervision::entry))
}

/// The ways of the API, with its description.
pub(crate) fn router() -> axum::Router<Site> {
    let (router, document) = parts();
    router
        .route("/api/v1/openapi.json", axum::routing::get(async move || Json(document)))
        .route("/api/{*rest}", any(async || Failure::from(Trouble::Missing)))
        .layer(middleware::from_fn(problem::told_as_problem))
}

/// The ways and their description, in which every answer that says why not is what it is sent as.
fn parts() -> (axum::Router<Site>, utoipa::openapi::OpenApi) {
    let (router, mut document) = described().split_for_parts();
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.delete].into_iter().flatten();
        for (status, response) in operations.flat_map(|operation| &mut operation.responses.responses) {
            if let RefOr::T(response) = response
                && status.starts_with('4')
                && let Some(content) = response.content.shift_remove("application/json")
            {
                response.content.insert(problem::MEDIA_TYPE.to_owned(), content);
            }
        }
    }
    (router, document)
}

/// Someone with a token.
pub(crate) struct Caller(pub(crate) Visitor);

impl FromRequestParts<Site> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Self::Rejection> {
        let guest = Guest {
            t: Words::default(),
            here: parts.uri.path().to_owned(),
            token: token(&parts.headers),
            grant: parts.headers.get("miaopu-duty").and_then(|value| value.to_str().ok()?.parse().ok()),
        };
        let site = site.clone();
        let found = tokio::task::spawn_blocking(move || Visitor::of(guest, &site)).await;
        let visitor = found.map_err(|_| Failure::from(Trouble::Broken))??;
        Ok(Caller(Visitor { door: domain::looks::Door::Api, ..visitor }))
    }
}

/// The bearer token of a request.
fn token(headers: &HeaderMap) -> Option<String> {
    let header = headers.get(axum::http::header::AUTHORIZATION)?;
    header.to_str().ok()?.strip_prefix("Bearer ").map(str::to_owned)
}

/// Does the work of an answer on a thread that may wait.
async fn answer<R: Serialize + Send + 'static>(
    site: Site,
    work: impl FnOnce(&Site) -> Result<R, Failure> + Send + 'static,
) -> Result<Json<R>, Failure> {
    waited(site, work).await.map(Json)
}

/// The same for an answer that is a file.
async fn file_answer(
    site: Site,
    work: impl FnOnce(&Site) -> Result<Response, Failure> + Send + 'static,
) -> Result<Response, Failure> {
    waited(site, work).await
}

async fn waited<R: Send + 'static>(
    site: Site,
    work: impl FnOnce(&Site) -> Result<R, Failure> + Send + 'static,
) -> Result<R, Failure> {
    tokio::task::spawn_blocking(move || work(&site)).await.map_err(|_| Failure::from(Trouble::Broken))?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The description that people read is the one the program serves. Write it anew with
    /// `UPDATE_OPENAPI=1 cargo test -p web openapi`.
    #[test]
    fn the_openapi_file_is_current() {
        let document = parts().1.to_pretty_json().unwrap() + "\n";
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(&path, &document).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == document, "docs/openapi.json is not current");
    }

    /// The description knows a shape by its name alone: of two with one name, one would be lost.
    #[test]
    fn no_two_shapes_have_one_name() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
        let mut names = std::collections::BTreeSet::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for shape in text.split("ToSchema)]").skip(1) {
                let mut words =
                    shape.split([' ', '{', '(']).skip_while(|word| !["struct", "enum"].contains(word));
                let name = words.nth(1).unwrap();
                assert!(names.insert(name.to_owned()), "two shapes are called {name}");
            }
        }
        assert!(names.len() > 30, "{names:?}");
    }
}
