//! Which of the values that people and records give for a field counts: override, supplement, old record, defaults.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::policy::Policy;
use crate::store::{Cell, Field, LegacyStore, MapPoiId, Origin, Place, Supplied, SuppliedCell, trimmed};

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
pub struct Written<'a> {
    /// As written.
    pub value: Cow<'a, str>,
    /// Where.
    pub source: Source<'a>,
}

/// Where a value came from; [`Origin`] is the same on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// `[override]` of the configuration.
    Override(&'a str),
    /// A supplied cell.
    Supplement(&'a Cell),
    /// The old record.
    Record,
    /// `[defaults]` of the configuration.
    Defaults(&'a str),
}

impl From<Source<'_>> for Origin {
    fn from(source: Source<'_>) -> Self {
        match source {
            Source::Override(_) => Self::Override,
            Source::Supplement(cell) => Self::Supplement(cell.place.clone()),
            Source::Record => Self::Record,
            Source::Defaults(_) => Self::Defaults,
        }
    }
}

impl<'a> Written<'a> {
    /// The cell that it stands in, if it stands in one.
    #[must_use]
    pub fn place(&self) -> Option<&'a Place> {
        match self.source {
            Source::Supplement(cell) => Some(&cell.place),
            Source::Override(_) | Source::Record | Source::Defaults(_) => None,
        }
    }
}

/// The value of a field that counts: the first of override, supplement, old record and defaults that has something.
#[must_use]
pub fn written<'a>(
    field: Field,
    store: &'a LegacyStore,
    supplied: &'a Supplied,
    fixed: &'a FixedValues,
) -> Option<Written<'a>> {
    let source = source(field, store, supplied, fixed)?;
    let value = match source {
        Source::Override(value) | Source::Defaults(value) => Cow::Borrowed(value),
        Source::Supplement(cell) => Cow::Borrowed(cell.value.as_str()),
        Source::Record => in_record(field, store),
    };
    Some(Written { value, source })
}

/// Where the value of a field that counts comes from.
#[must_use]
pub(super) fn source<'a>(
    field: Field,
    store: &LegacyStore,
    supplied: &'a Supplied,
    fixed: &'a FixedValues,
) -> Option<Source<'a>> {
    if let Some(value) = fixed.overrides.get(&field) {
        return Some(Source::Override(value));
    }
    if let Some(SuppliedCell { cell, .. }) = supplied.cells.get(&field) {
        return Some(Source::Supplement(cell));
    }
    if is_in_record(field, store) {
        return Some(Source::Record);
    }
    fixed.defaults.get(&field).map(|value| Source::Defaults(value))
}

/// `telephone`, `open_time`, `photo_list`, `mapid`: what the old record has of a submission.
fn is_in_record(field: Field, store: &LegacyStore) -> bool {
    match field {
        Field::MapPoiId => store.map_poi_id.is_some(),
        Field::PicList => !store.photos.is_empty(),
        Field::ContractPhone => !trimmed(&store.telephone).is_empty(),
        Field::Hour => !trimmed(&store.open_time).is_empty(),
        Field::Credential | Field::CompanyName | Field::QualificationList | Field::CardId | Field::Action => false,
    }
}

fn in_record(field: Field, store: &LegacyStore) -> Cow<'_, str> {
    match field {
        Field::MapPoiId => store.map_poi_id.as_ref().map_or("", MapPoiId::as_str).into(),
        Field::PicList => match store.photos.as_slice() {
            [alone] => alone.into(),
            photos => photos.join("\n").into(),
        },
        Field::ContractPhone => trimmed(&store.telephone).into(),
        Field::Hour => trimmed(&store.open_time).into(),
        Field::Credential | Field::CompanyName | Field::QualificationList | Field::CardId | Field::Action => "".into(),
    }
}
