//! A house: a working directory, a HOME and a state directory that nobody else has.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{Ended, LedgerFile, Platform, Run, Stage};

/// Ordinary tests share the machine; one that measures has it alone.
static MACHINE: RwLock<()> = RwLock::new(());

/// Waits until no other test runs, and keeps all others waiting while the value lives.
pub fn quiet_machine() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().unwrap_or_else(PoisonError::into_inner)
}

/// Where one test works.
pub struct House {
    dir: tempfile::TempDir,
    _shared: Option<RwLockReadGuard<'static, ()>>,
}

impl House {
    pub fn new() -> Self {
        let shared = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
        Self { _shared: Some(shared), ..Self::unshared() }
    }

    /// For a test that holds the machine already.
    pub fn unshared() -> Self {
        // By its true name, as the system tells it of open files.
        let here = std::env::temp_dir().canonicalize().unwrap();
        let dir = tempfile::Builder::new().prefix("poilift-test-").tempdir_in(here).unwrap();
        for sub in ["work", "home", "state", "tmp"] {
            fs::create_dir(dir.path().join(sub)).unwrap();
        }
        Self { dir, _shared: None }
    }

    /// All that the program under test may write to.
    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// The working directory.
    pub fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.work().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The names in the working directory.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.work()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The stores of `stores.csv` in the report's folder, each line as a map.
    pub fn stores_csv(&self, folder: &str) -> Vec<std::collections::BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.path(folder).join("stores.csv")).unwrap();
        let headers = reader.headers().unwrap().clone();
        let name = |name: &str| name.trim_start_matches('\u{feff}').to_owned();
        let line = |record: csv::StringRecord| headers.iter().map(name).zip(record.iter().map(str::to_owned)).collect();
        reader.records().map(|record| line(record.unwrap())).collect()
    }

    /// The state of one store in the report.
    pub fn state_of(&self, poi_id: &str) -> String {
        let lines = self.stores_csv("poilift-report");
        let line = lines.iter().find(|line| line["poi_id"] == poi_id);
        line.unwrap_or_else(|| panic!("{poi_id} is not in stores.csv"))["state"].clone()
    }

    pub fn ledger(&self) -> LedgerFile {
        LedgerFile::copied(&self.path("poilift.db"))
    }

    /// The program, without any account.
    pub fn poilift(&self, arguments: &str) -> Run {
        Run::new(self.root(), arguments)
    }

    /// The program, with an account at this platform.
    pub fn at(&self, platform: &Platform, arguments: &str) -> Run {
        self.poilift(arguments)
            .env("POILIFT_API_BASE", &platform.base())
            .env("POILIFT_APPID", "wx0123456789abcdef")
            .env("POILIFT_SECRET", "a-secret-of-thirty-two-characters")
            .env("POILIFT_SETTLE_WINDOW", "1s")
    }

    /// The program, with an account at a platform that says what it was told to say; fast, for nothing here is paced.
    pub fn on(&self, stage: &Stage, arguments: &str) -> Run {
        self.poilift(arguments)
            .env("POILIFT_API_BASE", &stage.base())
            .env("POILIFT_APPID", "wx0123456789abcdef")
            .env("POILIFT_SECRET", "a-secret-of-thirty-two-characters")
            .env("POILIFT_RATE", "100/s")
    }

    /// The usual migration: the chain's list and supplement, and whatever else.
    pub fn migrate(&self, platform: &Platform, more: &str) -> Ended {
        self.at(platform, &format!("migrate {} --supplement {} {more}", super::STORES, super::SUPPLEMENT)).end()
    }
}
