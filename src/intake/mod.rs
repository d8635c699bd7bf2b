//! Bytes to stores and supplements: saved answers of getpoilist and spreadsheets, told apart by their content. A bad
//! row is data with its faults; only a file that cannot be used as a whole is an error.

mod approved;
mod cell;
mod error;
mod folder;
mod form;
mod headers;
mod ids;
mod input;
mod join;
mod pages;
mod rows;
#[cfg(test)]
mod samples_tests;
mod scan;
mod sheet_words;
mod source;
mod spreadsheet;
mod supplement;
mod suspicion;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use crate::sheets::{self, Options};
pub use approved::{Approved, Listed, read_approved};
pub use error::{IntakeError, Trouble};
pub use input::{Collected, Input, InputRow, Pass, Remark};
pub use join::{Joinable, Joined, Unmatched, join};
pub use source::{KEPT_BYTES_MAX, STDIN, Source};
pub use spreadsheet::spreadsheet;
pub use supplement::{SupplementFile, read_supplement, read_supplement_bytes};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Answers of getpoilist, or the stores in them.
    Json,
    /// Text with delimiters.
    Csv,
    /// Excel's workbook of today.
    Xlsx,
    /// Excel's binary workbook.
    Xlsb,
    /// Excel's workbook of 1997 to 2003.
    Xls,
    /// An `OpenDocument` spreadsheet.
    Ods,
}

impl From<sheets::Form> for Form {
    fn from(form: sheets::Form) -> Self {
        match form {
            sheets::Form::Csv => Self::Csv,
            sheets::Form::Xlsx => Self::Xlsx,
            sheets::Form::Xlsb => Self::Xlsb,
            sheets::Form::Xls => Self::Xls,
            sheets::Form::Ods => Self::Ods,
        }
    }
}

/// The user's own columns (`[columns]` of the configuration), beside the built-in headers, and what the user says of files
/// whose bytes leave it open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    /// Header → the field it stands for, by the field's name in the API document.
    pub aliases: BTreeMap<String, String>,
    /// Headers of columns that are carried through unread.
    pub keep: Vec<String>,
    /// Encoding, delimiter and sheet.
    pub options: Options,
}

/// Reads an input from disk, as a whole.
pub fn read_input(path: &Path, columns: &Columns) -> Result<Collected, IntakeError> {
    Input::of(Source::open(path)?, columns)?.collect()
}

/// Reads an input that is in memory, as a whole; `name` is what places and errors call it.
pub fn read_input_bytes(name: &str, bytes: &[u8], columns: &Columns) -> Result<Collected, IntakeError> {
    Input::of(Source::of_bytes(name, bytes)?, columns)?.collect()
}
