//! What is wrong on purpose in the demonstration city, in one table: kind, how often, what finds it.
//! A late first talk and a course before the target listing are not here, because neither the rules of
//! 1990 nor the source plan say anything of them.

use domain::months::add_months;
use domain::text::Text;
use jiff::ToSpan;
use jiff::civil::Date;

use super::days::{Days, Diary, PREPARING};
use super::{PlannedFile, last_day_of};
use crate::demo::{DAY, FIRST_DAY, LAST_DAY};

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $share:literal, $rule:expr, $zh:literal, $en:literal;)*) => {
        /// Something that was put into a file so that it can be found.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $($(#[$doc])* $name,)*
        }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Fault] = &[$(Fault::$name,)*];

            /// Files with it, per thousand of those whose journey it suits; a file has one at most.
            pub(crate) fn share(self) -> u64 {
                match self { $(Fault::$name => $share,)* }
            }

            /// The rule that finds it, if one does.
            #[must_use]
            pub fn rule(self) -> Option<&'static str> {
                match self { $(Fault::$name => $rule,)* }
            }

            /// What it is called.
            #[must_use]
            pub fn name(self) -> Text {
                match self { $(Fault::$name => Text::new($zh, $en),)* }
            }
        }
    };
}

faults! {
    /// One half-year without a review.
    ReviewMissed = 10, Some("V05.review_missing"), "缺一次半年考察", "one half-yearly review missing";
    /// The review of the last half-year is overdue in a running file.
    ReviewOverdue = 60, Some("V05.review_missing"), "半年考察逾期未做", "a half-yearly review overdue";
    /// Listed, but no mentors named.
    MentorsMissing = 40, Some("V06.mentor_count"), "未指定培养联系人", "no mentors named";
    /// A sponsor who was not yet a full member.
    SponsorNotFull = 4, Some("V06.sponsor_not_full"), "介绍人当时不是正式党员",
        "a sponsor not yet a full member";
    /// The notice before admission was a day short.
    NoticeShort = 8, Some("V07.notice_short"), "接收前公示少一天", "the notice before admission a day short";
    /// Attended four days of six.
    CourseShort = 5, Some("V09.short"), "集中培训天数不足", "too few days of the course";
    /// The certificate was dated before the examination.
    CertificateEarly = 5, Some("V09.certificate_early"), "结业证书早于考试", "the certificate before the examination";
    /// Approved after three months, with the special reason.
    ApprovalLate = 10, Some("V12.late"), "三个月后才审批", "approval after more than three months";
    /// Probation ended more than three months ago without a meeting.
    ConfirmationOverdue = 60, None, "转正逾期未讨论", "the meeting on confirmation overdue";
    /// An entry some days late, with the reason.
    LateEntry = 20, None, "迟录并说明原因", "entered late, with the reason";
    /// An entry more than thirty days late, attested by a second person.
    VeryLateEntry = 5, None, "迟录三十日以上，经上级核证", "entered very late, attested from above";
    /// Filled in afterwards.
    BackFilled = 8, None, "事后补录", "filled in afterwards";
    /// A day that was put right.
    Corrected = 6, None, "日期更正", "a day corrected";
    /// An application entered in the wrong file and found void.
    Invalidated = 6, None, "登记错误，已撤销", "an entry found void";
    /// Removed from the list of activists.
    Removed = 25, None, "调整出积极分子队伍", "removed from the list of activists";
    /// Withdrew the application.
    Withdrawn = 8, None, "本人撤回申请", "withdrawn by the applicant";
    /// Applied again after an earlier file had ended.
    Reapplied = 5, None, "重新申请，有前一份档案", "applied again after an earlier file";
    /// Sent to another branch and not yet received.
    TransferPending = 30, None, "转出后对方未签收", "sent to another branch, not yet received";
    /// Halted.
    Suspended = 12, None, "暂缓办理", "halted";
    /// An objection to the notice is being checked.
    ObjectionsOpen = 60, None, "公示有反映，正在核查", "an objection to the notice being checked";
    /// A paper was returned for repair.
    StepReturned = 40, None, "材料退回补正", "a paper returned for repair";
    /// Papers copied among several files of one branch.
    CopiedPapers = 0, Some("X06.same_days"), "同一支部多份材料雷同", "papers copied among files of one branch";
}

/// Files of the one set that was copied.
pub(crate) const N_COPIED: usize = 5;

impl Fault {
    /// Whether the journey is one in which it can have happened.
    pub(crate) fn suits(self, file: &PlannedFile) -> bool {
        let Days { training, admission, probation } = &file.days;
        let is_past = |day: Date| day <= LAST_DAY;
        let is_live = |day: Date| day > FIRST_DAY && is_past(day.saturating_add(70.days()));
        let is_running = !file.is_recruit && is_past(training.listed) && !is_past(training.target);
        // A review that falls due while nothing may be written would be a second fault.
        let is_quiet = |days: i64| {
            let since = LAST_DAY.saturating_sub(days.days());
            !training.reviews.iter().any(|day| *day >= since && *day <= DAY.saturating_add(10.days()))
        };
        match self {
            Fault::ReviewMissed => is_past(training.target) && training.reviews.len() > 2,
            Fault::ReviewOverdue => is_running && overdue_window(&file.days).is_some(),
            Fault::MentorsMissing => is_running && add_months(training.listed, 6) > DAY,
            Fault::SponsorNotFull => is_past(admission.meeting) && admission.sponsors > FIRST_DAY,
            Fault::NoticeShort => is_past(admission.meeting) && admission.notice.0 > FIRST_DAY,
            Fault::CourseShort | Fault::CertificateEarly => {
                is_past(admission.examined) && admission.course.from > FIRST_DAY
            }
            Fault::ApprovalLate => is_past(add_months(admission.meeting, 5)),
            Fault::ConfirmationOverdue => {
                let due = add_months(probation.ends, 3);
                file.is_recruit && due < DAY && due.saturating_add(200.days()) > DAY
            }
            Fault::LateEntry | Fault::VeryLateEntry | Fault::BackFilled => {
                training.reviews.first().is_some_and(|day| is_live(*day))
            }
            Fault::Corrected => is_live(training.talk),
            Fault::Invalidated => {
                !file.is_recruit
                    && !is_past(training.listed)
                    && is_live(training.applied.saturating_sub(40.days()))
            }
            Fault::Removed => is_running && is_past(training.listed.saturating_add(250.days())),
            Fault::Withdrawn => !file.is_recruit && !is_past(training.listed) && is_live(training.talk),
            Fault::Reapplied => training.applied.year() >= 2000,
            Fault::TransferPending | Fault::Suspended => {
                is_running && is_past(training.listed.saturating_add(40.days())) && is_quiet(30)
            }
            Fault::ObjectionsOpen => {
                !file.is_recruit && is_past(training.target.saturating_add(PREPARING.days()))
            }
            Fault::StepReturned => !file.is_recruit && is_past(admission.political.saturating_add(15.days())),
            Fault::CopiedPapers => false,
        }
    }

    /// Puts it into the days; what concerns single papers is done where they are written.
    pub(crate) fn apply(self, file: &mut PlannedFile, diary: &mut Diary<'_>) {
        file.fault = Some(self);
        match self {
            Fault::ReviewMissed => drop(file.days.training.reviews.remove(0)),
            Fault::ReviewOverdue => {
                let since = overdue_window(&file.days).map_or(DAY, |(from, _)| from);
                file.days.training.reviews.retain(|day| *day <= since);
            }
            Fault::NoticeShort => {
                let (from, to) = &mut file.days.admission.notice;
                *from = to.saturating_sub(5.days());
            }
            Fault::ApprovalLate => {
                let n_days = diary.random.between(98, 125);
                file.days = diary.approved_after(&file.days, n_days);
            }
            Fault::ConfirmationOverdue => {
                file.until = file.days.probation.applied.saturating_sub(1.days());
            }
            Fault::Removed => {
                let listed = file.days.training.listed;
                file.until = diary.after(listed, 190, 235);
            }
            Fault::Withdrawn | Fault::Invalidated => file.until = diary.before(LAST_DAY, 2, 15),
            Fault::TransferPending | Fault::Suspended => file.until = diary.before(LAST_DAY, 1, 20),
            Fault::StepReturned => file.until = diary.before(LAST_DAY, 0, 6),
            Fault::ObjectionsOpen => {
                file.days = diary.moved(&file.days, LAST_DAY);
                file.until = file.days.admission.notice.1;
            }
            Fault::Reapplied => file.earlier = Some(diary.first_attempt(file.days.training.applied)),
            Fault::MentorsMissing
            | Fault::SponsorNotFull
            | Fault::CourseShort
            | Fault::CertificateEarly
            | Fault::LateEntry
            | Fault::VeryLateEntry
            | Fault::BackFilled
            | Fault::Corrected
            | Fault::CopiedPapers => {}
        }
        file.until = last_day_of(file.until);
    }
}

/// The half-year that ended in the two months before the demonstration day.
fn overdue_window(days: &Days) -> Option<(Date, Date)> {
    let listed = days.training.listed;
    let windows = (0u16..20).map(|n| (add_months(listed, 6 * n), add_months(listed, 6 * (n + 1))));
    windows.into_iter().find(|(_, to)| *to < DAY && to.saturating_add(75.days()) > DAY)
}
