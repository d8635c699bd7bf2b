//! The events of a run as the journal has them: one enum, a case an event. Keys and events are only ever added; what a
//! reader does not know it skips. Outcomes and readings are told only once they are in the ledger.

use std::collections::BTreeMap;

use serde::Serialize;

use super::standing::{Run, Standing};
use crate::ledger::{Entry, Intent, Outcome, ReadingEntry};
use crate::pipeline::Notice;
use crate::store::{Finding, PoiId, Severity, Stamp, Words, Zone};

/// What happened.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    /// The run has begun, with its locks.
    RunBegan {
        /// `migrate`, `apply`, `watch`.
        command: &'a str,
        /// The program's version.
        version: &'a str,
        /// The ledger's file, in full.
        ledger: &'a str,
        /// The process.
        pid: u32,
    },
    /// What the run does now, in words.
    Stage {
        /// In both languages.
        words: &'a Words,
    },
    /// Something is not as it should be, and the run goes on.
    Warning {
        /// In both languages.
        words: &'a Words,
    },
    /// A finding that belongs to no store of the scope.
    Finding {
        /// Its code, such as `W203`.
        code: &'a str,
        /// `blocks` or `warns`.
        severity: Severity,
        /// With place and value, in both languages.
        words: Words,
    },
    /// A request is about to leave; the ledger knows.
    Intent {
        /// The store.
        poi_id: &'a str,
        /// `add_store` or `delpoi`.
        verb: &'a str,
        /// Its number, from 1.
        attempt: u32,
        /// SHA-256 of what it will say, in hex.
        body_hash: &'a str,
    },
    /// What became of it; the ledger knows.
    Outcome(OutcomeTold<'a>),
    /// What the platform showed of a store; the ledger knows.
    Reading(ReadingTold<'a>),
    /// The numbers so far, every few seconds while they change.
    Progress {
        /// A [`Phase`](crate::engine::Phase)'s key.
        phase: String,
        /// Writes answered or given up.
        sent: u64,
        /// Accepted.
        ok: u64,
        /// Refused for what the row says.
        refused: u64,
        /// Certainly not done; go again.
        again: u64,
        /// Lost; settled by reading.
        lost: u64,
        /// Stores that may still be sent, at most.
        left: u64,
        /// Writes a second, as the pace is now.
        rate: Option<f64>,
    },
    /// A person has paused the run.
    Paused,
    /// A person lets it go on.
    Resumed,
    /// A person wants it to stop.
    Stopping,
    /// The run is over.
    RunEnded {
        /// The exit code.
        exit: u8,
        /// How many stores of its scope stand where.
        by_state: BTreeMap<&'a str, u64>,
    },
}

/// An outcome.
#[derive(Debug, Serialize)]
pub struct OutcomeTold<'a> {
    poi_id: &'a str,
    verb: &'a str,
    attempt: u32,
    /// `ok`, `refused`, `not_done`, `lost`, `not_sent`.
    counted: &'a str,
    state: &'a str,
    sent_at: Option<String>,
    http_status: Option<u16>,
    errcode: Option<i64>,
    errmsg: &'a str,
    rid: Option<&'a str>,
    audit_id: Option<&'a str>,
}

/// A reading.
#[derive(Debug, Serialize)]
pub struct ReadingTold<'a> {
    poi_id: &'a str,
    endpoint: &'a str,
    asked_at: String,
    /// What it was weighed to mean.
    sight: &'a str,
    state: &'a str,
    /// `upgrade_status` as shown; null where the store was not shown.
    upgrade_status: Option<&'a str>,
    errcode: Option<i64>,
}

impl<'a> Event<'a> {
    /// The run has begun.
    #[must_use]
    pub fn began(run: &'a Run) -> Self {
        let Run { command, version, ledger, pid, .. } = run;
        Self::RunBegan { command, version, ledger, pid: *pid }
    }

    /// What a run tells, if it is anything for the journal: its progress is kept by the desk.
    #[must_use]
    pub fn of(notice: &'a Notice) -> Option<Self> {
        match notice {
            Notice::Stage(words) => Some(Self::Stage { words }),
            Notice::Warning(words) => Some(Self::Warning { words }),
            Notice::Finding(finding) => Some(Self::finding(finding)),
            Notice::Progress(..) => None,
            Notice::Durable(poi_id, entry) => Self::durable(poi_id, entry),
        }
    }

    fn finding(finding: &Finding) -> Self {
        Self::Finding { code: finding.code.as_str(), severity: finding.code.severity(), words: finding.words() }
    }

    fn durable(poi_id: &'a PoiId, entry: &'a Entry) -> Option<Self> {
        let poi_id = poi_id.as_str();
        match entry {
            Entry::Intent(Intent { verb, attempt, body_hash, .. }) => {
                Some(Self::Intent { poi_id, verb: verb.key(), attempt: *attempt, body_hash })
            }
            Entry::Outcome(outcome) => Some(Self::Outcome(OutcomeTold::of(poi_id, outcome))),
            Entry::Reading(reading) => Some(Self::Reading(ReadingTold::of(poi_id, reading))),
            // Calls about no store, what is kept of the pace, and a person's own words: none is about a store of a run.
            Entry::Call(_)
            | Entry::Announcement(_)
            | Entry::Uploaded(_)
            | Entry::FileRefused(_)
            | Entry::Setting { .. }
            | Entry::Acceptance(_) => None,
        }
    }

    /// Where the run stands.
    #[must_use]
    pub fn progress(standing: &Standing) -> Self {
        let Standing { phase, sent, ok, refused, again, lost, left, rate, .. } = standing.clone();
        Self::Progress { phase, sent, ok, refused, again, lost, left, rate }
    }
}

impl<'a> OutcomeTold<'a> {
    fn of(poi_id: &'a str, outcome: &'a Outcome) -> Self {
        Self {
            poi_id,
            verb: outcome.verb.key(),
            attempt: outcome.attempt,
            counted: outcome.counted.key(),
            state: outcome.to.key(),
            sent_at: outcome.sent_at.map(told_at),
            http_status: outcome.http_status,
            errcode: outcome.errcode,
            errmsg: &outcome.errmsg,
            rid: outcome.rid.as_deref(),
            audit_id: outcome.audit_id.as_deref(),
        }
    }
}

impl<'a> ReadingTold<'a> {
    fn of(poi_id: &'a str, reading: &'a ReadingEntry) -> Self {
        Self {
            poi_id,
            endpoint: reading.endpoint,
            asked_at: told_at(reading.asked_at),
            sight: reading.sight.key(),
            state: reading.to.key(),
            upgrade_status: reading.shown.as_ref().map(|store| store.upgrade_status.code()),
            errcode: reading.errcode,
        }
    }
}

/// A moment as the journal writes it: RFC 3339 in the platform's zone, to the millisecond.
#[must_use]
pub fn told_at(at: Stamp) -> String {
    at.precise(&Zone::of_platform())
}
