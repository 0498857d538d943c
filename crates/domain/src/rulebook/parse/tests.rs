use crate::calendar::Calendar;
use crate::rulebook::{Rulebooks, compare, embedded};

/// An edition with one step and one rule, each line of which can be spoilt.
const SMALL: &str = r#"edition = "1990"
in_force_from = 1990-08-01
title = { zh = "细则", en = "Rules" }

[[step]]
number = 1
id = "application"
phase = "applying"
name = { zh = "申请", en = "Apply" }
actors = ["applicant"]
evidence = [{ zh = "申请书", en = "application" }]
after = []
article = "art. 5"
limits = { minimum_age_years = 18 }
rules = ["V04.too_short"]

[[rule]]
id = "V04.too_short"
kind = "no_sooner_than_months"
by = "target.on"
day = "target.on"
since = "activist.on"
months = 12
severity = "error"
article = "art. 13"
certainty = "high"
what = { zh = "应于{due}之后", en = "not before {due}" }
do = { zh = "核对", en = "check" }
"#;

fn problems(text: &str) -> Vec<String> {
    match Rulebooks::parse(&[("small.toml", text)], Calendar::default()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(|p| format!("{:?} {}: {}", p.line, p.key, p.what.en)).collect(),
    }
}

#[test]
fn the_files_that_came_with_the_program_are_sound() {
    match Rulebooks::parse(&embedded::FILES, Calendar::embedded()) {
        Ok(books) => {
            let counts: Vec<_> = books.editions().iter().map(|e| (e.steps.len(), e.rules.len())).collect();
            assert_eq!(counts, [(21, 35), (25, 43), (25, 48)]);
        }
        Err(problems) => {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
    }
}

#[test]
fn the_small_book_is_sound() {
    assert_eq!(problems(SMALL), Vec::<String>::new());
}

#[test]
fn every_line_is_needed() {
    let lines: Vec<_> = SMALL.lines().collect();
    let keys = (0..lines.len()).filter(|line| lines[*line].contains('='));
    for left_out in keys {
        let kept: Vec<_> =
            (0..lines.len()).filter(|line| *line != left_out).map(|line| lines[line]).collect();
        assert_ne!(problems(&kept.join("\n")), Vec::<String>::new(), "without {}", lines[left_out]);
    }
}

#[test]
fn problems_are_given_all_at_once_with_line_and_key() {
    let spoilt = SMALL
        .replace("months = 12", "months = \"twelve\"")
        .replace("severity = \"error\"", "severity = \"grave\"\ncolour = 1")
        .replace("en = \"check\"", "en = \" \"")
        .replace("in_force_from = 1990-08-01", "in_force_from = 1990-08-01T00:00:00")
        .replace("{due}之后", "{colour}之后");
    assert_eq!(
        problems(&spoilt),
        [
            "Some(2) in_force_from: must be a date",
            "Some(23) V04.too_short.months: must be a whole number from 0 to 65535",
            "Some(24) V04.too_short.severity: “grave” is not one of: error, warning",
            "Some(25) V04.too_short.colour: unknown key",
            "Some(28) V04.too_short.what.zh: no such place: colour",
            "Some(29) V04.too_short.do.en: may not be blank",
        ]
    );
}

#[test]
fn the_set_must_be_coherent() {
    for (from, to, expected) in [
        (
            "{due}之后",
            "{count}之后",
            "Some(27) V04.too_short.what: the kind `no_sooner_than_months` has no place for count",
        ),
        (
            "after = []",
            "after = [\"oath\"]",
            "None application: it waits for a step that is unknown or comes later",
        ),
        ("rules = [\"V04.too_short\"]", "rules = []", "None V04.too_short: no step names this rule"),
        (
            "rules = [\"V04.too_short\"]",
            "rules = [\"V04.too_short\", \"V99.x\"]",
            "None application: it names a rule that does not exist",
        ),
        (
            "id = \"V04.too_short\"",
            "id = \"V4.Short\"",
            "None V4.Short: a code is written like V04.too_short",
        ),
        (
            "kind = \"no_sooner_than_months\"",
            "kind = \"if\"",
            "Some(19) V04.too_short.kind: there is no kind of rule `if`",
        ),
    ] {
        let found = problems(&SMALL.replace(from, to));
        assert!(found.iter().any(|problem| problem == expected), "{to}: {found:#?}");
    }
    let again = SMALL.replace("[[rule]]", "[[rule]]\nid = \"V05.x\"\n[[rule]]");
    assert!(problems(&again).len() > 3, "{:?}", problems(&again));
    assert_eq!(
        problems("edition = "),
        ["Some(1) TOML: string values must be quoted, expected literal string"]
    );
}

#[test]
fn two_editions_are_compared_rule_by_rule() {
    let books = Rulebooks::embedded();
    let [_, rules_2014, rules_2026] = books.editions() else { panic!("three editions") };
    let changed: Vec<_> =
        compare(rules_2014, rules_2026).into_iter().map(|difference| difference.what).collect();
    assert_eq!(
        changed,
        [
            "V07.notice_missing (target)",
            "V07.notice_short (target)",
            "V07.too_early (target)",
            "V10.meeting_late",
            "V17.oath_late",
            "step 08 target_filing",
            "step 15 branch_meeting",
            "step 20 oath",
        ]
    );
    assert!(compare(rules_2014, rules_2014).is_empty());
}
