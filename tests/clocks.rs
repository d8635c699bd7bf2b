//! A machine's clock that was set back or forward between two runs. What a clock did is written into the ledger instead: a
//! clock that was set forward by an hour is a ledger whose moments lie an hour further back than they happened.

use std::path::Path;
use std::time::Duration;

use crate::kit::{Chain, Ended, House, Platform, proof, rewrite, until_true};

const JOB: &str = "migrate stores.json --supplement supplement.csv";

const HOUR_MS: i64 = 3_600_000;

/// Longer than a run takes to begin, so that an answer read too early is seen to be.
const WINDOW: Duration = Duration::from_secs(4);

/// Every moment of the ledger lies so much later.
fn shift(house: &House, millis: i64) {
    let columns = [
        ("runs", "started_at"),
        ("runs", "ended_at"),
        ("inputs", "at"),
        ("fills", "at"),
        ("calls", "at"),
        ("calls", "sent_at"),
        ("passes", "asked_at"),
        ("passes", "ended_at"),
    ];
    let of_stores = ["read_at", "last_at", "settles_from", "sent_at", "settled_at", "updated_at"];
    let all = columns.into_iter().chain(of_stores.map(|column| ("stores", column)));
    let mut sql: Vec<String> =
        all.map(|(table, column)| format!("UPDATE {table} SET {column} = {column} + {millis}")).collect();
    sql.push(format!(
        "UPDATE meta SET value = json_set(value, '$.reading.wall', json_extract(value, '$.reading.wall') + {millis}) \
         WHERE key = 'clock'"
    ));
    rewrite(&house.path("poilift.db"), &sql.join(";\n"));
}

fn run(house: &House, platform: &Platform, command: &str) -> Ended {
    house.at(platform, command).env("POILIFT_SETTLE_WINDOW", "4s").end()
}

#[test]
fn a_clock_set_back_far_is_refused_before_anything_is_asked() {
    let house = House::new();
    Chain::waiting(6).save(&house);
    let platform = Platform::start(&house, "");
    run(&house, &platform, &format!("{JOB} --limit 2")).exits(4);
    shift(&house, HOUR_MS);
    let before = platform.stats()["requests"].clone();
    let mut refused = 0;
    for command in [JOB, "apply", "watch --timeout 1s", "reconcile", &format!("{JOB} --dry-run")] {
        let ended = run(&house, &platform, command).exits(2);
        ended.says(&["the clock says 20", "was written as late as 20", "+08:00", "--trust-clock", "nothing was sent"]);
        refused += 1;
    }
    assert_eq!(platform.stats()["requests"], before, "something was asked or sent");
    // What reads the ledger alone, or plans from files alone, is nobody's danger.
    for command in ["status", "report", "why 400000001"] {
        house.poilift(command).end().exits(0);
    }
    house.at(&platform, JOB).env("LC_ALL", "zh_CN.UTF-8").end().exits(2).says(&["本机时间为 20", "--trust-clock"]);
    // A person's word is enough, once.
    let ended = run(&house, &platform, &format!("{JOB} --trust-clock --wait 20s")).exits(0);
    assert!(!ended.stdout.contains("--trust-clock"), "{ended}");
    run(&house, &platform, JOB).exits(0);
    assert_eq!(platform.writes(), 6);
    let summary = house.poilift("status --format json").end().exits(0).json();
    assert_eq!(summary["upgrade_complete"], true, "what the wrong clock wrote down is older than the last reading");
    proof("clocks set back", &format!("{refused} commands refused, and gone on with once a person trusted the clock"));
}

#[test]
fn a_clock_set_back_by_half_a_minute_is_taken_as_it_is() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "");
    run(&house, &platform, &format!("{JOB} --limit 1")).exits(4);
    shift(&house, 30_000);
    run(&house, &platform, &format!("{JOB} --wait 20s")).exits(0);
    assert_eq!(platform.writes(), 3);
}

/// A run whose only answer was lost, although nothing was done, ended before its settle window did.
fn lost_answer() -> (House, Platform) {
    let house = House::new();
    Chain::waiting(1).save(&house);
    let scenario = "[[faults]]\nendpoint = \"add_store\"\nkind = \"drop_before\"\nfrom = 1\nuntil = 1\n";
    let platform = Platform::with_scenario(&house, scenario, "");
    let mut going = house.at(&platform, JOB).env("POILIFT_SETTLE_WINDOW", "4s").start();
    let lost = || platform.writes() > 0 && house.ledger().in_state("unknown") == 1;
    until_true("the lost answer", Duration::from_secs(30), lost);
    going.kill();
    (house, platform)
}

/// The store is sent again only once the window has passed by the platform's own clock.
#[track_caller]
fn is_sent_again_in_time(house: &House, platform: &Platform, preload: Option<&Path>) {
    let mut run = house.at(platform, &format!("{JOB} --wait 20s")).env("POILIFT_SETTLE_WINDOW", "4s");
    if let Some(library) = preload {
        run = run.env("LD_PRELOAD", library.to_str().unwrap()).env("FAKETIME", "+3600");
        run = run.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
    run.end().exits(0);
    let sent: Vec<f64> =
        platform.calls().iter().filter(|call| call.endpoint == "add_store").map(|call| call.at_ms).collect();
    assert_eq!(sent.len(), 2, "lost, read as unchanged, sent again");
    let apart = sent[1] - sent[0];
    assert!(apart >= WINDOW.as_secs_f64() * 1000.0, "sent again after {apart} ms, on a reading that was too early");
}

#[test]
fn a_clock_set_forward_lets_no_window_seem_to_have_passed() {
    let (house, platform) = lost_answer();
    shift(&house, -HOUR_MS);
    is_sent_again_in_time(&house, &platform, None);
}

#[test]
fn a_clock_set_forward_twice_lets_none_seem_to_have_passed_either() {
    let (house, platform) = lost_answer();
    shift(&house, -HOUR_MS);
    // A session that ends before it can settle anything.
    run(&house, &platform, &format!("{JOB} --dry-run")).exits(0);
    shift(&house, -HOUR_MS);
    is_sent_again_in_time(&house, &platform, None);
}

#[test]
fn on_another_machine_whose_clock_is_ahead_windows_begin_anew() {
    let (house, platform) = lost_answer();
    shift(&house, -HOUR_MS);
    let elsewhere = "UPDATE meta SET value = json_set(value, '$.reading.machine', 'another', '$.reading.boot', 'another') \
                     WHERE key = 'clock'";
    rewrite(&house.path("poilift.db"), elsewhere);
    is_sent_again_in_time(&house, &platform, None);
}

#[test]
fn the_same_with_a_wall_clock_that_was_really_set_forward() {
    let library = ["x86_64-linux-gnu", "aarch64-linux-gnu", ""]
        .map(|arch| Path::new("/usr/lib").join(arch).join("faketime/libfaketime.so.1"))
        .into_iter()
        .find(|library| library.exists());
    let Some(library) = library else {
        proof("clocks, by libfaketime", "SKIPPED, because there is no libfaketime on this machine");
        return;
    };
    let (house, platform) = lost_answer();
    is_sent_again_in_time(&house, &platform, Some(&library));
    let ledger = house.ledger();
    let later = ledger.number("SELECT MAX(at) - MIN(at) FROM calls WHERE phase = 'intent'");
    assert!(later > HOUR_MS, "the second run's clock was not an hour ahead: {later} ms");
    proof("clocks, by libfaketime", "1 window held although the wall clock was an hour ahead");
}
