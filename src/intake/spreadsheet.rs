//! Stores as a spreadsheet in the input's own headers, as `poilift pull -o stores.xlsx` writes them.

use super::headers::Old;
use crate::store::LegacyStore;
use crate::wire::json;

/// The columns, in the order in which people read them.
const COLUMNS: [&str; 17] = [
    Old::PoiId.name(),
    Old::Sid.name(),
    Old::BusinessName.name(),
    Old::BranchName.name(),
    Old::Province.name(),
    Old::City.name(),
    Old::District.name(),
    Old::Address.name(),
    Old::Telephone.name(),
    Old::OpenTime.name(),
    Old::PhotoList.name(),
    Old::Mapid.name(),
    Old::UpgradeStatus.name(),
    Old::UpgradeComment.name(),
    "longitude",
    "latitude",
    "available_state",
];

/// Header and rows; read as an input they give the same typed fields again. Pictures are separated by line breaks.
#[must_use]
pub fn spreadsheet(stores: &[LegacyStore]) -> (Vec<&'static str>, Vec<Vec<String>>) {
    (COLUMNS.to_vec(), stores.iter().map(row).collect())
}

fn row(store: &LegacyStore) -> Vec<String> {
    let record = store.record.entries();
    let kept = |key: &str| {
        let value = record.get(key);
        let number = || value.filter(|value| value.is_number()).map(ToString::to_string);
        value.and_then(json::text).or_else(number).unwrap_or_default()
    };
    vec![
        store.poi_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        store.sid.as_ref().map(ToString::to_string).unwrap_or_default(),
        store.business_name.to_string(),
        store.branch_name.to_string(),
        store.province.to_string(),
        store.city.to_string(),
        store.district.to_string(),
        store.address.to_string(),
        store.telephone.to_string(),
        store.open_time.to_string(),
        store.photos.join("\n"),
        store.map_poi_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        store.upgrade_status.code().to_owned(),
        store.upgrade_comment.to_string(),
        kept("longitude"),
        kept("latitude"),
        kept("available_state"),
    ]
}
