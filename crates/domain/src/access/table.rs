//! The table itself, a row for each action, and how it is printed. Adding an action without a row does
//! not compile.

use std::fmt::Write as _;

use super::{Action, is_held_over, roles_of};
use crate::case::Step;
use crate::role::{Reach, Role};
use crate::rulebook::Rulebooks;
use crate::text::Text;

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// What is allowed.
    pub action: Action,
    /// To roles held over units, alone or with everything below.
    pub over_units: &'static [Role],
    /// To roles held over single files.
    pub over_files: &'static [(Role, Reach)],
}

/// The whole table.
#[must_use]
pub fn matrix() -> Vec<Row> {
    Action::ALL.iter().map(|action| row(*action)).collect()
}

/// Whether the table lists a role with a reach for an action.
pub(super) fn allows(role: Role, reach: Reach, action: Action) -> bool {
    let row = row(action);
    match reach {
        Reach::Exact | Reach::Subtree => row.over_units.contains(&role),
        Reach::OwnFile | Reach::Assigned => row.over_files.contains(&(role, reach)),
    }
}

fn row(action: Action) -> Row {
    use Role::*;
    let over_files: &[(Role, Reach)] = match action {
        Action::SeeFile => &[(Applicant, Reach::OwnFile), (Mentor, Reach::Assigned)],
        Action::RecordStep => &[(Mentor, Reach::Assigned)],
        Action::SitExam => &[(Applicant, Reach::OwnFile)],
        Action::SeeRulebook | Action::SeeLedger => &[(Applicant, Reach::OwnFile), (Mentor, Reach::Assigned)],
        Action::SeeUnitFigures
        | Action::SeeRoster
        | Action::Unmask
        | Action::ChangeMembers
        | Action::ChangeTree
        | Action::ImportRoster
        | Action::ExportList
        | Action::RunAudit
        | Action::RunPlan
        | Action::AskPlan
        | Action::IssuePaper
        | Action::KeepRegister
        | Action::SeeSchooling
        | Action::RunSchooling
        | Action::SeeSupervision
        | Action::KeepSupervision
        | Action::HandleSealed
        | Action::RunCharge
        | Action::AnswerCharge
        | Action::InspectCharge
        | Action::SeeAccessLog
        | Action::SeeAccounts
        | Action::ManageAccounts
        | Action::GiveGrants
        | Action::DecideStep
        | Action::Correct => &[],
    };
    Row { action, over_units: over_units(action), over_files }
}

fn over_units(action: Action) -> &'static [Role] {
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
        Action::DecideStep => &[Approver, Organiser, OrganisationDepartment],
        Action::Correct => &[BranchSecretary, BranchOrganiser, Approver, Organiser, OrganisationDepartment],
        Action::ChangeMembers => &[BranchSecretary, BranchOrganiser, Organiser, OrganisationDepartment],
        Action::ChangeTree => &[Organiser, OrganisationDepartment],
        Action::ImportRoster | Action::ExportList => &[BranchSecretary, Organiser, OrganisationDepartment],
        Action::RunAudit => &[Organiser, OrganisationDepartment, Approver, Inspector],
        Action::RunPlan => &[PlanOfficer, OrganisationDepartment],
        // Whoever makes a plan does not answer it.
        Action::AskPlan => &[BranchSecretary, Approver],
        Action::IssuePaper | Action::KeepRegister => {
            &[BranchSecretary, BranchOrganiser, Approver, Organiser, OrganisationDepartment]
        }
        Action::SeeSchooling => &[
            BranchSecretary,
            BranchOrganiser,
            Approver,
            Organiser,
            OrganisationDepartment,
            TrainingOfficer,
            Inspector,
        ],
        Action::RunSchooling => {
            &[BranchSecretary, BranchOrganiser, Approver, Organiser, OrganisationDepartment, TrainingOfficer]
        }
        // Nobody sits for somebody else.
        Action::SitExam => &[],
        Action::SeeSupervision => {
            &[BranchSecretary, Approver, Organiser, OrganisationDepartment, Inspector, Leader]
        }
        Action::KeepSupervision => &[BranchSecretary, Approver, OrganisationDepartment, Inspector],
        // What was said to or by one person is for the offices that hold such talks.
        Action::HandleSealed => &[OrganisationDepartment, Inspector],
        Action::RunCharge => &[OrganisationDepartment, Leader],
        // Whoever decides on an appraisal neither rates the unit nor inspects it.
        Action::AnswerCharge => &[BranchSecretary, Approver],
        Action::InspectCharge => &[Inspector],
        Action::SeeLedger | Action::SeeRulebook => Role::ALL,
        Action::SeeAccessLog => &[Auditor],
        Action::SeeAccounts => &[SystemOfficer, SecurityOfficer, Auditor],
        // The one opens accounts, the other says what they may do; neither can make a working one alone.
        Action::ManageAccounts => &[SystemOfficer],
        Action::GiveGrants => &[SecurityOfficer],
    }
}

impl Action {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> Text {
        let (zh, en) = match self {
            Action::SeeUnitFigures => ("查看组织和汇总数字", "see a unit and its figures"),
            Action::SeeRoster => ("查看名册（号码遮盖）", "see a roster, numbers masked"),
            Action::SeeFile => ("查看发展档案", "see an admission file"),
            Action::Unmask => ("显示完整号码（留痕）", "show masked numbers, which is recorded"),
            Action::RecordStep => ("登记发展程序事项", "record a step of admission"),
            Action::ChangeMembers => ("增加、更正人员信息，转接关系", "enter, correct and transfer people"),
            Action::ChangeTree => {
                ("设立、变更、撤销组织，任免职务", "change the tree of units and its posts")
            }
            Action::ImportRoster => ("导入名册", "import a roster"),
            Action::ExportList => ("导出名单（留痕）", "export a list, which is recorded"),
            Action::RunAudit => ("审核外来档案", "check files from outside"),
            Action::IssuePaper => ("出具文书（留痕）", "issue papers, which is recorded"),
            Action::RunPlan => ("编制发展计划", "make a plan"),
            Action::AskPlan => {
                ("申报、答复、签定本单位的计划", "ask for places, answer and sign a plan for a unit")
            }
            Action::KeepRegister => (
                "登记单位名录，派驻指导员，确定联系人和责任区",
                "keep the register of workplaces, with contacts, instructors and responsibility areas",
            ),
            Action::SeeSchooling => ("查看培训班、学员和成绩", "see courses, learners and results"),
            Action::RunSchooling => {
                ("举办培训班、组织考试、阅卷发证", "hold courses and examinations, mark, issue certificates")
            }
            Action::SitExam => ("参加考试", "sit an examination"),
            Action::SeeSupervision => ("查看监督台账", "see the register of supervision"),
            Action::KeepSupervision => {
                ("登记监督台账", "enter meetings and matters in the register of supervision")
            }
            Action::HandleSealed => (
                "登记、查看谈话、函询、述职述廉和个人报告事项",
                "hold and see talks, letters of inquiry, reports on integrity and declarations",
            ),
            Action::RunCharge => (
                "建立年度责任，起草责任书，决定考核",
                "open a year of responsibility, draft letters, decide on appraisals",
            ),
            Action::AnswerCharge => (
                "分解、答复任务，签订责任书，自评、申诉",
                "split and answer tasks, sign letters, rate oneself, appeal",
            ),
            Action::InspectCharge => ("检查责任制落实", "inspect how responsibility is kept"),
            Action::SeeLedger => ("核验账本", "verify the record"),
            Action::SeeAccessLog => ("查看访问记录", "see the log of access"),
            Action::ManageAccounts => {
                ("开立、停用账号，重设密码", "open and close accounts, reset passwords")
            }
            Action::GiveGrants => ("授予、收回职责", "give and end duties"),
            Action::DecideStep => ("审批、备案、退回、认可", "approve, file, return or accept"),
            Action::Correct => ("更正、作废已登记事项", "put right or void what was recorded"),
            Action::SeeRulebook => ("查看规则库", "see the rulebooks"),
            Action::SeeAccounts => ("查看账号和职责", "see accounts and duties"),
        };
        Text::new(zh, en)
    }
}

impl Role {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> Text {
        let (zh, en) = match self {
            Role::Applicant => ("申请人", "applicant"),
            Role::Mentor => ("培养联系人", "mentor"),
            Role::BranchSecretary => ("支部书记", "branch secretary"),
            Role::BranchOrganiser => ("支部组织委员", "branch organisation member"),
            Role::Approver => ("党委审批人", "approver of the committee"),
            Role::Organiser => ("组织员", "organiser"),
            Role::OrganisationDepartment => ("组织部", "organisation department"),
            Role::TrainingOfficer => ("培训负责人", "training officer"),
            Role::Inspector => ("检查人员", "inspector"),
            Role::PlanOfficer => ("规划负责人", "plan officer"),
            Role::Leader => ("领导", "leader"),
            Role::SystemOfficer => ("系统管理员", "system officer"),
            Role::SecurityOfficer => ("安全管理员", "security officer"),
            Role::Auditor => ("审计员", "auditor"),
        };
        Text::new(zh, en)
    }

    /// The three officers keep the system and see no content.
    #[must_use]
    pub fn is_officer(self) -> bool {
        matches!(self, Role::SystemOfficer | Role::SecurityOfficer | Role::Auditor)
    }
}

/// The table as a page of the manual, in both languages.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(PREFACE);
    page.push_str(&head("可办事项 / action"));
    for row in matrix() {
        let cells = Role::ALL.iter().map(|role| cell(&row, *role));
        line(&mut page, &row.action.name(), cells);
    }
    page.push_str(NOTES);
    page.push_str(&head("步骤 / step"));
    let books = Rulebooks::embedded();
    for step in Step::ALL {
        let cells = Role::ALL.iter().map(|role| if roles_of(*step).contains(role) { "●" } else { "" });
        line(&mut page, &step_name(&books, *step), cells);
    }
    page.push_str(RULES);
    page
}

/// The number and the official name, by the latest edition that has the step.
fn step_name(books: &Rulebooks, step: Step) -> Text {
    let steps = books.editions().iter().rev().flat_map(|edition| &edition.steps);
    let named = steps.into_iter().find(|described| described.id == step.as_str());
    let name = named.map_or_else(|| Text::new(step.as_str(), step.as_str()), |named| named.name.clone());
    Text::new(format!("{} {}", step.number(), name.zh), name.en)
}

fn head(first: &str) -> String {
    let names: Vec<String> = Role::ALL.iter().map(|role| both(&role.name())).collect();
    format!("| {first} | {} |\n|---|{}\n", names.join(" | "), ":-:|".repeat(names.len()))
}

fn line<'a>(page: &mut String, name: &Text, cells: impl Iterator<Item = &'a str>) {
    let cells: Vec<&str> = cells.collect();
    // Writing to a text cannot fail.
    let _ = writeln!(page, "| {} | {} |", both(name), cells.join(" | "));
}

fn both(text: &Text) -> String {
    format!("{} / {}", text.zh, text.en)
}

fn cell(row: &Row, role: Role) -> &'static str {
    if row.over_units.contains(&role) && is_held_over(role, Reach::Subtree) {
        return "●";
    }
    match row.over_files.iter().find(|(listed, _)| *listed == role) {
        Some((_, Reach::OwnFile)) => "○",
        Some((_, Reach::Assigned | Reach::Exact | Reach::Subtree)) => "◐",
        None => "",
    }
}

const PREFACE: &str = "\
# 谁可以办什么 / Who may do what

本页由 `miaopu account matrix` 生成，与程序使用的是同一张表。未列出的一律不允许。
This page is printed by `miaopu account matrix` from the table that the program itself decides by. What it
does not list is not allowed.

● 在授权的组织范围内 / within the units of the grant; ○ 仅本人档案 / the own file only;
◐ 仅所联系培养对象的档案 / files of those the holder is a mentor of.

";

const NOTES: &str = "
## 各步骤由谁登记 / Who records which step

依据规则库中各步骤的责任主体。支部不能替上级登记审批，上级也不能替支部登记支部大会。
From the offices that the rulebooks name for each step. A branch cannot record the approval of the level
above, and the level above cannot record the meeting of the branch. The same holds for correcting or voiding
a step that was recorded.

";

const RULES: &str = "
## 不论何种职责都适用 / Whatever the duties

| 规则 / rule | 内容 / what it says |
|---|---|
| A01.role | 职责不包括此项 / no duty includes it |
| A02.scope | 不在职责范围内 / it lies outside the part of the tree |
| A03.time | 授权不在有效期内，每次授权至多一年 / the duty is not in force; a duty lasts a year at most |
| A04.own_file | 不得办理本人的档案和信息 / nobody acts on the own file or entry |
| A05.same_person | 登记人不得审批、备案自己登记的事项 / whoever recorded it does not decide on it |
| A06.mentor | 培养联系人不得审批、备案 / a mentor does not decide |
| A07.office | 步骤由规则库规定的主体登记 / a step is recorded by the office that the rulebooks name |
| A08.export_quota | 每个账号每天导出的人次有限额，超过时留痕 / an account exports so many rows a day; going beyond is recorded |

系统管理员、安全管理员、审计员不看业务内容，互不兼任，也不兼任其他职责；任何人不得给自己授权，也不得超出自己的范围授权。
The system officer, the security officer and the auditor see no content; nobody holds two of these, or one of
them with another duty. Nobody gives a duty to oneself, or beyond the own part of the tree.
";
