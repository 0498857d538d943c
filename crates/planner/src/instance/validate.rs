//! From shapes to a checked tree: ids, references, one root, no cycle, leaves and inner units told
//! apart, and sums that stay far from overflow.

use std::collections::{BTreeMap, BTreeSet};

use crate::merge::MOST_CLASSES;
use crate::pricing::Classes;

use super::raw::{self, AtLeast, Counts, Kind, Object};
use super::{
    Cell, Counted, Instance, Leaf, Malformed, POINT, Part, Row, RowKind, Target, Unit, Units, Weights,
};

/// Largest absolute cost that any plan of the instance may reach, in micro-points. The search counts
/// in fractions of these, and its sums and products stay below the 128-bit range.
const MOST_COST: i128 = 1 << 104;

/// Most persons that have to be weighed one by one, because their marginal costs differ.
const MOST_WEIGHED: i128 = 200_000_000;

pub(super) fn instance(file: raw::File, sha256: String) -> Result<Instance, Malformed> {
    if file.format != "miaopu-allocation/1" {
        return Err(Malformed::new(
            "format",
            format!("格式为“{}”，应为 miaopu-allocation/1", file.format),
            format!("the format is “{}”; it must be miaopu-allocation/1", file.format),
        ));
    }
    let target = target(&file.target)?;
    let weights = weights(&file.weights);
    let cells = cells(file.cells)?;
    let rows = file.rows.into_iter().enumerate().map(row).collect::<Result<Vec<_>, _>>()?;
    unique("rows", rows.iter().map(|row| row.id.as_str()))?;
    let (units, root) = units(file.units, &cells)?;
    let instance =
        Instance { sha256, title: file.title, year: file.year, target, weights, cells, rows, units, root };
    within_range(&instance)?;
    within_memory(&instance)?;
    few_classes(&instance)?;
    Ok(instance)
}

fn target(target: &raw::Target) -> Result<Target, Malformed> {
    if target.tolerance_permille.0 > 1000 {
        return Err(Malformed::new(
            "target.tolerance_permille",
            "允许差不能超过1000（千分之一千）",
            "the tolerance is in thousandths and cannot exceed 1000",
        ));
    }
    Ok(Target {
        intake: target.intake.0,
        tolerance_permille: target.tolerance_permille.0,
        weight: target.weight.0,
    })
}

fn weights(weights: &raw::Weights) -> Weights {
    Weights {
        short: weights.short.0,
        over: weights.over.0,
        fair: weights.fair.0,
        smooth: weights.smooth.0,
        dormant: weights.dormant.0,
        node_fair: weights.node_fair.0,
        cell_short: weights.cell_short.0,
        cell_over: weights.cell_over.0,
    }
}

fn cells(raw: Vec<Object<raw::Cell>>) -> Result<Vec<Cell>, Malformed> {
    unique("cells", raw.iter().map(|Object(cell)| cell.id.as_str()))?;
    raw.into_iter()
        .enumerate()
        .map(|(position, Object(cell))| {
            let mut attributes = cell.attributes;
            sorted_names(&format!("cells[{position}].attributes ({})", cell.id), &mut attributes)?;
            Ok(Cell { id: cell.id, attributes })
        })
        .collect()
}

fn row((position, Object(raw)): (usize, Object<raw::Row>)) -> Result<Row, Malformed> {
    let place = |field: &str| format!("rows[{position}]{field} (row {})", raw.id);
    let counts = match (raw.attribute, raw.tag) {
        (Some(attribute), None) => Counted::Attribute(attribute),
        (None, Some(tag)) => Counted::Tag(tag),
        _ => {
            return Err(Malformed::new(
                place(""),
                "attribute 与 tag 必须且只能写一个",
                "write exactly one of attribute and tag",
            ));
        }
    };
    let kind = match (raw.kind, raw.at_least) {
        (Kind::Share, AtLeast::Rational(share)) => {
            let (num, den) = (share.num.0, share.den.0);
            if den == 0 || POINT % i128::from(den) != 0 || num > den {
                return Err(Malformed::new(
                    place(".at_least"),
                    "比例的分母须整除1000000，分子不大于分母",
                    "a share has a denominator that divides 1000000 and a numerator not above it",
                ));
            }
            RowKind::Share { num, den, is_strict: raw.strict.unwrap_or(false) }
        }
        (Kind::Growth, AtLeast::Whole(_)) if raw.strict.is_some() => {
            return Err(Malformed::new(
                place(".strict"),
                "strict 只用于比例（share），请删去",
                "strict belongs to shares only; remove it",
            ));
        }
        (Kind::Growth, AtLeast::Whole(at_least)) => RowKind::Growth { at_least },
        (Kind::Share, AtLeast::Whole(_)) => {
            return Err(Malformed::new(
                place(".at_least"),
                "比例写作 {\"num\": n, \"den\": d}",
                "a share is written {\"num\": n, \"den\": d}",
            ));
        }
        (Kind::Growth, AtLeast::Rational(_)) => {
            return Err(Malformed::new(
                place(".at_least"),
                "增长指标写整数人数",
                "growth is written as a whole number of persons",
            ));
        }
    };
    Ok(Row { id: raw.id, kind, counts, penalty: raw.penalty.0 })
}

fn units(raw: Vec<Object<raw::Unit>>, cells: &[Cell]) -> Result<(Units, usize), Malformed> {
    unique("units", raw.iter().map(|Object(unit)| unit.id.as_str()))?;
    let cell_positions: BTreeMap<&str, usize> =
        cells.iter().enumerate().map(|(position, cell)| (cell.id.as_str(), position)).collect();
    let mut units = Units::default();
    let mut roots = Vec::new();
    let mut parents = Vec::with_capacity(raw.len());
    for (position, Object(mut unit)) in raw.into_iter().enumerate() {
        let parent = unit.parent.0.take();
        if parent.is_none() {
            roots.push(position);
        }
        push_checked(&mut units, unit, parent.is_none(), &cell_positions)?;
        parents.push(parent);
    }
    let ids: std::collections::HashMap<&str, usize> =
        (0..units.len()).map(|position| (units.id(position), position)).collect();
    let mut found = Vec::with_capacity(parents.len());
    for (position, parent) in parents.into_iter().enumerate() {
        let above = parent.as_deref().map(|parent| {
            ids.get(parent).copied().ok_or_else(|| {
                Malformed::new(
                    format!("units[{position}].parent (unit {})", units.id(position)),
                    format!("上级“{parent}”不在文件中，请补上或改正"),
                    format!("the parent “{parent}” is not in the file; add it or correct the name"),
                )
            })
        });
        found.push(above.transpose()?);
    }
    drop(ids);
    for (position, parent) in found.into_iter().enumerate() {
        units.set_parent(position, parent);
    }
    let root = one_root(&roots, &units)?;
    no_leaf_above(&units)?;
    no_cycle(&units)?;
    Ok((units, root))
}

fn push_checked(
    units: &mut Units,
    raw: raw::Unit,
    is_root: bool,
    cells: &BTreeMap<&str, usize>,
) -> Result<(), Malformed> {
    let position = units.len();
    let place = |field: &str| format!("units[{position}].{field} (unit {})", raw.id);
    let has_tags = raw.tags.is_some();
    let mut tags = raw.tags.unwrap_or_default();
    sorted_names(&place("tags"), &mut tags)?;
    let pool = raw.pool.map(|pool| by_cell(pool, cells, &place("pool"))).transpose()?;
    let asked = raw.request_cells.map(|asked| by_cell(asked, cells, &place("request_cells"))).transpose()?;
    if pool.is_none() {
        let leaf_only = [
            ("request", raw.request.is_some()),
            ("request_cells", asked.is_some()),
            ("previous", raw.previous.is_some()),
            ("dormant", raw.dormant.is_some()),
            ("duty", raw.duty.is_some()),
            ("tags", has_tags),
        ];
        if let Some((field, _)) = leaf_only.into_iter().find(|&(_, is_written)| is_written) {
            return Err(Malformed::new(
                place(field),
                "只有带 pool 的基层单位才有此项；请删去或补上 pool",
                "only a leaf, a unit with a pool, has this; remove it or add the pool",
            ));
        }
    } else if is_root {
        return Err(Malformed::new(place("pool"), "根单位不能有 pool", "the root has no pool; remove it"));
    }
    let asked = asked.unwrap_or_default();
    let leaf = pool.as_deref().map(|pool| Leaf {
        request: raw.request.map_or(0, |n| n.0),
        request_cells: &asked,
        previous: raw.previous.map_or(0, |n| n.0),
        is_dormant: raw.dormant.unwrap_or(false),
        has_duty: raw.duty.unwrap_or(false),
        tags: &tags,
        pool,
    });
    units.push(&Unit {
        id: &raw.id,
        parent: None,
        lower: raw.lower.0,
        upper: raw.upper.map(|n| n.0),
        fair_milli: raw.fair_milli.0,
        leaf,
    });
    Ok(())
}

fn by_cell(counts: Counts, cells: &BTreeMap<&str, usize>, place: &str) -> Result<Vec<Part>, Malformed> {
    let mut found = Vec::new();
    for (cell, n) in counts.0 {
        let position = *cells.get(cell.as_str()).ok_or_else(|| {
            Malformed::new(
                format!("{place}.{cell}"),
                format!("类别“{cell}”不在 cells 中，请补上或改正"),
                format!("the cell “{cell}” is not in cells; add it there or correct the name"),
            )
        })?;
        if n > 0 {
            // Invariant: a file below 4 GiB has fewer cells than that, and a count is at most 10^9.
            found.push(Part { cell: position as u32, n: n as u32 });
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn one_root(roots: &[usize], units: &Units) -> Result<usize, Malformed> {
    match roots {
        [root] => Ok(*root),
        [] => Err(Malformed::new(
            "units",
            "没有根单位：应有且只有一个单位的 parent 为 null",
            "there is no root: exactly one unit has parent null",
        )),
        [first, second, ..] => Err(Malformed::new(
            format!("units[{second}].parent (unit {})", units.id(*second)),
            format!("有两个根单位：{}、{}；请为其中一个写明上级", units.id(*first), units.id(*second)),
            format!(
                "there are two roots, {} and {}; name a parent for one",
                units.id(*first),
                units.id(*second)
            ),
        )),
    }
}

fn no_leaf_above(units: &Units) -> Result<(), Malformed> {
    for (position, unit) in units.iter().enumerate() {
        if let Some(parent) = unit.parent
            && units.is_leaf(parent)
        {
            return Err(Malformed::new(
                format!("units[{position}].parent (unit {})", unit.id),
                format!("上级“{}”带有 pool，是基层单位，不能有下级", units.id(parent)),
                format!("the parent “{}” has a pool and is a leaf; a leaf has no children", units.id(parent)),
            ));
        }
    }
    Ok(())
}

fn no_cycle(units: &Units) -> Result<(), Malformed> {
    // 0 unknown, 1 on the present walk, 2 known to reach the root.
    let mut known = vec![0u8; units.len()];
    for start in 0..units.len() {
        let mut walk = Vec::new();
        let mut at = Some(start);
        while let Some(unit) = at {
            match known[unit] {
                2 => break,
                1 => {
                    return Err(Malformed::new(
                        format!("units[{unit}].parent (unit {})", units.id(unit)),
                        "上下级成环，无法到达根单位；请改正 parent",
                        "the parents form a cycle that never reaches the root; correct one of them",
                    ));
                }
                _ => {
                    known[unit] = 1;
                    walk.push(unit);
                    at = units.parent(unit);
                }
            }
        }
        for unit in walk {
            known[unit] = 2;
        }
    }
    Ok(())
}

fn unique<'a>(list: &str, ids: impl Iterator<Item = &'a str>) -> Result<(), Malformed> {
    let mut seen = std::collections::HashSet::new();
    for (position, id) in ids.enumerate() {
        let place = format!("{list}[{position}].id");
        if id.is_empty() {
            return Err(Malformed::new(place, "id 不能为空", "an id is not empty"));
        }
        if !seen.insert(id) {
            return Err(Malformed::new(
                format!("{place} ({id})"),
                format!("id“{id}”出现两次，请改名或删去一个"),
                format!("the id “{id}” occurs twice; rename or remove one"),
            ));
        }
    }
    Ok(())
}

fn sorted_names(place: &str, names: &mut [String]) -> Result<(), Malformed> {
    names.sort_unstable();
    let mut seen = BTreeSet::new();
    for name in names.iter() {
        if name.is_empty() || !seen.insert(name) {
            return Err(Malformed::new(
                place,
                format!("名称“{name}”为空或重复"),
                format!("the name “{name}” is empty or written twice"),
            ));
        }
    }
    Ok(())
}

/// Refuses sums whose cost could leave the range of the arithmetic: before any search.
fn within_range(instance: &Instance) -> Result<(), Malformed> {
    let weights = &instance.weights;
    let n_ready: i128 =
        instance.units.iter().filter_map(|unit| unit.leaf).map(|leaf| i128::from(leaf.n_ready())).sum();
    let n_most = n_ready.min(i128::from(instance.intake_band().1)).max(1);
    let flat = [
        weights.short,
        weights.over,
        weights.smooth,
        weights.dormant,
        weights.cell_short,
        weights.cell_over,
        instance.target.weight,
    ];
    let flat: i128 = flat.into_iter().map(i128::from).sum::<i128>() * POINT;
    let least_fair =
        instance.units.iter().map(|unit| i128::from(unit.fair_milli)).filter(|&fair| fair > 0).min();
    let fair = least_fair.map_or(0, |least| {
        i128::from(weights.fair.max(weights.node_fair)) * POINT * (2000 * n_most / least + 3)
    });
    let rows: i128 = instance.rows.iter().map(|row| 2 * i128::from(row.penalty) * POINT).sum();
    let most_at_one_level = fair.checked_mul(n_most);
    let most = most_at_one_level
        .and_then(|cost| cost.checked_mul(depth(instance)))
        .and_then(|cost| cost.checked_add((flat + rows).checked_mul(n_most + i128::from(super::MOST))?));
    match most {
        Some(most) if most < MOST_COST => Ok(()),
        _ => Err(Malformed::new(
            "weights",
            "人数与权重之积超出可精确计算的范围；请缩小权重",
            "persons times weights leave the range of exact arithmetic; scale the weights down",
        )),
    }
}

/// Refuses questions whose rows tell apart more kinds of persons than the search can name.
fn few_classes(instance: &Instance) -> Result<(), Malformed> {
    let n = Classes::new(instance).steps.len();
    if n <= MOST_CLASSES {
        return Ok(());
    }
    Err(Malformed::new(
        "rows",
        format!("各指标把人员分成 {n} 类，超过 {MOST_CLASSES} 类；请减少指标、标签或类别"),
        format!(
            "the rows tell {n} kinds of persons apart, more than {MOST_CLASSES}; use fewer rows, tags or cells"
        ),
    ))
}

/// Refuses questions with so many persons of different price that they cannot be weighed one by one.
fn within_memory(instance: &Instance) -> Result<(), Malformed> {
    let n_most = i128::from(instance.intake_band().1);
    // Persons of one price are weighed together. Fairness gives each rank a price of its own, unless
    // the fair share is so large that many ranks round to the same.
    let weighed = |n: i128, weight: i64, fair_milli: i64| match (weight, fair_milli) {
        (0, _) | (_, 0) => n.min(n / i128::from(u16::MAX) + 8),
        _ => n.min((n * 2000 * POINT * i128::from(weight)) / i128::from(fair_milli) + n / 60_000 + 8),
    };
    let mut n_persons = 0;
    let mut n_weighed = 0;
    for (v, unit) in instance.units.iter().enumerate() {
        let Some((_, greatest, _)) = instance.units.leaf_bounds(v) else { continue };
        let n = i128::from(greatest).min(n_most);
        n_persons += n;
        n_weighed += weighed(n, instance.weights.fair, unit.fair_milli);
    }
    let inner = instance.units.iter().filter(|unit| unit.leaf.is_none() && unit.parent.is_some());
    let least_fair = inner.map(|unit| unit.fair_milli).filter(|&fair| fair > 0).min().unwrap_or(0);
    n_weighed += weighed(n_persons, instance.weights.node_fair, least_fair);
    if n_weighed <= MOST_WEIGHED {
        return Ok(());
    }
    Err(Malformed::new(
        "units",
        format!(
            "需要逐一计价的名额约 {n_weighed} 个，超过 {MOST_WEIGHED} 个的容量；请按较小的单位分别计算，或调低 fair 权重"
        ),
        format!(
            "about {n_weighed} places would have to be priced one by one, more than the {MOST_WEIGHED} there is room for; plan smaller units apart or lower the fair weights"
        ),
    ))
}

/// Levels of the tree below and including the root.
fn depth(instance: &Instance) -> i128 {
    let mut depths = vec![0i128; instance.units.len()];
    let mut deepest = 1;
    for start in 0..instance.units.len() {
        let mut walk = Vec::new();
        let mut at = start;
        while depths[at] == 0 {
            walk.push(at);
            match instance.units.parent(at) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        let mut depth = depths[at];
        for unit in walk.into_iter().rev() {
            depth += 1;
            depths[unit] = depth;
        }
        deepest = deepest.max(depth);
    }
    deepest
}
