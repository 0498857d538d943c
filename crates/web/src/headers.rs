//! What every answer carries: nothing may be framed, guessed, run from elsewhere, or kept by a shared
//! machine. Inline style attributes are the one thing allowed, for the places of marks in drawings.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

const POLICY: &str = "default-src 'none'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The pages on which an examination is sat run the one script of the site, which saves the answers.
const EXAM_POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; \
     style-src-attr 'unsafe-inline'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Puts the headers on an answer.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let is_asset = request.uri().path().starts_with("/assets/");
    let policy = if request.uri().path().starts_with("/exams/") { EXAM_POLICY } else { POLICY };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, policy);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    set(header::CACHE_CONTROL, if is_asset { "public, max-age=3600" } else { "no-store" });
    response
}

/// Refuses a form that another site sent: browsers say where a request comes from, and a browser
/// too old to say so is held by the token in the form.
pub(crate) async fn own_site(request: Request, next: Next) -> Response {
    use axum::response::IntoResponse;
    let from = request.headers().get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let is_reading = request.method().is_safe();
    if !is_reading && from.is_some_and(|from| from != "same-origin" && from != "none") {
        return axum::http::StatusCode::FORBIDDEN.into_response();
    }
    next.run(request).await
}
