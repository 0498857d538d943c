use jiff::civil::date;

use super::super::{Cell, parse_row};
use super::*;

/// The smallest record, with more keys put in.
fn record(more: &str) -> String {
    format!(r#"{{"format":"miaopu-case/1","case":"C-1"{more}}}"#)
}

fn error(json: &str) -> String {
    match parse(json) {
        Ok(file) => panic!("{json} reads as {file:?}"),
        Err(error) => format!("{}: {}", error.path, error.what.en),
    }
}

#[test]
fn the_full_record_survives_its_own_text() {
    let json = r#"{"format":"miaopu-case/1","case":"C-0001","as_of":"2004-12-31","local":["source-plan"],"person":{"dob":"1981-05-20","id_number":"x"},"applied_on":"2002-03-01","talk_on":"2002-03-20","activist":{"on":"2002-04-10"},"mentors":[{"name":"甲","from":"2002-04-10","full_member_since":"1990-07-01"}],"reviews":["2002-10-08","2003-04-09"],"target":{"on":"2003-04-10"},"sponsors":[{"name":"乙","named_on":"2003-04-12","full_member_since":"1990-07-01"}],"political_review":{"on":"2003-05-20","passed":true},"course":{"from":"2003-05-12","to":"2003-05-17","days":6,"hours":42.5,"exam_on":"2003-05-17","passed":true,"certificate_on":"2003-05-20"},"notices":[{"stage":"admission","from":"2003-06-02","to":"2003-06-08"}],"pre_examination":{"on":"2003-05-25","passed":true},"form_on":"2003-05-28","meeting":{"on":"2003-06-09","due":25,"present":20,"for":19,"against":1,"abstain":0,"written_for":0,"secret":true,"signed":true},"approval_talk_on":"2003-07-01","approval":{"on":"2003-09-09","probation_from":"2003-06-09","probation_to":"2004-06-09"},"oath_on":"2003-09-20","confirmation":{"applied_on":"2004-06-01","meetings":[{"on":"2004-06-09","outcome":"extend","extend_months":6,"due":25,"present":20,"for":20,"against":0,"abstain":0,"written_for":0,"secret":false,"signed":true}],"approval_on":"2004-07-01"}}"#;
    let file = parse(json).unwrap();
    assert_eq!(file.meeting.on, Some(date(2003, 6, 9)));
    assert_eq!(file.to_json(), json);
}

#[test]
fn null_and_empty_objects_are_absent() {
    let smallest = parse(&record("")).unwrap();
    for more in [
        r#","person":null"#,
        r#","person":{}"#,
        r#","person":{"dob":null}"#,
        r#","course":{}"#,
        r#","course":{"days":null}"#,
        r#","reviews":null,"mentors":[]"#,
        r#","confirmation":{"meetings":[]}"#,
        r#","as_of":null"#,
        r#","as_of":{},"mentors":{},"reviews":{},"course":{"days":{},"passed":{}},"meeting":{"due":{}}"#,
        r#","person":{"dob":{},"id_number":null},"activist":{"on":{}}"#,
    ] {
        assert_eq!(parse(&record(more)).as_ref(), Ok(&smallest), "{more}");
    }
}

#[test]
fn problems_name_their_place() {
    for (more, expected) in [
        (r#","colour":1"#, "colour: unknown key"),
        (r#","person":{"a\nb":1}"#, "person.a\\nb: unknown key"),
        (r#","talk_on":null,"talk_on":null"#, "talk_on: the key is written twice"),
        (r#","meeting":{"due":1,"due":1}"#, "meeting.due: the key is written twice"),
        (r#","meeting":{"due":"25"}"#, "meeting.due: expected a whole number"),
        (r#","meeting":{"due":true}"#, "meeting.due: expected a whole number"),
        (r#","meeting":{"due":2.5}"#, "meeting.due: must be a whole number from -1000000 to 1000000"),
        (r#","meeting":{"due":1000001}"#, "meeting.due: must be from -1000000 to 1000000"),
        (r#","meeting":{"due":-1000001}"#, "meeting.due: must be from -1000000 to 1000000"),
        (
            r#","meeting":{"due":99999999999999999999}"#,
            "meeting.due: must be a whole number from -1000000 to 1000000",
        ),
        (r#","meeting":{"secret":0}"#, "meeting.secret: expected true or false"),
        (r#","meeting":[]"#, "meeting: expected an object"),
        (r#","meeting":"2003-01-01""#, "meeting: expected an object"),
        (r#","mentors":{"name":"A"}"#, "mentors: expected a list"),
        (r#","talk_on":{"on":null}"#, "talk_on: expected a day, written as text YYYY-MM-DD"),
        (r#","talk_on":[]"#, "talk_on: expected a day, written as text YYYY-MM-DD"),
        (r#","mentors":[{"name":"A"},{}]"#, "mentors.1: an entry of a list may not be null or empty"),
        (r#","mentors":[null]"#, "mentors.0: an entry of a list may not be null or empty"),
        (r#","reviews":["2003-01-01",null]"#, "reviews.1: an entry of a list may not be null or empty"),
        (r#","reviews":["2003-02-29"]"#, "reviews.0: there is no such day"),
        (r#","reviews":["2003-2-09"]"#, "reviews.0: a day is written YYYY-MM-DD"),
        (r#","reviews":["２003-02-0"]"#, "reviews.0: a day is written YYYY-MM-DD"),
        (r#","reviews":["2003-00-09"]"#, "reviews.0: there is no such day"),
        (r#","reviews":["1899-12-31"]"#, "reviews.0: the year must be from 1900 to 2099"),
        (r#","reviews":["2100-01-01"]"#, "reviews.0: the year must be from 1900 to 2099"),
        (r#","reviews":[20030101]"#, "reviews.0: expected a day, written as text YYYY-MM-DD"),
        (r#","local":["sourceplan"]"#, "local.0: must be one of: source-plan"),
        (r#","local":"source-plan""#, "local: expected a list"),
        (r#","notices":[{"from":"2003-01-01"}]"#, "notices.0.stage: required, but missing"),
        (r#","notices":[{"stage":null,"from":"2003-01-01"}]"#, "notices.0.stage: required, but missing"),
        (
            r#","notices":[{"stage":"oath"}]"#,
            "notices.0.stage: must be one of: target, admission, confirmation",
        ),
        (
            r#","confirmation":{"meetings":[{"on":"2003-01-01"}]}"#,
            "confirmation.meetings.0.outcome: required, but missing",
        ),
        (
            r#","confirmation":{"meetings":[{"outcome":"confirm"}]}"#,
            "confirmation.meetings.0.on: required, but missing",
        ),
        (
            r#","confirmation":{"meetings":[{"on":"2003-01-01","outcome":"extend","extend_months":121}]}"#,
            "confirmation.meetings.0.extend_months: must be from 0 to 120",
        ),
        (r#","course":{"days":10000.5}"#, "course.days: must be from 0 to 10000"),
        (r#","course":{"hours":-1}"#, "course.hours: must be from 0 to 10000"),
        (r#","course":{"hours":"40"}"#, "course.hours: expected a number"),
        (r#","person":{"id_number":1}"#, "person.id_number: expected text"),
    ] {
        assert_eq!(error(&record(more)), expected, "{more}");
    }
}

#[test]
fn the_record_needs_its_format_and_its_name() {
    assert_eq!(error("{}"), "format: required, but missing");
    assert_eq!(error(r#"{"case":"C-1"}"#), "format: required, but missing");
    assert_eq!(error(r#"{"format":"miaopu-case/1"}"#), "case: required, but missing");
    assert_eq!(error(r#"{"format":"miaopu-case/1","case":null}"#), "case: required, but missing");
    assert_eq!(error(r#"{"format":"miaopu-case/1","case":{}}"#), "case: required, but missing");
    assert_eq!(error(r#"{"format":"miaopu-case/1","case":""}"#), "case: may not be empty");
    assert_eq!(error(r#"{"format":"miaopu-case/2","case":"C-1"}"#), "format: must be one of: miaopu-case/1");
    assert_eq!(error("[]"), "$: expected an object");
    assert_eq!(error("7"), "$: expected an object");
    assert_eq!(error("null"), "format: required, but missing");
    for broken in ["", "{", r#"{"format":"miaopu-case/1","case":"C-1"} x"#, r#"{'case':1}"#] {
        assert!(error(broken).contains("not JSON"), "{broken}");
    }
}

#[test]
fn whole_numbers_may_be_written_with_a_point() {
    let file = parse(&record(r#","meeting":{"due":25.0,"present":1.3e1}"#)).unwrap();
    assert_eq!((file.meeting.votes.due, file.meeting.votes.present), (Some(25), Some(13)));
    let row = [("case", Cell::Text("C-1".into())), ("meeting.due", Cell::Number(25.into()))];
    assert_eq!(parse_row(row).unwrap().unwrap().meeting.votes.due, Some(25));
}

#[test]
fn escapes_in_the_text_do_not_matter() {
    let file =
        parse(&record(r#","talk_on":"2003\u002d04\u002d10","person":{"id_number":"\u0041"}"#)).unwrap();
    assert_eq!(file.talk_on, Some(date(2003, 4, 10)));
    assert_eq!(file.person.id_number.as_deref(), Some("A"));
}
