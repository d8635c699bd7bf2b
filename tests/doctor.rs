//! `poilift doctor`: each thing that makes a first real run fail is found before it does, in a line that says what to do,
//! and nothing is changed by looking.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::kit::{Chain, Ended, House, Platform};

/// Twelve stores that wait to be moved.
fn house() -> House {
    let house = House::new();
    Chain::waiting(12).save(&house);
    house
}

/// What the doctor finds, by the name of the check.
fn found(ended: &Ended, check: &str) -> Vec<(String, String, String)> {
    let report: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"));
    assert_eq!(report["exit"].as_i64(), ended.code.map(i64::from), "{report:#}");
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let lines = report["checks"].as_array().unwrap().iter().filter(|line| line["check"] == check);
    lines.map(|line| (text(line, "result"), text(line, "found"), text(line, "next"))).collect()
}

/// The one line of this check.
fn one(ended: &Ended, check: &str) -> (String, String, String) {
    let mut lines = found(ended, check);
    assert_eq!(lines.len(), 1, "{check}: {}", ended.stdout);
    lines.remove(0)
}

#[test]
fn a_machine_and_an_account_that_are_well_are_told_so_and_nothing_is_changed() {
    let house = house();
    let platform = Platform::start(&house, "");
    let before = house.names();
    let doctor = house.at(&platform, "doctor").end();
    assert_eq!(doctor.code, Some(0), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("A run can begin"), "{}", doctor.stdout);
    assert!(
        doctor.stdout.contains("POILIFT_SECRET") && doctor.stdout.contains("(POILIFT_APPID)"),
        "where it came from"
    );
    assert!(!doctor.stdout.contains("a-secret-of-thirty-two"), "{}", doctor.stdout);
    assert_eq!(house.names(), before, "no ledger, no lock, no log");
    assert_eq!(platform.writes(), 0);
}

#[test]
fn an_account_that_is_refused_is_told_with_what_to_do_and_exit_5() {
    let cases = [
        ("secret_sha256 = \"00\"", "credentials", "40125"),
        ("appid = \"wxffffffffffffffff\"", "credentials", "40013"),
        ("merchant_status = 2", "approval", "in review"),
        ("[[faults]]\nendpoint = \"getpoilist\"\nkind = \"echo_token\"\nerrcode = 48001", "old_stores", "48001"),
        ("[[faults]]\nendpoint = \"get_store_list\"\nkind = \"echo_token\"\nerrcode = 48001", "new_stores", "48001"),
        ("[[faults]]\nendpoint = \"stable_token\"\nkind = \"echo_token\"\nerrcode = 40164", "allow_list", "40164"),
    ];
    for (scenario, check, code) in cases {
        let house = house();
        let platform = Platform::with_scenario(&house, scenario, "");
        let doctor = house.at(&platform, "doctor --format json").end();
        let (result, said, next) = one(&doctor, check);
        assert_eq!((doctor.code, result.as_str()), (Some(5), "failed"), "{scenario}: {}", doctor.stdout);
        assert!(said.contains(code) && !next.is_empty(), "{scenario}: {said} / {next}");
    }
}

#[test]
fn a_platform_that_cannot_be_reached_is_told_by_the_step_at_which_it_fails() {
    let house = house();
    let mut platform = Platform::start(&house, "");
    let tls = platform.base().replace("http", "https");
    let doctor = |base: &str| {
        let run = house.at(&platform, "doctor --format json").env("POILIFT_API_BASE", base);
        run.env("POILIFT_TIMEOUT", "5s").end()
    };
    let unknown = doctor("https://no-such-host.invalid");
    assert_eq!((unknown.code, one(&unknown, "dns").0.as_str()), (Some(4), "failed"), "{}", unknown.stdout);
    assert_eq!(one(&unknown, "connection").0, "skipped");
    let plain = doctor(&tls);
    assert_eq!((plain.code, one(&plain, "tls").0.as_str()), (Some(4), "failed"), "{}", plain.stdout);
    platform.stop();
    let base = platform.base();
    let closed = house.at(&platform, "doctor --format json").env("POILIFT_API_BASE", &base).end();
    assert_eq!((closed.code, one(&closed, "connection").0.as_str()), (Some(4), "failed"), "{}", closed.stdout);
}

#[test]
fn a_day_that_is_spent_is_a_warning_for_its_endpoint() {
    let house = house();
    let platform = Platform::with_scenario(&house, "daily_limit = 1", "");
    let doctor = house.at(&platform, "doctor --format json").end();
    let quotas = found(&doctor, "quota");
    let of = |endpoint: &str| {
        quotas.iter().find(|line| line.1.starts_with(endpoint)).unwrap_or_else(|| panic!("{quotas:?}"))
    };
    assert_eq!((doctor.code, of("add_store:").0.as_str()), (Some(0), "ok"), "{}", doctor.stdout);
    assert_eq!(of("getpoilist:").0, "warning");
}

#[test]
fn the_settings_of_this_machine_are_looked_at_before_the_platform() {
    let house = house();
    let platform = Platform::start(&house, "");
    house.write("secret.txt", "a-secret-of-thirty-two-characters");
    house.write("poilift.toml", "secret_file = \"secret.txt\"\nrate = \"20/s\"");
    let doctor = |run: crate::kit::Run| run.env_remove("POILIFT_SECRET").end();
    let set = |mode| std::fs::set_permissions(house.path("secret.txt"), std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o644);
    let open = doctor(house.at(&platform, "doctor --format json").env("POILIFT_RAET", "1/s"));
    assert_eq!((open.code, one(&open, "secret_files").0.as_str()), (Some(0), "warning"), "{}", open.stdout);
    assert!(one(&open, "environment").1.contains("POILIFT_RAET"), "{}", open.stdout);
    set(0o600);
    let closed = doctor(house.at(&platform, "doctor --format json"));
    assert_eq!(one(&closed, "secret_files").0, "ok");
    let report: Value = serde_json::from_str(&closed.stdout).unwrap();
    let rate = report["settings"].as_array().unwrap().iter().find(|told| told["key"] == "rate").unwrap().clone();
    assert_eq!(rate, serde_json::json!({"key": "rate", "value": "20/s", "origin": "poilift.toml"}));
    let wrong = doctor(house.at(&platform, "doctor --format json --rate 0/s"));
    assert_eq!((wrong.code, one(&wrong, "configuration").0.as_str()), (Some(2), "failed"), "{}", wrong.stdout);
}

#[test]
fn another_accounts_ledger_is_found_before_a_run_refuses_it() {
    let house = house();
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--dry-run").exits(0);
    let own = house.at(&platform, "doctor --format json").end();
    let (result, said, _) = one(&own, "ledger");
    assert!(result == "ok" && said.contains("12 stores"), "{said}");
    let other = house.at(&platform, "doctor --format json --appid wxffffffffffffffff").end();
    assert_eq!((other.code, one(&other, "ledger").0.as_str()), (Some(2), "failed"), "{}", other.stdout);
}

#[test]
fn a_token_endpoint_that_logs_others_out_is_not_tried() {
    let house = house();
    let platform = Platform::start(&house, "");
    house.write("poilift.toml", "token_endpoint = \"token\"");
    let doctor = house.at(&platform, "doctor --format json").end();
    assert_eq!((doctor.code, one(&doctor, "credentials").0.as_str()), (Some(0), "warning"), "{}", doctor.stdout);
    assert_eq!(platform.requests("token") + platform.requests("stable_token"), 0);
}
