//! The events of an admission file: the frame that all of them share, and what each one says.
//! Names of kinds and fields are written in the ledger and are for ever.

use jiff::civil::Date;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case_file;
use crate::event::FieldChange;
use crate::evidence::Evidence;
use crate::ids::{AccountId, CaseId, EventId, UnitId};
use crate::person::coded;
use crate::record::{Minutes, Named, Record, Voucher};

/// An event of an admission file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseEvent {
    /// The file.
    pub case: CaseId,
    /// How it came to be entered.
    pub entry: Entry,
    /// The papers that prove it.
    pub evidence: Vec<Evidence>,
    /// What it says.
    pub change: Change,
}

/// How something came to be entered (`docs/decisions/0006`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Live, back-filled or taken over.
    pub mode: EntryMode,
    /// Why it is entered late; owed by everything that is not on time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The second person, one level up, who attests a very late entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attested_by: Option<AccountId>,
    /// Rules that the act did not meet and that did not refuse it: warnings, and for history
    /// everything it broke. Written by the decision, in sight for ever.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub noted: Vec<String>,
}

impl Entry {
    /// Entered in the course of work.
    #[must_use]
    pub fn live() -> Self {
        Entry::default()
    }

    /// Entered in the course of work but late, with the reason.
    pub fn late(reason: impl Into<String>, attested_by: Option<AccountId>) -> Self {
        Entry { mode: EntryMode::Live, reason: Some(reason.into()), attested_by, noted: Vec::new() }
    }

    /// History that is filled in afterwards, with the reason.
    pub fn back_fill(reason: impl Into<String>, attested_by: Option<AccountId>) -> Self {
        Entry { mode: EntryMode::BackFill, ..Entry::late(reason, attested_by) }
    }

    /// Taken over from papers when the site began.
    pub fn legacy(source: impl Into<String>) -> Self {
        Entry { mode: EntryMode::Legacy, ..Entry::late(source, None) }
    }
}

coded! {
    /// How something came to be entered.
    #[derive(Default)]
    EntryMode {
        /// In the course of work; every rule refuses.
        #[default]
        Live = 1, "live";
        /// 补录: history filled in afterwards; recorded as it was, its findings stay, and it opens no
        /// time gate.
        BackFill = 2, "back_fill";
        /// 建库导入: taken over when the site began; its days count, and the mark stays in sight.
        Legacy = 3, "legacy";
    }
}

coded! {
    /// The decisions that a public notice can announce.
    NoticeStage {
        /// 确定发展对象前.
        Target = 1, "target";
        /// 支部大会讨论接收前.
        Admission = 2, "admission";
        /// 讨论转正前.
        Confirmation = 3, "confirmation";
    }
}

impl From<NoticeStage> for case_file::Stage {
    fn from(stage: NoticeStage) -> Self {
        match stage {
            NoticeStage::Target => case_file::Stage::Target,
            NoticeStage::Admission => case_file::Stage::Admission,
            NoticeStage::Confirmation => case_file::Stage::Confirmation,
        }
    }
}

coded! {
    /// What follows from a public notice.
    NoticeOutcome {
        /// 无影响，继续.
        Proceed = 1, "proceed";
        /// 暂缓，核查反映.
        Check = 2, "check";
        /// 停止.
        Stop = 3, "stop";
    }
}

coded! {
    /// Why a file ends before the archive.
    EndReason {
        /// 本人撤回申请.
        Withdrawn = 1, "withdrawn";
        /// 调整出入党积极分子 (发展对象) 队伍.
        RemovedFromList = 2, "removed_from_list";
        /// 上级党委不批准.
        Refused = 3, "refused";
        /// 取消预备党员资格.
        ProbationCancelled = 4, "probation_cancelled";
        /// 不予承认.
        NotRecognised = 5, "not_recognised";
        /// 死亡.
        Died = 6, "died";
        /// 离开且无法转接.
        Left = 7, "left";
    }
}

macro_rules! changes {
    ($($(#[$doc:meta])* $name:literal => $variant:ident {
        $($(#[$fdoc:meta])* $field:ident: $type:ty,)*
    })*) => {
        /// What an event of an admission file says.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "body")]
        pub enum Change {
            /// A step was taken.
            Completed(Record),
            $($(#[$doc])* #[serde(rename = $name)] $variant($variant),)*
        }

        $($(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $variant {
            $($(#[$fdoc])* pub $field: $type,)*
        }

        impl From<$variant> for Change {
            fn from(change: $variant) -> Self {
                Change::$variant(change)
            }
        })*

        const OTHER_KINDS: &[&str] = &[$($name,)*];

        impl Change {
            /// The name written in the ledger.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self {
                    Change::Completed(record) => record.kind(),
                    $(Change::$variant(..) => $name,)*
                }
            }

            /// The fields of the change, without the frame.
            pub fn body(&self) -> Result<Value, serde_json::Error> {
                match self {
                    Change::Completed(record) => record.body(),
                    $(Change::$variant(payload) => serde_json::to_value(payload),)*
                }
            }

            /// Reads a change back from its kind and fields.
            ///
            /// # Errors
            /// The kind is unknown or a field is missing, unknown or of the wrong type.
            pub fn read(kind: &str, body: Value) -> Result<Self, serde_json::Error> {
                match kind {
                    $($name => serde_json::from_value(body).map(Change::$variant),)*
                    _ => match Record::read(kind, body) {
                        Some(record) => record.map(Change::Completed),
                        None => Err(serde_json::Error::custom(format!("unknown kind of event `{kind}`"))),
                    },
                }
            }
        }
    };
}

changes! {
    /// The file was opened (建立档案).
    "case.opened" => Opened {
        /// The earlier file of the same person, after a removal or a refusal.
        previous: Option<CaseId>,
    }
    /// A thought report was handed in (思想汇报).
    "case.thought_reported" => ThoughtReported {
        /// Signed by the writer.
        is_signed: bool,
    }
    /// A mentor was replaced (更换培养联系人).
    "case.mentor_replaced" => MentorReplaced {
        /// Who leaves.
        leaving: Named,
        /// Who follows, if anybody.
        joining: Option<Voucher>,
        /// Why.
        reason: String,
    }
    /// A public notice was opened (公示开始).
    "case.notice_opened" => NoticeOpened {
        /// Which decision it announces.
        stage: NoticeStage,
        /// The last day as announced.
        last_on: Date,
        /// Where it is shown.
        place: String,
    }
    /// A public notice was closed (公示结束).
    "case.notice_closed" => NoticeClosed {
        /// The event that opened it.
        notice: EventId,
        /// The last day on which it was shown.
        to: Date,
        /// Number of objections received.
        n_objections: u32,
        /// What follows.
        outcome: NoticeOutcome,
    }
    /// The check of objections came to its end (反映核查结论).
    "case.objections_settled" => ObjectionsSettled {
        /// The event that opened the notice.
        notice: EventId,
        /// What follows: proceed or stop.
        outcome: NoticeOutcome,
        /// Reference of the finding.
        finding: String,
    }
    /// The procedure was halted (暂缓).
    "case.suspended" => Suspended {
        /// Why.
        reason: String,
    }
    /// The procedure goes on (恢复).
    "case.resumed" => Resumed {
        /// What was found.
        reason: String,
    }
    /// A step was returned for repair (退回补正).
    "case.step_returned" => StepReturned {
        /// The step.
        step: super::Step,
        /// What is to be repaired.
        reason: String,
    }
    /// The committee above took note of a fault that cannot be mended (问题备查).
    "case.fault_acknowledged" => FaultAcknowledged {
        /// The rule, such as `V05.review_missing`.
        rule: String,
        /// Which of several places.
        occurrence: u32,
        /// The committee.
        committee: UnitId,
        /// Why the procedure may go on.
        reason: String,
    }
    /// The file was sent to another branch (转出).
    "case.transfer_sent" => TransferSent {
        /// The branch that should receive.
        to: UnitId,
        /// Whether the file went along.
        is_file_included: bool,
        /// Why.
        reason: String,
    }
    /// The other branch received the person (转入).
    "case.transfer_received" => TransferReceived {
        /// The branch that receives.
        by: UnitId,
        /// Whether the file was taken over, so that time counts continuously.
        is_file_received: bool,
    }
    /// The file ended before the archive (终止).
    "case.ended" => Ended {
        /// Why.
        reason: EndReason,
        /// The grounds, as the decision gives them.
        grounds: String,
        /// The decision, where a body decided.
        minutes: Option<Minutes>,
        /// The day on which the person was told.
        informed_on: Option<Date>,
        /// The person's reply, if there was one.
        reply: Option<String>,
    }
    /// A scan was attached to an earlier entry (补传扫描件); the paper stands in the frame of this one.
    "case.paper_attached" => PaperAttached {
        /// The entry that the paper proves.
        event: EventId,
    }
    /// An earlier event was put right; both stay readable (更正).
    "case.corrected" => Corrected {
        /// The event that was wrong.
        event: EventId,
        /// Field by field; `occurred_on` names the day itself, dots lead into a field.
        changes: Vec<FieldChange>,
        /// Why.
        reason: String,
    }
    /// An earlier event was found void; it stays readable and no longer counts (撤销).
    "case.invalidated" => Invalidated {
        /// The event.
        event: EventId,
        /// The decision and its reason.
        reason: String,
    }
}

impl From<Record> for Change {
    fn from(record: Record) -> Self {
        Change::Completed(record)
    }
}

impl Change {
    /// The step that the change takes, if it takes one.
    #[must_use]
    pub fn step(&self) -> Option<super::Step> {
        if let Change::Completed(record) = self { Some(record.step()) } else { None }
    }

    /// Whether it changes how earlier events are read.
    #[must_use]
    pub fn is_amending(&self) -> bool {
        matches!(self, Change::Corrected(_) | Change::Invalidated(_))
    }
}

impl CaseEvent {
    /// Every kind of case event: those that take a step, then the others.
    pub const KINDS: [&'static str; Record::KINDS.len() + OTHER_KINDS.len()] = {
        let mut kinds = [""; Record::KINDS.len() + OTHER_KINDS.len()];
        let mut at = 0;
        while at < kinds.len() {
            kinds[at] = match at < Record::KINDS.len() {
                true => Record::KINDS[at],
                false => OTHER_KINDS[at - Record::KINDS.len()],
            };
            at += 1;
        }
        kinds
    };

    /// An event entered live and without papers.
    pub fn new(case: CaseId, change: impl Into<Change>) -> Self {
        CaseEvent { case, entry: Entry::live(), evidence: Vec::new(), change: change.into() }
    }

    /// The name written in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.change.kind()
    }

    /// The fields of the body, as a JSON object: those of the frame and those of the change, side
    /// by side, so that each can be disclosed alone. Absent values are left out.
    ///
    /// # Errors
    /// Never for events built by this crate.
    pub fn body(&self) -> Result<Value, serde_json::Error> {
        let mut body = self.change.body()?;
        let Value::Object(fields) = &mut body else {
            return Err(serde_json::Error::custom("the body of an event is an object"));
        };
        fields.insert("case".into(), serde_json::to_value(self.case)?);
        if self.entry != Entry::live() {
            fields.insert("entry".into(), serde_json::to_value(&self.entry)?);
        }
        if !self.evidence.is_empty() {
            fields.insert("evidence".into(), serde_json::to_value(&self.evidence)?);
        }
        drop_nulls(&mut body);
        Ok(body)
    }

    /// Reads an event back from its kind and body.
    ///
    /// # Errors
    /// The kind is unknown or a field is missing, unknown or of the wrong type.
    pub fn read(kind: &str, mut body: Value) -> Result<Self, serde_json::Error> {
        let Value::Object(fields) = &mut body else {
            return Err(serde_json::Error::custom("the body of an event is an object"));
        };
        let case = fields.remove("case").ok_or_else(|| serde_json::Error::custom("`case` is missing"))?;
        let entry = fields.remove("entry");
        let evidence = fields.remove("evidence");
        Ok(CaseEvent {
            case: serde_json::from_value(case)?,
            entry: entry.map_or(Ok(Entry::live()), serde_json::from_value)?,
            evidence: evidence.map_or(Ok(Vec::new()), serde_json::from_value)?,
            change: Change::read(kind, body)?,
        })
    }
}

/// The ledger's bodies know no null: an absent value is an absent field.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
