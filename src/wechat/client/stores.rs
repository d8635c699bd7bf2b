//! The stores of the store mini-program (sections 9 to 12 of the API document).

use serde_json::json;

use super::{ChangeError, Client, Payload, ReadError};
use crate::store::PoiId;
use crate::wire::stores::{self, StoreInfo, StorePage, Update, Updated};
use crate::wire::{Endpoint, answer};

impl Client {
    /// Changes a store (section 9). Hours, telephone and pictures are all sent, and the pictures replace all old ones.
    ///
    /// # Errors
    ///
    /// What the document does not allow, before any call; else what is known of the one request.
    pub fn update_store(&self, update: &Update) -> Result<Updated, ChangeError> {
        update.check()?;
        self.change(Endpoint::UpdateStore, &update.body(), |answer| Ok(Updated::from_value(answer)))
    }

    /// One store by the id that it was given after its approval (section 10).
    ///
    /// # Errors
    ///
    /// An id that is none, before any call; else why nothing was read. 65115: there is no such store.
    pub fn get_store_info(&self, poi_id: &PoiId) -> Result<StoreInfo, ReadError> {
        let body = stores::key_body(Endpoint::GetStoreInfo, poi_id)?;
        let fit = |answer: &serde_json::Value| StoreInfo::of_answer(answer, poi_id);
        self.ask(Endpoint::GetStoreInfo, &[], Payload::Json(&body), fit)
    }

    /// One page of the stores (section 11), from `offset` on (0 is the first), at most 50; a `limit` of 0 means 20.
    ///
    /// # Errors
    ///
    /// A limit of more than 50, before any call; else why nothing was read.
    pub fn get_store_list(&self, offset: u64, limit: u64) -> Result<StorePage, ReadError> {
        let body = stores::list_body(offset, limit)?;
        self.ask(Endpoint::GetStoreList, &[], Payload::Json(&body), StorePage::from_value)
    }

    /// How many stores the store mini-program has (section 11).
    pub fn store_list_total(&self) -> Result<u64, ReadError> {
        self.read(Endpoint::GetStoreList, Some(&json!({"offset": 0, "limit": 1})), answer::store_list_total)
    }

    /// Removes a store (section 12), which cannot be undone.
    ///
    /// # Errors
    ///
    /// An id that is none, before any call; else what is known of the one request. -1, "deletion failed", is known only by
    /// reading.
    pub fn del_store(&self, poi_id: &PoiId) -> Result<(), ChangeError> {
        let body = stores::key_body(Endpoint::DelStore, poi_id)?;
        self.change(Endpoint::DelStore, &body, |_| Ok(()))
    }
}
