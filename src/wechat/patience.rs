//! Waiting that ends early once nobody wants its end any more.

use std::time::Duration;

use crate::store::Time;

/// Whoever waits looks up this often.
pub(super) const LOOK_UP: Duration = Duration::from_millis(100);

/// Waits for `span`, or until `stopped` says that it is enough.
pub(super) fn sleep_until(clock: &dyn Time, span: Duration, stopped: &dyn Fn() -> bool) {
    let end = clock.elapsed() + span;
    while !stopped() {
        let left = end.saturating_sub(clock.elapsed());
        if left.is_zero() {
            return;
        }
        clock.sleep(left.min(LOOK_UP * clock.speed()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SetClock;

    #[test]
    fn a_wait_has_its_length_and_ends_early_once_it_is_enough() {
        let clock = SetClock::default();
        sleep_until(&clock, Duration::from_millis(1_050), &|| false);
        assert_eq!(clock.elapsed(), Duration::from_millis(1_050));
        sleep_until(&clock, Duration::from_secs(60), &|| clock.elapsed() > Duration::from_secs(2));
        assert!(clock.elapsed() < Duration::from_millis(2_200));
    }
}
