//! Saved answers of getpoilist to rows: one page, many, or only the list; as one document, an array or JSON Lines.

use serde_json::{Number, Value};

use super::cell::went_through_a_float;
use super::error::{IntakeError, Trouble};
use super::{InputRow, ids};
use crate::store::{Code, Field, Finding, LegacyStore, Place};
use crate::wire::{json, poi};

/// The stores of a JSON file.
#[derive(Debug)]
pub(super) struct Saved {
    /// The row of a store is its number in the file, from 1.
    pub(super) rows: Vec<InputRow>,
    /// How many stores the account had, by the largest `total_count` of its pages.
    pub(super) claimed: Option<u64>,
}

/// Reads the stores of a JSON file.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Saved, IntakeError> {
    let trouble = |trouble| IntakeError::of_file(file, trouble);
    let documents = json::parse_many(bytes).map_err(|why| trouble(Trouble::NotJson(why)))?;
    let pieces = pieces(documents).map_err(trouble)?;
    let claimed = pieces.iter().filter_map(Piece::claimed).max();
    let place = Place::file(file);
    let rows = records(pieces).into_iter().zip(1..).map(|(record, number)| row(&record, place.at_row(number)));
    Ok(Saved { rows: rows.collect(), claimed })
}

/// What one document, or one element of an array of documents, is.
enum Piece {
    /// An answer of getpoilist.
    Page(poi::ListPage),
    /// Stores without the answer around them.
    Stores(Vec<Value>),
}

impl Piece {
    fn claimed(&self) -> Option<u64> {
        match self {
            Self::Page(page) => page.total_count,
            Self::Stores(_) => None,
        }
    }
}

fn records(pieces: Vec<Piece>) -> Vec<Value> {
    let mut records: Vec<Value> = Vec::new();
    let mut after_page = false;
    for piece in pieces {
        match piece {
            Piece::Page(page) => {
                let page = page.records;
                // Pages overlap by one store, so that a list that moved between two calls shows.
                let overlaps = after_page && page.first().is_some_and(|first| records.last() == Some(first));
                records.extend(page.into_iter().skip(usize::from(overlaps)));
                after_page = true;
            }
            Piece::Stores(stores) => {
                records.extend(stores);
                after_page = false;
            }
        }
    }
    records
}

fn pieces(documents: Vec<Value>) -> Result<Vec<Piece>, Trouble> {
    let mut pieces = Vec::new();
    for document in documents {
        match document {
            Value::Array(elements) if elements.iter().any(is_answer) => {
                for element in elements {
                    pieces.push(piece(element)?);
                }
            }
            Value::Array(elements) if elements.is_empty() || elements.iter().any(is_store) => {
                pieces.push(Piece::Stores(elements));
            }
            other => pieces.push(piece(other)?),
        }
    }
    Ok(pieces)
}

/// An answer of the platform, whether a page or an error.
fn is_answer(value: &Value) -> bool {
    value.get("business_list").is_some() || value.get("errcode").is_some()
}

fn is_store(value: &Value) -> bool {
    value.get("base_info").is_some() || value.get("poi_id").is_some()
}

fn piece(value: Value) -> Result<Piece, Trouble> {
    if let Some(page) = poi::ListPage::from_value(&value) {
        return Ok(Piece::Page(page));
    }
    let errcode = value.get("errcode").and_then(json::integer).unwrap_or(0);
    if errcode != 0 {
        let errmsg = without_secrets(&value.get("errmsg").and_then(json::text).unwrap_or_default());
        return Err(Trouble::ErrorAnswer { errcode, errmsg });
    }
    // getpoi answers with one store.
    if let Some(business) = value.get("business").filter(|business| is_store(business)) {
        return Ok(Piece::Stores(vec![business.clone()]));
    }
    if is_store(&value) {
        return Ok(Piece::Stores(vec![value]));
    }
    // An account without stores may be answered without a list.
    let total = value.get("total_count").and_then(json::integer);
    if total == Some(0) && value.get("business_list").is_none_or(Value::is_null) {
        return Ok(Piece::Page(poi::ListPage::default()));
    }
    Err(Trouble::OtherJson)
}

/// The platform echoes tokens (over 100 characters) and secrets (32) in its messages; its request ids are shorter.
fn without_secrets(errmsg: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '%' | '.');
    let pieces = errmsg.split_inclusive(|c| !is_word(c));
    pieces.map(|piece| if piece.trim_end_matches(|c| !is_word(c)).len() < 32 { piece } else { "… " }).collect()
}

fn row(element: &Value, place: Place) -> InputRow {
    let Some(mut store) = poi::legacy_store(element) else {
        let fault = Finding::new(Code::RecordMalformed).at(place.clone()).showing(&element.to_string());
        return InputRow { place, store: LegacyStore::default(), cells: Vec::new(), faults: vec![fault] };
    };
    let mut faults: Vec<Finding> = Vec::new();
    for key in ["poi_id", "sid", "mapid"] {
        if let Some(value) = store.record.get(key).and_then(rounded) {
            let fault = Finding::new(Code::RoundedNumber).at(place.at_column(key)).showing(&value);
            faults.push(if key == "mapid" { fault.about(Field::MapPoiId) } else { fault });
            match key {
                "poi_id" => store.poi_id = None,
                "sid" => store.sid = None,
                _ => store.map_poi_id = None,
            }
        }
    }
    let id_place = place.at_column("poi_id");
    if !faults.iter().any(|fault| fault.place.as_ref() == Some(&id_place)) {
        faults.extend(ids::poi_id_fault(store.poi_id.as_ref()).map(|fault| fault.at(id_place)));
    }
    InputRow { place, store, cells: Vec::new(), faults }
}

/// The value, if it is an id that went through a float.
fn rounded(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number).filter(|number| number.is_f64()).map(Number::to_string),
        Value::String(text) => Some(text.clone()).filter(|text| went_through_a_float(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn store(id: u32) -> Value {
        json!({"base_info": {"poi_id": id.to_string(), "upgrade_status": 0}})
    }

    fn page(ids: &[u32]) -> Value {
        json!({"errcode": 0, "business_list": ids.iter().map(|id| store(*id)).collect::<Vec<_>>(), "total_count": "9"})
    }

    fn ids(text: &str) -> Vec<String> {
        let rows = read("list.json", text.as_bytes()).unwrap().rows;
        rows.iter().filter_map(|row| row.store.poi_id.as_ref()).map(ToString::to_string).collect()
    }

    fn trouble(text: &str) -> Trouble {
        read("list.json", text.as_bytes()).unwrap_err().trouble
    }

    #[test]
    fn pages_come_alone_in_an_array_as_lines_or_simply_one_after_the_other() {
        let (first, second) = (page(&[1, 2]), page(&[3]));
        assert_eq!(ids(&first.to_string()), ["1", "2"]);
        assert_eq!(ids(&json!([first, second]).to_string()), ["1", "2", "3"]);
        assert_eq!(ids(&format!("{first}\n{second}\n")), ["1", "2", "3"]);
        assert_eq!(ids(&format!("{first:#}{second:#}")), ["1", "2", "3"]);
    }

    #[test]
    fn the_list_alone_is_enough_with_or_without_base_info() {
        assert_eq!(ids(&json!([store(1), store(2)]).to_string()), ["1", "2"]);
        assert_eq!(ids(r#"[{"poi_id": 1}, {"poi_id": "2"}]"#), ["1", "2"]);
        assert_eq!(ids("{\"poi_id\": 1}\n{\"poi_id\": 2}"), ["1", "2"]);
        assert_eq!(ids(&json!({"errcode": 0, "business": store(1)}).to_string()), ["1"]);
    }

    #[test]
    fn pages_that_overlap_by_one_store_give_it_once() {
        assert_eq!(ids(&json!([page(&[1, 2]), page(&[2, 3]), page(&[3])]).to_string()), ["1", "2", "3"]);
        // Within a page, and between lists that are no pages, a repetition stays.
        assert_eq!(ids(&page(&[1, 1]).to_string()), ["1", "1"]);
        assert_eq!(ids(&format!("{}{}", json!([store(1)]), json!([store(1)]))), ["1", "1"]);
    }

    #[test]
    fn a_file_knows_how_many_stores_the_account_had() {
        let part = br#"{"business_list": [{"base_info": {"poi_id": "1"}}], "total_count": "3"}"#;
        assert_eq!(read("l.json", part).unwrap().claimed, Some(3));
        assert_eq!(read("l.json", br#"[{"poi_id": "1"}]"#).unwrap().claimed, None);
    }

    #[test]
    fn an_id_written_as_a_float_is_a_fault_and_is_not_used() {
        let rows =
            read("l.json", br#"[{"poi_id": 4.7e8, "mapid": 2.880741500279549e18, "sid": "2.88E+18"}]"#).unwrap().rows;
        let columns: Vec<_> = rows[0].faults.iter().map(|fault| (fault.code, fault.place.clone().unwrap())).collect();
        let expected = ["poi_id", "sid", "mapid"].map(|key| (Code::RoundedNumber, rows[0].place.at_column(key)));
        assert_eq!(columns, expected);
        assert_eq!((&rows[0].store.poi_id, &rows[0].store.map_poi_id), (&None, &None));
    }

    #[test]
    fn a_record_that_is_no_object_is_a_row_with_a_fault() {
        let rows = read("l.json", br#"{"business_list": [7, {"base_info": null}, {"base_info": {"sid": "a"}}]}"#)
            .unwrap()
            .rows;
        let codes: Vec<_> = rows.iter().map(|row| row.faults[0].code).collect();
        assert_eq!(codes, [Code::RecordMalformed, Code::RecordMalformed, Code::PoiIdMissing]);
        assert_eq!(rows[2].place.row, Some(3));
    }

    #[test]
    fn what_is_no_list_is_an_error_that_says_what_it_is() {
        let refusal = r#"{"errcode": 40001, "errmsg": "invalid credential"}"#;
        assert!(matches!(trouble(refusal), Trouble::ErrorAnswer { errcode: 40001, .. }));
        assert_eq!(without_secrets(&format!("token {}, rid: 5f-1a", "x".repeat(32))), "token …  rid: 5f-1a");
        let holed = format!("{}\n{refusal}", page(&[1]));
        assert!(matches!(trouble(&holed), Trouble::ErrorAnswer { .. }));
        assert!(matches!(trouble("{\"a\":\n x}"), Trouble::NotJson(why) if why.line() == 2));
        for other in ["[1, 2]", r#"{"a": 1}"#, "7", r#"[{"a": 1}]"#, r#"{"business_list": {}}"#] {
            assert!(matches!(trouble(other), Trouble::OtherJson), "{other}");
        }
        for empty in ["[]", r#"{"errcode": 0, "total_count": 0}"#, r#"{"business_list": [], "total_count": "0"}"#] {
            assert_eq!(ids(empty), Vec::<String>::new());
        }
    }
}
