//! Supplied cells to stores: by `poi_id`, else by `sid`; the latest file wins, cell by cell; what cannot be decided
//! blocks the stores involved.

use std::collections::{BTreeMap, HashMap};

use crate::store::{Cell, Code, Field, Finding, JoinKey, Place, RememberedCell, Supplied, SuppliedCell};

/// A store that cells can join with.
#[derive(Debug, Clone)]
pub struct Joinable<'a> {
    /// The ledger's number of the store.
    pub id: i64,
    /// Its id in the old store management.
    pub poi_id: Option<&'a str>,
    /// The merchant's own number.
    pub sid: Option<&'a str>,
}

/// What came of joining.
#[derive(Debug, Default)]
pub struct Joined {
    /// The cells that count, by the ledger's number of the store.
    pub supplied: HashMap<i64, Supplied>,
    /// Rows that name a store in no list, once each.
    pub nothing: Vec<Unmatched>,
}

/// A supplement's row that names a store in no list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// The file that brought it.
    pub fill_id: i64,
    /// The store it names.
    pub key: JoinKey,
    /// The finding.
    pub finding: Finding,
}

/// A field's latest cell, and what keeps it from counting.
struct Latest<'a> {
    remembered: &'a RememberedCell,
    /// What disagrees with it in the same batch, or that its row names another store as well.
    quarrel: Option<Finding>,
    /// Of a row that names several stores the value is none's.
    is_given: bool,
}

/// Joins all cells ever supplied, oldest first, with all stores.
#[must_use]
pub fn join(stores: &[Joinable<'_>], cells: &[RememberedCell]) -> Joined {
    let by_poi_id = index(stores, |store| store.poi_id);
    let by_sid = index(stores, |store| store.sid);
    let mut latest: HashMap<i64, BTreeMap<Field, Latest<'_>>> = HashMap::new();
    let found = |remembered: &RememberedCell| {
        let found = match &remembered.key {
            JoinKey::PoiId(id) => by_poi_id.get(id.as_str()),
            JoinKey::Sid(sid) => by_sid.get(sid.as_str()),
        };
        found.map_or(&[][..], Vec::as_slice)
    };
    let last_batch = last_batches(cells, |remembered| {
        question(&remembered.cell).is_some() && !names_others(remembered, found(remembered), &by_sid).1.is_empty()
    });
    let mut joined = Joined::default();
    let mut last_row: Option<(&JoinKey, i64)> = None;
    for remembered in cells {
        let found = found(remembered);
        // A row's cells stand together: what is said of the row is said once.
        let first_of_row = last_row != Some((&remembered.key, remembered.fill_id));
        last_row = Some((&remembered.key, remembered.fill_id));
        if found.is_empty() {
            joined.nothing.extend(first_of_row.then(|| nothing(remembered)));
            continue;
        }
        let (quarrel, mut others) = names_others(remembered, found, &by_sid);
        // Once a later file has the row's cell again, the earlier row asks nothing of the store that it named by mistake.
        if last_batch.get(&(&remembered.key, remembered.cell.field)).is_some_and(|last| *last != remembered.batch) {
            others = &[];
        }
        for id in found.iter().chain(others) {
            take(latest.entry(*id).or_default(), remembered, quarrel.clone());
        }
    }
    for (id, fields) in latest {
        joined.supplied.insert(id, supplied(fields));
    }
    joined
}

/// In which batch a cell came last, of those that `asks_others` is true of once.
fn last_batches(
    cells: &[RememberedCell],
    asks_others: impl Fn(&RememberedCell) -> bool,
) -> HashMap<(&JoinKey, Field), i64> {
    let asking = cells.iter().filter(|remembered| asks_others(remembered));
    let mut last: HashMap<_, _> =
        asking.map(|remembered| ((&remembered.key, remembered.cell.field), remembered.batch)).collect();
    // Hardly ever is there one.
    for remembered in if last.is_empty() { &[] } else { cells } {
        if let Some(batch) = last.get_mut(&(&remembered.key, remembered.cell.field)) {
            *batch = remembered.batch;
        }
    }
    last
}

/// The finding that a row names several stores, by one `sid` or by two ids, and the stores that it names beside those `found`.
/// Such a row speaks for none of them, cell by cell until a later file decides.
fn names_others<'s>(
    remembered: &RememberedCell,
    found: &[i64],
    by_sid: &'s HashMap<&str, Vec<i64>>,
) -> (Option<Finding>, &'s [i64]) {
    match (&remembered.key, question(&remembered.cell)) {
        (JoinKey::Sid(_), _) if found.len() > 1 => {
            let finding = Finding::new(Code::SupplementJoinsTwo).at(row_of(remembered));
            (Some(finding.showing(&key_text(remembered))), &[])
        }
        (JoinKey::PoiId(_), Some(question)) => {
            let others = by_sid.get(question.value.as_str()).map_or(&[][..], Vec::as_slice);
            if others.is_empty() || others.iter().any(|id| found.contains(id)) {
                return (None, &[]);
            }
            let shown = format!("{} ≠ sid {}", key_text(remembered), question.value);
            (Some(question.clone().showing(&shown)), others)
        }
        _ => (None, &[]),
    }
}

/// The `sid` that stands beside a cell's `poi_id`.
fn question(cell: &Cell) -> Option<&Finding> {
    cell.fault.as_ref().filter(|fault| fault.code == Code::IdsDisagree)
}

fn index<'a>(stores: &'a [Joinable<'a>], key: impl Fn(&Joinable<'a>) -> Option<&'a str>) -> HashMap<&'a str, Vec<i64>> {
    let mut index: HashMap<&str, Vec<i64>> = HashMap::new();
    for store in stores {
        if let Some(key) = key(store) {
            index.entry(key).or_default().push(store.id);
        }
    }
    index
}

fn take<'a>(fields: &mut BTreeMap<Field, Latest<'a>>, remembered: &'a RememberedCell, names_others: Option<Finding>) {
    let earlier = fields.get(&remembered.cell.field);
    let is_given = names_others.is_none();
    let disagrees = || {
        let earlier = earlier.filter(|earlier| earlier.remembered.batch == remembered.batch)?;
        if earlier.remembered.cell.value == remembered.cell.value {
            // A third cell that agrees with the second leaves their quarrel with the first as it was.
            return earlier.quarrel.clone();
        }
        let finding = Finding::new(Code::SupplementDisagrees)
            .at(remembered.cell.place.clone())
            .showing(&remembered.cell.value)
            .with_others(vec![earlier.remembered.cell.place.clone()]);
        Some(finding)
    };
    let quarrel = names_others.or_else(disagrees);
    fields.insert(remembered.cell.field, Latest { remembered, quarrel, is_given });
}

fn supplied(fields: BTreeMap<Field, Latest<'_>>) -> Supplied {
    let mut supplied = Supplied::default();
    for (field, Latest { remembered, quarrel, is_given }) in fields {
        // Of a row it is said once.
        supplied.faults.extend(quarrel.filter(|quarrel| !supplied.faults.contains(quarrel)));
        if is_given {
            let mut cell = remembered.cell.clone();
            cell.fault = cell.fault.filter(|fault| fault.code != Code::IdsDisagree);
            supplied.cells.insert(field, SuppliedCell { cell, at: remembered.at });
        }
    }
    supplied
}

fn nothing(remembered: &RememberedCell) -> Unmatched {
    let finding = Finding::new(Code::SupplementJoinsNothing).at(row_of(remembered)).showing(&key_text(remembered));
    Unmatched { fill_id: remembered.fill_id, key: remembered.key.clone(), finding }
}

fn row_of(remembered: &RememberedCell) -> Place {
    Place { column: None, ..remembered.cell.place.clone() }
}

fn key_text(remembered: &RememberedCell) -> String {
    match &remembered.key {
        JoinKey::PoiId(id) => format!("poi_id {id}"),
        JoinKey::Sid(sid) => format!("sid {sid}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{PoiId, Sid, Stamp};

    const STORES: [Joinable<'static>; 3] = [
        Joinable { id: 1, poi_id: Some("101"), sid: Some("A") },
        Joinable { id: 2, poi_id: Some("102"), sid: Some("B") },
        Joinable { id: 3, poi_id: Some("103"), sid: Some("B") },
    ];

    fn cell(key: JoinKey, row: u32, value: &str, fill_id: i64, batch: i64) -> RememberedCell {
        let place = Place::file(format!("{fill_id}.csv")).at_row(row).at_column("credential");
        let cell = Cell { field: Field::Credential, value: value.into(), place, fault: None, also: Vec::new() };
        RememberedCell { key, cell, at: Stamp(fill_id), fill_id, batch }
    }

    fn poi(id: &str) -> JoinKey {
        JoinKey::PoiId(PoiId::new(id).unwrap())
    }

    fn sid(id: &str) -> JoinKey {
        JoinKey::Sid(Sid::new(id).unwrap())
    }

    fn value(joined: &Joined, id: i64) -> Option<&str> {
        joined.supplied.get(&id)?.cells.get(&Field::Credential).map(|cell| cell.cell.value.as_str())
    }

    #[test]
    fn a_later_file_wins_cell_by_cell() {
        let cells = [cell(poi("101"), 2, "old", 1, 1), cell(sid("A"), 2, "new", 2, 2)];
        let joined = join(&STORES, &cells);
        assert_eq!(value(&joined, 1), Some("new"));
        assert!(joined.supplied[&1].faults.is_empty());
    }

    #[test]
    fn files_taken_together_that_disagree_are_a_finding_naming_both_cells_until_a_later_file_decides() {
        let quarrel = vec![cell(poi("101"), 2, "x", 1, 1), cell(poi("101"), 9, "y", 2, 1)];
        let joined = join(&STORES, &quarrel);
        let fault = &joined.supplied[&1].faults[0];
        assert_eq!(fault.code, Code::SupplementDisagrees);
        assert_eq!(fault.place.as_ref().map(ToString::to_string).as_deref(), Some("2.csv, row 9, credential"));
        assert_eq!(fault.others[0].to_string(), "1.csv, row 2, credential");
        let decided = [quarrel, vec![cell(poi("101"), 2, "z", 3, 3)]].concat();
        assert!(join(&STORES, &decided).supplied[&1].faults.is_empty());
    }

    #[test]
    fn a_row_that_joins_two_stores_blocks_both_and_gives_its_value_to_neither() {
        let joined = join(&STORES, &[cell(sid("B"), 5, "x", 1, 1)]);
        for id in [2, 3] {
            assert_eq!(joined.supplied[&id].faults[0].code, Code::SupplementJoinsTwo);
            assert_eq!(value(&joined, id), None);
        }
    }

    #[test]
    fn a_later_file_that_names_the_store_for_certain_ends_what_a_row_of_two_stores_began() {
        let cells = [cell(sid("B"), 5, "x", 1, 1), cell(poi("102"), 2, "y", 2, 2)];
        let joined = join(&STORES, &cells);
        assert_eq!((value(&joined, 2), joined.supplied[&2].faults.len()), (Some("y"), 0));
        assert_eq!((value(&joined, 3), joined.supplied[&3].faults.len()), (None, 1), "of the other nobody has spoken");
    }

    fn beside(id: &str, of: &str, batch: i64) -> RememberedCell {
        let mut cell = cell(poi(id), 4, "x", batch, batch);
        let question = Finding::new(Code::IdsDisagree).at(cell.cell.place.at_column("sid"));
        cell.cell.fault = Some(question.showing(of));
        cell
    }

    #[test]
    fn a_row_whose_ids_are_two_stores_blocks_both_and_gives_its_value_to_neither() {
        let joined = join(&STORES, &[beside("102", "A", 1)]);
        for id in [1, 2] {
            let fault = &joined.supplied[&id].faults[0];
            assert_eq!((fault.code, fault.value.as_str()), (Code::IdsDisagree, "poi_id 102 ≠ sid A"));
            assert_eq!(fault.place.as_ref().unwrap().to_string(), "1.csv, row 4, sid");
            assert_eq!(value(&joined, id), None);
        }
        let decided = join(&STORES, &[beside("102", "A", 1), cell(poi("102"), 2, "y", 2, 2)]);
        assert_eq!((value(&decided, 2), decided.supplied[&2].faults.len()), (Some("y"), 0));
        assert!(!decided.supplied.contains_key(&1), "the store that was named by mistake is asked nothing any more");
        let mended = join(&STORES, &[cell(poi("101"), 7, "z", 1, 1), beside("102", "A", 2), beside("102", "B", 3)]);
        assert_eq!((value(&mended, 1), value(&mended, 2)), (Some("z"), Some("x")), "what it had before counts");
    }

    #[test]
    fn a_sid_that_is_the_stores_own_or_nobodys_is_no_question_any_more() {
        for (id, of) in [("101", "A"), ("102", "B"), ("101", "Z")] {
            let joined = join(&STORES, &[beside(id, of, 1)]);
            let supplied: Vec<_> = joined.supplied.values().collect();
            assert_eq!((supplied.len(), supplied[0].faults.len()), (1, 0), "{id} {of}");
            assert_eq!(supplied[0].cells[&Field::Credential].cell.fault, None);
        }
    }

    #[test]
    fn a_row_that_joins_nothing_is_said_once_with_its_place() {
        let mut two_cells = vec![cell(poi("999"), 7, "x", 1, 1), cell(poi("999"), 7, "y", 1, 1)];
        two_cells[1].cell.field = Field::Hour;
        let joined = join(&STORES, &two_cells);
        assert_eq!(joined.nothing.len(), 1);
        assert_eq!(
            joined.nothing[0].finding.words().en,
            "W202 a supplement's row names a store that is in no list (1.csv, row 7: poi_id 999)"
        );
    }
}
