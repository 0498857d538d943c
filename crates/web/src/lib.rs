//! Pages and the REST API. Every door calls the use cases of `app`; nothing here decides a rule, opens a
//! database or reads a clock.

mod api;
pub mod chart;
mod drafts;
mod files;
mod forms;
mod frame;
mod headers;
mod judging;
mod limits;
mod pages;
mod printing;
mod sight;
mod site;
mod supervising;
mod trouble;
mod upload;
mod verdict;
mod visitor;
mod words;

use axum::Router;
use axum::http::header;
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::get;

pub use site::{Reached, Site};
pub use trouble::Trouble;

/// Every way into a site.
pub fn router(site: Site) -> Router {
    Router::new()
        .merge(pages::router())
        .merge(api::router())
        .route("/assets/style.css", get(style))
        .route("/assets/mark.svg", get(mark))
        .route("/assets/exam.js", get(exam_script))
        .fallback(async || Trouble::Missing)
        .layer(middleware::from_fn(headers::own_site))
        .layer(middleware::from_fn(headers::guard))
        // The limit below holds for every body; the router's own smaller one would stop an upload first.
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(tower_http::limit::RequestBodyLimitLayer::new(32 * 1024 * 1024))
        .layer(tower_http::compression::CompressionLayer::new())
        .layer(tower_http::catch_panic::CatchPanicLayer::new())
        .with_state(site)
}

/// Serves a site until `until` is done; what was begun is finished first.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: tokio::net::TcpListener,
    site: Site,
    until: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(site).into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(until).await
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../assets/style.css"))
}

/// The one script: it saves the answers of an examination while they are written.
async fn exam_script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("../assets/exam.js"))
}

async fn mark() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml")], include_str!("../assets/mark.svg"))
}
