//! What every page stands on: the open store, the clock, and a thread to wait on the database, so that
//! no page holds up another.

use std::sync::Arc;

use app::clock::{Clock, Demonstration};
use app::{KeyFile, Store};
use axum::response::{IntoResponse, Response};
use domain::dates::Moment;

use crate::trouble::Trouble;

/// An open site.
#[derive(Clone)]
pub struct Site(Arc<Parts>);

struct Parts {
    store: Store,
    keys: KeyFile,
    clock: Box<dyn Clock>,
    /// The clock once more, where the day may be moved on: everything is invented then.
    demonstration: Option<Arc<Demonstration>>,
    is_secure: bool,
}

impl Site {
    /// A site with its keys and the clock it lives by. `is_secure` says that it is reached by https
    /// only, so that cookies may insist on it.
    #[must_use]
    pub fn new(store: Store, keys: KeyFile, clock: Box<dyn Clock>, is_secure: bool) -> Self {
        Site(Arc::new(Parts { store, keys, clock, demonstration: None, is_secure }))
    }

    /// A demonstration: every page says that everything is invented, and its day can be moved on.
    #[must_use]
    pub fn demonstration(store: Store, keys: KeyFile, clock: Arc<Demonstration>) -> Self {
        let demonstration = Some(Arc::clone(&clock));
        Site(Arc::new(Parts { store, keys, clock: Box::new(clock), demonstration, is_secure: false }))
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Where its keys are.
    #[must_use]
    pub fn keys(&self) -> &KeyFile {
        &self.0.keys
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// Whether everything here is invented.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.0.demonstration.is_some()
    }

    /// The clock of a demonstration.
    #[must_use]
    pub(crate) fn demonstration_clock(&self) -> Option<&Demonstration> {
        self.0.demonstration.as_deref()
    }

    /// Whether it is reached by https only.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.is_secure
    }

    /// Does the work of a page on a thread that may wait.
    pub(crate) async fn work<R: IntoResponse>(
        &self,
        work: impl FnOnce(&Site) -> Result<R, Trouble> + Send + 'static,
    ) -> Response {
        let site = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&site).map(IntoResponse::into_response)).await;
        match done {
            Ok(Ok(response)) => response,
            Ok(Err(trouble)) => trouble.into_response(),
            Err(error) => {
                tracing::error!(%error, "a page broke");
                Trouble::Broken.into_response()
            }
        }
    }
}
