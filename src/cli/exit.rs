//! The exit codes, which scripts rely on.

use crate::report::Summary;
use crate::store::State;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Every store in scope is settled; or the plan could be made.
    Done = 0,
    /// An internal or I/O failure.
    Internal = 1,
    /// Usage, configuration, or an input that cannot be used as a whole; nothing was sent.
    Usage = 2,
    /// Stores need a person.
    NeedsPerson = 3,
    /// To be continued: the same command goes on.
    Continue = 4,
    /// The platform refused the account.
    Account = 5,
    /// Another run holds the ledger or the account; nothing was sent.
    Held = 6,
}

impl Exit {
    /// The code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// By where the stores in scope stand.
    #[must_use]
    pub fn of(summary: &Summary) -> Self {
        let any = |wanted: fn(State) -> bool| {
            State::ALL.into_iter().any(|state| wanted(state) && summary.in_state(state) > 0)
        };
        if any(State::can_move) {
            Self::Continue
        } else if any(State::needs_person) {
            Self::NeedsPerson
        } else {
            Self::Done
        }
    }
}
