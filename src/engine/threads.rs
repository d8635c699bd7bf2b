//! The shell's hands in a real process: workers that block on the network, and one ledger writer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Scope;
use std::time::Duration;

use crossbeam_channel as mpmc;

use super::room::ROOM_MAX;
use super::scheduler::Input;
use super::shell::{Ending, EngineError, Errand, Hands, Happened, Surroundings, Voyage, drive};
use crate::ledger::{Entry, Ledger, LedgerWriter, WriterHandle};

/// Stacks of workers that only wait; the default of 2 MiB would be 1 GiB for 512 of them.
const STACK_BYTES: usize = 512 * 1024;

/// Readings by key run beside the writes, and are few.
const READERS_MAX: usize = 4;

/// Carries the tasks out. The ledger comes back whatever happened.
pub fn run(voyage: Voyage<'_>, around: &Surroundings<'_>) -> (Ledger, Result<Ending, EngineError>) {
    run_within(voyage, around, ROOM_MAX)
}

/// The same with at most so many threads that write, for a process that shares its threads out among several accounts.
/// What they have no hands for waits for one of them.
pub fn run_within(
    voyage: Voyage<'_>,
    around: &Surroundings<'_>,
    writers_max: usize,
) -> (Ledger, Result<Ending, EngineError>) {
    let Voyage { ledger, run_id, tasks, policy, concurrency } = voyage;
    let (events, inbox) = channel();
    let failed = events.clone();
    let on_failure = Box::new(move || drop(failed.send(Happened::LedgerFailed)));
    let writer = LedgerWriter::start(ledger, run_id, on_failure);
    let ending = std::thread::scope(|scope| {
        let mut threads = Threads {
            scope,
            around,
            events,
            inbox,
            ledger: writer.handle(),
            writers: Pool::new(),
            readers: Pool::new(),
            writers_max,
        };
        drive(tasks, policy, concurrency, around, &mut threads)
    });
    // Nobody waits for a turn any more; whoever reads the platform next does.
    around.pacer.open();
    let (ledger, written) = writer.finish();
    let result = match (ending, written) {
        (_, Err(error)) => Err(EngineError::Ledger(error)),
        (ending, Ok(())) => ending,
    };
    (ledger, result)
}

/// Threads that block on the network; they begin as they are needed and end with the run.
struct Threads<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    around: &'env Surroundings<'env>,
    events: Sender<Happened>,
    inbox: Receiver<Happened>,
    ledger: WriterHandle,
    writers: Pool,
    readers: Pool,
    writers_max: usize,
}

impl Hands for Threads<'_, '_> {
    fn make(&mut self, errand: Errand, room: usize) {
        let (pool, threads_max) = match errand {
            Errand::Write { .. } => (&mut self.writers, room.min(self.writers_max)),
            Errand::Read { .. } | Errand::Ask(_) | Errand::Quota { .. } => (&mut self.readers, READERS_MAX),
        };
        // The channel outlives its users: the scope joins them before the pool is gone.
        let _ = pool.sender.send(errand);
        let waiting = pool.receiver.len();
        if pool.threads < threads_max.max(1) && pool.idle.load(Ordering::Relaxed) < waiting {
            pool.threads += 1;
            let (receiver, events, idle) = (pool.receiver.clone(), self.events.clone(), Arc::clone(&pool.idle));
            let builder = std::thread::Builder::new().stack_size(STACK_BYTES).name("worker".to_owned());
            let around = self.around;
            let spawned =
                builder.spawn_scoped(self.scope, logged_here(move || work_through(around, &receiver, &events, &idle)));
            if spawned.is_err() {
                // The machine gives no more threads: those that run take the work over, if there are any.
                pool.threads -= 1;
                if pool.threads == 0 {
                    let _ = self.events.send(Happened::WorkerDied);
                }
            }
        }
    }

    fn persist(&mut self, entry: Entry, durable: Input) {
        let events = self.events.clone();
        self.ledger.write(entry, Box::new(move || drop(events.send(Happened::Durable(durable)))));
    }

    fn next(&mut self, patience: Duration) -> Option<Happened> {
        match self.inbox.recv_timeout(patience) {
            Ok(happened) => Some(happened),
            Err(RecvTimeoutError::Timeout) => None,
            // It cannot be: one of the senders is kept here.
            Err(RecvTimeoutError::Disconnected) => Some(Happened::WorkerDied),
        }
    }
}

/// The work as another thread does it, with its log where this thread's goes: each of several accounts has one of its own.
pub fn logged_here<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let log = tracing::dispatcher::get_default(tracing::Dispatch::clone);
    move || tracing::dispatcher::with_default(&log, work)
}

struct Pool {
    sender: mpmc::Sender<Errand>,
    receiver: mpmc::Receiver<Errand>,
    idle: Arc<AtomicUsize>,
    threads: usize,
}

impl Pool {
    fn new() -> Self {
        let (sender, receiver) = mpmc::unbounded();
        Self { sender, receiver, idle: Arc::new(AtomicUsize::new(0)), threads: 0 }
    }
}

fn work_through(
    around: &Surroundings<'_>,
    receiver: &mpmc::Receiver<Errand>,
    events: &Sender<Happened>,
    idle: &AtomicUsize,
) {
    loop {
        idle.fetch_add(1, Ordering::Relaxed);
        let errand = receiver.recv();
        idle.fetch_sub(1, Ordering::Relaxed);
        let Ok(errand) = errand else { return };
        // A worker that dies silently would leave the loop waiting for its answer for ever.
        let made = std::panic::catch_unwind(AssertUnwindSafe(|| errand.run(around.client, &around.clock)));
        if events.send(made.unwrap_or(Happened::WorkerDied)).is_err() {
            return;
        }
    }
}
