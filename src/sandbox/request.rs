//! A request as the platform sees it: method, path, parameters and the JSON in its body. Nothing here knows HTTP.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::answer::Refusal;
use crate::wire::Endpoint;

/// How a request asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// Anything else, which the platform refuses.
    Other,
}

impl Method {
    /// The method with this name.
    pub fn from_name(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "POST" => Self::Post,
            _ => Self::Other,
        }
    }

    /// The name, as the log of calls writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Other => "OTHER",
        }
    }
}

/// A file that came with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// All of it.
    pub bytes: Vec<u8>,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// How it asks.
    pub method: Method,
    /// The path, with its leading slash and without parameters.
    pub path: String,
    params: Vec<(String, String)>,
    form: Result<Map<String, Value>, Refusal>,
    file: Option<File>,
    /// Whether the body writes text as `\u` escapes.
    pub is_escaped: bool,
}

impl Request {
    /// Takes a request; `query` is what stands behind the `?`, still encoded.
    pub fn new(method: Method, path: &str, query: &str, body: &[u8]) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let params = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let params = params.map(|(key, value)| (decoded(key), decoded(value))).collect();
        let form = if method == Method::Get { Ok(Map::new()) } else { object(body) };
        Self { method, path: path.to_owned(), params, form, file: None, is_escaped: is_escaped(body) }
    }

    /// A request whose body was a form with a file in its field `media`.
    pub fn with_file(method: Method, path: &str, query: &str, file: Option<File>) -> Self {
        Self { file, ..Self::new(method, path, query, b"{}") }
    }

    /// The file that came with it.
    pub fn file(&self) -> Option<&File> {
        self.file.as_ref()
    }

    /// The endpoint it asks for, if the platform has one there.
    pub fn endpoint(&self) -> Option<Endpoint> {
        Endpoint::ALL.into_iter().find(|endpoint| endpoint.path() == self.path)
    }

    /// The value of a parameter in the URL; an empty one counts as absent.
    pub fn param(&self, key: &str) -> Option<&str> {
        let found = self.params.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The JSON object in the body of a POST; a GET has none. 44002 for an empty body, 47001 for anything that is not
    /// an object.
    pub fn form(&self) -> Result<&Map<String, Value>, Refusal> {
        self.form.as_ref().map_err(Clone::clone)
    }
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::of(44002));
    }
    serde_json::from_slice(body).map_err(|_| Refusal::of(47001))
}

/// Whether text is written as `\u` escapes where it need not be; control characters have no other way.
fn is_escaped(body: &[u8]) -> bool {
    let mut bytes = body.iter();
    while let Some(byte) = bytes.next() {
        if *byte == b'\\' && bytes.next() == Some(&b'u') && bytes.as_slice().get(..2) != Some(b"00") {
            return true;
        }
    }
    false
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_empty_ones_are_absent() {
        let request = Request::new(Method::Get, "/cgi-bin/token", "appid=wx%2D1&secret=&a=b+c", b"");
        assert_eq!(request.param("appid"), Some("wx-1"));
        assert_eq!((request.param("secret"), request.param("a")), (None, Some("b c")));
        assert_eq!(request.endpoint(), Some(Endpoint::Token));
    }

    #[test]
    fn text_that_is_written_as_escapes_is_seen() {
        let is_escaped = |body: &str| Request::new(Method::Post, "/", "", body.as_bytes()).is_escaped;
        assert!(is_escaped(r#"{"a": "\u597d"}"#));
        assert!(!is_escaped(r#"{"a": "好", "b": "\\u597d", "c": "\u000b"}"#));
    }

    #[test]
    fn a_body_that_is_not_an_object_is_a_format_error() {
        let form = |body: &str| Request::new(Method::Post, "/", "", body.as_bytes()).form.map_err(|r| r.code);
        assert_eq!(form("{\"a\":"), Err(47001));
        assert_eq!(form("[1]"), Err(47001));
        assert_eq!(form("  "), Err(44002));
        assert_eq!(form("{}"), Ok(Map::new()));
    }
}
