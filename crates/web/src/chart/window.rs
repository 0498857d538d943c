//! A line of days with the days that matter on it: when something may lawfully be done, from when to
//! when, and where today is.

use domain::dates::days_between;
use jiff::civil::Date;

use super::Caption;
use super::canvas::{Canvas, Face, Tone};
use super::labels::{self, Label, ROW_REM, Spot, width_rem};

/// A line of days. It is as long as its marks and spans need.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    /// Name and content in words.
    pub caption: Caption<'a>,
    /// Days to mark, in any order.
    pub marks: &'a [Mark<'a>],
    /// Stretches of days to shade, in any order.
    pub spans: &'a [Span<'a>],
}

/// A day on the line.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// The day. A last day is marked at its end, every other day at its beginning.
    pub on: Date,
    /// What it is, above the line.
    pub name: &'a str,
    /// The day as the reader's language writes it, beneath the line.
    pub date: &'a str,
    /// What kind of day.
    pub kind: MarkKind,
}

/// What kind of day a mark is, from the quietest to the loudest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// A day on which something happened.
    Earlier,
    /// The first day on which the thing may be done.
    First,
    /// Today.
    Today,
    /// The last day on which the thing may be done.
    Last,
}

/// A stretch of days.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    /// The first day.
    pub from: Date,
    /// The last day; the whole of it is shaded.
    pub until: Date,
    /// What it is.
    pub name: &'a str,
    /// How strongly it is shaded.
    pub shade: Shade,
}

/// How strongly a stretch of days is shaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shade {
    /// What leads up to it.
    Pale,
    /// What is meant.
    Strong,
}

/// The days of the drawing from edge to edge.
struct Days {
    first: Date,
    n_days: f64,
    lead: f64,
}

impl Days {
    /// As many days as are marked or shaded, and a sixteenth more on either side.
    fn of(window: &Window<'_>) -> Option<Self> {
        let days = || {
            let marks = window.marks.iter().map(|mark| mark.on);
            marks.chain(window.spans.iter().flat_map(|span| [span.from, span.until]))
        };
        let (first, last) = (days().min()?, days().max()?);
        let n_marked = (days_between(first, last) + 1) as f64;
        let lead = (n_marked / 16.0).max(0.5);
        Some(Days { first, n_days: n_marked + 2.0 * lead, lead })
    }

    /// The place of a day's beginning.
    fn start(&self, day: Date) -> f64 {
        (days_between(self.first, day) as f64 + self.lead) / self.n_days * 100.0
    }

    /// The place of a day's end.
    fn end(&self, day: Date) -> f64 {
        (days_between(self.first, day) as f64 + 1.0 + self.lead) / self.n_days * 100.0
    }

    fn place(&self, mark: &Mark<'_>) -> f64 {
        match mark.kind {
            MarkKind::Earlier | MarkKind::First | MarkKind::Today => self.start(mark.on),
            MarkKind::Last => self.end(mark.on),
        }
    }
}

/// Words that belong to one place, one line for each.
struct Block<'a> {
    x: f64,
    lines: Vec<(&'a str, Tone)>,
    mark: Option<MarkKind>,
}

/// Draws a line of days.
#[must_use]
pub fn window(window: &Window<'_>) -> String {
    let mut canvas = Canvas::default();
    let names = Days::of(window).map(|days| names(window, &days)).unwrap_or_default();
    let dates = Days::of(window).map(|days| dates(window, &days)).unwrap_or_default();
    let above = Words::place(names);
    let beneath = Words::place(dates);

    let band_top = above.n_rows.max(1) as f64 * ROW_REM + 0.3;
    let axis = band_top + 1.1;
    canvas.ground(axis);
    if let Some(days) = Days::of(window) {
        draw_spans(&mut canvas, window.spans, &days, (band_top, axis));
    }
    let top_of = |row: usize| band_top - 0.4 - row as f64 * ROW_REM;
    draw_poles(&mut canvas, &above, |row| top_of(row) + 0.3, (band_top, axis + 0.3));
    above.draw(&mut canvas, top_of, -ROW_REM);
    let foot_of = |row: usize| axis + 1.3 + row as f64 * ROW_REM;
    for (block, spot) in beneath.blocks.iter().zip(&beneath.spots).filter(|(_, spot)| spot.row > 0) {
        canvas.line("grid", (block.x, block.x), (axis + 0.3, foot_of(spot.row) - 0.85));
    }
    beneath.draw(&mut canvas, foot_of, ROW_REM);
    canvas.close(window.caption, foot_of(beneath.n_rows.max(1) - 1) + 0.4)
}

/// What stands above the line: the names of the days, those of one place together, and of the spans.
fn names<'a>(window: &Window<'a>, days: &Days) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    for mark in sorted(window.marks) {
        let x = days.place(mark);
        let line = (mark.name, tone(mark.kind));
        match blocks.iter_mut().find(|block| block.x == x) {
            Some(block) => {
                if !block.lines.contains(&line) {
                    block.lines.push(line);
                }
                block.mark = block.mark.max(Some(mark.kind));
            }
            None => blocks.push(Block { x, lines: vec![line], mark: Some(mark.kind) }),
        }
    }
    for span in window.spans.iter().filter(|span| !span.name.is_empty()) {
        let tone = match span.shade {
            Shade::Pale => Tone::Quiet,
            Shade::Strong => Tone::Key,
        };
        let x = (days.start(span.from) + days.end(span.until)) / 2.0;
        blocks.push(Block { x, lines: vec![(span.name, tone)], mark: None });
    }
    blocks
}

/// What stands beneath the line: each date once, as loud as the loudest mark on it.
fn dates<'a>(window: &Window<'a>, days: &Days) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    let mut last_day = None;
    for mark in sorted(window.marks) {
        let block =
            Block { x: days.place(mark), lines: vec![(mark.date, tone(mark.kind))], mark: Some(mark.kind) };
        if last_day.replace(mark.on) == Some(mark.on) {
            blocks.pop();
        }
        blocks.push(block);
    }
    blocks
}

/// Marks by day, the loudest of a day at its end.
fn sorted<'a, 'b>(marks: &'b [Mark<'a>]) -> Vec<&'b Mark<'a>> {
    let mut sorted: Vec<&Mark<'_>> = marks.iter().collect();
    sorted.sort_by_key(|mark| (mark.on, mark.kind));
    sorted
}

fn tone(kind: MarkKind) -> Tone {
    match kind {
        MarkKind::Earlier => Tone::Quiet,
        MarkKind::First => Tone::Key,
        MarkKind::Today => Tone::Strong,
        MarkKind::Last => Tone::Goal,
    }
}

/// Blocks of words with the places found for them.
struct Words<'a> {
    blocks: Vec<Block<'a>>,
    spots: Vec<Spot>,
    n_rows: usize,
}

impl<'a> Words<'a> {
    fn place(blocks: Vec<Block<'a>>) -> Self {
        let labels: Vec<Label> = blocks.iter().map(label).collect();
        let spots = labels::place(&labels);
        let n_rows = labels::n_rows(&labels, &spots);
        Words { blocks, spots, n_rows }
    }

    /// Writes the blocks; `base` gives the line of a row, and further lines of a block are `pitch` away.
    fn draw(&self, canvas: &mut Canvas, base: impl Fn(usize) -> f64, pitch: f64) {
        for (block, spot) in self.blocks.iter().zip(&self.spots) {
            for (index, (text, tone)) in block.lines.iter().enumerate() {
                let y = base(spot.row) + index as f64 * pitch;
                canvas.text(block.x, y, Face::new(spot.anchor, *tone), text);
            }
        }
    }
}

fn label(block: &Block<'_>) -> Label {
    let width = block.lines.iter().map(|(text, _)| width_rem(text)).fold(0.0, f64::max);
    Label { x: block.x, width, n_lines: block.lines.len() }
}

fn draw_spans(canvas: &mut Canvas, spans: &[Span<'_>], days: &Days, y: (f64, f64)) {
    for span in spans {
        let class = match span.shade {
            Shade::Pale => "f3",
            Shade::Strong => "f1",
        };
        canvas.rect(class, (days.start(span.from), days.end(span.until)), y);
    }
}

/// Upright lines: from a mark's name through the line of days, from a raised span's name to its shade.
fn draw_poles(
    canvas: &mut Canvas,
    above: &Words<'_>,
    top_of: impl Fn(usize) -> f64,
    (band_top, foot): (f64, f64),
) {
    for (block, spot) in above.blocks.iter().zip(&above.spots) {
        let x = (block.x, block.x);
        match block.mark {
            None if spot.row > 0 => canvas.line("grid", x, (top_of(spot.row), band_top)),
            None => {}
            Some(MarkKind::Earlier | MarkKind::First) => canvas.line("axis", x, (top_of(spot.row), foot)),
            Some(MarkKind::Today) => canvas.line("now", x, (top_of(spot.row), foot)),
            Some(MarkKind::Last) => canvas.line("goal", x, (top_of(spot.row), foot)),
        }
    }
}

/// The drawing's words with their places, for the tests that look for words lying on words.
#[cfg(test)]
fn placed(window: &Window<'_>) -> Vec<(Vec<Label>, Vec<Spot>)> {
    let Some(days) = Days::of(window) else { return Vec::new() };
    [names(window, &days), dates(window, &days)]
        .into_iter()
        .map(|blocks| {
            let labels: Vec<Label> = blocks.iter().map(label).collect();
            let spots = labels::place(&labels);
            (labels, spots)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::labels::{NARROW_REM, tests::faults};
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    const CAPTION: Caption<'_> = Caption { id: "w", title: "Window", desc: "From then to then." };

    #[test]
    fn today_stands_where_the_span_begins_and_the_last_day_where_it_ends() {
        let marks = [
            Mark { on: date(2003, 3, 3), name: "today", date: "3 Mar", kind: MarkKind::Today },
            Mark { on: date(2003, 3, 14), name: "last day", date: "14 Mar", kind: MarkKind::Last },
        ];
        let spans =
            [Span { from: date(2003, 3, 3), until: date(2003, 3, 14), name: "lawful", shade: Shade::Strong }];
        let drawing = window(&Window { caption: CAPTION, marks: &marks, spans: &spans });
        assert!(drawing.contains(r#"<rect class="f1" x="5.56%" width="88.89%""#), "{drawing}");
        assert!(drawing.contains(r#"<line class="now" x1="5.56%""#), "{drawing}");
        assert!(drawing.contains(r#"<line class="goal" x1="94.44%""#), "{drawing}");
    }

    #[test]
    fn two_marks_on_one_day_write_its_date_once() {
        let on = date(2003, 3, 14);
        let marks = [
            Mark { on, name: "today", date: "14 Mar", kind: MarkKind::Today },
            Mark { on, name: "last day", date: "14 Mar", kind: MarkKind::Last },
            Mark { on, name: "notice", date: "14 Mar", kind: MarkKind::Earlier },
        ];
        let drawing = window(&Window { caption: CAPTION, marks: &marks, spans: &[] });
        assert_eq!(drawing.matches("14 Mar").count(), 1);
        for name in ["today", "last day", "notice"] {
            assert!(drawing.contains(name), "{name}");
        }
    }

    #[test]
    fn the_ends_of_time_are_drawn() {
        let marks = [
            Mark { on: Date::MIN, name: "a", date: "b", kind: MarkKind::Earlier },
            Mark { on: Date::MAX, name: "c", date: "d", kind: MarkKind::Last },
        ];
        let drawing = window(&Window { caption: CAPTION, marks: &marks, spans: &[] });
        assert!(drawing.contains("94.44%"), "{drawing}");
    }

    proptest! {
        #[test]
        fn no_words_lie_on_words(
            days in prop::collection::vec((-400..400_i32, 0..4_u8, 0..5_usize), 0..9),
            stretches in prop::collection::vec((-400..400_i32, 0..60_i32, 0..5_usize), 0..3),
        ) {
            const NAMES: [&str; 5] = ["today", "last day", "预审", "first lawful day", "最后一天"];
            const DATES: [&str; 5] = ["3 Mar", "14 Mar", "3月3日", "2003.03.14", "12月31日"];
            const KINDS: [MarkKind; 4] = [MarkKind::Earlier, MarkKind::First, MarkKind::Today, MarkKind::Last];
            let day = |offset: i32| date(2003, 3, 3).checked_add(offset.days()).expect("within the calendar");
            let marks: Vec<Mark<'_>> = days
                .iter()
                .map(|(offset, kind, name)| Mark {
                    on: day(*offset),
                    name: NAMES[*name],
                    date: DATES[*name],
                    kind: KINDS[usize::from(*kind)],
                })
                .collect();
            let spans: Vec<Span<'_>> = stretches
                .iter()
                .map(|(from, length, name)| Span {
                    from: day(*from),
                    until: day(from + length),
                    name: NAMES[*name],
                    shade: Shade::Pale,
                })
                .collect();
            let drawn = Window { caption: CAPTION, marks: &marks, spans: &spans };
            for (labels, spots) in placed(&drawn) {
                for column_rem in [NARROW_REM, 30.0, 60.0] {
                    prop_assert_eq!(faults(&labels, &spots, column_rem), Vec::<String>::new());
                }
            }
        }
    }
}
