//! Stores that the ledger does not hold yet, made ready to be written once: their texts, and the seal over them, by whoever
//! has the time, so that the thread that writes only writes.

use std::borrow::Borrow;
use std::path::{Path, PathBuf};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Statement, params_from_iter};

use super::LedgerError;
use super::error::sqlite_error;
use super::load::{PlannedRow, SourceRow};
use super::row::{Planned, StoreRow, to_json};
use super::seal::Seal;
use super::sealing::Sealing;
use crate::store::{Action, Decision, PoiId, Sid, Stamp, State};

/// What a new row says; in all other columns it has NULL.
const COLUMNS: [&str; 20] = [
    "id",
    "job",
    "key",
    "poi_id",
    "sid",
    "place",
    "record",
    "revision",
    "faults",
    "status_before",
    "planned_status",
    "planned_comment",
    "planned_by_platform",
    "action",
    "state",
    "decision",
    "body_hash",
    "attempts",
    "settled_at",
    "updated_at",
];

/// Makes rows ready.
#[derive(Debug, Clone)]
pub struct FreshRows {
    path: PathBuf,
    first_id: i64,
    now: Stamp,
    /// The decision of a store that the plan has not looked at.
    unplanned: String,
    /// Over the ledger and the table.
    seal: Seal,
    /// Which of a row's values stands in each of the table's columns, in the order in which a seal takes them.
    order: Vec<Option<usize>>,
}

/// A row that is ready.
#[derive(Debug)]
pub struct FreshRow<S> {
    /// What it is made of.
    pub source: S,
    id: i64,
    key: String,
    place: String,
    record: String,
    faults: String,
    plan: Plan,
    seal: i64,
}

#[derive(Debug)]
struct Plan {
    action: Action,
    state: State,
    decision: String,
    body_hash: Option<String>,
    settled_at: Option<i64>,
}

impl FreshRows {
    pub(super) fn new(sealing: &Sealing, path: &Path, first_id: i64, now: Stamp) -> rusqlite::Result<Self> {
        let (seal, columns) = sealing.of_new();
        let order = columns.iter().map(|column| COLUMNS.iter().position(|said| said == column)).collect();
        Ok(Self { path: path.to_owned(), first_id, now, unplanned: to_json(&Decision::unplanned())?, seal, order })
    }

    /// `INSERT` of such a row; where there is one of its key, that one is left as it is.
    pub(super) fn insertion() -> String {
        let places = "?, ".repeat(COLUMNS.len()) + "?";
        let columns = COLUMNS.join(", ");
        format!("INSERT INTO stores ({columns}, seal) VALUES ({places}) ON CONFLICT (key) DO NOTHING")
    }

    /// The ledger's number of the first store, and with it of those that follow it.
    #[must_use]
    pub fn first_id(&self) -> i64 {
        self.first_id
    }

    /// When the rows are written, by what they say.
    #[must_use]
    pub fn now(&self) -> Stamp {
        self.now
    }

    /// The store as it would be read back, had it been written without a plan.
    #[must_use]
    pub fn as_loaded(&self, id: i64, source: &SourceRow) -> StoreRow {
        let (status, comment) = (&source.store.upgrade_status, &source.store.upgrade_comment);
        StoreRow {
            id,
            key: source.key(),
            place: source.place.clone(),
            record: source.store.clone(),
            platform: None,
            faults: source.faults.clone(),
            status_before: status.clone(),
            now: None,
            planned: Planned { status: status.clone(), comment: comment.to_string(), by_platform: false, fields: None },
            decision: Decision::unplanned(),
            state: State::Blocked,
            body_hash: None,
            sent_hash: None,
            sent_plan: None,
            last_write: None,
            settles_from: None,
            store_poi_id: None,
            audit_id: None,
            attempts: 0,
            errcode: None,
            reason: None,
            sent_at: None,
            settled_at: None,
            updated_at: self.now,
        }
    }

    /// The row of a store under the number that it is going to have. One that is not planned yet stands as blocked.
    ///
    /// # Errors
    ///
    /// A value that is no JSON: a fault of the program.
    pub fn make<S: Borrow<SourceRow>>(
        &self,
        id: i64,
        source: S,
        planned: Option<&PlannedRow>,
    ) -> Result<FreshRow<S>, LedgerError> {
        self.ready(id, source, planned).map_err(|error| sqlite_error(&self.path, error))
    }

    pub(super) fn ready<S: Borrow<SourceRow>>(
        &self,
        id: i64,
        source: S,
        planned: Option<&PlannedRow>,
    ) -> rusqlite::Result<FreshRow<S>> {
        let row: &SourceRow = source.borrow();
        let plan = match planned {
            None => Plan {
                action: Action::Blocked,
                state: State::Blocked,
                decision: self.unplanned.clone(),
                body_hash: None,
                settled_at: None,
            },
            Some(planned) => Plan {
                action: planned.decision.action,
                state: planned.state,
                decision: to_json(&planned.decision)?,
                body_hash: planned.body_hash.clone(),
                settled_at: planned.state.is_settled().then_some(self.now.0),
            },
        };
        let (key, place) = (row.key(), to_json(&row.place)?);
        let (record, faults) = (to_json(&row.store)?, to_json(&row.faults)?);
        let mut fresh = FreshRow { id, key, place, record, faults, plan, seal: 0, source };
        fresh.seal = self.seal_of(&fresh);
        Ok(fresh)
    }

    fn seal_of<S: Borrow<SourceRow>>(&self, row: &FreshRow<S>) -> i64 {
        let values = row.values(self.now);
        let mut seal = self.seal;
        for position in &self.order {
            seal.take(position.map_or(ValueRef::Null, |position| values[position]));
        }
        seal.value()
    }

    /// Writes it, unless there is one of its key: whether it did.
    pub(super) fn insert<S: Borrow<SourceRow>>(
        &self,
        insertion: &mut Statement<'_>,
        row: &FreshRow<S>,
    ) -> rusqlite::Result<bool> {
        let values = row.values(self.now).into_iter().chain([ValueRef::Integer(row.seal)]);
        Ok(insertion.execute(params_from_iter(values.map(ToSqlOutput::Borrowed)))? == 1)
    }
}

fn text(text: &str) -> ValueRef<'_> {
    ValueRef::Text(text.as_bytes())
}

impl<S: Borrow<SourceRow>> FreshRow<S> {
    /// The ledger's number of the store, if nothing comes between.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.id
    }

    /// In the order of [`COLUMNS`].
    fn values(&self, now: Stamp) -> [ValueRef<'_>; COLUMNS.len()] {
        let (row, plan): (&SourceRow, _) = (self.source.borrow(), &self.plan);
        let number = ValueRef::Integer;
        let store = &row.store;
        let status = text(store.upgrade_status.code());
        [
            number(self.id),
            text("migrate"),
            text(&self.key),
            store.poi_id.as_ref().map_or(ValueRef::Null, |id| text(PoiId::as_str(id))),
            store.sid.as_ref().map_or(ValueRef::Null, |sid| text(Sid::as_str(sid))),
            text(&self.place),
            text(&self.record),
            number(1),
            text(&self.faults),
            status,
            status,
            text(&store.upgrade_comment),
            number(0),
            text(plan.action.key()),
            text(plan.state.key()),
            text(&plan.decision),
            plan.body_hash.as_deref().map_or(ValueRef::Null, text),
            number(0),
            plan.settled_at.map_or(ValueRef::Null, number),
            number(now.0),
        ]
    }
}
