//! The forecast of a plan's promises, and the sheet on which branches ask, as a browser and the API see them.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use domain::role::Role;
use serde_json::{Value, json};

use crate::city::{Answer, Browser, City};

fn count(page: &Answer, what: &str) -> usize {
    page.text.matches(what).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_promise_has_its_gauge_and_the_plan_as_written_its_answer() {
    let city = City::found();
    for language in ["zh-CN", "en"] {
        let office = city.enter(Role::OrganisationDepartment, language).await;
        let page = office.get("/plan/forecast").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(!page.text.contains('⟦'), "a sentence is missing: {}", page.text);
        // Ten targets of the shipped file, three fans, two pyramids; each drawing with title and description.
        assert_eq!(count(&page, "class=\"gauge\""), 10);
        assert_eq!(count(&page, "<figure id=\"fan-stock_"), 3, "a fan for each share of the members");
        assert!(count(&page, "<title") >= 15 && count(&page, "<desc") >= 15, "{}", count(&page, "<desc"));
        assert!(!page.text.contains("<script"));
        let (word, plan) = if language == "en" {
            ("As written", "To keep the plan as written")
        } else {
            ("按原文", "要做到原文的规划")
        };
        assert!(page.text.contains(word) && page.text.contains(plan));
        // The source's thirty a year stand beside the others.
        let ways = page.text.split_once("id=\"wa\"").unwrap().1;
        let row = ways.split_once(word).unwrap().1.split("</tr>").next().unwrap();
        assert!(row.contains("<td class=\"n\">30</td>"), "{row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_tried_is_answered_and_what_cannot_be_read_is_kept_and_named() {
    let city = City::found();
    let office = city.enter(Role::OrganisationDepartment, "en").await;
    let first = office.get("/plan/forecast").await;
    let tried = office.get("/plan/forecast?intake=25&young=100&educated=100&women=50.5&sent=yes").await;
    assert_eq!(tried.status, StatusCode::OK);
    assert!(tried.text.contains("value=\"50.5\"") && tried.text.contains("With 25 admissions a year"));
    assert!(!tried.text.contains("name=\"pace\" value=\"yes\" checked"));
    assert!(first.text.contains("name=\"pace\" value=\"yes\" checked"));
    // A slider that was moved counts more than the number that stood beside it.
    let slid = office.get("/plan/forecast?intake=25&intake-was=25&intake-slide=31&sent=yes").await;
    assert!(slid.text.contains("With 31 admissions a year"), "{}", slid.text);
    let bad = office.get("/plan/forecast?intake=viele&young=101&sent=yes").await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.text.contains("value=\"viele\"") && bad.text.contains("value=\"101\""), "{}", bad.text);
    assert_eq!(count(&bad, "aria-invalid=\"true\""), 2);
    // The question is handed out, and is the one of the page.
    let file = office.get("/plan/forecast/tried.json?intake=25&young=100").await;
    let question: Value = serde_json::from_str(&file.text).unwrap();
    assert_eq!(question["format"], "miaopu-forecast/1");
    assert_eq!(question["scenarios"][0]["id"], "tried");
    assert_eq!(office.get("/plan/forecast/other.json").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_sees_no_forecast_of_other_units_and_the_api_gives_question_and_answer() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    assert_eq!(secretary.get("/plan/forecast?unit=10").await.status, StatusCode::FORBIDDEN);
    assert_eq!(secretary.get("/plan/forecast?unit=x").await.status, StatusCode::NOT_FOUND);

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
    let path = "/api/v1/units/10/forecast?intake=25&young_permille=1000";
    let (status, read) = call(Method::GET, path, token, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{read}");
    assert_eq!((read["from"].as_i64(), read["until"].as_i64()), (Some(2002), Some(2004)));
    assert_eq!(read["targets"].as_array().map(Vec::len), Some(10));
    assert_eq!(read["tried"]["answer"]["scenarios"][0]["admissions"]["2003"]["total"], 25);
    assert_eq!(read["planned"]["answer"]["format"], "miaopu-forecast-answer/1");
    let wrong = "/api/v1/units/10/forecast?young_permille=1001";
    assert_eq!(call(Method::GET, wrong, token, Value::Null).await.0, StatusCode::BAD_REQUEST);
}

/// A file sent with the form of a page.
async fn upload(browser: &Browser, page: &str, name: &str, file: &str) -> Answer {
    let form = browser.get(page).await;
    let csrf = form.text.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap();
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: text/csv\r\n\r\n{file}\r\n--x--\r\n"
    );
    let kind = (header::CONTENT_TYPE.as_str(), "multipart/form-data; boundary=x");
    browser.send(Method::POST, page, &[kind], Body::from(body)).await
}

/// Opens a plan for the county of the plan officer, and returns its address.
async fn opened(office: &Browser) -> String {
    let form = office.get("/plan/new").await;
    let hidden: Vec<String> = form
        .text
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
        .filter_map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"")?;
            Some(format!("{name}={}", rest.split('"').next()?))
        })
        .collect();
    let figures = "year=2003&intake=4&tolerance=50&reason=%E6%9C%AC%E5%8E%BF%E5%AE%9E%E9%99%85\
                   &young=0&educated=0&women=12.5&weights.intake=200&weights.short=100&weights.over=60&weights.fair=40\
                   &weights.smooth=30&weights.dormant=150&weights.node_fair=20&weights.cell_short=25&weights.cell_over=15\
                   &ask_by=2003.03.10&answer_by=2003.03.20&sign_by=2003.03.31";
    let answer = office.post("/plan/new", &format!("{}&{figures}", hidden.join("&"))).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.headers[header::LOCATION].to_str().unwrap().to_owned()
}

/// The branches that may ask, each with the people ready there, from the plan's own pages.
async fn asking(county: &Browser, plan: &str, page: &Answer) -> Vec<(String, i64)> {
    let mut branches = Vec::new();
    for below in page.links().iter().filter(|link| link.starts_with(&format!("{plan}?open="))) {
        let opened = county.get(below.split('#').next().unwrap()).await;
        let mark = format!("{plan}/units/");
        for link in opened.links() {
            let Some(id) = link.strip_prefix(&mark).filter(|id| id.bytes().all(|b| b.is_ascii_digit()))
            else {
                continue;
            };
            let it = county.get(&link).await;
            if it.text.contains("/act/ask\"") {
                let n = it
                    .text
                    .split_once(" people are ready")
                    .map(|(before, _)| before.rsplit(['>', ' ']).next().unwrap().to_owned());
                branches.push((id.to_owned(), n.unwrap_or_default().parse::<i64>().unwrap_or(0)));
            }
        }
    }
    branches.dedup();
    branches
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_is_taken_back_with_every_problem_and_recorded_whole() {
    let city = City::found();
    let office = city.enter(Role::PlanOfficer, "en").await;
    let county = city.enter_named("xianwei", "en").await;
    let plan = opened(&office).await;
    let page = county.get(&plan).await;
    let sheet = page.links().into_iter().find(|link| link.ends_with("/sheet")).expect("a way to the sheet");
    assert!(county.get(&format!("{sheet}.xlsx")).await.text.starts_with("PK"));

    // Codes and people ready, from the plan's own pages.
    let unit = sheet.trim_end_matches("/sheet").rsplit('/').next().unwrap().to_owned();
    let branches = asking(&county, &plan, &page).await;
    let code = async |id: &str| {
        let it = office.get(&format!("/units/{id}")).await;
        it.text.split_once("class=\"code\">").map(|(_, rest)| rest.split('<').next().unwrap().to_owned())
    };
    let first = branches.iter().find(|(_, n)| *n > 0).expect("a branch with people ready").clone();
    let code = code(&first.0).await.expect("a branch has a code");
    assert_ne!(unit, first.0);

    let wrong = format!("支部代码,申报人数,理由\nnowhere,1,x\n{code},{},x\n{code},1,\n", first.1 + 1);
    let refused = upload(&county, &sheet, "sheet.csv", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    for place in ["A2: ", "B3: ", "A4: "] {
        assert!(refused.text.contains(place), "{place} in {}", refused.text);
    }
    assert!(!refused.text.contains("/sheet/confirm"), "nothing can be confirmed while something is wrong");

    let right = format!("支部代码,申报人数,理由\n{code},{},ready\n", first.1);
    let preview = upload(&county, &sheet, "sheet.csv", &right).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.text);
    let form = preview.text.split_once("/sheet/confirm\"").unwrap().1;
    let hidden: Vec<String> = form
        .split("</form>")
        .next()
        .unwrap()
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"").unwrap();
            format!("{name}={}", rest.split('"').next().unwrap())
        })
        .collect();
    let confirm = format!("{sheet}/confirm");
    let done = county.post(&confirm, &hidden.join("&")).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    assert!(done.text.contains("Requests recorded: 1."), "{}", done.text);
    // The branch's own form shows what the row asked, and pressing twice records nothing more.
    let branch = county.get(&format!("{plan}/units/{}", first.0)).await;
    assert!(
        branch.text.contains(&format!("name=\"n\" class=\"w3\" value=\"{}\"", first.1)),
        "{}",
        branch.text
    );
    assert_eq!(county.post(&confirm, &hidden.join("&")).await.status, StatusCode::OK);
    let again = upload(&county, &sheet, "sheet.csv", &right).await;
    assert!(again.text.contains("rows that repeat what is asked for already: 1"), "{}", again.text);
    // Whoever may not ask for the unit cannot send a sheet for it.
    assert!(!office.get(&sheet).await.text.contains("multipart/form-data"));
}
