//! The proof by simulation: the whole program but its threads, its sockets and its clock, run by a seed through everything
//! that can go wrong, and an oracle that knows what really happened.
//!
//! The pipeline, the scheduler, recovery, the client, the pacing, the ledger's own SQL and the simulated platform are the real
//! ones. What is simulated is the machine: time, the network between client and platform, the hands that make calls and
//! commits. A process can die at every call, look at the clock and turn of the loop, and at
//! every commit of the engine.
//!
//! `cargo test --test simulation` runs 500 seeds; `POILIFT_SEEDS=20000` more of them, `POILIFT_KEEP_GOING=1` beyond the first that
//! fails; `POILIFT_TEST_SEED=17` that one alone. The rate is looked at where calls leave.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails; clippy's exemption does not reach helpers")]
#![expect(clippy::print_stdout, reason = "tests that count say what they found")]

mod dice;
mod faults;
mod machine;
mod mutants;
mod network;
mod oracle;
#[path = "../kit/proof.rs"]
mod proof;
mod story;
mod world;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use faults::Fault;
use mutants::Mutant;
use proof::proof;
use story::Story;

const SEEDS: u64 = 500;

/// So often each kind of fault has to fall in 500 seeds.
const FIRED_MIN: u64 = 20;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// One seed; what must not be is the error.
fn told(seed: u64, mutant: Option<Mutant>) -> Result<BTreeMap<Fault, u64>, String> {
    let story = AssertUnwindSafe(|| Story::new(seed, mutant).tell());
    std::panic::catch_unwind(story).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        Err(format!("panicked: {}", words.unwrap_or_default()))
    })
}

/// The seeds on as many threads as the machine has; the first failure ends it.
fn each(seeds: std::ops::RangeInclusive<u64>, tell: impl Fn(u64) -> bool + Sync) {
    let next = AtomicU64::new(*seeds.start());
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !seeds.contains(&seed) || !tell(seed) {
                        next.store(u64::MAX / 2, Ordering::Relaxed);
                        return;
                    }
                }
            });
        }
    });
}

#[test]
fn whatever_goes_wrong_no_store_is_sent_twice_lost_or_told_wrongly() {
    let (first, last) = match number("POILIFT_TEST_SEED") {
        Some(seed) => (seed, seed),
        None => (1, number("POILIFT_SEEDS").unwrap_or(SEEDS)),
    };
    let fired: Mutex<BTreeMap<Fault, u64>> = Mutex::default();
    let failures = Mutex::new(Vec::new());
    each(first..=last, |seed| match told(seed, None) {
        Ok(faults) => {
            let mut fired = fired.lock().unwrap();
            for (fault, times) in faults {
                *fired.entry(fault).or_default() += times;
            }
            true
        }
        Err(words) => {
            failures
                .lock()
                .unwrap()
                .push(format!("seed {seed}: {words}\n  again: POILIFT_TEST_SEED={seed} cargo test --test simulation"));
            number("POILIFT_KEEP_GOING").is_some()
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let fired = fired.into_inner().unwrap();
    let seeds = last - first + 1;
    let rarest = Fault::ALL.iter().map(|fault| (fired.get(fault).copied().unwrap_or(0), fault)).min().unwrap();
    proof(
        "simulation",
        &format!(
            "{seeds} seeds of 50 to 64 stores, {} kinds of faults, {} in all, the rarest ({:?}) {} times",
            fired.len(),
            fired.values().sum::<u64>(),
            rarest.1,
            rarest.0
        ),
    );
    if seeds >= SEEDS {
        assert!(rarest.0 >= FIRED_MIN, "{rarest:?} of {fired:#?}");
    }
}

#[test]
fn every_broken_rule_is_found() {
    let mut found = Vec::new();
    for mutant in Mutant::ALL {
        let caught = Mutex::new(None);
        each(1..=SEEDS, |seed| match told(seed, Some(mutant)) {
            Err(words) if words.contains(mutant.complaint()) => {
                caught.lock().unwrap().get_or_insert((seed, words));
                false
            }
            _ => true,
        });
        let (seed, words) = caught.into_inner().unwrap().unwrap_or_else(|| panic!("{mutant:?} was not found"));
        found.push(format!("{mutant:?} by seed {seed}"));
        println!("{mutant:?}: seed {seed}: {words}");
    }
    proof("mutants", &format!("{} of {} broken rules found: {}", found.len(), Mutant::ALL.len(), found.join(", ")));
}
