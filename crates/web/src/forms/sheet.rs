//! Drawing a form and reading what was typed into the body of an event. Nothing typed is lost: the
//! answers are shown again with whatever was found.

use std::collections::{BTreeMap, HashMap};

use domain::finding::{Finding, Severity};
use domain::ids::{PersonId, UnitId};
use domain::text::Text;
use jiff::civil::Date;
use serde_json::{Map, Value as Json, json};

use super::{Field, Input, fields};
use crate::words::{MONTHS, Markup, Words};

/// The answers typed into a form, by path; lists have several.
pub(crate) type Answers = BTreeMap<String, Vec<String>>;

/// A choice in a list: the value sent, and the words shown.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) value: String,
    pub(crate) label: String,
}

/// A form with the lists that depend on the file.
pub(crate) struct Sheet {
    fields: Vec<Field>,
    /// Full members of the branch.
    pub(crate) members: Vec<Listed>,
    /// The mentors in office.
    pub(crate) mentors: Vec<Listed>,
    /// Units above that may approve, the nearest first.
    pub(crate) committees: Vec<Listed>,
    pub(crate) branch: Listed,
    /// Ids of units by code, as far as a code was typed.
    pub(crate) codes: HashMap<String, UnitId>,
}

/// A field ready for the template.
pub(crate) struct Drawn {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) is_required: bool,
    pub(crate) control: Control,
    pub(crate) value: String,
    pub(crate) found: Vec<Finding>,
}

/// How a field is drawn.
#[derive(Debug, Clone)]
pub(crate) enum Control {
    Text { width: &'static str, mode: &'static str },
    Lines,
    Choice(Vec<Listed>),
    Radios(Vec<Listed>),
    Ticks(Vec<(Listed, bool)>),
    Hidden,
}

/// The key of a field's label: positions are left out, so that the second mentor is one more mentor.
pub(crate) fn label_key(path: &str) -> String {
    let parts: Vec<&str> = path.split('.').filter(|part| part.parse::<usize>().is_err()).collect();
    format!("field-{}", parts.join("-"))
}

/// The key of a word of a list.
pub(crate) fn word_key(list: &str, word: &str) -> String {
    format!("{list}-{}", word)
}

impl Sheet {
    /// The form of a kind of event; the lists are filled in by whoever knows the file.
    pub(crate) fn of(kind: &str, branch: Listed) -> Option<Sheet> {
        Some(Sheet {
            fields: fields(kind)?,
            members: Vec::new(),
            mentors: Vec::new(),
            committees: Vec::new(),
            branch,
            codes: HashMap::new(),
        })
    }

    /// Whether any field is filled from a unit's code.
    pub(crate) fn code_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.input == Input::UnitCode)
    }

    /// The fields as the page draws them, with what was typed and what was found at each.
    pub(crate) fn draw(&self, t: Words, answers: &Answers, placed: &[(String, Finding)]) -> Vec<Drawn> {
        self.fields.iter().map(|field| self.drawn(t, field, answers, placed)).collect()
    }

    /// The paths of the fields that somebody fills in, in order.
    pub(crate) fn paths(&self) -> Vec<&'static str> {
        self.fields.iter().filter(|field| !field.is_hidden()).map(|field| field.path).collect()
    }

    fn drawn(&self, t: Words, field: &Field, answers: &Answers, placed: &[(String, Finding)]) -> Drawn {
        let typed = answers.get(field.path).cloned().unwrap_or_default();
        // One row of a list needs no number.
        let has_siblings = self
            .fields
            .iter()
            .any(|other| other.path != field.path && label_key(other.path) == label_key(field.path));
        let place =
            position(field.path).filter(|_| has_siblings).map_or(String::new(), |n| format!(" {}", n + 1));
        Drawn {
            id: element_id(field.path),
            name: field.path.to_owned(),
            label: if field.is_hidden() { String::new() } else { t.say(&label_key(field.path)) + &place },
            is_required: field.is_required,
            control: self.control(t, field.input, &typed),
            value: typed.first().cloned().unwrap_or_default(),
            found: placed
                .iter()
                .filter(|(place, _)| place == field.path)
                .map(|(_, finding)| finding.clone())
                .collect(),
        }
    }

    fn control(&self, t: Words, input: Input, typed: &[String]) -> Control {
        let words = |list: &str, words: &[&str]| -> Vec<Listed> {
            let listed =
                |word: &&str| Listed { value: (*word).to_owned(), label: t.say(&word_key(list, word)) };
            words.iter().map(listed).collect()
        };
        match input {
            Input::Day => Control::Text { width: "w8", mode: "text" },
            Input::Number => Control::Text { width: "w3", mode: "numeric" },
            Input::Line | Input::UnitCode => Control::Text { width: "w20", mode: "text" },
            Input::Lines => Control::Lines,
            Input::YesNo => Control::Radios(vec![
                Listed { value: "true".to_owned(), label: t.say("yes") },
                Listed { value: "false".to_owned(), label: t.say("no") },
            ]),
            Input::One(list, options) if options.len() <= 3 => Control::Radios(words(list, options)),
            Input::One(list, options) => Control::Choice(words(list, options)),
            Input::Many(list, options) => {
                let tick = |listed: Listed| (listed.clone(), typed.contains(&listed.value));
                Control::Ticks(words(list, options).into_iter().map(tick).collect())
            }
            Input::Member => Control::Choice(self.members.clone()),
            Input::Mentor => Control::Choice(self.mentors.clone()),
            Input::Committee => Control::Choice(self.committees.clone()),
            Input::OwnBranch => Control::Choice(vec![self.branch.clone()]),
            Input::Given | Input::Fixed(_) => Control::Hidden,
        }
    }

    /// A body without answers.
    pub(crate) fn blank(&self) -> Json {
        Json::Object(Map::new())
    }

    /// The body of the event, or what cannot be read, by field.
    pub(crate) fn read(&self, answers: &Answers) -> Result<Json, Vec<Finding>> {
        let mut body = Json::Object(Map::new());
        let mut problems = Vec::new();
        for field in &self.fields {
            let typed: Vec<&str> = answers
                .get(field.path)
                .map(|values| values.iter().map(|value| value.trim()).filter(|v| !v.is_empty()).collect())
                .unwrap_or_default();
            if typed.is_empty() && !matches!(field.input, Input::Fixed(_)) {
                if matches!(field.input, Input::Many(..)) {
                    put(&mut body, field.path, json!([]));
                } else if field.is_required {
                    problems.push(unread(field.path, missing()));
                }
                continue;
            }
            match self.value(field, &typed) {
                Ok(value) => self.place(&mut body, field, value),
                Err(text) => problems.push(unread(field.path, text)),
            }
        }
        drop_half_rows(&mut body);
        if problems.is_empty() { Ok(body) } else { Err(problems) }
    }

    fn value(&self, field: &Field, typed: &[&str]) -> Result<Json, Text> {
        let first = typed.first().copied().unwrap_or_default();
        let number = |text: &str| text.parse::<i64>().map(Json::from).map_err(|_| not_a_number());
        match field.input {
            Input::Day => day(first).map(|day| json!(day)).ok_or_else(not_a_day),
            Input::Number => first.parse::<u32>().map(Json::from).map_err(|_| not_a_number()),
            Input::YesNo => Ok(Json::Bool(first == "true")),
            Input::Many(..) => Ok(json!(typed)),
            Input::Member | Input::Mentor | Input::Committee | Input::OwnBranch => number(first),
            Input::UnitCode => self.codes.get(first).map(|unit| Json::from(unit.0)).ok_or_else(unknown_code),
            Input::Fixed("false") => Ok(Json::Bool(false)),
            Input::Fixed(value) => Ok(json!(value)),
            Input::Line | Input::Lines | Input::One(..) | Input::Given => Ok(json!(first)),
        }
    }

    /// Puts a value in its place; someone of the branch brings the name along.
    fn place(&self, body: &mut Json, field: &Field, value: Json) {
        let list: &[Listed] = if field.input == Input::Member {
            &self.members
        } else if field.input == Input::Mentor {
            &self.mentors
        } else {
            &[]
        };
        let name = list
            .iter()
            .find(|listed| Some(listed.value.as_str()) == value.as_i64().map(|n| n.to_string()).as_deref());
        if let (Some(name), Some((parent, _))) = (name, field.path.rsplit_once('.')) {
            put(body, &format!("{parent}.name"), json!(name.label));
        }
        put(body, field.path, value);
    }
}

/// A row of a list in which nobody is named is no row: its other answers stand at their defaults.
fn drop_half_rows(body: &mut Json) {
    if let Json::Object(fields) = body {
        for value in fields.values_mut() {
            if let Json::Array(rows) = value {
                rows.retain(|row| {
                    row.as_object().is_none_or(|row| row.contains_key("name") || row.contains_key("by"))
                });
            }
            drop_half_rows(value);
        }
        let is_nobody =
            |value: &Json| value.as_object().is_some_and(|v| v.len() == 1 && v.contains_key("is_relative"));
        fields.retain(|_, value| !is_nobody(value));
    }
}

/// The position in a path, if it has one.
fn position(path: &str) -> Option<usize> {
    path.split('.').find_map(|part| part.parse().ok())
}

/// The id of a field's element.
pub(crate) fn element_id(path: &str) -> String {
    format!("a-{}", path.replace('.', "-"))
}

fn unread(path: &str, text: Text) -> Finding {
    Finding {
        rule: "F01.unread".to_owned(),
        severity: Severity::Error,
        edition: String::new(),
        occurrence: 0,
        fields: vec![path.to_owned()],
        article: "登记规则 · House rule".to_owned(),
        text,
        remedy: Text::new("请填写后再提交。", "Fill it in and send again."),
    }
}

/// A field that is not filled in, or not so that it can be read.
pub(crate) fn unreadable(path: &str) -> Finding {
    unread(path, Text::new("此项未填，或无法识别。", "This is not filled in, or cannot be read."))
}

fn missing() -> Text {
    Text::new("此项未填。", "This is not filled in.")
}

fn not_a_day() -> Text {
    Text::new("日期无法识别，例如 2003.03.18。", "This is no date; for example 2003.03.18.")
}

fn not_a_number() -> Text {
    Text::new("应为数字。", "This must be a number.")
}

fn unknown_code() -> Text {
    Text::new("没有这个编码的组织。", "No unit has this code.")
}

/// A day as people type it: dots, dashes, slashes or the Chinese signs between year, month and day; or day,
/// English month and year, as English pages show it.
pub(crate) fn day(text: &str) -> Option<Date> {
    if let Some(day) = english_day(text) {
        return Some(day);
    }
    let parts: Vec<i16> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let [year, month, day] = parts.as_slice() else { return None };
    Date::new(*year, i8::try_from(*month).ok()?, i8::try_from(*day).ok()?).ok()
}

/// `3 Mar 2003` or `3 March 2003`.
fn english_day(text: &str) -> Option<Date> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [day, month, year] = words.as_slice() else { return None };
    let month = month.to_ascii_lowercase();
    let is_named = |name: &&str| month.len() >= 3 && name.to_ascii_lowercase().starts_with(&month);
    let number = MONTHS.iter().position(is_named)? + 1;
    Date::new(year.parse().ok()?, i8::try_from(number).ok()?, day.parse().ok()?).ok()
}

/// A day as a form shows it, so that [`day`] reads it back in either language.
pub(crate) fn written(day: &Date) -> String {
    format!("{}.{:02}.{:02}", day.year(), day.month(), day.day())
}

/// Puts a value at a dotted path, making what leads there.
fn put(body: &mut Json, path: &str, value: Json) {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let place = match (head.parse::<usize>(), &mut *body) {
        (Ok(at), Json::Array(items)) => {
            while items.len() <= at {
                items.push(Json::Object(Map::new()));
            }
            &mut items[at]
        }
        (_, Json::Object(fields)) => fields.entry(head).or_insert(Json::Null),
        (_, Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_)) => return,
    };
    let Some(rest) = rest else {
        *place = value;
        return;
    };
    if place.is_null() {
        let is_position = rest.split('.').next().is_some_and(|part| part.parse::<usize>().is_ok());
        *place = if is_position { Json::Array(Vec::new()) } else { Json::Object(Map::new()) };
    }
    put(place, rest, value);
}

/// Ids of the people that a list shows.
pub(crate) fn listed(names: &HashMap<PersonId, String>, ids: &[PersonId]) -> Vec<Listed> {
    let one = |id: &PersonId| Some(Listed { value: id.to_string(), label: names.get(id)?.clone() });
    ids.iter().filter_map(one).collect()
}

impl Drawn {
    /// Whether anything here stops the act.
    pub(crate) fn is_bad(&self) -> bool {
        self.found.iter().any(Finding::is_error)
    }

    /// Attributes that tie the control to what was found.
    pub(crate) fn marks(&self) -> Markup {
        if self.found.is_empty() {
            return Markup::default();
        }
        let invalid = if self.is_bad() { " aria-invalid=\"true\"" } else { "" };
        Markup(format!("{invalid} aria-describedby=\"{}-found\"", self.id))
    }
}

#[cfg(test)]
mod tests {
    use domain::case::CaseEvent;
    use jiff::civil::date;

    use super::*;
    use crate::words::Locale;

    fn sheet(kind: &str) -> Sheet {
        let branch = Listed { value: "30".into(), label: "支部".into() };
        let mut sheet = Sheet::of(kind, branch).unwrap();
        sheet.members = vec![
            Listed { value: "7".into(), label: "马建国".into() },
            Listed { value: "8".into(), label: "高红梅".into() },
        ];
        sheet
    }

    fn answers(typed: &[(&str, &str)]) -> Answers {
        let mut answers = Answers::new();
        for (path, value) in typed {
            answers.entry((*path).to_owned()).or_default().push((*value).to_owned());
        }
        answers
    }

    #[test]
    fn days_are_read_as_people_type_them() {
        let typed = ["2003.03.18", "2003-3-18", "2003/03/18", "2003年3月18日", " 2003 3 18 "];
        for text in typed.into_iter().chain(["18 Mar 2003", "18 march 2003"]) {
            assert_eq!(day(text), Some(date(2003, 3, 18)), "{text}");
        }
        assert_eq!(day(&written(&date(2003, 3, 8))), Some(date(2003, 3, 8)));
        // What a page shows can be sent back as it stands.
        for locale in [Locale::Zh, Locale::En] {
            let shown = Words(locale).plain_day(&date(2003, 3, 18));
            assert_eq!(day(&shown), Some(date(2003, 3, 18)), "{shown}");
        }
        for text in ["18 Mar 2003", "18 March 2003", " 18 mar 2003"] {
            assert_eq!(day(text), Some(date(2003, 3, 18)), "{text}");
        }
        for text in
            ["18 Ma 2003", "31 Feb 2003", "18 Mars 2003", "", "2003.03", "2003.13.01", "2003.02.30", "today"]
        {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn a_filled_form_is_an_event() {
        let typed = answers(&[
            ("mentors.0.person", "7"),
            ("mentors.0.is_relative", "false"),
            ("mentors.1.is_relative", "false"),
        ]);
        let mut body = sheet("case.mentors_named").read(&typed).unwrap();
        assert_eq!(body, json!({"mentors": [{"person": 7, "name": "马建国", "is_relative": false}]}));
        body["case"] = json!(1);
        assert!(CaseEvent::read("case.mentors_named", body).is_ok());
    }

    #[test]
    fn a_vote_without_exclusions_is_an_event() {
        let typed = answers(&[
            ("ballot.due", "24"),
            ("ballot.present", "20"),
            ("ballot.for", "20"),
            ("ballot.against", "0"),
            ("ballot.abstain", "0"),
            ("ballot.is_secret", "true"),
            ("ballot.is_individual", "true"),
            ("ballot.tellers.0.person", "7"),
            ("ballot.tellers.1.person", "8"),
            ("ballot.signed_by.person", "7"),
            ("ballot.signed_by.post", "secretary"),
        ]);
        let mut body = sheet("case.admission_voted").read(&typed).unwrap();
        body["case"] = json!(1);
        let event = CaseEvent::read("case.admission_voted", body);
        assert!(event.is_ok(), "{event:?}");
    }

    #[test]
    fn what_is_missing_or_unreadable_is_told_all_at_once() {
        let typed = answers(&[("stage", "admission"), ("last_on", "soon")]);
        let problems = sheet("case.notice_opened").read(&typed).unwrap_err();
        let fields: Vec<_> = problems.iter().map(|problem| problem.fields[0].as_str()).collect();
        assert_eq!(fields, ["last_on", "place"]);
    }
}
