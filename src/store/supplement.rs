//! What people supply beside the old record, cell by cell, each with where it came from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Field, Finding, Place, PoiId, Sid, Stamp};

/// How a supplement's row names its store: `poi_id`, else `sid`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinKey {
    /// The id in the old store management.
    PoiId(PoiId),
    /// The merchant's own number, where the row has no `poi_id`.
    Sid(Sid),
}

/// One supplied cell that is not empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The field it supplies.
    pub field: Field,
    /// The text as written, without surrounding white space.
    pub value: String,
    /// Where it stands.
    pub place: Place,
    /// Why it cannot be used (a number that a spreadsheet has rounded), if so; the store it belongs to is blocked.
    /// [`Code::IdsDisagree`](super::Code::IdsDisagree) is no more than the question, with the row's `sid` as its value: whether
    /// the `sid` is another store's, the join finds out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Finding>,
    /// What is wrong with it beside that: of the files that it names, each in its own way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Finding>,
}

impl Cell {
    /// All that is wrong with it.
    pub fn faults(&self) -> impl Iterator<Item = &Finding> {
        self.fault.iter().chain(&self.also)
    }
}

/// One row of a supplement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplementRow {
    /// The store it speaks of; `None` if the row names none that can be used (`faults` says why).
    pub key: Option<JoinKey>,
    /// File, sheet and row.
    pub place: Place,
    /// The cells that are not empty.
    pub cells: Vec<Cell>,
    /// What is wrong with the row as a whole.
    pub faults: Vec<Finding>,
}

/// The supplied cells that count for one store, and what is wrong with how they were supplied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Supplied {
    /// The latest cell of each field.
    pub cells: BTreeMap<Field, SuppliedCell>,
    /// Disagreements between files taken together, rows that join to two.
    pub faults: Vec<Finding>,
}

/// A cell with the moment at which it was taken into the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppliedCell {
    /// The cell.
    pub cell: Cell,
    /// When.
    pub at: Stamp,
}

/// A supplied cell as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RememberedCell {
    /// The store it names.
    pub key: JoinKey,
    /// The cell.
    pub cell: Cell,
    /// When it was taken.
    pub at: Stamp,
    /// The file it came with; a later one wins.
    pub fill_id: i64,
    /// Files taken together: cells of theirs that disagree are a finding.
    pub batch: i64,
}
