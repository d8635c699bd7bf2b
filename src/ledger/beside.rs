//! The audit of a large ledger, beside the run that has opened it: to read a million stores takes longer than anybody wants to
//! wait for the first call. It sees one moment of the ledger, by a connection of its own.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread::{JoinHandle, spawn};

use rusqlite::{Connection, InterruptHandle, OpenFlags};

use super::{audit, schema, seal};
use crate::store::Words;
use crate::words;

/// Less than the run's own: pages are read once, in order.
const CACHE_KIB: i32 = 8_192;

/// What became of the audit.
#[derive(Default)]
pub struct Beside {
    found: Mutex<Found>,
    interrupt: Option<InterruptHandle>,
}

#[derive(Debug, Default)]
enum Found {
    /// Nothing is wrong.
    #[default]
    Nothing,
    /// What is wrong, for as long as the ledger is open.
    Damage(Words),
    /// Nobody knows yet.
    Pending(JoinHandle<rusqlite::Result<Option<Words>>>),
}

impl Beside {
    /// Begins.
    pub fn begin(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        seal::teach(&connection)?;
        let interrupt = Some(connection.get_interrupt_handle());
        let audit = spawn(move || audit::audit(&connection, schema::SUPPORTED, None));
        Ok(Self { found: Mutex::new(Found::Pending(audit)), interrupt })
    }

    /// Waits for its end: what is wrong, if something is.
    pub fn end(&self) -> rusqlite::Result<Option<Words>> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        // Only what is pending is taken out: damage stays.
        if matches!(*found, Found::Pending(_))
            && let Found::Pending(audit) = std::mem::take(&mut *found)
        {
            let said = audit.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            *found = match said {
                Ok(what) => what.map_or(Found::Nothing, Found::Damage),
                Err(error) => {
                    // What could not be looked at passes for nothing: whoever asks again hears that it is damaged.
                    *found = Found::Damage(words!("it could not be read to its end: {error}"; "无法完整读取：{error}"));
                    return Err(error);
                }
            };
        }
        Ok(match &*found {
            Found::Damage(what) => Some(what.clone()),
            Found::Nothing | Found::Pending(_) => None,
        })
    }
}

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beside").field("found", &self.found).finish_non_exhaustive()
    }
}

/// A run that has ended waits for nothing.
impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(interrupt) = &self.interrupt {
            interrupt.interrupt();
        }
    }
}
