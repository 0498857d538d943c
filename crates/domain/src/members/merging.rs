//! Two entries for one person (重复登记): the one that ends is closed and names the one that stays. Both
//! histories stay readable; nothing of the one that stays changes.

use super::{Desk, Known};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::event::{Fact, PersonMerged};
use crate::id_number::IdNumber;
use crate::offices::{OfficeRule, stage, words};
use crate::person::Stage;
use crate::text::Text;

pub(super) fn merge(mut desk: Desk<'_>, known: &Known, merged: &PersonMerged) -> Consideration {
    let gone = &known.person;
    desk.check_reason(&merged.reason);
    desk.check_here(known);
    if merged.into == gone.id {
        desk.find(OfficeRule::MergeItself, "into", &[]);
        return desk.reasons.answer(Vec::new);
    }
    let Some(stays) = &desk.ground.other else {
        desk.find(OfficeRule::MergeUnknown, "into", &[]);
        return desk.reasons.answer(Vec::new);
    };
    if stays.merged_into.is_some() {
        desk.find(OfficeRule::EntryMerged, "into", &[]);
        return desk.reasons.answer(Vec::new);
    }
    check_stays(&mut desk, stays);
    if known.file.is_some() {
        desk.find(OfficeRule::MergeFile, "into", &[]);
    }
    if !known.posts.is_empty() {
        let n = i64::try_from(known.posts.len()).unwrap_or(i64::MAX);
        desk.find(OfficeRule::MergeHoldsPost, "into", &[("n", At::Number(n))]);
    }
    let (left, kept) = (gone.stage, stays.person.stage);
    if left != Stage::Former && kept != Stage::Former && left > kept {
        let values = [("gone", words(&stage(left))), ("stays", words(&stage(kept)))];
        desk.find(OfficeRule::MergeStage, "into", &values);
    }
    if gone.is_under_sanction != stays.person.is_under_sanction {
        desk.find(OfficeRule::MergeSanction, "into", &[]);
    }
    compare(&mut desk, known, stays);
    let fact = Fact::of_person(gone.id, gone.unit, desk.on, merged.clone());
    desk.reasons.answer(|| vec![fact])
}

/// The entry that stays is one that things can still be recorded about.
fn check_stays(desk: &mut Desk<'_>, stays: &Known) {
    if stays.person.stage == Stage::Former {
        desk.find(OfficeRule::HasLeft, "into", &[]);
    }
    if let Some(letter) = &stays.letter {
        desk.find(OfficeRule::OnTheWay, "into", &[("day", At::Day(letter.sent_on))]);
    }
}

/// What speaks against one person: two numbers refuse, the rest asks for a second look.
fn compare(desk: &mut Desk<'_>, gone: &Known, stays: &Known) {
    let (a, b) = (&gone.person.particulars, &stays.person.particulars);
    let number = |text: &str| IdNumber::parse(text.trim()).ok();
    if let (Some(a), Some(b)) = (number(&a.id_number), number(&b.id_number))
        && a != b
    {
        desk.find(OfficeRule::MergeNumbers, "into", &[]);
    }
    let pairs = [
        (a.name.trim() != b.name.trim(), Text::new("姓名", "the name")),
        (a.born_on != b.born_on, Text::new("出生日期", "the day of birth")),
        (a.sex != b.sex, Text::new("性别", "the sex")),
    ];
    for (differs, what) in pairs {
        if differs {
            desk.find(OfficeRule::MergeDiffers, "into", &[("what", words(&what))]);
        }
    }
}
