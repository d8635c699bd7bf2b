//! Bytes to stores and supplements: saved answers of getpoilist and spreadsheets, told apart by their content. A bad
//! row is data with its faults; only a file that cannot be used as a whole is an error.

mod approved;
mod cell;
mod error;
mod form;
mod headers;
mod ids;
mod join;
mod pages;
mod rows;
#[cfg(test)]
mod samples_tests;
mod spreadsheet;
mod supplement;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::sheets::{self, FILE_BYTES_MAX, SheetError};
use crate::store::{Cell, Finding, LegacyStore, Place, SupplementRow};
pub use approved::{Approved, Listed, read_approved};
pub use error::{IntakeError, Trouble};
use headers::Headers;
pub use join::{Joinable, Joined, Unmatched, join};
pub use spreadsheet::spreadsheet;
use table::{Purpose, Table};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Answers of getpoilist, or the stores in them.
    Json,
    /// Text with delimiters.
    Csv,
    /// Excel's workbook of today.
    Xlsx,
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
            sheets::Form::Xls => Self::Xls,
            sheets::Form::Ods => Self::Ods,
        }
    }
}

/// The user's own columns (`[columns]` of the configuration), beside the built-in headers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    /// Header → the field it stands for, by the field's name in the API document.
    pub aliases: BTreeMap<String, String>,
    /// Headers of columns that are carried through unread.
    pub keep: Vec<String>,
}

/// The stores of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The file as the user named it.
    pub file: String,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// What it is.
    pub form: Form,
    /// Its stores, in order; at least one.
    pub rows: Vec<InputRow>,
    /// Headers that mean nothing here; worth a word to the user, who may have misspelt one.
    pub unknown_columns: Vec<String>,
    /// How many stores the account had when the list was saved, by its own `total_count`: more than `rows` if the file
    /// holds a part of the list only.
    pub claimed_total: Option<u64>,
}

/// One store as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRow {
    /// File, sheet and row.
    pub place: Place,
    /// The old record. A value that has a fault is left out of the typed fields, but stands in `record`.
    pub store: LegacyStore,
    /// What the row supplies for `add_store`, where the table has such columns.
    pub cells: Vec<Cell>,
    /// What is wrong with the row; not empty: the store is not sent.
    pub faults: Vec<Finding>,
}

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
}

/// Reads an input from disk: at most [`FILE_BYTES_MAX`] bytes.
pub fn read_input(path: &Path, columns: &Columns) -> Result<Input, IntakeError> {
    let name = path.display().to_string();
    read_input_bytes(&name, &read_file(&name, path)?, columns)
}

/// Reads an input that is in memory; `name` is what places and errors call it.
pub fn read_input_bytes(name: &str, bytes: &[u8], columns: &Columns) -> Result<Input, IntakeError> {
    let (form, mut rows, unknown_columns, claimed_total) = if is_json(name, bytes)? {
        let saved = pages::read(name, bytes)?;
        (Form::Json, saved.rows, Vec::new(), saved.claimed)
    } else {
        let (form, table) = read_table(name, bytes, columns, Purpose::Input)?;
        let rows = table.rows.iter().map(|row| rows::input_row(&table, row)).collect();
        (form, rows, table.unknown, None)
    };
    if rows.is_empty() {
        return Err(IntakeError::of_file(name, Trouble::NoStores));
    }
    let duplicates = ids::duplicates(rows.iter().map(|row| (row.store.poi_id.as_ref(), &row.place)));
    for (row, duplicate) in rows.iter_mut().zip(duplicates) {
        row.faults.extend(duplicate);
    }
    Ok(Input { file: name.to_owned(), sha256: sha256(bytes), form, rows, unknown_columns, claimed_total })
}

/// Reads a supplement from disk: at most [`FILE_BYTES_MAX`] bytes.
pub fn read_supplement(path: &Path, columns: &Columns) -> Result<SupplementFile, IntakeError> {
    let name = path.display().to_string();
    read_supplement_bytes(&name, &read_file(&name, path)?, columns)
}

/// Reads a supplement that is in memory; `name` is what places and errors call it.
pub fn read_supplement_bytes(name: &str, bytes: &[u8], columns: &Columns) -> Result<SupplementFile, IntakeError> {
    if is_json(name, bytes)? {
        return Err(IntakeError::of_file(name, Trouble::NotTable));
    }
    let (_, table) = read_table(name, bytes, columns, Purpose::Supplement)?;
    let rows = supplement::read(&table);
    Ok(SupplementFile { file: name.to_owned(), sha256: sha256(bytes), rows, unknown_columns: table.unknown })
}

fn read_file(name: &str, path: &Path) -> Result<Vec<u8>, IntakeError> {
    let failed = |why| IntakeError::of_file(name, Trouble::Io(why));
    let bytes = fs::metadata(path).map_err(failed)?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(IntakeError::of_file(name, Trouble::Sheet(SheetError::FileTooLarge { bytes })));
    }
    fs::read(path).map_err(failed)
}

fn read_table(name: &str, bytes: &[u8], columns: &Columns, purpose: Purpose) -> Result<(Form, Table), IntakeError> {
    let headers =
        Headers::new(&columns.aliases, &columns.keep).map_err(|trouble| IntakeError::of_file(name, trouble))?;
    let book = sheets::read(bytes).map_err(|why| IntakeError::of_file(name, Trouble::Sheet(why)))?;
    let form = book.form.into();
    Ok((form, table::find(name, book, &headers, purpose)?))
}

/// Tells JSON from tables by content; a name only decides what an error says, and what text that is neither should
/// have been. Text under a workbook's name is refused: spreadsheet programs make such files look like what they are not.
fn is_json(name: &str, bytes: &[u8]) -> Result<bool, IntakeError> {
    let form = sheets::Form::of(bytes).map_err(|why| IntakeError::of_file(name, Trouble::Sheet(why)))?;
    if form != sheets::Form::Csv {
        return Ok(false);
    }
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "xlsx" | "xlsm" | "xls" | "ods" => {
            let claimed = extension.to_ascii_uppercase();
            Err(IntakeError::of_file(name, Trouble::Renamed { claimed }))
        }
        "json" | "jsonl" | "ndjson" => Ok(true),
        _ => {
            let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
            Ok(matches!(text.first(), Some(b'{' | b'[')))
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
