//! What ends a run early.

use crate::engine::EngineError;
use crate::intake::IntakeError;
use crate::ledger::LedgerError;
use crate::reconcile::PassError;
use crate::store::{Code, IllegalMove};
use crate::wechat::{ReadError, TransportError};
use crate::wire::answer::MerchantAudit;

/// What ends a run early. What was done until then is in the ledger.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// An input that turned out not to be usable as a whole.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The folder of `--images` cannot be read.
    #[error("cannot read the folder of pictures {}: {source}", path.display())]
    Images {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A state that must not occur.
    #[error("a fault of the program: {0}")]
    Illegal(#[from] IllegalMove),
    /// The client could not be set up.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The platform refused, or does not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The list could not be read as a whole.
    #[error(transparent)]
    Pass(#[from] PassError),
    /// The list is empty although it should not be.
    #[error("the platform's list shows {listed} stores where {expected} are known")]
    ListEmpty {
        /// Stores that the list ought to show.
        expected: usize,
        /// Stores that it shows.
        listed: usize,
        /// Stores of the store mini-program, the second witness.
        upgraded: Option<u64>,
    },
    /// The list is refused although stores have moved, and what is open cannot be read by key either.
    #[error("the platform refuses the old list ({errcode}), and {unread} stores could not be read by key")]
    ListClosed {
        /// The platform's code.
        errcode: i64,
        /// Stores of the ledger that have moved.
        moved: usize,
        /// Stores of the store mini-program.
        listed: u64,
        /// Stores that are open and could not be read.
        unread: usize,
    },
    /// The store mini-program is not approved.
    #[error("the store mini-program is not approved (audit status {})", .0.status)]
    NotApproved(MerchantAudit),
    /// `--strict`, and something blocks.
    #[error("{blocked} stores are blocked, {unowned} findings that block belong to no store, and --strict was given")]
    Strict {
        /// How many stores.
        blocked: u64,
        /// How many findings that no store could be blocked for.
        unowned: u64,
    },
    /// `--deny`, and such a finding belongs to no store that could be kept back.
    #[error("the denied {} belongs to no store that could be kept back", codes_listed(codes))]
    Denied {
        /// Which.
        codes: Vec<Code>,
    },
    /// `--max-delete`, and more are planned.
    #[error("{planned} deletions are planned, and --max-delete allows {allowed}")]
    TooManyDeletes {
        /// How many.
        planned: u64,
        /// How many are allowed.
        allowed: u64,
    },
    /// Deletions without a terminal and without `--yes`.
    #[error("{deletes} stores would be deleted, nobody can be asked, and --yes was not given")]
    NeedsYes {
        /// How many.
        deletes: u64,
    },
    /// `--poi-id` names a store that is not in scope.
    #[error("--poi-id {0} names no store of this run")]
    UnknownPoiId(String),
    /// A person said no.
    #[error("nothing was sent: the question was not answered with yes")]
    Declined,
    /// A stage that needs the platform was called before [`connect`](super::Work::migrate).
    #[error("a fault of the program: the platform was not connected")]
    NotConnected,
}

/// `W201, W209`.
#[must_use]
pub fn codes_listed(codes: &[Code]) -> String {
    codes.iter().map(|code| code.as_str()).collect::<Vec<_>>().join(", ")
}
