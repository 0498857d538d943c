//! Accounts: opening and closing them, and who they are. That an account exists and what it may do is in
//! the record; passwords and sessions never are. Whoever acts for an account is held to the table of
//! `domain::access` inside the transaction that records the act; work on the console is the program's.

pub(crate) mod authority;
mod duties;
mod passwords;
mod second_factor;
mod sessions;

use domain::access::{Action, Denial, Grant, Resource, decide, needs_second_factor};
use domain::dates::Moment;
use domain::event::{AccountClosed, AccountOpened, Fact};
use domain::ids::{AccountId, PersonId};
use domain::unit::Unit;
use jiff::civil::Date;

use crate::store::accounts::AccountRow;
use crate::store::{Actor, CommandId, Connection, Receipt, Store, StoreError, accounts, factors, units};

pub use duties::NewGrant;
pub use passwords::{Hardness, drawn_password};
pub use second_factor::{Enrolment, FactorState, FirstCodes};
pub use sessions::{NewSession, SignInError};

/// The longest name that is typed at sign-in.
const LONGEST_LOGIN: usize = 64;

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
    /// Whether signing in asks for a code as well.
    pub has_second_factor: bool,
    /// Whether the site asks whoever decides or administers for a second factor.
    pub is_factor_required: bool,
    /// The token that forms of this session carry; empty outside a session.
    pub csrf: String,
    /// Duties held that were not ended; some may lie outside their days.
    pub grants: Vec<Grant>,
    /// Whether the account is closed.
    pub is_closed: bool,
}

impl Identity {
    /// Whether the duties allow something.
    ///
    /// # Errors
    /// Why not.
    pub fn may(&self, action: Action, resource: &Resource, today: Date) -> Result<(), Denial> {
        let grants = if self.is_closed { &[] } else { self.grants.as_slice() };
        decide(grants, action, resource, today)
    }

    /// Whether a second factor has to be set before anything else: the site asks for one, a duty held on
    /// the day is of the kind, and there is none.
    #[must_use]
    pub fn must_set_second_factor(&self, today: Date) -> bool {
        let is_asked = |grant: &Grant| grant.is_in_force(today) && needs_second_factor(grant.role);
        self.is_factor_required && !self.has_second_factor && self.grants.iter().any(is_asked)
    }
}

/// Why an account cannot be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The name is taken.
    #[error("登录名已被使用 / this name is taken")]
    LoginTaken,
    /// The name is empty, too long or has spaces.
    #[error("登录名不能为空，不能有空格，至多 64 个字符 / a name has 1 to 64 characters and no spaces")]
    LoginUnfit,
    /// The person has an account.
    #[error("此人已有账号，一人一号 / this person has an account already; everyone has one")]
    PersonTaken,
    /// The password is too short or easily guessed.
    #[error(
        "密码太短、太简单或含有登录名，至少 {0} 个字符 / too short, too simple, or it holds the name; at least {0} characters"
    )]
    PasswordUnfit(usize),
    /// The present password is another.
    #[error("原密码不正确 / the present password is not right")]
    PasswordWrong,
    /// The code is wrong, was used, or is out of date.
    #[error("验证码不正确、已用过或已过期 / the code is wrong, was used already, or is out of date")]
    CodeWrong,
    /// The account has no second factor, or none waits to be confirmed.
    #[error("该账号没有设置双因子，或尚未开始设置 / there is no second factor, or none was begun")]
    NoFactor,
    /// Too many attempts failed.
    #[error("尝试次数过多，请 {seconds} 秒后再试 / too many attempts; try again in {seconds} seconds")]
    Locked {
        /// Seconds to wait.
        seconds: i64,
    },
    /// An officer's role with another role.
    #[error("系统、安全、审计管理员不得兼任其他职责 / an officer of the system holds no other duty")]
    Incompatible,
    /// A duty for oneself, or an act on the own account that belongs to somebody else.
    #[error("不得给自己授权，不得停用、重设自己的账号 / this is for somebody else to do, not for oneself")]
    ToOneself,
    /// The last day comes before the first or is past, or the duty lasts more than a year.
    #[error("授权期限应在一年以内，且未过期 / a duty lasts a year at most and is not over yet")]
    Days,
    /// The role is not held so, or needs a person behind the account.
    #[error(
        "此职责不能按这个范围授予；申请人、培养联系人须先关联本人 / this role is not held with this reach; an applicant or mentor needs a person behind the account"
    )]
    Reach,
    /// The account holds the duty already.
    #[error("该账号已有同样的授权 / the account holds this duty already")]
    AlreadyHeld,
    /// The account is closed.
    #[error("账号已停用 / the account is closed")]
    Closed,
    /// Whoever acts may not do this.
    #[error("{} / {}", .0.text.zh, .0.text.en)]
    Denied(Denial),
    /// The store cannot.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Denial> for AccountError {
    fn from(denial: Denial) -> Self {
        AccountError::Denied(denial)
    }
}

impl Store {
    /// Opens an account. It has no password and no duty yet. Names do not distinguish capitals.
    ///
    /// # Errors
    /// The name is taken or unfit, the person has an account, whoever acts may not, or the store fails.
    pub fn open_account(
        &self,
        actor: Actor,
        now: Moment,
        login: &str,
        display_name: &str,
        person: Option<PersonId>,
    ) -> Result<AccountId, AccountError> {
        let login = folded(login).ok_or(AccountError::LoginUnfit)?;
        let display_name = display_name.trim().to_owned();
        self.write(move |tx| {
            let connection = &mut tx.connection;
            authority::permit_in_own_part::<AccountError>(connection, actor, now.today)?;
            if accounts::by_login(connection, &login)?.is_some() {
                return Err(AccountError::LoginTaken);
            }
            if let Some(person) = person
                && accounts::of_person(connection, person)?.is_some()
            {
                return Err(AccountError::PersonTaken);
            }
            let account = AccountId(accounts::next_id(connection, "account")?);
            let opened = AccountOpened { account, login, person, display_name };
            let fact = Fact::of_unit(actor.unit, now.today, opened);
            tx.append(actor, now, CommandId::random(), &[fact])?;
            Ok(account)
        })
    }

    /// Closes an account and ends its sessions.
    ///
    /// # Errors
    /// There is none, it is closed or one's own, whoever acts may not, or the store fails.
    pub fn close_account(
        &self,
        actor: Actor,
        now: Moment,
        account: AccountId,
        reason: &str,
    ) -> Result<Receipt, AccountError> {
        let reason = reason.to_owned();
        self.write(move |tx| {
            authority::permit_over_account(&mut tx.connection, actor, account, now.today)?;
            accounts::end_sessions(&mut tx.connection, account)?;
            let fact = Fact::of_unit(actor.unit, now.today, AccountClosed { account, reason });
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
            identity(connection, row)
        })
    }

    /// The open account of a name.
    ///
    /// # Errors
    /// The database fails.
    pub fn account_of(&self, login: &str) -> Result<Option<Identity>, StoreError> {
        let Some(login) = folded(login) else { return Ok(None) };
        self.read(|connection| {
            let row = accounts::by_login(connection, &login)?;
            row.map(|row| identity(connection, row)).transpose()
        })
    }

    /// Every account.
    ///
    /// # Errors
    /// The database fails.
    pub fn accounts(&self) -> Result<Vec<Identity>, StoreError> {
        self.read(|connection| {
            let rows = accounts::all(connection)?;
            rows.into_iter().map(|row| identity(connection, row)).collect()
        })
    }

    /// The open units in which someone may do something, in preorder.
    ///
    /// # Errors
    /// The database fails.
    pub fn units_where(
        &self,
        identity: &Identity,
        action: Action,
        today: Date,
    ) -> Result<Vec<Unit>, StoreError> {
        if identity.is_closed {
            return Ok(Vec::new());
        }
        let scopes = domain::access::scopes(&identity.grants, action, today);
        self.read(|connection| units::within(connection, &scopes))
    }
}

/// A name as it is compared, if it can be one.
fn folded(login: &str) -> Option<String> {
    let is_fit = (1..=LONGEST_LOGIN).contains(&login.chars().count())
        && !login.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    is_fit.then(|| login.to_lowercase())
}

/// An account with its duties.
fn identity(connection: &mut Connection, row: AccountRow) -> Result<Identity, StoreError> {
    let must_change_password =
        accounts::password(connection, row.id)?.is_some_and(|(_, is_temporary)| is_temporary);
    Ok(Identity {
        account: row.id,
        grants: accounts::grants(connection, row.id)?,
        login: row.login,
        display_name: row.display_name,
        person: row.person,
        must_change_password,
        has_second_factor: row.has_second_factor,
        is_factor_required: factors::is_required(connection)?,
        csrf: String::new(),
        is_closed: row.is_closed,
    })
}

#[cfg(test)]
pub(crate) mod tests;
