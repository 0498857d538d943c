//! The board of public notices: for anybody, while each one runs, with the fields that the rules allow and
//! no others.

use domain::agenda;
use domain::case::{Case, NoticeRun, NoticeStage, Step};
use domain::dates::age_on;
use domain::ids::EventId;
use domain::person::{Education, Sex};
use domain::text::Text;
use jiff::civil::Date;

use crate::admission::setting;
use crate::store::{Store, StoreError, notices, reading};

/// A notice as anybody may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The entry that opened it.
    pub event: EventId,
    /// Which decision it announces.
    pub stage: NoticeStage,
    /// The branch to which reasons against it are told.
    pub branch: Text,
    /// First day.
    pub from: Date,
    /// Last day.
    pub last_on: Date,
    /// Whether the last day may still move: it is counted in working days of a year whose calendar is not
    /// published.
    pub is_provisional: bool,
    /// Name.
    pub name: String,
    /// Sex.
    pub sex: Sex,
    /// Age in years on the first day.
    pub age: i16,
    /// Education.
    pub education: Education,
    /// Application for membership.
    pub applied_on: Option<Date>,
    /// Listing as an activist.
    pub activist_on: Option<Date>,
    /// Admission as a probationary member.
    pub admitted_on: Option<Date>,
}

impl Store {
    /// The notices to be seen on a day, those that end first before the others.
    ///
    /// # Errors
    /// The record cannot be read.
    pub fn board(&self, today: Date) -> Result<Vec<Posted>, StoreError> {
        let rows = self.read(|connection| notices::on(connection, today))?;
        let mut board = Vec::with_capacity(rows.len());
        for row in rows {
            let case = self.case(row.case)?;
            if let Some(run) = case.notices().iter().find(|run| run.event == row.event) {
                board.push(self.posted(&case, run, today)?);
            }
        }
        Ok(board)
    }

    fn posted(&self, case: &Case, run: &NoticeRun, today: Date) -> Result<Posted, StoreError> {
        let (person, branch) = (self.particulars(case.person)?, self.unit(case.unit)?.name);
        let setting = self.read_open(|reader| {
            setting::of(reader.parts(), &self.founded, case, None, today, reading::PROGRAM)
        })?;
        Ok(Posted {
            event: run.event,
            stage: run.stage,
            branch,
            from: run.from,
            last_on: run.last_on,
            is_provisional: agenda::is_provisional(&setting, run),
            name: person.name,
            sex: person.sex,
            age: age_on(person.born_on, run.from),
            education: person.education,
            applied_on: case.last(Step::Application).map(|record| record.on),
            activist_on: case.activist_on(),
            admitted_on: case.admitted_on(),
        })
    }
}

#[cfg(test)]
mod tests;
