//! Readings of the store mini-program for bulk jobs: what the platform shows of a store, and how far its order is by it.

use serde_json::{Value, json};

use super::{Client, PoiReading, ReadError};
use crate::store::{LegacyStore, Order, Ordered, PoiId, Record, Shown, UpgradeStatus};
use crate::wire::poi::{LIST_LIMIT_MAX, ListPage, legacy_store};
use crate::wire::{Endpoint, json as wire_json};

impl Client {
    /// One page of the stores of the store mini-program (section 11), from `offset` on (0 is the first), at most 50, as the
    /// platform answered it: it has a `business_list`.
    pub fn store_page(&self, offset: u64, limit: usize) -> Result<Value, ReadError> {
        let body = json!({"offset": offset, "limit": limit});
        self.read(Endpoint::GetStoreList, Some(&body), |answer| ListPage::from_value(answer).map(|_| answer.clone()))
    }

    /// One store of the store mini-program by its key (section 10).
    pub fn store_by_key(&self, poi_id: &PoiId) -> Result<PoiReading, ReadError> {
        // A record of another store says nothing about this one.
        let shape = |answer: &Value| {
            let store = legacy_store(answer.get("business")?)?;
            store.poi_id.as_ref().is_none_or(|shown| shown == poi_id).then_some(store)
        };
        let body = json!({"poi_id": poi_id.as_str()});
        self.shown_or_gone(self.read(Endpoint::GetStoreInfo, Some(&body), shape))
    }

    /// The card of a store of the store mini-program (section 14), as a record with `card_id`; no `card_id`, no card.
    pub fn card_by_key(&self, poi_id: &PoiId) -> Result<PoiReading, ReadError> {
        let number = poi_id.as_str().parse::<u64>().map_or_else(|_| json!(poi_id.as_str()), Value::from);
        let shape = |answer: &Value| {
            let card_id = answer.get("card_id").and_then(wire_json::text).unwrap_or_default();
            let record = Record::of(&json!({ "card_id": card_id }));
            Some(LegacyStore { poi_id: Some(poi_id.clone()), record, ..LegacyStore::default() })
        };
        self.shown_or_gone(self.read(Endpoint::StorewxaGet, Some(&json!({ "poi_id": number })), shape))
    }

    /// What the platform shows of an order's store, with the order's progress as its `upgrade_status`.
    pub fn read_ordered(&self, poi_id: &PoiId, ordered: &Ordered) -> Result<PoiReading, ReadError> {
        let reading = match &ordered.order {
            Order::Update { .. } | Order::Remove { .. } => self.store_by_key(poi_id)?,
            Order::SetCard { .. } => self.card_by_key(poi_id)?,
            Order::Create(submission) => self.store_by_credential(&submission.credential)?,
        };
        Ok(match reading {
            PoiReading::Shown(store) => PoiReading::Shown(Box::new(with_progress(ordered, *store))),
            gone @ PoiReading::Gone { .. } => gone,
        })
    }

    /// The store with this licence, which no two share (85041), found in the whole list: a store that was just made has no
    /// id that we know. None is a store of status 0.
    fn store_by_credential(&self, credential: &str) -> Result<PoiReading, ReadError> {
        let mut offset = 0;
        loop {
            let page = ListPage::from_value(&self.store_page(offset, LIST_LIMIT_MAX)?).unwrap_or_default();
            let stores = page.records.iter().filter_map(legacy_store);
            let of_it = |store: &LegacyStore| {
                store.record.get("qualification_num").as_ref().and_then(wire_json::text).as_deref() == Some(credential)
            };
            if let Some(store) = stores.into_iter().find(of_it) {
                return Ok(PoiReading::Shown(Box::new(store)));
            }
            let read = page.records.len() as u64;
            offset += read;
            if read == 0 || page.total_count.is_none_or(|total| offset >= total) {
                return Ok(PoiReading::Shown(Box::default()));
            }
        }
    }

    fn shown_or_gone(&self, read: Result<LegacyStore, ReadError>) -> Result<PoiReading, ReadError> {
        match read {
            Ok(store) => Ok(PoiReading::Shown(Box::new(store))),
            Err(ReadError::Refused { errcode, .. }) if self.errors().says_gone(errcode) => {
                Ok(PoiReading::Gone { errcode })
            }
            Err(error) => Err(error),
        }
    }
}

/// The store with its order's progress as its `upgrade_status`.
#[must_use]
pub fn with_progress(ordered: &Ordered, store: LegacyStore) -> LegacyStore {
    let mut shown = Shown::of(&store);
    if let Some(card_id) = store.record.get("card_id") {
        shown.card_id = wire_json::text(&card_id).unwrap_or_default();
    }
    let upgrade_status = match &ordered.order {
        // Nothing is found where nothing was made.
        Order::Create(_) if store.poi_id.is_none() => UpgradeStatus::Waiting,
        _ => ordered.progress(&shown),
    };
    LegacyStore { upgrade_status, upgrade_comment: crate::store::Text::default(), ..store }
}
