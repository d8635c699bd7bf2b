//! The plan over files alone, in a ledger that is thrown away: what `poilift check` shows is what `migrate` would find.

use std::sync::{Arc, Mutex, PoisonError};

use super::plan::{facts_of, joinables};
use super::{Machine, Notice, Orders, PipelineError, Preview, Work};
use crate::check::{FixedValues, Role, Tally, normalised};
use crate::intake::{Input, SupplementFile, join};
use crate::ledger::{Ledger, RunStart};
use crate::plan::claimant;
use crate::store::{Action, Finding};

/// What is to be said of some files.
#[derive(Debug, Default)]
pub struct Checked {
    /// How many stores they describe.
    pub stores: u64,
    /// How many of them could not be sent as they are.
    pub blocked: u64,
    /// Every finding: those of stores in their order, each at its row if it has no place of its own, then those that belong to
    /// no store.
    pub findings: Vec<Finding>,
    /// What of the stores that would be sent was brought to the platform's form.
    pub normalised: Tally,
}

/// Every finding of these files, and what was brought to the platform's form.
///
/// # Errors
///
/// The ledger in memory.
pub fn check_files(
    inputs: &mut [Input],
    supplements: &[SupplementFile],
    fixed: FixedValues,
    machine: &dyn Machine,
) -> Result<Checked, PipelineError> {
    let ledger = Ledger::in_memory()?;
    let run_id = ledger.begin_run(&RunStart::of_nobody(machine.clock().now()))?;
    let orders = Orders { fixed, ..Orders::default() };
    let others = Mutex::new(Vec::new());
    let tell = |notice: Notice| {
        if let Notice::Finding(finding) = notice {
            others.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
        }
    };
    let confirm = |_: &Preview| Ok(false);
    let mut work = Work::new(ledger, run_id, &orders, machine, "", Arc::default(), &tell, &confirm);
    work.take(inputs, supplements)?;
    work.plan()?;
    work.tell_unmatched()?;
    let mut checked = Checked { normalised: work.tally()?, ..Checked::default() };
    for row in work.rows()? {
        checked.stores += 1;
        checked.blocked += u64::from(matches!(row.decision.action, Action::Blocked | Action::Resolve));
        checked.findings.extend(row.decision.findings.into_iter().map(|finding| match finding.place {
            Some(_) => finding,
            None => finding.at(row.place.clone()),
        }));
    }
    checked.findings.extend(others.into_inner().unwrap_or_else(PoisonError::into_inner));
    Ok(checked)
}

impl Work<'_> {
    /// What changes its form on the way, of all stores that would be sent.
    fn tally(&self) -> Result<Tally, PipelineError> {
        let all = self.ledger().stores(None)?;
        let cells = self.ledger().cells()?;
        let joined = join(&joinables(&all), &cells);
        let mut tally = Tally::default();
        for row in &all {
            let facts = facts_of(row, &joined.supplied);
            if claimant(&facts).is_some_and(|claimant| claimant.role == Role::Sends) {
                for change in normalised(&facts.store, &facts.supplied, &self.orders.fixed) {
                    tally.add(change, &row.place);
                }
            }
        }
        Ok(tally)
    }
}
