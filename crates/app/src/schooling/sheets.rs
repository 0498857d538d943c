//! Attendance and questions from workbooks: what is in them, and everything that is wrong, row by row.
//! Nothing is recorded here; what was read is shown first and then recorded whole or not at all.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::atomic::AtomicBool;

use documents::guard::Limits;
use documents::problem::Severity;
use documents::roster::{self, Choice, Column, Field, Kind, Reading, Row, Watch};
use documents::table::{Heads, Table};
use documents::template;
use domain::dates::Moment;
use domain::finding::Finding;
use domain::ids::{CohortId, PersonId};
use domain::schooling::{Act, BankAct, BankGround, Question, QuestionKind, Subject, decide, decide_bank};
use domain::text::Text;

use super::ground;
use crate::act::ActError;
use crate::store::{Actor, Store, StoreError, schooling};

/// Something wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetProblem {
    /// The row, from 1; none for the file as a whole.
    pub row: Option<u32>,
    /// What, where, and what to do.
    pub text: Text,
}

/// What a sheet of attendance says: session, person, class hours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attendance {
    /// The rows.
    pub rows: Vec<(i64, PersonId, i64)>,
    /// Rows that add or change something.
    pub n_new: usize,
    /// What is wrong; nothing may be recorded while there is anything.
    pub problems: Vec<SheetProblem>,
}

/// What a sheet of questions says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuestionSheet {
    /// The questions.
    pub questions: Vec<Question>,
    /// What is wrong; nothing may be recorded while there is anything.
    pub problems: Vec<SheetProblem>,
}

fn column(id: &'static str, (zh, en): (&str, &str), kind: Kind, sample: (&str, &str)) -> Column {
    Column {
        id,
        head: Text::new(zh, en),
        aliases: &[],
        kind,
        is_required: true,
        sample: Text::new(sample.0, sample.1),
        note: Text::new("", ""),
    }
}

fn attendance_columns() -> Vec<Column> {
    let whole = |min, max| Kind::Whole { min, max };
    vec![
        column("session", ("第几次", "Session"), whole(1, 1_000), ("1", "1")),
        column("person", ("人员编号", "Person"), whole(1, i64::MAX), ("100000", "100000")),
        column("name", ("姓名", "Name"), Kind::Text { max_chars: 60 }, ("王芳", "Wang Fang")),
        column("hours", ("学时", "Class hours"), whole(0, 24), ("4", "4")),
    ]
}

const N_OPTIONS: usize = 6;

fn question_columns() -> Vec<Column> {
    let text = |max_chars| Kind::Text { max_chars };
    let kinds = QuestionKind::ALL.iter().zip([
        ("单选", "single choice"),
        ("多选", "multiple choice"),
        ("判断", "true or false"),
        ("简答", "short answer"),
        ("论述", "essay"),
    ]);
    let kinds = kinds.map(|(kind, (zh, en))| Choice::new(kind.as_str(), Text::new(zh, en)));
    let subjects = Subject::ALL.iter().zip([
        ("理论", "theory"),
        ("一般知识", "general knowledge"),
        ("文化", "culture"),
        ("专业", "profession"),
        ("技术", "technique"),
    ]);
    let subjects = subjects.map(|(subject, (zh, en))| Choice::new(subject.as_str(), Text::new(zh, en)));
    let mut columns = vec![
        column("kind", ("题型", "Kind"), Kind::Choice(kinds.collect()), ("单选", "single choice")),
        column("subject", ("类别", "Subject"), Kind::Choice(subjects.collect()), ("理论", "theory")),
        column("text", ("题干", "Question"), text(2_000), ("预备期为多长？", "How long is probation?")),
        column("points", ("分值", "Points"), Kind::Whole { min: 1, max: 100 }, ("2", "2")),
        column("key", ("答案", "Key"), text(4_000), ("A", "A")),
    ];
    let options: [(&str, &str, &str); N_OPTIONS] = [
        ("a", "选项A", "Option A"),
        ("b", "选项B", "Option B"),
        ("c", "选项C", "Option C"),
        ("d", "选项D", "Option D"),
        ("e", "选项E", "Option E"),
        ("f", "选项F", "Option F"),
    ];
    for (id, zh, en) in options {
        let sample = match id {
            "a" => ("一年", "a year"),
            "b" => ("半年", "half a year"),
            _ => ("", ""),
        };
        columns.push(Column { is_required: false, ..column(id, (zh, en), text(500), sample) });
    }
    columns
}

/// The workbook in which questions are written down.
///
/// # Errors
/// The workbook cannot be written, which is our bug or want of memory.
pub fn question_template() -> Result<Vec<u8>, StoreError> {
    let caption = Text::new("题目", "Questions");
    let written = template::write(&question_columns(), caption, Heads::Both);
    written.map_err(|error| StoreError::Unfit(error.to_string()))
}

fn read(file_name: &str, bytes: &[u8], columns: &[Column]) -> Reading {
    let mut watch = Watch { progress: &mut |_| {}, cancel: &AtomicBool::new(false) };
    roster::read(file_name, Cursor::new(bytes), columns, &Limits::UPLOAD, &mut watch)
}

fn told(reading: &Reading) -> Vec<SheetProblem> {
    let grave = reading.problems.iter().filter(|problem| problem.severity() == Severity::Error);
    grave.map(|problem| SheetProblem { row: problem.place.row(), text: problem.text() }).collect()
}

fn whole(row: &Row, at: usize) -> i64 {
    if let Some(Some(Field::Whole(n))) = row.fields.get(at) { *n } else { 0 }
}

fn word(row: &Row, at: usize) -> String {
    match row.fields.get(at) {
        Some(Some(Field::Text(text) | Field::Code(text))) => text.clone(),
        Some(Some(Field::Date(_) | Field::Whole(_)) | None) | None => String::new(),
    }
}

fn at_row(row: u32, text: &Text) -> SheetProblem {
    SheetProblem {
        row: Some(row),
        text: Text::new(format!("第{row}行：{}", text.zh), format!("row {row}: {}", text.en)),
    }
}

/// A finding of the decision, at the row it is about.
fn placed(finding: &Finding, row: Option<u32>) -> SheetProblem {
    let text = Text::new(
        format!("{}{}", finding.text.zh, finding.remedy.zh),
        format!("{} {}", finding.text.en, finding.remedy.en),
    );
    row.map_or(SheetProblem { row: None, text: text.clone() }, |row| at_row(row, &text))
}

/// Reads a workbook of questions for a bank that holds some already.
#[must_use]
pub fn read_questions(file_name: &str, bytes: &[u8], mut ground: BankGround) -> QuestionSheet {
    let reading = read(file_name, bytes, &question_columns());
    let mut problems = told(&reading);
    let sound: Vec<&Row> = reading.rows.iter().filter(|row| row.is_sound).collect();
    let questions: Vec<Question> = sound.iter().map(|row| question(row)).collect();
    ground.free = ground.free.max(1);
    if let Err(refusal) = decide_bank(&BankAct::Enter(questions.clone()), &ground) {
        for finding in &refusal.findings {
            let field = finding.fields.first().map_or("", String::as_str);
            let place = field.rsplit_once('.').and_then(|(_, n)| n.parse::<usize>().ok()).unwrap_or(1);
            // An empty file has its own problem, and a bank without questions nothing to say of rows.
            let row = sound.get(place - 1).map(|row| row.number);
            if row.is_some() || problems.is_empty() {
                problems.push(placed(finding, row));
            }
        }
    }
    problems.sort_by_key(|problem| problem.row);
    QuestionSheet { questions, problems }
}

fn question(row: &Row) -> Question {
    let kind = QuestionKind::parse(&word(row, 0)).unwrap_or(QuestionKind::Essay);
    let mut options: Vec<String> = (5..5 + N_OPTIONS).map(|at| word(row, at)).collect();
    while options.last().is_some_and(String::is_empty) {
        options.pop();
    }
    let key = word(row, 4);
    Question {
        kind,
        subject: Subject::parse(&word(row, 1)).unwrap_or(Subject::General),
        text: word(row, 2),
        options,
        key: key_of(kind, &key),
        points: whole(row, 3),
    }
}

/// A key as offices write it: letters large or small, with or without commas, right and wrong in words.
#[must_use]
pub fn key_of(kind: QuestionKind, written: &str) -> String {
    let plain = || {
        let kept = written.chars().filter(|it| !it.is_whitespace() && !",，、;；".contains(*it));
        kept.flat_map(char::to_uppercase).collect::<String>()
    };
    match kind {
        QuestionKind::Single | QuestionKind::Multiple => plain(),
        QuestionKind::TrueFalse => match plain().as_str() {
            "对" | "正确" | "√" | "T" | "TRUE" | "RIGHT" => "T".to_owned(),
            "错" | "错误" | "×" | "F" | "FALSE" | "WRONG" => "F".to_owned(),
            other => other.to_owned(),
        },
        QuestionKind::Short | QuestionKind::Essay => written.trim().to_owned(),
    }
}

impl Store {
    /// Reads a workbook of questions for the bank of a unit.
    ///
    /// # Errors
    /// The database fails.
    pub fn read_questions(
        &self,
        unit: domain::ids::UnitId,
        now: Moment,
        file_name: &str,
        bytes: &[u8],
    ) -> Result<QuestionSheet, StoreError> {
        let known = self.question_bank(unit)?;
        Ok(read_questions(file_name, bytes, BankGround { now, unit, known, free: 1 }))
    }

    /// The sheet of a session to be filled in, with everybody who takes part.
    ///
    /// # Errors
    /// There is no such course, or the workbook cannot be written.
    pub fn attendance_sheet(&self, id: CohortId, session: i64, now: Moment) -> Result<Vec<u8>, StoreError> {
        let view = self.cohort_view(id, now)?;
        let hours = view.cohort.terms.sessions.iter().find(|it| it.number == session);
        let hours = hours.ok_or(StoreError::Missing)?.hours;
        let columns = attendance_columns();
        let caption = Text::new("考勤", "Attendance");
        let lines = view.lines.iter().filter(|line| line.is_in());
        let rows = lines.map(|line| {
            let done = line.learner.attended.get(&session).copied().unwrap_or(hours);
            let number = line.learner.person.0;
            vec![session.into(), number.into(), line.name.as_str().into(), done.into()]
        });
        let layout = roster::layout(&columns, caption, Heads::Both);
        let table = Table { layout, rows: rows.collect() };
        table.to_xlsx().map_err(|error| StoreError::Unfit(error.to_string()))
    }

    /// Reads a workbook of attendance.
    ///
    /// # Errors
    /// There is no such course, or the record cannot be read.
    pub fn read_attendance(
        &self,
        actor: Actor,
        now: Moment,
        id: CohortId,
        (file_name, bytes): (&str, Vec<u8>),
    ) -> Result<Attendance, ActError> {
        let file_name = file_name.to_owned();
        let reading = read(&file_name, &bytes, &attendance_columns());
        let mut problems = told(&reading);
        let sound: Vec<Row> = reading.rows.into_iter().filter(|row| row.is_sound).collect();
        let rows: Vec<(i64, PersonId, i64)> =
            sound.iter().map(|row| (whole(row, 0), PersonId(whole(row, 1)), whole(row, 3))).collect();
        let act = Act::Attend(rows.clone());
        // The decision is asked inside a transaction that records nothing.
        let asked = act.clone();
        let (known, outcome) = self.write(move |tx| {
            let cohort = schooling::cohort(&mut tx.connection, id)?.ok_or(StoreError::Missing)?;
            super::permit(tx, actor, now, cohort.unit, &[])?;
            let ground = ground::of_act(tx, actor, now, cohort, &asked)?;
            Ok::<_, ActError>((ground.people.clone(), decide(&asked, &ground)))
        })?;
        for row in &sound {
            let (person, name) = (PersonId(whole(row, 1)), word(row, 2));
            let is_other = known.get(&person).is_none_or(|known| known.name != name);
            if is_other {
                problems.push(at_row(
                    row.number,
                    &Text::new(
                        format!("编号{person}不是“{name}”。请核对编号和姓名。"),
                        format!("number {person} is not “{name}”. Check number and name."),
                    ),
                ));
            }
        }
        let mut n_new = 0;
        match outcome {
            Ok(facts) => n_new = facts.len(),
            Err(refusal) => {
                let first: BTreeMap<String, u32> =
                    sound.iter().rev().map(|row| (format!("p{}", whole(row, 1)), row.number)).collect();
                for finding in &refusal.findings {
                    let field = finding.fields.first().map_or("", String::as_str);
                    let row = first.get(field).copied();
                    if row.is_some() || problems.is_empty() {
                        problems.push(placed(finding, row));
                    }
                }
            }
        }
        problems.sort_by_key(|problem| problem.row);
        Ok(Attendance { rows, n_new, problems })
    }
}
