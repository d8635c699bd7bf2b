//! What spreadsheets order of stores in the store mini-program: rows of another bulk job than the migration.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::media;
use super::row::{COLUMNS, StoreRow, from_row, to_json};
use crate::store::{BulkJob, Decision, Event, Field, Finding, LegacyStore, Place, PoiId, Stamp, State, next};

/// One store of a job's spreadsheet.
#[derive(Debug, Clone)]
pub struct OrderedRow {
    /// What names it within its job: its `poi_id` in the store mini-program, or for a new store what its sheet calls it;
    /// `None` for a row that names none that can be used.
    pub name: Option<String>,
    /// Where it stands.
    pub place: Place,
    /// Its id where it has one, and what the sheet says of it as its record. The same record again is the same order.
    pub store: LegacyStore,
    /// What is wrong with the row as such.
    pub faults: Vec<Finding>,
    /// The names of files that are not there, or not any more; nothing else is wrong with its files. `None`: all are there, or
    /// something is.
    pub missing: Option<Vec<String>>,
}

/// Under this key an order's record holds its cells, with their places; the keys beside it hold values alone.
pub const ORDER_CELLS: &str = "cells";

impl OrderedRow {
    fn key(&self, job: BulkJob) -> String {
        if let Some(name) = &self.name {
            return format!("{job}:{name}");
        }
        let sheet = self.place.sheet.as_deref().unwrap_or("");
        format!("{job}-row:{}|{sheet}|{}", self.place.file, self.place.row.unwrap_or(0))
    }
}

/// Takes the rows of a job; the ledger's number of each, in order, and the rows whose new order cannot be taken yet, because
/// the outcome of the one before is open. An order that says something else than before begins anew where the old one is
/// settled or waits for a person.
pub fn take(
    connection: &Connection,
    job: BulkJob,
    rows: &[OrderedRow],
    now: Stamp,
) -> rusqlite::Result<(Vec<i64>, Vec<i64>)> {
    let (mut ids, mut busy) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let key = row.key(job);
        match known(connection, &key)? {
            None => ids.push(insert(connection, job, row, &key, now)?),
            Some(known) => {
                ids.push(known.id);
                if !revise(connection, &known, row, now)? {
                    busy.push(known.id);
                }
            }
        }
    }
    Ok((ids, busy))
}

fn known(connection: &Connection, key: &str) -> rusqlite::Result<Option<StoreRow>> {
    let sql = format!("SELECT {COLUMNS} FROM stores WHERE key = ?1");
    connection.prepare_cached(&sql)?.query_row([key], from_row).optional()
}

fn insert(connection: &Connection, job: BulkJob, row: &OrderedRow, key: &str, now: Stamp) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "INSERT INTO stores (job, key, poi_id, place, record, faults, status_before, planned_status, \
             planned_comment, planned_by_platform, action, state, decision, updated_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, '', 0, 'blocked', 'blocked', ?8, ?9)",
        )?
        .execute(params![
            job.key(),
            key,
            row.store.poi_id.as_ref().map(PoiId::as_str),
            to_json(&row.place)?,
            to_json(&row.store)?,
            to_json(&row.faults)?,
            row.store.upgrade_status.code(),
            to_json(&Decision::unplanned())?,
            now.0
        ])?;
    Ok(connection.last_insert_rowid())
}

/// Whether both have the same values but for these keys, wherever they stand.
fn says_the_same(one: &LegacyStore, other: &LegacyStore, but: &[&str]) -> bool {
    let values = |store: &LegacyStore| {
        let mut entries = store.record.entries();
        entries.retain(|key, _| !but.contains(&key.as_str()));
        entries
    };
    one.without_record() == other.without_record() && values(one) == values(other)
}

/// Whether the row says what it said, and its files are gone that were uploaded once.
fn were_tidied_away(connection: &Connection, known: &StoreRow, row: &OrderedRow) -> rusqlite::Result<bool> {
    let Some(missing) = &row.missing else { return Ok(false) };
    let files = [ORDER_CELLS, Field::PicList.key(), Field::QualificationList.key()];
    if !says_the_same(&known.record, &row.store, &files) {
        return Ok(false);
    }
    let base = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let uploaded: BTreeSet<String> = media::names(connection)?.iter().map(|name| base(name)).collect();
    Ok(missing.iter().all(|name| uploaded.contains(&base(name))))
}

/// `false`: the row says something new, and what it said before is still under way.
fn revise(connection: &Connection, known: &StoreRow, row: &OrderedRow, now: Stamp) -> rusqlite::Result<bool> {
    // What is done stays done although its sheet was moved, or its photos were tidied away.
    let is_done = matches!(known.state, State::Done | State::Accepted);
    if known.record == row.store || (is_done && says_the_same(&known.record, &row.store, &[ORDER_CELLS])) {
        return Ok(true);
    }
    if is_done && were_tidied_away(connection, known, row)? {
        return Ok(true);
    }
    let state = match next(known.state, Event::OrderedAnew) {
        Ok(state) => state,
        Err(_) if matches!(known.state, State::InFlight | State::Unknown | State::InReview) => return Ok(false),
        // Nothing of it has left, or certainly nothing was done.
        Err(_) => known.state,
    };
    let decision = if state == known.state { known.decision.clone() } else { Decision::unplanned() };
    connection
        .prepare_cached(
            "UPDATE stores SET record = ?2, faults = ?3, place = ?4, state = ?5, action = ?6, decision = ?7, \
             revision = revision + 1, updated_at = ?8, reason = CASE WHEN state = ?5 THEN reason END, \
             settled_at = CASE WHEN state = ?5 THEN settled_at END WHERE id = ?1",
        )?
        .execute(params![
            known.id,
            to_json(&row.store)?,
            to_json(&row.faults)?,
            to_json(&row.place)?,
            state.key(),
            decision.action.key(),
            to_json(&decision)?,
            now.0
        ])?;
    Ok(true)
}
