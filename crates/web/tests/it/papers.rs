//! Scanned papers: sent with a form or afterwards, judged by their content, handed out to whoever may see
//! the file and to nobody else.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use domain::role::Role;
use serde_json::Value;

use crate::city::{Answer, Browser, City};
use crate::entry::new_file;

const SCAN: &[u8] = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n";
const APPLICATION: [(&str, &str); 4] =
    [("on", "2003.03.03"), ("channel", "unit"), ("is_signed", "true"), ("paper_title", "入党申请书")];

/// Sends a form with a file as a browser does.
pub(crate) async fn upload(
    browser: &Browser,
    path: &str,
    fields: &[(&str, &str)],
    file: Option<&[u8]>,
) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend_from_slice(
            format!("--border\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .as_bytes(),
        );
    }
    let name = if file.is_some() { "申请书.pdf" } else { "" };
    body.extend_from_slice(
        format!(
            "--border\r\nContent-Disposition: form-data; name=\"scan\"; filename=\"{name}\"\r\n\
             Content-Type: application/pdf\r\n\r\n"
        )
        .as_bytes(),
    );
    body.extend_from_slice(file.unwrap_or_default());
    body.extend_from_slice(b"\r\n--border--\r\n");
    let kind = (header::CONTENT_TYPE.as_str(), "multipart/form-data; boundary=border");
    browser.send(Method::POST, path, &[kind], Body::from(body)).await
}

/// The hidden fields of a form, with what is typed.
pub(crate) async fn filled<'a>(
    browser: &Browser,
    path: &str,
    typed: &[(&'a str, &'a str)],
) -> Vec<(&'a str, String)> {
    let form = browser.get(path).await;
    assert_eq!(form.status, StatusCode::OK, "{path}: {}", form.text);
    let hidden = ["csrf", "command", "version"].map(|name| (name, form.hidden(name)));
    let typed = typed.iter().map(|(name, value)| (*name, (*value).to_owned()));
    hidden.into_iter().chain(typed).collect()
}

pub(crate) fn borrowed<'a>(fields: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn scan_link(file: &Answer) -> String {
    let link = file.links().into_iter().find(|link| link.contains("/papers/"));
    link.unwrap_or_else(|| panic!("no scan: {}", file.text))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_comes_with_the_form_and_is_handed_out_under_permission() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let file = new_file(&secretary).await;
    let path = format!("{file}/acts/case.application_received");
    let fields = filled(&secretary, &path, &APPLICATION).await;

    // Not a scan, and not signed: both are told, nothing is recorded, nothing typed is lost.
    let mut unsigned = borrowed(&fields);
    unsigned.iter_mut().filter(|field| field.0 == "is_signed").for_each(|field| field.1 = "false");
    let refused = upload(&secretary, &path, &unsigned, Some(b"<html><script>1</script>")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("S01.kind") && refused.text.contains("P08.unsigned"), "{}", refused.text);
    assert!(refused.text.contains("value=\"入党申请书\""), "{}", refused.text);
    // A byte too many.
    let mut large = SCAN.to_vec();
    large.splice(9..9, std::iter::repeat_n(b'x', (10 << 20) + 1 - SCAN.len()));
    let refused = upload(&secretary, &path, &borrowed(&fields), Some(&large)).await;
    assert!(refused.text.contains("S01.too_large"), "{}", refused.text);
    let untouched = secretary.get(&file).await;
    assert!(!untouched.text.contains("/papers/"), "{}", untouched.text);

    let recorded = upload(&secretary, &path, &borrowed(&fields), Some(SCAN)).await;
    assert_eq!(recorded.status, StatusCode::SEE_OTHER, "{}", recorded.text);
    let link = scan_link(&secretary.get(&file).await);
    let scan = secretary.get(&link).await;
    assert_eq!(scan.text.as_bytes(), SCAN);
    assert_eq!(scan.headers[header::CONTENT_TYPE], "application/pdf");
    assert_eq!(scan.headers[header::CACHE_CONTROL], "no-store");
    let disposition = scan.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert!(disposition.starts_with("attachment; filename=\"file-"), "{disposition}");

    let answer = city.enter(Role::Leader, "en").await.get(&link).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(city.guest("en").get(&link).await.status, StatusCode::SEE_OTHER);
    for wrong in ["/papers/", "/papers/00000000000000000000000000000000/0"] {
        assert_eq!(secretary.get(&format!("{file}{wrong}")).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_of_a_refused_form_need_not_be_sent_again() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let file = new_file(&secretary).await;
    let path = format!("{file}/acts/case.application_received");
    let fields = filled(&secretary, &path, &APPLICATION).await;
    let mut early = borrowed(&fields);
    early.iter_mut().filter(|field| field.0 == "on").for_each(|field| field.1 = "2003.03.09");
    let refused = upload(&secretary, &path, &early, Some(SCAN)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let kept = refused.hidden("kept_scan");
    let mut again = borrowed(&fields);
    again.push(("kept_scan", &kept));
    // It waits for whoever sent it; somebody else's number is nobody's scan.
    let recorded = upload(&secretary, &path, &again, None).await;
    assert_eq!(recorded.status, StatusCode::SEE_OTHER, "{}", recorded.text);
    let link = scan_link(&secretary.get(&file).await);
    assert_eq!(secretary.get(&link).await.text.as_bytes(), SCAN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_is_attached_later_on_the_page_and_by_the_api() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let file = new_file(&secretary).await;
    let path = format!("{file}/acts/case.application_received");
    let mut typed = APPLICATION.to_vec();
    typed.push(("shelf", "branch cabinet"));
    let fields = filled(&secretary, &path, &typed).await;
    assert_eq!(upload(&secretary, &path, &borrowed(&fields), None).await.status, StatusCode::SEE_OTHER);

    let page = secretary.get(&file).await;
    assert!(page.text.contains("Original: branch cabinet"), "{}", page.text);
    let way = page.links().into_iter().find(|link| link.ends_with("/papers")).unwrap();
    // Whoever may not record the entry may not attach to it either.
    let answer = city.enter(Role::Leader, "en").await.get(&way).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let form = filled(&secretary, &way, &[("kind", "application")]).await;
    let missing = upload(&secretary, &way, &borrowed(&form), None).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let attached = upload(&secretary, &way, &borrowed(&form), Some(SCAN)).await;
    assert_eq!(attached.status, StatusCode::SEE_OTHER, "{}", attached.text);
    let page = secretary.get(&file).await;
    assert_eq!(secretary.get(&scan_link(&page)).await.text.as_bytes(), SCAN);

    // The same by the API, to the same entry.
    let login = city.login(Role::BranchSecretary);
    let guest = city.guest("en");
    let json = (header::CONTENT_TYPE.as_str(), "application/json");
    let body = format!("{{\"login\":\"{}\",\"password\":\"{}\"}}", login.login, login.password);
    let session = guest.send(Method::POST, "/api/v1/session", &[json], Body::from(body)).await;
    let token: Value = serde_json::from_str(&session.text).unwrap();
    let token = format!("Bearer {}", token["token"].as_str().unwrap());
    let bearer = (header::AUTHORIZATION.as_str(), token.as_str());
    let api = format!("/api/v1{way}?kind=other&title=Photo&version=");
    let wrong = guest.send(Method::POST, &format!("{api}3"), &[bearer], Body::from("no scan")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("S01.kind"), "{}", wrong.text);
    let stale = guest.send(Method::POST, &format!("{api}1"), &[bearer], Body::from(SCAN)).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text);
    let sent = guest.send(Method::POST, &format!("{api}3"), &[bearer], Body::from(SCAN)).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.text);
    let answer = guest.send(Method::GET, &format!("/api/v1{file}"), &[bearer], Body::empty()).await;
    let shown: Value = serde_json::from_str(&answer.text).unwrap();
    let last = shown["log"].as_array().unwrap().last().unwrap();
    assert_eq!(last["kind"], "case.paper_attached");
    assert_eq!(last["body"]["evidence"][0]["scan"]["media"], "pdf");
    let path = format!("/api/v1{file}/papers/{}/0", last["event"].as_str().unwrap());
    let scan = guest.send(Method::GET, &path, &[bearer], Body::empty()).await;
    assert_eq!((scan.status, scan.text.as_bytes()), (StatusCode::OK, SCAN));
    assert_eq!(guest.send(Method::GET, &path, &[], Body::empty()).await.status, StatusCode::UNAUTHORIZED);
}
