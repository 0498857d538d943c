//! What is recorded of a year's responsibility. Names and fields are for ever. Persons are named by the
//! post they hold, so that no event of a charge is about a person.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Scheme;
use crate::ids::{ChargeId, PostId, UnitId};
use crate::person::coded;
use crate::text::Text;

/// Declares what is written in the record: plain data that refuses fields it does not know.
macro_rules! written {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $type,)*
        }
    )*};
}

coded! {
    /// How a task is measured.
    MeasureKind {
        /// 按要求完成: done or not.
        Words = 1, "words";
        /// 数量: at least so many.
        Count = 2, "count";
        /// 增收: so many thousandths above the base.
        Rise = 3, "rise";
        /// 节支: so many thousandths below the budget.
        Saving = 4, "saving";
    }
}

coded! {
    /// What an owner says to a task.
    TaskAnswer {
        /// 接受.
        Accept = 1, "accept";
        /// 退回.
        Return = 2, "return";
    }
}

coded! {
    /// How the level above presses for a task.
    Press {
        /// 催办.
        Remind = 1, "remind";
        /// 提请上级督办.
        Escalate = 2, "escalate";
    }
}

coded! {
    /// A side of a responsibility letter.
    Side {
        /// 授责方.
        Giver = 1, "giver";
        /// 承责方.
        Taker = 2, "taker";
    }
}

coded! {
    /// A grade of a year's appraisal.
    Grade {
        /// 优秀.
        Excellent = 1, "excellent";
        /// 良好.
        Good = 2, "good";
        /// 合格.
        Pass = 3, "pass";
        /// 不合格.
        Fail = 4, "fail";
    }
}

coded! {
    /// What a result was used for.
    Usage {
        /// 评先评优.
        Rating = 1, "rating";
        /// 奖惩.
        Reward = 2, "reward";
        /// 选拔任用参考.
        Selection = 3, "selection";
    }
}

coded! {
    /// Where the points of a line went.
    CauseKind {
        /// 任务逾期或未达标.
        Task = 1, "task";
        /// 责任书未签或迟签.
        Letter = 2, "letter";
        /// 与计划名额之差.
        Quota = 3, "quota";
        /// 每百份档案的问题.
        Files = 4, "files";
        /// 检查扣分.
        Inspection = 5, "inspection";
    }
}

written! {
    /// Who answers: a unit, or whoever holds a post in it.
    Owner {
        /// The unit.
        unit: UnitId,
        /// The post, where a person answers.
        post: Option<PostId>,
    }
    /// How a task is measured.
    Measure {
        /// The kind.
        kind: MeasureKind,
        /// In words.
        words: String,
        /// The base of a rise, the budget of a saving.
        base: Option<i64>,
        /// The number to reach; thousandths for a rise or a saving.
        target: Option<i64>,
    }
    /// A task as it is set.
    TaskTerms {
        /// The task that it is part of.
        parent: Option<i64>,
        /// What is to be done.
        title: String,
        /// The one who answers for it.
        owner: Option<Owner>,
        /// Units that help.
        co_owners: Vec<UnitId>,
        /// The last day.
        due_on: Date,
        /// How it is measured.
        measure: Measure,
    }
    /// The last days of a year, and by what it is appraised.
    Terms {
        /// Letters are signed until this day.
        sign_by: Date,
        /// Units rate themselves until this day.
        rate_by: Date,
        /// The scheme of the appraisal.
        scheme: Scheme,
    }
    /// What was found against an item, so many times.
    Deduction {
        /// Key of the item.
        item: String,
        /// How many times.
        n: i64,
        /// What was found.
        words: String,
    }
    /// A place where points went.
    Cause {
        /// The kind.
        kind: CauseKind,
        /// The task or letter, where there is one.
        number: Option<i64>,
        /// How many times it counts.
        n: i64,
        /// What was found.
        words: String,
    }
    /// An item of a result.
    Line {
        /// Key of the item.
        item: String,
        /// Points at most.
        weight: i64,
        /// Points for each time.
        each: i64,
        /// Times.
        n: i64,
        /// Points that are left.
        points: i64,
        /// Where they went.
        causes: Vec<Cause>,
    }
    /// The result of an appraisal with everything that it rests on.
    Outcome {
        /// Records until this day count.
        as_of: Date,
        /// Item by item.
        lines: Vec<Line>,
        /// Bonus asked for.
        bonus_given: i64,
        /// Bonus that counts.
        bonus: i64,
        /// What it is for.
        bonus_reason: String,
        /// What rules any grade above failure out, if anything does.
        veto: Option<String>,
        /// Points in all.
        total: i64,
        /// Items with no points left.
        n_zero: i64,
        /// The grade.
        grade: Grade,
    }
    /// See [`Event::ChargeOpened`](crate::event::Event::ChargeOpened).
    ChargeOpened {
        /// The charge.
        charge: ChargeId,
        /// The calendar year.
        year: i16,
        /// What is settled.
        terms: Terms,
    }
    /// See [`Event::TaskSet`](crate::event::Event::TaskSet).
    TaskSet {
        /// The charge.
        charge: ChargeId,
        /// Number of the task within it, from 1.
        number: i64,
        /// What is set.
        task: TaskTerms,
    }
    /// See [`Event::TaskAnswered`](crate::event::Event::TaskAnswered).
    TaskAnswered {
        /// The charge.
        charge: ChargeId,
        /// The task.
        number: i64,
        /// What is said.
        answer: TaskAnswer,
        /// Why.
        reason: String,
    }
    /// See [`Event::TaskPressed`](crate::event::Event::TaskPressed).
    TaskPressed {
        /// The charge.
        charge: ChargeId,
        /// The task.
        number: i64,
        /// How.
        press: Press,
        /// In what words.
        words: String,
    }
    /// See [`Event::TaskReported`](crate::event::Event::TaskReported).
    TaskReported {
        /// The charge.
        charge: ChargeId,
        /// The task.
        number: i64,
        /// The figure reached, where it is measured by one.
        figure: Option<i64>,
        /// The paper that shows it.
        evidence: String,
    }
    /// See [`Event::LetterDrafted`](crate::event::Event::LetterDrafted).
    LetterDrafted {
        /// The charge.
        charge: ChargeId,
        /// Number of the letter within it, from 1.
        number: i64,
        /// The unit that gives the responsibility.
        giver: UnitId,
        /// Who takes it.
        taker: Owner,
        /// The whole text.
        text: Text,
        /// Lower-case hexadecimal SHA-256 of both texts.
        sha256: String,
        /// The last day of signatures.
        sign_by: Date,
        /// The letter that it takes the place of, after a change of post.
        replaces: Option<i64>,
    }
    /// See [`Event::LetterSigned`](crate::event::Event::LetterSigned).
    LetterSigned {
        /// The charge.
        charge: ChargeId,
        /// The letter.
        number: i64,
        /// For which side.
        side: Side,
        /// The post of the person who signed.
        post: PostId,
        /// Digest of the text that was signed.
        sha256: String,
    }
    /// See [`Event::SelfRated`](crate::event::Event::SelfRated).
    SelfRated {
        /// The charge.
        charge: ChargeId,
        /// The letter under which it is rated.
        number: i64,
        /// Points by item.
        points: BTreeMap<String, i64>,
        /// In what words.
        words: String,
    }
    /// See [`Event::Inspected`](crate::event::Event::Inspected).
    Inspected {
        /// The charge.
        charge: ChargeId,
        /// The letter.
        number: i64,
        /// The unit from which the inspector came.
        by: UnitId,
        /// What was found.
        deductions: Vec<Deduction>,
        /// In what words.
        words: String,
    }
    /// See [`Event::Appraised`](crate::event::Event::Appraised).
    Appraised {
        /// The charge.
        charge: ChargeId,
        /// The letter.
        number: i64,
        /// The result.
        outcome: Outcome,
    }
    /// See [`Event::Appealed`](crate::event::Event::Appealed).
    Appealed {
        /// The charge.
        charge: ChargeId,
        /// The letter.
        number: i64,
        /// Why.
        reason: String,
    }
    /// See [`Event::AppealDecided`](crate::event::Event::AppealDecided).
    AppealDecided {
        /// The charge.
        charge: ChargeId,
        /// The letter.
        number: i64,
        /// Why.
        reason: String,
        /// The new result, where the appeal is upheld.
        outcome: Option<Outcome>,
    }
    /// See [`Event::AwardRecorded`](crate::event::Event::AwardRecorded).
    AwardRecorded {
        /// The charge.
        charge: ChargeId,
        /// The letter.
        number: i64,
        /// The base, in yuan.
        base: i64,
        /// Thousandths of the base that the grade gives.
        permille: i64,
        /// What is paid, in yuan, rounded down.
        amount: i64,
    }
    /// See [`Event::ResultUsed`](crate::event::Event::ResultUsed).
    ResultUsed {
        /// The charge.
        charge: ChargeId,
        /// The letter.
        number: i64,
        /// For what.
        usage: Usage,
        /// The paper or decision.
        words: String,
    }
}
