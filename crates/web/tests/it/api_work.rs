//! Work done through the API: entering, finding, rosters, audits, accounts; and how it says no.

use axum::http::{Method, StatusCode, header};
use domain::role::Role;
use serde_json::{Value, json};

use crate::api::{Caller, read, send};
use crate::city::{Answer, City};

fn assert_problem(answer: &Answer, status: StatusCode) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json", "{}", answer.text);
    let problem = read(answer);
    assert_eq!(problem["status"], status.as_u16());
    assert!(!problem["message"]["zh"].as_str().unwrap().is_empty());
    assert!(!problem["message"]["en"].as_str().unwrap().is_empty());
    problem
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_refused_is_told_as_problem_details() {
    let city = City::found();
    let organiser = Caller::of(&city, Role::Organiser).await;
    for (method, path, body, status) in [
        (Method::GET, "/api/v1/units/abc", Value::Null, StatusCode::BAD_REQUEST),
        (Method::GET, "/api/v1/units/999999", Value::Null, StatusCode::NOT_FOUND),
        (Method::GET, "/api/v1/nothing/here", Value::Null, StatusCode::NOT_FOUND),
        (Method::PUT, "/api/v1/units/10", Value::Null, StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/api/v1/people", Value::Null, StatusCode::BAD_REQUEST),
        (
            Method::POST,
            "/api/v1/units/10/people",
            json!({"stage": "nowhere"}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        let answer = organiser.call(method.clone(), path, &body).await;
        assert_problem(&answer, status);
    }
    let nobody = send(&city.guest("en"), Method::GET, "/api/v1/accounts", None, &Value::Null).await;
    assert_problem(&nobody, StatusCode::UNAUTHORIZED);
    let wrong = json!({"login": "nobody", "password": "x"});
    let wrong = send(&city.guest("en"), Method::POST, "/api/v1/session", None, &wrong).await;
    assert_problem(&wrong, StatusCode::UNAUTHORIZED);
    // The place of what cannot be read is named.
    let unread = organiser.call(Method::POST, "/api/v1/units/10/people", &json!({"who": 1})).await;
    let problem = assert_problem(&unread, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem["detail"].as_str().unwrap().contains("who"), "{problem}");
}

/// A branch of the secretary who can sign in.
async fn branch_of(city: &City) -> (Caller, i64) {
    let secretary = Caller::of(city, Role::BranchSecretary).await;
    let own = read(&secretary.call(Method::GET, "/api/v1/session", &Value::Null).await);
    let duty = &own["account"]["duties"][0];
    assert_eq!(duty["id"], own["acting_under"]);
    (secretary, duty["unit"].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_entered_and_found() {
    let city = City::found();
    let (secretary, branch) = branch_of(&city).await;
    let path = format!("/api/v1/units/{branch}/people");
    let mut person = json!({"particulars": {
        "name": "欧阳远航", "sex": "male", "born_on": "1979-05-04", "ethnicity": 1,
        "education": "college", "occupation": "worker", "id_number": "370702197905040011"}});
    let refused = secretary.call(Method::POST, &path, &person).await;
    let problem = assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!problem["findings"].as_array().unwrap().is_empty(), "a wrong check character: {problem}");
    person["particulars"].as_object_mut().unwrap().remove("id_number");
    let entered = secretary.call(Method::POST, &path, &person).await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.text);
    let id = read(&entered)["person"].as_i64().unwrap();
    let found = secretary.call(Method::GET, "/api/v1/people?q=oyyh", &Value::Null).await;
    let found = read(&found);
    let ids: Vec<i64> =
        found["people"].as_array().unwrap().iter().map(|p| p["id"].as_i64().unwrap()).collect();
    assert!(ids.contains(&id), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_goes_out_with_a_purpose_and_comes_back_unchanged() {
    let city = City::found();
    let (secretary, branch) = branch_of(&city).await;
    let base = format!("/api/v1/units/{branch}/roster");
    let exports = format!("{base}/exports");
    let none = secretary.call(Method::POST, &exports, &json!({"purpose": " ", "is_csv": true})).await;
    assert_problem(&none, StatusCode::UNPROCESSABLE_ENTITY);
    let wish = json!({"purpose": "核对名册", "is_csv": true});
    let csv = secretary.call(Method::POST, &exports, &wish).await;
    assert_eq!(csv.status, StatusCode::OK);
    assert!(csv.headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains("roster"));
    let previews = format!("{base}/previews?file_name=roster.csv");
    let preview = read(&secretary.upload(&previews, csv.text.clone().into_bytes()).await);
    assert_eq!((&preview["n_new"], &preview["n_changed"]), (&json!(0), &json!(0)), "{preview}");
    let number = preview["preview"].as_u64().unwrap();
    let spoilt = csv.text.replacen("19", "20", 3);
    let spoilt = read(&secretary.upload(&previews, spoilt.into_bytes()).await);
    assert!(spoilt["preview"].is_null() || spoilt["n_changed"].as_u64() > Some(0), "{spoilt}");
    let confirmation = format!("{base}/previews/{number}/confirmation");
    let confirmed = secretary.call(Method::POST, &confirmation, &Value::Null).await;
    assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.text);
    let unknown = format!("{base}/previews/77/confirmation");
    assert_problem(&secretary.call(Method::POST, &unknown, &Value::Null).await, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_from_outside_are_judged_and_the_record_is_read() {
    let city = City::found();
    let organiser = Caller::of(&city, Role::Organiser).await;
    let cases = "{\"format\":\"miaopu-case/1\",\"case\":\"C-1\",\"applied_on\":\"2003-01-05\",\
                 \"person\":{\"dob\":\"1990-01-01\"}}\n{\"format\":\"miaopu-case/1\"}\n";
    let answer = organiser.upload("/api/v1/audits?file_name=cases.jsonl", cases.into()).await;
    let answer = read(&answer);
    assert_eq!((&answer["n_cases"], &answer["n_unreadable"]), (&json!(1), &json!(1)), "{answer}");
    assert_eq!(answer["cases"][0]["findings"][0]["rule"], "V01.under_age", "{answer}");
    assert_eq!(answer["unreadable"][0]["line"], 2);
    let (secretary, _) = branch_of(&city).await;
    assert_problem(&secretary.upload("/api/v1/audits", Vec::new()).await, StatusCode::FORBIDDEN);

    let entries = read(&organiser.call(Method::GET, "/api/v1/record/entries?limit=3", &Value::Null).await);
    assert_eq!(entries.as_array().unwrap().len(), 3);
    let verdict = read(&organiser.call(Method::GET, "/api/v1/record/verdict", &Value::Null).await);
    assert_eq!(verdict["is_sound"], true, "{verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_opened_by_one_officer_and_put_to_work_by_another() {
    let city = City::found();
    let (system, security) =
        (Caller::of(&city, Role::SystemOfficer).await, Caller::of(&city, Role::SecurityOfficer).await);
    let new = json!({"login": "wang", "display_name": "王新"});
    let drawn = read(&system.call(Method::POST, "/api/v1/accounts", &new).await);
    let (account, password) = (drawn["account"].as_i64().unwrap(), drawn["password"].as_str().unwrap());
    assert_problem(
        &system.call(Method::POST, "/api/v1/accounts", &new).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    );
    let duty = json!({"role": "leader", "unit": 10});
    let duties = format!("/api/v1/accounts/{account}/duties");
    assert_problem(&system.call(Method::POST, &duties, &duty).await, StatusCode::FORBIDDEN);
    let held = read(&security.call(Method::POST, &duties, &duty).await);
    // The password was set by somebody else: nothing but changing it is open.
    let guest = city.guest("en");
    let given = json!({"login": "wang", "password": password});
    let token = read(&send(&guest, Method::POST, "/api/v1/session", None, &given).await);
    let token = token["token"].as_str().unwrap();
    let early = send(&guest, Method::GET, "/api/v1/units/10", Some(token), &Value::Null).await;
    assert_problem(&early, StatusCode::FORBIDDEN);
    let change = json!({"present": password, "new": "jiu-yue-de-feng-2003"});
    let begun = send(&guest, Method::POST, "/api/v1/session/password", Some(token), &change).await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.text);
    let token = read(&begun)["token"].as_str().unwrap().to_owned();
    let unit = send(&guest, Method::GET, "/api/v1/units/10", Some(&token), &Value::Null).await;
    assert_eq!(unit.status, StatusCode::OK, "{}", unit.text);
    let ending = format!("/api/v1/duties/{}/ending", held["duty"]);
    let over = security.call(Method::POST, &ending, &json!({"reason": "调离"})).await;
    assert_eq!(over.status, StatusCode::OK, "{}", over.text);
    let unit = send(&guest, Method::GET, "/api/v1/units/10", Some(&token), &Value::Null).await;
    assert_problem(&unit, StatusCode::FORBIDDEN);
    let closing = format!("/api/v1/accounts/{account}/closing");
    let closed = system.call(Method::POST, &closing, &json!({"reason": "调离"})).await;
    assert_eq!(closed.status, StatusCode::OK, "{}", closed.text);
    let all = read(&system.call(Method::GET, "/api/v1/accounts", &Value::Null).await);
    let found = all.as_array().unwrap().iter().find(|one| one["id"] == account).unwrap();
    assert_eq!(found["is_closed"], true);
}
