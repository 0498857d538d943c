//! Days and class hours of a course. The only numbers of the format that need not be whole, and
//! the only place of this crate that meets the fractions JSON can write.

use std::fmt;

use serde::{Serialize, Serializer};

/// A number from 0 to 10,000, kept to the thousandth below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    thousandths: u32,
}

impl Amount {
    /// The largest amount.
    const MAX: u32 = 10_000;

    /// A whole amount; nothing above 10,000.
    #[must_use]
    pub fn whole(n: u64) -> Option<Self> {
        let n = u32::try_from(n).ok().filter(|n| *n <= Self::MAX)?;
        Some(Amount { thousandths: n * 1000 })
    }

    /// An amount as JSON writes it.
    pub(super) fn fraction(n: f64) -> Option<Self> {
        let in_range = (0.0..=f64::from(Self::MAX)).contains(&n);
        // Truncation is harmless: the rules compare with whole numbers only.
        in_range.then_some(Amount { thousandths: (n * 1000.0) as u32 }).map(|amount| amount.below(n))
    }

    /// Whether the amount reaches a whole minimum.
    #[must_use]
    pub fn reaches(self, minimum: u16) -> bool {
        self.thousandths >= u32::from(minimum) * 1000
    }

    /// Multiplying can round up to the next whole number; an amount just below it must not reach it.
    fn below(self, n: f64) -> Self {
        let rounded_up = f64::from(self.thousandths / 1000) > n;
        Amount { thousandths: self.thousandths - u32::from(rounded_up) }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.thousandths / 1000, self.thousandths % 1000);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        f.write_str(format!("{whole}.{rest:03}").trim_end_matches('0'))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.thousandths.is_multiple_of(1000) {
            serializer.serialize_u32(self.thousandths / 1000)
        } else {
            serializer.serialize_f64(f64::from(self.thousandths) / 1000.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_range_is_admitted() {
        assert_eq!(Amount::whole(10_000), Amount::fraction(10_000.0));
        assert_eq!(Amount::whole(0), Amount::fraction(-0.0));
        for wrong in [-0.001, 10_000.000_1, f64::NAN, f64::INFINITY] {
            assert_eq!(Amount::fraction(wrong), None, "{wrong}");
        }
        assert_eq!(Amount::whole(10_001), None);
    }

    #[test]
    fn nearly_is_not_enough() {
        assert!(Amount::fraction(4.999_999_999_999_999).is_some_and(|amount| !amount.reaches(5)));
        assert!(Amount::fraction(5.0).is_some_and(|amount| amount.reaches(5)));
        assert!(Amount::fraction(39.5).is_some_and(|amount| !amount.reaches(40)));
    }
}
