//! What happens to the record when the machine does not behave: changed bytes, a full disk, a file that
//! cannot be written, two programs at once. Killing a program is tried from outside, in `cli`.

use std::path::{Path, PathBuf};

use super::*;

/// The tables that are the record, and those that repeat it; the rest are views or not in it.
const RECORD: [&str; 6] = ["checkpoint", "command", "event", "node", "site", "subject"];
/// Offsets tried by each of two threads.
const FLIPS: usize = 1_100;
const PAGE_BYTES: usize = 4096;

/// A closed site on a file, with its keys beside it.
struct Closed {
    folder: tempfile::TempDir,
    bytes: Vec<u8>,
}

impl Closed {
    fn new() -> Self {
        // In memory where there is such a folder: waiting for a disk would be most of the time.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let closed = Closed { folder, bytes: Vec::new() };
        let founding = Founding::of(Text::new("测试市", "Test City"));
        let store = Store::found(&closed.location(), &closed.keys(), &founding, now(0)).unwrap();
        let (location, keys) = (closed.location(), closed.keys());
        let site = Site { store, keys, location, _folder: tempfile::tempdir().unwrap() };
        small_city(&site);
        site.store.root_index(now(3)).unwrap();
        assert_sound(&site);
        drop(site);
        Closed { bytes: std::fs::read(closed.path()).unwrap(), ..closed }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("site.db")
    }

    fn location(&self) -> Location {
        Location::File(self.path())
    }

    fn keys(&self) -> KeyFile {
        KeyFile(self.folder.path().join("keys"))
    }

    /// The file as it was, without what a broken start may have left beside it.
    fn restore(&self) {
        std::fs::write(self.path(), &self.bytes).unwrap();
        for ending in ["-wal", "-shm", "-journal"] {
            let _ = std::fs::remove_file(self.folder.path().join(format!("site.db{ending}")));
        }
    }

    /// Whether opening and verifying find nothing to say.
    fn passes(&self) -> bool {
        Store::open(&self.location(), &self.keys())
            .and_then(|store| store.verify(&self.keys()))
            .is_ok_and(|report| report.is_sound())
    }

    fn connection(&self) -> Connection {
        Connection::open(&self.location()).unwrap()
    }

    /// Where the record's own pages are: those of its tables and of their indices.
    fn pages(&self) -> Vec<usize> {
        let names = RECORD.map(|name| format!("'{name}'")).join(", ");
        let sql = format!(
            "SELECT pageno FROM dbstat WHERE name IN
             (SELECT name FROM sqlite_master WHERE tbl_name IN ({names})) ORDER BY pageno"
        );
        let rows = self.connection().query(&sql, &[]).unwrap();
        rows.iter().map(|row| usize::try_from(row.int(0).unwrap()).unwrap() - 1).collect()
    }

    /// Every row of the record by scanning the tables without any index, and what the engine finds wrong
    /// with its pages and indices.
    fn rows(&self) -> Result<(Vec<String>, Vec<String>), StoreError> {
        let mut connection = Connection::open(&self.location())?;
        let mut rows = Vec::new();
        for table in RECORD {
            let found = connection.query(&format!("SELECT * FROM {table} NOT INDEXED"), &[])?;
            rows.extend(found.iter().map(|row| format!("{table} {row:?}")));
        }
        Ok((rows, connection.integrity()?))
    }
}

/// Flips one bit at each of so many places spread over the record's pages. Whether a flip means anything
/// is decided by the engine, not by the verifier: it is without meaning if every row of every table of
/// the record still reads back as it was and every index still fits its table. Every other flip must be
/// found by opening or verifying.
fn flip(closed: &Closed, first: usize, offsets: usize) -> (usize, usize) {
    let pages = closed.pages();
    let expected = closed.rows();
    assert!(expected.as_ref().is_ok_and(|(_, problems)| problems.is_empty()), "{expected:?}");
    closed.restore();
    let n_bytes = pages.len() * PAGE_BYTES;
    let (mut n_found, mut n_void) = (0, 0);
    for n in 0..offsets {
        let at = (first + n * n_bytes / offsets) % n_bytes;
        let offset = pages[at / PAGE_BYTES] * PAGE_BYTES + at % PAGE_BYTES;
        let mut bytes = closed.bytes.clone();
        bytes[offset] ^= 1 << (n % 8);
        std::fs::write(closed.path(), &bytes).unwrap();
        if closed.rows() == expected {
            n_void += 1;
        } else {
            std::fs::write(closed.path(), &bytes).unwrap();
            assert!(!closed.passes(), "byte {offset}: changed and not found");
            n_found += 1;
        }
        closed.restore();
    }
    assert!(closed.passes());
    (n_found, n_void)
}

#[test]
fn a_flipped_bit_of_the_record_is_found_or_means_nothing() {
    let counts: Vec<(usize, usize)> = std::thread::scope(|scope| {
        // Odd starts, so that the two threads try different places.
        let flips = [0, 7].map(|first| scope.spawn(move || flip(&Closed::new(), first, FLIPS)));
        flips.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let n_found: usize = counts.iter().map(|(n_found, _)| n_found).sum();
    let n_void: usize = counts.iter().map(|(_, n_void)| n_void).sum();
    println!("{n_found} flips found, {n_void} without meaning");
    assert!(n_found + n_void >= 2_000);
    // Small tables leave most of their pages free; but a test that finds nothing would prove nothing.
    assert!(n_found >= 400, "{n_found} found, {n_void} without meaning");
}

#[test]
fn every_flipped_bit_of_an_event_row_is_found() {
    let closed = Closed::new();
    let wanted = b"person.registered";
    let start = closed.bytes.windows(wanted.len()).position(|window| window == wanted).unwrap();
    for offset in (start - 40..start + 160).step_by(3) {
        let mut bytes = closed.bytes.clone();
        bytes[offset] ^= 1 << (offset % 8);
        std::fs::write(closed.path(), &bytes).unwrap();
        assert!(!closed.passes(), "byte {offset}");
        closed.restore();
    }
}

/// Appends one person after another until the store refuses; how many were acknowledged.
fn fill(store: &Store, first: i64, most: i64) -> (i64, Option<StoreError>) {
    for n in 0..most {
        let fact = register(first + n, 40, Sex::Male);
        let appended: Result<Receipt, StoreError> =
            store.write(move |tx| tx.append(ACTOR, now(100), CommandId::random(), &[fact]));
        if let Err(error) = appended {
            return (n, Some(error));
        }
    }
    (most, None)
}

fn people_recorded(store: &Store, first: i64) -> i64 {
    let entries = store.entries(u64::MAX, u16::MAX).unwrap();
    let n = entries.iter().filter(|entry| entry.person.is_some_and(|person| person.0 >= first)).count();
    i64::try_from(n).unwrap()
}

#[test]
fn a_full_disk_stops_the_writing_and_loses_nothing_acknowledged() {
    for room in 1..12 {
        let closed = Closed::new();
        let store = Store::open(&closed.location(), &closed.keys()).unwrap();
        let set: Result<(), StoreError> = store.write(move |tx| {
            let pages = tx.connection.query("PRAGMA page_count", &[])?[0].int(0)?;
            tx.connection.batch(&format!("PRAGMA max_page_count = {}", pages + room))
        });
        set.unwrap();
        let (n, error) = fill(&store, 1_000, 200);
        assert!(error.is_some(), "{room} pages held {n} people");
        let (further, error) = fill(&store, 2_000, 1);
        assert_eq!((further, error), (0, Some(StoreError::Stopped)), "nothing more is written");
        assert_eq!(people_recorded(&store, 1_000), n);
        drop(store);
        assert!(closed.passes());
        let store = Store::open(&closed.location(), &closed.keys()).unwrap();
        assert_eq!(people_recorded(&store, 1_000), n);
        assert_eq!(fill(&store, 3_000, 1), (1, None), "with room again it goes on");
        drop(store);
        assert!(closed.passes());
    }
}

#[test]
fn a_file_that_cannot_be_written_is_read_and_left_as_it_is() {
    let closed = Closed::new();
    // Permissions do not bind the superuser; the engine's own read-only mode binds everybody.
    let uri = format!("file:{}?mode=ro", closed.path().display());
    let store = Store::open(&Location::File(Path::new(&uri).to_owned()), &closed.keys()).unwrap();
    assert!(store.person(PersonId(100)).is_ok());
    let (n, error) = fill(&store, 1_000, 3);
    assert!(n == 0 && error.is_some(), "{error:?}");
    drop(store);
    assert_eq!(std::fs::read(closed.path()).unwrap(), closed.bytes);
    assert!(closed.passes());
}

#[test]
fn two_stores_on_one_database_append_to_one_log() {
    for site in sites() {
        small_city(&site);
        let other = Store::open(&site.location, &site.keys).unwrap();
        std::thread::scope(|scope| {
            let first = scope.spawn(|| fill(&site.store, 1_000, 40));
            let second = scope.spawn(|| fill(&other, 2_000, 40));
            assert_eq!((first.join().unwrap(), second.join().unwrap()), ((40, None), (40, None)));
        });
        assert_eq!(people_recorded(&other, 1_000), 80);
        assert_sound(&site);
    }
}

#[test]
fn a_site_that_is_being_verified_goes_on_recording() {
    for site in sites() {
        small_city(&site);
        std::thread::scope(|scope| {
            let writing = scope.spawn(|| fill(&site.store, 1_000, 60));
            for _ in 0..3 {
                let report = site.store.verify(&site.keys).unwrap();
                assert!(report.is_sound(), "{}", report.text().en);
            }
            assert_eq!(writing.join().unwrap(), (60, None));
        });
        assert_sound(&site);
    }
}

#[test]
fn a_lost_key_is_not_replaced_by_another() {
    let closed = Closed::new();
    for name in ["persons.keys", "persons.keys-wal", "persons.keys-shm"] {
        let _ = std::fs::remove_file(closed.keys().0.join(name));
    }
    let store = Store::open(&closed.location(), &closed.keys()).unwrap();
    let again = fill(&store, 100, 1);
    assert!(
        matches!(&again, (0, Some(StoreError::Unfit(why))) if why.contains("restore the keys")),
        "{again:?}"
    );
    assert_eq!(fill(&store, 1_000, 1), (1, None), "nobody else is held up");
    assert!(!store.verify(&closed.keys()).unwrap().is_sound());
}
