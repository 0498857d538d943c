//! The ladder: how far a workplace has come, computed from what is recorded, and what is to be done next.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Charge, Charged, Ownership, Particulars, WorkplaceKind, WorkplaceRule, settings};
use crate::blanks::At;
use crate::dates::days_between;
use crate::finding::Finding;
use crate::house::Reasons;
use crate::months::add_months;
use crate::person::coded;

coded! {
    /// A rung of the ladder. A later rung includes what the earlier ones were for.
    Step {
        /// 空白点: nobody is in touch with it.
        Blank = 0, "blank";
        /// 有联系人.
        Contact = 1, "contact";
        /// 已派指导员.
        Instructor = 2, "instructor";
        /// 有入党积极分子.
        Activist = 3, "activist";
        /// 有党员.
        Member = 4, "member";
        /// 已建联合党组织.
        Joint = 5, "joint";
        /// 已单独建立党组织.
        Own = 6, "own";
    }
}

coded! {
    /// Rows of the matrix: kinds of place, and enterprises by whom they belong to.
    Class {
        /// 非公有制企业.
        NonPublic = 1, "non_public";
        /// 国有、集体企业.
        PublicEnterprise = 2, "public_enterprise";
        /// 村.
        Village = 3, "village";
        /// 社区.
        Community = 4, "community";
        /// 机关.
        Organ = 5, "organ";
        /// 事业单位.
        Institution = 6, "institution";
        /// 社会组织.
        Association = 7, "association";
        /// 中介、劳动人事服务机构.
        Intermediary = 8, "intermediary";
        /// 部门、科室.
        Department = 9, "department";
        /// 车间.
        Workshop = 10, "workshop";
        /// 班组.
        Team = 11, "team";
        /// 村民小组.
        VillagerGroup = 12, "villager_group";
    }
}

impl Class {
    /// The row of a place.
    #[must_use]
    pub fn of(kind: WorkplaceKind, ownership: Option<Ownership>) -> Class {
        match kind {
            WorkplaceKind::Enterprise if ownership.is_some_and(Ownership::is_non_public) => Class::NonPublic,
            WorkplaceKind::Enterprise => Class::PublicEnterprise,
            WorkplaceKind::Village => Class::Village,
            WorkplaceKind::Community => Class::Community,
            WorkplaceKind::Institution => Class::Institution,
            WorkplaceKind::Association => Class::Association,
            WorkplaceKind::Intermediary => Class::Intermediary,
            WorkplaceKind::Organ => Class::Organ,
            WorkplaceKind::Department => Class::Department,
            WorkplaceKind::Workshop => Class::Workshop,
            WorkplaceKind::Team => Class::Team,
            WorkplaceKind::VillagerGroup => Class::VillagerGroup,
        }
    }

    /// Whether its places are parts of others, for which coverage means members and not organisations.
    #[must_use]
    pub fn is_part(self) -> bool {
        matches!(self, Class::Department | Class::Workshop | Class::Team | Class::VillagerGroup)
    }
}

/// What a step is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Whether somebody is its contact.
    pub has_contact: bool,
    /// Whether an instructor is stationed there.
    pub has_instructor: bool,
    /// Activists and targets.
    pub n_activists: i64,
    /// Probationary and full members.
    pub n_members: i64,
    /// Whether an organisation covers it, and whether that is a joint one.
    pub is_joint: Option<bool>,
}

/// The highest rung that is reached.
#[must_use]
pub fn step(standing: Standing) -> Step {
    match standing {
        Standing { is_joint: Some(false), .. } => Step::Own,
        Standing { is_joint: Some(true), .. } => Step::Joint,
        Standing { n_members, .. } if n_members > 0 => Step::Member,
        Standing { n_activists, .. } if n_activists > 0 => Step::Activist,
        Standing { has_instructor: true, .. } => Step::Instructor,
        Standing { has_contact: true, .. } => Step::Contact,
        Standing { .. } => Step::Blank,
    }
}

/// A workplace as far as its gaps can be seen, without its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// What kind of place it is.
    pub class: Class,
    /// How large, for enterprises.
    pub scale: Option<super::Scale>,
    /// People who work there.
    pub n_staff: i64,
    /// Production and business are stable.
    pub is_stable: bool,
    /// How far it has come.
    pub step: Step,
    /// Members who work there, in parts too.
    pub n_members: i64,
    /// Of them, full members.
    pub n_full: i64,
    /// Open parts directly below it.
    pub n_parts: i64,
    /// Of them, with a member.
    pub n_parts_with: i64,
    /// Whether a member answers for it as a blank.
    pub has_card: bool,
    /// Whether an instructor is stationed there.
    pub has_instructor: bool,
    /// The last day of the instructor's term.
    pub term_until: Option<Date>,
    /// The last visit, or the day since when an instructor is there.
    pub visited_on: Option<Date>,
    /// The latest admission of somebody who works there or belongs to its organisation.
    pub admitted_on: Option<Date>,
    /// Key posts held by members in the latest year counted, and in the year before it.
    pub key_members: Option<(i64, i64)>,
}

impl Sight {
    fn is_large(&self) -> bool {
        self.scale.is_some_and(|scale| settings().large_scales.contains(&scale))
    }

    fn has_organisation(&self) -> bool {
        self.step >= Step::Joint
    }
}

/// Whether a place meets the conditions for an organisation (应建): it has one, or the full members that
/// one needs.
#[must_use]
pub fn is_due_an_organisation(sight: &Sight) -> bool {
    !sight.class.is_part() && (sight.has_organisation() || sight.n_full >= settings().full_members.value)
}

/// Something that is missing at a workplace, with the figures it was found by.
#[derive(Debug, Clone)]
pub struct Gap {
    /// Which.
    pub rule: WorkplaceRule,
    values: Vec<(&'static str, At)>,
}

impl Gap {
    /// What is missing, on what authority, and what to do.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let mut reasons = Reasons::default();
        reasons.find(self.rule, "workplace", &self.values);
        reasons.all().remove(0)
    }
}

/// What is missing at a workplace on a day, the gravest first.
#[must_use]
pub fn gaps(sight: &Sight, today: Date) -> Vec<Gap> {
    let mut found = Vec::new();
    let mut find = |rule, values: Vec<(&'static str, At)>| found.push(Gap { rule, values });
    organisation(sight, &mut find);
    instructor(sight, today, &mut find);
    admissions(sight, today, &mut find);
    parts(sight, &mut find);
    if let Some((now, before)) = sight.key_members
        && now <= before
    {
        find(WorkplaceRule::NoGrowth, vec![("now", At::Number(now)), ("before", At::Number(before))]);
    }
    found
}

type Find<'a> = dyn FnMut(WorkplaceRule, Vec<(&'static str, At)>) + 'a;

fn organisation(sight: &Sight, find: &mut Find<'_>) {
    let triggers = settings();
    if sight.class.is_part() || sight.has_organisation() {
        return;
    }
    let least = &triggers.full_members;
    if sight.n_full >= least.value {
        let values = vec![("n", At::Number(sight.n_full)), ("least", At::Number(least.value))];
        find(WorkplaceRule::NoOrganisation, values);
        return;
    }
    if sight.class != Class::NonPublic {
        return;
    }
    let staffed = |trigger: &super::Trigger| {
        (sight.n_staff >= trigger.value)
            .then(|| vec![("n", At::Number(sight.n_staff)), ("least", At::Number(trigger.value))])
    };
    if let Some(values) = staffed(&triggers.staff_for_organisation) {
        find(WorkplaceRule::StaffNoOrganisation, values);
    } else if let Some(values) = staffed(&triggers.staff_for_member).filter(|_| sight.n_members == 0) {
        find(WorkplaceRule::StaffNoMember, values);
    }
}

fn instructor(sight: &Sight, today: Date, find: &mut Find<'_>) {
    let triggers = settings();
    if sight.has_organisation() || sight.class.is_part() {
        return;
    }
    if !sight.has_instructor {
        let qualifies = sight.class == Class::NonPublic
            && sight.is_large()
            && sight.is_stable
            && sight.n_staff >= triggers.many_staff.value
            && sight.n_full < triggers.full_members.value;
        if qualifies {
            let values =
                vec![("n", At::Number(sight.n_staff)), ("least", At::Number(triggers.many_staff.value))];
            find(WorkplaceRule::NoInstructor, values);
        }
        return;
    }
    if let Some(until) = sight.term_until.filter(|&until| until < today) {
        find(WorkplaceRule::TermOver, vec![("day", At::Day(until))]);
    }
    let most = triggers.days_between_visits.value;
    if let Some(last) = sight.visited_on.filter(|&last| days_between(last, today) > most) {
        find(WorkplaceRule::NoVisit, vec![("day", At::Day(last)), ("most", At::Number(most))]);
    }
}

fn admissions(sight: &Sight, today: Date, find: &mut Find<'_>) {
    let triggers = settings();
    let last = || sight.admitted_on.map_or_else(|| At::Words(never()), At::Day);
    let is_large_non_public =
        sight.class == Class::NonPublic && sight.is_large() && sight.n_staff >= triggers.many_staff.value;
    if is_large_non_public && sight.admitted_on.is_none_or(|day| day.year() < today.year()) {
        let year = At::Number(today.year().into());
        find(WorkplaceRule::NoAdmission, vec![("year", year), ("last", last())]);
    }
    let years = triggers.years_without_admission.value;
    let months = u16::try_from(years * 12).unwrap_or(u16::MAX);
    if sight.class == Class::Village && sight.has_organisation() {
        let is_dry = sight.admitted_on.is_none_or(|day| add_months(day, months) <= today);
        if is_dry {
            find(WorkplaceRule::DryVillage, vec![("years", At::Number(years)), ("last", last())]);
        }
    }
}

fn never() -> crate::text::Text {
    crate::text::Text::new("无记录", "none on record")
}

fn parts(sight: &Sight, find: &mut Find<'_>) {
    let percent = settings().parts_with_members.value;
    if sight.n_parts > 0 && 100 * sight.n_parts_with <= percent * sight.n_parts && !sight.class.is_part() {
        let values = vec![
            ("n", At::Number(sight.n_parts_with)),
            ("all", At::Number(sight.n_parts)),
            ("percent", At::Number(percent)),
        ];
        find(WorkplaceRule::BlankParts, values);
    }
    if sight.class.is_part() && sight.n_members == 0 && !sight.has_card {
        find(WorkplaceRule::NoCard, Vec::new());
    }
}

impl Standing {
    /// What the record says of a workplace.
    #[must_use]
    pub fn of(charged: &[Charged], (n_activists, n_members): (i64, i64), is_joint: Option<bool>) -> Self {
        let has = |charge| charged.iter().any(|it| it.charge == charge && it.is_held());
        Standing {
            has_contact: has(Charge::Contact),
            has_instructor: has(Charge::Instructor),
            n_activists,
            n_members,
            is_joint,
        }
    }
}

impl Particulars {
    /// The row of the matrix.
    #[must_use]
    pub fn class(&self) -> Class {
        Class::of(self.kind, self.ownership)
    }
}
