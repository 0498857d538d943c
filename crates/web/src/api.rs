//! The REST API: the same use cases as the pages, as JSON. Every answer about people needs a session;
//! every refusal lists all its reasons, in both languages.

mod answers;
mod files;
mod open;
mod plans;
mod units;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::{Guest, Visitor};
use crate::words::Words;
use answers::{Bilingual, FindingAnswer};

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
        (name = "files", description = "Admission files: what is due, and recording acts"),
        (name = "plans", description = "Yearly plans: asked for, proposed, answered, signed, adopted, followed"),
        (name = "open", description = "For anybody: the rules and the head of the record")
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
        .routes(routes!(open::begin_session, open::end_session))
        .routes(routes!(open::rules))
        .routes(routes!(open::head))
        .routes(routes!(units::unit))
        .routes(routes!(units::below))
        .routes(routes!(units::people))
        .routes(routes!(units::docket))
        .routes(routes!(files::person))
        .routes(routes!(files::open_file))
        .routes(routes!(files::file))
        .routes(routes!(files::record_act))
        .routes(routes!(files::consider_act))
        .routes(routes!(plans::plans))
        .routes(routes!(plans::start))
        .routes(routes!(plans::open))
        .routes(routes!(plans::plan))
        .routes(routes!(plans::round))
        .routes(routes!(plans::propose))
        .routes(routes!(plans::act))
}

/// The ways of the API, with its description.
pub(crate) fn router() -> axum::Router<Site> {
    let (router, document) = described().split_for_parts();
    router.route("/api/v1/openapi.json", axum::routing::get(async move || Json(document)))
}

/// An answer that says why not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What is the matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Bilingual>,
    /// Every reason of a refusal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingAnswer>,
}

/// A trouble, told as JSON.
pub(crate) struct Failure(StatusCode, Problem);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let (status, _, message) = trouble.told();
        let status = if let Trouble::SignIn(_) = trouble { StatusCode::UNAUTHORIZED } else { status };
        Failure(status, Problem { message: Some(Bilingual::of(&message)), findings: Vec::new() })
    }
}

impl From<app::StoreError> for Failure {
    fn from(error: app::StoreError) -> Self {
        Trouble::from(error).into()
    }
}

impl From<app::act::ActError> for Failure {
    fn from(error: app::act::ActError) -> Self {
        match error {
            app::act::ActError::Store(error) => error.into(),
            app::act::ActError::Denied(denial) => Trouble::Denied(denial.text).into(),
            app::act::ActError::Refused(refusal) => {
                let findings = refusal.findings.iter().map(FindingAnswer::of).collect();
                Failure(StatusCode::UNPROCESSABLE_ENTITY, Problem { message: None, findings })
            }
        }
    }
}

/// Someone with a token.
pub(crate) struct Caller(pub(crate) Visitor);

impl FromRequestParts<Site> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Self::Rejection> {
        let header = parts.headers.get(axum::http::header::AUTHORIZATION);
        let token = header.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer ")).map(str::to_owned);
        let guest = Guest { t: Words::default(), here: parts.uri.path().to_owned(), token, grant: None };
        let site = site.clone();
        let found = tokio::task::spawn_blocking(move || Visitor::of(guest, &site)).await;
        let visitor = found.map_err(|_| Failure::from(Trouble::Broken))??;
        Ok(Caller(visitor))
    }
}

/// Does the work of an answer on a thread that may wait.
async fn answer<R: Serialize + Send + 'static>(
    site: Site,
    work: impl FnOnce(&Site) -> Result<R, Failure> + Send + 'static,
) -> Result<Json<R>, Failure> {
    let done = tokio::task::spawn_blocking(move || work(&site)).await;
    done.map_err(|_| Failure::from(Trouble::Broken))?.map(Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The description that people read is the one the program serves. Write it anew with
    /// `UPDATE_OPENAPI=1 cargo test -p web openapi`.
    #[test]
    fn the_openapi_file_is_current() {
        let document = described().split_for_parts().1.to_pretty_json().unwrap() + "\n";
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(&path, &document).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == document, "docs/openapi.json is not current");
    }
}
