//! A store of the old store management, as some source described it.

use serde::{Deserialize, Serialize};

use super::{MapPoiId, PoiId, Record, Sid, Text, UpgradeStatus};

/// One legacy store: the fields that decisions use, and the whole record as it was read.
///
/// Source: `poi/getpoilist` and section 13 of the API document. A field that the source did not have is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct LegacyStore {
    /// The store's id in the old store management.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poi_id: Option<PoiId>,
    /// The merchant's own number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<Sid>,
    /// Name of the store.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub business_name: Text,
    /// Name of the branch.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub branch_name: Text,
    /// Province.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub province: Text,
    /// City.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub city: Text,
    /// District.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub district: Text,
    /// Street address.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub address: Text,
    /// Telephone, as written.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub telephone: Text,
    /// Opening hours, as written.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub open_time: Text,
    /// URLs of the pictures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<String>,
    /// The point on Tencent's map (`mapid`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_poi_id: Option<MapPoiId>,
    /// Where the upgrade stands.
    pub upgrade_status: UpgradeStatus,
    /// Why the review refused it (`upgrade_status` 1).
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub upgrade_comment: Text,
    /// The whole old record as the source gave it (`base_info`, or the spreadsheet's row by header).
    #[serde(skip_serializing_if = "Record::is_empty")]
    pub record: Record,
}

impl LegacyStore {
    /// The typed fields alone.
    #[must_use]
    pub fn without_record(&self) -> Self {
        Self {
            poi_id: self.poi_id.clone(),
            sid: self.sid.clone(),
            business_name: self.business_name.clone(),
            branch_name: self.branch_name.clone(),
            province: self.province.clone(),
            city: self.city.clone(),
            district: self.district.clone(),
            address: self.address.clone(),
            telephone: self.telephone.clone(),
            open_time: self.open_time.clone(),
            photos: self.photos.clone(),
            map_poi_id: self.map_poi_id.clone(),
            upgrade_status: self.upgrade_status.clone(),
            upgrade_comment: self.upgrade_comment.clone(),
            record: Record::default(),
        }
    }

    /// This description, with what it lacks taken from `other`, field by field.
    #[must_use]
    pub fn completed_by(&self, other: &Self) -> Self {
        let text = |mine: &Text, other: &Text| if mine.trim().is_empty() { other.clone() } else { mine.clone() };
        let absent = self.upgrade_status == UpgradeStatus::Absent;
        Self {
            poi_id: self.poi_id.clone().or_else(|| other.poi_id.clone()),
            sid: self.sid.clone().or_else(|| other.sid.clone()),
            business_name: text(&self.business_name, &other.business_name),
            branch_name: text(&self.branch_name, &other.branch_name),
            province: text(&self.province, &other.province),
            city: text(&self.city, &other.city),
            district: text(&self.district, &other.district),
            address: text(&self.address, &other.address),
            telephone: text(&self.telephone, &other.telephone),
            open_time: text(&self.open_time, &other.open_time),
            photos: if self.photos.is_empty() { other.photos.clone() } else { self.photos.clone() },
            map_poi_id: self.map_poi_id.clone().or_else(|| other.map_poi_id.clone()),
            upgrade_status: if absent { other.upgrade_status.clone() } else { self.upgrade_status.clone() },
            upgrade_comment: text(&self.upgrade_comment, &other.upgrade_comment),
            record: if self.record.is_empty() { other.record.clone() } else { self.record.clone() },
        }
    }
}
