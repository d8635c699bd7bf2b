//! A day's quota while a sending goes on: when the platform is asked again, and what its answer means for what may still be
//! sent, seeing that calls are under way while it counts. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use super::calendar::{Calendar, QuotaRules, Told};
use super::quota_answer::Answer;
use crate::store::{Stamp, Verb, Words};
use crate::wire::Endpoint;
use crate::wire::answer::DailyQuota;
use crate::words;

/// The platform is asked again after so many sends, or after a twentieth of the day's limit if that is more …
const SENDS_MIN: u64 = 50;

/// … and after this long, if anything was sent since.
const ASK_EVERY: Duration = Duration::from_secs(600);

/// Once the day has turned the platform is asked this often, until its counter shows it.
const ASK_AT_TURN: Duration = Duration::from_secs(180);

/// Fewer calls than this that we cannot account for are not held against anybody.
const OTHERS_MIN: u64 = 3;

/// What is counted of one verb since the platform told last.
#[derive(Debug, Clone)]
struct Count {
    limit: u64,
    reserve: u64,
    /// Used of the day when it told, by the safest reading.
    used: u64,
    /// Our own calls of the day until then, as the ledger knew.
    own: u64,
    /// Sends that have begun since. Those that were under way when it told are among them: it may not have counted them.
    begun: u64,
    ended: u64,
    told_at: Stamp,
    /// The platform's day as its own counter last showed it.
    day: i64,
    asked: Option<Asked>,
    /// What is somebody else's, as far as it is certain.
    others: u64,
    others_said: bool,
    latest: Option<Told>,
}

/// A question that is under way.
#[derive(Debug, Clone, Copy)]
struct Asked {
    at: Stamp,
    /// Sends that had ended by then: the platform has certainly counted these.
    ended: u64,
}

/// What an answer came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct News {
    /// So many sends may begin from now on, if the answer changes that.
    pub left: Option<u64>,
    /// What is worth telling.
    pub said: Vec<Words>,
}

/// The watch over the day's quotas of all verbs whose limit is known.
#[derive(Debug, Clone, Default)]
pub struct QuotaWatch {
    rules: QuotaRules,
    counts: BTreeMap<Verb, Count>,
}

impl QuotaWatch {
    /// A watch that begins with what the calendar knows at `now`, when nothing is under way.
    #[must_use]
    pub fn new(calendar: &Calendar, now: Stamp) -> Self {
        let count = |verb: Verb| {
            let standing = calendar.standing(Endpoint::from(verb), now);
            // Where the platform does not tell there is nobody to ask.
            standing.since?;
            let count = Count {
                limit: standing.limit?,
                reserve: standing.reserve,
                used: standing.used,
                own: standing.own,
                begun: 0,
                ended: 0,
                told_at: now,
                day: calendar.rules.day.number(now),
                asked: None,
                others: 0,
                others_said: false,
                latest: None,
            };
            Some((verb, count))
        };
        Self { rules: calendar.rules.clone(), counts: Verb::ALL.into_iter().filter_map(count).collect() }
    }

    /// A send has begun.
    pub fn begun(&mut self, verb: Verb) {
        if let Some(count) = self.counts.get_mut(&verb) {
            count.begun += 1;
        }
    }

    /// A send has ended; `left` if it left at all.
    pub fn ended(&mut self, verb: Verb, left: bool) {
        if let Some(count) = self.counts.get_mut(&verb) {
            if left {
                count.ended += 1;
            } else {
                count.begun -= count.begun.min(1);
            }
        }
    }

    /// Whether the platform is to be asked about a verb now; then it counts as asked.
    pub fn ask(&mut self, now: Stamp) -> Option<Verb> {
        let day = self.rules.day;
        let is_due = |count: &Count| {
            let since = now.since(count.told_at);
            let turned = day.number(now) != count.day && (since >= ASK_AT_TURN || count.told_at < day.begin_of(now));
            let many = count.begun >= SENDS_MIN.max(count.limit / 20);
            count.asked.is_none() && (many || turned || (count.begun > 0 && since >= ASK_EVERY))
        };
        let (verb, count) = self.counts.iter_mut().find(|(_, count)| is_due(count))?;
        count.asked = Some(Asked { at: now, ended: count.ended });
        Some(*verb)
    }

    /// The answer to what was asked; `None` if there was none. `left` sends may begin as things stand.
    pub fn answered(&mut self, verb: Verb, now: Stamp, daily: Option<&DailyQuota>, left: u64) -> News {
        let rules = self.rules.clone();
        let Some(count) = self.counts.get_mut(&verb) else { return News::default() };
        let Some(asked) = count.asked.take() else { return News::default() };
        let answer = daily.map(|daily| Answer::read(Endpoint::from(verb), daily));
        let mut said: Vec<Words> = answer.iter().filter_map(|answer| answer.doubt.clone()).collect();
        let is_clear = said.is_empty();
        let Some(told_left) = answer.as_ref().and_then(|answer| answer.left) else {
            // What was known goes on being known; it is asked again in its time.
            count.told_at = now;
            return News { left: None, said };
        };
        let limit = answer.and_then(|answer| answer.limit).unwrap_or(count.limit);
        let used = limit.saturating_sub(told_left);
        // A counter that shows less than what had ended before it was asked has begun anew.
        let day = rules.day.number(asked.at);
        let turned = day != count.day && used < count.used + asked.ended;
        let uncounted = count.begun - asked.ended.min(count.begun);
        let by_limit = count.limit.min(limit).saturating_sub(used);
        let may = told_left.min(by_limit).saturating_sub(count.reserve).saturating_sub(uncounted);
        if turned {
            said.push(words!(
                "the platform's day has turned: {may} {verb} calls may be made today"; "平台已进入新的一天：今日可调用 {verb} {may} 次"
            ));
            count.others_said = false;
            count.others = 0;
        } else if is_clear {
            count.others += used.saturating_sub(count.used + count.begun);
        }
        if count.others >= OTHERS_MIN && !count.others_said {
            count.others_said = true;
            let (others, may) = (count.others, may.min(left));
            said.push(words!(
                "{verb}: somebody else uses the same quota, {others} calls since this run began; {may} of {limit} are left for it \
                 today";
                "{verb}：有人共用同一额度，本次运行以来已调用 {others} 次；今日 {limit} 次中本次运行还可用 {may} 次"
            ));
        }
        let may = if turned { may } else { may.min(left) };
        // Which of ours the new day has counted nobody knows: as if it were none, so that they count twice and not never.
        count.own = if turned { 0 } else { count.own + asked.ended };
        let told = Told { at: asked.at, limit: Some(limit), left: told_left, is_hollow: false, own: count.own };
        *count = Count {
            used,
            begun: uncounted,
            ended: count.ended - asked.ended,
            told_at: now,
            day: if turned { day } else { count.day },
            latest: Some(told),
            ..count.clone()
        };
        News { left: Some(may), said }
    }

    /// What the platform told last of each verb.
    #[must_use]
    pub fn told(&self) -> Vec<(Verb, Told)> {
        self.counts.iter().filter_map(|(verb, count)| Some((*verb, count.latest.clone()?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V: Verb = Verb::AddStore;
    const MINUTE: i64 = 60_000;

    /// 2026-11-25T00:00:00+08:00.
    const MIDNIGHT: Stamp = Stamp(1_795_536_000_000);

    fn minutes(n: i64) -> Stamp {
        Stamp(MIDNIGHT.0 + n * MINUTE)
    }

    fn daily(limit: i64, used: i64) -> DailyQuota {
        DailyQuota { limit: Some(limit), used: Some(used), remain: Some((limit - used).max(0)) }
    }

    /// A watch that begins at `now`, when `used` of 300 are used.
    fn watch(now: Stamp, used: i64) -> QuotaWatch {
        let mut calendar = Calendar::default();
        calendar.take(Endpoint::AddStore, &daily(300, used), now);
        QuotaWatch::new(&calendar, now)
    }

    fn sends(watch: &mut QuotaWatch, begun: usize, ended: usize) {
        (0..begun).for_each(|_| watch.begun(V));
        (0..ended).for_each(|_| watch.ended(V, true));
    }

    #[test]
    fn the_platform_is_asked_after_so_many_sends_or_after_a_while_with_some_and_once_at_a_time() {
        let mut busy = watch(minutes(600), 0);
        sends(&mut busy, 49, 49);
        assert_eq!(busy.ask(minutes(601)), None);
        sends(&mut busy, 1, 0);
        assert_eq!((busy.ask(minutes(601)), busy.ask(minutes(601))), (Some(V), None));
        let mut slow = watch(minutes(600), 0);
        assert_eq!(slow.ask(minutes(700)), None, "nothing was sent");
        sends(&mut slow, 1, 1);
        assert_eq!((slow.ask(minutes(609)), slow.ask(minutes(610))), (None, Some(V)));
    }

    #[test]
    fn what_is_under_way_may_not_be_counted_yet_and_is_taken_off() {
        let mut watch = watch(minutes(600), 0);
        sends(&mut watch, 60, 50);
        watch.ask(minutes(601));
        sends(&mut watch, 2, 7);
        // 285 less 50 counted, less 12 that had not ended when it was asked.
        let news = watch.answered(V, minutes(602), Some(&daily(300, 50)), 223);
        assert_eq!(news, News { left: Some(223), said: vec![] });
        // If it had counted them all, as many as before are left: what was too careful is not given back.
        sends(&mut watch, 50, 55);
        watch.ask(minutes(603));
        assert_eq!(watch.answered(V, minutes(604), Some(&daily(300, 112)), 173).left, Some(173));
    }

    #[test]
    fn somebody_elses_use_takes_from_what_is_left_and_is_said_once_with_numbers() {
        let mut watch = watch(minutes(600), 0);
        sends(&mut watch, 50, 50);
        watch.ask(minutes(601));
        let news = watch.answered(V, minutes(601), Some(&daily(300, 90)), 235);
        assert_eq!(news.left, Some(195));
        assert!(news.said[0].en.contains("40 calls since this run began; 195 of 300 are left"), "{:?}", news.said);
        sends(&mut watch, 50, 50);
        watch.ask(minutes(602));
        let news = watch.answered(V, minutes(602), Some(&daily(300, 180)), 145);
        assert_eq!(news, News { left: Some(105), said: vec![] }, "said before");
    }

    #[test]
    fn calls_of_ours_that_are_under_way_are_never_taken_for_somebody_elses() {
        let mut watch = watch(minutes(600), 0);
        sends(&mut watch, 60, 50);
        watch.ask(minutes(601));
        assert_eq!(watch.answered(V, minutes(601), Some(&daily(300, 60)), 225).said, []);
        // Those ten have ended by now, and were counted before.
        sends(&mut watch, 50, 60);
        watch.ask(minutes(602));
        assert_eq!(watch.answered(V, minutes(602), Some(&daily(300, 110)), 175).said, []);
    }

    #[test]
    fn the_new_days_calls_are_taken_only_once_the_platforms_counter_has_begun_anew() {
        let mut watch = watch(minutes(-60), 200);
        sends(&mut watch, 40, 38);
        assert_eq!(watch.ask(minutes(0)), Some(V), "at once");
        assert_eq!(watch.answered(V, minutes(0), Some(&daily(300, 238)), 45).left, Some(45), "it has not turned there");
        assert_eq!((watch.ask(minutes(1)), watch.ask(minutes(3))), (None, Some(V)));
        sends(&mut watch, 1, 3);
        let news = watch.answered(V, minutes(3), Some(&daily(300, 1)), 44);
        // 300 less 15 kept, less 1 counted, less 3 that were under way when the day turned: for both days.
        assert_eq!(news.left, Some(281));
        assert!(news.said[0].en.contains("the platform's day has turned: 281"));
        assert_eq!(watch.ask(minutes(4)), None);
    }

    #[test]
    fn no_answer_and_no_sense_change_nothing_for_the_better() {
        let mut watch = watch(minutes(600), 0);
        sends(&mut watch, 50, 50);
        watch.ask(minutes(601));
        assert_eq!(watch.answered(V, minutes(601), None, 235), News::default());
        sends(&mut watch, 50, 50);
        watch.ask(minutes(602));
        let odd = DailyQuota { limit: Some(0), used: None, remain: Some(9_999) };
        let news = watch.answered(V, minutes(602), Some(&odd), 185);
        assert_eq!((news.left, news.said.len()), (Some(0), 1), "the safest reading");
    }

    #[test]
    fn a_call_that_never_left_is_not_counted() {
        let mut watch = watch(minutes(600), 0);
        sends(&mut watch, 51, 50);
        watch.ended(V, false);
        watch.ask(minutes(601));
        assert_eq!(watch.answered(V, minutes(601), Some(&daily(300, 50)), 235).left, Some(235));
    }
}
