//! Chance that can be repeated: SplitMix64, so that one seed makes one city on every machine. Each
//! part of the city draws from its own stream; adding a draw in one part leaves the others alone.

/// A stream of repeatable draws (Steele, Lea, Flood 2014: SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The stream of one part of the city.
    pub(crate) fn stream(seed: u64, part: &str) -> Self {
        let mixed = part.bytes().fold(seed ^ 0x6d69_616f_7075, |state, byte| {
            let mut step = Random(state ^ u64::from(byte));
            step.next()
        });
        Random(mixed)
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `n` − 1; 0 when `n` is 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        // The high half of the product is uniform to within n / 2^64, which no margin can show.
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// A number from `low` to `high`, both possible.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as u64) as i64
    }

    /// True `permille` times in a thousand.
    pub(crate) fn chance(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    /// One of a list that is not empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u64) as usize]
    }

    /// The position of one weight, drawn in proportion.
    pub(crate) fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut draw = self.below(weights.iter().sum());
        for (position, &weight) in weights.iter().enumerate() {
            if draw < weight {
                return position;
            }
            draw -= weight;
        }
        weights.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_one_stream() {
        let draws = |seed, part| {
            let mut random = Random::stream(seed, part);
            [random.next(), random.next()]
        };
        assert_eq!(draws(7, "people"), draws(7, "people"));
        assert_ne!(draws(7, "people"), draws(7, "units"));
        assert_ne!(draws(7, "people"), draws(8, "people"));
    }

    #[test]
    fn weights_are_kept() {
        let mut random = Random::stream(1, "weights");
        let mut seen = [0u64; 3];
        for _ in 0..30_000 {
            seen[random.weighted(&[1, 0, 2])] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!((9_500..10_500).contains(&seen[0]), "{seen:?}");
    }
}
