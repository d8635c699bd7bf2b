//! Every bit of a ledger's head flipped, and many of its body: what is opened says the same as before, or is refused.

use std::io::Write as _;
use std::path::Path;

use super::*;
use crate::store::{Cell, Decision, Field, JoinKey, LegacyStore, Place, PoiId, State, UpgradeStatus};

/// How many bits of the body are flipped, one at a time.
const BODY: u64 = 640;

/// Everything that a run believes of a ledger.
#[derive(Debug, PartialEq)]
struct Told {
    identity: Identity,
    stores: Vec<StoreRow>,
    cells: Vec<RememberedCell>,
    stories: Vec<Vec<StoryLine>>,
    counts: BTreeMap<Verb, CallCounts>,
    last_run: Option<(String, Vec<String>)>,
    last_pass: Option<Pass>,
}

fn told(ledger: &Ledger) -> Told {
    let stores = ledger.stores(None).unwrap();
    Told {
        identity: ledger.identity().unwrap(),
        cells: ledger.cells().unwrap(),
        stories: stores.iter().map(|row| ledger.story(row.id).unwrap()).collect(),
        counts: ledger.call_counts(None).unwrap(),
        last_run: ledger.last_run(&["migrate"]).unwrap(),
        last_pass: ledger.last_pass().unwrap(),
        stores,
    }
}

fn identity() -> Identity {
    Identity { account: "wx1".into(), platform: "api.weixin.qq.com".into() }
}

/// A ledger of a dozen stores, some of them sent, as a clean end leaves it: one file.
fn whole(path: &Path) -> Told {
    let mut ledger = Ledger::open(path, &identity()).unwrap();
    let nothing = String::new;
    let run = RunStart { command: "migrate".into(), ..RunStart::of_nobody(Stamp(1)) };
    let run_id = ledger.begin_run(&run).unwrap();
    let row = |n: u32| {
        let poi_id = PoiId::new(&(400_000_000 + n).to_string());
        let store = LegacyStore { poi_id, upgrade_status: UpgradeStatus::Waiting, ..LegacyStore::default() };
        SourceRow { place: Place::file("a.json").at_row(n), store, faults: Vec::new(), joins: true }
    };
    let ids = ledger.load(&(1..=12).map(row).collect::<Vec<_>>(), Stamp(5)).unwrap();
    let decision = Decision { action: crate::store::Action::Add, ..Decision::unplanned() };
    let plan = |id: &i64| PlannedRow {
        id: *id,
        decision: decision.clone(),
        state: State::Pending,
        body_hash: Some("h".into()),
        planned: None,
    };
    ledger.plan(&ids.iter().map(plan).collect::<Vec<_>>(), Stamp(6)).unwrap();
    for id in &ids[..6] {
        let (store_id, verb, attempt) = (*id, Verb::AddStore, 1);
        let (from, to) = (State::Pending, State::InReview);
        let intent = Intent { store_id, verb, attempt, body_hash: "h".into(), at: Stamp(10), from };
        let outcome = Outcome {
            store_id,
            verb,
            attempt,
            counted: Counted::Ok,
            sent_at: Some(Stamp(11)),
            at: Stamp(12),
            http_status: Some(200),
            errcode: Some(0),
            errmsg: nothing(),
            rid: None,
            audit_id: Some("77".into()),
            to,
            reason: None,
        };
        ledger.write_entries(run_id, &[Entry::Intent(intent), Entry::Outcome(outcome)]).unwrap();
    }
    let place = Place::file("s.csv").at_row(2);
    let cell = Cell {
        field: Field::Credential,
        value: "91330100MA0000001X".into(),
        place: place.clone(),
        fault: None,
        also: Vec::new(),
    };
    let row = SupplementRow {
        key: PoiId::new("400000001").map(JoinKey::PoiId),
        place,
        cells: vec![cell],
        faults: Vec::new(),
    };
    let fill = Fill { run_id, file: "s.csv", sha256: "abc", at: Stamp(5), person: "me", batch: run_id };
    ledger.fill(fill, &[row]).unwrap();
    ledger.note_pass(run_id, Pass { asked_at: Stamp(13), ended_at: Stamp(14), total: 12, unfinished: 12 }).unwrap();
    told(&ledger)
}

#[test]
fn whatever_bit_is_flipped_a_ledger_says_the_same_or_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let before = whole(&path);
    let bytes = std::fs::read(&path).unwrap();
    assert!(!dir.path().join("a.db-wal").exists(), "everything is in the one file");
    let bits = u64::try_from(bytes.len()).unwrap() * 8;
    // The head of the file with the head of its first tree, and places all over it.
    let places = (0..108 * 8).chain((0..BODY).map(|n| (n * 2_654_435_761) % bits));
    let copy = dir.path().join("copy.db");
    let (mut refused, mut same) = (0, 0);
    for bit in places {
        let mut flipped = bytes.clone();
        flipped[usize::try_from(bit / 8).unwrap()] ^= 1 << (bit % 8);
        std::fs::write(&copy, flipped).unwrap();
        match Ledger::open(&copy, &identity()) {
            Ok(ledger) => {
                assert!(told(&ledger) == before, "byte {} bit {}: it says something else", bit / 8, bit % 8);
                same += 1;
            }
            Err(LedgerError::Damaged { .. } | LedgerError::Newer { .. }) => refused += 1,
            Err(error) => panic!("byte {} bit {}: {error:?}", bit / 8, bit % 8),
        }
        for suffix in ["-wal", "-shm", ".mark"] {
            let _ = std::fs::remove_file(dir.path().join(format!("copy.db{suffix}")));
        }
    }
    assert!(refused > 400 && same > 100, "{refused} refused, {same} the same");
    // One write, past the runner's capture, like the proofs of tests/.
    let line = format!("proof: a ledger's bits, each of its head: {refused} refused, {same} say the same\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
