//! The tempo of a lane: how many calls a second the platform bears, found out from its refusals. Pure: what was heard goes
//! in with the time, a rate and a rest come out.
//!
//! A rate that meets a refusal within its first second is far too high: it is halved, and halved twice at once if the second
//! had hardly begun. One that went well for a second first is a little too high: two steps back. Either way nothing leaves until the second that was too full has passed, and what
//! was under way by then says nothing new. Then the rate climbs in steps of 5 % to just below what was refused, stays
//! there, and tries the refused rate again after 10 s, 20 s, 40 s, the longer the more often it was refused.

use std::time::Duration;

use crate::store::Stamp;

/// A step up, or one of the two steps back down.
pub(super) const STEP: f64 = 1.05;

/// A step up while the refused rate is far.
const STRIDE: f64 = 1.15;

/// Nearer to the refused rate than this, steps are small.
const NEAR: f64 = 0.8;

/// From here on a rate counts as the refused one.
const AT_CEILING: f64 = 0.99;

/// The platform's second with what the way there may stretch it by: after so long without a call it is empty.
const FULL_SECOND: Duration = Duration::from_millis(1_100);

/// What follows a rate that is a little too high: the platform's second is over-full by a call or two.
const BREATH: Duration = Duration::from_millis(200);

/// A refusal so early after a rate began is one of a rate that is far too high.
const EARLY: Duration = Duration::from_millis(900);

/// So early, and half the rate would be refused as well.
const VERY_EARLY: Duration = Duration::from_millis(300);

/// How long a rate is kept before it is raised: long enough to hear what the platform makes of it.
const STEADY: Duration = Duration::from_millis(1_500);

/// How long the refused rate is left alone the first time; each next time twice as long.
const HOLD: Duration = Duration::from_secs(10);

/// The longest time for which a refused rate is left alone.
const HOLD_MAX: Duration = Duration::from_secs(600);

/// So many refusals in a row of a call a second, and the platform is left alone until its minute is over.
const PERSISTS: u32 = 2;

/// The platform's clock and this machine's may differ by about this.
const MINUTE_MARGIN: Duration = Duration::from_secs(1);

/// Fewer answers of "system busy" within a second than this say nothing about the rate.
const BUSY_MIN: u32 = 5;

/// What a refusal came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heed {
    /// It tells of a rate that is over already.
    Known,
    /// The rate is lower now.
    Slower,
    /// Even a call a second is refused: nothing leaves until this moment, a little after the minute.
    UntilMinute(Stamp),
}

/// How the present rate came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Begun,
    SteppedUp,
    SteppedBack,
    /// A step further back, after a whole second's rest.
    Rested,
    Halved,
}

/// A rate that was refused, and how often.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ceiling {
    rate: f64,
    met: u32,
}

/// See the file's head. Moments are those of a clock's `elapsed`, rates are calls a second.
#[derive(Debug, Clone)]
pub struct Tempo {
    allowed: f64,
    rate: f64,
    change: Change,
    /// From when on the present rate holds: calls that left before tell of another one.
    since: Duration,
    /// How long nothing leaves after what led to the present rate.
    rest: Duration,
    /// When the first call left at this rate.
    first_call: Option<Duration>,
    refused_at: Option<Duration>,
    ceiling: Option<Ceiling>,
    /// Refusals in a row at the floor.
    at_floor: u32,
    answers: Answers,
}

/// The answers of the present second.
#[derive(Debug, Clone, Copy, Default)]
struct Answers {
    from: Duration,
    all: u32,
    busy: u32,
}

impl Tempo {
    /// At the allowed rate.
    pub fn new(allowed: f64, now: Duration) -> Self {
        Self {
            allowed,
            rate: allowed,
            change: Change::Begun,
            since: now,
            rest: Duration::ZERO,
            first_call: None,
            refused_at: None,
            ceiling: None,
            at_floor: 0,
            answers: Answers::default(),
        }
    }

    /// Below the allowed rate, at what the platform has borne before: a step more than that counts as refused once.
    pub fn begin_at(&mut self, borne: f64, now: Duration) {
        if borne < self.allowed {
            self.ceiling = Some(Ceiling { rate: borne * STEP, met: 1 });
            self.refused_at = Some(now);
            self.set_rate(borne.max(self.floor()), Change::Begun, now, Duration::ZERO);
        }
    }

    /// Calls a second, now.
    pub const fn rate(&self) -> f64 {
        self.rate
    }

    /// Whether the platform bears less than is allowed, as far as is known.
    pub fn is_lowered(&self) -> bool {
        self.rate < self.allowed
    }

    /// How long nothing may leave yet.
    pub fn rest(&self, now: Duration) -> Option<Duration> {
        self.since.checked_sub(now).filter(|rest| !rest.is_zero())
    }

    /// A call leaves.
    pub fn called(&mut self, now: Duration) {
        self.first_call.get_or_insert(now);
    }

    /// The platform answered something that does not speak of the rate.
    pub fn served(&mut self, now: Duration) {
        self.at_floor = 0;
        self.count(now).all += 1;
    }

    /// "System busy": in numbers, that is, more than half of a second's answers, it is a refusal like any other.
    pub fn busy(&mut self, now: Duration, sent_at: Duration, wall: Stamp) -> Heed {
        let answers = self.count(now);
        answers.all += 1;
        answers.busy += 1;
        let in_numbers = answers.busy >= BUSY_MIN && answers.busy * 2 > answers.all;
        // At the floor it means what it says.
        if in_numbers && self.rate > self.floor() { self.refused(now, sent_at, wall) } else { Heed::Known }
    }

    fn count(&mut self, now: Duration) -> &mut Answers {
        if now.saturating_sub(self.answers.from) >= Duration::from_secs(1) {
            self.answers = Answers { from: now, all: 0, busy: 0 };
        }
        &mut self.answers
    }

    /// The platform refused a call that left at `sent_at`, because there were too many.
    pub fn refused(&mut self, now: Duration, sent_at: Duration, wall: Stamp) -> Heed {
        self.refused_at = Some(now);
        if sent_at < self.since {
            // Of the same moment: the second is full for so much longer, and that is all.
            self.since = self.since.max(now + self.rest.min(FULL_SECOND));
            return Heed::Known;
        }
        if self.rate <= self.floor() {
            return self.refused_at_floor(now, wall);
        }
        self.meet(self.rate);
        let held = sent_at.saturating_sub(self.first_call.unwrap_or(self.since));
        let two_back = self.rate / (STEP * STEP);
        let (rate, change, rest) = match self.change {
            Change::SteppedUp => (two_back, Change::SteppedBack, BREATH),
            // Over-full still, rather than far too high.
            Change::SteppedBack if held < EARLY => (self.rate / STEP, Change::Rested, FULL_SECOND),
            _ if held < VERY_EARLY => (self.rate / 4.0, Change::Halved, FULL_SECOND),
            _ if held < EARLY => (self.rate / 2.0, Change::Halved, FULL_SECOND),
            _ => (two_back, Change::SteppedBack, BREATH),
        };
        self.set_rate(rate.max(self.floor()), change, now, rest);
        Heed::Slower
    }

    fn refused_at_floor(&mut self, now: Duration, wall: Stamp) -> Heed {
        self.at_floor += 1;
        if self.at_floor < PERSISTS {
            self.set_rate(self.rate, Change::Rested, now, FULL_SECOND);
            return Heed::Slower;
        }
        let rest = Duration::from_millis(60_000 - wall.0.rem_euclid(60_000).unsigned_abs()) + MINUTE_MARGIN;
        self.set_rate(self.rate, Change::Rested, now, rest);
        Heed::UntilMinute(wall.after(rest))
    }

    /// A call a second, or what is allowed if that is less: slower than this nothing is sent.
    fn floor(&self) -> f64 {
        self.allowed.min(1.0)
    }

    fn set_rate(&mut self, rate: f64, change: Change, now: Duration, rest: Duration) {
        self.rate = rate;
        self.change = change;
        self.rest = rest;
        self.since = now + rest;
        self.first_call = None;
        self.answers = Answers { from: now, all: 0, busy: 0 };
    }

    fn meet(&mut self, rate: f64) {
        let same = |ceiling: &Ceiling| (ceiling.rate / rate - 1.0).abs() < (STEP - 1.0) / 2.0;
        let met = self.ceiling.filter(same).map_or(0, |ceiling| ceiling.met);
        self.ceiling = Some(Ceiling { rate, met: met + 1 });
    }

    /// A little faster, once it is time; says whether the rate has changed.
    pub fn step_up(&mut self, now: Duration) -> bool {
        let Some(first_call) = self.first_call.filter(|_| self.is_lowered()) else { return false };
        let quiet = now.saturating_sub(self.refused_at.unwrap_or_default());
        if now.saturating_sub(first_call) < STEADY || quiet < STEADY {
            return false;
        }
        // What was refused once and has gone well now is refused no more.
        self.ceiling = self.ceiling.filter(|ceiling| self.rate < ceiling.rate * AT_CEILING);
        let next = match self.ceiling {
            Some(ceiling) if self.rate * STRIDE < ceiling.rate * NEAR => self.rate * STRIDE,
            Some(ceiling) if self.rate * STEP >= ceiling.rate * AT_CEILING && quiet < hold(ceiling.met) => {
                return false;
            }
            _ => self.rate * STEP,
        };
        self.set_rate(next.min(self.allowed), Change::SteppedUp, now, Duration::ZERO);
        true
    }
}

fn hold(met: u32) -> Duration {
    HOLD.saturating_mul(2_u32.saturating_pow(met.saturating_sub(1))).min(HOLD_MAX)
}

#[cfg(test)]
#[path = "tempo_tests.rs"]
mod tests;
