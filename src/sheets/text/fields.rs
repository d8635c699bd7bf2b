//! A row's fields as nearly all programs write them, borrowed from the text: no quotation mark, or one at each end. A field
//! with anything behind its closing mark is for the csv reader, which knows what people make of it.

use std::borrow::Cow;

use memchr::{memchr, memchr3};

/// The fields of the row that begins `text`, each given to `field`, and how many bytes the row has with its line's end.
/// `None` if a field is written otherwise: then what was given is to be forgotten.
pub(super) fn plain_row<'t>(text: &'t str, delimiter: u8, mut field: impl FnMut(Cow<'t, str>)) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let (value, end) = if bytes.get(at) == Some(&b'"') {
            quoted(text, at + 1)?
        } else {
            let rest = bytes.get(at..)?;
            let end = at + memchr3(delimiter, b'\n', b'\r', rest).unwrap_or(rest.len());
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
        if row_end.is_some() {
            return row_end;
        }
        at = end + 1;
    }
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
        Some((fields, length))
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
        fn a_row_is_what_the_csv_reader_says_it_is(text in "[a店,\"\r\n]{1,30}") {
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
