//! The quota calendar: how many calls of each endpoint are left today, from what the platform told, what the configuration
//! says, what a refusal (45009) taught, and what the ledger knows to have been sent. Pure: the time is an argument, and of
//! several readings the one that allows less is believed.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::quota_answer::Answer;
use super::reserve::Reserve;
use crate::store::{PlatformDay, Stamp, Words};
use crate::wire::Endpoint;
use crate::wire::answer::DailyQuota;
use crate::words;

/// A refusal so soon after the day has turned may still speak of the day before: the platform's clock and ours are two.
const TURN_SLACK: Duration = Duration::from_secs(600);

/// So many calls of ours since the turn, and a refusal right after it is of the new day: fewer may all have been under way.
const SERVED_TODAY_MIN: u64 = 20;

/// Fewer calls than this that we cannot account for are late ones of our own, not somebody else's.
const OTHERS_MIN: u64 = 3;

/// What the configuration says of quotas.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuotaRules {
    /// When the platform's day turns.
    pub day: PlatformDay,
    /// What stays with the live shop.
    pub reserve: Reserve,
    /// Calls a day, by endpoint.
    pub limits: BTreeMap<Endpoint, u64>,
}

/// What the platform told of an endpoint's day, in the ledger until it tells again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When it was asked.
    pub at: Stamp,
    /// Calls a day, where it said so credibly.
    pub limit: Option<u64>,
    /// Calls left then, by the safest reading.
    pub left: u64,
    /// It gave a limit that is none; a configured one counts instead.
    pub is_hollow: bool,
    /// Our own calls of that day until then.
    pub own: u64,
}

/// A refusal for the day's sake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// When the refused call left.
    pub at: Stamp,
    /// How many calls of ours that day had borne before it.
    pub after: u64,
}

/// Where the numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `openapi/quota/get`.
    Platform,
    /// `[quota]`.
    Configuration,
    /// 45009.
    Refusal,
    /// Nobody knows.
    Unknown,
}

impl Source {
    /// The word of it in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Configuration => "configuration",
            Self::Refusal => "45009",
            Self::Unknown => "unknown",
        }
    }
}

/// How an endpoint stands today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Calls a day.
    pub limit: Option<u64>,
    /// Used today: the larger of the platform's count and ours.
    pub used: u64,
    /// Of these, our own, as the ledger knows.
    pub own: u64,
    /// What stays with the live shop.
    pub reserve: u64,
    /// What may still be called today, the reserve left alone; `None` where nobody knows.
    pub left: Option<u64>,
    /// What may be called on a whole day.
    pub a_day: Option<u64>,
    /// When there is more.
    pub resumes_at: Stamp,
    /// Since when this is known, if the platform told it.
    pub since: Option<Stamp>,
    /// Where the numbers come from.
    pub source: Source,
}

impl Standing {
    /// Nothing may be called any more today.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.left == Some(0)
    }
}

/// The calendar of one account.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    /// The rules.
    pub rules: QuotaRules,
    told: BTreeMap<Endpoint, Told>,
    refused: BTreeMap<Endpoint, Refused>,
    own: BTreeMap<Endpoint, u64>,
}

impl Calendar {
    /// A calendar from what is remembered. `own` are our calls of the present day.
    #[must_use]
    pub fn new(
        rules: QuotaRules,
        told: BTreeMap<Endpoint, Told>,
        refused: BTreeMap<Endpoint, Refused>,
        own: BTreeMap<Endpoint, u64>,
    ) -> Self {
        Self { rules, told, refused, own }
    }

    /// A calendar that remembers nothing.
    #[must_use]
    pub fn of_nothing(rules: QuotaRules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// What the platform has told, to be remembered.
    #[must_use]
    pub fn told(&self) -> &BTreeMap<Endpoint, Told> {
        &self.told
    }

    /// Takes what was told during a sending.
    pub fn remember(&mut self, endpoint: Endpoint, told: Told) {
        self.told.insert(endpoint, told);
    }

    /// Takes an answer of `openapi/quota/get` that was asked for at `now`; what is worth telling of it comes back.
    pub fn take(&mut self, endpoint: Endpoint, daily: &DailyQuota, now: Stamp) -> Vec<Words> {
        let answer = Answer::read(endpoint, daily);
        let own = self.own(endpoint);
        let mut told: Vec<Words> = answer.doubt.into_iter().collect();
        let Some(left) = answer.left else { return told };
        // What somebody else had used before was told then.
        let before = self.told.get(&endpoint).filter(|before| self.same_day(before.at, now));
        // An answer that makes no sense, or has not counted our own calls, leaves no more than the one before it.
        let is_doubtful = !told.is_empty() || answer.limit.is_some_and(|limit| limit.saturating_sub(left) < own);
        let left = match before.filter(|_| is_doubtful) {
            Some(before) => left.min(before.left.saturating_sub(own.saturating_sub(before.own))),
            None => left,
        };
        let new = Told { at: now, limit: answer.limit, left, is_hollow: answer.is_hollow, own };
        let (others, known) = (others(&new), before.map_or(0, others));
        if others >= known + OTHERS_MIN {
            told.push(words!(
                "{endpoint}: {others} calls of today are in no run of this ledger: single commands, or somebody else who uses the same quota; {left} are left";
                "{endpoint}：今日已有 {others} 次不在本账本的运行记录中（单条命令，或他人共用同一额度），剩余 {left} 次"
            ));
        }
        self.told.insert(endpoint, new);
        told
    }

    /// How an endpoint stands at `now`.
    #[must_use]
    pub fn standing(&self, endpoint: Endpoint, now: Stamp) -> Standing {
        let own = self.own(endpoint);
        let configured = self.rules.limits.get(&endpoint).copied();
        let told = self.told.get(&endpoint).filter(|told| !(told.is_hollow && configured.is_some()));
        let today = told.filter(|told| self.same_day(told.at, now));
        let (limit, source) = self.limit(endpoint, told, configured);
        let since_told = |told: &Told| own.saturating_sub(told.own);
        let by_platform = today.and_then(|told| Some(told.limit?.saturating_sub(told.left) + since_told(told)));
        let used = by_platform.unwrap_or(0).max(own);
        // An answer without a limit still says what is left.
        let said_left = today.map(|told| told.left.saturating_sub(since_told(told)));
        let by_limit = limit.map(|limit| limit.saturating_sub(used));
        let raw = by_limit.into_iter().chain(said_left).min();
        let reserve = limit.or(raw).map_or(0, |of| self.rules.reserve.of(of));
        let standing = Standing {
            limit,
            used,
            own,
            reserve,
            left: raw.map(|raw| raw.saturating_sub(reserve)),
            a_day: limit.map(|limit| limit.saturating_sub(self.rules.reserve.of(limit))),
            resumes_at: self.rules.day.end_of(now),
            since: today.map(|told| told.at),
            source: if today.is_some() && source == Source::Unknown { Source::Platform } else { source },
        };
        let standing = match today.filter(|told| standing.is_spent() && self.may_be_of_yesterday(told)) {
            // It may still speak of the day before.
            Some(told) => Standing { resumes_at: told.at.after(TURN_SLACK), ..standing },
            None => standing,
        };
        match self.rest_until(endpoint, now) {
            Some(resumes_at) => Standing { left: Some(0), resumes_at, source: Source::Refusal, ..standing },
            None => standing,
        }
    }

    /// The limit, and who says so: of the platform and the configuration the lower one; where neither does, what a day
    /// bore before it refused.
    fn limit(&self, endpoint: Endpoint, told: Option<&Told>, configured: Option<u64>) -> (Option<u64>, Source) {
        match (told.and_then(|told| told.limit), configured) {
            (Some(told), Some(configured)) if configured < told => (Some(configured), Source::Configuration),
            (Some(told), _) => (Some(told), Source::Platform),
            (None, Some(configured)) => (Some(configured), Source::Configuration),
            (None, None) => match self.refused.get(&endpoint).filter(|refused| refused.after > 0) {
                Some(refused) => (Some(refused.after), Source::Refusal),
                None => (None, Source::Unknown),
            },
        }
    }

    /// Until when an endpoint rests that was refused for the day's sake: whatever `quota/get` says, the refusal is harder.
    fn rest_until(&self, endpoint: Endpoint, now: Stamp) -> Option<Stamp> {
        let refused = self.refused.get(&endpoint)?;
        let day = self.rules.day;
        // Many calls of ours that were served since the turn are the new day's.
        let may_be_of_yesterday = self.is_right_after_turn(refused.at) && refused.after < SERVED_TODAY_MIN;
        let until = if may_be_of_yesterday { refused.at.after(TURN_SLACK) } else { day.end_of(refused.at) };
        (now < until).then_some(until)
    }

    /// An answer right after the turn may still count the day before. What our own calls of today explain is today's.
    fn may_be_of_yesterday(&self, told: &Told) -> bool {
        let used = told.limit.map(|limit| limit.saturating_sub(told.left));
        let is_ours = used.map_or(told.own > 0, |used| told.own > 0 && told.own * 2 >= used);
        self.is_right_after_turn(told.at) && !is_ours
    }

    fn is_right_after_turn(&self, at: Stamp) -> bool {
        at.since(self.rules.day.begin_of(at)) < TURN_SLACK
    }

    fn own(&self, endpoint: Endpoint) -> u64 {
        self.own.get(&endpoint).copied().unwrap_or(0)
    }

    fn same_day(&self, one: Stamp, other: Stamp) -> bool {
        self.rules.day.number(one) == self.rules.day.number(other)
    }
}

/// Calls of a day that are not ours.
fn others(told: &Told) -> u64 {
    told.limit.map_or(0, |limit| limit.saturating_sub(told.left).saturating_sub(told.own))
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
