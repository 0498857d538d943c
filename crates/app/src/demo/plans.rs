//! The plans of the demonstration city: last year's with its result, and this year's after three rounds.
//! Everything goes through the use cases on the days on which it would have been done, so that the
//! numbers are those that the record of that day gives.

use std::cell::Cell;

use domain::dates::Moment;
use domain::ids::{PlanId, UnitId};
use domain::plan::{Act, Answer, AnswerKind, Cells, ChangeRequest, Proposal, Request, Settled};
use domain::unit::Unit;
use jiff::civil::{Date, date};

use super::FIRST_UNIT;
use super::random::Random;
use super::record::{Interlude, at};
use crate::plans::{self, View, quiet};
use crate::store::{Actor, CommandId, Store, StoreError};

const CITY: UnitId = UnitId(FIRST_UNIT);
/// Requests in one transaction.
const BATCH: usize = 200;
/// Of those who are ready, so many thousandths are asked for.
const ASKED: u64 = 860;
/// Of those who are ready, the plan takes so many hundredths at most.
const MOST_PER_CENT: i64 = 85;

const REASONS: [&str; 4] = [
    "培养对象考察期满，材料齐全",
    "生产一线缺少党员",
    "支部党员年龄偏大，需补充年轻骨干",
    "上年未发展，今年有成熟对象",
];
const COUNTERS: [&str; 3] =
    ["女性和青年对象今年集中成熟", "两份材料未齐，今年难以用足", "有多年未发展的支部需要补上"];

/// The days of one plan: opened, asked, asked late, proposed, answered, proposed again, signed.
type Days = [Date; 7];

const YEARS: [(i16, Days); 2] = [
    (
        2002,
        [
            date(2002, 1, 7),
            date(2002, 1, 16),
            date(2002, 1, 22),
            date(2002, 2, 8),
            date(2002, 2, 20),
            date(2002, 2, 26),
            date(2002, 2, 28),
        ],
    ),
    (
        2003,
        [
            date(2003, 1, 6),
            date(2003, 1, 16),
            date(2003, 1, 20),
            date(2003, 2, 14),
            date(2003, 2, 20),
            date(2003, 2, 26),
            date(2003, 2, 28),
        ],
    ),
];

/// What is done on which day.
pub(super) fn interludes(seed: u64) -> Vec<Interlude<'static>> {
    let mut interludes = Vec::new();
    for (year, days) in YEARS {
        let desk = |day: Date| Desk { year, days, day, seed, n: Cell::new(0) };
        let [opened, asked, late, proposed, answered, again, signed] = days.map(desk);
        let runs: [Interlude<'static>; 7] = [
            Interlude { day: opened.day, run: Box::new(move |store| opened.open(store)) },
            Interlude { day: asked.day, run: Box::new(move |store| asked.ask(store, false)) },
            Interlude { day: late.day, run: Box::new(move |store| late.ask(store, true)) },
            Interlude { day: proposed.day, run: Box::new(move |store| proposed.propose(store, Vec::new())) },
            Interlude { day: answered.day, run: Box::new(move |store| answered.answer(store)) },
            Interlude { day: again.day, run: Box::new(move |store| again.balance(store)) },
            Interlude { day: signed.day, run: Box::new(move |store| signed.sign(store)) },
        ];
        interludes.extend(runs);
    }
    interludes
}

/// A day on which something is done about the plan of a year.
struct Desk {
    year: i16,
    days: Days,
    day: Date,
    seed: u64,
    /// Commands given on the day.
    n: Cell<i64>,
}

impl Desk {
    fn random(&self, what: &str) -> Random {
        Random::stream(self.seed, &format!("plan {} {what}", self.year))
    }

    /// A moment of the afternoon, later than the one before, and an identity from the seed.
    fn next(&self) -> (Moment, CommandId) {
        self.n.set(self.n.get() + 1);
        let mut random = self.random(&format!("command {} {}", self.day, self.n.get()));
        let mut id = [0; 16];
        id[..8].copy_from_slice(&random.next().to_be_bytes());
        id[8..].copy_from_slice(&random.next().to_be_bytes());
        (at(self.day, 20_000 + self.n.get()), CommandId(id))
    }

    fn actor(&self) -> Actor {
        Actor { account: None, role: None, unit: CITY }
    }

    /// The plan of the year, if the city has got so far.
    fn view(&self, store: &Store) -> Result<Option<View>, StoreError> {
        let plan = store.plans_over(CITY)?.into_iter().find(|plan| plan.year == self.year);
        plan.map(|plan| store.plan_view(plan.id, CITY, &[], self.day)).transpose()
    }

    fn open(&self, store: &Store) -> Result<(), StoreError> {
        let (now, command) = self.next();
        let mut terms = store.plan_start(CITY, self.day)?;
        let city = store.unit(CITY)?;
        let ready = store.ready(&city, (self.year, self.day), &quiet()).map_err(plans::store_error)?;
        let n_ready: i64 = ready.values().flat_map(Cells::values).sum();
        // A city too small for its usual share is content with what it has.
        terms.intake = terms.intake.min(n_ready * MOST_PER_CENT / 100).max(1);
        terms.tolerance_permille = if terms.intake < 100 { 100 } else { terms.tolerance_permille };
        let [_, asked, _, _, answered, _, signed] = self.days;
        (terms.ask_by, terms.answer_by, terms.sign_by) = (asked, answered, signed);
        let opened = store.open_plan(self.actor(), now, command, CITY, (self.year, terms));
        opened.map(drop).map_err(|error| StoreError::Unfit(error.to_string()))
    }

    /// Branches ask; every tenth of them is late.
    fn ask(&self, store: &Store, is_late: bool) -> Result<(), StoreError> {
        let Some(view) = self.view(store)? else { return Ok(()) };
        let city = store.unit(CITY)?;
        let ready = store.ready(&city, (self.year, self.day), &quiet()).map_err(plans::store_error)?;
        let mut acts: Vec<(UnitId, Act)> = Vec::new();
        for (branch, cells) in &ready {
            if (branch.0 % 10 == 0) == is_late {
                acts.push((*branch, Act::Ask(self.request(*branch, cells))));
            }
        }
        if is_late {
            acts.extend(self.without_candidates(store, &view, &ready)?);
        }
        self.carry_out(store, view.row.id, acts)
    }

    fn request(&self, branch: UnitId, ready: &Cells) -> Request {
        let mut random = self.random(&format!("request {branch}"));
        let mut cells = Cells::new();
        for (cell, n_ready) in ready {
            let n = (0..*n_ready).filter(|_| random.chance(ASKED)).count() as i64;
            if n > 0 {
                cells.insert(cell.clone(), n);
            }
        }
        let reason = random.pick(&REASONS).to_string();
        Request { n: cells.values().sum(), cells, reason }
    }

    /// A district without anybody ready says so: nought is a request too.
    fn without_candidates(
        &self,
        store: &Store,
        view: &View,
        ready: &std::collections::BTreeMap<UnitId, Cells>,
    ) -> Result<Vec<(UnitId, Act)>, StoreError> {
        let mut acts = Vec::new();
        for party in &view.plan.parties {
            let below = store.subtree(party.unit)?;
            let branches: Vec<&Unit> = below.iter().filter(|unit| unit.kind.may_admit()).collect();
            if branches.iter().any(|unit| ready.contains_key(&unit.id)) {
                continue;
            }
            if let Some(first) = branches.first() {
                let reason = "今年没有符合条件的对象".to_owned();
                acts.push((first.id, Act::Ask(Request { n: 0, cells: Cells::new(), reason })));
            }
        }
        Ok(acts)
    }

    fn propose(&self, store: &Store, settled: Vec<Settled>) -> Result<(), StoreError> {
        let Some(view) = self.view(store)? else { return Ok(()) };
        let Some(proposal) = self.solved(store, view.row.id, settled)? else { return Ok(()) };
        self.carry_out(store, view.row.id, vec![(CITY, Act::Propose(Box::new(proposal)))])
    }

    fn solved(
        &self,
        store: &Store,
        plan: PlanId,
        settled: Vec<Settled>,
    ) -> Result<Option<Proposal>, StoreError> {
        let draft = store.draft_round(plan, settled, self.day, &quiet()).map_err(plans::store_error)?;
        Ok(Some(draft.proposal).filter(|proposal| proposal.is_solved))
    }

    /// Every other district agrees; the others name another number, as far as it is lawful.
    fn answer(&self, store: &Store) -> Result<(), StoreError> {
        let Some(view) = self.view(store)?.filter(|view| view.row.round == 1) else { return Ok(()) };
        let mut acts = Vec::new();
        for (place, line) in view.lines[1..].iter().enumerate() {
            if !view.plan.parties.iter().any(|party| party.unit == line.unit.id) {
                continue;
            }
            let n = line.places().unwrap_or(0);
            let wish = [n + 1, n - 1, n + 2][place / 2 % 3];
            let may_wish = place % 2 == 0 && wish >= line.n_used && wish <= line.n_ready;
            let answer = if may_wish {
                let reason = COUNTERS[place / 2 % 3].to_owned();
                Answer { kind: AnswerKind::Counter, n: Some(wish), reason }
            } else {
                Answer { kind: AnswerKind::Accept, n: None, reason: String::new() }
            };
            acts.push((line.unit.id, Act::Answer(answer)));
        }
        self.carry_out(store, view.row.id, acts)
    }

    /// The office grants what can be granted at once, and solves again.
    fn balance(&self, store: &Store) -> Result<(), StoreError> {
        let Some(view) = self.view(store)?.filter(|view| view.row.round == 1) else { return Ok(()) };
        let wished = view.answers.iter().filter_map(|answer| {
            Some(Settled { unit: answer.unit, n: answer.n?, reason: answer.reason.clone() })
        });
        let mut settled: Vec<Settled> = wished.collect();
        loop {
            let proposal = self.solved(store, view.row.id, settled.clone())?;
            if let Some(proposal) = proposal {
                return self.carry_out(store, view.row.id, vec![(CITY, Act::Propose(Box::new(proposal)))]);
            }
            // Not everything can be granted together; the last wish is the first to go.
            if settled.pop().is_none() {
                return Ok(());
            }
        }
    }

    /// Both sides sign, the plan is adopted, and a first change is asked for.
    fn sign(&self, store: &Store) -> Result<(), StoreError> {
        let Some(view) = self.view(store)?.filter(|view| view.row.round > 0) else { return Ok(()) };
        let accept = Answer { kind: AnswerKind::Accept, n: None, reason: String::new() };
        let parties: Vec<UnitId> = view.plan.parties.iter().map(|party| party.unit).collect();
        let accepted = parties.iter().map(|unit| (*unit, Act::Answer(accept.clone())));
        let signed = parties.iter().map(|unit| (*unit, Act::Sign));
        let acts = accepted.chain(signed).chain([(CITY, Act::Sign), (CITY, Act::Adopt)]);
        self.carry_out(store, view.row.id, acts.collect())?;
        self.ask_change(store, view.row.id)
    }

    /// The first branch with room asks for one place more, from the next one with a place left.
    fn ask_change(&self, store: &Store, plan: PlanId) -> Result<(), StoreError> {
        if self.year != super::DAY.year() {
            return Ok(());
        }
        let all: Vec<UnitId> = store.subtree(CITY)?.iter().map(|unit| unit.id).collect();
        let view = store.plan_view(plan, CITY, &all, self.day)?;
        let branches = || view.lines.iter().filter(|line| line.unit.kind.may_admit());
        let has_room = |line: &&plans::Line| line.places().is_some_and(|n| n > 0 && n < line.n_ready);
        let has_left = |line: &&plans::Line| line.n_left().is_some_and(|n| n > 0);
        let Some(asks) = branches().find(has_room) else { return Ok(()) };
        let Some(gives) = branches().filter(has_left).find(|line| line.unit.id != asks.unit.id) else {
            return Ok(());
        };
        let request = ChangeRequest {
            to: asks.places().unwrap_or(0) + 1,
            other: Some(gives.unit.id),
            reason: "又有一名对象考察期满，与对方支部商妥调剂一个名额".to_owned(),
        };
        self.carry_out(store, plan, vec![(asks.unit.id, Act::AskChange(request))])
    }

    fn carry_out(&self, store: &Store, plan: PlanId, acts: Vec<(UnitId, Act)>) -> Result<(), StoreError> {
        let actor = self.actor();
        let mut acts = acts.into_iter().peekable();
        while acts.peek().is_some() {
            let batch: Vec<(Moment, CommandId, UnitId, Act)> = acts
                .by_ref()
                .take(BATCH)
                .map(|(unit, act)| {
                    let (now, command) = self.next();
                    (now, command, unit, act)
                })
                .collect();
            let founded = store.founded().clone();
            store.write(move |tx| {
                for (now, command, unit, act) in batch {
                    let seen = plans::current(&mut tx.connection, plan, unit)?;
                    plans::carry_out(tx, &founded, (actor, now, command), (seen, unit), &act)
                        .map_err(|error| StoreError::Unfit(error.to_string()))?;
                }
                Ok::<_, StoreError>(())
            })?;
        }
        Ok(())
    }
}
