//! A whole log: what holds, and that every change is found where it was made.

use ledger::Hash;
use ledger::checkpoint::Checkpoint;
use ledger::envelope::{Cite, Envelope};
use ledger::verify::{
    BodySlot, Counts, EnvelopeSlot, EventRow, Expectations, Fault, NodeRow, Report, RowError, Rows, Verdict,
    verify,
};

use crate::world::{ERASED, ORIGIN, World};

const N: usize = 47;

fn only(report: &Report) -> &Fault {
    match report.findings.as_slice() {
        [finding] => &finding.fault,
        findings => panic!("one finding was expected: {findings:#?}"),
    }
}

fn flip(bytes: &mut [u8], bit: usize) {
    bytes[bit / 8] ^= 1 << (bit % 8);
}

#[test]
fn an_honest_log_is_intact() {
    let world = World::with_events(N);
    let report = world.verify();
    assert_eq!(report.findings, []);
    assert_eq!(report.verdict, Verdict::Intact);
    assert_eq!(report.counts, Counts { intact: N as u64, ..Counts::default() });
    assert_eq!((report.signed_size, report.witnessed_size), (N as u64, N as u64));
    assert_eq!(report.root, Some(world.frontier.root()));
    assert_eq!(report.verdict.exit_code(), 0);
}

#[test]
fn every_flipped_bit_of_an_event_names_that_event_and_its_checkpoints() {
    let world = World::with_events(N);
    for seq in [0, 7, 9, 30, N - 1] {
        let n_bits = world.envelope_bytes(seq).len() * 8;
        for bit in (0..n_bits).step_by(97) {
            let mut events = world.events.clone();
            let EnvelopeSlot::Bytes(bytes) = &mut events[seq].envelope else { panic!("no envelope") };
            flip(bytes, bit);
            let report = world.verify_rows(&events, &world.node_rows(), &world.checkpoints, &[], 1);
            assert_eq!(report.verdict, Verdict::Damaged);
            let leaf = report.findings.iter().find(|f| f.fault == Fault::LeafMismatch { seq: seq as u64 });
            let (before, after) = leaf.expect("the event is named").between.unwrap();
            assert!(before <= seq as u64 && after.unwrap() > seq as u64, "{before} {after:?}");
            // Neither nodes nor checkpoints are blamed.
            let blamed = |f: &Fault| matches!(f, Fault::DamagedNode { .. } | Fault::OtherRoot { .. });
            assert!(!report.findings.iter().any(|finding| blamed(&finding.fault)), "{report}");
        }
    }
}

#[test]
fn every_flipped_bit_of_a_body_names_its_event() {
    let world = World::with_events(N);
    for seq in [0, 7, 9] {
        let BodySlot::Bytes(bytes) = &world.events[seq].body else { panic!("no body") };
        for bit in (0..bytes.len() * 8).step_by(101) {
            let mut events = world.events.clone();
            let BodySlot::Bytes(bytes) = &mut events[seq].body else { panic!("no body") };
            flip(bytes, bit);
            let report = world.verify_rows(&events, &world.node_rows(), &world.checkpoints, &[], 1);
            assert!(
                matches!(&report.findings[0].fault, Fault::BadBody { seq: at, .. } if *at == seq as u64)
                    || matches!(&report.findings[0].fault, Fault::WrongIndex { seq: at } if *at == seq as u64)
            );
            assert_eq!(report.counts.damaged, 1);
        }
    }
}

#[test]
fn every_flipped_node_is_named_and_no_event_is_blamed() {
    let world = World::with_events(N);
    for at in 0..world.nodes.len() {
        let mut nodes = world.node_rows();
        let mut bytes = *world.nodes[at].as_bytes();
        flip(&mut bytes, at % 256);
        nodes[at].hash = Some(Hash::from_bytes(bytes));
        let report = world.verify_rows(&world.events, &nodes, &world.checkpoints, &[], 1);
        assert_eq!(report.verdict, Verdict::Damaged, "node {at}");
        let position = ledger::tree::NodePosition::from_stored_index(at as i64).unwrap();
        let named = |f: &Fault| {
            matches!(f, Fault::DamagedNode { level, index }
                if (*level, *index) == (position.level, position.index)
                    || (*level, *index) == (position.level + 1, position.index / 2))
        };
        assert!(report.findings.iter().any(|finding| named(&finding.fault)), "node {at}: {report}");
        assert_eq!(report.counts.damaged, 0, "node {at}: {report}");

        nodes[at].hash = None;
        let report = world.verify_rows(&world.events, &nodes, &world.checkpoints, &[], 1);
        assert_eq!(report.verdict, Verdict::Damaged, "node {at} of the wrong length");
    }
}

#[test]
fn every_flipped_bit_of_a_checkpoint_names_that_checkpoint() {
    let world = World::with_events(8);
    for at in [1, 2] {
        let row = &world.checkpoints[at];
        for bit in 0..row.note.len() * 8 {
            let mut checkpoints = world.checkpoints.clone();
            flip(&mut checkpoints[at].note, bit);
            let report = world.verify_rows(&world.events, &world.node_rows(), &checkpoints, &[], 1);
            let changed = String::from_utf8_lossy(&checkpoints[at].note).into_owned();
            if report.verdict == Verdict::Intact || report.verdict == Verdict::Unwitnessed {
                // A witness's line whose name or key id was changed is a line of an unknown witness.
                let log_line = changed.lines().nth(4).unwrap();
                assert!(changed.starts_with(ORIGIN) && log_line.contains(ORIGIN), "{changed}");
                assert_eq!(changed.lines().nth(4), String::from_utf8_lossy(&row.note).lines().nth(4));
                continue;
            }
            let size = row.size as u64;
            let named = |f: &Fault| matches!(f, Fault::BadCheckpoint { size: s, .. } | Fault::OtherRoot { size: s, .. } if *s == size);
            assert!(report.findings.iter().any(|finding| named(&finding.fault)), "bit {bit}: {report}");
        }
    }
}

#[test]
fn missing_swapped_doubled_and_renumbered_rows_are_found() {
    let world = World::with_events(N);
    let check = |change: &dyn Fn(&mut Vec<EventRow>)| {
        let mut events = world.events.clone();
        change(&mut events);
        events.sort_by_key(|row| row.seq);
        let report = world.verify_rows(&events, &world.node_rows(), &world.checkpoints, &[], 1);
        assert_eq!(report.verdict, Verdict::Damaged);
        report
    };
    let report = check(&|events| drop(events.remove(20)));
    assert_eq!(report.findings[0].fault, Fault::MissingEvents { from: 20, to: 20 });
    let report = check(&|events| drop(events.drain(20..30)));
    assert_eq!(report.findings[0].fault, Fault::MissingEvents { from: 20, to: 29 });
    let report = check(&|events| events.truncate(40));
    assert!(report.findings.iter().any(|f| matches!(f.fault, Fault::CheckpointBeyond { .. })));
    check(&|events| {
        let (a, b) = (events[20].seq, events[21].seq);
        (events[20].seq, events[21].seq) = (b, a);
    });
    let report = check(&|events| {
        let twin = events[20].clone();
        events.insert(20, twin);
    });
    assert_eq!(only(&report), &Fault::StrayEvent { seq: 20 });
    for key in [i64::MIN, -1, N as i64 + 1, N as i64 + 1024, 1 << 40, 1 << 61, i64::MAX] {
        let report = check(&|events| events[N - 1].seq = key);
        assert!(report.findings.iter().any(|f| f.fault == Fault::StrayEvent { seq: key }), "{key}: {report}");
        let report = check(&|events| events[20].seq = key);
        assert!(report.findings.iter().any(|f| f.fault == Fault::StrayEvent { seq: key }), "{key}: {report}");
    }
    // Bodies exchanged between two events of one person.
    let report = check(&|events| {
        let body = events[3].body.clone();
        events[3].body = std::mem::replace(&mut events[7].body, body);
    });
    assert_eq!(report.counts.damaged, 2);
}

#[test]
fn missing_and_stray_nodes_and_checkpoints_are_found() {
    let world = World::with_events(N);
    let nodes = |change: &dyn Fn(&mut Vec<NodeRow>)| {
        let mut nodes = world.node_rows();
        change(&mut nodes);
        nodes.sort_by_key(|row| row.index);
        let report = world.verify_rows(&world.events, &nodes, &world.checkpoints, &[], 1);
        assert_eq!(report.verdict, Verdict::Damaged);
        assert_eq!(report.counts.damaged, 0, "{report}");
        report
    };
    assert_eq!(only(&nodes(&|n| _ = n.remove(30))), &Fault::MissingNodes { from: 30, to: 30 });
    assert_eq!(only(&nodes(&|n| drop(n.drain(30..40)))), &Fault::MissingNodes { from: 30, to: 39 });
    let end = world.nodes.len() as i64;
    assert_eq!(only(&nodes(&|n| n.truncate(60))), &Fault::MissingNodes { from: 60, to: end - 1 });
    for index in [-5, end, end + 3, i64::MAX] {
        let report = nodes(&|n| n.push(NodeRow { index, hash: Some(Hash::EMPTY_ROOT) }));
        assert_eq!(only(&report), &Fault::StrayNode { index });
        nodes(&|n| n[17].index = index);
    }
    for (size, at) in [(-1, 0), (2, 3), (1 << 50, 3)] {
        let mut checkpoints = world.checkpoints.clone();
        checkpoints[at].size = size;
        checkpoints.sort_by_key(|row| row.size);
        let report = world.verify_rows(&world.events, &world.node_rows(), &checkpoints, &[], 1);
        assert_eq!(report.verdict, Verdict::Damaged, "{size}");
    }
    let report = world.verify_rows(&world.events, &world.node_rows(), &world.checkpoints[..14], &[], 0);
    assert!(matches!(only(&report), Fault::Unsigned { .. }));
}

/// Writes another content into an event, consistent in itself.
fn rewrite(world: &mut World, seq: usize) {
    let mut envelope = world.envelope(seq);
    envelope.actor.role = "deputy".into();
    world.events[seq].envelope = EnvelopeSlot::Bytes(envelope.to_bytes().unwrap());
}

#[test]
fn an_editor_without_the_key_is_caught_by_the_checkpoint_after_the_edit() {
    let mut world = World::with_events(N);
    // The last event of p2: no later link of its chain would tell.
    let last = (0..N).rev().find(|seq| world.envelope(*seq).subject.is_some_and(|s| s.id == "p2")).unwrap();
    rewrite(&mut world, last);
    world.rebuild_tree(false);
    let report = world.verify();
    assert_eq!(report.verdict, Verdict::Damaged);
    let named = |f: &Fault| matches!(f, Fault::OtherRoot { size, after, .. } if *after <= last as u64 && *size > last as u64);
    assert!(report.findings.iter().any(|finding| named(&finding.fault)), "{report}");
}

#[test]
fn an_editor_with_the_key_passes_here_and_fails_before_a_witness() {
    let mut world = World::with_events(N);
    let seen = world.head();
    let early = ledger::tree::root_at(10, &world.nodes).unwrap();
    let early = Checkpoint::new(ORIGIN, 10, early);
    // Event 46 is the last of its subject and no index follows, so chains and indices hold after the edit.
    rewrite(&mut world, N - 1);
    world.rebuild_tree(true);
    assert_eq!(
        world.verify_against(&[], 0).verdict,
        Verdict::Intact,
        "the honest limit of looking at oneself"
    );
    let report = world.verify_against(&[seen.clone(), early], 0);
    assert_eq!(report.verdict, Verdict::RolledBack);
    assert_eq!(only(&report), &Fault::OtherHistory { size: seen.size });
    assert_eq!(report.verdict.exit_code(), 2);
}

#[test]
fn a_restored_backup_is_known_by_the_head_it_lacks() {
    let mut world = World::with_events(N);
    let seen = world.head();
    let kept = world.checkpoints[10].size as usize;
    world.events.truncate(kept);
    world.checkpoints.truncate(11);
    world.rebuild_tree(false);
    assert_eq!(world.verify().verdict, Verdict::Intact);
    let report = world.verify_against(std::slice::from_ref(&seen), 1);
    assert_eq!(report.verdict, Verdict::RolledBack);
    assert_eq!(only(&report), &Fault::HeadBeyond { size: seen.size, events: kept as u64 });
}

#[test]
fn what_no_witness_has_seen_is_said() {
    let mut world = World::with_events(N);
    world.event("vote.recorded", Some("p1"));
    let note = world.head().sign(&world.key).unwrap().into_bytes();
    world.checkpoints.push(ledger::verify::CheckpointRow { size: world.size() as i64, note });
    let report = world.verify();
    assert_eq!(report.verdict, Verdict::Unwitnessed);
    assert_eq!(only(&report), &Fault::Unwitnessed { from: N as u64, to: N as u64 });
}

#[test]
fn without_a_key_of_the_log_there_is_no_verdict() {
    let world = World::with_events(5);
    let expect = Expectations {
        origin: ORIGIN,
        keys: &[],
        quorum: 0,
        known_heads: &[],
        erasure_kinds: &[],
        unseal: None,
        max_findings: 10,
    };
    let rows = Rows {
        events: world.events.iter().cloned().map(Ok::<_, RowError>),
        nodes: world.node_rows().into_iter().map(Ok),
        checkpoints: world.checkpoints.iter().cloned().map(Ok),
    };
    assert_eq!(verify(&expect, rows, []).verdict, Verdict::CannotTell);
}

#[test]
fn erasure_with_authority_is_counted_and_without_it_is_damage() {
    let mut world = World::with_events(30);
    let mine: Vec<usize> =
        (0..30).filter(|seq| world.envelope(*seq).subject.is_some_and(|s| s.id == "p1")).collect();
    let shred = |world: &mut World| {
        for seq in &mine {
            world.events[*seq].body = BodySlot::Shredded;
        }
    };
    shred(&mut world);
    let report = world.verify();
    assert_eq!(report.counts.damaged, mine.len() as u64);
    assert!(report.findings.iter().all(|f| matches!(f.fault, Fault::UnauthorisedErasure { .. })));

    world.event(ERASED, Some("p1"));
    world.commit();
    let report = world.verify();
    assert_eq!(report.findings, []);
    assert_eq!(
        report.counts,
        Counts { intact: 31 - mine.len() as u64, shredded: mine.len() as u64, ..Counts::default() }
    );

    // Another person's erasure event does not cover these.
    let mut world = World::with_events(30);
    shred(&mut world);
    world.event(ERASED, Some("p2"));
    world.commit();
    assert_eq!(world.verify().counts.damaged, mine.len() as u64);
}

#[test]
fn redacted_events_leave_tree_and_chains_whole() {
    let mut world = World::with_events(30);
    let mine: Vec<usize> =
        (0..30).filter(|seq| world.envelope(*seq).subject.is_some_and(|s| s.id == "p2")).collect();
    let redacted = &mine[..2];
    let leaves: Vec<Hash> = redacted.iter().map(|seq| Hash::leaf(world.envelope_bytes(*seq))).collect();
    for (seq, leaf) in redacted.iter().zip(&leaves) {
        world.events[*seq].envelope = EnvelopeSlot::Redacted(*leaf);
        world.events[*seq].body = BodySlot::Shredded;
    }
    let report = world.verify();
    assert_eq!(report.counts.damaged, 2, "{report}");
    let cites: Vec<Cite> = leaves.iter().map(|leaf| Cite::Leaf(*leaf)).collect();
    world.citing(ERASED, None, &cites);
    world.index();
    world.commit();
    let report = world.verify();
    assert_eq!(report.findings, [], "{report}");
    assert_eq!(report.counts, Counts { intact: 30, redacted: 2, ..Counts::default() });
}

/// Replaces an event's envelope and signs everything anew, so that only a replay of the content can object.
fn replaced(change: impl Fn(&mut Envelope), seq: usize) -> Report {
    let mut world = World::with_events(30);
    let mut envelope = world.envelope(seq);
    change(&mut envelope);
    world.events[seq].envelope = EnvelopeSlot::Bytes(envelope.to_bytes().unwrap());
    world.rebuild_tree(true);
    world.verify_against(&[], 0)
}

#[test]
fn the_replay_objects_to_content_that_does_not_fit() {
    let finds = |report: Report, fault: &dyn Fn(&Fault) -> bool| {
        assert!(report.findings.iter().any(|finding| fault(&finding.fault)), "{report}");
    };
    finds(replaced(|e| e.seq = 5, 25), &|f| matches!(f, Fault::Misplaced { seq: 25, .. }));
    finds(replaced(|e| e.origin = "other".into(), 25), &|f| matches!(f, Fault::Misplaced { seq: 25, .. }));
    finds(replaced(|e| e.recorded_at = 5, 25), &|f| *f == Fault::ClockWentBack { seq: 25 });
    finds(replaced(|e| e.subject.as_mut().unwrap().n += 1, 25), &|f| {
        matches!(f, Fault::BrokenChain { seq: 25, .. })
    });
    finds(replaced(|e| e.subject.as_mut().unwrap().id = "p9".into(), 25), &|f| {
        matches!(f, Fault::BrokenChain { seq: 25, .. })
    });
    let earlier = World::with_events(30).envelope(20).event_id;
    finds(replaced(|e| e.event_id = earlier, 25), &|f| *f == Fault::RepeatedId { seq: 25, first: 20 });
    // The chain is cut off before the index: whoever drops a person's last events must falsify the index.
    finds(replaced(|e| e.subject = None, 28), &|f| *f == Fault::WrongIndex { seq: 29 });
}

#[test]
fn rows_that_cannot_be_read_are_a_finding_and_no_endless_loop() {
    let world = World::with_events(20);
    let keys = world.keys();
    let expect = Expectations {
        origin: ORIGIN,
        keys: &keys,
        quorum: 0,
        known_heads: &[],
        erasure_kinds: &[],
        unseal: None,
        max_findings: 5,
    };
    let broken = || RowError("database disk image is malformed".into());
    let rows = Rows {
        events: world.events.iter().cloned().map(Ok).chain(std::iter::repeat_with(|| Err(broken()))),
        nodes: world.node_rows().into_iter().take(9).map(Ok).chain(std::iter::repeat_with(|| Err(broken()))),
        checkpoints: std::iter::repeat_with(|| Err(broken())),
    };
    let report = verify(&expect, rows, [("bodies".into(), "77".into())]);
    assert_eq!(report.verdict, Verdict::Damaged);
    assert!(report.findings.len() <= 5 && report.n_findings >= 5);
    let (zh, en) = (report.zh(), report.to_string());
    assert!(zh.contains("无法读取") && zh.contains("另有"), "{zh}");
    assert!(en.starts_with("damaged") && en.contains("cannot be read") && en.contains("more"), "{en}");
}
