//! Does the ballot stand. Quorum and majority are judged by the rulebook on the file; here are the
//! contradictions within the figures, and what surrounds the count.

use super::checking::{At, Checking};
use super::rules::ActRule;
use crate::ballot::{Ballot, Flaw};
use crate::case::Change;
use crate::record::{Motion, Named, Record};

pub(super) fn check(checking: &mut Checking<'_>) {
    let Change::Completed(record) = &checking.act.change else { return };
    if let Some(ballot) = record.ballot() {
        check_figures(checking, ballot);
        check_due(checking, ballot);
        check_exclusions(checking, ballot);
        check_tellers(checking, &ballot.tellers);
        if !ballot.is_individual {
            checking.find(ActRule::NotIndividual, "ballot.is_individual", &[]);
        }
    }
    if let Record::ConfirmationVote(vote) = record
        && (vote.motion == Motion::Extend) != vote.extend_months.is_some()
    {
        checking.find(ActRule::ExtensionMonths, "extend_months", &[]);
    }
}

/// A lack of quorum is a finding of the rulebook; here are sums that no meeting can have had.
fn check_figures(checking: &mut Checking<'_>, ballot: &Ballot) {
    if ballot.flaws().iter().all(|flaw| *flaw == Flaw::NoQuorum) {
        return;
    }
    let count = |n: u32| At::Number(n.into());
    let values = [
        ("due", count(ballot.due)),
        ("present", count(ballot.present)),
        ("in_favour", count(ballot.in_favour)),
        ("against", count(ballot.against)),
        ("abstain", count(ballot.abstain)),
        ("written", count(ballot.written_for)),
    ];
    checking.find(ActRule::Figures, "ballot.present", &values);
}

fn check_due(checking: &mut Checking<'_>, ballot: &Ballot) {
    let voting = checking.setting.units.get(&checking.case.unit).and_then(|unit| unit.n_voting);
    let Some(voting) = voting else { return };
    let excluded = i64::try_from(ballot.excluded.len()).unwrap_or(i64::MAX);
    if i64::from(ballot.due) + excluded != i64::from(voting) {
        let values = [
            ("due", At::Number(ballot.due.into())),
            ("voting", At::Number(voting.into())),
            ("excluded", At::Number(excluded)),
        ];
        checking.find(ActRule::DueMismatch, "ballot.due", &values);
    }
}

fn check_exclusions(checking: &mut Checking<'_>, ballot: &Ballot) {
    let day = checking.act.on;
    for (position, exclusion) in ballot.excluded.iter().enumerate() {
        let is_blank = exclusion.consent.trim().is_empty() || exclusion.name.trim().is_empty();
        if is_blank || exclusion.consented_on > day {
            let field = format!("ballot.excluded.{position}.consent");
            checking.find(ActRule::ExclusionConsent, field, &[("day", At::Day(day))]);
        }
    }
}

fn check_tellers(checking: &mut Checking<'_>, tellers: &[Named]) {
    let mut identities: Vec<(Option<i64>, &str)> = tellers
        .iter()
        .map(|teller| {
            (
                teller.person.map(|person| person.0),
                if teller.person.is_some() { "" } else { teller.name.trim() },
            )
        })
        .collect();
    identities.sort_unstable();
    identities.dedup();
    let has_candidate = tellers.iter().any(|teller| teller.person == Some(checking.case.person));
    let has_blank = tellers.iter().any(|teller| teller.name.trim().is_empty());
    if identities.len() < 2 || has_candidate || has_blank {
        checking.find(ActRule::Tellers, "ballot.tellers", &[]);
    }
}
