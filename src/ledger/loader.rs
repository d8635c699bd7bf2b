//! Rows of a run's sources on their way into the ledger: one by one, in one transaction, none of them kept in memory.

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Statement};

use super::LedgerError;
use super::cells::{self, Fill};
use super::error::sqlite_error;
use super::fresh::{FreshRow, FreshRows};
use super::history;
use super::load::{self, SourceRow};
use super::row::to_json;
use super::sealing::Sealing;
use crate::store::{Code, Field, Finding, LegacyStore, Place, Stamp, SupplementRow, UpgradeStatus};

/// Takes the rows of a run's sources, each store once.
///
/// The same row again changes nothing. A row that says something else is a new revision of its store. What a later source
/// of the run says of a store wins, field by field; what is wrong with any of its rows is wrong with it. Rows that an earlier
/// version of the same file had and that could not be joined are forgotten if this one lacks them.
pub struct Loader<'c> {
    connection: &'c Connection,
    path: &'c Path,
    now: Stamp,
    sealing: Sealing,
    fresh: FreshRows,
    insertion: Statement<'c>,
    revision: Statement<'c>,
    /// The number of the next new store.
    next_id: i64,
    /// The ledger held no store when the loading began: nothing has to be looked up before a source's first row.
    is_fresh: bool,
    /// Stores that an earlier source of the run had, with what it said of them.
    earlier: HashMap<i64, Said>,
    /// What the present source has, to become a part of `earlier` where another source follows.
    present: Vec<(i64, Said)>,
    /// Another source follows the present one.
    is_followed: bool,
    ids: Vec<i64>,
    mark: usize,
    files: BTreeSet<String>,
}

impl<'c> Loader<'c> {
    pub(super) fn new(connection: &'c Connection, path: &'c Path, now: Stamp) -> Result<Self, LedgerError> {
        Self::begin(connection, path, now).map_err(|source| sqlite_error(path, source))
    }

    fn begin(connection: &'c Connection, path: &'c Path, now: Stamp) -> rusqlite::Result<Self> {
        let sealing = Sealing::begin(connection)?;
        let next_id = next_id(connection)?;
        let is_fresh = next_id == 1;
        Ok(Self {
            connection,
            path,
            now,
            fresh: FreshRows::new(&sealing, path, next_id, now)?,
            insertion: connection.prepare(&FreshRows::insertion())?,
            revision: connection.prepare(&load::revision(&sealing))?,
            sealing,
            next_id,
            is_fresh,
            earlier: HashMap::new(),
            present: Vec::new(),
            is_followed: false,
            ids: Vec::new(),
            mark: 0,
            files: BTreeSet::new(),
        })
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        work(self.connection).map_err(|source| sqlite_error(self.path, source))
    }

    /// A source begins, and may be begun anew as often as it must; `is_followed`: it is not the run's last.
    pub fn begin_source(&mut self, is_followed: bool) -> Result<(), LedgerError> {
        self.is_followed = is_followed;
        self.mark = self.ids.len();
        self.present.clear();
        self.with(|connection| connection.execute_batch("SAVEPOINT source"))
    }

    /// Forgets what the source has given so far; it begins anew.
    pub fn begin_anew(&mut self) -> Result<(), LedgerError> {
        self.with(|connection| connection.execute_batch("ROLLBACK TO source; RELEASE source"))?;
        self.ids.truncate(self.mark);
        self.next_id = self.with(next_id)?;
        self.begin_source(self.is_followed)
    }

    /// The source is complete.
    pub fn end_source(&mut self) -> Result<(), LedgerError> {
        self.is_fresh = false;
        let present = std::mem::take(&mut self.present);
        self.earlier.extend(present);
        self.with(|connection| connection.execute_batch("RELEASE source"))
    }

    /// Notes the source among the run's inputs.
    pub fn note_input(&self, run_id: i64, role: &str, file: (&str, &str), rows: usize) -> Result<(), LedgerError> {
        let (name, sha256) = file;
        self.with(|connection| history::note_input(connection, run_id, role, name, sha256, rows, self.now))
    }

    /// Where the ledger holds no store and no supplement yet: what makes rows ready on another thread.
    pub fn fresh_rows(&self) -> Result<Option<FreshRows>, LedgerError> {
        let fills = "SELECT EXISTS (SELECT 1 FROM fills)";
        let has_fills = self.with(|connection| connection.query_row(fills, [], |row| row.get::<_, bool>(0)))?;
        Ok((self.is_fresh && !has_fills).then(|| self.fresh.clone()))
    }

    /// The next row of the source, made ready by [`fresh_rows`](Self::fresh_rows). `false`: its store was known, or has
    /// another number than it was made ready for, and it was taken like any [`row`](Self::row), without a plan.
    pub fn fresh_row(&mut self, row: &FreshRow<SourceRow>) -> Result<bool, LedgerError> {
        let is_next = self.is_fresh && row.id() == self.next_id;
        if !is_next || !self.write(row).map_err(|source| sqlite_error(self.path, source))? {
            return self.row(&row.source).map(|()| false);
        }
        self.note(&row.source, row.id());
        Ok(true)
    }

    /// The next row of the source.
    pub fn row(&mut self, row: &SourceRow) -> Result<(), LedgerError> {
        let id = self.take(row).map_err(|source| sqlite_error(self.path, source))?;
        self.note(row, id);
        Ok(())
    }

    fn note(&mut self, row: &SourceRow, id: i64) {
        if !self.files.contains(row.place.file.as_str()) {
            self.files.insert(row.place.file.to_string());
        }
        if self.is_followed {
            self.present.push((id, Said::of(row)));
        }
        self.ids.push(id);
    }

    fn take(&mut self, row: &SourceRow) -> rusqlite::Result<i64> {
        if self.is_fresh
            && let Some(id) = self.insert(row)?
        {
            return Ok(id);
        }
        let key = row.key();
        let known = self
            .connection
            .prepare_cached("SELECT id, record, faults, place FROM stores WHERE key = ?1")?
            .query_row([&key], |found| Ok((found.get(0)?, found.get(1)?, found.get(2)?, found.get(3)?)))
            .optional()?;
        let Some((id, record, faults, place)): Option<(i64, String, String, String)> = known else {
            return self.insert(row)?.ok_or(rusqlite::Error::QueryReturnedMoreThanOneRow);
        };
        let (new_faults, new_place) = match self.earlier.get(&id) {
            Some(earlier) => (to_json(&joined_faults(&faults, earlier, row)?)?, place.clone()),
            None => (to_json(&row.faults)?, to_json(&row.place)?),
        };
        let new_record = to_json(&row.store.completed_by(&from_json::<LegacyStore>(&record)?))?;
        if new_record != record || new_faults != faults || new_place != place {
            load::revise(&mut self.revision, (id, row), (&new_record, &new_faults, &new_place), self.now)?;
        }
        Ok(id)
    }

    /// A new store's number; `None` if there is one of this key.
    fn insert(&mut self, row: &SourceRow) -> rusqlite::Result<Option<i64>> {
        let fresh = self.fresh.ready(self.next_id, row, None)?;
        Ok(self.write(&fresh)?.then_some(fresh.id()))
    }

    fn write<S: Borrow<SourceRow>>(&mut self, row: &FreshRow<S>) -> rusqlite::Result<bool> {
        let is_new = self.fresh.insert(&mut self.insertion, row)?;
        self.next_id += i64::from(is_new);
        Ok(is_new)
    }

    /// Takes what a source supplies beside its rows, as a supplement of its own; `None` if it was taken before.
    pub fn begin_fill(&self, fill: Fill<'_>) -> Result<Option<i64>, LedgerError> {
        self.with(|connection| cells::begin(connection, fill))
    }

    /// A row of what is supplied.
    pub fn fill_row(&self, fill_id: i64, row: &SupplementRow) -> Result<(), LedgerError> {
        self.with(|connection| cells::add(connection, fill_id, row))
    }

    /// Ends the loading: the ledger's number of each row, in order.
    pub(super) fn finish(self) -> Result<Vec<i64>, LedgerError> {
        for file in &self.files {
            self.with(|connection| load::forget_unjoined(connection, file, &self.ids))?;
        }
        let Self { connection, path, sealing, ids, .. } = self;
        sealing.end(connection).map_err(|source| sqlite_error(path, source))?;
        Ok(ids)
    }
}

fn next_id(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT COALESCE(MAX(id), 0) + 1 FROM stores", [], |row| row.get(0))
}

/// What a source said of a store, as far as another source must not say otherwise.
struct Said {
    status: UpgradeStatus,
    place: Place,
    /// Hashes of the values that would be sent; `None` where it has none.
    values: [Option<u64>; SENT.len()],
}

/// The fields of the old record that are sent where nobody supplies them.
const SENT: [(Field, &str); 4] = [
    (Field::MapPoiId, "mapid"),
    (Field::PicList, "photo_list"),
    (Field::ContractPhone, "telephone"),
    (Field::Hour, "open_time"),
];

fn sent(store: &LegacyStore, field: Field) -> String {
    match field {
        Field::MapPoiId => store.map_poi_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        Field::PicList => store.photos.join("\n"),
        Field::ContractPhone => store.telephone.trim().to_owned(),
        Field::Hour => store.open_time.trim().to_owned(),
        _ => String::new(),
    }
}

impl Said {
    fn of(row: &SourceRow) -> Self {
        let hash = |text: String| {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            (!text.is_empty()).then(|| hasher.finish())
        };
        let values = SENT.map(|(field, _)| hash(sent(&row.store, field)));
        Self { status: row.store.upgrade_status.clone(), place: row.place.clone(), values }
    }

    /// What a later source says otherwise.
    fn quarrels(&self, row: &SourceRow) -> Vec<Finding> {
        let later = Self::of(row);
        let finding = |shown: &str| {
            let finding = Finding::new(Code::SourcesDisagree).at(row.place.clone()).showing(shown);
            finding.with_others(vec![self.place.clone()])
        };
        let told = |status: &UpgradeStatus| *status != UpgradeStatus::Absent;
        let status = (self.status != later.status && told(&self.status) && told(&later.status))
            .then(|| finding(later.status.code()));
        let values =
            SENT.iter().zip(self.values.iter().zip(later.values)).filter_map(|((field, name), (one, other))| {
                let differ = one.zip(other).is_some_and(|(one, other)| one != other);
                differ.then(|| finding(&format!("{name}: {}", sent(&row.store, *field))).about(*field))
            });
        status.into_iter().chain(values).collect()
    }
}

/// What is wrong with the rows that several sources have of one store.
fn joined_faults(faults: &str, earlier: &Said, row: &SourceRow) -> rusqlite::Result<Vec<Finding>> {
    let mut faults: Vec<Finding> = from_json(faults)?;
    faults.extend(earlier.quarrels(row));
    faults.extend(row.faults.iter().cloned());
    Ok(faults)
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text)
        .map_err(|source| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(source)))
}
