//! What of a day's quota stays with the live shop, which uses the same one.

use std::fmt;
use std::str::FromStr;

/// What is kept for the live shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserve {
    /// A part of the limit, in hundredths of a percent; rounded up, but never all of it.
    Share(u32),
    /// So many calls.
    Calls(u64),
}

/// A reserve that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a share such as 5%, below 100%, nor a number of calls such as 50")]
pub struct BadReserve(String);

const WHOLE: u32 = 10_000;

impl Reserve {
    /// How many calls of `limit` a day are kept.
    #[must_use]
    pub fn of(self, limit: u64) -> u64 {
        match self {
            Self::Share(share) => {
                let kept = (u128::from(limit) * u128::from(share)).div_ceil(u128::from(WHOLE));
                u64::try_from(kept).unwrap_or(limit).min(limit.saturating_sub(1))
            }
            Self::Calls(calls) => calls.min(limit),
        }
    }
}

impl Default for Reserve {
    /// A twentieth.
    fn default() -> Self {
        Self::Share(500)
    }
}

impl FromStr for Reserve {
    type Err = BadReserve;

    fn from_str(text: &str) -> Result<Self, BadReserve> {
        let bad = || BadReserve(text.to_owned());
        let Some(share) = text.trim().strip_suffix('%') else {
            return text.trim().parse().map(Self::Calls).map_err(|_| bad());
        };
        let (whole, part) = share.trim().split_once('.').unwrap_or((share.trim(), "0"));
        let digits = |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return Err(bad());
        }
        let number = |text: &str| text.parse::<u32>().map_err(|_| bad());
        let hundredths = number(part)? * if part.len() == 1 { 10 } else { 1 };
        Ok(Self::Share(number(whole)? * 100 + hundredths))
    }
}

impl fmt::Display for Reserve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) if share % 100 == 0 => write!(f, "{}%", share / 100),
            Self::Share(share) => write!(f, "{}.{:02}%", share / 100, share % 100),
            Self::Calls(calls) => write!(f, "{calls}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str, limit: u64) -> u64 {
        text.parse::<Reserve>().unwrap().of(limit)
    }

    #[test]
    fn a_share_is_rounded_up_and_leaves_at_least_one_call() {
        assert_eq!((kept("5%", 300), kept("5%", 301), kept("0%", 300)), (15, 16, 0));
        assert_eq!((kept("5%", 1), kept("99.5%", 10), kept("5%", 0)), (0, 9, 0));
        assert_eq!(kept("5%", u64::MAX), u64::MAX / 20 + 1);
    }

    #[test]
    fn a_number_is_kept_as_it_is_and_never_more_than_there_is() {
        assert_eq!((kept("50", 300), kept("50", 20), kept("0", 20)), (50, 20, 0));
    }

    #[test]
    fn a_reserve_is_read_as_it_is_written() {
        for text in ["5%", "2.50%", "40", "0"] {
            assert_eq!(text.parse::<Reserve>().unwrap().to_string(), text);
        }
        for text in ["100%", "-5%", "5.%", "%", "five", "-1", "1e3", ""] {
            assert!(text.parse::<Reserve>().is_err(), "{text}");
        }
    }
}
