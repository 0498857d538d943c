//! Who is on the papers: the candidate's identity number, mentors, sponsors. Names are counted and
//! never repeated in a finding.

use jiff::civil::Date;

use super::super::{Fact, Role};
use super::{Asking, Reading, Value};
use crate::case_file::Path;
use crate::id_number::{Contradiction, contradiction};

pub(super) fn identity_number(asking: &mut Asking<'_, '_>, file: &Reading<'_>) {
    let person = &file.file.person;
    let Some(found) = person.id_number.as_ref().and_then(|number| contradiction(number, person.dob)) else {
        return;
    };
    let reason = match found {
        Contradiction::Check => (
            "前17位应为数字，末位应为按前17位算出的校验码",
            "the first 17 characters must be digits and the last must be the check character they give",
        ),
        Contradiction::BirthDate => {
            ("号码中的出生日期与登记的出生日期不一致", "the birth date in it differs from the one on record")
        }
    };
    let paths = ["person.id_number", "person.dob"].map(Path::Key);
    let shown = match found {
        Contradiction::Check => &paths[..1],
        Contradiction::BirthDate => &paths[..],
    };
    asking.add(0, shown, &[(Fact::Reason, Value::Words(reason))]);
}

pub(super) fn mentor_count(asking: &mut Asking<'_, '_>, file: &Reading<'_>, minimum: u16, maximum: u16) {
    let n_mentors = file.file.mentors.len();
    if file.file.activist.on.is_some() && !(usize::from(minimum)..=usize::from(maximum)).contains(&n_mentors)
    {
        let facts = [
            (Fact::Count, count(n_mentors)),
            (Fact::Minimum, Value::Number(minimum.into())),
            (Fact::Maximum, Value::Number(maximum.into())),
        ];
        asking.add(0, &["mentors", "activist.on"].map(Path::Key), &facts);
    }
}

/// Sponsors are counted by different names; an entry without a name counts as one more.
pub(super) fn sponsor_count(asking: &mut Asking<'_, '_>, file: &Reading<'_>, due: u16) {
    let sponsors = &file.file.sponsors;
    if file.file.meeting.on.is_none() {
        return;
    }
    let mut names: Vec<&str> = sponsors.iter().filter_map(|sponsor| sponsor.name.as_deref()).collect();
    let n_nameless = sponsors.len() - names.len();
    names.sort_unstable();
    names.dedup();
    let n_sponsors = names.len() + n_nameless;
    if n_sponsors != usize::from(due) {
        let facts = [(Fact::Count, count(n_sponsors)), (Fact::Minimum, Value::Number(due.into()))];
        asking.add(0, &["sponsors", "meeting.on"].map(Path::Key), &facts);
    }
}

pub(super) fn full_member(asking: &mut Asking<'_, '_>, file: &Reading<'_>, role: Role) {
    let case = file.file;
    match role {
        Role::Mentor => {
            for (position, mentor) in case.mentors.iter().enumerate() {
                let entry = Entry { role, position, since: mentor.full_member_since, named_on: mentor.from };
                judge_entry(asking, &entry, case.activist.on);
            }
        }
        Role::Sponsor => {
            for (position, sponsor) in case.sponsors.iter().enumerate() {
                let since = sponsor.full_member_since;
                let entry = Entry { role, position, since, named_on: sponsor.named_on };
                judge_entry(asking, &entry, case.meeting.on);
            }
        }
    }
}

struct Entry {
    role: Role,
    position: usize,
    since: Option<Date>,
    named_on: Option<Date>,
}

fn judge_entry(asking: &mut Asking<'_, '_>, entry: &Entry, else_by: Option<Date>) {
    let is_eligible = match (entry.since, entry.named_on) {
        (Some(since), Some(named_on)) => since <= named_on,
        (Some(_), None) => true,
        (None, _) => false,
    };
    if is_eligible || !asking.judges(entry.named_on.or(else_by)) {
        return;
    }
    let (list, named) = match entry.role {
        Role::Mentor => ("mentors", "from"),
        Role::Sponsor => ("sponsors", "named_on"),
    };
    let paths = ["full_member_since", named].map(|key| Path::Entry(list, entry.position, key));
    let facts = [
        (Fact::Nth, count(entry.position + 1)),
        (Fact::Day, entry.named_on.map_or(Value::Absent, Value::Day)),
        (Fact::Since, entry.since.map_or(Value::Absent, Value::Day)),
    ];
    asking.add(entry.position, &paths, &facts);
}

fn count(n: usize) -> Value {
    Value::Number(i64::try_from(n).unwrap_or(i64::MAX))
}
