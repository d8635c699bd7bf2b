//! Supplements: tables of what no old record has, each row naming its store by `poi_id`, else by `sid`.

use std::ops::ControlFlow;
use std::path::Path;

use super::cell::{self, Expect};
use super::error::{IntakeError, Trouble};
use super::headers::{Key, Old};
use super::input::{findings_of, is_json, open_table};
use super::source::Source;
use super::suspicion::{Known, Signs, Suspicion};
use super::table::{Purpose, Table};
use super::{Columns, rows};
use crate::sheets::{Row, Tables};
use crate::store::{Code, Finding, JoinKey, PoiId, Sid, SupplementRow};

/// One supplement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplementFile {
    /// The file as the user named it.
    pub file: String,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Its rows that are not blank, in order.
    pub rows: Vec<SupplementRow>,
    /// Headers that mean nothing here.
    pub unknown_columns: Vec<String>,
    /// What a person may not expect of the file: hidden rows, merged cells.
    pub findings: Vec<Finding>,
}

/// Reads a supplement from disk.
pub fn read_supplement(path: &Path, columns: &Columns) -> Result<SupplementFile, IntakeError> {
    read_source(Source::open(path)?, columns)
}

/// Reads a supplement that is in memory; `name` is what places and errors call it.
pub fn read_supplement_bytes(name: &str, bytes: &[u8], columns: &Columns) -> Result<SupplementFile, IntakeError> {
    read_source(Source::of_bytes(name, bytes)?, columns)
}

fn read_source(source: Source, columns: &Columns) -> Result<SupplementFile, IntakeError> {
    let (file, sha256) = (source.name.clone(), source.sha256.clone());
    if is_json(&source)? {
        return Err(IntakeError::of_file(&file, Trouble::NotTable));
    }
    let (mut tables, table) = open_table(source, columns, Purpose::Supplement)?;
    let rows = read(&mut tables, &table, |row, _| row)?;
    let findings = findings_of(&tables, &table);
    Ok(SupplementFile { file, sha256, rows, unknown_columns: table.unknown, findings })
}

/// The rows of a supplement's table, each with what `with` makes of it and of the table's row.
pub(super) fn read<T: Send>(
    tables: &mut Tables,
    table: &Table,
    with: impl Fn(SupplementRow, &Row<'_>) -> T + Sync,
) -> Result<Vec<T>, IntakeError> {
    let mut suspicion = Suspicion::default();
    each(tables, table, &Known::default(), &|_, _| (), &mut |(), signs| suspicion.see(signs))?;
    let mut known = Known::default();
    if let Some(suspected) = suspicion.verdict() {
        known = Known::of(&suspected);
        let id = |row: SupplementRow, _: &Row<'_>| (row.key, row.place);
        each(tables, table, &Known::default(), &id, &mut |(key, place), _| {
            if let Some(JoinKey::PoiId(id)) = &key {
                known.see(&suspected, Some(id), &place);
            }
        })?;
    }
    let mut rows = Vec::new();
    each(tables, table, &known, &with, &mut |row, _| rows.push(row))?;
    Ok(rows)
}

fn each<T: Send>(
    tables: &mut Tables,
    table: &Table,
    known: &Known,
    with: &(dyn Fn(SupplementRow, &Row<'_>) -> T + Sync),
    take: &mut dyn FnMut(T, &Signs),
) -> Result<(), IntakeError> {
    let make = |row: Row<'_>| {
        table.holds(&row).then(|| {
            let (made, signs) = supplement_row(table, known, &row);
            (with(made, &row), signs)
        })
    };
    let mut give = |made: Option<(T, Signs)>| {
        if let Some((made, signs)) = made {
            take(made, &signs);
        }
        ControlFlow::Continue(())
    };
    let read = tables.each(table.sheet, &make, &mut give);
    read.map_err(|why| IntakeError::of_file(&table.place.file, Trouble::Sheet(why)))
}

fn supplement_row(table: &Table, known: &Known, row: &Row<'_>) -> (SupplementRow, Signs) {
    let place = table.place.at_row(row.number);
    let (mut signs, mut cells, mut faults) = (Signs::default(), Vec::new(), Vec::new());
    for column in &table.columns {
        if let Some(Key::Supplied(field)) = column.key {
            faults.extend(rows::invisible(table, row, column));
            cells.extend(rows::supplied(table, known, row, column, field, &mut signs));
        }
    }
    let key = match join_key(table, known, row, &mut signs) {
        Ok(Some(key)) => Some(key),
        Ok(None) => {
            faults.push(Finding::new(Code::SupplementNameless).at(place.clone()));
            None
        }
        Err(fault) => {
            faults.push(*fault);
            None
        }
    };
    if let Some(JoinKey::PoiId(id)) = &key {
        signs.names(Some(id));
        faults.extend(known.duplicate(&place, Some(id)));
    }
    (SupplementRow { key, place, cells, faults }, signs)
}

/// A `poi_id` that is there but unusable does not fall back on the `sid`: the row may mean another store.
fn join_key(table: &Table, known: &Known, row: &Row<'_>, signs: &mut Signs) -> Result<Option<JoinKey>, Box<Finding>> {
    for old in [Old::PoiId, Old::Sid] {
        let key = Key::Old(old);
        let Some(column) = table.column(key) else { continue };
        let fault = |code| Box::new(rows::fault(code, table, row, column));
        let text = cell::text(row.get(column.index), Expect::Id).map_err(fault)?;
        if signs.looks_rounded(known, Some(key), &text) {
            return Err(fault(Code::RoundedColumn));
        }
        match (old, PoiId::new(&text), Sid::new(&text)) {
            (Old::PoiId, Some(id), _) if !id.is_decimal() => return Err(fault(Code::PoiIdMalformed)),
            (Old::PoiId, Some(id), _) => return Ok(Some(JoinKey::PoiId(id))),
            (_, _, Some(sid)) => return Ok(Some(JoinKey::Sid(sid))),
            _ => {}
        }
    }
    Ok(None)
}
