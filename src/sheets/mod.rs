//! Spreadsheets in and out: the only room that knows calamine, csv and the XLSX writer, and it knows nothing of
//! stores. In go bytes, out come tables of typed cells with the row and column names that people see.

mod delimited;
mod error;
mod form;
mod table;
mod value;
mod workbook;
mod write;
mod write_form;

pub use error::{ENTRY_BYTES_MAX, FILE_BYTES_MAX, SheetError};
pub use form::Form;
pub use table::{Book, Row, Sheet, column_letters};
pub use value::Value;
pub use write::{csv_bytes, xlsx_bytes};
pub use write_form::{CELL_UNITS_MAX, ColumnKind, FORM_ROWS_MAX, FormBook, FormCell, FormColumn, FormSheet};

/// Reads all tables of a file of at most [`FILE_BYTES_MAX`] bytes, whatever its name is.
pub fn read(bytes: &[u8]) -> Result<Book, SheetError> {
    match Form::of(bytes)? {
        Form::Csv => delimited::read(bytes),
        form @ (Form::Xlsx | Form::Xls | Form::Ods) => workbook::read(form, bytes),
    }
}
