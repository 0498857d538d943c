//! A survey of the workplaces below a unit: the matrix of kinds and rungs, both bases of coverage, what is
//! missing where, and what changed since last year. Made in one pass without opening a name, and kept at
//! hand until something is recorded that could change it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use domain::ids::{UnitId, WorkplaceId};
use domain::unit::Unit;
use domain::workplace::{Class, GAPS, Step, Workplace, WorkplaceRule, gaps, is_due_an_organisation};
use jiff::civil::{Date, date};

use crate::store::{Store, StoreError, reading, units, workplaces as rows};

/// What is known of the workplaces below a unit on a day.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// The workplaces, in the order of the tree.
    lines: Vec<Line>,
    /// Rungs reached this year: what stood before, and what stands now.
    pub changed: Vec<Changed>,
    /// Workplaces that were closed this year.
    pub n_closed: i64,
}

#[derive(Debug, Clone)]
struct Line {
    id: WorkplaceId,
    pre: i64,
    class: Class,
    step: Step,
    is_key: bool,
    is_due: bool,
    /// Which of the gaps, a bit for each in the order of the list.
    gaps: u16,
}

/// A workplace that climbed, or fell back, this year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Which.
    pub workplace: WorkplaceId,
    /// The rung on the last day of the year before; none for what came into the register since.
    pub before: Option<Step>,
    /// The rung now.
    pub now: Step,
    /// The day on which it was reached.
    pub on: Date,
}

/// Sums over some workplaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Workplaces by kind and rung; parts are kinds of their own.
    pub cells: BTreeMap<(Class, Step), i64>,
    /// All workplaces that are no parts: the wide base.
    pub n_all: i64,
    /// Of them, those that meet the conditions for an organisation: the narrow base (应建).
    pub n_due: i64,
    /// Of them, those that an organisation covers, alone or with others.
    pub n_organised: i64,
    /// Of the others, those that an instructor or a contact reaches, or where members work.
    pub n_reached: i64,
    /// Parts, and those of them with members.
    pub parts: (i64, i64),
    /// Workplaces with each gap.
    pub gaps: BTreeMap<WorkplaceRule, i64>,
}

impl Tally {
    /// Workplaces of a kind.
    #[must_use]
    pub fn n_of(&self, class: Class) -> i64 {
        Step::ALL.iter().map(|step| self.cells.get(&(class, *step)).copied().unwrap_or(0)).sum()
    }

    /// Workplaces of a kind on one rung.
    #[must_use]
    pub fn n_on(&self, class: Class, step: Step) -> i64 {
        self.cells.get(&(class, step)).copied().unwrap_or(0)
    }

    fn add(&mut self, line: &Line) {
        *self.cells.entry((line.class, line.step)).or_default() += 1;
        if line.class.is_part() {
            self.parts.0 += 1;
            self.parts.1 += i64::from(line.step == Step::Member);
        } else {
            let is_organised = line.step >= Step::Joint;
            self.n_all += 1;
            self.n_due += i64::from(line.is_due);
            self.n_organised += i64::from(is_organised);
            self.n_reached += i64::from(!is_organised && line.step > Step::Blank);
        }
        for (place, rule) in GAPS.into_iter().enumerate() {
            if line.gaps >> place & 1 == 1 {
                *self.gaps.entry(rule).or_default() += 1;
            }
        }
    }
}

/// Which workplaces a list is about; everything that is not said is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// A kind.
    pub class: Option<Class>,
    /// A rung.
    pub step: Option<Step>,
    /// A gap.
    pub gap: Option<WorkplaceRule>,
    /// Only key departments.
    pub is_key: bool,
    /// Only those that meet the conditions for an organisation.
    pub is_due: bool,
    /// A part of the name or the code.
    pub name: String,
}

/// A page of a list.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// The workplaces of the page, with the gaps of each.
    pub rows: Vec<(Workplace, Vec<WorkplaceRule>)>,
    /// Workplaces in all.
    pub n: usize,
}

impl Survey {
    /// Sums over everything.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally_within((i64::MIN, i64::MAX))
    }

    /// Sums over a unit below the surveyed one and everything below it.
    #[must_use]
    pub fn tally_of(&self, unit: &Unit) -> Tally {
        self.tally_within((unit.pre, unit.post))
    }

    fn tally_within(&self, (pre, post): (i64, i64)) -> Tally {
        let mut tally = Tally::default();
        for line in self.lines.iter().filter(|line| (pre..=post).contains(&line.pre)) {
            tally.add(line);
        }
        tally
    }

    fn ids(&self, filter: &Filter, named: Option<&[WorkplaceId]>) -> Vec<(WorkplaceId, u16)> {
        let bit = filter.gap.and_then(|rule| GAPS.iter().position(|known| *known == rule));
        let fits = |line: &&Line| {
            filter.class.is_none_or(|class| line.class == class)
                && filter.step.is_none_or(|step| line.step == step)
                && bit.is_none_or(|place| line.gaps >> place & 1 == 1)
                && (!filter.is_key || line.is_key)
                && (!filter.is_due || line.is_due)
                // The ids of a name come in the order of their numbers.
                && named.is_none_or(|named| named.binary_search(&line.id).is_ok())
        };
        self.lines.iter().filter(fits).map(|line| (line.id, line.gaps)).collect()
    }
}

fn told(gaps: u16) -> Vec<WorkplaceRule> {
    GAPS.into_iter().enumerate().filter(|(place, _)| gaps >> place & 1 == 1).map(|(_, rule)| rule).collect()
}

impl Store {
    /// Everything that is to be known of the workplaces below a unit on a day.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn survey(&self, unit: UnitId, today: Date) -> Result<Arc<Survey>, StoreError> {
        let (size, top) = self.read(|connection| {
            Ok((reading::size(connection)?, units::unit(connection, unit)?.ok_or(StoreError::Missing)?))
        })?;
        let is_fresh = |at: i64| at == size || self.pulse.rosters_stood_still(at, size);
        if let Some(known) = self.surveys.known((unit, today), is_fresh) {
            return Ok(known);
        }
        let survey = Arc::new(self.read(|connection| {
            let range = (top.pre, top.post);
            let seen = rows::seen(connection, range)?;
            let new_year = date(today.year(), 1, 1);
            let climbed = rows::climbed(connection, range, new_year)?;
            let changed = climbed.into_iter().map(|(workplace, before, now, on)| Changed {
                workplace,
                before,
                now,
                on,
            });
            Ok(Survey {
                lines: seen.iter().map(|seen| line(seen, today)).collect(),
                changed: changed.collect(),
                n_closed: rows::n_closed(connection, range, new_year)?,
            })
        })?);
        self.surveys.keep((unit, today), size, &survey);
        Ok(survey)
    }

    /// A page of the workplaces below a unit, in the order of the tree.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn workplaces_below(
        &self,
        (unit, today): (UnitId, Date),
        filter: &Filter,
        (offset, limit): (usize, usize),
    ) -> Result<Listed, StoreError> {
        let survey = self.survey(unit, today)?;
        let top = self.unit(unit)?;
        let named = (!filter.name.is_empty())
            .then(|| self.read(|connection| rows::named(connection, &filter.name, (top.pre, top.post))))
            .transpose()?;
        let found = survey.ids(filter, named.as_deref());
        let page: Vec<(WorkplaceId, u16)> = found.iter().skip(offset).take(limit).copied().collect();
        let ids: Vec<WorkplaceId> = page.iter().map(|(id, _)| *id).collect();
        let known = self.read(|connection| rows::some(connection, &ids))?;
        let gaps: HashMap<WorkplaceId, u16> = page.into_iter().collect();
        let with = |it: Workplace| {
            let missing = gaps.get(&it.id).copied().unwrap_or(0);
            (it, told(missing))
        };
        Ok(Listed { rows: known.into_iter().map(with).collect(), n: found.len() })
    }
}

fn line(seen: &rows::Seen, today: Date) -> Line {
    let found = gaps(&seen.sight, today);
    let bits = GAPS.into_iter().enumerate().filter(|(_, rule)| found.iter().any(|gap| gap.rule == *rule));
    Line {
        id: seen.id,
        pre: seen.pre,
        class: seen.sight.class,
        step: seen.sight.step,
        is_key: seen.is_key,
        is_due: is_due_an_organisation(&seen.sight),
        gaps: bits.fold(0, |all, (place, _)| all | 1 << place),
    }
}

/// Surveys that were asked for lately, each with the size of the record at the time.
#[derive(Default)]
pub(crate) struct Surveys(Mutex<Kept>);

type Kept = HashMap<(UnitId, Date), (i64, Arc<Survey>)>;

/// Most surveys kept; one of a city of 50,000 workplaces takes two megabytes.
const MOST_SURVEYS: usize = 100;

impl Surveys {
    fn known(&self, key: (UnitId, Date), is_fresh: impl Fn(i64) -> bool) -> Option<Arc<Survey>> {
        let surveys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, known) = surveys.get(&key)?;
        is_fresh(*at).then(|| Arc::clone(known))
    }

    fn keep(&self, key: (UnitId, Date), size: i64, survey: &Arc<Survey>) {
        let mut surveys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if surveys.len() >= MOST_SURVEYS {
            surveys.clear();
        }
        surveys.insert(key, (size, Arc::clone(survey)));
    }
}
