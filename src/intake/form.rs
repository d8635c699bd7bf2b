//! The way back of a form (a template, `attention.xlsx`): the hidden key of a row decides which store it is about, and says
//! which cells nobody has touched. A row without a key is a row like any other supplement's.

use std::collections::{BTreeSet, HashMap};

use super::cell::went_through_a_float;
use super::headers::{Key, Old};
use super::suspicion::{Known, Signs};
use super::table::Table;
use super::{rows, supplement};
use crate::sheets::{Row, Value};
use crate::store::{Cell, Code, FORM_KEY_HEADER, Field, Finding, FormKey, JoinKey, SupplementRow};

/// What a row's hidden key says.
#[derive(Debug)]
pub(super) enum Hidden {
    /// The row has none: its ids name the store, and every cell that is not empty counts.
    No,
    /// The key decides.
    Key(FormKey),
    /// The key is sound, but an id beside it names another store: the key's is blocked.
    Other(FormKey, Box<Finding>),
    /// The key itself was changed: the store that the ids name is blocked, if they name one.
    Damaged(Option<JoinKey>, Box<Finding>),
}

/// Reads the hidden key of `row`.
pub(super) fn hidden(table: &Table, row: &Row<'_>) -> Hidden {
    let Some(column) = table.column(Key::Kept(FORM_KEY_HEADER)) else { return Hidden::No };
    let value = row.get(column.index);
    if value.is_blank() {
        return Hidden::No;
    }
    let Ok(key) = FormKey::parse(value.text()) else {
        let store = supplement::join_key(table, &Known::default(), row, &mut Signs::default()).ok().flatten();
        return Hidden::Damaged(store, Box::new(rows::fault(Code::KeyDisagrees, table, row, column)));
    };
    match disagreeing_id(table, row, &key.key) {
        Some(fault) => Hidden::Other(key, Box::new(fault)),
        None => Hidden::Key(key),
    }
}

/// The finding that the row's id of the key's kind is another one. An id that the row does not show disagrees with nothing.
fn disagreeing_id(table: &Table, row: &Row<'_>, key: &JoinKey) -> Option<Finding> {
    let (old, of_key) = match key {
        JoinKey::PoiId(id) => (Old::PoiId, id.as_str()),
        JoinKey::Sid(sid) => (Old::Sid, sid.as_str()),
    };
    let column = table.column(Key::Old(old))?;
    let value = row.get(column.index);
    let agrees = value.is_blank() || value.text().trim() == of_key || is_rounded_from(value, of_key);
    let shown = || format!("{} ≠ {of_key}", value.text().trim());
    (!agrees).then(|| Finding::new(Code::KeyDisagrees).at(table.cell_place(row, column)).showing(&shown()))
}

/// Whether a number that a program has rounded is this id, as far as it goes: the key has kept the digits that it lost.
fn is_rounded_from(value: &Value<'_>, id: &str) -> bool {
    let text = value.text().trim();
    let is_rounded = matches!(value, Value::Number { rounded: true, .. }) || went_through_a_float(text);
    let (Ok(shown), Ok(exact)) = (text.parse::<f64>(), id.parse::<f64>()) else { return false };
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len()).min(16);
    is_rounded && id.len() > 15 && format!("{shown:.decimals$e}") == format!("{exact:.decimals$e}")
}

/// What a row supplies, apart from the cells that nobody has touched: those count only beside another row of the same key.
#[derive(Debug, Default)]
pub(super) struct Cells {
    /// Mended, or of a row without a key.
    pub(super) touched: Vec<Cell>,
    /// As they were handed out.
    pub(super) untouched: Vec<Cell>,
}

/// Sorts the cells of a row by its hidden key. Where something is wrong with the key, each cell that is (or may be) mended
/// says so: the store must not be sent as if nobody had wanted anything.
pub(super) fn sort(cells: impl Iterator<Item = Cell>, hidden: &Hidden) -> Cells {
    let (key, fault) = match hidden {
        Hidden::No => (None, None),
        Hidden::Key(key) => (Some(key), None),
        Hidden::Other(key, fault) => (Some(key), Some(fault)),
        Hidden::Damaged(_, fault) => (None, Some(fault)),
    };
    let is_untouched = |cell: &Cell| key.is_some_and(|key| key.is_untouched(cell.field, &cell.value));
    let (untouched, touched): (Vec<Cell>, Vec<Cell>) = cells.partition(is_untouched);
    let Some(fault) = fault else { return Cells { touched, untouched } };
    let blocked = |cell: Cell| Cell { fault: Some((**fault).clone()), ..cell };
    Cells { touched: touched.into_iter().map(blocked).collect(), untouched: Vec::new() }
}

/// In one file two rows of one store that differ are a quarrel, also where one of them is as it was handed out: nobody can
/// tell which of the two was meant. Gives such cells back to their rows; the join then says that they disagree.
pub(super) fn keep_quarrels(rows: &mut [SupplementRow], untouched: &[Vec<Cell>]) {
    let mut mended: HashMap<&JoinKey, BTreeSet<Field>> = HashMap::new();
    let mut times: HashMap<&JoinKey, usize> = HashMap::new();
    for row in rows.iter() {
        let Some(key) = &row.key else { continue };
        *times.entry(key).or_default() += 1;
        mended.entry(key).or_default().extend(row.cells.iter().map(|cell| cell.field));
    }
    let is_quarrel = |row: &SupplementRow, cell: &Cell| {
        let Some(key) = row.key.as_ref().filter(|key| times.get(key).is_some_and(|times| *times > 1)) else {
            return false;
        };
        mended.get(key).is_some_and(|fields| fields.contains(&cell.field))
    };
    let kept: Vec<Vec<Cell>> = rows
        .iter()
        .zip(untouched)
        .map(|(row, cells)| cells.iter().filter(|cell| is_quarrel(row, cell)).cloned().collect())
        .collect();
    for (row, cells) in rows.iter_mut().zip(kept) {
        row.cells.extend(cells);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::{Columns, read_supplement_bytes};
    use crate::store::{PoiId, Sid};

    fn key(id: &str, cells: &[(Field, &str)]) -> String {
        FormKey::new(JoinKey::PoiId(PoiId::new(id).unwrap()), cells.iter().copied()).to_string()
    }

    fn read(text: &str) -> Vec<SupplementRow> {
        read_supplement_bytes("f.csv", text.as_bytes(), &Columns::default()).unwrap().rows
    }

    fn codes(row: &SupplementRow) -> Vec<Code> {
        row.faults.iter().map(|fault| fault.code).collect()
    }

    #[test]
    fn the_key_names_the_store_and_only_mended_cells_count() {
        let key = key("7", &[(Field::Hour, "9:00-21:00"), (Field::ContractPhone, "1")]);
        let rows = read(&format!("poi_id,poilift_key,hour,contract_phone,credential\n7,{key},9:00-21:00,2,\n"));
        assert_eq!(rows[0].key, PoiId::new("7").map(JoinKey::PoiId));
        let cells: Vec<_> = rows[0].cells.iter().map(|cell| (cell.field, cell.value.as_str())).collect();
        assert_eq!(cells, [(Field::ContractPhone, "2")]);
        assert!(rows[0].faults.is_empty());
    }

    #[test]
    fn a_row_without_its_id_still_joins_by_its_key_and_one_without_a_key_by_its_id() {
        let key = key("7", &[]);
        let rows = read(&format!("poi_id,poilift_key,hour\n,{key},1\n8,,2\n"));
        let keys: Vec<_> = rows.iter().map(|row| row.key.clone()).collect();
        assert_eq!(keys, ["7", "8"].map(|id| PoiId::new(id).map(JoinKey::PoiId)));
    }

    #[test]
    fn an_id_that_is_not_the_keys_blocks_the_store_of_the_key() {
        let key = key("7", &[]);
        let rows = read(&format!("poi_id,poilift_key,hour\n8,{key},9:00-21:00\n"));
        assert_eq!(
            (rows[0].key.clone(), codes(&rows[0])),
            (PoiId::new("7").map(JoinKey::PoiId), vec![Code::KeyDisagrees])
        );
        let fault = rows[0].cells[0].fault.as_ref().unwrap();
        assert_eq!((fault.code, fault.value.as_str()), (Code::KeyDisagrees, "8 ≠ 7"));
        assert_eq!(fault.place.as_ref().unwrap().to_string(), "f.csv, row 2, poi_id");
    }

    #[test]
    fn a_damaged_key_blocks_the_store_that_the_id_names_and_its_touched_cells_tell_why() {
        let damaged = key("7", &[]).replace("poi:7", "poi:9");
        let rows = read(&format!("poi_id,poilift_key,hour\n7,{damaged},9:00-21:00\n,{damaged},1\n"));
        assert_eq!(rows[0].key, PoiId::new("7").map(JoinKey::PoiId));
        assert_eq!(rows[0].cells[0].fault.as_ref().unwrap().code, Code::KeyDisagrees);
        assert_eq!((rows[1].key.clone(), codes(&rows[1])), (None, vec![Code::KeyDisagrees]));
    }

    #[test]
    fn an_id_that_a_program_rounded_is_the_keys_as_far_as_it_goes() {
        let key = key("288074150027954903", &[]);
        let told = |id: &str| codes(&read(&format!("poi_id,poilift_key,hour\n{id},{key},1\n"))[0]);
        assert_eq!(told("2.88074E+17"), []);
        assert_eq!(told("2.88075E+17"), [Code::KeyDisagrees]);
        assert_eq!(told("288074150027954900"), [Code::KeyDisagrees], "a text of digits was typed");
    }

    #[test]
    fn a_key_by_sid_is_held_against_the_sid() {
        let key = FormKey::new(JoinKey::Sid(Sid::new("S1").unwrap()), []);
        assert_eq!(codes(&read(&format!("sid,poilift_key,hour\nS1,{key},1\n"))[0]), []);
        assert_eq!(codes(&read(&format!("sid,poilift_key,hour\nS2,{key},1\n"))[0]), [Code::KeyDisagrees]);
    }

    #[test]
    fn of_two_rows_with_one_key_both_speak_where_they_differ_and_none_where_nobody_touched_them() {
        let key = key("7", &[(Field::Hour, "9:00-21:00"), (Field::ContractPhone, "1")]);
        let row = |hour: &str| format!("7,{key},{hour},1\n");
        let text = format!("poi_id,poilift_key,hour,contract_phone\n{}{}", row("9:00-21:00"), row("9:00-22:00"));
        let rows = read(&text);
        let hours: Vec<_> = rows.iter().flat_map(|row| &row.cells).map(|cell| cell.value.as_str()).collect();
        assert_eq!(hours, ["9:00-21:00", "9:00-22:00"]);
    }
}
