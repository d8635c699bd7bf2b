//! Text with delimiters: CSV as programs and people really write it.

use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};

use super::form::without_bom;
use super::table::Row;
use super::{Book, Form, Sheet, SheetError, Value};

/// The delimiters that are told apart; on a tie the first wins.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// How many rows are looked at to tell the delimiter.
const SNIFFED_ROWS_MAX: usize = 20;

/// Read after the text: a last record that is not this one was swallowed by a quotation mark never closed.
const SENTINEL: &[u8] = b"\n\x01end";

/// Reads UTF-8 text, with or without a byte order mark, as one sheet without a name.
pub(super) fn read(bytes: &[u8]) -> Result<Book, SheetError> {
    let bytes = without_bom(bytes);
    let text = std::str::from_utf8(bytes).map_err(|why| not_utf8(&bytes[..why.valid_up_to()]))?;
    let mut rows = Vec::new();
    let open_quote = each_row(text.as_bytes(), delimiter(text.as_bytes()), usize::MAX, |number, record| {
        let cells = record.iter().zip(0..).map(|(field, column)| (column, field_value(field)));
        let cells: Vec<_> = cells.filter(|(_, value)| *value != Value::Empty).collect();
        if !cells.is_empty() {
            rows.push(Row::new(number, cells));
        }
    });
    match open_quote {
        None => Ok(Book { form: Form::Csv, sheets: vec![Sheet { name: None, rows }] }),
        Some(row) => Err(SheetError::OpenQuote { row }),
    }
}

/// The whole text is known to be UTF-8, and a field's borders are ASCII: nothing is lost here.
fn field_value(field: &[u8]) -> Value {
    Value::from_text(&String::from_utf8_lossy(field))
}

/// Names the row in which the text stops being UTF-8.
fn not_utf8(valid: &[u8]) -> SheetError {
    let mut row = 1;
    each_row(valid, delimiter(valid), usize::MAX, |number, _| row = number);
    let at_line_end = valid.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r'));
    SheetError::NotUtf8 { row: if at_line_end { row + 1 } else { row } }
}

/// The delimiter that cuts most of the first rows into the same number of columns; the more columns, the better.
fn delimiter(bytes: &[u8]) -> u8 {
    let score = |delimiter: u8| {
        let mut widths = std::collections::BTreeMap::new();
        each_row(bytes, delimiter, SNIFFED_ROWS_MAX, |_, record| *widths.entry(record.len()).or_insert(0_usize) += 1);
        widths.into_iter().filter(|(width, _)| *width > 1).map(|(width, rows)| (rows, width)).max()
    };
    // `max_by_key` would take the last of equals.
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| score(*delimiter)).unwrap_or(b',')
}

/// Calls `with` for the first `limit` rows that are not empty lines, with their numbers. Gives the row in which a
/// quotation mark was opened and never closed, if there is one.
fn each_row(bytes: &[u8], delimiter: u8, limit: usize, mut with: impl FnMut(u32, &ByteRecord)) -> Option<u32> {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter);
    let mut reader = builder.from_reader(bytes.chain(SENTINEL));
    let mut record = ByteRecord::new();
    let mut number: u32 = 0;
    for _ in 0..limit {
        // Reading from memory, with any number of fields allowed, does not fail.
        if !matches!(reader.read_byte_record(&mut record), Ok(true)) {
            return Some(number);
        }
        let start = record.position().map_or(0, csv::Position::byte);
        let (empty_lines, content) = skip_empty_lines(bytes, usize::try_from(start).unwrap_or(usize::MAX));
        if content >= bytes.len() {
            return None;
        }
        number = number.saturating_add(1).saturating_add(empty_lines);
        with(number, &record);
    }
    None
}

/// The csv reader passes over empty lines without a word, but a spreadsheet program counts them. Gives their number
/// from `start` on, and where the next row's content begins.
fn skip_empty_lines(bytes: &[u8], start: usize) -> (u32, usize) {
    let mut at = start;
    // The line feed that still belongs to the row before.
    if at > 0 && bytes.get(at - 1) == Some(&b'\r') && bytes.get(at) == Some(&b'\n') {
        at += 1;
    }
    let mut lines: u32 = 0;
    loop {
        at += match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(b'\r' | b'\n'), _) => 1,
            _ => return (lines, at),
        };
        lines = lines.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u32, Vec<String>)> {
        let book = read(text.as_bytes()).unwrap();
        let texts = |row: &Row| row.cells().map(|(_, value)| value.text().to_owned()).collect();
        book.sheets[0].rows.iter().map(|row| (row.number, texts(row))).collect()
    }

    fn row(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
        (number, cells.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_row_keeps_its_number_across_line_breaks_in_quotes_and_empty_lines() {
        let expected = [row(1, &["a", "b"]), row(2, &["x\r\ny", "1"]), row(5, &["z", "2"]), row(6, &["w", "3"])];
        assert_eq!(rows("a,b\r\n\"x\r\ny\",1\r\n\r\n\r\nz,2\r\nw,3"), expected);
        let expected = [row(3, &["a", "b"]), row(5, &["c", "d"])];
        assert_eq!(rows("\n\na,b\n\nc,d\n\n"), expected);
        assert_eq!(rows("\n\ra,b\r\rc,d\r"), expected);
    }

    #[test]
    fn the_delimiter_is_the_one_that_makes_the_most_even_columns() {
        assert_eq!(rows("a;b\n1,5;2\n"), [row(1, &["a", "b"]), row(2, &["1,5", "2"])]);
        assert_eq!(rows("a\tb\nx,y,z\t1\n"), [row(1, &["a", "b"]), row(2, &["x,y,z", "1"])]);
        assert_eq!(rows("a,b\n\"x;y\",1\n"), [row(1, &["a", "b"]), row(2, &["x;y", "1"])]);
        assert_eq!(rows("only\none\n"), [row(1, &["only"]), row(2, &["one"])]);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_header() {
        assert_eq!(rows("\u{feff}poi_id,sid\n"), [row(1, &["poi_id", "sid"])]);
    }

    #[test]
    fn text_that_is_not_utf8_is_an_error_naming_its_row() {
        let error = |bytes: &[u8]| read(bytes).unwrap_err();
        assert!(matches!(error(b"a,b\n\"x\ny\",1\nc,\xC3\xC5"), SheetError::NotUtf8 { row: 3 }));
        assert!(matches!(error(b"a,b\n\xC3\xC5"), SheetError::NotUtf8 { row: 2 }));
        assert!(matches!(error(b"\xC3\xC5"), SheetError::NotUtf8 { row: 1 }));
    }

    #[test]
    fn a_quotation_mark_never_closed_is_an_error_naming_its_row() {
        assert!(matches!(read(b"a,b\n\"x,1\nc,2\n"), Err(SheetError::OpenQuote { row: 2 })));
        assert!(matches!(read(b"\"a"), Err(SheetError::OpenQuote { row: 1 })));
        assert!(read(b"a,b\n\"x\",\"1\"").is_ok());
    }
}
