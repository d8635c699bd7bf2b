//! The stores of the ledger a few at a time, each with what people supplied for it.

use std::collections::HashMap;

use super::PipelineError;
use crate::intake::{Joinable, join};
use crate::ledger::{Planner, StoreRow};
use crate::store::{JoinKey, PoiId, Sid, Supplied};

/// All stores, a few at a time, with the supplied cells that count, by the ledger's number of the store.
pub(super) fn each_joined(
    planner: &Planner<'_>,
    mut with: impl FnMut(Vec<StoreRow>, HashMap<i64, Supplied>) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    planner.each(|rows| {
        let supplied = supplied(planner, &rows)?;
        with(rows, supplied)
    })
}

/// The same of the stores with these numbers, which are in order.
pub(super) fn each_joined_of(
    planner: &Planner<'_>,
    ids: &[i64],
    mut with: impl FnMut(Vec<StoreRow>, HashMap<i64, Supplied>) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    planner.each_of(ids, |rows| {
        let supplied = supplied(planner, &rows)?;
        with(rows, supplied)
    })
}

fn supplied(planner: &Planner<'_>, rows: &[StoreRow]) -> Result<HashMap<i64, Supplied>, PipelineError> {
    let cells = planner.cells_of(rows)?;
    if cells.is_empty() {
        return Ok(HashMap::new());
    }
    let mut stores = joinables(rows);
    let others = planner.namesakes(rows);
    stores.extend(others.iter().map(|(id, sid)| Joinable { id: *id, poi_id: None, sid: Some(sid) }));
    let beside = planner.named_beside(rows, &cells)?;
    stores.extend(beside.iter().map(|(id, key)| match key {
        JoinKey::PoiId(poi_id) => Joinable { id: *id, poi_id: Some(poi_id.as_str()), sid: None },
        JoinKey::Sid(sid) => Joinable { id: *id, poi_id: None, sid: Some(sid.as_str()) },
    }));
    Ok(join(&stores, &cells).supplied)
}

/// By what cells can name these stores.
pub(super) fn joinables(rows: &[StoreRow]) -> Vec<Joinable<'_>> {
    rows.iter()
        .map(|row| Joinable {
            id: row.id,
            poi_id: row.record.poi_id.as_ref().map(PoiId::as_str),
            sid: row.record.sid.as_ref().map(Sid::as_str),
        })
        .collect()
}
