//! What forms are made of: the stores as a plan would find them now, without writing anything down.

use std::collections::HashMap;
use std::sync::Arc;

use super::clashes::Shared;
use super::columns::Headed;
use super::joined::{each_joined, joinables};
use super::media::remembered;
use super::plan::{facts_of, is_open, muster, planned_row};
use super::{Machine, Notice, Orders, PipelineError, Preview, Work};
use crate::check::FixedValues;
use crate::intake::{Input, SupplementFile, join};
use crate::ledger::{Ledger, RunStart, StoreRow};
use crate::plan::{Facts, decide_all};
use crate::store::{Stamp, State, Supplied};

/// Stores, and the supplied cells that count for them, by the ledger's number of the store.
pub struct Standing {
    /// All stores of the ledger; decision and state are what a plan would say now.
    pub rows: Vec<StoreRow>,
    /// The cells.
    pub supplied: HashMap<i64, Supplied>,
}

/// Whether the store waits for data: something is missing or wrong, or was refused and has not been changed since.
#[must_use]
pub fn lacks_data(row: &StoreRow) -> bool {
    matches!(row.state, State::Blocked | State::Rejected)
}

/// The cells that count for these stores.
///
/// # Errors
///
/// The ledger.
pub fn supplied_of(ledger: &Ledger, rows: &[StoreRow]) -> Result<HashMap<i64, Supplied>, PipelineError> {
    Ok(join(&joinables(rows), &ledger.cells()?).supplied)
}

/// The ledger's stores as a plan would find them `now`, with every cell taken since the last one. A deletion counts as not
/// allowed yet.
///
/// # Errors
///
/// The ledger.
pub fn standing_now(ledger: &Ledger, fixed: &FixedValues, now: Stamp) -> Result<Standing, PipelineError> {
    let mut standing = Standing { rows: Vec::new(), supplied: HashMap::new() };
    let headed = Headed::of(ledger)?;
    let album = remembered(ledger, now)?;
    ledger.planning(0, Stamp(0), |planner| {
        let shared = Shared::of(planner, fixed)?;
        muster(&album, planner)?;
        each_joined(planner, |mut rows, supplied| {
            let mut facts: Vec<Facts> = rows.iter().map(|row| facts_of(row, &supplied)).collect();
            album.resolve(&rows, &mut facts);
            shared.tell(&rows, &mut facts, fixed);
            let decisions = decide_all(&facts, fixed);
            let open = rows.iter_mut().zip(&facts).zip(decisions).filter(|((row, _), _)| is_open(row));
            for ((row, facts), mut decision) in open {
                headed.name_cells(row, &mut decision, fixed);
                if let Some(planned) = planned_row(row, facts, decision, false)? {
                    row.decision = planned.decision;
                    row.state = planned.state;
                }
            }
            standing.rows.append(&mut rows);
            standing.supplied.extend(supplied);
            Ok(())
        })
    })?;
    Ok(standing)
}

/// The same for files alone, in a ledger that is thrown away; `tell` hears what is wrong with the files themselves.
///
/// # Errors
///
/// The ledger in memory.
pub fn standing_of_files(
    inputs: &mut [Input],
    supplements: &[SupplementFile],
    fixed: &FixedValues,
    machine: &dyn Machine,
    tell: &(dyn Fn(Notice) + Sync),
) -> Result<Standing, PipelineError> {
    let ledger = Ledger::in_memory()?;
    let run_id = ledger.begin_run(&RunStart::of_nobody(machine.clock().now()))?;
    let orders = Orders::default();
    let confirm = |_: &Preview| Ok(false);
    let mut work = Work::new(ledger, run_id, &orders, machine, "", Arc::default(), tell, &confirm);
    work.take(inputs, supplements)?;
    work.tell_unmatched()?;
    standing_now(work.ledger(), fixed, machine.clock().now())
}
