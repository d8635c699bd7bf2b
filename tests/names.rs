//! What a ledger's name may lead to, and who else may have the file open: each case has its words and its exit code, and
//! nothing is sent.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use rusqlite::Connection;

use crate::kit::{Chain, Ended, Going, House, Platform, until_true};

const JOB: &str = "migrate stores.json --supplement supplement.csv";

fn house_and_platform(n: usize) -> (House, Platform) {
    let house = House::new();
    Chain::waiting(n).save(&house);
    let platform = Platform::start(&house, "");
    (house, platform)
}

/// The command ends so, says so, and asks the platform nothing.
#[track_caller]
fn refused(house: &House, platform: &Platform, command: &str, code: i32, words: &[&str]) -> Ended {
    let before = platform.stats()["requests"].clone();
    let ended = house.at(platform, command).end().exits(code).says(words);
    assert_eq!(platform.stats()["requests"], before, "{command}: something was asked or sent\n{ended}");
    ended
}

fn slow_run(house: &House, platform: &Platform) -> Going {
    let going = house.at(platform, &format!("{JOB} --rate 1/s")).start();
    until_true("the first write", Duration::from_secs(60), || platform.writes() > 0);
    going
}

#[test]
fn a_symbolic_link_leads_to_one_ledger_with_one_lock() {
    let (house, platform) = house_and_platform(12);
    symlink("poilift.db", house.path("link.db")).unwrap();
    let first = slow_run(&house, &platform);
    let ended = house.at(&platform, &format!("{JOB} --ledger link.db --report other")).end().exits(6);
    ended.says(&["another run holds", "the ledger link.db"]);
    first.signal("TERM");
    first.end().exits(4);
    assert!(!house.has("link.db.lock") && !house.has("link.db.mark"), "{:?}", house.names());
    house.at(&platform, &format!("{JOB} --ledger link.db --report other --rate 100/s --wait 20s")).end().exits(0);
    assert_eq!(platform.writes(), 12);
    house.poilift("status").end().exits(0);
}

#[test]
fn a_ledger_of_two_hard_links_is_refused_by_either_name() {
    let (house, platform) = house_and_platform(2);
    house.migrate(&platform, "--dry-run").exits(0);
    fs::hard_link(house.path("poilift.db"), house.path("twin.db")).unwrap();
    for name in ["poilift.db", "twin.db"] {
        for command in [JOB, "apply", "status", "fill supplement.csv"] {
            let command = format!("{command} --ledger {name}");
            refused(&house, &platform, &command, 2, &[name, "2 names of the same file", "hard links"]);
        }
    }
    assert!(!house.has("twin.db-wal") && !house.has("twin.db.lock"));
    fs::remove_file(house.path("twin.db")).unwrap();
    house.migrate(&platform, "--wait 20s").exits(0);
}

#[test]
fn a_directory_and_a_device_are_no_ledgers() {
    let (house, platform) = house_and_platform(2);
    fs::create_dir(house.path("folder")).unwrap();
    let names = house.names();
    for name in ["folder", "/dev/null"] {
        for command in [JOB, "apply", "status", "why 400000001", "fill supplement.csv"] {
            refused(&house, &platform, &format!("{command} --ledger {name}"), 2, &[name, "is not a file"]);
        }
    }
    assert_eq!(house.names(), names, "something was left behind");
}

#[test]
fn a_directory_that_cannot_be_written_to_is_said_to_be_one() {
    let (house, platform) = house_and_platform(2);
    // Nobody can make a file there, whoever runs the tests.
    refused(&house, &platform, &format!("{JOB} --ledger /proc/poilift.db"), 1, &["/proc/poilift.db"]);
}

#[test]
fn a_program_that_holds_the_ledger_for_long_is_waited_for_and_then_named() {
    let (house, platform) = house_and_platform(3);
    house.migrate(&platform, "--dry-run").exits(0);
    let other = Connection::open(house.path("poilift.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writes = platform.writes();
    let ended = house.at(&platform, JOB).end().exits(1);
    ended.says(&["poilift.db", "another program has the ledger open", "run the same command again"]);
    assert_eq!(platform.writes(), writes);
    // Who only reads is not kept waiting.
    house.poilift("status").end().exits(0);
    other.execute_batch("COMMIT").unwrap();
    drop(other);
    house.migrate(&platform, "--wait 20s").exits(0);
    assert_eq!(platform.writes(), 3);
}

#[test]
fn a_program_that_takes_the_ledger_in_the_middle_ends_the_run_and_no_store_is_sent_twice() {
    let (house, platform) = house_and_platform(30);
    let going = house.at(&platform, &format!("{JOB} --rate 10/s")).start();
    until_true("some writes", Duration::from_secs(60), || platform.writes() > 3);
    let other = Connection::open(house.path("poilift.db")).unwrap();
    other.busy_timeout(Duration::from_secs(5)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    going.end().exits(1).says(&["poilift.db", "another program has the ledger open"]);
    let in_between = platform.writes();
    assert!(in_between < 30, "it went on sending without a ledger");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    house.migrate(&platform, "--wait 20s").exits(0);
    assert_eq!(platform.writes(), 30, "what was under way is settled by reading");
}
