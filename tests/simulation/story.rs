//! One seed: a chain, its files, a platform, and a series of runs that go wrong in the seed's own way; then faults stop.

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use poilift::engine::Rate;
use poilift::intake::{Form, Input, InputRow, SupplementFile};
use poilift::ledger::{Identity, Ledger, RunStart, lock_ledger};
use poilift::pipeline::{
    Deletions, Ended, Machine as _, Notice, Orders, PipelineError, PlatformSettings, Preview, Work,
};
use poilift::plan::{Shares, Waves};
use poilift::sandbox::{Bare, Scenario, Settings};
use poilift::store::{
    Cell, Field, JoinKey, LegacyStore, MapPoiId, Place, PoiId, Stamp, SupplementRow, Text, UpgradeStatus,
};
use poilift::wechat::{Redactor, Secret, TokenSource, TransportSettings};
use poilift::wire::{Endpoint, ErrorTable};

use crate::dice::Dice;
use crate::faults::{Fault, Faults};
use crate::machine::SimMachine;
use crate::mutants::Mutant;
use crate::oracle::Oracle;
use crate::world::{BEGIN_MS, Crash, World};

/// No two ledgers of one test process have one name.
static NAMES: AtomicU64 = AtomicU64::new(0);

/// No seed needs more steps than this in one process; what does more hangs.
const STEPS_MAX: u64 = 400_000;

/// How a run ended.
#[derive(Debug)]
pub enum End {
    Crashed,
    Failed(PipelineError),
    Ended(Ended),
}

/// Everything that a seed decides once.
pub struct Story {
    pub world: World,
    dice: Dice,
    name: String,
    stores: Vec<LegacyStore>,
    /// Credential of each store, by place; some lack one.
    credentials: BTreeMap<usize, String>,
    orders: Orders,
    identity: Identity,
    files: u64,
    lock: tempfile::TempDir,
    oracle: Oracle,
}

fn store(n: usize, status: UpgradeStatus) -> LegacyStore {
    LegacyStore {
        poi_id: PoiId::new(&(400_000_000 + n).to_string()),
        business_name: "试茶坊".into(),
        branch_name: format!("第{n}店").into(),
        city: "杭州市".into(),
        address: format!("文三路{n}号").into(),
        telephone: format!("0571-8{n:07}").into(),
        open_time: "09:00-21:00".into(),
        photos: vec![format!("http://mmbiz.qpic.cn/mmbiz_jpg/{n}/0?wx_fmt=jpeg")],
        map_poi_id: MapPoiId::new(&format!("28807415{n:011}")),
        upgrade_comment: if status == UpgradeStatus::Failed { "图片不清晰".into() } else { Text::default() },
        upgrade_status: status,
        ..LegacyStore::default()
    }
}

/// Some stories are sent in waves. The seed's other dice fall as they did.
fn waves(seed: u64) -> Option<Waves> {
    let mut dice = Dice::new(seed ^ 0x5741_5645);
    let waves =
        dice.per_mille(300).then(|| dice.pick(&["1,10,100%", "3,20%,50%,100%", "5@review,100%", "40%@review,100%"]));
    waves.map(|waves| waves.parse().unwrap())
}

impl Story {
    pub fn new(seed: u64, mutant: Option<Mutant>) -> Self {
        let mut dice = Dice::new(seed);
        let n = usize::try_from(dice.between(50, 64)).unwrap();
        let stores: Vec<LegacyStore> = (0..n)
            .map(|n| {
                let status = match dice.below(100) {
                    0..=71 => UpgradeStatus::Waiting,
                    72..=79 => UpgradeStatus::Failed,
                    80..=82 => UpgradeStatus::Migrating,
                    83..=87 => UpgradeStatus::Done,
                    88..=97 => UpgradeStatus::Forbidden,
                    _ => UpgradeStatus::Absent,
                };
                store(n, status)
            })
            .collect();
        let credentials = (0..n).filter(|_| !dice.per_mille(30)).map(|n| (n, format!("91330100MA{n:07}X"))).collect();
        let window = Duration::from_secs(dice.between(2, 30));
        let rate = Rate::new(u32::try_from(dice.pick(&[2, 5, 10, 20, 50])).unwrap(), Duration::from_secs(1));
        let may_delete = dice.per_mille(800);
        let orders = Orders {
            allow_delete: if may_delete { Deletions::Allowed } else { Deletions::Held },
            waves: waves(seed),
            settle_window: window,
            rate,
            concurrency: dice.per_mille(500).then(|| usize::try_from(dice.between(1, 12)).unwrap()),
            wait: Duration::from_secs(dice.pick(&[0, 0, 20, 120])),
            ..Orders::default()
        };
        let faults = Faults::draw(&mut dice);
        let refusing = faults.has(Fault::ReviewRefused);
        let scenario = Scenario {
            review_fail_share: if refusing { 0.1 } else { 0.0 },
            token_calls: faults.has(Fault::TokenExpired).then(|| dice.between(20, 90)),
            ..Scenario::default()
        };
        let review_time = Duration::from_secs(dice.between(1, 40));
        let settings = Settings { seed, scenario, review_time, ..Settings::default() };
        let platform = Bare::new(&settings, &stores, Stamp(BEGIN_MS));
        let name = format!("simulation-{seed}-{}", NAMES.fetch_add(1, Ordering::Relaxed));
        let identity = Identity { account: "wx1".to_owned(), platform: "loopback".to_owned() };
        // Whoever keeps it open keeps it alive between processes.
        let keeper = rusqlite::Connection::open(format!("file:{name}?mode=memory&cache=shared")).unwrap();
        drop(Ledger::open_in_memory(&name, &identity).unwrap());
        // How long reads lag and how late requests land is within the window together, not only each alone.
        let lag_max = u64::try_from(window.as_micros()).unwrap() * 4 / 10;
        let world = World::new(dice.clone(), faults, platform, lag_max, keeper);
        world.inner().mutant = mutant;
        let rate_a_second = rate.map_or(1.0, Rate::a_second);
        let oracle = Oracle::new(world.clone(), window, rate_a_second, may_delete);
        let orders =
            if mutant == Some(Mutant::NoWindow) { Orders { settle_window: Duration::ZERO, ..orders } } else { orders };
        let lock = tempfile::tempdir().unwrap();
        Self { world, dice, name, stores, credentials, orders, identity, files: 0, lock, oracle }
    }

    /// The whole story; the first thing that must not be is the error.
    pub fn tell(mut self) -> Result<BTreeMap<Fault, u64>, String> {
        let troubled = self.dice.between(2, 4);
        for _ in 0..troubled {
            let end = self.run(true);
            self.oracle.after_run(&end).map_err(|words| format!("{words}; {}", self.history()))?;
            self.between_runs();
        }
        self.world.inner().faults.active = false;
        // What is on its way lands, and outages end.
        self.sleep(Duration::from_secs(120));
        if self.world.inner().faults.fired.contains_key(&Fault::QuotaSpent) {
            // An endpoint rests until the platform's next day, by whatever clock its process had.
            self.sleep(Duration::from_secs(26 * 3_600));
        }
        self.orders.wait = Duration::from_secs(600);
        // Nobody mends anything here: in the end no wave is stopped for what went wrong.
        self.orders.shares = Shares::unlimited();
        for n in 0..2 {
            let end = self.run(false);
            self.oracle.after_run(&end)?;
            if let End::Failed(error) = &end {
                return Err(format!("run {n} without faults failed: {error}"));
            }
            self.sleep(Duration::from_secs(90));
        }
        let rows = self.rows()?;
        let ended = self.oracle.at_the_end(&rows, &self.stores, &self.credentials);
        ended.map_err(|words| format!("{words}; {}", self.history()))?;
        let writes = self.oracle.writes();
        let end = self.run(false);
        self.oracle.after_run(&end)?;
        if self.oracle.writes() != writes {
            return Err("a run over settled stores has written".to_owned());
        }
        let inner = self.world.inner();
        let mut fired = inner.faults.fired.clone();
        let refused = rows.iter().filter(|row| row.state.key() == "rejected" && row.errcode.is_none()).count();
        if refused > 0 {
            fired.insert(Fault::ReviewRefused, refused as u64);
        }
        Ok(fired)
    }

    /// What has gone wrong so far, for whoever looks into a failure.
    fn history(&self) -> String {
        let inner = self.world.inner();
        format!("run {}, died in {:?}, faults so far {:?}", inner.run, inner.crashed_in, inner.faults.fired)
    }

    fn rows(&self) -> Result<Vec<poilift::ledger::StoreRow>, String> {
        let ledger = Ledger::open_in_memory(&self.name, &self.identity).map_err(|error| error.to_string())?;
        ledger.stores(None).map_err(|error| error.to_string())
    }

    fn sleep(&self, span: Duration) {
        let mut inner = self.world.inner();
        let until = inner.t + u64::try_from(span.as_micros()).unwrap();
        inner.advance_to(until);
    }

    /// One process, from its first step to its last.
    fn run(&mut self, troubled: bool) -> End {
        let (dies, stops) = if troubled { self.fate() } else { (None, None) };
        let steers = if troubled { self.steers() } else { VecDeque::new() };
        let control = self.world.begin(dies, stops, steers);
        let lock = lock_ledger(&self.lock.path().join("l.db")).unwrap();
        if troubled && self.world.inner().faults.has(Fault::SecondProcess) {
            assert!(lock_ledger(&self.lock.path().join("l.db")).is_err(), "two processes hold one ledger");
            self.world.inner().faults.happened(Fault::SecondProcess);
        }
        let held = troubled && self.hold_ledger();
        let world = self.world.clone();
        let rate = self.orders.rate.unwrap_or(Rate::CAREFUL);
        let machine = SimMachine { world: world.clone(), spacing: rate.spacing() };
        let (inputs, supplements) = (vec![self.input()], vec![self.supplement()]);
        let (name, identity, orders) = (&self.name, &self.identity, &self.orders);
        let told = Mutex::new(Vec::new());
        let oracle = &self.oracle;
        let result = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let ledger = Ledger::open_in_memory(name, identity)?;
            let clock = machine.clock();
            ledger.begin_session(&world.reading(), false)?;
            let run_id = ledger.begin_run(&RunStart::of_nobody(clock.now()))?;
            oracle.begin(run_id);
            let tell = |notice: Notice| {
                if let Notice::Progress(progress, _) = notice {
                    told.lock().unwrap().extend(oracle.progress(run_id, progress));
                }
            };
            let confirm = |_: &Preview| Ok(true);
            let mut work = Work::new(ledger, run_id, orders, &machine, "somebody", control, &tell, &confirm);
            let result = work.migrate(inputs, supplements, Some(&platform_settings()));
            let ledger = work.into_ledger();
            if let Some(ledger) = &ledger {
                // A failed run ends in the ledger like any other, if the ledger can still be written.
                let _ = ledger.end_run(run_id, 0, clock.now());
            }
            result
        }));
        if held {
            self.world.inner().hold_ledger(false);
        }
        drop(lock);
        if let Some(words) = told.into_inner().unwrap().into_iter().next() {
            self.oracle.complain(words);
        }
        match result {
            Ok(Ok(ended)) => End::Ended(ended),
            Ok(Err(error)) => End::Failed(error),
            Err(panic) if panic.is::<Crash>() => End::Crashed,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// At which step the process dies, and after how many it is stopped.
    fn fate(&mut self) -> (Option<(&'static str, u64)>, Option<u64>) {
        let deaths: Vec<_> = {
            let inner = self.world.inner();
            Fault::ALL.iter().filter(|fault| inner.faults.has(**fault)).filter_map(|fault| fault.death()).collect()
        };
        let (place, steps) = if deaths.is_empty() { ("", 1_500) } else { self.dice.pick(&deaths) };
        let dies = self.dice.per_mille(if deaths.is_empty() { 200 } else { 800 });
        let steps = if dies { self.dice.between(1, steps) } else { STEPS_MAX };
        let stopped = self.world.inner().faults.has(Fault::Stopped) && self.dice.per_mille(600);
        (Some((if dies { place } else { "" }, steps)), stopped.then(|| self.dice.between(1, 1_500)))
    }

    /// After how many steps each it is paused and resumed, in turn; in the end it goes on.
    fn steers(&mut self) -> VecDeque<u64> {
        let paused = self.world.inner().faults.has(Fault::Paused) && self.dice.per_mille(800);
        let times = if paused { 2 * self.dice.between(1, 4) } else { 0 };
        (0..times).map(|_| self.dice.between(1, 500)).collect()
    }

    fn hold_ledger(&mut self) -> bool {
        let wanted = self.world.inner().faults.has(Fault::LedgerBusy) && self.dice.per_mille(300);
        let mut inner = self.world.inner();
        let held = wanted && inner.hold_ledger(true);
        if held {
            inner.faults.happened(Fault::LedgerBusy);
        }
        held
    }

    /// What happens between two runs.
    fn between_runs(&mut self) {
        let pause = self.dice.pick(&[10, 400, 3_000, 40_000, 900_000]);
        self.sleep(Duration::from_millis(pause));
        let has = |fault| self.world.inner().faults.has(fault);
        if has(Fault::ClockForward) {
            let by = self.dice.pick(&[1_000, 20_000, 3_600_000]);
            self.world.inner().clock_off += i64::from(by);
            self.happened(Fault::ClockForward);
        }
        if has(Fault::ClockBack) {
            self.world.inner().clock_off -= i64::try_from(self.dice.between(100, 50_000)).unwrap();
            self.happened(Fault::ClockBack);
        }
        if has(Fault::Midnight) {
            // To a little beyond the platform's next midnight, UTC+8.
            let now = self.world.inner().true_stamp().0;
            let left = 86_400_000 - (now + 8 * 3_600_000).rem_euclid(86_400_000) + 300_000;
            self.sleep(Duration::from_millis(left.unsigned_abs()));
            self.happened(Fault::Midnight);
        }
        for (fault, endpoint) in [(Fault::UpgradedByHand, Endpoint::AddStore), (Fault::DeletedByHand, Endpoint::Delpoi)]
        {
            if has(fault) {
                let n = usize::try_from(self.dice.below(self.stores.len() as u64)).unwrap();
                let poi_id = self.stores[n].poi_id.clone().unwrap();
                if self.world.inner().by_hand(endpoint, poi_id.as_str()) {
                    self.happened(fault);
                }
            }
        }
        if has(Fault::InputEdited) {
            let n = usize::try_from(self.dice.below(self.stores.len() as u64)).unwrap();
            self.stores[n].telephone = format!("0571-7{n:07}").into();
            self.stores[n].address += "后门";
            self.happened(Fault::InputEdited);
        }
        if has(Fault::SupplementEdited) {
            let n = usize::try_from(self.dice.below(self.stores.len() as u64)).unwrap();
            self.credentials.insert(n, format!("91330200MB{n:07}{}", self.files));
            self.happened(Fault::SupplementEdited);
        }
    }

    fn happened(&self, fault: Fault) {
        self.world.inner().faults.happened(fault);
    }

    fn input(&mut self) -> Input {
        self.files += 1;
        let place = Place::file("stores.json");
        let row = |(n, store): (usize, &LegacyStore)| InputRow {
            place: place.at_row(u32::try_from(n + 1).unwrap()),
            store: store.clone(),
            cells: Vec::new(),
            faults: Vec::new(),
        };
        let rows = self.stores.iter().enumerate().map(row).collect();
        Input::of_rows("stores.json", &format!("input {}", self.files), Form::Json, rows)
    }

    fn supplement(&self) -> SupplementFile {
        let row = |(n, credential): (&usize, &String)| {
            let place = Place::file("supplement.csv").at_row(u32::try_from(n + 2).unwrap());
            let cell = Cell {
                field: Field::Credential,
                value: credential.clone(),
                place: place.clone(),
                fault: None,
                also: Vec::new(),
            };
            let key = self.stores[*n].poi_id.clone().map(JoinKey::PoiId);
            SupplementRow { key, place, cells: vec![cell], faults: Vec::new() }
        };
        SupplementFile {
            file: "supplement.csv".to_owned(),
            sha256: format!("{:?}", self.credentials),
            form: Form::Csv,
            rows: self.credentials.iter().map(row).collect(),
            untouched: Vec::new(),
            unknown_columns: Vec::new(),
            findings: Vec::new(),
        }
    }
}

fn platform_settings() -> PlatformSettings {
    PlatformSettings {
        transport: TransportSettings {
            api_base: "http://127.0.0.1:1".to_owned(),
            timeout: Duration::from_secs(15),
            proxy: None,
            ca_pem: None,
            connections: 4,
        },
        tokens: TokenSource::Secret {
            appid: "wx1".to_owned(),
            secret: Secret::new("secret-of-wx1").unwrap(),
            endpoint: Endpoint::StableToken,
        },
        redactor: Redactor::default(),
        errors: ErrorTable::default(),
    }
}
