//! The register of workplaces from pages and through the API: entered, climbed to a branch of its own,
//! imported whole or not at all, counted on both bases.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use domain::role::Role;
use serde_json::{Value, json};

use crate::api::{Caller, read};
use crate::city::{Answer, Browser, City};

async fn filled(browser: &Browser, path: &str, typed: &[(&str, &str)]) -> String {
    let form = browser.get(path).await;
    assert_eq!(form.status, StatusCode::OK, "{path}: {}", form.text);
    let hidden = ["csrf", "command", "version"].map(|name| (name, form.hidden(name)));
    let mut sent = form_urlencoded::Serializer::new(String::new());
    sent.extend_pairs(hidden).extend_pairs(typed);
    sent.finish()
}

async fn act(browser: &Browser, path: &str, typed: &[(&str, &str)]) -> Answer {
    let today = [("on", "2003.03.03")];
    let on: &[(&str, &str)] = if path.contains("/acts/") { &today } else { &[] };
    let form = filled(browser, path, &[typed, on].concat()).await;
    browser.post(path, &form).await
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.headers[header::LOCATION].to_str().unwrap().split('?').next().unwrap().to_owned()
}

/// A county of the city.
async fn county(caller: &Caller) -> i64 {
    let below = caller.call(Method::GET, "/api/v1/units/10/below", &Value::Null).await;
    read(&below)[0]["id"].as_i64().unwrap()
}

async fn full_members(caller: &Caller, county: i64) -> Vec<String> {
    let path = format!("/api/v1/units/{county}/people?stage=full&limit=40");
    let people = read(&caller.call(Method::GET, &path, &Value::Null).await);
    let mut free = Vec::new();
    for person in people.as_array().unwrap().iter().rev() {
        free.push(person["id"].as_i64().unwrap().to_string());
    }
    free
}

const FIRM: [(&str, &str); 9] = [
    ("on", "2003.03.03"),
    ("kind", "enterprise"),
    ("name_zh", "新芽纺织有限公司"),
    ("name_en", "Xinya Textiles Ltd"),
    ("code", "D2143569-X"),
    ("ownership", "private"),
    ("scale", "medium"),
    ("n_staff", "180"),
    ("is_stable", "yes"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_blank_enterprise_is_entered_and_climbs_to_its_own_branch() {
    let city = City::found();
    let (office, caller) =
        (city.enter(Role::Organiser, "en").await, Caller::of(&city, Role::Organiser).await);
    let county = county(&caller).await;
    let new = format!("/coverage/new?unit={county}");

    // Every fault at once, and nothing typed is lost.
    let mut wrong = FIRM;
    (wrong[3].1, wrong[4].1, wrong[5].1) = ("", "D2143569-1", "");
    let refused = act(&office, &new, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for rule in ["W02.name", "W02.ownership", "W02.code_check"] {
        assert!(refused.text.contains(rule), "{rule}: {}", refused.text);
    }
    assert!(refused.text.contains("value=\"D2143569-1\""));

    let firm = location(&act(&office, &new, &FIRM).await);
    let page = office.get(&firm).await;
    assert!(page.text.contains("C33.no_instructor"), "{}", page.text);
    let people = full_members(&caller, county).await;
    let send = |kind: &str| format!("{firm}/acts/{kind}");
    let letter = [
        ("person", people[0].as_str()),
        ("person_id", people[0].as_str()),
        ("letter", ""),
        ("until_on", "2004.03.02"),
    ];
    let refused = act(&office, &send("instructor"), &letter).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert!(refused.text.contains("W04.letter"), "{}", refused.text);
    let mut letter = letter;
    letter[2].1 = "No. 4 of 2003";
    location(&act(&office, &send("instructor"), &letter).await);
    location(&act(&office, &send("visit"), &[("number", "1"), ("note", "talked with the owner")]).await);
    let page = office.get(&firm).await;
    assert!(!page.text.contains("C33.no_instructor") && page.text.contains("talked with the owner"));

    for person in &people[..3] {
        location(&act(&office, &send("place"), &[("person", person), ("person_id", person)]).await);
    }
    let page = office.get(&firm).await;
    assert!(page.text.contains("C32.no_organisation"), "{}", page.text);
    let branch = [
        ("unit_kind", "branch"),
        ("code", "XY-1"),
        ("name_zh", "新芽纺织党支部"),
        ("name_en", "Xinya Textiles Branch"),
        ("approval", "No. 9 of 2003"),
    ];
    location(&act(&office, &send("found"), &branch).await);
    let page = office.get(&firm).await;
    assert!(page.text.contains("Xinya Textiles Branch") && !page.text.contains("C32.no_organisation"));
    let detail = read(&caller.call(Method::GET, &format!("/api/v1{firm}"), &Value::Null).await);
    assert_eq!(detail["step"], "own");
    let rungs: Vec<&str> =
        detail["rungs"].as_array().unwrap().iter().map(|rung| rung["step"].as_str().unwrap()).collect();
    assert_eq!(rungs, ["blank", "instructor", "member", "own"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_names_both_bases_and_every_number_leads_to_its_list() {
    let city = City::found();
    let office = city.enter(Role::Organiser, "en").await;
    let caller = Caller::of(&city, Role::Organiser).await;
    let figures = read(&caller.call(Method::GET, "/api/v1/units/10/coverage", &Value::Null).await);
    let (all, due) = (figures["n_all"].as_i64().unwrap(), figures["n_due"].as_i64().unwrap());
    assert!(all > due && due > 0, "{figures}");
    let page = office.get("/coverage").await;
    assert!(
        page.text.contains(&format!("Of the {due} workplaces that meet the conditions")),
        "{}",
        page.text
    );
    assert!(page.text.contains(&format!("Of all {all} workplaces")));
    let lists: Vec<String> =
        page.links().into_iter().filter(|link| link.contains("&class=") && link.contains("&step=")).collect();
    assert!(!lists.is_empty());
    for cell in figures["cells"].as_array().unwrap() {
        let (class, step) = (cell["class"].as_str().unwrap(), cell["step"].as_str().unwrap());
        let list = format!("/coverage/list?unit=10&class={class}&step={step}");
        assert!(lists.contains(&list), "{list}");
        let n = cell["n"].as_i64().unwrap();
        let told = office.get(&list).await;
        assert!(told.text.contains(&format!("{n} workplaces")), "{list}: {n}");
    }
    for gap in figures["gaps"].as_array().unwrap() {
        let list = format!("/coverage/list?unit=10&gap={}", gap["rule"].as_str().unwrap());
        assert!(page.links().contains(&list), "{list}");
    }
    let sheet = office.get("/coverage/file/matrix.csv?unit=10").await;
    assert!(
        sheet.status == StatusCode::OK && sheet.text.contains("Non-public enterprises"),
        "{}",
        sheet.text
    );
    assert_eq!(office.get("/coverage/file/list.xlsx?unit=10&step=blank").await.status, StatusCode::OK);
    let organisers = office.get("/organisers?unit=10").await;
    assert!(organisers.text.contains("Talks before approval each"), "{}", organisers.text);
}

async fn upload(browser: &Browser, path: &str, file: &str) -> Answer {
    let csrf = browser.get(path).await.hidden("csrf");
    let body = format!(
        "--border\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--border\r\n\
         content-disposition: form-data; name=\"file\"; filename=\"register.csv\"\r\n\r\n{file}\r\n--border--\r\n"
    );
    let kind = (header::CONTENT_TYPE.as_str(), "multipart/form-data; boundary=border");
    browser.send(Method::POST, path, &[kind], Body::from(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_previewed_with_every_problem_and_taken_over_whole() {
    let city = City::found();
    let office = city.enter(Role::Organiser, "en").await;
    let caller = Caller::of(&city, Role::Organiser).await;
    let county = county(&caller).await;
    let below = read(&caller.call(Method::GET, "/api/v1/units/10/below", &Value::Null).await);
    let code = below[0]["code"].as_str().unwrap();
    let path = format!("/coverage/import?unit={county}");
    let head = "名称,类型,统一社会信用代码,所有制,规模,人数,负责党组织";
    let wrong = format!("{head}\n甲公司,企业,D21435691,私营,小型,9,{code}\n乙公司,企业,,私营,,多,没有\n");
    let page = upload(&office, &path, &wrong).await;
    for cell in ["C2:", "F3:"] {
        assert!(page.text.contains(cell), "{cell}: {}", page.text);
    }
    assert!(!page.text.contains("name=\"waits\""), "nothing can be confirmed");
    let right = format!("{head}\n甲公司,企业,D2143569X,私营,小型,9,{code}\n");
    let page = upload(&office, &path, &right).await;
    assert!(page.text.contains("1 new"), "{}", page.text);
    let fields = ["csrf", "command", "waits"].map(|name| format!("{name}={}", page.hidden(name)));
    let confirm = format!("/coverage/import/confirm?unit={county}");
    let done = office.post(&confirm, &fields.join("&")).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let named = format!("/api/v1/units/{county}/workplaces?name=D2143569X");
    assert_eq!(read(&caller.call(Method::GET, &named, &Value::Null).await)["n"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_keep_the_register_is_told_so_at_every_door() {
    let city = City::found();
    let leader = city.enter(Role::Leader, "en").await;
    let page = leader.get("/coverage").await;
    assert!(page.status == StatusCode::OK && !page.text.contains("/coverage/new"), "a leader only looks");
    assert_eq!(leader.get("/coverage/new").await.status, StatusCode::FORBIDDEN);
    assert_eq!(leader.get("/organisers").await.status, StatusCode::FORBIDDEN, "names are not for leaders");
    let caller = Caller::of(&city, Role::Leader).await;
    let particulars = json!({"kind": "village", "name": {"zh": "甲村", "en": "Jia"}, "code": "", "ownership": null,
        "scale": null, "n_staff": 5, "is_stable": true, "is_key": false});
    let new = json!({"on": "2003-03-03", "particulars": particulars});
    let answer = caller.call(Method::POST, "/api/v1/units/10/workplaces", &new).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
    let organiser = Caller::of(&city, Role::Organiser).await;
    let answer = organiser.call(Method::POST, "/api/v1/units/10/workplaces", &new).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let id = read(&answer)["workplace"].as_i64().unwrap();
    let act =
        json!({"kind": "workplace.closed", "on": "2003-03-03", "body": {"reason": "merged"}, "version": 7});
    let stale = organiser.call(Method::POST, &format!("/api/v1/workplaces/{id}/acts"), &act).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text);
}
