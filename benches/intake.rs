//! Files to validated stores, and to a plan: goals P7, P9, P10 (with the P6 of the same run) and P13. P7: a CSV of 20 columns
//! against the csv crate's bare `ByteRecord` loop over the same file, which keeps nothing. P9: getpoilist's pages as JSON Lines
//! against `serde_json` into a borrowed struct, line by line. P10: read, check, classify and plan a CSV into a ledger, against
//! the sum of P7 and of the planned rows' way into a ledger by themselves (P6), which stands against a bare prepared insert.
//! P13: the same plan of a thousand stores to a million, by what a store costs.
//!
//! Each side is a process of its own, so that the most memory that it ever had can be told. `cargo bench --bench intake -- p7
//! p9 p10 p13`; `POILIFT_BENCH_STORES` says how many stores (a million).

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

mod paired;

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use paired::{Pairs, as_millis, sized};
use poilift::check::{FixedValues, Signs};
use poilift::engine::Control;
use poilift::intake::{Columns, Input, InputRow, Pass};
use poilift::ledger::{Identity, Ledger, PlannedRow, RunStart, SourceRow, StoreRow};
use poilift::pipeline::{Machine as _, Orders, ThisMachine, Work};
use poilift::plan::{Facts, decide};
use poilift::store::{Action, Stamp, Supplied};
use rustix::time::{ClockId, clock_gettime};

fn main() {
    let asked: Vec<String> = std::env::args().skip_while(|argument| argument != "side").collect();
    if let [_, side, path] = &asked[..] {
        return run_side(side, Path::new(path));
    }
    let stores = std::env::var("POILIFT_BENCH_STORES").ok().and_then(|n| n.parse().ok());
    let stores: usize = stores.unwrap_or_else(|| sized(1_000_000, 2_000));
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (csv, jsonl) = (dir.path().join("stores.csv"), dir.path().join("pages.jsonl"));
    write_csv(&csv, stores);
    write_pages(&jsonl, stores);
    let rounds = sized(5, 0);
    paired::head(&format!("intake: {stores} stores"));
    if paired::wanted("p7") {
        compare("P7 CSV to validated stores, bare ByteRecord loop", rounds, ("csv", &csv), ("csv-bare", &csv));
    }
    if paired::wanted("p9") {
        compare("P9 JSON Lines to stores, borrowed struct", rounds, ("pages", &jsonl), ("pages-bare", &jsonl));
    }
    if paired::wanted("p10") {
        plan_end_to_end(rounds, &csv, dir.path());
    }
    if paired::wanted("p13") {
        growth(stores, &csv);
    }
}

/// P13: what a store costs in a plan of a thousand, ten thousand and so on up to `most`; with n log n it would grow as the
/// logarithm does, which is said beside it.
fn growth(most: usize, csv: &Path) {
    println!("P13 growth: plan of a CSV{:>38} {:>12} {:>16}", "ms", "us a store", "by n log n");
    let mut first = None;
    let mut stores = 1_000.min(most);
    loop {
        write_csv(csv, stores);
        let rounds = paired::sorted((0..sized(3, 1)).map(|_| side("plan", csv)[0]));
        let (elapsed, n) = (paired::median(&rounds), paired::count(stores));
        let a_store = elapsed * 1_000.0 / n;
        let (at_first, log) = *first.get_or_insert((a_store, n.ln()));
        println!("  {stores:>9} stores{elapsed:>46.1} {a_store:>12.2} {:>16.2}", at_first * n.ln() / log);
        if stores == most {
            break;
        }
        stores = (stores * 10).min(most);
    }
}

fn compare(what: &str, rounds: usize, ours: (&str, &Path), theirs: (&str, &Path)) {
    let [time, memory, processor] = Pairs::take(rounds, || side(ours.0, ours.1), || side(theirs.0, theirs.1));
    time.print(what, "ms");
    processor.print("  processor time, of all threads", "ms");
    memory.print("  most memory", "MB");
}

/// P10 against P6 + P7, and P6 against the bare insert.
fn plan_end_to_end(rounds: usize, csv: &Path, dir: &Path) {
    let planned = dir.join("planned.db");
    side("plan", csv);
    std::fs::rename(ledger_of(csv), &planned).unwrap();
    let parts = || {
        let ([p7, _, p7_work], [p6, memory, p6_work]) = (side("csv", csv), side("rows", &planned));
        [p7 + p6, memory, p7_work + p6_work]
    };
    let [time, memory, _] = Pairs::take(rounds, || side("plan", csv), parts);
    time.print("P10 plan of a CSV, P6 + P7 of the same run", "ms");
    memory.print("  most memory (of P6)", "MB");
    compare("P6 planned rows into the ledger, bare inserts", rounds, ("rows", &planned), ("rows-bare", &planned));
}

/// A side in a process of its own: how long it took in milliseconds, its most memory in megabytes, and what it took of all
/// processors in milliseconds.
fn side(name: &str, path: &Path) -> [f64; 3] {
    let output = Command::new(std::env::current_exe().unwrap()).args(["side", name]).arg(path).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let figures: Vec<f64> = text.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
    [figures[0], figures[1], figures[2]]
}

fn run_side(name: &str, path: &Path) {
    let mut begun = Begun::now();
    let counted = match name {
        "csv" => validated(path),
        "csv-bare" => bare_csv(path),
        "pages" => read(path),
        "pages-bare" => bare_pages(path),
        "plan" => plan(path),
        "rows" => planned_rows(path, &mut begun),
        "rows-bare" => bare_rows(path, &mut begun),
        other => panic!("no side is called {other}"),
    };
    assert!(counted > 0);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: f64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    let [elapsed, worked] = begun.passed();
    println!("{} {} {}", as_millis(elapsed), kilobytes / 1024.0, as_millis(worked));
}

/// When a side began, by the clock and by what the process had worked until then.
struct Begun {
    at: Instant,
    worked: Duration,
}

impl Begun {
    fn now() -> Self {
        Self { at: Instant::now(), worked: worked() }
    }

    fn passed(&self) -> [Duration; 2] {
        [self.at.elapsed(), worked().saturating_sub(self.worked)]
    }
}

/// The processor time of all threads.
fn worked() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap()
}

/// Every store read, its values checked, and classified, as the plan does it; given in the order of the file.
fn validated(path: &Path) -> u64 {
    let fixed = FixedValues::default();
    let classified = |row: InputRow| {
        let (signs, supplied) = (Signs::of(&row.store, None), Supplied::default());
        let facts = Facts { store: row.store, faults: row.faults, supplied, signs, clashes: Vec::new() };
        let decision = decide(&facts, &fixed);
        (row.place, facts, decision)
    };
    let mut counted = 0;
    let mut input = Input::open(path, &Columns::default()).unwrap().remove(0);
    let pass = input.read_made(&classified, &mut |(_, facts, decision)| {
        counted += u64::from(facts.store.poi_id.is_some() && decision.action != Action::None);
        ControlFlow::Continue(())
    });
    assert!(matches!(pass.unwrap(), Pass::Complete { .. }));
    counted
}

fn bare_csv(path: &Path) -> u64 {
    let mut reader = csv::Reader::from_reader(BufReader::with_capacity(256 << 10, File::open(path).unwrap()));
    let mut record = csv::ByteRecord::new();
    let mut bytes = 0;
    while reader.read_byte_record(&mut record).unwrap() {
        bytes += record.iter().map(<[u8]>::len).sum::<usize>();
    }
    bytes as u64
}

fn read(path: &Path) -> u64 {
    let mut rows = 0;
    let mut input = Input::open(path, &Columns::default()).unwrap().remove(0);
    input
        .read(&mut |_| {
            rows += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    rows
}

/// The fields that decisions use, borrowed, page by page.
fn bare_pages(path: &Path) -> u64 {
    #[derive(serde::Deserialize)]
    struct Page<'a> {
        #[serde(borrow)]
        business_list: Vec<Store<'a>>,
    }
    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "read for the reading's sake")]
    struct Store<'a> {
        #[serde(borrow)]
        base_info: Info<'a>,
    }
    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "read for the reading's sake")]
    struct Info<'a> {
        poi_id: &'a str,
        sid: &'a str,
        business_name: &'a str,
        branch_name: &'a str,
        province: &'a str,
        city: &'a str,
        district: &'a str,
        address: &'a str,
        telephone: &'a str,
        open_time: &'a str,
        mapid: &'a str,
        upgrade_status: u8,
        #[serde(borrow)]
        photo_list: Vec<std::collections::BTreeMap<&'a str, &'a str>>,
    }
    let mut reader = BufReader::with_capacity(256 << 10, File::open(path).unwrap());
    let (mut line, mut stores) = (String::new(), 0);
    while reader.read_line(&mut line).unwrap() > 0 {
        stores += serde_json::from_str::<Page<'_>>(&line).unwrap().business_list.len() as u64;
        line.clear();
    }
    stores
}

fn ledger_of(path: &Path) -> PathBuf {
    path.with_extension("db")
}

fn open(path: &Path) -> Ledger {
    for suffix in ["", "-wal", "-shm", ".mark"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    Ledger::open(path, &Identity { account: "bench".to_owned(), platform: "sandbox".to_owned() }).unwrap()
}

/// What `poilift plan` does with a file.
fn plan(path: &Path) -> u64 {
    let ledger = open(&ledger_of(path));
    let machine = ThisMachine::new();
    let run_id = ledger.begin_run(&RunStart::of_nobody(machine.clock().now())).unwrap();
    let (orders, tell, confirm) = (Orders::default(), |_| {}, |_: &_| Ok(false));
    let control = Arc::new(Control::default());
    let mut work = Work::new(ledger, run_id, &orders, &machine, "", control, &tell, &confirm);
    let inputs = Input::open(path, &Columns::default()).unwrap();
    work.migrate(inputs, Vec::new(), None).unwrap();
    work.scope.len() as u64
}

/// Rows that are planned already, into a new ledger, as a plan brings new stores there: made ready on one thread, written on
/// the other. What the disk and the ledger cost by themselves.
fn planned_rows(path: &Path, begun: &mut Begun) -> u64 {
    let rows = Ledger::open_to_read(path).unwrap().stores(None).unwrap();
    let source = |row: &StoreRow| SourceRow {
        place: row.place.clone(),
        store: row.record.clone(),
        faults: row.faults.clone(),
        joins: true,
    };
    let planned = |row: StoreRow| {
        let source = source(&row);
        let planned = PlannedRow {
            id: row.id,
            decision: row.decision,
            state: row.state,
            body_hash: row.body_hash,
            planned: None,
        };
        (source, planned)
    };
    let rows: Vec<(SourceRow, PlannedRow)> = rows.into_iter().map(planned).collect();
    let stores = rows.len() as u64;
    let mut ledger = open(&path.with_extension("copy.db"));
    *begun = Begun::now();
    ledger
        .load_sources(Stamp(0), |loader| {
            loader.begin_source(false)?;
            let fresh = loader.fresh_rows()?.unwrap();
            std::thread::scope(|scope| {
                let (sender, receiver) = sync_channel(4);
                scope.spawn(move || {
                    let mut ready = Vec::with_capacity(64);
                    for (source, planned) in rows {
                        ready.push(fresh.make(planned.id, source, Some(&planned)).unwrap());
                        if ready.len() == 64 {
                            sender.send(std::mem::take(&mut ready)).unwrap();
                        }
                    }
                    sender.send(ready).unwrap();
                });
                receiver.iter().flatten().try_for_each(|row| loader.fresh_row(&row).map(|new| assert!(new)))
            })?;
            loader.end_source()
        })
        .unwrap();
    stores
}

/// The same rows by a bare prepared insert: no seal, no index, no second look.
fn bare_rows(path: &Path, begun: &mut Begun) -> u64 {
    const COLUMNS: &str = "key, poi_id, sid, place, record, faults, planned_status, planned_comment, action, state, \
                           decision, body_hash, updated_at";
    let source = rusqlite::Connection::open(path).unwrap();
    let mut select = source.prepare(&format!("SELECT {COLUMNS} FROM stores")).unwrap();
    let values = |row: &rusqlite::Row<'_>| (0..13).map(|column| row.get(column)).collect();
    let rows: Vec<Vec<rusqlite::types::Value>> =
        select.query_map([], values).unwrap().collect::<rusqlite::Result<_>>().unwrap();
    let target = path.with_extension("bare.db");
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", target.display()));
    }
    let connection = rusqlite::Connection::open(&target).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.execute_batch(&format!("CREATE TABLE stores (id INTEGER PRIMARY KEY, {COLUMNS})")).unwrap();
    *begun = Begun::now();
    let transaction = connection.unchecked_transaction().unwrap();
    let places = "?, ".repeat(12) + "?";
    let mut insert = transaction.prepare(&format!("INSERT INTO stores ({COLUMNS}) VALUES ({places})")).unwrap();
    for row in &rows {
        insert.execute(rusqlite::params_from_iter(row)).unwrap();
    }
    drop(insert);
    transaction.commit().unwrap();
    rows.len() as u64
}

/// Stores over all statuses, 20 columns.
fn write_csv(path: &Path, stores: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    writeln!(
        file,
        "poi_id,sid,business_name,branch_name,province,city,district,address,telephone,categories,longitude,latitude,\
         photo_list,introduction,open_time,avg_price,available_state,update_status,mapid,upgrade_status"
    )
    .unwrap();
    for n in 0..stores {
        let (status, hour) = ([0, 0, 0, 0, 0, 1, 2, 3, 3, 4][n % 10], 6 + n % 5);
        writeln!(
            file,
            "{},HL{n:06},禾露茶铺,第{n}店,浙江省,杭州市,西湖区,\"人民路{n}号, 一层\",0571-{},\"美食,饮品\",120.{:06},30.{:06},\
             http://mmbiz.qpic.cn/mmbiz/{n}/0?wx_fmt=jpeg,一家茶铺,{hour:02}:00-2{}:00,25,3,0,{},{status}",
            472_600_000 + n,
            80_000_000 + n,
            n % 1_000_000,
            n * 7 % 1_000_000,
            n % 4,
            2_880_741_500_279_549_000_u64 + n as u64,
        )
        .unwrap();
    }
}

/// The same as pages of 50, as `poilift pull` saves them.
fn write_pages(path: &Path, stores: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    for page in 0..stores.div_ceil(50) {
        let store = |n: usize| {
            let (status, hour) = ([0, 0, 0, 0, 0, 1, 2, 3, 3, 4][n % 10], 6 + n % 5);
            serde_json::json!({"base_info": {
                "sid": format!("HL{n:06}"), "business_name": "禾露茶铺", "branch_name": format!("第{n}店"),
                "address": format!("人民路{n}号, 一层"), "telephone": format!("0571-{}", 80_000_000 + n),
                "categories": ["美食,饮品"], "city": "杭州市", "province": "浙江省", "district": "西湖区", "offset_type": 1,
                "longitude": 120.13, "latitude": 30.26, "introduction": "一家茶铺", "recommend": "", "special": "",
                "photo_list": [{"photo_url": format!("http://mmbiz.qpic.cn/mmbiz/{n}/0?wx_fmt=jpeg")}],
                "open_time": format!("{hour:02}:00-2{}:00", n % 4), "avg_price": 25, "available_state": 3,
                "poi_id": (472_600_000 + n).to_string(), "update_status": 0, "upgrade_status": status, "upgrade_comment": "",
                "mapid": (2_880_741_500_279_549_000_u64 + n as u64).to_string(),
            }})
        };
        let list: Vec<_> = (page * 50..(page * 50 + 50).min(stores)).map(store).collect();
        let answer = serde_json::json!({"errcode": 0, "errmsg": "ok", "business_list": list, "total_count": stores});
        writeln!(file, "{answer}").unwrap();
    }
}
