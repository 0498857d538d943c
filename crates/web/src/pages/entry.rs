//! Entering a person on a branch's roster by hand, before a file is opened. The rules of the entry are in
//! `domain::members`; here the form is drawn and read.

use std::collections::BTreeMap;

use app::act::ActError;
use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::UnitId;
use domain::members::Enrolment;
use domain::person::{Education, Ethnicity, Occupation, Particulars, Sex, Stage};
use domain::unit::Unit;

use super::people::{command, new_command};
use crate::forms::{self, Control, Drawn, Listed};
use crate::frame::{Frame, Place, unit_path};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::Words;

#[derive(Template)]
#[template(path = "entry.html")]
struct Page {
    f: Frame,
    unit: Unit,
    fields: Vec<Drawn>,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
}

pub(super) type Typed = BTreeMap<String, String>;

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor, Path(unit): Path<i64>) -> Response {
    site.work(move |site| {
        let typed = Typed::from([("ethnicity".to_owned(), "1".to_owned())]);
        Ok(Html(page(site, &visitor, UnitId(unit), &typed, &[], new_command())?.render()?))
    })
    .await
}

pub(crate) async fn record(
    State(site): State<Site>,
    visitor: Visitor,
    Path(unit): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed: Typed = form_urlencoded::parse(&form).into_owned().collect();
        let said = |name: &str| typed.get(name).map_or("", |value| value.trim());
        visitor.check(said("csrf"))?;
        let id = command(said("command"))?;
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::ChangeMembers, &unit)?;
        let problems = match enrolment(&typed) {
            Ok(enrolment) => {
                let (now, store) = (site.now(), site.store());
                let place = (unit.id, now.today);
                match store.register_person(visitor.actor(), now, id, place, enrolment) {
                    Ok(person) => return Ok(Redirect::to(&format!("/people/{person}")).into_response()),
                    Err(ActError::Refused(refusal)) => refusal.findings,
                    Err(error) => return Err(error.into()),
                }
            }
            Err(problems) => problems,
        };
        let page = page(site, &visitor, unit.id, &typed, &problems, said("command").to_owned())?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    })
    .await
}

/// The fields in the order of the paper roster, with how each is filled in.
pub(super) fn controls(t: Words) -> Vec<(&'static str, bool, Control)> {
    let text = |width| Control::Text { width, mode: "text" };
    let list = |list: &str, words: &[&str]| -> Vec<Listed> {
        let listed = |word: &&str| Listed { value: (*word).to_owned(), label: t.word(list, word) };
        words.iter().map(listed).collect()
    };
    let education: Vec<&str> = Education::ALL.iter().map(|level| level.as_str()).collect();
    let occupation: Vec<&str> = Occupation::ALL.iter().map(|work| work.as_str()).collect();
    vec![
        ("name", true, text("w20")),
        ("sex", true, Control::Radios(list("sex", &["male", "female"]))),
        ("born_on", true, text("w8")),
        ("id_number", false, text("w20")),
        ("ethnicity", true, Control::Text { width: "w3", mode: "numeric" }),
        ("education", true, Control::Choice(list("education", &education))),
        ("occupation", true, Control::Choice(list("occupation", &occupation))),
        ("work_post", false, text("w20")),
        ("phone", false, Control::Text { width: "w20", mode: "tel" }),
        (
            "is_front_line",
            true,
            Control::Radios(vec![
                Listed { value: "true".to_owned(), label: t.say("yes") },
                Listed { value: "false".to_owned(), label: t.say("no") },
            ]),
        ),
    ]
}

fn page(
    site: &Site,
    visitor: &Visitor,
    unit: UnitId,
    typed: &Typed,
    problems: &[Finding],
    command: String,
) -> Result<Page, Trouble> {
    let t = visitor.t;
    let unit = site.store().unit(unit)?;
    visitor.may(site, Action::ChangeMembers, &unit)?;
    let drawn = |(name, is_required, control): (&str, bool, Control)| Drawn {
        id: forms::element_id(name),
        name: name.to_owned(),
        label: t.word("entry", name),
        is_required,
        control,
        value: typed.get(name).cloned().unwrap_or_default(),
        found: problems.iter().filter(|finding| field_of(finding) == name).cloned().collect(),
    };
    let anchor = |finding: &Finding| forms::element_id(field_of(finding));
    let title = t.say("entry-title");
    let mut path = unit_path(site, visitor, &unit)?;
    path.push((title.clone(), None));
    Ok(Page {
        f: Frame::of(site, visitor, Place::People, title)?.path(path),
        fields: controls(t).into_iter().map(drawn).collect(),
        errors: problems.iter().filter(|f| f.is_error()).map(|f| (anchor(f), f.clone())).collect(),
        csrf: visitor.identity.csrf.clone(),
        command,
        unit,
    })
}

/// The field of the form that a finding speaks of.
pub(super) fn field_of(finding: &Finding) -> &str {
    let path = finding.fields.first().map_or("", String::as_str);
    path.strip_prefix("particulars.").unwrap_or(path)
}

pub(super) fn enrolment(typed: &Typed) -> Result<Enrolment, Vec<Finding>> {
    let said = |name: &str| typed.get(name).map_or("", |value| value.trim());
    let mut problems = Vec::new();
    let mut missing = |name: &str| problems.push(forms::unreadable(name));
    let born_on = forms::day(said("born_on"));
    let sex = Sex::parse(said("sex"));
    let education = Education::parse(said("education"));
    let occupation = Occupation::parse(said("occupation"));
    let ethnicity: Option<u8> = said("ethnicity").parse().ok();
    for (name, is_there) in [
        ("name", !said("name").is_empty()),
        ("sex", sex.is_some()),
        ("born_on", born_on.is_some()),
        ("ethnicity", ethnicity.is_some()),
        ("education", education.is_some()),
        ("occupation", occupation.is_some()),
    ] {
        if !is_there {
            missing(name);
        }
    }
    let (Some(born_on), Some(sex), Some(ethnicity), Some(education), Some(occupation), true) =
        (born_on, sex, ethnicity, education, occupation, problems.is_empty())
    else {
        return Err(problems);
    };
    let particulars = Particulars {
        name: said("name").to_owned(),
        id_number: said("id_number").to_uppercase(),
        phone: said("phone").to_owned(),
        work_post: said("work_post").to_owned(),
        sex,
        born_on,
        ethnicity: Ethnicity(ethnicity),
        education,
        occupation,
        is_front_line: said("is_front_line") == "true",
    };
    Ok(Enrolment { particulars, stage: Stage::None, stage_on: None, admitted_on: None, full_since: None })
}
