//! Secrets as types that cannot be printed, and the redaction of everything that came from outside: the platform
//! echoes tokens in its messages.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// A secret or a token. `Debug` and `Display` never show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes the text without surrounding white space; `None` if nothing is left.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.into()))
    }

    /// The text itself; for the request, and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// What stands where a secret stood.
pub const REDACTED: &str = "[redacted]";

/// Keys of the platform's bodies that hold what nobody else may see.
const SECRET_KEYS: [&str; 8] = [
    "access_token",
    "refresh_token",
    "component_access_token",
    "authorizer_access_token",
    "authorizer_refresh_token",
    "secret",
    "appsecret",
    "component_appsecret",
];

/// The value without what stands under such a key, however deep.
fn hidden(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let hide = |(key, value): (String, Value)| {
                let is_secret = SECRET_KEYS.contains(&key.as_str());
                let value = if is_secret { Value::from(REDACTED) } else { hidden(value) };
                (key, value)
            };
            Value::Object(map.into_iter().map(hide).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(hidden).collect()),
        other => other,
    }
}

/// A shorter secret is no secret, and its text could stand in an address by chance.
const SECRET_CHARS_MIN: usize = 6;

/// Knows every secret and token of this run and takes them out of text, in every form in which they could stand there.
#[derive(Clone, Default)]
pub struct Redactor(Arc<Mutex<Vec<String>>>);

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    /// Learns a secret; it is taken out of everything from now on.
    pub fn learn(&self, secret: &Secret) {
        let text = secret.expose();
        if text.chars().count() < SECRET_CHARS_MIN {
            return;
        }
        let mut forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for form in forms_of(text) {
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        // The longest first, so that no form leaves the rest of a longer one behind.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// `text` without any secret, and without the value of any `access_token=` or `secret=`.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        let mut clean = self.without_known(text);
        for key in ["access_token=", "secret="] {
            clean = clean_parameter(&clean, key);
        }
        clean
    }

    /// The same of a body that may be anybody's: JSON without the values of keys that hold tokens and secrets, known here or not.
    #[must_use]
    pub fn clean_body(&self, text: &str) -> String {
        match serde_json::from_str::<Value>(text) {
            Ok(value) => self.clean(&hidden(value).to_string()),
            // Cut off, or no JSON at all: what stands behind such a key cannot be told from the rest.
            Err(_) if SECRET_KEYS.iter().any(|key| text.contains(key)) => REDACTED.to_owned(),
            Err(_) => self.clean(text),
        }
    }

    /// `text` without the secrets of this run, and otherwise as it is: for data that goes on.
    fn without_known(&self, text: &str) -> String {
        let forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut clean = text.to_owned();
        for form in forms.iter() {
            if clean.contains(form.as_str()) {
                clean = without(&clean, form);
            }
        }
        clean
    }

    /// Takes the secrets of this run out of every string inside a JSON value, keys included.
    #[must_use]
    pub fn clean_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.without_known(&text)),
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.clean_value(item)).collect()),
            Value::Object(map) => {
                let clean = |(key, value): (String, Value)| (self.without_known(&key), self.clean_value(value));
                Value::Object(map.into_iter().map(clean).collect())
            }
            other => other,
        }
    }
}

/// Plain; percent-encoded with upper and lower case digits; as JSON escapes it; in hex; in base64 of both alphabets, at
/// each of the three places where it can begin in a longer encoded text.
fn forms_of(text: &str) -> Vec<String> {
    let encoded = percent(text, b"");
    let query = percent(text, b"-_.~");
    let hex = text.bytes().fold(String::new(), |mut hex, b| {
        let _ = write!(hex, "{b:02x}");
        hex
    });
    let mut forms = vec![
        text.to_owned(),
        lower_escapes(&encoded),
        encoded,
        lower_escapes(&query),
        query,
        text.replace('/', "\\/"),
        // As Python's `quote`, as JavaScript's `encodeURIComponent`, encoded twice, and as HTML.
        percent(text, b"-_.~/"),
        percent(text, b"-_.~!'()*"),
        percent(&percent(text, b"-_.~"), b""),
        text.replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('+', "&#43;"),
        json_form(text, false),
        json_form(text, true),
        hex.to_ascii_uppercase(),
        hex,
    ];
    for offset in 0..3 {
        forms.extend(base64_core(text, offset));
    }
    forms.sort();
    forms.dedup();
    forms
}

/// As JSON writes it inside a string, with or without everything beyond ASCII escaped.
fn json_form(text: &str, ascii_only: bool) -> String {
    let quoted = serde_json::Value::String(text.to_owned()).to_string();
    let inner = &quoted[1..quoted.len() - 1];
    let mut out = String::new();
    for c in inner.chars() {
        if ascii_only && !c.is_ascii() {
            let mut units = [0_u16; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Percent-encoded, letters, digits and `kept` excepted.
fn percent(text: &str, kept: &[u8]) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn lower_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits_left = 0;
    for c in text.chars() {
        out.push(if digits_left > 0 { c.to_ascii_lowercase() } else { c });
        digits_left = if c == '%' { 2 } else { i32::max(0, digits_left - 1) };
    }
    out
}

/// The characters of the base64 text that depend on the secret alone, when it begins `offset` bytes into a group.
fn base64_core(text: &str, offset: usize) -> Vec<String> {
    let mut padded = vec![0_u8; offset];
    padded.extend_from_slice(text.as_bytes());
    let first = (offset * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    let core = |encoded: String| encoded.get(first..last).map(str::to_owned);
    let both = [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)];
    both.into_iter().filter_map(core).filter(|core| core.len() >= SECRET_CHARS_MIN).collect()
}

/// `text` without `form`. The characters beside a form in base64 hold some bits of the secret too: up to two on each
/// side, and the padding, go with it.
fn without(text: &str, form: &str) -> String {
    let encoded = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(form) {
        let (before, after) = rest.split_at(at);
        let after = &after[form.len()..];
        let before_cut: usize = before.chars().rev().take(2).take_while(|c| encoded(*c)).map(char::len_utf8).sum();
        let bits: usize = after.chars().take(2).take_while(|c| encoded(*c)).map(char::len_utf8).sum();
        let padding = after[bits..].len() - after[bits..].trim_start_matches('=').len();
        out.push_str(&before[..before.len() - before_cut]);
        out.push_str(REDACTED);
        rest = &after[bits + padding..];
    }
    out.push_str(rest);
    out
}

fn clean_parameter(text: &str, key: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(key) {
        let (before, after) = rest.split_at(at + key.len());
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '&' | '"' | '\'' | ')' | ',' | ';' | '<'));
        let (value, tail) = after.split_at(end.unwrap_or(after.len()));
        out.push_str(before);
        out.push_str(if value.is_empty() { "" } else { REDACTED });
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    #[test]
    fn of_a_body_that_may_be_anybodys_no_token_and_no_secret_is_left_known_or_not() {
        let body = r#"{"access_token":"72_live","expires_in":7200,"list":[{"secret":"abc"}],"poi_id":"1"}"#;
        let clean = Redactor::default().clean_body(body);
        assert_eq!(
            clean,
            r#"{"access_token":"[redacted]","expires_in":7200,"list":[{"secret":"[redacted]"}],"poi_id":"1"}"#
        );
        assert_eq!(Redactor::default().clean_body(r#"{"access_token":"72_li"#), REDACTED, "cut off");
        assert_eq!(Redactor::default().clean_body("{\"errcode\":-1}"), "{\"errcode\":-1}");
    }

    const TOKEN: &str = "75_a+b/c==-Zz09_q";

    fn redactor() -> Redactor {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new(TOKEN).unwrap());
        redactor
    }

    #[test]
    fn a_secret_cannot_be_printed() {
        let secret = Secret::new(" s3cr3t-text ").unwrap();
        assert_eq!(format!("{secret} {secret:?}"), "[secret] [secret]");
        assert_eq!(secret.expose(), "s3cr3t-text");
    }

    #[test]
    fn a_token_is_taken_out_in_every_form() {
        let encoded = percent(TOKEN, b"");
        for form in [
            TOKEN.to_owned(),
            encoded.clone(),
            lower_escapes(&encoded),
            percent(TOKEN, b"-_.~"),
            STANDARD.encode(TOKEN),
        ] {
            let clean = redactor().clean(&format!("invalid credential [{form}] rid: 1"));
            assert!(!clean.contains(&form) && clean.contains(REDACTED), "{form} -> {clean}");
        }
    }

    #[test]
    fn a_secret_with_odd_characters_is_taken_out_as_json_escapes_it_too() {
        let secret = "se/c+r\"e\\té%x";
        let redactor = Redactor::default();
        redactor.learn(&Secret::new(secret).unwrap());
        for form in [serde_json::to_string(secret).unwrap(), r#"se/c+r\"e\\t\u00e9%x"#.to_owned()] {
            assert!(redactor.clean(&form).contains(REDACTED), "{form}");
        }
    }

    #[test]
    fn the_value_of_an_access_token_parameter_goes_even_if_it_is_not_known() {
        let clean = Redactor::default().clean("GET https://h/p?access_token=other&x=1 failed");
        assert_eq!(clean, "GET https://h/p?access_token=[redacted]&x=1 failed");
    }

    #[test]
    fn a_short_text_is_not_taken_for_a_secret() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("12").unwrap());
        assert_eq!(redactor.clean("0571-12"), "0571-12");
    }

    proptest! {
        #[test]
        fn a_token_inside_a_longer_base64_text_leaves_no_part_of_itself(before in "[ -~]{0,9}", after in "[ -~]{0,9}") {
            let whole = format!("{before}{TOKEN}{after}");
            for encoded in [STANDARD.encode(&whole), URL_SAFE.encode(&whole)] {
                let clean = redactor().clean(&encoded);
                let rest: usize = clean.replace(REDACTED, "").len();
                // What is left encodes what stood around the token, and nothing of it.
                prop_assert!(clean.contains(REDACTED) && rest <= (before.len() + after.len()) * 4 / 3 + 2, "{}", clean);
            }
        }
    }
}
