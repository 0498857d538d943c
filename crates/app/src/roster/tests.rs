use std::io::Cursor;
use std::sync::atomic::AtomicBool;

use documents::table::Heads;
use domain::dates::Instant;
use domain::event::UnitOpened;
use domain::person::{Education, Ethnicity, Occupation, Particulars, Sex};
use domain::role::Role;
use domain::text::Language;
use domain::unit::{Sector, UnitKind};
use jiff::civil::date;

use super::*;
use crate::accounts::tests::officer;
use crate::act::ActError;
use crate::store::Actor;
use crate::store::tests::{ACTOR, sites};

const COUNTY: UnitId = UnitId(10);
const TODAY: Date = date(2003, 3, 3);

fn now(minute: i64) -> Moment {
    Moment::at(Instant(1_046_680_000_000 + minute * 60_000))
}

fn found(store: &Store) {
    let unit = |id: i64, parent: Option<i64>, kind: UnitKind| {
        let opened = UnitOpened {
            parent: parent.map(UnitId),
            unit_kind: kind,
            sector: Sector::Organ,
            code: format!("U{id}"),
            name: Text::new(format!("单位{id}"), format!("Unit {id}")),
            approval: "测试".into(),
        };
        Fact::of_unit(UnitId(id), TODAY, opened)
    };
    let facts = [
        unit(10, None, UnitKind::County),
        unit(20, Some(10), UnitKind::Committee),
        unit(30, Some(20), UnitKind::Branch),
        unit(31, Some(20), UnitKind::Branch),
    ];
    store.write(move |tx| tx.append(ACTOR, now(0), CommandId::random(), &facts)).unwrap();
}

fn person(name: &str, number: &str, unit: &str) -> Entry {
    Entry {
        row: 0,
        particulars: Particulars {
            name: name.into(),
            id_number: number.into(),
            phone: String::new(),
            work_post: String::new(),
            sex: Sex::Male,
            born_on: date(1980, 3, 7),
            ethnicity: Ethnicity::HAN,
            education: Education::College,
            occupation: Occupation::Worker,
            is_front_line: true,
        },
        former_id: String::new(),
        unit: unit.into(),
        stage: Stage::Full,
        applied_on: None,
        activist_on: None,
        target_on: None,
        admitted_on: Some(date(2001, 7, 1)),
        confirmed_on: Some(date(2002, 7, 1)),
        remarks: String::new(),
    }
}

fn preview(store: &Store, entries: &[Entry]) -> Preview {
    let bytes = sheet::table(entries, Heads::In(Language::Zh)).to_xlsx().unwrap();
    preview_of(store, "roster.xlsx", &bytes)
}

fn preview_of(store: &Store, name: &str, bytes: &[u8]) -> Preview {
    let mut watch = Watch { progress: &mut |_| {}, cancel: &AtomicBool::new(false) };
    store.preview_roster(COUNTY, name, "00", Cursor::new(bytes), TODAY, &mut watch).unwrap()
}

fn confirm(store: &Store, minute: i64, preview: Preview) -> Result<Receipt, ImportError> {
    store.confirm_roster(ACTOR, now(minute), CommandId::random(), preview)
}

#[test]
fn a_roster_is_taken_over_whole_and_its_export_says_nothing_new() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let first =
            preview(store, &[person("李明", "110101198003070017", "U30"), person("王刚", "", "单位31")]);
        assert!(first.is_clean(), "{:?}", first.problems);
        assert_eq!(first.counts(), (2, 0, 0));
        confirm(store, 1, first).unwrap();
        assert_eq!(store.composition(COUNTY).unwrap().n_members(), 2);

        for (is_csv, name) in [(false, "out.xlsx"), (true, "out.csv")] {
            let purpose = Purpose { text: "核对".into(), with_numbers: true, is_csv };
            let bytes = store.export_roster(ACTOR, now(2), COUNTY, &purpose).unwrap();
            let again = preview_of(store, name, &bytes);
            assert!(again.is_clean(), "{:?}", again.problems);
            assert_eq!(again.counts(), (0, 0, 2), "{:?}", again.rows);
        }
        let purpose = Purpose { text: "核对".into(), with_numbers: false, is_csv: true };
        let bytes = store.export_roster(ACTOR, now(2), COUNTY, &purpose).unwrap();
        assert!(!String::from_utf8(bytes).unwrap().contains("110101198003070017"));
        let report = store.verify(&site.keys).unwrap();
        assert!(report.is_sound(), "{:?} {:?}", report.record.findings, report.wrong_views);
    }
}

#[test]
fn a_known_person_is_changed_and_a_blank_takes_nothing_away() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let mut entry = person("李明", "110101198003070017", "U30");
        entry.particulars.phone = "13800000000".into();
        confirm(store, 1, preview(store, &[entry.clone()])).unwrap();
        entry.particulars.phone.clear();
        entry.particulars.education = Education::Bachelor;
        let changed = preview(store, &[entry]);
        let [PlannedRow { plan: Plan::Changed(id, changes), .. }] = changed.rows.as_slice() else {
            panic!("{:?}", changed.rows)
        };
        let fields: Vec<_> = changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, ["education"]);
        let id = *id;
        confirm(store, 2, changed).unwrap();
        let known = store.particulars(id).unwrap();
        assert_eq!((known.education, known.phone.as_str()), (Education::Bachelor, "13800000000"));
    }
}

#[test]
fn one_wrong_row_keeps_every_row_out() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let mut early = person("张三", "", "U30");
        early.confirmed_on = Some(date(2000, 7, 1));
        let entries = [
            person("李明", "110101198003070017", "U30"),
            person("李明", "110101198003070017", "U30"),
            person("王刚", "", "没有的支部"),
            early,
        ];
        let wrong = preview(store, &entries);
        let said: Vec<_> =
            wrong.problems.iter().map(|problem| (problem.row, problem.text.en.as_str())).collect();
        assert_eq!(
            said,
            [
                (Some(3), "row 3: the same person as in row 2; keep one of them."),
                (Some(4), "row 4: no unit 没有的支部 stands below this one; write its code or full name."),
                (Some(5), "row 5: the day of admission is after that of confirmation."),
            ]
        );
        assert_eq!(confirm(store, 1, wrong), Err(ImportError::Problems));
        assert_eq!(store.composition(COUNTY).unwrap().n_members(), 0);
    }
}

#[test]
fn a_roster_that_went_on_is_looked_at_again() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let one = preview(store, &[person("李明", "110101198003070017", "U30")]);
        let other = preview(store, &[person("王刚", "", "U31")]);
        let command = CommandId::random();
        let receipt = store.confirm_roster(ACTOR, now(1), command, one.clone()).unwrap();
        assert_eq!((receipt.n_events, receipt.is_repeat), (2, false));
        assert!(store.confirm_roster(ACTOR, now(2), command, one).unwrap().is_repeat);
        assert_eq!(confirm(store, 3, other), Err(ImportError::Store(StoreError::Changed)));
    }
}

#[test]
fn a_roster_comes_in_and_goes_out_under_a_duty_over_all_of_it() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let acting = |login: &str, role, unit| officer(store, now(0), (login, None), role, UnitId(unit));
        let organiser = acting("organiser", Role::Organiser, 10);
        let branch = acting("branch", Role::BranchSecretary, 30);
        let inspector = acting("inspector", Role::Inspector, 10);
        let entries = [person("李明", "110101198003070017", "U30")];
        let confirm =
            |actor: Actor| store.confirm_roster(actor, now(1), CommandId::random(), preview(store, &entries));
        for (actor, rule) in [(branch, "A02.scope"), (inspector, "A01.role")] {
            let answer = confirm(actor);
            assert!(matches!(&answer, Err(ImportError::Denied(denial)) if denial.rule == rule), "{answer:?}");
        }
        confirm(organiser).unwrap();
        let size = store.head().unwrap().size;
        for (actor, unit, rule) in [(branch, COUNTY, "A02.scope"), (inspector, COUNTY, "A01.role")] {
            let purpose = Purpose { text: "核对".into(), with_numbers: false, is_csv: true };
            let answer = store.export_roster(actor, now(2), unit, &purpose);
            assert!(matches!(&answer, Err(ActError::Denied(denial)) if denial.rule == rule), "{answer:?}");
        }
        assert_eq!(store.head().unwrap().size, size);
        let purpose = Purpose { text: "核对".into(), with_numbers: true, is_csv: true };
        store.export_roster(branch, now(2), UnitId(30), &purpose).unwrap();
        assert_eq!(store.head().unwrap().size, size + 1);
    }
}

#[test]
fn nobody_carries_off_more_than_a_day_allows_and_one_alert_remains() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let people = [person("李明", "110101198003070017", "U30"), person("王刚", "", "U31")];
        confirm(store, 1, preview(store, &people)).unwrap();
        let organiser = officer(store, now(1), ("wu", None), Role::Organiser, COUNTY);
        let secretary = officer(store, now(1), ("ma", None), Role::BranchSecretary, UnitId(30));
        let purpose = Purpose { text: "核对".into(), with_numbers: false, is_csv: true };
        let export = |actor: Actor, at: Moment, unit: UnitId| store.export_roster(actor, at, unit, &purpose);
        let refused = store.set_export_quota(organiser, now(1), 9).unwrap_err();
        assert!(refused.to_string().contains("ask the security officer"), "{refused}");
        store.set_export_quota(ACTOR, now(1), 3).unwrap();
        export(organiser, now(2), COUNTY).unwrap();
        let size = store.head().unwrap().size;
        for _ in 0..3 {
            let answer = export(organiser, now(3), COUNTY);
            let rule = matches!(&answer, Err(ActError::Denied(denial)) if denial.rule == "A08.export_quota");
            assert!(rule, "{answer:?}");
        }
        // One alert, whatever was tried; what is left of the day may still be used.
        assert_eq!(store.head().unwrap().size, size + 1);
        assert_eq!(store.entries(u64::MAX, 1).unwrap()[0].kind, "list.refused");
        export(organiser, now(4), UnitId(30)).unwrap();
        // Others, the console and another day are not held to it.
        export(secretary, now(4), UnitId(30)).unwrap();
        export(ACTOR, now(4), COUNTY).unwrap();
        export(organiser, now(5 + 24 * 60), COUNTY).unwrap();
        assert!(store.verify(&site.keys).unwrap().is_sound());
    }
}

#[test]
fn an_import_is_no_back_door() {
    for site in sites() {
        let store = &site.store;
        found(store);
        let mut child = person("王刚", "", "U30");
        child.particulars.born_on = date(1984, 7, 2);
        let mut grown = person("赵力", "", "U30");
        grown.particulars.born_on = date(1983, 7, 1);
        let entries = [person("李明", "", "U20"), child, grown];
        let wrong = preview(store, &entries);
        let rows: Vec<_> = wrong.problems.iter().map(|problem| problem.row).collect();
        assert_eq!(rows, [Some(2), Some(3)]);
        let said = |n: usize| wrong.problems[n].text.en.as_str();
        assert!(said(0).starts_with("row 2: “Unit 20” is no branch"), "{}", said(0));
        assert!(said(1).contains("under eighteen"), "{}", said(1));
        assert!(!wrong.is_clean());
    }
}
