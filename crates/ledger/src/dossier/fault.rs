//! Why a dossier is refused, in words for people.

use std::fmt;

/// One reason to refuse a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DossierFault {
    /// The manifest is missing or not in its form.
    Manifest,
    /// The log's key is missing, not a key, not the trusted one, or not that of the log named.
    LogKey,
    /// The manifest is not signed with the log's key.
    Signature,
    /// A file is there that the manifest or the format does not know.
    StrayFile {
        /// Its name.
        name: String,
    },
    /// A file is missing.
    MissingFile {
        /// Its name.
        name: String,
    },
    /// A file is not the one that was signed for.
    ChangedFile {
        /// Its name.
        name: String,
    },
    /// The checkpoint is not one of this log or not signed.
    Checkpoint {
        /// Why.
        why: String,
    },
    /// Too few trusted witnesses have cosigned the checkpoint.
    Witnesses {
        /// How many have.
        found: usize,
        /// How many are asked for.
        wanted: usize,
    },
    /// An event's envelope is not one.
    Event {
        /// The file.
        name: String,
        /// Why.
        why: String,
    },
    /// The event does not continue the person's chain: another person, another number, another predecessor.
    Chain {
        /// The file.
        name: String,
    },
    /// The proof does not show that the event is in the log.
    Proof {
        /// The file.
        name: String,
        /// Why.
        why: String,
    },
    /// The fields are not those that the event commits to.
    Fields {
        /// The file.
        name: String,
    },
    /// The index does not state that these are all events of the person.
    Index {
        /// Why.
        why: &'static str,
    },
}

impl fmt::Display for DossierFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest => write!(f, "manifest.json is missing or not in its form"),
            Self::LogKey => write!(f, "log-key.txt is not the key of the log by which to judge"),
            Self::Signature => write!(f, "manifest.note is not a signature of manifest.json by the log"),
            Self::StrayFile { name } => write!(f, "{name}: does not belong to the dossier"),
            Self::MissingFile { name } => write!(f, "{name}: missing"),
            Self::ChangedFile { name } => write!(f, "{name}: not the file that was signed for"),
            Self::Checkpoint { why } => write!(f, "checkpoint.txt: {why}"),
            Self::Witnesses { found, wanted } => {
                write!(f, "checkpoint.txt: cosigned by {found} trusted witnesses; {wanted} are asked for")
            }
            Self::Event { name, why } | Self::Proof { name, why } => write!(f, "{name}: {why}"),
            Self::Chain { name } => write!(f, "{name}: does not continue this person's chain of events"),
            Self::Fields { name } => write!(f, "{name}: not the fields that the event commits to"),
            Self::Index { why } => write!(f, "index: {why}"),
        }
    }
}

impl DossierFault {
    /// The reason in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Manifest => "manifest.json 缺失或格式不符".to_owned(),
            Self::LogKey => "log-key.txt 不是应据以判断的账本公钥".to_owned(),
            Self::Signature => "manifest.note 不是账本对 manifest.json 的签名".to_owned(),
            Self::StrayFile { name } => format!("{name}：不属于本卷宗"),
            Self::MissingFile { name } => format!("{name}：缺失"),
            Self::ChangedFile { name } => format!("{name}：与签发时不一致"),
            Self::Checkpoint { .. } => "checkpoint.txt：检查点无效或未经账本签名".to_owned(),
            Self::Witnesses { found, wanted } => {
                format!("checkpoint.txt：只有 {found} 个受信见证，要求 {wanted} 个")
            }
            Self::Event { name, .. } => format!("{name}：不是有效的事件"),
            Self::Chain { name } => format!("{name}：未接续此人的上一事件"),
            Self::Proof { name, .. } => format!("{name}：不能证明该事件在账本中"),
            Self::Fields { name } => format!("{name}：字段与事件所承诺的不符"),
            Self::Index { .. } => "索引不能证明这些就是此人的全部事件".to_owned(),
        }
    }
}
