//! Moments as the ledger keeps them, and what a clock is. Nothing here reads one: it is always an argument.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use super::Words;

/// Where the time comes from, and where it is waited for; the command line gives the machine's, tests give their own.
pub trait Time: Send + Sync {
    /// The moment. It never goes back while a process lives, and it goes on while the machine sleeps.
    fn now(&self) -> Stamp;

    /// Time since some beginning, finer than a [`Stamp`]: for pacing.
    fn elapsed(&self) -> Duration;

    /// Comes back after `span`.
    fn sleep(&self, span: Duration);

    /// How many times faster than real time it goes; 1 but for rehearsals. Whoever must not keep a person waiting looks up
    /// after so many times the span that a person bears.
    fn speed(&self) -> u32 {
        1
    }
}

/// A clock that is shared by all who need one.
pub type Clock = Arc<dyn Time>;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Stamp(pub i64);

impl Stamp {
    /// This moment and `span` later; stops at the end of time instead of wrapping.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// RFC 3339 in the platform's own zone, to the second: `2026-11-24T02:10:00+08:00`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.zoned().map_or_else(String::new, |at| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
    }

    /// For people, in the platform's own zone: `11-24 02:10:00`.
    #[must_use]
    pub fn short(self) -> String {
        self.zoned().map_or_else(String::new, |at| at.strftime("%m-%d %H:%M:%S").to_string())
    }

    /// For scripts, to the millisecond: `2026-11-24T02:10:00.125+08:00`.
    #[must_use]
    pub fn precise(self, zone: &Zone) -> String {
        self.at(zone).map_or_else(String::new, |at| at.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string())
    }

    /// For people, to the second, without the zone, which is said once: `2026-11-24 02:10:00`.
    #[must_use]
    pub fn local(self, zone: &Zone) -> String {
        self.at(zone).map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
    }

    /// The same time of day so many working days later, in the platform's own zone: Monday to Friday. Public holidays are not
    /// known here.
    #[must_use]
    pub fn after_working_days(self, days: u32) -> Self {
        const DAY: Duration = Duration::from_secs(86_400);
        let (mut at, mut left) = (self, days);
        while left > 0 {
            at = at.after(DAY);
            let Some(then) = at.zoned() else { return at };
            left -= u32::from(!matches!(then.weekday(), Weekday::Saturday | Weekday::Sunday));
        }
        at
    }

    fn at(self, zone: &Zone) -> Option<jiff::Zoned> {
        Some(jiff::Timestamp::from_millisecond(self.0).ok()?.to_zoned(zone.0.clone()))
    }

    fn zoned(self) -> Option<jiff::Zoned> {
        let at = jiff::Timestamp::from_millisecond(self.0).ok()?;
        Some(at.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))))
    }
}

/// A clock of tests: it stands still until somebody sets it or waits for it. It counts microseconds.
#[cfg(test)]
#[derive(Clone, Default)]
pub(crate) struct SetClock(Arc<std::sync::atomic::AtomicU64>);

#[cfg(test)]
impl SetClock {
    pub fn set(&self, millis: u64) {
        self.0.store(millis * 1_000, std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(test)]
impl Time for SetClock {
    fn now(&self) -> Stamp {
        Stamp(0).after(self.elapsed())
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }

    fn sleep(&self, span: Duration) {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX).max(1);
        self.0.fetch_add(micros, std::sync::atomic::Ordering::SeqCst);
    }
}

/// The day of the week of a time in RFC 3339, for people: `Thu`, `周四`.
#[must_use]
pub fn weekday(rfc3339: &str) -> Option<Words> {
    let date: jiff::civil::Date = rfc3339.get(..10)?.parse().ok()?;
    let (en, zh) = match date.weekday() {
        Weekday::Monday => ("Mon", "周一"),
        Weekday::Tuesday => ("Tue", "周二"),
        Weekday::Wednesday => ("Wed", "周三"),
        Weekday::Thursday => ("Thu", "周四"),
        Weekday::Friday => ("Fri", "周五"),
        Weekday::Saturday => ("Sat", "周六"),
        Weekday::Sunday => ("Sun", "周日"),
    };
    Some(Words { en: en.to_owned(), zh: zh.to_owned() })
}

/// In which zone a person reads times.
#[derive(Debug, Clone)]
pub struct Zone(jiff::tz::TimeZone);

impl Zone {
    /// The platform's own, UTC+8.
    #[must_use]
    pub fn of_platform() -> Self {
        Self(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)))
    }

    /// Another one, as whoever asks the machine for it has found it.
    #[must_use]
    pub const fn new(zone: jiff::tz::TimeZone) -> Self {
        Self(zone)
    }

    /// `UTC+08:00`, or `UTC+08:00, Asia/Shanghai`, as it is at that moment.
    #[must_use]
    pub fn name(&self, at: Stamp) -> String {
        let offset = at.at(self).map_or_else(String::new, |at| at.strftime("%:z").to_string());
        match self.0.iana_name().filter(|name| !matches!(*name, "UTC" | "Etc/UTC")) {
            Some(name) => format!("UTC{offset}, {name}"),
            None => format!("UTC{offset}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_shown_in_the_platforms_zone() {
        assert_eq!(Stamp(1_795_457_400_000).rfc3339(), "2026-11-24T02:10:00+08:00");
    }

    #[test]
    fn a_person_reads_times_in_their_own_zone_and_the_zone_is_said_once() {
        let at = Stamp(1_795_457_400_125);
        let zone = Zone::of_platform();
        assert_eq!((at.local(&zone), zone.name(at)), ("2026-11-24 02:10:00".into(), "UTC+08:00".into()));
        assert_eq!(at.precise(&zone), "2026-11-24T02:10:00.125+08:00");
        let utc = Zone(jiff::tz::TimeZone::UTC);
        assert_eq!((at.local(&utc), utc.name(at)), ("2026-11-23 18:10:00".into(), "UTC+00:00".into()));
    }

    #[test]
    fn three_working_days_leave_the_weekend_out() {
        let wednesday = Stamp(1_795_457_400_000 + 86_400_000);
        assert_eq!(wednesday.after_working_days(3).rfc3339(), "2026-11-30T02:10:00+08:00");
        let saturday = wednesday.after(Duration::from_secs(3 * 86_400));
        assert_eq!(saturday.after_working_days(3).rfc3339(), "2026-12-02T02:10:00+08:00");
        assert_eq!(saturday.after_working_days(0), saturday);
        assert_eq!(weekday(&saturday.rfc3339()).map(|words| words.zh).as_deref(), Some("周六"));
        assert_eq!(weekday("soon"), None);
    }

    #[test]
    fn a_span_before_the_beginning_is_zero() {
        assert_eq!(Stamp(5).since(Stamp(9)), Duration::ZERO);
        assert_eq!(Stamp(9).since(Stamp(5)), Duration::from_millis(4));
    }
}
