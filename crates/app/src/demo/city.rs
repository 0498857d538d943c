//! The tree of the demonstration city: one city, six districts and counties, committees in
//! proportion to the members (about 60 at 20,000), branches of about 22. The first district holds a
//! few units with fixed names, so that the tour and the tests can point at them.

use domain::text::Text;
use domain::unit::{Sector, UnitKind};

use super::names;
use super::random::Random;

/// A unit before it has an identity; `parent` is a position in the same list, always an earlier one.
#[derive(Debug, Clone)]
pub(crate) struct PlannedUnit {
    pub(crate) parent: Option<usize>,
    pub(crate) kind: UnitKind,
    pub(crate) sector: Sector,
    pub(crate) code: String,
    pub(crate) name: Text,
    /// Share of the members, in arbitrary small parts; 0 above the branches.
    pub(crate) weight: u64,
}

/// Districts and counties: name, share of the members in thousandths, town or country.
const COUNTIES: [(&str, &str, usize, bool); 6] = [
    ("柳塘区", "Liutang District", 247, true),
    ("平埠区", "Pingbu District", 181, true),
    ("石渡县", "Shidu County", 168, false),
    ("东沐县", "Dongmu County", 150, false),
    ("云岫县", "Yunxiu County", 109, false),
    ("谷阳县", "Guyang County", 145, false),
];

/// Shares of committees by kind of place, in thousandths, in town and in the country. Together with
/// the sizes of the counties they come near the shares of Weifang in 1997 (half in agriculture, a
/// fifth in industry, a ninth in organs).
const TOWN_MIX: [(Sector, usize); 7] = [
    (Sector::StateEnterprise, 330),
    (Sector::Village, 230),
    (Sector::Organ, 130),
    (Sector::Community, 110),
    (Sector::School, 90),
    (Sector::NonPublic, 60),
    (Sector::Institution, 50),
];
const COUNTRY_MIX: [(Sector, usize); 7] = [
    (Sector::Village, 660),
    (Sector::StateEnterprise, 110),
    (Sector::Organ, 90),
    (Sector::School, 60),
    (Sector::NonPublic, 30),
    (Sector::Institution, 30),
    (Sector::Community, 20),
];

const BUREAUS: &[(&str, &str)] = &[
    ("财政局", "Finance Bureau"),
    ("农业局", "Agriculture Bureau"),
    ("水利局", "Water Bureau"),
    ("公安局", "Public Security Bureau"),
    ("民政局", "Civil Affairs Bureau"),
    ("交通局", "Transport Bureau"),
    ("统计局", "Statistics Bureau"),
    ("审计局", "Audit Bureau"),
    ("林业局", "Forestry Bureau"),
    ("档案局", "Archives Bureau"),
    ("粮食局", "Grain Bureau"),
    ("文化局", "Culture Bureau"),
    ("环保局", "Environment Bureau"),
    ("税务局", "Tax Bureau"),
    ("工商局", "Commerce Bureau"),
    ("司法局", "Justice Bureau"),
    ("人事局", "Personnel Bureau"),
    ("建设局", "Construction Bureau"),
    ("老干部局", "Veteran Cadres Bureau"),
    ("事务管理局", "Office Affairs Bureau"),
];
const SHOPS: &[(&str, &str)] = &[
    ("第一车间", "First Workshop"),
    ("第二车间", "Second Workshop"),
    ("锻工车间", "Forge"),
    ("装配车间", "Assembly"),
    ("铸造车间", "Foundry"),
    ("设计科", "Design Office"),
    ("质检科", "Quality Office"),
    ("动力科", "Power Plant"),
    ("运输队", "Transport Team"),
    ("供销科", "Supply and Sales"),
    ("职工医院", "Staff Hospital"),
    ("机关", "Head Office"),
    ("离退休", "Retired Staff"),
    ("工具车间", "Tool Shop"),
    ("热处理车间", "Heat Treatment"),
    ("第三车间", "Third Workshop"),
    ("技校", "Training School"),
    ("后勤科", "Services"),
    ("第四车间", "Fourth Workshop"),
    ("包装车间", "Packing"),
];
const WORKS: &[(&str, &str)] = &[
    ("化工厂", "Chemical Works"),
    ("水泥厂", "Cement Works"),
    ("造纸厂", "Paper Mill"),
    ("棉纺厂", "Cotton Mill"),
    ("啤酒厂", "Brewery"),
    ("农机厂", "Farm Machinery Works"),
    ("热电厂", "Power Station"),
    ("粮库", "Grain Depot"),
    ("煤矿", "Colliery"),
    ("汽车运输公司", "Motor Transport Company"),
    ("建筑公司", "Building Company"),
    ("印刷厂", "Printing Works"),
];
const FIRMS: &[(&str, &str)] = &[
    ("食品有限公司", "Foods Ltd"),
    ("服装有限公司", "Garments Ltd"),
    ("建材有限公司", "Building Materials Ltd"),
    ("电器有限公司", "Electrical Ltd"),
    ("蔬菜有限公司", "Vegetables Ltd"),
    ("木业有限公司", "Timber Ltd"),
    ("塑料有限公司", "Plastics Ltd"),
    ("商贸有限公司", "Trading Ltd"),
];
const HOUSES: &[(&str, &str)] = &[
    ("人民医院", "People's Hospital"),
    ("中医院", "Hospital of Chinese Medicine"),
    ("农科所", "Farm Research Station"),
    ("图书馆", "Library"),
    ("卫生防疫站", "Health Station"),
    ("广播站", "Broadcasting Station"),
    ("良种场", "Seed Farm"),
    ("妇幼保健院", "Mother and Child Clinic"),
];

/// Plans the tree for about `n_members` members.
pub(crate) fn plan(n_members: usize, seed: u64) -> Vec<PlannedUnit> {
    let mut tree = Tree {
        units: Vec::new(),
        n_children: Vec::new(),
        random: Random::stream(seed, "units"),
        n_places: 0,
    };
    let city = tree.add(None, UnitKind::City, Sector::Organ, Text::new("沐禾市委", "Muhe City"), 0);
    let n_committees = (n_members / 333).max(18);
    for (position, &(zh, en, share, is_town)) in COUNTIES.iter().enumerate() {
        let county =
            tree.add(Some(city), UnitKind::County, Sector::Organ, Text::new(format!("{zh}委"), en), 0);
        let n_here = (n_committees * share / 1000).max(3);
        let n_branches = (n_members * share / 1000 / 22).max(n_here * 3);
        tree.add_county(county, (zh, en), n_here, n_branches, is_town, position == 0);
    }
    tree.units
}

struct Tree {
    units: Vec<PlannedUnit>,
    /// How many children each unit has so far; the next code counts on from there.
    n_children: Vec<usize>,
    random: Random,
    n_places: usize,
}

impl Tree {
    fn add(
        &mut self,
        parent: Option<usize>,
        kind: UnitKind,
        sector: Sector,
        name: Text,
        weight: u64,
    ) -> usize {
        let code = match parent {
            None => "MH".to_owned(),
            Some(above) => {
                self.n_children[above] += 1;
                format!("{}-{:02}", self.units[above].code, self.n_children[above])
            }
        };
        self.units.push(PlannedUnit { parent, kind, sector, code, name, weight });
        self.n_children.push(0);
        self.units.len() - 1
    }

    fn place(&mut self) -> Text {
        self.n_places += 1;
        names::place(self.n_places)
    }

    fn add_county(
        &mut self,
        county: usize,
        name: (&str, &str),
        n_committees: usize,
        n_branches: usize,
        is_town: bool,
        has_fixed_units: bool,
    ) {
        let mix = if is_town { TOWN_MIX } else { COUNTRY_MIX };
        let mut left = n_committees;
        let mut committees = Vec::new();
        if has_fixed_units {
            committees.extend(self.add_fixed(county));
            left = left.saturating_sub(committees.len());
        }
        for (position, &(sector, share)) in mix.iter().enumerate() {
            let wanted = if position == 0 { 0 } else { (n_committees * share + 500) / 1000 };
            let already = committees.iter().filter(|&&unit| self.units[unit].sector == sector).count();
            for _ in 0..wanted.saturating_sub(already).min(left.saturating_sub(1)) {
                committees.push(self.add_committee(county, name, sector));
                left -= 1;
            }
        }
        for _ in 0..left {
            committees.push(self.add_committee(county, name, mix[0].0));
        }
        let n_each = n_branches / committees.len().max(1);
        for committee in committees {
            let n_here = self.random.between(n_each as i64 * 7 / 10, n_each as i64 * 13 / 10).max(3);
            self.add_branches(committee, n_here as usize);
        }
    }

    /// The committees that the tour and the screenshots point at.
    fn add_fixed(&mut self, county: usize) -> Vec<usize> {
        [
            (
                UnitKind::Committee,
                Sector::StateEnterprise,
                "柳塘机械厂党委",
                "Liutang Machinery Works Committee",
            ),
            (
                UnitKind::Committee,
                Sector::StateEnterprise,
                "柳塘纺织集团党委",
                "Liutang Textile Group Committee",
            ),
            (UnitKind::Committee, Sector::School, "柳塘区教育局党委", "Liutang Education Bureau Committee"),
            (UnitKind::WorkCommittee, Sector::Community, "滨河街道党工委", "Riverside Street Work Committee"),
            (
                UnitKind::Committee,
                Sector::NonPublic,
                "柳塘区非公有制企业党委",
                "Liutang Private Enterprises Committee",
            ),
        ]
        .into_iter()
        .map(|(kind, sector, zh, en)| self.add(Some(county), kind, sector, Text::new(zh, en), 0))
        .collect()
    }

    fn add_committee(&mut self, county: usize, (zh, en): (&str, &str), sector: Sector) -> usize {
        let place = self.place();
        let (works_zh, works_en) = *self.random.pick(WORKS);
        let named = |kind, zh: String, en: String| (kind, Text::new(zh, en));
        let (kind, name) = match sector {
            Sector::Village => {
                named(UnitKind::Town, format!("{}镇党委", place.zh), format!("{} Town Committee", place.en))
            }
            Sector::Community => named(
                UnitKind::WorkCommittee,
                format!("{}街道党工委", place.zh),
                format!("{} Street Work Committee", place.en),
            ),
            Sector::Organ => named(
                UnitKind::WorkCommittee,
                format!("{zh}直机关{}工委", place.zh),
                format!("{en} Organs Work Committee, {}", place.en),
            ),
            Sector::StateEnterprise => named(
                UnitKind::Committee,
                format!("{}{works_zh}党委", place.zh),
                format!("{} {works_en} Committee", place.en),
            ),
            Sector::School => named(
                UnitKind::Committee,
                format!("{}学区党委", place.zh),
                format!("{} Schools Committee", place.en),
            ),
            Sector::NonPublic => named(
                UnitKind::Committee,
                format!("{}工业园党委", place.zh),
                format!("{} Industrial Park Committee", place.en),
            ),
            Sector::Institution | Sector::SocialOrganisation | Sector::Other => named(
                UnitKind::Committee,
                format!("{}事业单位党委", place.zh),
                format!("{} Institutions Committee", place.en),
            ),
        };
        self.add(Some(county), kind, sector, name, 0)
    }

    /// Branches of one committee; a large works keeps some of them under a general branch.
    fn add_branches(&mut self, committee: usize, n_branches: usize) {
        let sector = self.units[committee].sector;
        let mut above = committee;
        for n in 0..n_branches {
            let is_large_works = sector == Sector::StateEnterprise && n_branches >= 12;
            if is_large_works && n % 8 == 4 {
                let name = Text::new(
                    format!("{}总支", ["生产", "后方", "分厂"][n / 8 % 3]),
                    format!("{} General Branch", ["Production", "Services", "Branch Works"][n / 8 % 3]),
                );
                above = self.add(Some(committee), UnitKind::GeneralBranch, sector, name, 0);
            } else if is_large_works && n % 8 == 0 {
                above = committee;
            }
            let (kind, name) = self.branch(sector, n);
            let weight = 40 + self.random.below(90) + self.random.below(90);
            self.add(Some(above), kind, sector, name, weight);
        }
    }

    fn branch(&mut self, sector: Sector, n: usize) -> (UnitKind, Text) {
        let turn = |n: usize, list: &[(&str, &str)]| match n / list.len() {
            0 => (String::new(), String::new()),
            round => (format!("{}", round + 1), format!(" {}", round + 1)),
        };
        let listed = |n: usize, list: &[(&str, &str)]| {
            let ((zh, en), (zh_turn, en_turn)) = (list[n % list.len()], turn(n, list));
            Text::new(format!("{zh}{zh_turn}支部"), format!("{en}{en_turn} Branch"))
        };
        let placed = |place: Text, zh: &str, en: &str| {
            Text::new(format!("{}{zh}", place.zh), format!("{} {en}", place.en))
        };
        match sector {
            Sector::StateEnterprise => (UnitKind::Branch, listed(n, SHOPS)),
            Sector::Organ => (UnitKind::Branch, listed(n, BUREAUS)),
            Sector::Institution | Sector::SocialOrganisation | Sector::Other => {
                (UnitKind::Branch, listed(n, HOUSES))
            }
            Sector::Village => (UnitKind::Branch, placed(self.place(), "村支部", "Village Branch")),
            Sector::Community => (UnitKind::Branch, placed(self.place(), "社区支部", "Community Branch")),
            Sector::School => {
                let (zh, en) =
                    [("中学支部", "Middle School Branch"), ("小学支部", "Primary School Branch")][n % 2];
                (UnitKind::Branch, placed(self.place(), zh, en))
            }
            Sector::NonPublic => {
                let (zh, en) = FIRMS[n % FIRMS.len()];
                let is_joint = self.random.chance(250);
                let (kind, zh_end, en_end) = if is_joint {
                    (UnitKind::JointBranch, "联合支部", "Joint Branch")
                } else {
                    (UnitKind::Branch, "支部", "Branch")
                };
                (kind, placed(self.place(), &format!("{zh}{zh_end}"), &format!("{en} {en_end}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_default_city_has_its_promised_shape() {
        let units = plan(20_000, 20020101);
        let count = |test: fn(&PlannedUnit) -> bool| units.iter().filter(|unit| test(unit)).count();
        assert_eq!(count(|u| u.kind == UnitKind::County), 6);
        let n_committees =
            count(|u| u.parent.is_some() && u.kind != UnitKind::County && u.kind.is_committee());
        assert!((54..=66).contains(&n_committees), "{n_committees}");
        let n_branches = count(|u| u.kind.is_branch());
        assert!((820..=980).contains(&n_branches), "{n_branches}");
    }

    #[test]
    fn every_unit_may_stand_where_it_stands_and_has_its_own_code() {
        let units = plan(20_000, 7);
        let codes: BTreeSet<_> = units.iter().map(|unit| &unit.code).collect();
        assert_eq!(codes.len(), units.len());
        for unit in &units {
            if let Some(parent) = unit.parent {
                assert!(units[parent].kind.allowed_children().contains(&unit.kind), "{unit:?}");
            }
        }
    }

    #[test]
    fn one_seed_one_city() {
        let names = |seed| plan(5_000, seed).into_iter().map(|unit| unit.name).collect::<Vec<_>>();
        assert_eq!(names(3), names(3));
        assert_ne!(names(3), names(4));
    }
}
