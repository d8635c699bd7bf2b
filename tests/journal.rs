//! `--journal`: the events of a run, checked line by line against a table; and runs whose journal cannot be written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::kit::{Chain, House, Platform, until_true};

const JOB: &str = "migrate stores.json --supplement supplement.csv --wait 30s";

/// What a value is.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Number,
    Words,
    Counts,
    OrNull(&'static Kind),
}

use Kind::{Counts, Number, OrNull, Text, Words};

/// Every event with its keys. A change here is a change of what is promised.
const EVENTS: &[(&str, &[(&str, Kind)])] = &[
    ("run_began", &[("command", Text), ("version", Text), ("ledger", Text), ("pid", Number)]),
    ("stage", &[("words", Words)]),
    ("warning", &[("words", Words)]),
    ("finding", &[("code", Text), ("severity", Text), ("words", Words)]),
    ("intent", &[("poi_id", Text), ("verb", Text), ("attempt", Number), ("body_hash", Text)]),
    (
        "outcome",
        &[
            ("poi_id", Text),
            ("verb", Text),
            ("attempt", Number),
            ("counted", Text),
            ("state", Text),
            ("sent_at", OrNull(&Text)),
            ("http_status", OrNull(&Number)),
            ("errcode", OrNull(&Number)),
            ("errmsg", Text),
            ("rid", OrNull(&Text)),
            ("audit_id", OrNull(&Text)),
        ],
    ),
    (
        "reading",
        &[
            ("poi_id", Text),
            ("endpoint", Text),
            ("asked_at", Text),
            ("sight", Text),
            ("state", Text),
            ("upgrade_status", OrNull(&Text)),
            ("errcode", OrNull(&Number)),
        ],
    ),
    (
        "progress",
        &[
            ("phase", Text),
            ("sent", Number),
            ("ok", Number),
            ("refused", Number),
            ("again", Number),
            ("lost", Number),
            ("left", Number),
            ("rate", OrNull(&Number)),
        ],
    ),
    ("paused", &[]),
    ("resumed", &[]),
    ("stopping", &[]),
    ("run_ended", &[("exit", Number), ("by_state", Counts)]),
];

/// The keys of every line.
const HEAD: &[(&str, Kind)] =
    &[("v", Number), ("seq", Number), ("at", Text), ("run", Number), ("account", Text), ("event", Text)];

fn is(kind: Kind, value: &Value) -> bool {
    match kind {
        Text => value.is_string(),
        Number => value.is_number(),
        Words => ["en", "zh"].iter().all(|lang| value[lang].as_str().is_some_and(|text| !text.is_empty())),
        Counts => value.as_object().is_some_and(|counts| counts.values().all(Value::is_u64)),
        OrNull(kind) => value.is_null() || is(*kind, value),
    }
}

/// The lines of the journal, each of which is what the table says.
fn events(house: &House, name: &str) -> Vec<Value> {
    let text = house.read(name);
    assert!(text.ends_with('\n'), "the last line has its end");
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let keys = EVENTS.iter().find(|(name, _)| event["event"] == *name).unwrap_or_else(|| panic!("{line}")).1;
        let keys: BTreeMap<&str, Kind> = HEAD.iter().chain(keys).copied().collect();
        let object = event.as_object().unwrap();
        assert!(object.keys().map(String::as_str).eq_unordered(keys.keys().copied()), "{line}");
        for (key, kind) in keys {
            assert!(is(kind, &object[key]), "{key} is no {kind:?}: {line}");
        }
        assert_eq!(event["v"], 1);
        let at = event["at"].as_str().unwrap();
        assert!(at.len() == "2026-11-24T02:10:00.125+08:00".len() && at.parse::<jiff::Timestamp>().is_ok(), "{at}");
        event
    };
    text.lines().map(event).collect()
}

/// The same keys, in whatever order.
trait EqUnordered<'a>: Iterator<Item = &'a str> + Sized {
    fn eq_unordered(self, other: impl Iterator<Item = &'a str>) -> bool {
        let (mut one, mut other): (Vec<&str>, Vec<&str>) = (self.collect(), other.collect());
        one.sort_unstable();
        other.sort_unstable();
        one == other
    }
}

impl<'a, I: Iterator<Item = &'a str>> EqUnordered<'a> for I {}

/// A named pipe that nobody reads yet.
fn make_pipe(house: &House) -> PathBuf {
    let path = house.path("fifo");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

fn named<'e>(events: &'e [Value], name: &str) -> Vec<&'e Value> {
    events.iter().filter(|event| event["event"] == name).collect()
}

#[test]
fn a_journal_tells_a_run_from_its_beginning_to_its_end_and_the_next_run_after_it() {
    let house = House::new();
    let chain = Chain::waiting(8);
    chain.save(&house);
    // Two answers are lost, and settled by reading.
    let faults = "[[faults]]\nendpoint = \"add_store\"\nkind = \"drop_after\"\nfrom = 2\nuntil = 3\n";
    let platform = Platform::with_scenario(&house, faults, "");
    let ended = house.at(&platform, &format!("{JOB} --rate 50/s --format json --journal run.ndjson")).end().exits(0);
    let told = events(&house, "run.ndjson");
    for (n, event) in told.iter().enumerate() {
        assert_eq!((&event["seq"], &event["run"]), (&(n + 1).into(), &1.into()), "{event}");
        assert_eq!(event["account"], "wx0123456789abcdef");
    }
    assert_eq!((&told[0]["event"], &told[0]["command"]), (&"run_began".into(), &"migrate".into()));
    let ending = told.last().unwrap();
    assert_eq!((&ending["event"], &ending["exit"]), (&"run_ended".into(), &0.into()));
    assert_eq!(ending["by_state"], ended.json()["by_state"]);

    // What is told of stores is what stands in the ledger, as often.
    let count = |phase: &str| house.ledger().number(&format!("SELECT COUNT(*) FROM calls WHERE phase = '{phase}'"));
    for (event, phase) in [("intent", "intent"), ("outcome", "outcome"), ("reading", "reading")] {
        assert_eq!(named(&told, event).len(), usize::try_from(count(phase)).unwrap(), "{event}");
    }
    let lost: Vec<_> = named(&told, "outcome").into_iter().filter(|event| event["counted"] == "lost").collect();
    assert_eq!(lost.len(), 2);
    assert!(lost.iter().all(|event| event["state"] == "unknown" && event["errcode"].is_null()), "{lost:?}");
    for id in chain.ids() {
        let of = |name: &str| told.iter().position(|event| event["event"] == name && event["poi_id"] == id.as_str());
        assert!(of("intent").unwrap() < of("outcome").unwrap(), "{id}");
    }

    house.at(&platform, &format!("{JOB} --journal run.ndjson")).end().exits(0);
    let both = events(&house, "run.ndjson");
    assert_eq!(both[..told.len()], told, "each run adds");
    assert_eq!((&both[told.len()]["seq"], &both[told.len()]["run"]), (&1.into(), &2.into()));

    house.at(&platform, "watch --timeout 1s --journal watch.ndjson").end().exits(0);
    assert_eq!(events(&house, "watch.ndjson")[0]["command"], "watch");
}

#[test]
fn a_pause_a_resume_and_a_stop_are_events() {
    let house = House::new();
    Chain::waiting(60).save(&house);
    let platform = Platform::start(&house, "--latency 20ms");
    let going = house.at(&platform, &format!("{JOB} --rate 20/s --journal run.ndjson")).start();
    until_true("the first write", std::time::Duration::from_secs(60), || platform.writes() > 0);
    house.poilift("ctl pause").end().exits(0);
    house.poilift("ctl resume").end().exits(0);
    going.signal("INT");
    going.end().exits(4);
    let told = events(&house, "run.ndjson");
    for event in ["paused", "resumed", "stopping", "progress"] {
        assert!(!named(&told, event).is_empty(), "{event}: {told:?}");
    }
    assert_eq!(told.last().unwrap()["exit"], 4);
}

#[test]
fn a_journal_that_cannot_be_opened_is_said_before_anything_is_done() {
    let house = House::new();
    Chain::waiting(2).save(&house);
    let platform = Platform::start(&house, "");
    make_pipe(&house);
    let before = house.names();
    for (target, why) in [
        ("nowhere/run.ndjson", "nowhere/run.ndjson"),
        (".", "cannot be written"),
        ("-", "stdout carries the summary"),
        ("fifo", "nobody reads that pipe"),
        ("/dev/stdout", "stdout or stderr goes there already"),
        ("/dev/stderr", "stdout or stderr goes there already"),
    ] {
        let ended = house.at(&platform, &format!("{JOB} --journal {target}")).end().exits(2);
        ended.says(&[why, "nothing was sent"]);
        assert_eq!(house.names(), before, "{target}");
    }
    assert_eq!(platform.writes(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_journal_whose_disk_is_full_is_a_warning_once_and_the_run_goes_on() {
    let house = House::new();
    Chain::waiting(5).save(&house);
    let platform = Platform::start(&house, "");
    let ended = house.at(&platform, &format!("{JOB} --rate 50/s --journal /dev/full")).end().exits(0);
    assert_eq!(ended.stderr.matches("the journal /dev/full cannot be written").count(), 1, "{ended}");
    assert_eq!(house.ledger().in_state("upgraded"), 5);
}

#[test]
fn a_pipe_is_a_journal_while_somebody_reads_it_and_no_longer() {
    let house = House::new();
    Chain::waiting(30).save(&house);
    let platform = Platform::start(&house, "--latency 20ms");
    let fifo = make_pipe(&house);
    // Both ends, so that opening waits for nobody; what the program sees is a pipe with a reader.
    let reader = std::fs::File::options().read(true).write(true).open(&fifo).unwrap();
    let going = house.at(&platform, &format!("{JOB} --rate 20/s --journal fifo")).start();
    let mut first = [0; 64];
    std::io::Read::read_exact(&mut &reader, &mut first).unwrap();
    assert!(String::from_utf8_lossy(&first).starts_with("{\"v\":1,\"seq\":1,"));
    until_true("the first write", std::time::Duration::from_secs(60), || platform.writes() > 0);
    drop(reader);
    let ended = going.end().exits(0);
    assert_eq!(ended.stderr.matches("the journal fifo cannot be written").count(), 1, "{ended}");
}

#[test]
fn a_file_that_is_no_journal_is_never_written_into() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "");
    let list = house.bytes("stores.json");
    house.write("half.ndjson", "{\"v\":1");
    for target in ["stores.json", "supplement.csv", "poilift.db-wal"] {
        let ended = house.migrate(&platform, &format!("--journal {target} --rate 100/s")).exits(2);
        assert!(ended.stderr.contains("nothing was sent"), "{ended}");
    }
    assert_eq!((house.bytes("stores.json"), platform.writes()), (list, 0));
    house.migrate(&platform, "--journal half.ndjson --rate 100/s --wait 20s").exits(0);
}
