//! The counts of a meeting, and the arithmetic of quorum and majority. A motion that fails to
//! reach a majority is a valid ballot with a negative result; a ballot without a quorum, or whose
//! counts do not add up, is no ballot. The denominator is the members due, never those present.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ids::PersonId;
use crate::person::coded;
use crate::record::{Named, Officer};

/// The figures of one vote on one candidate (支部大会表决).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// Members due: with voting right, less those excluded (应到会有表决权的正式党员).
    pub due: u32,
    /// Members left out of `due`, each with the superior's consent.
    #[serde(default)]
    pub excluded: Vec<Exclusion>,
    /// Members with a vote who were present in person (实到会).
    pub present: u32,
    /// Votes in favour by members present (赞成).
    #[serde(rename = "for")]
    pub in_favour: u32,
    /// Votes against (不赞成).
    pub against: u32,
    /// Abstentions (弃权).
    pub abstain: u32,
    /// Written opinions in favour from absent members, handed in before the meeting.
    #[serde(default)]
    pub written_for: u32,
    /// Whether the ballot was secret (无记名投票).
    pub is_secret: bool,
    /// Whether this candidate was discussed and voted on alone (逐个讨论和表决).
    pub is_individual: bool,
    /// The members who counted the votes (监票、计票).
    #[serde(default)]
    pub tellers: Vec<Named>,
    /// Who signed the resolution, normally the secretary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<Officer>,
}

/// A member with a vote who is left out of the members due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Who, if on a roster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The name as written.
    pub name: String,
    /// Which of the five grounds.
    pub reason: ExclusionReason,
    /// Reference of the superior organisation's consent.
    pub consent: String,
    /// The day of that consent; not after the meeting.
    pub consented_on: Date,
}

coded! {
    /// The five grounds on which a member may be left out of the members due, each only with the
    /// superior organisation's consent. Probationary members and members on probation within the
    /// Party have no vote and are never counted as due.
    ExclusionReason {
        /// 患有精神病或因其他疾病不能表达本人意志.
        CannotExpressWill = 1, "cannot_express_will";
        /// 自费出国半年以上.
        AbroadAtOwnExpense = 2, "abroad_at_own_expense";
        /// 虽未受到留党察看以上党纪处分，但正在服刑.
        ServingSentence = 3, "serving_sentence";
        /// 年老体弱卧床不起和长期生病、生活不能自理.
        LongIll = 4, "long_ill";
        /// 工作调动、借调、外出学习半年以上应转而未转组织关系.
        AwayNotTransferred = 5, "away_not_transferred";
    }
}

/// The result of a ballot that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// More than half of the members due were in favour.
    Carried,
    /// Lawfully voted down.
    NotCarried,
}

/// Why the figures are no ballot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flaw {
    /// Not more than half of the members due were present.
    NoQuorum,
    /// For, against and abstentions do not make up those present.
    CountsDoNotAddUp,
    /// More were present than due.
    MorePresentThanDue,
    /// More written opinions than absent members.
    MoreWrittenThanAbsent,
}

impl Ballot {
    /// More than half of the members due were present: `2 × present > due`. Written opinions do
    /// not make anybody present.
    #[must_use]
    pub fn has_quorum(&self) -> bool {
        2 * u64::from(self.present) > u64::from(self.due)
    }

    /// More than half of the members due are in favour: `2 × (for + written) > due`.
    #[must_use]
    pub fn has_majority(&self) -> bool {
        2 * (u64::from(self.in_favour) + u64::from(self.written_for)) > u64::from(self.due)
    }

    /// Why the figures are no ballot; empty when they stand.
    #[must_use]
    pub fn flaws(&self) -> Vec<Flaw> {
        let cast = u64::from(self.in_favour) + u64::from(self.against) + u64::from(self.abstain);
        let absent = self.due.saturating_sub(self.present);
        [
            (!self.has_quorum(), Flaw::NoQuorum),
            (cast != u64::from(self.present), Flaw::CountsDoNotAddUp),
            (self.present > self.due, Flaw::MorePresentThanDue),
            (self.written_for > absent, Flaw::MoreWrittenThanAbsent),
        ]
        .into_iter()
        .filter_map(|(is_flawed, flaw)| is_flawed.then_some(flaw))
        .collect()
    }

    /// The result, or why there is none.
    ///
    /// # Errors
    /// Every flaw of the figures.
    pub fn outcome(&self) -> Result<Outcome, Vec<Flaw>> {
        match self.flaws() {
            flaws if !flaws.is_empty() => Err(flaws),
            _ if self.has_majority() => Ok(Outcome::Carried),
            _ => Ok(Outcome::NotCarried),
        }
    }

    /// Whether the ballot stands and the motion was carried.
    #[must_use]
    pub fn is_carried(&self) -> bool {
        self.outcome() == Ok(Outcome::Carried)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn ballot(due: u32, present: u32, in_favour: u32, written_for: u32) -> Ballot {
        Ballot {
            due,
            excluded: Vec::new(),
            present,
            in_favour,
            against: present.saturating_sub(in_favour),
            abstain: 0,
            written_for,
            is_secret: true,
            is_individual: true,
            tellers: Vec::new(),
            signed_by: None,
        }
    }

    #[test]
    fn the_worked_votes() {
        use Outcome::*;
        for (due, present, in_favour, written, expected) in [
            (10, 5, 5, 0, Err(vec![Flaw::NoQuorum])),
            (10, 6, 6, 0, Ok(Carried)),
            (10, 6, 5, 0, Ok(NotCarried)),
            (9, 5, 5, 0, Ok(Carried)),
            (9, 5, 4, 0, Ok(NotCarried)),
            (10, 6, 5, 1, Ok(Carried)),
            (25, 13, 13, 0, Ok(Carried)),
            (25, 13, 12, 0, Ok(NotCarried)),
            (24, 12, 12, 0, Err(vec![Flaw::NoQuorum])),
            (24, 13, 12, 0, Ok(NotCarried)),
            (24, 13, 13, 0, Ok(Carried)),
        ] {
            let vote = ballot(due, present, in_favour, written);
            assert_eq!(vote.outcome(), expected, "due {due}, present {present}, for {in_favour}+{written}");
        }
    }

    #[test]
    fn figures_that_contradict_each_other_are_no_ballot() {
        let lost = Ballot { abstain: 1, ..ballot(10, 8, 8, 0) };
        assert_eq!(lost.outcome(), Err(vec![Flaw::CountsDoNotAddUp]));
        assert_eq!(ballot(10, 11, 11, 0).outcome(), Err(vec![Flaw::MorePresentThanDue]));
        assert_eq!(ballot(10, 8, 8, 3).outcome(), Err(vec![Flaw::MoreWrittenThanAbsent]));
    }

    #[test]
    fn the_largest_figures_do_not_overflow() {
        let all = Ballot { against: u32::MAX, abstain: u32::MAX, ..ballot(u32::MAX, u32::MAX, u32::MAX, 0) };
        assert_eq!(all.outcome(), Err(vec![Flaw::CountsDoNotAddUp]));
    }

    proptest! {
        /// The members due are partitioned: in favour, against, abstaining, or absent.
        #[test]
        fn counts_partition_the_members_due(
            due in 0u32..60, present in 0u32..60, yes in 0u32..60, no in 0u32..60, none in 0u32..60,
            written in 0u32..20,
        ) {
            let vote = Ballot { against: no, abstain: none, ..ballot(due, present, yes, written) };
            if vote.outcome().is_ok() {
                let absent = due.checked_sub(present).expect("nobody is present who is not due");
                prop_assert_eq!(yes + no + none + absent, due);
                prop_assert!(written <= absent);
            }
        }

        /// One more vote in favour never turns a pass into a fail.
        #[test]
        fn a_vote_in_favour_never_harms(due in 1u32..60, present in 1u32..60, yes in 0u32..60) {
            let (present, yes) = (present.min(due), yes.min(present));
            let before = ballot(due, present, yes, 0);
            if before.is_carried() && yes < present {
                prop_assert!(ballot(due, present, yes + 1, 0).is_carried());
            }
            if before.is_carried() && present < due {
                prop_assert!(ballot(due, present, yes, 1).is_carried());
            }
        }
    }
}
