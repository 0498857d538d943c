//! Sealing and opening papers. The text is sealed under a key of its own for the place of the event that
//! names its digest; that key is sealed under the site's. Before the minute of opening nothing here hands
//! the text out, and a copy of the database without the keys does not hold it at all.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::dates::Moment;
use domain::schooling::{Cohort, ExamSealed, Item, Paper, PaperText, Shortage, draw};
use ledger::attachment::{self, Place};
use ledger::envelope::EventId;
use ledger::key::SecretKey;
use sha2::{Digest as _, Sha256};

use super::Wish;
use crate::store::keys::{Keys, random};
use crate::store::{CommandId, StoreError, Tx, schooling};

const FORMAT: &str = "miaopu-paper/1";
const KEY_REF: &str = "paper";

/// Draws a paper and seals it for the first event of a command.
pub(super) fn seal(
    tx: &mut Tx,
    command: CommandId,
    cohort: &Cohort,
    wish: &Wish,
) -> Result<(ExamSealed, Vec<Shortage>), StoreError> {
    let bank = schooling::bank(&mut tx.connection, cohort.unit)?;
    let (items, shortages) = match draw(&bank, &wish.draws, wish.seed) {
        Ok(items) => (items, Vec::new()),
        Err(shortages) => (Vec::new(), shortages),
    };
    let number = cohort.papers.last().map_or(1, |paper| paper.number + 1);
    // The digest is of the items alone, so that the same items under another number are the same paper.
    let items_text = serde_json::to_string(&items).map_err(|error| StoreError::Unfit(error.to_string()))?;
    let text = PaperText {
        format: FORMAT.to_owned(),
        cohort: cohort.id,
        number,
        draws: wish.draws.clone(),
        seed: wish.seed.to_string(),
        items: items.clone(),
    };
    let text = serde_json::to_string(&text).map_err(|error| StoreError::Unfit(error.to_string()))?;
    let key = SecretKey::generate(&mut random);
    let place = place(&tx.log.origin, EventId::from_bytes(command.0));
    let sealed_text = attachment::seal(text.as_bytes(), place, &key, KEY_REF, &mut random);
    let sealed_key = tx.keys.seal(&key, &purpose(cohort, number));
    let sealed = ExamSealed {
        cohort: cohort.id,
        number,
        is_resit: wish.is_resit,
        opens_at: wish.opens_at,
        minutes: wish.minutes,
        n_items: i64::try_from(items.len()).unwrap_or(i64::MAX),
        points: items.iter().map(|item| item.asked.points).sum(),
        sha256: hex(&Sha256::digest(items_text.as_bytes())),
        sealed_text: STANDARD.encode(sealed_text),
        sealed_key: STANDARD.encode(sealed_key),
    };
    Ok((sealed, shortages))
}

/// The items of a paper from its minute of opening on, held against the digest that was recorded before;
/// none earlier.
pub(super) fn open(
    keys: &Keys,
    origin: &str,
    cohort: &Cohort,
    paper: &Paper,
    now: Moment,
) -> Result<Option<Vec<Item>>, StoreError> {
    if !paper.is_open(now) {
        return Ok(None);
    }
    let damaged =
        |what: &str| StoreError::Damaged(format!("paper {} of {}: {what}", paper.number, cohort.id));
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| damaged("no base64"));
    let key = keys.unseal(&decode(&paper.sealed.sealed_key)?, &purpose(cohort, paper.number))?;
    let place = place(origin, EventId::from_bytes(paper.event.0));
    let text = attachment::open(&decode(&paper.sealed.sealed_text)?, place, &key, KEY_REF)
        .map_err(|error| damaged(&error.to_string()))?;
    let text: PaperText = serde_json::from_slice(&text).map_err(|error| damaged(&error.to_string()))?;
    let items_text = serde_json::to_string(&text.items).map_err(|error| damaged(&error.to_string()))?;
    if hex(&Sha256::digest(items_text.as_bytes())) != paper.sealed.sha256 {
        return Err(damaged("the text is not the one whose digest was recorded"));
    }
    Ok(Some(text.items))
}

fn place(origin: &str, event_id: EventId) -> Place<'_> {
    Place { origin, event_id, position: 0, part: 0, n_parts: 1 }
}

fn purpose(cohort: &Cohort, number: i64) -> String {
    format!("paper of cohort {} no. {number}", cohort.id)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
