use domain::event::{Fact, UnitClosed};
use domain::ids::PersonId;
use domain::person::{Sex, Stage};
use jiff::civil::date;

use super::*;
use crate::store::tests::{Site, record, register, sites, small_city};

const DAY: Date = date(2003, 3, 3);

fn admitted(site: &Site, id: i64, unit: i64, on: Date) {
    let mut fact = register(id, unit, Sex::Female);
    if let domain::event::Event::PersonRegistered(registered) = &mut fact.event {
        registered.admitted_on = Some(on);
    }
    record(site, 3, vec![fact]);
}

#[test]
fn an_outline_counts_everything_below_each_unit() {
    for site in sites() {
        small_city(&site);
        let mut candidate = register(103, 50, Sex::Male);
        if let domain::event::Event::PersonRegistered(registered) = &mut candidate.event {
            registered.stage = Stage::Activist;
            (registered.admitted_on, registered.full_since) = (None, None);
        }
        record(&site, 3, vec![candidate]);
        let closing = Fact::of_unit(UnitId(41), DAY, UnitClosed { approval: "批复".into() });
        record(&site, 3, vec![closing]);
        let figures = |parent| -> Vec<(i64, i64, i64, i64)> {
            let below = site.store.outline_below(UnitId(parent)).unwrap();
            below.iter().map(|o| (o.unit.id.0, o.n_members, o.n_candidates, o.n_units)).collect()
        };
        assert_eq!(figures(10), [(20, 3, 0, 2), (21, 0, 1, 1)]);
        assert_eq!(figures(30), [(40, 2, 0, 0), (41, 1, 0, 0)]);
        for parent in [10, 20, 30] {
            for outlined in site.store.outline_below(UnitId(parent)).unwrap() {
                let counted = site.store.composition(outlined.unit.id).unwrap();
                assert_eq!(outlined.n_members, counted.n_members());
            }
        }
        assert_eq!(site.store.unit_closed_on(UnitId(41)).unwrap(), Some(DAY));
        assert_eq!(site.store.unit_closed_on(UnitId(40)).unwrap(), None);
    }
}

#[test]
fn units_are_found_by_name_or_code_within_a_part_of_the_tree() {
    for site in sites() {
        small_city(&site);
        let ids = |typed: &str, within: i64| -> Vec<i64> {
            let top = site.store.unit(UnitId(within)).unwrap();
            let found = site.store.units_named(typed, (top.pre, top.post), 9).unwrap();
            found.iter().map(|unit| unit.id.0).collect()
        };
        let code = site.store.unit(UnitId(40)).unwrap().code;
        assert_eq!(ids(&code, 10).first(), Some(&40));
        assert_eq!(ids(&code.to_lowercase(), 10).first(), Some(&40));
        assert_eq!(ids(&code, 21), Vec::<i64>::new());
        assert_eq!(ids(" ", 10), Vec::<i64>::new());
        // What means anything in a pattern is taken as written.
        assert_eq!(ids("%", 10), Vec::<i64>::new());
        assert_eq!(ids("_", 10), Vec::<i64>::new());
        let name = site.store.unit(UnitId(40)).unwrap().name;
        assert!(ids(&name.zh, 10).contains(&40) && ids(&name.en.to_uppercase(), 10).contains(&40));
    }
}

#[test]
fn admissions_are_counted_by_year_and_below_the_unit() {
    for site in sites() {
        small_city(&site);
        for (id, unit, on) in [
            (200, 40, date(2001, 12, 31)),
            (201, 41, date(2002, 1, 1)),
            (202, 41, date(2002, 12, 31)),
            (203, 50, date(2003, 1, 1)),
        ] {
            admitted(&site, id, unit, on);
        }
        // Leaving takes nothing back; an entry that was merged into another is not counted twice.
        let departed = domain::event::PersonDeparted {
            departure: domain::person::Departure::Died,
            reason: "通知".into(),
        };
        let merged = domain::event::PersonMerged { into: PersonId(200), reason: "重复".into() };
        record(&site, 4, vec![Fact::of_person(PersonId(201), UnitId(41), DAY, departed)]);
        record(&site, 4, vec![Fact::of_person(PersonId(202), UnitId(41), DAY, merged)]);
        let years = |unit: i64, n| -> Vec<(i16, i64)> {
            site.store.intake(UnitId(unit), DAY, n).unwrap().into_iter().collect()
        };
        assert_eq!(years(10, 3), [(2001, 1), (2002, 1), (2003, 1)]);
        assert_eq!(years(20, 3), [(2001, 1), (2002, 1), (2003, 0)]);
        assert_eq!(years(21, 2), [(2002, 0), (2003, 1)]);
    }
}
