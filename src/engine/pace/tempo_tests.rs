//! The tempo against a platform that bears so many calls in any second, and tells nobody.

use std::collections::VecDeque;

use super::*;

/// What came of a run: calls accepted a second within a span, and the share of all calls that was refused.
struct Came {
    accepted: Vec<Duration>,
    refused: usize,
}

impl Came {
    fn a_second(&self, from: u64, until: u64) -> f64 {
        let within = self.accepted.iter().filter(|at| (from..until).contains(&at.as_secs())).count();
        f64::from(u32::try_from(within).unwrap()) / Duration::from_secs(until - from).as_secs_f64()
    }

    fn refused_share(&self) -> f64 {
        let count = |n: usize| f64::from(u32::try_from(n).unwrap());
        count(self.refused) / count(self.refused + self.accepted.len())
    }
}

/// `asked` calls a second for so long; the platform bears `borne` in any second, and answers after `latency`.
fn run(asked: f64, borne: usize, latency: Duration, span: Duration, counts_refused: bool) -> Came {
    let mut tempo = Tempo::new(asked, Duration::ZERO);
    let (mut now, mut slot) = (Duration::ZERO, Duration::ZERO);
    let mut recent: VecDeque<Duration> = VecDeque::new();
    let mut under_way: VecDeque<(Duration, Duration, bool)> = VecDeque::new();
    let mut came = Came { accepted: Vec::new(), refused: 0 };
    while now < span {
        while under_way.front().is_some_and(|(answered, ..)| *answered <= now) {
            let (answered, sent_at, ok) = under_way.pop_front().unwrap();
            if ok {
                tempo.served(answered);
            } else {
                tempo.refused(answered, sent_at, Stamp(0).after(answered));
            }
        }
        tempo.step_up(now);
        if tempo.rest(now).is_none() && now >= slot {
            let spacing = Duration::from_secs_f64(1.007 / tempo.rate());
            slot = slot.max(now.saturating_sub(spacing)) + spacing;
            tempo.called(now);
            while recent.front().is_some_and(|at| now.saturating_sub(*at) >= Duration::from_secs(1)) {
                recent.pop_front();
            }
            let ok = recent.len() < borne;
            if ok || counts_refused {
                recent.push_back(now);
            }
            if ok {
                came.accepted.push(now);
            } else {
                came.refused += 1;
            }
            under_way.push_back((now + latency, now, ok));
        }
        now += Duration::from_micros(500);
    }
    came
}

#[test]
fn fifty_where_two_hundred_were_asked_for_are_found_with_few_refusals() {
    // Where refused calls count as well, those under way keep the second full: that costs more.
    for (millis, counts_refused, refused_max) in [
        (20, false, 0.01),
        (50, false, 0.01),
        (100, false, 0.02),
        (100, true, 0.02),
        (300, false, 0.03),
        (300, true, 0.05),
    ] {
        let latency = Duration::from_millis(millis);
        let came = run(200.0, 50, latency, Duration::from_secs(60), counts_refused);
        let (rate, share) = (came.a_second(20, 60), came.refused_share());
        assert!((45.0..=50.0).contains(&rate), "{millis} ms: {rate:.1} a second");
        assert!(share < refused_max, "{millis} ms: {:.1} % refused", share * 100.0);
    }
}

#[test]
fn whatever_the_platform_bears_nine_tenths_of_it_are_used_within_half_a_minute() {
    for borne in [2, 5, 9, 13, 27, 49, 51, 77, 99, 101, 150, 199] {
        for millis in [10, 100, 500] {
            let latency = Duration::from_millis(millis);
            let came = run(200.0, borne, latency, Duration::from_secs(90), false);
            let share = came.a_second(30, 90) / f64::from(u32::try_from(borne).unwrap());
            assert!((0.85..=1.0).contains(&share), "{borne} a second at {millis} ms: {share:.2} used");
            // What was under way when the first refusals came back, and a few tries.
            let refused_max = usize::try_from(200 * millis / 1_000).unwrap() * 2 + 30;
            assert!(came.refused <= refused_max, "{borne} at {millis} ms: {} refused", came.refused);
        }
    }
}

#[test]
fn a_platform_that_bears_all_that_is_allowed_is_never_slowed_down_for() {
    let came = run(100.0, 100, Duration::from_millis(100), Duration::from_secs(30), false);
    assert_eq!(came.refused, 0);
    assert!(came.a_second(0, 30) > 98.0);
}

#[test]
fn many_refusals_of_one_moment_halve_the_rate_once_and_the_full_second_is_waited_for() {
    let mut tempo = Tempo::new(100.0, at(0));
    tempo.called(at(0));
    assert_eq!(tempo.refused(at(600), at(500), Stamp(0)), Heed::Slower);
    for millis in 1..10 {
        assert_eq!(tempo.refused(at(600 + millis), at(500 + millis), Stamp(0)), Heed::Known);
    }
    assert!((tempo.rate() - 50.0).abs() < 1e-9);
    assert_eq!(tempo.rest(at(609)), Some(FULL_SECOND), "counted from the last of them");
    assert_eq!(tempo.rest(at(609) + FULL_SECOND), None);
}

#[test]
fn refusals_that_go_on_halve_the_rate_again_but_never_below_one_a_second() {
    let mut tempo = Tempo::new(10.0, at(0));
    let mut now = 0;
    for (held, rate) in [(500, 5.0), (400, 2.5), (600, 1.25), (0, 1.0), (0, 1.0)] {
        tempo.called(at(now));
        tempo.refused(at(now + held + 10), at(now + held), Stamp(0));
        assert!((tempo.rate() - rate).abs() < 1e-9, "{} where {rate} was meant", tempo.rate());
        now += 2_000;
    }
}

#[test]
fn a_refusal_after_a_step_up_takes_two_steps_back() {
    let mut tempo = Tempo::new(100.0, at(0));
    tempo.begin_at(50.0, at(0));
    tempo.called(at(0));
    assert!(!tempo.step_up(at(9_999)));
    assert!(tempo.step_up(at(10_000)));
    assert!((tempo.rate() - 52.5).abs() < 1e-9);
    tempo.called(at(10_001));
    tempo.refused(at(10_300), at(10_200), Stamp(0));
    assert!((tempo.rate() - 50.0 / STEP).abs() < 1e-9);
}

#[test]
fn the_same_refused_rate_is_tried_less_and_less_often() {
    let mut tempo = Tempo::new(100.0, at(0));
    tempo.begin_at(50.0, at(0));
    let (mut now, mut tries) = (0, Vec::new());
    while now < 200_000 {
        tempo.called(at(now));
        if tempo.step_up(at(now)) && tempo.rate() > 51.0 {
            tries.push(now / 1_000);
            tempo.called(at(now));
            tempo.refused(at(now + 100), at(now + 50), Stamp(0));
        }
        now += 500;
    }
    let pauses: Vec<u64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.iter().zip([20, 40, 80]).all(|(pause, held)| pause.abs_diff(held) <= 2), "{tries:?}");
    assert_eq!(pauses.len(), 3);
}

#[test]
fn a_call_a_second_that_is_refused_twice_rests_until_the_minute_is_over() {
    let mut tempo = Tempo::new(1.0, at(0));
    // 12:00:20.
    let wall = Stamp(43_220_000);
    assert_eq!(tempo.refused(at(100), at(0), wall), Heed::Slower);
    assert_eq!(tempo.refused(at(2_100), at(2_000), wall.after(at(2_000))), Heed::UntilMinute(Stamp(43_261_000)));
    assert_eq!(tempo.rest(at(2_100)), Some(at(39_000)));
    // An answer in between, and it was not in a row.
    tempo.served(at(50_000));
    assert_eq!(tempo.refused(at(51_100), at(51_000), wall), Heed::Slower);
}

#[test]
fn busy_says_something_about_the_rate_only_in_numbers() {
    let mut tempo = Tempo::new(100.0, at(0));
    tempo.called(at(0));
    for n in 0..20 {
        let heed = if n % 2 == 0 { tempo.busy(at(n), at(n), Stamp(0)) } else { Heed::Known };
        tempo.served(at(n));
        assert_eq!(heed, Heed::Known);
    }
    let heeds: Vec<Heed> = (1_000..1_005).map(|n| tempo.busy(at(n), at(n), Stamp(0))).collect();
    assert_eq!(heeds[3..], [Heed::Known, Heed::Slower]);
    let mut careful = Tempo::new(1.0, at(0));
    assert!((0..50).all(|n| careful.busy(at(n), at(n), Stamp(0)) == Heed::Known));
}

const fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
