use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use domain::case::{CaseEvent, Change, Entry, Step};
use domain::dates::Instant;
use domain::event::Fact;
use domain::ids::GrantId;
use domain::person::Stage;
use domain::plan::{Answer, AnswerKind, Cells, ChangeDecision, Request};
use domain::role::{Reach, Role};
use domain::text::Language;
use jiff::civil::date;

use super::*;
use crate::accounts::NewGrant;
use crate::demo::{self, Wish};
use crate::planning;
use crate::store::tests::{ACTOR, Site, now, sites, small_city};
use crate::store::{KeyFile, Location, cases};

const CITY: UnitId = UnitId(10);

fn opened(site: &Site) -> PlanId {
    small_city(site);
    let terms = site.store.plan_start(CITY, now(9).today).unwrap();
    let plan = site.store.open_plan(ACTOR, now(9), CommandId([7; 16]), CITY, (2003, terms.clone())).unwrap();
    // The same command again is the same plan.
    let again = site.store.open_plan(ACTOR, now(9), CommandId([7; 16]), CITY, (2003, terms)).unwrap();
    assert_eq!(plan, again);
    plan
}

fn ask(n: i64) -> Act {
    Act::Ask(Request { n, cells: Cells::new(), reason: "今年没有对象".to_owned() })
}

fn act(store: &Store, plan: PlanId, unit: i64, act: Act) -> Result<Receipt, ActError> {
    let unit = UnitId(unit);
    let seen = store.plan_seen(plan, unit)?;
    store.act_on_plan(ACTOR, now(10), CommandId::random(), (seen, unit), act)
}

fn refused<T: std::fmt::Debug>(answer: Result<T, ActError>) -> Vec<String> {
    match answer {
        Err(ActError::Refused(refusal)) => refusal.findings.into_iter().map(|f| f.rule).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_allotted_is_explained_and_leaves_nothing() {
    for site in sites() {
        let plan = opened(&site);
        for branch in [40, 41, 50] {
            act(&site.store, plan, branch, ask(0)).unwrap();
        }
        assert_eq!(refused(act(&site.store, plan, 40, ask(1))), ["L03.not_ready"]);
        let draft = site.store.draft_round(plan, Vec::new(), now(10).today, &quiet()).unwrap();
        assert!(!draft.proposal.is_solved);
        assert!(draft.words.iter().any(|words| words.zh.contains("单位")), "{:?}", draft.words);
        let proposed = act(&site.store, plan, 10, Act::Propose(Box::new(draft.proposal)));
        assert!(refused(proposed).contains(&"L04.infeasible".to_owned()));
        let row = &site.store.plans_over(UnitId(40)).unwrap()[0];
        assert_eq!((row.round, row.version), (0, 4));
        assert!(site.store.verify(&site.keys).unwrap().is_sound());
    }
}

#[test]
fn a_draft_that_is_stopped_leaves_nothing() {
    let site = sites().remove(0);
    let plan = opened(&site);
    let cancel = AtomicBool::new(true);
    let watch = Watch { progress: &|_, _, _| panic!("it went on"), cancel: &cancel };
    let stopped = site.store.draft_round(plan, Vec::new(), now(10).today, &watch);
    assert_eq!(stopped.unwrap_err(), DraftError::Stopped);
}

#[test]
fn a_command_that_saw_less_is_sent_back() {
    let site = sites().remove(0);
    let plan = opened(&site);
    let seen = site.store.plan_seen(plan, UnitId(40)).unwrap();
    act(&site.store, plan, 41, ask(0)).expect("what another branch enters does not matter");
    let first = site.store.act_on_plan(ACTOR, now(10), CommandId::random(), (seen, UnitId(40)), ask(0));
    first.expect("the first one is taken");
    let late = site.store.act_on_plan(ACTOR, now(11), CommandId::random(), (seen, UnitId(40)), ask(0));
    assert_eq!(late.unwrap_err(), ActError::Store(StoreError::Changed));
}

#[test]
fn a_branch_asks_and_only_the_office_proposes() {
    let site = sites().remove(0);
    let plan = opened(&site);
    let signed_in = |role, unit: i64| {
        let login = format!("{}-{unit}", Role::code(role));
        let account = site.store.open_account(ACTOR, now(11), &login, "甲", None).unwrap();
        let (unit, from) = (UnitId(unit), now(11).today);
        let to = date(2003, 12, 31);
        let grant = NewGrant { account, role, unit, reach: Reach::Subtree, from, to };
        let _: GrantId = site.store.give_grant(ACTOR, now(11), grant).unwrap();
        Actor { account: Some(account), role: Some(role), unit }
    };
    let try_as = |actor: Actor, unit: i64, act: Act| {
        let unit = UnitId(unit);
        let seen = site.store.plan_seen(plan, unit).unwrap();
        site.store.act_on_plan(actor, now(12), CommandId::random(), (seen, unit), act)
    };
    let (secretary, office) =
        (signed_in(Role::BranchSecretary, 40), signed_in(Role::OrganisationDepartment, 10));
    try_as(secretary, 40, ask(0)).expect("its own");
    assert!(matches!(try_as(secretary, 41, ask(0)), Err(ActError::Denied(_))));
    assert!(matches!(try_as(secretary, 10, Act::Adopt), Err(ActError::Denied(_))));
    assert!(matches!(try_as(office, 41, ask(0)), Err(ActError::Denied(_))), "it does not answer itself");
    assert_eq!(refused(try_as(office, 10, Act::Sign)), ["L05.no_round"]);
}

/// A demonstration city on disk, for as long as the test lasts.
struct City {
    _folder: tempfile::TempDir,
    keys: KeyFile,
    store: Store,
}

fn city() -> City {
    let folder = tempfile::tempdir().unwrap();
    let keys = KeyFile(folder.path().join("keys"));
    let location = Location::File(folder.path().join("site.db"));
    let wish = Wish { n_members: 500, seed: 7 };
    let (store, _) = demo::found(&location, &keys, wish, &|_, _| {}).unwrap();
    City { _folder: folder, keys, store }
}

/// A moment on the demonstration day.
fn today(second: i64) -> Moment {
    Moment { at: Instant(1_046_649_600_000 + second * 1000), today: demo::DAY }
}

fn of_year(store: &Store, year: i16) -> PlanId {
    store.plans_over(CITY).unwrap().iter().find(|plan| plan.year == year).unwrap().id
}

#[test]
fn the_city_has_its_plans_after_three_passes_and_their_certificates_hold() {
    let city = city();
    for year in [2002, 2003] {
        let id = of_year(&city.store, year);
        let all: Vec<UnitId> = city.store.subtree(CITY).unwrap().iter().map(|unit| unit.id).collect();
        let view = city.store.plan_view(id, CITY, &all, demo::DAY).unwrap();
        assert!(view.row.adopted_on.is_some() && view.row.round == 2, "{year}: {:?}", view.row);
        assert!(view.requests.iter().any(|request| request.is_late), "{year}: nobody is late");
        assert!(view.answers.iter().any(|answer| answer.kind == AnswerKind::Counter), "{year}");
        assert_eq!(view.signatures.len(), view.plan.parties.len() + 1, "{year}: both sides");
        // What is below adds up, and nobody has more places than people ready.
        for line in &view.lines {
            let below: Vec<i64> = view
                .lines
                .iter()
                .filter(|other| other.unit.parent == Some(line.unit.id))
                .filter_map(Line::places)
                .collect();
            let n = line.places().unwrap();
            assert!(below.is_empty() || below.iter().sum::<i64>() == n, "{year}: {:?}", line.unit.name);
            assert!(line.quota.unwrap().0 <= line.n_ready, "{year}: {:?}", line.unit.name);
        }
        for round in 1..=view.row.round {
            let (instance, certificate) = city.store.round_files(id, round).unwrap();
            let plan = planning::read_plan(certificate.as_bytes()).unwrap();
            assert_eq!(planning::check(instance.as_bytes(), &plan).unwrap(), []);
            // One place more in the answer, or another year in the question, and it no longer holds.
            let tampered = instance.replacen(&format!("\"year\":{year}"), "\"year\":1999", 1);
            assert_ne!(planning::check(tampered.as_bytes(), &plan).unwrap(), []);
        }
        let last = view.rounds.last().unwrap();
        assert_eq!(last.cells.values().sum::<i64>(), view.lines[0].rounds[1]);
        assert!(brief(&view).len() > 5);
    }
    let report = city.store.verify(&city.keys).unwrap();
    assert!(report.is_sound(), "{:?}", report.wrong_views);
}

#[test]
fn the_calendar_counts_whom_the_rulebook_lets_through() {
    let city = city();
    let top = city.store.unit(CITY).unwrap();
    let counted = city.store.ready(&top, (2003, demo::DAY), &quiet()).unwrap();
    let n: i64 = counted.values().flat_map(Cells::values).sum();
    // File by file, from the pages: those whose approval can come within the year, and those who had it.
    let mut expected = 0;
    let mut used = 0;
    for row in city.store.read(|connection| cases::below(connection, (top.pre, top.post), false)).unwrap() {
        let file = city.store.file(row.id, demo::DAY).unwrap();
        let is_in_time = |on: Date| on.year() == 2003;
        let approved = file.case.done(Step::Approval).map(|record| record.on);
        let is_out = file.case.end().is_some() && approved.is_none();
        used += i64::from(approved.is_some_and(is_in_time));
        let ahead = file.agenda.ahead.iter().find(|ahead| ahead.step == Step::Approval);
        let is_ahead = ahead.is_some_and(|ahead| is_in_time(ahead.earliest_on));
        expected += i64::from(!is_out && (approved.is_some_and(is_in_time) || is_ahead));
    }
    assert_eq!(n, expected);
    assert!(used > 0 && n > used, "{used} of {n}");
    // The same branch, looked up in a transaction, comes to the same.
    let (branch, cells) = counted.first_key_value().unwrap();
    let unit = city.store.unit(*branch).unwrap();
    let founded = city.store.founded().clone();
    let again = city.store.write(move |tx| calendar::of_branch(tx, &founded, &unit, (2003, demo::DAY)));
    assert_eq!(&again.unwrap(), cells);
    let view = city.store.plan_view(of_year(&city.store, 2003), CITY, &[], demo::DAY).unwrap();
    assert_eq!(view.lines[0].n_used, used);
    assert_eq!(city.store.taken(CITY, 2003, false).unwrap().len() as i64, used);
    let reserved = city.store.taken(CITY, 2003, true).unwrap();
    let stages: BTreeSet<Stage> =
        reserved.iter().map(|taken| city.store.person_row(taken.person).unwrap().stage).collect();
    assert_eq!(stages, BTreeSet::from([Stage::Target]));
}

/// Records the approval of somebody for whom a place is reserved, with the words of another approval.
fn approve(store: &Store, reserved: &Taken) {
    let (case, person, unit) = (reserved.case, reserved.person, reserved.unit);
    let approved = store.taken(CITY, 2003, false).unwrap()[0];
    let record = store.case(approved.case).unwrap().done(Step::Approval).unwrap().record.clone();
    let change = Change::Completed(record);
    let event = CaseEvent { case, entry: Entry::live(), evidence: Vec::new(), change };
    let fact = Fact::of_person(person, unit, demo::DAY, event);
    store.write(move |tx| tx.append(ACTOR, today(3), CommandId::random(), &[fact])).unwrap();
}

#[test]
fn an_admission_uses_the_place_that_was_reserved() {
    let city = city();
    let id = of_year(&city.store, 2003);
    let reserved = city.store.taken(CITY, 2003, true).unwrap()[0];
    let line = |unit: UnitId| city.store.plan_unit(id, unit, demo::DAY).unwrap().line;
    for unit in [reserved.unit, CITY] {
        let before = line(unit);
        assert!(before.n_reserved > 0);
        if unit == reserved.unit {
            approve(&city.store, &reserved);
            let after = line(unit);
            assert_eq!((after.n_reserved, after.n_used), (before.n_reserved - 1, before.n_used + 1));
            assert_eq!(after.n_left(), before.n_left().map(|n| n - 1));
        } else {
            let used = city.store.taken(CITY, 2003, false).unwrap();
            assert!(used.iter().any(|taken| taken.case == reserved.case && taken.on == demo::DAY));
            assert_eq!(before.n_used, used.len() as i64);
        }
    }
    let report = city.store.verify(&city.keys).unwrap();
    assert!(report.wrong_views.is_empty(), "{:?}", report.wrong_views);
}

#[test]
fn a_change_is_granted_and_the_difference_is_seen() {
    let city = city();
    let id = of_year(&city.store, 2003);
    let view = city.store.plan_view(id, CITY, &[], demo::DAY).unwrap();
    let change = view.changes.first().expect("one waits").clone();
    let before = city.store.plan_unit(id, change.unit, demo::DAY).unwrap();
    assert_eq!(before.line.places(), Some(change.before));
    let decision = |is_granted| {
        Act::DecideChange(ChangeDecision { number: 1, is_granted, reason: "双方商妥".to_owned() })
    };
    let decide = |act: Act| {
        let seen = city.store.plan_seen(id, change.unit).unwrap();
        city.store.act_on_plan(ACTOR, today(5), CommandId::random(), (seen, change.unit), act)
    };
    decide(decision(true)).unwrap();
    let after = city.store.plan_unit(id, change.unit, demo::DAY).unwrap();
    assert_eq!(after.line.quota, Some((change.before, change.after)));
    let other = city.store.plan_unit(id, change.other.unwrap(), demo::DAY).unwrap();
    let (adopted, now) = other.line.quota.unwrap();
    assert_eq!(now - adopted, change.before - change.after);
    assert_eq!(refused(decide(decision(false))), ["L09.decided"]);
    assert!(city.store.verify(&city.keys).unwrap().is_sound());
}

#[test]
fn anomalies_are_answered_and_settled() {
    let city = city();
    let id = of_year(&city.store, 2003);
    let following = city.store.following(id, CITY, demo::DAY).unwrap();
    let months = &following.months[0].months;
    assert_eq!(months.iter().sum::<i64>(), city.store.taken(CITY, 2003, false).unwrap().len() as i64);
    assert!(months[2..].iter().all(|n| *n == 0), "nobody is admitted after the demonstration day");
    let below: i64 = following.months[1..].iter().flat_map(|row| row.months).sum();
    assert_eq!(below, months.iter().sum::<i64>());
    let told = following.told.first().expect("a real city has some");
    let (unit, key) = (told.alert.unit, told.alert.key.clone());
    let act = |act: Act| {
        let seen = city.store.plan_seen(id, unit).unwrap();
        city.store.act_on_plan(ACTOR, today(5), CommandId::random(), (seen, unit), act)
    };
    let close = Act::SettleAlert(key.clone(), false, "情况属实".to_owned());
    assert_eq!(refused(act(close.clone())), ["L10.unanswered"]);
    act(Act::AnswerAlert(key.clone(), "支部正在培养两名对象".to_owned())).unwrap();
    act(close).unwrap();
    let following = city.store.following(id, CITY, demo::DAY).unwrap();
    let told = following.told.iter().find(|it| it.alert.unit == unit && it.alert.key == key).unwrap();
    let row = told.row.as_ref().unwrap();
    assert!(row.answer.is_some() && row.settled.as_ref().is_some_and(|settled| !settled.1));
}

#[test]
fn a_place_has_its_price_and_the_table_its_workbook() {
    let city = city();
    let id = of_year(&city.store, 2003);
    let view = city.store.plan_view(id, CITY, &[], demo::DAY).unwrap();
    let line = view.lines[1..].iter().find(|line| line.places().is_some_and(|n| n > 0)).unwrap();
    let (more, fewer) = city.store.price_of_place(id, 1, line.unit.id).unwrap();
    // The first proposal was solved without anything settled; nothing costs less than it.
    for price in [more, fewer].into_iter().flatten() {
        assert!(price >= 0, "{price}");
    }
    assert!(more.is_some() || fewer.is_some());
    let bytes = city.store.plan_workbook(id, CITY, demo::DAY, Language::Zh).unwrap();
    assert!(bytes.starts_with(b"PK"));
    let seen = AtomicUsize::new(0);
    let progress = |_: Phase, _: usize, _: usize| {
        seen.fetch_add(1, Ordering::Relaxed);
    };
    let watch = Watch { progress: &progress, cancel: &AtomicBool::new(false) };
    city.store.draft_round(id, Vec::new(), demo::DAY, &watch).unwrap();
    assert!(seen.load(Ordering::Relaxed) > 3);
    let answer = Act::Answer(Answer { kind: AnswerKind::Accept, n: None, reason: String::new() });
    assert_eq!(refused(act(&city.store, id, 11, answer)), ["L01.adopted"]);
}
