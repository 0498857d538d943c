//! What can be said of an event's row by itself: hashes, canonical form, commitment. Shared out among processors.

use super::{BodySlot, EnvelopeSlot, EventRow, Expectations};
use crate::body::{Belonging, Body, BodyError};
use crate::envelope::Envelope;
use crate::hash::Hash;
use crate::index::{KIND, Statement};

pub(super) struct Prepared {
    pub(super) seq: i64,
    pub(super) leaf: Hash,
    pub(super) content: Content,
    pub(super) body: BodyState,
}

pub(super) enum Content {
    Read(Box<Envelope>),
    Refused(String),
    Redacted,
}

pub(super) enum BodyState {
    /// As committed to, as far as the keys at hand show; with the index it states, if any.
    Intact(Option<Statement>),
    Shredded,
    Missing,
    Damaged(String),
}

/// Prepares rows, keeping their order.
pub(super) fn prepare(expect: &Expectations<'_>, rows: &[EventRow]) -> Vec<Prepared> {
    in_parallel(rows, |row| prepare_one(expect, row))
}

/// Maps items on all processors; the order of the results is that of the items.
pub(super) fn in_parallel<T: Sync, R: Send>(items: &[T], map: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(workers).max(1);
    if items.len() < 64 || workers == 1 {
        return items.iter().map(map).collect();
    }
    std::thread::scope(|scope| {
        let map = &map;
        let workers: Vec<_> = items
            .chunks(share)
            .map(|chunk| scope.spawn(move || chunk.iter().map(map).collect::<Vec<R>>()))
            .collect();
        let joined = workers.into_iter().map(|worker| match worker.join() {
            Ok(results) => results,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect()
    })
}

fn prepare_one(expect: &Expectations<'_>, row: &EventRow) -> Prepared {
    let (leaf, content) = match &row.envelope {
        EnvelopeSlot::Redacted(leaf) => (*leaf, Content::Redacted),
        EnvelopeSlot::Bytes(bytes) => {
            let content = match Envelope::parse(bytes) {
                Ok(envelope) => Content::Read(Box::new(envelope)),
                Err(why) => Content::Refused(why.to_string()),
            };
            (Hash::leaf(bytes), content)
        }
    };
    let body = match (&row.body, &content) {
        (BodySlot::Missing, Content::Read(_) | Content::Refused(_)) => BodyState::Missing,
        (BodySlot::Bytes(bytes), Content::Read(envelope)) => check_body(expect, envelope, bytes),
        // A body that stayed behind although its envelope was redacted should be gone.
        (BodySlot::Bytes(_), Content::Redacted) => {
            BodyState::Damaged("the envelope was redacted, but the body is still there".to_owned())
        }
        // The envelope is reported already; without it nothing can be said of the body.
        (BodySlot::Bytes(_), Content::Refused(_)) => BodyState::Intact(None),
        (BodySlot::Shredded | BodySlot::Missing, Content::Redacted) => BodyState::Intact(None),
        (BodySlot::Shredded, Content::Read(_) | Content::Refused(_)) => BodyState::Shredded,
    };
    Prepared { seq: row.seq, leaf, content, body }
}

fn check_body(expect: &Expectations<'_>, envelope: &Envelope, bytes: &[u8]) -> BodyState {
    let key = match (&envelope.body.key_ref, expect.unseal) {
        (Some(_), Some(unseal)) => unseal(envelope),
        (Some(_) | None, Some(_) | None) => None,
    };
    if envelope.body.key_ref.is_some() && key.is_none() {
        if Hash::of(bytes) == envelope.body.blob {
            return BodyState::Intact(None);
        }
        return BodyState::Damaged(BodyError::WrongBlob.to_string());
    }
    let belonging = Belonging { origin: &envelope.origin, event_id: envelope.event_id, kind: &envelope.kind };
    match Body::open(bytes, &envelope.body, belonging, key.as_ref()) {
        Ok(body) if envelope.kind == KIND => BodyState::Intact(Statement::from_fields(body.fields())),
        Ok(_) => BodyState::Intact(None),
        Err(why) => BodyState::Damaged(why.to_string()),
    }
}
