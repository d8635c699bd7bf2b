//! The document's own examples of sections 8 to 12, and what a request may not say.

use super::*;
use crate::store::Submission;
use crate::wire::answer;
use crate::wire::document::sample;

fn id(text: &str) -> PoiId {
    PoiId::new(text).unwrap()
}

const PICTURE: &str = "http://mmbiz.qpic.cn/mmbiz_jpg/tW66AWvE2K4EJxIYOVpiaGOkfg0iayibiaP2xHOChvbmKQD5uh8ymibbEKlTTPmjTdQ8ia43sULLeG1pT2psOfPic4kTw/0?wx_fmt=jpeg";

fn update() -> Update {
    Update {
        poi_id: id("472671857"),
        map_poi_id: MapPoiId::new("5938314494307741153"),
        hour: "10:00-21:00".to_owned(),
        contract_phone: "123456".to_owned(),
        pictures: vec![PICTURE.to_owned()],
        card_id: String::new(),
    }
}

fn broken(update: &Update) -> Vec<&'static str> {
    update.check().err().unwrap_or_default().iter().map(|broken| broken.field).collect()
}

#[test]
fn the_documents_update_is_what_is_sent_for_it_and_card_id_as_its_table_wants() {
    assert!(broken(&update()).is_empty());
    let mut sent = update().body();
    assert_eq!(sent.as_object_mut().unwrap().shift_remove("card_id"), Some(json!("")));
    assert_eq!(sent.to_string(), sample("update_store.request.json").to_string());
    assert!(Update { map_poi_id: None, ..update() }.body().get("map_poi_id").is_none());
}

#[test]
fn an_update_needs_hours_telephone_and_pictures_whatever_changes() {
    let empty = Update { hour: String::new(), contract_phone: " ".to_owned(), pictures: Vec::new(), ..update() };
    assert_eq!(broken(&empty), ["hour", "contract_phone", "pic_list"]);
    for hour in ["9:00-21:00", "09:00", "09:00-25:00", "24:01-25:00", "09：00-21：00", "0９:00-21:00"] {
        assert_eq!(broken(&Update { hour: hour.to_owned(), ..update() }), ["hour"], "{hour}");
    }
    assert!(broken(&Update { hour: "00:00-24:00".to_owned(), ..update() }).is_empty());
    assert_eq!(broken(&Update { pictures: vec!["a.jpg".to_owned()], ..update() }), ["pic_list"]);
    assert_eq!(broken(&Update { poi_id: id("2.8E+18"), card_id: "a b".to_owned(), ..update() }), ["poi_id", "card_id"]);
}

#[test]
fn the_documents_answers_of_writes_have_their_reviews_numbers() {
    assert_eq!(answer::audit_id(&sample("add_store.json")).as_deref(), Some("111"));
    let updated = Updated::from_value(&sample("update_store.json"));
    assert_eq!(updated, Updated { is_reviewed: Some(true), audit_id: Some("1111".to_owned()) });
    let unreviewed = Updated::from_value(&json!({"errcode": 0, "data": {"has_audit_id": "0", "audit_id": 0}}));
    assert_eq!(unreviewed, Updated { is_reviewed: Some(false), audit_id: None });
    assert_eq!(Updated::from_value(&json!({"errcode": 0})), Updated::default());
}

#[test]
fn the_documents_addition_has_the_keys_that_are_sent_and_two_fewer_than_its_table() {
    let submission = Submission {
        poi_id: PoiId::new("472671857"),
        map_poi_id: MapPoiId::new("2880741500279549033").unwrap(),
        pictures: vec![PICTURE.to_owned()],
        contract_phone: "1111222222".to_owned(),
        hour: "11:11-12:12".to_owned(),
        credential: "22883878-0".to_owned(),
        company: Some(("某公司".to_owned(), vec!["m".to_owned()])),
        card_id: String::new(),
        origins: std::collections::BTreeMap::new(),
    };
    let sent = submission.body();
    let printed = sample("add_store.request.json");
    for (key, value) in printed.as_object().unwrap() {
        let is_its_own = matches!(key.as_str(), "poi_id" | "qualification_list");
        assert!(is_its_own || sent.get(key) == Some(value), "{key}");
        assert!(sent.get(key).is_some_and(Value::is_string), "{key}");
    }
    // Required by its table: the sample has neither.
    assert!(printed.get("hour").is_none() && printed.get("card_id").is_none());
    assert!(sent.get("hour").is_some() && sent.get("card_id").is_some());
}

#[test]
fn the_documents_store_is_read_with_its_status() {
    let store = StoreInfo::of_answer(&sample("get_store_info.json"), &id("472671857")).unwrap();
    assert_eq!((store.name.as_str(), store.status.clone()), ("龙涤小区熟食店", StoreStatus::InReview));
    assert_eq!((store.open_time.as_str(), store.telephone.as_str()), ("11:00-12:00", "12345678"));
    assert_eq!((store.longitude, store.latitude), (Some(126.943_550_11), Some(45.556_098_938)));
    assert_eq!((store.photos.len(), store.credential.as_str()), (1, "91750100ME2XCR6A70"));
    assert!(store.record.contains_key("qualification_name"));
}

#[test]
fn a_store_that_was_not_asked_for_is_no_answer() {
    let misfit = StoreInfo::of_answer(&sample("get_store_info.json"), &id("1")).unwrap_err();
    assert_eq!(misfit.to_string(), "store 472671857 where 1 was asked for");
    assert!(StoreInfo::of_answer(&json!({"errcode": 0}), &id("1")).is_err());
    assert!(StoreInfo::of_answer(&json!({"business": {"base_info": {}}}), &id("1")).is_err());
}

#[test]
fn the_documents_list_has_two_stores() {
    let page = StorePage::from_value(&sample("get_store_list.json")).unwrap();
    assert_eq!((page.total_count, page.stores.len()), (Some(2), 2));
    let statuses: Vec<&str> = page.stores.iter().map(|store| store.status.key()).collect();
    assert_eq!(statuses, ["approved", "failed"]);
    assert_eq!(page.stores[0].poi_id, PoiId::new("472665875"));
}

#[test]
fn a_list_without_wrappers_with_numbers_as_text_and_strange_statuses_is_read_all_the_same() {
    let page = StorePage::from_value(&json!({"errcode": "0", "total_count": "3", "business_list": [
        {"poi_id": 472_665_875, "business_name": "甲", "longitude": "114.9", "status": "1"},
        {"base_info": {"poi_id": "2", "status": 9, "photo_list": ["http://a", {"photo_url": ""}]}},
        {"base_info": {"business_name": "无号"}},
    ]}))
    .unwrap();
    assert_eq!((page.stores[0].poi_id.clone(), page.stores[0].longitude), (PoiId::new("472665875"), Some(114.9)));
    assert_eq!((page.stores[1].status.clone(), page.stores[1].photos.len()), (StoreStatus::Other("9".into()), 1));
    assert_eq!((page.stores[2].poi_id.clone(), page.stores[2].status.clone()), (None, StoreStatus::Absent));
    assert!(StorePage::from_value(&json!({"errcode": 0, "total_count": 3})).is_err());
    assert!(StorePage::from_value(&json!({"errcode": 0, "total_count": 0})).unwrap().stores.is_empty());
}

#[test]
fn a_list_is_asked_for_as_the_document_does_with_at_most_50_and_0_for_20() {
    assert_eq!(list_body(0, 10).unwrap().to_string(), sample("get_store_list.request.json").to_string());
    assert!(list_body(0, 0).is_ok() && list_body(100, 50).is_ok());
    assert_eq!(
        list_body(0, 51).unwrap_err()[0].words().en,
        "limit: 51 is more than 50 (0 means 20) (get_store_list, section 11)"
    );
}

#[test]
fn a_store_is_asked_for_and_removed_by_its_id_as_text() {
    for (endpoint, file) in [(Endpoint::GetStoreInfo, "get_store_info"), (Endpoint::DelStore, "del_store")] {
        let printed = sample(&format!("{file}.request.json"));
        assert_eq!(key_body(endpoint, &id("472671857")).unwrap().to_string(), printed.to_string());
    }
    assert_eq!(key_body(Endpoint::DelStore, &id("all")).unwrap_err()[0].endpoint, Endpoint::DelStore);
}

#[test]
fn the_documents_plain_successes_are_successes() {
    for name in ["apply_merchant.json", "modify_merchant.json", "storewxa_set.json"] {
        assert_eq!(answer::Envelope::from_value(&sample(name)).errcode, Some(0), "{name}");
    }
}
