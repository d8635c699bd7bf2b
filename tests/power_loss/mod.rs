//! Power goes off: what was not synced is forgotten. One migration is recorded, with every write, sync and request; then the
//! disk and the platform are built again as they were at every sync, and just before it, and the same command goes on there.
//! The same for a run that settles what an earlier loss of power has left, and for one that comes after failed syncs.
//!
//! SIGKILL cannot show this: the system keeps what a killed process has written. `cargo test --test main power_loss` runs it
//! alone; `POILIFT_TEST_SEED` draws other remains, `POILIFT_TEST_VARIANTS=20` so many of them for each moment.

mod platter;
mod recording;
mod trace;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use self::platter::{Left, Obeys};
use self::recording::{Recording, Remains, intents, platform_that_knows};
use self::trace::Event;
use crate::disk::{ADDS, WINDOW_MS, chain, migration};
use crate::kit::{Dice, Failing, House, Platform, Wanted, proof};

/// Runs at the same time: each of them mostly waits.
const AT_ONCE: usize = 6;

/// The second request is lost on its way, the third one's answer on its way back: both kinds of settling are in the record.
const LOSSES: &str = "[[faults]]\nendpoint = \"add_store\"\nkind = \"drop_before\"\nfrom = 2\nuntil = 2\n\
                      [[faults]]\nendpoint = \"add_store\"\nkind = \"drop_after\"\nfrom = 3\nuntil = 3\n";

/// The same command, on what the loss of power has left; answers how many stores were sent again.
fn goes_on(recording: &Recording, remains: &Remains) -> usize {
    let (house, platform) = found(remains);
    let forgotten = recording.forgotten(remains.moment, &intents(&house));
    assert_eq!(forgotten, 0, "a request has left, and its intent is forgotten");
    migration(&house, &platform).end().exits(0);
    Wanted { chain: &chain(), adds: ADDS, window_ms: WINDOW_MS }.is_done(&house, &platform)
}

/// Disk and platform once power is back.
fn found(remains: &Remains) -> (House, Platform) {
    let house = remains.image.lay_out();
    let platform = platform_that_knows(&house, &remains.journal, "", "");
    (house, platform)
}

/// Whatever may be found after a loss of power in this run, the same command brings to its end.
fn survives(name: &str, recording: &Recording) {
    let remains = recording.remains();
    let number = remains.len();
    let (open, again, wrong) = (Mutex::new(remains), Mutex::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let Some(remains) = open.lock().unwrap().pop() else { return };
            match catch_unwind(AssertUnwindSafe(|| goes_on(recording, &remains))) {
                Ok(n) => *again.lock().unwrap() += n,
                Err(_) => wrong.lock().unwrap().push(format!("{:?} left at event {}", remains.left, remains.moment)),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let (again, wrong) = (again.into_inner().unwrap(), wrong.into_inner().unwrap());
    assert!(wrong.is_empty(), "POILIFT_TEST_SEED={}: {wrong:#?}", Dice::seed());
    let (syncs, events, requests) = (recording.syncs().len(), recording.events.len(), recording.requests.len());
    proof(
        name,
        &format!(
            "{number} different remains at {syncs} moments around the syncs of a run of {events} events and {requests} \
             writing requests, seed {}; {again} stores sent again after a reading, 0 sent twice, 0 lost",
            Dice::seed()
        ),
    );
}

/// A house and its platform in the middle of a migration, for tests of what else may go wrong then.
pub fn in_the_middle() -> impl Fn() -> (House, Platform) {
    let remains = Recording::from_the_start(LOSSES, Obeys::Syncs).busiest();
    move || found(&remains)
}

#[test]
fn what_was_not_synced_is_forgotten_and_no_store_is_sent_twice_or_lost() {
    let _machine = House::new();
    survives("power loss", &Recording::from_the_start(LOSSES, Obeys::Syncs));
}

#[test]
fn power_that_goes_off_again_while_an_interrupted_run_is_settled_changes_nothing() {
    let _machine = House::new();
    let recording = Recording::that_goes_on(&Recording::from_the_start(LOSSES, Obeys::Syncs).busiest(), LOSSES);
    assert_eq!(recording.forgotten_at_any_moment(Left::Nothing), 0);
    survives("power loss, a second time", &recording);
}

#[test]
fn what_a_failed_sync_has_lost_is_not_what_the_next_run_builds_on() {
    let _machine = House::new();
    let (next, clean, wrong) = (AtomicU64::new(1), AtomicBool::new(false), Mutex::new(Vec::new()));
    let work = || {
        while !clean.load(Ordering::Relaxed) {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let recording = Recording::with_a_failure(Failing::SyncsFrom(n));
            if !recording.events.iter().any(|event| matches!(event, Event::SyncFailed { .. })) {
                clean.store(true, Ordering::Relaxed);
            }
            if recording.forgotten_at_any_moment(Left::Nothing) > 0 {
                wrong.lock().unwrap().push(n);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "syncs fail from number {wrong:?} on, and the next run's intents can be forgotten");
    let syncs = next.load(Ordering::Relaxed);
    assert!(syncs > 20, "{syncs} syncs");
    let counts =
        format!("syncs fail from each of {syncs} on in one run, and the next one's intents survive all the same");
    proof("power loss, after failed syncs", &counts);
}

#[test]
fn at_no_moment_a_request_has_left_whose_intent_could_be_forgotten() {
    let _machine = House::new();
    assert_eq!(Recording::from_the_start(LOSSES, Obeys::Syncs).forgotten_at_any_moment(Left::Nothing), 0);
}

#[test]
fn the_record_is_whole_what_is_replayed_is_what_lies_on_the_disk() {
    let _machine = House::new();
    let recording = Recording::from_the_start(LOSSES, Obeys::Syncs);
    let Recording { house, events, requests, .. } = &recording;
    let image = recording.at(events.len()).fails(Left::Everything);
    for (path, bytes) in &image.files {
        let there = std::fs::read(house.root().join(path));
        assert_eq!(there.unwrap_or_else(|error| panic!("{}: {error}", path.display())), *bytes, "{}", path.display());
    }
    let there = house.names().iter().filter(|name| house.path(name).is_file()).count();
    let replayed = image.files.keys().filter(|path| path.parent() == Some("work".as_ref())).count();
    assert_eq!(there, replayed, "{:?}", house.names());
    assert!(image.files.len() > 10, "{} files", image.files.len());
    assert_eq!(requests.len(), 6, "five stores, one of them twice: {requests:?}");
}

#[test]
fn without_syncs_of_the_files_intents_are_forgotten_and_this_check_sees_it() {
    let _machine = House::new();
    assert!(Recording::from_the_start("", Obeys::NoSyncOfFiles).forgotten_at_any_moment(Left::Names) > 0);
}

#[test]
fn without_syncs_of_the_directories_whole_ledgers_are_forgotten_and_this_check_sees_it() {
    let _machine = House::new();
    assert!(Recording::from_the_start("", Obeys::NoSyncOfDirectories).forgotten_at_any_moment(Left::Nothing) > 0);
}
