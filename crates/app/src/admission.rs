//! Admission files: reading one, what is due in it, and recording an act. Every door comes through here.
//! An act is decided on the file as it stands in the transaction that records it: inside it, or
//! beforehand when nothing that the decision looked at has changed since (`ready`).

mod docket;
mod permission;
mod ready;
pub(crate) mod setting;
mod shelf;

use domain::agenda::{Agenda, agenda};
use domain::audit;
use domain::case::{Case, Opened};
use domain::dates::Moment;
use domain::decide::{Act, Consideration, consider, decide};
use domain::finding::Finding;
use domain::ids::{AccountId, CaseId, PersonId};
use domain::person::Person;
use jiff::civil::Date;

use crate::act::ActError;
use crate::rulebooks::books;
use crate::scans::{self, Scanned};
use crate::store::{Actor, CommandId, Reader, Receipt, Store, StoreError, Tx, cases, reading};

use self::ready::Ready;

pub use crate::store::CaseRow;
pub(crate) use docket::{Desk, agenda_of, approval_ahead};
pub use docket::{Docket, Entry, Queue};
pub(crate) use shelf::Shelf;

/// A file as its page shows it.
#[derive(Debug, Clone)]
pub struct File {
    /// The file.
    pub case: Case,
    /// Whose it is.
    pub person: Person,
    /// What is due in it.
    pub agenda: Agenda,
    /// What the rules have to say about it today.
    pub findings: Vec<Finding>,
}

/// The file that a command speaks of, as the person saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The file.
    pub case: CaseId,
    /// Number of its events when it was looked at.
    pub version: i64,
}

impl Store {
    /// A file, folded from the record.
    ///
    /// # Errors
    /// There is none, or the record cannot be read.
    pub fn case(&self, id: CaseId) -> Result<Case, StoreError> {
        self.read_open(|reader| {
            let case = self.shelf.file(reader, id)?.ok_or(StoreError::Missing)?;
            Ok(std::sync::Arc::unwrap_or_clone(case))
        })
    }

    /// The files of a person, the latest first.
    ///
    /// # Errors
    /// The database fails.
    pub fn files_of(&self, person: PersonId) -> Result<Vec<CaseRow>, StoreError> {
        self.read(|connection| cases::of_person(connection, person))
    }

    /// A file with its person, what is due, and what the rules find.
    ///
    /// # Errors
    /// There is none, or the record cannot be read.
    pub fn file(&self, id: CaseId, today: Date) -> Result<File, StoreError> {
        let case = self.case(id)?;
        let person = self.person(case.person)?;
        let setting = self.read_open(|reader| {
            setting::of(reader.parts(), &self.founded, &case, None, today, reading::PROGRAM)
        })?;
        let agenda = agenda(&case, &setting, today);
        let findings = audit::judge(&case.file(today, &setting.candidate), books(), today);
        Ok(File { case, person, agenda, findings })
    }

    /// What recording an act would come to, without recording it.
    ///
    /// # Errors
    /// The record cannot be read.
    pub fn consider_act(
        &self,
        case: &Case,
        act: &Act,
        actor: AccountId,
        now: Moment,
    ) -> Result<Consideration, StoreError> {
        let setting = self.read_open(|reader| {
            setting::of(reader.parts(), &self.founded, case, Some(act), now.today, actor)
        })?;
        Ok(consider(case, &setting, act, now))
    }

    /// Records an act in a file.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once; [`StoreError::Changed`] when the file went on since it was
    /// seen; or the store's own failures. Nothing is recorded then.
    pub fn record_act(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        seen: Seen,
        act: Act,
    ) -> Result<Receipt, ActError> {
        self.record_scanned_act(actor, now, command, seen, act, Vec::new())
    }

    /// Records an act with the scans that its papers name.
    ///
    /// # Errors
    /// As [`Store::record_act`]; also when a paper names a scan that is not among them.
    pub fn record_scanned_act(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        seen: Seen,
        act: Act,
        scanned: Vec<Scanned>,
    ) -> Result<Receipt, ActError> {
        let founded = self.founded.clone();
        // Scans are written beside the event by the writer alone, so such an act is decided there.
        let has_scans = act.evidence.iter().any(|paper| paper.scan.is_some());
        let ready = if has_scans { None } else { Ready::make(self, actor, now, command, seen, &act) };
        self.write(move |tx| {
            if let Some(ready) = ready
                && ready.still_holds(tx)
            {
                return Ok(ready.record(tx, actor, now, command)?);
            }
            if let Some(receipt) = tx.carried_out(command)? {
                return Ok(receipt);
            }
            let case = tx.case(seen.case)?.ok_or(StoreError::Missing)?;
            if case.version() != seen.version {
                return Err(StoreError::Changed.into());
            }
            permission::permit(&mut tx.connection, actor, now.today, &case, &act.change)?;
            let who = actor.account.unwrap_or(reading::PROGRAM);
            let setting = setting::of(tx.parts(), &founded, &case, Some(&act), now.today, who)?;
            let facts = decide(&case, &setting, &act, now)?;
            scans::check(&act.evidence, &scanned)?;
            let receipt = tx.append(actor, now, command, &facts)?;
            scans::keep(tx, &act, &scanned, command, (case.person, receipt.first_seq))?;
            Ok(receipt)
        })
    }

    /// Opens a file for a person, in the branch whose roster the person is on.
    ///
    /// # Errors
    /// As [`Store::record_act`].
    pub fn open_file(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        person: PersonId,
        act: Act,
    ) -> Result<CaseId, ActError> {
        let founded = self.founded.clone();
        let unit = self.person(person)?.unit;
        self.write(move |tx| {
            if let Some(receipt) = tx.carried_out(command)? {
                return Ok(tx.case_opened_at(receipt.first_seq)?);
            }
            let case = Case::new(cases::next_id(&mut tx.connection)?, person, unit);
            permission::permit(&mut tx.connection, actor, now.today, &case, &act.change)?;
            let who = actor.account.unwrap_or(reading::PROGRAM);
            let setting = setting::of(tx.parts(), &founded, &case, Some(&act), now.today, who)?;
            let facts = decide(&case, &setting, &act, now)?;
            tx.append(actor, now, command, &facts)?;
            Ok(case.id)
        })
    }
}

impl Reader {
    pub(crate) fn parts(&mut self) -> setting::Parts<'_> {
        setting::Parts { connection: &mut self.connection, keys: &mut self.keys }
    }
}

impl Tx {
    pub(crate) fn parts(&mut self) -> setting::Parts<'_> {
        setting::Parts { connection: &mut self.connection, keys: &mut self.keys }
    }

    /// The same, with the files that were folded lately.
    pub(crate) fn parts_at_hand(&mut self) -> (setting::Parts<'_>, &mut cases::Cases) {
        (setting::Parts { connection: &mut self.connection, keys: &mut self.keys }, &mut self.cases)
    }

    fn case(&mut self, id: CaseId) -> Result<Option<Case>, StoreError> {
        Ok(self.cases.load(&mut self.connection, &mut self.keys, id)?.cloned())
    }

    fn case_opened_at(&mut self, seq: u64) -> Result<CaseId, StoreError> {
        let rows =
            self.connection.query("SELECT case_id FROM event WHERE seq = $1", &[seq.cast_signed().into()])?;
        let id = rows.first().map(|row| row.optional_int(0)).transpose()?.flatten();
        id.map(CaseId).ok_or(StoreError::Missing)
    }
}

/// The act that opens a file.
#[must_use]
pub fn opening(on: Date, previous: Option<CaseId>) -> Act {
    Act::new(on, Opened { previous })
}

#[cfg(test)]
pub(crate) mod tests;
