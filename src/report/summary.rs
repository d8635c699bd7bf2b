//! The summary: one value from which the terminal, `--format json`, `report.json` and the pages are made.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Rehearsal;
use crate::ledger::{CallCounts, Pass, StoreRow};
use crate::store::{Action, Estimate, FileRef, MediaKind, Stamp, State, UpgradeStatus, Verb};

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
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// What a rehearsal says of the real run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Rehearsal>,
    /// What to do next.
    pub next: NextStep,
}

/// Rows counted one by one, none of them kept.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    stores: u64,
    actions: BTreeMap<&'static str, u64>,
    states: BTreeMap<&'static str, u64>,
    not_attempted: u64,
    attention: u64,
    left: Due,
    written_to: Due,
    tried: u64,
}

/// Writes, and what has to be uploaded before them.
#[derive(Debug, Clone, Default)]
pub struct Due {
    /// Stores that are written to, by verb.
    pub writes: BTreeMap<Verb, u64>,
    /// Local files that they need, each once.
    pub files: BTreeSet<(FileRef, MediaKind)>,
}

impl Due {
    fn see(&mut self, row: &StoreRow) {
        if let Some(verb) = row.decision.action.verb() {
            *self.writes.entry(verb).or_default() += 1;
            self.files.extend(row.decision.files());
        }
    }
}

impl Counts {
    /// These rows.
    #[must_use]
    pub fn of(rows: &[StoreRow]) -> Self {
        let mut counts = Self::default();
        for row in rows {
            counts.see(row);
        }
        counts
    }

    /// One more row.
    pub fn see(&mut self, row: &StoreRow) {
        self.stores += 1;
        *self.actions.entry(row.decision.action.key()).or_default() += 1;
        *self.states.entry(row.state.key()).or_default() += 1;
        self.not_attempted += u64::from(row.sent_at.is_none() && !row.state.is_settled());
        self.attention += u64::from(row.state.needs_person());
        let is_left = row.state.can_move() && row.state != State::InReview;
        if is_left {
            self.left.see(row);
        }
        if is_left || row.attempts > 0 {
            self.written_to.see(row);
        }
        self.tried += u64::from(row.attempts > 0);
    }

    /// What is left to send.
    #[must_use]
    pub fn left(&self) -> &Due {
        &self.left
    }

    /// Stores of which a write was sent, or about to be.
    #[must_use]
    pub fn tried(&self) -> u64 {
        self.tried
    }

    /// What was sent, and what is left to send.
    #[must_use]
    pub fn written_to(&self) -> &Due {
        &self.written_to
    }

    fn with_action(&self, action: Action) -> u64 {
        self.actions.get(action.key()).copied().unwrap_or(0)
    }

    fn in_state(&self, state: State) -> u64 {
        self.states.get(state.key()).copied().unwrap_or(0)
    }
}

/// What a summary is made of.
#[derive(Debug, Clone)]
pub struct Material<'a> {
    /// Whose ledger.
    pub account: &'a str,
    /// The ledger's file.
    pub ledger: &'a str,
    /// The rows in scope, counted.
    pub counts: &'a Counts,
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
        let counts = material.counts;
        let by_action = Action::ALL.into_iter().map(|action| (action.key(), counts.with_action(action)));
        let by_state = State::ALL.into_iter().map(|state| (state.key(), counts.in_state(state)));
        Self {
            schema: SCHEMA,
            account: material.account.to_owned(),
            ledger: material.ledger.to_owned(),
            stores: counts.stores,
            by_action: by_action.filter(|(_, n)| *n > 0).collect(),
            by_state: by_state.filter(|(_, n)| *n > 0).collect(),
            not_attempted: counts.not_attempted,
            attention: counts.attention,
            calls: material.calls.iter().map(|(verb, counts)| (verb.key(), *counts)).collect(),
            read_at: material.last_pass.map(|pass| pass.asked_at.rfc3339()),
            upgrade_complete: upgrade_complete(material),
            estimate: Estimate::default(),
            rehearsal: None,
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
    let counts = material.counts;
    let Some(pass) = material.last_pass else { return false };
    let read_after_the_last_write = material.last_write_at.is_none_or(|at| pass.asked_at >= at);
    let nothing_left_in_doubt = pass.total > 0 || counts.in_state(State::Deleted) == counts.stores;
    read_after_the_last_write && pass.unfinished == 0 && nothing_left_in_doubt && counts.stores > 0
}

/// What the platform, else the source, says of a row's `upgrade_status` now.
#[must_use]
pub fn status_now(row: &StoreRow) -> &UpgradeStatus {
    row.now.as_ref().map_or(&row.record.upgrade_status, |now| &now.status)
}
