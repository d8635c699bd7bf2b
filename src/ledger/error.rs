//! What can go wrong with a ledger, each with where.

use std::path::PathBuf;

use crate::store::{Stamp, Words};

/// Of what kind a refusal of `SQLite` is, where it is no damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Another program holds the file for longer than we wait.
    Busy,
    /// There is no room left.
    Full,
    /// It may not be read or written.
    Access,
    /// The disk failed.
    Device,
    /// Anything else.
    Other,
}

/// A ledger that cannot be used. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// There is no such file.
    #[error("there is no ledger {path}")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file, but not a ledger of poilift.
    #[error("{path} is not a poilift ledger")]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// Written by a newer version.
    #[error("{path} was written by a newer poilift (schema {found}; this one reads up to {supported})")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that this binary reads.
        supported: i64,
    },
    /// It belongs to another account, or to a simulated platform.
    #[error("{path} is the ledger of {found}, not of {wanted}")]
    OtherAccount {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        found: String,
        /// Whose was wanted.
        wanted: String,
    },
    /// Another run holds it.
    #[error("another run holds {what} ({holder})")]
    Locked {
        /// The ledger or the account.
        what: String,
        /// What the lock file says of the holder.
        holder: String,
    },
    /// It lies on a network file system, where locks and syncs do not hold what they promise.
    #[error("{path} lies on a network file system ({kind})")]
    Network {
        /// The file.
        path: PathBuf,
        /// The file system.
        kind: &'static str,
    },
    /// `SQLite` refused.
    #[error("ledger {path}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Of what kind.
        trouble: Trouble,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file system refused.
    #[error("{path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It says something that this program never wrote, or lacks what it wrote.
    #[error("ledger {path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: Words,
    },
    /// A directory, a device, a pipe.
    #[error("{path} is not a file")]
    NotAFile {
        /// The name.
        path: PathBuf,
    },
    /// Hard links: each name would have a lock and a write-ahead log of its own.
    #[error("{path} is one of {names} names of the same file (hard links)")]
    ManyNames {
        /// The name.
        path: PathBuf,
        /// How many there are.
        names: u64,
    },
    /// The machine's clock is earlier than what the ledger holds.
    #[error("the clock says {}, and the ledger {path} was written as late as {}", now.rfc3339(), newest.rfc3339())]
    ClockSetBack {
        /// The file.
        path: PathBuf,
        /// What the clock says.
        now: Stamp,
        /// The newest moment in the ledger.
        newest: Stamp,
    },
}
