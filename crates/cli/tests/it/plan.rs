//! `miaopu plan`: exit status, files and what is printed.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn sample() -> Value {
    json!({
        "format": "miaopu-allocation/1",
        "target": { "intake": 3, "tolerance_permille": 0, "weight": 200 },
        "weights": { "short": 100, "over": 60, "fair": 40, "smooth": 30, "dormant": 150, "node_fair": 20 },
        "cells": [ { "id": "f", "attributes": ["women"] }, { "id": "m" } ],
        "rows": [ { "id": "women", "kind": "share", "attribute": "women", "at_least": {"num": 26, "den": 100}, "penalty": 400 } ],
        "units": [
            { "id": "city", "parent": null },
            { "id": "b1", "parent": "city", "pool": { "m": 2 }, "request": 2 },
            { "id": "b2", "parent": "city", "pool": { "m": 2, "f": 1 }, "request": 1 }
        ]
    })
}

fn miaopu(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_miaopu")).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_plan_is_made_checked_and_refused_after_tampering() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("i.json"), sample().to_string()).unwrap();
    let made = miaopu(&["plan", "allocate", "i.json", "--out", "p.json"], folder.path());
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    assert!(text(&made.stdout).contains("3 places") && text(&made.stdout).contains("共安排 3 名"));
    let checked = miaopu(&["plan", "check", "i.json", "p.json"], folder.path());
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));

    let plan = std::fs::read_to_string(folder.path().join("p.json")).unwrap();
    assert!(plan.contains(r#""f":1"#), "the one woman ready is needed for 26 %: {plan}");
    std::fs::write(folder.path().join("t.json"), plan.replace(r#""f":1"#, r#""m":1"#)).unwrap();
    let refused = miaopu(&["plan", "check", "i.json", "t.json"], folder.path());
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("objective"), "{}", text(&refused.stderr));
}

#[test]
fn what_cannot_be_allocated_is_explained_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = sample();
    file["units"][1]["lower"] = json!(5);
    std::fs::write(folder.path().join("i.json"), file.to_string()).unwrap();
    let made = miaopu(&["plan", "allocate", "i.json", "--out", "p.json"], folder.path());
    assert_eq!(made.status.code(), Some(2));
    assert!(text(&made.stdout).contains("3 are missing"), "{}", text(&made.stdout));
    assert_eq!(miaopu(&["plan", "check", "i.json", "p.json"], folder.path()).status.code(), Some(0));
    let told = miaopu(&["plan", "explain", "i.json", "p.json"], folder.path());
    assert!(text(&told.stdout).contains("互相矛盾"));
}

#[test]
fn a_malformed_file_writes_no_plan() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = sample();
    file["units"][2]["parent"] = json!("nowhere");
    std::fs::write(folder.path().join("i.json"), file.to_string()).unwrap();
    let made = miaopu(&["plan", "allocate", "i.json", "--out", "p.json"], folder.path());
    assert_eq!(made.status.code(), Some(1));
    assert!(text(&made.stderr).contains("unit b2"), "{}", text(&made.stderr));
    assert!(!folder.path().join("p.json").exists());
    let missing = miaopu(&["plan", "allocate", "none.json", "--out", "p.json"], folder.path());
    assert_eq!(missing.status.code(), Some(1));
}

#[test]
fn differences_name_the_units_that_moved() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = sample();
    std::fs::write(folder.path().join("i.json"), file.to_string()).unwrap();
    miaopu(&["plan", "allocate", "i.json", "--out", "p.json"], folder.path());
    file["units"][1]["upper"] = json!(0);
    std::fs::write(folder.path().join("j.json"), file.to_string()).unwrap();
    miaopu(&["plan", "allocate", "j.json", "--out", "q.json"], folder.path());
    let moved = miaopu(&["plan", "diff", "i.json", "p.json", "q.json"], folder.path());
    assert!(text(&moved.stdout).lines().any(|line| line.starts_with("b1\t")), "{}", text(&moved.stdout));
}

#[test]
fn prices_of_places_rows_and_relaxations_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = sample();
    std::fs::write(folder.path().join("i.json"), file.to_string()).unwrap();
    miaopu(&["plan", "allocate", "i.json", "--out", "p.json"], folder.path());
    let told = miaopu(&["plan", "explain", "i.json", "p.json", "--unit", "b1"], folder.path());
    let words = text(&told.stdout);
    assert!(words.contains("“b1”: one place more costs impossible"), "both of b1 are taken: {words}");
    assert!(words.contains("“city”") && words.contains("Price of the row “women”"), "{words}");
    assert!(words.contains("多 1 名的代价") && words.contains("指标“women”的价格"), "{words}");
    let refused = miaopu(&["plan", "explain", "i.json", "p.json", "--unit", "b9"], folder.path());
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("b9"));

    file["units"][1]["lower"] = json!(5);
    std::fs::write(folder.path().join("j.json"), file.to_string()).unwrap();
    miaopu(&["plan", "allocate", "j.json", "--out", "q.json"], folder.path());
    let told = text(&miaopu(&["plan", "explain", "j.json", "q.json"], folder.path()).stdout);
    assert!(
        told.contains("from 5 to 2") && told.contains("With that change places can be allocated"),
        "{told}"
    );
    assert!(told.contains("再放宽 1 名"), "{told}");
}

#[test]
fn differences_name_the_shares_that_moved() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = sample();
    std::fs::write(folder.path().join("i.json"), file.to_string()).unwrap();
    miaopu(&["plan", "allocate", "i.json", "--out", "p.json"], folder.path());
    file["rows"] = json!([]);
    file["units"][2]["pool"] = json!({ "m": 2 });
    std::fs::write(folder.path().join("j.json"), file.to_string()).unwrap();
    miaopu(&["plan", "allocate", "j.json", "--out", "q.json"], folder.path());
    let moved = text(&miaopu(&["plan", "diff", "i.json", "p.json", "q.json"], folder.path()).stdout);
    assert!(moved.contains("“b2”, cell “f”: 1 → 0"), "{moved}");
    assert!(moved.contains("Row “women”: 1 of 3 → 0 of 3"), "{moved}");
    assert!(moved.contains("指标“women”：3 名中 1 名 → 3 名中 0 名"), "{moved}");
}

/// Whenever the wish to stop comes, there is a whole plan or none.
#[test]
fn an_interrupted_search_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = sample();
    let mut units = vec![json!({ "id": "city", "parent": null })];
    for b in 0..30_000 {
        let pool = json!({ "m": b % 3, "f": b % 2 });
        units.push(json!({ "id": format!("b{b}"), "parent": "city", "pool": pool, "request": b % 4,
                           "fair_milli": 400 + b % 900 }));
    }
    file["units"] = json!(units);
    file["target"]["intake"] = json!(15_000);
    std::fs::write(folder.path().join("i.json"), file.to_string()).unwrap();
    // How far the search is after so many milliseconds differs from machine to machine.
    let n_stopped = [0, 40, 80, 160, 320, 640]
        .into_iter()
        .filter(|after| stopped(folder.path(), std::time::Duration::from_millis(*after)))
        .count();
    assert!(n_stopped > 0, "each search was done before it could be stopped");
}

/// Whether a search of `i.json` was stopped by an interrupt after that time. One that was done before
/// has to have written all of its plan.
fn stopped(folder: &Path, after: std::time::Duration) -> bool {
    let mut search = Command::new(env!("CARGO_BIN_EXE_miaopu"))
        .args(["plan", "allocate", "i.json", "--out", "p.json"])
        .current_dir(folder)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    Command::new("kill").args(["-INT", &search.id().to_string()]).status().unwrap();
    let ended = search.wait().unwrap().code();
    let left = std::fs::read_dir(folder).unwrap().count();
    // 130 when the search noticed, none when it was still reading and ended at once.
    if matches!(ended, Some(130) | None) {
        assert_eq!(left, 1, "what was stopped after {after:?} left a file");
        return true;
    }
    assert_eq!((ended, left), (Some(0), 2));
    let checked = miaopu(&["plan", "check", "i.json", "p.json"], folder);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
    std::fs::remove_file(folder.join("p.json")).unwrap();
    false
}

#[test]
fn a_back_test_prints_the_agreed_columns() {
    let folder = tempfile::tempdir().unwrap();
    let history = concat!(env!("CARGO_MANIFEST_DIR"), "/../planner/data/bulletins.tsv");
    let arguments =
        ["plan", "backtest", "--history", history, "--origin", "2017", "--until", "2018", "--tsv"];
    let told = miaopu(&arguments, folder.path());
    let told = text(&told.stdout);
    let mut lines = told.lines();
    assert_eq!(lines.next(), Some("year\tcategory\tpredicted\tlow\thigh\tactual\terror"));
    assert_eq!(lines.clone().count(), 11);
    assert!(lines.all(|line| line.split('\t').count() == 7), "{told}");
    let arguments = ["plan", "backtest", "--history", "none.tsv", "--origin", "2017", "--until", "2018"];
    assert_eq!(miaopu(&arguments, folder.path()).status.code(), Some(1));
}

#[test]
fn a_forecast_says_which_promises_are_missed_and_what_it_would_take() {
    let folder = tempfile::tempdir().unwrap();
    let city = include_str!("../../../planner/data/city-2001.json");
    std::fs::write(folder.path().join("q.json"), city).unwrap();
    let made = miaopu(&["plan", "forecast", "q.json", "--out", "a.json"], folder.path());
    assert_eq!(made.status.code(), Some(2), "{}", text(&made.stderr));
    let told = text(&made.stdout);
    assert!(
        told.contains("未达到") && told.contains("missed") && told.contains("Not everything can be kept"),
        "{told}"
    );
    assert!(told.contains("If the numbers of a year") && told.contains("To keep every promise"), "{told}");
    let answer: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("a.json")).unwrap()).unwrap();
    assert_eq!(answer["is_kept"], false);
    assert_eq!(answer["what_it_takes"]["status"], "unreachable");

    let mut kept: Value = serde_json::from_str(city).unwrap();
    let only = kept["targets"][3].clone();
    kept["targets"] = json!([only]);
    std::fs::write(folder.path().join("k.json"), kept.to_string()).unwrap();
    let made = miaopu(&["plan", "forecast", "k.json"], folder.path());
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stdout));

    std::fs::write(folder.path().join("m.json"), city.replacen("\"until\": 2004", "\"until\": -1", 1))
        .unwrap();
    let refused = miaopu(&["plan", "forecast", "m.json", "--out", "n.json"], folder.path());
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("until"), "{}", text(&refused.stderr));
    assert!(!folder.path().join("n.json").exists());
}

#[test]
fn targets_are_shown_and_every_fault_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = include_str!("../../../../rulebooks/targets/2002-2004.toml");
    std::fs::write(folder.path().join("t.toml"), shipped).unwrap();
    let shown = miaopu(&["plan", "targets", "t.toml"], folder.path());
    assert_eq!(shown.status.code(), Some(0), "{}", text(&shown.stderr));
    let told = text(&shown.stdout);
    assert!(told.contains("原文约 30") && told.contains("Groups of fewer than 20"), "{told}");
    let wrong =
        shipped.replacen("weight = 400", "weight = -4", 1).replacen("by = 2004-12-31", "by = 1999-01-01", 1);
    std::fs::write(folder.path().join("w.toml"), wrong).unwrap();
    let refused = miaopu(&["plan", "targets", "w.toml"], folder.path());
    assert_eq!(refused.status.code(), Some(1));
    let faults = text(&refused.stderr);
    assert!(faults.contains("intake_young.weight") && faults.contains("stock_young.by"), "{faults}");
}
