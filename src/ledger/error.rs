//! What can go wrong with a ledger, each with where.

use std::path::{Path, PathBuf};

use super::file;
use crate::store::{Stamp, Words};
use crate::words;

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
    #[error("cannot write {path}")]
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

/// What an error of `SQLite` means for the file.
pub(super) fn sqlite_error(path: &Path, source: rusqlite::Error) -> LedgerError {
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
