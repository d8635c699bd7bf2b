//! What is said before anything is sent.

use serde_json::json;

use crate::kit::{Chain, House, Platform};

fn mixed() -> Chain {
    Chain::waiting(5).and(1, &json!(1)).and(2, &json!(2)).and(2, &json!(3)).and(3, &json!(4))
}

#[test]
fn a_dry_run_makes_no_request_that_writes_and_says_how_many_calls_and_how_long() {
    let house = House::new();
    mixed().save(&house);
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--dry-run --allow-delete --format json").exits(0);
    assert_eq!(platform.writes(), 0);
    let summary = ended.json();
    assert_eq!(summary["by_action"], json!({"add": 6, "delete": 3, "wait": 2, "none": 2}));
    assert_eq!(summary["estimate"]["calls"], 9, "{ended}");
    assert!(summary["estimate"]["seconds"].is_u64() && summary["estimate"]["done_at"].is_string(), "{ended}");
    assert_eq!(summary["by_state"]["pending"], 9);
}

#[test]
fn a_dry_run_tells_a_person_the_calls_and_the_time() {
    let house = House::new();
    Chain::waiting(150).save(&house);
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--dry-run --rate 10/s").exits(0);
    assert!(ended.stdout.contains("150 calls") && ended.stdout.contains("15 s"), "{ended}");
    assert_eq!(platform.writes(), 0);
}

#[test]
fn a_plan_needs_no_platform_and_apply_carries_it_out() {
    let house = House::new();
    let chain = mixed();
    chain.save(&house);
    let platform = Platform::start(&house, "");
    let plan = house.poilift("plan stores.json --supplement supplement.csv --format json").end().exits(0);
    assert_eq!(plan.json()["by_action"]["add"], 6);
    assert_eq!(platform.stats()["requests"], 0, "a plan over files asks nobody");
    let applied = house.at(&platform, "apply --wait 30s --format json").end().exits(3);
    let states = &applied.json()["by_state"];
    assert_eq!(*states, json!({"upgraded": 10, "held": 3}), "{applied}");
    assert_eq!(platform.requests("delpoi"), 0);
    assert_eq!(platform.of_store(&chain.id(0), "add_store"), (1, 1));
}

#[test]
fn apply_again_sends_nothing_new() {
    let house = House::new();
    Chain::waiting(4).save(&house);
    let platform = Platform::start(&house, "");
    house.poilift("plan stores.json --supplement supplement.csv").end().exits(0);
    house.at(&platform, "apply --wait 30s").end().exits(0);
    house.at(&platform, "apply --wait 30s").end().exits(0);
    assert_eq!(platform.writes(), 4);
}

#[test]
fn without_an_input_the_platforms_own_list_is_migrated_and_a_rerun_sends_nothing() {
    let house = House::new();
    mixed().save(&house);
    let platform = Platform::start(&house, "");
    let job = "migrate --supplement supplement.csv --wait 30s --format json";
    let ended = house.at(&platform, job).end().exits(3);
    assert_eq!(ended.json()["by_state"], json!({"upgraded": 10, "held": 3}), "{ended}");
    assert_eq!(platform.writes(), 6);
    let again = house.at(&platform, job).end().exits(3);
    assert_eq!(again.json()["by_state"], json!({"upgraded": 10, "held": 3}), "{again}");
    assert_eq!(platform.writes(), 6);
}

#[test]
fn reviews_that_are_still_pending_leave_the_migration_to_be_continued() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "--review-time 1h");
    let ended = house.migrate(&platform, "--format json").exits(4);
    assert_eq!(ended.json()["by_state"]["in_review"], 3);
    assert_eq!(ended.json()["upgrade_complete"], false);
}

#[test]
fn the_upgrade_is_complete_once_every_store_of_the_list_says_three() {
    let house = House::new();
    Chain::waiting(3).and(1, &json!(3)).save(&house);
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--wait 30s --format json").exits(0);
    assert_eq!(ended.json()["upgrade_complete"], true, "{ended}");
}

#[test]
fn a_rejected_store_needs_a_person_and_goes_again_once_its_data_has_changed() {
    let house = House::new();
    let chain = Chain::waiting(2);
    chain.save(&house);
    let platform = Platform::with_scenario(&house, "review_fail_share = 1.0", "");
    let ended = house.migrate(&platform, "--wait 30s --format json").exits(3);
    assert_eq!(ended.json()["by_state"]["rejected"], 2, "{ended}");
    house.migrate(&platform, "--wait 30s").exits(3);
    assert_eq!(platform.writes(), 2, "unchanged data does not go again");
    house.write("mended.csv", format!("poi_id,contract_phone\n{},0571-99999999\n", chain.id(0)));
    let ended = house.migrate(&platform, "--supplement mended.csv --wait 30s --format json").exits(3);
    assert_eq!(ended.json()["by_state"], json!({"upgraded": 1, "rejected": 1}), "{ended}");
    assert_eq!(platform.of_store(&chain.id(0), "add_store"), (2, 2));
    assert_eq!(platform.of_store(&chain.id(1), "add_store"), (1, 1));
}
