//! A rate as people write it: `10/s`, `600/m`, `5000/d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Calls in a span of time, evenly spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    calls: u32,
    per: Duration,
}

/// A rate that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a rate such as 10/s, 600/m or 5000/d, from 1/d to 10000/s")]
pub struct BadRate(String);

/// Above this a rate is a slip of the finger.
const CALLS_A_SECOND_MAX: f64 = 10_000.0;

const DAY: Duration = Duration::from_secs(86_400);

impl Rate {
    /// What is taken where nobody knows better: one a second, as a sibling call of the platform asks for.
    pub const CAREFUL: Self = Self { calls: 1, per: Duration::from_secs(1) };

    /// `calls` in `per`; `None` for zero, and beyond 10,000 a second.
    #[must_use]
    pub fn new(calls: u32, per: Duration) -> Option<Self> {
        let rate = Self { calls, per };
        let sensible = calls > 0 && !per.is_zero() && per <= DAY && rate.a_second() <= CALLS_A_SECOND_MAX;
        sensible.then_some(rate)
    }

    /// The faster of two rates.
    #[must_use]
    pub fn or_faster(self, other: Self) -> Self {
        if other.a_second() > self.a_second() { other } else { self }
    }

    /// The time between two calls.
    #[must_use]
    pub fn spacing(self) -> Duration {
        self.per / self.calls
    }

    /// Calls a second.
    #[must_use]
    pub fn a_second(self) -> f64 {
        f64::from(self.calls) / self.per.as_secs_f64()
    }
}

impl FromStr for Rate {
    type Err = BadRate;

    fn from_str(text: &str) -> Result<Self, BadRate> {
        let parsed = text.trim().split_once('/').and_then(|(calls, unit)| {
            let per = match unit.trim() {
                "s" => Duration::from_secs(1),
                "m" => Duration::from_secs(60),
                "h" => Duration::from_secs(3600),
                "d" => DAY,
                _ => return None,
            };
            Self::new(calls.trim().parse().ok()?, per)
        });
        parsed.ok_or_else(|| BadRate(text.to_owned()))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.per.as_secs() {
            1 => write!(f, "{}/s", self.calls),
            60 => write!(f, "{}/m", self.calls),
            3600 => write!(f, "{}/h", self.calls),
            86_400 => write!(f, "{}/d", self.calls),
            seconds => write!(f, "{}/{seconds}s", self.calls),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_as_it_is_written() {
        for text in ["10/s", "600/m", "5000/d", "1/h"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        assert_eq!("600/m".parse::<Rate>().unwrap().spacing(), Duration::from_millis(100));
    }

    #[test]
    fn a_rate_of_nothing_or_without_end_is_refused() {
        for text in ["0/s", "10", "/s", "-1/s", "ten/s", "10/y", "100000/s", "1e9/s", ""] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
