//! JSON as the platform writes it: sometimes with raw control characters inside strings, a byte order mark, broken
//! UTF-8, and numbers as strings.

use std::collections::HashSet;
use std::fmt::{self, Write as _};

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Parses one JSON document, mending what the platform is known to get wrong: raw control characters inside strings
/// are kept (escaped first), a byte order mark is skipped, broken UTF-8 becomes U+FFFD.
pub fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_str(&mended(bytes))
}

/// Parses documents that stand one after the other: JSON Lines, or simply concatenated.
pub fn parse_many(bytes: &[u8]) -> Result<Vec<Value>, serde_json::Error> {
    serde_json::Deserializer::from_str(&mended(bytes)).into_iter::<Value>().collect()
}

/// A key that stands twice in one object of these documents, if there is one: which of the two values was meant nobody can
/// tell, and a parser takes the last without a word.
#[must_use]
pub fn key_twice(bytes: &[u8]) -> Option<String> {
    let text = mended(bytes);
    let mut documents = serde_json::Deserializer::from_str(&text).into_iter::<Once>();
    let error = documents.find_map(Result::err)?.to_string();
    let (_, after) = error.split_once(TWICE)?;
    Some(after.split_once('\u{1}').map_or(after, |(key, _)| key).to_owned())
}

/// Before the key in the error of [`Once`].
const TWICE: &str = "stands twice: \u{1}";

/// Any value in which no key stands twice.
struct Once;

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Once;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Once, A::Error> {
                let mut seen = HashSet::new();
                while let Some(key) = entries.next_key::<String>()? {
                    entries.next_value::<Once>()?;
                    if let Some(key) = seen.replace(key) {
                        return Err(A::Error::custom(format!("{TWICE}{key}\u{1}")));
                    }
                }
                Ok(Once)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Once, A::Error> {
                while elements.next_element::<Once>()?.is_some() {}
                Ok(Once)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Once, E> {
                Ok(Once)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Once, E> {
                Ok(Once)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Once, E> {
                Ok(Once)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Once, E> {
                Ok(Once)
            }

            fn visit_str<E>(self, _: &str) -> Result<Once, E> {
                Ok(Once)
            }

            fn visit_unit<E>(self) -> Result<Once, E> {
                Ok(Once)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The text that is parsed: see [`parse`]. What needs no mending stays as it is.
#[must_use]
pub fn mended(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        if in_string && c < ' ' {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
            escaped = false;
            continue;
        }
        match c {
            '"' if !escaped => in_string = !in_string,
            // Outside a string a control character other than white space is noise.
            _ if !in_string && c < ' ' && !matches!(c, '\n' | '\r' | '\t') => continue,
            _ => {}
        }
        escaped = in_string && c == '\\' && !escaped;
        out.push(c);
    }
    out
}

/// A string, a number or a truth value as text, to the last digit; `None` for null, arrays, objects, and for numbers
/// that are not whole (an id that went through a float is no id).
#[must_use]
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A whole number, written as a number or as text.
#[must_use]
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Any number, written as a number or as text: degrees, not ids.
#[must_use]
pub fn decimal(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn raw_control_characters_inside_strings_are_kept() {
        let value = parse(b"{\"a\":\"x\ny\x01\",\"b\":1}").unwrap();
        assert_eq!(value, json!({"a": "x\ny\u{1}", "b": 1}));
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        let value = parse(br#"{"a":"x\"y\\","b":"z"}"#).unwrap();
        assert_eq!(value, json!({"a": "x\"y\\", "b": "z"}));
    }

    #[test]
    fn a_byte_order_mark_and_noise_between_tokens_are_skipped() {
        assert_eq!(parse(b"\xEF\xBB\xBF{\x02\"a\":\x003}").unwrap(), json!({"a": 3}));
    }

    #[test]
    fn documents_may_stand_one_after_the_other() {
        assert_eq!(parse_many(b"{\"a\":1}\n{\"a\":2}{\"a\":3}").unwrap().len(), 3);
        assert!(parse_many(b"{\"a\":1}\n<html>").is_err());
    }

    #[test]
    fn a_key_that_stands_twice_in_one_object_is_named_wherever_it_is() {
        assert_eq!(key_twice(br#"{"a":1}{"b":[{"poi_id":1,"poi_id":2}]}"#).as_deref(), Some("poi_id"));
        assert_eq!(key_twice(br#"{"a":{"b":1},"c":{"b":2},"d":[null,1.5,true,-1,"x"]}"#), None);
        assert_eq!(key_twice(b"{\"a\":"), None);
    }

    #[test]
    fn numbers_and_text_are_the_same_to_the_last_digit() {
        assert_eq!(text(&json!(2_880_741_500_279_549_033_u64)).as_deref(), Some("2880741500279549033"));
        assert_eq!(text(&json!("007")).as_deref(), Some("007"));
        assert_eq!(text(&json!(2.88e18)), None);
        assert_eq!(
            (decimal(&json!("113.5")), decimal(&json!(2)), decimal(&json!("NaN"))),
            (Some(113.5), Some(2.0), None)
        );
        assert_eq!((integer(&json!("3")), integer(&json!(3)), integer(&json!("x"))), (Some(3), Some(3), None));
    }
}
