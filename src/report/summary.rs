//! The summary: one value from which the terminal, `--format json`, `report.json` and the pages are made.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ledger::{CallCounts, Pass, StoreRow};
use crate::store::{Action, Estimate, Stamp, State, UpgradeStatus, Verb};

/// The version of the JSON that scripts read.
pub const SCHEMA: u32 = 1;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct NextStep {
    /// Why, in the language of the terminal.
    pub why: String,
    /// Not before this moment, if it matters.
    pub at: Option<String>,
    /// The command to type; empty if there is nothing to do.
    pub command: String,
}

/// The numbers of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The appid, or `sandbox`.
    pub account: String,
    /// The ledger's file.
    pub ledger: String,
    /// Rows in scope.
    pub stores: u64,
    /// Rows by what the plan wants; absent is 0.
    pub by_action: BTreeMap<&'static str, u64>,
    /// Rows by where they stand; they add up to `stores`.
    pub by_state: BTreeMap<&'static str, u64>,
    /// No write was ever sent, and not settled.
    pub not_attempted: u64,
    /// Rows that need a person.
    pub attention: u64,
    /// How the writes went.
    pub calls: BTreeMap<&'static str, CallCounts>,
    /// When the platform's list was last read.
    pub read_at: Option<String>,
    /// The platform was read after the last write, and every store it still lists has `upgrade_status` 3.
    pub upgrade_complete: bool,
    /// What is left.
    pub estimate: Estimate,
    /// What to do next.
    pub next: NextStep,
}

/// What a summary is made of.
#[derive(Debug, Clone)]
pub struct Material<'a> {
    /// Whose ledger.
    pub account: &'a str,
    /// The ledger's file.
    pub ledger: &'a str,
    /// The rows in scope.
    pub rows: &'a [StoreRow],
    /// How their writes went.
    pub calls: &'a BTreeMap<Verb, CallCounts>,
    /// The latest pass over the list.
    pub last_pass: Option<Pass>,
    /// When the last write was decided or ended.
    pub last_write_at: Option<Stamp>,
}

impl Summary {
    /// Counts. `estimate` and `next` are left to the caller, who knows the rate and the command.
    #[must_use]
    pub fn count(material: &Material<'_>) -> Self {
        let rows = material.rows;
        let count = |wanted: &dyn Fn(&StoreRow) -> bool| rows.iter().filter(|row| wanted(row)).count() as u64;
        let by_action =
            Action::ALL.into_iter().map(|action| (action.key(), count(&|row| row.decision.action == action)));
        let by_state = State::ALL.into_iter().map(|state| (state.key(), count(&|row| row.state == state)));
        Self {
            schema: SCHEMA,
            account: material.account.to_owned(),
            ledger: material.ledger.to_owned(),
            stores: rows.len() as u64,
            by_action: by_action.filter(|(_, n)| *n > 0).collect(),
            by_state: by_state.filter(|(_, n)| *n > 0).collect(),
            not_attempted: count(&|row| row.attempts == 0 && !row.state.is_settled()),
            attention: count(&|row| row.state.needs_person()),
            calls: material.calls.iter().map(|(verb, counts)| (verb.key(), *counts)).collect(),
            read_at: material.last_pass.map(|pass| pass.asked_at.rfc3339()),
            upgrade_complete: upgrade_complete(material),
            estimate: Estimate::default(),
            next: NextStep::default(),
        }
    }

    /// Whether the account is the simulated one.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.account == "sandbox"
    }

    /// How many rows stand in `state`.
    #[must_use]
    pub fn in_state(&self, state: State) -> u64 {
        self.by_state.get(state.key()).copied().unwrap_or(0)
    }
}

/// An empty list proves nothing by itself: it counts only where every store of ours is deleted.
fn upgrade_complete(material: &Material<'_>) -> bool {
    let Some(pass) = material.last_pass else { return false };
    let read_after_the_last_write = material.last_write_at.is_none_or(|at| pass.asked_at >= at);
    let nothing_left_in_doubt = pass.total > 0 || material.rows.iter().all(|row| row.state == State::Deleted);
    read_after_the_last_write && pass.unfinished == 0 && nothing_left_in_doubt && !material.rows.is_empty()
}

/// What the platform, else the source, says of a row's `upgrade_status` now.
#[must_use]
pub fn status_now(row: &StoreRow) -> &UpgradeStatus {
    row.now.as_ref().map_or(&row.record.upgrade_status, |now| &now.status)
}
