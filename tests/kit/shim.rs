//! A disk that fails, or that is watched: `shim.c`, compiled on the spot and loaded into the program under test.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{House, Run};

/// What `shim.c` shares with whoever started it: two counters, what failed first, and where.
const PAGE_BYTES: usize = 16 + WHAT_BYTES + 1024;
const WHAT_BYTES: usize = 32;

/// The compiled shim.
pub struct Shim {
    dir: tempfile::TempDir,
}

/// Which file operation of a run fails. They are counted from 1, over all threads.
#[derive(Debug, Clone, Copy)]
pub enum Failing {
    /// This one.
    Once(u64),
    /// This one and all after it.
    FromThenOn(u64),
    /// Of the writes this one stores half of what it was given, and the next one to the same file nothing.
    TornWrite(u64),
    /// Of the syncs this one and all after it. What was to be synced never reaches the disk, though it can be read for as long
    /// as power is on: so do Linux and others behave after a failed sync, and the next one says that all is well.
    SyncsFrom(u64),
}

/// What the shim saw of a run.
#[derive(Debug, Clone)]
pub struct Seen {
    pub operations: u64,
    pub failed: u64,
    /// The first failure: which call, for which file.
    pub first: (String, PathBuf),
}

impl Shim {
    /// Needs a C compiler, as building the program does.
    pub fn compiled() -> Self {
        let dir = tempfile::Builder::new().prefix("poilift-shim-").tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kit/shim.c");
        let mut compiler = Command::new("cc");
        // Without what some systems turn on by themselves: it would rename or check the very functions that are replaced.
        compiler
            .args(["-U_FORTIFY_SOURCE", "-U_FILE_OFFSET_BITS", "-shared", "-fPIC", "-O1", "-pthread", "-o"])
            .arg(dir.path().join("shim.so"))
            .arg(source);
        let output = compiler.output().unwrap_or_else(|error| panic!("a C compiler is needed: {error}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self { dir }
    }

    /// The run, on a disk that fails like this.
    pub fn fails(&self, house: &House, failing: Failing, run: Run) -> Run {
        let how = match failing {
            Failing::Once(n) => format!("once {n}"),
            Failing::FromThenOn(n) => format!("on {n}"),
            Failing::TornWrite(n) => format!("torn {n}"),
            Failing::SyncsFrom(n) => format!("syncs {n}"),
        };
        self.watches(house, run).env("SHIM_FAIL", &how)
    }

    /// The run, with everything that it does to the disk and sends over the network written to `file`.
    pub fn traces(&self, house: &House, file: &Path, run: Run) -> Run {
        self.watches(house, run).env("SHIM_TRACE", file.to_str().unwrap())
    }

    /// The run, counted.
    pub fn watches(&self, house: &House, run: Run) -> Run {
        let page = page(house);
        std::fs::write(&page, [0; PAGE_BYTES]).unwrap();
        run.env("LD_PRELOAD", self.dir.path().join("shim.so").to_str().unwrap())
            .env("SHIM_ROOT", house.root().to_str().unwrap())
            .env("SHIM_PAGE", page.to_str().unwrap())
    }
}

impl Seen {
    /// What was seen of the latest run in this house.
    pub fn of(house: &House) -> Self {
        let page = std::fs::read(page(house)).unwrap();
        let number = |at: usize| u64::from_ne_bytes(page[at..at + 8].try_into().unwrap());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap()).into_owned();
        let first = (text(&page[16..16 + WHAT_BYTES]), text(&page[16 + WHAT_BYTES..]).into());
        Self { operations: number(0), failed: number(8), first }
    }
}

/// Beside everything that the program under test writes.
fn page(house: &House) -> PathBuf {
    house.root().join("shim.page")
}
