//! Findings as text: one JSON object to a line for programs, paragraphs in both languages for
//! people. Written on the workers, by hand where it runs a million times.

use std::fmt::Write as _;
use std::io::Write as _;

use domain::audit::Found;
use domain::finding::Severity;
use domain::text::Language;

/// Appends the findings of a case as JSON Lines.
pub fn write_json(out: &mut Vec<u8>, case: &str, found: &[Found<'_>]) {
    let mut paragraph = String::new();
    for finding in found {
        out.extend_from_slice(b"{\"case\":");
        write_text(out, case);
        out.extend_from_slice(b",\"code\":");
        write_text(out, finding.rule());
        out.extend_from_slice(b",\"severity\":\"");
        out.extend_from_slice(finding.severity().as_str().as_bytes());
        out.extend_from_slice(b"\",\"edition\":");
        write_text(out, finding.edition());
        write_plainly(out, format_args!(",\"occurrence\":{},\"fields\":[", finding.occurrence()));
        for (position, path) in finding.paths().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            // Paths are made of the program's own words and of numbers: nothing to escape.
            write_plainly(out, format_args!("{comma}\"{path}\""));
        }
        out.extend_from_slice(b"],\"article\":");
        write_text(out, finding.article());
        for (key, language) in [(",\"zh\":", Language::Zh), (",\"en\":", Language::En)] {
            out.extend_from_slice(key.as_bytes());
            paragraph.clear();
            finding.write(&mut paragraph, language);
            write_text(out, &paragraph);
        }
        out.extend_from_slice(b"}\n");
    }
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
    for finding in found {
        let mark = match finding.severity() {
            Severity::Error => "✗",
            Severity::Warning => "!",
        };
        let paths: Vec<_> = finding.paths().map(|path| path.to_string()).collect();
        let (rule, edition) = (finding.rule(), finding.edition());
        // Writing to a string cannot fail.
        writeln!(section, "  {mark} {rule} ({edition}) · {}", paths.join(", ")).unwrap_or_default();
        for language in [Language::Zh, Language::En] {
            section.push_str("      ");
            finding.write(&mut section, language);
            section.push('\n');
        }
        writeln!(section, "      依据 authority: {}", finding.article()).unwrap_or_default();
    }
    section.push('\n');
    out.extend_from_slice(section.as_bytes());
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    // Writing text to memory cannot fail.
    serde_json::to_writer(out, text).unwrap_or_default();
}

fn write_plainly(out: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    // Writing to memory cannot fail.
    out.write_fmt(arguments).unwrap_or_default();
}
