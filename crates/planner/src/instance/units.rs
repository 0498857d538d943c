//! The tree in columns: a city of millions of branches has to fit into memory beside its plan. A
//! [`Unit`] is a view of one line.

use std::collections::BTreeMap;
use std::ops::Range;

/// Stands for "no unit above" and "no upper bound"; counts stay far below it.
const NONE: u32 = u32::MAX;

const IS_LEAF: u8 = 1;
const IS_DORMANT: u8 = 2;
const HAS_DUTY: u8 = 4;

/// A number of persons of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Position of the cell.
    pub cell: u32,
    /// Persons.
    pub n: u32,
}

/// A unit of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit<'a> {
    /// Name in the file.
    pub id: &'a str,
    /// Position of the unit above; none for the root.
    pub parent: Option<usize>,
    /// Least number of persons.
    pub lower: i64,
    /// Greatest number of persons, where bounded.
    pub upper: Option<i64>,
    /// Fair share in thousandths of a person; 0 means no fairness term.
    pub fair_milli: i64,
    /// What only a leaf has.
    pub leaf: Option<Leaf<'a>>,
}

/// What a leaf (a branch) says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leaf<'a> {
    /// Persons asked for.
    pub request: i64,
    /// Persons asked for by cell, ascending by cell, none of them 0.
    pub request_cells: &'a [Part],
    /// Persons of the year before.
    pub previous: i64,
    /// Has admitted nobody for years.
    pub is_dormant: bool,
    /// Owes one admission, if it has anybody.
    pub has_duty: bool,
    /// Tags, sorted.
    pub tags: &'a [String],
    /// People lawfully ready, ascending by cell.
    pub pool: &'a [Part],
}

/// Every unit of an instance, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Units {
    names: String,
    name_ends: Vec<u32>,
    parents: Vec<u32>,
    lower: Vec<u32>,
    upper: Vec<u32>,
    fair_milli: Vec<i64>,
    request: Vec<u32>,
    previous: Vec<u32>,
    marks: Vec<u8>,
    tag_sets: Vec<u32>,
    known_sets: BTreeMap<Vec<String>, u32>,
    sets: Vec<Vec<String>>,
    pool: Vec<Part>,
    pool_ends: Vec<u32>,
    asked: Vec<Part>,
    asked_ends: Vec<u32>,
}

/// The part of a column that belongs to one line.
fn span(ends: &[u32], position: usize) -> Range<usize> {
    let start = if position == 0 { 0 } else { ends[position - 1] as usize };
    start..ends[position] as usize
}

fn small(n: i64) -> u32 {
    u32::try_from(n).expect("counts are at most 10^9")
}

fn length(n: usize) -> u32 {
    u32::try_from(n).expect("files of 4 GiB and more are refused")
}

impl Units {
    /// Adds a line.
    ///
    /// # Panics
    /// A count is negative or above 10^9.
    pub fn push(&mut self, unit: &Unit<'_>) {
        self.names.push_str(unit.id);
        self.name_ends.push(length(self.names.len()));
        self.parents.push(unit.parent.map_or(NONE, length));
        self.lower.push(small(unit.lower));
        self.upper.push(unit.upper.map_or(NONE, small));
        self.fair_milli.push(unit.fair_milli);
        let leaf = unit.leaf.unwrap_or_default();
        let mark = |is_set: bool, mark: u8| if is_set { mark } else { 0 };
        let marks = mark(unit.leaf.is_some(), IS_LEAF)
            | mark(leaf.is_dormant, IS_DORMANT)
            | mark(leaf.has_duty, HAS_DUTY);
        self.marks.push(marks);
        let set = match self.known_sets.get(leaf.tags) {
            Some(&set) => set,
            None => {
                let set = length(self.sets.len());
                self.known_sets.insert(leaf.tags.to_vec(), set);
                self.sets.push(leaf.tags.to_vec());
                set
            }
        };
        self.tag_sets.push(set);
        self.request.push(small(leaf.request));
        self.previous.push(small(leaf.previous));
        self.pool.extend_from_slice(leaf.pool);
        self.pool_ends.push(length(self.pool.len()));
        self.asked.extend_from_slice(leaf.request_cells);
        self.asked_ends.push(length(self.asked.len()));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// One of them.
    pub fn get(&self, position: usize) -> Unit<'_> {
        Unit {
            id: self.id(position),
            parent: self.parent(position),
            lower: i64::from(self.lower[position]),
            upper: Some(self.upper[position]).filter(|&upper| upper != NONE).map(i64::from),
            fair_milli: self.fair_milli[position],
            leaf: self.leaf(position),
        }
    }

    /// All of them, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = Unit<'_>> {
        (0..self.len()).map(|position| self.get(position))
    }

    /// Name in the file.
    pub fn id(&self, position: usize) -> &str {
        &self.names[span(&self.name_ends, position)]
    }

    /// Position of the unit above.
    pub fn parent(&self, position: usize) -> Option<usize> {
        Some(self.parents[position]).filter(|&parent| parent != NONE).map(|parent| parent as usize)
    }

    /// Whether it is a leaf.
    pub fn is_leaf(&self, position: usize) -> bool {
        self.marks[position] & IS_LEAF != 0
    }

    /// What only a leaf has.
    pub fn leaf(&self, position: usize) -> Option<Leaf<'_>> {
        let marks = self.marks[position];
        (marks & IS_LEAF != 0).then(|| Leaf {
            request: i64::from(self.request[position]),
            request_cells: &self.asked[span(&self.asked_ends, position)],
            previous: i64::from(self.previous[position]),
            is_dormant: marks & IS_DORMANT != 0,
            has_duty: marks & HAS_DUTY != 0,
            tags: &self.sets[self.tag_sets[position] as usize],
            pool: &self.pool[span(&self.pool_ends, position)],
        })
    }

    /// The bounds of a leaf: least, greatest, and whether a duty is waived because nobody is ready.
    pub fn leaf_bounds(&self, position: usize) -> Option<(i64, i64, bool)> {
        let marks = self.marks[position];
        if marks & IS_LEAF == 0 {
            return None;
        }
        let n_ready = self.pool[span(&self.pool_ends, position)].iter().map(|part| i64::from(part.n)).sum();
        let (lower, upper) = (i64::from(self.lower[position]), self.upper[position]);
        let greatest = if upper == NONE { n_ready } else { i64::from(upper).min(n_ready) };
        let has_duty = marks & HAS_DUTY != 0;
        let is_waived = has_duty && greatest == 0;
        let least = if has_duty && !is_waived { lower.max(1) } else { lower };
        Some((least, greatest, is_waived))
    }

    /// Where the pool of a unit lies among the pools of all.
    pub fn pool_span(&self, position: usize) -> Range<usize> {
        span(&self.pool_ends, position)
    }

    /// Cells of all pools together.
    pub fn n_parts(&self) -> usize {
        self.pool.len()
    }

    /// Distinct sets of tags, each sorted.
    pub fn tag_sets(&self) -> &[Vec<String>] {
        &self.sets
    }

    /// Position of a unit's tags in [`Units::tag_sets`].
    pub fn tag_set(&self, position: usize) -> usize {
        self.tag_sets[position] as usize
    }

    pub(super) fn set_parent(&mut self, position: usize, parent: Option<usize>) {
        self.parents[position] = parent.map_or(NONE, length);
    }

    /// Overwrites the numbers of a unit; the cells of its pool stay the same ones.
    pub(crate) fn set_numbers(&mut self, position: usize, numbers: &Numbers) {
        self.lower[position] = small(numbers.lower);
        self.upper[position] = numbers.upper.map_or(NONE, small);
        self.request[position] = small(numbers.request);
        self.previous[position] = small(numbers.previous);
        let parts = span(&self.pool_ends, position);
        for (part, &n) in self.pool[parts].iter_mut().zip(&numbers.ready) {
            part.n = small(n);
        }
    }

    /// Lifts the duty of a leaf.
    pub(crate) fn waive(&mut self, position: usize) {
        self.marks[position] &= !HAS_DUTY;
    }

    /// The numbers of a unit as they are.
    pub fn numbers(&self, position: usize) -> Numbers {
        let unit = self.get(position);
        let leaf = unit.leaf.unwrap_or_default();
        Numbers {
            lower: unit.lower,
            upper: unit.upper,
            request: leaf.request,
            previous: leaf.previous,
            ready: leaf.pool.iter().map(|part| i64::from(part.n)).collect(),
        }
    }
}

/// The numbers of a unit that may change from one question to the next; those of a leaf are 0 or
/// empty elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// Least number of persons.
    pub lower: i64,
    /// Greatest number of persons, where bounded.
    pub upper: Option<i64>,
    /// Persons asked for.
    pub request: i64,
    /// Persons of the year before.
    pub previous: i64,
    /// People lawfully ready, for each cell of the pool in its order.
    pub ready: Vec<i64>,
}

impl Leaf<'_> {
    /// Everybody ready.
    pub fn n_ready(&self) -> i64 {
        self.pool.iter().map(|part| i64::from(part.n)).sum()
    }

    /// How many of a cell it asks for.
    pub fn asked_for(&self, cell: u32) -> i64 {
        let found = self.request_cells.binary_search_by_key(&cell, |part| part.cell);
        found.map_or(0, |position| i64::from(self.request_cells[position].n))
    }
}
