//! What a sheet says about its rows beside their cells: which are hidden, and which cells are merged over several rows.
//! Both stand where no reader of cells can see them in time, merged ranges even after the last row.

use std::collections::VecDeque;

use super::{Found, Value, damaged};
use crate::sheets::{SheetError, column_letters};

/// How many numbers and ranges a note shows.
const SHOWN_MAX: usize = 10;

/// Ranges of one sheet cannot overlap: so many may cover one row.
const COLUMNS_MAX: usize = 16_384;

/// The most ranges merged over several rows that a sheet may have: one for each of its rows.
const MERGED_MAX: usize = 1_048_576;

/// A range of cells merged over several rows. Rows and columns from 0, the last ones belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Merged {
    pub(super) first_row: u32,
    pub(super) last_row: u32,
    pub(super) first_column: u32,
    pub(super) last_column: u32,
}

impl Merged {
    /// As people write it: `B5:B7`.
    fn name(&self) -> String {
        let cell = |column, row: u32| format!("{}{}", column_letters(column), row.saturating_add(1));
        format!("{}:{}", cell(self.first_column, self.first_row), cell(self.last_column, self.last_row))
    }
}

/// What was found about a sheet's rows before they are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// The rows that are hidden, from 0, in order.
    pub(super) hidden: Vec<u32>,
    /// The ranges merged over several rows; in no order.
    pub(super) merged: Vec<Merged>,
    /// The cells over which pictures float, row and column from 0.
    pub(super) floating: Vec<(u32, u32)>,
}

impl Marks {
    /// Notes a range, if it is merged over several rows.
    pub(super) fn merge(&mut self, range: Merged) -> Result<(), SheetError> {
        if range.last_row > range.first_row {
            if self.merged.len() >= MERGED_MAX {
                return Err(damaged(format!("more than {MERGED_MAX} merged ranges")));
            }
            self.merged.push(range);
        }
        Ok(())
    }
}

/// What a person may not expect of a sheet's rows, as far as they were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::sheets) struct Notes {
    /// How many rows that hold something are hidden.
    pub(in crate::sheets) hidden_rows: usize,
    /// The first of them, as people number them.
    pub(in crate::sheets) first_hidden_rows: Vec<u32>,
    /// How many merged ranges gave their value to rows below their first.
    pub(in crate::sheets) merged: usize,
    /// The first of them, as people write them.
    pub(in crate::sheets) first_merged: Vec<String>,
    /// How many pictures float over cells below the header.
    pub(in crate::sheets) floating: usize,
    /// The cells of the first of them.
    pub(in crate::sheets) first_floating: Vec<String>,
}

/// Fills merged cells in as rows go by, and notes what it met.
pub(super) struct Filler {
    marks: Marks,
    /// The first hidden row, and the first merged range, that was not passed yet.
    next_hidden: usize,
    next_merged: usize,
    open: VecDeque<Open>,
    notes: Notes,
}

/// A merged range whose first row went by.
struct Open {
    range: Merged,
    value: Value,
    is_noted: bool,
}

impl Filler {
    /// Ranges that begin above `first_row` (from 0) are left alone: titles and headers are merged for looks.
    pub(super) fn new(mut marks: Marks, first_row: u32) -> Self {
        marks.merged.retain(|range| range.first_row >= first_row && range.last_row > range.first_row);
        marks.merged.sort_by_key(|range| (range.first_row, range.first_column));
        // A logo over the title is for looks, too.
        marks.floating.retain(|(row, _)| *row >= first_row);
        marks.floating.sort_unstable();
        let name = |(row, column): &(u32, u32)| format!("{}{}", column_letters(*column), row.saturating_add(1));
        let first_floating = marks.floating.iter().take(SHOWN_MAX).map(name).collect();
        let notes = Notes { floating: marks.floating.len(), first_floating, ..Notes::default() };
        Self { marks, next_hidden: 0, next_merged: 0, open: VecDeque::new(), notes }
    }

    /// Gives a row the values that a person sees in it. Rows come in order.
    pub(super) fn fill(&mut self, row: &mut Found) -> Result<(), SheetError> {
        self.note_hidden(row.row);
        self.open.retain(|open| open.range.last_row >= row.row);
        // Only what the row holds of its own makes it one: a merged cell beside nothing is a tall cell.
        for open in self.open.iter_mut().filter(|open| open.value != Value::Empty) {
            set(&mut row.cells, open.range.first_column, open.value.clone());
            if !open.is_noted {
                open.is_noted = true;
                self.notes.merged += 1;
                if self.notes.first_merged.len() < SHOWN_MAX {
                    self.notes.first_merged.push(open.range.name());
                }
            }
        }
        self.open_ranges(row)
    }

    /// What was met.
    pub(super) fn into_notes(self) -> Notes {
        self.notes
    }

    fn note_hidden(&mut self, row: u32) {
        let hidden = &self.marks.hidden[self.next_hidden..];
        self.next_hidden += hidden.partition_point(|hidden| *hidden < row);
        if self.marks.hidden.get(self.next_hidden) == Some(&row) {
            self.notes.hidden_rows += 1;
            if self.notes.first_hidden_rows.len() < SHOWN_MAX {
                self.notes.first_hidden_rows.push(row.saturating_add(1));
            }
        }
    }

    fn open_ranges(&mut self, row: &Found) -> Result<(), SheetError> {
        while let Some(range) = self.marks.merged.get(self.next_merged).filter(|range| range.first_row <= row.row) {
            self.next_merged += 1;
            // A range whose first row holds nothing has nothing to give.
            if range.first_row == row.row {
                let at = row.cells.binary_search_by_key(&range.first_column, |(column, _)| *column);
                let value = at.map_or(Value::Empty, |at| row.cells[at].1.clone());
                self.open.push_back(Open { range: *range, value, is_noted: false });
            }
        }
        if self.open.len() > COLUMNS_MAX { Err(damaged("merged ranges overlap")) } else { Ok(()) }
    }
}

fn set(cells: &mut Vec<(u32, Value)>, column: u32, value: Value) {
    match cells.binary_search_by_key(&column, |(column, _)| *column) {
        Ok(at) => cells[at].1 = value,
        Err(at) => cells.insert(at, (column, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first_row: u32, last_row: u32, first_column: u32, last_column: u32) -> Merged {
        Merged { first_row, last_row, first_column, last_column }
    }

    /// Rows as `(row, text in columns A and B)`, as they come out.
    fn filled(marks: Marks, first_row: u32, rows: &[(u32, [&str; 2])]) -> (Vec<[String; 2]>, Notes) {
        let mut filler = Filler::new(marks, first_row);
        let text = |row: &Found, column| {
            row.cells.iter().find(|(at, _)| *at == column).map_or(String::new(), |(_, value)| value.text().to_owned())
        };
        let out = rows.iter().map(|(row, texts)| {
            let cells = (0..).zip(texts).map(|(column, text)| (column, Value::from_text((*text).to_owned())));
            let mut row = Found { row: *row, cells: cells.filter(|(_, value)| *value != Value::Empty).collect() };
            filler.fill(&mut row).unwrap();
            [text(&row, 0), text(&row, 1)]
        });
        let out = out.collect();
        (out, filler.into_notes())
    }

    #[test]
    fn a_cell_merged_over_rows_gives_its_value_to_each_of_them_in_its_first_column() {
        let marks = Marks { merged: vec![range(1, 3, 0, 1)], ..Marks::default() };
        let rows = [(1, ["广东省", ""]), (2, ["", "b"]), (3, ["", "c"]), (4, ["", "d"])];
        let (out, notes) = filled(marks, 1, &rows);
        assert_eq!(out, [["广东省", ""], ["广东省", "b"], ["广东省", "c"], ["", "d"]]);
        assert_eq!((notes.merged, notes.first_merged), (1, vec!["A2:B4".to_owned()]));
    }

    #[test]
    fn titles_and_headers_that_are_merged_change_nothing() {
        let marks = Marks { merged: vec![range(0, 1, 0, 0)], ..Marks::default() };
        let (out, notes) = filled(marks, 1, &[(0, ["门店ID", "x"]), (1, ["", "y"])]);
        assert_eq!(out, [["门店ID", "x"], ["", "y"]]);
        assert_eq!(notes, Notes::default());
    }

    #[test]
    fn pictures_over_rows_are_counted_and_a_logo_over_the_title_is_not() {
        let marks = Marks { floating: vec![(0, 0), (11, 27), (2, 5)], ..Marks::default() };
        let notes = Filler::new(marks, 1).into_notes();
        assert_eq!((notes.floating, notes.first_floating), (2, vec!["F3".to_owned(), "AB12".to_owned()]));
    }

    #[test]
    fn hidden_rows_are_counted_where_they_hold_something() {
        let marks = Marks { hidden: vec![1, 3, 5], ..Marks::default() };
        let (_, notes) = filled(marks, 0, &[(0, ["a", ""]), (3, ["b", ""]), (4, ["c", ""]), (5, ["d", ""])]);
        assert_eq!((notes.hidden_rows, notes.first_hidden_rows), (2, vec![4, 6]));
    }
}
