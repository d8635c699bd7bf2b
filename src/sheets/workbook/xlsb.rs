//! XLSB, Excel's binary workbook: its records are walked through and measured, and then read cell by cell.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::ControlFlow;

use calamine::{Reader, Xlsb, XlsbError};

use super::archive::Archive;
use super::marks::{Marks, Merged};
use super::parts::Workplace;
use super::source::Handle;
use super::stream::{Sink, in_batches};
use super::{SheetInfo, Tables, With, damaged, worksheets};
use crate::sheets::SheetError;
use crate::sheets::error::{CELL_BYTES_MAX, ENTRY_BYTES_MAX, PART_BYTES_MAX, SHARED_STRINGS_BYTES_MAX};

/// Records of MS-XLSB 2.3, by their numbers.
const ROW_HEADER: u32 = 0;
const FORMULA_ERROR: u32 = 11;
const RICH_TEXT: u32 = 62;
const MERGED_RANGE: u32 = 176;

/// Of 16 bytes and more in a row's header, the bit that hides it (`fDyZero`).
const HIDDEN_BYTE: usize = 11;
const HIDDEN_BIT: u8 = 0x10;

/// An open workbook.
pub(super) struct Book {
    cells: Xlsb<Handle>,
    archive: Archive,
    sheets: Vec<SheetInfo>,
    /// The part of each sheet.
    parts: Vec<String>,
    /// Cells that calamine passes over, for each sheet that was looked through.
    passed_over: Vec<Cells>,
}

/// Errors (`Err`) and texts of cells, by row and column.
type Cells = BTreeMap<(u32, u32), Result<String, &'static str>>;

impl Book {
    /// Measures what calamine reads of a workbook as a whole before it does.
    pub(super) fn open(source: &Handle) -> Result<Self, SheetError> {
        let mut archive = Archive::open(source.clone())?;
        // calamine looks nowhere else for an XLSB's parts.
        let place = Workplace::at("xl/", "workbook.bin");
        archive.check(&place.relationships())?;
        let mut sheet_ids = Vec::new();
        for (part, bytes_max) in [
            (place.workbook(), PART_BYTES_MAX),
            (place.beside("styles.bin"), PART_BYTES_MAX),
            (place.beside("sharedStrings.bin"), SHARED_STRINGS_BYTES_MAX),
        ] {
            archive.read(&part, bytes_max, |bytes| {
                each_record(&part, bytes, |kind, record| {
                    sheet_ids.extend(sheet_relation(kind, record));
                    Ok(())
                })
            })?;
        }
        let book = Xlsb::new(source.clone()).map_err(from_xlsb)?;
        let related = place.related(&mut archive)?;
        let mut parts = Vec::new();
        let mut sheets = Vec::new();
        for (index, info) in worksheets(&book) {
            let part = sheet_ids.get(index).and_then(|relation| related.get(relation));
            parts.push(part.ok_or_else(|| damaged(format!("the sheet {} has no part", info.name)))?.clone());
            sheets.push(info);
        }
        let passed_over = sheets.iter().map(|_| Cells::new()).collect();
        Ok(Self { cells: book, archive, sheets, parts, passed_over })
    }
}

impl Tables for Book {
    fn sheets(&self) -> &[SheetInfo] {
        &self.sheets
    }

    fn marks(&mut self, sheet: usize) -> Result<Marks, SheetError> {
        let part = &self.parts[sheet];
        let mut scan = Scan::default();
        let found = self
            .archive
            .read(part, ENTRY_BYTES_MAX, |bytes| each_record(part, bytes, |kind, record| scan.see(kind, record)))?;
        found.ok_or_else(|| damaged(format!("the part {part} is missing")))?;
        self.passed_over[sheet] = scan.passed_over;
        Ok(scan.marks)
    }

    fn rows(&mut self, sheet: usize, with: With) -> Result<(), SheetError> {
        let (book, name, passed_over) = (&mut self.cells, &self.sheets[sheet].name, &self.passed_over[sheet]);
        in_batches(|sink| cells(book, name, passed_over, sink), with)
    }
}

/// The cells that calamine sees, and between them, in their places, those that it passes over.
fn cells<'a>(
    book: &'a mut Xlsb<Handle>,
    sheet: &str,
    passed_over: &Cells,
    sink: &mut Sink<'a>,
) -> Result<(), SheetError> {
    let mut others = passed_over.iter().peekable();
    let mut reader = book.worksheet_cells_reader(sheet).map_err(from_xlsb)?;
    while let Some(cell) = reader.next_cell().map_err(from_xlsb)? {
        let at = cell.get_position();
        while let Some((at, value)) = others.next_if(|(other, _)| **other < at) {
            if push(sink, *at, value).is_break() {
                return Ok(());
            }
        }
        if sink.push(at.0, at.1, cell.get_value()).is_break() {
            return Ok(());
        }
    }
    for (at, value) in others {
        if push(sink, *at, value).is_break() {
            break;
        }
    }
    Ok(())
}

fn push(sink: &mut Sink, (row, column): (u32, u32), value: &Result<String, &str>) -> ControlFlow<()> {
    match value {
        Ok(text) => sink.push_text(row, column, text),
        Err(error) => sink.push_error(row, column, error),
    }
}

/// What is seen of a sheet's records before they are parsed.
#[derive(Default)]
struct Scan {
    marks: Marks,
    passed_over: Cells,
    row: u32,
    /// What the cells passed over take.
    bytes: u64,
}

impl Scan {
    fn see(&mut self, kind: u32, record: &[u8]) -> Result<(), SheetError> {
        let number = |at| number(record, at);
        match kind {
            ROW_HEADER => {
                self.row = number(0)?;
                if record.get(HIDDEN_BYTE).is_some_and(|flags| flags & HIDDEN_BIT != 0) {
                    self.marks.hidden.push(self.row);
                }
            }
            MERGED_RANGE => {
                let range = Merged {
                    first_row: number(0)?,
                    last_row: number(4)?,
                    first_column: number(8)?,
                    last_column: number(12)?,
                };
                self.marks.merge(range)?;
            }
            FORMULA_ERROR => {
                let code = record.get(8).copied().unwrap_or_default();
                self.keep(number(0)?, Err(error_name(code)))?;
            }
            RICH_TEXT => {
                let text = wide_text(record, 9)?;
                self.keep(number(0)?, Ok(text))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn keep(&mut self, column: u32, value: Result<String, &'static str>) -> Result<(), SheetError> {
        self.bytes += 64 + value.as_ref().map_or(0, |text| text.len() as u64);
        if self.bytes > SHARED_STRINGS_BYTES_MAX {
            return Err(SheetError::StringsTooLarge { bytes: self.bytes });
        }
        self.passed_over.insert((self.row, column), value);
        Ok(())
    }
}

/// MS-XLSB 2.5.97.2.
fn error_name(code: u8) -> &'static str {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        0x2A => "#N/A",
        0x2B => "#GETTING_DATA",
        _ => "#ERROR",
    }
}

/// The relation's id of a sheet, of the records in the workbook's part that list the sheets.
fn sheet_relation(kind: u32, record: &[u8]) -> Option<String> {
    const SHEET: u32 = 156;
    const NO_RELATION: u32 = u32::MAX;
    let length = number(record, 8).ok().filter(|length| kind == SHEET && *length != NO_RELATION)?;
    (length <= 255).then(|| wide_text(record, 8).ok())?
}

/// Calls `with` for each record of a part (MS-XLSB 2.1.4): a number and a length in 7 bits a byte, and so many bytes.
fn each_record(
    part: &str,
    bytes: &mut dyn Read,
    mut with: impl FnMut(u32, &[u8]) -> Result<(), SheetError>,
) -> Result<(), SheetError> {
    let mut bytes = std::io::BufReader::with_capacity(64 << 10, bytes);
    let mut record = Vec::new();
    while let Some(kind) = varying(&mut bytes, 2)? {
        let length = varying(&mut bytes, 4)?.ok_or_else(|| damaged("a part ends within a record"))?;
        let length = usize::try_from(length).map_err(damaged)?;
        if length > CELL_BYTES_MAX {
            return Err(SheetError::CellTooLarge { entry: part.to_owned() });
        }
        record.resize(length, 0);
        bytes.read_exact(&mut record).map_err(damaged)?;
        with(kind, &record)?;
    }
    Ok(())
}

/// A number in 7 bits a byte, the lowest first, the eighth bit meaning that another byte follows. A record's own number
/// keeps that bit in it, and is taken apart here. `None` at the end of the part.
fn varying(bytes: &mut impl Read, most: u32) -> Result<Option<u32>, SheetError> {
    let mut value = 0;
    for index in 0..most {
        let mut byte = [0];
        match bytes.read(&mut byte).map_err(damaged)? {
            0 if index == 0 => return Ok(None),
            0 => return Err(damaged("a part ends within a record")),
            _ => value |= u32::from(byte[0] & 0x7F) << (7 * index),
        }
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    Ok(Some(value))
}

fn number(record: &[u8], at: usize) -> Result<u32, SheetError> {
    let bytes = record.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    bytes.map(u32::from_le_bytes).ok_or_else(|| damaged("a record is too short"))
}

/// A text in UTF-16 behind the number of its units.
fn wide_text(record: &[u8], at: usize) -> Result<String, SheetError> {
    let units = usize::try_from(number(record, at)?).map_err(damaged)?;
    let end = units.checked_mul(2).and_then(|bytes| bytes.checked_add(at + 4));
    let bytes = end.and_then(|end| record.get(at + 4..end)).ok_or_else(|| damaged("a record is too short"))?;
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).collect::<Result<String, _>>().map_err(damaged)
}

fn from_xlsb(why: XlsbError) -> SheetError {
    if matches!(why, XlsbError::Password) { SheetError::Encrypted } else { damaged(why) }
}
