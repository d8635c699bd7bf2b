//! What changes the platform, as values: they are written to the state file, then applied; live and after a restart
//! alike.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::book::{Review, Store};
use super::platform::Snapshot;
use super::token::{Token, TokenEnd};
use crate::wire::Endpoint;

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A token went out.
    Granted(Token),
    /// A token ended before its time.
    TokenEnded {
        /// Its number.
        number: u64,
        /// How.
        end: TokenEnd,
    },
    /// A store went into review.
    Submitted {
        /// The store.
        poi_id: String,
        /// Its review.
        review: Review,
    },
    /// A store was deleted.
    Deleted {
        /// The store.
        poi_id: String,
    },
    /// A write will be applied later.
    Deferred(Deferred),
}

impl Effect {
    /// Whether it changes a store.
    pub const fn is_on_store(&self) -> bool {
        matches!(self, Self::Submitted { .. } | Self::Deleted { .. })
    }
}

/// A write that is on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deferred {
    /// The request's number.
    pub seq: u64,
    /// What it asks for.
    pub endpoint: Endpoint,
    /// What it says.
    pub form: Map<String, Value>,
    /// When it is applied, in milliseconds.
    pub due: i64,
}

/// What the platform keeps of one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallEntry {
    /// Its number, from 1.
    pub seq: u64,
    /// When it came, in milliseconds.
    pub at: i64,
    /// What it asked for; absent if the platform has no such path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
    /// The store that it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poi_id: Option<String>,
    /// Whether errcode 0 was answered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ok: bool,
    /// The number of the token that was spent on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<u64>,
    /// What it changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
}

/// A deferred write has come to its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LateEntry {
    /// The number of the request that asked for it.
    pub seq: u64,
    /// What it asked for.
    pub endpoint: Endpoint,
    /// What it changed; nothing if it would have been refused by then.
    pub effect: Option<Effect>,
}

/// One line of the state file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A store with whatever has happened to it.
    Store(Box<Store>),
    /// Everything else, at the time the file was begun.
    Snapshot(Box<Snapshot>),
    /// A request.
    Call(CallEntry),
    /// A deferred write.
    Late(LateEntry),
}
