use domain::dates::Instant;
use domain::event::{Fact, FieldChange};
use domain::event::{
    GroupFormed, PersonCorrected, PersonDeparted, PersonRegistered, PostAssigned, TransferReceived,
    TransferSent, UnitMerged, UnitMoved, UnitOpened,
};
use domain::ids::{GroupId, PersonId, PostId};
use domain::person::{Departure, Education, Ethnicity, Occupation, Particulars, Sex, Stage};
use domain::unit::{PostKind, Sector, UnitKind};
use jiff::civil::{Date, date};
use ledger::verify::Verdict;

use super::*;
use crate::accounts::Hardness;

mod resilience;

pub(crate) struct Site {
    pub(crate) store: Store,
    pub(crate) keys: KeyFile,
    location: Location,
    _folder: tempfile::TempDir,
}

pub(crate) fn now(second: i64) -> Moment {
    Moment { at: Instant(1_046_649_600_000 + second * 1000), today: date(2003, 3, 3) }
}

const DAY: Date = date(2003, 3, 3);

/// A server is used when one is named; each test then has a schema of its own.
pub(crate) fn locations(folder: &std::path::Path) -> Vec<Location> {
    let mut found = vec![Location::File(folder.join("site.db"))];
    if let Some(server) = crate::config::test_database() {
        let mut name = [0u8; 6];
        keys::random(&mut name);
        let schema: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut client = postgres::Client::connect(&server, postgres::NoTls).unwrap();
        client.batch_execute(&format!("CREATE SCHEMA t{schema}")).unwrap();
        found.push(Location::Server(format!("{server} options='-c search_path=t{schema}'")));
    }
    found
}

/// Where a site's database is.
pub(crate) fn location(site: &Site) -> &Location {
    &site.location
}

pub(crate) fn sites() -> Vec<Site> {
    let first = tempfile::tempdir().unwrap();
    locations(first.path())
        .into_iter()
        .map(|location| {
            let folder = tempfile::tempdir().unwrap();
            let location = match location {
                Location::File(_) => Location::File(folder.path().join("site.db")),
                server @ Location::Server(_) => server,
            };
            let keys = KeyFile(folder.path().join("keys"));
            let store =
                Store::found(&location, &keys, &Founding::of(Text::new("测试市", "Test City")), now(0))
                    .unwrap()
                    .with_hardness(Hardness::CHEAP);
            Site { store, keys, location, _folder: folder }
        })
        .collect()
}

pub(crate) const ACTOR: Actor = Actor { account: None, role: None, unit: SITE };

fn open(id: i64, parent: Option<i64>, kind: UnitKind) -> Fact {
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

pub(crate) fn register(person: i64, unit: i64, sex: Sex) -> Fact {
    let particulars = Particulars {
        name: "周晓雯".into(),
        id_number: String::new(),
        phone: String::new(),
        work_post: String::new(),
        sex,
        born_on: date(1977, 8, 1),
        ethnicity: Ethnicity::HAN,
        education: Education::Vocational,
        occupation: Occupation::Worker,
        is_front_line: true,
    };
    let registered = PersonRegistered {
        particulars,
        stage: Stage::Full,
        stage_on: None,
        admitted_on: Some(date(1999, 5, 1)),
        full_since: Some(date(2000, 5, 1)),
        source: None,
    };
    Fact::of_person(PersonId(person), UnitId(unit), DAY, registered)
}

pub(crate) fn record(site: &Site, second: i64, facts: Vec<Fact>) -> Receipt {
    site.store.write(move |tx| tx.append(ACTOR, now(second), CommandId::random(), &facts)).unwrap()
}

pub(crate) fn small_city(site: &Site) {
    let units = vec![
        open(10, None, UnitKind::City),
        open(20, Some(10), UnitKind::County),
        open(21, Some(10), UnitKind::County),
        open(30, Some(20), UnitKind::Committee),
        open(40, Some(30), UnitKind::Branch),
        open(41, Some(30), UnitKind::Branch),
        open(50, Some(21), UnitKind::Branch),
    ];
    record(site, 1, units);
    record(
        site,
        2,
        vec![register(100, 40, Sex::Female), register(101, 40, Sex::Male), register(102, 41, Sex::Male)],
    );
}

fn people_below(site: &Site, unit: i64) -> i64 {
    site.store
        .read(|connection| {
            let top = units::unit(connection, UnitId(unit))?.ok_or(StoreError::Missing)?;
            Ok(people::counts(connection, &top)?.iter().map(|(_, n)| n).sum())
        })
        .unwrap()
}

fn assert_sound(site: &Site) {
    let report = site.store.verify(&site.keys).unwrap();
    assert_eq!(report.record.verdict, Verdict::Intact, "{:?}", report.record.findings);
    assert_eq!(report.wrong_views, Vec::<&str>::new());
}

#[test]
fn a_city_is_recorded_verified_and_made_again() {
    for site in sites() {
        small_city(&site);
        record(
            &site,
            3,
            vec![
                Fact::of_unit(
                    UnitId(40),
                    date(2001, 3, 1),
                    PostAssigned { post: PostId(7), kind: PostKind::Secretary, person: PersonId(101) },
                ),
                Fact::of_person(
                    PersonId(102),
                    UnitId(41),
                    DAY,
                    PersonDeparted { departure: Departure::Died, reason: "通知".into() },
                ),
            ],
        );
        record(
            &site,
            4,
            vec![Fact::of_person(
                PersonId(100),
                UnitId(40),
                DAY,
                PersonCorrected {
                    changes: vec![FieldChange {
                        field: "education".into(),
                        was: "vocational".into(),
                        becomes: "college".into(),
                    }],
                    reason: "毕业证".into(),
                    source: None,
                },
            )],
        );
        assert_eq!(people_below(&site, 10), 3);
        let cells = site
            .store
            .read(|connection| {
                let top = units::unit(connection, UnitId(40))?.ok_or(StoreError::Missing)?;
                people::counts(connection, &top)
            })
            .unwrap();
        let woman = cells.iter().find(|(cell, _)| cell.sex() == Some(Sex::Female)).unwrap().0;
        assert_eq!(
            (woman.stage(), woman.education(), woman.born()),
            (Some(Stage::Full), Some(Education::College), 1977)
        );
        assert_sound(&site);
        site.store.rebuild(&site.keys).unwrap();
        assert_sound(&site);
    }
}

#[test]
fn who_held_a_post_on_a_day() {
    for site in sites() {
        small_city(&site);
        let assigned = PostAssigned { post: PostId(7), kind: PostKind::Secretary, person: PersonId(101) };
        record(&site, 3, vec![Fact::of_unit(UnitId(40), date(2001, 3, 1), assigned)]);
        let ended = domain::event::PostEnded { post: PostId(7), reason: "换届".into() };
        record(&site, 4, vec![Fact::of_unit(UnitId(40), date(2002, 6, 1), ended)]);
        let on = |day| {
            site.store
                .read(|connection| {
                    let unit = units::unit(connection, UnitId(40))?.ok_or(StoreError::Missing)?;
                    units::holders(connection, &unit, PostKind::Secretary, day)
                })
                .unwrap()
        };
        assert_eq!(on(date(2001, 2, 28)), []);
        assert_eq!(on(date(2001, 3, 1)), [PersonId(101)]);
        assert_eq!(on(date(2002, 5, 31)), [PersonId(101)]);
        assert_eq!(on(date(2002, 6, 1)), []);
        assert_sound(&site);
    }
}

#[test]
fn a_move_to_another_county_takes_everyone_along() {
    for site in sites() {
        small_city(&site);
        record(
            &site,
            3,
            vec![Fact::of_unit(UnitId(30), DAY, UnitMoved { parent: UnitId(21), approval: "批复".into() })],
        );
        assert_eq!((people_below(&site, 20), people_below(&site, 21)), (0, 3));
        let received = TransferReceived { from: UnitId(40), is_file_received: true };
        record(&site, 4, vec![Fact::of_person(PersonId(100), UnitId(50), DAY, received)]);
        assert_eq!((people_below(&site, 30), people_below(&site, 50)), (2, 1));
        let roots: Vec<i64> = site
            .store
            .read(|connection| {
                connection
                    .query("SELECT root_id FROM person ORDER BY id", &[])?
                    .iter()
                    .map(|row| row.int(0))
                    .collect()
            })
            .unwrap();
        assert_eq!(roots, [21, 21, 21]);
        assert_sound(&site);
    }
}

#[test]
fn a_repeated_command_is_answered_and_not_repeated() {
    for site in sites() {
        let command = CommandId::random();
        let open_city =
            move |tx: &mut Tx| tx.append(ACTOR, now(1), command, &[open(10, None, UnitKind::City)]);
        let first: Receipt = site.store.write(open_city).unwrap();
        let second: Receipt = site.store.write(open_city).unwrap();
        assert_eq!((first.first_seq, first.is_repeat), (second.first_seq, false));
        assert!(second.is_repeat);
        assert_sound(&site);
    }
}

#[test]
fn a_use_case_that_fails_leaves_nothing() {
    for site in sites() {
        small_city(&site);
        let failed: Result<(), StoreError> = site.store.write(|tx| {
            tx.append(ACTOR, now(9), CommandId::random(), &[register(900, 40, Sex::Male)])?;
            Err(StoreError::Changed)
        });
        assert_eq!(failed, Err(StoreError::Changed));
        assert_eq!(people_below(&site, 10), 3);
        record(&site, 9, vec![register(901, 40, Sex::Male)]);
        assert_eq!(people_below(&site, 10), 4);
        assert_sound(&site);
    }
}

#[test]
fn a_clock_that_went_back_is_refused() {
    for site in sites() {
        record(&site, 10, vec![open(10, None, UnitKind::City)]);
        let refused: Result<Receipt, StoreError> = site
            .store
            .write(|tx| tx.append(ACTOR, now(-10), CommandId::random(), &[open(11, None, UnitKind::City)]));
        assert_eq!(refused, Err(StoreError::ClockBehind));
        // Who asked a second earlier and was carried out second did not set the clock back.
        let waited = record(&site, 9, vec![open(11, Some(10), UnitKind::County)]);
        let entries = site.store.entries(waited.first_seq + 1, 2).unwrap();
        assert_eq!(entries[0].recorded_at, entries[1].recorded_at);
        assert_sound(&site);
    }
}

#[test]
fn many_writers_make_one_log_that_verifies() {
    for site in sites() {
        small_city(&site);
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let store = &site.store;
                scope.spawn(move || {
                    for n in 0..20 {
                        let fact = register(1_000 + writer * 100 + n, 40, Sex::Male);
                        let appended: Result<Receipt, StoreError> =
                            store.write(move |tx| tx.append(ACTOR, now(100), CommandId::random(), &[fact]));
                        appended.unwrap();
                    }
                });
            }
        });
        assert_eq!(people_below(&site, 40), 2 + 160);
        assert_sound(&site);
    }
}

#[test]
fn a_site_opens_again_where_it_stopped() {
    for site in sites() {
        small_city(&site);
        let Site { store, keys, location, _folder } = site;
        drop(store);
        let store = Store::open(&location, &keys).unwrap();
        let again = Site { store, keys, location, _folder };
        record(&again, 20, vec![register(103, 41, Sex::Female)]);
        assert_eq!(people_below(&again, 10), 4);
        assert_sound(&again);
        let twice = Store::found(&again.location, &again.keys, &Founding::of(Text::new("甲", "A")), now(30));
        assert!(matches!(twice, Err(StoreError::AlreadyFounded)));
    }
}

#[test]
fn what_is_changed_behind_the_record_is_named() {
    let changes = [
        "UPDATE event SET envelope = body WHERE seq = 3",
        "UPDATE event SET body = envelope WHERE seq = 9",
        "UPDATE node SET hash = (SELECT hash FROM node WHERE idx = 0) WHERE idx = 4",
        "DELETE FROM checkpoint WHERE size = (SELECT MAX(size) FROM checkpoint)",
        "UPDATE event SET seq = 700 WHERE seq = 2",
        "UPDATE event SET kind = 'person.registerec' WHERE seq = 9",
        "UPDATE event SET occurred_on = '2003-03-02' WHERE seq = 9",
        "UPDATE event SET root_id = 21 WHERE seq = 9",
        "UPDATE event SET recorded_at = recorded_at + 1 WHERE seq = 2",
        "UPDATE subject SET n = n + 1 WHERE person_id = 100",
        "DELETE FROM subject WHERE person_id = 101",
        "UPDATE command SET n_events = n_events + 1",
        "DELETE FROM command",
        "UPDATE checkpoint SET root_id = 2 WHERE size = 1",
        "UPDATE unit SET name_zh = 'x' WHERE id = 40",
        "DELETE FROM person WHERE id = 101",
        "UPDATE rollup SET n = n + 1 WHERE unit_id = 40",
        "UPDATE root_total SET n = n + 1",
    ];
    for change in changes {
        for site in sites() {
            small_city(&site);
            site.store.read(|connection| connection.batch(change)).unwrap();
            let report = site.store.verify(&site.keys).unwrap();
            let is_found = report.record.verdict != Verdict::Intact || !report.wrong_views.is_empty();
            assert!(is_found, "{change}");
        }
    }
}

#[test]
fn a_deep_chain_and_a_wide_star_are_numbered() {
    for site in sites() {
        let mut facts = vec![open(10, None, UnitKind::City)];
        facts.extend((0..14).map(|depth| {
            open(100 + depth, Some(if depth == 0 { 10 } else { 99 + depth }), UnitKind::Committee)
        }));
        facts.extend((0..300).map(|n| open(1_000 + n, Some(10), UnitKind::Branch)));
        record(&site, 1, facts);
        let n = site
            .store
            .read(|connection| {
                let top = units::unit(connection, UnitId(10))?.ok_or(StoreError::Missing)?;
                let all = units::subtree(connection, &top)?;
                let chain = units::unit(connection, UnitId(100))?.ok_or(StoreError::Missing)?;
                Ok((
                    all.len(),
                    units::subtree(connection, &chain)?.len(),
                    units::children(connection, None)?.len(),
                ))
            })
            .unwrap();
        assert_eq!(n, (315, 14, 1));
        assert_sound(&site);
    }
}

#[test]
fn letters_posts_and_history_are_read_back() {
    for site in sites() {
        small_city(&site);
        let assigned = PostAssigned { post: PostId(7), kind: PostKind::Secretary, person: PersonId(101) };
        let sent = TransferSent { to: UnitId(50), reason: "调动".into(), is_file_included: true };
        record(
            &site,
            3,
            vec![
                Fact::of_unit(UnitId(40), DAY, assigned),
                Fact::of_person(PersonId(100), UnitId(40), DAY, sent),
            ],
        );
        let store = &site.store;
        let posts = store.posts(UnitId(40), DAY).unwrap();
        assert_eq!(posts.iter().map(|post| post.person).collect::<Vec<_>>(), [PersonId(101)]);
        assert_eq!(store.posts(UnitId(40), date(2003, 3, 2)).unwrap(), []);
        for unit in [40, 50] {
            let letters = store.transfers_on_the_way(UnitId(unit)).unwrap();
            assert_eq!(letters.iter().map(|letter| letter.person).collect::<Vec<_>>(), [PersonId(100)]);
        }
        let merged = UnitMerged { into: UnitId(41), approval: "批复".into() };
        record(
            &site,
            4,
            vec![
                Fact::of_person(
                    PersonId(100),
                    UnitId(50),
                    DAY,
                    TransferReceived { from: UnitId(40), is_file_received: true },
                ),
                Fact::of_unit(UnitId(40), DAY, merged),
            ],
        );
        assert_eq!(store.transfers_on_the_way(UnitId(40)).unwrap(), []);
        let kinds = |unit| -> Vec<&str> {
            let history = store.unit_history(UnitId(unit)).unwrap();
            history.iter().map(|recorded| recorded.fact.event.kind()).collect()
        };
        assert_eq!(kinds(40), ["unit.merged", "post.assigned", "unit.opened"]);
        assert_eq!(kinds(41), ["unit.merged", "unit.opened"]);
        let rows = store.people_of(UnitId(10), Some(Stage::Full), 0, 10).unwrap();
        let found: Vec<_> = rows.iter().map(|row| (row.id.0, row.unit.0, row.version)).collect();
        assert_eq!(found, [(101, 41, 1), (102, 41, 1), (100, 50, 3)]);
        assert_eq!(store.n_people_of(UnitId(10), None).unwrap(), 3);
        assert_eq!(store.people_of(UnitId(10), None, 2, 5).unwrap().len(), 1);
        assert_sound(&site);
    }
}

#[test]
fn a_county_takes_letters_and_groups_along() {
    for site in sites() {
        small_city(&site);
        let sent = TransferSent { to: UnitId(41), reason: "调动".into(), is_file_included: false };
        let formed = GroupFormed { group: GroupId(5), name: Text::new("一组", "Group 1") };
        record(
            &site,
            3,
            vec![
                Fact::of_person(PersonId(100), UnitId(40), DAY, sent),
                Fact::of_unit(UnitId(40), DAY, formed),
                Fact::of_unit(UnitId(30), DAY, UnitMoved { parent: UnitId(21), approval: "批复".into() }),
            ],
        );
        assert_eq!(site.store.groups(UnitId(40)).unwrap().len(), 1);
        assert_eq!(site.store.transfers_on_the_way(UnitId(41)).unwrap().len(), 1);
        assert_sound(&site);
    }
}
