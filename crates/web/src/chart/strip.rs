//! What is due, as one mark for each thing on a line of days: diamonds left of today are overdue,
//! filled circles fall due soon, hollow ones later. Several things on one day are stacked.

use std::collections::BTreeMap;

use super::Caption;
use super::canvas::{Anchor, Canvas, Face, Tone};
use super::labels::{self, Label, ROW_REM, Spot, width_rem};

/// A strip for one row of a table of queues. All strips of a table share one reach and thus one scale.
#[derive(Debug, Clone, Copy)]
pub struct Strip<'a> {
    /// Name and content in words.
    pub caption: Caption<'a>,
    /// How many things have so many days left; negative when overdue, 0 when they fall due today.
    pub days_left: &'a BTreeMap<i64, usize>,
    /// The days shown.
    pub reach: Reach,
}

/// The days a strip shows. What lies beyond is counted at its edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Days before today.
    pub back_days: u16,
    /// Days after today.
    pub ahead_days: u16,
    /// Up to this many days after today a thing falls due soon.
    pub soon_days: u16,
}

impl Default for Reach {
    /// Fourteen days back, thirty ahead, seven of them soon.
    fn default() -> Self {
        Reach { back_days: 14, ahead_days: 30, soon_days: 7 }
    }
}

/// The words on the scale above the strips. Short ones share a line; long ones take two.
#[derive(Debug, Clone, Copy)]
pub struct ScaleWords<'a> {
    /// At the left edge, "14 days over".
    pub back: &'a str,
    /// At today.
    pub today: &'a str,
    /// At the end of the soon days.
    pub soon: &'a str,
    /// At the right edge, "30 days".
    pub ahead: &'a str,
}

/// On either side this much of the strip is kept for the count of what lies beyond.
const MARGIN: f64 = 9.0;
const RADIUS_REM: f64 = 0.26;
/// From one mark to the next above it.
const STACK_REM: f64 = 0.52;
/// Higher stacks are cut, and their number is written above them.
const MOST_STACKED: usize = 5;

impl Reach {
    fn place(self, days_left: i64) -> f64 {
        let n_days = f64::from(self.back_days) + f64::from(self.ahead_days);
        let day = days_left.clamp(-i64::from(self.back_days), i64::from(self.ahead_days)) as f64;
        let part = if n_days == 0.0 { 0.5 } else { (day + f64::from(self.back_days)) / n_days };
        MARGIN + part * (100.0 - 2.0 * MARGIN)
    }
}

/// Draws the due things of one queue.
#[must_use]
pub fn strip(strip: &Strip<'_>) -> String {
    let reach = strip.reach;
    let mut by_day: BTreeMap<i64, usize> = BTreeMap::new();
    let (mut n_before, mut n_after) = (0_usize, 0_usize);
    for (&days_left, &n_things) in strip.days_left {
        if days_left < -i64::from(reach.back_days) {
            n_before += n_things;
        } else if days_left > i64::from(reach.ahead_days) {
            n_after += n_things;
        } else {
            by_day.insert(days_left, n_things);
        }
    }

    let highest = by_day.values().copied().max().unwrap_or(1).min(MOST_STACKED);
    let counts = counts(&by_day, reach);
    let counts_rem = counts.n_rows as f64 * ROW_REM;
    // A strip with single marks is as high as a line of the table; stacks and counts make it higher.
    let line = (counts_rem + highest as f64 * STACK_REM).max(0.95);
    let height = line + 0.95;

    let mut canvas = Canvas::default();
    canvas.line("grid", (MARGIN, 100.0 - MARGIN), (line, line));
    let today = reach.place(0);
    canvas.line("now", (today, today), (line - 0.85, line + 0.85));
    for (days_left, n_things) in &by_day {
        for level in 0..(*n_things).min(MOST_STACKED) {
            draw_mark(&mut canvas, reach, *days_left, line - level as f64 * STACK_REM);
        }
    }
    counts.draw(&mut canvas, counts_rem);
    draw_beyond(&mut canvas, n_before, n_after, line + 0.28);
    canvas.close(strip.caption, height)
}

fn draw_mark(canvas: &mut Canvas, reach: Reach, days_left: i64, y: f64) {
    let x = reach.place(days_left);
    if days_left < 0 {
        canvas.diamond("late", x, y, 2.0 * RADIUS_REM);
    } else if days_left <= i64::from(reach.soon_days) {
        canvas.circle("solid", x, y, RADIUS_REM);
    } else {
        canvas.circle("hollow", x, y, RADIUS_REM - 0.03);
    }
}

/// How many things lie beyond the edges, with a sign that points there.
fn draw_beyond(canvas: &mut Canvas, n_before: usize, n_after: usize, y: f64) {
    if n_before > 0 {
        let face = Face::new(Anchor::End, Tone::Strong).moved(-0.45);
        canvas.text(MARGIN, y, face, &format!("◂{n_before}"));
    }
    if n_after > 0 {
        let face = Face::new(Anchor::Start, Tone::Quiet).moved(0.45);
        canvas.text(100.0 - MARGIN, y, face, &format!("{n_after}▸"));
    }
}

/// The numbers above stacks that were cut.
struct Counts {
    texts: Vec<String>,
    labels: Vec<Label>,
    spots: Vec<Spot>,
    n_rows: usize,
}

fn counts(by_day: &BTreeMap<i64, usize>, reach: Reach) -> Counts {
    let cut = by_day.iter().filter(|(_, n_things)| **n_things > MOST_STACKED);
    let (texts, labels): (Vec<String>, Vec<Label>) = cut
        .map(|(days_left, n_things)| {
            let text = n_things.to_string();
            let label = Label { x: reach.place(*days_left), width: width_rem(&text), n_lines: 1 };
            (text, label)
        })
        .unzip();
    let spots = labels::place(&labels);
    let n_rows = labels::n_rows(&labels, &spots);
    Counts { texts, labels, spots, n_rows }
}

impl Counts {
    fn draw(&self, canvas: &mut Canvas, foot: f64) {
        for ((text, label), spot) in self.texts.iter().zip(&self.labels).zip(&self.spots) {
            let y = foot - 0.2 - spot.row as f64 * ROW_REM;
            if spot.row > 0 {
                canvas.line("grid", (label.x, label.x), (y + 0.2, foot));
            }
            canvas.text(label.x, y, Face::new(spot.anchor, Tone::Strong), text);
        }
    }
}

/// Draws the scale that stands once above all strips of a table.
///
/// It is hidden from those who hear the page, who are told the days in words in each row.
#[must_use]
pub fn strip_scale(reach: Reach, words: ScaleWords<'_>) -> String {
    let mut canvas = Canvas::default();
    let (labels, spots) = scale_places(reach, words);
    let n_rows = labels::n_rows(&labels, &spots).max(1) as f64;
    let texts = [words.back, words.today, words.soon, words.ahead];
    for ((text, label), (spot, index)) in texts.into_iter().zip(&labels).zip(spots.iter().zip(0..)) {
        let y = (n_rows - spot.row as f64) * ROW_REM - 0.25;
        let tone = if index == 1 { Tone::Strong } else { Tone::Quiet };
        canvas.text(label.x, y, Face::new(spot.anchor, tone), text);
    }
    canvas.close_silent(n_rows * ROW_REM)
}

fn scale_places(reach: Reach, words: ScaleWords<'_>) -> (Vec<Label>, Vec<Spot>) {
    // The outer words may use the margins as well.
    let labels = [
        (0.0, words.back),
        (reach.place(0), words.today),
        (reach.place(i64::from(reach.soon_days)), words.soon),
        (100.0, words.ahead),
    ]
    .map(|(x, text)| Label { x, width: width_rem(text), n_lines: 1 })
    .to_vec();
    let spots = labels::place(&labels);
    (labels, spots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::labels::{NARROW_REM, tests::faults};
    use proptest::prelude::*;

    const CAPTION: Caption<'_> = Caption { id: "s", title: "Files to check", desc: "First 2 days over." };

    fn counted(days: &[i64]) -> BTreeMap<i64, usize> {
        let mut counted = BTreeMap::new();
        days.iter().for_each(|day| *counted.entry(*day).or_default() += 1);
        counted
    }

    fn drawn(days: &[i64]) -> String {
        strip(&Strip { caption: CAPTION, days_left: &counted(days), reach: Reach::default() })
    }

    #[test]
    fn the_three_signs_of_the_three_states() {
        let drawing = drawn(&[-1, 0, 7, 8, 30]);
        assert_eq!(drawing.matches("late dia").count(), 1);
        assert_eq!(drawing.matches(r#"class="solid""#).count(), 2);
        assert_eq!(drawing.matches(r#"class="hollow""#).count(), 2);
    }

    #[test]
    fn things_of_one_day_are_stacked_and_a_high_stack_says_its_number() {
        assert_eq!(drawn(&[3, 3, 3]).matches(r#"class="solid""#).count(), 3);
        let drawing = drawn(&[3; 40]);
        assert_eq!(drawing.matches(r#"class="solid""#).count(), MOST_STACKED);
        assert!(drawing.contains(">40</text>"), "{drawing}");
    }

    #[test]
    fn what_lies_beyond_is_counted_at_the_edge() {
        let drawing = drawn(&[i64::MIN, -15, 31, i64::MAX]);
        assert!(drawing.contains("◂2") && drawing.contains("2▸"), "{drawing}");
        assert_eq!(drawing.matches("<circle").count() + drawing.matches("late dia").count(), 0);
    }

    #[test]
    fn a_reach_of_no_days_is_drawn() {
        let reach = Reach { back_days: 0, ahead_days: 0, soon_days: 0 };
        let drawing = strip(&Strip { caption: CAPTION, days_left: &counted(&[0, 1, -1]), reach });
        assert!(drawing.contains("50%"), "{drawing}");
    }

    proptest! {
        #[test]
        fn no_number_lies_on_another(days in prop::collection::vec(-14..=30_i64, 0..200)) {
            let counts = counts(&counted(&days), Reach::default());
            for column_rem in [NARROW_REM, 40.0] {
                prop_assert_eq!(faults(&counts.labels, &counts.spots, column_rem), Vec::<String>::new());
            }
        }

        #[test]
        fn no_word_of_the_scale_lies_on_another(back in 0..90_u16, ahead in 0..90_u16, soon in 0..90_u16) {
            let reach = Reach { back_days: back, ahead_days: ahead, soon_days: soon.min(ahead) };
            for words in [
                ScaleWords { back: "14 days over", today: "today", soon: "7", ahead: "30 days" },
                ScaleWords { back: "逾期14天", today: "今天", soon: "7天", ahead: "30天" },
            ] {
                let (labels, spots) = scale_places(reach, words);
                prop_assert_eq!(faults(&labels, &spots, NARROW_REM), Vec::<String>::new());
            }
        }
    }
}
