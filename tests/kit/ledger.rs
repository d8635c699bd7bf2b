//! A look into a ledger from outside: on a copy, so that the one that the program left stays exactly as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rusqlite::Connection;

/// A copy of a ledger as it lies on disk, its logs included.
pub struct LedgerFile {
    connection: Connection,
    _dir: tempfile::TempDir,
}

/// One line of the table of calls that concerns a store.
#[derive(Debug, Clone)]
pub struct Call {
    pub phase: String,
    pub outcome: String,
    pub at: i64,
    pub sent_at: Option<i64>,
    pub sight: String,
}

impl LedgerFile {
    pub fn copied(path: &Path) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let copy = dir.path().join("copy.db");
        fs::copy(path, &copy).unwrap();
        for log in ["-wal", "-journal"] {
            let beside = |path: &Path| Path::new(&format!("{}{log}", path.display())).to_owned();
            if beside(path).exists() {
                fs::copy(beside(path), beside(&copy)).unwrap();
            }
        }
        Self { connection: Connection::open(copy).unwrap(), _dir: dir }
    }

    pub fn number(&self, sql: &str) -> i64 {
        self.connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// How many stores stand in this state.
    pub fn in_state(&self, state: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM stores WHERE state = '{state}'"))
    }

    /// `(text, number)` pairs, such as ids with their attempts.
    pub fn pairs(&self, sql: &str) -> BTreeMap<String, i64> {
        let mut statement = self.connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// What happened to every store, in order.
    pub fn calls_by_store(&self) -> BTreeMap<String, Vec<Call>> {
        let sql = "SELECT poi_id, phase, COALESCE(outcome, ''), at, calls.sent_at, COALESCE(sight, '') \
                   FROM calls JOIN stores ON stores.id = store_id ORDER BY seq";
        let mut statement = self.connection.prepare(sql).unwrap();
        let mut calls: BTreeMap<String, Vec<Call>> = BTreeMap::new();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let call = Call {
                phase: row.get(1).unwrap(),
                outcome: row.get(2).unwrap(),
                at: row.get(3).unwrap(),
                sent_at: row.get(4).unwrap(),
                sight: row.get(5).unwrap(),
            };
            calls.entry(row.get(0).unwrap()).or_default().push(call);
        }
        calls
    }
}
