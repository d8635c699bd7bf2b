//! The engine: a pure scheduler in a thin shell. It carries a plan out: intents before requests, outcomes before
//! counting, lost outcomes settled by reading.

mod clock;
mod pace;
mod rate;
mod recovery;
mod room;
mod scheduler;
mod shell;
mod threads;
mod verdict;
#[cfg(test)]
mod verdict_tests;

pub use clock::{clock_since, machine_clock, read_clocks};
pub use pace::Pacer;
pub use rate::{BadRate, Rate};
pub use recovery::recover;
pub use room::{Concurrency, ROOM_MAX};
pub use scheduler::{Command, Halt, Input, Job, JobIndex, Policy, Scheduler};
pub use shell::{Ending, EngineError, Errand, Hands, Happened, Progress, Surroundings, Task, Voyage, drive};
pub use threads::{logged_here, run, run_within};
pub use verdict::{Again, Judged, Verdict, judge};
