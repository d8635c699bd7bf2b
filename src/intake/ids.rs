//! Faults of `poi_id` that are the same in every form of input.

use std::collections::HashMap;

use crate::store::{Code, Finding, Place, PoiId};

/// How many of the other rows a duplicate names: enough to find them, and a file that repeats one id in every row
/// does not become a square of its size.
const OTHERS_MAX: usize = 20;

/// What is wrong with a store's id by itself, not yet at a place.
pub(super) fn poi_id_fault(poi_id: Option<&PoiId>) -> Option<Finding> {
    match poi_id {
        None => Some(Finding::new(Code::PoiIdMissing)),
        Some(id) if !id.is_decimal() => Some(Finding::new(Code::PoiIdMalformed).showing(id.as_str())),
        Some(_) => None,
    }
}

/// For each row of a file, given by its id and place, the fault that another row has the same id.
pub(super) fn duplicates<'a>(rows: impl Iterator<Item = (Option<&'a PoiId>, &'a Place)>) -> Vec<Option<Finding>> {
    let rows: Vec<_> = rows.collect();
    let mut places: HashMap<&PoiId, Vec<&Place>> = HashMap::new();
    for (id, place) in &rows {
        if let Some(id) = id {
            places.entry(id).or_default().push(place);
        }
    }
    let fault = |(id, place): (Option<&PoiId>, &Place)| {
        let id = id?;
        let others = places.get(id).filter(|places| places.len() > 1)?.iter().filter(|other| **other != place);
        let others = others.take(OTHERS_MAX).map(|other| (*other).clone()).collect();
        Some(Finding::new(Code::PoiIdDuplicate).at(place.clone()).showing(id.as_str()).with_others(others))
    };
    rows.into_iter().map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_of_a_repeated_id_names_the_others() {
        let ids: Vec<_> = ["7", "8", "7"].into_iter().map(PoiId::new).collect();
        let places: Vec<_> = (1..=3).map(|row| Place::file("a.json").at_row(row)).collect();
        let faults = duplicates(ids.iter().map(Option::as_ref).zip(&places));
        let others = |index: usize| faults[index].as_ref().map(|fault| fault.others.clone());
        assert_eq!(others(0), Some(vec![places[2].clone()]));
        assert_eq!(others(1), None);
        assert_eq!(others(2), Some(vec![places[0].clone()]));
    }
}
