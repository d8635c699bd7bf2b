//! `store get`, `store list`, `card get`.

use serde_json::{Value, json};

use super::{only, plain, refused};
use crate::kit::{House, Stage};

const INFO: &str = "/wxa/get_store_info";
const LIST: &str = "/wxa/get_store_list";
const CARD: &str = "/card/storewxa/get";

fn page(ids: std::ops::Range<u32>, total: u32) -> String {
    let store =
        |n: u32| json!({"base_info": {"poi_id": n.to_string(), "business_name": format!("店{n}"), "status": 1}});
    json!({"errcode": 0, "errmsg": "ok", "business_list": ids.map(store).collect::<Vec<_>>(), "total_count": total})
        .to_string()
}

#[test]
fn a_store_is_asked_for_by_its_id_as_text_and_shown_with_its_status() {
    let (house, stage) = (House::new(), Stage::new().always(INFO, &plain("get_store_info.json")));
    let ended = house.on(&stage, "store get 472671857").end().exits(0);
    for words in ["龙涤小区熟食店", "in review", "11:00-12:00", "126.94355011", "91750100ME2XCR6A70"] {
        assert!(ended.stdout.contains(words), "{words}: {ended}");
    }
    assert_eq!(only(&stage, INFO, &[]).text(), r#"{"poi_id":"472671857"}"#);
    let json = house.on(&stage, "store get 472671857 --format json").end().exits(0).json();
    assert_eq!(
        (&json["stores"][0]["status"], &json["stores"][0]["open_time"]),
        (&json!("in_review"), &json!("11:00-12:00"))
    );
    assert_eq!(json["stores"][0]["record"]["qualification_name"], "龙涤小区熟食店");
}

#[test]
fn a_store_that_is_not_there_needs_a_person_and_those_before_it_were_shown() {
    let house = House::new();
    let gone = r#"{"errcode":65115,"errmsg":"poi_id is not exist"}"#;
    let stage = Stage::new().once(INFO, &plain("get_store_info.json")).always(INFO, gone);
    let ended = house.on(&stage, "store get 472671857 5").end().exits(3);
    assert!(ended.stdout.contains("龙涤小区熟食店"), "{ended}");
    ended.says(&["error: 5: the platform: get_store_info refused: 65115", "poilift store list shows it"]);
}

#[test]
fn another_store_than_the_one_asked_for_is_no_answer() {
    let (house, stage) = (House::new(), Stage::new().always(INFO, &plain("get_store_info.json")));
    house.on(&stage, "store get 99").end().exits(4).says(&["store 472671857 where 99 was asked for"]);
}

#[test]
fn what_is_no_id_is_refused_before_any_call() {
    let (house, stage) = (House::new(), Stage::new());
    refused(&house, &stage, "store get 4.7E+08", INFO, &["no poi_id, which is decimal digits"]);
    refused(&house, &stage, "card get all", CARD, &["no poi_id, which is decimal digits"]);
    assert!(stage.asked_at_all().is_empty());
}

#[test]
fn the_whole_list_is_read_page_by_page_with_fifty_stores_each() {
    let house = House::new();
    let stage =
        Stage::new().once(LIST, &page(1..51, 120)).once(LIST, &page(51..101, 120)).once(LIST, &page(101..121, 120));
    let ended = house.on(&stage, "store list").end().exits(0).says(&["120 stores"]);
    assert_eq!(ended.stdout.lines().count(), 121, "{ended}");
    let bodies: Vec<String> = stage.asked(LIST).iter().map(crate::kit::Asked::text).collect();
    assert_eq!(bodies, [r#"{"offset":0,"limit":50}"#, r#"{"offset":50,"limit":50}"#, r#"{"offset":100,"limit":50}"#]);
}

#[test]
fn a_list_that_moved_while_it_was_read_says_so_and_shows_no_store_twice() {
    let house = House::new();
    let stage = Stage::new().once(LIST, &page(1..51, 60)).once(LIST, &page(50..60, 60));
    let ended =
        house.on(&stage, "store list --format json").end().exits(0).says(&["the list changed while it was read"]);
    let json: Value = ended.json();
    assert_eq!((json["stores"].as_array().unwrap().len(), &json["total_count"]), (59, &json!(60)));
}

#[test]
fn one_page_is_what_was_asked_for_and_more_than_fifty_is_refused_with_the_rule() {
    let (house, stage) = (House::new(), Stage::new().always(LIST, &plain("get_store_list.json")));
    refused(&house, &stage, "store list --limit 51", LIST, &["51 is more than 50 (0 means 20)", "section 11"]);
    let ended = house.on(&stage, "store list --offset 3 --limit 0").end().exits(0).says(&["2 of 2 stores"]);
    assert!(ended.stdout.contains("472665875") && ended.stdout.contains("failed its review"), "{ended}");
    assert_eq!(only(&stage, LIST, &[]).text(), r#"{"offset":3,"limit":0}"#);
}

#[test]
fn an_account_without_stores_has_an_empty_list() {
    let (house, stage) = (House::new(), Stage::new().always(LIST, r#"{"errcode":0,"errmsg":"ok","total_count":0}"#));
    let json = house.on(&stage, "store list --format json").end().exits(0).json();
    assert_eq!(json["stores"], json!([]));
}

#[test]
fn a_card_is_asked_for_by_a_number_and_none_is_none() {
    let house = House::new();
    let stage = Stage::new().once(CARD, &plain("storewxa_get.json")).always(CARD, r#"{"errcode":0,"errmsg":"ok"}"#);
    let json = house.on(&stage, "card get 1234567 8 --format json").end().exits(0).json();
    assert_eq!(
        json["cards"],
        json!([{"poi_id": "1234567", "card_id": "pabcedfg1234567hijklmn"}, {"poi_id": "8", "card_id": null}])
    );
    assert_eq!(stage.asked(CARD)[0].text(), r#"{"poi_id":1234567}"#);
    let ended = house.on(&stage, "card get 8").end().exits(0);
    assert!(ended.stdout.contains("8       none"), "{ended}");
}

#[test]
fn a_platform_that_refuses_the_account_is_exit_5() {
    let house = House::new();
    let stage = Stage::new().always(LIST, r#"{"errcode":48001,"errmsg":"api unauthorized hint: [x]"}"#);
    house.on(&stage, "store list").end().exits(5).says(&["48001"]);
    house.poilift("store list").end().exits(2).says(&["no credentials"]);
}
