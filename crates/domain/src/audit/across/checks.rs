//! The comparisons. Each sorts what it compares, so that the answer does not depend on chance, and
//! names the other file as its evidence.

use jiff::civil::Date;

use super::Pattern;
use super::trace::{Trace, Vouching};
use crate::case_file::Votes;
use crate::text::Text;

/// From how many files on all days the same are a pattern. A group that applied, was trained and
/// admitted together shares some days, but hardly all.
const N_SAME_DAYS: usize = 5;

/// From how many files on a series of numbers shows whether it follows the days.
const N_SERIES: usize = 10;

/// From how many different days on equal votes or intervals are a pattern.
const N_DIFFERENT_DAYS: usize = 3;

/// X01 and X02: what files say of the same name.
pub(super) fn names(traces: &[Trace], patterns: &mut Vec<Pattern>) {
    let mut entries: Vec<(u64, usize, Vouching)> = Vec::new();
    for (trace, file) in traces.iter().enumerate() {
        entries.extend(file.vouchings.iter().map(|vouching| (vouching.name, trace, *vouching)));
    }
    entries.sort_by_key(|(name, trace, vouching)| (*name, *trace, vouching.occurrence));
    for group in entries.chunk_by(|a, b| a.0 == b.0) {
        let dated = |entry: &&(u64, usize, Vouching)| entry.2.since.is_some();
        let Some(first) = group.iter().find(dated) else { continue };
        let Some(latest) = group.iter().filter(dated).max_by_key(|entry| entry.2.since) else { continue };
        for (_, trace, vouching) in group {
            member_since(traces, *trace, vouching, first, patterns);
            not_yet_member(traces, *trace, vouching, latest, patterns);
        }
    }
}

fn member_since(
    traces: &[Trace],
    trace: usize,
    vouching: &Vouching,
    (_, other, first): &(u64, usize, Vouching),
    patterns: &mut Vec<Pattern>,
) {
    let (Some(since), Some(before)) = (vouching.since, first.since) else { return };
    if since == before {
        return;
    }
    let other = traces[*other].case.escape_debug();
    patterns.push(Pattern {
        trace,
        rule: "X01.member_since_differs",
        occurrence: vouching.occurrence,
        fields: vec![vouching.path("full_member_since")],
        on: vouching.named_on,
        text: Text::new(
            format!("同名者转为正式党员的日期不一致：此处为{since}，档案“{other}”为{before}。"),
            format!("The same name became a full member on {since} here and on {before} in file “{other}”."),
        ),
        remedy: Text::new(
            "请核对是否同一人；是同一人的，以其本人档案为准更正。",
            "Find out whether it is one person; if so, correct by that person's own file.",
        ),
    });
}

/// What the file itself says is the business of V06; here another file contradicts it.
fn not_yet_member(
    traces: &[Trace],
    trace: usize,
    vouching: &Vouching,
    (_, other, latest): &(u64, usize, Vouching),
    patterns: &mut Vec<Pattern>,
) {
    let (Some(since), Some(later)) = (vouching.since, latest.since) else { return };
    if vouching.named_on.is_some_and(|named_on| since > named_on) {
        return;
    }
    let too_early = |day: Option<Date>| day.filter(|day| *day < later);
    let other = traces[*other].case.escape_debug();
    // A sponsor votes; where no day of naming is written, the day of the vote tells.
    let (on, field, text) = if let Some(on) = too_early(vouching.named_on) {
        let zh = format!("{on}确定时，按档案“{other}”同名者要到{later}才转为正式党员。");
        let en =
            format!("Named on {on}, but by file “{other}” the same name became a full member on {later}.");
        (on, vouching.path(vouching.key_of_day()), Text::new(zh, en))
    } else if let Some(on) = too_early(vouching.voted_on) {
        let zh = format!("{on}参加表决时，按档案“{other}”同名者要到{later}才转为正式党员。");
        let en =
            format!("Voted on {on}, but by file “{other}” the same name became a full member on {later}.");
        (on, "meeting.on".to_owned(), Text::new(zh, en))
    } else {
        return;
    };
    patterns.push(Pattern {
        trace,
        rule: "X02.not_yet_member",
        occurrence: vouching.occurrence,
        fields: vec![field, vouching.path("full_member_since")],
        on: Some(on),
        text,
        remedy: Text::new(
            "请核对是否同一人及其转正日期；当时不是正式党员的，应另行确定。",
            "Find out whether it is one person and since when a full member; if not yet one then, name another.",
        ),
    });
}

/// X03 and X04: one sponsor on one day belongs to one meeting.
pub(super) fn meetings(traces: &[Trace], patterns: &mut Vec<Pattern>) {
    let mut seats: Vec<(u64, Date, usize, i32)> = Vec::new();
    for (trace, file) in traces.iter().enumerate() {
        if let (Some(on), Some(due)) = (file.meeting_on, file.votes.due) {
            let sponsors = file.vouchings.iter().filter(|vouching| vouching.is_sponsor);
            seats.extend(sponsors.map(|sponsor| (sponsor.name, on, trace, due)));
        }
    }
    seats.sort_unstable();
    // A file has two sponsors as a rule; it is mentioned once.
    let (mut elsewhere, mut outvoted) = (Vec::new(), Vec::new());
    for group in seats.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let Some((_, _, first, due)) = group.first() else { continue };
        let fewest =
            group.iter().min_by_key(|seat| (seat.3, seat.2)).map_or((*first, *due), |seat| (seat.2, seat.3));
        for (_, _, trace, here) in group {
            if here != due {
                elsewhere.push((*trace, *first, *here, *due));
            }
            let n_votes = n_votes(&traces[*trace].votes);
            // More votes than the file's own members is the business of V11.
            if *here > fewest.1 && n_votes > i64::from(fewest.1) {
                outvoted.push((*trace, fewest.0, n_votes, fewest.1));
            }
        }
    }
    elsewhere.sort_unstable();
    elsewhere.dedup_by_key(|found| found.0);
    outvoted.sort_unstable();
    outvoted.dedup_by_key(|found| found.0);
    patterns.extend(elsewhere.into_iter().map(|found| two_meetings(traces, found)));
    patterns.extend(outvoted.into_iter().map(|found| more_votes(traces, found)));
}

fn two_meetings(traces: &[Trace], (trace, other, here, there): (usize, usize, i32, i32)) -> Pattern {
    let other = traces[other].case.escape_debug();
    Pattern {
        trace,
        rule: "X03.two_meetings_one_day",
        occurrence: 0,
        fields: vec!["meeting.on".into(), "meeting.due".into(), "sponsors".into()],
        on: traces[trace].meeting_on,
        text: Text::new(
            format!("同名介绍人同日出席两个会议：此处应到{here}人，档案“{other}”应到{there}人。"),
            format!(
                "The same sponsor is at two meetings of one day: {here} entitled here, {there} in file “{other}”."
            ),
        ),
        remedy: Text::new(
            "请核对会议记录与签到；确为同一会议的，更正应到人数。",
            "Compare minutes and attendance; if it was one meeting, correct the number entitled.",
        ),
    }
}

fn more_votes(traces: &[Trace], (trace, other, n_votes, due): (usize, usize, i64, i32)) -> Pattern {
    let other = traces[other].case.escape_debug();
    Pattern {
        trace,
        rule: "X04.more_votes_than_members",
        occurrence: 0,
        fields: vec!["meeting.for".into(), "meeting.against".into(), "meeting.abstain".into()],
        on: traces[trace].meeting_on,
        text: Text::new(
            format!("票数{n_votes}多于档案“{other}”所记同日会议的应到人数{due}。"),
            format!("{n_votes} votes, but file “{other}” gives {due} entitled at the meeting of that day."),
        ),
        remedy: Text::new(
            "请核对党员名册、会议记录和选票。",
            "Compare the register of members, the minutes and the ballots.",
        ),
    }
}

/// X05: the same sponsors and the same uneven vote, on different days.
pub(super) fn minutes(traces: &[Trace], patterns: &mut Vec<Pattern>) {
    let mut minutes: Vec<_> = traces
        .iter()
        .enumerate()
        .filter_map(|(trace, file)| Some((file.sponsors?, uneven(&file.votes)?, file.meeting_on?, trace)))
        .collect();
    minutes.sort_unstable();
    for group in minutes.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let n_days = group.chunk_by(|a, b| a.2 == b.2).count();
        if n_days < N_DIFFERENT_DAYS {
            continue;
        }
        let files: Vec<usize> = group.iter().map(|minute| minute.3).collect();
        patterns.extend(group.iter().map(|(_, _, on, trace)| {
            let other = another(traces, &files, *trace);
            Pattern {
                trace: *trace,
                rule: "X05.identical_minutes",
                occurrence: 0,
                fields: ["meeting.present", "meeting.for", "sponsors"].map(str::to_owned).to_vec(),
                on: Some(*on),
                text: Text::new(
                    format!("相同介绍人、相同票数的会议出现在{n_days}个不同日期，另见档案“{other}”。"),
                    format!("The same sponsors and the same figures on {n_days} different days; see file “{other}”."),
                ),
                remedy: Text::new(
                    "请调阅各次会议的原始记录、签到和选票进行核对。",
                    "Compare the original minutes, attendance and ballots of each meeting.",
                ),
            }
        }));
    }
}

/// X06 and X07: files whose days, or the intervals between them, are all the same.
pub(super) fn days(traces: &[Trace], patterns: &mut Vec<Pattern>) {
    let mut days: Vec<_> = traces
        .iter()
        .enumerate()
        .filter_map(|(trace, file)| file.days.map(|days| (days.intervals, days.first, days.absolute, trace)))
        .collect();
    days.sort_unstable();
    for group in days.chunk_by(|a, b| a.0 == b.0) {
        let files: Vec<usize> = group.iter().map(|file| file.3).collect();
        let n_starts = group.chunk_by(|a, b| a.1 == b.1).count();
        if n_starts >= N_DIFFERENT_DAYS {
            patterns.extend(files.iter().map(|trace| same_intervals(traces, *trace, &files, n_starts)));
        }
        for same in group.chunk_by(|a, b| a.2 == b.2).filter(|same| same.len() >= N_SAME_DAYS) {
            let files: Vec<usize> = same.iter().map(|file| file.3).collect();
            patterns.extend(files.iter().map(|trace| same_days(traces, *trace, &files)));
        }
    }
}

fn same_intervals(traces: &[Trace], trace: usize, files: &[usize], n_starts: usize) -> Pattern {
    let other = another(traces, files, trace);
    Pattern {
        trace,
        rule: "X07.same_intervals",
        occurrence: 0,
        fields: vec!["applied_on".into()],
        on: None,
        text: Text::new(
            format!("{n_starts}个不同起始日期的档案，各步骤间隔天数完全相同，另见档案“{other}”。"),
            format!(
                "Files with {n_starts} different first days have the same intervals throughout; see “{other}”."
            ),
        ),
        remedy: Text::new(
            "请抽查原始材料，核对是否照抄日期。",
            "Look at the original papers for days that were copied.",
        ),
    }
}

fn same_days(traces: &[Trace], trace: usize, files: &[usize]) -> Pattern {
    let (n_files, other) = (files.len(), another(traces, files, trace));
    Pattern {
        trace,
        rule: "X06.same_days",
        occurrence: 0,
        fields: vec!["applied_on".into()],
        on: None,
        text: Text::new(
            format!("{n_files}份档案的全部日期相同，另见档案“{other}”。"),
            format!("{n_files} files have all their days in common; see file “{other}”."),
        ),
        remedy: Text::new(
            "请核对材料是否一次性补填，补填的应注明。",
            "Find out whether the papers were filled in at one sitting; if so, it has to be noted.",
        ),
    }
}

/// X08: numbers that follow the days of application, but for a few.
pub(super) fn numbers(traces: &[Trace], patterns: &mut Vec<Pattern>) {
    let mut numbers: Vec<_> = traces
        .iter()
        .enumerate()
        .filter_map(|(trace, file)| file.number.zip(file.applied_on).map(|(number, on)| (number, trace, on)))
        .collect();
    numbers.sort_unstable();
    for series in numbers.chunk_by(|a, b| a.0.0 == b.0.0).filter(|series| series.len() >= N_SERIES) {
        let mut latest = (series[0].1, series[0].2);
        let mut behind = Vec::new();
        for (_, trace, on) in series {
            if *on < latest.1 {
                behind.push((*trace, *on, latest));
            } else {
                latest = (*trace, *on);
            }
        }
        // Where numbers do not follow the days at all, being out of sequence means nothing.
        if behind.len() * 10 <= series.len() {
            patterns.extend(behind.into_iter().map(|found| out_of_sequence(traces, found)));
        }
    }
}

fn out_of_sequence(traces: &[Trace], (trace, on, (other, latest)): (usize, Date, (usize, Date))) -> Pattern {
    let other = traces[other].case.escape_debug();
    Pattern {
        trace,
        rule: "X08.number_out_of_sequence",
        occurrence: 0,
        fields: vec!["case".into(), "applied_on".into()],
        on: Some(on),
        text: Text::new(
            format!("编号在档案“{other}”之后，申请日期{on}却早于其{latest}。"),
            format!(
                "The number follows that of file “{other}”, but the application of {on} is earlier than {latest}."
            ),
        ),
        remedy: Text::new(
            "请核对编号登记和申请书原件的日期。",
            "Compare the register of numbers with the day on the application itself.",
        ),
    }
}

/// X09: one identity number in two files.
pub(super) fn identities(traces: &[Trace], patterns: &mut Vec<Pattern>) {
    let numbered = traces.iter().enumerate();
    let mut numbers: Vec<_> =
        numbered.filter_map(|(trace, file)| file.identity.map(|number| (number, trace))).collect();
    numbers.sort_unstable();
    for group in numbers.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
        let files: Vec<usize> = group.iter().map(|number| number.1).collect();
        patterns.extend(files.iter().map(|trace| {
            let other = another(traces, &files, *trace);
            Pattern {
                trace: *trace,
                rule: "X09.identity_twice",
                occurrence: 0,
                fields: vec!["person.id_number".into()],
                on: None,
                text: Text::new(
                    format!("同一身份证号码还出现在档案“{other}”中。"),
                    format!("The same identity number stands in file “{other}” too."),
                ),
                remedy: Text::new(
                    "请核对是否重复建档或冒用号码。",
                    "Find out whether there are two files for one person or a number was misused.",
                ),
            }
        }));
    }
}

/// The first file of a group that is not this one.
fn another(traces: &[Trace], files: &[usize], trace: usize) -> String {
    let other = files.iter().copied().filter(|file| *file != trace).min().unwrap_or(trace);
    traces[other].case.escape_debug().to_string()
}

fn n_votes(votes: &Votes) -> i64 {
    let counts = [votes.in_favour, votes.against, votes.abstain, votes.written_for];
    counts.iter().flatten().map(|count| i64::from(*count)).sum()
}

/// The figures of a vote that was neither complete nor unanimous; those that were are alike anyway.
fn uneven(votes: &Votes) -> Option<[i32; 5]> {
    let (due, present, in_favour) = (votes.due?, votes.present?, votes.in_favour?);
    let (against, abstain) = (votes.against.unwrap_or(0), votes.abstain.unwrap_or(0));
    (present != due && in_favour != present).then_some([due, present, in_favour, against, abstain])
}
