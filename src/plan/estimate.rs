//! How many calls are left and how long they take.

use std::time::Duration;

use crate::store::{Estimate, Stamp};

/// The estimate for `calls` writes, evenly `spacing` apart, from `now` on.
#[must_use]
pub fn estimate(calls: u64, spacing: Duration, now: Stamp) -> Estimate {
    if calls == 0 {
        return Estimate::default();
    }
    let span = spacing.saturating_mul(u32::try_from(calls).unwrap_or(u32::MAX));
    let seconds = span.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX);
    let done = now.after(span);
    let days = platform_day(done).saturating_sub(platform_day(now)) + 1;
    Estimate { calls, seconds, days: u64::try_from(days).unwrap_or(1), done_at: Some(done.rfc3339()) }
}

/// The number of the platform's day (UTC+8) in which `at` lies.
fn platform_day(at: Stamp) -> i64 {
    const DAY_MS: i64 = 86_400_000;
    const OFFSET_MS: i64 = 8 * 3_600_000;
    at.0.saturating_add(OFFSET_MS).div_euclid(DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Stamp = Stamp(1_795_457_400_000); // 2026-11-24T02:10:00+08:00

    #[test]
    fn the_rate_decides_how_long_it_takes() {
        let estimate = estimate(750, Duration::from_millis(100), NOW);
        assert_eq!((estimate.calls, estimate.seconds, estimate.days), (750, 75, 1));
        assert_eq!(estimate.done_at.as_deref(), Some("2026-11-24T02:11:15+08:00"));
    }

    #[test]
    fn sending_over_midnight_takes_two_days() {
        assert_eq!(estimate(24 * 3600, Duration::from_secs(1), NOW).days, 2);
    }

    #[test]
    fn nothing_to_send_takes_no_time() {
        assert_eq!(estimate(0, Duration::from_secs(1), NOW), Estimate::default());
    }
}
