//! XLS, Excel's workbook of 1997 to 2003. calamine reads all of it at once; a sheet has at most 65,536 rows.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use calamine::{Reader, Xls, XlsError};

use super::Value;
use super::cell::from_data;
use super::marks::{Marks, Merged};
use super::source::Handle;
use super::{Found, SheetInfo, Tables, With, damaged, quiet, worksheets};
use crate::sheets::SheetError;
use crate::sheets::error::FILE_BYTES_MAX;

/// An open workbook.
pub(super) struct Book {
    book: Xls<Cursor<Vec<u8>>>,
    sheets: Vec<SheetInfo>,
}

impl Book {
    /// Looks at what the sheets claim before calamine believes it, and reads them.
    pub(super) fn open(mut source: Handle) -> Result<Self, SheetError> {
        if source.length() > FILE_BYTES_MAX {
            return Err(SheetError::FileTooLarge { bytes: source.length() });
        }
        let mut bytes = Vec::new();
        source.read_to_end(&mut bytes).map_err(damaged)?;
        if has_absurd_dimensions(&bytes) {
            return Err(damaged("a sheet claims to be larger than the format allows"));
        }
        let book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(from_xls)?;
        let sheets = worksheets(&book).into_iter().map(|(_, info)| info).collect();
        Ok(Self { book, sheets })
    }
}

impl Tables for Book {
    fn sheets(&self) -> &[SheetInfo] {
        &self.sheets
    }

    fn marks(&mut self, sheet: usize) -> Result<Marks, SheetError> {
        let mut marks = Marks::default();
        let name = &self.sheets[sheet].name;
        for range in quiet::parsed(|| self.book.merge_cells_by_sheet_name(name).map_err(from_xls))? {
            let ((first_row, first_column), (last_row, last_column)) = (range.start, range.end);
            marks.merge(Merged { first_row, last_row, first_column, last_column })?;
        }
        Ok(marks)
    }

    fn rows(&mut self, sheet: usize, with: With) -> Result<(), SheetError> {
        let name = &self.sheets[sheet].name;
        let range = quiet::parsed(|| self.book.worksheet_range(name).map_err(from_xls))?;
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (row, values) in (first_row..).zip(range.rows()) {
            let cells = (first_column..).zip(values).map(|(column, data)| (column, from_data(data)));
            let cells: Vec<_> = cells.filter(|(_, value)| *value != Value::Empty).collect();
            if !cells.is_empty() && with(Found { row, cells })? == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }
}

/// Whether a sheet's DIMENSIONS record (type 0x0200 of 14 bytes: first row, row after the last, first column, column
/// after the last, reserved) claims more than the 65,536 rows and 256 columns there can be. calamine allocates what
/// it claims, and a failed allocation ends the process.
fn has_absurd_dimensions(bytes: &[u8]) -> bool {
    const RECORD: &[u8] = &[0x00, 0x02, 14, 0];
    bytes.windows(RECORD.len() + 14).filter(|window| window.starts_with(RECORD)).any(|window| {
        let rows = |at: usize| u32::from_le_bytes([window[at], window[at + 1], window[at + 2], window[at + 3]]);
        let columns = |at: usize| u16::from_le_bytes([window[at], window[at + 1]]);
        let is_absurd = rows(8) > 65_536 || columns(14) > 256 || (rows(8) > 0 && rows(4) > rows(8));
        // The reserved bytes are zero, which tells the record from other bytes that happen to look like it.
        is_absurd && columns(16) == 0
    })
}

fn from_xls(why: XlsError) -> SheetError {
    if matches!(why, XlsError::Password) { SheetError::Encrypted } else { damaged(why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_workbook_that_claims_a_billion_rows_is_damaged() {
        let record = |rows: u32, columns: u16| {
            let mut record = vec![0x00, 0x02, 14, 0, 0, 0, 0, 0];
            record.extend(rows.to_le_bytes());
            record.extend([0, 0]);
            record.extend(columns.to_le_bytes());
            record.extend([0, 0]);
            record
        };
        assert!(!has_absurd_dimensions(&record(65_536, 256)));
        assert!(has_absurd_dimensions(&record(1 << 30, 7)));
        assert!(has_absurd_dimensions(&record(7, 257)));
    }
}
