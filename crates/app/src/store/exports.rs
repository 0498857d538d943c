//! What each account exported on each day, and how often more was refused: a view of the record.

use domain::case::Recorded;
use domain::event::Event;
use domain::ids::AccountId;
use jiff::civil::Date;

use super::{Connection, SITE, StoreError};

/// What an account exported on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Exported {
    pub(crate) n_rows: u64,
    pub(crate) n_refused: u64,
}

/// Derives the row of the day. A dossier is about one person, however many entries it has.
#[expect(clippy::wildcard_enum_match_arm, reason = "`views` hands over only what is about exports")]
pub(crate) fn apply(connection: &mut Connection, recorded: &Recorded) -> Result<(), StoreError> {
    let (n_rows, n_refused) = match &recorded.fact.event {
        Event::ListExported(list) if list.list == "dossier" => (1, 0),
        Event::ListExported(list) => (i64::try_from(list.n_rows).unwrap_or(i64::MAX), 0),
        Event::ListRefused(_) => (0, 1),
        other => return Err(StoreError::Unfit(format!("`{}` is not about an export", other.kind()))),
    };
    connection.execute(
        "INSERT INTO exported (root_id, account_id, exported_on, n_rows, n_refused) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (root_id, account_id, exported_on) DO UPDATE
         SET n_rows = exported.n_rows + excluded.n_rows, n_refused = exported.n_refused + excluded.n_refused",
        &[
            SITE.0.into(),
            recorded.actor.0.into(),
            recorded.recorded_on.to_string().into(),
            n_rows.into(),
            n_refused.into(),
        ],
    )?;
    Ok(())
}

/// What an account exported on a day.
pub(crate) fn on(connection: &mut Connection, account: AccountId, day: Date) -> Result<Exported, StoreError> {
    let rows = connection.query(
        "SELECT n_rows, n_refused FROM exported WHERE root_id = $1 AND account_id = $2 AND exported_on = $3",
        &[SITE.0.into(), account.0.into(), day.to_string().into()],
    )?;
    let Some(row) = rows.first() else { return Ok(Exported::default()) };
    Ok(Exported { n_rows: row.int(0)?.max(0).cast_unsigned(), n_refused: row.int(1)?.max(0).cast_unsigned() })
}
