//! Who may do what: one closed table. An action is allowed only if a grant in force names a role that
//! the table lists for it, and the grant reaches the unit it is done in. Deny is the default; nothing
//! is read here and nothing is remembered.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::case::Step;
use crate::ids::{GrantId, UnitId};
use crate::person::coded;
use crate::role::{Reach, Role};
use crate::text::Text;

coded! {
    /// What can be allowed.
    Action {
        /// 查看组织及其汇总数字: a unit and its figures, without names.
        SeeUnitFigures = 1, "see_unit_figures";
        /// 查看名册: names with what a roster shows, numbers masked.
        SeeRoster = 2, "see_roster";
        /// 查看发展档案.
        SeeFile = 3, "see_file";
        /// 显示完整的身份证号等.
        Unmask = 4, "unmask";
        /// 登记发展程序事项.
        RecordStep = 5, "record_step";
        /// 增加、更正党员和群众信息，转接组织关系.
        ChangeMembers = 6, "change_members";
        /// 设立、变更、撤销组织和任免职务.
        ChangeTree = 7, "change_tree";
        /// 导入名册.
        ImportRoster = 8, "import_roster";
        /// 导出名单.
        ExportList = 9, "export_list";
        /// 审核外来档案.
        RunAudit = 10, "run_audit";
        /// 编制和下达发展计划.
        RunPlan = 11, "run_plan";
        /// 核验账本.
        SeeLedger = 12, "see_ledger";
        /// 查看访问记录.
        SeeAccessLog = 13, "see_access_log";
        /// 开立和停用账号.
        ManageAccounts = 14, "manage_accounts";
        /// 授予和收回职责.
        GiveGrants = 15, "give_grants";
    }
}

/// A role that an account holds over a part of the tree for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Identity.
    pub id: GrantId,
    /// As what.
    pub role: Role,
    /// From which unit.
    pub unit: UnitId,
    /// First preorder number of that unit's subtree.
    pub pre: i64,
    /// Last one.
    pub post: i64,
    /// How far below it.
    pub reach: Reach,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// What an action is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// Preorder number of the unit.
    pub pre: i64,
    /// The unit.
    pub unit: UnitId,
}

impl Resource {
    /// A unit, or something kept by it.
    #[must_use]
    pub fn of_unit(pre: i64, unit: UnitId) -> Self {
        Resource { pre, unit }
    }
}

/// Why something is not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Which rule denies: `A01.role`, `A02.scope` or `A03.time`.
    pub rule: &'static str,
    /// What to say.
    pub text: Text,
}

/// A part of the tree: the range of preorder numbers in which something is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// First number.
    pub pre: i64,
    /// Last number.
    pub post: i64,
}

impl Role {
    /// The three officers keep the system and see no content.
    #[must_use]
    pub fn is_officer(self) -> bool {
        matches!(self, Role::SystemOfficer | Role::SecurityOfficer | Role::Auditor)
    }
}

/// The roles that an action is open to.
#[must_use]
pub fn roles(action: Action) -> &'static [Role] {
    use Role::*;
    match action {
        Action::SeeUnitFigures => &[
            BranchSecretary,
            BranchOrganiser,
            Approver,
            Organiser,
            OrganisationDepartment,
            TrainingOfficer,
            Inspector,
            PlanOfficer,
            Leader,
        ],
        Action::SeeRoster | Action::SeeFile => {
            &[BranchSecretary, BranchOrganiser, Approver, Organiser, OrganisationDepartment, Inspector]
        }
        Action::Unmask => &[BranchSecretary, Organiser, OrganisationDepartment],
        Action::RecordStep => {
            &[BranchSecretary, BranchOrganiser, Approver, Organiser, OrganisationDepartment, TrainingOfficer]
        }
        Action::ChangeMembers => &[BranchSecretary, BranchOrganiser, Organiser, OrganisationDepartment],
        Action::ChangeTree => &[Organiser, OrganisationDepartment],
        Action::ImportRoster => &[BranchSecretary, Organiser, OrganisationDepartment],
        Action::ExportList => &[BranchSecretary, Organiser, OrganisationDepartment],
        Action::RunAudit => &[Organiser, OrganisationDepartment, Approver, Inspector],
        Action::RunPlan => &[PlanOfficer, OrganisationDepartment],
        Action::SeeLedger => Role::ALL,
        Action::SeeAccessLog => &[Auditor],
        Action::ManageAccounts => &[SystemOfficer, SecurityOfficer],
        Action::GiveGrants => &[SecurityOfficer],
    }
}

impl Grant {
    /// Whether the grant is in force on a day.
    #[must_use]
    pub fn is_in_force(&self, today: Date) -> bool {
        self.from <= today && today <= self.to
    }

    /// Where it reaches; nowhere for grants over single files.
    fn scope(&self) -> Option<Scope> {
        match self.reach {
            Reach::Exact => Some(Scope { pre: self.pre, post: self.pre }),
            Reach::Subtree => Some(Scope { pre: self.pre, post: self.post }),
            Reach::OwnFile | Reach::Assigned => None,
        }
    }
}

/// Whether any of the grants allows an action.
///
/// # Errors
/// Why not; the nearest reason of all grants.
pub fn decide(grants: &[Grant], action: Action, resource: &Resource, today: Date) -> Result<(), Denial> {
    let mut denial = denied("A01.role", "您的职责不包括此项。", "Your duties do not include this.");
    for grant in grants.iter().filter(|grant| roles(action).contains(&grant.role)) {
        if !grant.is_in_force(today) {
            denial =
                denied("A03.time", "您的授权不在有效期内。", "Your duties are not in force on this day.");
            continue;
        }
        if grant.scope().is_some_and(|scope| (scope.pre..=scope.post).contains(&resource.pre)) {
            return Ok(());
        }
        denial = denied(
            "A02.scope",
            "这个组织不在您的职责范围内。",
            "This unit is outside the part of the tree that you answer for.",
        );
    }
    Err(denial)
}

fn denied(rule: &'static str, zh: &str, en: &str) -> Denial {
    Denial { rule, text: Text::new(zh, en) }
}

/// The parts of the tree in which an action is allowed: what a list is filtered by.
#[must_use]
pub fn scopes(grants: &[Grant], action: Action, today: Date) -> Vec<Scope> {
    grants
        .iter()
        .filter(|grant| roles(action).contains(&grant.role) && grant.is_in_force(today))
        .filter_map(Grant::scope)
        .collect()
}

/// Whether two roles may be held by one account: the three officers watch each other and nobody else's
/// work is theirs.
#[must_use]
pub fn may_be_held_together(one: Role, other: Role) -> bool {
    one == other || !(one.is_officer() || other.is_officer())
}

/// Whether a role takes a step: what the branch does, what the committee above does, and what neither
/// may do for the other.
#[must_use]
pub fn role_may_take(role: Role, step: Step) -> bool {
    takers(step).contains(&role)
}

/// The roles that take a step.
fn takers(step: Step) -> &'static [Role] {
    use Role::*;
    match step {
        Step::Application
        | Step::InitialTalk
        | Step::ActivistListing
        | Step::Mentors
        | Step::HalfYearReview
        | Step::TargetListing
        | Step::Sponsors
        | Step::CommitteeExamination
        | Step::ApplicationForm
        | Step::BranchMeeting
        | Step::Assignment
        | Step::ProbationReview
        | Step::ConfirmationApplication
        | Step::ConfirmationMeeting => &[BranchSecretary, BranchOrganiser],
        Step::PoliticalReview => &[BranchSecretary, BranchOrganiser, Approver, Organiser],
        Step::ShortCourse => &[TrainingOfficer, Approver, Organiser, BranchSecretary],
        Step::ActivistFiling | Step::TargetFiling | Step::PreExamination | Step::ApprovalTalk => {
            &[Approver, Organiser]
        }
        Step::Approval | Step::ConfirmationApproval => &[Approver],
        Step::ApprovalFiling => &[OrganisationDepartment],
        Step::Oath | Step::Archive => &[BranchSecretary, Approver, Organiser],
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const TODAY: Date = date(2003, 3, 3);

    fn grant(role: Role, pre: i64, post: i64, reach: Reach) -> Grant {
        let (from, to) = (date(2003, 1, 1), date(2003, 12, 31));
        Grant { id: GrantId(1), role, unit: UnitId(pre), pre, post, reach, from, to }
    }

    #[test]
    fn the_table_is_closed_and_total() {
        let unit = Resource::of_unit(10, UnitId(10));
        for &role in Role::ALL {
            for &action in Action::ALL {
                for &reach in Reach::ALL {
                    let answer = decide(&[grant(role, 10, 20, reach)], action, &unit, TODAY);
                    let is_over_units = matches!(reach, Reach::Exact | Reach::Subtree);
                    assert_eq!(answer.is_ok(), roles(action).contains(&role) && is_over_units);
                }
                assert!(decide(&[], action, &unit, TODAY).is_err());
            }
        }
    }

    #[test]
    fn officers_see_no_content_and_hold_nothing_else() {
        let content = [Action::SeeRoster, Action::SeeFile, Action::Unmask, Action::RecordStep];
        for role in [Role::SystemOfficer, Role::SecurityOfficer, Role::Auditor] {
            assert!(content.iter().all(|action| !roles(*action).contains(&role)), "{role:?}");
            for &other in Role::ALL {
                assert_eq!(may_be_held_together(role, other), role == other);
            }
        }
    }

    #[test]
    fn a_branch_cannot_approve_its_own_admission() {
        for step in [Step::Approval, Step::ConfirmationApproval, Step::PreExamination, Step::ApprovalTalk] {
            for role in [Role::BranchSecretary, Role::BranchOrganiser] {
                assert!(!role_may_take(role, step), "{role:?} {step:?}");
            }
        }
        // And whoever approves does not vote for the branch.
        assert!(!role_may_take(Role::Approver, Step::BranchMeeting));
        for &step in Step::ALL {
            assert!(Role::ALL.iter().any(|role| role_may_take(*role, step)), "{step:?}");
        }
    }

    #[test]
    fn a_grant_ends_with_its_last_day() {
        let held = [grant(Role::Organiser, 10, 20, Reach::Subtree)];
        let unit = Resource::of_unit(15, UnitId(15));
        assert_eq!(decide(&held, Action::SeeFile, &unit, date(2003, 12, 31)), Ok(()));
        let after = decide(&held, Action::SeeFile, &unit, date(2004, 1, 1));
        assert_eq!(after.unwrap_err().rule, "A03.time");
    }

    fn any_grant() -> impl Strategy<Value = Grant> {
        let role = proptest::sample::select(Role::ALL);
        let reach = proptest::sample::select(Reach::ALL);
        (role, 0i64..50, 0i64..20, reach)
            .prop_map(|(role, pre, width, reach)| grant(role, pre, pre + width, reach))
    }

    proptest! {
        #[test]
        fn a_filter_finds_exactly_what_the_decision_allows(
            grants in proptest::collection::vec(any_grant(), 0..5),
            action in proptest::sample::select(Action::ALL),
            pre in 0i64..80,
        ) {
            let is_in = scopes(&grants, action, TODAY).iter().any(|s| s.pre <= pre && pre <= s.post);
            let answer = decide(&grants, action, &Resource::of_unit(pre, UnitId(pre)), TODAY);
            prop_assert_eq!(is_in, answer.is_ok());
        }

        #[test]
        fn taking_a_grant_away_never_allows_more(
            mut grants in proptest::collection::vec(any_grant(), 1..5),
            action in proptest::sample::select(Action::ALL),
            pre in 0i64..80,
        ) {
            let unit = Resource::of_unit(pre, UnitId(pre));
            let before = decide(&grants, action, &unit, TODAY).is_ok();
            grants.pop();
            prop_assert!(before || decide(&grants, action, &unit, TODAY).is_err());
        }
    }
}
