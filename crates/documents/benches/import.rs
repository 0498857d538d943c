//! How long a county's roster takes: the bare cells by an independent reader, our rows, and the
//! roster understood to its fields. The last is to stay below three times the first.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use calamine::Reader;
use documents::cases;
use documents::guard::Limits;
use documents::roster::Watch;
use documents::roster::people;
use documents::sheet::{Book, Merges};
use documents::table::{Heads, write_xlsx};
use domain::text::Language;

const N_ROWS: u32 = 100_000;

fn main() {
    divan::main();
}

/// A roster of many persons who differ in name and number.
static ROSTER: LazyLock<Vec<u8>> = LazyLock::new(|| {
    const ONE: &str = "姓名,性别,出生日期,民族,学历,职业,所在党组织,发展阶段,身份证号,申请入党日期,入党日期,转正日期,电话\n\
        张,男,1980-03-07,汉族,本科,工人,某县委/某镇党委/一支部,正式党员,110101198003070017,2003-03-01,2004-10-01,2005-10-01,13800000000";
    let person = read(ONE.as_bytes(), "one.csv").entries.remove(0);
    let persons = (0..N_ROWS).map(|n| {
        let mut person = person.clone();
        person.particulars.name = format!("张{n}");
        person.former_id = format!("{n:06}");
        person
    });
    let heads = Heads::In(Language::Zh);
    let mut bytes = Vec::new();
    write_xlsx(&people::layout(heads), people::rows(persons, heads), &mut bytes)
        .expect("a roster is written");
    bytes
});

fn read(bytes: &[u8], file_name: &str) -> people::People {
    let never = AtomicBool::new(false);
    let mut watch = Watch { progress: &mut |_| {}, cancel: &never };
    people::read(file_name, Cursor::new(bytes), &Limits::IMPORT, &mut watch)
}

#[divan::bench(sample_count = 5)]
fn cells_by_calamine(bencher: divan::Bencher<'_, '_>) {
    let bytes = ROSTER.as_slice();
    bencher.bench_local(|| {
        let mut book: calamine::Xlsx<_> =
            calamine::open_workbook_from_rs(Cursor::new(bytes)).expect("the roster opens");
        let name = book.sheet_names().remove(0);
        let mut cells = book.worksheet_cells_reader(&name).expect("the sheet opens");
        let mut n_cells = 0;
        while cells.next_cell().expect("the cells are sound").is_some() {
            n_cells += 1;
        }
        n_cells
    });
}

#[divan::bench(sample_count = 5)]
fn rows(bencher: divan::Bencher<'_, '_>) {
    let bytes = ROSTER.as_slice();
    bencher.bench_local(|| {
        let mut book = Book::open("a.xlsx", Cursor::new(bytes), &Limits::IMPORT).expect("the roster opens");
        let rows = book.rows(0, Merges::Blank).expect("the sheet opens");
        rows.map(|row| row.expect("the rows are sound").cells.len()).sum::<usize>()
    });
}

#[divan::bench(sample_count = 5)]
fn cases(bencher: divan::Bencher<'_, '_>) {
    let bytes = ROSTER.as_slice();
    bencher.bench_local(|| {
        let mut n_cells = 0;
        cases::read("a.xlsx", Cursor::new(bytes), &Limits::AUDIT, |row| {
            n_cells += row.cells.len();
            ControlFlow::Continue(())
        })
        .expect("the rows are sound");
        n_cells
    });
}

#[divan::bench(sample_count = 5)]
fn people_of_a_roster(bencher: divan::Bencher<'_, '_>) {
    let bytes = ROSTER.as_slice();
    bencher.bench_local(|| read(bytes, "a.xlsx").entries.len());
}
