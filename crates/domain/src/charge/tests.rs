use std::collections::BTreeMap;

use jiff::civil::{Date, date};

use super::*;
use crate::dates::Instant;
use crate::ids::{PersonId, PostId};
use crate::text::Text;
use crate::tree::Held;
use crate::unit::{PostKind, Sector, UnitKind};

const BUREAU: UnitId = UnitId(1);
const OFFICE: UnitId = UnitId(2);
const FINANCE: UnitId = UnitId(3);
const HEAD: PostId = PostId(10);
const OFFICE_HEAD: PostId = PostId(20);
const SUCCESSOR: PostId = PostId(21);

fn unit(id: UnitId, parent: Option<UnitId>, (pre, post): (i64, i64)) -> Unit {
    Unit {
        id,
        root: BUREAU,
        parent,
        kind: if parent.is_some() { UnitKind::Branch } else { UnitKind::County },
        sector: Sector::Organ,
        code: id.to_string(),
        name: Text::new(format!("单位{id}"), format!("unit {id}")),
        is_open: true,
        pre,
        post,
        depth: pre.min(1),
        version: 1,
    }
}

fn held(id: PostId, unit: UnitId, from_on: Date, to_on: Option<Date>) -> (PostId, (UnitId, Held)) {
    (id, (unit, Held { id, person: PersonId(id.0), kind: PostKind::Secretary, from_on, to_on }))
}

fn standing() -> Standing {
    let all = [
        unit(BUREAU, None, (0, 10)),
        unit(OFFICE, Some(BUREAU), (1, 2)),
        unit(FINANCE, Some(BUREAU), (3, 4)),
    ];
    let (start, change) = (date(2003, 1, 1), date(2004, 7, 1));
    Standing {
        units: all.into_iter().map(|unit| (unit.id, unit)).collect(),
        posts: BTreeMap::from([
            held(HEAD, BUREAU, start, None),
            held(OFFICE_HEAD, OFFICE, start, Some(change)),
            held(SUCCESSOR, OFFICE, change, None),
        ]),
    }
}

/// A bureau's year while it goes on: facts are worked in as the store does.
struct Year {
    charge: Option<Charge>,
    records: BTreeMap<UnitId, Records>,
}

fn terms() -> Terms {
    Terms { sign_by: date(2004, 3, 31), rate_by: date(2004, 11, 30), scheme: shipped_scheme() }
}

impl Year {
    fn opened() -> Year {
        let mut year = Year { charge: None, records: BTreeMap::new() };
        let objectives = vec![("一保".to_owned(), None), ("内容".to_owned(), Some(0))];
        year.act(date(2004, 1, 10), Act::Open(2004, Box::new(terms()), objectives)).unwrap();
        year
    }

    fn ground(&self, today: Date) -> Ground {
        Ground {
            now: Moment { at: Instant(0), today },
            charge: self.charge.clone(),
            opening: Some((standing().unit(BUREAU).unwrap().clone(), false)),
            free: 1,
            standing: standing(),
            records: self.records.clone(),
            digest: |text| format!("{:x}", text.len()),
        }
    }

    fn act(&mut self, today: Date, act: Act) -> Result<(), Vec<String>> {
        let facts = decide(&act, &self.ground(today)).map_err(|refusal| {
            refusal.findings.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        })?;
        for fact in &facts {
            self.work_in(fact);
        }
        Ok(())
    }

    fn work_in(&mut self, fact: &Fact) {
        if let Event::ChargeOpened(it) = &fact.event {
            self.charge = Some(Charge {
                id: it.charge,
                unit: fact.unit,
                year: it.year,
                terms: it.terms.clone(),
                tasks: BTreeMap::new(),
                letters: BTreeMap::new(),
            });
        }
        let charge = self.charge.as_mut().unwrap();
        let Some((_, is_letter, number)) = touched(&fact.event) else { return };
        let old = if is_letter {
            charge.letters.remove(&number).map(|it| Part::Letter(Box::new(it)))
        } else {
            charge.tasks.remove(&number).map(|it| Part::Task(Box::new(it)))
        };
        match fold(old, fact.occurred_on, &fact.event).expect("a fact fits what it was decided on") {
            Part::Task(task) => drop(charge.tasks.insert(number, *task)),
            Part::Letter(letter) => drop(charge.letters.insert(number, *letter)),
        }
        if let Event::LetterDrafted(LetterDrafted { replaces: Some(old), .. }) = &fact.event {
            let part = charge.letters.remove(old).map(|it| Part::Letter(Box::new(it)));
            if let Some(Part::Letter(it)) = fold(part, fact.occurred_on, &fact.event) {
                charge.letters.insert(*old, *it);
            }
        }
    }

    fn findings(&self, today: Date) -> Vec<String> {
        let found = findings(self.charge.as_ref().unwrap(), &standing(), today);
        found.into_iter().map(|finding| finding.rule).collect()
    }

    fn letter(&self, number: i64) -> &Letter {
        &self.charge.as_ref().unwrap().letters[&number]
    }

    /// A letter of the office, signed by both on a day.
    fn signed(on: Date) -> Year {
        let mut year = Year::opened();
        year.act(date(2004, 1, 15), Act::Set(None, task(OFFICE, None))).unwrap();
        year.act(date(2004, 2, 1), Act::Draft(BUREAU)).unwrap();
        for (side, post) in [(Side::Giver, HEAD), (Side::Taker, OFFICE_HEAD)] {
            year.act(on, year.signing(1, side, post, on)).unwrap();
        }
        year
    }

    fn signing(&self, number: i64, side: Side, post: PostId, on: Date) -> Act {
        let sha256 = self.letter(number).sha256.clone();
        Act::Sign(Signing { number, side, post, on, sha256 })
    }
}

fn task(unit: UnitId, post: Option<PostId>) -> TaskTerms {
    TaskTerms {
        parent: Some(1),
        title: "培训入党积极分子".to_owned(),
        owner: Some(Owner { unit, post }),
        co_owners: Vec::new(),
        due_on: date(2004, 6, 30),
        measure: Measure { kind: MeasureKind::Count, words: "人".to_owned(), base: None, target: Some(20) },
    }
}

fn full_marks() -> BTreeMap<String, i64> {
    shipped_scheme().items.into_iter().map(|item| (item.key, item.weight)).collect()
}

/// A year ready for its decision.
fn inspected(deductions: Vec<Deduction>) -> Year {
    let mut year = Year::signed(date(2004, 3, 31));
    year.act(date(2004, 6, 30), Act::Report(3, Some(20), "花名册".to_owned())).unwrap();
    let number = 1;
    year.act(date(2004, 11, 20), Act::Rate(number, full_marks(), String::new())).unwrap();
    year.act(date(2004, 12, 5), Act::Inspect(number, FINANCE, deductions, "已查".to_owned())).unwrap();
    year
}

fn found(item: &str, n: i64) -> Deduction {
    Deduction { item: item.to_owned(), n, words: "缺会议记录".to_owned() }
}

#[test]
fn a_year_is_opened_once_with_weights_that_add_up() {
    let mut year = Year::opened();
    assert_eq!(year.charge.as_ref().unwrap().tasks[&2].terms.parent, Some(1));
    let mut wrong = terms();
    wrong.scheme.items[0].weight += 1;
    wrong.scheme.grades.reverse();
    wrong.sign_by = date(2005, 3, 31);
    let mut ground = year.ground(date(2004, 1, 11));
    ground.opening = ground.opening.map(|(unit, _)| (unit, true));
    let refusal = decide(&Act::Open(2004, Box::new(wrong), vec![(" ".to_owned(), Some(3))]), &ground);
    let rules: Vec<String> = refusal.unwrap_err().findings.into_iter().map(|it| it.rule).collect();
    let all = ["R02.taken", "R02.days", "R02.weights", "R02.grades", "R03.title", "R03.parent"];
    assert_eq!(rules, all, "every reason at once");
    assert_eq!(
        year.act(date(2006, 1, 1), Act::Open(2004, Box::new(terms()), vec![])).unwrap_err()[0],
        "R02.year"
    );
}

#[test]
fn a_task_has_an_owner_within_the_task_above_and_no_cycle() {
    let mut year = Year::opened();
    let day = date(2004, 1, 15);
    year.act(day, Act::Set(None, task(OFFICE, None))).unwrap();
    year.act(day, Act::Set(None, TaskTerms { parent: Some(3), ..task(OFFICE, Some(OFFICE_HEAD)) })).unwrap();
    let cycle = TaskTerms { parent: Some(4), ..task(OFFICE, None) };
    assert_eq!(year.act(day, Act::Set(Some(3), cycle)), Err(vec!["R03.cycle".to_owned()]));
    let itself = TaskTerms { parent: Some(3), ..task(OFFICE, None) };
    assert_eq!(year.act(day, Act::Set(Some(3), itself)), Err(vec!["R03.cycle".to_owned()]));
    let outside = TaskTerms { parent: Some(3), due_on: date(2004, 7, 1), ..task(FINANCE, None) };
    assert_eq!(year.act(day, Act::Set(None, outside)).unwrap_err(), ["R03.due_parent", "R03.outside"]);
    let nobody = TaskTerms { owner: None, ..task(OFFICE, None) };
    assert_eq!(year.act(day, Act::Set(None, nobody)).unwrap_err(), ["V29.no_owner"]);
    let successor = task(OFFICE, Some(SUCCESSOR));
    assert_eq!(year.act(day, Act::Set(None, successor)).unwrap_err(), ["R03.post"], "not yet in post");
}

#[test]
fn gaps_in_the_split_are_findings() {
    let mut year = Year::opened();
    let day = date(2004, 1, 15);
    assert_eq!(year.findings(day).iter().filter(|rule| *rule == "V29.no_target").count(), 2);
    year.act(day, Act::Set(None, task(OFFICE, None))).unwrap();
    let found = year.findings(day);
    assert_eq!(found.iter().filter(|rule| *rule == "V29.no_target").count(), 1);
    assert!(found.contains(&"V29.no_post_target".to_owned()));
    year.act(day, Act::Set(None, task(OFFICE, Some(OFFICE_HEAD)))).unwrap();
    assert!(!year.findings(day).contains(&"V29.no_post_target".to_owned()));
}

#[test]
fn a_task_is_answered_pressed_for_and_reported() {
    let mut year = Year::opened();
    year.act(date(2004, 1, 15), Act::Set(None, task(OFFICE, None))).unwrap();
    let returned = |reason: &str| Act::AnswerTask(3, TaskAnswer::Return, reason.to_owned());
    assert_eq!(year.act(date(2004, 1, 16), returned(" ")).unwrap_err(), ["R01.reason"]);
    year.act(date(2004, 1, 16), returned("人手不足")).unwrap();
    let accepted = Act::AnswerTask(3, TaskAnswer::Accept, String::new());
    year.act(date(2004, 1, 17), accepted.clone()).unwrap();
    assert_eq!(year.act(date(2004, 1, 18), accepted).unwrap_err(), ["R03.same"]);
    let up = || Act::Press(3, Press::Escalate, "逾期".to_owned());
    assert_eq!(year.act(date(2004, 6, 30), up()).unwrap_err(), ["R03.not_overdue"]);
    year.act(date(2004, 7, 1), up()).unwrap();
    let report = |figure, evidence: &str| Act::Report(3, figure, evidence.to_owned());
    assert_eq!(year.act(date(2004, 7, 2), report(None, "")).unwrap_err(), ["R03.figure", "R03.evidence"]);
    year.act(date(2004, 7, 2), report(Some(19), "花名册")).unwrap();
    let done = year.charge.as_ref().unwrap().tasks[&3].done.clone().unwrap();
    assert!(!done.is_in_time && !done.is_reached);
    assert_eq!(year.act(date(2004, 7, 3), report(Some(20), "花名册")).unwrap_err(), ["R03.done"]);
}

#[test]
fn money_is_measured_in_thousandths_of_its_base() {
    let measure = |kind| Measure { kind, words: String::new(), base: Some(1000), target: Some(30) };
    let (rise, saving) = (measure(MeasureKind::Rise), measure(MeasureKind::Saving));
    assert!(rise.is_reached(Some(1030)) && !rise.is_reached(Some(1029)));
    assert!(saving.is_reached(Some(970)) && !saving.is_reached(Some(971)));
}

#[test]
fn a_letter_is_drafted_for_everybody_below_and_names_tasks_and_places() {
    let mut year = Year::opened();
    year.records.insert(OFFICE, Records { quota: Some((7, 3)), n_last: 5, ..Records::default() });
    year.act(date(2004, 1, 15), Act::Set(None, task(OFFICE, None))).unwrap();
    year.act(date(2004, 2, 1), Act::Draft(BUREAU)).unwrap();
    let text = &year.letter(1).text;
    for words in ["单位2", "培训入党积极分子", "[20]", "2004-06-30", "名额7名", "上年发展5名"]
    {
        assert!(text.zh.contains(words), "{words}: {}", text.zh);
    }
    assert!(text.en.contains("unit 2") && !text.zh.contains('{') && !text.en.contains('{'));
    assert!(!year.letter(2).text.zh.contains("培训"), "another unit's task");
    assert_eq!(year.act(date(2004, 2, 2), Act::Draft(BUREAU)).unwrap_err(), ["V28.nothing"]);
}

#[test]
fn a_side_signs_once_under_the_text_it_saw() {
    let mut year = Year::opened();
    let day = date(2004, 2, 1);
    year.act(day, Act::Draft(BUREAU)).unwrap();
    let wrong = Signing {
        number: 1,
        side: Side::Taker,
        post: HEAD,
        on: date(2004, 1, 31),
        sha256: "other".to_owned(),
    };
    let all = ["V28.text", "V28.before_draft", "V28.wrong_post"];
    assert_eq!(year.act(day, Act::Sign(wrong)).unwrap_err(), all);
    let sign = year.signing(1, Side::Taker, OFFICE_HEAD, day);
    year.act(day, sign.clone()).unwrap();
    assert!(year.findings(day).contains(&"V28.one_sided".to_owned()));
    assert_eq!(year.act(day, sign).unwrap_err(), ["V28.twice"]);
    let ahead = year.signing(1, Side::Giver, HEAD, date(2004, 2, 2));
    assert_eq!(year.act(day, ahead).unwrap_err(), ["R01.future"]);
    year.act(day, year.signing(1, Side::Giver, HEAD, day)).unwrap();
    assert_eq!(share_signed(year.charge.as_ref().unwrap(), &standing())[&1], (2, 1));
}

#[test]
fn late_wrong_year_and_not_in_post_are_findings() {
    for (on, rule) in [
        (date(2004, 3, 31), None),
        (date(2004, 4, 1), Some("V28.late")),
        (date(2005, 1, 4), Some("V28.year")),
        (date(2004, 7, 1), Some("V28.not_in_post")),
    ] {
        let year = Year::signed(on);
        let found = year.findings(on);
        let odd = ["V28.late", "V28.year", "V28.not_in_post"];
        match rule {
            None => assert!(!found.iter().any(|it| odd.contains(&it.as_str())), "{found:?}"),
            Some(rule) => assert!(found.iter().any(|it| it == rule), "{on}: {found:?}"),
        }
    }
    let mut unsigned = Year::opened();
    unsigned.act(date(2004, 2, 1), Act::Draft(BUREAU)).unwrap();
    assert!(!unsigned.findings(date(2004, 3, 31)).contains(&"V28.unsigned".to_owned()));
    assert!(unsigned.findings(date(2004, 4, 1)).contains(&"V28.unsigned".to_owned()));
}

#[test]
fn a_successor_signs_anew_and_nobody_else() {
    let mut year = Year::signed(date(2004, 3, 31));
    assert_eq!(year.act(date(2004, 6, 30), Act::Renew(1)).unwrap_err(), ["V28.same_holder"]);
    assert!(year.findings(date(2004, 7, 1)).contains(&"V28.post_changed".to_owned()));
    year.act(date(2004, 7, 1), Act::Renew(1)).unwrap();
    assert_eq!((year.letter(1).replaced_by, year.letter(3).replaces), (Some(3), Some(1)));
    assert_eq!(year.act(date(2004, 7, 2), Act::Renew(1)).unwrap_err()[0], "V28.replaced");
    let on = date(2004, 7, 2);
    year.act(on, year.signing(3, Side::Taker, SUCCESSOR, on)).unwrap();
    assert!(!year.findings(on).contains(&"V28.late".to_owned()), "thirty days to sign");
}

#[test]
fn ninety_one_is_excellent_and_one_zero_item_makes_it_good_at_most() {
    // The worked example: a hundred points, nine deducted.
    let mut year = inspected(vec![found("duties", 9)]);
    year.act(date(2004, 12, 10), Act::Appraise(1, date(2004, 12, 10), Verdict::default())).unwrap();
    let outcome = year.letter(1).appraisal.outcome().unwrap().clone();
    assert_eq!((outcome.total, outcome.n_zero, outcome.grade), (91, 0, Grade::Excellent));
    let explained: i64 = outcome.lines.iter().map(|line| line.weight - line.points).sum();
    assert_eq!(explained, 9);
    let mut scheme = shipped_scheme();
    assert_eq!((scheme.grade(91, 1), scheme.grade(79, 1)), (Grade::Good, Grade::Pass));
    assert_eq!((scheme.grade(91, 2), scheme.grade(59, 0)), (Grade::Pass, Grade::Fail));
    scheme.bonus_cap = 3;
    let verdict = Verdict { bonus: 9, bonus_reason: "表彰".to_owned(), veto: None };
    let capped = add_up(&scheme, date(2004, 12, 10), outcome.lines.clone(), &verdict);
    assert_eq!((capped.total, capped.bonus), (94, 3));
    let vetoed = Verdict { veto: Some("虚报".to_owned()), ..Verdict::default() };
    assert_eq!(add_up(&scheme, date(2004, 12, 10), outcome.lines, &vetoed).grade, Grade::Fail);
}

#[test]
fn figures_come_from_the_records_of_a_day() {
    let mut year = inspected(Vec::new());
    let quota = Some((7, 5));
    year.records.insert(OFFICE, Records { quota, n_last: 0, n_files: 300, n_overdue: 1 });
    let charge = year.charge.as_mut().unwrap();
    charge.tasks.get_mut(&3).unwrap().done = None;
    let letter = charge.letters[&1].clone();
    let records = year.records[&OFFICE];
    let points = |as_of| {
        let charge = year.charge.as_ref().unwrap();
        let lines = lines(charge, &letter, (&standing(), &records), &[], as_of);
        lines.into_iter().map(|line| (line.item, line.points)).collect::<BTreeMap<_, _>>()
    };
    let (before, after) = (points(date(2004, 6, 30)), points(date(2004, 7, 1)));
    assert_eq!((before["tasks"], after["tasks"]), (30, 25), "overdue from the day after its last");
    assert_eq!((after["quota"], after["files"]), (16, 19), "two places; one in three hundred counts as one");
}

#[test]
fn the_flow_is_kept_and_numbers_stay_in_range() {
    let mut year = Year::signed(date(2004, 3, 31));
    let day = date(2004, 12, 1);
    let inspect = |by, found| Act::Inspect(1, by, found, "已查".to_owned());
    assert_eq!(year.act(day, inspect(FINANCE, vec![])).unwrap_err(), ["V32.flow"]);
    let mut points = full_marks();
    points.insert("tasks".to_owned(), 31);
    points.insert("looks".to_owned(), 1);
    assert_eq!(year.act(day, Act::Rate(1, points, String::new())).unwrap_err(), ["V32.range", "V32.item"]);
    year.act(day, Act::Rate(1, full_marks(), String::new())).unwrap();
    let wrong = vec![found("duties", 0), found("looks", 1)];
    assert_eq!(year.act(day, inspect(OFFICE, wrong)).unwrap_err(), ["V32.own_unit", "V32.range", "V32.item"]);
    let decide = Act::Appraise(1, day, Verdict { bonus: 3, ..Verdict::default() });
    assert_eq!(year.act(day, decide).unwrap_err(), ["V32.flow", "V32.bonus"]);
    let unsigned = Act::Rate(2, full_marks(), String::new());
    assert_eq!(year.act(day, unsigned).unwrap_err(), ["V32.unsigned"]);
}

#[test]
fn what_was_decided_changes_only_by_an_appeal() {
    let mut year = inspected(vec![found("duties", 20)]);
    let day = date(2004, 12, 10);
    let decision = || Act::Appraise(1, day, Verdict::default());
    assert_eq!(
        year.act(day, Act::Award(1, 3000)).unwrap_err(),
        ["V32.undecided"],
        "no award without a result"
    );
    assert_eq!(year.act(day, Act::Appeal(1, "不符".to_owned())).unwrap_err(), ["V32.undecided"]);
    year.act(day, decision()).unwrap();
    assert_eq!(year.act(day, decision()).unwrap_err(), ["V32.decided"]);
    assert_eq!(year.act(day, Act::Rate(1, full_marks(), String::new())).unwrap_err(), ["V32.decided"]);
    let upheld = Verdict { bonus: 5, bonus_reason: "漏计表彰".to_owned(), veto: None };
    let appealed = |verdict| Act::DecideAppeal(1, verdict, "复核".to_owned());
    assert_eq!(year.act(day, appealed(Some(upheld.clone()))).unwrap_err(), ["V32.no_appeal"]);
    year.act(day, Act::Appeal(1, "漏计表彰".to_owned())).unwrap();
    assert_eq!(year.act(day, Act::Award(1, 3000)).unwrap_err(), ["V32.appeal_open"]);
    year.act(day, appealed(Some(upheld))).unwrap();
    let totals: Vec<i64> = year.letter(1).appraisal.outcomes.iter().map(|(_, it)| it.total).collect();
    assert_eq!(totals, [80, 85], "both results stay readable");
    year.act(day, Act::Award(1, 3001)).unwrap();
    assert_eq!(year.letter(1).appraisal.award.unwrap().amount, 2400, "good: eight tenths, rounded down");
    assert_eq!(year.act(day, Act::Award(1, 3001)).unwrap_err(), ["V32.award_twice"]);
}

#[test]
fn a_veto_leaves_no_award_and_a_result_is_to_be_used() {
    let mut year = inspected(Vec::new());
    let day = date(2004, 12, 10);
    let veto = Verdict { veto: Some("弄虚作假".to_owned()), ..Verdict::default() };
    year.act(day, Act::Appraise(1, day, veto)).unwrap();
    assert_eq!(year.act(day, Act::Award(1, 3000)).unwrap_err(), ["V32.no_award"]);
    assert!(year.findings(day).contains(&"V32.not_used".to_owned()));
    year.act(day, Act::Use(1, Usage::Reward, "通报批评".to_owned())).unwrap();
    assert!(!year.findings(day).contains(&"V32.not_used".to_owned()));
}
