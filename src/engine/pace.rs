//! Pacing: the only file that knows governor. Writes and reads have a lane each; whoever holds a lane's turn sleeps for
//! all, so that no herd wakes up.
//!
//! governor is the authority on the rate, in cells of a hundredth of a call, so that a late wake-up can be caught up by
//! a fraction of a slot. Around it stands a log of the last permits, which bounds every window of a second by
//! construction, whatever the clock and the scheduler of the machine do.

use std::collections::{BTreeSet, VecDeque};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::control::Control;
use super::rate::Rate;
use crate::store::Clock;
use crate::wechat::Gate;
use crate::wire::Endpoint;

/// Cells a call.
const CELLS: u32 = 100;

/// How much lateness may be caught up: enough for a late wake-up, too little to be seen as a burst.
const CATCH_UP: Duration = Duration::from_millis(20);

/// A permit of a lane of R a second is used again after a second and this part of it.
const MARGIN: f64 = 1.007;

/// A step up, or one of the two steps back down.
const STEP: f64 = 1.05;

/// A sleeper looks up this often, so that a stop is not kept waiting.
const LOOK_UP: Duration = Duration::from_millis(50);

/// How long a rate is kept before it is changed again: long enough to hear what the platform makes of it.
const STEADY: Duration = Duration::from_secs(1);

/// The lanes of one account.
pub struct Pacer {
    writes: Lane,
    reads: Lane,
    closed: AtomicBool,
    closed_endpoints: Mutex<BTreeSet<Endpoint>>,
    control: Arc<Control>,
}

impl Pacer {
    /// Lanes for these rates; no turn is given once `control` is stopped, and none to a write while it is paused.
    #[must_use]
    pub fn new(writes: Rate, reads: Rate, clock: &Clock, control: Arc<Control>) -> Self {
        Self {
            writes: Lane::new(writes, clock),
            reads: Lane::new(reads, clock),
            closed: AtomicBool::new(false),
            closed_endpoints: Mutex::default(),
            control,
        }
    }

    /// No turn is given for this endpoint until the pacer is opened again.
    pub fn close_endpoint(&self, endpoint: Endpoint) {
        self.closed_endpoints.lock().unwrap_or_else(PoisonError::into_inner).insert(endpoint);
    }

    fn is_closed(&self, endpoint: Endpoint) -> bool {
        self.closed.load(Ordering::Relaxed)
            || self.control.is_stopped()
            || self.closed_endpoints.lock().unwrap_or_else(PoisonError::into_inner).contains(&endpoint)
    }

    /// Other rates from now on, once the platform has told them.
    pub fn set_rates(&self, writes: Rate, reads: Rate) {
        self.writes.set_rate(writes);
        self.reads.set_rate(reads);
    }

    /// Counts writes of an earlier process, made this long ago, as this lane's own.
    pub fn remember_writes(&self, ages: &[Duration]) {
        self.writes.remember(ages);
    }

    /// No turn is given until it is opened again.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Turns are given again, at the same pace as before.
    pub fn open(&self) {
        self.closed.store(false, Ordering::Relaxed);
        self.closed_endpoints.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The rate at which writes leave now, a second. Nobody waits for the answer, whoever holds the lane.
    #[must_use]
    pub fn writes_a_second(&self) -> f64 {
        self.writes.shown.a_second()
    }

    /// How long the next write waits for its turn, if one waits.
    #[must_use]
    pub fn next_write_in(&self) -> Option<Duration> {
        self.writes.shown.free_at().and_then(|at| at.checked_sub(self.writes.clock.elapsed()))
    }
}

impl Gate for Pacer {
    fn turn(&self, endpoint: Endpoint) -> bool {
        match lane_of(endpoint) {
            Some(true) => self.writes.turn(&|| self.control.is_paused() || self.is_closed(endpoint)),
            Some(false) => self.reads.turn(&|| self.is_closed(endpoint)),
            None => !self.is_closed(endpoint),
        }
    }

    fn slow_down(&self, endpoint: Endpoint) {
        match lane_of(endpoint) {
            Some(true) => self.writes.slow_down(),
            Some(false) => self.reads.slow_down(),
            None => {}
        }
    }

    fn is_stopped(&self) -> bool {
        self.control.is_stopped()
    }
}

/// Writes, reads, or neither: the few calls that begin a run are not paced.
fn lane_of(endpoint: Endpoint) -> Option<bool> {
    match endpoint {
        Endpoint::AddStore | Endpoint::Delpoi => Some(true),
        Endpoint::Getpoilist | Endpoint::Getpoi | Endpoint::GetStoreList => Some(false),
        Endpoint::Token | Endpoint::StableToken | Endpoint::QuotaGet | Endpoint::GetMerchantAuditInfo => None,
    }
}

struct Lane {
    clock: Clock,
    state: Mutex<LaneState>,
    shown: Arc<Shown>,
}

/// What a lane shows to whoever does not want to wait for it: a waiting worker holds it for a whole turn.
#[derive(Default)]
struct Shown {
    /// Calls a second, as the bits of an `f64`.
    rate: AtomicU64,
    /// When the next turn is given, in microseconds of the clock's `elapsed`; 0 while nobody waits.
    free_at: AtomicU64,
}

impl Shown {
    fn a_second(&self) -> f64 {
        f64::from_bits(self.rate.load(Ordering::Relaxed))
    }

    fn free_at(&self) -> Option<Duration> {
        Some(self.free_at.load(Ordering::Relaxed)).filter(|at| *at > 0).map(Duration::from_micros)
    }

    fn wait_until(&self, at: Option<Duration>) {
        let micros = at.map_or(0, |at| u64::try_from(at.as_micros()).unwrap_or(u64::MAX).max(1));
        self.free_at.store(micros, Ordering::Relaxed);
    }
}

/// governor on the run's own clock.
type Limiter = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Nanos>>;

/// A run's clock as governor reads it.
#[derive(Clone)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.0.elapsed())
    }
}

struct LaneState {
    allowed: Rate,
    /// The part of the allowed rate that the platform bears, in (0, 1].
    part: f64,
    /// When the rate was changed last, by the clock's `elapsed`; so are all moments here.
    changed_at: Duration,
    refused_at: Option<Duration>,
    /// The last change was a step up: a refusal then says that it was one too many.
    stepped_up: bool,
    limiter: Limiter,
    permits: VecDeque<Duration>,
    ticks: Ticks,
    shown: Arc<Shown>,
}

impl Lane {
    fn new(rate: Rate, clock: &Clock) -> Self {
        let ticks = Ticks(Clock::clone(clock));
        let shown = Arc::new(Shown::default());
        let state = LaneState {
            allowed: rate,
            part: 1.0,
            changed_at: clock.elapsed(),
            refused_at: None,
            stepped_up: false,
            limiter: limiter(spacing(rate, 1.0), &ticks),
            permits: VecDeque::new(),
            ticks,
            shown: Arc::clone(&shown),
        };
        state.show();
        Self { clock: Clock::clone(clock), state: Mutex::new(state), shown }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, LaneState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_rate(&self, rate: Rate) {
        let mut state = self.state();
        if state.allowed != rate {
            state.allowed = rate;
            state.part = 1.0;
            state.renew();
        }
    }

    fn remember(&self, ages: &[Duration]) {
        let mut state = self.state();
        let now = self.clock.elapsed();
        // What lies before the clock's beginning is taken to lie at it: later than it was, never earlier.
        state.permits.extend(ages.iter().map(|age| now.saturating_sub(*age)));
        state.permits.make_contiguous().sort();
    }

    /// Lowers the rate, once for all refusals of one moment: by half, or, after a step up that was one too many, by two
    /// steps. Never below one a second.
    fn slow_down(&self) {
        let mut state = self.state();
        let now = self.clock.elapsed();
        state.refused_at = Some(now);
        if state.part < 1.0 && now.saturating_sub(state.changed_at) < STEADY && !state.stepped_up {
            return;
        }
        let floor = (1.0 / state.allowed.a_second()).min(1.0);
        let lower = if state.stepped_up { state.part / (STEP * STEP) } else { state.part / 2.0 };
        state.part = lower.max(floor);
        state.stepped_up = false;
        state.renew();
    }

    /// Waits for a permit while holding the lane; `false` if the pacer was closed.
    fn turn(&self, is_closed: &dyn Fn() -> bool) -> bool {
        let mut state = self.state();
        let given = loop {
            if is_closed() {
                break false;
            }
            match state.wait() {
                None => break true,
                Some(wait) => {
                    self.shown.wait_until(Some(self.clock.elapsed() + wait));
                    self.clock.sleep(wait.min(LOOK_UP));
                }
            }
        };
        self.shown.wait_until(None);
        given
    }
}

impl LaneState {
    fn renew(&mut self) {
        self.limiter = limiter(spacing(self.allowed, self.part), &self.ticks);
        self.changed_at = self.ticks.0.elapsed();
        self.show();
    }

    fn show(&self) {
        self.shown.rate.store((self.allowed.a_second() * self.part).to_bits(), Ordering::Relaxed);
    }

    /// A little faster again, once a while has passed without a refusal.
    fn step_up(&mut self, now: Duration) {
        let quiet = self.refused_at.is_none_or(|at| now.saturating_sub(at) >= STEADY);
        if self.part < 1.0 && quiet && now.saturating_sub(self.changed_at) >= STEADY {
            self.part = (self.part * STEP).min(1.0);
            self.stepped_up = true;
            self.renew();
        }
    }

    /// Takes a permit, or says how long to wait for one.
    fn wait(&mut self) -> Option<Duration> {
        let now = self.ticks.0.elapsed();
        self.step_up(now);
        if let Some(wait) = self.window_wait(now) {
            return Some(wait);
        }
        let cells = NonZeroU32::new(CELLS).unwrap_or(NonZeroU32::MIN);
        match self.limiter.check_n(cells) {
            Ok(Ok(())) => {
                self.permits.push_back(self.ticks.0.elapsed());
                None
            }
            Ok(Err(not_until)) => Some(not_until.wait_time_from(self.ticks.now()).max(Duration::from_micros(50))),
            // The burst always holds one call's cells; if it did not, waiting a slot is the safe answer.
            Err(_) => Some(self.allowed.spacing()),
        }
    }

    /// How long until the oldest of the last R permits is a second and its margin old.
    fn window_wait(&mut self, now: Duration) -> Option<Duration> {
        let (room, span) = window(self.allowed);
        while self.permits.len() > room {
            self.permits.pop_front();
        }
        let oldest = self.permits.front().filter(|_| self.permits.len() == room)?;
        let free_at = *oldest + span;
        free_at.checked_sub(now).filter(|wait| !wait.is_zero())
    }
}

/// How many permits a window holds, and how long it is. Below one a second it is one slot.
fn window(rate: Rate) -> (usize, Duration) {
    let a_second = rate.a_second();
    if a_second >= 1.0 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 10,000 a second")]
        let room = a_second.ceil() as usize;
        (room, Duration::from_secs_f64(MARGIN))
    } else {
        (1, rate.spacing().mul_f64(MARGIN))
    }
}

fn spacing(rate: Rate, part: f64) -> Duration {
    rate.spacing().mul_f64(MARGIN / part)
}

/// A limiter that begins empty: the first second of a run holds no burst.
fn limiter(spacing: Duration, ticks: &Ticks) -> Limiter {
    let cell = (spacing / CELLS).max(Duration::from_nanos(1));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 200 slots of 100 cells")]
    let catch_up = (CATCH_UP.as_secs_f64() / cell.as_secs_f64()) as u32;
    let burst = NonZeroU32::new(CELLS + catch_up).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(cell).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN)).allow_burst(burst);
    let limiter = RateLimiter::direct_with_clock(quota, ticks.clone());
    let _ = limiter.check_n(burst);
    limiter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::machine_clock;
    use crate::store::{SetClock, Time as _};
    use std::time::Instant;

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

    #[test]
    fn no_second_holds_more_than_the_rate_not_even_the_first() {
        let rate: Rate = "50/s".parse().unwrap();
        let pacer = Arc::new(Pacer::new(rate, rate, &machine_clock(), Arc::default()));
        let times = turns(&pacer, 8, Duration::from_millis(2_500));
        assert!(most_in_a_second(&times) <= 50, "{}", most_in_a_second(&times));
        assert!(times.len() > 60, "{}", times.len());
    }

    #[test]
    fn the_sends_of_an_earlier_process_count() {
        let rate: Rate = "10/s".parse().unwrap();
        let pacer = Arc::new(Pacer::new(rate, rate, &machine_clock(), Arc::default()));
        pacer.remember_writes(&[Duration::from_millis(100); 10]);
        let begun = Instant::now();
        assert!(pacer.turn(Endpoint::AddStore));
        assert!(begun.elapsed() >= Duration::from_millis(850), "{:?}", begun.elapsed());
    }

    #[test]
    fn a_closed_pacer_lets_nobody_through_and_keeps_nobody_waiting() {
        let rate: Rate = "1/d".parse().unwrap();
        let pacer = Arc::new(Pacer::new(rate, rate, &machine_clock(), Arc::default()));
        let waiting = {
            let pacer = Arc::clone(&pacer);
            std::thread::spawn(move || pacer.turn(Endpoint::AddStore))
        };
        pacer.close();
        assert!(!waiting.join().unwrap());
    }

    #[test]
    fn a_pause_gives_no_write_a_turn_and_keeps_none_waiting_while_reads_go_on() {
        let rate: Rate = "1/m".parse().unwrap();
        let control = Arc::new(Control::default());
        let pacer = Arc::new(Pacer::new(
            rate,
            Rate::new(1_000, Duration::from_secs(1)).unwrap(),
            &machine_clock(),
            Arc::clone(&control),
        ));
        let waiting = {
            let pacer = Arc::clone(&pacer);
            std::thread::spawn(move || pacer.turn(Endpoint::AddStore))
        };
        while pacer.next_write_in().is_none() {
            std::thread::yield_now();
        }
        assert!(pacer.next_write_in().unwrap() > Duration::from_secs(50));
        control.pause(crate::store::Stamp(0));
        assert!(!waiting.join().unwrap());
        assert!(!pacer.turn(Endpoint::Delpoi) && pacer.turn(Endpoint::Getpoi));
        assert!(pacer.next_write_in().is_none());
    }

    #[test]
    fn after_a_pause_of_any_length_the_turns_are_as_far_apart_as_before() {
        let clock = SetClock::default();
        let rate: Rate = "10/s".parse().unwrap();
        let control = Arc::new(Control::default());
        let pacer = Pacer::new(rate, rate, &(Arc::new(clock.clone()) as Clock), Arc::clone(&control));
        assert!((0..10).all(|_| pacer.turn(Endpoint::AddStore)));
        control.pause(clock.now());
        assert!(!pacer.turn(Endpoint::AddStore));
        clock.set(3_600_000);
        control.resume(clock.now());
        let turns: Vec<i64> = (0..20).map(|_| (pacer.turn(Endpoint::AddStore), clock.now().0).1).collect();
        // No second holds more than ten, and none of them is lost either.
        assert!(turns.windows(11).all(|eleven| eleven[10] - eleven[0] >= 1_000), "{turns:?}");
        assert!(turns.windows(2).skip(1).all(|pair| (80..=121).contains(&(pair[1] - pair[0]))), "{turns:?}");
        // What may be caught up is the fraction of a slot that a late wake-up costs.
        assert!(turns[1] - turns[0] >= 80, "{turns:?}");
    }

    #[test]
    fn many_refusals_of_one_moment_halve_the_rate_once() {
        let rate: Rate = "100/s".parse().unwrap();
        let pacer = Pacer::new(rate, rate, &machine_clock(), Arc::default());
        for _ in 0..10 {
            pacer.slow_down(Endpoint::AddStore);
        }
        assert!((pacer.writes_a_second() - 50.0).abs() < 1e-9);
    }

    #[test]
    fn refusals_that_go_on_halve_the_rate_again_and_it_rises_only_after_a_while_without_one() {
        let clock = SetClock::default();
        let shared: Clock = Arc::new(clock.clone());
        let lane = Lane::new("100/s".parse().unwrap(), &shared);
        let rate_is = |rate: f64| assert!((lane.shown.a_second() - rate).abs() < 1e-9, "{}", lane.shown.a_second());
        lane.slow_down();
        clock.set(1_000);
        lane.slow_down();
        rate_is(25.0);
        clock.set(1_999);
        lane.state().step_up(clock.elapsed());
        rate_is(25.0);
        clock.set(2_000);
        lane.state().step_up(clock.elapsed());
        rate_is(26.25);
        // One step too many: two steps back, not half.
        lane.slow_down();
        rate_is(25.0 / STEP);
    }

    #[test]
    fn on_a_clock_that_is_only_waited_for_the_turns_are_evenly_spaced() {
        let clock = SetClock::default();
        let rate: Rate = "10/s".parse().unwrap();
        let pacer = Pacer::new(rate, rate, &(Arc::new(clock.clone()) as Clock), Arc::default());
        let turns: Vec<i64> = (0..20).map(|_| (pacer.turn(Endpoint::AddStore), clock.now().0).1).collect();
        assert!(turns.windows(2).all(|pair| (100..=102).contains(&(pair[1] - pair[0]))), "{turns:?}");
    }
}
