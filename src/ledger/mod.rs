//! The ledger: one `SQLite` file an account, the only memory of a migration.
//!
//! **Locking.** A run holds `LEDGER.lock` and the account's lock ([`Lock`]); readers hold nothing. **Durability.** WAL with
//! `synchronous=FULL`: a committed row survives a power loss, not only the death of the process. **Compatibility.** The
//! schema is an append-only list of migrations under `user_version`; a newer file is refused, an older one is copied
//! before it is migrated. `calls` is append-only. No secret and no token is ever written here.

mod cells;
mod entry;
mod error;
mod history;
mod load;
mod lock;
mod row;
mod schema;
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
pub use error::LedgerError;
pub use history::{CallCounts, Pass, RunStart, StoryLine};
pub use load::{Observation, PlannedRow, SourceRow};
pub use lock::{Lock, lock_account, lock_ledger, refuse_network};
pub use row::{Observed, Planned, StoreRow};
pub use writer::{Acknowledge, LedgerWriter, WriterHandle};

use crate::store::{RememberedCell, Stamp, SupplementRow, Verb};

/// How long a reader or a second writer (`fill` beside a run) waits for its turn.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a ledger that is opened waits for readers before it empties the log: nobody can write meanwhile.
const READER_TIMEOUT: Duration = Duration::from_secs(1);

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
}

impl Ledger {
    /// Opens the ledger of `identity` for a run, or begins it. The caller holds its [`Lock`].
    ///
    /// # Errors
    ///
    /// Another account's ledger, a newer one, a file that is none: nothing is changed.
    pub fn open(path: &Path, identity: &Identity) -> Result<Self, LedgerError> {
        let mut ledger = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        if !ledger.is_blank()? {
            ledger.check_kind()?;
            ledger.check_identity(identity)?;
        }
        ledger.write_ahead()?;
        ledger.empty_the_log()?;
        schema::migrate(&mut ledger.connection, path, identity)?;
        ledger.adopt(identity)?;
        sync_folder_of(path)?;
        Ok(ledger)
    }

    /// The write-ahead log, without which a commit is not durable: a rollback journal that was removed may come back with a
    /// loss of power. A ledger in another mode, because its making was cut short, is brought to this one.
    fn write_ahead(&self) -> Result<(), LedgerError> {
        let kept: Vec<String> = self.with(|connection| {
            // To the last row and beyond it: the change of mode is committed only then, and an error of the disk said.
            connection.prepare("PRAGMA journal_mode = WAL")?.query_map([], |row| row.get(0))?.collect()
        })?;
        if kept == ["wal"] {
            return Ok(());
        }
        let mode = kept.concat();
        let source = std::io::Error::other(format!("SQLite could not begin a write-ahead log (journal mode {mode})"));
        Err(LedgerError::Io { path: self.path.clone(), source })
    }

    /// A ledger that is gone with the process.
    pub fn in_memory() -> Result<Self, LedgerError> {
        let path = PathBuf::from(":memory:");
        let connection = Connection::open_in_memory().map_err(|source| sqlite_error(&path, source))?;
        let mut ledger = Self { path, connection };
        schema::migrate(&mut ledger.connection, Path::new(":memory:"), &Identity::default())?;
        Ok(ledger)
    }

    /// What an earlier run left in the log goes into the database, and the log begins anew. If a sync of it failed then, the
    /// system may show pages that never reach the disk and call the next sync a success; whatever is written behind such a
    /// page would be lost with it. A reader that is in the way is waited for, and not for ever.
    fn empty_the_log(&self) -> Result<(), LedgerError> {
        self.with(|connection| {
            connection.busy_timeout(READER_TIMEOUT)?;
            let mut statement = connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)")?;
            statement.query_map([], |_| Ok(()))?.collect::<rusqlite::Result<()>>()?;
            connection.busy_timeout(BUSY_TIMEOUT)
        })
    }

    /// Opens a ledger to read it; it must exist.
    pub fn open_to_read(path: &Path) -> Result<Self, LedgerError> {
        if !path.exists() {
            return Err(LedgerError::Missing { path: path.to_owned() });
        }
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
        Ok(ledger)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, LedgerError> {
        let sqlite = |source| sqlite_error(path, source);
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(sqlite)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(sqlite)?;
        // 64 MB instead of 2: a plan of a million stores stays in memory while it is written.
        connection.pragma_update(None, "cache_size", -65_536).map_err(sqlite)?;
        connection.set_prepared_statement_cache_capacity(64);
        // A transaction that reads first and writes later would fail at once, without waiting for its turn, whenever
        // somebody else (`fill` beside a run) has written in between.
        let mut connection = connection;
        connection.set_transaction_behavior(rusqlite::TransactionBehavior::Immediate);
        Ok(Self { path: path.to_owned(), connection })
    }

    /// A new file, or one whose making was cut short: there is no table in it yet. A file that cannot be read is neither:
    /// to call it blank, or a stranger's, would send a person to another ledger, and stores out twice.
    fn is_blank(&self) -> Result<bool, LedgerError> {
        let number = |sql: &str| self.with(|connection| connection.query_row(sql, [], |row| row.get::<_, i64>(0)));
        Ok(number("SELECT COUNT(*) FROM sqlite_schema")? == 0 && number("PRAGMA user_version")? == 0)
    }

    fn check_kind(&self) -> Result<(), LedgerError> {
        let number = |pragma: &str| self.connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
        let not_a_ledger = || LedgerError::NotALedger { path: self.path.clone() };
        if number("PRAGMA application_id").map_err(|source| self.sqlite(source))? != schema::APPLICATION_ID {
            return Err(not_a_ledger());
        }
        let found = number("PRAGMA user_version").map_err(|source| self.sqlite(source))?;
        if found > schema::SUPPORTED {
            return Err(LedgerError::Newer { path: self.path.clone(), found, supported: schema::SUPPORTED });
        }
        Ok(())
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
        self.with(|connection| connection.execute(sql, [key, value]).map(|_| ()))
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

    fn with_mut<T>(&mut self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        work(&mut self.connection).map_err(|source| self.sqlite(source))
    }

    /// Notes that a run begins; returns its number.
    pub fn begin_run(&self, run: &RunStart) -> Result<i64, LedgerError> {
        self.with(|connection| history::begin_run(connection, run))
    }

    /// Notes how a run ended.
    pub fn end_run(&self, run_id: i64, exit_code: u8, at: Stamp) -> Result<(), LedgerError> {
        self.with(|connection| history::end_run(connection, run_id, exit_code, at))
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
        self.with(|connection| history::note_input(connection, run_id, role, file, sha256, rows, at))
    }

    /// Loads the rows of a run's sources, each store once; returns the ledger's number of each, in order.
    pub fn load(&mut self, rows: &[SourceRow], now: Stamp) -> Result<Vec<i64>, LedgerError> {
        self.with_mut(|connection| load::load(connection, rows, now))
    }

    /// Writes decisions of the plan.
    pub fn plan(&mut self, rows: &[PlannedRow], now: Stamp) -> Result<(), LedgerError> {
        self.with_mut(|connection| load::plan(connection, rows, now))
    }

    /// All stores, or those with these numbers.
    pub fn stores(&self, ids: Option<&[i64]>) -> Result<Vec<StoreRow>, LedgerError> {
        self.with(|connection| load::stores(connection, ids))
    }

    /// Writes what a pass over the list showed.
    pub fn observe(&mut self, seen: &[Observation], now: Stamp) -> Result<(), LedgerError> {
        self.with_mut(|connection| load::observe(connection, seen, now))
    }

    /// Writes entries outside the engine's run, as one durable transaction.
    pub fn write_entries(&mut self, run_id: i64, entries: &[Entry]) -> Result<(), LedgerError> {
        self.with_mut(|connection| {
            let transaction = connection.transaction()?;
            entries.iter().try_for_each(|entry| entry::apply(&transaction, run_id, entry))?;
            transaction.commit()
        })
    }

    /// Takes a supplement; `false` if it was taken before.
    pub fn fill(&mut self, fill: Fill<'_>, rows: &[SupplementRow]) -> Result<bool, LedgerError> {
        self.with_mut(|connection| cells::fill(connection, fill, rows))
    }

    /// Every cell ever supplied, oldest first.
    pub fn cells(&self) -> Result<Vec<RememberedCell>, LedgerError> {
        self.with(cells::cells)
    }

    /// Notes a pass over the list.
    pub fn note_pass(&self, run_id: i64, pass: Pass) -> Result<(), LedgerError> {
        self.with(|connection| history::note_pass(connection, run_id, pass))
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

/// The names of the ledger and its log survive a loss of power. `SQLite` asks for the same and does not look at the answer.
fn sync_folder_of(path: &Path) -> Result<(), LedgerError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|source| LedgerError::Io { path: path.to_owned(), source })
}

/// What an error of `SQLite` means for the file.
fn sqlite_error(path: &Path, source: rusqlite::Error) -> LedgerError {
    let path = path.to_owned();
    match source {
        rusqlite::Error::StatementChangedRows(_) => {
            LedgerError::Damaged { path, what: "a store does not stand where it was said to stand".to_owned() }
        }
        rusqlite::Error::FromSqlConversionFailure(_, _, source) => {
            LedgerError::Damaged { path, what: source.to_string() }
        }
        rusqlite::Error::InvalidColumnType(..) => LedgerError::Damaged { path, what: source.to_string() },
        rusqlite::Error::SqliteFailure(error, _) if error.code == rusqlite::ErrorCode::NotADatabase => {
            LedgerError::NotALedger { path }
        }
        rusqlite::Error::SqliteFailure(error, _) if error.code == rusqlite::ErrorCode::DatabaseCorrupt => {
            LedgerError::Damaged { path, what: source.to_string() }
        }
        source => LedgerError::Sqlite { path, source },
    }
}
