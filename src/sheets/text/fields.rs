//! A row's fields as nearly all programs write them, borrowed from the text: no quotation mark, or one at each end. A field
//! with anything behind its closing mark is for the csv reader, which knows what people make of it.

use std::borrow::Cow;

use memchr::{memchr, memchr3};

/// How many bytes a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlainRow {
    /// Without its line's end.
    pub(super) fields_end: usize,
    /// With it.
    pub(super) row_end: usize,
}

/// The fields of the row that begins `text`, each given to `field`, and how long the row is. `None` if a field is written
/// otherwise: then what was given is to be forgotten.
pub(super) fn plain_row<'t>(text: &'t str, delimiter: u8, mut field: impl FnMut(Cow<'t, str>)) -> Option<PlainRow> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let (value, end) = if bytes.get(at) == Some(&b'"') {
            quoted(text, at + 1)?
        } else {
            let end = at + length_of_field(bytes.get(at..)?, delimiter);
            (text.get(at..end)?.into(), end)
        };
        let row_end = match bytes.get(end) {
            Some(byte) if *byte == delimiter => None,
            Some(b'\r') if bytes.get(end + 1) == Some(&b'\n') => Some(end + 2),
            Some(b'\r' | b'\n') => Some(end + 1),
            Some(_) => return None,
            None => Some(end),
        };
        field(value);
        if let Some(row_end) = row_end {
            return Some(PlainRow { fields_end: end, row_end });
        }
        at = end + 1;
    }
}

/// How many bytes come before the delimiter or the line's end. Most fields are short: the first bytes are looked at eight at
/// a time, which takes less than asking for a search.
fn length_of_field(bytes: &[u8], delimiter: u8) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    const SHORT: usize = 32;
    // The lowest bit is that of the first such byte; above it there may be others that are none.
    let is_byte = |word: u64, byte: u8| {
        let zero_where = word ^ (ONES * u64::from(byte));
        zero_where.wrapping_sub(ONES) & !zero_where & HIGH
    };
    let (mut at, short) = (0, &bytes[..bytes.len().min(SHORT)]);
    while let Some(eight) = short.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*eight);
        let ends = is_byte(word, delimiter) | is_byte(word, b'\n') | is_byte(word, b'\r');
        if ends != 0 {
            return at + ends.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = &bytes[at..];
    at + memchr3(delimiter, b'\n', b'\r', rest).unwrap_or(rest.len())
}

/// The field that begins behind an opening mark, and where its closing one ends. Two marks within it stand for one.
fn quoted(text: &str, begin: usize) -> Option<(Cow<'_, str>, usize)> {
    let bytes = text.as_bytes();
    let (mut from, mut is_doubled) = (begin, false);
    loop {
        let mark = from + memchr(b'"', bytes.get(from..)?)?;
        if bytes.get(mark + 1) != Some(&b'"') {
            let inside = text.get(begin..mark)?;
            let value = if is_doubled { inside.replace("\"\"", "\"").into() } else { inside.into() };
            return Some((value, mark + 1));
        }
        (from, is_doubled) = (mark + 2, true);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(text: &str) -> Option<(Vec<String>, usize)> {
        let mut fields = Vec::new();
        let length = plain_row(text, b',', |field| fields.push(field.into_owned()))?;
        Some((fields, length.row_end))
    }

    #[test]
    fn a_row_ends_with_its_line_and_marks_are_taken_off() {
        let told = |fields: &[&str], length| Some((fields.iter().map(ToString::to_string).collect(), length));
        assert_eq!(fields("a,\"b,\n1\",\r\nc"), told(&["a", "b,\n1", ""], 11));
        assert_eq!(fields("a 5\" pipe,\"x\"\"y\"\rc"), told(&["a 5\" pipe", "x\"y"], 17));
        assert_eq!(fields("门店,"), told(&["门店", ""], 7));
    }

    #[test]
    fn what_is_written_otherwise_is_not_judged() {
        for text in ["\"a\"b,c\n", "\"a", "\"a\" ,b\n"] {
            assert_eq!(fields(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_row_is_what_the_csv_reader_says_it_is(text in "[a店,\"\r\n]{1,30}|([a店+\\-]{0,40},){0,4}[a店+\\-]{0,40}[\r\n]{0,2}[a店]{0,3}") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let expected = reader.records().next().map(Result::unwrap);
            // Where lines are empty is for whoever asks.
            let begun = text.trim_start_matches(['\r', '\n']);
            if let Some((row, _)) = fields(begun).filter(|_| !begun.is_empty()) {
                prop_assert_eq!(row, expected.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
            }
        }
    }
}
