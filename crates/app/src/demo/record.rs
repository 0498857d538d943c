//! Writing the plan of the city into a store: facts in the order of the days on which they were
//! written down, as commands of a moderate size. Nothing here decides what happens.

use std::collections::HashMap;

use domain::case::Change;
use domain::dates::{Instant, Moment, days_between};
use domain::event::{Event, Fact};
use domain::ids::{EventId, UnitId};
use jiff::civil::Date;

use super::FIRST_UNIT;
use super::random::Random;
use crate::store::{Actor, CommandId, Store, StoreError};

/// Facts in one command; one command is one place in the record.
const PORTION: usize = 500;
/// Facts in one transaction.
const BATCH: usize = 4_000;

/// A name by which a later line speaks of an earlier one, before either has an identity.
pub(crate) type Mark = u64;

/// A fact with the day on which it is written down.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) written_on: Date,
    pub(crate) fact: Fact,
    /// The name of this line, if a later one speaks of it.
    pub(crate) mark: Option<Mark>,
    /// The line of which this one speaks.
    pub(crate) refers_to: Option<Mark>,
}

impl Line {
    /// A line that speaks of no other.
    pub(crate) fn new(written_on: Date, fact: Fact) -> Self {
        Line { written_on, fact, mark: None, refers_to: None }
    }
}

/// Nine in the morning at the site, and some seconds so that entries of one day have an order.
pub(crate) fn at(day: Date, second: i64) -> Moment {
    let days = days_between(Date::constant(1970, 1, 1), day);
    Moment { at: Instant(((days * 24 + 1) * 3600 + second) * 1000), today: day }
}

/// One command.
pub(crate) struct Portion {
    pub(crate) now: Moment,
    pub(crate) command: CommandId,
    pub(crate) facts: Vec<Fact>,
}

/// What is done in an interlude.
type Run<'a> = Box<dyn Fn(&Store) -> Result<(), StoreError> + 'a>;

/// Something that is done by the use cases at the end of a day, once its lines are written.
pub(crate) struct Interlude<'a> {
    pub(crate) day: Date,
    pub(crate) run: Run<'a>,
}

/// Writes lines that are in the order of their days, with the interludes between them; `progress` hears
/// how many lines of how many are done.
pub(crate) fn write(
    store: &Store,
    lines: Vec<Line>,
    interludes: Vec<Interlude<'_>>,
    seed: u64,
    progress: &dyn Fn(usize, usize),
) -> Result<(), StoreError> {
    let actor = Actor { account: None, role: None, unit: UnitId(FIRST_UNIT) };
    let (n, mut n_done) = (lines.len(), 0);
    let n_files = lines.iter().filter(|line| is_opening(&line.fact)).count();
    store.write(move |tx| {
        tx.cases.expect(n_files);
        Ok::<_, StoreError>(())
    })?;
    let mut portions = portions(lines, seed).into_iter().peekable();
    let mut interludes = interludes.into_iter().peekable();
    while let Some(day) = portions.peek().map(|portion| portion.now.today) {
        while let Some(interlude) = interludes.next_if(|interlude| interlude.day < day) {
            store.look_through(interlude.day)?;
            (interlude.run)(store)?;
        }
        let until = interludes.peek().map_or(Date::MAX, |interlude| interlude.day);
        let (mut batch, mut n_batch) = (Vec::new(), 0);
        while n_batch < BATCH
            && let Some(portion) = portions.next_if(|portion| portion.now.today <= until)
        {
            n_batch += portion.facts.len();
            batch.push(portion);
        }
        store.write(move |tx| {
            for Portion { now, command, facts } in batch {
                tx.append(actor, now, command, &facts)?;
            }
            Ok::<_, StoreError>(())
        })?;
        n_done += n_batch;
        progress(n_done, n);
    }
    interludes.try_for_each(|interlude| (interlude.run)(store))?;
    // The first page asks what is due on the day of the demonstration.
    store.look_through(super::DAY)
}

fn is_opening(fact: &Fact) -> bool {
    matches!(&fact.event, Event::Case(event) if matches!(event.change, Change::Opened(_)))
}

/// Cuts the lines into commands, gives events their identities and resolves what speaks of what.
pub(crate) fn portions(lines: Vec<Line>, seed: u64) -> Vec<Portion> {
    let mut random = Random::stream(seed, "commands");
    let mut known: HashMap<Mark, EventId> = HashMap::new();
    let mut portions: Vec<Portion> = Vec::new();
    for mut line in lines {
        let day = line.written_on;
        let needs_new =
            portions.last().is_none_or(|portion| portion.now.today != day || portion.facts.len() >= PORTION);
        if needs_new {
            let is_next = |portion: &&Portion| portion.now.today == day;
            let second = portions.iter().rev().take_while(is_next).count() as i64 + 1;
            portions.push(Portion { now: at(day, second), command: command(&mut random), facts: Vec::new() });
        }
        let Some(portion) = portions.last_mut() else { continue };
        if let Some(event) = line.refers_to.and_then(|mark| known.get(&mark)) {
            point(&mut line.fact, *event);
        }
        if let Some(mark) = line.mark {
            known.insert(mark, portion.command.event(portion.facts.len()));
        }
        portion.facts.push(line.fact);
    }
    portions
}

/// An identity that comes from the seed, so that one seed makes one record.
fn command(random: &mut Random) -> CommandId {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&random.next().to_be_bytes());
    id[8..].copy_from_slice(&random.next().to_be_bytes());
    CommandId(id)
}

/// Lets a fact speak of an event.
fn point(fact: &mut Fact, event: EventId) {
    let Event::Case(case_event) = &mut fact.event else { return };
    if let Change::NoticeClosed(closed) = &mut case_event.change {
        closed.notice = event;
    } else if let Change::Corrected(corrected) = &mut case_event.change {
        corrected.event = event;
    } else if let Change::Invalidated(invalidated) = &mut case_event.change {
        invalidated.event = event;
    }
}
