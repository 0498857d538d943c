//! Dossiers: accepted as issued; refused after any change, by our own verifier and by the Python one.
//!
//! Two attackers are tried: one who has the dossier only, and one who also holds the log's key and signs the
//! files anew, as the administrator of the log can.

use std::path::Path;
use std::process::Command;

use ledger::Hash;
use ledger::dossier::{
    BuildError, Content, DossierFault, DossierParts, DossierReport, Files, Trust, build, check,
};
use ledger::note::VerifierKey;
use serde_json::{Value, json};

use crate::world::World;

const N: usize = 47;

fn judge(world: &World, files: &Files) -> DossierReport {
    let witnesses = [world.witness.verifier().clone()];
    check(files, &Trust { log_key: Some(world.key.verifier()), witnesses: &witnesses, quorum: 1 })
}

/// Lists and signs the files anew, with the log's own key.
fn sign_anew(world: &World, files: &mut Files) {
    let mut manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    files.remove("manifest.json");
    files.remove("manifest.note");
    let list: Vec<Value> =
        files.iter().map(|(name, bytes)| json!({"name": name, "sha256": Hash::of(bytes).to_hex()})).collect();
    manifest["files"] = json!(list);
    manifest["events"] = json!(files.keys().filter(|name| name.starts_with("events/")).count());
    let bytes = ledger::canonical::to_canonical(&manifest).unwrap();
    let note = world.key.sign(&format!("miaopu-dossier/v1\n{}\n", Hash::of(&bytes))).unwrap();
    files.insert("manifest.json".into(), bytes);
    files.insert("manifest.note".into(), note.into_bytes());
}

/// Removes event `n` and moves the later ones up, names only.
fn drop_event(files: &mut Files, n: usize) {
    let total = files.keys().filter(|name| name.starts_with("events/")).count();
    for (folder, ending) in [("events", "json"), ("fields", "json"), ("proofs", "tlog-proof")] {
        for at in n..total {
            let next = files.remove(&format!("{folder}/{:04}.{ending}", at + 1)).unwrap();
            files.insert(format!("{folder}/{at:04}.{ending}"), next);
        }
        if n == total {
            files.remove(&format!("{folder}/{n:04}.{ending}"));
        }
    }
}

/// All the tampered dossiers, each with a name.
fn tampered(world: &World) -> Vec<(String, Files)> {
    let parts = world.dossier_parts("p1");
    let good = build(&parts, &world.key).unwrap();
    let mut out = Vec::new();
    for n in 1..=parts.events.len() {
        let mut files = good.clone();
        drop_event(&mut files, n);
        out.push((format!("without event {n}"), files.clone()));
        sign_anew(world, &mut files);
        out.push((format!("without event {n}, signed anew"), files));
    }
    for kept in 1..parts.events.len() {
        let mut files = good.clone();
        for n in (kept + 1..=parts.events.len()).rev() {
            drop_event(&mut files, n);
        }
        sign_anew(world, &mut files);
        out.push((format!("first {kept} events only, signed anew"), files));
    }
    out.extend(swapped(world, &parts, &good));
    out.extend(edited(world, &good));
    out
}

fn swapped(world: &World, parts: &DossierParts, good: &Files) -> Vec<(String, Files)> {
    let mut out = Vec::new();
    let mut exchange = |label: &str, a: &str, b: &str| {
        let mut files = good.clone();
        let (left, right) = (files[a].clone(), files[b].clone());
        files.insert(a.to_owned(), right);
        files.insert(b.to_owned(), left);
        sign_anew(world, &mut files);
        out.push((label.to_owned(), files));
    };
    exchange("two events exchanged", "events/0002.json", "events/0003.json");
    exchange("two proofs exchanged", "proofs/0002.tlog-proof", "proofs/0003.tlog-proof");
    exchange("fields of two events exchanged", "fields/0002.json", "fields/0003.json");
    // Two persons spliced: the last events of another, and another's entry in the index.
    let other = world.dossier_parts("p3");
    let mut spliced = parts.clone();
    spliced.events.truncate(2);
    spliced.events.extend(other.events.iter().skip(2).cloned());
    let theirs = build(&other, &world.key).unwrap();
    let mut files = good.clone();
    for n in 3..=parts.events.len() {
        for name in [
            format!("events/{n:04}.json"),
            format!("fields/{n:04}.json"),
            format!("proofs/{n:04}.tlog-proof"),
        ] {
            match theirs.get(&name) {
                Some(bytes) => drop(files.insert(name, bytes.clone())),
                None => drop(files.remove(&name)),
            }
        }
    }
    sign_anew(world, &mut files);
    out.push(("two persons spliced".to_owned(), files.clone()));
    files.insert("index/entry.json".into(), theirs["index/entry.json"].clone());
    sign_anew(world, &mut files);
    out.push(("two persons spliced, with the other's entry".to_owned(), files));
    assert!(build(&spliced, &world.key).is_err());
    // An older index, over fewer events than are shown, and the events cut to fit an index they do not have.
    let mut stale = good.clone();
    let older = build(&world.dossier_parts_at("p1", 29), &world.key).unwrap();
    for (name, bytes) in older.iter().filter(|(name, _)| name.starts_with("index/")) {
        stale.insert(name.clone(), bytes.clone());
    }
    sign_anew(world, &mut stale);
    out.push(("an index older than the last event".to_owned(), stale));
    out
}

/// Changes within single files, each signed for.
fn edited(world: &World, good: &Files) -> Vec<(String, Files)> {
    let changes: [(&str, &str, &str); 12] = [
        ("events/0002.json", "\"subj_n\":2", "\"subj_n\":3"),
        ("events/0002.json", "secretary", "sekretary"),
        ("events/0001.json", "{\"actor\"", " {\"actor\""),
        ("fields/0002.json", "agreed", "agreeD"),
        ("fields/0002.json", "\"v\":1", "\"v\":true"),
        ("fields/0002.json", "{\"fields\"", "{\"erased\":true,\"fields\""),
        ("index/entry.json", "\"position\":", "\"position\":1"),
        ("index/fields.json", "\"value\":39", "\"value\":40"),
        ("log-key.txt", "log.test", "log.tesT"),
        ("manifest.json", "\"subj\":\"p1\"", "\"subj\":\"p2\""),
        ("manifest.json", "\"v\":1}", "\"v\":true}"),
        ("checkpoint.txt", "log.test/county\n47", "log.test/county\n48"),
    ];
    let mut out = Vec::new();
    for (name, from, to) in changes {
        let mut files = good.clone();
        let before = String::from_utf8(files[name].clone()).unwrap();
        let after = before.replacen(from, to, 1);
        assert_ne!(before, after, "{name}: {from}");
        files.insert(name.to_owned(), after.into_bytes());
        sign_anew(world, &mut files);
        out.push((format!("{name}: {from} → {to}"), files));
    }
    for name in
        ["extra.txt", "events/0099.json", "attachments/../x", "attachments/.hidden", "attachments/a/b"]
    {
        let mut files = good.clone();
        files.insert(name.to_owned(), b"extra".to_vec());
        sign_anew(world, &mut files);
        out.push((format!("with {name}"), files));
    }
    let mut unsigned = good.clone();
    unsigned.insert("attachments/a.pdf".into(), b"%PDF".to_vec());
    out.push(("with an attachment nobody signed for".to_owned(), unsigned));
    for name in good.keys() {
        let mut files = good.clone();
        files.remove(name);
        out.push((format!("without {name}"), files));
    }
    out
}

#[test]
fn a_dossier_is_accepted_as_issued() {
    let world = World::with_events(N);
    for subject in ["p1", "p2", "p3"] {
        let mut parts = world.dossier_parts(subject);
        parts.attachments.insert("attachments/page-1.pdf".into(), b"%PDF".to_vec());
        let files = build(&parts, &world.key).unwrap();
        let report = judge(&world, &files);
        assert_eq!(report.faults, []);
        assert_eq!((report.n_shown, report.n_hidden), (2 * parts.events.len(), parts.events.len()));
        assert_eq!(report.complete_as_of, Some(1_760_000_000_000 + 39_000));
        assert_eq!(report.witnesses, ["upper.test"]);
        assert!(report.key_was_trusted && report.is_accepted());
        // The same parts give the same bytes.
        assert_eq!(files, build(&parts, &world.key).unwrap());
        // What is hidden is not there in any file.
        for (name, bytes) in &files {
            assert!(!String::from_utf8_lossy(bytes).contains("王小明"), "{name}");
        }
    }
}

#[test]
fn trust_comes_from_the_reader() {
    let world = World::with_events(N);
    let files = build(&world.dossier_parts("p1"), &world.key).unwrap();
    let own = check(&files, &Trust { log_key: None, witnesses: &[], quorum: 0 });
    assert!(own.is_accepted() && !own.key_was_trusted);
    let other: VerifierKey =
        ledger::note::LogKey::from_seed("log.test/county", &[9; 32]).unwrap().verifier().clone();
    let report = check(&files, &Trust { log_key: Some(&other), witnesses: &[], quorum: 0 });
    assert_eq!(report.faults, [DossierFault::LogKey]);
    let report = check(&files, &Trust { log_key: None, witnesses: &[], quorum: 1 });
    assert_eq!(report.faults, [DossierFault::Witnesses { found: 0, wanted: 1 }]);
}

#[test]
fn an_erased_body_leaves_the_proof_whole() {
    let world = World::with_events(N);
    let mut parts = world.dossier_parts("p2");
    parts.events[0].content = Content::Erased;
    let report = judge(&world, &build(&parts, &world.key).unwrap());
    assert_eq!((report.faults, report.n_erased), (vec![], 1));
}

#[test]
fn nothing_is_issued_that_a_reader_would_refuse() {
    let world = World::with_events(N);
    let mut parts = world.dossier_parts("p1");
    parts.events.pop();
    assert!(matches!(build(&parts, &world.key), Err(BuildError::Refused(_))));
    let mut parts = world.dossier_parts("p1");
    parts.attachments.insert("../outside".into(), Vec::new());
    assert!(matches!(build(&parts, &world.key), Err(BuildError::Part(_))));
    let mut parts = world.dossier_parts("p1");
    parts.subject = "p2".into();
    assert!(matches!(build(&parts, &world.key), Err(BuildError::Refused(_))));
}

#[test]
fn every_tampered_dossier_is_refused() {
    let world = World::with_events(N);
    for (label, files) in tampered(&world) {
        let report = judge(&world, &files);
        assert!(!report.is_accepted(), "{label}");
        assert!(report.faults.iter().all(|fault| !fault.to_string().is_empty() && !fault.zh().is_empty()));
    }
}

#[test]
fn a_flipped_bit_of_any_file_is_refused() {
    let world = World::with_events(30);
    let files = build(&world.dossier_parts("p2"), &world.key).unwrap();
    for (name, bytes) in &files {
        let n_bits = bytes.len() * 8;
        let step = (n_bits / 40).max(1) | 1;
        for bit in (0..n_bits).step_by(step) {
            let mut bad = files.clone();
            bad.get_mut(name).unwrap()[bit / 8] ^= 1 << (bit % 8);
            assert!(!judge(&world, &bad).is_accepted(), "{name} bit {bit}");
        }
    }
}

#[test]
fn garbage_in_place_of_any_file_is_refused_without_a_panic() {
    let world = World::with_events(30);
    let files = build(&world.dossier_parts("p2"), &world.key).unwrap();
    for name in files.keys() {
        for garbage in [&b""[..], b"{}", b"\xff\xfe", b"[[[[[[[[", b"{\"v\":1}", b"\n\n\n"] {
            let mut bad = files.clone();
            bad.insert(name.clone(), garbage.to_vec());
            assert!(!judge(&world, &bad).is_accepted());
            if !name.starts_with("manifest") {
                sign_anew(&world, &mut bad);
                let harmless = ["READ-ME-FIRST.txt", "verify.py"].contains(&name.as_str());
                assert_eq!(judge(&world, &bad).is_accepted(), harmless, "{name} {garbage:?}");
            }
        }
    }
    assert!(!judge(&world, &Files::new()).is_accepted());
}

fn write(files: &Files, folder: &Path) -> bool {
    for (name, bytes) in files {
        if name.contains("..") {
            return false;
        }
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    true
}

#[test]
fn the_python_verifier_agrees() {
    let world = World::with_events(N);
    let folder = tempfile::tempdir().unwrap();
    let good = |subject| build(&world.dossier_parts(subject), &world.key).unwrap();
    let mut erased = world.dossier_parts("p2");
    erased.events[0].content = Content::Erased;
    let mut cases: Vec<(String, Files)> =
        ["p1", "p2", "p3"].map(|subject| (subject.to_owned(), good(subject))).to_vec();
    cases.push(("erased".into(), build(&erased, &world.key).unwrap()));
    cases.extend(tampered(&world));
    let mut command = Command::new("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/verify_dossier.py"));
    command.args(["--log-key", &world.key.verifier().to_string()]);
    command.args(["--witness", &world.witness.verifier().to_string(), "--quorum", "1"]);
    let mut expected = Vec::new();
    for (at, (label, files)) in cases.iter().enumerate() {
        let path = folder.path().join(at.to_string());
        if write(files, &path) {
            expected.push((label, judge(&world, files).is_accepted()));
            command.arg(path);
        }
    }
    let output = command
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python3 must be installed (Debian: apt install python3)");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let verdicts: Vec<&str> =
        stdout.lines().filter(|line| line.starts_with("ACCEPTED") || line.starts_with("REFUSED")).collect();
    assert_eq!(verdicts.len(), expected.len(), "{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
    for ((label, accepted), verdict) in expected.iter().zip(verdicts) {
        assert_eq!(verdict.starts_with("ACCEPTED"), *accepted, "{label}\n{stdout}");
    }
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_python_verifier_that_a_dossier_carries_reads_its_zip() {
    let world = World::with_events(30);
    let folder = tempfile::tempdir().unwrap();
    let files = build(&world.dossier_parts("p1"), &world.key).unwrap();
    assert!(write(&files, &folder.path().join("dossier")));
    let zip = folder.path().join("p1.dossier.zip");
    let pack = "import os, sys, zipfile\n\
        with zipfile.ZipFile(sys.argv[2], 'w') as z:\n\
        \x20   for folder, _, names in os.walk(sys.argv[1]):\n\
        \x20       for name in names:\n\
        \x20           path = os.path.join(folder, name)\n\
        \x20           z.write(path, os.path.relpath(path, sys.argv[1]))\n";
    let python = |arguments: &[&str]| {
        let mut command = Command::new("python3");
        command.current_dir(folder.path()).env("PYTHONDONTWRITEBYTECODE", "1").args(arguments);
        command.output().expect("python3 must be installed (Debian: apt install python3)")
    };
    assert!(python(&["-c", pack, "dossier", zip.to_str().unwrap()]).status.success());
    let key = world.key.verifier().to_string();
    let output = python(&["dossier/verify.py", "--log-key", &key, zip.to_str().unwrap()]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && stdout.starts_with("ACCEPTED"), "{stdout}");
    let output = python(&["dossier/verify.py", "dossier"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("note 注意"));
}
