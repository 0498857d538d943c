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
