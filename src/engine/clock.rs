//! The clocks of a run: the only place where they are read.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::store::{Clock, ClockReading, FastClock, Stamp, Time};

/// What the clocks of this machine say.
#[must_use]
pub fn read_clocks() -> ClockReading {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let wall = Stamp(i64::try_from(wall.as_millis()).unwrap_or(0));
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    ClockReading { wall, uptime: uptime(), boot: boot(), machine }
}

/// The wall clock at the start.
#[must_use]
pub fn machine_clock() -> Clock {
    clock_since(&read_clocks())
}

/// The wall clock of this reading, and from then on a clock that nobody can set back, and that goes on while the machine
/// sleeps: a settle window that passed in its sleep has passed.
#[must_use]
pub fn clock_since(reading: &ClockReading) -> Clock {
    Arc::new(MachineTime { begun: reading.wall, up: reading.uptime, since: Instant::now() })
}

struct MachineTime {
    begun: Stamp,
    up: Duration,
    since: Instant,
}

impl Time for MachineTime {
    fn now(&self) -> Stamp {
        self.begun.after(uptime().saturating_sub(self.up))
    }

    fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    fn sleep(&self, span: Duration) {
        std::thread::sleep(span);
    }
}

/// What an accelerated clock says. Wall and uptime come from one reading of the machine's wall clock, so that a restart is
/// never taken for a clock set forward; to another setting of it the ledger is as if it were on another machine.
#[must_use]
pub fn read_fast_clock(fast: FastClock) -> ClockReading {
    let shown = fast.at(real_micros());
    let machine = format!("{}, at {}", rustix::system::uname().nodename().to_string_lossy(), fast.name());
    ClockReading { wall: stamp(shown), uptime: fast.gone(shown), boot: Some(fast.name()), machine }
}

/// An accelerated clock, from the machine's wall clock alone: all processes that were given the same words share it.
#[must_use]
pub fn fast_clock(fast: FastClock) -> Clock {
    Arc::new(FastTime { fast, since: Instant::now(), latest: AtomicI64::new(i64::MIN) })
}

struct FastTime {
    fast: FastClock,
    since: Instant,
    /// What it has shown last: it never goes back, though the machine's clock may.
    latest: AtomicI64,
}

impl Time for FastTime {
    fn now(&self) -> Stamp {
        let shown = self.fast.at(real_micros());
        stamp(self.latest.fetch_max(shown, Ordering::SeqCst).max(shown))
    }

    fn elapsed(&self) -> Duration {
        self.since.elapsed() * self.fast.speed()
    }

    fn sleep(&self, span: Duration) {
        std::thread::sleep(span / self.fast.speed());
    }

    fn speed(&self) -> u32 {
        self.fast.speed()
    }
}

fn real_micros() -> i64 {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(wall.as_micros()).unwrap_or(i64::MAX)
}

const fn stamp(micros: i64) -> Stamp {
    Stamp(micros.div_euclid(1000))
}

/// What the system calls this start of the machine. Without a name, a start is told from the next by the uptime alone.
fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

fn uptime() -> Duration {
    #[cfg(target_os = "linux")]
    let clock = rustix::time::ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = rustix::time::ClockId::Monotonic;
    let now = rustix::time::clock_gettime(clock);
    let part = |n: i64| u64::try_from(n).unwrap_or(0);
    Duration::from_secs(part(now.tv_sec)) + Duration::from_nanos(part(now.tv_nsec))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Correction;

    #[test]
    fn a_restart_on_an_accelerated_clock_is_no_clock_set_forward() {
        let fast: FastClock = "86400x@2026-11-24T15:00:00+08:00".parse().unwrap();
        let first = read_fast_clock(fast);
        let write = fast_clock(fast).now();
        std::thread::sleep(Duration::from_millis(20));
        let second = read_fast_clock(fast);
        assert!(second.wall.since(first.wall) >= Duration::from_secs(1_728), "20 ms are 29 minutes");
        assert_eq!(second.correction(Some(&first), write, Some(write)), Correction::None);
    }

    #[test]
    fn with_another_setting_nothing_is_certain_and_the_machines_own_clock_has_been_set() {
        let (slow, fast) = ("60x@2026-01-01T00:00:00Z", "61x@2026-01-01T00:00:00Z");
        let first = read_fast_clock(slow.parse().unwrap());
        let second = read_fast_clock(fast.parse().unwrap());
        let passed = second.wall.since(first.wall);
        assert_eq!(second.correction(Some(&first), first.wall, Some(first.wall)), Correction::Later(passed));
        assert_eq!(read_clocks().correction(Some(&first), first.wall, Some(first.wall)), Correction::SetBack);
    }

    #[test]
    fn its_sleep_and_its_pace_are_as_fast_as_itself() {
        let clock = fast_clock("1000x@2026-11-24T15:00:00+08:00".parse().unwrap());
        let (begun, shown) = (clock.elapsed(), clock.now());
        clock.sleep(Duration::from_secs(10));
        assert!(clock.elapsed().saturating_sub(begun) >= Duration::from_secs(10));
        assert!(clock.now().since(shown) >= Duration::from_millis(9_900), "the wall clock agrees");
    }
}
