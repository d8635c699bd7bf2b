//! Tencent's map (sections 5 to 7 of the API document).

use super::{ChangeError, Client, Payload, ReadError};
use crate::wire::district::Districts;
use crate::wire::map_poi::{self, Created, Creation, MapPoi, Search};
use crate::wire::{Endpoint, Misfit};

impl Client {
    /// All provinces, cities and districts (section 5).
    pub fn get_district(&self) -> Result<Districts, ReadError> {
        self.ask(Endpoint::GetDistrict, &[], Payload::Nothing, Districts::from_value)
    }

    /// The points of a district that go with a word (section 6); often none for places that exist.
    ///
    /// # Errors
    ///
    /// What the document does not allow, before any call; else why nothing was read.
    pub fn search_map_poi(&self, search: &Search) -> Result<Vec<MapPoi>, ReadError> {
        search.check()?;
        self.ask(Endpoint::SearchMapPoi, &[], Payload::Json(&search.body()), map_poi::found)
    }

    /// Has a point made on the map (section 7), which takes 3 working days. The point's id comes by an event push.
    ///
    /// # Errors
    ///
    /// What the document does not allow, before any call; else what is known of the one request.
    pub fn create_map_poi(&self, creation: &Creation) -> Result<Created, ChangeError> {
        creation.check()?;
        let fit = |answer: &serde_json::Value| map_poi::created(answer)?.map_err(Misfit::new);
        self.change(Endpoint::CreateMapPoi, &creation.body(), fit)
    }
}
