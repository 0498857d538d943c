//! Rows of public notices that were opened and not closed: what the board is made of. They hold no name.

use domain::case::{Case, Change};
use domain::ids::{CaseId, EventId, UnitId};
use jiff::civil::Date;

use super::{Connection, StoreError};

/// A notice that runs on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoticeRow {
    pub(crate) event: EventId,
    pub(crate) case: CaseId,
}

/// Notices that are to be seen on a day, those that end first before the others.
pub(crate) fn on(connection: &mut Connection, day: Date) -> Result<Vec<NoticeRow>, StoreError> {
    let rows = connection.query(
        "SELECT event_id, case_id FROM notice WHERE from_on <= $1 AND last_on >= $1 ORDER BY last_on, event_id",
        &[day.to_string().into()],
    )?;
    let row = |row: &super::Row| {
        let event = row.text(0)?;
        let event = event.parse().map_err(|_| StoreError::Damaged(format!("`{event}` names no event")))?;
        Ok(NoticeRow { event, case: CaseId(row.int(1)?) })
    };
    rows.iter().map(row).collect()
}

/// Lets the rows of a file follow a change that may touch them.
pub(crate) fn follow(
    connection: &mut Connection,
    root: UnitId,
    case: &Case,
    change: Option<&Change>,
) -> Result<(), StoreError> {
    let may_touch = matches!(
        change,
        Some(
            Change::NoticeOpened(_)
                | Change::NoticeClosed(_)
                | Change::Corrected(_)
                | Change::Invalidated(_)
                | Change::TransferReceived(_)
                | Change::Ended(_)
                | Change::Completed(_)
        )
    );
    if !may_touch {
        return Ok(());
    }
    connection.execute("DELETE FROM notice WHERE case_id = $1", &[case.id.0.into()])?;
    if case.is_closed() {
        return Ok(());
    }
    for run in case.notices().iter().filter(|run| run.closed.is_none()) {
        connection.execute(
            "INSERT INTO notice (root_id, event_id, case_id, from_on, last_on) VALUES ($1, $2, $3, $4, $5)",
            &[
                root.0.into(),
                run.event.to_string().into(),
                case.id.0.into(),
                run.from.to_string().into(),
                run.last_on.to_string().into(),
            ],
        )?;
    }
    Ok(())
}
