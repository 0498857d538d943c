//! From numbers to places: round steps for an axis, and the place of a number between two ends.

/// A straight scale from `low` to `high` with a round step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) step: f64,
}

/// Beyond this a number is drawn at the end of the scale: no count of people comes near it, and
/// arithmetic on numbers below it cannot overflow.
const GREATEST: f64 = 1e12;

impl Scale {
    /// A scale that ends on round numbers around all finite values given.
    pub(super) fn around(values: impl IntoIterator<Item = f64>, n_steps: u32) -> Self {
        let (low, high) = ends(values);
        let step = round_step((high - low) / f64::from(n_steps.max(1)));
        Scale { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    /// A scale with room on both sides of the values, for words beside the outermost marks. It does
    /// not go below nought unless a value does.
    pub(super) fn with_room(values: impl IntoIterator<Item = f64>, n_steps: u32) -> Self {
        let (low, high) = ends(values);
        let room = (high - low) * 0.4;
        let left = if low >= 0.0 { (low - room).max(0.0) } else { low - room };
        Scale {
            low: left,
            high: high + room,
            step: round_step((high - low + room) / f64::from(n_steps.max(1))),
        }
    }

    /// A scale for counts: from nought, in whole steps.
    pub(super) fn of_counts(values: impl IntoIterator<Item = f64>, n_steps: u32) -> Self {
        let (_, high) = ends(values.into_iter().chain([0.0]));
        let step = round_step(high / f64::from(n_steps.max(1))).max(1.0);
        Scale { low: 0.0, high: high.max(1.0), step }
    }

    /// Where a number lies: 0 at the low end, 1 at the high end, never outside.
    pub(super) fn part(&self, value: f64) -> f64 {
        let part = (value.clamp(-GREATEST, GREATEST) - self.low) / (self.high - self.low);
        if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) }
    }

    /// The round numbers from the low end to the high end, both included where they are round.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let first = (self.low / self.step - 1e-6).ceil();
        let last = (self.high / self.step + 1e-6).floor();
        let n_ticks = (last - first + 1.0).clamp(0.0, 50.0) as u32;
        (0..n_ticks).map(|index| tidy((first + f64::from(index)) * self.step)).collect()
    }

    /// The same scale with the next wider round step.
    pub(super) fn coarser(&self) -> Self {
        Scale { step: round_step(self.step * 1.5), ..*self }
    }
}

/// The least and the greatest of the finite values, made different if they are the same.
fn ends(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .into_iter()
        .filter(|value| value.is_finite())
        .map(|value| value.clamp(-GREATEST, GREATEST))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return (0.0, 1.0);
    }
    // A thousandth of the number itself keeps the two ends apart where one unit would be lost in rounding.
    let least = (low.abs() * 0.001).max(if low == high { 1.0 } else { 0.0 });
    if high - low < least { (low - least / 2.0, high + least / 2.0) } else { (low, high) }
}

/// The least of 1, 2, 5, 10, 20 and so on, and of their tenths and hundredths, that is not below `rough`.
fn round_step(rough: f64) -> f64 {
    if !(rough.is_finite() && rough > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powi(rough.log10().floor().clamp(-6.0, 15.0) as i32);
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= rough * (1.0 - 1e-9));
    tidy(factor.unwrap_or(10.0) * power)
}

/// Takes off the dust of binary fractions, so that three steps of 0.1 are 0.3.
fn tidy(number: f64) -> f64 {
    let rounded = (number * 1e6).round() / 1e6;
    if rounded == 0.0 && number.abs() > 1e-9 { number } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn steps_are_round() {
        let check = |rough: f64, wanted: f64| assert_eq!(round_step(rough), wanted, "{rough}");
        check(0.7, 1.0);
        check(1.0, 1.0);
        check(1.2, 2.0);
        check(3.0, 5.0);
        check(6.0, 10.0);
        check(0.03, 0.05);
        check(0.0, 1.0);
        check(f64::NAN, 1.0);
    }

    #[test]
    fn ticks_carry_no_binary_dust() {
        let scale = Scale::around([0.0, 0.4], 4);
        assert_eq!(scale.ticks(), [0.0, 0.1, 0.2, 0.3, 0.4]);
    }

    #[test]
    fn one_value_or_none_still_makes_a_scale() {
        assert_eq!(Scale::around([], 4).ticks().first(), Some(&0.0));
        let scale = Scale::around([17.4], 4);
        assert!(scale.low < 17.4 && 17.4 < scale.high);
        assert_eq!(Scale::of_counts([0.0], 3).ticks(), [0.0, 1.0]);
    }

    proptest! {
        #[test]
        fn every_finite_value_lies_on_its_scale(values in prop::collection::vec(any::<f64>(), 0..6)) {
            for scale in [
                Scale::around(values.iter().copied(), 4),
                Scale::with_room(values.iter().copied(), 4),
                Scale::of_counts(values.iter().map(|value| value.abs()), 4),
            ] {
                prop_assert!(scale.low < scale.high && scale.step > 0.0, "{scale:?}");
                prop_assert!(scale.ticks().len() <= 50);
                for value in &values {
                    prop_assert!((0.0..=1.0).contains(&scale.part(*value)));
                }
            }
        }
    }
}
