//! One admission file as it stands on a day (`miaopu-case/1`): what was recorded, lawful or not.
//! Outside papers are read into it and the live system projects its record onto it, so that both
//! are judged by the same checks. Nothing here judges.

mod amount;
mod path;
mod place;
mod read;
mod row;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use amount::Amount;
pub use path::Path;
pub use place::InputError;
pub use read::parse;
pub use row::{Cell, parse_row};

/// The name of the format, as it stands under the key `format`.
pub const FORMAT: &str = "miaopu-case/1";

/// An admission file (发展党员档案). What is absent has no record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CaseFile {
    /// The name of the file, never empty.
    pub case: String,
    /// The day on which the file is looked at; the day of the audit when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// Packs of local rules that apply beside the edition in force.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub local: Vec<LocalPack>,
    /// Who it is about.
    #[serde(skip_serializing_if = "is_blank")]
    pub person: Person,
    /// When the application was handed in (递交入党申请书).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_on: Option<Date>,
    /// The talk with the applicant (派人谈话).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub talk_on: Option<Date>,
    /// The listing as an activist (入党积极分子).
    #[serde(skip_serializing_if = "is_blank")]
    pub activist: Listing,
    /// The mentors (培养联系人), as written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentors: Vec<Mentor>,
    /// The half-yearly reviews (半年考察).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Date>,
    /// The listing as a development target (发展对象).
    #[serde(skip_serializing_if = "is_blank")]
    pub target: Listing,
    /// The sponsors (入党介绍人), as written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sponsors: Vec<Sponsor>,
    /// The political review (政治审查).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub political_review: Option<Examination>,
    /// The short course (短期集中培训).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub course: Option<Course>,
    /// The public notices (公示).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// The pre-examination by the committee above (预审).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pre_examination: Option<Examination>,
    /// When the application form (入党志愿书) was filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form_on: Option<Date>,
    /// The admitting branch meeting (支部大会).
    #[serde(skip_serializing_if = "is_blank")]
    pub meeting: Meeting,
    /// The talk before approval (审批前谈话).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_talk_on: Option<Date>,
    /// The approval by the committee (党委审批).
    #[serde(skip_serializing_if = "is_blank")]
    pub approval: Approval,
    /// The oath (入党宣誓).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oath_on: Option<Date>,
    /// The end of probation (转正).
    #[serde(skip_serializing_if = "is_blank")]
    pub confirmation: Confirmation,
}

/// A pack of local rules a file may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LocalPack {
    /// The source plan's own, stricter rules.
    SourcePlan,
}

/// Who the file is about, as far as the rules ask.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Person {
    /// The day of birth on record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dob: Option<Date>,
    /// The identity number as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_number: Option<String>,
}

/// Being listed, as an activist or as a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Listing {
    /// The day of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
}

/// A mentor (培养联系人).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Mentor {
    /// The name as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The day the appointment began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Since when the mentor is a full member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_member_since: Option<Date>,
}

/// A sponsor (入党介绍人).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Sponsor {
    /// The name as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The day the sponsor was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub named_on: Option<Date>,
    /// Since when the sponsor is a full member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_member_since: Option<Date>,
}

/// A political review or a pre-examination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Examination {
    /// The day of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// The result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
}

/// A short course (短期集中培训).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Course {
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// Its length in days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<Amount>,
    /// Its length in class hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Amount>,
    /// The day of the examination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exam_on: Option<Date>,
    /// The result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
    /// The day of the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_on: Option<Date>,
}

/// A public notice (公示).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Notice {
    /// Which decision it announces.
    pub stage: Stage,
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

/// The decisions that a public notice can announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Listing as a target.
    #[default]
    Target,
    /// Admission by the branch meeting.
    Admission,
    /// Confirmation at the end of probation.
    Confirmation,
}

/// The admitting branch meeting (支部大会).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Meeting {
    /// The day it was held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// The vote.
    #[serde(flatten)]
    pub votes: Votes,
}

/// The figures and the form of a vote, as written in the resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Votes {
    /// Members entitled to vote (应到).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<i32>,
    /// Members present with a vote (实到).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub present: Option<i32>,
    /// Votes in favour by members present (赞成).
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub in_favour: Option<i32>,
    /// Votes against (反对).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<i32>,
    /// Abstentions (弃权).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abstain: Option<i32>,
    /// Written opinions in favour from absent members, handed in before the meeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_for: Option<i32>,
    /// Whether the ballot was secret (无记名投票).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<bool>,
    /// Whether the resolution is signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<bool>,
}

/// The approval of an admission (党委审批).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Approval {
    /// The day of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// The first day of probation, as endorsed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probation_from: Option<Date>,
    /// The day probation ends, as endorsed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probation_to: Option<Date>,
}

/// The end of probation (转正).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Confirmation {
    /// When the application to be confirmed was handed in (转正申请书).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_on: Option<Date>,
    /// The branch meetings on it, in the order they were written down.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub meetings: Vec<ConfirmationMeeting>,
    /// The committee's approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_on: Option<Date>,
}

/// A branch meeting about the end of probation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ConfirmationMeeting {
    /// The day it was held.
    pub on: Date,
    /// What it decided.
    pub outcome: Outcome,
    /// By how many months probation was extended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extend_months: Option<u16>,
    /// The vote.
    #[serde(flatten)]
    pub votes: Votes,
}

/// What a meeting at the end of probation decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// 按期转正.
    #[default]
    Confirm,
    /// 延长预备期.
    Extend,
    /// 取消预备党员资格.
    Cancel,
}

impl CaseFile {
    /// The file as one line of JSON in the format `miaopu-case/1`, without a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Document<'a> {
            format: &'static str,
            #[serde(flatten)]
            file: &'a CaseFile,
        }
        serde_json::to_string(&Document { format: FORMAT, file: self })
            .expect("a case file has text keys and no value that JSON lacks")
    }
}

fn is_blank<T: Default + PartialEq>(record: &T) -> bool {
    *record == T::default()
}
