use std::collections::BTreeSet;

use documents::table::{Column, ColumnKind, Heads, Layout, Table, Totals};
use domain::dates::instant_of;
use domain::schooling::{Answers, Save};
use domain::text::{Language, Text};

use super::*;
use crate::demo;
use crate::store::{KeyFile, Location};

/// A demonstration city on disk, for as long as the test lasts.
struct City {
    _folder: tempfile::TempDir,
    keys: KeyFile,
    store: Store,
}

fn city() -> City {
    let folder = tempfile::tempdir().unwrap();
    let keys = KeyFile(folder.path().join("keys"));
    let location = Location::File(folder.path().join("site.db"));
    let wish = demo::Wish { n_members: 500, seed: 7 };
    let (store, _) = demo::found(&location, &keys, wish, &|_, _| {}).unwrap();
    City { _folder: folder, keys, store }
}

fn at(hour: i64, minute: i64) -> Moment {
    Moment::at(instant_of(demo::DAY, hour, minute))
}

/// Work on the console, for a unit.
fn console(unit: UnitId) -> Actor {
    Actor { account: None, role: None, unit }
}

/// A course of the city by a part of its title, with somebody who takes part.
fn course(store: &Store, title: &str) -> (domain::schooling::Cohort, PersonId) {
    let top = store.units_below(None).unwrap()[0].id;
    let known = store.cohorts_below(top).unwrap();
    let found = known.into_iter().find(|(cohort, _, n)| cohort.terms.title.contains(title) && *n > 0);
    let (cohort, ..) = found.unwrap_or_else(|| panic!("no course {title}"));
    let view = store.cohort_view(cohort.id, at(12, 5)).unwrap();
    let person = view.lines[0].learner.person;
    (cohort, person)
}

fn act(store: &Store, now: Moment, id: CohortId, act: Act) -> Result<Receipt, ActError> {
    let unit = store.cohort(id).unwrap().unit;
    store.act_on_cohort(console(unit), now, CommandId::random(), (id, None), act)
}

fn refused<T: std::fmt::Debug>(answer: Result<T, ActError>) -> Vec<String> {
    match answer {
        Err(ActError::Refused(refusal)) => refusal.findings.into_iter().map(|f| f.rule).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_city_has_courses_past_running_and_to_come_whose_rows_are_made_again() {
    let City { store, keys, _folder } = city();
    let top = store.units_below(None).unwrap()[0].id;
    let titles: BTreeSet<String> =
        store.cohorts_below(top).unwrap().into_iter().map(|(cohort, ..)| cohort.terms.title).collect();
    assert_eq!(titles.len(), 5, "{titles:?}");
    let plan = store.study_plan(top, 2003).unwrap();
    assert!(plan.n_learners > 0 && plan.n_due > plan.n_done && plan.n_done > 0, "{plan:?}");
    let (over, _) = course(&store, "第一期发展对象");
    let view = store.cohort_view(over.id, at(12, 0)).unwrap();
    assert!(!view.certificates.is_empty());
    assert!(view.lines.iter().all(|line| line.result.is_some()));
    let report = store.verify(&keys).unwrap();
    assert!(report.is_sound(), "{}", report.text().en);
    store.rebuild(&keys).unwrap();
    assert!(store.verify(&keys).unwrap().is_sound());
    assert_eq!(store.cohort_view(over.id, at(12, 0)).unwrap().certificates, view.certificates);
}

#[test]
fn a_paper_is_read_by_nobody_before_its_minute_and_a_second_one_is_refused() {
    let City { store, _folder, .. } = city();
    let (running, person) = course(&store, "第二期发展对象");
    let sheet = store.exam_sheet((running.id, 1), person, at(12, 0)).unwrap();
    assert_eq!((sheet.items, sheet.paper.sealed.sha256.len()), (None, 64));
    let opens = sheet.paper.sealed.opens_at;
    let before = Moment::at(Instant(opens.0 - 1));
    assert_eq!(store.exam_sheet((running.id, 1), person, before).unwrap().items, None);
    assert!(store.cohort_view(running.id, before).unwrap().items.is_empty());
    assert_eq!(refused(act(&store, before, running.id, Act::Begin(1, person))), ["E08.sealed"]);
    let open = store.exam_sheet((running.id, 1), person, Moment::at(opens)).unwrap();
    assert_eq!(open.items.map(|items| items.len()), Some(15));
    let wish =
        Wish { is_resit: false, opens_at: Instant(opens.0 + 1), minutes: 90, draws: usual_draws(), seed: 1 };
    let actor = console(running.unit);
    let again = store.seal_exam(actor, at(12, 0), CommandId::random(), (running.id, running.version), wish);
    let found = refused(again);
    assert!(found.contains(&"E07.second".to_owned()), "{found:?}");
}

#[test]
fn answers_outlive_a_closed_browser_a_second_window_and_a_clock_set_back() {
    let City { store, keys, _folder } = city();
    let (today, person) = course(&store, "基础知识班");
    let save = |answers: &Answers, seen| Act::Save(Save { paper: 1, person, answers: answers.clone(), seen });
    act(&store, at(12, 1), today.id, Act::Begin(1, person)).unwrap();
    let first = Answers::from([(1, "B".to_owned())]);
    act(&store, at(12, 2), today.id, save(&first, 0)).unwrap();
    // The browser is closed; another one finds what was saved and goes on.
    let receipt = act(&store, at(12, 3), today.id, Act::Begin(1, person)).unwrap();
    assert_eq!(receipt.n_events, 0);
    let sheet = store.exam_sheet((today.id, 1), person, at(12, 3)).unwrap();
    assert_eq!((sheet.answers, sheet.sitting.unwrap().n_saves), (first.clone(), 1));
    // Two windows: the one that saw less is told so, and the same answers sent twice are saved once.
    let second = Answers::from([(1, "B".to_owned()), (2, "A".to_owned())]);
    act(&store, at(12, 4), today.id, save(&second, 1)).unwrap();
    let third = Answers::from([(1, "C".to_owned())]);
    assert_eq!(refused(act(&store, at(12, 4), today.id, save(&third, 1))), ["E08.saved_elsewhere"]);
    assert_eq!(act(&store, at(12, 4), today.id, save(&second, 1)).unwrap().n_events, 0);
    // The clock is set back: nothing is taken, nothing is lost, and it goes on when the clock is right.
    let back = act(&store, at(12, 1), today.id, save(&third, 2));
    assert_eq!(back.unwrap_err(), ActError::Store(StoreError::ClockBehind));
    let sheet = store.exam_sheet((today.id, 1), person, at(12, 5)).unwrap();
    assert_eq!(sheet.answers, second);
    act(&store, at(12, 6), today.id, save(&third, 2)).unwrap();
    // More time for one moves the end for that one only.
    act(&store, at(12, 7), today.id, Act::Extend(1, person, 10, "断电".to_owned())).unwrap();
    act(&store, at(16, 9), today.id, save(&first, 3)).unwrap();
    assert_eq!(refused(act(&store, at(16, 11), today.id, save(&second, 4))), ["E08.over"]);
    assert!(store.verify(&keys).unwrap().is_sound());
}

#[test]
fn certificates_are_checked_offline_and_a_number_is_never_used_again() {
    let City { store, _folder, .. } = city();
    let (over, _) = course(&store, "第一期发展对象");
    let certificate = store.cohort_view(over.id, at(12, 0)).unwrap().certificates.pop().unwrap();
    let (year, serial) = (certificate.issued.year, certificate.issued.serial);
    let issued = store.certificate(over.unit, year, serial).unwrap();
    let key = store.head().unwrap().key;
    let checked = check_certificate(&issued.note, &key).unwrap();
    assert_eq!((checked.claim.number, checked.claim.name), (certificate.issued.number.clone(), issued.name));
    for (place, letter) in issued.note.char_indices() {
        let other = if letter == 'x' { 'y' } else { 'x' };
        let mut altered = issued.note.clone();
        altered.replace_range(place..place + letter.len_utf8(), &other.to_string());
        assert!(check_certificate(&altered, &key).is_err(), "{altered}");
    }
    let head = store.head().unwrap().note;
    assert_eq!(check_certificate(&head, &key), Err(CheckError::Other), "a head of the log is no certificate");
    assert!(matches!(check_certificate(&issued.note, "key"), Err(CheckError::Key(_))));
    // Void, and issued anew under the next number.
    act(&store, at(12, 1), over.id, Act::Void(year, serial, "姓名有误".to_owned())).unwrap();
    let again = Act::Issue(vec![certificate.person]);
    act(&store, at(12, 2), over.id, again.clone()).unwrap();
    assert_eq!(refused(act(&store, at(12, 3), over.id, again)), ["E10.has_one"]);
    let certificates = store.cohort_view(over.id, at(12, 4)).unwrap().certificates;
    let serials: Vec<i64> = certificates.iter().map(|it| it.issued.serial).collect();
    assert_eq!(serials, (1..=serial + 1).collect::<Vec<_>>(), "no gap and no number twice");
    let told = store.certificates_numbered(&certificate.issued.number).unwrap();
    assert_eq!(told[0].0.voided_on, Some(demo::DAY));
    let paid = store.training_of(certificate.person).unwrap();
    assert_eq!((paid.len(), paid[0].n_days, paid[0].n_hours), (1, 5, 40));
}

#[test]
fn sheets_are_read_whole_or_not_at_all_and_add_nothing_twice() {
    let City { store, _folder, .. } = city();
    let (running, person) = course(&store, "第二期发展对象");
    let bytes = store.attendance_sheet(running.id, 2, at(12, 0)).unwrap();
    let actor = console(running.unit);
    let read = |name: &str, bytes: Vec<u8>| {
        store.read_attendance(actor, at(12, 1), running.id, (name, bytes)).unwrap()
    };
    let sheet = read("a.xlsx", bytes.clone());
    assert_eq!((sheet.problems.len(), sheet.n_new), (0, 0), "{sheet:?}");
    assert!(!sheet.rows.is_empty());
    let csv = format!("第几次,人员编号,姓名,学时\n1,{person},无此人,8\n9,{person},无此人,8\n2,7,无此人,30\n");
    let wrong = read("a.csv", csv.into_bytes());
    let said: Vec<&str> = wrong.problems.iter().map(|problem| problem.text.zh.as_str()).collect();
    assert!(said.iter().any(|text| text.contains("第2行") && text.contains("无此人")), "{said:?}");
    assert!(said.iter().any(|text| text.contains("没有第9次")), "{said:?}");
    assert!(said.iter().any(|text| text.contains("D4")), "{said:?}");
    let rows = Act::Attend(sheet.rows);
    assert_eq!(act(&store, at(12, 2), running.id, rows).unwrap().n_events, 0);
}

#[test]
fn a_workbook_of_questions_is_previewed_entered_and_refused_the_second_time() {
    let City { store, _folder, .. } = city();
    let (over, _) = course(&store, "第一期发展对象");
    let text = |head: &str| Column::new(Text::new(head, head), ColumnKind::Text);
    let heads = ["题型", "类别", "题干", "分值", "答案", "选项A", "选项B"];
    let table = |rows: &[[&str; 7]]| {
        let layout = Layout {
            caption: Text::new("题目", "Questions"),
            columns: heads.iter().map(|head| text(head)).collect(),
            heads: Heads::In(Language::Zh),
            totals: Totals::None,
        };
        let rows = rows.iter().map(|row| row.iter().map(|cell| (*cell).into()).collect());
        Table { layout, rows: rows.collect() }.to_xlsx().unwrap()
    };
    let read = |bytes: &[u8]| store.read_questions(over.unit, at(12, 0), "t.xlsx", bytes).unwrap();
    let good = table(&[
        ["单选", "理论", "党旗上的图案是什么？", "2", "a", "锤头和镰刀", "五角星"],
        ["判断", "理论", "党费按月交纳。", "2", "对", "", ""],
    ]);
    let sheet = read(&good);
    assert_eq!((sheet.questions.len(), sheet.problems.len()), (2, 0), "{sheet:?}");
    assert_eq!((sheet.questions[0].key.as_str(), sheet.questions[1].key.as_str()), ("A", "T"));
    let enter = BankAct::Enter(sheet.questions);
    let actor = console(over.unit);
    store.act_on_bank(actor, at(12, 1), CommandId::random(), over.unit, enter).unwrap();
    let twice = read(&good);
    assert_eq!(twice.problems.iter().map(|problem| problem.row).collect::<Vec<_>>(), [Some(2), Some(3)]);
    let bad = read(&table(&[
        ["单选", "理论", "新题一", "2", "C", "甲", "乙"],
        ["填空", "理论", "新题二", "2", "A", "甲", "乙"],
    ]));
    let said: Vec<&str> = bad.problems.iter().map(|problem| problem.text.en.as_str()).collect();
    assert!(said.iter().any(|text| text.starts_with("row 2")), "{said:?}");
    assert!(said.iter().any(|text| text.starts_with("A3")), "{said:?}");
}

#[test]
fn duties_decide_who_holds_a_course_and_who_sits() {
    let City { store, _folder, .. } = city();
    let store = store.with_hardness(crate::accounts::Hardness::CHEAP);
    let (today, person) = course(&store, "基础知识班");
    let staff = demo::staff(&store, at(12, 0)).unwrap();
    assert!(staff.iter().any(|login| login.login == "xueyuan"));
    let other = store.accounts().unwrap().into_iter().find(|it| it.login == "xueyuan").unwrap();
    let grant = &other.grants[0];
    let actor = Actor { account: Some(other.account), role: Some(grant.role), unit: grant.unit };
    let own = other.person.unwrap();
    let begin =
        |who, id| store.act_on_cohort(actor, at(12, 9), CommandId::random(), (id, None), Act::Begin(1, who));
    let stranger = if own == person { PersonId(1) } else { person };
    assert!(matches!(begin(stranger, today.id), Err(ActError::Denied(_))), "nobody sits for somebody else");
    let mine = store.exams_of(own, at(12, 9)).unwrap();
    let mine = mine.iter().find(|row| row.paper.is_open(at(12, 9)) && row.sitting.is_none()).unwrap();
    begin(own, mine.cohort.id).unwrap();
    let marked = store.act_on_cohort(
        actor,
        at(12, 9),
        CommandId::random(),
        (mine.cohort.id, None),
        Act::Mark(1, own, 1, 1),
    );
    assert!(matches!(marked, Err(ActError::Denied(_))));
}
