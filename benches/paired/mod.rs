//! The harness of the benches: both sides in turn, round after round, and the ratio of each pair. Absolute numbers move by
//! a factor of two on a busy machine; two sides measured a moment apart move together, so their ratio says something.
//! Nothing here asserts a time.

#![allow(dead_code, reason = "every bench uses a part of it")]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::time::{Duration, Instant};

/// Whether `cargo bench` asked; `cargo test --benches` asks only whether it runs at all.
pub fn is_measuring() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Whether the bench of this name was asked for: all are, unless some are named (`cargo bench --bench pacing -- p14`).
pub fn wanted(name: &str) -> bool {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    named.is_empty() || named.iter().any(|wanted| wanted == name)
}

/// `full` when measuring, else `trial`.
pub fn sized<T>(full: T, trial: T) -> T {
    if is_measuring() { full } else { trial }
}

/// What two sides gave, round by round.
pub struct Pairs {
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

impl Pairs {
    /// Runs both sides `rounds` times in turn, after one round that does not count; the side that begins alternates.
    /// Each side gives `N` figures, and each figure its own pairs.
    pub fn take<const N: usize>(
        rounds: usize,
        mut ours: impl FnMut() -> [f64; N],
        mut theirs: impl FnMut() -> [f64; N],
    ) -> [Self; N] {
        let mut pairs: [Self; N] = std::array::from_fn(|_| Self { ours: Vec::new(), theirs: Vec::new() });
        for round in 0..=rounds {
            let (our, their) = if round % 2 == 0 {
                let our = ours();
                (our, theirs())
            } else {
                let their = theirs();
                (ours(), their)
            };
            if round > 0 || rounds == 0 {
                for (pairs, (our, their)) in pairs.iter_mut().zip(our.into_iter().zip(their)) {
                    pairs.ours.push(our);
                    pairs.theirs.push(their);
                }
            }
        }
        pairs
    }

    /// One line of the table: both medians, and the median ratio ours ÷ theirs with the smallest and the largest.
    pub fn print(&self, what: &str, unit: &str) {
        let ratios = sorted(self.ours.iter().zip(&self.theirs).map(|(our, their)| our / their));
        let (low, high) = (ratios[0], ratios[ratios.len() - 1]);
        println!(
            "{what:<52} {:>12.1} {:>12.1} {unit:<8} {:>7.2}  ({low:.2} to {high:.2})",
            median(&sorted(self.ours.iter().copied())),
            median(&sorted(self.theirs.iter().copied())),
            median(&ratios),
        );
    }
}

/// The table's head.
pub fn head(title: &str) {
    println!("\n{title}");
    println!("{:<52} {:>12} {:>12} {:<8} {:>7}  (spread)", "", "ours", "theirs", "", "ratio");
}

/// How long `work` takes, in milliseconds.
pub fn millis<T>(work: impl FnOnce() -> T) -> f64 {
    let begun = Instant::now();
    std::hint::black_box(work());
    as_millis(begun.elapsed())
}

/// A span in milliseconds.
pub fn as_millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}

/// A count as a number to reckon with.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub fn count(n: usize) -> f64 {
    n as f64
}

/// In order, smallest first.
pub fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The middle of sorted values.
pub fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}
