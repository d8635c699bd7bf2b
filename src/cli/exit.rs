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

    /// The one that stands for several: the first of 1, 5, 6, 2, 4, 3, 0 that is among them. (130 ends the process itself.)
    #[must_use]
    pub fn most_severe(exits: impl IntoIterator<Item = Self>) -> Self {
        const BY_SEVERITY: [Exit; 7] =
            [Exit::Internal, Exit::Account, Exit::Held, Exit::Usage, Exit::Continue, Exit::NeedsPerson, Exit::Done];
        let severity = |exit: &Self| BY_SEVERITY.iter().position(|known| known == exit);
        exits.into_iter().min_by_key(severity).unwrap_or(Self::Done)
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

#[cfg(test)]
mod tests {
    use super::Exit::{self, *};

    #[test]
    fn of_several_accounts_the_most_severe_exit_is_the_process_s() {
        let order = [Internal, Account, Held, Usage, Continue, NeedsPerson, Done];
        for (n, exit) in order.into_iter().enumerate() {
            let mut milder = order[n..].to_vec();
            assert_eq!(Exit::most_severe(milder.clone()), exit);
            milder.reverse();
            assert_eq!(Exit::most_severe(milder), exit);
        }
        assert_eq!(Exit::most_severe([]), Done);
    }
}
