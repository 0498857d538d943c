use std::collections::BTreeSet;

use jiff::civil::date;

use super::*;
use crate::dates::Instant;
use crate::event::Event;
use crate::ids::{CaseId, PostId};
use crate::person::{Education, Ethnicity, Occupation, Sex};
use crate::unit::{PostKind, Sector};

const ON: Date = date(2003, 3, 3);
const BORN: Date = date(1970, 5, 20);

fn tomorrow() -> Date {
    ON.tomorrow().unwrap()
}

fn particulars() -> Particulars {
    Particulars {
        name: "周晓雯".into(),
        id_number: String::new(),
        phone: String::new(),
        work_post: String::new(),
        sex: Sex::Female,
        born_on: BORN,
        ethnicity: Ethnicity::HAN,
        education: Education::College,
        occupation: Occupation::Worker,
        is_front_line: false,
    }
}

fn full() -> Enrolment {
    Enrolment {
        particulars: particulars(),
        stage: Stage::Full,
        stage_on: Some(date(1991, 7, 1)),
        admitted_on: Some(date(1990, 7, 1)),
        full_since: Some(date(1991, 7, 1)),
    }
}

fn at(stage: Stage) -> Enrolment {
    let admitted_on = (stage == Stage::Probationary).then_some(date(2002, 7, 1));
    Enrolment { stage, stage_on: None, admitted_on, full_since: None, ..full() }
}

fn known(enrolment: Enrolment) -> Known {
    let Enrolment { particulars, stage, stage_on, admitted_on, full_since } = enrolment;
    Known {
        person: Person {
            id: PersonId(100),
            unit: UnitId(40),
            group: None,
            particulars,
            stage,
            stage_on,
            admitted_on,
            full_since,
            is_under_sanction: false,
            version: 1,
        },
        merged_into: None,
        letter: None,
        posts: Vec::new(),
        file: None,
    }
}

fn member() -> Known {
    known(full())
}

fn host(id: i64, kind: UnitKind) -> Host {
    let unit = Unit {
        id: UnitId(id),
        root: UnitId(20),
        parent: Some(UnitId(30)),
        kind,
        sector: Sector::Organ,
        code: format!("U{id}"),
        name: Text::new(format!("单位{id}"), format!("Unit {id}")),
        is_open: true,
        pre: id,
        post: id,
        depth: 2,
        version: 1,
    };
    Host { unit, opened_on: date(2000, 1, 1), groups: vec![GroupId(3)] }
}

fn ground(known: Option<Known>) -> Ground {
    Ground {
        now: Moment { at: Instant(1_046_649_600_000), today: ON },
        known,
        host: Some(host(41, UnitKind::Branch)),
        other: None,
        free: PersonId(900),
    }
}

fn letter() -> Letter {
    Letter {
        person: PersonId(100),
        from: UnitId(40),
        to: UnitId(41),
        sent_on: date(2003, 1, 1),
        is_file_included: true,
    }
}

fn secretary(unit: i64, from_on: Date) -> (UnitId, Held) {
    let held = Held { id: PostId(7), person: PersonId(100), kind: PostKind::Secretary, from_on, to_on: None };
    (UnitId(unit), held)
}

fn running(known: Known) -> Known {
    Known { file: Some(RunningFile { case: CaseId(5), is_on_the_way: false }), ..known }
}

/// An act, and what must be found: nothing means that it is recorded without a word.
struct Story {
    change: Change,
    on: Date,
    ground: Ground,
    found: Vec<&'static str>,
}

fn story(change: Change, ground: Ground, found: &[&'static str]) -> Story {
    Story { change, on: ON, ground, found: found.to_vec() }
}

fn stories() -> Vec<Story> {
    [
        entries(),
        standings(),
        corrections(),
        departures(),
        sanctions(),
        groupings(),
        sendings(),
        receptions(),
        mergers(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Person 100 ends; person 101 stays.
fn mergers() -> Vec<Story> {
    let into = |id| Change::Merge(PersonMerged { into: PersonId(id), reason: "查档".into() });
    let other = |known: Known| {
        let person = Person { id: PersonId(101), ..known.person };
        Some(Known { person, ..known })
    };
    let with = |gone, stays, found| story(into(101), Ground { other: stays, ..ground(Some(gone)) }, found);
    let changed = |change: &dyn Fn(&mut Person)| {
        let mut known = member();
        change(&mut known.person);
        known
    };
    let number = |text: &str| changed(&|person| person.particulars.id_number = text.into());
    let letter = Some(letter());
    vec![
        with(member(), other(member()), &[]),
        story(
            Change::Merge(PersonMerged { into: PersonId(101), reason: " ".into() }),
            Ground { other: other(member()), ..ground(Some(member())) },
            &["M01.reason"],
        ),
        story(into(100), Ground { other: Some(member()), ..ground(Some(member())) }, &["M03.itself"]),
        with(member(), None, &["M03.unknown"]),
        with(member(), other(Known { merged_into: Some(PersonId(7)), ..member() }), &["M01.merged"]),
        with(member(), other(changed(&|person| person.stage = Stage::Former)), &["M01.departed"]),
        with(member(), other(Known { letter, ..member() }), &["M02.on_the_way"]),
        with(Known { letter, ..member() }, other(member()), &["M02.on_the_way"]),
        with(running(known(at(Stage::Activist))), other(member()), &["M03.running_file"]),
        with(known(at(Stage::Activist)), other(running(known(at(Stage::Activist)))), &[]),
        with(
            Known { posts: vec![secretary(40, date(2002, 1, 1))], ..member() },
            other(member()),
            &["M03.holds_post"],
        ),
        with(member(), other(known(at(Stage::Probationary))), &["M03.stage"]),
        with(known(at(Stage::Probationary)), other(member()), &[]),
        with(changed(&|person| person.is_under_sanction = true), other(member()), &["M03.sanction"]),
        with(number("11010519491231002X"), other(number("440524188001010014")), &["M03.numbers"]),
        with(number("11010519491231002X"), other(number("110105491231002")), &[]),
        with(number("11010519491231002X"), other(member()), &[]),
        with(member(), other(changed(&|person| person.particulars.name = "周晓文".into())), &["M03.differs"]),
    ]
}

fn entries() -> Vec<Story> {
    let enter = |enrolment, found| story(Change::Register(enrolment), ground(None), found);
    let with = |particulars| Enrolment { particulars, ..full() };
    let number = |text: &str, born_on, sex| {
        with(Particulars { id_number: text.into(), born_on, sex, ..particulars() })
    };
    let into =
        |host, stage, found| story(Change::Register(at(stage)), Ground { host, ..ground(None) }, found);
    let shut = {
        let mut host = host(41, UnitKind::Branch);
        host.unit.is_open = false;
        host
    };
    let (y, m) = (date(1949, 12, 31), date(1980, 3, 7));
    let old = |entry: Enrolment| Enrolment { stage_on: None, admitted_on: None, full_since: None, ..entry };
    vec![
        enter(full(), &[]),
        Story { on: tomorrow(), ..enter(full(), &["M01.future"]) },
        enter(with(Particulars { name: " ".into(), ..particulars() }), &["M01.name"]),
        enter(with(Particulars { ethnicity: Ethnicity(56), ..particulars() }), &[]),
        enter(with(Particulars { ethnicity: Ethnicity(57), ..particulars() }), &["M01.ethnicity"]),
        enter(with(Particulars { ethnicity: Ethnicity(0), ..particulars() }), &["M01.ethnicity"]),
        enter(number("11010519491231002X", y, Sex::Female), &[]),
        enter(number("110105491231002", y, Sex::Female), &[]),
        enter(number("110105194912310021", y, Sex::Female), &["M01.id_number"]),
        enter(number("1101051949", y, Sex::Female), &["M01.id_number"]),
        enter(number("11010519491231002X", y.yesterday().unwrap(), Sex::Female), &["M01.id_birth"]),
        enter(number("11010519491231002X", y, Sex::Male), &["M01.id_sex"]),
        enter(number("11010519491231002X", y, Sex::NotStated), &[]),
        enter(number("110101198003070017", m, Sex::Male), &["M01.under_age"]),
        enter(old(number("110101198003070017", m, Sex::Male)), &["M01.full_missing"]),
        into(Some(host(40, UnitKind::JointBranch)), Stage::Full, &["M01.full_missing"]),
        into(Some(host(40, UnitKind::Committee)), Stage::Applicant, &["M01.no_branch"]),
        into(Some(host(40, UnitKind::ProvisionalBranch)), Stage::Probationary, &["M01.provisional"]),
        into(Some(host(40, UnitKind::ProvisionalBranch)), Stage::Target, &[]),
        into(Some(shut), Stage::Applicant, &["M01.unit"]),
        into(None, Stage::Applicant, &["M01.unit"]),
        Story { on: date(2000, 1, 1), ..enter(full(), &[]) },
        Story { on: date(1999, 12, 31), ..enter(full(), &["M01.unit"]) },
    ]
}

fn standings() -> Vec<Story> {
    let enter = |enrolment, found| story(Change::Register(enrolment), ground(None), found);
    let since =
        |admitted_on, full_since| Enrolment { admitted_on, full_since, stage_on: full_since, ..full() };
    let day = date(1990, 7, 1);
    let born =
        |born_on| Enrolment { particulars: Particulars { born_on, ..particulars() }, ..at(Stage::Applicant) };
    vec![
        enter(at(Stage::Probationary), &[]),
        enter(Enrolment { admitted_on: None, ..at(Stage::Probationary) }, &["M01.admitted_missing"]),
        enter(
            Enrolment { full_since: Some(ON), ..at(Stage::Probationary) },
            &["M01.dates_unfit", "M01.short_probation"],
        ),
        enter(Enrolment { admitted_on: Some(day), ..at(Stage::Activist) }, &["M01.dates_unfit"]),
        enter(Enrolment { stage_on: Some(ON), ..at(Stage::Activist) }, &[]),
        enter(Enrolment { stage_on: Some(tomorrow()), ..at(Stage::Activist) }, &["M01.late_date"]),
        enter(since(Some(day), Some(date(1991, 7, 1))), &[]),
        enter(since(Some(day), Some(date(1991, 6, 30))), &["M01.short_probation"]),
        enter(since(Some(day), Some(date(1990, 6, 30))), &["M01.order"]),
        enter(since(None, Some(day)), &[]),
        enter(since(Some(day), None), &["M01.full_missing"]),
        enter(at(Stage::Former), &["M01.former"]),
        enter(born(date(1985, 3, 3)), &[]),
        enter(born(date(1985, 3, 4)), &["M01.under_age"]),
        enter(Enrolment { stage: Stage::None, ..born(date(1985, 3, 4)) }, &[]),
    ]
}

fn corrections() -> Vec<Story> {
    let correct = |becomes: Enrolment, reason: &str, known, found| {
        let change = Change::Correct { becomes: Box::new(becomes), reason: reason.into() };
        story(change, ground(Some(known)), found)
    };
    let renamed =
        || Enrolment { particulars: Particulars { name: "周晓文".into(), ..particulars() }, ..full() };
    let later = || Enrolment { full_since: Some(date(1991, 7, 2)), ..full() };
    let left = || known(Enrolment { stage: Stage::Former, ..full() });
    let left_as = |enrolment| Enrolment { stage: Stage::Former, ..enrolment };
    vec![
        correct(renamed(), "户口簿", member(), &[]),
        correct(renamed(), "", member(), &["M01.reason"]),
        correct(full(), "户口簿", member(), &["M01.same"]),
        correct(later(), "档案", member(), &[]),
        correct(later(), "档案", running(member()), &["M01.running_file"]),
        correct(renamed(), "档案", running(member()), &[]),
        correct(left_as(full()), "档案", member(), &["M01.former"]),
        correct(full(), "档案", left(), &["M01.departed"]),
        correct(left_as(renamed()), "档案", left(), &[]),
        correct(renamed(), "档案", Known { merged_into: Some(PersonId(7)), ..member() }, &["M01.merged"]),
        story(
            Change::Correct { becomes: Box::new(renamed()), reason: "档案".into() },
            ground(None),
            &["T02.person_unknown"],
        ),
    ]
}

fn departures() -> Vec<Story> {
    let depart = |departure, known, found| {
        let departed = PersonDeparted { departure, reason: "决定".into() };
        story(Change::Depart(departed), ground(Some(known)), found)
    };
    let silent = PersonDeparted { departure: Departure::Died, reason: String::new() };
    let posted = |from_on| Known { posts: vec![secretary(40, from_on)], ..member() };
    vec![
        depart(Departure::Died, member(), &[]),
        depart(Departure::Died, known(at(Stage::Applicant)), &[]),
        depart(Departure::Resigned, known(at(Stage::Applicant)), &["M01.not_member"]),
        depart(Departure::Resigned, known(at(Stage::Probationary)), &[]),
        depart(Departure::ProbationCancelled, known(at(Stage::Probationary)), &[]),
        depart(Departure::ProbationCancelled, member(), &["M01.departure_kind"]),
        depart(Departure::Expelled, known(at(Stage::Probationary)), &["M01.departure_kind"]),
        depart(Departure::Expelled, member(), &[]),
        depart(Departure::Died, running(member()), &["M01.running_file"]),
        depart(Departure::Died, known(at(Stage::Former)), &["M01.departed"]),
        depart(Departure::Died, Known { letter: Some(letter()), ..member() }, &["M02.on_the_way"]),
        depart(Departure::Died, posted(ON), &[]),
        depart(Departure::Died, posted(tomorrow()), &["M01.before_known"]),
        story(Change::Depart(silent), ground(Some(member())), &["M01.reason"]),
        Story { on: date(1991, 7, 1), ..depart(Departure::Died, member(), &[]) },
        Story { on: date(1991, 6, 30), ..depart(Departure::Died, member(), &["M01.before_known"]) },
    ]
}

fn sanctions() -> Vec<Story> {
    let sanction = |is_under_sanction, known, found| {
        let sanctioned = PersonSanctioned { is_under_sanction, reason: "决定".into() };
        story(Change::Sanction(sanctioned), ground(Some(known)), found)
    };
    let under = || {
        let mut known = member();
        known.person.is_under_sanction = true;
        known
    };
    let posted = |known| Known { posts: vec![secretary(40, ON)], ..known };
    vec![
        sanction(true, member(), &[]),
        sanction(true, under(), &["M01.sanction_same"]),
        sanction(false, under(), &[]),
        sanction(false, member(), &["M01.sanction_same"]),
        sanction(true, known(at(Stage::Probationary)), &["M01.not_full"]),
        sanction(true, posted(member()), &["M01.holds_post"]),
        sanction(false, posted(under()), &[]),
    ]
}

fn groupings() -> Vec<Story> {
    let group = |group: Option<i64>, known, found| {
        story(Change::JoinGroup(PersonGrouped { group: group.map(GroupId) }), ground(Some(known)), found)
    };
    let grouped = || {
        let mut known = member();
        known.person.group = Some(GroupId(3));
        known
    };
    vec![
        group(Some(3), member(), &[]),
        group(Some(4), member(), &["M01.group_elsewhere"]),
        group(Some(3), grouped(), &["M01.same"]),
        group(None, grouped(), &[]),
        group(None, member(), &["M01.same"]),
    ]
}

fn sendings() -> Vec<Story> {
    let send_to = |to, known| {
        let sent = TransferSent { to: UnitId(to), reason: "调动".into(), is_file_included: true };
        (Change::SendTransfer(sent), ground(Some(known)))
    };
    let send = |known, found| {
        let (change, ground) = send_to(41, known);
        story(change, ground, found)
    };
    let into = |kind, known, found| {
        let (change, ground) = send_to(41, known);
        story(change, Ground { host: Some(host(41, kind)), ..ground }, found)
    };
    let (home, ground_at_home) = send_to(40, member());
    vec![
        send(member(), &[]),
        send(known(at(Stage::Applicant)), &[]),
        story(home, ground_at_home, &["M02.same_unit"]),
        send(known(at(Stage::Former)), &["M01.departed"]),
        send(Known { letter: Some(letter()), ..member() }, &["M02.on_the_way"]),
        send(running(member()), &["M02.running_file"]),
        send(Known { posts: vec![secretary(40, ON)], ..member() }, &["M02.holds_post"]),
        send(Known { posts: vec![secretary(30, ON)], ..member() }, &[]),
        into(UnitKind::ProvisionalBranch, member(), &["M01.provisional"]),
        into(UnitKind::ProvisionalBranch, known(at(Stage::Activist)), &[]),
        into(UnitKind::Town, member(), &["M01.no_branch"]),
    ]
}

fn receptions() -> Vec<Story> {
    let sent = |letter: Letter| Known { letter: Some(letter), ..member() };
    let receive = |by, is_file_received, known, found| {
        let change = Change::ReceiveTransfer { by: UnitId(by), is_file_received };
        story(change, ground(Some(known)), found)
    };
    let give_back = |by, reason: &str, known, found| {
        let change = Change::ReturnTransfer { by: UnitId(by), reason: reason.into() };
        story(change, ground(Some(known)), found)
    };
    let of = |sent_on| sent(Letter { sent_on, ..letter() });
    let without = || sent(Letter { is_file_included: false, ..letter() });
    vec![
        receive(41, true, sent(letter()), &[]),
        receive(41, true, member(), &["M02.not_sent"]),
        receive(42, true, sent(letter()), &["M02.other_unit"]),
        receive(41, true, of(ON), &[]),
        receive(41, true, of(tomorrow()), &["M02.before_letter"]),
        receive(41, true, of(date(2002, 12, 3)), &[]),
        receive(41, true, of(date(2002, 12, 2)), &["M02.overdue"]),
        receive(41, true, without(), &["M02.file_not_sent"]),
        receive(41, false, without(), &[]),
        receive(41, false, sent(letter()), &["M02.file_missing"]),
        receive(41, true, running(sent(letter())), &["M02.running_file"]),
        receive(
            41,
            true,
            Known { posts: vec![secretary(40, tomorrow())], ..sent(letter()) },
            &["M01.before_known"],
        ),
        give_back(41, "查无此人", sent(letter()), &[]),
        give_back(41, "", sent(letter()), &["M01.reason"]),
        give_back(40, "查无此人", sent(letter()), &["M02.other_unit"]),
        give_back(41, "查无此人", member(), &["M02.not_sent"]),
    ]
}

#[test]
fn every_border_is_told_from_both_sides() {
    for (n, Story { change, on, ground, found }) in stories().into_iter().enumerate() {
        let act = Act { on, change };
        let considered = consider(&act, &ground);
        let findings = || considered.refusing.iter().chain(&considered.noted);
        let all: BTreeSet<&str> = findings().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(all, found.iter().copied().collect(), "story {n}: {act:?}");
        for finding in findings() {
            for text in [&finding.text, &finding.remedy] {
                assert!(!text.zh.contains('{') && !text.en.contains('{'), "{}: {text:?}", finding.rule);
            }
        }
        match decide(&act, &ground) {
            Ok(facts) => assert!(considered.refusing.is_empty() && !facts.is_empty(), "story {n}"),
            Err(refusal) => assert_eq!(refusal.findings, considered.refusing, "story {n}"),
        }
    }
}

#[test]
fn every_rule_of_the_roster_has_a_story() {
    let told: BTreeSet<&str> = stories().into_iter().flat_map(|story| story.found).collect();
    let rules: BTreeSet<&str> =
        OfficeRule::ALL.iter().map(|rule| rule.id()).filter(|id| id.starts_with('M')).collect();
    assert_eq!(rules.difference(&told).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn a_correction_names_what_changed_and_nothing_else() {
    let becomes = Enrolment {
        particulars: Particulars { phone: "0411".into(), ..particulars() },
        full_since: None,
        ..full()
    };
    let act = Act { on: ON, change: Change::Correct { becomes: Box::new(becomes), reason: "档案".into() } };
    let facts = decide(&act, &ground(Some(member()))).unwrap();
    let Event::PersonCorrected(corrected) = &facts[0].event else { panic!("{facts:?}") };
    let changes: Vec<_> = corrected.changes.iter().map(|c| (c.field.as_str(), &c.was, &c.becomes)).collect();
    let (empty, phone, day) = ("".into(), "0411".into(), "1991-07-01".into());
    assert_eq!(changes, [("phone", &empty, &phone), ("full_since", &day, &serde_json::Value::Null)]);
}

#[test]
fn what_was_held_where_a_person_comes_from_ends() {
    let posts = vec![secretary(40, date(2002, 1, 1)), secretary(30, date(2002, 1, 1))];
    let known = Known { posts, letter: Some(letter()), ..member() };
    let act = Act { on: ON, change: Change::ReceiveTransfer { by: UnitId(41), is_file_received: true } };
    let facts = decide(&act, &ground(Some(known.clone()))).unwrap();
    let kinds: Vec<_> = facts.iter().map(|fact| (fact.event.kind(), fact.unit.0)).collect();
    assert_eq!(kinds, [("post.ended", 40), ("transfer.received", 41)]);
    let departed = PersonDeparted { departure: Departure::Died, reason: "通知".into() };
    let known = Known { letter: None, ..known };
    let facts = decide(&Act { on: ON, change: Change::Depart(departed) }, &ground(Some(known))).unwrap();
    let kinds: Vec<_> = facts.iter().map(|fact| (fact.event.kind(), fact.unit.0)).collect();
    assert_eq!(kinds, [("post.ended", 40), ("post.ended", 30), ("person.departed", 40)]);
}
