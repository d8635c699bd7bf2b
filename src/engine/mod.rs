//! The engine: a pure scheduler in a thin shell. It carries a plan out: intents before requests, outcomes before
//! counting, lost outcomes settled by reading.

mod pace;
mod rate;
mod room;
mod run;
mod scheduler;
mod verdict;
#[cfg(test)]
mod verdict_tests;

pub use pace::Pacer;
pub use rate::{BadRate, Rate};
pub use room::{Concurrency, ROOM_MAX};
pub use run::{Ending, EngineError, Progress, Surroundings, Task, run};
pub use scheduler::{Command, Halt, Input, Job, JobIndex, Policy, Scheduler};
pub use verdict::{Again, Judged, Verdict, judge};
