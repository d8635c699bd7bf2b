//! What a run needs of the machine it runs on: time, a way to the platform, threads. Everything else of a run is the same
//! under a simulated one.

use crate::engine::{self, Ending, EngineError, ROOM_MAX, Surroundings, Voyage, clock_since, machine_clock};
use crate::ledger::Ledger;
use crate::store::{Clock, ClockReading};
use crate::wechat::{Http, Redactor, Transport, TransportError, TransportSettings};

/// Readings by key that run side by side.
const READERS: usize = 4;

/// The machine that a run runs on.
pub trait Machine: Sync {
    /// Its clock.
    fn clock(&self) -> Clock;

    /// Its way to the platform.
    ///
    /// # Errors
    ///
    /// Settings that make no client.
    fn transport(
        &self,
        settings: &TransportSettings,
        redactor: &Redactor,
    ) -> Result<Box<dyn Transport>, TransportError>;

    /// Carries the tasks of a voyage out, with writes and readings side by side. The ledger comes back whatever happened.
    fn carry_out(&self, voyage: Voyage<'_>, around: &Surroundings<'_>) -> (Ledger, Result<Ending, EngineError>);

    /// How many readings by key may run side by side; with one of them no thread is begun.
    fn readers(&self) -> usize;
}

/// This machine: its own clock, HTTP, and threads.
pub struct ThisMachine {
    clock: Clock,
    writers_max: usize,
}

impl ThisMachine {
    /// The machine, from now on.
    #[must_use]
    pub fn new() -> Self {
        Self { clock: machine_clock(), writers_max: ROOM_MAX }
    }

    /// The machine, whose clocks have just been read.
    #[must_use]
    pub fn since(reading: &ClockReading) -> Self {
        Self { clock: clock_since(reading), writers_max: ROOM_MAX }
    }

    /// The same with at most so many threads for the writes of one run.
    #[must_use]
    pub fn with_writers(self, writers_max: usize) -> Self {
        Self { writers_max, ..self }
    }

    /// The machine, on another clock than its own.
    #[must_use]
    pub fn on(clock: Clock) -> Self {
        Self { clock, writers_max: ROOM_MAX }
    }
}

impl Default for ThisMachine {
    fn default() -> Self {
        Self::new()
    }
}

impl Machine for ThisMachine {
    fn clock(&self) -> Clock {
        Clock::clone(&self.clock)
    }

    fn transport(
        &self,
        settings: &TransportSettings,
        redactor: &Redactor,
    ) -> Result<Box<dyn Transport>, TransportError> {
        Ok(Box::new(Http::new(settings, redactor.clone())?))
    }

    fn carry_out(&self, voyage: Voyage<'_>, around: &Surroundings<'_>) -> (Ledger, Result<Ending, EngineError>) {
        engine::run_within(voyage, around, self.writers_max)
    }

    fn readers(&self) -> usize {
        READERS
    }
}
