//! What one cell holds, and how a number is written without losing or inventing digits.

use std::borrow::Cow;

/// Whole numbers below this magnitude are exact in a spreadsheet, which keeps 15 significant digits.
const EXACT_BELOW: f64 = 1e15;

/// The value of one cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value<'a> {
    /// Nothing.
    #[default]
    Empty,
    /// Text, as written.
    Text(Cow<'a, str>),
    /// Text with bytes in it that are no text in the file's encoding, each shown as `\xC3`.
    Undecodable(String),
    /// A workbook's number.
    Number {
        /// Its text: whole numbers without a fraction; rounded ones in scientific notation.
        text: String,
        /// 10^15 and more in magnitude: the spreadsheet has rounded it, or may have.
        rounded: bool,
    },
    /// A truth value.
    Bool(bool),
    /// A date, a time or a duration.
    DateTime {
        /// As text: `09:00`, `2025-10-13`, `2025-10-13 12:59:02`.
        text: String,
        /// Whether it is a time of day, without a date.
        is_time: bool,
    },
    /// A formula's error: `#N/A`.
    Error(String),
}

impl<'a> Value<'a> {
    /// The value as text; truth values as spreadsheets show them.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Bool(true) => "TRUE",
            Self::Bool(false) => "FALSE",
            Self::Text(text) => text,
            Self::Undecodable(text) | Self::Number { text, .. } | Self::DateTime { text, .. } | Self::Error(text) => {
                text
            }
        }
    }

    /// Whether there is nothing to read in it: empty, or white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.trim().is_empty(),
            Self::Undecodable(_) | Self::Number { .. } | Self::Bool(_) | Self::DateTime { .. } | Self::Error(_) => {
                false
            }
        }
    }

    /// Text, or nothing if there is none.
    #[must_use]
    pub(super) fn from_text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// The same value, on its own.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Empty => Value::Empty,
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Undecodable(text) => Value::Undecodable(text),
            Self::Number { text, rounded } => Value::Number { text, rounded },
            Self::Bool(flag) => Value::Bool(flag),
            Self::DateTime { text, is_time } => Value::DateTime { text, is_time },
            Self::Error(text) => Value::Error(text),
        }
    }

    /// A workbook's number.
    #[must_use]
    pub(super) fn from_number(number: f64) -> Self {
        if !number.is_finite() {
            return Self::Error(number.to_string());
        }
        if number.abs() >= EXACT_BELOW {
            return Self::Number { text: scientific(number), rounded: true };
        }
        // Adding zero turns -0 into 0; `Display` writes whole numbers without a fraction.
        Self::Number { text: (number + 0.0).to_string(), rounded: false }
    }

    /// A whole number that never was a float.
    #[must_use]
    pub(super) fn from_integer(number: i64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "compared only with a limit far below the loss")]
        if (number as f64).abs() >= EXACT_BELOW {
            return Self::from_number(number as f64);
        }
        Self::Number { text: number.to_string(), rounded: false }
    }
}

/// `2.880741500279549E+18`, as spreadsheet programs write it: nobody takes it for an id.
fn scientific(number: f64) -> String {
    format!("{number:E}").replace('E', "E+")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: f64) -> (String, bool) {
        match Value::from_number(value) {
            Value::Number { text, rounded } => (text, rounded),
            other => panic!("{other:?} is no number"),
        }
    }

    #[test]
    fn a_whole_number_of_15_digits_is_exact_and_has_no_fraction() {
        assert_eq!(number(472_671_857.0), ("472671857".into(), false));
        assert_eq!(number(999_999_999_999_999.0), ("999999999999999".into(), false));
        assert_eq!(number(-0.0), ("0".into(), false));
        assert_eq!(number(113.274_810_791), ("113.274810791".into(), false));
    }

    #[test]
    fn a_number_of_16_digits_is_marked_as_rounded() {
        assert_eq!(number(1e15), ("1E+15".into(), true));
        assert_eq!(number(2.880_741_500_279_549e18), ("2.880741500279549E+18".into(), true));
        assert_eq!(Value::from_integer(2_880_741_500_279_549_033), Value::from_number(2.880_741_500_279_549e18));
    }

    #[test]
    fn what_is_not_a_number_is_an_error_value() {
        assert_eq!(Value::from_number(f64::INFINITY), Value::Error("inf".into()));
    }
}
