//! A site from founding to verification, and what is said of damage.

use std::path::Path;
use std::process::{Command, Output};

fn miaopu(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_miaopu")).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn an_invented_city_is_made_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let made = miaopu(&["init", "--example-city", "300"], folder.path());
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    assert!(text(&made.stdout).contains("No person in it is real"));
    let verified = miaopu(&["ledger", "verify"], folder.path());
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stdout));
    assert!(text(&verified.stdout).starts_with("完好"), "{}", text(&verified.stdout));
    let twice = miaopu(&["init"], folder.path());
    assert_eq!(twice.status.code(), Some(1));
    assert!(text(&twice.stderr).contains("already"));
}

#[test]
fn a_byte_changed_in_an_event_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(miaopu(&["init", "--example-city", "60"], folder.path()).status.code(), Some(0));
    let path = folder.path().join("site/site.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let wanted = b"person.registered";
    let at = bytes.windows(wanted.len()).position(|window| window == wanted).unwrap();
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let verified = miaopu(&["ledger", "verify"], folder.path());
    assert_eq!(verified.status.code(), Some(1), "{} {}", text(&verified.stdout), text(&verified.stderr));
}

#[test]
fn without_a_site_or_its_key_nothing_is_claimed() {
    let folder = tempfile::tempdir().unwrap();
    let none = miaopu(&["ledger", "verify", "--dir", "nowhere"], folder.path());
    assert_eq!(none.status.code(), Some(4));
    assert_eq!(miaopu(&["init"], folder.path()).status.code(), Some(0));
    std::fs::remove_file(folder.path().join("site/keys/site.key")).unwrap();
    let blind = miaopu(&["ledger", "verify"], folder.path());
    assert_eq!(blind.status.code(), Some(4));
    assert!(text(&blind.stderr).contains("site.key"), "{}", text(&blind.stderr));
}
