//! Writing SVG: the few elements our drawings use, with numbers that are always numbers and texts
//! that are always escaped. What to draw is decided elsewhere.

use std::fmt::{self, Write};

use super::Caption;

/// The elements of one drawing, in painting order.
///
/// Every `x` and width is in per cent of the column and is held between 0 and 100; every `y`, height
/// and radius is in rem.
#[derive(Default)]
pub(super) struct Canvas {
    body: String,
}

/// On which side of its place a text lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How loudly a text speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Quiet,
    Strong,
    Key,
    Goal,
}

/// How a text is set: side, tone, and a step in rem to the right of its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Face {
    anchor: Anchor,
    tone: Tone,
    dx: f64,
}

impl Face {
    pub(super) fn new(anchor: Anchor, tone: Tone) -> Self {
        Face { anchor, tone, dx: 0.0 }
    }

    pub(super) fn moved(self, dx: f64) -> Self {
        Face { dx, ..self }
    }
}

impl Canvas {
    pub(super) fn line(&mut self, class: &str, x: (f64, f64), y: (f64, f64)) {
        self.push(format_args!(
            r#"<line class="{class}" x1="{}" x2="{}" y1="{}" y2="{}"/>"#,
            Percent(x.0),
            Percent(x.1),
            Rem(y.0),
            Rem(y.1)
        ));
    }

    /// The line a drawing stands on, from edge to edge, quieter than an axis.
    pub(super) fn ground(&mut self, y: f64) {
        self.push(format_args!(
            r#"<line class="axis" x1="0%" x2="100%" y1="{}" y2="{}" stroke-opacity=".5"/>"#,
            Rem(y),
            Rem(y)
        ));
    }

    /// A line of dashes, for what is meant or inferred rather than counted.
    pub(super) fn dashed(&mut self, class: &str, x: (f64, f64), y: f64) {
        self.push(format_args!(
            r#"<line class="{class}" x1="{}" x2="{}" y1="{}" y2="{}" stroke-dasharray="4 3"/>"#,
            Percent(x.0),
            Percent(x.1),
            Rem(y),
            Rem(y)
        ));
    }

    /// A rectangle from `x.0` to `x.1` across and from `y.0` to `y.1` down.
    pub(super) fn rect(&mut self, class: &str, x: (f64, f64), y: (f64, f64)) {
        let left = held(x.0);
        let width = (held(x.1) - left).max(0.0);
        self.push(format_args!(
            r#"<rect class="{class}" x="{}" width="{}" y="{}" height="{}"/>"#,
            Percent(left),
            Percent(width),
            Rem(y.0),
            Rem((y.1 - y.0).max(0.0))
        ));
    }

    pub(super) fn circle(&mut self, class: &str, x: f64, y: f64, radius: f64) {
        self.push(format_args!(
            r#"<circle class="{class}" cx="{}" cy="{}" r="{}"/>"#,
            Percent(x),
            Rem(y),
            Rem(radius)
        ));
    }

    /// A square on its corner around a place; the class `dia` turns and centres it.
    pub(super) fn diamond(&mut self, class: &str, x: f64, y: f64, side: f64) {
        self.push(format_args!(
            r#"<rect class="{class} dia" x="{}" y="{}" width="{}" height="{}"/>"#,
            Percent(x),
            Rem(y),
            Rem(side),
            Rem(side)
        ));
    }

    pub(super) fn text(&mut self, x: f64, y: f64, face: Face, text: &str) {
        self.open_text(x, y, face);
        self.push(format_args!("{}</text>", Escaped(text)));
    }

    /// A quiet word and a strong figure after it.
    pub(super) fn text_with_figure(&mut self, x: f64, y: f64, face: Face, word: &str, figure: &str) {
        self.open_text(x, y, face);
        self.push(format_args!(r#"{} <tspan class="v">{}</tspan></text>"#, Escaped(word), Escaped(figure)));
    }

    /// Curves, which cannot be given in per cent: an inner drawing of 1000 by 1000 that is stretched
    /// to the column and to `height` rem. Points are given like all places, in per cent and rem.
    pub(super) fn curves(&mut self, height: f64, curves: &[Curve<'_>]) {
        self.push(format_args!(
            r#"<svg x="0" y="0" width="100%" height="{}" viewBox="0 0 1000 1000" preserveAspectRatio="none">"#,
            Rem(height)
        ));
        for curve in curves.iter().filter(|curve| curve.points.len() > 1) {
            let name = if curve.is_closed { "polygon" } else { "polyline" };
            self.push(format_args!(r#"<{name} class="{}" points=""#, curve.class));
            for (index, (x, y)) in curve.points.iter().enumerate() {
                let gap = if index == 0 { "" } else { " " };
                let down = held(y / height * 100.0) * 10.0;
                self.push(format_args!("{gap}{},{}", Short(held(*x) * 10.0), Short(down)));
            }
            self.push(format_args!(r#""/>"#));
        }
        self.push(format_args!("</svg>"));
    }

    /// The whole drawing, named and described.
    pub(super) fn close(self, caption: Caption<'_>, height: f64) -> String {
        let id = caption.id.split_whitespace().collect::<Vec<_>>().join("-");
        let id = Escaped(&id);
        format!(
            r#"<svg class="g" role="img" aria-labelledby="{id}-t {id}-d" height="{}"><title id="{id}-t">{}</title><desc id="{id}-d">{}</desc>{}</svg>"#,
            Rem(height),
            Escaped(caption.title),
            Escaped(caption.desc),
            self.body
        )
    }

    /// The whole drawing, hidden from those who hear the page, because the same is said in words
    /// beside it.
    pub(super) fn close_silent(self, height: f64) -> String {
        format!(
            r#"<svg class="g" aria-hidden="true" focusable="false" height="{}">{}</svg>"#,
            Rem(height),
            self.body
        )
    }

    fn open_text(&mut self, x: f64, y: f64, face: Face) {
        let anchor = match face.anchor {
            Anchor::Start => "",
            Anchor::Middle => "m",
            Anchor::End => "e",
        };
        let tone = match face.tone {
            Tone::Quiet => "",
            Tone::Strong => "v",
            Tone::Key => "k",
            Tone::Goal => "goal-t",
        };
        self.push(format_args!(r#"<text x="{}" y="{}""#, Percent(x), Rem(y)));
        match (anchor, tone) {
            ("", "") => {}
            ("", class) | (class, "") => self.push(format_args!(r#" class="{class}""#)),
            (anchor, tone) => self.push(format_args!(r#" class="{anchor} {tone}""#)),
        }
        if face.dx != 0.0 {
            self.push(format_args!(r#" dx="{}""#, Rem(face.dx)));
        }
        self.push(format_args!(">"));
    }

    fn push(&mut self, text: fmt::Arguments<'_>) {
        self.body.write_fmt(text).expect("writing to a String cannot fail");
    }
}

/// One line or one area of an inner drawing.
pub(super) struct Curve<'a> {
    pub(super) class: &'a str,
    pub(super) is_closed: bool,
    pub(super) points: Vec<(f64, f64)>,
}

/// A place across the column, kept inside it. What is not a number stands at the left edge.
fn held(percent: f64) -> f64 {
    if percent.is_nan() { 0.0 } else { percent.clamp(0.0, 100.0) }
}

/// The greatest length we write, in rem: a drawing longer than this is a mistake, not a picture.
const LONGEST_REM: f64 = 2000.0;

struct Percent(f64);

impl fmt::Display for Percent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}%", Short(held(self.0)))
    }
}

struct Rem(f64);

impl fmt::Display for Rem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = if self.0.is_nan() { 0.0 } else { self.0.clamp(-LONGEST_REM, LONGEST_REM) };
        write!(formatter, "{}rem", Short(length))
    }
}

/// A number with at most two decimals: pages carry hundreds of them.
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&super::plain(self.0))
    }
}

/// Text safe in an element and in a quoted attribute. Characters that XML forbids even when escaped
/// become the replacement character.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => formatter.write_str("&amp;")?,
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '"' => formatter.write_str("&quot;")?,
                '\'' => formatter.write_str("&#39;")?,
                '\t' | '\n' | '\r' => formatter.write_char(' ')?,
                '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => formatter.write_char('\u{fffd}')?,
                other => formatter.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_short_and_are_always_numbers() {
        let check = |number: f64, wanted: &str| assert_eq!(Percent(number).to_string(), wanted);
        check(33.333_333, "33.33%");
        check(50.0, "50%");
        check(-3.0, "0%");
        check(f64::NAN, "0%");
        check(f64::INFINITY, "100%");
        assert_eq!(Rem(-0.001).to_string(), "0rem");
        assert_eq!(Rem(f64::NEG_INFINITY).to_string(), "-2000rem");
    }

    #[test]
    fn texts_are_escaped() {
        let text = Escaped("<b a=\"1\" c='2'>&\u{1}\n汉").to_string();
        assert_eq!(text, "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;\u{fffd} 汉");
    }

    #[test]
    fn a_rectangle_never_has_a_negative_side() {
        let mut canvas = Canvas::default();
        canvas.rect("f1", (60.0, 40.0), (3.0, 1.0));
        assert_eq!(canvas.body, r#"<rect class="f1" x="60%" width="0%" y="3rem" height="0rem"/>"#);
    }
}
