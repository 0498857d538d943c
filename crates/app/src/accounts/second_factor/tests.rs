use domain::dates::Instant;
use domain::role::Role;
use ledger::verify::Verdict;

use super::*;
use crate::accounts::tests::{CITY, COUNTY, acting, at, found, rule};
use crate::store::Connection;
use crate::store::tests::{ACTOR, sites};

/// The code that a device with the secret shows at a moment.
fn shown(enrolment: &Enrolment, wall: Moment) -> String {
    let secret = Secret::try_from_base32(&enrolment.secret).unwrap();
    let device = Builder::new().with_secret(secret).build().unwrap();
    device.generate(u64::try_from(wall.at.0 / 1000).unwrap()).to_string()
}

fn seconds(moment: Moment, n: i64) -> Moment {
    Moment::at(Instant(moment.at.0 + n * 1000))
}

fn pending(store: &Store, account: AccountId) -> Enrolment {
    store.begin_second_factor(account).unwrap();
    store.second_factor(account).unwrap().pending.unwrap()
}

/// An account with a second factor that was taken into use at a moment, and its recovery codes.
fn enrolled(store: &Store, wall: Moment) -> (AccountId, Enrolment, Vec<String>) {
    let account = found(store);
    let (enrolment, recovery) = enrol(store, account, wall);
    (account, enrolment, recovery)
}

fn enrol(store: &Store, account: AccountId, wall: Moment) -> (Enrolment, Vec<String>) {
    let enrolment = pending(store, account);
    let new = shown(&enrolment, wall);
    let codes = FirstCodes { new: &new, present: "" };
    let (_, recovery) = store.confirm_second_factor(account, codes, (at(1), wall)).unwrap();
    (enrolment, recovery)
}

#[test]
fn codes_are_those_of_the_standard() {
    // RFC 6238, appendix B, in its last six digits: the secret is twenty letters of ASCII.
    let mut bytes = [0; 32];
    bytes[..SECRET_BYTES].copy_from_slice(b"12345678901234567890");
    let secret = SecretKey::from_bytes(bytes);
    for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
        let wall = Moment::at(Instant(second * 1000));
        assert_eq!(step(&secret, code, wall).unwrap(), Some(second / 30));
        assert_eq!(
            step(&secret, &format!("{} {}", &code[..3], &code[3..]), wall).unwrap(),
            Some(second / 30)
        );
        for wrong in ["", "287", "2870820", "+87082", "abcdef"] {
            assert_eq!(step(&secret, wrong, wall).unwrap(), None, "{wrong}");
        }
    }
    let enrolment = enrolment("测试市", "a:b", &secret).unwrap();
    assert_eq!(enrolment.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert!(enrolment.uri.starts_with("otpauth://totp/%E8%8B%97"), "{}", enrolment.uri);
    assert!(enrolment.uri.contains(":a%3Ab?secret=GEZD"), "{}", enrolment.uri);
    assert!(!format!("{enrolment:?}").contains("GEZD"));
}

#[test]
fn a_code_is_asked_for_and_taken_once() {
    for site in sites() {
        let store = &site.store;
        let (account, enrolment, _) = enrolled(store, at(1));
        let half = store.sign_in("wu", "seedling bed", at(2)).unwrap();
        assert!(half.awaits_code);
        assert!(store.session(&half.token, at(2)).unwrap().is_none());
        assert_eq!(store.enter_code(&half.token, "000000", at(2)), Err(SignInError::CodeWrong));
        let code = shown(&enrolment, at(2));
        let whole = store.enter_code(&half.token, &code, at(2)).unwrap();
        assert!(whole.token != half.token && !whole.awaits_code);
        assert_eq!(store.session(&whole.token, at(2)).unwrap().unwrap().account, account);
        // The half session is used up, and so is the code, also for another one.
        assert_eq!(store.enter_code(&half.token, &code, at(2)), Err(SignInError::Wrong));
        let half = store.sign_in("wu", "seedling bed", at(2)).unwrap();
        assert_eq!(store.enter_code(&half.token, &code, at(2)), Err(SignInError::CodeWrong));
        // Nor is the one before it taken any more, though a clock that is late would show it.
        let earlier = shown(&enrolment, seconds(at(2), -30));
        assert_eq!(store.enter_code(&half.token, &earlier, at(2)), Err(SignInError::CodeWrong));
        assert!(store.enter_code(&half.token, &shown(&enrolment, at(3)), at(3)).is_ok());
    }
}

#[test]
fn a_clock_may_be_one_step_off_and_a_half_session_ten_minutes_old() {
    for site in sites() {
        let store = &site.store;
        let (_, enrolment, _) = enrolled(store, at(1));
        for (minute, drift, is_taken) in [(5, -30, true), (6, 30, true), (8, -60, false), (9, 61, false)] {
            let half = store.sign_in("wu", "seedling bed", at(minute)).unwrap();
            let code = shown(&enrolment, seconds(at(minute), drift));
            let entered = store.enter_code(&half.token, &code, at(minute));
            assert_eq!(entered.is_ok(), is_taken, "{drift}");
        }
        let half = store.sign_in("wu", "seedling bed", at(20)).unwrap();
        let code = shown(&enrolment, at(31));
        assert_eq!(store.enter_code(&half.token, &code, at(31)), Err(SignInError::Wrong));
        assert_eq!(store.enter_code("00", &code, at(31)), Err(SignInError::Wrong));
    }
}

#[test]
fn whoever_has_the_password_cannot_go_on_guessing_codes() {
    for site in sites() {
        let store = &site.store;
        let (_, enrolment, _) = enrolled(store, at(1));
        let mut n_tried = 0;
        // The password again before each guess clears nothing.
        while let Ok(half) = store.sign_in("wu", "seedling bed", at(2)) {
            match store.enter_code(&half.token, "000000", at(2)) {
                Err(SignInError::CodeWrong) => n_tried += 1,
                Err(SignInError::Locked { .. }) => break,
                other => panic!("{other:?}"),
            }
        }
        assert!((1..5).contains(&n_tried), "{n_tried}");
        let half = store.sign_in("wu", "seedling bed", at(4)).unwrap();
        let code = shown(&enrolment, at(6));
        assert!(store.enter_code(&half.token, &code, at(6)).is_ok());
        assert!(store.sign_in("wu", "seedling bed", at(6)).is_ok());
    }
}

#[test]
fn a_recovery_code_opens_once_however_it_is_typed() {
    for site in sites() {
        let store = &site.store;
        let (account, _, recovery) = enrolled(store, at(1));
        assert_eq!((recovery.len(), store.second_factor(account).unwrap().n_codes), (8, 8));
        let typed = recovery[3].replace('-', " ").to_uppercase();
        let half = store.sign_in("wu", "seedling bed", at(2)).unwrap();
        assert!(store.enter_code(&half.token, &typed, at(2)).is_ok());
        assert_eq!(store.second_factor(account).unwrap().n_codes, 7);
        let half = store.sign_in("wu", "seedling bed", at(3)).unwrap();
        assert_eq!(store.enter_code(&half.token, &typed, at(3)), Err(SignInError::CodeWrong));
    }
}

#[test]
fn another_device_takes_over_with_a_code_of_the_one_in_use() {
    for site in sites() {
        let store = &site.store;
        let account = found(store);
        let codes = FirstCodes { new: "000000", present: "" };
        let unbegun = store.confirm_second_factor(account, codes, (at(1), at(1)));
        assert_eq!(unbegun.unwrap_err(), AccountError::NoFactor);
        let first = pending(store, account);
        assert_eq!(store.second_factor(account).unwrap().pending, Some(first.clone()));
        let wrong = store.confirm_second_factor(account, codes, (at(1), at(1)));
        assert_eq!(wrong.unwrap_err(), AccountError::CodeWrong);
        assert!(!store.sign_in("wu", "seedling bed", at(1)).unwrap().awaits_code);
        let session = store.sign_in("wu", "seedling bed", at(1)).unwrap();
        let new = shown(&first, at(1));
        let codes = FirstCodes { new: &new, present: "" };
        let (renewed, _) = store.confirm_second_factor(account, codes, (at(1), at(1))).unwrap();
        assert!(store.session(&session.token, at(1)).unwrap().is_none());
        assert!(store.session(&renewed.token, at(1)).unwrap().unwrap().has_second_factor);

        let second = pending(store, account);
        assert_ne!(second.secret, first.secret);
        let new = shown(&second, at(3));
        let without =
            store.confirm_second_factor(account, FirstCodes { new: &new, present: "" }, (at(3), at(3)));
        assert_eq!(without.unwrap_err(), AccountError::CodeWrong);
        let present = shown(&first, at(3));
        let codes = FirstCodes { new: &new, present: &present };
        store.confirm_second_factor(account, codes, (at(3), at(3))).unwrap();
        let half = store.sign_in("wu", "seedling bed", at(4)).unwrap();
        let old = shown(&first, at(4));
        assert_eq!(store.enter_code(&half.token, &old, at(4)), Err(SignInError::CodeWrong));
        assert!(store.enter_code(&half.token, &shown(&second, at(4)), at(4)).is_ok());
    }
}

#[test]
fn a_reset_is_recorded_and_the_secret_is_nowhere_in_the_clear() {
    for site in sites() {
        let store = &site.store;
        let account = found(store);
        let system = acting(store, "system", Role::SystemOfficer, CITY);
        let security = acting(store, "security", Role::SecurityOfficer, CITY);
        let (enrolment, recovery) = enrol(store, account, at(1));
        let half = store.sign_in("wu", "seedling bed", at(2)).unwrap();
        let whole = store.enter_code(&half.token, &shown(&enrolment, at(2)), at(2)).unwrap();
        assert_eq!(rule(store.reset_second_factor(security, at(3), account, "丢失")), "A01.role");
        let receipt = store.reset_second_factor(system, at(3), account, "手机丢失").unwrap();
        let row = store.entries(receipt.first_seq + 1, 1).unwrap().remove(0);
        assert_eq!(row.kind, "account.second_factor_reset");
        assert!(store.session(&whole.token, at(3)).unwrap().is_none());
        assert!(!store.sign_in("wu", "seedling bed", at(3)).unwrap().awaits_code);
        let again = store.reset_second_factor(system, at(3), account, "手机丢失");
        assert_eq!(again.unwrap_err(), AccountError::NoFactor);
        let report = store.verify(&site.keys).unwrap();
        assert!(report.is_sound() && report.record.verdict == Verdict::Intact, "{:?}", report.wrong_views);

        let pending = pending(store, account);
        let secrets =
            [&enrolment.secret, &pending.secret, &recovery[0]].map(|secret| secret.replace('-', ""));
        for rows in store.read(every_row).unwrap() {
            assert!(secrets.iter().all(|secret| !rows.contains(secret.as_str())), "{rows}");
            let raw = Secret::try_from_base32(&pending.secret).unwrap();
            assert!(!rows.contains(&format!("{:?}", raw.as_bytes()).replace(['[', ']'], "")), "{rows}");
        }
    }
}

/// Every table as text.
fn every_row(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    let tables = crate::store::schema::tables();
    let rows = tables
        .iter()
        .map(|table| Ok(format!("{:?}", connection.query(&format!("SELECT * FROM {}", table.name), &[])?)));
    rows.collect()
}

#[test]
fn the_site_asks_whoever_decides_or_administers() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let security = acting(store, "security", Role::SecurityOfficer, CITY);
        let below = acting(store, "below", Role::SecurityOfficer, COUNTY);
        let secretary = acting(store, "secretary", Role::BranchSecretary, COUNTY);
        let must = |actor: Actor| {
            store.identity(actor.account.unwrap()).unwrap().must_set_second_factor(at(2).today)
        };
        assert!(!must(security) && !store.is_second_factor_required().unwrap());
        assert_eq!(rule(store.require_second_factor(below, at(2), true)), "A02.scope");
        assert_eq!(rule(store.require_second_factor(secretary, at(2), true)), "A01.role");
        store.require_second_factor(security, at(2), true).unwrap();
        assert_eq!((must(security), must(below), must(secretary)), (true, true, false));
        assert!(
            !store.identity(security.account.unwrap()).unwrap().must_set_second_factor(at(600_000).today)
        );
        assert!(store.verify(&site.keys).unwrap().is_sound());
        store.rebuild(&site.keys).unwrap();
        assert!(store.is_second_factor_required().unwrap());
        store.require_second_factor(ACTOR, at(3), false).unwrap();
        assert!(!must(security) && store.verify(&site.keys).unwrap().is_sound());
    }
}
