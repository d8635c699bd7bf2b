//! Supplements: tables of what no old record has, each row naming its store by `poi_id`, else by `sid`.

use std::ops::ControlFlow;
use std::path::Path;

use super::cell::{self, Expect};
use super::error::{IntakeError, Trouble};
use super::form::{self, Hidden};
use super::headers::{Key, Old};
use super::input::{findings_of, is_json, open_table};
use super::source::Source;
use super::suspicion::{Known, Signs, Suspicion};
use super::table::{Purpose, Repeats, Role, Table};
use super::{Columns, Form, rows};
use crate::sheets::{Row, Tables};
use crate::store::{Cell, Code, Finding, JoinKey, PoiId, Sid, SupplementRow};

/// One supplement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplementFile {
    /// The file as the user named it.
    pub file: String,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// What it is.
    pub form: Form,
    /// Its rows that are not blank, in order.
    pub rows: Vec<SupplementRow>,
    /// Of each of them the cells of a form that are as they were handed out. They mean no change, except after a cell of an
    /// earlier file that could not be used: then they are the answer.
    pub untouched: Vec<Vec<Cell>>,
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
    let (mut tables, mut table) = open_table(source, columns, Purpose::Supplement)?;
    let Taken { rows, untouched, .. } = read(&mut tables, &mut table, |_| ())?;
    let findings = findings_of(&tables, &table);
    let form = tables.form().into();
    Ok(SupplementFile { file, sha256, form, rows, untouched, unknown_columns: table.unknown, findings })
}

/// The rows of a supplement's table, in order.
pub(super) struct Taken<T> {
    pub(super) rows: Vec<SupplementRow>,
    /// Of each row the cells that nobody has touched.
    pub(super) untouched: Vec<Vec<Cell>>,
    /// What was made of each.
    pub(super) made: Vec<T>,
}

/// The rows of a supplement's table, and what `with` makes of each.
pub(super) fn read<T: Send>(
    tables: &mut Tables,
    table: &mut Table,
    with: impl Fn(&Row<'_>) -> T + Sync,
) -> Result<Taken<T>, IntakeError> {
    let mut suspicion = Suspicion::default();
    each(tables, table, &Known::default(), &|_| (), &mut |_, ()| {}, &mut |signs| suspicion.see(signs))?;
    let mut known = Known::default();
    if let Some(suspected) = suspicion.verdict() {
        known = Known::of(&suspected);
        let mut see = |Read { row, .. }: Read, ()| {
            if let Some(JoinKey::PoiId(id)) = &row.key {
                known.see(&suspected, Some(id), &row.place);
            }
        };
        each(tables, table, &Known::default(), &|_| (), &mut see, &mut |_| {})?;
    }
    let (mut rows, mut untouched, mut made) = (Vec::new(), Vec::new(), Vec::new());
    let mut take = |read: Read, own: T| {
        rows.push(read.row);
        untouched.push(read.untouched);
        made.push(own);
    };
    let repeats = each(tables, table, &known, &with, &mut take, &mut |_| {})?;
    table.repeats = repeats;
    form::keep_quarrels(&mut rows, &untouched);
    Ok(Taken { rows, untouched, made })
}

/// A row, and those of its cells that say what they were handed out with.
struct Read {
    row: SupplementRow,
    untouched: Vec<Cell>,
}

fn each<T: Send>(
    tables: &mut Tables,
    table: &Table,
    known: &Known,
    with: &(dyn Fn(&Row<'_>) -> T + Sync),
    take: &mut dyn FnMut(Read, T),
    see: &mut dyn FnMut(&Signs),
) -> Result<Repeats, IntakeError> {
    let mut repeats = Repeats::default();
    let make = |row: &Row<'_>| table.role(row, || (supplement_row(table, known, row), with(row)));
    let mut give = |role: &mut Role<((Read, Signs), T)>| {
        match std::mem::replace(role, Role::Nothing) {
            Role::Holds(((read, signs), own)) => {
                see(&signs);
                take(read, own);
            }
            Role::Header(row) => repeats.see(row),
            Role::Nothing => {}
        }
        ControlFlow::Continue(())
    };
    let read = tables.each(table.sheet, &make, &mut give);
    read.map_err(|why| IntakeError::of_file(&table.place.file, Trouble::Sheet(why)))?;
    Ok(repeats)
}

fn supplement_row(table: &Table, known: &Known, row: &Row<'_>) -> (Read, Signs) {
    let place = table.place.at_row(row.number);
    let (mut signs, mut cells, mut faults) = (Signs::default(), Vec::new(), Vec::new());
    for column in &table.columns {
        if let Some(Key::Supplied(field)) = column.key {
            faults.extend(rows::invisible(table, row, column));
            cells.extend(rows::supplied(table, known, row, column, field, &mut signs));
        }
    }
    rows::join_picture_cells(&mut cells);
    let hidden = form::hidden(table, row);
    let mut cells = form::sort(cells.into_iter(), &hidden);
    let (key, fault) = match hidden {
        Hidden::Key(form) => (Some(form.key), None),
        Hidden::Other(form, fault) => (Some(form.key), Some(*fault)),
        Hidden::Damaged(store, fault) => (store, Some(*fault)),
        Hidden::No => match join_key(table, known, row, &mut signs) {
            Ok(Some(key)) => (Some(key), None),
            Ok(None) => (None, Some(Finding::new(Code::SupplementNameless).at(place.clone()))),
            Err(fault) => (None, Some(*fault)),
        },
    };
    faults.extend(fault);
    if matches!(key, Some(JoinKey::PoiId(_)))
        && let Some(question) = sid_beside(table, row)
    {
        let ask = |cell: &mut Cell| cell.fault = cell.fault.take().or_else(|| Some(question.clone()));
        cells.touched.iter_mut().for_each(ask);
    }
    let wide = table.beyond(row);
    if let Some(wide) = &wide {
        // Which of its values is whole, nobody knows.
        cells.touched.iter_mut().for_each(|cell| cell.fault = cell.fault.take().or_else(|| Some(wide.clone())));
    }
    faults.extend(wide);
    if let Some(JoinKey::PoiId(id)) = &key {
        signs.names(Some(id));
        faults.extend(known.repeated(Code::SupplementRepeats, &place, Some(id)));
    }
    let row = SupplementRow { key, place, cells: cells.touched, faults };
    (Read { row, untouched: cells.untouched }, signs)
}

/// Whether the `sid` beside a `poi_id` is that store's, only the join can tell.
fn sid_beside(table: &Table, row: &Row<'_>) -> Option<Finding> {
    let column = table.column(Key::Old(Old::Sid))?;
    let sid = Sid::new(&cell::text(row.get(column.index), Expect::Id).ok()?)?;
    // The whole of it: it is looked up.
    let value = sid.to_string();
    Some(Finding { value, ..Finding::new(Code::IdsDisagree).at(table.cell_place(row, column)) })
}

/// A `poi_id` that is there but unusable does not fall back on the `sid`: the row may mean another store.
pub(super) fn join_key(
    table: &Table,
    known: &Known,
    row: &Row<'_>,
    signs: &mut Signs,
) -> Result<Option<JoinKey>, Box<Finding>> {
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
