//! The writes of the migration and of the other bulk jobs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A call that changes the platform and cannot be undone or repeated safely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// `wxa/add_store`, section 8 of the API document.
    AddStore,
    /// `cgi-bin/poi/delpoi`, section 13.
    Delpoi,
    /// `wxa/update_store`, section 9.
    UpdateStore,
    /// `wxa/del_store`, section 12.
    DelStore,
    /// `card/storewxa/set`, section 14.
    StorewxaSet,
}

impl Verb {
    /// All of them, in the order in which people see them.
    pub const ALL: [Self; 5] = [Self::AddStore, Self::Delpoi, Self::UpdateStore, Self::DelStore, Self::StorewxaSet];

    /// Those of the migration.
    pub const OF_MIGRATION: [Self; 2] = [Self::AddStore, Self::Delpoi];

    /// The endpoint's short name, as the ledger and reports write it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::AddStore => "add_store",
            Self::Delpoi => "delpoi",
            Self::UpdateStore => "update_store",
            Self::DelStore => "del_store",
            Self::StorewxaSet => "storewxa_set",
        }
    }

    /// The verb with this short name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.key() == key)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}
