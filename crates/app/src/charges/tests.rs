use domain::charge::{
    Deduction, Grade, Measure, MeasureKind, Owner, Signing, TaskAnswer, Verdict, shipped_scheme,
};
use domain::event::{Fact, PostAssigned};
use domain::ids::{PersonId, PostId};
use domain::role::{Reach, Role};
use domain::unit::PostKind;

use super::*;
use crate::accounts::NewGrant;
use crate::store::tests::{ACTOR, Site, now, record, sites, small_city};

const COUNTY: UnitId = UnitId(20);
const OTHER: UnitId = UnitId(50);
const COMMITTEE: UnitId = UnitId(30);

/// The responsibility of a county, with somebody in post on both sides.
fn opened(site: &Site) -> ChargeId {
    small_city(site);
    let post = |post, unit, person| {
        let kind = PostKind::Secretary;
        let assigned = PostAssigned { post: PostId(post), kind, person: PersonId(person) };
        Fact::of_unit(UnitId(unit), date(2001, 3, 1), assigned)
    };
    record(site, 3, vec![post(7, 20, 100), post(8, 30, 101)]);
    let today = now(9).today;
    let terms = Terms {
        sign_by: date(today.year(), 12, 30),
        rate_by: date(today.year(), 12, 31),
        scheme: shipped_scheme(),
    };
    let open = || {
        let start = (today.year(), terms.clone(), vec![("一保".to_owned(), None)]);
        site.store.open_charge(ACTOR, now(9), CommandId([7; 16]), COUNTY, start).unwrap()
    };
    let charge = open();
    assert_eq!(charge, open(), "the same command again is the same charge");
    charge
}

fn act_as(site: &Site, actor: Actor, charge: ChargeId, act: Act) -> Result<Receipt, ActError> {
    let view = site.store.charge_view(charge, now(10).today)?;
    let seen = Seen { charge, version: version(&view.charge, &act) };
    site.store.act_on_charge(actor, now(10), CommandId::random(), seen, act)
}

fn act(site: &Site, charge: ChargeId, it: Act) {
    act_as(site, ACTOR, charge, it).unwrap();
}

fn refused(answer: Result<Receipt, ActError>) -> Vec<String> {
    match answer {
        Err(ActError::Refused(refusal)) => refusal.findings.into_iter().map(|it| it.rule).collect(),
        other => panic!("{other:?}"),
    }
}

fn task(unit: UnitId) -> TaskTerms {
    TaskTerms {
        parent: Some(1),
        title: "培训入党积极分子".to_owned(),
        owner: Some(Owner { unit, post: None }),
        co_owners: Vec::new(),
        due_on: date(now(9).today.year(), 12, 30),
        measure: Measure { kind: MeasureKind::Words, words: String::new(), base: None, target: None },
    }
}

fn sign(site: &Site, charge: ChargeId, side: Side, post: i64) -> Act {
    let view = site.store.charge_view(charge, now(10).today).unwrap();
    let sha256 = view.charge.letters[&1].sha256.clone();
    Act::Sign(Signing { number: 1, side, post: PostId(post), on: now(10).today, sha256 })
}

#[test]
fn a_year_goes_from_task_to_award_and_is_made_again_from_the_record() {
    for site in sites() {
        let charge = opened(&site);
        act(&site, charge, Act::Set(None, task(COMMITTEE)));
        act(&site, charge, Act::AnswerTask(2, TaskAnswer::Accept, String::new()));
        act(&site, charge, Act::Draft(COUNTY));
        let view = site.store.charge_view(charge, now(10).today).unwrap();
        let letter = &view.charge.letters[&1];
        let digest = (ground(now(10)).digest)(&domain::charge::text_digest(&letter.text));
        assert_eq!((letter.sha256.len(), &letter.sha256), (64, &digest));
        act(&site, charge, sign(&site, charge, Side::Giver, 7));
        act(&site, charge, sign(&site, charge, Side::Taker, 8));
        let again = act_as(&site, ACTOR, charge, sign(&site, charge, Side::Taker, 8));
        assert_eq!(refused(again), ["V28.twice"]);
        assert_eq!(refused(act_as(&site, ACTOR, charge, Act::Award(1, 900))), ["V32.undecided"]);
        let points = shipped_scheme().items.into_iter().map(|item| (item.key, item.weight)).collect();
        act(&site, charge, Act::Rate(1, points, "较好".to_owned()));
        let found = Deduction { item: "duties".to_owned(), n: 9, words: "缺记录".to_owned() };
        let today = now(10).today;
        act(&site, charge, Act::Inspect(1, COUNTY, vec![found], "已查".to_owned()));
        act(&site, charge, Act::Appraise(1, today, Verdict::default()));
        act(&site, charge, Act::Award(1, 900));
        let view = site.store.charge_view(charge, today).unwrap();
        let appraisal = &view.charge.letters[&1].appraisal;
        let outcome = appraisal.outcome().unwrap();
        assert_eq!((outcome.total, outcome.grade), (91, Grade::Excellent));
        assert_eq!(appraisal.award.unwrap().amount, 900);
        let report = site.store.verify(&site.keys).unwrap();
        assert!(report.is_sound(), "{:?}", report.wrong_views);
    }
}

#[test]
fn a_changed_row_is_found() {
    let site = sites().remove(0);
    let charge = opened(&site);
    act(&site, charge, Act::Set(None, task(COMMITTEE)));
    site.store
        .write(|tx| {
            let sql = "UPDATE charge_task SET state = 'x' WHERE root_id = $1 AND number = 2";
            tx.connection.execute(sql, &[COUNTY.0.into()]).map(drop)
        })
        .unwrap();
    assert_eq!(site.store.verify(&site.keys).unwrap().wrong_views, ["charge_task"]);
}

#[test]
fn each_side_acts_for_itself_and_nobody_inspects_the_own_unit() {
    let site = sites().remove(0);
    let charge = opened(&site);
    let signed_in = |role: Role, unit: UnitId, reach: Reach| {
        let login = format!("{}-{unit}", role.code());
        let account = site.store.open_account(ACTOR, now(9), &login, "甲", None).unwrap();
        let (from, to) = (now(9).today, date(2003, 12, 31));
        site.store.give_grant(ACTOR, now(9), NewGrant { account, role, unit, reach, from, to }).unwrap();
        Actor { account: Some(account), role: Some(role), unit }
    };
    let office = signed_in(Role::OrganisationDepartment, COUNTY, Reach::Subtree);
    let committee = signed_in(Role::Approver, COMMITTEE, Reach::Subtree);
    let inside = signed_in(Role::Inspector, COMMITTEE, Reach::Subtree);
    let above = signed_in(Role::Inspector, COUNTY, Reach::Subtree);
    let denied = |answer| assert!(matches!(answer, Err(ActError::Denied(_))), "{answer:?}");
    denied(act_as(&site, committee, charge, Act::Set(None, task(COMMITTEE))));
    act_as(&site, office, charge, Act::Set(None, task(COMMITTEE))).unwrap();
    denied(act_as(&site, office, charge, Act::AnswerTask(2, TaskAnswer::Accept, String::new())));
    act_as(&site, committee, charge, Act::AnswerTask(2, TaskAnswer::Accept, String::new())).unwrap();
    let split = TaskTerms { parent: Some(2), ..task(UnitId(40)) };
    act_as(&site, committee, charge, Act::Set(None, split)).expect("it splits what it answers for");
    act_as(&site, office, charge, Act::Draft(COUNTY)).unwrap();
    denied(act_as(&site, office, charge, sign(&site, charge, Side::Taker, 8)));
    act_as(&site, office, charge, sign(&site, charge, Side::Giver, 7)).unwrap();
    act_as(&site, committee, charge, sign(&site, charge, Side::Taker, 8)).unwrap();
    let points = shipped_scheme().items.into_iter().map(|item| (item.key, item.weight)).collect();
    act_as(&site, committee, charge, Act::Rate(1, points, String::new())).unwrap();
    let inspect = || Act::Inspect(1, OTHER, Vec::new(), "已查".to_owned());
    assert_eq!(refused(act_as(&site, inside, charge, inspect())), ["V32.own_unit"]);
    act_as(&site, above, charge, inspect()).unwrap();
    denied(act_as(&site, above, charge, Act::Appraise(1, now(10).today, Verdict::default())));
}

#[test]
fn a_command_that_saw_less_is_sent_back() {
    let site = sites().remove(0);
    let charge = opened(&site);
    act(&site, charge, Act::Set(None, task(COMMITTEE)));
    let seen = Seen { charge, version: 1 };
    let answer = |command: u8, answer| {
        let act = Act::AnswerTask(2, answer, "人手不足".to_owned());
        site.store.act_on_charge(ACTOR, now(10), CommandId([command; 16]), seen, act)
    };
    let first = answer(1, TaskAnswer::Return).unwrap();
    let again = answer(1, TaskAnswer::Return).unwrap();
    assert!(again.is_repeat && again.first_seq == first.first_seq, "the same command is carried out once");
    let late = answer(2, TaskAnswer::Accept);
    assert_eq!(late.unwrap_err(), ActError::Store(StoreError::Changed));
}
