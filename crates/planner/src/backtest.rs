//! A forecast made as if from an earlier year, beside what was published later. Only figures up to
//! the origin are used for fitting; figures after it are looked at for the errors alone and, when
//! asked for, for the number admitted in each year.
//!
//! What is assumed: ages inside a band follow the sizes of birth cohorts, as a census found them, times
//! a smooth share; an admitted person of 35 or younger is most often a student or a young worker (the shape is fitted
//! to the published bands); deaths follow the census table of 2000, scaled to the published outflow.

use crate::cohort::{BANDS, Cohorts, Mortality, OLDEST, YOUNGEST};
use crate::history::History;

/// How many people are taken to be admitted after the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// As published; a year without a figure is taken as frozen.
    Given,
    /// As in the middle one of the last five published years.
    Frozen,
}

/// One predicted figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Year whose end it describes.
    pub year: i32,
    /// Category, named as in the bulletins.
    pub category: &'static str,
    /// Ten thousand people.
    pub predicted: f64,
    /// Lower end of the range that should hold nineteen times in twenty.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// What was published, where it was.
    pub actual: Option<f64>,
}

/// Why nothing can be predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// No year up to the origin has a total and enough age bands to begin from.
    #[error("no year up to the origin has a total and its age bands / 起始年及以前没有总数和年龄段")]
    Start,
    /// No intake up to the origin is known.
    #[error("no intake is known up to the origin / 起始年及以前没有发展人数")]
    Intake,
    /// The years are in the wrong order.
    #[error("the last year lies before the origin / 截止年早于起始年")]
    Years,
}

/// Age bands that a bulletin may give, besides the eight; the finest that are present are used.
const OTHER_BANDS: [(&str, usize, usize); 9] = [
    ("age_le35", YOUNGEST, 35),
    ("age_31_40", 31, 40),
    ("age_36_45", 36, 45),
    ("age_41_50", 41, 50),
    ("age_46_60", 46, 60),
    ("age_51_60", 51, 60),
    ("age_61_70", 61, 70),
    ("age_ge71", 71, OLDEST),
    ("age_le25", YOUNGEST, 25),
];

/// The shape of a year's intake: of those up to 35, the share above 30; of those up to 30, the share
/// up to 23; and the mean number of years above 35 of the others.
#[derive(Debug, Clone, Copy)]
struct Shape {
    above_30: f64,
    up_to_23: f64,
    years_above_35: f64,
    /// Years over which the share of members rises with age, from 18 on.
    rise: f64,
}

/// Predicts every year after the origin.
///
/// # Errors
/// The history lacks what a forecast begins from.
pub fn backtest(
    history: &History,
    sizes: &[(i32, f64)],
    mortality: &Mortality,
    (origin, until): (i32, i32),
    intake: Intake,
) -> Result<Vec<Prediction>, Missing> {
    if until < origin {
        return Err(Missing::Years);
    }
    let model = Model { history, sizes, mortality, origin };
    let start = model.first_year().ok_or(Missing::Start)?;
    model.usual_intake().ok_or(Missing::Intake)?;
    let runs: Vec<Vec<Prediction>> = model
        .plausible_shapes(start)
        .into_iter()
        .map(|shape| model.run(start, until, intake, shape))
        .collect::<Result<_, _>>()?;
    Ok(averaged(&runs))
}

/// The mean of several runs, row by row.
fn averaged(runs: &[Vec<Prediction>]) -> Vec<Prediction> {
    let n = runs.len() as f64;
    let mean =
        |row: usize, value: fn(&Prediction) -> f64| runs.iter().map(|run| value(&run[row])).sum::<f64>() / n;
    let rows = runs.first().map_or(&[][..], |run| run).iter().enumerate();
    rows.map(|(row, first)| Prediction {
        predicted: mean(row, |p| p.predicted),
        low: mean(row, |p| p.low),
        high: mean(row, |p| p.high),
        ..first.clone()
    })
    .collect()
}

/// The shipped sizes of birth cohorts: year of birth and ten thousand people living in 2010, in order.
pub fn cohort_sizes() -> Vec<(i32, f64)> {
    include_str!("../data/census2010.tsv")
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(year, born)| Some((year.parse().ok()?, born.parse().ok()?)))
        .collect()
}

struct Model<'a> {
    history: &'a History,
    sizes: &'a [(i32, f64)],
    mortality: &'a Mortality,
    origin: i32,
}

/// Rates of the years after the origin.
struct Rates {
    /// Factor on the table of deaths.
    deaths: f64,
    /// Share that leaves otherwise.
    leaving: f64,
    /// Deaths and leaving together, per member.
    outflow: f64,
    women_of_intake: f64,
    college_of_intake: f64,
    /// Members who reach college during a year, per member.
    upgrading: f64,
}

/// Members with college are younger, so that fewer of them die in a year.
const COLLEGE_OUTFLOW: f64 = 0.55;

/// The year of the census that the sizes of cohorts are from.
const CENSUS: i32 = 2010;

/// Rises that are tried.
const RISES: [f64; 3] = [8.0, 10.0, 12.0];

/// Share of the outflow that is not death: transfers abroad, removal, resignation.
const LEAVING_SHARE: f64 = 0.12;

impl Model<'_> {
    fn stock(&self, category: &str, year: i32) -> Option<f64> {
        self.history.get("stock", category, year)
    }

    fn latest(&self, table: &str, category: &str) -> Option<f64> {
        self.history.latest(table, category, self.origin, 1).first().map(|&(_, value)| value)
    }

    /// Published bands of a year that lie beside one another, finest first.
    fn bands(&self, year: i32) -> Vec<(usize, usize, f64)> {
        let mut found: Vec<(usize, usize, f64)> = Vec::new();
        for &(name, from, to) in BANDS.iter().chain(&OTHER_BANDS) {
            let overlaps = found.iter().any(|&(a, b, _)| from <= b && a <= to);
            if let Some(number) = self.stock(name, year)
                && !overlaps
            {
                found.push((from, to, number));
            }
        }
        found.sort_unstable_by_key(|band| band.0);
        found
    }

    /// Bands of a year that cover all ages, the gap, if there is one, filled from the total.
    fn full_bands(&self, year: i32) -> Option<Vec<(usize, usize, f64)>> {
        let total = self.stock("total", year)?;
        let mut bands = self.bands(year);
        if bands.len() < 3 {
            return None;
        }
        let known: f64 = bands.iter().map(|band| band.2).sum();
        let mut next = YOUNGEST;
        let mut gaps = Vec::new();
        for &(from, to, _) in &bands {
            if from > next {
                gaps.push((next, from - 1));
            }
            next = to + 1;
        }
        if next <= OLDEST {
            gaps.push((next, OLDEST));
        }
        match gaps[..] {
            [] => {}
            [(from, to)] => bands.push((from, to, total - known)),
            _ => return None,
        }
        bands.sort_unstable_by_key(|band| band.0);
        Some(bands)
    }

    /// The first year from which a population can be built; not more than ten years back.
    fn first_year(&self) -> Option<i32> {
        (self.origin - 10..=self.origin).find(|&year| self.full_bands(year).is_some())
    }

    /// People born in a year who were living in the year of the census, between the years of the table.
    fn born_in(&self, year: i32) -> f64 {
        let next = self.sizes.partition_point(|&(known, _)| known < year).clamp(1, self.sizes.len() - 1);
        let ((a, low), (b, high)) = (self.sizes[next - 1], self.sizes[next]);
        let share = (f64::from(year - a) / f64::from(b - a)).clamp(0.0, 1.0);
        low * (1.0 - share) + high * share
    }

    /// A population from the bands of a year: cohort sizes times a smooth share of members.
    fn built(&self, year: i32, shape: Shape) -> Option<Cohorts> {
        let bands = self.full_bands(year)?;
        let size = |age: usize| {
            let alive = |age: f64| (-((age - 60.0).max(0.0) / 17.0).powi(2)).exp();
            let born = year - age as i32;
            let survival = alive(age as f64) / alive(f64::from(CENSUS - born));
            let young = ((age as f64 - 17.0) / shape.rise).clamp(0.0, 1.0);
            self.born_in(born) * survival * young
        };
        let mut share: Vec<f64> = vec![1.0; OLDEST + 2];
        for _ in 0..60 {
            for &(from, to, number) in &bands {
                let now: f64 = (from..=to).map(|age| size(age) * share[age]).sum();
                let factor = number.max(0.0) / now.max(f64::MIN_POSITIVE);
                share[from..=to].iter_mut().for_each(|s| *s *= factor);
            }
            let before = share.clone();
            for age in YOUNGEST + 1..OLDEST {
                share[age] = 0.25 * before[age - 1] + 0.5 * before[age] + 0.25 * before[age + 1];
            }
        }
        for &(from, to, number) in &bands {
            let now: f64 = (from..=to).map(|age| size(age) * share[age]).sum();
            let factor = number.max(0.0) / now.max(f64::MIN_POSITIVE);
            share[from..=to].iter_mut().for_each(|s| *s *= factor);
        }
        let mut cohorts = Cohorts::new(
            |age| size(age) * share[age],
            |age| (0.50 - 0.0065 * (age as f64 - 20.0)).clamp(0.08, 0.5),
        );
        if let Some(women) = self.stock("female", year) {
            cohorts.set_women(women);
        }
        Some(cohorts)
    }

    /// From the first year to another, each published figure pulling the population to itself.
    fn assimilated(&self, start: i32, until: i32, shape: Shape) -> Cohorts {
        // Invariant: `start` was chosen because its population can be built.
        let mut state = self.built(start, shape).expect("the first year has its bands");
        for year in start + 1..=until {
            state = self.stepped(&state, year, shape);
            self.pull(&mut state, year);
        }
        state
    }

    /// One year with the published intake and outflow, or the usual ones.
    fn stepped(&self, state: &Cohorts, year: i32, shape: Shape) -> Cohorts {
        let admitted = self.admitted(year, Intake::Given).unwrap_or(0.0);
        let outflow = self.outflow(year).unwrap_or_else(|| self.mortality.deaths(state));
        let leaving = outflow * LEAVING_SHARE / state.total();
        let deaths = outflow * (1.0 - LEAVING_SHARE) / self.mortality.deaths(state);
        let recruits = self.recruits(year, admitted, shape, 0.42);
        state.after_a_year(self.mortality, deaths, leaving, &recruits)
    }

    fn pull(&self, state: &mut Cohorts, year: i32) {
        for (from, to, number) in self.bands(year) {
            state.scale(from, to, number / state.between(from, to).max(f64::MIN_POSITIVE));
        }
        if let Some(total) = self.stock("total", year) {
            state.scale(YOUNGEST, OLDEST, total / state.total());
        }
        if let Some(women) = self.stock("female", year) {
            state.set_women(women);
        }
    }

    /// Published outflow of a year, or what the balance of stock and intake leaves.
    fn outflow(&self, year: i32) -> Option<f64> {
        let balance = || {
            let (before, after) = (self.stock("total", year - 1)?, self.stock("total", year)?);
            Some(before + self.history.get("intake", "total", year)? - after)
        };
        if year > self.origin {
            return None;
        }
        self.history.get("flow", "outflow_total", year).or_else(balance)
    }

    /// The middle one of the last five published intakes.
    fn usual_intake(&self) -> Option<f64> {
        middle(
            self.history
                .latest("intake", "total", self.origin, 5)
                .into_iter()
                .map(|(_, value)| value)
                .collect(),
        )
    }

    fn admitted(&self, year: i32, intake: Intake) -> Option<f64> {
        match intake {
            Intake::Given => self.history.get("intake", "total", year).or_else(|| self.usual_intake()),
            Intake::Frozen if year <= self.origin => {
                self.history.get("intake", "total", year).or_else(|| self.usual_intake())
            }
            Intake::Frozen => self.usual_intake(),
        }
    }

    /// Share of a year's intake that is 35 or younger: the last published one up to the origin.
    fn young_of_intake(&self, year: i32) -> f64 {
        let known = self.history.latest("intake", "age_le35", year.min(self.origin), 1);
        let share =
            known.first().and_then(|&(year, young)| Some(young / self.history.get("intake", "total", year)?));
        share.unwrap_or(0.8)
    }

    fn recruits(&self, year: i32, admitted: f64, shape: Shape, women: f64) -> Cohorts {
        let young = self.young_of_intake(year);
        let weights = |age: usize| -> f64 {
            let part = match age {
                ..=23 => young * (1.0 - shape.above_30) * shape.up_to_23 * weight_of_student(age),
                24..=30 => young * (1.0 - shape.above_30) * (1.0 - shape.up_to_23) / 7.0,
                31..=35 => young * shape.above_30 / 5.0,
                36..=60 => {
                    let fall = |age: f64| (-(age - 36.0) / shape.years_above_35).exp();
                    let all: f64 = (36..=60).map(|age| fall(f64::from(age))).sum();
                    (1.0 - young) * fall(age as f64) / all
                }
                _ => 0.0,
            };
            admitted * part
        };
        Cohorts::new(weights, |_| women)
    }

    /// One run with one shape.
    fn run(&self, start: i32, until: i32, intake: Intake, shape: Shape) -> Result<Vec<Prediction>, Missing> {
        let mut state = self.assimilated(start, self.origin, shape);
        let rates = self.rates(&state);
        let mut predictions = Vec::new();
        let mut college = self.latest("stock", "college_plus");
        for year in self.origin + 1..=until {
            let admitted = self.admitted(year, intake).ok_or(Missing::Intake)?;
            let recruits = self.recruits(year, admitted, shape, rates.women_of_intake);
            state = state.after_a_year(self.mortality, rates.deaths, rates.leaving, &recruits);
            college = college.map(|number| {
                let stay = number * (1.0 - rates.outflow * COLLEGE_OUTFLOW);
                stay + admitted * rates.college_of_intake + state.total() * rates.upgrading
            });
            predictions.extend(self.predictions(year, &state, college));
        }
        Ok(predictions)
    }

    /// Shapes with which the published years explain one another well. A single best one would follow
    /// the noise of a few years; the mean of the better fifth does not.
    fn plausible_shapes(&self, start: i32) -> Vec<Shape> {
        let mut shapes = Vec::new();
        for above_30 in [0.14, 0.18, 0.22, 0.26, 0.30] {
            for up_to_23 in [0.35, 0.45, 0.55, 0.65] {
                for years_above_35 in [4.0, 7.0, 12.0] {
                    for rise in RISES {
                        let shape = Shape { above_30, up_to_23, years_above_35, rise };
                        shapes.push((self.error_of(start, shape), shape));
                    }
                }
            }
        }
        shapes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let n_kept = shapes.len() / 5;
        shapes.into_iter().take(n_kept).map(|(_, shape)| shape).collect()
    }

    fn error_of(&self, start: i32, shape: Shape) -> f64 {
        let mut state = self.built(start, shape).expect("the first year has its bands");
        let mut error = 0.0;
        for year in start + 1..=self.origin {
            state = self.stepped(&state, year, shape);
            let factor = self.stock("total", year).map_or(1.0, |total| total / state.total());
            for (from, to, number) in self.bands(year) {
                error += (state.between(from, to) * factor - number).abs();
            }
            self.pull(&mut state, year);
        }
        error
    }

    fn rates(&self, state: &Cohorts) -> Rates {
        let recent = |value: &dyn Fn(i32) -> Option<f64>, n: i32| {
            middle((self.origin - n + 1..=self.origin).filter_map(value).collect())
        };
        let table = self.mortality.deaths(state);
        let outflow = recent(&|year| self.outflow(year), 4).unwrap_or(table);
        let deaths = outflow * (1.0 - LEAVING_SHARE) / table;
        // Women who die or leave, as the projection will take them out again.
        let of_women = self.mortality.deaths_of_women(state) * deaths
            + state.women() * outflow * LEAVING_SHARE / state.total();
        let admitted = |year: i32| self.history.get("intake", "total", year);
        let women = |year: i32| {
            let more = self.stock("female", year)? - self.stock("female", year - 1)?;
            Some((more + of_women) / admitted(year)?)
        };
        let college_of_intake = self
            .history
            .latest("intake", "college_plus", self.origin, 1)
            .first()
            .and_then(|&(year, value)| Some(value / admitted(year)?))
            .unwrap_or(0.4);
        let rate_out = outflow / state.total();
        let upgrading = |year: i32| {
            let (now, before) = (self.stock("college_plus", year)?, self.stock("college_plus", year - 1)?);
            let recruited = admitted(year)? * college_of_intake;
            Some(
                (now - before * (1.0 - rate_out * COLLEGE_OUTFLOW) - recruited)
                    / self.stock("total", year)?,
            )
        };
        Rates {
            deaths,
            leaving: outflow * LEAVING_SHARE / state.total(),
            outflow: rate_out,
            women_of_intake: recent(&women, 4).unwrap_or(0.42),
            college_of_intake,
            upgrading: recent(&upgrading, 4).unwrap_or(0.0),
        }
    }

    /// Whether all eight bands were published within the last years before the origin. Without them the
    /// ages inside wider bands are a guess that errs twice as far.
    fn knows_all_bands(&self) -> bool {
        (self.origin - 3..=self.origin)
            .any(|year| BANDS.iter().all(|&(name, ..)| self.stock(name, year).is_some()))
    }

    fn predictions(&self, year: i32, state: &Cohorts, college: Option<f64>) -> Vec<Prediction> {
        let years = f64::from(year - self.origin);
        let one = |category: &'static str, predicted: f64, (spread, growth): (f64, f64)| {
            let margin = predicted * spread * years.powf(growth);
            Prediction {
                year,
                category,
                predicted,
                low: predicted - margin,
                high: predicted + margin,
                actual: self.stock(category, year),
            }
        };
        let bands = if self.knows_all_bands() { BANDS_KNOWN } else { BANDS_GUESSED };
        let mut rows = vec![one("total", state.total(), TOTAL), one("female", state.women(), WOMEN)];
        rows.extend(college.map(|number| one("college_plus", number, COLLEGE)));
        rows.extend(BANDS.iter().map(|&(name, from, to)| one(name, state.between(from, to), bands)));
        rows
    }
}

/// Half the width of the ranges after a year, as a share of the figure, and the power of the number of
/// years with which it grows: nearly two standard deviations of the errors of all forecasts from 2014 to
/// 2020 as far as the figures to 2021 tell them. What persists, as the outflow and the share of women
/// do, grows faster than what comes anew each year.
const TOTAL: (f64, f64) = (0.009, 0.75);
const WOMEN: (f64, f64) = (0.013, 0.9);
const COLLEGE: (f64, f64) = (0.012, 0.5);
const BANDS_KNOWN: (f64, f64) = (0.037, 0.25);
const BANDS_GUESSED: (f64, f64) = (0.10, 0.15);

/// Recruits up to 23 are mostly students in their last years of study.
fn weight_of_student(age: usize) -> f64 {
    match age {
        18 => 0.02,
        19 => 0.10,
        20 => 0.22,
        21 => 0.26,
        22 => 0.24,
        23 => 0.16,
        _ => 0.0,
    }
}

fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => None,
        _ if n % 2 == 1 => Some(values[n / 2]),
        _ => Some(f64::midpoint(values[n / 2 - 1], values[n / 2])),
    }
}

/// Sum of the absolute errors of the eight bands of a year over the published total; none where the
/// bulletin of that year lacks a band.
pub fn band_error(predictions: &[Prediction], year: i32) -> Option<f64> {
    let of_year = || predictions.iter().filter(|row| row.year == year);
    let total = of_year().find(|row| row.category == "total")?.actual?;
    let mut sum = 0.0;
    for (name, ..) in BANDS {
        let row = of_year().find(|row| row.category == name)?;
        sum += (row.predicted - row.actual?).abs();
    }
    Some(sum / total)
}
