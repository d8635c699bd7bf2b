//! The plan over files alone, in a ledger that is thrown away: what `poilift check` shows is what `migrate` would find.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Machine, Notice, Orders, PipelineError, Preview, Work};
use crate::check::FixedValues;
use crate::intake::{Input, SupplementFile};
use crate::ledger::{Ledger, RunStart};
use crate::store::Finding;

/// Every finding of these files: those of stores in their order, each at its row if it has no place of its own, then
/// those that belong to no store.
///
/// # Errors
///
/// The ledger in memory.
pub fn check_files(
    inputs: &mut [Input],
    supplements: &[SupplementFile],
    fixed: FixedValues,
    machine: &dyn Machine,
) -> Result<Vec<Finding>, PipelineError> {
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
    let mut findings = Vec::new();
    for row in work.rows()? {
        findings.extend(row.decision.findings.into_iter().map(|finding| match finding.place {
            Some(_) => finding,
            None => finding.at(row.place.clone()),
        }));
    }
    findings.extend(others.into_inner().unwrap_or_else(PoisonError::into_inner));
    Ok(findings)
}
