//! Pacing: writes, reads and uploads of one account have a lane each. How fast a lane is is found out in [`tempo`], how its calls
//! are spaced is in [`lane`], what is kept for the next run in [`learned`].

mod lane;
mod learned;
#[cfg(test)]
mod spacing_tests;
mod tempo;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use learned::Learned;

use super::control::Control;
use super::rate::Rate;
use super::retries::RetryBudget;
use crate::store::{Clock, Stamp, Words};
use crate::wechat::{Gate, Heard};
use crate::wire::Endpoint;
use crate::words;
use lane::Lane;
use tempo::Heed;

/// Which of an account's lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneName {
    /// Everything that changes the platform.
    Writes,
    /// Pages of the lists, readings by key.
    Reads,
    /// Files on their way to the platform.
    Uploads,
}

impl LaneName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Writes, Self::Reads, Self::Uploads];

    /// Where the ledger keeps what was learned of it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Writes => "pace_writes",
            Self::Reads => "pace_reads",
            Self::Uploads => "pace_uploads",
        }
    }

    /// The few calls that begin a run have none: they are not paced.
    const fn of(endpoint: Endpoint) -> Option<Self> {
        match endpoint {
            Endpoint::Token
            | Endpoint::StableToken
            | Endpoint::QuotaGet
            | Endpoint::RidGet
            | Endpoint::GetMerchantCategory
            | Endpoint::GetMerchantAuditInfo => None,
            Endpoint::MediaUpload | Endpoint::MediaUploadimg => Some(Self::Uploads),
            _ if endpoint.is_write() => Some(Self::Writes),
            _ => Some(Self::Reads),
        }
    }
}

/// The lanes of one account.
pub struct Pacer {
    clock: Clock,
    lanes: [Lane; 3],
    learned: Mutex<[Memory; 3]>,
    retries: Mutex<RetryBudget>,
    closed: AtomicBool,
    closed_endpoints: Mutex<BTreeSet<Endpoint>>,
    control: Arc<Control>,
    said: Mutex<Said>,
}

/// What is known of a lane, and what of it is in the ledger.
#[derive(Debug, Clone, Copy, Default)]
struct Memory {
    refused_at: Option<Stamp>,
    kept: Option<Learned>,
}

/// What a person should hear of.
#[derive(Default)]
struct Said {
    rested: bool,
    waiting: Vec<Words>,
}

impl Pacer {
    /// Lanes for these rates; no turn is given once `control` is stopped, and none to a write while it is paused.
    #[must_use]
    pub fn new(writes: Rate, reads: Rate, clock: &Clock, control: Arc<Control>) -> Self {
        Self {
            clock: Clock::clone(clock),
            // Until the platform tells of uploads, as fast as reading.
            lanes: [Lane::new(writes, clock), Lane::new(reads, clock), Lane::new(reads, clock)],
            learned: Mutex::default(),
            retries: Mutex::new(RetryBudget::new(clock.elapsed())),
            closed: AtomicBool::new(false),
            closed_endpoints: Mutex::default(),
            control,
            said: Mutex::default(),
        }
    }

    const fn lane(&self, name: LaneName) -> &Lane {
        &self.lanes[name as usize]
    }

    /// No turn is given for this endpoint until the pacer is opened again.
    pub fn close_endpoint(&self, endpoint: Endpoint) {
        self.closed_endpoints.lock().unwrap_or_else(PoisonError::into_inner).insert(endpoint);
    }

    /// Turns are given again for this endpoint.
    pub fn open_endpoint(&self, endpoint: Endpoint) {
        self.closed_endpoints.lock().unwrap_or_else(PoisonError::into_inner).remove(&endpoint);
    }

    fn is_closed(&self, endpoint: Endpoint) -> bool {
        self.closed.load(Ordering::Relaxed)
            || self.control.is_stopped()
            || self.closed_endpoints.lock().unwrap_or_else(PoisonError::into_inner).contains(&endpoint)
    }

    /// Other rates from now on, once the platform has told them.
    pub fn set_rates(&self, writes: Rate, reads: Rate) {
        self.lane(LaneName::Writes).allow(writes);
        self.lane(LaneName::Reads).allow(reads);
        self.lane(LaneName::Uploads).allow(reads);
    }

    /// Another rate for uploads from now on.
    pub fn set_upload_rate(&self, uploads: Rate) {
        self.lane(LaneName::Uploads).allow(uploads);
    }

    /// For how long a write counts towards the rate.
    #[must_use]
    pub fn writes_count_for(&self) -> Duration {
        self.lane(LaneName::Writes).memory()
    }

    /// Counts writes of an earlier process, made this long ago, as this lane's own.
    pub fn remember_writes(&self, ages: &[Duration]) {
        self.lane(LaneName::Writes).remember(ages);
    }

    /// Begins at what an earlier run has learned, unless less is allowed anyway or it was too long ago. Says whether it
    /// does; then the rate that is allowed stays the goal.
    pub fn begin_at(&self, name: LaneName, learned: Learned) -> bool {
        let mut memories = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = &mut memories[name as usize];
        memory.kept = Some(learned);
        let holds = learned.holds(self.lane(name).allowed(), self.clock.now());
        if holds {
            memory.refused_at = Some(learned.at);
            self.lane(name).begin_at(learned.a_second);
        }
        holds
    }

    /// What the ledger should keep of a lane, as its value there, if that says something new; asked again, it is not new.
    pub fn to_be_kept(&self, name: LaneName) -> Option<String> {
        let lane = self.lane(name);
        let mut memories = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = &mut memories[name as usize];
        let learned = memory.refused_at.filter(|_| lane.is_lowered()).map(|at| Learned {
            a_second: lane.a_second(),
            at,
            allowed: lane.allowed().a_second(),
        });
        // A run that was allowed less than an earlier one had learned has learned nothing about more.
        let untried = memory.kept.is_some_and(|kept| kept.a_second >= lane.allowed().a_second());
        if (learned.is_none() && untried) || !Learned::is_news(memory.kept, learned) {
            return None;
        }
        memory.kept = learned;
        Some(Learned::written(learned))
    }

    /// What a person should hear of and has not heard yet.
    #[must_use]
    pub fn words(&self) -> Vec<Words> {
        std::mem::take(&mut self.said.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }

    /// No turn is given until it is opened again.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Turns are given again, at the same pace as before.
    pub fn open(&self) {
        self.closed.store(false, Ordering::Relaxed);
        self.closed_endpoints.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The rate at which writes leave now, a second. Nobody waits for the answer, whoever holds the lane.
    #[must_use]
    pub fn writes_a_second(&self) -> f64 {
        self.lane(LaneName::Writes).a_second()
    }

    /// How long the next write waits for its turn, if one waits.
    #[must_use]
    pub fn next_write_in(&self) -> Option<Duration> {
        self.lane(LaneName::Writes).next_in()
    }

    fn slow_down(&self, name: LaneName, sent_at: Stamp, busy: bool) {
        let now = self.clock.now();
        let heed = self.lane(name).slow_down(now.since(sent_at), busy);
        if heed == Heed::Known {
            return;
        }
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)[name as usize].refused_at = Some(now);
        if let Heed::UntilMinute(until) = heed {
            self.say_rest(self.lane(name), until);
        }
    }

    /// Said once: it is the same every minute.
    fn say_rest(&self, lane: &Lane, until: Stamp) {
        let allowed = lane.allowed();
        let rate = if allowed.a_second() < 1.0 { allowed } else { Rate::CAREFUL };
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut said.rested, true) {
            let at = until.short();
            said.waiting.push(words!(
                "the platform refuses even {rate} (45011): no such call is made until its next minute, {at}, and so in every minute in which it refuses";
                "平台连 {rate} 也拒绝（45011）：此类调用暂停至下一分钟（{at}）再继续；此后再被拒绝时同样处理"
            ));
        }
    }
}

impl Gate for Pacer {
    fn turn(&self, endpoint: Endpoint) -> bool {
        match LaneName::of(endpoint) {
            Some(name) => {
                let pauses = name == LaneName::Writes;
                self.lane(name).turn(&|| (pauses && self.control.is_paused()) || self.is_closed(endpoint))
            }
            None => !self.is_closed(endpoint),
        }
    }

    fn heard(&self, endpoint: Endpoint, sent_at: Stamp, heard: Heard) {
        if heard == Heard::Served {
            self.retries.lock().unwrap_or_else(PoisonError::into_inner).earn();
        }
        let Some(name) = LaneName::of(endpoint) else { return };
        match heard {
            Heard::Served => self.lane(name).served(),
            Heard::TooMany => self.slow_down(name, sent_at, false),
            Heard::Busy => self.slow_down(name, sent_at, true),
        }
    }

    fn may_repeat(&self) -> bool {
        self.retries.lock().unwrap_or_else(PoisonError::into_inner).spend(self.clock.elapsed())
    }

    fn is_stopped(&self) -> bool {
        self.control.is_stopped()
    }
}
