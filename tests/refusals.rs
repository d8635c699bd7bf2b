//! A platform that refuses the account, and one that is not there.

use sha2::{Digest as _, Sha256};

use crate::kit::{Chain, House, Platform};

fn refused(scenario: &str) -> (House, Platform) {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::with_scenario(&house, scenario, "");
    (house, platform)
}

#[test]
fn without_an_approved_store_mini_program_nothing_is_sent_and_the_way_there_is_told() {
    for status in [0, 2, 3, 4] {
        let (house, platform) = refused(&format!("merchant_status = {status}"));
        house.migrate(&platform, "").exits(5).says(&["not approved", "apply"]);
        assert_eq!(platform.writes(), 0);
    }
}

#[test]
fn a_wrong_secret_is_said_with_its_remedy() {
    let right = format!("{:x}", Sha256::digest(b"the right one"));
    let (house, platform) = refused(&format!("secret_sha256 = \"{right}\""));
    let ended = house.migrate(&platform, "").exits(5).says(&["40125", "POILIFT_SECRET"]);
    assert!(!ended.stderr.contains("a-secret-of-thirty-two"), "{ended}");
    assert_eq!(platform.requests("stable_token"), 1, "a wrong secret does not become right by asking again");
}

#[test]
fn a_wrong_appid_is_said_with_its_remedy() {
    let (house, platform) = refused("appid = \"wxanother\"");
    house.migrate(&platform, "").exits(5).says(&["40013", "appid"]);
    assert_eq!(platform.writes(), 0);
}

#[test]
fn an_account_without_the_permission_is_stopped_at_the_first_answer() {
    let (house, platform) = refused("[[faults]]\nendpoint = \"getpoilist\"\nkind = \"echo_token\"\nerrcode = 48001\n");
    house.migrate(&platform, "").exits(5).says(&["48001"]);
    assert_eq!(platform.writes(), 0);
    assert_eq!(platform.requests("getpoilist"), 1);
}

#[test]
fn a_permission_lost_while_sending_stops_the_account() {
    let (house, platform) = refused("[[faults]]\nendpoint = \"add_store\"\nkind = \"echo_token\"\nerrcode = 48001\n");
    house.migrate(&platform, "--concurrency 1").exits(5).says(&["48001"]);
    assert_eq!(platform.writes(), 1, "nothing of this account would be done");
}

#[test]
fn a_platform_that_is_gone_leaves_everything_to_be_continued() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let mut platform = Platform::start(&house, "");
    platform.stop();
    house.migrate(&platform, "").exits(4);
    assert_eq!(house.ledger().in_state("pending"), 3);
}

#[test]
fn plain_http_to_another_machine_is_refused_before_anything_is_asked() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "");
    for base in ["http://192.0.2.1", "http://api.weixin.qq.com", "http://127.0.0.1.example.com", "ftp://127.0.0.1"] {
        let job = format!("migrate stores.json --supplement supplement.csv --api-base {base}");
        house.at(&platform, &job).end().exits(2);
    }
    assert_eq!(platform.stats()["requests"], 0);
}

#[test]
fn without_credentials_the_way_to_them_is_told_and_nothing_is_begun() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    house.poilift("migrate stores.json").end().exits(2).says(&["POILIFT_SECRET", "--sandbox"]);
    assert_eq!(house.names(), ["stores.json", "supplement.csv"]);
}
