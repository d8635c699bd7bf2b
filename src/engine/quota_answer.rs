//! What an answer of `openapi/quota/get` says about a day, read so that it never allows more calls than its safest reading.
//! Pure.

use crate::store::Words;
use crate::wire::Endpoint;
use crate::wire::answer::DailyQuota;
use crate::words;

/// `used` and `remain` may miss the limit by so many calls, or by a hundredth of it: calls come in while it is counted.
const SLACK_MIN: i64 = 3;

/// An answer, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Calls a day, where it says so credibly.
    pub limit: Option<u64>,
    /// Calls left today by its safest reading; `None` if it says nothing of the kind.
    pub left: Option<u64>,
    /// It gives a limit that is none (0, or less): a configured limit says more than it does.
    pub is_hollow: bool,
    /// What about it makes no sense, and how it is taken.
    pub doubt: Option<Words>,
}

impl Answer {
    /// Reads the answer about `endpoint`.
    #[must_use]
    pub fn read(endpoint: Endpoint, daily: &DailyQuota) -> Self {
        let &DailyQuota { limit, used, remain } = daily;
        let said = |n: Option<i64>| n.map_or_else(|| "–".to_owned(), |n| n.to_string());
        let doubt = |left: Option<u64>| {
            let (limit, used, remain) = (said(limit), said(used), said(remain));
            Some(match left {
                Some(left) => words!(
                    "quota/get answers daily_limit {limit}, used {used}, remain {remain} for {endpoint}, which makes no sense; \
                     taken as {left} left, the safest reading";
                    "quota/get 返回 {endpoint} daily_limit {limit}、used {used}、remain {remain}，不合常理；按最保守的 {left} 次剩余处理"
                ),
                None => words!(
                    "quota/get answers daily_limit {limit}, used {used}, remain {remain} for {endpoint}, which makes no sense; \
                     taken as no answer";
                    "quota/get 返回 {endpoint} daily_limit {limit}、used {used}、remain {remain}，不合常理；视为未返回"
                ),
            })
        };
        let Some(limit) = limit else {
            let left = remain.map(positive);
            return Self { limit: None, left, is_hollow: false, doubt: doubt(left) };
        };
        if limit <= 0 {
            return Self { limit: None, left: Some(0), is_hollow: true, doubt: doubt(Some(0)) };
        }
        let by_used = used.map_or(limit, |used| limit.saturating_sub(used.max(0)));
        let left = positive(remain.unwrap_or(limit).min(by_used).min(limit));
        let credible = is_credible(limit, used, remain);
        Self {
            limit: Some(positive(limit)),
            left: Some(left),
            is_hollow: false,
            doubt: if credible { None } else { doubt(Some(left)) },
        }
    }
}

/// The parts agree with each other, as far as they are there.
fn is_credible(limit: i64, used: Option<i64>, remain: Option<i64>) -> bool {
    let in_range = |n: Option<i64>| n.is_none_or(|n| n >= 0);
    if !in_range(used) || !in_range(remain) || remain.is_some_and(|remain| remain > limit) {
        return false;
    }
    let (Some(used), Some(remain)) = (used, remain) else { return true };
    // Refused calls are counted, too: more than the limit is used of a day that is spent.
    let overspent = remain == 0 && used >= limit;
    let missed = (i128::from(used) + i128::from(remain) - i128::from(limit)).unsigned_abs();
    overspent || missed <= u128::from((limit / 100).max(SLACK_MIN).unsigned_abs())
}

fn positive(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(limit: Option<i64>, used: Option<i64>, remain: Option<i64>) -> Answer {
        Answer::read(Endpoint::AddStore, &DailyQuota { limit, used, remain })
    }

    #[test]
    fn an_answer_that_agrees_with_itself_is_taken_at_its_word() {
        for (used, remain, left) in [(0, 300, 300), (20, 280, 280), (21, 280, 279), (20, 279, 279), (310, 0, 0)] {
            let answer = read(Some(300), Some(used), Some(remain));
            assert_eq!((answer.limit, answer.left, answer.doubt), (Some(300), Some(left), None), "{used} {remain}");
        }
        assert_eq!(read(Some(300), None, Some(12)).left, Some(12), "a part may be missing");
        assert_eq!(read(Some(300), Some(12), None).left, Some(288));
    }

    #[test]
    fn one_that_makes_no_sense_allows_no_more_than_its_safest_reading_and_is_said() {
        let cases = [
            (Some(300), Some(10), Some(900), 290),
            (Some(300), Some(-5), Some(305), 300),
            (Some(300), Some(10), Some(-1), 0),
            (Some(300), Some(10), Some(100), 100),
            (Some(300), Some(250), Some(280), 50),
            (Some(0), Some(0), Some(500), 0),
            (Some(-1), None, None, 0),
            (None, Some(10), Some(7), 7),
            (None, None, Some(-7), 0),
            (Some(i64::MAX), Some(i64::MAX), Some(i64::MAX), 0),
        ];
        for (limit, used, remain, left) in cases {
            let answer = read(limit, used, remain);
            assert_eq!(answer.left, Some(left), "{limit:?} {used:?} {remain:?}");
            assert!(answer.doubt.is_some(), "{limit:?} {used:?} {remain:?}");
        }
        assert!(read(Some(0), Some(0), Some(0)).is_hollow);
    }

    #[test]
    fn one_without_a_number_that_bounds_anything_is_no_answer() {
        let answer = read(None, Some(3), None);
        assert_eq!((answer.limit, answer.left), (None, None));
        assert!(answer.doubt.is_some_and(|words| words.en.contains("taken as no answer")));
    }
}
