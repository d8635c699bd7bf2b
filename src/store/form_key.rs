//! The hidden key of a row in a form (a template, `attention.xlsx`): which store the row is about, and what stood in its
//! cells when it was handed out. It is one text in one cell, so that a row that is sorted, copied into another workbook or
//! saved as CSV takes everything along that its way back needs.
//!
//! `p1|poi:472671857|contract_phone:0a1b2c3d4e|hour:…|5f60718a`: a mark, the store, a digest for each cell that was not
//! empty, and a check over all of it. The digests tell a cell that nobody touched from one that somebody mended; the check
//! tells a key that was edited, cut or half overwritten. Neither is a secret, and neither guards against forgery.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::{Field, JoinKey, PoiId, Sid};

/// The header of the hidden column, in every language.
pub const FORM_KEY_HEADER: &str = "poilift_key";

/// What a key begins with; another form of keys would begin otherwise.
const MARK: &str = "p1";

/// Bytes of SHA-256 that a cell's digest keeps (two characters each): an edit is taken for none once in 10^12.
const DIGEST_BYTES: usize = 5;

/// The same for the check over the whole key.
const CHECK_BYTES: usize = 4;

/// The hidden key of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormKey {
    /// The store that the row is about.
    pub key: JoinKey,
    /// Digests of the cells as they were handed out; a field whose cell was empty has none.
    shown: BTreeMap<Field, String>,
}

/// A text in the key's column that is none of our keys, or no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DamagedKey;

impl FormKey {
    /// The key of a row about `key` whose cells hold these texts.
    #[must_use]
    pub fn new<'a>(key: JoinKey, cells: impl IntoIterator<Item = (Field, &'a str)>) -> Self {
        let filled = cells.into_iter().filter(|(_, text)| !text.trim().is_empty());
        Self { key, shown: filled.map(|(field, text)| (field, digest(field, text))).collect() }
    }

    /// Reads the text of a key's cell.
    ///
    /// # Errors
    ///
    /// [`DamagedKey`]: it is not word for word what was written once.
    pub fn parse(text: &str) -> Result<Self, DamagedKey> {
        let text = text.trim();
        let (body, check) = text.rsplit_once('|').ok_or(DamagedKey)?;
        let mut parts = body.split('|');
        if check != check_of(body) || parts.next() != Some(MARK) {
            return Err(DamagedKey);
        }
        let key = parts.next().and_then(store_of).ok_or(DamagedKey)?;
        let shown = parts.map(|part| {
            let (field, digest) = part.split_once(':')?;
            Some((Field::from_key(field)?, digest.to_owned()))
        });
        Ok(Self { key, shown: shown.collect::<Option<_>>().ok_or(DamagedKey)? })
    }

    /// Whether a cell still holds what was handed out. A spreadsheet program that took a text for a number has dropped the
    /// zero in front of it, and nobody has edited it for that.
    #[must_use]
    pub fn is_untouched(&self, field: Field, text: &str) -> bool {
        let Some(shown) = self.shown.get(&field) else { return text.trim().is_empty() };
        *shown == digest(field, text) || *shown == digest(field, &format!("0{}", text.trim()))
    }
}

impl fmt::Display for FormKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut body = match &self.key {
            JoinKey::PoiId(id) => format!("{MARK}|poi:{}", escaped(id.as_str())),
            JoinKey::Sid(sid) => format!("{MARK}|sid:{}", escaped(sid.as_str())),
        };
        for (field, digest) in &self.shown {
            let _ = write!(body, "|{field}:{digest}");
        }
        write!(f, "{body}|{}", check_of(&body))
    }
}

fn store_of(part: &str) -> Option<JoinKey> {
    let (kind, id) = part.split_once(':')?;
    let id = percent_decode_str(id).decode_utf8().ok()?;
    match kind {
        "poi" => PoiId::new(&id).map(JoinKey::PoiId),
        "sid" => Sid::new(&id).map(JoinKey::Sid),
        _ => None,
    }
}

fn escaped(id: &str) -> String {
    utf8_percent_encode(id, NON_ALPHANUMERIC).to_string()
}

/// Line breaks are written in more than one way by spreadsheet programs, and white space around a text means nothing.
fn digest(field: Field, text: &str) -> String {
    let text = text.trim().replace("\r\n", "\n").replace('\r', "\n");
    hex(&format!("{field}\n{text}"), DIGEST_BYTES)
}

fn check_of(body: &str) -> String {
    hex(body, CHECK_BYTES)
}

fn hex(text: &str, bytes: usize) -> String {
    Sha256::digest(text.as_bytes()).iter().take(bytes).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> FormKey {
        let poi_id = PoiId::new("472671857").map(JoinKey::PoiId).expect("an id");
        FormKey::new(
            poi_id,
            [(Field::Hour, "8:00-20:00"), (Field::PicList, "http://a\nhttp://b"), (Field::CardId, " ")],
        )
    }

    #[test]
    fn a_key_reads_back_as_it_was_written_whatever_the_id_is_made_of() {
        assert_eq!(FormKey::parse(&format!(" {} ", key())), Ok(key()));
        for sid in ["S|1", "店 7:%", "a=b\"c"] {
            let key = FormKey::new(JoinKey::Sid(Sid::new(sid).expect("a sid")), []);
            assert_eq!(FormKey::parse(&key.to_string()), Ok(key));
        }
    }

    #[test]
    fn a_key_that_was_edited_cut_or_made_up_is_damaged() {
        let text = key().to_string();
        let edited = text.replace("472671857", "472671858");
        let cut = &text[..text.len() - 1];
        let foreign = format!("p2|poi:1|{}", check_of("p2|poi:1"));
        for damaged in [edited.as_str(), cut, "472671857", "|", &foreign, &text.to_uppercase()] {
            assert_eq!(FormKey::parse(damaged), Err(DamagedKey), "{damaged}");
        }
    }

    #[test]
    fn a_cell_is_untouched_as_long_as_it_says_what_was_handed_out() {
        assert!(key().is_untouched(Field::Hour, " 8:00-20:00 "));
        assert!(!key().is_untouched(Field::Hour, "8:00-21:00"));
        assert!(key().is_untouched(Field::PicList, "http://a\r\nhttp://b"));
        assert!(key().is_untouched(Field::CardId, "") && !key().is_untouched(Field::CardId, "p1"));
        assert!(!key().is_untouched(Field::Credential, "8:00-20:00"));
    }

    #[test]
    fn a_zero_that_a_program_dropped_is_no_edit() {
        let key = FormKey::new(key().key, [(Field::ContractPhone, "057188881234")]);
        assert!(key.is_untouched(Field::ContractPhone, "57188881234"));
        assert!(!key.is_untouched(Field::ContractPhone, "7188881234"));
    }
}
