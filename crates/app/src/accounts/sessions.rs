//! Signing in and what follows from it. A wrong name and a wrong password get the same answer after the
//! same work; a session's token is known to the browser alone.

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier as _;
use argon2::password_hash::phc::PasswordHash;
use domain::dates::Moment;
use domain::ids::AccountId;
use sha2::{Digest as _, Sha256};

use super::Identity;
use crate::store::accounts::{self, AccountRow, SessionRow};
use crate::store::{Connection, Store, StoreError, keys};

/// A session unused for so long is over.
const IDLE_MS: i64 = 30 * 60 * 1000;
/// And every session after this.
const LONGEST_MS: i64 = 12 * 60 * 60 * 1000;
/// How exactly the last use is noted; not every page is worth a write.
const NOTED_MS: i64 = 60 * 1000;
/// Attempts that may fail before one has to wait.
const FREE_ATTEMPTS: i64 = 5;
/// The first wait; each further failure doubles it.
const FIRST_WAIT_MS: i64 = 30 * 1000;
/// The longest wait.
const LONGEST_WAIT_MS: i64 = 15 * 60 * 1000;

/// What hashing costs for a name that does not exist: the same as for one that does.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bWlhb3B1LW5vYm9keQ$9fU0cJmQ3Zt0w1m6rG0XyQ5qQm0q1b8m3oQ2oQ9m3bE";

/// A session that has just begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// What the browser shows from now on; it is not stored.
    pub token: String,
    /// Who it is.
    pub account: AccountId,
}

/// Why nobody was let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The name or the password is wrong; which of them is not told.
    #[error("登录名或密码不正确 / the name or the password is wrong")]
    Wrong,
    /// Too many attempts failed.
    #[error("尝试次数过多，请 {seconds} 秒后再试 / too many attempts; try again in {seconds} seconds")]
    Locked {
        /// Seconds to wait.
        seconds: i64,
    },
    /// The store cannot.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Begins a session for whoever knows the password.
    ///
    /// # Errors
    /// Name or password are wrong, too many attempts failed lately, or the store fails.
    pub fn sign_in(&self, login: &str, password: &str, now: Moment) -> Result<NewSession, SignInError> {
        let (account, phc, failed) = self.read(|connection| {
            let account = accounts::by_login(connection, login)?;
            let phc = match &account {
                Some(account) => accounts::password(connection, account.id)?.map(|(phc, _)| phc),
                None => None,
            };
            Ok((account, phc, accounts::failures(connection, login)?))
        })?;
        if let Some(seconds) = wait(failed, now.at.0) {
            return Err(SignInError::Locked { seconds });
        }
        let is_right = is_password(password, phc.as_deref().unwrap_or(NOBODY));
        match account {
            Some(account) if is_right && phc.is_some() => self.begin(account.id, login, now),
            Some(_) | None => {
                let login = login.to_owned();
                self.write(move |tx| {
                    accounts::set_failures(&mut tx.connection, &login, failed.0 + 1, now.at.0)
                })?;
                Err(SignInError::Wrong)
            }
        }
    }

    fn begin(&self, account: AccountId, login: &str, now: Moment) -> Result<NewSession, SignInError> {
        let (token, csrf) = (secret(), secret());
        let digest = digest(&token);
        let row = SessionRow { account, csrf, created_at: now.at.0, seen_at: now.at.0 };
        let login = login.to_owned();
        self.write(move |tx| {
            accounts::set_failures(&mut tx.connection, &login, 0, 0)?;
            accounts::keep_session(&mut tx.connection, &digest, &row)
        })?;
        Ok(NewSession { token, account })
    }

    /// Who a session belongs to; nobody if it is over.
    ///
    /// # Errors
    /// The store fails.
    pub fn session(&self, token: &str, now: Moment) -> Result<Option<Identity>, StoreError> {
        let digest = digest(token);
        let found = self.read(|connection| {
            let Some(session) = accounts::session(connection, &digest)? else { return Ok(None) };
            let account = accounts::by_id(connection, session.account)?.ok_or(StoreError::Missing)?;
            Ok(Some((identity(connection, account)?, session)))
        })?;
        let Some((identity, session)) = found else { return Ok(None) };
        let age = now.at.0 - session.created_at;
        let idle = now.at.0 - session.seen_at;
        if identity.is_closed || age > LONGEST_MS || idle > IDLE_MS {
            self.write(move |tx| accounts::end_session(&mut tx.connection, &digest))?;
            return Ok(None);
        }
        let csrf = session.csrf.clone();
        if idle > NOTED_MS {
            let seen = SessionRow { seen_at: now.at.0, ..session };
            self.write(move |tx| accounts::keep_session(&mut tx.connection, &digest, &seen))?;
        }
        Ok(Some(Identity { csrf, ..identity }))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The store fails.
    pub fn sign_out(&self, token: &str) -> Result<(), StoreError> {
        let digest = digest(token);
        self.write(move |tx| accounts::end_session(&mut tx.connection, &digest))
    }
}

/// Seconds to wait after so many failures, the last of them at an instant.
fn wait((n, last_at): (i64, i64), now: i64) -> Option<i64> {
    let doublings = u32::try_from(n - FREE_ATTEMPTS).ok()?.min(16);
    let wait = (FIRST_WAIT_MS << doublings).min(LONGEST_WAIT_MS);
    let left = last_at + wait - now;
    (left > 0).then_some((left + 999) / 1000)
}

fn is_password(password: &str, phc: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(phc) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
}

/// 256 bits from the system's generator, as 64 digits.
fn secret() -> String {
    let mut bytes = [0u8; 32];
    keys::random(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// An account with its duties.
pub(super) fn identity(connection: &mut Connection, row: AccountRow) -> Result<Identity, StoreError> {
    let must_change_password =
        accounts::password(connection, row.id)?.is_some_and(|(_, is_temporary)| is_temporary);
    Ok(Identity {
        account: row.id,
        grants: accounts::grants(connection, row.id)?,
        login: row.login,
        display_name: row.display_name,
        person: row.person,
        must_change_password,
        csrf: String::new(),
        is_closed: row.is_closed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_and_ends() {
        assert_eq!(wait((4, 0), 0), None);
        assert_eq!(wait((5, 0), 0), Some(30));
        assert_eq!(wait((6, 0), 0), Some(60));
        assert_eq!(wait((60, 0), 0), Some(900));
        assert_eq!(wait((5, 0), 30_000), None);
    }

    #[test]
    fn a_name_that_does_not_exist_costs_the_same_work() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let params = argon2::Params::try_from(&nobody).unwrap();
        let usual = argon2::Params::default();
        assert_eq!(
            (params.m_cost(), params.t_cost(), params.p_cost()),
            (usual.m_cost(), usual.t_cost(), usual.p_cost())
        );
        assert!(!is_password("", NOBODY));
    }
}
