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

pub use clock::{clock_since, fast_clock, machine_clock, read_clocks, read_fast_clock};
pub use pace::Pacer;
pub use rate::{BadRate, Rate};
pub use recovery::recover;
pub use room::{Concurrency, ROOM_MAX};
pub use scheduler::{Command, Halt, Input, Job, JobIndex, Policy, Scheduler};
pub use shell::{Ending, EngineError, Errand, Hands, Happened, Progress, Surroundings, Task, Voyage, drive};
pub use threads::run;
pub use verdict::{Again, Judged, Verdict, judge};
