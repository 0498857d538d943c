//! The roster of people: its columns, and a person as a row says. Export has the columns of
//! import, so that what was exported can be imported again and changes nothing.

use std::io::{Read, Seek};

use domain::id_number::{self, IdNumber};
use domain::person::{Education, Ethnicity, Occupation, Particulars, Sex, Stage};
use domain::text::Text;
use jiff::civil::Date;

use super::{Column, Field, Kind, Reading, Row, Watch, codes};
use crate::guard::Limits;
use crate::problem::{Cause, IdCause, Problem};
use crate::table::{Heads, Item, Layout, Table};

/// A person as one row of the roster says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Row in the file, from 1; 0 if the entry does not come from a file.
    pub row: u32,
    /// Name, numbers, sex, birth and the like.
    pub particulars: Particulars,
    /// Number in an earlier system or on paper; empty when there is none.
    pub former_id: String,
    /// The Party organisation, by its code or by its names from the top, as written.
    pub unit: String,
    /// Stage reached.
    pub stage: Stage,
    /// Day of the written application.
    pub applied_on: Option<Date>,
    /// Day of listing as an activist.
    pub activist_on: Option<Date>,
    /// Day of listing as a prospective member.
    pub target_on: Option<Date>,
    /// Day of admission as a probationary member.
    pub admitted_on: Option<Date>,
    /// Day of confirmation as a full member.
    pub confirmed_on: Option<Date>,
    /// Remarks on the papers; empty when there are none.
    pub remarks: String,
}

/// What was understood of a roster of people.
#[derive(Debug, Clone)]
pub struct People {
    /// Persons of the rows without errors.
    pub entries: Vec<Entry>,
    /// Problems, columns, and the rows that gave no entry.
    pub reading: Reading,
}

/// Reads a roster of people. A row with any error gives no entry; an identity number that
/// disagrees with the row's birth date or sex is a warning and the entry stands.
pub fn read<R: Read + Seek>(file_name: &str, source: R, limits: &Limits, watch: &mut Watch<'_>) -> People {
    let mut reading = super::read(file_name, source, &columns(), limits, watch);
    let mut entries = Vec::new();
    for row in std::mem::take(&mut reading.rows) {
        let Some(entry) = row.is_sound.then(|| entry(&row)).flatten() else {
            reading.rows.push(row);
            continue;
        };
        for cause in disagreements(&entry) {
            let column = reading.columns.get(ID_NUMBER).copied().flatten().unwrap_or(0);
            reading.note(Problem::cell(row.number, column, cause), limits);
        }
        entries.push(entry);
    }
    reading.problems.sort_by_key(|problem| problem.place);
    People { entries, reading }
}

/// The layout of the export.
pub fn layout(heads: Heads) -> Layout {
    super::layout(&columns(), Text::new("人员名册", "Roster of people"), heads)
}

/// The export of some people.
pub fn table(entries: &[Entry], heads: Heads) -> Table {
    let columns = columns();
    let rows = entries.iter().map(|entry| super::items(&columns, &entry.fields(), heads.of_cells()));
    Table { layout: layout(heads), rows: rows.collect() }
}

/// Turns people into rows of the export one by one, for rosters that do not fit memory.
pub fn rows<'e>(
    entries: impl IntoIterator<Item = Entry> + 'e,
    heads: Heads,
) -> impl Iterator<Item = Vec<Item>> + 'e {
    let columns = columns();
    entries.into_iter().map(move |entry| super::items(&columns, &entry.fields(), heads.of_cells()))
}

/// The columns, in the order of the export.
pub fn columns() -> Vec<Column> {
    let text = |max_chars| Kind::Text { max_chars };
    let mut columns = vec![
        column("name", ("姓名", "Name"), text(60), ("李明", "Li Ming")).required(),
        column("former_id", ("原编号", "Former number"), text(40), ("0012", "0012"))
            .known_as(&["编号", "档案编号"]),
        column("sex", ("性别", "Sex"), Kind::Choice(codes::sexes()), ("男", "male")).required(),
        column("born_on", ("出生日期", "Date of birth"), Kind::Date, ("1980-03-07", "1980-03-07"))
            .required()
            .known_as(&["出生年月日", "生日", "birthday"]),
        column(
            "id_number",
            ("公民身份号码", "Identity number"),
            Kind::IdNumber,
            ("110101198003070017", "110101198003070017"),
        )
        .known_as(&["身份证号", "身份证号码", "身份证"]),
        column("ethnicity", ("民族", "Ethnic group"), Kind::Choice(codes::ethnic_groups()), ("汉族", "Han"))
            .required(),
        column(
            "education",
            ("学历", "Education"),
            Kind::Choice(codes::education()),
            ("大学本科", "bachelor"),
        )
        .required()
        .known_as(&["文化程度", "文化"]),
        column("occupation", ("职业", "Occupation"), Kind::Choice(codes::occupations()), ("工人", "worker"))
            .required()
            .known_as(&["职业类别"]),
        column("unit", ("所在党组织", "Party organisation"), text(300), ("一支部", "First branch"))
            .required()
            .known_as(&["所在支部", "所在党支部", "党支部", "支部", "branch", "组织代码"]),
        column("stage", ("发展阶段", "Stage"), Kind::Choice(codes::stages()), ("入党积极分子", "activist"))
            .required()
            .known_as(&["人员类别", "党员类别", "standing"]),
    ];
    columns.extend(further_columns());
    columns
}

fn further_columns() -> [Column; 9] {
    let text = |max_chars| Kind::Text { max_chars };
    let day = |id, head, sample| column(id, head, Kind::Date, (sample, sample));
    [
        day("applied_on", ("申请入党日期", "Applied on"), "2003-03-01")
            .known_as(&["入党申请日期", "递交入党申请书日期"]),
        day("activist_on", ("列为积极分子日期", "Activist since"), "2003-09-10")
            .known_as(&["确定积极分子日期", "列为入党积极分子日期"]),
        day("target_on", ("列为发展对象日期", "Prospective member since"), "")
            .known_as(&["确定发展对象日期"]),
        day("admitted_on", ("入党日期", "Admitted on"), "").known_as(&[
            "加入党组织日期",
            "接收为预备党员日期",
            "入党时间",
        ]),
        day("confirmed_on", ("转正日期", "Confirmed on"), "").known_as(&["转为正式党员日期", "转正时间"]),
        column("phone", ("联系电话", "Telephone"), text(40), ("13800000000", "13800000000")).known_as(&[
            "电话",
            "手机",
            "手机号",
            "phone",
        ]),
        column("work_post", ("工作岗位", "Work post"), text(100), ("车间技术员", "technician")).known_as(&[
            "工作单位及职务",
            "职务",
            "岗位",
        ]),
        column("is_front_line", ("生产工作一线", "Front line"), Kind::Choice(codes::yes_no()), ("是", "yes"))
            .known_as(&["一线", "是否一线", "生产、工作一线"]),
        column("remarks", ("备注", "Remarks"), text(200), ("", "")).noted(
            "只写手续方面的说明，不写对人的评价",
            "notes on the papers only, no opinions about the person",
        ),
    ]
}

impl Entry {
    /// The entry as the columns have it.
    pub fn fields(&self) -> Vec<Option<Field>> {
        let text = |text: &str| (!text.is_empty()).then(|| Field::Text(text.to_owned()));
        let code = |code: i64| Some(Field::Code(code.to_string()));
        let day = |day: Option<Date>| day.map(Field::Date);
        let person = &self.particulars;
        vec![
            text(&person.name),
            text(&self.former_id),
            code(person.sex.code()),
            Some(Field::Date(person.born_on)),
            text(&person.id_number),
            Some(Field::Code(format!("{:02}", person.ethnicity.0))),
            code(person.education.code()),
            code(person.occupation.code()),
            text(&self.unit),
            code(self.stage.code()),
            day(self.applied_on),
            day(self.activist_on),
            day(self.target_on),
            day(self.admitted_on),
            day(self.confirmed_on),
            text(&person.phone),
            text(&person.work_post),
            code(i64::from(person.is_front_line)),
            text(&self.remarks),
        ]
    }
}

/// The entry of a sound row; nothing if a required column is not in the file.
fn entry(row: &Row) -> Option<Entry> {
    let mut fields = row.fields.iter();
    let mut next = || fields.next().and_then(Option::as_ref);
    let name = text(next());
    let former_id = text(next());
    let sex = Sex::from_code(code(next())?)?;
    let born_on = day(next())?;
    let id_number = text(next());
    let ethnicity = Ethnicity(u8::try_from(code(next())?).ok()?);
    let education = Education::from_code(code(next())?)?;
    let occupation = Occupation::from_code(code(next())?)?;
    let unit = text(next());
    let stage = Stage::from_code(code(next())?)?;
    let [applied_on, activist_on, target_on, admitted_on, confirmed_on] =
        [day(next()), day(next()), day(next()), day(next()), day(next())];
    let (phone, work_post) = (text(next()), text(next()));
    let is_front_line = code(next()) == Some(1);
    let remarks = text(next());
    if name.is_empty() || unit.is_empty() {
        return None;
    }
    let particulars = Particulars {
        name,
        id_number,
        phone,
        work_post,
        sex,
        born_on,
        ethnicity,
        education,
        occupation,
        is_front_line,
    };
    Some(Entry {
        row: row.number,
        particulars,
        former_id,
        unit,
        stage,
        applied_on,
        activist_on,
        target_on,
        admitted_on,
        confirmed_on,
        remarks,
    })
}

pub(super) fn text(field: Option<&Field>) -> String {
    match field {
        Some(Field::Text(text)) => text.clone(),
        Some(Field::Date(_) | Field::Whole(_) | Field::Code(_)) | None => String::new(),
    }
}

pub(super) fn code(field: Option<&Field>) -> Option<i64> {
    match field {
        Some(Field::Code(code)) => code.parse().ok(),
        Some(Field::Text(_) | Field::Date(_) | Field::Whole(_)) | None => None,
    }
}

fn day(field: Option<&Field>) -> Option<Date> {
    match field {
        Some(Field::Date(day)) => Some(*day),
        Some(Field::Text(_) | Field::Whole(_) | Field::Code(_)) | None => None,
    }
}

/// Where the identity number says something else than the row.
fn disagreements(entry: &Entry) -> Vec<Cause> {
    let Ok(number) = IdNumber::parse(&entry.particulars.id_number) else { return Vec::new() };
    let mut causes = Vec::new();
    if number.born_on() != entry.particulars.born_on {
        causes.push(IdCause::Birth { id: number.born_on(), row: entry.particulars.born_on }.into());
    }
    let says_otherwise = match entry.particulars.sex {
        Sex::Male => number.sex() == id_number::Sex::Female,
        Sex::Female => number.sex() == id_number::Sex::Male,
        Sex::Unknown | Sex::NotStated => false,
    };
    if says_otherwise {
        causes.push(IdCause::Sex.into());
    }
    causes
}

pub(super) fn column(id: &'static str, head: (&str, &str), kind: Kind, sample: (&str, &str)) -> Column {
    Column {
        id,
        head: Text::new(head.0, head.1),
        aliases: &[],
        kind,
        is_required: false,
        sample: Text::new(sample.0, sample.1),
        note: Text::new("", ""),
    }
}

impl Column {
    pub(super) fn required(self) -> Self {
        Column { is_required: true, ..self }
    }

    pub(super) fn known_as(self, aliases: &'static [&'static str]) -> Self {
        Column { aliases, ..self }
    }

    pub(super) fn noted(self, zh: &str, en: &str) -> Self {
        Column { note: Text::new(zh, en), ..self }
    }
}

/// Where the identity number stands among the columns.
const ID_NUMBER: usize = 4;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sheet::fold;

    #[test]
    fn every_head_and_alias_belongs_to_one_column() {
        let columns = columns();
        assert_eq!(columns[ID_NUMBER].id, "id_number");
        let mut seen = BTreeSet::new();
        for column in &columns {
            let heads: BTreeSet<_> = [column.head.zh.as_str(), &column.head.en, column.id]
                .into_iter()
                .chain(column.aliases.iter().copied())
                .map(fold)
                .collect();
            for head in heads {
                assert!(seen.insert(head.clone()), "{head}");
            }
        }
    }
}
