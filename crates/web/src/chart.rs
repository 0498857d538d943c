//! Drawings as SVG made on the server: plain numbers and words already in the reader's language go
//! in, one `<svg>` comes out. Places are in per cent and sizes in rem, so a drawing follows its column
//! and the reader's text size. There are no words here, no pages, no store, no clock.
//!
//! No `style` attribute is ever written, so that no content security policy need allow one. The classes
//! are those of the stylesheet's part 8.
//! Colour never stands alone: whatever differs in colour differs in shape, place or word as well.

mod bars;
mod canvas;
mod columns;
mod fan;
mod funnel;
mod gauge;
mod labels;
mod pyramid;
mod scale;
mod seats;
mod strip;
#[cfg(test)]
mod tests;
mod window;

pub use bars::{funnel_bar, share_bar};
pub use columns::{Bound, Column, Columns, Planned, Stress, columns};
pub use fan::{Counted, Fan, Foreseen, Level, fan};
pub use funnel::{Funnel, FunnelRow, funnel};
pub use gauge::{Forecast, Gauge, Promise, Reading, gauge};
pub use pyramid::{Band, Pyramid, Young, pyramid};
pub use seats::{Group, Seat, Seats, seats};
pub use strip::{Reach, ScaleWords, Strip, strip, strip_scale};
pub use window::{Mark, MarkKind, Shade, Span, Window, window};

/// What a drawing is called and what it says, for those who hear it instead of seeing it.
#[derive(Debug, Clone, Copy)]
pub struct Caption<'a> {
    /// Begins every id in the drawing; the caller keeps it unique within the page.
    pub id: &'a str,
    /// The name of the drawing.
    pub title: &'a str,
    /// Its content in a sentence or two, with the numbers that matter.
    pub desc: &'a str,
}

/// How the reader's language writes a number on an axis.
pub type Figures<'a> = &'a dyn Fn(f64) -> String;

/// Writes a number with at most two decimals and no grouping.
///
/// ```
/// assert_eq!(web::chart::plain(18.5), "18.5");
/// assert_eq!(web::chart::plain(40.0), "40");
/// ```
#[must_use]
pub fn plain(number: f64) -> String {
    let written = format!("{number:.2}");
    let short = written.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}
