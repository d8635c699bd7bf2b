//! SIGINT, SIGTERM and SIGHUP: what is in flight is finished and written down; a second SIGINT ends it at once.

use std::time::{Duration, Instant};

use crate::kit::{Chain, Ended, Going, House, Platform, until, until_true};

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

/// A run is interrupted once it has come so far; it ends within this, whatever it was waiting for.
const REACTION: Duration = Duration::from_secs(2);

/// The run has to end with 4 within [`REACTION`] of the signal.
fn reacts(going: Going) -> Ended {
    let begun = Instant::now();
    going.signal("INT");
    let ended = going.end().exits(4);
    assert!(begun.elapsed() < REACTION, "{:?}\n{ended}", begun.elapsed());
    ended
}

const JOB: &str = "migrate stores.json --supplement supplement.csv";

#[test]
fn a_sigint_while_the_list_is_read_ends_after_the_page_under_way() {
    let house = House::new();
    Chain::waiting(200).save(&house);
    let platform = Platform::start(&house, "--latency 300ms");
    let going = house.at(&platform, JOB).start();
    until_true("a page of the list", BOUND, || platform.requests("getpoilist") > 0);
    reacts(going);
    assert_eq!(platform.writes(), 0);
}

#[test]
fn a_sigint_in_the_settle_window_leaves_the_outcome_to_the_next_run() {
    let house = House::new();
    let chain = Chain::waiting(2);
    chain.save(&house);
    let scenario = "[[faults]]\nendpoint = \"add_store\"\nkind = \"drop_after\"\nfrom = 1\nuntil = 2\n";
    let platform = Platform::with_scenario(&house, scenario, "");
    let going = house.at(&platform, &format!("{JOB} --rate 50/s")).env("POILIFT_SETTLE_WINDOW", "1h").start();
    until_true("lost outcomes", BOUND, || platform.writes() == 2 && house.ledger().in_state("unknown") == 2);
    reacts(going);
    assert_eq!(house.ledger().in_state("unknown"), 2);
    // The same command goes on, once the window allows it.
    house.migrate(&platform, "--wait 30s").exits(0);
    assert!(chain.ids().iter().all(|id| platform.of_store(id, "add_store") == (1, 1)));
}

#[test]
fn a_sigint_while_a_turn_is_awaited_sends_nothing_more() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "");
    let going = house.at(&platform, &format!("{JOB} --rate 1/m")).start();
    // The first write has no other before it, and leaves at once; the second one waits.
    until_true("an intent", BOUND, || platform.writes() == 1 && house.ledger().in_state("in_flight") == 1);
    reacts(going);
    assert_eq!((platform.writes(), house.ledger().in_state("in_flight")), (1, 0));
}

#[test]
fn a_sigint_inside_watch_ends_the_watching() {
    let house = House::new();
    Chain::waiting(2).save(&house);
    let platform = Platform::start(&house, "--review-time 1h");
    house.migrate(&platform, "--rate 50/s").exits(4);
    let before = platform.requests("getpoilist");
    let going = house.at(&platform, "watch").start();
    until_true("a reading", BOUND, || platform.requests("getpoilist") > before);
    reacts(going);
}

#[test]
fn a_sigint_between_two_tries_of_a_platform_that_is_down_is_not_kept_waiting() {
    let house = House::new();
    Chain::waiting(2).save(&house);
    let mut platform = Platform::start(&house, "");
    platform.stop();
    let going = house.at(&platform, JOB).start();
    // The first tries fail at once; the pause after the third is two seconds long.
    until_true("the tries", BOUND, || house.has("poilift.db.log"));
    std::thread::sleep(Duration::from_millis(1_800));
    reacts(going);
}

#[test]
fn a_sigint_while_a_command_fetches_the_token_ends_the_command_too() {
    let house = House::new();
    Chain::waiting(2).save(&house);
    let platform = Platform::start(&house, "");
    house.write("poilift.toml", "access_token_command = \"touch asked; exec sleep 9\"\n");
    let going = house.at(&platform, JOB).env_remove("POILIFT_SECRET").start();
    until_true("the command", BOUND, || house.has("asked"));
    reacts(going).says(&["stopped on request"]);
    assert_eq!(platform.writes(), 0);
}

/// Waits on a terminal until the question before the first write is there.
fn asked(house: &House, platform: &Platform) -> Going {
    Chain::waiting(2).save(house);
    let going = house.at(platform, &format!("{JOB} --rate 50/s --wait 30s")).on_a_terminal().start();
    until_true("the question", BOUND, || going.stderr_so_far().contains("[y/N]"));
    going
}

fn platform_for_questions(house: &House) -> Platform {
    Chain::waiting(2).save(house);
    Platform::start(house, "")
}

#[test]
fn a_sigint_at_the_question_is_no_yes_and_waits_for_no_enter() {
    let house = House::new();
    let platform = platform_for_questions(&house);
    reacts(asked(&house, &platform)).says(&["stopped on request"]);
    assert_eq!(platform.writes(), 0);
}

#[test]
fn a_second_sigint_at_the_question_ends_it_at_once_with_130() {
    let house = House::new();
    let platform = platform_for_questions(&house);
    let mut going = asked(&house, &platform);
    until("the end", BOUND, || going.is_running().then(|| going.signal("INT")).is_none().then_some(()));
    assert_eq!(going.end().code, Some(130));
    assert_eq!(platform.writes(), 0);
}

#[test]
fn sigusr1_is_answered_while_the_question_stands_and_a_yes_is_still_a_yes() {
    let house = House::new();
    let platform = platform_for_questions(&house);
    let mut going = asked(&house, &platform);
    going.signal("USR1");
    until_true("the status line", BOUND, || going.stderr_so_far().contains("waits for an answer on its terminal"));
    going.type_line("y");
    going.end().exits(0);
    assert_eq!(platform.writes(), 2);
}
