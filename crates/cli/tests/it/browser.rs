//! A demonstration in a real browser: what a branch secretary does, with the keyboard alone.

use thirtyfour::prelude::*;

use crate::chrome::{Demonstration, appears, browser, fill, sign_in, text};

/// The first file among those that wait whose page leads to a form.
async fn file_with(browser: &WebDriver, site: &Demonstration, kind: &str) -> String {
    browser.goto(format!("{}/waiting", site.address)).await.unwrap();
    let mut files = Vec::new();
    for link in browser.find_all(By::Css("a.task")).await.unwrap() {
        files.push(link.attr("href").await.unwrap().unwrap());
    }
    for file in files {
        browser.goto(format!("{}{file}", site.address)).await.unwrap();
        if !browser.find_all(By::Css(format!("a[href='{file}/acts/{kind}']"))).await.unwrap().is_empty() {
            return file;
        }
    }
    panic!("no file waits for {kind}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secretary_is_refused_with_every_reason_loses_nothing_and_records() {
    let site = Demonstration::start();
    let (_driver, browser) = browser().await;
    sign_in(&browser, &site, "shuji").await;
    let file = file_with(&browser, &site, "case.thought_reported").await;
    browser.goto(format!("{}{file}/acts/case.thought_reported", site.address)).await.unwrap();

    // Unsigned, in the future and without a place for the paper: every reason at once, nothing lost.
    fill(&browser, "a-on", "2003.03.09").await;
    browser.find(By::Id("a-is_signed-false")).await.unwrap().send_keys(" ").await.unwrap();
    fill(&browser, "a-paper-title", "三月思想汇报").await;
    browser
        .find(By::Css("form[action*='/acts/'] button.btn"))
        .await
        .unwrap()
        .send_keys(Key::Enter + "")
        .await
        .unwrap();
    appears(&browser, ".errors li").await;
    let refused = text(&browser).await;
    assert!(refused.contains("没有登记") && refused.contains("在今天"), "{refused}");
    assert!(browser.find_all(By::Css(".errors li")).await.unwrap().len() >= 2, "{refused}");
    let title = browser.find(By::Id("a-paper-title")).await.unwrap();
    assert_eq!(title.prop("value").await.unwrap().as_deref(), Some("三月思想汇报"));

    fill(&browser, "a-on", "2003.03.03").await;
    browser.find(By::Id("a-is_signed-true")).await.unwrap().send_keys(" ").await.unwrap();
    fill(&browser, "a-shelf", "支部档案柜 2003-3").await;
    browser
        .find(By::Css("form[action*='/acts/'] button.btn"))
        .await
        .unwrap()
        .send_keys(Key::Enter + "")
        .await
        .unwrap();
    appears(&browser, ".said").await;
    let recorded = text(&browser).await;
    assert!(recorded.contains("已登记"), "{recorded}");
    assert!(recorded.contains("马建国"), "who wrote it down: {recorded}");

    // The other language, and back out.
    browser.find(By::LinkText("English")).await.unwrap().send_keys(Key::Enter + "").await.unwrap();
    appears(&browser, "html[lang='en']").await;
    assert!(text(&browser).await.contains("What happened, and when it was written down"));
    browser
        .find(By::Css("form[action='/sign-out'] button"))
        .await
        .unwrap()
        .send_keys(Key::Enter + "")
        .await
        .unwrap();
    appears(&browser, "#login").await;
    browser.quit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_is_wider_than_a_telephone() {
    let site = Demonstration::start();
    let (_driver, browser) = browser().await;
    browser.set_window_rect(0, 0, 500, 900).await.unwrap();
    sign_in(&browser, &site, "zuzhiyuan").await;
    let file = file_with(&browser, &site, "case.thought_reported").await;
    let form = format!("{file}/acts/case.ended");
    for path in
        ["/", "/waiting", "/people?stage=activist", "/units", "/audit", "/record", "/rules", &file, &form]
    {
        for language in ["zh-CN", "en"] {
            browser.goto(format!("{}/language/{language}?back={path}", site.address)).await.unwrap();
            let script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            let wider = browser.execute(script, Vec::new()).await.unwrap().json().as_i64().unwrap();
            assert!(wider <= 1, "{path} in {language} is {wider} px too wide");
        }
    }
    browser.quit().await.unwrap();
}
