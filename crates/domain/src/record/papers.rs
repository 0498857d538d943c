//! The records themselves, in the order of the steps, after the small parts that several share.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words::*;
use crate::ballot::Ballot;
use crate::ids::{GroupId, PersonId, UnitId};
use crate::unit::PostKind;

macro_rules! papers {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $type,)*
        }
    )*};
}

papers! {
    /// A person by name, and by identity where on a roster.
    Named {
        /// Who, if on a roster.
        person: Option<PersonId>,
        /// The name as written.
        name: String,
    }

    /// An office-holder who signed or acted.
    Officer {
        /// Who, if on a roster.
        person: Option<PersonId>,
        /// The name as written.
        name: String,
        /// In which post.
        post: PostKind,
    }

    /// A full member who vouches, as mentor or sponsor.
    Voucher {
        /// Who, if on a roster.
        person: Option<PersonId>,
        /// The name as written.
        name: String,
        /// Since when a full member, as known on the day of naming.
        full_since: Option<Date>,
        /// Whether a close relative of the candidate, as declared.
        is_relative: bool,
    }

    /// A decision of a body in a meeting (会议记录).
    Minutes {
        /// Which body met.
        body: Body,
        /// Members of the body.
        n_members: u32,
        /// Members present.
        n_present: u32,
        /// Members in favour.
        n_for: u32,
        /// Whether the body agreed.
        is_agreed: bool,
    }

    /// A recommendation of an applicant (推荐、推优).
    Recommendation {
        /// By whom.
        by: Recommender,
        /// When.
        on: Date,
    }

    /// Both aspects of the standard, assessed in writing (对照党章规定条件的书面评价); neither stands in
    /// for the other.
    Assessment {
        /// Political quality (政治素质).
        political_quality: String,
        /// Ability and conduct in work and study (现实表现、能力).
        ability: String,
    }

    /// The application for membership (入党申请书).
    Application {
        /// To which organisation it was handed in.
        channel: Channel,
        /// Signed and dated by the applicant.
        is_signed: bool,
    }

    /// The first talk with an applicant (派人谈话).
    Talk {
        /// The secretary, deputy or organisation member who talked.
        talker: Officer,
        /// What was covered.
        topics: Vec<Topic>,
    }

    /// The listing as an activist (入党积极分子).
    ActivistListing {
        /// Recommendations it rests on; a bare count of votes is none.
        recommendations: Vec<Recommendation>,
        /// The branch committee's decision.
        minutes: Minutes,
    }

    /// The filing of an activist with the committee above (备案).
    ActivistFiling {
        /// The committee.
        committee: UnitId,
        /// Number of the reply.
        reply: String,
    }

    /// The naming of mentors (培养联系人).
    Mentors {
        /// Who.
        mentors: Vec<Voucher>,
    }

    /// A half-yearly review (半年考察).
    Review {
        /// What the branch advises.
        result: ReviewResult,
        /// Whether the mentors wrote their part of the register.
        is_noted_by_mentors: bool,
    }

    /// The decision to take an activist as a development target (发展对象).
    TargetListing {
        /// Whose opinions were heard.
        opinions: Vec<Opinion>,
        /// The written assessment.
        assessment: Assessment,
        /// The branch committee's decision.
        minutes: Minutes,
        /// Whether the committee above has yet to agree before the person is listed; written by the
        /// decision from the edition in force.
        awaits_agreement: bool,
    }

    /// The answer of the committee above on a target.
    TargetFiling {
        /// The committee.
        committee: UnitId,
        /// Number of the reply.
        reply: String,
        /// Whether it agreed.
        is_agreed: bool,
    }

    /// The naming of sponsors (入党介绍人).
    Sponsors {
        /// Who.
        sponsors: Vec<Voucher>,
        /// How they came to be named.
        source: SponsorSource,
    }

    /// The political review (政治审查).
    PoliticalReview {
        /// How it was made.
        methods: Vec<ReviewMethod>,
        /// Whether the concluding paper finds no obstacle.
        is_passed: bool,
        /// Last day on which the conclusion may be used, where local rules limit it.
        valid_until: Option<Date>,
    }

    /// The short course (短期集中培训). The day it happened is its last day.
    Course {
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
        /// Length in days.
        days: u16,
        /// Length in class hours.
        hours: u16,
        /// The cohort: one training time for all of it.
        cohort: String,
        /// The examination paper: one for the cohort.
        paper: String,
        /// The day of the sitting: one for the cohort.
        exam_on: Date,
        /// Whether the examination was passed.
        is_passed: bool,
        /// Number of the certificate.
        certificate: Option<String>,
        /// The day the certificate was issued.
        certificate_on: Option<Date>,
    }

    /// The branch committee's examination (支委会审查).
    CommitteeExamination {
        /// Whose opinions were heard.
        opinions: Vec<Opinion>,
        /// The decision.
        minutes: Minutes,
    }

    /// The pre-examination (预审).
    PreExamination {
        /// The committee with power of approval.
        committee: UnitId,
        /// Whether it was passed.
        is_passed: bool,
        /// Number of the form that was handed out with it.
        form: Option<String>,
        /// Whether the candidate is about to leave the unit within three months.
        is_leaving: bool,
    }

    /// The application form (入党志愿书), filled in.
    AdmissionForm {
        /// Its number.
        form: String,
        /// Signed by the candidate.
        is_signed: bool,
        /// The sponsors wrote and signed their opinions.
        is_signed_by_sponsors: bool,
    }

    /// The vote of the branch meeting on admission.
    AdmissionVote {
        /// The figures.
        ballot: Ballot,
    }

    /// The talk before approval (审批前谈话).
    ApprovalTalk {
        /// In which capacity.
        capacity: Talker,
        /// Who.
        talker: Named,
        /// Whether the talker's opinion on the form is in favour.
        is_recommended: bool,
    }

    /// The committee's decision on an admission (党委审批).
    Approval {
        /// The committee.
        committee: UnitId,
        /// Its meeting.
        minutes: Minutes,
        /// Whether each candidate was discussed and decided alone.
        is_individual: bool,
        /// Whether the admission was approved.
        is_approved: bool,
        /// First day of probation, as endorsed on the form.
        probation_from: Option<Date>,
        /// Day on which probation ends, as endorsed on the form.
        probation_to: Option<Date>,
        /// The special reason, when decided after more than three months.
        special_reason: Option<String>,
    }

    /// The filing of an admission further above (再上一级备案).
    ApprovalFiling {
        /// The organisation department's unit.
        department: UnitId,
        /// Number of the filing.
        reply: String,
    }

    /// The assignment to a branch and a group.
    Assignment {
        /// The branch.
        branch: UnitId,
        /// The group, if the branch has any.
        group: Option<GroupId>,
    }

    /// The oath (入党宣誓).
    Oath {
        /// The organisation that held the ceremony.
        held_by: UnitId,
        /// Who led it.
        led_by: Officer,
    }

    /// A review during probation (预备期考察).
    ProbationReview {
        /// What the branch advises.
        result: ReviewResult,
    }

    /// The application to be confirmed (转正申请书).
    ConfirmationApplication {
        /// Signed and dated by the probationary member.
        is_signed: bool,
    }

    /// The vote of the branch meeting on the end of probation.
    ConfirmationVote {
        /// What was moved.
        motion: Motion,
        /// By how many months probation is to be extended, with that motion.
        extend_months: Option<u16>,
        /// Whose opinions were heard.
        opinions: Vec<Opinion>,
        /// The figures.
        ballot: Ballot,
    }

    /// The committee's decision on the resolution about the end of probation (转正审批).
    ConfirmationApproval {
        /// The committee.
        committee: UnitId,
        /// Its meeting.
        minutes: Minutes,
        /// Whether each case was decided alone.
        is_individual: bool,
        /// Whether the resolution was approved.
        is_approved: bool,
        /// The day from which the standing counts, as endorsed (党龄起算日).
        standing_from: Option<Date>,
    }

    /// The handing of the papers to the archive (材料归档).
    Archive {
        /// Which of the five items are there.
        items: Vec<ArchiveItem>,
        /// Where they are kept.
        keeping: Keeping,
        /// Number of the file.
        number: String,
    }
}
