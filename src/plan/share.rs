//! A share of stores as people write it: `10%`, `0.5%`.

use std::fmt;
use std::str::FromStr;

/// A share, kept in hundredths of a percent, from 0 % to 100 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

/// Hundredths of a percent in the whole.
const WHOLE: u32 = 10_000;

/// A share that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a share such as 10% or 0.5%, from 0% to 100%")]
pub struct BadShare(String);

impl Share {
    /// So many whole percent; more than 100 are 100.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        Self(if percent > 100 { WHOLE } else { percent * 100 })
    }

    /// Whether it is nothing at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is everything.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.0 == WHOLE
    }

    /// How many of `of` stores it is, rounded up: a share of few stores is one store rather than none.
    #[must_use]
    pub fn count_up(self, of: u64) -> u64 {
        Self::narrow((u128::from(of) * u128::from(self.0)).div_ceil(u128::from(WHOLE)))
    }

    /// The most stores of `of` that are not more than this share.
    #[must_use]
    pub fn allowed(self, of: u64) -> u64 {
        Self::narrow(u128::from(of) * u128::from(self.0) / u128::from(WHOLE))
    }

    /// It cannot be more than what it is a share of.
    fn narrow(count: u128) -> u64 {
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

impl FromStr for Share {
    type Err = BadShare;

    fn from_str(text: &str) -> Result<Self, BadShare> {
        let bad = || BadShare(text.trim().to_owned());
        let number = text.trim().strip_suffix('%').ok_or_else(bad)?.trim_end();
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 2 {
            return Err(bad());
        }
        let hundredths: u32 = format!("{part:0<2}").parse().map_err(|_| bad())?;
        let whole: u32 = whole.parse().map_err(|_| bad())?;
        let share = whole.checked_mul(100).and_then(|whole| whole.checked_add(hundredths));
        share.filter(|share| *share <= WHOLE).map(Self).ok_or_else(bad)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match part {
            0 => write!(f, "{whole}%"),
            _ if part % 10 == 0 => write!(f, "{whole}.{}%", part / 10),
            _ => write!(f, "{whole}.{part:02}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_and_written_as_people_write_it() {
        for text in ["0%", "1%", "0.5%", "0.25%", "12.05%", "100%"] {
            assert_eq!(text.parse::<Share>().expect(text).to_string(), text);
        }
        assert_eq!(" 10 % ".parse(), Ok(Share::percent(10)));
        for text in
            ["", "10", "%", "-1%", "+1%", "100.01%", "101%", "1.234%", "1.%", ".5%", "1e1%", "NaN%", "9999999999%"]
        {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_of_few_stores_is_one_and_what_is_allowed_is_rounded_down() {
        let one = Share::percent(1);
        assert_eq!((one.count_up(30), one.count_up(0), one.count_up(200)), (1, 0, 2));
        assert_eq!((one.allowed(30), one.allowed(99), one.allowed(100)), (0, 0, 1));
        assert_eq!(Share::percent(100).count_up(u64::MAX), u64::MAX);
    }
}
