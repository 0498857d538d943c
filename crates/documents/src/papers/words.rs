//! What the codes of the record are called on paper.

use domain::case::{Change, NoticeStage};
use domain::person::{Education, Ethnicity, Occupation, Sex};
use domain::record::{Body, Motion, Opinion, Recommender, ReviewResult, Topic};
use domain::text::Text;

use crate::roster::{Choice, codes};

/// The name of a code in a list of the roster.
fn named(choices: Vec<Choice>, code: &str) -> Text {
    let found = choices.into_iter().find(|choice| choice.code == code);
    found.map_or_else(|| Text::new("未知", "unknown"), |choice| choice.label)
}

pub(super) fn sex(sex: Sex) -> Text {
    named(codes::sexes(), &sex.code().to_string())
}

pub(super) fn education(education: Education) -> Text {
    named(codes::education(), &education.code().to_string())
}

pub(super) fn occupation(occupation: Occupation) -> Text {
    named(codes::occupations(), &occupation.code().to_string())
}

pub(super) fn ethnicity(group: Ethnicity) -> Text {
    named(codes::ethnic_groups(), &format!("{:02}", group.0))
}

pub(super) fn topic(topic: Topic) -> Text {
    let (zh, en) = match topic {
        Topic::History => ("学习、工作经历", "study and work"),
        Topic::Understanding => ("对党的认识", "understanding of the Party"),
        Topic::Motive => ("入党动机", "motive"),
        Topic::LawAbidance => ("遵纪守法情况", "abiding by the law"),
        Topic::Family => ("家庭情况", "family"),
        Topic::BasicsExplained => ("向申请人介绍党的基本知识", "basics explained to the applicant"),
    };
    Text::new(zh, en)
}

pub(super) fn recommender(by: Recommender) -> Text {
    let (zh, en) = match by {
        Recommender::Members => ("党员推荐", "members"),
        Recommender::YouthLeague => ("共青团推优", "the Youth League"),
        Recommender::Union => ("工会推荐", "the trade union"),
        Recommender::WomensFederation => ("妇联推荐", "the women's federation"),
        Recommender::Public => ("公开推荐", "open recommendation"),
    };
    Text::new(zh, en)
}

pub(super) fn opinion(of: Opinion) -> Text {
    let (zh, en) = match of {
        Opinion::Group => ("党小组意见", "the Party group"),
        Opinion::Mentors => ("培养联系人意见", "the mentors"),
        Opinion::Members => ("党员意见", "members"),
        Opinion::Masses => ("群众意见", "people outside the Party"),
    };
    Text::new(zh, en)
}

pub(super) fn review(result: ReviewResult) -> Text {
    let (zh, en) = match result {
        ReviewResult::Continue => ("继续培养", "go on with training"),
        ReviewResult::PointsToImprove => ("指出不足，继续培养", "points to improve; go on"),
        ReviewResult::AdjustmentAdvised => ("建议调整", "a change is advised"),
    };
    Text::new(zh, en)
}

pub(super) fn body(body: Body) -> Text {
    let (zh, en) = match body {
        Body::BranchCommittee => ("支部委员会", "the branch committee"),
        Body::BranchMeeting => ("支部大会", "the branch meeting"),
        Body::Committee => ("党委会", "the committee"),
        Body::GeneralBranchCommittee => ("党总支委员会", "the general branch committee"),
    };
    Text::new(zh, en)
}

/// What a motion would decide, as the end of “关于…的决议”.
pub(super) fn motion(motion: Motion) -> Text {
    let (zh, en) = match motion {
        Motion::Confirm => ("按期转为中共正式党员", "confirming as a full member"),
        Motion::Extend => ("延长预备期", "extending the probation of"),
        Motion::Cancel => ("取消预备党员资格", "cancelling the probationary membership of"),
    };
    Text::new(zh, en)
}

/// What a public notice announces.
pub(super) fn announced(stage: NoticeStage) -> Text {
    let (zh, en) = match stage {
        NoticeStage::Target => ("拟确定为发展对象", "is to be listed as a development target"),
        NoticeStage::Admission => ("拟接收为中共预备党员", "is to be admitted as a probationary member"),
        NoticeStage::Confirmation => ("拟转为中共正式党员", "is to be confirmed as a full member"),
    };
    Text::new(zh, en)
}

/// Events beside the 25 steps that belong into the register of progress; the others only amend.
pub(super) fn change(change: &Change) -> Option<Text> {
    let (zh, en) = match change {
        Change::Opened(_) => ("建立档案", "File opened"),
        Change::ThoughtReported(_) => ("思想汇报", "Thought report"),
        Change::MentorReplaced(_) => ("更换培养联系人", "Mentor replaced"),
        Change::NoticeOpened(_) => ("公示开始", "Public notice opened"),
        Change::NoticeClosed(_) => ("公示结束", "Public notice closed"),
        Change::ObjectionsSettled(_) => ("反映核查结论", "Objections settled"),
        Change::Suspended(_) => ("暂缓", "Halted"),
        Change::Resumed(_) => ("恢复", "Resumed"),
        Change::StepReturned(_) => ("退回补正", "Returned for repair"),
        Change::FaultAcknowledged(_) => ("问题备查", "Fault noted by the committee"),
        Change::TransferSent(_) => ("转出", "Sent to another branch"),
        Change::TransferReceived(_) => ("转入", "Received from another branch"),
        Change::Ended(_) => ("终止", "Ended"),
        Change::Completed(_) | Change::PaperAttached(_) | Change::Corrected(_) | Change::Invalidated(_) => {
            return None;
        }
    };
    Some(Text::new(zh, en))
}
