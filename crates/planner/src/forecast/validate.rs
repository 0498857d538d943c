//! From shapes to a question: names, references, ages, overlaps and sums, each refused with its place
//! and a remedy.

use std::collections::BTreeSet;

use members::members;

use super::people::{Cell, Group, MOST_PEOPLE, PARTS, Shape, State};
use super::raw::{self, Pairs};
use super::{
    Arrival, Assumed, Deaths, IntakeCell, Limits, Line, N_AGES, Profile, Promise, Question, Range, Rate,
    Rates, Scenario, Sex, Study,
};
use crate::cohort::YOUNGEST;
use crate::instance::raw::Whole;
use crate::instance::{MOST, Malformed};
use crate::target::{Bound, Kind, Population, Side};

mod members;

/// Most levels of education times sectors, cells of the intake and years: a forecast of that size is
/// still answered at once.
const MOST_KINDS: usize = 64;
const MOST_YEARS: i64 = 100;

type Answer<T> = Result<T, Malformed>;

/// Names of a file, and the order that gives them their positions.
struct Names {
    educations: Vec<String>,
    sectors: Vec<String>,
    groups: Vec<(String, Group)>,
}

pub(super) fn question(file: raw::File) -> Answer<Question> {
    if file.format != "miaopu-forecast/1" {
        return Err(Malformed::new(
            "format",
            format!("格式为“{}”，应为 miaopu-forecast/1", file.format),
            format!("the format is “{}”; it must be miaopu-forecast/1", file.format),
        ));
    }
    let (from, until) = (year(file.from), year(file.until));
    if until <= from || i64::from(until - from) > MOST_YEARS {
        return Err(Malformed::new(
            "until",
            format!("须晚于 from，且不超过其后 {MOST_YEARS} 年"),
            format!("it must lie after `from`, by {MOST_YEARS} years at most"),
        ));
    }
    let names = names(file.educations, file.sectors, file.groups)?;
    let shape = Shape { n_educations: names.educations.len(), n_sectors: names.sectors.len() };
    let rates = Rates {
        deaths: deaths(&names, file.deaths)?,
        leaving: rates(&names, "leaving", file.leaving)?,
        not_confirmed: rates(&names, "not_confirmed", file.not_confirmed)?,
        extended: rates(&names, "extended", file.extended)?,
        transfers_out: rates(&names, "transfers_out", file.transfers_out)?,
        study: study(&names, file.study)?,
        transfers_in: arrivals(&names, file.transfers_in)?,
        exposure_of_new: small(file.exposure_of_new_permille.0),
    };
    let years = (from, until);
    let mut question = Question {
        title: file.title,
        sources: file.sources,
        from,
        until,
        state: State::empty(shape),
        rates,
        cells: cells(&names, years, file.cells)?,
        limits: limits(years, file.limits)?,
        promises: promises(&names, years, file.targets)?,
        scenarios: Vec::new(),
        plan: 0,
        educations: names.educations.clone(),
        sectors: names.sectors.clone(),
    };
    question.state = members(&names, &question, file.members)?;
    question.scenarios = scenarios(&question, file.scenarios)?;
    question.plan = question
        .scenarios
        .iter()
        .position(|one| one.id == file.plan)
        .ok_or_else(|| unknown("plan", &file.plan))?;
    within_range(&question)?;
    Ok(question)
}

fn year<const LIMIT: i64>(year: Whole<LIMIT>) -> i32 {
    i32::try_from(year.0).unwrap_or(i32::MAX)
}

/// A number that its type keeps below a million.
fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn unknown(place: impl Into<String>, name: &str) -> Malformed {
    Malformed::new(
        place,
        format!("没有名为“{name}”的项目，请改为文件中已定义的名称"),
        format!("nothing is named “{name}”; use a name that the file defines"),
    )
}

fn unique<'a>(place: &str, names: impl Iterator<Item = &'a str>) -> Answer<()> {
    let mut seen = BTreeSet::new();
    for name in names {
        if name.is_empty() || !seen.insert(name) {
            return Err(Malformed::new(
                place,
                format!("名称“{name}”为空或重复，请各用一个名称"),
                format!("the name “{name}” is empty or used twice; give each its own"),
            ));
        }
    }
    Ok(())
}

fn names(educations: Vec<String>, sectors: Vec<String>, groups: Vec<raw::NamedGroup>) -> Answer<Names> {
    unique("educations", educations.iter().map(String::as_str))?;
    unique("sectors", sectors.iter().map(String::as_str))?;
    unique("groups", groups.iter().map(|group| group.id.as_str()))?;
    let n_kinds = educations.len() * sectors.len();
    if n_kinds == 0 || n_kinds > MOST_KINDS {
        return Err(Malformed::new(
            "educations, sectors",
            format!("文化程度与领域各至少一项，相乘不超过 {MOST_KINDS}"),
            format!("give at least one of each; their product may not exceed {MOST_KINDS}"),
        ));
    }
    let mut names = Names { educations, sectors, groups: Vec::new() };
    for (position, group) in groups.into_iter().enumerate() {
        let who = names.group(&format!("groups[{position}].who ({})", group.id), &group.who)?;
        names.groups.push((group.id, who));
    }
    Ok(names)
}

impl Names {
    fn education(&self, place: &str, name: &str) -> Answer<usize> {
        self.educations
            .iter()
            .position(|known| known == name)
            .ok_or_else(|| unknown(format!("{place}.education"), name))
    }

    fn sector(&self, place: &str, name: &str) -> Answer<usize> {
        self.sectors
            .iter()
            .position(|known| known == name)
            .ok_or_else(|| unknown(format!("{place}.sector"), name))
    }

    fn group(&self, place: &str, who: &raw::Who) -> Answer<Group> {
        let educations = who.educations.as_ref();
        let sectors = who.sectors.as_ref();
        Ok(Group {
            ages: who.ages.map(|ages| range_of_ages(place, ages)).transpose()?,
            sex: who.sex,
            educations: educations
                .map(|names| names.iter().map(|name| self.education(place, name)).collect())
                .transpose()?,
            sectors: sectors
                .map(|names| names.iter().map(|name| self.sector(place, name)).collect())
                .transpose()?,
        })
    }

    fn profile(&self, place: &str, profile: &raw::Profile) -> Answer<Profile> {
        let ages = match (&profile.ages, &profile.weights_by_age) {
            (Some(ages), None) => {
                let (from, to) = range_of_ages(place, *ages)?;
                (from..=to).map(|age| (age, 1)).collect()
            }
            (None, Some(weights)) => weights_by_age(place, weights)?,
            _ => {
                return Err(Malformed::new(
                    place,
                    "ages 与 weights_by_age 必须且只能写一个",
                    "write exactly one of ages and weights_by_age",
                ));
            }
        };
        Ok(Profile {
            ages,
            sex: profile.sex,
            education: self.education(place, &profile.education)?,
            sector: self.sector(place, &profile.sector)?,
        })
    }
}

fn age(place: &str, age: i64) -> Answer<usize> {
    usize::try_from(age).ok().filter(|age| (YOUNGEST..=100).contains(age)).ok_or_else(|| {
        Malformed::new(
            place,
            format!("年龄为 {age}，须在18至100之间（100含以上）"),
            format!("the age is {age}; it must lie from 18 to 100, which includes everyone above"),
        )
    })
}

fn range_of_ages(place: &str, ages: raw::Ages) -> Answer<(usize, usize)> {
    let place = format!("{place}.ages");
    let (from, to) = (age(&place, ages.from.0)?, age(&place, ages.to.0)?);
    if from > to {
        return Err(Malformed::new(place, "from 不得大于 to", "`from` may not exceed `to`"));
    }
    Ok((from, to))
}

fn weights_by_age(place: &str, weights: &Pairs<Whole<MOST>>) -> Answer<Vec<(usize, u32)>> {
    let place = format!("{place}.weights_by_age");
    let ages: Vec<(usize, u32)> = weights
        .0
        .iter()
        .map(|(key, weight)| {
            let number = key.parse().map_err(|_| unknown(place.clone(), key))?;
            Ok((age(&place, number)?, small(weight.0)))
        })
        .collect::<Answer<_>>()?;
    if ages.iter().all(|&(_, weight)| weight == 0) {
        return Err(Malformed::new(place, "至少一个权数大于0", "at least one weight must be above 0"));
    }
    Ok(ages)
}

fn range<const LIMIT: i64>(range: &raw::Range<Whole<LIMIT>>) -> Range {
    let [low, mid, high] = &range.0;
    Range { low: small(low.0), mid: small(mid.0), high: small(high.0) }
}

/// Refuses two entries of a line that touch the same people: which of them counts would be a guess.
fn apart<'a>(line: &str, groups: impl Iterator<Item = &'a Group>) -> Answer<()> {
    let groups: Vec<&Group> = groups.collect();
    for (second, group) in groups.iter().enumerate() {
        if let Some(first) = groups[..second].iter().position(|other| other.meets(group)) {
            return Err(Malformed::new(
                format!("{line}[{second}].who"),
                format!("与 {line}[{first}] 涉及同一些人，请使两项互不重叠"),
                format!("it touches the same people as {line}[{first}]; keep the two apart"),
            ));
        }
    }
    Ok(())
}

fn rates(names: &Names, line: &str, rates: Vec<raw::Rate>) -> Answer<Vec<Rate>> {
    let rates: Vec<Rate> = rates
        .iter()
        .enumerate()
        .map(|(position, rate)| {
            let group = names.group(&format!("{line}[{position}].who"), &rate.who)?;
            Ok(Rate { group, a_year: range(&rate.per_million) })
        })
        .collect::<Answer<_>>()?;
    apart(line, rates.iter().map(|rate| &rate.group))?;
    Ok(rates)
}

fn study(names: &Names, study: Vec<raw::Study>) -> Answer<Vec<Study>> {
    let study: Vec<Study> = study
        .iter()
        .enumerate()
        .map(|(position, one)| {
            let place = format!("study[{position}]");
            let group = names.group(&format!("{place}.who"), &one.who)?;
            let to = names.education(&place, &one.to)?;
            if group.educations.as_ref().is_none_or(|levels| levels.contains(&to)) {
                return Err(Malformed::new(
                    format!("{place}.who.educations"),
                    "须写明原来的文化程度，且不含达到的程度",
                    "name the levels that are left, without the level that is reached",
                ));
            }
            Ok(Study { group, to, a_year: range(&one.per_million) })
        })
        .collect::<Answer<_>>()?;
    apart("study", study.iter().map(|one| &one.group))?;
    Ok(study)
}

fn deaths(names: &Names, deaths: raw::Deaths) -> Answer<Deaths> {
    let times = range(&deaths.times_permille);
    match (deaths.table, deaths.rows) {
        (Some(raw::Table::Census2000), None) => Ok(Deaths::of_the_census(times)),
        (None, Some(rows)) => death_table(names, &rows, times),
        _ => Err(Malformed::new(
            "deaths",
            "table 与 rows 必须且只能写一个",
            "write exactly one of table and rows",
        )),
    }
}

fn death_table(names: &Names, rows: &[raw::DeathRow], times: Range) -> Answer<Deaths> {
    let mut table = [vec![0; N_AGES], vec![0; N_AGES]];
    let mut groups = Vec::new();
    for (position, row) in rows.iter().enumerate() {
        let place = format!("deaths.rows[{position}].who");
        let group = names.group(&place, &row.who)?;
        if group.educations.is_some() || group.sectors.is_some() {
            return Err(Malformed::new(
                place,
                "死亡率只按年龄和性别区分",
                "deaths are told apart by age and sex only",
            ));
        }
        for (side, sex) in [Sex::Men, Sex::Women].into_iter().enumerate() {
            for (index, rate) in table[side].iter_mut().enumerate() {
                if group.has(Cell { age: index + YOUNGEST, sex, education: 0, sector: 0 }) {
                    *rate = small(row.per_million.0);
                }
            }
        }
        groups.push(group);
    }
    apart("deaths.rows", groups.iter())?;
    Ok(Deaths { table, times })
}

fn arrivals(names: &Names, arrivals: Vec<raw::Arrival>) -> Answer<Vec<Arrival>> {
    arrivals
        .iter()
        .enumerate()
        .map(|(position, one)| {
            let profile = names.profile(&format!("transfers_in[{position}].profile"), &one.profile)?;
            Ok(Arrival { profile, a_year: range(&one.people) })
        })
        .collect()
}

/// Values by year of the plan; a year that is not one of the plan is refused.
fn by_year<T: Copy>(place: &str, (from, until): (i32, i32), pairs: &Pairs<T>) -> Answer<Vec<Option<T>>> {
    let mut values = vec![None; usize::try_from(until - from).unwrap_or(0)];
    for (key, value) in &pairs.0 {
        let year: i32 = key.parse().map_err(|_| unknown(place, key))?;
        let step = usize::try_from(year - from - 1).ok().filter(|step| *step < values.len());
        let step = step.ok_or_else(|| {
            Malformed::new(
                format!("{place}.{key}"),
                format!("年份须在 {} 至 {until} 之间", from + 1),
                format!("the year must lie from {} to {until}", from + 1),
            )
        })?;
        values[step] = Some(*value);
    }
    Ok(values)
}

fn cells(names: &Names, years: (i32, i32), cells: Vec<raw::Cell>) -> Answer<Vec<IntakeCell>> {
    unique("cells", cells.iter().map(|cell| cell.id.as_str()))?;
    if cells.is_empty() || cells.len() > MOST_KINDS {
        return Err(Malformed::new(
            "cells",
            format!("发展对象的类别须有1至{MOST_KINDS}个"),
            format!("give from 1 to {MOST_KINDS} cells of people who could be admitted"),
        ));
    }
    cells
        .into_iter()
        .enumerate()
        .map(|(position, cell)| {
            let place = format!("cells[{position}] ({})", cell.id);
            let pool = by_year(&format!("{place}.pool"), years, &cell.pool)?;
            Ok(IntakeCell {
                profile: names.profile(&format!("{place}.profile"), &cell.profile)?,
                pool: pool.into_iter().map(|pool| pool.map(|pool| pool.0)).collect(),
                usual: small(cell.usual.0),
                id: cell.id,
            })
        })
        .collect()
}

fn limits(years: (i32, i32), limits: raw::Limits) -> Answer<Limits> {
    let caps = by_year("limits.caps", years, &limits.caps)?;
    Ok(Limits {
        previous: limits.previous.map(|previous| previous.0),
        change: limits.change_permille.map(|change| small(change.0)),
        caps: caps.into_iter().map(|cap| cap.map(|cap| cap.0)).collect(),
    })
}

fn promises(names: &Names, years: (i32, i32), targets: Vec<raw::Target>) -> Answer<Vec<Promise>> {
    unique("targets", targets.iter().map(|target| target.id.as_str()))?;
    targets
        .into_iter()
        .enumerate()
        .map(|(position, target)| {
            let place = format!("targets[{position}] ({})", target.id);
            let is_known = matches!(target.kind, Kind::Count | Kind::Share | Kind::Growth)
                && matches!(target.of, Population::Stock | Population::Intake)
                && (target.kind != Kind::Growth || target.of == Population::Stock);
            if !is_known {
                return Err(Malformed::new(
                    place,
                    "预测只处理党员（stock）或新党员（intake）的数量、比例，以及党员的增长",
                    "a forecast takes counts and shares of members (stock) or admissions (intake), and growth of members",
                ));
            }
            let group = match &target.group {
                None => Group::everyone(),
                Some(id) => named_group(names, &place, id)?,
            };
            for (key, bound) in [("as_written", &target.as_written), ("adopted", &target.adopted)] {
                in_range(&format!("{place}.{key}"), target.kind, bound)?;
            }
            Ok(Promise {
                years: due_years(&place, years, target.years)?,
                id: target.id,
                name: target.name,
                kind: target.kind,
                of: target.of,
                group,
                as_written: target.as_written,
                adopted: target.adopted,
            })
        })
        .collect()
}

fn named_group(names: &Names, place: &str, id: &str) -> Answer<Group> {
    let found = names.groups.iter().find(|(known, _)| known == id);
    found.map(|(_, group)| group.clone()).ok_or_else(|| unknown(format!("{place}.group"), id))
}

fn due_years(place: &str, (from, until): (i32, i32), due: Option<Vec<raw::Year>>) -> Answer<Vec<i32>> {
    let Some(due) = due else { return Ok((from + 1..=until).collect()) };
    let due: Vec<i32> = due.into_iter().map(year).collect();
    if due.is_empty()
        || !due.iter().all(|year| (from + 1..=until).contains(year))
        || !due.is_sorted_by(|a, b| a < b)
    {
        return Err(Malformed::new(
            format!("{place}.years"),
            format!("年份须在 {} 至 {until} 之间，由早到晚，各写一次", from + 1),
            format!("years must lie from {} to {until}, each once and in order", from + 1),
        ));
    }
    Ok(due)
}

fn in_range(place: &str, kind: Kind, bound: &Bound) -> Answer<()> {
    let most = if kind == Kind::Share { 1000 } else { MOST };
    let is_about = bound.bound == Side::About;
    if !(0..=most).contains(&bound.value)
        || !(0..=1000).contains(&bound.tolerance)
        || (bound.tolerance > 0 && !is_about)
    {
        return Err(Malformed::new(
            place,
            format!("数值须在0至{most}之间；容差为千分数，只用于 about"),
            format!(
                "the value must lie from 0 to {most}; a tolerance is in thousandths and for `about` only"
            ),
        ));
    }
    Ok(())
}

fn scenarios(question: &Question, scenarios: Vec<raw::Scenario>) -> Answer<Vec<Scenario>> {
    unique("scenarios", scenarios.iter().map(|scenario| scenario.id.as_str()))?;
    scenarios
        .into_iter()
        .enumerate()
        .map(|(position, scenario)| {
            let place = format!("scenarios[{position}] ({})", scenario.id);
            Ok(Scenario {
                admissions: admissions(question, &place, &scenario)?,
                id: scenario.id,
                name: scenario.name,
                reading: scenario.reading,
                assumed: assumed(&scenario.assumed),
            })
        })
        .collect()
}

fn assumed(sides: &raw::Sides) -> Assumed {
    Assumed::default()
        .and(Line::Deaths, sides.deaths)
        .and(Line::Leaving, sides.leaving)
        .and(Line::NotConfirmed, sides.not_confirmed)
        .and(Line::Extended, sides.extended)
        .and(Line::TransfersOut, sides.transfers_out)
        .and(Line::Study, sides.study)
        .and(Line::TransfersIn, sides.transfers_in)
}

fn admissions(question: &Question, place: &str, scenario: &raw::Scenario) -> Answer<Vec<super::Admissions>> {
    let years = (question.from, question.until);
    match (&scenario.totals, &scenario.cells) {
        (Some(totals), None) => by_year(&format!("{place}.totals"), years, totals)?
            .into_iter()
            .map(|total| Ok(question.usual(total.ok_or_else(|| every_year(place, "totals"))?.0)))
            .collect(),
        (None, Some(cells)) => {
            let positions: Vec<usize> = (0..cells.0.len()).collect();
            let keyed = cells.0.iter().zip(&positions).map(|((year, _), &at)| (year.clone(), at)).collect();
            by_year(&format!("{place}.cells"), years, &Pairs(keyed))?
                .into_iter()
                .map(|at| {
                    let (year, cells) = &cells.0[at.ok_or_else(|| every_year(place, "cells"))?];
                    of_cells(question, &format!("{place}.cells.{year}"), cells)
                })
                .collect()
        }
        _ => Err(Malformed::new(
            place,
            "totals 与 cells 必须且只能写一个",
            "write exactly one of totals and cells",
        )),
    }
}

fn every_year(place: &str, key: &str) -> Malformed {
    Malformed::new(
        format!("{place}.{key}"),
        "规划的每一年都要写；不发展的年份写0",
        "write every year of the plan, and 0 for a year without admissions",
    )
}

fn of_cells(question: &Question, place: &str, cells: &Pairs<Whole<MOST>>) -> Answer<super::Admissions> {
    let mut admitted = vec![0; question.cells.len()];
    for (id, n_people) in &cells.0 {
        let cell = question.cells.iter().position(|cell| cell.id == *id).ok_or_else(|| unknown(place, id))?;
        admitted[cell] = n_people.0;
    }
    Ok(admitted)
}

/// Everybody who could ever be counted stays far from the end of the numbers.
fn within_range(question: &Question) -> Answer<()> {
    let members = question.state.total() / PARTS;
    for scenario in &question.scenarios {
        let admitted =
            scenario.admissions.iter().flatten().fold(0_i64, |sum, &n_people| sum.saturating_add(n_people));
        people_within_range(members.saturating_add(question.n_arriving()), admitted)?;
    }
    Ok(())
}

fn people_within_range(members: i64, others: i64) -> Answer<()> {
    if members.saturating_add(others) > MOST_PEOPLE {
        return Err(Malformed::new(
            "members, scenarios, transfers_in",
            format!("党员、发展和转入合计超过 {MOST_PEOPLE} 人，请核对数字"),
            format!(
                "members, admissions and arrivals exceed {MOST_PEOPLE} people together; check the numbers"
            ),
        ));
    }
    Ok(())
}
