//! The stores of a ledger a few at a time, each with the cells that were ever supplied for it, and their plan back into it:
//! a million stores need no more memory than a thousand.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use rusqlite::{Connection, params};

use super::built_last::BuiltLast;
use super::error::sqlite_error;
use super::load::{self, PlanChange, PlanTexts, PlannedRow};
use super::row::{COLUMNS, StoreRow, from_row, to_json};
use super::sealing::Sealing;
use super::{LedgerError, cells};
use crate::store::{BulkJob, Code, JoinKey, RememberedCell, Sid, Stamp};

/// So many stores at a time.
const AT_A_TIME: i64 = 1024;

/// So many stores planned for the first time at once: there are many more.
const MANY: usize = 256;

/// A ledger's stores and cells, within one transaction.
pub struct Planner<'c> {
    connection: &'c Connection,
    path: &'c Path,
    job: BulkJob,
    run_id: i64,
    now: Stamp,
    /// From the first row that is written on: who only reads a ledger plans on a connection that seals nothing.
    writing: OnceCell<(Sealing, PlanTexts)>,
    /// Where many stores change their state.
    index: OnceCell<BuiltLast>,
    has_cells: bool,
    /// The stores of each `sid` by which a cell names one.
    by_sid: HashMap<String, Vec<i64>>,
}

/// Before the transaction: where each key's cells stand, also by the `sid` beside a `poi_id` that may be another store's. The
/// table is the connection's own and no part of the ledger.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS cell_keys (key TEXT, id INTEGER, PRIMARY KEY (key, id)) WITHOUT ROWID; \
         DELETE FROM temp.cell_keys; INSERT INTO temp.cell_keys SELECT key, id FROM main.cells; \
         INSERT OR IGNORE INTO temp.cell_keys \
             SELECT json_object('sid', json_extract(fault, '$.value')), id FROM main.cells \
             WHERE fault LIKE '{\"code\":\"E144\"%';",
    )
}

impl<'c> Planner<'c> {
    pub(super) fn new(
        connection: &'c Connection,
        path: &'c Path,
        job: BulkJob,
        (run_id, now): (i64, Stamp),
    ) -> Result<Self, LedgerError> {
        let begin = || -> rusqlite::Result<Self> {
            let has_cells = connection.query_row("SELECT EXISTS (SELECT 1 FROM cells)", [], |row| row.get(0))?;
            let by_sid = by_sid(connection)?;
            let (writing, index) = (OnceCell::new(), OnceCell::new());
            Ok(Self { connection, path, job, run_id, now, writing, index, has_cells, by_sid })
        };
        begin().map_err(|source| sqlite_error(path, source))
    }

    /// Ends the planning.
    pub(super) fn finish(self) -> Result<(), LedgerError> {
        let Self { connection, path, writing, index, .. } = self;
        let end = || {
            writing.into_inner().map_or(Ok(()), |(sealing, _)| sealing.end(connection))?;
            index.into_inner().map_or(Ok(()), |index| index.end(connection))
        };
        end().map_err(|source| sqlite_error(path, source))
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        work(self.connection).map_err(|source| sqlite_error(self.path, source))
    }

    /// All stores, a few at a time, in the order in which they were first loaded.
    ///
    /// # Errors
    ///
    /// The ledger's, or what `with` says.
    pub fn each<E: From<LedgerError>>(&self, mut with: impl FnMut(Vec<StoreRow>) -> Result<(), E>) -> Result<(), E> {
        let mut after = i64::MIN;
        loop {
            let rows = self.with(|connection| {
                let sql =
                    format!("SELECT {COLUMNS} FROM stores WHERE id > ?1 AND job = ?2 ORDER BY id LIMIT {AT_A_TIME}");
                connection
                    .prepare_cached(&sql)?
                    .query_map(params![after, self.job.key()], from_row)?
                    .collect::<rusqlite::Result<Vec<_>>>()
            })?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.id;
            with(rows)?;
        }
    }

    /// Every cell that was supplied under one of these stores' names, oldest first.
    pub fn cells_of(&self, rows: &[StoreRow]) -> Result<Vec<RememberedCell>, LedgerError> {
        if !self.has_cells {
            return Ok(Vec::new());
        }
        self.with(|connection| {
            let mut at = connection.prepare_cached("SELECT id FROM temp.cell_keys WHERE key = ?1")?;
            let mut ids: HashSet<i64> = HashSet::new();
            for key in rows.iter().flat_map(keys) {
                for id in at.query_map([to_json(&key)?], |row| row.get(0))? {
                    ids.insert(id?);
                }
            }
            let mut ids: Vec<i64> = ids.into_iter().collect();
            ids.sort_unstable();
            ids.into_iter().map(|id| cells::cell(connection, id)).collect()
        })
    }

    /// The other stores that cells for these ones name as well, each with its `sid`: such a cell belongs to none of them.
    #[must_use]
    pub fn namesakes<'r>(&self, rows: &'r [StoreRow]) -> Vec<(i64, &'r str)> {
        let own: HashSet<i64> = rows.iter().map(|row| row.id).collect();
        let mut seen = HashSet::new();
        let sids = rows.iter().filter_map(|row| row.record.sid.as_ref()).map(Sid::as_str);
        let others = sids.filter(|sid| seen.insert(*sid)).flat_map(|sid| {
            let ids = self.by_sid.get(sid).into_iter().flatten();
            ids.filter(|id| !own.contains(id)).map(move |id| (*id, sid))
        });
        others.collect()
    }

    /// The stores beside these ones that cells name by a `poi_id`, or by a `sid` beside it that may be another store's: each
    /// with the id by which it is named.
    pub fn named_beside(
        &self,
        rows: &[StoreRow],
        cells: &[RememberedCell],
    ) -> Result<Vec<(i64, JoinKey)>, LedgerError> {
        let own: HashSet<i64> = rows.iter().map(|row| row.id).collect();
        let own_sids: HashSet<&str> = rows.iter().filter_map(|row| row.record.sid.as_ref()).map(Sid::as_str).collect();
        let mut found = BTreeSet::new();
        for cell in cells {
            let question = cell.cell.fault.as_ref().filter(|fault| fault.code == Code::IdsDisagree);
            let (Some(question), JoinKey::PoiId(id)) = (question, &cell.key) else { continue };
            if let Some(sid) = Sid::new(&question.value).filter(|sid| !own_sids.contains(sid.as_str())) {
                let ids = self.by_sid.get(sid.as_str()).into_iter().flatten();
                found.extend(ids.map(|id| (*id, JoinKey::Sid(sid.clone()))));
            }
            let ids = self.with(|connection| {
                let mut known =
                    connection.prepare_cached("SELECT id FROM stores WHERE poi_id = ?1 AND job = 'migrate'")?;
                known.query_map([id.as_str()], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()
            })?;
            found.extend(ids.into_iter().filter(|id| !own.contains(id)).map(|of| (of, JoinKey::PoiId(id.clone()))));
        }
        Ok(found.into_iter().collect())
    }

    fn texts(&self) -> Result<&PlanTexts, LedgerError> {
        if let Some((_, texts)) = self.writing.get() {
            return Ok(texts);
        }
        let sealing = self.with(Sealing::begin)?;
        let texts = PlanTexts::of(&sealing);
        Ok(&self.writing.get_or_init(|| (sealing, texts)).1)
    }

    /// Writes decisions, with what they change of an earlier plan, for the stores' stories.
    pub fn write(&self, rows: &[PlannedRow], changes: &[PlanChange]) -> Result<(), LedgerError> {
        let first = rows.iter().filter(|row| row.planned.is_some()).count();
        if first >= MANY && self.index.get().is_none() {
            let index = self.with(BuiltLast::begin)?;
            let _ = self.index.set(index);
        }
        let texts = self.texts()?;
        self.with(|connection| load::plan(connection, texts, rows, (self.run_id, changes), self.now))
    }
}

fn keys(row: &StoreRow) -> impl Iterator<Item = JoinKey> {
    let by_poi_id = row.record.poi_id.clone().map(JoinKey::PoiId);
    by_poi_id.into_iter().chain(row.record.sid.clone().map(JoinKey::Sid))
}

/// The stores of each `sid` by which a cell names one.
fn by_sid(connection: &Connection) -> rusqlite::Result<HashMap<String, Vec<i64>>> {
    let mut named: HashMap<String, Vec<i64>> = HashMap::new();
    let mut keys = connection.prepare("SELECT DISTINCT key FROM temp.cell_keys WHERE key LIKE '{\"sid\"%'")?;
    for key in keys.query_map(params![], |row| row.get::<_, String>(0))? {
        if let Ok(JoinKey::Sid(sid)) = serde_json::from_str(&key?) {
            named.insert(sid.to_string(), Vec::new());
        }
    }
    if named.is_empty() {
        return Ok(named);
    }
    let mut stores =
        connection.prepare("SELECT id, sid FROM stores WHERE sid IS NOT NULL AND job = 'migrate' ORDER BY id")?;
    let mut stores = stores.query([])?;
    while let Some(row) = stores.next()? {
        if let Some(ids) = named.get_mut(row.get_ref(1)?.as_str()?) {
            ids.push(row.get(0)?);
        }
    }
    Ok(named)
}
