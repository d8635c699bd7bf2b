//! Dice that fall the same way again.

/// Splitmix64.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// What `POILIFT_TEST_SEED` says, or always the same.
    pub fn seed() -> u64 {
        std::env::var("POILIFT_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_124)
    }

    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// Below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    /// Heads or tails.
    pub fn toss(&mut self) -> bool {
        self.below(2) == 0
    }
}
