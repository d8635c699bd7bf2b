//! Which of the values that people and records give for a field counts: override, supplement, old record, defaults.

use std::collections::BTreeMap;

use super::policy::Policy;
use crate::store::{Field, LegacyStore, Origin, Place, Supplied, SuppliedCell};

/// What the configuration says that holds for all stores.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FixedValues {
    /// `[override]`: wins over everything.
    pub overrides: BTreeMap<Field, String>,
    /// `[defaults]`: for what nothing else has.
    pub defaults: BTreeMap<Field, String>,
    /// `[findings]`, `--deny` and `--waive`.
    pub policy: Policy,
}

/// A value as written, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// As written.
    pub value: String,
    /// Where.
    pub origin: Origin,
}

impl Written {
    /// The cell that it stands in, if it stands in one.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match &self.origin {
            Origin::Supplement(place) => Some(place),
            Origin::Override | Origin::Record | Origin::Defaults => None,
        }
    }
}

/// The value of a field that counts: the first of override, supplement, old record and defaults that has something.
#[must_use]
pub fn written(field: Field, store: &LegacyStore, supplied: &Supplied, fixed: &FixedValues) -> Option<Written> {
    if let Some(value) = fixed.overrides.get(&field) {
        return Some(Written { value: value.clone(), origin: Origin::Override });
    }
    if let Some(SuppliedCell { cell, .. }) = supplied.cells.get(&field) {
        return Some(Written { value: cell.value.clone(), origin: Origin::Supplement(cell.place.clone()) });
    }
    if let Some(value) = in_record(field, store) {
        return Some(Written { value, origin: Origin::Record });
    }
    let value = fixed.defaults.get(&field)?;
    Some(Written { value: value.clone(), origin: Origin::Defaults })
}

/// `telephone`, `open_time`, `photo_list`, `mapid`: what the old record has of a submission.
fn in_record(field: Field, store: &LegacyStore) -> Option<String> {
    let text = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    match field {
        Field::MapPoiId => store.map_poi_id.as_ref().map(ToString::to_string),
        Field::PicList => (!store.photos.is_empty()).then(|| store.photos.join("\n")),
        Field::ContractPhone => text(&store.telephone),
        Field::Hour => text(&store.open_time),
        Field::Credential | Field::CompanyName | Field::QualificationList | Field::CardId | Field::Action => None,
    }
}
