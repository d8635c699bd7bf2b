//! What the user wants of a run, validated, and what a run tells while it goes.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::Deletions;
use crate::check::FixedValues;
use crate::engine::{Progress, QuotaRules, Rate};
use crate::ledger::{Entry, StoreRow};
use crate::plan::{Shares, Waves};
use crate::store::{BulkJob, Estimate, Finding, PoiId, Verb, Words};

/// What the user wants.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own, and any of them may go with any other")]
pub struct Orders {
    /// What the run is for.
    pub job: BulkJob,
    /// The pictures of an update's sheet take the place of all that a store has.
    pub replace_photos: bool,
    /// The folder of photos, for stores whose sheets name none; `None`: the one of the last run.
    pub images: Option<PathBuf>,
    /// Stop before the first write.
    pub dry_run: bool,
    /// Which planned deletions may be carried out.
    pub allow_delete: Deletions,
    /// More planned deletions than this, and nothing is sent.
    pub max_delete: Option<u64>,
    /// Only this kind of write.
    pub only: Option<Verb>,
    /// So many stores sent for the first time, at most.
    pub limit: Option<u64>,
    /// Send in waves; `None`: all at once.
    pub waves: Option<Waves>,
    /// What may go wrong in a wave.
    pub shares: Shares,
    /// Only these stores; empty for all.
    pub poi_ids: Vec<String>,
    /// Plan drifted stores anew, by what the platform shows now.
    pub replan: bool,
    /// Any finding that blocks a row stops the whole run.
    pub strict: bool,
    /// After sending, read for at most this long.
    pub wait: Duration,
    /// How long after a lost answer a reading decides.
    pub settle_window: Duration,
    /// Values that hold for all stores.
    pub fixed: FixedValues,
    /// The rate, where the user says it.
    pub rate: Option<Rate>,
    /// Requests under way at once, where the user says it.
    pub concurrency: Option<usize>,
    /// What the configuration says of quotas.
    pub quota: QuotaRules,
    /// Sleep until the quota returns instead of ending.
    pub wait_for_quota: bool,
}

impl Orders {
    /// Whether a row belongs to what `--only` and `--poi-id` leave.
    #[must_use]
    pub fn covers(&self, row: &StoreRow) -> bool {
        self.only.is_none_or(|verb| row.decision.action.verb() == Some(verb)) && self.names(row)
    }

    /// Whether every row does.
    #[must_use]
    pub fn covers_all(&self) -> bool {
        self.only.is_none() && self.poi_ids.is_empty()
    }

    /// Whether a row belongs to what `--poi-id` leaves.
    #[must_use]
    pub fn names(&self, row: &StoreRow) -> bool {
        let named = |id: &crate::store::PoiId| self.poi_ids.iter().any(|wanted| wanted == id.as_str());
        self.poi_ids.is_empty() || row.poi_id().is_some_and(named)
    }
}

/// Something worth telling.
#[derive(Debug, Clone)]
pub enum Notice {
    /// A stage begins or has ended.
    Stage(Words),
    /// Something is not as it should be, and the run goes on.
    Warning(Words),
    /// A finding that belongs to no store of the scope.
    Finding(Finding),
    /// The numbers of the sending so far, and of how many stores.
    Progress(Progress, u64),
    /// An entry about a store is in the ledger, and stays there.
    Durable(PoiId, Box<Entry>),
}

/// What a person sees before the first write.
#[derive(Debug, Clone)]
pub struct Preview {
    /// `add_store` calls.
    pub adds: u64,
    /// `delpoi` calls.
    pub deletes: u64,
    /// Calls of another bulk job.
    pub others: Option<(Verb, u64)>,
    /// The first bodies, at most three; a local file that is not uploaded yet stands in them by its name.
    pub bodies: Vec<Value>,
    /// Files that are uploaded before.
    pub uploads: u64,
    /// How fast they leave.
    pub rate: Rate,
    /// How long that takes.
    pub estimate: Estimate,
    /// Where it goes in waves: the one that comes first.
    pub wave: Option<FirstWave>,
}

impl Preview {
    /// Calls that take something away: `delpoi` and `del_store`.
    #[must_use]
    pub fn removals(&self) -> u64 {
        self.deletes + self.others.filter(|(verb, _)| *verb == Verb::DelStore).map_or(0, |(_, calls)| calls)
    }

    /// All calls.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.adds + self.deletes + self.others.map_or(0, |(_, calls)| calls)
    }
}

/// The wave that a run begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstWave {
    /// Its number, from 1.
    pub number: usize,
    /// Of so many.
    pub of: usize,
    /// How many stores it sends.
    pub stores: u64,
}

/// Arguments as a shell takes them back.
#[must_use]
pub fn quoted(arguments: &[String]) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '=' | ',' | '@' | '%' | '+');
    let quote = |argument: &String| {
        if !argument.is_empty() && argument.chars().all(plain) {
            argument.clone()
        } else {
            format!("'{}'", argument.replace('\'', r"'\''"))
        }
    };
    arguments.iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_comes_back_from_the_shell_as_it_was() {
        let arguments = ["migrate", "门店 列表.xlsx", "it's.csv", "--wait=5m", ""].map(str::to_owned);
        assert_eq!(quoted(&arguments), r"migrate '门店 列表.xlsx' 'it'\''s.csv' --wait=5m ''");
    }
}
