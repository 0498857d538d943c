//! Signing in: the second factor, how often one may try, and what a session's cookie is worth.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use domain::role::Role;
use serde_json::json;
use totp_rs::{Builder, Secret};
use web::Reached;

use crate::city::{Answer, Browser, City};

/// The code that a device shows so many steps from now.
#[expect(clippy::disallowed_methods, reason = "a device has a clock of its own")]
fn shown(letters: &str, steps: i64) -> String {
    let secret = Secret::try_from_base32(letters.replace(' ', "")).unwrap();
    let device = Builder::new().with_secret(secret).build().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    device.generate(now.checked_add_signed(steps * 30).unwrap()).to_string()
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1;
    rest.split(after).next().unwrap()
}

const PAGE: &str = "/account/second-factor";

/// Sets a second factor; returns the browser as it goes on, the secret's letters and a recovery code.
async fn enrol(browser: &Browser) -> (Browser, String, String) {
    let csrf = browser.get(PAGE).await.hidden("csrf");
    let begun = browser.post(PAGE, &format!("csrf={csrf}")).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let page = browser.get(PAGE).await;
    assert!(page.text.contains("<svg") && page.text.contains("class=\"qr\""), "{}", page.text);
    let letters = between(&page.text, "<code class=\"letters\">", "<").to_owned();
    let wrong = browser.post(&format!("{PAGE}/confirm"), &format!("csrf={csrf}&new=000000")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    // A step early, so that the present one is still to be had for signing in.
    let form = format!("csrf={csrf}&new={}", shown(&letters, -1));
    let done = browser.post(&format!("{PAGE}/confirm"), &form).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    assert_eq!(done.text.matches("<li><code>").count(), 8);
    let recovery = between(&done.text, "<li><code>", "<").to_owned();
    let browser = browser.keeping(&done);
    let page = browser.get(PAGE).await;
    assert!(page.text.contains("8 recovery codes are left") && !page.text.contains(&recovery));
    assert!(!page.text.contains(&letters));
    (browser, letters, recovery)
}

async fn sign_in(city: &City, role: Role) -> (Browser, Answer) {
    let (login, guest) = (city.login(role), city.guest("en"));
    let form = format!("login={}&password={}&next=/units", login.login, login.password);
    let answer = guest.post("/sign-in", &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    (guest.keeping(&answer), answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_asked_for_after_the_password_and_opens_once() {
    let city = City::found();
    let organiser = city.enter(Role::Organiser, "en").await;
    let (organiser, letters, recovery) = enrol(&organiser).await;
    assert_eq!(organiser.get("/").await.status, StatusCode::OK);

    let (half, answer) = sign_in(&city, Role::Organiser).await;
    assert_eq!(answer.headers[header::LOCATION], "/sign-in/code?next=%2Funits");
    assert_eq!(half.get("/").await.status, StatusCode::SEE_OTHER);
    let page = half.get("/sign-in/code?next=%2Funits").await;
    assert!(page.text.contains("autocomplete=\"one-time-code\""), "{}", page.text);
    let wrong = half.post("/sign-in/code", "code=000000&next=/units").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.text.contains("A code is good once"), "{}", wrong.text);
    let code = shown(&letters, 0);
    let right = half.post("/sign-in/code", &format!("code={code}&next=/units")).await;
    assert_eq!(
        (right.status, &right.headers[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/units".parse().unwrap())
    );
    assert_eq!(half.keeping(&right).get("/").await.status, StatusCode::OK);
    // What was half is over, and the code was used.
    assert_eq!(half.get("/").await.status, StatusCode::SEE_OTHER);
    let (half, _) = sign_in(&city, Role::Organiser).await;
    let again = half.post("/sign-in/code", &format!("code={code}&next=/units")).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    let recovered = half.post("/sign-in/code", &format!("code={recovery}&next=//evil.test/")).await;
    assert_eq!(
        (recovered.status, &recovered.headers[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/".parse().unwrap())
    );

    // The API takes the code along; without one, nothing begins.
    let login = city.login(Role::Organiser);
    for (code, status) in [("", StatusCode::UNAUTHORIZED), (shown(&letters, 1).as_str(), StatusCode::OK)] {
        let given = json!({"login": login.login, "password": login.password, "code": code});
        let kind = [("content-type", "application/json")];
        let body = Body::from(given.to_string());
        let answer = city.guest("en").send(Method::POST, "/api/v1/session", &kind, body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_may_require_a_second_factor_and_officers_reset_it() {
    let city = City::found();
    let security = city.enter(Role::SecurityOfficer, "en").await;
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let organiser = city.enter(Role::Organiser, "en").await;
    let csrf = organiser.get("/").await.hidden("csrf");
    let refused = organiser.post("/accounts/second-factor", &format!("csrf={csrf}&required=true")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let csrf = security.get("/accounts").await.hidden("csrf");
    let asked = security.post("/accounts/second-factor", &format!("csrf={csrf}&required=true")).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text);

    // Whoever asks is asked too; a branch secretary is not.
    for browser in [&security, &organiser] {
        let away = browser.get("/record/entries").await;
        assert_eq!(away.headers[header::LOCATION], PAGE);
    }
    assert_eq!(secretary.get("/").await.status, StatusCode::OK);
    let (organiser, ..) = enrol(&organiser).await;
    assert_eq!(organiser.get("/").await.status, StatusCode::OK);

    let system = city.enter(Role::SystemOfficer, "en").await;
    let (system, ..) = enrol(&system).await;
    let page = system.get("/accounts").await;
    let (csrf, resets) = (page.hidden("csrf"), page.text.matches("Reset the second factor").count());
    // Two have one, and nobody resets the own.
    assert!(resets >= 1, "{}", page.text);
    let action = page.text.split("action=\"").find(|rest| {
        rest.starts_with("/accounts/") && {
            let path = rest.split('"').next().unwrap();
            path.ends_with("/second-factor") && path != "/accounts/second-factor"
        }
    });
    let path = action.unwrap().split('"').next().unwrap();
    let reset = system.post(path, &format!("csrf={csrf}&reason=lost")).await;
    assert_eq!(reset.status, StatusCode::SEE_OTHER, "{}", reset.text);
    assert_eq!(organiser.get("/").await.status, StatusCode::SEE_OTHER);
    let (organiser, _) = sign_in(&city, Role::Organiser).await;
    assert_eq!(organiser.get("/").await.headers[header::LOCATION], PAGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_too_often_is_told_when_to_come_again() {
    let city = City::found();
    let organiser = city.enter(Role::Organiser, "zh-CN").await;
    // All at once, so that the bucket does not fill again on a slow machine.
    let mut searches = tokio::task::JoinSet::new();
    for _ in 0..80 {
        let organiser = organiser.clone();
        searches.spawn(async move { organiser.get("/people?q=zxw").await });
    }
    let answers = searches.join_all().await;
    let refused = answers.iter().find(|answer| answer.status != StatusCode::OK).unwrap();
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text);
    let seconds: u64 = refused.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
    assert!(refused.text.contains("秒后再试") && refused.text.contains("Try again in"), "{}", refused.text);
    // Others search on, and the page without a search is no search.
    assert_eq!(organiser.get("/people").await.status, StatusCode::OK);
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    assert_eq!(secretary.get("/people?q=zxw").await.status, StatusCode::OK);
}

/// A wrong password for a name, from an address as the proxy tells it.
async fn attempt(guest: &Browser, login: &str, from: &str) -> Answer {
    let kind = (header::CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded");
    let body = Body::from(format!("login={login}&password=x"));
    guest.send(Method::POST, "/sign-in", &[kind, ("x-forwarded-for", from)], body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_are_counted_by_name_and_by_address() {
    let city = City::reached(Reached { by_https: true, behind_proxy: true });
    let guest = city.guest("en");
    for n in 0..5 {
        assert_eq!(attempt(&guest, "lingdao", &format!("10.0.0.{n}")).await.status, StatusCode::UNAUTHORIZED);
    }
    let waiting = attempt(&guest, "lingdao", "10.0.1.1").await;
    assert_eq!(waiting.status, StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = waiting.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((25..=30).contains(&seconds), "{seconds}");
    assert!(waiting.text.contains("Too many attempts"), "{}", waiting.text);

    // Ever new names from one address; what the client itself writes before the proxy does not help.
    let mut attempts = tokio::task::JoinSet::new();
    for n in 0..100 {
        let guest = guest.clone();
        attempts.spawn(async move {
            let from = format!("10.9.9.{n}, 10.0.2.2");
            attempt(&guest, &format!("name{n}"), &from).await.status
        });
    }
    let answers = attempts.join_all().await;
    assert!(answers.contains(&StatusCode::TOO_MANY_REQUESTS), "{answers:?}");
    assert_eq!(attempt(&guest, "name0", "10.0.3.3").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_a_cookie_of_its_own_that_scripts_and_other_sites_never_see() {
    let city = City::reached(Reached { by_https: true, behind_proxy: false });
    let login = city.login(Role::Leader);
    let form = format!("login={}&password={}", login.login, login.password);
    let guest = city.guest("en");
    let mut cookies = Vec::new();
    let mut browser = guest.clone();
    for _ in 0..2 {
        // The second time with the cookie of the first: a session is never taken over from before.
        let answer = browser.post("/sign-in", &form).await;
        cookies.push(answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned());
        browser = browser.keeping(&answer);
    }
    for cookie in &cookies {
        assert!(cookie.starts_with("__Host-miaopu="), "{cookie}");
        for part in ["; Path=/", "; HttpOnly", "; SameSite=Strict", "; Secure"] {
            assert!(cookie.contains(part), "{cookie} has no {part}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    assert_ne!(cookies[0], cookies[1]);
    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    let left = browser.post("/sign-out", &format!("csrf={}", page.hidden("csrf"))).await;
    let cookie = left.headers[header::SET_COOKIE].to_str().unwrap();
    // A browser takes the prefixed name away only with all that it was set with.
    assert!(cookie.starts_with("__Host-miaopu=;") && cookie.contains("; Secure"), "{cookie}");
    assert!(cookie.contains("; Max-Age=0"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_changed_in_the_demonstration_goes_on_with_a_new_session() {
    let city = City::found();
    let browser = city.enter(Role::Leader, "en").await;
    let login = city.login(Role::Leader);
    let csrf = browser.get("/account/password").await.hidden("csrf");
    let form = format!("csrf={csrf}&present={}&new=a-longer-bed&again=a-longer-bed", login.password);
    let changed = browser.post("/account/password", &form).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text);
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.keeping(&changed).get("/").await.status, StatusCode::OK);
}
