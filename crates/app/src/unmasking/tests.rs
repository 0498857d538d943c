use domain::dates::Moment;
use domain::event::{Event, FieldChange, PersonCorrected};
use domain::ids::UnitId;
use domain::role::Role;
use domain::unmasking::Need;

use super::*;
use crate::accounts::tests::officer;
use crate::store::tests::{Site, now, record, sites, small_city};

const NUMBER: &str = "110101197708010011";

fn purpose(need: Option<Need>, text: &str) -> Purpose {
    Purpose { need, text: text.to_owned() }
}

fn numbered(site: &Site) {
    small_city(site);
    let change = FieldChange { field: "id_number".into(), was: "".into(), becomes: NUMBER.into() };
    let corrected = PersonCorrected { changes: vec![change], reason: "身份证".into(), source: None };
    let fact = domain::event::Fact::of_person(PersonId(100), UnitId(40), now(3).today, corrected);
    record(site, 3, vec![fact]);
}

fn rules(answer: Result<Unmasked, ActError>) -> Vec<String> {
    match answer {
        Err(ActError::Refused(refusal)) => refusal.findings.into_iter().map(|found| found.rule).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_number_is_shown_once_for_a_purpose_that_the_record_keeps() {
    for site in sites() {
        numbered(&site);
        let store = &site.store;
        let secretary = officer(store, now(4), ("shuji", None), Role::BranchSecretary, UnitId(40));
        let ask = |command, purpose: Purpose, at: Moment| {
            store.unmask(secretary, at, command, PersonId(100), purpose)
        };
        let wrong = ask(CommandId::random(), purpose(None, "查"), now(5));
        assert_eq!(rules(wrong), ["N01.need", "N01.text"]);
        assert!(
            !store
                .person_history(PersonId(100))
                .unwrap()
                .iter()
                .any(|event| { matches!(event.fact.event, Event::FieldsUnmasked(_)) })
        );
        let (command, why) = (CommandId::random(), purpose(Some(Need::Letter), "开具介绍信"));
        assert_eq!(ask(command, why.clone(), now(6)).unwrap().id_number, NUMBER);
        assert_eq!(rules(ask(command, why.clone(), now(7))), ["N01.shown"]);
        let history = store.person_history(PersonId(100)).unwrap();
        let Event::FieldsUnmasked(shown) = &history[0].fact.event else { panic!("{:?}", history[0]) };
        assert_eq!(
            (shown.fields.as_slice(), Purpose::parse(&shown.purpose)),
            (&["id_number".to_owned()][..], why)
        );
        assert_eq!(Some(history[0].actor), secretary.account);
        let known = store.person(PersonId(100)).unwrap();
        assert_eq!(known.version, 2, "looking changes no entry");
        assert!(store.verify(&site.keys).unwrap().is_sound());
        store.rebuild(&site.keys).unwrap();
        assert!(store.verify(&site.keys).unwrap().is_sound());
    }
}

#[test]
fn only_duties_that_include_it_show_numbers_and_only_of_their_own_people() {
    for site in sites() {
        numbered(&site);
        let store = &site.store;
        for (login, role, unit, rule) in [
            ("zuwei", Role::BranchOrganiser, 40, "A01.role"),
            ("dangwei", Role::Approver, 30, "A01.role"),
            ("other", Role::BranchSecretary, 41, "A02.scope"),
        ] {
            let actor = officer(store, now(4), (login, None), role, UnitId(unit));
            let why = purpose(Some(Need::Identity), "核对身份证");
            match store.unmask(actor, now(5), CommandId::random(), PersonId(100), why) {
                Err(ActError::Denied(denial)) => assert_eq!(denial.rule, rule, "{role:?}"),
                other => panic!("{role:?}: {other:?}"),
            }
        }
    }
}
