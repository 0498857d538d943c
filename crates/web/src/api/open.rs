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
use crate::limits::Address;
use crate::site::Site;
use crate::trouble::said_by;

/// A name and a password, and a code where the account has a second factor.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Credentials {
    login: String,
    password: String,
    /// The six digits that the device shows now, or a recovery code.
    #[serde(default)]
    code: String,
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
    (status = 401, body = Problem, description = "The name, the password or the code is wrong, or a code is missing"),
    (status = 429, body = Problem, description = "Too many attempts; `Retry-After` says when to try again")
))]
pub(crate) async fn begin_session(
    State(site): State<Site>,
    from: Address,
    Given(given): Given<Credentials>,
) -> Result<Json<SessionAnswer>, Failure> {
    answer(site, move |site| {
        site.limits().sign_in(from)?;
        let (store, wall) = (site.store(), site.wall());
        let mut session = store.sign_in(&given.login, &given.password, wall).map_err(not_let_in)?;
        if session.awaits_code {
            session = store.enter_code(&session.token, &given.code, wall).map_err(not_let_in)?;
        }
        Ok(SessionAnswer { token: session.token })
    })
    .await
}

fn not_let_in(error: SignInError) -> Failure {
    let (status, retry_after_s) = match &error {
        SignInError::Store(error) => return error.clone().into(),
        SignInError::Wrong | SignInError::CodeWrong => (StatusCode::UNAUTHORIZED, None),
        SignInError::Locked { seconds } => (StatusCode::TOO_MANY_REQUESTS, u64::try_from(*seconds).ok()),
    };
    Failure::refusing(&said_by(&error)).with_status(status).until(retry_after_s)
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
