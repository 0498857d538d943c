use jiff::civil::{Date, date};

use super::*;
use crate::dates::{Instant, instant_of};
use crate::event::Event;
use crate::ids::{CaseId, EventId, QuestionId, UnitId};
use crate::text::Text;
use crate::unit::{Sector, UnitKind};

const DAY: Date = date(2003, 5, 20);
const ANNA: PersonId = PersonId(1);
const BORIS: PersonId = PersonId(2);

fn session(number: i64, day: i8) -> Session {
    Session {
        number,
        on: date(2003, 5, day),
        hours: 8,
        gathering: Gathering::Central,
        content: Content::Theory,
        mode: Mode::Study,
        subject: Subject::Theory,
        topic: "党章".to_owned(),
        lecturer: "吴秀兰".to_owned(),
    }
}

fn mixed() -> Vec<Session> {
    let mut sessions: Vec<Session> = (12..=16).zip(1..).map(|(day, number)| session(number, day)).collect();
    sessions[3].content = Content::PartyDay;
    sessions[3].mode = Mode::Practice;
    sessions[4].gathering = Gathering::Scattered;
    sessions
}

fn terms() -> Terms {
    Terms {
        title: "2003年第一期发展对象培训班".to_owned(),
        class: LearnerClass::Target,
        year: 2003,
        is_short_course: true,
        hours_due: 40,
        pass_percent: 60,
        tolerance_percent: 20,
        sessions: mixed(),
    }
}

fn unit(kind: UnitKind) -> Unit {
    Unit {
        id: UnitId(20),
        root: UnitId(20),
        parent: None,
        kind,
        sector: Sector::Village,
        code: "LT".to_owned(),
        name: Text::new("柳塘区委", "Liutang"),
        is_open: true,
        pre: 0,
        post: 9,
        depth: 0,
        version: 1,
    }
}

fn at(day: Date, hour: i64, minute: i64) -> Moment {
    Moment::at(instant_of(day, hour, minute))
}

fn bank() -> Vec<Known> {
    let known = |number: i64, kind, key: &str, n_options: usize| Known {
        number: QuestionId(number),
        question: Question {
            kind,
            subject: if number % 2 == 0 { Subject::Theory } else { Subject::General },
            text: format!("题{number}"),
            options: "ABCDEFGH".chars().take(n_options).map(String::from).collect(),
            key: key.to_owned(),
            points: 10,
        },
        is_retired: false,
    };
    let mut bank: Vec<Known> = (1..=6).map(|n| known(n, QuestionKind::Single, "B", 4)).collect();
    bank.push(known(7, QuestionKind::Multiple, "AC", 4));
    bank.push(known(8, QuestionKind::TrueFalse, "T", 0));
    bank.push(known(9, QuestionKind::Essay, "要点", 0));
    bank
}

fn items() -> Vec<Item> {
    let n = |kind, n| Draw { kind, subject: None, n };
    let wishes = [
        n(QuestionKind::Single, 2),
        n(QuestionKind::Multiple, 1),
        n(QuestionKind::TrueFalse, 1),
        n(QuestionKind::Essay, 1),
    ];
    draw(&bank(), &wishes, 7).unwrap()
}

fn sealed(number: i64, is_resit: bool, opens_at: Instant) -> ExamSealed {
    ExamSealed {
        cohort: CohortId(1),
        number,
        is_resit,
        opens_at,
        minutes: 90,
        n_items: 5,
        points: 50,
        sha256: format!("{number:064}"),
        sealed_text: String::new(),
        sealed_key: String::new(),
    }
}

fn paper(number: i64, is_resit: bool, opens_at: Instant) -> Paper {
    Paper { number, event: EventId([7; 16]), sealed: sealed(number, is_resit, opens_at) }
}

/// A course after its sessions, with two participants; Anna attended everything, Boris one session less.
fn ground(now: Moment, papers: Vec<Paper>) -> Ground {
    let attended = |n: i64| (1..=n).map(|number| (number, 8)).collect::<BTreeMap<i64, i64>>();
    let learner = |person, n| Learner {
        person,
        case: CaseId(person_number(person)),
        enrolled_on: date(2003, 5, 6),
        withdrawn_on: None,
        attended: attended(n),
    };
    let candidate = |name: &str, class| Candidate {
        name: name.to_owned(),
        case: Some(CaseId(1)),
        class: Some(class),
        is_in_scope: true,
    };
    Ground {
        now,
        unit: unit(UnitKind::County),
        cohort: Some(Cohort { id: CohortId(1), unit: UnitId(20), terms: terms(), papers, version: 5 }),
        free: 1,
        course: Some((5, 40)),
        people: BTreeMap::from([
            (ANNA, candidate("安娜", LearnerClass::Target)),
            (BORIS, candidate("鲍里斯", LearnerClass::Activist)),
        ]),
        learners: BTreeMap::from([(ANNA, learner(ANNA, 5)), (BORIS, learner(BORIS, 4))]),
        sittings: Vec::new(),
        items: items(),
        saved: None,
        sits_elsewhere: false,
        results: BTreeMap::new(),
        certificates: Vec::new(),
        next_serial: 4,
        actor: AccountId(1),
    }
}

fn person_number(person: PersonId) -> i64 {
    person.0
}

fn sitting(person: PersonId) -> Sitting {
    Sitting {
        person,
        paper: 1,
        medium: Medium::Screen,
        begun_at: instant_of(DAY, 9, 0),
        extra_minutes: 0,
        handed_in_at: None,
        n_saves: 2,
        marks: Vec::new(),
    }
}

fn rules(act: &Act, ground: &Ground) -> Vec<String> {
    match decide(act, ground) {
        Ok(_) => Vec::new(),
        Err(refusal) => refusal.findings.into_iter().map(|finding| finding.rule).collect(),
    }
}

fn noted(act: &Act, ground: &Ground) -> Vec<String> {
    consider(act, ground).noted.into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn a_course_is_opened_and_every_fault_of_its_terms_is_named_at_once() {
    let ground = Ground { cohort: None, ..ground(at(date(2003, 5, 6), 9, 0), Vec::new()) };
    assert!(decide(&Act::Open(terms()), &ground).is_ok());
    assert!(noted(&Act::Open(terms()), &ground).is_empty());
    let mut wrong = terms();
    wrong.title = " ".to_owned();
    wrong.pass_percent = 101;
    wrong.hours_due = 41;
    wrong.sessions[0].hours = 0;
    wrong.sessions[1].topic = String::new();
    wrong.sessions[2].on = date(2004, 1, 5);
    let found = rules(&Act::Open(wrong), &ground);
    let expected =
        ["E02.title", "E02.percent", "E02.hours_due", "E02.hours", "E02.topic", "E02.session_year"];
    for rule in expected {
        assert!(found.iter().any(|it| it == rule), "{rule}: {found:?}");
    }
}

#[test]
fn a_plan_lacks_a_combination_until_both_sides_are_there() {
    let lacks = |change: &dyn Fn(&mut Vec<Session>)| {
        let mut sessions = mixed();
        change(&mut sessions);
        plan_findings(&sessions).into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert!(lacks(&|_| {}).is_empty());
    assert_eq!(lacks(&|sessions| sessions[4].gathering = Gathering::Central), ["E03.gathering"]);
    assert_eq!(lacks(&|sessions| sessions[3].content = Content::Theory), ["E03.content"]);
    assert_eq!(lacks(&|sessions| sessions[3].mode = Mode::Study), ["E03.mode"]);
    assert!(plan_findings(&[]).is_empty(), "a year without courses has another fault");
}

#[test]
fn a_short_course_is_as_long_as_the_rulebook_asks_in_days_or_in_hours() {
    let mut ground = ground(at(date(2003, 5, 6), 9, 0), Vec::new());
    let mut short = terms();
    short.sessions.truncate(4);
    short.hours_due = 32;
    assert_eq!(rules(&Act::Open(short.clone()), &ground), ["E02.too_short"]);
    short.sessions[3].hours = 12;
    short.sessions[2].hours = 12;
    short.hours_due = 40;
    assert!(rules(&Act::Open(short.clone()), &ground).is_empty(), "40 hours are enough on four days");
    let mut days = terms();
    days.hours_due = 30;
    assert!(rules(&Act::Open(days), &ground).is_empty(), "five days are enough with 30 hours");
    ground.unit = unit(UnitKind::Branch);
    short.class = LearnerClass::Activist;
    assert_eq!(rules(&Act::Open(short), &ground), ["E02.organiser", "E02.class"]);
}

#[test]
fn only_people_of_the_class_and_the_scope_are_enrolled_and_nobody_twice() {
    let mut ground = ground(at(date(2003, 5, 6), 9, 0), Vec::new());
    assert_eq!(rules(&Act::Enrol(vec![ANNA]), &ground), ["E04.twice"]);
    ground.learners.clear();
    assert!(rules(&Act::Enrol(vec![ANNA]), &ground).is_empty());
    assert_eq!(rules(&Act::Enrol(vec![ANNA, BORIS]), &ground), ["E04.class"]);
    let boris = ground.people.get_mut(&BORIS).unwrap();
    boris.class = Some(LearnerClass::Target);
    boris.is_in_scope = false;
    assert_eq!(rules(&Act::Enrol(vec![BORIS]), &ground), ["E04.scope"]);
    ground.people.get_mut(&BORIS).unwrap().case = None;
    assert_eq!(rules(&Act::Enrol(vec![BORIS]), &ground), ["E04.scope", "E04.no_file"]);
    assert_eq!(rules(&Act::Enrol(Vec::new()), &ground), ["E01.nobody"]);
}

#[test]
fn attendance_waits_for_the_day_stays_within_the_hours_and_adds_nothing_twice() {
    let ground = ground(at(date(2003, 5, 15), 9, 0), Vec::new());
    let of = |session, hours| Act::Attend(vec![(session, BORIS, hours)]);
    assert_eq!(rules(&of(5, 8), &ground), ["E05.not_yet"]);
    assert_eq!(rules(&of(4, 9), &ground), ["E05.hours"]);
    assert_eq!(rules(&of(9, 8), &ground), ["E05.no_session"]);
    assert!(decide(&of(4, 8), &ground).unwrap().is_empty(), "it was known");
    let facts = decide(&of(4, 0), &ground).unwrap();
    assert_eq!((facts.len(), facts[0].occurred_on), (1, date(2003, 5, 15)));
    let twice = Act::Attend(vec![(4, BORIS, 0), (4, BORIS, 8)]);
    assert_eq!(rules(&twice, &ground), ["E05.repeated"]);
}

#[test]
fn a_held_session_cannot_be_planned_away() {
    let ground = ground(at(date(2003, 5, 14), 9, 0), Vec::new());
    let mut sessions = mixed();
    sessions[4].on = date(2003, 5, 19);
    let mut open = ground.clone();
    open.learners.get_mut(&ANNA).unwrap().attended.remove(&5);
    assert!(rules(&Act::Plan(sessions.clone()), &open).is_empty());
    sessions[0].hours = 9;
    assert_eq!(rules(&Act::Plan(sessions), &open), ["E03.held"]);
    assert_eq!(rules(&Act::Plan(mixed()), &ground), ["E03.same"]);
}

#[test]
fn hours_are_missing_only_once_the_sessions_are_over() {
    let ground = ground(at(DAY, 9, 0), Vec::new());
    let find = |day| {
        let found = review(&terms(), &ground.learners, &ground.people, day);
        found.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert_eq!(find(date(2003, 5, 16)), ["E04.regime"], "it is the last day");
    assert_eq!(find(date(2003, 5, 17)), ["E05.not_attended"]);
}

#[test]
fn a_bank_takes_all_questions_or_none_and_names_each_fault_with_its_row() {
    let ground = BankGround { now: at(DAY, 9, 0), unit: UnitId(20), known: bank(), free: 10 };
    let question = |text: &str, kind, options: &[&str], key: &str| Question {
        kind,
        subject: Subject::Theory,
        text: text.to_owned(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        key: key.to_owned(),
        points: 5,
    };
    let good = question("新题", QuestionKind::Single, &["甲", "乙"], "A");
    let facts = decide_bank(&BankAct::Enter(vec![good.clone()]), &ground).unwrap();
    assert!(matches!(&facts[0].event, Event::QuestionEntered(it) if it.number == QuestionId(10)));
    let bad = vec![
        good.clone(),
        good,
        question("题1", QuestionKind::TrueFalse, &[], "对"),
        question("x", QuestionKind::Multiple, &["甲", "乙"], "A"),
        question("y", QuestionKind::Single, &["甲", "乙"], "C"),
        question("z", QuestionKind::Essay, &[], ""),
    ];
    let refusal = decide_bank(&BankAct::Enter(bad), &ground).unwrap_err();
    let found: Vec<(&str, &str)> =
        refusal.findings.iter().map(|it| (it.rule.as_str(), it.fields[0].as_str())).collect();
    assert_eq!(
        found,
        [
            ("E06.twice", "text.2"),
            ("E06.key", "key.3"),
            ("E06.twice", "text.3"),
            ("E06.key", "key.4"),
            ("E06.key", "key.5"),
            ("E06.key", "key.6"),
        ]
    );
}

#[test]
fn one_number_draws_one_paper_and_another_another() {
    let wish = [Draw { kind: QuestionKind::Single, subject: None, n: 3 }];
    let drawn = |seed| {
        let items = draw(&bank(), &wish, seed).unwrap();
        items.into_iter().map(|item| item.question.0).collect::<Vec<_>>()
    };
    assert_eq!(drawn(1), drawn(1));
    assert!((2..20).any(|seed| drawn(seed) != drawn(1)));
    // One for theory is set aside before the others are drawn.
    let wishes = [
        Draw { kind: QuestionKind::Single, subject: None, n: 3 },
        Draw { kind: QuestionKind::Single, subject: Some(Subject::Theory), n: 3 },
    ];
    for seed in 0..20 {
        assert_eq!(draw(&bank(), &wishes, seed).unwrap().len(), 6);
    }
    let wishes = [Draw { kind: QuestionKind::Single, subject: None, n: 7 }];
    assert_eq!(draw(&bank(), &wishes, 1).unwrap_err()[0].n_known, 6);
}

#[test]
fn a_cohort_has_one_paper_and_one_time() {
    let opens_at = instant_of(DAY, 9, 0);
    let seal = |sealed: ExamSealed| Act::Seal(Box::new(sealed), Vec::new());
    let before = ground(at(DAY, 8, 0), Vec::new());
    assert!(rules(&seal(sealed(1, false, opens_at)), &before).is_empty());
    assert_eq!(rules(&seal(sealed(1, false, before.now.at)), &before), ["E07.opens"]);
    assert_eq!(rules(&seal(sealed(1, true, opens_at)), &before), ["E07.resit_first"]);
    let second = ground(at(DAY, 8, 0), vec![paper(1, false, opens_at)]);
    let later = instant_of(DAY, 14, 0);
    assert_eq!(rules(&seal(sealed(2, false, later)), &second), ["E07.second"]);
    assert_eq!(rules(&seal(sealed(2, true, later)), &second), ["E07.resit_early"]);
    let mut after = ground(at(DAY, 12, 0), vec![paper(1, false, opens_at)]);
    let pass = Some(Outcome { percent: 80, is_pass: true });
    after.results = BTreeMap::from([(ANNA, (1, pass)), (BORIS, (1, pass))]);
    assert_eq!(rules(&seal(sealed(2, true, later)), &after), ["E07.resit_nobody"]);
    after.results.insert(BORIS, (1, Some(Outcome { percent: 59, is_pass: false })));
    assert!(rules(&seal(sealed(2, true, later)), &after).is_empty());
    assert_eq!(rules(&seal(sealed(1, true, later)), &after), ["E07.same"]);
    after.results.insert(BORIS, (1, None));
    assert_eq!(rules(&seal(sealed(2, true, later)), &after), ["E07.resit_early"]);
}

#[test]
fn a_paper_opens_and_closes_on_its_minute() {
    let papers = vec![paper(1, false, instant_of(DAY, 9, 0))];
    let begin = Act::Begin(1, ANNA);
    assert_eq!(rules(&begin, &ground(at(DAY, 8, 59), papers.clone())), ["E08.sealed"]);
    assert!(rules(&begin, &ground(at(DAY, 9, 0), papers.clone())).is_empty());
    assert!(rules(&begin, &ground(at(DAY, 10, 30), papers.clone())).is_empty());
    assert_eq!(rules(&begin, &ground(at(DAY, 10, 31), papers.clone())), ["E08.over"]);
    let elsewhere = Ground { sits_elsewhere: true, ..ground(at(DAY, 9, 0), papers.clone()) };
    assert_eq!(rules(&begin, &elsewhere), ["E08.elsewhere"]);
    // Whoever comes back goes on with the same sitting.
    let mut back = ground(at(DAY, 9, 40), papers);
    back.sittings.push(sitting(ANNA));
    assert!(decide(&begin, &back).unwrap().is_empty());
}

#[test]
fn answers_are_saved_once_and_not_over_those_of_another_window() {
    let papers = vec![paper(1, false, instant_of(DAY, 9, 0))];
    let mut ground = ground(at(DAY, 9, 40), papers);
    ground.sittings.push(sitting(ANNA));
    let answers = Answers::from([(1, "B".to_owned()), (5, "有理想".to_owned())]);
    let save =
        |seen, answers: &Answers| Act::Save(Save { paper: 1, person: ANNA, answers: answers.clone(), seen });
    assert_eq!(decide(&save(2, &answers), &ground).unwrap().len(), 1);
    assert_eq!(rules(&save(1, &answers), &ground), ["E08.saved_elsewhere"]);
    ground.saved = Some(answers.clone());
    assert!(decide(&save(1, &answers), &ground).unwrap().is_empty(), "the same answers twice");
    let wrong = Answers::from([(1, "E".to_owned()), (2, "AB".to_owned()), (9, "A".to_owned())]);
    assert_eq!(rules(&save(2, &wrong), &ground), ["E08.letters", "E08.letters", "E08.no_item"]);
    let long = Answers::from([(5, "好".repeat(8_001))]);
    assert_eq!(rules(&save(2, &long), &ground), ["E08.long"]);
    // Minutes that were given count, and then it is over.
    ground.sittings[0].extra_minutes = 10;
    ground.now = at(DAY, 10, 40);
    let other = Answers::from([(1, "A".to_owned())]);
    assert!(rules(&save(2, &other), &ground).is_empty());
    ground.now = at(DAY, 10, 41);
    assert_eq!(rules(&save(2, &other), &ground), ["E08.over"]);
    ground.now = at(DAY, 9, 40);
    ground.sittings[0].handed_in_at = Some(instant_of(DAY, 9, 30));
    assert_eq!(rules(&save(2, &other), &ground), ["E08.handed_in"]);
}

#[test]
fn more_time_has_a_reason_and_a_measure() {
    let mut ground = ground(at(DAY, 9, 40), vec![paper(1, false, instant_of(DAY, 9, 0))]);
    let extend = |minutes, reason: &str| Act::Extend(1, ANNA, minutes, reason.to_owned());
    assert_eq!(rules(&extend(10, "断电"), &ground), ["E08.not_begun"]);
    ground.sittings.push(sitting(ANNA));
    assert!(rules(&extend(10, "断电"), &ground).is_empty());
    assert_eq!(rules(&extend(0, " "), &ground), ["E01.reason", "E08.extension"]);
}

#[test]
fn paper_is_entered_after_the_end_and_nobody_sits_twice() {
    let papers = vec![paper(1, false, instant_of(DAY, 9, 0))];
    let answers = Answers::from([(1, "B".to_owned())]);
    let enter = Act::EnterPaper(1, BORIS, answers);
    assert_eq!(rules(&enter, &ground(at(DAY, 10, 30), papers.clone())), ["E08.not_over"]);
    let mut after = ground(at(DAY, 10, 31), papers);
    assert_eq!(decide(&enter, &after).unwrap().len(), 3);
    after.sittings.push(sitting(BORIS));
    assert_eq!(rules(&enter, &after), ["E08.twice"]);
}

#[test]
fn two_people_mark_a_written_answer_and_a_third_decides_when_they_differ_too_much() {
    let mut ground = ground(at(DAY, 12, 0), vec![paper(1, false, instant_of(DAY, 9, 0))]);
    ground.sittings.push(sitting(ANNA));
    let mark = |points| Act::Mark(1, ANNA, 5, points);
    let take = |ground: &mut Ground, actor: i64, points| {
        ground.actor = AccountId(actor);
        let facts = decide(&mark(points), ground)?;
        for fact in facts {
            if let Event::ExamMarked(marked) = fact.event {
                ground.sittings[0].marks.push(marked);
            }
        }
        Ok::<_, Refusal>(())
    };
    let answers = Answers::from([(5, "有理想".to_owned())]);
    let reached = |ground: &Ground| outcome(&items(), &ground.sittings[0], &answers, (60, 20));
    take(&mut ground, 1, 6).unwrap();
    assert_eq!(rules(&mark(6), &ground), ["E09.same_marker"]);
    assert_eq!(rules(&Act::Mark(1, ANNA, 5, 11), &ground), ["E09.points", "E09.same_marker"]);
    assert_eq!(rules(&Act::Mark(1, ANNA, 1, 5), &ground), ["E09.not_written"]);
    assert_eq!(reached(&ground), None);
    let mut near = ground.clone();
    take(&mut near, 2, 8).unwrap();
    // Ten points of fifty for the rest: 7 of 50.
    assert_eq!(reached(&near).unwrap().percent, 14);
    near.actor = AccountId(3);
    assert_eq!(rules(&mark(7), &near), ["E09.marked"]);
    take(&mut ground, 2, 9).unwrap();
    assert_eq!(reached(&ground), None, "three points of ten are more than 20 %");
    take(&mut ground, 3, 8).unwrap();
    assert_eq!(reached(&ground).unwrap().percent, 16);
    ground.sittings[0].marks.clear();
    ground.now = at(DAY, 10, 0);
    assert_eq!(rules(&mark(5), &ground), ["E09.still_writing"]);
}

#[test]
fn a_pass_is_reached_exactly_at_the_line() {
    let items = items();
    let mut sat = sitting(ANNA);
    let right = |n: usize| {
        let closed = items.iter().filter(|item| item.asked.kind.is_closed()).take(n);
        closed.map(|item| (item.number, item.asked.key.clone())).collect::<Answers>()
    };
    // Three closed items of ten points each out of fifty.
    let reached = outcome(&items, &sat, &right(3), (60, 20)).unwrap();
    assert_eq!(reached, Outcome { percent: 60, is_pass: true });
    assert!(!outcome(&items, &sat, &right(3), (61, 20)).unwrap().is_pass);
    // Letters in another order are the same answer, and half of them is none.
    let multiple = items.iter().find(|item| item.asked.kind == QuestionKind::Multiple).unwrap();
    assert_eq!((mark_closed(multiple, "CA"), mark_closed(multiple, "A")), (10, 0));
    // On paper a written answer is always read, because nobody knows that it is empty.
    sat.medium = Medium::Paper;
    assert_eq!(outcome(&items, &sat, &right(3), (60, 20)), None);
}

#[test]
fn figures_tell_hard_items_from_easy_ones_and_what_sets_people_apart() {
    let items = items();
    let key = |n: usize| {
        let closed = items.iter().filter(|item| item.asked.kind.is_closed()).take(n);
        closed.map(|item| (item.number, item.asked.key.clone())).collect::<Answers>()
    };
    let sat = sitting(ANNA);
    let all: Vec<Answers> = [4, 4, 1, 1].map(key).to_vec();
    let pairs: Vec<(&Sitting, &Answers)> = all.iter().map(|answers| (&sat, answers)).collect();
    let told = figures(&items, &pairs, 20);
    assert_eq!((told[0].n, told[0].difficulty, told[0].discrimination), (4, 1000, 0));
    assert_eq!((told[3].difficulty, told[3].discrimination), (500, 1000));
    assert_eq!((told[4].difficulty, told[4].discrimination), (0, 0));
    assert_eq!(figures(&items, &[], 20)[0].n, 0);
}

#[test]
fn certificates_follow_a_pass_and_are_numbered_without_gaps() {
    let mut ground = ground(at(DAY, 12, 0), vec![paper(1, false, instant_of(DAY, 9, 0))]);
    let pass = |percent| Some(Outcome { percent, is_pass: percent >= 60 });
    let issue = Act::Issue(vec![ANNA, BORIS]);
    assert_eq!(rules(&issue, &ground), ["E10.no_result", "E10.hours", "E10.no_result"]);
    ground.results = BTreeMap::from([(ANNA, (1, pass(60))), (BORIS, (1, pass(59)))]);
    assert_eq!(rules(&issue, &ground), ["E10.hours", "E10.not_passed"]);
    ground.learners.get_mut(&BORIS).unwrap().attended.insert(5, 8);
    ground.results.insert(BORIS, (1, pass(61)));
    let facts = decide(&issue, &ground).unwrap();
    let numbers: Vec<String> = facts
        .iter()
        .filter_map(|fact| {
            let Event::CertificateIssued(issued) = &fact.event else { return None };
            Some(issued.number.clone())
        })
        .collect();
    assert_eq!(numbers, ["LT-2003-0004", "LT-2003-0005"]);
    let early = Ground { now: at(DAY, 10, 30), ..ground.clone() };
    assert_eq!(rules(&issue, &early), ["E10.before_end", "E10.before_end"]);
    let Event::CertificateIssued(issued) = facts[0].event.clone() else { panic!("{facts:?}") };
    let held = Certificate { unit: UnitId(20), person: ANNA, issued, issued_on: DAY, voided_on: None };
    ground.certificates.push(held);
    assert_eq!(rules(&Act::Issue(vec![ANNA]), &ground), ["E10.has_one"]);
    let void = |reason: &str| Act::Void(2003, 4, reason.to_owned());
    assert_eq!(rules(&void(" "), &ground), ["E01.reason"]);
    assert_eq!(rules(&Act::Void(2003, 9, "错".to_owned()), &ground), ["E10.unknown"]);
    assert!(rules(&void("姓名有误"), &ground).is_empty());
    ground.certificates[0].voided_on = Some(DAY);
    assert_eq!(rules(&void("姓名有误"), &ground), ["E10.void"]);
    assert!(rules(&Act::Issue(vec![ANNA]), &ground).is_empty(), "a void one does not stand in the way");
}

#[test]
fn the_text_of_a_certificate_is_read_back_and_nothing_else_is() {
    let claim = Claim {
        number: "LT-2003-0004".to_owned(),
        name: "安娜".to_owned(),
        organiser: "柳塘区委".to_owned(),
        title: "第一期\n培训班".to_owned(),
        exam_on: DAY,
        issued_on: DAY,
    };
    let text = claim.to_text();
    let read = Claim::parse(&text).unwrap();
    assert_eq!(read.title, "第一期 培训班");
    assert_eq!(read.to_text(), text);
    for wrong in ["", "miaopu-certificate/1\n", &text[..text.len() - 1], &text.replace("/1", "/2")] {
        assert_eq!(Claim::parse(wrong), Err(ClaimError), "{wrong}");
    }
}
