//! The ledger that is damaged in so many ways, as the files that a killed run leaves behind.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::json;

use crate::kit::{Chain, House, Platform, until_true};

pub const LEDGER: &str = "poilift.db";
pub const WAL: &str = "poilift.db-wal";
pub const SHM: &str = "poilift.db-shm";
pub const MARK: &str = "poilift.db.mark";

/// The platform's state, as it saved it.
pub const STATE: &str = "platform.jsonl";

/// A moment of a migration, as its files: nothing that was running then still runs.
#[derive(Clone)]
pub struct Scene {
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Scene {
    /// A run was killed in the middle of its sending: stores in every state, intents that are open, a write-ahead log that
    /// nobody has brought back into the database, and pages that are free.
    pub fn killed() -> Self {
        let house = House::new();
        let chain = Chain::waiting(26).and(4, &json!(4)).and(2, &json!(3));
        chain.save(&house);
        leave_free_pages(&house);
        // Deletions are allowed later; the last stores lack their credential.
        house.write("supplement.csv", lines(&chain.supplement(), 27));
        let platform = Platform::start(&house, &format!("--state {STATE} --latency 150ms"));
        house.migrate(&platform, "--limit 6 --wait 10s");
        // Somebody reads on: from here nothing leaves the log. A lost supplement would send other bodies, a lost word of a
        // person a deletion that nobody wants any more.
        let reader = Connection::open(house.path(LEDGER)).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM stores").unwrap();
        house.write("late.csv", late_phones(&chain));
        house.at(&platform, "fill late.csv").end().exits(0);
        house.at(&platform, &format!("accept {} {} --reason closed", chain.id(26), chain.id(27))).end().exits(0);
        let job = "migrate stores.json --supplement supplement.csv --rate 60/s --concurrency 4";
        let before = platform.writes();
        let mut going = house.at(&platform, job).start();
        until_true("the sending", Duration::from_secs(60), || platform.writes() > before + 6);
        going.kill();
        // The last of its requests are answered, to nobody.
        std::thread::sleep(Duration::from_millis(400));
        drop(platform);
        let scene = Self::of(&house);
        assert!(scene.files[WAL].len() > 4096 && scene.files.contains_key(MARK), "nothing was left behind");
        assert!(house.ledger().in_state("in_flight") > 0, "no intent was open");
        assert!(house.ledger().in_state("pending") > 5, "nothing is left to be sent");
        drop(reader);
        scene
    }

    pub fn of(house: &House) -> Self {
        let names = house.names().into_iter().filter(|name| house.path(name).is_file());
        Self { files: names.map(|name| (name.clone(), house.bytes(&name))).collect() }
    }

    /// The same ledger, with its log brought back into the database, as a later reader in passing does it.
    pub fn checkpointed(&self) -> Self {
        let house = self.house();
        let connection = Connection::open(house.path(LEDGER)).unwrap();
        let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
        assert_eq!(busy, 0);
        drop(connection);
        Self::of(&house)
    }

    pub fn house(&self) -> House {
        let house = House::new();
        self.files.iter().for_each(|(name, content)| house.write(name, content));
        house
    }

    pub fn with(&self, name: &str, content: Vec<u8>) -> Self {
        let mut files = self.files.clone();
        files.insert(name.to_owned(), content);
        Self { files }
    }

    pub fn without(&self, names: &[&str]) -> Self {
        let mut files = self.files.clone();
        files.retain(|name, _| !names.contains(&name.as_str()));
        Self { files }
    }

    pub fn flipped(&self, name: &str, bit: usize) -> Self {
        let mut content = self.files[name].clone();
        content[bit / 8] ^= 1 << (bit % 8);
        self.with(name, content)
    }

    pub fn cut(&self, name: &str, length: usize) -> Self {
        self.with(name, self.files[name][..length].to_vec())
    }

    pub fn len(&self, name: &str) -> usize {
        self.files[name].len()
    }
}

/// Other telephone numbers for the stores that are sent last.
fn late_phones(chain: &Chain) -> String {
    let line = |id: &String| format!("{id},0571-12121212\n");
    "poi_id,contract_phone\n".to_owned() + &chain.ids()[20..26].iter().map(line).collect::<String>()
}

fn lines(text: &str, n: usize) -> String {
    text.split_inclusive('\n').take(n).collect()
}

/// Rows without a usable id are forgotten once their file no longer has them.
fn leave_free_pages(house: &House) {
    let mut nameless = Chain::waiting(60);
    for n in 0..60 {
        nameless = nameless.with(n, "poi_id", json!("1.2E+05"));
    }
    nameless.save_as(house, "nameless.json");
    house.poilift("plan nameless.json --ledger poilift.db").env("POILIFT_APPID", "wx0123456789abcdef").end().exits(0);
    Chain::new().and(1, &json!(3)).save_as(house, "nameless.json");
    house.poilift("plan nameless.json --ledger poilift.db").env("POILIFT_APPID", "wx0123456789abcdef").end().exits(0);
    assert!(house.ledger().number("PRAGMA freelist_count") > 2);
}
