//! What leaves a site: heads, proofs, the record without contents, dossiers. Each is checked by the
//! program without the site, and where it matters by Python, which shares no code with it.

use std::path::Path;
use std::process::{Command, Output};

fn miaopu(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_miaopu")).args(arguments).current_dir(folder).output().unwrap()
}

fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = miaopu(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

fn code(folder: &Path, arguments: &[&str]) -> i32 {
    miaopu(folder, arguments).status.code().unwrap()
}

fn city() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &["init", "--example-city", "60"]);
    folder
}

fn python(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("python3");
    command.args(arguments).current_dir(folder).env("PYTHONDONTWRITEBYTECODE", "1");
    command.output().expect("python3 must be installed (Debian: apt install python3)")
}

#[test]
fn an_entry_is_proved_by_its_place_and_by_its_id() {
    let city = city();
    let folder = city.path();
    let key = succeed(folder, &["ledger", "key"]);
    let key = key.trim();
    succeed(folder, &["ledger", "prove", "3", "--out", "3.tlog-proof"]);
    assert!(succeed(folder, &["ledger", "check-proof", "3.tlog-proof", "--key", key]).contains("holds"));
    let entry: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("3.tlog-proof.json")).unwrap()).unwrap();
    assert_eq!(entry["seq"], 3);
    succeed(folder, &["ledger", "prove", entry["event_id"].as_str().unwrap(), "--out", "id.tlog-proof"]);
    let same = |name: &str| std::fs::read(folder.join(name)).unwrap();
    assert_eq!(same("3.tlog-proof"), same("id.tlog-proof"));
    // Another entry under the same proof, another key, a changed path, and an entry that is not there.
    succeed(folder, &["ledger", "prove", "4", "--out", "4.tlog-proof"]);
    let swapped = ["ledger", "check-proof", "3.tlog-proof", "--entry", "4.tlog-proof.json", "--key", key];
    assert_eq!(code(folder, &swapped), 1);
    let other = self::city();
    let foreign = succeed(other.path(), &["ledger", "key"]);
    assert_eq!(code(folder, &["ledger", "check-proof", "3.tlog-proof", "--key", foreign.trim()]), 1);
    let text = String::from_utf8(same("3.tlog-proof")).unwrap();
    let line = text.lines().nth(2).unwrap();
    let other_line = text.lines().nth(3).unwrap();
    std::fs::write(folder.join("3.tlog-proof"), text.replacen(line, other_line, 1)).unwrap();
    assert_eq!(code(folder, &["ledger", "check-proof", "3.tlog-proof", "--key", key]), 1);
    assert_eq!(code(folder, &["ledger", "prove", "999999", "--out", "x"]), 4);
    assert_eq!(code(folder, &["ledger", "prove", "nonsense", "--out", "x"]), 4);
}

#[test]
fn the_head_is_printed_as_it_is_and_the_index_is_stated_once_a_day() {
    let city = city();
    let folder = city.path();
    let first = succeed(folder, &["ledger", "checkpoint"]);
    let size = |note: &str| note.lines().nth(1).unwrap().parse::<u64>().unwrap();
    let second = succeed(folder, &["ledger", "checkpoint", "--index"]);
    let third = succeed(folder, &["ledger", "checkpoint", "--index"]);
    assert_eq!((size(&second), size(&third)), (size(&first) + 1, size(&first) + 1));
    assert_eq!(first.lines().next(), third.lines().next());
    assert!(third.lines().last().unwrap().starts_with("— "));
    assert_eq!(code(folder, &["ledger", "verify"]), 0);
}

/// Makes the tree anew from the exported lines with nothing but `hashlib`, and compares every head.
const REPLAY: &str = r#"
import base64, hashlib, json, sys
data = open(sys.argv[1], "rb").read()
lines = data.split(b"\n")
assert lines.pop() == b"", "the last line is cut"
last = json.loads(lines.pop())
body = data[: sum(len(line) + 1 for line in lines)]
assert hashlib.sha256(body).hexdigest() == last["sha256"], "digest"
head = json.loads(lines[0])
assert head["format"] == "miaopu-record/v1"
sha = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
peaks, events, heads = [], 0, 0
for line in lines[1:]:
    value = json.loads(line)
    if "checkpoint" in value:
        origin, size, root = value["checkpoint"].split("\n")[:3]
        acc = None
        for _, peak in reversed(peaks):
            acc = peak if acc is None else sha(b"\x01", peak, acc)
        assert (origin, int(size), base64.b64decode(root)) == (head["origin"], events, acc), "head"
        heads += 1
        continue
    assert value["seq"] == events and "body" not in value
    level, node = 0, sha(b"\x00", line)
    while peaks and peaks[-1][0] == level:
        node, level = sha(b"\x01", peaks.pop()[1], node), level + 1
    peaks.append((level, node))
    events += 1
assert (events, heads) == (last["events"], last["checkpoints"]) and events == head["size"]
print("whole", events, heads)
"#;

#[test]
fn the_exported_record_is_whole_to_a_stranger_and_names_nobody() {
    let city = city();
    let folder = city.path();
    let said = succeed(folder, &["ledger", "export", "--out", "record.jsonl"]);
    assert!(said.contains("without what the entries say"));
    let replay = |name: &str| python(folder, &["-c", REPLAY, name]);
    let whole = replay("record.jsonl");
    assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stderr));
    let bytes = std::fs::read(folder.join("record.jsonl")).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let without_signature_marks = text.replace('—', "");
    assert!(without_signature_marks.is_ascii(), "a Chinese name would not be ASCII");
    // A changed entry, a dropped entry and a cut file are seen.
    let dropped: Vec<&str> = text.lines().enumerate().filter(|(at, _)| *at != 5).map(|(_, l)| l).collect();
    for (name, bad) in [
        ("changed", text.replacen("person.registered", "person.registerec", 1)),
        ("dropped", dropped.join("\n") + "\n"),
        ("cut", text[..text.len() / 2].to_owned()),
    ] {
        std::fs::write(folder.join(name), bad).unwrap();
        assert!(!replay(name).status.success(), "{name}");
    }
    assert_eq!(code(folder, &["ledger", "export", "--out", "record.jsonl"]), 4);
}

#[test]
fn a_dossier_goes_out_and_is_checked_without_the_site() {
    let city = city();
    let folder = city.path();
    let person = "1000001";
    let export = |out: &str, fields: &str| {
        let wish = ["dossier", "export", person, "--out", out, "--purpose", "调档", "--recipient", "上级"];
        miaopu(folder, &[&wish[..], &["--fields", fields]].concat())
    };
    let made = export("p.zip", "ordinary");
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    assert_eq!(export("p.zip", "all").status.code(), Some(1), "a file that is there is left alone");
    let key = succeed(folder, &["ledger", "key"]);
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::copy(folder.join("p.zip"), elsewhere.path().join("p.zip")).unwrap();
    let said = succeed(elsewhere.path(), &["dossier", "verify", "p.zip", "--key", key.trim()]);
    assert!(said.starts_with("通过") && said.contains("ACCEPTED"), "{said}");
    let verifier = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/verify_dossier.py");
    let other = python(elsewhere.path(), &[verifier, "--log-key", key.trim(), "p.zip"]);
    assert!(other.status.success(), "{}", String::from_utf8_lossy(&other.stdout));
    let mut bytes = std::fs::read(elsewhere.path().join("p.zip")).unwrap();
    let wanted = b"person.registered";
    let at = bytes.windows(wanted.len()).position(|window| window == wanted).unwrap();
    bytes[at] ^= 1;
    std::fs::write(elsewhere.path().join("bad.zip"), bytes).unwrap();
    assert_eq!(code(elsewhere.path(), &["dossier", "verify", "bad.zip", "--key", key.trim()]), 1);
    assert_eq!(python(elsewhere.path(), &[verifier, "bad.zip"]).status.code(), Some(1));
    assert_eq!(code(elsewhere.path(), &["dossier", "verify", "none.zip"]), 4);
    assert_eq!(code(elsewhere.path(), &["dossier", "verify", "p.zip", "--key", "nonsense"]), 4);
    // One that nobody asked for leaves neither file nor entry.
    let size = succeed(folder, &["ledger", "checkpoint"]);
    let nobody = ["dossier", "export", "5", "--out", "n.zip", "--purpose", "x", "--recipient", "y"];
    assert_eq!(code(folder, &nobody), 1);
    assert!(!folder.join("n.zip").exists());
    assert_eq!(succeed(folder, &["ledger", "checkpoint"]), size);
    assert_eq!(code(folder, &["ledger", "verify"]), 0);
}
