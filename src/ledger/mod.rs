//! The ledger: one `SQLite` file an account, the only memory of a migration.
//!
//! **Locking.** A run holds `LEDGER.lock` and the account's lock ([`Lock`]); readers hold nothing. **Durability.** WAL with
//! `synchronous=FULL`: a committed row survives a power loss, not only the death of the process. **Compatibility.** The
//! schema is an append-only list of migrations under `user_version`; a newer file is refused, an older one is copied
//! before it is migrated. `calls` is append-only. No secret and no token is ever written here.

mod audit;
mod cells;
mod entry;
mod error;
mod file;
mod history;
mod load;
mod lock;
mod mark;
mod row;
mod schema;
mod seal;
mod session;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

pub use cells::Fill;
pub use entry::{Acceptance, CallEntry, Counted, Entry, Intent, Outcome, ReadingEntry};
pub use error::{LedgerError, Trouble};
pub use history::{CallCounts, Pass, RunStart, StoryLine};
pub use load::{Observation, PlannedRow, SourceRow};
pub use lock::{Lock, lock_account, lock_ledger, refuse_network};
pub use row::{Observed, Planned, StoreRow};
pub use writer::{Acknowledge, LedgerWriter, WriterHandle};

use crate::store::{ClockReading, RememberedCell, Stamp, SupplementRow, Verb, Words};
use crate::words;

use file::Found;
use mark::{Mark, Marker};

/// How long a reader or a second writer (`fill` beside a run) waits for its turn.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What stands for itself in the path of a `file:` URI.
const URI_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

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
}

impl Ledger {
    /// Opens the ledger of `identity` for a run, or begins it, once it was audited. The caller holds its [`Lock`].
    ///
    /// # Errors
    ///
    /// Another account's ledger, a newer one, a damaged one, a file that is none: nothing is changed.
    pub fn open(path: &Path, identity: &Identity) -> Result<Self, LedgerError> {
        let found = file::look(path)?;
        // Before the database: whoever writes beside us may be ahead of what we read of it, and never of its mark.
        let mark = Mark::read(path);
        if found == Found::Nothing {
            mark::forget(path);
        }
        let mut ledger = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        if ledger.is_blank() {
            if let (Some(mark), true) = (&mark, found != Found::Nothing) {
                return Err(ledger.emptied(mark));
            }
            let pragma = ledger.connection.pragma_update(None, "journal_mode", "WAL");
            pragma.map_err(|source| ledger.sqlite(source))?;
        } else {
            ledger.check_kind()?;
            ledger.audit(mark.as_ref())?;
            ledger.check_identity(identity)?;
        }
        schema::migrate(&mut ledger.connection, path, identity)?;
        ledger.arm()?;
        ledger.adopt(identity)?;
        Ok(ledger)
    }

    /// A ledger that is gone with the process.
    pub fn in_memory() -> Result<Self, LedgerError> {
        let path = PathBuf::from(":memory:");
        let connection = Connection::open_in_memory().map_err(|source| sqlite_error(&path, source))?;
        seal::teach(&connection).map_err(|source| sqlite_error(&path, source))?;
        let mut ledger = Self { path, connection, marker: Marker::default() };
        schema::migrate(&mut ledger.connection, Path::new(":memory:"), &Identity::default())?;
        ledger.with(seal::arm)?;
        Ok(ledger)
    }

    /// Opens a ledger to read it, once it was audited; it must exist.
    pub fn open_to_read(path: &Path) -> Result<Self, LedgerError> {
        if file::look(path)? == Found::Nothing {
            return Err(LedgerError::Missing { path: path.to_owned() });
        }
        let mark = Mark::read(path);
        let opened = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let ledger = match opened.and_then(|ledger| ledger.check_kind().map(|()| ledger)) {
            // Where nothing may be written beside it, the WAL cannot be shared: nobody is writing there either.
            Err(LedgerError::Sqlite { source: rusqlite::Error::SqliteFailure(error, _), .. })
                if matches!(error.code, rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::CannotOpen) =>
            {
                let uri = format!("file:{}?immutable=1", utf8_percent_encode(&path.display().to_string(), URI_PATH));
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
                let ledger = Self { path: path.to_owned(), ..Self::connect(Path::new(&uri), flags)? };
                ledger.check_kind()?;
                ledger
            }
            other => other?,
        };
        ledger.audit(mark.as_ref())?;
        let version = ledger.version()?;
        ledger.with(|connection| schema::show_as_newest(connection, version))?;
        Ok(ledger)
    }

    /// From now on rows are sealed and transactions counted and marked.
    fn arm(&mut self) -> Result<(), LedgerError> {
        self.with(seal::arm)?;
        let own = self.with(Mark::of)?;
        self.marker = Marker::new(&self.path, own.ledger_id);
        Ok(())
    }

    fn audit(&self, mark: Option<&Mark>) -> Result<(), LedgerError> {
        let version = self.version()?;
        match self.with(|connection| audit::audit(connection, version, mark))? {
            None => Ok(()),
            Some(what) => Err(self.damaged(what)),
        }
    }

    fn emptied(&self, mark: &Mark) -> LedgerError {
        let lost = mark.commits;
        self.damaged(words!(
            "it is empty, and {lost} changes were written into it";
            "文件是空的，而此前已有 {lost} 次写入"
        ))
    }

    fn damaged(&self, what: Words) -> LedgerError {
        LedgerError::Damaged { path: self.path.clone(), what }
    }

    fn version(&self) -> Result<i64, LedgerError> {
        self.with(|connection| connection.query_row("PRAGMA user_version", [], |row| row.get(0)))
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, LedgerError> {
        let sqlite = |source| sqlite_error(path, source);
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(sqlite)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(sqlite)?;
        // 64 MB instead of 2: a plan of a million stores stays in memory while it is written.
        connection.pragma_update(None, "cache_size", -65_536).map_err(sqlite)?;
        connection.set_prepared_statement_cache_capacity(64);
        seal::teach(&connection).map_err(sqlite)?;
        // A transaction that reads first and writes later would fail at once, without waiting for its turn, whenever
        // somebody else (`fill` beside a run) has written in between.
        let mut connection = connection;
        connection.set_transaction_behavior(rusqlite::TransactionBehavior::Immediate);
        Ok(Self { path: path.to_owned(), connection, marker: Marker::default() })
    }

    /// A new file, or one whose making was cut short: there is no table in it yet.
    fn is_blank(&self) -> bool {
        let tables = "SELECT COUNT(*) FROM sqlite_schema";
        self.connection.query_row(tables, [], |row| row.get::<_, i64>(0)).is_ok_and(|tables| tables == 0)
            && self.connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).is_ok_and(|v| v == 0)
    }

    fn check_kind(&self) -> Result<(), LedgerError> {
        let id: i64 = self.with(|connection| connection.query_row("PRAGMA application_id", [], |row| row.get(0)))?;
        if id != schema::APPLICATION_ID {
            return Err(if self.has_our_tables()? {
                self.damaged(words!("its head does not say that it is a ledger, and its tables do"; "文件头不是账本，但其中的表是账本的表"))
            } else {
                LedgerError::NotALedger { path: self.path.clone() }
            });
        }
        let found = self.version()?;
        if found > schema::SUPPORTED {
            return Err(LedgerError::Newer { path: self.path.clone(), found, supported: schema::SUPPORTED });
        }
        Ok(())
    }

    fn has_our_tables(&self) -> Result<bool, LedgerError> {
        let there = self.with(schema::anatomy_of)?;
        let is_there = |table: &str| there.iter().any(|(_, name, ..)| name == table);
        Ok(seal::TABLES.iter().all(|(table, _)| is_there(table)))
    }

    fn check_identity(&self, wanted: &Identity) -> Result<(), LedgerError> {
        let found = self.identity()?;
        let agrees = |found: &str, wanted: &str| found.is_empty() || wanted.is_empty() || found == wanted;
        let sandbox_mixed = (found.platform == "sandbox") != (wanted.platform == "sandbox");
        if !sandbox_mixed && agrees(&found.account, &wanted.account) && agrees(&found.platform, &wanted.platform) {
            return Ok(());
        }
        let says = |of: &Identity| match (of.account.as_str(), of.platform.as_str()) {
            (_, "sandbox") => "the sandbox".to_owned(),
            ("", _) => "a real account".to_owned(),
            (account, "") => format!("account {account}"),
            (account, platform) => format!("account {account} at {platform}"),
        };
        Err(LedgerError::OtherAccount { path: self.path.clone(), found: says(&found), wanted: says(wanted) })
    }

    fn adopt(&self, identity: &Identity) -> Result<(), LedgerError> {
        for (key, value) in [("account", &identity.account), ("platform", &identity.platform)] {
            if !value.is_empty() {
                self.set_meta(key, value)?;
            }
        }
        Ok(())
    }

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
        let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2 \
                   WHERE value <> ?2";
        self.write(|connection| connection.execute(sql, [key, value]).map(|_| ()))
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

    /// The one way in which the ledger is changed: a durable transaction that counts itself.
    fn write<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
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
        self.write(|connection| session::begin(connection, clock, trusted))?
            .map_err(|newest| LedgerError::ClockSetBack { path: self.path.clone(), now: clock.wall, newest })
    }

    /// Notes that a run begins; returns its number.
    pub fn begin_run(&self, run: &RunStart) -> Result<i64, LedgerError> {
        self.write(|connection| history::begin_run(connection, run))
    }

    /// Notes how a run ended.
    pub fn end_run(&self, run_id: i64, exit_code: u8, at: Stamp) -> Result<(), LedgerError> {
        self.write(|connection| history::end_run(connection, run_id, exit_code, at))
    }

    /// The latest run of one of these commands, with its arguments as typed.
    pub fn last_run(&self, commands: &[&str]) -> Result<Option<(String, Vec<String>)>, LedgerError> {
        self.with(|connection| history::last_run(connection, commands))
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

    /// Loads the rows of a run's sources, each store once; returns the ledger's number of each, in order.
    pub fn load(&mut self, rows: &[SourceRow], now: Stamp) -> Result<Vec<i64>, LedgerError> {
        self.write(|connection| load::load(connection, rows, now))
    }

    /// Writes decisions of the plan.
    pub fn plan(&mut self, rows: &[PlannedRow], now: Stamp) -> Result<(), LedgerError> {
        self.write(|connection| load::plan(connection, rows, now))
    }

    /// All stores, or those with these numbers.
    pub fn stores(&self, ids: Option<&[i64]>) -> Result<Vec<StoreRow>, LedgerError> {
        self.with(|connection| load::stores(connection, ids))
    }

    /// Writes what a pass over the list showed.
    pub fn observe(&mut self, seen: &[Observation], now: Stamp) -> Result<(), LedgerError> {
        self.write(|connection| load::observe(connection, seen, now))
    }

    /// Writes entries outside the engine's run, as one durable transaction.
    pub fn write_entries(&mut self, run_id: i64, entries: &[Entry]) -> Result<(), LedgerError> {
        self.write(|connection| entries.iter().try_for_each(|entry| entry::apply(connection, run_id, entry)))
    }

    /// Takes a supplement; `false` if it was taken before.
    pub fn fill(&mut self, fill: Fill<'_>, rows: &[SupplementRow]) -> Result<bool, LedgerError> {
        self.write(|connection| cells::fill(connection, fill, rows))
    }

    /// Every cell ever supplied, oldest first.
    pub fn cells(&self) -> Result<Vec<RememberedCell>, LedgerError> {
        self.with(cells::cells)
    }

    /// Notes a pass over the list.
    pub fn note_pass(&self, run_id: i64, pass: Pass) -> Result<(), LedgerError> {
        self.write(|connection| history::note_pass(connection, run_id, pass))
    }

    /// The latest pass over the list.
    pub fn last_pass(&self) -> Result<Option<Pass>, LedgerError> {
        self.with(history::last_pass)
    }

    /// When the last write was decided or ended.
    pub fn last_write_at(&self) -> Result<Option<Stamp>, LedgerError> {
        self.with(history::last_write_at)
    }

    /// When the writes since `since` left.
    pub fn sends_since(&self, since: Stamp) -> Result<Vec<Stamp>, LedgerError> {
        self.with(|connection| history::sends_since(connection, since))
    }

    /// Everything that happened to a store, in order.
    pub fn story(&self, store_id: i64) -> Result<Vec<StoryLine>, LedgerError> {
        self.with(|connection| history::story(connection, store_id))
    }

    /// How the writes went, by endpoint.
    pub fn call_counts(&self, store_ids: Option<&[i64]>) -> Result<BTreeMap<Verb, CallCounts>, LedgerError> {
        self.with(|connection| history::call_counts(connection, store_ids))
    }
}

/// What an error of `SQLite` means for the file.
fn sqlite_error(path: &Path, source: rusqlite::Error) -> LedgerError {
    use rusqlite::ErrorCode as Code;

    let path = path.to_owned();
    let says = |source: &dyn std::error::Error| words!("SQLite says: {source}"; "SQLite：{source}");
    let code = match &source {
        rusqlite::Error::SqliteFailure(error, _) => error.code,
        rusqlite::Error::SqlInputError { error, .. } => error.code,
        rusqlite::Error::StatementChangedRows(_) => {
            let what = words!("a store does not stand where it was said to stand"; "有门店的状态与记录不符");
            return LedgerError::Damaged { path, what };
        }
        rusqlite::Error::FromSqlConversionFailure(_, _, source) => {
            return LedgerError::Damaged { path, what: says(source.as_ref()) };
        }
        rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::QueryReturnedNoRows
        | rusqlite::Error::Utf8Error(..) => {
            return LedgerError::Damaged { path, what: says(&source) };
        }
        _ => return LedgerError::Sqlite { path, trouble: Trouble::Other, source },
    };
    let trouble = match code {
        Code::NotADatabase if !file::says_ledger(&path) => return LedgerError::NotALedger { path },
        // Every statement here is one that the tables of a ledger can take: one that they cannot is no ledger's any more.
        Code::NotADatabase | Code::DatabaseCorrupt | Code::Unknown | Code::TypeMismatch | Code::TooBig => {
            return LedgerError::Damaged { path, what: says(&source) };
        }
        Code::DatabaseBusy | Code::DatabaseLocked | Code::FileLockingProtocolFailed => Trouble::Busy,
        Code::DiskFull => Trouble::Full,
        Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied | Code::AuthorizationForStatementDenied => {
            Trouble::Access
        }
        Code::SystemIoFailure => Trouble::Device,
        _ => Trouble::Other,
    };
    LedgerError::Sqlite { path, trouble, source }
}
