//! What is recorded of a plan. Names and fields are for ever; the files of a proposal stand in the
//! record as they were solved, so that a stranger can check the certificate of any round years later.
//! Everything here is counts: no event of a plan names a person.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ids::{PlanId, UnitId};
use crate::person::coded;

/// Points of cost for one person of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Away from the intake.
    pub intake: i64,
    /// Below what a branch asked for.
    pub short: i64,
    /// Above it.
    pub over: i64,
    /// Away from the fair share of a branch.
    pub fair: i64,
    /// Away from the year before.
    pub smooth: i64,
    /// Once, for a dormant branch that still gets nobody.
    pub dormant: i64,
    /// Away from the fair share of a unit above.
    pub node_fair: i64,
    /// Below what was asked for in a cell.
    pub cell_short: i64,
    /// Above it.
    pub cell_over: i64,
}

/// What is settled when a plan is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Admissions a year as the source has it, where it has a number.
    pub intake_as_written: Option<i64>,
    /// Admissions of the year as adopted.
    pub intake: i64,
    /// Why the two differ.
    pub reason: String,
    /// Allowed difference in thousandths of the intake.
    pub tolerance_permille: i64,
    /// Shares of the year's admissions.
    pub shares: Vec<ShareTarget>,
    /// Points of cost.
    pub weights: Weights,
    /// The last day of requests from below.
    pub ask_by: Date,
    /// The last day of answers to a proposal.
    pub answer_by: Date,
    /// The last day of signatures.
    pub sign_by: Date,
}

/// A share of the year's admissions, as written and as adopted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareTarget {
    /// The attribute that is counted.
    pub attribute: String,
    /// Thousandths as the source has it.
    pub permille_as_written: i64,
    /// Thousandths as adopted.
    pub permille: i64,
    /// More than, rather than at least.
    pub is_strict: bool,
    /// Points for each person missing.
    pub penalty: i64,
}

/// A unit's number in a proposal, with what it was counted from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allotted {
    /// The unit.
    pub unit: UnitId,
    /// Members on the day of counting.
    pub n_stock: i64,
    /// People who can lawfully be admitted within the year.
    pub n_ready: i64,
    /// People asked for.
    pub n_asked: i64,
    /// Places.
    pub n: i64,
}

/// A number that the office settled by hand before solving again, with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// The unit.
    pub unit: UnitId,
    /// Places.
    pub n: i64,
    /// Why.
    pub reason: String,
}

/// A unit's places after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// The unit.
    pub unit: UnitId,
    /// Places.
    pub n: i64,
}

coded! {
    /// What a unit says to its number.
    AnswerKind {
        /// 同意.
        Accept = 1, "accept";
        /// 提出异议.
        Object = 2, "object";
        /// 另提数额.
        Counter = 3, "counter";
    }
}

/// See [`Event::PlanOpened`](crate::event::Event::PlanOpened).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanOpened {
    /// The plan.
    pub plan: PlanId,
    /// The calendar year.
    pub year: i16,
    /// What is settled.
    pub terms: Terms,
}

/// See [`Event::PlanRequested`](crate::event::Event::PlanRequested).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanRequested {
    /// The plan.
    pub plan: PlanId,
    /// People asked for.
    pub n: i64,
    /// Of them, by cell, as far as said.
    pub cells: BTreeMap<String, i64>,
    /// People who can lawfully be admitted within the year, as counted then.
    pub n_ready: i64,
    /// Why so many.
    pub reason: String,
    /// Whether the last day of requests was past.
    pub is_late: bool,
}

/// See [`Event::PlanProposed`](crate::event::Event::PlanProposed).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanProposed {
    /// The plan.
    pub plan: PlanId,
    /// The round, from 1.
    pub round: i64,
    /// Every unit's number, the plan's own unit first.
    pub shares: Vec<Allotted>,
    /// Everyone of the plan by cell.
    pub cells: BTreeMap<String, i64>,
    /// Numbers that were settled by hand before solving.
    pub settled: Vec<Settled>,
    /// Lower-case hexadecimal SHA-256 of the question.
    pub instance_sha256: String,
    /// The question: a file of `miaopu-allocation/1`.
    pub instance: String,
    /// Lower-case hexadecimal SHA-256 of the answer.
    pub certificate_sha256: String,
    /// The answer with its certificate: a file of `miaopu-plan/1`.
    pub certificate: String,
}

/// See [`Event::PlanAnswered`](crate::event::Event::PlanAnswered).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanAnswered {
    /// The plan.
    pub plan: PlanId,
    /// The round that is answered.
    pub round: i64,
    /// What is said.
    pub answer: AnswerKind,
    /// The number asked for instead.
    pub n: Option<i64>,
    /// Why.
    pub reason: String,
    /// Whether the last day of answers was past.
    pub is_late: bool,
}

/// See [`Event::PlanSigned`](crate::event::Event::PlanSigned).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSigned {
    /// The plan.
    pub plan: PlanId,
    /// The round that is signed.
    pub round: i64,
    /// Whether the last day of signatures was past.
    pub is_late: bool,
}

/// See [`Event::PlanAdopted`](crate::event::Event::PlanAdopted).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanAdopted {
    /// The plan.
    pub plan: PlanId,
    /// The round that is frozen.
    pub round: i64,
    /// Digest of its certificate.
    pub certificate_sha256: String,
}

/// See [`Event::PlanChangeRequested`](crate::event::Event::PlanChangeRequested).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanChangeRequested {
    /// The plan.
    pub plan: PlanId,
    /// Number of the request within the plan, from 1.
    pub number: i64,
    /// Places as they were.
    pub from: i64,
    /// Places as they should be.
    pub to: i64,
    /// The unit that gives or takes the difference; without one the total of the plan changes.
    pub other: Option<UnitId>,
    /// Why.
    pub reason: String,
}

/// See [`Event::PlanChangeDecided`](crate::event::Event::PlanChangeDecided).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanChangeDecided {
    /// The plan.
    pub plan: PlanId,
    /// Number of the request within the plan.
    pub number: i64,
    /// Whether it is granted.
    pub is_granted: bool,
    /// Why.
    pub reason: String,
    /// Every number that changes with it.
    pub quotas: Vec<Quota>,
}

/// See [`Event::PlanAlertAnswered`](crate::event::Event::PlanAlertAnswered).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanAlertAnswered {
    /// The plan.
    pub plan: PlanId,
    /// Which alert: its kind, and of which time where it is of one.
    pub alert: String,
    /// The reason that the unit gives.
    pub answer: String,
}

/// See [`Event::PlanAlertSettled`](crate::event::Event::PlanAlertSettled).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanAlertSettled {
    /// The plan.
    pub plan: PlanId,
    /// Which alert.
    pub alert: String,
    /// Taken up by the level above, rather than closed.
    pub is_escalated: bool,
    /// Why.
    pub reason: String,
}
