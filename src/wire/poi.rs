//! The old store management's answers: pages of `getpoilist`, the store of `getpoi`, and the record in both
//! (`base_info`), which carries the three upgrade fields of section 13.

use std::borrow::Cow;
use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::json;
use crate::store::{LegacyStore, MapPoiId, PoiId, Record, Sid, UpgradeStatus};

/// How many stores one call of `getpoilist` gives at most.
pub const LIST_LIMIT_MAX: usize = 50;

/// One page of `getpoilist`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListPage {
    /// How many stores the account has in all; the platform writes it as a number or as text.
    pub total_count: Option<u64>,
    /// The elements of `business_list`, as they came.
    pub records: Vec<Value>,
}

impl ListPage {
    /// Takes a page apart; `None` if it has no `business_list` (an error answer, or something else altogether). An account
    /// without stores may be answered without one.
    #[must_use]
    pub fn from_value(page: &Value) -> Option<Self> {
        let total_count = page.get("total_count").and_then(json::integer).and_then(|n| u64::try_from(n).ok());
        let records = match page.get("business_list") {
            Some(Value::Array(records)) => records.clone(),
            None | Some(Value::Null) if total_count == Some(0) => Vec::new(),
            _ => return None,
        };
        Some(Self { total_count, records })
    }
}

/// The store in one element of `business_list`, or in `getpoi`'s `business`; the record itself may also stand without
/// its `base_info` wrapper. `None` if it is not an object.
#[must_use]
pub fn legacy_store(element: &Value) -> Option<LegacyStore> {
    let record = element.get("base_info").unwrap_or(element).as_object()?;
    Some(from_record(record))
}

/// The store in this `base_info`, if it is written as most are: texts, whole numbers, a list of pictures. Anything else is
/// for [`legacy_store`], which takes more time.
#[must_use]
pub fn plain_store(base_info: &str) -> Option<LegacyStore> {
    // A list would be taken for the values in their order.
    let plain: PlainInfo<'_> = serde_json::from_str(base_info).ok().filter(|_| base_info.starts_with('{'))?;
    let photos = plain.photo_list.unwrap_or_default().into_iter().filter_map(|photo| photo.photo_url);
    let status = plain.upgrade_status.map_or(UpgradeStatus::Absent, |status| UpgradeStatus::parse(&status.0));
    Some(LegacyStore {
        poi_id: PoiId::new(text(plain.poi_id.as_ref())),
        sid: Sid::new(text(plain.sid.as_ref())),
        business_name: text(plain.business_name.as_ref()).into(),
        branch_name: text(plain.branch_name.as_ref()).into(),
        province: text(plain.province.as_ref()).into(),
        city: text(plain.city.as_ref()).into(),
        district: text(plain.district.as_ref()).into(),
        address: text(plain.address.as_ref()).into(),
        telephone: text(plain.telephone.as_ref()).into(),
        open_time: text(plain.open_time.as_ref()).into(),
        photos: photos.map(|url| url.0.into_owned()).filter(|url| !url.trim().is_empty()).collect(),
        map_poi_id: MapPoiId::new(text(plain.mapid.as_ref())),
        upgrade_status: status,
        upgrade_comment: text(plain.upgrade_comment.as_ref()).into(),
        record: Record::of_object(base_info),
    })
}

/// A `base_info` without surprises. A key that stands twice is one.
#[derive(Deserialize)]
struct PlainInfo<'a> {
    #[serde(borrow)]
    poi_id: Option<PlainText<'a>>,
    #[serde(borrow)]
    sid: Option<PlainText<'a>>,
    #[serde(borrow)]
    business_name: Option<PlainText<'a>>,
    #[serde(borrow)]
    branch_name: Option<PlainText<'a>>,
    #[serde(borrow)]
    province: Option<PlainText<'a>>,
    #[serde(borrow)]
    city: Option<PlainText<'a>>,
    #[serde(borrow)]
    district: Option<PlainText<'a>>,
    #[serde(borrow)]
    address: Option<PlainText<'a>>,
    #[serde(borrow)]
    telephone: Option<PlainText<'a>>,
    #[serde(borrow)]
    open_time: Option<PlainText<'a>>,
    #[serde(borrow)]
    photo_list: Option<Vec<PlainPhoto<'a>>>,
    #[serde(borrow)]
    mapid: Option<PlainText<'a>>,
    #[serde(borrow)]
    upgrade_status: Option<PlainText<'a>>,
    #[serde(borrow)]
    upgrade_comment: Option<PlainText<'a>>,
}

#[derive(Deserialize)]
struct PlainPhoto<'a> {
    #[serde(borrow)]
    photo_url: Option<PlainText<'a>>,
}

/// A text, or a whole number to the last digit.
struct PlainText<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for PlainText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyText;
        impl<'de> Visitor<'de> for AnyText {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a whole number")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(text.into())
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(text.to_owned().into())
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(number.to_string().into())
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(number.to_string().into())
            }
        }
        deserializer.deserialize_any(AnyText).map(Self)
    }
}

fn text<'a>(value: Option<&'a PlainText<'_>>) -> &'a str {
    value.map_or("", |text| &text.0)
}

fn from_record(record: &Map<String, Value>) -> LegacyStore {
    let text = |key: &str| record.get(key).and_then(json::text).unwrap_or_default();
    LegacyStore {
        poi_id: PoiId::new(&text("poi_id")),
        sid: Sid::new(&text("sid")),
        business_name: text("business_name").into(),
        branch_name: text("branch_name").into(),
        province: text("province").into(),
        city: text("city").into(),
        district: text("district").into(),
        address: text("address").into(),
        telephone: text("telephone").into(),
        open_time: text("open_time").into(),
        photos: photos(record.get("photo_list")),
        map_poi_id: MapPoiId::new(&text("mapid")),
        upgrade_status: status(record.get("upgrade_status")),
        upgrade_comment: text("upgrade_comment").into(),
        record: record.clone().into(),
    }
}

fn photos(list: Option<&Value>) -> Vec<String> {
    let urls = list.and_then(Value::as_array).into_iter().flatten().filter_map(|photo| photo.get("photo_url"));
    urls.filter_map(json::text).filter(|url| !url.trim().is_empty()).collect()
}

/// Absent and null are absent; anything that is neither text nor a whole number is kept as its JSON.
fn status(value: Option<&Value>) -> UpgradeStatus {
    match value {
        None | Some(Value::Null) => UpgradeStatus::Absent,
        Some(value) => UpgradeStatus::parse(&json::text(value).unwrap_or_else(|| value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn total_count_comes_as_text_or_number() {
        for total in [json!("3"), json!(3)] {
            let page = json!({"errcode": 0, "business_list": [], "total_count": total});
            assert_eq!(ListPage::from_value(&page).unwrap().total_count, Some(3));
        }
        assert_eq!(ListPage::from_value(&json!({"errcode": 40001})), None);
        let none = ListPage::from_value(&json!({"errcode": 0, "total_count": 0})).unwrap();
        assert!(none.records.is_empty());
    }

    #[test]
    fn the_upgrade_fields_sit_inside_base_info() {
        let store = legacy_store(&json!({"base_info": {
            "poi_id": 487_956_548, "mapid": "8674870308828146722", "upgrade_status": "1", "upgrade_comment": "照片不清晰",
            "photo_list": [{"photo_url": "http://a"}, {"photo_url": ""}],
        }}))
        .unwrap();
        assert_eq!(store.poi_id, PoiId::new("487956548"));
        assert_eq!(store.map_poi_id, MapPoiId::new("8674870308828146722"));
        assert_eq!(store.upgrade_status, UpgradeStatus::Failed);
        assert_eq!(store.photos, ["http://a"]);
    }

    #[test]
    fn a_plain_record_is_read_as_any_other() {
        let info = json!({
            "poi_id": "487956548", "sid": 7, "mapid": 2_880_741_500_279_549_033_u64, "upgrade_status": 1, "other": [1.5],
            "business_name": "茶\n铺", "photo_list": [{"photo_url": "http://a"}, {"photo_url": ""}], "telephone": null,
        });
        let text = info.to_string();
        let plain = plain_store(&text).unwrap();
        assert_eq!(Some(plain), legacy_store(&info));
        for strange in [r#"{"mapid": 2.88e18}"#, r#"{"photo_list": {}}"#, r#"{"sid": "1", "sid": "2"}"#, "[]"] {
            assert_eq!(plain_store(strange), None, "{strange}");
        }
    }

    #[test]
    fn an_absent_or_strange_status_is_kept_as_it_is() {
        let status = |value| legacy_store(&json!({"upgrade_status": value})).unwrap().upgrade_status;
        assert_eq!(legacy_store(&json!({})).unwrap().upgrade_status, UpgradeStatus::Absent);
        assert_eq!(status(json!(null)), UpgradeStatus::Absent);
        assert_eq!(status(json!(7)), UpgradeStatus::Other("7".into()));
        assert_eq!(status(json!(1.5)), UpgradeStatus::Other("1.5".into()));
    }
}
