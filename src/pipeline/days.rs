//! A run over as many of the platform's days as it takes: a day's work, and the night between two of them.

use std::time::Duration;

use super::quota::standing_words;
use super::{Ended, PipelineError, PlatformSettings, WaveEndKind, Work};
use crate::engine::{Phase, WaitsFor};
use crate::reconcile::PassError;
use crate::store::{Stamp, State, Verb, Words};
use crate::wechat::{ReadError, TokenError};
use crate::wire::{Class, Endpoint};
use crate::words;

/// Where the day has turned and the platform's counter has not, it is looked at again after this.
const NOT_YET: Duration = Duration::from_secs(300);

/// So often at most; then less often.
const LOOKS_MAX: u32 = 12;

/// After that it is looked at again after this: the day may turn at another hour than the configuration says.
const HOURLY: Duration = Duration::from_secs(3_600);

/// So often at most, which is a whole day; then the run ends, and the same command goes on.
const HOURLY_LOOKS_MAX: u32 = 24;

/// The clock is looked at this often while a run waits.
const PIECE: Duration = Duration::from_secs(60);

/// A line this often while a run waits.
const LINE_EVERY: Duration = Duration::from_secs(3_600);

/// So many days in a row that brought nothing but a refusal, and no further one is waited for.
const IDLE_DAYS_MAX: u32 = 3;

/// With what a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// With the platform's list, where the stores come from as well.
    Platform,
    /// With stores that are planned.
    Planned,
    /// With the ledger's stores, which are planned once the platform has answered.
    Ledger,
}

/// How far a run has come on its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Reached {
    Nothing,
    Connected,
    Planned,
}

/// Why a run would have to wait for the next day.
#[derive(Debug, Clone)]
struct Spent {
    /// What has nothing left.
    endpoints: Vec<Endpoint>,
    /// When there is more.
    until: Stamp,
    /// In words.
    why: Words,
}

impl Work<'_> {
    /// Connects, settles what was left, reads, plans by what was read, and sends; with `--wait-for-quota` day after day.
    pub(super) fn carry_out(&mut self, platform: &PlatformSettings, begin: Begin) -> Result<Ended, PipelineError> {
        let mut ended = Ended::default();
        let (mut reached, mut idle_days) = (Reached::Nothing, 0);
        loop {
            let spent = match self.day(&mut reached, platform, begin) {
                Ok(None) => return Ok(ended),
                Ok(Some(day)) => {
                    self.waited_out = 0;
                    idle_days = if day.progress.sent > 0 { 0 } else { idle_days + 1 };
                    // What was said of the day before is over.
                    (ended.words, ended.wave) = (None, None);
                    ended = ended.followed_by(day);
                    if ended.wave.as_ref().is_some_and(|end| end.kind != WaveEndKind::InReview) {
                        // The waves have come to an end that no other day changes.
                        return Ok(ended);
                    }
                    let spent = self.spent_writes()?;
                    let goes_on = ended.halt.is_none() && idle_days <= IDLE_DAYS_MAX;
                    if spent.is_none() && goes_on && self.has_turned()? {
                        self.ask_quotas()?;
                        self.begin_day();
                        continue;
                    }
                    spent
                }
                Err(error) => {
                    if self.waits_out(&error, reached) {
                        continue;
                    }
                    idle_days += 1;
                    let spent = self.spent_read(&error)?;
                    if spent.is_some() && self.standpoints(&State::ALL)?.iter().all(|at| !at.state.can_move()) {
                        // Everything is settled: the reading would have seen it once more.
                        return Ok(ended);
                    }
                    match spent {
                        Some(spent) if self.orders.wait_for_quota && idle_days <= IDLE_DAYS_MAX => Some(spent),
                        _ => return Err(error),
                    }
                }
            };
            let Some(spent) = spent.filter(|_| ended.halt.is_none() && idle_days <= IDLE_DAYS_MAX) else {
                return Ok(ended);
            };
            let until = spent.until.rfc3339();
            let Words { en, zh } = &spent.why;
            if !self.orders.wait_for_quota {
                self.warn(words!("{en}; it goes on from {until} on"; "{zh}；{until} 起可继续"));
                return Ok(ended);
            }
            self.say(words!("{en}; waiting until {until}"; "{zh}；等待至 {until}"));
            if !self.is_next_day(&spent)? {
                let halt = self.is_stopped().then_some(crate::engine::Halt::Stopped);
                return Ok(Ended { halt: ended.halt.or(halt), ..ended });
            }
            self.begin_day();
        }
    }

    /// One day's work; `None` where nothing was to be sent.
    fn day(
        &mut self,
        reached: &mut Reached,
        platform: &PlatformSettings,
        begin: Begin,
    ) -> Result<Option<Ended>, PipelineError> {
        if *reached < Reached::Connected {
            self.connect(platform)?;
            self.recover()?;
            self.ask_quotas()?;
            if begin == Begin::Ledger {
                self.plan()?;
            }
            *reached = Reached::Connected;
        }
        self.read_platform(begin == Begin::Platform)?;
        if *reached == Reached::Planned {
            // Something may have been sent by now: a no ends the sending, not the run.
            return if self.may_send_again()? { self.send_in_waves().map(Some) } else { Ok(None) };
        }
        self.tell_unmatched()?;
        if !self.is_planned || self.ledger().last_cell()? != self.planned_with {
            self.plan()?;
        }
        self.tell_idle_approvals()?;
        self.guard()?;
        if self.orders.dry_run {
            self.tell_waves()?;
            self.tell_pictures()?;
            return Ok(None);
        }
        *reached = Reached::Planned;
        self.send_in_waves().map(Some)
    }

    /// A new day is like a new run: what was not sent may be, and what was spent is not.
    fn begin_day(&mut self) {
        self.sent.clear();
        // Reviews are waited for after the sending, and that begins anew.
        self.wait_until = None;
        self.short.clear();
        self.spent_uploads.clear();
        let spent = std::mem::take(&mut self.spent_verbs);
        self.stopped_verbs.retain(|verb| !spent.contains(verb));
    }

    /// Whether stores were left over for want of quota, and there is quota again: the day has turned since.
    fn has_turned(&self) -> Result<bool, PipelineError> {
        Ok(!self.waiting_for(&|verb| self.short.contains(&verb) && !self.standing(verb).is_spent())?.is_empty())
    }

    /// Whether a reading that failed on a later day is waited out: nobody is there at midnight to repeat the command.
    fn waits_out(&mut self, error: &PipelineError, reached: Reached) -> bool {
        let is_late = self.orders.wait_for_quota && reached == Reached::Planned;
        if !is_late || !self.may_pass(error) || self.waited_out >= LOOKS_MAX || self.is_stopped() {
            return false;
        }
        self.waited_out += 1;
        self.warn(words!("the day cannot begin yet: {error}; trying again in 5 minutes"; "新的一天暂时无法开始：{error}；5 分钟后重试"));
        self.sleep_until(self.clock.now().after(NOT_YET));
        !self.is_stopped()
    }

    /// Stores that wait for nothing but the next day's quota, by verb.
    fn waiting(&self) -> Result<Vec<(Verb, u64)>, PipelineError> {
        self.waiting_for(&|verb| self.standing(verb).is_spent())
    }

    /// Stores of these verbs that could be sent.
    fn waiting_for(&self, wanted: &dyn Fn(Verb) -> bool) -> Result<Vec<(Verb, u64)>, PipelineError> {
        let rows = self.standpoints(&[State::Pending, State::Retry])?;
        let limit_reached = self.limit_left() == Some(0);
        let waits = |state: State| state == State::Retry || (state == State::Pending && !limit_reached);
        let stopped = |verb: &Verb| self.stopped_verbs.contains(verb) && !self.spent_verbs.contains(verb);
        let verbs = self.orders.job.verbs().iter().copied().filter(|verb| wanted(*verb) && !stopped(verb));
        let count = |verb: Verb| {
            let of_it = rows.iter().filter(|row| row.action.verb() == Some(verb) && waits(row.state));
            (verb, of_it.count() as u64)
        };
        Ok(verbs.map(count).filter(|(_, stores)| *stores > 0).collect())
    }

    /// Whether the rest is for another day, which this run will wait for: then it does not wait for reviews before.
    pub(super) fn goes_on_tomorrow(&self) -> Result<bool, PipelineError> {
        Ok(self.orders.wait_for_quota && !(self.waiting()?.is_empty() && self.spent_uploads.is_empty()))
    }

    fn spent_writes(&mut self) -> Result<Option<Spent>, PipelineError> {
        self.look_at_calendar()?;
        let spent: Vec<Endpoint> = self.waiting()?.iter().map(|(verb, _)| Endpoint::from(*verb)).collect();
        if !spent.is_empty() && !self.is_stopped() {
            // Nothing is under way now, so that the platform's number and ours are of the same calls.
            self.ask_about(&spent)?;
            self.look_at_calendar()?;
        }
        let waiting = self.waiting()?;
        if waiting.is_empty() {
            return self.spent_on_uploads();
        }
        // The one that there is more of first is what is waited for.
        let until = waiting.iter().map(|(verb, _)| self.standing(*verb).resumes_at).min();
        let Some(until) = until else { return Ok(None) };
        let said = waiting.iter().map(|(verb, stores)| {
            let Words { en, zh } = standing_words(&self.standing(*verb));
            words!("{verb}: nothing is left today ({en}), {stores} stores wait"; "{verb}：今日额度已用完（{zh}），{stores} 家待提交")
        });
        let (en, zh): (Vec<_>, Vec<_>) = said.map(|words| (words.en, words.zh)).unzip();
        let why = Words { en: en.join("; "), zh: zh.join("；") };
        let endpoints = waiting.iter().map(|(verb, _)| Endpoint::from(*verb)).collect();
        Ok(Some(Spent { endpoints, until, why }))
    }

    /// Stores that wait for nothing but the next day's uploads.
    fn spent_on_uploads(&self) -> Result<Option<Spent>, PipelineError> {
        let standings =
            self.spent_uploads.iter().map(|endpoint| (*endpoint, self.calendar.standing(*endpoint, self.clock.now())));
        let spent: Vec<_> = standings.filter(|(_, standing)| standing.is_spent()).collect();
        let stores = self.waiting_for(&|_| true)?.iter().map(|(_, stores)| stores).sum::<u64>();
        let until = spent.iter().map(|(_, standing)| standing.resumes_at).min();
        let Some(until) = until.filter(|_| stores > 0) else { return Ok(None) };
        let said = spent.iter().map(|(endpoint, standing)| {
            let Words { en, zh } = standing_words(standing);
            words!("{endpoint}: nothing is left today ({en})"; "{endpoint}：今日额度已用完（{zh}）")
        });
        let (en, zh): (Vec<_>, Vec<_>) = said.map(|words| (words.en, words.zh)).unzip();
        let (en, zh) = (en.join("; "), zh.join("；"));
        let why = words!("{en}; {stores} stores wait for their pictures"; "{zh}；{stores} 家门店的图片待上传");
        Ok(Some(Spent { endpoints: spent.into_iter().map(|(endpoint, _)| endpoint).collect(), until, why }))
    }

    /// A reading that was refused for the day's sake.
    fn spent_read(&mut self, error: &PipelineError) -> Result<Option<Spent>, PipelineError> {
        let (PipelineError::Read(read) | PipelineError::Pass(PassError::Read(read))) = error else { return Ok(None) };
        let (ReadError::Refused { endpoint, .. } | ReadError::Token(TokenError::Refused { endpoint, .. })) = read
        else {
            return Ok(None);
        };
        let spent =
            self.connection().is_ok_and(|connection| read.class(connection.client.errors()) == Class::QuotaSpent);
        if !spent {
            return Ok(None);
        }
        self.note_calls()?;
        self.look_at_calendar()?;
        let until = self.calendar.standing(*endpoint, self.clock.now()).resumes_at;
        let why =
            words!("{endpoint}: the platform answers no more today ({read})"; "{endpoint}：平台今日不再应答（{read}）");
        Ok(Some(Spent { endpoints: vec![*endpoint], until, why }))
    }

    /// Sleeps until there is more, and asks the platform whether there is; `false` where a person stops it, or the platform's
    /// day does not turn.
    fn is_next_day(&mut self, spent: &Spent) -> Result<bool, PipelineError> {
        self.sleep_until(spent.until);
        let asked: Vec<Endpoint> = spent.endpoints.iter().copied().filter(|endpoint| !endpoint.is_token()).collect();
        for look in 0..LOOKS_MAX + HOURLY_LOOKS_MAX {
            if self.is_stopped() {
                return Ok(false);
            }
            let answered = self.ask_about(&asked)?;
            let now = self.clock.now();
            let is_left = spent.endpoints.iter().any(|endpoint| !self.calendar.standing(*endpoint, now).is_spent());
            // Where nobody tells, the platform's clock may be behind ours by some minutes.
            if is_left && (answered || look > 0) {
                self.say(words!("the quota is back; the list is read again"; "额度已恢复，重新读取列表"));
                return Ok(true);
            }
            if self.is_stopped() {
                return Ok(false);
            }
            let pause = if look < LOOKS_MAX { NOT_YET } else { HOURLY };
            let minutes = pause.as_secs() / 60;
            self.say(if answered {
                words!("the platform's day has not turned yet; looking again in {minutes} minutes"; "平台额度尚未恢复，{minutes} 分钟后再查")
            } else {
                words!("quota/get does not tell whether the day has turned; going on in {minutes} minutes"; "quota/get 未返回额度是否已恢复，{minutes} 分钟后继续")
            });
            self.sleep_until(now.after(pause));
        }
        if !self.is_stopped() {
            self.warn(words!("the quota has not come back; the same command goes on later"; "额度仍未恢复；稍后重新运行同一命令即可继续"));
        }
        Ok(false)
    }

    /// Sleeps, and says now and then that it does; a person's wish to stop wakes it up.
    fn sleep_until(&self, until: Stamp) {
        self.enter(Phase::Waiting);
        self.control.wait_for(WaitsFor::Quota, Some(until));
        let mut said_at = self.clock.now();
        loop {
            let left = until.since(self.clock.now());
            if self.is_stopped() || (left.is_zero() && !self.control.is_paused()) {
                return;
            }
            // In short pieces: a machine that slept meanwhile has not waited by all clocks. A paused run does not go on.
            self.sleep(left.min(PIECE).max(Duration::from_secs(1)));
            let minutes = until.since(self.clock.now()).as_secs().div_ceil(60);
            if minutes > 0 && !self.is_stopped() && self.clock.now().since(said_at) >= LINE_EVERY {
                said_at = self.clock.now();
                let (hours, minutes, at) = (minutes / 60, minutes % 60, until.rfc3339());
                self.say(words!("waiting for the quota until {at}: {hours} h {minutes} min left"; "等待额度恢复至 {at}：还有 {hours} 小时 {minutes} 分钟"));
            }
        }
    }
}
