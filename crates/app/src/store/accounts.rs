//! Rows of accounts and duties (views), and of passwords, sessions and failed attempts (kept here and
//! nowhere else).

use domain::access::Grant;
use domain::event::{Event, Fact};
use domain::ids::{AccountId, GrantId, PersonId, UnitId};
use domain::role::{Reach, Role};
use jiff::civil::Date;

use super::{Connection, Row, SITE, StoreError, Value, units};

/// An account as its row has it.
pub(crate) struct AccountRow {
    pub(crate) id: AccountId,
    pub(crate) login: String,
    pub(crate) display_name: String,
    pub(crate) person: Option<PersonId>,
    pub(crate) is_closed: bool,
    pub(crate) has_second_factor: bool,
}

/// Derives the rows of a fact about accounts and duties.
#[expect(clippy::wildcard_enum_match_arm, reason = "`views` hands over only what is about accounts")]
pub(crate) fn apply(connection: &mut Connection, fact: &Fact) -> Result<(), StoreError> {
    match &fact.event {
        Event::AccountOpened(opened) => {
            let row: [Value; 5] = [
                SITE.0.into(),
                opened.account.0.into(),
                opened.login.as_str().into(),
                opened.display_name.as_str().into(),
                opened.person.map(|person| person.0).into(),
            ];
            let sql = "INSERT INTO account
                           (root_id, id, login, display_name, person_id, is_closed, has_second_factor)
                       VALUES ($1, $2, $3, $4, $5, 0, 0)";
            connection.execute(sql, &row)?;
        }
        Event::AccountClosed(closed) => {
            connection.execute(
                "UPDATE account SET is_closed = 1 WHERE root_id = $1 AND id = $2",
                &[SITE.0.into(), closed.account.0.into()],
            )?;
        }
        Event::SecondFactorSet(set) => has_second_factor(connection, set.account, true)?,
        Event::SecondFactorReset(reset) => has_second_factor(connection, reset.account, false)?,
        Event::GrantGiven(given) => {
            let row: [Value; 8] = [
                SITE.0.into(),
                given.grant.0.into(),
                given.account.0.into(),
                given.role.code().into(),
                given.unit.0.into(),
                given.reach.code().into(),
                given.from.to_string().into(),
                given.to.to_string().into(),
            ];
            connection.execute(
                "INSERT INTO duty (root_id, id, account_id, role, unit_id, reach, from_on, to_on, is_ended)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
                &row,
            )?;
        }
        Event::GrantEnded(ended) => {
            connection.execute(
                "UPDATE duty SET is_ended = 1 WHERE root_id = $1 AND id = $2",
                &[SITE.0.into(), ended.grant.0.into()],
            )?;
        }
        other => return Err(StoreError::Unfit(format!("`{}` is not about an account", other.kind()))),
    }
    Ok(())
}

fn has_second_factor(
    connection: &mut Connection,
    account: AccountId,
    has_one: bool,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE account SET has_second_factor = $1 WHERE root_id = $2 AND id = $3",
        &[i64::from(has_one).into(), SITE.0.into(), account.0.into()],
    )?;
    Ok(())
}

const COLUMNS: &str = "id, login, display_name, person_id, is_closed, has_second_factor";

/// The open account of a name.
pub(crate) fn by_login(connection: &mut Connection, login: &str) -> Result<Option<AccountRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM account WHERE root_id = $1 AND login = $2 AND is_closed = 0");
    connection.query(&sql, &[SITE.0.into(), login.into()])?.first().map(account).transpose()
}

/// An account by its id, closed or not.
pub(crate) fn by_id(connection: &mut Connection, id: AccountId) -> Result<Option<AccountRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM account WHERE root_id = $1 AND id = $2");
    connection.query(&sql, &[SITE.0.into(), id.0.into()])?.first().map(account).transpose()
}

/// The open account of a person.
pub(crate) fn of_person(
    connection: &mut Connection,
    person: PersonId,
) -> Result<Option<AccountId>, StoreError> {
    let rows = connection.query(
        "SELECT id FROM account WHERE root_id = $1 AND person_id = $2 AND is_closed = 0",
        &[SITE.0.into(), person.0.into()],
    )?;
    rows.first().map(|row| row.int(0).map(AccountId)).transpose()
}

/// Every account, in the order of opening.
pub(crate) fn all(connection: &mut Connection) -> Result<Vec<AccountRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM account WHERE root_id = $1 ORDER BY id");
    connection.query(&sql, &[SITE.0.into()])?.iter().map(account).collect()
}

fn account(row: &Row) -> Result<AccountRow, StoreError> {
    Ok(AccountRow {
        id: AccountId(row.int(0)?),
        login: row.text(1)?.to_owned(),
        display_name: row.text(2)?.to_owned(),
        person: row.optional_int(3)?.map(PersonId),
        is_closed: row.int(4)? != 0,
        has_second_factor: row.int(5)? != 0,
    })
}

/// The duties of an account that were not ended.
pub(crate) fn grants(connection: &mut Connection, account: AccountId) -> Result<Vec<Grant>, StoreError> {
    let rows = connection.query(
        "SELECT id, role, unit_id, reach, from_on, to_on FROM duty
         WHERE root_id = $1 AND account_id = $2 AND is_ended = 0 ORDER BY id",
        &[SITE.0.into(), account.0.into()],
    )?;
    let mut grants = Vec::with_capacity(rows.len());
    for row in rows {
        let damaged = |what: &str| StoreError::Damaged(format!("a duty has no {what}"));
        let unit = UnitId(row.int(2)?);
        let known = units::unit(connection, unit)?.ok_or_else(|| damaged("unit"))?;
        let day = |column: usize| -> Result<Date, StoreError> {
            row.text(column)?.parse().map_err(|_| damaged("day"))
        };
        grants.push(Grant {
            id: GrantId(row.int(0)?),
            role: Role::from_code(row.int(1)?).ok_or_else(|| damaged("role"))?,
            unit,
            pre: known.pre,
            post: known.post,
            reach: Reach::from_code(row.int(3)?).ok_or_else(|| damaged("reach"))?,
            from: day(4)?,
            to: day(5)?,
        });
    }
    Ok(grants)
}

/// The account that holds a duty.
pub(crate) fn holder(connection: &mut Connection, grant: GrantId) -> Result<Option<AccountId>, StoreError> {
    let rows = connection.query(
        "SELECT account_id FROM duty WHERE root_id = $1 AND id = $2 AND is_ended = 0",
        &[SITE.0.into(), grant.0.into()],
    )?;
    rows.first().map(|row| row.int(0).map(AccountId)).transpose()
}

/// A number that no row of a table has.
pub(crate) fn next_id(connection: &mut Connection, table: &str) -> Result<i64, StoreError> {
    let sql = format!("SELECT id FROM {table} WHERE root_id = $1 ORDER BY id DESC LIMIT 1");
    let rows = connection.query(&sql, &[SITE.0.into()])?;
    Ok(rows.first().map_or(Ok(0), |row| row.int(0))? + 1)
}

/// The stored password of an account, and whether it must be changed.
pub(crate) fn password(
    connection: &mut Connection,
    account: AccountId,
) -> Result<Option<(String, bool)>, StoreError> {
    let rows = connection.query(
        "SELECT phc, is_temporary FROM password WHERE root_id = $1 AND account_id = $2",
        &[SITE.0.into(), account.0.into()],
    )?;
    rows.first().map(|row| Ok((row.text(0)?.to_owned(), row.int(1)? != 0))).transpose()
}

/// Stores a password in the place of an earlier one.
pub(crate) fn set_password(
    connection: &mut Connection,
    account: AccountId,
    phc: &str,
    is_temporary: bool,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO password (root_id, account_id, phc, is_temporary) VALUES ($1, $2, $3, $4)
         ON CONFLICT (root_id, account_id) DO UPDATE SET phc = excluded.phc, is_temporary = excluded.is_temporary",
        &[SITE.0.into(), account.0.into(), phc.into(), i64::from(is_temporary).into()],
    )?;
    Ok(())
}

/// Asks for another password at the next sign-in.
pub(crate) fn must_change(connection: &mut Connection, account: AccountId) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE password SET is_temporary = 1 WHERE root_id = $1 AND account_id = $2",
        &[SITE.0.into(), account.0.into()],
    )?;
    Ok(())
}

/// A session as its row has it.
pub(crate) struct SessionRow {
    pub(crate) account: AccountId,
    pub(crate) csrf: String,
    pub(crate) created_at: i64,
    pub(crate) seen_at: i64,
    /// The password was right; a code is still to come.
    pub(crate) awaits_code: bool,
}

/// The session of a token's digest.
pub(crate) fn session(connection: &mut Connection, digest: &[u8]) -> Result<Option<SessionRow>, StoreError> {
    let rows = connection.query(
        "SELECT account_id, csrf, created_at, seen_at, awaits_code FROM session WHERE root_id = $1 AND digest = $2",
        &[SITE.0.into(), digest.to_vec().into()],
    )?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(SessionRow {
        account: AccountId(row.int(0)?),
        csrf: row.text(1)?.to_owned(),
        created_at: row.int(2)?,
        seen_at: row.int(3)?,
        awaits_code: row.int(4)? != 0,
    }))
}

/// Begins a session.
pub(crate) fn begin_session(
    connection: &mut Connection,
    digest: &[u8],
    session: &SessionRow,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO session (root_id, digest, account_id, csrf, created_at, seen_at, awaits_code)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            SITE.0.into(),
            digest.to_vec().into(),
            session.account.0.into(),
            session.csrf.as_str().into(),
            session.created_at.into(),
            session.seen_at.into(),
            i64::from(session.awaits_code).into(),
        ],
    )?;
    Ok(())
}

/// Notes that a session was seen; one that has ended meanwhile stays ended.
pub(crate) fn see_session(connection: &mut Connection, digest: &[u8], at: i64) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE session SET seen_at = $1 WHERE root_id = $2 AND digest = $3",
        &[at.into(), SITE.0.into(), digest.to_vec().into()],
    )?;
    Ok(())
}

/// Forgets sessions that began and failures that happened before these instants.
pub(crate) fn forget(connection: &mut Connection, sessions: i64, failures: i64) -> Result<(), StoreError> {
    let before: [Value; 2] = [SITE.0.into(), sessions.into()];
    connection.execute("DELETE FROM session WHERE root_id = $1 AND created_at < $2", &before)?;
    let before: [Value; 2] = [SITE.0.into(), failures.into()];
    connection.execute("DELETE FROM failed_sign_in WHERE root_id = $1 AND last_at < $2", &before)?;
    Ok(())
}

/// Ends one session.
pub(crate) fn end_session(connection: &mut Connection, digest: &[u8]) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM session WHERE root_id = $1 AND digest = $2",
        &[SITE.0.into(), digest.to_vec().into()],
    )?;
    Ok(())
}

/// Ends every session of an account.
pub(crate) fn end_sessions(connection: &mut Connection, account: AccountId) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM session WHERE root_id = $1 AND account_id = $2",
        &[SITE.0.into(), account.0.into()],
    )?;
    Ok(())
}

/// Attempts that failed under a name since the last that did not, and when the latest was.
pub(crate) fn failures(connection: &mut Connection, login: &str) -> Result<(i64, i64), StoreError> {
    let rows = connection.query(
        "SELECT n, last_at FROM failed_sign_in WHERE root_id = $1 AND login = $2",
        &[SITE.0.into(), login.into()],
    )?;
    rows.first().map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
}

/// Notes how many attempts have failed; none clears the note.
pub(crate) fn set_failures(
    connection: &mut Connection,
    login: &str,
    n: i64,
    at: i64,
) -> Result<(), StoreError> {
    if n == 0 {
        connection.execute(
            "DELETE FROM failed_sign_in WHERE root_id = $1 AND login = $2",
            &[SITE.0.into(), login.into()],
        )?;
        return Ok(());
    }
    connection.execute(
        "INSERT INTO failed_sign_in (root_id, login, n, last_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (root_id, login) DO UPDATE SET n = excluded.n, last_at = excluded.last_at",
        &[SITE.0.into(), login.into(), n.into(), at.into()],
    )?;
    Ok(())
}
