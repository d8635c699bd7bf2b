//! The thin shell around the scheduler: workers that block on the network, one ledger writer, one loop that hands events
//! in and carries commands out. Nothing here decides anything about a store.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Scope;
use std::time::Duration;

use crossbeam_channel as mpmc;
use serde_json::Value;

use super::pace::Pacer;
use super::room::{Concurrency, RoomMeter};
use super::scheduler::{Command, Halt, Input, Job, JobIndex, Policy, Scheduler};
use super::verdict::{Judged, Verdict, judge};
use crate::ledger::{
    Acknowledge, Entry, Intent, Ledger, LedgerError, LedgerWriter, Outcome, ReadingEntry, WriterHandle,
};
use crate::store::{IllegalMove, LegacyStore, Now, PoiId, Reading, Sight, Stamp, State, Verb, Words, sight_words};
use crate::wechat::{Client, PoiReading, WriteResult};
use crate::wire::Endpoint;

/// Stacks of workers that only wait; the default of 2 MiB would be 1 GiB for 512 of them.
const STACK_BYTES: usize = 512 * 1024;

/// Readings by key run beside the writes, and are few.
const READERS_MAX: usize = 4;

/// So many refusals by one code that no table knows, and no success between them, and its verb rests.
const UNKNOWN_REFUSALS_MAX: u32 = 20;

/// The loop looks up this often for a person's wish to stop.
const LOOK_UP: Duration = Duration::from_millis(100);

/// A store of this run.
#[derive(Debug, Clone)]
pub struct Task {
    /// The ledger's number of the store.
    pub id: i64,
    /// Its id in the old store management.
    pub poi_id: PoiId,
    /// What the request will say.
    pub body: Value,
    /// SHA-256 of it, in hex.
    pub body_hash: String,
    /// What the scheduler needs to know.
    pub job: Job,
}

/// The numbers of a run so far, for whoever shows its progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Requests answered or given up.
    pub sent: u64,
    /// Accepted.
    pub ok: u64,
    /// Refused for what the row says.
    pub refused: u64,
    /// Certainly not done; goes again.
    pub again: u64,
    /// Lost; to be settled by reading.
    pub lost: u64,
    /// Settled by reading.
    pub read: u64,
}

/// Everything that a run needs from outside.
pub struct Surroundings<'a> {
    /// The platform.
    pub client: &'a Client,
    /// Who paces it; also the client's gate.
    pub pacer: &'a Pacer,
    /// A person's wish to stop.
    pub stop: &'a AtomicBool,
    /// The clock.
    pub now: Now,
    /// Hears of progress.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// How a run ended.
#[derive(Debug)]
pub struct Ending {
    /// Why it sent nothing more, if it did not simply finish.
    pub halt: Option<Halt>,
    /// What the platform said when it stopped the account or a verb.
    pub words: Option<Words>,
    /// Its numbers.
    pub progress: Progress,
}

/// A run that could not go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A state was left in a way that must not occur.
    #[error("a fault of the program: {0}")]
    Illegal(#[from] IllegalMove),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A worker's thread died.
    #[error("a fault of the program: a worker died; its request is settled by the next run")]
    WorkerDied,
}

enum Work {
    Write { job: JobIndex, verb: Verb, body: Value },
    Read { job: JobIndex, poi_id: PoiId },
}

enum Message {
    Written(JobIndex, Box<WriteResult>),
    Seen { job: JobIndex, asked_at: Stamp, reading: Option<PoiReading> },
    Durable(Input),
    LedgerFailed,
    WorkerDied,
}

/// Carries the tasks out. The ledger comes back whatever happened.
pub fn run(
    ledger: Ledger,
    run_id: i64,
    tasks: &[Task],
    policy: Policy,
    concurrency: Concurrency,
    around: &Surroundings<'_>,
) -> (Ledger, Result<Ending, EngineError>) {
    let (events, inbox) = channel();
    let failed = events.clone();
    let on_failure = Box::new(move || drop(failed.send(Message::LedgerFailed)));
    let writer = LedgerWriter::start(ledger, run_id, on_failure);
    let ending = std::thread::scope(|scope| {
        let meter = RoomMeter::new(concurrency, around.pacer.writes_a_second());
        let jobs = tasks.iter().map(|task| task.job.clone()).collect();
        let scheduler = Scheduler::new(jobs, policy, meter.room(), (around.now)());
        let workers = Workers::new(scope, around, events.clone());
        let ledger = writer.handle();
        Shell {
            tasks,
            around,
            scheduler,
            meter,
            workers,
            ledger,
            events,
            progress: Progress::default(),
            held: (0..tasks.len()).map(|_| None).collect(),
            words: None,
            unknown_codes: BTreeMap::new(),
        }
        .run(&inbox)
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

struct Shell<'scope, 'env> {
    tasks: &'env [Task],
    around: &'env Surroundings<'env>,
    scheduler: Scheduler,
    meter: RoomMeter,
    workers: Workers<'scope, 'env>,
    ledger: WriterHandle,
    events: Sender<Message>,
    progress: Progress,
    /// What came back for a store, kept until the scheduler says how it is written down.
    held: Vec<Option<Held>>,
    words: Option<Words>,
    /// How often a code that no table knows was answered, since the last success.
    unknown_codes: BTreeMap<i64, u32>,
}

enum Held {
    Outcome(Box<WriteResult>, Box<Judged>),
    Reading(Option<Box<LegacyStore>>, Option<i64>),
}

impl Shell<'_, '_> {
    fn run(mut self, inbox: &Receiver<Message>) -> Result<Ending, EngineError> {
        let mut result = self.feed(Input::Tick);
        let mut stopping = false;
        while result.is_ok() && !self.scheduler.is_finished() {
            if !stopping && self.around.stop.load(Ordering::Relaxed) {
                stopping = true;
                self.around.pacer.close();
                result = self.feed(Input::Stop);
                continue;
            }
            result = match inbox.recv_timeout(self.patience()) {
                Ok(Message::LedgerFailed) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => self.feed(Input::Tick),
            };
        }
        // Whoever still waits for a turn gives up; whoever is inside a request comes to its end.
        self.around.pacer.close();
        let halt = self.scheduler.halt();
        result.map(|()| Ending { halt, words: self.words, progress: self.progress })
    }

    fn patience(&self) -> Duration {
        let now = (self.around.now)();
        self.scheduler.wake_at().map_or(LOOK_UP, |at| at.since(now)).clamp(Duration::from_millis(1), LOOK_UP)
    }

    fn take(&mut self, message: Message) -> Result<(), EngineError> {
        match message {
            Message::Durable(input) => self.feed(input),
            Message::Written(job, result) => {
                if let Some(room) = result.sent_at.and_then(|sent_at| self.meter.observe(result.at.since(sent_at))) {
                    self.feed(Input::Room(room))?;
                }
                let judged = judge(self.tasks[job].job.verb, &result, self.around.client.errors());
                self.count(&judged);
                let verdict = judged.verdict;
                let verb = self.tasks[job].job.verb;
                let stops = verdict == Verdict::StopVerb || self.is_refusing_everything(&judged);
                self.held[job] = Some(Held::Outcome(result, Box::new(judged)));
                self.feed(Input::Answered(job, verdict))?;
                if stops {
                    self.around.pacer.close_endpoint(Endpoint::from(verb));
                    self.feed(Input::StopVerb(verb))?;
                }
                if self.scheduler.halt() == Some(Halt::Account) {
                    self.around.pacer.close();
                }
                Ok(())
            }
            Message::Seen { job, asked_at, reading } => {
                let (held, reading) = match reading {
                    Some(PoiReading::Shown(store)) => {
                        let shown = Reading::Shown {
                            status: store.upgrade_status.clone(),
                            comment: store.upgrade_comment.clone(),
                        };
                        (Held::Reading(Some(store), None), Some(shown))
                    }
                    Some(PoiReading::Gone { errcode }) => (Held::Reading(None, Some(errcode)), Some(Reading::Gone)),
                    None => (Held::Reading(None, None), None),
                };
                self.held[job] = Some(held);
                self.feed(Input::Read { job, asked_at, reading })
            }
            Message::LedgerFailed => Ok(()),
            Message::WorkerDied => Err(EngineError::WorkerDied),
        }
    }

    /// Many refusals by one code that no table knows are not the rows' fault: what is wrong is wrong with all of them.
    fn is_refusing_everything(&mut self, judged: &Judged) -> bool {
        match (judged.verdict, judged.errcode) {
            (Verdict::Ok, _) => self.unknown_codes.clear(),
            (Verdict::Refused { known: false }, Some(errcode)) => {
                let times = self.unknown_codes.entry(errcode).or_default();
                *times += 1;
                if *times >= UNKNOWN_REFUSALS_MAX {
                    self.words.clone_from(&judged.reason);
                    return true;
                }
            }
            _ => {}
        }
        false
    }

    fn count(&mut self, judged: &Judged) {
        let progress = &mut self.progress;
        match judged.verdict {
            Verdict::Ok => progress.ok += 1,
            Verdict::Refused { .. } => progress.refused += 1,
            Verdict::Lost { .. } => progress.lost += 1,
            Verdict::NotDone(_) => progress.again += 1,
            Verdict::StopVerb | Verdict::StopAccount => {
                progress.again += 1;
                self.words.clone_from(&judged.reason);
            }
            Verdict::Stopped => return,
        }
        progress.sent += 1;
        (self.around.progress)(*progress);
    }

    fn feed(&mut self, input: Input) -> Result<(), EngineError> {
        let commands = self.scheduler.step((self.around.now)(), input)?;
        for command in commands {
            self.carry_out(command);
        }
        Ok(())
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::PersistIntent { job, attempt, from } => self.persist_intent(job, attempt, from),
            Command::Send(job) => {
                let task = &self.tasks[job];
                self.workers
                    .write(Work::Write { job, verb: task.job.verb, body: task.body.clone() }, self.meter.room());
            }
            Command::PersistOutcome(job, to) => self.persist_outcome(job, to),
            Command::Read(job) => self.workers.read(Work::Read { job, poi_id: self.tasks[job].poi_id.clone() }),
            Command::PersistReading { job, asked_at, sight, to } => self.persist_reading(job, asked_at, sight, to),
        }
    }

    fn acknowledge(&self, input: Input) -> Acknowledge {
        let events = self.events.clone();
        Box::new(move || drop(events.send(Message::Durable(input))))
    }

    fn persist_intent(&self, job: JobIndex, attempt: u32, from: State) {
        let task = &self.tasks[job];
        let intent = Intent {
            store_id: task.id,
            verb: task.job.verb,
            attempt,
            body_hash: task.body_hash.clone(),
            at: (self.around.now)(),
            from,
        };
        self.ledger.write(Entry::Intent(intent), self.acknowledge(Input::IntentDurable(job)));
    }

    fn persist_outcome(&mut self, job: JobIndex, to: State) {
        let Some(Held::Outcome(result, judged)) = self.held[job].take() else {
            unreachable!("an outcome is asked for only after its answer came back")
        };
        let task = &self.tasks[job];
        let outcome = Outcome {
            store_id: task.id,
            verb: task.job.verb,
            attempt: self.scheduler.attempts(job),
            counted: judged.counted,
            sent_at: result.sent_at,
            at: result.at,
            http_status: result.http_status,
            errcode: judged.errcode,
            errmsg: judged.errmsg,
            rid: judged.rid,
            audit_id: judged.audit_id,
            to,
            reason: judged.reason,
        };
        self.ledger.write(Entry::Outcome(outcome), self.acknowledge(Input::OutcomeDurable(job)));
    }

    fn persist_reading(&mut self, job: JobIndex, asked_at: Stamp, sight: Sight, to: State) {
        let Some(Held::Reading(shown, errcode)) = self.held[job].take() else {
            unreachable!("a reading is asked for only after it came back")
        };
        self.progress.read += 1;
        (self.around.progress)(self.progress);
        let reading = ReadingEntry {
            store_id: self.tasks[job].id,
            endpoint: "getpoi",
            asked_at,
            at: (self.around.now)(),
            reason: sight_words(sight, &self.scheduler.planned_status(job), shown.as_deref()),
            shown: shown.map(|store| *store),
            errcode,
            sight,
            to,
        };
        self.ledger.write(Entry::Reading(Box::new(reading)), self.acknowledge(Input::ReadingDurable(job)));
    }
}

/// Threads that block on the network; they begin as they are needed and end with the run.
struct Workers<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    around: &'env Surroundings<'env>,
    events: Sender<Message>,
    writes: Pool,
    reads: Pool,
}

struct Pool {
    sender: mpmc::Sender<Work>,
    receiver: mpmc::Receiver<Work>,
    idle: Arc<AtomicUsize>,
    threads: usize,
}

impl Pool {
    fn new() -> Self {
        let (sender, receiver) = mpmc::unbounded();
        Self { sender, receiver, idle: Arc::new(AtomicUsize::new(0)), threads: 0 }
    }
}

impl<'scope, 'env> Workers<'scope, 'env> {
    fn new(scope: &'scope Scope<'scope, 'env>, around: &'env Surroundings<'env>, events: Sender<Message>) -> Self {
        Self { scope, around, events, writes: Pool::new(), reads: Pool::new() }
    }

    fn write(&mut self, work: Work, room: usize) {
        Self::hand_over(self.scope, self.around, &self.events, &mut self.writes, work, room);
    }

    fn read(&mut self, work: Work) {
        Self::hand_over(self.scope, self.around, &self.events, &mut self.reads, work, READERS_MAX);
    }

    fn hand_over(
        scope: &'scope Scope<'scope, 'env>,
        around: &'env Surroundings<'env>,
        events: &Sender<Message>,
        pool: &mut Pool,
        work: Work,
        threads_max: usize,
    ) {
        // The channel outlives its users: the scope joins them before the pool is gone.
        let _ = pool.sender.send(work);
        let waiting = pool.receiver.len();
        if pool.threads < threads_max.max(1) && pool.idle.load(Ordering::Relaxed) < waiting {
            pool.threads += 1;
            let (receiver, events, idle) = (pool.receiver.clone(), events.clone(), Arc::clone(&pool.idle));
            let builder = std::thread::Builder::new().stack_size(STACK_BYTES).name("worker".to_owned());
            let spawned = builder.spawn_scoped(scope, move || work_through(around, &receiver, &events, &idle));
            if spawned.is_err() {
                // The machine gives no more threads: those that run take the work over.
                pool.threads -= 1;
            }
        }
    }
}

fn work_through(
    around: &Surroundings<'_>,
    receiver: &mpmc::Receiver<Work>,
    events: &Sender<Message>,
    idle: &AtomicUsize,
) {
    loop {
        idle.fetch_add(1, Ordering::Relaxed);
        let work = receiver.recv();
        idle.fetch_sub(1, Ordering::Relaxed);
        let Ok(work) = work else { return };
        // A worker that dies silently would leave the loop waiting for its answer for ever.
        let message = std::panic::catch_unwind(AssertUnwindSafe(|| call(around, work))).unwrap_or(Message::WorkerDied);
        if events.send(message).is_err() {
            return;
        }
    }
}

fn call(around: &Surroundings<'_>, work: Work) -> Message {
    match work {
        Work::Write { job, verb, body } => Message::Written(job, Box::new(around.client.write(verb, &body))),
        Work::Read { job, poi_id } => {
            let asked_at = (around.now)();
            Message::Seen { job, asked_at, reading: around.client.getpoi(&poi_id).ok() }
        }
    }
}
