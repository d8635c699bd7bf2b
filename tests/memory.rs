//! The ledger: whose it is, who holds it, and files that are none. What is refused stays as it was, byte by byte.

use std::time::Duration;

use rusqlite::Connection;
use serde_json::json;

use crate::kit::{Chain, Going, House, Platform, until_true};

const JOB: &str = "migrate stores.json --supplement supplement.csv";

fn house_and_platform(n: usize) -> (House, Platform) {
    let house = House::new();
    Chain::waiting(n).save(&house);
    let platform = Platform::start(&house, "");
    (house, platform)
}

/// The command ends with 2, sends nothing, and the file is afterwards what it was.
#[track_caller]
fn refused(house: &House, platform: &Platform, file: &str, arguments: &str, words: &[&str]) {
    let (before, writes) = (house.bytes(file), platform.writes());
    house.at(platform, arguments).end().exits(2).says(&[file]).says(words);
    assert!(house.bytes(file) == before, "{file} was changed");
    assert_eq!(platform.writes(), writes);
}

#[test]
fn the_ledger_of_another_account_is_refused_and_untouched() {
    let (house, platform) = house_and_platform(2);
    house.migrate(&platform, "--wait 30s").exits(0);
    for command in [JOB, "apply", "watch --timeout 1s", "reconcile", "plan stores.json"] {
        refused(&house, &platform, "poilift.db", &format!("{command} --appid wxsomeoneelse"), &["wx0123456789abcdef"]);
    }
}

#[test]
fn a_sandbox_ledger_and_a_real_one_never_mix() {
    let (house, platform) = house_and_platform(2);
    house.poilift(&format!("{JOB} --sandbox --wait 30s")).end().exits(0);
    house.migrate(&platform, "--wait 30s").exits(0);
    refused(&house, &platform, "poilift.sandbox.db", &format!("{JOB} --ledger poilift.sandbox.db"), &["sandbox"]);
    refused(&house, &platform, "poilift.db", &format!("{JOB} --sandbox --ledger poilift.db"), &["sandbox"]);
    refused(&house, &platform, "poilift.sandbox.db", "plan stores.json --ledger poilift.sandbox.db", &["sandbox"]);
    refused(&house, &platform, "poilift.db", "fill supplement.csv --sandbox --ledger poilift.db", &["sandbox"]);
}

#[test]
fn a_ledger_of_a_newer_schema_is_refused_and_untouched() {
    let (house, platform) = house_and_platform(2);
    house.migrate(&platform, "--wait 30s").exits(0);
    Connection::open(house.path("poilift.db")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    for command in [JOB, "apply", "status", "report", "fill supplement.csv", "watch --timeout 1s"] {
        refused(&house, &platform, "poilift.db", command, &["newer"]);
    }
}

#[test]
fn a_database_that_is_no_ledger_is_refused_and_untouched() {
    let (house, platform) = house_and_platform(2);
    let other = Connection::open(house.path("poilift.db")).unwrap();
    other.execute_batch("CREATE TABLE accounts (id INTEGER); INSERT INTO accounts VALUES (1)").unwrap();
    drop(other);
    for command in [JOB, "apply", "status", "report", "fill supplement.csv"] {
        refused(&house, &platform, "poilift.db", command, &["not a poilift ledger"]);
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_and_untouched() {
    let (house, platform) = house_and_platform(2);
    house.write(
        "poilift.db",
        "appid,secret\nnot a database at all, but long enough to be read as the head of one\n".repeat(9),
    );
    for command in [JOB, "apply", "status", "report", "fill supplement.csv"] {
        refused(&house, &platform, "poilift.db", command, &["not a poilift ledger"]);
    }
}

#[test]
fn a_ledger_that_was_cut_short_is_said_to_be_damaged_and_nothing_is_sent() {
    let (house, platform) = house_and_platform(60);
    house.migrate(&platform, "--wait 30s").exits(0);
    let writes = platform.writes();
    let whole = house.bytes("poilift.db");
    house.write("poilift.db", &whole[..whole.len() / 3]);
    for name in ["poilift.db-wal", "poilift.db-shm"] {
        let _ = std::fs::remove_file(house.path(name));
    }
    for command in [JOB, "status"] {
        let ended = house.at(&platform, command).end();
        assert!(matches!(ended.code, Some(1 | 2)), "{ended}");
        assert!(ended.stderr.contains("poilift.db") && !ended.stderr.contains("panicked"), "{ended}");
    }
    assert_eq!(platform.writes(), writes);
}

#[test]
fn without_a_ledger_status_and_report_and_apply_say_so_and_create_nothing() {
    let (house, platform) = house_and_platform(2);
    let before = house.names();
    for command in ["status", "report", "apply", "watch", "reconcile", "status --ledger elsewhere.db"] {
        house.at(&platform, command).end().exits(2).says(&["no ledger"]);
        assert_eq!(house.names(), before, "{command} left something behind");
    }
    assert_eq!(platform.stats()["requests"], 0);
}

/// A run that sends one store a second, caught in the act.
fn slow_run(house: &House, platform: &Platform) -> Going {
    let going = house.at(platform, &format!("{JOB} --rate 1/s")).start();
    until_true("the first write", Duration::from_secs(60), || platform.writes() > 0);
    going
}

#[test]
fn a_second_run_on_the_same_ledger_is_refused_before_anything_is_sent() {
    let (house, platform) = house_and_platform(20);
    let mut first = slow_run(&house, &platform);
    house.migrate(&platform, "").exits(6).says(&["another run holds", "poilift.db"]);
    house.at(&platform, "apply").end().exits(6);
    assert!(first.is_running(), "the first run goes on");
    first.signal("TERM");
    first.end().exits(4);
    house.migrate(&platform, "--dry-run").exits(0);
}

#[test]
fn another_ledger_does_not_let_a_second_run_drive_the_same_account() {
    let (house, platform) = house_and_platform(20);
    let _first = slow_run(&house, &platform);
    let before = platform.writes();
    house.migrate(&platform, "--ledger other.db --report other").exits(6).says(&["the account wx0123456789abcdef"]);
    assert!(platform.writes() <= before + 5, "only the slow run sends");
    assert!(!house.has("other.db"), "nothing was begun");
}

#[test]
fn readers_and_fill_are_not_locked_out_by_a_run() {
    let (house, platform) = house_and_platform(20);
    let mut first = slow_run(&house, &platform);
    let status = house.poilift("status --format json").end().exits(0).json();
    assert_eq!(status["stores"], 20);
    house.write("late.csv", format!("poi_id,contract_phone\n{},0571-12121212\n", Chain::waiting(20).id(19)));
    house.at(&platform, "fill late.csv").end().exits(0);
    assert!(first.is_running());
    first.signal("TERM");
    first.end().exits(4);
    assert_eq!(house.ledger().number("SELECT COUNT(*) FROM cells WHERE value = '0571-12121212'"), 1);
}

#[test]
fn the_same_input_again_changes_nothing_and_a_changed_row_is_a_new_revision() {
    let (house, platform) = house_and_platform(3);
    let chain = Chain::waiting(3);
    house.migrate(&platform, "--dry-run").exits(0);
    house.migrate(&platform, "--dry-run").exits(0);
    let revisions = || house.ledger().pairs("SELECT poi_id, revision FROM stores");
    assert!(revisions().values().all(|revision| *revision == 1));
    chain.clone().with(1, "telephone", json!("0571-77777777")).save(&house);
    house.migrate(&platform, "--dry-run").exits(0);
    assert_eq!(revisions()[&chain.id(0)], 1);
    assert_eq!(revisions()[&chain.id(1)], 2);
}

#[test]
fn a_report_can_be_made_again_from_the_ledger_alone() {
    let (house, platform) = house_and_platform(3);
    house.migrate(&platform, "--wait 30s").exits(0);
    let requests = platform.stats()["requests"].clone();
    house.poilift("report -o again").end().exits(0);
    assert_eq!(house.stores_csv("again"), house.stores_csv("poilift-report"));
    assert_eq!(platform.stats()["requests"], requests);
}
