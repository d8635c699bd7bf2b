//! A look into a ledger from outside: on a copy, so that the one that the program left stays exactly as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;

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

    /// One text a row.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let mut statement = self.connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
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

/// Changes a ledger as if the program itself had written it so: every row gets the seal that belongs to it.
pub fn rewrite(path: &Path, sql: &str) {
    let connection = Connection::open(path).unwrap();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection
        .create_scalar_function("seal", -1, flags, |context| {
            Ok((0..context.len()).fold(0xCBF2_9CE4_8422_2325, |hash, n| sealed(hash, context.get_raw(n))).cast_signed())
        })
        .unwrap();
    connection.execute_batch(sql).unwrap();
    let id: String =
        connection.query_row("SELECT value FROM meta WHERE key = 'ledger_id'", [], |row| row.get(0)).unwrap();
    for table in ["meta", "runs", "inputs", "stores", "fills", "cells", "calls", "passes"] {
        let columns: String = connection
            .query_row("SELECT group_concat(name) FROM pragma_table_info(?1) WHERE name <> 'seal'", [table], |row| {
                row.get(0)
            })
            .unwrap();
        connection.execute(&format!("UPDATE {table} SET seal = seal('{id}', '{table}', {columns})"), []).unwrap();
    }
}

/// What a seal makes of a value, eight bytes at a time: its kind with its length, then what it holds.
fn sealed(seal: u64, value: ValueRef<'_>) -> u64 {
    let (head, bytes) = match value {
        ValueRef::Null => (0, Vec::new()),
        ValueRef::Integer(number) => (1, number.to_le_bytes().to_vec()),
        ValueRef::Real(number) => (2, number.to_le_bytes().to_vec()),
        ValueRef::Text(text) => ((text.len() as u64) << 3 | 3, text.to_vec()),
        ValueRef::Blob(bytes) => ((bytes.len() as u64) << 3 | 4, bytes.to_vec()),
    };
    let word = |part: &[u8]| part.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    std::iter::once(head).chain(bytes.chunks(8).map(word)).fold(seal, |seal, word| {
        let mixed = (seal ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed ^ mixed >> 32
    })
}
