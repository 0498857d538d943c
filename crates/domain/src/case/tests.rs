//! Both truths stay readable, and the fold follows the one that counts.

use jiff::civil::{Date, date};
use serde_json::json;

use super::*;
use crate::event::{Event, FieldChange};
use crate::record::{Application, Channel, Named, Officer, Talk, Topic};
use crate::unit::PostKind;

const UNIT: UnitId = UnitId(30);

fn recorded(n: u8, on: Date, written_on: Date, change: impl Into<Change>) -> Recorded {
    let event = CaseEvent::new(CaseId(1), change);
    Recorded {
        event_id: EventId([n; 16]),
        fact: Fact::of_person(PersonId(2), UNIT, on, event),
        recorded_at: Instant(i64::from(n)),
        recorded_on: written_on,
        lateness: if on == written_on { Lateness::OnTime } else { Lateness::Late },
        actor: AccountId(9),
    }
}

fn application() -> Change {
    Record::from(Application { channel: Channel::Unit, is_signed: true }).into()
}

fn talk() -> Change {
    let talker = Officer { person: None, name: "甲".into(), post: PostKind::Secretary };
    Record::from(Talk { talker, topics: vec![Topic::Motive] }).into()
}

fn case_with(events: Vec<Recorded>) -> Case {
    Case::fold(CaseId(1), PersonId(2), UNIT, events)
}

fn opened_and_applied() -> Vec<Recorded> {
    let day = date(2003, 3, 3);
    vec![recorded(1, day, day, Opened { previous: None }), recorded(2, day, day, application())]
}

fn correction(n: u8, event: u8, field: &str, was: serde_json::Value, becomes: serde_json::Value) -> Recorded {
    let changes = vec![FieldChange { field: field.into(), was, becomes }];
    let change = Corrected { event: EventId([event; 16]), changes, reason: "笔误".into() };
    recorded(n, date(2003, 4, 1), date(2003, 4, 1), change)
}

#[test]
fn a_correction_keeps_both_truths() {
    let mut case = case_with(opened_and_applied());
    case.apply(correction(3, 2, "occurred_on", json!("2003-03-03"), json!("2003-03-01")));
    let record = case.last(Step::Application).unwrap();
    assert_eq!(record.on, date(2003, 3, 1));
    assert_eq!(record.counts_from, date(2003, 3, 3), "an unwitnessed earlier day opens nothing");
    let logged = case.logged(EventId([2; 16])).unwrap();
    assert_eq!(logged.recorded.fact.occurred_on, date(2003, 3, 3));
    assert_eq!(logged.standing, Standing::Corrected(EventId([3; 16])));
}

#[test]
fn corrections_reach_into_fields_and_stack() {
    let day = date(2003, 3, 20);
    let mut events = opened_and_applied();
    events.push(recorded(3, day, day, talk()));
    events.push(correction(4, 3, "talker.name", json!("甲"), json!("乙")));
    events.push(correction(5, 3, "topics.0", json!("motive"), json!("family")));
    let case = case_with(events);
    let Record::Talk(talk) = &case.last(Step::InitialTalk).unwrap().record else { panic!("a talk") };
    assert_eq!((talk.talker.name.as_str(), talk.topics[0]), ("乙", Topic::Family));
}

#[test]
fn a_correction_that_does_not_fit_changes_nothing() {
    for (field, was, becomes) in [
        ("is_signed", json!(false), json!(true)),
        ("is_signed", json!(true), json!("yes")),
        ("case", json!(1), json!(2)),
        ("entry.mode", json!("live"), json!("legacy")),
        ("nowhere.at_all", json!(null), json!(1)),
        ("occurred_on", json!("2003-03-03"), json!("2003-02-30")),
    ] {
        let mut case = case_with(opened_and_applied());
        let before = case.last(Step::Application).cloned();
        case.apply(correction(3, 2, field, was, becomes));
        assert_eq!(case.last(Step::Application).cloned(), before, "{field}");
    }
}

#[test]
fn an_invalidated_event_stays_readable_and_does_not_count() {
    let mut case = case_with(opened_and_applied());
    let void = Invalidated { event: EventId([2; 16]), reason: "材料系伪造".into() };
    case.apply(recorded(3, date(2003, 4, 1), date(2003, 4, 1), void));
    assert!(!case.is_done(Step::Application));
    assert_eq!((case.stage(), case.version()), (Stage::None, 3));
    assert_eq!(case.logged(EventId([2; 16])).unwrap().standing, Standing::Void(EventId([3; 16])));
    // The invalidation itself was a mistake.
    let back = Invalidated { event: EventId([3; 16]), reason: "复核属实".into() };
    case.apply(recorded(4, date(2003, 4, 2), date(2003, 4, 2), back));
    assert!(case.is_done(Step::Application));
}

#[test]
fn a_late_entry_counts_from_the_day_it_was_written() {
    let mut events = opened_and_applied();
    events.push(recorded(3, date(2003, 3, 20), date(2003, 5, 6), talk()));
    let case = case_with(events);
    let talk = case.last(Step::InitialTalk).unwrap();
    assert_eq!((talk.on, talk.counts_from), (date(2003, 3, 20), date(2003, 5, 6)));
}

#[test]
fn events_of_other_files_and_nouns_are_left_out() {
    let day = date(2003, 3, 3);
    let mut other = recorded(7, day, day, application());
    other.fact.event = Event::Case(CaseEvent::new(CaseId(8), application()));
    let case = case_with([opened_and_applied(), vec![other]].concat());
    assert_eq!(case.version(), 2);
}

#[test]
fn an_event_is_read_back_and_holds_no_null() {
    let leaving = Named { person: None, name: "甲".into() };
    let mut event =
        CaseEvent::new(CaseId(1), MentorReplaced { leaving, joining: None, reason: "调离".into() });
    event.entry = Entry::back_fill("补录", Some(AccountId(4)));
    let body = event.body().unwrap();
    assert!(!body.to_string().contains("null"), "{body}");
    assert_eq!(CaseEvent::read(event.kind(), body).unwrap(), event);
    assert!(CaseEvent::read("case.opened", json!({})).is_err());
    assert!(CaseEvent::read("case.opened", json!({"case": 1, "other": 2})).is_err());
    assert!(CaseEvent::read("case.lost", json!({"case": 1})).is_err());
}

#[test]
fn time_does_not_run_while_the_file_is_missing() {
    let (left, came) = (date(2003, 5, 1), date(2003, 6, 10));
    let sent = TransferSent { to: UnitId(31), is_file_included: false, reason: "调动".into() };
    let mut events = opened_and_applied();
    events.push(recorded(3, left, left, sent));
    let mut case = case_with(events);
    assert_eq!(case.on_the_way_to(), Some((UnitId(31), left)));
    case.apply(recorded(4, came, came, TransferReceived { by: UnitId(31), is_file_received: false }));
    assert_eq!((case.unit, case.gap_days(), case.on_the_way_to()), (UnitId(31), 40, None));
}
