use domain::dates::Moment;
use domain::event::{Fact, FieldChange, PersonCorrected, PersonMerged, PersonRegistered, UnitOpened};
use domain::ids::UnitId;
use domain::person::{Education, Ethnicity, Occupation, Particulars, Sex, Stage};
use domain::text::Text;
use domain::unit::{Sector, UnitKind};
use jiff::civil::{Date, date};

use super::*;
use crate::store::CommandId;
use crate::store::tests::{ACTOR, now, sites};

const DAY: Date = date(2003, 3, 3);

fn unit(id: i64, parent: Option<i64>, kind: UnitKind) -> Fact {
    let opened = UnitOpened {
        parent: parent.map(UnitId),
        unit_kind: kind,
        sector: Sector::Organ,
        code: format!("U{id}"),
        name: Text::new(format!("单位{id}"), format!("Unit {id}")),
        approval: "测试".into(),
    };
    Fact::of_unit(UnitId(id), DAY, opened)
}

fn person(id: i64, unit: i64, name: &str, number: &str) -> Fact {
    let particulars = Particulars {
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
    };
    let registered = PersonRegistered {
        particulars,
        stage: Stage::Applicant,
        stage_on: None,
        admitted_on: None,
        full_since: None,
        source: None,
    };
    Fact::of_person(PersonId(id), UnitId(unit), DAY, registered)
}

fn tree() -> Vec<Fact> {
    vec![
        unit(10, None, UnitKind::County),
        unit(20, Some(10), UnitKind::Committee),
        unit(30, Some(20), UnitKind::Branch),
        unit(31, Some(20), UnitKind::Branch),
    ]
}

fn write(store: &Store, second: i64, facts: Vec<Fact>) {
    let at: Moment = now(second);
    store.write(move |tx| tx.append(ACTOR, at, CommandId::random(), &facts)).unwrap();
}

fn found(store: &Store, query: &str, scope: Option<(i64, i64)>) -> Vec<i64> {
    let found = store.find(query, scope, 10).unwrap();
    assert!(found.is_complete && !found.has_more);
    found.people.iter().map(|person| person.0).collect()
}

#[test]
fn people_are_found_by_name_spelling_and_number_within_a_scope() {
    for site in sites() {
        let store = &site.store;
        let mut facts = tree();
        facts.push(person(1, 30, "李明", "110101198003070017"));
        facts.push(person(2, 31, "李明霞", ""));
        facts.push(person(3, 31, "黎民", ""));
        write(store, 1, facts);

        assert_eq!(found(store, "李明", None), [1, 2]);
        assert_eq!(found(store, "lim", None), [1, 2, 3]);
        assert_eq!(found(store, "0017", None), [1]);
        assert_eq!(found(store, "110101800307001", None), [1]);
        assert_eq!(found(store, "320102198003070017", None), Vec::<i64>::new());
        let branch = store.unit(UnitId(31)).unwrap();
        assert_eq!(found(store, "李", Some((branch.pre, branch.post))), [2]);
        let few = store.find("lim", None, 2).unwrap();
        assert_eq!((few.people.len(), few.has_more), (2, true));
    }
}

#[test]
fn corrections_and_mergers_are_found_at_once_and_also_by_another_start() {
    for site in sites() {
        let store = &site.store;
        let mut facts = tree();
        facts.push(person(1, 30, "李明", ""));
        facts.push(person(2, 31, "王刚", ""));
        write(store, 1, facts);
        assert_eq!(found(store, "王刚", None), [2]);

        let change = |field: &str, becomes: &str| FieldChange {
            field: field.into(),
            was: "".into(),
            becomes: becomes.into(),
        };
        let changes = vec![change("name", "王钢"), change("id_number", "440524188001010014")];
        let corrected = PersonCorrected { changes, reason: "笔误".into(), source: None };
        write(store, 2, vec![Fact::of_person(PersonId(2), UnitId(31), DAY, corrected)]);
        assert_eq!(found(store, "王刚", None), Vec::<i64>::new());
        assert_eq!(found(store, "wanggang", None), [2]);
        assert_eq!(found(store, "0014", None), [2]);

        let merged = PersonMerged { into: PersonId(1), reason: "重复".into() };
        write(store, 3, vec![Fact::of_person(PersonId(2), UnitId(31), DAY, merged)]);
        assert_eq!(found(store, "wanggang", None), Vec::<i64>::new());

        let again = Store::open(crate::store::tests::location(&site), &site.keys).unwrap();
        assert_eq!(found(&again, "liming", None), [1]);
    }
}

#[test]
fn more_names_than_a_search_takes_up_are_taken_up_in_the_background() {
    let site = sites().remove(0);
    let (store, n) = (&site.store, 3 * PAGE);
    let mut facts = tree();
    for id in 1..=n {
        facts.push(person(id, 30 + id % 2, &name(id), ""));
    }
    facts.push(person(n + 1, 30, "单雪娟", ""));
    write(store, 1, facts);
    store.begin_finding().unwrap();
    // What the background has not reached is answered as not complete, never as an error.
    let complete = loop {
        let found = store.find("shanxuej", None, 10).unwrap();
        if found.is_complete {
            break found;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    assert_eq!(complete.people, [PersonId(n + 1)]);
    let many = store.find("zhao", None, 50).unwrap();
    assert_eq!((many.people.len(), many.has_more), (50, true));
    let branch = store.unit(UnitId(31)).unwrap();
    let here = store.find("赵", Some((branch.pre, branch.post)), 5).unwrap();
    // 赵 has the numbers that eight divides, and even numbers are in the other branch.
    assert_eq!(here.people, []);
}

#[test]
fn twenty_thousand_names_are_searched() {
    let mut index = Index::default();
    let change = |id: i64| Change { person: PersonId(id), name: Some(name(id)), number: None };
    index.apply((1..=20_000).map(change).collect(), 7);
    let n = |query: &str| index.search(&wanted(query).unwrap()).len();
    assert_eq!((n("赵"), n("zhao"), n("zhaowei"), n("欧阳")), (2_500, 2_500, 250, 0));
    assert_eq!(index.next_seq, 7);
}

/// One of 800 names.
fn name(id: i64) -> String {
    let surnames = ["赵", "钱", "孙", "李", "周", "吴", "郑", "王"];
    let given = ["伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "刚"];
    let at = usize::try_from(id).unwrap();
    format!("{}{}{}", surnames[at % 8], given[at / 8 % 10], given[at / 80 % 10])
}

#[test]
fn entries_that_may_be_one_person_are_found_in_ones_own_part_of_the_tree() {
    for site in sites() {
        let store = &site.store;
        let mut facts = tree();
        facts.extend([
            person(1, 30, "何志远", "110101800307001"),
            person(2, 31, "何致远", "110101198003070017"),
            person(3, 30, "周晓雯", ""),
            person(4, 31, "周晓雯", ""),
            person(5, 30, "单雪娟", ""),
            person(6, 30, "单雪鹃", ""),
            person(7, 31, "唯一", ""),
        ]);
        write(store, 1, facts);
        let found = |unit: i64| {
            let found = store.duplicates(UnitId(unit), true).unwrap();
            assert!(found.is_complete);
            let plain = |group: domain::members::duplicates::Alike| {
                (group.why[0].as_str(), group.people.iter().map(|person| person.0).collect::<Vec<_>>())
            };
            found.groups.into_iter().map(plain).collect::<Vec<_>>()
        };
        let all = [("number", vec![1, 2]), ("name", vec![3, 4]), ("sound", vec![5, 6])];
        assert_eq!(found(20), all);
        assert_eq!(found(30), all[2..]);
        assert_eq!(found(31), []);
        // A number that tells two apart, and an entry that was closed.
        let change =
            FieldChange { field: "id_number".into(), was: "".into(), becomes: "110101198003070033".into() };
        let corrected = PersonCorrected { changes: vec![change], reason: "身份证".into(), source: None };
        let merged = PersonMerged { into: PersonId(2), reason: "查档".into() };
        write(
            store,
            2,
            vec![
                Fact::of_person(PersonId(3), UnitId(30), DAY, corrected.clone()),
                Fact::of_person(PersonId(1), UnitId(30), DAY, merged),
            ],
        );
        assert_eq!(found(20), [("name", vec![3, 4]), ("sound", vec![5, 6])], "one of the two has no number");
        let change = FieldChange { becomes: "11010119800307005X".into(), ..corrected.changes[0].clone() };
        let corrected = PersonCorrected { changes: vec![change], ..corrected };
        write(store, 3, vec![Fact::of_person(PersonId(4), UnitId(31), DAY, corrected)]);
        assert_eq!(found(20), [("sound", vec![5, 6])]);
    }
}
