//! SIGKILL at random moments: 200 migrations of 50 stores, each killed at least once, mostly while it sends, some again
//! while they recover, half of them at a platform that loses a quarter of the writes besides; then the same command to
//! the end. Nothing is sent on a guess, nothing is lost.
//!
//! `POILIFT_TEST_SEED` repeats a run or makes another; `POILIFT_TEST_KILL_RUNS` says how many migrations.

use std::time::Duration;

use serde_json::json;

use crate::agreement::{Counts, all_agree};
use crate::faults::{WINDOW_MS, resent_only_after_a_reading};
use crate::kit::{Chain, Dice, House, LedgerFile, Platform, proof, setting, side_by_side, until_true};

const RUNS: u64 = 200;

/// Of each migration.
const ADDS: usize = 40;
const DELETIONS: usize = 10;

/// Most of a migration is waiting.
const AT_ONCE: usize = 8;

/// One kill in so many falls anywhere before the first write of its run; the others fall while it sends.
const EARLY_ONE_IN: u64 = 10;

/// One recovery in so many is killed, too, and of those again as many.
const RECOVERY_KILLED_ONE_IN: u64 = 3;

/// So many of a hundred first kills have to hit while an intent was open, that is, in the middle of a request.
const HITS_PERCENT_MIN: usize = 60;

/// Fifty requests take a second and a quarter, and about six of them are under way at once.
const JOB: &str = "migrate stores.json --supplement supplement.csv --allow-delete --yes --rate 40/s --concurrency 8 \
                   --wait 60s";
const FLAGS: &str = "--latency 150ms --review-time 500ms";

/// What every second platform does to the writes besides.
const LOSSES: [(&str, f64); 3] = [("drop_before", 0.1), ("drop_after", 0.1), ("late_apply", 0.05)];

/// Such a platform, as a scenario.
fn losses() -> String {
    let of = |endpoint: &str| {
        LOSSES.map(|(kind, share)| {
            format!("[[faults]]\nendpoint = \"{endpoint}\"\nkind = \"{kind}\"\nshare = {share}\ndelay_ms = 500\n")
        })
    };
    ["add_store", "delpoi"].map(|endpoint| of(endpoint).concat()).concat()
}

/// The sending of a run lasts about so long; a recovery, which waits for the window and may send the rest.
const SENDING_MS: u64 = 1_300;
const RECOVERY_MS: u64 = 3_000;

/// What a migration went through.
#[derive(Debug, Default)]
struct Killed {
    /// The intents that were open at each kill.
    open: Vec<i64>,
    /// How many of the kills hit a recovery.
    recoveries: usize,
    counts: Counts,
}

/// When a run is killed.
enum Kill {
    /// So long after it was started.
    AfterStart(u64),
    /// So long after it began to send.
    WhileSending(u64),
}

/// Starts a run and kills it; answers how many intents of that very run were open then, `None` if it had ended before.
fn kill_once(house: &House, platform: &Platform, kill: &Kill) -> Option<i64> {
    let runs_before = runs(house);
    let mut going = house.at(platform, JOB).start();
    let pause = match kill {
        Kill::AfterStart(pause) => pause,
        Kill::WhileSending(pause) => {
            let begun = || going.stderr_so_far().contains("sending for");
            until_true("the sending of the run", Duration::from_secs(60), begun);
            pause
        }
    };
    // The moment itself is what is drawn; this is no waiting for something.
    std::thread::sleep(Duration::from_millis(*pause));
    if !going.is_running() {
        going.end().exits(0);
        return None;
    }
    going.kill();
    Some(if runs(house) == runs_before { 0 } else { house.ledger().number(OPEN_INTENTS_OF_THE_LAST_RUN) })
}

const OPEN_INTENTS_OF_THE_LAST_RUN: &str = "SELECT COUNT(*) FROM stores JOIN calls ON store_id = stores.id \
     WHERE state = 'in_flight' AND phase = 'intent' AND attempt = attempts AND run_id = (SELECT MAX(id) FROM runs)";

/// How many runs the ledger knows; a process that is killed early has left none, or a file without tables.
fn runs(house: &House) -> i64 {
    let tables = "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'runs'";
    if !house.has("poilift.db") || house.ledger().number(tables) == 0 {
        return 0;
    }
    house.ledger().number("SELECT COUNT(*) FROM runs")
}

/// One migration: killed, perhaps killed again in its recovery, then run to its end.
fn killed_and_brought_to_its_end(seed: u64) -> Killed {
    let mut dice = Dice::of(seed);
    let house = House::new();
    let chain = Chain::waiting(ADDS).and(DELETIONS, &json!(4));
    chain.save(&house);
    let losses = if seed.is_multiple_of(2) { losses() } else { String::new() };
    let platform = Platform::with_scenario(&house, &losses, &format!("{FLAGS} --seed {seed}"));
    let mut killed = Killed::default();
    let early = dice.below(EARLY_ONE_IN) == 0;
    let first = if early { Kill::AfterStart(dice.below(800)) } else { Kill::WhileSending(dice.below(SENDING_MS)) };
    killed.open.extend(kill_once(&house, &platform, &first));
    while dice.below(RECOVERY_KILLED_ONE_IN) == 0 {
        let again = kill_once(&house, &platform, &Kill::AfterStart(dice.below(RECOVERY_MS)));
        killed.recoveries += usize::from(again.is_some());
        killed.open.extend(again);
    }
    house.at(&platform, JOB).end().exits(0);
    killed.counts = all_agree(&house, &platform, &chain, ADDS, WINDOW_MS);
    killed
}

#[test]
fn killed_at_random_moments_every_migration_ends_with_one_effect_a_store() {
    let first = Dice::seed();
    let seeds: Vec<u64> = (first..first + setting("POILIFT_TEST_KILL_RUNS", RUNS)).collect();
    println!("seeds {first} and up");
    let killed = side_by_side(&seeds, AT_ONCE, |seed| killed_and_brought_to_its_end(*seed));

    let (mut all, mut open) = (Counts::default(), Vec::new());
    for one in &killed {
        all += one.counts;
        open.extend(&one.open);
    }
    let recoveries: usize = killed.iter().map(|one| one.recoveries).sum();
    let hits = open.iter().filter(|n| **n > 0).count();
    let intents: i64 = open.iter().sum();
    proof(
        "SIGKILL",
        &format!(
            "{} runs of {} stores, {} kills, {recoveries} of them in a recovery; {hits} hit with an intent open, {intents} \
             intents in all; {} requests of {} stores, {} outcomes lost, {} sent again after a reading",
            seeds.len(),
            ADDS + DELETIONS,
            open.len(),
            all.requests,
            seeds.len() * (ADDS + DELETIONS),
            all.lost,
            all.resent
        ),
    );
    assert!(hits * 100 >= seeds.len() * HITS_PERCENT_MIN, "only {hits} kills hit with an intent open");
    assert!(seeds.len() < 20 || recoveries > 0, "no recovery was killed");
}

#[test]
fn the_embedded_platform_is_found_as_it_was_left() {
    let house = House::new();
    Chain::waiting(150).save(&house);
    let job = "migrate stores.json --supplement supplement.csv --sandbox --wait 60s";
    let mut going = house.poilift(job).start();
    until_true("the sending", Duration::from_secs(60), || going.stderr_so_far().contains("sending for"));
    std::thread::sleep(Duration::from_millis(300));
    going.kill();
    let ledger = || LedgerFile::copied(&house.path("poilift.sandbox.db"));
    let sent_before = ledger().number("SELECT COUNT(*) FROM calls WHERE phase = 'intent'");
    assert!((1..150).contains(&sent_before), "{sent_before} were sent: not in the middle");
    let ended = house.poilift(job).end();
    assert!(matches!(ended.code, Some(0 | 3)), "{ended}");
    resent_only_after_a_reading(&ledger(), 2000);
    let refused = ledger().number("SELECT COUNT(*) FROM calls WHERE outcome = 'refused'");
    assert_eq!(refused, 0, "what was sent before is not met by the platform's duplicate codes");
}
