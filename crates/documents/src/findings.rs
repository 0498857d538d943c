//! Findings as a table: one to a row, both languages side by side, as the audit exports them.

use domain::finding::{Finding, Severity};
use domain::text::Text;

use crate::table::{Column, ColumnKind, Heads, Item, Layout, Totals};

/// The layout of a table of findings.
pub fn layout(heads: Heads) -> Layout {
    let column = |zh: &str, en: &str, kind, width| Column { width, ..Column::new(Text::new(zh, en), kind) };
    let columns = vec![
        column("文件", "Case", ColumnKind::Text, Some(16)),
        column("规则", "Code", ColumnKind::Text, Some(24)),
        column("程度", "Severity", ColumnKind::Text, None),
        column("规则版本", "Edition", ColumnKind::Digits, Some(10)),
        column("序号", "Occurrence", ColumnKind::Whole, None),
        column("所在栏目", "Fields", ColumnKind::LongText, Some(28)),
        column("依据", "Authority", ColumnKind::LongText, Some(28)),
        column("问题", "Finding in Chinese", ColumnKind::LongText, None),
        column("怎么办", "Next step in Chinese", ColumnKind::LongText, None),
        column("问题（英文）", "Finding", ColumnKind::LongText, None),
        column("怎么办（英文）", "Next step", ColumnKind::LongText, None),
    ];
    Layout { caption: Text::new("审计发现", "Findings"), columns, heads, totals: Totals::None }
}

/// A finding about a case as a row of that table.
pub fn row(case: &str, finding: &Finding, heads: Heads) -> Vec<Item> {
    let severity = match finding.severity {
        Severity::Error => Text::new("错误", "error"),
        Severity::Warning => Text::new("警告", "warning"),
    };
    vec![
        case.into(),
        finding.rule.as_str().into(),
        severity.in_language(heads.of_cells()).into(),
        finding.edition.as_str().into(),
        Item::Whole(i64::from(finding.occurrence)),
        finding.fields.join("\n").into(),
        finding.article.as_str().into(),
        finding.text.zh.as_str().into(),
        finding.remedy.zh.as_str().into(),
        finding.text.en.as_str().into(),
        finding.remedy.en.as_str().into(),
    ]
}
