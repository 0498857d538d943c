//! Batches of papers under way: one for each account, on a thread of its own, with how far it is and a
//! way to stop it. What was issued before a stop stays issued and is in the archive.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use app::papers::{Batch, Wanted, Watch};
use app::{Actor, CommandId};
use domain::ids::{AccountId, CaseId, UnitId};

use crate::site::Site;
use crate::trouble::Trouble;

/// Batches by account.
#[derive(Default)]
pub(crate) struct Printing(Mutex<HashMap<AccountId, Arc<Job>>>);

/// One batch.
pub(crate) struct Job {
    /// Where it was begun.
    pub(crate) unit: UnitId,
    /// What is printed.
    pub(crate) wanted: Wanted,
    n: usize,
    n_done: AtomicUsize,
    cancel: AtomicBool,
    outcome: Mutex<Option<Arc<Option<Batch>>>>,
}

/// What is to be printed for whom.
pub(crate) struct Order {
    pub(crate) actor: Actor,
    pub(crate) unit: UnitId,
    pub(crate) files: Vec<CaseId>,
    pub(crate) wanted: Wanted,
    pub(crate) command: CommandId,
}

impl Job {
    /// How many of how many are done.
    pub(crate) fn progress(&self) -> (usize, usize) {
        (self.n_done.load(Ordering::Relaxed), self.n)
    }

    /// What became of it, once it is over; none inside when the store failed.
    pub(crate) fn outcome(&self) -> Option<Arc<Option<Batch>>> {
        self.outcome.lock().map_or(None, |outcome| outcome.clone())
    }

    /// Stops it before the next paper.
    pub(crate) fn stop(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

impl Printing {
    /// Begins a batch; an earlier one of the same account is stopped and forgotten.
    pub(crate) fn begin(&self, site: &Site, by: AccountId, order: Order) -> Result<(), Trouble> {
        let job = Arc::new(Job {
            unit: order.unit,
            wanted: order.wanted,
            n: order.files.len(),
            n_done: AtomicUsize::new(0),
            cancel: AtomicBool::new(false),
            outcome: Mutex::new(None),
        });
        let before = self.0.lock().map_err(|_| Trouble::Broken)?.insert(by, Arc::clone(&job));
        if let Some(before) = before {
            before.stop();
        }
        let (site, now) = (site.clone(), site.now());
        let work = move || {
            let progress = |n_done, _| job.n_done.store(n_done, Ordering::Relaxed);
            let watch = Watch { progress: &progress, cancel: &job.cancel };
            let Order { actor, files, wanted, command, .. } = order;
            let batch = site.store().issue_batch(site.press(), actor, now, command, (&files, wanted), &watch);
            let batch = batch.inspect_err(|error| tracing::error!(%error, "a batch of papers failed")).ok();
            if let Ok(mut kept) = job.outcome.lock() {
                *kept = Some(Arc::new(batch));
            }
        };
        let begun = std::thread::Builder::new().name("printing".to_owned()).spawn(work);
        begun.map(drop).map_err(|error| {
            tracing::error!(%error, "a batch of papers could not begin");
            Trouble::Broken
        })
    }

    /// The batch of an account.
    pub(crate) fn of(&self, by: AccountId) -> Option<Arc<Job>> {
        self.0.lock().ok()?.get(&by).cloned()
    }
}
