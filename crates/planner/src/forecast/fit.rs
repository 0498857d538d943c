//! Members from margins: when only the totals by age, by sex, by education and so on are published,
//! the cells between them are fitted (iterative proportional fitting, from weights that say what is
//! known of how the margins hang together) and then made whole people, so that the total is exact and
//! each margin is met within a few people.

use super::people::{Cell, Group, Shape, State};

/// A partition of all members into groups with their numbers.
pub(super) type Margin = Vec<(Group, i64)>;

/// Why no members can be fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// A cell belongs to no part of a margin, or to several.
    NoPartition(usize, Cell),
    /// The margins do not have the same total.
    Totals(usize),
    /// A part has people but no cell in which the other margins and the weights allow any.
    Contradiction,
}

/// Most rounds of fitting. It converges geometrically, mostly within a few dozen.
const ROUNDS: usize = 400;

/// Fits members to margins from weights by cell.
pub(super) fn fit(shape: Shape, margins: &[Margin], mut weights: Vec<f64>) -> Result<State, Unfit> {
    let parts: Vec<Vec<usize>> = margins
        .iter()
        .enumerate()
        .map(|(position, margin)| part_of_each_cell(shape, position, margin))
        .collect::<Result<_, _>>()?;
    let totals: Vec<i64> = margins.iter().map(|margin| margin.iter().map(|(_, n)| n).sum()).collect();
    if let Some(odd) = totals.iter().position(|total| *total != totals[0]) {
        return Err(Unfit::Totals(odd));
    }
    for _ in 0..ROUNDS {
        let mut farthest = 0.0_f64;
        for (margin, part) in margins.iter().zip(&parts) {
            let now = sums(&weights, part, margin.len());
            let factors: Vec<f64> = margin
                .iter()
                .zip(&now)
                .map(|((_, wanted), now)| if *now > 0.0 { *wanted as f64 / now } else { 0.0 })
                .collect();
            weights.iter_mut().zip(part).for_each(|(weight, &part)| *weight *= factors[part]);
            farthest = factors.iter().fold(farthest, |far, factor| far.max((factor - 1.0).abs()));
        }
        if farthest < 1e-9 {
            break;
        }
    }
    let is_met = margins.iter().zip(&parts).all(|(margin, part)| {
        let now = sums(&weights, part, margin.len());
        margin.iter().zip(now).all(|((_, wanted), now)| (*wanted as f64 - now).abs() < 0.5 + 1e-6 * now)
    });
    if !is_met {
        return Err(Unfit::Contradiction);
    }
    Ok(whole_people(shape, &weights, totals.first().copied().unwrap_or(0)))
}

fn part_of_each_cell(shape: Shape, position: usize, margin: &Margin) -> Result<Vec<usize>, Unfit> {
    shape
        .cells()
        .map(|cell| {
            let mut having = margin.iter().enumerate().filter(|(_, (group, _))| group.has(cell));
            match (having.next(), having.next()) {
                (Some((part, _)), None) => Ok(part),
                _ => Err(Unfit::NoPartition(position, cell)),
            }
        })
        .collect()
}

fn sums(weights: &[f64], part: &[usize], n_parts: usize) -> Vec<f64> {
    let mut sums = vec![0.0; n_parts];
    weights.iter().zip(part).for_each(|(weight, &part)| sums[part] += weight);
    sums
}

/// Rounds along the order of cells so that every running sum is within half a person of the exact one.
/// Neighbours in that order differ in sector first and in age last, so that ages and education are
/// nearly exact as well.
fn whole_people(shape: Shape, weights: &[f64], total: i64) -> State {
    let mut state = State::empty(shape);
    let sum: f64 = weights.iter().sum();
    let (mut exact, mut so_far) = (0.0, 0);
    for (cell, weight) in shape.cells().zip(weights) {
        exact += weight / sum * total as f64;
        let now = (exact.round() as i64).clamp(so_far, total);
        state.add_full(cell, now - so_far);
        so_far = now;
    }
    state
}

#[cfg(test)]
mod tests {
    use super::super::people::{PARTS, Sex};
    use super::*;

    const SHAPE: Shape = Shape { n_educations: 2, n_sectors: 1 };

    fn ages(from: usize, to: usize) -> Group {
        Group { ages: Some((from, to)), ..Group::everyone() }
    }

    fn of_sex(sex: Sex) -> Group {
        Group { sex: Some(sex), ..Group::everyone() }
    }

    #[test]
    fn margins_are_met_and_the_total_is_exact() {
        let margins = vec![
            vec![(ages(18, 35), 2_000), (ages(36, 100), 8_001)],
            vec![(of_sex(Sex::Men), 8_000), (of_sex(Sex::Women), 2_001)],
        ];
        let state = fit(SHAPE, &margins, vec![1.0; SHAPE.n_cells()]).unwrap();
        assert_eq!(state.total(), 10_001 * PARTS);
        for (group, wanted) in margins.iter().flatten() {
            assert!((state.count(group) / PARTS - wanted).abs() <= 40, "{group:?}");
        }
    }

    #[test]
    fn what_cannot_be_fitted_is_told() {
        let weights = vec![1.0; SHAPE.n_cells()];
        let gap = vec![vec![(ages(18, 35), 2), (ages(37, 100), 8)]];
        assert!(
            matches!(fit(SHAPE, &gap, weights.clone()), Err(Unfit::NoPartition(0, cell)) if cell.age == 36)
        );
        let totals = vec![
            vec![(ages(18, 35), 2), (ages(36, 100), 8)],
            vec![(of_sex(Sex::Men), 8), (of_sex(Sex::Women), 3)],
        ];
        assert_eq!(fit(SHAPE, &totals, weights.clone()), Err(Unfit::Totals(1)));
        let no_women: Vec<f64> =
            SHAPE.cells().map(|cell| f64::from(u8::from(cell.sex == Sex::Men))).collect();
        let margins = vec![vec![(of_sex(Sex::Men), 8), (of_sex(Sex::Women), 3)]];
        assert_eq!(fit(SHAPE, &margins, no_women), Err(Unfit::Contradiction));
    }
}
