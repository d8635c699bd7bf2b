//! A file of tables, opened and looked at; its rows are read as often as somebody asks.

use std::io::{Read, Seek};
use std::ops::ControlFlow;

use super::text::{Encoding, Guess, Text};
use super::{Form, Row, Sheet, SheetError, workbook};

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
    Book(Vec<Sheet>),
}

/// The top of a sheet.
pub struct Head {
    /// The sheet's name, in a workbook.
    pub sheet: Option<String>,
    /// Its first rows that hold anything.
    pub rows: Vec<Row<'static>>,
}

impl Tables {
    /// Opens a file of this form; `guess` is what all its bytes say of a text's encoding.
    pub fn open(
        mut source: Box<dyn ReadSeek>,
        form: Form,
        guess: Guess,
        options: &Options,
    ) -> Result<Self, SheetError> {
        let kind = match form {
            Form::Csv => Kind::Text(Text::open(source, guess, options.encoding, options.delimiter)?),
            Form::Xlsx | Form::Xls | Form::Ods => {
                let mut bytes = Vec::new();
                source.rewind().and_then(|()| source.read_to_end(&mut bytes)).map_err(SheetError::Io)?;
                Kind::Book(workbook::read(form, &bytes)?.sheets)
            }
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
            Kind::Text(text) => Ok(vec![Head { sheet: None, rows: text.head(rows)? }]),
            Kind::Book(sheets) => {
                let head = |sheet: &Sheet| Head {
                    sheet: sheet.name.clone(),
                    rows: sheet.rows.iter().take(rows).cloned().collect(),
                };
                Ok(sheets.iter().map(head).collect())
            }
        }
    }

    /// Every row of the sheet with this number (in the order of [`Tables::heads`]) that holds anything, from the top.
    ///
    /// `make` takes a row apart, on several threads where that helps; `take` gets what came of it in the rows' order,
    /// and may end the reading.
    pub fn each<T: Send>(
        &mut self,
        sheet: usize,
        make: &(dyn Fn(Row<'_>) -> T + Sync),
        take: &mut dyn FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), SheetError> {
        match &mut self.kind {
            Kind::Text(text) => text.each(make, take),
            Kind::Book(sheets) => {
                let rows = sheets.get(sheet).map(|sheet| sheet.rows.iter().cloned()).into_iter().flatten();
                for row in rows {
                    if take(make(row)).is_break() {
                        break;
                    }
                }
                Ok(())
            }
        }
    }
}
