//! A platform that is away for a while, and one that bears less than was asked for: what is said, what is sent meanwhile,
//! and what the next run knows of it. The settle window is a second here: the patience is four.

use std::time::{Duration, Instant};

use crate::faults::{WINDOW_MS, resent_only_after_a_reading};
use crate::kit::{Chain, Going, House, Platform, until_true};

const BOUND: Duration = Duration::from_secs(60);

/// No connection that is made holds, from this request on and until that one.
fn away(from: u64, until: &str) -> String {
    format!("[[faults]]\nkind = \"drop_before\"\nfrom = {from}\n{until}")
}

fn sending(house: &House, platform: &Platform, flags: &str) -> Going {
    let job = format!("migrate stores.json --supplement supplement.csv {flags}");
    house.at(platform, &job).start()
}

/// What the ledger keeps of the writes' rate, a second.
fn kept(house: &House) -> i64 {
    let sql = "SELECT COALESCE((SELECT CAST(json_extract(value, '$.a_second') AS INTEGER) FROM meta WHERE key = 'pace_writes'), 0)";
    house.ledger().number(sql)
}

#[test]
fn a_short_outage_is_waited_out_by_the_run_that_meets_it() {
    let house = House::new();
    let chain = Chain::waiting(60);
    chain.save(&house);
    let platform = Platform::with_scenario(&house, &away(21, "until = 44\n"), "");
    let ended = house.migrate(&platform, "--rate 100/s --concurrency 4 --wait 30s").exits(0);
    let ended = ended.says(&["the platform does not answer", "the platform answers again"]);
    assert!(!ended.stderr.contains("nothing more was sent"), "{ended}");
    assert!(chain.ids().iter().all(|id| platform.of_store(id, "add_store").1 == 1));
    resent_only_after_a_reading(&house.ledger(), WINDOW_MS);
}

#[test]
fn while_the_platform_is_away_it_is_asked_by_readings_and_not_by_stores() {
    let house = House::new();
    Chain::waiting(200).save(&house);
    let platform = Platform::with_scenario(&house, &away(21, ""), "");
    let ended = house.migrate(&platform, "--rate 200/s --concurrency 4").exits(4);
    ended.says(&["the platform does not answer: nothing new is sent", "given up after 4 s", "given up for now"]);
    // Twenty in a row, and what was under way by then.
    let calls = platform.calls().into_iter();
    let lost = calls.filter(|call| call.endpoint == "add_store" && call.errcode.is_none()).count();
    assert!((20..=28).contains(&lost), "{lost} stores were sent into nothing");
    assert!(house.ledger().in_state("pending") >= 140, "the others are as they were");
    assert_eq!(house.ledger().in_state("in_flight"), 0);
}

#[test]
fn a_wish_to_stop_does_not_wait_for_a_platform_that_is_away() {
    let house = House::new();
    Chain::waiting(200).save(&house);
    let platform = Platform::with_scenario(&house, &away(21, ""), "");
    let job = "migrate stores.json --supplement supplement.csv --rate 200/s --concurrency 4";
    let going = house.at(&platform, job).env("POILIFT_SETTLE_WINDOW", "60s").start();
    until_true("the breaker", BOUND, || going.stderr_so_far().contains("does not answer"));
    let asked = Instant::now();
    going.signal("TERM");
    going.end().exits(4);
    assert!(asked.elapsed() < Duration::from_secs(30), "{:?}", asked.elapsed());
}

#[test]
fn what_the_platform_bore_is_where_the_next_run_begins() {
    let house = House::new();
    Chain::waiting(120).save(&house);
    let platform = Platform::with_scenario(&house, "rate_borne = 20", "");
    house.migrate(&platform, "--rate 100/s --limit 60").exits(4);
    let learned = kept(&house);
    assert!((5..=24).contains(&learned), "{learned} a second");
    let ended = house.migrate(&platform, "--rate 100/s --wait 30s").exits(0);
    ended.says(&["rate 100/s; the platform bore", "beginning there"]);
    let writes: Vec<_> = platform.calls().into_iter().filter(|call| call.endpoint == "add_store").collect();
    let second = writes.iter().rev().take(60).filter(|call| call.errcode == Some(45011)).count();
    assert!(second <= 10, "{second} of the second run's calls were refused");
}

#[test]
fn what_was_learned_survives_a_kill_and_a_lower_rate_of_the_users_wins() {
    let house = House::new();
    Chain::waiting(400).save(&house);
    let platform = Platform::with_scenario(&house, "rate_borne = 20", "");
    let going = sending(&house, &platform, "--rate 100/s");
    until_true("writes", BOUND, || platform.requests("add_store") > 25);
    until_true("something learned", BOUND, || kept(&house) > 0);
    going.signal("KILL");
    going.end();
    assert!(kept(&house) > 0);
    let ended = house.migrate(&platform, "--rate 3/s --limit 2 --wait 0s").exits(4);
    assert!(!ended.stderr.contains("beginning there"), "{ended}");
}

#[test]
fn rates_that_make_no_sense_are_refused_with_an_example_before_anything_is_asked() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "");
    for rate in ["0/s", "1e9/s", "abc", "10", "-1/s", "0/m", "20000/s"] {
        let job = format!("migrate stores.json --supplement supplement.csv --rate={rate}");
        house.at(&platform, &job).end().exits(2).says(&["rate", rate, "10/s"]);
    }
    house.at(&platform, "migrate stores.json").env("POILIFT_RATE", "0/s").end().exits(2).says(&["POILIFT_RATE", "0/s"]);
    assert_eq!(platform.stats()["requests"], 0);
}
