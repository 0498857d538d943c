//! Attached proof: what kind of paper, its digest, and where the original lies. The bytes of a scan are
//! kept beside the record; a paper that was never scanned is named by its place in the office's files.

use serde::{Deserialize, Serialize};

use crate::person::coded;

coded! {
    /// Kinds of paper that a step can leave behind.
    EvidenceKind {
        /// 入党申请书.
        Application = 1, "application";
        /// 谈话记录.
        TalkRecord = 2, "talk_record";
        /// 推荐材料 (党员推荐、群团推优).
        Recommendation = 3, "recommendation";
        /// 会议记录.
        Minutes = 4, "minutes";
        /// 备案表及批复.
        FilingReply = 5, "filing_reply";
        /// 培养联系人、入党介绍人登记.
        Appointment = 6, "appointment";
        /// 培养教育考察登记表.
        ReviewRegister = 7, "review_register";
        /// 思想汇报.
        ThoughtReport = 8, "thought_report";
        /// 党小组、党员和群众意见.
        Opinions = 9, "opinions";
        /// 函调、外调材料.
        Inquiry = 10, "inquiry";
        /// 政治审查结论性材料.
        ReviewConclusion = 11, "review_conclusion";
        /// 培训合格证书.
        Certificate = 12, "certificate";
        /// 预审意见.
        PreExamination = 13, "pre_examination";
        /// 入党志愿书.
        AdmissionForm = 14, "admission_form";
        /// 支部大会决议.
        Resolution = 15, "resolution";
        /// 审批意见.
        Endorsement = 16, "endorsement";
        /// 公示及公示结果.
        Notice = 17, "notice";
        /// 宣誓记录或照片.
        OathRecord = 18, "oath_record";
        /// 转正申请书.
        ConfirmationApplication = 19, "confirmation_application";
        /// 归档目录.
        ArchiveList = 20, "archive_list";
        /// 组织关系和档案转接材料.
        TransferLetter = 21, "transfer_letter";
        /// 处理决定.
        Decision = 22, "decision";
        /// 其他.
        Other = 23, "other";
    }
}

coded! {
    /// Kinds of file that a scan may be.
    Media {
        /// A document in pages.
        Pdf = 1, "pdf";
        /// A photograph.
        Jpeg = 2, "jpeg";
        /// A picture.
        Png = 3, "png";
    }
}

/// A scan whose bytes are kept here: what kind of file, and how long. Its digest stands with the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// What kind of file, by its content.
    pub media: Media,
    /// Its length.
    pub n_bytes: u64,
}

/// A paper that proves an act (证明材料).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What kind of paper.
    pub kind: EvidenceKind,
    /// What it is called.
    pub title: String,
    /// Lower-case hexadecimal SHA-256 of the scanned file, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Where the original lies, if it was not scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf: Option<String>,
    /// The scan, if its bytes are kept here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<Scan>,
}

impl Evidence {
    /// A scanned paper whose bytes are kept elsewhere, by its digest.
    pub fn scanned(kind: EvidenceKind, title: impl Into<String>, sha256: impl Into<String>) -> Self {
        Evidence { kind, title: title.into(), sha256: Some(sha256.into()), shelf: None, scan: None }
    }

    /// A paper in the office's files, by its place.
    pub fn on_shelf(kind: EvidenceKind, title: impl Into<String>, shelf: impl Into<String>) -> Self {
        Evidence { kind, title: title.into(), sha256: None, shelf: Some(shelf.into()), scan: None }
    }

    /// The same with a scan that is kept here.
    #[must_use]
    pub fn with_scan(self, sha256: impl Into<String>, scan: Scan) -> Self {
        Evidence { sha256: Some(sha256.into()), scan: Some(scan), ..self }
    }

    /// Whether the paper can be found again: by a well-formed digest or by a place.
    #[must_use]
    pub fn is_traceable(&self) -> bool {
        let is_digest =
            |text: &String| text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        match (&self.sha256, &self.shelf) {
            (Some(digest), _) => is_digest(digest),
            (None, Some(shelf)) => !shelf.trim().is_empty() && self.scan.is_none(),
            (None, None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_must_be_found_again() {
        let digest = "0123456789abcdef".repeat(4);
        assert!(Evidence::scanned(EvidenceKind::Minutes, "支委会记录", &digest).is_traceable());
        assert!(!Evidence::scanned(EvidenceKind::Minutes, "支委会记录", &digest[1..]).is_traceable());
        assert!(Evidence::on_shelf(EvidenceKind::Minutes, "支委会记录", "2003-12").is_traceable());
        assert!(!Evidence::on_shelf(EvidenceKind::Minutes, "支委会记录", " ").is_traceable());
        let scan = Scan { media: Media::Pdf, n_bytes: 4_096 };
        let scanned = Evidence::on_shelf(EvidenceKind::Minutes, "支委会记录", "").with_scan(&digest, scan);
        assert!(scanned.is_traceable());
        assert!(!Evidence { sha256: None, shelf: Some("2003-12".into()), ..scanned }.is_traceable());
    }
}
