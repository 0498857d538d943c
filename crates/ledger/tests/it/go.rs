//! The judgement of an independent implementation: Go's `sumdb/note` and `sumdb/tlog`, from Debian.
//!
//! The test writes a small Go program that uses those packages only, and hands it our checkpoint, key and proofs,
//! good and tampered. It needs the Debian packages `golang-go` and `golang-golang-x-mod-dev`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use ledger::Hash;
use ledger::proof::{prove_consistency, prove_inclusion};
use ledger::tree::{NodePosition, root_at};
use ledger::verify::EnvelopeSlot;

use crate::world::World;

const PROGRAM: &str = r#"
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io/ioutil"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func hash(text string) (h tlog.Hash) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) != 32 {
		panic("not a hash: " + text)
	}
	copy(h[:], data)
	return h
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func hashes(texts []string) (out []tlog.Hash) {
	for _, text := range texts {
		out = append(out, hash(text))
	}
	return out
}

// Each line of the input is one question; the answer is "yes" or "no".
func answer(f []string) error {
	switch f[0] {
	case "note": // verifier key, file, expected size, expected root
		verifier, err := note.NewVerifier(f[1])
		if err != nil {
			return err
		}
		data, err := ioutil.ReadFile(f[2])
		if err != nil {
			panic(err)
		}
		opened, err := note.Open(data, note.VerifierList(verifier))
		if err != nil {
			return err
		}
		lines := strings.Split(opened.Text, "\n")
		if len(opened.Sigs) != 1 || lines[0] != verifier.Name() || lines[1] != f[3] || lines[2] != f[4] {
			return fmt.Errorf("another text")
		}
		return nil
	case "leaf": // file, expected leaf hash
		data, err := ioutil.ReadFile(f[1])
		if err != nil {
			panic(err)
		}
		if tlog.RecordHash(data) != hash(f[2]) {
			return fmt.Errorf("another leaf hash")
		}
		return nil
	case "index": // level, n, expected
		if tlog.StoredHashIndex(int(number(f[1])), number(f[2])) != number(f[3]) {
			return fmt.Errorf("another index")
		}
		return nil
	case "record": // index, size, leaf, root, path
		return tlog.CheckRecord(hashes(f[5:]), number(f[2]), hash(f[4]), number(f[1]), hash(f[3]))
	case "tree": // old size, size, old root, root, path
		return tlog.CheckTree(hashes(f[5:]), number(f[2]), hash(f[4]), number(f[1]), hash(f[3]))
	}
	panic("unknown question " + f[0])
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		if err := answer(strings.Fields(input.Text())); err != nil {
			fmt.Println("no", err)
		} else {
			fmt.Println("yes")
		}
	}
}
"#;

/// Questions for the Go program, each with the answer that is right.
#[derive(Default)]
struct Questions {
    lines: String,
    expected: Vec<bool>,
}

impl Questions {
    fn ask(&mut self, line: &str, expected: bool) {
        writeln!(self.lines, "{line}").unwrap();
        self.expected.push(expected);
    }

    /// Asks about a path, and about every path with one hash changed, one missing or one too many.
    fn ask_path(&mut self, head: &str, path: &[Hash]) {
        let line = |path: &[Hash]| path.iter().fold(head.to_owned(), |line, hash| format!("{line} {hash}"));
        self.ask(&line(path), true);
        for at in 0..path.len() {
            let mut bad = path.to_vec();
            bad[at] = flipped(bad[at]);
            self.ask(&line(&bad), false);
            bad.remove(at);
            self.ask(&line(&bad), false);
        }
        self.ask(&line(&[path, &[Hash::EMPTY_ROOT]].concat()), false);
    }
}

fn flipped(hash: Hash) -> Hash {
    let mut bytes = *hash.as_bytes();
    bytes[31] ^= 1;
    Hash::from_bytes(bytes)
}

#[test]
fn go_accepts_our_checkpoints_and_proofs_and_refuses_tampered_ones() {
    let world = World::with_events(47);
    let folder = tempfile::tempdir().unwrap();
    let mut questions = Questions::default();
    about_notes(&world, folder.path(), &mut questions);
    about_trees(&world, &mut questions);
    let answers = run(folder.path(), &questions.lines);
    assert_eq!(answers.len(), questions.expected.len());
    for ((question, answer), expected) in questions.lines.lines().zip(&answers).zip(&questions.expected) {
        assert_eq!(answer == "yes", *expected, "{question}: {answer}");
    }
}

fn about_notes(world: &World, folder: &Path, questions: &mut Questions) {
    let note = &world.checkpoints.last().unwrap().note;
    let (key, head) = (world.key.verifier(), world.head());
    let file = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.join(name), bytes).unwrap();
        name.to_owned()
    };
    let good = file("good", note);
    questions.ask(&format!("note {key} {good} {} {}", head.size, head.root), true);
    questions.ask(&format!("note {key} {good} {} {}", head.size + 1, head.root), false);
    let text_len = head.to_text().len();
    for at in (0..text_len + 60).step_by(7) {
        let mut bad = note.clone();
        bad[at] ^= 1;
        let bad = file(&format!("bad{at}"), &bad);
        questions.ask(&format!("note {key} {bad} {} {}", head.size, head.root), false);
    }
    for seq in [0, 9, 46] {
        let EnvelopeSlot::Bytes(bytes) = &world.events[seq].envelope else { panic!("no envelope") };
        let leaf = Hash::leaf(bytes);
        let name = file(&format!("event{seq}"), bytes);
        questions.ask(&format!("leaf {name} {leaf}"), true);
        questions.ask(&format!("leaf {name} {}", flipped(leaf)), false);
    }
}

fn about_trees(world: &World, questions: &mut Questions) {
    for stored in 0..200 {
        let position = NodePosition::from_stored_index(stored).unwrap();
        questions.ask(&format!("index {} {} {stored}", position.level, position.index), true);
    }
    for size in [1, 2, 7, 32, 47] {
        let root = root_at(size, &world.nodes).unwrap();
        for index in (0..size).step_by(5) {
            let leaf = Hash::leaf(world.envelope_bytes(index as usize));
            let path = prove_inclusion(index, size, &world.nodes).unwrap();
            questions.ask_path(&format!("record {index} {size} {leaf} {root}"), &path);
        }
        for old in (1..=size).step_by(3) {
            let old_root = root_at(old, &world.nodes).unwrap();
            let path = prove_consistency(old, size, &world.nodes).unwrap();
            questions.ask_path(&format!("tree {old} {size} {old_root} {root}"), &path);
        }
    }
}

/// Runs the Go program on these questions and gives its answers.
fn run(folder: &Path, questions: &str) -> Vec<String> {
    const NEEDED: &str = "this test needs Go and its sumdb packages: \
        apt install golang-go golang-golang-x-mod-dev";
    assert!(Path::new("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog").is_dir(), "{NEEDED}");
    std::fs::write(folder.join("main.go"), PROGRAM).unwrap();
    let input = folder.join("questions");
    std::fs::write(&input, questions).unwrap();
    let output = Command::new("go")
        .args(["run", "main.go"])
        .current_dir(folder)
        .env("GO111MODULE", "off")
        .env("GOPATH", "/usr/share/gocode")
        .env("GOFLAGS", "")
        .stdin(std::fs::File::open(input).unwrap())
        .output()
        .expect(NEEDED);
    assert!(output.status.success(), "{NEEDED}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}
