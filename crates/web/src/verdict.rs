//! The last full check of the record. It reads everything, so it is not repeated while nothing was added.

use app::record::Head;
use domain::text::Text;
use jiff::civil::Date;

use crate::site::Site;
use crate::trouble::Trouble;

/// What a full check found.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) size: u64,
    pub(crate) is_sound: bool,
    pub(crate) on: Date,
    pub(crate) text: Text,
}

/// The last check, with the head that it covered.
pub(crate) type Last = Option<(String, Verdict)>;

/// Verifies everything, or tells what the last check of the same record found.
pub(crate) fn checked(site: &Site, head: &Head) -> Result<Verdict, Trouble> {
    let mut last = site.last_verdict().lock().map_err(|_| Trouble::Broken)?;
    if let Some((_, verdict)) = last.as_ref().filter(|(note, _)| *note == head.note) {
        return Ok(verdict.clone());
    }
    let report = site.store().verify(site.keys())?;
    let verdict = Verdict {
        size: report.record.size,
        is_sound: report.is_sound(),
        on: site.now().today,
        text: report.text(),
    };
    *last = Some((head.note.clone(), verdict.clone()));
    Ok(verdict)
}
