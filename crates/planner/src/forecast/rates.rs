//! What happens to members in a year, line by line. Each line has a rate for each group of people and
//! a range around it; a person to whom no entry of a line applies is not touched by that line.

use super::people::{Group, N_AGES, Sex, Shape};
use crate::cohort::YOUNGEST;

/// Millionths, the unit of every rate.
pub const MILLION: u32 = 1_000_000;

/// A number with the range that should hold it nineteen times in twenty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Lower end.
    pub low: u32,
    /// The number itself.
    pub mid: u32,
    /// Upper end.
    pub high: u32,
}

/// An end of a range, or its middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Lower end.
    Low,
    /// The number itself.
    #[default]
    Mid,
    /// Upper end.
    High,
}

/// The lines of a year that have rates of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Deaths.
    Deaths,
    /// Removal and resignation.
    Leaving,
    /// Members on probation who are not confirmed.
    NotConfirmed,
    /// Members on probation whose probation is extended.
    Extended,
    /// Transfers to other places.
    TransfersOut,
    /// Higher levels of education reached by members.
    Study,
    /// Transfers from other places.
    TransfersIn,
}

/// Every line, in the order in which a year goes through them.
pub const LINES: [Line; 7] = [
    Line::Deaths,
    Line::Leaving,
    Line::NotConfirmed,
    Line::Extended,
    Line::TransfersOut,
    Line::Study,
    Line::TransfersIn,
];

/// Which end of its range each line is taken at. The default is the middle of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Assumed([Side; LINES.len()]);

/// A yearly rate for a group, in millionths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// To whom it applies.
    pub group: Group,
    /// Millionths a year.
    pub a_year: Range,
}

/// A level of education reached by members of another level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Study {
    /// To whom it applies; its levels of education are those that are left.
    pub group: Group,
    /// The level that is reached.
    pub to: usize,
    /// Millionths a year.
    pub a_year: Range,
}

/// How people who join are spread over ages: each has the age `a` with a chance in proportion to the
/// weight of `a`. Ages are those at the end of the year in which they join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Ages and weights; not empty, and not all weights zero.
    pub ages: Vec<(usize, u32)>,
    /// Sex.
    pub sex: Sex,
    /// Level of education.
    pub education: usize,
    /// Sector.
    pub sector: usize,
}

/// People who arrive every year as full members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Who they are.
    pub profile: Profile,
    /// People a year.
    pub a_year: Range,
}

/// Deaths by sex and single year of age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deaths {
    /// Millionths a year from 18 on, for men and women.
    pub table: [Vec<u32>; 2],
    /// Thousandths of the table: how this population differs from the one of the table.
    pub times: Range,
}

/// All rates of a forecast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// Deaths.
    pub deaths: Deaths,
    /// Removal and resignation.
    pub leaving: Vec<Rate>,
    /// Of the members on probation: not confirmed, so that they are no members any more.
    pub not_confirmed: Vec<Rate>,
    /// Of the members on probation: decided about a year later.
    pub extended: Vec<Rate>,
    /// Transfers to other places.
    pub transfers_out: Vec<Rate>,
    /// Higher levels reached.
    pub study: Vec<Study>,
    /// Transfers from other places.
    pub transfers_in: Vec<Arrival>,
    /// Thousandths of the year during which those who join in it are exposed to deaths and leaving.
    pub exposure_of_new: u32,
}

/// Rates as factors of 2^-40 by cell: a product with a count of parts fits 128 bits, and the shift
/// is exact where a division by a million would cost twenty times as much.
#[derive(Debug, Clone)]
pub(super) struct Factors {
    pub(super) die: Vec<u64>,
    pub(super) leave: Vec<u64>,
    pub(super) not_confirmed: Vec<u64>,
    pub(super) extended: Vec<u64>,
    pub(super) out: Vec<u64>,
    pub(super) study: Vec<u64>,
    /// The cell that a studying person goes to; the cell itself where nobody studies.
    pub(super) study_to: Vec<usize>,
    /// Of people who join: deaths in the rest of the year.
    pub(super) new_die: Vec<u64>,
    /// Of people who join: leaving in the rest of the year.
    pub(super) new_leave: Vec<u64>,
}

const ONE: u64 = 1 << 40;

/// What a factor takes from a count of parts.
pub(super) fn taken(parts: i64, factor: u64) -> i64 {
    // Counts are not negative and factors not above one, so the product is not above the count.
    ((parts as u128 * u128::from(factor)) >> 40) as i64
}

/// A factor as a number.
pub(super) fn real(factor: u64) -> f64 {
    factor as f64 / ONE as f64
}

impl Range {
    /// A number without a range.
    pub fn exactly(mid: u32) -> Range {
        Range { low: mid, mid, high: mid }
    }

    /// One of the three.
    pub fn at(self, side: Side) -> u32 {
        match side {
            Side::Low => self.low,
            Side::Mid => self.mid,
            Side::High => self.high,
        }
    }

    /// Whether both ends are the number itself.
    pub fn is_exact(self) -> bool {
        self.low == self.high
    }
}

impl Assumed {
    /// The middle of every line but one.
    pub fn with(line: Line, side: Side) -> Assumed {
        Assumed::default().and(line, side)
    }

    /// One line taken elsewhere, the others as they are.
    #[must_use]
    pub fn and(mut self, line: Line, side: Side) -> Assumed {
        self.0[line as usize] = side;
        self
    }

    /// The side of a line.
    pub fn of(self, line: Line) -> Side {
        self.0[line as usize]
    }
}

impl Deaths {
    /// The shipped table of the fifth census, times a range of thousandths.
    pub fn of_the_census(times: Range) -> Deaths {
        // Invariant: the table is shipped with the program and a test reads it.
        let table = crate::cohort::Mortality::parse(crate::cohort::DEATHS).expect("the shipped table");
        let of = |sex: usize| {
            (0..N_AGES)
                .map(|age| (table.rate(sex, age + YOUNGEST) * f64::from(MILLION)).round() as u32)
                .collect()
        };
        Deaths { table: [of(0), of(1)], times }
    }

    /// Nobody dies.
    pub fn none() -> Deaths {
        Deaths { table: [vec![0; N_AGES], vec![0; N_AGES]], times: Range::exactly(1000) }
    }
}

impl Rates {
    /// Nothing happens but birthdays and admissions, and everyone is confirmed.
    pub fn none() -> Rates {
        Rates {
            deaths: Deaths::none(),
            leaving: Vec::new(),
            not_confirmed: Vec::new(),
            extended: Vec::new(),
            transfers_out: Vec::new(),
            study: Vec::new(),
            transfers_in: Vec::new(),
            exposure_of_new: 500,
        }
    }

    /// Whether a line is known without a range.
    pub fn is_exact(&self, line: Line) -> bool {
        let exact = |rates: &[Rate]| rates.iter().all(|rate| rate.a_year.is_exact());
        match line {
            Line::Deaths => self.deaths.times.is_exact(),
            Line::Leaving => exact(&self.leaving),
            Line::NotConfirmed => exact(&self.not_confirmed),
            Line::Extended => exact(&self.extended),
            Line::TransfersOut => exact(&self.transfers_out),
            Line::Study => self.study.iter().all(|study| study.a_year.is_exact()),
            Line::TransfersIn => self.transfers_in.iter().all(|arrival| arrival.a_year.is_exact()),
        }
    }

    pub(super) fn factors(&self, shape: Shape, assumed: Assumed) -> Factors {
        let by_group = |rates: &[Rate], line: Line| -> Vec<u64> {
            let mut factors = vec![0; shape.n_cells()];
            for rate in rates {
                let factor = factor(u64::from(rate.a_year.at(assumed.of(line))), u64::from(MILLION));
                fill(&mut factors, shape, &rate.group, |_| factor);
            }
            factors
        };
        let times = u64::from(self.deaths.times.at(assumed.of(Line::Deaths)));
        let die: Vec<u64> = shape
            .cells()
            .map(|cell| {
                let table = &self.deaths.table[usize::from(cell.sex == Sex::Women)];
                let rate = u64::from(table.get(cell.age - YOUNGEST).copied().unwrap_or(0));
                factor(rate * times, u64::from(MILLION) * 1000)
            })
            .collect();
        let leave = by_group(&self.leaving, Line::Leaving);
        let part = |factors: &[u64]| -> Vec<u64> {
            let exposure = u64::from(self.exposure_of_new.min(1000));
            factors.iter().map(|factor| factor / 1000 * exposure).collect()
        };
        let (study, study_to) = self.studying(shape, assumed.of(Line::Study));
        Factors {
            new_die: part(&die),
            new_leave: part(&leave),
            die,
            leave,
            not_confirmed: by_group(&self.not_confirmed, Line::NotConfirmed),
            extended: by_group(&self.extended, Line::Extended),
            out: by_group(&self.transfers_out, Line::TransfersOut),
            study,
            study_to,
        }
    }

    fn studying(&self, shape: Shape, side: Side) -> (Vec<u64>, Vec<usize>) {
        let mut factors = vec![0; shape.n_cells()];
        let mut to: Vec<usize> = (0..shape.n_cells()).collect();
        for study in &self.study {
            let factor = factor(u64::from(study.a_year.at(side)), u64::from(MILLION));
            for cell in shape.cells().filter(|&cell| study.group.has(cell)) {
                let index = shape.index(cell);
                factors[index] = factor;
                to[index] = shape.index(super::people::Cell { education: study.to, ..cell });
            }
        }
        (factors, to)
    }
}

fn factor(part: u64, whole: u64) -> u64 {
    let part = u128::from(part.min(whole));
    ((part << 40) / u128::from(whole)) as u64
}

fn fill(factors: &mut [u64], shape: Shape, group: &Group, value: impl Fn(usize) -> u64) {
    for (index, cell) in shape.cells().enumerate() {
        if group.has(cell) {
            factors[index] = value(index);
        }
    }
}

impl Profile {
    /// Whether every person has a known age, so that nothing about ages is left to chance.
    pub fn is_certain(&self) -> bool {
        self.ages.iter().filter(|(_, weight)| *weight > 0).count() == 1
    }

    /// Spreads a number of parts over the cells of the profile; the pieces add up to the whole.
    pub(super) fn spread(&self, shape: Shape, parts: i64) -> impl Iterator<Item = (usize, i64)> + '_ {
        let whole: i128 = self.ages.iter().map(|&(_, weight)| i128::from(weight)).sum();
        let mut so_far = 0_i128;
        self.ages.iter().map(move |&(age, weight)| {
            let before = i128::from(parts) * so_far / whole;
            so_far += i128::from(weight);
            let after = i128::from(parts) * so_far / whole;
            let cell =
                super::people::Cell { age, sex: self.sex, education: self.education, sector: self.sector };
            // Invariant: a piece is not larger than the whole, which is an i64.
            (shape.index(cell), (after - before) as i64)
        })
    }

    /// The share of the profile that belongs to a group, as parts of the sum of weights.
    pub fn share(&self, group: &Group) -> (i64, i64) {
        let all = self.ages.iter().map(|&(_, weight)| i64::from(weight)).sum();
        let of_group = self
            .ages
            .iter()
            .filter(|&&(age, _)| {
                group.has(super::people::Cell {
                    age,
                    sex: self.sex,
                    education: self.education,
                    sector: self.sector,
                })
            })
            .map(|&(_, weight)| i64::from(weight))
            .sum();
        (of_group, all)
    }
}
