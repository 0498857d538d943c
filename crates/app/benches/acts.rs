//! How dear is a durable act beside a plain insert of the same bytes? Acts are recorded in an invented
//! city by many clients at once, so that the writer commits them in groups; between the runs the bytes of
//! the same events go into a plain table of another SQLite file, in groups of the same size, as durably.
//!
//! `cargo bench -p app --bench acts [-- MEMBERS ACTS CLIENTS]`. Both files are in the system's folder for
//! temporary files, which has to be on a disk for the figures to mean anything.

#![expect(clippy::print_stdout, reason = "a measurement answers on standard output")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use app::admission::Seen;
use app::clock::{Clock as _, Demonstration};
use app::demo::{self, Wish};
use app::{Actor, CommandId, KeyFile, Location, Store, StoreError};
use domain::case::{Case, CaseEvent, ThoughtReported};
use domain::dates::Moment;
use domain::decide::{Act, Entry};
use domain::event::{Event, Fact};
use domain::evidence::{Evidence, EvidenceKind};
use domain::ids::{AccountId, CaseId, UnitId};
use ledger::body::{Belonging, Body, Class, Field};
use ledger::checkpoint::Checkpoint;
use ledger::envelope::EventId;
use ledger::key::SecretKey;
use ledger::note::LogKey;
use rusqlite::Connection;

/// Rows in one transaction, as many as the writer takes.
const GROUP: usize = 64;
/// Acts between two turns of the rival.
const TURN: usize = 40 * GROUP;

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let n_members = sizes.first().copied().unwrap_or(2_000);
    let n_acts = sizes.get(1).copied().unwrap_or(25_600);
    let n_clients = sizes.get(2).copied().unwrap_or(2 * GROUP);
    let folder = tempfile::tempdir().unwrap();
    let site = Site::make(folder.path(), n_members);
    println!("{} running files, {n_clients} clients, {n_acts} acts", site.cases.len());

    let mut rival = Rival::make(&folder.path().join("plain.db"));
    let (mut acts, mut plain, mut indexed) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let (n_commits, first) = site.commits_and_events();
    let mut from = first;
    let clients = Clients::of(&site, n_clients);
    while from - first < n_acts as i64 {
        acts += clients.record(&site, TURN);
        let (_, to) = site.commits_and_events();
        let rows = site.events(from, to);
        plain += rival.insert(PLAIN, &rows);
        indexed += rival.insert(INDEXED, &rows);
        from = to;
    }
    let n = (from - first) as f64;
    let groups = (site.commits_and_events().0 - n_commits) as f64;
    let each = |time: Duration| time.as_secs_f64() * 1e6 / n;
    println!(
        "an act:                   {:6.1} µs, {:.0} acts/s, {:.1} in a group",
        each(acts),
        n / acts.as_secs_f64(),
        n / groups
    );
    println!("a plain insert:           {:6.1} µs", each(plain));
    println!(
        "an insert as indexed:     {:6.1} µs (same columns and indices as the table of events)",
        each(indexed)
    );
    println!(
        "an act is {:.2} times a plain insert, {:.2} times an indexed one",
        each(acts) / each(plain),
        each(acts) / each(indexed)
    );
    stages(&site, &mut rival);
}

/// What the parts of an act cost by themselves.
fn stages(site: &Site, rival: &mut Rival) {
    let n = 2_000;
    let seals = sealing(n);
    println!("of an act, by itself on one processor:");
    println!("  decide:                 {:6.1} µs, the file at hand", site.deciding(n));
    println!("  commit to and encrypt:  {seals:6.1} µs");
    println!("  sign the head:          {:6.1} µs, once for a group", signing(n));
    println!(
        "  append, derive views:   {:6.1} µs, with sealing, without deciding and without waiting for the disk",
        site.appending()
    );
    println!("  a commit of one row:    {:6.1} µs, which is waiting for the disk", rival.commit());
}

/// An invented city, and which of its files take a thought report.
struct Site {
    store: Store,
    now: Moment,
    path: PathBuf,
    cases: Vec<(CaseId, i64)>,
}

const ACTOR: Actor = Actor { account: None, role: None, unit: UnitId(10) };

impl Site {
    fn make(folder: &Path, n_members: usize) -> Site {
        let path = folder.join("site.db");
        let keys = KeyFile(folder.join("keys"));
        let wish = Wish { n_members, seed: 20_020_101 };
        let (store, _) = demo::found(&Location::File(path.clone()), &keys, wish, &|_, _| {}).unwrap();
        let now = Demonstration::on(demo::DAY).now();
        let mut site = Site { store, now, path, cases: Vec::new() };
        let city = site.store.units_below(None).unwrap()[0].id;
        let docket = site.store.docket(city, demo::DAY).unwrap();
        let mut cases: Vec<CaseId> = docket.entries.iter().map(|entry| entry.case).collect();
        cases.sort_unstable();
        cases.dedup();
        for case in cases {
            let case = site.store.case(case).unwrap();
            let considered = site.store.consider_act(&case, &act(), AccountId(0), site.now).unwrap();
            if considered.refusing.is_empty() {
                site.cases.push((case.id, case.version()));
            }
        }
        site
    }

    fn read(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    fn commits_and_events(&self) -> (i64, i64) {
        let count = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let sql = "SELECT (SELECT COUNT(*) FROM checkpoint), (SELECT COUNT(*) FROM event)";
        self.read().query_row(sql, [], count).unwrap()
    }

    fn events(&self, from: i64, to: i64) -> Vec<Stored> {
        let sql =
            "SELECT root_id, seq, event_id, kind, unit_id, person_id, case_id, occurred_on, recorded_at,
                   envelope, body FROM event WHERE seq >= ?1 AND seq < ?2 ORDER BY seq";
        let connection = self.read();
        let mut statement = connection.prepare(sql).unwrap();
        let row = |row: &rusqlite::Row<'_>| (0..11).map(|column| row.get(column)).collect();
        statement.query_map([from, to], row).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn deciding(&self, n: usize) -> f64 {
        let case: Case = self.store.case(self.cases[0].0).unwrap();
        micros(n, || {
            self.store.consider_act(&case, &act(), AccountId(0), self.now).unwrap();
        })
    }

    /// Commands without a decision, many in one transaction.
    fn appending(&self) -> f64 {
        let facts: Vec<Fact> = self.cases.iter().map(|(case, _)| self.fact(*case)).collect();
        let now = self.now;
        let n = facts.len() as f64;
        let timed: Result<Duration, StoreError> = self.store.write(move |tx| {
            let start = Instant::now();
            for fact in facts {
                tx.append(ACTOR, now, CommandId::random(), &[fact])?;
            }
            Ok(start.elapsed())
        });
        timed.unwrap().as_secs_f64() * 1e6 / n
    }

    fn fact(&self, case: CaseId) -> Fact {
        let case = self.store.case(case).unwrap();
        let Act { evidence, change, .. } = act();
        let event = CaseEvent { case: case.id, entry: Entry::live(), evidence, change };
        Fact::of_person(case.person, case.unit, demo::DAY, Event::Case(event))
    }
}

fn act() -> Act {
    let paper = Evidence::on_shelf(EvidenceKind::ThoughtReport, "思想汇报", "2003-3-17");
    Act::new(demo::DAY, ThoughtReported { is_signed: true }).proved_by([paper])
}

/// Clients that record one act after another, each in files of its own.
struct Clients(Vec<Vec<(CaseId, AtomicI64)>>);

impl Clients {
    fn of(site: &Site, n_clients: usize) -> Self {
        let mut own: Vec<Vec<_>> = (0..n_clients).map(|_| Vec::new()).collect();
        for (position, (case, version)) in site.cases.iter().enumerate() {
            own[position % n_clients].push((*case, AtomicI64::new(*version)));
        }
        own.retain(|files| !files.is_empty());
        Clients(own)
    }

    /// Records so many acts together; how long that took.
    fn record(&self, site: &Site, n_acts: usize) -> Duration {
        let left = AtomicI64::new(n_acts as i64);
        let start = Instant::now();
        std::thread::scope(|scope| {
            for files in &self.0 {
                let left = &left;
                scope.spawn(move || {
                    for (case, version) in files.iter().cycle() {
                        if left.fetch_sub(1, Ordering::Relaxed) <= 0 {
                            return;
                        }
                        let seen = Seen { case: *case, version: version.load(Ordering::Relaxed) };
                        let (now, command) = (site.now, CommandId::random());
                        let receipt = site.store.record_act(ACTOR, now, command, seen, act()).unwrap();
                        version.fetch_add(receipt.n_events as i64, Ordering::Relaxed);
                    }
                });
            }
        });
        start.elapsed()
    }
}

type Stored = Vec<rusqlite::types::Value>;

/// The envelope and the body of each event, by its place.
const PLAIN: &str = "INSERT INTO plain (seq, envelope, body) VALUES (?2, ?10, ?11)";
const INDEXED: &str = "INSERT INTO indexed VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

/// Tables that only keep bytes.
struct Rival(Connection);

impl Rival {
    fn make(path: &Path) -> Rival {
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768;
                 CREATE TABLE plain (seq INTEGER PRIMARY KEY, envelope BLOB NOT NULL, body BLOB NOT NULL);
                 CREATE TABLE indexed (root_id bigint, seq bigint, event_id text, kind text, unit_id bigint,
                     person_id bigint, case_id bigint, occurred_on text, recorded_at bigint, envelope bytea,
                     body bytea, PRIMARY KEY (root_id, seq));
                 CREATE INDEX by_seq ON indexed (seq);
                 CREATE INDEX by_person ON indexed (person_id, seq);
                 CREATE INDEX by_case ON indexed (case_id, seq) WHERE case_id IS NOT NULL;",
            )
            .unwrap();
        Rival(connection)
    }

    fn insert(&mut self, sql: &str, rows: &[Stored]) -> Duration {
        let start = Instant::now();
        for group in rows.chunks(GROUP) {
            self.0.execute_batch("BEGIN IMMEDIATE").unwrap();
            {
                let mut statement = self.0.prepare_cached(sql).unwrap();
                for row in group {
                    let used: Vec<&rusqlite::types::Value> = row.iter().collect();
                    for (place, value) in used.iter().enumerate() {
                        if place < statement.parameter_count() {
                            statement.raw_bind_parameter(place + 1, value).unwrap();
                        }
                    }
                    statement.raw_execute().unwrap();
                }
            }
            self.0.execute_batch("COMMIT").unwrap();
        }
        start.elapsed()
    }

    /// One row in a transaction of its own.
    fn commit(&mut self) -> f64 {
        self.0.execute_batch("CREATE TABLE one (n INTEGER PRIMARY KEY)").unwrap();
        micros(200, || {
            self.0.execute("INSERT INTO one DEFAULT VALUES", []).unwrap();
        })
    }
}

fn micros(n: usize, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..n).for_each(|_| work());
    start.elapsed().as_secs_f64() * 1e6 / n as f64
}

/// Commitments and encryption of a body like that of an act.
fn sealing(n: usize) -> f64 {
    let mut counter = 0u64;
    let mut random = |bytes: &mut [u8]| {
        for byte in bytes {
            counter = counter.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (counter >> 56) as u8;
        }
    };
    let key = SecretKey::generate(&mut random);
    let body = serde_json::to_value(&act().evidence).unwrap();
    micros(n, || {
        let field = |name: &str, value| Field { name: name.to_owned(), class: Class::S1, value };
        let fields = vec![
            field("case", 17.into()),
            field("entry", serde_json::to_value(Entry::live()).unwrap()),
            field("evidence", body.clone()),
            field("is_signed", true.into()),
        ];
        let belonging = Belonging {
            origin: "speed.test",
            event_id: EventId::from_bytes([7; 16]),
            kind: "case.thought_reported",
        };
        Body::new(fields, &mut random).unwrap().seal(belonging, &key, "p1.1", &mut random).unwrap();
    })
}

fn signing(n: usize) -> f64 {
    let key = LogKey::from_seed("speed.test", &[1; 32]).unwrap();
    micros(n, || drop(Checkpoint::new("speed.test", 7, ledger::Hash::EMPTY_ROOT).sign(&key).unwrap()))
}
