//! Runs the stories in `rulebooks/admission/stories`: a lawful file, a change to it, and the
//! findings that must follow. A rule without a story fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use domain::audit::judge;
use domain::case_file::{CaseFile, Cell, parse_row};
use domain::rulebook::Rulebooks;
use jiff::civil::{Date, date};
use serde::Deserialize;
use toml::{Table, Value};

/// The day of looking for stories that name none.
const TODAY: Date = date(2027, 12, 31);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    base: String,
    scene: Vec<Scene>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scene {
    name: String,
    #[serde(default)]
    set: Table,
    #[serde(default)]
    unset: Vec<String>,
    expect: Vec<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rulebooks/admission/stories")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The scalars of a table under their dotted paths.
fn flatten(path: &str, value: &Value, cells: &mut BTreeMap<String, Cell>) {
    let inside = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Table(table) => table.iter().for_each(|(key, value)| flatten(&inside(key), value, cells)),
        Value::Array(list) => {
            for (position, value) in list.iter().enumerate() {
                flatten(&inside(&position.to_string()), value, cells);
            }
        }
        Value::String(text) => drop(cells.insert(path.to_owned(), Cell::Text(text.clone()))),
        Value::Integer(n) => drop(cells.insert(path.to_owned(), Cell::Number((*n).into()))),
        Value::Float(n) => {
            let number = serde_json::Number::from_f64(*n).unwrap();
            drop(cells.insert(path.to_owned(), Cell::Number(number)));
        }
        Value::Boolean(truth) => drop(cells.insert(path.to_owned(), Cell::Truth(*truth))),
        Value::Datetime(day) => {
            drop(cells.insert(path.to_owned(), Cell::Day(day.to_string().parse().unwrap())))
        }
    }
}

fn file(base: &str, scene: &Scene) -> CaseFile {
    let mut cells = BTreeMap::new();
    let base: Value = Value::Table(toml::from_str(&read(&folder().join("bases").join(base))).unwrap());
    flatten("", &base, &mut cells);
    for path in &scene.unset {
        let inside = format!("{path}.");
        let before = cells.len();
        cells.retain(|key, _| key != path && !key.starts_with(&inside));
        assert!(cells.len() < before, "{}: there is no {path} to unset", scene.name);
    }
    for (path, value) in &scene.set {
        flatten(path, value, &mut cells);
    }
    let cells = cells.iter().map(|(head, cell)| (head.as_str(), cell.clone()));
    parse_row(cells).unwrap().unwrap_or_else(|error| panic!("{}: {error}", scene.name))
}

/// A finding as the stories write it: code, occurrence unless 0, severity unless error, edition,
/// first field.
fn findings(file: &CaseFile, books: &Rulebooks) -> Vec<String> {
    let line = |finding: domain::finding::Finding| {
        let occurrence =
            if finding.occurrence == 0 { String::new() } else { format!("#{}", finding.occurrence) };
        let warning = if finding.is_error() { "" } else { " warning" };
        format!("{}{occurrence}{warning} {} {}", finding.rule, finding.edition, finding.fields[0])
    };
    judge(file, books, TODAY).into_iter().map(line).collect()
}

#[test]
fn every_story_ends_as_written() {
    let books = Rulebooks::embedded();
    let mut told = BTreeSet::new();
    let mut differences = Vec::new();
    let mut paths: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    for path in paths {
        let story: Story = toml::from_str(&read(&path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for scene in &story.scene {
            let found = findings(&file(&story.base, scene), &books);
            if found != scene.expect {
                let name = path.file_name().unwrap().display();
                differences
                    .push(format!("{name}: {}\n  told {:?}\n found {found:?}", scene.name, scene.expect));
            }
            told.extend(scene.expect.iter().map(|line| line.split([' ', '#']).next().unwrap().to_owned()));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));

    let rules = books.editions().iter().flat_map(|edition| &edition.rules);
    let untold: BTreeSet<_> = rules.map(|rule| &rule.id).filter(|id| !told.contains(*id)).collect();
    assert!(untold.is_empty(), "rules without a story: {untold:?}");
}

#[test]
fn every_finding_speaks_both_languages_and_fills_every_place() {
    let books = Rulebooks::embedded();
    for path in std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            continue;
        }
        let story: Story = toml::from_str(&read(&path)).unwrap();
        for scene in &story.scene {
            for finding in judge(&file(&story.base, scene), &books, TODAY) {
                assert!(!finding.article.is_empty());
                for text in [&finding.text, &finding.remedy] {
                    assert!(!text.zh.is_empty() && !text.en.is_empty());
                    assert!(!text.zh.contains(['{', '}']) && !text.en.contains(['{', '}']), "{text:?}");
                }
            }
        }
    }
}

#[test]
fn the_readme_lists_every_kind_and_its_facts_and_every_comparison() {
    let readme = read(&folder().join("../../README.md"));
    let row = |name: &str| {
        let start = format!("| `{name}` |");
        readme.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("no row for {name}"))
    };
    let books = Rulebooks::embedded();
    let packs = books.packs().iter().flat_map(|pack| &pack.rules);
    for rule in books.editions().iter().flat_map(|edition| &edition.rules).chain(packs) {
        let row = row(rule.requirement.kind());
        for fact in rule.requirement.facts() {
            assert!(row.contains(&format!("`{}`", fact.as_str())), "{}: {}", rule.id, fact.as_str());
        }
    }
    for (code, _) in domain::audit::across::CODES {
        row(code);
    }
}
