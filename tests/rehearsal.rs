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

#[test]
fn a_rehearsal_ends_with_an_estimate_for_the_real_run_and_says_what_it_rests_on() {
    let house = House::new();
    Chain::waiting(60).and(3, &json!(4)).save(&house);
    let job = "migrate stores.json --supplement supplement.csv --sandbox=hostile --wait 60s";
    let ended = house.poilift(&format!("{job} --format json")).end();
    let rehearsal = ended.json()["rehearsal"].clone();
    // The deletions are held: nobody has allowed them.
    assert_eq!(rehearsal["stores"], 60, "{ended}");
    assert!(rehearsal["requests_a_store"].as_f64().unwrap() >= 1.0, "{ended}");
    let calls = rehearsal["estimate"]["calls"].as_u64().unwrap();
    assert!((60..120).contains(&calls), "{ended}");
    assert_eq!((&rehearsal["rate"], &rehearsal["rate_from"]), (&json!("1/s"), &json!("unknown")), "{ended}");
    assert_eq!(rehearsal["estimate"]["seconds"], calls, "one a second");
    assert!(ended.stderr.contains("nothing is known of the real account's rate yet"), "{ended}");

    let said = house.poilift(&format!("{job} --rate 20/s")).end();
    assert!(said.stdout.contains("Real run") && said.stdout.contains("calls at 20/s"), "{said}");
    assert!(said.stderr.contains("20/s is your setting"), "{said}");
    let page = house.read("poilift-report-sandbox/report.html");
    assert!(page.contains("Real run: ") && page.contains("20/s is your setting"));
}

#[test]
fn a_rehearsal_answers_as_slowly_as_the_real_platform_did_and_counts_with_its_days() {
    let house = House::new();
    Chain::waiting(40).save(&house);
    let platform = Platform::with_scenario(&house, "[daily_limits]\nadd_store = 12\n", "--latency 120ms");
    house.migrate(&platform, "--rate 50/s").exits(4);
    let began = std::time::Instant::now();
    let ended = house
        .poilift("migrate stores.json --supplement supplement.csv --sandbox --wait 60s --concurrency 1 --format json")
        .end()
        .exits(3);
    let rehearsal = ended.json()["rehearsal"].clone();
    let latency = rehearsal["latency_ms"].as_u64().unwrap();
    assert!((120..1000).contains(&latency), "{ended}");
    assert!(began.elapsed().as_millis() > 40 * 120, "the embedded platform answered faster than the real one");
    assert_eq!((&rehearsal["rate"], &rehearsal["rate_from"]), (&json!("50/s"), &json!("platform")), "{ended}");
    assert!(
        rehearsal["estimate"]["days"].as_u64().unwrap() >= 4,
        "forty stores at twelve a day less the reserve: {ended}"
    );
}

#[test]
fn what_only_plans_rehearses_nothing() {
    let house = House::new();
    Chain::waiting(5).save(&house);
    let ended =
        house.poilift("migrate stores.json --supplement supplement.csv --sandbox --dry-run --format json").end();
    assert!(ended.exits(0).json().get("rehearsal").is_none());
}
