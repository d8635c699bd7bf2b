//! The clocks of a run: the only place where they are read.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::store::{Clock, ClockReading, Stamp, Time};

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
