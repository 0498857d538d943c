use domain::access::Action;
use domain::access::{Resource, decide};
use domain::dates::Instant;
use domain::event::UnitOpened;
use domain::text::Text;
use domain::unit::{Sector, UnitKind};
use jiff::civil::date;

use super::*;
use crate::store::tests::{ACTOR, sites};

const CITY: UnitId = UnitId(10);

fn at(minute: i64) -> Moment {
    Moment::at(Instant(1_046_680_000_000 + minute * 60_000))
}

fn found(store: &Store) -> AccountId {
    let opened = UnitOpened {
        parent: None,
        unit_kind: UnitKind::City,
        sector: Sector::Organ,
        code: "C".into(),
        name: Text::new("市", "City"),
        approval: "测试".into(),
    };
    let fact = Fact::of_unit(CITY, date(2003, 3, 3), opened);
    store.write(move |tx| tx.append(ACTOR, at(0), CommandId::random(), &[fact])).unwrap();
    let account = store.open_account(ACTOR, at(0), "wu", "吴秀兰", None).unwrap();
    store.set_password(ACTOR, at(0), account, "seedling bed", false).unwrap();
    account
}

fn grant(account: AccountId, role: Role) -> NewGrant {
    let (from, to) = (date(2003, 1, 1), date(2003, 12, 31));
    NewGrant { account, role, unit: CITY, reach: Reach::Subtree, from, to }
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
fn duties_are_given_by_others_for_a_year_and_officers_hold_one() {
    for site in sites() {
        let store = &site.store;
        let account = found(store);
        let giver = Actor { account: Some(account), ..ACTOR };
        let new = grant(account, Role::Organiser);
        assert_eq!(store.give_grant(giver, at(1), new.clone()), Err(AccountError::ToOneself));
        let long = NewGrant { to: date(2004, 1, 2), ..new.clone() };
        assert_eq!(store.give_grant(ACTOR, at(1), long), Err(AccountError::Days));
        let id = store.give_grant(ACTOR, at(1), new).unwrap();
        let auditor = grant(account, Role::Auditor);
        assert_eq!(store.give_grant(ACTOR, at(1), auditor), Err(AccountError::Incompatible));

        let identity = store.identity(account).unwrap();
        let unit = store.unit(CITY).unwrap();
        let resource = Resource::of_unit(unit.pre, unit.id);
        let today = date(2003, 3, 3);
        assert_eq!(decide(&identity.grants, Action::SeeFile, &resource, today), Ok(()));
        store.end_grant(ACTOR, at(2), id, "到期").unwrap();
        assert!(store.identity(account).unwrap().grants.is_empty());
        let report = store.verify(&site.keys).unwrap();
        assert!(report.is_sound(), "{:?} {:?}", report.record.findings, report.wrong_views);
    }
}

#[test]
fn passwords_are_measured_and_names_are_taken_once() {
    for site in sites() {
        let store = &site.store;
        let account = found(store);
        let taken = store.open_account(ACTOR, at(1), "wu", "吴", None);
        assert_eq!(taken, Err(AccountError::LoginTaken));
        assert_eq!(store.open_account(ACTOR, at(1), "a b", "吴", None), Err(AccountError::LoginUnfit));
        let set = |password: &str| store.set_password(ACTOR, at(1), account, password, true);
        assert_eq!(set("1234567"), Err(AccountError::PasswordUnfit(8)));
        let session = store.sign_in("wu", "seedling bed", at(1)).unwrap();
        set("another bed").unwrap();
        assert!(store.session(&session.token, at(1)).unwrap().is_none());
        assert!(store.identity(account).unwrap().must_change_password);
    }
}
