//! The zone in which a person at this machine reads times.

use crate::store::Zone;

/// The machine's own zone; UTC where it has none.
#[must_use]
pub fn machine_zone() -> Zone {
    Zone::new(jiff::tz::TimeZone::try_system().unwrap_or(jiff::tz::TimeZone::UTC))
}
