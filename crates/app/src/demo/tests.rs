use std::collections::{BTreeMap, BTreeSet};

use domain::agenda::{Duty, Pressure, agenda};
use domain::audit::across::{Across, Trace};
use domain::case::{Candidate, Case, NoticeStage, Step};
use domain::dates::Lateness;
use domain::decide::Setting;
use domain::event::Event;
use domain::finding::Severity;
use domain::ids::CaseId;
use ledger::verify::Verdict;

use super::*;
use crate::admission::File;
use crate::store::reading;

/// A city on disk, for as long as the test lasts.
struct Site {
    _folder: tempfile::TempDir,
    keys: KeyFile,
    store: Store,
    made: Made,
    city: City,
}

fn site(wish: Wish) -> Site {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = KeyFile(folder.path().join("keys"));
    let location = Location::File(folder.path().join("site.db"));
    let (store, made) = found(&location, &keys, wish, &|_, _| {}).expect("the city is made");
    Site { _folder: folder, keys, store, made, city: City::plan(wish) }
}

impl Site {
    fn file(&self, case: CaseId) -> File {
        self.store.file(case, DAY).unwrap_or_else(|error| panic!("file {case}: {error}"))
    }
}

#[test]
fn a_small_city_is_recorded_counted_and_verified() {
    let site = site(Wish { n_members: 500, seed: 7 });
    let (store, made) = (&site.store, &site.made);
    let city = store.units_below(None).expect("the top is there")[0].clone();
    assert_eq!(city.name.en, "Muhe City");
    assert_eq!(store.subtree(city.id).expect("the tree").len(), made.n_units);
    let composition = store.composition(city.id).expect("the people");
    assert_eq!(composition.stages[&Stage::Former] as usize, made.n_died);
    let mut planned: BTreeMap<Stage, usize> = BTreeMap::new();
    for file in &site.city.files {
        *planned.entry(file.stage()).or_default() += 1;
    }
    *planned.entry(Stage::Full).or_default() += made.n_members - made.n_died;
    for (stage, n) in planned {
        assert_eq!(composition.stages.get(&stage).copied().unwrap_or(0) as usize, n, "{stage:?}");
    }
    let docket = store.docket(city.id, DAY).expect("the docket");
    assert_eq!(docket.n_files, made.n_running);
    let report = store.verify(&site.keys).expect("it can be verified");
    assert_eq!(report.record.verdict, Verdict::Intact, "{:?}", report.record.findings);
    assert!(report.is_sound(), "{:?}", report.wrong_views);
}

#[test]
fn files_are_in_order_but_for_what_was_planted() {
    let site = site(Wish { n_members: 700, seed: 3 });
    let mut seen: BTreeSet<Fault> = BTreeSet::new();
    let mut across = Across::default();
    for planned in &site.city.files {
        let file = site.file(planned.case);
        assert_eq!(file.case.stage(), planned.stage(), "{:?} {:?}", planned.fault, planned.days);
        assert_eq!(file.case.stage(), file.person.stage, "{:?}", planned.fault);
        let errors: Vec<&str> = file
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.rule.as_str())
            .collect();
        let expected = planned.fault.and_then(Fault::rule).filter(|rule| !rule.starts_with('X'));
        match (expected, planned.fault) {
            (Some(rule), Some(fault)) => {
                assert!(file.findings.iter().any(|finding| finding.rule == rule), "{fault:?} {planned:?}");
                assert!(errors.iter().all(|error| *error == rule), "{fault:?}: {errors:?}");
            }
            (None, _) | (_, None) => assert!(errors.is_empty(), "{errors:?} in {planned:?}"),
        }
        seen.extend(planned.fault);
        let candidate = Candidate::default();
        across.add(Trace::of(&file.case.file(DAY, &candidate), DAY));
    }
    assert_eq!(seen, Fault::ALL.iter().copied().collect(), "every kind is in every city");
    let copied: BTreeSet<String> = across
        .findings(books())
        .into_iter()
        .filter(|found| found.finding.rule == "X06.same_days")
        .map(|found| found.case)
        .collect();
    let is_copied = |file: &&PlannedFile| file.fault == Some(Fault::CopiedPapers);
    let planned: BTreeSet<String> =
        site.city.files.iter().filter(is_copied).map(|file| file.case.to_string()).collect();
    assert_eq!(copied, planned);
}

#[test]
fn what_was_planted_shows_where_the_table_says() {
    let site = site(Wish { n_members: 500, seed: 11 });
    let example = |fault: Fault| {
        let planted = site.made.planted.iter().find(|planted| planted.fault == fault);
        site.file(planted.unwrap_or_else(|| panic!("no {fault:?}")).example)
    };
    let lateness = |fault: Fault| {
        let file = example(fault);
        let review = file.case.records(Step::HalfYearReview).next().expect("a review").clone();
        (review.lateness, file.case.logged(review.event).expect("its event").event().cloned())
    };
    let (class, event) = lateness(Fault::LateEntry);
    assert_eq!(class, Lateness::Late);
    assert!(event.is_some_and(|event| event.entry.reason.is_some()));
    let (class, event) = lateness(Fault::VeryLateEntry);
    assert_eq!(class, Lateness::VeryLate);
    assert_eq!(event.and_then(|event| event.entry.attested_by), Some(ATTESTER));
    let (class, event) = lateness(Fault::BackFilled);
    assert_eq!(class, Lateness::Late);
    assert_eq!(event.map(|event| event.entry.mode), Some(domain::case::EntryMode::BackFill));

    let corrected = example(Fault::Corrected).case;
    let talk = corrected.last(Step::InitialTalk).expect("a talk");
    let logged = corrected.logged(talk.event).expect("its event");
    assert!(logged.recorded.fact.occurred_on > logged.effective.occurred_on);
    assert!(example(Fault::Invalidated).case.last(Step::Application).is_none());
    for ended in [Fault::Removed, Fault::Withdrawn] {
        assert!(example(ended).case.end().is_some(), "{ended:?}");
    }
    let again = example(Fault::Reapplied).case;
    let previous = site.file(again.previous().expect("an earlier file"));
    assert!(previous.case.end().is_some_and(|end| Some(end.on) < again.opened_on()));
    assert!(example(Fault::TransferPending).case.on_the_way_to().is_some());
    assert!(example(Fault::Suspended).case.hold().is_some());
    assert!(example(Fault::ObjectionsOpen).case.has_open_objections());
    assert_eq!(example(Fault::StepReturned).case.returned().count(), 1);
    let overdue = example(Fault::ConfirmationOverdue).agenda;
    let is_overdue = |due: &domain::agenda::Due| {
        due.duty == Duty::Take(Step::ConfirmationApplication) && due.pressure == Pressure::Overdue
    };
    assert!(overdue.due.iter().any(is_overdue), "{:?}", overdue.due);
}

#[test]
fn the_intake_of_each_year_is_the_one_that_was_drawn() {
    let site = site(Wish { n_members: 500, seed: 5 });
    let (mut drawn, mut held): (BTreeMap<i16, usize>, BTreeMap<i16, usize>) = Default::default();
    for planned in &site.city.files {
        if let Path::File { admitted_in: Some(year), .. } = site.city.people[planned.person].path {
            *drawn.entry(year).or_default() += 1;
        }
        let case = site.store.case(planned.case).expect("the file");
        if let Some(meeting) = case.done(Step::BranchMeeting) {
            *held.entry(meeting.on.year()).or_default() += 1;
            let ballot = meeting.record.ballot().expect("a ballot");
            let due = site.city.rosters.n_voting(planned.branch, meeting.on);
            assert!(ballot.due == due && ballot.is_carried(), "{ballot:?}, {due} on the roster");
        }
    }
    assert_eq!(held, drawn);
}

/// The files of a city as the record will tell them, without a store.
fn told(city: &City, seed: u64) -> BTreeMap<CaseId, Case> {
    let mut cases: BTreeMap<CaseId, Case> = BTreeMap::new();
    for portion in record::portions(city.lines(seed), seed) {
        for (n, fact) in portion.facts.into_iter().enumerate() {
            let (Event::Case(event), Some(person)) = (&fact.event, fact.subject) else { continue };
            let (id, unit) = (event.case, fact.unit);
            let event_id = portion.command.event(n);
            let recorded = reading::recorded_as(event_id, fact, portion.now.at, reading::PROGRAM);
            cases.entry(id).or_insert_with(|| Case::new(id, person, unit)).apply(recorded);
        }
    }
    cases
}

#[test]
fn every_kind_of_duty_occurs() {
    let seed = 20_020_101;
    let city = City::plan(Wish { n_members: 6_000, seed });
    let packs = founding().packs;
    let (mut duties, mut pressures): (BTreeSet<String>, BTreeSet<Pressure>) = Default::default();
    for case in told(&city, seed).values() {
        let candidate = Candidate { packs: packs.clone(), ..Candidate::default() };
        let setting = Setting::new(books(), candidate, reading::PROGRAM);
        for due in agenda(case, &setting, DAY).due {
            pressures.insert(due.pressure);
            duties.insert(match due.duty {
                Duty::CloseNotice(_) => "close".to_owned(),
                Duty::SettleObjections(_) => "settle".to_owned(),
                duty @ (Duty::Take(_)
                | Duty::OpenNotice(_)
                | Duty::Repair(_)
                | Duty::Receive
                | Duty::Resume) => format!("{duty:?}"),
            });
        }
    }
    let steps = books().on(DAY).steps.iter().filter_map(|step| Step::parse(&step.id));
    let notices = [NoticeStage::Admission, NoticeStage::Confirmation].map(Duty::OpenNotice);
    let named = steps.map(Duty::Take).chain(notices).map(|duty| format!("{duty:?}"));
    let others = ["close", "settle", "Receive", "Resume", "Repair(PoliticalReview)"].map(str::to_owned);
    let missing: Vec<String> = named.chain(others).filter(|duty| !duties.contains(duty)).collect();
    assert!(missing.is_empty(), "{missing:?} of {duties:?}");
    assert_eq!(pressures.len(), 4, "{pressures:?}");
}

#[test]
fn one_seed_one_city() {
    let lines = |seed| {
        let wish = Wish { n_members: 500, seed };
        City::plan(wish).lines(seed).into_iter().map(|line| (line.written_on, line.fact)).collect::<Vec<_>>()
    };
    let first = lines(7);
    assert_eq!(first, lines(7));
    assert_ne!(first, lines(8));
    assert!(first.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    assert!(first.last().is_some_and(|(day, _)| *day <= LAST_DAY));
}
