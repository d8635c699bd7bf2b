//! Crash points: the process dies at each named seam of the program, in every cell where the seam can be reached, and the
//! same command, given again, ends as if nothing had happened. `POILIFT_CRASH_AT` names the seam; only the binary that
//! `cargo test` builds knows it.

mod cells;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::agreement::{Counts, all_agree};
use crate::kit::{Chain, Ended, House, Platform, proof, side_by_side};
pub use cells::UPLOADS;
use cells::{Attempt, Case, Fate, Job, Moment, PERSON, SENDING, Verb, cases, points};

/// Shorter than usual, so that many cases take little time.
const WINDOW_MS: i64 = 400;

/// A request that is applied late is so within the window.
const LATE_MS: i64 = 150;

/// A store before, one in the middle, and one after.
const STORES: usize = 3;
const MIDDLE: usize = 1;

/// Most of a case is waiting.
const AT_ONCE: usize = 8;

const SENDING_ONE_BY_ONE: &str = "--allow-delete --yes --wait 20s --rate 200/s --concurrency 1";

struct Scene {
    house: House,
    platform: Platform,
    chain: Chain,
    verb: Verb,
    command: String,
}

impl Scene {
    fn of(case: &Case) -> Self {
        let house = House::new();
        let chain = Chain::new().and(STORES, &case.verb.status());
        chain.save(&house);
        let platform = Platform::with_scenario(&house, &faults(case, &chain.id(MIDDLE)), "");
        let command = match case.job {
            Job::Files => format!("migrate stores.json --supplement supplement.csv {SENDING_ONE_BY_ONE}"),
            Job::Live => format!("migrate --supplement supplement.csv {SENDING_ONE_BY_ONE}"),
            Job::Apply => {
                house.poilift("plan stores.json --supplement supplement.csv --allow-delete").end().exits(0);
                format!("apply {SENDING_ONE_BY_ONE}")
            }
        };
        Self { house, platform, chain, verb: case.verb, command }
    }

    /// The command, dying at this point at its n-th time; or not.
    fn run(&self, dies_at: Option<String>) -> Ended {
        let job = self.house.at(&self.platform, &self.command).env("POILIFT_SETTLE_WINDOW", &format!("{WINDOW_MS}ms"));
        match dies_at {
            Some(place) => {
                let ended = job.env("POILIFT_CRASH_AT", &place).end().aborts();
                self.says_nothing_false();
                ended
            }
            None => job.end(),
        }
    }

    /// What the ledger says of a process that died can be read, and it calls nothing done that is not.
    fn says_nothing_false(&self) {
        let status = self.house.poilift("status --format json").end();
        if self.house.ledger().number("SELECT COUNT(*) FROM sqlite_schema") == 0 {
            // Its making was cut short: there is nothing to tell.
            status.exits(2);
            return;
        }
        let said = status.exits(0).json();
        let by_state = said["by_state"].as_object().unwrap();
        let sum: u64 = by_state.values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(said["stores"].as_u64(), Some(sum), "{said}");
        let done = "SELECT poi_id, 1 FROM stores WHERE state IN ('in_review', 'upgraded', 'deleted')";
        for id in self.house.ledger().pairs(done).into_keys() {
            assert_eq!(self.platform.of_store(&id, self.verb.endpoint()).1, 1, "{id} is called done: {said}");
        }
    }

    /// Requests that the store in the middle has had.
    fn requests(&self) -> u64 {
        self.platform.of_store(&self.chain.id(MIDDLE), self.verb.endpoint()).0
    }

    fn adds(&self) -> usize {
        if self.verb == Verb::AddStore { STORES } else { 0 }
    }
}

/// What befalls the writes of the store in the middle. One at a time they are the endpoint's second request, or its third
/// if a crash let the last store go before; a second attempt comes after all three.
fn faults(case: &Case, middle: &str) -> String {
    let befalls = |kind: &str, requests: &str| {
        let (endpoint, poi_ids) = (case.verb.endpoint(), format!("[\"{middle}\"]"));
        format!(
            "[[faults]]\nendpoint = \"{endpoint}\"\npoi_ids = {poi_ids}\nkind = \"{kind}\"\ndelay_ms = {LATE_MS}\n{requests}\n"
        )
    };
    let (first, second) = match case.moment {
        Moment::FirstRun => (None, None),
        Moment::Sending(Attempt::First, fate) | Moment::Recovering(Attempt::First, fate) => (fate.fault(), None),
        Moment::Sending(Attempt::Second, fate) | Moment::Recovering(Attempt::Second, fate) => {
            (Fate::Dropped.fault(), fate.fault())
        }
    };
    let first = first.map(|kind| befalls(kind, "until = 3"));
    let second = second.map(|kind| befalls(kind, "from = 4\nuntil = 4"));
    first.unwrap_or_default() + &second.unwrap_or_default()
}

/// With one request at a time the middle store's first write is the second of all, its second one the fourth.
const fn turn(attempt: Attempt) -> usize {
    match attempt {
        Attempt::First => 2,
        Attempt::Second => 4,
    }
}

/// Lets the process die where the case says, then gives the same command once more.
fn dies_and_goes_on(case: &Case) -> Counts {
    let scene = Scene::of(case);
    let point = case.point;
    match case.moment {
        Moment::Sending(attempt, _) if SENDING.contains(&point) => {
            scene.run(Some(format!("{point}*{}", turn(attempt))));
            let left = SENDING.iter().position(|name| *name == point) >= Some(3);
            assert_eq!(
                scene.requests(),
                attempt as u64 + u64::from(left),
                "{case:?}: not at the attempt that is meant"
            );
        }
        Moment::Sending(attempt, _) => drop(scene.run(Some(format!("{point}*{}", attempt as usize + 1)))),
        Moment::Recovering(attempt, _) => {
            scene.run(Some(format!("request-answered*{}", turn(attempt))));
            assert_eq!(scene.requests(), attempt as u64 + 1, "{case:?}: not at the attempt that is meant");
            scene.run(Some(point.to_owned()));
        }
        Moment::FirstRun => drop(scene.run(Some(point.to_owned()))),
    }
    scene.run(None).exits(0);
    let Scene { house, platform, chain, .. } = &scene;
    all_agree(house, platform, chain, scene.adds(), WINDOW_MS)
}

#[test]
fn wherever_the_process_dies_the_same_command_ends_with_one_effect_each() {
    let cases = cases();
    let mut all = Counts::default();
    for counts in side_by_side(&cases, AT_ONCE, dies_and_goes_on) {
        all += counts;
    }
    let deaths: usize = cases.iter().map(|case| 1 + usize::from(matches!(case.moment, Moment::Recovering(..)))).sum();
    let points: BTreeSet<&str> = cases.iter().map(|case| case.point).collect();
    proof(
        "crash points",
        &format!(
            "{} points, {deaths} crashes, {} cells; {} requests of {} stores, {} outcomes lost, {} sent again after a reading",
            points.len(),
            cases.len(),
            all.requests,
            cases.len() * STORES,
            all.lost,
            all.resent
        ),
    );
}

#[test]
fn a_persons_word_is_taken_whole_or_not_at_all() {
    for point in PERSON {
        let house = House::new();
        let chain = Chain::new().and(STORES, &Verb::Delpoi.status());
        chain.save(&house);
        let platform = Platform::start(&house, "");
        house.migrate(&platform, "").exits(3);
        let words = format!("accept {} {} --reason moved", chain.id(0), chain.id(1));
        house.poilift(&words).env("POILIFT_CRASH_AT", point).end().aborts();
        let accepted = house.ledger().in_state("accepted");
        assert_eq!(accepted, if point == "acceptance-before-commit" { 0 } else { 2 }, "{point}");
        house.poilift(&words).end().exits(0);
        assert_eq!(house.ledger().in_state("accepted"), 2, "{point}");
        assert_eq!(house.ledger().number("SELECT COUNT(*) FROM calls WHERE phase = 'accepted'"), 2, "{point}");
    }
    proof("crash points, a person's word", &format!("{} points, as many crashes of accept", PERSON.len()));
}

#[test]
fn a_supplement_is_filled_in_whole_or_not_at_all() {
    for point in ["fill-before-commit", "fill-after-commit", "run-begun", "run-before-end"] {
        let house = House::new();
        let chain = Chain::waiting(STORES);
        chain.save(&house);
        house.poilift("fill supplement.csv").env("POILIFT_CRASH_AT", point).end().aborts();
        let cells = || house.ledger().number("SELECT COUNT(*) FROM cells");
        assert!(matches!(cells(), 0 | 3), "{point}: {} cells", cells());
        house.poilift("fill supplement.csv").end().exits(0);
        assert_eq!(cells(), 3, "{point}");
    }
}

/// The files of a report are renamed one after the other; whichever of them was the last, the next report stands under the
/// same names, and no workbook of ours is taken for one that a person has edited.
#[test]
fn a_report_that_was_cut_short_is_written_again_under_the_same_names() {
    let house = House::new();
    let chain = Chain::waiting(STORES);
    chain.save(&house);
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--wait 20s").exits(0);
    let names = || -> BTreeSet<_> {
        fs::read_dir(house.path("poilift-report")).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    let usual = names();
    let mut crashes = 0;
    for point in ["report-before-rename", "report-after-rename"] {
        for n in 1..=usual.len() + 1 {
            // In the other language all files are others than those that are there.
            house.poilift("report --lang zh").env("POILIFT_CRASH_AT", &format!("{point}*{n}")).end().aborts();
            house.poilift("report --lang en").end().exits(0);
            assert_eq!(names(), usual, "after {point}*{n}");
            crashes += 1;
        }
    }
    proof("crash points, the report", &format!("{crashes} crashes between the files of a report"));
}

#[test]
fn every_point_of_the_program_is_in_the_table() {
    let mut known: BTreeSet<String> = points().map(str::to_owned).collect();
    for name in named_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        assert!(known.remove(&name), "{name} is named twice, or not in the table");
    }
    assert!(known.is_empty(), "in the table, but nowhere in the program: {known:?}");
}

/// The names in `crash_point!("…")`, in all sources below.
fn named_in(dir: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names.extend(named_in(&path));
        } else {
            let text = fs::read_to_string(&path).unwrap();
            names
                .extend(text.split("crash_point!(\"").skip(1).map(|after| after.split('"').next().unwrap().to_owned()));
        }
    }
    names
}
