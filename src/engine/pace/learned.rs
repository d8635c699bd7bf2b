//! What a run has found out about the rate, for the next one. Pure: it is kept in the ledger by whoever has it open.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::rate::Rate;
use crate::store::Stamp;

/// What was found out is believed for a day: then the platform, or whoever shares it, may bear something else.
const BELIEVED: Duration = Duration::from_secs(86_400);

/// A difference below this is not worth a line in the ledger.
const NOTEWORTHY: f64 = 0.02;

/// What the platform bore of the calls of one lane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// Calls a second.
    pub a_second: f64,
    /// When it last refused more.
    pub at: Stamp,
    /// Calls a second that were allowed then.
    pub allowed: f64,
}

impl Learned {
    /// From the ledger; `None` where nothing was learned, or nothing that this version understands.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let learned: Self = serde_json::from_str::<Option<Self>>(text).ok()??;
        (learned.a_second.is_finite() && learned.a_second > 0.0).then_some(learned)
    }

    /// For the ledger.
    #[must_use]
    pub fn written(learned: Option<Self>) -> String {
        serde_json::to_string(&learned).unwrap_or_else(|_| "null".to_owned())
    }

    /// Whether a run that is allowed so much begins lower because of this: it is younger than a day, not of a time that
    /// has not come yet, and lower.
    #[must_use]
    pub fn holds(&self, allowed: Rate, now: Stamp) -> bool {
        let is_young = self.at <= now && now.since(self.at) < BELIEVED;
        is_young && self.a_second < allowed.a_second()
    }

    /// Whether a line in the ledger would say something new.
    #[must_use]
    pub fn is_news(then: Option<Self>, now: Option<Self>) -> bool {
        match (then, now) {
            (None, None) => false,
            (Some(then), Some(now)) => (then.a_second / now.a_second - 1.0).abs() > NOTEWORTHY,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEARNED: Learned = Learned { a_second: 47.0, at: Stamp(1_000), allowed: 200.0 };

    #[test]
    fn it_comes_back_from_the_ledger_as_it_went_and_nonsense_is_nothing() {
        assert_eq!(Learned::read(&Learned::written(Some(LEARNED))), Some(LEARNED));
        let nonsense = [
            "",
            "null",
            "{}",
            "47",
            "{\"a_second\":0,\"at\":1,\"allowed\":2}",
            "{\"a_second\":-3,\"at\":1,\"allowed\":2}",
        ];
        assert!(nonsense.iter().all(|text| Learned::read(text).is_none()));
        assert_eq!(Learned::written(None), "null");
    }

    #[test]
    fn it_holds_for_a_day_and_only_where_more_is_allowed() {
        let rate = |text: &str| text.parse::<Rate>().unwrap();
        let day = 86_400_000;
        assert!(LEARNED.holds(rate("200/s"), Stamp(1_000)));
        assert!(LEARNED.holds(rate("48/s"), Stamp(1_000 + day - 1)));
        assert!(!LEARNED.holds(rate("200/s"), Stamp(1_000 + day)), "a day is over");
        assert!(!LEARNED.holds(rate("200/s"), Stamp(999)), "a clock that was set back");
        assert!(!LEARNED.holds(rate("40/s"), Stamp(1_000)), "a lower rate of the user's wins");
        assert!(!LEARNED.holds(rate("600/m"), Stamp(1_000)));
    }

    #[test]
    fn only_what_differs_is_written_down() {
        let other = |a_second| Some(Learned { a_second, at: Stamp(9_000), ..LEARNED });
        assert!(!Learned::is_news(Some(LEARNED), other(47.5)));
        assert!(Learned::is_news(Some(LEARNED), other(50.0)));
        assert!(Learned::is_news(Some(LEARNED), None) && Learned::is_news(None, other(47.0)));
        assert!(!Learned::is_news(None, None));
    }
}
