//! Measures what the store and the verifier wait for: `cargo run --release -p ledger --example speed -- 100000`.

use std::time::Instant;

use ledger::Hash;
use ledger::body::{Belonging, Body, Class, Field};
use ledger::checkpoint::Checkpoint;
use ledger::envelope::{Actor, Envelope, EventId, Precision, Recorded};
use ledger::key::SecretKey;
use ledger::note::LogKey;
use ledger::tree::{Frontier, append};
use ledger::verify::{
    BodySlot, CheckpointRow, EnvelopeSlot, EventRow, Expectations, NodeRow, RowError, Rows, verify,
};
use serde_json::json;

const ORIGIN: &str = "speed.test";
/// Events in one commit.
const GROUP: usize = 64;

type Failure = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "a measurement is for reading")]
fn main() -> Result<(), Failure> {
    let n: usize = std::env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let key = LogKey::from_seed(ORIGIN, &[1; 32])?;
    let started = Instant::now();
    let (events, leaves) = record(n)?;
    println!("record  {:>9} events/s (seal, encode, hash)", rate(n, started));

    let started = Instant::now();
    let (nodes, checkpoints) = commit(&leaves, &key)?;
    println!("commit  {:>9} events/s (tree, one signature for {GROUP})", rate(n, started));

    let size = |row: &EventRow| match (&row.envelope, &row.body) {
        (EnvelopeSlot::Bytes(envelope), BodySlot::Bytes(body)) => envelope.len() + body.len(),
        (EnvelopeSlot::Bytes(_) | EnvelopeSlot::Redacted(_), _) => 0,
    };
    let total: usize = events.iter().map(size).sum::<usize>() + nodes.len() * 40;
    let keys = [key.verifier().clone()];
    let expect = Expectations {
        origin: ORIGIN,
        keys: &keys,
        quorum: 0,
        known_heads: &[],
        erasure_kinds: &[],
        unseal: None,
        max_findings: 10,
    };
    let started = Instant::now();
    let rows = Rows {
        events: events.into_iter().map(Ok::<_, RowError>),
        nodes: nodes.into_iter().map(Ok),
        checkpoints: checkpoints.into_iter().map(Ok),
    };
    let report = verify(&expect, rows, []);
    let took = started.elapsed().as_micros();
    println!("verify  {:>9} events/s: {}", rate(n, started), report.verdict);

    let bytes = vec![7u8; total];
    let started = Instant::now();
    let hash = Hash::of(&bytes);
    let plain = started.elapsed().as_micros().max(1);
    println!("verify takes {} times as long as SHA-256 over the same {total} bytes ({hash})", took / plain);
    Ok(())
}

fn rate(n: usize, started: Instant) -> u128 {
    n as u128 * 1_000_000 / started.elapsed().as_micros().max(1)
}

fn record(n: usize) -> Result<(Vec<EventRow>, Vec<Hash>), Failure> {
    let mut counter = 0u64;
    let mut random = |bytes: &mut [u8]| {
        for chunk in bytes.chunks_mut(8) {
            counter = counter.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            chunk.copy_from_slice(&counter.to_be_bytes()[..chunk.len()]);
        }
    };
    let data_key = SecretKey::generate(&mut random);
    let mut heads: Vec<(u64, Option<Hash>)> = vec![(0, None); n.div_ceil(60)];
    let (mut events, mut leaves) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for seq in 0..n as u64 {
        let person = seq as usize % heads.len();
        let mut id = [0; 16];
        random(&mut id);
        let event_id = EventId::from_bytes(id);
        let field = |name: &str, value| Field { name: name.into(), class: Class::S2, value };
        let fields = vec![
            field("held_on", json!("2026-02-28")),
            field("entitled", json!(21)),
            field("votes_for", json!(17)),
            field("minutes", json!("会议记录第七号，到会十九人，票决通过")),
        ];
        let body = Body::new(fields, &mut random)?;
        let belonging = Belonging { origin: ORIGIN, event_id, kind: "ballot.recorded" };
        let stored = body.seal(belonging, &data_key, "p.1", &mut random)?;
        let actor =
            Actor { id: "u7".into(), role: "secretary".into(), org: "o1".into(), auth: "1:totp".into() };
        let recorded = Recorded {
            org: "o1".into(),
            recorded_at: 1_760_000_000_000 + seq,
            actor,
            body: stored.commitment,
            rules: Hash::EMPTY_ROOT,
            app: "miaopu 0.1.0".into(),
        };
        let (count, prev) = heads[person];
        let envelope = Envelope::new(ORIGIN, seq, event_id, "ballot.recorded", recorded)
            .about(&format!("p{person}"), count + 1, prev)
            .occurred("2026-02-28".parse()?, Precision::Day);
        let bytes = envelope.to_bytes()?;
        let leaf = Hash::leaf(&bytes);
        heads[person] = (count + 1, Some(leaf));
        leaves.push(leaf);
        let (envelope, body) = (EnvelopeSlot::Bytes(bytes), BodySlot::Bytes(stored.bytes));
        events.push(EventRow { seq: seq.cast_signed(), envelope, body });
    }
    Ok((events, leaves))
}

fn commit(leaves: &[Hash], key: &LogKey) -> Result<(Vec<NodeRow>, Vec<CheckpointRow>), Failure> {
    let (mut frontier, mut nodes, mut checkpoints) = (Frontier::new(), Vec::new(), Vec::new());
    for group in leaves.chunks(GROUP) {
        let grown = append(&frontier, group);
        frontier = grown.frontier;
        nodes.extend(grown.nodes.iter().map(|node| NodeRow { index: node.index, hash: Some(node.hash) }));
        let note = Checkpoint::new(ORIGIN, frontier.size(), frontier.root()).sign(key)?;
        checkpoints.push(CheckpointRow { size: frontier.size().cast_signed(), note: note.into_bytes() });
    }
    Ok((nodes, checkpoints))
}
