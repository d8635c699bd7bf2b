//! Power goes off: what was not synced is forgotten. One migration is recorded, with every write, sync and request; then the
//! disk and the platform are built again as they were at every sync, and just before it, and the same command goes on there.
//!
//! SIGKILL cannot show this: the system keeps what a killed process has written. `cargo test --test main power_loss` runs it
//! alone; `POILIFT_TEST_SEED` draws other remains, `POILIFT_TEST_VARIANTS=20` so many of them for each moment.

mod platter;
mod trace;

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use serde_json::Value;

use self::platter::{Image, Left, Obeys, Platter};
use self::trace::{Event, Request};
use crate::disk::{ADDS, WINDOW_MS, chain, migration};
use crate::kit::{Dice, House, Platform, Shim, Wanted, proof};

/// Runs at the same time: each of them mostly waits.
const AT_ONCE: usize = 6;

/// Chance leaves so many different remains at each moment, unless `POILIFT_TEST_VARIANTS` says otherwise.
const VARIANTS: u64 = 2;

/// The second request is lost on its way, the third one's answer on its way back: the record has both kinds of settling in it.
const LOSSES: &str = "[[faults]]\nendpoint = \"add_store\"\nkind = \"drop_before\"\nfrom = 2\nuntil = 2\n\
                      [[faults]]\nendpoint = \"add_store\"\nkind = \"drop_after\"\nfrom = 3\nuntil = 3\n";

/// A run that was recorded to its end.
struct Recording {
    /// Where it ran.
    house: House,
    /// The disk before it.
    before: Platter,
    events: Vec<Event>,
    requests: Vec<Request>,
    /// The platform's own journal.
    journal: String,
}

impl Recording {
    fn new(obeys: Obeys) -> Self {
        let house = House::unshared();
        chain().save(&house);
        let before = Platter::of(&house, obeys);
        let (trace, journal) = (house.root().join("trace"), house.root().join("platform.jsonl"));
        let flags = format!("--review-time 0ms --state {}", journal.display());
        let platform = Platform::with_scenario(&house, LOSSES, &flags);
        let run = migration(&house, &platform);
        Shim::compiled().traces(&house, &trace, run).end().exits(0);
        let events = trace::read(&trace, house.root());
        let requests = trace::requests(&events);
        let journal = std::fs::read_to_string(journal).unwrap();
        Self { house, before, events, requests, journal }
    }

    /// The disk after the first `moment` events.
    fn at(&self, moment: usize) -> Platter {
        let mut platter = self.before.clone();
        self.events[..moment].iter().for_each(|event| platter.happens(event));
        platter
    }

    /// The requests that had left by then.
    fn left(&self, moment: usize) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(move |request| request.left < moment)
    }

    /// The moments just before and just after each sync, and the end.
    fn syncs(&self) -> Vec<usize> {
        let is_sync = |n: &usize| matches!(self.events[*n], Event::Synced { .. });
        let mut moments: Vec<usize> = (0..self.events.len()).filter(is_sync).flat_map(|n| [n, n + 1]).collect();
        moments.push(self.events.len());
        moments.dedup();
        moments
    }

    /// The platform's journal at that moment. A request that is under way has come to pass, or has not: `under_way`.
    fn journal_at(&self, moment: usize, under_way: bool) -> String {
        let has_come = |request: &Request| request.ended.is_some_and(|ended| ended < moment) || under_way;
        let come: HashSet<(&str, &str, usize)> = self
            .left(moment)
            .filter(|request| has_come(request))
            .map(|request| (request.endpoint, request.poi_id.as_str(), request.nth))
            .collect();
        let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
        let lines = self.journal.lines().filter(|line| {
            let entry: Value = serde_json::from_str(line).unwrap();
            let call = &entry["call"];
            let Some(endpoint @ ("add_store" | "delpoi")) = call["endpoint"].as_str() else { return true };
            let poi_id = call["poi_id"].as_str().unwrap();
            let nth = seen.entry((endpoint.to_owned(), poi_id.to_owned())).or_default();
            *nth += 1;
            come.contains(&(endpoint, poi_id, *nth))
        });
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

/// One thing that may be found once power is back.
struct Case {
    moment: usize,
    left: Left,
    image: Image,
    journal: String,
}

/// Everything that may be found after a loss of power at any sync, each once.
fn cases(recording: &Recording) -> Vec<Case> {
    let variants = std::env::var("POILIFT_TEST_VARIANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(VARIANTS);
    let mut known = HashSet::new();
    let mut cases = Vec::new();
    for moment in recording.syncs() {
        let platter = recording.at(moment);
        let chance = (0..variants).map(|n| Left::Some(Dice::seed() + moment as u64 * 1000 + n));
        for left in [Left::Nothing, Left::Names, Left::Everything].into_iter().chain(chance) {
            let image = platter.fails(left);
            for under_way in [true, false] {
                let journal = recording.journal_at(moment, under_way);
                let mut hasher = DefaultHasher::new();
                (&image, &journal).hash(&mut hasher);
                if known.insert(hasher.finish()) {
                    cases.push(Case { moment, left, image: image.clone(), journal });
                }
            }
        }
    }
    cases
}

/// How many intents the ledger knows, store by store; a ledger that is not there knows none.
fn intents(house: &House) -> BTreeMap<String, i64> {
    if !house.has("poilift.db") {
        return BTreeMap::new();
    }
    let ledger = house.ledger();
    let damages = "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
    assert_eq!(ledger.number(damages), 0, "the ledger is damaged");
    if ledger.number("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'calls'") == 0 {
        return BTreeMap::new();
    }
    ledger.pairs(
        "SELECT poi_id, COUNT(*) FROM calls JOIN stores ON stores.id = store_id WHERE phase = 'intent' GROUP BY poi_id",
    )
}

/// The requests that had left by then, and whose intent is not among these.
fn forgotten(recording: &Recording, moment: usize, intents: &BTreeMap<String, i64>) -> usize {
    let is_known =
        |request: &Request| intents.get(&request.poi_id).is_some_and(|n| n.unsigned_abs() >= request.nth as u64);
    recording.left(moment).filter(|request| !is_known(request)).count()
}

/// The same command, on what the loss of power has left; answers how many stores were sent again.
fn goes_on(recording: &Recording, case: &Case) -> usize {
    let house = case.image.lay_out();
    assert_eq!(
        forgotten(recording, case.moment, &intents(&house)),
        0,
        "a request has left, and its intent is forgotten"
    );
    let chain = chain();
    let state = house.root().join("platform.jsonl");
    std::fs::write(&state, &case.journal).unwrap();
    let platform = Platform::start(&house, &format!("--review-time 0ms --state {}", state.display()));
    migration(&house, &platform).end().exits(0);
    Wanted { chain: &chain, adds: ADDS, window_ms: WINDOW_MS }.is_done(&house, &platform)
}

#[test]
fn what_was_not_synced_is_forgotten_and_no_store_is_sent_twice_or_lost() {
    let _machine = House::new();
    let recording = Recording::new(Obeys::Syncs);
    let cases = cases(&recording);
    let (moments, number) = (recording.syncs().len(), cases.len());
    let (open, again, wrong) = (Mutex::new(cases), Mutex::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let Some(case) = open.lock().unwrap().pop() else { return };
            match catch_unwind(AssertUnwindSafe(|| goes_on(&recording, &case))) {
                Ok(n) => *again.lock().unwrap() += n,
                Err(_) => wrong.lock().unwrap().push(format!("{:?} left at event {}", case.left, case.moment)),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let (again, wrong) = (again.into_inner().unwrap(), wrong.into_inner().unwrap());
    assert!(wrong.is_empty(), "seed {}: {wrong:#?}", Dice::seed());
    proof(
        "power loss",
        &format!(
            "{number} different remains at {moments} moments of a run ({} events, {} requests that write), seed {}; \
             {again} stores sent again after a reading, 0 sent twice, 0 lost",
            recording.events.len(),
            recording.requests.len(),
            Dice::seed(),
        ),
    );
}

#[test]
fn at_no_moment_a_request_has_left_whose_intent_could_be_forgotten() {
    let _machine = House::new();
    let recording = Recording::new(Obeys::Syncs);
    assert_eq!(requests_forgotten(&recording, Left::Nothing), 0);
}

#[test]
fn the_record_is_whole_what_is_replayed_is_what_lies_on_the_disk() {
    let _machine = House::new();
    let recording = Recording::new(Obeys::Syncs);
    let image = recording.at(recording.events.len()).fails(Left::Everything);
    let mut compared = 0;
    for (path, bytes) in &image.files {
        let there = std::fs::read(recording.house.root().join(path));
        assert_eq!(there.unwrap_or_else(|error| panic!("{}: {error}", path.display())), *bytes, "{}", path.display());
        compared += 1;
    }
    let there = recording.house.names().iter().filter(|name| recording.house.path(name).is_file()).count();
    let replayed = image.files.keys().filter(|path| path.parent() == Some("work".as_ref())).count();
    assert_eq!(there, replayed, "{:?}", recording.house.names());
    assert!(compared > 10, "{compared} files");
    assert_eq!(recording.requests.len(), 6, "five stores, one of them twice: {:?}", recording.requests);
}

#[test]
fn without_syncs_of_the_files_intents_are_forgotten_and_this_check_sees_it() {
    let _machine = House::new();
    assert!(requests_forgotten(&Recording::new(Obeys::NoSyncOfFiles), Left::Names) > 0);
}

#[test]
fn without_syncs_of_the_directories_whole_ledgers_are_forgotten_and_this_check_sees_it() {
    let _machine = House::new();
    assert!(requests_forgotten(&Recording::new(Obeys::NoSyncOfDirectories), Left::Nothing) > 0);
}

/// At all moments of a run together.
fn requests_forgotten(recording: &Recording, left: Left) -> usize {
    let mut platter = recording.before.clone();
    let mut known: BTreeMap<u64, BTreeMap<String, i64>> = BTreeMap::new();
    let mut total = 0;
    for (n, event) in recording.events.iter().enumerate() {
        platter.happens(event);
        let image = platter.fails(left);
        let mut hasher = DefaultHasher::new();
        image.hash(&mut hasher);
        let intents = known.entry(hasher.finish()).or_insert_with(|| intents(&image.lay_out()));
        total += forgotten(recording, n + 1, intents);
    }
    total
}
