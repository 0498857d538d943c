//! TOML to editions and packs. Every problem is reported with its file, line and key, and all of
//! them at once, because the people who write rulebooks should not have to find them one by one.

mod entry;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use toml::de::{DeTable, DeValue};

use self::entry::{Entry, Reports};
use super::requirement::{By, FileDate, Requirement, Share, Span, Word};
use super::wording::{Template, Wording};
use super::{Edition, Pack, Rule, Step};
use crate::case_file::{LocalPack, Stage};
use crate::text::Text;

/// Something wrong with a rulebook file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The name of the file.
    pub file: String,
    /// The line, from one; nothing when the problem is of the whole file.
    pub line: Option<usize>,
    /// The key or the rule it is about.
    pub key: String,
    /// What is wrong.
    pub what: Text,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Problem { file, line, key, what } = self;
        match line {
            Some(line) => write!(f, "{file}:{line}: {key}: {} ({})", what.en, what.zh),
            None => write!(f, "{file}: {key}: {} ({})", what.en, what.zh),
        }
    }
}

impl Word for crate::finding::Severity {
    const WORDS: &'static [(&'static str, Self)] =
        &[("error", crate::finding::Severity::Error), ("warning", crate::finding::Severity::Warning)];
}

impl Word for LocalPack {
    const WORDS: &'static [(&'static str, Self)] = &[("source-plan", LocalPack::SourcePlan)];
}

/// Keys that every rule has, besides the parameters of its kind.
const RULE_KEYS: [&str; 8] = ["id", "kind", "by", "severity", "article", "certainty", "what", "do"];

/// Reads all files.
pub(super) fn files(files: &[(&str, &str)]) -> Result<(Vec<Edition>, Vec<Pack>), Vec<Problem>> {
    let (mut editions, mut packs, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (name, text) in files {
        match file(name, text) {
            Ok(Book::Edition(edition)) => editions.push(edition),
            Ok(Book::Pack(pack)) => packs.push(pack),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok((editions, packs)) } else { Err(problems) }
}

enum Book {
    Edition(Edition),
    Pack(Pack),
}

fn file(name: &str, text: &str) -> Result<Book, Vec<Problem>> {
    let reports = Reports::new(name, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let what = Text::new(format!("TOML 语法错误：{}", error.message()), error.message().to_owned());
        reports.add(error.span().map_or(0, |span| span.start), "TOML", what);
    }
    if !errors.is_empty() {
        return Err(reports.into_problems());
    }
    let root = Entry::new(table.get_ref(), 0, String::new(), &reports);
    let book = if root.has("pack") { pack(&root) } else { edition(&root) };
    root.close();
    let problems = reports.into_problems();
    match book {
        Some(book) if problems.is_empty() => Ok(book),
        Some(_) | None => Err(problems),
    }
}

fn edition(root: &Entry<'_>) -> Option<Book> {
    let (id, in_force_from, title) = (root.text("edition"), root.date("in_force_from"), root.pair("title"));
    let steps: Vec<_> = root.tables("step").iter().map(step).collect();
    let rules: Vec<_> = root.tables("rule").iter().map(rule).collect();
    Some(Book::Edition(Edition {
        id: id?,
        in_force_from: in_force_from?,
        title: title?,
        steps: steps.into_iter().collect::<Option<_>>()?,
        rules: rules.into_iter().collect::<Option<_>>()?,
    }))
}

fn pack(root: &Entry<'_>) -> Option<Book> {
    let (id, title) = (root.word("pack"), root.pair("title"));
    let rules: Vec<_> = root.tables("rule").iter().map(rule).collect();
    let rules = rules.into_iter().collect::<Option<_>>()?;
    Some(Book::Pack(Pack { id: id?, title: title?, rules }))
}

fn step(entry: &Entry<'_>) -> Option<Step> {
    let number = entry.number("number").and_then(|number| u8::try_from(number).ok());
    let (id, phase, name) = (entry.text("id"), entry.word("phase"), entry.pair("name"));
    let actors = entry.words("actors");
    let evidence: Vec<_> = entry.tables("evidence").iter().map(Entry::as_pair).collect();
    let (after, article, rules) = (entry.texts("after"), entry.text("article"), entry.texts("rules"));
    let limits = entry.numbers_by_word("limits");
    entry.close();
    Some(Step {
        number: number?,
        id: id?,
        phase: phase?,
        name: name?,
        actors: actors?,
        evidence: evidence.into_iter().collect::<Option<_>>()?,
        after: after?,
        article: article?,
        limits: limits?,
        rules: rules?,
    })
}

fn rule(entry: &Entry<'_>) -> Option<Arc<Rule>> {
    let (id, article) = (entry.text("id"), entry.text("article"));
    let (severity, certainty) = (entry.word("severity"), entry.word("certainty"));
    let requirement = requirement(entry);
    let by = match &requirement {
        Some(requirement) => by(entry, requirement),
        None => {
            entry.pass_over("by");
            None
        }
    };
    let (what, remedy) = (wording(entry, "what"), wording(entry, "do"));
    if let (Some(requirement), Some(what), Some(remedy)) = (&requirement, &what, &remedy) {
        check_facts(entry, requirement, [("what", what), ("do", remedy)]);
    }
    let parameters = entry.shown_except(&RULE_KEYS);
    entry.close();
    Some(Arc::new(Rule {
        id: id?,
        severity: severity?,
        by: by?,
        requirement: requirement?,
        article: article?,
        certainty: certainty?,
        what: what?,
        remedy: remedy?,
        parameters,
    }))
}

fn by(entry: &Entry<'_>, requirement: &Requirement) -> Option<By> {
    if requirement.needs_by() {
        return entry.word("by").map(By::Date);
    }
    if entry.has("by") {
        let what = Text::new("此类规则自行确定依据日期", "this kind finds the deciding day itself");
        entry.report("by", what);
        return None;
    }
    Some(By::Each)
}

fn wording(entry: &Entry<'_>, key: &str) -> Option<Wording> {
    let text = entry.pair(key)?;
    let read = |language: &str, text: &str| match Template::parse(text) {
        Ok(template) => Some(template),
        Err(names) => {
            let names = names.join(", ");
            let what = Text::new(format!("没有这样的占位符：{names}"), format!("no such place: {names}"));
            entry.report(&format!("{key}.{language}"), what);
            None
        }
    };
    let (zh, en) = (read("zh", &text.zh), read("en", &text.en));
    Some(Wording { zh: zh?, en: en? })
}

/// A wording may mention only what its kind of requirement knows.
fn check_facts(entry: &Entry<'_>, requirement: &Requirement, wordings: [(&str, &Wording); 2]) {
    for (key, wording) in wordings {
        for fact in wording.zh.facts().chain(wording.en.facts()) {
            if !requirement.facts().contains(&fact) {
                let (fact, kind) = (fact.as_str(), requirement.kind());
                let what = Text::new(
                    format!("“{kind}”类规则没有占位符 {fact}"),
                    format!("the kind `{kind}` has no place for {fact}"),
                );
                entry.report(key, what);
            }
        }
    }
}

/// The kinds about dates; see [`notices_and_votes`] for the rest.
fn requirement(entry: &Entry<'_>) -> Option<Requirement> {
    let kind = entry.text("kind")?;
    let date = |key: &str| entry.word::<FileDate>(key);
    let number = |key: &str| entry.number(key);
    match kind.as_str() {
        "of_age" => two(date("day"), number("years"), |day, years| Requirement::OfAge { day, years }),
        "within_months" => {
            let silent_beyond_months = entry.optional_number("silent_beyond_months");
            let also_if_absent = entry.flag("also_if_absent");
            three(date("day"), date("since"), number("months"), |day, since, months| {
                Requirement::WithinMonths { day, since, months, silent_beyond_months, also_if_absent }
            })
        }
        "recorded_within_months" => {
            three(date("day"), date("since"), number("months"), |day, since, months| {
                Requirement::RecordedWithinMonths { day, since, months }
            })
        }
        "no_sooner_than_months" => {
            three(date("day"), date("since"), number("months"), |day, since, months| {
                Requirement::NoSoonerThanMonths { day, since, months }
            })
        }
        "not_before" => two(date("day"), date("other"), |day, other| Requirement::NotBefore { day, other }),
        "not_after" => two(date("day"), date("other"), |day, other| Requirement::NotAfter { day, other }),
        "recorded_with" => {
            two(date("day"), date("other"), |day, other| Requirement::RecordedWith { day, other })
        }
        "in_order" => {
            two(entry.words("dates"), entry.pairs_of_words("judged_elsewhere"), |dates, judged_elsewhere| {
                Requirement::InOrder { dates, judged_elsewhere }
            })
        }
        "probation_endorsed" => number("months").map(|months| Requirement::ProbationEndorsed { months }),
        "approval_decided" => number("months").map(|months| Requirement::ApprovalDecided { months }),
        "confirmation_no_sooner" => {
            number("months").map(|months| Requirement::ConfirmationNoSooner { months })
        }
        "confirmation_within" => number("months").map(|months| Requirement::ConfirmationWithin { months }),
        "extension_served" => number("months").map(|months| Requirement::ExtensionServed { months }),
        "review_every" => number("months").map(|months| Requirement::ReviewEvery { months }),
        _ => papers_and_votes(entry, &kind),
    }
}

fn papers_and_votes(entry: &Entry<'_>, kind: &str) -> Option<Requirement> {
    let number = |key: &str| entry.number(key);
    match kind {
        "identity_number" => Some(Requirement::IdentityNumber),
        "mentor_count" => two(number("minimum"), number("maximum"), |minimum, maximum| {
            Requirement::MentorCount { minimum, maximum }
        }),
        "sponsor_count" => number("count").map(|count| Requirement::SponsorCount { count }),
        "full_member" => entry.word("role").map(|role| Requirement::FullMember { role }),
        "notice_posted" => notice(entry, |stage, length| Requirement::NoticePosted { stage, length }),
        "notice_long" => notice(entry, |stage, length| Requirement::NoticeLong { stage, length }),
        "notice_over" => notice(entry, |stage, length| Requirement::NoticeOver { stage, length }),
        "done" => entry.word("trial").map(|trial| Requirement::Done { trial }),
        "passed" => entry.word("trial").map(|trial| Requirement::Passed { trial }),
        "course_long" => {
            two(number("days"), number("hours"), |days, hours| Requirement::CourseLong { days, hours })
        }
        "certificate_earned" => Some(Requirement::CertificateEarned),
        "quorum" => share(entry).map(|more_than| Requirement::Quorum { more_than }),
        "majority" => share(entry).map(|more_than| Requirement::Majority { more_than }),
        "counts_agree" => Some(Requirement::CountsAgree),
        "secret_ballot" => Some(Requirement::SecretBallot),
        "resolution_signed" => Some(Requirement::ResolutionSigned),
        "confirmation_applied" => Some(Requirement::ConfirmationApplied),
        "extension_length" => two(number("minimum"), number("maximum"), |minimum, maximum| {
            Requirement::ExtensionLength { minimum, maximum }
        }),
        "extension_once" => Some(Requirement::ExtensionOnce),
        _ => {
            let what =
                Text::new(format!("没有“{kind}”这类规则"), format!("there is no kind of rule `{kind}`"));
            entry.report("kind", what);
            None
        }
    }
}

fn notice(entry: &Entry<'_>, make: fn(Stage, Span) -> Requirement) -> Option<Requirement> {
    let length = two(entry.number("length"), entry.word("unit"), |count, unit| Span { count, unit });
    two(entry.word("stage"), length, make)
}

fn share(entry: &Entry<'_>) -> Option<Share> {
    let parts = two(entry.number("numerator"), entry.number("denominator"), |numerator, denominator| {
        Share { numerator, denominator }
    })?;
    if parts.denominator == 0 || parts.numerator >= parts.denominator {
        entry.report("denominator", Text::new("应为真分数", "must make a share below one"));
        return None;
    }
    Some(parts)
}

fn two<A, B, R>(a: Option<A>, b: Option<B>, make: impl FnOnce(A, B) -> R) -> Option<R> {
    Some(make(a?, b?))
}

fn three<A, B, C, R>(a: Option<A>, b: Option<B>, c: Option<C>, make: impl FnOnce(A, B, C) -> R) -> Option<R> {
    Some(make(a?, b?, c?))
}

/// A value as it would be written in a file.
fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(day) => day.to_string(),
        DeValue::Array(list) => {
            let entries: Vec<_> = list.iter().map(|entry| shown(entry.get_ref())).collect();
            format!("[{}]", entries.join(", "))
        }
        DeValue::Table(table) => {
            let entries: BTreeMap<_, _> = table
                .iter()
                .map(|(key, value)| (key.get_ref().to_string(), shown(value.get_ref())))
                .collect();
            let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key} = {value}")).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// A TOML date without a time, as a civil date.
fn civil(value: &DeValue<'_>) -> Option<Date> {
    let DeValue::Datetime(written) = value else { return None };
    if written.time.is_some() || written.offset.is_some() {
        return None;
    }
    written.to_string().parse().ok()
}

#[cfg(test)]
mod tests;
