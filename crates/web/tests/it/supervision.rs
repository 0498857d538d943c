//! The register of supervision, as the offices of a county meet it on the pages and in the API.

use axum::http::{Method, StatusCode};
use domain::role::Role;
use serde_json::{Value, json};

use crate::api::{Caller, read};
use crate::city::{Answer, Browser, City};

/// A value of the page, after a mark and before a quotation mark.
fn after<'a>(page: &'a Answer, mark: &str) -> &'a str {
    page.text
        .split_once(mark)
        .unwrap_or_else(|| panic!("no {mark}: {}", page.text))
        .1
        .split('"')
        .next()
        .unwrap()
}

/// The register of the unit that a browser acts for.
async fn own(browser: &Browser) -> String {
    let answer = browser.get("/supervision").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    answer.headers["location"].to_str().unwrap().to_owned()
}

fn hidden(page: &Answer) -> String {
    let value = |name: &str| after(page, &format!("name=\"{name}\" value=\"")).to_owned();
    format!("csrf={}&command={}&version={}", value("csrf"), value("command"), value("version"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_talk_is_refused_with_every_reason_then_entered_and_opened_by_the_entitled_only() {
    let city = City::found();
    let inspector = city.enter(Role::Inspector, "en").await;
    let register = own(&inspector).await;
    let form = format!("{register}/new/talk");
    let page = inspector.get(&form).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let choices = page.text.split_once("name=\"person\"").unwrap().1;
    let people: Vec<&str> = choices
        .split("<option value=\"")
        .skip(2)
        .map(|rest| rest.split('"').next().unwrap())
        .take(2)
        .collect();
    let common =
        format!("{}&on=2003.03.03&talk=admonition&person={}&talker={}", hidden(&page), people[1], people[0]);

    let refused = inspector.post(&form, &format!("{common}&cause=Overrun")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    for rule in ["S04.trigger", "S04.follow_up", "S01.blank"] {
        assert!(refused.text.contains(rule), "{rule}");
    }
    assert!(refused.text.contains("Overrun"), "nothing typed is lost");

    let whole = format!(
        "{common}&cause=Overrun&trigger=duty_loss&explanation=Explained&measures=Monthly&follow_up_on=2003.05.12"
    );
    let entered = inspector.post(&form, &whole).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    // The same command again adds nothing.
    assert_eq!(inspector.post(&form, &whole).await.status, StatusCode::SEE_OTHER);
    let shown = inspector.get(&register).await;
    let entry = format!("{register}/entries/");
    let latest = format!("{entry}{}", latest(&shown, &entry));
    let opened = inspector.get(&latest).await;
    assert!(opened.text.contains("Overrun") && opened.text.contains("Monthly"), "{}", opened.text);
    // The committee sees that a talk was held, and not what was said.
    let committee = city.enter_named("xianwei", "en").await;
    let closed = committee.get(&latest).await;
    assert_eq!(closed.status, StatusCode::OK);
    assert!(!closed.text.contains("Overrun") && closed.text.contains("open to those entitled"));
    assert_eq!(committee.get(&form).await.status, StatusCode::FORBIDDEN);
}

/// The highest number of an entry that a page leads to.
fn latest(page: &Answer, entry: &str) -> i64 {
    let links = page.links();
    links.iter().filter_map(|link| link.strip_prefix(entry)?.parse::<i64>().ok()).max().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_grows_by_an_item_without_losing_what_was_typed() {
    let city = City::found();
    let committee = city.enter_named("xianwei", "zh-CN").await;
    let register = own(&committee).await;
    let form = format!("{register}/new/meeting");
    let page = committee.get(&form).await;
    assert!(page.text.contains("items.0.title") && !page.text.contains("items.1.title"), "{}", page.text);
    let more = format!("{}&on=2003.03.03&items.0.title=Budget&more=items", hidden(&page));
    let grown = committee.post(&form, &more).await;
    assert_eq!(grown.status, StatusCode::OK);
    assert!(grown.text.contains("items.1.title") && grown.text.contains("value=\"Budget\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_tells_what_is_owed_and_enters_once() {
    let city = City::found();
    let inspector = Caller::of(&city, Role::Inspector).await;
    let own = read(&inspector.call(Method::GET, "/api/v1/session", &Value::Null).await);
    let unit = own["account"]["duties"][0]["unit"].as_i64().unwrap();
    let path = format!("/api/v1/units/{unit}/supervision");
    let register = read(&inspector.call(Method::GET, &path, &Value::Null).await);
    assert_eq!(register["systems"][0]["quarters"].as_array().unwrap().len(), 4);
    let act = |version: &Value| {
        json!({"version": version, "on": "2003-03-03",
            "act": {"act": "record", "system": "press_supervision", "title": "Answered a report"}})
    };
    let entered = inspector.call(Method::POST, &path, &act(&register["version"])).await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.text);
    let stale = inspector.call(Method::POST, &path, &act(&register["version"])).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text);
    let after = read(&inspector.call(Method::GET, &path, &Value::Null).await);
    assert_eq!(after["entries"].as_array().unwrap().last().unwrap()["kind"], "record");
    let leader = Caller::of(&city, Role::Leader).await;
    let refused = leader.call(Method::POST, &path, &act(&after["version"])).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
}
