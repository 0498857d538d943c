//! What every page stands on: the open store, the clock, and a thread to wait on the database, so that
//! no page holds up another.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use app::clock::{Clock, Demonstration, System};
use app::roster::Preview;
use app::{KeyFile, Store};
use axum::response::{IntoResponse, Response};
use domain::dates::Moment;
use domain::ids::{AccountId, UnitId};

use crate::drafts::Drafts;
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
    /// Previews of rosters that wait to be confirmed.
    previews: Mutex<Previews>,
    /// Drafts of plans under way.
    drafts: Drafts,
}

/// Few and short-lived: the latest of them, each for whoever asked for it.
#[derive(Default)]
struct Previews {
    last: u64,
    kept: VecDeque<(u64, AccountId, UnitId, Preview)>,
}

/// Previews that may wait at the same time.
const MOST_PREVIEWS: usize = 8;

impl Site {
    /// A site with its keys and the clock it lives by. `is_secure` says that it is reached by https
    /// only, so that cookies may insist on it.
    #[must_use]
    pub fn new(store: Store, keys: KeyFile, clock: Box<dyn Clock>, is_secure: bool) -> Self {
        Site(Arc::new(Parts {
            store,
            keys,
            clock,
            demonstration: None,
            is_secure,
            previews: Mutex::default(),
            drafts: Drafts::default(),
        }))
    }

    /// A demonstration: every page says that everything is invented, and its day can be moved on.
    #[must_use]
    pub fn demonstration(store: Store, keys: KeyFile, clock: Arc<Demonstration>) -> Self {
        let demonstration = Some(Arc::clone(&clock));
        let previews = Mutex::default();
        Site(Arc::new(Parts {
            store,
            keys,
            clock: Box::new(clock),
            demonstration,
            is_secure: false,
            previews,
            drafts: Drafts::default(),
        }))
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

    /// The moment by which sessions are kept: the machine's own, because moving the day of a
    /// demonstration on is no reason to sign everybody out.
    pub(crate) fn wall(&self) -> Moment {
        System.now()
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

    /// Drafts of plans under way.
    pub(crate) fn drafts(&self) -> &Drafts {
        &self.0.drafts
    }

    /// Keeps a preview until it is confirmed; returns the number under which it waits.
    pub(crate) fn keep_preview(
        &self,
        account: AccountId,
        unit: UnitId,
        preview: Preview,
    ) -> Result<u64, Trouble> {
        let mut previews = self.0.previews.lock().map_err(|_| Trouble::Broken)?;
        previews.last += 1;
        let number = previews.last;
        previews.kept.push_back((number, account, unit, preview));
        if previews.kept.len() > MOST_PREVIEWS {
            previews.kept.pop_front();
        }
        Ok(number)
    }

    /// The preview that waits under a number, for whoever asked for it. It goes on waiting, so that
    /// pressing twice gets the first answer again.
    pub(crate) fn kept_preview(
        &self,
        account: AccountId,
        unit: UnitId,
        number: u64,
    ) -> Result<Option<Preview>, Trouble> {
        let previews = self.0.previews.lock().map_err(|_| Trouble::Broken)?;
        let found = previews.kept.iter().find(|(id, by, of, _)| (*id, *by, *of) == (number, account, unit));
        Ok(found.map(|(.., preview)| preview.clone()))
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
