//! What a roster says of a person, opened from the record: the entry, with the corrections since.

use domain::event::{Event, FieldChange};
use domain::ids::PersonId;
use domain::person::Particulars;
use serde_json::Value as Json;

use super::keys::Keys;
use super::{Connection, StoreError, reading};

/// The particulars as they stand; none for a person nobody registered. What was opened lately is taken
/// from memory, as long as nothing was recorded about the person since.
pub(crate) fn read(
    connection: &mut Connection,
    keys: &mut Keys,
    person: PersonId,
) -> Result<Option<Particulars>, StoreError> {
    let rows = connection.query("SELECT version FROM person WHERE id = $1", &[person.0.into()])?;
    let Some(version) = rows.first().map(|row| row.int(0)).transpose()? else { return Ok(None) };
    if let Some(known) = keys.opened(person, version) {
        return Ok(Some(known));
    }
    let known = open(connection, keys, person)?;
    if let Some(known) = &known {
        keys.keep_open(person, version, known.clone());
    }
    Ok(known)
}

fn open(
    connection: &mut Connection,
    keys: &mut Keys,
    person: PersonId,
) -> Result<Option<Particulars>, StoreError> {
    let sql = format!(
        "SELECT {} FROM event WHERE person_id = $1 AND kind IN ($2, $3) ORDER BY seq",
        reading::COLUMNS
    );
    let kinds = ["person.registered", "person.corrected"];
    let rows = connection.query(&sql, &[person.0.into(), kinds[0].into(), kinds[1].into()])?;
    let mut known = None;
    for row in rows {
        let recorded = reading::recorded(&row, keys)?;
        match (recorded.fact.event, &mut known) {
            (Event::PersonRegistered(registered), None) => known = Some(registered.particulars),
            (Event::PersonCorrected(corrected), Some(particulars)) => {
                *particulars = put_right(particulars, &corrected.changes)?;
            }
            (event, _) => {
                let what = format!("person {person}: `{}` out of turn", event.kind());
                return Err(StoreError::Damaged(what));
            }
        }
    }
    Ok(known)
}

/// Particulars with fields changed; fields that are none of theirs (stage and days) are left alone.
pub(crate) fn put_right(
    particulars: &Particulars,
    changes: &[FieldChange],
) -> Result<Particulars, StoreError> {
    let damaged = |error: serde_json::Error| StoreError::Damaged(error.to_string());
    let mut fields = serde_json::to_value(particulars).map_err(damaged)?;
    if let Json::Object(object) = &mut fields {
        for change in changes.iter().filter(|change| Particulars::FIELDS.contains(&change.field.as_str())) {
            object.insert(change.field.clone(), change.becomes.clone());
        }
    }
    serde_json::from_value(fields).map_err(damaged)
}
