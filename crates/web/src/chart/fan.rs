//! Years counted and years foreseen: a line for what was counted, dashes for the forecast, three
//! shades for where it may lie, and the promise.

use super::canvas::{Anchor, Canvas, Curve, Face, Tone};
use super::labels::{NARROW_REM, width_rem};
use super::scale::Scale;
use super::{Caption, Figures};

/// A fan. Years follow each other at equal steps: those counted, then those foreseen.
/// Values are in one unit, whichever the caller chose; those that are no numbers are left out.
#[derive(Clone, Copy)]
pub struct Fan<'a> {
    /// Name and content in words.
    pub caption: Caption<'a>,
    /// What was counted, by year.
    pub counted: &'a [Counted<'a>],
    /// What is foreseen, by year.
    pub foreseen: &'a [Foreseen<'a>],
    /// What was promised for the years foreseen, if anything was.
    pub promise: Option<Level<'a>>,
    /// How numbers on the axis are written.
    pub figures: Figures<'a>,
}

/// A counted value.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'a> {
    /// The year, as written under the axis.
    pub label: &'a str,
    /// The value.
    pub value: f64,
    /// The value as written; shown for the last year.
    pub figure: &'a str,
}

/// A foreseen value.
#[derive(Debug, Clone, Copy)]
pub struct Foreseen<'a> {
    /// The year, as written under the axis.
    pub label: &'a str,
    /// The value in the middle.
    pub middle: f64,
    /// The value as written; shown for the last year.
    pub figure: &'a str,
    /// Where it may lie, from the widest range to the narrowest: 19 times in 20, four in five, one
    /// in two.
    pub ranges: [(f64, f64); 3],
}

/// A level to be reached.
#[derive(Debug, Clone, Copy)]
pub struct Level<'a> {
    /// The value.
    pub value: f64,
    /// The value as written, at the end of its line.
    pub figure: &'a str,
}

const HEIGHT_REM: f64 = 14.0;
const TOP_REM: f64 = 1.1;
const BOTTOM_REM: f64 = 12.3;
/// From the widest range to the narrowest.
const SHADES: [&str; 3] = ["f3", "f2", "f1 half"];

/// The field of the drawing: where a year and where a value stands.
struct Field {
    scale: Scale,
    left: f64,
    right: f64,
    n_years: usize,
}

impl Field {
    fn of(fan: &Fan<'_>) -> Self {
        let counted = fan.counted.iter().map(|point| point.value);
        let foreseen = fan.foreseen.iter().flat_map(|year| {
            year.ranges.into_iter().flat_map(|(low, high)| [low, high]).chain([year.middle])
        });
        let promised = fan.promise.map(|promise| promise.value);
        let scale = Scale::around(counted.chain(foreseen).chain(promised), 4);

        let per_cent = |width_rem: f64| width_rem / NARROW_REM * 100.0;
        let ticks = scale.ticks().iter().map(|tick| width_rem(&(fan.figures)(*tick))).fold(0.0, f64::max);
        let ends = fan
            .foreseen
            .last()
            .map(|year| year.figure)
            .into_iter()
            .chain(fan.promise.map(|promise| promise.figure));
        let ends = ends.map(width_rem).fold(0.0, f64::max);
        Field {
            scale,
            left: per_cent(ticks + 0.6).clamp(8.0, 35.0),
            right: 100.0 - per_cent(ends + 0.8).clamp(6.0, 35.0),
            n_years: fan.counted.len() + fan.foreseen.len(),
        }
    }

    fn x(&self, index: usize) -> f64 {
        let n_steps = self.n_years.max(2) - 1;
        self.left + (self.right - self.left) * index as f64 / n_steps as f64
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM_REM - self.scale.part(value) * (BOTTOM_REM - TOP_REM)
    }
}

/// Draws a fan.
#[must_use]
pub fn fan(fan: &Fan<'_>) -> String {
    let field = Field::of(fan);
    let mut canvas = Canvas::default();
    for tick in field.scale.ticks() {
        let y = field.y(tick);
        canvas.line("grid", (0.0, 100.0), (y, y));
        canvas.text(0.0, y - 0.25, Face::new(Anchor::Start, Tone::Quiet), &(fan.figures)(tick));
    }
    canvas.curves(HEIGHT_REM, &curves(fan, &field));
    draw_ends(&mut canvas, fan, &field);
    draw_points(&mut canvas, fan, &field);
    draw_years(&mut canvas, fan, &field);
    canvas.close(fan.caption, HEIGHT_REM)
}

/// The shades, widest first, then the two lines. Shades and dashes begin at the last counted point.
fn curves(fan: &Fan<'_>, field: &Field) -> Vec<Curve<'static>> {
    let counted: Vec<(f64, f64)> = fan
        .counted
        .iter()
        .enumerate()
        .filter(|(_, point)| point.value.is_finite())
        .map(|(index, point)| (field.x(index), field.y(point.value)))
        .collect();
    let start = counted.last().copied();
    let foreseen = || {
        let years = fan.foreseen.iter().enumerate().filter(|(_, year)| year.middle.is_finite());
        years.map(|(index, year)| (field.x(fan.counted.len() + index), year))
    };

    let mut curves = Vec::new();
    for (rank, class) in SHADES.into_iter().enumerate() {
        let ranges = || {
            foreseen().filter(|(_, year)| year.ranges[rank].0.is_finite() && year.ranges[rank].1.is_finite())
        };
        let upper = ranges().map(|(x, year)| (x, field.y(year.ranges[rank].1)));
        let lower: Vec<(f64, f64)> = ranges().map(|(x, year)| (x, field.y(year.ranges[rank].0))).collect();
        let points: Vec<(f64, f64)> = start.into_iter().chain(upper).chain(lower.into_iter().rev()).collect();
        if points.len() > 2 {
            curves.push(Curve { class, is_closed: true, points });
        }
    }
    let dashes = start.into_iter().chain(foreseen().map(|(x, year)| (x, field.y(year.middle)))).collect();
    curves.push(Curve { class: "line", is_closed: false, points: counted });
    curves.push(Curve { class: "dash", is_closed: false, points: dashes });
    curves
}

/// The promise as a line over the years foreseen, and at the right edge its figure and that of the
/// last year foreseen, pushed apart where they would touch.
fn draw_ends(canvas: &mut Canvas, fan: &Fan<'_>, field: &Field) {
    let promise = fan.promise.filter(|promise| promise.value.is_finite());
    let end = fan.foreseen.last().filter(|year| year.middle.is_finite());
    let promise_y = promise.map(|promise| field.y(promise.value));
    let end_y = end.map(|year| field.y(year.middle));
    let (mut promise_word, mut end_word) = (promise_y, end_y);
    if let (Some(one), Some(other)) = (promise_y, end_y) {
        let apart = 1.05_f64;
        let lack = (apart - (one - other).abs()).max(0.0) / 2.0;
        let sign = if one < other { -1.0 } else { 1.0 };
        promise_word = Some(one + sign * lack);
        end_word = Some(other - sign * lack);
    }
    if let (Some(promise), Some(y), Some(word)) = (promise, promise_y, promise_word) {
        let from = if fan.foreseen.is_empty() { 0 } else { fan.counted.len().saturating_sub(1) };
        canvas.line("goal", (field.x(from), field.right), (y, y));
        canvas.text(field.right, word + 0.3, Face::new(Anchor::Start, Tone::Goal).moved(0.6), promise.figure);
    }
    if let (Some(year), Some(word)) = (end, end_word) {
        canvas.text(field.right, word + 0.3, Face::new(Anchor::Start, Tone::Key).moved(0.6), year.figure);
    }
}

/// A filled dot for each year counted, a hollow one for the last year foreseen, and the figure of the
/// last year counted on the side from which the forecast turns away.
fn draw_points(canvas: &mut Canvas, fan: &Fan<'_>, field: &Field) {
    for (index, point) in fan.counted.iter().enumerate().filter(|(_, point)| point.value.is_finite()) {
        canvas.circle("solid", field.x(index), field.y(point.value), 0.24);
    }
    if let Some(year) = fan.foreseen.last().filter(|year| year.middle.is_finite()) {
        canvas.circle("hollow", field.right, field.y(year.middle), 0.3);
    }
    let Some(last) = fan.counted.last().filter(|point| point.value.is_finite()) else {
        return;
    };
    let (x, y) = (field.x(fan.counted.len() - 1), field.y(last.value));
    let is_rising = fan.foreseen.last().is_some_and(|year| year.middle > last.value);
    let (above, beneath) = (y - 0.7, y + 1.3);
    let meets_promise = |word: f64| {
        let promise = fan.promise.filter(|promise| promise.value.is_finite());
        promise.is_some_and(|promise| (word - 1.0..word + 0.3).contains(&field.y(promise.value)))
    };
    let (first, second) = if is_rising { (beneath, above) } else { (above, beneath) };
    let word = if meets_promise(first) && !meets_promise(second) { second } else { first };
    canvas.text(x, word, Face::new(Anchor::Middle, Tone::Strong), last.figure);
}

/// The years under the axis: the first, the last and the last counted before all others, and as many
/// others as find room.
fn draw_years(canvas: &mut Canvas, fan: &Fan<'_>, field: &Field) {
    let years: Vec<&str> = fan
        .counted
        .iter()
        .map(|point| point.label)
        .chain(fan.foreseen.iter().map(|year| year.label))
        .collect();
    let n_years = years.len();
    let mut order = vec![n_years.wrapping_sub(1), 0, fan.counted.len().wrapping_sub(1)];
    order.extend(0..n_years);
    let mut taken: Vec<(f64, f64)> = Vec::new();
    let mut written = vec![false; n_years];
    for index in order.into_iter().filter(|index| *index < n_years) {
        let middle = field.x(index) / 100.0 * NARROW_REM;
        let half = width_rem(years[index]) / 2.0 + 0.15;
        let is_free = taken.iter().all(|(left, right)| middle + half <= *left || *right <= middle - half);
        if is_free && !written[index] {
            written[index] = true;
            taken.push((middle - half, middle + half));
            canvas.text(
                field.x(index),
                HEIGHT_REM - 0.15,
                Face::new(Anchor::Middle, Tone::Quiet),
                years[index],
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::plain;

    const CAPTION: Caption<'_> = Caption { id: "f", title: "Women", desc: "From 14.3 to 15.6." };

    fn counted(value: f64) -> Counted<'static> {
        Counted { label: "2002", value, figure: "14.9" }
    }

    fn foreseen(middle: f64) -> Foreseen<'static> {
        let ranges = [0.3, 0.2, 0.1].map(|half| (middle - half, middle + half));
        Foreseen { label: "2004", middle, figure: "15.6", ranges }
    }

    fn drawn(counted: &[Counted<'_>], foreseen: &[Foreseen<'_>], promise: f64) -> String {
        let promise = Some(Level { value: promise, figure: "16" });
        fan(&Fan { caption: CAPTION, counted, foreseen, promise, figures: &plain })
    }

    #[test]
    fn three_shades_lie_under_two_lines() {
        let drawing = drawn(&[counted(14.3), counted(14.9)], &[foreseen(15.2), foreseen(15.6)], 16.0);
        assert_eq!(drawing.matches("<polygon").count(), 3);
        assert_eq!(drawing.matches("<polyline").count(), 2);
        assert!(drawing.rfind("<polygon") < drawing.find("<polyline"));
    }

    #[test]
    fn figures_at_the_right_edge_do_not_touch() {
        let drawing = drawn(&[counted(14.9)], &[foreseen(16.0)], 16.0);
        let y = |class: &str| {
            let (before, _) = drawing.split_once(&format!(r#"" class="{class}" dx"#)).expect("a figure");
            let (_, y) = before.rsplit_once(r#"y=""#).expect("a place");
            y.trim_end_matches("rem").parse::<f64>().expect("a number")
        };
        assert!((y("k") - y("goal-t")).abs() >= 1.0);
    }

    #[test]
    fn years_counted_alone_or_foreseen_alone_are_drawn() {
        assert_eq!(drawn(&[counted(14.3), counted(14.9)], &[], 16.0).matches("<polyline").count(), 1);
        assert_eq!(drawn(&[], &[foreseen(14.3), foreseen(14.9)], 16.0).matches("<polygon").count(), 3);
    }

    #[test]
    fn years_find_room() {
        let many = [counted(14.9); 60];
        let n_years = drawn(&many, &[foreseen(15.0)], 16.0).matches(">2002</text>").count();
        assert!((2..12).contains(&n_years), "{n_years}");
    }
}
