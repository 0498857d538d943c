//! Rosters of people: read, refused cell by cell, exported and read again, and the template.

use std::io::Cursor;
use std::sync::atomic::{AtomicBool, Ordering};

use calamine::{Reader, Xlsx};
use documents::guard::Limits;
use documents::problem::{CellCause, FileCause, HeadCause, IdCause, Place, Problem, Severity};
use documents::roster::people::{self, Entry, People};
use documents::roster::{Column, Kind, Watch};
use documents::table::{Heads, Item, write_csv, write_xlsx};
use documents::template;
use domain::person::{Education, Ethnicity, Occupation, Particulars, Sex, Stage};
use domain::text::{Language, Text};
use jiff::civil::{Date, date};
use proptest::prelude::*;

const HEADS: &str = "姓名,性别,出生日期,民族,学历,职业,所在党组织,发展阶段,身份证号,申请入党日期,入党日期";
const SOUND: &str = "张三,男,1980-03-07,汉族,本科,工人,一支部,积极分子,110101198003070017,2003年3月1日,";

fn read(file_name: &str, bytes: &[u8]) -> People {
    let never = AtomicBool::new(false);
    let mut watch = Watch { progress: &mut |_| {}, cancel: &never };
    people::read(file_name, Cursor::new(bytes), &Limits::UPLOAD, &mut watch)
}

fn read_csv(lines: &[&str]) -> People {
    read("名册.csv", lines.join("\n").as_bytes())
}

fn causes(people: &People) -> Vec<(String, String)> {
    let shown = |problem: &Problem| (problem.place.to_string(), format!("{:?}", problem.cause));
    people.reading.problems.iter().map(shown).collect()
}

#[test]
fn a_sound_row_becomes_a_person() {
    let people = read_csv(&[HEADS, SOUND]);
    assert!(people.reading.is_clean(), "{:?}", causes(&people));
    let entry = &people.entries[0];
    assert_eq!(entry.row, 2);
    assert_eq!(entry.particulars.name, "张三");
    assert_eq!(entry.particulars.sex, Sex::Male);
    assert_eq!(entry.particulars.ethnicity, Ethnicity::HAN);
    assert_eq!(entry.particulars.education, Education::Bachelor);
    assert_eq!(entry.stage, Stage::Activist);
    assert_eq!(entry.applied_on, Some(date(2003, 3, 1)));
    assert_eq!(entry.admitted_on, None);
}

#[test]
fn a_problem_names_its_cell_in_both_languages() {
    let people = read_csv(&[HEADS, &SOUND.replace("1980-03-07", "2001-02-30")]);
    let problem = &people.reading.problems[0];
    assert_eq!(problem.place, Place::Cell { row: 2, column: 2 });
    assert_eq!(problem.text().en, "C2: “2001-02-30” is not a day of the calendar; correct it");
    assert_eq!(problem.text().zh, "C2：“2001-02-30”不是历法上的日子。请更正");
    assert!(people.entries.is_empty());
}

#[test]
fn each_bad_cell_is_named_and_the_other_rows_still_read() {
    let bad = ",雄,去年,火星族,博士后,=1+1,一支部,党员,110101198003070018,19990101,\u{202e}x";
    let people = read_csv(&[HEADS, bad, SOUND]);
    let found: Vec<_> = people.reading.problems.iter().map(|problem| problem.place.to_string()).collect();
    assert_eq!(found, ["A2", "B2", "C2", "D2", "E2", "F2", "I2", "K2"]);
    assert_eq!(people.reading.problems[5].cause, CellCause::Formula.into());
    assert_eq!(people.reading.problems[6].cause, IdCause::Check.into());
    assert_eq!(people.entries.len(), 1);
    assert_eq!(people.entries[0].row, 3);
    assert!(people.reading.is_whole);
}

#[test]
fn a_number_that_disagrees_is_a_warning_and_the_row_stands() {
    let people = read_csv(&[HEADS, &SOUND.replace("男,1980-03-07", "女,1981-03-07")]);
    let warnings: Vec<_> = people.reading.problems.iter().map(|problem| problem.cause.clone()).collect();
    let birth = IdCause::Birth { id: date(1980, 3, 7), row: date(1981, 3, 7) };
    assert_eq!(warnings, [birth.into(), IdCause::Sex.into()]);
    assert!(people.reading.problems.iter().all(|problem| problem.severity() == Severity::Warning));
    assert_eq!(people.entries.len(), 1);
}

#[test]
fn heads_are_found_below_a_title_and_named_when_wrong() {
    let heads = HEADS.replace("性别", "出生日期").replace("民族", "星座") + ",备注,备注";
    let people = read_csv(&["某县党员名册", "", &heads, SOUND]);
    let head = |head: &str| head.to_owned();
    let missing = |zh: &str, en: &str| HeadCause::Missing { head: Text::new(zh, en) };
    let expected = [
        Problem::row(3, missing("性别", "Sex")),
        Problem::row(3, missing("民族", "Ethnic group")),
        Problem::cell(3, 2, HeadCause::Twice { head: head("出生日期") }),
        Problem::cell(3, 3, HeadCause::PassedOver { head: head("星座") }),
        Problem::cell(3, 12, HeadCause::Twice { head: head("备注") }),
    ];
    assert_eq!(people.reading.problems[..5], expected);
    let nothing = read_csv(&["a,b", "c,d"]);
    assert_eq!(nothing.reading.problems, [Problem::row(1, HeadCause::Absent)]);
    assert!(!nothing.reading.is_whole);
}

#[test]
fn two_rows_of_heads_are_one_head() {
    let english = "Name,Sex,Date of birth,Ethnic group,Education,Occupation,Party organisation,Stage,Identity number,\
        Applied on,Admitted on";
    let people = read_csv(&[HEADS, english, SOUND]);
    assert!(people.reading.is_clean(), "{:?}", causes(&people));
    assert_eq!(people.entries.len(), 1);
}

#[test]
fn old_encodings_read_alike() {
    let lines = [HEADS, SOUND].join("\r\n");
    let expected = read_csv(&[HEADS, SOUND]).entries;
    let gbk: Vec<u8> = encoding_rs::GBK.encode(&lines).0.into_owned();
    assert_eq!(read("a.csv", &gbk).entries, expected);
}

#[test]
fn reading_can_be_watched_and_stopped() {
    let lines: Vec<&str> = std::iter::once(HEADS).chain(std::iter::repeat_n(SOUND, 2_500)).collect();
    let cancel = AtomicBool::new(false);
    let mut seen = Vec::new();
    let mut watch = Watch { progress: &mut |n_rows| seen.push(n_rows), cancel: &cancel };
    let bytes = lines.join("\n");
    people::read("a.csv", Cursor::new(&bytes), &Limits::UPLOAD, &mut watch);
    assert_eq!(seen, [1_000, 2_000, 2_500]);

    let mut watch = Watch { progress: &mut |_| cancel.store(true, Ordering::Relaxed), cancel: &cancel };
    let people = people::read("a.csv", Cursor::new(&bytes), &Limits::UPLOAD, &mut watch);
    assert!(!people.reading.is_whole);
    assert_eq!(people.reading.problems, [Problem::file(FileCause::Cancelled)]);
    assert_eq!(people.entries.len(), 1_000);
}

#[test]
fn problems_are_counted_when_there_are_too_many_to_keep() {
    let bad = SOUND.replace("男", "雄");
    let lines: Vec<&str> = std::iter::once(HEADS).chain(std::iter::repeat_n(bad.as_str(), 1_500)).collect();
    let people = read_csv(&lines);
    assert_eq!((people.reading.problems.len(), people.reading.n_problems), (1_000, 1_500));
    assert!(people.entries.is_empty());
}

#[test]
fn the_template_reads_as_an_empty_roster() {
    for heads in [Heads::In(Language::Zh), Heads::In(Language::En), Heads::Both] {
        let bytes = template::write(&people::columns(), Text::new("人员名册", "Roster"), heads).unwrap();
        let people = read("模板.xlsx", &bytes);
        assert!(people.reading.is_clean(), "{:?}", causes(&people));
        assert!(people.reading.rows.is_empty());
        assert!(people.reading.columns.iter().all(Option::is_some));
    }
}

/// What the template's sample shows would be accepted, were it not marked.
#[test]
fn the_sample_is_sound() {
    for language in [Language::Zh, Language::En] {
        let columns = people::columns();
        let layout = documents::roster::layout(&columns, Text::new("表", "table"), Heads::In(language));
        let sample: Vec<Item> =
            columns.iter().map(|column| column.sample.in_language(language).into()).collect();
        let mut bytes = Vec::new();
        write_xlsx(&layout, [sample], &mut bytes).unwrap();
        let people = read("a.xlsx", &bytes);
        assert!(people.reading.is_clean(), "{:?}", causes(&people));
        assert_eq!(people.entries.len(), 1);
    }
}

#[test]
fn the_template_has_its_lists_and_notes() {
    let columns = people::columns();
    let bytes = template::write(&columns, Text::new("人员名册", "Roster"), Heads::In(Language::Zh)).unwrap();
    let mut theirs: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.clone())).unwrap();
    let notes = theirs.worksheet_range("说明和代码").unwrap();
    let words: Vec<String> = notes.used_cells().map(|(_, _, cell)| cell.to_string()).collect();
    for word in ["基诺族", "Jino", "正式党员", "公式不会被计算，请粘贴为数值。", "Front line"]
    {
        assert!(words.iter().any(|found| found == word), "{word}");
    }
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let sheet = std::io::read_to_string(zip.by_name("xl/worksheets/sheet1.xml").unwrap()).unwrap();
    let n_lists = columns.iter().filter(|column| matches!(column.kind, Kind::Choice(_))).count();
    assert_eq!(sheet.matches("<dataValidation ").count(), n_lists);
}

/// Each list points at exactly the words of its column.
#[test]
fn the_lists_point_at_their_words() {
    let columns = people::columns();
    let bytes = template::write(&columns, Text::new("人员名册", "Roster"), Heads::In(Language::En)).unwrap();
    let mut theirs: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.clone())).unwrap();
    let notes = theirs.worksheet_range("Notes and codes").unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let sheet = std::io::read_to_string(zip.by_name("xl/worksheets/sheet1.xml").unwrap()).unwrap();
    let lists: Vec<&str> =
        sheet.split("<formula1>").skip(1).map(|rest| rest.split("</formula1>").next().unwrap()).collect();
    let coded: Vec<&Column> =
        columns.iter().filter(|column| matches!(column.kind, Kind::Choice(_))).collect();
    for (list, column) in lists.iter().zip(coded) {
        let Kind::Choice(choices) = &column.kind else { unreachable!() };
        let corners: Vec<(u32, u32)> = list.rsplit('!').next().unwrap().split(':').map(corner).collect();
        let words: Vec<String> = (corners[0].0..=corners[1].0)
            .map(|row| notes.get_value((row, corners[0].1)).map(ToString::to_string).unwrap_or_default())
            .collect();
        let expected: Vec<String> = choices.iter().map(|choice| choice.label.en.clone()).collect();
        assert_eq!(words, expected, "{}", column.id);
    }
}

/// `$F$2` as row and column from 0.
fn corner(reference: &str) -> (u32, u32) {
    let mut parts = reference.split('$').skip(1);
    let letters = parts.next().unwrap();
    let column = letters.bytes().fold(0, |column, letter| column * 26 + u32::from(letter - b'A') + 1) - 1;
    (parts.next().unwrap().parse::<u32>().unwrap() - 1, column)
}

fn day() -> impl Strategy<Value = Date> {
    (1900_i16..=2099, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| date(year, month, day))
}

/// Text as offices may write it: no blanks at the ends, nothing hidden.
fn words(max: usize) -> impl Strategy<Value = String> {
    let pattern = format!("[a-zA-Z张李王=+@'\"&<>,;\\-_x0-9]([ a-z三四\n0-9]{{0,{max}}}[a-z五=0-9])?");
    proptest::string::string_regex(&pattern).unwrap()
}

fn maybe_words(max: usize) -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), words(max)]
}

fn id_number() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("110101198003070017".to_owned()),
        Just("11010519491231002X".to_owned()),
        Just("110105491231002".to_owned()),
    ]
}

prop_compose! {
    fn particulars()(
        name in words(10), id_number in id_number(), phone in maybe_words(10), work_post in maybe_words(10),
        sex in prop::sample::select(Sex::ALL), born_on in day(), ethnicity in 1_u8..=56,
        education in prop::sample::select(Education::ALL),
        occupation in prop::sample::select(Occupation::ALL), is_front_line in any::<bool>(),
    ) -> Particulars {
        let ethnicity = Ethnicity(ethnicity);
        Particulars {
            name, id_number, phone, work_post, sex, born_on, ethnicity, education, occupation, is_front_line,
        }
    }
}

prop_compose! {
    fn entry()(
        particulars in particulars(), former_id in maybe_words(8), unit in words(20),
        stage in prop::sample::select(&Stage::ALL[1..6]),
        days in prop::array::uniform5(prop::option::of(day())), remarks in maybe_words(30),
    ) -> Entry {
        let [applied_on, activist_on, target_on, admitted_on, confirmed_on] = days;
        Entry {
            row: 0, particulars, former_id, unit, stage, applied_on, activist_on, target_on, admitted_on,
            confirmed_on, remarks,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn export_then_import_changes_nothing(
        entries in prop::collection::vec(entry(), 1..6),
        heads in prop::sample::select(vec![Heads::In(Language::Zh), Heads::In(Language::En), Heads::Both]),
    ) {
        let mut xlsx = Vec::new();
        write_xlsx(&people::layout(heads), people::rows(entries.clone(), heads), &mut xlsx).unwrap();
        let mut csv = Vec::new();
        write_csv(&people::layout(heads), people::rows(entries.clone(), heads), &mut csv).unwrap();
        for (file_name, bytes) in [("a.xlsx", xlsx), ("a.csv", csv)] {
            let people = read(file_name, &bytes);
            let is_fine = people.reading.problems.iter().all(|problem| problem.severity() == Severity::Warning);
            prop_assert!(is_fine && people.reading.is_whole, "{file_name} {:?}", causes(&people));
            let again: Vec<_> = people.entries.into_iter().map(|entry| Entry { row: 0, ..entry }).collect();
            prop_assert_eq!(&again, &entries, "{}", file_name);
        }
    }

    /// Any cell may be garbage and the rest still reads.
    #[test]
    fn garbage_in_one_row_leaves_the_others(
        garbage in prop::collection::vec("[^\",\r\n\u{0}]{0,12}", 11), at in 0_usize..4
    ) {
        let garbage = garbage.iter().map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",");
        let mut lines = vec![HEADS, SOUND, SOUND, SOUND];
        lines.insert(at.max(1), &garbage);
        let people = read_csv(&lines);
        prop_assert!(people.reading.is_whole);
        let n_sound = people.entries.iter().filter(|entry| entry.particulars.name == "张三").count();
        prop_assert_eq!(n_sound, 3);
    }
}
