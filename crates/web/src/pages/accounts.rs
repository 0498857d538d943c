//! Accounts, kept by the system officer, and duties, given by the security officer; neither sees content,
//! and neither can make a working account alone.

use app::accounts::{AccountError, Identity, NewGrant};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::{Action, Grant, is_held_over};
use domain::ids::{AccountId, GrantId};
use domain::role::{Reach, Role};
use domain::text::Text;
use serde::Deserialize;

use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::{Trouble, said_by};
use crate::visitor::Visitor;
use crate::words::Words;

#[derive(Template)]
#[template(path = "accounts.html")]
struct Page {
    f: Frame,
    accounts: Vec<Line>,
    roles: Vec<(String, String)>,
    may_open: bool,
    may_give: bool,
    is_factor_required: bool,
    csrf: String,
    problem: Option<String>,
    /// Name and password of an account just opened or reset, shown once.
    opened: Option<(String, String)>,
}

struct Line {
    identity: Identity,
    duties: Vec<Duty>,
}

struct Duty {
    grant: Grant,
    role: String,
    unit: String,
}

#[derive(Deserialize)]
pub(crate) struct NewAccount {
    csrf: String,
    login: String,
    display_name: String,
}

#[derive(Deserialize)]
pub(crate) struct Reset {
    csrf: String,
}

#[derive(Deserialize)]
pub(crate) struct NewDuty {
    csrf: String,
    role: String,
    unit: String,
}

#[derive(Deserialize)]
pub(crate) struct Ending {
    csrf: String,
    reason: String,
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, None, None)?.render()?))).await
}

fn guard(site: &Site, visitor: &Visitor, action: Action) -> Result<(), Trouble> {
    visitor.may(site, action, &site.store().unit(visitor.grant.unit)?)
}

fn page(
    site: &Site,
    visitor: &Visitor,
    problem: Option<String>,
    opened: Option<(String, String)>,
) -> Result<Page, Trouble> {
    guard(site, visitor, Action::SeeAccounts)?;
    let t = visitor.t;
    let mut accounts = Vec::new();
    for identity in site.store().accounts()?.into_iter().filter(|identity| visitor.is_near(identity)) {
        let mut duties = Vec::new();
        for grant in &identity.grants {
            duties.push(Duty {
                role: t.word("role", grant.role.as_str()),
                unit: t.of(&site.store().unit(grant.unit)?.name).to_owned(),
                grant: grant.clone(),
            });
        }
        accounts.push(Line { identity, duties });
    }
    let role = |role: &Role| (role.as_str().to_owned(), t.word("role", role.as_str()));
    Ok(Page {
        f: Frame::of(site, visitor, Place::Accounts, t.say("accounts-title"))?,
        accounts,
        roles: Role::ALL.iter().filter(|role| is_held_over(**role, Reach::Subtree)).map(role).collect(),
        may_open: guard(site, visitor, Action::ManageAccounts).is_ok(),
        may_give: guard(site, visitor, Action::GiveGrants).is_ok(),
        is_factor_required: site.store().is_second_factor_required()?,
        csrf: visitor.identity.csrf.clone(),
        problem,
        opened,
    })
}

fn refused(site: &Site, visitor: &Visitor, error: AccountError) -> Result<Response, Trouble> {
    if let AccountError::Store(error) = error {
        return Err(error.into());
    }
    let problem = visitor.t.of(&said_by(&error)).to_owned();
    let page = page(site, visitor, Some(problem), None)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

pub(crate) async fn open(
    State(site): State<Site>,
    visitor: Visitor,
    Form(new): Form<NewAccount>,
) -> Response {
    site.work(move |site| {
        visitor.check(&new.csrf)?;
        guard(site, &visitor, Action::ManageAccounts)?;
        let (store, now) = (site.store(), site.now());
        let password = app::accounts::drawn_password();
        let opened = store
            .open_account(visitor.actor(), now, new.login.trim(), new.display_name.trim(), None)
            .and_then(|account| store.set_password(visitor.actor(), now, account, &password, true));
        match opened {
            Ok(_) => {
                let page = page(site, &visitor, None, Some((new.login, password)))?;
                Ok(Html(page.render()?).into_response())
            }
            Err(error) => refused(site, &visitor, error),
        }
    })
    .await
}

pub(crate) async fn reset(
    State(site): State<Site>,
    visitor: Visitor,
    Path(account): Path<i64>,
    Form(reset): Form<Reset>,
) -> Response {
    site.work(move |site| {
        visitor.check(&reset.csrf)?;
        guard(site, &visitor, Action::ManageAccounts)?;
        let (account, password) = (AccountId(account), app::accounts::drawn_password());
        match site.store().set_password(visitor.actor(), site.now(), account, &password, true) {
            Ok(_) => {
                let login = site.store().identity(account)?.login;
                Ok(Html(page(site, &visitor, None, Some((login, password)))?.render()?).into_response())
            }
            Err(error) => refused(site, &visitor, error),
        }
    })
    .await
}

pub(crate) async fn reset_factor(
    State(site): State<Site>,
    visitor: Visitor,
    Path(account): Path<i64>,
    Form(ending): Form<Ending>,
) -> Response {
    site.work(move |site| {
        visitor.check(&ending.csrf)?;
        guard(site, &visitor, Action::ManageAccounts)?;
        let (actor, now) = (visitor.actor(), site.now());
        match site.store().reset_second_factor(actor, now, AccountId(account), &ending.reason) {
            Ok(_) => Ok(Redirect::to("/accounts").into_response()),
            Err(error) => refused(site, &visitor, error),
        }
    })
    .await
}

#[derive(Deserialize)]
pub(crate) struct Requirement {
    csrf: String,
    required: bool,
}

pub(crate) async fn require_factor(
    State(site): State<Site>,
    visitor: Visitor,
    Form(form): Form<Requirement>,
) -> Response {
    site.work(move |site| {
        visitor.check(&form.csrf)?;
        guard(site, &visitor, Action::GiveGrants)?;
        match site.store().require_second_factor(visitor.actor(), site.now(), form.required) {
            Ok(()) => Ok(Redirect::to("/accounts").into_response()),
            Err(error) => refused(site, &visitor, error),
        }
    })
    .await
}

pub(crate) async fn give(
    State(site): State<Site>,
    visitor: Visitor,
    Path(account): Path<i64>,
    Form(new): Form<NewDuty>,
) -> Response {
    site.work(move |site| {
        visitor.check(&new.csrf)?;
        guard(site, &visitor, Action::GiveGrants)?;
        let today = site.now().today;
        let unit = site.store().unit_with_code(new.unit.trim())?.ok_or_else(unknown_unit)?;
        let role = Role::parse(&new.role).ok_or(Trouble::Missing)?;
        let to = today.saturating_add(jiff::Span::new().years(1));
        let account = AccountId(account);
        let grant = NewGrant { account, role, unit, reach: Reach::Subtree, from: today, to };
        match site.store().give_grant(visitor.actor(), site.now(), grant) {
            Ok(_) => Ok(Redirect::to("/accounts").into_response()),
            Err(error) => refused(site, &visitor, error),
        }
    })
    .await
}

fn unknown_unit() -> Trouble {
    Trouble::BadRequest(Text::new(
        "没有这个编码的组织。编码见组织页面。",
        "No unit has this code. The page of a unit shows its code.",
    ))
}

pub(crate) async fn end(
    State(site): State<Site>,
    visitor: Visitor,
    Path(grant): Path<i64>,
    Form(ending): Form<Ending>,
) -> Response {
    site.work(move |site| {
        visitor.check(&ending.csrf)?;
        guard(site, &visitor, Action::GiveGrants)?;
        let done = site.store().end_grant(visitor.actor(), site.now(), GrantId(grant), &ending.reason);
        match done {
            Ok(_) => Ok(Redirect::to("/accounts").into_response()),
            Err(error) => refused(site, &visitor, error),
        }
    })
    .await
}

pub(crate) async fn close(
    State(site): State<Site>,
    visitor: Visitor,
    Path(account): Path<i64>,
    Form(ending): Form<Ending>,
) -> Response {
    site.work(move |site| {
        visitor.check(&ending.csrf)?;
        guard(site, &visitor, Action::ManageAccounts)?;
        let (actor, now) = (visitor.actor(), site.now());
        match site.store().close_account(actor, now, AccountId(account), &ending.reason) {
            Ok(_) => Ok(Redirect::to("/accounts").into_response()),
            Err(error) => refused(site, &visitor, error),
        }
    })
    .await
}

/// The last day of a duty, in words.
fn until(t: &Words, grant: &Grant) -> String {
    t.about("accounts-until", t.plain_day(&grant.to))
}
