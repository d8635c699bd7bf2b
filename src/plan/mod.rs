//! The plan, pure: for every store the action that its status, its data and a person's wish ask for.

mod classify;
mod estimate;
mod gate;
mod share;
mod spread;
mod waves;

use rayon::prelude::*;

pub use classify::{Facts, claimant, decide, initial_state, planning_event};
pub use estimate::{Load, estimate};
pub use gate::{Excess, Shares, Tally, Wrong};
pub use share::{BadShare, Share};
pub use spread::{Site, spread};
pub use waves::{BadWaves, Move, Reached, Wave, Waves, next_move};

use crate::check::FixedValues;
use crate::store::Decision;

/// Below this many stores one thread is as fast as handing work around.
const PARALLEL_FROM: usize = 2_000;

/// Classifies all stores, in order.
#[must_use]
pub fn decide_all(facts: &[Facts], fixed: &FixedValues) -> Vec<Decision> {
    if facts.len() < PARALLEL_FROM {
        return facts.iter().map(|facts| decide(facts, fixed)).collect();
    }
    facts.par_iter().map(|facts| decide(facts, fixed)).collect()
}
