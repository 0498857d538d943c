//! Second factors: sealed secrets, and recovery codes as digests.

use domain::ids::AccountId;

use super::settings::{self, Setting};
use super::{Connection, SITE, StoreError};

/// A second factor as its row has it.
pub(crate) struct FactorRow {
    pub(crate) sealed: Vec<u8>,
    /// The step of the last code taken.
    pub(crate) last_step: i64,
}

/// Whether the site asks for a second factor of whoever decides or administers.
pub(crate) fn is_required(connection: &mut Connection) -> Result<bool, StoreError> {
    Ok(settings::value(connection, Setting::SecondFactorRequired)?.unwrap_or(0) != 0)
}

/// The second factor of an account: the one in use, or the one that waits for its first code.
pub(crate) fn factor(
    connection: &mut Connection,
    account: AccountId,
    is_pending: bool,
) -> Result<Option<FactorRow>, StoreError> {
    let rows = connection.query(
        "SELECT sealed, last_step FROM second_factor
         WHERE root_id = $1 AND account_id = $2 AND is_pending = $3",
        &[SITE.0.into(), account.0.into(), i64::from(is_pending).into()],
    )?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(FactorRow { sealed: row.bytes(0)?.to_vec(), last_step: row.int(1)? }))
}

/// Stores a second factor in the place of an earlier one.
pub(crate) fn set_factor(
    connection: &mut Connection,
    account: AccountId,
    is_pending: bool,
    factor: &FactorRow,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO second_factor (root_id, account_id, is_pending, sealed, last_step)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (root_id, account_id, is_pending)
         DO UPDATE SET sealed = excluded.sealed, last_step = excluded.last_step",
        &[
            SITE.0.into(),
            account.0.into(),
            i64::from(is_pending).into(),
            factor.sealed.clone().into(),
            factor.last_step.into(),
        ],
    )?;
    Ok(())
}

/// Notes the step of a code that was taken.
pub(crate) fn take_step(
    connection: &mut Connection,
    account: AccountId,
    step: i64,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE second_factor SET last_step = $1
         WHERE root_id = $2 AND account_id = $3 AND is_pending = 0",
        &[step.into(), SITE.0.into(), account.0.into()],
    )?;
    Ok(())
}

/// Forgets the factor that waits for its first code.
pub(crate) fn drop_pending(connection: &mut Connection, account: AccountId) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM second_factor WHERE root_id = $1 AND account_id = $2 AND is_pending = 1",
        &[SITE.0.into(), account.0.into()],
    )?;
    Ok(())
}

/// Forgets the factors and recovery codes of an account.
pub(crate) fn drop_all(connection: &mut Connection, account: AccountId) -> Result<(), StoreError> {
    let whose = [SITE.0.into(), account.0.into()];
    connection.execute("DELETE FROM second_factor WHERE root_id = $1 AND account_id = $2", &whose)?;
    connection.execute("DELETE FROM recovery_code WHERE root_id = $1 AND account_id = $2", &whose)?;
    Ok(())
}

/// Stores recovery codes in the place of earlier ones.
pub(crate) fn set_codes(
    connection: &mut Connection,
    account: AccountId,
    digests: &[Vec<u8>],
) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM recovery_code WHERE root_id = $1 AND account_id = $2",
        &[SITE.0.into(), account.0.into()],
    )?;
    for digest in digests {
        connection.execute(
            "INSERT INTO recovery_code (root_id, account_id, digest) VALUES ($1, $2, $3)",
            &[SITE.0.into(), account.0.into(), digest.clone().into()],
        )?;
    }
    Ok(())
}

/// Uses a recovery code up; says whether there was one.
pub(crate) fn use_code(
    connection: &mut Connection,
    account: AccountId,
    digest: &[u8],
) -> Result<bool, StoreError> {
    let n_used = connection.execute(
        "DELETE FROM recovery_code WHERE root_id = $1 AND account_id = $2 AND digest = $3",
        &[SITE.0.into(), account.0.into(), digest.to_vec().into()],
    )?;
    Ok(n_used > 0)
}

/// How many recovery codes are left.
pub(crate) fn n_codes(connection: &mut Connection, account: AccountId) -> Result<i64, StoreError> {
    let rows = connection.query(
        "SELECT COUNT(*) FROM recovery_code WHERE root_id = $1 AND account_id = $2",
        &[SITE.0.into(), account.0.into()],
    )?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}
