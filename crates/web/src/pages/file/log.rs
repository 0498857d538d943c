//! The entries of a file with their two clocks.

use std::collections::HashMap;

use domain::case::{Case, CaseEvent, Logged, Standing};
use domain::dates::Lateness;
use domain::ids::AccountId;
use domain::rulebook;
use jiff::civil::Date;

use super::{account_name, kind_name};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::words::Words;

/// Entries shown before the years are folded.
const FIRST: usize = 12;

/// The entries: the latest, and the earlier ones by the year in which they were written down.
pub(super) struct Log {
    pub(super) n: usize,
    pub(super) latest: Vec<LogLine>,
    pub(super) years: Vec<(i16, Vec<LogLine>)>,
}

pub(super) struct LogLine {
    pub(super) what: String,
    pub(super) occurred_on: Date,
    pub(super) recorded_on: Date,
    pub(super) recorded_time: String,
    pub(super) lateness: Option<String>,
    pub(super) reason: String,
    pub(super) standing: Option<String>,
    pub(super) by: String,
    pub(super) id: String,
    pub(super) noted: Vec<String>,
    /// Ways to put the entry right and to void it, for whoever may.
    pub(super) mend: Option<(String, String)>,
}

impl Log {
    fn of(mut lines: Vec<LogLine>) -> Self {
        let n = lines.len();
        // A few more than fit are not worth folding.
        let earlier = if n > FIRST + FIRST / 2 { lines.split_off(FIRST) } else { Vec::new() };
        let mut years: Vec<(i16, Vec<LogLine>)> = Vec::new();
        for line in earlier {
            let year = line.recorded_on.year();
            match years.last_mut() {
                Some((last, lines)) if *last == year => lines.push(line),
                Some(_) | None => years.push((year, vec![line])),
            }
        }
        Log { n, latest: lines, years }
    }
}

/// The entries, the newest first. A long log shows the latest and keeps the others folded by year.
pub(super) fn log(
    site: &Site,
    t: Words,
    case: &Case,
    edition: &rulebook::Edition,
    may_mend: bool,
) -> Result<Log, Trouble> {
    let mut lines = Vec::with_capacity(case.log().len());
    // Few accounts write most of a file.
    let mut names: HashMap<AccountId, String> = HashMap::new();
    for logged in case.log().iter().rev() {
        let event = logged.recorded.event_id;
        let is_entry = logged.event().is_some_and(|entry| !entry.change.is_amending());
        let way = |kind: &str| format!("/files/{}/acts/{kind}?event={event}", case.id);
        let mend = (may_mend && is_entry && logged.counts())
            .then(|| (way("case.corrected"), way("case.invalidated")));
        let actor = logged.recorded.actor;
        let by = match names.get(&actor) {
            Some(name) => name.clone(),
            None => names.entry(actor).or_insert(account_name(site, t, actor)?).clone(),
        };
        lines.push(LogLine { mend, by, ..log_line(t, edition, logged) });
    }
    Ok(Log::of(lines))
}

fn log_line(t: Words, edition: &rulebook::Edition, logged: &Logged) -> LogLine {
    let recorded = &logged.recorded;
    let entry = logged.event().map(|event: &CaseEvent| event.entry.clone()).unwrap_or_default();
    let lateness = match recorded.lateness {
        Lateness::OnTime => None,
        late @ (Lateness::Late | Lateness::VeryLate | Lateness::Legacy) => {
            Some(t.word("lateness", late.as_str()))
        }
    };
    let standing = match logged.standing {
        Standing::AsWritten => None,
        Standing::Corrected(_) => Some(t.say("file-corrected")),
        Standing::Void(_) => Some(t.say("file-void")),
    };
    let minutes = recorded.recorded_at.0.div_euclid(60_000) + 8 * 60;
    LogLine {
        what: kind_name(t, edition, recorded.fact.event.kind()),
        occurred_on: logged.effective.occurred_on,
        recorded_on: recorded.recorded_on,
        recorded_time: format!("{:02}:{:02}", minutes.rem_euclid(1440) / 60, minutes.rem_euclid(60)),
        lateness,
        reason: entry.reason.unwrap_or_default(),
        standing,
        by: String::new(),
        id: recorded.event_id.to_string(),
        noted: entry.noted,
        mend: None,
    }
}
