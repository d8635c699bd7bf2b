//! Going on with a large ledger: goal P12. `poilift apply` over a ledger of which all but a thousand stores are settled, and
//! over one of which all are due, with a limit: how long until its first call, and until its first write, and the most
//! memory that the process ever had. The platform lists what is still to be moved; it runs in a process of its own.
//!
//! `cargo bench --bench resume -- settled due`; `POILIFT_BENCH_STORES` says how many stores (a million).

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

mod paired;

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use paired::{as_millis, median, sized, sorted};
use poilift::engine::{Control, Ending, EngineError, Rate, Surroundings, Voyage, read_clocks};
use poilift::intake::{Columns, Input};
use poilift::ledger::{Counted, Entry, Identity, Intent, Ledger, Observation, Outcome, RunStart};
use poilift::pipeline::{Machine, Orders, PlatformSettings, ThisMachine, Work};
use poilift::sandbox::{self, Running, Settings};
use poilift::store::{Clock, LegacyStore, MapPoiId, PoiId, Record, Sight, Stamp, State, UpgradeStatus, Verb};
use poilift::wechat::{Call, Http, Redactor, Secret, Sent, TokenSource, Transport, TransportError, TransportSettings};
use poilift::wire::{Endpoint, ErrorTable};

/// So many stores are left, of the ledger in which the others are settled, and so many may be sent of the other one.
const LEFT: u32 = 1_000;

/// So many stores are written at once where a ledger is made.
const AT_ONCE: u32 = 10_000;

fn main() {
    let asked: Vec<String> = std::env::args().skip_while(|argument| argument != "side").collect();
    if let [_, ledger, address, limit] = &asked[..] {
        return apply(Path::new(ledger), address, limit.parse().ok());
    }
    let stores = std::env::var("POILIFT_BENCH_STORES").ok().and_then(|n| n.parse().ok());
    let stores: u32 = stores.unwrap_or_else(|| sized(1_000_000, 2_000));
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    println!("\nresume: a ledger of {stores} stores; medians, with the smallest and the largest");
    let heads = ["first call", "first write", "at the first call", "most memory"];
    println!("{:<44} {:>22} {:>24} {:>22} {:>22}", "", heads[0], heads[1], heads[2], heads[3]);
    for (name, what, left, limit) in [
        ("settled", "P12 all settled but 1,000", LEFT.min(stores / 2), None),
        ("due", "P12 all due, --limit 1,000", stores, Some(LEFT.min(stores / 2))),
    ] {
        if !paired::wanted(name) {
            continue;
        }
        let made = dir.path().join("made.db");
        make(&made, stores, left);
        let rounds: Vec<[f64; 4]> = (0..sized(3, 1)).map(|_| resumed(&made, left, limit)).collect();
        let told = |n: usize, unit: &str| {
            let figures = sorted(rounds.iter().map(|round| round[n]));
            format!("{:.0} ({:.0} to {:.0}) {unit}", median(&figures), figures[0], figures[figures.len() - 1])
        };
        println!("{what:<44} {:>22} {:>24} {:>22} {:>22}", told(0, "ms"), told(1, "ms"), told(2, "MB"), told(3, "MB"));
    }
}

/// One run on a copy of the ledger: milliseconds to the first call and the first write, megabytes at the first call and at
/// most.
fn resumed(made: &Path, left: u32, limit: Option<u32>) -> [f64; 4] {
    let copy = made.with_extension("copy.db");
    remove(&copy);
    fs::copy(made, &copy).unwrap();
    fs::copy(beside(made, ".mark"), beside(&copy, ".mark")).unwrap();
    let listed: Vec<LegacyStore> = (0..left).map(|n| store(n, UpgradeStatus::Waiting)).collect();
    let sandbox = platform(listed);
    let limit = limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
    let side = Command::new(std::env::current_exe().unwrap())
        .arg("side")
        .arg(&copy)
        .args([sandbox.addr().to_string(), limit])
        .output()
        .unwrap();
    assert!(side.status.success(), "{}", String::from_utf8_lossy(&side.stderr));
    let text = String::from_utf8(side.stdout).unwrap();
    let figures: Vec<f64> = text.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
    figures.try_into().unwrap()
}

fn platform(listed: Vec<LegacyStore>) -> Running {
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let settings = Settings { review_time: Duration::from_secs(3_600), ..Settings::default() };
    sandbox::start(loopback, settings, listed).unwrap()
}

/// What `poilift apply` does with the ledger.
fn apply(path: &Path, address: &str, limit: Option<u64>) {
    let machine = Watched { machine: ThisMachine::new(), begun: Instant::now(), first: Arc::default() };
    let ledger = Ledger::open(path, &identity()).unwrap();
    ledger.begin_session(&read_clocks(), false).unwrap();
    let run_id = ledger.begin_run(&RunStart::of_nobody(machine.clock().now())).unwrap();
    let orders = Orders { rate: Rate::new(10_000, Duration::from_secs(1)), limit, ..Orders::default() };
    let (tell, confirm, control) = (|_| {}, |_: &_| Ok(true), Arc::new(Control::default()));
    let mut work = Work::new(ledger, run_id, &orders, &machine, "", control, &tell, &confirm);
    let ended = work.apply(&[], &settings(address)).unwrap();
    assert!(ended.progress.ok > 0, "something was sent");
    let (call, memory) = machine.first.call.get().unwrap();
    let write = machine.first.write.get().unwrap();
    println!("{} {} {memory} {}", as_millis(*call), as_millis(*write), most_memory());
}

/// This machine, and when its first call and its first write left.
struct Watched {
    machine: ThisMachine,
    begun: Instant,
    first: Arc<First>,
}

#[derive(Default)]
struct First {
    call: OnceLock<(Duration, f64)>,
    write: OnceLock<Duration>,
}

struct Watch {
    http: Http,
    begun: Instant,
    first: Arc<First>,
}

impl Machine for Watched {
    fn clock(&self) -> Clock {
        self.machine.clock()
    }

    fn transport(
        &self,
        settings: &TransportSettings,
        redactor: &Redactor,
    ) -> Result<Box<dyn Transport>, TransportError> {
        let http = Http::new(settings, redactor.clone())?;
        Ok(Box::new(Watch { http, begun: self.begun, first: Arc::clone(&self.first) }))
    }

    fn carry_out(&self, voyage: Voyage<'_>, around: &Surroundings<'_>) -> (Ledger, Result<Ending, EngineError>) {
        self.machine.carry_out(voyage, around)
    }

    fn readers(&self) -> usize {
        self.machine.readers()
    }
}

impl Transport for Watch {
    fn send(&self, call: &Call<'_>) -> Sent {
        self.first.call.get_or_init(|| (self.begun.elapsed(), most_memory()));
        if call.endpoint.is_write() {
            self.first.write.get_or_init(|| self.begun.elapsed());
        }
        self.http.send(call)
    }
}

/// In megabytes.
fn most_memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

/// A ledger as a run leaves it that was stopped before its last `left` stores: the others were sent, and the platform has
/// shown them as upgraded; for each a licence was supplied.
fn make(path: &Path, stores: u32, left: u32) {
    remove(path);
    let csv = path.with_extension("csv");
    write_csv(&csv, stores);
    let ledger = Ledger::open(path, &identity()).unwrap();
    let run_id = ledger.begin_run(&RunStart::of_nobody(then(0))).unwrap();
    let (machine, orders, tell, confirm) = (ThisMachine::new(), Orders::default(), |_| {}, |_: &_| Ok(false));
    let mut work = Work::new(ledger, run_id, &orders, &machine, "", Arc::default(), &tell, &confirm);
    work.migrate(Input::open(&csv, &Columns::default()).unwrap(), Vec::new(), None).unwrap();
    let mut ledger = work.into_ledger().unwrap();
    for begin in (0..stores).step_by(AT_ONCE as usize) {
        let some = begin..(begin + AT_ONCE).min(stores);
        let entries: Vec<Entry> = some.clone().filter(|n| *n >= left).flat_map(sent).collect();
        ledger.write_entries(run_id, &entries).unwrap();
        let seen: Vec<Observation> = some.map(|n| seen(n, n >= left)).collect();
        ledger.observe(&seen, then(4_000)).unwrap();
    }
    ledger.begin_session(&read_clocks(), false).unwrap();
}

fn store(n: u32, status: UpgradeStatus) -> LegacyStore {
    let record = serde_json::json!({
        "poi_id": (472_600_000 + n).to_string(), "sid": format!("HL{n:06}"), "business_name": "禾露茶铺",
        "branch_name": format!("第{n}店"), "province": "浙江省", "city": "杭州市", "district": "西湖区",
        "address": format!("人民路{n}号, 一层"), "telephone": "0571-88881234", "categories": ["美食,饮品"],
        "longitude": 120.13, "latitude": 30.26, "introduction": "一家茶铺", "open_time": "09:00-21:00",
        "photo_list": [{"photo_url": format!("http://mmbiz.qpic.cn/mmbiz/{n}/0?wx_fmt=jpeg")}], "avg_price": 25,
    });
    LegacyStore {
        poi_id: PoiId::new(&(472_600_000 + n).to_string()),
        business_name: "禾露茶铺".into(),
        branch_name: format!("第{n}店").into(),
        province: "浙江省".into(),
        city: "杭州市".into(),
        district: "西湖区".into(),
        address: format!("人民路{n}号, 一层").into(),
        telephone: "0571-88881234".into(),
        open_time: "09:00-21:00".into(),
        photos: vec![format!("http://mmbiz.qpic.cn/mmbiz/{n}/0?wx_fmt=jpeg")],
        map_poi_id: MapPoiId::new(&format!("28807415{n:011}")),
        upgrade_status: status,
        record: Record::of(&record),
        ..LegacyStore::default()
    }
}

fn write_csv(path: &Path, stores: u32) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    let columns = "poi_id,sid,business_name,branch_name,province,city,district,address,telephone,categories,longitude,latitude,\
                   photo_list,introduction,open_time,avg_price,mapid,upgrade_status,credential";
    writeln!(file, "{columns}").unwrap();
    for n in 0..stores {
        let LegacyStore { poi_id, branch_name, address, map_poi_id, photos, .. } = store(n, UpgradeStatus::Waiting);
        writeln!(
            file,
            "{},HL{n:06},禾露茶铺,{branch_name},浙江省,杭州市,西湖区,\"{address}\",0571-88881234,\"美食,饮品\",120.13,30.26,{},\
             一家茶铺,09:00-21:00,25,{},0,{}",
            poi_id.unwrap(),
            photos[0],
            map_poi_id.unwrap(),
            licence(n)
        )
        .unwrap();
    }
}

/// An organisation code of its own for each store; that its check character may be wrong is a warning.
fn licence(n: u32) -> String {
    format!("{n:08}-0")
}

fn sent(n: u32) -> [Entry; 2] {
    let (store_id, verb, attempt, body_hash) = (i64::from(n) + 1, Verb::AddStore, 1, "0".repeat(64));
    let intent = Intent { store_id, verb, attempt, body_hash, at: then(2_000), from: State::Pending };
    let outcome = Outcome {
        store_id,
        verb,
        attempt,
        counted: Counted::Ok,
        sent_at: Some(then(2_000)),
        at: then(2_100),
        http_status: Some(200),
        errcode: Some(0),
        errmsg: "ok".to_owned(),
        rid: None,
        audit_id: Some(n.to_string()),
        to: State::InReview,
        reason: None,
    };
    [Entry::Intent(intent), Entry::Outcome(outcome)]
}

fn seen(n: u32, is_settled: bool) -> Observation {
    let status = if is_settled { UpgradeStatus::Done } else { UpgradeStatus::Waiting };
    let shown = store(n, status);
    Observation {
        id: i64::from(n) + 1,
        fields: Some(shown.body_fields()),
        shown: Some(shown),
        asked_at: then(3_000),
        sight: if is_settled { Sight::Upgraded } else { Sight::Unchanged },
        state: if is_settled { State::Upgraded } else { State::Pending },
        reason: None,
        becomes_baseline: true,
    }
}

fn identity() -> Identity {
    Identity { account: "bench".to_owned(), platform: "loopback".to_owned() }
}

fn settings(address: &str) -> PlatformSettings {
    let secret = Secret::new("any secret will do").unwrap();
    PlatformSettings {
        transport: TransportSettings {
            api_base: format!("http://{address}"),
            timeout: Duration::from_secs(15),
            proxy: None,
            ca_pem: None,
            connections: 64,
        },
        tokens: TokenSource::Secret { appid: "bench".to_owned(), secret, endpoint: Endpoint::StableToken },
        redactor: Redactor::default(),
        errors: ErrorTable::default(),
    }
}

/// A day and a half before the ledger is gone on with, and so many milliseconds: what was sent then is of another day.
fn then(millis: i64) -> Stamp {
    static BEGUN: OnceLock<i64> = OnceLock::new();
    Stamp(BEGUN.get_or_init(|| read_clocks().wall.0 - 36 * 3_600_000) + millis)
}

fn beside(path: &Path, suffix: &str) -> String {
    format!("{}{suffix}", path.display())
}

fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm", ".mark"] {
        let _ = fs::remove_file(beside(path, suffix));
    }
}
