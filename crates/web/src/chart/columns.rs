//! Counts by year as columns, with a band for what was planned, an outline for what is left of it,
//! and a bound where there is one.

use super::canvas::{Anchor, Canvas, Face, Tone};
use super::labels::{NARROW_REM, fitting_anchor, width_rem};
use super::scale::Scale;
use super::{Caption, Figures};

/// A row of columns.
#[derive(Clone, Copy)]
pub struct Columns<'a> {
    /// Name and content in words.
    pub caption: Caption<'a>,
    /// The years, the earliest first.
    pub columns: &'a [Column<'a>],
    /// A level to be compared with, if there is one.
    pub bound: Option<Bound<'a>>,
    /// How numbers on the axis are written.
    pub figures: Figures<'a>,
}

/// One year.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// The year, as written under the axis.
    pub label: &'a str,
    /// How many.
    pub count: u64,
    /// The count as written above the column, "31" or "6/36".
    pub figure: &'a str,
    /// How strongly it is drawn.
    pub stress: Stress,
    /// What was planned for the year, if anything was.
    pub planned: Option<Planned>,
}

/// How strongly a column is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stress {
    /// As one of many: pale, its words quiet.
    Plain,
    /// As one that is spoken of: dark, its words strong.
    Marked,
}

/// What was planned for a year, from the least to the most that keeps the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// The least.
    pub from: u64,
    /// The most.
    pub to: u64,
}

/// A level over some of the columns.
#[derive(Debug, Clone, Copy)]
pub struct Bound<'a> {
    /// The level.
    pub value: f64,
    /// The words above it.
    pub label: &'a str,
    /// The first column it is drawn over, counted from nought.
    pub first: usize,
    /// The last column it is drawn over.
    pub last: usize,
}

const HEIGHT_REM: f64 = 16.0;
/// Above the columns there is room for a figure, and above that for the words of a bound if there is one.
const TOP_REM: f64 = 1.4;
const BOUND_REM: f64 = 1.0;
const BOTTOM_REM: f64 = 14.0;

/// A place taken by words, in rem at the narrowest column: left, right, top, bottom.
type Box4 = (f64, f64, f64, f64);

/// With more columns than this not every one can carry its figure, and the axis carries numbers instead.
const MOST_FIGURES: usize = 14;

fn is_crowded(columns: &Columns<'_>) -> bool {
    columns.columns.len() > MOST_FIGURES
}

struct Field {
    scale: Scale,
    top: f64,
    left: f64,
    pitch: f64,
}

impl Field {
    fn of(columns: &Columns<'_>) -> Self {
        let counts = columns.columns.iter().map(|column| column.count as f64);
        let planned =
            columns.columns.iter().filter_map(|column| column.planned).map(|planned| planned.to as f64);
        let bound = columns.bound.map(|bound| bound.value);
        let scale = Scale::of_counts(counts.chain(planned).chain(bound), 4);
        let ticks = scale.ticks().iter().map(|tick| width_rem(&(columns.figures)(*tick))).fold(0.0, f64::max);
        let ticks = if is_crowded(columns) { ticks + 0.4 } else { 0.0 };
        let left = (ticks / NARROW_REM * 100.0).min(35.0);
        let n_columns = columns.columns.len().max(1) as f64;
        let top = TOP_REM + if columns.bound.is_some() { BOUND_REM } else { 0.0 };
        Field { scale, top, left, pitch: ((100.0 - left) / n_columns).min(20.0) }
    }

    /// From the left to the right edge of a column's share of the width.
    fn slot(&self, index: usize) -> (f64, f64) {
        let left = self.left + index as f64 * self.pitch;
        (left, left + self.pitch)
    }

    fn middle(&self, index: usize) -> f64 {
        self.left + (index as f64 + 0.5) * self.pitch
    }

    fn bar(&self, index: usize) -> (f64, f64) {
        (self.middle(index) - self.pitch * 0.33, self.middle(index) + self.pitch * 0.33)
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM_REM - self.scale.part(value) * (BOTTOM_REM - self.top)
    }
}

/// Draws counts by year.
#[must_use]
pub fn columns(columns: &Columns<'_>) -> String {
    let field = Field::of(columns);
    let mut canvas = Canvas::default();
    for tick in field.scale.ticks() {
        let y = field.y(tick);
        canvas.line("grid", (0.0, 100.0), (y, y));
        if is_crowded(columns) {
            canvas.text(0.0, y - 0.25, Face::new(Anchor::Start, Tone::Quiet), &(columns.figures)(tick));
        }
    }
    for (index, column) in columns.columns.iter().enumerate() {
        draw_column(&mut canvas, &field, index, column);
    }
    if let Some(bound) = columns.bound.filter(|bound| bound.value.is_finite()) {
        draw_bound(&mut canvas, &field, columns.columns, bound);
    }
    canvas.line("axis", (0.0, 100.0), (BOTTOM_REM, BOTTOM_REM));
    draw_words(&mut canvas, columns, &field);
    canvas.close(columns.caption, HEIGHT_REM)
}

/// The planned band over the whole share of the width, an outline up to the most that was planned,
/// and the column itself.
fn draw_column(canvas: &mut Canvas, field: &Field, index: usize, column: &Column<'_>) {
    if let Some(planned) = column.planned {
        let (high, low) = (field.y(planned.to as f64), field.y(planned.from as f64));
        // A plan without tolerance is still a band that can be seen.
        canvas.rect("f3", field.slot(index), (high, low.max(high + 0.12)));
        if column.count < planned.from {
            canvas.rect("lost", field.bar(index), (high, BOTTOM_REM));
        }
    }
    let class = match column.stress {
        Stress::Plain => "f2",
        Stress::Marked => "f1",
    };
    if column.count > 0 {
        // One person among thousands is seen as well.
        let top = field.y(column.count as f64).min(BOTTOM_REM - 0.08);
        canvas.rect(class, field.bar(index), (top, BOTTOM_REM));
    }
}

/// A line of dashes at the bound. Its words stand on it, before or over the columns, where they meet
/// no column and no figure; failing that, at the top of the drawing.
fn draw_bound(canvas: &mut Canvas, field: &Field, columns: &[Column<'_>], bound: Bound<'_>) {
    let Some(last_column) = columns.len().checked_sub(1) else {
        return;
    };
    let last = bound.last.min(last_column);
    let first = bound.first.min(last);
    let (left, right) = (field.slot(first).0, field.slot(last).1);
    let y = field.y(bound.value);
    canvas.dashed("goal", (left, right), y);

    let width = width_rem(bound.label);
    let share = width / NARROW_REM * 100.0;
    let is_clear = |from: f64, to: f64| {
        let is_low = |index: usize| field.y(top_count(&columns[index]) as f64) > y + 0.9;
        let is_apart = |index: usize| field.slot(index).1 <= from || to <= field.slot(index).0;
        from >= 0.0 && to <= 100.0 && (0..columns.len()).all(|index| is_apart(index) || is_low(index))
    };
    let before = field.slot(last).0;
    let (x, y, anchor) = if is_clear(before - share, before) {
        (before, y - 0.4, Anchor::End)
    } else if is_clear(left, left + share) {
        (left, y - 0.4, Anchor::Start)
    } else {
        let middle = (left + right) / 2.0;
        (middle, 0.85, fitting_anchor(middle, width))
    };
    canvas.text(x, y, Face::new(anchor, Tone::Goal), bound.label);
}

/// The count up to which a column or the outline around it reaches.
fn top_count(column: &Column<'_>) -> u64 {
    column.planned.map_or(column.count, |planned| planned.to.max(column.count))
}

/// Figures above and years under the columns: the marked ones and the last before all others, and as
/// many others as find room, from the last to the first. The table beneath a drawing has them all.
fn draw_words(canvas: &mut Canvas, columns: &Columns<'_>, field: &Field) {
    let mut taken = Vec::new();
    let n_columns = columns.columns.len();
    let mut order: Vec<usize> = (0..n_columns).rev().collect();
    order.sort_by_key(|index| *index + 1 != n_columns && columns.columns[*index].stress == Stress::Plain);
    for index in order {
        let column = &columns.columns[index];
        let tone = match column.stress {
            Stress::Plain => Tone::Quiet,
            Stress::Marked => Tone::Strong,
        };
        let face = Face::new(Anchor::Middle, tone);
        let x = field.middle(index);
        let top = field.y(top_count(column) as f64);
        if claim(&mut taken, x, column.figure, top - 0.35) && clears_neighbours(columns, field, index, top) {
            canvas.text(x, top - 0.35, face, column.figure);
        }
        if claim(&mut taken, x, column.label, HEIGHT_REM - 0.4) {
            canvas.text(x, HEIGHT_REM - 0.4, face, column.label);
        }
    }
}

/// Takes the place for words around `x` on the line `y`, unless it is taken.
fn claim(taken: &mut Vec<Box4>, x: f64, words: &str, y: f64) -> bool {
    let middle = x / 100.0 * NARROW_REM;
    let half = width_rem(words) / 2.0 + 0.08;
    let wanted = (middle - half, middle + half, y - 0.8, y + 0.2);
    let is_free = taken.iter().all(|other| {
        wanted.1 <= other.0 || other.1 <= wanted.0 || wanted.3 <= other.2 || other.3 <= wanted.2
    });
    if is_free {
        taken.push(wanted);
    }
    is_free
}

/// Whether words above a column stay clear of a higher column beside it.
fn clears_neighbours(columns: &Columns<'_>, field: &Field, index: usize, top: f64) -> bool {
    let room = (field.pitch * 0.67 / 100.0) * NARROW_REM * 2.0;
    let is_narrow = width_rem(columns.columns[index].figure) <= room;
    let neighbours = [index.checked_sub(1), Some(index + 1)];
    let is_lower = |neighbour: usize| {
        let Some(column) = columns.columns.get(neighbour) else { return true };
        field.y(column.count as f64) >= top - 0.2
    };
    is_narrow || neighbours.into_iter().flatten().all(is_lower)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::plain;

    fn column(count: u64, planned: Option<Planned>) -> Column<'static> {
        Column { label: "’03", count, figure: "6/36", stress: Stress::Marked, planned }
    }

    fn drawn(columns: &[Column<'_>], bound: Option<Bound<'_>>) -> String {
        let caption = Caption { id: "c", title: "Admissions", desc: "Between 12 and 66 a year." };
        super::columns(&Columns { caption, columns, bound, figures: &plain })
    }

    #[test]
    fn a_year_with_places_left_shows_them_as_an_outline() {
        let planned = Some(Planned { from: 35, to: 36 });
        assert_eq!(drawn(&[column(6, planned)], None).matches(r#"class="lost""#).count(), 1);
        assert_eq!(drawn(&[column(36, planned)], None).matches(r#"class="lost""#).count(), 0);
        assert_eq!(drawn(&[column(36, planned)], None).matches(r#"class="f3""#).count(), 1);
    }

    #[test]
    fn a_bound_over_columns_that_are_not_there_ends_at_the_last() {
        let bound = Bound { value: 64.7, label: "twice the mean", first: 90, last: 99 };
        assert_eq!(
            drawn(&[column(6, None), column(7, None)], Some(bound)).matches("stroke-dasharray").count(),
            1
        );
        assert!(!drawn(&[], Some(bound)).contains("stroke-dasharray"));
    }

    #[test]
    fn words_of_a_bound_keep_clear_of_columns() {
        let bound = Some(Bound { value: 20.0, label: "twice", first: 0, last: 2 });
        let low = drawn(&[column(3, None), column(3, None), column(20, None)], bound);
        assert!(low.contains(r#"class="e goal-t">twice"#), "{low}");
        let high = drawn(&[column(20, None), column(20, None), column(20, None)], bound);
        assert!(high.contains(r#"y="0.85rem" class="m goal-t">twice"#), "{high}");
    }

    #[test]
    fn years_find_room() {
        let n_years = drawn(&[column(5, None); 90], None).matches(">’03</text>").count();
        assert!((2..20).contains(&n_years), "{n_years}");
    }

    #[test]
    fn nothing_counted_draws_no_column() {
        assert!(!drawn(&[column(0, None)], None).contains("<rect"));
    }
}
