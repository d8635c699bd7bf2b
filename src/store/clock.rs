//! Two clocks against one another: the wall clock, which people and daemons set, and the time since the machine started,
//! which nobody sets. From what both said when the ledger was last used, and say now, follows how much later than it says
//! a moment of the ledger has to be taken, so that no settle window seems to have passed that has not. Pure: nothing here
//! reads a clock.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Stamp;

/// What the clocks of a machine say at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReading {
    /// The wall clock.
    pub wall: Stamp,
    /// Time since the machine started, its sleep included where the system can tell.
    pub uptime: Duration,
    /// What names this start of the machine among all others, where the system tells it.
    pub boot: Option<String>,
    /// The machine: on another one the uptime says nothing about this one's past.
    pub machine: String,
}

/// What to do about moments that were written down before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// They are where they say.
    None,
    /// The wall clock claims that more time has passed since than is certain: they count as so much later.
    Later(Duration),
    /// The newest of them lies ahead of the clock, by no more than [`SET_BACK_MAX`]: they count as now.
    Anew,
    /// The clock is earlier than the newest of them, by more than [`SET_BACK_MAX`].
    SetBack,
}

/// A clock may be corrected backwards by so much without anybody being asked.
pub const SET_BACK_MAX: Duration = Duration::from_secs(60);

/// Two clocks are not read at the same instant: less than this is no jump.
const JITTER: Duration = Duration::from_millis(10);

impl ClockReading {
    /// How the moments of a ledger have to be taken now: its newest of any kind is `newest`, the newest from which a
    /// settle window counts is `write`, and a run last began in it when the clocks said `last`; `None` where there is none
    /// or it was not written down.
    #[must_use]
    pub fn correction(&self, last: Option<&Self>, newest: Stamp, write: Option<Stamp>) -> Correction {
        if self.wall < newest {
            return if newest.since(self.wall) > SET_BACK_MAX { Correction::SetBack } else { Correction::Anew };
        }
        let Some(write) = write else { return Correction::None };
        let ahead = match last {
            // The same start of the machine: what has passed since is known, and with it what the clock ought to say.
            Some(last) if self.same_boot(last) => {
                let passed = self.uptime.saturating_sub(last.uptime);
                let expected = last.wall.after(passed);
                // What that run wrote down later lies before `expected`, for its own clock went on with the uptime.
                self.wall.since(expected)
            }
            // Another start of the same machine: everything in the ledger is older than this start.
            Some(last) if self.machine == last.machine => self.wall.since(write).saturating_sub(self.uptime),
            // Nothing is known but that the ledger is there.
            _ => self.wall.since(write),
        };
        if ahead < JITTER { Correction::None } else { Correction::Later(ahead.min(self.wall.since(write))) }
    }

    fn same_boot(&self, last: &Self) -> bool {
        match (&self.boot, &last.boot) {
            // No two starts of any two machines have the same name; a container has its machine's.
            (Some(now), Some(then)) => now == then,
            // Where a start has no name, a time since it that went on may be the same start's: then less has passed.
            (None, None) => self.machine == last.machine && self.uptime >= last.uptime,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine that was started at `boot`, seen when its wall clock says `wall` and it has run for `uptime` seconds.
    fn reading(boot: &str, wall: i64, uptime: u64) -> ClockReading {
        let boot = (!boot.is_empty()).then(|| boot.to_owned());
        ClockReading { wall: Stamp(wall * 1000), uptime: Duration::from_secs(uptime), boot, machine: "m".into() }
    }

    fn later(seconds: u64) -> Correction {
        Correction::Later(Duration::from_secs(seconds))
    }

    const NEWEST: Stamp = Stamp(1_100_000);

    #[test]
    fn a_clock_that_nobody_touched_corrects_nothing() {
        let last = reading("a", 1000, 50);
        assert_eq!(reading("a", 1200, 250).correction(Some(&last), NEWEST, Some(NEWEST)), Correction::None);
        assert_eq!(reading("a", 1100, 150).correction(Some(&last), NEWEST, Some(NEWEST)), Correction::None);
    }

    #[test]
    fn a_clock_set_forward_on_the_same_boot_is_known_to_the_second() {
        let last = reading("a", 1000, 50);
        // 110 s have passed, the clock claims 3710: what was written at 1100 is 10 s old.
        assert_eq!(reading("a", 4710, 160).correction(Some(&last), NEWEST, Some(NEWEST)), later(3600));
        assert_eq!(reading("", 4710, 160).correction(Some(&reading("", 1000, 50)), NEWEST, Some(NEWEST)), later(3600));
    }

    #[test]
    fn after_another_boot_only_its_uptime_is_certain() {
        let last = reading("a", 1000, 50);
        // The newest moment is at least 20 s old, whatever the clock says.
        assert_eq!(reading("b", 5000, 20).correction(Some(&last), NEWEST, Some(NEWEST)), later(3880));
        assert_eq!(reading("", 5000, 20).correction(Some(&reading("", 1000, 50)), NEWEST, Some(NEWEST)), later(3880));
        assert_eq!(reading("b", 5000, 3900).correction(Some(&last), NEWEST, Some(NEWEST)), Correction::None);
    }

    #[test]
    fn on_another_machine_or_without_a_stamp_nothing_is_certain() {
        let last = ClockReading { machine: "other".into(), ..reading("a", 1000, 50) };
        assert_eq!(reading("b", 5000, 100_000).correction(Some(&last), NEWEST, Some(NEWEST)), later(3900));
        assert_eq!(reading("a", 5000, 100_000).correction(None, NEWEST, Some(NEWEST)), later(3900));
    }

    #[test]
    fn a_container_of_another_name_on_the_same_boot_is_the_same_machine() {
        let last = ClockReading { machine: "container-1".into(), ..reading("a", 1000, 50) };
        assert_eq!(reading("a", 1200, 250).correction(Some(&last), NEWEST, Some(NEWEST)), Correction::None);
    }

    #[test]
    fn what_was_written_down_after_the_boot_makes_no_write_older() {
        // A supplement was taken at 4990; the write is of before the boot, 20 s ago.
        let (last, now) = (reading("a", 1000, 50), reading("b", 5000, 20));
        assert_eq!(now.correction(Some(&last), Stamp(4_990_000), Some(NEWEST)), later(3880));
        assert_eq!(now.correction(Some(&last), Stamp(4_990_000), None), Correction::None);
    }

    #[test]
    fn a_clock_set_back_a_little_lets_windows_begin_anew_and_one_set_back_far_is_refused() {
        let last = reading("a", 1000, 50);
        assert_eq!(reading("a", 1099, 160).correction(Some(&last), NEWEST, Some(NEWEST)), Correction::Anew);
        assert_eq!(reading("a", 1040, 160).correction(Some(&last), NEWEST, Some(NEWEST)), Correction::Anew);
        assert_eq!(reading("a", 1039, 160).correction(Some(&last), NEWEST, Some(NEWEST)), Correction::SetBack);
    }

    #[test]
    fn no_correction_puts_the_newest_moment_after_now() {
        // Set back by half a minute since the stamp, and the newest moment is one of before it.
        for uptime in 0..400 {
            for wall in 1100..1500 {
                if let Correction::Later(span) =
                    reading("a", wall, uptime).correction(Some(&reading("a", 1000, 50)), NEWEST, Some(NEWEST))
                {
                    assert!(NEWEST.after(span) <= Stamp(wall * 1000));
                }
            }
        }
    }
}
