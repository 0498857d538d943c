//! Rows of plans, derived from their events. The files of a proposal stay in the event; a row says
//! which event it is.

use std::collections::BTreeMap;

use domain::event::{Event, Fact};
use domain::ids::{EventId, PlanId, UnitId};
use domain::plan::{
    AnswerKind, Cells, PlanAdopted, PlanAlertAnswered, PlanAlertSettled, PlanAnswered, PlanChangeDecided,
    PlanChangeRequested, PlanOpened, PlanProposed, PlanRequested, PlanSigned, Terms,
};
use jiff::civil::Date;

use super::people::day;
use super::{Connection, Row, StoreError, Value};

/// A plan's own row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    /// Identity.
    pub id: PlanId,
    /// The unit that makes it.
    pub unit: UnitId,
    /// The calendar year.
    pub year: i16,
    /// The day it was opened.
    pub opened_on: Date,
    /// What was settled then.
    pub terms: Terms,
    /// The latest round; 0 while branches ask.
    pub round: i64,
    /// The day of adoption.
    pub adopted_on: Option<Date>,
    /// Number of its events.
    pub version: i64,
}

/// A branch's latest request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    /// The branch.
    pub unit: UnitId,
    /// People asked for.
    pub n: i64,
    /// Of them, by cell.
    pub cells: Cells,
    /// People ready, as counted then.
    pub n_ready: i64,
    /// Why so many.
    pub reason: String,
    /// The day.
    pub asked_on: Date,
    /// After the last day.
    pub is_late: bool,
}

/// A proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundRow {
    /// Which.
    pub round: i64,
    /// The event that holds question and answer.
    pub event: EventId,
    /// The day.
    pub proposed_on: Date,
    /// Digest of the answer.
    pub certificate_sha256: String,
    /// Everyone by cell.
    pub cells: Cells,
}

/// A unit's number in a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShareRow {
    /// The round.
    pub(crate) round: i64,
    /// The unit.
    pub(crate) unit: UnitId,
    /// Members on the day of counting.
    pub(crate) n_stock: i64,
    /// People ready within the year.
    pub(crate) n_ready: i64,
    /// People asked for.
    pub(crate) n_asked: i64,
    /// Places.
    pub(crate) n: i64,
    /// Why, where it was settled by hand.
    pub(crate) reason: Option<String>,
}

/// A unit's answer to a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    /// The round.
    pub round: i64,
    /// The unit.
    pub unit: UnitId,
    /// What it says.
    pub kind: AnswerKind,
    /// The number it asks for instead.
    pub n: Option<i64>,
    /// Why.
    pub reason: String,
    /// The day.
    pub answered_on: Date,
    /// After the last day.
    pub is_late: bool,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureRow {
    /// The round.
    pub round: i64,
    /// Who; the plan's own unit for the office.
    pub unit: UnitId,
    /// The day.
    pub signed_on: Date,
    /// After the last day.
    pub is_late: bool,
}

/// A change asked of the adopted plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// Number within the plan.
    pub number: i64,
    /// The branch.
    pub unit: UnitId,
    /// The one that gives or takes the difference.
    pub other: Option<UnitId>,
    /// Places when it was asked.
    pub before: i64,
    /// Places as they should be.
    pub after: i64,
    /// Why.
    pub reason: String,
    /// The day.
    pub asked_on: Date,
    /// The decision: its day, whether granted, why.
    pub decision: Option<(Date, bool, String)>,
}

/// What became of an anomaly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow {
    /// Where.
    pub unit: UnitId,
    /// Which.
    pub alert: String,
    /// The unit's reason, with its day.
    pub answer: Option<(Date, String)>,
    /// Its end: the day, whether taken up, why.
    pub settled: Option<(Date, bool, String)>,
}

const PLAN: &str = "id, unit_id, year, opened_on, terms, round, adopted_on, version";

/// A plan by its id.
pub(crate) fn plan(connection: &mut Connection, id: PlanId) -> Result<Option<PlanRow>, StoreError> {
    let rows = connection.query(&format!("SELECT {PLAN} FROM plan WHERE id = $1"), &[id.0.into()])?;
    rows.first().map(read_plan).transpose()
}

/// The plans of a unit, the latest year first.
pub(crate) fn of_unit(connection: &mut Connection, unit: UnitId) -> Result<Vec<PlanRow>, StoreError> {
    let sql = format!("SELECT {PLAN} FROM plan WHERE unit_id = $1 ORDER BY year DESC");
    connection.query(&sql, &[unit.0.into()])?.iter().map(read_plan).collect()
}

/// A free identity for a new plan.
pub(crate) fn free(connection: &mut Connection) -> Result<i64, StoreError> {
    let rows = connection.query("SELECT MAX(id) FROM plan", &[])?;
    Ok(rows.first().map(|row| row.optional_int(0)).transpose()?.flatten().unwrap_or(0) + 1)
}

fn read_plan(row: &Row) -> Result<PlanRow, StoreError> {
    Ok(PlanRow {
        id: PlanId(row.int(0)?),
        unit: UnitId(row.int(1)?),
        year: i16::try_from(row.int(2)?).map_err(|_| damaged("a year"))?,
        opened_on: must(day(row, 3)?)?,
        terms: serde_json::from_str(row.text(4)?).map_err(|error| damaged(&error.to_string()))?,
        round: row.int(5)?,
        adopted_on: day(row, 6)?,
        version: row.int(7)?,
    })
}

/// Number of events about plans in the books of a unit.
pub(crate) fn n_events(connection: &mut Connection, unit: UnitId) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM event WHERE unit_id = $1 AND person_id IS NULL AND kind LIKE 'plan.%'";
    connection.query(sql, &[unit.0.into()])?.first().map_or(Ok(0), |row| row.int(0))
}

const REQUEST: &str = "unit_id, n, cells, n_ready, reason, asked_on, is_late";

/// The latest requests of a plan's branches.
pub(crate) fn requests(connection: &mut Connection, plan: &PlanRow) -> Result<Vec<RequestRow>, StoreError> {
    let sql =
        format!("SELECT {REQUEST} FROM plan_request WHERE root_id = $1 AND plan_id = $2 ORDER BY unit_id");
    connection.query(&sql, &key(plan))?.iter().map(read_request).collect()
}

/// The latest request of a branch.
pub(crate) fn request_of(
    connection: &mut Connection,
    plan: &PlanRow,
    unit: UnitId,
) -> Result<Option<RequestRow>, StoreError> {
    let sql =
        format!("SELECT {REQUEST} FROM plan_request WHERE root_id = $1 AND plan_id = $2 AND unit_id = $3");
    let values = [plan.unit.0.into(), plan.id.0.into(), unit.0.into()];
    connection.query(&sql, &values)?.first().map(read_request).transpose()
}

fn read_request(row: &Row) -> Result<RequestRow, StoreError> {
    Ok(RequestRow {
        unit: UnitId(row.int(0)?),
        n: row.int(1)?,
        cells: cells(row.text(2)?)?,
        n_ready: row.int(3)?,
        reason: row.text(4)?.to_owned(),
        asked_on: must(day(row, 5)?)?,
        is_late: row.int(6)? != 0,
    })
}

/// The proposals of a plan, the first one first.
pub(crate) fn rounds(connection: &mut Connection, plan: &PlanRow) -> Result<Vec<RoundRow>, StoreError> {
    let rows = connection.query(
        "SELECT round, event_id, proposed_on, certificate_sha256, cells FROM plan_round
         WHERE root_id = $1 AND plan_id = $2 ORDER BY round",
        &key(plan),
    )?;
    let read = |row: &Row| {
        Ok(RoundRow {
            round: row.int(0)?,
            event: row.text(1)?.parse().map_err(|_| damaged("an event"))?,
            proposed_on: must(day(row, 2)?)?,
            certificate_sha256: row.text(3)?.to_owned(),
            cells: cells(row.text(4)?)?,
        })
    };
    rows.iter().map(read).collect()
}

/// The numbers of some units in every round.
pub(crate) fn shares(
    connection: &mut Connection,
    plan: &PlanRow,
    units: &[UnitId],
) -> Result<Vec<ShareRow>, StoreError> {
    if units.is_empty() {
        return Ok(Vec::new());
    }
    let list = units.iter().map(UnitId::to_string).collect::<Vec<_>>().join(", ");
    let rows = connection.query(
        &format!(
            "SELECT round, unit_id, n_stock, n_ready, n_asked, n, reason FROM plan_share
             WHERE root_id = $1 AND plan_id = $2 AND unit_id IN ({list}) ORDER BY round, unit_id"
        ),
        &key(plan),
    )?;
    let read = |row: &Row| {
        Ok(ShareRow {
            round: row.int(0)?,
            unit: UnitId(row.int(1)?),
            n_stock: row.int(2)?,
            n_ready: row.int(3)?,
            n_asked: row.int(4)?,
            n: row.int(5)?,
            reason: row.optional_text(6)?.map(str::to_owned),
        })
    };
    rows.iter().map(read).collect()
}

/// The latest answer of each unit to each round.
pub(crate) fn answers(connection: &mut Connection, plan: &PlanRow) -> Result<Vec<AnswerRow>, StoreError> {
    let rows = connection.query(
        "SELECT round, unit_id, kind, n, reason, answered_on, is_late FROM plan_answer
         WHERE root_id = $1 AND plan_id = $2 ORDER BY round, unit_id",
        &key(plan),
    )?;
    let read = |row: &Row| {
        Ok(AnswerRow {
            round: row.int(0)?,
            unit: UnitId(row.int(1)?),
            kind: AnswerKind::from_code(row.int(2)?).ok_or_else(|| damaged("an answer"))?,
            n: row.optional_int(3)?,
            reason: row.text(4)?.to_owned(),
            answered_on: must(day(row, 5)?)?,
            is_late: row.int(6)? != 0,
        })
    };
    rows.iter().map(read).collect()
}

/// Every signature.
pub(crate) fn signatures(
    connection: &mut Connection,
    plan: &PlanRow,
) -> Result<Vec<SignatureRow>, StoreError> {
    let rows = connection.query(
        "SELECT round, unit_id, signed_on, is_late FROM plan_signature
         WHERE root_id = $1 AND plan_id = $2 ORDER BY round, unit_id",
        &key(plan),
    )?;
    let read = |row: &Row| {
        Ok(SignatureRow {
            round: row.int(0)?,
            unit: UnitId(row.int(1)?),
            signed_on: must(day(row, 2)?)?,
            is_late: row.int(3)? != 0,
        })
    };
    rows.iter().map(read).collect()
}

/// Places as adopted and as they stand, by unit; empty before adoption.
pub(crate) fn quotas(
    connection: &mut Connection,
    plan: &PlanRow,
) -> Result<BTreeMap<UnitId, (i64, i64)>, StoreError> {
    let rows = connection.query(
        "SELECT unit_id, n_adopted, n FROM plan_quota WHERE root_id = $1 AND plan_id = $2 ORDER BY unit_id",
        &key(plan),
    )?;
    rows.iter().map(|row| Ok((UnitId(row.int(0)?), (row.int(1)?, row.int(2)?)))).collect()
}

/// Changes asked of the adopted plan, the first one first.
pub(crate) fn changes(connection: &mut Connection, plan: &PlanRow) -> Result<Vec<ChangeRow>, StoreError> {
    let rows = connection.query(
        "SELECT number, unit_id, other_id, n_before, n_after, reason, asked_on, decided_on, is_granted, decision
         FROM plan_change WHERE root_id = $1 AND plan_id = $2 ORDER BY number",
        &key(plan),
    )?;
    let read = |row: &Row| {
        let decision = match (day(row, 7)?, row.optional_int(8)?, row.optional_text(9)?) {
            (Some(on), Some(is_granted), Some(reason)) => Some((on, is_granted != 0, reason.to_owned())),
            _ => None,
        };
        Ok(ChangeRow {
            number: row.int(0)?,
            unit: UnitId(row.int(1)?),
            other: row.optional_int(2)?.map(UnitId),
            before: row.int(3)?,
            after: row.int(4)?,
            reason: row.text(5)?.to_owned(),
            asked_on: must(day(row, 6)?)?,
            decision,
        })
    };
    rows.iter().map(read).collect()
}

/// What became of the anomalies of a plan.
pub(crate) fn alerts(connection: &mut Connection, plan: &PlanRow) -> Result<Vec<AlertRow>, StoreError> {
    let rows = connection.query(
        "SELECT unit_id, alert, answer, answered_on, is_escalated, reason, settled_on FROM plan_alert
         WHERE root_id = $1 AND plan_id = $2 ORDER BY unit_id, alert",
        &key(plan),
    )?;
    let read = |row: &Row| {
        let answer = day(row, 3)?.zip(row.optional_text(2)?.map(str::to_owned));
        let settled = match (day(row, 6)?, row.optional_int(4)?, row.optional_text(5)?) {
            (Some(on), Some(is_escalated), Some(reason)) => Some((on, is_escalated != 0, reason.to_owned())),
            _ => None,
        };
        Ok(AlertRow { unit: UnitId(row.int(0)?), alert: row.text(1)?.to_owned(), answer, settled })
    };
    rows.iter().map(read).collect()
}

fn key(plan: &PlanRow) -> [Value; 2] {
    [plan.unit.0.into(), plan.id.0.into()]
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("a plan: {what}"))
}

fn must(day: Option<Date>) -> Result<Date, StoreError> {
    day.ok_or_else(|| damaged("a day is missing"))
}

fn cells(text: &str) -> Result<Cells, StoreError> {
    serde_json::from_str(text).map_err(|error| damaged(&error.to_string()))
}

fn json(value: &impl serde::Serialize) -> Result<Value, StoreError> {
    serde_json::to_string(value).map(Value::from).map_err(|error| damaged(&error.to_string()))
}

/// Derives the rows of a fact about a plan; `event` is its identity.
#[expect(clippy::wildcard_enum_match_arm, reason = "`views` hands over only what is about a plan")]
pub(crate) fn apply(connection: &mut Connection, event: EventId, fact: &Fact) -> Result<(), StoreError> {
    let on = fact.occurred_on.to_string();
    let id = match &fact.event {
        Event::PlanOpened(opened) => return open(connection, fact, opened),
        Event::PlanRequested(it) => it.plan,
        Event::PlanProposed(it) => it.plan,
        Event::PlanAnswered(it) => it.plan,
        Event::PlanSigned(it) => it.plan,
        Event::PlanAdopted(it) => it.plan,
        Event::PlanChangeRequested(it) => it.plan,
        Event::PlanChangeDecided(it) => it.plan,
        Event::PlanAlertAnswered(it) => it.plan,
        Event::PlanAlertSettled(it) => it.plan,
        other => return Err(StoreError::Unfit(format!("`{}` is not about a plan", other.kind()))),
    };
    let rows = connection.query("SELECT root_id FROM plan WHERE id = $1", &[id.0.into()])?;
    let root = rows.first().ok_or(StoreError::Missing)?.int(0)?;
    let place = Place { root, plan: id.0, unit: fact.unit.0, on };
    match &fact.event {
        Event::PlanRequested(requested) => request(connection, &place, requested)?,
        Event::PlanProposed(proposed) => propose(connection, &place, event, proposed)?,
        Event::PlanAnswered(answered) => answer(connection, &place, answered)?,
        Event::PlanSigned(signed) => sign(connection, &place, signed)?,
        Event::PlanAdopted(adopted) => adopt(connection, &place, adopted)?,
        Event::PlanChangeRequested(requested) => ask_change(connection, &place, requested)?,
        Event::PlanChangeDecided(decided) => decide_change(connection, &place, decided)?,
        Event::PlanAlertAnswered(answered) => answer_alert(connection, &place, answered)?,
        Event::PlanAlertSettled(settled) => settle_alert(connection, &place, settled)?,
        _ => {}
    }
    let values = [root.into(), id.0.into()];
    connection.execute("UPDATE plan SET version = version + 1 WHERE root_id = $1 AND id = $2", &values)?;
    Ok(())
}

/// Where the rows of a fact go, and its day.
struct Place {
    root: i64,
    plan: i64,
    unit: i64,
    on: String,
}

impl Place {
    /// Root and plan, what stands before the unit, the unit, and what follows it.
    fn row<const N: usize, const M: usize>(&self, before: [Value; N], after: [Value; M]) -> Vec<Value> {
        let head = [self.root.into(), self.plan.into()].into_iter().chain(before);
        head.chain([self.unit.into()]).chain(after).collect()
    }

    /// Makes the row of an alert, if there is none.
    fn alert(&self, connection: &mut Connection, alert: &str) -> Result<(), StoreError> {
        connection.execute(
            "INSERT INTO plan_alert (root_id, plan_id, unit_id, alert) VALUES ($1, $2, $3, $4)
             ON CONFLICT (root_id, plan_id, unit_id, alert) DO NOTHING",
            &self.row([], [alert.into()]),
        )?;
        Ok(())
    }
}

fn open(connection: &mut Connection, fact: &Fact, opened: &PlanOpened) -> Result<(), StoreError> {
    let row = [
        fact.unit.0.into(),
        opened.plan.0.into(),
        fact.unit.0.into(),
        i64::from(opened.year).into(),
        fact.occurred_on.to_string().into(),
        json(&opened.terms)?,
    ];
    connection.execute(
        "INSERT INTO plan (root_id, id, unit_id, year, opened_on, terms, round, adopted_on, version)
         VALUES ($1, $2, $3, $4, $5, $6, 0, NULL, 1)",
        &row,
    )?;
    Ok(())
}

fn request(connection: &mut Connection, place: &Place, it: &PlanRequested) -> Result<(), StoreError> {
    let values = [
        it.n.into(),
        json(&it.cells)?,
        it.n_ready.into(),
        it.reason.as_str().into(),
        place.on.as_str().into(),
        i64::from(it.is_late).into(),
    ];
    connection.execute(
        "INSERT INTO plan_request (root_id, plan_id, unit_id, n, cells, n_ready, reason, asked_on, is_late)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (root_id, plan_id, unit_id) DO UPDATE SET n = excluded.n, cells = excluded.cells,
         n_ready = excluded.n_ready, reason = excluded.reason, asked_on = excluded.asked_on,
         is_late = excluded.is_late",
        &place.row([], values),
    )?;
    Ok(())
}

fn propose(
    connection: &mut Connection,
    place: &Place,
    event: EventId,
    it: &PlanProposed,
) -> Result<(), StoreError> {
    let reasons: BTreeMap<UnitId, &str> =
        it.settled.iter().map(|settled| (settled.unit, settled.reason.as_str())).collect();
    let (root, plan): (Value, Value) = (place.root.into(), place.plan.into());
    connection.execute(
        "INSERT INTO plan_round (root_id, plan_id, round, event_id, proposed_on, certificate_sha256, cells)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            root.clone(),
            plan.clone(),
            it.round.into(),
            event.to_string().into(),
            place.on.as_str().into(),
            it.certificate_sha256.as_str().into(),
            json(&it.cells)?,
        ],
    )?;
    for share in &it.shares {
        let reason = reasons.get(&share.unit).map(|reason| (*reason).to_owned());
        connection.execute(
            "INSERT INTO plan_share (root_id, plan_id, round, unit_id, n_stock, n_ready, n_asked, n, reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[
                root.clone(),
                plan.clone(),
                it.round.into(),
                share.unit.0.into(),
                share.n_stock.into(),
                share.n_ready.into(),
                share.n_asked.into(),
                share.n.into(),
                reason.into(),
            ],
        )?;
    }
    let values = [it.round.into(), root, plan];
    connection.execute("UPDATE plan SET round = $1 WHERE root_id = $2 AND id = $3", &values)?;
    Ok(())
}

fn answer(connection: &mut Connection, place: &Place, it: &PlanAnswered) -> Result<(), StoreError> {
    let values = [
        it.answer.code().into(),
        it.n.into(),
        it.reason.as_str().into(),
        place.on.as_str().into(),
        i64::from(it.is_late).into(),
    ];
    connection.execute(
        "INSERT INTO plan_answer (root_id, plan_id, round, unit_id, kind, n, reason, answered_on, is_late)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (root_id, plan_id, round, unit_id) DO UPDATE SET kind = excluded.kind, n = excluded.n,
         reason = excluded.reason, answered_on = excluded.answered_on, is_late = excluded.is_late",
        &place.row([it.round.into()], values),
    )?;
    Ok(())
}

fn ask_change(
    connection: &mut Connection,
    place: &Place,
    it: &PlanChangeRequested,
) -> Result<(), StoreError> {
    let values = [
        it.other.map(|other| other.0).into(),
        it.from.into(),
        it.to.into(),
        it.reason.as_str().into(),
        place.on.as_str().into(),
    ];
    connection.execute(
        "INSERT INTO plan_change (root_id, plan_id, number, unit_id, other_id, n_before, n_after, reason, asked_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &place.row([it.number.into()], values),
    )?;
    Ok(())
}

fn decide_change(
    connection: &mut Connection,
    place: &Place,
    it: &PlanChangeDecided,
) -> Result<(), StoreError> {
    let values = [
        place.on.as_str().into(),
        i64::from(it.is_granted).into(),
        it.reason.as_str().into(),
        place.root.into(),
        place.plan.into(),
        it.number.into(),
    ];
    connection.execute(
        "UPDATE plan_change SET decided_on = $1, is_granted = $2, decision = $3
         WHERE root_id = $4 AND plan_id = $5 AND number = $6",
        &values,
    )?;
    for quota in &it.quotas {
        connection.execute(
            "INSERT INTO plan_quota (root_id, plan_id, unit_id, n_adopted, n) VALUES ($1, $2, $3, 0, $4)
             ON CONFLICT (root_id, plan_id, unit_id) DO UPDATE SET n = excluded.n",
            &[place.root.into(), place.plan.into(), quota.unit.0.into(), quota.n.into()],
        )?;
    }
    Ok(())
}

fn sign(connection: &mut Connection, place: &Place, it: &PlanSigned) -> Result<(), StoreError> {
    let after = [place.on.as_str().into(), i64::from(it.is_late).into()];
    connection.execute(
        "INSERT INTO plan_signature (root_id, plan_id, round, unit_id, signed_on, is_late)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &place.row([it.round.into()], after),
    )?;
    Ok(())
}

fn adopt(connection: &mut Connection, place: &Place, it: &PlanAdopted) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO plan_quota (root_id, plan_id, unit_id, n_adopted, n)
         SELECT root_id, plan_id, unit_id, n, n FROM plan_share
         WHERE root_id = $1 AND plan_id = $2 AND round = $3",
        &[place.root.into(), place.plan.into(), it.round.into()],
    )?;
    let values = [place.on.as_str().into(), place.root.into(), place.plan.into()];
    connection.execute("UPDATE plan SET adopted_on = $1 WHERE root_id = $2 AND id = $3", &values)?;
    Ok(())
}

fn answer_alert(
    connection: &mut Connection,
    place: &Place,
    it: &PlanAlertAnswered,
) -> Result<(), StoreError> {
    place.alert(connection, &it.alert)?;
    let after = [it.alert.as_str().into(), it.answer.as_str().into(), place.on.as_str().into()];
    connection.execute(
        "UPDATE plan_alert SET answer = $5, answered_on = $6
         WHERE root_id = $1 AND plan_id = $2 AND unit_id = $3 AND alert = $4",
        &place.row([], after),
    )?;
    Ok(())
}

fn settle_alert(connection: &mut Connection, place: &Place, it: &PlanAlertSettled) -> Result<(), StoreError> {
    place.alert(connection, &it.alert)?;
    let after = [
        it.alert.as_str().into(),
        i64::from(it.is_escalated).into(),
        it.reason.as_str().into(),
        place.on.as_str().into(),
    ];
    connection.execute(
        "UPDATE plan_alert SET is_escalated = $5, reason = $6, settled_on = $7
         WHERE root_id = $1 AND plan_id = $2 AND unit_id = $3 AND alert = $4",
        &place.row([], after),
    )?;
    Ok(())
}
