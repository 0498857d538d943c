//! Who a row is about: the identity number decides; without one, name, day of birth and sex in the same
//! branch. A blank cell never takes away what is known.

use std::collections::{BTreeSet, HashMap};

use documents::roster::people::Entry;
use domain::dates::{Instant, Moment};
use domain::event::FieldChange;
use domain::id_number::IdNumber;
use domain::ids::{PersonId, UnitId};
use domain::members::{Act, Change, Enrolment, Ground, Host, consider};
use domain::person::{Person, Sex, Stage};
use domain::text::Text;
use domain::unit::Unit;
use jiff::civil::Date;
use serde_json::{Value as Json, json};

use super::{Plan, stage_on};

/// The people and units that rows are matched with.
pub(super) struct Known {
    units: HashMap<String, Vec<UnitId>>,
    hosts: HashMap<UnitId, Unit>,
    people: HashMap<PersonId, (Person, bool)>,
    by_number: HashMap<String, PersonId>,
    by_birth: HashMap<(String, Date, Sex), Vec<PersonId>>,
}

/// Rows of the file met so far.
#[derive(Default)]
pub(super) struct Seen {
    numbers: HashMap<String, u32>,
    people: HashMap<PersonId, u32>,
    births: HashMap<(String, Date, Sex, UnitId), u32>,
}

impl Known {
    pub(super) fn of(units: Vec<Unit>, people: Vec<(Person, bool)>) -> Known {
        let mut known = Known {
            units: HashMap::new(),
            hosts: HashMap::new(),
            people: HashMap::new(),
            by_number: HashMap::new(),
            by_birth: HashMap::new(),
        };
        for unit in units.into_iter().filter(|unit| unit.is_open) {
            let names: BTreeSet<String> = [&unit.code, &unit.name.zh, &unit.name.en]
                .into_iter()
                .filter(|name| !name.is_empty())
                .cloned()
                .collect();
            for name in names {
                known.units.entry(name).or_default().push(unit.id);
            }
            known.hosts.insert(unit.id, unit);
        }
        for (person, has_file) in people {
            let particulars = &person.particulars;
            if let Some(number) = full_number(&particulars.id_number) {
                known.by_number.insert(number, person.id);
            }
            let birth = (particulars.name.clone(), particulars.born_on, particulars.sex);
            known.by_birth.entry(birth).or_default().push(person.id);
            known.people.insert(person.id, (person, has_file));
        }
        known
    }

    /// What a row would do, or everything that is wrong with it.
    pub(super) fn plan(&self, entry: Entry, seen: &mut Seen, today: Date) -> Result<Plan, Vec<Text>> {
        let mut wrong = days_wrong(&entry, today);
        let unit = match self.unit(&entry) {
            Ok(unit) => Some(unit),
            Err(text) => {
                wrong.push(text);
                None
            }
        };
        let found = match unit.map(|unit| self.find(&entry, unit)) {
            Some(Ok(found)) => found,
            Some(Err(text)) => {
                wrong.push(text);
                None
            }
            None => None,
        };
        wrong.extend(unit.and_then(|unit| seen.note(&entry, unit, found)));
        let plan = match (unit, found.and_then(|person| self.people.get(&person))) {
            (Some(_), Some((person, has_file))) => match changes(person, *has_file, &entry) {
                Ok(changes) if changes.is_empty() => Some(Plan::Same(person.id)),
                Ok(changes) => Some(Plan::Changed(person.id, changes)),
                Err(text) => {
                    wrong.push(text);
                    None
                }
            },
            (Some(unit), None) => {
                // A row that cannot be read right is not judged a second time.
                if wrong.is_empty() {
                    wrong.extend(self.refused_by_hand(&entry, unit, today));
                }
                Some(Plan::New(unit, Box::new(entry)))
            }
            (None, _) => None,
        };
        match plan {
            Some(plan) if wrong.is_empty() => Ok(plan),
            Some(_) | None => Err(wrong),
        }
    }

    /// What would refuse the row if it were entered by hand: an import is no back door.
    fn refused_by_hand(&self, entry: &Entry, unit: UnitId, today: Date) -> Vec<Text> {
        let host = self.hosts.get(&unit).map(|unit| Host {
            unit: unit.clone(),
            opened_on: Date::MIN,
            groups: Vec::new(),
        });
        let enrolment = Enrolment {
            particulars: entry.particulars.clone(),
            stage: entry.stage,
            stage_on: stage_on(entry),
            admitted_on: entry.admitted_on,
            full_since: entry.confirmed_on,
        };
        let now = Moment { at: Instant(0), today };
        let ground = Ground { now, known: None, host, other: None, free: PersonId(0) };
        let act = Act { on: today, change: Change::Register(enrolment) };
        let say = |zh: &str, en: &str| {
            at(entry, zh.trim_end_matches('。').to_owned(), en.trim_end_matches('.').to_owned())
        };
        let findings = consider(&act, &ground).refusing;
        findings
            .iter()
            .map(|found| {
                say(
                    &format!("{}{}", found.text.zh, found.remedy.zh),
                    &format!("{} {}", found.text.en, found.remedy.en),
                )
            })
            .collect()
    }

    /// The unit by code or name; of a path of names the last one decides.
    fn unit(&self, entry: &Entry) -> Result<UnitId, Text> {
        let last = entry.unit.rsplit(['/', '／', '>']).next().unwrap_or(&entry.unit).trim();
        match self.units.get(entry.unit.trim()).or_else(|| self.units.get(last)).map(Vec::as_slice) {
            Some([unit]) => Ok(*unit),
            Some(_) => Err(at(
                entry,
                format!("“{}”有同名组织，请填写组织编码", entry.unit),
                format!("several units are called {}; write the code", entry.unit),
            )),
            None => Err(at(
                entry,
                format!("本组织之下没有“{}”，请填写组织编码或全称", entry.unit),
                format!("no unit {} stands below this one; write its code or full name", entry.unit),
            )),
        }
    }

    fn find(&self, entry: &Entry, unit: UnitId) -> Result<Option<PersonId>, Text> {
        let particulars = &entry.particulars;
        let number = full_number(&particulars.id_number);
        if let Some(person) = number.as_ref().and_then(|number| self.by_number.get(number)) {
            return Ok(Some(*person));
        }
        let birth = (particulars.name.clone(), particulars.born_on, particulars.sex);
        let namesakes = self.by_birth.get(&birth).map(Vec::as_slice).unwrap_or_default();
        // Another number means another person, whatever the name.
        let is_possible = |person: &&PersonId| {
            self.people.get(person).is_some_and(|(known, _)| {
                let own = full_number(&known.particulars.id_number);
                own.is_none() || number.is_none()
            })
        };
        let possible: Vec<PersonId> = namesakes.iter().filter(is_possible).copied().collect();
        let here = |person: &PersonId| self.people.get(person).is_some_and(|(known, _)| known.unit == unit);
        match possible.as_slice() {
            [] => Ok(None),
            [only] if here(only) => Ok(Some(*only)),
            [_] => Err(at(
                entry,
                "另一支部有姓名、出生日期、性别都相同的人；请补填公民身份号码，确为同一人的先办理转接"
                    .to_owned(),
                "another branch has someone with the same name, birth and sex; add the identity number, or \
                 transfer the person first"
                    .to_owned(),
            )),
            several => {
                let here: Vec<&PersonId> = several.iter().filter(|person| here(person)).collect();
                match here.as_slice() {
                    [only] => Ok(Some(**only)),
                    _ => Err(at(
                        entry,
                        "有几个人姓名、出生日期、性别都相同；请补填公民身份号码".to_owned(),
                        "several people have this name, birth and sex; add the identity number".to_owned(),
                    )),
                }
            }
        }
    }
}

impl Seen {
    /// Notes a row; says so if an earlier one was about the same person.
    fn note(&mut self, entry: &Entry, unit: UnitId, found: Option<PersonId>) -> Option<Text> {
        let particulars = &entry.particulars;
        let number = full_number(&particulars.id_number);
        let has_number = number.is_some();
        let mut earlier = None;
        if let Some(number) = number {
            earlier = earlier.or(self.numbers.insert(number, entry.row));
        }
        if let Some(person) = found {
            earlier = earlier.or(self.people.insert(person, entry.row));
        }
        if !has_number {
            let birth = (particulars.name.clone(), particulars.born_on, particulars.sex, unit);
            earlier = earlier.or(self.births.insert(birth, entry.row));
        }
        earlier.map(|row| {
            at(
                entry,
                format!("与第 {row} 行是同一人，请只保留一行"),
                format!("the same person as in row {row}; keep one of them"),
            )
        })
    }
}

/// The number with 18 characters, so that an old one of 15 finds the same person.
fn full_number(text: &str) -> Option<String> {
    IdNumber::parse(text).ok().map(|number| number.reveal().to_owned())
}

fn at(entry: &Entry, zh: String, en: String) -> Text {
    Text::new(format!("第 {} 行：{zh}。", entry.row), format!("row {}: {en}.", entry.row))
}

/// Days that cannot be: in the future, or out of order.
fn days_wrong(entry: &Entry, today: Date) -> Vec<Text> {
    let days = [
        (Some(entry.particulars.born_on), "出生日期", "birth"),
        (entry.applied_on, "申请入党日期", "application"),
        (entry.activist_on, "列为积极分子日期", "listing as activist"),
        (entry.target_on, "列为发展对象日期", "listing as target"),
        (entry.admitted_on, "入党日期", "admission"),
        (entry.confirmed_on, "转正日期", "confirmation"),
    ];
    let known: Vec<_> = days.into_iter().filter_map(|(day, zh, en)| Some((day?, zh, en))).collect();
    let future = known
        .iter()
        .filter(|(day, ..)| *day > today)
        .map(|(_, zh, en)| at(entry, format!("{zh}在今天之后"), format!("the day of {en} is after today")));
    let order = known.windows(2).filter(|pair| pair[0].0 > pair[1].0).map(|pair| {
        let (_, zh, en) = pair[0];
        let (_, later_zh, later_en) = pair[1];
        at(entry, format!("{zh}晚于{later_zh}"), format!("the day of {en} is after that of {later_en}"))
    });
    future.chain(order).collect()
}

/// Fields in which the row says something else than what is known.
fn changes(person: &Person, has_file: bool, entry: &Entry) -> Result<Vec<FieldChange>, Text> {
    if entry.stage != person.stage && has_file {
        return Err(at(
            entry,
            "此人有发展档案，发展阶段以档案为准，不能由名册更改".to_owned(),
            "this person has an admission file; the stage follows the file and not a roster".to_owned(),
        ));
    }
    let mut was = serde_json::to_value(&person.particulars).unwrap_or_default();
    let becomes = serde_json::to_value(&entry.particulars).unwrap_or_default();
    let mut stage = |name: &str, known: Json| was[name] = known;
    stage("stage", json!(person.stage));
    stage("stage_on", json!(person.stage_on));
    stage("admitted_on", json!(person.admitted_on));
    stage("full_since", json!(person.full_since));
    let mut wished: Vec<(String, Json)> = becomes
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if entry.stage != Stage::None {
        wished.push(("stage".to_owned(), json!(entry.stage)));
    }
    if !has_file {
        // The day of a member's stage is that of admission or confirmation and is compared as such.
        if !entry.stage.is_member() {
            wished.push(("stage_on".to_owned(), json!(stage_on(entry))));
        }
        wished.push(("admitted_on".to_owned(), json!(entry.admitted_on)));
        wished.push(("full_since".to_owned(), json!(entry.confirmed_on)));
    }
    let change = |(field, becomes): (String, Json)| {
        let was = was.get(&field).cloned().unwrap_or(Json::Null);
        let is_blank = becomes.is_null() || becomes == json!("");
        (!is_blank && was != becomes).then_some(FieldChange { field, was, becomes })
    };
    Ok(wished.into_iter().filter_map(change).collect())
}
