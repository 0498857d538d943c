//! How a search is watched and stopped. The search asks at every step whether it should go on; a
//! stopped search leaves nothing behind.

use std::sync::atomic::{AtomicBool, Ordering};

/// What a search is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Raising the bound on a part of the city.
    Sample,
    /// Raising the bound.
    Bound,
    /// Drawing a plan near the bound.
    Ties,
    /// Mending the plan by exchanges.
    Exchanges,
    /// Ruling out what lies between the bound and the plan.
    Proof,
}

/// A search was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("已停止，没有留下任何文件 / stopped; nothing was left behind")]
pub struct Stopped;

/// A search as it is watched from outside.
pub struct Watch<'a> {
    /// Set by whoever wants the search to stop.
    pub stop: &'a AtomicBool,
    /// Told the stage and how many steps of it are done.
    pub tell: &'a (dyn Fn(Stage, usize) + Sync),
}

impl Watch<'_> {
    pub(crate) fn report(&self, stage: Stage, n_done: usize) -> Result<(), Stopped> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Stopped);
        }
        (self.tell)(stage, n_done);
        Ok(())
    }
}
