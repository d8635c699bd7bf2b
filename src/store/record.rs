//! The whole old record as its source gave it, kept as the text it came in and taken apart only where somebody asks:
//! a million stores are read, and of hardly one the record is looked at.

use std::fmt;
use std::ops::Range;

use memchr::memchr;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

/// A JSON object, or nothing.
///
/// Two records are the same if their texts are; what is written the same way again stays the same.
#[derive(Clone, Default)]
pub struct Record(Option<Kept>);

#[derive(Clone)]
enum Kept {
    /// As a source wrote it.
    Raw(Box<RawValue>),
    /// The same, read by whoever made the record.
    Read(Box<str>),
    /// As [`Record::of_texts`] writes it.
    Texts(Texts),
}

/// An object of texts, no key twice.
#[derive(Clone)]
struct Texts {
    json: Box<str>,
    /// Where the values of [`SIGN_KEYS`] stand in it; empty for what is not there.
    signs: [Range<u32>; SIGN_KEYS.len()],
}

/// The keys of a record that every decision looks at, beside the fields that a store has by themselves.
pub const SIGN_KEYS: [&str; 4] = ["available_state", "offset_type", "longitude", "latitude"];

impl Record {
    /// The record whose entries these are; none if there are none.
    #[must_use]
    pub fn of(entries: &(impl Serialize + ?Sized)) -> Self {
        // Texts under texts can always be written.
        to_raw_value(entries).map(Self::from_raw).unwrap_or_default()
    }

    /// The record of these texts under their keys, none of which may stand twice; none if there are none.
    ///
    /// A million rows are read, and each has one: it is written at once into the room that it needs.
    #[must_use]
    pub fn of_texts<'e>(entries: impl Iterator<Item = (&'e RecordKey, &'e str)> + Clone) -> Self {
        let room = entries.clone().map(|(key, value)| key.behind_another.len() + value.len()).sum::<usize>();
        if room == 0 {
            return Self(None);
        }
        // Before the first there is one character less than between two.
        let mut json = String::with_capacity(room - 1 + END.len());
        let mut signs = <[Range<u32>; SIGN_KEYS.len()]>::default();
        let end = |json: &String| u32::try_from(json.len()).unwrap_or(u32::MAX);
        for (key, value) in entries {
            // What ends the value before is written with the key: each piece that is written costs more than its bytes.
            json.push_str(if json.is_empty() { &key.first } else { &key.behind_another });
            let begin = end(&json) - 1;
            push_inside(&mut json, value);
            if let Some(sign) = key.sign.and_then(|sign| signs.get_mut(sign)) {
                *sign = begin..end(&json) + 1;
            }
        }
        json.push_str(END);
        Self(Some(Kept::Texts(Texts { json: json.into_boxed_str(), signs })))
    }

    /// The values of [`SIGN_KEYS`], as they are written, if the record is one of texts ([`Record::of_texts`]).
    #[must_use]
    pub fn written_signs(&self) -> Option<[Option<&str>; SIGN_KEYS.len()]> {
        let Some(Kept::Texts(texts)) = &self.0 else { return None };
        let written =
            |sign: &Range<u32>| texts.json.get(sign.start as usize..sign.end as usize).filter(|json| !json.is_empty());
        Some(texts.signs.each_ref().map(written))
    }

    /// The record in this text, which was read and is an object.
    #[must_use]
    pub fn of_object(text: &str) -> Self {
        if text == "{}" || memchr(b'\n', text.as_bytes()).is_some() {
            return serde_json::from_str(text).map(Self::from_raw).unwrap_or_default();
        }
        Self(Some(Kept::Read(text.into())))
    }

    /// The record in this text, which is known to be an object; line breaks between its parts are taken out.
    #[must_use]
    pub fn from_raw(raw: Box<RawValue>) -> Self {
        match raw.get() {
            "{}" | "null" => Self(None),
            text if memchr(b'\n', text.as_bytes()).is_some() => {
                serde_json::from_str::<Map<String, Value>>(text).map(Self::from).unwrap_or_default()
            }
            _ => Self(Some(Kept::Raw(raw))),
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The record's JSON; `{}` if there is none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            None => "{}",
            Some(Kept::Raw(raw)) => raw.get(),
            Some(Kept::Read(text)) => text,
            Some(Kept::Texts(texts)) => &texts.json,
        }
    }

    /// All entries.
    #[must_use]
    pub fn entries(&self) -> Map<String, Value> {
        serde_json::from_str(self.as_str()).unwrap_or_default()
    }

    /// The entries that `T` names; `None` if they are of other kinds, or one stands twice.
    #[must_use]
    pub fn read<'r, T: Deserialize<'r>>(&'r self) -> Option<T> {
        serde_json::from_str(self.as_str()).ok()
    }

    /// One entry; who wants several takes [`Record::entries`] once.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value> {
        self.entries().shift_remove(key)
    }
}

impl From<Map<String, Value>> for Record {
    fn from(entries: Map<String, Value>) -> Self {
        if entries.is_empty() { Self(None) } else { Self::of(&entries) }
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Record {}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(Kept::Raw(raw)) => raw.serialize(serializer),
            // What was written or read as an object is one.
            Some(Kept::Read(json) | Kept::Texts(Texts { json, .. })) => {
                serde_json::from_str::<&RawValue>(json).map_err(S::Error::custom)?.serialize(serializer)
            }
            None => Map::<String, Value>::new().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match raw.get().as_bytes().first() {
            Some(b'{' | b'n') => Ok(Self::from_raw(raw)),
            _ => Err(D::Error::custom("a record is a JSON object")),
        }
    }
}

/// What ends the last value and the record.
const END: &str = "\"}";

/// A record's key, as it is written before a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordKey {
    /// `{"sid":"`
    first: String,
    /// `","sid":"`
    behind_another: String,
    /// Its place in [`SIGN_KEYS`], if it is one of them.
    sign: Option<usize>,
}

impl RecordKey {
    /// The key of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut inside = String::new();
        push_inside(&mut inside, name);
        let sign = SIGN_KEYS.iter().position(|sign| *sign == name);
        Self { first: format!("{{\"{inside}\":\""), behind_another: format!("\",\"{inside}\":\""), sign }
    }
}

/// What JSON has of a text between its quotation marks. Hardly any text holds what has to be written otherwise.
fn push_inside(json: &mut String, text: &str) {
    if is_written_as_it_is(text.as_bytes()) {
        json.push_str(text);
        return;
    }
    // Texts can always be written.
    let written = serde_json::to_string(text).unwrap_or_default();
    json.push_str(written.get(1..written.len().saturating_sub(1)).unwrap_or_default());
}

/// Whether there is no control character, quotation mark or backslash among these bytes.
fn is_written_as_it_is(text: &[u8]) -> bool {
    let is_plain = |byte: &u8| *byte >= b' ' && *byte != b'"' && *byte != b'\\';
    let Some(last) = text.last_chunk() else { return text.iter().all(is_plain) };
    // The last eight may have been looked at in part.
    text.as_chunks().0.iter().chain([last]).all(|eight| are_written_as_they_are(*eight))
}

/// The same of eight bytes at once.
fn are_written_as_they_are(eight: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let word = u64::from_ne_bytes(eight);
    // The high bit of each byte that is below a bound; one from 0x80 on is not, and no byte touches another.
    let below = |word: u64, bound: u8| !((word & !HIGH) + (ONES * u64::from(0x80 - bound))) & !word & HIGH;
    let is_any = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, b' ') | is_any(b'"') | is_any(b'\\')) == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use serde_json::json;

    fn record(value: &Value) -> Record {
        value.as_object().unwrap().clone().into()
    }

    #[test]
    fn a_record_comes_back_from_its_text_to_the_last_digit() {
        let whole = record(&json!({"poi_id": "1", "mapid": 2_880_741_500_279_549_033_u64, "名称": "\u{1}x"}));
        let text = serde_json::to_string(&whole).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), whole);
        assert_eq!(whole.get("mapid"), Some(json!(2_880_741_500_279_549_033_u64)));
        assert_eq!(whole.get("nothing"), None);
    }

    proptest! {
        #[test]
        fn texts_are_written_as_anybody_writes_them_and_found_again(
            entries in proptest::collection::btree_map("[a名\"\\\\\n]{0,4}|latitude|available_state", "[a值\"\\\\\n\u{1}{},:]{0,9}", 0..6),
        ) {
            let keys: Vec<(RecordKey, &String)> = entries.iter().map(|(key, value)| (RecordKey::new(key), value)).collect();
            let texts = Record::of_texts(keys.iter().map(|(key, value)| (key, value.as_str())));
            let expected: Map<String, Value> = entries.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
            prop_assert_eq!(&texts, &Record::from(expected.clone()));
            prop_assert_eq!(serde_json::to_string(&texts).unwrap(), serde_json::to_string(&expected).unwrap());
            let signs = texts.written_signs().unwrap_or_default();
            for (name, sign) in SIGN_KEYS.iter().zip(signs) {
                let found = sign.map(|json| serde_json::from_str::<Value>(json).unwrap());
                prop_assert_eq!(found.as_ref(), expected.get(*name));
            }
        }
    }

    #[test]
    fn nothing_is_written_as_an_empty_object_and_read_as_nothing() {
        assert_eq!(serde_json::to_string(&Record::default()).unwrap(), "{}");
        assert!(serde_json::from_str::<Record>("{}").unwrap().is_empty());
        assert!(serde_json::from_str::<Record>("[1]").is_err());
    }

    #[test]
    fn how_a_file_breaks_its_lines_is_no_difference() {
        let pretty = serde_json::from_str::<Record>("{\n  \"a\": 1\n}").unwrap();
        assert_eq!(pretty, record(&json!({"a": 1})));
    }
}
