//! Programs that are killed at any moment, and a disk that takes no more: afterwards the site opens,
//! verifies, and holds everything that was acknowledged.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use app::act::ActError;
use app::admission::{Seen, opening};
use app::scans::{Attachment, Scanned};
use app::{Actor, CommandId, Founding, KeyFile, Location, Store, StoreError};
use domain::dates::{Instant, Moment};
use domain::event::{Fact, PersonRegistered, UnitOpened};
use domain::evidence::{Evidence, EvidenceKind};
use domain::ids::{CaseId, PersonId, UnitId};
use domain::person::{Education, Ethnicity, Occupation, Particulars, Sex, Stage};
use domain::text::Text;
use domain::unit::{Sector, UnitKind};
use jiff::civil::date;

const ACTOR: Actor = Actor { account: None, role: None, unit: UnitId(10) };
/// The person whose file the scans belong to.
const CANDIDATE: PersonId = PersonId(500);
/// One scan to so many people, in a list of its own.
const SCAN_EVERY: i64 = 8;
const SCANS: &str = "-scans";
/// Kills with one program at work, and with two at once.
const KILLS_ALONE: u64 = 40;
const KILLS_TOGETHER: u64 = 15;
/// The programs, the first person of each, and where each writes down what was acknowledged.
const PROGRAMS: [(&str, i64, &str); 2] = [
    ("resilience::first_program", 1_000, "acknowledged-1"),
    ("resilience::second_program", 1_000_000, "acknowledged-2"),
];

fn open(folder: &Path) -> Result<Store, StoreError> {
    Store::open(&Location::File(folder.join("site.db")), &keys(folder))
}

fn keys(folder: &Path) -> KeyFile {
    KeyFile(folder.join("keys"))
}

/// All entries of a run bear one moment: which program is ahead of which must not matter.
fn now() -> Moment {
    Moment::at(Instant(1_046_649_600_000))
}

fn found(folder: &Path) {
    let location = Location::File(folder.join("site.db"));
    let store =
        Store::found(&location, &keys(folder), &Founding::of(Text::new("测试市", "Test City")), now())
            .unwrap();
    let opened = UnitOpened {
        parent: None,
        unit_kind: UnitKind::City,
        sector: Sector::Organ,
        code: "U10".into(),
        name: Text::new("单位", "Unit"),
        approval: "测试".into(),
    };
    let facts = [Fact::of_unit(UnitId(10), now().today, opened), person(CANDIDATE.0, Stage::None)];
    let appended: Result<_, StoreError> =
        store.write(move |tx| tx.append(ACTOR, now(), CommandId::random(), &facts));
    appended.unwrap();
    let act = opening(now().today, None);
    store.open_file(ACTOR, now(), CommandId::random(), CANDIDATE, act).unwrap();
}

/// Attaches a scan of more than one part to the first entry of the only file. The other program may have
/// been quicker; then nothing was written.
fn attach(store: &Store) -> bool {
    let file = store.case(CaseId(1)).unwrap();
    let mut bytes = b"%PDF-1.4\n".to_vec();
    bytes.resize(80_000, b'x');
    bytes.extend_from_slice(b"\n%%EOF\n");
    let attachment = Attachment {
        entry: file.log()[0].recorded.event_id,
        paper: Evidence::on_shelf(EvidenceKind::Application, "申请书", "2003-12"),
        scanned: Scanned::look(bytes).unwrap(),
    };
    let seen = Seen { case: file.id, version: file.version() };
    match store.attach_scan(ACTOR, now(), CommandId::random(), seen, attachment) {
        Ok(_) => true,
        Err(ActError::Store(StoreError::Changed)) => false,
        Err(error) => panic!("{error}"),
    }
}

fn person(id: i64, stage: Stage) -> Fact {
    let particulars = Particulars {
        name: format!("人{id}"),
        id_number: String::new(),
        phone: String::new(),
        work_post: String::new(),
        sex: Sex::Female,
        born_on: date(1977, 8, 1),
        ethnicity: Ethnicity::HAN,
        education: Education::College,
        occupation: Occupation::Worker,
        is_front_line: true,
    };
    let registered = PersonRegistered {
        particulars,
        stage,
        stage_on: None,
        admitted_on: (stage == Stage::Full).then_some(date(1999, 5, 1)),
        full_since: (stage == Stage::Full).then_some(date(2000, 5, 1)),
        source: None,
    };
    Fact::of_person(PersonId(id), UnitId(10), now().today, registered)
}

/// Registers one person after another in the present folder, each under a command of its own number, and
/// writes down what was acknowledged; every few of them it attaches a scan. A command whose answer was
/// lost is repeated under its number.
fn work(first: i64, list: &str) {
    let folder = std::env::current_dir().unwrap();
    if !folder.join("site.db").exists() {
        return;
    }
    let store = open(&folder).unwrap();
    let known = std::fs::read_to_string(folder.join(list)).unwrap_or_default();
    let append =
        |name: &str| std::fs::OpenOptions::new().create(true).append(true).open(folder.join(name)).unwrap();
    let mut scans = append(&format!("{list}{SCANS}"));
    let mut list = append(list);
    for id in first + known.lines().count() as i64.. {
        let mut command = [0; 16];
        command[..8].copy_from_slice(&id.to_be_bytes());
        let receipt: Result<_, StoreError> =
            store.write(move |tx| tx.append(ACTOR, now(), CommandId(command), &[person(id, Stage::Full)]));
        list.write_all(format!("{id} {}\n", receipt.unwrap().first_seq).as_bytes()).unwrap();
        if id % SCAN_EVERY == 0 && attach(&store) {
            scans.write_all(b"scan\n").unwrap();
        }
    }
}

#[test]
#[ignore = "a program for the test that kills it"]
fn first_program() {
    work(PROGRAMS[0].1, PROGRAMS[0].2);
}

#[test]
#[ignore = "a program for the test that kills it"]
fn second_program() {
    work(PROGRAMS[1].1, PROGRAMS[1].2);
}

fn start(folder: &Path, program: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([program, "--exact", "--ignored"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Persons by their place in the log, as acknowledged; a line without its end was not written down.
fn acknowledged(folder: &Path) -> BTreeMap<u64, i64> {
    let lists = PROGRAMS.map(|(_, _, list)| std::fs::read_to_string(folder.join(list)).unwrap_or_default());
    let line = |line: &str| {
        let (id, seq) = line.strip_suffix('\n')?.split_once(' ')?;
        Some((seq.parse().unwrap(), id.parse().unwrap()))
    };
    lists.iter().flat_map(|list| list.split_inclusive('\n').filter_map(line)).collect()
}

/// Number of scans that were acknowledged.
fn acknowledged_scans(folder: &Path) -> u64 {
    let list = |(_, _, list): (_, _, &str)| {
        std::fs::read_to_string(folder.join(format!("{list}{SCANS}"))).unwrap_or_default()
    };
    PROGRAMS.map(list).iter().map(|list| list.lines().count() as u64).sum()
}

/// Opens and verifies the site, and looks for everything that was acknowledged.
fn examine(folder: &Path, round: u64) {
    let store = open(folder).unwrap_or_else(|error| panic!("round {round}: {error}"));
    let report = store.verify(&keys(folder)).unwrap();
    assert!(report.is_sound(), "round {round}: {}", report.text().en);
    let n_scans = acknowledged_scans(folder);
    assert!(report.scans.n_sound >= n_scans, "round {round}: {n_scans} scans were acknowledged");
    let entries = store.entries(u64::MAX, u16::MAX).unwrap();
    let recorded = entries.iter().filter_map(|entry| Some((entry.seq, entry.person?.0)));
    let recorded: BTreeMap<u64, i64> = recorded.filter(|(_, person)| *person != CANDIDATE.0).collect();
    for (seq, id) in acknowledged(folder) {
        assert_eq!(recorded.get(&seq), Some(&id), "round {round}: entry {seq} was acknowledged");
    }
    let mut people: Vec<i64> = recorded.into_values().collect();
    let n = people.len();
    people.sort_unstable();
    people.dedup();
    assert_eq!(people.len(), n, "round {round}: somebody was registered twice");
}

/// Of so many kills, one comes at any moment, the others once a few entries were acknowledged.
const BLIND: u64 = 4;
/// Entries that are acknowledged before a kill that is not blind.
const ENTRIES: usize = 4;

/// Waits of uneven length. Most kills wait for work first, so that a slow machine is not killed before it
/// has begun; a program that never begins is for the runner of tests to end.
fn wait(folder: &Path, round: u64) {
    let known = acknowledged(folder).len();
    while !round.is_multiple_of(BLIND) && acknowledged(folder).len() < known + ENTRIES {
        std::thread::sleep(Duration::from_millis(3));
    }
    let uneven = round.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 33;
    std::thread::sleep(Duration::from_millis(uneven % 40));
}

#[test]
fn a_killed_program_leaves_a_site_that_opens_verifies_and_holds_what_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    found(folder);
    for round in 0..KILLS_ALONE + KILLS_TOGETHER {
        let programs = if round < KILLS_ALONE { &PROGRAMS[..1] } else { &PROGRAMS[..] };
        let children: Vec<Child> = programs.iter().map(|(program, _, _)| start(folder, program)).collect();
        wait(folder, round);
        for mut child in children {
            // On this system `kill` is the signal that no program can catch.
            child.kill().unwrap();
            let status = child.wait().unwrap();
            assert!(status.code().is_none(), "round {round}: the program ended by itself: {status}");
        }
        examine(folder, round);
    }
    let n_acknowledged = acknowledged(folder).len();
    assert!(acknowledged_scans(folder) > 5, "hardly a scan was acknowledged between the kills");
    assert!(n_acknowledged > 100, "only {n_acknowledged} were acknowledged between the kills");
}

fn miaopu(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_miaopu")).args(arguments).current_dir(folder).output().unwrap();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    let _ = write!(text, "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap(), text)
}

#[test]
fn a_founding_that_is_killed_leaves_no_site_or_a_sound_one() {
    for round in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_miaopu"))
            .args(["init", "--example-city", "2000"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(4 * round * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let (code, text) = miaopu(folder.path(), &["ledger", "verify"]);
        let has_no_site =
            code == 4 && (text.contains("no site has been founded") || text.contains("unable to open"));
        assert!(code == 0 || has_no_site, "round {round}: {code} {text}");
    }
}

#[test]
fn a_disk_that_takes_no_more_ends_the_work_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // No file may grow beyond so many blocks of 512 bytes, and writing more answers with an error.
    let script = "trap '' XFSZ; ulimit -f \"$2\"; exec \"$1\" init --example-city 2000";
    let mut codes = Vec::new();
    for blocks in ["200", "1500", "6000"] {
        let site = folder.path().join(blocks);
        std::fs::create_dir(&site).unwrap();
        let output = Command::new("sh")
            .args(["-c", script, "sh", env!("CARGO_BIN_EXE_miaopu"), blocks])
            .current_dir(&site)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{blocks}");
        assert!(!output.stderr.is_empty(), "{blocks}");
        let (code, text) = miaopu(&site, &["ledger", "verify"]);
        assert!(code == 0 || text.contains("no site has been founded"), "{blocks}: {code} {text}");
        codes.push(code);
    }
    assert!(codes.contains(&0), "no limit let the site be founded: {codes:?}");
}
