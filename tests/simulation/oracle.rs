//! What must hold, whatever happened. The oracle knows what the world saw and what the ledger's tables say; it shares no
//! code with the program's own rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use poilift::engine::Progress;
use poilift::ledger::StoreRow;
use poilift::report::{Counts, Material, Summary};
use poilift::store::{LegacyStore, UpgradeStatus};
use poilift::wire::Endpoint;

use crate::story::End;
use crate::world::{Micros, Seen, Told, World, stamp_to_true};

/// Answers that say for certain that nothing was done: another attempt may follow.
const NOT_DONE: [i64; 8] = [45_011, 45_009, 42_001, 40_001, 40_014, 48_001, 40_164, 41_001];

/// Where a store needs nothing and nobody any more.
const SETTLED: [&str; 4] = ["upgraded", "deleted", "done", "accepted"];

/// Where a store needs a person.
const NEEDS_PERSON: [&str; 5] = ["rejected", "blocked", "drifted", "held", "vanished"];

/// Where a store can still move by itself.
const MOVES: [&str; 5] = ["pending", "in_flight", "unknown", "retry", "in_review"];

pub struct Oracle {
    world: World,
    window: Micros,
    rate: f64,
    may_delete: bool,
    /// How much later than true time the stamps of a run are, in milliseconds, by the ledger's number of the run.
    offsets: Mutex<BTreeMap<i64, i64>>,
    settled: BTreeSet<String>,
    /// How many requests were looked at.
    checked: usize,
    complaint: Option<String>,
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

impl Oracle {
    pub fn new(world: World, window: Duration, rate: f64, may_delete: bool) -> Self {
        Self {
            world,
            window: u64::try_from(window.as_micros()).unwrap(),
            rate,
            may_delete,
            offsets: Mutex::default(),
            settled: BTreeSet::new(),
            checked: 0,
            complaint: None,
        }
    }

    pub fn complain(&mut self, words: String) {
        self.complaint = self.complaint.take().or(Some(words));
    }

    /// A process has begun and has this number.
    pub fn begin(&self, run_id: i64) {
        let off = self.world.inner().clock_off;
        self.offsets.lock().unwrap().insert(run_id, off);
    }

    /// What was told as done is on disk.
    pub fn progress(&self, run_id: i64, told: Progress) -> Option<String> {
        let inner = self.world.inner();
        let sql = "SELECT COUNT(*) FROM calls WHERE run_id = ?1 AND phase = 'outcome' AND endpoint IN ('add_store', 'delpoi')";
        let durable: i64 = inner.keeper().query_row(sql, [run_id], |row| row.get(0)).unwrap_or(0);
        (told.sent > durable.unsigned_abs())
            .then(|| format!("told of {} outcomes, and {durable} are on disk", told.sent))
    }

    /// How many writes have left so far.
    pub fn writes(&self) -> usize {
        self.world.inner().seen.iter().filter(|seen| left_as_write(seen)).count()
    }

    /// Everything that must hold between two processes.
    pub fn after_run(&mut self, end: &End) -> Result<(), String> {
        if let Some(words) = self.complaint.take() {
            return Err(words);
        }
        self.requests()?;
        self.rate()?;
        self.quota()?;
        self.readings()?;
        let states = self.states()?;
        let complete = matches!(end, End::Ended(ended) if ended.halt.is_none());
        for (poi_id, (state, was_read)) in &states {
            let known = SETTLED.iter().chain(&NEEDS_PERSON).chain(&MOVES).any(|known| known == state);
            ensure(known, || format!("{poi_id} stands in no known state: {state}"))?;
            ensure(!complete || state != "in_flight", || format!("{poi_id} is in flight after a run that has ended"))?;
            self.agrees_with_the_platform(poi_id, state, *was_read)?;
        }
        self.settled = states
            .iter()
            .filter(|(_, (state, _))| SETTLED.contains(&state.as_str()))
            .map(|(poi_id, _)| poi_id.clone())
            .collect();
        Ok(())
    }

    /// At most one request an attempt, its intent on disk before it, and a new one only where the one before was
    /// certainly not done.
    fn requests(&mut self) -> Result<(), String> {
        let inner = self.world.inner();
        let mut by_store: BTreeMap<&str, Vec<(usize, &Seen)>> = BTreeMap::new();
        for (n, seen) in inner.seen.iter().enumerate().filter(|(_, seen)| seen.endpoint.is_write()) {
            by_store.entry(seen.poi_id.as_deref().unwrap_or("")).or_default().push((n, seen));
        }
        for (poi_id, requests) in by_store {
            // Each request has an intent of its own, on disk when it leaves.
            let mut intents: i64 = 0;
            let mut before: Option<&Seen> = None;
            for (n, request) in requests {
                ensure(request.intents > intents, || {
                    format!(
                        "{poi_id}: a request left with {} intents on disk, the one before with {intents}",
                        request.intents
                    )
                })?;
                intents = request.intents;
                if n >= self.checked {
                    ensure(!self.settled.contains(poi_id), || format!("{poi_id} was settled, and was written to"))?;
                    ensure(request.endpoint != Endpoint::Delpoi || self.may_delete, || {
                        format!("{poi_id} was deleted without permission")
                    })?;
                }
                if let Some(earlier) = before {
                    self.may_follow(&inner.seen, poi_id, earlier, request, inner.touched.contains(poi_id))?;
                }
                if request.told != Told::NotConnected {
                    before = Some(request);
                }
            }
        }
        let checked = inner.seen.len();
        drop(inner);
        self.checked = checked;
        Ok(())
    }

    fn may_follow(
        &self,
        seen: &[Seen],
        poi_id: &str,
        earlier: &Seen,
        later: &Seen,
        by_hand: bool,
    ) -> Result<(), String> {
        let differs = earlier.body != later.body;
        let certain = match earlier.told {
            Told::Code(0) => false,
            Told::Code(code) if NOT_DONE.contains(&code) => true,
            // Refused for what it says: again only with something else to say.
            Told::Code(-1 | 85_038 | 85_040 | 65_115 | 65_116) | Told::Nothing => false,
            Told::Code(_) => differs,
            Told::Page(429) => true,
            Told::Page(_) | Told::NotConnected => false,
        };
        let decisive = |read: &&Seen| {
            read.left >= earlier.left + self.window
                && read.heard <= later.left
                && read.shown.iter().any(|(id, status)| id == poi_id && matches!(status.as_str(), "0" | "1" | "4"))
        };
        let read = seen.iter().filter(|seen| !seen.endpoint.is_write()).any(|seen| decisive(&seen));
        ensure(certain || read, || {
            format!(
                "{poi_id}: {:?} of run {} at {} s was told {:?}, and {:?} of run {} left at {} s without a reading after the window of {} s",
                earlier.endpoint,
                earlier.run,
                seconds(earlier.left),
                earlier.told,
                later.endpoint,
                later.run,
                seconds(later.left),
                seconds(self.window)
            )
        })?;
        let settled = later.truth.as_ref().is_some_and(|(status, gone)| *gone || matches!(status.as_str(), "2" | "3"));
        // What the platform has already must not be asked for again, unless somebody else did it behind our back.
        ensure(!settled || by_hand || certain, || {
            format!("{poi_id}: sent again at {} s, when it was done: {:?}", seconds(later.left), later.truth)
        })
    }

    /// Never more writes in a second than were permitted, across processes.
    fn rate(&self) -> Result<(), String> {
        let inner = self.world.inner();
        let left: Vec<Micros> = inner.seen.iter().filter(|seen| left_as_write(seen)).map(|seen| seen.left).collect();
        let mut left = left;
        left.sort_unstable();
        for (n, from) in left.iter().enumerate() {
            let within = left[n..].iter().take_while(|at| **at < from + 1_000_000).count();
            ensure(u32::try_from(within).is_ok_and(|within| f64::from(within) <= self.rate.max(1.0)), || {
                format!("{within} writes in the second from {} s, where {} are allowed", seconds(*from), self.rate)
            })?;
        }
        Ok(())
    }

    /// Once the day is said to be spent, no write of its kind leaves in that run.
    fn quota(&self) -> Result<(), String> {
        let inner = self.world.inner();
        for spent in inner.seen.iter().filter(|seen| seen.told == Told::Code(45_009) && seen.endpoint.is_write()) {
            let after =
                |seen: &&Seen| seen.run == spent.run && seen.endpoint == spent.endpoint && seen.begun > spent.heard;
            if let Some(later) = inner.seen.iter().find(after) {
                let (at, left) = (seconds(spent.heard), seconds(later.left));
                return Err(format!("{:?} was spent at {at} s, and one left at {left} s", spent.endpoint));
            }
        }
        Ok(())
    }

    /// No reading asked for before sending and the window decides about an open outcome.
    fn readings(&self) -> Result<(), String> {
        let inner = self.world.inner();
        let offsets = self.offsets.lock().unwrap();
        let sql = "SELECT poi_id, run_id, phase, outcome, calls.sent_at, sight, attempt, calls.errcode FROM calls \
                   JOIN stores ON stores.id = store_id ORDER BY seq";
        let mut statement = inner.keeper().prepare(sql).map_err(|error| error.to_string())?;
        let mut open: BTreeMap<String, bool> = BTreeMap::new();
        let mut rows = statement.query([]).map_err(|error| error.to_string())?;
        while let Some(row) = rows.next().map_err(|error| error.to_string())? {
            let poi_id: String = row.get(0).unwrap();
            let (run_id, phase): (i64, String) = (row.get(1).unwrap(), row.get(2).unwrap());
            match phase.as_str() {
                "intent" => {
                    let before = open.insert(poi_id.clone(), true);
                    ensure(before != Some(true), || {
                        format!("{poi_id}: a new intent, and the outcome before it is open")
                    })?;
                }
                "outcome" => {
                    let outcome: Option<String> = row.get(3).unwrap();
                    // That it has such a store already is for a reading to say.
                    let duplicate = matches!(row.get::<_, Option<i64>>(7).unwrap(), Some(85_038 | 85_040));
                    open.insert(poi_id, outcome.as_deref() == Some("lost") || duplicate);
                }
                "reading" if open.get(&poi_id) == Some(&true) => {
                    let sight: Option<String> = row.get(5).unwrap();
                    if sight.as_deref() == Some("undecided") {
                        continue;
                    }
                    open.insert(poi_id.clone(), false);
                    let asked: i64 = row.get(4).unwrap();
                    let asked = stamp_to_true(asked, offsets.get(&run_id).copied().unwrap_or(0));
                    let sent = inner
                        .seen
                        .iter()
                        .filter(|seen| seen.endpoint.is_write() && seen.poi_id.as_deref() == Some(&poi_id));
                    let sent = sent.filter(|seen| seen.left < asked).map(|seen| seen.left).max();
                    ensure(sent.is_none_or(|sent| asked + 1_000 >= sent + self.window), || {
                        format!(
                            "{poi_id}: sent at {} s, a reading of {} s decided ({sight:?})",
                            seconds(sent.unwrap_or(0)),
                            seconds(asked)
                        )
                    })?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn states(&self) -> Result<BTreeMap<String, (String, bool)>, String> {
        let inner = self.world.inner();
        let sql = "SELECT poi_id, state, read_at IS NOT NULL FROM stores";
        let mut statement = inner.keeper().prepare(sql).map_err(|error| error.to_string())?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))));
        rows.map_err(|error| error.to_string())?.collect::<Result<_, _>>().map_err(|error| error.to_string())
    }

    /// No false success, and nothing called gone that is there.
    fn agrees_with_the_platform(&self, poi_id: &str, state: &str, was_read: bool) -> Result<(), String> {
        let truth = self.truth(poi_id);
        let Some((status, gone)) = truth else { return Ok(()) };
        let agrees = match state {
            // An input's word until the platform was read is not a success of ours.
            "upgraded" => status == "3" || !was_read,
            "deleted" | "vanished" => gone,
            "in_review" => gone || matches!(status.as_str(), "1" | "2" | "3"),
            _ => true,
        };
        ensure(agrees, || format!("{poi_id} stands as {state}; the platform has {status}, gone: {gone}"))
    }

    fn truth(&self, poi_id: &str) -> Option<(String, bool)> {
        let inner = self.world.inner();
        let truth = inner.platform.truth(&poilift::store::PoiId::new(poi_id)?, inner.true_stamp())?;
        Some((truth.status.code().to_owned(), truth.deleted))
    }

    /// Once faults have stopped and two runs have ended: everything is settled or needs a person, and is what the
    /// platform has.
    pub fn at_the_end(
        &self,
        rows: &[StoreRow],
        stores: &[LegacyStore],
        credentials: &BTreeMap<usize, String>,
    ) -> Result<(), String> {
        ensure(rows.len() == stores.len(), || format!("{} rows for {} stores", rows.len(), stores.len()))?;
        self.report_is_the_ledger(rows)?;
        let touched = self.world.inner().touched.clone();
        for (n, store) in stores.iter().enumerate() {
            let poi_id = store.poi_id.as_ref().unwrap().as_str();
            let row = rows.iter().find(|row| row.poi_id().is_some_and(|id| id.as_str() == poi_id));
            let Some(row) = row else { return Err(format!("{poi_id} is lost")) };
            let state = row.state.key();
            let ended = SETTLED.contains(&state) || NEEDS_PERSON.contains(&state);
            ensure(ended, || {
                format!("{poi_id} still stands as {state} two runs after the last fault: {:?}", row.reason)
            })?;
            let Some((status, gone)) = self.truth(poi_id) else { continue };
            let agrees = match state {
                // What somebody deletes once it has moved is no longer asked for by the old interface.
                "upgraded" => status == "3" && (!gone || touched.contains(poi_id)),
                "deleted" | "vanished" => gone,
                "rejected" => !gone && matches!(status.as_str(), "0" | "1" | "4" | ""),
                "held" => !gone && status == "4",
                "drifted" => touched.contains(poi_id) || !gone,
                _ => !gone && !matches!(status.as_str(), "2" | "3"),
            };
            ensure(agrees, || format!("{poi_id} ends as {state}; the platform has {status}, gone: {gone}"))?;
            if !touched.contains(poi_id) {
                self.had_one_effect(poi_id)?;
                self.was_served(n, store, state, &status, credentials)?;
            }
        }
        Ok(())
    }

    /// A store is submitted once, and once more only where a review had refused it.
    fn had_one_effect(&self, poi_id: &str) -> Result<(), String> {
        let inner = self.world.inner();
        let refused = inner.seen.iter().flat_map(|seen| &seen.shown).any(|(id, status)| id == poi_id && status == "1");
        let id = poilift::store::PoiId::new(poi_id).ok_or("no poi_id")?;
        let submissions = inner.platform.truth(&id, inner.true_stamp()).map_or(0, |truth| truth.submissions);
        ensure(submissions <= 1 + u32::from(refused), || format!("{poi_id} was submitted {submissions} times"))
    }

    /// What people are shown is what the tables say.
    fn report_is_the_ledger(&self, rows: &[StoreRow]) -> Result<(), String> {
        let material = Material {
            account: "wx1",
            ledger: "",
            counts: &Counts::of(rows),
            calls: &BTreeMap::new(),
            last_pass: None,
            last_write_at: None,
        };
        let shown = Summary::count(&material).by_state;
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        for (state, _) in self.states()?.into_values() {
            *counted.entry(state).or_default() += 1;
        }
        let shown: BTreeMap<String, u64> =
            shown.into_iter().filter(|(_, n)| *n > 0).map(|(state, n)| (state.to_owned(), n)).collect();
        ensure(shown == counted, || format!("the summary shows {shown:?}, the ledger has {counted:?}"))
    }

    /// No false failure: a store that could go has gone, unless the platform itself refused it.
    fn was_served(
        &self,
        n: usize,
        store: &LegacyStore,
        state: &str,
        status: &str,
        credentials: &BTreeMap<usize, String>,
    ) -> Result<(), String> {
        let poi_id = store.poi_id.as_ref().unwrap().as_str();
        let inner = self.world.inner();
        let refused = inner.seen.iter().any(|seen| {
            let code = match seen.told {
                Told::Code(code) => code,
                _ => 0,
            };
            let of_store = seen.endpoint.is_write() && seen.poi_id.as_deref() == Some(poi_id);
            of_store && code != 0 && code != -1 && !NOT_DONE.contains(&code)
        });
        drop(inner);
        let expected: &[&str] = match store.upgrade_status {
            UpgradeStatus::Waiting | UpgradeStatus::Failed if !credentials.contains_key(&n) => &["blocked"],
            UpgradeStatus::Waiting | UpgradeStatus::Failed if status == "1" => &["rejected"],
            UpgradeStatus::Waiting | UpgradeStatus::Failed if refused => &["upgraded", "rejected"],
            UpgradeStatus::Waiting | UpgradeStatus::Failed => &["upgraded"],
            UpgradeStatus::Migrating | UpgradeStatus::Done => &["upgraded"],
            UpgradeStatus::Forbidden if !self.may_delete => &["held"],
            UpgradeStatus::Forbidden if refused => &["deleted", "rejected"],
            UpgradeStatus::Forbidden => &["deleted"],
            UpgradeStatus::Absent | UpgradeStatus::Other(_) => &["blocked"],
        };
        ensure(expected.contains(&state), || {
            format!(
                "{poi_id} (was {:?}) ends as {state}, not as {expected:?}; the platform has {status}",
                store.upgrade_status
            )
        })
    }
}

fn left_as_write(seen: &Seen) -> bool {
    seen.endpoint.is_write() && seen.told != Told::NotConnected
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a simulation")]
fn seconds(micros: Micros) -> f64 {
    micros as f64 / 1e6
}
