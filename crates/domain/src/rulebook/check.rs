//! One function for each kind of requirement, and the one match that finds it. A function looks at
//! a file and says where the requirement is not met; which edition asks, and what is said, is
//! settled around it.

mod confirmation;
mod days;
mod notices;
mod papers;
mod people;
mod reading;
mod votes;

use jiff::civil::Date;

use super::wording::{Facts, Value};
use super::{Fact, Requirement, Rule};
use crate::calendar::Calendar;
use crate::case_file::Path;
use crate::finding::{Finding, Severity};
use crate::text::Text;

pub(crate) use reading::Reading;

/// A finding before it is put into words. It borrows from the rulebook, so that a file without
/// readers costs no text.
#[derive(Debug, Clone)]
pub struct Found<'b> {
    rule: &'b Rule,
    edition: &'b str,
    occurrence: u32,
    paths: [Option<Path>; 4],
    facts: Facts,
}

/// The span in which an edition judges.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term<'b> {
    pub(crate) edition: &'b str,
    /// The first day; the earliest edition has none.
    pub(crate) from: Option<Date>,
    /// The first day of the next edition; the latest has none.
    pub(crate) until: Option<Date>,
}

/// An edition asking one of its rules.
pub(crate) struct Asking<'b, 'r> {
    pub(crate) rule: &'b Rule,
    pub(crate) term: Term<'b>,
    /// Whether every edition has the rule, so that an absent date falls back on the day of looking.
    pub(crate) is_everywhere: bool,
    pub(crate) as_of: Date,
    pub(crate) calendar: &'b Calendar,
    pub(crate) found: &'r mut Vec<Found<'b>>,
}

impl Asking<'_, '_> {
    /// Whether this edition judges a place with this date.
    fn judges(&self, by: Option<Date>) -> bool {
        let day = match by {
            Some(day) => day,
            None if self.is_everywhere => self.as_of,
            None => return false,
        };
        self.term.from.is_none_or(|from| from <= day) && self.term.until.is_none_or(|until| day < until)
    }

    fn add(&mut self, occurrence: usize, paths: &[Path], facts: &[(Fact, Value)]) {
        let mut all = [None; 4];
        for (slot, path) in all.iter_mut().zip(paths) {
            *slot = Some(*path);
        }
        self.found.push(Found {
            rule: self.rule,
            edition: self.term.edition,
            occurrence: u32::try_from(occurrence).unwrap_or(u32::MAX),
            paths: all,
            facts: Facts::new(facts),
        });
    }
}

/// Asks one rule about one file.
pub(crate) fn check(asking: &mut Asking<'_, '_>, file: &Reading<'_>) {
    match &asking.rule.requirement {
        Requirement::OfAge { day, years } => days::of_age(asking, file, *day, *years),
        Requirement::IdentityNumber => people::identity_number(asking, file),
        Requirement::WithinMonths { day, since, months, silent_beyond_months, also_if_absent } => {
            let last = days::Last { months: *months, silent_beyond_months: *silent_beyond_months };
            days::within_months(asking, file, *day, *since, last, *also_if_absent);
        }
        Requirement::RecordedWithinMonths { day, since, months } => {
            days::recorded_within_months(asking, file, *day, *since, *months);
        }
        Requirement::NoSoonerThanMonths { day, since, months } => {
            days::no_sooner_than_months(asking, file, *day, *since, *months);
        }
        Requirement::NotBefore { day, other } => days::not_before(asking, file, *day, *other),
        Requirement::NotAfter { day, other } => days::not_after(asking, file, *day, *other),
        Requirement::RecordedWith { day, other } => days::recorded_with(asking, file, *day, *other),
        Requirement::InOrder { dates, judged_elsewhere } => {
            days::in_order(asking, file, dates, judged_elsewhere);
        }
        Requirement::ReviewEvery { months } => papers::review_every(asking, file, *months),
        Requirement::MentorCount { minimum, maximum } => {
            people::mentor_count(asking, file, *minimum, *maximum);
        }
        Requirement::SponsorCount { count } => people::sponsor_count(asking, file, *count),
        Requirement::FullMember { role } => people::full_member(asking, file, *role),
        Requirement::NoticePosted { stage, length } => notices::posted(asking, file, *stage, *length),
        Requirement::NoticeLong { stage, length } => notices::long(asking, file, *stage, *length),
        Requirement::NoticeOver { stage, length } => notices::over(asking, file, *stage, *length),
        Requirement::Done { trial } => papers::done(asking, file, *trial),
        Requirement::Passed { trial } => papers::passed(asking, file, *trial),
        Requirement::CourseLong { days, hours } => papers::course_long(asking, file, *days, *hours),
        Requirement::CertificateEarned => papers::certificate_earned(asking, file),
        Requirement::Quorum { more_than } => votes::quorum(asking, file, *more_than),
        Requirement::Majority { more_than } => votes::majority(asking, file, *more_than),
        Requirement::CountsAgree => votes::counts_agree(asking, file),
        Requirement::SecretBallot => votes::secret_ballot(asking, file),
        Requirement::ResolutionSigned => votes::resolution_signed(asking, file),
        Requirement::ProbationEndorsed { months } => days::probation_endorsed(asking, file, *months),
        Requirement::ApprovalDecided { months } => votes::approval_decided(asking, file, *months),
        Requirement::ConfirmationNoSooner { months } => confirmation::no_sooner(asking, file, *months),
        Requirement::ConfirmationWithin { months } => confirmation::within(asking, file, *months),
        Requirement::ConfirmationApplied => confirmation::applied(asking, file),
        Requirement::ExtensionLength { minimum, maximum } => {
            confirmation::extension_length(asking, file, *minimum, *maximum);
        }
        Requirement::ExtensionOnce => confirmation::extension_once(asking, file),
        Requirement::ExtensionServed { months } => confirmation::extension_served(asking, file, *months),
    }
}

impl<'b> Found<'b> {
    /// The rule's code.
    #[must_use]
    pub fn rule(&self) -> &'b str {
        &self.rule.id
    }

    /// How grave it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.rule.severity
    }

    /// The edition in force.
    #[must_use]
    pub fn edition(&self) -> &'b str {
        self.edition
    }

    /// Which of several places.
    #[must_use]
    pub fn occurrence(&self) -> u32 {
        self.occurrence
    }

    /// The places it rests on, the one to mark first.
    pub fn paths(&self) -> impl Iterator<Item = Path> {
        self.paths.iter().flatten().copied()
    }

    /// The authority.
    #[must_use]
    pub fn article(&self) -> &'b str {
        &self.rule.article
    }

    /// What is missing or does not fit.
    #[must_use]
    pub fn text(&self) -> Text {
        self.rule.what.fill(&self.facts)
    }

    /// What to do next.
    #[must_use]
    pub fn remedy(&self) -> Text {
        self.rule.remedy.fill(&self.facts)
    }

    /// Appends what is wrong and what to do next, in one language, as one paragraph.
    pub fn write(&self, out: &mut String, language: crate::text::Language) {
        use crate::text::Language;
        let (what, remedy) = match language {
            Language::Zh => (&self.rule.what.zh, &self.rule.remedy.zh),
            Language::En => (&self.rule.what.en, &self.rule.remedy.en),
        };
        what.write(out, &self.facts, language);
        if language == Language::En {
            out.push(' ');
        }
        remedy.write(out, &self.facts, language);
    }

    /// The finding in words, on its own.
    #[must_use]
    pub fn into_finding(self) -> Finding {
        Finding {
            rule: self.rule.id.clone(),
            severity: self.rule.severity,
            edition: self.edition.to_owned(),
            occurrence: self.occurrence,
            fields: self.paths().map(|path| path.to_string()).collect(),
            article: self.rule.article.clone(),
            text: self.text(),
            remedy: self.remedy(),
        }
    }
}
