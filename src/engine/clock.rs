//! The machine's clock.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::store::{Clock, Stamp, Time};

/// The wall clock at the start, and from then on a clock that nobody can set back, and that goes on while the machine
/// sleeps: a settle window that passed in its sleep has passed.
#[must_use]
pub fn machine_clock() -> Clock {
    let begun = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let begun = Stamp(i64::try_from(begun.as_millis()).unwrap_or(0));
    Arc::new(MachineTime { begun, up: uptime(), since: Instant::now() })
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

/// How long the machine has been up, its sleep included where the system counts it.
#[must_use]
pub fn uptime() -> Duration {
    #[cfg(target_os = "linux")]
    let clock = rustix::time::ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = rustix::time::ClockId::Monotonic;
    let now = rustix::time::clock_gettime(clock);
    let part = |n: i64| u64::try_from(n).unwrap_or(0);
    Duration::from_secs(part(now.tv_sec)) + Duration::from_nanos(part(now.tv_nsec))
}
