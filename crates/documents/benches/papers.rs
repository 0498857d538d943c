//! Pages a second of a two-page form with different people on it, and of the same words converted by
//! LibreOffice where that is installed. `cargo bench -p documents --bench papers -- 1000`.

#![expect(clippy::print_stdout, reason = "a bench answers on standard output")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use documents::paper::{Block, Bundle, Cell, Closing, Paper};
use documents::pdf::Press;
use domain::text::Language;
use jiff::civil::date;

/// Papers printed when no number is given.
const USUAL: usize = 200;
/// Rows of the table that makes the form two pages long.
const ROWS: usize = 44;

fn main() {
    let n = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(USUAL);
    let press = Press::new(None);
    let first = paper(0).print(&press, date(2004, 3, 18)).expect("a Han face is installed");
    assert_eq!(first.n_pages, 2, "the form is two pages long");
    let begun = Instant::now();
    let n_pages: usize =
        (1..=n).map(|n| paper(n).print(&press, date(2004, 3, 18)).expect("it is printed").n_pages).sum();
    let own = rate("miaopu", n_pages, begun);
    let folder = tempfile::tempdir().expect("a folder");
    let begun = Instant::now();
    if convert(folder.path(), n) {
        let other = rate("LibreOffice", 2 * n, begun);
        println!("{:.1} times as fast", own / other);
    } else {
        println!("LibreOffice is not installed; nothing to compare with");
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for reading")]
fn rate(who: &str, n_pages: usize, begun: Instant) -> f64 {
    let rate = n_pages as f64 / begun.elapsed().as_secs_f64();
    println!("{who}: {n_pages} pages, {rate:.1} a second");
    rate
}

fn rows(n: usize) -> Vec<Vec<String>> {
    let row = |day: usize| {
        vec![day.to_string(), format!("第{n}号材料第{day}项"), "二〇〇四年三月十八日".to_owned()]
    };
    (1..=ROWS).map(row).collect()
}

fn paper(n: usize) -> Bundle {
    let form = Block::Form {
        widths: vec![3, 5, 3, 5],
        rows: vec![vec![
            Cell::label("姓名"),
            Cell::value(format!("王芳{n}")),
            Cell::label("性别"),
            Cell::value("女"),
        ]],
    };
    let heads = ["序号", "材料", "日期"].map(str::to_owned).to_vec();
    let paper = Paper {
        title: "入党积极分子培养教育考察登记表".to_owned(),
        issuer: None,
        number: None,
        dated: String::new(),
        blocks: vec![
            form,
            Block::Table { widths: vec![1, 5, 3], heads, rows: rows(n) },
            Block::Closing { closing: Closing::sealed("一支部", None) },
        ],
    };
    Bundle::of(paper, Language::Zh, None)
}

/// Converts the same words, all of them in one run of LibreOffice, which is how it is fastest.
fn convert(folder: &Path, n: usize) -> bool {
    let mut files = Vec::with_capacity(n);
    for n in 1..=n {
        let mut page = format!(
            "<html><meta charset=utf-8><h1>入党积极分子培养教育考察登记表</h1>\
             <table border=1><tr><th>姓名<td>王芳{n}<th>性别<td>女</table><table border=1>"
        );
        for row in rows(n) {
            write!(page, "<tr><td>{}", row.join("<td>")).expect("writing to a string cannot fail");
        }
        let path = folder.join(format!("{n}.html"));
        std::fs::write(&path, page + "</table><p>一支部（盖章）</html>").expect("it is written");
        files.push(path);
    }
    let to_pdf = ["--headless", "--convert-to", "pdf:writer_web_pdf_Export", "--outdir"];
    let done = Command::new("soffice").args(to_pdf).arg(folder).args(&files).output();
    done.is_ok_and(|output| output.status.success())
}
