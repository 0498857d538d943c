//! The question: `miaopu-allocation/1`, read strictly. Every malformed file is refused with the
//! unit, row or field and a remedy; a file that is well formed but contradictory is accepted here
//! and explained by `explain`. Nothing is searched in this file.

use std::collections::BTreeMap;

use domain::text::Text;
use sha2::{Digest, Sha256};

pub(crate) mod raw;
mod units;
mod validate;

pub(crate) use raw::{Object, object};
pub use units::{Leaf, Numbers, Part, Unit, Units};

/// One point of cost in micro-points, the unit of every cost in this crate.
pub const POINT: i128 = 1_000_000;

/// Largest count that a file may hold.
pub const MOST: i64 = 1_000_000_000;

/// A well-formed instance, its units in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Lower-case hexadecimal SHA-256 of the file's bytes.
    pub sha256: String,
    /// Title, for people.
    pub title: String,
    /// Year, for people.
    pub year: Option<i64>,
    /// How many admissions are meant.
    pub target: Target,
    /// Points of cost.
    pub weights: Weights,
    /// Statistical cells.
    pub cells: Vec<Cell>,
    /// Structure rows.
    pub rows: Vec<Row>,
    /// The tree.
    pub units: Units,
    /// Position of the root in `units`.
    pub root: usize,
}

/// How many admissions are meant, and what a missing one costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Persons.
    pub intake: i64,
    /// Allowed difference in thousandths of `intake`; a hard bound.
    pub tolerance_permille: i64,
    /// Points for each person of difference.
    pub weight: i64,
}

/// Points of cost for one person of difference; fairness is scaled by the fair share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    /// Below the request.
    pub short: i64,
    /// Above the request.
    pub over: i64,
    /// Away from the fair share, at a leaf.
    pub fair: i64,
    /// Away from the former number.
    pub smooth: i64,
    /// Once, for a dormant leaf that still gets nobody.
    pub dormant: i64,
    /// Away from the fair share, at an inner unit.
    pub node_fair: i64,
    /// Below the request of a cell.
    pub cell_short: i64,
    /// Above the request of a cell.
    pub cell_over: i64,
}

/// A statistical cell: persons inside one are equal to the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Name in the file.
    pub id: String,
    /// Attributes that its persons carry, sorted.
    pub attributes: Vec<String>,
}

/// A structure row: soft, priced by the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Name in the file.
    pub id: String,
    /// What is compared.
    pub kind: RowKind,
    /// Whom it counts.
    pub counts: Counted,
    /// Points for each person missing.
    pub penalty: i64,
}

/// What a row compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// `den * count - num * total`, less 1 when strict.
    Share {
        /// Numerator of the share.
        num: i64,
        /// Denominator of the share; divides a point.
        den: i64,
        /// More than, rather than at least.
        is_strict: bool,
    },
    /// `count - at_least`.
    Growth {
        /// The least number of persons.
        at_least: i64,
    },
}

/// Whom a row counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// Persons of the cells that carry this attribute.
    Attribute(String),
    /// Persons of the leaves that carry this tag.
    Tag(String),
}

/// Why a file was refused: place, and what to do, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {} / {}", what.zh, what.en)]
pub struct Malformed {
    /// Unit, row, cell or field.
    pub place: String,
    /// What is wrong and what to do about it.
    pub what: Text,
}

impl Malformed {
    pub(crate) fn new(place: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Malformed { place: place.into(), what: Text::new(zh, en) }
    }
}

impl Instance {
    /// Reads a file.
    ///
    /// # Errors
    /// The first thing that makes the file malformed, with its place and a remedy.
    pub fn parse(bytes: &[u8]) -> Result<Instance, Malformed> {
        let file = raw::read(bytes)?;
        let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        validate::instance(file, sha256)
    }

    /// One of the units.
    pub fn unit(&self, position: usize) -> Unit<'_> {
        self.units.get(position)
    }

    /// Positions by unit id.
    pub fn positions(&self) -> BTreeMap<&str, usize> {
        self.units.iter().enumerate().map(|(position, unit)| (unit.id, position)).collect()
    }

    /// The hard band of the intake: tolerance applied to the target, rounded inwards.
    pub fn intake_band(&self) -> (i64, i64) {
        let Target { intake, tolerance_permille, .. } = self.target;
        let low = (i128::from(intake) * i128::from(1000 - tolerance_permille)).div_euclid(1000);
        let is_whole = (i128::from(intake) * i128::from(1000 - tolerance_permille)).rem_euclid(1000) == 0;
        let high = (i128::from(intake) * i128::from(1000 + tolerance_permille)).div_euclid(1000);
        // Invariant: counts are at most 10^9 and the tolerance at most 1000, so both fit.
        (low as i64 + i64::from(!is_whole), high as i64)
    }
}

impl Row {
    /// The greatest multiplier of the row, in micro-points per unit of its residual.
    pub fn greatest_multiplier(&self) -> i128 {
        match self.kind {
            RowKind::Share { den, .. } => i128::from(self.penalty) * POINT / i128::from(den),
            RowKind::Growth { .. } => i128::from(self.penalty) * POINT,
        }
    }

    /// What one person adds to the residual, counted by the row or not.
    pub fn step(&self, is_counted: bool) -> i128 {
        match self.kind {
            RowKind::Share { num, den, .. } => i128::from(if is_counted { den - num } else { -num }),
            RowKind::Growth { .. } => i128::from(is_counted),
        }
    }

    /// The residual of an empty plan.
    pub fn base(&self) -> i128 {
        match self.kind {
            RowKind::Share { is_strict, .. } => -i128::from(is_strict),
            RowKind::Growth { at_least } => -i128::from(at_least),
        }
    }
}
