//! `upgrade_status` as the platform knows it (section 13 of the API document), kept as what it is.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Words;
use crate::words;

/// Where the platform says a legacy store stands in the upgrade. Absent and unknown values are kept, never guessed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(into = "String", from = "String")]
pub enum UpgradeStatus {
    /// 0, 待迁移.
    Waiting,
    /// 1, 失败: the review refused it; `upgrade_comment` says why.
    Failed,
    /// 2, 迁移中.
    Migrating,
    /// 3, 成功.
    Done,
    /// 4, 禁止迁移: only `delpoi` is allowed.
    Forbidden,
    /// The field is not there (older accounts): unknown, never 0.
    #[default]
    Absent,
    /// A value that the API document does not know, as written.
    Other(String),
}

impl UpgradeStatus {
    /// Reads the value as the platform or a sheet writes it. An empty text is [`Absent`](Self::Absent).
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            "" => Self::Absent,
            "0" => Self::Waiting,
            "1" => Self::Failed,
            "2" => Self::Migrating,
            "3" => Self::Done,
            "4" => Self::Forbidden,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The value as the platform writes it; empty when absent.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Waiting => "0",
            Self::Failed => "1",
            Self::Migrating => "2",
            Self::Done => "3",
            Self::Forbidden => "4",
            Self::Absent => "",
            Self::Other(text) => text,
        }
    }

    /// For people: `upgrade_status 0 (to be migrated)`, in the API document's words.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Waiting => words!("upgrade_status 0 (to be migrated)"; "upgrade_status 0（待迁移）"),
            Self::Failed => words!("upgrade_status 1 (failed)"; "upgrade_status 1（失败）"),
            Self::Migrating => words!("upgrade_status 2 (migrating)"; "upgrade_status 2（迁移中）"),
            Self::Done => words!("upgrade_status 3 (done)"; "upgrade_status 3（成功）"),
            Self::Forbidden => words!("upgrade_status 4 (must not be migrated)"; "upgrade_status 4（禁止迁移）"),
            Self::Absent => words!("no upgrade_status"; "没有 upgrade_status"),
            Self::Other(text) => {
                words!("upgrade_status {text} (not in the API document)"; "upgrade_status {text}（接口文档中没有）")
            }
        }
    }

    /// 0 or 1: `add_store` is what the platform asks for.
    #[must_use]
    pub fn wants_add(&self) -> bool {
        matches!(self, Self::Waiting | Self::Failed)
    }
}

impl From<UpgradeStatus> for String {
    fn from(status: UpgradeStatus) -> Self {
        status.code().to_owned()
    }
}

impl From<String> for UpgradeStatus {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl fmt::Display for UpgradeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_written_back_as_it_was_read() {
        for text in ["0", "1", "2", "3", "4", "", "7", "-1", "migrated"] {
            assert_eq!(UpgradeStatus::parse(text).code(), text);
        }
    }

    #[test]
    fn an_absent_status_is_not_zero() {
        assert_eq!(UpgradeStatus::parse(""), UpgradeStatus::Absent);
        assert!(!UpgradeStatus::Absent.wants_add());
        assert!(!UpgradeStatus::Other("7".into()).wants_add());
    }
}
