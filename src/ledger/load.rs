//! Rows of a source into the ledger, and the plan over them: bulk work on one connection, before and between runs.

use rusqlite::{Connection, Statement, Transaction, TransactionBehavior, params};

use serde::{Deserialize, Serialize};

use super::row::{COLUMNS, StoreRow, from_row, to_json, to_optional_json};
use super::sealing::Sealing;
use super::standing;
use crate::store::{
    Action, BodyFields, BulkJob, Code, Decision, Finding, LegacyStore, Place, PoiId, Sid, Sight, Stamp, State,
    UpgradeStatus,
};

/// One row of a source.
#[derive(Debug, Clone)]
pub struct SourceRow {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub store: LegacyStore,
    /// What is wrong with it as a row.
    pub faults: Vec<Finding>,
    /// Its `poi_id` is usable and stands once in its source, so that rows of other sources join with it.
    pub joins: bool,
}

impl SourceRow {
    pub(super) fn key(&self) -> String {
        match &self.store.poi_id {
            Some(id) if self.joins => format!("poi:{id}"),
            _ => {
                let sheet = self.place.sheet.as_deref().unwrap_or("");
                format!("row:{}|{sheet}|{}", self.place.file, self.place.row.unwrap_or(0))
            }
        }
    }
}

/// A known store whose row says something new: `?1` its number, then record, faults, place, sid, `poi_id`, and when.
pub fn revision(sealing: &Sealing) -> String {
    let values = [
        ("record", "?2"),
        ("faults", "?3"),
        ("place", "?4"),
        ("sid", "?5"),
        ("poi_id", "?6"),
        ("revision", "revision + (record <> ?2)"),
        ("updated_at", "?7"),
    ];
    sealing.update(&values, "id = ?1")
}

/// Writes it.
pub fn revise(
    revision: &mut Statement<'_>,
    (id, row): (i64, &SourceRow),
    (record, faults, place): (&str, &str, &str),
    now: Stamp,
) -> rusqlite::Result<()> {
    let (sid, poi_id) = (row.store.sid.as_ref().map(Sid::as_str), row.store.poi_id.as_ref().map(PoiId::as_str));
    revision.execute(params![id, record, faults, place, sid, poi_id, now.0])?;
    Ok(())
}

/// Rows without a usable id are known by file, sheet and row only: an edited file leaves none of its old ones behind.
pub fn forget_unjoined(connection: &Connection, file: &str, kept: &[i64]) -> rusqlite::Result<()> {
    // All that begins so, and nothing else: `}` is what follows `|`.
    let (from, to) = (format!("row:{file}|"), format!("row:{file}}}"));
    // One of which something is told (a person settled it) stays with what is told.
    let mut statement = connection.prepare(
        "SELECT id FROM stores WHERE key >= ?1 AND key < ?2 AND attempts = 0 \
         AND NOT EXISTS (SELECT 1 FROM calls WHERE store_id = stores.id)",
    )?;
    let old: Vec<i64> = statement.query_map([&from, &to], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    if old.is_empty() {
        return Ok(());
    }
    let kept: std::collections::HashSet<&i64> = kept.iter().collect();
    for id in old.iter().filter(|id| !kept.contains(id)) {
        connection.execute("DELETE FROM stores WHERE id = ?1", [id])?;
    }
    Ok(())
}

/// A decision about a store, and where it stands by it.
#[derive(Debug, Clone)]
pub struct PlannedRow {
    /// The ledger's number of the store.
    pub id: i64,
    /// What is wanted.
    pub decision: Decision,
    /// Where it stands from now on.
    pub state: State,
    /// Hash of the body that would be sent.
    pub body_hash: Option<String>,
    /// The baseline for later readings, where the plan sets it anew.
    pub planned: Option<(UpgradeStatus, String, bool)>,
}

/// How a later plan differs from the one before: a line of the store's story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanChange {
    /// The ledger's number of the store.
    #[serde(skip)]
    pub id: i64,
    /// Where the store stood.
    pub from: State,
    /// Where it stands by the new plan.
    pub to: State,
    /// What is wanted now.
    pub action: Action,
    /// What stands in the way now.
    pub findings: Vec<Code>,
    /// What would be sent is another than before.
    pub data_changed: bool,
}

/// The statements of a plan.
#[derive(Debug)]
pub struct PlanTexts {
    decide: String,
    decide_and_compare: String,
    compare: String,
}

impl PlanTexts {
    /// Over a store's number as `?1`, then action, state, decision, body hash, when, whether it is settled; and the baseline:
    /// status, comment, whether it is the platform's word.
    pub fn of(sealing: &Sealing) -> Self {
        const DECISION: [(&str, &str); 8] = [
            ("action", "?2"),
            ("state", "?3"),
            ("decision", "?4"),
            ("body_hash", "?5"),
            ("updated_at", "?6"),
            ("reason", "CASE WHEN state = ?3 THEN reason END"),
            ("errcode", "CASE WHEN state = ?3 THEN errcode END"),
            ("settled_at", "CASE WHEN ?7 THEN COALESCE(settled_at, ?6) END"),
        ];
        // What is planned anew is compared with what the next reading shows.
        const BASELINE: [(&str, &str); 4] = [
            ("planned_status", "?8"),
            ("planned_comment", "?9"),
            ("planned_by_platform", "?10"),
            ("planned_fields", "NULL"),
        ];
        const IS_NEW: &str = "id = ?1 AND (action <> ?2 OR state <> ?3 OR decision <> ?4 OR body_hash IS NOT ?5)";
        let both: Vec<(&str, &str)> = DECISION.into_iter().chain(BASELINE).collect();
        Self {
            decide: sealing.update(&DECISION, IS_NEW),
            decide_and_compare: sealing.update(&both, IS_NEW),
            compare: sealing.update(&BASELINE, "id = ?1"),
        }
    }
}

/// Writes decisions; a row that already says so is not touched. In the same transaction the stores' stories are told what
/// changes of an earlier plan, and by which run.
pub fn plan(
    connection: &Connection,
    texts: &PlanTexts,
    rows: &[PlannedRow],
    (run_id, changes): (i64, &[PlanChange]),
    now: Stamp,
) -> rusqlite::Result<()> {
    tell_changes(connection, run_id, changes, now)?;
    let mut decide = connection.prepare_cached(&texts.decide)?;
    let mut decide_and_compare = connection.prepare_cached(&texts.decide_and_compare)?;
    let mut compare = connection.prepare_cached(&texts.compare)?;
    for row in rows {
        let decision = to_json(&row.decision)?;
        let (action, state, is_settled) = (row.decision.action.key(), row.state.key(), row.state.is_settled());
        let (id, at) = (row.id, now.0);
        let Some((status, comment, by_platform)) = &row.planned else {
            decide.execute(params![id, action, state, decision, row.body_hash, at, is_settled])?;
            continue;
        };
        // Most rows get both, and are written once.
        let (status, hash) = (status.code(), &row.body_hash);
        let decided = decide_and_compare.execute(params![
            id,
            action,
            state,
            decision,
            hash,
            at,
            is_settled,
            status,
            comment,
            by_platform
        ])?;
        if decided == 0 {
            let unused = rusqlite::types::Null;
            compare.execute(params![
                id,
                unused,
                unused,
                unused,
                unused,
                unused,
                unused,
                status,
                comment,
                by_platform
            ])?;
        }
    }
    crash_point!("plan-before-commit");
    Ok(())
}

fn tell_changes(connection: &Connection, run_id: i64, changes: &[PlanChange], now: Stamp) -> rusqlite::Result<()> {
    let mut told = connection.prepare_cached(
        "INSERT INTO calls (run_id, store_id, endpoint, phase, at, errmsg) VALUES (?1, ?2, 'plan', 'planned', ?3, ?4)",
    )?;
    for change in changes {
        told.execute(params![run_id, change.id, now.0, to_json(change)?])?;
    }
    Ok(())
}

/// Stores by their numbers, in order: 8 bytes each, where a hash set takes 19.
#[derive(Debug)]
pub struct NumberSet(Vec<i64>);

impl NumberSet {
    /// These, however often each is said.
    #[must_use]
    pub fn of(ids: &[i64]) -> Self {
        let mut ids = ids.to_vec();
        // What the ledger gives is in order almost always, and then this takes one look at each.
        ids.sort_unstable();
        Self(ids)
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(&self, id: i64) -> bool {
        self.0.binary_search(&id).is_ok()
    }
}

/// All stores of a job, or those among them with these numbers, in the order in which they were first loaded.
pub fn stores(connection: &Connection, job: BulkJob, ids: Option<&[i64]>) -> rusqlite::Result<Vec<StoreRow>> {
    let mut stores = Vec::new();
    each_store(connection, job, ids, |row| stores.push(row))?;
    Ok(stores)
}

/// The same, one by one, and none of them kept.
pub fn each_store(
    connection: &Connection,
    job: BulkJob,
    ids: Option<&[i64]>,
    mut with: impl FnMut(StoreRow),
) -> rusqlite::Result<()> {
    if let Some(ids) = ids {
        // One moment of the ledger, whoever writes beside us.
        let _snapshot = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
        return standing::each_of(connection, job, ids, &mut with);
    }
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM stores WHERE +job = ?1 ORDER BY id"))?;
    let mut rows = statement.query([job.key()])?;
    while let Some(row) = rows.next()? {
        with(from_row(row)?);
    }
    Ok(())
}

/// What the platform showed of a store in a reading, and where the store stands by it.
#[derive(Debug, Clone)]
pub struct Observation {
    /// The ledger's number of the store.
    pub id: i64,
    /// The record as shown; `None` if the store is gone.
    pub shown: Option<LegacyStore>,
    /// When the reading was asked for.
    pub asked_at: Stamp,
    /// What it was weighed to mean.
    pub sight: Sight,
    /// Where it stands from now on.
    pub state: State,
    /// Why, if there is something new to say.
    pub reason: Option<crate::store::Words>,
    /// The reading is the first of the platform since the store was planned from an input: it is the baseline now.
    pub becomes_baseline: bool,
    /// What later readings of the fields that a body is made of are compared with from now on, if it is set anew.
    pub fields: Option<BodyFields>,
}

/// Writes what was read. Only moments of reading change where nothing else did: how often something did.
pub fn observe(connection: &Connection, seen: &[Observation], now: Stamp) -> rusqlite::Result<usize> {
    let mut changed = 0;
    {
        let mut shown = connection.prepare(
            "UPDATE stores SET status_now = COALESCE(?2, status_now), comment_now = COALESCE(?3, comment_now), \
             platform = ?4 WHERE id = ?1 AND (status_now IS NOT ?2 OR comment_now IS NOT ?3 OR platform IS NOT ?4)",
        )?;
        let mut read = connection.prepare("UPDATE stores SET read_at = ?2 WHERE id = ?1 AND status_now IS NOT NULL")?;
        let mut baseline = connection.prepare(
            "UPDATE stores SET planned_status = ?2, planned_comment = ?3, planned_by_platform = 1 WHERE id = ?1",
        )?;
        let mut fields = connection.prepare("UPDATE stores SET planned_fields = ?2 WHERE id = ?1")?;
        let mut moved = connection.prepare(
            "UPDATE stores SET state = ?2, reason = ?3, updated_at = ?4, settled_at = CASE WHEN ?5 THEN ?4 END, \
             errcode = CASE WHEN ?6 THEN errcode END \
             WHERE id = ?1 AND state <> ?2",
        )?;
        for row in seen {
            if let Some(store) = &row.shown {
                let told = store.upgrade_status != UpgradeStatus::Absent;
                let (status, comment) = (store.upgrade_status.code(), store.upgrade_comment.as_str());
                let (status_told, comment_told) = (told.then_some(status), told.then_some(comment));
                changed += shown.execute(params![row.id, status_told, comment_told, to_json(store)?])?;
                if told {
                    read.execute(params![row.id, row.asked_at.0])?;
                }
                if told && row.becomes_baseline {
                    changed += baseline.execute(params![row.id, status, comment])?;
                }
                if let Some(shown) = &row.fields {
                    changed += fields.execute(params![row.id, to_json(shown)?])?;
                }
            }
            let reason = to_optional_json(row.reason.as_ref())?;
            let duplicate = row.sight == Sight::Duplicate;
            let (state, settled) = (row.state.key(), row.state.is_settled());
            changed += moved.execute(params![row.id, state, reason, now.0, settled, duplicate])?;
        }
    }
    crash_point!("observe-before-commit");
    Ok(changed)
}
