//! Inputs and supplements into the ledger.

use std::collections::HashMap;

use super::{PipelineError, Work};
use crate::engine::Phase;
use crate::intake::{Input, InputRow, SupplementFile};
use crate::ledger::{Fill, SourceRow};
use crate::store::{Code, Finding, JoinKey, LegacyStore, Place, SupplementRow, UpgradeStatus};
use crate::words;

/// The file's name of stores that came from the platform itself.
pub const LIVE: &str = "getpoilist";

impl Work<'_> {
    /// Takes the inputs, then the supplements: a supplement wins over columns of the same meaning in an input.
    pub(super) fn take(&mut self, inputs: &[Input], supplements: &[SupplementFile]) -> Result<(), PipelineError> {
        self.enter(Phase::Taking);
        self.take_inputs(inputs)?;
        self.take_supplements(supplements)
    }

    /// Takes the inputs: their rows are the scope of the run, rows of different inputs join by `poi_id`.
    fn take_inputs(&mut self, inputs: &[Input]) -> Result<(), PipelineError> {
        for input in inputs {
            let n = input.rows.len();
            self.ledger().note_input(self.run_id, "input", (&input.file, &input.sha256), n, self.clock.now())?;
            self.take_cells(input)?;
            self.tell_of_input(input);
        }
        let now = self.clock.now();
        let ids = self.ledger_mut().load(&joined(inputs), now)?;
        self.widen_scope(&ids);
        Ok(())
    }

    fn tell_of_input(&self, input: &Input) {
        let n = input.rows.len();
        self.tell_unknown_columns(&input.file, &input.unknown_columns);
        self.say(words!("read {n} stores from {}"; "已读取 {n} 家门店：{}", input.file));
        if let Some(total) = input.claimed_total.filter(|total| *total > n as u64) {
            self.warn(words!(
                "{} holds {n} of {total} stores: the others are not looked at; `poilift pull` saves the whole list";
                "{} 只包含 {total} 家门店中的 {n} 家，其余未处理；可用 `poilift pull` 保存完整列表", input.file
            ));
        }
    }

    fn widen_scope(&mut self, ids: &[i64]) {
        let known: std::collections::HashSet<i64> = self.scope.iter().copied().collect();
        let mut seen = known;
        self.scope.extend(ids.iter().filter(|id| seen.insert(**id)));
    }

    /// Columns of `add_store` in an input count as a supplement that came with it.
    fn take_cells(&mut self, input: &Input) -> Result<(), PipelineError> {
        let rows: Vec<SupplementRow> = input.rows.iter().filter(|row| !row.cells.is_empty()).map(own_cells).collect();
        if !rows.is_empty() {
            // Inputs are taken together with each other, and before the supplements.
            self.fill(&input.file, &input.sha256, &rows, -self.run_id)?;
        }
        Ok(())
    }

    /// Takes the supplements, as one batch: cells of theirs that disagree are a finding.
    pub fn take_supplements(&mut self, supplements: &[SupplementFile]) -> Result<(), PipelineError> {
        for file in supplements {
            let taken = self.fill(&file.file, &file.sha256, &file.rows, self.run_id)?;
            let n = file.rows.len();
            self.ledger().note_input(self.run_id, "supplement", (&file.file, &file.sha256), n, self.clock.now())?;
            self.tell_unknown_columns(&file.file, &file.unknown_columns);
            // A row whose id stands twice is no fault of a supplement: its cells agree, or they are a finding.
            let faults =
                file.rows.iter().flat_map(|row| &row.faults).filter(|fault| fault.code != Code::PoiIdDuplicate);
            faults.for_each(|fault| self.tell_finding(fault.clone()));
            if taken {
                self.say(words!("took {n} rows from the supplement {}"; "已录入 {n} 行补充资料：{}", file.file));
            } else {
                self.say(words!("the supplement {} was taken before; nothing changes"; "补充表 {} 已录入过，无变化", file.file));
            }
        }
        Ok(())
    }

    fn fill(&mut self, file: &str, sha256: &str, rows: &[SupplementRow], batch: i64) -> Result<bool, PipelineError> {
        let (run_id, at, person) = (self.run_id, self.clock.now(), self.person);
        Ok(self.ledger_mut().fill(Fill { run_id, file, sha256, at, person, batch }, rows)?)
    }

    /// Takes stores that the platform itself listed as a source like any other.
    pub(super) fn take_live(&mut self, stores: &[LegacyStore]) -> Result<(), PipelineError> {
        let rows: Vec<SourceRow> = stores.iter().enumerate().map(|(n, store)| live_row(n, store)).collect();
        let now = self.clock.now();
        self.ledger_mut().load(&rows, now)?;
        self.scope_everything()
    }

    fn tell_unknown_columns(&self, file: &str, columns: &[String]) {
        if !columns.is_empty() {
            let list = columns.join(", ");
            self.warn(words!("{file}: columns that mean nothing here: {list}"; "{file}：无法识别的列：{list}"));
        }
    }
}

/// The rows of all inputs, each joinable store once: what a later input says of it wins, field by field, and what is wrong
/// with any of its rows is wrong with it.
fn joined(inputs: &[Input]) -> Vec<SourceRow> {
    let mut rows: Vec<SourceRow> = Vec::new();
    let mut by_poi_id: HashMap<String, usize> = HashMap::new();
    for row in inputs.iter().flat_map(|input| &input.rows).map(source_row) {
        let known = row.store.poi_id.as_ref().filter(|_| row.joins).map(ToString::to_string);
        if let Some(index) = known.as_ref().and_then(|id| by_poi_id.get(id)) {
            join_rows(&mut rows[*index], row);
        } else {
            by_poi_id.extend(known.map(|id| (id, rows.len())));
            rows.push(row);
        }
    }
    rows
}

fn join_rows(first: &mut SourceRow, later: SourceRow) {
    let (one, other) = (&first.store.upgrade_status, &later.store.upgrade_status);
    if one != other && *one != UpgradeStatus::Absent && *other != UpgradeStatus::Absent {
        let quarrel = Finding::new(Code::SourcesDisagree).at(later.place.clone()).showing(other.code());
        first.faults.push(quarrel.with_others(vec![first.place.clone()]));
    }
    first.store = later.store.completed_by(&first.store);
    first.faults.extend(later.faults);
}

fn source_row(row: &InputRow) -> SourceRow {
    let decimal = row.store.poi_id.as_ref().is_some_and(crate::store::PoiId::is_decimal);
    let repeated = row.faults.iter().any(|fault| fault.code == Code::PoiIdDuplicate);
    let (place, store, faults) = (row.place.clone(), row.store.clone(), row.faults.clone());
    SourceRow { place, store, faults, joins: decimal && !repeated }
}

fn own_cells(row: &InputRow) -> SupplementRow {
    let by_poi_id = row.store.poi_id.clone().map(JoinKey::PoiId);
    let key = by_poi_id.or_else(|| row.store.sid.clone().map(JoinKey::Sid));
    SupplementRow { key, place: row.place.clone(), cells: row.cells.clone(), faults: Vec::new() }
}

/// A live store's place has no row unless it has no id: the list's order is not the store's.
fn live_row(n: usize, store: &LegacyStore) -> SourceRow {
    let place = Place::file(LIVE);
    let decimal = store.poi_id.as_ref().is_some_and(crate::store::PoiId::is_decimal);
    let place = if decimal { place } else { place.at_row(u32::try_from(n + 1).unwrap_or(u32::MAX)) };
    SourceRow { place, store: store.clone(), faults: Vec::new(), joins: decimal }
}
