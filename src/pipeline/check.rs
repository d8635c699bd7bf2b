//! The plan over files alone, in a ledger that is thrown away: what `poilift check` shows is what `migrate` would find.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::joined::each_joined;
use super::plan::facts_of;
use super::{Machine, Notice, Orders, PipelineError, Preview, Work};
use crate::check::{FixedValues, Role, Tally, normalised};
use crate::intake::{Input, SupplementFile};
use crate::ledger::{Ledger, RunStart, StoreRow};
use crate::plan::claimant;
use crate::store::{Action, Code, Finding, Words};

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
    /// What of local pictures a run would upload.
    pub pictures: Option<Words>,
    /// What of a file is not looked at: columns that mean nothing, stores that it does not hold.
    pub warnings: Vec<Words>,
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
    images: Option<&Path>,
    machine: &dyn Machine,
) -> Result<Checked, PipelineError> {
    let ledger = Ledger::in_memory()?;
    let run_id = ledger.begin_run(&RunStart::of_nobody(machine.clock().now()))?;
    let orders = Orders { fixed, images: images.map(Path::to_owned), ..Orders::default() };
    let others = Mutex::new((Vec::new(), Vec::new()));
    let tell = |notice: Notice| {
        let mut others = others.lock().unwrap_or_else(PoisonError::into_inner);
        match notice {
            Notice::Finding(finding) => others.0.push(finding),
            Notice::Warning(words) => others.1.push(words),
            Notice::Stage(_) | Notice::Progress(..) | Notice::Durable(..) => {}
        }
    };
    let confirm = |_: &Preview| Ok(false);
    let mut work = Work::new(ledger, run_id, &orders, machine, "", Arc::default(), &tell, &confirm);
    work.open_album()?;
    work.take(inputs, supplements)?;
    work.plan()?;
    work.tell_unmatched()?;
    let mut checked = Checked { normalised: work.tally()?, pictures: work.pictures_told()?, ..Checked::default() };
    let mut told = HashSet::new();
    let of_row = |code| matches!(code, Code::SupplementJoinsTwo | Code::IdsDisagree | Code::KeyDisagrees);
    let mut see = |row: StoreRow| {
        checked.stores += 1;
        checked.blocked += u64::from(matches!(row.decision.action, Action::Blocked | Action::Resolve));
        let findings = row.decision.findings.into_iter();
        checked.findings.extend(findings.filter_map(|finding| match finding.place {
            // What is wrong with a row's ids is said once, though it is wrong with each of its cells and stores.
            Some(_) => (!of_row(finding.code) || told.insert(finding.clone())).then_some(finding),
            None => Some(finding.at(row.place.clone())),
        }));
    };
    work.ledger().each_store(Some(&work.scope), &mut see)?;
    let (findings, warnings) = others.into_inner().unwrap_or_else(PoisonError::into_inner);
    checked.findings.extend(findings.into_iter().filter(|finding| !told.contains(finding)));
    Ok(Checked { warnings, ..checked })
}

impl Work<'_> {
    /// What changes its form on the way, of all stores that would be sent.
    fn tally(&self) -> Result<Tally, PipelineError> {
        let mut tally = Tally::default();
        self.ledger().planning(self.run_id, self.clock.now(), |planner| {
            each_joined(planner, |rows, supplied| {
                for row in &rows {
                    let facts = facts_of(row, &supplied);
                    if claimant(&facts).is_some_and(|claimant| claimant.role == Role::Sends) {
                        for change in normalised(&facts.store, &facts.supplied, &self.orders.fixed) {
                            tally.add(change, &row.place);
                        }
                    }
                }
                Ok(())
            })
        })?;
        Ok(tally)
    }
}
