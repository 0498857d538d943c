//! What is recorded of workplaces. Names and fields are for ever. Where somebody works is a fact about
//! that person and sealed as such; everything else is about the place.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::event::RowSource;
use crate::ids::{PersonId, UnitId, WorkplaceId};
use crate::person::coded;
use crate::text::Text;

coded! {
    /// Kinds of place (单位类型).
    WorkplaceKind {
        /// 企业.
        Enterprise = 1, "enterprise";
        /// 村.
        Village = 2, "village";
        /// 社区.
        Community = 3, "community";
        /// 事业单位.
        Institution = 4, "institution";
        /// 社会组织.
        Association = 5, "association";
        /// 中介、劳动人事服务机构.
        Intermediary = 6, "intermediary";
        /// 机关.
        Organ = 7, "organ";
        /// 部门、科室.
        Department = 21, "department";
        /// 车间.
        Workshop = 22, "workshop";
        /// 班组.
        Team = 23, "team";
        /// 村民小组.
        VillagerGroup = 24, "villager_group";
    }
}

impl WorkplaceKind {
    /// Whether it is a part of another place rather than a place of its own.
    #[must_use]
    pub fn is_part(self) -> bool {
        use WorkplaceKind::*;
        matches!(self, Department | Workshop | Team | VillagerGroup)
    }

    /// What a part of this kind may belong to; nothing for a place of its own.
    #[must_use]
    pub fn parents(self) -> &'static [WorkplaceKind] {
        use WorkplaceKind::*;
        match self {
            Enterprise | Village | Community | Institution | Association | Intermediary | Organ => &[],
            Department => &[Enterprise, Institution, Association, Intermediary, Organ],
            Workshop => &[Enterprise],
            Team => &[Enterprise, Workshop, Department],
            VillagerGroup => &[Village, Community],
        }
    }
}

coded! {
    /// To whom an enterprise belongs (所有制).
    Ownership {
        /// 国有.
        State = 1, "state";
        /// 集体.
        Collective = 2, "collective";
        /// 私营.
        Private = 3, "private";
        /// 外商、港澳台商投资.
        Foreign = 4, "foreign";
        /// 非公有控股的股份制.
        Mixed = 5, "mixed";
    }
}

impl Ownership {
    /// Whether it counts as non-public (非公有制).
    #[must_use]
    pub fn is_non_public(self) -> bool {
        matches!(self, Ownership::Private | Ownership::Foreign | Ownership::Mixed)
    }
}

coded! {
    /// How large an enterprise is by its class in the statistics (规模).
    Scale {
        /// 大型.
        Large = 1, "large";
        /// 中型.
        Medium = 2, "medium";
        /// 小型.
        Small = 3, "small";
        /// 微型.
        Micro = 4, "micro";
    }
}

coded! {
    /// What somebody is charged with.
    Charge {
        /// 联系人: keeps in touch with a place that has no members.
        Contact = 1, "contact";
        /// 党建工作指导员: sent by the level above with a letter, for a term.
        Instructor = 2, "instructor";
        /// 党员责任区: a member answers for a blank.
        Area = 3, "area";
    }
}

/// What the register says of a workplace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Particulars {
    /// What kind of place it is.
    pub kind: WorkplaceKind,
    /// Name in both languages.
    pub name: Text,
    /// Unified social credit code of 18 characters, or the older organisation code of 9; blank where none
    /// was given out.
    pub code: String,
    /// To whom it belongs; enterprises only.
    pub ownership: Option<Ownership>,
    /// How large it is; enterprises only.
    pub scale: Option<Scale>,
    /// People who work there; for villages and communities, residents of age.
    pub n_staff: i64,
    /// Production and business are stable.
    pub is_stable: bool,
    /// A key department, or one with key posts (要害部门、重点岗位).
    pub is_key: bool,
}

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $type,)*
        }
    )*};
}

payloads! {
    /// See [`Event::PersonPlaced`](crate::event::Event::PersonPlaced).
    PersonPlaced {
        /// Where the person works or lives; none when nowhere in the register.
        workplace: Option<WorkplaceId>,
    }
    /// See [`Event::WorkplaceListed`](crate::event::Event::WorkplaceListed).
    WorkplaceListed {
        /// The workplace.
        workplace: WorkplaceId,
        /// The one that it is a part of.
        parent: Option<WorkplaceId>,
        /// What the register says.
        particulars: Particulars,
        /// The import that brought the row, if any, and its row number.
        source: Option<RowSource>,
    }
    /// See [`Event::WorkplaceChanged`](crate::event::Event::WorkplaceChanged).
    WorkplaceChanged {
        /// The workplace.
        workplace: WorkplaceId,
        /// What the register says from now on.
        particulars: Particulars,
        /// The entry was wrong, rather than the place another.
        is_correction: bool,
        /// Why.
        reason: String,
    }
    /// See [`Event::WorkplaceMoved`](crate::event::Event::WorkplaceMoved).
    WorkplaceMoved {
        /// The workplace; its parts go with it.
        workplace: WorkplaceId,
        /// The unit that answered for it.
        from: UnitId,
        /// Why.
        reason: String,
    }
    /// See [`Event::WorkplaceClosed`](crate::event::Event::WorkplaceClosed).
    WorkplaceClosed {
        /// The workplace.
        workplace: WorkplaceId,
        /// Why.
        reason: String,
    }
    /// See [`Event::WorkplaceEntrusted`](crate::event::Event::WorkplaceEntrusted).
    WorkplaceEntrusted {
        /// The workplace.
        workplace: WorkplaceId,
        /// Number of the charge within the workplace.
        number: i64,
        /// As what.
        charge: Charge,
        /// Who.
        person: PersonId,
        /// Number of the letter of dispatch; blank for a charge that needs none.
        letter: String,
        /// Last day of the term, where there is one.
        until_on: Option<Date>,
    }
    /// See [`Event::WorkplaceRelieved`](crate::event::Event::WorkplaceRelieved).
    WorkplaceRelieved {
        /// The workplace.
        workplace: WorkplaceId,
        /// Number of the charge.
        number: i64,
        /// Why.
        reason: String,
    }
    /// See [`Event::WorkplaceVisited`](crate::event::Event::WorkplaceVisited).
    WorkplaceVisited {
        /// The workplace.
        workplace: WorkplaceId,
        /// Number of the charge under which the visit was made.
        number: i64,
        /// What was done.
        note: String,
    }
    /// See [`Event::WorkplaceOrganised`](crate::event::Event::WorkplaceOrganised).
    WorkplaceOrganised {
        /// The workplace.
        workplace: WorkplaceId,
        /// The organisation that covers it; none when it no longer does.
        organisation: Option<UnitId>,
        /// The approval it rests on.
        approval: String,
    }
    /// See [`Event::WorkplaceCounted`](crate::event::Event::WorkplaceCounted).
    WorkplaceCounted {
        /// The workplace.
        workplace: WorkplaceId,
        /// The calendar year.
        year: i16,
        /// Key posts.
        n_posts: i64,
        /// Of them, held by members.
        n_members: i64,
    }
    /// See [`Event::WorkplacesImported`](crate::event::Event::WorkplacesImported).
    WorkplacesImported {
        /// Name of the file.
        file_name: String,
        /// Lower-case hexadecimal SHA-256 of the file.
        sha256: String,
        /// Rows that made a new entry.
        n_new: u64,
        /// Rows that changed one.
        n_changed: u64,
        /// Rows that said nothing new.
        n_same: u64,
    }
}
