//! Spreadsheets in and out: the only room that knows calamine, csv and the XLSX writer, and it knows nothing of
//! stores. In go bytes, out come tables of typed cells with the row and column names that people see.

mod delimited;
mod error;
mod form;
mod table;
mod value;
mod workbook;
mod write;

pub use error::{
    CELL_BYTES_MAX, ENTRIES_MAX, ENTRY_BYTES_MAX, FILE_BYTES_MAX, RATIO_MAX, SHARED_STRINGS_BYTES_MAX, SheetError,
};
pub use form::Form;
pub use table::{Book, Row, Sheet, column_letters};
pub use value::Value;
pub use write::{csv_bytes, xlsx_bytes};

/// Reads all tables of a file of at most [`FILE_BYTES_MAX`] bytes, whatever its name is.
pub fn read(bytes: &[u8]) -> Result<Book, SheetError> {
    match Form::of(bytes)? {
        Form::Csv => delimited::read(bytes),
        form @ (Form::Xlsx | Form::Xlsb | Form::Xls | Form::Ods) => workbook::read(form, bytes),
    }
}

/// Hands the rows that hold anything of one sheet of a workbook to `with`, from the top, until it breaks. Neither the file
/// nor the sheet is ever in memory as a whole where the form allows (XLSX, XLSB, ODS). A sheet that is not there is damage.
pub fn each_row(
    form: Form,
    source: impl std::io::Read + std::io::Seek + Send + 'static,
    sheet: usize,
    with: &mut dyn FnMut(Row) -> std::ops::ControlFlow<()>,
) -> Result<(), SheetError> {
    let mut book = workbook::Workbook::open(form, Box::new(source))?;
    if sheet >= book.sheets().len() {
        return Err(SheetError::Damaged(format!("there is no sheet {}", sheet + 1).into()));
    }
    book.each_row(sheet, with)
}
