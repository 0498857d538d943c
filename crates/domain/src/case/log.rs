//! The log of a file: what was written, and what counts after corrections and invalidations.

use jiff::civil::Date;
use serde_json::Value;

use super::{CaseEvent, Change, Fact, Recorded};
use crate::event::{Event, FieldChange};
use crate::ids::{CaseId, EventId};

/// The name by which a correction speaks of the day itself.
const DAY: &str = "occurred_on";

/// One event with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// As it was written.
    pub recorded: Recorded,
    /// What counts: the same, or as corrected.
    pub effective: Fact,
    /// What became of it.
    pub standing: Standing,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It counts as written.
    AsWritten,
    /// It counts as corrected by the event named, the last of several.
    Corrected(EventId),
    /// It does not count, by the event named.
    Void(EventId),
}

impl Logged {
    pub(super) fn standing(recorded: Recorded) -> Self {
        Logged { effective: recorded.fact.clone(), recorded, standing: Standing::AsWritten }
    }

    /// Whether it counts.
    #[must_use]
    pub fn counts(&self) -> bool {
        match self.standing {
            Standing::AsWritten | Standing::Corrected(_) => true,
            Standing::Void(_) => false,
        }
    }

    /// The case event that counts.
    #[must_use]
    pub fn event(&self) -> Option<&CaseEvent> {
        case_event(&self.effective)
    }

    /// The fact as further corrected, or the name of the field that cannot be set so.
    ///
    /// # Errors
    /// The first field that is unknown, does not have the value the correction says it had, or
    /// cannot hold the value it should have.
    pub fn corrected(&self, changes: &[FieldChange]) -> Result<Fact, String> {
        let mut fact = self.effective.clone();
        let event = case_event(&fact).ok_or_else(|| DAY.to_owned())?;
        let kind = event.kind();
        let mut body = event.body().map_err(|e| e.to_string())?;
        for change in changes {
            if change.field == DAY {
                let day = |value: &Value| value.as_str().and_then(|text| text.parse::<Date>().ok());
                if day(&change.was) != Some(fact.occurred_on) {
                    return Err(change.field.clone());
                }
                fact.occurred_on = day(&change.becomes).ok_or_else(|| change.field.clone())?;
            } else {
                set(&mut body, change).ok_or_else(|| change.field.clone())?;
                CaseEvent::read(kind, body.clone()).map_err(|_| change.field.clone())?;
            }
        }
        let event = CaseEvent::read(kind, body).map_err(|e| e.to_string())?;
        fact.event = Event::Case(event);
        Ok(fact)
    }
}

/// Whether an event is of this file, and if so, whether it changes how earlier ones are read.
pub(super) fn is_amending(recorded: &Recorded, case: CaseId) -> Option<bool> {
    case_event(&recorded.fact).filter(|event| event.case == case).map(|event| event.change.is_amending())
}

pub(super) fn case_event(fact: &Fact) -> Option<&CaseEvent> {
    if let Event::Case(event) = &fact.event { Some(event) } else { None }
}

/// Reads the whole log anew: which events are void, and what the corrections that count make of
/// the others.
pub(super) fn amend(log: &mut [Logged]) {
    for logged in log.iter_mut() {
        logged.effective = logged.recorded.fact.clone();
        logged.standing = Standing::AsWritten;
    }
    // From the last to the first, so that an invalidation that is itself void does nothing.
    for position in (0..log.len()).rev() {
        if let Some((by, target)) = invalidation(&log[position]) {
            mark(log, target, |logged| logged.standing = Standing::Void(by));
        }
    }
    for position in 0..log.len() {
        if let Some((by, target, changes)) = correction(&log[position]) {
            mark(log, target, |logged| {
                if let (true, Ok(fact)) = (logged.counts(), logged.corrected(&changes)) {
                    logged.effective = fact;
                    logged.standing = Standing::Corrected(by);
                }
            });
        }
    }
}

fn invalidation(logged: &Logged) -> Option<(EventId, EventId)> {
    if let (true, Some(Change::Invalidated(change))) = (logged.counts(), logged.event().map(|e| &e.change)) {
        Some((logged.recorded.event_id, change.event))
    } else {
        None
    }
}

fn correction(logged: &Logged) -> Option<(EventId, EventId, Vec<FieldChange>)> {
    if let (true, Some(Change::Corrected(change))) = (logged.counts(), logged.event().map(|e| &e.change)) {
        Some((logged.recorded.event_id, change.event, change.changes.clone()))
    } else {
        None
    }
}

fn mark(log: &mut [Logged], event: EventId, change: impl FnOnce(&mut Logged)) {
    if let Some(logged) = log.iter_mut().find(|logged| logged.recorded.event_id == event) {
        change(logged);
    }
}

/// Sets one field, reached by dots and list positions; nothing if it is not there as it was said
/// to be. The frame of an event is not open to correction.
fn set(body: &mut Value, change: &FieldChange) -> Option<()> {
    let (parents, name) = change.field.rsplit_once('.').unwrap_or(("", &change.field));
    let first = change.field.split('.').next();
    if matches!(first, Some("case" | "entry")) {
        return None;
    }
    let place =
        parents.split('.').filter(|part| !part.is_empty()).try_fold(body, |value, part| match value {
            Value::Object(fields) => fields.get_mut(part),
            Value::Array(items) => items.get_mut(part.parse::<usize>().ok()?),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        })?;
    match place {
        Value::Object(fields) => {
            let was = fields.get(name).unwrap_or(&Value::Null);
            if *was != change.was {
                return None;
            }
            match change.becomes.is_null() {
                true => fields.remove(name),
                false => fields.insert(name.to_owned(), change.becomes.clone()),
            };
            Some(())
        }
        Value::Array(items) => {
            let item = items.get_mut(name.parse::<usize>().ok()?)?;
            (*item == change.was).then(|| *item = change.becomes.clone())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
