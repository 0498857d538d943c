use jiff::civil::date;

use super::*;
use crate::dates::Instant;
use crate::event::Event;
use crate::unit::{Sector, UnitKind};

const CITY: UnitId = UnitId(10);
const COUNTY: UnitId = UnitId(20);
const BRANCH: UnitId = UnitId(40);

fn unit(id: UnitId, kind: UnitKind) -> Unit {
    Unit {
        id,
        root: CITY,
        parent: None,
        kind,
        sector: Sector::Village,
        code: id.to_string(),
        name: Text::new(format!("单位{id}"), format!("Unit {id}")),
        is_open: true,
        pre: 0,
        post: 0,
        depth: 0,
        version: 1,
    }
}

fn terms() -> Terms {
    let share = |attribute: &str, permille| ShareTarget {
        attribute: attribute.to_owned(),
        permille_as_written: permille,
        permille,
        is_strict: false,
        penalty: 400,
    };
    Terms {
        intake_as_written: Some(30),
        intake: 20,
        reason: "按党员数的2.8%".to_owned(),
        tolerance_permille: 100,
        shares: vec![share("young", 700), share("educated", 850), share("women", 260)],
        weights: settings().start.weights,
        ask_by: date(2003, 1, 17),
        answer_by: date(2003, 2, 21),
        sign_by: date(2003, 2, 28),
    }
}

fn place(id: UnitId, kind: UnitKind, above: &[UnitId]) -> Place {
    let ready = Cells::from([("young_educated_women".to_owned(), 2), ("other".to_owned(), 3)]);
    let unit = unit(id, kind);
    Place { unit, above: above.to_vec(), ready, n_used: 0, n: Some(2), asked: None, n_pending: 0 }
}

fn branch(id: i64) -> Place {
    place(UnitId(id), UnitKind::Branch, &[COUNTY, CITY])
}

fn ground(today: Date, here: Place) -> Ground {
    let party = Party {
        unit: COUNTY,
        name: Text::new("柳塘区", "Liutang"),
        n_requests: 3,
        answer: Some(AnswerKind::Accept),
        is_signed: true,
    };
    let plan = Plan {
        id: PlanId(1),
        unit: CITY,
        year: 2003,
        terms: terms(),
        round: 1,
        adopted_on: None,
        parties: vec![party],
        is_signed: true,
        version: 5,
    };
    Ground { plan: Some(plan), here: Some(here), ..Ground::at(Moment { at: Instant(0), today }) }
}

/// Ids of what refuses, and of what is only noted.
fn found(act: &Act, ground: &Ground) -> (Vec<String>, Vec<String>) {
    let ids = |findings: &[crate::finding::Finding]| findings.iter().map(|f| f.rule.clone()).collect();
    let considered = consider(act, ground);
    (ids(&considered.refusing), ids(&considered.noted))
}

fn refused(act: &Act, ground: &Ground) -> Vec<String> {
    found(act, ground).0
}

fn ask(n: i64, cells: &[(&str, i64)]) -> Act {
    let cells = cells.iter().map(|(cell, n)| ((*cell).to_owned(), *n)).collect();
    Act::Ask(Request { n, cells, reason: "培养对象已成熟".to_owned() })
}

const IN_TIME: Date = date(2003, 1, 10);
const LATER: Date = date(2003, 3, 3);

#[test]
fn nobody_asks_above_the_people_who_are_ready() {
    let ground = ground(IN_TIME, branch(40));
    assert!(refused(&ask(5, &[("young_educated_women", 2)]), &ground).is_empty());
    assert_eq!(refused(&ask(6, &[]), &ground), ["L03.not_ready"]);
    assert_eq!(refused(&ask(-1, &[]), &ground), ["L03.negative"]);
    assert_eq!(refused(&ask(5, &[("young_educated_women", 3)]), &ground), ["L03.cell_not_ready"]);
    assert_eq!(refused(&ask(1, &[("other", 2)]), &ground), ["L03.cell_sum"]);
    assert_eq!(refused(&ask(1, &[("tall", 1)]), &ground), ["L03.cell"]);
    let county = self::ground(IN_TIME, place(COUNTY, UnitKind::County, &[CITY]));
    assert_eq!(refused(&ask(1, &[]), &county), ["L03.branch"]);
    let stranger = self::ground(IN_TIME, place(BRANCH, UnitKind::Branch, &[UnitId(99)]));
    assert_eq!(refused(&ask(1, &[]), &stranger), ["L01.outside"]);
}

#[test]
fn a_late_request_is_taken_and_marked() {
    let act = ask(2, &[]);
    assert_eq!(found(&act, &ground(date(2003, 1, 17), branch(40))), (vec![], vec![]));
    let late = ground(date(2003, 1, 18), branch(40));
    assert_eq!(found(&act, &late), (vec![], vec!["L01.late".to_owned()]));
    let facts = decide(&act, &late).unwrap();
    assert!(matches!(&facts[0].event, Event::PlanRequested(it) if it.is_late && it.n_ready == 5));
}

#[test]
fn a_plan_is_opened_once_by_a_territorial_committee_with_reasons() {
    let now = Moment { at: Instant(0), today: date(2003, 1, 6) };
    let opening = |kind, is_taken| Ground { opening: Some((unit(CITY, kind), is_taken)), ..Ground::at(now) };
    let ground = opening(UnitKind::City, false);
    assert!(refused(&Act::Open(2003, terms()), &ground).is_empty());
    assert_eq!(refused(&Act::Open(2003, terms()), &opening(UnitKind::City, true)), ["L02.taken"]);
    assert_eq!(refused(&Act::Open(2003, terms()), &opening(UnitKind::Town, false)), ["L02.maker"]);
    assert_eq!(refused(&Act::Open(2001, terms()), &ground), ["L02.year"]);
    let wrong = Terms {
        intake: 0,
        reason: " ".to_owned(),
        tolerance_permille: 1001,
        answer_by: date(2003, 1, 5),
        ..terms()
    };
    let all = ["L02.intake", "L02.tolerance", "L02.difference", "L02.deadlines"];
    assert_eq!(refused(&Act::Open(2003, wrong), &ground), all);
}

fn proposal(n_county: i64, n_branch: i64) -> Proposal {
    let share = |unit, n| Allotted { unit, n_stock: 20, n_ready: 5, n_asked: 2, n };
    Proposal {
        shares: vec![share(CITY, 3), share(COUNTY, n_county), share(BRANCH, n_branch)],
        parents: BTreeMap::from([(COUNTY, CITY), (BRANCH, COUNTY)]),
        cells: Cells::new(),
        settled: Vec::new(),
        is_solved: true,
        n_faults: 0,
        instance: ("aa".to_owned(), "{}".to_owned()),
        certificate: ("bb".to_owned(), "{}".to_owned()),
    }
}

#[test]
fn a_proposal_adds_up_has_its_certificate_and_comes_after_the_requests() {
    let propose = |proposal: Proposal, ground: &Ground| refused(&Act::Propose(Box::new(proposal)), ground);
    let here = place(CITY, UnitKind::City, &[]);
    let mut ground = ground(IN_TIME, here);
    assert!(propose(proposal(3, 3), &ground).is_empty());
    assert_eq!(propose(proposal(3, 2), &ground), ["L04.sum"]);
    assert_eq!(propose(proposal(6, 6), &ground), ["L04.above_ready", "L04.above_ready", "L04.sum"]);
    let faulty = Proposal { n_faults: 2, is_solved: false, ..proposal(3, 3) };
    assert_eq!(propose(faulty, &ground), ["L04.infeasible", "L04.certificate"]);
    let settled = Settled { unit: COUNTY, n: 3, reason: String::new() };
    let unreasoned = Proposal { settled: vec![settled], ..proposal(3, 3) };
    assert_eq!(propose(unreasoned, &ground), ["L04.settled_reason"]);
    let plan = ground.plan.as_mut().unwrap();
    plan.parties.push(Party { n_requests: 0, unit: UnitId(21), ..plan.parties[0].clone() });
    assert_eq!(propose(proposal(3, 3), &ground), ["L04.still_asking"]);
    ground.now.today = LATER;
    assert!(propose(proposal(3, 3), &ground).is_empty());
    ground.plan.as_mut().unwrap().parties.iter_mut().for_each(|party| party.n_requests = 0);
    assert_eq!(propose(proposal(3, 3), &ground), ["L04.nobody_asked"]);
}

#[test]
fn an_objection_has_a_reason_and_another_number_is_lawful() {
    let answer = |kind, n, reason: &str| Act::Answer(Answer { kind, n, reason: reason.to_owned() });
    let mut ground = ground(IN_TIME, place(COUNTY, UnitKind::County, &[CITY]));
    assert!(refused(&answer(AnswerKind::Accept, None, ""), &ground).is_empty());
    assert_eq!(refused(&answer(AnswerKind::Object, None, ""), &ground), ["L01.reason"]);
    assert_eq!(refused(&answer(AnswerKind::Counter, None, ""), &ground), ["L01.reason", "L05.number"]);
    assert_eq!(refused(&answer(AnswerKind::Counter, Some(6), "因"), &ground), ["L03.not_ready"]);
    assert_eq!(refused(&answer(AnswerKind::Counter, Some(2), "因"), &ground), ["L05.same"]);
    assert!(refused(&answer(AnswerKind::Counter, Some(4), "因"), &ground).is_empty());
    ground.plan.as_mut().unwrap().round = 0;
    assert_eq!(refused(&answer(AnswerKind::Accept, None, ""), &ground), ["L05.no_round"]);
}

#[test]
fn nothing_is_adopted_without_both_passes_and_both_signatures() {
    let mut ground = ground(IN_TIME, place(CITY, UnitKind::City, &[]));
    assert!(refused(&Act::Adopt, &ground).is_empty());
    let plan = ground.plan.as_mut().unwrap();
    plan.is_signed = false;
    plan.parties[0].is_signed = false;
    plan.parties[0].n_requests = 0;
    assert_eq!(refused(&Act::Adopt, &ground), ["L07.pass", "L07.unsigned", "L07.office"]);
    assert!(refused(&Act::Sign, &ground).is_empty(), "the office signs for itself");
    let mut county = self::ground(IN_TIME, place(COUNTY, UnitKind::County, &[CITY]));
    assert_eq!(refused(&Act::Sign, &county), ["L06.twice"]);
    let party = &mut county.plan.as_mut().unwrap().parties[0];
    (party.is_signed, party.answer) = (false, Some(AnswerKind::Counter));
    assert_eq!(refused(&Act::Sign, &county), ["L06.not_accepted"]);
    assert_eq!(refused(&Act::Sign, &self::ground(IN_TIME, branch(40))), ["L06.party"]);
}

fn adopted(here: Place) -> Ground {
    let mut ground = ground(LATER, here);
    ground.plan.as_mut().unwrap().adopted_on = Some(date(2003, 2, 28));
    ground.quotas = BTreeMap::from([(CITY, 20), (COUNTY, 9), (BRANCH, 2), (UnitId(41), 2)]);
    ground
}

fn change(to: i64, other: Option<i64>) -> Act {
    let reason = "增加一名成熟对象".to_owned();
    Act::AskChange(ChangeRequest { to, other: other.map(UnitId), reason })
}

#[test]
fn an_adopted_plan_is_changed_by_requests_only() {
    assert_eq!(refused(&ask(2, &[]), &adopted(branch(40))), ["L01.adopted"]);
    assert_eq!(refused(&change(3, None), &ground(LATER, branch(40))), ["L08.not_adopted", "L08.band"]);
    let mut ground = adopted(branch(40));
    assert!(refused(&change(3, None), &ground).is_empty());
    assert_eq!(refused(&change(2, None), &ground), ["L08.same"]);
    assert_eq!(refused(&change(5, None), &ground), ["L08.band"], "20 ± 10 % ends at 22");
    ground.there = Some(branch(41));
    assert!(refused(&change(4, Some(41)), &ground).is_empty());
    ground.there.as_mut().unwrap().n_used = 1;
    assert_eq!(refused(&change(4, Some(41)), &ground), ["L08.other_used"]);
    ground.here.as_mut().unwrap().n_used = 2;
    assert_eq!(refused(&change(1, Some(41)), &ground), ["L08.used"]);
    ground.here.as_mut().unwrap().n_pending = 1;
    assert_eq!(refused(&change(3, Some(41)), &ground), ["L08.pending"]);
}

#[test]
fn a_granted_change_keeps_every_sum() {
    let mut ground = adopted(branch(40));
    let decision =
        Act::DecideChange(ChangeDecision { number: 1, is_granted: true, reason: "同意".to_owned() });
    assert_eq!(refused(&decision, &ground), ["L09.unknown"]);
    ground.pending = Some(Pending { number: 1, to: 3, other: None, is_decided: false });
    let quotas = |ground: &Ground| {
        let facts = decide(&decision, ground).unwrap();
        let Event::PlanChangeDecided(it) = &facts[0].event else { panic!("{facts:?}") };
        it.quotas.iter().map(|quota| (quota.unit.0, quota.n)).collect::<Vec<(i64, i64)>>()
    };
    let changed: Vec<(i64, i64)> = quotas(&ground);
    assert_eq!(changed, [(10, 21), (20, 10), (40, 3)]);
    // With another branch of the same county nothing above them moves.
    ground.pending = Some(Pending { number: 1, to: 3, other: Some(UnitId(41)), is_decided: false });
    ground.there = Some(branch(41));
    let changed: Vec<(i64, i64)> = quotas(&ground);
    assert_eq!(changed, [(40, 3), (41, 1)]);
    ground.pending.as_mut().unwrap().is_decided = true;
    assert_eq!(refused(&decision, &ground), ["L09.decided"]);
}

fn year() -> UnitYear {
    UnitYear {
        unit: BRANCH,
        is_branch: true,
        quota: Some(2),
        months: [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        n_largest_day: 1,
        before: [1, 1, 1],
        last_admission_on: date(2003, 2, 10),
        last_activist_on: date(2002, 9, 1),
        n_files: 3,
        n_activists: 2,
        n_targets: 1,
    }
}

fn kinds(year: &UnitYear) -> Vec<String> {
    alerts(settings(), year, LATER).into_iter().map(|alert| alert.key).collect()
}

#[test]
fn anomalies_are_told_on_one_side_of_their_border_only() {
    assert!(kinds(&year()).is_empty());
    let mut it = year();
    it.months[1] = 3;
    assert_eq!(kinds(&it), ["outside_plan", "rush_year"]);
    it.quota = Some(3);
    it.before = [2, 2, 1];
    assert!(kinds(&it).is_empty(), "3 is not more than twice the mean of 5/3");
    it.months[1] = 4;
    it.quota = Some(7);
    assert_eq!(kinds(&it), ["rush_year", "rush_month:2", "swing"]);
    it.n_largest_day = 6;
    assert!(kinds(&it).contains(&"rush_meeting".to_owned()));
}

#[test]
fn a_drought_is_told_before_it_comes() {
    let since = |last_admission_on| UnitYear { last_admission_on, ..year() };
    assert!(kinds(&since(date(2001, 3, 4))).is_empty());
    assert_eq!(kinds(&since(date(2001, 3, 3))), ["drought_ahead"]);
    assert_eq!(kinds(&since(date(2000, 3, 4))), ["drought_ahead"]);
    assert_eq!(kinds(&since(date(2000, 3, 3))), ["drought"]);
    assert_eq!(kinds(&UnitYear { last_activist_on: date(2001, 3, 3), ..year() }), ["no_activist"]);
    assert_eq!(kinds(&UnitYear { n_files: 0, ..year() }), ["no_candidates"]);
}

#[test]
fn five_activists_to_one_target_are_watched_where_there_are_enough() {
    let of = |n_activists, n_targets| UnitYear { is_branch: false, n_activists, n_targets, ..year() };
    assert!(kinds(&of(0, 4)).is_empty());
    for (activists, is_told) in [(19, true), (20, false), (30, false), (31, true)] {
        assert_eq!(!kinds(&of(activists, 5)).is_empty(), is_told, "{activists}");
    }
}

#[test]
fn an_anomaly_is_closed_after_its_answer_or_taken_up_without_one() {
    let mut ground = ground(LATER, branch(40));
    let settle = |is_escalated| Act::SettleAlert("drought".to_owned(), is_escalated, "情况属实".to_owned());
    assert_eq!(refused(&settle(false), &ground), ["L10.unanswered"]);
    assert!(refused(&settle(true), &ground).is_empty());
    assert_eq!(refused(&Act::AnswerAlert("drought".to_owned(), String::new()), &ground), ["L01.reason"]);
    ground.alert = Some((true, false));
    assert!(refused(&settle(false), &ground).is_empty());
    ground.alert = Some((true, true));
    assert_eq!(refused(&settle(false), &ground), ["L10.settled"]);
}
