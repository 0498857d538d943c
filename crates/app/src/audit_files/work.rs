//! One reader, several workers, and the caller's thread that puts the pieces back in order. A fixed
//! number of pieces is under way at any time; the reader waits for a permit before it cuts another.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use documents::cases;
use documents::guard::Limits;
use domain::audit::{Found, judge_lazily};
use domain::case_file::{CaseFile, InputError, parse};
use sha2::{Digest, Sha256};

use super::blocks::{Block, Lines, numbered};
use super::{Audit, LINE_BYTES, Met, Tally, Unreadable, is_standard_input};

/// Rows of a workbook in one block.
const BLOCK_ROWS: usize = 256;

/// The first bytes of a workbook, a zip archive, and of its binary ancestor.
const WORKBOOK_MARKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"];

/// A block with its place in the order of the input.
struct Piece {
    order: u64,
    file: usize,
    size_bytes: u64,
    block: Block,
}

/// What became of a piece.
struct Answer<P> {
    order: u64,
    file: usize,
    size_bytes: u64,
    records: Vec<(Option<u64>, Record<P>)>,
}

/// What a worker tells the caller's thread.
enum Message<P> {
    Answer(Answer<P>),
    /// It panicked, and an answer will be missing.
    Alarm,
}

/// Raises the alarm when a worker panics, or everybody else would wait for its answer.
struct Alarm<'a, P>(&'a SyncSender<Message<P>>);

impl<P> Drop for Alarm<'_, P> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.send(Message::Alarm).unwrap_or_default();
        }
    }
}

enum Record<P> {
    /// A case: the digest of its name, and how it was rendered.
    Case(u128, P),
    Unreadable(String),
}

pub(super) fn run<P: Send>(
    audit: &Audit<'_>,
    files: &[PathBuf],
    render: &(impl Fn(&CaseFile, &[Found<'_>]) -> P + Sync),
    take: impl FnMut(Met<P>) -> io::Result<()>,
) -> io::Result<Tally> {
    let n_workers = audit.n_workers.max(1);
    let n_permits = 4 * n_workers;
    let (permits, permitted) = channel();
    let (to_workers, pieces) = sync_channel(n_permits);
    let (to_caller, answers) = sync_channel(n_permits);
    (0..n_permits).for_each(|_| permits.send(()).unwrap_or_default());
    let pieces = Mutex::new(pieces);
    // Ended from inside when the caller stops: dropping a channel wakes whoever waits on it.
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let is_over = || ended.load(Ordering::Relaxed) || audit.stop.load(Ordering::Relaxed);
        scope.spawn(move || {
            let mut cutter = Cutter { order: 0, permitted, to_workers, is_over: &is_over };
            for (file, path) in files.iter().enumerate() {
                if cutter.cut(file, path).is_break() {
                    break;
                }
            }
        });
        for _ in 0..n_workers {
            let to_caller = to_caller.clone();
            let pieces = &pieces;
            scope.spawn(move || work(audit, pieces, render, &to_caller));
        }
        drop(to_caller);
        let tally = collect(files, &answers, &permits, take);
        ended.store(true, Ordering::Relaxed);
        drop((answers, permits));
        tally
    })
}

/// Cuts files into pieces.
struct Cutter<'a, S: Fn() -> bool> {
    order: u64,
    permitted: Receiver<()>,
    to_workers: SyncSender<Piece>,
    is_over: &'a S,
}

impl<S: Fn() -> bool> Cutter<'_, S> {
    fn cut(&mut self, file: usize, path: &Path) -> ControlFlow<()> {
        let result = if is_standard_input(path) {
            self.cut_stream(file, path, io::stdin().lock())
        } else {
            File::open(path).and_then(|source| self.cut_file(file, path, source))
        };
        result.unwrap_or_else(|error| {
            let what = format!("the file cannot be read: {error} (文件无法读取)");
            self.send(file, 0, Block::Broken { line: None, what })
        })
    }

    fn cut_file(&mut self, file: usize, path: &Path, mut source: File) -> io::Result<ControlFlow<()>> {
        let mut start = [0; 4];
        let n_read = read_start(&mut source, &mut start)?;
        if !WORKBOOK_MARKS.contains(&&start[..n_read]) {
            let start = Cursor::new(start).take(n_read as u64);
            return self.cut_text(file, start.chain(source));
        }
        source.rewind()?;
        let size_bytes = source.metadata()?.len();
        Ok(self.cut_workbook(file, path, source, size_bytes))
    }

    /// A stream cannot be wound back, and a workbook must be: it is held in memory.
    fn cut_stream(&mut self, file: usize, path: &Path, mut source: impl Read) -> io::Result<ControlFlow<()>> {
        let mut start = [0; 4];
        let n_read = read_start(&mut source, &mut start)?;
        let start = Cursor::new(start).take(n_read as u64);
        if !WORKBOOK_MARKS.contains(&&start.get_ref().get_ref()[..n_read]) {
            return self.cut_text(file, start.chain(source));
        }
        let mut bytes = Vec::new();
        start.chain(source).read_to_end(&mut bytes)?;
        let size_bytes = bytes.len() as u64;
        Ok(self.cut_workbook(file, path, Cursor::new(bytes), size_bytes))
    }

    fn cut_text(&mut self, file: usize, source: impl Read) -> io::Result<ControlFlow<()>> {
        let mut lines = Lines::new(source);
        while let Some(block) = lines.next_block()? {
            let size_bytes = match &block {
                Block::Lines { bytes, .. } => bytes.len() as u64,
                Block::Overlong { .. } | Block::Rows(_) | Block::Broken { .. } => 0,
            };
            if self.send(file, size_bytes, block).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn cut_workbook(
        &mut self,
        file: usize,
        path: &Path,
        source: impl Read + Seek,
        size_bytes: u64,
    ) -> ControlFlow<()> {
        let mut rows = Vec::new();
        let mut flow = ControlFlow::Continue(());
        let name = workbook_name(path);
        let read = cases::read(&name, source, &Limits::AUDIT, |row| {
            rows.push(row);
            if rows.len() >= BLOCK_ROWS {
                flow = self.send(file, 0, Block::Rows(std::mem::take(&mut rows)));
            }
            flow
        });
        flow?;
        self.send(file, size_bytes, Block::Rows(rows))?;
        let Err(problem) = read else { return ControlFlow::Continue(()) };
        let what = problem.text();
        let line = problem.place.row().map(u64::from);
        self.send(file, 0, Block::Broken { line, what: format!("$: {} ({})", what.en, what.zh) })
    }

    fn send(&mut self, file: usize, size_bytes: u64, block: Block) -> ControlFlow<()> {
        if (self.is_over)() || self.permitted.recv().is_err() {
            return ControlFlow::Break(());
        }
        let piece = Piece { order: self.order, file, size_bytes, block };
        self.order += 1;
        if self.to_workers.send(piece).is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn work<P>(
    audit: &Audit<'_>,
    pieces: &Mutex<Receiver<Piece>>,
    render: &impl Fn(&CaseFile, &[Found<'_>]) -> P,
    to_caller: &SyncSender<Message<P>>,
) {
    let _alarm = Alarm(to_caller);
    loop {
        // A worker that panicked is reported when the threads are joined; the others go on.
        let piece = match pieces.lock() {
            Ok(pieces) => pieces.recv(),
            Err(poisoned) => poisoned.into_inner().recv(),
        };
        let Ok(Piece { order, file, size_bytes, block }) = piece else { return };
        let records = match block {
            Block::Lines { first, bytes } => {
                let lines = numbered(first, &bytes);
                let records = lines.filter_map(|(line, text)| {
                    read_line(text).map(|case| (Some(line), judged(audit, case, render)))
                });
                records.collect()
            }
            Block::Rows(rows) => {
                let records = rows.into_iter().filter_map(|row| {
                    let number = row.number.into();
                    row.into_case().map(|case| (Some(number), judged(audit, case.map_err(said), render)))
                });
                records.collect()
            }
            Block::Overlong { line } => vec![(Some(line), Record::Unreadable(overlong()))],
            Block::Broken { line, what } => vec![(line, Record::Unreadable(what))],
        };
        if to_caller.send(Message::Answer(Answer { order, file, size_bytes, records })).is_err() {
            return;
        }
    }
}

/// The case on a line; nothing for a blank line.
fn read_line(line: &[u8]) -> Option<Result<CaseFile, String>> {
    if line.len() > LINE_BYTES {
        return Some(Err(overlong()));
    }
    if line.trim_ascii().is_empty() {
        return None;
    }
    let text = std::str::from_utf8(line).map_err(|_| "$: not UTF-8 (不是 UTF-8 编码)".to_owned());
    Some(text.and_then(|text| parse(text).map_err(said)))
}

fn judged<P>(
    audit: &Audit<'_>,
    case: Result<CaseFile, String>,
    render: &impl Fn(&CaseFile, &[Found<'_>]) -> P,
) -> Record<P> {
    match case {
        Ok(file) => {
            let found = judge_lazily(&file, audit.books, audit.today);
            Record::Case(digest(&file.case), render(&file, &found))
        }
        Err(what) => Record::Unreadable(what),
    }
}

/// Puts the answers back in order and finds names that occur twice.
fn collect<P>(
    files: &[PathBuf],
    answers: &Receiver<Message<P>>,
    permits: &std::sync::mpsc::Sender<()>,
    mut take: impl FnMut(Met<P>) -> io::Result<()>,
) -> io::Result<Tally> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    let mut names: HashSet<u128> = HashSet::new();
    let mut tally = Tally::default();
    for message in answers {
        let answer = match message {
            Message::Answer(answer) => answer,
            Message::Alarm => return Err(io::Error::other("a worker of the audit failed")),
        };
        waiting.insert(answer.order, answer);
        while let Some(answer) = waiting.remove(&next) {
            next += 1;
            for (line, record) in answer.records {
                let met = match record {
                    Record::Case(name, page) if names.insert(name) => {
                        tally.n_cases += 1;
                        Met::Case(page)
                    }
                    Record::Case(..) => unreadable(files, answer.file, line, twice()),
                    Record::Unreadable(what) => unreadable(files, answer.file, line, what),
                };
                tally.n_unreadable += u64::from(matches!(met, Met::Unreadable(_)));
                take(met)?;
            }
            take(Met::Progress(answer.size_bytes))?;
            // The reader may have finished.
            permits.send(()).unwrap_or_default();
        }
    }
    Ok(tally)
}

fn unreadable<P>(files: &[PathBuf], file: usize, line: Option<u64>, what: String) -> Met<P> {
    Met::Unreadable(Unreadable { file: files[file].clone(), line, what })
}

fn said(error: InputError) -> String {
    error.to_string()
}

fn overlong() -> String {
    "$: the line is longer than 1 MiB (一行超过 1 MiB)".to_owned()
}

fn twice() -> String {
    "case: the name occurs a second time in this run (同一次审查中文件名称重复)".to_owned()
}

/// A digest of a name, long enough that two names never share one by chance.
fn digest(name: &str) -> u128 {
    let digest = Sha256::digest(name.as_bytes());
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    u128::from_le_bytes(first)
}

/// The name of a workbook, as its reader wants it: what the content shows counts here, not the
/// extension.
fn workbook_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let is_named = name.rsplit('.').next().is_some_and(|extension| {
        ["xlsx", "xlsm", "xls", "ods"].contains(&extension.to_ascii_lowercase().as_str())
    });
    if is_named { name } else { format!("{name}.xlsx") }
}

fn read_start(source: &mut impl Read, start: &mut [u8; 4]) -> io::Result<usize> {
    let mut n_read = 0;
    while n_read < start.len() {
        match source.read(&mut start[n_read..]) {
            Ok(0) => break,
            Ok(n) => n_read += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(n_read)
}
