//! A run that was recorded to its end, and what may be found if power goes off in the middle of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher as _};

use serde_json::Value;

use super::platter::{Image, Left, Obeys, Platter};
use super::trace::{self, Event, Request};
use crate::disk::{chain, migration};
use crate::kit::{Dice, Failing, House, Platform, Shim};

/// Chance leaves so many different remains at each moment, unless `POILIFT_TEST_VARIANTS` says otherwise.
const VARIANTS: u64 = 2;

/// How long the platform takes to answer while a run is recorded: some requests are under way at the same time then.
const LATENCY: &str = "--latency 20ms";

/// A run that was recorded to its end.
pub struct Recording {
    /// Where it ran.
    pub house: House,
    pub events: Vec<Event>,
    /// Those that write.
    pub requests: Vec<Request>,
    /// The disk before it.
    before: Platter,
    /// What the ledger knew before it.
    intents_before: BTreeMap<String, i64>,
    /// The platform's own journal: what it knew before the run in one piece, and then every request.
    journal: String,
}

/// One thing that may be found once power is back.
pub struct Remains {
    pub moment: usize,
    pub left: Left,
    pub image: Image,
    /// The platform's journal.
    pub journal: String,
}

impl Recording {
    /// A migration from its very beginning, at a platform that misbehaves like this.
    pub fn from_the_start(scenario: &str, obeys: Obeys) -> Self {
        let house = House::unshared();
        chain().save(&house);
        Self::in_house(house, "", scenario, obeys, None)
    }

    /// Two runs in one: the first one's disk fails like this.
    pub fn with_a_failure(failing: Failing) -> Self {
        let house = House::unshared();
        chain().save(&house);
        Self::in_house(house, "", "", Obeys::Syncs, Some(failing))
    }

    /// The run that goes on with what a loss of power has left.
    pub fn that_goes_on(remains: &Remains, scenario: &str) -> Self {
        Self::in_house(remains.image.lay_out(), &remains.journal, scenario, Obeys::Syncs, None)
    }

    fn in_house(house: House, known: &str, scenario: &str, obeys: Obeys, failing: Option<Failing>) -> Self {
        let (before, intents_before) = (Platter::of(&house, obeys), intents(&house));
        let platform = platform_that_knows(&house, known, scenario, LATENCY);
        let trace = house.root().join("trace");
        let (shim, run) = (Shim::compiled(), || migration(&house, &platform));
        if let Some(failing) = failing {
            shim.fails(&house, failing, shim.traces(&house, &trace, run())).end();
        }
        shim.traces(&house, &trace, run()).end().exits(0);
        let events = trace::read(&trace, house.root());
        let requests = trace::requests(&events);
        let journal = std::fs::read_to_string(house.root().join("platform.jsonl")).unwrap();
        Self { house, events, requests, before, intents_before, journal }
    }

    /// The disk after the first `moment` events.
    pub fn at(&self, moment: usize) -> Platter {
        let mut platter = self.before.clone();
        self.events[..moment].iter().for_each(|event| platter.happens(event));
        platter
    }

    /// The moments just before and just after each sync, and the end.
    pub fn syncs(&self) -> Vec<usize> {
        let is_sync = |n: &usize| matches!(self.events[*n], Event::Synced { .. });
        let mut moments: Vec<usize> = (0..self.events.len()).filter(is_sync).flat_map(|n| [n, n + 1]).collect();
        moments.push(self.events.len());
        moments.dedup();
        moments
    }

    /// Everything that may be found after a loss of power at any sync, each once.
    pub fn remains(&self) -> Vec<Remains> {
        let variants = std::env::var("POILIFT_TEST_VARIANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(VARIANTS);
        let mut known = HashSet::new();
        let mut found = Vec::new();
        for moment in self.syncs() {
            let platter = self.at(moment);
            let chance = (0..variants).map(|n| Left::Some(Dice::seed() + moment as u64 * 1000 + n));
            for left in [Left::Nothing, Left::Names, Left::Everything].into_iter().chain(chance) {
                let image = platter.fails(left);
                for came_to_pass in [true, false] {
                    let journal = self.journal_at(moment, |_| came_to_pass);
                    if known.insert(hash(&(&image, &journal))) {
                        found.push(Remains { moment, left, image: image.clone(), journal });
                    }
                }
            }
        }
        found
    }

    /// Where the most requests were under way, and all that was not synced is lost. Those of even stores have come to pass.
    pub fn busiest(&self) -> Remains {
        let under_way = |moment: &usize| self.left(*moment).filter(|request| !request.had_ended(*moment)).count();
        let moment = (0..=self.events.len()).max_by_key(under_way).unwrap();
        assert!(under_way(&moment) > 1, "{:?}", self.requests);
        let image = self.at(moment).fails(Left::Nothing);
        let is_even = |request: &Request| request.poi_id.parse::<u64>().unwrap().is_multiple_of(2);
        Remains { moment, left: Left::Nothing, image, journal: self.journal_at(moment, is_even) }
    }

    /// The requests that had left by then, and whose intent is not in the ledger of this house.
    pub fn forgotten(&self, moment: usize, intents: &BTreeMap<String, i64>) -> usize {
        let of = |intents: &BTreeMap<String, i64>, id: &str| intents.get(id).map_or(0, |n| n.unsigned_abs());
        let is_known = |request: &&Request| {
            let id = &request.poi_id;
            of(intents, id) >= of(&self.intents_before, id) + request.nth as u64
        };
        self.left(moment).count() - self.left(moment).filter(is_known).count()
    }

    /// The same at all moments of the run, if this is left of what was not synced.
    pub fn forgotten_at_any_moment(&self, left: Left) -> usize {
        let mut platter = self.before.clone();
        let mut known: HashMap<u64, BTreeMap<String, i64>> = HashMap::new();
        let mut total = 0;
        for (n, event) in self.events.iter().enumerate() {
            platter.happens(event);
            let image = platter.fails(left);
            let intents = known.entry(hash(&image)).or_insert_with(|| intents(&image.lay_out()));
            total += self.forgotten(n + 1, intents);
        }
        total
    }

    fn left(&self, moment: usize) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(move |request| request.left < moment)
    }

    /// The platform's journal at that moment. Of the requests that are under way these have come to pass.
    fn journal_at(&self, moment: usize, came_to_pass: impl Fn(&Request) -> bool) -> String {
        let has_come = |request: &&Request| request.had_ended(moment) || came_to_pass(request);
        let key = |request: &Request| (request.endpoint.to_owned(), request.poi_id.clone());
        let come: HashSet<((String, String), usize)> =
            self.left(moment).filter(has_come).map(|request| (key(request), request.nth)).collect();
        let mut seen: HashMap<(String, String), usize> = HashMap::new();
        let lines = self.journal.lines().filter(|line| {
            let Some(key) = write_of(line) else { return true };
            let nth = seen.entry(key.clone()).or_default();
            *nth += 1;
            come.contains(&(key, *nth))
        });
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

/// A platform whose journal this is; without one it holds the chain as it was at first.
pub fn platform_that_knows(house: &House, journal: &str, scenario: &str, flags: &str) -> Platform {
    let state = house.root().join("platform.jsonl");
    if !journal.is_empty() {
        std::fs::write(&state, journal).unwrap();
    }
    Platform::with_scenario(house, scenario, &format!("--review-time 0ms --state {} {flags}", state.display()))
}

/// How many intents the ledger knows, store by store; a ledger that is not there knows none.
pub fn intents(house: &House) -> BTreeMap<String, i64> {
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

/// Endpoint and store of a line of the platform's journal that is about a write.
fn write_of(line: &str) -> Option<(String, String)> {
    let entry: Value = serde_json::from_str(line).unwrap();
    let text = |key: &str| entry["call"][key].as_str().map(str::to_owned);
    let endpoint = text("endpoint").filter(|endpoint| matches!(endpoint.as_str(), "add_store" | "delpoi"))?;
    Some((endpoint, text("poi_id")?))
}

fn hash(what: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
