//! A workplace with everything that is known of it.

use domain::finding::Finding;
use domain::ids::{PersonId, UnitId, WorkplaceId};
use domain::person::Stage;
use domain::workplace::{Charged, Step, Workplace, gaps};
use jiff::civil::Date;

use crate::store::{Store, StoreError, VisitRow, roster, units, workplaces as rows};

/// A workplace and what belongs to it.
#[derive(Debug, Clone)]
pub struct Detail {
    /// What the register says.
    pub workplace: Workplace,
    /// What it is a part of, from the outermost.
    pub above: Vec<Workplace>,
    /// Its open parts.
    pub parts: Vec<Workplace>,
    /// What is missing.
    pub findings: Vec<Finding>,
    /// Who works there itself.
    pub people: Vec<Someone>,
    /// Everybody who was ever charged with it.
    pub charged: Vec<Charged>,
    /// The visits, the latest first.
    pub visits: Vec<VisitRow>,
    /// The rungs as they were reached.
    pub rungs: Vec<(Step, Date)>,
    /// Key posts and members who hold them, by year.
    pub counts: Vec<(i64, i64, i64)>,
    /// The latest admission there.
    pub admitted_on: Option<Date>,
}

/// Somebody who works at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Someone {
    /// Who.
    pub person: PersonId,
    /// The unit on whose roster the person is.
    pub unit: UnitId,
    /// Where the person stands.
    pub stage: Stage,
    /// Since when the person works there.
    pub since_on: Date,
}

impl Store {
    /// A workplace by its number.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub fn workplace(&self, id: WorkplaceId) -> Result<Workplace, StoreError> {
        self.read(|connection| rows::workplace(connection, id)?.ok_or(StoreError::Missing))
    }

    /// The number that the next workplace will get.
    pub(crate) fn next_workplace(&self) -> Result<i64, StoreError> {
        self.read(rows::free)
    }

    /// Some workplaces, in the order asked for.
    ///
    /// # Errors
    /// The database fails.
    pub fn workplaces(&self, ids: &[WorkplaceId]) -> Result<Vec<Workplace>, StoreError> {
        self.read(|connection| rows::some(connection, ids))
    }

    /// Where somebody works, as far as entered.
    ///
    /// # Errors
    /// The database fails.
    pub fn workplace_of(&self, person: PersonId) -> Result<Option<WorkplaceId>, StoreError> {
        self.read(|connection| rows::placed_at(connection, person))
    }

    /// A workplace with everything that is known of it on a day.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub fn workplace_detail(&self, id: WorkplaceId, today: Date) -> Result<Detail, StoreError> {
        self.read(|connection| {
            let workplace = rows::workplace(connection, id)?.ok_or(StoreError::Missing)?;
            let unit = units::unit(connection, workplace.unit)?.ok_or(StoreError::Missing)?;
            let mut above = Vec::new();
            let mut next = workplace.parent;
            while let Some(parent) = next {
                let parent = rows::workplace(connection, parent)?.ok_or(StoreError::Missing)?;
                next = parent.parent;
                above.insert(0, parent);
            }
            // Judged by the same pass as the list, over the one unit that answers for it.
            let seen = rows::seen(connection, (unit.pre, unit.pre))?.into_iter().find(|seen| seen.id == id);
            let findings = seen.iter().flat_map(|seen| gaps(&seen.sight, today));
            let mut people = Vec::new();
            for (person, since_on) in rows::placed(connection, id)? {
                if let Some(row) = roster::row(connection, person)? {
                    people.push(Someone { person, unit: row.unit, stage: row.stage, since_on });
                }
            }
            people.sort_by_key(|someone| std::cmp::Reverse(someone.stage));
            Ok(Detail {
                findings: findings.map(|gap| gap.finding()).collect(),
                admitted_on: seen.as_ref().and_then(|seen| seen.sight.admitted_on),
                above,
                parts: rows::parts(connection, id)?,
                people,
                charged: rows::charged(connection, id)?,
                visits: rows::visits(connection, id)?,
                rungs: rows::rungs(connection, id)?,
                counts: rows::counts(connection, id)?,
                workplace,
            })
        })
    }
}
