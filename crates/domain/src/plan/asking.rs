//! Asking from below: what a branch wants for the year.

use super::{Desk, PlanRequested, PlanRule, Request, settings};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::offices::words;

pub(super) fn ask(mut desk: Desk<'_>, request: &Request) -> Consideration {
    desk.check_unit();
    desk.check_running();
    let unit = &desk.here.unit;
    if !unit.kind.may_admit() {
        desk.find(PlanRule::NotBranch, "unit", &[("unit", words(&unit.name))]);
    }
    desk.check_ready(request.n, "n");
    check_cells(&mut desk, request);
    desk.check_reason(&request.reason);
    if desk.here.asked.as_ref().is_some_and(|(n, cells)| *n == request.n && *cells == request.cells) {
        desk.find(PlanRule::SameRequest, "n", &[]);
    }
    let is_late = desk.note_late(desk.plan.terms.ask_by);
    let fact = desk.fact(PlanRequested {
        plan: desk.plan.id,
        n: request.n,
        cells: request.cells.clone(),
        n_ready: desk.here.n_ready(),
        reason: request.reason.trim().to_owned(),
        is_late,
    });
    desk.reasons.answer(|| vec![fact])
}

fn check_cells(desk: &mut Desk<'_>, request: &Request) {
    let known = settings().cells();
    for (cell, &n) in &request.cells {
        let named = ("cell", At::Plain(cell.clone()));
        if !known.iter().any(|(id, _)| id == cell) {
            desk.find(PlanRule::UnknownCell, cell, &[named]);
            continue;
        }
        let n_ready = desk.here.ready.get(cell).copied().unwrap_or(0);
        if n < 0 {
            desk.find(PlanRule::Negative, cell, &[("n", At::Number(n))]);
        } else if n > n_ready {
            let values = [named, ("n", At::Number(n)), ("ready", At::Number(n_ready))];
            desk.find(PlanRule::CellNotReady, cell, &values);
        }
    }
    let sum: i64 = request.cells.values().sum();
    if sum > request.n.max(0) {
        desk.find(PlanRule::CellSum, "n", &[("sum", At::Number(sum)), ("n", At::Number(request.n))]);
    }
}
