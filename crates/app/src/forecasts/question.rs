//! What was counted as a question file (`miaopu-forecast/1`): the same bytes answer the page, the API
//! and `miaopu plan forecast`. Names of people and units are not in it.

use planner::forecast::Assumptions;
use planner::target::{Bound, Definition, Kind, Population, Scope, Side, Target, Targets};
use serde_json::{Map, Value, json};

use super::ground::{Ground, of_group};
use super::mix::{self, SHARE_TARGETS, Shares, Sort};
use crate::store::StoreError;

/// A plan of admissions to be looked at: so many in each year, of this structure.
pub(super) struct Course {
    pub(super) id: &'static str,
    pub(super) name: [&'static str; 2],
    pub(super) is_as_written: bool,
    pub(super) n_a_year: i64,
    pub(super) shares: Shares,
}

/// Everything that a question is made of.
pub(super) struct Asked<'a> {
    pub(super) ground: &'a Ground,
    pub(super) targets: &'a Targets,
    pub(super) assumed: &'a Assumptions,
    /// The last year of the plan.
    pub(super) until: i32,
    /// As written and as adopted: admissions a year.
    pub(super) intake: [i64; 2],
    /// The structure that the office tries instead of the adopted one.
    pub(super) tried: Option<Shares>,
    /// Whether a year may differ from the one before by a part of it only.
    pub(super) keeps_pace: bool,
    pub(super) courses: Vec<Course>,
}

impl Asked<'_> {
    /// The question as a file.
    pub(super) fn file(&self) -> Result<Vec<u8>, StoreError> {
        let title = &self.targets.title;
        let mut file = json!({
            "format": "miaopu-forecast/1",
            "title": { "zh": title.zh, "en": title.en },
            "sources": self.sources(),
            "from": self.ground.from,
            "until": self.until,
            "educations": ["educated", "below"],
            "sectors": ["key", "other"],
            "groups": self.groups(),
            "members": { "rows": self.members() },
            "transfers_in": self.arrivals(),
            "cells": Sort::all().map(|sort| self.cell(sort)).collect::<Vec<_>>(),
            "limits": self.limits(),
            "targets": self.targets.targets.iter().filter_map(|it| self.target(it)).collect::<Vec<_>>(),
            "scenarios": self.courses.iter().map(|course| self.scenario(course)).collect::<Vec<_>>(),
            "plan": self.courses.first().map_or("", |course| course.id),
        });
        if let Value::Object(file) = &mut file {
            file.extend(self.assumed.lines.clone());
        }
        let mut bytes =
            serde_json::to_vec_pretty(&file).map_err(|error| StoreError::Unfit(error.to_string()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    fn sources(&self) -> Vec<Value> {
        let (n, from) = (self.ground.n_members(), self.ground.from);
        let counted = json!({
            "zh": format!("党员：本系统记录，{from}年12月31日共{n}名；文化程度、所在组织按现在登记。"),
            "en": format!("Members: this record, {n} on 31 December {from}; education and unit are those known now."),
        });
        let assumed = self.assumed.sources.iter().map(|it| json!({ "zh": it.zh, "en": it.en }));
        std::iter::once(counted).chain(assumed).collect()
    }

    fn members(&self) -> Vec<Value> {
        let row = |(&(age, is_woman, is_educated, is_key), &[full, on_probation]): (&_, &[i64; 2])| {
            json!({
                "age": age,
                "sex": if is_woman { "women" } else { "men" },
                "education": if is_educated { "educated" } else { "below" },
                "sector": if is_key { "key" } else { "other" },
                "full": full,
                "on_probation": on_probation,
            })
        };
        self.ground.members.iter().map(row).collect()
    }

    /// Groups of the targets that the forecast tells apart.
    fn groups(&self) -> Vec<Value> {
        let known = self
            .targets
            .groups
            .iter()
            .filter_map(|group| Some(json!({ "id": group.id, "who": who(group)? })));
        known.collect()
    }

    fn arrivals(&self) -> Vec<Value> {
        let (arrivals, n) = (&self.assumed.arrivals, self.ground.n_members());
        let of = |sex: &str, ends: planner::forecast::Ends| {
            json!({
                "profile": { "ages": arrivals.ages, "sex": sex, "education": "educated", "sector": "other" },
                "people": ends.of(n),
            })
        };
        vec![of("men", arrivals.men_per_million), of("women", arrivals.women_per_million)]
    }

    fn cell(&self, sort: Sort) -> Value {
        let ages = &self.assumed.ages;
        json!({
            "id": sort.id(),
            "profile": {
                "weights_by_age": if sort.is_young { &ages.young } else { &ages.others },
                "sex": if sort.is_woman { "women" } else { "men" },
                "education": if sort.is_educated { "educated" } else { "below" },
                "sector": if sort.is_key { "key" } else { "other" },
            },
        })
    }

    fn limits(&self) -> Value {
        if self.keeps_pace && self.ground.n_previous > 0 {
            json!({ "previous": self.ground.n_previous, "change_permille": self.assumed.change_permille })
        } else {
            json!({})
        }
    }

    /// A target, if the forecast can hold members or admissions against it.
    fn target(&self, target: &Target) -> Option<Value> {
        let kind = match target.kind {
            Kind::Count => "count",
            Kind::Share => "share",
            Kind::Growth => "growth",
            Kind::Ratio | Kind::Coverage => return None,
        };
        let of = match target.of {
            Population::Stock => "stock",
            Population::Intake => "intake",
            Population::Candidates | Population::Units => return None,
        };
        if target.scope != Scope::Whole {
            return None;
        }
        let group = target.group.as_ref().map(|id| self.targets.group(id)).map(|group| group.and_then(who));
        if group.as_ref().is_some_and(Option::is_none) || !self.has_whom_to_grow(target) {
            return None;
        }
        let first = i32::from(self.ground.from) + 1;
        let years: Vec<i32> = self.targets.years(target);
        let years: Vec<i32> = years.into_iter().filter(|year| (first..=self.until).contains(year)).collect();
        if years.is_empty() {
            return None;
        }
        let [written, adopted] = self.values(target);
        let mut value = json!({
            "id": target.id,
            "name": { "zh": target.name.zh, "en": target.name.en },
            "kind": kind,
            "of": of,
            "years": years,
            "as_written": bound(&target.as_written, written),
            "adopted": bound(&target.adopted, adopted),
        });
        if let (Some(id), Value::Object(target)) = (&target.group, &mut value) {
            target.insert("group".to_owned(), json!(id));
        }
        Some(value)
    }

    /// A unit without anybody in a group cannot be asked to let it grow.
    fn has_whom_to_grow(&self, target: &Target) -> bool {
        let group = target.group.as_ref().and_then(|id| self.targets.group(id));
        let (Kind::Growth, Some(group)) = (target.kind, group) else { return true };
        let at_first = self.ground.before.last().map(|(_, rows)| rows);
        at_first.and_then(|rows| of_group(rows, group)).is_some_and(|n| n > 0)
    }

    /// The values of a target for this unit: its own part of the admissions, and the structure tried.
    fn values(&self, target: &Target) -> [i64; 2] {
        if target.kind == Kind::Count && target.of == Population::Intake && target.group.is_none() {
            return self.intake;
        }
        let place = SHARE_TARGETS.iter().position(|id| *id == target.id);
        let tried = place.and_then(|place| self.tried.map(|tried| tried[place]));
        [target.as_written.value, tried.unwrap_or(target.adopted.value)]
    }

    fn scenario(&self, course: &Course) -> Value {
        let n = course.n_a_year;
        let side = |id: &str| {
            let target = self.targets.get(id);
            let bound = target.map(|it| if course.is_as_written { &it.as_written } else { &it.adopted });
            bound.map_or(Side::AtLeast, |bound| bound.bound)
        };
        let [young, educated, women] =
            [0, 1, 2].map(|place| mix::least(course.shares[place], n, side(SHARE_TARGETS[place])));
        let key = (n * self.ground.usual_permille[3] + 500).div_euclid(1000);
        let year = mix::spread(n, [young, educated, women, key]);
        let cells: Map<String, Value> =
            Sort::all().zip(year).filter(|(_, n)| *n > 0).map(|(sort, n)| (sort.id(), json!(n))).collect();
        let years = i32::from(self.ground.from) + 1..=self.until;
        let cells: Map<String, Value> =
            years.map(|year| (year.to_string(), Value::Object(cells.clone()))).collect();
        json!({
            "id": course.id,
            "name": { "zh": course.name[0], "en": course.name[1] },
            "reading": if course.is_as_written { "as_written" } else { "adopted" },
            "cells": cells,
        })
    }
}

/// A group of the targets in the words of a question; none when the forecast does not tell it apart.
fn who(group: &Definition) -> Option<Value> {
    let mut who = Map::new();
    if let Some(ages) = group.ages {
        who.insert("ages".to_owned(), json!({ "from": ages.from, "to": ages.to.unwrap_or(100).min(100) }));
    }
    if let Some(sex) = group.sex {
        who.insert("sex".to_owned(), json!(sex));
    }
    if group.education_below.is_some() {
        who.insert("educations".to_owned(), json!(["educated"]));
    }
    match group.mark.as_deref() {
        None => {}
        Some("key_post") => {
            who.insert("sectors".to_owned(), json!(["key"]));
        }
        Some(_) => return None,
    }
    Some(Value::Object(who))
}

fn bound(bound: &Bound, value: i64) -> Value {
    let side = match bound.bound {
        Side::AtLeast => "at_least",
        Side::MoreThan => "more_than",
        Side::AtMost => "at_most",
        Side::About => "about",
    };
    let mut written = json!({ "bound": side, "value": value });
    if bound.tolerance > 0 {
        written["tolerance"] = json!(bound.tolerance);
    }
    written
}
