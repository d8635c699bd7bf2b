//! Reading the platform: passes over the list, readings by key for what a pass lacks, and waiting for reviews.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Ended, PipelineError, Work};
use crate::engine::{Control, Phase, WaitsFor, logged_here};
use crate::ledger::{Entry, Observation, Pass, ReadingEntry, StoreRow};
use crate::reconcile::{Compared, ListPass, Listing, PassError, compare, observe, read_list};
use crate::store::{BulkJob, JoinKey, LegacyStore, PoiId, Stamp, State, UpgradeStatus};
use crate::wechat::{Client, PoiReading, ReadError};
use crate::wire::{Class, Endpoint};
use crate::words;

/// So many stores missing from an otherwise empty list are asked for by key before the list is disbelieved.
const ASKED_BY_KEY: usize = 3;

/// So many stores are compared with a list together.
const AT_A_TIME: usize = 4096;

/// The longest pause between two passes while reviews are waited for.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// A look at the stop flag this often while waiting.
const LOOK_UP: Duration = Duration::from_millis(100);

/// So many failures in a row, and the others are not asked for.
const UNREAD_MAX: usize = 4;

/// Stores that could not be read by key.
pub(super) struct Unread {
    /// Which.
    pub(super) ids: HashSet<i64>,
    /// What the first of them met.
    pub(super) why: Option<ReadError>,
}

impl Unread {
    /// The first of them by name.
    pub(super) fn named(&self, rows: &[&StoreRow]) -> String {
        const NAMED_MAX: usize = 5;
        let unread = rows.iter().filter(|row| self.ids.contains(&row.id)).filter_map(|row| row.poi_id());
        let names: Vec<String> = unread.take(NAMED_MAX).map(ToString::to_string).collect();
        names.join(", ") + if self.ids.len() > NAMED_MAX { " …" } else { "" }
    }
}

/// The answer of one reading by key.
pub(super) struct KeyReading {
    pub(super) id: i64,
    pub(super) asked_at: Stamp,
    pub(super) reading: Result<PoiReading, ReadError>,
}

impl Work<'_> {
    /// One pass over the list, and what it means for every store of the ledger. With `is_source` the list is also where
    /// the stores come from.
    pub(super) fn read_platform(&mut self, is_source: bool) -> Result<(), PipelineError> {
        if self.orders.job != BulkJob::Migrate {
            return self.read_orders();
        }
        self.enter(Phase::Reading);
        let pass = read_list(&self.connection()?.client, &*self.clock, false);
        self.note_calls()?;
        let pass = match pass {
            Ok(pass) => pass,
            Err(refused) if is_source => return Err(refused.into()),
            Err(refused) => return self.read_without_list(refused),
        };
        if is_source {
            self.take_live(&pass.stores)?;
        }
        // Only what is listed, or ought to be, is looked at, and a few of them at a time.
        let ids = self.listed_or_expected(&pass)?;
        let listing = Listing::of(&pass);
        if pass.stores.is_empty() {
            // Before anything is written on its word.
            let expected = ids.chunks(AT_A_TIME).map(|ids| self.compare_some(ids, &listing, is_source));
            let expected = expected.map(|compared| Ok(compared?.1.absent.len())).sum::<Result<_, PipelineError>>()?;
            self.believe(expected)?;
        }
        self.note_pass(&pass)?;
        self.read_since = Some(pass.asked_at);
        self.listed = pass.stores.iter().flat_map(keys_of).collect();
        let mut absent = Vec::new();
        for ids in ids.chunks(AT_A_TIME) {
            let (rows, compared) = self.compare_some(ids, &listing, is_source)?;
            self.record(&rows, &compared.seen)?;
            absent.extend(compared.absent);
        }
        if is_source {
            let n = pass.stores.len();
            self.say(words!("the platform lists {n} stores"; "平台列表共 {n} 家门店"));
        }
        self.read_absent(&absent, is_source)
    }

    /// The numbers of the stores that a pass shows, or that it ought to show, in order.
    fn listed_or_expected(&self, pass: &ListPass) -> Result<Vec<i64>, PipelineError> {
        let ledger = self.ledger();
        let mut ids = ledger.ids_of(pass.stores.iter().filter_map(|store| store.poi_id.as_ref()))?;
        // Whatever a state means for a list is said in `compare`; this leaves out those that are many and mean nothing.
        let open: Vec<State> = State::ALL.into_iter().filter(|state| *state != State::Upgraded).collect();
        ids.extend(ledger.standpoints(&open, None)?.iter().map(|at| at.id));
        ids.extend(ledger.upgraded_by_word()?);
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// These stores against a list.
    fn compare_some(
        &self,
        ids: &[i64],
        listing: &Listing<'_>,
        is_source: bool,
    ) -> Result<(Vec<StoreRow>, Compared), PipelineError> {
        let rows = self.compared_rows(ids, is_source)?;
        let compared = compare(&rows, listing, self.orders.settle_window)?;
        Ok((rows, compared))
    }

    /// These stores as a reading is weighed with them.
    fn compared_rows(&self, ids: &[i64], is_source: bool) -> Result<Vec<StoreRow>, PipelineError> {
        let mut rows = self.ledger().stores(Some(ids))?;
        if is_source {
            // The plan is made of this very list: what its stores were like before is nothing that they drift from.
            for row in &mut rows {
                row.planned.fields = None;
            }
        }
        Ok(rows)
    }

    /// What a pass showed. A reading that moves a store is a line of its story, like one by key.
    fn record(&mut self, rows: &[StoreRow], seen: &[Observation]) -> Result<(), PipelineError> {
        let by_id: HashMap<i64, &StoreRow> = rows.iter().map(|row| (row.id, row)).collect();
        let moves = |seen: &&Observation| by_id.get(&seen.id).is_some_and(|row| row.state != seen.state);
        let entries: Vec<Entry> =
            seen.iter().filter(moves).map(|seen| self.reading_entry(Endpoint::Getpoilist, seen, None)).collect();
        let (run_id, now) = (self.run_id, self.clock.now());
        self.ledger_mut().write_entries(run_id, &entries)?;
        self.tell_durable(rows.iter(), &entries);
        if self.ledger_mut().observe(seen, now)? {
            self.is_planned = false;
        }
        Ok(())
    }

    /// A list that is suddenly empty is one finding, not a thousand vanished stores.
    fn believe(&mut self, expected: usize) -> Result<(), PipelineError> {
        if expected <= ASKED_BY_KEY {
            return Ok(());
        }
        let upgraded = self.connection()?.client.store_list_total().ok();
        self.note_calls()?;
        Err(PipelineError::ListEmpty { expected, listed: 0, upgraded })
    }

    fn note_pass(&self, pass: &ListPass) -> Result<(), PipelineError> {
        let unfinished = pass.stores.iter().filter(|store| store.upgrade_status != UpgradeStatus::Done).count();
        let total = pass.stores.len() as u64;
        let noted = Pass { asked_at: pass.asked_at, ended_at: pass.ended_at, total, unfinished: unfinished as u64 };
        Ok(self.ledger().note_pass(self.run_id, noted)?)
    }

    /// Absence from a list counts only after a reading by key.
    fn read_absent(&mut self, absent: &[i64], is_source: bool) -> Result<(), PipelineError> {
        if absent.is_empty() {
            return Ok(());
        }
        let n = absent.len();
        self.warn(words!(
            "{n} stores are not in the platform's list; each is asked for by its poi_id";
            "{n} 家门店不在平台列表中，逐一按 poi_id 查询"
        ));
        let rows = self.compared_rows(absent, is_source)?;
        let rows: Vec<&StoreRow> = rows.iter().collect();
        let unread = self.read_by_key(&rows)?;
        if let Some(error) = &unread.why {
            let (n, named) = (unread.ids.len(), unread.named(&rows));
            // They stay as they are, and nothing is sent for a store that was not seen.
            self.warn(
                words!("{n} of them could not be read ({named}): {error}"; "其中 {n} 家无法查询（{named}）：{error}"),
            );
        }
        Ok(())
    }

    /// Reads these stores by key and writes down what was seen; says which could not be read, and why.
    pub(super) fn read_by_key(&mut self, rows: &[&StoreRow]) -> Result<Unread, PipelineError> {
        let readings = self.ask_each(rows, &|client, poi_id| client.getpoi(poi_id))?;
        let by_id: HashMap<i64, &StoreRow> = rows.iter().map(|row| (row.id, *row)).collect();
        let mut unread = Unread { ids: by_id.keys().copied().collect(), why: None };
        let mut entries = Vec::with_capacity(readings.len());
        let mut observations = Vec::with_capacity(readings.len());
        for KeyReading { id, asked_at, reading } in readings {
            let Some(row) = by_id.get(&id) else { continue };
            match reading {
                Ok(reading) => {
                    let (shown, errcode) = reading.parts();
                    let seen = observe(row, shown, asked_at, self.orders.settle_window)?;
                    entries.push(self.reading_entry(Endpoint::Getpoi, &seen, errcode));
                    observations.push(seen);
                    unread.ids.remove(&id);
                }
                Err(error) => unread.why = unread.why.or(Some(error)),
            }
        }
        let (run_id, now) = (self.run_id, self.clock.now());
        self.ledger_mut().write_entries(run_id, &entries)?;
        self.tell_durable(rows.iter().copied(), &entries);
        self.is_planned &= observations.is_empty();
        self.ledger_mut().observe(&observations, now)?;
        Ok(unread)
    }

    pub(super) fn reading_entry(&self, endpoint: Endpoint, seen: &Observation, errcode: Option<i64>) -> Entry {
        Entry::Reading(Box::new(ReadingEntry {
            store_id: seen.id,
            endpoint: endpoint.key(),
            asked_at: seen.asked_at,
            at: self.clock.now(),
            shown: seen.shown.clone(),
            errcode,
            sight: seen.sight,
            to: seen.state,
            reason: seen.reason.clone(),
        }))
    }

    /// Asks for each of these stores, several at a time.
    pub(super) fn ask_each(
        &self,
        rows: &[&StoreRow],
        ask: &(dyn Fn(&Client, &PoiId) -> Result<PoiReading, ReadError> + Sync),
    ) -> Result<Vec<KeyReading>, PipelineError> {
        let client = &self.connection()?.client;
        let queue: Mutex<Vec<(i64, &PoiId)>> =
            Mutex::new(rows.iter().filter_map(|row| Some((row.id, row.poi_id()?))).collect());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let readings = Mutex::new(Vec::new());
        let (control, clock) = (&self.control, &self.clock);
        let failures = AtomicUsize::new(0);
        let given_up = || control.is_stopped() || failures.load(Ordering::Relaxed) >= UNREAD_MAX;
        let read = || {
            while let Some((id, poi_id)) = next().filter(|_| !given_up()) {
                let asked_at = clock.now();
                let reading = ask(client, poi_id);
                // In a row: a platform that answers again is asked on.
                match &reading {
                    Ok(_) => failures.store(0, Ordering::Relaxed),
                    // What is wrong with one row says nothing about the next.
                    Err(error) if error.class(client.errors()) == Class::FixRow => {}
                    Err(_) => drop(failures.fetch_add(1, Ordering::Relaxed)),
                }
                let reading = KeyReading { id, asked_at, reading };
                readings.lock().unwrap_or_else(PoisonError::into_inner).push(reading);
            }
        };
        match self.machine.readers().min(rows.len()) {
            0 => {}
            1 => read(),
            readers => std::thread::scope(|scope| (0..readers).for_each(|_| drop(scope.spawn(logged_here(read))))),
        }
        Ok(readings.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads on while reviews are under way, for as long as the user wants to wait, and says how what was settled meanwhile
    /// ended. With `sends` it comes back early, and says so, when an outcome turns out not to have happened. A platform that
    /// cannot be read for a while is waited for; `unread` is what the last reading met.
    pub(super) fn wait_for_reviews(
        &mut self,
        sends: bool,
        mut unread: Option<PipelineError>,
    ) -> Result<(bool, Ended), PipelineError> {
        if self.goes_on_tomorrow()? {
            return Ok((false, Ended::default()));
        }
        let wait = if self.reads_on { self.orders.wait } else { Duration::ZERO };
        let until = *self.wait_until.get_or_insert_with(|| self.clock.now().after(wait));
        let mut pause = (self.orders.settle_window / 4).clamp(Duration::from_millis(250), Duration::from_secs(5));
        let mut said = 0;
        let mut ended = Ended::default();
        loop {
            let waiting = self.standpoints(&[State::InReview, State::Unknown])?.len();
            let over = waiting == 0 && unread.is_none();
            if over || self.is_stopped() || self.clock.now() >= until {
                return unread.filter(|_| !self.is_stopped()).map_or(Ok((false, ended)), Err);
            }
            if waiting != said {
                self.say(words!("in review: {waiting}"; "审核中：{waiting} 家"));
                said = waiting;
            }
            self.enter(Phase::Waiting);
            self.control.wait_for(WaitsFor::Reviews, Some(until));
            self.sleep(pause.min(until.since(self.clock.now())));
            if self.is_held(until) {
                continue;
            }
            unread = match self.read_platform(false) {
                Ok(()) => None,
                Err(error) if self.may_pass(&error) => Some(error),
                Err(error) => return Err(error),
            };
            ended = ended.followed_by(self.settle()?);
            if !ended.may_read_on() {
                return Ok((false, ended));
            }
            if sends && self.reopened()? {
                return Ok((true, ended));
            }
            pause = (pause * 3 / 2).min(PAUSE_MAX);
        }
    }

    /// A reading that may go better the next time.
    pub(super) fn passes(&self, error: &ReadError) -> bool {
        let class = |connection: &super::Connection| error.class(connection.client.errors());
        self.connection().is_ok_and(|connection| matches!(class(connection), Class::Retry | Class::SlowDown))
    }

    /// A failure that may be over at the next reading.
    pub(super) fn may_pass(&self, error: &PipelineError) -> bool {
        match error {
            PipelineError::Read(error) | PipelineError::Pass(PassError::Read(error)) => self.passes(error),
            PipelineError::Pass(PassError::Unsteady { .. }) | PipelineError::ListEmpty { .. } => true,
            _ => false,
        }
    }

    /// While the run is paused no reading begins. Whether it ends so: stopped, or at the end of the time for waiting.
    fn is_held(&self, until: Stamp) -> bool {
        while self.control.is_paused() && !self.is_stopped() && self.clock.now() < until {
            self.sleep(LOOK_UP * self.clock.speed());
        }
        self.is_stopped() || self.control.is_paused()
    }

    pub(super) fn sleep(&self, span: Duration) {
        let end = self.clock.elapsed() + span;
        while !self.is_stopped() {
            let left = end.saturating_sub(self.clock.elapsed());
            if left.is_zero() {
                return;
            }
            self.clock.sleep(left.min(LOOK_UP * self.clock.speed()));
        }
    }
}

/// By what a supplement can name a store.
fn keys_of(store: &LegacyStore) -> impl Iterator<Item = JoinKey> {
    let by_poi_id = store.poi_id.clone().map(JoinKey::PoiId);
    by_poi_id.into_iter().chain(store.sid.clone().map(JoinKey::Sid))
}

/// The whole list as the platform answers it: the stores, and the pages they came in. No ledger takes part.
///
/// # Errors
///
/// The platform, or a list that changed under every pass.
pub fn pull(
    platform: &super::PlatformSettings,
    orders: &super::Orders,
    machine: &dyn super::Machine,
    control: &Arc<Control>,
) -> Result<(Vec<LegacyStore>, Vec<serde_json::Value>), PipelineError> {
    let connection = super::Connection::open(platform, orders.rate, machine, control)?;
    connection.ask_rate(orders.rate)?;
    let pass = read_list(&connection.client, &*machine.clock(), true)?;
    Ok((pass.stores, pass.pages))
}
