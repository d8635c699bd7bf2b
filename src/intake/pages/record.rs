//! A store's text to a row.

use std::collections::HashMap;

use serde_json::Value;
use serde_json::value::RawValue;

use super::document::Raw;
use crate::intake::cell::went_through_a_float;
use crate::intake::headers::{Key, Old};
use crate::intake::suspicion::{Known, Signs};
use crate::intake::{InputRow, ids};
use crate::sheets::undecodable;
use crate::store::{Code, Field, Finding, LegacyStore, MapPoiId, Place, PoiId, Sid};
use crate::wire::{json, poi};

/// The ids of a record.
const IDS: [(&str, Old); 3] = [("poi_id", Old::PoiId), ("sid", Old::Sid), ("mapid", Old::Mapid)];

/// The row of the store with this `base_info`, if it is written as most are. `is_whole`: the file holds no byte that is no
/// text.
pub(super) fn plain_row(info: &str, place: Place, known: &Known, is_whole: bool) -> Option<(InputRow, Signs)> {
    let store = poi::plain_store(info)?;
    Some(checked(store, Vec::new(), info, place, known, is_whole))
}

/// The row of one store.
pub(super) fn row(raw: &Raw<'_>, place: Place, known: &Known, is_whole: bool) -> (InputRow, Signs) {
    if let Raw::Info(info) = raw
        && let Some(row) = plain_row(info.get(), place.clone(), known, is_whole)
    {
        return row;
    }
    match taken_apart(raw, &place) {
        Ok((store, faults)) => checked(store, faults, raw.text(), place, known, is_whole),
        Err(fault) => {
            let row = InputRow { place, store: LegacyStore::default(), cells: Vec::new(), faults: vec![*fault] };
            (row, Signs::default())
        }
    }
}

/// The row of a store, with the faults of its ids beside those that it has.
fn checked(
    mut store: LegacyStore,
    mut faults: Vec<Finding>,
    text: &str,
    place: Place,
    known: &Known,
    is_whole: bool,
) -> (InputRow, Signs) {
    if !is_whole {
        faults.extend(broken_text(text, &place));
    }
    let mut signs = Signs::default();
    for (key, old) in IDS {
        let Some(id) = id(&store, old) else { continue };
        let is_float = went_through_a_float(id);
        if is_float || signs.looks_rounded(known, Some(Key::Old(old)), id) {
            let code = if is_float { Code::RoundedNumber } else { Code::RoundedColumn };
            faults.push(rounded(code, key, &place, id));
            forget(&mut store, old);
        }
    }
    if let Some(fault) = ids::poi_id_fault(store.poi_id.as_ref()) {
        let id_place = place.at_column("poi_id");
        if !faults.iter().any(|fault| fault.place.as_ref() == Some(&id_place)) {
            faults.push(fault.at(id_place));
        }
    }
    signs.names(store.poi_id.as_ref());
    faults.extend(known.duplicate(&place, || "poi_id".to_owned(), store.poi_id.as_ref()));
    (InputRow { place, store, cells: Vec::new(), faults }, signs)
}

/// A store that is not written as most are, value by value.
fn taken_apart(raw: &Raw<'_>, place: &Place) -> Result<(LegacyStore, Vec<Finding>), Box<Finding>> {
    let malformed = |shown: &str| Box::new(Finding::new(Code::RecordMalformed).at(place.clone()).showing(shown));
    if let Some(key) = json::key_twice(raw.text().as_bytes()) {
        return Err(malformed(&format!("{key} ×2")));
    }
    let element: Value = serde_json::from_str(raw.text()).map_err(|_| malformed(raw.text()))?;
    let store = poi::legacy_store(&element).ok_or_else(|| malformed(&element.to_string()))?;
    let record = element.get("base_info").unwrap_or(&element);
    let is_float = |key: &str| matches!(record.get(key), Some(Value::Number(number)) if number.is_f64());
    let float = |key: &str| is_float(key).then(|| as_written(raw.text(), key).unwrap_or_default());
    let faults = IDS.iter().filter_map(|(key, _)| Some(rounded(Code::RoundedNumber, key, place, &float(key)?)));
    Ok((store, faults.collect()))
}

/// A value's own characters: a number that was parsed has other digits than the file.
fn as_written(text: &str, key: &str) -> Option<String> {
    type Entries<'t> = HashMap<String, &'t RawValue>;
    let entries: Entries<'_> = serde_json::from_str(text).ok()?;
    let record: Entries<'_> = match entries.get("base_info") {
        Some(info) => serde_json::from_str(info.get()).ok()?,
        None => entries,
    };
    Some(record.get(key)?.get().to_owned())
}

fn rounded(code: Code, key: &str, place: &Place, value: &str) -> Finding {
    let fault = Finding::new(code).at(place.at_column(key)).showing(value);
    if key == "mapid" { fault.about(Field::MapPoiId) } else { fault }
}

/// Bytes that were no text when the file was decoded.
fn broken_text(text: &str, place: &Place) -> Option<Finding> {
    let shown = undecodable(text)?;
    let from = shown.find("\\x").map_or(0, |at| shown[..at].char_indices().rev().nth(20).map_or(0, |(at, _)| at));
    Some(Finding::new(Code::UndecodableBytes).at(place.clone()).showing(&shown[from..]))
}

fn id(store: &LegacyStore, old: Old) -> Option<&str> {
    match old {
        Old::PoiId => store.poi_id.as_ref().map(PoiId::as_str),
        Old::Sid => store.sid.as_ref().map(Sid::as_str),
        Old::Mapid => store.map_poi_id.as_ref().map(MapPoiId::as_str),
        _ => None,
    }
}

fn forget(store: &mut LegacyStore, old: Old) {
    match old {
        Old::PoiId => store.poi_id = None,
        Old::Sid => store.sid = None,
        Old::Mapid => store.map_poi_id = None,
        _ => {}
    }
}
