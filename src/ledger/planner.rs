//! The stores of a ledger a few at a time, each with the cells that were ever supplied for it, and their plan back into it:
//! a million stores need no more memory than a thousand.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use rusqlite::{Connection, params};

use super::error::sqlite_error;
use super::load::{self, PlanChange, PlanTexts, PlannedRow};
use super::row::{COLUMNS, StoreRow, from_row, to_json};
use super::sealing::Sealing;
use super::standing::Standpoint;
use super::{LedgerError, cells, standing};
use crate::store::{Action, BulkJob, Code, JoinKey, RememberedCell, Sid, Stamp, State};

/// So many stores at a time.
const AT_A_TIME: i64 = 1024;

/// So many at a time of those that are named one by one.
const OF_AT_A_TIME: usize = 1024;

/// A ledger's stores and cells, within one transaction.
pub struct Planner<'c> {
    connection: &'c Connection,
    path: &'c Path,
    job: BulkJob,
    run_id: i64,
    now: Stamp,
    /// From the first row that is written on: who only reads a ledger plans on a connection that seals nothing.
    writing: OnceCell<(Sealing, PlanTexts)>,
    has_cells: bool,
    /// The stores of each `sid` by which a cell names one.
    by_sid: HashMap<String, Vec<i64>>,
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
            Ok(Self { connection, path, job, run_id, now, writing: OnceCell::new(), has_cells, by_sid })
        };
        begin().map_err(|source| sqlite_error(path, source))
    }

    /// Ends the planning.
    pub(super) fn finish(self) -> Result<(), LedgerError> {
        let Self { connection, path, writing, .. } = self;
        let end = writing.into_inner().map_or(Ok(()), |(sealing, _)| sealing.end(connection));
        end.map_err(|source| sqlite_error(path, source))
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
                    format!("SELECT {COLUMNS} FROM stores WHERE id > ?1 AND +job = ?2 ORDER BY id LIMIT {AT_A_TIME}");
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

    /// The stores with these numbers, which are in order, a few at a time.
    ///
    /// # Errors
    ///
    /// The ledger's, or what `with` says.
    pub fn each_of<E: From<LedgerError>>(
        &self,
        ids: &[i64],
        mut with: impl FnMut(Vec<StoreRow>) -> Result<(), E>,
    ) -> Result<(), E> {
        for ids in ids.chunks(OF_AT_A_TIME) {
            let mut rows = Vec::with_capacity(ids.len());
            self.with(|connection| standing::each_of(connection, self.job, ids, &mut |row| rows.push(row)))?;
            with(rows)?;
        }
        Ok(())
    }

    /// The numbers of the stores that a plan may decide: nothing of theirs is under way or settled, or no plan has looked at
    /// them yet. With `drifted` also those that have changed on the platform.
    pub fn open(&self, drifted: bool) -> Result<Vec<i64>, LedgerError> {
        let standpoints =
            self.with(|connection| standing::standpoints(connection, self.job, &State::ALL, None))?.into_iter();
        let is_open = |at: &Standpoint| match at.state {
            State::Drifted => drifted,
            State::Vanished => false,
            state => state.is_plannable() || at.action == Action::Blocked,
        };
        Ok(standpoints.filter(is_open).map(|at| at.id).collect())
    }

    /// Every cell that was supplied under one of these stores' names, oldest first.
    pub fn cells_of(&self, rows: &[StoreRow]) -> Result<Vec<RememberedCell>, LedgerError> {
        if !self.has_cells {
            return Ok(Vec::new());
        }
        self.with(|connection| {
            let mut at = connection.prepare_cached("SELECT id FROM cells WHERE key = ?1")?;
            // Also by the sid beside a poi_id that may be another store's.
            let mut beside =
                connection.prepare_cached(&format!("SELECT id FROM cells WHERE {IN_QUESTION} AND {SID} = ?1"))?;
            let mut ids: HashSet<i64> = HashSet::new();
            for key in rows.iter().flat_map(keys) {
                for id in at.query_map([to_json(&key)?], |row| row.get(0))? {
                    ids.insert(id?);
                }
                let JoinKey::Sid(sid) = &key else { continue };
                for id in beside.query_map([sid.as_str()], |row| row.get(0))? {
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
                let mut known = connection.prepare_cached(OF_POI_ID)?;
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
        let texts = self.texts()?;
        self.with(|connection| load::plan(connection, texts, rows, (self.run_id, changes), self.now))
    }
}

/// A cell of a row whose two ids may be two stores', and its `sid`; as the schema's index has it, letter by letter.
const IN_QUESTION: &str = r#"substr(fault, 1, 14) = '{"code":"E144"'"#;
const SID: &str = "json_extract(fault, '$.value')";

/// All rows of a `poi_id`: the one that goes by it, and those that go by their place because it stands there more than once.
const OF_POI_ID: &str = "SELECT id FROM stores WHERE key = 'poi:' || ?1 UNION \
     SELECT id FROM stores WHERE poi_id = ?1 AND substr(key, 1, 4) <> 'poi:' AND job = 'migrate'";

fn keys(row: &StoreRow) -> impl Iterator<Item = JoinKey> {
    let by_poi_id = row.record.poi_id.clone().map(JoinKey::PoiId);
    by_poi_id.into_iter().chain(row.record.sid.clone().map(JoinKey::Sid))
}

/// The stores of each `sid` by which a cell names one.
fn by_sid(connection: &Connection) -> rusqlite::Result<HashMap<String, Vec<i64>>> {
    let mut named: HashMap<String, Vec<i64>> = HashMap::new();
    // All that begins so: `#` is what follows `"`.
    let mut keys = connection.prepare("SELECT DISTINCT key FROM cells WHERE key >= '{\"sid\"' AND key < '{\"sid#'")?;
    for key in keys.query_map(params![], |row| row.get::<_, String>(0))? {
        if let Ok(JoinKey::Sid(sid)) = serde_json::from_str(&key?) {
            named.insert(sid.to_string(), Vec::new());
        }
    }
    let mut beside = connection.prepare(&format!("SELECT DISTINCT {SID} FROM cells WHERE {IN_QUESTION}"))?;
    for sid in beside.query_map(params![], |row| row.get::<_, String>(0))? {
        named.insert(sid?, Vec::new());
    }
    if named.is_empty() {
        return Ok(named);
    }
    let mut stores =
        connection.prepare("SELECT id, sid FROM stores WHERE sid IS NOT NULL AND +job = 'migrate' ORDER BY id")?;
    let mut stores = stores.query([])?;
    while let Some(row) = stores.next()? {
        if let Some(ids) = named.get_mut(row.get_ref(1)?.as_str()?) {
            ids.push(row.get(0)?);
        }
    }
    Ok(named)
}
