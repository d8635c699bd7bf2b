//! What any good program does: languages, quiet, logs, pipes.

use serde_json::Value;

use crate::kit::{Chain, House, Platform};

const JOB: &str = "migrate stores.json --supplement supplement.csv --wait 30s";

fn house_and_platform() -> (House, Platform) {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "");
    (house, platform)
}

#[test]
fn help_and_version_are_answers_on_stdout() {
    let house = House::new();
    for flags in ["--help", "--version", "migrate --help", "sandbox --help"] {
        let ended = house.poilift(flags).end().exits(0);
        assert!(!ended.stdout.is_empty() && ended.stderr.is_empty(), "{ended}");
    }
    assert!(house.names().is_empty());
}

#[test]
fn a_closed_pipe_is_nobodys_error() {
    let (house, platform) = house_and_platform();
    house.at(&platform, JOB).end_with_closed_stdout().exits(0);
    for command in ["status", "status --format json", "check stores.json --supplement supplement.csv", "--help"] {
        house.poilift(command).end_with_closed_stdout().exits(0);
    }
}

#[test]
fn chinese_is_spoken_where_it_is_asked_for_and_keys_stay_what_they_are() {
    let (house, platform) = house_and_platform();
    let ended = house.at(&platform, &format!("{JOB} --lang zh")).end().exits(0);
    assert!(ended.stdout.contains("门店") && ended.stderr.contains("门店"), "{ended}");
    assert_eq!(house.stores_csv("poilift-report")[0]["state"], "upgraded");
    let by_locale = house.poilift("status").env("LC_ALL", "zh_CN.UTF-8").end().exits(0);
    assert!(by_locale.stdout.contains("门店"), "{by_locale}");
    let refused = house.poilift("status --ledger nowhere.db --lang zh").end().exits(2);
    assert!(refused.stderr.starts_with("错误："), "{refused}");
}

#[test]
fn quiet_says_nothing_unless_something_is_wrong() {
    let (house, platform) = house_and_platform();
    let ended = house.at(&platform, &format!("{JOB} -q --format json")).end().exits(0);
    assert_eq!(ended.stderr, "", "{ended}");
    house.at(&platform, "migrate nowhere.json -q").end().exits(2).says(&["nowhere.json"]);
}

#[test]
fn the_log_lies_beside_the_ledger_and_is_json_where_it_is_asked_for() {
    let (house, platform) = house_and_platform();
    house.at(&platform, &format!("{JOB} --log-format json")).end().exits(0);
    let log = house.read("poilift.db.log");
    assert!(log.lines().count() > 3);
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["level"].is_string() && line["timestamp"].is_string());
    }
}

#[test]
fn a_report_that_was_written_before_is_written_anew_as_a_whole() {
    let (house, platform) = house_and_platform();
    house.migrate(&platform, "--dry-run").exits(0);
    assert_eq!(house.state_of(&Chain::waiting(3).id(0)), "pending");
    house.migrate(&platform, "--wait 30s").exits(0);
    assert_eq!(house.state_of(&Chain::waiting(3).id(0)), "upgraded");
    let names = std::fs::read_dir(house.path("poilift-report")).unwrap().map(|entry| entry.unwrap().file_name());
    let names: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with(".tmp")).collect();
    assert!(names.is_empty(), "no temporary file is left: {names:?}");
}

#[test]
fn a_pulled_list_is_an_input_like_any_other() {
    let (house, platform) = house_and_platform();
    let plan = |input: &str| {
        let flags = format!("plan {input} --supplement supplement.csv --ledger of-{input}.db --format json");
        house.poilift(&flags).end().exits(0).json()["by_action"].clone()
    };
    for file in ["pulled.jsonl", "pulled.csv", "pulled.xlsx"] {
        house.at(&platform, &format!("pull -o {file}")).end().exits(0);
        assert_eq!(plan(file), plan("stores.json"), "{file}");
    }
    house.at(&platform, "pull -o pulled.doc").end().exits(2);
}
