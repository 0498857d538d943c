//! What is read, and what is refused with its place.

use planner::instance::{Counted, Instance, Part, RowKind};
use serde_json::{Value, json};

fn sample() -> Value {
    json!({
        "format": "miaopu-allocation/1",
        "target": { "intake": 30, "tolerance_permille": 20, "weight": 200 },
        "weights": { "short": 100, "over": 60, "fair": 40, "smooth": 30, "dormant": 150, "node_fair": 20 },
        "cells": [ { "id": "f", "attributes": ["women"] }, { "id": "m" } ],
        "rows": [
            { "id": "women", "kind": "share", "attribute": "women", "at_least": {"num": 26, "den": 100}, "penalty": 400 },
            { "id": "key", "kind": "growth", "tag": "key", "at_least": 2, "penalty": 300 }
        ],
        "units": [
            { "id": "b1", "parent": "c1", "pool": { "m": 0, "f": 2 }, "tags": ["key"], "duty": true },
            { "id": "city", "parent": null },
            { "id": "c1", "parent": "city", "upper": 4, "fair_milli": 310500 }
        ]
    })
}

fn parse(value: &Value) -> Result<Instance, planner::instance::Malformed> {
    Instance::parse(value.to_string().as_bytes())
}

/// The sample with one place overwritten.
fn with(pointer: &str, new: Value) -> Value {
    let mut value = sample();
    let (above, key) = pointer.rsplit_once('/').unwrap();
    let place = value.pointer_mut(above).unwrap();
    match key.parse::<usize>() {
        Ok(position) => place[position] = new,
        Err(_) => place[key] = new,
    }
    value
}

#[test]
fn a_file_is_read_in_its_own_order() {
    let instance = parse(&sample()).unwrap();
    assert_eq!(instance.root, 1);
    assert_eq!(instance.unit(0).parent, Some(2));
    assert_eq!(instance.unit(0).leaf.unwrap().pool, [Part { cell: 0, n: 2 }]);
    assert_eq!(instance.units.leaf_bounds(0), Some((1, 2, false)));
    assert_eq!(instance.rows[0].kind, RowKind::Share { num: 26, den: 100, is_strict: false });
    assert_eq!(instance.rows[1].counts, Counted::Tag("key".into()));
    assert_eq!(instance.intake_band(), (30, 30));
    assert_eq!(instance.sha256.len(), 64);
}

#[test]
fn the_band_of_the_intake_is_rounded_inwards() {
    let band = |intake: i64, tolerance: i64| {
        let mut value = with("/target/intake", json!(intake));
        value["target"]["tolerance_permille"] = json!(tolerance);
        parse(&value).unwrap().intake_band()
    };
    assert_eq!(band(3000, 20), (2940, 3060));
    assert_eq!(band(31, 20), (31, 31));
    assert_eq!(band(75, 20), (74, 76));
    assert_eq!(band(10, 1000), (0, 20));
    assert_eq!(band(0, 1000), (0, 0));
}

#[test]
fn every_malformed_file_is_refused_with_its_place() {
    let cases = [
        ("/format", json!("miaopu-allocation/2"), "format"),
        ("/extra", json!(1), "extra"),
        ("/target/intake", json!(-1), "target.intake"),
        ("/target/intake", json!(4.0), "target.intake"),
        ("/target/intake", json!(1_000_000_001), "target.intake"),
        ("/target/tolerance_permille", json!(1001), "target.tolerance_permille"),
        ("/year", json!("2002"), "year"),
        ("/year", json!(null), "year"),
        ("/target", json!([30, 20, 200]), "target"),
        ("/cells/1", json!(["m"]), "cells[1]"),
        ("/units/1", json!(["city", null]), "units[1]"),
        ("/rows/1/kind", json!({"growth": null}), "rows[1].kind"),
        ("/cells/1/id", json!("f"), "cells[1].id"),
        ("/cells/1/id", json!(""), "cells[1].id"),
        ("/rows/0/tag", json!("key"), "women"),
        ("/rows/0/at_least", json!(26), "rows[0].at_least"),
        ("/rows/0/at_least", json!({"num": 1, "den": 3}), "rows[0].at_least"),
        ("/rows/0/at_least", json!({"num": 11, "den": 10}), "rows[0].at_least"),
        ("/rows/1/at_least", json!({"num": 1, "den": 2}), "rows[1].at_least"),
        ("/rows/1/strict", json!(false), "rows[1].strict"),
        ("/units/0/parent", json!("c9"), "unit b1"),
        ("/units/0/parent", json!(null), "unit b1"),
        ("/units/0/pool", json!({"x": 1}), "unit b1"),
        ("/units/0/request_cells", json!({"x": 1}), "unit b1"),
        ("/units/0/upper", json!(-3), "unit b1"),
        ("/units/0/upper", json!(null), "unit b1"),
        ("/units/0/fair_milli", json!(1.5), "unit b1"),
        ("/units/0/colour", json!("red"), "units[0]"),
        ("/units/1/parent", json!("c1"), "units"),
        ("/units/1/pool", json!({}), "unit city"),
        ("/units/2/parent", json!(null), "unit c1"),
        ("/units/2/parent", json!("b1"), "unit c1"),
        ("/units/2/parent", json!("c1"), "unit c1"),
        ("/units/2/request", json!(1), "unit c1"),
        ("/units/2/id", json!("city"), "units[2].id"),
    ];
    for (pointer, new, place) in cases {
        let refused = parse(&with(pointer, new.clone())).expect_err(&format!("{pointer} = {new}"));
        assert!(refused.place.contains(place), "{pointer} = {new}: {refused}");
        assert!(!refused.what.zh.is_empty() && !refused.what.en.is_empty());
    }
}

#[test]
fn a_key_written_twice_is_refused_at_every_level() {
    let text = sample().to_string();
    for (once, twice) in [
        (r#""weight":200"#, r#""weight":200,"weight":200"#),
        (r#""f":2"#, r#""f":2,"f":2"#),
        (r#""duty":true"#, r#""duty":true,"duty":true"#),
    ] {
        assert!(text.contains(once));
        assert!(Instance::parse(text.replace(once, twice).as_bytes()).is_err(), "{twice}");
    }
    assert!(Instance::parse(format!("{text} {{}}").as_bytes()).is_err());
}

#[test]
fn costs_that_leave_exact_arithmetic_are_caught_before_the_search() {
    let mut value = sample();
    value["target"]["intake"] = json!(1_000_000_000);
    value["weights"]["fair"] = json!(1_000_000_000);
    value["units"][0]["pool"] = json!({"f": 1_000_000_000, "m": 1_000_000_000});
    value["units"][0]["fair_milli"] = json!(1);
    assert_eq!(parse(&value).unwrap_err().place, "weights");
}
