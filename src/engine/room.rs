//! How many requests may be under way: from the rate and the latency observed, pure.

use std::time::Duration;

/// More threads than this cost more than they bring.
pub const ROOM_MAX: usize = 512;

/// Latencies looked at for one decision.
const SAMPLES: usize = 32;

/// What is assumed before anything was observed.
const LATENCY_GUESS: Duration = Duration::from_millis(100);

/// Room beyond rate × latency, so that one slow answer leaves no slot empty.
const SPARE: f64 = 1.3;

/// So many requests under way for one whose intent is made durable ahead of a free worker. A commit takes some
/// milliseconds, in which an eighth of all workers at most come free; fewer than eight never wait for more than one, and
/// leave no more open outcomes than requests if the process dies.
const WORKERS_AN_INTENT_AHEAD: usize = 8;

/// How many intents may be durable beyond the requests under way.
#[must_use]
pub const fn ahead(room: usize) -> usize {
    room / WORKERS_AN_INTENT_AHEAD
}

/// How many requests may be under way at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concurrency {
    /// This many.
    Fixed(usize),
    /// From rate × observed latency.
    FromLatency,
}

/// Turns observed latencies into a number of requests under way.
#[derive(Debug)]
pub struct RoomMeter {
    concurrency: Concurrency,
    room: usize,
    samples: Vec<Duration>,
}

impl RoomMeter {
    /// A meter for writes that leave at `rate` a second.
    #[must_use]
    pub fn new(concurrency: Concurrency, rate: f64) -> Self {
        let room = match concurrency {
            Concurrency::Fixed(room) => room.clamp(1, ROOM_MAX),
            Concurrency::FromLatency => room_for(rate, LATENCY_GUESS),
        };
        Self { concurrency, room, samples: Vec::with_capacity(SAMPLES) }
    }

    /// The present number.
    #[must_use]
    pub fn room(&self) -> usize {
        self.room
    }

    /// Takes one latency while writes leave at `rate` a second; the new number, if it has changed.
    pub fn observe(&mut self, latency: Duration, rate: f64) -> Option<usize> {
        if self.concurrency != Concurrency::FromLatency {
            return None;
        }
        self.samples.push(latency);
        if self.samples.len() < SAMPLES {
            return None;
        }
        self.samples.sort();
        let slow = self.samples[SAMPLES * 95 / 100];
        self.samples.clear();
        let room = room_for(rate, slow);
        (room != self.room).then(|| {
            self.room = room;
            room
        })
    }
}

/// One at a time where the rate leaves an answer's time between two calls.
fn room_for(rate: f64, latency: Duration) -> usize {
    let needed = (rate * latency.as_secs_f64() * SPARE).ceil();
    if rate <= 1.0 {
        return 1;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and clamped")]
    let room = needed as usize + 1;
    room.clamp(2, ROOM_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_careful_rate_sends_one_at_a_time() {
        assert_eq!(RoomMeter::new(Concurrency::FromLatency, 1.0).room(), 1);
    }

    #[test]
    fn slow_answers_make_room_for_more_of_them() {
        let mut meter = RoomMeter::new(Concurrency::FromLatency, 100.0);
        assert_eq!(meter.room(), 14);
        let changed = (0..SAMPLES).filter_map(|_| meter.observe(Duration::from_millis(500), 100.0)).next_back();
        assert_eq!(changed, Some(66));
    }

    #[test]
    fn a_platform_that_bears_less_needs_fewer() {
        let mut meter = RoomMeter::new(Concurrency::FromLatency, 200.0);
        let changed = (0..SAMPLES).filter_map(|_| meter.observe(Duration::from_millis(100), 50.0)).next_back();
        assert_eq!((changed, meter.room()), (Some(8), 8));
    }

    #[test]
    fn few_workers_have_no_intent_ahead_of_them() {
        assert_eq!([1, 7, 8, 64, 256].map(ahead), [0, 0, 1, 8, 32]);
    }

    #[test]
    fn a_fixed_number_stays_and_none_is_beyond_the_limit() {
        let mut meter = RoomMeter::new(Concurrency::Fixed(100_000), 100.0);
        assert_eq!(meter.room(), ROOM_MAX);
        assert!((0..100).all(|_| meter.observe(Duration::from_secs(1), 100.0).is_none()));
    }
}
