//! Where a share is, where it is going, and what was promised: a hollow mark now, a filled mark for
//! the forecast with its likely range, an upright rule at the promise.

use super::canvas::{Anchor, Canvas, Face, Tone};
use super::labels::{NARROW_REM, fitting_anchor, passes, width_rem};
use super::scale::Scale;
use super::{Caption, Figures};

/// A gauge. Values are in one unit, whichever the caller chose; those that are no numbers are left out.
#[derive(Clone, Copy)]
pub struct Gauge<'a> {
    /// Name and content in words.
    pub caption: Caption<'a>,
    /// What is counted today.
    pub now: Reading<'a>,
    /// What is foreseen, if it is.
    pub forecast: Option<Forecast<'a>>,
    /// What was promised, if it was.
    pub promise: Option<Promise<'a>>,
    /// How numbers on the axis are written.
    pub figures: Figures<'a>,
}

/// A value with its words.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The value.
    pub value: f64,
    /// What it is, "now".
    pub label: &'a str,
    /// The value as written.
    pub figure: &'a str,
}

/// A foreseen value.
#[derive(Debug, Clone, Copy)]
pub struct Forecast<'a> {
    /// The value in the middle.
    pub middle: Reading<'a>,
    /// The lower end of the likely range.
    pub low: f64,
    /// The upper end of the likely range.
    pub high: f64,
}

/// A promised value.
#[derive(Debug, Clone, Copy)]
pub struct Promise<'a> {
    /// The value.
    pub value: f64,
    /// The words above the rule, with the value in them.
    pub label: &'a str,
}

const NOW_REM: f64 = 2.3;
const FORECAST_REM: f64 = 3.42;
/// The axis, when the words of the forecast stand beside its range.
const AXIS_REM: f64 = 4.4;
/// How far the axis moves down when they find no room there and stand in a row beneath.
const OPENED_REM: f64 = 1.0;

/// Draws a gauge.
#[must_use]
pub fn gauge(gauge: &Gauge<'_>) -> String {
    let forecast = gauge.forecast.filter(|forecast| forecast.middle.value.is_finite());
    let promise = gauge.promise.filter(|promise| promise.value.is_finite());
    let values = [
        Some(gauge.now.value),
        forecast.map(|forecast| forecast.middle.value),
        forecast.map(|forecast| forecast.low),
        forecast.map(|forecast| forecast.high),
        promise.map(|promise| promise.value),
    ];
    let scale = Scale::with_room(values.into_iter().flatten(), 5);
    let place = |value: f64| scale.part(value) * 100.0;
    let goal = promise.map(|promise| place(promise.value));

    let now = Some(place(gauge.now.value)).filter(|_| gauge.now.value.is_finite());
    let words = forecast.map(|forecast| {
        let middle = place(forecast.middle.value);
        let range = (place(forecast.low).min(middle), place(forecast.high).max(middle));
        forecast_words(forecast.middle, middle, range, now, goal)
    });
    let axis =
        AXIS_REM + if words.as_ref().is_some_and(|words| words.y > AXIS_REM) { OPENED_REM } else { 0.0 };

    let mut canvas = Canvas::default();
    draw_axis(&mut canvas, &scale, axis, gauge.figures);
    let toward = forecast.map(|forecast| place(forecast.middle.value));
    if let Some(forecast) = forecast {
        canvas.rect("f3", (place(forecast.low), place(forecast.high)), (2.95, 3.9));
    }
    if let Some(x) = now {
        if let Some(end) = toward {
            canvas.line("line", (x, end), (NOW_REM, FORECAST_REM));
        }
        canvas.circle("hollow", x, NOW_REM, 0.36);
        draw_now(&mut canvas, gauge.now, x, toward, goal);
    }
    if let Some(x) = toward {
        canvas.circle("solid", x, FORECAST_REM, 0.42);
    }
    if let (Some(promise), Some(x)) = (promise, goal) {
        // The rule opens where the words of the forecast cannot keep out of its way.
        match words.as_ref().filter(|words| words.y > AXIS_REM && words.pass_over(x)) {
            Some(words) => {
                canvas.line("goal", (x, x), (1.2, words.y - 0.85));
                canvas.line("goal", (x, x), (words.y + 0.25, axis));
            }
            None => canvas.line("goal", (x, x), (1.2, axis)),
        }
        let anchor = fitting_anchor(x, width_rem(promise.label));
        canvas.text(x, 0.85, Face::new(anchor, Tone::Goal), promise.label);
    }
    if let Some(words) = words {
        canvas.text(words.x, words.y, words.face, &words.text);
    }
    canvas.close(gauge.caption, axis + 1.5)
}

fn draw_axis(canvas: &mut Canvas, scale: &Scale, axis: f64, figures: Figures<'_>) {
    let widest = scale.ticks().iter().map(|tick| width_rem(&figures(*tick))).fold(0.0, f64::max);
    let mut scale = *scale;
    for _ in 0..4 {
        let pitch = scale.step / (scale.high - scale.low) * NARROW_REM;
        if pitch < widest + 0.5 {
            scale = scale.coarser();
        }
    }
    for tick in scale.ticks() {
        let x = scale.part(tick) * 100.0;
        canvas.line("grid", (x, x), (1.5, axis));
        let figure = figures(tick);
        let anchor = fitting_anchor(x, width_rem(&figure));
        canvas.text(x, axis + 1.2, Face::new(anchor, Tone::Quiet), &figure);
    }
    canvas.ground(axis);
}

/// The words of today beside the mark if a side is free, otherwise above it.
fn draw_now(canvas: &mut Canvas, now: Reading<'_>, x: f64, toward: Option<f64>, goal: Option<f64>) {
    let width = width_rem(now.label) + width_rem(now.figure) + 0.4;
    let (anchor, meets) = freer_side((x, x), 0.65 + width, toward, goal);
    let (y, face) = if meets == 0.0 {
        (NOW_REM + 0.3, beside(anchor, Tone::Quiet, 0.65))
    } else {
        (NOW_REM - 0.55, beside(side_of_rule(x, width, goal), Tone::Quiet, 0.3))
    };
    canvas.text_with_figure(x, y, face, now.label, now.figure);
}

/// The words of the forecast with their place.
struct Words {
    x: f64,
    y: f64,
    face: Face,
    text: String,
    anchor: Anchor,
}

impl Words {
    fn pass_over(&self, place: f64) -> bool {
        passes(self.x, width_rem(&self.text) + 0.3, self.anchor, place)
    }
}

/// Beside the range if a side is free, otherwise in a row of their own beneath it.
fn forecast_words(
    middle: Reading<'_>,
    x: f64,
    range: (f64, f64),
    from: Option<f64>,
    goal: Option<f64>,
) -> Words {
    let text = format!("{} {}", middle.label, middle.figure);
    let width = width_rem(&text);
    let (anchor, meets) = freer_side(range, 0.55 + width, from, goal);
    if meets == 0.0 {
        // The mark itself is wider than a narrow range.
        let step = if range.1 - range.0 < 5.0 { 0.65 } else { 0.4 };
        let x = if anchor == Anchor::End { range.0 } else { range.1 };
        return Words { x, y: FORECAST_REM + 0.3, face: beside(anchor, Tone::Key, step), text, anchor };
    }
    let anchor = side_of_rule(x, width, goal);
    Words { x, y: AXIS_REM + 0.45, face: beside(anchor, Tone::Key, 0.3), text, anchor }
}

/// The side for words above or beneath a mark: in the middle, unless the rule of the promise passes there.
fn side_of_rule(x: f64, width: f64, goal: Option<f64>) -> Anchor {
    let anchor = fitting_anchor(x, width);
    let half = width / 2.0 / NARROW_REM * 100.0 + 1.0;
    let is_crossed = anchor == Anchor::Middle && goal.is_some_and(|goal| (goal - x).abs() < half);
    if is_crossed { freer_side((x, x), 0.3 + width, None, goal).0 } else { anchor }
}

fn beside(anchor: Anchor, tone: Tone, step: f64) -> Face {
    match anchor {
        Anchor::Start => Face::new(anchor, tone).moved(step),
        Anchor::Middle => Face::new(anchor, tone),
        Anchor::End => Face::new(anchor, tone).moved(-step),
    }
}

/// The side of a mark on which words of this width meet least, and how badly: the edge of the column
/// counts most, then the rule of the promise, then the line between the two marks.
fn freer_side(mark: (f64, f64), width: f64, toward: Option<f64>, goal: Option<f64>) -> (Anchor, f64) {
    let share = width / NARROW_REM * 100.0;
    let meets = |anchor: Anchor| {
        let (left, right) = match anchor {
            Anchor::Start | Anchor::Middle => (mark.1, mark.1 + share),
            Anchor::End => (mark.0 - share, mark.0),
        };
        let outside = (-left).max(right - 100.0).max(0.0);
        let is_crossed = goal.is_some_and(|goal| left - 1.0 < goal && goal < right + 1.0);
        let is_along = toward
            .is_some_and(|toward| if anchor == Anchor::End { toward < mark.0 } else { toward > mark.1 });
        outside * 10.0 + if is_crossed { 3.0 } else { 0.0 } + if is_along { 2.0 } else { 0.0 }
    };
    let (start, end) = (meets(Anchor::Start), meets(Anchor::End));
    if end < start { (Anchor::End, end) } else { (Anchor::Start, start) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::plain;

    fn drawn(now: f64, forecast: f64, promise: f64) -> String {
        gauge(&Gauge {
            caption: Caption { id: "g", title: "Young", desc: "Now, then, promised." },
            now: Reading { value: now, label: "now", figure: "17.2" },
            forecast: Some(Forecast {
                middle: Reading { value: forecast, label: "end 2004", figure: "16.2" },
                low: forecast - 0.3,
                high: forecast + 0.3,
            }),
            promise: Some(Promise { value: promise, label: "promised 18.5 %" }),
            figures: &plain,
        })
    }

    #[test]
    fn words_keep_to_the_side_away_from_the_line_between_the_marks() {
        let falling = drawn(17.2, 16.2, 19.2);
        assert!(falling.contains(r#" dx="0.65rem">now "#), "{falling}");
        let rising = drawn(17.2, 18.2, 15.2);
        assert!(rising.contains(r#" class="e" dx="-0.65rem">now "#), "{rising}");
    }

    #[test]
    fn the_forecast_gets_a_row_of_its_own_when_neither_side_is_free() {
        let falling = drawn(17.2, 16.2, 18.5);
        assert!(falling.contains(r#"height="6.9rem""#), "{falling}");
        assert!(falling.contains(r#"y="4.85rem""#), "{falling}");
    }

    #[test]
    fn the_range_lies_around_the_forecast_and_right_of_it_lies_the_promise() {
        let drawing = drawn(17.2, 16.2, 18.5);
        let after = |mark: &str| {
            let (_, rest) = drawing.split_once(mark).expect("the mark");
            rest.split('%').next().expect("a number").parse::<f64>().expect("a number")
        };
        let (low, middle, goal) = (
            after(r#"<rect class="f3" x=""#),
            after(r#"<circle class="solid" cx=""#),
            after(r#"<line class="goal" x1=""#),
        );
        assert!(low < middle && middle < goal, "{low} {middle} {goal}");
    }

    #[test]
    fn the_rule_opens_for_words_that_must_cross_it() {
        let crossing = drawn(50.0, 59.0, 58.0);
        assert_eq!(crossing.matches(r#"<line class="goal""#).count(), 2, "{crossing}");
        assert_eq!(drawn(17.2, 16.2, 18.5).matches(r#"<line class="goal""#).count(), 1);
    }

    #[test]
    fn what_is_no_number_is_left_out() {
        let drawing = drawn(f64::NAN, 16.2, f64::INFINITY);
        assert!(!drawing.contains("hollow") && !drawing.contains("goal"), "{drawing}");
        assert!(drawing.contains("solid"));
    }
}
