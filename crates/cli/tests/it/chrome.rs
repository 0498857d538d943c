//! A demonstration that is served, and a browser without a window to look at it.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use thirtyfour::prelude::*;

/// A program that is stopped when the test ends, however it ends.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A demonstration that listens, and who can sign in to it.
pub(crate) struct Demonstration {
    _program: Running,
    folder: tempfile::TempDir,
    pub(crate) address: String,
    logins: Vec<(String, String)>,
}

impl Demonstration {
    pub(crate) fn start() -> Demonstration {
        let folder = tempfile::tempdir().unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_miaopu"))
            .args(["demo", "--members", "600", "--port", "0", "--dir"])
            .arg(folder.path().join("demo"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(program.stdout.take().unwrap()).lines();
        let mut demonstration =
            Demonstration { _program: Running(program), folder, address: String::new(), logins: Vec::new() };
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

    /// The folder of the site.
    pub(crate) fn folder(&self) -> std::path::PathBuf {
        self.folder.path().join("demo")
    }

    pub(crate) fn password(&self, login: &str) -> &str {
        &self.logins.iter().find(|(name, _)| name == login).unwrap().1
    }
}

/// A browser without a window.
pub(crate) async fn browser() -> (Running, WebDriver) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let driver = Command::new("chromedriver")
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let driver = Running(driver);
    let mut wish = DesiredCapabilities::chrome();
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--lang=zh-CN",
        // A page that still glides to a field cannot be clicked there.
        "--force-prefers-reduced-motion",
    ] {
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

pub(crate) async fn sign_in(browser: &WebDriver, site: &Demonstration, login: &str) {
    browser.goto(format!("{}/language/zh-CN?back=/sign-in", site.address)).await.unwrap();
    browser.find(By::Id("login")).await.unwrap().send_keys(login).await.unwrap();
    let password = browser.find(By::Id("password")).await.unwrap();
    // The keyboard alone is enough.
    password.send_keys(site.password(login) + Key::Enter).await.unwrap();
    appears(browser, "form[action='/sign-out']").await;
}

/// Waits until the next page is there.
pub(crate) async fn appears(browser: &WebDriver, place: &str) {
    browser.query(By::Css(place)).first().await.unwrap();
}

pub(crate) async fn text(browser: &WebDriver) -> String {
    browser.find(By::Tag("body")).await.unwrap().text().await.unwrap()
}

pub(crate) async fn fill(browser: &WebDriver, id: &str, value: &str) {
    let field = browser.find(By::Id(id)).await.unwrap();
    field.clear().await.unwrap();
    field.send_keys(value).await.unwrap();
}
