//! Small bars for table cells: how long a row is beside its neighbours, and how a share stands to
//! its bound.

use super::Caption;
use super::canvas::Canvas;

const FUNNEL_REM: f64 = 0.7;
const SHARE_REM: f64 = 1.5;

/// A bar for one row of a funnel: `part` of the longest row, which is `whole`.
///
/// It is hidden from those who hear the page: the number stands in the cell before it.
/// Anything but nothing is seen: the shortest bar is half a per cent of the cell.
#[must_use]
pub fn funnel_bar(part: u64, whole: u64) -> String {
    let mut canvas = Canvas::default();
    if part > 0 {
        canvas.rect("f2", (0.0, per_cent(part, whole).max(0.5)), (0.0, FUNNEL_REM));
    }
    canvas.close_silent(FUNNEL_REM)
}

/// A bar for a share: `part` of `whole`, with an upright rule at `bound` where there is one.
#[must_use]
pub fn share_bar(caption: Caption<'_>, part: u64, whole: u64, bound: Option<u64>) -> String {
    let mut canvas = Canvas::default();
    let bar = (0.35, 1.15);
    canvas.rect("f4", (0.0, 100.0), bar);
    canvas.rect("f2", (0.0, per_cent(part, whole)), bar);
    if let Some(bound) = bound {
        let x = per_cent(bound, whole);
        canvas.line("goal", (x, x), (0.0, SHARE_REM));
    }
    canvas.close(caption, SHARE_REM)
}

/// A part in per cent. Of nothing, everything is nought per cent.
fn per_cent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64 * 100.0).min(100.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_part() {
        assert!(funnel_bar(1, 4).contains(r#"width="25%""#));
        assert!(funnel_bar(1, 1_000_000).contains(r#"width="0.5%""#));
        assert!(!funnel_bar(0, 4).contains("rect"));
        assert!(funnel_bar(7, 0).contains(r#"width="0.5%""#));
    }

    #[test]
    fn the_rule_stands_at_the_bound() {
        let caption = Caption { id: "s", title: "t", desc: "d" };
        let drawing = share_bar(caption, 398, 560, Some(392));
        assert!(drawing.contains(r#"width="71.07%""#), "{drawing}");
        assert!(drawing.contains(r#"<line class="goal" x1="70%" x2="70%""#), "{drawing}");
        assert!(!share_bar(caption, 398, 560, None).contains("goal"));
    }
}
