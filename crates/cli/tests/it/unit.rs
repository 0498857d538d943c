//! A tree made and changed on the console.

use std::path::Path;
use std::process::{Command, Output};

fn miaopu(line: &str, folder: &Path) -> Output {
    let arguments = line.split_whitespace();
    Command::new(env!("CARGO_BIN_EXE_miaopu")).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn done(line: &str, folder: &Path) -> String {
    let output = miaopu(line, folder);
    assert_eq!(output.status.code(), Some(0), "{line}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn open(code: &str, kind: &str, under: &str) -> String {
    let under = if under.is_empty() { String::new() } else { format!("--under {under}") };
    format!(
        "unit open --code {code} --kind {kind} {under} --name-zh 单位{code} --name-en Unit-{code} --approval 批复"
    )
}

#[test]
fn an_empty_site_gets_its_tree() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done("init", folder);
    assert!(done("unit show", folder).contains("the tree is empty"));
    for (code, kind, under) in
        [("C", "county", ""), ("K", "committee", "C"), ("L", "committee", "C"), ("B", "branch", "K")]
    {
        done(&open(code, kind, under), folder);
    }
    let shown = done("unit show K", folder);
    assert!(shown.contains("└ B 单位B / Unit-B"), "{shown}");
    assert!(shown.contains("usually there are 100 or more"), "{shown}");

    let refused = miaopu(&open("B", "branch", "K"), folder);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("T01.code_taken"), "{}", text(&refused.stderr));
    let refused = miaopu("unit close K --approval 批复", folder);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("T01.children_left"));

    done("unit move B --under L --approval 批复", folder);
    done("unit close K --approval 批复", folder);
    let shown = done("unit show B", folder);
    assert!(shown.contains("unit.moved") && shown.contains("unit.opened"), "{shown}");
    assert!(done("ledger verify", folder).starts_with("完好"));
}

#[test]
fn a_split_takes_units_along_and_names_everything_that_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done("init", folder);
    for (code, kind, under) in [
        ("C", "county", ""),
        ("K", "committee", "C"),
        ("L", "committee", "C"),
        ("A", "branch", "K"),
        ("B", "branch", "K"),
    ] {
        done(&open(code, kind, under), folder);
    }
    let refused = miaopu("unit split K --into L --approval 批复", folder);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("T01.empty_split"), "{}", text(&refused.stderr));
    let refused = miaopu("unit split K --into L --people 77 --units B,B --approval 批复", folder);
    assert_eq!(refused.status.code(), Some(1));
    for rule in ["T01.not_here", "T01.twice"] {
        assert!(text(&refused.stderr).contains(rule), "{rule}: {}", text(&refused.stderr));
    }
    assert_eq!(miaopu("unit split K --into L --units X --approval 批复", folder).status.code(), Some(2));
    done("unit split K --into L --units B --approval 批复", folder);
    assert!(done("unit show L", folder).contains("└ B 单位B / Unit-B"));
    let left = done("unit show K", folder);
    assert!(left.contains("└ A") && !left.contains("└ B") && left.contains("unit.split"), "{left}");
    assert!(done("ledger verify", folder).starts_with("完好"));
}

#[test]
fn names_and_groups_are_changed_and_what_is_left_out_stays() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done("init", folder);
    done(&open("C", "county", ""), folder);
    done(&open("B", "branch", "C"), folder);
    let same = miaopu("unit rename B --approval 批复", folder);
    assert!(text(&same.stderr).contains("T01.same"), "{}", text(&same.stderr));
    done("unit rename B --new-code D --name-zh 新名 --approval 批复", folder);
    let shown = done("unit show D", folder);
    assert!(
        shown.contains("D 新名") && shown.contains("Unit-B") && shown.contains("unit.changed"),
        "{shown}"
    );
    done("unit group D --name-zh 一组 --name-en First", folder);
    let twice = miaopu("unit group D --name-zh 一组 --name-en First", folder);
    assert_eq!(twice.status.code(), Some(1));
    assert!(text(&twice.stderr).contains("T02.group_taken"), "{}", text(&twice.stderr));
    assert!(done("ledger verify", folder).starts_with("完好"));
}

#[test]
fn what_is_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(miaopu("unit show", folder).status.code(), Some(4));
    done("init", folder);
    assert_eq!(miaopu("unit show X", folder).status.code(), Some(2));
    assert_eq!(miaopu("unit close X --approval 批复", folder).status.code(), Some(2));
    let unknown = miaopu("unit open --code A --kind castle --name-zh 甲 --name-en A --approval 批复", folder);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("joint_branch"), "{}", text(&unknown.stderr));
}
