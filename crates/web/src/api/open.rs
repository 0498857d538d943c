//! For anybody: sessions, the rules, the head of the record.

use app::accounts::SignInError;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::Bilingual;
use super::{Caller, Failure, Given, Problem, answer};
use crate::site::Site;

/// A name and a password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Credentials {
    login: String,
    password: String,
}

/// A session that has begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionAnswer {
    /// The bearer token; it is shown once and stored nowhere.
    pub(super) token: String,
}

/// Begin a session.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = Credentials, responses(
    (status = 200, body = SessionAnswer),
    (status = 401, body = Problem, description = "The name or the password is wrong, or one has to wait")
))]
pub(crate) async fn begin_session(
    State(site): State<Site>,
    Given(given): Given<Credentials>,
) -> Result<Json<SessionAnswer>, Failure> {
    answer(site, move |site| {
        let session = site.store().sign_in(&given.login, &given.password, site.wall());
        match session {
            Ok(session) => Ok(SessionAnswer { token: session.token }),
            Err(SignInError::Store(error)) => Err(error.into()),
            Err(error @ (SignInError::Wrong | SignInError::Locked { .. })) => {
                Err(Failure::refusing(&error.to_string()).with_status(StatusCode::UNAUTHORIZED))
            }
        }
    })
    .await
}

/// End the session.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", security(("token" = [])), responses(
    (status = 200, description = "It is over"),
    (status = 401, body = Problem)
))]
pub(crate) async fn end_session(
    State(site): State<Site>,
    Caller(visitor): Caller,
) -> Result<Json<()>, Failure> {
    answer(site, move |site| Ok(site.store().sign_out(&visitor.token)?)).await
}

/// An edition of the rules.
#[derive(Serialize, ToSchema)]
pub(crate) struct EditionAnswer {
    id: String,
    #[schema(value_type = String, format = Date)]
    in_force_from: Date,
    title: Bilingual,
    steps: Vec<StepAnswer>,
}

/// A step of an edition.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepAnswer {
    number: u8,
    id: String,
    name: Bilingual,
    actors: Vec<String>,
    article: String,
}

/// The editions of the rules, the earliest first.
#[utoipa::path(get, path = "/api/v1/rules", tag = "open", responses((status = 200, body = Vec<EditionAnswer>)))]
pub(crate) async fn rules(State(site): State<Site>) -> Result<Json<Vec<EditionAnswer>>, Failure> {
    answer(site, |_| {
        let edition = |edition: &domain::rulebook::Edition| EditionAnswer {
            id: edition.id.clone(),
            in_force_from: edition.in_force_from,
            title: Bilingual::of(&edition.title),
            steps: edition.steps.iter().map(step).collect(),
        };
        Ok(app::rulebooks::books().editions().iter().map(edition).collect())
    })
    .await
}

fn step(step: &domain::rulebook::Step) -> StepAnswer {
    StepAnswer {
        number: step.number,
        id: step.id.clone(),
        name: Bilingual::of(&step.name),
        actors: step.actors.iter().map(|actor| actor.as_str().to_owned()).collect(),
        article: step.article.clone(),
    }
}

/// The head of the record.
#[derive(Serialize, ToSchema)]
pub(crate) struct HeadAnswer {
    /// Number of entries.
    size: u64,
    /// Base64 of the root over them.
    root: String,
    /// The checkpoint as signed.
    checkpoint: String,
    /// The key that verifies it.
    key: String,
}

/// The latest signed head of the record.
#[utoipa::path(get, path = "/api/v1/record/head", tag = "open", responses((status = 200, body = HeadAnswer)))]
pub(crate) async fn head(State(site): State<Site>) -> Result<Json<HeadAnswer>, Failure> {
    answer(site, |site| {
        let head = site.store().head()?;
        Ok(HeadAnswer { size: head.size, root: head.root, checkpoint: head.note, key: head.key })
    })
    .await
}
