//! What of the whole old record only findings look at: a few numbers, taken out of it so that decisions need not carry it.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::position::Position;
use crate::store::{LegacyStore, Record, trimmed};

/// `available_state` of a store that the old store management has approved (`poi/getpoilist`).
pub const APPROVED: i64 = 3;

/// Numbers of the old record; `None` where it has none, or no number.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Signs {
    /// Whether the old store management has approved the store: 1 error, 2 in review, 3 approved, 4 refused.
    pub available_state: Option<i64>,
    /// The system of its coordinates.
    pub offset_type: Option<i64>,
    /// Where it is.
    pub position: Option<Position>,
}

impl Signs {
    /// The signs of a store: what the platform showed last, where it showed anything, else what the source says.
    #[must_use]
    pub fn of(source: &LegacyStore, platform: Option<&LegacyStore>) -> Self {
        let shown = platform.map(|store| Self::of_record(&store.record)).unwrap_or_default();
        let said = Self::of_record(&source.record);
        Self {
            available_state: shown.available_state.or(said.available_state),
            offset_type: shown.offset_type.or(said.offset_type),
            position: shown.position.or(said.position),
        }
    }

    fn of_record(record: &Record) -> Self {
        let told = Told::of(record);
        let whole = |value: Option<&str>| number(value?).filter(|n| n.fract() == 0.0 && n.abs() < 1e9);
        #[expect(clippy::cast_possible_truncation, reason = "whole and below a thousand millions")]
        let integer = |value| whole(value).map(|number| number as i64);
        let position = || {
            let (longitude, latitude) = (number(told.longitude?)?, number(told.latitude?)?);
            Some(Position { longitude, latitude })
        };
        Self {
            available_state: integer(told.available_state).or_else(|| state_of_word(told.available_state?)),
            offset_type: integer(told.offset_type),
            position: position(),
        }
    }

    /// Whether the record says that the old store management has not approved the store.
    #[must_use]
    pub fn is_unapproved(&self) -> bool {
        self.available_state.is_some_and(|state| state != APPROVED)
    }
}

/// What of a record is looked at, as it is written there.
struct Told<'r> {
    available_state: Option<&'r str>,
    offset_type: Option<&'r str>,
    longitude: Option<&'r str>,
    latitude: Option<&'r str>,
}

/// The same of a record of any form.
#[derive(Deserialize, Default)]
struct ToldByAny<'r> {
    #[serde(borrow)]
    available_state: Option<&'r RawValue>,
    #[serde(borrow)]
    offset_type: Option<&'r RawValue>,
    #[serde(borrow)]
    longitude: Option<&'r RawValue>,
    #[serde(borrow)]
    latitude: Option<&'r RawValue>,
}

impl<'r> Told<'r> {
    fn of(record: &'r Record) -> Self {
        if let Some([available_state, offset_type, longitude, latitude]) = record.written_signs() {
            return Self { available_state, offset_type, longitude, latitude };
        }
        let any: ToldByAny<'r> = record.read().unwrap_or_default();
        Self {
            available_state: any.available_state.map(RawValue::get),
            offset_type: any.offset_type.map(RawValue::get),
            longitude: any.longitude.map(RawValue::get),
            latitude: any.latitude.map(RawValue::get),
        }
    }
}

/// The API document's word for an `available_state` (`poi/getpoilist`), as people write it.
fn state_of_word(written: &str) -> Option<i64> {
    let word: String = serde_json::from_str(written).ok()?;
    match word.trim() {
        "系统错误" => Some(1),
        "审核中" => Some(2),
        "审核通过" | "已通过" | "通过" => Some(APPROVED),
        "审核驳回" | "审核不通过" | "审核未通过" | "已驳回" | "驳回" | "未通过" | "不通过" => {
            Some(4)
        }
        _ => None,
    }
}

/// A number, or a text that is one: spreadsheets give both.
fn number(value: &str) -> Option<f64> {
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match quoted {
        Some(text) if text.contains('\\') => serde_json::from_str::<String>(value).ok()?.trim().parse().ok(),
        Some(text) => trimmed(text).parse().ok(),
        None => serde_json::from_str(value).ok(),
    }
    .filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_word_says_whether_a_store_was_approved_and_another_one_says_nothing() {
        let state = |word: &str| Signs::of(&store(&json!({"available_state": word})), None).available_state;
        assert_eq!(["审核驳回", "审核通过", " 审核中 ", "见备注"].map(state), [Some(4), Some(3), Some(2), None]);
    }

    fn store(record: &Value) -> LegacyStore {
        LegacyStore { record: record.as_object().unwrap().clone().into(), ..LegacyStore::default() }
    }

    #[test]
    fn signs_come_as_numbers_or_as_text_and_the_platforms_word_is_the_newer_one() {
        let source = store(&json!({"available_state": "4", "longitude": "120.13", "latitude": 30.2, "offset_type": 1}));
        let signs = Signs::of(&source, None);
        assert_eq!((signs.available_state, signs.offset_type), (Some(4), Some(1)));
        assert_eq!(signs.position, Some(Position { longitude: 120.13, latitude: 30.2 }));
        assert!(signs.is_unapproved());
        let now = Signs::of(&source, Some(&store(&json!({"available_state": 3}))));
        assert!(!now.is_unapproved() && now.position.is_some());
    }

    #[test]
    fn what_is_no_number_is_nothing_known() {
        let signs = Signs::of(&store(&json!({"available_state": "见备注", "longitude": "", "latitude": null})), None);
        assert_eq!(signs, Signs::default());
        assert!(!signs.is_unapproved());
    }
}
