//! Runs, inputs, passes over the list, and what the summary counts of them.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::load::PlanChange;
use super::session::disbelieved_up_to;
use crate::store::{BulkJob, Stamp, Verb};

/// A run as it begins.
#[derive(Debug, Clone)]
pub struct RunStart {
    /// `migrate`, `apply` …
    pub command: String,
    /// The arguments as typed, without the program's name.
    pub arguments: Vec<String>,
    /// The program's version.
    pub version: String,
    /// The machine.
    pub host: String,
    /// The user.
    pub person: String,
    /// When.
    pub at: Stamp,
}

impl RunStart {
    /// A run that leaves no trace.
    #[must_use]
    pub fn of_nobody(at: Stamp) -> Self {
        let nothing = String::new;
        Self { command: nothing(), arguments: Vec::new(), version: nothing(), host: nothing(), person: nothing(), at }
    }
}

/// Notes that a run begins; returns its number.
pub fn begin_run(connection: &Connection, run: &RunStart) -> rusqlite::Result<i64> {
    let arguments = serde_json::to_string(&run.arguments).unwrap_or_default();
    connection.execute(
        "INSERT INTO runs (command, arguments, version, host, person, started_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![run.command, arguments, run.version, run.host, run.person, run.at.0],
    )?;
    Ok(connection.last_insert_rowid())
}

/// Notes how a run ended.
pub fn end_run(connection: &Connection, run_id: i64, exit_code: u8, at: Stamp) -> rusqlite::Result<()> {
    crash_point!("run-before-end");
    connection
        .execute("UPDATE runs SET ended_at = ?2, exit_code = ?3 WHERE id = ?1", params![run_id, at.0, exit_code])?;
    Ok(())
}

/// The last line of what happened; 0 if nothing did.
pub fn last_seq(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT COALESCE(MAX(seq), 0) FROM calls", [], |row| row.get(0))
}

/// The stores whose first write was begun after this line.
pub fn first_sent_after(connection: &Connection, seq: i64) -> rusqlite::Result<HashSet<i64>> {
    let sql = "SELECT store_id FROM calls WHERE seq > ?1 AND phase = 'intent' AND attempt = 1";
    connection.prepare_cached(sql)?.query_map([seq], |row| row.get(0))?.collect()
}

/// The command and arguments of the latest run of one of these commands.
pub fn last_run(connection: &Connection, commands: &[&str]) -> rusqlite::Result<Option<(String, Vec<String>)>> {
    let mut statement = connection.prepare("SELECT command, arguments FROM runs ORDER BY id DESC")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let command: String = row.get(0)?;
        if commands.contains(&command.as_str()) {
            let arguments: String = row.get(1)?;
            return Ok(Some((command, serde_json::from_str(&arguments).unwrap_or_default())));
        }
    }
    Ok(None)
}

/// Notes a file or pull that a run read.
pub fn note_input(
    connection: &Connection,
    run_id: i64,
    role: &str,
    file: &str,
    sha256: &str,
    rows: usize,
    at: Stamp,
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO inputs (run_id, role, file, sha256, rows, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![run_id, role, file, sha256, i64::try_from(rows).unwrap_or(i64::MAX), at.0],
    )?;
    Ok(())
}

/// A full reading of the list that counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// When its first page was asked for.
    pub asked_at: Stamp,
    /// When its last page had arrived.
    pub ended_at: Stamp,
    /// How many stores it showed.
    pub total: u64,
    /// How many of them were not at `upgrade_status` 3.
    pub unfinished: u64,
}

/// Notes a pass.
pub fn note_pass(connection: &Connection, run_id: i64, pass: Pass) -> rusqlite::Result<()> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    connection.execute(
        "INSERT INTO passes (run_id, asked_at, ended_at, total, unfinished) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![run_id, pass.asked_at.0, pass.ended_at.0, number(pass.total), number(pass.unfinished)],
    )?;
    Ok(())
}

/// The latest pass, by a clock that is believed.
pub fn last_pass(connection: &Connection) -> rusqlite::Result<Option<Pass>> {
    let sql = "SELECT asked_at, ended_at, total, unfinished FROM passes WHERE run_id > ?1 ORDER BY id DESC LIMIT 1";
    connection
        .query_row(sql, [disbelieved_up_to(connection)?], |row| {
            let number = |i: usize| row.get::<_, i64>(i).map(|n| u64::try_from(n).unwrap_or(0));
            Ok(Pass {
                asked_at: Stamp(row.get(0)?),
                ended_at: Stamp(row.get(1)?),
                total: number(2)?,
                unfinished: number(3)?,
            })
        })
        .optional()
}

/// When the last write was decided or ended, by a clock that is believed: what was written down by another is older.
pub fn last_write_at(connection: &Connection, job: Option<BulkJob>) -> rusqlite::Result<Option<Stamp>> {
    // From the newest back to the first that fits: no call before it is looked at.
    let sql = "SELECT at FROM calls WHERE phase IN ('intent', 'outcome') AND +run_id > ?1 \
               AND (?2 IS NULL OR EXISTS (SELECT 1 FROM stores WHERE id = +store_id AND +job = ?2)) \
               ORDER BY at DESC LIMIT 1";
    let disbelieved = disbelieved_up_to(connection)?;
    connection.query_row(sql, params![disbelieved, job.map(BulkJob::key)], |row| row.get(0).map(Stamp)).optional()
}

/// When the writes of the last second before `now` left: a rate holds across a restart.
pub fn sends_since(connection: &Connection, since: Stamp) -> rusqlite::Result<Vec<Stamp>> {
    let sql = "SELECT COALESCE(sent_at, at) FROM calls WHERE phase = 'outcome' AND outcome <> 'not_sent' \
               AND at >= ?1 AND COALESCE(sent_at, at) >= ?1 AND run_id > ?2 ORDER BY 1";
    let disbelieved = disbelieved_up_to(connection)?;
    connection.prepare(sql)?.query_map([since.0, disbelieved], |row| row.get(0).map(Stamp))?.collect()
}

/// How often each endpoint was called from `from` on, as the platform may count it: whatever may have left, refused or lost.
/// A call that was under way at `from` is one of them. Without `until` intents without an outcome count, too.
pub fn own_calls(
    connection: &Connection,
    from: Stamp,
    until: Option<Stamp>,
) -> rusqlite::Result<BTreeMap<String, u64>> {
    let sql = "SELECT endpoint, COUNT(*) FROM calls WHERE at >= ?1 AND COALESCE(sent_at, at) < ?2 AND run_id > ?3 \
               AND ((phase IN ('outcome', 'call') AND outcome <> 'not_sent') \
                    OR (phase = 'reading' AND endpoint = 'getpoi')) GROUP BY endpoint";
    let (disbelieved, before) = (disbelieved_up_to(connection)?, until.map_or(i64::MAX, |until| until.0));
    let count = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()));
    let mut calls: BTreeMap<String, u64> =
        connection.prepare(sql)?.query_map(params![from.0, before, disbelieved], count)?.collect::<Result<_, _>>()?;
    if until.is_none() {
        let sql =
            "SELECT last_verb, COUNT(*) FROM stores WHERE state = 'in_flight' AND last_verb IS NOT NULL GROUP BY 1";
        let open: Vec<(String, u64)> = connection.prepare(sql)?.query_map([], count)?.collect::<Result<_, _>>()?;
        for (verb, n) in open {
            *calls.entry(verb).or_default() += n;
        }
    }
    Ok(calls)
}

/// A single write that was about to be sent once, and how that ended, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// When.
    pub at: Stamp,
    /// The word for how it counts.
    pub outcome: Option<String>,
    /// The platform's code.
    pub errcode: Option<i64>,
}

/// The announcements of a single write with this body by other runs, the latest first.
pub fn announced(
    connection: &Connection,
    endpoint: &str,
    body_hash: &str,
    but_by: i64,
) -> rusqlite::Result<Vec<Announced>> {
    let sql = "SELECT intent.at, answer.outcome, answer.errcode FROM calls AS intent LEFT JOIN calls AS answer \
               ON answer.seq = (SELECT MAX(seq) FROM calls WHERE run_id = intent.run_id AND endpoint = intent.endpoint \
                                AND phase = 'call' AND seq > intent.seq) \
               WHERE intent.phase = 'intent' AND intent.store_id IS NULL AND intent.endpoint = ?1 \
               AND intent.body_hash = ?2 AND intent.run_id <> ?3 ORDER BY intent.seq DESC";
    let read =
        |row: &rusqlite::Row<'_>| Ok(Announced { at: Stamp(row.get(0)?), outcome: row.get(1)?, errcode: row.get(2)? });
    connection.prepare(sql)?.query_map(params![endpoint, body_hash, but_by], read)?.collect()
}

/// How long the platform took to answer a write, by the middle one of the latest thousand; `None` if none was answered.
pub fn typical_latency(connection: &Connection) -> rusqlite::Result<Option<Duration>> {
    let sql = "SELECT at - sent_at FROM calls WHERE phase = 'outcome' AND outcome NOT IN ('lost', 'not_sent') \
               AND sent_at IS NOT NULL AND at >= sent_at AND run_id > ?1 ORDER BY seq DESC LIMIT 1000";
    let mut took: Vec<i64> = connection
        .prepare(sql)?
        .query_map([disbelieved_up_to(connection)?], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    took.sort_unstable();
    Ok(took.get(took.len() / 2).map(|millis| Duration::from_millis(millis.unsigned_abs())))
}

/// The latest refusal of each endpoint by each code, and when the refused call left.
pub fn refusals(connection: &Connection) -> rusqlite::Result<Vec<(String, i64, Stamp)>> {
    let sql = "SELECT endpoint, errcode, MAX(COALESCE(sent_at, at)) FROM calls \
               WHERE errcode <> 0 AND run_id > ?1 GROUP BY endpoint, errcode";
    let refusal = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, Stamp(row.get(2)?)));
    connection.prepare(sql)?.query_map([disbelieved_up_to(connection)?], refusal)?.collect()
}

/// How the writes of one endpoint went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct CallCounts {
    /// Requests that left.
    pub sent: u64,
    /// Accepted, or already so.
    pub ok: u64,
    /// Answered with a refusal.
    pub refused: u64,
    /// The answer was lost.
    pub unknown: u64,
}

/// The counts of every writing endpoint; `store_ids` narrows them to a scope.
pub fn call_counts(
    connection: &Connection,
    job: BulkJob,
    store_ids: Option<&[i64]>,
) -> rusqlite::Result<BTreeMap<Verb, CallCounts>> {
    let mut counts: BTreeMap<Verb, CallCounts> =
        job.verbs().iter().map(|verb| (*verb, CallCounts::default())).collect();
    let wanted = store_ids.map(|ids| ids.iter().copied().collect::<std::collections::HashSet<i64>>());
    let mut statement = connection.prepare(
        "SELECT store_id, endpoint, outcome FROM calls WHERE phase = 'outcome' \
         AND store_id IN (SELECT id FROM stores WHERE job = ?1)",
    )?;
    let mut rows = statement.query([job.key()])?;
    while let Some(row) = rows.next()? {
        let (store_id, endpoint, outcome): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&store_id)) {
            continue;
        }
        let Some(counts) = Verb::from_key(&endpoint).and_then(|verb| counts.get_mut(&verb)) else { continue };
        let kind = match outcome.as_str() {
            "ok" => &mut counts.ok,
            "refused" | "not_done" => &mut counts.refused,
            "lost" => &mut counts.unknown,
            _ => continue,
        };
        *kind += 1;
        counts.sent += 1;
    }
    Ok(counts)
}

/// One line of a store's story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryLine {
    /// The run's number.
    pub run: i64,
    /// `intent`, `outcome`, `reading`, `planned` or `accepted`.
    pub phase: String,
    /// The endpoint; `person` for a person's word, `plan` for a change of the plan.
    pub endpoint: String,
    /// The attempt, of a write.
    pub attempt: Option<u32>,
    /// How it counts: `ok`, `refused`, `not_done`, `lost`, `not_sent`.
    pub outcome: Option<String>,
    /// When it was written down.
    pub at: Stamp,
    /// When the request left, or the reading was asked for.
    pub sent_at: Option<Stamp>,
    /// The HTTP status, if an answer began.
    pub http_status: Option<u16>,
    /// The platform's code.
    pub errcode: Option<i64>,
    /// The platform's words, or a person's.
    pub errmsg: String,
    /// The request's number in the platform's logs.
    pub rid: Option<String>,
    /// The review's number.
    pub audit_id: Option<String>,
    /// How the plan changed, of a change of the plan.
    pub change: Option<PlanChange>,
    /// `upgrade_status` as read.
    pub status_seen: Option<String>,
    /// `upgrade_comment` as read.
    pub comment_seen: Option<String>,
    /// What a reading was weighed to mean.
    pub sight: Option<String>,
}

/// A run in which something happened to a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryRun {
    /// Its number.
    pub id: i64,
    /// The arguments as typed, without the program's name.
    pub arguments: Vec<String>,
    /// Who ran it.
    pub person: String,
    /// On which machine.
    pub host: String,
    /// When it began.
    pub started_at: Stamp,
}

/// The runs in which something happened to a store, in order.
pub fn story_runs(connection: &Connection, store_id: i64) -> rusqlite::Result<Vec<StoryRun>> {
    let sql = "SELECT id, arguments, person, host, started_at FROM runs \
               WHERE id IN (SELECT run_id FROM calls WHERE store_id = ?1) ORDER BY id";
    let mut statement = connection.prepare(sql)?;
    let runs = statement.query_map([store_id], |row| {
        let arguments: String = row.get(1)?;
        Ok(StoryRun {
            id: row.get(0)?,
            arguments: serde_json::from_str(&arguments).unwrap_or_default(),
            person: row.get(2)?,
            host: row.get(3)?,
            started_at: Stamp(row.get(4)?),
        })
    })?;
    runs.collect()
}

/// Everything that happened to a store, in order.
pub fn story(connection: &Connection, store_id: i64) -> rusqlite::Result<Vec<StoryLine>> {
    let sql = "SELECT run_id, phase, endpoint, attempt, outcome, at, sent_at, http_status, errcode, errmsg, rid, audit_id, \
               status_seen, comment_seen, sight FROM calls WHERE store_id = ?1 ORDER BY seq";
    let mut statement = connection.prepare(sql)?;
    let lines = statement.query_map([store_id], |row| {
        let phase: String = row.get(1)?;
        let errmsg = row.get::<_, Option<String>>(9)?.unwrap_or_default();
        // A change of the plan is kept in the column of words, in a form that is no language.
        let change = if phase == "planned" { serde_json::from_str(&errmsg).ok() } else { None };
        let errmsg = if phase == "planned" { String::new() } else { errmsg };
        Ok(StoryLine {
            run: row.get(0)?,
            phase,
            endpoint: row.get(2)?,
            attempt: row.get(3)?,
            outcome: row.get(4)?,
            at: Stamp(row.get(5)?),
            sent_at: row.get::<_, Option<i64>>(6)?.map(Stamp),
            http_status: row.get(7)?,
            errcode: row.get(8)?,
            errmsg,
            rid: row.get(10)?,
            audit_id: row.get(11)?,
            change,
            status_seen: row.get(12)?,
            comment_seen: row.get(13)?,
            sight: row.get(14)?,
        })
    })?;
    lines.collect()
}
