//! Who is looking: the cookie's session, the language, and the grant that is acted under.

use app::Actor;
use app::accounts::Identity;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::HeaderMap;
use axum::http::header;
use axum::http::request::Parts;
use domain::access::{self, Action, Grant, Relation, Resource};
use domain::case::{Case, Change};
use domain::ids::PersonId;
use domain::looks::Door;
use domain::role::Role;
use domain::text::Text;
use domain::unit::Unit;

use crate::site::Site;
use crate::trouble::Trouble;
use crate::words::{Locale, Words};

/// Someone who may not have signed in.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    pub(crate) t: Words,
    pub(crate) here: String,
    pub(crate) token: Option<String>,
    pub(crate) grant: Option<i64>,
}

/// Someone who has.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) t: Words,
    pub(crate) here: String,
    pub(crate) token: String,
    pub(crate) identity: Identity,
    /// The grant that is acted under.
    pub(crate) grant: Grant,
    /// How the visitor came in.
    pub(crate) door: Door,
}

/// The name of the session's cookie; the prefix makes browsers insist on https.
pub(crate) fn session_cookie(site: &Site) -> &'static str {
    if site.is_secure() { "__Host-miaopu" } else { "miaopu" }
}

/// A cookie of a request.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().split_once('=').filter(|(key, _)| *key == name))
        .map(|(_, value)| value)
}

impl FromRequestParts<Site> for Guest {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Self::Rejection> {
        let headers = &parts.headers;
        let wish = || headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let locale = cookie(headers, "language").and_then(Locale::parse).or_else(|| Locale::parse(wish()?));
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
        Ok(Guest {
            t: Words(locale.unwrap_or_default()),
            here: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            token: cookie(headers, session_cookie(site)).map(str::to_owned),
            grant: cookie(headers, "grant").and_then(|id| id.parse().ok()),
        })
    }
}

impl FromRequestParts<Site> for Visitor {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Self::Rejection> {
        let guest = match Guest::from_request_parts(parts, site).await {
            Ok(guest) => guest,
            Err(never) => match never {},
        };
        let site = site.clone();
        let found = tokio::task::spawn_blocking(move || Visitor::of(guest, &site)).await;
        found.map_err(|_| Trouble::Broken)?
    }
}

impl Guest {
    /// The session behind a guest, if there is one, and its token.
    pub(crate) fn session(&self, site: &Site) -> Result<(Identity, String), Trouble> {
        let away = || Trouble::SignIn(self.here.clone());
        let token = self.token.clone().ok_or_else(away)?;
        let identity = site.store().session(&token, site.wall())?.ok_or_else(away)?;
        Ok((identity, token))
    }
}

/// Whether a form was made for a session.
pub(crate) fn check(identity: &Identity, csrf: &str) -> Result<(), Trouble> {
    if !csrf.is_empty() && identity.csrf == csrf {
        return Ok(());
    }
    Err(Trouble::BadRequest(domain::text::Text::new(
        "页面已过期，没有记录任何东西。请返回并刷新页面后再办。",
        "The page has expired; nothing was recorded. Go back, load it again, and repeat.",
    )))
}

impl Visitor {
    /// The visitor behind a guest: someone with a session and a duty in force.
    pub(crate) fn of(guest: Guest, site: &Site) -> Result<Visitor, Trouble> {
        let (identity, token) = guest.session(site)?;
        let now = site.now();
        if identity.must_change_password {
            return Err(Trouble::ChangePassword);
        }
        if identity.must_set_second_factor(now.today) {
            return Err(Trouble::SetSecondFactor);
        }
        let current = |grant: &&Grant| grant.from <= now.today && now.today <= grant.to;
        let held: Vec<&Grant> = identity.grants.iter().filter(current).collect();
        let chosen = held.iter().find(|grant| Some(grant.id.0) == guest.grant).or_else(|| held.first());
        let grant = chosen.map(|grant| (*grant).clone()).ok_or_else(|| {
            Trouble::Denied(Text::new(
                "您的账号目前没有任何职责授权。请联系安全管理员。",
                "Your account has no duties at present. Ask the security officer.",
            ))
        })?;
        Ok(Visitor { t: guest.t, here: guest.here, token, identity, grant, door: Door::Page })
    }

    /// The role that is acted in.
    pub(crate) fn role(&self) -> Role {
        self.grant.role
    }

    /// How the record names this visitor.
    pub(crate) fn actor(&self) -> Actor {
        Actor { account: Some(self.identity.account), role: Some(self.grant.role), unit: self.grant.unit }
    }

    /// Whether the grant that is acted under allows something with a unit. Figures and lists of a unit
    /// show what is below it, so they need a duty over all of that.
    pub(crate) fn may(&self, site: &Site, action: Action, unit: &Unit) -> Result<(), Trouble> {
        let today = site.now().today;
        let is_over_all = matches!(action, Action::SeeUnitFigures | Action::SeeRoster | Action::ExportList);
        let resource =
            if is_over_all { Resource::of_subtree(unit) } else { Resource::of_unit(unit.pre, unit.id) };
        access::decide(std::slice::from_ref(&self.grant), action, &resource, today)
            .map_err(|denial| Trouble::Denied(denial.text))
    }

    /// Whether the duty that is acted under allows something in its own unit.
    pub(crate) fn sees(&self, site: &Site, action: Action) -> Result<bool, Trouble> {
        Ok(self.may(site, action, &site.store().unit(self.grant.unit)?).is_ok())
    }

    /// Whether this visitor may record a change in a file: the table allows it for the unit that acts,
    /// the role is one that takes such a step, and no tie to the file forbids it. The use case asks again.
    pub(crate) fn may_act(&self, site: &Site, case: &Case, change: &Change) -> Result<(), Trouble> {
        let unit = if let Change::TransferReceived(received) = change { received.by } else { case.unit };
        let unit = site.store().unit(unit)?;
        let (me, person) = (self.identity.account, self.identity.person);
        let relation = Relation {
            is_self: person == Some(case.person),
            is_mentor: person.is_some() && case.mentors().iter().any(|known| known.voucher.person == person),
            is_maker: access::maker(case, change) == Some(me),
        };
        let resource = Resource::of_unit(unit.pre, unit.id).tied(relation);
        let held = std::slice::from_ref(&self.grant);
        access::decide_change(held, case, change, &resource, site.now().today)
            .map_err(|denial| Trouble::Denied(denial.text))
    }

    /// Whether an account holds no duty, or one in the part of the tree that is acted for.
    pub(crate) fn is_near(&self, identity: &Identity) -> bool {
        let scope = self.grant.scope();
        let lies_within = |grant: &Grant| scope.covers(&Resource::of_unit(grant.pre, grant.unit));
        identity.grants.is_empty() || identity.grants.iter().any(lies_within)
    }

    /// Whether this visitor may change a person's entry for a unit: nobody changes the own one.
    pub(crate) fn may_change(&self, site: &Site, unit: &Unit, person: PersonId) -> Result<(), Trouble> {
        let relation = Relation { is_self: self.identity.person == Some(person), ..Relation::default() };
        let resource = Resource::of_unit(unit.pre, unit.id).tied(relation);
        let held = std::slice::from_ref(&self.grant);
        access::decide(held, Action::ChangeMembers, &resource, site.now().today)
            .map_err(|denial| Trouble::Denied(denial.text))
    }

    /// Whether the form was made for this session.
    pub(crate) fn check(&self, csrf: &str) -> Result<(), Trouble> {
        check(&self.identity, csrf)
    }
}
