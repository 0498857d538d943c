//! How the API says no: problem details (RFC 9457) in both languages, with every finding of a refusal.
//! Whatever refuses a request before a use case sees it is told in the same form.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::finding::Finding;
use domain::text::Text;
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::answers::{Bilingual, FindingAnswer};
use crate::trouble::Trouble;

/// What answers that say why not are sent as.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";
/// The longest explanation of a framework that is passed on.
const LONGEST_DETAIL: usize = 2_000;

/// An answer that says why not, as problem details.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What is the matter, in a few words of both languages.
    title: String,
    /// The status of the answer.
    status: u16,
    /// Where a request cannot be read: the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What is the matter, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Bilingual>,
    /// Every reason of a refusal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingAnswer>,
    /// Seconds after which it is worth trying again; the header `Retry-After` says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u64>,
}

/// A trouble, told as problem details; boxed, because every answer has room for one.
#[derive(Debug)]
pub(crate) struct Failure(StatusCode, Box<Problem>);

impl Failure {
    /// A failure with a message and nothing else.
    pub(crate) fn saying(status: StatusCode, title: &Text, message: &Text) -> Self {
        let problem = Problem {
            kind: "about:blank",
            title: format!("{} / {}", title.zh, title.en),
            status: status.as_u16(),
            detail: None,
            message: Some(Bilingual::of(message)),
            findings: Vec::new(),
            retry_after_s: None,
        };
        Failure(status, Box::new(problem))
    }

    /// What cannot be done as it was asked, and why.
    pub(crate) fn refusing(why: &Text) -> Self {
        Failure::saying(StatusCode::UNPROCESSABLE_ENTITY, &not_done(), why)
    }

    /// A refusal with every reason.
    pub(crate) fn refused(findings: &[Finding]) -> Self {
        let message = Text::new(
            "没有记录任何东西。原因逐条列在 findings 中。",
            "Nothing was recorded. Every reason is listed in findings.",
        );
        let mut failure = Failure::saying(StatusCode::UNPROCESSABLE_ENTITY, &not_done(), &message);
        failure.1.findings = findings.iter().map(FindingAnswer::of).collect();
        failure
    }

    /// The same failure under another status.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.1.status = status.as_u16();
        Failure(status, self.1)
    }

    /// The same failure, which time will mend.
    pub(crate) fn until(mut self, retry_after_s: Option<u64>) -> Self {
        self.1.retry_after_s = retry_after_s;
        self
    }

    fn at(mut self, detail: String) -> Self {
        self.1.detail = Some(detail);
        self
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))];
        let retry = self.1.retry_after_s.map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
        (self.0, kind, retry, Json(self.1)).into_response()
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let (status, title, message) = trouble.told();
        if let Trouble::SignIn(_) = trouble {
            let title = Text::new("需要登录", "Sign in first");
            let message = Text::new(
                "没有有效的令牌。请先在 /api/v1/session 登录，并随每个请求送上令牌。",
                "There is no valid token. Sign in at /api/v1/session and send the token with every request.",
            );
            return Failure::saying(StatusCode::UNAUTHORIZED, &title, &message);
        }
        Failure::saying(status, &title, &message).until(trouble.retry_after())
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
            app::act::ActError::Refused(refusal) => Failure::refused(&refusal.findings),
        }
    }
}

fn not_done() -> Text {
    Text::new("没有办成", "Not done")
}

/// The JSON body of a request. What cannot be read is told with its place.
pub(crate) struct Given<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Given<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(given)) => Ok(Given(given)),
            Err(rejection) => Err(unreadable(&rejection)),
        }
    }
}

fn unreadable(rejection: &JsonRejection) -> Failure {
    let title = Text::new("请求内容无法读取", "The request cannot be read");
    let message = Text::new(
        "没有记录任何东西。请求应为 JSON（content-type: application/json），字段见 /api/v1/openapi.json；出错的位置见 detail。",
        "Nothing was recorded. The body is JSON (content-type: application/json) with the fields of \
         /api/v1/openapi.json; detail says where it is wrong.",
    );
    // Serde's own words follow after the place; the framework's preface says nothing more.
    let said = rejection.body_text();
    let detail = said.split_once(": ").map_or(said.clone(), |(_, detail)| detail.to_owned());
    Failure::saying(rejection.status(), &title, &message).at(detail)
}

/// Refusals that no use case has seen (a path that is no number, an unknown method, a body too large)
/// come from the framework as bare text; they are told like every other.
pub(crate) async fn told_as_problem(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_told = kind.is_some_and(|kind| kind.starts_with(MEDIA_TYPE) || kind.starts_with("text/html"));
    if !(status.is_client_error() || status.is_server_error()) || is_told {
        return response;
    }
    let title = Text::new("请求没有被接受", "The request was not accepted");
    let message = match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Text::new("内容过大（上限 32 MB）。", "Too large: the limit is 32 MB.")
        }
        StatusCode::METHOD_NOT_ALLOWED => Text::new(
            "这个网址不接受此种方法，可用的方法见 /api/v1/openapi.json。",
            "This way does not take that method; /api/v1/openapi.json lists those it takes.",
        ),
        _ => Text::new(
            "没有记录任何东西。网址、参数或内容不合要求，见 detail 和 /api/v1/openapi.json。",
            "Nothing was recorded. The path, its values or the body do not fit; see detail and \
             /api/v1/openapi.json.",
        ),
    };
    let (parts, body) = response.into_parts();
    let detail = axum::body::to_bytes(body, LONGEST_DETAIL).await.unwrap_or_default();
    let detail = String::from_utf8_lossy(&detail).into_owned();
    let mut failure = Failure::saying(status, &title, &message);
    if !detail.is_empty() {
        failure = failure.at(detail);
    }
    let mut told: Response<Body> = failure.into_response();
    // What says which methods there are stays.
    if let Some(allow) = parts.headers.get(header::ALLOW) {
        told.headers_mut().insert(header::ALLOW, allow.clone());
    }
    told
}
