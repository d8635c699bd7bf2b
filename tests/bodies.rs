//! The requests as they leave, against section 8 of the API document.

use serde_json::{Value, json};

use crate::kit::{Chain, House, Platform, Proxy, Recorded};

/// What the platform was sent for the first store of this chain.
fn sent(house: &House, chain: &Chain, more: &str) -> Recorded {
    chain.save(house);
    let platform = Platform::start(house, "");
    let proxy = Proxy::before(&platform);
    let job = format!("migrate stores.json --supplement supplement.csv --wait 30s {more}");
    house.at(&platform, &job).env("POILIFT_API_BASE", &proxy.base()).end().exits(0);
    let requests = proxy.requests("/wxa/add_store");
    assert_eq!(requests.len(), chain.ids().len(), "one request a store");
    requests[0].clone()
}

#[test]
fn an_add_store_is_exactly_what_section_8_describes() {
    let house = House::new();
    let chain = Chain::waiting(1);
    let request = sent(&house, &chain, "");
    let body = request.json();
    assert_eq!(
        body,
        json!({
            "poi_id": chain.id(0),
            "map_poi_id": "2880741500000000000",
            "pic_list": r#"{"list":["http://mmbiz.qpic.cn/mmbiz_jpg/0/0?wx_fmt=jpeg"]}"#,
            "contract_phone": "0571-80000000",
            "hour": "09:00-21:00",
            "credential": "91330100MA0000000C",
            "card_id": "",
        })
    );
    let pictures: Value = serde_json::from_str(body["pic_list"].as_str().unwrap()).unwrap();
    assert_eq!(pictures["list"].as_array().unwrap().len(), 1, "a JSON string that holds JSON");
}

#[test]
fn a_write_is_a_post_of_json_over_http_1_1_with_the_token_in_the_query() {
    let house = House::new();
    let request = sent(&house, &Chain::waiting(1), "");
    assert!(request.line.starts_with("POST /wxa/add_store?access_token="), "{}", request.line);
    assert!(request.line.ends_with(" HTTP/1.1"), "{}", request.line);
    assert!(request.header("content-type").starts_with("application/json"), "{:?}", request.headers);
    assert_eq!(request.header("content-length"), request.body.len().to_string());
}

#[test]
fn hours_and_telephones_leave_in_the_platforms_own_form() {
    let house = House::new();
    let chain = Chain::waiting(1).with(0, "open_time", json!("8:00～20:30")).with(
        0,
        "telephone",
        json!("（０５７１）8888 1234"),
    );
    let body = sent(&house, &chain, "").json();
    assert_eq!(body["hour"], "08:00-20:30");
    assert_eq!(body["contract_phone"], "0571-88881234");
}

#[test]
fn chinese_travels_as_raw_utf_8_and_media_ids_are_joined() {
    let house = House::new();
    let chain = Chain::waiting(1);
    let header = "poi_id,company_name,qualification_list,card_id\n";
    house.write("company.csv", format!("{header}{},杭州试茶餐饮管理有限公司,media-1|media-2,card-7\n", chain.id(0)));
    let request = sent(&house, &chain, "--supplement company.csv");
    let text = String::from_utf8(request.body.clone()).unwrap();
    assert!(text.contains("杭州试茶餐饮管理有限公司") && !text.contains("\\u"), "{text}");
    let body = request.json();
    assert_eq!(body["qualification_list"], "media-1|media-2");
    assert_eq!(body["card_id"], "card-7");
}

#[test]
fn company_name_and_qualification_list_are_absent_unless_given() {
    let house = House::new();
    let body = sent(&house, &Chain::waiting(1), "").json();
    assert!(body.get("company_name").is_none() && body.get("qualification_list").is_none());
}

#[test]
fn a_value_comes_from_override_then_supplement_then_the_old_record_then_defaults() {
    let house = House::new();
    let chain = Chain::waiting(1).with(0, "open_time", json!(""));
    house.write(
        "poilift.toml",
        "[override]\ncontract_phone = \"400-111-2222\"\n[defaults]\nhour = \"10:00-22:00\"\ncard_id = \"card-d\"\n",
    );
    house.write(
        "more.csv",
        format!("poi_id,contract_phone,pic_list\n{},0571-1,http://mmbiz.qpic.cn/b/0\n", chain.id(0)),
    );
    let body = sent(&house, &chain, "--supplement more.csv").json();
    assert_eq!(body["contract_phone"], "400-111-2222", "the override wins over the supplement");
    assert_eq!(body["pic_list"], r#"{"list":["http://mmbiz.qpic.cn/b/0"]}"#, "the supplement wins over the old record");
    assert_eq!(body["map_poi_id"], "2880741500000000000", "the old record");
    assert_eq!(body["hour"], "10:00-22:00", "the default fills what nothing else has");
    assert_eq!(body["card_id"], "card-d");
}

#[test]
fn a_deletion_names_the_store_and_nothing_else() {
    let house = House::new();
    let chain = Chain::new().and(1, &json!(4));
    chain.save(&house);
    let platform = Platform::start(&house, "");
    let proxy = Proxy::before(&platform);
    let job = "migrate stores.json --supplement supplement.csv --allow-delete --yes";
    house.at(&platform, job).env("POILIFT_API_BASE", &proxy.base()).end().exits(0);
    let requests = proxy.requests("/cgi-bin/poi/delpoi");
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].json(), json!({"poi_id": chain.id(0)}));
    assert!(requests[0].line.ends_with(" HTTP/1.1"));
}

#[test]
fn a_token_is_asked_for_without_forcing_and_never_at_the_endpoint_that_logs_others_out() {
    let house = House::new();
    Chain::waiting(1).save(&house);
    let platform = Platform::start(&house, "");
    let proxy = Proxy::before(&platform);
    let job = "migrate stores.json --supplement supplement.csv";
    house.at(&platform, job).env("POILIFT_API_BASE", &proxy.base()).end().exits(4);
    assert!(proxy.requests("/cgi-bin/token").is_empty());
    let asked = proxy.requests("/cgi-bin/stable_token");
    assert_eq!(asked.len(), 1);
    let body = asked[0].json();
    assert_eq!(body["grant_type"], "client_credential");
    assert_eq!(body["force_refresh"].as_bool(), Some(false));
    assert!(!asked[0].line.contains('?'), "no secret in an address: {}", asked[0].line);
}
