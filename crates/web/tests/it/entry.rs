//! A new person: entered, found, and given a file, as a branch secretary does it.

use axum::http::{StatusCode, header};
use domain::role::Role;

use crate::city::{Browser, City};

const PERSON: &str = "name=%E5%91%A8%E6%99%93%E9%9B%AF&sex=female&born_on=1981.05.20&ethnicity=1&education=college\
                      &occupation=worker&is_front_line=true&id_number=&phone=&work_post=";

/// Enters a person and opens a file; returns its path.
pub(crate) async fn new_file(secretary: &Browser) -> String {
    new_file_of(secretary, "%E5%91%A8%E6%99%93%E9%9B%AF").await
}

/// The same for a person of another name, as it stands in a form.
pub(crate) async fn new_file_of(secretary: &Browser, name: &str) -> String {
    let person = PERSON.replace("%E5%91%A8%E6%99%93%E9%9B%AF", name);
    let unit = secretary.get("/units").await.headers[header::LOCATION].to_str().unwrap().to_owned();
    let path = format!("{unit}/people/new");
    let form = secretary.get(&path).await;
    let sent = format!("csrf={}&command={}&{person}", form.hidden("csrf"), form.hidden("command"));
    let entered = secretary.post(&path, &sent).await;
    let person = entered.headers[header::LOCATION].to_str().unwrap().to_owned();
    let page = secretary.get(&person).await;
    let sent = format!("csrf={}&command={}", page.hidden("csrf"), page.hidden("command"));
    let opened = secretary.post(&format!("{person}/file"), &sent).await;
    opened.headers[header::LOCATION].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_entered_found_and_given_a_file() {
    let city = City::found();
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let unit = secretary.get("/units").await.headers[header::LOCATION].to_str().unwrap().to_owned();
    let form = secretary.get(&format!("{unit}/people/new")).await;
    let (csrf, command) = (form.hidden("csrf"), form.hidden("command"));
    let path = format!("{unit}/people/new");

    let blank = secretary.post(&path, &format!("csrf={csrf}&command={command}&name=&sex=female")).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(blank.text.matches("This is not filled in").count() >= 4, "{}", blank.text);

    let sent = format!("csrf={csrf}&command={command}&{PERSON}");
    let entered = secretary.post(&path, &sent).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let person = entered.headers[header::LOCATION].to_str().unwrap().to_owned();
    // Pressed twice, it is still one person.
    let again = secretary.post(&path, &sent).await;
    assert_eq!(again.headers[header::LOCATION].to_str().unwrap(), person);

    let found = secretary.get("/people?q=zxw").await;
    assert!(found.text.contains(&format!("href=\"{person}\"")), "{}", found.text);

    let page = secretary.get(&person).await;
    let (csrf, command) = (page.hidden("csrf"), page.hidden("command"));
    let opened = secretary.post(&format!("{person}/file"), &format!("csrf={csrf}&command={command}")).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    let file = secretary.get(opened.headers[header::LOCATION].to_str().unwrap()).await;
    assert!(file.text.contains("Hand in the application"), "{}", file.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_found_outside_ones_own_part_of_the_tree() {
    let city = City::found();
    let organiser = city.enter(Role::Organiser, "en").await;
    let secretary = city.enter(Role::BranchSecretary, "en").await;
    let everyone = organiser.get("/people?q=%E5%BC%A0").await;
    let own = secretary.get("/people?q=%E5%BC%A0").await;
    let n_found = |text: &str| text.matches("class=\"fix\"><a href=\"/people/").count();
    assert!(n_found(&everyone.text) > n_found(&own.text));
}
