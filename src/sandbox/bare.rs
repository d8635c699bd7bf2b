//! The simulated platform without clock, file or network: for whoever has a time and a network of their own.

use serde_json::Value;

use super::Settings;
use super::book::Known;
use super::effect::{Effect, Entry};
use super::platform::{Platform, Rules};
use super::request::{Method, Request};
use crate::store::{LegacyStore, PoiId, Stamp, UpgradeStatus};
use crate::wire::Endpoint;

/// The platform alone. It is told the time with every question.
#[derive(Debug, Clone)]
pub struct Bare {
    platform: Platform,
}

/// What a request came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BareAnswer {
    /// HTTP's status.
    pub http_status: u16,
    /// The whole body.
    pub body: String,
    /// The store that it changed, if it did.
    pub changed: bool,
}

/// How a store really stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// `upgrade_status`; of a deleted store, what it was.
    pub status: UpgradeStatus,
    /// How often it was submitted.
    pub submissions: u32,
    /// It is gone.
    pub deleted: bool,
}

impl Bare {
    /// A platform that holds these stores.
    #[must_use]
    pub fn new(settings: &Settings, stores: &[LegacyStore], now: Stamp) -> Self {
        let mut platform = Platform::new(Rules::new(settings));
        platform.load(stores, now.0);
        Self { platform }
    }

    /// A request, and everything that it changes. Without a `body` it is a GET.
    pub fn answer(&mut self, now: Stamp, endpoint: Endpoint, query: &str, body: Option<&str>) -> BareAnswer {
        let method = if body.is_some() { Method::Post } else { Method::Get };
        let request = Request::new(method, endpoint.path(), query, body.unwrap_or_default().as_bytes());
        while let Some(late) = self.platform.due(now.0) {
            self.platform.apply(Entry::Late(late));
        }
        let turn = self.platform.turn(now.0, &request);
        let changed = turn.entry.effects.iter().any(Effect::is_change);
        self.platform.apply(Entry::Call(turn.entry));
        BareAnswer { http_status: turn.reply.status, body: turn.reply.body, changed }
    }

    /// What an endpoint answers to a caller that was let in; nothing is changed and nothing counted.
    ///
    /// # Errors
    ///
    /// The errcode by which it refuses.
    pub fn peek(&self, now: Stamp, endpoint: Endpoint, form: &Value) -> Result<Value, i64> {
        let request = Request::new(Method::Post, endpoint.path(), "", form.to_string().as_bytes());
        self.platform.decide(now.0, endpoint, &request).answer.map_err(|refusal| refusal.code)
    }

    /// Does what somebody asks for on the platform's own pages; says whether it changed a store.
    pub fn act(&mut self, now: Stamp, endpoint: Endpoint, form: &Value) -> bool {
        let request = Request::new(Method::Post, endpoint.path(), "", form.to_string().as_bytes());
        let effects = self.platform.decide(now.0, endpoint, &request).effects;
        let changed = effects.iter().any(Effect::is_change);
        for effect in effects {
            self.platform.take_effect(effect);
        }
        changed
    }

    /// How a store really stands; `None` if there never was one with this id.
    #[must_use]
    pub fn truth(&self, poi_id: &PoiId, now: Stamp) -> Option<Truth> {
        let of = |store: &super::book::Store| Truth {
            status: store.status(now.0),
            submissions: store.submissions,
            deleted: store.deleted,
        };
        match self.platform.book.find(poi_id.as_str()) {
            Known::Yes(store) => Some(of(store)),
            Known::No | Known::Deleted => {
                self.platform.book.all().iter().find(|store| store.poi_id == poi_id.as_str()).map(of)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn bare() -> Bare {
        let store = |n: u32| LegacyStore {
            poi_id: PoiId::new(&n.to_string()),
            upgrade_status: UpgradeStatus::Forbidden,
            ..LegacyStore::default()
        };
        Bare::new(&Settings::default(), &[store(1), store(2)], Stamp(0))
    }

    #[test]
    fn what_somebody_does_on_its_pages_needs_no_token_and_is_counted_nowhere() {
        let mut bare = bare();
        assert!(bare.act(Stamp(1), Endpoint::Delpoi, &json!({"poi_id": "1"})));
        assert!(!bare.act(Stamp(2), Endpoint::Delpoi, &json!({"poi_id": "1"})));
        let truth = |id: &str| bare.truth(&PoiId::new(id).unwrap(), Stamp(3));
        assert!(truth("1").unwrap().deleted && !truth("2").unwrap().deleted && truth("3").is_none());
    }

    #[test]
    fn a_look_changes_nothing_and_a_request_needs_its_token() {
        let mut bare = bare();
        let form = json!({"poi_id": "2"});
        assert!(bare.peek(Stamp(1), Endpoint::Getpoi, &form).is_ok());
        assert_eq!(bare.peek(Stamp(1), Endpoint::Getpoi, &json!({"poi_id": "9"})).err(), Some(65115));
        let refused = bare.answer(Stamp(1), Endpoint::Delpoi, "", Some(&form.to_string()));
        assert!(refused.body.contains("41001") && !refused.changed);
    }
}
