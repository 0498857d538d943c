//! What a verification finds, in words for people, and the verdict that follows.

use std::fmt;

use super::Expectations;
use crate::hash::Hash;
use crate::note::KeyKind;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A row could not be read, and nothing after it in its table.
    Unreadable {
        /// The table.
        table: &'static str,
        /// What the store said.
        why: String,
    },
    /// A row of events with a key that no event has.
    StrayEvent {
        /// The key.
        seq: i64,
    },
    /// Events are absent.
    MissingEvents {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// The bytes are not an envelope.
    BadEnvelope {
        /// The event.
        seq: u64,
        /// Why.
        why: String,
    },
    /// The envelope belongs to another place or another log.
    Misplaced {
        /// Where it lies.
        seq: u64,
        /// The log and place it names.
        says: String,
    },
    /// The envelope is not the one that was hashed into the tree.
    LeafMismatch {
        /// The event.
        seq: u64,
    },
    /// `recorded_at` is earlier than that of an earlier event.
    ClockWentBack {
        /// The event.
        seq: u64,
    },
    /// The subject's count or previous leaf does not continue the chain.
    BrokenChain {
        /// The event.
        seq: u64,
        /// Why.
        why: &'static str,
    },
    /// An event id that an earlier event has.
    RepeatedId {
        /// The later event.
        seq: u64,
        /// The earlier event.
        first: u64,
    },
    /// The event states another index than follows from the log.
    WrongIndex {
        /// The event.
        seq: u64,
    },
    /// No body and no tombstone.
    MissingBody {
        /// The event.
        seq: u64,
    },
    /// The body is not the one committed to.
    BadBody {
        /// The event.
        seq: u64,
        /// Why.
        why: String,
    },
    /// Shredded or redacted, and no erasure event says so.
    UnauthorisedErasure {
        /// The event.
        seq: u64,
    },
    /// A node is not the hash of its children, or a stored leaf is not that of its envelope.
    DamagedNode {
        /// Height above the leaves.
        level: u8,
        /// Count from the left.
        index: u64,
    },
    /// Nodes are absent.
    MissingNodes {
        /// The first dense index.
        from: i64,
        /// The last dense index.
        to: i64,
    },
    /// A node with an index that the tree has not.
    StrayNode {
        /// The index.
        index: i64,
    },
    /// Not a checkpoint, or not signed by the log.
    BadCheckpoint {
        /// The key of the row.
        size: u64,
        /// Why.
        why: String,
    },
    /// A signed root differs from what the events and the nodes lead to.
    OtherRoot {
        /// The first checkpoint that differs.
        size: u64,
        /// The last one before it that does not.
        after: u64,
        /// How many more follow that differ as well.
        further: u64,
    },
    /// A second checkpoint for a size, or a key out of order.
    StrayCheckpoint {
        /// The key.
        size: i64,
    },
    /// A checkpoint signs more events than there are.
    CheckpointBeyond {
        /// Its size.
        size: i64,
        /// The number of events.
        events: u64,
    },
    /// No checkpoint covers these events.
    Unsigned {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// A row of another table that belongs to no event.
    StrayRow {
        /// The table.
        table: String,
        /// The key.
        key: String,
    },
    /// A head known from elsewhere has another root.
    OtherHistory {
        /// Its size.
        size: u64,
    },
    /// A head known from elsewhere is larger than the log.
    HeadBeyond {
        /// Its size.
        size: u64,
        /// The number of events.
        events: u64,
    },
    /// Too few known witnesses have cosigned these events.
    Unwitnessed {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
}

/// A fault and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was found.
    pub fault: Fault,
    /// The checkpoints around the event, as sizes: the last before it and the first after it, if any.
    pub between: Option<(u64, Option<u64>)>,
}

/// How many events are in which state. Only the last is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Envelope and body as recorded.
    pub intact: u64,
    /// Envelope as recorded; the body was erased with authority.
    pub shredded: u64,
    /// Envelope and body were erased with authority; the leaf hash stands.
    pub redacted: u64,
    /// Anything else.
    pub damaged: u64,
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found.
    Intact,
    /// Something stored is not as it was recorded.
    Damaged,
    /// Consistent in itself, but not with heads known from elsewhere.
    RolledBack,
    /// Intact, but too few witnesses have seen the latest events.
    Unwitnessed,
    /// There is no key of the log, or no checkpoint it signed, to judge by.
    CannotTell,
}

/// The outcome of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The answer.
    pub verdict: Verdict,
    /// The number of events.
    pub size: u64,
    /// The root that the events lead to; `None` when some are missing and no node stands in for them.
    pub root: Option<Hash>,
    /// The states of the events.
    pub counts: Counts,
    /// The largest size with a checkpoint signed by the log.
    pub signed_size: u64,
    /// The largest size that enough witnesses have cosigned.
    pub witnessed_size: u64,
    /// What was found, up to the number asked for.
    pub findings: Vec<Finding>,
    /// How many findings there are in all.
    pub n_findings: u64,
}

impl Verdict {
    /// The exit status of a command that verifies.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Intact => 0,
            Self::Damaged => 1,
            Self::RolledBack => 2,
            Self::Unwitnessed => 3,
            Self::CannotTell => 4,
        }
    }

    /// The verdict in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Intact => "完好",
            Self::Damaged => "已损坏：存储内容与记录时不一致",
            Self::RolledBack => "已回退或分叉：与外部留存的检查点不一致",
            Self::Unwitnessed => "完好，但最近的事件尚无足够见证",
            Self::CannotTell => "无法判断：没有本账本的公钥或签名检查点",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Intact => "intact",
            Self::Damaged => "damaged: what is stored is not what was recorded",
            Self::RolledBack => "rolled back or forked: checkpoints kept elsewhere say otherwise",
            Self::Unwitnessed => "intact, but too few witnesses have seen the latest events",
            Self::CannotTell => "cannot tell: no key of the log, or no checkpoint signed with it",
        })
    }
}

impl Fault {
    /// What the fault alone would make of the verdict.
    const fn verdict(&self) -> Verdict {
        if matches!(self, Self::Unwitnessed { .. }) {
            Verdict::Unwitnessed
        } else if matches!(self, Self::OtherHistory { .. } | Self::HeadBeyond { .. }) {
            Verdict::RolledBack
        } else {
            Verdict::Damaged
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)?;
        match self.between {
            None => Ok(()),
            Some((before, Some(after))) => write!(f, " (between checkpoints {before} and {after})"),
            Some((before, None)) => write!(f, " (after checkpoint {before})"),
        }
    }
}

impl Finding {
    /// The finding in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        let fault = self.fault.zh();
        match self.between {
            None => fault,
            Some((before, Some(after))) => format!("{fault}（位于检查点 {before} 与 {after} 之间）"),
            Some((before, None)) => format!("{fault}（位于检查点 {before} 之后）"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { table, why } => write!(f, "table {table}: a row cannot be read: {why}"),
            Self::StrayEvent { seq } => write!(f, "event {seq}: the row belongs nowhere"),
            Self::MissingEvents { from, to } => write!(f, "events {from} to {to}: missing"),
            Self::BadEnvelope { seq, why } => write!(f, "event {seq}: {why}"),
            Self::Misplaced { seq, says } => write!(f, "event {seq}: the envelope belongs to {says}"),
            Self::LeafMismatch { seq } => write!(f, "event {seq}: leaf hash mismatch"),
            Self::ClockWentBack { seq } => write!(f, "event {seq}: recorded before an earlier event"),
            Self::BrokenChain { seq, why } => write!(f, "event {seq}: {why}"),
            Self::RepeatedId { seq, first } => write!(f, "event {seq}: has the id of event {first}"),
            Self::WrongIndex { seq } => write!(f, "event {seq}: states an index that the log does not have"),
            Self::MissingBody { seq } => write!(f, "event {seq}: the body is missing"),
            Self::BadBody { seq, why } => write!(f, "event {seq}: {why}"),
            Self::UnauthorisedErasure { seq } => {
                write!(f, "event {seq}: erased, but no event in the log authorises it")
            }
            Self::DamagedNode { level, index } => {
                write!(f, "node {index} on level {level}: not the hash of what lies below it")
            }
            Self::MissingNodes { from, to } => write!(f, "nodes {from} to {to} by dense index: missing"),
            Self::StrayNode { index } => write!(f, "node with dense index {index}: belongs nowhere"),
            Self::BadCheckpoint { size, why } => write!(f, "checkpoint {size}: {why}"),
            Self::OtherRoot { size, after, further } => write!(
                f,
                "checkpoint {size}: the log has another root; the change lies after checkpoint {after} \
                 ({further} further checkpoints differ)"
            ),
            Self::StrayCheckpoint { size } => write!(f, "checkpoint {size}: the row belongs nowhere"),
            Self::CheckpointBeyond { size, events } => {
                write!(f, "checkpoint {size}: signs more than the {events} events there are")
            }
            Self::Unsigned { from, to } => write!(f, "events {from} to {to}: no checkpoint covers them"),
            Self::StrayRow { table, key } => write!(f, "table {table}: row {key} belongs to no event"),
            Self::OtherHistory { size } => {
                write!(f, "a head of size {size} known from elsewhere has another root")
            }
            Self::HeadBeyond { size, events } => {
                write!(f, "a head of size {size} is known from elsewhere; the log has {events} events only")
            }
            Self::Unwitnessed { from, to } => {
                write!(f, "events {from} to {to}: not cosigned by enough witnesses")
            }
        }
    }
}

impl Fault {
    /// The fault in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Unreadable { table, why } => format!("表 {table}：有一行无法读取：{why}"),
            Self::StrayEvent { seq } => format!("事件 {seq}：该行不属于本账本"),
            Self::MissingEvents { from, to } => format!("事件 {from} 至 {to}：缺失"),
            Self::BadEnvelope { seq, why } => format!("事件 {seq}：信封无效：{why}"),
            Self::Misplaced { seq, says } => format!("事件 {seq}：信封属于 {says}"),
            Self::LeafMismatch { seq } => format!("事件 {seq}：叶哈希不符"),
            Self::ClockWentBack { seq } => format!("事件 {seq}：记录时间早于在前的事件"),
            Self::BrokenChain { seq, .. } => format!("事件 {seq}：未接续该对象的上一事件"),
            Self::RepeatedId { seq, first } => format!("事件 {seq}：编号与事件 {first} 相同"),
            Self::WrongIndex { seq } => format!("事件 {seq}：所载索引与账本不符"),
            Self::MissingBody { seq } => format!("事件 {seq}：正文缺失"),
            Self::BadBody { seq, why } => format!("事件 {seq}：正文无效：{why}"),
            Self::UnauthorisedErasure { seq } => format!("事件 {seq}：内容已删除，但账本中没有授权事件"),
            Self::DamagedNode { level, index } => format!("第 {level} 层节点 {index}：与下层哈希不符"),
            Self::MissingNodes { from, to } => format!("节点（连续编号）{from} 至 {to}：缺失"),
            Self::StrayNode { index } => format!("节点（连续编号）{index}：不属于本账本"),
            Self::BadCheckpoint { size, why } => format!("检查点 {size}：无效：{why}"),
            Self::OtherRoot { size, after, further } => {
                format!(
                    "检查点 {size}：根哈希不符，改动发生在检查点 {after} 之后（其后另有 {further} 个不符）"
                )
            }
            Self::StrayCheckpoint { size } => format!("检查点 {size}：该行不属于本账本"),
            Self::CheckpointBeyond { size, events } => {
                format!("检查点 {size}：所签事件多于现有的 {events} 个")
            }
            Self::Unsigned { from, to } => format!("事件 {from} 至 {to}：没有检查点覆盖"),
            Self::StrayRow { table, key } => format!("表 {table}：第 {key} 行不属于任何事件"),
            Self::OtherHistory { size } => format!("外部留存的规模 {size} 的检查点根哈希不同"),
            Self::HeadBeyond { size, events } => {
                format!("外部留存有规模 {size} 的检查点，而账本只有 {events} 个事件")
            }
            Self::Unwitnessed { from, to } => format!("事件 {from} 至 {to}：见证数量不足"),
        }
    }
}

/// The verdict first, then one line for each finding.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { intact, shredded, redacted, damaged } = self.counts;
        writeln!(f, "{}", self.verdict)?;
        writeln!(
            f,
            "{} events: {intact} intact, {shredded} shredded, {redacted} redacted, {damaged} damaged; \
             signed up to {}, witnessed up to {}",
            self.size, self.signed_size, self.witnessed_size
        )?;
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))?;
        match self.n_findings - self.findings.len() as u64 {
            0 => Ok(()),
            more => writeln!(f, "and {more} more"),
        }
    }
}

impl Report {
    /// The report in Chinese: the verdict first, then one line for each finding.
    #[must_use]
    pub fn zh(&self) -> String {
        let Counts { intact, shredded, redacted, damaged } = self.counts;
        let mut lines = vec![
            self.verdict.zh().to_owned(),
            format!(
                "共 {} 个事件：完好 {intact}，已销毁密钥 {shredded}，已删除信封 {redacted}，损坏 {damaged}；\
                 签名至 {}，见证至 {}",
                self.size, self.signed_size, self.witnessed_size
            ),
        ];
        lines.extend(self.findings.iter().map(Finding::zh));
        let more = self.n_findings - self.findings.len() as u64;
        if more > 0 {
            lines.push(format!("另有 {more} 项"));
        }
        lines.join("\n") + "\n"
    }
}

/// How far signatures reach.
#[derive(Default)]
pub(super) struct Signed {
    pub(super) any: bool,
    pub(super) by_log: u64,
    pub(super) by_quorum: u64,
}

/// The findings as they come.
pub(super) struct Log {
    findings: Vec<Finding>,
    max: usize,
    total: u64,
    is_damage: bool,
    is_other_history: bool,
    is_unwitnessed: bool,
    /// Findings that wait for the next checkpoint to say between which two they lie.
    open: Vec<usize>,
    last_head: u64,
}

impl Log {
    pub(super) const fn new(max: usize) -> Self {
        Self {
            findings: Vec::new(),
            max,
            total: 0,
            is_damage: false,
            is_other_history: false,
            is_unwitnessed: false,
            open: Vec::new(),
            last_head: 0,
        }
    }

    /// Adds a fault; `at` is the event it lies at, if it lies at one.
    pub(super) fn add(&mut self, at: Option<u64>, fault: Fault) {
        self.total += 1;
        match fault.verdict() {
            Verdict::RolledBack => self.is_other_history = true,
            Verdict::Unwitnessed => self.is_unwitnessed = true,
            Verdict::Damaged | Verdict::Intact | Verdict::CannotTell => self.is_damage = true,
        }
        if self.findings.len() < self.max {
            let between = at.filter(|at| *at >= self.last_head).map(|_| (self.last_head, None));
            if between.is_some() {
                self.open.push(self.findings.len());
            }
            self.findings.push(Finding { fault, between });
        }
    }

    /// The replay has reached a checkpoint: what was found since the previous one lies between the two.
    pub(super) fn close_ranges(&mut self, head: u64) {
        for at in self.open.drain(..) {
            if let Some((_, after)) = &mut self.findings[at].between {
                *after = Some(head);
            }
        }
        self.last_head = head;
    }

    pub(super) fn report(
        self,
        expect: &Expectations<'_>,
        size: u64,
        root: Option<Hash>,
        counts: Counts,
        signed: Signed,
    ) -> Report {
        let has_key = expect.keys.iter().any(|key| key.kind() == KeyKind::Log);
        let verdict = if self.is_damage {
            Verdict::Damaged
        } else if self.is_other_history {
            Verdict::RolledBack
        } else if !has_key || !signed.any {
            Verdict::CannotTell
        } else if self.is_unwitnessed {
            Verdict::Unwitnessed
        } else {
            Verdict::Intact
        };
        Report {
            verdict,
            size,
            root,
            counts,
            signed_size: signed.by_log,
            witnessed_size: signed.by_quorum,
            findings: self.findings,
            n_findings: self.total,
        }
    }
}
