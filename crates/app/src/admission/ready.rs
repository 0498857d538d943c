//! Acts decided and sealed by whoever asks, before it is the writer's turn: most of the work is then
//! done by many at once, while the writer waits for the disk. Inside the transaction it is enough that
//! nothing the decision looked at has changed since; otherwise it is made anew there, and whatever speaks
//! against the act is always said there.

use std::sync::Arc;

use domain::case::Case;
use domain::dates::Moment;
use domain::decide::{Act, decide};

use super::{Seen, permission, setting};
use crate::act::ActError;
use crate::store::lately::LookedAt;
use crate::store::sealing::{self, Sealed};
use crate::store::{Actor, CommandId, Reader, Receipt, Store, StoreError, Tx, reading};

/// A decision from one state of the record.
pub(super) struct Ready {
    /// Number of events in that state.
    size: u64,
    looked_at: LookedAt,
    case: Arc<Case>,
    facts: Vec<Sealed>,
}

impl Ready {
    /// Decides an act and seals what is to be recorded; nothing when anything speaks against it.
    pub(super) fn make(
        store: &Store,
        actor: Actor,
        now: Moment,
        command: CommandId,
        seen: Seen,
        act: &Act,
    ) -> Option<Ready> {
        let made = store.read_open(|reader| {
            reader.connection.begin_reading()?;
            let made = decided(store, reader, (actor, now, command), seen, act);
            reader.connection.batch("ROLLBACK")?;
            Ok(made)
        });
        made.ok()?.ok()
    }

    /// Whether the decision would be the same in this transaction.
    pub(super) fn still_holds(&self, tx: &Tx) -> bool {
        tx.log.lately.leaves_alone(self.size, &self.looked_at)
    }

    pub(super) fn record(
        self,
        tx: &mut Tx,
        actor: Actor,
        now: Moment,
        command: CommandId,
    ) -> Result<Receipt, StoreError> {
        tx.cases.offer(&self.case);
        tx.append_sealed(actor, now, command, self.facts)
    }
}

fn decided(
    store: &Store,
    reader: &mut Reader,
    (actor, now, command): (Actor, Moment, CommandId),
    seen: Seen,
    act: &Act,
) -> Result<Ready, ActError> {
    let size = reading::size(&mut reader.connection)?.cast_unsigned();
    let case = store.shelf.file(reader, seen.case)?.ok_or(StoreError::Missing)?;
    if case.version() != seen.version {
        return Err(StoreError::Changed.into());
    }
    permission::permit(&mut reader.connection, actor, now.today, &case, &act.change)?;
    let who = actor.account.unwrap_or(reading::PROGRAM);
    let here = (&store.founded, &*store.pulse);
    let around = store.shelf.around(reader, here, &case, (act.on, size.cast_signed()))?;
    let setting = setting::within(reader.parts(), &store.founded, &case, Some(act), (around, act.on), who)?;
    let facts = decide(&case, &setting, act, now)?;
    let key = reader.keys.known(case.person)?.ok_or(StoreError::Missing)?;
    let sealed = facts.into_iter().enumerate().map(|(n, fact)| {
        let recorded = reading::recorded_as(command.event(n), fact, now.at, who);
        sealing::seal(&store.founded.origin, (recorded, Some(key.clone())))
    });
    let facts = sealed.collect::<Result<Vec<_>, _>>()?;
    Ok(Ready { size, looked_at: setting::looked_at(&case, act)?, case, facts })
}
