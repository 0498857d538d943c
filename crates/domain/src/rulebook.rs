//! The rulebook: plain data, read from dated files that people who know the rules can review. An
//! edition is in force from its day until the next begins; local packs lie on top of it. The kinds
//! of requirement are a closed enum and never grow into a language of their own.

pub(crate) mod check;
mod embedded;
mod lint;
mod parse;
mod program;
mod requirement;
mod wording;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::calendar::Calendar;
use crate::case_file::LocalPack;
use crate::finding::Severity;
use crate::text::Text;

pub use lint::{Difference, compare};
pub use parse::Problem;
pub(crate) use program::{Program, Slot};
pub use requirement::{
    Actor, By, Certainty, DayUnit, Fact, FileDate, Limit, Phase, Requirement, Role, Share, Span, Trial,
};
pub use wording::{Template, Wording};

/// All editions and packs, ready to judge.
#[derive(Debug, Clone)]
pub struct Rulebooks {
    /// The editions, the earliest first; never empty.
    editions: Vec<Edition>,
    packs: Vec<Pack>,
    calendar: Calendar,
    programs: BTreeMap<Option<LocalPack>, Program>,
}

/// An edition of the national rules.
#[derive(Debug, Clone)]
pub struct Edition {
    /// The short name that findings carry, such as `2014`.
    pub id: String,
    /// The first day on which steps are judged by it.
    pub in_force_from: Date,
    /// The title of the instrument.
    pub title: Text,
    /// The steps of admission, in order.
    pub steps: Vec<Step>,
    /// The rules, in the order of the file.
    pub rules: Vec<Arc<Rule>>,
}

/// A pack of local rules, laid over whatever edition is in force.
#[derive(Debug, Clone)]
pub struct Pack {
    /// The name by which a file asks for it.
    pub id: LocalPack,
    /// The title of the local document.
    pub title: Text,
    /// Rules that replace those of the same key, or are added.
    pub rules: Vec<Arc<Rule>>,
}

/// A step of admission, from application to archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The number in the national chart of 25 steps; an edition may lack some.
    pub number: u8,
    /// The name used in code and data, such as `branch_meeting`.
    pub id: String,
    /// Which of the five phases it belongs to.
    pub phase: Phase,
    /// Its official name.
    pub name: Text,
    /// Who acts.
    pub actors: Vec<Actor>,
    /// The papers it leaves behind.
    pub evidence: Vec<Text>,
    /// The steps that must be done before.
    pub after: Vec<String>,
    /// The authority.
    pub article: String,
    /// Its numbers, as plain data.
    pub limits: BTreeMap<Limit, u16>,
    /// The rules that judge it.
    pub rules: Vec<String>,
}

/// A rule: what it requires, on what authority, and what to say when it is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The code, such as `V04.too_short`; never reused for another meaning.
    pub id: String,
    /// How grave a finding of it is.
    pub severity: Severity,
    /// The day that decides which edition judges.
    pub by: By,
    /// What is required.
    pub requirement: Requirement,
    /// The authority.
    pub article: String,
    /// How sure we are of the article and its numbers.
    pub certainty: Certainty,
    /// What a finding says.
    pub what: Wording,
    /// What a finding advises.
    pub remedy: Wording,
    /// The parameters as written in the file, for showing and comparing.
    pub parameters: BTreeMap<String, String>,
}

impl Rule {
    /// What makes two rules the same one in different files: the code and, for notices, the stage.
    #[must_use]
    pub fn key(&self) -> (&str, Option<crate::case_file::Stage>) {
        (&self.id, self.requirement.stage())
    }
}

impl Rulebooks {
    /// The editions and packs that came with the program.
    ///
    /// # Panics
    /// Never: a test reads the same files.
    #[must_use]
    pub fn embedded() -> Self {
        Rulebooks::parse(&embedded::FILES, Calendar::embedded())
            .expect("a test reads the files that came with the program")
    }

    /// Names and texts of the files that came with the program, in the order in which they are read.
    #[must_use]
    pub fn embedded_texts() -> &'static [(&'static str, &'static str)] {
        &embedded::FILES
    }

    /// The same editions and packs, with the published calendar: what the live system decides by.
    #[must_use]
    pub fn live() -> Self {
        Rulebooks { calendar: Calendar::published(), ..Rulebooks::embedded() }
    }

    /// Reads editions and packs from the text of their files, given with their names.
    ///
    /// # Errors
    /// Every problem of every file, in order.
    pub fn parse(files: &[(&str, &str)], calendar: Calendar) -> Result<Self, Vec<Problem>> {
        let (editions, packs) = parse::files(files)?;
        let problems = lint::problems(&editions, &packs);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Rulebooks { programs: program::compile(&editions, &packs), editions, packs, calendar })
    }

    /// The editions, the earliest first.
    #[must_use]
    pub fn editions(&self) -> &[Edition] {
        &self.editions
    }

    /// The packs of local rules.
    #[must_use]
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// The working-day calendar that notices are counted by.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The edition that judges a day. Days before the first edition are judged by the first.
    #[must_use]
    pub fn on(&self, day: Date) -> &Edition {
        &self.editions[self.position_on(day)]
    }

    /// The edition with a short name.
    #[must_use]
    pub fn edition(&self, id: &str) -> Option<&Edition> {
        self.editions.iter().find(|edition| edition.id == id)
    }

    /// The same books as if one edition had always been in force, for a dry run.
    #[must_use]
    pub fn only(&self, id: &str) -> Option<Self> {
        let editions = vec![self.edition(id)?.clone()];
        let programs = program::compile(&editions, &self.packs);
        Some(Rulebooks { editions, packs: self.packs.clone(), calendar: self.calendar.clone(), programs })
    }

    pub(crate) fn position_on(&self, day: Date) -> usize {
        self.editions.iter().rposition(|edition| edition.in_force_from <= day).unwrap_or(0)
    }

    pub(crate) fn program(&self, packs: &[LocalPack]) -> &Program {
        self.programs
            .get(&packs.first().copied())
            .or_else(|| self.programs.get(&None))
            .expect("compiling made a program for every pack and for none")
    }
}
