//! What each of the 25 steps leaves behind (党员发展各环节的记录), typed. A record holds what the forms
//! ask for and no opinion about a person beyond them; the day it happened stands beside it, not in
//! it. Field names are written in the ledger and are for ever.

mod papers;
mod words;

use serde::{Deserialize, Serialize};

use crate::case::Step;

pub use papers::*;
pub use words::*;

macro_rules! records {
    ($($(#[$doc:meta])* $name:literal => $variant:ident($payload:ty) of $step:ident,)*) => {
        /// The record of one step.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "body")]
        pub enum Record {
            $($(#[$doc])* #[serde(rename = $name)] $variant($payload),)*
        }

        impl Record {
            /// The kinds of event that complete a step, in the order of the steps.
            pub const KINDS: &'static [&'static str] = &[$($name,)*];

            /// The step that the record completes.
            #[must_use]
            pub fn step(&self) -> Step {
                match self { $(Record::$variant(..) => Step::$step,)* }
            }

            /// The name written in the ledger.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Record::$variant(..) => $name,)* }
            }

            /// The fields, as a JSON object.
            pub fn body(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self { $(Record::$variant(payload) => serde_json::to_value(payload),)* }
            }

            /// Reads a record back from its kind and fields; none if the kind is no step's.
            ///
            /// # Errors
            /// A field is missing, unknown or of the wrong type.
            pub fn read(kind: &str, body: serde_json::Value) -> Option<Result<Self, serde_json::Error>> {
                match kind {
                    $($name => Some(serde_json::from_value(body).map(Record::$variant)),)*
                    _ => None,
                }
            }

            /// The kind of event that completes a step.
            #[must_use]
            pub fn kind_of(step: Step) -> &'static str {
                match step { $(Step::$step => $name,)* }
            }
        }

        $(impl From<$payload> for Record {
            fn from(payload: $payload) -> Self {
                Record::$variant(payload)
            }
        })*
    };
}

records! {
    /// The application was handed in (递交入党申请书).
    "case.application_received" => Application(Application) of Application,
    /// The Party organisation talked with the applicant (派人谈话).
    "case.applicant_talked" => Talk(Talk) of InitialTalk,
    /// The applicant was listed as an activist (确定入党积极分子).
    "case.activist_listed" => ActivistListing(ActivistListing) of ActivistListing,
    /// The activist was filed with the committee above (积极分子备案).
    "case.activist_filed" => ActivistFiling(ActivistFiling) of ActivistFiling,
    /// Mentors were named (指定培养联系人).
    "case.mentors_named" => Mentors(Mentors) of Mentors,
    /// The half-yearly review was made (半年考察).
    "case.activist_reviewed" => Review(Review) of HalfYearReview,
    /// The activist was taken as a development target (确定发展对象).
    "case.target_listed" => TargetListing(TargetListing) of TargetListing,
    /// The committee above filed or agreed to the target (发展对象备案、同意).
    "case.target_filed" => TargetFiling(TargetFiling) of TargetFiling,
    /// Sponsors were named (确定入党介绍人).
    "case.sponsors_named" => Sponsors(Sponsors) of Sponsors,
    /// The political review was concluded (政治审查).
    "case.political_review_concluded" => PoliticalReview(PoliticalReview) of PoliticalReview,
    /// The short course was attended (短期集中培训).
    "case.course_attended" => Course(Course) of ShortCourse,
    /// The branch committee examined the file (支委会审查).
    "case.committee_examined" => CommitteeExamination(CommitteeExamination) of CommitteeExamination,
    /// The committee above pre-examined the file (上级党委预审).
    "case.pre_examined" => PreExamination(PreExamination) of PreExamination,
    /// The application form was filled in (填写入党志愿书).
    "case.form_filled" => AdmissionForm(AdmissionForm) of ApplicationForm,
    /// The branch meeting voted on admission (支部大会讨论接收).
    "case.admission_voted" => AdmissionVote(AdmissionVote) of BranchMeeting,
    /// The talk before approval was held (审批前谈话).
    "case.approval_talk_held" => ApprovalTalk(ApprovalTalk) of ApprovalTalk,
    /// The committee decided on the admission (党委审批).
    "case.approval_decided" => Approval(Approval) of Approval,
    /// The admission was filed further above (再上一级备案).
    "case.approval_filed" => ApprovalFiling(ApprovalFiling) of ApprovalFiling,
    /// The probationary member was assigned to a branch and group (编入支部和小组).
    "case.assigned" => Assignment(Assignment) of Assignment,
    /// The oath was taken (入党宣誓).
    "case.oath_taken" => Oath(Oath) of Oath,
    /// The probationary member was reviewed (预备期考察).
    "case.probation_reviewed" => ProbationReview(ProbationReview) of ProbationReview,
    /// The application to be confirmed was handed in (转正申请).
    "case.confirmation_applied" => ConfirmationApplication(ConfirmationApplication) of ConfirmationApplication,
    /// The branch meeting voted on the end of probation (支部大会讨论转正).
    "case.confirmation_voted" => ConfirmationVote(ConfirmationVote) of ConfirmationMeeting,
    /// The committee decided on the resolution about the end of probation (转正审批).
    "case.confirmation_decided" => ConfirmationApproval(ConfirmationApproval) of ConfirmationApproval,
    /// The papers went to the archive (材料归档).
    "case.archived" => Archive(Archive) of Archive,
}

impl Record {
    /// Whether the step is done with this record; a lawful negative answer (voted down, not passed,
    /// not agreed) is kept but leaves the step open.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        match self {
            Record::Application(_)
            | Record::Talk(_)
            | Record::ActivistFiling(_)
            | Record::Mentors(_)
            | Record::Review(_)
            | Record::Sponsors(_)
            | Record::AdmissionForm(_)
            | Record::ApprovalFiling(_)
            | Record::Assignment(_)
            | Record::Oath(_)
            | Record::ProbationReview(_)
            | Record::ConfirmationApplication(_)
            | Record::Archive(_) => true,
            Record::ActivistListing(listing) => listing.minutes.is_agreed,
            Record::TargetListing(listing) => listing.minutes.is_agreed,
            Record::TargetFiling(filing) => filing.is_agreed,
            Record::PoliticalReview(review) => review.is_passed,
            Record::Course(course) => course.is_passed,
            Record::CommitteeExamination(examination) => examination.minutes.is_agreed,
            Record::PreExamination(examination) => examination.is_passed,
            Record::AdmissionVote(vote) => vote.ballot.is_carried(),
            Record::ApprovalTalk(talk) => talk.is_recommended,
            Record::Approval(approval) => approval.is_approved,
            Record::ConfirmationVote(vote) => vote.ballot.is_carried(),
            Record::ConfirmationApproval(approval) => approval.is_approved,
        }
    }

    /// The figures of the branch meeting, if the record is one.
    #[must_use]
    pub fn ballot(&self) -> Option<&crate::ballot::Ballot> {
        if let Record::AdmissionVote(vote) = self {
            Some(&vote.ballot)
        } else if let Record::ConfirmationVote(vote) = self {
            Some(&vote.ballot)
        } else {
            None
        }
    }
}
