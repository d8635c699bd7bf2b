//! The mark: a line in a file beside the ledger (`LEDGER.mark`) that says whose ledger it is and how many transactions have
//! changed it. It is written after each of them, so that an honest crash leaves it behind the ledger, never ahead of it:
//! one that is ahead says that transactions are gone which were durable once, and with them intents whose requests have
//! left. `SQLite` by itself takes a write-ahead log that is missing or damaged for one that never had more.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::file::canonical;

/// What a mark says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The ledger's own id.
    pub ledger_id: String,
    /// How many transactions have changed it.
    pub commits: u64,
}

impl Mark {
    /// What the file says; `None` if there is none, or one whose making was cut short.
    #[must_use]
    pub fn read(ledger: &Path) -> Option<Self> {
        let text = fs::read_to_string(path_of(ledger)).ok()?;
        let (ledger_id, commits) = text.strip_suffix('\n')?.split_once(' ')?;
        Some(Self { ledger_id: ledger_id.to_owned(), commits: commits.parse().ok()? })
    }

    /// What the ledger itself says.
    pub fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let get = |key: &str| connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0));
        let commits: String = get("commits")?;
        Ok(Self { ledger_id: get(super::seal::ID)?, commits: commits.parse().unwrap_or(0) })
    }

    /// Of one width, so that each line covers the one before it.
    fn line(&self) -> String {
        format!("{} {:020}\n", self.ledger_id, self.commits)
    }
}

/// `LEDGER.mark`, beside the file that the name leads to.
#[must_use]
pub fn path_of(ledger: &Path) -> PathBuf {
    let mut path = canonical(ledger).into_os_string();
    path.push(".mark");
    path.into()
}

/// A ledger that is gone leaves no mark to the next one of its name.
pub fn forget(ledger: &Path) {
    let _ = fs::remove_file(path_of(ledger));
}

/// Writes marks. A mark that cannot be written is one witness less, and no reason to stop.
#[derive(Debug, Default)]
pub struct Marker {
    file: Option<File>,
    ledger_id: String,
}

impl Marker {
    /// For the ledger at `path`.
    pub fn new(path: &Path, ledger_id: String) -> Self {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path_of(path)).ok();
        Self { file, ledger_id }
    }

    /// Says that so many transactions are durable.
    pub fn write(&self, commits: u64) {
        let Some(file) = &self.file else { return };
        let line = Mark { ledger_id: self.ledger_id.clone(), commits }.line();
        // One small write into one sector: it is there as a whole or not at all, and needs no sync to be behind.
        let _ = file.write_all_at(line.as_bytes(), 0);
    }
}

/// Runs `work` as one durable transaction that counts itself if it changed anything, and marks that.
pub fn commit<T>(
    connection: &Connection,
    marker: &Marker,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    const COUNT: &str = "UPDATE meta SET value = value + 1 WHERE key = 'commits' RETURNING CAST(value AS INTEGER)";
    let transaction = connection.unchecked_transaction()?;
    let before = transaction.total_changes();
    let done = work(&transaction)?;
    let mut commits = None;
    if transaction.total_changes() != before {
        commits = Some(transaction.prepare_cached(COUNT)?.query_row([], |row| row.get::<_, i64>(0))?);
    }
    transaction.commit()?;
    if let Some(commits) = commits {
        marker.write(commits.unsigned_abs());
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written_and_anything_else_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = dir.path().join("a.db");
        assert_eq!(Mark::read(&ledger), None);
        let marker = Marker::new(&ledger, "id".into());
        assert_eq!(Mark::read(&ledger), None, "a file whose making was cut short");
        for commits in [7, 12_000, u64::MAX, 3] {
            marker.write(commits);
            assert_eq!(Mark::read(&ledger), Some(Mark { ledger_id: "id".into(), commits }));
        }
        fs::write(path_of(&ledger), [0; 54]).unwrap();
        assert_eq!(Mark::read(&ledger), None);
    }

    #[test]
    fn where_no_mark_can_be_written_the_work_goes_on() {
        Marker::new(Path::new("/nowhere/at/all.db"), "id".into()).write(1);
    }
}
