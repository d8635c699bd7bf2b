//! The card of a store of the store mini-program (section 14 of the API document).

use super::{ChangeError, Client, Payload, ReadError};
use crate::store::PoiId;
use crate::wire::{Endpoint, card};

impl Client {
    /// The card of a store; `None` if it has none.
    ///
    /// # Errors
    ///
    /// An id that is none, before any call; else why nothing was read.
    pub fn get_card(&self, poi_id: &PoiId) -> Result<Option<String>, ReadError> {
        let body = card::get_body(poi_id)?;
        self.ask(Endpoint::StorewxaGet, &[], Payload::Json(&body), card::card_id)
    }

    /// Gives a store a card. Cards with codes of the merchant's own are refused by the platform.
    ///
    /// # Errors
    ///
    /// An id or a card that is none, before any call; else what is known of the one request.
    pub fn set_card(&self, poi_id: &PoiId, card_id: &str) -> Result<(), ChangeError> {
        let body = card::set_body(poi_id, card_id)?;
        self.change(Endpoint::StorewxaSet, &body, |_| Ok(()))
    }
}
