//! A file of tables, opened and looked at; its rows are read as often as somebody asks.

use std::io::{Read, Seek};
use std::ops::ControlFlow;

use super::text::{Encoding, Guess, Text};
use super::workbook::{Notes, SheetInfo, Workbook};
use super::{Form, Row, SheetError};

/// A file on a disk, or bytes in memory.
pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// What the user says of a file whose bytes leave it open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// The encoding of a text.
    pub encoding: Option<Encoding>,
    /// What stands between the fields of a text.
    pub delimiter: Option<u8>,
    /// The sheet of a workbook, by its name.
    pub sheet: Option<String>,
}

/// The tables of a file.
pub struct Tables {
    form: Form,
    kind: Kind,
}

enum Kind {
    Text(Text),
    Book(Workbook),
}

/// The top of a sheet.
pub struct Head {
    /// The sheet's name, in a workbook.
    pub sheet: Option<String>,
    /// Whether a person who opens the workbook does not see it.
    pub is_hidden: bool,
    /// Its first rows that hold anything.
    pub rows: Vec<Row<'static>>,
}

/// Something about a sheet's rows that a person may not expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Hidden rows were read like any other.
    HiddenRows {
        /// How many.
        count: usize,
        /// The first of them, as people number them.
        first: Vec<u32>,
    },
    /// Cells merged over several rows gave their value to each of them.
    Merged {
        /// How many ranges.
        count: usize,
        /// The first of them, as people write them: `B5:B7`.
        first: Vec<String>,
    },
    /// Pictures float over cells, and were not read.
    Floating {
        /// How many.
        count: usize,
        /// The cells of the first of them: `F12`.
        first: Vec<String>,
    },
}

impl Tables {
    /// Opens a file of this form; `guess` is what all its bytes say of a text's encoding.
    pub fn open(source: Box<dyn ReadSeek>, form: Form, guess: Guess, options: &Options) -> Result<Self, SheetError> {
        let kind = match form {
            Form::Csv => Kind::Text(Text::open(source, guess, options.encoding, options.delimiter)?),
            Form::Xlsx | Form::Xlsb | Form::Xls | Form::Ods => Kind::Book(Workbook::open(form, source)?),
        };
        Ok(Self { form, kind })
    }

    /// What the file is.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The encoding and the delimiter that a text was taken to have.
    #[must_use]
    pub fn text_manner(&self) -> Option<(Encoding, u8)> {
        match &self.kind {
            Kind::Text(text) => Some((text.encoding(), text.delimiter())),
            Kind::Book(_) => None,
        }
    }

    /// The first `rows` that hold anything, of each sheet; a text is one sheet without a name.
    pub fn heads(&mut self, rows: usize) -> Result<Vec<Head>, SheetError> {
        match &mut self.kind {
            Kind::Text(text) => Ok(vec![Head { sheet: None, is_hidden: false, rows: text.head(rows)? }]),
            Kind::Book(book) => {
                let sheets = book.sheets().to_vec().into_iter().enumerate();
                let head = |(number, sheet): (usize, SheetInfo)| {
                    let rows = book.head(number, rows)?;
                    Ok(Head { sheet: Some(sheet.name), is_hidden: sheet.is_hidden, rows })
                };
                sheets.map(head).collect()
            }
        }
    }

    /// Says in which row (as people number it) a sheet's header stands: in workbooks, cells below it that are merged over
    /// several rows give their value to each of them; in it and above, they are merged for looks.
    pub fn set_header(&mut self, sheet: usize, row: u32) {
        if let Kind::Book(book) = &mut self.kind {
            book.set_header(sheet, row);
        }
    }

    /// What the last reading of a sheet's rows met that a person may not expect.
    #[must_use]
    pub fn notes(&self, sheet: usize) -> Vec<Note> {
        let Kind::Book(book) = &self.kind else { return Vec::new() };
        let Notes { hidden_rows, first_hidden_rows, merged, first_merged, floating, first_floating } =
            book.notes(sheet).clone();
        let hidden = (hidden_rows > 0).then_some(Note::HiddenRows { count: hidden_rows, first: first_hidden_rows });
        let merged = (merged > 0).then_some(Note::Merged { count: merged, first: first_merged });
        let floating = (floating > 0).then_some(Note::Floating { count: floating, first: first_floating });
        hidden.into_iter().chain(merged).chain(floating).collect()
    }

    /// Every row of the sheet with this number (in the order of [`Tables::heads`]) that holds anything, from the top.
    ///
    /// `make` takes a row apart, on several threads where that helps; `take` gets what came of it in the rows' order,
    /// and may end the reading. What `take` does not take out of its place is let go later.
    pub fn each<T: Send>(
        &mut self,
        sheet: usize,
        make: &(dyn Fn(&Row<'_>) -> T + Sync),
        take: &mut dyn FnMut(&mut T) -> ControlFlow<()>,
    ) -> Result<(), SheetError> {
        match &mut self.kind {
            Kind::Text(text) => text.each(make, take),
            Kind::Book(book) => book.each_row(sheet, &mut |row| take(&mut make(&row))),
        }
    }
}
