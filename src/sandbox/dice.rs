//! Deterministic chance: the same seed and the same circumstances always fall the same way, so that every failure
//! can be seen again.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// A source of chance without state: each roll depends only on the seed and on what it is about.
#[derive(Debug, Clone, Copy)]
pub struct Dice {
    seed: u64,
}

impl Dice {
    /// The dice of one simulated platform.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A number that depends on the seed, the `topic` and every one of `parts`.
    pub fn roll(self, topic: &str, parts: &[&str]) -> u64 {
        let digest = self.digest(topic, parts);
        u64::from_be_bytes(digest[..8].try_into().expect("a SHA-256 has 32 bytes"))
    }

    /// Whether something that happens with probability `share` (0 to 1) happens here.
    pub fn chance(self, topic: &str, parts: &[&str], share: f64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are exactly what an f64 holds")]
        let point = (self.roll(topic, parts) >> 11) as f64 / (1_u64 << 53) as f64;
        point < share
    }

    /// Whether this is one of the `n` cases in which a manner of the platform shows.
    pub fn one_in(self, n: u64, topic: &str, id: &str) -> bool {
        self.roll(topic, &[id]).is_multiple_of(n)
    }

    /// 32 bytes that depend on the seed, the `topic` and every one of `parts`.
    pub fn digest(self, topic: &str, parts: &[&str]) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.seed.to_be_bytes());
        for part in std::iter::once(&topic).chain(parts) {
            // The length keeps ("a", "bc") and ("ab", "c") apart.
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().into()
    }
}

/// The SHA-256 of a text in lower-case hexadecimal: all that is ever kept of a token or a secret.
pub fn sha256_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_circumstances_fall_the_same_way() {
        let dice = Dice::new(7);
        assert_eq!(dice.roll("review", &["1", "2"]), Dice::new(7).roll("review", &["1", "2"]));
        assert_ne!(dice.roll("review", &["1", "2"]), Dice::new(8).roll("review", &["1", "2"]));
        assert_ne!(dice.roll("review", &["1", "23"]), dice.roll("review", &["12", "3"]));
    }

    #[test]
    fn a_share_is_met_over_many_rolls() {
        let hits = (0..10_000).filter(|n: &u32| Dice::new(1).chance("t", &[&n.to_string()], 0.03)).count();
        assert!((200..400).contains(&hits), "{hits}");
        assert!(!Dice::new(1).chance("t", &["x"], 0.0));
        assert!(Dice::new(1).chance("t", &["x"], 1.0));
    }

    #[test]
    fn a_known_text_has_its_known_hash() {
        assert_eq!(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
