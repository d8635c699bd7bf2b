//! Rows of a table to stores, with every cell that cannot be used as a fault at its place.

use super::cell::{self, Expect};
use super::headers::{Key, Old};
use super::suspicion::{Known, Signs};
use super::table::{Column, Table};
use super::{InputRow, ids};
use crate::sheets::{Row, Value};
use crate::store::{Cell, Code, Field, Finding, LegacyStore, MapPoiId, PoiId, Record, Sid, Text, UpgradeStatus};

/// One row of an input, and what it shows of faults that only many rows together have.
pub(super) fn input_row(table: &Table, known: &Known, row: &Row<'_>) -> (InputRow, Signs) {
    let mut store = LegacyStore { record: recorded(table, row), ..LegacyStore::default() };
    // Looked at once for all its cells.
    let is_plain = row.source().is_some_and(cell::is_plain);
    let text = |value, expect| if is_plain { cell::plain_text(value, expect) } else { cell::text(value, expect) };
    let (mut cells, mut faults, mut signs) = (Vec::new(), Vec::new(), Signs::default());
    let place = table.place.at_row(row.number);
    let mut id_is_faulty = false;
    for column in &table.columns {
        let value = row.get(column.index);
        match column.key {
            _ if *value == Value::Empty => {}
            Some(Key::Old(old)) => match text(value, expectation(old)) {
                Ok(text) if old.is_id() && signs.looks_rounded(known, column.key, &text) => {
                    id_is_faulty |= old == Old::PoiId;
                    faults.push(old_fault(Code::RoundedColumn, table, row, column, old));
                }
                Ok(text) => {
                    if !is_plain {
                        faults.extend(invisible(table, row, column));
                    }
                    set(&mut store, old, &text);
                }
                Err(code) => {
                    id_is_faulty |= old == Old::PoiId;
                    faults.push(old_fault(code, table, row, column, old));
                }
            },
            Some(Key::Supplied(field)) => {
                faults.extend(invisible(table, row, column));
                cells.extend(supplied(table, known, row, column, field, &mut signs));
            }
            Some(Key::Kept(_)) | None => {}
        }
    }
    join_picture_cells(&mut cells);
    // A poi_id that was read but cannot be used has its fault already.
    if !id_is_faulty && let Some(fault) = ids::poi_id_fault(store.poi_id.as_ref()) {
        let column = table.column(Key::Old(Old::PoiId));
        faults.push(fault.at(column.map_or_else(|| place.clone(), |column| table.cell_place(row, column))));
    }
    faults.extend(table.beyond(row));
    signs.names(store.poi_id.as_ref());
    // An id has a column.
    let column = || table.column(Key::Old(Old::PoiId)).map(|column| table.column_name(column)).unwrap_or_default();
    faults.extend(known.duplicate(&place, column, store.poi_id.as_ref()));
    (InputRow { place, store, cells, faults }, signs)
}

/// The cells that no field of ours takes, by their headers.
fn recorded(table: &Table, row: &Row<'_>) -> Record {
    let cells = table.recorded.iter().map(|(column, key)| (key, row.get(*column).text()));
    Record::of_texts(cells.filter(|(_, text)| !text.is_empty()))
}

/// A supplied cell; nothing if it is blank.
pub(super) fn supplied(
    table: &Table,
    known: &Known,
    row: &Row<'_>,
    column: &Column,
    field: Field,
    signs: &mut Signs,
) -> Option<Cell> {
    let value = row.get(column.index);
    if value.is_blank() {
        return None;
    }
    let text = cell::text(value, Expect::of_field(field)).and_then(|text| {
        let rounded = field.is_id() && signs.looks_rounded(known, column.key, &text);
        if rounded { Err(Code::RoundedColumn) } else { Ok(text) }
    });
    Some(Cell {
        field,
        value: text.as_deref().unwrap_or_else(|_| value.text()).trim().to_owned(),
        place: table.cell_place(row, column),
        fault: text.err().map(|code| fault(code, table, row, column)),
        also: Vec::new(),
    })
}

/// Makes one cell of the pictures that lie in several columns, in their order; it stands where the first of them does.
pub(super) fn join_picture_cells(cells: &mut Vec<Cell>) {
    let is_of_pictures = |cell: &&mut Cell| cell.field == Field::PicList;
    if cells.iter_mut().filter(is_of_pictures).count() < 2 {
        return;
    }
    let (pictures, others) =
        std::mem::take(cells).into_iter().partition::<Vec<Cell>, _>(|cell| cell.field == Field::PicList);
    *cells = others;
    let value = pictures.iter().map(|cell| cell.value.as_str()).collect::<Vec<_>>().join("\n");
    let joined = pictures.into_iter().reduce(|first, next| Cell { fault: first.fault.or(next.fault), ..first });
    cells.extend(joined.map(|first| Cell { value, ..first }));
}

/// A finding about this cell, showing what is in it.
pub(super) fn fault(code: Code, table: &Table, row: &Row<'_>, column: &Column) -> Finding {
    Finding::new(code).at(table.cell_place(row, column)).showing(&cell::shown(row.get(column.index).text().trim()))
}

/// The warning that something was left out of a cell.
pub(super) fn invisible(table: &Table, row: &Row<'_>, column: &Column) -> Option<Finding> {
    cell::holds_invisible(row.get(column.index)).then(|| fault(Code::ControlRemoved, table, row, column))
}

/// The same for a value of the old record, which a supplement can replace.
fn old_fault(code: Code, table: &Table, row: &Row<'_>, column: &Column, old: Old) -> Finding {
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
    let owned = || Text::from(text);
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
        // It may have several columns.
        Old::PhotoList => store.photos.append(&mut cell::pictures(text)),
        Old::Mapid => store.map_poi_id = MapPoiId::new(text),
        Old::UpgradeStatus => store.upgrade_status = status(text),
        Old::UpgradeComment => store.upgrade_comment = owned(),
    }
}

/// The platform's number, or the API document's word for it.
fn status(text: &str) -> UpgradeStatus {
    match cell::half_width(text.into()).trim() {
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
        assert_eq!(status("０"), UpgradeStatus::Waiting);
        assert_eq!(status("审核中"), UpgradeStatus::Other("审核中".into()));
    }
}
