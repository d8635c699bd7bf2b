//! What the engine has to say to the ledger, one entry an event: an intent before its request, an outcome before it
//! counts, a reading before it decides. Each entry is one line in `calls` and one change of its store.

use rusqlite::{Connection, params};

use super::media::{self, RefusedFile, Uploaded};
use super::row::{to_json, to_optional_json};
use crate::store::{LegacyStore, Sight, Stamp, State, UpgradeStatus, Verb, Words};

/// One durable step of one store.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A request is about to leave.
    Intent(Intent),
    /// What became of it.
    Outcome(Outcome),
    /// What a reading by key showed.
    Reading(Box<ReadingEntry>),
    /// A call that concerns no store (a page of the list, a quota).
    Call(CallEntry),
    /// A write that concerns no store (an application, a point on the map) is about to leave.
    Announcement(Announcement),
    /// A person takes a store as settled.
    Acceptance(Acceptance),
    /// A file was uploaded.
    Uploaded(Uploaded),
    /// A file was refused by the platform.
    FileRefused(RefusedFile),
    /// Something small that the next run should know, as [`Ledger::set_meta`](super::Ledger::set_meta) keeps it.
    Setting {
        /// By this name.
        key: &'static str,
        /// Its value.
        value: String,
    },
}

impl Entry {
    /// The ledger's number of the store that it is about, if it is about one.
    #[must_use]
    pub const fn store_id(&self) -> Option<i64> {
        match self {
            Self::Intent(intent) => Some(intent.store_id),
            Self::Outcome(outcome) => Some(outcome.store_id),
            Self::Reading(reading) => Some(reading.store_id),
            Self::Call(_) | Self::Announcement(_) | Self::Uploaded(_) | Self::FileRefused(_) | Self::Setting { .. } => {
                None
            }
            Self::Acceptance(acceptance) => Some(acceptance.store_id),
        }
    }
}

/// A person's word on a store.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The ledger's number of the store.
    pub store_id: i64,
    /// When.
    pub at: Stamp,
    /// Where the store stood.
    pub from: State,
    /// Who, and why.
    pub reason: Words,
}

/// The intent of one attempt.
#[derive(Debug, Clone)]
pub struct Intent {
    /// The ledger's number of the store.
    pub store_id: i64,
    /// Which write.
    pub verb: Verb,
    /// Its number, from 1.
    pub attempt: u32,
    /// SHA-256 of the body, in hex.
    pub body_hash: String,
    /// When it was decided.
    pub at: Stamp,
    /// Where the store stood.
    pub from: State,
}

/// How an attempt ended, as the summary counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Accepted, or already so.
    Ok,
    /// Refused for what the row says.
    Refused,
    /// Certainly not done, answered so by the platform.
    NotDone,
    /// Nobody knows.
    Lost,
    /// It never left.
    NotSent,
}

impl Counted {
    /// The word in the table.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::NotDone => "not_done",
            Self::Lost => "lost",
            Self::NotSent => "not_sent",
        }
    }
}

/// The outcome of one attempt.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The ledger's number of the store.
    pub store_id: i64,
    /// Which write.
    pub verb: Verb,
    /// Its number.
    pub attempt: u32,
    /// How it counts.
    pub counted: Counted,
    /// When the request left, if it did.
    pub sent_at: Option<Stamp>,
    /// When it was answered, or given up.
    pub at: Stamp,
    /// The HTTP status, if an answer began.
    pub http_status: Option<u16>,
    /// The platform's code.
    pub errcode: Option<i64>,
    /// The platform's words, redacted.
    pub errmsg: String,
    /// The request's number in the platform's logs.
    pub rid: Option<String>,
    /// The review's number.
    pub audit_id: Option<String>,
    /// Where the store stands now.
    pub to: State,
    /// Why, for people.
    pub reason: Option<Words>,
}

/// A reading by key.
#[derive(Debug, Clone)]
pub struct ReadingEntry {
    /// The ledger's number of the store.
    pub store_id: i64,
    /// The endpoint that was asked.
    pub endpoint: &'static str,
    /// When it was asked.
    pub asked_at: Stamp,
    /// When it was answered.
    pub at: Stamp,
    /// The record shown; `None` if there is no such store.
    pub shown: Option<LegacyStore>,
    /// The platform's code, where it refused.
    pub errcode: Option<i64>,
    /// What it was weighed to mean.
    pub sight: Sight,
    /// Where the store stands now.
    pub to: State,
    /// Why, for people; `None` keeps what was said before.
    pub reason: Option<Words>,
}

/// A call that concerns no single store.
#[derive(Debug, Clone)]
pub struct CallEntry {
    /// The endpoint.
    pub endpoint: &'static str,
    /// When it left.
    pub sent_at: Option<Stamp>,
    /// When it was answered, or given up.
    pub at: Stamp,
    /// How it counts.
    pub counted: Counted,
    /// The HTTP status, if an answer began.
    pub http_status: Option<u16>,
    /// The platform's code.
    pub errcode: Option<i64>,
    /// The platform's words, redacted.
    pub errmsg: String,
    /// The request's number in the platform's logs.
    pub rid: Option<String>,
}

/// A single write, before it leaves. What became of it is the [`CallEntry`] of the same run.
#[derive(Debug, Clone)]
pub struct Announcement {
    /// The endpoint.
    pub endpoint: &'static str,
    /// SHA-256 of the body, in hex.
    pub body_hash: String,
    /// When it was decided.
    pub at: Stamp,
}

/// Writes one entry. A store that does not stand where the entry says is a [`rusqlite::Error::StatementChangedRows`].
pub fn apply(connection: &Connection, run_id: i64, entry: &Entry) -> rusqlite::Result<()> {
    match entry {
        Entry::Intent(intent) => apply_intent(connection, run_id, intent),
        Entry::Outcome(outcome) => apply_outcome(connection, run_id, outcome),
        Entry::Reading(reading) => apply_reading(connection, run_id, reading),
        Entry::Call(call) => apply_call(connection, run_id, call),
        Entry::Announcement(announcement) => apply_announcement(connection, run_id, announcement),
        Entry::Acceptance(acceptance) => apply_acceptance(connection, run_id, acceptance),
        Entry::Uploaded(uploaded) => media::apply(connection, run_id, uploaded),
        Entry::FileRefused(refused) => media::apply_refusal(connection, run_id, refused),
        Entry::Setting { key, value } => apply_setting(connection, key, value),
    }
}

/// The intent, and with it the baseline that a later reading of this attempt is compared with.
fn apply_intent(connection: &Connection, run_id: i64, intent: &Intent) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO calls (run_id, store_id, endpoint, attempt, phase, at, body_hash) \
             VALUES (?1, ?2, ?3, ?4, 'intent', ?5, ?6)",
        )?
        .execute(params![run_id, intent.store_id, intent.verb.key(), intent.attempt, intent.at.0, intent.body_hash])?;
    let changed = connection
        .prepare_cached(
            "UPDATE stores SET state = 'in_flight', attempts = ?2, last_verb = ?3, last_at = ?4, settles_from = ?4, \
             sent_hash = ?5, sent_plan = body_hash, \
             planned_status = COALESCE(status_now, planned_status), \
             planned_comment = COALESCE(comment_now, planned_comment), \
             planned_by_platform = planned_by_platform OR status_now IS NOT NULL, errcode = NULL, last_errcode = NULL, \
             updated_at = ?4 \
             WHERE id = ?1 AND state = ?6 AND attempts = ?2 - 1",
        )?
        .execute(params![
            intent.store_id,
            intent.attempt,
            intent.verb.key(),
            intent.at.0,
            intent.body_hash,
            intent.from.key()
        ])?;
    exactly_one(changed)
}

fn apply_outcome(connection: &Connection, run_id: i64, outcome: &Outcome) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO calls (run_id, store_id, endpoint, attempt, phase, outcome, at, sent_at, http_status, errcode, \
             errmsg, rid, audit_id) VALUES (?1, ?2, ?3, ?4, 'outcome', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            run_id,
            outcome.store_id,
            outcome.verb.key(),
            outcome.attempt,
            outcome.counted.key(),
            outcome.at.0,
            outcome.sent_at.map(|at| at.0),
            outcome.http_status,
            outcome.errcode,
            outcome.errmsg,
            outcome.rid,
            outcome.audit_id
        ])?;
    let errcode = outcome.errcode.filter(|code| *code != 0);
    let changed = connection
        .prepare_cached(
            "UPDATE stores SET state = ?2, last_at = ?3, settles_from = ?3, sent_at = COALESCE(?4, sent_at), errcode = ?5, last_errcode = ?5, \
             audit_id = COALESCE(?6, audit_id), reason = ?7, updated_at = ?3, settled_at = CASE WHEN ?8 THEN ?3 END \
             WHERE id = ?1 AND state = 'in_flight' AND attempts = ?9",
        )?
        .execute(params![
            outcome.store_id,
            outcome.to.key(),
            outcome.at.0,
            outcome.sent_at.map(|at| at.0),
            errcode,
            outcome.audit_id,
            to_optional_json(outcome.reason.as_ref())?,
            outcome.to.is_settled(),
            outcome.attempt
        ])?;
    exactly_one(changed)
}

fn apply_reading(connection: &Connection, run_id: i64, reading: &ReadingEntry) -> rusqlite::Result<()> {
    // A record without the upgrade fields takes nothing back of what an earlier reading showed.
    let told = reading.shown.as_ref().filter(|store| store.upgrade_status != UpgradeStatus::Absent);
    let status = told.map(|store| store.upgrade_status.code().to_owned());
    let comment = told.map(|store| store.upgrade_comment.as_str());
    connection
        .prepare_cached(
            "INSERT INTO calls (run_id, store_id, endpoint, phase, outcome, at, sent_at, errcode, status_seen, \
             comment_seen, sight) VALUES (?1, ?2, ?3, 'reading', 'ok', ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            run_id,
            reading.store_id,
            reading.endpoint,
            reading.at.0,
            reading.asked_at.0,
            reading.errcode,
            status,
            comment,
            reading.sight.key()
        ])?;
    let platform = reading.shown.as_ref().map(to_json).transpose()?;
    let changed = connection
        .prepare_cached(
            "UPDATE stores SET settled_at = CASE WHEN NOT ?9 THEN NULL WHEN state = ?2 THEN settled_at ELSE ?3 END, \
             updated_at = CASE WHEN state = ?2 THEN updated_at ELSE ?3 END, \
             state = ?2, status_now = COALESCE(?4, status_now), comment_now = COALESCE(?5, comment_now), \
             platform = COALESCE(?6, platform), read_at = CASE WHEN ?4 IS NULL THEN read_at ELSE ?7 END, reason = CASE WHEN state = ?2 THEN COALESCE(?8, reason) ELSE ?8 END, \
             errcode = CASE WHEN state = ?2 OR ?10 THEN errcode END WHERE id = ?1",
        )?
        .execute(params![
            reading.store_id,
            reading.to.key(),
            reading.at.0,
            status,
            comment,
            platform,
            reading.asked_at.0,
            to_optional_json(reading.reason.as_ref())?,
            reading.to.is_settled(),
            // Only then does the code of the last answer still say why the store stands where it stands.
            reading.sight == Sight::Duplicate
        ])?;
    exactly_one(changed)
}

fn apply_call(connection: &Connection, run_id: i64, call: &CallEntry) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO calls (run_id, endpoint, phase, outcome, at, sent_at, http_status, errcode, errmsg, rid) \
             VALUES (?1, ?2, 'call', ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            run_id,
            call.endpoint,
            call.counted.key(),
            call.at.0,
            call.sent_at.map(|at| at.0),
            call.http_status,
            call.errcode,
            call.errmsg,
            call.rid
        ])?;
    Ok(())
}

fn apply_announcement(connection: &Connection, run_id: i64, announced: &Announcement) -> rusqlite::Result<()> {
    let sql = "INSERT INTO calls (run_id, endpoint, phase, at, body_hash) VALUES (?1, ?2, 'intent', ?3, ?4)";
    connection
        .prepare_cached(sql)?
        .execute(params![run_id, announced.endpoint, announced.at.0, announced.body_hash])
        .map(|_| ())
}

fn apply_acceptance(connection: &Connection, run_id: i64, acceptance: &Acceptance) -> rusqlite::Result<()> {
    let Acceptance { store_id, at, from, reason } = acceptance;
    connection
        .prepare_cached(
            "INSERT INTO calls (run_id, store_id, endpoint, phase, at, errmsg) VALUES (?1, ?2, 'person', 'accepted', ?3, ?4)",
        )?
        .execute(params![run_id, store_id, at.0, reason.en])?;
    let changed = connection
        .prepare_cached(
            "UPDATE stores SET state = 'accepted', reason = ?2, updated_at = ?3, settled_at = ?3 WHERE id = ?1 AND state = ?4",
        )?
        .execute(params![store_id, to_json(reason)?, at.0, from.key()])?;
    exactly_one(changed)
}

/// Writes a line of `meta`, if it says something else than before.
pub fn apply_setting(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2 \
               WHERE value <> ?2";
    connection.prepare_cached(sql)?.execute([key, value]).map(|_| ())
}

fn exactly_one(changed: usize) -> rusqlite::Result<()> {
    if changed == 1 { Ok(()) } else { Err(rusqlite::Error::StatementChangedRows(changed)) }
}
