//! Roles and how far they reach. The one closed-by-default table of who may do what is in
//! `access`; this file only names the parts.

use serde::{Deserialize, Serialize};

use crate::person::coded;

coded! {
    /// What an account may act as. Nobody holds two of the three officers' roles (system, security,
    /// audit).
    Role {
        /// 申请人、党员本人: sees the own file.
        Applicant = 1, "applicant";
        /// 培养联系人.
        Mentor = 2, "mentor";
        /// 支部书记.
        BranchSecretary = 3, "branch_secretary";
        /// 支部组织委员.
        BranchOrganiser = 4, "branch_organiser";
        /// 基层党委审批人.
        Approver = 5, "approver";
        /// 组织员.
        Organiser = 6, "organiser";
        /// 组织部.
        OrganisationDepartment = 7, "organisation_department";
        /// 培训负责人.
        TrainingOfficer = 8, "training_officer";
        /// 纪检、检查人员, bound to a case or campaign.
        Inspector = 9, "inspector";
        /// 规划负责人.
        PlanOfficer = 10, "plan_officer";
        /// 领导: sees figures, and names where a duty requires it.
        Leader = 11, "leader";
        /// 系统管理员: no content.
        SystemOfficer = 12, "system_officer";
        /// 安全管理员: grants, no content.
        SecurityOfficer = 13, "security_officer";
        /// 审计员: reads record and logs with masked content, changes nothing.
        Auditor = 14, "auditor";
    }
}

coded! {
    /// How far below its unit a grant reaches.
    Reach {
        /// The unit itself.
        Exact = 1, "exact";
        /// The unit and everything below it.
        Subtree = 2, "subtree";
        /// The holder's own file.
        OwnFile = 3, "own_file";
        /// Files that were assigned to the holder.
        Assigned = 4, "assigned";
    }
}
