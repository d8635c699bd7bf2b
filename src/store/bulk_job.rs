//! What a run is for: the migration, or one of the other jobs that a spreadsheet of stores can ask for. Each has its own
//! rows in the ledger, and goes through the same engine.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Verb, Words};
use crate::words;

/// A job over many stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkJob {
    /// From the old store management into the store mini-program (section 13 of the API document).
    #[default]
    Migrate,
    /// New stores of the store mini-program, without an old one (section 8).
    Create,
    /// Hours, telephone, pictures and card of stores in the store mini-program (section 9).
    Update,
    /// Stores out of the store mini-program (section 12).
    Remove,
    /// The card of stores in the store mini-program (section 14).
    SetCard,
}

impl BulkJob {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Migrate, Self::Create, Self::Update, Self::Remove, Self::SetCard];

    /// The word in the ledger.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Migrate => "migrate",
            Self::Create => "create",
            Self::Update => "update",
            Self::Remove => "remove",
            Self::SetCard => "set_card",
        }
    }

    /// The job with this word.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.key() == key)
    }

    /// The writes that it may make.
    #[must_use]
    pub const fn verbs(self) -> &'static [Verb] {
        match self {
            Self::Migrate => &[Verb::AddStore, Verb::Delpoi],
            Self::Create => &[Verb::AddStore],
            Self::Update => &[Verb::UpdateStore],
            Self::Remove => &[Verb::DelStore],
            Self::SetCard => &[Verb::StorewxaSet],
        }
    }

    /// The job as people call it.
    #[must_use]
    pub fn name(self) -> Words {
        match self {
            Self::Migrate => words!("migration"; "门店迁移"),
            Self::Create => words!("new stores"; "新增门店"),
            Self::Update => words!("updates"; "更新门店"),
            Self::Remove => words!("removals"; "删除门店"),
            Self::SetCard => words!("cards"; "设置卡券"),
        }
    }
}

impl fmt::Display for BulkJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_has_a_word_and_writes_something() {
        for job in BulkJob::ALL {
            assert_eq!(BulkJob::from_key(job.key()), Some(job));
            assert!(!job.verbs().is_empty());
        }
    }
}
