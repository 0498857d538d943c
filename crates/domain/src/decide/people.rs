//! Are the people eligible who vouch for a candidate. The lists themselves (one or two mentors, two
//! sponsors) are judged by the rulebook.

use super::checking::{At, Checking};
use super::rules::ActRule;
use crate::case::Change;
use crate::ids::PersonId;
use crate::person::Stage;
use crate::record::{Record, Voucher};
use crate::text::Text;

pub(super) fn check(checking: &mut Checking<'_>) {
    match &checking.act.change {
        Change::Completed(Record::Mentors(named)) => check_all(checking, "mentors", &named.mentors, mentor()),
        Change::Completed(Record::Sponsors(named)) => {
            check_all(checking, "sponsors", &named.sponsors, sponsor());
        }
        Change::MentorReplaced(change) => {
            let leaving = &change.leaving;
            let is_mentor =
                checking.case.mentors().iter().any(|mentor| {
                    mentor.voucher.person == leaving.person && mentor.voucher.name == leaving.name
                });
            if !is_mentor {
                checking.find(ActRule::PersonUnknown, "leaving", &[]);
            }
            if let Some(joining) = &change.joining {
                check_one(checking, "joining", joining, &mentor());
            }
        }
        Change::Completed(_)
        | Change::Opened(_)
        | Change::ThoughtReported(_)
        | Change::NoticeOpened(_)
        | Change::NoticeClosed(_)
        | Change::ObjectionsSettled(_)
        | Change::Suspended(_)
        | Change::Resumed(_)
        | Change::StepReturned(_)
        | Change::FaultAcknowledged(_)
        | Change::TransferSent(_)
        | Change::TransferReceived(_)
        | Change::Ended(_)
        | Change::PaperAttached(_)
        | Change::Corrected(_)
        | Change::Invalidated(_) => {}
    }
}

fn mentor() -> Text {
    Text::new("培养联系人", "mentor")
}

fn sponsor() -> Text {
    Text::new("入党介绍人", "sponsor")
}

fn check_all(checking: &mut Checking<'_>, list: &str, vouchers: &[Voucher], role: Text) {
    for (position, voucher) in vouchers.iter().enumerate() {
        let field = format!("{list}.{position}");
        check_one(checking, &field, voucher, &role);
        let is_same = |other: &Voucher| match (other.person, voucher.person) {
            (Some(one), Some(two)) => one == two,
            (None, None) => other.name == voucher.name,
            (None, Some(_)) | (Some(_), None) => false,
        };
        if vouchers[..position].iter().any(is_same) {
            checking.find(ActRule::NamedTwice, field, &[]);
        }
    }
}

fn check_one(checking: &mut Checking<'_>, field: &str, voucher: &Voucher, role: &Text) {
    let role = ("role", At::Words(role.clone()));
    if voucher.name.trim().is_empty() {
        checking.find(ActRule::Blank, format!("{field}.name"), &[]);
    }
    if voucher.is_relative {
        checking.find(ActRule::Relative, format!("{field}.is_relative"), std::slice::from_ref(&role));
    }
    match voucher.person {
        Some(person) => check_known(checking, &format!("{field}.person"), person, role),
        None => {
            let is_full = voucher.full_since.is_some_and(|since| since <= checking.act.on);
            if !is_full {
                let day = [("day", At::Day(checking.act.on))];
                checking.find(ActRule::NotFull, format!("{field}.full_since"), &day);
            }
        }
    }
}

fn check_known(checking: &mut Checking<'_>, field: &str, person: PersonId, role: (&str, At)) {
    if person == checking.case.person {
        checking.find(ActRule::OwnVoucher, field, &[role]);
        return;
    }
    let setting = checking.setting;
    let Some(facts) = setting.people.get(&person) else {
        checking.find(ActRule::PersonUnknown, field, &[]);
        return;
    };
    let day = checking.act.on;
    if facts.stage != Stage::Full || facts.full_since.is_none_or(|since| since > day) {
        checking.find(ActRule::NotFull, field, &[("day", At::Day(day))]);
    }
    if facts.is_under_sanction {
        checking.find(ActRule::UnderSanction, field, std::slice::from_ref(&role));
    }
    if facts.unit != checking.case.unit {
        checking.find(ActRule::Elsewhere, field, &[role]);
    }
}
