//! How many stand at each stage of a procedure: a bar for each, on one scale, the first stage on top.

use super::Caption;
use super::canvas::{Anchor, Canvas, Face, Tone};

/// A funnel.
#[derive(Clone, Copy)]
pub struct Funnel<'a> {
    /// Name and content in words.
    pub caption: Caption<'a>,
    /// The stages, the first one first.
    pub rows: &'a [FunnelRow<'a>],
}

/// One stage.
#[derive(Debug, Clone, Copy)]
pub struct FunnelRow<'a> {
    /// Its name.
    pub label: &'a str,
    /// How many.
    pub count: u64,
    /// The count as it is written.
    pub figure: &'a str,
}

/// From one stage to the next.
const ROW_REM: f64 = 2.3;
/// The line on which the words stand, from the top of the row.
const WORDS_REM: f64 = 0.9;
/// The bar, from the top of the row.
const BAR_REM: (f64, f64) = (1.2, 1.95);
/// Anything but nothing is seen.
const LEAST_PER_CENT: f64 = 0.5;

/// Draws how many stand at each stage. Name and number stand above their bar, so that both find room in
/// the narrowest column.
#[must_use]
pub fn funnel(funnel: &Funnel<'_>) -> String {
    let most = funnel.rows.iter().map(|row| row.count).max().unwrap_or(0).max(1);
    let mut canvas = Canvas::default();
    for (index, row) in funnel.rows.iter().enumerate() {
        let top = index as f64 * ROW_REM;
        let bar = (top + BAR_REM.0, top + BAR_REM.1);
        canvas.rect("f4", (0.0, 100.0), bar);
        if row.count > 0 {
            let width = (row.count as f64 / most as f64 * 100.0).max(LEAST_PER_CENT);
            canvas.rect("f1", (0.0, width), bar);
        }
        canvas.text(0.0, top + WORDS_REM, Face::new(Anchor::Start, Tone::Quiet), row.label);
        canvas.text(100.0, top + WORDS_REM, Face::new(Anchor::End, Tone::Strong), row.figure);
    }
    canvas.close(funnel.caption, funnel.rows.len() as f64 * ROW_REM)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(counts: &[u64]) -> String {
        let rows: Vec<FunnelRow<'_>> =
            counts.iter().map(|count| FunnelRow { label: "stage", count: *count, figure: "n" }).collect();
        let caption = Caption { id: "f", title: "t", desc: "d" };
        funnel(&Funnel { caption, rows: &rows })
    }

    #[test]
    fn a_bar_is_as_long_as_its_part_of_the_longest() {
        let drawing = drawn(&[200, 50, 1]);
        assert!(drawing.contains(r#"<rect class="f1" x="0%" width="100%""#), "{drawing}");
        assert!(drawing.contains(r#"<rect class="f1" x="0%" width="25%""#), "{drawing}");
        assert!(drawing.contains(r#"<rect class="f1" x="0%" width="0.5%""#), "{drawing}");
    }

    #[test]
    fn nobody_is_no_bar() {
        assert_eq!(drawn(&[0, 0]).matches(r#"class="f1""#).count(), 0);
        assert_eq!(drawn(&[0, 3]).matches(r#"class="f1""#).count(), 1);
        assert!(drawn(&[]).contains("<title"));
    }
}
