//! What of the whole old record only findings look at: a few numbers, taken out of it so that decisions need not carry it.

use serde::Deserialize;
use serde_json::Value;

use super::position::Position;
use crate::store::{LegacyStore, Record};

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
        let told: Told = record.read().unwrap_or_default();
        let whole = |value: &Option<Value>| number(value.as_ref()?).filter(|n| n.fract() == 0.0 && n.abs() < 1e9);
        #[expect(clippy::cast_possible_truncation, reason = "whole and below a thousand millions")]
        let integer = |value| whole(value).map(|number| number as i64);
        let position = || {
            let (longitude, latitude) = (number(told.longitude.as_ref()?)?, number(told.latitude.as_ref()?)?);
            Some(Position { longitude, latitude })
        };
        Self {
            available_state: integer(&told.available_state),
            offset_type: integer(&told.offset_type),
            position: position(),
        }
    }

    /// Whether the record says that the old store management has not approved the store.
    #[must_use]
    pub fn is_unapproved(&self) -> bool {
        self.available_state.is_some_and(|state| state != APPROVED)
    }
}

/// What of a record is looked at.
#[derive(Deserialize, Default)]
struct Told {
    available_state: Option<Value>,
    offset_type: Option<Value>,
    longitude: Option<Value>,
    latitude: Option<Value>,
}

/// A number, or a text that is one: spreadsheets give both.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
        let signs = Signs::of(&store(&json!({"available_state": "已通过", "longitude": "", "latitude": null})), None);
        assert_eq!(signs, Signs::default());
        assert!(!signs.is_unapproved());
    }
}
