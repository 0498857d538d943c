//! Papers that an office issues from the record (文书). What stands in each is composed elsewhere; here
//! are only their names and which of them a file has something to say for.

use serde::{Deserialize, Serialize};

use crate::case::{Case, Step};
use crate::person::coded;
use crate::text::Text;

coded! {
    /// A kind of paper.
    PaperKind {
        /// 入党申请书签收回执.
        ApplicationReceipt = 1, "application_receipt";
        /// 谈话记录.
        TalkRecord = 2, "talk_record";
        /// 入党积极分子培养教育考察登记表.
        ActivistRegister = 3, "activist_register";
        /// 考察情况登记.
        ReviewRegister = 4, "review_register";
        /// 备案表.
        FilingForm = 5, "filing_form";
        /// 函调信.
        InquiryLetter = 6, "inquiry_letter";
        /// 公示.
        Notice = 7, "notice";
        /// 支部大会决议.
        Resolution = 8, "resolution";
        /// 审批通知.
        ApprovalNotice = 9, "approval_notice";
        /// 培养材料转递函.
        TransferLetter = 10, "transfer_letter";
        /// 全卷.
        WholeFile = 11, "whole_file";
        /// 发展党员计划.
        Plan = 12, "plan";
    }
}

impl PaperKind {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> Text {
        let (zh, en) = match self {
            PaperKind::ApplicationReceipt => ("入党申请书签收回执", "Receipt for an application"),
            PaperKind::TalkRecord => ("同入党申请人谈话记录", "Record of the first talk"),
            PaperKind::ActivistRegister => ("入党积极分子培养教育考察登记表", "Register of an activist"),
            PaperKind::ReviewRegister => ("考察情况登记表", "Register of reviews"),
            PaperKind::FilingForm => ("备案表", "Filing form"),
            PaperKind::InquiryLetter => ("政治审查函调信", "Letter of inquiry"),
            PaperKind::Notice => ("公示", "Public notice"),
            PaperKind::Resolution => ("支部大会决议", "Resolution of the branch meeting"),
            PaperKind::ApprovalNotice => ("审批通知", "Notice of approval"),
            PaperKind::TransferLetter => ("培养教育材料转递函", "Letter of transfer"),
            PaperKind::WholeFile => ("发展党员全程档案", "The whole file"),
            PaperKind::Plan => ("发展党员计划", "Plan of admissions"),
        };
        Text::new(zh, en)
    }

    /// Whether a file has what the paper says.
    #[must_use]
    pub fn is_ready(self, case: &Case) -> bool {
        match self {
            PaperKind::ApplicationReceipt => case.is_done(Step::Application),
            PaperKind::TalkRecord => case.is_done(Step::InitialTalk),
            PaperKind::ActivistRegister | PaperKind::InquiryLetter => case.activist_on().is_some(),
            PaperKind::ReviewRegister => {
                [Step::HalfYearReview, Step::ProbationReview].iter().any(|step| case.last(*step).is_some())
            }
            PaperKind::FilingForm => case.done(Step::TargetListing).is_some(),
            PaperKind::Notice => case.notices().iter().any(|run| run.closed.is_none()),
            PaperKind::Resolution => {
                case.last(Step::BranchMeeting).is_some() || case.last(Step::ConfirmationMeeting).is_some()
            }
            PaperKind::ApprovalNotice => {
                case.is_done(Step::Approval) || case.is_done(Step::ConfirmationApproval)
            }
            PaperKind::TransferLetter => case.on_the_way_to().is_some(),
            PaperKind::WholeFile => case.opened_on().is_some(),
            PaperKind::Plan => false,
        }
    }

    /// The papers that a file has something to say for, in the order of the procedure.
    pub fn ready(case: &Case) -> impl Iterator<Item = PaperKind> {
        PaperKind::ALL.iter().copied().filter(move |kind| kind.is_ready(case))
    }
}
