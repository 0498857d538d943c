//! The 25 steps of the national chart. Their official names, articles and limits are data of the
//! rulebook; here is only what code must be able to name.

use serde::{Deserialize, Serialize};

use crate::person::{Stage, coded};

coded! {
    /// A step of admission. The number is that of the national chart, the word that of the rulebook.
    Step {
        /// 递交入党申请书.
        Application = 1, "application";
        /// 党组织派人谈话.
        InitialTalk = 2, "initial_talk";
        /// 推荐和确定入党积极分子.
        ActivistListing = 3, "activist_listing";
        /// 上级党委备案.
        ActivistFiling = 4, "activist_filing";
        /// 指定培养联系人.
        Mentors = 5, "mentors";
        /// 培养教育考察.
        HalfYearReview = 6, "half_year_review";
        /// 确定发展对象.
        TargetListing = 7, "target_listing";
        /// 报上级党委备案 (2026: 同意并公示).
        TargetFiling = 8, "target_filing";
        /// 确定入党介绍人.
        Sponsors = 9, "sponsors";
        /// 政治审查.
        PoliticalReview = 10, "political_review";
        /// 短期集中培训.
        ShortCourse = 11, "short_course";
        /// 支部委员会审查.
        CommitteeExamination = 12, "committee_examination";
        /// 上级党委预审.
        PreExamination = 13, "pre_examination";
        /// 填写入党志愿书.
        ApplicationForm = 14, "application_form";
        /// 支部大会讨论.
        BranchMeeting = 15, "branch_meeting";
        /// 上级党委派人谈话.
        ApprovalTalk = 16, "approval_talk";
        /// 上级党委审批.
        Approval = 17, "approval";
        /// 再上一级党委组织部门备案.
        ApprovalFiling = 18, "approval_filing";
        /// 编入党支部和党小组.
        Assignment = 19, "assignment";
        /// 入党宣誓.
        Oath = 20, "oath";
        /// 继续教育考察.
        ProbationReview = 21, "probation_review";
        /// 提出转正申请.
        ConfirmationApplication = 22, "confirmation_application";
        /// 支部大会讨论转正.
        ConfirmationMeeting = 23, "confirmation_meeting";
        /// 上级党委审批转正.
        ConfirmationApproval = 24, "confirmation_approval";
        /// 材料归档.
        Archive = 25, "archive";
    }
}

impl Step {
    /// The number in the national chart, from 1 to 25.
    #[must_use]
    pub fn number(self) -> u8 {
        // Invariant: the codes of the steps are 1 to 25.
        u8::try_from(self.code()).unwrap_or(0)
    }

    /// The stage in which the step is taken.
    #[must_use]
    pub fn stage(self) -> Stage {
        match self.number() {
            0..=3 => Stage::Applicant,
            4..=8 => Stage::Activist,
            9..=17 => Stage::Target,
            _ => Stage::Probationary,
        }
    }

    /// Steps that are taken again and again while they last.
    #[must_use]
    pub fn is_repeated(self) -> bool {
        matches!(self, Step::HalfYearReview | Step::ProbationReview)
    }

    /// The steps behind this one on the chart.
    pub fn later(self) -> impl Iterator<Item = Step> {
        Step::ALL.iter().copied().filter(move |step| *step > self)
    }
}
