//! SIGINT, SIGTERM and SIGHUP: what is in flight is finished and written down; a second SIGINT ends it at once.

use std::time::Duration;

use crate::kit::{Chain, Going, House, Platform, until, until_true};

const BOUND: Duration = Duration::from_secs(60);

fn sending(house: &House, platform: &Platform, flags: &str) -> Going {
    let job = format!("migrate stores.json --supplement supplement.csv --wait 60s {flags}");
    let going = house.at(platform, &job).start();
    until_true("the first write", BOUND, || platform.writes() > 0);
    going
}

/// The signal in the middle of the sending: exit 4, nothing in flight, the way on, and the same command goes on.
fn stops_cleanly(signal: &str) {
    let house = House::new();
    let chain = Chain::waiting(60);
    chain.save(&house);
    let platform = Platform::start(&house, "--latency 100ms");
    let going = sending(&house, &platform, "--rate 20/s");
    going.signal(signal);
    let ended = going.end().exits(4);
    let last = ended.stdout.trim_end().lines().next_back().unwrap_or_default();
    assert!(last.contains("poilift migrate stores.json"), "the command to resume\n{ended}");
    let ledger = house.ledger();
    assert_eq!(ledger.in_state("in_flight"), 0, "what was in flight is written down");
    assert!(ledger.in_state("pending") > 0, "it was in the middle");
    assert_eq!(ledger.number("SELECT exit_code FROM runs"), 4);
    house.migrate(&platform, "--wait 60s").exits(0);
    assert!(chain.ids().iter().all(|id| platform.of_store(id, "add_store") == (1, 1)));
}

#[test]
fn a_first_sigint_finishes_what_is_in_flight_and_says_how_to_go_on() {
    stops_cleanly("INT");
}

#[test]
fn sigterm_does_the_same() {
    stops_cleanly("TERM");
}

#[test]
fn sighup_does_the_same() {
    stops_cleanly("HUP");
}

#[test]
fn a_second_sigint_stops_at_once_and_the_next_run_settles_what_was_in_flight() {
    let house = House::new();
    let chain = Chain::waiting(6);
    chain.save(&house);
    let platform = Platform::start(&house, "--latency 2s");
    let mut going = sending(&house, &platform, "--rate 5/s");
    until("the end", BOUND, || going.is_running().then(|| going.signal("INT")).is_none().then_some(()));
    assert_eq!(going.end().code, Some(130));
    assert!(house.ledger().in_state("in_flight") > 0);
    house.migrate(&platform, "--rate 100/s --wait 60s").exits(0);
    assert!(chain.ids().iter().all(|id| platform.of_store(id, "add_store") == (1, 1)));
}

#[test]
fn a_sigint_while_reviews_are_waited_for_ends_the_waiting() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "--review-time 1h");
    let going = house.at(&platform, "migrate stores.json --supplement supplement.csv --wait 1h").start();
    until_true("readings after the writes", BOUND, || platform.writes() == 3 && platform.requests("getpoilist") > 2);
    going.signal("INT");
    going.end().exits(4);
    assert_eq!(house.ledger().in_state("in_review"), 3);
}
