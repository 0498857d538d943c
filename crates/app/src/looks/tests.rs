use domain::dates::{Instant, Moment, civil_day};
use domain::event::{Fact, ListExported};
use domain::ids::{AccountId, CaseId, PersonId, UnitId};
use domain::looks::{DAYS_KEPT, Door, LEAST_DAYS_KEPT, Sight};
use domain::role::Role;
use domain::text::Language;
use jiff::civil::{Date, date};

use super::*;
use crate::accounts::tests::officer;
use crate::act::ActError;
use crate::store::tests::{ACTOR, Site, location, now, record, sites, small_city};
use crate::store::{Actor, By, Look, SITE, Store, StoreError, looks};

const DAY: Date = date(2003, 3, 3);

fn look(second: i64, account: i64, person: i64) -> Look {
    Look {
        seen_at: now(second).at,
        account: AccountId(account),
        role: Some(Role::BranchSecretary),
        unit: UnitId(40),
        person: Some(PersonId(person)),
        case: None,
        sight: Sight::Person,
        door: Door::Page,
        n: 1,
        list: String::new(),
    }
}

fn everything() -> Filter {
    Filter { from: DAY, to: DAY, account: None, person: None, sight: None }
}

fn auditor(site: &Site) -> Actor {
    officer(&site.store, now(4), ("shenji", None), Role::Auditor, UnitId(10))
}

fn seen(store: &Store, actor: Actor, filter: &Filter) -> Vec<(Sight, Option<i64>)> {
    let page = store.looks(actor, DAY, filter, (0, 100)).unwrap();
    page.looks.iter().map(|look| (look.sight, look.person.map(|person| person.0))).collect()
}

#[test]
fn what_was_read_and_what_left_the_house_are_told_in_one_list() {
    for site in sites() {
        small_city(&site);
        let (store, auditor) = (&site.store, auditor(&site));
        let file = Look { sight: Sight::File, case: Some(CaseId(7)), ..look(6, 2, 101) };
        for line in [look(5, 1, 100), file, look(8, 1, 101)] {
            store.note_look(line).unwrap();
        }
        let exported = ListExported {
            list: "dossier".into(),
            n_rows: 9,
            columns: Vec::new(),
            purpose: "转递".into(),
            sha256: String::new(),
        };
        record(&site, 7, vec![Fact::of_person(PersonId(100), UnitId(40), DAY, exported)]);
        let all = [
            (Sight::Person, Some(101)),
            (Sight::Exported, Some(100)),
            (Sight::File, Some(101)),
            (Sight::Person, Some(100)),
        ];
        assert_eq!(seen(store, auditor, &everything()), all);
        let of = |person| Filter { person: Some(PersonId(person)), ..everything() };
        assert_eq!(seen(store, auditor, &of(100)), [all[1], all[3]]);
        let by = Filter { account: Some(AccountId(2)), ..everything() };
        assert_eq!(seen(store, auditor, &by), [all[2]]);
        let only = Filter { sight: Some(Sight::Exported), ..everything() };
        assert_eq!(seen(store, auditor, &only), [all[1]]);
        let yesterday = Filter { from: date(2003, 3, 1), to: date(2003, 3, 2), ..everything() };
        assert_eq!(seen(store, auditor, &yesterday), []);
        let page = store.looks(auditor, DAY, &everything(), (1, 2)).unwrap();
        assert_eq!((page.looks.len(), page.has_more), (2, true));
        assert_eq!(page.looks[1].case, Some(CaseId(7)));

        let by = |by| {
            let tallies = store.looks_by(auditor, DAY, &everything(), by).unwrap();
            tallies.iter().map(|tally| (tally.key, tally.n, tally.n_others)).collect::<Vec<_>>()
        };
        assert_eq!(by(By::Account), [(1, 2, 2), (0, 1, 1), (2, 1, 1)]);
        assert_eq!(by(By::Person), [(100, 2, 2), (101, 2, 2)]);
        let days = by(By::Day);
        assert_eq!(days.len(), 1);
        assert_eq!(civil_day(Instant(days[0].0 * 86_400_000)), DAY);
        assert!(store.verify(&site.keys).unwrap().is_sound());
        store.rebuild(&site.keys).unwrap();
        assert_eq!(seen(store, auditor, &everything()), all);
        assert!(store.verify(&site.keys).unwrap().is_sound());
    }
}

#[test]
fn the_log_is_for_the_auditor_of_that_part_of_the_tree() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        store.note_look(look(5, 1, 100)).unwrap();
        let refused = |actor| match store.looks(actor, DAY, &everything(), (0, 10)) {
            Err(ActError::Denied(denial)) => denial.rule,
            other => panic!("{other:?}"),
        };
        let organiser = officer(store, now(4), ("wu", None), Role::Organiser, UnitId(10));
        assert_eq!(refused(organiser), "A01.role");
        let elsewhere = officer(store, now(4), ("xian", None), Role::Auditor, UnitId(21));
        assert_eq!(seen(store, elsewhere, &everything()), []);
        let here = officer(store, now(4), ("qu", None), Role::Auditor, UnitId(20));
        assert_eq!(seen(store, here, &everything()).len(), 1);
        let refused = store.export_looks(organiser, now(6), &everything(), ("检查", Language::Zh));
        assert!(matches!(refused, Err(ActError::Denied(_))), "{refused:?}");
    }
}

#[test]
fn an_export_names_no_formula_and_is_in_the_list_itself() {
    for site in sites() {
        small_city(&site);
        let (store, auditor) = (&site.store, auditor(&site));
        let sly = store.open_account(ACTOR, now(5), "sly", "=cmd|'/c calc'!A1", None).unwrap();
        store.note_look(look(6, sly.0, 100)).unwrap();
        let csv = store.export_looks(auditor, now(7), &everything(), ("例行检查", Language::En)).unwrap();
        let text = String::from_utf8(csv).unwrap();
        assert!(text.contains("a person's entry") && text.contains("2003-03-03"), "{text}");
        assert!(!text.contains(",=cmd") && text.contains("cmd|"), "{text}");
        assert_eq!(seen(store, auditor, &everything())[0], (Sight::Exported, None));
        assert!(store.verify(&site.keys).unwrap().is_sound());
    }
}

#[test]
fn lines_of_many_readers_at_once_are_all_written() {
    for site in sites() {
        small_city(&site);
        let (store, auditor) = (&site.store, auditor(&site));
        std::thread::scope(|scope| {
            for account in 1..=8 {
                scope.spawn(move || {
                    for second in 0..150 {
                        store.note_look(look(10 + second, account, 100)).unwrap();
                    }
                });
            }
        });
        let tallies = store.looks_by(auditor, DAY, &everything(), By::Account).unwrap();
        assert_eq!(tallies.iter().map(|tally| tally.n).collect::<Vec<_>>(), [150; 8]);
    }
}

#[test]
fn what_cannot_be_written_waits_and_is_not_lost() {
    for site in sites() {
        small_city(&site);
        let (store, auditor) = (&site.store, auditor(&site));
        let rename = |from: &'static str, to: &'static str| {
            store
                .write(move |tx| tx.connection.batch(&format!("ALTER TABLE {from} RENAME TO {to}")))
                .unwrap();
        };
        rename("look", "elsewhere");
        store.note_look(look(5, 1, 100)).unwrap();
        assert!(matches!(store.settle_looks(), Err(StoreError::Engine(_))));
        rename("elsewhere", "look");
        // The thread tries again by itself.
        let mut n_tries = 0;
        while store.settle_looks().is_err() {
            n_tries += 1;
            assert!(n_tries < 100, "it is never written");
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        assert_eq!(seen(store, auditor, &everything()), [(Sight::Person, Some(100))]);
    }
}

#[test]
fn a_program_that_was_killed_is_told_by_the_log_and_one_that_ended_is_not() {
    for site in sites() {
        small_city(&site);
        let auditor = auditor(&site);
        let (place, keys) = (location(&site), &site.keys);
        let store = Store::open(place, keys).unwrap();
        store.note_look(look(5, 1, 100)).unwrap();
        drop(store);
        let store = Store::open(place, keys).unwrap();
        store.note_look(look(6, 1, 101)).unwrap();
        let both = [(Sight::Person, Some(101)), (Sight::Person, Some(100))];
        assert_eq!(seen(&store, auditor, &everything()), both);
        drop(store);
        // Killed while the log was open.
        let store = Store::open(place, keys).unwrap();
        let cut: Result<_, StoreError> = store.write(|tx| looks::mark(&mut tx.connection, "open"));
        cut.unwrap();
        store.note_look(look(7, 1, 102)).unwrap();
        let all = seen(&store, auditor, &everything());
        assert!(all.contains(&(Sight::Interrupted, None)), "{all:?}");
        assert_eq!(all.len(), 4);
    }
}

#[test]
fn old_lines_are_forgotten_but_never_those_of_the_last_six_months() {
    for site in sites() {
        small_city(&site);
        let (store, auditor) = (&site.store, auditor(&site));
        store.note_look(look(5, 1, 100)).unwrap();
        let later = |days: i64| Moment::at(Instant(now(5).at.0 + days * 86_400_000));
        let short = store.forget_looks(ACTOR, later(400), LEAST_DAYS_KEPT - 1);
        assert!(matches!(short, Err(StoreError::Unfit(_))));
        assert_eq!(store.forget_looks(ACTOR, later(DAYS_KEPT), DAYS_KEPT).unwrap(), 0);
        assert_eq!(seen(store, auditor, &everything()).len(), 1);
        assert_eq!(store.forget_looks(ACTOR, later(DAYS_KEPT + 1), DAYS_KEPT).unwrap(), 1);
        assert_eq!(seen(store, auditor, &everything()), []);
        let last = store.entries(u64::MAX, 1).unwrap();
        assert_eq!((last[0].kind.as_str(), last[0].unit), ("looks.forgotten", SITE));
        assert!(store.verify(&site.keys).unwrap().is_sound());
    }
}
