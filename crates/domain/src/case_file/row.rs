//! A row of a workbook as a case file: the heads are dotted paths. The row is turned into the same
//! tree that JSON would have made and then read by the same reader, so that a workbook and a line
//! cannot be understood differently. Opening workbooks is not done here.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::place::InputError;
use super::{CaseFile, FORMAT, read};
use crate::text::Text;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing, or an empty text.
    Blank,
    /// Text.
    Text(String),
    /// A number.
    Number(serde_json::Number),
    /// A boolean.
    Truth(bool),
    /// A date without a time of day.
    Day(Date),
    /// A formula, an error value, or a date with a time of day: never read.
    Unreadable,
}

/// Keys whose value is text and never a day, though both reach the reader as text.
const TEXTS: [&str; 5] = ["case", "format", "name", "id_number", "outcome"];

/// Reads a row as pairs of a head and a cell; nothing for a blank row.
///
/// List positions without a filled cell are skipped and the rest numbered anew. Heads of blank
/// cells do not matter.
///
/// # Errors
/// The first problem met. Its path is the head as it stands in the sheet.
pub fn parse_row<'a>(
    cells: impl IntoIterator<Item = (&'a str, Cell)>,
) -> Option<Result<CaseFile, InputError>> {
    let mut tree = Branch::default();
    let mut is_blank = true;
    for (head, cell) in cells {
        let value = match cell {
            Cell::Blank => continue,
            Cell::Text(text) if text.is_empty() => continue,
            Cell::Text(text) => Ok(Value::String(text)),
            Cell::Number(number) => Ok(Value::Number(number)),
            Cell::Truth(truth) => Ok(Value::Bool(truth)),
            Cell::Day(day) => written(head, day),
            Cell::Unreadable => Err(Text::new(
                "公式、错误值或带时刻的日期不予读取",
                "formulas, error values and dates with a time are not read",
            )),
        };
        is_blank = false;
        if let Err(what) = value.and_then(|value| tree.put(head, value)) {
            let path = if head.is_empty() { "$" } else { head };
            return Some(Err(InputError { path: path.escape_debug().take(200).collect(), what }));
        }
    }
    (!is_blank).then(|| read_tree(tree))
}

fn written(head: &str, day: Date) -> Result<Value, Text> {
    let key = head.rsplit('.').next().unwrap_or(head);
    if TEXTS.contains(&key) {
        return Err(Text::new("类型不符，应为文本", "expected text"));
    }
    Ok(Value::String(day.to_string()))
}

fn read_tree(mut tree: Branch) -> Result<CaseFile, InputError> {
    tree.children.entry("format".into()).or_insert_with(|| Branch::leaf(Value::String(FORMAT.into())));
    read::from_value(tree.value()).map_err(|(error, positions)| InputError {
        path: tree.path_in_sheet(&error.path, &positions),
        what: error.what,
    })
}

/// A part of the tree a row makes: a value, or children by key or list position.
#[derive(Debug, Default)]
struct Branch {
    leaf: Option<Value>,
    children: BTreeMap<String, Branch>,
}

impl Branch {
    fn leaf(value: Value) -> Self {
        Branch { leaf: Some(value), children: BTreeMap::new() }
    }

    fn put(&mut self, head: &str, value: Value) -> Result<(), Text> {
        if head.is_empty() {
            return Err(Text::new("有内容的列没有列名", "a value under an empty head"));
        }
        let mut branch = self;
        for part in head.split('.') {
            if branch.leaf.is_some() {
                return Err(conflict());
            }
            branch = branch.children.entry(position_key(part)).or_default();
        }
        if branch.leaf.is_some() || !branch.children.is_empty() {
            return Err(conflict());
        }
        branch.leaf = Some(value);
        Ok(())
    }

    /// Whether the children are list positions: all of them are.
    fn is_list(&self) -> bool {
        !self.children.is_empty() && self.children.keys().all(|key| is_position(key.trim_start()))
    }

    fn value(&self) -> Value {
        if let Some(leaf) = &self.leaf {
            return leaf.clone();
        }
        if self.is_list() {
            return Value::Array(self.children.values().map(Branch::value).collect());
        }
        let members = self.children.iter().map(|(key, child)| (key.clone(), child.value()));
        Value::Object(members.collect::<Map<_, _>>())
    }

    /// The path as the heads have it: numbered anew, a list position may differ.
    fn path_in_sheet(&self, path: &str, positions: &[usize]) -> String {
        let mut positions = positions.iter();
        let mut branch = Some(self);
        let mut parts = Vec::new();
        for part in path.split('.') {
            let child = branch.filter(|branch| branch.is_list()).and_then(|list| {
                let position = *positions.next()?;
                list.children.iter().nth(position)
            });
            let (name, next) = match child {
                Some((key, next)) => (key.trim_start(), Some(next)),
                None => (part, branch.and_then(|branch| branch.children.get(part))),
            };
            parts.push(name.to_owned());
            branch = next;
        }
        parts.join(".")
    }
}

/// List positions sort by number when they are padded; other keys stand as they are.
fn position_key(part: &str) -> String {
    if is_position(part) { format!("{part:>9}") } else { part.to_owned() }
}

fn is_position(part: &str) -> bool {
    let digits = part.as_bytes();
    matches!(digits, [b'0'] | [b'1'..=b'9', ..]) && digits.len() < 10 && digits.iter().all(u8::is_ascii_digit)
}

fn conflict() -> Text {
    Text::new("此字段重复或与其他列矛盾", "written twice, or at odds with another column")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    #[test]
    fn a_row_reads_as_the_line_it_stands_for() {
        let row = [
            ("case", text("C-1")),
            ("reviews.12", Cell::Day(date(2003, 10, 8))),
            ("reviews.2", text("2003-04-09")),
            ("reviews.3", text("")),
            ("nonsense", Cell::Blank),
            ("local.0", text("source-plan")),
            ("meeting.due", Cell::Number(25.into())),
            ("meeting.secret", Cell::Truth(true)),
            ("confirmation.meetings.4.on", Cell::Day(date(2004, 6, 9))),
            ("confirmation.meetings.4.outcome", text("confirm")),
        ];
        let line = r#"{"format":"miaopu-case/1","case":"C-1","local":["source-plan"],
            "reviews":["2003-04-09","2003-10-08"],"meeting":{"due":25,"secret":true},
            "confirmation":{"meetings":[{"on":"2004-06-09","outcome":"confirm"}]}}"#;
        assert_eq!(parse_row(row).unwrap(), super::super::parse(line));
    }

    #[test]
    fn a_blank_row_is_no_case() {
        assert_eq!(parse_row([("case", Cell::Blank), ("", text(""))]), None);
    }

    #[test]
    fn problems_name_the_head() {
        let case = ("case", text("C-1"));
        for (head, cell, path) in [
            ("nonsense", text("x"), "nonsense"),
            ("", text("x"), "$"),
            ("mentors.7.from", text("2003-02-30"), "mentors.7.from"),
            ("mentors.x.from", text("2003-02-03"), "mentors"),
            ("mentors", text("2003-02-03"), "mentors"),
            ("mentors.3", text("Wang"), "mentors.3"),
            ("talk_on", Cell::Unreadable, "talk_on"),
            ("person.id_number", Cell::Number(5.into()), "person.id_number"),
            ("person.id_number", Cell::Day(date(2003, 1, 1)), "person.id_number"),
            ("meeting.secret", text("true"), "meeting.secret"),
            ("meeting.due", text("25"), "meeting.due"),
            ("case", text("C-2"), "case"),
            ("case.0", text("C-2"), "case.0"),
            ("notices.5.from", text("2003-02-03"), "notices.5.stage"),
        ] {
            let error = parse_row([case.clone(), (head, cell)]).unwrap().unwrap_err();
            assert_eq!(error.path, path, "{head}: {error}");
        }
    }
}
