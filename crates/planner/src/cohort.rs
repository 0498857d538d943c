//! A population of members by single year of age and sex, and one year of its life. The order of
//! events inside a year: those there at its beginning die or leave at rates of the age they have
//! then, the others grow a year older, and the year's recruits join with the age they have at its end.

/// Youngest and oldest single year; the oldest holds everyone above.
pub const YOUNGEST: usize = 18;
/// See [`YOUNGEST`].
pub const OLDEST: usize = 100;
const N_AGES: usize = OLDEST - YOUNGEST + 1;

/// Numbers by age, for men and women.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohorts {
    numbers: [[f64; N_AGES]; 2],
}

/// The eight age bands of the bulletins, by name, first and last age.
pub const BANDS: [(&str, usize, usize); 8] = [
    ("age_le30", YOUNGEST, 30),
    ("age_31_35", 31, 35),
    ("age_36_40", 36, 40),
    ("age_41_45", 41, 45),
    ("age_46_50", 46, 50),
    ("age_51_55", 51, 55),
    ("age_56_60", 56, 60),
    ("age_ge61", 61, OLDEST),
];

/// The shipped table of deaths: fifth national census, 2000.
pub const DEATHS: &str = include_str!("../data/mortality2000.tsv");

/// Yearly deaths per person by age, for men and women.
#[derive(Debug, Clone, PartialEq)]
pub struct Mortality {
    rates: [[f64; N_AGES]; 2],
}

impl Mortality {
    /// Reads a table of age groups (`30-34`, `100+`), total, men and women, in deaths per thousand.
    /// Inside a group the rate rises as between the middles of its neighbours.
    pub fn parse(text: &str) -> Option<Mortality> {
        let groups: Vec<(f64, [f64; 2])> = text
            .lines()
            .filter_map(|line| {
                let mut cells = line.split('\t');
                let ages: Vec<f64> = cells
                    .next()?
                    .split(|c: char| !c.is_ascii_digit())
                    .filter_map(|age| age.parse().ok())
                    .collect();
                let middle = match ages[..] {
                    [from, to] => f64::midpoint(from, to),
                    [from] => from + 1.0,
                    _ => return None,
                };
                let rates: Vec<f64> = cells.filter_map(|cell| cell.trim().parse().ok()).collect();
                let [.., men, women] = rates[..] else { return None };
                Some((middle, [men / 1000.0, women / 1000.0]))
            })
            .collect();
        (groups.len() > 1).then(|| Mortality {
            rates: [0, 1].map(|sex| ages().map(|age| between(&groups, age as f64, sex))),
        })
    }

    /// Yearly deaths per person of a sex (0 men, 1 women) at an age, which is taken as the nearer end
    /// outside 18 to 100.
    pub fn rate(&self, sex: usize, age: usize) -> f64 {
        self.rates[sex][age.clamp(YOUNGEST, OLDEST) - YOUNGEST]
    }

    /// Deaths of a population in a year.
    pub fn deaths(&self, population: &Cohorts) -> f64 {
        (0..2)
            .map(|sex| (0..N_AGES).map(|a| population.numbers[sex][a] * self.rates[sex][a]).sum::<f64>())
            .sum()
    }

    /// Deaths of women in a year.
    pub fn deaths_of_women(&self, population: &Cohorts) -> f64 {
        (0..N_AGES).map(|a| population.numbers[1][a] * self.rates[1][a]).sum()
    }
}

fn ages() -> [usize; N_AGES] {
    std::array::from_fn(|a| a + YOUNGEST)
}

/// The rate at an age, geometrically between the middles of two groups.
fn between(groups: &[(f64, [f64; 2])], age: f64, sex: usize) -> f64 {
    let next = groups.partition_point(|(middle, _)| *middle < age).clamp(1, groups.len() - 1);
    let ((a, low), (b, high)) = (groups[next - 1], groups[next]);
    let share = ((age - a) / (b - a)).clamp(0.0, 1.0);
    (low[sex].ln() * (1.0 - share) + high[sex].ln() * share).exp()
}

impl Cohorts {
    /// A population from numbers by age and the share of women at each age.
    pub fn new(number: impl Fn(usize) -> f64, women: impl Fn(usize) -> f64) -> Cohorts {
        let of =
            |sex: usize| ages().map(|age| number(age) * if sex == 1 { women(age) } else { 1.0 - women(age) });
        Cohorts { numbers: [of(0), of(1)] }
    }

    /// People between two ages, both included.
    pub fn between(&self, from: usize, to: usize) -> f64 {
        let (from, to) = (from.max(YOUNGEST) - YOUNGEST, to.min(OLDEST) - YOUNGEST);
        self.numbers.iter().map(|sex| sex[from..=to].iter().sum::<f64>()).sum()
    }

    /// Everyone.
    pub fn total(&self) -> f64 {
        self.between(YOUNGEST, OLDEST)
    }

    /// All women.
    pub fn women(&self) -> f64 {
        self.numbers[1].iter().sum()
    }

    /// Multiplies the people between two ages.
    pub fn scale(&mut self, from: usize, to: usize, factor: f64) {
        let (from, to) = (from.max(YOUNGEST) - YOUNGEST, to.min(OLDEST) - YOUNGEST);
        for sex in &mut self.numbers {
            sex[from..=to].iter_mut().for_each(|number| *number *= factor);
        }
    }

    /// Moves the share of women towards a total, age by age in proportion.
    pub fn set_women(&mut self, women: f64) {
        let factor = women / self.women().max(f64::MIN_POSITIVE);
        let [men, ladies] = &mut self.numbers;
        for (man, lady) in men.iter_mut().zip(ladies) {
            let all = *man + *lady;
            *lady = (*lady * factor).min(all);
            *man = all - *lady;
        }
    }

    /// One year: deaths scaled by `k`, leaving at one rate for all, ageing, recruits.
    #[must_use]
    pub fn after_a_year(&self, mortality: &Mortality, k: f64, leaving: f64, recruits: &Cohorts) -> Cohorts {
        let mut next = recruits.clone();
        for sex in 0..2 {
            for a in 0..N_AGES {
                let stays = (1.0 - k * mortality.rates[sex][a]).max(0.0) * (1.0 - leaving);
                next.numbers[sex][(a + 1).min(N_AGES - 1)] += self.numbers[sex][a] * stays;
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mortality() -> Mortality {
        Mortality::parse(DEATHS).expect("the shipped table is readable")
    }

    #[test]
    fn the_table_is_met_at_the_middle_of_a_group() {
        let mortality = mortality();
        assert!((mortality.rates[0][62 - YOUNGEST] - 0.01792).abs() < 1e-9);
        assert!((mortality.rates[1][62 - YOUNGEST] - 0.01143).abs() < 1e-9);
        assert!(mortality.rates[0][..62].windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn nobody_is_lost_or_made() {
        let now = Cohorts::new(|age| (age % 7) as f64, |_| 0.3);
        let recruits = Cohorts::new(|age| f64::from(u8::from(age == 20)), |_| 0.5);
        let deaths = mortality().deaths(&now);
        let next = now.after_a_year(&mortality(), 1.0, 0.0, &recruits);
        assert!((next.total() - (now.total() + 1.0 - deaths)).abs() < 1e-9);
        let bands: f64 = BANDS.iter().map(|&(_, from, to)| next.between(from, to)).sum();
        assert!((bands - next.total()).abs() < 1e-9);
    }

    #[test]
    fn a_person_of_35_leaves_the_young_within_the_year() {
        let now = Cohorts::new(|age| f64::from(u8::from(age == 35)), |_| 0.0);
        let next = now.after_a_year(&mortality(), 0.0, 0.0, &Cohorts::new(|_| 0.0, |_| 0.0));
        assert_eq!((next.between(YOUNGEST, 35), next.between(36, 36)), (0.0, 1.0));
    }
}
