//! A draft of the next round: counted, solved, and computed again by the checker. Nothing of it is
//! recorded before it is proposed; one that is stopped half-way leaves nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::ids::{PlanId, UnitId};
use domain::plan::{Allotted, Cells, Proposal, Settled, settings};
use domain::text::Text;
use domain::unit::Unit;
use jiff::civil::Date;
use planner::plan::Plan;
use sha2::{Digest as _, Sha256};

use super::counting::{self, Counted};
use super::question;
use crate::planning::{self, Stage};
use crate::store::{Store, StoreError, plans};

/// Where a draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// People who are ready are counted, file by file.
    Counting,
    /// Places are allotted: what the search does just now.
    Solving(Stage),
    /// The certificate is computed again.
    Checking,
}

impl Phase {
    /// What the search does just now, in words; nothing outside of it.
    #[must_use]
    pub fn stage(self) -> Option<Text> {
        match self {
            Phase::Solving(stage) => Some(planning::words_of_stage(stage)),
            Phase::Counting | Phase::Checking => None,
        }
    }

    /// The word used as a key of translations.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Counting => "counting",
            Phase::Solving(_) => "solving",
            Phase::Checking => "checking",
        }
    }
}

/// Hears how far a draft is, and can stop it.
pub struct Watch<'a> {
    /// The phase, and how many of how many are done in it.
    pub progress: &'a (dyn Fn(Phase, usize, usize) + Sync),
    /// Set to stop.
    pub cancel: &'a AtomicBool,
}

impl Watch<'_> {
    pub(super) fn at(&self, phase: Phase, n_done: usize, n: usize) -> Result<(), DraftError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(DraftError::Stopped);
        }
        (self.progress)(phase, n_done, n);
        Ok(())
    }
}

/// Why there is no draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// It was stopped.
    #[error("已停止，没有留下任何内容 / stopped; nothing is left of it")]
    Stopped,
    /// What was counted is no question that can be put.
    #[error(transparent)]
    Malformed(#[from] planning::Unreadable),
    /// The store cannot.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A solved proposal that nobody made yet.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The plan.
    pub plan: PlanId,
    /// The round that it would be.
    pub round: i64,
    /// Its numbers and files.
    pub proposal: Proposal,
    /// The plan in plain words, with names.
    pub words: Vec<Text>,
    /// What the checker finds wrong, if anything.
    pub faults: Vec<Text>,
}

impl Store {
    /// Counts, solves and checks the next round of a plan.
    ///
    /// # Errors
    /// It was stopped, what was counted cannot be asked, or the record cannot be read.
    pub fn draft_round(
        &self,
        id: PlanId,
        settled: Vec<Settled>,
        today: Date,
        watch: &Watch<'_>,
    ) -> Result<Draft, DraftError> {
        let plan = self.read(|connection| plans::plan(connection, id)?.ok_or(StoreError::Missing))?;
        let counted = counting::count(self, &plan, today, watch)?;
        watch.at(Phase::Solving(Stage::Sample), 0, 0)?;
        let instance = question::write(&plan, &counted, &settled)?;
        let tell = |stage, n_done| (watch.progress)(Phase::Solving(stage), n_done, 0);
        let search = planning::Watch { stop: watch.cancel, tell: &tell };
        let answer =
            planning::allocate_watched(&instance, 0, None, 0, &search)?.ok_or(DraftError::Stopped)?;
        watch.at(Phase::Checking, 0, 1)?;
        let faults = planning::check(&instance, &answer.plan)?;
        watch.at(Phase::Checking, 1, 1)?;
        let certificate = answer.plan.to_bytes();
        let (shares, cells) = shares(&counted, &answer.plan);
        let n_faults = faults.len();
        let proposal = Proposal {
            shares,
            parents: counting::parents(&counted.units, plan.unit),
            cells,
            settled,
            is_solved: answer.is_solved,
            n_faults,
            instance: sealed(instance)?,
            certificate: sealed(certificate)?,
        };
        Ok(Draft {
            plan: id,
            round: plan.round + 1,
            proposal,
            words: answer.words.into_iter().map(|words| with_names(words, &counted.units)).collect(),
            faults: faults.into_iter().map(|fault| fault.what).collect(),
        })
    }
}

/// A file with its digest.
fn sealed(bytes: Vec<u8>) -> Result<(String, String), StoreError> {
    let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let text = String::from_utf8(bytes).map_err(|error| StoreError::Unfit(error.to_string()))?;
    Ok((digest, text))
}

/// Every unit's number, and everyone by cell.
fn shares(counted: &Counted, plan: &Plan) -> (Vec<Allotted>, Cells) {
    let mut numbers: BTreeMap<&str, i64> = BTreeMap::new();
    let mut cells = Cells::new();
    for leaf in plan.leaves.iter().flatten() {
        numbers.insert(&leaf.unit, leaf.total);
        for (cell, n) in &leaf.cells {
            *cells.entry(cell.clone()).or_default() += n;
        }
    }
    numbers.extend(plan.inner.iter().flatten().map(|inner| (inner.unit.as_str(), inner.total)));
    let stock = counted.sums(|branch| branch.n_stock);
    let ready = counted.sums(|branch| branch.ready.values().sum());
    let asked = counted.sums(|branch| branch.n_asked);
    let share = |unit: &Unit| Allotted {
        unit: unit.id,
        n_stock: stock[&unit.id],
        n_ready: ready[&unit.id],
        n_asked: asked[&unit.id],
        n: numbers.get(unit.id.to_string().as_str()).copied().unwrap_or(0),
    };
    (counted.units.iter().map(share).collect(), cells)
}

/// The planner speaks of units and rows by their ids in the file; people know them by name.
fn with_names(words: Text, units: &[Unit]) -> Text {
    let name = |id: &str| {
        let unit = id.parse().ok().and_then(|id| units.iter().find(|unit| unit.id == UnitId(id)));
        let attribute = settings().attribute(id).map(|attribute| attribute.name.clone());
        let tag = || settings().tags.iter().find(|tag| tag.id == id).map(|tag| tag.name.clone());
        unit.map(|unit| unit.name.clone()).or(attribute).or_else(tag)
    };
    let replaced = |text: &str, side: fn(&Text) -> &str| {
        let mut parts = text.split('“');
        let mut told = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (id, rest) = part.split_once('”').unwrap_or((part, ""));
            let shown = name(id).map_or_else(|| id.to_owned(), |name| side(&name).to_owned());
            told.push_str(&format!("“{shown}”{rest}"));
        }
        told
    };
    Text::new(replaced(&words.zh, |text| &text.zh), replaced(&words.en, |text| &text.en))
}
