use domain::case::{CaseEvent, Entry, Step};
use domain::dates::{Instant, days_between};
use domain::decide::required_paper;
use domain::event::{Fact, PersonRegistered, PostAssigned, UnitOpened};
use domain::evidence::Evidence;
use domain::ids::{EventId, PostId, UnitId};
use domain::person::{Education, Ethnicity, Occupation, Particulars, Sex, Stage};
use domain::role::Role;
use domain::text::Text;
use domain::unit::{PostKind, Sector, UnitKind};
use jiff::civil::date;
use ledger::envelope::Envelope;
use ledger::verify::Verdict;
use serde_json::{Value as Json, json};

use super::*;
use crate::accounts::tests::officer;
use crate::store::tests::{ACTOR, sites};

mod together;

const BRANCH: UnitId = UnitId(30);
pub(crate) const CANDIDATE: PersonId = PersonId(100);

pub(crate) fn on(day: Date) -> Moment {
    let days = days_between(Date::constant(1970, 1, 1), day);
    Moment::at(Instant((days * 24 + 2) * 3_600_000))
}

pub(crate) fn found(store: &Store) {
    let unit = |id: i64, parent: Option<i64>, kind: UnitKind| {
        let opened = UnitOpened {
            parent: parent.map(UnitId),
            unit_kind: kind,
            sector: Sector::Organ,
            code: format!("U{id}"),
            name: Text::new(format!("单位{id}"), format!("Unit {id}")),
            approval: "测试".into(),
        };
        Fact::of_unit(UnitId(id), date(2003, 3, 3), opened)
    };
    let person = |id: i64, stage: Stage| {
        let particulars = Particulars {
            name: format!("人{id}"),
            id_number: String::new(),
            phone: String::new(),
            work_post: String::new(),
            sex: Sex::Female,
            born_on: date(1981, 5, 20),
            ethnicity: Ethnicity::HAN,
            education: Education::College,
            occupation: Occupation::Official,
            is_front_line: false,
        };
        let registered = PersonRegistered {
            particulars,
            stage,
            stage_on: None,
            admitted_on: None,
            full_since: (stage == Stage::Full).then_some(date(1990, 7, 1)),
            source: None,
        };
        Fact::of_person(PersonId(id), BRANCH, date(2003, 3, 3), registered)
    };
    let post = |id: i64, person: i64, kind: PostKind| {
        let assigned = PostAssigned { post: PostId(id), kind, person: PersonId(person) };
        Fact::of_unit(BRANCH, date(2002, 1, 1), assigned)
    };
    let mut facts = vec![
        unit(10, None, UnitKind::County),
        unit(20, Some(10), UnitKind::Committee),
        unit(30, Some(20), UnitKind::Branch),
        person(CANDIDATE.0, Stage::None),
    ];
    facts.extend((101..=109).map(|id| person(id, Stage::Full)));
    facts.extend([post(1, 103, PostKind::Secretary), post(2, 104, PostKind::OrganisationMember)]);
    store.write(move |tx| tx.append(ACTOR, on(date(2003, 3, 3)), CommandId::random(), &facts)).unwrap();
}

pub(crate) fn act(day: Date, kind: &str, mut body: Json) -> Act {
    body["case"] = json!(1);
    let event = CaseEvent::read(kind, body).unwrap();
    let paper = required_paper(&event.change);
    let act = Act::new(day, event.change);
    act.proved_by(paper.map(|(kind, name)| Evidence::on_shelf(kind, name.zh, "2003-12")))
}

fn record(store: &Store, case: CaseId, act: Act) -> Result<Receipt, ActError> {
    let seen = Seen { case, version: store.case(case)?.version() };
    let now = on(act.on);
    store.record_act(ACTOR, now, CommandId::random(), seen, act)
}

fn minutes() -> Json {
    json!({"body": "branch_committee", "n_members": 3, "n_present": 3, "n_for": 3, "is_agreed": true})
}

#[test]
fn a_candidate_goes_from_application_to_activist_and_the_roster_follows() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let first = date(2003, 3, 4);
        let case =
            store.open_file(ACTOR, on(first), CommandId::random(), CANDIDATE, opening(first, None)).unwrap();
        for (day, kind, body) in [
            (first, "case.application_received", json!({"channel": "unit", "is_signed": true})),
            (
                date(2003, 3, 20),
                "case.applicant_talked",
                json!({"talker": {"person": 103, "name": "人103", "post": "secretary"},
                       "topics": ["history", "understanding", "motive", "law_abidance", "family", "basics_explained"]}),
            ),
            (
                date(2003, 4, 10),
                "case.activist_listed",
                json!({"recommendations": [{"by": "youth_league", "on": "2003-04-01"}], "minutes": minutes()}),
            ),
        ] {
            record(store, case, act(day, kind, body)).unwrap_or_else(|error| panic!("{kind}: {error}"));
        }
        let file = store.file(case, date(2003, 4, 11)).unwrap();
        assert_eq!((file.person.stage, file.person.stage_on), (Stage::Activist, Some(date(2003, 4, 10))));
        assert_eq!(file.case.version(), 4);
        assert!(!file.agenda.due.is_empty());
        assert_eq!(store.composition(BRANCH).unwrap().stages[&Stage::Activist], 1);
        let docket = store.docket(UnitId(10), date(2003, 4, 11)).unwrap();
        assert_eq!((docket.n_files, docket.entries.len()), (1, file.agenda.due.len()));
        let report = store.verify(&site.keys).unwrap();
        assert_eq!(report.record.verdict, Verdict::Intact, "{:?}", report.record.findings);
        assert!(report.wrong_views.is_empty(), "{:?}", report.wrong_views);
    }
}

#[test]
fn a_refused_act_leaves_nothing_and_a_stale_one_is_told() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let first = date(2003, 3, 4);
        let case =
            store.open_file(ACTOR, on(first), CommandId::random(), CANDIDATE, opening(first, None)).unwrap();
        let again = store.open_file(ACTOR, on(first), CommandId::random(), CANDIDATE, opening(first, None));
        assert!(matches!(&again, Err(ActError::Refused(refusal)) if refusal.names("P03.other_file_open")));
        let listing =
            json!({"recommendations": [{"by": "youth_league", "on": "2003-03-01"}], "minutes": minutes()});
        let early = record(store, case, act(date(2003, 3, 5), "case.activist_listed", listing));
        assert!(matches!(early, Err(ActError::Refused(_))), "{early:?}");
        assert_eq!(store.case(case).unwrap().version(), 1);

        let application =
            act(first, "case.application_received", json!({"channel": "unit", "is_signed": true}));
        let seen = Seen { case, version: 1 };
        let command = CommandId::random();
        let receipt = store.record_act(ACTOR, on(first), command, seen, application.clone()).unwrap();
        let repeated = store.record_act(ACTOR, on(first), command, seen, application.clone()).unwrap();
        assert_eq!((receipt.first_seq, true), (repeated.first_seq, repeated.is_repeat));
        let stale = store.record_act(ACTOR, on(first), CommandId::random(), seen, application);
        assert_eq!(stale, Err(ActError::Store(StoreError::Changed)));
    }
}

#[test]
fn an_invalidated_entry_takes_the_stage_back() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let first = date(2003, 3, 4);
        let case =
            store.open_file(ACTOR, on(first), CommandId::random(), CANDIDATE, opening(first, None)).unwrap();
        let body = json!({"channel": "unit", "is_signed": true});
        record(store, case, act(first, "case.application_received", body)).unwrap();
        assert_eq!(store.person(CANDIDATE).unwrap().stage, Stage::Applicant);
        let wrong: EventId = store.case(case).unwrap().last(Step::Application).unwrap().event;
        let body = json!({"event": wrong, "reason": "申请书是别人的"});
        record(store, case, act(date(2003, 3, 5), "case.invalidated", body)).unwrap();
        assert_eq!(store.person(CANDIDATE).unwrap().stage, Stage::None);
        let report = store.verify(&site.keys).unwrap();
        assert!(report.is_sound(), "{:?} {:?}", report.record.findings, report.wrong_views);
    }
}

#[test]
fn a_late_entry_is_marked_in_its_envelope_with_the_rules_in_force() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let first = date(2003, 3, 4);
        let case =
            store.open_file(ACTOR, on(first), CommandId::random(), CANDIDATE, opening(first, None)).unwrap();
        let body = json!({"channel": "unit", "is_signed": true});
        let mut application = act(first, "case.application_received", body);
        application.entry = Entry::late("材料在途", None);
        let seen = Seen { case, version: 1 };
        let written = on(date(2003, 3, 20));
        let receipt = store.record_act(ACTOR, written, CommandId::random(), seen, application).unwrap();
        let envelopes = store
            .read(|connection| {
                connection
                    .query("SELECT envelope FROM event ORDER BY seq", &[])?
                    .iter()
                    .map(|row| Ok(Envelope::parse(row.bytes(0)?).unwrap()))
                    .collect::<Result<Vec<_>, StoreError>>()
            })
            .unwrap();
        assert!(envelopes.iter().all(|envelope| envelope.rules == crate::rulebooks::digest()));
        for (seq, envelope) in envelopes.iter().enumerate() {
            let late = envelope.late.as_ref().map(|late| (late.class.as_str(), late.days));
            let expected = (seq as u64 == receipt.first_seq).then_some(("late", 16));
            assert_eq!(late, expected, "event {seq}");
        }
        let report = store.verify(&site.keys).unwrap();
        assert!(report.is_sound(), "{:?} {:?}", report.record.findings, report.wrong_views);
    }
}

const COMMITTEE: UnitId = UnitId(20);

fn acting(store: &Store, login: &str, role: Role, unit: UnitId, person: Option<PersonId>) -> Actor {
    officer(store, on(date(2003, 3, 3)), (login, person), role, unit)
}

fn denied<T: std::fmt::Debug>(answer: Result<T, ActError>) -> &'static str {
    match answer {
        Err(ActError::Denied(denial)) => denial.rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_the_office_that_takes_a_step_records_it_and_nobody_in_the_own_file() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let secretary = acting(store, "secretary", Role::BranchSecretary, BRANCH, Some(PersonId(103)));
        let approver = acting(store, "approver", Role::Approver, COMMITTEE, None);
        let leader = acting(store, "leader", Role::Leader, UnitId(10), None);
        let own = acting(store, "own", Role::BranchOrganiser, BRANCH, Some(CANDIDATE));
        let elsewhere = acting(store, "elsewhere", Role::BranchSecretary, COMMITTEE, None);
        let elsewhere = Actor { unit: BRANCH, ..elsewhere };
        let day = date(2003, 3, 4);
        let open =
            |actor| store.open_file(actor, on(day), CommandId::random(), CANDIDATE, opening(day, None));
        assert_eq!(denied(open(leader)), "A01.role");
        assert_eq!(denied(open(own)), "A04.own_file");
        assert_eq!(denied(open(elsewhere)), "A01.role");
        let case = open(secretary).unwrap();

        let record = |actor, kind: &str, body: Json| {
            let seen = Seen { case, version: store.case(case).unwrap().version() };
            store.record_act(actor, on(day), CommandId::random(), seen, act(day, kind, body))
        };
        let application = json!({"channel": "unit", "is_signed": true});
        assert_eq!(denied(record(approver, "case.application_received", application.clone())), "A07.office");
        assert_eq!(denied(record(own, "case.application_received", application.clone())), "A04.own_file");
        record(secretary, "case.application_received", application).unwrap();
        let wrong: EventId = store.case(case).unwrap().last(Step::Application).unwrap().event;
        let void = json!({"event": wrong, "reason": "申请书是别人的"});
        assert_eq!(denied(record(approver, "case.invalidated", void.clone())), "A07.office");
        assert_eq!(denied(record(leader, "case.invalidated", void.clone())), "A01.role");
        assert_eq!(store.case(case).unwrap().version(), 2);

        // A duty that ended a moment ago allows nothing.
        let duty = store.identity(secretary.account.unwrap()).unwrap().grants[0].id;
        store.end_grant(ACTOR, on(day), duty, "轮岗").unwrap();
        assert_eq!(denied(record(secretary, "case.invalidated", void)), "A01.role");
        let report = store.verify(&site.keys).unwrap();
        assert!(report.is_sound(), "{:?} {:?}", report.record.findings, report.wrong_views);
    }
}
