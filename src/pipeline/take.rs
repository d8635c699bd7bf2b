//! Inputs and supplements into the ledger.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::mpsc::sync_channel;

use super::columns::Headed;
use super::foresight::{Coming, Foreseen, Foresight};
use super::{PipelineError, Work};
use crate::engine::Phase;
use crate::intake::{Input, InputRow, Pass, SupplementFile};
use crate::ledger::{Fill, LedgerError, Loader, SourceRow};
use crate::store::{Cell, Code, JoinKey, LegacyStore, Place, Stamp, SupplementRow};
use crate::words;

/// The file's name of stores that came from the platform itself.
pub const LIVE: &str = "getpoilist";

impl Work<'_> {
    /// Takes the inputs, then the supplements: a supplement wins over columns of the same meaning in an input.
    pub(super) fn take(&mut self, inputs: &mut [Input], supplements: &[SupplementFile]) -> Result<(), PipelineError> {
        self.enter(Phase::Taking);
        self.is_planned = false;
        self.take_inputs(inputs, !supplements.is_empty())?;
        self.take_supplements(supplements)
    }

    /// Takes the inputs: their rows are the scope of the run, rows of different inputs join by `poi_id`. None of them is
    /// kept in memory, and the ledger has all of them or none.
    fn take_inputs(&mut self, inputs: &mut [Input], has_supplements: bool) -> Result<(), PipelineError> {
        let (now, run_id, person) = (self.clock.now(), self.run_id, self.person);
        let mut read = Vec::with_capacity(inputs.len());
        let count = inputs.len();
        let mut headed = self.columns_foreseen(inputs, has_supplements)?;
        let mut foreseen = None;
        let orders = self.orders;
        let ids = self.ledger_mut().load_sources(now, |loader| {
            for (number, input) in inputs.iter_mut().enumerate() {
                loader.begin_source(number + 1 < count)?;
                let fresh = loader.fresh_rows()?;
                let foresight = headed.take().zip(fresh).map(|(headed, fresh)| Foresight::new(orders, headed, fresh));
                let own = Own { run_id, person, at: now };
                let pass = match foresight {
                    Some(foresight) => take_foreseen(loader, input, own, foresight, &mut foreseen)?,
                    None => take_input(loader, input, own)?,
                };
                loader.note_input(run_id, "input", (&input.file, &input.sha256), pass.0)?;
                loader.end_source()?;
                read.push(pass);
            }
            Ok::<(), PipelineError>(())
        })?;
        Headed::remember(self.ledger(), inputs)?;
        for input in inputs.iter() {
            self.remember_folder(&input.file)?;
        }
        for (input, (rows, claimed)) in inputs.iter().zip(read) {
            self.tell_of_input(input, rows, claimed);
        }
        self.foreseen = foreseen;
        self.widen_scope(&ids);
        Ok(())
    }

    fn tell_of_input(&mut self, input: &Input, n: usize, claimed: Option<u64>) {
        input.remarks().into_iter().for_each(|remark| self.say(remark));
        input.findings().into_iter().for_each(|finding| self.tell_finding(finding));
        self.tell_unknown_columns(&input.file, &input.unknown_columns);
        self.say(words!("read {n} stores from {}"; "已读取 {n} 家门店：{}", input.file));
        if let Some(total) = claimed.filter(|total| *total > n as u64) {
            self.warn(words!(
                "{} holds {n} of {total} stores: the others are not looked at; `poilift pull` saves the whole list";
                "{} 只包含 {total} 家门店中的 {n} 家，其余未处理；可用 `poilift pull` 保存完整列表", input.file
            ));
        }
    }

    pub(super) fn widen_scope(&mut self, ids: &[i64]) {
        let mut seen: std::collections::HashSet<i64> = self.scope.iter().copied().collect();
        self.scope.extend(ids.iter().filter(|id| seen.insert(**id)));
    }

    /// Takes the supplements, as one batch: cells of theirs that disagree are a finding.
    pub fn take_supplements(&mut self, supplements: &[SupplementFile]) -> Result<(), PipelineError> {
        self.is_planned &= supplements.is_empty();
        for file in supplements {
            self.remember_folder(&file.file)?;
            let rows = self.with_answers(file)?;
            let taken = self.fill(&file.file, &file.sha256, &rows, self.run_id)?;
            let n = file.rows.len();
            self.ledger().note_input(self.run_id, "supplement", (&file.file, &file.sha256), n, self.clock.now())?;
            file.findings.iter().for_each(|finding| self.tell_finding(finding.clone()));
            self.tell_unknown_columns(&file.file, &file.unknown_columns);
            let faults = file.rows.iter().flat_map(|row| &row.faults);
            faults.for_each(|fault| self.tell_finding(fault.clone()));
            if taken {
                self.say(words!("took {n} rows from the supplement {}"; "已录入 {n} 行补充资料：{}", file.file));
            } else {
                self.named_again.extend(file.rows.iter().filter_map(|row| row.key.clone()));
                self.say(words!("the supplement {} was taken before; nothing changes"; "补充表 {} 已录入过，无变化", file.file));
            }
        }
        Ok(())
    }

    /// The file's rows; a cell of a form that is as it was handed out is an answer where an earlier file has one that cannot be
    /// used, as a number that was rounded and is put right.
    fn with_answers<'f>(&self, file: &'f SupplementFile) -> Result<Cow<'f, [SupplementRow]>, PipelineError> {
        let has_untouched = file.untouched.iter().any(|cells| !cells.is_empty());
        let unusable = if has_untouched { self.ledger().unusable_cells(self.run_id)? } else { HashSet::new() };
        if unusable.is_empty() {
            return Ok(Cow::Borrowed(&file.rows));
        }
        let mut rows = file.rows.clone();
        for (row, untouched) in rows.iter_mut().zip(&file.untouched) {
            let Some(key) = &row.key else { continue };
            let answers = |cell: &&Cell| cell.fault.is_none() && unusable.contains(&(key.clone(), cell.field));
            let answers: Vec<Cell> = untouched.iter().filter(answers).cloned().collect();
            row.cells.extend(answers);
        }
        Ok(Cow::Owned(rows))
    }

    fn fill(&mut self, file: &str, sha256: &str, rows: &[SupplementRow], batch: i64) -> Result<bool, PipelineError> {
        let (run_id, at, person) = (self.run_id, self.clock.now(), self.person);
        Ok(self.ledger_mut().fill(Fill { run_id, file, sha256, at, person, batch }, rows)?)
    }

    /// Takes stores that the platform itself listed as a source like any other.
    pub(super) fn take_live(&mut self, stores: &[LegacyStore]) -> Result<(), PipelineError> {
        self.is_planned = false;
        let rows: Vec<SourceRow> = stores.iter().enumerate().map(|(n, store)| live_row(n, store)).collect();
        let now = self.clock.now();
        self.ledger_mut().load(&rows, now)?;
        self.scope_everything()
    }

    pub(super) fn tell_unknown_columns(&self, file: &str, columns: &[String]) {
        if !columns.is_empty() {
            let list = columns.join(", ");
            self.warn(words!("{file}: columns that mean nothing here: {list}"; "{file}：无法识别的列：{list}"));
        }
    }
}

/// Whose word the columns of `add_store` in an input are.
#[derive(Clone, Copy)]
struct Own<'o> {
    run_id: i64,
    person: &'o str,
    at: Stamp,
}

/// Takes what the rows of an input supply: it counts as a supplement that came with it, before all supplements and together
/// with the other inputs.
struct OwnCells<'o> {
    own: Own<'o>,
    file: String,
    sha256: String,
    number: Number,
}

/// The number of a supplement in the ledger.
#[derive(Clone, Copy)]
enum Number {
    /// There was nothing in it so far.
    NotYet,
    Of(i64),
    TakenBefore,
}

impl<'o> OwnCells<'o> {
    fn of(input: &Input, own: Own<'o>) -> Self {
        Self { own, file: input.file.clone(), sha256: input.sha256.clone(), number: Number::NotYet }
    }

    fn take(&mut self, loader: &Loader<'_>, row: &SupplementRow) -> Result<(), LedgerError> {
        let Own { run_id, person, at } = self.own;
        let fill = Fill { run_id, file: &self.file, sha256: &self.sha256, at, person, batch: -run_id };
        if let Number::NotYet = self.number {
            self.number = loader.begin_fill(fill)?.map_or(Number::TakenBefore, Number::Of);
        }
        match self.number {
            Number::Of(fill_id) => loader.fill_row(fill_id, row),
            Number::NotYet | Number::TakenBefore => Ok(()),
        }
    }
}

/// Every row of an input. How many rows it has, and how many stores it says that there are.
fn take_input(loader: &mut Loader<'_>, input: &mut Input, own: Own<'_>) -> Result<(usize, Option<u64>), PipelineError> {
    loop {
        let mut own_cells_of_it = OwnCells::of(input, own);
        let mut take = |row: InputRow| -> Result<(), LedgerError> {
            if speaks(&row) {
                own_cells_of_it.take(loader, &own_cells(&row))?;
            }
            loader.row(&source_row(row))
        };
        let pass = read_ahead(input, &mut Ok, &mut take)?;
        match pass {
            Pass::Complete { rows, claimed_total } => return Ok((counted(rows), claimed_total)),
            Pass::Again => loader.begin_anew()?,
        }
    }
}

/// The same, with each row's plan.
fn take_foreseen(
    loader: &mut Loader<'_>,
    input: &mut Input,
    own: Own<'_>,
    mut foresight: Foresight<'_>,
    foreseen: &mut Option<Foreseen>,
) -> Result<(usize, Option<u64>), PipelineError> {
    loop {
        let (mut cells, mut as_foreseen) = (OwnCells::of(input, own), true);
        let mut take = |coming: Coming| -> Result<(), LedgerError> {
            if let Some(supplied) = &coming.cells {
                cells.take(loader, supplied)?;
            }
            as_foreseen &= loader.fresh_row(&coming.row)?;
            Ok(())
        };
        let pass = read_ahead(input, &mut |row| foresight.plan(row), &mut take)?;
        match pass {
            Pass::Complete { rows, claimed_total } => {
                *foreseen = Some(foresight.end(as_foreseen));
                return Ok((counted(rows), claimed_total));
            }
            Pass::Again => {
                loader.begin_anew()?;
                foresight.begin_anew();
            }
        }
    }
}

fn counted(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

/// So many rows are handed over at once.
const ROWS_AT_ONCE: usize = 64;

/// So many times as many may be read and not taken yet.
const AHEAD: usize = 4;

/// Reads an input, and prepares its rows, on a thread of its own while `take` takes them on this one, in order: to read a row
/// costs as much as to write it into the ledger.
fn read_ahead<T: Send>(
    input: &mut Input,
    prepare: &mut (dyn FnMut(InputRow) -> Result<T, PipelineError> + Send),
    take: &mut dyn FnMut(T) -> Result<(), LedgerError>,
) -> Result<Pass, PipelineError> {
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(AHEAD);
        let reading = scope.spawn(move || {
            let mut rows = Vec::with_capacity(ROWS_AT_ONCE);
            let mut failed = None;
            let pass = input.read(&mut |row| {
                match prepare(row) {
                    Ok(row) => rows.push(row),
                    Err(error) => {
                        failed = Some(error);
                        return ControlFlow::Break(());
                    }
                }
                if rows.len() < ROWS_AT_ONCE {
                    return ControlFlow::Continue(());
                }
                let full = std::mem::replace(&mut rows, Vec::with_capacity(ROWS_AT_ONCE));
                // Nobody takes them any more: that has a reason of its own, and is told there.
                sender.send(full).map_or(ControlFlow::Break(()), ControlFlow::Continue)
            });
            let _ = sender.send(rows);
            failed.map_or(pass.map_err(PipelineError::from), Err)
        });
        let taken = receiver.iter().flatten().try_for_each(take);
        // A reader that still has something to hand over ends.
        drop(receiver);
        let pass = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        taken?;
        pass
    })
}

/// Whether a row supplies something for its store. One whose id stands twice speaks for nobody.
pub(super) fn speaks(row: &InputRow) -> bool {
    !row.cells.is_empty() && row.faults.iter().all(|fault| fault.code != Code::PoiIdDuplicate)
}

pub(super) fn source_row(row: InputRow) -> SourceRow {
    let decimal = row.store.poi_id.as_ref().is_some_and(crate::store::PoiId::is_decimal);
    let repeated = row.faults.iter().any(|fault| fault.code == Code::PoiIdDuplicate);
    SourceRow { place: row.place, store: row.store, faults: row.faults, joins: decimal && !repeated }
}

pub(super) fn own_cells(row: &InputRow) -> SupplementRow {
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
