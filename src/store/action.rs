//! What the plan wants for a store, and what a person asked for.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Verb, Words};
use crate::words;

/// What the plan wants for a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// `add_store`: `upgrade_status` 0 or 1, and the submission is complete.
    Add,
    /// `delpoi`: `upgrade_status` 4, or asked for by a person.
    Delete,
    /// `upgrade_status` 2: the platform reviews it.
    Wait,
    /// `upgrade_status` 3: nothing to do.
    None,
    /// 0 or 1, complete but for `map_poi_id`.
    Resolve,
    /// Data is missing or wrong, or the status is absent or unknown.
    Blocked,
    /// `add_store` without a legacy store; of the job that makes new stores.
    Create,
    /// `update_store`; of the job that updates stores.
    Update,
    /// `del_store`; of the job that removes stores.
    Remove,
    /// `card/storewxa/set`; of the job that sets cards.
    SetCard,
}

impl Action {
    /// All actions, in the order in which people see them.
    pub const ALL: [Self; 10] = [
        Self::Add,
        Self::Delete,
        Self::Create,
        Self::Update,
        Self::Remove,
        Self::SetCard,
        Self::Wait,
        Self::None,
        Self::Resolve,
        Self::Blocked,
    ];

    /// The key in files, the ledger and JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Delete => "delete",
            Self::Wait => "wait",
            Self::None => "none",
            Self::Resolve => "resolve",
            Self::Blocked => "blocked",
            Self::Create => "create",
            Self::Update => "update",
            Self::Remove => "remove",
            Self::SetCard => "set_card",
        }
    }

    /// The action with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.key() == key)
    }

    /// The write that carries it out, if it is one that writes.
    #[must_use]
    pub const fn verb(self) -> Option<Verb> {
        match self {
            Self::Add => Some(Verb::AddStore),
            Self::Delete => Some(Verb::Delpoi),
            Self::Create => Some(Verb::AddStore),
            Self::Update => Some(Verb::UpdateStore),
            Self::Remove => Some(Verb::DelStore),
            Self::SetCard => Some(Verb::StorewxaSet),
            Self::Wait | Self::None | Self::Resolve | Self::Blocked => None,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// What a person asked for in the supplement's column `action` (处理).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// 升级: as the status says.
    Upgrade,
    /// 删除; needs `--allow-delete` as well.
    Delete,
    /// 暂缓: send nothing.
    Hold,
    /// 原样重提: a rejected store goes again although its data is the same.
    Resubmit,
}

impl Wish {
    /// All wishes, in the order in which people choose among them.
    pub const ALL: [Self; 4] = [Self::Upgrade, Self::Delete, Self::Hold, Self::Resubmit];

    /// The word for it, as [`parse`](Self::parse) reads it.
    #[must_use]
    pub fn word(self) -> Words {
        match self {
            Self::Upgrade => words!("upgrade"; "升级"),
            Self::Delete => words!("delete"; "删除"),
            Self::Hold => words!("hold"; "暂缓"),
            Self::Resubmit => words!("resubmit"; "原样重提"),
        }
    }

    /// Reads the word, English or Chinese; `None` if it is not one of them.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "upgrade" | "升级" => Some(Self::Upgrade),
            "delete" | "删除" => Some(Self::Delete),
            "hold" | "暂缓" => Some(Self::Hold),
            "resubmit" | "原样重提" => Some(Self::Resubmit),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_or_lacks_something_writes_nothing() {
        let idle: Vec<_> = Action::ALL.into_iter().filter(|action| action.verb().is_none()).collect();
        assert_eq!(idle, [Action::Wait, Action::None, Action::Resolve, Action::Blocked]);
    }

    #[test]
    fn a_wish_is_read_in_both_languages() {
        assert_eq!(Wish::parse("删除"), Some(Wish::Delete));
        assert_eq!(Wish::parse(" Hold "), Some(Wish::Hold));
        assert_eq!(Wish::parse("later"), None);
        for wish in Wish::ALL {
            assert_eq!([Wish::parse(&wish.word().en), Wish::parse(&wish.word().zh)], [Some(wish); 2]);
        }
    }
}
