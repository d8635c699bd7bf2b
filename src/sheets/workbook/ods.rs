//! ODS: an `OpenDocument` spreadsheet, read from its XML row by row. calamine reads such files whole and several times over,
//! and a table that is cut short keeps it busy for ever.

use std::collections::HashSet;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Value;
use super::archive::Archive;
use super::cell::{from_duration, from_moment};
use super::marks::{Marks, Merged};
use super::parts::{attribute, each_tag};
use super::source::Handle;
use super::xlsx::WITHOUT_VALUE;
use super::{Found, SheetInfo, Tables, With, damaged};
use crate::sheets::SheetError;
use crate::sheets::error::{CELL_BYTES_MAX, ENTRY_BYTES_MAX, PART_BYTES_MAX};

const CONTENT: &str = "content.xml";

/// The most rows and columns that a program shows.
const ROWS_MAX: u32 = 1_048_576;
const COLUMNS_MAX: u32 = 16_384;

/// The most rows that may be written as one and hold something: stores are not the same ten thousand times.
const SAME_ROWS_MAX: u32 = 10_000;

/// The most bytes of text in a row (64 MiB): cells that are the same are written as one.
const ROW_BYTES_MAX: usize = 64 << 20;

/// An open workbook.
pub(super) struct Book {
    archive: Archive,
    sheets: Vec<SheetInfo>,
    marks: Vec<Marks>,
}

impl Book {
    /// Goes through all tables once: they must be whole, and what is merged or hidden is found.
    pub(super) fn open(source: &Handle) -> Result<Self, SheetError> {
        let mut archive = Archive::open(source.clone())?;
        let mut is_encrypted = false;
        archive.read("META-INF/manifest.xml", PART_BYTES_MAX, |part| {
            each_tag(part, |tag| {
                is_encrypted |= tag.name().as_ref() == "manifest:encryption-data";
                Ok(())
            })
        })?;
        if is_encrypted {
            return Err(SheetError::Encrypted);
        }
        let mut marks: Vec<Marks> = Vec::new();
        let sheets = walk(&mut archive, &mut |sheet, row| {
            marks.resize_with(marks.len().max(sheet + 1), Marks::default);
            if row.is_hidden {
                marks[sheet].hidden.push(row.found.row);
            }
            row.merged.iter().try_for_each(|range| marks[sheet].merge(*range))?;
            Ok(ControlFlow::Continue(()))
        })?;
        marks.resize_with(sheets.len(), Marks::default);
        Ok(Self { archive, sheets, marks })
    }
}

impl Tables for Book {
    fn sheets(&self) -> &[SheetInfo] {
        &self.sheets
    }

    fn marks(&mut self, sheet: usize) -> Result<Marks, SheetError> {
        Ok(self.marks[sheet].clone())
    }

    fn rows(&mut self, sheet: usize, with: With) -> Result<(), SheetError> {
        let rows = walk(&mut self.archive, &mut |at, row| {
            if at == sheet { with(row.found) } else { Ok(ControlFlow::Continue(())) }
        });
        rows.map(|_| ())
    }
}

/// A row with what stands beside its cells.
struct Line {
    found: Found,
    is_hidden: bool,
    merged: Vec<Merged>,
}

type WithLine<'w> = &'w mut (dyn FnMut(usize, Line) -> Result<ControlFlow<()>, SheetError> + 'w);

/// Hands the rows of all sheets that hold something to `with`, and gives the sheets met until it had enough.
fn walk(archive: &mut Archive, with: WithLine) -> Result<Vec<SheetInfo>, SheetError> {
    let sheets = archive.read(CONTENT, ENTRY_BYTES_MAX, |part| {
        let mut reader = Reader::from_reader(BufReader::with_capacity(64 << 10, Bounded { part, since_tag: 0 }));
        // An empty element is the same as one that is opened and closed.
        reader.config_mut().expand_empty_elements = true;
        let walk = Walk { reader, buffer: Vec::new(), sheets: Vec::new(), invisible: HashSet::new(), style: None };
        walk.run(with)
    })?;
    sheets.ok_or_else(|| damaged("content.xml is missing"))
}

/// A part in which no tag, and nothing between two tags, is longer than a cell may be.
struct Bounded<'a> {
    part: &'a mut dyn Read,
    since_tag: usize,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.part.read(buffer)?;
        let piece = &buffer[..read];
        let first = memchr::memchr(b'<', piece).unwrap_or(read);
        if self.since_tag + first > CELL_BYTES_MAX {
            return Err(io::Error::other(SheetError::CellTooLarge { entry: CONTENT.to_owned() }));
        }
        self.since_tag = memchr::memrchr(b'<', piece).map_or(self.since_tag + read, |last| read - last);
        Ok(read)
    }
}

struct Walk<'a> {
    reader: Reader<BufReader<Bounded<'a>>>,
    buffer: Vec<u8>,
    sheets: Vec<SheetInfo>,
    /// The styles of tables that are not shown.
    invisible: HashSet<String>,
    /// The style whose properties follow.
    style: Option<String>,
}

impl Walk<'_> {
    fn run(mut self, with: WithLine) -> Result<Vec<SheetInfo>, SheetError> {
        loop {
            match self.next()? {
                Event::Start(tag) => {
                    let tag = tag.into_owned();
                    if self.open(&tag, with)?.is_break() {
                        return Ok(self.sheets);
                    }
                }
                Event::Eof => return Ok(self.sheets),
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<Event<'_>, SheetError> {
        self.buffer.clear();
        self.reader.read_event_into(&mut self.buffer).map_err(from_xml)
    }

    fn open(&mut self, tag: &BytesStart, with: WithLine) -> Result<ControlFlow<()>, SheetError> {
        match tag.name().as_ref() {
            "style:style" => self.style = attribute(tag, "style:name")?,
            "style:table-properties" => {
                let is_shown = attribute(tag, "table:display")?.is_none_or(|display| display != "false");
                self.invisible.extend(self.style.take().filter(|_| !is_shown));
            }
            "table:table" => {
                let style = attribute(tag, "table:style-name")?;
                let is_hidden = style.is_some_and(|style| self.invisible.contains(&style));
                let name = attribute(tag, "table:name")?.unwrap_or_default();
                self.sheets.push(SheetInfo { name, is_hidden });
                return self.table(with);
            }
            // Not tables of this workbook: what cells were before, and where others come from.
            "table:tracked-changes" | "table:dde-links" => self.skip(tag)?,
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    fn table(&mut self, with: WithLine) -> Result<ControlFlow<()>, SheetError> {
        let sheet = self.sheets.len() - 1;
        let mut row = 0;
        loop {
            match self.next()? {
                Event::Start(tag) => {
                    let tag = tag.into_owned();
                    match tag.name().as_ref() {
                        "table:table-row" => {
                            let (line, same) = self.row(&tag, row)?;
                            if hand_over(&line, same, &mut |line| with(sheet, line))?.is_break() {
                                return Ok(ControlFlow::Break(()));
                            }
                            row = row.saturating_add(same).min(ROWS_MAX);
                        }
                        // Drawings may have tables of their own in them.
                        "table:shapes" | "office:forms" | "table:table" => self.skip(&tag)?,
                        _ => {}
                    }
                }
                Event::End(tag) if tag.name().as_ref() == "table:table" => return Ok(ControlFlow::Continue(())),
                Event::Eof => return Err(damaged("a table is not closed")),
                _ => {}
            }
        }
    }

    /// A row, and how often it stands there. Cells beyond the last that can be are an error only if they hold anything.
    fn row(&mut self, tag: &BytesStart, row: u32) -> Result<(Line, u32), SheetError> {
        let same = repeated(tag, "table:number-rows-repeated")?;
        let is_hidden = attribute(tag, "table:visibility")?.is_some_and(|shown| shown != "visible");
        let mut line = Line { found: Found { row, cells: Vec::new() }, is_hidden, merged: Vec::new() };
        let (mut column, mut bytes) = (0_u32, 0_usize);
        loop {
            let tag = match self.next()? {
                Event::Start(tag) => tag.into_owned(),
                Event::End(tag) if tag.name().as_ref() == "table:table-row" => break,
                Event::Eof => return Err(damaged("a table is not closed")),
                _ => continue,
            };
            if !matches!(tag.name().as_ref(), "table:table-cell" | "table:covered-table-cell") {
                self.skip(&tag)?;
                continue;
            }
            let times = repeated(&tag, "table:number-columns-repeated")?;
            line.merged.extend(merged(&tag, row, column)?);
            let value = self.cell(&tag)?;
            let end = column.saturating_add(times);
            if value != Value::Empty {
                bytes = bytes
                    .saturating_add(value.text().len().saturating_mul(usize::try_from(times).unwrap_or(usize::MAX)));
                if end > COLUMNS_MAX || bytes > ROW_BYTES_MAX {
                    return Err(self.too_large());
                }
                line.found.cells.extend((column..end).map(|column| (column, value.clone())));
            }
            column = end.min(COLUMNS_MAX);
        }
        let is_absurd = same > SAME_ROWS_MAX || row.saturating_add(same) > ROWS_MAX;
        if is_absurd && !line.found.cells.is_empty() {
            return Err(self.too_large());
        }
        Ok((line, same))
    }

    fn too_large(&self) -> SheetError {
        SheetError::SheetTooLarge { sheet: self.sheets.last().map(|sheet| sheet.name.clone()).unwrap_or_default() }
    }

    /// A cell: what its attributes say, or else what is written in it.
    fn cell(&mut self, tag: &BytesStart) -> Result<Value, SheetError> {
        let said = |name: &str| attribute(tag, name);
        let kind = said("office:value-type")?;
        let is_error = said("calcext:value-type")?.is_some_and(|kind| kind == "error");
        let text = self.text(tag)?;
        if is_error {
            return Ok(Value::Error(text));
        }
        let number = |name: &str| -> Result<Value, SheetError> {
            let written = said(name)?.ok_or_else(|| damaged("a number without a value"))?;
            Ok(Value::from_number(written.trim().parse().map_err(damaged)?))
        };
        match kind.as_deref() {
            Some("float" | "percentage" | "currency") => number("office:value"),
            Some("boolean") => Ok(Value::Bool(said("office:boolean-value")?.is_some_and(|value| value == "true"))),
            Some("date") => Ok(from_moment(&said("office:date-value")?.unwrap_or(text))),
            Some("time") => Ok(from_duration(&said("office:time-value")?.unwrap_or(text))),
            Some(_) => Ok(Value::from_text(said("office:string-value")?.unwrap_or(text))),
            None if text.is_empty() && said("table:formula")?.is_some() => Ok(Value::Error(WITHOUT_VALUE.to_owned())),
            None => Ok(Value::from_text(text)),
        }
    }

    /// The text of a cell: its paragraphs, a line each. Notes, drawings and how a word is spoken are not part of it.
    fn text(&mut self, cell: &BytesStart) -> Result<String, SheetError> {
        let mut text = Paragraphs::default();
        loop {
            match self.next()? {
                Event::Start(tag) => {
                    let tag = tag.into_owned();
                    match tag.name().as_ref() {
                        "text:p" | "text:h" => text.begin(),
                        "text:s" => text.spaces(repeated(&tag, "text:c")?),
                        "text:tab" => text.mark('\t'),
                        "text:line-break" => text.mark('\n'),
                        name if name.starts_with("draw:") => self.skip(&tag)?,
                        "office:annotation" | "text:ruby-text" | "table:table" => self.skip(&tag)?,
                        _ => {}
                    }
                }
                Event::End(tag) if tag.name() == cell.name() => return Ok(text.text),
                Event::End(tag) if matches!(tag.name().as_ref(), "text:p" | "text:h") => text.end(),
                Event::Text(piece) => text.push(&piece.xml10_content()),
                Event::CData(piece) => text.push(&piece.xml10_content()),
                Event::GeneralRef(entity) => {
                    let known = entity.resolve_char_ref().map_err(damaged)?.map(String::from);
                    let named = || quick_xml::escape::resolve_predefined_entity(entity.as_ref()).map(str::to_owned);
                    text.push(&known.or_else(named).ok_or_else(|| damaged("an entity that is not known"))?);
                }
                Event::Eof => return Err(damaged("a cell is not closed")),
                _ => {}
            }
            if text.text.len() > CELL_BYTES_MAX {
                return Err(SheetError::CellTooLarge { entry: CONTENT.to_owned() });
            }
        }
    }

    fn skip(&mut self, tag: &BytesStart) -> Result<(), SheetError> {
        self.buffer.clear();
        self.reader.read_to_end_into(tag.name(), &mut self.buffer).map(|_| ()).map_err(from_xml)
    }
}

/// Hands a row over as often as it stands there, if it holds anything.
fn hand_over(
    line: &Line,
    same: u32,
    with: &mut dyn FnMut(Line) -> Result<ControlFlow<()>, SheetError>,
) -> Result<ControlFlow<()>, SheetError> {
    if line.found.cells.is_empty() {
        return Ok(ControlFlow::Continue(()));
    }
    for row in line.found.row..line.found.row + same {
        let found = Found { row, cells: line.found.cells.clone() };
        let merged = if row == line.found.row { line.merged.clone() } else { Vec::new() };
        if with(Line { found, is_hidden: line.is_hidden, merged })?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// How many cells, rows or spaces an element stands for: at least one.
fn repeated(tag: &BytesStart, name: &str) -> Result<u32, SheetError> {
    let Some(times) = attribute(tag, name)? else { return Ok(1) };
    times.trim().parse::<u32>().map(|times| times.max(1)).map_err(damaged)
}

fn merged(tag: &BytesStart, row: u32, column: u32) -> Result<Option<Merged>, SheetError> {
    let rows = repeated(tag, "table:number-rows-spanned")?;
    let columns = repeated(tag, "table:number-columns-spanned")?;
    let last = |first: u32, count: u32| first.saturating_add(count - 1);
    let range =
        Merged { first_row: row, last_row: last(row, rows), first_column: column, last_column: last(column, columns) };
    Ok((rows > 1).then_some(range))
}

/// `OpenDocument`'s white space: several in a row are one, and none stand at the ends of a paragraph, unless they are written
/// as elements.
#[derive(Default)]
struct Paragraphs {
    text: String,
    count: usize,
    is_inside: bool,
    is_after_space: bool,
}

impl Paragraphs {
    fn begin(&mut self) {
        if self.count > 0 {
            self.text.push('\n');
        }
        self.count += 1;
        self.is_inside = true;
        self.is_after_space = true;
    }

    fn end(&mut self) {
        if self.is_after_space && self.text.ends_with(' ') {
            self.text.pop();
        }
        self.is_inside = false;
    }

    fn push(&mut self, piece: &str) {
        // Between paragraphs there is only how the file is laid out.
        for c in piece.chars().filter(|_| self.is_inside) {
            let is_space = matches!(c, ' ' | '\t' | '\n' | '\r');
            if !is_space {
                self.text.push(c);
            } else if !self.is_after_space {
                self.text.push(' ');
            }
            self.is_after_space = is_space;
        }
    }

    fn spaces(&mut self, count: u32) {
        // More than a cell may have is refused by whoever collects.
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(CELL_BYTES_MAX);
        self.text.extend(std::iter::repeat_n(' ', count));
        self.is_after_space = false;
    }

    fn mark(&mut self, c: char) {
        self.text.push(c);
        self.is_after_space = false;
    }
}

/// A cell that is too large was found below the XML.
fn from_xml(why: quick_xml::Error) -> SheetError {
    let quick_xml::Error::Io(io) = &why else { return damaged(why) };
    match io.get_ref().and_then(|inner| inner.downcast_ref::<SheetError>()) {
        Some(SheetError::CellTooLarge { entry }) => SheetError::CellTooLarge { entry: entry.clone() },
        _ => damaged(why),
    }
}
