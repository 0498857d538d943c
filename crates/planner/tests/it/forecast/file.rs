//! The question file: the shipped city, and every way of being malformed.

use planner::forecast::{Answer, Group, Least, PARTS, Promise, Question, Sex, answer};
use planner::target::{Targets, Verdict};
use serde_json::{Value, json};

const CITY: &str = include_str!("../../../data/city-2001.json");

fn refused(change: impl Fn(&mut Value)) -> (String, String) {
    let mut file: Value = serde_json::from_str(CITY).unwrap();
    change(&mut file);
    let error = Question::parse(file.to_string().as_bytes()).expect_err("refused");
    assert!(!error.what.zh.is_empty() && !error.what.en.is_empty());
    (error.place, error.what.en)
}

#[test]
fn the_city_as_written_misses_its_promises_and_is_told_what_it_would_take() {
    let question = Question::parse(CITY.as_bytes()).unwrap();
    assert!(question.state.total() / PARTS > 450_000);
    let answer: Answer = answer(&question);
    assert!(!answer.is_kept(&question));
    let plan = answer.of_plan(&question);
    // 22 of 30 young, 26 educated, 8 women: the shares of the intake are kept even so.
    let due = |id: &str| {
        let promise = question.promises.iter().position(|promise| promise.id == id).unwrap();
        plan.judged.iter().rfind(|one| one.promise == promise && one.is_due).unwrap().verdict
    };
    for id in ["intake", "intake_young", "intake_educated", "intake_women"] {
        assert_eq!(due(id), Verdict::Met, "{id}");
    }
    assert_eq!([due("stock_educated"), due("stock_women")], [Verdict::Missed; 2]);
    match &answer.least {
        Least::Unreachable(unreachable) => {
            assert!(unreachable.is_proved && unreachable.conflict.len() > 1);
            let free = unreachable.without_limits.as_ref().expect("without limits it can be done");
            assert!(free.total > 30 * 3 * 100 && free.bound <= free.total);
        }
        Least::Reached(reached) => assert!(reached.total > 30 * 3 * 100),
    }
}

#[test]
fn the_same_question_gives_the_same_bytes_in_whole_numbers() {
    let question = Question::parse(CITY.as_bytes()).unwrap();
    let bytes = answer(&question).to_bytes(&question);
    assert_eq!(bytes, answer(&question).to_bytes(&question));
    let file: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(file["format"], "miaopu-forecast-answer/1");
    assert_eq!(file["scenarios"].as_array().map(Vec::len), Some(3));
    assert_eq!(file["scenarios"][0]["years"][0]["intake_milli"], 30_000);
    fn whole(value: &Value) -> bool {
        match value {
            Value::Number(number) => number.is_i64() || number.is_u64(),
            Value::Array(items) => items.iter().all(whole),
            Value::Object(keys) => keys.values().all(whole),
            Value::Null | Value::Bool(_) | Value::String(_) => true,
        }
    }
    assert!(whole(&file));
}

type Fault = (fn(&mut Value), &'static str, &'static str);

#[test]
fn malformed_files_are_refused_with_place_and_remedy() {
    let faults: [Fault; 16] = [
        (|f| f["format"] = "miaopu-forecast/2".into(), "format", "must be miaopu-forecast/1"),
        (|f| f["colour"] = 1.into(), "colour", "unknown field"),
        (|f| f["until"] = 2001.into(), "until", "after `from`"),
        (|f| f["scenarios"][1]["totals"]["2002"] = (-1).into(), "scenarios[1]", "whole number from 0"),
        (|f| f["scenarios"][1]["totals"]["2002"] = json!(1.5), "scenarios[1]", "whole number from 0"),
        (|f| f["scenarios"][1]["totals"]["2009"] = 1.into(), "totals.2009", "from 2002 to 2004"),
        (
            |f| drop(f["scenarios"][1]["totals"].as_object_mut().unwrap().remove("2003")),
            "totals",
            "every year",
        ),
        (
            |f| f["scenarios"][0]["cells"]["2002"]["nobody"] = 1.into(),
            "cells.2002",
            "nothing is named “nobody”",
        ),
        (|f| f["cells"][1]["id"] = f["cells"][0]["id"].clone(), "cells", "used twice"),
        (|f| f["targets"][0]["group"] = "nobody".into(), "targets[0]", "nothing is named"),
        (|f| f["targets"][1]["adopted"]["value"] = 1001.into(), "adopted", "from 0 to 1000"),
        (|f| f["targets"][0]["of"] = "units".into(), "targets[0]", "counts and shares of members"),
        (|f| f["groups"][0]["who"]["ages"]["from"] = 17.into(), "groups[0]", "from 18 to 100"),
        (|f| f["leaving"] = json!([f["leaving"][0], f["leaving"][0]]), "leaving[1]", "keep the two apart"),
        (
            |f| f["members"]["margins"][1][0]["people"] = 55_238.into(),
            "members.margins[1]",
            "that of the first",
        ),
        (|f| f["plan"] = "none".into(), "plan", "nothing is named"),
    ];
    for (change, place, message) in faults {
        let (found, text) = refused(change);
        assert!(found.contains(place) && text.contains(message), "{place}: {found}: {text}");
    }
}

#[test]
fn too_many_people_are_refused_before_anything_is_computed() {
    let (place, text) = refused(|file| {
        for year in ["2002", "2003", "2004"] {
            file["scenarios"][1]["totals"][year] = 1_000_000_000.into();
        }
        for year in ["1998", "1999"] {
            file["members"]["admitted_since"][year] = 1_000_000_000.into();
        }
    });
    assert!(place.contains("members") && text.contains("exceed"), "{place}: {text}");
    let (_, text) = refused(|file| file["cells"][0]["pool"] = json!({ "2002": 1_000_000_001 }));
    assert!(text.contains("from 0 to 1000000000"), "{text}");
}

#[test]
fn a_key_written_twice_is_refused() {
    let twice = CITY.replacen("\"2003\": 12955", "\"2002\": 12955", 1);
    assert_ne!(twice, CITY);
    let error = Question::parse(twice.as_bytes()).expect_err("refused");
    assert!(error.what.en.contains("written twice"), "{error}");
    let more = format!("{CITY} {{}}");
    assert_eq!(Question::parse(more.as_bytes()).expect_err("refused").place, "file");
}

#[test]
fn the_targets_of_a_plan_become_promises_where_the_forecast_tells_their_groups() {
    let promises = Promise::of_targets(&Targets::shipped(), |group| {
        let ages = group.ages.map(|ages| (usize::from(ages.from), ages.to.map_or(100, usize::from)));
        let is_told = group.mark.is_none() && group.education_below.is_none();
        is_told.then(|| Group { ages, sex: group.sex, ..Group::everyone() })
    });
    let ids: Vec<&str> = promises.iter().map(|promise| promise.id.as_str()).collect();
    assert_eq!(ids, ["intake", "intake_young", "intake_women", "stock_young", "stock_women"]);
    assert_eq!(promises[3].group.ages, Some((18, 35)));
    assert_eq!((promises[4].group.sex, &promises[4].years), (Some(Sex::Women), &vec![2004]));
}
