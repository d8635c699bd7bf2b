//! Applying a plan, without a rate that could hold it up: 10,000 a second are permitted.
//!
//! `p4`: at 100 ms latency, what the engine reaches, and workers ÷ latency, the most that so many workers can do; and the same
//! client in as many threads without scheduler or ledger, which is the most that this machine lets them do. `p3`: without
//! latency, the engine with a durable intent and a durable outcome a store, and the same client in as many threads
//! without scheduler or ledger. `cargo bench --bench apply -- p4` takes one of them.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]

#[allow(dead_code, reason = "a part of it is used here")]
#[path = "../tests/kit/net.rs"]
mod net;
mod paired;
mod voyage;

use std::path::Path;
use std::time::Duration;

use paired::{Pairs, count, sized, wanted};
use poilift::engine::Rate;
use voyage::{Voyages, Wanted};

const LATENCY: Duration = Duration::from_millis(100);

fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let ledger = dir.path().join("bench.db");
    paired::head("apply: add_store calls a second against the embedded sandbox");
    if wanted("p4") {
        for workers in [16, 64, 256] {
            at_latency(workers, &ledger);
        }
    }
    if wanted("p3") {
        without_latency(&ledger);
    }
}

fn voyages(stores: usize, latency: Duration) -> Voyages {
    let rate = Rate::new(10_000, Duration::from_secs(1)).unwrap();
    Voyages::new(&Wanted { stores, latency, scenario: "", rate })
}

fn at_latency(workers: usize, ledger: &Path) {
    let stores = sized(workers * 40, workers);
    let most = count(workers) / LATENCY.as_secs_f64();
    let ours = || {
        let rate = voyages(stores, LATENCY).engine_rate(workers, ledger);
        [rate, rate]
    };
    let theirs = || [most, voyages(stores, LATENCY).bare_rate(workers)];
    let [by_latency, bare] = Pairs::take(sized(2, 0), ours, theirs);
    by_latency.print(&format!("{workers} workers, 100 ms: engine, workers ÷ latency"), "/s");
    bare.print(&format!("{workers} workers, 100 ms: engine, bare client"), "/s");
}

fn without_latency(ledger: &Path) {
    let stores = sized(4_000, 100);
    let ours = || [voyages(stores, Duration::ZERO).engine_rate(64, ledger)];
    let theirs = || [voyages(stores, Duration::ZERO).bare_rate(64)];
    let [pairs] = Pairs::take(sized(3, 0), ours, theirs);
    pairs.print("64 workers, no latency: engine, bare client", "/s");
}
