//! Parsers under arbitrary bytes, and the tree under arbitrary shapes.

use ledger::Hash;
use ledger::body::{Belonging, Body, Commitment};
use ledger::checkpoint::{Checkpoint, SignedCheckpoint};
use ledger::envelope::{Envelope, EventId};
use ledger::note::{LogKey, Note, VerifierKey, WitnessKey};
use ledger::proof::{check_consistency, check_inclusion, prove_consistency, prove_inclusion};
use ledger::proof_file::ProofFile;
use ledger::tree::{Frontier, append, root_at};
use ledger::verify::{BodySlot, EnvelopeSlot, Verdict};
use proptest::prelude::*;

use crate::world::World;

/// What an editor of the tables may do to them.
#[derive(Debug, Clone, Copy)]
enum Edit {
    Event(Act),
    Node(Act),
    LastCheckpoint(Act),
    EnvelopeByte(u8),
    BodyByte(u8),
    Shred,
    Redact,
}

#[derive(Debug, Clone, Copy)]
enum Act {
    Delete,
    Double,
    Renumber(i64),
    SwapContent,
}

fn act() -> impl Strategy<Value = Act> {
    let key = prop_oneof![any::<i64>(), 0..60i64, Just(i64::MAX), Just(i64::MIN), Just(-1)];
    prop_oneof![Just(Act::Delete), Just(Act::Double), key.prop_map(Act::Renumber), Just(Act::SwapContent)]
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        act().prop_map(Edit::Event),
        act().prop_map(Edit::Node),
        act().prop_map(Edit::LastCheckpoint),
        any::<u8>().prop_map(Edit::EnvelopeByte),
        any::<u8>().prop_map(Edit::BodyByte),
        Just(Edit::Shred),
        Just(Edit::Redact),
    ]
}

/// Deletes, doubles, renumbers or exchanges one row, and sorts the table as a store would hand it out.
fn edit_rows<R: Clone>(rows: &mut Vec<R>, at: usize, act: Act, key: impl Fn(&mut R) -> &mut i64) {
    match act {
        Act::Delete => drop(rows.remove(at)),
        Act::Double => rows.insert(at, rows[at].clone()),
        Act::Renumber(to) => *key(&mut rows[at]) = to,
        Act::SwapContent => {
            let other = (at + 1) % rows.len();
            let (mut left, mut right) = (rows[at].clone(), rows[other].clone());
            std::mem::swap(key(&mut left), key(&mut right));
            (rows[at], rows[other]) = (right, left);
        }
    }
    rows.sort_by_key(|row| *key(&mut row.clone()));
}

/// Gives arbitrary bytes to every reader; none may panic, and none of these bytes may pass for something.
fn read_all(bytes: &[u8]) {
    let key = LogKey::from_seed("log.test", &[1; 32]).unwrap().verifier().clone();
    assert!(SignedCheckpoint::open(bytes, &[key]).is_err());
    let _ = Note::parse(bytes);
    let _ = ProofFile::parse(bytes);
    let _ = Envelope::parse(bytes);
    let commitment = Commitment { root: Hash::EMPTY_ROOT, n: 0, blob: Hash::of(bytes), key_ref: None };
    let belonging = Belonging { origin: "o", event_id: EventId::from_bytes([0; 16]), kind: "k" };
    let _ = Body::open(bytes, &commitment, belonging, None);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Checkpoint::parse(text);
        let _ = text.parse::<VerifierKey>();
        let _ = text.parse::<Hash>();
        let _ = LogKey::from_secret_text(text);
        let _ = WitnessKey::from_secret_text(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_edit_of_the_tables_goes_unseen(edits in proptest::collection::vec((edit(), any::<proptest::sample::Index>()), 1..4)) {
        thread_local! {
            static WORLD: World = World::with_events(23);
        }
        WORLD.with(|world| {
            let (mut events, mut nodes) = (world.events.clone(), world.node_rows());
            let mut checkpoints = world.checkpoints.clone();
            for (edit, at) in &edits {
                if events.is_empty() || nodes.is_empty() || checkpoints.is_empty() { continue; }
                let (event, node) = (at.index(events.len()), at.index(nodes.len()));
                let last = checkpoints.len() - 1;
                match (edit, &mut events[event].envelope) {
                    (Edit::Event(act), _) => edit_rows(&mut events, event, *act, |row| &mut row.seq),
                    (Edit::Node(act), _) => edit_rows(&mut nodes, node, *act, |row| &mut row.index),
                    (Edit::LastCheckpoint(act), _) => edit_rows(&mut checkpoints, last, *act, |row| &mut row.size),
                    (Edit::EnvelopeByte(byte), EnvelopeSlot::Bytes(bytes)) => {
                        let at = at.index(bytes.len());
                        bytes[at] = *byte;
                    }
                    (Edit::Redact, EnvelopeSlot::Bytes(bytes)) => {
                        let leaf = Hash::leaf(bytes);
                        events[event].envelope = EnvelopeSlot::Redacted(leaf);
                    }
                    (Edit::EnvelopeByte(_) | Edit::Redact, EnvelopeSlot::Redacted(_)) => {}
                    (Edit::Shred, _) => events[event].body = BodySlot::Shredded,
                    (Edit::BodyByte(byte), _) => {
                        if let BodySlot::Bytes(bytes) = &mut events[event].body {
                            let at = at.index(bytes.len());
                            bytes[at] = *byte;
                        }
                    }
                }
            }
            let report = world.verify_rows(&events, &nodes, &checkpoints, &[], 1);
            let unchanged = events == world.events && nodes == world.node_rows() && checkpoints == world.checkpoints;
            prop_assert_eq!(report.verdict == Verdict::Intact, unchanged, "{:?}\n{}", edits, report);
            Ok(())
        })?;
    }

    #[test]
    fn no_reader_panics_on_arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_all(&bytes);
    }

    #[test]
    fn no_reader_panics_on_damaged_originals(at in any::<proptest::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let world = World::with_events(4);
        let mut originals = vec![world.envelope_bytes(3).to_vec(), world.checkpoints[0].note.clone()];
        originals.push(world.bodies[0].plain().unwrap().bytes);
        for mut bytes in originals {
            let at = at.index(bytes.len());
            let before = bytes.clone();
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            read_all(&bytes);
            let read = Envelope::parse(&bytes);
            // What is accepted is written back in the same bytes: there are no two spellings.
            if let Ok(envelope) = read { prop_assert_eq!(envelope.to_bytes().unwrap(), bytes.clone()); }
            prop_assert!(bytes == before || Hash::leaf(&bytes) != Hash::leaf(&before));
        }
    }

    #[test]
    fn portions_of_any_size_give_the_same_tree(portions in proptest::collection::vec(0usize..40, 1..12)) {
        let total: usize = portions.iter().sum();
        let leaves: Vec<Hash> = (0..total).map(|i| Hash::leaf(&i.to_be_bytes())).collect();
        let whole = append(&Frontier::new(), &leaves);
        let (mut frontier, mut nodes, mut from) = (Frontier::new(), Vec::new(), 0);
        for portion in portions {
            let grown = append(&frontier, &leaves[from..from + portion]);
            from += portion;
            frontier = grown.frontier;
            nodes.extend(grown.nodes);
        }
        prop_assert_eq!(&frontier, &whole.frontier);
        prop_assert_eq!(&nodes, &whole.nodes);
        let hashes: Vec<Hash> = nodes.iter().map(|node| node.hash).collect();
        prop_assert_eq!(Frontier::load(total as u64, &hashes).unwrap(), frontier);
    }

    #[test]
    fn proofs_in_large_trees_check_and_no_other_position_does(size in 1u64..5000, a in any::<u64>(), b in any::<u64>()) {
        let leaves: Vec<Hash> = (0..size).map(|i| Hash::leaf(&i.to_be_bytes())).collect();
        let nodes: Vec<Hash> = append(&Frontier::new(), &leaves).nodes.iter().map(|n| n.hash).collect();
        let (index, old) = (a % size, b % (size + 1));
        let root = root_at(size, &nodes).unwrap();
        let leaf = leaves[index as usize];
        let proof = prove_inclusion(index, size, &nodes).unwrap();
        prop_assert!(proof.len() <= 13);
        prop_assert_eq!(check_inclusion(index, size, leaf, &proof, root), Ok(()));
        let other = old % size;
        prop_assert_eq!(check_inclusion(other, size, leaf, &proof, root).is_ok(), other == index);
        let old_root = root_at(old, &nodes).unwrap();
        let growth = prove_consistency(old, size, &nodes).unwrap();
        prop_assert_eq!(check_consistency(old, old_root, size, root, &growth), Ok(()));
    }
}
