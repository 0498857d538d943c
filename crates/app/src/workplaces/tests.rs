use std::io::Cursor;
use std::sync::atomic::AtomicBool;

use documents::roster::Watch;
use domain::event::{PersonDeparted, UnitClosed, UnitMoved};
use domain::person::{Departure, Sex};
use domain::text::Text;
use domain::unit::{PostKind, Sector, UnitKind};
use domain::workplace::{
    Charge, Class, Entrust, Ownership, Particulars, Scale, Step, WorkplaceKind, WorkplaceRule,
};
use jiff::civil::date;

use super::*;
use crate::roster::ImportError;
use crate::store::tests::{ACTOR, Site, now, record, register, sites, small_city};

const DAY: Date = date(2003, 3, 3);
const TOWN: UnitId = UnitId(30);

fn firm(code: &str) -> Particulars {
    Particulars {
        kind: WorkplaceKind::Enterprise,
        name: Text::new("清源纺织有限公司", "Qingyuan Textiles Ltd"),
        code: code.into(),
        ownership: Some(Ownership::Private),
        scale: Some(Scale::Medium),
        n_staff: 180,
        is_stable: true,
        is_key: false,
    }
}

fn team() -> Particulars {
    Particulars {
        kind: WorkplaceKind::Team,
        name: Text::new("甲班", "First team"),
        code: String::new(),
        ownership: None,
        scale: None,
        n_staff: 12,
        ..firm("")
    }
}

fn list(site: &Site, parent: Option<WorkplaceId>, particulars: Particulars) -> Result<WorkplaceId, ActError> {
    let act = Act { on: DAY, change: Change::List { parent, particulars } };
    site.store.list_workplace(ACTOR, now(9), CommandId::random(), TOWN, act)
}

fn change(site: &Site, id: WorkplaceId, change: Change) -> Result<Receipt, ActError> {
    let seen = SeenWorkplace { workplace: id, version: site.store.workplace(id)?.version };
    site.store.change_workplace(ACTOR, now(10), CommandId::random(), seen, Act { on: DAY, change })
}

fn entrust(charge: Charge, letter: &str, until_on: Option<Date>) -> Change {
    Change::Entrust(Entrust { charge, person: PersonId(100), letter: letter.into(), until_on })
}

fn placed(site: &Site, person: i64, at: Option<WorkplaceId>) -> Result<Receipt, ActError> {
    site.store.place_person(ACTOR, now(11), CommandId::random(), (PersonId(person), at), DAY)
}

fn step_of(site: &Site, id: WorkplaceId) -> Step {
    site.store.workplace(id).unwrap().step
}

fn gaps_of(site: &Site, id: WorkplaceId) -> Vec<String> {
    let detail = site.store.workplace_detail(id, DAY).unwrap();
    detail.findings.into_iter().map(|finding| finding.rule).collect()
}

fn assert_sound(site: &Site) {
    let report = site.store.verify(&site.keys).unwrap();
    assert!(report.is_sound(), "{:?} {:?}", report.record.findings, report.wrong_views);
}

fn branch(parent: i64) -> UnitOpened {
    UnitOpened {
        parent: Some(UnitId(parent)),
        unit_kind: UnitKind::Branch,
        sector: Sector::NonPublic,
        code: "F1".into(),
        name: Text::new("清源纺织党支部", "Qingyuan Textiles Branch"),
        approval: "组〔2003〕9号".into(),
    }
}

#[test]
fn a_blank_enterprise_climbs_to_a_branch_of_its_own() {
    for site in sites() {
        small_city(&site);
        record(&site, 3, vec![register(103, 41, Sex::Female)]);
        let firm = list(&site, None, firm("D2143569X")).unwrap();
        assert_eq!(step_of(&site, firm), Step::Blank);
        assert!(gaps_of(&site, firm).contains(&"C33.no_instructor".to_owned()));
        change(&site, firm, entrust(Charge::Contact, "", None)).unwrap();
        assert_eq!(step_of(&site, firm), Step::Contact);
        let term = Some(date(2004, 3, 2));
        change(&site, firm, entrust(Charge::Instructor, "组派〔2003〕4号", term)).unwrap();
        assert_eq!(step_of(&site, firm), Step::Instructor);
        assert!(!gaps_of(&site, firm).contains(&"C33.no_instructor".to_owned()));
        change(&site, firm, Change::Visit { number: 2, note: "与工会商定活动".into() }).unwrap();
        for person in [100, 101] {
            placed(&site, person, Some(firm)).unwrap();
        }
        assert_eq!(step_of(&site, firm), Step::Member);
        assert!(!gaps_of(&site, firm).contains(&"C32.no_organisation".to_owned()), "two are too few");
        placed(&site, 103, Some(firm)).unwrap();
        assert!(gaps_of(&site, firm).contains(&"C32.no_organisation".to_owned()));
        let seen = SeenWorkplace { workplace: firm, version: site.store.workplace(firm).unwrap().version };
        let unit = site
            .store
            .found_organisation(ACTOR, now(12), CommandId::random(), (seen, DAY), branch(30))
            .unwrap();
        let founded = site.store.workplace(firm).unwrap();
        assert_eq!((founded.step, founded.organisation), (Step::Own, Some((unit, false))));
        assert_eq!(site.store.unit(unit).unwrap().parent, Some(TOWN));
        let detail = site.store.workplace_detail(firm, DAY).unwrap();
        let reached: Vec<Step> = detail.rungs.iter().map(|(step, _)| *step).collect();
        assert_eq!(reached, [Step::Blank, Step::Contact, Step::Instructor, Step::Member, Step::Own]);
        assert_eq!((detail.visits.len(), detail.people.len()), (1, 3));
        assert_sound(&site);
    }
}

#[test]
fn founding_tells_the_reasons_of_the_tree_and_of_the_register_at_once() {
    for site in sites() {
        small_city(&site);
        let firm = list(&site, None, firm("D2143569X")).unwrap();
        let seen = SeenWorkplace { workplace: firm, version: 1 };
        let wrong = UnitOpened { code: "U40".into(), approval: " ".into(), ..branch(30) };
        let answer = site.store.found_organisation(ACTOR, now(12), CommandId::random(), (seen, DAY), wrong);
        let Err(ActError::Refused(refusal)) = answer else { panic!("{answer:?}") };
        assert!(refusal.names("T01.approval") && refusal.names("T01.code_taken"));
        assert!(!refusal.names("W01.approval"), "asked for once");
        assert_eq!(site.store.workplace(firm).unwrap().version, 1, "nothing half done");
    }
}

#[test]
fn people_count_for_the_part_and_for_the_whole_and_leave_with_their_standing() {
    for site in sites() {
        small_city(&site);
        let firm = list(&site, None, firm("D2143569X")).unwrap();
        let team = list(&site, Some(firm), team()).unwrap();
        assert_eq!(gaps_of(&site, team), ["C41.no_card"]);
        assert!(gaps_of(&site, firm).contains(&"C40.share".to_owned()));
        placed(&site, 100, Some(team)).unwrap();
        for id in [firm, team] {
            let known = site.store.workplace(id).unwrap();
            assert_eq!((known.n_members, known.n_full, known.step), (1, 1, Step::Member));
        }
        assert!(gaps_of(&site, team).is_empty());
        let left = PersonDeparted { departure: Departure::Died, reason: "通知".into() };
        record(&site, 20, vec![domain::event::Fact::of_person(PersonId(100), UnitId(40), DAY, left)]);
        for id in [firm, team] {
            let known = site.store.workplace(id).unwrap();
            assert_eq!((known.n_members, known.step), (0, Step::Blank));
        }
        assert_eq!(site.store.workplace_of(PersonId(100)).unwrap(), None);
        assert_sound(&site);
    }
}

#[test]
fn the_register_follows_the_tree() {
    for site in sites() {
        small_city(&site);
        let firm = list(&site, None, firm("D2143569X")).unwrap();
        let part = list(&site, Some(firm), team()).unwrap();
        placed(&site, 100, Some(part)).unwrap();
        change(&site, firm, entrust(Charge::Contact, "", None)).unwrap();
        let organise = Change::Organise { organisation: Some(UnitId(41)), approval: "批复".into() };
        change(&site, firm, organise).unwrap();
        let moved = UnitMoved { parent: UnitId(21), approval: "批复".into() };
        record(&site, 30, vec![domain::event::Fact::of_unit(TOWN, DAY, moved)]);
        let root = |table: &str, key: &str| {
            let sql = format!("SELECT root_id FROM {table} WHERE {key} = $1");
            site.store.read(|connection| connection.query(&sql, &[firm.0.into()])?[0].int(0)).unwrap()
        };
        assert_eq!((root("workplace", "id"), root("charge", "workplace_id")), (21, 21));
        let closed = UnitClosed { approval: "批复".into() };
        record(&site, 31, vec![domain::event::Fact::of_unit(UnitId(41), DAY, closed)]);
        let left = site.store.workplace(firm).unwrap();
        assert_eq!((left.organisation, left.step), (None, Step::Member));
        record(
            &site,
            32,
            vec![domain::event::Fact::of_unit(TOWN, DAY, UnitClosed { approval: "批复".into() })],
        );
        assert_eq!(site.store.workplace(firm).unwrap().unit, UnitId(21), "the unit above takes over");
        assert_eq!(site.store.workplace(part).unwrap().unit, UnitId(21));
        assert_sound(&site);
    }
}

#[test]
fn a_survey_counts_both_bases_and_what_changed_this_year() {
    for site in sites() {
        small_city(&site);
        let first = list(&site, None, firm("D2143569X")).unwrap();
        let second = list(&site, None, Particulars { n_staff: 10, ..firm("") }).unwrap();
        change(&site, first, Change::Organise { organisation: Some(UnitId(41)), approval: "批复".into() })
            .unwrap();
        let survey = site.store.survey(UnitId(10), DAY).unwrap();
        let tally = survey.tally();
        assert_eq!((tally.n_all, tally.n_due, tally.n_organised), (2, 1, 1));
        assert_eq!(tally.n_on(Class::NonPublic, Step::Own), 1);
        assert_eq!(survey.changed.len(), 2, "both came into the register this year");
        assert!(survey.changed.iter().all(|changed| changed.before.is_none()));
        let filter = Filter { step: Some(Step::Blank), ..Filter::default() };
        let listed = site.store.workplaces_below((UnitId(10), DAY), &filter, (0, 50)).unwrap();
        assert_eq!((listed.n, listed.rows[0].0.id), (1, second));
        let named = Filter { name: "d2143".into(), ..Filter::default() };
        let listed = site.store.workplaces_below((UnitId(10), DAY), &named, (0, 50)).unwrap();
        assert_eq!((listed.n, listed.rows[0].0.id), (1, first));
        assert!(listed.rows[0].1.contains(&WorkplaceRule::NoAdmission), "{:?}", listed.rows[0].1);
        let elsewhere = site.store.survey(UnitId(21), DAY).unwrap();
        assert_eq!(elsewhere.tally().n_all, 0);
        placed(&site, 100, Some(second)).unwrap();
        let again = site.store.survey(UnitId(10), DAY).unwrap().tally();
        assert_eq!(again.n_on(Class::NonPublic, Step::Member), 1, "what is kept does not go stale");
    }
}

fn preview(site: &Site, file: &str) -> ImportPreview {
    let cancel = AtomicBool::new(false);
    let mut watch = Watch { progress: &mut |_| {}, cancel: &cancel };
    let source = Cursor::new(file.to_owned());
    site.store.preview_workplaces(UnitId(10), ("名录.csv", "00"), source, &mut watch).unwrap()
}

const FILE: &str = "名称,类型,统一社会信用代码,所有制,规模,人数,所属单位,负责党组织\n\
    甲班,班组,,,,12,清源纺织有限公司,U30\n\
    清源纺织有限公司,企业,D2143569X,私营,中型,180,,U30\n";

#[test]
fn a_file_is_taken_over_whole_and_says_nothing_new_the_second_time() {
    for site in sites() {
        small_city(&site);
        let first = preview(&site, FILE);
        assert!(first.is_clean(), "{:?}", first.problems);
        assert_eq!(first.counts(), (2, 0, 0));
        let confirm = |preview| site.store.confirm_workplaces(ACTOR, now(40), CommandId::random(), preview);
        confirm(first.clone()).unwrap();
        let listed = site.store.workplaces_below((UnitId(10), DAY), &Filter::default(), (0, 9)).unwrap();
        let team = listed.rows.iter().find(|(it, _)| it.particulars.kind == WorkplaceKind::Team).unwrap();
        assert!(team.0.parent.is_some() && team.0.unit == TOWN);
        assert_eq!(preview(&site, FILE).counts(), (0, 0, 2));
        let changed = preview(&site, &FILE.replace(",180,", ",200,"));
        assert_eq!(changed.counts(), (0, 1, 1));
        assert_eq!(confirm(first), Err(ImportError::Store(StoreError::Changed)), "it went on since");
        let exported = site
            .store
            .workplaces_file((UnitId(10), DAY), &Filter::default(), true, domain::text::Language::Zh)
            .unwrap();
        assert_eq!(preview(&site, &String::from_utf8(exported).unwrap()).counts(), (0, 0, 2));
        assert_sound(&site);
    }
}

#[test]
fn every_problem_of_a_file_is_told_with_its_cell_and_nothing_is_taken_over() {
    for site in sites() {
        small_city(&site);
        let file = "名称,类型,统一社会信用代码,所有制,规模,人数,所属单位,负责党组织\n\
            甲公司,企业,D21435691,,中型,180,,U30\n\
            乙班,班组,,,,12,没有的厂,U99\n\
            丙村,村,,,,一百,,U30\n\
            丁公司,企业,D2143569X,私营,小型,5,,U30\n\
            戊公司,企业,D2143569X,私营,小型,5,,U30\n";
        let preview = preview(&site, file);
        let told: Vec<&str> =
            preview.problems.iter().filter_map(|problem| problem.text.en.split(':').next()).collect();
        assert_eq!(told, ["D2", "C2", "H3", "G3", "F4", "C6"], "{:?}", preview.problems);
        let answer = site.store.confirm_workplaces(ACTOR, now(40), CommandId::random(), preview);
        assert_eq!(answer, Err(ImportError::Problems));
        assert_eq!(site.store.survey(UnitId(10), DAY).unwrap().tally().n_all, 0);
    }
}

#[test]
fn a_command_that_comes_twice_records_once_and_an_old_form_is_told() {
    for site in sites() {
        small_city(&site);
        let command = CommandId::random();
        let act = || Act { on: DAY, change: Change::List { parent: None, particulars: firm("D2143569X") } };
        let list = || site.store.list_workplace(ACTOR, now(9), command, TOWN, act()).unwrap();
        let id = list();
        assert_eq!(list(), id);
        change(&site, id, entrust(Charge::Contact, "", None)).unwrap();
        let seen = SeenWorkplace { workplace: id, version: 1 };
        let close = Act { on: DAY, change: Change::Close { reason: "破产".into() } };
        let answer = site.store.change_workplace(ACTOR, now(10), CommandId::random(), seen, close);
        assert_eq!(answer, Err(ActError::Store(StoreError::Changed)));
    }
}

#[test]
fn units_without_an_organiser_are_told_and_terms_have_an_end() {
    for site in sites() {
        small_city(&site);
        let assigned = domain::event::PostAssigned {
            post: domain::ids::PostId(7),
            kind: PostKind::Organiser,
            person: PersonId(100),
        };
        record(&site, 3, vec![domain::event::Fact::of_unit(TOWN, date(1998, 3, 3), assigned)]);
        let found = site.store.organisers(UnitId(10), DAY).unwrap();
        assert_eq!(found.lines.len(), 1);
        assert_eq!((found.lines[0].unit.id, found.lines[0].until_on), (TOWN, DAY));
        let vacant: Vec<i64> = found.vacant.iter().map(|vacancy| vacancy.unit.id.0).collect();
        assert_eq!(vacant, [10, 20, 21]);
    }
}
