//! A table as it stands in its file: sheets, rows with the numbers that people see, cells.

use super::{Form, Value};

/// All tables of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// What the file is.
    pub form: Form,
    /// Its sheets in order; a text file is one sheet without a name.
    pub sheets: Vec<Sheet>,
}

/// One sheet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Its name, in a workbook.
    pub name: Option<String>,
    /// The rows that hold anything, in order.
    pub rows: Vec<Row<'static>>,
}

/// One row. Only cells that hold something are kept, so that a lone cell far to the right costs nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row<'a> {
    /// As a spreadsheet program numbers it, from 1.
    pub number: u32,
    cells: Vec<(u32, Value<'a>)>,
    /// See [`Row::source`].
    source: Option<&'a str>,
}

impl<'a> Row<'a> {
    /// A row of these cells, which must be in the order of their columns (from 0).
    pub(super) fn new(number: u32, cells: Vec<(u32, Value<'a>)>) -> Self {
        debug_assert!(cells.is_sorted_by_key(|(column, _)| *column), "columns in order");
        Self { number, cells, source: None }
    }

    /// Begins another row of the same text with `cells`, an empty list that may have held an earlier row's.
    pub(super) fn of_text(number: u32, source: &'a str, cells: Vec<(u32, Value<'a>)>) -> Self {
        Self { source: Some(source), ..Self::new(number, cells) }
    }

    /// Its cells, for another row to be written over them.
    pub(super) fn into_cells(self) -> Vec<(u32, Value<'a>)> {
        self.cells
    }

    /// The row as it stands in its text, without the line's end, where every cell is a piece of it: what is not in there is in
    /// none of its cells.
    #[must_use]
    pub fn source(&self) -> Option<&'a str> {
        self.source
    }

    /// The cell in this column, from 0.
    #[must_use]
    pub fn get(&self, column: u32) -> &Value<'a> {
        // Rows without gaps are common: the column's cell stands where it would be found first.
        if let Some((_, value)) = self.cells.get(column as usize).filter(|(at, _)| *at == column) {
            return value;
        }
        match self.cells.binary_search_by_key(&column, |(at, _)| *at) {
            Ok(index) => &self.cells[index].1,
            Err(_) => &Value::Empty,
        }
    }

    /// The cells that hold something, each with its column, from 0.
    #[must_use]
    pub fn cells(&self) -> impl DoubleEndedIterator<Item = (u32, &Value<'a>)> {
        self.cells.iter().map(|(column, value)| (*column, value))
    }

    /// The same row, on its own.
    #[must_use]
    pub fn into_owned(self) -> Row<'static> {
        let cells = self.cells.into_iter().map(|(column, value)| (column, value.into_owned()));
        Row { number: self.number, cells: cells.collect(), source: None }
    }

    /// Whether every cell is empty or white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|(_, value)| value.is_blank())
    }
}

/// The letters of a column, from 0: `A`, `Z`, `AA`.
#[must_use]
pub fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_spreadsheets_do() {
        let letters: Vec<_> = [0, 5, 25, 26, 701, 702, 16_383].map(column_letters).to_vec();
        assert_eq!(letters, ["A", "F", "Z", "AA", "ZZ", "AAA", "XFD"]);
    }
}
