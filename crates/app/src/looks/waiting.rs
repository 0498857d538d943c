//! What was read and is not written yet, and the thread that writes it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use domain::ids::AccountId;
use domain::looks::{Door, Sight};

use crate::store::writer::Writer;
use crate::store::{Look, SITE, Store, StoreError, looks};

/// How long lines gather before they are written.
const GATHERING: Duration = Duration::from_millis(200);
/// How long the thread waits after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Lines that may wait; more mean that the log cannot be kept, and then nobody reads.
const MOST_WAITING: usize = 20_000;

/// Lines on their way to the database.
#[derive(Default)]
pub(crate) struct Looks {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Look>,
    n_writing: usize,
    is_hurried: bool,
    is_stopping: bool,
    failure: Option<StoreError>,
}

impl Store {
    /// Notes that somebody looks at something, before it is shown.
    ///
    /// # Errors
    /// The log has not been writable for so long that nothing more may be shown.
    pub fn note_look(&self, look: Look) -> Result<(), StoreError> {
        self.looks.begin(self.writer())?;
        let mut state = self.looks.shared.state();
        if state.waiting.len() >= MOST_WAITING {
            let why = state.failure.as_ref().map(ToString::to_string).unwrap_or_default();
            return Err(StoreError::Unfit(format!(
                "访问记录无法写入 / the access log cannot be written: {why}"
            )));
        }
        state.waiting.push(look);
        self.looks.shared.changed.notify_all();
        Ok(())
    }

    /// Waits until every line handed over so far is in the database.
    ///
    /// # Errors
    /// They cannot be written at present; they go on waiting.
    pub fn settle_looks(&self) -> Result<(), StoreError> {
        let mut state = self.looks.shared.state();
        while !state.waiting.is_empty() || state.n_writing > 0 {
            if let Some(error) = &state.failure {
                return Err(error.clone());
            }
            state.is_hurried = true;
            self.looks.shared.changed.notify_all();
            state = self.looks.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(())
    }
}

impl Looks {
    /// Starts the thread with the first line, so that a command on the console needs none.
    fn begin(&self, writer: Arc<Writer>) -> Result<(), StoreError> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_none() {
            let shared = Arc::clone(&self.shared);
            let begun =
                std::thread::Builder::new().name("looks".to_owned()).spawn(move || shared.run(&writer));
            *thread = Some(begun.map_err(|error| StoreError::Unfit(error.to_string()))?);
        }
        Ok(())
    }
}

impl Drop for Looks {
    fn drop(&mut self) {
        self.shared.state().is_stopping = true;
        self.shared.changed.notify_all();
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, writer: &Writer) {
        let mut is_open = false;
        while let Some(group) = self.next_group() {
            let outcome = write(writer, group.clone(), is_open);
            is_open |= outcome.is_ok();
            let mut state = self.state();
            state.n_writing = 0;
            state.is_hurried = false;
            if let Err(error) = outcome {
                tracing::error!(%error, n = group.len(), "the access log could not be written; it is tried again");
                state.failure = Some(error);
                // What could not be written stays in front.
                let later = std::mem::replace(&mut state.waiting, group);
                state.waiting.extend(later);
                self.changed.notify_all();
                if state.is_stopping {
                    tracing::error!(
                        n = state.waiting.len(),
                        "the program ends with unwritten lines of the access log"
                    );
                    return;
                }
                drop(self.changed.wait_timeout(state, AFTER_FAILURE));
            } else {
                state.failure = None;
                self.changed.notify_all();
            }
        }
        let closed: Result<_, StoreError> = writer.write(|tx| looks::mark(&mut tx.connection, CLOSED));
        if let Err(error) = closed {
            tracing::error!(%error, "the access log could not be closed");
        }
    }

    /// The lines that have gathered; none when the program ends and nothing waits.
    fn next_group(&self) -> Option<Vec<Look>> {
        let mut state = self.state();
        while state.waiting.is_empty() && !state.is_stopping {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if !state.waiting.is_empty() {
            let is_gathering = |state: &mut State| !state.is_hurried && !state.is_stopping;
            let waited = self.changed.wait_timeout_while(state, GATHERING, is_gathering);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let group = std::mem::take(&mut state.waiting);
        state.n_writing = group.len();
        (!group.is_empty()).then_some(group)
    }
}

const OPEN: &str = "open";
const CLOSED: &str = "closed";

/// Writes a group. The first one of a program opens the log; a log that was left open was cut short.
fn write(writer: &Writer, group: Vec<Look>, is_open: bool) -> Result<(), StoreError> {
    writer.write(move |tx| {
        let was_cut = !is_open && looks::mark(&mut tx.connection, OPEN)?.as_deref() == Some(OPEN);
        let mut lines = Vec::with_capacity(group.len() + 1);
        if let Some(first) = group.first().filter(|_| was_cut) {
            lines.push(Look {
                seen_at: first.seen_at,
                account: AccountId(0),
                role: None,
                unit: SITE,
                person: None,
                case: None,
                sight: Sight::Interrupted,
                door: Door::Ledger,
                n: 0,
                list: String::new(),
            });
        }
        lines.extend(group);
        looks::insert(&mut tx.connection, &lines)
    })
}
