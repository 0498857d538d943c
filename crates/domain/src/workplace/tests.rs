use jiff::civil::{Date, date};

use super::*;
use crate::access::Action;
use crate::dates::Instant;
use crate::event::Event;
use crate::person::Stage;
use crate::text::Text;
use crate::unit::{Sector, UnitKind};

const TODAY: Date = date(2003, 3, 12);

fn now() -> Moment {
    Moment { at: Instant(1_047_400_000_000), today: TODAY }
}

fn unit(id: i64, kind: UnitKind) -> Unit {
    Unit {
        id: UnitId(id),
        root: UnitId(id),
        parent: None,
        kind,
        sector: Sector::Other,
        code: format!("U{id}"),
        name: Text::new(format!("{id}号组织"), format!("Unit {id}")),
        is_open: true,
        pre: id,
        post: id,
        depth: 1,
        version: 1,
    }
}

fn firm() -> Particulars {
    Particulars {
        kind: WorkplaceKind::Enterprise,
        name: Text::new("清源纺织有限公司", "Qingyuan Textiles Ltd"),
        code: "D2143569X".into(),
        ownership: Some(Ownership::Private),
        scale: Some(Scale::Medium),
        n_staff: 180,
        is_stable: true,
        is_key: false,
    }
}

fn part(kind: WorkplaceKind) -> Particulars {
    Particulars {
        kind,
        name: Text::new("一班", "First team"),
        code: String::new(),
        ownership: None,
        scale: None,
        n_staff: 12,
        is_stable: true,
        is_key: false,
    }
}

fn listed(particulars: Particulars) -> Workplace {
    Workplace {
        id: WorkplaceId(7),
        unit: UnitId(20),
        parent: None,
        particulars,
        listed_on: date(2002, 3, 1),
        closed_on: None,
        organisation: None,
        n_activists: 0,
        n_members: 0,
        n_full: 0,
        step: Step::Blank,
        version: 1,
    }
}

fn ground(here: Option<Workplace>) -> Ground {
    Ground {
        now: now(),
        unit: Some(unit(20, UnitKind::Town)),
        here,
        parent: None,
        n_parts: 0,
        n_placed: 0,
        code_owner: None,
        charged: Vec::new(),
        holder: Some(Holder { person: PersonId(5), is_full: true, is_under_sanction: false }),
        organisation: None,
        free: 31,
    }
}

fn refused(change: Change, ground: &Ground) -> Vec<String> {
    let found =
        decide(&Act { on: TODAY, change }, ground).map_or_else(|refusal| refusal.findings, |_| Vec::new());
    found.into_iter().map(|finding| finding.rule).collect()
}

fn done(change: Change, ground: &Ground) -> Event {
    let mut facts = decide(&Act { on: TODAY, change }, ground).unwrap();
    assert_eq!(facts.len(), 1);
    facts.remove(0).event
}

#[test]
fn an_entry_is_refused_with_every_fault_at_once() {
    let wrong = Particulars {
        name: Text::new(" ", "x"),
        code: "D21435691".into(),
        ownership: None,
        n_staff: -1,
        ..firm()
    };
    let mut ground = ground(None);
    ground.unit.as_mut().unwrap().is_open = false;
    let found = refused(Change::List { parent: None, particulars: wrong }, &ground);
    assert_eq!(found, ["W01.unit_closed", "W02.name", "W02.ownership", "W02.staff", "W02.code_check"]);
}

#[test]
fn a_sound_entry_gets_the_free_number_and_a_taken_code_is_told() {
    let mut ground = ground(None);
    let list = || Change::List { parent: None, particulars: firm() };
    let Event::WorkplaceListed(listed) = done(list(), &ground) else { panic!("something else was recorded") };
    assert_eq!(listed.workplace, WorkplaceId(31));
    ground.code_owner = Some(WorkplaceId(4));
    assert_eq!(refused(list(), &ground), ["W02.code_taken"]);
    ground.code_owner = None;
    let without = Particulars { code: String::new(), ..firm() };
    let act = Act { on: TODAY, change: Change::List { parent: None, particulars: without } };
    let considered = consider(&act, &ground);
    assert!(considered.refusing.is_empty());
    assert_eq!(considered.noted[0].rule, "W02.no_code");
}

#[test]
fn parts_stand_only_under_what_they_are_parts_of() {
    let under = |kind, above: WorkplaceKind| {
        let mut faults = faults(&part(kind), Some(above));
        faults.pop().map(|finding| finding.rule)
    };
    assert_eq!(under(WorkplaceKind::Team, WorkplaceKind::Workshop), None);
    assert_eq!(under(WorkplaceKind::Team, WorkplaceKind::Village), Some("W02.parent".into()));
    assert_eq!(under(WorkplaceKind::VillagerGroup, WorkplaceKind::Village), None);
    assert_eq!(faults(&part(WorkplaceKind::Team), None).len(), 1);
    assert_eq!(faults(&firm(), Some(WorkplaceKind::Enterprise)).len(), 1);
}

#[test]
fn the_books_of_the_new_unit_keep_a_hand_over() {
    let mut ground = ground(Some(listed(firm())));
    ground.unit = Some(unit(21, UnitKind::Town));
    let change = || Change::Move { to: UnitId(21), reason: "区划调整".into() };
    let facts = decide(&Act { on: TODAY, change: change() }, &ground).unwrap();
    assert_eq!(facts[0].unit, UnitId(21));
    ground.here.as_mut().unwrap().parent = Some(WorkplaceId(2));
    assert_eq!(refused(change(), &ground), ["W03.part_moves"]);
}

#[test]
fn nothing_that_is_still_in_use_is_closed() {
    let mut ground = ground(Some(listed(firm())));
    ground.n_parts = 2;
    ground.n_placed = 3;
    ground.here.as_mut().unwrap().organisation = Some((UnitId(9), false));
    let found = refused(Change::Close { reason: String::new() }, &ground);
    assert_eq!(found, ["W01.reason", "W03.parts_left", "W03.people_left", "W03.organisation_left"]);
    let free = super::tests::ground(Some(listed(firm())));
    assert_eq!(refused(Change::Close { reason: "破产".into() }, &free), Vec::<String>::new());
}

#[test]
fn an_instructor_comes_with_a_letter_and_for_a_term() {
    let ground = ground(Some(listed(firm())));
    let send = |letter: &str, until_on| {
        Change::Entrust(Entrust {
            charge: Charge::Instructor,
            person: PersonId(5),
            letter: letter.into(),
            until_on,
        })
    };
    assert_eq!(refused(send("", None), &ground), ["W04.letter", "W04.term"]);
    assert_eq!(refused(send("柳组派〔2003〕4号", Some(date(2003, 3, 11))), &ground), ["W04.term_order"]);
    assert_eq!(
        refused(send("柳组派〔2003〕4号", Some(TODAY)), &ground),
        Vec::<String>::new(),
        "a term of one day"
    );
    let mut probationer = ground.clone();
    probationer.holder.as_mut().unwrap().is_full = false;
    assert_eq!(refused(send("4号", Some(TODAY)), &probationer), ["W04.not_full"]);
}

#[test]
fn a_responsibility_area_is_for_a_blank_part() {
    let area = || {
        Change::Entrust(Entrust {
            charge: Charge::Area,
            person: PersonId(5),
            letter: String::new(),
            until_on: None,
        })
    };
    assert_eq!(refused(area(), &ground(Some(listed(firm())))), ["W04.area_of_whole"]);
    let mut team = listed(part(WorkplaceKind::Team));
    assert!(refused(area(), &ground(Some(team.clone()))).is_empty());
    team.n_members = 1;
    assert_eq!(refused(area(), &ground(Some(team))), ["W04.area_not_blank"]);
}

#[test]
fn a_charge_is_ended_once_and_visited_while_it_is_held() {
    let charged = |ended_on| Charged {
        number: 1,
        charge: Charge::Instructor,
        person: PersonId(5),
        letter: "4号".into(),
        from_on: date(2003, 1, 6),
        until_on: Some(date(2003, 2, 28)),
        ended_on,
    };
    let mut ground = ground(Some(listed(firm())));
    let visit = |number| Change::Visit { number, note: "走访车间".into() };
    ground.charged = vec![charged(None)];
    let considered = consider(&Act { on: TODAY, change: visit(1) }, &ground);
    assert!(considered.refusing.is_empty(), "a visit after the term is recorded all the same");
    assert_eq!(considered.noted[0].rule, "W04.after_term");
    assert_eq!(refused(visit(2), &ground), ["W04.unknown"]);
    ground.charged = vec![charged(Some(date(2003, 3, 1)))];
    assert_eq!(refused(visit(1), &ground), ["W04.ended"]);
    let relieve = Change::Relieve { number: 1, reason: "届满".into() };
    assert_eq!(refused(relieve, &ground), ["W04.ended"]);
}

#[test]
fn an_organisation_below_the_usual_size_is_noted_and_not_refused() {
    let mut ground = ground(Some(listed(firm())));
    ground.organisation = Some(unit(40, UnitKind::Branch));
    let organise =
        || Change::Organise { organisation: Some(UnitId(40)), approval: "柳组〔2003〕9号".into() };
    let noted = |ground: &Ground| consider(&Act { on: TODAY, change: organise() }, ground).noted.len();
    for (n_full, n) in [(2, 1), (3, 0)] {
        ground.here.as_mut().unwrap().n_full = n_full;
        assert_eq!(noted(&ground), n, "{n_full} full members");
    }
    ground.here.as_mut().unwrap().n_full = 1;
    ground.organisation = Some(unit(40, UnitKind::JointBranch));
    assert_eq!(noted(&ground), 0, "a joint branch is for the few");
    ground.organisation = Some(unit(40, UnitKind::County));
    assert_eq!(refused(organise(), &ground), ["W05.kind"]);
}

#[test]
fn the_count_of_key_posts_fits_together() {
    let key = Particulars { is_key: true, ..part(WorkplaceKind::Department) };
    let ground = ground(Some(listed(key)));
    let count = |n_posts, n_members| Change::Count { year: 2003, n_posts, n_members };
    assert!(refused(count(5, 5), &ground).is_empty());
    assert_eq!(refused(count(5, 6), &ground), ["W06.counts"]);
    assert_eq!(refused(count(0, 0), &ground), ["W06.counts"]);
    assert_eq!(refused(Change::Count { year: 2004, n_posts: 1, n_members: 1 }, &ground), ["W06.year"]);
}

#[test]
fn each_rung_is_reached_by_what_is_recorded() {
    let mut standing = Standing::default();
    assert_eq!(step(standing), Step::Blank);
    standing.has_contact = true;
    assert_eq!(step(standing), Step::Contact);
    standing.has_instructor = true;
    assert_eq!(step(standing), Step::Instructor);
    standing.n_activists = 1;
    assert_eq!(step(standing), Step::Activist);
    standing.n_members = 1;
    assert_eq!(step(standing), Step::Member);
    standing.is_joint = Some(true);
    assert_eq!(step(standing), Step::Joint);
    standing.is_joint = Some(false);
    assert_eq!(step(standing), Step::Own);
    assert!(Step::ALL.is_sorted(), "later rungs are higher");
}

fn sight() -> Sight {
    Sight {
        class: Class::NonPublic,
        scale: Some(Scale::Medium),
        n_staff: 100,
        is_stable: true,
        step: Step::Blank,
        n_members: 0,
        n_full: 0,
        n_parts: 0,
        n_parts_with: 0,
        has_card: false,
        has_instructor: false,
        term_until: None,
        visited_on: None,
        admitted_on: Some(date(2003, 1, 9)),
        key_members: None,
    }
}

fn names(sight: &Sight) -> Vec<&'static str> {
    gaps(sight, TODAY).iter().map(|gap| gap.rule.id()).collect()
}

#[test]
fn an_instructor_is_due_where_all_three_conditions_hold_and_only_there() {
    assert!(names(&sight()).contains(&"C33.no_instructor"));
    let without = [
        Sight { n_staff: 99, ..sight() },
        Sight { scale: Some(Scale::Small), ..sight() },
        Sight { is_stable: false, ..sight() },
        Sight { class: Class::PublicEnterprise, ..sight() },
        Sight { has_instructor: true, step: Step::Instructor, ..sight() },
        Sight { step: Step::Joint, ..sight() },
    ];
    for other in without {
        assert!(!names(&other).contains(&"C33.no_instructor"), "{other:?}");
    }
}

#[test]
fn three_full_members_are_due_an_organisation() {
    let with = |n_full| Sight { step: Step::Member, n_members: n_full, n_full, n_staff: 20, ..sight() };
    assert!(!names(&with(2)).contains(&"C32.no_organisation") && !is_due_an_organisation(&with(2)));
    assert!(names(&with(3)).contains(&"C32.no_organisation") && is_due_an_organisation(&with(3)));
    let founded = Sight { step: Step::Own, ..with(3) };
    assert!(names(&founded).is_empty() && is_due_an_organisation(&founded));
    let gap = gaps(&with(3), TODAY).remove(0).finding();
    assert!(gap.is_error() && gap.text.zh.contains("3名") && gap.text.en.contains("3 full members"));
}

#[test]
fn staff_call_for_a_member_and_then_for_an_organisation() {
    let with = |n_staff| Sight { scale: Some(Scale::Small), n_staff, ..sight() };
    assert!(names(&with(49)).is_empty());
    assert_eq!(names(&with(50)), ["C32.staff_no_member"]);
    assert_eq!(names(&with(99)), ["C32.staff_no_member"]);
    assert_eq!(names(&with(100)), ["C32.staff_no_organisation"]);
    assert!(names(&Sight { n_members: 1, step: Step::Member, ..with(50) }).is_empty());
}

#[test]
fn an_instructor_whose_term_ran_out_or_who_stays_away_is_told() {
    let there = |until, visited| Sight {
        has_instructor: true,
        step: Step::Instructor,
        scale: Some(Scale::Small),
        n_staff: 10,
        term_until: Some(until),
        visited_on: Some(visited),
        ..sight()
    };
    assert!(names(&there(TODAY, TODAY)).is_empty(), "the last day of the term counts");
    assert_eq!(names(&there(date(2003, 3, 11), TODAY)), ["C33.term_over"]);
    assert!(names(&there(TODAY, date(2002, 12, 12))).is_empty(), "ninety days");
    assert_eq!(names(&there(TODAY, date(2002, 12, 11))), ["C33.no_visit"]);
}

#[test]
fn a_large_enterprise_admits_in_the_year_and_a_village_within_three() {
    let large = |admitted_on| Sight { step: Step::Own, admitted_on, ..sight() };
    assert!(names(&large(Some(date(2003, 1, 1)))).is_empty());
    assert_eq!(names(&large(Some(date(2002, 12, 31)))), ["C34.no_admission"]);
    assert_eq!(names(&large(None)), ["C34.no_admission"]);
    let village =
        |admitted_on| Sight { class: Class::Village, scale: None, step: Step::Own, admitted_on, ..sight() };
    assert!(names(&village(Some(date(2000, 3, 13)))).is_empty());
    assert_eq!(names(&village(Some(date(2000, 3, 12)))), ["C38.no_admission"]);
}

#[test]
fn more_than_half_of_the_parts_have_members_and_each_blank_has_somebody() {
    let works = |n_parts_with| Sight {
        class: Class::PublicEnterprise,
        step: Step::Own,
        n_parts: 4,
        n_parts_with,
        ..sight()
    };
    assert_eq!(names(&works(2)), ["C40.share"]);
    assert!(names(&works(3)).is_empty());
    let team =
        |n_members, has_card| Sight { class: Class::Team, scale: None, n_members, has_card, ..sight() };
    assert_eq!(names(&team(0, false)), ["C41.no_card"]);
    assert!(names(&team(0, true)).is_empty() && names(&team(1, false)).is_empty());
}

#[test]
fn key_posts_grow_or_are_told() {
    let key = |now, before| Sight {
        class: Class::Department,
        n_members: 1,
        key_members: Some((now, before)),
        ..sight()
    };
    assert!(names(&key(4, 3)).is_empty());
    assert_eq!(names(&key(3, 3)), ["C10.no_growth"]);
}

#[test]
fn somebody_who_left_is_placed_nowhere() {
    let who = |stage, workplace| Some(Placed { person: PersonId(5), unit: UnitId(20), stage, workplace });
    let firm = listed(firm());
    let to = (Some(firm.id), Some(&firm));
    let rules = |who, on| {
        let considered = place(now(), on, who, to);
        considered.refusing.iter().map(|finding| finding.rule.clone()).collect::<Vec<_>>()
    };
    assert!(rules(who(Stage::Full, None), TODAY).is_empty());
    assert_eq!(rules(who(Stage::Former, None), TODAY), ["W07.gone"]);
    assert_eq!(rules(who(Stage::Full, Some(firm.id)), TODAY), ["W07.same"]);
    assert_eq!(rules(who(Stage::Full, None), date(2002, 2, 28)), ["W01.before_listing"]);
    assert_eq!(rules(None, date(2003, 3, 13)), ["W01.future", "W04.person_unknown"]);
}

#[test]
fn whoever_keeps_the_register_sees_it() {
    for row in crate::access::matrix() {
        if row.action == Action::KeepRegister {
            let sees = crate::access::matrix();
            let sees = sees.iter().find(|other| other.action == Action::SeeUnitFigures).unwrap();
            assert!(row.over_units.iter().all(|role| sees.over_units.contains(role)));
            return;
        }
    }
    panic!("nobody keeps the register");
}
