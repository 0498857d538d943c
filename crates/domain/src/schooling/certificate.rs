//! Certificates: issued only on a pass, after the examination, for hours that were attended; numbered
//! without gaps for each organiser and year; void with a reason, and then the number stays used.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{CertificateIssued, CertificateVoided, Desk, SchoolRule, hours_done};
use crate::blanks::At;
use crate::dates::civil_day;
use crate::decide::Consideration;
use crate::ids::PersonId;

pub(super) fn issue(mut desk: Desk<'_>, people: &[PersonId]) -> Consideration {
    if people.is_empty() {
        desk.find(SchoolRule::Nobody, "people", &[]);
    }
    let (year, due) = (desk.ground.now.today.year(), desk.cohort.terms.hours_due);
    let mut facts = Vec::new();
    let mut serial = desk.ground.next_serial;
    for person in people.iter().copied().collect::<BTreeSet<_>>() {
        let name = desk.name(person);
        let Some(learner) = desk.learner(person, "people") else { continue };
        let done = hours_done(learner);
        if done < due {
            let values = [name.clone(), ("done", At::Number(done)), ("due", At::Number(due))];
            desk.find(SchoolRule::HoursMissing, "people", &values);
        }
        let holds = |known: &super::Certificate| known.person == person && known.voided_on.is_none();
        if desk.ground.certificates.iter().any(holds) {
            desk.find(SchoolRule::HasOne, "people", std::slice::from_ref(&name));
        }
        let result = desk.ground.results.get(&person);
        let Some((paper, outcome)) = result.and_then(|(paper, it)| Some((*paper, (*it)?))) else {
            desk.find(SchoolRule::NoResult, "people", &[name]);
            continue;
        };
        if !outcome.is_pass {
            let values = [name, ("n", At::Number(outcome.percent))];
            desk.find(SchoolRule::NotPassed, "people", &values);
            continue;
        }
        let Some(sat) = desk.cohort.papers.iter().find(|known| known.number == paper) else { continue };
        if desk.ground.now.at <= sat.ends_at(0) {
            desk.find(SchoolRule::BeforeEnd, "people", &[name]);
        }
        let number = format!("{}-{year}-{serial:04}", desk.ground.unit.code);
        let exam_on = civil_day(sat.sealed.opens_at);
        let percent = outcome.percent;
        let cohort = desk.cohort.id;
        let issued = CertificateIssued { cohort, paper, year, serial, number, percent, exam_on };
        facts.push(desk.about(person, issued));
        serial += 1;
    }
    desk.reasons.answer(|| facts)
}

pub(super) fn void(mut desk: Desk<'_>, year: i16, serial: i64, reason: &str) -> Consideration {
    desk.check_reason(reason);
    let known = desk.ground.certificates.iter();
    let known = known.into_iter().find(|it| it.issued.year == year && it.issued.serial == serial);
    let Some(known) = known else {
        desk.find(SchoolRule::NoCertificate, "reason", &[]);
        return desk.reasons.answer(Vec::new);
    };
    if let Some(day) = known.voided_on {
        desk.find(SchoolRule::VoidAlready, "reason", &[("day", At::Day(day))]);
    }
    let reason = reason.trim().to_owned();
    let fact = desk.about(known.person, CertificateVoided { cohort: desk.cohort.id, year, serial, reason });
    desk.reasons.answer(|| vec![fact])
}

/// What a certificate says to whoever holds it in the hand: the text that is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The number.
    pub number: String,
    /// The name of the holder.
    pub name: String,
    /// The organiser.
    pub organiser: String,
    /// The course.
    pub title: String,
    /// The day of the examination.
    pub exam_on: Date,
    /// The day of issue.
    pub issued_on: Date,
}

/// A text that is no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("这不是证书内容 / this is not the text of a certificate")]
pub struct ClaimError;

/// The first line of the text, which no other signed text of a site has.
const HEAD: &str = "miaopu-certificate/1";

impl Claim {
    /// The text, line by line; a line break inside a value becomes a blank.
    #[must_use]
    pub fn to_text(&self) -> String {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let values = [&self.number, &self.name, &self.organiser, &self.title].map(|text| plain(text));
        let days = [self.exam_on.to_string(), self.issued_on.to_string()];
        let lines = std::iter::once(HEAD.to_owned()).chain(values).chain(days);
        lines.map(|line| line + "\n").collect()
    }

    /// Reads the text.
    ///
    /// # Errors
    /// It is not exactly such a text.
    pub fn parse(text: &str) -> Result<Claim, ClaimError> {
        let lines: Vec<&str> = text.strip_suffix('\n').ok_or(ClaimError)?.split('\n').collect();
        let [HEAD, number, name, organiser, title, exam_on, issued_on] = lines[..] else {
            return Err(ClaimError);
        };
        let day = |text: &str| text.parse::<Date>().map_err(|_| ClaimError);
        let claim = Claim {
            number: number.to_owned(),
            name: name.to_owned(),
            organiser: organiser.to_owned(),
            title: title.to_owned(),
            exam_on: day(exam_on)?,
            issued_on: day(issued_on)?,
        };
        if claim.to_text() == text { Ok(claim) } else { Err(ClaimError) }
    }
}
