//! Drafts of plans under way: one for each plan, on a thread of its own, with what it is doing now and
//! a way to stop it. A draft that is stopped, replaced or never proposed leaves nothing behind.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use app::plans::{Draft, DraftError, Phase, Watch};
use domain::ids::{AccountId, PlanId};
use domain::plan::Settled;

use crate::site::Site;
use crate::trouble::Trouble;

/// Drafts by plan.
#[derive(Default)]
pub(crate) struct Drafts(Mutex<HashMap<PlanId, Arc<Job>>>);

/// One draft.
pub(crate) struct Job {
    by: AccountId,
    progress: Mutex<(Phase, usize, usize)>,
    cancel: AtomicBool,
    outcome: Mutex<Option<Arc<Outcome>>>,
    /// What was settled by hand, to show it again.
    pub(crate) settled: Vec<Settled>,
}

/// What became of a draft.
pub(crate) type Outcome = Result<Draft, DraftError>;

impl Job {
    /// The phase, and how many of how many are done in it.
    pub(crate) fn progress(&self) -> (Phase, usize, usize) {
        self.progress.lock().map_or((Phase::Counting, 0, 0), |progress| *progress)
    }

    /// What became of it, once it is over.
    pub(crate) fn outcome(&self) -> Option<Arc<Outcome>> {
        self.outcome.lock().map_or(None, |outcome| outcome.clone())
    }
}

impl Drafts {
    /// Begins a draft; one of the same plan that is under way is stopped.
    pub(crate) fn begin(
        &self,
        site: &Site,
        by: AccountId,
        plan: PlanId,
        settled: Vec<Settled>,
    ) -> Result<(), Trouble> {
        let job = Arc::new(Job {
            by,
            progress: Mutex::new((Phase::Counting, 0, 0)),
            cancel: AtomicBool::new(false),
            outcome: Mutex::new(None),
            settled,
        });
        let before = self.0.lock().map_err(|_| Trouble::Broken)?.insert(plan, Arc::clone(&job));
        if let Some(before) = before {
            before.cancel.store(true, Ordering::Relaxed);
        }
        let (site, today) = (site.clone(), site.now().today);
        let work = move || {
            let progress = |phase, n_done, n| {
                if let Ok(mut at) = job.progress.lock() {
                    *at = (phase, n_done, n);
                }
            };
            let watch = Watch { progress: &progress, cancel: &job.cancel };
            let outcome = site.store().draft_round(plan, job.settled.clone(), today, &watch);
            if let Ok(mut kept) = job.outcome.lock() {
                *kept = Some(Arc::new(outcome));
            }
        };
        let begun = std::thread::Builder::new().name("draft".to_owned()).spawn(work);
        begun.map(drop).map_err(|error| {
            tracing::error!(%error, "a draft could not begin");
            Trouble::Broken
        })
    }

    /// The draft of a plan, for whoever began it.
    pub(crate) fn of(&self, by: AccountId, plan: PlanId) -> Option<Arc<Job>> {
        let jobs = self.0.lock().ok()?;
        jobs.get(&plan).filter(|job| job.by == by).cloned()
    }

    /// Stops the draft of a plan and forgets it.
    pub(crate) fn stop(&self, by: AccountId, plan: PlanId) {
        if let Some(job) = self.of(by, plan) {
            job.cancel.store(true, Ordering::Relaxed);
            if let Ok(mut jobs) = self.0.lock() {
                jobs.remove(&plan);
            }
        }
    }
}
