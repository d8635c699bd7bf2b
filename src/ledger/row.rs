//! A store as the ledger keeps it, and its way in and out of the table.

use rusqlite::types::Type;
use rusqlite::{Row, ToSql};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::{
    BodyFields, Decision, Finding, LastWrite, LegacyStore, Place, PoiId, Stamp, Standing, State, UpgradeStatus, Verb,
    Words,
};

/// One store of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreRow {
    /// The row's number in the ledger.
    pub id: i64,
    /// `poi:ID`, or `row:FILE|SHEET|ROW` for a row without a usable or unique id.
    pub key: String,
    /// Where the source described it.
    pub place: Place,
    /// The old record as the source gave it.
    pub record: LegacyStore,
    /// The record as the platform last showed it.
    pub platform: Option<LegacyStore>,
    /// What is wrong with the source's row as such.
    pub faults: Vec<Finding>,
    /// `upgrade_status` when the store was first planned.
    pub status_before: UpgradeStatus,
    /// What the platform shows now, once it was read.
    pub now: Option<Observed>,
    /// What was shown when it was planned or its last attempt was made.
    pub planned: Planned,
    /// What the plan wants.
    pub decision: Decision,
    /// Where it stands.
    pub state: State,
    /// Hash of the body that the plan would send.
    pub body_hash: Option<String>,
    /// Hash of the body last sent.
    pub sent_hash: Option<String>,
    /// What [`body_hash`](Self::body_hash) was when that was sent: another one where addresses took the place of files.
    pub sent_plan: Option<String>,
    /// The last write that left.
    pub last_write: Option<LastWrite>,
    /// From when the settle window of that write counts: when it was decided or ended, or later where the machine's clock
    /// was set in between.
    pub settles_from: Option<Stamp>,
    /// The store's id in the store mini-program, once known.
    pub store_poi_id: Option<String>,
    /// The review's number, if the answer that had it arrived.
    pub audit_id: Option<String>,
    /// Writes begun.
    pub attempts: u32,
    /// The platform's last refusal.
    pub errcode: Option<i64>,
    /// Why it stands where it stands, if there is something to say.
    pub reason: Option<Words>,
    /// When the last write left.
    pub sent_at: Option<Stamp>,
    /// When it was settled.
    pub settled_at: Option<Stamp>,
    /// When anything about it last changed.
    pub updated_at: Stamp,
}

/// What the platform showed, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// `upgrade_status`.
    pub status: UpgradeStatus,
    /// `upgrade_comment`.
    pub comment: String,
    /// When the reading was asked for.
    pub read_at: Stamp,
}

/// The baseline that a later reading is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// `upgrade_status`.
    pub status: UpgradeStatus,
    /// `upgrade_comment`.
    pub comment: String,
    /// It is the platform's own word, not only an input's.
    pub by_platform: bool,
    /// What the platform showed of the fields that a body is made of; `None` until it was read.
    pub fields: Option<BodyFields>,
}

impl StoreRow {
    /// The store's id in the old store management, if it has a usable one.
    #[must_use]
    pub fn poi_id(&self) -> Option<&PoiId> {
        self.record.poi_id.as_ref()
    }

    /// A store that was planned while it was loaded, as if no plan had looked at it yet.
    pub fn unplan(&mut self) {
        (self.decision, self.state) = (Decision::unplanned(), State::Blocked);
        (self.body_hash, self.settled_at) = (None, None);
    }

    /// What weighing a reading needs to know.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            state: self.state,
            verb: self.decision.action.verb(),
            is_order: self.decision.order.is_some(),
            planned_status: self.planned.status.clone(),
            planned_comment: self.planned.comment.clone(),
            planned_by_platform: self.planned.by_platform,
            last_write: self
                .last_write
                .clone()
                .map(|write| LastWrite { at: self.settles_from.unwrap_or(write.at), ..write }),
        }
    }

    /// The old record's fields, completed by what the platform showed: the source's word first, field by field. The whole
    /// record as it came is left out: no decision looks at it, and it is most of a store's memory.
    #[must_use]
    pub fn known_store(&self) -> LegacyStore {
        let source = self.record.without_record();
        match &self.platform {
            Some(platform) => source.completed_by(&platform.without_record()),
            None => source,
        }
    }
}

/// The columns in the order in which [`from_row`] reads them.
pub const COLUMNS: &str = "id, key, place, record, platform, faults, status_before, status_now, comment_now, read_at, \
     planned_status, planned_comment, planned_by_platform, decision, state, body_hash, sent_hash, last_verb, last_at, \
     last_errcode, store_poi_id, audit_id, attempts, errcode, reason, sent_at, settled_at, updated_at, settles_from, planned_fields, \
     sent_plan";

/// Reads one row of `SELECT {COLUMNS} FROM stores`.
pub fn from_row(row: &Row<'_>) -> rusqlite::Result<StoreRow> {
    let status = |i: usize| row.get::<_, String>(i).map(|text| UpgradeStatus::parse(&text));
    let now = match (row.get::<_, Option<String>>(7)?, row.get::<_, Option<String>>(8)?, row.get::<_, Option<i64>>(9)?)
    {
        (Some(status), comment, Some(read_at)) => Some(Observed {
            status: UpgradeStatus::parse(&status),
            comment: comment.unwrap_or_default(),
            read_at: Stamp(read_at),
        }),
        // A store that was read only to find that it is gone shows nothing.
        _ => None,
    };
    let errcode: Option<i64> = row.get(19)?;
    let last_write = match (row.get::<_, Option<String>>(17)?, row.get::<_, Option<i64>>(18)?) {
        (Some(verb), Some(at)) => Some(LastWrite {
            verb: keyed(17, &verb, Verb::from_key)?,
            at: Stamp(at),
            called_duplicate: matches!(errcode, Some(85038 | 85040)),
        }),
        _ => None,
    };
    Ok(StoreRow {
        id: row.get(0)?,
        key: row.get(1)?,
        place: json(row, 2)?,
        record: json(row, 3)?,
        platform: optional_json(row, 4)?,
        faults: json(row, 5)?,
        status_before: status(6)?,
        now,
        planned: Planned {
            status: status(10)?,
            comment: row.get(11)?,
            by_platform: row.get(12)?,
            fields: optional_json(row, 29)?,
        },
        decision: json(row, 13)?,
        state: keyed(14, &row.get::<_, String>(14)?, State::from_key)?,
        body_hash: row.get(15)?,
        sent_hash: row.get(16)?,
        sent_plan: row.get(30)?,
        last_write,
        store_poi_id: row.get(20)?,
        audit_id: row.get(21)?,
        attempts: row.get(22)?,
        errcode: row.get(23)?,
        reason: optional_json(row, 24)?,
        sent_at: row.get::<_, Option<i64>>(25)?.map(Stamp),
        settled_at: row.get::<_, Option<i64>>(26)?.map(Stamp),
        updated_at: Stamp(row.get(27)?),
        settles_from: row.get::<_, Option<i64>>(28)?.map(Stamp),
    })
}

fn keyed<T>(column: usize, text: &str, read: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    read(text).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("unknown word {text:?}").into())
    })
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row
        .get_ref(column)?
        .as_str()
        .map_err(|source| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(source)))?;
    serde_json::from_str(text)
        .map_err(|source| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(source)))
}

fn optional_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => json(row, column).map(Some),
    }
}

/// A value as the JSON text that the table keeps.
pub fn to_json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|source| rusqlite::Error::ToSqlConversionFailure(Box::new(source)))
}

/// The same for an optional value; absent is NULL.
pub fn to_optional_json<T: Serialize>(value: Option<&T>) -> rusqlite::Result<Box<dyn ToSql>> {
    Ok(match value {
        Some(value) => Box::new(to_json(value)?),
        None => Box::new(rusqlite::types::Null),
    })
}
