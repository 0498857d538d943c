//! The papers of a file: what each step wants, what is there and where, and what is missing.

use domain::case::{Case, Filed, PaperAttached, Step};
use domain::decide::paper_of_step;
use domain::evidence::Evidence;
use domain::ids::EventId;
use domain::rulebook;

use super::{kind_name, step_name};
use crate::site::Site;
use crate::visitor::Visitor;
use crate::words::Words;

/// The papers, in the order of the steps.
pub(super) struct Papers {
    pub(super) lines: Vec<PaperLine>,
    pub(super) n_wanted: usize,
    pub(super) n_there: usize,
    pub(super) n_scans: usize,
}

/// A paper that is there, or one that is missing.
pub(super) struct PaperLine {
    /// The number of the step; none for what is no step.
    pub(super) number: Option<u8>,
    /// The step or entry that it proves.
    pub(super) of: String,
    pub(super) title: String,
    pub(super) place: PaperPlace,
    /// The way to attach a scan, for whoever may and while there is none.
    pub(super) attach: Option<String>,
}

/// Where a paper is.
pub(super) enum PaperPlace {
    /// Its scan is kept here: the way to it, and its length.
    Scan { href: String, kilobytes: u64, shelf: String },
    /// Its scan is kept elsewhere, by the beginning of its digest.
    Outside(String),
    /// It lies in the office's files.
    Shelf(String),
    /// The step was taken without it.
    Missing,
}

pub(super) fn papers(
    site: &Site,
    visitor: &Visitor,
    case: &Case,
    edition: &rulebook::Edition,
) -> Papers {
    let t = visitor.t;
    let filed: Vec<Filed<'_>> = case.papers().collect();
    let may_attach = |event: EventId| visitor.may_act(site, case, &PaperAttached { event }.into()).is_ok();
    let mut papers = Papers { lines: Vec::new(), n_wanted: 0, n_there: 0, n_scans: 0 };
    for step in Step::ALL {
        let number = edition.steps.iter().find(|known| known.id == step.as_str()).map(|known| known.number);
        for record in case.records(*step) {
            let of = step_name(t, edition, *step);
            let own: Vec<&Filed<'_>> = filed.iter().filter(|filed| filed.proves == record.event).collect();
            let (kind, name) = paper_of_step(*step);
            papers.n_wanted += 1;
            papers.n_there += usize::from(own.iter().any(|filed| filed.paper.kind == kind));
            let attach = may_attach(record.event).then(|| way(case, record.event));
            if own.is_empty() {
                let title = t.of(&name).to_owned();
                papers.lines.push(PaperLine { number, of, title, place: PaperPlace::Missing, attach });
                continue;
            }
            let has_scan = own.iter().any(|filed| filed.paper.scan.is_some());
            for filed in own {
                let attach = attach.clone().filter(|_| !has_scan);
                papers.lines.push(line(case, filed, number, of.clone(), attach));
            }
        }
    }
    let is_of_step = |filed: &&Filed<'_>| {
        case.all_records().iter().any(|record| record.event == filed.proves)
    };
    for filed in filed.iter().filter(|filed| !is_of_step(filed)) {
        let of = entry_name(t, case, edition, filed.proves);
        let is_bare = filed.paper.scan.is_none() && filed.event == filed.proves;
        let has_scan = case.papers().any(|other| other.proves == filed.proves && other.paper.scan.is_some());
        let attach = (is_bare && !has_scan && may_attach(filed.proves)).then(|| way(case, filed.proves));
        papers.lines.push(line(case, filed, None, of, attach));
    }
    papers.n_scans = filed.iter().filter(|filed| filed.paper.scan.is_some()).count();
    papers
}

fn way(case: &Case, event: EventId) -> String {
    format!("/files/{}/entries/{event}/papers", case.id)
}

fn line(
    case: &Case,
    filed: &Filed<'_>,
    number: Option<u8>,
    of: String,
    attach: Option<String>,
) -> PaperLine {
    PaperLine { number, of, title: filed.paper.title.clone(), place: place(case, filed), attach }
}

fn place(case: &Case, filed: &Filed<'_>) -> PaperPlace {
    let Evidence { sha256, shelf, scan, .. } = filed.paper;
    let shelf = shelf.clone().unwrap_or_default();
    match (scan, sha256) {
        (Some(scan), _) => PaperPlace::Scan {
            href: format!("/files/{}/papers/{}/{}", case.id, filed.event, filed.position),
            kilobytes: scan.n_bytes.div_ceil(1_024),
            shelf,
        },
        (None, Some(digest)) => PaperPlace::Outside(digest.chars().take(12).collect()),
        (None, None) => PaperPlace::Shelf(shelf),
    }
}

fn entry_name(t: Words, case: &Case, edition: &rulebook::Edition, event: EventId) -> String {
    let kind = case.logged(event).map(|logged| logged.recorded.fact.event.kind());
    kind.map_or_else(String::new, |kind| kind_name(t, edition, kind))
}
