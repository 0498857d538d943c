//! What holds for every admission file, however strange.

use std::sync::LazyLock;

use domain::audit::judge;
use domain::case_file::{
    Amount, Approval, CaseFile, Confirmation, ConfirmationMeeting, Course, Examination, Listing, LocalPack,
    Meeting, Mentor, Notice, Outcome, Person, Sponsor, Stage, Votes, parse,
};
use domain::rulebook::Rulebooks;
use jiff::civil::{Date, date};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

static BOOKS: LazyLock<Rulebooks> = LazyLock::new(Rulebooks::embedded);

/// Days around the changes of editions and month ends, and any other.
fn day() -> impl Strategy<Value = Date> {
    let any = (1900i16..=2099, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| date(year, month, day));
    let near = (2003i16..=2004, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| date(year, month, day));
    let edges = prop::sample::select(vec![
        date(1900, 1, 1),
        date(2004, 2, 29),
        date(2014, 5, 27),
        date(2014, 5, 28),
        date(2026, 5, 10),
        date(2026, 5, 11),
        date(2099, 12, 31),
    ]);
    prop_oneof![3 => near, 1 => any, 1 => edges]
}

fn name() -> impl Strategy<Value = Option<String>> {
    of("[甲乙]?")
}

fn count() -> impl Strategy<Value = Option<i32>> {
    of(prop_oneof![4 => 0i32..30, 1 => -1_000_000i32..=1_000_000])
}

fn votes() -> impl Strategy<Value = Votes> {
    let counts = (count(), count(), count(), count(), count(), count());
    (counts, of(any::<bool>()), of(any::<bool>())).prop_map(|(counts, secret, signed)| {
        let (due, present, in_favour, against, abstain, written_for) = counts;
        Votes { due, present, in_favour, against, abstain, written_for, secret, signed }
    })
}

fn confirmation() -> impl Strategy<Value = Confirmation> {
    let outcome = prop::sample::select(vec![Outcome::Confirm, Outcome::Extend, Outcome::Cancel]);
    let meeting =
        (day(), outcome, of(0u16..=120), votes()).prop_map(|(on, outcome, extend_months, votes)| {
            ConfirmationMeeting { on, outcome, extend_months, votes }
        });
    (of(day()), vec(meeting, 0..4), of(day())).prop_map(|(applied_on, meetings, approval_on)| Confirmation {
        applied_on,
        meetings,
        approval_on,
    })
}

/// An object that is all absent reads as none, so none is made.
fn present<T: Default + PartialEq>(record: T) -> Option<T> {
    (record != T::default()).then_some(record)
}

fn papers() -> impl Strategy<Value = CaseFile> {
    let examination = || (of(day()), of(any::<bool>())).prop_map(|(on, passed)| Examination { on, passed });
    let course = (of(day()), of(day()), of(0u64..50), of(0u64..50), of(day()), of(any::<bool>()), of(day()))
        .prop_map(|(from, to, days, hours, exam_on, passed, certificate_on)| Course {
            from,
            to,
            days: days.and_then(Amount::whole),
            hours: hours.and_then(Amount::whole),
            exam_on,
            passed,
            certificate_on,
        });
    let stage = prop::sample::select(vec![Stage::Target, Stage::Admission, Stage::Confirmation]);
    let notice = (stage, of(day()), of(day())).prop_map(|(stage, from, to)| Notice { stage, from, to });
    let notices = vec(notice, 0..4);
    (examination(), course, examination(), notices, of(day())).prop_map(
        |(review, course, examination, notices, form_on)| CaseFile {
            political_review: present(review),
            course: present(course),
            pre_examination: present(examination),
            notices,
            form_on,
            ..CaseFile::default()
        },
    )
}

fn people() -> impl Strategy<Value = CaseFile> {
    let mentor = (name(), of(day()), of(day())).prop_map(|(name, from, full_member_since)| Mentor {
        name,
        from,
        full_member_since,
    });
    let sponsor = (name(), of(day()), of(day())).prop_map(|(name, named_on, full_member_since)| Sponsor {
        name,
        named_on,
        full_member_since,
    });
    let mentors = vec(mentor.prop_filter("not blank", |mentor| *mentor != Mentor::default()), 0..4);
    let sponsors = vec(sponsor.prop_filter("not blank", |sponsor| *sponsor != Sponsor::default()), 0..4);
    (of(day()), of(r"[0-9]{6}(19|20)[0-9]{2}[01][0-9]{6}[0-9Xx]|[0-9]{15}|\PC{0,20}"), mentors, sponsors)
        .prop_map(|(dob, id_number, mentors, sponsors)| CaseFile {
            person: Person { dob, id_number },
            mentors,
            sponsors,
            ..CaseFile::default()
        })
}

fn file() -> impl Strategy<Value = CaseFile> {
    let days = (of(day()), of(day()), of(day()), of(day()), of(day()), of(day()), of(day()), of(day()));
    let rest = (of(day()), of(day()), vec(day(), 0..6), votes(), confirmation(), any::<bool>());
    (days, rest, people(), papers()).prop_map(|(days, rest, people, papers)| {
        let (as_of, applied_on, talk_on, activist_on, target_on, meeting_on, approval_on, oath_on) = days;
        let (approval_talk_on, probation_from, reviews, votes, confirmation, is_local) = rest;
        CaseFile {
            case: "案\"\\1".to_owned(),
            as_of,
            local: if is_local { vec![LocalPack::SourcePlan] } else { Vec::new() },
            person: people.person,
            mentors: people.mentors,
            sponsors: people.sponsors,
            applied_on,
            talk_on,
            activist: Listing { on: activist_on },
            reviews,
            target: Listing { on: target_on },
            meeting: Meeting { on: meeting_on, votes },
            approval_talk_on,
            approval: Approval { on: approval_on, probation_from, probation_to: probation_from },
            oath_on,
            confirmation,
            ..papers
        }
    })
}

proptest! {
    #[test]
    fn a_file_survives_its_own_text(file in file()) {
        prop_assert_eq!(parse(&file.to_json()), Ok(file));
    }

    #[test]
    fn findings_are_in_order_each_in_its_own_place_and_in_words(file in file()) {
        let books = &*BOOKS;
        let found = judge(&file, books, date(2026, 11, 23));
        let places: Vec<_> = found.iter().map(|finding| (finding.rule.as_str(), finding.occurrence)).collect();
        prop_assert!(places.is_sorted_by(|a, b| a < b), "{:?}", places);
        for finding in &found {
            prop_assert!(!finding.fields.is_empty() && books.edition(&finding.edition).is_some());
            let is_filled = [&finding.text.zh, &finding.text.en].iter().all(|text| !text.contains(['{', '}']));
            prop_assert!(is_filled, "a place is left open");
        }
    }

    /// Nobody's finding changes because the program reads a day later, once the file names its day.
    #[test]
    fn a_file_that_names_its_day_does_not_ask_for_today(file in file(), today in day()) {
        let dated = CaseFile { as_of: file.as_of.or(Some(date(2004, 12, 31))), ..file };
        prop_assert_eq!(judge(&dated, &BOOKS, today), judge(&dated, &BOOKS, date(1950, 1, 1)));
    }
}
