//! The engine as a whole against the embedded sandbox, over real sockets: workers, scheduler, ledger, pacing. Client and
//! sandbox share the machine.

#![allow(dead_code, reason = "every bench uses a part of it")]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use poilift::engine::{
    Concurrency, Control, Job, Pacer, Policy, Progress, ROOM_MAX, Rate, Surroundings, Task, Voyage, machine_clock, run,
};
use poilift::ledger::{Identity, Ledger, PlannedRow, RunStart, SourceRow};
use poilift::sandbox::{self, Running, Scenario, Settings};
use poilift::store::{
    Action, Clock, Decision, LegacyStore, MapPoiId, Place, PoiId, Stamp, Standing, State, Submission, UpgradeStatus,
    Verb,
};
use poilift::wechat::{Client, Gate, Heard, Http, Redactor, Secret, TokenSource, TransportSettings};
use poilift::wire::Endpoint;

use crate::paired::count;

/// What a bench asks for.
pub struct Wanted<'a> {
    pub stores: usize,
    pub latency: Duration,
    /// How the sandbox behaves, in TOML.
    pub scenario: &'a str,
    pub rate: Rate,
}

/// A sandbox, and a client of it.
pub struct Voyages {
    client: Client,
    gate: Arc<Recording>,
    submissions: Vec<Submission>,
    clock: Clock,
    sandbox: Running,
}

/// The pacer, and when it gave which turns to writes.
struct Recording {
    pacer: Pacer,
    turns: Mutex<Vec<Instant>>,
}

impl Gate for Recording {
    fn turn(&self, endpoint: Endpoint) -> bool {
        let given = self.pacer.turn(endpoint);
        if given && endpoint.is_write() {
            self.turns.lock().unwrap().push(Instant::now());
        }
        given
    }

    fn heard(&self, endpoint: Endpoint, sent_at: Stamp, heard: Heard) {
        self.pacer.heard(endpoint, sent_at, heard);
    }

    fn may_repeat(&self) -> bool {
        self.pacer.may_repeat()
    }
}

/// What the server saw of one call.
pub struct Arrival {
    /// Seconds, since any beginning.
    pub at: f64,
    pub refused: bool,
}

impl Voyages {
    pub fn new(wanted: &Wanted<'_>) -> Self {
        let submissions: Vec<Submission> = (1..=wanted.stores).map(submission).collect();
        let scenario = Scenario::from_toml(wanted.scenario).unwrap();
        let (latency, review_time) = (wanted.latency, Duration::from_secs(3_600));
        let settings = Settings { latency, review_time, scenario, ..Settings::default() };
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let sandbox = sandbox::start(loopback, settings, submissions.iter().map(store).collect()).unwrap();
        let clock = machine_clock();
        let pacer = Pacer::new(wanted.rate, wanted.rate, &clock, Arc::new(Control::default()));
        let gate = Arc::new(Recording { pacer, turns: Mutex::default() });
        let redactor = Redactor::default();
        let client = Client::new(
            Box::new(Http::new(&transport(sandbox.addr()), redactor.clone()).unwrap()),
            tokens(),
            Arc::clone(&gate) as Arc<dyn Gate>,
            Clock::clone(&clock),
            redactor,
            Box::new(|_| {}),
        );
        // The token is fetched before anything is measured, as a run does.
        assert_eq!(client.get_merchant_audit_info().unwrap().status, 1);
        Self { client, gate, submissions, clock, sandbox }
    }

    /// Carries all stores out through the engine, with a ledger; how long that took.
    pub fn engine(&self, concurrency: Concurrency, path: &Path) -> Duration {
        for suffix in ["", "-wal", "-shm", ".mark"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
        let (ledger, run_id, tasks) = self.planned(path);
        let around = Surroundings {
            client: &self.client,
            pacer: &self.gate.pacer,
            control: &Control::default(),
            clock: Clock::clone(&self.clock),
            progress: &|_: Progress| {},
            warn: &|_| {},
            durable: &|_, _| {},
        };
        let begun = Instant::now();
        let voyage = Voyage { ledger, run_id, tasks: &tasks, policy: Policy::default(), concurrency };
        let (_, ending) = run(voyage, &around);
        let elapsed = begun.elapsed();
        assert_eq!(ending.unwrap().progress.ok, tasks.len() as u64);
        elapsed
    }

    /// Stores a second through the engine.
    pub fn engine_rate(&self, workers: usize, path: &Path) -> f64 {
        count(self.submissions.len()) / self.engine(Concurrency::Fixed(workers), path).as_secs_f64()
    }

    /// Stores a second through the client alone.
    pub fn bare_rate(&self, workers: usize) -> f64 {
        let (next, client, submissions) = (AtomicUsize::new(0), &self.client, &self.submissions);
        let work = || {
            while let Some(submission) = submissions.get(next.fetch_add(1, Ordering::Relaxed)) {
                let answer = client.write(Verb::AddStore, &submission.body());
                assert_eq!(answer.http_status, Some(200));
            }
        };
        let begun = Instant::now();
        std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
        count(submissions.len()) / begun.elapsed().as_secs_f64()
    }

    /// When writes were permitted to leave, in seconds since the first, in order.
    pub fn left(&self) -> Vec<f64> {
        let turns = self.gate.turns.lock().unwrap();
        let first = turns.iter().min().copied();
        let mut left: Vec<f64> = turns.iter().filter_map(|at| Some(at.duration_since(first?).as_secs_f64())).collect();
        left.sort_by(f64::total_cmp);
        left
    }

    /// What the server saw of the writes, in order.
    pub fn arrived(&self) -> Vec<Arrival> {
        let arrival = |line: &str| {
            let call: serde_json::Value = serde_json::from_str(line).unwrap();
            let at = call["arrived_at_ms"].as_f64().unwrap() / 1_000.0;
            (call["endpoint"] == "add_store").then(|| Arrival { at, refused: call["errcode"] != 0 })
        };
        let mut arrived: Vec<Arrival> =
            crate::net::get(self.sandbox.addr(), "/_sandbox/calls").lines().filter_map(arrival).collect();
        arrived.sort_by(|a, b| a.at.total_cmp(&b.at));
        arrived
    }

    /// A ledger that holds the plan, and the engine's tasks.
    fn planned(&self, path: &Path) -> (Ledger, i64, Vec<Task>) {
        let identity = Identity { account: "bench".to_owned(), platform: "sandbox".to_owned() };
        let mut ledger = Ledger::open(path, &identity).unwrap();
        let run_id = ledger.begin_run(&run_start()).unwrap();
        let rows: Vec<SourceRow> = self.submissions.iter().zip(1..).map(source_row).collect();
        let ids = ledger.load(&rows, Stamp(0)).unwrap();
        let planned: Vec<PlannedRow> = ids.iter().zip(&self.submissions).map(planned_row).collect();
        ledger.plan(&planned, Stamp(0)).unwrap();
        (ledger, run_id, ids.iter().zip(&self.submissions).map(task).collect())
    }
}

fn submission(n: usize) -> Submission {
    Submission {
        poi_id: PoiId::new(&n.to_string()),
        map_poi_id: MapPoiId::new(&format!("28807415{n:011}")).unwrap(),
        pictures: vec!["http://mmbiz.qpic.cn/mmbiz/a/0?wx_fmt=jpeg".to_owned()],
        contract_phone: "0571-88881234".to_owned(),
        hour: "09:00-21:00".to_owned(),
        credential: format!("9133{n}"),
        company: None,
        card_id: String::new(),
        origins: BTreeMap::new(),
    }
}

fn store(submission: &Submission) -> LegacyStore {
    LegacyStore {
        poi_id: submission.poi_id.clone(),
        map_poi_id: Some(submission.map_poi_id.clone()),
        upgrade_status: UpgradeStatus::Waiting,
        ..LegacyStore::default()
    }
}

fn source_row((submission, row): (&Submission, u32)) -> SourceRow {
    SourceRow { place: Place::file("bench").at_row(row), store: store(submission), faults: Vec::new(), joins: true }
}

fn planned_row((id, submission): (&i64, &Submission)) -> PlannedRow {
    let submission = Some(Box::new(submission.clone()));
    PlannedRow {
        id: *id,
        decision: Decision { action: Action::Add, findings: Vec::new(), submission, wish: None, order: None },
        state: State::Pending,
        body_hash: None,
        planned: Some((UpgradeStatus::Waiting, String::new(), true)),
    }
}

fn task((id, submission): (&i64, &Submission)) -> Task {
    let standing = Standing {
        state: State::Pending,
        verb: Some(Verb::AddStore),
        is_order: false,
        planned_status: UpgradeStatus::Waiting,
        planned_comment: String::new(),
        planned_by_platform: true,
        last_write: None,
    };
    let shown = Some((UpgradeStatus::Waiting, String::new()));
    Task {
        renews: false,
        id: *id,
        poi_id: submission.poi_id.clone().unwrap(),
        ordered: None,
        body: submission.body(),
        body_hash: "0".repeat(64),
        job: Job { verb: Verb::AddStore, standing, attempts: 0, sendable: true, shown },
    }
}

fn transport(addr: SocketAddr) -> TransportSettings {
    TransportSettings {
        api_base: format!("http://{addr}"),
        timeout: Duration::from_secs(15),
        proxy: None,
        ca_pem: None,
        connections: ROOM_MAX,
    }
}

fn tokens() -> TokenSource {
    let secret = Secret::new("any secret will do").unwrap();
    TokenSource::Secret { appid: "bench".to_owned(), secret, endpoint: Endpoint::StableToken }
}

fn run_start() -> RunStart {
    RunStart {
        command: "bench".to_owned(),
        arguments: Vec::new(),
        version: String::new(),
        host: String::new(),
        person: String::new(),
        at: clock(),
    }
}

fn clock() -> Stamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Stamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
