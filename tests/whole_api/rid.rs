//! `rid`.

use serde_json::json;

use crate::kit::{House, Stage, TOKEN};

const RID: &str = "/cgi-bin/openapi/rid/get";

#[test]
fn a_request_is_told_as_the_platform_saw_it_without_its_token() {
    let answer = json!({"errcode": 0, "errmsg": "ok", "request": {
        "invoke_time": 1_635_156_704, "cost_in_ms": 30, "request_url": format!("access_token={TOKEN}"),
        "request_body": "{\"poi_id\":\"1\"}", "response_body": "{\"errcode\":-1}", "client_ip": "203.0.113.7"}});
    let (house, stage) = (House::new(), Stage::new().always(RID, &answer.to_string()));
    let told = house.on(&stage, "rid 61725984-6126f6f9-040f19c4").end().exits(0);
    for words in ["203.0.113.7", "30 ms", "2021-10-25T18:11:44+08:00", "{\"errcode\":-1}"] {
        assert!(told.stdout.contains(words), "{words}: {told}");
    }
    assert!(!told.stdout.contains(TOKEN), "{told}");
    assert_eq!(stage.asked(RID)[0].text(), r#"{"rid":"61725984-6126f6f9-040f19c4"}"#);
    let json = house.on(&stage, "rid 61725984-6126f6f9-040f19c4 --format json").end().exits(0).json();
    assert_eq!(json["request"]["cost_in_ms"], 30);
}

#[test]
fn what_is_no_rid_is_refused_before_any_call() {
    let (house, stage) = (House::new(), Stage::new());
    house.on(&stage, "rid ''").end().exits(2);
    assert!(stage.asked_at_all().is_empty());
}
