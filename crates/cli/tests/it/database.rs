//! Looking after a database: check, migrate, copy, back up, restore, and what is said when a restored
//! copy is older than a head that somebody kept.

use std::path::Path;
use std::process::Command;

fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_miaopu")).args(arguments).current_dir(folder).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&text).into_owned())
}

fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let (code, text) = run(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {text}");
    text
}

#[test]
fn tables_are_made_checked_and_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(run(folder, &["db", "check"]).0, 4);
    assert_eq!(run(folder, &["db", "migrate"]).0, 4, "a mistyped folder makes no database");
    assert!(!folder.join("site/site.db").exists());
    succeed(folder, &["db", "init"]);
    let (code, text) = run(folder, &["db", "check"]);
    assert!(code == 0 && text.contains("no site yet"), "{text}");
    // Keys of a founding that was cut short are not used for another log.
    std::fs::create_dir(folder.join("site/keys")).unwrap();
    std::fs::write(folder.join("site/keys/site.key"), "").unwrap();
    let (code, text) = run(folder, &["init"]);
    assert!(code == 1 && text.contains("move the folder away"), "{text}");
    std::fs::remove_dir_all(folder.join("site/keys")).unwrap();
    succeed(folder, &["init"]);
    assert!(succeed(folder, &["db", "check"]).contains("log: miaopu.site/"));
    succeed(folder, &["db", "migrate"]);
    succeed(folder, &["ledger", "verify"]);
}

#[test]
fn a_site_is_copied_and_goes_on_there() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    succeed(folder, &["init", "--example-city", "60"]);
    let head = succeed(folder, &["ledger", "checkpoint"]);
    std::fs::create_dir(folder.join("new")).unwrap();
    let said = succeed(folder, &["db", "copy", "--from", "site/site.db", "--to", "new/site.db"]);
    assert!(said.contains(head.trim_end()) && said.contains("完好"), "{said}");
    let (code, said) = run(folder, &["db", "copy", "--from", "site/site.db", "--to", "new/site.db"]);
    assert!(code == 4 && said.contains("not empty"), "{said}");
    std::fs::rename(folder.join("site/keys"), folder.join("new/keys")).unwrap();
    succeed(folder, &["ledger", "verify", "--dir", "new"]);
    succeed(folder, &["ledger", "checkpoint", "--index", "--dir", "new"]);
    assert_eq!(run(folder, &["db", "copy", "--from", "none.db", "--to", "x.db"]).0, 4);
}

#[test]
fn a_backup_is_restored_and_a_kept_head_tells_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    succeed(folder, &["init", "--example-city", "60"]);
    std::fs::create_dir(folder.join("usb")).unwrap();
    let said = succeed(folder, &["db", "backup", "--to", "usb/site.db", "--keys-to", "safe"]);
    assert!(said.contains("完好"), "{said}");
    assert_eq!(run(folder, &["db", "backup", "--keys-to", "third"]).0, 2, "a file has to be named");
    let (code, said) = run(folder, &["db", "backup", "--to", "usb/2.db", "--keys-to", "safe"]);
    assert!(code == 4 && said.contains("safe"), "{said}");
    succeed(folder, &["db", "backup", "--server", "host=elsewhere", "--keys-to", "keys-alone"]);
    assert!(folder.join("keys-alone/persons.keys").exists() && folder.join("keys-alone/site.key").exists());
    let old = succeed(folder, &["ledger", "checkpoint"]);
    std::fs::write(folder.join("old.txt"), old).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_miaopu"))
        .args(["ledger", "checkpoint", "--index"])
        .current_dir(folder)
        .output()
        .unwrap();
    std::fs::write(folder.join("new.txt"), output.stdout).unwrap();
    succeed(folder, &["ledger", "verify", "--head", "old.txt", "--head", "new.txt"]);
    // Restored: the database and the keys, back in their places.
    std::fs::create_dir_all(folder.join("again")).unwrap();
    std::fs::rename(folder.join("usb/site.db"), folder.join("again/site.db")).unwrap();
    std::fs::rename(folder.join("safe"), folder.join("again/keys")).unwrap();
    succeed(folder, &["ledger", "verify", "--dir", "again", "--head", "old.txt"]);
    let (code, text) = run(folder, &["ledger", "verify", "--dir", "again", "--head", "new.txt"]);
    assert_eq!(code, 2, "{text}");
    std::fs::write(folder.join("none.txt"), "nothing").unwrap();
    assert_eq!(run(folder, &["ledger", "verify", "--head", "none.txt"]).0, 4);
}

/// A served site, stopped at the end whatever happens.
struct Served(std::process::Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_served_site_states_its_index_and_is_verified_and_backed_up_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    succeed(folder, &["init"]);
    let mut served = Command::new(env!("CARGO_BIN_EXE_miaopu"))
        .args(["serve", "--port", "0"])
        .current_dir(folder)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .map(Served)
        .unwrap();
    // Kept until the end: a program that cannot say what it has to say ends.
    let mut said = std::io::BufReader::new(served.0.stdout.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut said, &mut line).unwrap();
    assert!(line.contains("listening"), "{line}");
    let size = || succeed(folder, &["ledger", "checkpoint"]).lines().nth(1).unwrap().to_owned();
    let is_stated = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        size() == "2"
    });
    assert!(is_stated, "no index of today after ten seconds");
    // Another program, on the same site, finds it stated.
    assert!(succeed(folder, &["ledger", "checkpoint", "--index"]).contains("the index of today is there"));
    succeed(folder, &["ledger", "verify"]);
    succeed(folder, &["db", "backup", "--to", "copy.db", "--keys-to", "copy-keys"]);
    let asked = Command::new("kill").args(["-TERM", &served.0.id().to_string()]).status().unwrap();
    assert!(asked.success() && served.0.wait().unwrap().success());
    succeed(folder, &["ledger", "verify"]);
    assert_eq!(size(), "2");
}
