//! Pacing: what `engine::Pacer` makes of a permitted rate while there is always work, with a server that answers in 100 ms
//! (the workers sleep that long after each turn) and a third more workers than that takes. Two figures, both counts
//! at the sender and not times: the share of the rate that was used, and the most permits in any second, the first one
//! included, which must never be more than the rate.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

mod paired;

use std::sync::Arc;
use std::time::{Duration, Instant};

use paired::{count, sized};
use poilift::engine::{Pacer, Rate, machine_clock};
use poilift::wechat::Gate as _;
use poilift::wire::Endpoint;

const LATENCY: Duration = Duration::from_millis(100);

fn main() {
    println!("\npacing: permits at the sender, with answers after {} ms", LATENCY.as_millis());
    println!("{:>10} {:>8} {:>8} {:>9} {:>22}", "permitted", "workers", "permits", "share", "most in one second");
    for (calls, workers, seconds) in [(10_u32, 3, 10), (100, 14, 8), (1_000, 131, 6)] {
        let permits = permits(calls, workers, sized(Duration::from_secs(seconds), Duration::from_millis(300)));
        println!(
            "{:>10} {workers:>8} {:>8} {:>9.4} {:>22}",
            format!("{calls}/s"),
            permits.len(),
            share(&permits, calls),
            most_in_a_second(&permits),
        );
    }
}

/// The moments, in order, at which workers got their turns.
fn permits(calls: u32, workers: usize, span: Duration) -> Vec<Instant> {
    let rate = Rate::new(calls, Duration::from_secs(1)).unwrap();
    let pacer = Pacer::new(rate, rate, &machine_clock(), Arc::default());
    let end = Instant::now() + span;
    let work = || {
        let mut permits = Vec::new();
        while Instant::now() < end && pacer.turn(Endpoint::AddStore) {
            permits.push(Instant::now());
            std::thread::sleep(LATENCY);
        }
        permits
    };
    let mut permits: Vec<Instant> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    permits.sort();
    permits
}

/// Permits a second between the first and the last, over the permitted ones.
fn share(permits: &[Instant], calls: u32) -> f64 {
    let span = *permits.last().unwrap() - permits[0];
    count(permits.len() - 1) / span.as_secs_f64() / f64::from(calls)
}

/// The most permits in any second that begins with one.
fn most_in_a_second(permits: &[Instant]) -> usize {
    let until = |from: Instant| permits.partition_point(|at| *at < from + Duration::from_secs(1));
    permits.iter().enumerate().map(|(n, from)| until(*from) - n).max().unwrap_or(0)
}
