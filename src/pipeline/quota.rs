//! The quota calendar of a run: what the ledger remembers of it, what the platform tells of it, and what may be sent by it.

use std::collections::BTreeMap;

use super::{PipelineError, Work};
use crate::engine::{Calendar, QuotaRules, Refused, Standing, Told};
use crate::ledger::{Ledger, LedgerError};
use crate::plan::Load;
use crate::store::{Stamp, Verb, Words};
use crate::wechat::ReadError;
use crate::wire::{Class, Endpoint, ErrorTable};
use crate::words;

/// Where the ledger remembers what the platform told.
const TOLD: &str = "quota";

/// The calendar as the ledger knows it at `now`: what the platform told last, what was refused, and how often we called
/// today, across restarts.
///
/// # Errors
///
/// The ledger.
pub fn calendar_of(
    ledger: &Ledger,
    rules: &QuotaRules,
    errors: &ErrorTable,
    now: Stamp,
) -> Result<Calendar, LedgerError> {
    // What cannot be read was not written by this version: then the platform has told nothing.
    let told: Option<BTreeMap<Endpoint, Told>> = ledger.meta(TOLD)?.and_then(|text| serde_json::from_str(&text).ok());
    let mut refused: BTreeMap<Endpoint, Refused> = BTreeMap::new();
    for (key, errcode, at) in ledger.refusals()? {
        let Some(endpoint) = Endpoint::from_key(&key) else { continue };
        let is_later = refused.get(&endpoint).is_none_or(|known| known.at < at);
        if errors.class(endpoint, errcode) == Class::QuotaSpent && is_later {
            let after = ledger.own_calls(rules.day.begin_of(at), Some(at))?.get(&key).copied().unwrap_or(0);
            refused.insert(endpoint, Refused { at, after });
        }
    }
    let own = ledger.own_calls(rules.day.begin_of(now), None)?;
    let own = own.into_iter().filter_map(|(key, calls)| Some((Endpoint::from_key(&key)?, calls))).collect();
    Ok(Calendar::new(rules.clone(), told.unwrap_or_default(), refused, own))
}

/// So many writes, laid into what the days allow.
#[must_use]
pub fn load_of(calendar: &Calendar, verb: Verb, calls: u64, now: Stamp) -> Load {
    load_of_calls(calendar, Endpoint::from(verb), calls, now)
}

/// The same of any calls.
#[must_use]
pub fn load_of_calls(calendar: &Calendar, endpoint: Endpoint, calls: u64, now: Stamp) -> Load {
    let (standing, day) = (calendar.standing(endpoint, now), calendar.rules.day);
    // A refusal right after midnight rests for minutes, not for the day.
    let rests_shortly = standing.is_spent() && day.number(standing.resumes_at) == day.number(now);
    let left_today = if rests_shortly { standing.a_day } else { standing.left };
    Load { calls, left_today, a_day: standing.a_day, is_reviewed: endpoint == Endpoint::AddStore }
}

/// How an endpoint stands, in words: `285 of 300 used, 15 kept for the live shop`.
#[must_use]
pub fn standing_words(standing: &Standing) -> Words {
    let Standing { used, reserve, .. } = standing;
    match standing.limit {
        Some(limit) => words!(
            "{used} of {limit} used, {reserve} kept for the live shop"; "今日 {limit} 次已用 {used} 次，为线上业务保留 {reserve} 次"
        ),
        None => words!("{used} calls of ours"; "本工具已调用 {used} 次"),
    }
}

impl Work<'_> {
    fn errors(&self) -> ErrorTable {
        self.connection().map(|connection| connection.client.errors().clone()).unwrap_or_default()
    }

    /// Reads the calendar from the ledger, and with it what may be sent today.
    pub(super) fn look_at_calendar(&mut self) -> Result<(), PipelineError> {
        let (errors, now) = (self.errors(), self.clock.now());
        self.calendar = calendar_of(self.ledger(), &self.orders.quota, &errors, now)?;
        let left = |verb: Verb| Some((verb, self.standing(verb).left?));
        self.allowance = self.orders.job.verbs().iter().copied().filter_map(left).collect();
        self.short.extend(self.allowance.iter().filter(|(_, left)| **left == 0).map(|(verb, _)| *verb));
        Ok(())
    }

    pub(super) fn standing(&self, verb: Verb) -> Standing {
        self.calendar.standing(Endpoint::from(verb), self.clock.now())
    }

    /// Asks the platform what is left today of every write that this run may make.
    pub(super) fn ask_quotas(&mut self) -> Result<(), PipelineError> {
        let verbs =
            self.orders.job.verbs().iter().copied().filter(|verb| self.orders.only.is_none_or(|only| only == *verb));
        let endpoints: Vec<Endpoint> = verbs.map(Endpoint::from).collect();
        self.ask_about(&endpoints).map(|_| ())
    }

    /// Asks the platform about these endpoints; whether it told. That it does not is no error: then the configuration
    /// holds, and what the ledger knows.
    pub(super) fn ask_about(&mut self, endpoints: &[Endpoint]) -> Result<bool, PipelineError> {
        self.look_at_calendar()?;
        let mut answered = true;
        for endpoint in endpoints.iter().copied() {
            let connection = self.connection()?;
            let (now, kept) = (self.clock.now(), connection.take_quota(endpoint));
            let quota = kept.map_or_else(|| connection.client.quota(endpoint).map(|quota| (quota, now)), Ok);
            let errors = connection.client.errors();
            match quota {
                Ok((quota, at)) => {
                    if matches!(endpoint, Endpoint::MediaUpload | Endpoint::MediaUploadimg) {
                        connection.keep_upload_rate(&quota);
                    }
                    answered &= quota.daily.is_some();
                    let said = quota.daily.map(|daily| self.calendar.take(endpoint, &daily, at)).unwrap_or_default();
                    for words in said {
                        self.warn_once(words);
                    }
                }
                Err(error) if error.class(errors) == Class::StopAccount => {
                    self.note_calls()?;
                    return Err(error.into());
                }
                Err(error) => {
                    answered = false;
                    let gives_up =
                        matches!(error, ReadError::Unreachable { .. } | ReadError::Token(_) | ReadError::Stopped);
                    self.quota_silent(endpoint, &error);
                    if gives_up {
                        break;
                    }
                }
            }
        }
        self.note_calls()?;
        self.remember_told()?;
        self.look_at_calendar()?;
        Ok(answered)
    }

    fn quota_silent(&mut self, endpoint: Endpoint, error: &ReadError) {
        let (limit, known) = (self.orders.quota.limits.get(&endpoint).copied(), endpoint);
        match limit {
            Some(limit) => self.warn_once(words!(
                "quota/get does not tell about {known} ({error}); {limit} a day hold, as [quota] says";
                "quota/get 未返回 {known} 的额度（{error}）；按 [quota] 的每日 {limit} 次执行"
            )),
            None => self.warn_once(words!(
                "quota/get does not tell about {known} ({error}); [quota] {known} = \"5000/d\" in poilift.toml would";
                "quota/get 未返回 {known} 的额度（{error}）；可在 poilift.toml 的 [quota] 中写明 {known} = \"5000/d\""
            )),
        }
    }

    /// What the platform told is in the ledger, for a status without it.
    pub(super) fn remember_told(&mut self) -> Result<(), PipelineError> {
        let told = serde_json::to_string(self.calendar.told());
        let told = told.unwrap_or_else(|_| unreachable!("keys are words, values are numbers"));
        Ok(self.ledger().set_meta(TOLD, &told)?)
    }

    /// Says how the day stands, where it decides how much of `due` is sent.
    pub(super) fn tell_calendar(&mut self, due: &BTreeMap<Verb, u64>) {
        for (verb, wanted) in due.iter().filter(|(_, wanted)| **wanted > 0) {
            let standing = self.standing(*verb);
            let Words { en, zh } = standing_words(&standing);
            match standing.left {
                Some(left) if left < *wanted => {
                    self.say(words!("{verb}: {left} of {wanted} may be sent today ({en})"; "{verb}：{wanted} 次中今日可提交 {left} 次（{zh}）"));
                }
                Some(_) => {}
                None => self.warn_once(words!(
                    "nobody tells how many {verb} calls a day are allowed: it is sent until the platform refuses (45009)";
                    "无法得知 {verb} 的每日额度：将持续提交，直到平台拒绝（45009）"
                )),
            }
        }
    }
}
