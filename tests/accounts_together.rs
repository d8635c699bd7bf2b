//! Fifty accounts at fifty simulated platforms in one process, three of them in trouble: one has no permission, one is
//! throttled to one call a second, one is out of quota. The other 47 must take no more than 1.2 times as long as 47 alone.
//!
//! Both are measured in one run, at the same time and on the same machine, by the platforms' own clocks: how long after the
//! start of its process the last write of each account arrived. Account by account that gives a ratio; whatever slows the
//! machine down slows both sides. What must not be there would show: a lock that is held while the throttled account waits
//! (its rests last up to a minute) moves the ratio far beyond the bound; a limiter, a token or a thread pool that all of
//! them share moves both sides alike, and is caught by the second bound, a multiple of what the rate alone makes of it.
//!
//! `POILIFT_TEST_ACCOUNTS` says how many accounts, and `POILIFT_TEST_ACCOUNT_STORES` how many stores each has: 50 and 200
//! are the whole proof, the ordinary test is smaller: but not so small that what three more accounts cost to get going (a
//! tenth of what the others do, on a machine that is busy) is much of the whole.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use poilift::intake::{Columns, read_input_bytes};
use poilift::sandbox::{self, Running, Scenario, Settings};
use serde_json::Value;

use crate::kit::{Arrival, Chain, Going, House, arrivals, proof, setting, until_true};

/// Writes a second of each account.
const RATE: u64 = 5;

/// In trouble, of however many accounts.
const TROUBLED: [(&str, &str); 3] = [
    ("refused", "[[faults]]\nendpoint = \"add_store\"\nkind = \"echo_token\"\nerrcode = 48001\n"),
    ("throttled", "rate_borne = 1\n"),
    ("spent", "daily_limit = 20\n"),
];

/// How many times as long as alone, in the middle of all accounts.
const RATIO_MAX: f64 = 1.2;

/// How many times as long as the rate alone would take, and what a process may need to get going.
const PACED_TIMES_MAX: f64 = 3.0;
const BEGINNING_MAX: f64 = 20.0;

const BOUND: Duration = Duration::from_secs(240);

/// Accounts at platforms of their own, in a house of their own.
struct Side {
    house: House,
    platforms: Vec<(String, Running)>,
}

/// A process over all accounts of a side, and when it was started, in milliseconds since 1970.
struct Start {
    going: Going,
    at_ms: f64,
}

fn platform(chain: &Chain, scenario: &str) -> Running {
    let input = read_input_bytes("stores.json", chain.json().as_bytes(), &Columns::default()).unwrap();
    let stores = input.rows.into_iter().map(|row| row.store).collect();
    let scenario = Scenario::from_toml(&format!("review_fail_share = 0.0\n{scenario}")).unwrap();
    let settings =
        Settings { scenario, review_time: Duration::ZERO, latency: Duration::from_millis(20), ..Settings::default() };
    sandbox::start(SocketAddr::from(([127, 0, 0, 1], 0)), settings, stores).unwrap()
}

impl Side {
    fn new(well: usize, troubled: &[(&str, &str)], stores: u64) -> Self {
        let house = House::new();
        let chain = Chain::waiting(usize::try_from(stores).unwrap());
        let well = (0..well).map(|n| (format!("well-{n}"), ""));
        let troubled = troubled.iter().map(|(name, scenario)| ((*name).to_owned(), *scenario));
        let mut table = "name,appid,secret_env,api_base\n".to_owned();
        let mut platforms = Vec::new();
        for (name, scenario) in well.chain(troubled) {
            let platform = platform(&chain, scenario);
            chain.save_as(&house, &format!("{name}.json"));
            writeln!(table, "{name},wx-{name},SECRET,http://{}", platform.addr()).unwrap();
            platforms.push((name, platform));
        }
        house.write("accounts.csv", table);
        house.write("supplement.csv", chain.supplement());
        house.write("poilift.toml", format!("accounts_file = \"accounts.csv\"\nrate = \"{RATE}/s\"\n"));
        Self { house, platforms }
    }

    fn start(&self) -> Start {
        let job = "migrate {account}.json --supplement supplement.csv --accounts all --format json";
        let at_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1000.0;
        Start { going: self.house.poilift(job).env("SECRET", "of-all-of-them").start(), at_ms }
    }

    /// When each write arrived, in seconds after the start; of each account that is well.
    fn writes(&self, start: &Start) -> Vec<Vec<f64>> {
        let well = self.platforms.iter().filter(|(name, _)| name.starts_with("well"));
        let write = |call: &Arrival| (call.endpoint == "add_store").then_some((call.at_ms - start.at_ms) / 1000.0);
        well.map(|(_, platform)| arrivals(platform.addr()).iter().filter_map(write).collect()).collect()
    }

    fn writes_of(&self, name: &str) -> usize {
        let (_, platform) = self.platforms.iter().find(|(known, _)| known == name).unwrap();
        arrivals(platform.addr()).iter().filter(|call| call.endpoint == "add_store").count()
    }
}

fn exit_of(table: &Value, name: &str) -> i64 {
    let rows = table["accounts"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).unwrap()["exit"].as_i64().unwrap()
}

#[test]
fn a_refused_a_throttled_and_a_spent_account_hold_up_no_other() {
    let (accounts, stores) = (setting("POILIFT_TEST_ACCOUNTS", 30), setting("POILIFT_TEST_ACCOUNT_STORES", 60));
    let well = usize::try_from(accounts).unwrap() - TROUBLED.len();
    let (alone, beside) = (Side::new(well, &[], stores), Side::new(well, &TROUBLED, stores));
    let (alone_start, mut beside_start) = (alone.start(), beside.start());

    let through = |side: &Side, start: &Start| side.writes(start).iter().all(|writes| writes.len() as u64 >= stores);
    until_true("the writes of the accounts that are alone", BOUND, || through(&alone, &alone_start));
    until_true("the writes of the others", BOUND, || through(&beside, &beside_start));
    let (alone_writes, beside_writes) = (alone.writes(&alone_start), beside.writes(&beside_start));

    // The throttled one goes on for minutes; it is still at it, and stops when it is asked to.
    assert!(beside_start.going.is_running(), "the throttled account is through already: it was not throttled");
    let throttled = beside.writes_of("throttled");
    // The others are through with their writes, not yet with their last reading.
    let ended = |going: &Going| going.stderr_so_far().matches("] ended, exit 0").count();
    until_true("the other accounts' ends", BOUND, || ended(&beside_start.going) == well);
    beside_start.going.signal("TERM");
    let ended = beside_start.going.end().exits(5);
    let table = ended.json();
    assert_eq!(["refused", "throttled", "spent"].map(|name| exit_of(&table, name)), [5, 4, 4], "{ended}");
    for n in 0..well {
        assert_eq!(exit_of(&table, &format!("well-{n}")), 0, "{ended}");
    }
    alone_start.going.end().exits(0);

    let last = |writes: &Vec<f64>| writes.iter().copied().fold(0.0, f64::max);
    let mut ratios: Vec<f64> = beside_writes.iter().zip(&alone_writes).map(|(b, a)| last(b) / last(a)).collect();
    ratios.sort_by(f64::total_cmp);
    let (median, worst) = (ratios[well / 2], ratios[well - 1]);
    let slowest = beside_writes.iter().map(last).fold(0.0, f64::max);
    #[expect(clippy::cast_precision_loss, reason = "hundreds")]
    let paced = stores as f64 / RATE as f64;
    proof(
        "accounts together",
        &format!(
            "{well} accounts of {stores} stores beside one refused, one throttled ({throttled} writes by then) and one out of \
             quota: {median:.3} times as long as alone in the middle ({:.3} to {worst:.3}), the last write {slowest:.1} s \
             after the start where the rate alone makes {paced:.1} s",
            ratios[0]
        ),
    );
    assert!(median <= RATIO_MAX, "{median:.3} times as long as alone: {ratios:.3?}");
    assert!(slowest <= paced * PACED_TIMES_MAX + BEGINNING_MAX, "{slowest:.1} s, where the rate makes {paced:.1} s");
}
