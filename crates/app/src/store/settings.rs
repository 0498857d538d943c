//! Settings of the site that may change, each a number: a view of the record.

use domain::event::{Event, Fact};

use super::{Connection, SITE, StoreError};

/// A setting, by its number in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Whether whoever decides or administers needs a second factor.
    SecondFactorRequired = 1,
    /// Rows about persons that an account may export in a day.
    ExportRowsADay = 2,
}

/// Derives a setting.
#[expect(clippy::wildcard_enum_match_arm, reason = "`views` hands over only what is about settings")]
pub(crate) fn apply(connection: &mut Connection, fact: &Fact) -> Result<(), StoreError> {
    let (setting, value) = match &fact.event {
        Event::SecondFactorRequired(required) => {
            (Setting::SecondFactorRequired, i64::from(required.is_required))
        }
        Event::ExportQuotaSet(quota) => {
            (Setting::ExportRowsADay, i64::try_from(quota.rows_a_day).unwrap_or(i64::MAX))
        }
        other => return Err(StoreError::Unfit(format!("`{}` is not about a setting", other.kind()))),
    };
    connection.execute(
        "INSERT INTO setting (root_id, id, value) VALUES ($1, $2, $3)
         ON CONFLICT (root_id, id) DO UPDATE SET value = excluded.value",
        &[SITE.0.into(), (setting as i64).into(), value.into()],
    )?;
    Ok(())
}

/// The value of a setting, if it was ever set.
pub(crate) fn value(connection: &mut Connection, setting: Setting) -> Result<Option<i64>, StoreError> {
    let rows = connection.query(
        "SELECT value FROM setting WHERE root_id = $1 AND id = $2",
        &[SITE.0.into(), (setting as i64).into()],
    )?;
    rows.first().map(|row| row.int(0)).transpose()
}
