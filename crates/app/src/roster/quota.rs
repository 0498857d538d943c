//! How much an account may export in a day. Whoever is entitled to every row may still not carry off all of
//! them unseen: beyond the quota nothing leaves, and the first refusal of a day is an entry in the record.

use domain::access::Denial;
use domain::dates::Moment;
use domain::event::{ExportQuotaSet, Fact, ListExported, ListRefused};
use domain::text::Text;

use crate::accounts::{AccountError, authority};
use crate::store::exports::{self, Exported};
use crate::store::settings::{self, Setting};
use crate::store::{Actor, CommandId, SITE, Store, StoreError, Tx};

/// Rows a day where the site never said otherwise: a city of twenty thousand members twice.
const ROWS_A_DAY: u64 = 50_000;

impl Store {
    /// Sets how many rows about persons an account may export in a day: for whoever gives duties in the
    /// whole tree.
    ///
    /// # Errors
    /// Whoever acts may not, or the store fails.
    pub fn set_export_quota(&self, actor: Actor, now: Moment, rows_a_day: u64) -> Result<(), AccountError> {
        self.write(move |tx| {
            authority::permit_over_site(&mut tx.connection, actor, now.today)?;
            let fact = Fact::of_unit(SITE, now.today, ExportQuotaSet { rows_a_day });
            tx.append(actor, now, CommandId::random(), &[fact])?;
            Ok(())
        })
    }
}

/// Why a list may not leave today, if it may not. Work on the console is the program's own and has no
/// quota; its exports are in the record as well.
pub(super) fn refusal(
    tx: &mut Tx,
    actor: Actor,
    now: Moment,
    list: &ListExported,
) -> Result<Option<Denial>, StoreError> {
    let Some(account) = actor.account else { return Ok(None) };
    let set = settings::value(&mut tx.connection, Setting::ExportRowsADay)?;
    let rows_a_day = set.map_or(ROWS_A_DAY, |rows| rows.max(0).cast_unsigned());
    let Exported { n_rows: n_before, n_refused } = exports::on(&mut tx.connection, account, now.today)?;
    if n_before.saturating_add(list.n_rows) <= rows_a_day {
        return Ok(None);
    }
    if n_refused == 0 {
        let refused = ListRefused { list: list.list.clone(), n_rows: list.n_rows, n_before, rows_a_day };
        tx.append(actor, now, CommandId::random(), &[Fact::of_unit(actor.unit, now.today, refused)])?;
    }
    let (n_rows, left) = (list.n_rows, rows_a_day.saturating_sub(n_before));
    Ok(Some(Denial {
        rule: "A08.export_quota",
        text: Text::new(
            format!(
                "本账号每天最多导出{rows_a_day}人次，今天还剩{left}，此名单有{n_rows}行。没有导出，已留痕。\
                 请明天再办、缩小范围，或请安全管理员调整限额。"
            ),
            format!(
                "This account exports {rows_a_day} rows a day at most; {left} are left today, and this list has \
                 {n_rows}. Nothing was exported, and that is recorded. Come back tomorrow, export a smaller part, \
                 or ask the security officer for more."
            ),
        ),
    }))
}
