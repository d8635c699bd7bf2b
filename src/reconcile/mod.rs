//! What the platform says now against what the ledger says, by key.

mod observe;
mod pass;

pub use observe::{Compared, Listing, compare, observe};
pub use pass::{ListPass, PASSES_MAX, PassError, read_list, read_store_list};
