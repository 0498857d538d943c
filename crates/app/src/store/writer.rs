//! The one thread that writes. What is true if we stop: before COMMIT, nothing happened; after it,
//! everything of the group did, and whoever was not answered finds it by repeating the command.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::cases::Cases;
use super::keys::Keys;
use super::lately::Pulse;
use super::record::Log;
use super::units::Roots;
use super::{Connection, StoreError};

/// Most use cases in one transaction.
const GROUP: usize = 64;

/// What a use case may do while it writes. Made by the writer only.
pub struct Tx {
    pub(crate) connection: Connection,
    pub(crate) log: Log,
    pub(crate) keys: Keys,
    pub(crate) cases: Cases,
    pub(crate) roots: Roots,
}

type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Job = Box<dyn FnOnce(&mut Tx) -> (bool, Answer) + Send>;

pub(crate) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(
        mut connection: Connection,
        origin: String,
        keys: Keys,
        pulse: Arc<Pulse>,
    ) -> Result<Writer, StoreError> {
        connection.wait_long()?;
        let log = Log::load(&mut connection, origin, pulse)?;
        let (jobs, queue) = sync_channel::<Job>(4 * GROUP);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                let (cases, roots) = (Cases::default(), Roots::default());
                run(Tx { connection, log, keys, cases, roots }, &queue);
            })
            .map_err(|error| StoreError::Unfit(error.to_string()))?;
        Ok(Writer { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(crate) fn write<T, E>(
        &self,
        job: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = sync_channel::<Result<T, E>>(1);
        let job: Job = Box::new(move |tx| {
            let outcome = job(tx);
            let is_kept = outcome.is_ok();
            let answer: Answer = Box::new(move |committed| {
                // Whoever asked may be gone; the record does not mind.
                let _ = reply.send(match committed {
                    Ok(()) => outcome,
                    Err(error) => Err(error.into()),
                });
            });
            (is_kept, answer)
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Stopped)?;
        jobs.send(job).map_err(|_| StoreError::Stopped)?;
        answer.recv().map_err(|_| StoreError::Stopped)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Closing the queue lets the thread finish what was sent, so that nothing acknowledged is open.
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(mut tx: Tx, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut waiting = vec![first];
        while waiting.len() < GROUP
            && let Ok(next) = queue.try_recv()
        {
            waiting.push(next);
        }
        if !group(&mut tx, waiting) {
            // An error on the way to the disk leaves open what is there. Only opening again can tell.
            return;
        }
    }
}

/// Carries out one group; false when the store must stop.
fn group(tx: &mut Tx, jobs: Vec<Job>) -> bool {
    if let Err(error) = tx.begin() {
        jobs.into_iter().for_each(|job| drop(job));
        tracing::error!(%error, "the transaction could not begin");
        return false;
    }
    let mut answers = Vec::with_capacity(jobs.len());
    let mut is_sound = true;
    for job in jobs {
        let mark = tx.log.mark();
        is_sound &= tx.connection.batch("SAVEPOINT job").is_ok();
        let (is_kept, answer) = job(tx);
        if !is_kept {
            tx.log.back_to(mark);
            tx.forget();
            is_sound &= tx.connection.batch("ROLLBACK TO SAVEPOINT job").is_ok();
        }
        is_sound &= tx.connection.batch("RELEASE SAVEPOINT job").is_ok();
        answers.push(answer);
    }
    let committed = if is_sound { tx.commit() } else { Err(StoreError::Stopped) };
    if let Err(error) = &committed {
        tracing::error!(%error, "the transaction could not be committed; writing stops");
        let _ = tx.connection.batch("ROLLBACK");
    }
    answers.into_iter().for_each(|answer| answer(committed.clone()));
    committed.is_ok()
}

impl Tx {
    /// Begins, and takes note of what another process appended since: a command on the console while
    /// the site is served.
    fn begin(&mut self) -> Result<(), StoreError> {
        self.connection.begin_appending()?;
        let looked = self.log.is_behind(&mut self.connection).and_then(|is_behind| {
            if is_behind {
                self.log = self.log.load_again(&mut self.connection)?;
                self.forget();
            }
            Ok(())
        });
        if looked.is_err() {
            let _ = self.connection.batch("ROLLBACK");
        }
        looked
    }

    /// Forgets what was looked up or folded; it may have been taken back.
    fn forget(&mut self) {
        self.cases.forget();
        self.roots.forget();
        self.keys.forget_open();
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        // Keys first: a key without events is harmless, an event without its key is lost.
        self.keys.settle()?;
        self.seal_group()?;
        self.connection.batch("COMMIT")?;
        self.log.settle();
        Ok(())
    }
}
