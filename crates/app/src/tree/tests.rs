use std::collections::{BTreeMap, BTreeSet};

use domain::case::Change as CaseChange;
use domain::event::{
    PersonDeparted, PostEnded, TransferSent, UnitChanged, UnitClosed, UnitMerged, UnitMoved, UnitSplit,
};
use domain::ids::{GrantId, GroupId};
use domain::members::{Act as MemberAct, Change as MemberChange};
use domain::person::{Departure, Sex, Stage};
use domain::refusal::Refusal;
use domain::role::{Reach, Role};
use domain::text::Text;
use domain::tree::{AssignPost, FormGroup};
use domain::unit::{PostKind, Sector, UnitKind};
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::admission::opening;
use crate::members;
use crate::store::tests::{ACTOR, Site, now, record, register, sites, small_city};

const DAY: Date = date(2003, 3, 3);

fn opened(parent: i64, kind: UnitKind, code: &str) -> UnitOpened {
    UnitOpened {
        parent: Some(UnitId(parent)),
        unit_kind: kind,
        sector: Sector::Village,
        code: code.into(),
        name: Text::new(format!("{code}支部"), format!("Branch {code}")),
        approval: "批复".into(),
    }
}

fn open(store: &Store, parent: i64, kind: UnitKind, code: &str) -> Result<UnitId, ActError> {
    store.open_unit(ACTOR, now(9), CommandId::random(), DAY, opened(parent, kind, code))
}

fn change(store: &Store, unit: i64, change: Change) -> Result<Receipt, ActError> {
    let unit = UnitId(unit);
    let seen = Seen { unit, version: store.unit(unit)?.version };
    store.change_unit(ACTOR, now(9), CommandId::random(), seen, Act { on: DAY, change })
}

fn act_on(store: &Store, person: i64, change: MemberChange) -> Result<Receipt, ActError> {
    let person = PersonId(person);
    let seen = members::Seen { person, version: store.person_row(person)?.version };
    store.change_person(ACTOR, now(9), CommandId::random(), seen, MemberAct { on: DAY, change })
}

fn refused<T: std::fmt::Debug>(answer: Result<T, ActError>) -> Vec<String> {
    match answer {
        Err(ActError::Refused(Refusal { findings })) => findings.into_iter().map(|f| f.rule).collect(),
        other => panic!("{other:?}"),
    }
}

fn moved(to: i64) -> Change {
    Change::MoveUnder(UnitMoved { parent: UnitId(to), approval: "批复".into() })
}

fn merged(into: i64) -> Change {
    Change::Merge(UnitMerged { into: UnitId(into), approval: "批复".into() })
}

fn split(into: i64, people: &[i64], units: &[i64]) -> Change {
    Change::Split(UnitSplit {
        into: UnitId(into),
        people: people.iter().copied().map(PersonId).collect(),
        units: units.iter().copied().map(UnitId).collect(),
        approval: "批复".into(),
    })
}

fn closed() -> Change {
    Change::Close(UnitClosed { approval: "批复".into() })
}

fn assign(kind: PostKind, person: i64) -> Change {
    Change::AssignPost(AssignPost { kind, person: PersonId(person) })
}

/// Counters equal a count of the rows; everyone still there is in one open unit; numbers of the tree are
/// as its parents say.
fn assert_consistent(site: &Site) {
    let query = |sql: &str| site.store.read(|connection| connection.query(sql, &[])).unwrap();
    let cells =
        "stage * 10000000 + sex * 1000000 + education * 10000 + CAST(SUBSTR(born_on, 1, 4) AS bigint)";
    let counted = query(&format!(
        "SELECT root_id, unit_id, {cells}, COUNT(*) FROM person GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ));
    assert_eq!(query("SELECT root_id, unit_id, cell, n FROM rollup ORDER BY 1, 2, 3"), counted);
    let summed =
        query("SELECT root_id, cell, CAST(SUM(n) AS bigint) FROM rollup GROUP BY 1, 2 ORDER BY 1, 2");
    assert_eq!(query("SELECT root_id, cell, n FROM root_total ORDER BY 1, 2"), summed);
    let lost = query(
        "SELECT p.id FROM person p LEFT JOIN unit u ON u.id = p.unit_id AND u.root_id = p.root_id
         WHERE p.stage < 6 AND p.merged_into IS NULL AND (u.id IS NULL OR u.closed_on IS NOT NULL)",
    );
    assert_eq!(lost, []);
    assert_eq!(query("SELECT id FROM person GROUP BY id HAVING COUNT(*) > 1"), []);
    let top = site.store.units_below(None).unwrap();
    assert_eq!(top.len(), 1);
    let all = site.store.subtree(top[0].id).unwrap();
    assert_eq!(query("SELECT COUNT(*) FROM unit")[0].int(0).unwrap(), all.len() as i64);
    let by_id: BTreeMap<UnitId, &Unit> = all.iter().map(|unit| (unit.id, unit)).collect();
    let mut last_of: BTreeMap<UnitId, i64> = BTreeMap::new();
    for unit in &all {
        let Some(parent) = unit.parent else { continue };
        let above = by_id[&parent];
        assert!(above.pre < unit.pre && unit.pre <= unit.post && unit.post <= above.post, "{unit:?}");
        assert_eq!(unit.depth, above.depth + 1);
        // In preorder a sibling begins where everything below the one before has ended.
        let before = last_of.insert(parent, unit.post);
        assert!(before.is_none_or(|before| before < unit.pre), "{unit:?}");
        let is_above = matches!(above.kind, UnitKind::Nation | UnitKind::Province | UnitKind::City);
        assert_eq!(unit.root, if is_above { unit.id } else { above.root });
    }
}

fn assert_sound(site: &Site) {
    assert_consistent(site);
    let report = site.store.verify(&site.keys).unwrap();
    assert!(report.is_sound(), "{:?} {:?}", report.record.findings, report.wrong_views);
}

#[test]
fn units_are_opened_under_others_and_each_code_once() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let branch = open(store, 30, UnitKind::Branch, "V1").unwrap();
        assert_eq!(store.unit(branch).unwrap().parent, Some(UnitId(30)));
        assert_eq!(refused(open(store, 30, UnitKind::Branch, "V1")), ["T01.code_taken"]);
        assert_eq!(refused(open(store, 40, UnitKind::Branch, "V2")), ["T01.kind"]);
        assert_eq!(refused(open(store, 4_711, UnitKind::Branch, "V2")), ["T01.unknown"]);
        let top = UnitOpened { parent: None, ..opened(0, UnitKind::City, "C2") };
        let second = store.open_unit(ACTOR, now(9), CommandId::random(), DAY, top);
        assert_eq!(refused(second), ["T01.second_top"]);
        // A closed unit gives its code back.
        change(store, branch.0, closed()).unwrap();
        let again = open(store, 30, UnitKind::Branch, "V1").unwrap();
        assert!(again > branch);
        assert_eq!(refused(change(store, branch.0, closed())), ["T01.closed"]);
        assert_sound(&site);
    }
}

#[test]
fn a_site_begins_with_its_top() {
    for site in sites() {
        let top = UnitOpened { parent: None, ..opened(0, UnitKind::County, "C") };
        let open = |opened| site.store.open_unit(ACTOR, now(9), CommandId::random(), DAY, opened);
        let county = open(top).unwrap();
        open(opened(county.0, UnitKind::Town, "T")).unwrap();
        assert_sound(&site);
    }
}

#[test]
fn a_repeated_command_opens_one_unit() {
    for site in sites() {
        small_city(&site);
        let command = CommandId::random();
        let open = || site.store.open_unit(ACTOR, now(9), command, DAY, opened(30, UnitKind::Branch, "V1"));
        assert_eq!(open().unwrap(), open().unwrap());
        assert_eq!(site.store.units_below(Some(UnitId(30))).unwrap().len(), 3);
    }
}

#[test]
fn who_saw_another_version_is_told_so() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let seen = Seen { unit: UnitId(40), version: store.unit(UnitId(40)).unwrap().version };
        let act = Act { on: DAY, change: assign(PostKind::Secretary, 101) };
        let command = CommandId::random();
        store.change_unit(ACTOR, now(9), command, seen, act.clone()).unwrap();
        let stale = store.change_unit(ACTOR, now(9), CommandId::random(), seen, act.clone());
        assert_eq!(stale, Err(ActError::Store(StoreError::Changed)));
        assert!(store.change_unit(ACTOR, now(9), command, seen, act).unwrap().is_repeat);
    }
}

#[test]
fn a_unit_is_renamed_and_its_size_is_remarked_on() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let renamed = UnitChanged {
            unit_kind: UnitKind::JointBranch,
            sector: Sector::NonPublic,
            code: "U40".into(),
            name: Text::new("联合支部", "Joint Branch"),
            approval: "批复".into(),
        };
        let act = Act { on: DAY, change: Change::Rename(renamed.clone()) };
        let considered = store.consider_unit(Some(UnitId(40)), &act, now(9)).unwrap();
        assert_eq!(considered.noted.iter().map(|f| f.rule.as_str()).collect::<Vec<_>>(), ["T01.small"]);
        change(store, 40, act.change).unwrap();
        assert_eq!(store.unit(UnitId(40)).unwrap().kind, UnitKind::JointBranch);
        assert_eq!(store.unit_sizes(UnitId(40)).unwrap().len(), 1);
        assert_eq!(refused(change(store, 40, Change::Rename(renamed))), ["T01.same"]);
        record(&site, 9, vec![register(103, 40, Sex::Male)]);
        assert_eq!(store.unit_sizes(UnitId(40)).unwrap(), []);
        assert_sound(&site);
    }
}

#[test]
fn posts_are_taken_up_and_given_up() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        change(store, 40, assign(PostKind::Secretary, 101)).unwrap();
        assert_eq!(refused(change(store, 40, assign(PostKind::Secretary, 100))), ["T02.held"]);
        let post = store.posts(UnitId(40), DAY).unwrap().remove(0);
        let ended = Change::EndPost(PostEnded { post: post.id, reason: "换届".into() });
        change(store, 40, ended.clone()).unwrap();
        assert_eq!(refused(change(store, 40, ended)), ["T02.ended"]);
        change(store, 40, assign(PostKind::Secretary, 100)).unwrap();
        // The committee above may be led by someone of a branch below it, but not of another county.
        change(store, 30, assign(PostKind::Secretary, 100)).unwrap();
        let act = Act { on: DAY, change: assign(PostKind::Secretary, 100) };
        let considered = store.consider_unit(Some(UnitId(50)), &act, now(9)).unwrap();
        assert_eq!(considered.noted.iter().map(|f| f.rule.as_str()).collect::<Vec<_>>(), ["T02.elsewhere"]);
        assert_sound(&site);
    }
}

#[test]
fn groups_are_formed_and_joined() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let form = || Change::FormGroup(FormGroup { name: Text::new("一组", "First") });
        change(store, 40, form()).unwrap();
        assert_eq!(refused(change(store, 40, form())), ["T02.group_taken"]);
        let group = store.groups(UnitId(40)).unwrap()[0].id;
        let join = |group| MemberChange::JoinGroup(domain::event::PersonGrouped { group });
        act_on(store, 100, join(Some(group))).unwrap();
        assert_eq!(store.person_row(PersonId(100)).unwrap().group, Some(group));
        assert_eq!(refused(act_on(store, 102, join(Some(group)))), ["M01.group_elsewhere"]);
        assert_eq!(refused(act_on(store, 101, join(Some(GroupId(99))))), ["M01.group_elsewhere"]);
        assert_sound(&site);
    }
}

#[test]
fn a_merger_takes_people_files_units_and_ends_posts() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        change(store, 40, assign(PostKind::Secretary, 101)).unwrap();
        record(&site, 9, vec![newcomer(200, 40)]);
        let case =
            store.open_file(ACTOR, now(9), CommandId::random(), PersonId(200), opening(DAY, None)).unwrap();
        change(store, 40, merged(41)).unwrap();
        assert_sound(&site);
        assert_eq!(store.people_of(UnitId(41), None, 0, 9).unwrap().len(), 4);
        let file = store.case(case).unwrap();
        assert_eq!((file.unit, file.gap_days()), (UnitId(41), 0));
        assert!(file.log().iter().any(|logged| {
            matches!(&logged.recorded.fact.event, domain::event::Event::Case(event)
                if matches!(event.change, CaseChange::TransferReceived(_)))
        }));
        assert!(!store.unit(UnitId(40)).unwrap().is_open);
        assert_eq!(store.posts(UnitId(40), DAY).unwrap(), []);
        // A committee with its branch, into another committee of the other county.
        let committee = open(store, 21, UnitKind::Committee, "K").unwrap();
        assert_eq!(refused(change(store, 30, merged(50))), ["T01.kind"]);
        change(store, 30, merged(committee.0)).unwrap();
        assert_eq!(store.unit(UnitId(41)).unwrap().root, UnitId(21));
        let listed = store
            .read(|connection| {
                let top = units::unit(connection, UnitId(21))?.ok_or(StoreError::Missing)?;
                cases::below(connection, (top.pre, top.post), true)
            })
            .unwrap();
        assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [case]);
        assert_sound(&site);
    }
}

#[test]
fn a_split_parts_people_and_units() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        change(store, 40, assign(PostKind::Secretary, 100)).unwrap();
        let part = open(store, 30, UnitKind::Branch, "V1").unwrap().0;
        assert_eq!(refused(change(store, 40, split(part, &[102], &[]))), ["T01.not_here"]);
        change(store, 40, split(part, &[100], &[])).unwrap();
        assert_eq!(store.person_row(PersonId(100)).unwrap().unit, UnitId(part));
        assert_eq!(store.posts(UnitId(40), DAY).unwrap(), []);
        let other = open(store, 20, UnitKind::Committee, "K").unwrap().0;
        change(store, 30, split(other, &[], &[41])).unwrap();
        assert_eq!(store.unit(UnitId(41)).unwrap().parent, Some(UnitId(other)));
        assert_sound(&site);
    }
}

#[test]
fn nothing_is_closed_over_anyone_s_head() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        assert_eq!(refused(change(store, 40, closed())), ["T01.people_left"]);
        assert_eq!(refused(change(store, 30, closed())), ["T01.children_left"]);
        let sent = TransferSent { to: UnitId(50), reason: "调动".into(), is_file_included: false };
        act_on(store, 102, MemberChange::SendTransfer(sent)).unwrap();
        assert_eq!(refused(change(store, 50, closed())), ["T01.letters"]);
        assert_eq!(refused(change(store, 41, merged(40))), ["T01.letters"]);
        let received = MemberChange::ReceiveTransfer { by: UnitId(50), is_file_received: false };
        act_on(store, 102, received).unwrap();
        change(store, 41, closed()).unwrap();
        assert_sound(&site);
    }
}

#[test]
fn a_unit_is_moved_but_never_below_itself() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let inner = open(store, 30, UnitKind::Committee, "K").unwrap().0;
        assert_eq!(refused(change(store, 30, moved(inner))), ["T01.cycle"]);
        assert_eq!(refused(change(store, 30, moved(20))), ["T01.same_parent"]);
        change(store, 30, moved(21)).unwrap();
        assert_eq!(store.unit(UnitId(40)).unwrap().root, UnitId(21));
        assert_sound(&site);
    }
}

#[test]
fn duties_bound_what_is_changed() {
    for site in sites() {
        small_city(&site);
        let store = &site.store;
        let actor = |login: &str, role, unit, reach| {
            let account = store.open_account(ACTOR, now(5), login, "吴", None).unwrap();
            let (from, to) = (date(2003, 1, 1), date(2003, 12, 31));
            let grant = crate::accounts::NewGrant { account, role, unit, reach, from, to };
            let _: GrantId = store.give_grant(ACTOR, now(5), grant).unwrap();
            Actor { account: Some(account), role: Some(role), unit }
        };
        let organiser = actor("li", Role::Organiser, UnitId(20), Reach::Subtree);
        let secretary = actor("wu", Role::BranchSecretary, UnitId(40), Reach::Exact);
        let denied = |actor, unit: i64, change| {
            let seen = Seen { unit: UnitId(unit), version: store.unit(UnitId(unit)).unwrap().version };
            let act = Act { on: DAY, change };
            match store.change_unit(actor, now(9), CommandId::random(), seen, act) {
                Err(ActError::Denied(denial)) => Some(denial.rule),
                Ok(_) => None,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(denied(organiser, 30, moved(21)), Some("A02.scope"));
        assert_eq!(denied(organiser, 50, closed()), Some("A02.scope"));
        assert_eq!(denied(secretary, 40, assign(PostKind::Secretary, 101)), Some("A01.role"));
        assert_eq!(denied(organiser, 40, assign(PostKind::Secretary, 101)), None);
        let top = UnitOpened { parent: None, ..opened(0, UnitKind::City, "C2") };
        let second = store.open_unit(organiser, now(9), CommandId::random(), DAY, top);
        assert!(matches!(second, Err(ActError::Denied(_))), "{second:?}");
        let under = |parent| {
            let opened = opened(parent, UnitKind::Branch, "V9");
            store.open_unit(organiser, now(9), CommandId::random(), DAY, opened)
        };
        assert!(matches!(under(21), Err(ActError::Denied(_))));
        under(20).unwrap();
        let depart = |actor, person| {
            let seen = members::Seen { person: PersonId(person), version: 1 };
            let departed = PersonDeparted { departure: Departure::Died, reason: "通知".into() };
            let act = MemberAct { on: DAY, change: MemberChange::Depart(departed) };
            store.change_person(actor, now(9), CommandId::random(), seen, act)
        };
        assert!(matches!(depart(secretary, 102), Err(ActError::Denied(_))));
        depart(secretary, 100).unwrap();
        assert_sound(&site);
    }
}

/// Somebody who has not applied yet.
fn newcomer(id: i64, unit: i64) -> domain::event::Fact {
    let mut fact = register(id, unit, Sex::Female);
    if let domain::event::Event::PersonRegistered(registered) = &mut fact.event {
        registered.stage = Stage::None;
        (registered.admitted_on, registered.full_since) = (None, None);
    }
    fact
}

/// One random wish: what, and two or three numbers to choose by.
type Wish = (u8, usize, usize, usize);

/// Kinds of wishes: what takes units or people away comes seldom, so that something is left to do.
fn what() -> impl Strategy<Value = u8> {
    prop_oneof![
        4 => Just(0u8), 4 => Just(1), 1 => Just(2), 4 => Just(3), 2 => Just(4), 1 => Just(5), 4 => Just(6),
        4 => Just(7), 4 => Just(8), 1 => Just(9), 1 => Just(10)
    ]
}

/// Carries out a wish as far as the rules let it.
fn wish(site: &Site, n: usize, (what, a, b, c): Wish) -> Result<(), ActError> {
    let store = &site.store;
    let units = store.subtree(UnitId(10)).unwrap();
    let unit = |k: usize| units[k % units.len()].id.0;
    let rows = store.people_of(UnitId(10), None, 0, 100).unwrap();
    let person = |k: usize| &rows[k % rows.len()];
    match what {
        0 => {
            let fitting = units[a % units.len()].kind.allowed_children();
            let kinds = if c % 4 == 0 || fitting.is_empty() { UnitKind::ALL } else { fitting };
            open(store, unit(a), kinds[b % kinds.len()], &format!("N{n}")).map(drop)
        }
        1 => change(store, unit(a), moved(unit(b))).map(drop),
        2 => change(store, unit(a), merged(unit(b))).map(drop),
        3 => {
            let from = person(a).unit.0;
            change(store, from, split(unit(b), &[person(a).id.0], &[])).map(drop)
        }
        4 => {
            let below = store.units_below(Some(UnitId(unit(a)))).unwrap();
            let child = below.get(c % below.len().max(1)).map_or(unit(c), |unit| unit.id.0);
            change(store, unit(a), split(unit(b), &[], &[child])).map(drop)
        }
        5 => change(store, unit(a), closed()).map(drop),
        6 => {
            let kind = PostKind::ALL[c % PostKind::ALL.len()];
            change(store, unit(b), assign(kind, person(a).id.0)).map(drop)
        }
        7 => {
            let sent =
                TransferSent { to: UnitId(unit(b)), reason: "调动".into(), is_file_included: c % 2 == 0 };
            act_on(store, person(a).id.0, MemberChange::SendTransfer(sent)).map(drop)
        }
        8 => {
            let letters: Vec<_> = rows.iter().filter_map(|row| store.letter_of(row.id).unwrap()).collect();
            let (who, to) = match letters.get(a % letters.len().max(1)) {
                Some(letter) => (letter.person.0, letter.to.0),
                None => (person(a).id.0, unit(b)),
            };
            let change = MemberChange::ReceiveTransfer { by: UnitId(to), is_file_received: c % 2 == 0 };
            act_on(store, who, change).map(drop)
        }
        9 => {
            let departure = Departure::ALL[c % Departure::ALL.len()];
            let departed = PersonDeparted { departure, reason: "通知".into() };
            act_on(store, person(a).id.0, MemberChange::Depart(departed)).map(drop)
        }
        _ => {
            let person = rows.iter().find(|row| row.stage == Stage::None).unwrap_or(person(a)).id;
            store.open_file(ACTOR, now(9), CommandId::random(), person, opening(DAY, None)).map(drop)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_wished_for_the_tree_stays_a_tree(
        wishes in proptest::collection::vec((what(), 0usize..60, 0usize..60, 0usize..60), 50)
    ) {
        for site in sites() {
            small_city(&site);
            let committee = open(&site.store, 21, UnitKind::Committee, "K").unwrap();
            open(&site.store, committee.0, UnitKind::Branch, "B").unwrap();
            record(&site, 9, (200..206).map(|id| newcomer(id, 40 + id % 2)).collect());
            let mut done = BTreeSet::new();
            for (n, wish_) in wishes.iter().enumerate() {
                match wish(&site, n, *wish_) {
                    Ok(()) => {
                        done.insert(wish_.0);
                        assert_consistent(&site);
                    }
                    Err(ActError::Refused(refusal)) => prop_assert!(!refusal.findings.is_empty()),
                    Err(error) => return Err(TestCaseError::fail(error.to_string())),
                }
            }
            eprintln!("DONE {done:?}");
            prop_assert!(done.len() > 2, "almost everything was refused: {done:?}");
            assert_sound(&site);
        }
    }
}
