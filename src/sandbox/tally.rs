//! Counts: requests, good answers and effects per endpoint and store, and how much of the day's quota is used.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::effect::{CallEntry, Effect, LateEntry};
use crate::wire::Endpoint;

/// How many stores are counted; ids that the platform never had count as well, so there has to be an end.
const STORES_COUNTED_MAX: usize = 4_000_000;

/// The platform's day turns at midnight, UTC+8.
const DAY_MS: i64 = 86_400_000;
const DAY_OFFSET_MS: i64 = 8 * 3_600_000;

/// Counts of one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EndpointCounts {
    /// Requests received, whatever became of them.
    pub requests: u64,
    /// Answered with errcode 0.
    pub ok: u64,
    /// That changed a store.
    pub effects: u64,
}

/// Counts of one write on one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WriteCounts {
    /// Requests received.
    pub requests: u64,
    /// That changed the store.
    pub effects: u64,
}

/// Counts of one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StoreCounts {
    /// `wxa/add_store`.
    pub add_store: WriteCounts,
    /// `cgi-bin/poi/delpoi`.
    pub delpoi: WriteCounts,
    /// `wxa/update_store`; what nobody called is left out, here and below.
    #[serde(default, skip_serializing_if = "WriteCounts::is_zero")]
    pub update_store: WriteCounts,
    /// `wxa/del_store`.
    #[serde(default, skip_serializing_if = "WriteCounts::is_zero")]
    pub del_store: WriteCounts,
    /// `card/storewxa/set`.
    #[serde(default, skip_serializing_if = "WriteCounts::is_zero")]
    pub storewxa_set: WriteCounts,
}

impl WriteCounts {
    fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl StoreCounts {
    /// The counts of one write on a store; `None` for whatever is not one.
    fn of(&mut self, endpoint: Endpoint) -> Option<&mut WriteCounts> {
        match endpoint {
            Endpoint::AddStore => Some(&mut self.add_store),
            Endpoint::Delpoi => Some(&mut self.delpoi),
            Endpoint::UpdateStore => Some(&mut self.update_store),
            Endpoint::DelStore => Some(&mut self.del_store),
            Endpoint::StorewxaSet => Some(&mut self.storewxa_set),
            _ => None,
        }
    }

    /// Whether this is a write on a store.
    fn counts(endpoint: Endpoint) -> bool {
        Self::default().of(endpoint).is_some()
    }
}

/// All counts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// The number of the last request.
    pub seq: u64,
    /// Per endpoint.
    pub endpoints: BTreeMap<Endpoint, EndpointCounts>,
    /// Per store; those never written to are not in it.
    pub stores: HashMap<String, StoreCounts>,
    day: i64,
    used: BTreeMap<Endpoint, u64>,
    /// When the requests of the last second came; not worth keeping beyond a restart.
    #[serde(skip)]
    recent: BTreeMap<Endpoint, VecDeque<i64>>,
}

impl Tally {
    /// How many requests this endpoint has had.
    pub fn requests(&self, endpoint: Endpoint) -> u64 {
        self.endpoints.get(&endpoint).map_or(0, |counts| counts.requests)
    }

    /// How many requests this endpoint has had today.
    pub fn used_today(&self, endpoint: Endpoint, now: i64) -> u64 {
        if day(now) == self.day { self.used.get(&endpoint).copied().unwrap_or(0) } else { 0 }
    }

    /// How many requests this endpoint has borne in the second before `now`.
    pub fn in_last_second(&self, endpoint: Endpoint, now: i64) -> usize {
        self.recent.get(&endpoint).map_or(0, |times| times.iter().rev().take_while(|at| now - **at < 1000).count())
    }

    /// Counts a request.
    pub fn call(&mut self, call: &CallEntry) {
        self.seq = call.seq;
        let Some(endpoint) = call.endpoint else { return };
        let changed = u64::from(call.effects.iter().any(Effect::is_change));
        let counts = self.endpoints.entry(endpoint).or_default();
        counts.requests += 1;
        counts.ok += u64::from(call.ok);
        counts.effects += changed;
        self.spend(endpoint, call.at);
        // Without a token it was turned away at the door, which costs no rate.
        if call.token.is_some() {
            self.bear(endpoint, call.at);
        }
        // A store that is new altogether is counted under the id that it got.
        let made = || call.effects.iter().find_map(Effect::poi_id);
        if let Some(counts) = call.poi_id.as_deref().or_else(made).and_then(|id| self.of_store(endpoint, id)) {
            counts.requests += 1;
            counts.effects += changed;
        }
    }

    /// Counts the effect of a deferred write.
    pub fn late(&mut self, late: &LateEntry) {
        let Some(effect) = late.effect.as_ref().filter(|effect| effect.is_change()) else { return };
        self.endpoints.entry(late.endpoint).or_default().effects += 1;
        if let Some(counts) = effect.poi_id().and_then(|poi_id| self.of_store(late.endpoint, poi_id)) {
            counts.effects += 1;
            // When it was asked for it had no id yet.
            counts.requests += u64::from(matches!(effect, Effect::Added(_)));
        }
    }

    fn bear(&mut self, endpoint: Endpoint, at: i64) {
        let times = self.recent.entry(endpoint).or_default();
        times.push_back(at);
        while times.front().is_some_and(|first| at - first >= 1000) {
            times.pop_front();
        }
    }

    fn spend(&mut self, endpoint: Endpoint, at: i64) {
        // A clock that was set back begins no day anew.
        if day(at) > self.day {
            self.day = day(at);
            self.used.clear();
        }
        *self.used.entry(endpoint).or_default() += 1;
    }

    fn of_store(&mut self, endpoint: Endpoint, poi_id: &str) -> Option<&mut WriteCounts> {
        if !StoreCounts::counts(endpoint) {
            return None;
        }
        if self.stores.len() >= STORES_COUNTED_MAX && !self.stores.contains_key(poi_id) {
            return None;
        }
        self.stores.entry(poi_id.to_owned()).or_default().of(endpoint)
    }
}

const fn day(at: i64) -> i64 {
    (at + DAY_OFFSET_MS).div_euclid(DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(seq: u64, at: i64) -> CallEntry {
        let endpoint = Some(Endpoint::Delpoi);
        let effects = vec![Effect::Deleted { poi_id: "7".into(), at }];
        CallEntry { seq, at, endpoint, poi_id: Some("7".into()), refused: None, ok: true, token: None, effects }
    }

    #[test]
    fn requests_and_effects_are_counted_per_endpoint_and_store() {
        let mut tally = Tally::default();
        tally.call(&call(1, 0));
        tally.call(&CallEntry { effects: Vec::new(), ok: false, ..call(2, 0) });
        assert_eq!(tally.endpoints[&Endpoint::Delpoi], EndpointCounts { requests: 2, ok: 1, effects: 1 });
        assert_eq!(tally.stores["7"].delpoi, WriteCounts { requests: 2, effects: 1 });
        assert_eq!((tally.seq, tally.stores["7"].add_store.requests), (2, 0));
    }

    #[test]
    fn the_day_turns_at_midnight_in_beijing() {
        let midnight = 1_795_449_600_000;
        let mut tally = Tally::default();
        tally.call(&call(1, midnight - 1));
        assert_eq!(tally.used_today(Endpoint::Delpoi, midnight - 1), 1);
        assert_eq!(tally.used_today(Endpoint::Delpoi, midnight), 0);
    }

    #[test]
    fn a_call_is_out_of_the_rate_after_a_second() {
        let mut tally = Tally::default();
        for at in [0, 400, 800] {
            tally.bear(Endpoint::AddStore, at);
        }
        assert_eq!(tally.in_last_second(Endpoint::AddStore, 999), 3);
        assert_eq!(tally.in_last_second(Endpoint::AddStore, 1000), 2);
    }
}
