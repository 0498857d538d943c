//! Showing a person's numbers in full: once for each purpose, and the purpose is in the record before
//! anything is shown.

use domain::access::Action;
use domain::dates::Moment;
use domain::ids::PersonId;
use domain::unmasking::{Purpose, decide, shown_already};

use crate::accounts::authority;
use crate::act::ActError;
use crate::store::{Actor, CommandId, Store, StoreError, particulars, people, roster};

/// What is masked everywhere else. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Unmasked {
    /// The identity number; empty when unknown.
    pub id_number: String,
    /// The telephone; empty when unknown.
    pub phone: String,
}

impl std::fmt::Debug for Unmasked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unmasked")
    }
}

impl Store {
    /// A person's numbers in full. A command that was carried out before shows nothing again.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once; or the store's own failures.
    pub fn unmask(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        person: PersonId,
        purpose: Purpose,
    ) -> Result<Unmasked, ActError> {
        self.write(move |tx| {
            let row = roster::row(&mut tx.connection, person)?.ok_or(StoreError::Missing)?;
            let place = (row.unit, false);
            authority::permit_unit::<ActError>(&mut tx.connection, actor, Action::Unmask, place, now.today)?;
            if tx.carried_out(command)?.is_some() {
                return Err(shown_already().into());
            }
            let known = particulars::read(&mut tx.connection, &mut tx.keys, person)?;
            let known = known.ok_or(StoreError::Missing)?;
            let whole = people::person(&mut tx.connection, person, known)?.ok_or(StoreError::Missing)?;
            let fact = decide(&whole, &purpose, now.today)?;
            tx.append(actor, now, command, &[fact])?;
            let known = whole.particulars;
            Ok(Unmasked { id_number: known.id_number, phone: known.phone })
        })
    }
}

#[cfg(test)]
mod tests;
