//! Who is counted: cells of age, sex, education and sector; a population over them; and groups, which
//! are defined by the same four properties and by nothing else.

use crate::cohort::{OLDEST, YOUNGEST};

/// One person in parts. Populations are held in parts so that nobody is lost or made by rounding: a
/// share of a cell is taken once, and what was taken is put elsewhere.
pub const PARTS: i64 = 1_000_000_000;

/// Most people that a forecast may hold together, all admissions and transfers of all years included;
/// twice as many would still fit the arithmetic.
pub const MOST_PEOPLE: i64 = 4_000_000_000;

/// Single years of age, 18 to 100; the last holds everyone above.
pub const N_AGES: usize = OLDEST - YOUNGEST + 1;

/// Sexes, as the annual tables count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Men.
    Men,
    /// Women.
    Women,
}

/// How many levels of education and sectors a forecast tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Levels of education.
    pub n_educations: usize,
    /// Sectors.
    pub n_sectors: usize,
}

/// A cell: people who are equal to the forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// Completed years on 31 December; 100 stands for everyone of 100 and above.
    pub age: usize,
    /// Sex.
    pub sex: Sex,
    /// Position of the level of education.
    pub education: usize,
    /// Position of the sector.
    pub sector: usize,
}

/// A group of members. An absent property does not restrict.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// First and last age, both included.
    pub ages: Option<(usize, usize)>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Levels of education.
    pub educations: Option<Vec<usize>>,
    /// Sectors.
    pub sectors: Option<Vec<usize>>,
}

/// A population on a 31 December, in parts of a person. Members on probation are members; they are
/// kept apart because the next year decides about them.
#[derive(Clone, PartialEq, Eq)]
pub struct State {
    shape: Shape,
    /// Full members by cell.
    pub(super) full: Vec<i64>,
    /// Members on probation by cell.
    pub(super) probation: Vec<i64>,
}

/// Thousands of numbers say less than their sum.
impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("shape", &self.shape).field("parts", &self.total()).finish()
    }
}

impl Shape {
    /// Cells of one sex at one age.
    pub(super) fn block(self) -> usize {
        self.n_educations * self.n_sectors
    }

    /// Cells of one age, which is how far a birthday moves a person.
    pub(super) fn stride(self) -> usize {
        2 * self.block()
    }

    /// All cells.
    pub fn n_cells(self) -> usize {
        N_AGES * self.stride()
    }

    /// The position of a cell. Ages outside 18 to 100 are taken as the nearer end.
    pub fn index(self, cell: Cell) -> usize {
        let age = cell.age.clamp(YOUNGEST, OLDEST) - YOUNGEST;
        let sex = usize::from(cell.sex == Sex::Women);
        age * self.stride() + sex * self.block() + cell.education * self.n_sectors + cell.sector
    }

    /// The cell at a position.
    pub fn cell(self, index: usize) -> Cell {
        let (age, rest) = (index / self.stride(), index % self.stride());
        let (sex, rest) = (rest / self.block(), rest % self.block());
        Cell {
            age: age + YOUNGEST,
            sex: if sex == 0 { Sex::Men } else { Sex::Women },
            education: rest / self.n_sectors,
            sector: rest % self.n_sectors,
        }
    }

    /// All cells in order.
    pub fn cells(self) -> impl Iterator<Item = Cell> {
        (0..self.n_cells()).map(move |index| self.cell(index))
    }
}

impl Group {
    /// Everyone.
    pub fn everyone() -> Group {
        Group::default()
    }

    /// Whether a cell belongs to the group.
    pub fn has(&self, cell: Cell) -> bool {
        self.ages.is_none_or(|(from, to)| (from..=to).contains(&cell.age))
            && self.sex.is_none_or(|sex| sex == cell.sex)
            && self.educations.as_ref().is_none_or(|levels| levels.contains(&cell.education))
            && self.sectors.as_ref().is_none_or(|sectors| sectors.contains(&cell.sector))
    }

    /// Whether some cell could belong to both groups.
    pub fn meets(&self, other: &Group) -> bool {
        let ages = match (self.ages, other.ages) {
            (Some((a, b)), Some((c, d))) => a.max(c) <= b.min(d),
            _ => true,
        };
        let sexes = match (self.sex, other.sex) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        let lists = |a: &Option<Vec<usize>>, b: &Option<Vec<usize>>| match (a, b) {
            (Some(a), Some(b)) => a.iter().any(|one| b.contains(one)),
            _ => true,
        };
        ages && sexes && lists(&self.educations, &other.educations) && lists(&self.sectors, &other.sectors)
    }
}

impl State {
    /// Nobody.
    pub fn empty(shape: Shape) -> State {
        State { shape, full: vec![0; shape.n_cells()], probation: vec![0; shape.n_cells()] }
    }

    /// What the population tells apart.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Adds full members.
    pub fn add_full(&mut self, cell: Cell, n_people: i64) {
        self.full[self.shape.index(cell)] += n_people * PARTS;
    }

    /// Adds members on probation.
    pub fn add_on_probation(&mut self, cell: Cell, n_people: i64) {
        self.probation[self.shape.index(cell)] += n_people * PARTS;
    }

    /// Members of a cell, in parts.
    pub fn of(&self, cell: Cell) -> i64 {
        let index = self.shape.index(cell);
        self.full[index] + self.probation[index]
    }

    /// Members of a group, in parts.
    pub fn count(&self, group: &Group) -> i64 {
        self.shape.cells().filter(|&cell| group.has(cell)).map(|cell| self.of(cell)).sum()
    }

    /// All members, in parts.
    pub fn total(&self) -> i64 {
        self.full.iter().chain(&self.probation).sum()
    }

    /// Members on probation, in parts.
    pub fn on_probation(&self) -> i64 {
        self.probation.iter().sum()
    }

    /// Men and women by single year of age from 18 on, in parts: the two sides of a pyramid.
    pub fn pyramid(&self) -> Vec<[i64; 2]> {
        let block = self.shape.block();
        let of = |from: usize| -> i64 {
            (from..from + block).map(|index| self.full[index] + self.probation[index]).sum()
        };
        (0..N_AGES)
            .map(|age| {
                let from = age * self.shape.stride();
                [of(from), of(from + block)]
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { n_educations: 6, n_sectors: 6 };

    #[test]
    fn a_cell_is_found_again_at_its_place() {
        assert_eq!(SHAPE.n_cells(), 83 * 2 * 6 * 6);
        for index in 0..SHAPE.n_cells() {
            assert_eq!(SHAPE.index(SHAPE.cell(index)), index);
        }
        let old = Cell { age: 107, sex: Sex::Women, education: 5, sector: 5 };
        assert_eq!(SHAPE.index(old), SHAPE.n_cells() - 1);
    }

    #[test]
    fn the_young_end_with_35_and_groups_meet_where_they_share_a_cell() {
        let young = Group { ages: Some((18, 35)), ..Group::everyone() };
        let cell = |age, sex| Cell { age, sex, education: 0, sector: 0 };
        assert!(young.has(cell(18, Sex::Men)) && young.has(cell(35, Sex::Women)));
        assert!(!young.has(cell(36, Sex::Women)));
        let women = Group { sex: Some(Sex::Women), ..Group::everyone() };
        let older_men = Group { ages: Some((36, 60)), sex: Some(Sex::Men), ..Group::everyone() };
        assert!(young.meets(&women) && !older_men.meets(&young) && !older_men.meets(&women));
    }

    #[test]
    fn counts_of_a_population() {
        let mut state = State::empty(SHAPE);
        state.add_full(Cell { age: 35, sex: Sex::Women, education: 1, sector: 2 }, 7);
        state.add_on_probation(Cell { age: 36, sex: Sex::Men, education: 1, sector: 2 }, 2);
        let young = Group { ages: Some((18, 35)), ..Group::everyone() };
        assert_eq!((state.count(&young), state.total()), (7 * PARTS, 9 * PARTS));
        assert_eq!(state.on_probation(), 2 * PARTS);
        assert_eq!(state.pyramid()[35 - 18], [0, 7 * PARTS]);
    }
}
