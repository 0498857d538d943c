//! What is recorded in the register of supervision. Names and fields are for ever. What was said to or
//! by one person is an event about that person and sealed under that person's key; the rest is kept by
//! the unit and holds no more than who was due, who was there, and what was decided by how many.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ids::PersonId;
use crate::person::coded;

coded! {
    /// Meetings of a leading body.
    MeetingKind {
        /// 党组(党委)会议.
        PartyGroup = 1, "party_group";
        /// 局长办公会议.
        Office = 2, "office";
        /// 民主生活会.
        Life = 3, "life";
        /// 领导班子理论学习.
        Study = 4, "study";
        /// 支部委员会议.
        BranchCommittee = 5, "branch_committee";
    }
}

coded! {
    /// 三重一大: what is never decided by one person.
    MatterKind {
        /// 重大决策.
        Decision = 1, "decision";
        /// 重要人事任免.
        Appointment = 2, "appointment";
        /// 重大项目安排.
        Project = 3, "project";
        /// 大额度资金使用.
        Funds = 4, "funds";
    }
}

coded! {
    /// How a member votes.
    Vote {
        /// 同意.
        For = 1, "for";
        /// 不同意.
        Against = 2, "against";
        /// 弃权.
        Abstain = 3, "abstain";
    }
}

coded! {
    /// Talks with a leader.
    TalkKind {
        /// 任前廉政谈话.
        PreAppointment = 1, "pre_appointment";
        /// 廉政谈话.
        Integrity = 2, "integrity";
        /// 提醒谈话.
        Reminder = 3, "reminder";
        /// 诫勉谈话.
        Admonition = 4, "admonition";
    }
}

coded! {
    /// What a reminder or an admonition is about; the seven of the measures, in their order.
    Trigger {
        /// 不能严格遵守政治纪律，贯彻落实不力.
        PoliticalDiscipline = 1, "political_discipline";
        /// 不认真执行民主集中制，作风专断或闹无原则纠纷.
        Autocracy = 2, "autocracy";
        /// 不认真履行职责，给工作造成损失.
        DutyLoss = 3, "duty_loss";
        /// 搞华而不实的形象工程，铺张浪费.
        Vanity = 4, "vanity";
        /// 不严格执行干部选拔任用工作条例，用人失察失误.
        Appointments = 5, "appointments";
        /// 不严格遵守廉洁自律规定.
        Integrity = 6, "integrity";
        /// 其他.
        Other = 7, "other";
    }
}

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $type,)*
        }
    )*};
}

payloads! {
    /// See [`Event::SupervisionMeetingHeld`](crate::event::Event::SupervisionMeetingHeld).
    SupervisionMeetingHeld {
        /// Number of the entry in the register of the unit, from 1.
        number: i64,
        /// Which meeting.
        meeting: MeetingKind,
        /// The day of the notice.
        notified_on: Date,
        /// What it was about.
        theme: String,
        /// Who presided.
        chair: PersonId,
        /// Everyone due: whoever held a post of the body on the day.
        due: Vec<PersonId>,
        /// Of them, everyone present.
        present: Vec<PersonId>,
        /// What was on the agenda, in its order.
        items: Vec<ItemDecided>,
        /// Opinions gathered beforehand; of a democratic life meeting.
        opinions: String,
        /// The minutes.
        minutes: String,
        /// The last day of the report to the level above; of a democratic life meeting.
        report_by: Option<Date>,
    }
    /// An item of the agenda with its result. Who voted how is sealed under each member's key.
    ItemDecided {
        /// What it is.
        title: String,
        /// Which of the major matters, if one.
        matter: Option<MatterKind>,
        /// Money that it moves, in yuan.
        amount: Option<i64>,
        /// The votes; none when nobody voted.
        votes: Option<Votes>,
        /// The resolution; empty when nothing was resolved.
        resolution: String,
    }
    /// Votes by their number.
    Votes {
        /// 同意.
        #[serde(rename = "for")]
        in_favour: u32,
        /// 不同意.
        against: u32,
        /// 弃权.
        abstain: u32,
        /// Whether it was carried.
        is_carried: bool,
    }
    /// See [`Event::SupervisionViewGiven`](crate::event::Event::SupervisionViewGiven).
    SupervisionViewGiven {
        /// Number of the meeting's entry.
        meeting: i64,
        /// Which item, from 1.
        item: i64,
        /// The vote.
        vote: Vote,
        /// The view, as it was said.
        view: String,
    }
    /// See [`Event::SupervisionRectificationSet`](crate::event::Event::SupervisionRectificationSet).
    SupervisionRectificationSet {
        /// Number of the entry.
        number: i64,
        /// Number of the meeting's entry.
        meeting: i64,
        /// What has to be put right.
        what: String,
        /// Who answers for it.
        owner: PersonId,
        /// Until when.
        due_on: Date,
    }
    /// See [`Event::SupervisionMatterDecided`](crate::event::Event::SupervisionMatterDecided).
    SupervisionMatterDecided {
        /// Number of the entry.
        number: i64,
        /// Which of the major matters.
        matter: MatterKind,
        /// What was decided.
        title: String,
        /// Money that it moves, in yuan.
        amount: Option<i64>,
        /// The meeting that decided: its entry and the item, from 1; none where none is cited.
        decided_at: Option<DecidedAt>,
    }
    /// An item of a meeting in the register.
    DecidedAt {
        /// Number of the meeting's entry.
        meeting: i64,
        /// Which item, from 1.
        item: i64,
    }
    /// See [`Event::SupervisionTalkHeld`](crate::event::Event::SupervisionTalkHeld).
    SupervisionTalkHeld {
        /// Number of the entry.
        number: i64,
        /// Which talk.
        talk: TalkKind,
        /// Who talked.
        talker: PersonId,
        /// What it was about, of a reminder or an admonition.
        trigger: Option<Trigger>,
        /// What was told.
        cause: String,
        /// What was explained.
        explanation: String,
        /// What has to be done.
        measures: String,
        /// The day on which it is looked at again.
        follow_up_on: Option<Date>,
    }
    /// See [`Event::SupervisionInquirySent`](crate::event::Event::SupervisionInquirySent).
    SupervisionInquirySent {
        /// Number of the entry.
        number: i64,
        /// What is asked.
        question: String,
        /// The last day of the answer in writing.
        reply_by: Date,
    }
    /// See [`Event::SupervisionReportGiven`](crate::event::Event::SupervisionReportGiven).
    SupervisionReportGiven {
        /// Number of the entry.
        number: i64,
        /// What was reported.
        text: String,
        /// The papers that those present filled in, by their number only.
        ballots: ReportBallots,
    }
    /// Papers on a report on work and integrity, by their number; nobody is named on one.
    ReportBallots {
        /// Present.
        n_present: u32,
        /// 满意.
        satisfied: u32,
        /// 基本满意.
        mostly: u32,
        /// 不满意.
        dissatisfied: u32,
        /// Blank or void.
        void: u32,
    }
    /// See [`Event::SupervisionDeclarationMade`](crate::event::Event::SupervisionDeclarationMade).
    SupervisionDeclarationMade {
        /// Number of the entry.
        number: i64,
        /// What is declared.
        text: String,
    }
    /// See [`Event::SupervisionRecordEntered`](crate::event::Event::SupervisionRecordEntered).
    SupervisionRecordEntered {
        /// Number of the entry.
        number: i64,
        /// Which of the systems.
        system: String,
        /// What was done.
        title: String,
    }
    /// See [`Event::SupervisionExempted`](crate::event::Event::SupervisionExempted).
    SupervisionExempted {
        /// Number of the entry.
        number: i64,
        /// Which of the systems.
        system: String,
        /// The year.
        year: i16,
        /// The quarter, from 1.
        quarter: i8,
        /// Why.
        reason: String,
    }
    /// See [`Event::SupervisionSettled`](crate::event::Event::SupervisionSettled).
    SupervisionSettled {
        /// Number of the entry that is settled.
        number: i64,
        /// The report, the answer, or what came of it.
        text: String,
    }
}
