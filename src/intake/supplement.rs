//! Supplements: tables of what no old record has, each row naming its store by `poi_id`, else by `sid`.

use super::cell::{self, Expect};
use super::form::{self, Hidden};
use super::headers::{Key, Old};
use super::table::Table;
use super::{ids, rows};
use crate::sheets::Row;
use crate::store::{Cell, Code, Finding, JoinKey, PoiId, Sid, SupplementRow};

/// The rows of a supplement's table.
pub(super) fn read(table: &Table) -> Vec<SupplementRow> {
    let (mut rows, untouched): (Vec<_>, Vec<_>) = table.rows.iter().map(|row| supplement_row(table, row)).unzip();
    form::keep_quarrels(&mut rows, untouched);
    let by_id = rows.iter().map(|row| match &row.key {
        Some(JoinKey::PoiId(id)) => (Some(id), &row.place),
        Some(JoinKey::Sid(_)) | None => (None, &row.place),
    });
    let duplicates = ids::duplicates(by_id);
    for (row, duplicate) in rows.iter_mut().zip(duplicates) {
        row.faults.extend(duplicate);
    }
    rows
}

/// A row, and those of its cells that say what they were handed out with.
fn supplement_row(table: &Table, row: &Row) -> (SupplementRow, Vec<Cell>) {
    let place = table.place.at_row(row.number);
    let cells = table.columns.iter().filter_map(|column| match column.key {
        Some(Key::Supplied(field)) => rows::supplied(table, row, column, field),
        Some(Key::Old(_) | Key::Kept(_)) | None => None,
    });
    let hidden = form::hidden(table, row);
    let cells = form::sort(cells, &hidden);
    let (key, faults) = match hidden {
        Hidden::Key(form) => (Some(form.key), Vec::new()),
        Hidden::Other(form, fault) => (Some(form.key), vec![*fault]),
        Hidden::Damaged(store, fault) => (store, vec![*fault]),
        Hidden::No => match join_key(table, row) {
            Ok(Some(key)) => (Some(key), Vec::new()),
            Ok(None) => (None, vec![Finding::new(Code::SupplementNameless).at(place.clone())]),
            Err(fault) => (None, vec![*fault]),
        },
    };
    (SupplementRow { key, place, cells: cells.touched, faults }, cells.untouched)
}

/// A `poi_id` that is there but unusable does not fall back on the `sid`: the row may mean another store.
pub(super) fn join_key(table: &Table, row: &Row) -> Result<Option<JoinKey>, Box<Finding>> {
    for old in [Old::PoiId, Old::Sid] {
        let Some(column) = table.column(Key::Old(old)) else { continue };
        let fault = |code| Box::new(rows::fault(code, table, row, column));
        let text = cell::text(row.get(column.index), Expect::Id).map_err(fault)?;
        match (old, PoiId::new(text), Sid::new(text)) {
            (Old::PoiId, Some(id), _) if !id.is_decimal() => return Err(fault(Code::PoiIdMalformed)),
            (Old::PoiId, Some(id), _) => return Ok(Some(JoinKey::PoiId(id))),
            (_, _, Some(sid)) => return Ok(Some(JoinKey::Sid(sid))),
            _ => {}
        }
    }
    Ok(None)
}
