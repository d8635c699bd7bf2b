//! `map districts`, `search`, `create`.

use serde_json::{Value, json};

use super::{only, refused};
use crate::kit::{House, Stage};

const DISTRICTS: &str = "/wxa/get_district";
const SEARCH: &str = "/wxa/search_map_poi";
const CREATE: &str = "/wxa/create_map_poi";

fn stage() -> Stage {
    let districts = json!({"status": 0, "message": "query ok", "data_version": "20170510", "result": [
        [{"id": "350000", "name": "福建", "fullname": "福建省", "cidx": [0, 0]},
         {"id": "440000", "name": "广东", "fullname": "广东省", "location": {"lat": 23.13, "lng": 113.26}, "cidx": [1, 2]}],
        [{"id": "350100", "name": "福州", "fullname": "福州市", "cidx": [0, 0]},
         {"id": "440100", "name": "广州", "fullname": "广州市", "cidx": [1, 2]},
         {"id": "441900", "name": "东莞", "fullname": "东莞市"}],
        [{"id": "350102", "fullname": "鼓楼区"}, {"id": "440105", "fullname": "海珠区"}, {"id": "440199", "fullname": "鼓楼区"}],
    ]});
    let found = json!({"errcode": 0, "errmsg": "ok", "data": {"item": [{
        "branch_name": "X-MAX工厂", "address": "怡安路172号", "longitude": 113.27, "latitude": 23.1, "telephone": " 020-89190388",
        "category": "运动健身:健身中心", "sosomap_poi_uid": "2708071440732747189", "data_supply": 2, "pic_urls": [], "card_id_list": []
    }]}});
    Stage::new()
        .always(DISTRICTS, &districts.to_string())
        .always(SEARCH, &found.to_string())
        .always(CREATE, r#"{"error": null, "data": {"base_id": 42160, "rich_id": 42010}}"#)
}

const POINT: &str = "map create --name 茶铺 --longitude 113.32 --latitude 23.09 --province 广东省 --city 广州市 --district 海珠区 \
                     --district-id 440105 --address TIT --category 美食:中餐厅 --telephone 020-89190388 --photo http://p/1 \
                     --license http://p/2 --intro x";

#[test]
fn districts_begin_with_the_provinces_and_go_down_by_name_or_id() {
    let (house, stage) = (House::new(), stage());
    let names = |arguments: &str| {
        let json = house.on(&stage, &format!("map districts {arguments} --format json")).end().exits(0).json();
        let names =
            json["places"].as_array().unwrap().iter().map(|place| place["fullname"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["福建省", "广东省"]);
    assert_eq!(names("广东"), ["广东省", "广州市", "东莞市"]);
    assert_eq!(names("440100"), ["广州市", "海珠区", "鼓楼区"]);
    assert_eq!(names("441900"), ["东莞市"], "a place without a third level");
    assert_eq!(names("广东 --all"), ["广东省", "广州市", "海珠区", "鼓楼区", "东莞市"]);
    let json = house.on(&stage, "map districts 海珠区 --format json").end().exits(0).json();
    assert_eq!(json["places"][0]["in"], "广东省广州市");
    house.on(&stage, "map districts 乌有").end().exits(2).says(&["knows no district"]);
    let ended = house.on(&stage, "map districts --lang zh").end().exits(0);
    assert!(ended.stdout.contains("440000   广东省"), "{ended}");
}

#[test]
fn a_range_that_cannot_be_meant_is_a_warning_and_nothing_is_shown_below_it() {
    let house = House::new();
    let districts = json!({"status": 0, "result": [
        [{"id": "440000", "fullname": "广东省", "cidx": [0, 5]}, {"id": "350000", "fullname": "福建省", "cidx": [0, 1]}],
        [{"id": "440100", "fullname": "广州市"}, {"id": "350100", "fullname": "福州市"}],
    ]});
    let stage = Stage::new().always(DISTRICTS, &districts.to_string());
    let ended = house
        .on(&stage, "map districts")
        .end()
        .exits(0)
        .says(&["440000 广东省: its cidx 0 to 5 is not in", "350000 福建省: its cidx 0 to 1 has places of another"]);
    assert_eq!(ended.stdout.matches('?').count(), 2, "{ended}");
}

#[test]
fn a_search_sends_the_districts_number_and_shows_the_map_poi_id() {
    let (house, stage) = (House::new(), stage());
    let ended = house.on(&stage, "map search X-MAX --district 440105").end().exits(0);
    assert!(ended.stdout.contains("2708071440732747189  X-MAX工厂"), "{ended}");
    assert_eq!(only(&stage, SEARCH, &[]).text(), r#"{"districtid":440105,"keyword":"X-MAX"}"#);
    let json = house.on(&stage, "map search X-MAX --district 海珠区 --format json").end().exits(0).json();
    assert_eq!(json["districtid"], "440105");
    assert_eq!(json["points"][0]["map_poi_id"], "2708071440732747189");
}

#[test]
fn a_district_that_nobody_knows_or_of_which_there_are_two_is_refused() {
    let (house, stage) = (House::new(), stage());
    refused(
        &house,
        &stage,
        "map search x --district 鼓楼区",
        SEARCH,
        &["350102 福建省福州市鼓楼区, 440199 广东省广州市鼓楼区"],
    );
    refused(&house, &stage, "map search x --district 乌有", SEARCH, &["knows no district"]);
    refused(&house, &stage, "map search x --district 4401", SEARCH, &["six digits"]);
}

#[test]
fn nothing_found_says_what_else_can_be_done() {
    let house = House::new();
    let stage = Stage::new().always(SEARCH, r#"{"errcode":0,"errmsg":"ok","data":{"item":[]}}"#);
    house.on(&stage, "map search x --district 440105").end().exits(0).says(&["poilift map create"]);
}

#[test]
fn a_new_point_is_one_request_of_texts_and_answers_with_its_number() {
    let (house, stage) = (House::new(), stage());
    let json = house.on(&stage, &format!("{POINT} --poi-id 472671857 --format json")).end().exits(0).json();
    assert_eq!((&json["base_id"], &json["rich_id"]), (&json!("42160"), &json!("42010")));
    let body: Value = serde_json::from_str(&only(&stage, CREATE, &[]).text()).unwrap();
    assert!(body.as_object().unwrap().values().all(Value::is_string), "{body}");
    assert_eq!((&body["districtid"], &body["poi_id"]), (&json!("440105"), &json!("472671857")));
    assert_eq!((&body["longitude"], &body["category"]), (&json!("113.32"), &json!("美食:中餐厅")));
}

#[test]
fn telephones_and_categories_are_brought_to_the_maps_form() {
    let (house, stage) = (House::new(), stage());
    let command = POINT.replace("020-89190388", "020-89190388；020-89190389").replace("美食:中餐厅", "美食，中餐厅");
    house.on(&stage, &command).end().exits(0);
    let body: Value = serde_json::from_str(&stage.asked(CREATE)[0].text()).unwrap();
    assert_eq!((&body["telephone"], &body["category"]), (&json!("020-89190388;020-89190389"), &json!("美食:中餐厅")));
}

#[test]
fn a_map_poi_id_as_poi_id_and_exchanged_degrees_are_refused_before_any_call() {
    let (house, stage) = (House::new(), stage());
    let slip = format!("{POINT} --poi-id 2880741500279549033");
    refused(&house, &stage, &slip, CREATE, &["19 digits and looks like a map_poi_id", "9-digit"]);
    let exchanged = POINT.replace("113.32", "39.47").replace("23.09", "75.99");
    refused(&house, &stage, &exchanged, CREATE, &["look exchanged"]);
    refused(&house, &stage, &POINT.replace("http://p/1", "p.jpg"), CREATE, &["poilift media upload FILE"]);
    assert!(stage.asked_at_all().is_empty());
}

#[test]
fn an_error_in_words_alone_is_a_refusal() {
    let house = House::new();
    let stage = Stage::new().always(CREATE, r#"{"error":"地址不合法","data":null}"#);
    house
        .on(&stage, POINT)
        .end()
        .exits(3)
        .says(&["the platform refused create_map_poi: 地址不合法; nothing was changed"]);
    assert_eq!(stage.asked(CREATE).len(), 1);
}

#[test]
fn the_same_point_is_not_made_twice_unasked() {
    let (house, stage) = (House::new(), stage());
    house.on(&stage, POINT).end().exits(0);
    let again = house.on(&stage, POINT).end().exits(2);
    assert!(again.stderr.contains("--yes was not given"), "{again}");
    assert!(again.stderr.contains("The very same was sent on") && again.stderr.contains("accepted"), "{again}");
    assert_eq!(stage.asked(CREATE).len(), 1);
    let wanted = house.on(&stage, &format!("{POINT} --yes")).end().exits(0);
    assert!(wanted.stderr.contains("The very same was sent on"), "{wanted}");
    assert_eq!(stage.asked(CREATE).len(), 2);
}

#[test]
fn an_accepted_point_is_remembered_over_a_later_refusal_and_busy_is_no_refusal() {
    let house = House::new();
    let spent = r#"{"errcode":45009,"errmsg":"reach max api daily quota limit"}"#;
    let districts = stage();
    house.on(&districts, POINT).end().exits(0);
    let refusing = Stage::new().always(CREATE, spent);
    house.on(&refusing, &format!("{POINT} --yes")).end().exits(4);
    let again = house.on(&districts, POINT).end().exits(2);
    assert!(again.stderr.contains("and accepted"), "{again}");

    let house = House::new();
    let busy = Stage::new().always(CREATE, r#"{"errcode":-1,"errmsg":"system error"}"#);
    house.on(&busy, POINT).end().exits(3);
    let again = house.on(&districts, POINT).end().exits(2);
    assert!(again.stderr.contains("nobody knows what became of it"), "{again}");
}
