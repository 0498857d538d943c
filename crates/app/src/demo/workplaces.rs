//! The register of workplaces of the demonstration city: the places where its branches are, and many more
//! without members, at the rates of the time. Facts are written as the offices would have entered them on
//! the days given; the shares follow what was published of non-public enterprises (7 in 100 with an
//! organisation; of those that meet the conditions, 94 in 100).

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use domain::dates::Moment;
use domain::event::{Event, Fact};
use domain::ids::{PersonId, UnitId, WorkplaceId};
use domain::person::Stage;
use domain::text::Text;
use domain::unit::{Sector, Unit, UnitKind};
use domain::workplace::{
    Charge, Ownership, Particulars, PersonPlaced, Scale, WorkplaceCounted, WorkplaceEntrusted, WorkplaceKind,
    WorkplaceListed, WorkplaceOrganised, WorkplaceVisited, organisation_check,
};
use jiff::civil::{Date, date};

use super::FIRST_UNIT;
use super::names;
use super::random::Random;
use super::record::{Interlude, at};
use crate::store::{Actor, CommandId, Store, StoreError};

/// The register is entered, and goes on to be kept, on these days.
const LISTED: Date = date(2001, 9, 10);
const KEPT: Date = date(2002, 6, 18);
const LATELY: Date = date(2003, 2, 12);
/// Facts in one command.
const PORTION: usize = 400;

/// What is done on which day.
pub(super) fn interludes(seed: u64) -> Vec<Interlude<'static>> {
    [LISTED, KEPT, LATELY]
        .into_iter()
        .map(|day| Interlude { day, run: Box::new(move |store| Desk::of(store, day, seed)?.write(store)) })
        .collect()
}

/// A day's entries.
struct Desk {
    day: Date,
    seed: u64,
    random: Random,
    facts: RefCell<Vec<Fact>>,
    /// People who were entered as working somewhere on this day.
    taken: RefCell<HashSet<PersonId>>,
    next: Cell<i64>,
    n_codes: Cell<u64>,
}

const TRADES: [(&str, &str); 12] = [
    ("纺织有限公司", "Textiles Ltd"),
    ("食品有限公司", "Foods Ltd"),
    ("服装有限公司", "Garments Ltd"),
    ("建材有限公司", "Building Materials Ltd"),
    ("机械有限公司", "Machinery Ltd"),
    ("家具有限公司", "Furniture Ltd"),
    ("化工有限公司", "Chemicals Ltd"),
    ("电子有限公司", "Electronics Ltd"),
    ("包装有限公司", "Packaging Ltd"),
    ("酒店有限公司", "Hotel Ltd"),
    ("运输有限公司", "Transport Ltd"),
    ("农产品有限公司", "Farm Produce Ltd"),
];
const OTHERS: [(WorkplaceKind, &str, &str); 6] = [
    (WorkplaceKind::Association, "个体劳动者协会", "Association of the Self-employed"),
    (WorkplaceKind::Association, "民办中学", "Private Middle School"),
    (WorkplaceKind::Intermediary, "会计师事务所", "Accountants"),
    (WorkplaceKind::Intermediary, "律师事务所", "Law Firm"),
    (WorkplaceKind::Intermediary, "劳动人事服务中心", "Labour Services Centre"),
    (WorkplaceKind::Intermediary, "房地产中介所", "Estate Agents"),
];
const VISITS: [&str; 4] = [
    "与企业主商谈在职工中推荐积极分子，约定每月听一次情况。",
    "参加车间班前会，找三名技术骨干谈话。",
    "帮助建立职工活动室，发放入党知识读本。",
    "了解流动党员情况，督促转接组织关系。",
];
/// Names of teams.
const TEAMS: [(&str, &str); 4] =
    [("甲班", "Team A"), ("乙班", "Team B"), ("丙班", "Team C"), ("维修班", "Maintenance Team")];

impl Desk {
    fn of(store: &Store, day: Date, seed: u64) -> Result<Desk, StoreError> {
        let next = store.next_workplace()?;
        Ok(Desk {
            day,
            seed,
            random: Random::stream(seed, &format!("workplaces {day}")),
            facts: RefCell::default(),
            taken: RefCell::default(),
            next: Cell::new(next),
            // Each day has a range of invented codes of its own.
            n_codes: Cell::new(u64::from(day.year().unsigned_abs()) * 10_000),
        })
    }

    fn write(mut self, store: &Store) -> Result<(), StoreError> {
        let city = store.unit(UnitId(FIRST_UNIT))?;
        for county in store.units_below(Some(city.id))?.iter().filter(|unit| unit.kind == UnitKind::County) {
            match self.day {
                LISTED => {
                    self.list_organised(store, county)?;
                    self.list_blanks(store, county, 10)?;
                }
                KEPT => self.list_blanks(store, county, 2)?,
                _ => self.go_on(store, county)?,
            }
        }
        let Desk { day, seed, facts, .. } = self;
        for (n, part) in facts.into_inner().chunks(PORTION).enumerate() {
            let mut random = Random::stream(seed, &format!("workplace command {day} {n}"));
            let mut id = [0; 16];
            id[..8].copy_from_slice(&random.next().to_be_bytes());
            id[8..].copy_from_slice(&random.next().to_be_bytes());
            let now: Moment = at(day, 25_000 + n as i64);
            let actor = Actor { account: None, role: None, unit: city.id };
            let part = part.to_vec();
            store.write(move |tx| tx.append(actor, now, CommandId(id), &part))?;
        }
        Ok(())
    }

    fn fact(&self, unit: UnitId, event: impl Into<Event>) {
        self.facts.borrow_mut().push(Fact::of_unit(unit, self.day, event));
    }

    fn list(&self, unit: UnitId, parent: Option<WorkplaceId>, particulars: Particulars) -> WorkplaceId {
        let workplace = WorkplaceId(self.next.get());
        self.next.set(workplace.0 + 1);
        self.fact(unit, WorkplaceListed { workplace, parent, particulars, source: None });
        workplace
    }

    fn organise(&self, unit: UnitId, workplace: WorkplaceId, organisation: UnitId) {
        let approval = "批复".to_owned();
        self.fact(unit, WorkplaceOrganised { workplace, organisation: Some(organisation), approval });
    }

    /// An invented organisation code with its check character.
    fn code(&self) -> String {
        let n = self.n_codes.get() + 1;
        self.n_codes.set(n);
        let front = format!("{n:08}");
        format!("{front}{}", organisation_check(&front))
    }

    /// The places where the branches of a county are: each village, works, school and office.
    fn list_organised(&mut self, store: &Store, county: &Unit) -> Result<(), StoreError> {
        for unit in store.subtree(county.id)? {
            let Some(answers) = unit.parent else { continue };
            let is_own = match unit.sector {
                Sector::Village => unit.kind.is_branch(),
                Sector::StateEnterprise | Sector::School | Sector::Institution => {
                    unit.kind == UnitKind::Committee
                }
                Sector::NonPublic | Sector::Community => unit.kind.is_branch(),
                Sector::Organ | Sector::SocialOrganisation | Sector::Other => false,
            };
            if !is_own || unit.id == county.id {
                continue;
            }
            let particulars = self.of_unit(&unit);
            let workplace = self.list(answers, None, particulars);
            self.organise(answers, workplace, unit.id);
            if unit.sector == Sector::StateEnterprise {
                self.parts(store, &unit, (answers, workplace))?;
            }
        }
        Ok(())
    }

    fn of_unit(&mut self, unit: &Unit) -> Particulars {
        let (kind, ownership) = match unit.sector {
            Sector::Village => (WorkplaceKind::Village, None),
            Sector::Community => (WorkplaceKind::Community, None),
            Sector::StateEnterprise => (WorkplaceKind::Enterprise, Some(Ownership::State)),
            Sector::NonPublic => (WorkplaceKind::Enterprise, Some(Ownership::Private)),
            Sector::School | Sector::Institution => (WorkplaceKind::Institution, None),
            Sector::Organ | Sector::SocialOrganisation | Sector::Other => (WorkplaceKind::Organ, None),
        };
        let n_staff = match kind {
            WorkplaceKind::Village => self.random.between(280, 1_400),
            WorkplaceKind::Community => self.random.between(1_500, 6_000),
            WorkplaceKind::Enterprise
            | WorkplaceKind::Institution
            | WorkplaceKind::Association
            | WorkplaceKind::Intermediary
            | WorkplaceKind::Organ
            | WorkplaceKind::Department
            | WorkplaceKind::Workshop
            | WorkplaceKind::Team
            | WorkplaceKind::VillagerGroup => self.random.between(60, 900),
        };
        let scale = ownership.map(|_| if n_staff > 300 { Scale::Medium } else { Scale::Small });
        let has_code = !matches!(kind, WorkplaceKind::Village | WorkplaceKind::Community);
        Particulars {
            kind,
            name: named(&unit.name),
            code: if has_code { self.code() } else { String::new() },
            ownership,
            scale,
            n_staff,
            is_stable: true,
            is_key: false,
        }
    }

    /// Workshops of a works, each with teams; members of the workshop's branch work in some of them.
    fn parts(
        &mut self,
        store: &Store,
        committee: &Unit,
        (answers, works): (UnitId, WorkplaceId),
    ) -> Result<(), StoreError> {
        let branches = store.subtree(committee.id)?.into_iter().filter(|unit| unit.kind.is_branch());
        for (place, branch) in branches.take(8).enumerate() {
            let is_key = place % 4 == 0;
            let kind = if place % 4 == 3 { WorkplaceKind::Department } else { WorkplaceKind::Workshop };
            let workshop = self.list(answers, Some(works), part(kind, named(&branch.name), is_key));
            let members = store.people_below(branch.id, Some(Stage::Full), 0, 12)?;
            if self.random.chance(780) {
                self.place(members.iter().take(5).map(|person| (*person, branch.id)), workshop);
            }
            for (team, (zh, en)) in TEAMS.iter().take(2 + place % 3).enumerate() {
                let team_place =
                    self.list(answers, Some(workshop), part(WorkplaceKind::Team, Text::new(*zh, *en), false));
                let member = members.get(5 + team);
                if let Some(person) = member.filter(|_| self.random.chance(560)) {
                    self.place([(*person, branch.id)], team_place);
                } else if let Some(person) = members.first().filter(|_| self.random.chance(600)) {
                    self.entrust(answers, team_place, (1, Charge::Area, *person));
                }
            }
            if is_key {
                let n_posts = self.random.between(6, 14);
                let first = self.random.between(2, n_posts - 2);
                for (n, year) in [2000, 2001].into_iter().enumerate() {
                    let n_members = (first + n as i64 - i64::from(self.random.chance(250))).max(0);
                    self.fact(answers, WorkplaceCounted { workplace: workshop, year, n_posts, n_members });
                }
            }
        }
        Ok(())
    }

    fn place(&self, people: impl IntoIterator<Item = (PersonId, UnitId)>, workplace: WorkplaceId) {
        for (person, unit) in people {
            self.taken.borrow_mut().insert(person);
            let placed = PersonPlaced { workplace: Some(workplace) };
            self.facts.borrow_mut().push(Fact::of_person(person, unit, self.day, placed));
        }
    }

    fn entrust(
        &self,
        unit: UnitId,
        workplace: WorkplaceId,
        (number, charge, person): (i64, Charge, PersonId),
    ) {
        let is_sent = charge == Charge::Instructor;
        let letter =
            if is_sent { format!("组派〔{}〕{}号", self.day.year(), workplace) } else { String::new() };
        let until_on =
            is_sent.then(|| domain::months::add_months(self.day, if workplace.0 % 3 == 0 { 12 } else { 24 }));
        let entrusted = WorkplaceEntrusted { workplace, number, charge, person, letter, until_on };
        self.fact(unit, entrusted);
    }

    /// Enterprises and other bodies without an organisation; in a hundredth parts of the members.
    fn list_blanks(&mut self, store: &Store, county: &Unit, percent: i64) -> Result<(), StoreError> {
        let n_members = store.composition(county.id)?.n_members();
        let n = (n_members * percent / 100).max(if percent > 5 { 14 } else { 3 });
        let branches: Vec<Unit> = store
            .subtree(county.id)?
            .into_iter()
            .filter(|unit| {
                unit.kind.is_branch()
                    && matches!(unit.sector, Sector::Community | Sector::Organ | Sector::Village)
            })
            .collect();
        let committees: Vec<Unit> =
            store.subtree(county.id)?.into_iter().filter(|unit| unit.kind == UnitKind::Town).collect();
        for position in 0..n {
            let answers = match committees.as_slice() {
                [] => county.id,
                towns => self.random.pick(towns).id,
            };
            let particulars = self.blank(county, position);
            let workplace = self.list(answers, None, particulars);
            let Some(branch) = branches.get(self.random.below(branches.len() as u64) as usize) else {
                continue;
            };
            self.ladder(store, (answers, workplace), branch)?;
        }
        Ok(())
    }

    fn blank(&mut self, county: &Unit, position: i64) -> Particulars {
        let n = county.id.0 * 977 + position * 13 + i64::from(self.day.year());
        let place = names::place(usize::try_from(n).unwrap_or(0) % 400 + 400);
        if position % 9 == 8 {
            let (kind, zh, en) = *self.random.pick(&OTHERS);
            return Particulars {
                kind,
                name: Text::new(format!("{}{zh}", place.zh), format!("{} {en}", place.en)),
                code: self.code(),
                ownership: None,
                scale: None,
                n_staff: self.random.between(4, 60),
                is_stable: true,
                is_key: false,
            };
        }
        let (zh, en) = *self.random.pick(&TRADES);
        let scale =
            [Scale::Micro, Scale::Small, Scale::Medium, Scale::Large][self.random.weighted(&[40, 42, 14, 4])];
        let n_staff = match scale {
            Scale::Micro => self.random.between(3, 19),
            Scale::Small => self.random.between(20, 140),
            Scale::Medium => self.random.between(90, 480),
            Scale::Large => self.random.between(500, 1_600),
        };
        let ownership =
            [Ownership::Private, Ownership::Foreign, Ownership::Mixed][self.random.weighted(&[82, 8, 10])];
        Particulars {
            kind: WorkplaceKind::Enterprise,
            name: Text::new(format!("{}{zh}", place.zh), format!("{} {en}", place.en)),
            code: self.code(),
            ownership: Some(ownership),
            scale: Some(scale),
            n_staff,
            is_stable: self.random.chance(860),
            is_key: false,
        }
    }

    /// How far a blank has come: most have nobody, some a contact, few an instructor or members.
    fn ladder(
        &mut self,
        store: &Store,
        (answers, workplace): (UnitId, WorkplaceId),
        branch: &Unit,
    ) -> Result<(), StoreError> {
        let members = self.free(store, branch)?;
        let Some(first) = members.first().copied() else { return Ok(()) };
        match self.random.weighted(&[50, 24, 8, 18]) {
            0 => {}
            1 => self.entrust(answers, workplace, (1, Charge::Contact, first)),
            2 => {
                self.entrust(answers, workplace, (1, Charge::Instructor, first));
                let note = (*self.random.pick(&VISITS)).to_owned();
                self.fact(answers, WorkplaceVisited { workplace, number: 1, note });
            }
            _ => {
                // A place with three or more is rare: where there are so many, a branch was founded.
                let n = [1, 2, 3][self.random.weighted(&[66, 31, 3])];
                self.place(members.iter().take(n).map(|person| (*person, branch.id)), workplace);
            }
        }
        Ok(())
    }

    /// Full members of a branch who are entered nowhere yet.
    fn free(&self, store: &Store, branch: &Unit) -> Result<Vec<PersonId>, StoreError> {
        let taken = self.taken.borrow();
        let mut free = Vec::new();
        for person in store.people_below(branch.id, Some(Stage::Full), 0, 30)? {
            if !taken.contains(&person) && store.workplace_of(person)?.is_none() {
                free.push(person);
            }
            if free.len() == 3 {
                break;
            }
        }
        Ok(free)
    }

    /// This year: the counts of last year, visits, and two of the larger blanks that came further.
    fn go_on(&mut self, store: &Store, county: &Unit) -> Result<(), StoreError> {
        let filter = crate::workplaces::Filter { is_key: true, ..Default::default() };
        let key = store.workplaces_below((county.id, self.day), &filter, (0, usize::MAX))?;
        for (it, _) in key.rows {
            let counts = store.workplace_detail(it.id, self.day)?.counts;
            if let Some((_, n_posts, n_members)) = counts.last().copied() {
                let n_members = (n_members + i64::from(self.random.chance(700))).min(n_posts);
                self.fact(it.unit, WorkplaceCounted { workplace: it.id, year: 2002, n_posts, n_members });
            }
        }
        let filter = crate::workplaces::Filter {
            step: Some(domain::workplace::Step::Instructor),
            ..Default::default()
        };
        for (it, _) in store.workplaces_below((county.id, self.day), &filter, (0, usize::MAX))?.rows {
            if self.random.chance(650) {
                let note = (*self.random.pick(&VISITS)).to_owned();
                self.fact(it.unit, WorkplaceVisited { workplace: it.id, number: 1, note });
            }
        }
        let filter = crate::workplaces::Filter {
            gap: Some(domain::workplace::WorkplaceRule::NoInstructor),
            ..Default::default()
        };
        let due = store.workplaces_below((county.id, self.day), &filter, (0, 2))?;
        for (it, _) in due.rows {
            let branch = store.subtree(county.id)?.into_iter().find(|unit| unit.kind.is_branch());
            let Some(branch) = branch else { continue };
            if let Some(person) = store.people_below(branch.id, Some(Stage::Full), 0, 1)?.first() {
                let number = store.workplace_detail(it.id, self.day)?.charged.len() as i64 + 1;
                self.entrust(it.unit, it.id, (number, Charge::Instructor, *person));
                let note = VISITS[0].to_owned();
                self.fact(it.unit, WorkplaceVisited { workplace: it.id, number, note });
            }
        }
        Ok(())
    }
}

fn part(kind: WorkplaceKind, name: Text, is_key: bool) -> Particulars {
    Particulars {
        kind,
        name,
        code: String::new(),
        ownership: None,
        scale: None,
        n_staff: 14,
        is_stable: true,
        is_key,
    }
}

/// The place that an organisation is called after.
fn named(unit: &Text) -> Text {
    let zh = ["党总支", "党支部", "党委", "支部"].iter().find_map(|end| unit.zh.strip_suffix(end));
    let en = [" General Branch", " Branch", " Committee"].iter().find_map(|end| unit.en.strip_suffix(end));
    Text::new(zh.unwrap_or(&unit.zh), en.unwrap_or(&unit.en))
}
