//! People by age and sex: two sides back to back, the youngest at the foot, and a line above the
//! bands that count as young.

use super::canvas::{Anchor, Canvas, Face, Tone};
use super::labels::{NARROW_REM, width_rem};
use super::scale::Scale;
use super::{Caption, Figures};

/// A pyramid of ages.
#[derive(Clone, Copy)]
pub struct Pyramid<'a> {
    /// Name and content in words.
    pub caption: Caption<'a>,
    /// The words above the left side, with the number of men.
    pub men: &'a str,
    /// The words above the right side, with the number of women.
    pub women: &'a str,
    /// The bands of age, the youngest first.
    pub bands: &'a [Band<'a>],
    /// The bands that are marked as young, if any.
    pub young: Option<Young<'a>>,
    /// How counts are written.
    pub figures: Figures<'a>,
}

/// People of one band of age.
#[derive(Debug, Clone, Copy)]
pub struct Band<'a> {
    /// The ages, "31–35".
    pub label: &'a str,
    /// How many men.
    pub n_men: u64,
    /// How many women.
    pub n_women: u64,
}

/// What is marked as young.
#[derive(Debug, Clone, Copy)]
pub struct Young<'a> {
    /// How many bands, counted from the youngest.
    pub n_bands: usize,
    /// What they are called, "35 and under".
    pub label: &'a str,
    /// How many and what share they are.
    pub figure: &'a str,
}

const TOP_REM: f64 = 1.6;
const PITCH_REM: f64 = 1.75;
const BAR_REM: f64 = 1.45;
/// The row that is opened for the words on the line when they find no room beside the bars.
const OPENED_REM: f64 = 1.35;

/// Where things stand across: a middle column for the ages, and bars that leave room for their counts.
struct Sides {
    left: f64,
    right: f64,
    longest: f64,
    scale: Scale,
}

impl Sides {
    fn of(pyramid: &Pyramid<'_>) -> Self {
        let counts = || pyramid.bands.iter().flat_map(|band| [band.n_men, band.n_women]);
        let per_cent = |width_rem: f64| width_rem / NARROW_REM * 100.0;
        let ages = pyramid.bands.iter().map(|band| width_rem(band.label)).fold(0.0, f64::max);
        let middle = per_cent(ages + 0.7).clamp(12.0, 36.0);
        let greatest = counts().max().unwrap_or(0) as f64;
        let count = width_rem(&(pyramid.figures)(greatest));
        let longest = (50.0 - middle / 2.0 - per_cent(count + 0.5)).max(8.0);

        let mut scale = Scale::of_counts([greatest], 3);
        let pitch = |scale: &Scale| scale.part(scale.step) * longest / 100.0 * NARROW_REM;
        for _ in 0..4 {
            if pitch(&scale) < count + 0.5 {
                scale = scale.coarser();
            }
        }
        Sides { left: 50.0 - middle / 2.0, right: 50.0 + middle / 2.0, longest, scale }
    }

    fn length(&self, count: f64) -> f64 {
        self.scale.part(count) * self.longest
    }
}

/// Draws a pyramid of ages.
#[must_use]
pub fn pyramid(pyramid: &Pyramid<'_>) -> String {
    let sides = Sides::of(pyramid);
    let n_bands = pyramid.bands.len();
    let n_young = pyramid.young.map_or(0, |young| young.n_bands.min(n_bands));
    let opened = match pyramid.young {
        Some(young) if n_young > 0 && !fits_beside(pyramid, &sides, young) => OPENED_REM,
        Some(_) | None => 0.0,
    };
    let top_of = |index: usize| {
        let from_top = (n_bands - 1 - index) as f64 * PITCH_REM;
        TOP_REM + 0.3 + from_top + if index < n_young { opened } else { 0.0 }
    };
    let bottom = TOP_REM + n_bands as f64 * PITCH_REM + opened + 0.3;

    let mut canvas = Canvas::default();
    draw_grid(&mut canvas, pyramid, &sides, bottom);
    for (index, band) in pyramid.bands.iter().enumerate() {
        draw_band(&mut canvas, pyramid, &sides, band, (top_of(index), index < n_young));
    }
    if let (Some(young), true) = (pyramid.young, n_young > 0) {
        let line = top_of(n_young - 1) - opened - 0.15;
        canvas.line("goal", (0.0, 100.0), (line, line));
        let face = Face::new(Anchor::End, Tone::Goal);
        if opened > 0.0 {
            canvas.text(100.0, line + 1.05, face, &format!("{} · {}", young.label, young.figure));
        } else {
            canvas.text(100.0, line + 1.2, face, young.label);
            canvas.text(100.0, line + 2.45, face, young.figure);
        }
    }
    canvas.close(pyramid.caption, bottom + 1.6)
}

/// Whether the words on the line find room at the right of the two bands beneath it.
fn fits_beside(pyramid: &Pyramid<'_>, sides: &Sides, young: Young<'_>) -> bool {
    let n_young = young.n_bands.min(pyramid.bands.len());
    if n_young < 2 {
        return false;
    }
    [(n_young - 1, young.label), (n_young - 2, young.figure)].into_iter().all(|(index, words)| {
        let n_women = pyramid.bands[index].n_women as f64;
        let bar_end = (sides.right + sides.length(n_women)) / 100.0 * NARROW_REM;
        bar_end + 0.3 + width_rem(&(pyramid.figures)(n_women)) + 0.5 + width_rem(words) <= NARROW_REM
    })
}

fn draw_grid(canvas: &mut Canvas, pyramid: &Pyramid<'_>, sides: &Sides, bottom: f64) {
    canvas.text(sides.left, 0.9, Face::new(Anchor::End, Tone::Strong), pyramid.men);
    canvas.text(sides.right, 0.9, Face::new(Anchor::Start, Tone::Strong), pyramid.women);
    for tick in sides.scale.ticks().into_iter().filter(|tick| *tick > 0.0) {
        let length = sides.length(tick);
        for x in [sides.left - length, sides.right + length] {
            canvas.line("grid", (x, x), (TOP_REM, bottom));
            canvas.text(x, bottom + 1.1, Face::new(Anchor::Middle, Tone::Quiet), &(pyramid.figures)(tick));
        }
    }
}

/// One band: its ages in the middle, a bar to either side with its count at the end.
fn draw_band(
    canvas: &mut Canvas,
    pyramid: &Pyramid<'_>,
    sides: &Sides,
    band: &Band<'_>,
    (top, is_young): (f64, bool),
) {
    let (men, women, tone) = if is_young { ("f1", "h1", Tone::Strong) } else { ("f2", "h2", Tone::Quiet) };
    let bar = (top, top + BAR_REM);
    let line = top + 1.05;
    let (n_men, n_women) = (band.n_men as f64, band.n_women as f64);
    let left_end = sides.left - sides.length(n_men);
    let right_end = sides.right + sides.length(n_women);
    if band.n_men > 0 {
        canvas.rect(men, (left_end, sides.left), bar);
    }
    if band.n_women > 0 {
        canvas.rect(women, (sides.right, right_end), bar);
    }
    canvas.text(50.0, line, Face::new(Anchor::Middle, tone), band.label);
    let face = Face::new(Anchor::End, Tone::Quiet).moved(-0.3);
    canvas.text(left_end, line, face, &(pyramid.figures)(n_men));
    let face = Face::new(Anchor::Start, Tone::Quiet).moved(0.3);
    canvas.text(right_end, line, face, &(pyramid.figures)(n_women));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::plain;

    fn drawn(bands: &[Band<'_>], n_young: usize) -> String {
        pyramid(&Pyramid {
            caption: Caption { id: "p", title: "Ages", desc: "Men and women." },
            men: "Men 3",
            women: "Women 4",
            bands,
            young: Some(Young { n_bands: n_young, label: "35 and under", figure: "7 · 50 %" }),
            figures: &plain,
        })
    }

    fn band(n_men: u64, n_women: u64) -> Band<'static> {
        Band { label: "31–35", n_men, n_women }
    }

    #[test]
    fn bars_are_in_proportion_on_both_sides() {
        let drawing = drawn(&[band(10, 20), band(40, 5)], 1);
        let width = |class: &str| {
            let (_, rest) = drawing.split_once(&format!(r#"<rect class="{class}""#)).expect("a bar");
            let (_, rest) = rest.split_once(r#"width=""#).expect("a width");
            rest.split('%').next().expect("a number").parse::<f64>().expect("a number")
        };
        assert!((width("f2") / width("f1") - 4.0).abs() < 0.01);
        assert!((width("h1") / width("h2") - 4.0).abs() < 0.02);
    }

    #[test]
    fn words_on_the_line_get_a_row_of_their_own_when_bars_are_in_the_way() {
        let beside = drawn(&[band(10, 1), band(40, 1), band(40, 30)], 2);
        assert!(!beside.contains("35 and under · 7"), "{beside}");
        let opened = drawn(&[band(10, 40), band(40, 40), band(40, 30)], 2);
        assert!(opened.contains("35 and under · 7"), "{opened}");
    }

    #[test]
    fn the_line_is_drawn_even_when_all_are_young() {
        assert_eq!(drawn(&[band(1, 1)], 9).matches(r#"<line class="goal""#).count(), 1);
        assert_eq!(drawn(&[], 9).matches(r#"<line class="goal""#).count(), 0);
    }
}
