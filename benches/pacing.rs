//! Pacing, by the clock of the sender and by that of the server: the whole engine against the embedded sandbox, which
//! answers after 100 ms, with as many workers as the engine takes itself. Shares and counts, no times.
//!
//! `p1`: 10, 100 and 1,000 a second, the share of the permitted rate that was used, and the most calls in any one second,
//! which at the sender must never be more than permitted. `p2`: the same at 5,000 a second. `p14`: 200 a second asked of a
//! platform that bears 50. `cargo bench --bench pacing -- p14` takes one of them.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

#[allow(dead_code, reason = "a part of it is used here")]
#[path = "../tests/kit/net.rs"]
mod net;
mod paired;
mod voyage;

use std::path::Path;
use std::time::Duration;

use paired::{count, median, sized, sorted, wanted};
use poilift::engine::{Concurrency, Rate};
use voyage::{Arrival, Voyages, Wanted};

const LATENCY: Duration = Duration::from_millis(100);

fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let ledger = dir.path().join("bench.db");
    if wanted("p1") {
        head("p1", "10, 100 and 1,000 a second");
        for kept in [(10, 10, 1), (100, 7, 3), (1_000, 5, 3)] {
            keeps(kept, &ledger);
        }
    }
    if wanted("p2") {
        head("p2", "5,000 a second");
        keeps((5_000, 4, 3), &ledger);
    }
    if wanted("p14") {
        finds_out(&ledger);
    }
}

fn head(name: &str, what: &str) {
    println!("\npacing, {name}: {what}, answers after {} ms; median and spread", LATENCY.as_millis());
    println!(
        "{:>10} {:>7} {:>28} {:>14} {:>28} {:>14}",
        "permitted", "calls", "share, sender", "in a second", "share, server", "in a second"
    );
}

fn voyages(stores: usize, scenario: &str, calls: u32) -> Voyages {
    let rate = Rate::new(calls, Duration::from_secs(1)).unwrap();
    Voyages::new(&Wanted { stores, latency: LATENCY, scenario, rate })
}

/// How well a rate of so many calls a second is kept for so many seconds, in so many rounds.
fn keeps((calls, seconds, rounds): (u32, u32, usize), ledger: &Path) {
    let stores = sized(calls * seconds, calls / 10 + 2) as usize;
    let mut shares = [Vec::new(), Vec::new()];
    let mut most = [0, 0];
    for _ in 0..sized(rounds, 1) {
        let voyages = voyages(stores, "", calls);
        voyages.engine(Concurrency::FromLatency, ledger);
        let arrived: Vec<f64> = voyages.arrived().iter().map(|arrival| arrival.at).collect();
        for (n, times) in [voyages.left(), arrived].iter().enumerate() {
            shares[n].push(share(times, calls));
            most[n] = most[n].max(most_in_a_second(times));
        }
    }
    let spread = |shares: &[f64]| {
        let shares = sorted(shares.iter().copied());
        format!("{:.4} ({:.4} to {:.4})", median(&shares), shares[0], shares[shares.len() - 1])
    };
    println!(
        "{:>10} {stores:>7} {:>28} {:>14} {:>28} {:>14}",
        format!("{calls}/s"),
        spread(&shares[0]),
        most[0],
        spread(&shares[1]),
        most[1]
    );
}

/// 200 a second asked of a platform that bears 50 and tells nobody.
fn finds_out(ledger: &Path) {
    const BORNE: usize = 50;
    println!("\npacing, p14: 200/s asked of a platform that bears {BORNE}/s, answers after {} ms", LATENCY.as_millis());
    let voyages = voyages(sized(2_900, 60), &format!("rate_borne = {BORNE}"), 200);
    voyages.engine(Concurrency::FromLatency, ledger);
    let arrived = voyages.arrived();
    let accepted = since_first(&arrived, false);
    let end = accepted.last().copied().unwrap_or_default();
    let refused = count(since_first(&arrived, true).len());
    println!("{:>16} {:>22}", "seconds", "accepted a second");
    let mut from = 0.0;
    while from + 10.0 <= end {
        println!("{:>16} {:>22.1}", format!("{from} to {}", from + 10.0), within(&accepted, from, from + 10.0) / 10.0);
        from += 10.0;
    }
    let settled = within(&accepted, 20.0, from.max(21.0)) / (from.max(21.0) - 20.0);
    println!(
        "from 20 s on {settled:.1} a second; {refused} of {} calls refused, {:.2} %",
        arrived.len(),
        refused * 100.0 / count(arrived.len())
    );
}

/// When calls that were refused, or were not, came, in seconds after the first of all.
fn since_first(arrived: &[Arrival], refused: bool) -> Vec<f64> {
    let first = arrived.first().map_or(0.0, |arrival| arrival.at);
    arrived.iter().filter(|arrival| arrival.refused == refused).map(|arrival| arrival.at - first).collect()
}

fn within(times: &[f64], from: f64, until: f64) -> f64 {
    count(times.iter().filter(|at| (from..until).contains(*at)).count())
}

/// Calls a second between the first and the last, over the permitted ones.
fn share(times: &[f64], calls: u32) -> f64 {
    let span = times.last().unwrap() - times[0];
    count(times.len() - 1) / span / f64::from(calls)
}

/// The most calls in any second that begins with one.
fn most_in_a_second(times: &[f64]) -> usize {
    let until = |from: f64| times.partition_point(|at| *at < from + 1.0);
    times.iter().enumerate().map(|(n, from)| until(*from) - n).max().unwrap_or(0)
}
