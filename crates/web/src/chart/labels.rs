//! Where words go, so that none lies on another. Widths are estimated generously, because the server
//! does not know the reader's font, and tried at the narrowest column: a wider column only moves the
//! places apart, so what is clear there is clear everywhere.

use super::canvas::Anchor;

/// The narrowest column a drawing stands in: a telephone of 360 points, less margins and a frame.
pub(super) const NARROW_REM: f64 = 18.0;

/// From one row of words to the next.
pub(super) const ROW_REM: f64 = 1.1;

/// The size of words in drawings, as the stylesheet sets it.
const TEXT_REM: f64 = 0.8125;

/// The least room between two words in one row.
const GAP_REM: f64 = 0.35;

/// How near a pole may pass by a word.
const POLE_REM: f64 = 0.2;

/// Words to be placed: beside the place `x`, in one or more lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label {
    /// Per cent of the column.
    pub(super) x: f64,
    /// Rem.
    pub(super) width: f64,
    pub(super) n_lines: usize,
}

/// Where a label went: `row` 0 is nearest to the drawing, a label of several lines takes the rows
/// from `row` outward. A label beyond row 0 is joined to its place by an upright pole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) anchor: Anchor,
    pub(super) row: usize,
}

/// An estimate of a text's width in rem, on the wide side.
pub(super) fn width_rem(text: &str) -> f64 {
    let ems: f64 = text
        .chars()
        .map(|character| match character {
            '\u{2e80}'.. => 1.02,
            'm' | 'w' | 'M' | 'W' | '%' | '@' | '—' => 0.98,
            'A'..='H' | 'J'..='L' | 'N'..='V' | 'X'..='Z' => 0.74,
            '0'..='9' => 0.58,
            'i' | 'j' | 'l' | 'I' | 't' | 'f' | 'r' | ' ' | '.' | ',' | ':' | ';' | '\'' | '’' | '·'
            | '|' => 0.42,
            _ => 0.63,
        })
        .sum();
    ems * TEXT_REM
}

/// The side on which a text of this width stays inside the narrowest column; the middle if it can.
pub(super) fn fitting_anchor(x: f64, width: f64) -> Anchor {
    let overrun = |anchor| {
        let (left, right) = reach(x, width, anchor, NARROW_REM);
        (-left).max(right - NARROW_REM).max(0.0)
    };
    [Anchor::Middle, Anchor::Start, Anchor::End]
        .into_iter()
        .min_by(|one, other| overrun(*one).total_cmp(&overrun(*other)))
        .expect("three sides were given")
}

/// Whether a text passes over the place `over` in the narrowest column.
pub(super) fn passes(x: f64, width: f64, anchor: Anchor, over: f64) -> bool {
    let (left, right) = reach(x, width, anchor, NARROW_REM);
    let over = over / 100.0 * NARROW_REM;
    left - POLE_REM < over && over < right + POLE_REM
}

/// Places all labels in as few rows as a bounded search finds, so that no label lies on another and,
/// as far as possible, no pole passes through a label.
pub(super) fn place(labels: &[Label]) -> Vec<Spot> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|one, other| labels[*one].x.total_cmp(&labels[*other].x));
    let sorted: Vec<Label> = order.iter().map(|index| labels[*index]).collect();

    let n_rows: usize = sorted.iter().map(|label| label.n_lines).sum();
    let found = (1..=n_rows.min(MOST_ROWS)).find_map(|n_rows| {
        let mut search = Search { labels: &sorted, n_rows, spots: Vec::new(), n_tries: 0 };
        search.finish().then_some(search.spots)
    });
    let spots = found.unwrap_or_else(|| stack(&sorted));

    let mut placed = vec![Spot { anchor: Anchor::Middle, row: 0 }; labels.len()];
    for (index, spot) in order.into_iter().zip(spots) {
        placed[index] = spot;
    }
    placed
}

/// How many rows the labels take.
pub(super) fn n_rows(labels: &[Label], spots: &[Spot]) -> usize {
    labels.iter().zip(spots).map(|(label, spot)| spot.row + label.n_lines).max().unwrap_or(0)
}

/// Beyond this many rows a picture has become a list, and the plain way of stacking is good enough.
const MOST_ROWS: usize = 8;

/// How many places the search tries for each number of rows before it gives that number up.
const MOST_TRIES: usize = 3000;

struct Search<'a> {
    labels: &'a [Label],
    n_rows: usize,
    spots: Vec<Spot>,
    n_tries: usize,
}

impl Search<'_> {
    /// Places the labels that are left, from left to right; says whether it could.
    fn finish(&mut self) -> bool {
        let Some(label) = self.labels.get(self.spots.len()).copied() else {
            return true;
        };
        for row in 0..self.n_rows {
            if row + label.n_lines > self.n_rows {
                break;
            }
            for anchor in sides(&label) {
                self.n_tries += 1;
                if self.n_tries > MOST_TRIES {
                    return false;
                }
                let spot = Spot { anchor, row };
                if self.is_free(&label, spot) {
                    self.spots.push(spot);
                    if self.finish() {
                        return true;
                    }
                    self.spots.pop();
                }
            }
        }
        false
    }

    fn is_free(&self, label: &Label, spot: Spot) -> bool {
        self.labels.iter().zip(&self.spots).all(|(other, placed)| {
            !overlap(label, spot, other, *placed, NARROW_REM) && !crossed(label, spot, other, *placed)
        })
    }
}

/// The sides on which a label stays inside the column; if there is none, the one that overruns least.
fn sides(label: &Label) -> Vec<Anchor> {
    let inside: Vec<Anchor> = [Anchor::Middle, Anchor::Start, Anchor::End]
        .into_iter()
        .filter(|anchor| {
            let (left, right) = reach(label.x, label.width, *anchor, NARROW_REM);
            left >= 0.0 && right <= NARROW_REM
        })
        .collect();
    if inside.is_empty() { vec![fitting_anchor(label.x, label.width)] } else { inside }
}

/// From where to where a text goes in a column of this width, in rem.
fn reach(x: f64, width: f64, anchor: Anchor, column_rem: f64) -> (f64, f64) {
    let at = x / 100.0 * column_rem;
    match anchor {
        Anchor::Start => (at, at + width),
        Anchor::Middle => (at - width / 2.0, at + width / 2.0),
        Anchor::End => (at - width, at),
    }
}

/// Whether two placed labels share a row and touch.
fn overlap(one: &Label, at: Spot, other: &Label, placed: Spot, column_rem: f64) -> bool {
    let in_rows = at.row < placed.row + other.n_lines && placed.row < at.row + one.n_lines;
    let (left, right) = reach(one.x, one.width, at.anchor, column_rem);
    let (other_left, other_right) = reach(other.x, other.width, placed.anchor, column_rem);
    in_rows && left < other_right + GAP_REM && other_left < right + GAP_REM
}

/// Whether the pole of one label passes through the other.
fn crossed(one: &Label, at: Spot, other: &Label, placed: Spot) -> bool {
    let through = |x: f64, label: &Label, spot: Spot| passes(label.x, label.width, spot.anchor, x);
    (placed.row < at.row && through(one.x, other, placed))
        || (at.row < placed.row && through(other.x, one, at))
}

/// Each label in the first rows where it touches no other; poles may pass behind words.
fn stack(labels: &[Label]) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::new();
    for label in labels {
        let anchor = fitting_anchor(label.x, label.width);
        let row = (0..)
            .find(|row| {
                let spot = Spot { anchor, row: *row };
                labels
                    .iter()
                    .zip(&spots)
                    .all(|(other, placed)| !overlap(label, spot, other, *placed, NARROW_REM))
            })
            .expect("above all labels there is a free row");
        spots.push(Spot { anchor, row });
    }
    spots
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Says which labels lie on each other or outside the column.
    pub(in crate::chart) fn faults(labels: &[Label], spots: &[Spot], column_rem: f64) -> Vec<String> {
        let mut faults = Vec::new();
        for (index, (label, spot)) in labels.iter().zip(spots).enumerate() {
            let (left, right) = reach(label.x, label.width, spot.anchor, column_rem);
            if left < -1e-9 || right > column_rem + 1e-9 {
                faults.push(format!("{index} is outside: {label:?} {spot:?}"));
            }
            for (other, placed) in labels.iter().zip(spots).skip(index + 1) {
                if overlap(label, *spot, other, *placed, column_rem) {
                    faults.push(format!("{label:?} {spot:?} lies on {other:?} {placed:?}"));
                }
            }
        }
        faults
    }

    fn label(x: f64, width: f64) -> Label {
        Label { x, width, n_lines: 1 }
    }

    #[test]
    fn words_far_apart_share_one_row_in_the_middle() {
        let spots = place(&[label(20.0, 3.0), label(50.0, 3.0), label(80.0, 3.0)]);
        assert!(spots.iter().all(|spot| *spot == Spot { anchor: Anchor::Middle, row: 0 }));
    }

    #[test]
    fn words_at_the_edges_stay_inside() {
        let spots = place(&[label(0.0, 4.0), label(100.0, 4.0)]);
        assert_eq!(spots.map_anchor(), [Anchor::Start, Anchor::End]);
    }

    #[test]
    fn two_neighbours_turn_their_backs() {
        let spots = place(&[label(50.0, 4.0), label(52.0, 4.0)]);
        assert_eq!(spots.map_anchor(), [Anchor::End, Anchor::Start]);
        assert_eq!(spots.iter().map(|spot| spot.row).max(), Some(0));
    }

    #[test]
    fn chinese_words_are_as_wide_as_their_signs() {
        assert!(width_rem("最后一天") > width_rem("last"));
        assert!((width_rem("最后一天") - 4.0 * TEXT_REM).abs() < 0.2);
    }

    trait MapAnchor {
        fn map_anchor(&self) -> Vec<Anchor>;
    }

    impl MapAnchor for Vec<Spot> {
        fn map_anchor(&self) -> Vec<Anchor> {
            self.iter().map(|spot| spot.anchor).collect()
        }
    }

    fn any_labels(most: usize) -> impl Strategy<Value = Vec<Label>> {
        let one = (0.0..=100.0_f64, 0.5..8.9_f64, 1..3_usize);
        prop::collection::vec(one.prop_map(|(x, width, n_lines)| Label { x, width, n_lines }), 0..most)
    }

    proptest! {
        #[test]
        fn no_label_lies_on_another_at_any_width(labels in any_labels(14)) {
            let spots = place(&labels);
            for column_rem in [NARROW_REM, 24.0, 37.5, 76.0] {
                prop_assert_eq!(faults(&labels, &spots, column_rem), Vec::<String>::new());
            }
        }

        #[test]
        fn few_labels_have_clear_poles(labels in any_labels(4)) {
            // Poles nearer together than their own clearance cannot be told apart by any placing.
            let mut places: Vec<f64> = labels.iter().map(|label| label.x).collect();
            places.sort_by(f64::total_cmp);
            prop_assume!(places.windows(2).all(|pair| pair[1] - pair[0] > 3.0));
            prop_assume!(labels.iter().all(|label| label.width < 5.0));
            let spots = place(&labels);
            for (index, one) in labels.iter().enumerate() {
                for (other_index, other) in labels.iter().enumerate().skip(index + 1) {
                    prop_assert!(!crossed(one, spots[index], other, spots[other_index]));
                }
            }
        }
    }
}
