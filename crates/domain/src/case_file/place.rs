//! Where reading stands and what is wrong there. The reader keeps the path as it goes down; on the
//! first problem the path stays as it is and becomes part of the answer.

use std::cell::{Cell, RefCell};

use serde::de::Error;

use crate::text::Text;

/// Why a record cannot be read: a place in it and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// The dotted path; `$` is the record itself.
    pub path: String,
    /// What is wrong.
    pub what: Text,
}

impl std::fmt::Display for InputError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} ({})", self.path, self.what.en, self.what.zh)
    }
}

impl std::error::Error for InputError {}

/// One part of a path.
#[derive(Debug, Clone)]
pub(super) enum Segment {
    Key(&'static str),
    Unknown(String),
    Position(usize),
}

/// What the reader expects at a place; what to say when something else stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Object,
    List,
    Text,
    Day,
    Truth,
    WholeNumber,
    Number,
}

/// What can be wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    NotJson(String),
    WrongType(Expected),
    UnknownKey,
    WrittenTwice,
    Missing,
    NothingInList,
    Empty,
    NotADay,
    NoSuchDay,
    Year,
    Word(&'static [&'static str]),
    Range(i64, i64),
    NotWhole(i64, i64),
}

/// The place where reading stands.
pub(super) struct Place {
    path: RefCell<Vec<Segment>>,
    expected: Cell<Expected>,
    problem: RefCell<Option<Problem>>,
}

impl Place {
    pub(super) fn root() -> Self {
        Place {
            path: RefCell::new(Vec::with_capacity(4)),
            expected: Cell::new(Expected::Object),
            problem: RefCell::new(None),
        }
    }

    pub(super) fn enter(&self, segment: Segment) {
        self.path.borrow_mut().push(segment);
    }

    pub(super) fn leave(&self) {
        self.path.borrow_mut().pop();
    }

    pub(super) fn expect(&self, expected: Expected) {
        self.expected.set(expected);
    }

    /// Notes the problem and makes an error that only serves to stop the reading.
    pub(super) fn fail<E: Error>(&self, problem: Problem) -> E {
        *self.problem.borrow_mut() = Some(problem);
        E::custom("")
    }

    /// The list positions on the path.
    pub(super) fn positions(&self) -> Vec<usize> {
        let path = self.path.borrow();
        let positions = path.iter().filter_map(|segment| match segment {
            Segment::Position(position) => Some(*position),
            Segment::Key(_) | Segment::Unknown(_) => None,
        });
        positions.collect()
    }

    /// The answer, once reading has stopped with `error`.
    pub(super) fn input_error(self, error: &serde_json::Error) -> InputError {
        let problem = self.problem.into_inner().unwrap_or_else(|| match error.classify() {
            serde_json::error::Category::Data => Problem::WrongType(self.expected.get()),
            serde_json::error::Category::Io
            | serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof => Problem::NotJson(error.to_string()),
        });
        InputError { path: written(&self.path.into_inner()), what: problem.text() }
    }
}

fn written(path: &[Segment]) -> String {
    if path.is_empty() {
        return "$".into();
    }
    let parts = path.iter().map(|segment| match segment {
        Segment::Key(key) => (*key).to_owned(),
        // A key from outside is printed on a terminal: no control characters, and not too long.
        Segment::Unknown(key) => key.escape_debug().take(80).collect(),
        Segment::Position(position) => position.to_string(),
    });
    parts.collect::<Vec<_>>().join(".")
}

impl Problem {
    fn text(&self) -> Text {
        match self {
            Problem::NotJson(error) => {
                Text::new(format!("不是合法的 JSON：{error}"), format!("not JSON: {error}"))
            }
            Problem::WrongType(expected) => {
                let expected = expected.text();
                Text::new(format!("类型不符，应为{}", expected.zh), format!("expected {}", expected.en))
            }
            Problem::UnknownKey => Text::new("没有这个字段", "unknown key"),
            Problem::WrittenTwice => Text::new("字段重复", "the key is written twice"),
            Problem::Missing => Text::new("必填字段缺失", "required, but missing"),
            Problem::NothingInList => {
                Text::new("列表中的空项", "an entry of a list may not be null or empty")
            }
            Problem::Empty => Text::new("不得为空", "may not be empty"),
            Problem::NotADay => Text::new("应写作 YYYY-MM-DD", "a day is written YYYY-MM-DD"),
            Problem::NoSuchDay => Text::new("日期不存在", "there is no such day"),
            Problem::Year => Text::new("年份应在1900至2099之间", "the year must be from 1900 to 2099"),
            Problem::Word(words) => Text::new(
                format!("只能是：{}", words.join("、")),
                format!("must be one of: {}", words.join(", ")),
            ),
            Problem::Range(least, most) => {
                Text::new(format!("应在{least}至{most}之间"), format!("must be from {least} to {most}"))
            }
            Problem::NotWhole(least, most) => Text::new(
                format!("应为{least}至{most}的整数"),
                format!("must be a whole number from {least} to {most}"),
            ),
        }
    }
}

impl Expected {
    fn text(self) -> Text {
        match self {
            Expected::Object => Text::new("对象", "an object"),
            Expected::List => Text::new("列表", "a list"),
            Expected::Text => Text::new("文本", "text"),
            Expected::Day => Text::new("日期文本 YYYY-MM-DD", "a day, written as text YYYY-MM-DD"),
            Expected::Truth => Text::new("true 或 false", "true or false"),
            Expected::WholeNumber => Text::new("整数", "a whole number"),
            Expected::Number => Text::new("数字", "a number"),
        }
    }
}
