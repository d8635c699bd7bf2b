//! The engine as a whole against the embedded sandbox, over real sockets: workers, scheduler, ledger, pacing.
//!
//! At 100 ms latency, ours is what the engine reaches and theirs is workers ÷ latency, the most that so many workers can
//! do. Without latency, ours is the engine with a durable intent and a durable outcome a store, and theirs the same client
//! in as many threads without scheduler or ledger; sandbox and client share the processor on both sides. The permitted
//! rate is 10,000 a second throughout, so that nothing waits for its turn.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]

mod paired;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use paired::{Pairs, count, sized};
use poilift::engine::{Concurrency, Job, Policy, ROOM_MAX, Rate, Surroundings, Task, Voyage, run};
use poilift::ledger::{Identity, Ledger, PlannedRow, RunStart, SourceRow};
use poilift::pipeline::{Connection, Machine as _, PlatformSettings, ThisMachine};
use poilift::sandbox::{self, Running, Settings};
use poilift::store::{
    Action, Decision, LegacyStore, MapPoiId, Place, PoiId, Stamp, Standing, State, Submission, UpgradeStatus, Verb,
};
use poilift::wechat::{Redactor, Secret, TokenSource, TransportSettings};
use poilift::wire::{Endpoint, ErrorTable};

const LATENCY: Duration = Duration::from_millis(100);

fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let ledger = dir.path().join("bench.db");
    paired::head("apply: add_store calls a second against the embedded sandbox");
    for workers in [16, 64] {
        let stores = sized(workers * 20, workers);
        let most = count(workers) / LATENCY.as_secs_f64();
        let ours = || [Bench::new(stores, LATENCY).engine(workers, &ledger)];
        let [pairs] = Pairs::take(sized(2, 0), ours, || [most]);
        pairs.print(&format!("{workers} workers, 100 ms: engine, workers ÷ latency"), "/s");
    }
    let stores = sized(4_000, 100);
    let ours = || [Bench::new(stores, Duration::ZERO).engine(64, &ledger)];
    let theirs = || [Bench::new(stores, Duration::ZERO).bare(64)];
    let [pairs] = Pairs::take(sized(3, 0), ours, theirs);
    pairs.print("64 workers, no latency: engine, bare client", "/s");
}

/// A sandbox, and a client of it.
struct Bench {
    connection: Connection,
    submissions: Vec<Submission>,
    machine: ThisMachine,
    _sandbox: Running,
}

impl Bench {
    fn new(stores: usize, latency: Duration) -> Self {
        let submissions: Vec<Submission> = (1..=stores).map(submission).collect();
        let settings = Settings { latency, review_time: Duration::from_secs(3_600), ..Settings::default() };
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let sandbox = sandbox::start(loopback, settings, submissions.iter().map(store).collect()).unwrap();
        let machine = ThisMachine::new();
        let rate = Rate::new(10_000, Duration::from_secs(1));
        let stop = Arc::new(AtomicBool::new(false));
        let connection = Connection::open(&platform(sandbox.addr()), rate, &machine, &stop).unwrap();
        // The token is fetched before anything is measured, as a run does.
        assert_eq!(connection.client.get_merchant_audit_info().unwrap().status, 1);
        Self { connection, submissions, machine, _sandbox: sandbox }
    }

    /// Stores a second through the engine, with a ledger.
    fn engine(&self, workers: usize, path: &Path) -> f64 {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
        let (ledger, run_id, tasks) = self.planned(path);
        let stop = AtomicBool::new(false);
        let around = Surroundings {
            client: &self.connection.client,
            pacer: &self.connection.pacer,
            stop: &stop,
            clock: self.machine.clock(),
            progress: &|_| {},
            warn: &|_| {},
        };
        let begun = Instant::now();
        let (policy, concurrency) = (Policy::default(), Concurrency::Fixed(workers));
        let (_, ending) = run(Voyage { ledger, run_id, tasks: &tasks, policy, concurrency }, &around);
        let elapsed = begun.elapsed();
        assert_eq!(ending.unwrap().progress.ok, tasks.len() as u64);
        count(tasks.len()) / elapsed.as_secs_f64()
    }

    /// Stores a second through the client alone.
    fn bare(&self, workers: usize) -> f64 {
        let (next, client, submissions) = (AtomicUsize::new(0), &self.connection.client, &self.submissions);
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
        poi_id: PoiId::new(&n.to_string()).unwrap(),
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
        poi_id: Some(submission.poi_id.clone()),
        map_poi_id: Some(submission.map_poi_id.clone()),
        upgrade_status: UpgradeStatus::Waiting,
        ..LegacyStore::default()
    }
}

fn source_row((submission, row): (&Submission, u32)) -> SourceRow {
    SourceRow { place: Place::file("bench").at_row(row), store: store(submission), faults: Vec::new(), joins: true }
}

fn planned_row((id, submission): (&i64, &Submission)) -> PlannedRow {
    let submission = Some(submission.clone());
    PlannedRow {
        id: *id,
        decision: Decision { action: Action::Add, findings: Vec::new(), submission, wish: None },
        state: State::Pending,
        body_hash: None,
        planned: Some((UpgradeStatus::Waiting, String::new(), true)),
    }
}

fn task((id, submission): (&i64, &Submission)) -> Task {
    let standing = Standing {
        state: State::Pending,
        verb: Some(Verb::AddStore),
        planned_status: UpgradeStatus::Waiting,
        planned_comment: String::new(),
        planned_by_platform: true,
        last_write: None,
    };
    let shown = Some((UpgradeStatus::Waiting, String::new()));
    Task {
        id: *id,
        poi_id: submission.poi_id.clone(),
        body: submission.body(),
        body_hash: "0".repeat(64),
        job: Job { verb: Verb::AddStore, standing, attempts: 0, sendable: true, shown },
    }
}

fn platform(addr: SocketAddr) -> PlatformSettings {
    let secret = Secret::new("any secret will do").unwrap();
    PlatformSettings {
        transport: TransportSettings {
            api_base: format!("http://{addr}"),
            timeout: Duration::from_secs(15),
            proxy: None,
            ca_pem: None,
            connections: ROOM_MAX,
        },
        tokens: TokenSource::Secret { appid: "bench".to_owned(), secret, endpoint: Endpoint::StableToken },
        redactor: Redactor::default(),
        errors: ErrorTable::default(),
    }
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
