use jiff::civil::date;

use super::*;
use crate::case_file::{CaseFile, parse};

const BASE: &str = r#"{"format":"miaopu-case/1","case":"NAME","person":{"id_number":"ID"},"applied_on":"2002-03-01","talk_on":"2002-03-20","activist":{"on":"2002-04-10"},"mentors":[{"name":"甲","from":"2002-04-10","full_member_since":"1990-07-01"}],"reviews":["2002-10-08","2003-04-09"],"target":{"on":"2003-04-10"},"sponsors":[{"name":"甲","named_on":"2003-04-12","full_member_since":"1990-07-01"},{"name":"乙","named_on":"2003-04-12","full_member_since":"1990-07-01"}],"form_on":"2003-05-28","meeting":{"on":"2003-06-09","due":25,"present":20,"for":19,"against":1,"abstain":0},"approval":{"on":"2003-09-09"}}"#;

/// The base under another name, with texts replaced.
fn file(name: &str, changes: &[(&str, &str)]) -> CaseFile {
    let mut json = BASE.replace("NAME", name);
    for (from, to) in changes {
        assert!(json.contains(from), "{from}");
        json = json.replace(from, to);
    }
    parse(&json).unwrap()
}

fn found(files: &[CaseFile]) -> Vec<String> {
    let mut across = Across::default();
    files.iter().for_each(|file| across.add(Trace::of(file, date(2004, 12, 31))));
    let findings = across.findings(&Rulebooks::embedded());
    for CrossFinding { finding, .. } in &findings {
        assert_eq!(finding.severity, Severity::Warning);
        assert!(CODES.iter().any(|(code, _)| *code == finding.rule), "{}", finding.rule);
    }
    findings.iter().map(|f| format!("{} {}#{}", f.case, f.finding.rule, f.finding.occurrence)).collect()
}

#[test]
fn two_files_of_one_meeting_say_nothing() {
    assert_eq!(found(&[file("A", &[]), file("B", &[])]), Vec::<String>::new());
}

#[test]
fn one_name_with_two_days_of_membership() {
    let later = [(
        "\"name\":\"乙\",\"named_on\":\"2003-04-12\",\"full_member_since\":\"1990-07-01\"",
        "\"name\":\"乙\",\"named_on\":\"2004-04-12\",\"full_member_since\":\"2004-01-01\"",
    )];
    assert_eq!(
        found(&[file("A", &[]), file("B", &later)]),
        ["A X02.not_yet_member#2", "B X01.member_since_differs#2", "B X02.not_yet_member#2"]
    );
}

#[test]
fn a_sponsor_without_a_day_of_naming_votes_all_the_same() {
    let entry = |day: &str, since: &str| {
        let named = "\"name\":\"乙\",\"named_on\":\"2003-04-12\",\"full_member_since\":\"1990-07-01\"";
        (named, format!("\"name\":\"乙\",{day}\"full_member_since\":\"{since}\""))
    };
    let voter = |name: &str, since: &str| {
        let (from, to) = entry("", since);
        file(name, &[(from, &to)])
    };
    // Alone, the file says nothing that V06 would find: the vote of 9 June 2003 is what contradicts.
    let findings = found(&[voter("A", "2003-06-10"), file("B", &[])]);
    let expected = ["A X02.not_yet_member#2", "B X01.member_since_differs#2", "B X02.not_yet_member#2"];
    assert_eq!(findings, expected);
    assert_eq!(found(&[voter("A", "2003-06-09")]), Vec::<String>::new());
}

#[test]
fn one_sponsor_at_two_meetings_of_a_day() {
    let small = [("\"due\":25,\"present\":20,\"for\":19", "\"due\":9,\"present\":9,\"for\":8")];
    assert_eq!(
        found(&[file("A", &[]), file("B", &small)]),
        ["A X04.more_votes_than_members#0", "B X03.two_meetings_one_day#0"]
    );
    let elsewhere = [small[0], ("2003-06-09", "2003-06-10")];
    assert_eq!(found(&[file("A", &[]), file("B", &elsewhere)]), Vec::<String>::new());
}

#[test]
fn one_vote_on_three_days() {
    let on = |name: &str, day: &str, form: &str| file(name, &[("2003-06-09", day), ("2003-05-28", form)]);
    let three = [file("A", &[]), on("B", "2003-06-10", "2003-05-20"), on("C", "2003-06-20", "2003-05-21")];
    assert_eq!(found(&three), ["A", "B", "C"].map(|name| format!("{name} X05.identical_minutes#0")));
    assert_eq!(found(&three[..2]), Vec::<String>::new());
}

#[test]
fn all_days_the_same_five_times() {
    let files: Vec<_> = ["A", "B", "C", "D", "E"].iter().map(|name| file(name, &[])).collect();
    assert_eq!(found(&files).len(), 5);
    assert!(found(&files).iter().all(|line| line.contains("X06.same_days")));
    assert_eq!(found(&files[..4]), Vec::<String>::new());
}

#[test]
fn the_same_intervals_from_three_different_days() {
    // Whole weeks of 371 days: no month arithmetic, only days shifted.
    let shifted = |name: &str, n_days: i64| {
        let mut file = file(name, &[("\"against\":1", "\"against\":0"), ("\"for\":19", "\"for\":20")]);
        let shift = |day: &mut Date| *day = day.checked_add(jiff::Span::new().days(n_days)).unwrap();
        let CaseFile { applied_on, talk_on, activist, reviews, target, form_on, meeting, approval, .. } =
            &mut file;
        let single = [
            applied_on,
            talk_on,
            &mut activist.on,
            &mut target.on,
            form_on,
            &mut meeting.on,
            &mut approval.on,
        ];
        single.into_iter().flatten().chain(reviews).for_each(shift);
        file
    };
    let files = [shifted("A", 0), shifted("B", 371), shifted("C", 742)];
    assert_eq!(found(&files), ["A", "B", "C"].map(|name| format!("{name} X07.same_intervals#0")));
    assert_eq!(found(&files[1..]), Vec::<String>::new());
}

#[test]
fn one_identity_number_in_two_files_whatever_its_form() {
    let files =
        [file("A", &[("\"ID\"", "\"11010519491231002X\"")]), file("B", &[("\"ID\"", "\"110105491231002\"")])];
    assert_eq!(found(&files), ["A X09.identity_twice#0", "B X09.identity_twice#0"]);
}

#[test]
fn a_number_out_of_sequence_shows_where_numbers_follow_the_days() {
    let numbered = |n: u32, day: &str| {
        let json = format!(r#"{{"format":"miaopu-case/1","case":"2003-{n:03}","applied_on":"2003-{day}"}}"#);
        parse(&json).unwrap()
    };
    let mut files: Vec<_> = (1..=12).map(|n| numbered(n, &format!("{n:02}-10"))).collect();
    assert_eq!(found(&files), Vec::<String>::new());
    files[6] = numbered(7, "02-10");
    assert_eq!(found(&files), ["2003-007 X08.number_out_of_sequence#0"]);
    files.reverse();
    assert_eq!(found(&files), ["2003-007 X08.number_out_of_sequence#0"]);
    let mixed: Vec<_> = (1..=12).map(|n| numbered(n, &format!("{:02}-10", 1 + n * 5 % 12))).collect();
    assert_eq!(found(&mixed), Vec::<String>::new());
}
