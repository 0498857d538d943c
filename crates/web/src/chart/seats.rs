//! A roll of seats for a meeting: one plot for each member due, and a rule at one half, so that
//! whether a vote carries is seen before it is read.

use super::Caption;
use super::canvas::{Anchor, Canvas, Face, Tone};
use super::labels::{self, Label, ROW_REM, fitting_anchor, width_rem};

/// A roll of seats.
#[derive(Debug, Clone, Copy)]
pub struct Seats<'a> {
    /// Name and content in words.
    pub caption: Caption<'a>,
    /// All members due, in groups, drawn in this order from left to right.
    pub groups: &'a [Group<'a>],
    /// The word above the rule at one half.
    pub half: &'a str,
    /// A line beneath, such as how many are due and needed; empty for none.
    pub note: &'a str,
}

/// Members of whom the same is to be said.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    /// What is said of them.
    pub seat: Seat,
    /// How many.
    pub n_members: u32,
    /// The words beneath, with the number in them.
    pub label: &'a str,
}

/// What is said of a member due. Each has its own sign as well as its own colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// Present, and nothing more is known: filled pale.
    Present,
    /// Voted in favour: filled.
    InFavour,
    /// In favour by a written opinion received before the meeting: hollow with a dot.
    Written,
    /// Voted against: crossed.
    Against,
    /// Abstained: a dash.
    Abstained,
    /// Not there: an empty outline of dashes.
    Absent,
}

const TOP_REM: f64 = 1.5;
const SEAT_REM: f64 = 0.9;
const PITCH_REM: f64 = 1.15;
/// More than this many seats do not stand in one row of the narrowest column.
const MOST_COLUMNS: u64 = 30;
/// A seat is never wider than this, in per cent, so that three seats still look like seats.
const WIDEST: f64 = 5.0;
/// A meeting larger than this is drawn as one bar in parts: its seats could no longer be counted.
const MOST_SEATS: u64 = 400;

/// Where seats stand: column by column, each filled from the top.
struct Room {
    n_due: u64,
    n_rows: u64,
    pitch: f64,
}

impl Room {
    fn of(groups: &[Group<'_>]) -> Self {
        let n_due: u64 = groups.iter().map(|group| u64::from(group.n_members)).sum();
        let n_rows = if n_due > MOST_SEATS { 1 } else { n_due.div_ceil(MOST_COLUMNS).max(1) };
        let n_columns = if n_due > MOST_SEATS { 1 } else { n_due.div_ceil(n_rows).max(1) };
        Room { n_due, n_rows, pitch: (100.0 / n_columns as f64).min(WIDEST) }
    }

    fn is_one_bar(&self) -> bool {
        self.n_due > MOST_SEATS
    }

    fn bottom(&self) -> f64 {
        TOP_REM + (self.n_rows - 1) as f64 * PITCH_REM + SEAT_REM
    }

    /// The left edge of a column; in one bar, the place of so many members.
    fn left(&self, n_before: u64) -> f64 {
        if self.is_one_bar() {
            n_before as f64 / self.n_due as f64 * 100.0
        } else {
            (n_before / self.n_rows) as f64 * self.pitch
        }
    }
}

/// Draws a roll of seats.
#[must_use]
pub fn seats(seats: &Seats<'_>) -> String {
    let room = Room::of(seats.groups);
    let mut canvas = Canvas::default();
    let mut labels = Vec::new();
    let mut n_before = 0_u64;
    for group in seats.groups.iter().filter(|group| group.n_members > 0) {
        let n_members = u64::from(group.n_members);
        if room.is_one_bar() {
            let x = (room.left(n_before), room.left(n_before + n_members));
            draw_seat(&mut canvas, group.seat, x, TOP_REM);
        } else {
            for index in n_before..n_before + n_members {
                let left = room.left(index);
                let y = TOP_REM + (index % room.n_rows) as f64 * PITCH_REM;
                draw_seat(&mut canvas, group.seat, (left + room.pitch * 0.12, left + room.pitch * 0.88), y);
            }
        }
        let x = (room.left(n_before) + room.left(n_before + n_members - 1) + room.pitch) / 2.0;
        labels.push((group.label, Label { x: x.min(100.0), width: width_rem(group.label), n_lines: 1 }));
        n_before += n_members;
    }
    draw_half(&mut canvas, &room, seats.half);
    let height = draw_labels(&mut canvas, &labels, room.bottom(), seats.note);
    canvas.close(seats.caption, height)
}

fn draw_seat(canvas: &mut Canvas, seat: Seat, x: (f64, f64), top: f64) {
    let y = (top, top + SEAT_REM);
    let middle = ((x.0 + x.1) / 2.0, top + SEAT_REM / 2.0);
    let inset = (x.1 - x.0) * 0.25;
    let inner = (x.0 + inset, x.1 - inset);
    match seat {
        Seat::Present => canvas.rect("f2", x, y),
        Seat::InFavour => canvas.rect("f1", x, y),
        Seat::Written => {
            canvas.rect("hollow", x, y);
            canvas.circle("f1", middle.0, middle.1, 0.14);
        }
        Seat::Against => {
            canvas.rect("seat", x, y);
            canvas.line("now", inner, (top + 0.22, top + SEAT_REM - 0.22));
            canvas.line("now", inner, (top + SEAT_REM - 0.22, top + 0.22));
        }
        Seat::Abstained => {
            canvas.rect("seat", x, y);
            canvas.line("now", inner, (middle.1, middle.1));
        }
        Seat::Absent => canvas.rect("lost", x, y),
    }
}

/// The rule at one half. Where half of the seats do not fill whole columns it steps to the left, and
/// where one member is the half it goes through the middle of that seat.
fn draw_half(canvas: &mut Canvas, room: &Room, word: &str) {
    if room.n_due == 0 {
        return;
    }
    let foot = room.bottom() + 0.35;
    let top = TOP_REM - 0.6;
    let half = room.n_due as f64 / 2.0;
    let mut x = 50.0;
    if room.is_one_bar() {
        canvas.line("goal", (x, x), (top, foot));
    } else {
        let n_rows = room.n_rows as f64;
        let n_full = (half / n_rows).floor();
        let n_over = half - n_full * n_rows;
        x = n_full * room.pitch;
        if room.n_rows == 1 {
            x = half * room.pitch;
            canvas.line("goal", (x, x), (top, foot));
        } else if n_over == 0.0 {
            canvas.line("goal", (x, x), (top, foot));
        } else {
            let right = x + room.pitch;
            let step = TOP_REM + n_over * PITCH_REM - (PITCH_REM - SEAT_REM) / 2.0;
            canvas.line("goal", (right, right), (top, step));
            canvas.line("goal", (x, right), (step, step));
            canvas.line("goal", (x, x), (step, foot));
            x = right;
        }
    }
    let anchor = fitting_anchor(x, width_rem(word));
    canvas.text(x, top - 0.2, Face::new(anchor, Tone::Goal), word);
}

/// Writes the words under the seats and gives the height of the whole.
fn draw_labels(canvas: &mut Canvas, labels: &[(&str, Label)], bottom: f64, note: &str) -> f64 {
    let places: Vec<Label> = labels.iter().map(|(_, label)| *label).collect();
    let spots = labels::place(&places);
    let n_rows = labels::n_rows(&places, &spots);
    let line_of = |row: usize| bottom + 1.35 + row as f64 * ROW_REM;
    for ((text, label), spot) in labels.iter().zip(&spots) {
        if spot.row > 0 {
            canvas.line("grid", (label.x, label.x), (bottom + 0.15, line_of(spot.row) - 0.85));
        }
        canvas.text(label.x, line_of(spot.row), Face::new(spot.anchor, Tone::Strong), text);
    }
    let n_lines = n_rows + usize::from(!note.is_empty());
    if !note.is_empty() {
        canvas.text(0.0, line_of(n_rows), Face::new(Anchor::Start, Tone::Quiet), note);
    }
    line_of(n_lines.max(1) - 1) + 0.4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(groups: &[(Seat, u32)]) -> String {
        let groups: Vec<Group<'_>> = groups
            .iter()
            .map(|(seat, n_members)| Group { seat: *seat, n_members: *n_members, label: "so many" })
            .collect();
        let caption = Caption { id: "m", title: "Roll", desc: "12 of 24." };
        seats(&Seats { caption, groups: &groups, half: "half", note: "24 due" })
    }

    #[test]
    fn every_member_has_a_seat() {
        let drawing =
            drawn(&[(Seat::InFavour, 12), (Seat::Against, 3), (Seat::Abstained, 1), (Seat::Absent, 8)]);
        assert_eq!(drawing.matches(r#"<rect class="f1""#).count(), 12);
        assert_eq!(drawing.matches(r#"<rect class="seat""#).count(), 4);
        assert_eq!(drawing.matches(r#"<rect class="lost""#).count(), 8);
        assert_eq!(drawing.matches(r#"<line class="now""#).count(), 7);
    }

    #[test]
    fn the_rule_stands_after_half_of_an_even_number_and_through_the_middle_of_an_odd_one() {
        let place = |n_members| {
            let drawing = drawn(&[(Seat::Present, n_members)]);
            let (_, rest) = drawing.split_once(r#"<line class="goal" x1=""#).expect("a rule");
            rest.split('%').next().expect("a place").parse::<f64>().expect("a number")
        };
        assert_eq!(place(24), 50.0);
        assert_eq!(place(25), 50.0);
        assert_eq!(place(3), 7.5);
    }

    #[test]
    fn a_rule_between_columns_steps() {
        // 62 seats in three rows: half is 31, ten columns and one seat of the eleventh.
        let drawing = drawn(&[(Seat::InFavour, 62)]);
        assert_eq!(drawing.matches(r#"<line class="goal""#).count(), 3, "{drawing}");
    }

    #[test]
    fn a_very_large_meeting_is_one_bar() {
        let drawing = drawn(&[(Seat::InFavour, u32::MAX), (Seat::Absent, u32::MAX)]);
        assert_eq!(drawing.matches("<rect").count(), 2);
        assert!(drawing.contains(r#"<rect class="f1" x="0%" width="50%""#), "{drawing}");
    }

    #[test]
    fn nobody_due_is_drawn_without_a_rule() {
        assert!(!drawn(&[(Seat::Absent, 0)]).contains("goal"));
        assert!(!drawn(&[]).contains("<rect"));
    }
}
