//! How long do pages take, and how many acts go through, while many clients ask at once? An invented city
//! is served on the loopback address of this machine; the clients are threads of the same program that
//! send one request after another over kept connections and ask for compressed answers, as browsers do.
//! The processors are thus shared by the clients and the server.
//!
//! `cargo bench -p web --bench served [-- MEMBERS SECONDS READERS WRITERS]`; with a folder instead of
//! the members, the site that is there: `cargo bench -p web --bench served -- target/demo`.

#![expect(clippy::print_stdout, reason = "a measurement answers on standard output")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use app::accounts::NewGrant;
use app::clock::{Clock as _, Demonstration};
use app::demo::{self, Wish};
use app::{Actor, KeyFile, Location, Store};
use domain::ids::{CaseId, UnitId};
use domain::role::{Reach, Role};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let number =
        |at: usize, usual: usize| arguments.get(at).and_then(|word| word.parse().ok()).unwrap_or(usual);
    let (seconds, n_readers, n_writers) = (number(1, 10), number(2, 16), number(3, 32));
    let folder = tempfile::tempdir().unwrap();
    let given = arguments.first().map(Path::new).filter(|path| path.join("site.db").exists());
    let served = match given {
        Some(path) => Served::there(path),
        None => Served::founded(folder.path(), number(0, 20_000)),
    };
    let wanted = served.wanted();
    let time = Duration::from_secs(seconds as u64);
    println!("pages, {n_readers} clients, {seconds} s each:");
    for (name, paths) in &wanted.pages {
        let first = Client::to(&served, Role::Organiser);
        let (cold, size) = timed(first, &paths[0]);
        let found = asking(&served, n_readers, time, paths);
        println!("  {name:<28} first {:6.1} ms, then {} ({size} bytes)", millis(cold), found.told());
    }
    let found = acting(&served, n_writers, time, &wanted.files);
    println!("acts by the API, {n_writers} clients: {}", found.told());
}

/// A site behind an address.
struct Served {
    site: web::Site,
    address: SocketAddr,
    city: UnitId,
    clock: Arc<Demonstration>,
    logins: Vec<(Role, String)>,
    _runtime: tokio::runtime::Runtime,
}

impl Served {
    fn founded(folder: &Path, n_members: usize) -> Served {
        let wish = Wish { n_members, seed: 20_020_101 };
        let (location, keys) = (Location::File(folder.join("site.db")), KeyFile(folder.join("keys")));
        let start = Instant::now();
        let (store, made) = demo::found(&location, &keys, wish, &|_, _| {}).unwrap();
        println!("{} members founded in {:.1} s", made.n_members, start.elapsed().as_secs_f64());
        Served::of(store, keys)
    }

    fn there(folder: &Path) -> Served {
        let keys = KeyFile(folder.join("keys"));
        let start = Instant::now();
        let store = Store::open(&Location::File(folder.join("site.db")), &keys).unwrap();
        println!("opened in {:.3} s", start.elapsed().as_secs_f64());
        Served::of(store, keys)
    }

    fn of(store: Store, keys: KeyFile) -> Served {
        let clock = Arc::new(Demonstration::on(demo::DAY));
        let city = store.units_below(None).unwrap()[0].id;
        let logins = [Role::Organiser, Role::BranchSecretary];
        let logins = logins.map(|role| (role, login(&store, &clock, city, role))).to_vec();
        store.begin_finding().unwrap();
        let site = web::Site::demonstration(store, keys, Arc::clone(&clock));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(web::serve(listener, site.clone(), std::future::pending()));
        Served { site, address, city, clock, logins, _runtime: runtime }
    }

    /// What is asked for: pages of all parts of the city, and files that take an act.
    fn wanted(&self) -> Wanted {
        let (store, today) = (self.site.store(), self.clock.now().today);
        let units = store.subtree(self.city).unwrap();
        let start = Instant::now();
        let docket = store.docket(self.city, today).unwrap();
        println!("what is due in {} running files: {:.1} s", docket.n_files, start.elapsed().as_secs_f64());
        let mut files: Vec<CaseId> = docket.entries.iter().map(|entry| entry.case).collect();
        files.sort_unstable();
        files.dedup();
        scatter(&mut files);
        while !store.find("王", None, 1).unwrap().is_complete {
            std::thread::sleep(Duration::from_millis(200));
        }
        println!("names at hand after {:.1} s", start.elapsed().as_secs_f64());
        let is_branch = |unit: &&domain::unit::Unit| unit.kind.is_branch();
        let mut branches: Vec<UnitId> = units.iter().filter(is_branch).map(|unit| unit.id).collect();
        scatter(&mut branches);
        let others = units.iter().filter(|unit| !unit.kind.is_branch()).map(|unit| unit.id);
        let unit = |id: UnitId| format!("/units/{id}");
        let pages = vec![
            ("home of the whole city", vec!["/".to_owned()]),
            ("a file", files.iter().map(|file| format!("/files/{file}")).collect()),
            ("a branch", branches.into_iter().map(unit).collect()),
            ("a unit above branches", others.map(unit).collect()),
            ("people", vec!["/people".to_owned()]),
            (
                "people searched",
                ["王", "wang", "zhangwei", "lxm", "李 明", "0017", "jianguo", "刘"].map(search).to_vec(),
            ),
        ];
        Wanted { pages, files }
    }

    fn login(&self, role: Role) -> &str {
        &self.logins.iter().find(|(known, _)| *known == role).unwrap().1
    }
}

fn search(query: &str) -> String {
    let bytes: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("/people?q={bytes}")
}

struct Wanted {
    pages: Vec<(&'static str, Vec<String>)>,
    files: Vec<CaseId>,
}

/// An account over the whole city, and the token of its session.
fn login(store: &Store, clock: &Demonstration, city: UnitId, role: Role) -> String {
    let actor = Actor { account: None, role: None, unit: city };
    let now = clock.now();
    let mark = app::CommandId::random().0.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let name = format!("speed-{}", &mark[..12]);
    let account = store.open_account(actor, now, &name, "测速", None).unwrap();
    let to = now.today.saturating_add(jiff::Span::new().months(6));
    let grant = NewGrant { account, role, unit: city, reach: Reach::Subtree, from: now.today, to };
    store.give_grant(actor, now, grant).unwrap();
    store.set_password(actor, now, account, &mark, false).unwrap();
    store.sign_in(&name, &mark, app::clock::System.now()).unwrap().token
}

/// The same order each time, and no order at all.
fn scatter<T>(list: &mut [T]) {
    let mut state = 20_030_303u64;
    for at in (1..list.len()).rev() {
        // The constants of a well-known linear congruential generator.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        list.swap(at, (state >> 33) as usize % (at + 1));
    }
}

/// A kept connection.
struct Client {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Client {
    fn to(served: &Served, role: Role) -> Client {
        let stream = TcpStream::connect(served.address).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream: BufReader::new(stream), token: served.login(role).to_owned() }
    }

    fn get(&mut self, path: &str) -> usize {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: miaopu={}; language=zh-CN\r\n\
             Accept-Encoding: gzip\r\n\r\n",
            self.token
        );
        let (status, body) = self.send(head.as_bytes());
        assert_eq!(status, 200, "{path}");
        body.len()
    }

    fn post(&mut self, path: &str, body: &str) -> (u16, Vec<u8>) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.send(head.as_bytes())
    }

    fn send(&mut self, request: &[u8]) -> (u16, Vec<u8>) {
        self.stream.get_mut().write_all(request).unwrap();
        let status = self.line().split(' ').nth(1).unwrap().parse().unwrap();
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let line = self.line().to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(("transfer-encoding", value)) => is_chunked = value == "chunked",
                Some(_) => {}
                None => break,
            }
        }
        let mut body = Vec::new();
        while is_chunked {
            let n = usize::from_str_radix(&self.line(), 16).unwrap();
            body.extend(self.bytes(n));
            self.line();
            is_chunked = n > 0;
        }
        body.extend(self.bytes(length));
        (status, body)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn bytes(&mut self, n: usize) -> Vec<u8> {
        let mut bytes = vec![0; n];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }
}

fn timed(mut client: Client, path: &str) -> (Duration, usize) {
    let start = Instant::now();
    let size = client.get(path);
    (start.elapsed(), size)
}

/// How long each answer took.
struct Found {
    times: Vec<Duration>,
    elapsed: Duration,
}

impl Found {
    fn told(&self) -> String {
        let part =
            |part: usize| millis(self.times[(self.times.len() * part / 1000).min(self.times.len() - 1)]);
        let rate = self.times.len() as f64 / self.elapsed.as_secs_f64();
        format!("{rate:6.0}/s, median {:5.1} ms, p99 {:5.1} ms", part(500), part(990))
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Runs clients until the time is over; `work` does one request more.
fn running<S: Send>(
    n_clients: usize,
    time: Duration,
    make: impl Fn(usize) -> S + Sync,
    work: impl Fn(&mut S, usize) + Sync,
) -> Found {
    let start = Instant::now();
    let (make, work) = (&make, &work);
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let one = |client: usize| {
            let mut own = make(client);
            let mut times = Vec::new();
            while start.elapsed() < time {
                let began = Instant::now();
                work(&mut own, times.len());
                times.push(began.elapsed());
            }
            times
        };
        let threads: Vec<_> = (0..n_clients).map(|client| scope.spawn(move || one(client))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    times.sort_unstable();
    Found { times, elapsed: start.elapsed() }
}

fn asking(served: &Served, n_clients: usize, time: Duration, paths: &[String]) -> Found {
    let make = |client: usize| (Client::to(served, Role::Organiser), client);
    running(n_clients, time, make, |(client, offset), n| {
        client.get(&paths[(*offset + n * n_clients) % paths.len()]);
    })
}

fn acting(served: &Served, n_clients: usize, time: Duration, files: &[CaseId]) -> Found {
    let store = served.site.store();
    let make = |client: usize| {
        let own = files.iter().skip(client).step_by(n_clients).take(200);
        let versions = own.map(|file| (*file, store.case(*file).unwrap().version())).collect::<Vec<_>>();
        (Client::to(served, Role::BranchSecretary), versions)
    };
    running(n_clients, time, make, |(client, files), n| {
        let at = n % files.len();
        let (file, version) = files[at];
        let body = format!(
            r#"{{"kind":"case.thought_reported","on":"{}","version":{version},"body":{{"is_signed":true}},
               "evidence":[{{"kind":"thought_report","title":"思想汇报","shelf":"2003-3-17"}}]}}"#,
            demo::DAY
        );
        let (status, answer) = client.post(&format!("/api/v1/files/{file}/acts"), &body);
        match status {
            200 => files[at].1 += 1,
            // A file that is halted takes no report; another one is tried.
            422 if files.len() > 1 => drop(files.swap_remove(at)),
            _ => panic!("{status}: {}", String::from_utf8_lossy(&answer)),
        }
    })
}
