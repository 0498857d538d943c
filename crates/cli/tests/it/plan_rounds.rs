//! A county's plan in a real browser: asked for, proposed, countered, balanced, signed, adopted, changed.

use std::time::Duration;

use thirtyfour::prelude::*;

use crate::chrome::{Demonstration, appears, browser, fill, sign_in, text};

async fn open(browser: &WebDriver, site: &Demonstration, path: &str) {
    browser.goto(format!("{}{path}", site.address)).await.unwrap();
}

/// Presses the button of the form that goes to a path.
async fn press(browser: &WebDriver, action: &str) {
    let place = By::Css(format!("form[action='{action}'] button"));
    browser.find(place).await.unwrap().click().await.unwrap();
}

async fn is_there(browser: &WebDriver, place: &str) -> bool {
    !browser.find_all(By::Css(place)).await.unwrap().is_empty()
}

async fn change_to(browser: &WebDriver, site: &Demonstration, login: &str) {
    press(browser, "/sign-out").await;
    appears(browser, "#login").await;
    sign_in(browser, site, login).await;
}

/// Where the units of a plan's table lead, the county's own left out.
async fn units(browser: &WebDriver) -> Vec<String> {
    let mut found = Vec::new();
    for link in browser.find_all(By::Css("table.tree th a[href*='/units/']")).await.unwrap() {
        found.push(link.attr("href").await.unwrap().unwrap());
    }
    found.split_off(1)
}

/// The first number before some words of the page.
async fn number_before(browser: &WebDriver, words: &str) -> i64 {
    let page = text(browser).await;
    let (before, _) = page.split_once(words).unwrap_or_else(|| panic!("{page}"));
    let digits: String = before.trim_end().chars().rev().take_while(char::is_ascii_digit).collect();
    digits.chars().rev().collect::<String>().parse().unwrap_or_else(|_| panic!("{page}"))
}

async fn propose(browser: &WebDriver, site: &Demonstration, plan: &str) {
    open(browser, site, &format!("{plan}/next")).await;
    press(browser, &format!("{plan}/next")).await;
    let action = format!("{plan}/draft/propose");
    for _ in 0..300 {
        // The page looks again by itself until the draft is there.
        if is_there(browser, &format!("form[action='{action}']")).await {
            press(browser, &action).await;
            appears(browser, "table.tree").await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{}", text(browser).await);
}

async fn open_plan(browser: &WebDriver, site: &Demonstration) -> String {
    open(browser, site, "/plan/new").await;
    for (field, value) in [
        ("open-intake", "4"),
        ("open-tolerance", "50"),
        ("open-young", "0"),
        ("open-educated", "0"),
        ("open-women", "0"),
        ("open-ask_by", "2003.03.10"),
        ("open-answer_by", "2003.03.20"),
        ("open-sign_by", "2003.03.31"),
    ] {
        fill(browser, field, value).await;
    }
    press(browser, "/plan/new").await;
    appears(browser, "table.tree").await;
    browser.current_url().await.unwrap().path().to_owned()
}

/// Every branch with somebody ready asks for all of them; returns the pages of those that did.
async fn ask(browser: &WebDriver, site: &Demonstration, plan: &str) -> Vec<String> {
    open(browser, site, plan).await;
    let mut asked = Vec::new();
    for party in units(browser).await {
        let id = party.rsplit('/').next().unwrap();
        open(browser, site, &format!("{plan}?open={id}")).await;
        for page in units(browser).await {
            open(browser, site, &page).await;
            if asked.contains(&page) || !is_there(browser, "#ask-n").await {
                continue;
            }
            let n_ready = number_before(browser, " 名，不能超过").await;
            fill(browser, "ask-n", &n_ready.to_string()).await;
            fill(browser, "ask-reason", "培养对象已成熟").await;
            press(browser, &format!("{page}/act/ask")).await;
            appears(browser, "#ask-n").await;
            assert!(!is_there(browser, ".errors").await, "{}", text(browser).await);
            asked.push(page);
        }
    }
    asked
}

async fn answer(browser: &WebDriver, page: &str, kind: &str, number: Option<(i64, &str)>) {
    let choice = browser.find(By::Id(format!("answer-answer-{kind}"))).await.unwrap();
    choice.send_keys(" ").await.unwrap();
    if let Some((n, reason)) = number {
        fill(browser, "answer-n", &n.to_string()).await;
        fill(browser, "answer-reason", reason).await;
    }
    press(browser, &format!("{page}/act/answer")).await;
    appears(browser, "#answer-n").await;
    assert!(!is_there(browser, ".errors").await, "{}", text(browser).await);
}

async fn accept_and_sign(browser: &WebDriver, site: &Demonstration, pages: &[String]) {
    for page in pages {
        open(browser, site, page).await;
        if is_there(browser, "#answer-n").await {
            answer(browser, page, "accept", None).await;
            press(browser, &format!("{page}/act/sign")).await;
            appears(browser, "#answer-n").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_goes_through_three_rounds_is_adopted_and_a_request_changes_it() {
    let site = Demonstration::start();
    let (_driver, browser) = browser().await;
    sign_in(&browser, &site, "guihua").await;
    let plan = open_plan(&browser, &site).await;

    change_to(&browser, &site, "xianwei").await;
    let asked = ask(&browser, &site, &plan).await;
    change_to(&browser, &site, "guihua").await;
    propose(&browser, &site, &plan).await;

    // One unit wishes for one place fewer, with its reason.
    change_to(&browser, &site, "xianwei").await;
    open(&browser, &site, &plan).await;
    let parties = units(&browser).await;
    let mut countered = None;
    for page in &parties {
        open(&browser, &site, page).await;
        if !is_there(&browser, "#answer-n").await {
            continue;
        }
        let n = number_before(&browser, " 个；申报").await;
        if countered.is_none() && n > 0 {
            answer(&browser, page, "counter", Some((n - 1, "两份材料不齐"))).await;
            countered = Some((page.clone(), n));
        } else {
            answer(&browser, page, "accept", None).await;
        }
    }
    let (countered, n) = countered.expect("somebody has places");

    // The wish stands in the office's form already; the rest is worked out anew.
    change_to(&browser, &site, "guihua").await;
    propose(&browser, &site, &plan).await;
    let balanced = text(&browser).await;
    assert!(balanced.contains("两份材料不齐") && balanced.contains("−1"), "{balanced}");

    change_to(&browser, &site, "xianwei").await;
    accept_and_sign(&browser, &site, &parties).await;
    open(&browser, &site, &countered).await;
    assert_eq!(number_before(&browser, " 个；申报").await, n - 1);

    change_to(&browser, &site, "guihua").await;
    open(&browser, &site, &plan).await;
    press(&browser, &format!("{plan}/act/sign")).await;
    appears(&browser, &format!("form[action='{plan}/act/adopt']")).await;
    press(&browser, &format!("{plan}/act/adopt")).await;
    appears(&browser, "table.tree").await;
    assert!(text(&browser).await.contains("双方已签"), "{}", text(&browser).await);

    // A branch asks for one place more; the office grants it, and both numbers are seen.
    change_to(&browser, &site, "xianwei").await;
    let mut changed = None;
    for page in &asked {
        open(&browser, &site, page).await;
        let n = number_before(&browser, " 个；申报").await;
        if n < number_before(&browser, " 名，已用").await {
            fill(&browser, "change-to", &(n + 1).to_string()).await;
            fill(&browser, "change-reason", "又有一名对象成熟").await;
            press(&browser, &format!("{page}/act/change")).await;
            appears(&browser, "#change-to").await;
            assert!(!is_there(&browser, ".errors").await, "{}", text(&browser).await);
            changed = Some((page.clone(), n));
            break;
        }
    }
    let (changed, n) = changed.expect("a branch has more people than places");
    change_to(&browser, &site, "guihua").await;
    open(&browser, &site, &plan).await;
    fill(&browser, "why-1", "同意").await;
    press(&browser, &format!("{plan}/changes/1")).await;
    appears(&browser, ".tag.ok").await;
    open(&browser, &site, &changed).await;
    assert!(text(&browser).await.contains(&format!("{n} → {}", n + 1)), "{}", text(&browser).await);
    browser.quit().await.unwrap();
}
