//! Deletions cannot be undone: they happen only where they were allowed.

use serde_json::json;

use crate::kit::{Chain, House, Platform};

fn with_deletions(house: &House) -> Chain {
    let chain = Chain::waiting(2).and(3, &json!(4)).and(1, &json!(2)).and(1, &json!(3));
    chain.save(house);
    chain
}

#[test]
fn without_permission_no_store_is_deleted_and_the_deletions_are_held() {
    let house = House::new();
    with_deletions(&house);
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--yes --wait 30s --format json").exits(3);
    assert_eq!(platform.requests("delpoi"), 0);
    assert_eq!(ended.json()["by_state"]["held"], 3);
    assert!(ended.json()["next"]["command"].as_str().unwrap().contains("--allow-delete"), "{ended}");
}

#[test]
fn with_permission_but_nobody_to_ask_and_no_yes_nothing_at_all_is_sent() {
    let house = House::new();
    with_deletions(&house);
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--allow-delete").exits(2).says(&["--yes"]);
    assert_eq!(platform.writes(), 0);
}

#[test]
fn with_permission_and_yes_exactly_the_forbidden_stores_are_deleted() {
    let house = House::new();
    let chain = with_deletions(&house);
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--allow-delete --yes --wait 30s --format json").exits(0);
    assert_eq!(ended.json()["by_state"], json!({"deleted": 3, "upgraded": 4}), "{ended}");
    for (n, id) in chain.ids().iter().enumerate() {
        let forbidden = (2..5).contains(&n);
        assert_eq!(platform.of_store(id, "delpoi"), if forbidden { (1, 1) } else { (0, 0) }, "store {n}");
        assert_eq!(platform.of_store(id, "add_store"), if n < 2 { (1, 1) } else { (0, 0) }, "store {n}");
    }
}

#[test]
fn the_full_old_record_is_in_the_ledger_before_its_store_is_deleted() {
    let house = House::new();
    with_deletions(&house);
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--allow-delete --yes --wait 30s").exits(0);
    let ledger = house.ledger();
    let recorded = "SELECT COUNT(*) FROM stores WHERE state = 'deleted' AND platform LIKE '%业%' OR state = 'deleted' \
                    AND platform LIKE '%文三路%'";
    assert_eq!(ledger.number(recorded), 3);
    let read_first = "SELECT COUNT(DISTINCT r.store_id) FROM calls r JOIN calls i ON i.store_id = r.store_id \
                      WHERE r.phase = 'reading' AND i.phase = 'intent' AND i.endpoint = 'delpoi' AND r.seq < i.seq";
    assert_eq!(ledger.number(read_first), 3);
}

#[test]
fn more_deletions_than_the_maximum_send_nothing() {
    let house = House::new();
    with_deletions(&house);
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--allow-delete --yes --max-delete 2").exits(2).says(&["3", "--max-delete"]);
    assert_eq!(platform.writes(), 0);
    house.migrate(&platform, "--allow-delete --yes --max-delete 3 --wait 30s").exits(0);
    assert_eq!(platform.requests("delpoi"), 3);
}

#[test]
fn a_deletion_that_a_person_asks_for_still_needs_the_permission() {
    let house = House::new();
    let chain = Chain::waiting(2);
    chain.save(&house);
    house.write("wish.csv", format!("poi_id,处理\n{},删除\n", chain.id(0)));
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--supplement wish.csv --wait 30s --format json").exits(3);
    assert_eq!(ended.json()["by_state"], json!({"held": 1, "upgraded": 1}), "{ended}");
    house.migrate(&platform, "--allow-delete --yes --wait 30s").exits(0);
    assert_eq!(platform.of_store(&chain.id(0), "delpoi"), (1, 1));
    assert_eq!(platform.of_store(&chain.id(0), "add_store"), (0, 0));
}
