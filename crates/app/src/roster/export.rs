//! Rosters out: the columns of the import, with every export an event in the record. Identity numbers
//! leave only when they are asked for.

use documents::roster::people::{self as sheet, Entry};
use documents::table::{Heads, WriteError};
use domain::access::Action;
use domain::dates::Moment;
use domain::event::{Fact, ListExported};
use domain::ids::UnitId;
use domain::person::{Person, Stage};
use domain::text::{Language, Text};
use sha2::{Digest as _, Sha256};

use super::quota;
use crate::accounts::authority;
use crate::act::ActError;
use crate::store::{Actor, CommandId, Connection, Store, StoreError};

/// Why a list leaves, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose {
    /// Why it is needed; written in the record.
    pub text: String,
    /// Whether identity numbers and telephones go along.
    pub with_numbers: bool,
    /// A comma-separated file instead of a workbook.
    pub is_csv: bool,
}

/// An empty workbook with heads, drop-downs and a sample row.
///
/// # Errors
/// The workbook cannot be written.
pub fn template() -> Result<Vec<u8>, WriteError> {
    let caption = Text::new("人员名册", "Roster of people");
    documents::template::write(&sheet::columns(), caption, Heads::Both)
}

impl Store {
    /// The roster of a unit and everything below it as a file, and the event that it left.
    ///
    /// # Errors
    /// Whoever acts may not, there is no such unit, or the record cannot be read or written.
    pub fn export_roster(
        &self,
        actor: Actor,
        now: Moment,
        unit: UnitId,
        purpose: &Purpose,
    ) -> Result<Vec<u8>, ActError> {
        let permitted = move |connection: &mut Connection, with_numbers: bool| {
            let numbers = with_numbers.then_some(Action::Unmask);
            [Some(Action::ExportList), numbers].into_iter().flatten().try_for_each(|action| {
                authority::permit_unit::<ActError>(connection, actor, action, (unit, true), now.today)
            })
        };
        // Asked before anything is opened, and again in the transaction that records the export.
        let with_numbers = purpose.with_numbers;
        self.read(|connection| Ok(permitted(connection, with_numbers)))??;
        let ids = self.people_below(unit, None, 0, i64::MAX)?;
        let mut entries = Vec::with_capacity(ids.len());
        for id in ids {
            let person = self.person(id)?;
            // Someone without a file or a membership is a contact; rosters name none (`codes::stages`).
            if person.stage == Stage::None {
                continue;
            }
            let code = self.unit(person.unit)?.code;
            entries.push(entry(person, code, purpose.with_numbers));
        }
        let table = sheet::table(&entries, Heads::In(Language::Zh));
        let unwritable = |error: WriteError| StoreError::Unfit(error.to_string());
        let bytes = if purpose.is_csv { table.to_csv() } else { table.to_xlsx() }.map_err(unwritable)?;
        let exported = ListExported {
            list: "roster".to_owned(),
            n_rows: entries.len() as u64,
            columns: columns(purpose.with_numbers),
            purpose: purpose.text.clone(),
            sha256: Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        let left = self.write(move |tx| {
            permitted(&mut tx.connection, with_numbers)?;
            // A refusal leaves an entry of its own, so the transaction is kept.
            if let Some(denial) = quota::refusal(tx, actor, now, &exported)? {
                return Ok(Err(denial));
            }
            let fact = Fact::of_unit(unit, now.today, exported);
            tx.append(actor, now, CommandId::random(), &[fact])?;
            Ok::<_, ActError>(Ok(()))
        })?;
        left?;
        Ok(bytes)
    }
}

fn columns(with_numbers: bool) -> Vec<String> {
    let sealed = ["id_number", "phone"];
    let ids = sheet::columns().into_iter().map(|column| column.id.to_owned());
    ids.filter(|id| with_numbers || !sealed.contains(&id.as_str())).collect()
}

fn entry(person: Person, unit: String, with_numbers: bool) -> Entry {
    let day_of = |stage: Stage| person.stage_on.filter(|_| person.stage == stage);
    let mut particulars = person.particulars;
    if !with_numbers {
        particulars.id_number.clear();
        particulars.phone.clear();
    }
    Entry {
        row: 0,
        particulars,
        former_id: String::new(),
        unit,
        stage: person.stage,
        applied_on: day_of(Stage::Applicant),
        activist_on: day_of(Stage::Activist),
        target_on: day_of(Stage::Target),
        admitted_on: person.admitted_on,
        confirmed_on: person.full_since,
        remarks: String::new(),
    }
}
