//! The closed words that records use, each with the number and the word by which it is stored.

use serde::{Deserialize, Serialize};

use crate::person::coded;

coded! {
    /// To which organisation an application is handed in.
    Channel {
        /// 工作、学习所在单位党组织.
        Unit = 1, "unit";
        /// 居住地党组织.
        Residence = 2, "residence";
        /// 流动人员: 单位所在地、主管部门或流动党员党组织.
        Floating = 3, "floating";
    }
}

coded! {
    /// What a talk with an applicant covers; only that it was covered is recorded.
    Topic {
        /// 学习、工作经历.
        History = 1, "history";
        /// 对党的认识.
        Understanding = 2, "understanding";
        /// 入党动机.
        Motive = 3, "motive";
        /// 遵纪守法情况.
        LawAbidance = 4, "law_abidance";
        /// 家庭情况.
        Family = 5, "family";
        /// 向申请人介绍党的基本知识.
        BasicsExplained = 6, "basics_explained";
    }
}

coded! {
    /// Who recommends an activist.
    Recommender {
        /// 党员推荐.
        Members = 1, "members";
        /// 共青团推优.
        YouthLeague = 2, "youth_league";
        /// 工会推荐.
        Union = 3, "union";
        /// 妇联推荐.
        WomensFederation = 4, "womens_federation";
        /// 公开推荐.
        Public = 5, "public";
    }
}

coded! {
    /// The body that decided something in a meeting.
    Body {
        /// 支部委员会.
        BranchCommittee = 1, "branch_committee";
        /// 支部大会 (不设支委会的).
        BranchMeeting = 2, "branch_meeting";
        /// 党委会.
        Committee = 3, "committee";
        /// 党总支委员会.
        GeneralBranchCommittee = 4, "general_branch_committee";
    }
}

coded! {
    /// What a review advises.
    ReviewResult {
        /// 继续培养.
        Continue = 1, "continue";
        /// 指出不足，继续培养.
        PointsToImprove = 2, "points_to_improve";
        /// 建议调整出积极分子队伍或延长、取消预备期.
        AdjustmentAdvised = 3, "adjustment_advised";
    }
}

coded! {
    /// Whose opinion is heard.
    Opinion {
        /// 党小组意见.
        Group = 1, "group";
        /// 培养联系人意见.
        Mentors = 2, "mentors";
        /// 党员意见.
        Members = 3, "members";
        /// 群众意见.
        Masses = 4, "masses";
    }
}

coded! {
    /// How sponsors come to be named.
    SponsorSource {
        /// 由培养联系人担任.
        Mentors = 1, "mentors";
        /// 由党组织指定.
        Organisation = 2, "organisation";
        /// 由发展对象约请 (1990 only).
        Invited = 3, "invited";
    }
}

coded! {
    /// How a political review is made.
    ReviewMethod {
        /// 同本人谈话.
        Talk = 1, "talk";
        /// 查阅档案材料.
        Archives = 2, "archives";
        /// 找有关单位和人员了解.
        Enquiry = 3, "enquiry";
        /// 函调.
        InquiryLetter = 4, "inquiry_letter";
        /// 外调.
        Visit = 5, "visit";
    }
}

coded! {
    /// What kind of office-holder talks before approval.
    Talker {
        /// 党委委员.
        CommitteeMember = 1, "committee_member";
        /// 组织员.
        Organiser = 2, "organiser";
    }
}

coded! {
    /// What a meeting at the end of probation is asked to decide.
    Motion {
        /// 按期转正.
        Confirm = 1, "confirm";
        /// 延长预备期.
        Extend = 2, "extend";
        /// 取消预备党员资格.
        Cancel = 3, "cancel";
    }
}

coded! {
    /// The five items that go to the archive.
    ArchiveItem {
        /// 入党志愿书.
        AdmissionForm = 1, "admission_form";
        /// 入党申请书.
        Application = 2, "application";
        /// 政治审查材料.
        PoliticalReview = 3, "political_review";
        /// 转正申请书.
        ConfirmationApplication = 4, "confirmation_application";
        /// 培养教育考察材料.
        TrainingMaterial = 5, "training_material";
    }
}

coded! {
    /// Where the papers are kept in the end.
    Keeping {
        /// 存入本人人事档案.
        PersonnelFile = 1, "personnel_file";
        /// 建立党员档案，由所在党委或县级党委组织部门保存.
        PartyFile = 2, "party_file";
    }
}
