//! Where a value was read, so that every finding can point at its cell.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Text, Words};

/// A place in an input: a file, and what of sheet, row and column is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
pub struct Place {
    /// The file as the user named it; `getpoilist` for a live pull.
    pub file: Text,
    /// The worksheet, in a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<Text>,
    /// The row as a spreadsheet program numbers it (the header is row 1); in JSON the number of the store, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u32>,
    /// The column: letters in a spreadsheet (`F`), else the header or key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

impl Place {
    /// A whole file.
    #[must_use]
    pub fn file(file: impl Into<Text>) -> Self {
        Self { file: file.into(), ..Self::default() }
    }

    /// The same file and sheet, at `row`.
    #[must_use]
    pub fn at_row(&self, row: u32) -> Self {
        Self { row: Some(row), column: None, ..self.clone() }
    }

    /// The same row, at `column`.
    #[must_use]
    pub fn at_column(&self, column: impl Into<String>) -> Self {
        Self { column: Some(column.into()), ..self.clone() }
    }
}

impl Place {
    /// The same for people, in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        let Self { file, sheet, row, column } = self;
        let en = self.to_string();
        let zh = match (sheet, row, column) {
            (None, Some(row), Some(column)) => format!("{file} 第 {row} 行 {column} 列"),
            (None, Some(row), None) => format!("{file} 第 {row} 行"),
            (Some(sheet), Some(row), None) => format!("{file} {sheet} 第 {row} 行"),
            _ => en.clone(),
        };
        Words { en, zh }
    }
}

/// `stores.xlsx, Stores!F412` where a cell is known; `list.json, store 17`, `stores.csv, row 4, column credential`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match (&self.sheet, self.row, &self.column) {
            (Some(sheet), Some(row), Some(column)) => write!(f, ", {sheet}!{column}{row}"),
            (Some(sheet), Some(row), None) => write!(f, ", {sheet}!{row}:{row}"),
            (Some(sheet), None, Some(column)) => write!(f, ", {sheet}!{column}:{column}"),
            (Some(sheet), None, None) => write!(f, ", {sheet}"),
            (None, Some(row), Some(column)) => write!(f, ", row {row}, {column}"),
            (None, Some(row), None) => write!(f, ", row {row}"),
            (None, None, Some(column)) => write!(f, ", {column}"),
            (None, None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_reads_as_a_spreadsheet_names_it() {
        let sheet = Place { sheet: Some("Stores".into()), ..Place::file("a.xlsx") };
        assert_eq!(sheet.at_row(412).at_column("F").to_string(), "a.xlsx, Stores!F412");
        assert_eq!(Place::file("a.csv").at_row(4).at_column("电话").words().zh, "a.csv 第 4 行 电话 列");
        assert_eq!(sheet.at_row(412).at_column("F").words().zh, "a.xlsx, Stores!F412");
        assert_eq!(Place::file("a.csv").at_row(4).at_column("credential").to_string(), "a.csv, row 4, credential");
    }
}
