use jiff::civil::date;

use super::*;
use crate::demo;
use crate::planning;
use crate::store::tests::{now, sites, small_city};
use crate::store::{KeyFile, Location};

const CITY: UnitId = UnitId(10);

/// A demonstration city on disk, for as long as the test lasts.
fn city() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let keys = KeyFile(folder.path().join("keys"));
    let location = Location::File(folder.path().join("site.db"));
    let (store, _) =
        demo::found(&location, &keys, demo::Wish { n_members: 600, seed: 11 }, &|_, _| {}).unwrap();
    (folder, store)
}

fn outlook(store: &Store, unit: UnitId, said: Said) -> Outlook {
    store.outlook(unit, demo::DAY, said).unwrap().unwrap()
}

#[test]
fn a_forecast_begins_from_the_members_of_the_record_and_answers_its_own_file() {
    let (_folder, store) = city();
    let found = outlook(&store, CITY, Said::default());
    let composition = store.composition(CITY).unwrap();
    assert_eq!(found.n_today, composition.n_members());
    let women = found.targets.iter().find(|target| target.id == "stock_women").unwrap();
    assert_eq!(women.today.unwrap().n, composition.n_of(domain::person::Sex::Female));
    let educated = found.targets.iter().find(|target| target.id == "stock_educated").unwrap();
    assert_eq!(educated.today.unwrap().n, composition.n_educated);
    assert_eq!((found.from, found.until), (2002, 2004));
    assert_eq!(women.before.last().map(|(year, it)| (*year, it.of)), Some((2002, Some(found.n_members))));
    assert_eq!(found.pyramid.iter().flatten().sum::<i64>(), found.n_members);

    // The file that the page hands out is answered on the command line with the same bytes.
    for (question, answer) in found.questions.iter().zip(&found.answers) {
        assert_eq!(planning::forecast(question).unwrap().file, *answer);
    }
    // A part of the city begins from its own members.
    let below: i64 = store
        .units_below(Some(CITY))
        .unwrap()
        .iter()
        .filter_map(|unit| store.outlook(unit.id, demo::DAY, Said::default()).unwrap().ok())
        .map(|part| part.n_members)
        .sum();
    assert!(below > 0 && below <= found.n_members, "{below}");
}

#[test]
fn every_line_of_a_year_has_its_number_and_they_come_to_the_whole() {
    let (_folder, store) = city();
    let found = outlook(&store, CITY, Said::default());
    for scenario in &found.scenarios {
        assert_eq!(scenario.years.len(), 2);
        assert_eq!(scenario.years[0].n_before, found.n_members);
        for (year, (_, n, _)) in scenario.years.iter().zip(&scenario.admissions) {
            assert_eq!(year.n_admitted, *n);
            let gone = year.n_died + year.n_left + year.n_not_confirmed + year.n_moved_away;
            let after = year.n_before + year.n_admitted + year.n_arrived - gone;
            // Seven lines, each rounded by half a person at most.
            assert!((after - year.n_after).abs() <= 3, "{year:?}");
            assert!(year.n_died > 0 && year.n_aged > 0, "{year:?}");
        }
    }
    let written = &found.scenarios[0];
    assert_eq!(written.admissions[0].1, 30, "the source speaks of the whole city");
    assert_eq!(written.admissions[0].2, [21, 26, 8], "70, 85 and 26 % of 30, in whole people");
    let with_forecast = found.scenarios[1].results.iter().filter(|row| row.is_some()).count();
    assert!(with_forecast >= 7, "{with_forecast}");
    assert_eq!(found.targets.len(), found.scenarios[1].results.len());
    let account = found.scenarios[1].results[4].as_ref().and_then(|row| row.account).unwrap();
    assert_eq!(account.start.1, found.n_members);
    assert_eq!(account.start.0 + account.admitted.0 - account.n_gone, account.end.0);
}

#[test]
fn what_is_tried_changes_what_it_would_take() {
    let (_folder, store) = city();
    let usual = outlook(&store, CITY, Said::default());
    let shares = [Some(1000), Some(1000), Some(500)];
    let said = Said { intake: Some(40), shares, keeps_pace: Some(false) };
    let tried = outlook(&store, CITY, said);
    assert_eq!(tried.scenarios[2].admissions[0], (2003, 40, [40, 40, 20]));
    assert_eq!(tried.scenarios[0].admissions, usual.scenarios[0].admissions);
    assert_eq!(tried.questions[0], usual.questions[0], "what is tried does not touch the plan as written");
    assert_ne!(tried.questions[1], usual.questions[1]);
    // Without a limit on the rise it can be reached, or the proof says why not.
    let takes = &tried.takes[1];
    match takes.status.is_reached() {
        true => {
            assert!(takes.total >= takes.bound && !takes.rows.is_empty());
            assert_eq!(takes.total, takes.years.iter().map(|year| year.n).sum::<i64>());
            assert!(!takes.prices.is_empty());
        }
        false => assert!(!takes.best.is_empty()),
    }
    // Out of range is taken to the nearest that can be.
    let wild = Said { intake: Some(-5), shares: [Some(5000), None, Some(-1)], keeps_pace: None };
    let (wish, usual) = outlook(&store, CITY, wild).wish;
    assert_eq!((wish.intake, wish.shares), (0, [1000, usual.shares[1], 0]));
}

#[test]
fn where_there_is_nothing_to_forecast_it_is_said_why() {
    for site in sites() {
        small_city(&site);
        let late = site.store.outlook(CITY, date(2005, 1, 1), Said::default()).unwrap();
        assert_eq!(late.unwrap_err(), Without::Targets { until: 2004 });
        let early = site.store.outlook(UnitId(50), now(10).today, Said::default()).unwrap();
        assert_eq!(early.unwrap_err(), Without::Members);
    }
}

#[test]
fn key_departments_and_large_enterprises_are_told_as_they_stand() {
    let (_folder, store) = city();
    let found = outlook(&store, CITY, Said::default());
    let target = |id: &str| found.targets.iter().position(|target| target.id == id).unwrap();

    // More members in key departments than at the end of the year before: counted from the branches.
    let is_key = |sector| settings().tags.iter().any(|tag| tag.id == "key" && tag.sectors.contains(&sector));
    let branches: Vec<Unit> = store.subtree(CITY).unwrap();
    let in_key = branches.iter().filter(|unit| is_key(unit.sector) && unit.kind.is_branch());
    let n_key: i64 = in_key.map(|unit| store.composition(unit.id).unwrap().n_members()).sum();
    let result = &found.scenarios[1].results[target("key_posts")];
    assert_eq!(result.is_some(), n_key > 0, "nobody can be asked to grow from nothing");
    assert!(result.iter().all(|row| row.points.len() == 2 && row.points.iter().all(|point| point.is_due)));
    let today = found.targets[target("key_posts")].today.unwrap();
    assert!(today.of.is_none() && today.n.abs() <= n_key, "{today:?} of {n_key}");

    // No forecast is made of what follows from who is named; today's figures stand there.
    let covered = found.targets[target("non_public")].today.unwrap();
    let is_large = |unit: &&Unit| {
        unit.is_open
            && unit.kind.may_admit()
            && unit.sector == domain::unit::Sector::NonPublic
            && store.composition(unit.id).unwrap().n_members() >= settings().start.duty_members
    };
    let n_large = branches.iter().filter(is_large).count();
    assert_eq!(covered.of, i64::try_from(n_large).ok());
    assert!(found.scenarios[1].results[target("non_public")].is_none());
    let ratio = found.targets[target("activists_to_targets")].today.unwrap();
    let stages = &store.composition(CITY).unwrap().stages;
    assert_eq!(Some(&ratio.n), stages.get(&domain::person::Stage::Activist));
}
