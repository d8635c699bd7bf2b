//! A store's record as the platform writes it: the old `base_info` with its three upgrade fields (section 13), the
//! new one of `get_store_list` (section 11), and the small liberties that the platform takes in both.

use serde_json::{Map, Value, json};

use super::answer::RAW_CONTROL;
use super::book::{Claim, Store};
use super::dice::Dice;
use super::districts::DISTRICTS;
use crate::store::LegacyStore;
use crate::wire::json;

/// The old record of a store as it is loaded. One from the platform is kept whole; one from a spreadsheet, whose keys are
/// whatever its headers were, is made from what was understood of it.
pub fn base_info(store: &LegacyStore) -> Map<String, Value> {
    let whole = store.record.entries();
    let mut record = if whole.contains_key("poi_id") { whole } else { Map::new() };
    if !store.photos.is_empty() && !record.get("photo_list").is_some_and(Value::is_array) {
        let photos: Vec<Value> = store.photos.iter().map(|url| json!({ "photo_url": url })).collect();
        record.insert("photo_list".to_owned(), Value::Array(photos));
    }
    for (key, value) in understood(store) {
        let written = record.get(key).and_then(json::text);
        // A sheet may write an id its own way; what was understood is what the store answers to.
        let differs = DECIDING.contains(&key) && written.is_none_or(|written| written.trim() != value);
        if !value.is_empty() && (differs || !record.contains_key(key)) {
            record.insert(key.to_owned(), Value::String(value.to_owned()));
        }
    }
    record
}

/// The keys that decisions are made by.
const DECIDING: [&str; 3] = ["poi_id", "upgrade_status", "mapid"];

fn understood(store: &LegacyStore) -> [(&'static str, &str); 13] {
    [
        ("sid", store.sid.as_ref().map_or("", |sid| sid.as_str())),
        ("business_name", &store.business_name),
        ("branch_name", &store.branch_name),
        ("address", &store.address),
        ("telephone", &store.telephone),
        ("city", &store.city),
        ("province", &store.province),
        ("district", &store.district),
        ("open_time", &store.open_time),
        ("poi_id", store.poi_id.as_ref().map_or("", |id| id.as_str())),
        ("upgrade_status", store.upgrade_status.code()),
        ("upgrade_comment", &store.upgrade_comment),
        ("mapid", store.map_poi_id.as_ref().map_or("", |id| id.as_str())),
    ]
}

/// What a store that was loaded in review or upgraded is taken to have submitted.
pub fn claim(store: &LegacyStore) -> Claim {
    Claim {
        map_poi_id: store.map_poi_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        contract_phone: store.telephone.to_string(),
        hour: store.open_time.to_string(),
        pictures: store.photos.clone(),
        ..Claim::default()
    }
}

/// The old record as it was `then`: as it was loaded, but for the upgrade fields once something has happened here.
pub fn shown(store: &Store, then: i64, dice: Dice) -> Value {
    let mut record = store.record.clone();
    let status = store.status_then(then);
    let review = store.review.as_ref().filter(|review| store.submissions > 0 && then >= review.at);
    if store.loaded != status || review.is_some() {
        let code = status.code().parse().unwrap_or(0);
        record.insert("upgrade_status".to_owned(), number_or_text(code, dice, "upgrade_status", &store.poi_id));
        let comment = store.review.as_ref().filter(|review| then >= review.until).and_then(|r| r.failure.clone());
        record.insert("upgrade_comment".to_owned(), Value::String(comment.unwrap_or_default()));
    }
    if let Some(review) = review {
        record.insert("mapid".to_owned(), Value::String(review.claim.map_poi_id.clone()));
    }
    if let Some(check) = store.old_check.as_ref().filter(|check| then >= check.until) {
        record.insert("available_state".to_owned(), json!(if check.failure.is_none() { 3 } else { 4 }));
    }
    let sloppy = dice.one_in(16, "control", &store.poi_id);
    if let Some(Value::String(text)) = record.get_mut("introduction").filter(|_| sloppy) {
        text.push(RAW_CONTROL);
    }
    Value::Object(record)
}

/// The record of a store in `get_store_list`, under the id that it got there and with what it shows now.
pub fn approved(poi_id: &str, store: &Store, claim: &Claim, photos: &[Value], status: u8) -> Value {
    let old = |key: &str| store.record.get(key).cloned().unwrap_or_else(|| Value::String(String::new()));
    let place = |key: &str| store.record.get(key).and_then(number).unwrap_or(0.0);
    let Claim { credential, contract_phone, hour, company_name, .. } = claim;
    let name = if company_name.is_empty() { old("business_name") } else { json!(company_name) };
    json!({
        "business_name": old("business_name"),
        "branch_name": old("branch_name"),
        "address": old("address"),
        "telephone": contract_phone,
        "categories": [],
        "city": old("city"),
        "province": old("province"),
        "longitude": place("longitude"),
        "latitude": place("latitude"),
        "photo_list": photos,
        "open_time": hour,
        "poi_id": poi_id,
        "status": status,
        "district": old("district"),
        "qualification_list": claim.papers,
        "qualification_num": credential,
        "qualification_name": name,
    })
}

/// The district of the map in which a record says that its store is.
pub fn district(record: &Map<String, Value>) -> Option<&'static str> {
    let [province, city, district] =
        ["province", "city", "district"].map(|key| record.get(key).and_then(Value::as_str).unwrap_or_default());
    DISTRICTS.find(province, city, district)
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| json::text(value)?.parse().ok())
}

/// A number, in one of eight cases as text.
pub fn number_or_text(number: u64, dice: Dice, topic: &str, id: &str) -> Value {
    if dice.one_in(8, topic, id) { Value::String(number.to_string()) } else { Value::from(number) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::book::{Book, Review};
    use crate::store::{PoiId, UpgradeStatus};
    use crate::wire::poi::legacy_store;

    fn shown_after(element: &Value, review: Option<Review>, now: i64) -> Value {
        let mut book = Book::default();
        book.load(&legacy_store(element).unwrap(), 0, 10);
        if let Some(review) = review {
            book.submit("7", review);
        }
        shown(&book.all()[0], now, Dice::new(1))
    }

    #[test]
    fn a_record_of_the_platform_is_answered_back_whole() {
        for status in [json!(0), json!("0"), json!(7), json!(null), json!(3)] {
            let record = json!({"poi_id": "7", "odd": [1, {"a": null}], "upgrade_status": status, "mapid": ""});
            assert_eq!(shown_after(&record, None, 5), record);
        }
        let without_status = json!({"poi_id": 7, "business_name": "店"});
        assert_eq!(shown_after(&without_status, None, 5), without_status);
    }

    #[test]
    fn the_upgrade_fields_follow_the_review() {
        let record = json!({"poi_id": "7", "upgrade_status": 0, "mapid": ""});
        let claim = Claim { map_poi_id: "2880741500279549033".into(), ..Claim::default() };
        let review = Review { at: 0, until: 10, failure: Some("照片不清晰".into()), claim };
        let before = shown_after(&record, Some(review.clone()), 9);
        let after = shown_after(&record, Some(review), 10);
        assert_eq!(json::integer(&before["upgrade_status"]), Some(2));
        assert_eq!((&before["upgrade_comment"], &before["mapid"]), (&json!(""), &json!("2880741500279549033")));
        assert_eq!(json::integer(&after["upgrade_status"]), Some(1));
        assert_eq!(after["upgrade_comment"], "照片不清晰");
    }

    #[test]
    fn a_store_answers_to_the_id_that_was_understood() {
        let row = json!({"poi_id": "472671857.0", "upgrade_status": "1"});
        let poi_id = PoiId::new("472671857");
        let upgrade_status = UpgradeStatus::Failed;
        let upgrade_comment = "照片不清晰".to_owned();
        let record = row.as_object().unwrap().clone();
        let record = base_info(&LegacyStore {
            poi_id,
            upgrade_status,
            upgrade_comment: upgrade_comment.into(),
            record: record.into(),
            ..LegacyStore::default()
        });
        assert_eq!(
            Value::Object(record),
            json!({"poi_id": "472671857", "upgrade_status": "1", "upgrade_comment": "照片不清晰"})
        );
    }

    #[test]
    fn a_spreadsheets_row_becomes_a_record_of_the_platforms_form() {
        let row = json!({"门店名称": "龙涤小区熟食店"});
        let store = LegacyStore {
            poi_id: PoiId::new("7"),
            business_name: "龙涤小区熟食店".into(),
            photos: vec!["http://a".into()],
            upgrade_status: UpgradeStatus::Waiting,
            record: row.as_object().unwrap().clone().into(),
            ..LegacyStore::default()
        };
        let record = Value::Object(base_info(&store));
        let again = legacy_store(&record).unwrap();
        assert_eq!((again.poi_id, again.business_name), (store.poi_id, store.business_name));
        assert_eq!((again.photos, again.upgrade_status), (store.photos, store.upgrade_status));
        assert_eq!(record.get("门店名称"), None);
    }
}
