//! Who may go where, and what a form must carry.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use domain::role::Role;

use crate::city::City;

#[tokio::test(flavor = "multi_thread")]
async fn roles_open_their_own_doors() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let own = secretary.get("/units").await.headers[header::LOCATION].to_str().unwrap().to_owned();
    for (role, path, status) in [
        (Role::Organiser, "/people", StatusCode::OK),
        (Role::Leader, "/people", StatusCode::FORBIDDEN),
        (Role::Auditor, "/people", StatusCode::FORBIDDEN),
        (Role::SecurityOfficer, "/accounts", StatusCode::OK),
        (Role::SystemOfficer, "/accounts", StatusCode::OK),
        (Role::Organiser, "/accounts", StatusCode::FORBIDDEN),
        (Role::Auditor, "/accounts", StatusCode::OK),
        (Role::Auditor, "/record/entries", StatusCode::OK),
        (Role::SecurityOfficer, "/units/10", StatusCode::FORBIDDEN),
        (Role::Leader, "/units/10", StatusCode::OK),
        (Role::BranchSecretary, own.as_str(), StatusCode::OK),
        (Role::BranchSecretary, "/units/10", StatusCode::FORBIDDEN),
        (Role::BranchSecretary, "/audit", StatusCode::FORBIDDEN),
        (Role::Approver, "/audit", StatusCode::OK),
    ] {
        let browser = city.enter(role, "en").await;
        assert_eq!(browser.get(path).await.status, status, "{role:?} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_needs_its_token_and_its_own_site() {
    let city = City::found();
    let browser = city.enter(Role::SystemOfficer, "en").await;
    let form = "csrf=00&login=new&display_name=New";
    assert_eq!(browser.post("/accounts", form).await.status, StatusCode::BAD_REQUEST);
    let csrf = browser.get("/accounts").await.hidden("csrf");
    let form = format!("csrf={csrf}&login=new&display_name=New");
    let kind = (header::CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded");
    let foreign = [kind, ("sec-fetch-site", "cross-site")];
    let answer = browser.send(Method::POST, "/accounts", &foreign, Body::from(form.clone())).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = browser.post("/accounts", &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    // The same name again is refused in words, and nothing is opened.
    let answer = browser.post("/accounts", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("this name is taken"), "{}", answer.text);
}

/// Every way that changes something, as the routes have it.
fn changing_ways() -> Vec<String> {
    let routes = include_str!("../../src/pages.rs").split(".route(\"").skip(1);
    let ways = routes.filter(|route| route.split(".route(").next().unwrap().contains("post("));
    ways.map(|route| route.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_without_its_token_changes_anything() {
    let city = City::found();
    let ways = changing_ways();
    assert!(ways.len() > 15, "{ways:?}");
    let guest = city.guest("en");
    for role in [Role::SystemOfficer, Role::SecurityOfficer, Role::OrganisationDepartment] {
        let browser = city.enter(role, "en").await;
        let other = city.enter(Role::Leader, "en").await.get("/account").await.hidden("csrf");
        let head = guest.get("/checkpoint").await.text;
        for way in ways.iter().filter(|way| !way.starts_with("/sign-in")) {
            let parts = way.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
            let path = parts.collect::<Vec<_>>().join("/");
            // Whatever a form may be asked for stands in it; only the token is nobody's, or another's.
            let rest = "login=a1&display_name=A&role=organiser&unit=1&reason=x&required=true&days=1&grant=1\
                        &present=x&new=x&again=x&purpose=x&waits=1&command=00&name=x";
            for csrf in ["", "00", other.as_str()] {
                let answer = browser.post(&path, &format!("csrf={csrf}&{rest}")).await;
                assert!(answer.status.is_client_error(), "{role:?} {path}: {}", answer.status);
            }
        }
        assert_eq!(guest.get("/checkpoint").await.text, head, "{role:?}");
        assert_eq!(browser.get("/account").await.status, StatusCode::OK, "{role:?} is still signed in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_forbids_scripts_frames_and_keeping() {
    let city = City::found();
    let leader = city.enter(Role::Leader, "en").await;
    for path in ["/", "/sign-in", "/record", "/no-such-page", "/api/v1/units/10", "/checkpoint"] {
        let headers = leader.get(path).await.headers;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        for part in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
        {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("script-src") && !policy.contains("unsafe-eval"), "{path}: {policy}");
        assert!(!policy.contains("style-src 'self' 'unsafe-inline'"), "{path}: {policy}");
        assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_and_wrong_passwords_are_told_apart_from_nothing() {
    let city = City::found();
    let browser = city.enter(Role::Leader, "en").await;
    let csrf = browser.get("/").await.hidden("csrf");
    assert_eq!(browser.post("/sign-out", &format!("csrf={csrf}")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
    let guest = city.guest("en");
    let wrong = guest.post("/sign-in", "login=lingdao&password=x").await;
    let nobody = guest.post("/sign-in", "login=nobody&password=x").await;
    assert_eq!((wrong.status, nobody.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert!(wrong.text.contains("The name or the password is wrong"));
    assert!(nobody.text.contains("The name or the password is wrong"));
    let next = guest.post("/sign-in", "login=x&password=y&next=https://evil.test/").await;
    assert_eq!(next.status, StatusCode::UNAUTHORIZED);
}
