//! Entries that may be one person, on the console.

use std::path::Path;
use std::process::{Command, Output};

fn miaopu(line: &str, folder: &Path) -> Output {
    let arguments = line.split_whitespace();
    Command::new(env!("CARGO_BIN_EXE_miaopu")).args(arguments).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &*String::from_utf8_lossy(&output.stderr)
}

fn done(line: &str, folder: &Path) -> String {
    let output = miaopu(line, folder);
    assert_eq!(output.status.code(), Some(0), "{line}: {}", said(&output));
    said(&output)
}

#[test]
fn entries_that_sound_alike_are_listed_merged_and_no_longer_listed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done("init", folder);
    for (code, kind, under) in
        [("C", "county", ""), ("K", "committee", "--under C"), ("B", "branch", "--under K")]
    {
        done(
            &format!(
                "unit open --code {code} --kind {kind} {under} --name-zh 单位{code} --name-en U --approval 批复"
            ),
            folder,
        );
    }
    let heads = "姓名,性别,出生日期,公民身份号码,民族,学历,职业,所在党组织,发展阶段,申请入党日期";
    let rows = "何志远,男,1980-03-07,,汉族,大学本科,工人,B,入党申请人,2002-01-10\n\
                何致远,男,1980-03-07,110101198003070017,汉族,大学本科,工人,B,入党申请人,2002-01-10";
    std::fs::write(folder.join("two.csv"), format!("\u{feff}{heads}\n{rows}\n")).unwrap();
    done("import --unit C --yes two.csv", folder);
    let listed = done("person duplicates", folder);
    assert!(listed.contains("sound alike") && listed.contains("何致远"), "{listed}");
    assert!(listed.contains("1101**********0017") && !listed.contains("19800307001"), "{listed}");
    let numbers: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let [gone, stays] = numbers.as_slice() else { panic!("{listed}") };
    let refused = miaopu(&format!("person merge {gone} --into {gone} --reason 查档"), folder);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(said(&refused).contains("M03.itself"));
    assert_eq!(
        miaopu(&format!("person merge {gone} --into 999 --reason 查档"), folder).status.code(),
        Some(2)
    );
    done(&format!("person merge {gone} --into {stays} --reason 查档"), folder);
    assert!(done("person duplicates --unit K", folder).contains("0 groups among 1 entries"));
    assert_eq!(miaopu("person duplicates --unit X", folder).status.code(), Some(2));
    assert!(done("ledger verify", folder).starts_with("完好"));
}

#[test]
fn the_access_log_is_kept_for_six_months_at_least() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done("init", folder);
    let refused = miaopu("access forget --keep-days 100", folder);
    assert_eq!(refused.status.code(), Some(4));
    assert!(said(&refused).contains("184"), "{}", said(&refused));
    assert!(done("access forget", folder).contains("0 lines"));
}
