//! The ledger beside a single write: an application, a change of it, a point on the map, uploads. Such a command is a run as any
//! other: it holds the ledger and the account, its intent is durable before the request leaves, and its calls count by the day.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::session::{locks, run_start};
use crate::ledger::{Announcement, Entry, Identity, Ledger, LedgerError, Lock};
use crate::store::{ClockReading, Stamp, Words};
use crate::wire::{Class, Endpoint, ErrorTable};
use crate::words;

/// A run of one command that keeps no stores.
pub struct Books {
    ledger: Ledger,
    run_id: i64,
    _locks: Vec<Lock>,
}

/// The same write, sent before.
pub struct Before {
    /// When.
    at: Stamp,
    /// Whether it was accepted; `None`: nobody knows.
    accepted: Option<bool>,
}

/// Which locks a single write takes, before anything else is opened.
pub fn hold(
    context: &Context<'_>,
    path: &Path,
    identity: &Identity,
    api_base: Option<&str>,
) -> Result<Vec<Lock>, Failure> {
    locks(context, path, &identity.account, api_base)
}

impl Books {
    /// Opens the ledger, or makes it, and notes that the run begins.
    pub fn open(
        context: &Context<'_>,
        (path, identity, locks): (&Path, &Identity, Vec<Lock>),
        command: &str,
        (reading, trust_clock): (&ClockReading, bool),
        now: Stamp,
    ) -> Result<Self, Failure> {
        let ledger = Ledger::open(path, identity)?;
        // A large one is audited beside a run; these are one call, and it would be over before that.
        ledger.audited()?;
        ledger.begin_session(reading, trust_clock)?;
        let run_id = ledger.begin_run(&run_start(context, command, now))?;
        Ok(Self { ledger, run_id, _locks: locks })
    }

    /// The latest time that this very body was sent and not certainly refused.
    pub fn sent_before(
        &self,
        endpoint: Endpoint,
        body: &Value,
        errors: &ErrorTable,
    ) -> Result<Option<Before>, LedgerError> {
        let found = self.ledger.announced(endpoint.key(), &hash(body), self.run_id)?;
        let says_nothing =
            |errcode: Option<i64>| errcode.is_some_and(|errcode| errors.class(endpoint, errcode) == Class::Ambiguous);
        Ok(found.into_iter().find_map(|announced| match announced.outcome.as_deref() {
            Some("refused") if says_nothing(announced.errcode) => Some(Before { at: announced.at, accepted: None }),
            Some("refused" | "not_sent") => None,
            Some("ok") => Some(Before { at: announced.at, accepted: Some(true) }),
            _ => Some(Before { at: announced.at, accepted: None }),
        }))
    }

    /// Durable before the request leaves.
    pub fn announce(&mut self, endpoint: Endpoint, body: &Value, at: Stamp) -> Result<(), LedgerError> {
        let announcement = Announcement { endpoint: endpoint.key(), body_hash: hash(body), at };
        self.ledger.write_entries(self.run_id, &[Entry::Announcement(announcement)])
    }

    /// Writes the calls down.
    pub fn note(&mut self, calls: &[Entry]) -> Result<(), LedgerError> {
        if calls.is_empty() { Ok(()) } else { self.ledger.write_entries(self.run_id, calls) }
    }

    /// Ends the run.
    pub fn close(self, exit: Exit, now: Stamp) -> Result<(), LedgerError> {
        self.ledger.end_run(self.run_id, exit.code(), now)
    }
}

impl Before {
    /// For whoever is about to send it again.
    pub fn words(&self) -> Words {
        let at = self.at.short();
        match self.accepted {
            Some(_) => words!(
                "The very same was sent on {at}, and accepted: sending it again makes a second one, or is refused.";
                "相同内容已于 {at} 提交并被受理：再次提交会重复，或被拒绝。"
            ),
            None => words!(
                "The very same was sent on {at}, and nobody knows what became of it: look at the platform first.";
                "相同内容已于 {at} 提交，结果不明：请先在平台核实。"
            ),
        }
    }
}

fn hash(body: &Value) -> String {
    format!("{:x}", Sha256::digest(body.to_string().as_bytes()))
}
