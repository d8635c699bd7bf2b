//! The plan over the ledger's rows: supplied cells join, every store is classified, decisions go into the ledger.

use std::collections::{HashMap, HashSet};

use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use sha2::{Digest as _, Sha256};

use super::album::Album;
use super::clashes::Shared;
use super::columns::Headed;
use super::joined::{each_joined_of, joinables};
use super::{Deletions, Notice, Orders, PipelineError, Work};
use crate::check::Signs;
use crate::engine::Phase;
use crate::intake::join;
use crate::ledger::{NumberSet, PlanChange, PlannedRow, Planner, StoreRow};
use crate::plan::{Facts, decide_all, initial_state, planning_event};
use crate::store::{
    Action, BulkJob, Code, Decision, Event, Field, Finding, IllegalMove, Severity, State, Supplied, UpgradeStatus,
    Verb, Wish, next,
};

impl Work<'_> {
    /// Plans every row in scope whose fate is still open.
    pub(super) fn plan(&mut self) -> Result<(), PipelineError> {
        if self.orders.job != BulkJob::Migrate {
            return self.plan_orders();
        }
        self.enter(Phase::Planning);
        let scope = NumberSet::of(&self.scope);
        let permitted = self.orders.allow_delete.permitted(|| self.ledger().stores(None))?;
        let headed = Headed::of(self.ledger())?;
        let last_cell = self.ledger().last_cell()?;
        let foreseen = self.foreseen.take();
        let first_new = foreseen.as_ref().map(|foreseen| foreseen.first_id);
        self.ledger().planning(self.run_id, self.clock.now(), |planner| {
            muster(&self.album, planner)?;
            let (shared, mut open) = if let Some(seen) = foreseen.and_then(|foreseen| foreseen.seen) {
                // All but those that share something are planned as they are.
                let shared = Shared::of_seen(planner, seen)?;
                let open = shared.ids();
                (shared, open)
            } else {
                let all_are_new = first_new.is_some();
                let open = if all_are_new { self.ledger().ids()? } else { planner.open(self.orders.replan)? };
                if open.is_empty() {
                    return Ok(planner.write(&[], &[])?);
                }
                (Shared::of(planner, &self.orders.fixed)?, open)
            };
            open.retain(|id| scope.has(*id));
            each_joined_of(planner, &open, |mut rows: Vec<StoreRow>, supplied| {
                let is_new = |row: &StoreRow| first_new.is_some_and(|first| row.id >= first);
                rows.iter_mut().filter(|row| is_new(row)).for_each(StoreRow::unplan);
                rows.retain(|row| is_open(row) || self.is_taken_up(row));
                let mut facts: Vec<Facts> = rows.par_iter().map(|row| facts_of(row, &supplied)).collect();
                self.album.resolve(&rows, &mut facts);
                shared.tell(&rows, &mut facts, &self.orders.fixed);
                let decisions = decide_all(&facts, &self.orders.fixed);
                let new = (&rows, &facts, decisions).into_par_iter().map(|(row, facts, mut decision)| {
                    headed.name_cells(row, &mut decision, &self.orders.fixed);
                    let new = planned_row(row, facts, decision, permitted.has(row))?;
                    Ok(new.map(|new| (change(row, &new), new)))
                });
                let new: Vec<_> = new.collect::<Result<_, IllegalMove>>()?;
                let (changes, planned): (Vec<_>, Vec<_>) = new.into_iter().flatten().unzip();
                let changes: Vec<PlanChange> = changes.into_iter().flatten().collect();
                Ok(planner.write(&planned, &changes)?)
            })
        })?;
        if let Some(finding) = self.album.unmatched().filter(|finding| self.said.insert(finding.value.clone())) {
            self.tell_finding(finding);
        }
        self.is_planned = true;
        self.planned_with = last_cell;
        Ok(())
    }

    /// A finding that belongs to no store, unless it is waived. No store is kept back for one that blocks: the guard hears
    /// of it.
    pub(super) fn tell_finding(&mut self, finding: Finding) {
        let policy = &self.orders.fixed.policy;
        if policy.blocks(finding.code) {
            *self.unowned.entry(finding.code).or_default() += 1;
        }
        if policy.says(finding.code) {
            (self.tell)(Notice::Finding(finding));
        }
    }

    fn is_taken_up(&self, row: &StoreRow) -> bool {
        self.orders.replan && row.state == State::Drifted
    }

    /// `--poi-id`, `--deny` where it can keep no store back, `--strict` and `--max-delete`.
    pub(super) fn guard(&self) -> Result<(), PipelineError> {
        let Orders { strict, max_delete, poi_ids, .. } = self.orders;
        if !strict && max_delete.is_none() && poi_ids.is_empty() && self.unowned.is_empty() {
            return Ok(());
        }
        // Without a permission the number guards the plan as a whole, with one it guards what would be sent.
        let counts = |row: &StoreRow| row.state != State::Held || self.orders.allow_delete == Deletions::Held;
        let deletes = |row: &StoreRow| row.decision.action == Action::Delete && !row.state.is_settled() && counts(row);
        let (mut there, mut blocked, mut planned) = (HashSet::new(), 0, 0);
        self.ledger().each_store(Some(&self.scope), |row| {
            blocked += u64::from(self.orders.names(&row) && row.state == State::Blocked);
            planned += u64::from(self.orders.covers(&row) && deletes(&row));
            if !self.orders.poi_ids.is_empty() && self.orders.covers(&row) {
                there.extend(row.poi_id().map(ToString::to_string));
            }
        })?;
        if let Some(id) = self.orders.poi_ids.iter().find(|id| self.orders.only.is_none() && !there.contains(*id)) {
            return Err(PipelineError::UnknownPoiId(id.clone()));
        }
        let codes: Vec<Code> = self.unowned.keys().copied().filter(|code| code.severity() == Severity::Warns).collect();
        if !codes.is_empty() {
            return Err(PipelineError::Denied { codes });
        }
        let unowned = self.unowned.values().sum();
        if self.orders.strict && (blocked > 0 || unowned > 0) {
            return Err(PipelineError::Strict { blocked, unowned });
        }
        match self.orders.max_delete {
            Some(allowed) if planned > allowed => Err(PipelineError::TooManyDeletes { planned, allowed }),
            _ => Ok(()),
        }
    }

    /// Rows of the supplements that this run was given and that name a store which neither the ledger nor the platform's list
    /// knows. What a file that is not given any more named and never found was said while it was.
    ///
    /// # Errors
    ///
    /// The ledger.
    pub fn tell_unmatched(&mut self) -> Result<(), PipelineError> {
        let of_this_run = self.ledger().fills_of(self.run_id)?;
        if of_this_run.is_empty() && self.named_again.is_empty() {
            return Ok(());
        }
        let cells = self.ledger().cells()?;
        let all = self.ledger().stores(None)?;
        let joined = join(&joinables(&all), &cells);
        for row in joined.nothing {
            let is_given = of_this_run.contains(&row.fill_id) || self.named_again.contains(&row.key);
            if is_given && !self.listed.contains(&row.key) {
                self.tell_finding(row.finding);
            }
        }
        Ok(())
    }
}

/// Says to the album which names the ledger's stores go by: a picture that fits one of them may fit another one, too.
pub(super) fn muster(album: &Album, planner: &Planner<'_>) -> Result<(), PipelineError> {
    if !album.has_images() {
        return Ok(());
    }
    let mut sids = Vec::new();
    planner.each(|rows| {
        sids.extend(rows.into_iter().filter_map(|row| row.record.sid).map(|sid| sid.to_string()));
        Ok::<(), PipelineError>(())
    })?;
    album.muster(sids.iter().map(String::as_str));
    Ok(())
}

pub(super) fn is_open(row: &StoreRow) -> bool {
    // A store that was found gone or changed before it was ever planned waits for its person like any other.
    let unplanned = row.decision.is_unplanned() && !matches!(row.state, State::Vanished | State::Drifted);
    unplanned || row.state.is_plannable()
}

/// The record completed by the platform's, and, once it was read, the platform's word on the status.
pub(super) fn facts_of(row: &StoreRow, supplied: &HashMap<i64, Supplied>) -> Facts {
    let mut store = row.known_store();
    if let Some(now) = &row.now {
        store.upgrade_status = now.status.clone();
        store.upgrade_comment = now.comment.as_str().into();
    }
    let signs = Signs::of(&row.record, row.platform.as_ref());
    let supplied = supplied.get(&row.id).cloned().unwrap_or_default();
    Facts { store, faults: row.faults.clone(), supplied, signs, clashes: Vec::new() }
}

/// The row of the plan, or `None` where the decision leaves everything as it is.
pub(super) fn planned_row(
    row: &StoreRow,
    facts: &Facts,
    decision: Decision,
    may_delete: bool,
) -> Result<Option<PlannedRow>, IllegalMove> {
    let body_hash = body_of(row, &decision).map(|body| hash(&body.to_string()));
    let state = if row.decision.is_unplanned() && row.now.is_none() {
        initial_state(&decision, may_delete)
    } else {
        match planning_event(&decision, may_delete) {
            event @ (Event::PlannedToSend | Event::PlannedHeld) if row.state == State::Rejected => {
                if !goes_again(row, facts, &decision, body_hash.as_deref()) {
                    return Ok(None);
                }
                next(row.state, event)?
            }
            // What was refused stays refused, whatever else it lacks now: the refusal is what its person has to know.
            Event::PlannedBlocked if row.state == State::Rejected => return Ok(None),
            event if row.state == State::Drifted => next(next(row.state, Event::TakenUpAgain)?, event)?,
            event => next(row.state, event)?,
        }
    };
    let baseline = baseline(row, facts, state);
    Ok(Some(PlannedRow { id: row.id, decision, state, body_hash, planned: baseline }))
}

/// How a decision differs from the one before, if there was one. Rows that are known by file and row only are no stores with
/// a story: an edited file leaves none of them behind.
fn change(row: &StoreRow, new: &PlannedRow) -> Option<PlanChange> {
    let codes = |decision: &Decision| decision.findings.iter().map(|finding| finding.code).collect::<Vec<_>>();
    let (before, after) = (&row.decision, &new.decision);
    let data_changed = row.body_hash.is_some() && new.body_hash.is_some() && row.body_hash != new.body_hash;
    let same = row.state == new.state && before.action == after.action && codes(before) == codes(after);
    if (same && !data_changed) || before.is_unplanned() || !row.key.starts_with("poi:") {
        return None;
    }
    let (from, to, action, findings) = (row.state, new.state, after.action, codes(after));
    Some(PlanChange { id: row.id, from, to, action, findings, data_changed })
}

/// What later readings are compared with, where the plan sets it anew: for a store planned for the first time, and for
/// one that the plan takes up again.
fn baseline(row: &StoreRow, facts: &Facts, state: State) -> Option<(UpgradeStatus, String, bool)> {
    let taken_up = state != row.state && matches!(state, State::Pending | State::Held);
    let store = &facts.store;
    match &row.now {
        None if row.decision.is_unplanned() => {
            Some((store.upgrade_status.clone(), store.upgrade_comment.to_string(), false))
        }
        Some(now) if taken_up => Some((now.status.clone(), now.comment.clone(), true)),
        _ => None,
    }
}

/// A rejected store goes again once its data has changed, or once somebody said so after the rejection.
fn goes_again(row: &StoreRow, facts: &Facts, decision: &Decision, body_hash: Option<&str>) -> bool {
    let last = row.last_write.as_ref().map(|write| write.at);
    let said = facts.supplied.cells.get(&Field::Action).map(|cell| cell.at);
    let resubmit = decision.wish == Some(Wish::Resubmit) && said > last;
    last.is_none() || resubmit || body_hash != row.sent_plan.as_deref()
}

/// What the request of a decision would say.
pub(super) fn body_of(row: &StoreRow, decision: &Decision) -> Option<serde_json::Value> {
    if let Some(ordered) = &decision.order {
        return Some(ordered.order.body());
    }
    match decision.action.verb()? {
        Verb::AddStore => decision.submission.as_deref().map(crate::store::Submission::body),
        Verb::Delpoi => row.poi_id().map(|id| serde_json::json!({ "poi_id": id.as_str() })),
        // Only ever by an order.
        Verb::UpdateStore | Verb::DelStore | Verb::StorewxaSet => None,
    }
}

/// SHA-256 in hex.
pub(super) fn hash(text: &str) -> String {
    format!("{:x}", Sha256::digest(text.as_bytes()))
}
