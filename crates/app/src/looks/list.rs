//! Reading the access log: for the auditor, in the part of the tree that the duty covers. People are named
//! by number only.

use std::collections::BTreeMap;

use documents::table::{Column, ColumnKind, Heads, Item, Layout, Table, Totals};
use domain::access::Action;
use domain::dates::{Instant, Moment, civil_day, days_between};
use domain::event::{Fact, ListExported, LooksForgotten};
use domain::ids::{AccountId, PersonId};
use domain::looks::{LEAST_DAYS_KEPT, Sight};
use domain::text::{Language, Text};
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::accounts::authority;
use crate::act::ActError;
use crate::store::looks::{self, Wanted};
use crate::store::{Actor, By, CommandId, Connection, Look, Store, StoreError, Tally, accounts, units};

/// Which looks are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// By whom.
    pub account: Option<AccountId>,
    /// At whose entry.
    pub person: Option<PersonId>,
    /// At what.
    pub sight: Option<Sight>,
}

/// A page of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The latest first.
    pub looks: Vec<Look>,
    /// There are earlier ones.
    pub has_more: bool,
}

/// Groups that are counted at most.
const MOST_TALLIES: i64 = 500;
/// Rows that one export holds at most.
const MOST_ROWS: i64 = 200_000;

impl Store {
    /// A page of the access log, the latest first.
    ///
    /// # Errors
    /// Whoever asks may not, or the log cannot be read.
    pub fn looks(
        &self,
        actor: Actor,
        today: Date,
        filter: &Filter,
        (offset, limit): (i64, i64),
    ) -> Result<Page, ActError> {
        self.settle_looks()?;
        let asked = |connection: &mut Connection| {
            let wanted = wanted(connection, actor, today, filter)?;
            Ok::<_, ActError>(looks::list(connection, &wanted, (offset, limit + 1))?)
        };
        let mut looks = self.read(|connection| Ok(asked(connection)))??;
        let n = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = looks.len() > n;
        looks.truncate(n);
        Ok(Page { looks, has_more })
    }

    /// The access log counted by account, by person or by day.
    ///
    /// # Errors
    /// As [`Store::looks`].
    pub fn looks_by(
        &self,
        actor: Actor,
        today: Date,
        filter: &Filter,
        by: By,
    ) -> Result<Vec<Tally>, ActError> {
        self.settle_looks()?;
        let asked = |connection: &mut Connection| {
            let wanted = wanted(connection, actor, today, filter)?;
            Ok::<_, ActError>(looks::tally(connection, &wanted, by, MOST_TALLIES)?)
        };
        self.read(|connection| Ok(asked(connection)))?
    }

    /// The access log as a file, and the event that it left.
    ///
    /// # Errors
    /// As [`Store::looks`], or the file or the event cannot be written.
    pub fn export_looks(
        &self,
        actor: Actor,
        now: Moment,
        filter: &Filter,
        (purpose, language): (&str, Language),
    ) -> Result<Vec<u8>, ActError> {
        let looks = self.looks(actor, now.today, filter, (0, MOST_ROWS))?.looks;
        let names = self.read(|connection| {
            let all = accounts::all(connection)?.into_iter();
            Ok(all.map(|account| (account.id, account.display_name)).collect::<BTreeMap<_, _>>())
        })?;
        let table = table(&looks, &names, language);
        let bytes = table.to_csv().map_err(|error| StoreError::Unfit(error.to_string()))?;
        let exported = ListExported {
            list: "access_log".to_owned(),
            n_rows: looks.len() as u64,
            columns: COLUMNS.iter().map(|(id, ..)| (*id).to_owned()).collect(),
            purpose: purpose.trim().to_owned(),
            sha256: Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        let fact = Fact::of_unit(actor.unit, now.today, exported);
        self.write(move |tx| {
            permit(&mut tx.connection, actor, now.today)?;
            Ok::<_, ActError>(tx.append(actor, now, CommandId::random(), &[fact])?)
        })?;
        Ok(bytes)
    }

    /// Takes lines out of the access log that are older than a number of days, and records it. Work of the
    /// console: no duty includes it.
    ///
    /// # Errors
    /// Fewer days are named than the law asks for, or the store fails.
    pub fn forget_looks(&self, actor: Actor, now: Moment, days_kept: i64) -> Result<u64, StoreError> {
        if days_kept < LEAST_DAYS_KEPT {
            return Err(StoreError::Unfit(format!(
                "访问记录至少保存{LEAST_DAYS_KEPT}天 / the access log is kept for {LEAST_DAYS_KEPT} days at least"
            )));
        }
        self.settle_looks()?;
        let span = i32::try_from(days_kept).unwrap_or(i32::MAX);
        let before = now.today.saturating_sub(jiff::Span::new().days(span.min(3_000_000)));
        self.write(move |tx| {
            let n = looks::forget(&mut tx.connection, midnight(before))?;
            if n > 0 {
                let fact = Fact::of_unit(actor.unit, now.today, LooksForgotten { before, n });
                tx.append(actor, now, CommandId::random(), &[fact])?;
            }
            Ok(n)
        })
    }
}

fn permit(connection: &mut Connection, actor: Actor, today: Date) -> Result<(), ActError> {
    authority::permit_unit::<ActError>(connection, actor, Action::SeeAccessLog, (actor.unit, true), today)
}

/// What is asked for, within what whoever asks may see.
fn wanted(
    connection: &mut Connection,
    actor: Actor,
    today: Date,
    filter: &Filter,
) -> Result<Wanted, ActError> {
    permit(connection, actor, today)?;
    let range = match actor.account {
        Some(_) => {
            let unit = units::unit(connection, actor.unit)?.ok_or(StoreError::Missing)?;
            (unit.pre, unit.post)
        }
        None => (i64::MIN, i64::MAX),
    };
    let to = filter.to.tomorrow().unwrap_or(Date::MAX);
    let Filter { account, person, sight, .. } = *filter;
    Ok(Wanted { from: midnight(filter.from), to: midnight(to), account, person, sight, range })
}

/// The instant at which a civil day begins.
fn midnight(day: Date) -> Instant {
    let epoch = Date::constant(1970, 1, 1);
    Instant((days_between(epoch, day) * 24 - 8) * 3_600_000)
}

const COLUMNS: [(&str, &str, &str, ColumnKind); 10] = [
    ("day", "日期", "day", ColumnKind::Date),
    ("time", "时间", "time", ColumnKind::Digits),
    ("account", "账号", "account", ColumnKind::Digits),
    ("name", "姓名", "name", ColumnKind::Text),
    ("role", "职责", "role", ColumnKind::Text),
    ("sight", "内容", "what", ColumnKind::Text),
    ("person", "人员编号", "person", ColumnKind::Digits),
    ("file", "档案编号", "file", ColumnKind::Digits),
    ("n", "人数", "people", ColumnKind::Whole),
    ("list", "名单或字段", "list or fields", ColumnKind::Text),
];

fn table(looks: &[Look], names: &BTreeMap<AccountId, String>, language: Language) -> Table {
    let column = |(_, zh, en, kind): &(&str, &str, &str, ColumnKind)| Column::new(Text::new(*zh, *en), *kind);
    let number = |id: Option<i64>| id.map(|id| id.to_string());
    let row = |look: &Look| {
        let minutes = (look.seen_at.0.div_euclid(60_000) + 8 * 60).rem_euclid(1440);
        vec![
            Item::from(civil_day(look.seen_at)),
            Item::from(format!("{:02}:{:02}", minutes / 60, minutes % 60)),
            Item::from(look.account.to_string()),
            Item::from(names.get(&look.account).cloned()),
            Item::from(look.role.map(|role| role.name().in_language(language).to_owned())),
            Item::from(look.sight.name().in_language(language)),
            Item::from(number(look.person.map(|person| person.0))),
            Item::from(number(look.case.map(|case| case.0))),
            Item::from(look.n),
            Item::from(look.list.as_str()),
        ]
    };
    Table {
        layout: Layout {
            caption: Text::new("访问记录", "Access log"),
            columns: COLUMNS.iter().map(column).collect(),
            heads: Heads::In(language),
            totals: Totals::None,
        },
        rows: looks.iter().map(row).collect(),
    }
}
