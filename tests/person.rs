//! What a person can ask and decide: `why`, `explain`, `--replan`, `accept`; and what no run decides for them.

use serde_json::json;

use crate::kit::{Chain, Ended, House, Platform};

/// Words that stdout must have.
fn tells(ended: &Ended, words: &[&str]) {
    for word in words {
        assert!(ended.stdout.contains(word), "{word:?} is not told\n{ended}");
    }
}

#[test]
fn the_story_of_a_store_names_cell_rule_attempt_and_reading() {
    let house = House::new();
    let chain = Chain::waiting(1);
    chain.save(&house);
    let platform =
        Platform::with_scenario(&house, "[[faults]]\nendpoint = \"add_store\"\nkind = \"drop_after\"\nshare = 1.0", "");
    house.migrate(&platform, "--wait 20s").exits(0);
    let id = chain.id(0);
    let told = house.poilift(&format!("why {id}")).end().exits(0);
    tells(&told, &[&id, "supplement.csv", "credential", "attempt 1", "answer was lost", "read by getpoi", "upgraded"]);
    tells(&told, &["after the lost answer", "it was done", "What can still be withdrawn", "What to do next"]);
    let line = house.poilift(&format!("why {id} --format json")).end().exits(0);
    assert_eq!(line.json()["story"][0]["phase"], "intent");
    let values = line.json()["values"].as_array().unwrap().clone();
    let credential = values.iter().find(|value| value["field"] == "credential").unwrap();
    assert_eq!((&credential["origin"], &credential["place"]["file"]), (&"supplement".into(), &"supplement.csv".into()));
    house.poilift("why 1").end().exits(2).says(&["knows no store 1"]);
}

#[test]
fn a_store_is_named_by_either_id_or_by_the_row_where_it_stands() {
    let house = House::new();
    house.write("stores.csv", "poi_id,sid,business_name,upgrade_status\n4.726E+17,S9,A,0\n472600001,S1,B,0\n");
    house.poilift("plan stores.csv").end().exits(0);
    let told = |name: &str| house.poilift(&format!("why {name}")).end().exits(0);
    for name in ["472600001", "S1", "stores.csv:3"] {
        tells(&told(name), &["Store 472600001 (sid S1): B", "E110"]);
    }
    for name in ["S9", "stores.csv:2"] {
        tells(&told(name), &["A store without a usable poi_id (sid S9): A", "E104", "stores.csv, row 2"]);
    }
    house.poilift("why stores.csv:9").end().exits(2);
}

#[test]
fn what_a_later_plan_changes_is_part_of_the_story() {
    let house = House::new();
    let chain = Chain::waiting(1);
    chain.save(&house);
    house.poilift("plan stores.json").end().exits(0);
    house.poilift("plan stores.json --supplement supplement.csv").env("USER", "wang").end().exits(0);
    let told = house.poilift(&format!("why {}", chain.id(0))).end().exits(0);
    tells(&told, &["wang on", "planned anew", "from “data missing” to “not sent yet” (to be added)"]);
}

#[test]
fn a_code_is_explained_without_a_ledger_and_in_both_languages() {
    let house = House::new();
    let explained = |code: &str| house.poilift(&format!("explain {code}")).end().exits(0);
    tells(&explained("85041"), &["another store uses this credential"]);
    tells(&explained("e104 --lang zh"), &["E104", "15 位"]);
    tells(&explained("-1"), &["busy"]);
    let lines = house.poilift("explain 65115 --format json").end().exits(0).stdout;
    assert!(lines.lines().any(|line| line.contains("\"class\":\"done\"") && line.contains("delpoi")), "{lines}");
    house.poilift("explain E999").end().exits(2);
    assert!(house.names().is_empty());
}

#[test]
fn a_drifted_store_is_planned_anew_only_where_a_person_says_so() {
    let house = House::new();
    Chain::waiting(1).save_as(&house, "now.json");
    Chain::new().and(1, &json!(4)).save(&house);
    house.write("supplement.csv", Chain::waiting(1).supplement());
    let platform = Platform::loaded(&house, "now.json", "");
    let id = Chain::waiting(1).id(0);
    house.migrate(&platform, "--allow-delete --yes").exits(3);
    assert_eq!((house.state_of(&id), platform.writes()), ("drifted".to_owned(), 0));
    house.at(&platform, "apply --yes --wait 20s").end().exits(3);
    assert_eq!(platform.writes(), 0, "without --replan nothing changes");
    house.at(&platform, "apply --yes --replan --wait 20s").end().exits(0);
    assert_eq!(
        (house.state_of(&id).as_str(), platform.requests("add_store"), platform.requests("delpoi")),
        ("upgraded", 1, 0)
    );
}

#[test]
fn a_person_settles_what_the_tool_cannot_with_a_name_and_a_reason() {
    let house = House::new();
    let chain = Chain::new().and(1, &json!(4)).and(1, &json!(3));
    chain.save(&house);
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "").exits(3);
    let (held, upgraded) = (chain.id(0), chain.id(1));
    house.poilift(&format!("accept {upgraded} --reason done")).end().exits(2).says(&["needs no person"]);
    house.poilift(&format!("accept {held}")).end().exits(2);
    house.poilift(&format!("accept {held} --reason moved-by-hand")).env("USER", "wang").end().exits(0);
    house.poilift("report").end().exits(0);
    let row = &house.stores_csv("poilift-report")[0];
    assert_eq!(row["state"], "accepted");
    assert!(row["reason"].contains("wang") && row["reason"].contains("moved-by-hand"), "{row:?}");
    house.migrate(&platform, "--allow-delete --yes").exits(0);
    assert_eq!(platform.writes(), 0, "what a person settled stays settled");
}

#[test]
fn a_lost_deletion_is_not_sent_again_by_a_run_without_permission() {
    let house = House::new();
    let chain = Chain::new().and(2, &json!(4));
    chain.save(&house);
    let faults = "[[faults]]\nendpoint = \"delpoi\"\nkind = \"drop_before\"\nshare = 1.0\nuntil = 2";
    let platform = Platform::with_scenario(&house, faults, "");
    let mut going = house.at(&platform, "migrate stores.json --allow-delete --yes").start();
    crate::kit::until_true("both deletions to be lost", std::time::Duration::from_secs(20), || {
        house.has("poilift.db") && platform.requests("delpoi") >= 2 && house.ledger().in_state("unknown") == 2
    });
    going.kill();
    let sent = platform.requests("delpoi");
    house.at(&platform, "migrate stores.json").end().exits(3);
    assert_eq!(platform.requests("delpoi"), sent, "the permission was the earlier run's");
    assert_eq!(house.state_of(&chain.id(0)), "held");
}

#[test]
fn a_store_that_a_person_asked_to_upgrade_is_never_deleted() {
    let house = House::new();
    let chain = Chain::new().and(1, &json!(4));
    chain.save(&house);
    house.write("wish.csv", format!("poi_id,处理\n{},升级\n", chain.id(0)));
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--supplement wish.csv --allow-delete --yes").exits(3);
    assert_eq!((house.state_of(&chain.id(0)).as_str(), platform.writes()), ("blocked", 0));
}

#[test]
fn many_refusals_by_a_code_that_nobody_knows_stop_before_every_store_is_rejected() {
    let house = House::new();
    let chain = Chain::waiting(60);
    chain.save(&house);
    let faults = "[[faults]]\nendpoint = \"add_store\"\nkind = \"echo_token\"\nerrcode = 123456\nshare = 1.0";
    let platform = Platform::with_scenario(&house, faults, "");
    house.at(&platform, "migrate stores.json --supplement supplement.csv --rate 50/s --concurrency 2").end().exits(4);
    let ledger = house.ledger();
    assert!(ledger.in_state("rejected") < 30, "{}", ledger.in_state("rejected"));
    assert!(ledger.in_state("pending") + ledger.in_state("retry") > 30);
}
