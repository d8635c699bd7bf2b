//! Supplied cells: remembered with file, row, time and person, for all later runs.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::row::to_json;
use crate::store::{Cell, Code, Field, JoinKey, Place, RememberedCell, Stamp, SupplementRow};

/// One supplement file as it was taken.
#[derive(Debug, Clone, Copy)]
pub struct Fill<'a> {
    /// The run that took it.
    pub run_id: i64,
    /// The file's name.
    pub file: &'a str,
    /// SHA-256 of its bytes, in hex.
    pub sha256: &'a str,
    /// When.
    pub at: Stamp,
    /// Who.
    pub person: &'a str,
    /// Files taken together have the same batch: cells of theirs that disagree are a finding.
    pub batch: i64,
}

/// Takes a file's rows. A file taken already, by its hash, changes nothing: `false`.
pub fn fill(connection: &Connection, fill: Fill<'_>, rows: &[SupplementRow]) -> rusqlite::Result<bool> {
    let Some(fill_id) = begin(connection, fill)? else { return Ok(false) };
    rows.iter().try_for_each(|row| add(connection, fill_id, row))?;
    crash_point!("fill-before-commit");
    Ok(true)
}

/// Begins with a file; `None` if it was taken already, by its hash.
pub fn begin(connection: &Connection, fill: Fill<'_>) -> rusqlite::Result<Option<i64>> {
    let known =
        connection.query_row("SELECT 1 FROM fills WHERE sha256 = ?1", [fill.sha256], |_| Ok(())).optional()?.is_some();
    if known {
        return Ok(None);
    }
    connection.execute(
        "INSERT INTO fills (run_id, file, sha256, at, person, batch) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![fill.run_id, fill.file, fill.sha256, fill.at.0, fill.person, fill.batch],
    )?;
    Ok(Some(connection.last_insert_rowid()))
}

/// Takes a row's cells.
pub fn add(connection: &Connection, fill_id: i64, row: &SupplementRow) -> rusqlite::Result<()> {
    let Some(key) = &row.key else { return Ok(()) };
    let settled = is_answered(connection, row)?;
    let key = to_json(key)?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO cells (fill_id, key, field, value, place, fault) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for cell in &row.cells {
        let fault = cell.fault.as_ref().filter(|fault| !(settled && fault.code == Code::IdsDisagree));
        let fault = fault.map(to_json).transpose()?;
        insert.execute(params![fill_id, key, cell.field.key(), cell.value, to_json(&cell.place)?, fault])?;
    }
    Ok(())
}

/// Whether the `sid` that stands beside a row's `poi_id` is known to be the same store's: then there is nothing to remember.
fn is_answered(connection: &Connection, row: &SupplementRow) -> rusqlite::Result<bool> {
    let mut faults = row.cells.iter().filter_map(|cell| cell.fault.as_ref());
    let (Some(JoinKey::PoiId(id)), Some(question)) = (&row.key, faults.find(|fault| fault.code == Code::IdsDisagree))
    else {
        return Ok(false);
    };
    let mut known = connection.prepare_cached(
        "SELECT 1 FROM stores WHERE key = 'poi:' || ?1 AND sid = ?2 UNION ALL \
         SELECT 1 FROM stores WHERE poi_id = ?1 AND substr(key, 1, 4) <> 'poi:' AND sid = ?2",
    )?;
    known.exists(params![id.as_str(), question.value])
}

/// The cells that count so far and cannot be used (what a spreadsheet rounded, an error value, bytes that are no text), apart
/// from those of this batch.
pub fn unusable(connection: &Connection, batch: i64) -> rusqlite::Result<HashSet<(JoinKey, Field)>> {
    const CODES: [Code; 4] = [Code::RoundedNumber, Code::RoundedColumn, Code::UnusableCell, Code::UndecodableBytes];
    let sql = format!(
        "{REMEMBERED} WHERE fault IS NOT NULL AND batch <> ?1 \
         AND cells.id IN (SELECT MAX(id) FROM cells GROUP BY key, field)"
    );
    let mut statement = connection.prepare(&sql)?;
    let cells = statement.query_map([batch], remembered)?;
    let is_unusable = |cell: &Cell| cell.fault.as_ref().is_some_and(|fault| CODES.contains(&fault.code));
    cells
        .filter(|found| found.as_ref().map_or(true, |remembered| is_unusable(&remembered.cell)))
        .map(|found| found.map(|remembered| (remembered.key, remembered.cell.field)))
        .collect()
}

/// The supplements of a batch.
pub fn fills_of(connection: &Connection, batch: i64) -> rusqlite::Result<HashSet<i64>> {
    connection.prepare("SELECT id FROM fills WHERE batch = ?1")?.query_map([batch], |row| row.get(0))?.collect()
}

/// Every cell ever supplied, oldest first.
pub fn cells(connection: &Connection) -> rusqlite::Result<Vec<RememberedCell>> {
    let mut statement = connection.prepare(&format!("{REMEMBERED} ORDER BY cells.id"))?;
    statement.query_map([], remembered)?.collect()
}

/// The cell of this number.
pub fn cell(connection: &Connection, id: i64) -> rusqlite::Result<RememberedCell> {
    connection.prepare_cached(&format!("{REMEMBERED} WHERE cells.id = ?1"))?.query_row([id], remembered)
}

const REMEMBERED: &str = "SELECT cells.key, field, value, place, fault, at, fill_id, batch \
     FROM cells JOIN fills ON fills.id = fill_id";

fn remembered(row: &Row<'_>) -> rusqlite::Result<RememberedCell> {
    let json = |column: usize| row.get::<_, String>(column);
    let bad = |column: usize, source: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, source)
    };
    let field = json(1)?;
    let field = Field::from_key(&field).ok_or_else(|| bad(1, format!("unknown field {field:?}").into()))?;
    let fault = match row.get::<_, Option<String>>(4)? {
        Some(text) => Some(serde_json::from_str(&text).map_err(|source| bad(4, source.into()))?),
        None => None,
    };
    Ok(RememberedCell {
        key: serde_json::from_str(&json(0)?).map_err(|source| bad(0, source.into()))?,
        cell: Cell {
            field,
            value: json(2)?,
            place: serde_json::from_str(&json(3)?).map_err(|source| bad(3, source.into()))?,
            fault,
            also: Vec::new(),
        },
        at: Stamp(row.get(5)?),
        fill_id: row.get(6)?,
        batch: row.get(7)?,
    })
}

/// Who supplied a cell, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppliedBy {
    /// The cell's place.
    pub place: Place,
    /// When it was taken into the ledger.
    pub at: Stamp,
    /// Who ran the command that took it.
    pub person: String,
}

/// When and by whom the cells at these places were supplied; the latest where a place was supplied several times.
pub fn supplied(connection: &Connection, places: &[&Place]) -> rusqlite::Result<Vec<SuppliedBy>> {
    let mut statement = connection.prepare(
        "SELECT at, person FROM cells JOIN fills ON fills.id = fill_id WHERE place = ?1 ORDER BY cells.id DESC LIMIT 1",
    )?;
    let mut found = Vec::with_capacity(places.len());
    for place in places {
        let by = statement.query_row([to_json(place)?], |row| Ok((Stamp(row.get(0)?), row.get(1)?))).optional()?;
        found.extend(by.map(|(at, person)| SuppliedBy { place: (*place).clone(), at, person }));
    }
    Ok(found)
}
