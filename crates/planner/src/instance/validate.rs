//! From shapes to a checked tree: ids, references, one root, no cycle, leaves and inner units told
//! apart, and sums that stay far from overflow.

use std::collections::{BTreeMap, BTreeSet};

use super::raw::{self, AtLeast, Counts, Kind};
use super::{Cell, Counted, Instance, Leaf, Malformed, POINT, Row, RowKind, Target, Unit, Weights};

/// Largest absolute cost that any plan of the instance may reach, in micro-points. Sums and
/// products of the search stay below the 128-bit range by a wide margin.
const MOST_COST: i128 = 1 << 120;

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

fn cells(raw: Vec<raw::Cell>) -> Result<Vec<Cell>, Malformed> {
    unique("cells", raw.iter().map(|cell| cell.id.as_str()))?;
    raw.into_iter()
        .enumerate()
        .map(|(position, cell)| {
            let mut attributes = cell.attributes;
            sorted_names(&format!("cells[{position}].attributes ({})", cell.id), &mut attributes)?;
            Ok(Cell { id: cell.id, attributes })
        })
        .collect()
}

fn row((position, raw): (usize, raw::Row)) -> Result<Row, Malformed> {
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

fn units(raw: Vec<raw::Unit>, cells: &[Cell]) -> Result<(Vec<Unit>, usize), Malformed> {
    unique("units", raw.iter().map(|unit| unit.id.as_str()))?;
    let cell_positions: BTreeMap<&str, usize> =
        cells.iter().enumerate().map(|(position, cell)| (cell.id.as_str(), position)).collect();
    let ids: std::collections::HashMap<String, usize> =
        raw.iter().enumerate().map(|(position, unit)| (unit.id.clone(), position)).collect();
    let mut units = Vec::with_capacity(raw.len());
    let mut roots = Vec::new();
    for (position, unit) in raw.into_iter().enumerate() {
        let parent = match &unit.parent.0 {
            None => {
                roots.push(position);
                None
            }
            Some(parent) => Some(*ids.get(parent).ok_or_else(|| {
                Malformed::new(
                    format!("units[{position}].parent (unit {})", unit.id),
                    format!("上级“{parent}”不在文件中，请补上或改正"),
                    format!("the parent “{parent}” is not in the file; add it or correct the name"),
                )
            })?),
        };
        units.push(checked_unit(position, unit, parent, &cell_positions)?);
    }
    let root = one_root(&roots, &units)?;
    no_leaf_above(&units)?;
    no_cycle(&units)?;
    Ok((units, root))
}

fn checked_unit(
    position: usize,
    raw: raw::Unit,
    parent: Option<usize>,
    cells: &BTreeMap<&str, usize>,
) -> Result<Unit, Malformed> {
    let place = |field: &str| format!("units[{position}].{field} (unit {})", raw.id);
    let leaf = match raw.pool {
        None => {
            let leaf_only = [
                ("request", raw.request.is_some()),
                ("request_cells", raw.request_cells.is_some()),
                ("previous", raw.previous.is_some()),
                ("dormant", raw.dormant.is_some()),
                ("duty", raw.duty.is_some()),
                ("tags", raw.tags.is_some()),
            ];
            if let Some((field, _)) = leaf_only.into_iter().find(|&(_, is_written)| is_written) {
                return Err(Malformed::new(
                    place(field),
                    "只有带 pool 的基层单位才有此项；请删去或补上 pool",
                    "only a leaf, a unit with a pool, has this; remove it or add the pool",
                ));
            }
            None
        }
        Some(_) if parent.is_none() => {
            return Err(Malformed::new(
                place("pool"),
                "根单位不能有 pool",
                "the root has no pool; remove it",
            ));
        }
        Some(pool) => {
            let mut tags = raw.tags.unwrap_or_default();
            sorted_names(&place("tags"), &mut tags)?;
            Some(Leaf {
                request: raw.request.map_or(0, |n| n.0),
                request_cells: by_cell(raw.request_cells, cells, &place("request_cells"))?,
                previous: raw.previous.map_or(0, |n| n.0),
                is_dormant: raw.dormant.unwrap_or(false),
                has_duty: raw.duty.unwrap_or(false),
                tags,
                pool: by_cell(Some(pool), cells, &place("pool"))?,
            })
        }
    };
    Ok(Unit {
        id: raw.id,
        parent,
        lower: raw.lower.0,
        upper: raw.upper.map(|n| n.0),
        fair_milli: raw.fair_milli.0,
        leaf,
    })
}

fn by_cell(
    counts: Option<Counts>,
    cells: &BTreeMap<&str, usize>,
    place: &str,
) -> Result<Vec<(usize, i64)>, Malformed> {
    let mut found = Vec::new();
    for (cell, n) in counts.map_or_else(Vec::new, |counts| counts.0) {
        let position = *cells.get(cell.as_str()).ok_or_else(|| {
            Malformed::new(
                format!("{place}.{cell}"),
                format!("类别“{cell}”不在 cells 中，请补上或改正"),
                format!("the cell “{cell}” is not in cells; add it there or correct the name"),
            )
        })?;
        if n > 0 {
            found.push((position, n));
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn one_root(roots: &[usize], units: &[Unit]) -> Result<usize, Malformed> {
    match roots {
        [root] => Ok(*root),
        [] => Err(Malformed::new(
            "units",
            "没有根单位：应有且只有一个单位的 parent 为 null",
            "there is no root: exactly one unit has parent null",
        )),
        [first, second, ..] => Err(Malformed::new(
            format!("units[{second}].parent (unit {})", units[*second].id),
            format!("有两个根单位：{}、{}；请为其中一个写明上级", units[*first].id, units[*second].id),
            format!(
                "there are two roots, {} and {}; name a parent for one",
                units[*first].id, units[*second].id
            ),
        )),
    }
}

fn no_leaf_above(units: &[Unit]) -> Result<(), Malformed> {
    for (position, unit) in units.iter().enumerate() {
        if let Some(parent) = unit.parent
            && units[parent].leaf.is_some()
        {
            return Err(Malformed::new(
                format!("units[{position}].parent (unit {})", unit.id),
                format!("上级“{}”带有 pool，是基层单位，不能有下级", units[parent].id),
                format!("the parent “{}” has a pool and is a leaf; a leaf has no children", units[parent].id),
            ));
        }
    }
    Ok(())
}

fn no_cycle(units: &[Unit]) -> Result<(), Malformed> {
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
                        format!("units[{unit}].parent (unit {})", units[unit].id),
                        "上下级成环，无法到达根单位；请改正 parent",
                        "the parents form a cycle that never reaches the root; correct one of them",
                    ));
                }
                _ => {
                    known[unit] = 1;
                    walk.push(unit);
                    at = units[unit].parent;
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
    let n_ready: i128 = instance
        .units
        .iter()
        .filter_map(|unit| unit.leaf.as_ref())
        .map(|leaf| i128::from(leaf.n_ready()))
        .sum();
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

/// Levels of the tree below and including the root.
fn depth(instance: &Instance) -> i128 {
    let mut depths = vec![0i128; instance.units.len()];
    let mut deepest = 1;
    for start in 0..instance.units.len() {
        let mut walk = Vec::new();
        let mut at = start;
        while depths[at] == 0 {
            walk.push(at);
            match instance.units[at].parent {
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
