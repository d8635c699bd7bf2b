//! The thin shell around the scheduler: one loop that hands events in and carries commands out. Nothing here decides
//! anything about a store, and nothing here knows threads: the [`Hands`] that do the work may be real or simulated.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::brake::Brake;
use super::breaker::Turn;
use super::calendar::Told;
use super::control::{Control, Waits, WaitsFor};
use super::pace::{LaneName, Pacer};
use super::quota_watch::QuotaWatch;
use super::room::{Concurrency, RoomMeter};
use super::scheduler::{Command, Halt, Input, Job, JobIndex, Policy, Scheduler};
use super::verdict::{Judged, Verdict, judge};
use crate::ledger::{Entry, Intent, Ledger, LedgerError, Outcome, ReadingEntry};
use crate::store::{
    Clock, IllegalMove, LegacyStore, Order, Ordered, PoiId, Reading, Sight, Stamp, State, Verb, Words, sight_words,
};
use crate::wechat::{Client, PoiReading, WriteKind, WriteResult};
use crate::wire::answer::DailyQuota;
use crate::wire::{Class, Endpoint};

/// So many refusals by one code that no table knows, and no success between them, and its verb rests.
const UNKNOWN_REFUSALS_MAX: u32 = 20;

/// The loop looks up this often for a person's wish to stop.
const LOOK_UP: Duration = Duration::from_millis(100);

/// What is learned of the rate goes into the ledger this often, if there is anything new, so that a kill loses little.
const KEEP_EVERY: Duration = Duration::from_secs(1);
/// A turn that is nearer than this is not worth telling.
const TOLD_FROM: Duration = Duration::from_secs(1);

/// A store of this run.
#[derive(Debug, Clone)]
pub struct Task {
    /// The ledger's number of the store.
    pub id: i64,
    /// Its id in the old store management.
    pub poi_id: PoiId,
    /// What another bulk job than the migration wants of it.
    pub ordered: Option<Box<Ordered>>,
    /// What the request will say.
    pub body: Value,
    /// SHA-256 of it, in hex.
    pub body_hash: String,
    /// It holds media ids that were uploaded by us and may be uploaded anew: one that the platform does not know (85056) is no
    /// fault of the row yet.
    pub renews: bool,
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

impl std::ops::Add for Progress {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            ok: self.ok + other.ok,
            refused: self.refused + other.refused,
            again: self.again + other.again,
            lost: self.lost + other.lost,
            read: self.read + other.read,
        }
    }
}

/// Everything that a run needs from outside.
pub struct Surroundings<'a> {
    /// The platform.
    pub client: &'a Client,
    /// Who paces it; also the client's gate.
    pub pacer: &'a Pacer,
    /// A person's hand on the run.
    pub control: &'a Control,
    /// The clock.
    pub clock: Clock,
    /// Hears of progress.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// Hears of what a person should know while it goes on.
    pub warn: &'a (dyn Fn(Words) + Sync),
    /// Hears of every entry once it is durable.
    pub durable: &'a (dyn Fn(&PoiId, &Entry) + Sync),
}

/// How a run ended.
#[derive(Debug)]
pub struct Ending {
    /// Why it sent nothing more, if it did not simply finish.
    pub halt: Option<Halt>,
    /// The verbs that the platform stopped: a spent day, a limit that is reached.
    pub stopped_verbs: BTreeSet<Verb>,
    /// Those among them whose day is spent.
    pub spent_verbs: BTreeSet<Verb>,
    /// Those of which no more may begin, as far as is known of the day's quota.
    pub short_verbs: BTreeSet<Verb>,
    /// What the platform told of the day's quotas meanwhile.
    pub told: Vec<(Verb, Told)>,
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

/// Everything that one sending of a run works on.
pub struct Voyage<'a> {
    /// The ledger, for as long as it takes.
    pub ledger: Ledger,
    /// The number of the run in it.
    pub run_id: i64,
    /// The stores.
    pub tasks: &'a [Task],
    /// The rules.
    pub policy: Policy,
    /// How many requests may be under way.
    pub concurrency: Concurrency,
}

/// One call to the platform that the shell wants made.
#[derive(Debug, Clone)]
pub enum Errand {
    /// A write, once.
    Write {
        /// For this store.
        job: JobIndex,
        /// Which.
        verb: Verb,
        /// What it says.
        body: Value,
    },
    /// A reading by key.
    Read {
        /// Of this store.
        job: JobIndex,
        /// Its key.
        poi_id: PoiId,
        /// By what was ordered of it, where that is not a migration.
        ordered: Option<Box<Ordered>>,
    },
    /// Whether the platform answers at all.
    Ask(PoiId),
    /// What is left of the day's quota.
    Quota {
        /// Of this verb.
        verb: Verb,
    },
}

impl Errand {
    /// Makes the call; comes back with its answer, or without one.
    #[must_use]
    pub fn run(self, client: &Client, clock: &Clock) -> Happened {
        match self {
            Self::Write { job, verb, body } => Happened::Written(job, Box::new(client.write(verb, &body))),
            Self::Read { job, poi_id, ordered } => {
                let asked_at = clock.now();
                let reading = match ordered {
                    Some(ordered) => client.read_ordered(&poi_id, &ordered),
                    None => client.getpoi(&poi_id),
                };
                Happened::Seen { job, asked_at, reading: reading.ok() }
            }
            Self::Ask(poi_id) => Happened::Asked(client.answers(&poi_id)),
            Self::Quota { verb } => {
                let daily = client.quota(Endpoint::from(verb)).ok().and_then(|quota| quota.daily);
                Happened::Told { verb, daily }
            }
        }
    }
}

/// What the hands have to tell.
#[derive(Debug)]
pub enum Happened {
    /// A write ended.
    Written(JobIndex, Box<WriteResult>),
    /// A reading ended; `None` if the platform could not be read.
    Seen {
        /// Of this store.
        job: JobIndex,
        /// When it was asked for.
        asked_at: Stamp,
        /// What it showed.
        reading: Option<PoiReading>,
    },
    /// Whether the platform answers at all.
    Asked(bool),
    /// The platform was asked about the day's quota; `None` if it did not tell.
    Told {
        /// Of this verb.
        verb: Verb,
        /// What it told.
        daily: Option<DailyQuota>,
    },
    /// What was handed over with this is durable.
    Durable(Input),
    /// The ledger could not be written; nothing is durable any more.
    LedgerFailed,
    /// A worker's thread died.
    WorkerDied,
}

/// Those who do the work: they make calls side by side, and write the ledger down.
pub trait Hands {
    /// Makes the call, beside at most `room` others that write.
    fn make(&mut self, errand: Errand, room: usize);

    /// Makes the entry durable, then tells `durable`. Entries become durable in the order in which they were handed over.
    fn persist(&mut self, entry: Entry, durable: Input);

    /// The next thing that happened, or `None` after `patience` without one.
    fn next(&mut self, patience: Duration) -> Option<Happened>;
}

/// Carries the tasks out.
///
/// # Errors
///
/// A fault of the program. That the ledger failed is for whoever owns it to say.
pub fn drive(
    tasks: &[Task],
    policy: Policy,
    concurrency: Concurrency,
    around: &Surroundings<'_>,
    hands: &mut dyn Hands,
) -> Result<Ending, EngineError> {
    let meter = RoomMeter::new(concurrency, around.pacer.writes_a_second());
    let jobs = tasks.iter().map(|task| task.job.clone()).collect();
    let brake = policy.brake;
    let watch = policy.watch.clone();
    let scheduler = Scheduler::new(jobs, policy, meter.room(), around.clock.now());
    Shell {
        tasks,
        around,
        scheduler,
        watch,
        spent_verbs: BTreeSet::new(),
        meter,
        hands,
        progress: Progress::default(),
        held: (0..tasks.len()).map(|_| None).collect(),
        verdicts: BTreeMap::new(),
        words: None,
        unknown_codes: BTreeMap::new(),
        kept_at: Duration::ZERO,
        stopping: false,
        paused: false,
        persisting: BTreeMap::new(),
        brake,
    }
    .run()
}

struct Shell<'a> {
    tasks: &'a [Task],
    around: &'a Surroundings<'a>,
    scheduler: Scheduler,
    watch: QuotaWatch,
    spent_verbs: BTreeSet<Verb>,
    meter: RoomMeter,
    hands: &'a mut dyn Hands,
    progress: Progress,
    /// What came back for a store, kept until the scheduler says how it is written down.
    held: Vec<Option<Held>>,
    /// How writes ended, until that is on disk and counts.
    verdicts: BTreeMap<JobIndex, Verdict>,
    words: Option<Words>,
    /// How often a code that no table knows was answered, since the last success.
    unknown_codes: BTreeMap<i64, u32>,
    /// When it was last looked at whether something about the rate is to be kept, by the clock's `elapsed`.
    kept_at: Duration,
    /// Whether the scheduler knows that a person wants the run to stop.
    stopping: bool,
    /// Whether it knows that a person has paused the run.
    paused: bool,
    /// What was handed over to be made durable, at most one entry a store.
    persisting: BTreeMap<JobIndex, Entry>,
    brake: Option<Brake>,
}

/// Where an order's store is read.
fn read_by(order: &Order) -> Endpoint {
    match order {
        Order::Update { .. } | Order::Remove { .. } => Endpoint::GetStoreInfo,
        Order::SetCard { .. } => Endpoint::StorewxaGet,
        Order::Create(_) => Endpoint::GetStoreList,
    }
}

enum Held {
    Outcome(Box<WriteResult>, Box<Judged>),
    Reading(Option<Box<LegacyStore>>, Option<i64>),
}

impl Shell<'_> {
    fn run(mut self) -> Result<Ending, EngineError> {
        let mut result = self.heed().and_then(|()| self.feed(Input::Tick));
        while result.is_ok() && !self.scheduler.is_finished() {
            self.mind_the_pace(false);
            self.show();
            let happened = self.hands.next(self.patience());
            if matches!(happened, Some(Happened::LedgerFailed)) {
                break;
            }
            // A wish that has come meanwhile comes first: what a worker brings back because of it begins nothing new.
            result = self.heed().and_then(|()| match happened {
                Some(happened) => self.take(happened),
                None => self.feed(Input::Tick),
            });
        }
        // Whoever still waits for a turn gives up; whoever is inside a request comes to its end.
        self.around.pacer.close();
        self.mind_the_pace(true);
        let halt = self.scheduler.halt();
        let stopped_verbs = self.scheduler.stopped_verbs().clone();
        let is_short = |verb: &Verb| self.scheduler.budget(*verb) == Some(0);
        let short_verbs = Verb::ALL.into_iter().filter(is_short).collect();
        let (spent_verbs, told) = (self.spent_verbs, self.watch.told());
        let (words, progress) = (self.words, self.progress);
        result.map(|()| Ending { halt, stopped_verbs, spent_verbs, short_verbs, told, words, progress })
    }

    /// Tells what the pacer has to say, and keeps what it has learned for the next run.
    fn mind_the_pace(&mut self, at_the_end: bool) {
        let pacer = self.around.pacer;
        pacer.words().into_iter().for_each(self.around.warn);
        let now = self.around.clock.elapsed();
        if !at_the_end && now.saturating_sub(self.kept_at) < KEEP_EVERY {
            return;
        }
        self.kept_at = now;
        for lane in LaneName::ALL {
            if let Some(value) = pacer.to_be_kept(lane) {
                // Nothing waits for it.
                self.hands.persist(Entry::Setting { key: lane.key(), value }, Input::Tick);
            }
        }
    }

    /// Tells the scheduler of what a person wants.
    fn heed(&mut self) -> Result<(), EngineError> {
        if !self.stopping && self.around.control.is_stopped() {
            self.stopping = true;
            self.around.pacer.close();
            self.feed(Input::Stop)?;
        }
        if self.paused != self.around.control.is_paused() {
            self.paused = !self.paused;
            self.feed(if self.paused { Input::Pause } else { Input::Resume })?;
        }
        Ok(())
    }

    /// Where the sending stands, for whoever asks.
    fn show(&self) {
        let Surroundings { control, pacer, clock, .. } = self.around;
        let waits = self.scheduler.waits().or_else(|| {
            let turn = pacer.next_write_in().filter(|wait| *wait >= TOLD_FROM)?;
            Some(Waits { on: WaitsFor::Turn, until: Some(clock.now().after(turn)) })
        });
        control.show(self.progress, self.scheduler.left(), pacer.writes_a_second(), waits);
    }

    fn patience(&self) -> Duration {
        let (now, speed) = (self.around.clock.now(), self.around.clock.speed());
        let wait = self.scheduler.wake_at().map_or(LOOK_UP, |at| at.since(now) / speed);
        wait.clamp(Duration::from_millis(1), LOOK_UP)
    }

    fn take(&mut self, happened: Happened) -> Result<(), EngineError> {
        match happened {
            Happened::Durable(input) => {
                // What is shown as done is on disk.
                if let Input::OutcomeDurable(job) = input {
                    self.count(job);
                }
                self.tell_durable(&input);
                self.feed(input)
            }
            Happened::Written(job, result) => {
                let rate = self.around.pacer.writes_a_second();
                if let Some(room) =
                    result.sent_at.and_then(|sent_at| self.meter.observe(result.at.since(sent_at), rate))
                {
                    self.feed(Input::Room(room))?;
                }
                let mut judged = judge(self.tasks[job].job.verb, &result, self.around.client.errors());
                if self.tasks[job].renews {
                    judged = judged.to_be_renewed();
                }
                let verdict = judged.verdict;
                let verb = self.tasks[job].job.verb;
                self.watch.ended(verb, result.sent_at.is_some());
                if matches!(result.kind, WriteKind::Answered { class: Class::QuotaSpent, .. }) {
                    self.spent_verbs.insert(verb);
                }
                let stops = verdict == Verdict::StopVerb || self.is_refusing_everything(&judged);
                if matches!(verdict, Verdict::StopVerb | Verdict::StopAccount) {
                    self.words.clone_from(&judged.reason);
                }
                self.verdicts.insert(job, verdict);
                self.held[job] = Some(Held::Outcome(result, Box::new(judged)));
                // Before the answer makes room for another one.
                if self.brake.as_mut().is_some_and(|brake| brake.counts(verdict)) {
                    self.feed(Input::Enough)?;
                }
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
            Happened::Seen { job, asked_at, reading } => {
                let (held, reading) = match reading {
                    Some(PoiReading::Shown(store)) => {
                        let shown = Reading::Shown {
                            status: store.upgrade_status.clone(),
                            comment: store.upgrade_comment.to_string(),
                        };
                        (Held::Reading(Some(store), None), Some(shown))
                    }
                    Some(PoiReading::Gone { errcode }) => (Held::Reading(None, Some(errcode)), Some(Reading::Gone)),
                    None => (Held::Reading(None, None), None),
                };
                self.held[job] = Some(held);
                self.feed(Input::Read { job, asked_at, reading })
            }
            Happened::Asked(answers) => self.feed(Input::Asked(answers)),
            Happened::Told { verb, daily } => self.quota_news(verb, daily.as_ref()),
            Happened::LedgerFailed => Ok(()),
            Happened::WorkerDied => Err(EngineError::WorkerDied),
        }
    }

    /// What the platform tells of the day while it goes on: the scheduler hears how much is left.
    fn quota_news(&mut self, verb: Verb, daily: Option<&DailyQuota>) -> Result<(), EngineError> {
        let left = self.scheduler.budget(verb).unwrap_or(u64::MAX);
        let news = self.watch.answered(verb, self.around.clock.now(), daily, left);
        news.said.into_iter().for_each(|words| (self.around.warn)(words));
        match news.left {
            Some(left) => self.feed(Input::Quota(verb, left)),
            None => Ok(()),
        }
    }

    /// Many refusals by one code that no table knows are not the rows' fault: what is wrong is wrong with all of them.
    fn is_refusing_everything(&mut self, judged: &Judged) -> bool {
        match (judged.verdict, judged.errcode) {
            (Verdict::Ok | Verdict::Reviewed, _) => self.unknown_codes.clear(),
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

    fn count(&mut self, job: JobIndex) {
        let Some(verdict) = self.verdicts.remove(&job) else { return };
        let progress = &mut self.progress;
        match verdict {
            Verdict::Ok | Verdict::Reviewed => progress.ok += 1,
            Verdict::Refused { .. } => progress.refused += 1,
            Verdict::Lost { .. } => progress.lost += 1,
            Verdict::NotDone(_) | Verdict::StopVerb | Verdict::StopAccount => progress.again += 1,
            Verdict::Stopped => return,
        }
        progress.sent += 1;
        (self.around.progress)(*progress);
    }

    fn feed(&mut self, input: Input) -> Result<(), EngineError> {
        let commands = self.scheduler.step(self.around.clock.now(), input)?;
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
                let errand = Errand::Write { job, verb: task.job.verb, body: task.body.clone() };
                self.hands.make(errand, self.meter.room());
                if let Some(verb) = self.watch.ask(self.around.clock.now()) {
                    self.hands.make(Errand::Quota { verb }, self.meter.room());
                }
            }
            Command::PersistOutcome(job, to) => self.persist_outcome(job, to),
            Command::Read(job) => {
                let Task { poi_id, ordered, .. } = &self.tasks[job];
                let errand = Errand::Read { job, poi_id: poi_id.clone(), ordered: ordered.clone() };
                self.hands.make(errand, self.meter.room());
            }
            Command::PersistReading { job, asked_at, sight, to } => self.persist_reading(job, asked_at, sight, to),
            Command::Ask(job) => self.hands.make(Errand::Ask(self.tasks[job].poi_id.clone()), self.meter.room()),
            Command::Say(turn) => self.hold_back(turn),
        }
    }

    /// While the platform is down no write gets a turn: who waits for one gives up, and goes again once it answers.
    fn hold_back(&self, turn: Turn) {
        let pacer = self.around.pacer;
        for verb in Verb::ALL {
            match turn {
                Turn::Answers(_) if self.scheduler.stopped_verbs().contains(&verb) => {}
                Turn::Answers(_) => pacer.open_endpoint(Endpoint::from(verb)),
                Turn::Opened { .. } | Turn::GaveUp(_) => pacer.close_endpoint(Endpoint::from(verb)),
            }
        }
        (self.around.warn)(turn.words());
    }

    fn persist_intent(&mut self, job: JobIndex, attempt: u32, from: State) {
        let task = &self.tasks[job];
        // Not only once it leaves: what is being made durable when the day turns counts as begun.
        self.watch.begun(task.job.verb);
        let intent = Intent {
            store_id: task.id,
            verb: task.job.verb,
            attempt,
            body_hash: task.body_hash.clone(),
            at: self.around.clock.now(),
            from,
        };
        self.persist(job, Entry::Intent(intent), Input::IntentDurable(job));
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
        self.persist(job, Entry::Outcome(outcome), Input::OutcomeDurable(job));
    }

    fn persist_reading(&mut self, job: JobIndex, asked_at: Stamp, sight: Sight, to: State) {
        let Some(Held::Reading(shown, errcode)) = self.held[job].take() else {
            unreachable!("a reading is asked for only after it came back")
        };
        self.progress.read += 1;
        (self.around.progress)(self.progress);
        let reading = ReadingEntry {
            store_id: self.tasks[job].id,
            endpoint: self.tasks[job]
                .ordered
                .as_ref()
                .map_or(Endpoint::Getpoi, |ordered| read_by(&ordered.order))
                .key(),
            asked_at,
            at: self.around.clock.now(),
            reason: sight_words(sight, &self.scheduler.planned_status(job), shown.as_deref()),
            shown: shown.map(|store| *store),
            errcode,
            sight,
            to,
        };
        self.persist(job, Entry::Reading(Box::new(reading)), Input::ReadingDurable(job));
    }

    fn persist(&mut self, job: JobIndex, entry: Entry, durable: Input) {
        self.persisting.insert(job, entry.clone());
        self.hands.persist(entry, durable);
    }

    fn tell_durable(&mut self, input: &Input) {
        let (Input::IntentDurable(job) | Input::OutcomeDurable(job) | Input::ReadingDurable(job)) = input else {
            return;
        };
        if let Some(entry) = self.persisting.remove(job) {
            (self.around.durable)(&self.tasks[*job].poi_id, &entry);
        }
    }
}
