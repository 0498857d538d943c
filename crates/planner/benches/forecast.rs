//! Projects a large membership through a century beside a plain rival (a map from cell to number, one
//! rule after another), and asks what it would take beside finding the contributions by difference, one
//! projection for each column. Medians of several rounds, taken in turn.

#![expect(clippy::print_stdout, reason = "a measurement is timed and printed")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use planner::forecast::{
    Assumed, Cell, Group, Least, Question, Range, Rate, Rates, Sex, Shape, State, Study, answer,
    least_intake, project,
};

const SHAPE: Shape = Shape { n_educations: 6, n_sectors: 6 };

fn main() {
    century();
    what_it_takes();
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64() * 1000.0
}

fn rates() -> Rates {
    let all = |a_year: u32| vec![Rate { group: Group::everyone(), a_year: Range::exactly(a_year) }];
    Rates {
        deaths: planner::forecast::Deaths::of_the_census(Range::exactly(1000)),
        leaving: all(500),
        transfers_out: all(3_000),
        study: vec![Study {
            group: Group { educations: Some(vec![1, 2, 3, 4, 5]), ..Group::everyone() },
            to: 0,
            a_year: Range::exactly(10_000),
        }],
        ..Rates::none()
    }
}

fn state() -> State {
    let mut state = State::empty(SHAPE);
    for (index, cell) in SHAPE.cells().enumerate() {
        state.add_full(cell, 1 + i64::try_from(index * 7 % 90).unwrap_or(0));
    }
    state
}

fn century() {
    let (state, rates) = (state(), rates());
    let nobody = vec![Vec::new(); 100];
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        ours.push(timed(|| project((2001, &state), &rates, Assumed::default(), &[], &nobody)));
        plain.push(timed(|| plainly(&state, &rates, 100)));
    }
    let end = project((2001, &state), &rates, Assumed::default(), &[], &nobody).pop().expect("a century");
    let rival: f64 = plainly(&state, &rates, 100).values().sum();
    let total = end.state.total() as f64 / planner::forecast::PARTS as f64;
    assert!((total - rival).abs() < 1e-3, "{total} {rival}");
    let (ours, plain) = (median(ours), median(plain));
    println!("100 years x 83 x 2 x 6 x 6: {ours:.1} ms, plainly {plain:.1} ms, ratio {:.1}", plain / ours);
}

/// The rival: numbers in a map, a year at a time.
fn plainly(state: &State, rates: &Rates, n_years: usize) -> BTreeMap<Cell, f64> {
    let part = planner::forecast::PARTS as f64;
    let mut now: BTreeMap<Cell, f64> =
        SHAPE.cells().map(|cell| (cell, state.of(cell) as f64 / part)).collect();
    let rate = |rates: &[Rate], cell: Cell| -> f64 {
        rates.iter().filter(|r| r.group.has(cell)).map(|r| f64::from(r.a_year.mid) / 1e6).sum()
    };
    for _ in 0..n_years {
        let mut next = BTreeMap::new();
        for (&cell, &number) in &now {
            let deaths = &rates.deaths.table[usize::from(cell.sex == Sex::Women)];
            let mut left = number * (1.0 - f64::from(deaths[cell.age - 18]) / 1e6);
            left *= 1.0 - rate(&rates.leaving, cell);
            left *= 1.0 - rate(&rates.transfers_out, cell);
            let older = Cell { age: (cell.age + 1).min(100), ..cell };
            for study in rates.study.iter().filter(|study| study.group.has(cell)) {
                let studied = left * f64::from(study.a_year.mid) / 1e6;
                left -= studied;
                *next.entry(Cell { education: study.to, ..older }).or_insert(0.0) += studied;
            }
            *next.entry(older).or_insert(0.0) += left;
        }
        now = next;
    }
    now
}

fn what_it_takes() {
    let file = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let bytes = match file {
        Some(path) => std::fs::read(path).expect("the file is there"),
        None => include_bytes!("../data/city-2001.json").to_vec(),
    };
    let read = timed(|| Question::parse(&bytes));
    let question = Question::parse(&bytes).expect("a question");
    let reading = question.scenarios[question.plan].reading;
    let (mut least, mut all, mut differences) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..5 {
        least.push(timed(|| least_intake(&question, reading)));
        all.push(timed(|| answer(&question)));
        differences.push(timed(|| by_difference(&question)));
    }
    println!(
        "city: read {read:.1} ms, what it takes {:.1} ms, the whole answer {:.1} ms, contributions by difference alone {:.1} ms",
        median(least),
        median(all),
        median(differences)
    );
    match least_intake(&question, reading) {
        Least::Reached(reached) => println!("{} admissions, bound {}", reached.total, reached.bound),
        Least::Unreachable(unreachable) => println!("unreachable: {unreachable:?}"),
    }
}

/// The rival: one projection for each year and cell.
fn by_difference(question: &Question) -> Vec<i64> {
    let nobody = vec![vec![0; question.cells.len()]; question.n_years()];
    let mut found = Vec::new();
    for year in 0..question.n_years() {
        for cell in 0..question.cells.len() {
            let mut one = nobody.clone();
            one[year][cell] = 1;
            let years = question.run_plan(&one, Assumed::default());
            found.extend(years.last().map(|year| year.state.total()));
        }
    }
    found
}
