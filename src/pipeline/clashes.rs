//! What stores share with each other, said of those that would be sent: every store of the ledger is seen, whatever the run's
//! scope, as the platform does not know of scopes.

use std::collections::{BTreeSet, HashMap};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::PipelineError;
use super::joined::each_joined;
use super::plan::facts_of;
use crate::check::{Clash, Clashes, FixedValues};
use crate::ledger::{Planner, StoreRow};
use crate::plan::{Facts, claimant};
use crate::store::{Place, State};

/// What stores share, and where the stores stand that are named by it.
pub(super) struct Shared {
    clashes: HashMap<i64, Vec<Clash>>,
    places: HashMap<i64, Place>,
}

impl Shared {
    /// Sees every store of the ledger.
    pub(super) fn of(planner: &Planner<'_>, fixed: &FixedValues) -> Result<Self, PipelineError> {
        let mut seen = Clashes::default();
        each_joined(planner, |rows, supplied| {
            let there: Vec<(i64, Facts)> =
                rows.par_iter().filter(|row| is_there(row)).map(|row| (row.id, facts_of(row, &supplied))).collect();
            for (id, facts) in &there {
                if let Some(claimant) = claimant(facts) {
                    seen.see(*id, &claimant, fixed);
                }
            }
            Ok(())
        })?;
        Self::of_seen(planner, seen)
    }

    /// What stores share that were all seen.
    pub(super) fn of_seen(planner: &Planner<'_>, seen: Clashes) -> Result<Self, PipelineError> {
        let clashes = seen.findings();
        let named: BTreeSet<i64> = clashes.values().flatten().flat_map(|clash| &clash.others).copied().collect();
        let named: Vec<i64> = named.into_iter().collect();
        let mut places = HashMap::new();
        planner.each_of(&named, |rows| {
            places.extend(rows.iter().map(|row| (row.id, place(row))));
            Ok::<(), PipelineError>(())
        })?;
        Ok(Self { clashes, places })
    }

    /// The stores that share something, in order.
    pub(super) fn ids(&self) -> Vec<i64> {
        let mut ids: Vec<i64> = self.clashes.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Says it of the stores whose facts these are.
    pub(super) fn tell(&self, rows: &[StoreRow], facts: &mut [Facts], fixed: &FixedValues) {
        for (row, facts) in rows.iter().zip(facts) {
            let (Some(clashes), Some(claimant)) = (self.clashes.get(&row.id), claimant(facts)) else { continue };
            let place_of = |id| self.places.get(&id).cloned();
            let findings = clashes.iter().map(|clash| clash.finding(&claimant, fixed, place_of)).collect();
            facts.clashes = findings;
        }
    }
}

/// Gone, or settled by a person for reasons of their own: such a store has nothing that another could not have.
fn is_there(row: &StoreRow) -> bool {
    !matches!(row.state, State::Deleted | State::Vanished | State::Accepted)
}

/// Where a store stands; one of a live list, which has no rows, by its id.
fn place(row: &StoreRow) -> Place {
    match (&row.place.row, row.poi_id()) {
        (None, Some(id)) => row.place.clone().at_column(format!("poi_id {id}")),
        _ => row.place.clone(),
    }
}
