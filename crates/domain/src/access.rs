//! Who may do what: one closed table, in `access/table.rs`. An action is allowed only if a grant in
//! force names a role and a reach that the table lists for it, and what is acted on lies within; some
//! ties to a file then forbid even that. Deny is the default; nothing is read here and nothing is
//! remembered.

mod duties;
mod steps;
mod table;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, GrantId, PersonId, UnitId};
use crate::person::coded;
use crate::role::{Reach, Role};
use crate::text::Text;
use crate::unit::Unit;

pub use duties::{are_held_together, is_held_over, may_be_held_together, needs_second_factor};
pub use steps::{action_of, decide_change, decided_on, maker, may_record, role_may_take, roles_of};
pub use table::{Row, matrix, page};

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
        /// 开立和停用账号，重设密码.
        ManageAccounts = 14, "manage_accounts";
        /// 授予和收回职责.
        GiveGrants = 15, "give_grants";
        /// 审批、备案、退回: what a level above decides about the work of the level below.
        DecideStep = 16, "decide_step";
        /// 更正、作废已登记的事项.
        Correct = 17, "correct";
        /// 查看规则库.
        SeeRulebook = 18, "see_rulebook";
        /// 查看账号和职责.
        SeeAccounts = 19, "see_accounts";
        /// 提出本单位的计划申报，答复、签定和申请调整.
        AskPlan = 31, "ask_plan";
        /// 出具文书: print a paper from the record, which is recorded.
        IssuePaper = 40, "issue_paper";
        /// 登记单位名录，派驻指导员，确定联系人和责任区.
        KeepRegister = 41, "keep_register";
        /// 查看培训班、学员和成绩.
        SeeSchooling = 42, "see_schooling";
        /// 举办培训班，登记考勤，组织考试，阅卷和发证.
        RunSchooling = 43, "run_schooling";
        /// 参加本人的考试.
        SitExam = 44, "sit_exam";
        /// 查看监督台账.
        SeeSupervision = 45, "see_supervision";
        /// 登记监督台账：会议、重大事项、各项制度.
        KeepSupervision = 46, "keep_supervision";
        /// 谈话、函询、述职述廉、个人报告事项：内容只限有权限的人.
        HandleSealed = 47, "handle_sealed";
        /// 建立年度目标责任，起草责任书，决定考核和兑现.
        RunCharge = 48, "run_charge";
        /// 分解、答复、报告任务，签订责任书，自评和申诉.
        AnswerCharge = 49, "answer_charge";
        /// 检查考核责任制落实情况.
        InspectCharge = 50, "inspect_charge";
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

/// What an action is done to: a unit alone or with everything below it, and how whoever acts is tied
/// to the file in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// First preorder number.
    pub pre: i64,
    /// Last one; the first again for a unit alone.
    pub post: i64,
    /// The unit.
    pub unit: UnitId,
    /// The ties.
    pub relation: Relation,
}

/// How whoever acts is tied to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Relation {
    /// The file is the actor's own.
    pub is_self: bool,
    /// The actor is a mentor of the person.
    pub is_mentor: bool,
    /// The actor recorded what is now to be decided on.
    pub is_maker: bool,
}

impl Resource {
    /// A unit, or something kept by it; not what is below.
    #[must_use]
    pub fn of_unit(pre: i64, unit: UnitId) -> Self {
        Resource { pre, post: pre, unit, relation: Relation::default() }
    }

    /// A unit with everything below it: what a list or a sum over a unit shows. Nothing is ever below a
    /// branch.
    #[must_use]
    pub fn of_subtree(unit: &Unit) -> Self {
        let alone = Resource::of_unit(unit.pre, unit.id);
        if unit.kind.is_branch() { alone } else { Resource { post: unit.post, ..alone } }
    }

    /// The same, for someone tied to it.
    #[must_use]
    pub fn tied(self, relation: Relation) -> Self {
        Resource { relation, ..self }
    }
}

/// Why something is not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Which rule denies: `A01.role`, `A02.scope`, `A03.time`, `A04.own_file`, `A05.same_person`,
    /// `A06.mentor`, `A07.office` or `A08.export_quota`.
    pub rule: &'static str,
    /// What to say.
    pub text: Text,
}

/// Where an action is allowed: what a list is filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In the units of a range of preorder numbers.
    Units {
        /// First number.
        pre: i64,
        /// Last number.
        post: i64,
    },
    /// In the actor's own file.
    OwnFile,
    /// In the files of those whose mentor the actor is.
    Assigned,
}

impl Scope {
    /// Whether something lies within, whole.
    #[must_use]
    pub fn covers(&self, resource: &Resource) -> bool {
        match *self {
            Scope::Units { pre, post } => pre <= resource.pre && resource.post <= post,
            Scope::OwnFile => resource.relation.is_self,
            Scope::Assigned => resource.relation.is_mentor,
        }
    }
}

impl Grant {
    /// Whether the grant is in force on a day.
    #[must_use]
    pub fn is_in_force(&self, today: Date) -> bool {
        self.from <= today && today <= self.to
    }

    /// Where it reaches.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self.reach {
            Reach::Exact => Scope::Units { pre: self.pre, post: self.pre },
            Reach::Subtree => Scope::Units { pre: self.pre, post: self.post },
            Reach::OwnFile => Scope::OwnFile,
            Reach::Assigned => Scope::Assigned,
        }
    }

    fn is_for(&self, action: Action) -> bool {
        table::allows(self.role, self.reach, action)
    }
}

/// Whether any of the grants allows an action, and no tie forbids it.
///
/// # Errors
/// Why not; of several reasons the one nearest to being allowed.
pub fn decide(grants: &[Grant], action: Action, resource: &Resource, today: Date) -> Result<(), Denial> {
    let fits: Vec<&Grant> = grants.iter().filter(|grant| grant.is_for(action)).collect();
    let is_now = fits.iter().any(|grant| grant.is_in_force(today));
    let is_within = |grant: &&&Grant| grant.is_in_force(today) && grant.scope().covers(resource);
    if fits.iter().any(|grant| is_within(&grant)) {
        return forbidden(action, resource.relation).map_or(Ok(()), Err);
    }
    Err(if is_now {
        denied(
            "A02.scope",
            "这不在您的职责范围内，请由对应的党组织办理。",
            "This is outside the part of the tree that you answer for; the organisation that answers for it \
             can do it.",
        )
    } else if fits.is_empty() {
        denied(
            "A01.role",
            "您的职责不包括此项，如工作需要请向安全管理员申请。",
            "Your duties do not include this; ask the security officer if your work needs it.",
        )
    } else {
        denied(
            "A03.time",
            "您的授权不在有效期内，请向安全管理员申请续期。",
            "Your duties are not in force on this day; ask the security officer to renew them.",
        )
    })
}

/// What a tie to the file forbids, whatever the grants say.
fn forbidden(action: Action, relation: Relation) -> Option<Denial> {
    let is_decision = action == Action::DecideStep;
    let is_change = is_decision
        || matches!(
            action,
            Action::RecordStep
                | Action::Correct
                | Action::ChangeMembers
                | Action::RunSchooling
                | Action::HandleSealed
        );
    if relation.is_self && is_change {
        return Some(denied(
            "A04.own_file",
            "不得办理本人的档案和信息，请由他人办理。",
            "Nobody acts on the own file or entry; someone else has to.",
        ));
    }
    if relation.is_maker && is_decision {
        return Some(denied(
            "A05.same_person",
            "此事项由您登记，审批、备案应由另一人办理。",
            "You recorded what is to be decided on; another person has to decide.",
        ));
    }
    (relation.is_mentor && is_decision).then(|| {
        denied(
            "A06.mentor",
            "您是其培养联系人，审批、备案应由另一人办理。",
            "You are a mentor of this person; another person has to decide.",
        )
    })
}

fn denied(rule: &'static str, zh: &str, en: &str) -> Denial {
    Denial { rule, text: Text::new(zh, en) }
}

/// Where an action is allowed: a list filtered by these shows exactly what [`decide`] allows, as far as
/// no tie forbids it.
#[must_use]
pub fn scopes(grants: &[Grant], action: Action, today: Date) -> Vec<Scope> {
    grants.iter().filter(|grant| grant.is_for(action) && grant.is_in_force(today)).map(Grant::scope).collect()
}

/// Whether two accounts are two persons: whoever checks is not whoever made.
#[must_use]
pub fn is_other_person(maker: (AccountId, Option<PersonId>), checker: (AccountId, Option<PersonId>)) -> bool {
    let is_same_person = maker.1.is_some() && maker.1 == checker.1;
    maker.0 != checker.0 && !is_same_person
}

#[cfg(test)]
mod tests;
