use domain::ids::CaseId;
use jiff::ToSpan as _;
use jiff::civil::date;
use serde_json::json;

use super::*;
use crate::CommandId;
use crate::admission::tests::{CANDIDATE, act, found, on};
use crate::admission::{Seen, opening};
use crate::store::tests::{ACTOR, Site, sites};

fn record(site: &Site, case: CaseId, day: Date, kind: &str, body: serde_json::Value) {
    let seen = Seen { case, version: site.store.case(case).unwrap().version() };
    site.store.record_act(ACTOR, on(day), CommandId::random(), seen, act(day, kind, body)).unwrap();
}

/// Opens a file and a notice that runs to a day.
fn posted(site: &Site, first: Date, last_on: Date) -> CaseId {
    found(&site.store);
    let command = CommandId::random();
    let case = site.store.open_file(ACTOR, on(first), command, CANDIDATE, opening(first, None)).unwrap();
    record(site, case, first, "case.application_received", json!({"channel": "unit", "is_signed": true}));
    let body = json!({"stage": "target", "last_on": last_on.to_string(), "place": "公告栏"});
    record(site, case, first, "case.notice_opened", body);
    case
}

#[test]
fn a_notice_is_on_the_board_while_it_runs_and_no_longer() {
    let (first, last) = (date(2003, 3, 4), date(2003, 3, 12));
    for site in sites() {
        let case = posted(&site, first, last);
        let n_on = |day: Date| site.store.board(day).unwrap().len();
        assert_eq!((n_on(first), n_on(last)), (1, 1));
        assert_eq!((n_on(first - 1.day()), n_on(last + 1.day())), (0, 0));
        let shown = &site.store.board(first).unwrap()[0];
        assert_eq!((shown.name.as_str(), shown.age, shown.branch.zh.as_str()), ("人100", 21, "单位30"));
        assert_eq!((shown.applied_on, shown.activist_on, shown.is_provisional), (Some(first), None, false));
        let sound = || {
            let report = site.store.verify(&site.keys).unwrap();
            assert!(report.is_sound(), "{:?} {:?}", report.record.findings, report.wrong_views);
        };
        sound();
        site.store.rebuild(&site.keys).unwrap();
        sound();
        // One that is closed, here because it was stopped, is taken down at once.
        let body = json!({
            "notice": shown.event, "to": first.to_string(), "n_objections": 1, "outcome": "stop"
        });
        record(&site, case, first, "case.notice_closed", body);
        assert_eq!(n_on(first), 0);
        sound();
    }
}

#[test]
fn a_notice_over_a_year_without_a_calendar_is_provisional() {
    for site in sites() {
        posted(&site, date(2003, 3, 4), date(2003, 3, 12));
        assert!(!site.store.board(date(2003, 3, 5)).unwrap()[0].is_provisional);
    }
    for site in sites() {
        // Five working days by the rules of 2026, in a year whose holidays nobody has published.
        posted(&site, date(2031, 9, 29), date(2031, 10, 10));
        assert!(site.store.board(date(2031, 9, 30)).unwrap()[0].is_provisional);
    }
}
