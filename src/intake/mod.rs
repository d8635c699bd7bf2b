//! Bytes to stores and supplements.

mod join;

pub use join::{Joinable, Joined, join};
