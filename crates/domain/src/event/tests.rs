use jiff::civil::date;

use super::*;

#[test]
fn an_event_is_read_back_from_kind_and_body() {
    let event = Event::from(TransferSent { to: UnitId(7), reason: "升学".into(), is_file_included: true });
    let body = event.body().unwrap();
    assert_eq!(Event::read(event.kind(), body).unwrap(), event);
    assert!(Event::read("transfer.lost", serde_json::json!({})).is_err());
    assert!(Event::read("unit.closed", serde_json::json!({"approval": "x", "y": 1})).is_err());
}

#[test]
fn the_list_of_kinds_only_grows() {
    let known = include_str!("kinds.txt");
    for kind in Event::KINDS.iter().chain(&CaseEvent::KINDS) {
        assert!(known.lines().any(|line| line == *kind), "add `{kind}` to event/kinds.txt");
    }
    for line in known.lines() {
        let lives = Event::KINDS.contains(&line) || CaseEvent::KINDS.contains(&line);
        assert!(lives, "the kind `{line}` was published and must stay readable");
    }
}

#[test]
fn facts_name_their_subject() {
    let fact = Fact::of_person(PersonId(1), UnitId(2), date(2003, 3, 3), UnitClosed { approval: "a".into() });
    assert_eq!((fact.subject, fact.unit, fact.event.kind()), (Some(PersonId(1)), UnitId(2), "unit.closed"));
}
