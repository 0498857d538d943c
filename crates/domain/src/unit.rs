//! The tree of Party organisations: kinds, what may stand under what, and who holds a post.
//! Thresholds of founding and re-election follow `rulebooks`; a lower number with the superior's
//! approval is lawful, so they are reported as warnings elsewhere, not refused here.

use serde::{Deserialize, Serialize};

use crate::ids::UnitId;
use crate::person::coded;
use crate::text::Text;

coded! {
    /// Kinds of organisation (组织类别).
    UnitKind {
        /// 中央.
        Nation = 1, "nation";
        /// 省(区、市)委.
        Province = 2, "province";
        /// 市(地、州)委.
        City = 3, "city";
        /// 县(市、区)委: the root of a shard.
        County = 4, "county";
        /// 工委, set up by a territorial committee.
        WorkCommittee = 5, "work_committee";
        /// 乡镇、街道党委.
        Town = 6, "town";
        /// 基层党委.
        Committee = 7, "committee";
        /// 党总支.
        GeneralBranch = 8, "general_branch";
        /// 党支部.
        Branch = 9, "branch";
        /// 联合党支部.
        JointBranch = 10, "joint_branch";
        /// 临时党支部: may take applications and train, never admit.
        ProvisionalBranch = 11, "provisional_branch";
        /// 党组, in state organs: neither admits nor approves.
        LeadingGroup = 12, "leading_group";
    }
}

impl UnitKind {
    /// Kinds that may stand directly under this one.
    pub fn allowed_children(self) -> &'static [UnitKind] {
        use UnitKind::*;
        match self {
            Nation => &[Province],
            Province => &[City, County, WorkCommittee, Committee, LeadingGroup],
            City => &[County, WorkCommittee, Committee, LeadingGroup],
            County => &[
                WorkCommittee,
                Town,
                Committee,
                GeneralBranch,
                Branch,
                JointBranch,
                ProvisionalBranch,
                LeadingGroup,
            ],
            WorkCommittee => &[Town, Committee, GeneralBranch, Branch, JointBranch, ProvisionalBranch],
            Town | Committee => &[Committee, GeneralBranch, Branch, JointBranch, ProvisionalBranch],
            GeneralBranch => &[Branch, JointBranch],
            Branch | JointBranch | ProvisionalBranch | LeadingGroup => &[],
        }
    }

    /// Branches hold members and meetings; every other kind holds units.
    pub fn is_branch(self) -> bool {
        matches!(self, UnitKind::Branch | UnitKind::JointBranch | UnitKind::ProvisionalBranch)
    }

    /// May decide an admission by a meeting of its members.
    pub fn may_admit(self) -> bool {
        matches!(self, UnitKind::Branch | UnitKind::JointBranch)
    }

    /// A committee that may approve admissions, unless it stands under a town (see
    /// [`may_approve`]).
    pub fn is_committee(self) -> bool {
        use UnitKind::*;
        matches!(self, Nation | Province | City | County | WorkCommittee | Town | Committee)
    }
}

/// Whether a unit may approve admissions: committees and work committees may, but not a committee
/// that stands under a township or street committee, a general branch, a leading group or a
/// provisional organisation. (A general branch authorised under the 1990 rules is settled by the
/// rulebook.)
pub fn may_approve(kind: UnitKind, parent: Option<UnitKind>) -> bool {
    kind.is_committee() && parent != Some(UnitKind::Town)
}

coded! {
    /// The kind of place a unit works in (单位类型), rules of the annual tables.
    Sector {
        /// 机关.
        Organ = 1, "organ";
        /// 村.
        Village = 2, "village";
        /// 社区.
        Community = 3, "community";
        /// 国有、集体企业.
        StateEnterprise = 4, "state_enterprise";
        /// 非公有制企业.
        NonPublic = 5, "non_public";
        /// 学校.
        School = 6, "school";
        /// 科研、医疗等其他事业单位.
        Institution = 7, "institution";
        /// 社会组织.
        SocialOrganisation = 8, "social_organisation";
        /// 街道、乡镇机关及其他.
        Other = 9, "other";
    }
}

coded! {
    /// Offices in a unit, each dated: "who held it on day X".
    PostKind {
        /// 书记.
        Secretary = 1, "secretary";
        /// 副书记.
        DeputySecretary = 2, "deputy_secretary";
        /// 组织委员.
        OrganisationMember = 3, "organisation_member";
        /// 宣传委员.
        PublicityMember = 4, "publicity_member";
        /// 纪检委员.
        DisciplineMember = 5, "discipline_member";
        /// 委员.
        CommitteeMember = 6, "committee_member";
        /// 组织员.
        Organiser = 7, "organiser";
        /// 党建工作指导员.
        Instructor = 8, "instructor";
        /// 党小组长.
        GroupLeader = 9, "group_leader";
        /// 组织部部长.
        OrganisationHead = 10, "organisation_head";
        /// 党校(培训)负责人.
        TrainingOfficer = 11, "training_officer";
    }
}

/// A unit as the use cases see one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Identity.
    pub id: UnitId,
    /// The county-level unit under which the row is kept; its own id at and above that level.
    pub root: UnitId,
    /// The unit above.
    pub parent: Option<UnitId>,
    /// Kind of organisation.
    pub kind: UnitKind,
    /// Kind of place.
    pub sector: Sector,
    /// The office's own code, unique at a site.
    pub code: String,
    /// Name in both languages.
    pub name: Text,
    /// Still open.
    pub is_open: bool,
    /// First preorder number of the subtree; the unit's own.
    pub pre: i64,
    /// Last preorder number reserved for the subtree.
    pub post: i64,
    /// Distance from the top of the tree.
    pub depth: i64,
    /// Number of events recorded about this unit.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_village_committee_cannot_approve() {
        assert!(may_approve(UnitKind::Town, Some(UnitKind::County)));
        assert!(may_approve(UnitKind::Committee, Some(UnitKind::County)));
        assert!(!may_approve(UnitKind::Committee, Some(UnitKind::Town)));
        for kind in [UnitKind::GeneralBranch, UnitKind::Branch, UnitKind::LeadingGroup] {
            assert!(!may_approve(kind, Some(UnitKind::County)), "{kind:?}");
        }
    }

    #[test]
    fn the_tree_ends_in_branches() {
        for &kind in UnitKind::ALL {
            assert_eq!(
                kind.allowed_children().is_empty(),
                kind.is_branch() || kind == UnitKind::LeadingGroup,
                "{kind:?}"
            );
        }
    }
}
