//! Faults of `poi_id` that are the same in every form of input.

use crate::store::{Code, Finding, PoiId};

/// What is wrong with a store's id by itself, not yet at a place.
pub(super) fn poi_id_fault(poi_id: Option<&PoiId>) -> Option<Finding> {
    match poi_id {
        None => Some(Finding::new(Code::PoiIdMissing)),
        Some(id) if !id.is_decimal() => Some(Finding::new(Code::PoiIdMalformed).showing(id.as_str())),
        Some(_) => None,
    }
}
