//! Findings as text: one JSON object to a line for programs, paragraphs in both languages for
//! people. Written on the workers, by hand where it runs a million times.

use std::fmt::{Display, Write as _};
use std::io::Write as _;

use domain::audit::Found;
use domain::finding::{Finding, Severity};
use domain::text::Language;

/// What a finding takes as a line, about.
const LINE_BYTES: usize = 768;

/// Appends the findings of a case as JSON Lines.
pub fn write_json(out: &mut Vec<u8>, case: &str, found: &[Found<'_>]) {
    out.reserve(found.len() * LINE_BYTES);
    let mut paragraph = String::with_capacity(LINE_BYTES);
    for finding in found {
        write_head(
            out,
            case,
            &Head {
                rule: finding.rule(),
                severity: finding.severity(),
                edition: finding.edition(),
                occurrence: finding.occurrence(),
                article: finding.article(),
            },
            finding.paths(),
        );
        for (key, language) in [(",\"zh\":", Language::Zh), (",\"en\":", Language::En)] {
            out.extend_from_slice(key.as_bytes());
            paragraph.clear();
            finding.write(&mut paragraph, language);
            write_text(out, &paragraph);
        }
        out.extend_from_slice(b"}\n");
    }
}

/// Appends one finding as a line of JSON.
pub fn write_finding_json(out: &mut Vec<u8>, case: &str, finding: &Finding) {
    write_head(out, case, &Head::of(finding), finding.fields.iter());
    out.extend_from_slice(b",\"zh\":");
    write_text(out, &format!("{}{}", finding.text.zh, finding.remedy.zh));
    out.extend_from_slice(b",\"en\":");
    write_text(out, &format!("{} {}", finding.text.en, finding.remedy.en));
    out.extend_from_slice(b"}\n");
}

/// Appends the findings of a case as a section of a report; nothing for a case without any.
pub fn write_report(out: &mut Vec<u8>, case: &str, found: &[Found<'_>]) {
    if found.is_empty() {
        return;
    }
    let n_errors = found.iter().filter(|finding| finding.severity() == Severity::Error).count();
    let n_warnings = found.len() - n_errors;
    // A name from outside goes to a terminal: no control characters.
    let case = case.escape_debug();
    let mut section = format!("{case} · {n_errors} 错误 errors · {n_warnings} 警告 warnings\n");
    for finding in found.iter().cloned().map(Found::into_finding) {
        write_paragraphs(&mut section, &finding);
    }
    section.push('\n');
    out.extend_from_slice(section.as_bytes());
}

/// Appends one finding as a section of a report.
pub fn write_finding_report(out: &mut Vec<u8>, case: &str, finding: &Finding) {
    let mut section = format!("{}\n", case.escape_debug());
    write_paragraphs(&mut section, finding);
    section.push('\n');
    out.extend_from_slice(section.as_bytes());
}

/// What comes before the words of a finding.
struct Head<'a> {
    rule: &'a str,
    severity: Severity,
    edition: &'a str,
    occurrence: u32,
    article: &'a str,
}

impl<'a> Head<'a> {
    fn of(finding: &'a Finding) -> Self {
        Head {
            rule: &finding.rule,
            severity: finding.severity,
            edition: &finding.edition,
            occurrence: finding.occurrence,
            article: &finding.article,
        }
    }
}

fn write_head(out: &mut Vec<u8>, case: &str, head: &Head<'_>, paths: impl Iterator<Item = impl Display>) {
    out.extend_from_slice(b"{\"case\":");
    write_text(out, case);
    out.extend_from_slice(b",\"code\":");
    write_text(out, head.rule);
    out.extend_from_slice(b",\"severity\":\"");
    out.extend_from_slice(head.severity.as_str().as_bytes());
    out.extend_from_slice(b"\",\"edition\":");
    write_text(out, head.edition);
    write_plainly(out, format_args!(",\"occurrence\":{},\"fields\":[", head.occurrence));
    for (position, path) in paths.enumerate() {
        let comma = if position == 0 { "" } else { "," };
        // Paths are made of the program's own words and of numbers: nothing to escape.
        write_plainly(out, format_args!("{comma}\"{path}\""));
    }
    out.extend_from_slice(b"],\"article\":");
    write_text(out, head.article);
}

fn write_paragraphs(section: &mut String, finding: &Finding) {
    let mark = match finding.severity {
        Severity::Error => "✗",
        Severity::Warning => "!",
    };
    let Finding { rule, edition, fields, article, text, remedy, .. } = finding;
    // Writing to a string cannot fail.
    writeln!(section, "  {mark} {rule} ({edition}) · {}", fields.join(", ")).unwrap_or_default();
    writeln!(section, "      {}{}", text.zh, remedy.zh).unwrap_or_default();
    writeln!(section, "      {} {}", text.en, remedy.en).unwrap_or_default();
    writeln!(section, "      依据 authority: {article}").unwrap_or_default();
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    // Writing text to memory cannot fail.
    serde_json::to_writer(out, text).unwrap_or_default();
}

fn write_plainly(out: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    // Writing to memory cannot fail.
    out.write_fmt(arguments).unwrap_or_default();
}
