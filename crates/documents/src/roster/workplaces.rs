//! The register of workplaces as a table: its columns, and a workplace as a row says. Export has the
//! columns of import, so that what was exported can be imported again and changes nothing.

use std::io::{Read, Seek};

use domain::text::{Language, Text};
use domain::workplace::{Ownership, Particulars, Scale, WorkplaceKind};

use super::people::{code, column, text};
use super::{Choice, Column, Field, Kind, Reading, Row, Watch};
use crate::guard::Limits;
use crate::table::{Heads, Item, Layout};

/// A workplace as one row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Row in the file, from 1.
    pub row: u32,
    /// What the register is to say.
    pub particulars: Particulars,
    /// The workplace that it is a part of, by code or name; blank for a place of its own.
    pub parent: String,
    /// The Party organisation that answers for it, by code or name.
    pub unit: String,
}

/// What was understood of a file of workplaces.
#[derive(Debug, Clone)]
pub struct Workplaces {
    /// Workplaces of the rows without errors.
    pub entries: Vec<Entry>,
    /// Problems and columns.
    pub reading: Reading,
}

/// Reads a file of workplaces. A row with any error gives no entry.
pub fn read<R: Read + Seek>(
    file_name: &str,
    source: R,
    limits: &Limits,
    watch: &mut Watch<'_>,
) -> Workplaces {
    let mut reading = super::read(file_name, source, &columns(), limits, watch);
    let rows = std::mem::take(&mut reading.rows);
    let entries = rows.iter().filter(|row| row.is_sound).filter_map(entry).collect();
    Workplaces { entries, reading }
}

/// The name of a kind of place.
#[must_use]
pub fn kind_name(kind: WorkplaceKind) -> Text {
    let (zh, en) = match kind {
        WorkplaceKind::Enterprise => ("企业", "enterprise"),
        WorkplaceKind::Village => ("村", "village"),
        WorkplaceKind::Community => ("社区", "community"),
        WorkplaceKind::Institution => ("事业单位", "institution"),
        WorkplaceKind::Association => ("社会组织", "association"),
        WorkplaceKind::Intermediary => ("中介机构", "intermediary"),
        WorkplaceKind::Organ => ("机关", "state organ"),
        WorkplaceKind::Department => ("部门", "department"),
        WorkplaceKind::Workshop => ("车间", "workshop"),
        WorkplaceKind::Team => ("班组", "team"),
        WorkplaceKind::VillagerGroup => ("村民小组", "villager group"),
    };
    Text::new(zh, en)
}

/// The name of an ownership.
#[must_use]
pub fn ownership_name(ownership: Ownership) -> Text {
    let (zh, en) = match ownership {
        Ownership::State => ("国有", "state"),
        Ownership::Collective => ("集体", "collective"),
        Ownership::Private => ("私营", "private"),
        Ownership::Foreign => ("外商及港澳台商投资", "foreign"),
        Ownership::Mixed => ("非公有控股", "mixed, non-public"),
    };
    Text::new(zh, en)
}

/// The name of a scale.
#[must_use]
pub fn scale_name(scale: Scale) -> Text {
    let (zh, en) = match scale {
        Scale::Large => ("大型", "large"),
        Scale::Medium => ("中型", "medium"),
        Scale::Small => ("小型", "small"),
        Scale::Micro => ("微型", "micro"),
    };
    Text::new(zh, en)
}

fn yes_no() -> Vec<Choice> {
    vec![
        Choice::new("1", Text::new("是", "yes")).or(&["y", "true"]),
        Choice::new("0", Text::new("否", "no")).or(&["n", "false"]),
    ]
}

fn kinds() -> Vec<Choice> {
    let aliases = |kind: WorkplaceKind| -> &'static [&'static str] {
        match kind {
            WorkplaceKind::Village => &["行政村"],
            WorkplaceKind::Association => &["社会团体", "民办非企业单位"],
            WorkplaceKind::Intermediary => &["中介组织", "劳动人事服务机构"],
            WorkplaceKind::Department => &["科室"],
            WorkplaceKind::Enterprise
            | WorkplaceKind::Community
            | WorkplaceKind::Institution
            | WorkplaceKind::Organ
            | WorkplaceKind::Workshop
            | WorkplaceKind::Team
            | WorkplaceKind::VillagerGroup => &[],
        }
    };
    let choice =
        |kind: &WorkplaceKind| Choice::new(kind.code().to_string(), kind_name(*kind)).or(aliases(*kind));
    WorkplaceKind::ALL.iter().map(choice).collect()
}

fn ownerships() -> Vec<Choice> {
    let aliases = |ownership: Ownership| -> &'static [&'static str] {
        match ownership {
            Ownership::Private => &["民营"],
            Ownership::Foreign => &["外资", "港澳台资"],
            Ownership::Mixed => &["非公有控股股份制"],
            Ownership::State | Ownership::Collective => &[],
        }
    };
    let choice = |it: &Ownership| Choice::new(it.code().to_string(), ownership_name(*it)).or(aliases(*it));
    Ownership::ALL.iter().map(choice).collect()
}

/// The columns, in the order of the export.
#[must_use]
pub fn columns() -> Vec<Column> {
    let words = |max_chars| Kind::Text { max_chars };
    let scales = Scale::ALL.iter().map(|it| Choice::new(it.code().to_string(), scale_name(*it))).collect();
    vec![
        column("name_zh", ("名称", "Name"), words(200), ("清源纺织有限公司", "清源纺织有限公司"))
            .required()
            .known_as(&["单位名称", "企业名称"]),
        column(
            "name_en",
            ("英文名称", "English name"),
            words(300),
            ("Qingyuan Textiles Ltd", "Qingyuan Textiles Ltd"),
        )
        .noted("不填则用中文名称", "the Chinese name is used where it is blank"),
        column("kind", ("类型", "Kind"), Kind::Choice(kinds()), ("企业", "enterprise"))
            .required()
            .known_as(&["单位类型"]),
        column("code", ("统一社会信用代码", "Social credit code"), words(30), ("D2143569X", "D2143569X"))
            .known_as(&["信用代码", "组织机构代码", "代码"])
            .noted("18位信用代码或9位组织机构代码", "18 characters, or 9 of the older organisation code"),
        column("ownership", ("所有制", "Ownership"), Kind::Choice(ownerships()), ("私营", "private"))
            .noted("企业填写", "enterprises only"),
        column("scale", ("规模", "Scale"), Kind::Choice(scales), ("中型", "medium"))
            .noted("企业填写", "enterprises only"),
        column("n_staff", ("人数", "People"), Kind::Whole { min: 0, max: 10_000_000 }, ("180", "180"))
            .required()
            .known_as(&["职工人数", "从业人数"]),
        column("is_stable", ("经营稳定", "Stable"), Kind::Choice(yes_no()), ("是", "yes")),
        column("is_key", ("要害部门或重点岗位", "Key department"), Kind::Choice(yes_no()), ("否", "no")),
        column("parent", ("所属单位", "Part of"), words(300), ("", "")).noted(
            "部门、车间、班组、村民小组填写代码或名称",
            "for parts: the code or name of the place above",
        ),
        column("unit", ("负责党组织", "Answers for it"), words(300), ("某镇党委", "a town committee"))
            .required()
            .known_as(&["党组织", "所属党组织"])
            .noted("党组织的编码或名称", "code or name of the Party organisation"),
    ]
}

/// The layout of the export.
#[must_use]
pub fn layout(heads: Heads) -> Layout {
    super::layout(&columns(), Text::new("单位名录", "Register of workplaces"), heads)
}

/// Turns workplaces into rows of the export.
#[must_use]
pub fn rows(entries: &[Entry], language: Language) -> Vec<Vec<Item>> {
    let columns = columns();
    entries.iter().map(|entry| super::items(&columns, &entry.fields(), language)).collect()
}

impl Entry {
    fn fields(&self) -> Vec<Option<Field>> {
        let words = |text: &str| (!text.is_empty()).then(|| Field::Text(text.to_owned()));
        let code = |code: i64| Some(Field::Code(code.to_string()));
        let it = &self.particulars;
        vec![
            words(&it.name.zh),
            words(&it.name.en),
            code(it.kind.code()),
            words(&it.code),
            it.ownership.and_then(|ownership| code(ownership.code())),
            it.scale.and_then(|scale| code(scale.code())),
            Some(Field::Whole(it.n_staff)),
            code(i64::from(it.is_stable)),
            code(i64::from(it.is_key)),
            words(&self.parent),
            words(&self.unit),
        ]
    }
}

/// The entry of a sound row; nothing if a required column is not in the file.
fn entry(row: &Row) -> Option<Entry> {
    let mut fields = row.fields.iter();
    let mut next = || fields.next().and_then(Option::as_ref);
    let (zh, en) = (text(next()), text(next()));
    let kind = WorkplaceKind::from_code(code(next())?)?;
    let written: String =
        text(next()).chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
    let ownership = code(next()).and_then(Ownership::from_code);
    let scale = code(next()).and_then(Scale::from_code);
    let n_staff = match next() {
        Some(Field::Whole(n)) => *n,
        Some(Field::Text(_) | Field::Date(_) | Field::Code(_)) | None => return None,
    };
    // What is not said of stability is taken to be so; what is not marked as key is not.
    let (is_stable, is_key) = (code(next()) != Some(0), code(next()) == Some(1));
    let (parent, unit) = (text(next()), text(next()));
    let name = Text::new(zh.clone(), if en.is_empty() { zh } else { en });
    let code = written.to_ascii_uppercase();
    let particulars = Particulars { kind, name, code, ownership, scale, n_staff, is_stable, is_key };
    Some(Entry { row: row.number, particulars, parent, unit })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::atomic::AtomicBool;

    use super::*;

    fn understood(file: &str) -> Workplaces {
        let cancel = AtomicBool::new(false);
        let mut watch = Watch { progress: &mut |_| {}, cancel: &cancel };
        read("名录.csv", Cursor::new(file.to_owned()), &Limits::UPLOAD, &mut watch)
    }

    #[test]
    fn a_row_is_understood_with_the_words_that_offices_use() {
        let read = understood(
            "单位名称,单位类型,组织机构代码,所有制,规模,职工人数,负责党组织\n\
             清源纺织有限公司,企业,d2143569-x,民营,中型,180,一镇党委\n",
        );
        assert!(read.reading.is_clean(), "{:?}", read.reading.problems);
        let entry = &read.entries[0];
        assert_eq!((entry.row, entry.unit.as_str()), (2, "一镇党委"));
        assert_eq!(entry.particulars.code, "D2143569X");
        assert_eq!(entry.particulars.ownership, Some(Ownership::Private));
        assert_eq!(entry.particulars.name.en, "清源纺织有限公司", "no English name was given");
        assert!(entry.particulars.is_stable && !entry.particulars.is_key);
    }

    #[test]
    fn every_problem_names_its_cell() {
        let read = understood("名称,类型,人数,负责党组织\n甲,学校,很多,\n乙,村,300,一镇党委\n");
        let places: Vec<String> =
            read.reading.problems.iter().map(|problem| problem.place.to_string()).collect();
        assert_eq!(places, ["B2", "C2", "D2"]);
        assert_eq!(read.entries.len(), 1, "the other row stands");
    }
}
