//! Everything outside the program: true time, the platform, the network between, and the record of what was really sent.
//! The record is the oracle's own; nothing of the program writes to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use poilift::engine::{Control, Steered};
use poilift::sandbox::Bare;
use poilift::store::{ClockReading, PoiId, Stamp, Time};
use poilift::wire::Endpoint;
use serde_json::json;

use crate::dice::Dice;
use crate::faults::{Fault, Faults};
use crate::mutants::Mutant;

/// The process dies: whatever it was doing, it does no more.
pub struct Crash;

/// When a simulation begins, in true time: 2026-11-24 23:00 in China, an hour before the platform's midnight.
pub const BEGIN_MS: i64 = 1_795_532_400_000;

/// Microseconds of true time.
pub type Micros = u64;

/// What the sender was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// That no connection could be made.
    NotConnected,
    /// Nothing, or something that says nothing.
    Nothing,
    /// A page of a gateway.
    Page(u16),
    /// The platform's own word.
    Code(i64),
}

/// One request, as the world has seen it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub run: u32,
    pub endpoint: Endpoint,
    pub poi_id: Option<String>,
    pub body: String,
    /// When whoever sent it was told to.
    pub begun: Micros,
    pub left: Micros,
    /// When the sender heard something, or gave up.
    pub heard: Micros,
    pub told: Told,
    /// The store's status in a reading's answer, as shown.
    pub shown: Vec<(String, String)>,
    /// How many intents the ledger had for its store when it left.
    pub intents: i64,
    /// The platform's truth about the store when it left: (status, deleted).
    pub truth: Option<(String, bool)>,
}

/// A request on its way that nobody waits for any more.
pub struct Transit {
    pub due: Micros,
    /// The process that sent it.
    pub run: u32,
    pub endpoint: Endpoint,
    pub query: String,
    pub body: String,
}

/// A process as the world sees it.
#[derive(Default)]
struct Process {
    wall_began: i64,
    began: Micros,
    /// So many steps of this kind more (of any, where it is empty), and it dies.
    dies: Option<(&'static str, u64)>,
    /// So many steps more, and a person stops it.
    stops_after: Option<u64>,
    /// So many steps more, and a person pauses it; then so many more, and the person resumes it; and so on.
    steers_after: VecDeque<u64>,
    control: Arc<Control>,
}

pub struct Inner {
    pub dice: Dice,
    pub faults: Faults,
    pub mutant: Option<Mutant>,
    /// True time since the beginning.
    pub t: Micros,
    /// What the machine's clock shows beyond true time, in milliseconds; a process keeps what it began with.
    pub clock_off: i64,
    pub platform: Bare,
    /// The platform as it was before its last changes, with when it stopped being so.
    past: VecDeque<(Micros, Bare)>,
    pub transits: Vec<Transit>,
    pub outage_until: Micros,
    pub closed_until: Micros,
    pub omitted: BTreeMap<String, Micros>,
    /// The longest time by which reads lag, and within which late requests land; shorter than the settle window.
    pub lag_max: Micros,
    pub run: u32,
    process: Process,
    pub seen: Vec<Seen>,
    /// Stores that somebody changed on the platform's own pages.
    pub touched: BTreeSet<String>,
    /// The stores of the last page of the list that was delivered.
    pub last_pages: BTreeSet<String>,
    keeper: rusqlite::Connection,
    /// When the errand of the engine began that is being run.
    pub errand: Option<Micros>,
    pub crashed_in: Option<&'static str>,
}

/// The world, shared by clock, network and hands.
#[derive(Clone)]
pub struct World(Arc<Mutex<Inner>>);

impl World {
    pub fn new(dice: Dice, faults: Faults, platform: Bare, lag_max: Micros, keeper: rusqlite::Connection) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            dice,
            faults,
            mutant: None,
            t: 0,
            clock_off: 0,
            platform,
            past: VecDeque::new(),
            transits: Vec::new(),
            outage_until: 0,
            closed_until: 0,
            omitted: BTreeMap::new(),
            lag_max,
            run: 0,
            process: Process::default(),
            seen: Vec::new(),
            touched: BTreeSet::new(),
            last_pages: BTreeSet::new(),
            keeper,
            errand: None,
            crashed_in: None,
        })))
    }

    pub fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new process begins. It may be doomed.
    pub fn begin(
        &self,
        dies: Option<(&'static str, u64)>,
        stops_after: Option<u64>,
        steers_after: VecDeque<u64>,
    ) -> Arc<Control> {
        let mut inner = self.inner();
        // Calls are made whole: what the last process had sent before it died, it had sent.
        let last_left = inner.seen.iter().map(|seen| seen.left).max().unwrap_or(0);
        inner.advance_to(last_left);
        inner.run += 1;
        inner.crashed_in = None;
        inner.errand = None;
        let control = Arc::new(Control::default());
        let (wall_began, began) = (inner.wall(), inner.t);
        inner.process = Process { wall_began, began, dies, stops_after, steers_after, control: Arc::clone(&control) };
        control
    }

    /// Something happens in the process: the moment at which it may die instead.
    pub fn step(&self, place: &'static str) {
        let mut inner = self.inner();
        if let Some(left) = &mut inner.process.stops_after {
            *left = left.saturating_sub(1);
            if *left == 0 && !inner.process.control.is_stopped() {
                inner.process.control.stop();
                inner.faults.happened(Fault::Stopped);
            }
        }
        inner.steer();
        if let Some((kind, left)) = &mut inner.process.dies {
            *left = left.saturating_sub(u64::from(kind.is_empty() || *kind == place));
            if *left == 0 {
                inner.process.dies = None;
                let kind = match place {
                    "call" => Fault::CrashInCall,
                    "commit" => Fault::CrashBeforeCommit,
                    "committed" => Fault::CrashAfterCommit,
                    _ => Fault::CrashElsewhere,
                };
                inner.faults.happened(kind);
                inner.crashed_in = Some(place);
                drop(inner);
                std::panic::resume_unwind(Box::new(Crash));
            }
        }
    }

    pub fn now(&self) -> Micros {
        self.inner().t
    }

    /// What the machine's clocks say as a process begins: the uptime is true, the wall clock is what somebody made of it.
    pub fn reading(&self) -> ClockReading {
        let inner = self.inner();
        let uptime = Duration::from_micros(inner.t) + Duration::from_secs(1_000);
        ClockReading { wall: Stamp(inner.wall()), uptime, boot: Some("a boot".to_owned()), machine: "m".to_owned() }
    }
}

/// A stamp of the ledger in true time; `wall_off` is what its process had for the difference, in milliseconds.
pub fn stamp_to_true(stamp: i64, wall_off: i64) -> Micros {
    u64::try_from(stamp - BEGIN_MS - wall_off).unwrap_or(0) * 1_000
}

impl Inner {
    /// A person pauses the process, or resumes it, if it is time.
    fn steer(&mut self) {
        let Some(left) = self.process.steers_after.front_mut() else { return };
        *left = left.saturating_sub(1);
        if *left > 0 {
            return;
        }
        self.process.steers_after.pop_front();
        let now = self.true_stamp();
        if self.process.control.is_paused() {
            self.process.control.resume(now);
        } else if self.process.control.pause(now) == Steered::Done {
            self.faults.happened(Fault::Paused);
        }
    }

    /// The machine's clock, in milliseconds since 1970.
    pub fn wall(&self) -> i64 {
        BEGIN_MS + i64::try_from(self.t / 1_000).unwrap() + self.clock_off
    }

    /// True time as the platform has it.
    pub fn true_stamp(&self) -> Stamp {
        Stamp(BEGIN_MS + i64::try_from(self.t / 1_000).unwrap())
    }

    pub fn advance_to(&mut self, t: Micros) {
        self.t = self.t.max(t);
        // A call runs ahead of the others; what is on its way lands when all have come so far.
        if self.errand.is_none() {
            self.land();
        }
    }

    /// What is on its way and due by now arrives.
    pub fn land(&mut self) {
        loop {
            let due = self.transits.iter().enumerate().filter(|(_, transit)| transit.due <= self.t);
            let Some((place, _)) = due.min_by_key(|(_, transit)| transit.due) else { return };
            let transit = self.transits.remove(place);
            let at = Stamp(BEGIN_MS + i64::try_from(transit.due / 1_000).unwrap());
            self.remember(transit.due);
            let given = self.platform.answer(at, transit.endpoint, &transit.query, Some(&transit.body));
            if given.changed {
                self.faults.happened(Fault::LateApply);
            }
            if given.changed && transit.run != self.run {
                self.faults.happened(Fault::LandsAfterCrash);
            }
        }
    }

    /// The present platform becomes a past one, as it was until then, for reads that lag.
    pub fn remember(&mut self, until: Micros) {
        if self.faults.has(Fault::LaggingKey) || self.faults.has(Fault::LaggingList) {
            let state = (until, self.platform.clone());
            self.past.push_back(state);
            let forget_before = self.t.saturating_sub(self.lag_max);
            while self.past.len() > 400 || self.past.front().is_some_and(|(until, _)| *until < forget_before) {
                self.past.pop_front();
            }
        }
    }

    /// The platform as it was some time ago: reviews end with time alone.
    pub fn earlier(&mut self) -> (Micros, Bare) {
        let lag = self.dice.between(1, self.lag_max);
        let at = self.t.saturating_sub(lag);
        let past = self.past.iter().find(|(until, _)| *until > at);
        (at, past.map_or_else(|| self.platform.clone(), |(_, state)| state.clone()))
    }

    pub fn truth(&self, poi_id: &str) -> Option<(String, bool)> {
        let truth = self.platform.truth(&PoiId::new(poi_id)?, self.true_stamp())?;
        Some((truth.status.code().to_owned(), truth.deleted))
    }

    pub fn intents(&self, poi_id: &str) -> i64 {
        let sql =
            "SELECT COUNT(*) FROM calls JOIN stores ON stores.id = store_id WHERE phase = 'intent' AND poi_id = ?1";
        self.keeper.query_row(sql, [poi_id], |row| row.get(0)).unwrap_or(0)
    }

    /// Holds the ledger as another program would, or lets go of it.
    pub fn hold_ledger(&self, hold: bool) -> bool {
        self.keeper.execute_batch(if hold { "BEGIN IMMEDIATE" } else { "ROLLBACK" }).is_ok()
    }

    pub fn keeper(&self) -> &rusqlite::Connection {
        &self.keeper
    }

    /// Somebody does something on the platform's own pages.
    pub fn by_hand(&mut self, endpoint: Endpoint, poi_id: &str) -> bool {
        let now = self.true_stamp();
        let form = json!({
            "poi_id": poi_id, "map_poi_id": format!("99{poi_id}"), "contract_phone": "0571-1", "hour": "09:00-21:00",
            "credential": format!("hand{poi_id}"), "pic_list": "{\"list\":[\"http://a\"]}", "card_id": "",
        });
        self.remember(self.t);
        let changed = self.platform.act(now, endpoint, &form);
        if changed {
            self.touched.insert(poi_id.to_owned());
        }
        changed
    }
}

/// The machine's clock, as one process has it.
pub struct WorldClock(pub World);

impl Time for WorldClock {
    fn now(&self) -> Stamp {
        self.0.step("clock");
        let inner = self.0.inner();
        let since = i64::try_from((inner.t - inner.process.began) / 1_000).unwrap();
        Stamp(inner.process.wall_began + since)
    }

    fn elapsed(&self) -> Duration {
        let inner = self.0.inner();
        Duration::from_micros(inner.t - inner.process.began)
    }

    fn sleep(&self, span: Duration) {
        self.0.step("sleep");
        let mut inner = self.0.inner();
        let until = inner.t + u64::try_from(span.as_micros()).unwrap().max(1);
        inner.advance_to(until);
    }
}
