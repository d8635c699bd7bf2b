//! The simulated platform: the old store management, the store mini-program and their reviews, as far as a migration
//! needs them, with everything that is known to go wrong. A pure state machine (`platform`), a state file, and a thin
//! HTTP face; for tests, trials and rehearsals, never for the real thing.
//!
//! ```text
//! http ─▶ desk ─▶ platform ─▶ endpoints ─▶ stores, merchant, map, cards, media ─▶ book, shop, record, reviews
//!  │        │         └─ door (token), fault (scenario), events ─▶ push
//!  │        └─▶ journal (state file), calls, stats, page
//!  └─▶ courier (events) ─▶ seal
//! ```

mod account;
mod add_store;
mod answer;
mod bare;
#[cfg(test)]
mod bench;
mod book;
mod calls;
mod cards;
mod categories;
mod courier;
mod desk;
mod dice;
mod districts;
mod door;
mod effect;
mod endpoints;
#[cfg(test)]
mod errcodes;
mod error;
mod events;
mod fault;
mod form;
mod http;
mod journal;
mod map;
mod media;
mod merchant;
mod names;
mod old;
mod page;
mod platform;
mod push;
mod record;
mod request;
mod reviews;
mod rids;
mod running;
mod scenario;
mod seal;
mod shop;
mod stats;
mod stores;
#[cfg(test)]
mod storm;
mod tally;
mod token;
mod usage;

pub use account::{Account, Administrator, Card, Full, Names};
pub use bare::{Bare, BareAnswer, Truth};
pub use error::SandboxError;
pub use fault::{Fault, FaultKind};
pub use push::{Format, Mode, PushTo};
pub use running::{Running, start};
pub use scenario::{Rate, Scenario};
pub use usage::Others;

use std::path::PathBuf;
use std::time::Duration;

use crate::store::FastClock;

/// How a sandbox is started.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Decides everything that is left to chance: faults, reviews, manners.
    pub seed: u64,
    /// How long after its arrival a request is answered.
    pub latency: Duration,
    /// How long a review takes.
    pub review_time: Duration,
    /// How the platform behaves.
    pub scenario: Scenario,
    /// Where the state is kept; `None`: in memory only.
    pub state_file: Option<PathBuf>,
    /// An accelerated clock: everything but `latency` goes by it. `None`: the machine's own.
    pub clock: Option<FastClock>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            latency: Duration::ZERO,
            review_time: Duration::from_secs(2),
            scenario: Scenario::default(),
            state_file: None,
            clock: None,
        }
    }
}
