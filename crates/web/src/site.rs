//! What every page stands on: the open store, the clock, and a thread to wait on the database, so that
//! no page holds up another.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use app::clock::{Clock, Demonstration, System};
use app::papers::Press;
use app::plans::SheetPreview;
use app::roster::Preview;
use app::scans::Scanned;
use app::workplaces::ImportPreview;
use app::{KeyFile, Store};
use axum::response::{IntoResponse, Response};
use domain::dates::Moment;
use domain::ids::{AccountId, CaseId, PlanId, UnitId};

use crate::drafts::Drafts;
use crate::limits::Limits;
use crate::printing::Printing;
use crate::trouble::Trouble;
use crate::verdict::Last;

/// An open site.
#[derive(Clone)]
pub struct Site(Arc<Parts>);

struct Parts {
    store: Store,
    keys: KeyFile,
    clock: Box<dyn Clock>,
    /// The clock once more, where the day may be moved on: everything is invented then.
    demonstration: Option<Arc<Demonstration>>,
    is_secure: bool,
    is_behind_proxy: bool,
    limits: Limits,
    /// Previews of rosters that wait to be confirmed.
    previews: Mutex<Waiting<UnitId, Preview>>,
    /// Previews of files of workplaces.
    registers: Mutex<Waiting<UnitId, ImportPreview>>,
    /// Scans that came with a form that was refused and will be sent again.
    scans: Mutex<Waiting<CaseId, Upload>>,
    /// Sheets of requests that wait to be confirmed.
    sheets: Mutex<Waiting<(PlanId, UnitId), SheetPreview>>,
    last_verdict: Mutex<Last>,
    /// Drafts of plans under way.
    drafts: Drafts,
    /// Where papers are printed, once somebody asks for one.
    press: OnceLock<Press>,
    /// Batches of papers under way.
    printing: Printing,
}

/// How a site is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reached {
    /// By https only, so that cookies may insist on it.
    pub by_https: bool,
    /// Through a proxy that writes the visitor's address at the end of `X-Forwarded-For`.
    pub behind_proxy: bool,
}

/// A scan as it came: what the file was called, and the content.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) scanned: Scanned,
}

/// Things that wait for the next form: few and short-lived, the latest of them, each for whoever sent it
/// and for the place it was sent to.
struct Waiting<P, T> {
    last: u64,
    kept: VecDeque<(u64, AccountId, P, T)>,
}

/// Things of one kind that may wait at the same time.
const MOST_WAITING: usize = 8;

impl<P: PartialEq, T: Clone> Waiting<P, T> {
    /// The number under which it waits.
    fn keep(&mut self, account: AccountId, place: P, thing: T) -> u64 {
        self.last += 1;
        self.kept.push_back((self.last, account, place, thing));
        if self.kept.len() > MOST_WAITING {
            self.kept.pop_front();
        }
        self.last
    }

    /// It goes on waiting, so that pressing twice gets the first answer again.
    fn find(&self, account: AccountId, place: P, number: u64) -> Option<T> {
        let found = self.kept.iter().find(|(id, by, of, _)| *id == number && *by == account && *of == place);
        found.map(|(.., thing)| thing.clone())
    }
}

impl<P, T> Default for Waiting<P, T> {
    fn default() -> Self {
        Waiting { last: 0, kept: VecDeque::new() }
    }
}

impl Site {
    /// A site with its keys and the clock it lives by.
    #[must_use]
    pub fn new(store: Store, keys: KeyFile, clock: Box<dyn Clock>, reached: Reached) -> Self {
        Site(Arc::new(Parts {
            store,
            keys,
            clock,
            demonstration: None,
            is_secure: reached.by_https,
            is_behind_proxy: reached.behind_proxy,
            limits: Limits::default(),
            previews: Mutex::default(),
            registers: Mutex::default(),
            scans: Mutex::default(),
            sheets: Mutex::default(),
            last_verdict: Mutex::default(),
            drafts: Drafts::default(),
            press: OnceLock::new(),
            printing: Printing::default(),
        }))
    }

    /// A demonstration: every page says that everything is invented, and its day can be moved on.
    #[must_use]
    pub fn demonstration(store: Store, keys: KeyFile, clock: Arc<Demonstration>) -> Self {
        let demonstration = Some(Arc::clone(&clock));
        Site(Arc::new(Parts {
            store,
            keys,
            clock: Box::new(clock),
            demonstration,
            is_secure: false,
            is_behind_proxy: false,
            limits: Limits::default(),
            previews: Mutex::default(),
            registers: Mutex::default(),
            scans: Mutex::default(),
            sheets: Mutex::default(),
            last_verdict: Mutex::default(),
            drafts: Drafts::default(),
            press: OnceLock::new(),
            printing: Printing::default(),
        }))
    }

    /// The same, printing with a Han face from this folder; to be said before anything is printed.
    #[must_use]
    pub fn with_fonts(self, folder: PathBuf) -> Self {
        let _ = self.0.press.set(Press::new(Some(folder)));
        self
    }

    /// Where papers are printed.
    pub(crate) fn press(&self) -> &Press {
        self.0.press.get_or_init(|| Press::new(None))
    }

    /// Batches of papers under way.
    pub(crate) fn printing(&self) -> &Printing {
        &self.0.printing
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Where its keys are.
    #[must_use]
    pub fn keys(&self) -> &KeyFile {
        &self.0.keys
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// The moment by which sessions are kept: the machine's own, because moving the day of a
    /// demonstration on is no reason to sign everybody out.
    pub(crate) fn wall(&self) -> Moment {
        System.now()
    }

    /// Whether everything here is invented.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.0.demonstration.is_some()
    }

    /// The clock of a demonstration.
    #[must_use]
    pub(crate) fn demonstration_clock(&self) -> Option<&Demonstration> {
        self.0.demonstration.as_deref()
    }

    /// Drafts of plans under way.
    pub(crate) fn drafts(&self) -> &Drafts {
        &self.0.drafts
    }

    /// Keeps a preview until it is confirmed; returns the number under which it waits.
    pub(crate) fn keep_preview(
        &self,
        account: AccountId,
        unit: UnitId,
        preview: Preview,
    ) -> Result<u64, Trouble> {
        let mut previews = self.0.previews.lock().map_err(|_| Trouble::Broken)?;
        Ok(previews.keep(account, unit, preview))
    }

    /// The preview that waits under a number, for whoever asked for it.
    pub(crate) fn kept_preview(
        &self,
        account: AccountId,
        unit: UnitId,
        number: u64,
    ) -> Result<Option<Preview>, Trouble> {
        let previews = self.0.previews.lock().map_err(|_| Trouble::Broken)?;
        Ok(previews.find(account, unit, number))
    }

    /// Keeps a clean sheet of requests until it is confirmed; returns the number under which it waits.
    pub(crate) fn keep_sheet(
        &self,
        account: AccountId,
        place: (PlanId, UnitId),
        sheet: SheetPreview,
    ) -> Result<u64, Trouble> {
        let mut sheets = self.0.sheets.lock().map_err(|_| Trouble::Broken)?;
        Ok(sheets.keep(account, place, sheet))
    }

    /// The sheet that waits under a number, for whoever sent it.
    pub(crate) fn kept_sheet(
        &self,
        account: AccountId,
        place: (PlanId, UnitId),
        number: u64,
    ) -> Result<Option<SheetPreview>, Trouble> {
        let sheets = self.0.sheets.lock().map_err(|_| Trouble::Broken)?;
        Ok(sheets.find(account, place, number))
    }

    /// Keeps a preview of a file of workplaces until it is confirmed.
    pub(crate) fn keep_register(
        &self,
        account: AccountId,
        unit: UnitId,
        preview: ImportPreview,
    ) -> Result<u64, Trouble> {
        let mut registers = self.0.registers.lock().map_err(|_| Trouble::Broken)?;
        Ok(registers.keep(account, unit, preview))
    }

    /// The preview of a file of workplaces that waits under a number, for whoever asked for it.
    pub(crate) fn kept_register(
        &self,
        account: AccountId,
        unit: UnitId,
        number: u64,
    ) -> Result<Option<ImportPreview>, Trouble> {
        let registers = self.0.registers.lock().map_err(|_| Trouble::Broken)?;
        Ok(registers.find(account, unit, number))
    }

    /// Keeps a scan until its form is sent again; returns the number under which it waits.
    pub(crate) fn keep_scan(&self, account: AccountId, case: CaseId, scan: Upload) -> Result<u64, Trouble> {
        let mut scans = self.0.scans.lock().map_err(|_| Trouble::Broken)?;
        Ok(scans.keep(account, case, scan))
    }

    /// The scan that waits under a number, for whoever sent it.
    pub(crate) fn kept_scan(
        &self,
        account: AccountId,
        case: CaseId,
        number: u64,
    ) -> Result<Option<Upload>, Trouble> {
        let scans = self.0.scans.lock().map_err(|_| Trouble::Broken)?;
        Ok(scans.find(account, case, number))
    }

    /// The last full check of the record.
    pub(crate) fn last_verdict(&self) -> &Mutex<Last> {
        &self.0.last_verdict
    }

    /// Whether a proxy says where visitors come from.
    pub(crate) fn is_behind_proxy(&self) -> bool {
        self.0.is_behind_proxy
    }

    /// How often costly doors may be knocked at.
    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Whether it is reached by https only.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.is_secure
    }

    /// Does the work of a page on a thread that may wait.
    pub(crate) async fn work<R: IntoResponse>(
        &self,
        work: impl FnOnce(&Site) -> Result<R, Trouble> + Send + 'static,
    ) -> Response {
        let site = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&site).map(IntoResponse::into_response)).await;
        match done {
            Ok(Ok(response)) => response,
            Ok(Err(trouble)) => trouble.into_response(),
            Err(error) => {
                tracing::error!(%error, "a page broke");
                Trouble::Broken.into_response()
            }
        }
    }
}
