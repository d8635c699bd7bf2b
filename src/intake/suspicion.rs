//! Faults that only many rows together have: an id that stands twice, a column whose long ids a spreadsheet program has
//! rounded. Rows are read one by one and let go; of each a few bytes are kept, and where they raise a suspicion the file is
//! read again with it known.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::cell::long_id;
use super::headers::{Key, Old};
use crate::store::{Code, Field, Finding, Place, PoiId};

/// How many of the other rows a duplicate names: enough to find them, and a file that repeats one id in every row does
/// not become a square of its size.
const OTHERS_MAX: usize = 20;

/// So many long ids that all end in 0000 are no chance any more.
const ROUNDED_FROM: u32 = 3;

/// The columns that hold ids.
const ID_COLUMNS: usize = 7;

/// What one row shows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Signs {
    id: Option<u64>,
    /// A bit for each id column whose cell is a long id, and for each where it ends as a rounded one does.
    long: u8,
    zeros: u8,
}

impl Signs {
    /// Takes note of an id; whether its column is known to be rounded, and the id looks it.
    pub(super) fn looks_rounded(&mut self, known: &Known, key: Option<Key>, text: &str) -> bool {
        let Some((bit, zeros)) = bit(key).zip(long_id(text)) else { return false };
        self.long |= bit;
        self.zeros |= if zeros { bit } else { 0 };
        zeros && known.rounded & bit != 0
    }

    /// Takes note of the store's name.
    pub(super) fn names(&mut self, poi_id: Option<&PoiId>) {
        self.id = poi_id.map(hash);
    }
}

fn bit(key: Option<Key>) -> Option<u8> {
    let number = match key? {
        Key::Old(Old::PoiId) => 0,
        Key::Old(Old::Sid) => 1,
        Key::Old(Old::Mapid) => 2,
        Key::Supplied(Field::MapPoiId) => 3,
        Key::Supplied(Field::Credential) => 4,
        Key::Supplied(Field::CardId) => 5,
        Key::Supplied(Field::QualificationList) => 6,
        Key::Old(_) | Key::Supplied(_) | Key::Kept(_) => return None,
    };
    Some(1 << number)
}

fn hash(id: &PoiId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// What all rows together show.
#[derive(Debug, Default)]
pub(super) struct Suspicion {
    ids: Vec<u64>,
    long: [u32; ID_COLUMNS],
    zeros: [u32; ID_COLUMNS],
}

/// What the file has to be read again for.
#[derive(Debug)]
pub(super) struct Suspected {
    rounded: u8,
    ids: HashSet<u64>,
}

impl Suspicion {
    /// The next row.
    pub(super) fn see(&mut self, signs: &Signs) {
        self.ids.extend(signs.id);
        for (column, (long, zeros)) in self.long.iter_mut().zip(&mut self.zeros).enumerate() {
            *long += u32::from(signs.long >> column & 1);
            *zeros += u32::from(signs.zeros >> column & 1);
        }
    }

    /// What is wrong, as far as can be told; `None` if nothing is.
    pub(super) fn verdict(mut self) -> Option<Suspected> {
        self.ids.sort_unstable();
        let ids: HashSet<u64> = self.ids.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect();
        let is_rounded =
            |column: &usize| self.long[*column] >= ROUNDED_FROM && self.long[*column] == self.zeros[*column];
        let rounded = (0..ID_COLUMNS).filter(is_rounded).fold(0, |bits, column| bits | 1 << column);
        (rounded != 0 || !ids.is_empty()).then_some(Suspected { rounded, ids })
    }
}

/// What is known of a file before its rows are made.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    rounded: u8,
    duplicates: HashMap<PoiId, Vec<Place>>,
}

impl Known {
    /// Only the columns are known yet; [`Known::see`] looks for the rows.
    pub(super) fn of(suspected: &Suspected) -> Self {
        Self { rounded: suspected.rounded, duplicates: HashMap::new() }
    }

    /// A row, in a pass over the file that looks for nothing but who stands twice.
    pub(super) fn see(&mut self, suspected: &Suspected, id: Option<&PoiId>, place: &Place) {
        if let Some(id) = id.filter(|id| suspected.ids.contains(&hash(id))) {
            self.duplicates.entry(id.clone()).or_default().push(place.clone());
        }
    }

    /// The fault that other rows have this row's id; `column` says where the id stands.
    pub(super) fn duplicate(
        &self,
        place: &Place,
        column: impl FnOnce() -> String,
        id: Option<&PoiId>,
    ) -> Option<Finding> {
        self.repeated(Code::PoiIdDuplicate, place, id).map(|fault| at_cells(fault, &column()))
    }

    /// The same, under a code that says what it means.
    pub(super) fn repeated(&self, code: Code, place: &Place, id: Option<&PoiId>) -> Option<Finding> {
        let id = id?;
        let places = self.duplicates.get(id).filter(|places| places.len() > 1)?;
        let others = places.iter().filter(|other| *other != place).take(OTHERS_MAX).cloned().collect();
        Some(Finding::new(code).at(place.clone()).showing(id.as_str()).with_others(others))
    }
}

/// A finding about rows as one about their cells in this column.
fn at_cells(finding: Finding, column: &str) -> Finding {
    let cell = |place: Place| place.at_column(column);
    let others = finding.others.into_iter().map(cell).collect();
    Finding { place: finding.place.map(cell), others, ..finding }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(known: &Known, id: &str, map: &str) -> (Signs, bool) {
        let mut signs = Signs::default();
        signs.names(PoiId::new(id).as_ref());
        let rounded = signs.looks_rounded(known, Some(Key::Old(Old::Mapid)), map);
        (signs, rounded)
    }

    fn verdict(rows: &[(&str, &str)]) -> Option<Suspected> {
        let mut suspicion = Suspicion::default();
        for (id, map) in rows {
            suspicion.see(&signs(&Known::default(), id, map).0);
        }
        suspicion.verdict()
    }

    #[test]
    fn three_long_ids_that_all_end_in_zeros_are_rounded_and_one_that_does_not_clears_the_column() {
        let rounded = ["2880741500279550000", "8674870308828150000", "1234567890120000"];
        let rows: Vec<_> = ["1", "2", "3"].into_iter().zip(rounded).collect();
        let known = Known::of(&verdict(&rows).unwrap());
        assert!(signs(&known, "1", rounded[0]).1);
        assert!(!signs(&known, "1", "472670000").1);
        assert!(verdict(&rows[..2]).is_none());
        assert!(verdict(&[&rows[..], &[("4", "2880741500279549033")]].concat()).is_none());
    }

    #[test]
    fn each_row_of_a_repeated_id_names_the_others() {
        let rows = ["7", "8", "7"];
        let suspected = verdict(&rows.map(|id| (id, ""))).unwrap();
        let mut known = Known::of(&suspected);
        let place = |n: u32| Place::file("a.json").at_row(n);
        let cell = |n: u32| place(n).at_column("A");
        for (id, n) in rows.into_iter().zip(1..) {
            known.see(&suspected, PoiId::new(id).as_ref(), &place(n));
        }
        let others =
            |id: &str, n| known.duplicate(&place(n), || "A".into(), PoiId::new(id).as_ref()).map(|fault| fault.others);
        assert_eq!(others("7", 1), Some(vec![cell(3)]));
        assert_eq!(others("8", 2), None);
        assert_eq!(others("7", 3), Some(vec![cell(1)]));
    }
}
