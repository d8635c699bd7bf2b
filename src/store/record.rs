//! The whole old record as its source gave it, kept as the text it came in and taken apart only where somebody asks:
//! a million stores are read, and of hardly one the record is looked at.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

/// A JSON object, or nothing.
///
/// Two records are the same if their texts are; what is written the same way again stays the same.
#[derive(Clone, Default)]
pub struct Record(Option<Box<RawValue>>);

impl Record {
    /// The record whose entries these are; none if there are none.
    #[must_use]
    pub fn of(entries: &(impl Serialize + ?Sized)) -> Self {
        // Texts under texts can always be written.
        to_raw_value(entries).map(Self::from_raw).unwrap_or_default()
    }

    /// The record in this text, which is known to be an object; line breaks between its parts are taken out.
    #[must_use]
    pub fn from_raw(raw: Box<RawValue>) -> Self {
        match raw.get() {
            "{}" | "null" => Self(None),
            text if text.contains('\n') => {
                serde_json::from_str::<Map<String, Value>>(text).map(Self::from).unwrap_or_default()
            }
            _ => Self(Some(raw)),
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
        self.0.as_ref().map_or("{}", |raw| raw.get())
    }

    /// All entries.
    #[must_use]
    pub fn entries(&self) -> Map<String, Value> {
        self.0.as_ref().and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
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
            Some(raw) => raw.serialize(serializer),
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

#[cfg(test)]
mod tests {
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
