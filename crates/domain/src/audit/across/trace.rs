//! What is kept of a file for the comparison: its name, and of everything else days, counts and
//! digests, so that a million files fit into memory and no content stays there.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::civil::Date;

use crate::case_file::{CaseFile, Votes};
use crate::dates::days_between;
use crate::id_number::IdNumber;

/// What is kept of one file.
#[derive(Debug, Clone)]
pub struct Trace {
    pub(super) case: Box<str>,
    pub(super) as_of: Date,
    pub(super) vouchings: Box<[Vouching]>,
    pub(super) meeting_on: Option<Date>,
    pub(super) votes: Votes,
    /// The sponsors, whatever their order; nothing with a nameless one.
    pub(super) sponsors: Option<u64>,
    pub(super) identity: Option<u64>,
    /// The number at the end of the name, and a digest of what stands before it.
    pub(super) number: Option<(u64, u64)>,
    pub(super) applied_on: Option<Date>,
    /// All days of the process, and the intervals between them; nothing when there are few.
    pub(super) days: Option<Days>,
}

/// A named mentor or sponsor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vouching {
    pub(super) name: u64,
    pub(super) is_sponsor: bool,
    pub(super) position: u32,
    /// Which of all entries of the file, mentors first.
    pub(super) occurrence: u32,
    pub(super) named_on: Option<Date>,
    /// The admitting meeting at which a sponsor votes.
    pub(super) voted_on: Option<Date>,
    pub(super) since: Option<Date>,
}

/// Digests of the days of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    pub(super) first: Date,
    pub(super) absolute: u64,
    pub(super) intervals: u64,
}

/// Fewer days than this say nothing by being the same.
const N_DAYS: usize = 8;

impl Trace {
    /// Keeps what the comparison needs of a file.
    #[must_use]
    pub fn of(file: &CaseFile, today: Date) -> Self {
        Trace {
            case: file.case.as_str().into(),
            as_of: file.as_of.unwrap_or(today),
            vouchings: vouchings(file),
            meeting_on: file.meeting.on,
            votes: file.meeting.votes,
            sponsors: sponsors(file),
            identity: file.person.id_number.as_deref().and_then(identity),
            number: number(&file.case),
            applied_on: file.applied_on,
            days: days(file),
        }
    }
}

impl Vouching {
    /// The place of one of its keys.
    pub(super) fn path(&self, key: &str) -> String {
        let list = if self.is_sponsor { "sponsors" } else { "mentors" };
        format!("{list}.{}.{key}", self.position)
    }

    pub(super) fn key_of_day(&self) -> &'static str {
        if self.is_sponsor { "named_on" } else { "from" }
    }
}

fn vouchings(file: &CaseFile) -> Box<[Vouching]> {
    let mentors = file.mentors.iter().map(|m| (false, &m.name, m.from, m.full_member_since));
    let sponsors = file.sponsors.iter().map(|s| (true, &s.name, s.named_on, s.full_member_since));
    let n_mentors = file.mentors.len();
    let all = mentors.chain(sponsors).enumerate();
    let named = all.filter_map(|(place, (is_sponsor, name, named_on, since))| {
        let position = if is_sponsor { place - n_mentors } else { place };
        Some(Vouching {
            name: digest(name.as_deref().filter(|name| !name.is_empty())?),
            is_sponsor,
            position: position.try_into().ok()?,
            occurrence: place.try_into().ok()?,
            named_on,
            voted_on: file.meeting.on.filter(|_| is_sponsor),
            since,
        })
    });
    named.collect()
}

fn sponsors(file: &CaseFile) -> Option<u64> {
    let names = file.sponsors.iter().map(|sponsor| sponsor.name.as_deref());
    let mut names: Vec<&str> = names.collect::<Option<_>>()?;
    names.sort_unstable();
    (!names.is_empty()).then(|| digest(&names))
}

fn identity(text: &str) -> Option<u64> {
    IdNumber::parse(text).ok().map(|number| digest(number.reveal()))
}

fn number(name: &str) -> Option<(u64, u64)> {
    let prefix = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = name[prefix.len()..].parse().ok()?;
    Some((digest(prefix), number))
}

fn days(file: &CaseFile) -> Option<Days> {
    let course = file.course.unwrap_or_default();
    let all = [
        file.applied_on,
        file.talk_on,
        file.activist.on,
        file.target.on,
        file.political_review.and_then(|review| review.on),
        course.from,
        course.to,
        file.pre_examination.and_then(|examination| examination.on),
        file.form_on,
        file.meeting.on,
        file.approval_talk_on,
        file.approval.on,
        file.oath_on,
        file.confirmation.applied_on,
        file.confirmation.approval_on,
    ];
    let first = all.iter().flatten().copied().min()?;
    if all.iter().flatten().count() + file.reviews.len() < N_DAYS {
        return None;
    }
    let after = |day: Date| days_between(first, day);
    let intervals: Vec<_> = all.iter().map(|day| day.map(after)).collect();
    let reviews: Vec<_> = file.reviews.iter().copied().map(after).collect();
    let intervals = digest(&(intervals, reviews));
    Some(Days { first, absolute: digest(&(first, intervals)), intervals })
}

/// A digest for comparing within one run; never written down.
fn digest(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
