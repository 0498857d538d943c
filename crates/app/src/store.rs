//! The store: a private module, invisible outside `app`. Everything is kept by appending facts; views
//! are derived in the same transaction and can be made again from the record.
//!
//! One thread writes. Use cases send it closures; it carries out as many as are waiting (at most 64)
//! in one transaction, appends their facts, signs one checkpoint, commits, and only then answers:
//!
//! ```ignore
//! let receipt = store.write(move |tx| {
//!     let unit = tx.unit(id)?.ok_or(StoreError::Missing)?;
//!     let facts = domain::decide(…)?;
//!     tx.append(&actor, now, command, &facts)
//! })?;
//! ```
//!
//! A closure that fails leaves nothing behind. When the transaction itself cannot be committed, nobody
//! is told that anything happened, and the store takes no further writes: what is on the disk is then
//! decided by opening it again, never by trying again.

pub(crate) mod accounts;
mod belonging;
pub(crate) mod cases;
pub(crate) mod charges;
mod engine;
pub(crate) mod exports;
pub(crate) mod factors;
pub(crate) mod index;
pub(crate) mod keys;
pub(crate) mod lately;
pub(crate) mod letters;
pub(crate) mod looks;
pub(crate) mod notices;
pub(crate) mod offices;
pub(crate) mod outline;
pub(crate) mod papers;
pub(crate) mod particulars;
pub(crate) mod people;
pub(crate) mod places;
pub(crate) mod plans;
pub(crate) mod reading;
mod record;
mod remaking;
pub(crate) mod roster;
pub(crate) mod scans;
pub(crate) mod schema;
pub(crate) mod schooling;
pub(crate) mod sealing;
pub(crate) mod settings;
pub(crate) mod stock;
pub(crate) mod supervision;
pub(crate) mod units;
mod verify;
mod views;
pub(crate) mod workplaces;
pub(crate) mod writer;

pub use cases::CaseRow;
pub use charges::ChargeRow;
pub use engine::Location;
pub(crate) use engine::{Connection, Row, Value};
pub use keys::KeyFile;
pub use looks::{By, Look, Tally};
pub use papers::PaperRow;
pub(crate) use plans::ShareRow;
pub use plans::{AlertRow, AnswerRow, ChangeRow, PlanRow, RequestRow, RoundRow, SignatureRow};
pub use record::{Actor, CommandId, Receipt};
pub(crate) use record::{hash, origin, subject};
pub use roster::PersonRow;
pub use scans::Scans;
pub use verify::Report;
pub use workplaces::VisitRow;
pub use writer::Tx;

use std::sync::{Arc, Mutex};

use domain::case_file::LocalPack;
use domain::dates::Moment;
use domain::event::SiteFounded;
use domain::ids::UnitId;
use domain::text::Text;
use jiff::civil::Date;

use crate::accounts::Hardness;
use crate::admission::{Desk, Shelf};
use crate::finder::Finder;
use crate::looks::Looks;
use crate::store::lately::Pulse;
use crate::units::Figures;
use crate::workplaces::Surveys;

/// What can go wrong below a use case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database answered with an error.
    #[error("数据库出错 / the database failed: {0}")]
    Engine(String),
    /// The database holds something that was not written here.
    #[error("数据库内容损坏 / the database is damaged: {0}")]
    Damaged(String),
    /// The database or its engine cannot be used.
    #[error("无法使用 / cannot be used: {0}")]
    Unfit(String),
    /// The site has not been founded.
    #[error("尚未建立站点，请先运行 miaopu init / no site has been founded; run miaopu init first")]
    NotFounded,
    /// A site is there already.
    #[error("站点已存在，不能重复建立 / a site is there already and cannot be founded twice")]
    AlreadyFounded,
    /// Nothing more is written until the store is opened again.
    #[error("写入已停止，请重新启动程序 / writing has stopped; start the program again")]
    Stopped,
    /// There is no such thing.
    #[error("没有找到 / there is no such thing")]
    Missing,
    /// Somebody changed it first.
    #[error("内容已被他人更改，请刷新后再办 / somebody changed it first; look again and repeat")]
    Changed,
    /// The clock went back behind what is recorded.
    #[error("系统时间早于最近一次记录，请校准时钟 / the clock is behind the last entry; set it right")]
    ClockBehind,
}

impl StoreError {
    pub(crate) fn damaged(column: usize, found: Option<&Value>) -> Self {
        let what = match found {
            Some(Value::Int(_)) => "a number",
            Some(Value::Text(_)) => "a text",
            Some(Value::Bytes(_)) => "bytes",
            Some(Value::Null) => "nothing",
            None => "no column",
        };
        StoreError::Damaged(format!("column {column} holds {what}"))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::Engine(error.to_string())
    }
}

impl From<postgres::Error> for StoreError {
    fn from(error: postgres::Error) -> Self {
        // The driver's own text hides what the server said.
        StoreError::Engine(error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string))
    }
}

/// An open store.
pub struct Store {
    location: Location,
    keys: KeyFile,
    /// How the site began: its name and the settings that never change.
    pub(crate) founded: SiteFounded,
    /// What was read and is not in the access log yet; before the writer, which must outlive it.
    pub(crate) looks: Looks,
    writer: Arc<writer::Writer>,
    /// What the writer last committed.
    pub(crate) pulse: Arc<Pulse>,
    /// What one try of a password costs.
    pub(crate) hardness: Hardness,
    /// What is due, computed lately.
    pub(crate) desk: Arc<Desk>,
    /// Files folded lately.
    pub(crate) shelf: Shelf,
    /// Figures of units, counted lately.
    pub(crate) figures: Figures,
    /// Surveys of the register of workplaces, made lately.
    pub(crate) surveys: Surveys,
    /// Finds people by name.
    pub(crate) finder: Finder,
    /// A few readers, handed out and taken back.
    readers: Mutex<Vec<Reader>>,
}

/// A connection for reading, with keys of its own to open what is sealed.
pub(crate) struct Reader {
    pub(crate) connection: Connection,
    pub(crate) keys: keys::Keys,
}

/// What is settled when a site is founded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Founding {
    /// Name of the site.
    pub name: Text,
    /// Packs of local rules that the site adopted.
    pub packs: Vec<LocalPack>,
    /// The last day on which running files may be taken over from papers.
    pub legacy_until: Option<Date>,
}

impl Founding {
    /// A site without local rules that takes over no files.
    #[must_use]
    pub fn of(name: Text) -> Self {
        Founding { name, packs: Vec::new(), legacy_until: None }
    }
}

/// The site's own unit: the log and its heads are kept under it.
pub(crate) const SITE: UnitId = UnitId(1);

impl Store {
    /// Makes the tables, the keys and the first event of a site. `random` is the system's generator.
    ///
    /// # Errors
    /// A site is there already, or database or key file cannot be written.
    pub fn found(
        location: &Location,
        keys: &KeyFile,
        founding: &Founding,
        now: Moment,
    ) -> Result<Store, StoreError> {
        let mut connection = Connection::open(location)?;
        schema::migrate(&mut connection)?;
        if record::origin(&mut connection)?.is_some() {
            return Err(StoreError::AlreadyFounded);
        }
        let origin = keys.make()?;
        let founded = SiteFounded {
            origin,
            name: founding.name.clone(),
            packs: founding.packs.clone(),
            legacy_until: founding.legacy_until,
        };
        let store = Store::start(location, keys, founded.clone(), connection)?;
        store.write(move |tx| tx.begin_log(founded, now))?;
        Ok(store)
    }

    /// Opens a founded site.
    ///
    /// # Errors
    /// Nothing was founded there, a key is missing, or the stored tree does not fit its own head.
    pub fn open(location: &Location, keys: &KeyFile) -> Result<Store, StoreError> {
        let mut connection = Connection::open(location)?;
        schema::migrate(&mut connection)?;
        let origin = record::origin(&mut connection)?.ok_or(StoreError::NotFounded)?;
        let founded = reading::founded(&mut connection, &mut keys.open(&origin)?)?;
        Store::start(location, keys, founded, connection)
    }

    fn start(
        location: &Location,
        keys: &KeyFile,
        founded: SiteFounded,
        connection: Connection,
    ) -> Result<Store, StoreError> {
        let pulse = Arc::new(Pulse::default());
        let opened = keys.open(&founded.origin)?;
        let writer = writer::Writer::start(connection, founded.origin.clone(), opened, Arc::clone(&pulse))?;
        Ok(Store {
            location: location.clone(),
            keys: keys.clone(),
            founded,
            looks: Looks::default(),
            writer: Arc::new(writer),
            pulse,
            hardness: Hardness::default(),
            desk: Arc::default(),
            shelf: Shelf::default(),
            figures: Figures::default(),
            surveys: Surveys::default(),
            finder: Finder::default(),
            readers: Mutex::default(),
        })
    }

    /// How the site began.
    #[must_use]
    pub fn founded(&self) -> &SiteFounded {
        &self.founded
    }

    /// Carries out a use case that may write; returns when it is durable.
    ///
    /// # Errors
    /// What the closure answers, or why nothing could be committed.
    pub fn write<T, E>(&self, job: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.write(job)
    }

    /// The one writer, for a thread that writes by itself.
    pub(crate) fn writer(&self) -> Arc<writer::Writer> {
        Arc::clone(&self.writer)
    }

    /// Reads with a connection of its own.
    pub(crate) fn read<T>(
        &self,
        look: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.read_open(|reader| look(&mut reader.connection))
    }

    /// Reads with a connection and keys of its own, to open what is sealed.
    pub(crate) fn read_open<T>(
        &self,
        look: impl FnOnce(&mut Reader) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let pooled = self.readers.lock().map_or(None, |mut readers| readers.pop());
        let mut reader = match pooled {
            Some(reader) => reader,
            None => self.reader()?,
        };
        let answer = look(&mut reader)?;
        // A reader that failed is dropped; one that answered is used again.
        if let Ok(mut readers) = self.readers.lock() {
            readers.push(reader);
        }
        Ok(answer)
    }

    /// A reader of its own, for a thread.
    pub(crate) fn reader(&self) -> Result<Reader, StoreError> {
        Ok(Reader {
            connection: Connection::open(&self.location)?,
            keys: self.keys.open(&self.founded.origin)?,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
