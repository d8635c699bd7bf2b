//! A lane: the calls of one kind, evenly spaced; the only file that knows governor. Whoever holds a lane's turn sleeps for
//! all, so that no herd wakes up.
//!
//! governor is the authority on the rate, in cells of a hundredth of a call, so that a late wake-up can be caught up by
//! a fraction of a slot. Around it stands a log of the last permits, which bounds every window of a second by
//! construction, whatever the clock and the scheduler of the machine do. What the rate is, the [`Tempo`] says.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::tempo::{Heed, Tempo};
use crate::engine::rate::Rate;
use crate::store::Clock;

/// Cells a call.
const CELLS: u32 = 100;

/// How much lateness may be caught up: enough for a late wake-up, too little to be seen as a burst.
const CATCH_UP: Duration = Duration::from_millis(20);

/// A permit of a lane of R a second is used again after a second and this part of it.
const MARGIN: f64 = 1.007;

/// A sleeper looks up this often, so that a stop is not kept waiting.
const LOOK_UP: Duration = Duration::from_millis(50);

/// See the file's head.
pub(super) struct Lane {
    clock: Clock,
    /// Who holds it is the next to call; the others wait for it.
    next: Mutex<()>,
    state: Mutex<LaneState>,
    /// When the next turn is given, in microseconds of the clock's `elapsed`; 0 while nobody waits for one.
    free_at: AtomicU64,
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
    tempo: Tempo,
    limiter: Limiter,
    /// The calls of earlier processes are known: a slot that is over need not be waited out again.
    knows_past: bool,
    /// When calls were permitted, in microseconds of the clock's `elapsed`; calls of earlier processes lie before zero.
    permits: VecDeque<i64>,
    ticks: Ticks,
}

impl Lane {
    pub(super) fn new(rate: Rate, clock: &Clock) -> Self {
        let ticks = Ticks(Clock::clone(clock));
        let state = LaneState {
            allowed: rate,
            tempo: Tempo::new(rate.a_second(), clock.elapsed()),
            limiter: limiter(rate.a_second(), true, &ticks),
            knows_past: false,
            permits: VecDeque::new(),
            ticks,
        };
        Self {
            clock: Clock::clone(clock),
            next: Mutex::default(),
            state: Mutex::new(state),
            free_at: AtomicU64::new(0),
        }
    }

    fn state(&self) -> MutexGuard<'_, LaneState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another rate is allowed from now on; what was found out about the one before is void.
    pub(super) fn allow(&self, rate: Rate) {
        let mut state = self.state();
        if state.allowed != rate {
            state.allowed = rate;
            state.tempo = Tempo::new(rate.a_second(), self.clock.elapsed());
            state.renew();
        }
    }

    pub(super) fn allowed(&self) -> Rate {
        self.state().allowed
    }

    /// Begins at what the platform has borne before.
    pub(super) fn begin_at(&self, borne: f64) {
        let mut state = self.state();
        state.tempo.begin_at(borne, self.clock.elapsed());
        state.renew();
    }

    /// Calls a second, now.
    pub(super) fn a_second(&self) -> f64 {
        self.state().tempo.rate()
    }

    pub(super) fn is_lowered(&self) -> bool {
        self.state().tempo.is_lowered()
    }

    /// For how long a call counts.
    pub(super) fn memory(&self) -> Duration {
        window(self.state().allowed).1
    }

    /// Counts calls of an earlier process, made this long ago, as this lane's own.
    pub(super) fn remember(&self, ages: &[Duration]) {
        let mut state = self.state();
        let now = micros(self.clock.elapsed());
        state.permits.extend(ages.iter().map(|age| now - micros(*age)));
        state.permits.make_contiguous().sort_unstable();
        state.knows_past = true;
        state.renew();
    }

    /// The platform answered something that does not speak of the rate.
    pub(super) fn served(&self) {
        self.state().tempo.served(self.clock.elapsed());
    }

    /// The platform said that there are too many calls, or (`busy`) that it is busy, to one that left so long ago.
    pub(super) fn slow_down(&self, age: Duration, busy: bool) -> Heed {
        let mut state = self.state();
        let (now, wall) = (self.clock.elapsed(), self.clock.now());
        let sent_at = now.saturating_sub(age);
        let heed = if busy { state.tempo.busy(now, sent_at, wall) } else { state.tempo.refused(now, sent_at, wall) };
        if heed != Heed::Known {
            state.renew();
        }
        heed
    }

    /// Waits for a permit while the others wait behind; `false` if the pacer was closed.
    pub(super) fn turn(&self, is_closed: &dyn Fn() -> bool) -> bool {
        let _next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let given = loop {
            if is_closed() {
                break false;
            }
            // Refusals are heard while it sleeps.
            let wait = self.state().wait();
            match wait {
                None => break true,
                Some(wait) => {
                    let free_at = self.clock.elapsed() + wait;
                    self.free_at.store(u64::try_from(micros(free_at)).unwrap_or(0).max(1), Ordering::Relaxed);
                    self.clock.sleep(wait.min(LOOK_UP * self.clock.speed()));
                }
            }
        };
        self.free_at.store(0, Ordering::Relaxed);
        given
    }

    /// How long the next call waits for its turn, if one waits.
    pub(super) fn next_in(&self) -> Option<Duration> {
        let at = Some(self.free_at.load(Ordering::Relaxed)).filter(|at| *at > 0)?;
        Duration::from_micros(at).checked_sub(self.clock.elapsed())
    }
}

impl LaneState {
    fn renew(&mut self) {
        // A slot longer than a second is kept by the log alone where the log is whole.
        let empty = !self.knows_past || self.allowed.a_second() >= 1.0;
        self.limiter = limiter(self.tempo.rate(), empty, &self.ticks);
    }

    /// Takes a permit, or says how long to wait for one.
    fn wait(&mut self) -> Option<Duration> {
        let now = self.ticks.0.elapsed();
        if let Some(rest) = self.tempo.rest(now) {
            return Some(rest);
        }
        if self.tempo.step_up(now) {
            self.renew();
        }
        if let Some(wait) = self.window_wait(now) {
            return Some(wait);
        }
        let cells = NonZeroU32::new(CELLS).unwrap_or(NonZeroU32::MIN);
        match self.limiter.check_n(cells) {
            Ok(Ok(())) => {
                let now = self.ticks.0.elapsed();
                self.tempo.called(now);
                self.permits.push_back(micros(now));
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
        let wait = oldest + micros(span) - micros(now);
        u64::try_from(wait).ok().filter(|wait| *wait > 0).map(Duration::from_micros)
    }
}

/// Microseconds since the clock's beginning; what was before it is negative.
fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX / 4)
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

/// A limiter of so many calls a second. One that begins empty lets the first call leave after a slot: the first second of a
/// run holds no burst.
fn limiter(a_second: f64, empty: bool, ticks: &Ticks) -> Limiter {
    let cell = Duration::from_secs_f64(MARGIN / a_second / f64::from(CELLS)).max(Duration::from_nanos(1));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 200 slots of 100 cells")]
    let catch_up = (CATCH_UP.as_secs_f64() / cell.as_secs_f64()) as u32;
    let burst = NonZeroU32::new(CELLS + catch_up).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(cell).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN)).allow_burst(burst);
    let limiter = RateLimiter::direct_with_clock(quota, ticks.clone());
    if empty {
        let _ = limiter.check_n(burst);
    }
    limiter
}
