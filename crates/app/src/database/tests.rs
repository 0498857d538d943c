use std::collections::BTreeMap;

use domain::person::Sex;

use super::*;
use crate::store::tests::{Site, location, locations, now, record, register, sites, small_city};

fn site_on_file() -> Site {
    sites().remove(0)
}

/// Every row of every table as text.
fn rows(location: &Location) -> BTreeMap<String, Vec<String>> {
    let mut connection = Connection::open(location).unwrap();
    let table = |table: schema::Table| {
        let sql = format!("SELECT {} FROM {}", table.columns.join(", "), table.name);
        let mut rows: Vec<String> =
            connection.query(&sql, &[]).unwrap().iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        (table.name, rows)
    };
    schema::tables().into_iter().map(table).collect()
}

#[test]
fn the_tables_read_from_the_migrations_are_those_of_the_engine() {
    let site = site_on_file();
    let mut connection = Connection::open(location(&site)).unwrap();
    let mut expected: Vec<String> = schema::tables().into_iter().map(|table| table.name).collect();
    expected.push("migration".to_owned());
    expected.sort();
    assert_eq!(connection.tables().unwrap(), expected);
    for table in schema::tables() {
        let info = connection.query(&format!("PRAGMA table_info({})", table.name), &[]).unwrap();
        let columns: Vec<&str> = info.iter().map(|row| row.text(1).unwrap()).collect();
        assert_eq!(table.columns, columns, "{}", table.name);
        let mut key: Vec<(i64, &str)> = info
            .iter()
            .map(|row| (row.int(5).unwrap(), row.text(1).unwrap()))
            .filter(|(n, _)| *n > 0)
            .collect();
        key.sort_unstable();
        assert_eq!(table.key, key.iter().map(|(_, name)| *name).collect::<Vec<_>>(), "{}", table.name);
    }
}

#[test]
fn a_site_moves_to_every_engine_and_back_with_the_same_head() {
    let site = site_on_file();
    small_city(&site);
    // More than a page of one table, so that reading goes on after a key.
    let crowd = (0..600).map(|n| register(1_000 + n, 40, Sex::Male)).collect();
    record(&site, 3, crowd);
    site.store.root_index(now(4)).unwrap();
    let note = site.store.head().unwrap().note;
    let before = rows(location(&site));
    let folder = tempfile::tempdir().unwrap();
    for (round, there) in locations(folder.path()).into_iter().enumerate() {
        let heard = std::cell::Cell::new(0);
        let moved =
            move_to(location(&site), &there, &site.keys, &|_, n| heard.set(heard.get().max(n))).unwrap();
        assert!(moved.report.is_sound(), "{}", moved.report.text().en);
        assert_eq!((moved.note.as_str(), heard.get() > 500), (note.as_str(), true));
        assert_eq!(rows(&there), before);
        let back = Location::File(folder.path().join(format!("back-{round}.db")));
        let moved = move_to(&there, &back, &site.keys, &|_, _| {}).unwrap();
        assert!(moved.report.is_sound() && moved.note == note);
        assert_eq!(rows(&back), before);
        // A second time the target is not empty, and nothing of it changes.
        let again = move_to(location(&site), &there, &site.keys, &|_, _| {});
        assert!(matches!(&again, Err(StoreError::Unfit(why)) if why.contains("not empty")), "{again:?}");
        assert_eq!(rows(&there), before);
    }
}

#[test]
fn a_move_that_fails_halfway_leaves_no_row() {
    let site = site_on_file();
    small_city(&site);
    // The record itself is copied before it turns out that a later table is gone.
    Connection::open(location(&site)).unwrap().batch("DROP TABLE failed_sign_in").unwrap();
    let folder = tempfile::tempdir().unwrap();
    for there in locations(folder.path()) {
        assert!(move_to(location(&site), &there, &site.keys, &|_, _| {}).is_err());
        assert!(rows(&there).values().all(Vec::is_empty));
    }
}

#[test]
fn a_database_is_looked_at_without_changing_it() {
    let folder = tempfile::tempdir().unwrap();
    for there in locations(folder.path()) {
        if let Location::File(path) = &there {
            assert!(matches!(check(&there), Err(StoreError::Unfit(_))));
            assert!(!path.exists());
            drop(Connection::open(&there).unwrap());
        }
        let empty = check(&there).unwrap();
        assert!(!empty.is_ready() && empty.origin.is_none() && empty.pending.contains(&"0001_record"));
        assert!(Connection::open(&there).unwrap().tables().unwrap().is_empty());
        assert_eq!(migrate(&there).unwrap(), empty.pending);
        assert!(migrate(&there).unwrap().is_empty());
        assert!(check(&there).unwrap().is_ready());
        let mut connection = Connection::open(&there).unwrap();
        connection.batch("INSERT INTO migration (root_id, name) VALUES (0, '9999_future')").unwrap();
        connection.batch("DROP TABLE rollup").unwrap();
        let later = check(&there).unwrap();
        assert_eq!(
            (later.foreign, later.missing),
            (vec!["9999_future".to_owned()], vec!["rollup".to_owned()])
        );
    }
}

#[test]
fn a_backup_of_a_site_at_work_opens_with_its_own_keys() {
    let site = site_on_file();
    small_city(&site);
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let keys = KeyFile(folder.path().join("keys"));
    let report = std::thread::scope(|scope| {
        let store = &site.store;
        let writing = scope.spawn(move || {
            for n in 0..60 {
                let fact = register(3_000 + n, 40, Sex::Female);
                let command = crate::store::CommandId::random();
                let actor = crate::store::tests::ACTOR;
                let appended: Result<_, StoreError> =
                    store.write(move |tx| tx.append(actor, now(50), command, &[fact]));
                appended.unwrap();
            }
        });
        let report = back_up(location(&site), &site.keys, &copy, &keys).unwrap();
        writing.join().unwrap();
        report
    });
    assert!(report.is_sound(), "{}", report.text().en);
    assert!(back_up(location(&site), &site.keys, &copy, &keys).is_err());
    let restored = Store::open(&Location::File(copy), &keys).unwrap();
    let (old, new) = (restored.head().unwrap(), site.store.head().unwrap());
    assert!(old.size >= 11 && old.size <= new.size);
    // The site goes on; its present head shows that the restored copy is an older state of it.
    assert!(restored.verify(&keys).unwrap().is_sound());
    let against = restored.verify_against(&keys, &[new.note.clone().into_bytes()]).unwrap();
    assert_eq!(against.exit_code(), if old.size < new.size { 2 } else { 0 });
    let against = site.store.verify_against(&site.keys, &[old.note.into_bytes()]).unwrap();
    assert!(against.is_sound());
    assert!(site.store.verify_against(&site.keys, &[b"no note".to_vec()]).is_err());
}
