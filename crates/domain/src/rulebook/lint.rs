//! Is the set of books coherent? Reading a file finds what is wrong inside it; here the steps are
//! followed, rules are looked up, and editions are laid side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::parse::Problem;
use super::{Edition, Pack, Rule};
use crate::text::Text;

/// Something in which two editions differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The rule or the step.
    pub what: String,
    /// What the first edition says; nothing when it lacks it.
    pub before: Option<String>,
    /// What the second edition says; nothing when it lacks it.
    pub after: Option<String>,
}

/// What changes between two editions: rules and steps that come, go, or have other numbers.
#[must_use]
pub fn compare(before: &Edition, after: &Edition) -> Vec<Difference> {
    let (mut old, mut new) = (outline(before), outline(after));
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).cloned().collect();
    let differences = keys.into_iter().filter_map(|what| {
        let (before, after) = (old.remove(&what), new.remove(&what));
        (before != after).then_some(Difference { what, before, after })
    });
    differences.collect()
}

/// Everything incoherent in a set of books that were read without a problem.
pub(super) fn problems(editions: &[Edition], packs: &[Pack]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if editions.is_empty() {
        problems.push(problem("rulebooks", "edition", "没有任何版本", "there is no edition"));
    }
    for pair in editions.windows(2) {
        if pair[0].in_force_from >= pair[1].in_force_from {
            let key = "in_force_from";
            problems.push(problem(
                &pair[1].id,
                key,
                "各版本应按施行日期排列",
                "editions must follow one another",
            ));
        }
        if pair[0].id == pair[1].id {
            problems.push(problem(&pair[1].id, "edition", "版本重名", "two editions have one name"));
        }
    }
    for edition in editions {
        check_rules(&edition.id, &edition.rules, &mut problems);
        check_steps(edition, packs, &mut problems);
    }
    for pack in packs {
        check_rules(pack.title.en.as_str(), &pack.rules, &mut problems);
    }
    check_same_day(editions, packs, &mut problems);
    problems
}

fn check_rules(book: &str, rules: &[std::sync::Arc<Rule>], problems: &mut Vec<Problem>) {
    let mut keys = BTreeSet::new();
    for rule in rules {
        if !keys.insert(rule.key()) {
            problems.push(problem(book, &rule.id, "规则重复", "the rule is written twice"));
        }
        if !is_code(&rule.id) {
            problems.push(problem(
                book,
                &rule.id,
                "编号应如 V04.too_short",
                "a code is written like V04.too_short",
            ));
        }
    }
}

/// `V` or `X`, two digits, a point and a lower-case name.
fn is_code(id: &str) -> bool {
    let Some((number, name)) = id.split_once('.') else { return false };
    let is_number = matches!(number.as_bytes(), [b'V' | b'X', b'0'..=b'9', b'0'..=b'9']);
    is_number && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn check_steps(edition: &Edition, packs: &[Pack], problems: &mut Vec<Problem>) {
    let known = edition.rules.iter().chain(packs.iter().flat_map(|pack| &pack.rules));
    let known: BTreeSet<&str> = known.map(|rule| rule.id.as_str()).collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut judged: BTreeSet<&str> = BTreeSet::new();
    let mut last = None;
    for step in &edition.steps {
        let mut report = |zh: &str, en: &str| problems.push(problem(&edition.id, &step.id, zh, en));
        if last.is_some_and(|last| last >= (step.phase, step.number)) {
            report("步骤应按阶段和序号排列", "steps must follow by phase and number");
        }
        last = Some((step.phase, step.number));
        // A step is reachable when all it waits for comes before it in the book.
        if step.after.iter().any(|before| !done.contains(before.as_str())) {
            report("前置步骤不存在或在其后", "it waits for a step that is unknown or comes later");
        }
        if step.after.is_empty() && !done.is_empty() {
            report("除首步外都应有前置步骤", "every step but the first must wait for another");
        }
        if !done.insert(&step.id) {
            report("步骤重名", "two steps have one name");
        }
        if step.actors.is_empty() || step.evidence.is_empty() {
            report("步骤须有责任人和材料", "a step needs somebody who acts and a paper it leaves");
        }
        if step.rules.iter().any(|rule| !known.contains(rule.as_str())) {
            report("引用了不存在的规则", "it names a rule that does not exist");
        }
        judged.extend(step.rules.iter().map(String::as_str));
    }
    for rule in edition.rules.iter().filter(|rule| !judged.contains(rule.id.as_str())) {
        let (zh, en) = ("没有步骤引用此规则", "no step names this rule");
        problems.push(problem(&edition.id, &rule.id, zh, en));
    }
}

/// One rule is judged by the same day in every book, or an act could fall between two editions.
fn check_same_day(editions: &[Edition], packs: &[Pack], problems: &mut Vec<Problem>) {
    let mut days = BTreeMap::new();
    let books = editions
        .iter()
        .map(|edition| (edition.id.as_str(), &edition.rules))
        .chain(packs.iter().map(|pack| (pack.title.en.as_str(), &pack.rules)));
    for (book, rules) in books {
        for rule in rules {
            if *days.entry(rule.key()).or_insert(rule.by) != rule.by {
                let (zh, en) = ("各版本的依据日期不同", "another book judges it by another day");
                problems.push(problem(book, &rule.id, zh, en));
            }
        }
    }
}

fn outline(edition: &Edition) -> BTreeMap<String, String> {
    let rules = edition.rules.iter().map(|rule| {
        let stage = rule.parameters.get("stage").map_or(String::new(), |stage| format!(" ({stage})"));
        let numbers: Vec<_> = rule.parameters.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        let kind = rule.requirement.kind();
        (format!("{}{stage}", rule.id), format!("{} {kind} {}", rule.severity, numbers.join(", ")))
    });
    let steps = edition.steps.iter().map(|step| {
        let numbers = step.limits.iter().map(|(limit, number)| format!("{} = {number}", limit.as_str()));
        let actors: Vec<_> = step.actors.iter().map(|actor| actor.as_str()).collect();
        let numbers: Vec<_> = numbers.collect();
        let says = format!("{} · {} · {}", step.name.zh, actors.join(", "), numbers.join(", "));
        (format!("step {:02} {}", step.number, step.id), says)
    });
    rules.chain(steps).collect()
}

fn problem(file: &str, key: &str, zh: &str, en: &str) -> Problem {
    Problem { file: file.to_owned(), line: None, key: key.to_owned(), what: Text::new(zh, en) }
}
