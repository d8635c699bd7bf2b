//! Access tokens: they expire in the middle of everything, are refused for no reason, or come from elsewhere.

use serde_json::{Value, json};

use crate::kit::{Chain, House, Platform, Proxy, post};

const JOB: &str = "migrate stores.json --supplement supplement.csv --wait 30s";

/// A token that the platform gives to whoever asks.
fn token_of(platform: &Platform) -> String {
    let ask = json!({"grant_type": "client_credential", "appid": "wx0123456789abcdef", "secret": "any"});
    let answer: Value = serde_json::from_str(&post(platform.addr(), "/cgi-bin/stable_token", &ask)).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn each_expired_token_is_renewed_by_one_request_however_many_workers_meet_it() {
    let house = House::new();
    Chain::waiting(200).save(&house);
    let platform = Platform::with_scenario(&house, "token_calls = 40", "--latency 50ms");
    house.migrate(&platform, "--rate 200/s --concurrency 16 --wait 60s").exits(0);
    let calls = platform.calls();
    let asked = calls.iter().filter(|call| call.endpoint == "stable_token").count();
    let refused = calls.iter().filter(|call| call.errcode == Some(42001)).count();
    let let_in = calls.len() - asked - refused;
    assert!(refused >= asked - 1, "every renewal but the first answers a refusal");
    assert_eq!(asked, let_in.div_ceil(40), "one request for each token that was used up");
    assert_eq!(platform.stats()["endpoints"]["add_store"]["effects"], 200);
}

#[test]
fn a_token_that_is_refused_while_writing_costs_no_store_a_second_effect() {
    let house = House::new();
    let chain = Chain::waiting(60);
    chain.save(&house);
    let platform =
        Platform::with_scenario(&house, "[[faults]]\nendpoint = \"add_store\"\nkind = \"expire\"\nshare = 0.1", "");
    house.migrate(&platform, "--wait 60s").exits(0);
    assert!(chain.ids().iter().all(|id| platform.of_store(id, "add_store").1 == 1));
}

#[test]
fn a_platform_that_refuses_every_token_it_hands_out_stops_the_account() {
    let house = House::new();
    Chain::waiting(2).save(&house);
    let refuses = "[[faults]]\nendpoint = \"get_merchant_audit_info\"\nkind = \"echo_token\"\nerrcode = 40001\n";
    let platform = Platform::with_scenario(&house, refuses, "");
    let proxy = Proxy::before(&platform);
    house.at(&platform, JOB).env("POILIFT_API_BASE", &proxy.base()).end().exits(5);
    let asked = proxy.requests("/cgi-bin/stable_token");
    let forced = asked.iter().filter(|request| request.json()["force_refresh"] == true).count();
    assert!(forced <= 2, "{forced} forced refreshes; the platform allows 20 a day");
    assert!(asked.len() <= 8, "{} requests for tokens", asked.len());
    assert_eq!(platform.writes(), 0);
}

#[test]
fn a_token_from_the_environment_needs_no_secret_and_asks_for_no_other() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "");
    let token = token_of(&platform);
    let run = house.at(&platform, JOB).env_remove("POILIFT_SECRET").env("POILIFT_ACCESS_TOKEN", &token);
    run.end().exits(0);
    assert_eq!(platform.requests("stable_token"), 1, "the test's own");
}

#[test]
fn a_given_token_that_is_refused_stops_the_account_and_is_not_shown() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "");
    let run =
        house.at(&platform, JOB).env_remove("POILIFT_SECRET").env("POILIFT_ACCESS_TOKEN", "stale_token-000111222333");
    let ended = run.end().exits(5);
    assert!(!format!("{ended}").contains("stale_token-000111222333"), "{ended}");
    assert_eq!(platform.requests("stable_token"), 0, "never a fallback");
    assert_eq!(platform.writes(), 0);
}

#[test]
fn a_token_from_a_file_is_read_again_when_it_is_refused() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "");
    house.write("token.txt", token_of(&platform) + "\n");
    house.write("poilift.toml", "access_token_file = \"token.txt\"\n");
    house.at(&platform, JOB).env_remove("POILIFT_SECRET").end().exits(0);
    house.write("token.txt", "stale_token-000111222333");
    house.at(&platform, JOB).env_remove("POILIFT_SECRET").end().exits(5);
    std::fs::remove_file(house.path("token.txt")).unwrap();
    house.at(&platform, JOB).env_remove("POILIFT_SECRET").end().exits(5).says(&["token.txt"]);
}

#[test]
fn a_token_from_a_command_that_sees_the_appid() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "");
    house.write("token.txt", token_of(&platform));
    let command = "test $POILIFT_APPID = wx0123456789abcdef && cat token.txt";
    house.write("poilift.toml", format!("access_token_command = \"{command}\"\n"));
    house.at(&platform, JOB).env_remove("POILIFT_SECRET").end().exits(0);
    assert_eq!(platform.requests("stable_token"), 1, "the test's own");
}

#[test]
fn a_command_may_print_json_and_is_asked_again_when_its_token_expires() {
    let house = House::new();
    Chain::waiting(30).save(&house);
    let platform = Platform::with_scenario(&house, "token_calls = 1000", "--latency 200ms");
    let token = token_of(&platform);
    house.write("token.json", json!({"access_token": token, "expires_in": 1}).to_string());
    house.write("poilift.toml", "access_token_command = \"echo x >> asked.txt; cat token.json\"\n");
    house.at(&platform, JOB).env_remove("POILIFT_SECRET").end().exits(0);
    assert!(house.read("asked.txt").lines().count() >= 2, "a token about to expire is renewed before it does");
}

#[test]
fn a_command_that_fails_stops_the_account_with_its_status_and_without_its_output() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "");
    house.write("poilift.toml", "access_token_command = \"echo half-a-token-1234567; exit 7\"\n");
    let ended = house.at(&platform, JOB).env_remove("POILIFT_SECRET").end().exits(5);
    let ended = ended.says(&["access_token_command", "7"]);
    assert!(!ended.stderr.contains("half-a-token"), "{ended}");
    assert_eq!(platform.stats()["requests"], 0);
}
