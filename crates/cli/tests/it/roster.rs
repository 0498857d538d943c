//! Rosters through the command line.

use std::path::Path;
use std::process::{Command, Output};

fn miaopu(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_miaopu")).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &*String::from_utf8_lossy(&output.stderr)
}

fn city(folder: &Path) -> String {
    let dir = folder.join("site").display().to_string();
    let made = miaopu(&["init", "--dir", &dir, "--example-city", "300"]);
    assert!(made.status.success(), "{}", said(&made));
    dir
}

#[test]
fn what_was_exported_is_imported_as_nothing_new() {
    let folder = tempfile::tempdir().unwrap();
    let dir = city(folder.path());
    let out = folder.path().join("roster.csv").display().to_string();
    let export =
        ["export", "--dir", &dir, "--unit", "MH", "--purpose", "核对", "--with-numbers", "--out", &out];
    let exported = miaopu(&export);
    assert!(exported.status.success(), "{}", said(&exported));
    let imported = miaopu(&["import", "--dir", &dir, "--unit", "MH", "--yes", &out]);
    let text = said(&imported);
    assert!(imported.status.success(), "{text}");
    assert!(text.contains("0 new, 0 changed"), "{text}");
}

#[test]
fn a_wrong_cell_is_named_and_nothing_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let dir = city(folder.path());
    let file = folder.path().join("wrong.csv");
    let heads = "姓名,性别,出生日期,公民身份号码,民族,学历,职业,所在党组织,发展阶段";
    let rows = "李明,男,1980-02-30,,汉族,大学本科,工人,MH,正式党员\n=HYPERLINK(\"x\"),男,1980-03-07,110101198003070018,汉族,大学本科,工人,无此支部,正式党员";
    std::fs::write(&file, format!("\u{feff}{heads}\n{rows}\n")).unwrap();
    let imported = miaopu(&["import", "--dir", &dir, "--unit", "MH", "--yes", &file.display().to_string()]);
    let text = said(&imported);
    assert_eq!(imported.status.code(), Some(2), "{text}");
    assert!(text.contains("C2") && text.contains("D3"), "{text}");
    assert!(text.contains("Nothing was imported"), "{text}");
}

#[test]
fn the_template_is_a_workbook_that_imports_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let dir = city(folder.path());
    let out = folder.path().join("template.xlsx").display().to_string();
    assert!(miaopu(&["template", "--out", &out]).status.success());
    let imported = miaopu(&["import", "--dir", &dir, "--unit", "MH", "--yes", &out]);
    let text = said(&imported);
    assert!(imported.status.success(), "{text}");
    assert!(text.contains("0 new, 0 changed, 0 the same"), "{text}");
}
