//! One cell's text, or why it has none that can be used. Ids are text from the first byte to the last: what a
//! program has rounded is a fault, never repaired.

use std::borrow::Cow;

use crate::sheets::Value;
use crate::store::{Code, Field, trimmed};

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

/// The cell's text, or the code of the fault it has. What nobody sees is left out of it; what is an id is in half-width
/// letters and digits.
pub(super) fn text<'v>(value: &'v Value<'_>, expect: Expect) -> Result<Cow<'v, str>, Code> {
    match value {
        Value::Text(text) => {
            let text = visible(text);
            let text = if expect == Expect::Id { half_width(text) } else { text };
            if expect == Expect::Id && went_through_a_float(&text) { Err(Code::RoundedNumber) } else { Ok(text) }
        }
        Value::Number { rounded: true, .. } if expect == Expect::Id => Err(Code::RoundedNumber),
        Value::DateTime { is_time: true, text } if expect == Expect::Time => Ok(text.into()),
        Value::Undecodable(_) => Err(Code::UndecodableBytes),
        Value::Bool(_) | Value::DateTime { .. } | Value::Error(_) => Err(Code::UnusableCell),
        Value::Empty | Value::Number { .. } => Ok(value.text().into()),
    }
}

/// Whether there is something in the text that nobody sees and that [`text`] leaves out.
pub(super) fn holds_invisible(value: &Value<'_>) -> bool {
    matches!(value, Value::Text(text) if has_invisible(text))
}

/// Control characters and those of no width; line breaks and tabs are white space.
fn is_invisible(c: char) -> bool {
    match c {
        '\n' | '\r' | '\t' | ' '..='~' => false,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' => true,
        '\u{FDD0}'..='\u{FDEF}' | '\u{FFFE}' | '\u{FFFF}' => true,
        c => c.is_control(),
    }
}

/// Whether there is nothing in the text that [`text`] would leave out or narrow, as far as its bytes tell without a closer
/// look.
pub(super) fn is_plain(text: &str) -> bool {
    // What nobody sees, and signs of full width, begin with one of these.
    let may_be = |byte: u8| byte < b' ' || matches!(byte, 0x7F | 0xC2 | 0xE2 | 0xE3 | 0xEF);
    // Each byte whatever came before it: a processor looks at many at once.
    !text.bytes().fold(false, |any, byte| any | may_be(byte))
}

/// The same as [`text`] for a cell of a row that [`is_plain`].
pub(super) fn plain_text<'v>(value: &'v Value<'_>, expect: Expect) -> Result<Cow<'v, str>, Code> {
    match value {
        Value::Text(text) if expect == Expect::Id && went_through_a_float(text) => Err(Code::RoundedNumber),
        Value::Text(text) => Ok(Cow::Borrowed(text)),
        other => self::text(other, expect),
    }
}

fn has_invisible(text: &str) -> bool {
    // Each such character is one of these bytes in UTF-8, or begins with one. Hardly any text has one: it is not looked at
    // character by character.
    let may_be = |byte: u8| byte < b' ' || matches!(byte, 0x7F | 0xC2 | 0xE2 | 0xEF);
    text.bytes().fold(false, |any, byte| any | may_be(byte)) && text.contains(is_invisible)
}

fn visible(text: &str) -> Cow<'_, str> {
    if has_invisible(text) {
        return text.chars().filter(|c| !is_invisible(*c)).collect::<String>().into();
    }
    text.into()
}

/// The text with what nobody sees in it made visible, by its number in Unicode: `0571[U+200B]88881234`.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return text.into();
    }
    let shown = |c: char| if is_invisible(c) { format!("[U+{:04X}]", u32::from(c)) } else { c.to_string() };
    text.chars().map(shown).collect::<String>().into()
}

pub(super) fn half_width(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() || text.chars().all(|c| !matches!(c, '！'..='～' | '\u{3000}')) {
        return text;
    }
    let narrow = |c: char| match c {
        '\u{3000}' => ' ',
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        c => c,
    };
    text.chars().map(narrow).collect::<String>().into()
}

/// An id of 16 digits and more, and whether it ends as a rounded one does.
pub(super) fn long_id(text: &str) -> Option<bool> {
    const LONG: usize = 16;
    let text = trimmed(text);
    (text.len() >= LONG && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.ends_with("0000"))
}

/// Whether a text is what programs make of an id that was a number on its way: `2.88074E+18`, or
/// `2880741500279549184.0`.
///
/// An `E` alone is no sign of it: merchants number floors `1E01`, and licence numbers hold letters.
pub(super) fn went_through_a_float(text: &str) -> bool {
    if !text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
        return false;
    }
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
    if let Some(alone) = one_url(text) {
        let ends_in_one = alone.ends_with(is_separator);
        return vec![if ends_in_one { alone.trim_matches(is_separator) } else { alone }.to_owned()];
    }
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

/// The text, if it is a single URL: nothing can stand between two.
fn one_url(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("http").filter(|rest| rest.starts_with("://") || rest.starts_with("s://"))?;
    let bytes = rest.as_bytes();
    let begins = memchr::memchr_iter(b':', bytes).filter(|at| bytes[at + 1..].starts_with(b"//")).take(2).count();
    (begins == 1 && !bytes.contains(&b'\n')).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        assert_eq!(text(&rounded, Expect::Text), Ok("2.8E+18".into()));
        let time = Value::DateTime { text: "09:00".into(), is_time: true };
        assert_eq!(text(&time, Expect::Time), Ok("09:00".into()));
        assert_eq!(text(&time, Expect::Text), Err(Code::UnusableCell));
        assert_eq!(text(&Value::Error("#N/A".into()), Expect::Text), Err(Code::UnusableCell));
    }

    #[test]
    fn what_nobody_sees_is_left_out_and_ids_are_half_width() {
        let cell = |text: &'static str| Value::Text(text.into());
        assert_eq!(text(&cell("\u{FEFF}4726\u{200B}71857\u{7}"), Expect::Id), Ok("472671857".into()));
        assert_eq!(text(&cell("４７２６７１８５７　"), Expect::Id), Ok("472671857 ".into()));
        assert_eq!(text(&cell("西湖\u{202E}店\n２楼"), Expect::Text), Ok("西湖店\n２楼".into()));
        assert!(holds_invisible(&cell("a\u{200B}")) && !holds_invisible(&cell("a\n\tb　c")));
        assert_eq!(shown("0571\u{200B}-8888\u{7}\u{E0001}"), "0571[U+200B]-8888[U+0007]\u{E0001}");
        assert_eq!(text(&Value::Undecodable("a\\xC3".into()), Expect::Text), Err(Code::UndecodableBytes));
    }

    #[test]
    fn a_long_id_may_look_rounded() {
        assert_eq!(long_id("2880741500279550000"), Some(true));
        assert_eq!(long_id(" 2880741500279549033 "), Some(false));
        assert_eq!((long_id("472670000"), long_id("91330100MA2800000X")), (None, None));
    }

    #[test]
    fn pictures_are_told_apart_by_line_breaks_and_separators_before_a_url() {
        let urls = ["http://a/0?x=1,2", "http://b/0", "https://c/0"];
        assert_eq!(pictures("http://a/0?x=1,2\nhttp://b/0;\r\n https://c/0 "), urls);
        assert_eq!(pictures("http://a/0?x=1,2，http://b/0; https://c/0"), urls);
        assert_eq!(pictures(" \n"), Vec::<String>::new());
        assert_eq!(pictures("https://a/0?x=1,2 ; "), ["https://a/0?x=1,2"]);
        assert_eq!(pictures("httpd.jpg http://b/0"), ["httpd.jpg", "http://b/0"]);
    }

    proptest! {
        #[test]
        fn what_nobody_sees_is_found_by_its_bytes_wherever_it_is(text in "([a-z店，]|\\PC|\\p{C}){0,20}") {
            prop_assert_eq!(has_invisible(&text), text.contains(is_invisible));
            let value = Value::Text(text.as_str().into());
            if is_plain(&text) {
                prop_assert!(!has_invisible(&text));
                for expect in [Expect::Id, Expect::Time, Expect::Text] {
                    prop_assert_eq!(plain_text(&value, expect), super::text(&value, expect));
                }
            }
        }
    }
}
