//! The engine: a pure scheduler in a thin shell. It carries a plan out: intents before requests, outcomes before
//! counting, lost outcomes settled by reading.

mod brake;
mod breaker;
mod calendar;
mod clock;
mod control;
mod pace;
mod quota_answer;
mod quota_watch;
mod rate;
mod recovery;
mod reserve;
mod retries;
mod room;
mod scheduler;
mod shell;
mod threads;
mod verdict;
#[cfg(test)]
mod verdict_tests;

pub use brake::Brake;
pub use breaker::Turn;
pub use calendar::{Calendar, QuotaRules, Refused, Source, Standing, Told};
pub use clock::{clock_since, fast_clock, machine_clock, read_clocks, read_fast_clock};
pub use control::{Control, Phase, Seen, Steered, Waits, WaitsFor};
pub use pace::{LaneName, Learned, Pacer};
pub use quota_watch::{News, QuotaWatch};
pub use rate::{BadRate, Rate};
pub use recovery::recover;
pub use reserve::{BadReserve, Reserve};
pub use room::{Concurrency, ROOM_MAX};
pub use scheduler::{Command, Halt, Input, Job, JobIndex, Policy, Scheduler};
pub use shell::{Ending, EngineError, Errand, Hands, Happened, Progress, Surroundings, Task, Voyage, drive};
pub use threads::{logged_here, run, run_within};
pub use verdict::{Again, Judged, Verdict, judge};
