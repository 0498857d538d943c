//! A person from every side, as the offices meet one: the page, changes, letters, duplicates, numbers in
//! full, and who has looked.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode, header};
use domain::role::Role;
use serde_json::{Value, json};

use crate::api::{Caller, read};
use crate::city::{Answer, Browser, City, OWN, sent};

/// The first person of a list whose page is not a file.
fn first_person(list: &Answer) -> String {
    let links = list.links();
    let person =
        links.iter().find(|link| link.starts_with("/people/")).unwrap_or_else(|| panic!("{links:?}"));
    person.split('?').next().unwrap().to_owned()
}

async fn own_unit(browser: &Browser) -> String {
    browser.get("/units").await.headers[header::LOCATION].to_str().unwrap().to_owned()
}

/// A full member of the secretary's own branch.
async fn own_member(browser: &Browser) -> String {
    let unit = own_unit(browser).await;
    first_person(&browser.get(&format!("{unit}?stage=full")).await)
}

fn with(fields: &BTreeMap<String, String>, changed: &[(&str, &str)]) -> String {
    let mut fields = fields.clone();
    fields.extend(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    sent(&fields)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_has_a_page_with_every_side_in_both_languages() {
    let city = City::found();
    for language in ["zh-CN", "en"] {
        let organiser = city.enter(Role::Organiser, language).await;
        let person = first_person(&organiser.get("/people?stage=full").await);
        for tab in ["", "?tab=basics", "?tab=files", "?tab=posts", "?tab=transfers", "?tab=history"] {
            let page = organiser.get(&format!("{person}{tab}")).await;
            assert_eq!(page.status, StatusCode::OK, "{tab}: {}", page.text);
            assert!(!page.text.contains('⟦'), "{tab} in {language}");
            assert!(page.text.contains("*******"), "the number is masked");
        }
        let history = organiser.get(&format!("{person}?tab=history")).await;
        let entered = if language == "en" { "person registered" } else { "登记人员" };
        assert!(history.text.contains(entered), "{}", history.text);
        // A candidate is shown by the running file, which leads back to the entry.
        let candidate = first_person(&organiser.get("/people?stage=activist").await);
        let file = organiser.get(&candidate).await;
        assert_eq!(file.status, StatusCode::SEE_OTHER);
        let file = organiser.get(file.headers[header::LOCATION].to_str().unwrap()).await;
        assert!(file.links().contains(&format!("{candidate}?tab=basics")), "{:?}", file.links());
        assert_eq!(organiser.get(&format!("{candidate}?tab=basics")).await.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_shows_what_changes_before_it_is_confirmed_and_loses_nothing() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let person = own_member(&secretary).await;
    let path = format!("{person}/changes/correct");
    let form = secretary.get(&path).await.form(&path);
    assert_eq!(form["id_number"], "", "the number is not in the form");

    // Everything that is wrong at once, and what was typed is still there.
    let wrong = [("born_on", "soon"), ("on", "2003.03.09"), ("work_post", "车间主任"), ("reason", "")];
    let refused = secretary.post(&path, &with(&form, &wrong)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert!(refused.text.contains("value=\"车间主任\"") && refused.text.contains("value=\"soon\""));
    let refused =
        secretary.post(&path, &with(&form, &[("work_post", "车间主任"), ("on", "2003.03.09")])).await;
    for rule in ["M01.future", "M01.reason"] {
        assert!(refused.text.contains(rule), "{rule}: {}", refused.text);
    }

    let right = [("work_post", "车间主任"), ("reason", "干部登记表")];
    let shown = secretary.post(&path, &with(&form, &right)).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert!(shown.text.contains("This is what will be recorded") && shown.text.contains("<b>车间主任</b>"));
    let before = secretary.get(&format!("{person}?tab=history")).await;
    assert!(!before.text.contains("干部登记表"), "nothing is recorded yet");

    let confirmed = shown.form(&path);
    let done = secretary.post(&path, &with(&confirmed, &[("confirm", "yes"), ("edit", "")])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let after = secretary.get(done.headers[header::LOCATION].to_str().unwrap()).await;
    assert!(after.text.contains("干部登记表") && after.text.contains("→ 车间主任"), "{}", after.text);

    // Whoever looked before is told, and keeps what was typed.
    let command = secretary.get(&path).await.form(&path)["command"].clone();
    let late =
        [("work_post", "厂长"), ("reason", "任命书"), ("confirm", "yes"), ("command", command.as_str())];
    let stale = secretary.post(&path, &with(&form, &late)).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text);
    assert!(stale.text.contains("value=\"厂长\""), "{}", stale.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_without_the_duty_change_nobody_and_nobody_the_own_entry() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let person = own_member(&secretary).await;
    let path = format!("{person}/changes/depart");
    let form = secretary.get(&path).await.form(&path);
    for role in [Role::Approver, Role::Leader, Role::Auditor] {
        let browser = city.enter(role, "en").await;
        assert_eq!(browser.get(&path).await.status, StatusCode::FORBIDDEN, "{role:?}");
        let csrf = browser.get("/account").await.hidden("csrf");
        let tried = with(&form, &[("csrf", &csrf), ("departure", "died"), ("reason", "通知")]);
        assert_eq!(browser.post(&path, &tried).await.status, StatusCode::FORBIDDEN, "{role:?}");
    }
    let own = city.enter_as(OWN.0, OWN.1, "en").await;
    let page = own.get(&format!("/people/{}?tab=basics", city.own)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.links().iter().any(|link| link.contains("/changes/")), "{:?}", page.links());
    let denied = own.get(&format!("/people/{}/changes/correct", city.own)).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    assert!(denied.text.contains("own file or entry"), "{}", denied.text);
    assert_eq!(secretary.get(&format!("{person}/changes/none")).await.status, StatusCode::NOT_FOUND);
}

/// Another open branch, by number.
async fn another_branch(organiser: &Caller, unit: i64) -> i64 {
    let mut waiting = vec![10];
    while let Some(above) = waiting.pop() {
        let below =
            read(&organiser.call(Method::GET, &format!("/api/v1/units/{above}/below"), &Value::Null).await);
        for child in below.as_array().unwrap() {
            let id = child["id"].as_i64().unwrap();
            if child["kind"] == "branch" && id != unit && child["is_open"] == true {
                return id;
            }
            waiting.push(id);
        }
    }
    panic!("there is one branch only");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_sent_listed_returned_and_received() {
    let city = City::found();
    let organiser = Caller::of(&city, Role::Organiser).await;
    let people =
        organiser.call(Method::GET, "/api/v1/units/10/people?stage=full&limit=200", &Value::Null).await;
    let people = read(&people);
    let has_no_file = |person: &&Value| person["files"].as_array().unwrap().is_empty();
    let person = people.as_array().unwrap().iter().find(has_no_file).unwrap().clone();
    let (id, unit) = (person["id"].as_i64().unwrap(), person["unit"].as_i64().unwrap());
    let to = another_branch(&organiser, unit).await;
    let change =
        |version: i64, change: Value| json!({"version": version, "on": "2003-03-03", "change": change});
    let path = format!("/api/v1/people/{id}/changes");
    let version = person["version"].as_i64().unwrap();
    let send = json!({"kind": "transfer", "to": to, "is_file_included": true, "reason": ""});
    let refused = organiser.call(Method::POST, &path, &change(version, send)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert_eq!(read(&refused)["findings"][0]["rule"], "M01.reason");
    let send = json!({"kind": "transfer", "to": to, "is_file_included": true, "reason": "调动"});
    let done = organiser.call(Method::POST, &path, &change(version, send.clone())).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let stale = organiser.call(Method::POST, &path, &change(version, send)).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text);

    let letters = organiser.call(Method::GET, "/api/v1/units/10/letters", &Value::Null).await;
    let letters = read(&letters);
    let letter = letters.as_array().unwrap().iter().find(|letter| letter["person"] == id).unwrap();
    assert_eq!((letter["to"].as_i64(), letter["is_overdue"].as_bool()), (Some(to), Some(false)));
    let browser = city.enter(Role::Organiser, "zh-CN").await;
    let list = browser.get(&format!("/units/{to}/letters")).await;
    let receive = format!("/people/{id}/changes/receive");
    assert!(list.links().contains(&receive), "{:?}", list.links());

    // Received without the file that went along: a second look, then recorded.
    let form = browser.get(&receive).await.form(&receive);
    let looked = browser.post(&receive, &with(&form, &[("is_file_received", "false")])).await;
    assert!(looked.text.contains("M02.file_missing"), "{}", looked.text);
    let again = looked.form(&receive);
    let done = browser.post(&receive, &with(&again, &[("confirm", "yes"), ("edit", "")])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let now = read(&organiser.call(Method::GET, &format!("/api/v1/people/{id}"), &Value::Null).await);
    assert_eq!(now["unit"].as_i64(), Some(to));
    let transfers = browser.get(&format!("/people/{id}?tab=transfers")).await;
    assert_eq!(transfers.text.matches("class=\"times\"").count(), 2, "{}", transfers.text);
    let gone = browser.get(&receive).await;
    assert_eq!(gone.status, StatusCode::CONFLICT, "there is no letter any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_shown_once_for_a_purpose_and_masked_everywhere_else() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let person = own_member(&secretary).await;
    let path = format!("{person}/numbers");
    let form = secretary.get(&format!("{person}?tab=basics")).await.form(&path);
    let wrong = secretary.post(&path, &with(&form, &[("need", "curiosity"), ("text", "x")])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("N01.need") && wrong.text.contains("N01.text"), "{}", wrong.text);
    assert!(wrong.text.contains("value=\"x\""), "what was typed stays");
    let purpose = [("need", "letter"), ("text", "letter of transfer 2003-7")];
    let shown = secretary.post(&path, &with(&form, &purpose)).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
    let number =
        shown.text.split_once("<strong class=\"code\">").unwrap().1.split('<').next().unwrap().to_owned();
    // Papers of those years have fifteen digits.
    assert!([15, 18].contains(&number.len()) && !number.contains('*'), "{number}");
    let again = secretary.post(&path, &with(&form, &purpose)).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("N01.shown") && !again.text.contains(&number));
    for tab in ["basics", "history"] {
        let page = secretary.get(&format!("{person}?tab={tab}")).await;
        assert!(!page.text.contains(&number), "{tab}");
    }
    let history = secretary.get(&format!("{person}?tab=history")).await;
    assert!(history.text.contains("a letter of transfer") && history.text.contains("2003-7"));
    // The member of the committee who keeps the roster may not see it, and the answer says why.
    let member = city.enter(Role::BranchOrganiser, "zh-CN").await;
    let page = member.get(&format!("{person}?tab=basics")).await;
    assert!(!page.text.contains(&format!("action=\"{path}\"")));
    let csrf = page.hidden("csrf");
    let denied = member.post(&path, &with(&form, &[("csrf", &csrf), purpose[0], purpose[1]])).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);

    let organiser = Caller::of(&city, Role::Organiser).await;
    let asked = json!({"need": "report", "text": "年报核对号码"});
    let path = format!("/api/v1{path}");
    let refused = organiser.call(Method::POST, &path, &json!({"need": "report"})).await;
    assert_eq!(read(&refused)["findings"][0]["rule"], "N01.text");
    let shown = organiser.call(Method::POST, &path, &asked).await;
    assert_eq!(read(&shown)["id_number"], number.as_str());
    assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
    let history = format!("/api/v1{person}/history");
    let history = organiser.call(Method::GET, &history, &Value::Null).await;
    assert!(!history.text.contains(&number) && history.text.contains("fields.unmasked"), "{}", history.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_is_told_to_the_auditor_and_to_nobody_else() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let person = own_member(&secretary).await;
    let name = secretary.get(&person).await;
    let name = name.text.split_once("<h1 lang=\"zh-Hans\">").unwrap().1.split('<').next().unwrap().to_owned();
    let organiser = Caller::of(&city, Role::Organiser).await;
    organiser.call(Method::GET, &format!("/api/v1{person}"), &Value::Null).await;
    let id = person.rsplit('/').next().unwrap();

    let auditor = city.enter(Role::Auditor, "en").await;
    let log = auditor.get(&format!("/looks?person={id}")).await;
    assert_eq!(log.status, StatusCode::OK, "{}", log.text);
    assert!(log.text.matches("entry</td>").count() >= 2, "{}", log.text);
    assert!(
        log.text.contains("马建国") && !log.text.contains(&name),
        "who looked, not at whom: {}",
        log.text
    );
    for by in ["account", "person", "day"] {
        let tally = auditor.get(&format!("/looks?by={by}")).await;
        assert!(tally.links().iter().any(|link| link.starts_with("/looks?from=")), "{by}: {}", tally.text);
    }
    // The auditor sees who looked at an entry, by number, and nothing of the entry.
    let looks = auditor.get(&format!("{person}?tab=basics")).await;
    assert_eq!(looks.status, StatusCode::OK);
    assert!(looks.text.contains(&format!("Entry no. {id}")) && !looks.text.contains(&name), "{}", looks.text);

    let form = log.form("/looks/export");
    let refused = auditor.post("/looks/export", &with(&form, &[("purpose", " ")])).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let csv = auditor.post("/looks/export", &with(&form, &[("purpose", "quarterly review")])).await;
    assert_eq!(csv.status, StatusCode::OK, "{}", csv.text);
    assert!(csv.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/csv"));
    assert!(csv.text.contains(id) && csv.text.lines().count() >= 3, "{}", csv.text);
    let log = auditor.get("/looks?sight=exported").await;
    assert!(log.text.contains("access_log"), "{}", log.text);

    assert_eq!(secretary.get("/looks").await.status, StatusCode::FORBIDDEN);
    assert_eq!(secretary.get(&format!("{person}?tab=looks")).await.status, StatusCode::FORBIDDEN);
    let told = organiser.call(Method::GET, "/api/v1/looks", &Value::Null).await;
    assert_eq!(told.status, StatusCode::FORBIDDEN);
    let auditor = Caller::of(&city, Role::Auditor).await;
    let told = auditor.call(Method::GET, &format!("/api/v1/looks?person={id}"), &Value::Null).await;
    let doors: Vec<_> = read(&told).as_array().unwrap().iter().map(|look| look["door"].clone()).collect();
    assert!(doors.contains(&json!("page")) && doors.contains(&json!("api")), "{doors:?}");
}

const TWICE: &str = "name=%E5%91%A8%E6%99%93%E9%9B%AF&sex=female&born_on=1981.05.20&ethnicity=1&education=college\
                     &occupation=worker&is_front_line=true&id_number=&phone=&work_post=";

async fn enter(secretary: &Browser, unit: &str) -> String {
    let form = secretary.get(&format!("{unit}/people/new")).await;
    let (csrf, command) = (form.hidden("csrf"), form.hidden("command"));
    let path = format!("{unit}/people/new");
    let entered = secretary.post(&path, &format!("csrf={csrf}&command={command}&{TWICE}")).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    entered.headers[header::LOCATION].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_entries_are_found_compared_and_merged_with_both_histories() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let unit = own_unit(&secretary).await;
    let (one, two) = (enter(&secretary, &unit).await, enter(&secretary, &unit).await);
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let (a, b) = (id(&one), id(&two));

    let list = secretary.get(&format!("{unit}/duplicates")).await;
    let compare = format!("/duplicates/compare?a={a}&b={b}");
    assert!(list.links().contains(&compare), "{:?}", list.links());
    assert!(list.text.contains("the same name and birthday"), "{}", list.text);
    let leader = city.enter(Role::Leader, "en").await;
    assert_eq!(leader.get("/units/10/duplicates").await.status, StatusCode::FORBIDDEN);
    assert_eq!(leader.get(&compare).await.status, StatusCode::FORBIDDEN);
    let approver = city.enter(Role::Approver, "zh-CN").await;
    let seen = approver.get(&compare).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(!seen.text.contains('⟦') && !seen.text.contains("name=\"stays\""), "{}", seen.text);

    let page = secretary.get(&compare).await;
    let blank = secretary.post("/duplicates/compare", &with(&merger(&page), &[])).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", blank.text);
    let refused = secretary
        .post("/duplicates/compare", &with(&merger(&page), &[("stays", "b"), ("on", "2003.03.09")]))
        .await;
    assert!(refused.text.contains("M01.reason") && refused.text.contains("M01.future"), "{}", refused.text);
    let fields = [("stays", "b"), ("reason", "查档为同一人")];
    let merged = secretary.post("/duplicates/compare", &with(&merger(&page), &fields)).await;
    assert_eq!(merged.status, StatusCode::SEE_OTHER, "{}", merged.text);
    let kept = secretary.get(merged.headers[header::LOCATION].to_str().unwrap()).await;
    assert!(kept.text.contains(&format!("of entry no. {a}")), "{}", kept.text);
    let gone = secretary.get(&format!("{one}?tab=history")).await;
    assert!(gone.text.contains(&format!("merged into no. {b}")) && gone.text.contains("查档为同一人"));
    assert!(!secretary.get(&format!("{unit}/duplicates")).await.links().contains(&compare));
    // Pressed twice it is the same answer; with another command the entries are no longer as they were seen.
    let again = secretary.post("/duplicates/compare", &with(&merger(&page), &fields)).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let command = secretary.get(&format!("{unit}/people/new")).await.hidden("command");
    let stale = [fields[0], fields[1], ("command", command.as_str())];
    let stale = secretary.post("/duplicates/compare", &with(&merger(&page), &stale)).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text);
}

/// The form of the merger, which is the second one of its page.
fn merger(page: &Answer) -> BTreeMap<String, String> {
    let (_, rest) = page.text.split_once("id=\"mg\"").unwrap();
    Answer { status: page.status, headers: page.headers.clone(), text: rest.to_owned(), bytes: Vec::new() }
        .form("/duplicates/compare")
}
