//! The access log, for the auditor: by entry, by account, by person and by day, with filters, and as a file.
//! People are named by number only.

use std::collections::BTreeMap;

use app::looks::Filter;
use app::{By, Look, Tally};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::dates::{Instant, civil_day};
use domain::ids::{AccountId, PersonId};
use domain::looks::{DAYS_KEPT, LEAST_DAYS_KEPT, Sight};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;

use crate::files::attached;
use crate::forms::{self, Listed as Choice};
use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::{Trouble, unexplained};
use crate::visitor::Visitor;
use crate::words::Words;

/// Lines on a page.
const PAGE: i64 = 100;
/// Days that are shown when no others are asked for.
const DAYS: i64 = 30;

#[derive(Template)]
#[template(path = "looks.html")]
struct Page {
    f: Frame,
    tabs: Vec<(String, String, bool)>,
    from: String,
    to: String,
    account: String,
    person: String,
    sight: String,
    accounts: Vec<Choice>,
    sights: Vec<Choice>,
    by: &'static str,
    listed: Listed,
    tallies: Vec<TallyLine>,
    /// The query without the page.
    query: String,
    page: i64,
    csrf: String,
    kept: String,
}

/// Lines of the log, ready to be drawn.
pub(crate) struct Listed {
    pub(crate) lines: Vec<Line>,
    pub(crate) has_more: bool,
}

pub(crate) struct Line {
    pub(crate) day: Date,
    pub(crate) time: String,
    pub(crate) who: String,
    pub(crate) role: String,
    pub(crate) what: String,
    pub(crate) is_disclosure: bool,
    pub(crate) person: Option<PersonId>,
    pub(crate) file: String,
    pub(crate) unit: String,
    pub(crate) n: i64,
}

struct TallyLine {
    key: String,
    href: String,
    n: i64,
    n_others: i64,
    last_on: Date,
}

#[derive(Deserialize, Clone)]
pub(crate) struct Wish {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    sight: String,
    #[serde(default)]
    by: String,
    #[serde(default)]
    page: i64,
}

impl Wish {
    /// What is asked for; what cannot be read asks for nothing in particular.
    fn filter(&self, today: Date) -> Filter {
        let first = today.saturating_sub(DAYS.days());
        Filter {
            from: forms::day(&self.from).unwrap_or(first),
            to: forms::day(&self.to).unwrap_or(today),
            account: self.account.trim().parse().ok(),
            person: self.person.trim().parse().ok(),
            sight: Sight::parse(&self.sight),
        }
    }
}

fn query(filter: &Filter, by: &str) -> String {
    let number = |id: Option<i64>| id.map_or_else(String::new, |id| id.to_string());
    format!(
        "from={}&to={}&account={}&person={}&sight={}&by={by}",
        filter.from,
        filter.to,
        number(filter.account.map(|account| account.0)),
        number(filter.person.map(|person| person.0)),
        filter.sight.map_or("", Sight::as_str),
    )
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor, Query(wish): Query<Wish>) -> Response {
    site.work(move |site| {
        let (t, today) = (visitor.t, site.now().today);
        let filter = wish.filter(today);
        let by = match wish.by.as_str() {
            "account" => Some(By::Account),
            "person" => Some(By::Person),
            "day" => Some(By::Day),
            _ => None,
        };
        let names = names(site)?;
        let page = wish.page.clamp(1, 10_000);
        let (listed, tallies) = match by {
            Some(by) => {
                let tallies = site.store().looks_by(visitor.actor(), today, &filter, by)?;
                let lines = tallies.iter().map(|tally| tally_line(t, &names, &filter, by, tally)).collect();
                (Listed { lines: Vec::new(), has_more: false }, lines)
            }
            None => {
                let place = ((page - 1) * PAGE, PAGE);
                let looks = site.store().looks(visitor.actor(), today, &filter, place)?;
                (listed(site, t, &names, &looks.looks, looks.has_more)?, Vec::new())
            }
        };
        let by = by_word(by);
        let tab = |word: &str| {
            let label = t.word("looks-by", if word.is_empty() { "line" } else { word });
            (format!("/looks?{}", query(&filter, word)), label, word == by)
        };
        let account =
            |(id, name): (&AccountId, &String)| Choice { value: id.to_string(), label: name.clone() };
        let sight = |sight: &Sight| Choice {
            value: sight.as_str().to_owned(),
            label: t.of(&sight.name()).to_owned(),
        };
        let page = Page {
            f: Frame::of(site, &visitor, Place::Looks, t.say("looks-title"))?,
            tabs: ["", "account", "person", "day"].into_iter().map(tab).collect(),
            from: forms::written(&filter.from),
            to: forms::written(&filter.to),
            account: filter.account.map_or_else(String::new, |id| id.to_string()),
            person: filter.person.map_or_else(String::new, |id| id.to_string()),
            sight: filter.sight.map_or("", Sight::as_str).to_owned(),
            accounts: names.iter().map(account).collect(),
            sights: Sight::ALL.iter().map(sight).collect(),
            by,
            listed,
            tallies,
            query: query(&filter, by),
            page,
            csrf: visitor.identity.csrf.clone(),
            kept: t.with(
                "looks-kept",
                &[("days", DAYS_KEPT.to_string()), ("least", LEAST_DAYS_KEPT.to_string())],
            ),
        };
        Ok(Html(page.render()?))
    })
    .await
}

fn by_word(by: Option<By>) -> &'static str {
    match by {
        None => "",
        Some(By::Account) => "account",
        Some(By::Person) => "person",
        Some(By::Day) => "day",
    }
}

/// Who has looked at one entry.
pub(super) fn of_person(site: &Site, visitor: &Visitor, person: PersonId) -> Result<Listed, Trouble> {
    let today = site.now().today;
    let from = today.saturating_sub(DAYS_KEPT.days());
    let filter = Filter { from, to: today, account: None, person: Some(person), sight: None };
    let looks = site.store().looks(visitor.actor(), today, &filter, (0, PAGE))?;
    listed(site, visitor.t, &names(site)?, &looks.looks, looks.has_more)
}

type Names = BTreeMap<AccountId, String>;

fn names(site: &Site) -> Result<Names, Trouble> {
    let accounts = site.store().accounts()?.into_iter();
    Ok(accounts.map(|identity| (identity.account, identity.display_name)).collect())
}

fn name_of(t: Words, names: &Names, account: AccountId) -> String {
    names.get(&account).cloned().unwrap_or_else(|| t.say("looks-program"))
}

fn listed(site: &Site, t: Words, names: &Names, looks: &[Look], has_more: bool) -> Result<Listed, Trouble> {
    let mut units: BTreeMap<i64, String> = BTreeMap::new();
    let mut lines = Vec::with_capacity(looks.len());
    for look in looks {
        let unit = match units.get(&look.unit.0) {
            Some(name) => name.clone(),
            None => {
                let unit = site.store().unit(look.unit);
                let name = unit.map_or_else(|_| t.say("record-site"), |unit| t.of(&unit.name).to_owned());
                units.insert(look.unit.0, name.clone());
                name
            }
        };
        let minutes = (look.seen_at.0.div_euclid(60_000) + 8 * 60).rem_euclid(1440);
        lines.push(Line {
            day: civil_day(look.seen_at),
            time: format!("{:02}:{:02}", minutes / 60, minutes % 60),
            who: name_of(t, names, look.account),
            role: look.role.map_or_else(String::new, |role| t.word("role", role.as_str())),
            what: t.of(&look.sight.name()).to_owned(),
            is_disclosure: matches!(look.sight, Sight::Unmasked | Sight::Exported | Sight::Interrupted),
            person: look.person,
            file: look.case.map_or_else(|| look.list.clone(), |case| t.about("file-number", case)),
            unit,
            n: look.n,
        });
    }
    Ok(Listed { lines, has_more })
}

fn tally_line(t: Words, names: &Names, filter: &Filter, by: By, tally: &Tally) -> TallyLine {
    let (key, narrower) = match by {
        By::Account => {
            let account = AccountId(tally.key);
            (name_of(t, names, account), Filter { account: Some(account), ..*filter })
        }
        By::Person => {
            let person = PersonId(tally.key);
            (t.about("person-number", person), Filter { person: Some(person), ..*filter })
        }
        By::Day => {
            let day = civil_day(Instant(tally.key * 86_400_000));
            (t.plain_day(&day), Filter { from: day, to: day, ..*filter })
        }
    };
    TallyLine {
        key,
        href: format!("/looks?{}", query(&narrower, "")),
        n: tally.n,
        n_others: tally.n_others,
        last_on: civil_day(tally.last_at),
    }
}

#[derive(Deserialize)]
pub(crate) struct Exporting {
    csrf: String,
    #[serde(default)]
    purpose: String,
    #[serde(flatten)]
    wish: Wish,
}

pub(crate) async fn back() -> Response {
    Redirect::to("/looks").into_response()
}

pub(crate) async fn export(
    State(site): State<Site>,
    visitor: Visitor,
    Form(form): Form<Exporting>,
) -> Response {
    site.work(move |site| {
        visitor.check(&form.csrf)?;
        visitor.may(site, Action::SeeAccessLog, &site.store().unit(visitor.grant.unit)?)?;
        if form.purpose.trim().is_empty() {
            return Err(Trouble::BadRequest(unexplained()));
        }
        let language = visitor.t.language();
        let (now, purpose) = (site.now(), form.purpose.trim());
        let filter = form.wish.filter(now.today);
        let bytes = site.store().export_looks(visitor.actor(), now, &filter, (purpose, language))?;
        Ok(attached(bytes, &format!("miaopu-access-log-{}-{}.csv", filter.from, filter.to)))
    })
    .await
}
