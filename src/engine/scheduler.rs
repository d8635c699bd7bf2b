//! The scheduler: a state machine over all stores of a run, without clock, thread, network or disk. What happened goes
//! in with the time, what is to be done comes out. A request leaves only after its intent is durable; an outcome counts
//! only after it is durable; a lost outcome is settled by a reading asked for after the settle window.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::brake::Brake;
use super::breaker::{Breaker, Turn};
use super::control::{Waits, WaitsFor};
use super::quota_watch::QuotaWatch;
use super::retries::RetryBudget;
use super::room::ahead;
use super::verdict::{Again, Verdict};
use crate::store::{
    Event, IllegalMove, LastWrite, Reading, Sight, Stamp, Standing, State, UpgradeStatus, Verb, next, weigh,
};

/// A store of this run, by its place in the list given to [`Scheduler::new`].
pub type JobIndex = usize;

/// What the scheduler knows of a store.
#[derive(Debug, Clone)]
pub struct Job {
    /// Which write it wants.
    pub verb: Verb,
    /// Where it stands and what it is compared with.
    pub standing: Standing,
    /// Writes begun so far, in all runs.
    pub attempts: u32,
    /// It may be sent in this run; otherwise only a lost outcome of it is settled.
    pub sendable: bool,
    /// What the platform showed last: the baseline of the next attempt.
    pub shown: Option<(UpgradeStatus, String)>,
}

/// The rules of a run.
#[derive(Debug, Clone)]
pub struct Policy {
    /// How long after a lost outcome a reading decides.
    pub settle_window: Duration,
    /// How many stores may be sent for the first time in this run.
    pub limit: Option<u64>,
    /// How often one store is sent at most in this run.
    pub attempts_max: u32,
    /// The first pause before a store goes again; each next one is twice as long.
    pub pause: Duration,
    /// So many failures in a row, and twice as many as may be under way, and the platform is taken to be down: it is left
    /// alone, asked now and then, and given up in the end, as the circuit breaker says.
    pub failures_max: u32,
    /// How much may be refused before nothing new is begun; `None`: anything.
    pub brake: Option<Brake>,
    /// How many attempts of a verb may begin, first ones or not, for the day's quota's sake; absent: any number.
    pub budget: BTreeMap<Verb, u64>,
    /// When the platform is asked again about the day's quota, and what its answers mean.
    pub watch: QuotaWatch,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            settle_window: Duration::from_secs(30),
            limit: None,
            attempts_max: 5,
            pause: Duration::from_secs(1),
            failures_max: 20,
            brake: None,
            budget: BTreeMap::new(),
            watch: QuotaWatch::default(),
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Time passed.
    Tick,
    /// An intent is durable.
    IntentDurable(JobIndex),
    /// A request ended.
    Answered(JobIndex, Verdict),
    /// An outcome is durable.
    OutcomeDurable(JobIndex),
    /// A reading by key ended; `None` if the platform could not be read.
    Read {
        /// Of this store.
        job: JobIndex,
        /// When it was asked for.
        asked_at: Stamp,
        /// What it showed.
        reading: Option<Reading>,
    },
    /// A reading is durable.
    ReadingDurable(JobIndex),
    /// The reading that asks whether the platform answers again has ended; whether it does.
    Asked(bool),
    /// So many requests may be under way.
    Room(usize),
    /// Begin nothing new; what is under way comes to its end.
    Stop,
    /// Begin nothing new until [`Resume`](Self::Resume); what is under way comes to its end, and readings go on.
    Pause,
    /// Begin again.
    Resume,
    /// Too much was refused: begin nothing new. Lost outcomes are still settled.
    Enough,
    /// Begin nothing new of this verb.
    StopVerb(Verb),
    /// News of the day's quota: from now on so many attempts of this verb may begin.
    Quota(Verb, u64),
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Make the intent of this attempt durable.
    PersistIntent {
        /// Of this store.
        job: JobIndex,
        /// Its number.
        attempt: u32,
        /// Where the store stood.
        from: State,
    },
    /// Send it.
    Send(JobIndex),
    /// Make its outcome durable; the store stands here by it.
    PersistOutcome(JobIndex, State),
    /// Read the store by key.
    Read(JobIndex),
    /// Make the reading durable.
    PersistReading {
        /// Of this store.
        job: JobIndex,
        /// When it was asked for.
        asked_at: Stamp,
        /// What it means.
        sight: Sight,
        /// The store stands here by it.
        to: State,
    },
    /// Ask whether the platform answers, by a reading of this store that nothing follows from.
    Ask(JobIndex),
    /// Tell people, and whoever holds calls back, what the circuit breaker has come to.
    Say(Turn),
}

/// Why a run sends nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// A person asked for it.
    Stopped,
    /// The platform refused the account.
    Account,
    /// The platform does not answer.
    PlatformDown,
    /// Too much was refused.
    Enough,
}

/// A lost outcome that waits for its reading.
#[derive(Debug, Clone, Copy)]
struct Open {
    due: Stamp,
    readings: u32,
}

/// A reading that could not be made is tried again after this.
const READ_AGAIN: Duration = Duration::from_secs(5);

/// So many readings that decide nothing, and the store is left to the next run.
const READINGS_MAX: u32 = 3;

/// So many readings in a row that could not be made, and the others are not tried.
const UNREAD_MAX: u32 = 8;

/// The scheduler.
pub struct Scheduler {
    jobs: Vec<Job>,
    policy: Policy,
    room: usize,
    ready: VecDeque<JobIndex>,
    delayed: BTreeSet<(Stamp, JobIndex)>,
    under_way: usize,
    open: BTreeMap<JobIndex, Open>,
    reading: BTreeSet<JobIndex>,
    persisting: usize,
    begun: u64,
    tried: BTreeMap<JobIndex, u32>,
    stopped_verbs: BTreeSet<Verb>,
    halt: Option<Halt>,
    paused: bool,
    breaker: Breaker,
    retries: RetryBudget,
    unread: u32,
    deferred: BTreeMap<JobIndex, Verdict>,
}

impl Scheduler {
    /// A scheduler over these stores. Stores in `pending` and `retry` are sent, stores in `unknown` are settled, the
    /// others are left alone. At most `room` requests are under way at once.
    #[must_use]
    pub fn new(jobs: Vec<Job>, policy: Policy, room: usize, now: Stamp) -> Self {
        let mut scheduler = Self {
            ready: VecDeque::new(),
            delayed: BTreeSet::new(),
            under_way: 0,
            open: BTreeMap::new(),
            reading: BTreeSet::new(),
            persisting: 0,
            begun: 0,
            tried: BTreeMap::new(),
            stopped_verbs: BTreeSet::new(),
            halt: None,
            paused: false,
            breaker: Breaker::new(policy.settle_window),
            retries: RetryBudget::new(since_epoch(now)),
            unread: 0,
            deferred: BTreeMap::new(),
            room,
            policy,
            jobs,
        };
        for index in 0..scheduler.jobs.len() {
            match scheduler.jobs[index].standing.state {
                State::Pending | State::Retry => scheduler.ready.push_back(index),
                State::Unknown => {
                    let due = scheduler.due_of_unknown(index, now);
                    scheduler.open.insert(index, Open { due, readings: 0 });
                }
                _ => {}
            }
        }
        scheduler
    }

    /// When an outcome lost by an earlier process may be read. A moment that has not come yet is a clock set back since:
    /// then the window begins now, which is later than the request in any case.
    fn due_of_unknown(&mut self, job: JobIndex, now: Stamp) -> Stamp {
        let window = self.policy.settle_window;
        let Some(write) = &mut self.jobs[job].standing.last_write else { return now.after(window) };
        write.at = write.at.min(now);
        write.at.after(window).max(now)
    }

    /// Takes what happened, and says what is to be done.
    ///
    /// # Errors
    ///
    /// Something that must not happen to a store in its state: a fault of the program, after which nothing is sent.
    pub fn step(&mut self, now: Stamp, input: Input) -> Result<Vec<Command>, IllegalMove> {
        let mut commands = Vec::new();
        match input {
            Input::Tick => {}
            Input::Room(room) => self.room = room,
            Input::Stop => self.halt = self.halt.or(Some(Halt::Stopped)),
            Input::Pause => self.paused = true,
            Input::Resume => self.paused = false,
            Input::Enough => self.halt = self.halt.or(Some(Halt::Enough)),
            Input::StopVerb(verb) => {
                self.stopped_verbs.insert(verb);
            }
            Input::Quota(verb, left) => {
                self.policy.budget.insert(verb, left);
            }
            Input::IntentDurable(job) => {
                self.persisting -= 1;
                commands.push(Command::Send(job));
            }
            Input::Answered(job, verdict) => self.answered(now, job, verdict, &mut commands)?,
            Input::Asked(answers) => {
                let turn = self.breaker.asked(now, answers);
                self.turn(turn, &mut commands);
                if self.halt == Some(Halt::PlatformDown) {
                    // Nobody answers: the outcomes stay open, and the next run reads them.
                    self.open.clear();
                }
            }
            Input::OutcomeDurable(job) => {
                self.persisting -= 1;
                self.settle(now, job);
            }
            Input::Read { job, asked_at, reading } => commands.extend(self.read(now, job, asked_at, reading)?),
            Input::ReadingDurable(job) => {
                self.persisting -= 1;
                self.reading.remove(&job);
                if self.jobs[job].standing.state == State::Retry {
                    self.ready.push_back(job);
                }
            }
        }
        self.dispatch(now, &mut commands)?;
        Ok(commands)
    }

    /// When [`Input::Tick`] is wanted at the latest, if nothing else happens.
    #[must_use]
    pub fn wake_at(&self) -> Option<Stamp> {
        let paid = Stamp(i64::try_from(self.retries.ready_at().as_millis()).unwrap_or(i64::MAX));
        let delayed = self.delayed.first().filter(|_| self.may_begin()).map(|(at, _)| paid.max(*at));
        let open = self.open.values().map(|open| open.due).min().filter(|_| self.settles());
        let ask = self.breaker.ask_at().filter(|_| self.minds_outage());
        delayed.into_iter().chain(open).chain(ask).min()
    }

    /// Nothing is under way, and nothing more will be begun.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        let idle = self.under_way == 0 && self.persisting == 0 && self.reading.is_empty() && !self.breaker.is_asking();
        let nothing_to_send = self.halt.is_some() || (self.ready.is_empty() && self.delayed.is_empty());
        let nothing_to_settle = self.leaves_open() || self.open.is_empty();
        idle && nothing_to_send && nothing_to_settle
    }

    /// What the run waits for if nothing is under way: a store that goes again, or a settle window that passes.
    #[must_use]
    pub fn waits(&self) -> Option<Waits> {
        if self.under_way > 0 || !self.reading.is_empty() {
            return None;
        }
        let delayed = self.delayed.first().filter(|_| self.may_begin()).map(|(at, _)| (*at, WaitsFor::Retry));
        let open = self.open.values().map(|open| open.due).min().filter(|_| self.settles());
        let ask = self.breaker.ask_at().filter(|_| self.minds_outage()).map(|at| (at, WaitsFor::Platform));
        let open = open.map(|at| (at, WaitsFor::SettleWindow));
        let first = delayed.into_iter().chain(open).chain(ask).min_by_key(|(at, _)| *at);
        first.map(|(at, on)| Waits { on, until: Some(at) })
    }

    /// Stores that may still be sent, at most: those under way, and those that wait within the limit.
    #[must_use]
    pub fn left(&self) -> u64 {
        let within = |limit: u64| limit.saturating_sub(self.begun) + self.delayed.len() as u64;
        let waiting = (self.ready.len() + self.delayed.len()) as u64;
        self.policy.limit.map_or(waiting, |limit| waiting.min(within(limit))) + self.under_way as u64
    }

    /// Why nothing more is sent, if so.
    #[must_use]
    pub fn halt(&self) -> Option<Halt> {
        self.halt
    }

    /// The verbs that the platform stopped for this run.
    #[must_use]
    pub fn stopped_verbs(&self) -> &BTreeSet<Verb> {
        &self.stopped_verbs
    }

    /// How many attempts of a verb may still begin; `None`: any number.
    #[must_use]
    pub fn budget(&self, verb: Verb) -> Option<u64> {
        self.policy.budget.get(&verb).copied()
    }

    /// Where a store stands.
    #[must_use]
    pub fn state(&self, job: JobIndex) -> State {
        self.jobs[job].standing.state
    }

    /// `upgrade_status` before a store's last attempt.
    #[must_use]
    pub fn planned_status(&self, job: JobIndex) -> UpgradeStatus {
        self.jobs[job].standing.planned_status.clone()
    }

    /// How often a store's write was begun, in all runs.
    #[must_use]
    pub fn attempts(&self, job: JobIndex) -> u32 {
        self.jobs[job].attempts
    }

    /// Lost outcomes are left to the next run if a person waits for the end or the account is refused.
    fn leaves_open(&self) -> bool {
        matches!(self.halt, Some(Halt::Stopped | Halt::Account))
    }

    /// Lost outcomes are read now, and not only once the platform answers again.
    fn settles(&self) -> bool {
        !self.leaves_open() && self.breaker.may_read()
    }

    /// Whether it matters that the platform answers again: to go on, or to settle what is open.
    fn minds_outage(&self) -> bool {
        self.halt.is_none() || (!self.leaves_open() && !self.open.is_empty())
    }

    /// How many writes may have been begun and not answered.
    fn may_be_begun(&self) -> usize {
        if self.halt.is_some() || self.paused { 0 } else { self.breaker.room(self.room + ahead(self.room)) }
    }

    fn may_begin(&self) -> bool {
        self.may_be_begun() > 0
    }

    /// Stores whose pause is over are ready again, as far as the retry budget goes.
    fn end_pauses(&mut self, now: Stamp) {
        while let Some((at, job)) = self.delayed.first().copied().filter(|(at, _)| *at <= now && self.may_begin()) {
            if self.may_send(job) && !self.retries.spend(since_epoch(now)) {
                return;
            }
            self.delayed.remove(&(at, job));
            self.ready.push_back(job);
        }
    }

    fn dispatch(&mut self, now: Stamp, commands: &mut Vec<Command>) -> Result<(), IllegalMove> {
        self.end_pauses(now);
        if self.minds_outage() && self.breaker.asks(now) {
            // An outcome that is open is worth knowing anyway; any other store will do.
            commands.push(Command::Ask(self.open.keys().next().copied().unwrap_or(0)));
        }
        while self.under_way < self.may_be_begun() {
            let Some(job) = self.ready.pop_front() else { break };
            if self.may_send(job) {
                commands.push(self.begin(now, job)?);
            }
        }
        if self.settles() {
            let due: Vec<JobIndex> =
                self.open.iter().filter(|(_, open)| open.due <= now).map(|(job, _)| *job).collect();
            for job in due.into_iter().filter(|job| !self.reading.contains(job)).collect::<Vec<_>>() {
                self.reading.insert(job);
                if let Some(open) = self.open.get_mut(&job) {
                    // Until the reading is back it is not due again.
                    open.due = Stamp(i64::MAX);
                }
                commands.push(Command::Read(job));
            }
        }
        Ok(())
    }

    /// A store whose verb is stopped, or beyond the run's limits, stays as it is for a later run.
    fn may_send(&self, job: JobIndex) -> bool {
        let Job { verb, standing, sendable, .. } = &self.jobs[job];
        let tried = self.tried.get(&job).copied().unwrap_or(0);
        let is_new = standing.state == State::Pending;
        let within_limit = !is_new || self.policy.limit.is_none_or(|limit| self.begun < limit);
        let within_quota = self.budget(*verb) != Some(0);
        let may_go = *sendable && within_limit && within_quota;
        may_go && tried < self.policy.attempts_max && !self.stopped_verbs.contains(verb)
    }

    fn begin(&mut self, now: Stamp, job: JobIndex) -> Result<Command, IllegalMove> {
        let from = self.jobs[job].standing.state;
        self.begun += u64::from(from == State::Pending);
        self.advance(job, Event::IntentRecorded)?;
        *self.tried.entry(job).or_default() += 1;
        if let Some(left) = self.policy.budget.get_mut(&self.jobs[job].verb) {
            *left = left.saturating_sub(1);
        }
        self.under_way += 1;
        self.persisting += 1;
        let record = &mut self.jobs[job];
        record.attempts += 1;
        record.standing.last_write = Some(LastWrite { verb: record.verb, at: now, called_duplicate: false });
        if let Some((status, comment)) = record.shown.clone() {
            record.standing.planned_status = status;
            record.standing.planned_comment = comment;
            record.standing.planned_by_platform = true;
        }
        Ok(Command::PersistIntent { job, attempt: record.attempts, from })
    }

    fn answered(
        &mut self,
        now: Stamp,
        job: JobIndex,
        verdict: Verdict,
        commands: &mut Vec<Command>,
    ) -> Result<(), IllegalMove> {
        let verb = self.jobs[job].verb;
        self.advance(job, verdict.event(verb))?;
        let duplicate = matches!(verdict, Verdict::Lost { duplicate: true });
        self.jobs[job].standing.last_write = Some(LastWrite { verb, at: now, called_duplicate: duplicate });
        self.under_way -= 1;
        self.persisting += 1;
        self.deferred.insert(job, verdict);
        commands.push(Command::PersistOutcome(job, self.jobs[job].standing.state));
        match verdict {
            Verdict::StopAccount => self.halt = Some(Halt::Account),
            Verdict::StopVerb => {
                self.stopped_verbs.insert(verb);
            }
            _ => {}
        }
        match verdict {
            Verdict::NotDone(Again::Soon) | Verdict::Lost { duplicate: false } => {
                let of_workers = u32::try_from(self.room * 2).unwrap_or(u32::MAX);
                let turn = self.breaker.failed(now, self.policy.failures_max.max(of_workers));
                self.turn(turn, commands);
            }
            // It never left: the day has it back.
            Verdict::Stopped => {
                if let Some(left) = self.policy.budget.get_mut(&verb) {
                    *left += 1;
                }
            }
            _ => {
                self.breaker.served();
                self.retries.earn();
            }
        }
        Ok(())
    }

    fn turn(&mut self, turn: Option<Turn>, commands: &mut Vec<Command>) {
        if matches!(turn, Some(Turn::GaveUp(_))) {
            self.halt = self.halt.or(Some(Halt::PlatformDown));
        }
        commands.extend(turn.map(Command::Say));
    }

    /// The outcome is durable: only now does it decide what comes next.
    fn settle(&mut self, now: Stamp, job: JobIndex) {
        let Some(verdict) = self.deferred.remove(&job) else { return };
        match verdict {
            Verdict::Lost { .. } => {
                self.open.insert(job, Open { due: now.after(self.policy.settle_window), readings: 0 });
            }
            Verdict::NotDone(Again::Now) => self.ready.push_back(job),
            Verdict::NotDone(Again::Soon | Again::Slower) => {
                let tried = self.tried.get(&job).copied().unwrap_or(1);
                let pause = self.policy.pause * 2_u32.saturating_pow(tried.saturating_sub(1).min(6));
                self.delayed.insert((now.after(pause), job));
            }
            Verdict::NotDone(Again::Later)
            | Verdict::Ok
            | Verdict::Reviewed
            | Verdict::Refused { .. }
            | Verdict::StopVerb
            | Verdict::StopAccount => {}
            // Kept from leaving by a pause, or while the platform was down: it goes first once that is over, and it was no try.
            // After a stop nothing begins.
            Verdict::Stopped => {
                if let Some(tried) = self.tried.get_mut(&job) {
                    *tried = tried.saturating_sub(1);
                }
                self.ready.push_front(job);
            }
        }
    }

    fn read(
        &mut self,
        now: Stamp,
        job: JobIndex,
        asked_at: Stamp,
        reading: Option<Reading>,
    ) -> Result<Option<Command>, IllegalMove> {
        let Some(mut open) = self.open.remove(&job) else {
            // The outcomes were left to the next run while this reading was on its way.
            self.reading.remove(&job);
            return Ok(None);
        };
        open.readings += 1;
        let Some(reading) = reading else {
            self.reading.remove(&job);
            self.unread += 1;
            self.read_again(now, job, open);
            if self.halt == Some(Halt::PlatformDown) || self.unread >= UNREAD_MAX {
                // Nobody answers: the outcomes stay open, and the next run reads them.
                self.open.clear();
            }
            return Ok(None);
        };
        self.unread = 0;
        let sight = weigh(&self.jobs[job].standing, &reading, asked_at, self.policy.settle_window);
        self.advance(job, Event::Seen(sight))?;
        let to = self.jobs[job].standing.state;
        if let Reading::Shown { status, comment } = reading {
            self.jobs[job].shown = Some((status, comment));
        }
        if to == State::Unknown {
            self.read_again(now, job, open);
        }
        self.persisting += 1;
        Ok(Some(Command::PersistReading { job, asked_at, sight, to }))
    }

    fn read_again(&mut self, now: Stamp, job: JobIndex, open: Open) {
        if open.readings < READINGS_MAX {
            self.open.insert(job, Open { due: now.after(READ_AGAIN), ..open });
        }
    }

    fn advance(&mut self, job: JobIndex, event: Event) -> Result<(), IllegalMove> {
        let standing = &mut self.jobs[job].standing;
        standing.state = next(standing.state, event)?;
        Ok(())
    }
}

/// As the retry budget counts time.
fn since_epoch(now: Stamp) -> Duration {
    now.since(Stamp(0))
}

#[cfg(test)]
#[path = "scheduler_tests.rs"]
mod tests;
