//! What goes wrong between a caller and the platform. Whatever it is: one effect a store, and no store is sent again
//! unless the platform said that nothing was done, or a reading made after the settle window showed it.

use crate::kit::{Chain, Ended, House, LedgerFile, Platform};

/// `POILIFT_SETTLE_WINDOW` of all runs here.
pub const WINDOW_MS: i64 = 1000;

/// So many runs of the same command are enough for any of these platforms.
const RUNS_MAX: usize = 8;

fn fault(kind: &str, share: f64) -> String {
    let writes = ["add_store", "delpoi"].map(|endpoint| {
        format!("[[faults]]\nendpoint = \"{endpoint}\"\nkind = \"{kind}\"\nshare = {share}\ndelay_ms = 600\n")
    });
    writes.concat()
}

/// Runs the same command until nothing is left to continue.
fn to_the_end(house: &House, platform: &Platform, more: &str) -> Ended {
    for _ in 0..RUNS_MAX {
        let ended = house.migrate(platform, &format!("--allow-delete --yes --wait 20s {more}"));
        if ended.code != Some(4) {
            return ended;
        }
    }
    panic!("not done after {RUNS_MAX} runs: {}", house.poilift("status").end());
}

/// A chain with deletions survives this, with exactly one effect for each store.
#[track_caller]
fn survives(kind: &str) -> (House, Platform) {
    let house = House::new();
    let chain = Chain::waiting(40).and(8, &serde_json::json!(4));
    chain.save(&house);
    let platform = Platform::with_scenario(&house, &fault(kind, 0.25), "");
    to_the_end(&house, &platform, "").exits(0);
    let befell = platform.calls().len();
    assert!(befell > 48);
    one_effect_each(&platform, &chain, 40);
    resent_only_after_a_reading(&house.ledger(), WINDOW_MS);
    (house, platform)
}

#[track_caller]
fn one_effect_each(platform: &Platform, chain: &Chain, adds: usize) {
    for (n, id) in chain.ids().iter().enumerate() {
        let (wanted, other) = if n < adds { ("add_store", "delpoi") } else { ("delpoi", "add_store") };
        assert_eq!(platform.of_store(id, wanted).1, 1, "{id} {wanted}");
        assert_eq!(platform.of_store(id, other), (0, 0), "{id} {other}");
    }
}

/// Between two intents of a store whose first outcome was lost there is a reading, asked for after the window, that
/// showed the store unchanged. Answers how many stores were sent again.
#[track_caller]
pub fn resent_only_after_a_reading(ledger: &LedgerFile, window_ms: i64) -> usize {
    let mut resent = 0;
    for (id, calls) in ledger.calls_by_store() {
        let intents: Vec<usize> = (0..calls.len()).filter(|n| calls[*n].phase == "intent").collect();
        resent += usize::from(intents.len() > 1);
        for pair in intents.windows(2) {
            let between = &calls[pair[0] + 1..pair[1]];
            let outcome = between.iter().find(|call| call.phase == "outcome");
            let outcome = outcome.unwrap_or_else(|| panic!("{id}: sent again without an outcome: {calls:?}"));
            match outcome.outcome.as_str() {
                "not_done" | "not_sent" => {}
                "lost" => {
                    let unchanged = between.iter().any(|call| {
                        let after = call.sent_at.is_some_and(|asked| asked >= outcome.at + window_ms);
                        call.phase == "reading" && call.sight == "unchanged" && after
                    });
                    assert!(unchanged, "{id}: sent again on a guess: {calls:#?}");
                }
                other => panic!("{id}: sent again although its outcome was {other}: {calls:#?}"),
            }
        }
    }
    resent
}

#[test]
fn connections_that_close_before_anything_was_done() {
    let (house, _platform) = survives("drop_before");
    assert!(resent_only_after_a_reading(&house.ledger(), WINDOW_MS) > 0, "what was not done goes again");
}

#[test]
fn connections_that_close_after_it_was_done() {
    let (house, platform) = survives("drop_after");
    assert_eq!(platform.writes(), 48, "what was done is found by reading, never by sending");
    assert_eq!(resent_only_after_a_reading(&house.ledger(), WINDOW_MS), 0);
}

#[test]
fn answers_that_end_in_the_middle() {
    let (_house, platform) = survives("truncate");
    assert_eq!(platform.writes(), 48);
}

#[test]
fn gateways_that_answer_502_for_what_was_done() {
    let (_house, platform) = survives("http_502_after");
    assert_eq!(platform.writes(), 48);
}

#[test]
fn gateways_that_answer_502_for_what_was_not_done() {
    survives("http_502_before");
}

#[test]
fn a_platform_that_says_busy_for_what_it_has_done() {
    let (_house, platform) = survives("busy_after");
    assert_eq!(platform.writes(), 48);
}

#[test]
fn a_platform_that_says_busy_and_has_done_nothing() {
    survives("busy");
}

#[test]
fn writes_that_land_late_but_within_the_window() {
    let (_house, platform) = survives("late_apply");
    assert_eq!(platform.writes(), 48, "a reading before the window has passed decides nothing");
}

#[test]
fn everything_at_once() {
    let house = House::new();
    let chain = Chain::waiting(120).and(20, &serde_json::json!(4));
    chain.save(&house);
    let platform = Platform::start(&house, "--scenario hostile --seed 3");
    let ended = to_the_end(&house, &platform, "");
    assert!(matches!(ended.code, Some(0 | 3)), "{ended}");
    resent_only_after_a_reading(&house.ledger(), WINDOW_MS);
    for (n, id) in chain.ids().iter().enumerate() {
        let (adds, deletes) = (platform.of_store(id, "add_store").1, platform.of_store(id, "delpoi").1);
        assert!(adds + deletes <= 1, "{id}: {adds} submissions and {deletes} deletions took effect");
        assert!(if n < 120 { deletes == 0 } else { adds == 0 });
    }
}

#[test]
fn an_outage_in_the_middle_is_waited_out_or_left_to_the_next_run() {
    let house = House::new();
    let chain = Chain::waiting(60);
    chain.save(&house);
    let scenario = "[[faults]]\nkind = \"drop_before\"\nfrom = 21\nuntil = 60\n";
    let platform = Platform::with_scenario(&house, scenario, "");
    to_the_end(&house, &platform, "").exits(0);
    one_effect_each(&platform, &chain, 60);
    resent_only_after_a_reading(&house.ledger(), WINDOW_MS);
}

#[test]
fn http_429_and_45011_now_and_then_are_waited_out() {
    let house = House::new();
    let chain = Chain::waiting(40);
    chain.save(&house);
    let scenario = fault("http_429", 0.1) + &fault("throttle", 0.1);
    let platform = Platform::with_scenario(&house, &scenario, "");
    to_the_end(&house, &platform, "").exits(0);
    one_effect_each(&platform, &chain, 40);
    resent_only_after_a_reading(&house.ledger(), WINDOW_MS);
}

#[test]
fn a_platform_that_bears_less_than_was_asked_for_is_called_more_slowly() {
    let house = House::new();
    let chain = Chain::waiting(150);
    chain.save(&house);
    let platform = Platform::with_scenario(&house, "rate_borne = 20", "");
    to_the_end(&house, &platform, "--rate 100/s").exits(0);
    one_effect_each(&platform, &chain, 150);
    let writes: Vec<_> = platform.calls().into_iter().filter(|call| call.endpoint == "add_store").collect();
    let refused = writes.iter().filter(|call| call.errcode == Some(45011)).count();
    assert!(refused * 2 < writes.len(), "{refused} of {} were refused", writes.len());
    let last = &writes[writes.len() - 40..];
    let seconds = (last[39].at_ms - last[0].at_ms) / 1000.0;
    assert!(39.0 / seconds < 30.0, "at the end still {:.1} a second", 39.0 / seconds);
}

#[test]
fn a_days_quota_that_is_spent_leaves_the_rest_to_be_continued() {
    let house = House::new();
    Chain::waiting(30).save(&house);
    let scenario = "[[faults]]\nendpoint = \"add_store\"\nkind = \"quota\"\nfrom = 6\n";
    let platform = Platform::with_scenario(&house, scenario, "");
    house.migrate(&platform, "--concurrency 1").exits(4);
    assert_eq!(platform.writes(), 6, "one answer is enough to know that the day is over");
    assert_eq!(house.ledger().in_state("rejected"), 0);
}
