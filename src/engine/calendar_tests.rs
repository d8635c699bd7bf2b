//! The calendar's decisions, each in words.

use super::*;

const E: Endpoint = Endpoint::AddStore;
const HOUR: i64 = 3_600_000;

/// 2026-11-25T00:00:00+08:00.
const MIDNIGHT: i64 = 1_795_536_000_000;

fn at(hour: i64) -> Stamp {
    Stamp(MIDNIGHT + hour * HOUR)
}

fn daily(limit: i64, used: i64, remain: i64) -> DailyQuota {
    DailyQuota { limit: Some(limit), used: Some(used), remain: Some(remain) }
}

fn calendar(own: u64) -> Calendar {
    Calendar { own: BTreeMap::from([(E, own)]), ..Calendar::default() }
}

fn with_limit(mut calendar: Calendar, limit: u64) -> Calendar {
    calendar.rules.limits.insert(E, limit);
    calendar
}

fn refused(mut calendar: Calendar, at: Stamp, after: u64) -> Calendar {
    calendar.refused.insert(E, Refused { at, after });
    calendar
}

fn left(calendar: &Calendar, now: Stamp) -> Option<u64> {
    calendar.standing(E, now).left
}

#[test]
fn what_the_platform_tells_less_the_reserve_is_left() {
    let mut calendar = calendar(20);
    assert_eq!(calendar.take(E, &daily(300, 20, 280), at(9)), []);
    let standing = calendar.standing(E, at(9));
    assert_eq!((standing.left, standing.a_day, standing.reserve), (Some(265), Some(285), 15));
    assert_eq!((standing.source, standing.since, standing.resumes_at), (Source::Platform, Some(at(9)), at(24)));
}

#[test]
fn the_larger_of_the_platforms_count_and_ours_is_believed() {
    let mut ours = calendar(50);
    ours.take(E, &daily(300, 20, 280), at(9));
    assert_eq!((ours.standing(E, at(9)).used, left(&ours, at(9))), (50, Some(235)));
    let mut theirs = calendar(0);
    theirs.take(E, &daily(300, 290, 10), at(9));
    assert_eq!(left(&theirs, at(9)), Some(0), "the reserve is not ours");
}

#[test]
fn what_was_sent_since_the_platform_told_counts_as_well() {
    let mut calendar = calendar(20);
    calendar.take(E, &daily(300, 60, 240), at(9));
    calendar.own.insert(E, 120);
    assert_eq!((calendar.standing(E, at(10)).used, left(&calendar, at(10))), (160, Some(125)));
}

#[test]
fn a_new_day_is_whole_again_but_for_what_we_have_sent_in_it() {
    let mut calendar = calendar(285);
    calendar.take(E, &daily(300, 300, 0), at(-2));
    calendar.own.insert(E, 0);
    assert_eq!(left(&calendar, at(0)), Some(285));
    // Calls that were under way when the day turned count for it, too.
    calendar.own.insert(E, 3);
    assert_eq!(left(&calendar, at(1)), Some(282));
}

#[test]
fn of_the_platform_and_the_configuration_the_lower_limit_holds() {
    let mut calendar = with_limit(calendar(0), 100);
    assert_eq!((left(&calendar, at(9)), calendar.standing(E, at(9)).source), (Some(95), Source::Configuration));
    calendar.take(E, &daily(300, 250, 50), at(9));
    assert_eq!(calendar.standing(E, at(9)).limit, Some(100));
    assert_eq!(left(&calendar, at(9)), Some(0), "what the platform has counted is used of the lower limit, too");
    calendar.rules.limits.insert(E, 900);
    assert_eq!((left(&calendar, at(9)), calendar.standing(E, at(9)).source), (Some(35), Source::Platform));
}

#[test]
fn a_refusal_is_harder_than_what_quota_get_says_and_holds_until_the_day_turns() {
    let mut calendar = refused(calendar(5), at(9), 5);
    calendar.take(E, &daily(300, 5, 295), at(10));
    let standing = calendar.standing(E, at(10));
    assert_eq!((standing.left, standing.source, standing.resumes_at), (Some(0), Source::Refusal, at(24)));
    assert_eq!(left(&calendar, at(24)), Some(280), "the next day, of which the ledger has 5");
}

#[test]
fn a_refusal_right_after_the_turn_is_of_the_day_before() {
    let soon = Stamp(at(0).0 + 60_000);
    let few = refused(calendar(0), soon, 10);
    let standing = few.standing(E, soon);
    assert_eq!((standing.left, standing.resumes_at), (Some(0), soon.after(TURN_SLACK)));
    assert_eq!(left(&few, soon.after(TURN_SLACK)), Some(9), "10 are all that is known to be borne; 1 is kept");
    let many = refused(calendar(0), soon, 285);
    assert_eq!(many.standing(E, soon).resumes_at, at(24), "unless so many were served since");
}

#[test]
fn a_day_that_we_use_up_ourselves_right_after_its_turn_is_over_until_the_next() {
    let soon = Stamp(at(0).0 + 300_000);
    let mut calendar = calendar(285);
    calendar.take(E, &daily(300, 285, 15), soon);
    let standing = calendar.standing(E, soon);
    assert_eq!((standing.left, standing.resumes_at), (Some(0), at(24)));
}

#[test]
fn an_answer_right_after_the_turn_that_leaves_nothing_is_asked_for_again_soon() {
    let soon = Stamp(at(0).0 + 60_000);
    let mut calendar = calendar(0);
    calendar.take(E, &daily(300, 300, 0), soon);
    let standing = calendar.standing(E, soon);
    assert_eq!((standing.left, standing.resumes_at), (Some(0), soon.after(TURN_SLACK)));
    calendar.take(E, &daily(300, 300, 0), at(1));
    assert_eq!(calendar.standing(E, at(1)).resumes_at, at(24), "an hour later it is the new day's");
}

#[test]
fn where_nobody_tells_what_a_day_bore_is_the_limit_of_the_next() {
    let calendar = refused(calendar(0), at(-9), 300);
    let standing = calendar.standing(E, at(9));
    assert_eq!((standing.left, standing.source), (Some(285), Source::Refusal));
    assert_eq!(left(&refused(self::calendar(0), at(-9), 0), at(9)), None, "a day refused at once taught no number");
}

#[test]
fn where_nobody_knows_nothing_is_made_up() {
    let standing = calendar(7).standing(E, at(9));
    assert_eq!((standing.limit, standing.left, standing.used), (None, None, 7));
    assert_eq!(standing.source, Source::Unknown);
}

#[test]
fn an_answer_without_a_limit_says_what_is_left_and_a_configured_limit_says_the_rest() {
    let mut calendar = calendar(0);
    let answer = DailyQuota { limit: None, used: None, remain: Some(100) };
    assert_eq!(calendar.take(E, &answer, at(9)).len(), 1, "it is said");
    assert_eq!(left(&calendar, at(9)), Some(95));
    let calendar = with_limit(calendar, 40);
    assert_eq!(left(&calendar, at(9)), Some(38));
}

#[test]
fn a_limit_of_nothing_leaves_nothing_unless_a_person_has_said_a_better_one() {
    let mut calendar = calendar(0);
    assert_eq!(calendar.take(E, &daily(0, 0, 0), at(9)).len(), 1);
    assert_eq!(left(&calendar, at(9)), Some(0));
    assert_eq!(left(&with_limit(calendar, 100), at(9)), Some(95));
}

#[test]
fn somebody_elses_use_is_said_when_it_is_seen_and_again_only_when_it_has_grown() {
    let mut calendar = calendar(10);
    assert_eq!(calendar.take(E, &daily(300, 12, 288), at(9)), [], "two may be late ones of our own");
    assert!(
        calendar.take(E, &daily(300, 50, 250), at(10))[0].en.contains("40 calls of today are in no run of this ledger")
    );
    assert_eq!(calendar.take(E, &daily(300, 51, 249), at(11)), []);
    calendar.own.insert(E, 0);
    assert_eq!(calendar.take(E, &daily(300, 0, 300), at(25)), []);
}

#[test]
fn no_answer_however_odd_allows_more_than_its_safest_reading() {
    let numbers = [None, Some(i64::MIN), Some(-1), Some(0), Some(1), Some(150), Some(300), Some(301), Some(i64::MAX)];
    for limit in numbers {
        for used in numbers {
            for remain in numbers {
                let mut calendar = calendar(0);
                calendar.take(E, &DailyQuota { limit, used, remain }, at(9));
                let standing = calendar.standing(E, at(9));
                let bounds = [limit, remain, limit.zip(used.map(|used| used.max(0))).map(|(l, u)| l.saturating_sub(u))];
                for bound in bounds.into_iter().flatten() {
                    let bound = u64::try_from(bound).unwrap_or(0);
                    assert!(standing.left.is_some_and(|left| left <= bound), "{limit:?} {used:?} {remain:?}");
                }
            }
        }
    }
}
