//! The one thread that writes while the engine runs: it takes what has arrived, commits it as one durable transaction,
//! and only then acknowledges. A single committer gives the throughput of group commit without a timer.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};

use super::entry::{Entry, apply};
use super::mark::commit;
use super::{Ledger, LedgerError};

/// How many entries one transaction takes at most: a bound on what a failed commit loses at once, far above what
/// 512 workers can have under way.
const BATCH_MAX: usize = 1_000;

/// Called on the writer's thread once an entry is durable.
pub type Acknowledge = Box<dyn FnOnce() + Send>;

/// The sending side; cloned freely.
#[derive(Clone)]
pub struct WriterHandle(Sender<(Entry, Acknowledge)>);

impl WriterHandle {
    /// Hands an entry over; `acknowledge` runs once it is durable, and never if it cannot be made so.
    pub fn write(&self, entry: Entry, acknowledge: Acknowledge) {
        // A writer that is gone has failed, and says so when it is joined.
        let _ = self.0.send((entry, acknowledge));
    }
}

/// A ledger whose connection is owned by its writer's thread.
pub struct LedgerWriter {
    handle: WriterHandle,
    thread: JoinHandle<(Ledger, Result<(), LedgerError>)>,
}

impl LedgerWriter {
    /// Starts the thread. `on_failure` is called once if a commit fails; nothing is acknowledged from then on.
    pub fn start(ledger: Ledger, run_id: i64, on_failure: Box<dyn FnOnce() + Send>) -> Self {
        let (sender, receiver) = channel();
        let thread = spawn(move || {
            let mut alarm = Alarm(Some(on_failure));
            let write = || write_all(&ledger, run_id, &receiver).map_err(|source| ledger.sqlite(source));
            let result = ledger.audited().and_then(|()| write());
            if result.is_ok() {
                alarm.0 = None;
            }
            drop(alarm);
            (ledger, result)
        });
        Self { handle: WriterHandle(sender), thread }
    }

    /// The sending side.
    #[must_use]
    pub fn handle(&self) -> WriterHandle {
        self.handle.clone()
    }

    /// Waits until everything handed over is durable, and gives the ledger back.
    pub fn finish(self) -> (Ledger, Result<(), LedgerError>) {
        drop(self.handle);
        match self.thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// Rings unless it is disarmed: after a failed commit, and if the thread dies.
struct Alarm(Option<Box<dyn FnOnce() + Send>>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(ring) = self.0.take() {
            ring();
        }
    }
}

fn write_all(ledger: &Ledger, run_id: i64, receiver: &Receiver<(Entry, Acknowledge)>) -> rusqlite::Result<()> {
    while let Ok(first) = receiver.recv() {
        let mut batch = vec![first];
        batch.extend(receiver.try_iter().take(BATCH_MAX - 1));
        commit(&ledger.connection, &ledger.marker, |connection| {
            batch.iter().try_for_each(|(entry, _)| apply(connection, run_id, entry))?;
            before_commit(&batch);
            Ok(())
        })?;
        after_commit(&batch);
        for (_, acknowledge) in batch {
            acknowledge();
        }
    }
    Ok(())
}

/// Where a test may let the process die, written but not durable.
fn before_commit(batch: &[(Entry, Acknowledge)]) {
    for (entry, _) in batch {
        match entry {
            Entry::Intent(_) => crash_point!("intent-before-commit"),
            Entry::Outcome(_) => crash_point!("outcome-before-commit"),
            Entry::Reading(_) => crash_point!("reading-before-commit"),
            Entry::Call(_)
            | Entry::Announcement(_)
            | Entry::Uploaded(_)
            | Entry::FileRefused(_)
            | Entry::Acceptance(_)
            | Entry::Setting { .. } => {}
        }
    }
}

/// Where a test may let the process die, durable but not acknowledged.
fn after_commit(batch: &[(Entry, Acknowledge)]) {
    for (entry, _) in batch {
        match entry {
            Entry::Intent(_) => crash_point!("intent-after-commit"),
            Entry::Outcome(_) => crash_point!("outcome-after-commit"),
            Entry::Reading(_) => crash_point!("reading-after-commit"),
            Entry::Call(_)
            | Entry::Announcement(_)
            | Entry::Uploaded(_)
            | Entry::FileRefused(_)
            | Entry::Acceptance(_)
            | Entry::Setting { .. } => {}
        }
    }
}
