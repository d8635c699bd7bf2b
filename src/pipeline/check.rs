//! The plan in memory, over files alone: what `poilift check` shows.

use crate::check::FixedValues;
use crate::intake::{Input, Joinable, SupplementFile, join};
use crate::plan::{Facts, decide_all};
use crate::store::{Code, Finding, JoinKey, RememberedCell, Stamp, SupplementRow};

/// Every finding of these files, in their order; a finding about a store as a whole points at the store's row.
#[must_use]
pub fn check_files(inputs: &[Input], supplements: &[SupplementFile], fixed: &FixedValues) -> Vec<Finding> {
    let rows: Vec<_> = inputs.iter().flat_map(|input| &input.rows).collect();
    let joinables: Vec<Joinable<'_>> = rows
        .iter()
        .zip(0..)
        .map(|(row, id)| Joinable {
            id,
            poi_id: row.store.poi_id.as_ref().map(crate::store::PoiId::as_str),
            sid: row.store.sid.as_ref().map(crate::store::Sid::as_str),
        })
        .collect();
    let own = rows.iter().filter_map(|row| {
        let by_poi_id = row.store.poi_id.clone().map(JoinKey::PoiId);
        let key = by_poi_id.or_else(|| row.store.sid.clone().map(JoinKey::Sid))?;
        Some(row.cells.iter().map(move |cell| remembered(key.clone(), cell.clone(), 0, 0)))
    });
    let supplied = supplements.iter().zip(1..).flat_map(|(file, fill)| {
        file.rows.iter().filter_map(move |row: &SupplementRow| {
            let key = row.key.clone()?;
            Some(row.cells.iter().map(move |cell| remembered(key.clone(), cell.clone(), fill, 1)))
        })
    });
    let cells: Vec<RememberedCell> = own.flatten().chain(supplied.flatten()).collect();
    let mut joined = join(&joinables, &cells);
    let facts: Vec<Facts> = rows
        .iter()
        .zip(0..)
        .map(|(row, id)| Facts {
            store: row.store.clone(),
            faults: row.faults.clone(),
            supplied: joined.supplied.remove(&id).unwrap_or_default(),
        })
        .collect();
    let mut findings = Vec::new();
    for (row, decision) in rows.iter().zip(decide_all(&facts, fixed)) {
        let placed = decision.findings.into_iter().map(|finding| match finding.place {
            Some(_) => finding,
            None => finding.at(row.place.clone()),
        });
        findings.extend(placed);
    }
    let nameless = supplements.iter().flat_map(|file| &file.rows).flat_map(|row| row.faults.iter().cloned());
    findings.extend(nameless.filter(|fault| fault.code != Code::PoiIdDuplicate));
    findings.extend(joined.nothing.into_iter().map(|unmatched| unmatched.finding));
    findings
}

fn remembered(key: JoinKey, cell: crate::store::Cell, fill_id: i64, batch: i64) -> RememberedCell {
    RememberedCell { key, cell, at: Stamp(0), fill_id, batch }
}
