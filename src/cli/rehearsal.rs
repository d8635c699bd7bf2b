//! A rehearsal: the embedded platform in the real one's place. What earlier runs have learned of the real one it does the same
//! way, and in the end it is reckoned what the real run will take.

use std::time::Duration;

use super::context::Context;
use super::failure::Failure;
use super::forecast::Forecast;
use super::settings::Settings;
use crate::engine::{LaneName, Learned, Rate};
use crate::ledger::{CallCounts, Ledger, LedgerError};
use crate::pipeline::Notice;
use crate::report::{Due, RateFrom, Rehearsal, Summary};
use crate::sandbox::Scenario;
use crate::store::Stamp;
use crate::words;

/// Stores on a page of the list: 50, of which one is on the page before, too.
const NEW_ON_A_PAGE: u64 = 49;

/// The list is read before the first write and after the last one.
const PASSES: u64 = 2;

/// What earlier runs know of the real platform.
pub struct Known {
    /// The real account's ledger, if there is one beside the rehearsal's.
    ledger: Option<Ledger>,
    /// How long an answer took.
    latency: Option<Duration>,
    /// How many writes a second it bore, where it refused more.
    borne: Option<Learned>,
}

impl Known {
    /// Looks into the real ledger, which is only read. One that cannot be read is said, and nothing is known then.
    pub fn of(context: &Context<'_>) -> Self {
        let settings = Settings::of(context);
        // A ledger that is named on the spot is the rehearsal's.
        let (real, rehearsed) = (settings.real_ledger(), settings.ledger(true));
        let nothing = Self { ledger: None, latency: None, borne: None };
        if real == rehearsed {
            return nothing;
        }
        Self::read(&real).unwrap_or_else(|error| {
            if !matches!(error, LedgerError::Missing { .. }) {
                let file = real.display();
                context.screen.notice(&Notice::Warning(words!(
                    "{file} does not tell what the real account bears: {error}"; "无法从 {file} 得知真实账号的情况：{error}"
                )));
            }
            nothing
        })
    }

    fn read(path: &std::path::Path) -> Result<Self, LedgerError> {
        let ledger = Ledger::open_to_read(path)?;
        let latency = ledger.typical_latency()?;
        let borne = ledger.meta(LaneName::Writes.key())?.and_then(|text| Learned::read(&text));
        Ok(Self { ledger: Some(ledger), latency, borne })
    }

    /// How long the embedded platform takes to answer: as the real one did.
    #[must_use]
    pub fn latency(&self) -> Duration {
        self.latency.unwrap_or_default()
    }

    /// The scenario, bearing no more writes a second than the real platform did.
    #[must_use]
    pub fn teach(&self, scenario: Scenario) -> Scenario {
        // Less than one a second is what a day's end or a bad hour leaves; nobody rehearses that.
        let learned = self.borne.map(|borne| borne.a_second.floor().max(1.0));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate of calls is small and positive"
        )]
        let learned = learned.map(|a_second| a_second as u32);
        Scenario { rate_borne: scenario.rate_borne.or(learned), ..scenario }
    }

    /// What the real run will take: `written_to` stores by verb, as many calls each as the rehearsal's.
    pub fn reckon(
        &self,
        (summary, written_to, tried): (&Summary, &Due, u64),
        (said, context): (Option<Rate>, &Context<'_>),
        now: Stamp,
    ) -> Result<Rehearsal, Failure> {
        let (rate, rate_from) = self.rate(said)?;
        // A store that was about to be sent when the process died may have been sent never.
        let sent = total(summary, |counts| counts.sent).max(tried);
        let stores: u64 = written_to.writes.values().sum();
        let reads = PASSES * summary.stores.div_ceil(NEW_ON_A_PAGE) + total(summary, |counts| counts.unknown);
        let scaled = |stores: u64| if tried == 0 { stores } else { (stores * sent).div_ceil(tried) };
        let writes = written_to.writes.iter().map(|(verb, stores)| (*verb, scaled(*stores))).collect();
        let due = Due { writes, files: written_to.files.clone() };
        let forecast = match &self.ledger {
            Some(ledger) => Forecast::of(ledger, &due, context, now)?,
            None => Forecast::of_nothing(&due, context, now)?,
        };
        let estimate = forecast.estimate(rate);
        Ok(Rehearsal {
            stores,
            requests_a_store: (tried > 0).then(|| ratio(sent, tried)),
            uploads: forecast.uploads(),
            reads,
            rate: rate.to_string(),
            rate_from,
            latency_ms: self.latency.and_then(|latency| latency.as_millis().try_into().ok()),
            estimate,
        })
    }

    fn rate(&self, said: Option<Rate>) -> Result<(Rate, RateFrom), LedgerError> {
        if let Some(rate) = said {
            return Ok((rate, RateFrom::Settings));
        }
        let last = match &self.ledger {
            Some(ledger) => ledger.meta("rate")?.and_then(|text| text.parse().ok()),
            None => None,
        };
        Ok(last.map_or((Rate::CAREFUL, RateFrom::Unknown), |rate| (rate, RateFrom::Platform)))
    }
}

fn total(summary: &Summary, of: impl Fn(&CallCounts) -> u64) -> u64 {
    summary.calls.values().map(of).sum()
}

#[expect(clippy::cast_precision_loss, reason = "counts of stores are far below 2^52")]
fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b as f64
}
