//! Where stores stand, told by an index alone, and the stores that stand somewhere: what is settled is not looked at.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::load::NumberSet;
use super::row::{COLUMNS, StoreRow, from_row};
use crate::store::{Action, BulkJob, PoiId, State};

/// Where a store stands, and what is wanted for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standpoint {
    /// The ledger's number of the store.
    pub id: i64,
    /// Where it stands.
    pub state: State,
    /// What the plan wants.
    pub action: Action,
}

/// The stores of a job that stand at one of these states, those among them with these numbers, in the order in which they were
/// first loaded.
pub fn standpoints(
    connection: &Connection,
    job: BulkJob,
    states: &[State],
    ids: Option<&[i64]>,
) -> rusqlite::Result<Vec<Standpoint>> {
    let wanted = ids.map(NumberSet::of);
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached("SELECT id, action FROM stores WHERE state = ?1 AND +job = ?2")?;
    for state in states.iter().copied() {
        let mut rows = statement.query(params![state.key(), job.key()])?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            if wanted.as_ref().is_none_or(|wanted| wanted.has(id)) {
                let action = row.get_ref(1)?.as_str()?;
                let action = Action::from_key(action).ok_or_else(|| unknown(action))?;
                found.push(Standpoint { id, state, action });
            }
        }
    }
    found.sort_unstable_by_key(|standpoint| standpoint.id);
    Ok(found)
}

fn unknown(word: &str) -> rusqlite::Error {
    let what = format!("unknown word {word:?}").into();
    rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, what)
}

/// The upgraded stores of which only an input says so.
pub fn upgraded_by_word(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    let sql = "SELECT id FROM stores WHERE state = 'upgraded' AND planned_by_platform = 0";
    connection.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect()
}

/// The store that goes by this `poi_id`.
pub fn of_poi_id(connection: &Connection, poi_id: &PoiId) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT id FROM stores WHERE key = 'poi:' || ?1";
    connection.prepare_cached(sql)?.query_row([poi_id.as_str()], |row| row.get(0)).optional()
}

/// These stores, one by one, in the order of their numbers, each once.
pub fn each_of(
    connection: &Connection,
    job: BulkJob,
    ids: &[i64],
    with: &mut dyn FnMut(StoreRow),
) -> rusqlite::Result<()> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut by_id = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM stores WHERE id = ?1 AND +job = ?2"))?;
    for id in ids {
        if let Some(row) = by_id.query_row(params![id, job.key()], from_row).optional()? {
            with(row);
        }
    }
    Ok(())
}
