//! The old store management: its list, and one store by its key (section 13 of the API document).

use serde_json::{Value, json};

use super::{Client, Payload, ReadError};
use crate::store::{LegacyStore, PoiId};
use crate::wire::{Class, Endpoint, poi};

/// What `getpoi` showed.
#[derive(Debug, Clone, PartialEq)]
pub enum PoiReading {
    /// The store.
    Shown(Box<LegacyStore>),
    /// The platform says that there is no such store.
    Gone {
        /// By this code.
        errcode: i64,
    },
}

impl PoiReading {
    /// The store, or the code by which the platform says that there is none.
    #[must_use]
    pub fn parts(self) -> (Option<LegacyStore>, Option<i64>) {
        match self {
            Self::Shown(store) => (Some(*store), None),
            Self::Gone { errcode } => (None, Some(errcode)),
        }
    }
}

impl Client {
    /// One page of the old list, from `begin` on (0 is the first), at most 50 stores, as the platform answered it:
    /// it has a `business_list`.
    pub fn getpoilist(&self, begin: u64, limit: usize) -> Result<Value, ReadError> {
        let body = json!({"begin": begin, "limit": limit});
        self.read(Endpoint::Getpoilist, Some(&body), |answer| poi::ListPage::from_value(answer).map(|_| answer.clone()))
    }

    /// How many stores the old list has (section 13); `None` if its answer does not say.
    pub fn old_list_total(&self) -> Result<Option<u64>, ReadError> {
        let body = json!({"begin": 0, "limit": 1});
        let total = |answer: &Value| poi::ListPage::from_value(answer).map(|page| page.total_count);
        self.read(Endpoint::Getpoilist, Some(&body), total)
    }

    /// One old store by its key.
    pub fn getpoi(&self, poi_id: &PoiId) -> Result<PoiReading, ReadError> {
        let body = json!({"poi_id": poi_id.as_str()});
        // A record of another store says nothing about this one.
        let shape = |answer: &Value| {
            let store = poi::legacy_store(answer.get("business")?)?;
            store.poi_id.as_ref().is_none_or(|shown| shown == poi_id).then_some(store)
        };
        match self.read(Endpoint::Getpoi, Some(&body), shape) {
            Ok(store) => Ok(PoiReading::Shown(Box::new(store))),
            Err(ReadError::Refused { errcode, .. }) if self.errors.says_gone(errcode) => {
                Ok(PoiReading::Gone { errcode })
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the platform answers, by one reading of this store that nothing follows from: any word of its own but that
    /// it is busy will do.
    pub fn answers(&self, poi_id: &PoiId) -> bool {
        let endpoint = Endpoint::Getpoi;
        let Ok(token) = self.tokens.current(&|force| self.fetch_token(force)) else { return false };
        let body = json!({"poi_id": poi_id.as_str()});
        let answer = || self.read_once(endpoint, (&token, &[], Payload::Json(&body)), &|_| Ok(()), 1);
        match self.gate.turn(endpoint).then(answer) {
            Some(Ok(())) => true,
            Some(Err(error @ ReadError::Refused { .. })) => error.class(&self.errors) != Class::Retry,
            Some(Err(_)) | None => false,
        }
    }
}
