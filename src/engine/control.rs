//! A person's hand on a run: stop, pause, and what the run is doing at this moment. The run looks at it between two
//! steps and says where it stands; whoever holds the other end reads that, and never waits for the run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::shell::Progress;
use crate::store::Stamp;

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Nothing yet.
    #[default]
    Starting,
    /// Taking inputs and supplements into the ledger.
    Taking,
    /// Planning.
    Planning,
    /// Asking for a token, the approval, the rate.
    Connecting,
    /// Reading the platform.
    Reading,
    /// Asking a person before the first write.
    Asking,
    /// Uploading the pictures of the stores that come next.
    Uploading,
    /// Sending, and settling beside it.
    Sending,
    /// Settling lost outcomes, with nothing to send.
    Settling,
    /// Waiting for reviews.
    Waiting,
    /// The work is over; the report is being written.
    Reporting,
}

impl Phase {
    /// Every phase, in the order of a run.
    pub const ALL: [Self; 11] = [
        Self::Starting,
        Self::Taking,
        Self::Planning,
        Self::Connecting,
        Self::Reading,
        Self::Asking,
        Self::Uploading,
        Self::Sending,
        Self::Settling,
        Self::Waiting,
        Self::Reporting,
    ];

    /// The word for scripts.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Taking => "taking",
            Self::Planning => "planning",
            Self::Connecting => "connecting",
            Self::Reading => "reading",
            Self::Asking => "asking",
            Self::Uploading => "uploading",
            Self::Sending => "sending",
            Self::Settling => "settling",
            Self::Waiting => "waiting",
            Self::Reporting => "reporting",
        }
    }
}

/// What a run waits for while nothing happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitsFor {
    /// A person, to resume it.
    Resume,
    /// A person, to answer the question before the first write.
    Answer,
    /// The next turn of its rate.
    Turn,
    /// The pause before a store goes again.
    Retry,
    /// The settle window of a lost outcome.
    SettleWindow,
    /// Reviews.
    Reviews,
    /// The platform, which does not answer, to be asked again.
    Platform,
    /// The next day's quota.
    Quota,
}

impl WaitsFor {
    /// Everything that a run may wait for.
    pub const ALL: [Self; 8] = [
        Self::Resume,
        Self::Answer,
        Self::Turn,
        Self::Retry,
        Self::SettleWindow,
        Self::Reviews,
        Self::Platform,
        Self::Quota,
    ];

    /// The word for scripts.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::Answer => "answer",
            Self::Turn => "turn",
            Self::Retry => "retry",
            Self::SettleWindow => "settle_window",
            Self::Reviews => "reviews",
            Self::Platform => "platform",
            Self::Quota => "quota",
        }
    }
}

/// What a run waits for, and until when at the latest, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// For what.
    pub on: WaitsFor,
    /// Until when.
    pub until: Option<Stamp>,
}

/// Where a run stands at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Seen {
    /// What it is doing.
    pub phase: Phase,
    /// Since when.
    pub since: Stamp,
    /// Since when it is paused, if it is.
    pub paused_since: Option<Stamp>,
    /// What it waits for.
    pub waits: Option<Waits>,
    /// Its numbers so far, of all its sendings.
    pub progress: Progress,
    /// Stores that the present sending may still send, at most.
    pub left: u64,
    /// The rate at which writes leave now, a second; `None` before the platform was asked.
    pub rate: Option<f64>,
    /// The numbers of the sendings before the present one.
    before: Progress,
}

/// What became of a person's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steered {
    /// It holds from now on.
    Done,
    /// It was so already.
    Already,
    /// The run stops; there is nothing left to steer.
    Stopping,
    /// The work is over; only the report is still being written.
    Over,
}

/// Shared by a run and whoever steers it.
#[derive(Debug, Default)]
pub struct Control {
    stop: Arc<AtomicBool>,
    paused: AtomicBool,
    seen: Mutex<Seen>,
}

impl Control {
    /// A control whose stop is this flag, which a signal may set.
    #[must_use]
    pub fn new(stop: Arc<AtomicBool>) -> Self {
        Self { stop, ..Self::default() }
    }

    /// Begin nothing new; what is under way comes to its end, and with it the run.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether a person wants the run to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Whether nothing new may begin.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    /// Nothing new begins until [`resume`](Self::resume). A pause is never written down: the next run is not paused.
    pub fn pause(&self, now: Stamp) -> Steered {
        self.steer(true, now)
    }

    /// The run goes on, at the pace that it had.
    pub fn resume(&self, now: Stamp) -> Steered {
        self.steer(false, now)
    }

    fn steer(&self, paused: bool, now: Stamp) -> Steered {
        let mut seen = self.lock();
        if self.is_stopped() {
            return Steered::Stopping;
        }
        if seen.phase == Phase::Reporting {
            return Steered::Over;
        }
        if seen.paused_since.is_some() == paused {
            return Steered::Already;
        }
        seen.paused_since = paused.then_some(now);
        self.paused.store(paused, Ordering::Relaxed);
        Steered::Done
    }

    /// The run begins something else.
    pub fn enter(&self, phase: Phase, now: Stamp) {
        let mut seen = self.lock();
        seen.waits = None;
        if seen.phase != phase {
            (seen.phase, seen.since) = (phase, now);
        }
    }

    /// The run waits.
    pub fn wait_for(&self, on: WaitsFor, until: Option<Stamp>) {
        self.lock().waits = Some(Waits { on, until });
    }

    /// A sending begins: its numbers are counted on top of those before it.
    pub fn begin_sending(&self) {
        let mut seen = self.lock();
        seen.before = seen.progress;
        seen.left = 0;
    }

    /// Where the present sending stands.
    pub fn show(&self, progress: Progress, left: u64, rate: f64, waits: Option<Waits>) {
        let mut seen = self.lock();
        seen.progress = seen.before + progress;
        (seen.left, seen.rate, seen.waits) = (left, Some(rate), waits);
    }

    /// Where the run stands. A paused one waits to be resumed, whatever else it would wait for.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let mut seen = *self.lock();
        if seen.paused_since.is_some() && !self.is_stopped() && seen.phase != Phase::Asking {
            seen.waits = Some(Waits { on: WaitsFor::Resume, until: None });
        }
        seen
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_holds_until_it_is_resumed_and_saying_it_twice_changes_nothing() {
        let control = Control::default();
        assert_eq!(control.resume(Stamp(1)), Steered::Already);
        assert_eq!(control.pause(Stamp(2)), Steered::Done);
        assert_eq!(control.pause(Stamp(3)), Steered::Already);
        assert!(control.is_paused());
        assert_eq!(control.seen().paused_since, Some(Stamp(2)));
        assert_eq!(control.seen().waits.map(|waits| waits.on), Some(WaitsFor::Resume));
        assert_eq!(control.resume(Stamp(4)), Steered::Done);
        assert!(!control.is_paused() && control.seen().waits.is_none());
    }

    #[test]
    fn a_run_that_stops_or_is_over_takes_no_wish() {
        let control = Control::default();
        control.enter(Phase::Reporting, Stamp(1));
        assert_eq!(control.pause(Stamp(2)), Steered::Over);
        let control = Control::new(Arc::new(AtomicBool::new(true)));
        assert_eq!((control.pause(Stamp(1)), control.resume(Stamp(1))), (Steered::Stopping, Steered::Stopping));
    }

    #[test]
    fn a_phase_has_a_beginning_and_forgets_what_was_waited_for() {
        let control = Control::default();
        control.enter(Phase::Reading, Stamp(5));
        control.wait_for(WaitsFor::Reviews, Some(Stamp(9)));
        control.enter(Phase::Reading, Stamp(7));
        let seen = control.seen();
        assert_eq!((seen.phase, seen.since, seen.waits), (Phase::Reading, Stamp(5), None));
    }

    #[test]
    fn the_numbers_of_several_sendings_add_up() {
        let control = Control::default();
        let progress = Progress { sent: 2, ok: 1, lost: 1, ..Progress::default() };
        control.begin_sending();
        control.show(progress, 3, 5.0, None);
        control.show(progress, 3, 5.0, None);
        control.begin_sending();
        control.show(progress, 0, 5.0, None);
        assert_eq!((control.seen().progress.sent, control.seen().progress.lost), (4, 2));
    }
}
