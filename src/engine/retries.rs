//! The retry budget: a platform in trouble is not hammered. Pure: the time is an argument.
//!
//! A call that is made again costs one; every good answer brings a tenth of one back, and every two seconds one comes back
//! by itself, so that a run whose last calls all have to be made again comes to its end. Nobody has more than thirty.

use std::time::Duration;

/// What there is at the beginning, and at most.
const ALLOWANCE: f64 = 30.0;

/// What a good answer brings back.
const EARNED: f64 = 0.1;

/// In this time one comes back by itself.
const COMES_BACK: Duration = Duration::from_secs(2);

/// See the file's head. Moments are spans since any beginning that is always the same.
#[derive(Debug, Clone)]
pub struct RetryBudget {
    left: f64,
    at: Duration,
}

impl RetryBudget {
    /// A full one.
    #[must_use]
    pub const fn new(now: Duration) -> Self {
        Self { left: ALLOWANCE, at: now }
    }

    /// A good answer came.
    pub fn earn(&mut self) {
        self.left = (self.left + EARNED).min(ALLOWANCE);
    }

    /// Pays for one call that is made again; `false` if there is nothing left to pay with.
    pub fn spend(&mut self, now: Duration) -> bool {
        self.refill(now);
        // What comes back in tenths may lack the last bit of a whole one.
        let enough = self.left >= 1.0 - f64::EPSILON * 64.0;
        if enough {
            self.left = (self.left - 1.0).max(0.0);
        }
        enough
    }

    /// When there is one, even without another good answer.
    #[must_use]
    pub fn ready_at(&self) -> Duration {
        self.at + COMES_BACK.mul_f64((1.0 - self.left).max(0.0))
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at);
        self.left = (self.left + passed.as_secs_f64() / COMES_BACK.as_secs_f64()).min(ALLOWANCE);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn spent(budget: &mut RetryBudget, now: Duration) -> usize {
        (0..1_000).take_while(|_| budget.spend(now)).count()
    }

    #[test]
    fn without_a_good_answer_thirty_calls_are_made_again_and_then_one_in_two_seconds() {
        let mut budget = RetryBudget::new(at(0));
        assert_eq!(spent(&mut budget, at(0)), 30);
        assert_eq!(budget.ready_at(), at(2_000));
        assert_eq!(spent(&mut budget, at(1_999)), 0);
        assert_eq!(spent(&mut budget, at(2_000)), 1);
        assert_eq!(spent(&mut budget, at(12_000)), 5);
    }

    #[test]
    fn ten_good_answers_pay_for_one_more() {
        let mut budget = RetryBudget::new(at(0));
        spent(&mut budget, at(0));
        (0..9).for_each(|_| budget.earn());
        assert!(!budget.spend(at(0)));
        budget.earn();
        assert_eq!(spent(&mut budget, at(0)), 1);
    }

    #[test]
    fn nothing_is_saved_up_beyond_the_allowance() {
        let mut budget = RetryBudget::new(at(0));
        (0..100_000).for_each(|_| budget.earn());
        assert_eq!(spent(&mut budget, at(3_600_000)), 30);
        assert_eq!(budget.ready_at(), at(3_602_000));
    }
}
