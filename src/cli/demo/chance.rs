//! Repeatable chance: SplitMix64 (Steele, Lea, Flood 2014), whose numbers no library update changes.

/// A stream of numbers that only its seed decides.
#[derive(Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// FNV-1a, so that a stream can belong to a name.
    pub(super) fn named(seed: u64, name: &str) -> Self {
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(seed ^ hash)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, not including, `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).expect("lengths fit into 64 bits");
        usize::try_from(self.next() % end).expect("smaller than a length")
    }

    /// From 0.0 up to, not including, 1.0.
    pub(super) fn unit(&mut self) -> f32 {
        // 24 bits are what an f32 holds exactly.
        (self.next() >> 40) as f32 / (1 << 24) as f32
    }

    /// Between the two.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    pub(super) fn is(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_paper() {
        // First output of SplitMix64 for seed 0, as in its reference implementation.
        assert_eq!(Chance::of(0).next(), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn a_number_stays_within_its_bounds() {
        let mut chance = Chance::of(7);
        for _ in 0..1_000 {
            assert!(chance.below(3) < 3);
            assert!((2.0..5.0).contains(&chance.between(2.0, 5.0)));
        }
    }
}
