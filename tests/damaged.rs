//! Damaged ledgers: with any one bit flipped, cut at any length, without their write-ahead log or with another's, a run
//! either refuses before it has asked the platform anything, or sends the very requests that it would have sent.
//!
//! `POILIFT_TEST_SEED=7 cargo test --test main damaged` draws other places. The ledger itself differs a little from run to
//! run, for it is one that was killed in the middle; its damage is said by file and byte.

mod scene;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::kit::{Dice, Ended, Platform, Proxy, proof};

use scene::{LEDGER, MARK, SHM, STATE, Scene, WAL};

/// So many cases run side by side: each waits more than it works.
const SIDE_BY_SIDE: usize = 6;

/// What a run of this command did.
struct Deed {
    ended: Ended,
    requests: u64,
    /// The bodies of its writes, in order of their text.
    writes: Vec<String>,
    /// The first read-only command after the damage.
    read: Option<Ended>,
}

const APPLY: &str = "apply --allow-delete --yes --rate 200/s";
const MIGRATE: &str = "migrate stores.json --supplement supplement.csv --allow-delete --yes --rate 200/s";
const READING: [&str; 3] = ["status", "report -o elsewhere", "why 400000001"];

fn deed(scene: &Scene, command: &str, reading: Option<&str>) -> Deed {
    let house = scene.house();
    let read = reading.map(|command| house.poilift(command).end());
    let platform = Platform::start(&house, &format!("--state {STATE}"));
    let before = platform.stats()["requests"].as_u64().unwrap();
    let proxy = Proxy::before(&platform);
    let run = house.at(&platform, command).env("POILIFT_API_BASE", &proxy.base());
    let ended = run.env("POILIFT_SETTLE_WINDOW", "150ms").end();
    let requests = platform.stats()["requests"].as_u64().unwrap() - before;
    let body = |request: &crate::kit::Recorded| String::from_utf8_lossy(&request.body).into_owned();
    let mut writes: Vec<String> = proxy.requests("/wxa/add_store").iter().map(body).collect();
    writes.extend(proxy.requests("/cgi-bin/poi/delpoi").iter().map(body));
    writes.sort();
    Deed { ended, requests, writes, read }
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Refused,
    Unharmed,
}

/// A damaged ledger is refused with clear words, or nothing about the run is different.
fn judge(what: &str, deed: &Deed, whole: &Deed) -> Result<End, String> {
    let wrong = |why: &str| Err(format!("{what}: {why}\n{}", deed.ended));
    for ended in [Some(&deed.ended), deed.read.as_ref()].into_iter().flatten() {
        if ended.stderr.contains("panicked") || ended.code.is_none() {
            return Err(format!("{what}: a panic\n{ended}"));
        }
    }
    if let Some(read) = &deed.read
        && !(matches!(read.code, Some(0)) || said_clearly(read))
    {
        return Err(format!("{what}: a reader's words\n{read}"));
    }
    if matches!(deed.ended.code, Some(0 | 3 | 4)) {
        return if deed.writes == whole.writes { Ok(End::Unharmed) } else { wrong("other requests were sent") };
    }
    if deed.requests > 0 {
        return wrong("the platform was asked before the ledger was refused");
    }
    if said_clearly(&deed.ended) { Ok(End::Refused) } else { wrong("not a damaged ledger's words and exit code") }
}

/// Exit 1 with the file, that it is damaged, and the ways out. Only a number of the schema that has grown is taken for what
/// it says: a newer version's.
fn said_clearly(ended: &Ended) -> bool {
    let says = |words: &[&str]| words.iter().all(|word| ended.stderr.contains(word));
    let damaged = ended.code == Some(1) && says(&[LEDGER, "is damaged: ", "put back a copy", "begin a new one"]);
    damaged || ended.code == Some(2) && says(&["was written by a newer poilift"])
}

/// Where any of these words begins.
fn places(content: &[u8], words: &[&str]) -> Vec<usize> {
    let begins = |at: &usize| words.iter().any(|word| content[*at..].starts_with(word.as_bytes()));
    (0..content.len() - 18).filter(begins).collect()
}

/// Runs all cases, a few at a time; fails with everything that went wrong.
fn all(cases: &[(String, Scene)], whole: &BTreeMap<&'static str, Deed>) -> BTreeMap<&'static str, usize> {
    let (next, ends) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    let Some((what, scene)) = cases.get(n) else { return };
                    let command = if n % 3 == 0 { MIGRATE } else { APPLY };
                    let done = deed(scene, command, Some(READING[n % READING.len()]));
                    let end = judge(&format!("{what}, {command}"), &done, &whole[command]);
                    ends.lock().unwrap().push(end);
                }
            });
        }
    });
    let ends = ends.into_inner().unwrap();
    assert_eq!(ends.len(), cases.len());
    let wrong: Vec<String> = ends.iter().filter_map(|end| end.clone().err()).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), ends.len(), wrong.join("\n"));
    let count = |wanted: End| ends.iter().filter(|end| end.as_ref() == Ok(&wanted)).count();
    BTreeMap::from([("refused", count(End::Refused)), ("unharmed", count(End::Unharmed))])
}

/// What the two commands do with the scene as it is.
fn undamaged(scene: &Scene) -> BTreeMap<&'static str, Deed> {
    let whole = BTreeMap::from([APPLY, MIGRATE].map(|command| (command, deed(scene, command, None))));
    for (command, deed) in &whole {
        assert!(matches!(deed.ended.code, Some(0 | 3 | 4)), "{command}: {}", deed.ended);
        assert!(deed.writes.len() > 8, "{command} has something to send: {}", deed.ended);
    }
    whole
}

#[test]
fn with_any_one_bit_flipped_a_run_refuses_or_sends_the_same() {
    let seed = Dice::seed();
    let mut dice = Dice::of(seed);
    let killed = Scene::killed();
    let whole = undamaged(&killed);
    let closed = killed.checkpointed();
    let mut cases = Vec::new();
    let mut flip = |scene: &Scene, file: &str, n: usize, place: &mut dyn FnMut() -> usize| {
        for _ in 0..n {
            let bit = place();
            cases.push((format!("seed {seed}, {file}, byte {} bit {}", bit / 8, bit % 8), scene.flipped(file, bit)));
        }
    };
    let (db, wal) = (closed.len(LEDGER), killed.len(WAL));
    let pages = db / 4096;
    flip(&closed, LEDGER, 60, &mut || dice.place(100 * 8));
    // Of pages of every kind: their heads, where trees and lists are, and anything at all.
    flip(&closed, LEDGER, 60, &mut || dice.place(pages) * 4096 * 8 + dice.place(64 * 8));
    flip(&closed, LEDGER, 130, &mut || dice.place(db * 8));
    // What requests are made from, wherever it stands.
    let words = places(
        &closed.files[LEDGER],
        &["91330100MA", "0571-12121212", "28807415", "mmbiz.qpic.cn", "\"upgrade_status\"", "pending", "accepted"],
    );
    flip(&closed, LEDGER, 90, &mut || (words[dice.place(words.len())] + dice.place(18)) * 8 + dice.place(8));
    flip(&killed, LEDGER, 15, &mut || dice.place(db.min(killed.len(LEDGER)) * 8));
    flip(&killed, WAL, 20, &mut || dice.place(56 * 8));
    flip(&killed, WAL, 60, &mut || dice.place(wal * 8));
    flip(&killed, MARK, 8, &mut || dice.place(killed.len(MARK) * 8));
    flip(&killed, SHM, 7, &mut || dice.place(killed.len(SHM) * 8));
    let n = cases.len();
    let ends = all(&cases, &whole);
    let (refused, unharmed) = (ends["refused"], ends["unharmed"]);
    proof("damaged ledgers, flips", &format!("{n} flipped bits: {refused} refused, {unharmed} unharmed, seed {seed}"));
    assert!(n >= 300 && refused > n / 3 && unharmed > 0);
}

#[test]
fn cut_at_any_length_a_run_refuses_or_sends_the_same() {
    let seed = Dice::seed();
    let mut dice = Dice::of(seed);
    let killed = Scene::killed();
    let whole = undamaged(&killed);
    let closed = killed.checkpointed();
    let mut cases = Vec::new();
    let mut cut = |scene: &Scene, file: &str, length: usize| {
        cases.push((format!("seed {seed}, {file} cut to {length}"), scene.cut(file, length)));
    };
    let (db, wal) = (closed.len(LEDGER), killed.len(WAL));
    let pages = db / 4096;
    let step = (pages / 20).max(1);
    (0..pages).step_by(step).for_each(|page| cut(&closed, LEDGER, page * 4096));
    for length in [1, 15, 16, 99, 100, 511, 512, 4095] {
        cut(&closed, LEDGER, length);
    }
    (0..12).for_each(|_| cut(&closed, LEDGER, dice.place(db)));
    // A frame of the log is a page and its head of 24 bytes; the log's own head has 32.
    let frames = (wal - 32) / (4096 + 24);
    (0..frames).step_by((frames / 12).max(1)).for_each(|frame| cut(&killed, WAL, 32 + frame * (4096 + 24)));
    for length in [0, 1, 31, 32, 33, 56] {
        cut(&killed, WAL, length);
    }
    (0..12).for_each(|_| cut(&killed, WAL, dice.place(wal)));
    (0..4).for_each(|_| cut(&killed, LEDGER, dice.place(killed.len(LEDGER))));
    let n = cases.len();
    let ends = all(&cases, &whole);
    let (refused, unharmed) = (ends["refused"], ends["unharmed"]);
    proof("damaged ledgers, cuts", &format!("{n} lengths: {refused} refused, {unharmed} unharmed, seed {seed}"));
    assert!(n >= 60 && refused > n / 2);
}

#[test]
fn what_a_crash_or_a_hand_leaves_beside_a_ledger() {
    let killed = Scene::killed();
    let whole = undamaged(&killed);
    let closed = killed.checkpointed();
    let other = Scene::killed();
    let refused = [
        ("the log was deleted", killed.without(&[WAL, SHM])),
        ("the log of another ledger", killed.with(WAL, other.files[WAL].clone()).without(&[SHM])),
        ("the log of another ledger beside a closed one", closed.with(WAL, other.files[WAL].clone())),
        ("nothing beside a log with content", killed.with(LEDGER, Vec::new())),
        ("no file beside a log with content", killed.without(&[LEDGER])),
        ("nothing where a ledger was", closed.with(LEDGER, Vec::new())),
        ("an older copy in place of it", closed.with(MARK, later_mark(&closed))),
        ("another ledger in place of it", closed.with(LEDGER, other.checkpointed().files[LEDGER].clone())),
    ];
    let unharmed = [
        ("a hot log", killed.clone()),
        ("a hot log without its index", killed.without(&[SHM])),
        ("a hot log whose index is of zeros", killed.with(SHM, vec![0; 32_768])),
        ("a hot log with the beginning of a transaction that never ended", half_written(&killed)),
        ("an empty log", closed.with(WAL, Vec::new())),
        ("no mark", killed.without(&[MARK])),
        ("a mark whose making was cut short", killed.with(MARK, vec![0; 20])),
        ("an older log, of before the last checkpoint", closed.with(WAL, vec![0; 4096])),
    ];
    let cases = |scenes: &[(&str, Scene)]| -> Vec<(String, Scene)> {
        scenes.iter().map(|(what, scene)| ((*what).to_owned(), scene.clone())).collect()
    };
    let ends = all(&cases(&refused), &whole);
    assert_eq!(ends["refused"], refused.len(), "each of them is refused");
    let ends = all(&cases(&unharmed), &whole);
    assert_eq!(ends["unharmed"], unharmed.len(), "none of them is damage");
    let (n, m) = (refused.len(), unharmed.len());
    proof("damaged ledgers, files", &format!("{n} kinds refused, {m} kinds that a crash leaves behind unharmed"));
}

/// The mark of this ledger once something more was written into it.
fn later_mark(scene: &Scene) -> Vec<u8> {
    let house = scene.house();
    house.write("late.csv", "poi_id,contract_phone\n400000001,0571-12121212\n");
    house.poilift("fill late.csv").env("POILIFT_APPID", "wx0123456789abcdef").end().exits(0);
    house.bytes(MARK)
}

/// A frame that belongs to no transaction that was ever committed, as a crash in the middle of a write leaves it.
fn half_written(scene: &Scene) -> Scene {
    let mut log = scene.files[WAL].clone();
    let last = log[log.len() - 4120..].to_vec();
    log.extend_from_slice(&last);
    scene.with(WAL, log).without(&[SHM])
}
