//! The input is older than the platform: what the platform shows now counts, and nothing is sent on an input's word alone.

use serde_json::json;

use crate::kit::{Chain, House, Platform};

#[test]
fn a_store_that_has_moved_on_since_the_input_was_saved_is_never_written_to() {
    let house = House::new();
    let now = Chain::waiting(1).and(1, &json!(2)).and(1, &json!(3)).and(1, &json!(4));
    now.save_as(&house, "now.json");
    Chain::waiting(4).save(&house);
    let platform = Platform::loaded(&house, "now.json", "--review-time 1h");
    house.migrate(&platform, "--allow-delete --yes").exits(4);
    let states: Vec<String> = now.ids().iter().map(|id| house.state_of(id)).collect();
    assert_eq!(states, ["in_review", "in_review", "upgraded", "drifted"]);
    let written: Vec<u64> = now.ids().iter().map(|id| platform.of_store(id, "add_store").0).collect();
    assert_eq!(written, [1, 0, 0, 0]);
    assert_eq!(platform.requests("delpoi"), 0, "a deletion that nobody planned");
}

#[test]
fn a_store_that_may_be_upgraded_by_now_is_not_deleted_on_an_old_inputs_word() {
    let house = House::new();
    Chain::waiting(2).save_as(&house, "now.json");
    Chain::new().and(2, &json!(4)).save(&house);
    let platform = Platform::loaded(&house, "now.json", "");
    house.migrate(&platform, "--allow-delete --yes --wait 10s").exits(3);
    assert_eq!(platform.writes(), 0);
    let chain = Chain::waiting(2);
    assert_eq!([0, 1].map(|n| house.state_of(&chain.id(n))), ["drifted", "drifted"]);
}

#[test]
fn a_store_that_the_platform_lacks_is_vanished_only_after_it_was_asked_for_by_key() {
    let house = House::new();
    let chain = Chain::waiting(5);
    chain.save(&house);
    chain.clone().first(4).save_as(&house, "now.json");
    let platform = Platform::loaded(&house, "now.json", "");
    let ended = house.migrate(&platform, "--wait 30s --format json").exits(3);
    assert_eq!(ended.json()["by_state"], json!({"upgraded": 4, "vanished": 1}), "{ended}");
    assert_eq!(house.state_of(&chain.id(4)), "vanished");
    let asked = platform.calls().iter().any(|call| call.endpoint == "getpoi");
    assert!(asked, "absence from a list alone proves nothing");
    assert_eq!(platform.of_store(&chain.id(4), "add_store"), (0, 0));
}

#[test]
fn a_list_that_is_suddenly_empty_is_one_finding_and_no_store_vanishes() {
    let house = House::new();
    let chain = Chain::waiting(20);
    chain.save(&house);
    Chain::new().and(1, &json!(4)).save_as(&house, "other.json");
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--dry-run").exits(0);
    let emptied = crate::kit::Proxy::answering(&platform, |request| {
        let empty = r#"{"errcode":0,"errmsg":"ok","business_list":[],"total_count":0}"#;
        request.line.contains("/getpoilist").then(|| empty.to_owned())
    });
    let job = "migrate stores.json --supplement supplement.csv";
    house.at(&platform, job).env("POILIFT_API_BASE", &emptied.base()).end().exits(4).says(&["get_store_list"]);
    assert_eq!(platform.writes(), 0);
    assert_eq!(house.ledger().in_state("vanished"), 0);
}

#[test]
fn a_field_of_the_body_that_changes_on_the_platform_after_the_plan_is_drift_and_one_that_is_not_used_is_none() {
    let house = House::new();
    let chain = Chain::waiting(3);
    chain.save(&house);
    let planned = Platform::start(&house, "");
    house.migrate(&planned, "--dry-run").exits(0);
    let moved = chain.clone().with(0, "telephone", json!("0571-99990000")).with(1, "address", json!("别处1号"));
    moved.save_as(&house, "now.json");
    let platform = Platform::loaded(&house, "now.json", "");
    house.at(&platform, "apply --wait 30s").end().exits(3);
    let states = || [0, 1, 2].map(|n| house.state_of(&chain.id(n)));
    assert_eq!(states(), ["drifted", "upgraded", "upgraded"]);
    assert_eq!(platform.of_store(&chain.id(0), "add_store"), (0, 0));
    let story = house.poilift(&format!("why {} --lang en", chain.id(0))).end().exits(0).stdout;
    assert!(story.contains("0571-99990000") && story.contains("contract_phone"), "{story}");
    house.at(&platform, "apply --replan --wait 30s").end().exits(0);
    assert_eq!(states(), ["upgraded", "upgraded", "upgraded"]);
}

#[test]
fn a_field_that_the_input_had_otherwise_from_the_beginning_is_no_drift() {
    let house = House::new();
    let chain = Chain::waiting(2);
    chain.save(&house);
    chain.clone().with(0, "telephone", json!("0571-99990000")).save_as(&house, "now.json");
    let platform = Platform::loaded(&house, "now.json", "");
    house.poilift("plan stores.json --supplement supplement.csv").end().exits(0);
    house.at(&platform, "apply --wait 30s").end().exits(0);
}

#[test]
fn a_list_that_closes_once_stores_have_moved_is_weighed_against_the_other_one_and_no_store_vanishes() {
    let house = House::new();
    let chain = Chain::waiting(6);
    chain.save(&house);
    let platform = Platform::start(&house, "--review-time 1s");
    house.migrate(&platform, "").exits(4);
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    let closed = |paths: &'static [&'static str]| {
        crate::kit::Proxy::answering(&platform, move |request| {
            let refused = r#"{"errcode":48001,"errmsg":"api unauthorized"}"#;
            paths.iter().any(|path| request.line.contains(path)).then(|| refused.to_owned())
        })
    };
    let job = "migrate stores.json --supplement supplement.csv";
    let by_key_too = closed(&["/getpoilist", "/getpoi?"]);
    let ended = house.at(&platform, job).env("POILIFT_API_BASE", &by_key_too.base()).end().exits(4);
    ended.says(&["48001", "store mini-program lists 6", "stay as they are"]);
    let list_only = closed(&["/getpoilist"]);
    house
        .at(&platform, job)
        .env("POILIFT_API_BASE", &list_only.base())
        .end()
        .exits(0)
        .says(&["store mini-program lists 6"]);
    assert_eq!(house.ledger().in_state("upgraded"), 6);
    let fewer = crate::kit::Proxy::answering(&platform, |request| {
        let (refused, none) =
            (r#"{"errcode":48001,"errmsg":"api unauthorized"}"#, r#"{"errcode":0,"business_list":[],"total_count":0}"#);
        let answer = |path: &str, text: &str| request.line.contains(path).then(|| text.to_owned());
        answer("/getpoilist", refused).or_else(|| answer("/get_store_list", none))
    });
    house
        .at(&platform, job)
        .env("POILIFT_API_BASE", &fewer.base())
        .end()
        .exits(4)
        .says(&["store mini-program lists 0"]);
    assert_eq!(house.ledger().in_state("upgraded"), 6);
    let everything = closed(&["/getpoilist", "/getpoi?", "/get_store_list"]);
    Chain::waiting(7).save(&house);
    house.at(&platform, job).env("POILIFT_API_BASE", &everything.base()).end().exits(5);
}
