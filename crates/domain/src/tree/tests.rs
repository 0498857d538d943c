use std::collections::BTreeSet;

use jiff::civil::date;

use super::*;
use crate::case::Change as CaseChange;
use crate::dates::Instant;
use crate::event::Event;
use crate::unit::Sector;

const ON: Date = date(2003, 3, 3);

fn unit(id: i64, parent: Option<i64>, kind: UnitKind) -> Unit {
    Unit {
        id: UnitId(id),
        root: UnitId(20),
        parent: parent.map(UnitId),
        kind,
        sector: Sector::Organ,
        code: format!("U{id}"),
        name: Text::new(format!("单位{id}"), format!("Unit {id}")),
        is_open: true,
        pre: id,
        post: id,
        depth: 0,
        version: 1,
    }
}

fn member(id: i64) -> Enrolled {
    Enrolled {
        person: PersonId(id),
        stage: Stage::Full,
        full_since: Some(date(1990, 7, 1)),
        is_under_sanction: false,
        file: None,
    }
}

fn held(id: i64, person: i64, kind: PostKind) -> Held {
    Held { id: PostId(id), person: PersonId(person), kind, from_on: date(2002, 1, 1), to_on: None }
}

/// A branch of four full members under a committee of a county.
fn branch(id: i64) -> Place {
    Place {
        unit: unit(id, Some(30), UnitKind::Branch),
        opened_on: date(2000, 1, 1),
        parent_kind: Some(UnitKind::Committee),
        above: vec![UnitId(30), UnitId(20)],
        children: Vec::new(),
        people: (1..=4).map(|n| member(id * 10 + n)).collect(),
        posts: Vec::new(),
        groups: Vec::new(),
        letters: Vec::new(),
        n_members: 4,
    }
}

fn committee(id: i64) -> Place {
    Place {
        unit: unit(id, Some(20), UnitKind::Committee),
        parent_kind: Some(UnitKind::County),
        above: vec![UnitId(20)],
        people: Vec::new(),
        n_members: 200,
        ..branch(id)
    }
}

fn ground(here: Option<Place>, there: Option<Place>) -> Ground {
    Ground {
        now: Moment { at: Instant(1_046_649_600_000), today: ON },
        here,
        there,
        code_owner: None,
        has_top: true,
        holder: None,
        free: 900,
    }
}

fn opened(parent: Option<i64>, kind: UnitKind) -> UnitOpened {
    UnitOpened {
        parent: parent.map(UnitId),
        unit_kind: kind,
        sector: Sector::Village,
        code: "V1".into(),
        name: Text::new("新村", "New Village"),
        approval: "批复1号".into(),
    }
}

fn renamed(kind: UnitKind) -> UnitChanged {
    UnitChanged {
        unit_kind: kind,
        sector: Sector::Village,
        code: "U40".into(),
        name: Text::new("新名", "New Name"),
        approval: "批复2号".into(),
    }
}

fn moved(to: i64) -> Change {
    Change::MoveUnder(UnitMoved { parent: UnitId(to), approval: "批复3号".into() })
}

fn merged(into: i64) -> Change {
    Change::Merge(UnitMerged { into: UnitId(into), approval: "批复4号".into() })
}

fn split(people: &[i64], units: &[i64]) -> Change {
    Change::Split(UnitSplit {
        into: UnitId(41),
        people: people.iter().copied().map(PersonId).collect(),
        units: units.iter().copied().map(UnitId).collect(),
        approval: "批复5号".into(),
    })
}

fn closed() -> Change {
    Change::Close(UnitClosed { approval: "批复6号".into() })
}

fn assign(kind: PostKind) -> Change {
    Change::AssignPost(AssignPost { kind, person: PersonId(401) })
}

fn ended(reason: &str) -> Change {
    Change::EndPost(PostEnded { post: PostId(7), reason: reason.into() })
}

fn grouped(zh: &str) -> Change {
    Change::FormGroup(FormGroup { name: Text::new(zh, format!("{zh} group")) })
}

fn holder(enrolled: Enrolled) -> Option<Holder> {
    Some(Holder { enrolled, units: vec![UnitId(40), UnitId(30), UnitId(20)] })
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
    [openings(), changes(), moves(), at_the_top(), mergers(), splits(), closings(), posts(), groups()]
        .into_iter()
        .flatten()
        .collect()
}

fn openings() -> Vec<Story> {
    use UnitKind::{Branch, City, Committee, GeneralBranch};
    let under = |kind| opened(Some(30), kind);
    let here = || ground(Some(committee(30)), None);
    let shut = || {
        let mut place = committee(30);
        place.unit.is_open = false;
        ground(Some(place), None)
    };
    let top = |has_top| Ground { has_top, ..ground(None, None) };
    let on = |on, found| Story { on, ..story(Change::Open(under(Branch)), here(), found) };
    vec![
        story(Change::Open(under(Branch)), here(), &[]),
        story(Change::Open(under(City)), here(), &["T01.kind"]),
        story(Change::Open(under(GeneralBranch)), ground(Some(branch(30)), None), &["T01.kind"]),
        story(Change::Open(UnitOpened { approval: " ".into(), ..under(Branch) }), here(), &["T01.approval"]),
        story(Change::Open(UnitOpened { code: String::new(), ..under(Branch) }), here(), &["T01.code"]),
        story(Change::Open(UnitOpened { name: Text::new("新", ""), ..under(Branch) }), here(), &["T01.name"]),
        story(
            Change::Open(under(Branch)),
            Ground { code_owner: Some(UnitId(8)), ..here() },
            &["T01.code_taken"],
        ),
        story(Change::Open(under(Branch)), shut(), &["T01.closed"]),
        story(Change::Open(under(Branch)), ground(None, None), &["T01.unknown"]),
        story(Change::Open(opened(None, City)), top(false), &[]),
        story(Change::Open(opened(None, City)), top(true), &["T01.second_top"]),
        story(Change::Open(opened(None, Committee)), top(false), &["T01.top_kind"]),
        on(ON.tomorrow().unwrap(), &["T01.future"]),
        on(date(2000, 1, 1), &[]),
        on(date(1999, 12, 31), &["T01.before_opening"]),
    ]
}

fn changes() -> Vec<Story> {
    use UnitKind::{Branch, City, Committee, County, GeneralBranch, JointBranch, ProvisionalBranch, Town};
    let here = |place| ground(Some(place), None);
    let owned = |by| Ground { code_owner: Some(UnitId(by)), ..here(branch(40)) };
    let rename = |kind| Change::Rename(renamed(kind));
    let same = {
        let Unit { sector, name, code, .. } = unit(40, Some(30), Branch);
        Change::Rename(UnitChanged { sector, name, code, approval: "批复".into(), unit_kind: Branch })
    };
    let with = |kind, n: i64, n_members| Place {
        unit: unit(40, Some(30), kind),
        people: (1..=n).map(member).collect(),
        n_members,
        ..branch(40)
    };
    let empty = |kind, n_members| with(kind, 0, n_members);
    let above_branch =
        |kind| Place { children: vec![(UnitId(50), Branch), (UnitId(51), Branch)], ..empty(kind, 60) };
    let top = |kind| Place { parent_kind: None, ..empty(kind, 0) };
    vec![
        story(rename(Branch), here(branch(40)), &[]),
        story(rename(Branch), owned(40), &[]),
        story(rename(Branch), owned(41), &["T01.code_taken"]),
        story(same, here(branch(40)), &["T01.same"]),
        story(rename(JointBranch), here(branch(40)), &[]),
        story(rename(County), here(empty(Branch, 0)), &["T01.kind"]),
        story(rename(ProvisionalBranch), here(branch(40)), &["T01.provisional"]),
        story(rename(ProvisionalBranch), here(empty(Branch, 0)), &[]),
        story(rename(GeneralBranch), here(with(Branch, 4, 50)), &["T01.people_left"]),
        story(rename(GeneralBranch), here(above_branch(Committee)), &[]),
        story(rename(GeneralBranch), here(empty(Branch, 49)), &["T01.below_usual"]),
        story(rename(GeneralBranch), here(empty(Branch, 50)), &[]),
        story(rename(Committee), here(empty(Branch, 99)), &["T01.below_usual"]),
        story(rename(Committee), here(empty(Branch, 100)), &[]),
        story(
            rename(Branch),
            here(above_branch(GeneralBranch)),
            &["T01.children_kind", "T01.large", "T01.small"],
        ),
        story(rename(Branch), here(with(JointBranch, 2, 2)), &["T01.small"]),
        story(rename(Branch), here(with(JointBranch, 3, 50)), &[]),
        story(rename(Branch), here(with(JointBranch, 3, 51)), &["T01.large"]),
        story(rename(Town), here(top(County)), &["T01.top_kind"]),
        story(rename(County), here(top(City)), &[]),
    ]
}

fn moves() -> Vec<Story> {
    let below = |mut place: Place, above: &[i64]| {
        place.above = above.iter().copied().map(UnitId).collect();
        place
    };
    let shut = |mut place: Place| {
        place.unit.is_open = false;
        place
    };
    let there = |place| ground(Some(branch(40)), Some(place));
    let committees = |above| ground(Some(committee(30)), Some(below(committee(31), above)));
    vec![
        story(moved(31), there(committee(31)), &[]),
        story(moved(30), there(committee(30)), &["T01.same_parent"]),
        story(moved(31), there(shut(committee(31))), &["T01.closed"]),
        story(moved(31), ground(Some(shut(branch(40))), Some(committee(31))), &["T01.closed"]),
        story(moved(41), there(branch(41)), &["T01.kind"]),
        story(moved(40), there(branch(40)), &["T01.itself"]),
        story(moved(31), ground(Some(branch(40)), None), &["T01.unknown"]),
        story(moved(31), ground(None, Some(committee(31))), &["T01.unknown"]),
        story(moved(31), committees(&[20]), &[]),
        story(moved(31), committees(&[30, 20]), &["T01.cycle"]),
    ]
}

fn with_file(is_on_the_way: bool) -> Place {
    let mut place = branch(40);
    place.people.push(Enrolled {
        stage: Stage::Activist,
        file: Some(RunningFile { case: CaseId(5), is_on_the_way }),
        ..member(409)
    });
    place
}

fn mergers() -> Vec<Story> {
    let into = |here, there| ground(Some(here), Some(there));
    let parent = || Place { children: vec![(UnitId(40), UnitKind::Branch)], ..committee(31) };
    let letters = Place { letters: vec![PersonId(403)], ..branch(40) };
    let later = Held { from_on: ON.tomorrow().unwrap(), ..held(7, 401, PostKind::Secretary) };
    let provisional =
        |here| into(here, Place { unit: unit(41, Some(30), UnitKind::ProvisionalBranch), ..branch(41) });
    let applicants = Place { people: vec![Enrolled { stage: Stage::Applicant, ..member(1) }], ..branch(40) };
    let of_members = |n_members| into(Place { n_members, ..branch(40) }, branch(41));
    vec![
        story(merged(41), into(branch(40), branch(41)), &[]),
        story(merged(41), into(with_file(false), branch(41)), &[]),
        story(merged(41), into(with_file(true), branch(41)), &["T01.files_on_way"]),
        story(merged(31), into(branch(40), committee(31)), &["T01.no_branch"]),
        story(merged(41), provisional(branch(40)), &["T01.provisional"]),
        story(merged(41), provisional(applicants), &[]),
        story(merged(41), into(letters, branch(41)), &["T01.letters"]),
        story(merged(40), into(branch(40), branch(40)), &["T01.itself"]),
        story(
            merged(41),
            into(Place { posts: vec![later], ..branch(40) }, branch(41)),
            &["T02.before_start"],
        ),
        story(merged(41), of_members(46), &[]),
        story(merged(41), of_members(47), &["T01.large"]),
        story(merged(32), into(parent(), committee(32)), &[]),
        story(merged(41), into(Place { n_members: 4, ..parent() }, branch(41)), &["T01.kind"]),
    ]
}

fn splits() -> Vec<Story> {
    let small = |n| Place { people: (1..=n).map(|n| member(400 + n)).collect(), n_members: n, ..branch(40) };
    let here = |here| ground(Some(here), Some(branch(41)));
    let into = |there| ground(Some(small(4)), Some(there));
    let letters = || Place { letters: vec![PersonId(402)], ..small(4) };
    let children = vec![(UnitId(50), UnitKind::Branch), (UnitId(41), UnitKind::Committee)];
    let parent = Place { children, ..committee(30) };
    let committees = |above: &[i64]| {
        let there = Place { above: above.iter().copied().map(UnitId).collect(), ..committee(41) };
        ground(Some(parent.clone()), Some(there))
    };
    vec![
        story(split(&[401], &[]), here(small(4)), &[]),
        story(split(&[401], &[]), here(small(3)), &["T01.small"]),
        story(split(&[401], &[]), into(Place { people: Vec::new(), ..branch(41) }), &["T01.small"]),
        story(split(&[], &[]), here(small(4)), &["T01.empty_split"]),
        story(split(&[499], &[]), here(small(4)), &["T01.not_here"]),
        story(split(&[401, 401], &[]), here(small(4)), &["T01.twice"]),
        story(split(&[401], &[]), here(letters()), &[]),
        story(split(&[402], &[]), here(letters()), &["T01.letters"]),
        story(split(&[409], &[]), here(with_file(false)), &[]),
        story(split(&[409], &[]), here(with_file(true)), &["T01.files_on_way"]),
        story(split(&[401], &[]), here(with_file(true)), &[]),
        story(split(&[401], &[]), into(committee(41)), &["T01.no_branch"]),
        story(split(&[], &[50]), committees(&[20]), &[]),
        story(split(&[], &[50, 50]), committees(&[20]), &["T01.twice"]),
        story(split(&[], &[51]), committees(&[20]), &["T01.not_here"]),
        story(split(&[], &[50]), committees(&[50, 30]), &["T01.cycle"]),
        story(split(&[], &[41]), committees(&[30]), &["T01.cycle"]),
    ]
}

fn at_the_top() -> Vec<Story> {
    let top = || Place { unit: unit(10, None, UnitKind::City), above: Vec::new(), ..committee(10) };
    let below = || Place { above: vec![UnitId(20), UnitId(10)], ..committee(30) };
    vec![
        story(moved(30), ground(Some(top()), Some(below())), &["T01.top_stays", "T01.cycle", "T01.kind"]),
        story(merged(30), ground(Some(top()), Some(below())), &["T01.top_stays", "T01.cycle"]),
    ]
}

fn closings() -> Vec<Story> {
    let empty = || Place { people: Vec::new(), n_members: 0, ..branch(40) };
    let here = |place| ground(Some(place), None);
    let children = vec![(UnitId(50), UnitKind::Branch)];
    vec![
        story(closed(), here(empty()), &[]),
        story(closed(), here(Place { people: vec![member(1)], ..empty() }), &["T01.people_left"]),
        story(closed(), here(Place { children, ..empty() }), &["T01.children_left"]),
        story(closed(), here(Place { letters: vec![PersonId(3)], ..empty() }), &["T01.letters"]),
        story(closed(), here(Place { posts: vec![held(7, 1, PostKind::Secretary)], ..empty() }), &[]),
        story(Change::Close(UnitClosed { approval: String::new() }), here(empty()), &["T01.approval"]),
    ]
}

fn posts() -> Vec<Story> {
    use PostKind::{CommitteeMember, DeputySecretary, GroupLeader, OrganisationHead, Secretary};
    let with = |posts: Vec<Held>| Ground {
        holder: holder(member(401)),
        ..ground(Some(Place { posts, ..branch(40) }), None)
    };
    let who = |enrolled| Ground { holder: holder(enrolled), ..with(Vec::new()) };
    let since = |full_since| who(Enrolled { full_since, ..member(401) });
    let at_stage = |stage| who(Enrolled { stage, ..member(401) });
    let until = |to| Held { to_on: Some(to), ..held(7, 402, Secretary) };
    let on = |on, story: Story| Story { on, ..story };
    let elsewhere = Ground {
        holder: Some(Holder { enrolled: member(401), units: vec![UnitId(41), UnitId(30)] }),
        ..with(Vec::new())
    };
    let begun = || with(vec![held(7, 402, Secretary)]);
    vec![
        story(assign(Secretary), with(Vec::new()), &[]),
        story(assign(Secretary), begun(), &["T02.held"]),
        story(assign(Secretary), with(vec![until(ON)]), &[]),
        story(assign(Secretary), with(vec![until(ON.tomorrow().unwrap())]), &["T02.held"]),
        story(assign(DeputySecretary), with(vec![held(7, 402, DeputySecretary)]), &[]),
        story(assign(CommitteeMember), with(vec![held(7, 401, CommitteeMember)]), &["T02.same_holder"]),
        story(assign(GroupLeader), with(Vec::new()), &[]),
        story(assign(OrganisationHead), with(Vec::new()), &["T02.office"]),
        story(assign(Secretary), Ground { holder: None, ..with(Vec::new()) }, &["T02.person_unknown"]),
        story(assign(Secretary), at_stage(Stage::Former), &["T02.person_unknown"]),
        story(assign(Secretary), at_stage(Stage::Probationary), &["T02.not_full"]),
        story(assign(Secretary), since(Some(ON)), &[]),
        story(assign(Secretary), since(ON.tomorrow().ok()), &["T02.not_full"]),
        story(assign(Secretary), since(None), &[]),
        story(assign(Secretary), who(Enrolled { is_under_sanction: true, ..member(401) }), &["T02.sanction"]),
        story(assign(Secretary), elsewhere, &["T02.elsewhere"]),
        story(ended("换届"), begun(), &[]),
        story(ended(" "), begun(), &["T02.reason"]),
        story(ended("换届"), with(Vec::new()), &["T02.unknown_post"]),
        story(ended("换届"), with(vec![until(date(2002, 6, 1))]), &["T02.ended"]),
        on(date(2002, 1, 1), story(ended("换届"), begun(), &[])),
        on(date(2001, 12, 31), story(ended("换届"), begun(), &["T02.before_start"])),
    ]
}

fn groups() -> Vec<Story> {
    let here = |place| ground(Some(place), None);
    let group = || Group { id: GroupId(3), name: Text::new("一组", "First"), formed_on: ON };
    let with = || here(Place { groups: vec![group()], ..branch(40) });
    vec![
        story(grouped("一组"), here(branch(40)), &[]),
        story(grouped("一组"), with(), &["T02.group_taken"]),
        story(grouped("二组"), with(), &[]),
        story(grouped("一组"), here(committee(30)), &["T02.group_place"]),
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
fn every_rule_of_the_tree_has_a_story() {
    let mut told: BTreeSet<&str> = stories().into_iter().flat_map(|story| story.found).collect();
    told.extend(offers().into_iter().flat_map(|(_, _, found)| found));
    let rules: BTreeSet<&str> =
        OfficeRule::ALL.iter().map(|rule| rule.id()).filter(|id| id.starts_with('T')).collect();
    assert_eq!(rules.difference(&told).collect::<Vec<_>>(), Vec::<&&str>::new());
}

/// A place, a kind of change, and what stands against it whatever is filled in.
fn offers() -> Vec<(Place, ChangeKind, Vec<&'static str>)> {
    use ChangeKind::*;
    let closed = || Place { unit: Unit { is_open: false, ..branch(40).unit }, ..branch(40) };
    let empty = || Place { people: Vec::new(), ..branch(40) };
    let top = || Place { unit: unit(10, None, UnitKind::City), parent_kind: None, ..committee(30) };
    let led = |to_on| {
        let post = Held { to_on, ..held(7, 401, PostKind::Secretary) };
        Place { posts: vec![post], ..branch(40) }
    };
    let above = || Place { children: vec![(UnitId(41), UnitKind::Branch)], ..committee(30) };
    vec![
        (committee(30), Open, vec![]),
        (branch(40), Open, vec!["T01.nothing_below"]),
        (branch(40), Move, vec![]),
        (top(), Move, vec!["T01.top_stays"]),
        (top(), Merge, vec!["T01.top_stays"]),
        (branch(40), Merge, vec![]),
        (with_file(true), Merge, vec!["T01.files_on_way"]),
        (branch(40), Split, vec![]),
        (above(), Split, vec![]),
        (empty(), Split, vec!["T01.nothing_to_split"]),
        (empty(), Close, vec![]),
        (branch(40), Close, vec!["T01.people_left"]),
        (above(), Close, vec!["T01.children_left"]),
        (Place { letters: vec![PersonId(9)], ..empty() }, Close, vec!["T01.letters"]),
        (led(None), End, vec![]),
        (led(Some(ON)), End, vec!["T02.no_posts"]),
        (branch(40), Group, vec![]),
        (committee(30), Group, vec!["T02.group_place"]),
        (branch(40), Rename, vec![]),
        (branch(40), Assign, vec![]),
        (closed(), Rename, vec!["T01.closed"]),
        (closed(), Assign, vec!["T01.closed"]),
    ]
}

#[test]
fn what_cannot_be_done_at_all_is_known_before_anything_is_filled_in() {
    for (n, (place, kind, found)) in offers().into_iter().enumerate() {
        let findings = hindrances(&place, kind);
        let rules: Vec<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(rules, found, "offer {n}");
        assert!(findings.iter().all(|finding| finding.is_error() && !finding.text.en.contains('{')));
    }
    for kind in ChangeKind::ALL {
        assert_eq!(ChangeKind::parse(kind.as_str()), Some(kind));
    }
}

#[test]
fn the_offices_of_a_unit_fit_it() {
    assert!(offices_of(UnitKind::Branch).contains(&PostKind::GroupLeader));
    assert!(!offices_of(UnitKind::Branch).contains(&PostKind::OrganisationHead));
    assert!(!offices_of(UnitKind::Town).contains(&PostKind::GroupLeader));
}

#[test]
fn every_reason_is_told_at_once() {
    let change = Change::Open(UnitOpened {
        approval: String::new(),
        code: String::new(),
        name: Text::new("", ""),
        ..opened(Some(30), UnitKind::City)
    });
    let act = Act { on: ON.tomorrow().unwrap(), change };
    let refusal = decide(&act, &ground(Some(branch(30)), None)).unwrap_err();
    for rule in ["T01.future", "T01.approval", "T01.code", "T01.name", "T01.kind"] {
        assert!(refusal.names(rule), "{rule}");
    }
}

#[test]
fn a_merger_carries_files_and_ends_terms() {
    let mut here = with_file(false);
    here.posts = vec![
        held(7, 401, PostKind::Secretary),
        Held { to_on: Some(date(2002, 5, 1)), ..held(8, 402, PostKind::Secretary) },
    ];
    let act = Act { on: date(2003, 3, 1), change: merged(41) };
    let facts = decide(&act, &ground(Some(here), Some(branch(41)))).unwrap();
    let kinds: Vec<_> = facts.iter().map(|fact| (fact.event.kind(), fact.unit.0)).collect();
    let expected =
        [("case.transfer_sent", 40), ("case.transfer_received", 41), ("post.ended", 40), ("unit.merged", 40)];
    assert_eq!(kinds, expected);
    let Event::Case(received) = &facts[1].event else { panic!("{:?}", facts[1]) };
    let CaseChange::TransferReceived(change) = &received.change else { panic!("{received:?}") };
    assert!(change.is_file_received && received.evidence.iter().all(|paper| paper.is_traceable()));
    assert_eq!(received.entry.reason.as_deref(), Some("批复4号"));
}
