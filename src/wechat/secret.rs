//! Secrets as types that cannot be printed, and the redaction of everything that came from outside: the platform
//! echoes tokens in its messages.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
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
        let forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut clean = text.to_owned();
        for form in forms.iter() {
            if clean.contains(form.as_str()) {
                clean = without(&clean, form);
            }
        }
        for key in ["access_token=", "secret="] {
            clean = clean_parameter(&clean, key);
        }
        clean
    }

    /// The same for every string inside a JSON value, keys included.
    #[must_use]
    pub fn clean_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.clean(&text)),
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.clean_value(item)).collect()),
            Value::Object(map) => {
                let clean = |(key, value): (String, Value)| (self.clean(&key), self.clean_value(value));
                Value::Object(map.into_iter().map(clean).collect())
            }
            other => other,
        }
    }
}

/// Plain; percent-encoded with upper and lower case digits; as JSON escapes it; in hex; in base64 of both alphabets, at
/// each of the three places where it can begin in a longer encoded text.
fn forms_of(text: &str) -> Vec<String> {
    let encoded = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let query: String = url_form(text);
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

/// As HTML forms and most query strings write it: unreserved characters stay.
fn url_form(text: &str) -> String {
    const QUERY: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, QUERY).to_string()
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
        let encoded = utf8_percent_encode(TOKEN, NON_ALPHANUMERIC).to_string();
        for form in
            [TOKEN.to_owned(), encoded.clone(), lower_escapes(&encoded), url_form(TOKEN), STANDARD.encode(TOKEN)]
        {
            let clean = redactor().clean(&format!("invalid credential [{form}] rid: 1"));
            assert!(!clean.contains(&form) && clean.contains(REDACTED), "{form} -> {clean}");
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
