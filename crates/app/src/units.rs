//! Reading the tree: a unit, what is below it, who held its posts, and who is counted there.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use domain::case::Recorded;
use domain::event::Event;
use domain::ids::{PersonId, UnitId};
use domain::person::{Sex, Stage};
use domain::tree::{Group, Held};
use domain::unit::{PostKind, Unit};
use jiff::civil::Date;

use crate::store::lately::Pulse;
use crate::store::{Reader, Store, StoreError, offices, people, reading, units};

mod outline;

pub use outline::Outlined;

/// The people of a unit and everything below it, by the figures that the counters hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Composition {
    /// People by stage.
    pub stages: BTreeMap<Stage, i64>,
    /// Members by year of birth and sex.
    pub births: BTreeMap<(i64, Sex), i64>,
    /// Members with senior high school and above.
    pub n_educated: i64,
}

impl Composition {
    /// Probationary and full members.
    #[must_use]
    pub fn n_members(&self) -> i64 {
        self.stages.iter().filter(|(stage, _)| stage.is_member()).map(|(_, n)| n).sum()
    }

    /// Applicants, activists and development targets.
    #[must_use]
    pub fn n_candidates(&self) -> i64 {
        let candidates = [Stage::Applicant, Stage::Activist, Stage::Target];
        candidates.iter().filter_map(|stage| self.stages.get(stage)).sum()
    }

    fn of(counts: &[(people::Cell, i64)]) -> Result<Self, StoreError> {
        let mut composition = Composition::default();
        for (cell, n) in counts {
            let unknown = || StoreError::Damaged(format!("cell {} has an unknown code", cell.0));
            let stage = cell.stage().ok_or_else(unknown)?;
            *composition.stages.entry(stage).or_default() += n;
            if stage.is_member() {
                let sex = cell.sex().ok_or_else(unknown)?;
                *composition.births.entry((cell.born(), sex)).or_default() += n;
                if cell.education().ok_or_else(unknown)?.is_senior_high_or_above() {
                    composition.n_educated += n;
                }
            }
        }
        Ok(composition)
    }

    /// Members of one sex.
    #[must_use]
    pub fn n_of(&self, sex: Sex) -> i64 {
        self.births.iter().filter(|((_, known), _)| *known == sex).map(|(_, n)| n).sum()
    }
}

impl Store {
    /// A unit by its id.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub fn unit(&self, id: UnitId) -> Result<Unit, StoreError> {
        self.read(|connection| units::unit(connection, id)?.ok_or(StoreError::Missing))
    }

    /// The open unit with an office's code.
    ///
    /// # Errors
    /// The database fails.
    pub fn unit_with_code(&self, code: &str) -> Result<Option<UnitId>, StoreError> {
        self.read(|connection| units::with_code(connection, code))
    }

    /// Units directly below another; the top of the tree when none is named.
    ///
    /// # Errors
    /// The database fails.
    pub fn units_below(&self, parent: Option<UnitId>) -> Result<Vec<Unit>, StoreError> {
        self.read(|connection| units::children(connection, parent))
    }

    /// A unit and everything below it, each unit before those below it.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub fn subtree(&self, top: UnitId) -> Result<Vec<Unit>, StoreError> {
        self.read(|connection| {
            let top = units::unit(connection, top)?.ok_or(StoreError::Missing)?;
            units::subtree(connection, &top)
        })
    }

    /// Who held a kind of post in a unit on a day.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn holders(&self, unit: UnitId, kind: PostKind, day: Date) -> Result<Vec<PersonId>, StoreError> {
        self.read(|connection| {
            let unit = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            units::holders(connection, &unit, kind, day)
        })
    }

    /// The posts of a unit that were held on a day, by office.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn posts(&self, unit: UnitId, day: Date) -> Result<Vec<Held>, StoreError> {
        Ok(self.terms(unit)?.into_iter().filter(|post| post.is_held_on(day)).collect())
    }

    /// Every post of a unit, past and present, by office and first day.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn terms(&self, unit: UnitId) -> Result<Vec<Held>, StoreError> {
        self.read(|connection| {
            let unit = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            offices::posts(connection, &unit)
        })
    }

    /// The Party groups of a branch.
    ///
    /// # Errors
    /// The database fails.
    pub fn groups(&self, unit: UnitId) -> Result<Vec<Group>, StoreError> {
        self.read(|connection| offices::groups(connection, unit))
    }

    /// What was recorded about a unit itself, its posts and groups, the latest first; with what other
    /// units gave it in a merger or a split. What is about persons is left out.
    ///
    /// # Errors
    /// There is no such unit, or the record cannot be read.
    pub fn unit_history(&self, unit: UnitId) -> Result<Vec<Recorded>, StoreError> {
        self.read_open(|reader| {
            units::unit(&mut reader.connection, unit)?.ok_or(StoreError::Missing)?;
            history(reader, unit)
        })
    }

    /// Who is counted in a unit and below it.
    ///
    /// # Errors
    /// There is no such unit, the database fails, or a counter has an unknown code.
    pub fn composition(&self, unit: UnitId) -> Result<Arc<Composition>, StoreError> {
        let (size, top) = self.read(|connection| {
            Ok((reading::size(connection)?, units::unit(connection, unit)?.ok_or(StoreError::Missing)?))
        })?;
        // Only what nobody recorded in could have changed is taken from memory.
        if let Some(known) = self.figures.known(&self.pulse, size, unit) {
            return Ok(known);
        }
        let counts = self.read(|connection| people::counts(connection, &top))?;
        let composition = Arc::new(Composition::of(&counts)?);
        self.figures.keep(size, unit, &composition);
        Ok(composition)
    }
}

/// Figures of units that were asked for lately, each with the size of the log at the time.
#[derive(Default)]
pub(crate) struct Figures(Mutex<HashMap<UnitId, (i64, Arc<Composition>)>>);

/// Most units whose figures are kept.
const MOST_FIGURES: usize = 2_000;

impl Figures {
    /// The figures of a unit, if no roster changed since they were counted.
    fn known(&self, pulse: &Pulse, size: i64, unit: UnitId) -> Option<Arc<Composition>> {
        let figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, known) = figures.get(&unit)?;
        (*at == size || pulse.rosters_stood_still(*at, size)).then(|| Arc::clone(known))
    }

    fn keep(&self, size: i64, unit: UnitId, composition: &Arc<Composition>) {
        let mut figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if figures.len() >= MOST_FIGURES {
            figures.clear();
        }
        figures.insert(unit, (size, Arc::clone(composition)));
    }
}

fn history(reader: &mut Reader, unit: UnitId) -> Result<Vec<Recorded>, StoreError> {
    let sql = format!(
        "SELECT {} FROM event WHERE person_id IS NULL AND (unit_id = $1 AND (kind LIKE 'unit.%'
         OR kind LIKE 'post.%' OR kind LIKE 'group.%' OR kind = 'roster.imported')
         OR kind IN ('unit.merged', 'unit.split')) ORDER BY seq DESC",
        reading::COLUMNS
    );
    let mut found = Vec::new();
    for row in reader.connection.query(&sql, &[unit.0.into()])? {
        let recorded = reading::recorded(&row, &mut reader.keys)?;
        if recorded.fact.unit == unit || receiver(&recorded.fact.event) == Some(unit) {
            found.push(recorded);
        }
    }
    Ok(found)
}

/// The unit that an event about another one gives something to.
#[expect(clippy::wildcard_enum_match_arm, reason = "only mergers and splits give something away")]
fn receiver(event: &Event) -> Option<UnitId> {
    match event {
        Event::UnitMerged(merged) => Some(merged.into),
        Event::UnitSplit(split) => Some(split.into),
        _ => None,
    }
}
