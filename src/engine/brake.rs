//! The brake: a sending ends within itself once so much was refused that nothing which is still to come can make it good.
//! Pure counting; what is under way comes to its end.

use super::verdict::Verdict;

/// How many more refusals a sending bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brake {
    /// By a code that the table knows.
    pub refused: u64,
    /// By a code that no table knows.
    pub unknown_code: u64,
    /// By either.
    pub all: u64,
}

impl Brake {
    /// Counts how a write ended; `true` if that was one too many. Lost answers and what was not done do not count: a reading
    /// or a later attempt may still make them good.
    #[must_use]
    pub fn counts(&mut self, verdict: Verdict) -> bool {
        let Verdict::Refused { known } = verdict else { return false };
        let of_kind = if known { &mut self.refused } else { &mut self.unknown_code };
        let too_many = *of_kind == 0 || self.all == 0;
        *of_kind = of_kind.saturating_sub(1);
        self.all = self.all.saturating_sub(1);
        too_many
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Verdict = Verdict::Refused { known: true };

    #[test]
    fn it_falls_with_the_first_refusal_beyond_what_is_borne() {
        let mut brake = Brake { refused: 2, unknown_code: 1, all: 9 };
        assert_eq!(
            [KNOWN, Verdict::Ok, KNOWN, KNOWN].map(|verdict| brake.counts(verdict)),
            [false, false, false, true]
        );
        let unknown = Verdict::Refused { known: false };
        assert_eq!([unknown, unknown].map(|verdict| brake.counts(verdict)), [false, true]);
    }

    #[test]
    fn all_kinds_together_are_counted_too_and_lost_answers_are_not() {
        let mut brake = Brake { refused: 5, unknown_code: 5, all: 1 };
        assert!(!brake.counts(Verdict::Lost { duplicate: false }) && !brake.counts(Verdict::StopVerb));
        assert!(!brake.counts(KNOWN) && brake.counts(Verdict::Refused { known: false }));
    }
}
