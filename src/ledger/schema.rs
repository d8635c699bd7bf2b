//! The ledger's tables, as an append-only list of migrations under `user_version`.

use std::path::Path;

use rusqlite::Connection;

use super::error::sqlite_error;
use super::{Identity, LedgerError, seal};

/// `application_id` of a ledger: "poil".
pub const APPLICATION_ID: i64 = 0x706F_696C;

/// Each entry brings the schema one version further. Never change an entry that was released: append.
const MIGRATIONS: &[&str] = &[
    r"
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY, command TEXT NOT NULL, arguments TEXT NOT NULL, version TEXT NOT NULL,
    host TEXT NOT NULL, person TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, exit_code INTEGER
);

-- Every file and pull that a run read, with its hash.
CREATE TABLE inputs (
    id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs, role TEXT NOT NULL, file TEXT NOT NULL,
    sha256 TEXT NOT NULL, rows INTEGER NOT NULL, at INTEGER NOT NULL
);

-- One row a store. What is known of it, what is wanted for it, where it stands.
CREATE TABLE stores (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, poi_id TEXT, sid TEXT,
    place TEXT NOT NULL, record TEXT NOT NULL, platform TEXT, revision INTEGER NOT NULL DEFAULT 1,
    faults TEXT NOT NULL, status_before TEXT NOT NULL,
    status_now TEXT, comment_now TEXT, read_at INTEGER,
    planned_status TEXT NOT NULL, planned_comment TEXT NOT NULL, planned_by_platform INTEGER NOT NULL,
    action TEXT NOT NULL, state TEXT NOT NULL, decision TEXT NOT NULL, body_hash TEXT, sent_hash TEXT,
    last_verb TEXT, last_at INTEGER, last_errcode INTEGER,
    store_poi_id TEXT, audit_id TEXT, attempts INTEGER NOT NULL DEFAULT 0, errcode INTEGER, reason TEXT,
    sent_at INTEGER, settled_at INTEGER, updated_at INTEGER NOT NULL
);
CREATE INDEX stores_by_poi_id ON stores (poi_id);
CREATE INDEX stores_unsettled ON stores (state)
    WHERE state NOT IN ('upgraded', 'deleted', 'done', 'accepted');

-- Supplements, cell by cell; the cell of the latest fill counts.
CREATE TABLE fills (
    id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs, file TEXT NOT NULL, sha256 TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL, person TEXT NOT NULL, batch INTEGER NOT NULL
);
CREATE TABLE cells (
    id INTEGER PRIMARY KEY, fill_id INTEGER NOT NULL REFERENCES fills, key TEXT NOT NULL,
    field TEXT NOT NULL, value TEXT NOT NULL, place TEXT NOT NULL, fault TEXT
);

-- Append only: every intent, every answer, every reading that decided something.
CREATE TABLE calls (
    seq INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs, store_id INTEGER REFERENCES stores,
    endpoint TEXT NOT NULL, attempt INTEGER, phase TEXT NOT NULL, outcome TEXT, at INTEGER NOT NULL, sent_at INTEGER,
    body_hash TEXT, http_status INTEGER, errcode INTEGER, errmsg TEXT, rid TEXT, audit_id TEXT,
    status_seen TEXT, comment_seen TEXT, sight TEXT
);
CREATE INDEX calls_by_store ON calls (store_id);

-- Full readings of the list.
CREATE TABLE passes (
    id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs, asked_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL, total INTEGER NOT NULL, unfinished INTEGER NOT NULL
);
",
    r"
-- A checksum in every row, kept by triggers of the connection; see seal.rs.
ALTER TABLE meta ADD COLUMN seal INTEGER;
ALTER TABLE runs ADD COLUMN seal INTEGER;
ALTER TABLE inputs ADD COLUMN seal INTEGER;
-- From when the settle window counts: last_at, or later where the clock was set since.
ALTER TABLE stores ADD COLUMN settles_from INTEGER;
-- What the platform showed of the fields that a body is made of, when the store was planned.
ALTER TABLE stores ADD COLUMN planned_fields TEXT;
ALTER TABLE stores ADD COLUMN seal INTEGER;
ALTER TABLE fills ADD COLUMN seal INTEGER;
ALTER TABLE cells ADD COLUMN seal INTEGER;
ALTER TABLE calls ADD COLUMN seal INTEGER;
ALTER TABLE passes ADD COLUMN seal INTEGER;
UPDATE stores SET settles_from = last_at;
-- How many transactions changed the ledger; the mark beside it says the same, see mark.rs.
INSERT INTO meta (key, value) VALUES ('ledger_id', lower(hex(randomblob(16)))), ('commits', '0');
",
    r"
-- What the row is for: the migration, or another bulk job.
ALTER TABLE stores ADD COLUMN job TEXT NOT NULL DEFAULT 'migrate';
CREATE INDEX stores_of_other_jobs ON stores (job) WHERE job <> 'migrate';
",
    r#"
-- What was uploaded, by content: an address for good, or a media id for three days. See media.rs.
CREATE TABLE media (
    id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs, sha256 TEXT NOT NULL, kind TEXT NOT NULL,
    value TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL, uploaded_at INTEGER NOT NULL, is_void INTEGER NOT NULL,
    seal INTEGER, UNIQUE (sha256, kind)
);
-- The plan's hash of what was sent last: sent_hash is of what really left, with addresses in the place of files.
ALTER TABLE stores ADD COLUMN sent_plan TEXT;
UPDATE stores SET sent_plan = sent_hash;
-- What can still move is found without looking at what is settled, and counted without looking at any store.
DROP INDEX stores_unsettled;
CREATE INDEX stores_by_state ON stores (state, action, job);
-- Upgraded, and only an input says so: the list ought to show it.
CREATE INDEX stores_upgraded_by_word ON stores (planned_by_platform)
    WHERE state = 'upgraded' AND planned_by_platform = 0;
CREATE INDEX stores_by_window ON stores (settles_from) WHERE settles_from IS NOT NULL;
-- The supplied cells of a store, and those of a row whose two ids may be two stores'.
CREATE INDEX cells_by_key ON cells (key);
CREATE INDEX cells_in_question ON cells (json_extract(fault, '$.value')) WHERE substr(fault, 1, 14) = '{"code":"E144"';
CREATE INDEX calls_by_time ON calls (at);
CREATE INDEX calls_refused ON calls (endpoint, errcode) WHERE errcode <> 0;
-- A store that goes by its poi_id is found by its key.
DROP INDEX stores_by_poi_id;
CREATE INDEX stores_by_row ON stores (poi_id) WHERE substr(key, 1, 4) <> 'poi:';
"#,
];

/// The newest schema that this binary reads and writes.
pub const SUPPORTED: i64 = 4;

/// The first schema whose rows are sealed and whose transactions are counted.
pub const SEALED: i64 = 2;

/// Brings an empty or older database to the newest schema. An older one is copied beside itself first. A new one belongs
/// to `identity` from its first moment on.
pub fn migrate(connection: &mut Connection, path: &Path, identity: &Identity) -> Result<(), LedgerError> {
    let sqlite = |source| sqlite_error(path, source);
    let version = |connection: &Connection| connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
    let found = version(connection).map_err(sqlite)?;
    if found > SUPPORTED {
        return Err(LedgerError::Newer { path: path.to_owned(), found, supported: SUPPORTED });
    }
    if found == SUPPORTED {
        return Ok(());
    }
    let copy = format!("{}.before-schema-{SUPPORTED}", path.display());
    if found > 0 && !Path::new(&copy).exists() {
        connection.execute("VACUUM INTO ?1", [copy]).map_err(sqlite)?;
    }
    let transaction = connection.transaction().map_err(sqlite)?;
    // Somebody else may have been faster.
    let found = version(&transaction).map_err(sqlite)?;
    for step in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step).map_err(sqlite)?;
    }
    for (key, value) in [("account", &identity.account), ("platform", &identity.platform)] {
        if found == 0 && !value.is_empty() {
            transaction.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", [key, value]).map_err(sqlite)?;
        }
    }
    seal::renew(&transaction).map_err(sqlite)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(sqlite)?;
    transaction.pragma_update(None, "user_version", SUPPORTED).map_err(sqlite)?;
    crash_point!("schema-before-commit");
    transaction.commit().map_err(sqlite)?;
    crash_point!("schema-after-commit");
    Ok(())
}

/// Lets a connection that only reads see an older ledger as the newest schema has it.
pub fn show_as_newest(connection: &Connection, found: i64) -> rusqlite::Result<()> {
    let lacks = match found {
        4.. => return Ok(()),
        3 => "sent_hash AS sent_plan",
        2 => "'migrate' AS job, sent_hash AS sent_plan",
        _ => "last_at AS settles_from, NULL AS planned_fields, 'migrate' AS job, sent_hash AS sent_plan",
    };
    connection.execute_batch(&format!("CREATE TEMP VIEW stores AS SELECT *, {lacks} FROM main.stores"))
}

/// The tables that every schema has.
pub const FIRST_TABLES: [&str; 8] = ["meta", "runs", "inputs", "stores", "fills", "cells", "calls", "passes"];

/// The tables of the first schema, for the tests of what became of them.
#[cfg(test)]
pub const FIRST: &str = MIGRATIONS[0];

/// The steps from one schema to another.
#[cfg(test)]
pub fn steps(versions: std::ops::Range<usize>) -> &'static [&'static str] {
    &MIGRATIONS[versions]
}

/// A table or an index: its kind, its name, its table and its text.
pub type Part = (String, String, String, Option<String>);

/// What a database of this version is made of, in order.
pub fn anatomy(version: i64) -> rusqlite::Result<Vec<Part>> {
    let connection = Connection::open_in_memory()?;
    for step in MIGRATIONS.iter().take(usize::try_from(version).unwrap_or(0)) {
        connection.execute_batch(step)?;
    }
    anatomy_of(&connection)
}

/// The same of an open database.
pub fn anatomy_of(connection: &Connection) -> rusqlite::Result<Vec<Part>> {
    let sql = "SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY type, name";
    let mut statement = connection.prepare(sql)?;
    let parts = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_is_one_version() {
        assert_eq!(i64::try_from(MIGRATIONS.len()), Ok(SUPPORTED));
    }
}
