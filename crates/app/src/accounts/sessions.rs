//! Signing in and what follows from it. A wrong name and a wrong password get the same answer after the
//! same work; a session's token is known to the browser alone.

use domain::dates::Moment;
use domain::ids::AccountId;
use sha2::{Digest as _, Sha256};

use super::passwords::is_password;
use super::{AccountError, Identity, folded};
use crate::store::accounts::{self, SessionRow};
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
/// How long a code may be waited for after the password.
const CODE_MS: i64 = 10 * 60 * 1000;
/// Failures so long ago are forgotten.
const FORGOTTEN_MS: i64 = 24 * 60 * 60 * 1000;

/// A session that has just begun.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSession {
    /// What the browser shows from now on; it is not stored.
    pub token: String,
    /// The token that forms of this session carry.
    pub csrf: String,
    /// Who it is.
    pub account: AccountId,
    /// It opens nothing until a code has come; see [`Store::enter_code`].
    pub awaits_code: bool,
}

impl std::fmt::Debug for NewSession {
    /// Without the secrets, which no log may hold.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSession").field("account", &self.account).finish_non_exhaustive()
    }
}

/// Why nobody was let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The name or the password is wrong; which of them is not told.
    #[error("登录名或密码不正确 / the name or the password is wrong")]
    Wrong,
    /// The code is wrong, was used, or is out of date.
    #[error("验证码不正确、已用过或已过期 / the code is wrong, was used already, or is out of date")]
    CodeWrong,
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

impl From<SignInError> for AccountError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Wrong => AccountError::PasswordWrong,
            SignInError::CodeWrong => AccountError::CodeWrong,
            SignInError::Locked { seconds } => AccountError::Locked { seconds },
            SignInError::Store(error) => AccountError::Store(error),
        }
    }
}

/// An attempt that was counted: the account of the name and its kept password, if there are any.
pub(super) struct Try {
    pub(super) account: Option<AccountId>,
    pub(super) phc: Option<String>,
}

/// A session about to begin.
pub(super) struct Opening {
    pub(super) session: NewSession,
    digest: Vec<u8>,
    row: SessionRow,
}

impl Opening {
    pub(super) fn draw(account: AccountId, now: Moment) -> Self {
        let session = NewSession { token: secret(), csrf: secret(), account, awaits_code: false };
        let csrf = session.csrf.clone();
        let (created_at, seen_at) = (now.at.0, now.at.0);
        let row = SessionRow { account, csrf, created_at, seen_at, awaits_code: false };
        Opening { digest: digest(&session.token), row, session }
    }

    /// Begins it, clears the failures of the name, and forgets what is over.
    pub(super) fn keep(&self, connection: &mut Connection, login: &str) -> Result<(), StoreError> {
        let now = self.row.created_at;
        accounts::forget(connection, now - LONGEST_MS, now - FORGOTTEN_MS)?;
        accounts::set_failures(connection, login, 0, 0)?;
        accounts::begin_session(connection, &self.digest, &self.row)
    }

    /// Begins it as one that waits for a code. The failures of the name stay: whoever has the password
    /// must not be able to clear them and go on guessing codes.
    fn keep_waiting(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        (self.row.awaits_code, self.session.awaits_code) = (true, true);
        accounts::begin_session(connection, &self.digest, &self.row)
    }
}

impl SessionRow {
    /// Whether it waits for a code that may still come.
    pub(super) fn is_waiting(&self, now: Moment) -> bool {
        self.awaits_code && now.at.0 - self.created_at <= CODE_MS
    }
}

impl Store {
    /// Begins a session for whoever knows the password. Where the account has a second factor, the session
    /// waits for a code; see [`Store::enter_code`].
    ///
    /// # Errors
    /// Name or password are wrong, too many attempts failed lately, or the store fails.
    pub fn sign_in(&self, login: &str, password: &str, now: Moment) -> Result<NewSession, SignInError> {
        let login = folded(login);
        let Try { account, phc } = match &login {
            Some(login) => self.attempt(login, now)?,
            None => Try { account: None, phc: None },
        };
        let nobody = self.hardness.nobody();
        let is_right = is_password(password, phc.as_deref().unwrap_or(&nobody));
        let (Some(login), Some(account), Some(phc), true) = (login, account, phc, is_right) else {
            return Err(SignInError::Wrong);
        };
        // A password kept at another cost is kept anew now that it is known.
        let renewed = if self.hardness.is_of(&phc) { None } else { Some(self.hardness.hash(password)?) };
        let mut opening = Opening::draw(account, now);
        self.write(move |tx| {
            let connection = &mut tx.connection;
            let row = accounts::by_id(connection, account)?.filter(|row| !row.is_closed);
            // The password may have been changed, or the account closed, while this one was tried.
            match accounts::password(connection, account)? {
                Some((kept, is_temporary)) if row.is_some() && kept == phc => {
                    if let Some(renewed) = renewed {
                        accounts::set_password(connection, account, &renewed, is_temporary)?;
                    }
                    if row.is_some_and(|row| row.has_second_factor) {
                        opening.keep_waiting(connection)?;
                    } else {
                        opening.keep(connection, &login)?;
                    }
                    Ok(opening.session)
                }
                Some(_) | None => Err(SignInError::Wrong),
            }
        })
    }

    /// Counts an attempt under a name before it is known to be wrong, so that guesses sent all at once
    /// are counted one by one. Success clears the count.
    pub(super) fn attempt(&self, login: &str, now: Moment) -> Result<Try, SignInError> {
        let login = login.to_owned();
        self.write(move |tx| {
            let connection = &mut tx.connection;
            let (n, last_at) = match accounts::failures(connection, &login)? {
                (_, last_at) if now.at.0 - last_at > FORGOTTEN_MS => (0, 0),
                recent => recent,
            };
            if let Some(seconds) = wait((n, last_at), now.at.0) {
                return Err(SignInError::Locked { seconds });
            }
            accounts::set_failures(connection, &login, n + 1, now.at.0)?;
            let account = accounts::by_login(connection, &login)?.map(|account| account.id);
            let phc = match account {
                Some(account) => accounts::password(connection, account)?.map(|(phc, _)| phc),
                None => None,
            };
            Ok(Try { account, phc })
        })
    }

    /// Who a session belongs to; nobody if it is over or waits for a code.
    ///
    /// # Errors
    /// The store fails.
    pub fn session(&self, token: &str, now: Moment) -> Result<Option<Identity>, StoreError> {
        let digest = digest(token);
        let found = self.read(|connection| {
            let session = accounts::session(connection, &digest)?.filter(|session| !session.awaits_code);
            let Some(session) = session else { return Ok(None) };
            let account = accounts::by_id(connection, session.account)?.ok_or(StoreError::Missing)?;
            Ok(Some((super::identity(connection, account)?, session)))
        })?;
        let Some((identity, session)) = found else { return Ok(None) };
        let age = now.at.0 - session.created_at;
        let idle = now.at.0 - session.seen_at;
        if identity.is_closed || age > LONGEST_MS || idle > IDLE_MS {
            self.write(move |tx| accounts::end_session(&mut tx.connection, &digest))?;
            return Ok(None);
        }
        if idle > NOTED_MS {
            self.write(move |tx| accounts::see_session(&mut tx.connection, &digest, now.at.0))?;
        }
        Ok(Some(Identity { csrf: session.csrf, ..identity }))
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

/// 256 bits from the system's generator, as 64 digits.
fn secret() -> String {
    let mut bytes = [0u8; 32];
    keys::random(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
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
    fn secrets_are_not_printed() {
        let session = Opening::draw(AccountId(7), Moment::at(domain::dates::Instant(0))).session;
        let printed = format!("{session:?}");
        assert!(!printed.contains(&session.token) && !printed.contains(&session.csrf), "{printed}");
    }
}
