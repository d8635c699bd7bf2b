//! What can go wrong with a ledger, each with where.

use std::path::PathBuf;

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
        /// Why.
        source: rusqlite::Error,
    },
    /// The file system refused.
    #[error("cannot write {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A row says something that this program never wrote.
    #[error("ledger {path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
}
