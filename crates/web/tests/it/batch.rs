//! Several files filed at once by the committee above: each judged and recorded by itself.

use axum::http::StatusCode;
use domain::role::Role;

use crate::city::{Browser, City};
use crate::entry::new_file_of;

/// Moves the day of the demonstration on.
async fn wait_until(browser: &Browser, day: &str) {
    let csrf = browser.get("/").await.hidden("csrf");
    let moved = browser.post("/demonstration/forward", &format!("csrf={csrf}&to={day}")).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text);
}

async fn record(browser: &Browser, file: &str, kind: &str, fields: &str) {
    let path = format!("{file}/acts/{kind}");
    let form = browser.get(&path).await;
    assert_eq!(form.status, StatusCode::OK, "{path}: {}", form.text);
    let hidden = ["csrf", "command", "version"].map(|name| format!("{name}={}", form.hidden(name))).join("&");
    // The first of a list that names somebody.
    let first = form.text.split("<option value=\"").map(|rest| rest.split('"').next().unwrap());
    let first = first.skip(1).find(|value| !value.is_empty()).unwrap_or_default().to_owned();
    let sent = format!("{hidden}&shelf=2015&{}", fields.replace("FIRST", &first));
    let answer = browser.post(&path, &sent).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{kind}: {}", answer.text);
}

/// A file up to the listing as an activist, on a day.
async fn listed(secretary: &Browser, file: &str, day: &str) {
    let topics = ["history", "understanding", "motive", "law_abidance", "family", "basics_explained"];
    let topics = topics.map(|topic| format!("&topics={topic}")).join("");
    record(secretary, file, "case.application_received", "on=2015.01.08&channel=unit&is_signed=true").await;
    let talk = format!("on=2015.01.08&talker.person=FIRST&talker.post=secretary{topics}");
    record(secretary, file, "case.applicant_talked", &talk).await;
    if day != "2015.01.08" {
        wait_until(secretary, day).await;
    }
    let listing = format!(
        "on={day}&recommendations.0.by=members&recommendations.0.on=2015.01.08&minutes.body=branch_committee\
         &minutes.n_members=5&minutes.n_present=5&minutes.n_for=5&minutes.is_agreed=true"
    );
    record(secretary, file, "case.activist_listed", &listing).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_filed_together_and_each_gets_its_own_answer() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    wait_until(&secretary, "2015.01.08").await;
    let (one, other) = (new_file_of(&secretary, "Lin").await, new_file_of(&secretary, "Shen").await);
    listed(&secretary, &one, "2015.01.08").await;
    listed(&secretary, &other, "2015.01.09").await;

    let approver = city.enter(Role::Approver, "en").await;
    let page = approver.get("/batch/case.activist_filed").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains(">Lin</label>") && page.text.contains(">Shen</label>"), "{}", page.text);
    let values: Vec<&str> = page
        .text
        .split("name=\"file\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let committee = page.text.split("id=\"a-committee\"").nth(1).unwrap();
    let committee = committee.split("<option value=\"").nth(2).unwrap().split('"').next().unwrap();
    let common = format!(
        "csrf={}&command={}&on=2015.01.08&committee={committee}&reply=3&shelf=2015",
        page.hidden("csrf"),
        page.hidden("command")
    );
    // Nothing ticked: asked again, nothing typed is lost.
    let none = approver.post("/batch/case.activist_filed", &common).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.text.contains("value=\"2015\""), "{}", none.text);

    // The second was listed only on the ninth: its filing on the eighth is refused, the first is recorded.
    let ticked: String = values.iter().map(|value| format!("&file={value}")).collect();
    for _ in 0..2 {
        let done = approver.post("/batch/case.activist_filed", &format!("{common}{ticked}")).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
        assert!(done.text.contains("1 of 2 recorded"), "{}", done.text);
        assert!(done.text.contains("P03.before_step"), "{}", done.text);
    }
    let waiting = approver.get("/batch/case.activist_filed").await;
    assert!(!waiting.text.contains(">Lin</label>") && waiting.text.contains(">Shen</label>"));

    // Whoever does not take the step, and kinds that are not done by list.
    let answer = secretary.get("/batch/case.activist_filed").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(approver.get("/batch/case.admission_voted").await.status, StatusCode::NOT_FOUND);
    assert_eq!(city.guest("en").get("/batch/case.activist_filed").await.status, StatusCode::SEE_OTHER);
}
