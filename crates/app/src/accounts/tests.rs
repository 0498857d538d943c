use domain::access::{Action, Resource};
use domain::dates::Instant;
use domain::event::UnitOpened;
use domain::ids::{GrantId, UnitId};
use domain::role::{Reach, Role};
use domain::text::Text;
use domain::unit::{Sector, UnitKind};
use jiff::civil::date;

use super::*;
use crate::store::tests::{ACTOR, sites};

pub(crate) const CITY: UnitId = UnitId(10);
pub(crate) const COUNTY: UnitId = UnitId(20);
const BRANCH: UnitId = UnitId(30);
const OTHER: UnitId = UnitId(21);
const TODAY: Date = date(2003, 3, 3);

pub(crate) fn at(minute: i64) -> Moment {
    Moment::at(Instant(1_046_680_000_000 + minute * 60_000))
}

pub(crate) fn found(store: &Store) -> AccountId {
    let unit = |id: UnitId, parent: Option<UnitId>, kind: UnitKind| {
        let opened = UnitOpened {
            parent,
            unit_kind: kind,
            sector: Sector::Organ,
            code: format!("U{id}"),
            name: Text::new("单位", "Unit"),
            approval: "测试".into(),
        };
        Fact::of_unit(id, TODAY, opened)
    };
    let facts = [
        unit(CITY, None, UnitKind::City),
        unit(COUNTY, Some(CITY), UnitKind::County),
        unit(OTHER, Some(CITY), UnitKind::County),
        unit(BRANCH, Some(COUNTY), UnitKind::Branch),
    ];
    store.write(move |tx| tx.append(ACTOR, at(0), CommandId::random(), &facts)).unwrap();
    open(store, "wu")
}

fn open(store: &Store, login: &str) -> AccountId {
    let account = store.open_account(ACTOR, at(0), login, "吴秀兰", None).unwrap();
    store.set_password(ACTOR, at(0), account, "seedling bed", false).unwrap();
    account
}

fn grant(account: AccountId, role: Role) -> NewGrant {
    let (from, to) = (date(2003, 1, 1), date(2003, 12, 31));
    NewGrant { account, role, unit: CITY, reach: Reach::Subtree, from, to }
}

/// An account with a duty for a year, as it acts, for the tests of other use cases.
pub(crate) fn officer(
    store: &Store,
    now: Moment,
    (login, person): (&str, Option<PersonId>),
    role: Role,
    unit: UnitId,
) -> Actor {
    let account = store.open_account(ACTOR, now, login, login, person).unwrap();
    let to = now.today.saturating_add(jiff::Span::new().years(1));
    let new = NewGrant { account, role, unit, reach: Reach::Subtree, from: now.today, to };
    store.give_grant(ACTOR, now, new).unwrap();
    Actor { account: Some(account), role: Some(role), unit }
}

/// An account with a password and a duty, as it acts.
pub(crate) fn acting(store: &Store, login: &str, role: Role, unit: UnitId) -> Actor {
    let account = open(store, login);
    store.give_grant(ACTOR, at(0), NewGrant { unit, ..grant(account, role) }).unwrap();
    Actor { account: Some(account), role: Some(role), unit }
}

pub(crate) fn rule<T: std::fmt::Debug>(answer: Result<T, AccountError>) -> &'static str {
    match answer {
        Err(AccountError::Denied(denial)) => denial.rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_session_lasts_while_it_is_used_and_not_for_ever() {
    for site in sites() {
        let store = &site.store;
        let account = found(store);
        let session = store.sign_in("wu", "seedling bed", at(0)).unwrap();
        let identity = store.session(&session.token, at(20)).unwrap().unwrap();
        assert_eq!((identity.account, identity.csrf.len()), (account, 64));
        assert!(store.session("00", at(20)).unwrap().is_none());
        assert!(store.session(&session.token, at(49)).unwrap().is_some());
        assert!(store.session(&session.token, at(80)).unwrap().is_none());

        let session = store.sign_in("wu", "seedling bed", at(100)).unwrap();
        for minute in (120..100 + 12 * 60).step_by(20) {
            assert!(store.session(&session.token, at(minute)).unwrap().is_some(), "{minute}");
        }
        assert!(store.session(&session.token, at(101 + 12 * 60)).unwrap().is_none());
    }
}

#[test]
fn wrong_names_and_passwords_get_one_answer_and_have_to_wait() {
    for site in sites() {
        let store = &site.store;
        let account = found(store);
        for _ in 0..5 {
            assert_eq!(store.sign_in("wu", "wrong", at(0)), Err(SignInError::Wrong));
            assert_eq!(store.sign_in("nobody", "wrong", at(0)), Err(SignInError::Wrong));
        }
        let locked = Err(SignInError::Locked { seconds: 30 });
        assert_eq!(store.sign_in("wu", "seedling bed", at(0)), locked);
        assert_eq!(store.sign_in("nobody", "wrong", at(0)), locked);
        assert!(store.sign_in("wu", "seedling bed", at(1)).is_ok());
        let session = store.sign_in("wu", "seedling bed", at(1)).unwrap();
        store.sign_out(&session.token).unwrap();
        assert!(store.session(&session.token, at(1)).unwrap().is_none());
        let session = store.sign_in("wu", "seedling bed", at(1)).unwrap();
        store.close_account(ACTOR, at(2), account, "调离").unwrap();
        assert!(store.session(&session.token, at(2)).unwrap().is_none());
        assert_eq!(store.sign_in("wu", "seedling bed", at(2)), Err(SignInError::Wrong));
    }
}

#[test]
fn guesses_sent_all_at_once_are_counted_one_by_one() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let guesses: Vec<_> = (0..16)
                .map(|n| scope.spawn(move || store.sign_in("wu", &format!("guess {n}"), at(0))))
                .collect();
            guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
        });
        let n_tried = answers.iter().filter(|answer| **answer == Err(SignInError::Wrong)).count();
        assert_eq!(n_tried, 5, "{answers:?}");
        // A day later nobody remembers.
        assert_eq!(store.sign_in("wu", "wrong", at(24 * 60 + 1)), Err(SignInError::Wrong));
        assert!(store.sign_in("WU", "seedling bed", at(24 * 60 + 1)).is_ok());
    }
}

#[test]
fn duties_are_given_by_others_for_a_year_and_officers_hold_one() {
    for site in sites() {
        let store = &site.store;
        let account = found(store);
        let giver = Actor { account: Some(account), ..ACTOR };
        let new = grant(account, Role::Organiser);
        assert_eq!(store.give_grant(giver, at(1), new), Err(AccountError::ToOneself));
        for days in [
            NewGrant { to: date(2004, 1, 2), ..new },
            NewGrant { to: date(2002, 12, 31), ..new },
            NewGrant { from: date(2002, 5, 1), to: date(2003, 3, 2), ..new },
        ] {
            assert_eq!(store.give_grant(ACTOR, at(1), days), Err(AccountError::Days));
        }
        let id = store.give_grant(ACTOR, at(1), new).unwrap();
        assert_eq!(store.give_grant(ACTOR, at(1), new), Err(AccountError::AlreadyHeld));
        let auditor = grant(account, Role::Auditor);
        assert_eq!(store.give_grant(ACTOR, at(1), auditor), Err(AccountError::Incompatible));

        let city = store.unit(CITY).unwrap();
        let whole = Resource::of_subtree(&city);
        let may = |day: Date| store.identity(account).unwrap().may(Action::SeeFile, &whole, day).is_ok();
        assert!(may(TODAY) && may(date(2003, 12, 31)) && !may(date(2004, 1, 1)));
        store.end_grant(ACTOR, at(2), id, "到期").unwrap();
        assert!(!may(TODAY));
        let again = store.end_grant(ACTOR, at(2), id, "到期");
        assert_eq!(again, Err(AccountError::Store(StoreError::Missing)));
        let report = store.verify(&site.keys).unwrap();
        assert!(report.is_sound(), "{:?} {:?}", report.record.findings, report.wrong_views);
    }
}

#[test]
fn a_duty_needs_an_account_a_unit_and_a_fitting_reach() {
    for site in sites() {
        let store = &site.store;
        let account = found(store);
        let new = grant(account, Role::Organiser);
        let missing = Err(AccountError::Store(StoreError::Missing));
        assert_eq!(store.give_grant(ACTOR, at(1), NewGrant { account: AccountId(99), ..new }), missing);
        assert_eq!(store.give_grant(ACTOR, at(1), NewGrant { unit: UnitId(99), ..new }), missing);
        let assigned = NewGrant { role: Role::Mentor, reach: Reach::Assigned, ..new };
        assert_eq!(store.give_grant(ACTOR, at(1), assigned), Err(AccountError::Reach));
        let person = PersonId(7);
        let mentor = store.open_account(ACTOR, at(1), "mentor", "联系人", Some(person)).unwrap();
        let twice = store.open_account(ACTOR, at(1), "again", "联系人", Some(person));
        assert_eq!(twice, Err(AccountError::PersonTaken));
        assert!(store.give_grant(ACTOR, at(1), NewGrant { account: mentor, ..assigned }).is_ok());
        let wide = NewGrant { account: mentor, role: Role::Mentor, ..new };
        assert_eq!(store.give_grant(ACTOR, at(1), wide), Err(AccountError::Reach));
        store.close_account(ACTOR, at(2), mentor, "调离").unwrap();
        assert_eq!(
            store.give_grant(ACTOR, at(2), NewGrant { account: mentor, ..new }),
            Err(AccountError::Closed)
        );
        assert!(store.open_account(ACTOR, at(2), "again", "联系人", Some(person)).is_ok());
    }
}

#[test]
fn officers_act_in_their_part_of_the_tree_and_each_in_their_own_office() {
    for site in sites() {
        let store = &site.store;
        let account = found(store);
        let security = acting(store, "security", Role::SecurityOfficer, COUNTY);
        let system = acting(store, "system", Role::SystemOfficer, COUNTY);
        let organiser = acting(store, "organiser", Role::Organiser, COUNTY);
        let new = NewGrant { unit: BRANCH, ..grant(account, Role::BranchSecretary) };
        let given = store.give_grant(security, at(1), new).unwrap();
        for outside in [CITY, OTHER] {
            let new = NewGrant { unit: outside, ..new };
            assert_eq!(rule(store.give_grant(security, at(1), new)), "A02.scope", "{outside}");
        }
        assert_eq!(rule(store.give_grant(organiser, at(1), new)), "A01.role");
        assert_eq!(rule(store.give_grant(system, at(1), new)), "A01.role");
        assert_eq!(rule(store.open_account(security, at(1), "new", "新", None)), "A01.role");
        // Whoever acts under a duty that is not held acts under none.
        let feigned = Actor { role: Some(Role::SecurityOfficer), ..organiser };
        assert_eq!(rule(store.give_grant(feigned, at(1), new)), "A01.role");
        let feigned = Actor { unit: CITY, ..security };
        assert_eq!(rule(store.give_grant(feigned, at(1), new)), "A01.role");

        store.open_account(system, at(1), "new", "新", None).unwrap();
        store.set_password(system, at(1), account, "another bed", false).unwrap();
        assert!(store.identity(account).unwrap().must_change_password);
        assert_eq!(
            store.set_password(system, at(1), system.account.unwrap(), "another bed 2", false),
            Err(AccountError::ToOneself)
        );
        store.end_grant(security, at(2), given, "轮岗").unwrap();
        store.give_grant(ACTOR, at(2), grant(account, Role::Leader)).unwrap();
        assert_eq!(rule(store.close_account(system, at(2), account, "无")), "A02.scope");
        // An officer whose account was closed a moment ago acts no more.
        store.close_account(ACTOR, at(3), security.account.unwrap(), "调离").unwrap();
        assert_eq!(rule(store.give_grant(security, at(3), new)), "A01.role");
    }
}

#[test]
fn passwords_are_measured_and_names_are_taken_once() {
    for site in sites() {
        let store = &site.store;
        let account = found(store);
        for taken in ["wu", "WU"] {
            let taken = store.open_account(ACTOR, at(1), taken, "吴", None);
            assert_eq!(taken, Err(AccountError::LoginTaken));
        }
        for unfit in ["", "a b", &"长".repeat(65)] {
            let unfit = store.open_account(ACTOR, at(1), unfit, "吴", None);
            assert_eq!(unfit, Err(AccountError::LoginUnfit));
        }
        let set = |password: &str| store.set_password(ACTOR, at(1), account, password, true);
        assert_eq!(set("1234567"), Err(AccountError::PasswordUnfit(8)));
        let session = store.sign_in("wu", "seedling bed", at(1)).unwrap();
        set("another bed").unwrap();
        assert!(store.session(&session.token, at(1)).unwrap().is_none());
        assert!(store.identity(account).unwrap().must_change_password);
        store.give_grant(ACTOR, at(1), grant(account, Role::Auditor)).unwrap();
        assert_eq!(set("another be"), Err(AccountError::PasswordUnfit(12)));
    }
}

#[test]
fn a_password_is_changed_by_whoever_knows_it_and_every_other_session_ends() {
    for site in sites() {
        let store = &site.store;
        let account = found(store);
        store.set_password(ACTOR, at(0), account, "temporary 1", true).unwrap();
        let first = store.sign_in("wu", "temporary 1", at(1)).unwrap();
        assert!(store.session(&first.token, at(1)).unwrap().unwrap().must_change_password);
        let change = |present: &str, new: &str| store.change_password(account, present, new, (at(2), at(2)));
        assert_eq!(change("temporary 2", "my own bed"), Err(AccountError::PasswordWrong));
        assert_eq!(change("temporary 1", "temporary 1"), Err(AccountError::PasswordUnfit(8)));
        assert_eq!(change("temporary 1", "short"), Err(AccountError::PasswordUnfit(8)));
        let second = change("temporary 1", "my own bed").unwrap();
        assert!(store.session(&first.token, at(2)).unwrap().is_none());
        let identity = store.session(&second.token, at(2)).unwrap().unwrap();
        assert_eq!((identity.must_change_password, identity.csrf == second.csrf), (false, true));
        for _ in 0..5 {
            assert_eq!(change("wrong", "another own bed"), Err(AccountError::PasswordWrong));
        }
        assert_eq!(change("my own bed", "another own bed"), Err(AccountError::Locked { seconds: 30 }));
    }
}

#[test]
fn a_new_officer_needs_a_longer_password() {
    for site in sites() {
        let store = &site.store;
        let account = found(store);
        assert!(!store.identity(account).unwrap().must_change_password);
        store.give_grant(ACTOR, at(1), grant(account, Role::Auditor)).unwrap();
        assert!(store.identity(account).unwrap().must_change_password);
        let short = store.change_password(account, "seedling bed", "ten letter", (at(1), at(1)));
        assert_eq!(short, Err(AccountError::PasswordUnfit(12)));
    }
}

#[test]
fn a_password_kept_at_another_cost_is_kept_anew_when_it_is_used() {
    for site in sites() {
        let account = found(&site.store);
        let hardness = Hardness { memory: 128, ..Hardness::CHEAP };
        let store = site.store.with_hardness(hardness);
        let kept =
            || store.read(|connection| Ok(accounts::password(connection, account)?.unwrap().0)).unwrap();
        assert!(Hardness::CHEAP.is_of(&kept()));
        store.sign_in("wu", "seedling bed", at(1)).unwrap();
        assert!(hardness.is_of(&kept()));
        store.sign_in("wu", "seedling bed", at(1)).unwrap();
    }
}

#[test]
fn a_session_that_was_ended_is_not_brought_back_by_being_seen() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let session = store.sign_in("wu", "seedling bed", at(0)).unwrap();
        let digest = sessions::digest(&session.token);
        store.sign_out(&session.token).unwrap();
        // What a page that was asked for just before does just after.
        store.write(move |tx| accounts::see_session(&mut tx.connection, &digest, at(1).at.0)).unwrap();
        assert!(store.session(&session.token, at(1)).unwrap().is_none());
    }
}

#[test]
fn the_units_of_a_list_are_those_that_each_decision_allows() {
    for site in sites() {
        let store = &site.store;
        let account = found(store);
        for (unit, reach, role) in [
            (COUNTY, Reach::Subtree, Role::Organiser),
            (OTHER, Reach::Exact, Role::Leader),
            (CITY, Reach::Exact, Role::Approver),
        ] {
            let new = NewGrant { unit, reach, ..grant(account, role) };
            store.give_grant(ACTOR, at(1), new).unwrap();
        }
        let identity = store.identity(account).unwrap();
        let all = store.subtree(CITY).unwrap();
        assert_eq!(all.len(), 4);
        for &action in Action::ALL {
            for day in [TODAY, date(2004, 1, 1)] {
                let listed = store.units_where(&identity, action, day).unwrap();
                let is_allowed =
                    |unit: &&Unit| identity.may(action, &Resource::of_unit(unit.pre, unit.id), day).is_ok();
                let allowed: Vec<&Unit> = all.iter().filter(is_allowed).collect();
                assert_eq!(listed.iter().collect::<Vec<_>>(), allowed, "{action:?} {day}");
            }
        }
    }
}

#[test]
fn an_account_or_duty_changed_behind_the_record_is_named() {
    for change in [
        "UPDATE account SET is_closed = 0",
        "UPDATE account SET person_id = 7 WHERE id = 1",
        "UPDATE duty SET role = 7",
        "UPDATE duty SET to_on = '2099-12-31'",
        "INSERT INTO duty (root_id, id, account_id, role, unit_id, reach, from_on, to_on, is_ended)
         VALUES (1, 9, 1, 7, 10, 2, '2003-01-01', '2003-12-31', 0)",
    ] {
        for site in sites() {
            let store = &site.store;
            let account = found(store);
            let closed = open(store, "closed");
            store.close_account(ACTOR, at(1), closed, "调离").unwrap();
            assert_eq!(store.give_grant(ACTOR, at(1), grant(account, Role::Leader)), Ok(GrantId(1)));
            assert!(store.verify(&site.keys).unwrap().is_sound());
            store.read(|connection| connection.batch(change)).unwrap();
            assert!(!store.verify(&site.keys).unwrap().wrong_views.is_empty(), "{change}");
        }
    }
}

/// A tree of some depth, the same each time, with a few units closed.
fn grown(store: &Store, seed: u64) -> Vec<UnitId> {
    let mut state = seed;
    let mut draw = |n: usize| {
        // The usual mixing of a counter; nothing here needs to be hard to guess.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % n
    };
    let mut units = vec![CITY];
    let opened = |id: UnitId, parent: Option<UnitId>, kind: UnitKind| {
        let (sector, approval) = (Sector::Organ, "测试".into());
        let (code, name) = (format!("U{id}"), Text::new("单位", "Unit"));
        Fact::of_unit(id, TODAY, UnitOpened { parent, unit_kind: kind, sector, code, name, approval })
    };
    let mut facts = vec![opened(CITY, None, UnitKind::City)];
    for n in 0..40 {
        let id = UnitId(100 + n);
        let parent = units[draw(units.len())];
        facts.push(opened(id, Some(parent), UnitKind::Committee));
        units.push(id);
    }
    store.write(move |tx| tx.append(ACTOR, at(0), CommandId::random(), &facts)).unwrap();
    units
}

/// The lists that SQL filters show exactly what the decision allows, unit by unit.
#[test]
fn the_filter_of_lists_and_the_decision_agree_over_a_random_tree() {
    for (site, seed) in sites().into_iter().zip([7, 11]) {
        let store = &site.store;
        let ids = grown(store, seed);
        let units: Vec<Unit> = ids.iter().map(|id| store.unit(*id).unwrap()).collect();
        let mut n_allowed = 0;
        for n in 0..30usize {
            let account = open(store, &format!("person{n}"));
            for (k, reach) in [Reach::Exact, Reach::Subtree].into_iter().enumerate() {
                let role = Role::ALL[(n * 5 + k * 3) % Role::ALL.len()];
                let unit = ids[(n * 7 + k * 13) % ids.len()];
                let from = if n % 4 == k { date(2003, 6, 1) } else { date(2003, 1, 1) };
                let new = NewGrant { account, role, unit, reach, from, to: date(2003, 12, 31) };
                // Some roles are not held together, and some not over units; the others are.
                let given = store.give_grant(ACTOR, at(0), new);
                assert!(
                    matches!(given, Ok(_) | Err(AccountError::Reach | AccountError::Incompatible)),
                    "{given:?}"
                );
            }
            if n % 9 == 0 {
                store.close_account(ACTOR, at(0), account, "调离").unwrap();
            }
            let identity = store.identity(account).unwrap();
            for &action in Action::ALL {
                let listed: Vec<UnitId> =
                    store.units_where(&identity, action, TODAY).unwrap().iter().map(|unit| unit.id).collect();
                for unit in &units {
                    let alone = Resource::of_unit(unit.pre, unit.id);
                    let is_allowed = identity.may(action, &alone, TODAY).is_ok();
                    assert_eq!(listed.contains(&unit.id), is_allowed, "{n} {action:?} {}", unit.id);
                    n_allowed += usize::from(is_allowed);
                }
            }
        }
        assert!(n_allowed > 300, "{n_allowed}: too few to show anything");
    }
}
