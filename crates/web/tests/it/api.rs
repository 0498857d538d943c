//! The API as a program meets it.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use domain::role::Role;
use serde_json::{Value, json};

use crate::city::{Answer, Browser, City};

pub(crate) struct Caller {
    browser: Browser,
    token: String,
}

impl Caller {
    pub(crate) async fn of(city: &City, role: Role) -> Caller {
        let login = city.login(role);
        let browser = city.guest("en");
        let given = json!({"login": login.login, "password": login.password});
        let answer = send(&browser, Method::POST, "/api/v1/session", None, &given).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let token = read(&answer)["token"].as_str().unwrap().to_owned();
        Caller { browser, token }
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: &Value) -> Answer {
        send(&self.browser, method, path, Some(&self.token), body).await
    }
}

async fn send(browser: &Browser, method: Method, path: &str, token: Option<&str>, body: &Value) -> Answer {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    browser.send(method, path, &headers, Body::from(body.to_string())).await
}

pub(crate) fn read(answer: &Answer) -> Value {
    serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{}", answer.text))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_what_its_duty_allows() {
    let city = City::found();
    let organiser = Caller::of(&city, Role::Organiser).await;
    let unit = organiser.call(Method::GET, "/api/v1/units/10", &Value::Null).await;
    assert_eq!(unit.status, StatusCode::OK);
    assert!(read(&unit)["n_members"].as_i64().unwrap() > 300);
    let people =
        organiser.call(Method::GET, "/api/v1/units/10/people?stage=full&limit=3", &Value::Null).await;
    let people = read(&people);
    assert_eq!(people.as_array().unwrap().len(), 3);
    assert!(
        people[0]["id_number"].as_str().unwrap().contains('*')
            || people[0]["id_number"].as_str().unwrap().contains('•')
    );

    let leader = Caller::of(&city, Role::Leader).await;
    let refused = leader.call(Method::GET, "/api/v1/units/10/people", &Value::Null).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(read(&refused)["message"]["zh"].as_str().unwrap().contains("职责"));

    let nobody = send(&city.guest("en"), Method::GET, "/api/v1/units/10", None, &Value::Null).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    let over = organiser.call(Method::DELETE, "/api/v1/session", &Value::Null).await;
    assert_eq!(over.status, StatusCode::OK);
    let after = organiser.call(Method::GET, "/api/v1/units/10", &Value::Null).await;
    assert_eq!(after.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_open_ways_need_no_token() {
    let city = City::found();
    let guest = city.guest("en");
    for path in ["/api/v1/rules", "/api/v1/record/head", "/api/v1/openapi.json"] {
        let answer = send(&guest, Method::GET, path, None, &Value::Null).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    let head = read(&send(&guest, Method::GET, "/api/v1/record/head", None, &Value::Null).await);
    assert!(head["checkpoint"].as_str().unwrap().contains(head["root"].as_str().unwrap()));
}
