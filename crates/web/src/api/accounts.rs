//! Accounts and duties, for the officers who keep them, and one's own password.

use app::accounts::{AccountError, Identity, NewGrant};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use domain::access::{Action, Grant};
use domain::ids::{AccountId, GrantId, UnitId};
use domain::role::{Reach, Role};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::open::SessionAnswer;
use super::{Caller, Failure, Given, Problem, answer, token};
use crate::site::Site;
use crate::trouble::{Trouble, said_by};
use crate::visitor::Visitor;

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(error) => error.into(),
            AccountError::Denied(denial) => Trouble::Denied(denial.text).into(),
            AccountError::LoginTaken
            | AccountError::LoginUnfit
            | AccountError::PersonTaken
            | AccountError::PasswordUnfit(_)
            | AccountError::PasswordWrong
            | AccountError::Incompatible
            | AccountError::ToOneself
            | AccountError::Days
            | AccountError::Reach
            | AccountError::AlreadyHeld
            | AccountError::CodeWrong
            | AccountError::NoFactor
            | AccountError::Closed => Failure::refusing(&said_by(&error)),
            AccountError::Locked { .. } => {
                Failure::refusing(&said_by(&error)).with_status(StatusCode::TOO_MANY_REQUESTS)
            }
        }
    }
}

/// An account with the duties that were not ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountAnswer {
    id: i64,
    login: String,
    display_name: String,
    is_closed: bool,
    must_change_password: bool,
    duties: Vec<DutyAnswer>,
}

/// A role held over a part of the tree.
#[derive(Serialize, ToSchema)]
pub(crate) struct DutyAnswer {
    id: i64,
    role: String,
    unit: i64,
    reach: String,
    #[schema(value_type = String, format = Date)]
    from: Date,
    #[schema(value_type = String, format = Date)]
    to: Date,
}

impl AccountAnswer {
    fn of(identity: &Identity) -> Self {
        let duty = |grant: &Grant| DutyAnswer {
            id: grant.id.0,
            role: grant.role.as_str().to_owned(),
            unit: grant.unit.0,
            reach: grant.reach.as_str().to_owned(),
            from: grant.from,
            to: grant.to,
        };
        AccountAnswer {
            id: identity.account.0,
            login: identity.login.clone(),
            display_name: identity.display_name.clone(),
            is_closed: identity.is_closed,
            must_change_password: identity.must_change_password,
            duties: identity.grants.iter().map(duty).collect(),
        }
    }
}

/// Accounts without a duty, or with one in the part of the tree that is acted for.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts", security(("token" = [])),
    responses((status = 200, body = Vec<AccountAnswer>), (status = 403, body = Problem)))]
pub(crate) async fn all(
    State(site): State<Site>,
    Caller(visitor): Caller,
) -> Result<Json<Vec<AccountAnswer>>, Failure> {
    answer(site, move |site| {
        guard(site, &visitor, Action::SeeAccounts)?;
        let accounts = site.store().accounts()?;
        Ok(accounts.iter().filter(|identity| visitor.is_near(identity)).map(AccountAnswer::of).collect())
    })
    .await
}

fn guard(site: &Site, visitor: &Visitor, action: Action) -> Result<(), Trouble> {
    visitor.may(site, action, &site.store().unit(visitor.grant.unit)?)
}

/// An account to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccount {
    login: String,
    display_name: String,
}

/// An account with a password drawn for it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Drawn {
    account: i64,
    /// Shown once; it must be changed at the first sign-in.
    password: String,
}

/// Open an account. It has no duty yet.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", security(("token" = [])),
    request_body = NewAccount,
    responses((status = 200, body = Drawn), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn open(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Given(new): Given<NewAccount>,
) -> Result<Json<Drawn>, Failure> {
    answer(site, move |site| {
        guard(site, &visitor, Action::ManageAccounts)?;
        let (store, actor, now) = (site.store(), visitor.actor(), site.now());
        let account = store.open_account(actor, now, new.login.trim(), new.display_name.trim(), None)?;
        let password = app::accounts::drawn_password();
        store.set_password(actor, now, account, &password, true)?;
        Ok(Drawn { account: account.0, password })
    })
    .await
}

/// Draw a new password for an account; its sessions end.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/password", tag = "accounts", security(("token" = [])),
    params(("account" = i64, Path, description = "Number of the account")),
    responses((status = 200, body = Drawn), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn reset_password(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(account): Path<i64>,
) -> Result<Json<Drawn>, Failure> {
    answer(site, move |site| {
        guard(site, &visitor, Action::ManageAccounts)?;
        let password = app::accounts::drawn_password();
        let (actor, now) = (visitor.actor(), site.now());
        site.store().set_password(actor, now, AccountId(account), &password, true)?;
        Ok(Drawn { account, password })
    })
    .await
}

/// Why something ends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ending {
    reason: String,
}

/// Close an account; its sessions end.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/closing", tag = "accounts", security(("token" = [])),
    request_body = Ending, params(("account" = i64, Path, description = "Number of the account")),
    responses((status = 200), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn close(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(account): Path<i64>,
    Given(ending): Given<Ending>,
) -> Result<Json<()>, Failure> {
    answer(site, move |site| {
        guard(site, &visitor, Action::ManageAccounts)?;
        site.store().close_account(visitor.actor(), site.now(), AccountId(account), &ending.reason)?;
        Ok(())
    })
    .await
}

/// A duty to be given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDuty {
    /// Such as `branch_secretary`.
    #[schema(value_type = String)]
    role: Role,
    /// Number of the unit from which it is held.
    unit: i64,
    /// `subtree` unless another is given.
    #[serde(default = "subtree")]
    #[schema(value_type = String)]
    reach: Reach,
    /// The last day; a year from today if none is given.
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<Date>,
}

fn subtree() -> Reach {
    Reach::Subtree
}

/// A duty that was given.
#[derive(Serialize, ToSchema)]
pub(crate) struct Held {
    duty: i64,
}

/// Give a duty to an account, from today.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/duties", tag = "accounts", security(("token" = [])),
    request_body = NewDuty, params(("account" = i64, Path, description = "Number of the account")),
    responses((status = 200, body = Held), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn give_duty(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(account): Path<i64>,
    Given(new): Given<NewDuty>,
) -> Result<Json<Held>, Failure> {
    answer(site, move |site| {
        guard(site, &visitor, Action::GiveGrants)?;
        let from = site.now().today;
        let to = new.to.unwrap_or_else(|| from.saturating_add(jiff::Span::new().years(1)));
        let unit = site.store().unit(UnitId(new.unit))?.id;
        let grant =
            NewGrant { account: AccountId(account), role: new.role, unit, reach: new.reach, from, to };
        let duty = site.store().give_grant(visitor.actor(), site.now(), grant)?;
        Ok(Held { duty: duty.0 })
    })
    .await
}

/// End a duty.
#[utoipa::path(post, path = "/api/v1/duties/{duty}/ending", tag = "accounts", security(("token" = [])),
    request_body = Ending, params(("duty" = i64, Path, description = "Number of the duty")),
    responses((status = 200), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn end_duty(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(duty): Path<i64>,
    Given(ending): Given<Ending>,
) -> Result<Json<()>, Failure> {
    answer(site, move |site| {
        guard(site, &visitor, Action::GiveGrants)?;
        site.store().end_grant(visitor.actor(), site.now(), GrantId(duty), &ending.reason)?;
        Ok(())
    })
    .await
}

/// Who is signed in, and as what.
#[derive(Serialize, ToSchema)]
pub(crate) struct SelfAnswer {
    account: AccountAnswer,
    /// Number of the duty that is acted under: the one that the header `Miaopu-Duty` names, or the first.
    acting_under: i64,
}

/// One's own account, and the duty that is acted under.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", security(("token" = [])),
    params(("Miaopu-Duty" = Option<i64>, Header, description = "Number of the duty to act under")),
    responses((status = 200, body = SelfAnswer), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn own(
    State(site): State<Site>,
    Caller(visitor): Caller,
) -> Result<Json<SelfAnswer>, Failure> {
    answer(site, move |_| {
        let account = AccountAnswer::of(&visitor.identity);
        Ok(SelfAnswer { account, acting_under: visitor.grant.id.0 })
    })
    .await
}

/// A new password, with the present one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    present: String,
    new: String,
}

/// Change one's own password. All sessions end; the answer begins a new one. It is open to whoever must
/// change a password set by somebody else.
#[utoipa::path(post, path = "/api/v1/session/password", tag = "session", security(("token" = [])),
    request_body = NewPassword,
    responses((status = 200, body = SessionAnswer), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn change_password(
    State(site): State<Site>,
    headers: HeaderMap,
    Given(change): Given<NewPassword>,
) -> Result<Json<SessionAnswer>, Failure> {
    answer(site, move |site| {
        let away = || Failure::from(Trouble::SignIn(String::new()));
        let token = token(&headers).ok_or_else(away)?;
        let identity = site.store().session(&token, site.wall())?.ok_or_else(away)?;
        let moments = (site.now(), site.wall());
        let session =
            site.store().change_password(identity.account, &change.present, &change.new, moments)?;
        Ok(SessionAnswer { token: session.token })
    })
    .await
}
