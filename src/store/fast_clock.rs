//! An accelerated clock, for rehearsals on this machine: days of quota in a minute. Whoever is given the same words shows
//! the same time at any moment, however often it is started and killed, because the time is computed from the machine's
//! wall clock alone. Pure: nothing here reads it.

use std::str::FromStr;
use std::time::Duration;

/// The fastest: a day a second.
const SPEED_MAX: u32 = 86_400;

/// A clock that goes `speed` times as fast as the machine's, from a moment on: `3600x@2026-11-24T15:00:00+08:00`, with
/// `=2026-11-24T20:00:00+08:00` behind it if it is to show another time at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FastClock {
    speed: u32,
    /// The moment of real time, in microseconds since 1970.
    anchor: i64,
    /// What the clock shows then.
    shows: i64,
}

/// A setting that is no accelerated clock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no accelerated clock such as 3600x@2026-11-24T15:00:00+08:00, from 1x to 86400x")]
pub struct BadClock(String);

impl FastClock {
    /// How many times faster than real time it goes.
    #[must_use]
    pub const fn speed(&self) -> u32 {
        self.speed
    }

    /// What it shows when the machine's wall clock says `real`; both in microseconds since 1970.
    #[must_use]
    pub fn at(&self, real: i64) -> i64 {
        self.shows.saturating_add(real.saturating_sub(self.anchor).saturating_mul(i64::from(self.speed)))
    }

    /// How long it has gone since the anchor, when it shows `shown` (microseconds since 1970).
    #[must_use]
    pub fn gone(&self, shown: i64) -> Duration {
        Duration::from_micros(u64::try_from(shown.saturating_sub(self.shows)).unwrap_or(0))
    }

    /// What tells it from every other clock.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}x@{}={}", self.speed, self.anchor, self.shows)
    }
}

impl FromStr for FastClock {
    type Err = BadClock;

    fn from_str(text: &str) -> Result<Self, BadClock> {
        let parsed = || {
            let (speed, moments) = text.trim().split_once("x@")?;
            let speed = speed.parse().ok().filter(|speed| (1..=SPEED_MAX).contains(speed))?;
            let (anchor, shows) = moments.split_once('=').unwrap_or((moments, moments));
            Some(Self { speed, anchor: micros(anchor)?, shows: micros(shows)? })
        };
        parsed().ok_or_else(|| BadClock(text.to_owned()))
    }
}

fn micros(rfc3339: &str) -> Option<i64> {
    rfc3339.trim().parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_microsecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(text: &str) -> FastClock {
        text.parse().unwrap()
    }

    #[test]
    fn a_second_of_the_machine_is_an_hour_of_the_clock() {
        let clock = clock("3600x@2026-11-24T15:00:00+08:00");
        let anchor = micros("2026-11-24T07:00:00Z").unwrap();
        assert_eq!(clock.at(anchor), anchor);
        assert_eq!(clock.at(anchor + 1_000_000), anchor + 3_600_000_000);
        assert_eq!(clock.at(anchor - 1_000_000), anchor - 3_600_000_000, "before the anchor it goes as fast");
    }

    #[test]
    fn it_may_show_another_time_at_the_anchor() {
        let clock = clock("24x@2026-11-24T15:00:00.5+08:00=2026-12-01T23:00:00+08:00");
        let (anchor, shown) = (micros("2026-11-24T07:00:00.5Z").unwrap(), micros("2026-12-01T15:00:00Z").unwrap());
        assert_eq!(clock.at(anchor), shown);
        assert_eq!(clock.gone(clock.at(anchor + 1_000_000)), Duration::from_secs(24));
    }

    #[test]
    fn what_is_no_clock_is_refused() {
        for text in ["", "3600x", "3600@2026-11-24T15:00:00Z", "0x@2026-11-24T15:00:00Z", "86401x@2026-11-24T15:00:00Z"]
        {
            assert!(text.parse::<FastClock>().is_err(), "{text}");
        }
        assert!("2x@2026-11-24".parse::<FastClock>().is_err(), "a moment has a time and a zone");
        assert!("2x@2026-11-24T15:00:00Z=soon".parse::<FastClock>().is_err());
    }
}
