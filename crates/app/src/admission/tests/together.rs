//! What is decided beforehand, kept at hand and worked in later comes to the same as when it is done anew.

use domain::agenda::Due;
use domain::event::{PersonSanctioned, TransferSent};

use super::*;
use crate::store::tests::{Site, location};

const DAY: Date = date(2003, 3, 4);

/// A file with an application.
fn applied(store: &Store) -> CaseId {
    found(store);
    let case = store.open_file(ACTOR, on(DAY), CommandId::random(), CANDIDATE, opening(DAY, None)).unwrap();
    let body = json!({"channel": "unit", "is_signed": true});
    record(store, case, act(DAY, "case.application_received", body)).unwrap();
    case
}

fn talk() -> Act {
    let body = json!({"talker": {"person": 103, "name": "人103", "post": "secretary"},
        "topics": ["history", "understanding", "motive", "law_abidance", "family", "basics_explained"]});
    act(DAY, "case.applicant_talked", body)
}

fn append(store: &Store, fact: Fact) {
    store.write(move |tx| tx.append(ACTOR, on(DAY), CommandId::random(), &[fact])).unwrap();
}

fn register(person: i64, unit: UnitId) -> Fact {
    let particulars = Particulars {
        name: format!("人{person}"),
        id_number: String::new(),
        phone: String::new(),
        work_post: String::new(),
        sex: Sex::Male,
        born_on: date(1981, 5, 20),
        ethnicity: Ethnicity::HAN,
        education: Education::College,
        occupation: Occupation::Official,
        is_front_line: false,
    };
    let registered = PersonRegistered {
        particulars,
        stage: Stage::Full,
        stage_on: None,
        admitted_on: None,
        full_since: None,
        source: None,
    };
    Fact::of_person(PersonId(person), unit, DAY, registered)
}

#[test]
fn a_decision_made_beforehand_holds_until_something_it_looked_at_changes() {
    for site in sites() {
        let store = &site.store;
        let case = applied(store);
        let sanctioned = || {
            let sanctioned = PersonSanctioned { is_under_sanction: true, reason: "处分".into() };
            Fact::of_person(PersonId(103), BRANCH, DAY, sanctioned)
        };
        let sent = || {
            let sent = TransferSent { to: COMMITTEE, reason: "工作调动".into(), is_file_included: false };
            Fact::of_person(PersonId(109), BRANCH, DAY, sent)
        };
        let changes: [(&str, Option<Fact>, bool); 5] = [
            ("nothing", None, true),
            ("the roster of a unit that the act does not name", Some(register(900, UnitId(20))), true),
            ("the roster of the branch", Some(register(901, BRANCH)), false),
            ("the person who is named", Some(sanctioned()), false),
            ("somebody on the way", Some(sent()), false),
        ];
        for (what, change, holds) in changes {
            let seen = Seen { case, version: 2 };
            let ready = Ready::make(store, ACTOR, on(DAY), CommandId::random(), seen, &talk());
            let ready = ready.unwrap_or_else(|| panic!("{what}: it is lawful"));
            if let Some(change) = change {
                append(store, change);
            }
            let held = store.write(move |tx| Ok::<_, StoreError>(ready.still_holds(tx))).unwrap();
            assert_eq!(held, holds, "{what}");
        }
        // Nothing is made ready that would be refused.
        let stale = Seen { case, version: 1 };
        assert!(Ready::make(store, ACTOR, on(DAY), CommandId::random(), stale, &talk()).is_none());
    }
}

#[test]
fn of_many_who_record_at_once_on_what_they_saw_one_succeeds() {
    for site in sites() {
        let store = &site.store;
        let case = applied(store);
        let seen = Seen { case, version: 2 };
        let answers: Vec<Result<Receipt, ActError>> = std::thread::scope(|scope| {
            let record = || store.record_act(ACTOR, on(DAY), CommandId::random(), seen, talk());
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(record)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let n_recorded = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(n_recorded, 1, "{answers:?}");
        let is_told = |answer: &Result<Receipt, ActError>| {
            answer.is_ok() || *answer == Err(ActError::Store(StoreError::Changed))
        };
        assert!(answers.iter().all(is_told), "{answers:?}");
        assert_eq!(store.case(case).unwrap().version(), 3);
        assert!(store.verify(&site.keys).unwrap().is_sound());
    }
}

/// What is due, by a store that has nothing at hand.
fn made_anew(site: &Site, unit: UnitId, today: Date) -> Vec<(CaseId, UnitId, Due)> {
    let fresh = Store::open(location(site), &site.keys).unwrap();
    let docket = fresh.docket(unit, today).unwrap();
    listed(&docket)
}

fn listed(docket: &Docket) -> Vec<(CaseId, UnitId, Due)> {
    docket.entries.iter().map(|entry| (entry.case, entry.unit, (*entry.due).clone())).collect()
}

#[test]
fn what_is_kept_at_hand_equals_what_is_made_anew() {
    for site in sites() {
        let store = &site.store;
        let case = applied(store);
        let today = date(2003, 4, 11);
        let check = |step: &str| {
            for unit in [UnitId(10), COMMITTEE, BRANCH] {
                let docket = store.docket(unit, today).unwrap();
                assert_eq!(listed(&docket), made_anew(&site, unit, today), "{step}: unit {unit}");
                let n_to_do: usize = docket.queues.iter().map(|queue| queue.n).sum();
                assert_eq!(n_to_do, docket.n_to_do(), "{step}");
                let fresh = Store::open(location(&site), &site.keys).unwrap();
                assert_eq!(store.composition(unit).unwrap(), fresh.composition(unit).unwrap(), "{step}");
            }
            let fresh = Store::open(location(&site), &site.keys).unwrap();
            assert_eq!(store.case(case).unwrap(), fresh.case(case).unwrap(), "{step}");
        };
        check("applied");
        record(store, case, talk()).unwrap();
        check("talked");
        append(store, register(900, UnitId(20)));
        check("somebody came");
        let listing =
            json!({"recommendations": [{"by": "youth_league", "on": "2003-03-04"}], "minutes": minutes()});
        record(store, case, act(date(2003, 4, 10), "case.activist_listed", listing)).unwrap();
        check("listed");
        // Another program works on the same site.
        let other = Store::open(location(&site), &site.keys).unwrap();
        record(&other, case, act(date(2003, 4, 10), "case.thought_reported", json!({"is_signed": true})))
            .unwrap();
        check("reported elsewhere");
        assert_eq!(store.docket(UnitId(10), today).unwrap().n_files, 1);
        let ended = json!({"reason": "withdrawn", "grounds": "本人撤回申请"});
        record(store, case, act(date(2003, 4, 11), "case.ended", ended)).unwrap();
        check("ended");
        assert_eq!(store.docket(UnitId(10), today).unwrap().n_files, 0);
    }
}
