//! XLSX and XLSM: measured, looked through, and then read cell by cell.

use calamine::{DataRef, Reader, Xlsx, XlsxError};

use super::archive::Archive;
use super::marks::Marks;
use super::parts::Workplace;
use super::source::Handle;
use super::stream::{Sink, in_batches};
use super::{SheetInfo, Tables, With, damaged, drawings, scan, worksheets};
use crate::sheets::SheetError;
use crate::sheets::error::ENTRY_BYTES_MAX;

/// What a formula shows whose value was never worked out: it is not an empty cell.
pub(super) const WITHOUT_VALUE: &str = "formula without value / 公式没有值";

/// An open workbook.
pub(super) struct Book {
    cells: Xlsx<Handle>,
    archive: Archive,
    sheets: Vec<SheetInfo>,
    /// The part of each sheet.
    parts: Vec<String>,
    /// Whether formulas have to be looked at, for each sheet that was looked through.
    has_formulas: Vec<bool>,
}

impl Book {
    /// Measures what calamine reads of a workbook as a whole before it does.
    pub(super) fn open(source: &Handle) -> Result<Self, SheetError> {
        let mut archive = Archive::open(source.clone())?;
        let place = Workplace::find(&mut archive)?;
        let own =
            [place.workbook(), place.relationships(), place.beside("styles.xml"), place.beside("theme/theme1.xml")];
        for part in own {
            archive.check(&part)?;
        }
        let strings = place.beside("sharedStrings.xml");
        archive.read(&strings, ENTRY_BYTES_MAX, |part| scan::shared_strings(&strings, part))?;
        let book = Xlsx::new(source.clone()).map_err(from_xlsx)?;
        let (related, relations) = (place.related(&mut archive)?, place.sheet_relations(&mut archive)?);
        let mut parts = Vec::new();
        let mut sheets = Vec::new();
        for (index, info) in worksheets(&book) {
            let part = relations.get(index).and_then(|relation| related.get(relation));
            parts.push(part.ok_or_else(|| damaged(format!("the sheet {} has no part", info.name)))?.clone());
            sheets.push(info);
        }
        let has_formulas = vec![false; sheets.len()];
        Ok(Self { cells: book, archive, sheets, parts, has_formulas })
    }
}

impl Tables for Book {
    fn sheets(&self) -> &[SheetInfo] {
        &self.sheets
    }

    fn marks(&mut self, sheet: usize) -> Result<Marks, SheetError> {
        let part = &self.parts[sheet];
        let found = self.archive.read(part, ENTRY_BYTES_MAX, |bytes| scan::sheet(part, bytes))?;
        let found = found.ok_or_else(|| damaged(format!("the part {part} is missing")))?;
        self.has_formulas[sheet] = found.has_formulas;
        let floating = drawings::floating(&mut self.archive, part)?;
        Ok(Marks { floating, ..found.marks })
    }

    fn rows(&mut self, sheet: usize, with: With) -> Result<(), SheetError> {
        let (book, name, has_formulas) = (&mut self.cells, &self.sheets[sheet].name, self.has_formulas[sheet]);
        in_batches(|sink| if has_formulas { formulas(book, name, sink) } else { values(book, name, sink) }, with)
    }
}

fn values<'a>(book: &'a mut Xlsx<Handle>, sheet: &str, sink: &mut Sink<'a>) -> Result<(), SheetError> {
    let mut reader = book.worksheet_cells_reader(sheet).map_err(from_xlsx)?;
    while let Some(cell) = reader.next_cell().map_err(from_xlsx)? {
        let (row, column) = cell.get_position();
        if sink.push(row, column, cell.get_value()).is_break() {
            break;
        }
    }
    Ok(())
}

fn formulas<'a>(book: &'a mut Xlsx<Handle>, sheet: &str, sink: &mut Sink<'a>) -> Result<(), SheetError> {
    let mut reader = book.worksheet_cells_reader(sheet).map_err(from_xlsx)?;
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(from_xlsx)? {
        let (row, column) = cell.pos;
        let pushed = match (cell.value, cell.formula) {
            (DataRef::Empty, Some(_)) => sink.push_error(row, column, WITHOUT_VALUE),
            (value, _) => sink.push(row, column, &value),
        };
        if pushed.is_break() {
            break;
        }
    }
    Ok(())
}

fn from_xlsx(why: XlsxError) -> SheetError {
    if matches!(why, XlsxError::Password) { SheetError::Encrypted } else { damaged(why) }
}
