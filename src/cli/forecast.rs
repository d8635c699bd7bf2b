//! What is left to send, laid into the quota calendar: the estimate, and when a spent day goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Context;
use super::failure::Failure;
use super::quota_settings::quota_rules;
use crate::engine::{Calendar, LaneName, Learned, Rate, Standing};
use crate::ledger::Ledger;
use crate::pipeline::{calendar_of, load_of, load_of_calls, standing_words, uploads_left};
use crate::plan::{Load, estimate};
use crate::report::Due;
use crate::store::{Estimate, Stamp, Verb, Words};
use crate::wire::Endpoint;
use crate::words;

/// The reads without which a run cannot begin.
const READS: [Endpoint; 4] = [Endpoint::Getpoilist, Endpoint::Getpoi, Endpoint::StableToken, Endpoint::Token];

/// The days to come, as the ledger and the configuration know them.
pub struct Forecast {
    calendar: Calendar,
    now: Stamp,
    /// Writes left, by verb.
    left: BTreeMap<Verb, u64>,
    /// Files left to upload before.
    uploads: BTreeMap<Endpoint, u64>,
    /// What the platform bore of writes.
    learned: Option<Learned>,
}

impl Forecast {
    /// Reads the calendar for what is left to send.
    pub fn of(ledger: &Ledger, due: &Due, context: &Context<'_>, now: Stamp) -> Result<Self, Failure> {
        let calendar = calendar_of(ledger, &quota_rules(&context.file, context.environment)?, &context.errors, now)?;
        let learned = ledger.meta(LaneName::Writes.key())?.and_then(|text| Learned::read(&text));
        let uploads = uploads_left(Some(ledger), &due.files, now)?;
        Ok(Self { calendar, now, left: due.writes.clone(), uploads, learned })
    }

    /// The same where no ledger knows anything: the configuration alone.
    pub fn of_nothing(due: &Due, context: &Context<'_>, now: Stamp) -> Result<Self, Failure> {
        let calendar = Calendar::of_nothing(quota_rules(&context.file, context.environment)?);
        let uploads = uploads_left(None, &due.files, now)?;
        Ok(Self { calendar, now, left: due.writes.clone(), uploads, learned: None })
    }

    /// Files that are uploaded before the writes.
    #[must_use]
    pub fn uploads(&self) -> u64 {
        self.uploads.values().sum()
    }

    fn standing(&self, endpoint: Endpoint) -> Standing {
        self.calendar.standing(endpoint, self.now)
    }

    /// What is left, how long it takes, and when it ends.
    #[must_use]
    pub fn estimate(&self, rate: Rate) -> Estimate {
        let load = |(verb, calls): (&Verb, &u64)| load_of(&self.calendar, *verb, *calls, self.now);
        let upload = |(endpoint, calls): (&Endpoint, &u64)| load_of_calls(&self.calendar, *endpoint, *calls, self.now);
        let loads: Vec<Load> = self.uploads.iter().map(upload).chain(self.left.iter().map(load)).collect();
        // What the platform bore last is where the next run begins.
        let borne = self.learned.filter(|learned| learned.holds(rate, self.now));
        let borne = borne.map_or(Duration::ZERO, |learned| Duration::from_secs_f64(1.0 / learned.a_second));
        estimate(&loads, rate.spacing().max(borne), self.now, self.calendar.rules.day)
    }

    /// Where nothing of what is left can be sent today: why, and when it goes on.
    #[must_use]
    pub fn rest(&self) -> Option<(Words, Stamp)> {
        let standings: Vec<(Verb, Standing)> =
            self.left.keys().map(|verb| (*verb, self.standing((*verb).into()))).collect();
        if standings.is_empty() {
            return None;
        }
        if !standings.iter().all(|(_, standing)| standing.is_spent()) {
            return self.uploads_rest();
        }
        let said = standings.iter().map(|(verb, standing)| {
            let Words { en, zh } = standing_words(standing);
            words!("{verb} has nothing left today ({en})"; "{verb} 今日额度已用完（{zh}）")
        });
        let (en, zh): (Vec<_>, Vec<_>) = said.map(|words| (words.en, words.zh)).unzip();
        let at = standings.iter().map(|(_, standing)| standing.resumes_at).min()?;
        Some((Words { en: en.join(", "), zh: zh.join("，") }, at))
    }

    /// The same where stores wait for files of which no more can be uploaded today.
    fn uploads_rest(&self) -> Option<(Words, Stamp)> {
        let spent = self.uploads.keys().map(|endpoint| (*endpoint, self.standing(*endpoint)));
        let (endpoint, standing) =
            spent.filter(|(_, standing)| standing.is_spent()).min_by_key(|(_, standing)| standing.resumes_at)?;
        let Words { en, zh } = standing_words(&standing);
        let words = words!("{endpoint} has nothing left today ({en})"; "{endpoint} 今日额度已用完（{zh}）");
        Some((words, standing.resumes_at))
    }

    /// Until when the platform answers no readings, if their day is spent.
    #[must_use]
    pub fn unreadable_until(&self) -> Option<Stamp> {
        let spent = READS.into_iter().map(|endpoint| self.standing(endpoint)).filter(Standing::is_spent);
        spent.map(|standing| standing.resumes_at).max()
    }
}
