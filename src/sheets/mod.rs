//! Spreadsheets in and out: the only room that knows calamine, csv, encodings and the XLSX writer, and it knows nothing
//! of stores. In go bytes, out come tables of typed cells with the row and column names that people see.

mod error;
mod form;
mod side_by_side;
mod table;
mod tables;
mod text;
mod value;
mod workbook;
mod write;
mod write_form;

pub use error::{
    CELL_BYTES_MAX, ENTRIES_MAX, ENTRY_BYTES_MAX, FILE_BYTES_MAX, RATIO_MAX, SHARED_STRINGS_BYTES_MAX, SheetError,
};
pub use form::{Form, plain_start};
pub use side_by_side::side_by_side;
pub use table::{Book, Row, Sheet, column_letters};
pub use tables::{Head, Note, Options, ReadSeek, Tables};
pub use text::{Encoding, Guess, ROW_BYTES_MAX, Sniffer, as_utf8, holds_undecodable, undecodable};
pub use value::Value;
pub use write::{csv_bytes, xlsx_bytes};
pub use write_form::{CELL_UNITS_MAX, ColumnKind, FORM_ROWS_MAX, FormBook, FormCell, FormColumn, FormSheet};

/// Reads all tables of a file that is in memory, whatever its name is.
pub fn read(bytes: &[u8]) -> Result<Book, SheetError> {
    let mut sniffer = Sniffer::default();
    sniffer.see(bytes);
    let mut source = std::io::Cursor::new(bytes.to_vec());
    let form = Form::of(&mut source)?;
    let mut tables = Tables::open(Box::new(source), form, sniffer.guess(), &Options::default())?;
    let mut sheets = Vec::new();
    for (number, head) in tables.heads(0)?.into_iter().enumerate() {
        // Where the header stands is not known here: nothing that is merged is filled in.
        tables.set_header(number, u32::MAX);
        let mut rows = Vec::new();
        tables.each(number, &|row: &Row<'_>| row.clone().into_owned(), &mut |row| {
            rows.push(std::mem::take(row));
            std::ops::ControlFlow::Continue(())
        })?;
        sheets.push(Sheet { name: head.sheet, rows });
    }
    Ok(Book { form, sheets })
}
