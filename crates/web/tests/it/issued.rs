//! Papers printed from the record: issued from a file, held against the record by anybody, and many at
//! once with progress and a way to stop.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use domain::role::Role;

use crate::city::{Answer, Browser, City, sent};
use crate::entry::new_file;
use crate::papers::{borrowed, filled, upload};

const APPLICATION: [(&str, &str); 5] = [
    ("on", "2003.03.03"),
    ("channel", "unit"),
    ("is_signed", "true"),
    ("paper_title", "入党申请书"),
    ("shelf", "支部档案柜"),
];

/// A new file in which the application was recorded.
async fn applied(secretary: &Browser) -> String {
    let file = new_file(secretary).await;
    let path = format!("{file}/acts/case.application_received");
    let fields = filled(secretary, &path, &APPLICATION).await;
    let recorded = upload(secretary, &path, &borrowed(&fields), None).await;
    assert_eq!(recorded.status, StatusCode::SEE_OTHER, "{}", recorded.text);
    file
}

async fn issue(browser: &Browser, file: &str, kind: &str, language: &str) -> Answer {
    let path = format!("{file}/issue");
    let mut form = browser.get(&path).await.form(&path);
    form.insert("kind".into(), kind.into());
    form.insert("language".into(), language.into());
    browser.post(&path, &sent(&form)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_is_issued_and_anybody_can_hold_it_against_the_record() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let file = applied(&secretary).await;
    let page = secretary.get(&format!("{file}/issue")).await;
    assert!(page.text.contains("Receipt for an application") && !page.text.contains("Letter of inquiry"));

    for language in ["zh-CN", "en"] {
        let paper = issue(&secretary, &file, "application_receipt", language).await;
        assert_eq!(paper.status, StatusCode::OK, "{}", paper.text);
        assert_eq!(paper.headers[header::CONTENT_TYPE], "application/pdf");
        assert!(paper.bytes.starts_with(b"%PDF-"));
        let name = paper.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
        assert!(name.contains("miaopu-application-receipt-"), "{name}");

        let guest = city.guest("en");
        let known = upload(&guest, "/papers/check", &[], Some(&paper.bytes)).await;
        assert_eq!(known.status, StatusCode::OK);
        assert!(known.text.contains("not changed by a single byte"), "{}", known.text);
        // Whose paper it is, and from which branch, is told to nobody.
        assert!(!known.text.contains("周晓雯") && !known.text.contains("/files/"), "{}", known.text);
        let mut altered = paper.bytes.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        let unknown = upload(&guest, "/papers/check", &[], Some(&altered)).await;
        assert!(unknown.text.contains("does not know this file"), "{}", unknown.text);
    }
    let unread = city.guest("en").post("/papers/check", "sha256=12").await;
    assert_eq!(unread.status, StatusCode::UNPROCESSABLE_ENTITY);

    let listed = secretary.get(&format!("{file}/issue")).await.text;
    let digest =
        listed.split_once("class=\"code\" title=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let guest = city.guest("en");
    let known = guest.send(Method::GET, &format!("/api/v1/papers/{digest}"), &[], Body::empty()).await;
    assert_eq!(known.status, StatusCode::OK, "{}", known.text);
    assert!(known.text.contains("\"application_receipt\""), "{}", known.text);
    let unknown = guest.send(Method::GET, "/api/v1/papers/00", &[], Body::empty()).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_that_the_file_cannot_fill_is_refused_and_a_leader_issues_none() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "zh-CN").await;
    let file = applied(&secretary).await;
    let refused = issue(&secretary, &file, "approval_notice", "zh-CN").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("没有出具") && refused.text.contains("办到相应步骤"), "{}", refused.text);
    assert!(refused.text.contains("还没有出具过"), "{}", refused.text);

    let leader = city.enter(Role::Leader, "zh-CN").await;
    assert_eq!(leader.get(&format!("{file}/issue")).await.status, StatusCode::FORBIDDEN);
}

/// The board names whoever is on notice, with what the rules allow, to anybody.
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_was_opened_is_on_the_public_board() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let file = applied(&secretary).await;
    assert!(!city.guest("en").get("/notices").await.text.contains("周晓雯"));
    let path = format!("{file}/acts/case.notice_opened");
    let typed = [
        ("on", "2003.03.03"),
        ("stage", "target"),
        ("last_on", "2003.03.10"),
        ("place", "公告栏"),
        ("paper_title", "公示"),
        ("shelf", "2003-1"),
    ];
    let fields = filled(&secretary, &path, &typed).await;
    let opened = upload(&secretary, &path, &borrowed(&fields), None).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);

    let guest = city.guest("en");
    let board = guest.get("/notices").await;
    assert!(board.text.contains("周晓雯") && board.text.contains("to be listed as a development target"));
    assert_eq!(board.headers["x-robots-tag"], "noindex, noarchive");
    let link = board.links().into_iter().find(|link| link.starts_with("/notices/")).unwrap();
    let notice = guest.get(&link).await;
    assert_eq!(notice.status, StatusCode::OK);
    assert!(notice.text.contains("If you know a reason against it"), "{}", notice.text);
    assert!(!notice.text.contains("138") && !notice.text.contains("/files/"), "{}", notice.text);
    assert_eq!(guest.get("/notices/00").await.status, StatusCode::NOT_FOUND);
    let api = guest.send(Method::GET, "/api/v1/notices", &[], Body::empty()).await;
    assert!(api.text.contains("周晓雯") && !api.text.contains("id_number"), "{}", api.text);

    // The poster is a paper of the file.
    let poster = issue(&secretary, &file, "notice", "zh-CN").await;
    assert!(poster.bytes.starts_with(b"%PDF-"), "{}", poster.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_of_many_files_come_as_one_archive() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let unit = secretary.get("/units").await.headers[header::LOCATION].to_str().unwrap().to_owned();
    let path = format!("{unit}/printing");
    let mut form = secretary.get(&path).await.form(&path);
    form.insert("language".into(), "zh-CN".into());
    form.insert("kind".into(), "transfer_letter".into());
    let nothing = secretary.post(&path, &sent(&form)).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.text.contains("No running file below this unit"), "{}", nothing.text);

    form.insert("kind".into(), "application_receipt".into());
    let begun = secretary.post(&path, &sent(&form)).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let over = loop {
        let page = secretary.get(&path).await;
        if !page.headers.contains_key("refresh") {
            break page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert!(over.text.contains("Done: "), "{}", over.text);
    let archive = secretary.get(&format!("{path}/papers.zip")).await;
    assert!(archive.bytes.starts_with(b"PK"), "{}", archive.status);
    let has = |name: &[u8]| archive.bytes.windows(name.len()).any(|window| window == name);
    assert!(has(b"application_receipt-") && has(b"list.tsv"));
    // The archive is for whoever began it.
    let other = city.enter(Role::Organiser, "en").await;
    assert_eq!(other.get(&format!("{path}/papers.zip")).await.status, StatusCode::NOT_FOUND);
}
