//! The closed words of the rulebook: kinds of requirement with their parameters, the dates of a
//! file that rules speak of, and the words of steps. A rule that cannot be said with these needs
//! another kind, never an operator.

use crate::case_file::Stage;
use crate::text::Text;

/// A closed list of words.
pub(crate) trait Word: Copy + Sized + 'static {
    /// Every word with its meaning.
    const WORDS: &'static [(&'static str, Self)];
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The word in the files.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl Word for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, $name::$variant)),*];
        }
    )*};
}

words! {
    /// A date of a case file that a rule can name.
    FileDate {
        /// 递交入党申请书.
        AppliedOn = "applied_on",
        /// 派人谈话.
        TalkOn = "talk_on",
        /// 确定入党积极分子.
        ActivistOn = "activist.on",
        /// 确定发展对象.
        TargetOn = "target.on",
        /// 政治审查.
        PoliticalReviewOn = "political_review.on",
        /// First day of the short course.
        CourseFrom = "course.from",
        /// Last day of the short course.
        CourseTo = "course.to",
        /// Examination of the short course.
        CourseExamOn = "course.exam_on",
        /// Certificate of the short course.
        CourseCertificateOn = "course.certificate_on",
        /// 预审.
        PreExaminationOn = "pre_examination.on",
        /// 填写入党志愿书.
        FormOn = "form_on",
        /// 支部大会.
        MeetingOn = "meeting.on",
        /// 审批前谈话.
        ApprovalTalkOn = "approval_talk_on",
        /// 党委审批.
        ApprovalOn = "approval.on",
        /// 入党宣誓.
        OathOn = "oath_on",
        /// 转正申请.
        ConfirmationAppliedOn = "confirmation.applied_on",
        /// The last meeting that decided to confirm.
        ConfirmingMeetingOn = "confirming_meeting.on",
        /// 转正审批.
        ConfirmationApprovalOn = "confirmation.approval_on",
    }

    /// A fact that the wording of a rule can mention.
    Fact {
        /// The day that is judged.
        Day = "day",
        /// The day from which is counted, or with which is compared.
        Since = "since",
        /// The day that was due.
        Due = "due",
        /// The day on which the file is looked at.
        AsOf = "as_of",
        /// A number of months in the rule.
        Months = "months",
        /// A number of years in the rule.
        Years = "years",
        /// What was counted.
        Count = "count",
        /// The least that will do.
        Minimum = "minimum",
        /// The most that will do.
        Maximum = "maximum",
        /// The first day of a span.
        From = "from",
        /// The last day of a span.
        To = "to",
        /// Which one of a list, counted from one.
        Nth = "nth",
        /// Days of a course.
        Days = "days",
        /// Class hours of a course.
        Hours = "hours",
        /// The least days of a course.
        MinimumDays = "minimum_days",
        /// The least class hours of a course.
        MinimumHours = "minimum_hours",
        /// Members entitled to vote.
        Entitled = "entitled",
        /// Members present.
        Present = "present",
        /// Votes in favour, written ones included.
        InFavour = "in_favour",
        /// What exactly does not fit.
        Reason = "reason",
        /// What the judged thing is called.
        What = "what",
        /// What the thing before it is called.
        Before = "before",
    }

    /// The unit in which days are counted.
    DayUnit {
        /// Every day.
        Calendar = "calendar_days",
        /// Days on which offices work.
        Working = "working_days",
    }

    /// What somebody vouches for a candidate as.
    Role {
        /// 培养联系人.
        Mentor = "mentor",
        /// 入党介绍人.
        Sponsor = "sponsor",
    }

    /// Something that is passed or failed before the admitting meeting.
    Trial {
        /// 政治审查.
        PoliticalReview = "political_review",
        /// 短期集中培训.
        Course = "course",
        /// 预审.
        PreExamination = "pre_examination",
    }

    /// How sure we are of a citation and its numbers.
    Certainty {
        /// Two sources agree, or the official text was seen.
        High = "high",
        /// One decent source.
        Medium = "medium",
        /// To be checked against the text.
        Low = "low",
    }

    /// The five phases of admission.
    Phase {
        /// 申请入党.
        Applying = "applying",
        /// 入党积极分子的确定和培养教育.
        Activist = "activist",
        /// 发展对象的确定和考察.
        Target = "target",
        /// 预备党员的接收.
        Admission = "admission",
        /// 预备党员的教育考察和转正.
        Probation = "probation",
    }

    /// Who acts in a step.
    Actor {
        /// 申请人.
        Applicant = "applicant",
        /// 培养联系人.
        Mentors = "mentors",
        /// 入党介绍人.
        Sponsors = "sponsors",
        /// 预备党员.
        ProbationaryMember = "probationary_member",
        /// 支部书记.
        BranchSecretary = "branch_secretary",
        /// 支部组织委员.
        BranchOrganiser = "branch_organiser",
        /// 支部委员会.
        BranchCommittee = "branch_committee",
        /// 支部大会.
        BranchMeeting = "branch_meeting",
        /// 基层党委.
        Committee = "committee",
        /// 组织员.
        Organiser = "organiser",
        /// 县级党委组织部门.
        OrganisationDepartment = "organisation_department",
    }

    /// What a number of a step limits.
    Limit {
        /// The least age in years.
        MinimumAgeYears = "minimum_age_years",
        /// The most months after the step before.
        WithinMonths = "within_months",
        /// The most months, for special reasons.
        AtMostMonths = "at_most_months",
        /// The least months after the step before.
        NoSoonerThanMonths = "no_sooner_than_months",
        /// How often it recurs.
        EveryMonths = "every_months",
        /// The least number of persons.
        MinimumPersons = "minimum_persons",
        /// The most persons.
        MaximumPersons = "maximum_persons",
        /// The least length in days.
        MinimumDays = "minimum_days",
        /// The least length in class hours.
        MinimumHours = "minimum_hours",
        /// The least working days of a public notice.
        NoticeWorkingDays = "notice_working_days",
        /// The length of probation.
        ProbationMonths = "probation_months",
        /// The shortest extension of probation.
        MinimumExtensionMonths = "minimum_extension_months",
        /// The longest extension of probation.
        MaximumExtensionMonths = "maximum_extension_months",
    }
}

impl Word for Stage {
    const WORDS: &'static [(&'static str, Self)] =
        &[("target", Stage::Target), ("admission", Stage::Admission), ("confirmation", Stage::Confirmation)];
}

/// The day that decides which edition judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A date of the file. Absent, a rule of every edition is judged by the day of looking, and
    /// a rule of some editions says nothing.
    Date(FileDate),
    /// A date that the kind of requirement finds for each place.
    Each,
}

/// A part of a whole, as the rules put it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Above the line.
    pub numerator: u16,
    /// Below the line.
    pub denominator: u16,
}

/// A length in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// How many.
    pub count: u16,
    /// Of which days.
    pub unit: DayUnit,
}

/// A requirement, by kind. Each kind has one function in `check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirement {
    /// A date is not before an age is reached.
    OfAge {
        /// The date.
        day: FileDate,
        /// The age.
        years: u16,
    },
    /// The identity number fits its check character and the day of birth.
    IdentityNumber,
    /// A date is within so many months of another.
    WithinMonths {
        /// The date.
        day: FileDate,
        /// The other.
        since: FileDate,
        /// How many.
        months: u16,
        /// Beyond so many months this rule is silent, because a graver one speaks.
        silent_beyond_months: Option<u16>,
        /// Whether an absent date is judged on the day of looking.
        also_if_absent: bool,
    },
    /// A date is recorded at all, once so many months have passed since another.
    RecordedWithinMonths {
        /// The date.
        day: FileDate,
        /// The other.
        since: FileDate,
        /// How many.
        months: u16,
    },
    /// A date is at least so many months after another.
    NoSoonerThanMonths {
        /// The date.
        day: FileDate,
        /// The other.
        since: FileDate,
        /// How many.
        months: u16,
    },
    /// A date is not before another.
    NotBefore {
        /// The date.
        day: FileDate,
        /// The other.
        other: FileDate,
    },
    /// A date is not after another.
    NotAfter {
        /// The date.
        day: FileDate,
        /// The other.
        other: FileDate,
    },
    /// A date is recorded wherever another is.
    RecordedWith {
        /// The date.
        day: FileDate,
        /// The other.
        other: FileDate,
    },
    /// Dates do not run against their order.
    InOrder {
        /// The dates, in order.
        dates: Vec<FileDate>,
        /// Neighbours that another rule judges.
        judged_elsewhere: Vec<(FileDate, FileDate)>,
    },
    /// A review falls into every window of so many months from the listing as an activist.
    ReviewEvery {
        /// The length of a window.
        months: u16,
    },
    /// The number of mentors of an activist.
    MentorCount {
        /// The least.
        minimum: u16,
        /// The most.
        maximum: u16,
    },
    /// The number of different sponsors of an admission.
    SponsorCount {
        /// How many.
        count: u16,
    },
    /// Mentors or sponsors are full members when they are named.
    FullMember {
        /// Which.
        role: Role,
    },
    /// A notice of the stage was posted.
    NoticePosted {
        /// The stage.
        stage: Stage,
        /// The least length.
        length: Span,
    },
    /// The notice was long enough.
    NoticeLong {
        /// The stage.
        stage: Stage,
        /// The least length.
        length: Span,
    },
    /// The notice was over before the step.
    NoticeOver {
        /// The stage.
        stage: Stage,
        /// The least length.
        length: Span,
    },
    /// Something was done before an admitting meeting.
    Done {
        /// What.
        trial: Trial,
    },
    /// Something was passed before an admitting meeting.
    Passed {
        /// What.
        trial: Trial,
    },
    /// The course has the least days or the least class hours.
    CourseLong {
        /// The least days.
        days: u16,
        /// The least class hours.
        hours: u16,
    },
    /// The certificate follows an examination that was passed.
    CertificateEarned,
    /// More than a share of those entitled were present.
    Quorum {
        /// The share.
        more_than: Share,
    },
    /// More than a share of those entitled were in favour, where the decision rests on it.
    Majority {
        /// The share.
        more_than: Share,
    },
    /// The figures of a vote add up.
    CountsAgree,
    /// The ballot was secret.
    SecretBallot,
    /// The resolution is signed.
    ResolutionSigned,
    /// Probation is endorsed from the meeting and for its length.
    ProbationEndorsed {
        /// The length.
        months: u16,
    },
    /// A meeting that passed is approved within so many months.
    ApprovalDecided {
        /// How many.
        months: u16,
    },
    /// The first decision at the end of probation does not come early, unless it cancels.
    ConfirmationNoSooner {
        /// The length of probation.
        months: u16,
    },
    /// The first decision at the end of probation comes in time.
    ConfirmationWithin {
        /// How many months after the admitting meeting.
        months: u16,
    },
    /// A confirming meeting rests on an application.
    ConfirmationApplied,
    /// An extension has a length the rules allow.
    ExtensionLength {
        /// The least months.
        minimum: u16,
        /// The most months.
        maximum: u16,
    },
    /// Probation is extended once at most.
    ExtensionOnce,
    /// Nothing but a cancellation is decided before an extension has run.
    ExtensionServed {
        /// The length of probation before the extension.
        months: u16,
    },
}

impl FileDate {
    /// What the date is called in both languages.
    #[must_use]
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            FileDate::AppliedOn => ("递交入党申请书", "the application"),
            FileDate::TalkOn => ("派人谈话", "the talk with the applicant"),
            FileDate::ActivistOn => ("确定入党积极分子", "the listing as an activist"),
            FileDate::TargetOn => ("确定发展对象", "the listing as a development target"),
            FileDate::PoliticalReviewOn => ("政治审查", "the political review"),
            FileDate::CourseFrom => ("短期集中培训开始", "the start of the short course"),
            FileDate::CourseTo => ("短期集中培训结束", "the end of the short course"),
            FileDate::CourseExamOn => ("培训考试", "the examination of the course"),
            FileDate::CourseCertificateOn => ("结业证书", "the certificate of the course"),
            FileDate::PreExaminationOn => ("预审", "the pre-examination"),
            FileDate::FormOn => ("填写入党志愿书", "the application form"),
            FileDate::MeetingOn => ("支部大会", "the branch meeting"),
            FileDate::ApprovalTalkOn => ("审批前谈话", "the talk before approval"),
            FileDate::ApprovalOn => ("党委审批", "the approval"),
            FileDate::OathOn => ("入党宣誓", "the oath"),
            FileDate::ConfirmationAppliedOn => ("转正申请", "the application to be confirmed"),
            FileDate::ConfirmingMeetingOn => ("讨论转正的支部大会", "the confirming meeting"),
            FileDate::ConfirmationApprovalOn => ("转正审批", "the approval of the confirmation"),
        }
    }
}

impl Phase {
    /// The official name.
    #[must_use]
    pub fn name(self) -> Text {
        let (zh, en) = match self {
            Phase::Applying => ("申请入党", "Applying"),
            Phase::Activist => ("入党积极分子的确定和培养教育", "Choosing and training activists"),
            Phase::Target => ("发展对象的确定和考察", "Choosing and examining development targets"),
            Phase::Admission => ("预备党员的接收", "Admitting probationary members"),
            Phase::Probation => ("预备党员的教育、考察和转正", "Probation and confirmation"),
        };
        Text::new(zh, en)
    }
}

impl Requirement {
    /// The stage of a notice, for the kinds that have one.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        if let Requirement::NoticePosted { stage, .. }
        | Requirement::NoticeLong { stage, .. }
        | Requirement::NoticeOver { stage, .. } = self
        {
            Some(*stage)
        } else {
            None
        }
    }

    /// The name of the kind in the files.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.outline().0
    }

    /// The facts that the wording may mention.
    #[must_use]
    pub fn facts(&self) -> &'static [Fact] {
        self.outline().1
    }

    /// Whether the file must name the day by which the edition is chosen. Other kinds find it for
    /// each place themselves.
    #[must_use]
    pub fn needs_by(&self) -> bool {
        self.outline().2
    }

    fn outline(&self) -> (&'static str, &'static [Fact], bool) {
        use Fact::*;
        match self {
            Requirement::OfAge { .. } => ("of_age", &[Day, Due, Since, Years], true),
            Requirement::IdentityNumber => ("identity_number", &[Reason], true),
            Requirement::WithinMonths { .. } => ("within_months", &[Day, Since, Due, Months], true),
            Requirement::RecordedWithinMonths { .. } => {
                ("recorded_within_months", &[Since, Due, Months, AsOf], true)
            }
            Requirement::NoSoonerThanMonths { .. } => {
                ("no_sooner_than_months", &[Day, Since, Due, Months], true)
            }
            Requirement::NotBefore { .. } => ("not_before", &[Day, Since], true),
            Requirement::NotAfter { .. } => ("not_after", &[Day, Since], true),
            Requirement::RecordedWith { .. } => ("recorded_with", &[Since], true),
            Requirement::InOrder { .. } => ("in_order", &[Day, Since, What, Before], false),
            Requirement::ReviewEvery { .. } => ("review_every", &[Nth, From, To, Months], false),
            Requirement::MentorCount { .. } => ("mentor_count", &[Count, Minimum, Maximum], true),
            Requirement::SponsorCount { .. } => ("sponsor_count", &[Count, Minimum], true),
            Requirement::FullMember { .. } => ("full_member", &[Nth, Day, Since], false),
            Requirement::NoticePosted { .. } => ("notice_posted", &[Day, Minimum], false),
            Requirement::NoticeLong { .. } => ("notice_long", &[From, To, Count, Minimum], false),
            Requirement::NoticeOver { .. } => ("notice_over", &[Day, To], false),
            Requirement::Done { .. } => ("done", &[Since], true),
            Requirement::Passed { .. } => ("passed", &[Day, Since], true),
            Requirement::CourseLong { .. } => {
                ("course_long", &[From, Days, Hours, MinimumDays, MinimumHours], true)
            }
            Requirement::CertificateEarned => ("certificate_earned", &[Day, Reason], true),
            Requirement::Quorum { .. } => ("quorum", &[Day, Present, Entitled], false),
            Requirement::Majority { .. } => ("majority", &[Day, InFavour, Entitled], false),
            Requirement::CountsAgree => ("counts_agree", &[Day, Reason], false),
            Requirement::SecretBallot => ("secret_ballot", &[Day], false),
            Requirement::ResolutionSigned => ("resolution_signed", &[Day], false),
            Requirement::ProbationEndorsed { .. } => {
                ("probation_endorsed", &[From, To, Since, Due, Months], true)
            }
            Requirement::ApprovalDecided { .. } => ("approval_decided", &[Since, Due, Months, AsOf], true),
            Requirement::ConfirmationNoSooner { .. } => {
                ("confirmation_no_sooner", &[Day, Since, Due, Months], false)
            }
            Requirement::ConfirmationWithin { .. } => {
                ("confirmation_within", &[Day, Since, Due, Months], false)
            }
            Requirement::ConfirmationApplied => ("confirmation_applied", &[Day, Since], true),
            Requirement::ExtensionLength { .. } => {
                ("extension_length", &[Day, Count, Minimum, Maximum], false)
            }
            Requirement::ExtensionOnce => ("extension_once", &[Day], false),
            Requirement::ExtensionServed { .. } => ("extension_served", &[Day, Due, Months, Count], false),
        }
    }
}
