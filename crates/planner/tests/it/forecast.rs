//! The forecast: projection, what it would take, chances and the file.

mod chance;
mod file;
mod least;
mod projection;

use domain::text::Text;
use planner::forecast::{
    Assumed, Cell, Deaths, Group, IntakeCell, Limits, Profile, Promise, Question, Range, Rates, Reading, Sex,
    Shape, State,
};
use planner::target::{Bound, Kind, Population, Side};

/// One level of education and one sector, so that ages and sexes are all there is.
const PLAIN: Shape = Shape { n_educations: 1, n_sectors: 1 };

fn cell(age: usize, sex: Sex) -> Cell {
    Cell { age, sex, education: 0, sector: 0 }
}

fn profile(ages: &[(usize, u32)], sex: Sex) -> Profile {
    Profile { ages: ages.to_vec(), sex, education: 0, sector: 0 }
}

fn intake_cell(id: &str, ages: &[(usize, u32)], sex: Sex) -> IntakeCell {
    IntakeCell { id: id.to_owned(), profile: profile(ages, sex), pool: Vec::new(), usual: 1 }
}

/// Deaths at one rate for everybody, in millionths.
fn deaths(rate: u32) -> Deaths {
    Deaths { table: [vec![rate; 83], vec![rate; 83]], times: Range::exactly(1000) }
}

fn young() -> Group {
    Group { ages: Some((18, 35)), ..Group::everyone() }
}

fn women() -> Group {
    Group { sex: Some(Sex::Women), ..Group::everyone() }
}

fn promise(
    id: &str,
    kind: Kind,
    of: Population,
    group: Group,
    (bound, value): (Side, i64),
    years: &[i32],
) -> Promise {
    let bound = Bound { bound, value, tolerance: 0, text: None };
    Promise {
        id: id.to_owned(),
        name: Text::new(id, id),
        kind,
        of,
        group,
        years: years.to_vec(),
        as_written: bound.clone(),
        adopted: bound,
    }
}

fn share_of_members(id: &str, group: Group, at_least: i64, year: i32) -> Promise {
    promise(id, Kind::Share, Population::Stock, group, (Side::AtLeast, at_least), &[year])
}

/// Members at the end of 2001 and a plan of so many years.
fn question(
    state: State,
    rates: Rates,
    n_years: i32,
    cells: Vec<IntakeCell>,
    promises: Vec<Promise>,
) -> Question {
    Question {
        title: Text::new("试", "test"),
        sources: Vec::new(),
        from: 2001,
        until: 2001 + n_years,
        educations: vec!["any".to_owned()],
        sectors: vec!["any".to_owned()],
        state,
        rates,
        cells,
        limits: Limits::default(),
        promises,
        scenarios: Vec::new(),
        plan: 0,
    }
}

const ADOPTED: Reading = Reading::Adopted;
