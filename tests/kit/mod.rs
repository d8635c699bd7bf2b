//! What the tests are written with: a house to work in, chains of stores, the simulated platform, and a look into ledgers.

#[cfg(target_os = "linux")]
mod agreement;
mod chain;
mod dice;
mod house;
mod ledger;
mod lossy;
mod net;
mod platform;
mod proof;
mod proxy;
mod run;
#[cfg(target_os = "linux")]
mod shim;
mod side_by_side;
mod stage;

#[cfg(target_os = "linux")]
pub use agreement::{Wanted, report_files_are_whole};
pub use chain::{Chain, STORES, SUPPLEMENT, credential};
pub use dice::{Dice, setting};
pub use house::{House, quiet_machine};
pub use ledger::{Call, LedgerFile, rewrite};
pub use lossy::{Fortune, Lossy};
pub use net::post;
pub use platform::{Arrival, Platform, arrivals};
pub use proof::proof;
pub use proxy::{Proxy, Recorded};
pub use run::{Ended, Going, Run};
#[cfg(target_os = "linux")]
pub use shim::{Failing, Seen, Shim};
pub use side_by_side::side_by_side;
pub use stage::{Asked, Stage, TOKEN};

use std::time::{Duration, Instant};

/// Waits until `ready` gives something, looking again after a short pause; fails after `bound`.
pub fn until<T>(what: &str, bound: Duration, mut ready: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + bound;
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(Instant::now() < end, "{what} did not come within {bound:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Looks at a boolean until it is true.
pub fn until_true(what: &str, bound: Duration, mut ready: impl FnMut() -> bool) {
    until(what, bound, || ready().then_some(()));
}
