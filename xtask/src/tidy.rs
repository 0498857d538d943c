//! Manners as tests: the directions between crates, sizes of files, words that must not land. Each
//! check is a function from text to complaints, so that its test can show that it bites.

use std::collections::BTreeMap;
use std::process::Command;

use crate::sql;

/// Which crate may name which; nothing else. A new edge changes ARCHITECTURE.md in the same commit.
const EDGES: [(&str, &[&str]); 8] = [
    ("cli", &["web", "app", "domain"]),
    ("web", &["app", "domain"]),
    ("app", &["domain", "planner", "ledger", "documents"]),
    ("planner", &["domain"]),
    ("documents", &["domain"]),
    ("ledger", &[]),
    ("domain", &[]),
    ("xtask", &[]),
];

const MOST_LINES: usize = 700;

/// Runs every check over the files that git knows.
pub(crate) fn run() -> Result<(), String> {
    let mut complaints = edges()?;
    let files = tracked()?;
    for page in ["README.md", "ARCHITECTURE.md", "docs/planning.md"] {
        let text = std::fs::read_to_string(page).map_err(|error| format!("{page}: {error}"))?;
        complaints.extend(
            lost_paths(&text, &files).into_iter().map(|path| format!("{page}: there is no `{path}`")),
        );
    }
    for path in files {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        complaints
            .extend(complaints_of(&path, &text).into_iter().map(|complaint| format!("{path}: {complaint}")));
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

fn tracked() -> Result<Vec<String>, String> {
    let output = Command::new("git").args(["ls-files", "-z"]).output().map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect())
}

fn edges() -> Result<Vec<String>, String> {
    let metadata =
        cargo_metadata::MetadataCommand::new().no_deps().exec().map_err(|error| error.to_string())?;
    let found: BTreeMap<String, Vec<String>> = metadata
        .packages
        .iter()
        .map(|package| {
            let own = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
            (package.name.to_string(), own.map(|dependency| dependency.name.clone()).collect())
        })
        .collect();
    Ok(wrong_edges(&found))
}

fn wrong_edges(found: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut complaints = Vec::new();
    for (from, targets) in found {
        match EDGES.iter().find(|(name, _)| name == from) {
            None => complaints.push(format!("the crate `{from}` is not in the table of directions")),
            Some((_, allowed)) => {
                let wrong = targets.iter().filter(|to| !allowed.contains(&to.as_str()));
                complaints.extend(wrong.map(|to| format!("`{from}` must not depend on `{to}`")));
            }
        }
    }
    complaints
}

/// Paths written between back quotes that lead nowhere.
fn lost_paths(text: &str, files: &[String]) -> Vec<String> {
    let rooms = ["crates/", "rulebooks/", "docs/", "xtask/", "e2e/"];
    let is_path =
        |word: &&str| rooms.iter().any(|room| word.starts_with(room)) && !word.contains([' ', '*', '<']);
    let leads_somewhere = |word: &str| {
        files.iter().any(|file| file == word || file.starts_with(&format!("{}/", word.trim_end_matches('/'))))
    };
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(is_path)
        .filter(|word| !leads_somewhere(word))
        .map(str::to_owned)
        .collect()
}

fn complaints_of(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let is_rust = path.ends_with(".rs");
    if is_rust && text.lines().count() > MOST_LINES {
        complaints.push(format!("more than {MOST_LINES} lines"));
    }
    if is_rust && path.ends_with("/mod.rs") {
        complaints.push("modules are `name.rs`, never `mod.rs`".to_owned());
    }
    let is_test = path.ends_with("/tests.rs");
    if is_rust && path.contains("/src/") && !is_test && !text.starts_with("//!") {
        complaints.push("a file opens with a `//!` that says what lives here".to_owned());
    }
    // Written in two parts, so that this file does not complain of itself.
    for mark in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("/wo", "rk/"), concat!("../sha", "red/")]
    {
        if text.contains(mark) {
            complaints.push(format!("holds `{mark}`"));
        }
    }
    complaints.extend(sql::complaints_of(path, text));
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_direction_is_found() {
        let found = BTreeMap::from([
            ("domain".to_owned(), vec!["app".to_owned()]),
            ("web".to_owned(), vec!["app".to_owned()]),
        ]);
        assert_eq!(wrong_edges(&found), ["`domain` must not depend on `app`"]);
        let unknown = BTreeMap::from([("utils".to_owned(), Vec::new())]);
        assert_eq!(wrong_edges(&unknown).len(), 1);
    }

    #[test]
    fn a_path_that_leads_nowhere_is_found() {
        let files = ["crates/domain/src/lib.rs".to_owned()];
        let text = "See `crates/domain/src/lib.rs`, `crates/domain/src` and `crates/domain/src/gone.rs`, `not a path`.";
        assert_eq!(lost_paths(text, &files), ["crates/domain/src/gone.rs"]);
    }

    #[test]
    fn long_files_and_unfinished_marks_are_found() {
        let long = format!("//! Head.\n{}", "\n".repeat(MOST_LINES));
        assert_eq!(complaints_of("crates/x/src/a.rs", &long), ["more than 700 lines"]);
        assert_eq!(complaints_of("crates/x/src/a.rs", "fn a() {}").len(), 1);
        assert_eq!(complaints_of("docs/a.md", concat!("TO", "DO")).len(), 1);
        assert!(complaints_of("crates/x/src/a.rs", "//! Fine.\n").is_empty());
    }
}
