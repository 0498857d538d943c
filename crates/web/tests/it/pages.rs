//! Every page that can be reached, for every role, in both languages.

use std::collections::{BTreeSet, VecDeque};

use axum::http::{StatusCode, header};
use domain::role::Role;

use crate::city::{Answer, City};

/// Pages followed for each role and language; enough for every kind of page.
const FAR: usize = 70;

const ROLES: [Role; 7] = [
    Role::OrganisationDepartment,
    Role::Organiser,
    Role::Approver,
    Role::BranchSecretary,
    Role::Leader,
    Role::SecurityOfficer,
    Role::Auditor,
];

/// A path with its numbers taken out: one kind of page.
fn kind_of_page(path: &str) -> String {
    let path = path.split('?').next().unwrap();
    let parts: Vec<&str> =
        path.split('/').map(|part| if part.parse::<i64>().is_ok() { "*" } else { part }).collect();
    parts.join("/")
}

fn check(path: &str, language: &str, answer: &Answer) {
    assert_eq!(answer.text.matches("<h1").count(), 1, "{path}: one heading");
    let tag = if language == "en" { "en" } else { "zh-Hans" };
    assert!(answer.text.contains(&format!("<html lang=\"{tag}\"")), "{path}: {language}");
    assert!(!answer.text.contains('⟦'), "{path}: a sentence is missing in {language}");
    assert!(!answer.text.contains("&#60;time"), "{path}: markup is shown as text");
    assert!(!answer.text.contains("<script"), "{path}: works without script");
    let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{path}");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{path}");
    for label in answer.text.split("<label for=\"").skip(1) {
        let id = label.split('"').next().unwrap();
        assert!(answer.text.contains(&format!("id=\"{id}\"")), "{path}: label of nothing: {id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_every_role_answers_in_both_languages() {
    let city = City::found();
    let mut kinds = BTreeSet::new();
    for role in ROLES {
        for language in ["zh-CN", "en"] {
            let browser = city.enter(role, language).await;
            let mut seen = BTreeSet::new();
            let mut seen_kinds: Vec<String> = Vec::new();
            let mut waiting = VecDeque::from(["/".to_owned()]);
            while let Some(path) = waiting.pop_front() {
                let kind = kind_of_page(&path);
                let n_of_kind = seen_kinds.iter().filter(|seen| **seen == kind).count();
                // How many files an account may take is limited; one of a kind is enough.
                let is_file = [".xlsx", ".csv"].iter().any(|ending| path.contains(ending));
                let most = if is_file { usize::from(language == "en") } else { 4 };
                if seen.len() >= FAR
                    || n_of_kind >= most
                    || path.starts_with("/language")
                    || !seen.insert(path.clone())
                {
                    continue;
                }
                seen_kinds.push(kind.clone());
                let answer = browser.get(&path).await;
                if answer.status == StatusCode::SEE_OTHER {
                    waiting.push_back(answer.headers[header::LOCATION].to_str().unwrap().to_owned());
                    continue;
                }
                assert_eq!(answer.status, StatusCode::OK, "{role:?} {path}: {}", answer.text);
                let kind_sent = answer.headers[header::CONTENT_TYPE].to_str().unwrap();
                if kind_sent.starts_with("text/html") {
                    check(&path, language, &answer);
                    waiting.extend(answer.links());
                }
                kinds.insert(kind);
            }
        }
    }
    for kind in [
        "/",
        "/people",
        "/units",
        "/units/*",
        "/units/*/history",
        "/units/*/posts",
        "/coverage",
        "/coverage/list",
        "/workplaces/*",
        "/organisers",
        "/audit",
        "/record",
        "/record/entries",
        "/rules",
        "/words",
        "/accounts",
    ] {
        assert!(kinds.contains(kind), "nobody met {kind}: {kinds:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_sees_what_is_public_and_is_asked_to_sign_in_for_the_rest() {
    let city = City::found();
    let guest = city.guest("en");
    for path in ["/sign-in", "/record", "/rules", "/rules?edition=2014", "/words"] {
        let answer = guest.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        check(path, "en", &answer);
    }
    for path in
        ["/", "/people", "/units/10", "/files/1", "/accounts", "/audit", "/record/entries", "/waiting.ics"]
    {
        let answer = guest.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.headers[header::LOCATION].to_str().unwrap().starts_with("/sign-in?next="), "{path}");
    }
    let answer = guest.get("/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text.contains("没有找到") && answer.text.contains("Not found"));
}
