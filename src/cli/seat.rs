//! The place of an account with a name: alone in its process, or one of several that run side by side. What they have in
//! common is the wish to stop, the terminal, and their number; everything else each has for itself.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::Dispatch;

use super::context::Context;
use super::signals::stop_on_signals;
use crate::engine::ROOM_MAX;
use crate::report::Summary;

/// An account's place.
#[derive(Debug)]
pub struct Seat {
    /// The account's name.
    pub name: String,
    /// `None` if it is alone.
    pub among: Option<Among>,
}

/// What an account of several is given by its process, and gives back.
#[derive(Debug)]
pub struct Among {
    stop: Arc<AtomicBool>,
    writers_max: usize,
    summary: Mutex<Option<Summary>>,
    log: Mutex<Option<Dispatch>>,
}

impl Among {
    /// A place in a process that stops all of them by `stop`, with so many threads for its writes.
    #[must_use]
    pub fn new(stop: Arc<AtomicBool>, writers_max: usize) -> Self {
        Self { stop, writers_max, summary: Mutex::new(None), log: Mutex::new(None) }
    }

    /// Where the account's log goes from now on.
    pub fn keep_log(&self, log: Dispatch) {
        *self.log.lock().unwrap_or_else(PoisonError::into_inner) = Some(log);
    }

    /// Where the account's log goes; nowhere before it has a ledger.
    #[must_use]
    pub fn log(&self) -> Dispatch {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner).clone();
        log.unwrap_or_else(Dispatch::none)
    }

    /// The latest numbers, if it came so far.
    #[must_use]
    pub fn summary(&self) -> Option<Summary> {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Context<'_> {
    /// A person's wish to stop: the process's own, or that of all accounts together.
    #[must_use]
    pub fn stop(&self) -> Arc<AtomicBool> {
        self.among().map_or_else(stop_on_signals, |among| Arc::clone(&among.stop))
    }

    /// How many threads may write for this account.
    #[must_use]
    pub fn writers_max(&self) -> usize {
        self.among().map_or(ROOM_MAX, |among| among.writers_max)
    }

    /// Keeps the numbers for the table of all accounts, in place of printing them; false if this account is alone.
    #[must_use]
    pub fn keeps(&self, summary: &Summary) -> bool {
        let Some(among) = self.among() else { return false };
        *among.summary.lock().unwrap_or_else(PoisonError::into_inner) = Some(summary.clone());
        true
    }

    /// The place among several.
    #[must_use]
    pub fn among(&self) -> Option<&Among> {
        self.account.and_then(|seat| seat.among.as_ref())
    }

    /// Arguments that name the account of this command, too, if it has a name.
    #[must_use]
    pub fn naming_account(&self, mut arguments: Vec<String>) -> Vec<String> {
        if let Some(seat) = self.account
            && !arguments.iter().any(|argument| argument == "--account" || argument.starts_with("--account="))
        {
            arguments.extend(["--account".to_owned(), seat.name.clone()]);
        }
        arguments
    }
}

/// The threads for writes that each of `accounts` gets, so that all of them together stay within what one process can
/// bear: `threads_max` of them, and two file descriptors (a connection, and what its answer needs) each of
/// `descriptors_max`, beside those of its ledger, its locks and its log.
#[must_use]
pub fn writers_each(accounts: usize, threads_max: usize, descriptors_max: usize) -> usize {
    /// Database, log and shared memory of the ledger, two locks, log file, readers' connections, some to spare.
    const DESCRIPTORS_EACH: usize = 24;
    let accounts = accounts.max(1);
    let by_threads = threads_max / accounts;
    let by_descriptors = (descriptors_max / accounts).saturating_sub(DESCRIPTORS_EACH) / 2;
    by_threads.min(by_descriptors).clamp(2, ROOM_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_and_descriptors_are_shared_out_evenly_and_nobody_goes_without() {
        assert_eq!(writers_each(1, 2_048, 65_536), ROOM_MAX);
        assert_eq!(writers_each(4, 2_048, 65_536), ROOM_MAX);
        assert_eq!(writers_each(50, 2_048, 65_536), 40);
        assert_eq!(writers_each(50, 2_048, 2_400), 12);
        assert_eq!(writers_each(5_000, 2_048, 1_024), 2);
    }
}
