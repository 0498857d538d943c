//! How long does a full verification take beside `sha256sum` of the same file, and how long did the city
//! take to be founded? Both read everything; the verification also opens every body, makes every view
//! again, and lets the engine look at its own file.
//!
//! `cargo bench -p app --bench verify [-- MEMBERS ROUNDS]`.

#![expect(clippy::print_stdout, reason = "a measurement answers on standard output")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use app::clock::{Clock as _, Demonstration};
use app::demo::{self, Wish};
use app::{KeyFile, Location, Store};

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let n_members = sizes.first().copied().unwrap_or(20_000);
    let n_rounds = sizes.get(1).copied().unwrap_or(3);
    let folder = tempfile::tempdir().unwrap();
    let (path, keys) = (folder.path().join("site.db"), KeyFile(folder.path().join("keys")));
    let wish = Wish { n_members, seed: 20_020_101 };
    let (store, founding) =
        timed(|| demo::found(&Location::File(path.clone()), &keys, wish, &|_, _| {}).unwrap().0);
    let size = store.head().unwrap().size;
    println!("{size} events of {n_members} members founded in {founding:.1?}, {:.0}/s", rate(size, founding));
    let (_, staff) = timed(|| demo::staff(&store, Demonstration::on(demo::DAY).now()).unwrap());
    println!("accounts opened, what is due in the whole city looked at: {staff:.1?}");
    drop(store);

    let (mut verifying, mut hashing) = (Duration::MAX, Duration::MAX);
    for _ in 0..n_rounds {
        hashing = hashing.min(timed(|| sha256sum(&path)).1);
        verifying = verifying.min(timed(|| verify(&path, &keys)).1);
    }
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!("sha256sum of {} MB: {hashing:.2?}", bytes >> 20);
    println!("verify: {verifying:.2?}, {:.0} events/s", rate(size, verifying));
    println!(
        "verify takes {:.1} times as long as sha256sum",
        verifying.as_secs_f64() / hashing.as_secs_f64()
    );
    println!("peak memory {} MB", peak_memory_kb() >> 10);
}

fn verify(path: &Path, keys: &KeyFile) {
    let store = Store::open(&Location::File(path.to_owned()), keys).unwrap();
    let report = store.verify(keys).unwrap();
    assert!(report.is_sound(), "{}", report.text().en);
}

fn sha256sum(path: &Path) {
    assert!(Command::new("sha256sum").arg(path).stdout(Stdio::null()).status().unwrap().success());
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

fn rate(n: u64, time: Duration) -> f64 {
    n as f64 / time.as_secs_f64()
}

/// The most memory the process has held so far; 0 where the system does not say.
fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
