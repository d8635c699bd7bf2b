//! The first plan of stores that are new, made while they are read: then each of them is written once, with its decision, and
//! not once without it and once more with it. What a store shares with others is known only once all are read: the few that
//! share something are planned anew then.
//!
//! What is foreseen is what the plan would say. Wherever that is not certain (stores or supplements that were there before,
//! several inputs, rows that people supply something for by a `sid`, pictures on a disk) nothing is foreseen, or the whole is planned after all.

use std::collections::HashMap;

use super::album::names_files;
use super::columns::Headed;
use super::plan::{facts_of, planned_row};
use super::take::{own_cells, source_row, speaks};
use super::{Deletions, Orders, PipelineError, Work};
use crate::check::{Clashes, FixedValues};
use crate::intake::{Input, InputRow, Joinable, join};
use crate::ledger::{FreshRow, FreshRows, SourceRow};
use crate::plan::{claimant, decide};
use crate::store::{Code, JoinKey, PoiId, RememberedCell, Sid, SupplementRow, Supplied};

/// The plan of one input's rows, in order.
pub(super) struct Foresight<'w> {
    fixed: &'w FixedValues,
    may_delete: bool,
    headed: Headed,
    fresh: FreshRows,
    /// How many rows were planned.
    rows: i64,
    seen: Clashes,
    /// What the plan would say of every row so far is what was foreseen.
    is_certain: bool,
}

/// A row on its way into the ledger.
pub(super) struct Coming {
    /// With its plan.
    pub(super) row: FreshRow<SourceRow>,
    /// What it supplies for itself.
    pub(super) cells: Option<SupplementRow>,
}

/// What is known of the stores that were planned while they were read.
pub(super) struct Foreseen {
    /// The first of them.
    pub(super) first_id: i64,
    /// What they share; `None` where all are to be planned after all.
    pub(super) seen: Option<Clashes>,
}

impl<'w> Foresight<'w> {
    /// Of the rows that `fresh` makes ready.
    pub(super) fn new(orders: &'w Orders, headed: Headed, fresh: FreshRows) -> Self {
        let (fixed, may_delete) = (&orders.fixed, orders.allow_delete == Deletions::Allowed);
        Self { fixed, may_delete, headed, fresh, rows: 0, seen: Clashes::default(), is_certain: true }
    }

    /// Forgets what it has seen: the input is read anew.
    pub(super) fn begin_anew(&mut self) {
        (self.rows, self.seen, self.is_certain) = (0, Clashes::default(), true);
    }

    /// The next row.
    pub(super) fn plan(&mut self, row: InputRow) -> Result<Coming, PipelineError> {
        let id = self.fresh.first_id() + self.rows;
        self.rows += 1;
        let cells = speaks(&row).then(|| own_cells(&row));
        let source = source_row(row);
        let supplied = cells.as_ref().map(|cells| self.supplied(id, &source, cells)).unwrap_or_default();
        let store = self.fresh.as_loaded(id, &source);
        let facts = facts_of(&store, &supplied);
        self.is_certain &= !names_files(&facts);
        if let Some(claimant) = claimant(&facts) {
            self.seen.see(id, &claimant, self.fixed);
        }
        let mut decision = decide(&facts, self.fixed);
        self.headed.name_cells(&store, &mut decision, self.fixed);
        let planned = planned_row(&store, &facts, decision, self.may_delete)?;
        let row = self.fresh.make(id, source, planned.as_ref())?;
        Ok(Coming { row, cells })
    }

    /// What a row supplies for its store, as it will be joined.
    fn supplied(&mut self, id: i64, source: &SourceRow, row: &SupplementRow) -> HashMap<i64, Supplied> {
        let is_plain = |fault: &crate::store::Finding| fault.code != Code::IdsDisagree;
        let names_itself = source.joins && matches!(row.key, Some(JoinKey::PoiId(_)));
        // By a sid it may name others, too.
        self.is_certain &= names_itself && row.cells.iter().filter_map(|cell| cell.fault.as_ref()).all(is_plain);
        let Some(key) = &row.key else { return HashMap::new() };
        let remembered = |cell: &crate::store::Cell| RememberedCell {
            key: key.clone(),
            cell: cell.clone(),
            at: self.fresh.now(),
            fill_id: 0,
            batch: 0,
        };
        let cells: Vec<RememberedCell> = row.cells.iter().map(remembered).collect();
        let poi_id = source.store.poi_id.as_ref().map(PoiId::as_str);
        join(&[Joinable { id, poi_id, sid: source.store.sid.as_ref().map(Sid::as_str) }], &cells).supplied
    }

    /// What was foreseen of the rows, all of which have come into the ledger; `as_foreseen`: each under its number.
    pub(super) fn end(self, as_foreseen: bool) -> Foreseen {
        let is_certain = self.is_certain && as_foreseen;
        Foreseen { first_id: self.fresh.first_id(), seen: is_certain.then_some(self.seen) }
    }
}

impl Work<'_> {
    /// Whether the plan of these inputs can be foreseen, and what is known of their columns then.
    pub(super) fn columns_foreseen(
        &self,
        inputs: &[Input],
        has_supplements: bool,
    ) -> Result<Option<Headed>, PipelineError> {
        let by_list = matches!(self.orders.allow_delete, Deletions::Listed(_));
        // Pictures of a folder are shared out over all stores.
        if inputs.len() != 1 || has_supplements || by_list || self.album.has_images() {
            return Ok(None);
        }
        Ok(Some(Headed::of(self.ledger())?.beside(inputs)))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::Arc;

    use super::super::{Machine as _, ThisMachine};
    use super::*;
    use crate::intake::{Columns, Source, SupplementFile, read_supplement_bytes};
    use crate::ledger::{Ledger, RunStart, StoreRow};

    /// Rows of every kind: statuses, lacking and wrong values, shared names and points, ids that are none or stand twice.
    fn csv(extra: &str) -> String {
        let mut text =
            "poi_id,sid,business_name,address,telephone,photo_list,open_time,mapid,upgrade_status,credential,处理\n"
                .to_owned();
        for n in 0..40 {
            let status = ["0", "0", "1", "2", "3", "4", "", "7"][n % 8];
            let credential = ["70846113-6", "", "91440300708461136T", "x"][n % 4];
            let wish = if n == 9 { "删除" } else { "" };
            writeln!(
                text,
                "{},S{n},某店,文三路{}号,0571-888812{n:02},http://a/{n},8:00-20:00,28807415002795490{n:02},{status},{credential},{wish}",
                472_671_857 + n,
                n / 2
            )
            .unwrap();
        }
        text + extra
    }

    /// The ledger after a plan of this file, but for the moments.
    fn planned(csv: &str, supplements: &[SupplementFile]) -> (Vec<StoreRow>, bool) {
        let machine = ThisMachine::new();
        let ledger = Ledger::in_memory().unwrap();
        let run_id = ledger.begin_run(&RunStart::of_nobody(machine.clock().now())).unwrap();
        let (orders, tell, confirm) = (Orders::default(), |_| {}, |_: &_| Ok(false));
        let mut work = Work::new(ledger, run_id, &orders, &machine, "", Arc::default(), &tell, &confirm);
        let source = Source::of_bytes("a.csv", csv.as_bytes()).unwrap();
        work.take(&mut [Input::of(source, &Columns::default()).unwrap()], supplements).unwrap();
        let is_foreseen = work.foreseen.as_ref().is_some_and(|foreseen| foreseen.seen.is_some());
        work.plan().unwrap();
        let mut rows = work.ledger().stores(None).unwrap();
        for row in &mut rows {
            row.updated_at = crate::store::Stamp(0);
            row.settled_at = row.settled_at.map(|_| crate::store::Stamp(0));
        }
        for row in &rows {
            assert_eq!(work.ledger().story(row.id).unwrap(), [], "nothing is told of a first plan");
        }
        (rows, is_foreseen)
    }

    /// A supplement that says nothing of any store: then nothing is foreseen.
    fn beside() -> [SupplementFile; 1] {
        [read_supplement_bytes("s.csv", "poi_id,credential\n1,70846113-6\n".as_bytes(), &Columns::default()).unwrap()]
    }

    fn is_the_same_plan(csv: &str, foreseen: bool) {
        let (by_and_by, was_foreseen) = planned(csv, &beside());
        assert!(!was_foreseen);
        let (at_once, was_foreseen) = planned(csv, &[]);
        assert_eq!(was_foreseen, foreseen);
        assert_eq!(at_once.len(), by_and_by.len());
        for (one, other) in at_once.iter().zip(&by_and_by) {
            assert_eq!(one, other);
        }
    }

    #[test]
    fn what_is_foreseen_is_what_the_plan_says() {
        is_the_same_plan(&csv(""), true);
    }

    #[test]
    fn rows_whose_ids_are_none_or_stand_twice_are_foreseen_as_well() {
        is_the_same_plan(
            &csv("472671857,T1,某店,文一路1号,,,,,0,,\n,T2,某店,文一路2号,,,,,0,,\n1E5,T3,某店,x,,,,,3,,\n"),
            true,
        );
    }

    #[test]
    fn a_picture_on_a_disk_leaves_the_plan_to_the_end() {
        is_the_same_plan(&csv("472679999,T9,某店,文一路9号,,门头.jpg,,,0,,\n"), false);
    }

    #[test]
    fn what_a_row_supplies_by_its_sid_leaves_the_plan_to_the_end() {
        is_the_same_plan(&csv(",S3,某店,文一路2号,,,,,0,70846113-6,\n"), false);
    }
}
