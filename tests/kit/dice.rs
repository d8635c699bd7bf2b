//! A generator with a seed, so that what it chose can be chosen again.

/// splitmix64; `POILIFT_TEST_SEED` repeats a run.
pub struct Dice(u64);

impl Dice {
    pub fn new() -> Self {
        let seed = std::env::var("POILIFT_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        Self(seed.unwrap_or(20_261_124))
    }

    pub fn seed(&self) -> u64 {
        self.0
    }

    /// Below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }
}
