//! What decides between two waves: the share of the wave's stores that met an error, class by class.

use std::collections::BTreeMap;

use super::Share;
use crate::store::Words;
use crate::words;

/// How a store of a wave went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wrong {
    /// The platform refused it for what its row says, by a code that the table knows.
    Refused,
    /// The platform refused it by a code that no table knows.
    UnknownCode,
    /// The review refused it.
    Rejected,
    /// Its answer was lost, and no reading has settled it.
    Lost,
    /// It was certainly not done, as often as it was tried.
    NotDone,
    /// It was sent, and now the platform shows something else than a store that was sent.
    Changed,
}

impl Wrong {
    /// All of them, in the order in which people see them.
    pub const ALL: [Self; 6] =
        [Self::Refused, Self::UnknownCode, Self::Rejected, Self::Lost, Self::NotDone, Self::Changed];

    /// The key in `[waves]`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::UnknownCode => "unknown_code",
            Self::Rejected => "rejected",
            Self::Lost => "lost",
            Self::NotDone => "not_done",
            Self::Changed => "changed",
        }
    }

    /// The class with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wrong| wrong.key() == key)
    }

    /// What people read.
    #[must_use]
    pub fn name(self) -> Words {
        match self {
            Self::Refused => words!("refused by the platform"; "被平台拒绝"),
            Self::UnknownCode => words!("refused by a code that is in no document"; "被未知错误码拒绝"),
            Self::Rejected => words!("rejected by the review"; "审核未通过"),
            Self::Lost => words!("outcome lost"; "结果待核实"),
            Self::NotDone => words!("not done"; "未生效"),
            Self::Changed => words!("changed on the platform after it was sent"; "提交后平台上另有变动"),
        }
    }
}

/// The greatest share of a wave's stores that may go wrong, by class and in all. More stops the run before the next wave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shares {
    by_class: BTreeMap<Wrong, Share>,
    all: Share,
}

impl Default for Shares {
    /// One store in ten that is refused, rejected or lost is a row to mend; what nobody knows, and what changes under our
    /// hands, is stopped at half of that. What was not done goes again, and may be twice as much. In all a fifth.
    fn default() -> Self {
        let share = |wrong| match wrong {
            Wrong::Refused | Wrong::Rejected | Wrong::Lost => 10,
            Wrong::UnknownCode | Wrong::Changed => 5,
            Wrong::NotDone => 20,
        };
        let by_class = Wrong::ALL.into_iter().map(|wrong| (wrong, Share::percent(share(wrong)))).collect();
        Self { by_class, all: Share::percent(20) }
    }
}

impl Shares {
    /// The key in `[waves]` for all classes together.
    pub const ALL: &'static str = "all";

    /// No share is too much: the waves are never stopped.
    #[must_use]
    pub fn unlimited() -> Self {
        let by_class = Wrong::ALL.into_iter().map(|wrong| (wrong, Share::percent(100))).collect();
        Self { by_class, all: Share::percent(100) }
    }

    /// Sets the share of a key of `[waves]`; `false` if there is no such key.
    #[must_use]
    pub fn set(&mut self, key: &str, share: Share) -> bool {
        if key == Self::ALL {
            self.all = share;
            return true;
        }
        Wrong::from_key(key).is_some_and(|wrong| self.by_class.insert(wrong, share).is_some())
    }

    /// The share of a class.
    #[must_use]
    pub fn of(&self, wrong: Wrong) -> Share {
        self.by_class.get(&wrong).copied().unwrap_or(self.all)
    }

    /// The share of all classes together.
    #[must_use]
    pub fn of_all(&self) -> Share {
        self.all
    }

    /// What is too much in a wave of `size` stores, the class alone before all together.
    #[must_use]
    pub fn exceeded(&self, tally: &Tally, size: u64) -> Vec<Excess> {
        let too_much =
            |what, count, share: Share| (count > share.allowed(size)).then_some(Excess { what, count, share });
        let classes = Wrong::ALL.into_iter().map(|wrong| too_much(Some(wrong), tally.of(wrong), self.of(wrong)));
        classes.chain([too_much(None, tally.all(), self.all)]).flatten().collect()
    }

    /// How many more stores of a wave of `size` may go wrong so before it is too much for certain.
    #[must_use]
    pub fn left(&self, wrong: Option<Wrong>, tally: &Tally, size: u64) -> u64 {
        let (share, count) = wrong.map_or((self.all, tally.all()), |wrong| (self.of(wrong), tally.of(wrong)));
        share.allowed(size).saturating_sub(count)
    }
}

/// A share that is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess {
    /// Of what; `None`: of all classes together.
    pub what: Option<Wrong>,
    /// So many stores.
    pub count: u64,
    /// The share that is allowed.
    pub share: Share,
}

/// How many stores of a wave went wrong, by class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Wrong, u64>);

impl Tally {
    /// How many by this class.
    #[must_use]
    pub fn of(&self, wrong: Wrong) -> u64 {
        self.0.get(&wrong).copied().unwrap_or(0)
    }

    /// How many in all.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.0.values().sum()
    }
}

impl FromIterator<Wrong> for Tally {
    fn from_iter<I: IntoIterator<Item = Wrong>>(all: I) -> Self {
        let mut tally = Self::default();
        for wrong in all {
            *tally.0.entry(wrong).or_default() += 1;
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(refused: usize, rejected: usize) -> Tally {
        let of = |n, wrong| std::iter::repeat_n(wrong, n);
        of(refused, Wrong::Refused).chain(of(rejected, Wrong::Rejected)).collect()
    }

    fn exceeded(tally: &Tally, size: u64) -> Vec<Option<Wrong>> {
        Shares::default().exceeded(tally, size).iter().map(|excess| excess.what).collect()
    }

    #[test]
    fn a_wave_of_one_with_an_error_stops_and_one_in_ten_does_not() {
        assert_eq!(exceeded(&tally(1, 0), 1), [Some(Wrong::Refused), None]);
        assert_eq!(exceeded(&tally(1, 0), 10), []);
        assert_eq!(exceeded(&tally(2, 0), 10), [Some(Wrong::Refused)]);
        assert_eq!(exceeded(&tally(0, 0), 0), []);
    }

    #[test]
    fn several_classes_together_stop_a_wave_that_none_of_them_stops_alone() {
        let tally: Tally = Wrong::ALL.into_iter().flat_map(|wrong| vec![wrong; 5]).collect();
        assert_eq!(exceeded(&tally, 100), [None]);
    }

    #[test]
    fn what_is_left_is_what_one_more_may_still_be_without_being_too_much() {
        let shares = Shares::default();
        assert_eq!(shares.left(Some(Wrong::Refused), &tally(3, 0), 100), 7);
        assert_eq!(shares.left(None, &tally(3, 4), 100), 13);
        assert_eq!(shares.left(Some(Wrong::Refused), &tally(30, 0), 100), 0);
        assert!(shares.exceeded(&tally(10, 0), 100).is_empty() && !shares.exceeded(&tally(11, 0), 100).is_empty());
    }

    #[test]
    fn every_class_and_all_together_can_be_set() {
        let mut shares = Shares::unlimited();
        assert!(shares.exceeded(&tally(1, 0), 1).is_empty());
        for key in Wrong::ALL.map(Wrong::key).into_iter().chain([Shares::ALL]) {
            assert!(shares.set(key, Share::percent(0)), "{key}");
        }
        assert!(!shares.set("targets", Share::percent(0)));
        assert_eq!(shares.exceeded(&tally(1, 0), 1_000_000).len(), 2);
    }
}
