//! The ledger: durable rows acknowledged a second, and how long the slowest one in a hundred waits for it. Ours: 64 waiters
//! hand their rows to `LedgerWriter`, which commits what has arrived as one transaction. Theirs: the same 64 waiters
//! share the same ledger behind a mutex, one transaction a row. Same schema, same rows, same disk, `synchronous=FULL`.
//!
//! A ratio, because a commit costs what the disk makes of an fsync: tenths of a millisecond here, five on the next machine.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]

mod paired;

use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use paired::{Pairs, as_millis, sized};
use poilift::ledger::{Counted, Entry, Identity, Intent, Ledger, LedgerWriter, Outcome, RunStart, SourceRow};
use poilift::store::{LegacyStore, Place, PoiId, Stamp, State, Verb};

const WAITERS: u32 = 64;

fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let span = sized(Duration::from_secs(1), Duration::from_millis(20));
    let ours = || figures(&Bench::new(&dir.path().join("ours.db")).grouped(span), span);
    let theirs = || figures(&Bench::new(&dir.path().join("theirs.db")).one_by_one(span), span);
    paired::head("ledger: 64 waiters, each with one durable row at a time: group commit, one transaction a row");
    let [rows, waits] = Pairs::take(sized(7, 0), ours, theirs);
    rows.print("rows acknowledged", "/s");
    waits.print("99th percentile of the wait for one row", "ms");
}

/// Acknowledgements a second, and the 99th percentile of the waits in milliseconds.
fn figures(waits: &[Duration], span: Duration) -> [f64; 2] {
    let sorted = paired::sorted(waits.iter().map(|wait| as_millis(*wait)));
    [paired::count(sorted.len()) / span.as_secs_f64(), sorted[(sorted.len() - 1) * 99 / 100]]
}

/// A fresh ledger with one store a waiter.
struct Bench {
    ledger: Ledger,
    run_id: i64,
    stores: Vec<i64>,
}

impl Bench {
    fn new(path: &Path) -> Self {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
        let identity = Identity { account: "bench".to_owned(), platform: "sandbox".to_owned() };
        let mut ledger = Ledger::open(path, &identity).unwrap();
        let run_id = ledger.begin_run(&run_start()).unwrap();
        let stores = ledger.load(&(1..=WAITERS).map(source_row).collect::<Vec<_>>(), Stamp(0)).unwrap();
        Self { ledger, run_id, stores }
    }

    /// Every waiter's waits, by way of the writer's thread.
    fn grouped(self, span: Duration) -> Vec<Duration> {
        let writer = LedgerWriter::start(self.ledger, self.run_id, Box::new(|| panic!("a commit failed")));
        let handle = writer.handle();
        let waits = wait_all(&self.stores, span, |entry| {
            let (done, durable) = sync_channel(1);
            handle.write(entry, Box::new(move || done.send(()).unwrap()));
            durable.recv().unwrap();
        });
        drop(handle);
        writer.finish().1.unwrap();
        waits
    }

    /// The same, each row in a transaction of its own.
    fn one_by_one(self, span: Duration) -> Vec<Duration> {
        let ledger = Mutex::new(self.ledger);
        wait_all(&self.stores, span, |entry| {
            ledger.lock().unwrap().write_entries(self.run_id, &[entry]).unwrap();
        })
    }
}

/// One thread a store: an intent, its outcome, the next intent, each once the one before is durable.
fn wait_all(stores: &[i64], span: Duration, write: impl Fn(Entry) + Sync) -> Vec<Duration> {
    let end = Instant::now() + span;
    let write = &write;
    std::thread::scope(|scope| {
        let waiters: Vec<_> = stores.iter().map(|store| scope.spawn(move || waits_of(*store, end, write))).collect();
        waiters.into_iter().flat_map(|waiter| waiter.join().unwrap()).collect()
    })
}

fn waits_of(store: i64, end: Instant, write: &dyn Fn(Entry)) -> Vec<Duration> {
    let mut waits = Vec::new();
    for attempt in 1.. {
        for entry in [intent(store, attempt), outcome(store, attempt)] {
            let begun = Instant::now();
            write(entry);
            waits.push(begun.elapsed());
        }
        if Instant::now() >= end {
            break;
        }
    }
    waits
}

fn intent(store_id: i64, attempt: u32) -> Entry {
    // A store that no plan has looked at stands as blocked; afterwards it goes again and again.
    let from = if attempt == 1 { State::Blocked } else { State::Retry };
    Entry::Intent(Intent { store_id, verb: Verb::AddStore, attempt, body_hash: "0".repeat(64), at: Stamp(0), from })
}

fn outcome(store_id: i64, attempt: u32) -> Entry {
    Entry::Outcome(Outcome {
        store_id,
        verb: Verb::AddStore,
        attempt,
        counted: Counted::NotDone,
        sent_at: Some(Stamp(0)),
        at: Stamp(0),
        http_status: Some(200),
        errcode: Some(45011),
        errmsg: "api minute-quota reach limit, must slower, retry next minute".to_owned(),
        rid: Some("61725984-6126f6f9-040f19c4".to_owned()),
        audit_id: None,
        to: State::Retry,
        reason: None,
    })
}

fn source_row(n: u32) -> SourceRow {
    SourceRow {
        place: Place::file("bench").at_row(n),
        store: LegacyStore { poi_id: PoiId::new(&n.to_string()), ..LegacyStore::default() },
        faults: Vec::new(),
        joins: true,
    }
}

fn run_start() -> RunStart {
    RunStart {
        command: "bench".to_owned(),
        arguments: Vec::new(),
        version: String::new(),
        host: String::new(),
        person: String::new(),
        at: Stamp(0),
    }
}
