//! One cell's text, or why it has none that can be used. Ids are text from the first byte to the last: what a
//! program has rounded is a fault, never repaired.

use crate::sheets::Value;
use crate::store::{Code, Field};

/// What a column expects of its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// An id: a rounded number is a fault.
    Id,
    /// Opening hours: a time of day is fine.
    Time,
    /// Any text.
    Text,
}

impl Expect {
    /// What a supplied field expects.
    pub(super) const fn of_field(field: Field) -> Self {
        match field {
            Field::Hour => Self::Time,
            field if field.is_id() => Self::Id,
            _ => Self::Text,
        }
    }
}

/// The cell's text as written, or the code of the fault it has.
pub(super) fn text(value: &Value, expect: Expect) -> Result<&str, Code> {
    match value {
        Value::Text(text) if expect == Expect::Id && went_through_a_float(text) => Err(Code::RoundedNumber),
        Value::Number { rounded: true, .. } if expect == Expect::Id => Err(Code::RoundedNumber),
        Value::DateTime { is_time: true, text } if expect == Expect::Time => Ok(text),
        Value::Bool(_) | Value::DateTime { .. } | Value::Error(_) => Err(Code::UnusableCell),
        Value::Empty | Value::Text(_) | Value::Number { .. } => Ok(value.text()),
    }
}

/// Whether a text is what programs make of an id that was a number on its way: `2.88074E+18`, or
/// `2880741500279549184.0`.
///
/// An `E` alone is no sign of it: merchants number floors `1E01`, and licence numbers hold letters.
pub(super) fn went_through_a_float(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.trim();
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if let Some((mantissa, exponent)) = unsigned.split_once(['e', 'E']) {
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_marked = !fraction.is_empty() || exponent.starts_with('+');
        let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
        let is_number = digits(whole) && (fraction.is_empty() || digits(fraction)) && digits(exponent);
        return is_number && whole.len() == 1 && exponent.len() <= 3 && is_marked;
    }
    let is_zero = |fraction: &str| !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    unsigned.split_once('.').is_some_and(|(whole, fraction)| whole.len() > 15 && digits(whole) && is_zero(fraction))
}

/// The pictures in a cell: URLs separated by line breaks, or by other separators before the next URL.
pub(super) fn pictures(text: &str) -> Vec<String> {
    let is_separator = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '，' | '；' | '、');
    let mut urls = Vec::new();
    for line in text.lines() {
        let mut begin = 0;
        for (at, c) in line.char_indices().filter(|(_, c)| is_separator(*c)) {
            let next = at + c.len_utf8();
            if line[next..].starts_with("http://") || line[next..].starts_with("https://") {
                urls.push(&line[begin..at]);
                begin = next;
            }
        }
        urls.push(&line[begin..]);
    }
    let trimmed = urls.into_iter().map(|url| url.trim_matches(is_separator));
    trimmed.filter(|url| !url.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_scientific_notation_was_a_number_once() {
        for text in ["2.88074E+18", "2.8807415002795491e+18", "2.88074150027954918E18", "2880741500279549184.0"] {
            assert!(went_through_a_float(text), "{text}");
        }
        for text in
            ["1E01", "2880741500279549033", "913301062E12345678", "91330106MA27E1234X", "472671857.0", "E+1", ""]
        {
            assert!(!went_through_a_float(text), "{text}");
        }
    }

    #[test]
    fn only_ids_mind_a_rounded_number_and_only_hours_take_a_time() {
        let rounded = Value::Number { text: "2.8E+18".into(), rounded: true };
        assert_eq!(text(&rounded, Expect::Id), Err(Code::RoundedNumber));
        assert_eq!(text(&rounded, Expect::Text), Ok("2.8E+18"));
        let time = Value::DateTime { text: "09:00".into(), is_time: true };
        assert_eq!(text(&time, Expect::Time), Ok("09:00"));
        assert_eq!(text(&time, Expect::Text), Err(Code::UnusableCell));
        assert_eq!(text(&Value::Error("#N/A".into()), Expect::Text), Err(Code::UnusableCell));
    }

    #[test]
    fn pictures_are_told_apart_by_line_breaks_and_separators_before_a_url() {
        let urls = ["http://a/0?x=1,2", "http://b/0", "https://c/0"];
        assert_eq!(pictures("http://a/0?x=1,2\nhttp://b/0;\r\n https://c/0 "), urls);
        assert_eq!(pictures("http://a/0?x=1,2，http://b/0; https://c/0"), urls);
        assert_eq!(pictures(" \n"), Vec::<String>::new());
    }
}
