//! A part of the plan, and the stores that are never written to.

use serde_json::{Value, json};

use crate::kit::{Chain, House, Platform};

#[test]
fn stores_in_review_upgraded_without_a_status_or_with_an_unknown_one_are_never_written_to() {
    let house = House::new();
    let chain = Chain::new().and(2, &json!(2)).and(2, &json!(3)).and(2, &Value::Null).and(2, &json!(7));
    chain.save(&house);
    let platform = Platform::start(&house, "--review-time 1h");
    let ended = house.migrate(&platform, "--allow-delete --yes --format json").exits(4);
    assert_eq!(platform.writes(), 0);
    let summary = ended.json();
    assert_eq!(summary["by_state"], json!({"in_review": 2, "upgraded": 2, "blocked": 4}), "{ended}");
    assert_eq!(summary["by_action"], json!({"wait": 2, "none": 2, "blocked": 4}), "{ended}");
}

#[test]
fn only_add_leaves_the_deletions_alone_and_only_delete_the_rest() {
    let house = House::new();
    Chain::waiting(3).and(2, &json!(4)).save(&house);
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--only add --allow-delete --yes --wait 30s --format json").exits(0);
    assert_eq!(ended.json()["stores"], 3, "the scope is narrowed");
    assert_eq!((platform.requests("add_store"), platform.requests("delpoi")), (3, 0));
    house.migrate(&platform, "--only delete --allow-delete --yes --wait 30s").exits(0);
    assert_eq!((platform.requests("add_store"), platform.requests("delpoi")), (3, 2));
}

#[test]
fn a_limit_counts_new_sends_of_this_run_and_the_rest_is_still_in_scope() {
    let house = House::new();
    Chain::waiting(5).save(&house);
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--limit 2 --wait 30s --format json").exits(4);
    assert_eq!(platform.writes(), 2);
    assert_eq!(ended.json()["stores"], 5);
    assert_eq!(ended.json()["by_state"], json!({"upgraded": 2, "pending": 3}), "{ended}");
    house.migrate(&platform, "--limit 2 --wait 30s").exits(4);
    house.migrate(&platform, "--limit 2 --wait 30s").exits(0);
    assert_eq!(platform.writes(), 5);
}

#[test]
fn single_stores_can_be_named() {
    let house = House::new();
    let chain = Chain::waiting(4);
    chain.save(&house);
    let platform = Platform::start(&house, "");
    let named = format!("--poi-id {} --poi-id {} --wait 30s --format json", chain.id(1), chain.id(3));
    let ended = house.migrate(&platform, &named).exits(0);
    assert_eq!(ended.json()["stores"], 2);
    let sent: Vec<u64> = chain.ids().iter().map(|id| platform.of_store(id, "add_store").0).collect();
    assert_eq!(sent, [0, 1, 0, 1]);
}

#[test]
fn strict_sends_nothing_while_anything_blocks() {
    let house = House::new();
    let chain = Chain::waiting(3).with(1, "mapid", json!(""));
    chain.save(&house);
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--strict").exits(2);
    assert_eq!(platform.writes(), 0);
    let ended = house.migrate(&platform, "--wait 30s --format json").exits(3);
    assert_eq!(platform.writes(), 2);
    assert_eq!(ended.json()["by_action"]["resolve"], 1);
    house.write("point.csv", format!("poi_id,map_poi_id\n{},2880741500000099999\n", chain.id(1)));
    house.migrate(&platform, "--supplement point.csv --strict --wait 30s").exits(0);
    assert_eq!(platform.writes(), 3);
}

#[test]
fn a_store_without_a_credential_is_blocked_and_not_sent() {
    let house = House::new();
    let chain = Chain::waiting(2);
    chain.save(&house);
    house.write("supplement.csv", format!("poi_id,credential\n{},91330100MA0000000C\n", chain.id(0)));
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--wait 30s").exits(3);
    assert_eq!(house.state_of(&chain.id(1)), "blocked");
    assert_eq!(platform.of_store(&chain.id(1), "add_store"), (0, 0));
    assert!(house.stores_csv("poilift-report")[1]["reason"].contains("E110"));
}
