//! Entering a person and putting an entry right: the particulars agree with each other and with the
//! identity number, and the days fit the stage.

use jiff::civil::Date;
use serde_json::Value as Json;

use super::{Desk, Enrolment, Known};
use crate::blanks::At;
use crate::dates::age_on;
use crate::decide::Consideration;
use crate::event::{Fact, FieldChange, PersonCorrected, PersonRegistered};
use crate::id_number::{self, IdNumber, IdNumberError};
use crate::months;
use crate::offices::{OfficeRule, figures, stage, words};
use crate::person::{Particulars, Sex, Stage};
use crate::text::Text;

pub(super) fn register(mut desk: Desk<'_>, enrolment: &Enrolment) -> Consideration {
    desk.check_host(enrolment.stage, "unit");
    if enrolment.stage == Stage::Former {
        desk.find(OfficeRule::EnteredFormer, "stage", &[]);
    }
    check_particulars(&mut desk, &enrolment.particulars);
    check_standing(&mut desk, enrolment);
    let registered = PersonRegistered {
        particulars: enrolment.particulars.clone(),
        stage: enrolment.stage,
        stage_on: enrolment.stage_on,
        admitted_on: enrolment.admitted_on,
        full_since: enrolment.full_since,
        source: None,
    };
    let unit = desk.ground.host.as_ref().map(|host| host.unit.id);
    let facts = unit.map(|unit| Fact::of_person(desk.ground.free, unit, desk.on, registered));
    desk.reasons.answer(|| facts.into_iter().collect())
}

pub(super) fn correct(mut desk: Desk<'_>, known: &Known, becomes: &Enrolment, reason: &str) -> Consideration {
    let person = &known.person;
    let was = Enrolment::of(person);
    desk.check_reason(reason);
    check_particulars(&mut desk, &becomes.particulars);
    let is_same_standing = (was.stage, was.stage_on, was.admitted_on, was.full_since)
        == (becomes.stage, becomes.stage_on, becomes.admitted_on, becomes.full_since);
    if !is_same_standing {
        if known.file.is_some() {
            desk.find(OfficeRule::StageOfFile, "stage", &[]);
        }
        match (was.stage, becomes.stage) {
            (Stage::Former, _) => desk.find(OfficeRule::HasLeft, "stage", &[]),
            (_, Stage::Former) => desk.find(OfficeRule::EnteredFormer, "stage", &[]),
            _ => {}
        }
    }
    // Whoever has left keeps the days of the stage that ended; they are no longer judged.
    if was.stage != Stage::Former {
        check_standing(&mut desk, becomes);
    }
    let changes = differences(&was, becomes);
    if changes.is_empty() {
        desk.find(OfficeRule::EntrySame, "particulars", &[]);
    }
    let corrected = PersonCorrected { changes, reason: reason.to_owned(), source: None };
    let fact = Fact::of_person(person.id, person.unit, desk.on, corrected);
    desk.reasons.answer(|| vec![fact])
}

/// The fields that differ, by name, as they were and as they should be.
fn differences(was: &Enrolment, becomes: &Enrolment) -> Vec<FieldChange> {
    let (before, after) = (fields(was), fields(becomes));
    let changed = before.into_iter().zip(after).filter(|(old, new)| old.1 != new.1);
    changed
        .map(|((field, was), (_, becomes))| FieldChange { field: field.to_owned(), was, becomes })
        .collect()
}

fn fields(enrolment: &Enrolment) -> [(&'static str, Json); 14] {
    let known = &enrolment.particulars;
    let day = |day: Option<Date>| day.map_or(Json::Null, |day| Json::from(day.to_string()));
    [
        ("name", known.name.as_str().into()),
        ("id_number", known.id_number.as_str().into()),
        ("phone", known.phone.as_str().into()),
        ("work_post", known.work_post.as_str().into()),
        ("sex", known.sex.as_str().into()),
        ("born_on", known.born_on.to_string().into()),
        ("ethnicity", known.ethnicity.0.into()),
        ("education", known.education.as_str().into()),
        ("occupation", known.occupation.as_str().into()),
        ("is_front_line", known.is_front_line.into()),
        ("stage", enrolment.stage.as_str().into()),
        ("stage_on", day(enrolment.stage_on)),
        ("admitted_on", day(enrolment.admitted_on)),
        ("full_since", day(enrolment.full_since)),
    ]
}

fn check_particulars(desk: &mut Desk<'_>, known: &Particulars) {
    if known.name.trim().is_empty() {
        desk.find(OfficeRule::PersonName, "name", &[]);
    }
    if !matches!(known.ethnicity.0, 1..=56 | 97 | 98) {
        desk.find(OfficeRule::Ethnicity, "ethnicity", &[("code", At::Number(known.ethnicity.0.into()))]);
    }
    late(desk, &Text::new("出生日期", "the day of birth"), "born_on", Some(known.born_on));
    if known.id_number.trim().is_empty() {
        return;
    }
    match IdNumber::parse(known.id_number.trim()) {
        Err(error) => desk.find(OfficeRule::IdNumber, "id_number", &[("problem", words(&problem(error)))]),
        Ok(number) => {
            if number.born_on() != known.born_on {
                desk.find(OfficeRule::IdBirth, "id_number", &[("day", At::Day(known.born_on))]);
            }
            let contradicts = match known.sex {
                Sex::Male => number.sex() != id_number::Sex::Male,
                Sex::Female => number.sex() != id_number::Sex::Female,
                Sex::Unknown | Sex::NotStated => false,
            };
            if contradicts {
                desk.find(OfficeRule::IdSex, "id_number", &[]);
            }
        }
    }
}

fn problem(error: IdNumberError) -> Text {
    match error {
        IdNumberError::Length => Text::new("应为15位或18位", "it has 15 or 18 characters"),
        IdNumberError::Digit => {
            Text::new("只能是数字，最后一位可以是X", "it is made of digits and may end in X")
        }
        IdNumberError::Check => Text::new("校验码不符", "the check character is another"),
        IdNumberError::BirthDate => {
            Text::new("其中的出生日期不存在", "the day of birth in it does not exist")
        }
    }
}

fn late(desk: &mut Desk<'_>, what: &Text, field: &str, day: Option<Date>) {
    if let Some(day) = day.filter(|&day| day > desk.ground.now.today) {
        desk.find(OfficeRule::LateDate, field, &[("what", words(what)), ("day", At::Day(day))]);
    }
}

/// The days are those of the stage, in their order, and not before the age of admission.
fn check_standing(desk: &mut Desk<'_>, enrolment: &Enrolment) {
    let reached = Text::new("进入现阶段的日期", "the day of the present stage");
    let admitted = Text::new("接收为预备党员的日期", "the day of admission");
    let confirmed = Text::new("转正日期", "the day of confirmation");
    late(desk, &reached, "stage_on", enrolment.stage_on);
    late(desk, &admitted, "admitted_on", enrolment.admitted_on);
    late(desk, &confirmed, "full_since", enrolment.full_since);
    let named = ("stage", words(&stage(enrolment.stage)));
    let unfit = |desk: &mut Desk<'_>, what: &Text, field: &str, day: Option<Date>| {
        if day.is_some() {
            desk.find(OfficeRule::DatesUnfit, field, &[named.clone(), ("what", words(what))]);
        }
    };
    match enrolment.stage {
        Stage::None | Stage::Applicant | Stage::Activist | Stage::Target => {
            unfit(desk, &admitted, "admitted_on", enrolment.admitted_on);
            unfit(desk, &confirmed, "full_since", enrolment.full_since);
        }
        Stage::Probationary => {
            unfit(desk, &confirmed, "full_since", enrolment.full_since);
            if enrolment.admitted_on.is_none() {
                desk.find(OfficeRule::AdmittedMissing, "admitted_on", &[]);
            }
        }
        Stage::Full => {
            if enrolment.full_since.is_none() {
                desk.find(OfficeRule::FullMissing, "full_since", &[]);
            }
        }
        Stage::Former => {}
    }
    if let (Some(a), Some(b)) = (enrolment.admitted_on, enrolment.full_since) {
        let span = [("a", At::Day(a)), ("b", At::Day(b))];
        if b < a {
            let named = [("earlier", words(&admitted)), ("later", words(&confirmed))];
            desk.find(OfficeRule::DatesOrder, "full_since", &[&named[..], &span[..]].concat());
        } else if !months::has_run(b, a, figures().probation_months) {
            desk.find(OfficeRule::ShortProbation, "full_since", &span);
        }
    }
    check_age(desk, enrolment);
}

/// Nobody under eighteen applies; judged on the earliest day that the entry gives.
fn check_age(desk: &mut Desk<'_>, enrolment: &Enrolment) {
    if enrolment.stage == Stage::None {
        return;
    }
    let days = [
        (enrolment.admitted_on, "admitted_on"),
        (enrolment.full_since, "full_since"),
        (enrolment.stage_on, "stage_on"),
    ];
    let known = days.into_iter().filter_map(|(day, field)| day.map(|day| (day, field)));
    let (day, field) = known.min().unwrap_or((desk.on, "born_on"));
    let age = age_on(enrolment.particulars.born_on, day);
    if age < figures().least_age {
        let values = [
            ("day", At::Day(day)),
            ("age", At::Number(age.max(0).into())),
            ("stage", words(&stage(enrolment.stage))),
        ];
        desk.find(OfficeRule::UnderAge, field, &values);
    }
}
