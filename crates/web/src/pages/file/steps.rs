//! The 25 steps in their five stages: what is done, what is next, and which stage has a fault.

use domain::case::{Case, Step};
use domain::finding::Finding;
use domain::rulebook::{self, Phase};
use jiff::civil::Date;

use crate::pages::home::owed_by;
use crate::words::Words;

/// A row of plots: one stage of the procedure.
pub(super) struct Bed {
    pub(super) name: String,
    pub(super) plots: Vec<&'static str>,
    pub(super) n_done: usize,
}

pub(super) struct StageOfSteps {
    pub(super) name: String,
    pub(super) steps: Vec<StepLine>,
    pub(super) n_done: usize,
    pub(super) is_open: bool,
    /// The first and the last day on which something was done.
    pub(super) span: Option<(Date, Date)>,
    pub(super) n_errors: usize,
    pub(super) n_warnings: usize,
}

pub(super) struct StepLine {
    pub(super) number: u8,
    pub(super) name: String,
    pub(super) who: String,
    pub(super) done_on: Option<Date>,
    pub(super) n_records: usize,
    pub(super) is_here: bool,
    /// The first lawful day of a step that is still ahead.
    pub(super) earliest_on: Option<Date>,
}

pub(super) const PHASES: [Phase; 5] =
    [Phase::Applying, Phase::Activist, Phase::Target, Phase::Admission, Phase::Probation];

pub(super) fn stages(
    t: Words,
    file: &app::admission::File,
    edition: &rulebook::Edition,
) -> Vec<StageOfSteps> {
    PHASES.into_iter().map(|phase| stage(t, file, edition, phase)).collect()
}

fn stage(t: Words, file: &app::admission::File, edition: &rulebook::Edition, phase: Phase) -> StageOfSteps {
    let described: Vec<&rulebook::Step> = edition.steps.iter().filter(|step| step.phase == phase).collect();
    let steps: Vec<StepLine> = described.iter().filter_map(|described| line(t, file, described)).collect();
    let is_here = |finding: &&Finding| described.iter().any(|step| step.rules.contains(&finding.rule));
    let found: Vec<&Finding> = file.findings.iter().filter(is_here).collect();
    let n_errors = found.iter().filter(|finding| finding.is_error()).count();
    let days = steps.iter().filter_map(|step| step.done_on);
    StageOfSteps {
        name: t.of(&phase.name()).to_owned(),
        n_done: steps.iter().filter(|step| step.done_on.is_some()).count(),
        is_open: steps.iter().any(|step| step.is_here),
        span: days.clone().min().zip(days.max()),
        n_errors,
        n_warnings: found.len() - n_errors,
        steps,
    }
}

fn line(t: Words, file: &app::admission::File, described: &rulebook::Step) -> Option<StepLine> {
    let case: &Case = &file.case;
    let step = Step::parse(&described.id)?;
    let ahead = file.agenda.ahead.iter().find(|ahead| ahead.step == step);
    let done_on = case.done(step).map(|record| record.on);
    Some(StepLine {
        number: described.number,
        name: t.of(&described.name).to_owned(),
        who: owed_by(t, &described.actors),
        done_on,
        n_records: case.records(step).count(),
        is_here: case.current_step() == Some(step),
        earliest_on: ahead.map(|ahead| ahead.earliest_on).filter(|_| done_on.is_none()),
    })
}

pub(super) fn beds(stages: &[StageOfSteps]) -> Vec<Bed> {
    let plot = |step: &StepLine| match (step.done_on.is_some(), step.is_here) {
        (true, _) => "d",
        (false, true) => "x",
        (false, false) => "",
    };
    let bed = |stage: &StageOfSteps| Bed {
        name: stage.name.clone(),
        plots: stage.steps.iter().map(plot).collect(),
        n_done: stage.n_done,
    };
    stages.iter().map(bed).collect()
}
