//! An answer of the planner as a page shows it: figures that are already rounded, each on its own side.

use domain::text::Text;
use planner::forecast::{Group, Outcome, PARTS, Promise, Question, Scenario, State, Year, chance};
use planner::target::{Bound, Kind, Population, Target, Targets, Verdict};

use super::following::Seen;
use super::ground::{Ground, of_group};
use super::is_share;
use crate::planning::bound_in_words;

/// A target and how it stands without any forecast.
#[derive(Debug, Clone)]
pub struct TargetRow {
    /// Its name in the file.
    pub id: String,
    /// The mechanism of the source plan that it comes from.
    pub mechanism: String,
    /// Its name for people.
    pub name: Text,
    /// Whether it is a share, in per cent; otherwise people, or people to one.
    pub is_share: bool,
    /// Whether it is about the members themselves.
    pub is_of_members: bool,
    /// The words of the source.
    pub source: Option<String>,
    /// The bound as written, and its value in per cent or people.
    pub written: (Text, f64),
    /// The bound as adopted.
    pub adopted: (Text, f64),
    /// Why the two differ, or how the words were read.
    pub reason: Option<Text>,
    /// The figure of today.
    pub today: Option<Measured>,
    /// The figures of the ends of earlier years, for shares of members.
    pub before: Vec<(i32, Measured)>,
}

/// So many, of so many where it is a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// How many.
    pub n: i64,
    /// Of how many; none for a number of people.
    pub of: Option<i64>,
}

impl Measured {
    /// The share in per cent; none where it is no share, or a share of nobody.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let of = self.of.filter(|of| *of > 0)?;
        Some(100.0 * self.n as f64 / of as f64)
    }
}

impl TargetRow {
    /// What stands today: per cent, people, or people to one; none for a share of nobody.
    #[must_use]
    pub fn today_value(&self) -> Option<f64> {
        let today = self.today?;
        match (self.is_share, today.of) {
            (true, _) => today.share(),
            (false, Some(0)) => None,
            (false, Some(per)) => Some(today.n as f64 / per as f64),
            (false, None) => Some(today.n as f64),
        }
    }
}

/// What comes of a plan of admissions.
#[derive(Debug, Clone)]
pub struct ScenarioRow {
    /// Its name in files.
    pub id: String,
    /// Its name for people.
    pub name: Text,
    /// Admissions by year, and of them young, educated, women.
    pub admissions: Vec<(i32, i64, [i64; 3])>,
    /// Promises that are missed.
    pub n_missed: usize,
    /// Its years.
    pub years: Vec<YearRow>,
    /// For each target of the file what becomes of it; none for those that a forecast cannot follow.
    pub results: Vec<Option<ResultRow>>,
    /// Men and women by single year of age from 18 on, at the end.
    pub pyramid: Vec<[i64; 2]>,
}

/// A year, in whole people. Lines are rounded one by one, so that their sum may differ by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YearRow {
    /// The year.
    pub year: i32,
    /// Members at its beginning.
    pub n_before: i64,
    /// Admitted.
    pub n_admitted: i64,
    /// Transferred in.
    pub n_arrived: i64,
    /// Died.
    pub n_died: i64,
    /// Removed or resigned.
    pub n_left: i64,
    /// Not confirmed after probation.
    pub n_not_confirmed: i64,
    /// Transferred out.
    pub n_moved_away: i64,
    /// Members at its end.
    pub n_after: i64,
    /// Became full members.
    pub n_confirmed: i64,
    /// Whose probation was extended.
    pub n_extended: i64,
    /// Who reached senior high.
    pub n_studied: i64,
    /// Who passed the last age that counts as young: of that age at the beginning of the year.
    pub n_aged: i64,
}

/// What becomes of a target.
#[derive(Debug, Clone)]
pub struct ResultRow {
    /// Year by year.
    pub points: Vec<Point>,
    /// Kept only if it is kept whenever it is due.
    pub verdict: Verdict,
    /// The end of the year from which it is missed.
    pub fails_in: Option<i32>,
    /// Thousandths: the least chance of the days on which it is due.
    pub chance_permille: Option<u16>,
    /// How the group comes to its number; for shares of members.
    pub account: Option<Account>,
}

/// The end of a year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The year.
    pub year: i32,
    /// Whether the target is due on that day.
    pub is_due: bool,
    /// Whether its bound is kept then.
    pub verdict: Verdict,
    /// In per cent, or people.
    pub value: f64,
    /// Standard deviation, in the same unit.
    pub sd: f64,
}

impl Point {
    /// Where it lies nineteen times in twenty, four times in five, and every other time.
    #[must_use]
    pub fn ranges(&self) -> [(f64, f64); 3] {
        [1.96, 1.2816, 0.6745].map(|times| (self.value - times * self.sd, self.value + times * self.sd))
    }
}

/// How a group of members comes from its number at the beginning to that at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Members of the group at the beginning, and all.
    pub start: (i64, i64),
    /// Admitted within the years and counted in the group at admission, and all admitted.
    pub admitted: (i64, i64),
    /// Members of the group at the end, and all.
    pub end: (i64, i64),
    /// Who left the group otherwise, less those who came to it: birthdays, deaths, leaving, transfers,
    /// study.
    pub n_gone: i64,
    /// Of the group at the end so many would be needed.
    pub n_wanted: i64,
    /// Whether the group has a last age, which its members pass.
    pub is_by_age: bool,
}

/// Whole people, to the nearest.
pub(super) fn people(parts: i64) -> i64 {
    (parts + PARTS / 2 * parts.signum()) / PARTS
}

pub(super) fn pyramid(state: &State) -> Vec<[i64; 2]> {
    state.pyramid().into_iter().map(|sides| sides.map(people)).collect()
}

pub(super) fn targets(targets: &Targets, ground: &Ground, intake: [i64; 2], seen: Seen) -> Vec<TargetRow> {
    targets.targets.iter().map(|target| target_row(targets, ground, intake, seen, target)).collect()
}

fn target_row(
    targets: &Targets,
    ground: &Ground,
    intake: [i64; 2],
    seen: Seen,
    target: &Target,
) -> TargetRow {
    let is_of_members = target.of == Population::Stock;
    let is_intake = target.of == Population::Intake && target.kind == Kind::Count && target.group.is_none();
    // A unit's own part of the admissions stands in the place of the whole's.
    let own =
        |bound: &Bound, n: i64| Bound { value: if is_intake { n } else { bound.value }, ..bound.clone() };
    let shown = |bound: Bound| {
        let scale = match target.kind {
            Kind::Share | Kind::Coverage => 10.0,
            Kind::Ratio => 100.0,
            Kind::Count | Kind::Growth => 1.0,
        };
        (bound_in_words(target.kind, &bound), bound.value as f64 / scale)
    };
    let before = match (target.kind, is_of_members) {
        (Kind::Share, true) => ground
            .before
            .iter()
            .filter_map(|(year, rows)| Some((i32::from(*year), measured(targets, rows, target)?)))
            .collect(),
        _ => Vec::new(),
    };
    TargetRow {
        id: target.id.clone(),
        mechanism: target.mechanism.clone(),
        name: target.name.clone(),
        is_share: is_share(target.kind),
        is_of_members,
        source: target.as_written.text.clone(),
        written: shown(own(&target.as_written, intake[0])),
        adopted: shown(own(&target.adopted, intake[1])),
        reason: target.reason.clone().filter(|_| !is_intake || ground.unit.parent.is_none()),
        today: today(targets, ground, seen, target),
        before,
    }
}

fn measured(
    targets: &Targets,
    rows: &std::collections::BTreeMap<super::ground::Row, i64>,
    target: &Target,
) -> Option<Measured> {
    let n = match &target.group {
        Some(id) => of_group(rows, targets.group(id)?)?,
        None => rows.values().sum(),
    };
    let of = (target.kind == Kind::Share).then(|| rows.values().sum());
    Some(Measured { n, of })
}

fn today(targets: &Targets, ground: &Ground, seen: Seen, target: &Target) -> Option<Measured> {
    match (target.of, target.kind) {
        (Population::Stock, Kind::Growth) => {
            let now = measured(targets, &ground.today, target)?;
            let before = measured(targets, &ground.before.last()?.1, target)?;
            Some(Measured { n: now.n - before.n, of: None })
        }
        (Population::Stock, _) => measured(targets, &ground.today, target),
        (Population::Intake, _) => measured(targets, &ground.so_far, target),
        (Population::Units, _) => Some(Measured { n: seen.covered.0, of: Some(seen.covered.1) }),
        (Population::Candidates, _) => Some(Measured { n: seen.candidates.0, of: Some(seen.candidates.1) }),
    }
}

pub(super) fn scenario(targets: &Targets, question: &Question, outcome: &Outcome) -> ScenarioRow {
    let scenario = &question.scenarios[outcome.scenario];
    let spread = spreads(question, scenario);
    let row = |target: &Target| {
        let promise = question.promises.iter().position(|promise| promise.id == target.id)?;
        Some(result(question, outcome, promise, &spread))
    };
    let results: Vec<Option<ResultRow>> = targets.targets.iter().map(row).collect();
    let last = outcome.years.last().map_or(&question.state, |year| &year.state);
    ScenarioRow {
        id: scenario.id.clone(),
        name: scenario.name.clone(),
        admissions: admissions(question, &scenario.admissions),
        n_missed: results.iter().flatten().filter(|row| row.verdict == Verdict::Missed).count(),
        years: years(targets, question, outcome),
        results,
        pyramid: pyramid(last),
    }
}

/// Admissions by year, and of them young, educated, women.
pub(super) fn admissions(question: &Question, years: &[Vec<i64>]) -> Vec<(i32, i64, [i64; 3])> {
    let sorts: Vec<super::mix::Sort> = super::mix::Sort::all().collect();
    let of = |year: &Vec<i64>, is: fn(&super::mix::Sort) -> bool| {
        sorts.iter().zip(year).filter(|(sort, _)| is(sort)).map(|(_, n)| n).sum()
    };
    let line = |(year, admitted): (i32, &Vec<i64>)| {
        let counts = [
            of(admitted, |it| it.is_young),
            of(admitted, |it| it.is_educated),
            of(admitted, |it| it.is_woman),
        ];
        (year, admitted.iter().sum(), counts)
    };
    question.years().zip(years).map(line).collect()
}

/// Standard deviations of shares of members at the end of every year, not only when they are due.
fn spreads(question: &Question, scenario: &Scenario) -> Vec<(usize, i32, f64)> {
    let mut each_year = question.clone();
    for promise in each_year.promises.iter_mut().filter(|promise| promise.of == Population::Stock) {
        promise.years = question.years().collect();
    }
    chance(&each_year, scenario.reading, &scenario.admissions, scenario.assumed)
        .into_iter()
        .map(|it| (it.promise, it.year, it.sd_of_fates.hypot(it.sd_of_rates)))
        .collect()
}

fn result(
    question: &Question,
    outcome: &Outcome,
    position: usize,
    spreads: &[(usize, i32, f64)],
) -> ResultRow {
    let promise = &question.promises[position];
    let course = outcome.judged.iter().filter(|judged| judged.promise == position);
    let point = |judged: &planner::forecast::Judged| {
        let sd = spreads.iter().find(|(it, year, _)| *it == position && *year == judged.year);
        let sd = sd.map_or(0.0, |(.., sd)| *sd);
        let whole = judged.whole as f64 / PARTS as f64;
        let count = judged.count as f64 / PARTS as f64;
        let (value, sd) = match promise.kind {
            Kind::Share => (100.0 * count / whole.max(1e-9), 100.0 * sd / whole.max(1e-9)),
            Kind::Count | Kind::Growth | Kind::Ratio | Kind::Coverage => (count, sd),
        };
        Point { year: judged.year, is_due: judged.is_due, verdict: judged.verdict, value, sd }
    };
    let points: Vec<Point> = course.map(point).collect();
    let due = || points.iter().filter(|point| point.is_due);
    let verdict = if due().any(|point| point.verdict == Verdict::Missed) {
        Verdict::Missed
    } else if due().any(|point| point.verdict == Verdict::Met) {
        Verdict::Met
    } else {
        Verdict::NotApplicable
    };
    let chances = outcome.chances.iter().filter(|chance| chance.promise == position);
    ResultRow {
        fails_in: fails_in(&points),
        verdict,
        chance_permille: chances.map(|chance| chance.permille).min(),
        account: (promise.kind == Kind::Share && promise.of == Population::Stock)
            .then(|| account(question, outcome, promise)),
        points,
    }
}

/// The end of the year from which a target stays below its bound until it is due; of targets that are
/// due every year the first year missed.
fn fails_in(points: &[Point]) -> Option<i32> {
    let is_missed = |point: &&Point| point.verdict == Verdict::Missed;
    if points.iter().all(|point| point.is_due) {
        return points.iter().find(is_missed).map(|point| point.year);
    }
    let due = points.iter().rposition(|point| point.is_due)?;
    points[..=due].iter().rev().take_while(is_missed).last().map(|point| point.year)
}

fn account(question: &Question, outcome: &Outcome, promise: &Promise) -> Account {
    let scenario = &question.scenarios[outcome.scenario];
    let of = |state: &State| (people(state.count(&promise.group)), people(state.total()));
    let start = of(&question.state);
    let end = of(outcome.years.last().map_or(&question.state, |year| &year.state));
    let (mut with, mut all) = (0, 0);
    for year in &scenario.admissions {
        for (cell, n) in question.cells.iter().zip(year) {
            let (part, whole) = cell.profile.share(&promise.group);
            with += (n * part + whole / 2) / whole.max(1);
            all += n;
        }
    }
    let bound = promise.bound(scenario.reading);
    Account {
        start,
        admitted: (with, all),
        end,
        n_gone: start.0 + with - end.0,
        n_wanted: super::mix::least(bound.value, end.1, bound.bound),
        is_by_age: promise.group.ages.is_some(),
    }
}

fn years(targets: &Targets, question: &Question, outcome: &Outcome) -> Vec<YearRow> {
    let young = targets.group("young").and_then(|group| group.ages).and_then(|ages| ages.to);
    let last_age = Group { ages: young.map(|to| (usize::from(to), usize::from(to))), ..Group::everyone() };
    let states = std::iter::once(&question.state).chain(outcome.years.iter().map(|year| &year.state));
    let row = |(before, year): (&State, &Year)| YearRow {
        year: year.year,
        n_before: people(before.total()),
        n_admitted: people(year.flows.intake),
        n_arrived: people(year.flows.transfers_in),
        n_died: people(year.flows.deaths),
        n_left: people(year.flows.leaving),
        n_not_confirmed: people(year.flows.not_confirmed),
        n_moved_away: people(year.flows.transfers_out),
        n_after: people(year.state.total()),
        n_confirmed: people(year.flows.confirmed),
        n_extended: people(year.flows.extended),
        n_studied: people(year.flows.studied),
        n_aged: people(before.count(&last_age)),
    };
    states.zip(&outcome.years).map(row).collect()
}
