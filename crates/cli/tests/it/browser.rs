//! A demonstration in a real browser: what a branch secretary does, with the keyboard alone.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use thirtyfour::prelude::*;

/// A program that is stopped when the test ends, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A demonstration that listens, and who can sign in to it.
struct Demonstration {
    _program: Running,
    _folder: tempfile::TempDir,
    address: String,
    logins: Vec<(String, String)>,
}

impl Demonstration {
    fn start() -> Demonstration {
        let folder = tempfile::tempdir().unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_miaopu"))
            .args(["demo", "--members", "600", "--port", "0", "--dir"])
            .arg(folder.path().join("demo"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(program.stdout.take().unwrap()).lines();
        let mut demonstration = Demonstration {
            _program: Running(program),
            _folder: folder,
            address: String::new(),
            logins: Vec::new(),
        };
        for line in lines {
            let line = line.unwrap();
            if let Some((_, address)) = line.split_once("http://") {
                demonstration.address = format!("http://{}", address.trim_end_matches('/'));
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            if let [login, password, _, ..] = words.as_slice()
                && line.starts_with("  ")
                && password.len() >= 12
                && password.chars().all(|c| c.is_ascii_alphanumeric())
            {
                demonstration.logins.push(((*login).to_owned(), (*password).to_owned()));
            }
            if line.contains("Ctrl+C stops it") {
                break;
            }
        }
        demonstration
    }

    fn password(&self, login: &str) -> &str {
        &self.logins.iter().find(|(name, _)| name == login).unwrap().1
    }
}

/// A browser without a window.
async fn browser() -> (Running, WebDriver) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let driver = Command::new("chromedriver")
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let driver = Running(driver);
    let mut wish = DesiredCapabilities::chrome();
    for argument in
        ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=zh-CN"]
    {
        wish.add_arg(argument).unwrap();
    }
    let address = format!("http://127.0.0.1:{port}");
    for _ in 0..100 {
        if let Ok(browser) = WebDriver::new(&address, wish.clone()).await {
            return (driver, browser);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the browser does not start");
}

async fn sign_in(browser: &WebDriver, site: &Demonstration, login: &str) {
    browser.goto(format!("{}/language/zh-CN?back=/sign-in", site.address)).await.unwrap();
    browser.find(By::Id("login")).await.unwrap().send_keys(login).await.unwrap();
    let password = browser.find(By::Id("password")).await.unwrap();
    // The keyboard alone is enough.
    password.send_keys(site.password(login) + Key::Enter).await.unwrap();
    appears(browser, "form[action='/sign-out']").await;
}

/// Waits until the next page is there.
async fn appears(browser: &WebDriver, place: &str) {
    browser.query(By::Css(place)).first().await.unwrap();
}

async fn text(browser: &WebDriver) -> String {
    browser.find(By::Tag("body")).await.unwrap().text().await.unwrap()
}

async fn fill(browser: &WebDriver, id: &str, value: &str) {
    let field = browser.find(By::Id(id)).await.unwrap();
    field.clear().await.unwrap();
    field.send_keys(value).await.unwrap();
}

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
