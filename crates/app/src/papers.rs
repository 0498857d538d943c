//! Papers out of the record: composed, printed, and issued with an entry that holds the digest of the
//! printed file. The entry's identity is drawn first and stands on the paper; the digest follows.

mod batch;

use std::collections::BTreeMap;

use documents::paper::{Bundle, Proof};
use documents::papers::{self, PlanLine, PlanPaper, Source};
use documents::pdf::{PrintError, Printed};
use domain::access::{Action, Denial, Relation, Resource};
use domain::dates::Moment;
use domain::event::{Fact, PaperIssued};
use domain::ids::{CaseId, EventId, PersonId, PlanId, UnitId};
use domain::paper::PaperKind;
use domain::text::{Language, Text};
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::accounts::authority;
use crate::plans::brief;
use crate::record::Head;
use crate::rulebooks::books;
use crate::store::{Actor, CommandId, Connection, Store, StoreError, papers as rows, units};

pub use crate::store::PaperRow;
pub use batch::{Batch, Skipped, Watch};
pub use documents::pdf::Press;

/// Which paper is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The kind.
    pub kind: PaperKind,
    /// The language.
    pub language: Language,
}

/// A paper that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The entry that records it.
    pub event: EventId,
    /// The printed file.
    pub printed: Printed,
    /// Its digest.
    pub sha256: String,
}

/// A paper that was not issued.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// Whoever acts may not.
    #[error("{}", .0.text.en)]
    Denied(Denial),
    /// The store cannot.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It could not be printed.
    #[error(transparent)]
    Unprinted(#[from] PrintError),
    /// The file has nothing to say for this paper yet.
    #[error("档案中还没有这种文书的内容 / the file has nothing to say for this paper yet")]
    NotReady,
    /// The command was carried out before, and what the paper says has changed since.
    #[error(
        "该文书已出具，此后档案有变化，请另行出具 / issued before, and the file has changed since; issue it anew"
    )]
    ChangedSince,
}

impl From<Denial> for PaperError {
    fn from(denial: Denial) -> Self {
        PaperError::Denied(denial)
    }
}

impl PaperError {
    /// What is wrong and what helps, where whoever asked can mend it.
    #[must_use]
    pub fn text(&self) -> Option<Text> {
        match self {
            PaperError::Denied(denial) => Some(denial.text.clone()),
            PaperError::Unprinted(error) => Some(error.text()),
            PaperError::NotReady => Some(Text::new(
                "档案中还没有这种文书的内容，办到相应步骤后再出具。",
                "The file has nothing to say for this paper yet; issue it once the step is taken.",
            )),
            PaperError::ChangedSince => Some(Text::new(
                "这份文书已经出具，此后档案有变化。请返回档案另行出具。",
                "This paper was issued before and the file has changed since. Go back to the file and issue it anew.",
            )),
            PaperError::Store(_) => None,
        }
    }
}

/// What a paper is about, and in whose books it stands.
#[derive(Debug, Clone, Copy)]
struct About {
    unit: UnitId,
    person: Option<PersonId>,
    case: Option<CaseId>,
    plan: Option<PlanId>,
}

impl Store {
    /// Issues a paper of an admission file. A command that was carried out before gets the same file
    /// again, as long as the file still says the same.
    ///
    /// # Errors
    /// Whoever acts may not, the file is not that far, the paper cannot be printed, or the store fails.
    pub fn issue_paper(
        &self,
        press: &Press,
        actor: Actor,
        now: Moment,
        command: CommandId,
        (id, wanted): (CaseId, Wanted),
    ) -> Result<Issued, PaperError> {
        let case = self.case(id)?;
        let about = About { unit: case.unit, person: Some(case.person), case: Some(id), plan: None };
        let mut units = BTreeMap::new();
        for unit in papers::units_named(&case) {
            units.insert(unit, self.unit(unit)?.name);
        }
        let (person, branch) = (self.particulars(case.person)?, self.unit(case.unit)?.name);
        self.issue(press, actor, now, command, (about, wanted), |proof| {
            let source = Source {
                case: &case,
                person: &person,
                branch: &branch,
                units: &units,
                edition: books().on(now.today),
                on: now.today,
                language: wanted.language,
            };
            papers::bundle(wanted.kind, &source, Some(proof)).ok_or(PaperError::NotReady)
        })
    }

    /// Issues the paper of a plan below a unit, with its brief and the numbers of every unit there.
    ///
    /// # Errors
    /// As [`Store::issue_paper`].
    pub fn issue_plan(
        &self,
        press: &Press,
        actor: Actor,
        now: Moment,
        command: CommandId,
        (plan, top, language): (PlanId, UnitId, Language),
    ) -> Result<Issued, PaperError> {
        let all: Vec<UnitId> = self.subtree(top)?.iter().map(|unit| unit.id).collect();
        let view = self.plan_view(plan, top, &all, now.today)?;
        let lines = view.lines.iter().map(|line| PlanLine {
            code: line.unit.code.clone(),
            name: line.unit.name.clone(),
            n_ready: line.n_ready,
            n_asked: line.n_asked,
            n_places: line.quota.map(|(_, places)| places),
            n_used: line.n_used,
        });
        let paper = PlanPaper {
            year: view.row.year,
            maker: view.maker.name.clone(),
            brief: brief(&view),
            lines: lines.collect(),
            adopted_on: view.row.adopted_on,
            on: now.today,
        };
        let about = About { unit: top, person: None, case: None, plan: Some(plan) };
        let wanted = Wanted { kind: PaperKind::Plan, language };
        self.issue(press, actor, now, command, (about, wanted), |proof| {
            Ok(paper.bundle(language, Some(proof)))
        })
    }

    fn issue(
        &self,
        press: &Press,
        actor: Actor,
        now: Moment,
        command: CommandId,
        (about, wanted): (About, Wanted),
        compose: impl FnOnce(Proof) -> Result<Bundle, PaperError>,
    ) -> Result<Issued, PaperError> {
        let permitted = move |connection: &mut Connection| permit(connection, actor, &about, now.today);
        // Asked before anything is composed, and again in the transaction that records the issue.
        self.read(|connection| Ok(permitted(connection)))??;
        let event = command.event(0);
        let before = self.read(|connection| rows::of_event(connection, event))?;
        let (head, on) = match &before {
            Some(before) => (self.head_at(before.size)?.ok_or(StoreError::Missing)?, before.issued_on),
            None => (self.head()?, now.today),
        };
        let size = head.size;
        let printed = compose(self.proof_of(event, head)?)?.print(press, on)?;
        let sha256 = digest(&printed.bytes);
        if let Some(before) = before {
            let is_same = before.sha256 == sha256;
            return if is_same {
                Ok(Issued { event, printed, sha256 })
            } else {
                Err(PaperError::ChangedSince)
            };
        }
        let issued = PaperIssued {
            paper: wanted.kind,
            language: wanted.language,
            file: about.case,
            plan: about.plan,
            sha256: sha256.clone(),
            n_pages: u32::try_from(printed.n_pages).unwrap_or(u32::MAX),
            size,
        };
        let fact = match about.person {
            Some(person) => Fact::of_person(person, about.unit, now.today, issued),
            None => Fact::of_unit(about.unit, now.today, issued),
        };
        self.write(move |tx| {
            permitted(&mut tx.connection)?;
            tx.append(actor, now, command, &[fact])?;
            Ok::<_, PaperError>(())
        })?;
        Ok(Issued { event, printed, sha256 })
    }

    fn proof_of(&self, event: EventId, head: Head) -> Result<Proof, StoreError> {
        let origin = self.read(crate::store::origin)?.ok_or(StoreError::NotFounded)?;
        Ok(Proof { entry: event.to_string(), origin, size: head.size, root: head.root })
    }

    /// The papers issued from a file, the latest first.
    ///
    /// # Errors
    /// The database fails.
    pub fn papers_of(&self, case: CaseId) -> Result<Vec<PaperRow>, StoreError> {
        self.read(|connection| rows::of_case(connection, case))
    }

    /// The issued paper whose file has this digest, with its place in the log; none if no such paper was
    /// ever issued here. It tells nobody what a paper says.
    ///
    /// # Errors
    /// The database fails.
    pub fn check_paper(&self, sha256: &str) -> Result<Option<(PaperRow, u64)>, StoreError> {
        let sha256 = sha256.trim().to_ascii_lowercase();
        self.read(|connection| {
            let Some(row) = rows::with_digest(connection, &sha256)? else { return Ok(None) };
            let seq = rows::seq_of(connection, row.event)?.ok_or(StoreError::Missing)?;
            Ok(Some((row, seq)))
        })
    }
}

/// Nobody issues papers of the own file.
fn permit(connection: &mut Connection, actor: Actor, about: &About, today: Date) -> Result<(), PaperError> {
    let Some((account, _)) = authority::acting(connection, actor)? else { return Ok(()) };
    let unit = units::unit(connection, about.unit)?.ok_or(StoreError::Missing)?;
    let is_self = about.person.is_some() && account.person == about.person;
    let resource = Resource::of_unit(unit.pre, unit.id).tied(Relation { is_self, ..Relation::default() });
    authority::permit(connection, actor, Action::IssuePaper, &resource, today)
}

/// Lower-case hexadecimal SHA-256 of a file.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
