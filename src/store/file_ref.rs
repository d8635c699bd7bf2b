//! A local file in a value that will be sent, known by its content: so the same picture is the same plan wherever it lies and
//! whatever it is called, and one that was replaced under its name is another.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a reference begins; no address and no media id does.
const BEGIN: &str = "file:";

/// Hexadecimal digits of a SHA-256.
const DIGITS: usize = 64;

/// The SHA-256 of a file's content, in lower-case hexadecimal. In a value it is written `file:` and the digits; before anything
/// is sent, an address or a media id takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileRef(String);

impl FileRef {
    /// Of a digest; `None` if it is none.
    #[must_use]
    pub fn new(sha256: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (sha256.len() == DIGITS && sha256.bytes().all(is_digit)).then(|| Self(sha256.to_owned()))
    }

    /// The reference that a value is, if it is one.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        Self::new(value.strip_prefix(BEGIN)?)
    }

    /// The digest.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.0
    }
}

/// As it stands in a value.
impl fmt::Display for FileRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{BEGIN}{}", self.0)
    }
}

/// What an uploaded file is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MediaKind {
    /// An address, for good (`media/uploadimg`).
    Picture,
    /// A media id, for three days (`media/upload`).
    Temporary,
}

impl MediaKind {
    /// The word in the ledger.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Temporary => "temporary",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Picture, Self::Temporary].into_iter().find(|kind| kind.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_as_it_was_written_and_nothing_else_is_one() {
        let known = FileRef::new(&"0a".repeat(32)).unwrap();
        assert_eq!(FileRef::parse(&known.to_string()), Some(known));
        for text in ["http://a/1", "file:///c:/1.jpg", "file:0a", "m-1", ""] {
            assert_eq!(FileRef::parse(text), None, "{text}");
        }
        assert_eq!(FileRef::new(&"0A".repeat(32)), None);
    }
}
