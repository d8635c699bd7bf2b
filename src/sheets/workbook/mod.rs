//! Workbooks, read row by row: XLSX and XLSB from calamine's readers of cells, ODS from its XML, XLS sheet by sheet. What
//! a file claims is measured before a parser believes it.

mod archive;
mod cell;
mod drawings;
mod marks;
mod ods;
mod parts;
mod quiet;
mod scan;
mod source;
mod stream;
#[cfg(test)]
mod tests;
mod xls;
mod xlsb;
mod xlsx;

use std::error::Error;
use std::ops::ControlFlow;

use calamine::{Reader, SheetType, SheetVisible};

pub(super) use marks::Notes;
use marks::{Filler, Marks};
use source::Handle;

use super::{Form, ReadSeek, Row, SheetError};

/// A workbook's cells stand on their own.
type Value = super::Value<'static>;

/// A sheet that holds cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SheetInfo {
    pub(super) name: String,
    /// Whether a person who opens the workbook does not see it.
    pub(super) is_hidden: bool,
}

/// A row as its parser found it, from 0. Its cells are in order and hold something.
#[derive(Debug, Default)]
struct Found {
    row: u32,
    cells: Vec<(u32, Value)>,
}

/// Takes the rows of a sheet, and says whether it wants more.
type With<'w> = &'w mut (dyn FnMut(Found) -> Result<ControlFlow<()>, SheetError> + 'w);

/// The tables of one form of workbook.
trait Tables: Send {
    /// The sheets that hold cells; charts, macros and dialogs do not.
    fn sheets(&self) -> &[SheetInfo];

    /// Measures a sheet, and finds what stands beside its cells. Comes before its rows.
    fn marks(&mut self, sheet: usize) -> Result<Marks, SheetError>;

    /// Hands the rows that hold something to `with`, in order, from the top.
    fn rows(&mut self, sheet: usize, with: With) -> Result<(), SheetError>;
}

/// An open workbook. Where its form allows, no sheet is ever in memory as a whole.
pub(super) struct Workbook {
    tables: Box<dyn Tables>,
    looked_at: Vec<Looked>,
}

/// What is known of a sheet besides its name.
#[derive(Default)]
struct Looked {
    marks: Option<Marks>,
    /// The first row whose merged cells are filled in, from 0.
    data_from: u32,
    notes: Notes,
}

impl Workbook {
    /// Opens a workbook whose form is known: measures what is read of it as a whole, and reads the names of its sheets.
    /// A form that is no workbook is damaged.
    pub(super) fn open(form: Form, source: Box<dyn ReadSeek>) -> Result<Self, SheetError> {
        let source = Handle::new(source).map_err(damaged)?;
        // Damage must be an error like any other, also where a parser panics over it.
        let tables = quiet::parsed(|| open_tables(form, source))?;
        let looked_at = tables.sheets().iter().map(|_| Looked::default()).collect();
        Ok(Self { tables, looked_at })
    }

    /// The sheets that hold cells, in their order.
    pub(super) fn sheets(&self) -> &[SheetInfo] {
        self.tables.sheets()
    }

    /// The first `rows` rows that hold anything, as the file has them.
    pub(super) fn head(&mut self, sheet: usize, rows: usize) -> Result<Vec<Row<'static>>, SheetError> {
        let mut head = Vec::new();
        if rows == 0 {
            return Ok(head);
        }
        self.look_at(sheet)?;
        self.tables.rows(sheet, &mut |found| {
            head.push(found.into_row());
            Ok(if head.len() < rows { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(head)
    }

    /// Says in which row (as people number it) the header stands: below it, cells that are merged over several rows give
    /// their value to each of them; in it and above, they are merged for looks.
    pub(super) fn set_header(&mut self, sheet: usize, number: u32) {
        self.looked_at[sheet].data_from = number;
    }

    /// Hands every row that holds anything to `with`, from the top, until it breaks.
    pub(super) fn each_row(
        &mut self,
        sheet: usize,
        with: &mut dyn FnMut(Row<'static>) -> ControlFlow<()>,
    ) -> Result<(), SheetError> {
        let marks = self.look_at(sheet)?.clone();
        let mut filler = Filler::new(marks, self.looked_at[sheet].data_from);
        let read = self.tables.rows(sheet, &mut |mut found| {
            filler.fill(&mut found)?;
            Ok(with(found.into_row()))
        });
        self.looked_at[sheet].notes = filler.into_notes();
        read
    }

    /// What the last [`Self::each_row`] met that a person may not expect.
    pub(super) fn notes(&self, sheet: usize) -> &Notes {
        &self.looked_at[sheet].notes
    }

    fn look_at(&mut self, sheet: usize) -> Result<&Marks, SheetError> {
        let looked = &mut self.looked_at[sheet];
        if looked.marks.is_none() {
            looked.marks = Some(self.tables.marks(sheet)?);
        }
        Ok(looked.marks.get_or_insert_default())
    }
}

fn open_tables(form: Form, source: Handle) -> Result<Box<dyn Tables>, SheetError> {
    match form {
        Form::Xlsx => Ok(Box::new(xlsx::Book::open(&source)?)),
        Form::Xlsb => Ok(Box::new(xlsb::Book::open(&source)?)),
        Form::Xls => Ok(Box::new(xls::Book::open(source)?)),
        Form::Ods => Ok(Box::new(ods::Book::open(&source)?)),
        Form::Csv => Err(damaged("text is no workbook")),
    }
}

impl Found {
    fn into_row(self) -> Row<'static> {
        Row::new(self.row.saturating_add(1), self.cells)
    }
}

/// The sheets that hold cells, each with its place among all.
fn worksheets<RS, R: Reader<RS>>(book: &R) -> Vec<(usize, SheetInfo)>
where
    RS: std::io::Read + std::io::Seek,
{
    let sheets = book.sheets_metadata().iter().enumerate().filter(|(_, sheet)| sheet.typ == SheetType::WorkSheet);
    let info = |(index, sheet): (usize, &calamine::Sheet)| {
        let is_hidden = sheet.visible != SheetVisible::Visible;
        (index, SheetInfo { name: sheet.name.clone(), is_hidden })
    };
    sheets.map(info).collect()
}

fn damaged(why: impl Into<Box<dyn Error + Send + Sync>>) -> SheetError {
    SheetError::Damaged(why.into())
}
