//! `miaopu audit` and `miaopu rulebook`: what is written where, and the exit status.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const LAWFUL: &str = r#"{"format":"miaopu-case/1","case":"A","applied_on":"2003-01-01"}"#;
const LATE: &str = r#"{"format":"miaopu-case/1","case":"B","approval":{"on":"2003-09-10"},"approval_talk_on":"2003-09-01","meeting":{"on":"2003-06-09"}}"#;

fn miaopu(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_miaopu")).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Case and code of each line, and that each line has its keys in order and its texts filled.
fn codes(output: &Output) -> Vec<String> {
    let line = |line: &str| {
        let finding: Value = serde_json::from_str(line).unwrap();
        for key in ["article", "zh", "en"] {
            assert!(!finding[key].as_str().unwrap().is_empty(), "{key}: {line}");
        }
        assert!(finding["fields"].as_array().unwrap().iter().all(Value::is_string), "{line}");
        format!(
            "{} {} {}",
            finding["case"].as_str().unwrap(),
            finding["code"].as_str().unwrap(),
            finding["occurrence"]
        )
    };
    text(&output.stdout).lines().map(line).collect()
}

#[test]
fn findings_go_to_standard_output_and_unreadable_records_to_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    let lines = format!(
        "\u{feff}{LAWFUL}\r\n\r\n{{\"case\":1}}\n{LATE}\n{LAWFUL}\n{{\"format\":\"miaopu-case/1\",\"case\":\"C\",\"talk_on\":\"2003-02-30\"}}"
    );
    std::fs::write(folder.path().join("cases.jsonl"), lines).unwrap();
    let output = miaopu(&["audit", "cases.jsonl", "--json", "--as-of", "2004-12-31"], folder.path());
    assert_eq!(
        codes(&output),
        ["B V06.sponsor_count 0", "B V08.missing 0", "B V09.missing 0", "B V12.late 0"]
    );
    let errors = text(&output.stderr);
    let places: Vec<_> =
        errors.lines().map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(": ")).collect();
    assert_eq!(places, ["cases.jsonl:3: case", "cases.jsonl:5: case", "cases.jsonl:6: talk_on"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_exit_status_tells_errors_from_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let audit = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        miaopu(&["audit", name, "--json", "--as-of", "2003-12-31"], folder.path()).status.code()
    };
    assert_eq!(audit("lawful.jsonl", LAWFUL), Some(0));
    assert_eq!(audit("error.jsonl", LATE), Some(1));
    let meeting = r#"{"format":"miaopu-case/1","case":"W","confirmation":{"meetings":[{"on":"2005-01-01","outcome":"cancel"}]},"meeting":{"on":"2003-06-09"},"political_review":{"passed":true},"course":{"passed":true},"sponsors":[{"full_member_since":"1990-01-01"},{"full_member_since":"1990-01-01"}]}"#;
    assert_eq!(audit("warning.jsonl", meeting), Some(0));
    assert_eq!(audit("empty.jsonl", ""), Some(0));
    assert_eq!(miaopu(&["audit", "missing.jsonl", "--json"], folder.path()).status.code(), Some(2));
}

#[test]
fn a_line_beyond_the_limit_is_an_error_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let padded = |length: usize| format!("{LAWFUL}{}", " ".repeat(length - LAWFUL.len()));
    let lines = format!("{}\r\n{}\n{LATE}\n{}", padded(1 << 20), padded((1 << 20) + 1), padded(3 << 20));
    std::fs::write(folder.path().join("long.jsonl"), lines).unwrap();
    let output = miaopu(&["audit", "long.jsonl", "--json", "--as-of", "2004-12-31"], folder.path());
    let errors = text(&output.stderr);
    let places: Vec<_> = errors.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["long.jsonl:2", "long.jsonl:4"]);
    assert_eq!(codes(&output).len(), 4);
}

#[test]
fn the_order_of_many_cases_is_that_of_the_input() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<_> = (0..5000).map(|n| LATE.replace("\"B\"", &format!("\"B{n}\""))).collect();
    std::fs::write(folder.path().join("one.jsonl"), lines[..2500].join("\n")).unwrap();
    std::fs::write(folder.path().join("two.jsonl"), lines[2500..].join("\n")).unwrap();
    let output = miaopu(&["audit", "one.jsonl", "two.jsonl", "--json"], folder.path());
    let expected: Vec<_> = (0..5000)
        .flat_map(|n| {
            ["V06.sponsor_count", "V08.missing", "V09.missing", "V12.late"]
                .map(|code| format!("B{n} {code} 0"))
        })
        .collect();
    assert_eq!(codes(&output), expected);
}

#[test]
fn comparisons_come_last_and_only_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let case = |name: &str, since: &str| {
        format!(
            r#"{{"format":"miaopu-case/1","case":"{name}","mentors":[{{"name":"甲","full_member_since":"{since}"}}],"person":{{"id_number":"1"}}}}"#
        )
    };
    let lines = [case("B", "1990-01-01"), case("A", "1991-01-01"), LATE.replace("\"B\"", "\"C\"")].join("\n");
    std::fs::write(folder.path().join("cases.jsonl"), lines).unwrap();
    let with = codes(&miaopu(&["audit", "cases.jsonl", "--json", "--across"], folder.path()));
    assert_eq!(with.last().unwrap(), "A X01.member_since_differs 0");
    let without = codes(&miaopu(&["audit", "cases.jsonl", "--json"], folder.path()));
    assert_eq!(without, with[..with.len() - 1]);
}

#[test]
fn the_report_speaks_both_languages_and_the_workbook_holds_the_findings() {
    let folder = tempfile::tempdir().unwrap();
    let mut audit = Command::new(env!("CARGO_BIN_EXE_miaopu"))
        .args(["audit", "-", "--xlsx", "found.xlsx"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    audit.stdin.take().unwrap().write_all(LATE.as_bytes()).unwrap();
    let output = audit.wait_with_output().unwrap();
    let report = text(&output.stdout);
    for part in ["V12.late", "2003-09-09", "实为2003-09-10", "was given on 2003-09-10", "1 cases read"] {
        assert!(report.contains(part), "{part}: {report}");
    }
    assert!(std::fs::metadata(folder.path().join("found.xlsx")).unwrap().len() > 1000);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_workbook_is_read_as_well() {
    let folder = tempfile::tempdir().unwrap();
    // The audit's own workbook has none of the heads of a case: each of its rows is an error.
    std::fs::write(folder.path().join("late.jsonl"), LATE).unwrap();
    miaopu(&["audit", "late.jsonl", "--xlsx", "found.xlsx"], folder.path());
    let output = miaopu(&["audit", "found.xlsx", "--json"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    let errors = text(&output.stderr);
    assert!(
        errors.lines().all(|line| line.starts_with("found.xlsx:")) && errors.lines().count() >= 4,
        "{errors}"
    );
}

#[test]
fn rulebooks_are_checked_shown_compared_and_tried() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| miaopu(arguments, folder.path());
    assert_eq!(run(&["rulebook", "lint"]).status.code(), Some(0));
    assert!(text(&run(&["rulebook", "show", "1990"]).stdout).contains("days = 5, hours = 40"));
    assert_eq!(run(&["rulebook", "show", "2000"]).status.code(), Some(2));
    let compared = run(&["rulebook", "compare", "1990", "2014"]);
    assert!(text(&compared.stdout).contains("V11.not_secret") && compared.status.code() == Some(1));

    std::fs::write(folder.path().join("late.jsonl"), LATE).unwrap();
    let tried = run(&["rulebook", "dry-run", "2026", "late.jsonl", "--as-of", "2003-12-31"]);
    let lines = text(&tried.stdout);
    assert!(lines.contains("+ B V10.missing#0") && lines.contains("+ B V17.oath_late#0"), "{lines}");
    assert_eq!(tried.status.code(), Some(1));

    std::fs::write(folder.path().join("spoilt.toml"), "edition = \"1990\"\ncolour = 1\n").unwrap();
    let spoilt = run(&["rulebook", "lint", "--rulebooks", "."]);
    let errors = text(&spoilt.stderr);
    assert!(errors.contains("spoilt.toml:2: colour: unknown key") && errors.lines().count() == 3, "{errors}");
    assert_eq!(spoilt.status.code(), Some(2));
}
