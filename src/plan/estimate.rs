//! How many calls are left, how long they take, and on how many days: by the rate, and by what a day allows.

use std::time::Duration;

use crate::store::{Estimate, PlatformDay, Stamp};

/// Longer than this many days nobody plans.
const DAYS_MAX: u32 = 1_000_000;

/// The map reviews what was added for so many working days.
const REVIEW_DAYS: u32 = 3;

/// Calls of one endpoint that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// How many.
    pub calls: u64,
    /// How many of them may leave today; `None`: as many as the rate allows.
    pub left_today: Option<u64>,
    /// How many may leave on each day after; `None` as before.
    pub a_day: Option<u64>,
    /// The platform reviews what they bring.
    pub is_reviewed: bool,
}

/// The estimate for these loads, sent one after the other and evenly `spacing` apart, from `now` on. One whose day is used up
/// waits for the next one and holds up no other.
#[must_use]
pub fn estimate(loads: &[Load], spacing: Duration, now: Stamp, day: PlatformDay) -> Estimate {
    let calls = loads.iter().map(|load| load.calls).sum();
    if calls == 0 {
        return Estimate::default();
    }
    let Some((done, days)) = end_of(loads.to_vec(), spacing, now, day) else {
        return Estimate { calls, ..Estimate::default() };
    };
    let is_reviewed = loads.iter().any(|load| load.is_reviewed && load.calls > 0);
    Estimate {
        calls,
        seconds: done.since(now).as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX),
        days,
        done_at: Some(done.rfc3339()),
        reviews_by: is_reviewed.then(|| done.after_working_days(REVIEW_DAYS).rfc3339()),
    }
}

/// When the last call has left, and on how many days any did; `None` if that is never.
fn end_of(mut loads: Vec<Load>, spacing: Duration, now: Stamp, day: PlatformDay) -> Option<(Stamp, u64)> {
    let (mut at, mut days) = (now, 0);
    for _ in 0..DAYS_MAX {
        let end = day.end_of(at);
        // Those that begin before the day ends; the first of them at once.
        let room = end.since(at).as_nanos().div_ceil(spacing.as_nanos().max(1));
        let room = u64::try_from(room).unwrap_or(u64::MAX);
        let mut sent = 0;
        for load in &mut loads {
            let today = load.calls.min(load.left_today.unwrap_or(u64::MAX)).min(room - sent);
            load.calls -= today;
            sent += today;
            load.left_today = load.a_day;
        }
        days += u64::from(sent > 0);
        if loads.iter().all(|load| load.calls == 0) {
            return Some((at.after(times(spacing, sent)), days));
        }
        if loads.iter().all(|load| load.calls == 0 || load.a_day == Some(0)) {
            return None;
        }
        at = end;
    }
    None
}

fn times(spacing: Duration, calls: u64) -> Duration {
    let nanos = spacing.as_nanos().saturating_mul(u128::from(calls));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Stamp = Stamp(1_795_457_400_000); // Tuesday, 2026-11-24T02:10:00+08:00

    fn load(calls: u64) -> Load {
        Load { calls, left_today: None, a_day: None, is_reviewed: true }
    }

    fn limited(calls: u64, left_today: u64, a_day: u64) -> Load {
        Load { left_today: Some(left_today), a_day: Some(a_day), ..load(calls) }
    }

    fn at(loads: &[Load], spacing: Duration) -> Estimate {
        estimate(loads, spacing, NOW, PlatformDay::default())
    }

    fn done(estimate: &Estimate) -> &str {
        estimate.done_at.as_deref().unwrap_or_default()
    }

    #[test]
    fn the_rate_decides_how_long_it_takes() {
        let estimate = at(&[load(750)], Duration::from_millis(100));
        assert_eq!((estimate.calls, estimate.seconds, estimate.days), (750, 75, 1));
        assert_eq!(done(&estimate), "2026-11-24T02:11:15+08:00");
    }

    #[test]
    fn sending_over_midnight_takes_two_days() {
        assert_eq!(at(&[load(24 * 3600)], Duration::from_secs(1)).days, 2);
    }

    #[test]
    fn nothing_to_send_takes_no_time() {
        assert_eq!(at(&[load(0)], Duration::from_secs(1)), Estimate::default());
    }

    #[test]
    fn a_thousand_stores_at_300_a_day_less_the_reserve_take_four_days_and_the_last_ones_remainder() {
        let estimate = at(&[limited(1_000, 285, 285)], Duration::from_secs(60));
        assert_eq!(estimate.days, 4);
        assert_eq!(done(&estimate), "2026-11-27T02:25:00+08:00", "145 on the fourth day, one a minute");
        assert_eq!(
            estimate.reviews_by.as_deref(),
            Some("2026-12-02T02:25:00+08:00"),
            "a Friday, and three working days"
        );
    }

    #[test]
    fn what_is_used_today_is_not_there_today() {
        let estimate = at(&[limited(300, 0, 285)], Duration::from_secs(1));
        assert_eq!((estimate.days, done(&estimate)), (2, "2026-11-26T00:00:15+08:00"));
        assert_eq!(at(&[limited(300, 100, 285)], Duration::from_secs(1)).days, 2);
    }

    #[test]
    fn a_day_that_is_too_short_for_what_it_allows_is_not_used_up() {
        // Of the first day 21 h 50 min are left: 131 calls of ten minutes.
        let estimate = at(&[limited(200, 285, 285)], Duration::from_secs(600));
        assert_eq!((estimate.days, done(&estimate)), (2, "2026-11-25T11:30:00+08:00"));
    }

    #[test]
    fn several_endpoints_share_the_rate_and_not_the_quota() {
        let add = limited(20, 10, 10);
        let delete = Load { is_reviewed: false, ..limited(50, 100, 100) };
        let estimate = at(&[add, delete], Duration::from_secs(60));
        assert_eq!((estimate.calls, estimate.days, done(&estimate)), (70, 2, "2026-11-25T00:10:00+08:00"));
        assert_eq!(at(&[delete], Duration::from_secs(60)).reviews_by, None, "nobody reviews a deletion");
    }

    #[test]
    fn what_may_never_be_sent_has_no_end() {
        let estimate = at(&[limited(5, 1, 0)], Duration::from_secs(1));
        assert_eq!((estimate.calls, estimate.days, estimate.done_at), (5, 0, None));
    }

    #[test]
    fn the_last_day_is_found_however_far_it_is() {
        assert_eq!(at(&[limited(100_000, 1, 1)], Duration::from_secs(1)).days, 100_000);
    }
}
