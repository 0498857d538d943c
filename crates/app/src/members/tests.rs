use domain::event::{PersonDeparted, PersonSanctioned, TransferSent};
use domain::person::{Departure, Education, Ethnicity, Occupation, Particulars, Sex, Stage};
use domain::role::Role;
use domain::unit::PostKind;
use jiff::civil::date;

use super::*;
use crate::accounts::tests::officer;
use crate::admission::opening;
use crate::store::tests::{ACTOR, Site, now, sites, small_city};
use crate::tree;

const DAY: Date = date(2003, 3, 3);

fn enrolment(stage: Stage) -> Enrolment {
    let particulars = Particulars {
        name: "何志远".into(),
        id_number: "110101198003070017".into(),
        phone: "0411-1".into(),
        work_post: String::new(),
        sex: Sex::Male,
        born_on: date(1980, 3, 7),
        ethnicity: Ethnicity::HAN,
        education: Education::College,
        occupation: Occupation::Worker,
        is_front_line: false,
    };
    let admitted_on = stage.is_member().then_some(date(2001, 7, 1));
    let full_since = (stage == Stage::Full).then_some(date(2002, 7, 1));
    Enrolment { particulars, stage, stage_on: full_since.or(admitted_on), admitted_on, full_since }
}

fn enter(store: &Store, unit: i64, enrolment: Enrolment) -> Result<PersonId, ActError> {
    store.register_person(ACTOR, now(9), CommandId::random(), (UnitId(unit), DAY), enrolment)
}

fn change(store: &Store, person: PersonId, change: Change) -> Result<Receipt, ActError> {
    let seen = Seen { person, version: store.person_row(person)?.version };
    store.change_person(ACTOR, now(9), CommandId::random(), seen, Act { on: DAY, change })
}

fn refused<T: std::fmt::Debug>(answer: Result<T, ActError>) -> Vec<String> {
    match answer {
        Err(ActError::Refused(refusal)) => refusal.findings.into_iter().map(|found| found.rule).collect(),
        other => panic!("{other:?}"),
    }
}

fn send(to: i64, is_file_included: bool) -> Change {
    Change::SendTransfer(TransferSent { to: UnitId(to), reason: "调动".into(), is_file_included })
}

fn receive(by: i64) -> Change {
    Change::ReceiveTransfer { by: UnitId(by), is_file_received: true }
}

fn assert_sound(site: &Site) {
    let report = site.store.verify(&site.keys).unwrap();
    assert!(report.is_sound(), "{:?} {:?}", report.record.findings, report.wrong_views);
}

fn n_members(store: &Store, unit: i64) -> i64 {
    store.composition(UnitId(unit)).unwrap().n_members()
}

#[test]
fn a_person_is_entered_once_for_a_command() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let command = CommandId::random();
        let enter =
            || store.register_person(ACTOR, now(9), command, (UnitId(40), DAY), enrolment(Stage::Full));
        let person = enter().unwrap();
        assert_eq!(enter().unwrap(), person);
        assert_eq!(store.person(person).unwrap().particulars, enrolment(Stage::Full).particulars);
        assert_eq!(n_members(store, 40), 3);
        assert_sound(&site);
    }
}

#[test]
fn what_does_not_fit_is_not_entered() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let mut wrong = enrolment(Stage::Probationary);
        wrong.particulars.sex = Sex::Female;
        wrong.admitted_on = None;
        assert_eq!(refused(enter(store, 40, wrong)), ["M01.id_sex", "M01.admitted_missing"]);
        assert_eq!(refused(enter(store, 30, enrolment(Stage::Full))), ["M01.no_branch"]);
        assert_eq!(refused(enter(store, 4_711, enrolment(Stage::Full))), ["M01.unit"]);
        assert_eq!(n_members(store, 10), 3);
        let considered = store.consider_entry((UnitId(30), DAY), &enrolment(Stage::Full), now(9)).unwrap();
        assert_eq!(considered.refusing.len(), 1);
    }
}

#[test]
fn a_correction_is_read_back_and_a_day_can_be_taken_out() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let person = enter(store, 40, enrolment(Stage::Full)).unwrap();
        let mut becomes = enrolment(Stage::Full);
        becomes.particulars.phone = String::new();
        becomes.particulars.education = Education::Bachelor;
        becomes.full_since = None;
        becomes.stage_on = None;
        let correct = |becomes: &Enrolment| Change::Correct {
            becomes: Box::new(becomes.clone()),
            reason: "档案".into(),
        };
        change(store, person, correct(&becomes)).unwrap();
        assert_eq!(Enrolment::of(&store.person(person).unwrap()), becomes);
        assert_eq!(refused(change(store, person, correct(&becomes))), ["M01.same"]);
        change(store, person, correct(&enrolment(Stage::Full))).unwrap();
        assert_eq!(Enrolment::of(&store.person(person).unwrap()), enrolment(Stage::Full));
        assert_sound(&site);
        store.rebuild(&site.keys).unwrap();
        assert_sound(&site);
    }
}

#[test]
fn a_letter_is_sent_received_once_or_given_back() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let person = PersonId(100);
        assert_eq!(refused(change(store, person, receive(50))), ["M02.not_sent"]);
        change(store, person, send(50, true)).unwrap();
        assert_eq!(refused(change(store, person, send(41, true))), ["M02.on_the_way"]);
        assert_eq!(n_members(store, 40), 2);
        let returned = |by| Change::ReturnTransfer { by: UnitId(by), reason: "查无此人".into() };
        assert_eq!(refused(change(store, person, returned(41))), ["M02.other_unit"]);
        change(store, person, returned(50)).unwrap();
        assert_eq!(store.letter_of(person).unwrap(), None);
        assert_sound(&site);
        change(store, person, send(50, true)).unwrap();
        assert_eq!(refused(change(store, person, receive(41))), ["M02.other_unit"]);
        change(store, person, receive(50)).unwrap();
        assert_eq!(refused(change(store, person, receive(50))), ["M02.not_sent"]);
        assert_eq!((n_members(store, 40), n_members(store, 50)), (1, 1));
        assert_sound(&site);
    }
}

#[test]
fn two_receptions_at_once_are_one() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let person = PersonId(100);
        change(store, person, send(50, true)).unwrap();
        let seen = Seen { person, version: store.person_row(person).unwrap().version };
        let answers: Vec<_> = std::thread::scope(|scope| {
            let receive = || {
                let act = Act { on: DAY, change: receive(50) };
                store.change_person(ACTOR, now(9), CommandId::random(), seen, act)
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(receive)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        let changed = Err(ActError::Store(StoreError::Changed));
        assert_eq!(answers.iter().filter(|answer| **answer == changed).count(), 3, "{answers:?}");
        assert_sound(&site);
    }
}

#[test]
fn posts_end_with_a_transfer_and_with_a_departure() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        for (unit, person) in [(40, 100), (41, 102)] {
            let unit = UnitId(unit);
            let seen = tree::Seen { unit, version: store.unit(unit).unwrap().version };
            let post = domain::tree::AssignPost { kind: PostKind::Secretary, person: PersonId(person) };
            let act = domain::tree::Act { on: DAY, change: domain::tree::Change::AssignPost(post) };
            store.change_unit(ACTOR, now(9), CommandId::random(), seen, act).unwrap();
        }
        change(store, PersonId(100), send(50, false)).unwrap();
        assert_eq!(store.posts_of(PersonId(100)).unwrap().len(), 1);
        let receive = Change::ReceiveTransfer { by: UnitId(50), is_file_received: false };
        change(store, PersonId(100), receive).unwrap();
        let departed = PersonDeparted { departure: Departure::Expelled, reason: "决定".into() };
        change(store, PersonId(102), Change::Depart(departed.clone())).unwrap();
        for person in [100, 102] {
            assert_eq!(store.posts_of(PersonId(person)).unwrap(), []);
        }
        assert_eq!(store.person_row(PersonId(102)).unwrap().left, Some((DAY, Departure::Expelled)));
        assert_eq!(
            refused(change(store, PersonId(102), Change::Depart(departed))),
            ["M01.departed", "M01.not_member"]
        );
        assert_sound(&site);
    }
}

#[test]
fn a_sanction_takes_the_vote_and_gives_it_back() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let sanction = |is_under_sanction| {
            Change::Sanction(PersonSanctioned { is_under_sanction, reason: "决定".into() })
        };
        change(store, PersonId(100), sanction(true)).unwrap();
        assert!(!store.person(PersonId(100)).unwrap().has_vote());
        assert_eq!(refused(change(store, PersonId(100), sanction(true))), ["M01.sanction_same"]);
        change(store, PersonId(100), sanction(false)).unwrap();
        assert!(store.person(PersonId(100)).unwrap().has_vote());
        assert_sound(&site);
    }
}

#[test]
fn a_running_file_decides_where_a_person_stands_and_goes() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let person = enter(store, 40, enrolment(Stage::None)).unwrap();
        store.open_file(ACTOR, now(9), CommandId::random(), person, opening(DAY, None)).unwrap();
        let departed = PersonDeparted { departure: Departure::Died, reason: "通知".into() };
        assert_eq!(refused(change(store, person, Change::Depart(departed))), ["M01.running_file"]);
        assert_eq!(refused(change(store, person, send(50, true))), ["M02.running_file"]);
        let becomes = Box::new(Enrolment { stage: Stage::Applicant, ..enrolment(Stage::None) });
        let correct = Change::Correct { becomes, reason: "申请书".into() };
        assert_eq!(refused(change(store, person, correct)), ["M01.running_file"]);
        assert_sound(&site);
    }
}

fn seen(store: &Store, person: i64) -> Seen {
    let person = PersonId(person);
    Seen { person, version: store.person_row(person).unwrap().version }
}

#[test]
fn two_entries_become_one_and_both_histories_stay() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let merge = |gone, stays, at| {
            let why = (DAY, "同一人重复登记".to_owned());
            store.merge_people(ACTOR, now(at), CommandId::random(), (gone, stays), why)
        };
        let (gone, stays) = (seen(store, 100), seen(store, 102));
        assert_eq!(n_members(store, 10), 3);
        let receipt = merge(gone, stays, 9).unwrap();
        assert_eq!(receipt.n_events, 1);
        let row = store.person_row(gone.person).unwrap();
        assert_eq!((row.merged_into, row.version), (Some(stays.person), gone.version + 1));
        assert_eq!(store.person_row(stays.person).unwrap().version, stays.version);
        // One person is counted once, and nowhere as somebody without a standing.
        let composition = store.composition(UnitId(10)).unwrap();
        assert_eq!(composition.stages.values().sum::<i64>(), 2);
        assert_eq!(store.n_people_of(UnitId(10), None).unwrap(), 2);
        assert_eq!(store.merged_into(stays.person).unwrap(), [gone.person]);
        assert_eq!(store.person_history(gone.person).unwrap().len(), 2);
        assert_eq!(store.person_history(stays.person).unwrap().len(), 1);
        assert_eq!(store.particulars(gone.person).unwrap().name, "周晓雯");
        assert_eq!(refused(change(store, gone.person, send(50, false))), ["M01.merged"]);
        assert_eq!(refused(merge(seen(store, 100), stays, 10)), ["M01.merged"]);
        let into_gone = merge(seen(store, 101), seen(store, 100), 10);
        assert_eq!(refused(into_gone), ["M01.merged"]);
        assert_sound(&site);
        store.rebuild(&site.keys).unwrap();
        assert_sound(&site);
        assert_eq!(store.composition(UnitId(10)).unwrap(), composition);
    }
}

#[test]
fn a_merger_needs_both_entries_as_they_were_seen_and_a_duty_over_both() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let (gone, stays) = (seen(store, 100), seen(store, 102));
        let merge = |actor, at, (gone, stays)| {
            let why = (DAY, "同一人重复登记".to_owned());
            store.merge_people(actor, now(at), CommandId::random(), (gone, stays), why)
        };
        let denied = |answer: Result<Receipt, ActError>| match answer {
            Err(ActError::Denied(denial)) => denial.rule,
            other => panic!("{other:?}"),
        };
        let secretary = officer(store, now(4), ("shuji", None), Role::BranchSecretary, UnitId(40));
        assert_eq!(denied(merge(secretary, 9, (gone, stays))), "A02.scope");
        let inspector = officer(store, now(4), ("jiancha", None), Role::Inspector, UnitId(10));
        assert_eq!(denied(merge(inspector, 9, (gone, stays))), "A01.role");
        let own = officer(store, now(4), ("wu", Some(PersonId(102))), Role::Organiser, UnitId(10));
        assert_eq!(denied(merge(own, 9, (gone, stays))), "A04.own_file");
        let stale = Seen { version: 7, ..stays };
        let organiser = officer(store, now(4), ("xu", None), Role::Organiser, UnitId(10));
        assert_eq!(merge(organiser, 9, (gone, stale)), Err(ActError::Store(StoreError::Changed)));
        assert_eq!(store.person_row(gone.person).unwrap().merged_into, None);
        assert!(merge(organiser, 9, (gone, stays)).is_ok());
        assert_sound(&site);
    }
}
