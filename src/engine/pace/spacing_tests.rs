//! When calls leave: what the lanes give of a permitted rate, within any second, minute and day, and across processes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;
use crate::engine::machine_clock;
use crate::store::{SetClock, Time as _};

/// Moments, in milliseconds, at which the calls of a pacer left on a clock that is only waited for.
fn calls(pacer: &Pacer, clock: &SetClock, n: usize) -> Vec<i64> {
    (0..n).map(|_| (pacer.turn(Endpoint::AddStore), clock.now().0).1).collect()
}

fn pacer(rate: &str, clock: &SetClock) -> Pacer {
    let (rate, clock): (Rate, Clock) = (rate.parse().unwrap(), Arc::new(clock.clone()));
    Pacer::new(rate, rate, &clock, Arc::default())
}

/// The most calls in any window of so many milliseconds that begins with one.
fn most_within(times: &[i64], span: i64) -> usize {
    let until = |from: &i64| times.partition_point(|at| *at < from + span);
    times.iter().enumerate().map(|(n, from)| until(from) - n).max().unwrap_or(0)
}

/// The times at which `workers` got their turns within `span`.
fn turns(pacer: &Arc<Pacer>, workers: usize, span: Duration) -> Vec<Instant> {
    let end = Instant::now() + span;
    let threads: Vec<_> = (0..workers)
        .map(|_| {
            let pacer = Arc::clone(pacer);
            std::thread::spawn(move || {
                let mut times = Vec::new();
                while Instant::now() < end && pacer.turn(Endpoint::AddStore) {
                    times.push(Instant::now());
                }
                times
            })
        })
        .collect();
    let mut times: Vec<Instant> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    times.sort();
    times
}

fn most_in_a_second(times: &[Instant]) -> usize {
    let within =
        |from: &Instant| times.iter().filter(|at| *at >= from && **at < *from + Duration::from_secs(1)).count();
    times.iter().map(within).max().unwrap_or(0)
}

/// What else the machine does can hold a thread up between its turn and its look at the clock; a lane that bursts does so
/// every time: one of three measurements has to hold.
#[test]
fn no_second_holds_more_than_the_rate_not_even_the_first() {
    let rate: Rate = "50/s".parse().unwrap();
    let measure = || {
        let pacer = Arc::new(Pacer::new(rate, rate, &machine_clock(), Arc::default()));
        let times = turns(&pacer, 8, Duration::from_millis(2_500));
        (most_in_a_second(&times), times.len())
    };
    let holds = |(most, all): (usize, usize)| most <= 50 && all > 60;
    assert!((0..3).map(|_| measure()).any(holds), "more than 50 in a second, or hardly any at all, three times");
}

#[test]
fn the_sends_of_an_earlier_process_count() {
    let clock = SetClock::default();
    let pacer = pacer("10/s", &clock);
    pacer.remember_writes(&[Duration::from_millis(100); 10]);
    let first = calls(&pacer, &clock, 1)[0];
    assert!((900..=950).contains(&first), "{first}");
}

#[test]
fn a_closed_pacer_lets_nobody_through_and_keeps_nobody_waiting() {
    let clock = machine_clock();
    let rate: Rate = "1/d".parse().unwrap();
    let pacer = Arc::new(Pacer::new(rate, rate, &clock, Arc::default()));
    pacer.remember_writes(&[]);
    assert!(pacer.turn(Endpoint::AddStore), "the first of a day leaves at once, if there was none before it");
    let waiting = {
        let pacer = Arc::clone(&pacer);
        std::thread::spawn(move || pacer.turn(Endpoint::AddStore))
    };
    pacer.close();
    assert!(!waiting.join().unwrap());
}

#[test]
fn a_refusal_is_heard_while_others_wait_for_their_turn() {
    let rate: Rate = "1/m".parse().unwrap();
    let clock = machine_clock();
    let pacer = Arc::new(Pacer::new(rate, rate, &clock, Arc::default()));
    pacer.remember_writes(&[]);
    assert!(pacer.turn(Endpoint::AddStore));
    let waiting = {
        let pacer = Arc::clone(&pacer);
        std::thread::spawn(move || pacer.turn(Endpoint::AddStore))
    };
    let begun = Instant::now();
    std::thread::sleep(Duration::from_millis(20));
    pacer.heard(Endpoint::AddStore, clock.now(), Heard::TooMany);
    assert!(pacer.writes_a_second() > 0.0 && begun.elapsed() < Duration::from_secs(5), "nobody waits a minute for it");
    pacer.close();
    assert!(!waiting.join().unwrap());
}

#[test]
fn on_a_clock_that_is_only_waited_for_the_turns_are_evenly_spaced() {
    let clock = SetClock::default();
    let turns = calls(&pacer("10/s", &clock), &clock, 20);
    assert!(turns.windows(2).all(|pair| (100..=102).contains(&(pair[1] - pair[0]))), "{turns:?}");
}

#[test]
fn no_minute_and_no_day_holds_more_than_was_said() {
    const MINUTE: i64 = 60_000;
    for (rate, span, most, n) in [
        ("600/m", MINUTE, 600, 3_000),
        ("90/m", MINUTE, 90, 500),
        ("60/m", MINUTE, 60, 300),
        ("7/m", MINUTE, 7, 50),
        ("1/m", MINUTE, 1, 5),
        ("60000/m", MINUTE, 60_000, 90_000),
        ("3600/h", 60 * MINUTE, 3_600, 8_000),
        ("5000/d", 24 * 60 * MINUTE, 5_000, 11_000),
        ("1/d", 24 * 60 * MINUTE, 1, 3),
    ] {
        let clock = SetClock::default();
        let times = calls(&pacer(rate, &clock), &clock, n);
        let (within, all) = (most_within(&times, span), times.len());
        assert!(within <= most, "{rate}: {within} of {all} calls within {span} ms");
        assert!(within * 100 >= most * 98, "{rate}: only {within} of {most} are used");
    }
}

/// Processes that end after some calls, each begun so many milliseconds after the last call of the one before.
#[test]
fn nor_does_any_minute_across_restarts() {
    for (rate, span, most) in
        [("600/m", 60_000, 600), ("90/m", 60_000, 90), ("1/m", 60_000, 1), ("5000/d", 86_400_000, 5_000)]
    {
        let mut times: Vec<i64> = Vec::new();
        let mut begun = 0;
        for process in 0..40 {
            let clock = SetClock::default();
            let pacer = pacer(rate, &clock);
            let counts_for = i64::try_from(pacer.writes_count_for().as_millis()).unwrap() + 100;
            let ages: Vec<Duration> = times
                .iter()
                .filter(|at| **at >= begun - counts_for)
                .map(|at| Duration::from_millis((begun - at).unsigned_abs()))
                .collect();
            pacer.remember_writes(&ages);
            times.extend(calls(&pacer, &clock, 1 + process % 7).iter().map(|at| begun + at));
            begun = times.last().unwrap() + [1, 300, 5_000, 61_000][usize::try_from(begun % 4).unwrap()];
        }
        assert!(most_within(&times, span) <= most, "{rate}: {} within {span} ms", most_within(&times, span));
    }
}

#[test]
fn where_nothing_is_known_of_the_past_a_long_slot_is_waited_out() {
    let clock = SetClock::default();
    let first = calls(&pacer("1/m", &clock), &clock, 1)[0];
    assert!((60_000..=61_000).contains(&first), "{first}");
}

#[test]
fn a_slot_of_which_most_is_over_is_waited_out_and_no_longer() {
    let clock = SetClock::default();
    let pacer = pacer("1/m", &clock);
    pacer.remember_writes(&[Duration::from_secs(50)]);
    let first = calls(&pacer, &clock, 1)[0];
    assert!((10_000..=10_600).contains(&first), "{first}");
}

#[test]
fn what_was_learned_is_where_the_next_run_begins() {
    let clock = SetClock::default();
    clock.set(1_000_000);
    let first = pacer("200/s", &clock);
    assert_eq!(first.to_be_kept(LaneName::Writes), None, "nothing was refused");
    assert!(first.turn(Endpoint::AddStore));
    first.heard(Endpoint::AddStore, Stamp(1_000_005), Heard::TooMany);
    let kept = first.to_be_kept(LaneName::Writes).unwrap();
    assert_eq!(first.to_be_kept(LaneName::Writes), None, "it is kept once");
    let learned = Learned::read(&kept).unwrap();
    assert!((learned.a_second - 50.0).abs() < 1e-9 && (learned.allowed - 200.0).abs() < 1e-9, "{kept}");

    let second = pacer("200/s", &clock);
    assert!(second.begin_at(LaneName::Writes, learned));
    assert!((second.writes_a_second() - 50.0).abs() < 1e-9);
    assert_eq!(second.to_be_kept(LaneName::Writes), None);

    let lower = pacer("20/s", &clock);
    assert!(!lower.begin_at(LaneName::Writes, learned));
    assert!((lower.writes_a_second() - 20.0).abs() < 1e-9);
    assert_eq!(lower.to_be_kept(LaneName::Writes), None, "a lower rate has learned nothing about a higher one");
}

#[test]
fn that_even_the_least_is_refused_is_said_once() {
    let clock = SetClock::default();
    let pacer = pacer("1/s", &clock);
    for _ in 0..5 {
        assert!(pacer.turn(Endpoint::AddStore));
        pacer.heard(Endpoint::AddStore, clock.now(), Heard::TooMany);
    }
    let words = pacer.words();
    assert_eq!(words.len(), 1, "{words:?}");
    assert!(words[0].en.contains("1/s") && words[0].en.contains("45011"), "{}", words[0].en);
    assert!(pacer.words().is_empty());
    assert!(clock.now() >= Stamp(3 * 60_000), "each of the later refusals rests until a minute is over");
}

#[test]
fn calls_are_repeated_as_long_as_the_budget_lasts() {
    let clock = SetClock::default();
    let pacer = pacer("10/s", &clock);
    assert_eq!((0..100).take_while(|_| pacer.may_repeat()).count(), 30);
    (0..10).for_each(|_| pacer.heard(Endpoint::Getpoilist, Stamp(0), Heard::Served));
    assert!(pacer.may_repeat() && !pacer.may_repeat());
}

#[test]
fn a_pause_gives_no_write_a_turn_and_keeps_none_waiting_while_reads_go_on() {
    let control = Arc::new(Control::default());
    let reads = Rate::new(1_000, Duration::from_secs(1)).unwrap();
    let pacer = Arc::new(Pacer::new("1/m".parse().unwrap(), reads, &machine_clock(), Arc::clone(&control)));
    let waiting = {
        let pacer = Arc::clone(&pacer);
        std::thread::spawn(move || pacer.turn(Endpoint::AddStore))
    };
    while pacer.next_write_in().is_none() {
        std::thread::yield_now();
    }
    assert!(pacer.next_write_in().unwrap() > Duration::from_secs(50));
    control.pause(Stamp(0));
    assert!(!waiting.join().unwrap());
    assert!(!pacer.turn(Endpoint::Delpoi) && pacer.turn(Endpoint::Getpoi));
    assert!(pacer.next_write_in().is_none());
}

#[test]
fn after_a_pause_of_any_length_no_second_holds_more_than_the_rate() {
    let clock = SetClock::default();
    let control = Arc::new(Control::default());
    let rate: Rate = "10/s".parse().unwrap();
    let pacer = Pacer::new(rate, rate, &(Arc::new(clock.clone()) as Clock), Arc::clone(&control));
    assert_eq!(calls(&pacer, &clock, 10).len(), 10);
    control.pause(clock.now());
    assert!(!pacer.turn(Endpoint::AddStore));
    clock.set(3_600_000);
    control.resume(clock.now());
    let turns = calls(&pacer, &clock, 20);
    assert!(turns.windows(11).all(|eleven| eleven[10] - eleven[0] >= 1_000), "{turns:?}");
    // What may be caught up is the fraction of a slot that a late wake-up costs.
    assert!(turns.windows(2).all(|pair| (80..=121).contains(&(pair[1] - pair[0]))), "{turns:?}");
}
