//! Accounts from the console: opened, given duties, listed, closed; and what is refused.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn miaopu(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_miaopu")).args(arguments).current_dir(folder).output().unwrap()
}

fn done(arguments: &[&str], folder: &Path) -> String {
    let output = miaopu(arguments, folder);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(arguments: &[&str], folder: &Path) -> String {
    let output = miaopu(arguments, folder);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_first_officers_of_a_site_are_made_on_the_console() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    done(&["init", "--example-city", "60"], at);
    assert!(!done(&["account", "list"], at).contains("anquan"));

    let opened = done(&["account", "open", "anquan", "--name", "周国平"], at);
    let password = opened.lines().find_map(|line| line.split("shown this once: ").nth(1)).unwrap().trim();
    assert_eq!(password.len(), 16);
    assert!(refused(&["account", "open", "ANQUAN", "--name", "周"], at).contains("taken"));
    assert!(
        refused(&["account", "open", "x", "--name", "x", "--person", "999999999"], at).contains("no such")
    );

    done(&["account", "grant", "anquan", "--role", "security_officer"], at);
    let twice = refused(&["account", "grant", "anquan", "--role", "auditor"], at);
    assert!(twice.contains("holds no other duty"), "{twice}");
    assert!(refused(&["account", "grant", "anquan", "--role", "leader", "--unit", "?"], at).contains("code"));
    assert!(refused(&["account", "grant", "nobody", "--role", "leader"], at).contains("nobody"));
    assert_eq!(miaopu(&["account", "grant", "anquan", "--role", "tsar"], at).status.code(), Some(2));

    let listed = done(&["account", "list"], at);
    assert!(listed.contains("anquan  周国平  首次登录须换密码"), "{listed}");
    assert!(listed.contains("security officer") && listed.contains("subtree"), "{listed}");
    done(&["account", "end", "1", "--reason", "轮岗"], at);
    assert!(!done(&["account", "list"], at).contains("security officer"));
    done(&["account", "close", "anquan", "--reason", "调离"], at);
    assert!(done(&["account", "list"], at).contains("closed"));
    assert!(refused(&["account", "password", "anquan"], at).contains("no account named"));
    assert!(done(&["ledger", "verify"], at).starts_with("完好"));
}

#[test]
fn a_password_can_be_typed_and_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    done(&["init"], at);
    done(&["account", "open", "zuzhibu", "--name", "沈明远"], at);
    let typed = |password: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_miaopu"))
            .args(["account", "password", "zuzhibu", "--stdin"])
            .current_dir(at)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = typed("quiet garden");
    assert_eq!(output.status.code(), Some(0));
    assert!(!String::from_utf8(output.stdout).unwrap().contains("quiet garden"));
    for unfit in ["", "short", "12345678", "zuzhibu2003"] {
        assert_eq!(typed(unfit).status.code(), Some(1), "{unfit}");
    }
}

#[test]
fn the_table_is_printed_as_the_manual_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let printed = done(&["account", "matrix"], folder.path());
    assert_eq!(printed, include_str!("../../../../docs/access.md"));
}
