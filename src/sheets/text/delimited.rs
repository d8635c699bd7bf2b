//! Rows of text with delimiters: CSV as programs and people really write it.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};

use super::encoding::{holds_undecodable, undecodable};
use super::fields::{PlainRow, plain_row};
use crate::sheets::{Row, Value};

/// The delimiters that are told apart; on a tie the first wins.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// How many rows are looked at to tell the delimiter.
const SNIFFED_ROWS_MAX: usize = 20;

/// The delimiter that cuts the largest share of the first rows into the same number of columns; of equals, the one with
/// more columns. The share and not the count: read with the wrong delimiter, a quoted line break makes rows of its own.
pub(super) fn delimiter(text: &str) -> u8 {
    let score = |delimiter: u8| {
        let (mut widths, mut all) = (std::collections::BTreeMap::new(), 0_usize);
        each_row(text, (delimiter, 1), SNIFFED_ROWS_MAX, |_, record| {
            *widths.entry(record.len()).or_insert(0_usize) += 1;
            all += 1;
        });
        let columns = widths.into_iter().filter(|(width, _)| *width > 1);
        columns.map(|(width, rows)| (rows * 1000 / all.max(1), width)).max()
    };
    // `max_by_key` would take the last of equals.
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| score(*delimiter)).unwrap_or(b',')
}

/// The delimiter that Excel writes into a first line of its own.
pub(super) fn declared(text: &str) -> Option<u8> {
    match text.lines().next()?.trim_matches('"').strip_prefix("sep=")?.as_bytes() {
        [delimiter] => Some(*delimiter),
        _ => None,
    }
}

/// Calls `with` for every row of `text` that holds anything; the text's first row has the number `first`.
pub(super) fn rows(text: &str, delimiter: u8, first: u32, with: impl FnMut(&Row<'_>)) {
    if holds_undecodable(text) {
        cut(text, (delimiter, first), marked, with);
    } else {
        cut(text, (delimiter, first), Value::Text, with);
    }
}

/// The same; `value` is what a field is that holds anything.
fn cut<'t>(
    text: &'t str,
    (delimiter, first): (u8, u32),
    value: impl Fn(Cow<'t, str>) -> Value<'t>,
    mut with: impl FnMut(&Row<'_>),
) {
    let (mut at, mut number, mut cells) = (0, first, Vec::new());
    loop {
        let empty = empty_lines(text.as_bytes(), at);
        (at, number) = (empty.end, number.saturating_add(empty.lines));
        let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) else { return };
        let mut column = 0;
        let row = plain_row(rest, delimiter, |field| {
            if !field.is_empty() {
                cells.push((column, value(field)));
            }
            column += 1;
        });
        let Some(PlainRow { fields_end, row_end }) = row else {
            return odd_rows(rest, (delimiter, number), with);
        };
        if !cells.is_empty() {
            let row = Row::of_text(number, &rest[..fields_end], cells);
            with(&row);
            cells = row.into_cells();
            cells.clear();
        }
        (at, number) = (at + row_end, number.saturating_add(1));
    }
}

/// The same for a text whose first row is written as people write it.
fn odd_rows(text: &str, manner: (u8, u32), mut with: impl FnMut(&Row<'_>)) {
    each_row(text, manner, usize::MAX, |number, record| {
        let fields = (0..).zip(record).filter(|(_, field)| !field.is_empty());
        let cells: Vec<_> = fields.map(|(column, field)| (column, marked(field.into()))).collect();
        if !cells.is_empty() {
            with(&Row::new(number, cells));
        }
    });
}

fn marked(field: Cow<'_, str>) -> Value<'_> {
    match undecodable(&field) {
        Some(shown) => Value::Undecodable(shown),
        None => Value::Text(field),
    }
}

/// Calls `with` for the first `limit` rows that are not empty lines, with their numbers.
fn each_row(text: &str, (delimiter, first): (u8, u32), limit: usize, mut with: impl FnMut(u32, &StringRecord)) {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter);
    let mut reader = builder.from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut number = first;
    for _ in 0..limit {
        // Reading text from memory, with any number of fields allowed, does not fail.
        if !matches!(reader.read_record(&mut record), Ok(true)) {
            return;
        }
        let start = record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        number = number.saturating_add(empty_lines(text.as_bytes(), start).lines);
        with(number, &record);
        number = number.saturating_add(1);
    }
}

/// Lines without a character.
struct EmptyLines {
    lines: u32,
    /// Where the first line begins that is none of them.
    end: usize,
}

/// The csv reader passes over empty lines without a word, but a spreadsheet program counts them.
fn empty_lines(bytes: &[u8], start: usize) -> EmptyLines {
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
            _ => return EmptyLines { lines, end: at },
        };
        lines = lines.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u32, Vec<String>)> {
        let mut all = Vec::new();
        rows(text, delimiter(text), 1, |row| {
            all.push((row.number, row.cells().map(|(_, value)| value.text().to_owned()).collect()));
        });
        all
    }

    #[test]
    fn a_quoted_line_break_beside_semicolons_does_not_make_the_comma_lose() {
        let text = "poi_id,address,photos\n1,\"a;\nb\",\"http://a;b\nhttp://c;d\"\n";
        assert_eq!(delimiter(text), b',');
        assert_eq!(delimiter("poi_id;address\n1;a,b,c\n2;d,e,f\n"), b';');
    }

    fn row(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
        (number, cells.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_row_keeps_its_number_across_line_breaks_in_quotes_and_empty_lines() {
        let expected = [row(1, &["a", "b"]), row(2, &["x\r\ny", "1"]), row(5, &["z", "2"]), row(6, &["w", "3"])];
        assert_eq!(read("a,b\r\n\"x\r\ny\",1\r\n\r\n\r\nz,2\r\nw,3"), expected);
        let expected = [row(3, &["a", "b"]), row(5, &["c", "d"])];
        assert_eq!(read("\n\na,b\n\nc,d\n\n"), expected);
        assert_eq!(read("\n\ra,b\r\rc,d\r"), expected);
    }

    #[test]
    fn the_delimiter_is_the_one_that_makes_the_most_even_columns() {
        assert_eq!(read("a;b\n1,5;2\n"), [row(1, &["a", "b"]), row(2, &["1,5", "2"])]);
        assert_eq!(read("a\tb\nx,y,z\t1\n"), [row(1, &["a", "b"]), row(2, &["x,y,z", "1"])]);
        assert_eq!(read("a,b\n\"x;y\",1\n"), [row(1, &["a", "b"]), row(2, &["x;y", "1"])]);
        assert_eq!(read("only\none\n"), [row(1, &["only"]), row(2, &["one"])]);
    }

    #[test]
    fn excels_own_line_declares_the_delimiter() {
        assert_eq!(declared("sep=;\r\na;b\r\n"), Some(b';'));
        assert_eq!(declared("sep=\t\na\tb\n"), Some(b'\t'));
        assert_eq!(declared("sep,b\n"), None);
    }
}
