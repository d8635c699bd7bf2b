//! The circuit breaker of an account: a platform that is down is left alone, asked now and then, and gone on with once it
//! answers. Pure: what happened goes in with the time.
//!
//! ```text
//! closed ──so many failures in a row──▶ open ──rest over──▶ asking ──it answers──▶ on trial ──a write is served──▶ closed
//!                                        ▲                    │                       │
//!                                        └──no answer, rest ×2┴──a write fails, rest ×2
//! ```
//!
//! While it is open nothing new begins; what asks is a reading that changes nothing. On trial one write at a time leaves.
//! The patience counts from when it opened until a write is served, so that a platform which reads but does not write
//! is given up too, and rows of which nobody knows what became keep it open for no longer than that.

use std::time::Duration;

use crate::store::{Stamp, Words};
use crate::words;

/// Rests and patience are in proportion to the settle window, within these: what is a long outage depends on how long a
/// late request may take to land.
const WINDOWS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(60));

/// The first rest is this part of the settle window; each next one is twice as long, up to a whole window.
const FIRST_REST: u32 = 8;

/// The patience, in settle windows: two minutes with the default of 30 s.
const PATIENCE: u32 = 4;

/// So many writes that fail on trial, and it opens again: one may have been its row's fault.
const TRIAL_FAILURES: u32 = 2;

/// What follows from what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It has opened: nothing new begins for so long, and it is given up after `patience`.
    Opened {
        /// Until the platform is asked.
        rest: Duration,
        /// From now on.
        patience: Duration,
    },
    /// The platform answers again after so long.
    Answers(Duration),
    /// The patience is over, after so long.
    GaveUp(Duration),
}

impl Turn {
    /// For people.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Opened { rest, patience } => {
                let (rest, patience) = (rest.as_secs_f64(), patience.as_secs_f64());
                words!(
                    "the platform does not answer: nothing new is sent; it is asked by a reading in {rest:.1} s, then less and less often, and given up after {patience:.0} s";
                    "平台无应答：暂停提交；{rest:.1} 秒后用一次查询探测，之后间隔逐次加倍，{patience:.0} 秒仍无应答则停止"
                )
            }
            Self::Answers(after) => {
                let seconds = after.as_secs_f64();
                words!(
                    "the platform answers again after {seconds:.1} s; going on, one store at a time until one is served";
                    "平台在 {seconds:.1} 秒后恢复应答；继续提交，先逐个提交，成功后恢复并发"
                )
            }
            Self::GaveUp(after) => {
                let seconds = after.as_secs_f64();
                words!(
                    "the platform has served no store for {seconds:.0} s: given up for now; what was sent and not answered is read by the next run";
                    "平台已 {seconds:.0} 秒未成功处理任何门店：本次停止提交；已提交而未收到应答的门店由下次运行核实"
                )
            }
        }
    }
}

/// See the file's head.
#[derive(Debug, Clone)]
pub struct Breaker {
    window: Duration,
    failures: u32,
    /// Since when the platform has been down, and how long the present rest is.
    down: Option<Down>,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
struct Down {
    since: Stamp,
    rest: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Closed,
    Resting(Stamp),
    Asking,
    OnTrial(u32),
    GivenUp,
}

impl Breaker {
    /// Closed.
    #[must_use]
    pub fn new(settle_window: Duration) -> Self {
        let window = settle_window.clamp(WINDOWS.0, WINDOWS.1);
        Self { window, failures: 0, down: None, place: Place::Closed }
    }

    /// How many writes may be under way: `room` where all is well, one on trial, none else.
    #[must_use]
    pub const fn room(&self, room: usize) -> usize {
        match self.place {
            Place::Closed => room,
            Place::OnTrial(_) => 1,
            Place::Resting(_) | Place::Asking | Place::GivenUp => 0,
        }
    }

    /// Whether readings that are due may be made.
    #[must_use]
    pub const fn may_read(&self) -> bool {
        !matches!(self.place, Place::Resting(_) | Place::Asking)
    }

    /// Whether a reading that asks is under way.
    #[must_use]
    pub const fn is_asking(&self) -> bool {
        matches!(self.place, Place::Asking)
    }

    /// When the platform is to be asked.
    #[must_use]
    pub const fn ask_at(&self) -> Option<Stamp> {
        match self.place {
            Place::Resting(until) => Some(until),
            _ => None,
        }
    }

    /// Whether the platform is to be asked now; it is, then.
    pub fn asks(&mut self, now: Stamp) -> bool {
        let due = self.ask_at().is_some_and(|at| at <= now);
        if due {
            self.place = Place::Asking;
        }
        due
    }

    /// A write was served, or refused for what it says.
    pub fn served(&mut self) {
        self.failures = 0;
        // What was under way when it opened says nothing about now.
        if matches!(self.place, Place::OnTrial(_)) {
            self.place = Place::Closed;
            self.down = None;
        }
    }

    /// A write failed. It opens at the `max`th in a row.
    pub fn failed(&mut self, now: Stamp, max: u32) -> Option<Turn> {
        self.failures += 1;
        match self.place {
            Place::Closed if self.failures >= max => self.rest(now),
            Place::OnTrial(failed) if failed + 1 >= TRIAL_FAILURES => self.rest(now),
            Place::OnTrial(failed) => {
                self.place = Place::OnTrial(failed + 1);
                None
            }
            Place::Closed | Place::Resting(_) | Place::Asking | Place::GivenUp => None,
        }
    }

    /// The reading that asked has ended.
    pub fn asked(&mut self, now: Stamp, answers: bool) -> Option<Turn> {
        if self.place != Place::Asking {
            return None;
        }
        if answers {
            self.place = Place::OnTrial(0);
            return self.down.map(|down| Turn::Answers(now.since(down.since)));
        }
        self.rest(now)
    }

    /// Rests for the first time, or twice as long as the last time; gives up if the patience would be over by then.
    fn rest(&mut self, now: Stamp) -> Option<Turn> {
        let patience = self.window * PATIENCE;
        let Some(down) = self.down else {
            let rest = self.window / FIRST_REST;
            self.down = Some(Down { since: now, rest });
            self.place = Place::Resting(now.after(rest));
            return Some(Turn::Opened { rest, patience });
        };
        let end = down.since.after(patience);
        if now >= end {
            self.place = Place::GivenUp;
            return Some(Turn::GaveUp(now.since(down.since)));
        }
        let rest = (down.rest * 2).min(self.window);
        self.down = Some(Down { rest, ..down });
        // The last look is at the end of the patience, not before it.
        self.place = Place::Resting(now.after(rest).min(end));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(30);

    fn at(seconds: f64) -> Stamp {
        Stamp(0).after(Duration::from_secs_f64(seconds))
    }

    /// One that has opened at the beginning of time.
    fn open() -> Breaker {
        let mut breaker = Breaker::new(WINDOW);
        assert!((0..19).all(|_| breaker.failed(at(0.0), 20).is_none()));
        let rest = Duration::from_millis(3_750);
        assert_eq!(breaker.failed(at(0.0), 20), Some(Turn::Opened { rest, patience: WINDOW * 4 }));
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_success_between_them_does_not() {
        let mut breaker = Breaker::new(WINDOW);
        for n in 0..100 {
            assert_eq!(breaker.failed(at(0.0), 20), None, "{n}");
            if n % 19 == 18 {
                breaker.served();
            }
        }
        assert_eq!((open().room(64), open().may_read()), (0, false));
    }

    #[test]
    fn it_asks_after_rests_that_double_and_gives_up_when_the_patience_is_over() {
        let mut breaker = open();
        let (mut now, mut asked, mut end) = (0, Vec::new(), None);
        while end.is_none() {
            now = breaker.ask_at().unwrap().0;
            assert!(!breaker.asks(Stamp(now - 1)) && breaker.asks(Stamp(now)) && breaker.is_asking());
            asked.push(now);
            end = breaker.asked(Stamp(now), false);
        }
        assert_eq!(asked, [3_750, 11_250, 26_250, 56_250, 86_250, 116_250, 120_000]);
        assert_eq!((end, now, breaker.room(64)), (Some(Turn::GaveUp(WINDOW * 4)), 120_000, 0));
        assert!(breaker.may_read(), "what is open may still be settled");
    }

    #[test]
    fn once_it_answers_one_write_at_a_time_leaves_until_one_is_served() {
        let mut breaker = open();
        assert!(breaker.asks(at(4.0)));
        assert_eq!(breaker.asked(at(5.0), true), Some(Turn::Answers(Duration::from_secs(5))));
        assert_eq!((breaker.room(64), breaker.may_read()), (1, true));
        assert_eq!(breaker.failed(at(6.0), 20), None, "one may have been its row's fault");
        breaker.served();
        assert_eq!(breaker.room(64), 64);
        assert!((0..19).all(|_| breaker.failed(at(7.0), 20).is_none()), "and the count begins anew");
    }

    #[test]
    fn a_platform_that_reads_and_does_not_write_is_given_up_as_well() {
        let mut breaker = open();
        let mut end = None;
        let mut writes = 0;
        for second in 0..1_000 {
            let now = at(f64::from(second));
            if breaker.asks(now) {
                breaker.asked(now, true);
            } else if breaker.room(64) > 0 {
                writes += 1;
                end = end.or(breaker.failed(now, 20));
            }
        }
        assert!(matches!(end, Some(Turn::GaveUp(_))), "{end:?}");
        assert!(writes <= 16, "{writes} writes went into nothing");
    }

    #[test]
    fn what_was_under_way_when_it_opened_neither_closes_nor_moves_it() {
        let mut breaker = open();
        breaker.served();
        assert_eq!((breaker.failed(at(1.0), 20), breaker.room(64)), (None, 0));
        assert_eq!(breaker.asked(at(1.0), true), None, "nobody asked");
    }

    #[test]
    fn rests_and_patience_are_in_proportion_to_the_settle_window_within_reason() {
        let patience = |window| {
            let mut breaker = Breaker::new(window);
            match breaker.failed(at(0.0), 1) {
                Some(Turn::Opened { patience, .. }) => patience,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(patience(Duration::from_secs(1)), Duration::from_secs(4));
        assert_eq!(patience(Duration::from_secs(86_400)), Duration::from_secs(240));
    }
}
