//! What the user says of files whose bytes leave it open.

use super::Settings;
use crate::cli::failure::Failure;
use crate::sheets::{Encoding, Options};
use crate::words;

impl Settings<'_> {
    /// `--encoding`, `--delimiter` and `--sheet`.
    pub(super) fn file_options(&self) -> Result<Options, Failure> {
        let encoding = self.common.encoding.as_deref().map(encoding).transpose()?;
        let delimiter = self.common.delimiter.as_deref().map(delimiter).transpose()?;
        Ok(Options { encoding, delimiter, sheet: self.common.sheet.clone() })
    }
}

fn encoding(name: &str) -> Result<Encoding, Failure> {
    let unknown = || {
        Failure::usage(
            words!("--encoding: no encoding is called {name:?}"; "--encoding：没有名为 {name:?} 的编码"),
            Some(
                words!("Chinese files are gb18030, utf-8, utf-16le or big5"; "中文文件通常为 gb18030、utf-8、utf-16le 或 big5"),
            ),
        )
    };
    Encoding::named(name).ok_or_else(unknown)
}

/// One byte: what else would stand between fields is part of them somewhere.
fn delimiter(text: &str) -> Result<u8, Failure> {
    match (text, text.as_bytes()) {
        ("tab" | "\\t", _) => Ok(b'\t'),
        (_, [byte]) if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\r' | b'\n') => {
            Ok(*byte)
        }
        _ => Err(Failure::usage(
            words!("--delimiter: {text:?} is not one character that can stand between fields"; "--delimiter：{text:?} 不是可用的分隔符"),
            Some(words!("give , ; | or tab"; "可用 , ; | 或 tab")),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_is_one_character_that_no_value_has_or_the_word_tab() {
        for (text, byte) in [(";", b';'), ("tab", b'\t'), ("\\t", b'\t'), ("\t", b'\t'), ("|", b'|')] {
            assert_eq!(delimiter(text).unwrap(), byte);
        }
        for text in ["", ";;", "a", "1", "\"", "；", "\n"] {
            assert!(delimiter(text).is_err(), "{text:?}");
        }
    }
}
