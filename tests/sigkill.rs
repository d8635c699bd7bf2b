//! SIGKILL, twenty times at random, of one migration of 2,000 stores; then the same command to the end. Nothing is sent
//! on a guess, nothing is lost.

use std::time::Duration;

use crate::faults::{WINDOW_MS, resent_only_after_a_reading};
use crate::kit::{Chain, House, LedgerFile, Platform, proof, until_true};

const STORES: usize = 2000;
const KILLS: usize = 20;

/// Of the kills that have to hit while an intent was open, that is, in the middle of a request.
const HITS_MIN: usize = 15;

/// One kill in so many falls anywhere before the first write of its run; the others fall while it sends.
const EARLY_ONE_IN: u64 = 10;

/// A generator with a seed that is printed: `POILIFT_TEST_SEED` repeats a run.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let seed = std::env::var("POILIFT_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        Self(seed.unwrap_or(20_261_124))
    }

    /// Below `n` (splitmix64).
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }
}

const JOB: &str = "--rate 300/s --wait 60s";

/// Starts a run and kills it at a random moment; answers how many intents of that very run were open then.
fn kill_once(house: &House, platform: &Platform, dice: &mut Dice) -> i64 {
    let early = dice.below(EARLY_ONE_IN) == 0;
    let runs_before = runs(house);
    let job = format!("migrate stores.json --supplement supplement.csv {JOB}");
    let mut going = house.at(platform, &job).start();
    if !early {
        let started = || going.stderr_so_far().contains("sending for");
        until_true("the sending of the run", Duration::from_secs(60), started);
    }
    // The moment itself is what is drawn; this is no waiting for something.
    std::thread::sleep(Duration::from_millis(dice.below(if early { 800 } else { 400 })));
    going.kill();
    if runs(house) == runs_before { 0 } else { house.ledger().number(OPEN_INTENTS_OF_THE_LAST_RUN) }
}

const OPEN_INTENTS_OF_THE_LAST_RUN: &str = "SELECT COUNT(*) FROM stores JOIN calls ON store_id = stores.id \
     WHERE state = 'in_flight' AND phase = 'intent' AND attempt = attempts AND run_id = (SELECT MAX(id) FROM runs)";

/// How many runs the ledger knows.
fn runs(house: &House) -> i64 {
    if house.has("poilift.db") { house.ledger().number("SELECT COUNT(*) FROM runs") } else { 0 }
}

#[test]
fn twenty_kills_at_random_moments_send_no_store_twice_and_lose_none() {
    let house = House::new();
    let chain = Chain::waiting(STORES);
    chain.save(&house);
    let platform = Platform::with_scenario(&house, "", "--latency 20ms --review-time 500ms");
    let mut dice = Dice::new();
    println!("seed {}", dice.0);
    let open: Vec<i64> = (0..KILLS).map(|_| kill_once(&house, &platform, &mut dice)).collect();
    let hits = open.iter().filter(|n| **n > 0).count();
    println!("intents open at each kill: {open:?}; {hits} of {KILLS} hit with an intent open");
    let sent_before_the_end = platform.writes();
    house.migrate(&platform, JOB).exits(0);

    assert!(hits >= HITS_MIN, "{hits} of {KILLS} kills hit with an intent open");
    assert!(
        sent_before_the_end < STORES as u64 + open.iter().sum::<i64>().unsigned_abs(),
        "the last kill came too late"
    );
    let ledger = house.ledger();
    let resent = resent_only_after_a_reading(&ledger, WINDOW_MS);
    let counts = Counts::of(&ledger, &platform, &chain);
    println!("{counts:?}, {resent} stores with a second attempt");
    proof("SIGKILL, one large migration", &format!("{KILLS} kills of {STORES} stores, {hits} with an intent open"));
    assert_eq!(ledger.in_state("upgraded"), i64::try_from(STORES).unwrap());
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

/// What the ledger and the platform agree on, store by store.
#[derive(Debug, Default)]
struct Counts {
    requests: u64,
    intents: usize,
    lost: usize,
    not_done: usize,
    unchanged: usize,
}

impl Counts {
    fn of(ledger: &LedgerFile, platform: &Platform, chain: &Chain) -> Self {
        let (stats, calls) = (platform.stats(), ledger.calls_by_store());
        let attempts = ledger.pairs("SELECT poi_id, attempts FROM stores");
        let mut all = Self::default();
        for id in chain.ids() {
            let calls = &calls[&id];
            let count = |test: &dyn Fn(&crate::kit::Call) -> bool| calls.iter().filter(|call| test(call)).count();
            let intents = count(&|call| call.phase == "intent");
            let not_done = count(&|call| call.phase == "outcome" && call.outcome == "not_done");
            let not_sent = count(&|call| call.phase == "outcome" && call.outcome == "not_sent");
            let lost = count(&|call| call.phase == "outcome" && call.outcome == "lost");
            let unchanged = count(&|call| call.phase == "reading" && call.sight == "unchanged");
            let counts = &stats["stores"][&id]["add_store"];
            let requests = counts["requests"].as_u64().unwrap();
            assert_eq!(counts["effects"], 1, "{id}");
            assert!(requests <= (1 + not_done + unchanged) as u64, "{id}: {requests} requests: {calls:#?}");
            assert!(requests <= intents as u64, "{id}: a request without an intent: {calls:#?}");
            assert!(intents <= 1 + not_done + not_sent + unchanged, "{id}: {calls:#?}");
            assert_eq!(usize::try_from(attempts[&id]).unwrap(), intents, "{id}: attempts and intents");
            assert_eq!(
                count(&|call| call.phase == "outcome"),
                intents,
                "{id}: every intent has an outcome: {calls:#?}"
            );
            all.requests += requests;
            all.intents += intents;
            all.lost += lost;
            all.not_done += not_done;
            all.unchanged += unchanged;
        }
        all
    }
}
