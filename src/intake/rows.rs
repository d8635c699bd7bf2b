//! Rows of a table to stores, with every cell that cannot be used as a fault at its place.

use serde_json::Value as Json;

use super::InputRow;
use super::cell::{self, Expect};
use super::headers::{Key, Old};
use super::ids;
use super::table::{Column, Table};
use crate::sheets::{Row, Value};
use crate::store::{Cell, Code, Field, Finding, LegacyStore, MapPoiId, PoiId, Sid, UpgradeStatus};

/// One row of an input.
pub(super) fn input_row(table: &Table, row: &Row) -> InputRow {
    let mut store = LegacyStore::default();
    let (mut cells, mut faults) = (Vec::new(), Vec::new());
    for column in &table.columns {
        let value = row.get(column.index);
        if *value == Value::Empty {
            continue;
        }
        store.record.entry(column.header.clone()).or_insert_with(|| Json::String(value.text().to_owned()));
        match column.key {
            Some(Key::Old(old)) => match cell::text(value, expectation(old)) {
                Ok(text) => set(&mut store, old, text),
                Err(code) => faults.push(old_fault(code, table, row, column, old)),
            },
            Some(Key::Supplied(field)) => cells.extend(supplied(table, row, column, field)),
            Some(Key::Kept(_)) | None => {}
        }
    }
    let place = table.place.at_row(row.number);
    let id_column = table.column(Key::Old(Old::PoiId));
    let id_place = id_column.map_or_else(|| place.clone(), |column| table.cell_place(row, column));
    // A poi_id that was read but cannot be used has its fault already.
    if !faults.iter().any(|fault| fault.place.as_ref() == Some(&id_place)) {
        faults.extend(ids::poi_id_fault(store.poi_id.as_ref()).map(|fault| fault.at(id_place)));
    }
    InputRow { place, store, cells, faults }
}

/// A supplied cell; nothing if it is blank.
pub(super) fn supplied(table: &Table, row: &Row, column: &Column, field: Field) -> Option<Cell> {
    let value = row.get(column.index);
    if value.is_blank() {
        return None;
    }
    let problem = cell::text(value, Expect::of_field(field)).err();
    Some(Cell {
        field,
        value: value.text().trim().to_owned(),
        place: table.cell_place(row, column),
        fault: problem.map(|code| fault(code, table, row, column)),
    })
}

/// A finding about this cell, showing what is in it.
pub(super) fn fault(code: Code, table: &Table, row: &Row, column: &Column) -> Finding {
    Finding::new(code).at(table.cell_place(row, column)).showing(row.get(column.index).text().trim())
}

/// The same for a value of the old record, which a supplement can replace.
fn old_fault(code: Code, table: &Table, row: &Row, column: &Column, old: Old) -> Finding {
    let finding = fault(code, table, row, column);
    match Key::Old(old).in_supplement() {
        Key::Supplied(field) => finding.about(field),
        Key::Old(_) | Key::Kept(_) => finding,
    }
}

fn expectation(old: Old) -> Expect {
    match old {
        old if old.is_id() => Expect::Id,
        Old::OpenTime => Expect::Time,
        _ => Expect::Text,
    }
}

fn set(store: &mut LegacyStore, old: Old, text: &str) {
    let owned = || text.to_owned();
    match old {
        Old::PoiId => store.poi_id = PoiId::new(text),
        Old::Sid => store.sid = Sid::new(text),
        Old::BusinessName => store.business_name = owned(),
        Old::BranchName => store.branch_name = owned(),
        Old::Province => store.province = owned(),
        Old::City => store.city = owned(),
        Old::District => store.district = owned(),
        Old::Address => store.address = owned(),
        Old::Telephone => store.telephone = owned(),
        Old::OpenTime => store.open_time = owned(),
        Old::PhotoList => store.photos = cell::pictures(text),
        Old::Mapid => store.map_poi_id = MapPoiId::new(text),
        Old::UpgradeStatus => store.upgrade_status = status(text),
        Old::UpgradeComment => store.upgrade_comment = owned(),
    }
}

/// The platform's number, or the API document's word for it.
fn status(text: &str) -> UpgradeStatus {
    match text.trim() {
        "待迁移" => UpgradeStatus::Waiting,
        "失败" | "迁移失败" => UpgradeStatus::Failed,
        "迁移中" => UpgradeStatus::Migrating,
        "成功" | "迁移成功" => UpgradeStatus::Done,
        "禁止迁移" => UpgradeStatus::Forbidden,
        other => UpgradeStatus::parse(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_read_as_number_or_word_and_never_guessed() {
        let words = ["待迁移", "失败", "迁移中", "成功", "禁止迁移"];
        assert_eq!(words.map(|word| status(word).code().to_owned()), ["0", "1", "2", "3", "4"]);
        assert_eq!(status("审核中"), UpgradeStatus::Other("审核中".into()));
    }
}
