use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::case::Step;
use crate::rulebook::{Actor, Rulebooks};

const TODAY: Date = date(2003, 3, 3);

fn grant(role: Role, pre: i64, post: i64, reach: Reach) -> Grant {
    let (from, to) = (date(2003, 1, 1), date(2003, 12, 31));
    Grant { id: GrantId(1), role, unit: UnitId(pre), pre, post, reach, from, to }
}

fn ties() -> impl Iterator<Item = Relation> {
    (0..8).map(|bits| Relation { is_self: bits & 1 != 0, is_mentor: bits & 2 != 0, is_maker: bits & 4 != 0 })
}

#[test]
fn the_table_is_closed_and_total() {
    for &action in Action::ALL {
        for relation in ties() {
            let unit = Resource::of_unit(10, UnitId(10)).tied(relation);
            assert!(decide(&[], action, &unit, TODAY).is_err());
            for &role in Role::ALL {
                for &reach in Reach::ALL {
                    let row = matrix().into_iter().find(|row| row.action == action).unwrap();
                    let is_listed = match reach {
                        Reach::Exact | Reach::Subtree => row.over_units.contains(&role),
                        Reach::OwnFile => row.over_files.contains(&(role, reach)) && relation.is_self,
                        Reach::Assigned => row.over_files.contains(&(role, reach)) && relation.is_mentor,
                    };
                    let is_change = matches!(
                        action,
                        Action::RecordStep
                            | Action::Correct
                            | Action::ChangeMembers
                            | Action::RunSchooling
                            | Action::HandleSealed
                    );
                    let is_decision = action == Action::DecideStep;
                    let is_tied =
                        is_decision && relation != Relation::default() || is_change && relation.is_self;
                    let answer = decide(&[grant(role, 10, 20, reach)], action, &unit, TODAY);
                    assert_eq!(answer.is_ok(), is_listed && !is_tied, "{role:?} {reach:?} {action:?}");
                }
            }
        }
    }
}

#[test]
fn officers_see_no_content_and_hold_nothing_else() {
    let content = [
        Action::SeeRoster,
        Action::SeeFile,
        Action::Unmask,
        Action::RecordStep,
        Action::DecideStep,
        Action::Correct,
        Action::ExportList,
        Action::ImportRoster,
        Action::SeeSchooling,
        Action::RunSchooling,
        Action::SeeSupervision,
        Action::KeepSupervision,
        Action::HandleSealed,
    ];
    for role in [Role::SystemOfficer, Role::SecurityOfficer, Role::Auditor] {
        for reach in Reach::ALL {
            assert!(content.iter().all(|action| !table::allows(role, *reach, *action)), "{role:?}");
        }
        for &other in Role::ALL {
            assert_eq!(may_be_held_together(role, other), role == other);
            assert_eq!(may_be_held_together(other, role), role == other);
        }
    }
    // Nobody can both make an account and say what it may do.
    for &role in Role::ALL {
        let both = [Action::ManageAccounts, Action::GiveGrants];
        assert!(both.iter().any(|action| !table::allows(role, Reach::Subtree, *action)), "{role:?}");
    }
}

#[test]
fn whoever_decides_or_administers_needs_a_second_factor() {
    use Role::*;
    let asked: Vec<Role> = Role::ALL.iter().copied().filter(|role| needs_second_factor(*role)).collect();
    let expected = [Approver, Organiser, OrganisationDepartment, SystemOfficer, SecurityOfficer, Auditor];
    assert_eq!(
        asked.iter().collect::<std::collections::BTreeSet<_>>(),
        expected.iter().collect::<std::collections::BTreeSet<_>>()
    );
}

#[test]
fn duties_of_different_years_do_not_meet() {
    let early = grant(Role::Auditor, 1, 9, Reach::Subtree);
    let late =
        Grant { from: date(2004, 1, 1), to: date(2004, 12, 31), ..grant(Role::Leader, 1, 9, Reach::Subtree) };
    assert!(are_held_together(&early, &late));
    assert!(!are_held_together(&early, &Grant { from: date(2003, 12, 31), ..late }));
}

#[test]
fn a_grant_for_one_unit_does_not_open_what_is_below() {
    let exact = [grant(Role::Organiser, 10, 20, Reach::Exact)];
    let subtree = [grant(Role::Organiser, 10, 20, Reach::Subtree)];
    let alone = Resource::of_unit(10, UnitId(10));
    let whole = Resource { post: 20, ..alone };
    assert_eq!(decide(&exact, Action::SeeRoster, &alone, TODAY), Ok(()));
    assert_eq!(decide(&exact, Action::SeeRoster, &whole, TODAY).unwrap_err().rule, "A02.scope");
    assert_eq!(decide(&subtree, Action::SeeRoster, &whole, TODAY), Ok(()));
    let wider = Resource { post: 21, ..whole };
    assert_eq!(decide(&subtree, Action::SeeRoster, &wider, TODAY).unwrap_err().rule, "A02.scope");
}

#[test]
fn a_grant_ends_with_its_last_day() {
    let held = [grant(Role::Organiser, 10, 20, Reach::Subtree)];
    let unit = Resource::of_unit(15, UnitId(15));
    assert_eq!(decide(&held, Action::SeeFile, &unit, date(2003, 12, 31)), Ok(()));
    assert_eq!(decide(&held, Action::SeeFile, &unit, date(2003, 1, 1)), Ok(()));
    for day in [date(2002, 12, 31), date(2004, 1, 1)] {
        assert_eq!(decide(&held, Action::SeeFile, &unit, day).unwrap_err().rule, "A03.time");
        assert_eq!(decide(&held, Action::RunPlan, &unit, day).unwrap_err().rule, "A01.role");
    }
}

#[test]
fn ties_forbid_what_a_grant_allows() {
    let held = [grant(Role::Approver, 10, 20, Reach::Subtree)];
    let unit = Resource::of_unit(15, UnitId(15));
    let own = Relation { is_self: true, ..Relation::default() };
    let maker = Relation { is_maker: true, ..Relation::default() };
    let mentor = Relation { is_mentor: true, ..Relation::default() };
    let rule = |action, relation| decide(&held, action, &unit.tied(relation), TODAY).err().map(|d| d.rule);
    assert_eq!(rule(Action::RecordStep, own), Some("A04.own_file"));
    assert_eq!(rule(Action::SeeFile, own), None);
    assert_eq!(rule(Action::DecideStep, maker), Some("A05.same_person"));
    assert_eq!(rule(Action::RecordStep, maker), None);
    assert_eq!(rule(Action::DecideStep, mentor), Some("A06.mentor"));
    assert_eq!(rule(Action::RecordStep, mentor), None);
}

#[test]
fn two_accounts_of_one_person_are_one_person() {
    let (one, other) = (AccountId(1), AccountId(2));
    assert!(is_other_person((one, None), (other, None)));
    assert!(is_other_person((one, Some(PersonId(7))), (other, Some(PersonId(8)))));
    assert!(!is_other_person((one, Some(PersonId(7))), (other, Some(PersonId(7)))));
    assert!(!is_other_person((one, None), (one, Some(PersonId(7)))));
}

/// The roles that act for an office of the rulebooks.
fn acting_for(actor: Actor) -> &'static [Role] {
    match actor {
        Actor::Applicant
        | Actor::Sponsors
        | Actor::ProbationaryMember
        | Actor::BranchSecretary
        | Actor::BranchOrganiser
        | Actor::BranchCommittee
        | Actor::BranchMeeting => &[Role::BranchSecretary, Role::BranchOrganiser],
        Actor::Mentors => &[Role::Mentor],
        Actor::Committee => &[Role::Approver, Role::Organiser],
        Actor::Organiser => &[Role::Organiser],
        Actor::OrganisationDepartment => &[Role::OrganisationDepartment],
    }
}

#[test]
fn steps_are_taken_by_the_offices_that_the_rulebooks_name() {
    let books = Rulebooks::embedded();
    for &step in Step::ALL {
        let mut expected = std::collections::BTreeSet::new();
        for edition in books.editions() {
            let described = edition.steps.iter().filter(|described| described.id == step.as_str());
            for actor in described.flat_map(|described| &described.actors) {
                expected.extend(acting_for(*actor));
            }
        }
        // The two differences that `roles_of` owns up to.
        if matches!(step, Step::Approval | Step::ConfirmationApproval) {
            expected.remove(&Role::Organiser);
        }
        if step == Step::ShortCourse {
            expected.insert(Role::TrainingOfficer);
        }
        let listed: std::collections::BTreeSet<Role> = roles_of(step).iter().copied().collect();
        assert_eq!(listed, expected, "{step:?}");
    }
}

#[test]
fn neither_level_acts_for_the_other() {
    for &step in Step::ALL {
        let Some(made) = decided_on(step) else { continue };
        assert!(made < step, "{step:?}");
        for &role in roles_of(step) {
            assert!(table::allows(role, Reach::Subtree, Action::DecideStep), "{role:?} {step:?}");
            assert!(!role_may_take(role, made), "{role:?} takes {made:?} and decides on it in {step:?}");
        }
    }
    for &step in Step::ALL {
        // Whoever takes a step can be let to it: the table of actions does not contradict this one.
        for &role in roles_of(step) {
            let action = if decided_on(step).is_some() { Action::DecideStep } else { Action::RecordStep };
            assert!(Reach::ALL.iter().any(|reach| table::allows(role, *reach, action)), "{role:?} {step:?}");
        }
    }
}

#[test]
fn every_role_is_held_with_some_reach() {
    for &role in Role::ALL {
        assert!(Reach::ALL.iter().any(|reach| is_held_over(role, *reach)), "{role:?}");
    }
    assert!(!is_held_over(Role::Mentor, Reach::Subtree));
    assert!(!is_held_over(Role::BranchSecretary, Reach::Assigned));
}

/// A tree as the parent of each unit but the first, and its preorder ranges.
fn numbered(parents: &[usize]) -> Vec<(i64, i64)> {
    fn walk(unit: usize, children: &[Vec<usize>], next: &mut i64, ranges: &mut [(i64, i64)]) {
        ranges[unit].0 = *next;
        *next += 1;
        for &child in &children[unit] {
            walk(child, children, next, ranges);
        }
        ranges[unit].1 = *next - 1;
    }
    let mut children = vec![Vec::new(); parents.len() + 1];
    for (n, parent) in parents.iter().enumerate() {
        children[parent % (n + 1)].push(n + 1);
    }
    let mut ranges = vec![(0, 0); parents.len() + 1];
    walk(0, &children, &mut 0, &mut ranges);
    ranges
}

fn is_below(parents: &[usize], mut unit: usize, top: usize) -> bool {
    while unit != top {
        if unit == 0 {
            return false;
        }
        unit = parents[unit - 1] % unit;
    }
    true
}

fn any_grant(n_units: usize) -> impl Strategy<Value = (usize, Role, Reach)> {
    (0..n_units, proptest::sample::select(Role::ALL), proptest::sample::select(Reach::ALL))
}

fn any_tree() -> impl Strategy<Value = (Vec<usize>, Vec<(usize, Role, Reach)>)> {
    proptest::collection::vec(0usize..1000, 1..30).prop_flat_map(|parents| {
        let n_units = parents.len() + 1;
        (Just(parents), proptest::collection::vec(any_grant(n_units), 0..5))
    })
}

proptest! {
    #[test]
    fn filter_and_decision_and_the_tree_itself_agree(
        (parents, held) in any_tree(),
        action in proptest::sample::select(Action::ALL),
    ) {
        let ranges = numbered(&parents);
        let grants: Vec<Grant> = held
            .iter()
            .map(|(unit, role, reach)| grant(*role, ranges[*unit].0, ranges[*unit].1, *reach))
            .collect();
        let scopes = scopes(&grants, action, TODAY);
        for (unit, (pre, post)) in ranges.iter().enumerate() {
            let alone = Resource::of_unit(*pre, UnitId(*pre));
            let whole = Resource { post: *post, ..alone };
            let is_meant = held.iter().any(|(top, role, reach)| {
                let is_within = match reach {
                    Reach::Exact => unit == *top,
                    Reach::Subtree => is_below(&parents, unit, *top),
                    Reach::OwnFile | Reach::Assigned => false,
                };
                is_within && table::allows(*role, *reach, action)
            });
            prop_assert_eq!(decide(&grants, action, &alone, TODAY).is_ok(), is_meant);
            prop_assert_eq!(scopes.iter().any(|scope| scope.covers(&alone)), is_meant);
            // What is allowed for a whole part of the tree is allowed for each unit in it.
            if decide(&grants, action, &whole, TODAY).is_ok() {
                for (below, (pre, _)) in ranges.iter().enumerate() {
                    let below_it = Resource::of_unit(*pre, UnitId(*pre));
                    prop_assert!(
                        !is_below(&parents, below, unit) || decide(&grants, action, &below_it, TODAY).is_ok()
                    );
                }
            }
        }
    }

    #[test]
    fn taking_a_grant_away_never_allows_more(
        (parents, held) in any_tree(),
        action in proptest::sample::select(Action::ALL),
        bits in 0u8..8,
    ) {
        let ranges = numbered(&parents);
        let mut grants: Vec<Grant> = held
            .iter()
            .map(|(unit, role, reach)| grant(*role, ranges[*unit].0, ranges[*unit].1, *reach))
            .collect();
        let relation = ties().nth(bits.into()).unwrap();
        while !grants.is_empty() {
            let before: Vec<bool> = ranges
                .iter()
                .map(|(pre, _)| {
                    let unit = Resource::of_unit(*pre, UnitId(*pre)).tied(relation);
                    decide(&grants, action, &unit, TODAY).is_ok()
                })
                .collect();
            grants.pop();
            for ((pre, _), before) in ranges.iter().zip(before) {
                let unit = Resource::of_unit(*pre, UnitId(*pre)).tied(relation);
                prop_assert!(before || decide(&grants, action, &unit, TODAY).is_err());
            }
        }
    }
}
