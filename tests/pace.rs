//! The rate, measured where it counts: at the receiver. No other test runs while this one measures.

use crate::kit::{Chain, House, Platform, quiet_machine};

const WRITES: usize = 2000;

#[test]
fn a_hundred_a_second_are_a_hundred_a_second_and_never_more_than_101_in_any_one() {
    let _quiet = quiet_machine();
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
    let in_the_second_from =
        |first: usize| at[first..].iter().take_while(|moment| **moment < at[first] + 1000.0).count();
    let most = (0..WRITES).map(in_the_second_from).max().unwrap();
    println!("{rate:.2} a second over {WRITES} writes, at most {most} in a second");
    assert!((97.0..=100.5).contains(&rate), "{rate:.2} a second");
    assert!(most <= 101, "{most} arrivals in one second");
}
