//! The platform's day: when it turns, by which quotas are counted. Pure.

use std::fmt;
use std::str::FromStr;

use super::Stamp;

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

/// Zones of the world lie within so many minutes of UTC.
const OFFSET_MINUTES_MAX: i64 = 14 * 60;

/// Days that begin at midnight of a fixed offset from UTC; UTC+8 unless configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlatformDay {
    offset_minutes: i64,
}

/// An offset that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no offset from UTC such as +08:00")]
pub struct BadOffset(String);

impl PlatformDay {
    /// The number of the day in which `at` lies.
    #[must_use]
    pub const fn number(self, at: Stamp) -> i64 {
        at.0.saturating_add(self.offset_minutes * MINUTE_MS).div_euclid(DAY_MS)
    }

    /// When the day with this number begins.
    #[must_use]
    pub const fn begins(self, day: i64) -> Stamp {
        Stamp(day.saturating_mul(DAY_MS).saturating_sub(self.offset_minutes * MINUTE_MS))
    }

    /// When the day in which `at` lies began.
    #[must_use]
    pub const fn begin_of(self, at: Stamp) -> Stamp {
        self.begins(self.number(at))
    }

    /// When the day in which `at` lies ends.
    #[must_use]
    pub const fn end_of(self, at: Stamp) -> Stamp {
        self.begins(self.number(at).saturating_add(1))
    }
}

impl Default for PlatformDay {
    fn default() -> Self {
        Self { offset_minutes: 8 * 60 }
    }
}

impl FromStr for PlatformDay {
    type Err = BadOffset;

    fn from_str(text: &str) -> Result<Self, BadOffset> {
        let parsed = || {
            let (sign, rest) = match text.trim().split_at_checked(1)? {
                ("+", rest) => (1, rest),
                ("-", rest) => (-1, rest),
                _ => return None,
            };
            let (hours, minutes) = rest.split_once(':')?;
            let two = |text: &str| {
                let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
                text.parse::<i64>().ok().filter(|_| digits)
            };
            let minutes = two(hours)? * 60 + two(minutes).filter(|minutes| *minutes < 60)?;
            (minutes <= OFFSET_MINUTES_MAX).then_some(Self { offset_minutes: sign * minutes })
        };
        parsed().ok_or_else(|| BadOffset(text.to_owned()))
    }
}

impl fmt::Display for PlatformDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, minutes) = (if self.offset_minutes < 0 { '-' } else { '+' }, self.offset_minutes.abs());
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-25T00:00:00+08:00.
    const MIDNIGHT: Stamp = Stamp(1_795_536_000_000);

    #[test]
    fn a_day_begins_at_its_first_millisecond() {
        let day = PlatformDay::default();
        let today = day.number(MIDNIGHT);
        assert_eq!(day.number(Stamp(MIDNIGHT.0 - 1)), today - 1);
        assert_eq!((day.begin_of(MIDNIGHT), day.end_of(Stamp(MIDNIGHT.0 - 1))), (MIDNIGHT, MIDNIGHT));
        assert_eq!(day.end_of(MIDNIGHT), Stamp(MIDNIGHT.0 + DAY_MS));
    }

    #[test]
    fn an_offset_is_read_as_it_is_written_and_moves_the_turn() {
        for text in ["+08:00", "-03:30", "+00:00", "+14:00"] {
            assert_eq!(text.parse::<PlatformDay>().unwrap().to_string(), text);
        }
        let utc: PlatformDay = "+00:00".parse().unwrap();
        assert_eq!(utc.begin_of(MIDNIGHT), Stamp(MIDNIGHT.0 - 16 * 3_600_000));
        for text in ["8", "08:00", "+8:00", "+08:60", "+15:00", "+0800", "", "＋08:00", "+-8:00"] {
            assert!(text.parse::<PlatformDay>().is_err(), "{text}");
        }
    }
}
