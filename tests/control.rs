//! A run that is steered while it goes: `ctl status`, `pause` and `resume`, SIGUSR1, and the socket between them.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::kit::{Chain, Ended, Going, House, Platform, until, until_true};

const BOUND: Duration = Duration::from_secs(60);
const JOB: &str = "migrate stores.json --supplement supplement.csv";

fn ctl(house: &House, order: &str) -> Ended {
    house.poilift(&format!("ctl {order}")).end()
}

/// Where the run stands, by its own word.
fn status(house: &House) -> Value {
    ctl(house, "status --format json").exits(0).json()["status"].clone()
}

/// A run that sends, and has begun to.
fn sending(house: &House, platform: &Platform, flags: &str) -> Going {
    let going = house.at(platform, &format!("{JOB} {flags}")).start();
    until_true("the first write", BOUND, || platform.writes() > 0);
    going
}

/// Waits until what was under way when the run was paused has ended.
fn at_rest(house: &House) -> u64 {
    until("rest", BOUND, || {
        let ledger = house.ledger();
        let left = ledger.number("SELECT COUNT(*) FROM calls WHERE phase = 'outcome' AND outcome <> 'not_sent' AND run_id = (SELECT MAX(id) FROM runs)");
        let state = status(house);
        let sent = state["sent"].as_u64().unwrap();
        // What is counted was durable before.
        let is_counted = i64::try_from(sent).is_ok_and(|sent| sent == left);
        (state["paused"] == true && ledger.in_state("in_flight") == 0 && is_counted).then_some(sent)
    })
}

#[expect(clippy::cast_precision_loss, reason = "a few dozen")]
#[test]
fn a_paused_run_sends_nothing_and_a_resumed_one_goes_on_without_a_burst() {
    const RATE: usize = 20;
    let house = House::new();
    let chain = Chain::waiting(80);
    chain.save(&house);
    let platform = Platform::start(&house, "--latency 100ms");
    let going = sending(&house, &platform, &format!("--rate {RATE}/s --wait 60s"));
    ctl(&house, "pause").exits(0);
    let sent = at_rest(&house);
    let writes = platform.writes();
    assert!(sent == writes && writes < 80, "{sent} counted, {writes} arrived");
    // Longer than any turn, and than what a limiter saves up.
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(platform.writes(), writes, "nothing left while it was paused");
    let standing = status(&house);
    assert_eq!((&standing["phase"], &standing["waits_for"]), (&"sending".into(), &"resume".into()));
    assert_eq!(standing["left"].as_u64().unwrap() + sent, 80);
    ctl(&house, "resume").exits(0);
    let ended = going.end().exits(0).says(&["paused on request", "poilift ctl resume", "resumed"]);
    assert!(chain.ids().iter().all(|id| platform.of_store(id, "add_store") == (1, 1)), "{ended}");
    let writes = platform.calls().into_iter().filter(|call| call.endpoint == "add_store");
    let mut at: Vec<f64> = writes.map(|call| call.at_ms).collect();
    at.sort_by(f64::total_cmp);
    let most = at.iter().map(|from| at.iter().filter(|at| *at >= from && **at < from + 1_000.0).count()).max();
    // One more than the rate is what a receiver on a busy machine may see of an even sender.
    assert!(most.unwrap() <= RATE + 1, "{most:?} in one second");
    let resumed: Vec<f64> =
        at.windows(2).map(|pair| pair[1] - pair[0]).skip_while(|gap| *gap < 1_000.0).skip(1).collect();
    let mean = resumed.iter().sum::<f64>() / resumed.len() as f64;
    assert!((40.0..80.0).contains(&mean), "at the same pace: {mean} ms apart");
}

#[test]
fn a_pause_leaves_no_intent_behind_whose_worker_waits_for_its_turn() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "");
    let going = house.at(&platform, &format!("{JOB} --rate 1/m")).start();
    // The first write has no other before it, and leaves at once; the second one waits.
    until_true("an intent", BOUND, || platform.writes() == 1 && house.ledger().in_state("in_flight") == 1);
    let standing = until("its turn", BOUND, || Some(status(&house)).filter(|seen| seen["waits_for"] == "turn"));
    assert!(standing["until"].is_string(), "{standing}");
    ctl(&house, "pause").exits(0);
    at_rest(&house);
    assert_eq!(house.ledger().number("SELECT COUNT(*) FROM calls WHERE outcome = 'not_sent'"), 1);
    assert_eq!(house.ledger().in_state("retry"), 1);
    ctl(&house, "resume").exits(0);
    until_true("the intent again", BOUND, || house.ledger().in_state("in_flight") == 1);
    going.signal("INT");
    going.end().exits(4);
    assert_eq!(platform.writes(), 1);
}

#[test]
fn a_stop_ends_a_paused_run_and_the_next_run_is_not_paused() {
    let house = House::new();
    Chain::waiting(60).save(&house);
    let platform = Platform::start(&house, "--latency 20ms");
    let going = sending(&house, &platform, "--rate 20/s");
    ctl(&house, "pause").exits(0);
    at_rest(&house);
    let begun = Instant::now();
    going.signal("TERM");
    going.end().exits(4);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    house.migrate(&platform, "--rate 100/s --wait 60s").exits(0);
}

#[test]
fn saying_it_twice_changes_nothing_and_is_said() {
    let house = House::new();
    Chain::waiting(60).save(&house);
    let platform = Platform::start(&house, "--latency 20ms");
    let going = sending(&house, &platform, "--rate 10/s");
    let said = |order: &str, words: &str| {
        let ended = ctl(&house, order).exits(0);
        assert!(ended.stdout.contains(words), "{ended}");
    };
    said("resume", "it was not paused");
    said("pause", "paused: nothing new begins");
    said("pause", "it was paused already");
    said("status", "paused since");
    said("resume --lang zh", "已恢复");
    going.signal("INT");
    going.end().exits(4);
}

#[test]
fn a_run_that_stops_takes_no_orders_but_still_says_where_it_stands() {
    let house = House::new();
    Chain::waiting(6).save(&house);
    let platform = Platform::start(&house, "--latency 3s");
    let going = sending(&house, &platform, "--rate 5/s");
    going.signal("INT");
    until_true("the stop", BOUND, || status(&house)["stopping"] == true);
    let refused = ctl(&house, "pause").exits(4);
    assert!(refused.stdout.contains("the run is stopping"), "{refused}");
    going.end().exits(4).says(&["stopping: what is under way is finished"]);
}

#[test]
fn apply_and_watch_can_be_paused_too() {
    let house = House::new();
    Chain::waiting(40).save(&house);
    let platform = Platform::start(&house, "--latency 20ms --review-time 1h");
    house.migrate(&platform, "--limit 2 --rate 50/s").exits(4);
    let going = house.at(&platform, "apply --rate 10/s").start();
    until_true("a write of apply", BOUND, || platform.writes() > 4);
    ctl(&house, "pause").exits(0);
    at_rest(&house);
    going.signal("INT");
    going.end().exits(4);

    let read = platform.requests("getpoilist");
    let going = house.at(&platform, "watch").start();
    until_true("a reading of watch", BOUND, || platform.requests("getpoilist") > read);
    ctl(&house, "pause").exits(0);
    // A pass that was under way ends; after it none begins, although the next one was due within a second.
    std::thread::sleep(Duration::from_millis(500));
    let read = platform.requests("getpoilist");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(platform.requests("getpoilist"), read, "nothing is read while it is paused");
    assert_eq!(status(&house)["command"], "watch");
    ctl(&house, "resume").exits(0);
    until_true("the next reading", BOUND, || platform.requests("getpoilist") > read);
    going.signal("INT");
    going.end().exits(4);
}

#[test]
fn where_no_run_is_under_way_that_is_said_and_a_killed_one_is_none() {
    let house = House::new();
    Chain::waiting(60).save(&house);
    ctl(&house, "status").exits(2).says(&["poilift.db"]);
    let platform = Platform::start(&house, "--latency 20ms");
    let mut going = sending(&house, &platform, "--rate 10/s");
    assert_eq!(status(&house)["run"], 1);
    going.kill();
    assert!(house.has("poilift.db.sock"), "nobody was there to take it away");
    for order in ["status", "pause", "resume"] {
        ctl(&house, order).exits(4).says(&["no run is under way for the ledger poilift.db"]);
    }
    let going = house.at(&platform, &format!("{JOB} --rate 10/s")).start();
    let standing = until("the next run", BOUND, || {
        let ended = ctl(&house, "status --format json");
        (ended.code == Some(0)).then(|| ended.json()["status"].clone())
    });
    assert_eq!(standing["run"], 2);
    going.signal("INT");
    going.end().exits(4);
    assert!(!house.has("poilift.db.sock"), "{:?}", house.names());
}

#[test]
fn the_socket_is_its_owners_alone_and_one_of_another_user_is_not_spoken_to() {
    let house = House::new();
    Chain::waiting(60).save(&house);
    let platform = Platform::start(&house, "--latency 20ms");
    let going = sending(&house, &platform, "--rate 10/s");
    let socket = house.path("poilift.db.sock");
    let found = std::fs::symlink_metadata(&socket).unwrap();
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o600);
    // Only root can give a file away.
    if std::os::unix::fs::chown(&socket, Some(12_345), None).is_ok() {
        ctl(&house, "pause").exits(2).says(&["belongs to another user (uid 12345)"]);
    }
    going.signal("INT");
    going.end().exits(4);
}

#[test]
fn a_caller_who_says_nothing_or_nonsense_disturbs_nobody() {
    let house = House::new();
    Chain::waiting(60).save(&house);
    let platform = Platform::start(&house, "--latency 20ms");
    let going = sending(&house, &platform, "--rate 10/s");
    let socket = house.path("poilift.db.sock");
    let connect = || UnixStream::connect(&socket).unwrap();
    let silent: Vec<UnixStream> = (0..10).map(|_| connect()).collect();
    let answer_to = |line: &[u8]| {
        let mut stream = connect();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(line).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        serde_json::from_str::<Value>(&answer).map_or(Value::Null, |answer| answer["reply"].clone())
    };
    assert_eq!(answer_to(b"dance\n"), "not_understood");
    assert_eq!(answer_to(b"{\"v\":2,\"order\":\"pause\"}\n"), "other_version");
    assert_eq!(answer_to(b"{\"v\":1,\"order\":\"status\"}\n"), "done");
    assert_eq!(answer_to(&[b'x'; 10_000]), Value::Null, "a line without an end is not answered");
    assert_eq!(status(&house)["paused"], false);
    let begun = Instant::now();
    going.signal("INT");
    going.end().exits(4);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    drop(silent);
}

#[test]
fn a_ledger_of_a_long_path_is_reached_all_the_same_and_ledgers_are_told_apart() {
    let house = House::new();
    Chain::waiting(60).save(&house);
    let platform = Platform::start(&house, "--latency 20ms");
    let dir = "d".repeat(120);
    std::fs::create_dir(house.path(&dir)).unwrap();
    let going = sending(&house, &platform, &format!("--rate 10/s --ledger {dir}/poilift.db"));
    let reached = ctl(&house, &format!("status --format json --ledger {dir}/poilift.db")).exits(0).json();
    assert!(reached["status"]["ledger"].as_str().unwrap().ends_with(&format!("{dir}/poilift.db")));
    std::fs::copy(house.path(&dir).join("poilift.db"), house.path("poilift.db")).unwrap();
    ctl(&house, "status").exits(4).says(&["no run is under way"]);
    going.signal("INT");
    going.end().exits(4);
    ctl(&house, &format!("status --ledger {dir}/poilift.db")).exits(4);
}

#[test]
fn sigusr1_is_answered_with_a_line_also_when_quiet_and_ends_nothing() {
    let house = House::new();
    Chain::waiting(60).save(&house);
    let platform = Platform::start(&house, "--latency 20ms");
    let going = sending(&house, &platform, "-q --rate 20/s");
    going.signal("USR1");
    until_true("the line", BOUND, || going.stderr_so_far().contains("migrate, run 1: sending since "));
    let line = going.stderr_so_far();
    assert!(line.contains("accepted") && line.contains("left; 20 a second"), "{line}");
    going.signal("INT");
    going.end().exits(4);
}

#[test]
fn a_run_whose_socket_is_gone_is_not_said_to_be_none() {
    let house = House::new();
    Chain::waiting(30).save(&house);
    let platform = Platform::start(&house, "");
    let going = sending(&house, &platform, "--rate 5/s");
    std::fs::remove_file(house.path("poilift.db.sock")).unwrap();
    ctl(&house, "status").exits(4).says(&["no run answers", "kill -USR1"]);
    going.signal("TERM");
    going.end().exits(4);
    ctl(&house, "status").exits(4).says(&["no run is under way"]);
}
