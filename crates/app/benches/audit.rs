//! How dear is judging beside reading? Makes a million admission files, reads them with `serde_json`
//! alone, then audits them as the command line does, and prints the ratios and the peak memory.
//!
//! `cargo bench -p app --bench audit [-- CASES]`. Lasts a minute or two and needs about 1.5 GB of
//! disk for a million files.

#![expect(clippy::print_stdout, reason = "a measurement answers on standard output")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use app::audit_files::{Audit, Met, audit_files, write_json};
use domain::case_file::{CaseFile, parse};
use domain::rulebook::Rulebooks;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde::Deserialize;
use serde_json::Value;

/// A lawful file, from which the others are made.
const LAWFUL: &str = r#"{"format":"miaopu-case/1","case":"C","as_of":"2004-12-31","local":["source-plan"],"person":{"dob":"1981-05-20","id_number":"110105198105200016"},"applied_on":"2002-03-01","talk_on":"2002-03-20","activist":{"on":"2002-04-10"},"mentors":[{"name":"张建国","from":"2002-04-10","full_member_since":"1990-07-01"},{"name":"李淑芬","from":"2002-04-10","full_member_since":"1991-07-01"}],"reviews":["2002-10-08","2003-04-09"],"target":{"on":"2003-04-10"},"sponsors":[{"name":"张建国","named_on":"2003-04-12","full_member_since":"1990-07-01"},{"name":"李淑芬","named_on":"2003-04-12","full_member_since":"1991-07-01"}],"political_review":{"on":"2003-05-20","passed":true},"course":{"from":"2003-05-12","to":"2003-05-17","days":6,"hours":42,"exam_on":"2003-05-17","passed":true,"certificate_on":"2003-05-20"},"notices":[{"stage":"admission","from":"2003-06-02","to":"2003-06-08"},{"stage":"confirmation","from":"2004-06-02","to":"2004-06-08"}],"pre_examination":{"on":"2003-05-25","passed":true},"form_on":"2003-05-28","meeting":{"on":"2003-06-09","due":25,"present":20,"for":19,"against":1,"abstain":0,"written_for":0,"secret":true,"signed":true},"approval_talk_on":"2003-07-01","approval":{"on":"2003-09-09","probation_from":"2003-06-09","probation_to":"2004-06-09"},"oath_on":"2003-09-20","confirmation":{"applied_on":"2004-06-01","meetings":[{"on":"2004-06-09","outcome":"confirm","due":25,"present":20,"for":20,"against":0,"abstain":0,"written_for":0}],"approval_on":"2004-07-01"}}"#;

/// The same shape as plain `serde` would read it: text for days, nothing checked.
#[derive(Deserialize)]
#[expect(dead_code, reason = "read, and nothing more")]
struct Plain {
    format: String,
    case: String,
    as_of: Option<String>,
    local: Vec<String>,
    person: Option<PlainPerson>,
    applied_on: Option<String>,
    talk_on: Option<String>,
    activist: Option<PlainDay>,
    mentors: Vec<PlainMember>,
    reviews: Vec<String>,
    target: Option<PlainDay>,
    sponsors: Vec<PlainMember>,
    political_review: Option<PlainDay>,
    course: Option<PlainCourse>,
    notices: Vec<PlainNotice>,
    pre_examination: Option<PlainDay>,
    form_on: Option<String>,
    meeting: Option<PlainMeeting>,
    approval_talk_on: Option<String>,
    approval: Option<PlainApproval>,
    oath_on: Option<String>,
    confirmation: Option<PlainConfirmation>,
}

macro_rules! plain {
    ($($name:ident { $($field:ident : $kind:ty),* })*) => {$(
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "read, and nothing more")]
        struct $name { $($field: Option<$kind>),* }
    )*};
}

plain! {
    PlainPerson { dob: String, id_number: String }
    PlainDay { on: String, passed: bool }
    PlainMember { name: String, from: String, named_on: String, full_member_since: String }
    PlainCourse { from: String, to: String, days: f64, hours: f64, exam_on: String, passed: bool, certificate_on: String }
    PlainNotice { stage: String, from: String, to: String }
    PlainApproval { on: String, probation_from: String, probation_to: String }
    PlainConfirmation { applied_on: String, meetings: Vec<PlainMeeting>, approval_on: String }
    PlainMeeting {
        on: String, outcome: String, extend_months: i64, due: i64, present: i64, r#for: i64, against: i64,
        abstain: i64, written_for: i64, secret: bool, signed: bool
    }
}

fn main() {
    let n_cases = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases.jsonl");
    let bytes = write_cases(&path, n_cases);
    println!("{n_cases} files, {} MB", bytes >> 20);

    let value = reading(&path, |line| drop(serde_json::from_str::<Value>(line).unwrap()));
    println!("serde_json to a value, one core: {value:?}");
    let plain = reading(&path, |line| drop(serde_json::from_str::<Plain>(line).unwrap()));
    println!("serde_json to plain structs, one core: {plain:?}");
    let strict = reading(&path, |line| drop(parse(line).unwrap()));
    println!("the strict reader alone, one core: {strict:?}");

    let all = std::thread::available_parallelism().map_or(1, Into::into);
    for n_workers in [1, all] {
        let before = peak_memory_kb();
        let (time, n_findings) = auditing(&path, n_workers);
        let ratio = |base: Duration| time.as_secs_f64() / base.as_secs_f64();
        println!(
            "audit with {n_workers} workers: {time:?}, {n_findings} findings; {:.2} times values, {:.2} times \
             plain structs; peak memory {} MB (before: {} MB)",
            ratio(value),
            ratio(plain),
            peak_memory_kb() >> 10,
            before >> 10,
        );
    }
}

/// Writes cases that differ in name, days and votes; about one in three has a fault.
fn write_cases(path: &Path, n_cases: u64) -> u64 {
    let lawful = parse(LAWFUL).unwrap();
    let mut out = BufWriter::new(File::create(path).unwrap());
    let mut state = 20_030_609u64;
    for n in 0..n_cases {
        // The constants of a well-known linear congruential generator.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let case = vary(&lawful, n, state >> 33);
        writeln!(out, "{}", case.to_json()).unwrap();
    }
    out.flush().unwrap();
    std::fs::metadata(path).unwrap().len()
}

fn vary(lawful: &CaseFile, n: u64, chance: u64) -> CaseFile {
    let mut case = lawful.clone();
    case.case = format!("C-{n:07}");
    let later =
        |day: Option<Date>, n_days: u64| day.map(|day| day.checked_add((n_days as i64).days()).unwrap());
    case.talk_on = later(case.talk_on, chance % 7);
    match chance % 12 {
        0 => case.approval.on = later(case.approval.on, chance % 200),
        1 => case.reviews.truncate(1),
        2 => case.meeting.votes.in_favour = Some(12),
        3 => case.political_review = None,
        _ => {}
    }
    case
}

fn reading(path: &Path, read: impl Fn(&str)) -> Duration {
    let start = Instant::now();
    let mut source = BufReader::with_capacity(1 << 18, File::open(path).unwrap());
    let mut line = String::new();
    while source.read_line(&mut line).unwrap() > 0 {
        read(&line);
        line.clear();
    }
    start.elapsed()
}

fn auditing(path: &Path, n_workers: usize) -> (Duration, usize) {
    let books = Rulebooks::embedded();
    let stop = AtomicBool::new(false);
    let audit = Audit { books: &books, today: date(2004, 12, 31), n_workers, stop: &stop };
    let start = Instant::now();
    let mut n_findings = 0;
    let mut out = BufWriter::new(std::io::sink());
    let render = |file: &CaseFile, found: &[domain::audit::Found<'_>]| {
        let mut text = Vec::new();
        write_json(&mut text, &file.case, found);
        (found.len(), text)
    };
    let tally = audit_files(&audit, &[path.to_owned()], render, |met| {
        if let Met::Case((n, text)) = met {
            n_findings += n;
            out.write_all(&text)?;
        }
        Ok(())
    });
    assert_eq!(tally.unwrap().n_unreadable, 0);
    (start.elapsed(), n_findings)
}

/// The most memory the process has held so far; 0 where the system does not say.
fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
