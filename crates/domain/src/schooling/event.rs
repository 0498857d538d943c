//! What is recorded of schooling. Names and fields are for ever. What concerns one person is recorded
//! about that person and sealed; what concerns everybody is not.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::dates::Instant;
use crate::ids::{AccountId, CaseId, CohortId, QuestionId};
use crate::person::coded;

/// Answers by the number of their item, from 1: letters for closed questions, text for written ones.
pub type Answers = BTreeMap<i64, String>;

coded! {
    /// The three classes of learners, each with its own regime (分类教育管理).
    LearnerClass {
        /// 申请入党人.
        Applicant = 1, "applicant";
        /// 入党积极分子.
        Activist = 2, "activist";
        /// 发展对象.
        Target = 3, "target";
    }
}

coded! {
    /// Whether people come together or learn where they are (集中与分散).
    Gathering {
        /// 集中.
        Central = 1, "central";
        /// 分散.
        Scattered = 2, "scattered";
    }
}

coded! {
    /// Lesson or activity (理论学习与党日活动).
    Content {
        /// 理论学习.
        Theory = 1, "theory";
        /// 党日活动.
        PartyDay = 2, "party_day";
    }
}

coded! {
    /// Learning or doing (思想教育与实践锻炼).
    Mode {
        /// 学习.
        Study = 1, "study";
        /// 实践.
        Practice = 2, "practice";
    }
}

coded! {
    /// What is taught.
    Subject {
        /// 党的基本理论、基本知识.
        Theory = 1, "theory";
        /// 一般知识.
        General = 2, "general";
        /// 文化知识.
        Cultural = 3, "cultural";
        /// 专业知识.
        Professional = 4, "professional";
        /// 技术知识.
        Technical = 5, "technical";
    }
}

coded! {
    /// How a question is answered.
    QuestionKind {
        /// 单项选择.
        Single = 1, "single";
        /// 多项选择.
        Multiple = 2, "multiple";
        /// 判断.
        TrueFalse = 3, "true_false";
        /// 简答.
        Short = 4, "short";
        /// 论述.
        Essay = 5, "essay";
    }
}

impl QuestionKind {
    /// Whether a machine marks it.
    #[must_use]
    pub fn is_closed(self) -> bool {
        match self {
            QuestionKind::Single | QuestionKind::Multiple | QuestionKind::TrueFalse => true,
            QuestionKind::Short | QuestionKind::Essay => false,
        }
    }
}

coded! {
    /// How a paper is sat.
    Medium {
        /// 机考.
        Screen = 1, "screen";
        /// 笔试.
        Paper = 2, "paper";
    }
}

coded! {
    /// Which marking of an answer.
    MarkRound {
        /// 一评.
        First = 1, "first";
        /// 二评.
        Second = 2, "second";
        /// 仲裁.
        Arbitration = 3, "arbitration";
    }
}

/// A planned session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Number within the cohort; a session keeps it when others are planned anew.
    pub number: i64,
    /// The day.
    pub on: Date,
    /// Class hours.
    pub hours: i64,
    /// Together or where people are.
    pub gathering: Gathering,
    /// Lesson or activity.
    pub content: Content,
    /// Learning or doing.
    pub mode: Mode,
    /// What is taught.
    pub subject: Subject,
    /// The topic.
    pub topic: String,
    /// Who teaches.
    pub lecturer: String,
}

/// What is settled when a cohort is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The name of the course.
    pub title: String,
    /// The class of learners.
    pub class: LearnerClass,
    /// The calendar year of the study plan to which it belongs.
    pub year: i16,
    /// Short-term concentrated training, which the rulebook measures.
    pub is_short_course: bool,
    /// Class hours that everybody owes.
    pub hours_due: i64,
    /// Least share of the points for a pass, in hundredths.
    pub pass_percent: i64,
    /// Two markings of an answer may differ by so many hundredths of its points.
    pub tolerance_percent: i64,
    /// The sessions.
    pub sessions: Vec<Session>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// How it is answered.
    pub kind: QuestionKind,
    /// What it is about.
    pub subject: Subject,
    /// The question.
    pub text: String,
    /// What is to be chosen from; none for written answers and true or false.
    pub options: Vec<String>,
    /// Letters of the right options, `T` or `F`; for a written answer what a good one says.
    pub key: String,
    /// Points for a right answer.
    pub points: i64,
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type,)* }
    )*};
}

events! {
    /// A course was opened for a class of learners.
    CohortOpened {
        /// The cohort.
        cohort: CohortId,
        /// What is settled.
        terms: Terms,
    }
    /// Its sessions were planned anew.
    CohortPlanned {
        /// The cohort.
        cohort: CohortId,
        /// All sessions.
        sessions: Vec<Session>,
    }
    /// Somebody was enrolled.
    CohortEnrolled {
        /// The cohort.
        cohort: CohortId,
        /// The admission file from which.
        case: CaseId,
    }
    /// Somebody left the cohort.
    CohortWithdrawn {
        /// The cohort.
        cohort: CohortId,
        /// Why.
        reason: String,
    }
    /// Somebody attended a session, or was missed.
    CohortAttended {
        /// The cohort.
        cohort: CohortId,
        /// Number of the session.
        session: i64,
        /// Class hours attended; 0 for an absence.
        hours: i64,
    }
    /// A question was entered in the bank of a unit.
    QuestionEntered {
        /// Its number.
        number: QuestionId,
        /// The question.
        question: Question,
    }
    /// A question is not drawn any more.
    QuestionRetired {
        /// Its number.
        number: QuestionId,
        /// Why.
        reason: String,
    }
    /// A paper was sealed: its digest stands in the record before anybody can read it.
    ExamSealed {
        /// The cohort.
        cohort: CohortId,
        /// Number of the paper within the cohort, from 1.
        number: i64,
        /// For those who did not pass an earlier one.
        is_resit: bool,
        /// The one minute at which it opens everywhere.
        opens_at: Instant,
        /// Minutes to write.
        minutes: i64,
        /// Number of items.
        n_items: i64,
        /// Points of all items.
        points: i64,
        /// Lower-case hexadecimal SHA-256 of the text.
        sha256: String,
        /// The text, sealed; base64.
        sealed_text: String,
        /// The key to it, sealed under the site's; base64.
        sealed_key: String,
    }
    /// Somebody began to sit a paper.
    ExamBegun {
        /// The cohort.
        cohort: CohortId,
        /// Number of the paper.
        paper: i64,
        /// On screen or on paper.
        medium: Medium,
    }
    /// Answers were saved; the last ones count.
    ExamSaved {
        /// The cohort.
        cohort: CohortId,
        /// Number of the paper.
        paper: i64,
        /// Every answer, by the number of its item.
        answers: Answers,
    }
    /// Somebody got more time.
    ExamExtended {
        /// The cohort.
        cohort: CohortId,
        /// Number of the paper.
        paper: i64,
        /// Minutes more than before.
        minutes: i64,
        /// Why.
        reason: String,
    }
    /// A sitting was over.
    ExamHandedIn {
        /// The cohort.
        cohort: CohortId,
        /// Number of the paper.
        paper: i64,
    }
    /// A written answer was marked.
    ExamMarked {
        /// The cohort.
        cohort: CohortId,
        /// Number of the paper.
        paper: i64,
        /// Number of the item.
        item: i64,
        /// Which marking.
        round: MarkRound,
        /// Points for the answer.
        points: i64,
        /// Who marked.
        marker: AccountId,
    }
    /// A certificate was issued.
    CertificateIssued {
        /// The cohort.
        cohort: CohortId,
        /// Number of the paper that was passed.
        paper: i64,
        /// The year in which it is numbered.
        year: i16,
        /// The number within organiser and year, from 1, without gaps.
        serial: i64,
        /// The whole number as it is printed.
        number: String,
        /// Points in hundredths of all points.
        percent: i64,
        /// The day of the examination.
        exam_on: Date,
    }
    /// A certificate was found void; its number is not used again.
    CertificateVoided {
        /// The cohort.
        cohort: CohortId,
        /// The year in which it is numbered.
        year: i16,
        /// The number within organiser and year.
        serial: i64,
        /// Why.
        reason: String,
    }
}
