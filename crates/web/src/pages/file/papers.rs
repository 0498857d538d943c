//! The papers of a file: what each step wants, what is there and where, and what is missing.

use domain::case::{Case, Filed, PaperAttached, Step, StepRecord};
use domain::decide::paper_of_step;
use domain::evidence::Evidence;
use domain::ids::EventId;
use domain::rulebook::{self, Phase};

use super::steps::PHASES;
use super::{kind_name, step_name};
use crate::site::Site;
use crate::visitor::Visitor;

/// The papers, by stage and in the order of the steps.
pub(super) struct Papers {
    pub(super) bundles: Vec<Bundle>,
    pub(super) n_wanted: usize,
    pub(super) n_there: usize,
    pub(super) n_scans: usize,
}

/// The papers of one stage, or those that belong to no step.
pub(super) struct Bundle {
    pub(super) name: String,
    pub(super) lines: Vec<PaperLine>,
    pub(super) n_missing: usize,
    pub(super) n_scans: usize,
    pub(super) is_open: bool,
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

pub(super) fn papers(site: &Site, visitor: &Visitor, case: &Case, edition: &rulebook::Edition) -> Papers {
    let filed: Vec<Filed<'_>> = case.papers().collect();
    let desk = Desk { site, visitor, case, edition, filed: &filed };
    let bundles: Vec<Bundle> = PHASES.into_iter().map(|phase| desk.of_stage(phase)).collect();
    let (n_wanted, n_there) = desk.counts();
    let others = desk.of_no_step();
    Papers {
        bundles: bundles.into_iter().chain([others]).filter(|bundle| !bundle.lines.is_empty()).collect(),
        n_wanted,
        n_there,
        n_scans: filed.iter().filter(|filed| filed.paper.scan.is_some()).count(),
    }
}

/// What is looked at for every line.
struct Desk<'a> {
    site: &'a Site,
    visitor: &'a Visitor,
    case: &'a Case,
    edition: &'a rulebook::Edition,
    filed: &'a [Filed<'a>],
}

impl Desk<'_> {
    fn of_stage(&self, phase: Phase) -> Bundle {
        let is_current = self.case.current_step().is_some_and(|step| phase_of(step) == Some(phase));
        let steps = Step::ALL.iter().filter(|step| phase_of(**step) == Some(phase));
        let lines = steps.flat_map(|step| self.of_step(*step)).collect();
        Bundle::of(self.visitor.t.of(&phase.name()).to_owned(), lines, is_current)
    }

    /// Each time the step was taken: its papers, or that there is none.
    fn of_step(&self, step: Step) -> Vec<PaperLine> {
        let t = self.visitor.t;
        let described = self.edition.steps.iter().find(|known| known.id == step.as_str());
        let number = described.map(|known| known.number);
        let of = step_name(t, self.edition, step);
        let mut lines = Vec::new();
        for record in self.case.records(step) {
            let own: Vec<_> = self.filed.iter().filter(|filed| filed.proves == record.event).collect();
            let has_scan = own.iter().any(|filed| filed.paper.scan.is_some());
            let attach = self.way(record.event, has_scan);
            if own.is_empty() {
                let title = t.of(&paper_of_step(step).1).to_owned();
                let place = PaperPlace::Missing;
                lines.push(PaperLine { number, of: of.clone(), title, place, attach: attach.clone() });
            }
            let line = |filed: &Filed<'_>| self.line(filed, number, of.clone(), attach.clone());
            lines.extend(own.into_iter().map(line));
        }
        lines
    }

    /// Papers of entries that take no step.
    fn of_no_step(&self) -> Bundle {
        let is_of_step =
            |filed: &Filed<'_>| self.case.all_records().iter().any(|record| record.event == filed.proves);
        let mut lines = Vec::new();
        for filed in self.filed.iter().filter(|filed| !is_of_step(filed)) {
            let kind = self.case.logged(filed.proves).map(|logged| logged.recorded.fact.event.kind());
            let of = kind.map_or_else(String::new, |kind| kind_name(self.visitor.t, self.edition, kind));
            let is_same = |other: &Filed<'_>| other.proves == filed.proves && other.paper.scan.is_some();
            let attach = self.way(filed.proves, self.filed.iter().any(is_same));
            lines.push(self.line(filed, None, of, attach));
        }
        Bundle::of(self.visitor.t.say("file-papers-others"), lines, false)
    }

    /// Papers wanted by the steps taken so far, and how many of them are there.
    fn counts(&self) -> (usize, usize) {
        let records = self.case.all_records();
        let is_there = |record: &&StepRecord| {
            let kind = paper_of_step(record.record.step()).0;
            self.filed.iter().any(|filed| filed.proves == record.event && filed.paper.kind == kind)
        };
        (records.len(), records.iter().filter(is_there).count())
    }

    /// The way to attach a scan, for whoever may and while there is none.
    fn way(&self, event: EventId, has_scan: bool) -> Option<String> {
        let change = PaperAttached { event }.into();
        let may = !has_scan && self.visitor.may_act(self.site, self.case, &change).is_ok();
        may.then(|| format!("/files/{}/entries/{event}/papers", self.case.id))
    }

    fn line(&self, filed: &Filed<'_>, number: Option<u8>, of: String, attach: Option<String>) -> PaperLine {
        let title = filed.paper.title.clone();
        PaperLine { number, of, title, place: place(self.case, filed), attach }
    }
}

impl Bundle {
    fn of(name: String, lines: Vec<PaperLine>, is_current: bool) -> Self {
        let n_missing = lines.iter().filter(|line| matches!(line.place, PaperPlace::Missing)).count();
        let n_scans = lines.iter().filter(|line| matches!(line.place, PaperPlace::Scan { .. })).count();
        Bundle { name, lines, n_missing, n_scans, is_open: is_current || n_missing > 0 }
    }
}

/// The stage of a step, by the latest edition, which knows them all.
fn phase_of(step: Step) -> Option<Phase> {
    let edition = app::rulebooks::books().editions().last()?;
    edition.steps.iter().find(|known| known.id == step.as_str()).map(|known| known.phase)
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
