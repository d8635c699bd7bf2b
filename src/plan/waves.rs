//! Waves: how many stores are sent before somebody, or a rule, has looked at how it went. The targets as people write them,
//! what they are for so many stores, and what comes next where so many were sent and weighed. No row of the ledger is known
//! here.

use std::fmt;
use std::str::FromStr;

use super::Share;

/// The waves of a run, as written: cumulative targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waves {
    steps: Vec<Step>,
}

/// One target as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    target: Target,
    review: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Stores(u64),
    Share(Share),
}

/// Waves that make no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadWaves {
    /// Nothing is there.
    #[error("no target is given")]
    Empty,
    /// A target that is neither a number of stores nor a share of them.
    #[error("{0:?} is neither a number of stores from 1 nor a share from 0.01% to 100%")]
    Target(String),
    /// A word after `@` that is not known.
    #[error("{0:?}: after @ only review is known")]
    Suffix(String),
    /// A target that is not beyond the one before it.
    #[error("{later} comes after {earlier} and is not more: targets are cumulative and grow")]
    NotGrowing {
        /// The one before.
        earlier: String,
        /// The one that is not more.
        later: String,
    },
}

impl FromStr for Waves {
    type Err = BadWaves;

    fn from_str(text: &str) -> Result<Self, BadWaves> {
        if text.trim().is_empty() {
            return Err(BadWaves::Empty);
        }
        let steps = text.split(',').map(str::parse).collect::<Result<Vec<Step>, _>>()?;
        let not_growing = |(place, later): (usize, &Step)| {
            let earlier =
                steps[..place].iter().rev().find(|earlier| earlier.target.is_never_less_than(later.target))?;
            Some(BadWaves::NotGrowing { earlier: earlier.target.to_string(), later: later.target.to_string() })
        };
        match steps.iter().enumerate().find_map(not_growing) {
            Some(error) => Err(error),
            None => Ok(Self { steps }),
        }
    }
}

impl FromStr for Step {
    type Err = BadWaves;

    fn from_str(text: &str) -> Result<Self, BadWaves> {
        let (target, suffix) = text.split_once('@').map_or((text, None), |(target, suffix)| (target, Some(suffix)));
        if suffix.is_some_and(|suffix| suffix.trim() != "review") {
            return Err(BadWaves::Suffix(text.trim().to_owned()));
        }
        let target = target.trim();
        let is_number = !target.is_empty() && target.bytes().all(|byte| byte.is_ascii_digit());
        let target = if is_number {
            target.parse().ok().filter(|stores| *stores > 0).map(Target::Stores)
        } else {
            target.parse().ok().filter(|share: &Share| !share.is_zero()).map(Target::Share)
        };
        let target = target.ok_or_else(|| BadWaves::Target(text.trim().to_owned()))?;
        Ok(Self { target, review: suffix.is_some() })
    }
}

impl Target {
    /// However many stores there are: `10` is at least `10`, and nothing is beyond `100%`.
    fn is_never_less_than(self, later: Self) -> bool {
        match (self, later) {
            (Self::Stores(one), Self::Stores(other)) => one >= other,
            (Self::Share(one), Self::Share(other)) => one >= other,
            (Self::Share(share), Self::Stores(_)) => share.is_whole(),
            // A share of many stores is more than any number.
            (Self::Stores(_), Self::Share(_)) => false,
        }
    }

    fn of(self, stores: u64) -> u64 {
        match self {
            Self::Stores(n) => n.min(stores),
            Self::Share(share) => share.count_up(stores),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stores(n) => write!(f, "{n}"),
            Self::Share(share) => write!(f, "{share}"),
        }
    }
}

impl fmt::Display for Waves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.steps.iter().enumerate() {
            let (comma, review) = (if n > 0 { "," } else { "" }, if step.review { "@review" } else { "" });
            write!(f, "{comma}{}{review}", step.target)?;
        }
        Ok(())
    }
}

/// One wave of so many stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wave {
    /// It ends when so many stores are sent, those of the waves before it included.
    pub until: u64,
    /// The next one begins only when its stores have come through review.
    pub review: bool,
}

impl Waves {
    /// What they are for so many stores. A target that is not beyond the one before it is no wave (1 % of 200 stores after
    /// 10); one that waits for review makes the wave wait that it falls together with.
    #[must_use]
    pub fn of(&self, stores: u64) -> Vec<Wave> {
        let mut waves: Vec<Wave> = Vec::new();
        for step in &self.steps {
            let until = step.target.of(stores);
            match waves.last_mut() {
                Some(last) if until <= last.until => last.review |= step.review,
                _ if until == 0 => {}
                _ => waves.push(Wave { until, review: step.review }),
            }
        }
        waves
    }
}

/// How far the stores in scope are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reached {
    /// Stores for which a write was ever begun.
    pub sent: u64,
    /// Those among them that were weighed and let pass.
    pub weighed: u64,
    /// Stores that were sent and are due once more: mended, or certainly not done.
    pub again: u64,
    /// Stores that are due and were never sent.
    pub new: u64,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// What was sent before goes again, and nothing new.
    Again,
    /// The wave with this place goes on, up to its target.
    New(usize),
    /// The wave with this place is complete: how it went decides.
    Weigh(usize),
    /// Nothing more is sent.
    Over,
}

/// What comes next. A wave begins where the last weighing let pass, and ends at its target: also where the number of stores,
/// and with it a target, has changed since, nothing that was sent goes unweighed.
#[must_use]
pub fn next_move(waves: &[Wave], reached: Reached) -> Move {
    if reached.again > 0 {
        return Move::Again;
    }
    let Some(current) = waves.iter().position(|wave| wave.until > reached.weighed) else { return Move::Over };
    if reached.new == 0 {
        return Move::Over;
    }
    if reached.sent < waves[current].until {
        return Move::New(current);
    }
    let last = waves.iter().rposition(|wave| wave.until <= reached.sent);
    Move::Weigh(last.unwrap_or(current).max(current))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waves(text: &str) -> Waves {
        text.parse().expect(text)
    }

    fn until(text: &str, stores: u64) -> Vec<u64> {
        waves(text).of(stores).iter().map(|wave| wave.until).collect()
    }

    #[test]
    fn targets_are_cumulative_and_shares_are_of_the_stores_in_scope() {
        assert_eq!(until("1,10,1%,100%", 50_000), [1, 10, 500, 50_000]);
        assert_eq!(until("1,10,1%,100%", 200), [1, 10, 200], "1 % of 200 is not beyond 10");
        assert_eq!(until("1,10,1%,100%", 5), [1, 5]);
        assert_eq!(until("5,20%", 1000), [5, 200], "the last one may leave stores");
        assert_eq!(until("10,100%", 0), [0; 0]);
    }

    #[test]
    fn nonsense_is_told_from_sense_before_the_stores_are_counted() {
        for text in [
            "",
            " ",
            "0",
            "0%",
            "0.001%",
            "200%",
            "-1",
            "abc",
            "1,,2",
            "1,",
            "1.5",
            "10@later",
            "@review",
            "10@review@review",
        ] {
            assert!(text.parse::<Waves>().is_err(), "{text}");
        }
        for text in ["10,1", "10,10", "50%,10%", "100%,200", "1,10%,1"] {
            assert!(matches!(text.parse::<Waves>(), Err(BadWaves::NotGrowing { .. })), "{text}");
        }
        assert_eq!(until("1,10%,5", 30), [1, 3, 5], "whether it grows depends on the stores");
        assert!("1, 10@review ,1%,99.5%".parse::<Waves>().is_ok());
        assert_eq!(waves(" 1,10 @ review,0.5%").to_string(), "1,10@review,0.5%");
    }

    #[test]
    fn a_review_is_not_lost_where_two_targets_fall_together() {
        assert_eq!(waves("10,1%@review,100%").of(500)[0], Wave { until: 10, review: true });
    }

    #[test]
    fn a_wave_ends_at_its_target_and_the_next_begins_when_it_was_let_pass() {
        let waves = waves("1,10,100%").of(100);
        let reached = |sent, weighed| Reached { sent, weighed, again: 0, new: 100 - sent };
        assert_eq!(next_move(&waves, reached(0, 0)), Move::New(0));
        assert_eq!(next_move(&waves, reached(1, 0)), Move::Weigh(0));
        assert_eq!(next_move(&waves, reached(1, 1)), Move::New(1));
        assert_eq!(next_move(&waves, reached(7, 1)), Move::New(1), "in the middle of a wave, after a crash too");
        assert_eq!(next_move(&waves, reached(10, 10)), Move::New(2));
        assert_eq!(next_move(&waves, reached(100, 10)), Move::Over);
    }

    #[test]
    fn what_goes_again_goes_before_anything_new_and_before_the_wave_is_weighed() {
        let waves = waves("10,100%").of(100);
        assert_eq!(next_move(&waves, Reached { sent: 10, weighed: 0, again: 2, new: 90 }), Move::Again);
        assert_eq!(next_move(&waves, Reached { sent: 4, weighed: 0, again: 1, new: 96 }), Move::Again);
    }

    #[test]
    fn stores_sent_without_waves_are_weighed_together_and_a_target_that_shrank_lets_nothing_pass() {
        let waves = waves("1,10,100%").of(100);
        assert_eq!(next_move(&waves, Reached { sent: 40, weighed: 0, again: 0, new: 60 }), Move::Weigh(1));
        assert_eq!(next_move(&waves, Reached { sent: 12, weighed: 1, again: 0, new: 88 }), Move::Weigh(1));
    }

    #[test]
    fn waves_that_end_below_all_stores_end_there() {
        let waves = waves("1,10").of(100);
        assert_eq!(next_move(&waves, Reached { sent: 10, weighed: 1, again: 0, new: 90 }), Move::Weigh(1));
        assert_eq!(next_move(&waves, Reached { sent: 10, weighed: 10, again: 0, new: 90 }), Move::Over);
    }
}
