//! What changes the platform, as values: they are written to the state file, then applied; live and after a restart
//! alike.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::book::{Review, Store};
use super::map::Wanted;
use super::media::Medium;
use super::merchant::Application;
use super::platform::Snapshot;
use super::push::PushEntry;
use super::shop::Update;
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
    /// A store was deleted from the old store management.
    Deleted {
        /// The store.
        poi_id: String,
        /// When.
        #[serde(default)]
        at: i64,
    },
    /// A store was changed in the old store management.
    OldChanged {
        /// The store.
        poi_id: String,
        /// The fields that were given, as they will be.
        changes: Map<String, Value>,
    },
    /// A store that was not in the old store management went into review.
    Added(Box<Store>),
    /// A store of the store mini-program was changed.
    Updated {
        /// Its id there.
        poi_id: String,
        /// How.
        update: Update,
    },
    /// A store was removed from the store mini-program.
    Removed {
        /// Its id there.
        poi_id: String,
    },
    /// A store of the store mini-program got another card.
    CardSet {
        /// Its id there.
        poi_id: String,
        /// The card.
        card_id: String,
    },
    /// A temporary file came.
    Uploaded(Medium),
    /// The store mini-program was applied for.
    Applied(Application),
    /// The store mini-program was changed.
    MerchantChanged {
        /// When.
        at: i64,
        /// Its new introduction; absent: only the head image.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        intro: Option<String>,
    },
    /// A point on the map was asked for.
    PointWanted(Wanted),
    /// A write will be applied later.
    Deferred(Deferred),
}

impl Effect {
    /// Whether it changes what the platform holds: not the comings and goings of tokens, nor what is yet to come.
    pub const fn is_change(&self) -> bool {
        !matches!(self, Self::Granted(_) | Self::TokenEnded { .. } | Self::Deferred(_))
    }

    /// The store that it changes, by the id under which it was asked for.
    pub fn poi_id(&self) -> Option<&str> {
        match self {
            Self::Submitted { poi_id, .. }
            | Self::Deleted { poi_id, .. }
            | Self::OldChanged { poi_id, .. }
            | Self::Updated { poi_id, .. }
            | Self::Removed { poi_id }
            | Self::CardSet { poi_id, .. } => Some(poi_id),
            Self::Added(store) => Some(&store.poi_id),
            Self::Granted(_)
            | Self::TokenEnded { .. }
            | Self::Uploaded(_)
            | Self::Applied(_)
            | Self::MerchantChanged { .. }
            | Self::PointWanted(_)
            | Self::Deferred(_) => None,
        }
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
    /// The errcode by which it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<i64>,
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
    /// An attempt to push an event.
    Push(PushEntry),
}
