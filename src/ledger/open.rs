//! Opening a ledger: what lies at its name, whose it is, of which schema, and whether it is whole, before anything of it is
//! believed or changed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::{Connection, OpenFlags};

use super::beside::Beside;
use super::error::sqlite_error;
use super::file::{self, Found};
use super::mark::{self, Mark, Marker};
use super::{Identity, Ledger, LedgerError, audit, schema, seal};
use crate::store::{BulkJob, Words};
use crate::words;

/// How long a reader or a second writer (`fill` beside a run) waits for its turn.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a ledger that is opened waits for readers before it empties the log: nobody can write meanwhile.
const READER_TIMEOUT: Duration = Duration::from_secs(1);

/// A ledger of so many bytes is audited before anything else, in half a second; a larger one beside the run.
const AT_ONCE_MAX: u64 = 64 << 20;

/// What stands for itself in the path of a `file:` URI.
const URI_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

impl Ledger {
    /// Opens the ledger of `identity` for a run, or begins it, once it was audited. The caller holds its [`Lock`](super::Lock).
    /// One of more than 64 MB is audited beside the run: see [`audited`](Self::audited).
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
        Self::open_found((path, AT_ONCE_MAX), identity, found, mark.as_ref())
            .map_err(|error| known_once(error, mark.as_ref()))
    }

    pub(super) fn open_found(
        (path, at_once_max): (&Path, u64),
        identity: &Identity,
        found: Found,
        mark: Option<&Mark>,
    ) -> Result<Self, LedgerError> {
        let mut ledger = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        // What is to be migrated is read as a whole anyway. A log that a killed run has left is emptied into the database below,
        // and whether the two belong together is known only once all of it was read.
        let is_large = file::size(path) > at_once_max
            && ledger.version()? == schema::SUPPORTED
            && file::log_with_content(path).is_none();
        if ledger.is_blank()? {
            if let Some(mark) = mark.filter(|_| found != Found::Nothing) {
                return Err(emptied(path, mark));
            }
        } else {
            ledger.check_kind()?;
            if is_large {
                ledger.audit_by(mark, audit::at_once)?;
            } else {
                ledger.audit(mark)?;
            }
            ledger.check_identity(identity)?;
        }
        ledger.write_ahead()?;
        ledger.empty_the_log()?;
        schema::migrate(&mut ledger.connection, path, identity)?;
        ledger.arm()?;
        ledger.adopt(identity)?;
        sync_folder_of(path)?;
        if is_large {
            ledger.beside = Beside::begin(path).map_err(|source| ledger.sqlite(source))?;
        }
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

    /// The ledger of this name in the memory of the process: whoever opens the name sees the same one, and it is gone with
    /// the last of them. For simulations, in which processes die and their ledger does not.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_in_memory(name: &str, identity: &Identity) -> Result<Self, LedgerError> {
        let uri = format!("file:{}?mode=memory&cache=shared", utf8_percent_encode(name, URI_PATH));
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_URI;
        let mut ledger = Self::connect(Path::new(&uri), flags)?;
        if !ledger.is_blank()? {
            ledger.audit(None)?;
        }
        schema::migrate(&mut ledger.connection, Path::new(&uri), identity)?;
        ledger.check_identity(identity)?;
        ledger.with(seal::arm)?;
        Ok(ledger)
    }

    /// A ledger that is gone with the process.
    pub fn in_memory() -> Result<Self, LedgerError> {
        let path = PathBuf::from(":memory:");
        let connection = Connection::open_in_memory().map_err(|source| sqlite_error(&path, source))?;
        seal::teach(&connection).map_err(|source| sqlite_error(&path, source))?;
        let mut ledger =
            Self { path, connection, marker: Marker::default(), job: BulkJob::default(), beside: Beside::default() };
        schema::migrate(&mut ledger.connection, Path::new(":memory:"), &Identity::default())?;
        ledger.with(seal::arm)?;
        Ok(ledger)
    }

    /// Whether there is a ledger to go on with, or one that was begun.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Missing`] if there is none; what lies there and can be none.
    pub fn find(path: &Path) -> Result<(), LedgerError> {
        match (file::look(path)?, Mark::read(path)) {
            (Found::Content, _) => Ok(()),
            (Found::Empty, Some(mark)) => Err(emptied(path, &mark)),
            (Found::Empty | Found::Nothing, _) => Err(LedgerError::Missing { path: path.to_owned() }),
        }
    }

    /// Opens a ledger to read it, once it was audited; it must exist.
    pub fn open_to_read(path: &Path) -> Result<Self, LedgerError> {
        Self::find(path)?;
        let mark = Mark::read(path);
        let opened = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let kind = |ledger: Self| {
            if ledger.is_blank()? && mark.is_none() {
                // Its making was cut short; the next run begins it anew.
                return Err(LedgerError::Missing { path: path.to_owned() });
            }
            ledger.check_kind().map(|()| ledger)
        };
        let ledger = match opened.and_then(kind) {
            // Where nothing may be written beside it, the WAL cannot be shared: nobody is writing there either.
            Err(LedgerError::Sqlite { source: rusqlite::Error::SqliteFailure(error, _), .. })
                if matches!(error.code, rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::CannotOpen)
                    // Changes that are only in the log would be left out.
                    && file::log_with_content(path).is_none() =>
            {
                let uri = format!("file:{}?immutable=1", utf8_percent_encode(&path.display().to_string(), URI_PATH));
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
                let ledger = Self { path: path.to_owned(), ..Self::connect(Path::new(&uri), flags)? };
                ledger.check_kind()?;
                ledger
            }
            other => other.map_err(|error| known_once(error, mark.as_ref()))?,
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
        self.audit_by(mark, audit::audit)
    }

    fn audit_by(
        &self,
        mark: Option<&Mark>,
        audit: impl Fn(&Connection, i64, Option<&Mark>) -> rusqlite::Result<Option<Words>>,
    ) -> Result<(), LedgerError> {
        if file::asks_too_much(&self.path) {
            return Err(self.damaged(words!("its head is none of SQLite's"; "文件头不符合 SQLite 格式")));
        }
        let version = self.version()?;
        match self.with(|connection| audit(connection, version, mark))? {
            None => Ok(()),
            Some(what) => Err(self.damaged(what)),
        }
    }

    fn damaged(&self, what: Words) -> LedgerError {
        LedgerError::Damaged { path: self.path.clone(), what }
    }

    pub(super) fn version(&self) -> Result<i64, LedgerError> {
        self.with(|connection| connection.query_row("PRAGMA user_version", [], |row| row.get(0)))
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, LedgerError> {
        let sqlite = |source| sqlite_error(path, source);
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(sqlite)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(sqlite)?;
        // 32 MB instead of 2: the indexes of a million stores stay in memory while they are written.
        connection.pragma_update(None, "cache_size", -32_768).map_err(sqlite)?;
        connection.set_prepared_statement_cache_capacity(64);
        seal::teach(&connection).map_err(sqlite)?;
        // A transaction that reads first and writes later would fail at once, without waiting for its turn, whenever
        // somebody else (`fill` beside a run) has written in between.
        let mut connection = connection;
        connection.set_transaction_behavior(rusqlite::TransactionBehavior::Immediate);
        Ok(Self {
            path: path.to_owned(),
            connection,
            marker: Marker::default(),
            job: BulkJob::default(),
            beside: Beside::default(),
        })
    }

    /// A new file, or one whose making was cut short: there is no table in it yet. A file that cannot be read is neither:
    /// to call it blank, or a stranger's, would send a person to another ledger, and stores out twice.
    fn is_blank(&self) -> Result<bool, LedgerError> {
        let number = |sql: &str| self.with(|connection| connection.query_row(sql, [], |row| row.get::<_, i64>(0)));
        Ok(number("SELECT COUNT(*) FROM sqlite_schema")? == 0 && number("PRAGMA user_version")? == 0)
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
        Ok(schema::FIRST_TABLES.into_iter().all(is_there))
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
}

/// The names of the ledger and its log survive a loss of power. `SQLite` asks for the same and does not look at the answer.
fn sync_folder_of(path: &Path) -> Result<(), LedgerError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|source| LedgerError::Io { path: path.to_owned(), source })
}

fn emptied(path: &Path, mark: &Mark) -> LedgerError {
    let lost = mark.commits;
    let what = words!("it is empty, and {lost} changes were written into it"; "文件是空的，而此前已有 {lost} 次写入");
    LedgerError::Damaged { path: path.to_owned(), what }
}

/// What is no ledger is what is left of one, where a mark beside it says that there was one.
fn known_once(error: LedgerError, mark: Option<&Mark>) -> LedgerError {
    match (error, mark) {
        (LedgerError::NotALedger { path }, Some(mark)) => {
            let lost = mark.commits;
            let what = words!(
                "it does not begin as a ledger does, and {lost} changes were written into one of this name";
                "文件头不是账本，而此前已有 {lost} 次写入该账本"
            );
            LedgerError::Damaged { path, what }
        }
        (error, _) => error,
    }
}
