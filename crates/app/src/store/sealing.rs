//! Sealing facts: bodies with their commitments, encrypted. It is the dear part of recording and needs
//! keys but no place in the log, so that it is shared out among the processors, or done by whoever asks
//! before it is the writer's turn.

use std::sync::mpsc::sync_channel;

use domain::case::Recorded;
use domain::event::Fact;
use ledger::body::{Belonging, Body, Class, Field, StoredBody};
use ledger::envelope;
use ledger::key::SecretKey;
use rayon::prelude::*;
use serde_json::Value as Json;

use super::StoreError;
use super::keys::{self, key_ref};

/// A fact with both clocks and its sealed body.
pub(crate) struct Sealed {
    pub(crate) recorded: Recorded,
    pub(crate) body: StoredBody,
}

/// A fact with both clocks, and the key of the person it is about.
pub(crate) type Sealable = (Recorded, Option<SecretKey>);

/// Facts sealed by one processor at a time.
const PART: usize = 32;

/// Seals one fact for the log of this origin.
pub(crate) fn seal(origin: &str, (recorded, key): Sealable) -> Result<Sealed, StoreError> {
    let event_id = envelope::EventId::from_bytes(recorded.event_id.0);
    let fact = &recorded.fact;
    let belonging = Belonging { origin, event_id, kind: fact.event.kind() };
    let body = Body::new(fields(fact)?, &mut keys::random).map_err(unwritable)?;
    let body = match fact.subject.zip(key.as_ref()) {
        Some((person, key)) => body.seal(belonging, key, &key_ref(person), &mut keys::random),
        None => body.plain(),
    }
    .map_err(unwritable)?;
    Ok(Sealed { recorded, body })
}

/// Seals facts and hands them over in their order. While one is being placed, the next are sealed.
pub(crate) fn seal_all(
    origin: &str,
    facts: Vec<Sealable>,
    mut place: impl FnMut(Sealed) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    if facts.len() <= PART {
        return facts.into_iter().try_for_each(|fact| place(seal(origin, fact)?));
    }
    std::thread::scope(|scope| {
        let (sender, parts) = sync_channel(2);
        scope.spawn(move || {
            let n = PART * rayon::current_num_threads();
            let mut facts = facts.into_iter();
            loop {
                let part: Vec<Sealable> = facts.by_ref().take(n).collect();
                if part.is_empty() {
                    return;
                }
                let sealed: Result<Vec<Sealed>, _> =
                    part.into_par_iter().with_min_len(PART / 4).map(|fact| seal(origin, fact)).collect();
                // Whoever placed them may have failed and gone.
                if sender.send(sealed).is_err() {
                    return;
                }
            }
        });
        parts.into_iter().try_for_each(|part| part?.into_iter().try_for_each(&mut place))
    })
}

fn unwritable(error: ledger::body::BodyError) -> StoreError {
    StoreError::Unfit(error.to_string())
}

/// The fields of a fact, in the order of their names. What is absent has no field: the canonical form
/// knows no null.
fn fields(fact: &Fact) -> Result<Vec<Field>, StoreError> {
    let body = fact.event.body().map_err(|error| StoreError::Unfit(error.to_string()))?;
    let Json::Object(object) = without_nulls(body) else {
        return Err(StoreError::Unfit(format!("the body of `{}` has no fields", fact.event.kind())));
    };
    let class = |name: &str| match name {
        "particulars" | "changes" | "record" => Class::S3,
        "reason" | "purpose" => Class::S2,
        _ => Class::S1,
    };
    Ok(object.into_iter().map(|(name, value)| Field { class: class(&name), name, value }).collect())
}

fn without_nulls(value: Json) -> Json {
    match value {
        Json::Object(object) => Json::Object(
            object
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, without_nulls(value)))
                .collect(),
        ),
        Json::Array(list) => Json::Array(list.into_iter().map(without_nulls).collect()),
        other @ (Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_)) => other,
    }
}
