//! A course as a county meets it on the pages, an examination as somebody sits it, and a certificate as
//! anybody checks it.

use axum::http::{StatusCode, header};
use domain::role::Role;

use crate::city::{Answer, Browser, City};

/// The values of the hidden fields of the form that goes to a path, as a form is sent.
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

async fn post(browser: &Browser, page: &str, action: &str, values: &str) -> Answer {
    let form = hidden(&browser.get(page).await, action);
    browser.post(action, &format!("{form}&{values}")).await
}

/// The address of the course whose title holds a text.
fn course(page: &Answer, title: &str) -> String {
    let before = page.text.split(title).next().unwrap();
    let href = before.rsplit("href=\"").next().unwrap();
    href.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_county_opens_a_course_and_every_fault_of_the_form_is_told_at_once() {
    let city = City::found();
    let county = city.enter_named("xianqu", "en").await;
    let list = county.get("/schooling").await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.text);
    assert!(list.text.contains("Hold a course") && list.text.contains("Past"), "{}", list.text);
    let wrong = "title=&year=2003&class=activist&short=false&hours_due=9&pass=60&tolerance=x\
                 &s1.on=2003.04.01&s1.hours=8&s1.topic=%E5%85%9A%E7%AB%A0&s2.on=soon&s2.hours=8&s2.topic=x";
    let answer = post(&county, "/schooling/new", "/schooling/new", wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("#f-tolerance") && answer.text.contains("#f-s2-on"), "{}", answer.text);
    assert!(answer.text.contains("value=\"soon\""), "what was typed stays");
    let wrong = wrong.replace("tolerance=x", "tolerance=20").replace("soon", "2003.04.02");
    let answer = post(&county, "/schooling/new", "/schooling/new", &wrong).await;
    assert!(answer.text.contains("The course has no name"), "{}", answer.text);
    let right = wrong.replace("title=&", "title=Spring+course&");
    let answer = post(&county, "/schooling/new", "/schooling/new", &right).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let page = county.get(answer.headers[header::LOCATION].to_str().unwrap()).await;
    // Nothing scattered, no activity, no practice: said, and not refused.

    for code in ["E03.gathering", "E03.content", "E03.mode"] {
        assert!(page.text.contains(code), "{code}: {}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_sits_the_paper_and_nothing_that_was_written_is_lost() {
    let city = City::found();
    let learner = city.enter(Role::Applicant, "en").await;
    let exams = learner.get("/exams").await;
    let paper = course(&exams, "基础知识班");
    let page = learner.get(&paper).await;
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("script-src 'self'"), "{policy}");
    let begun = post(&learner, &paper, &format!("{paper}/begin"), "").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let page = learner.get(&paper).await;
    assert!(page.text.contains("/assets/exam.js") && !page.text.contains("<script>"), "{}", page.text);
    let first = hidden(&page, &paper);
    let quiet = learner.post(&paper, &format!("{first}&do=quiet&a1=B")).await;
    assert_eq!((quiet.status, quiet.text.as_str()), (StatusCode::OK, "1"), "{}", quiet.text);
    // The browser is closed and opened again: the answer is there.
    let page = learner.get(&paper).await;
    assert!(page.text.contains("value=\"B\" checked"), "{}", page.text);
    // A window that was loaded before saves over nothing; what it holds stays in it.
    let other =
        learner.post(&paper, &format!("{}&do=save&a1=C", first.replace("command=", "command=0&x="))).await;
    assert_ne!(other.status, StatusCode::SEE_OTHER);
    let stale = hidden(&page, &paper).replace("seen=1", "seen=0");
    let told = learner.post(&paper, &format!("{stale}&do=save&a1=C")).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        told.text.contains("another window") && told.text.contains("value=\"C\" checked"),
        "{}",
        told.text
    );
    let form = hidden(&learner.get(&paper).await, &paper);
    let done = learner.post(&paper, &format!("{form}&do=hand_in&a1=A")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert!(learner.get(&paper).await.text.contains("Handed in"));
    let again = "command=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let late = first.split('&').map(|part| if part.starts_with("command=") { again } else { part });
    let late = late.collect::<Vec<_>>().join("&").replace("seen=0", "seen=2");
    let late = learner.post(&paper, &format!("{late}&do=save&a1=D")).await;
    assert_ne!(late.status, StatusCode::SEE_OTHER);
    for path in ["/schooling", "/people", "/"] {
        assert_ne!(learner.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_marked_without_names_and_a_certificate_says_no_name_to_a_stranger() {
    let city = City::found();
    let county = city.enter_named("xianqu", "en").await;
    let list = county.get("/schooling").await;
    let marked = course(&list, "第一期入党积极分子培训班");
    let page = county.get(&format!("{marked}/papers/1/mark")).await;
    assert!(page.text.contains("Script "), "{}", page.text);
    let action = format!("{marked}/papers/1/mark");
    let wrong = post(&county, &action, &action, "points=99").await;
    assert!(wrong.text.contains("E09.points") || wrong.text.contains("not between"), "{}", wrong.text);
    let right = post(&county, &action, &action, "points=7").await;
    assert_eq!(right.status, StatusCode::SEE_OTHER, "{}", right.text);
    let over = course(&list, "第一期发展对象");
    let page = county.get(&format!("{over}/certificates")).await;
    let href = page.links().into_iter().find(|link| link.starts_with("/certificates/")).unwrap();
    let certificate = county.get(&href).await;
    assert!(certificate.text.contains("<svg") && certificate.text.contains("miaopu-certificate/1"));
    let number = certificate.text.split("<dd class=\"code\">").nth(1).unwrap().split('<').next().unwrap();
    let name = certificate.text.split("class=\"holder\" lang=\"zh-Hans\">").nth(1).unwrap();
    let name = name.split('<').next().unwrap();
    let stranger = city.guest("en");
    let told = stranger.get(&format!("/certificates?number={number}")).await;
    assert_eq!(told.status, StatusCode::OK);
    assert!(told.text.contains("valid") && !told.text.contains(name), "{}", told.text);
    let none = stranger.get("/certificates?number=X-2003-9999").await;
    assert!(none.text.contains("no certificate"), "{}", none.text);
    assert_ne!(stranger.get(&href).await.status, StatusCode::OK, "the paper itself is not public");
}
