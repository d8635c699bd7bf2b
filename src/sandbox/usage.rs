//! What is used of a day's quota by others than the callers: the live shop of the same account, as a scenario says it. A
//! function of the time alone, so that a restart changes nothing.

use serde::{Deserialize, Serialize};

use crate::store::{PlatformDay, Stamp};
use crate::wire::Endpoint;

const HOUR_MS: i64 = 3_600_000;

/// Somebody else who uses the same quota.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Others {
    /// Which endpoint they call.
    pub endpoint: Endpoint,
    /// So many calls at once, when they begin.
    #[serde(default)]
    pub at_once: u64,
    /// So many every full hour after.
    #[serde(default)]
    pub an_hour: u64,
    /// In which hour of the day (UTC+8) they begin; 0 by default.
    #[serde(default)]
    pub from_hour: u32,
}

impl Others {
    /// How many calls they have made today.
    #[must_use]
    pub fn used(&self, endpoint: Endpoint, now: i64) -> u64 {
        if endpoint != self.endpoint {
            return 0;
        }
        let since = now - PlatformDay::default().begin_of(Stamp(now)).0 - i64::from(self.from_hour) * HOUR_MS;
        match u64::try_from(since / HOUR_MS) {
            Ok(hours) if since >= 0 => self.at_once + self.an_hour * hours,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_begin_in_their_hour_and_a_new_day_begins_anew() {
        let others = Others { endpoint: Endpoint::AddStore, at_once: 10, an_hour: 5, from_hour: 2 };
        let midnight = 1_795_536_000_000;
        let used = |minutes: i64| others.used(Endpoint::AddStore, midnight + minutes * 60_000);
        assert_eq!([used(0), used(119), used(120), used(179), used(180), used(1439)], [0, 0, 10, 10, 15, 115]);
        assert_eq!((used(1440), others.used(Endpoint::Delpoi, midnight + 7_200_000)), (0, 0));
    }
}
