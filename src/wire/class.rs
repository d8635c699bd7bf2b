//! What an errcode means for what happens next: ten classes, and what the tool does by itself for each.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Endpoint;
use crate::store::Words;
use crate::words;

/// What an error means for what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// It is already so.
    Done,
    /// Not done; goes again after a pause.
    Retry,
    /// Not done, and not allowed yet; goes again later.
    NotYet,
    /// Not done: the access token is refused; a new one, then again.
    RefreshToken,
    /// Not done: too fast.
    SlowDown,
    /// Not done: the day's calls of this endpoint are spent.
    QuotaSpent,
    /// Refused for what the row says.
    FixRow,
    /// Nobody knows whether it was done: the platform is read.
    Ambiguous,
    /// Not done, and no other call of this endpoint will be.
    StopEndpoint,
    /// Not done, and nothing of this account will be.
    StopAccount,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Done,
        Self::Retry,
        Self::NotYet,
        Self::RefreshToken,
        Self::SlowDown,
        Self::QuotaSpent,
        Self::FixRow,
        Self::Ambiguous,
        Self::StopEndpoint,
        Self::StopAccount,
    ];

    /// The word in settings and JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry => "retry",
            Self::NotYet => "not_yet",
            Self::RefreshToken => "refresh_token",
            Self::SlowDown => "slow_down",
            Self::QuotaSpent => "quota_spent",
            Self::FixRow => "fix_row",
            Self::Ambiguous => "ambiguous",
            Self::StopEndpoint => "stop_endpoint",
            Self::StopAccount => "stop_account",
        }
    }

    /// The class with this word.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.key() == key)
    }

    /// Whether the store goes again within the same run, without the platform being read in between.
    #[must_use]
    pub const fn goes_again_at_once(self) -> bool {
        matches!(self, Self::Retry | Self::SlowDown | Self::RefreshToken)
    }

    /// Whether a person has nothing to do about it.
    #[must_use]
    pub const fn goes_on_by_itself(self) -> bool {
        matches!(self, Self::Done | Self::Retry | Self::RefreshToken | Self::SlowDown | Self::Ambiguous)
    }

    /// What the tool does by itself when `endpoint` answers so.
    #[must_use]
    pub fn what_happens(self, endpoint: Endpoint) -> Words {
        if endpoint.is_token() {
            return self.of_token();
        }
        if endpoint.is_write() { self.of_write() } else { self.of_read() }
    }

    fn of_write(self) -> Words {
        match self {
            Self::Done => words!("takes the store as done"; "视为已完成"),
            Self::Retry => words!(
                "not done: sends it again in the same run, after a pause that grows, five times at most; else in the next run";
                "未生效：在本次运行中稍后重新提交（间隔递增，最多 5 次），否则留待下次运行"
            ),
            Self::NotYet => {
                words!("not done: leaves it to the next run, which sends it again"; "未生效：留待下次运行重新提交")
            }
            Self::RefreshToken => {
                words!("not done: fetches a new access token and sends it again"; "未生效：重新获取 access_token 后再次提交")
            }
            Self::SlowDown => {
                words!("not done: halves the rate and sends it again"; "未生效：速率减半后重新提交")
            }
            Self::QuotaSpent => words!(
                "not done: sends nothing more through this endpoint until the platform's next day, whatever quota/get says; then the \
                 same command goes on, or this run with --wait-for-quota";
                "未生效：无论 quota/get 如何返回，平台次日之前不再调用该接口；届时重新运行同一命令，或用 --wait-for-quota 由本次运行继续"
            ),
            Self::FixRow => words!(
                "takes the store as rejected; it goes again once its data has changed, and not before";
                "视为被驳回；资料修改后才会重新提交"
            ),
            Self::Ambiguous => words!(
                "takes the outcome as unknown: reads the platform once the settle window has passed, and decides by what it shows";
                "结果视为待核实：等待核实窗口过后查询平台，按平台显示的状态下结论"
            ),
            Self::StopEndpoint => words!(
                "not done: sends nothing more through this endpoint in this run; the stores stay as they are";
                "未生效：本次运行不再调用该接口，门店保持原状"
            ),
            Self::StopAccount => {
                words!("not done: sends nothing more for this account, and exits with 5"; "未生效：停止该账号的一切提交，以 5 退出")
            }
        }
    }

    fn of_read(self) -> Words {
        match self {
            Self::Retry => words!("asks again, five times at most"; "重新查询，最多 5 次"),
            Self::SlowDown => {
                words!("halves the rate and asks again, five times at most"; "速率减半后重新查询，最多 5 次")
            }
            Self::RefreshToken => {
                words!("fetches a new access token and asks again"; "重新获取 access_token 后再次查询")
            }
            Self::StopAccount => {
                words!("does nothing more for this account, and exits with 5"; "停止该账号的一切操作，以 5 退出")
            }
            Self::QuotaSpent => words!(
                "takes this reading as failed and concludes nothing from it; it is asked again on the platform's next day, by the \
                 same command or by this run with --wait-for-quota";
                "本次查询视为失败，不据此下任何结论；平台次日由同一命令重新查询，或用 --wait-for-quota 由本次运行继续"
            ),
            Self::Done | Self::NotYet | Self::FixRow | Self::Ambiguous | Self::StopEndpoint => {
                words!("takes this reading as failed and concludes nothing from it; the next run asks again"; "本次查询视为失败，不据此下任何结论；下次运行重新查询")
            }
        }
    }

    fn of_token(self) -> Words {
        match self {
            Self::Retry | Self::SlowDown => words!("asks again, five times at most"; "重新获取，最多 5 次"),
            _ => {
                words!("sends nothing without a token, and ends the run"; "没有 access_token 就不提交任何内容，结束运行")
            }
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_word_and_says_what_happens_everywhere_in_both_languages() {
        for class in Class::ALL {
            assert_eq!(Class::from_key(class.key()), Some(class));
            assert_eq!(serde_json::to_value(class).expect("a word"), class.key());
            for endpoint in Endpoint::ALL {
                let said = class.what_happens(endpoint);
                assert!(!said.en.is_empty() && !said.zh.is_empty(), "{class} {endpoint}");
            }
        }
    }
}
