//! The ledger: one `SQLite` file an account, the only memory of a migration.
//!
//! **Locking.** A run holds `LEDGER.lock` and the account's lock ([`Lock`]); readers hold nothing. **Durability.** WAL with
//! `synchronous=FULL`: a committed row survives a power loss, not only the death of the process. **Compatibility.** The
//! schema is an append-only list of migrations under `user_version`; a newer file is refused, an older one is copied
//! before it is migrated. `calls` is append-only. No secret and no token is ever written here. **Integrity.** Whoever opens
//! it audits it first, a large one beside the run and before any store is changed; every row has a seal, and `LEDGER.mark` beside it says how many transactions it has had. **Time.** A
//! run's session begins with what the clocks say: settle windows count from what is certain to have passed.

mod audit;
mod beside;
mod cells;
mod entry;
mod error;
mod file;
#[cfg(test)]
mod flips_tests;
mod fresh;
mod history;
mod load;
mod loader;
mod lock;
mod mark;
mod media;
mod open;
mod orders;
mod planner;
mod row;
mod schema;
mod seal;
mod sealing;
mod session;
#[cfg(test)]
mod session_tests;
mod standing;
mod stories;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};

pub use cells::{Fill, SuppliedBy};
pub use entry::{Acceptance, Announcement, CallEntry, Counted, Entry, Intent, Outcome, ReadingEntry};
pub use error::{LedgerError, Trouble};
pub use file::{canonical, same_file};
pub use fresh::{FreshRow, FreshRows};
pub use history::{Announced, CallCounts, Pass, RunStart, StoryLine, StoryRun};
pub use load::{NumberSet, Observation, PlanChange, PlannedRow, SourceRow};
pub use loader::Loader;
pub use lock::{Lock, lock_account, lock_ledger, refuse_network};
pub use media::{KnownMedia, RefusedFile, Uploaded};
pub use orders::{ORDER_CELLS, OrderedRow};
pub use planner::Planner;
pub use row::{Observed, Planned, StoreRow};
pub use standing::Standpoint;
pub use writer::{Acknowledge, LedgerWriter, WriterHandle};

use crate::store::{
    BulkJob, ClockReading, Field, JoinKey, Place, PoiId, RememberedCell, Stamp, State, SupplementRow, Verb,
};

use beside::Beside;
use error::sqlite_error;
use mark::Marker;

/// Whose ledger it is: the account, and whether its platform is real.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The appid, or `sandbox`; empty while it is not known (a plan made offline).
    pub account: String,
    /// The host of the platform's interface, `loopback` for a server on this machine, or `sandbox`; empty while not known.
    pub platform: String,
}

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    connection: Connection,
    marker: Marker,
    job: BulkJob,
    beside: Beside,
}

impl Ledger {
    /// Whose ledger it is.
    pub fn identity(&self) -> Result<Identity, LedgerError> {
        let get = |key| self.meta(key).map(Option::unwrap_or_default);
        Ok(Identity { account: get("account")?, platform: get("platform")? })
    }

    /// A remembered setting.
    pub fn meta(&self, key: &str) -> Result<Option<String>, LedgerError> {
        self.with(|connection| {
            connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()
        })
    }

    /// Remembers a setting.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), LedgerError> {
        self.note(|connection| entry::apply_setting(connection, key, value))
    }

    /// The same ledger, showing the rows of another job than the migration.
    #[must_use]
    pub fn of_job(self, job: BulkJob) -> Self {
        Self { job, ..self }
    }

    /// Whose rows it shows.
    #[must_use]
    pub fn job(&self) -> BulkJob {
        self.job
    }

    /// Takes the rows of its job's spreadsheet, as one durable transaction: the ledger's number of each, in order, and of
    /// those whose earlier order is still under way.
    pub fn take_orders(&mut self, rows: &[OrderedRow], now: Stamp) -> Result<(Vec<i64>, Vec<i64>), LedgerError> {
        let job = self.job;
        let taken = self.write(|connection| orders::take(connection, job, rows, now))?;
        Ok(taken)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn sqlite(&self, source: rusqlite::Error) -> LedgerError {
        sqlite_error(&self.path, source)
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        work(&self.connection).map_err(|source| self.sqlite(source))
    }

    /// Waits until the ledger was audited, if it is so large that this goes on beside the run: no store is changed and
    /// nothing is sent before.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Damaged`], also to whoever asks again.
    pub fn audited(&self) -> Result<(), LedgerError> {
        let found = self.beside.end().map_err(|source| self.sqlite(source))?;
        found.map_or(Ok(()), |what| Err(LedgerError::Damaged { path: self.path.clone(), what }))
    }

    /// The one way in which stores are changed: a durable transaction that counts itself.
    fn write<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        self.audited()?;
        self.note(work)
    }

    /// The same for what is noted beside the stores (settings, runs, calls), which waits for no audit.
    fn note<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        mark::commit(&self.connection, &self.marker, work).map_err(|source| self.sqlite(source))
    }

    /// Begins a run's session at what the clocks say: where they claim that more time has passed since the last writes than
    /// is certain, settle windows count from later. `trusted`: a person says that the clock was wrong when the ledger was
    /// written and is right now; all windows begin anew.
    ///
    /// # Errors
    ///
    /// [`LedgerError::ClockSetBack`] where the clock is earlier than the ledger by more than
    /// [`SET_BACK_MAX`](crate::store::SET_BACK_MAX); nothing is changed then.
    pub fn begin_session(&self, clock: &ClockReading, trusted: bool) -> Result<(), LedgerError> {
        // Moving a window seals its row anew: a damaged one would be whole then.
        if self.with(|connection| session::moves_windows(connection, clock, trusted))? {
            self.audited()?;
        }
        self.note(|connection| session::begin(connection, clock, trusted))?
            .map_err(|newest| LedgerError::ClockSetBack { path: self.path.clone(), now: clock.wall, newest })
    }

    /// Notes that a run begins; returns its number.
    pub fn begin_run(&self, run: &RunStart) -> Result<i64, LedgerError> {
        let done = self.note(|connection| history::begin_run(connection, run))?;
        crash_point!("run-begun");
        Ok(done)
    }

    /// Notes how a run ended.
    pub fn end_run(&self, run_id: i64, exit_code: u8, at: Stamp) -> Result<(), LedgerError> {
        self.write(|connection| history::end_run(connection, run_id, exit_code, at))?;
        crash_point!("run-after-end");
        Ok(())
    }

    /// The latest run of one of these commands, with its arguments as typed.
    pub fn last_run(&self, commands: &[&str]) -> Result<Option<(String, Vec<String>)>, LedgerError> {
        self.with(|connection| history::last_run(connection, commands))
    }

    /// The number of the last line of what happened; 0 if nothing did.
    pub fn last_seq(&self) -> Result<i64, LedgerError> {
        self.with(history::last_seq)
    }

    /// The stores whose first write was begun after the line with this number.
    pub fn first_sent_after(&self, seq: i64) -> Result<HashSet<i64>, LedgerError> {
        self.with(|connection| history::first_sent_after(connection, seq))
    }

    /// Notes a file or pull that a run read.
    pub fn note_input(
        &self,
        run_id: i64,
        role: &str,
        (file, sha256): (&str, &str),
        rows: usize,
        at: Stamp,
    ) -> Result<(), LedgerError> {
        self.write(|connection| history::note_input(connection, run_id, role, file, sha256, rows, at))
    }

    /// Loads the rows of one source, each store once; returns the ledger's number of each, in order.
    pub fn load(&mut self, rows: &[SourceRow], now: Stamp) -> Result<Vec<i64>, LedgerError> {
        self.load_sources(now, |loader| {
            loader.begin_source(false)?;
            rows.iter().try_for_each(|row| loader.row(row))?;
            loader.end_source()
        })
    }

    /// Loads what `work` gives, as one durable transaction; returns the ledger's number of each row, in order.
    ///
    /// # Errors
    ///
    /// The ledger's, or what `work` says; then nothing has changed.
    pub fn load_sources<E: From<LedgerError>>(
        &mut self,
        now: Stamp,
        work: impl FnOnce(&mut Loader<'_>) -> Result<(), E>,
    ) -> Result<Vec<i64>, E> {
        let mut failed = None;
        let loaded = self.write(|connection| {
            let loaded = Loader::new(connection, &self.path, now).map_err(E::from).and_then(|mut loader| {
                work(&mut loader)?;
                Ok(loader.finish()?)
            });
            crash_point!("load-before-commit");
            // Any error lets go of what was written; which one it is stands beside it.
            loaded.map_err(|error| {
                failed = Some(error);
                rusqlite::Error::QueryReturnedNoRows
            })
        });
        match (loaded, failed) {
            (_, Some(error)) => Err(error),
            (Err(error), None) => Err(error.into()),
            (Ok(ids), None) => {
                crash_point!("load-after-commit");
                Ok(ids)
            }
        }
    }

    /// Writes decisions of the plan.
    pub fn plan(&mut self, rows: &[PlannedRow], now: Stamp) -> Result<(), LedgerError> {
        self.plan_anew(rows, (0, &[]), now)
    }

    /// The same for a run, with what it changes of an earlier plan, for the stores' stories.
    pub fn plan_anew(
        &mut self,
        rows: &[PlannedRow],
        (run_id, changes): (i64, &[PlanChange]),
        now: Stamp,
    ) -> Result<(), LedgerError> {
        self.planning(run_id, now, |planner| planner.write(rows, changes))
    }

    /// Works on all stores a few at a time, as one durable transaction.
    ///
    /// # Errors
    ///
    /// The ledger's, or what `work` says; then nothing has changed.
    pub fn planning<T, E: From<LedgerError>>(
        &self,
        run_id: i64,
        now: Stamp,
        work: impl FnOnce(&Planner<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut failed = None;
        let done = self.write(|connection| {
            let planned =
                Planner::new(connection, &self.path, self.job, (run_id, now)).map_err(E::from).and_then(|planner| {
                    let done = work(&planner)?;
                    planner.finish()?;
                    Ok(done)
                });
            // Any error lets go of what was written; which one it is stands beside it.
            planned.map_err(|error| {
                failed = Some(error);
                rusqlite::Error::QueryReturnedNoRows
            })
        });
        match (done, failed) {
            (_, Some(error)) => Err(error),
            (done, None) => {
                crash_point!("plan-after-commit");
                Ok(done?)
            }
        }
    }

    /// The numbers of all stores.
    pub fn ids(&self) -> Result<Vec<i64>, LedgerError> {
        // By an index that holds all that is asked for; in order only then.
        let mut ids: Vec<i64> = self.with(|connection| {
            connection
                .prepare("SELECT id FROM stores WHERE +job = ?1")?
                .query_map([self.job.key()], |row| row.get(0))?
                .collect()
        })?;
        ids.sort_unstable();
        Ok(ids)
    }

    /// Where the stores stand that are at one of these states, those among them with these numbers, in the order in which
    /// they were first loaded.
    pub fn standpoints(&self, states: &[State], ids: Option<&[i64]>) -> Result<Vec<Standpoint>, LedgerError> {
        self.with(|connection| standing::standpoints(connection, self.job, states, ids))
    }

    /// The stores that are at one of these states, those among them with these numbers.
    pub fn stores_at(&self, states: &[State], ids: Option<&[i64]>) -> Result<Vec<StoreRow>, LedgerError> {
        let ids: Vec<i64> = self.standpoints(states, ids)?.into_iter().map(|at| at.id).collect();
        self.stores(Some(&ids))
    }

    /// The numbers of the upgraded stores of which only an input says so.
    pub fn upgraded_by_word(&self) -> Result<Vec<i64>, LedgerError> {
        self.with(standing::upgraded_by_word)
    }

    /// The numbers of the stores that go by these `poi_id`s, as far as there are such.
    pub fn ids_of<'p>(&self, poi_ids: impl Iterator<Item = &'p PoiId>) -> Result<Vec<i64>, LedgerError> {
        self.with(|connection| {
            poi_ids.filter_map(|poi_id| standing::of_poi_id(connection, poi_id).transpose()).collect()
        })
    }

    /// All stores, or those with these numbers, one by one: whoever only counts keeps none of them.
    pub fn each_store(&self, ids: Option<&[i64]>, with: impl FnMut(StoreRow)) -> Result<(), LedgerError> {
        self.with(|connection| load::each_store(connection, self.job, ids, with))
    }

    /// All stores, or those with these numbers.
    pub fn stores(&self, ids: Option<&[i64]>) -> Result<Vec<StoreRow>, LedgerError> {
        self.with(|connection| load::stores(connection, self.job, ids))
    }

    /// Writes what a pass over the list showed; whether that is anything else than before, but for when it was read.
    pub fn observe(&mut self, seen: &[Observation], now: Stamp) -> Result<bool, LedgerError> {
        let changed = self.write(|connection| load::observe(connection, seen, now))?;
        crash_point!("observe-after-commit");
        Ok(changed > 0)
    }

    /// Writes entries outside the engine's run, as one durable transaction.
    pub fn write_entries(&mut self, run_id: i64, entries: &[Entry]) -> Result<(), LedgerError> {
        let comes_before_a_write =
            |entry: &Entry| entry.store_id().is_some() || matches!(entry, Entry::Announcement(_));
        if entries.iter().any(comes_before_a_write) {
            self.audited()?;
        }
        self.note(|connection| {
            entries.iter().try_for_each(|entry| entry::apply(connection, run_id, entry))?;
            entries.iter().for_each(before_commit);
            Ok(())
        })?;
        entries.iter().for_each(after_commit);
        Ok(())
    }

    /// Takes a supplement; `false` if it was taken before.
    pub fn fill(&mut self, fill: Fill<'_>, rows: &[SupplementRow]) -> Result<bool, LedgerError> {
        let done = self.write(|connection| cells::fill(connection, fill, rows))?;
        crash_point!("fill-after-commit");
        Ok(done)
    }

    /// The cells that count so far and cannot be used, by whose they are, apart from those of this batch.
    pub fn unusable_cells(&self, batch: i64) -> Result<HashSet<(JoinKey, Field)>, LedgerError> {
        self.with(|connection| cells::unusable(connection, batch))
    }

    /// The supplements that were taken together as this batch, by their numbers.
    pub fn fills_of(&self, batch: i64) -> Result<HashSet<i64>, LedgerError> {
        self.with(|connection| cells::fills_of(connection, batch))
    }

    /// The number of the latest supplied cell; 0 if none was.
    pub fn last_cell(&self) -> Result<i64, LedgerError> {
        self.with(|connection| connection.query_row("SELECT COALESCE(MAX(id), 0) FROM cells", [], |row| row.get(0)))
    }

    /// Every cell ever supplied, oldest first.
    pub fn cells(&self) -> Result<Vec<RememberedCell>, LedgerError> {
        self.with(cells::cells)
    }

    /// What was uploaded and holds, by content and kind: the value and when it was uploaded.
    pub fn media(&self) -> Result<KnownMedia, LedgerError> {
        self.with(media::all)
    }

    /// What the platform refused, by content and kind: its words, and when.
    pub fn refused_media(&self) -> Result<KnownMedia, LedgerError> {
        self.with(media::refused)
    }

    /// The names of all files that were uploaded.
    pub fn media_names(&self) -> Result<Vec<String>, LedgerError> {
        self.with(media::names)
    }

    /// The platform knows these media ids no more: whoever needs their files uploads them anew.
    pub fn void_media(&self, sha256: &[String], until: Stamp) -> Result<(), LedgerError> {
        self.write(|connection| media::void(connection, sha256, until))
    }

    /// Notes a pass over the list.
    pub fn note_pass(&self, run_id: i64, pass: Pass) -> Result<(), LedgerError> {
        self.write(|connection| history::note_pass(connection, run_id, pass))?;
        crash_point!("pass-noted");
        Ok(())
    }

    /// The latest pass over the list.
    pub fn last_pass(&self) -> Result<Option<Pass>, LedgerError> {
        self.with(history::last_pass)
    }

    /// When the last write of its job was decided or ended.
    pub fn last_write_at(&self) -> Result<Option<Stamp>, LedgerError> {
        self.with(|connection| history::last_write_at(connection, Some(self.job)))
    }

    /// The same of any job.
    pub fn any_write_at(&self) -> Result<Option<Stamp>, LedgerError> {
        self.with(|connection| history::last_write_at(connection, None))
    }

    /// When the writes since `since` left.
    pub fn sends_since(&self, since: Stamp) -> Result<Vec<Stamp>, LedgerError> {
        self.with(|connection| history::sends_since(connection, since))
    }

    /// How often each endpoint was called since `from` and before `until`, as the platform may count it, by the
    /// endpoint's short name.
    pub fn own_calls(&self, from: Stamp, until: Option<Stamp>) -> Result<BTreeMap<String, u64>, LedgerError> {
        self.with(|connection| history::own_calls(connection, from, until))
    }

    /// The announcements of a single write with this body by other runs than this one, the latest first.
    pub fn announced(&self, endpoint: &str, body_hash: &str, but_by: i64) -> Result<Vec<Announced>, LedgerError> {
        // What is asked for decides whether something is sent.
        self.audited()?;
        self.with(|connection| history::announced(connection, endpoint, body_hash, but_by))
    }

    /// How long the platform took to answer a write, as a rule; `None` if none was answered yet.
    pub fn typical_latency(&self) -> Result<Option<Duration>, LedgerError> {
        self.with(history::typical_latency)
    }

    /// The latest refusal of each endpoint by each code, and when the refused call left.
    pub fn refusals(&self) -> Result<Vec<(String, i64, Stamp)>, LedgerError> {
        self.with(history::refusals)
    }

    /// Everything that happened to a store, in order.
    pub fn story(&self, store_id: i64) -> Result<Vec<StoryLine>, LedgerError> {
        self.with(|connection| history::story(connection, store_id))
    }

    /// The runs in which something happened to a store, in order.
    pub fn story_runs(&self, store_id: i64) -> Result<Vec<StoryRun>, LedgerError> {
        self.with(|connection| history::story_runs(connection, store_id))
    }

    /// When and by whom the cells at these places were supplied; the latest where a place was supplied several times.
    pub fn supplied(&self, places: &[&Place]) -> Result<Vec<SuppliedBy>, LedgerError> {
        self.with(|connection| cells::supplied(connection, places))
    }

    /// How the writes went, by endpoint.
    pub fn call_counts(&self, store_ids: Option<&[i64]>) -> Result<BTreeMap<Verb, CallCounts>, LedgerError> {
        self.with(|connection| history::call_counts(connection, self.job, store_ids))
    }
}

/// Where a test may let the process die, written but not durable.
fn before_commit(entry: &Entry) {
    match entry {
        Entry::Outcome(_) => crash_point!("recovery-before-commit"),
        Entry::Reading(reading) if reading.endpoint == "getpoi" => crash_point!("record-before-commit"),
        Entry::Reading(_) => crash_point!("sighting-before-commit"),
        Entry::Acceptance(_) => crash_point!("acceptance-before-commit"),
        Entry::Uploaded(_) => crash_point!("uploaded-before-commit"),
        Entry::Call(_) | Entry::Announcement(_) | Entry::FileRefused(_) | Entry::Intent(_) | Entry::Setting { .. } => {}
    }
}

/// Where a test may let the process die, durable, with nothing following from it yet.
fn after_commit(entry: &Entry) {
    match entry {
        Entry::Outcome(_) => crash_point!("recovery-after-commit"),
        Entry::Reading(reading) if reading.endpoint == "getpoi" => crash_point!("record-after-commit"),
        Entry::Reading(_) => crash_point!("sighting-after-commit"),
        Entry::Acceptance(_) => crash_point!("acceptance-after-commit"),
        Entry::Uploaded(_) => crash_point!("uploaded-after-commit"),
        Entry::Call(_) | Entry::Announcement(_) | Entry::FileRefused(_) | Entry::Intent(_) | Entry::Setting { .. } => {}
    }
}
