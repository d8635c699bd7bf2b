//! The table: where a process can die, and in which cells. A cell is a verb, an attempt, and what the platform did with
//! the request that the death falls on.

use serde_json::{Value, json};

/// The write that the chain waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    AddStore,
    Delpoi,
}

impl Verb {
    pub const ALL: [Self; 2] = [Self::AddStore, Self::Delpoi];

    pub const fn endpoint(self) -> &'static str {
        match self {
            Self::AddStore => "add_store",
            Self::Delpoi => "delpoi",
        }
    }

    /// The `upgrade_status` of stores that wait for it.
    pub fn status(self) -> Value {
        match self {
            Self::AddStore => json!(0),
            Self::Delpoi => json!(4),
        }
    }
}

/// Which attempt of the store in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attempt {
    First,
    /// After a first one that was lost and read as unchanged.
    Second,
}

/// What becomes of that attempt's request, once it is at the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Applied and answered.
    Answered,
    /// Applied, the answer lost.
    AppliedAndLost,
    /// Not applied, and no answer.
    Dropped,
    /// No answer, and applied a moment later.
    AppliedLate,
}

impl Fate {
    pub const ALL: [Self; 4] = [Self::Answered, Self::AppliedAndLost, Self::Dropped, Self::AppliedLate];

    /// Those after which the store has to be read.
    const LOST: [Self; 3] = [Self::AppliedAndLost, Self::Dropped, Self::AppliedLate];

    /// The sandbox's name for it.
    pub const fn fault(self) -> Option<&'static str> {
        match self {
            Self::Answered => None,
            Self::AppliedAndLost => Some("drop_after"),
            Self::Dropped => Some("drop_before"),
            Self::AppliedLate => Some("late_apply"),
        }
    }
}

/// When in the history of the chain the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// In the first run, before or after all sending.
    FirstRun,
    /// In the first run, at the write of the store in the middle.
    Sending(Attempt, Fate),
    /// In the second run, after the first one died with the write of the store in the middle under way.
    Recovering(Attempt, Fate),
}

/// The command that dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// `migrate` with a list and a supplement.
    Files,
    /// `migrate` with the platform's own list.
    Live,
    /// `apply`, after `plan`.
    Apply,
}

/// One case: the process dies there.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    pub job: Job,
    pub point: &'static str,
    pub verb: Verb,
    pub moment: Moment,
}

/// Around a write: before its intent is durable, …, after its outcome is.
pub const SENDING: [&str; 6] = [
    "intent-before-commit",
    "intent-after-commit",
    "request-before-leaving",
    "request-answered",
    "outcome-before-commit",
    "outcome-after-commit",
];

/// Around the reading that settles a lost outcome.
const SETTLING: [&str; 2] = ["reading-before-commit", "reading-after-commit"];

/// Around the entries that recovery makes of what it finds in flight.
const RECOVERY: [&str; 2] = ["recovery-before-commit", "recovery-after-commit"];

/// In any run, whatever the stores are.
const ANY_RUN: [&str; 12] = [
    "run-begun",
    "load-before-commit",
    "load-after-commit",
    "plan-before-commit",
    "plan-after-commit",
    "pass-noted",
    "observe-before-commit",
    "observe-after-commit",
    "report-before-rename",
    "report-after-rename",
    "run-before-end",
    "run-after-end",
];

/// Where the ledger is made and the supplement is taken: once in its life.
const FIRST_RUN: [&str; 4] = ["schema-before-commit", "schema-after-commit", "fill-before-commit", "fill-after-commit"];

/// The record that is kept before a deletion.
const DELETIONS: [&str; 2] = ["record-before-commit", "record-after-commit"];

/// A pass over the list that shows the end of a review.
const REVIEWS: [&str; 2] = ["sighting-before-commit", "sighting-after-commit"];

/// A person's word on a store; `accept` is a command of its own.
pub const PERSON: [&str; 2] = ["acceptance-before-commit", "acceptance-after-commit"];

/// Around an upload; only stores with local files have any, see `media`.
pub const UPLOADS: [&str; 2] = ["uploaded-before-commit", "uploaded-after-commit"];

/// All names.
pub fn points() -> impl Iterator<Item = &'static str> {
    let once = FIRST_RUN.into_iter().chain(DELETIONS).chain(REVIEWS).chain(PERSON).chain(UPLOADS);
    SENDING.into_iter().chain(SETTLING).chain(RECOVERY).chain(ANY_RUN).chain(once)
}

/// Every cell in which each point can be reached.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for verb in Verb::ALL {
        let mut with = |job: Job, points: &[&'static str], moments: &[Moment]| {
            let of = |point| moments.iter().map(move |moment| Case { job, point, verb, moment: *moment });
            cases.extend(points.iter().copied().flat_map(of));
        };
        let first = |fate| Moment::Sending(Attempt::First, fate);
        for job in [Job::Live, Job::Apply] {
            with(job, &SENDING, &[first(Fate::Answered), first(Fate::Dropped)]);
            with(job, &RECOVERY, &both_attempts(Moment::Recovering, &[Fate::AppliedAndLost, Fate::Dropped]));
        }
        let mut at = |points, moments: &[Moment]| with(Job::Files, points, moments);
        at(&SENDING, &both_attempts(Moment::Sending, &Fate::ALL));
        at(&SETTLING, &both_attempts(Moment::Sending, &Fate::LOST));
        at(&SETTLING, &both_attempts(Moment::Recovering, &Fate::ALL));
        at(&RECOVERY, &both_attempts(Moment::Recovering, &Fate::ALL));
        at(&FIRST_RUN, &[Moment::FirstRun]);
        let mut any = both_attempts(Moment::Recovering, &[Fate::AppliedAndLost, Fate::Dropped]);
        any.push(Moment::FirstRun);
        at(&ANY_RUN, &any);
        at(if verb == Verb::Delpoi { &DELETIONS } else { &REVIEWS }, &any);
    }
    cases
}

fn both_attempts(moment: impl Fn(Attempt, Fate) -> Moment, fates: &[Fate]) -> Vec<Moment> {
    let of = |attempt| fates.iter().map(|fate| moment(attempt, *fate)).collect::<Vec<_>>();
    [Attempt::First, Attempt::Second].into_iter().flat_map(of).collect()
}
