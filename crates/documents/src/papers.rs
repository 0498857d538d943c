//! Papers of an admission file, composed from the record: what each one says, in either language. Facts
//! come from the file alone; what a paper needs and the record does not know is left as a place to write.

mod decisions;
mod letters;
mod plan;
mod registers;
mod words;

use std::collections::BTreeMap;

use domain::case::{Case, Change, Step};
use domain::ids::UnitId;
use domain::paper::PaperKind;
use domain::person::Particulars;
use domain::record::Record;
use domain::rulebook::Edition;
use domain::text::{Language, Text};
use jiff::civil::Date;

use crate::paper::{Block, Bundle, Cell, Paper, Proof, official_day, told};

pub use plan::{PlanLine, PlanPaper};

/// What papers of a file are composed from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file.
    pub case: &'a Case,
    /// Whose it is.
    pub person: &'a Particulars,
    /// The branch that keeps it.
    pub branch: &'a Text,
    /// Names of the units that the file speaks of.
    pub units: &'a BTreeMap<UnitId, Text>,
    /// The edition in force, for the names of steps.
    pub edition: &'a Edition,
    /// The day on which the paper is made.
    pub on: Date,
    /// The language.
    pub language: Language,
}

/// The units that the papers of a file name, its branch apart.
#[must_use]
pub fn units_named(case: &Case) -> Vec<UnitId> {
    let committees = case.all_records().iter().filter_map(|record| committee(&record.record));
    committees.chain(case.on_the_way_to().map(|(unit, _)| unit)).collect()
}

/// One paper of a file, or the whole file as one; none when the file has nothing to say for it.
#[must_use]
pub fn bundle(kind: PaperKind, source: &Source<'_>, proof: Option<Proof>) -> Option<Bundle> {
    if !kind.is_ready(source.case) {
        return None;
    }
    if kind == PaperKind::WholeFile {
        return Some(whole_file(source, proof));
    }
    let papers = papers(kind, source);
    let title = papers.first()?.title.clone();
    Some(Bundle { title, language: source.language, cover: None, papers, proof })
}

/// The papers of one kind: one, or one for each meeting and notice.
fn papers(kind: PaperKind, source: &Source<'_>) -> Vec<Paper> {
    match kind {
        PaperKind::ApplicationReceipt => letters::receipt(source).into_iter().collect(),
        PaperKind::TalkRecord => registers::talk(source).into_iter().collect(),
        PaperKind::ActivistRegister => vec![registers::activist(source)],
        PaperKind::ReviewRegister => vec![registers::reviews(source)],
        PaperKind::FilingForm => registers::filing(source).into_iter().collect(),
        PaperKind::InquiryLetter => vec![letters::inquiry(source)],
        PaperKind::Notice => letters::notices(source),
        PaperKind::Resolution => decisions::resolutions(source),
        PaperKind::ApprovalNotice => decisions::approvals(source),
        PaperKind::TransferLetter => letters::transfer(source).into_iter().collect(),
        PaperKind::WholeFile | PaperKind::Plan => Vec::new(),
    }
}

fn whole_file(source: &Source<'_>, proof: Option<Proof>) -> Bundle {
    let mut all = vec![registers::progress(source)];
    all.extend(PaperKind::ready(source.case).flat_map(|kind| papers(kind, source)));
    all.push(registers::materials(source));
    let mut cover = vec![
        (source.say("姓名", "Name"), source.person.name.clone()),
        (source.say("所在党支部", "Branch"), told(source.branch, source.language)),
        (source.say("档案编号", "File"), source.case.id.to_string()),
        (source.say("当前身份", "Standing"), source.told(&domain::offices::stage(source.case.stage()))),
        (source.say("装订日期", "Bound on"), source.day(source.on)),
    ];
    if let Some(number) = archive_number(source.case) {
        cover.push((source.say("归档号", "Archive number"), number));
    }
    let title = source.told(&PaperKind::WholeFile.name());
    Bundle { title, language: source.language, cover: Some(cover), papers: all, proof }
}

fn archive_number(case: &Case) -> Option<String> {
    let Record::Archive(archive) = &case.last(Step::Archive)?.record else { return None };
    Some(archive.number.clone())
}

/// The committee or department above that a record names.
fn committee(record: &Record) -> Option<UnitId> {
    if let Record::ActivistFiling(filing) = record {
        Some(filing.committee)
    } else if let Record::TargetFiling(filing) = record {
        Some(filing.committee)
    } else if let Record::PreExamination(examination) = record {
        Some(examination.committee)
    } else if let Record::Approval(approval) = record {
        Some(approval.committee)
    } else if let Record::ConfirmationApproval(approval) = record {
        Some(approval.committee)
    } else if let Record::ApprovalFiling(filing) = record {
        Some(filing.department)
    } else {
        None
    }
}

impl Source<'_> {
    fn say(&self, zh: &str, en: &str) -> String {
        match self.language {
            Language::Zh => zh.to_owned(),
            Language::En => en.to_owned(),
        }
    }

    fn told(&self, text: &Text) -> String {
        told(text, self.language)
    }

    fn day(&self, day: Date) -> String {
        official_day(day, self.language)
    }

    fn day_of(&self, step: Step) -> Option<String> {
        self.case.last(step).map(|record| self.day(record.on))
    }

    fn branch(&self) -> String {
        self.told(self.branch)
    }

    fn unit(&self, id: UnitId) -> String {
        self.units.get(&id).map_or_else(|| id.to_string(), |name| self.told(name))
    }

    /// Several words after one another.
    fn listed(&self, words: impl IntoIterator<Item = String>) -> String {
        words.into_iter().collect::<Vec<_>>().join(&self.say("、", ", "))
    }

    fn step(&self, step: Step) -> String {
        let known = self.edition.steps.iter().find(|known| known.number == step.number());
        known.map_or_else(|| step.as_str().to_owned(), |known| self.told(&known.name))
    }

    fn sex(&self) -> String {
        self.told(&words::sex(self.person.sex))
    }

    /// The usual first rows of a form: who it is about, by what a roster shows, numbers left out.
    fn particulars(&self) -> Vec<Vec<Cell>> {
        let person = self.person;
        let row = |pairs: [(String, String); 2]| {
            pairs
                .into_iter()
                .flat_map(|(label, value)| [Cell::label(label), Cell::value(value)])
                .collect::<Vec<_>>()
        };
        vec![
            row([(self.say("姓名", "Name"), person.name.clone()), (self.say("性别", "Sex"), self.sex())]),
            row([
                (self.say("出生日期", "Born on"), self.day(person.born_on)),
                (self.say("民族", "Ethnic group"), self.told(&words::ethnicity(person.ethnicity))),
            ]),
            row([
                (self.say("学历", "Education"), self.told(&words::education(person.education))),
                (self.say("职业", "Occupation"), self.told(&words::occupation(person.occupation))),
            ]),
            vec![
                Cell::label(self.say("所在单位及职务", "Unit and work")),
                Cell::value(format!("{}　{}", self.branch(), person.work_post).trim().to_owned()).over(3),
            ],
        ]
    }

    /// A row of one label with what belongs to it, over the whole width of a form of four columns.
    fn wide(&self, zh: &str, en: &str, value: impl Into<String>) -> Vec<Cell> {
        vec![Cell::label(self.say(zh, en)), Cell::value(value).over(3)]
    }

    fn paper(&self, title: String, dated: Option<Date>, blocks: Vec<Block>) -> Paper {
        let dated = dated.map(|day| self.day(day)).unwrap_or_default();
        Paper { title, issuer: None, number: None, dated, blocks }
    }

    /// The entries of the file that count, for the register of progress: what, when, and when written.
    fn entries(&self) -> Vec<(String, Date, Date)> {
        let counting = self.case.log().iter().filter(|logged| logged.counts());
        counting
            .filter_map(|logged| {
                let change = &logged.event()?.change;
                let what = if let Change::Completed(record) = change {
                    format!("{}　{}", record.step().number(), self.step(record.step()))
                } else {
                    self.told(&words::change(change)?)
                };
                Some((what, logged.effective.occurred_on, logged.recorded.recorded_on))
            })
            .collect()
    }
}

/// A form of a label and a value, twice.
fn form(rows: Vec<Vec<Cell>>) -> Block {
    Block::Form { widths: vec![4, 5, 4, 5], rows }
}
