//! A plan from its opening to its first change, as the offices of a county meet it on the pages.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use domain::role::Role;
use serde_json::{Value, json};

use crate::city::{Answer, Browser, City};

/// The values of every hidden field of the form that goes to a path, as a form is sent.
fn hidden(page: &Answer, action: &str) -> String {
    let mark = format!("action=\"{action}\"");
    let form = page.text.split_once(&mark).unwrap_or_else(|| panic!("no form {action}: {}", page.text)).1;
    let form = form.split("</form>").next().unwrap();
    let fields = form.split("<input type=\"hidden\" name=\"").skip(1).map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"").unwrap();
        format!("{name}={}", rest.split('"').next().unwrap())
    });
    fields.collect::<Vec<_>>().join("&")
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.headers[header::LOCATION].to_str().unwrap().to_owned()
}

/// Sends the form of a page and follows where it leads.
async fn send(browser: &Browser, page: &str, action: &str, values: &str) -> Answer {
    let form = hidden(&browser.get(page).await, action);
    let answer = browser.post(action, &format!("{form}&{values}")).await;
    let to = location(&answer);
    browser.get(to.split('#').next().unwrap()).await
}

/// Numbers of the units that a page of a plan leads to.
fn units(page: &Answer, plan: &str) -> Vec<String> {
    let mark = format!("{plan}/units/");
    let mut found: Vec<String> = page
        .links()
        .iter()
        .filter(|link| !link.ends_with("/sheet"))
        .filter_map(|link| Some(link.strip_prefix(&mark)?.split(['/', '?']).next()?.to_owned()))
        .collect();
    found.dedup();
    found
}

/// Waits for the draft of the next round, and proposes it.
async fn propose(office: &Browser, plan: &str, values: &str) -> Answer {
    let next = format!("{plan}/next");
    let form = hidden(&office.get(&next).await, &next);
    let to = location(&office.post(&next, &format!("{form}&{values}")).await);
    for _ in 0..600 {
        let page = office.get(&to).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        if page.headers.contains_key("refresh") {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        }
        let action = format!("{plan}/draft/propose");
        let form = hidden(&page, &action);
        let to = location(&office.post(&action, &form).await);
        return office.get(&to).await;
    }
    panic!("the draft does not come to an end");
}

/// Lets every branch ask for everybody who is ready, after one request too many was refused; returns the
/// branches with what they asked for.
async fn ask_everywhere(county: &Browser, plan: &str, parties: &[String]) -> Vec<(String, i64)> {
    let mut branches = Vec::new();
    for party in parties {
        let opened = county.get(&format!("{plan}?open={party}")).await;
        branches.extend(units(&opened, plan).into_iter().filter(|unit| !parties.contains(unit)).skip(1));
    }
    let mut asked = Vec::new();
    for branch in branches {
        let page = county.get(&format!("{plan}/units/{branch}")).await;
        let action = format!("{plan}/units/{branch}/act/ask");
        if !page.text.contains(&action) {
            continue;
        }
        let n_ready = number_before(&page, " people are ready");
        let form = hidden(&page, &action);
        let too_many = county.post(&action, &format!("{form}&n={}&reason=x", n_ready + 1)).await;
        assert_eq!(too_many.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", too_many.text);
        location(&county.post(&action, &format!("{form}&n={n_ready}&reason=ready")).await);
        asked.push((branch, n_ready));
    }
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_goes_through_three_passes_is_adopted_and_changed() {
    let city = City::found();
    let office = city.enter(Role::PlanOfficer, "en").await;
    let county = city.enter_named("xianwei", "en").await;

    // Opened: what the settings suggest, except that nothing can be asked for yesterday.
    let form = hidden(&office.get("/plan/new").await, "/plan/new");
    let figures = "year=2003&intake=4&tolerance=50&reason=%E6%9C%AC%E5%8E%BF%E5%AE%9E%E9%99%85\
                   &young=0&educated=0&women=0&weights.intake=200&weights.short=100&weights.over=60&weights.fair=40\
                   &weights.smooth=30&weights.dormant=150&weights.node_fair=20&weights.cell_short=25&weights.cell_over=15";
    let late = format!("{form}&{figures}&ask_by=2003.03.01&answer_by=2003.03.20&sign_by=2003.03.31");
    let refused = office.post("/plan/new", &late).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("must follow one another"), "{}", refused.text);
    assert!(refused.text.contains("value=\"2003.03.01\""), "nothing typed is lost");
    let in_time = late.replace("ask_by=2003.03.01", "ask_by=2003.03.10");
    let plan = location(&office.post("/plan/new", &in_time).await);

    // First pass: every branch with somebody ready asks for all of them.
    let top = county.get(&plan).await;
    let parties = units(&top, &plan).split_off(1);
    let asked = ask_everywhere(&county, &plan, &parties).await;
    let n_asked: i64 = asked.iter().map(|(_, n)| n).sum();
    assert!(n_asked >= 4, "{asked:?}");

    // Second pass: proposed with its certificate; one unit names another number, with its reason.
    let proposed = propose(&office, &plan, "").await;
    assert!(proposed.text.contains("miaopu plan check"), "{}", proposed.text);
    let counter = parties.iter().find(|party| number_of(&proposed, party) > 0).unwrap().clone();
    let n = number_of(&proposed, &counter);
    let page = format!("{plan}/units/{counter}");
    let action = format!("{page}/act/answer");
    let form = hidden(&county.get(&page).await, &action);
    let unreasoned = county.post(&action, &format!("{form}&answer=counter&n={}&reason=", n - 1)).await;
    assert_eq!(unreasoned.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unreasoned.text.contains("No reason is given"), "{}", unreasoned.text);
    location(&county.post(&action, &format!("{form}&answer=counter&n={}&reason=papers", n - 1)).await);
    let unsigned = hidden(&office.get(&plan).await, &format!("{plan}/act/sign"));
    location(&office.post(&format!("{plan}/act/sign"), &unsigned).await);
    let early = hidden(&office.get(&plan).await, &format!("{plan}/act/adopt"));
    let refused = office.post(&format!("{plan}/act/adopt"), &early).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("has not signed"), "{}", refused.text);

    // Third pass: the wish is granted, the difference and its reason are shown, everybody signs.
    let settled = format!("n.{counter}={}&reason.{counter}=papers", n - 1);
    let balanced = propose(&office, &plan, &settled).await;
    assert_eq!(number_of(&balanced, &counter), n - 1);
    assert!(balanced.text.contains("What moved between") && balanced.text.contains("papers"));
    for party in &parties {
        let page = format!("{plan}/units/{party}");
        if county.get(&page).await.text.contains("/act/answer") {
            send(&county, &page, &format!("{page}/act/answer"), "answer=accept").await;
            send(&county, &page, &format!("{page}/act/sign"), "").await;
        }
    }
    send(&office, &plan, &format!("{plan}/act/sign"), "").await;
    let adopted = send(&office, &plan, &format!("{plan}/act/adopt"), "").await;
    assert!(adopted.text.contains("signed by both sides"), "{}", adopted.text);

    // A change is asked for, granted, and seen beside what was adopted.
    let (branch, place) = branch_with_room(&county, &plan, &asked).await;
    let page = format!("{plan}/units/{branch}");
    send(&county, &page, &format!("{page}/act/change"), &format!("to={}&other=&reason=one+more", place + 1))
        .await;
    let changed = send(&office, &plan, &format!("{plan}/changes/1"), "decision=grant&reason=agreed").await;
    assert!(changed.text.contains("granted"), "{}", changed.text);
    let page = county.get(&page).await;
    assert!(page.text.contains(&format!("{place} → <b>{}</b>", place + 1)), "{}", page.text);
    for part in ["course", "brief"] {
        let answer = office.get(&format!("{plan}/{part}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
}

/// A unit's places in the table of a plan.
fn number_of(page: &Answer, unit: &str) -> i64 {
    let row = page.text.split_once(&format!("<tr id=\"u{unit}\"")).unwrap().1.split("</tr>").next().unwrap();
    let cell =
        row.split_once("class=\"n agreed\"><b>").map_or("0", |(_, rest)| rest.split('<').next().unwrap());
    cell.replace(',', "").parse().unwrap()
}

/// A branch that has more people ready than places, and its places.
async fn branch_with_room(county: &Browser, plan: &str, asked: &[(String, i64)]) -> (String, i64) {
    for (branch, n_ready) in asked {
        let page = county.get(&format!("{plan}/units/{branch}")).await;
        let n = number_before(&page, " places;");
        if n < *n_ready {
            return (branch.clone(), n);
        }
    }
    panic!("every branch has places for all: {asked:?}");
}

/// The number that stands before some words of a page.
fn number_before(page: &Answer, words: &str) -> i64 {
    let (before, _) = page.text.split_once(words).unwrap_or_else(|| panic!("{}", page.text));
    before.rsplit(['>', ' ']).next().unwrap().replace(',', "").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_sees_its_own_part_and_the_files_are_for_the_office() {
    let city = City::found();
    let office = city.enter(Role::OrganisationDepartment, "zh-CN").await;
    let plan = location(&office.get("/plan").await);
    for file in ["instance.json", "plan.json"] {
        let answer = office.get(&format!("{plan}/rounds/2/{file}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert!(answer.text.contains("\"format\":\"miaopu-"), "{}", answer.text);
    }
    let book = office.get(&format!("{plan}/plan.xlsx")).await;
    assert!(book.text.starts_with("PK"));
    let secretary = city.enter(Role::BranchSecretary, "zh-CN").await;
    let page = secretary.get(&plan).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert_eq!(page.text.matches("<tr id=\"u").count(), 1, "only the own branch");
    let hidden = secretary.get(&format!("{plan}/rounds/2/instance.json")).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    let other = secretary.get(&format!("{plan}/units/10")).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
    let denied = secretary.get("/plan/new").await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_reads_plans_and_refuses_with_every_reason() {
    let city = City::found();
    let login = city.login(Role::OrganisationDepartment);
    let browser = city.guest("en");
    let call = async |method: Method, path: &str, token: Option<&str>, body: Value| {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        let answer = browser.send(method, path, &headers, Body::from(body.to_string())).await;
        let read: Value = serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{}", answer.text));
        (answer.status, read)
    };
    let given = json!({"login": login.login, "password": login.password});
    let (_, session) = call(Method::POST, "/api/v1/session", None, given).await;
    let token = session["token"].as_str();
    let (_, plans) = call(Method::GET, "/api/v1/units/10/plans", token, Value::Null).await;
    let plan = plans[0]["plan"].as_i64().unwrap();
    let (status, read) = call(Method::GET, &format!("/api/v1/plans/{plan}"), token, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{read}");
    let lines = read["lines"].as_array().unwrap();
    let below: i64 = lines[1..].iter().map(|line| line["n_places"].as_i64().unwrap()).sum();
    assert_eq!(lines[0]["n_places"].as_i64().unwrap(), below);
    let act =
        |act: Value| json!({"unit": 10, "round": read["round"], "version": read["version"], "act": act});
    let path = format!("/api/v1/plans/{plan}/acts");
    let (status, refused) = call(Method::POST, &path, token, act(json!({"do": "adopt"}))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused["findings"][0]["rule"], "L01.adopted");
    let (status, _) = call(Method::POST, &path, token, act(json!({"do": "dance"}))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let old = json!({"unit": 10, "round": 1, "version": 0, "act": {"do": "adopt"}});
    let (status, _) = call(Method::POST, &path, token, old).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (status, files) =
        call(Method::GET, &format!("/api/v1/plans/{plan}/rounds/1"), token, Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    assert!(files["instance"].as_str().unwrap().contains("miaopu-allocation/1"));
}
