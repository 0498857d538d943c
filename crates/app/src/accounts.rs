//! Accounts: opening and closing them, passwords, sessions, and the duties they hold. That an account
//! exists and what it may do is in the record; passwords and sessions never are.

mod sessions;

use argon2::Argon2;
use argon2::password_hash::PasswordHasher as _;
use domain::access::{Grant, may_be_held_together};
use domain::dates::Moment;
use domain::event::{AccountClosed, AccountOpened, Fact, GrantEnded, GrantGiven, PasswordSet};
use domain::ids::{AccountId, GrantId, PersonId, UnitId};
use domain::role::{Reach, Role};
use jiff::civil::Date;

use crate::store::{Actor, CommandId, Receipt, Store, StoreError, accounts, keys};

pub use sessions::{NewSession, SignInError};

/// The shortest password.
const SHORTEST: usize = 8;
/// The shortest password of the three officers.
const SHORTEST_OF_OFFICERS: usize = 12;

/// Who an account is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// The name typed at sign-in.
    pub login: String,
    /// The name shown beside acts.
    pub display_name: String,
    /// The person behind it, if on a roster.
    pub person: Option<PersonId>,
    /// Whether the password was set by somebody else and must be changed.
    pub must_change_password: bool,
    /// The token that forms of this session carry; empty outside a session.
    pub csrf: String,
    /// Duties held that were not ended; some may lie outside their days.
    pub grants: Vec<Grant>,
    /// Whether the account is closed.
    pub is_closed: bool,
}

/// A duty to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    /// To whom.
    pub account: AccountId,
    /// As what.
    pub role: Role,
    /// From which unit.
    pub unit: UnitId,
    /// How far below it.
    pub reach: Reach,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// Why an account cannot be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The name is taken.
    #[error("登录名已被使用 / this name is taken")]
    LoginTaken,
    /// The name is empty or has spaces.
    #[error("登录名不能为空，不能有空格 / a name is not empty and has no spaces")]
    LoginUnfit,
    /// The password is too short or the same as the name.
    #[error(
        "密码太短或与登录名相同，至少 {0} 个字符 / too short or the same as the name; at least {0} characters"
    )]
    PasswordUnfit(usize),
    /// An officer's role with another role.
    #[error("系统、安全、审计管理员不得兼任其他职责 / an officer of the system holds no other duty")]
    Incompatible,
    /// A duty for oneself.
    #[error("不得给自己授权 / nobody gives a duty to oneself")]
    ToOneself,
    /// The last day comes before the first, or the duty lasts more than a year.
    #[error("授权期限应在一年以内 / a duty lasts a year at most")]
    Days,
    /// The store cannot.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A password drawn at random: letters and digits that are not taken for one another, 60 bits.
#[must_use]
pub fn drawn_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0u8; 12];
    keys::random(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
}

impl Store {
    /// Opens an account. It has no password and no duty yet.
    ///
    /// # Errors
    /// The name is taken or unfit, or the store fails.
    pub fn open_account(
        &self,
        actor: Actor,
        now: Moment,
        login: &str,
        display_name: &str,
        person: Option<PersonId>,
    ) -> Result<AccountId, AccountError> {
        if login.is_empty() || login.chars().any(char::is_whitespace) {
            return Err(AccountError::LoginUnfit);
        }
        let (login, display_name) = (login.to_owned(), display_name.to_owned());
        self.write(move |tx| {
            if accounts::by_login(&mut tx.connection, &login)?.is_some() {
                return Err(AccountError::LoginTaken);
            }
            let account = AccountId(accounts::next_id(&mut tx.connection, "account")?);
            let opened = AccountOpened { account, login, person, display_name };
            let fact = Fact::of_unit(actor.unit, now.today, opened);
            tx.append(actor, now, CommandId::random(), &[fact])?;
            Ok(account)
        })
    }

    /// Closes an account and ends its sessions.
    ///
    /// # Errors
    /// There is none, or the store fails.
    pub fn close_account(
        &self,
        actor: Actor,
        now: Moment,
        account: AccountId,
        reason: &str,
    ) -> Result<Receipt, AccountError> {
        let reason = reason.to_owned();
        self.write(move |tx| {
            accounts::by_id(&mut tx.connection, account)?.ok_or(StoreError::Missing)?;
            accounts::end_sessions(&mut tx.connection, account)?;
            let fact = Fact::of_unit(actor.unit, now.today, AccountClosed { account, reason });
            Ok(tx.append(actor, now, CommandId::random(), &[fact])?)
        })
    }

    /// Sets a password and ends every session that used the old one.
    ///
    /// # Errors
    /// It is too short, it is the name itself, there is no such account, or the store fails.
    pub fn set_password(
        &self,
        actor: Actor,
        now: Moment,
        account: AccountId,
        password: &str,
        is_temporary: bool,
    ) -> Result<Receipt, AccountError> {
        let identity = self.identity(account)?;
        let is_officer = identity.grants.iter().any(|grant| grant.role.is_officer());
        let shortest = if is_officer { SHORTEST_OF_OFFICERS } else { SHORTEST };
        if password.chars().count() < shortest || password == identity.login {
            return Err(AccountError::PasswordUnfit(shortest));
        }
        let phc = Argon2::default()
            .hash_password(password.as_bytes())
            .map_err(|error| StoreError::Unfit(error.to_string()))?
            .to_string();
        self.write(move |tx| {
            accounts::set_password(&mut tx.connection, account, &phc, is_temporary)?;
            accounts::end_sessions(&mut tx.connection, account)?;
            let fact = Fact::of_unit(actor.unit, now.today, PasswordSet { account, is_temporary });
            Ok(tx.append(actor, now, CommandId::random(), &[fact])?)
        })
    }

    /// Gives a duty.
    ///
    /// # Errors
    /// It goes to the giver, does not fit the duties held, lasts too long, or the store fails.
    pub fn give_grant(&self, actor: Actor, now: Moment, new: NewGrant) -> Result<GrantId, AccountError> {
        if actor.account == Some(new.account) {
            return Err(AccountError::ToOneself);
        }
        let longest = new.from.saturating_add(jiff::Span::new().years(1));
        if new.to < new.from || new.to > longest {
            return Err(AccountError::Days);
        }
        self.write(move |tx| {
            let held = accounts::grants(&mut tx.connection, new.account)?;
            if !held.iter().all(|grant| may_be_held_together(grant.role, new.role)) {
                return Err(AccountError::Incompatible);
            }
            let grant = GrantId(accounts::next_id(&mut tx.connection, "duty")?);
            let NewGrant { account, role, unit, reach, from, to } = new;
            let given = GrantGiven { grant, account, role, unit, reach, from, to };
            tx.append(actor, now, CommandId::random(), &[Fact::of_unit(unit, now.today, given)])?;
            Ok(grant)
        })
    }

    /// Ends a duty.
    ///
    /// # Errors
    /// There is none, or the store fails.
    pub fn end_grant(
        &self,
        actor: Actor,
        now: Moment,
        grant: GrantId,
        reason: &str,
    ) -> Result<Receipt, AccountError> {
        let reason = reason.to_owned();
        self.write(move |tx| {
            accounts::holder(&mut tx.connection, grant)?.ok_or(StoreError::Missing)?;
            let fact = Fact::of_unit(actor.unit, now.today, GrantEnded { grant, reason });
            Ok(tx.append(actor, now, CommandId::random(), &[fact])?)
        })
    }

    /// Who an account is.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub fn identity(&self, account: AccountId) -> Result<Identity, StoreError> {
        self.read(|connection| {
            let row = accounts::by_id(connection, account)?.ok_or(StoreError::Missing)?;
            sessions::identity(connection, row)
        })
    }

    /// Every account.
    ///
    /// # Errors
    /// The database fails.
    pub fn accounts(&self) -> Result<Vec<Identity>, StoreError> {
        self.read(|connection| {
            let rows = accounts::all(connection)?;
            rows.into_iter().map(|row| sessions::identity(connection, row)).collect()
        })
    }
}

#[cfg(test)]
mod tests;
