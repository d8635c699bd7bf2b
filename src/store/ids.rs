//! The platform's identifiers as types. All are text from the first byte to the last: a map id has 19 digits and
//! survives neither a float nor a spreadsheet's number.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Text, trimmed};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Text);

        impl $name {
            /// Takes the text as it is, without surrounding white space; `None` if nothing is left.
            #[must_use]
            pub fn new(text: &str) -> Option<Self> {
                let text = trimmed(text);
                (!text.is_empty()).then(|| Self(text.into()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether it has the form that the platform gives it: decimal digits, at most 20, no zero before them.
            #[must_use]
            pub fn is_decimal(&self) -> bool {
                self.0.len() <= 20 && self.0.bytes().all(|b| b.is_ascii_digit()) && !self.0.starts_with('0')
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A store's id in the old store management (`poi_id`, sections 8 and 13 of the API document).
    PoiId
);
id!(
    /// The id of a point on Tencent's map (`map_poi_id`, `sosomap_poi_uid`, and `mapid` in the old record; section 6).
    MapPoiId
);
id!(
    /// The merchant's own number of a store (`sid` in the old record).
    Sid
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_text_to_the_last_digit() {
        let id = MapPoiId::new(" 2880741500279549033 ").map(|id| id.to_string());
        assert_eq!(id.as_deref(), Some("2880741500279549033"));
    }

    #[test]
    fn white_space_is_no_id() {
        assert_eq!(PoiId::new(" \t "), None);
    }

    #[test]
    fn only_decimal_digits_have_the_platforms_form() {
        let decimal = |text| PoiId::new(text).is_some_and(|id| id.is_decimal());
        assert!(decimal("472671857"));
        assert!(!decimal("2.88E+18"));
        assert!(!decimal("１２３"));
    }
}
