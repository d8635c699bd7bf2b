//! The audit: whether a ledger still says what was written into it, before anything is sent on its word. `SQLite` checks
//! its own structure; the tables are compared with those that this program makes, every row with its seal, the whole with
//! the mark beside it, and every store with the calls that were made for it.
//!
//! Nothing that an honest crash leaves behind is damage: what is checked here holds after every transaction.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::mark::Mark;
use super::{schema, seal, stories};
use crate::store::Words;
use crate::words;

/// What is wrong with the ledger, if something is; `mark` is what lay beside it before it was opened.
pub fn audit(connection: &Connection, version: i64, mark: Option<&Mark>) -> rusqlite::Result<Option<Words>> {
    // One moment of the ledger, whoever writes beside us.
    let snapshot = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
    let checks: [&dyn Fn() -> rusqlite::Result<Option<Words>>; 5] = [
        &|| structure(&snapshot),
        &|| tables(&snapshot, version),
        &|| if version < schema::SEALED { Ok(None) } else { seals(&snapshot, version) },
        &|| mark.map_or(Ok(None), |mark| behind(&snapshot, version, mark)),
        &|| stories::contradiction(&snapshot),
    ];
    for check in checks {
        if let Some(what) = check()? {
            return Ok(Some(what));
        }
    }
    Ok(None)
}

/// The part that takes no time: whether it is the ledger that it passes for, of this schema, with all that was written into
/// it. Stores, calls and cells are left to the whole audit, which follows.
pub fn at_once(connection: &Connection, version: i64, mark: Option<&Mark>) -> rusqlite::Result<Option<Words>> {
    let snapshot = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
    if let Some(what) = tables(&snapshot, version)? {
        return Ok(Some(what));
    }
    mark.map_or(Ok(None), |mark| behind(&snapshot, version, mark))
}

/// `SQLite`'s own check of pages, trees, indexes and free lists.
fn structure(connection: &Connection) -> rusqlite::Result<Option<Words>> {
    let said: String = connection.query_row("PRAGMA main.integrity_check(1)", [], |row| row.get(0))?;
    // Several complaints may come as several lines; the first says enough.
    let said = said.lines().map(|line| line.trim_start_matches("*** ")).next_back().unwrap_or_default();
    Ok((said != "ok").then(|| words!("SQLite's integrity check says: {said}"; "SQLite 完整性检查：{said}")))
}

/// The tables and indexes are those of this schema, letter by letter. What somebody else has put beside them stays.
fn tables(connection: &Connection, version: i64) -> rusqlite::Result<Option<Words>> {
    let there = schema::anatomy_of(connection)?;
    let lacking = schema::anatomy(version)?.into_iter().find(|part| !there.contains(part));
    if version < 1 {
        return Ok(Some(words!("its schema has no number"; "缺少结构版本号")));
    }
    Ok(lacking.map(|(kind, name, ..)| {
        words!("its {kind} {name} is not as schema {version} has it"; "{kind} {name} 与结构版本 {version} 不符")
    }))
}

fn seals(connection: &Connection, version: i64) -> rusqlite::Result<Option<Words>> {
    Ok(seal::broken(connection, version)?.map(|(table, row)| {
        words!(
            "row {row} of its table {table} is not what was written there (its checksum does not fit)";
            "表 {table} 的第 {row} 行与写入时不同（校验和不符）"
        )
    }))
}

/// Whether transactions are gone that were durable once.
fn behind(connection: &Connection, version: i64, mark: &Mark) -> rusqlite::Result<Option<Words>> {
    if version < schema::SEALED {
        return Ok(Some(words!(
            "it is older than what was last written under this name";
            "它早于最近一次写入该账本的内容"
        )));
    }
    let own = Mark::of(connection)?;
    if own.ledger_id != mark.ledger_id {
        return Ok(Some(words!(
            "it is another ledger than the one last written under this name, or holds another one's write-ahead log";
            "它不是最近一次写入的账本，或混入了另一个账本的 -wal 文件"
        )));
    }
    let lost = mark.commits.saturating_sub(own.commits);
    Ok((lost > 0).then(|| {
        words!(
            "the last {lost} changes that were written into it are gone (its -wal file is missing or damaged, or it is an older copy)";
            "最近 {lost} 次写入已丢失（-wal 文件缺失或损坏，或这是较早的副本）"
        )
    }))
}
