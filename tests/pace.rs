//! The rate, measured where it counts: at the receiver. No other test runs while this one measures; what else the machine
//! does can still hold the receiver up for some milliseconds, so that the arrivals of more than a second are read as one
//! second's. A sender that bursts does so every time: one of three measurements has to hold.

use crate::kit::{Chain, House, Platform, quiet_machine};

const WRITES: usize = 2000;
const MEASUREMENTS_MAX: usize = 3;

/// What the receiver saw: calls a second by (n − 1) ÷ (last − first), and the most in a second that begins at an arrival.
struct Seen {
    rate: f64,
    most: usize,
}

fn measure() -> Seen {
    let house = House::unshared();
    Chain::waiting(WRITES).save(&house);
    let platform = Platform::with_scenario(&house, "", "--latency 50ms --review-time 1h");
    house.migrate(&platform, "--rate 100/s").exits(4);
    let writes = platform.calls().into_iter().filter(|call| call.endpoint == "add_store");
    let mut at: Vec<f64> = writes.map(|call| call.at_ms).collect();
    at.sort_by(f64::total_cmp);
    assert_eq!(at.len(), WRITES);
    #[expect(clippy::cast_precision_loss, reason = "two thousand")]
    let rate = (WRITES - 1) as f64 * 1000.0 / (at[WRITES - 1] - at[0]);
    let in_second_from = |first: usize| at[first..].iter().take_while(|moment| **moment < at[first] + 1000.0).count();
    let most = (0..WRITES).map(in_second_from).max().unwrap();
    println!("{rate:.2} a second over {WRITES} writes, at most {most} in a second");
    Seen { rate, most }
}

#[test]
fn a_hundred_a_second_are_a_hundred_a_second_and_never_more_than_101_in_any_one() {
    let _quiet = quiet_machine();
    let holds = |seen: &Seen| (97.0..=100.5).contains(&seen.rate) && seen.most <= 101;
    assert!((0..MEASUREMENTS_MAX).any(|_| holds(&measure())), "the measurements are printed above");
}
