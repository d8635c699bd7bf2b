//! A disk that fails: every file operation of a small migration fails once, and from then on, and every write is torn.
//! The run then ends with an error that says what to do, or bears it; and the same command on a sound disk ends with
//! one effect a store. The same for a run that settles what a loss of power has left open.
//!
//! `cargo test --test main disk` runs it alone; `POILIFT_TEST_DISK="once 57"` (or `on 57`, `torn 57`) runs one case.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::kit::{Chain, Ended, Failing, House, Platform, Run, Seen, Shim, Wanted, proof, report_files_are_whole};

/// Runs at the same time: each of them mostly waits, for the disk, the platform or the settle window.
const AT_ONCE: usize = 6;

/// So many cases that go wrong are enough to look into.
const WRONG_MAX: usize = 50;

/// A lost outcome is read after this; the platform here is never late.
pub const WINDOW_MS: i64 = 100;

pub const ADDS: usize = 4;

pub fn chain() -> Chain {
    Chain::waiting(ADDS).and(1, &serde_json::json!(4))
}

/// The command, with faults and without: nothing about it changes.
pub fn migration(house: &House, platform: &Platform) -> Run {
    let job = "migrate stores.json --supplement supplement.csv --allow-delete --yes --wait 20s --rate 200/s";
    house.at(platform, job).env("POILIFT_SETTLE_WINDOW", &format!("{WINDOW_MS}ms"))
}

/// What was counted over many cases.
#[derive(Debug, Default)]
struct Counts {
    failed: usize,
    borne: usize,
    again: usize,
    wrong: Vec<String>,
}

/// Where a case begins: a directory, and a platform that is there.
type Begin = dyn Fn() -> (House, Platform) + Sync;

fn at_the_start() -> (House, Platform) {
    let house = House::unshared();
    chain().save(&house);
    let platform = Platform::start(&house, "--review-time 0ms");
    (house, platform)
}

/// One case: the run with the failing disk, and the same command with a sound one. Answers what failed, whether the run bore
/// it, and how many stores were sent again.
fn case(shim: &Shim, begin: &Begin, failing: Failing) -> (Seen, bool, usize) {
    let (house, platform) = begin();
    let chain = chain();
    let wanted = Wanted { chain: &chain, adds: ADDS, window_ms: WINDOW_MS };
    let ended = shim.fails(&house, failing, migration(&house, &platform)).end();
    let seen = Seen::of(&house);
    let borne = ended.code == Some(0);
    println!("{failing:?}: {} {}: exit {:?}", seen.first.0, seen.first.1.display(), ended.code);
    report_files_are_whole(&house, chain.ids().len());
    if borne {
        let is_log = seen.first == ("create".to_owned(), house.path("poilift.db.log"));
        assert!(!is_log || ended.stderr.contains("no log file: poilift.db.log"), "{ended}");
        wanted.is_done(&house, &platform);
    } else {
        assert!(seen.failed > 0, "nothing failed, and yet {ended}");
        ends_with_clear_words(&ended, &seen);
    }
    migration(&house, &platform).end().exits(0);
    (seen, borne, wanted.is_done(&house, &platform))
}

/// What happened, to which file, and what to do next. Exit 1, or 2 for an input that could not be read, before anything was
/// sent.
#[track_caller]
fn ends_with_clear_words(ended: &Ended, seen: &Seen) {
    assert!(!ended.stderr.contains("panicked"), "{seen:?} {ended}");
    let is_input = ["poilift.toml", "stores.json", "supplement.csv"].iter().any(|name| seen.first.1.ends_with(name));
    assert_eq!(ended.code, Some(if is_input { 2 } else { 1 }), "{seen:?} {ended}");
    let error = ended.stderr.lines().find(|line| line.starts_with("error: "));
    let error = error.unwrap_or_else(|| panic!("no error is told: {seen:?} {ended}"));
    let root = seen.first.1.ancestors().find(|dir| dir.join("work").is_dir()).unwrap().to_str().unwrap();
    let names = ["poilift.db", "poilift-report", "poilift.toml", "stores.json", "supplement.csv", root];
    assert!(names.iter().any(|name| error.contains(name)), "no file is named: {seen:?} {ended}");
    assert!(ended.stderr.contains("  next: "), "{seen:?} {ended}");
}

/// Case after case, some of them at a time, until a run has fewer operations than the number of the one that is to fail.
fn until_a_run_is_clean(shim: &Shim, begin: &Begin, failing: impl Fn(u64) -> Failing + Sync) -> Counts {
    let (counts, next, clean) = (Mutex::new(Counts::default()), AtomicU64::new(1), AtomicBool::new(false));
    let work = || {
        while !clean.load(Ordering::Relaxed) {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let failing = failing(n);
            let result = catch_unwind(AssertUnwindSafe(|| case(shim, begin, failing)));
            let mut counts = counts.lock().unwrap();
            match result {
                Ok((seen, _, _)) if seen.operations < n => clean.store(true, Ordering::Relaxed),
                Ok((_, borne, again)) => {
                    counts.failed += 1;
                    counts.borne += usize::from(borne);
                    counts.again += again;
                }
                Err(_) => counts.wrong.push(format!("{failing:?}")),
            }
            // Where everything goes wrong no run is ever a clean one.
            if counts.wrong.len() > WRONG_MAX {
                clean.store(true, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    counts.into_inner().unwrap()
}

/// How the operations fail, in a word, and operation number so many that fails so.
type Way = (&'static str, fn(u64) -> Failing);

/// Every case of a run that begins like this, in these ways of failing.
fn survives(name: &str, begin: &Begin, ways: &[Way]) {
    let shim = Shim::compiled();
    if let Some(failing) = asked_for() {
        let (seen, borne, again) = case(&shim, begin, failing);
        println!("{seen:?}, borne: {borne}, sent again: {again}");
        return;
    }
    let mut all = Counts::default();
    let mut told = Vec::new();
    for (way, failing) in ways {
        let counts = until_a_run_is_clean(&shim, begin, failing);
        assert!(counts.failed > 50, "{way}: {counts:?}");
        told.push(format!("{} {way}", counts.failed));
        all.failed += counts.failed;
        all.borne += counts.borne;
        all.again += counts.again;
        all.wrong.extend(counts.wrong);
    }
    let Counts { failed, borne, again, wrong } = all;
    assert!(wrong.is_empty(), "POILIFT_TEST_DISK=\"once N\", \"on N\" or \"torn N\" repeats one: {wrong:?}");
    proof(
        name,
        &format!(
            "{failed} failing operations ({}), {borne} of them borne, the others told with exit 1 or 2; \
             {again} stores sent again after a reading, 0 sent twice, 0 lost",
            told.join(", ")
        ),
    );
}

#[test]
fn every_file_operation_fails_once_and_from_then_on_and_no_store_is_sent_twice() {
    let _machine = House::new();
    let ways: [Way; 3] =
        [("once", Failing::Once), ("from then on", Failing::FromThenOn), ("torn writes", Failing::TornWrite)];
    survives("disk", &at_the_start, &ways);
}

#[test]
fn every_file_operation_fails_while_what_an_interrupted_run_left_is_settled() {
    let _machine = House::new();
    survives("disk, after an interrupted run", &crate::power_loss::in_the_middle(), &[("once", Failing::Once)]);
}

/// The case that `POILIFT_TEST_DISK` names.
fn asked_for() -> Option<Failing> {
    let case = std::env::var("POILIFT_TEST_DISK").ok()?;
    let (how, n) = case.split_once(' ').unwrap();
    let n = n.parse().unwrap();
    Some(match how {
        "once" => Failing::Once(n),
        "on" => Failing::FromThenOn(n),
        "torn" => Failing::TornWrite(n),
        other => panic!("{other}: once, on or torn"),
    })
}

#[test]
fn a_sync_of_the_ledger_that_fails_is_noticed() {
    let _machine = House::new();
    let shim = Shim::compiled();
    let (house, platform) = at_the_start();
    shim.watches(&house, migration(&house, &platform)).end().exits(0);
    let operations = Seen::of(&house).operations;
    assert!(operations > 200, "{operations} operations were seen: SQLite or the standard library goes another way");
    // Somewhere among the operations there is a sync of the write-ahead log: the one that makes a commit durable.
    let is_sync = |seen: &Seen| seen.first.0.ends_with("sync") && seen.first.1.ends_with("work/poilift.db-wal");
    let found = (1..operations).find_map(|n| {
        let (house, platform) = at_the_start();
        let ended = shim.fails(&house, Failing::Once(n), migration(&house, &platform)).end();
        is_sync(&Seen::of(&house)).then_some(ended)
    });
    found.unwrap().exits(1).says(&["poilift.db", "disk I/O error"]);
}
