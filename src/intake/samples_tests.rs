//! The samples folder, read as a user would: it is the first thing that people try.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use super::*;
use crate::store::{Field, JoinKey, LegacyStore, PoiId, Sid, SupplementRow};
use crate::wire::{json, poi};

fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

fn document(name: &str) -> serde_json::Value {
    json::parse(&fs::read(sample("document").join(name)).unwrap()).unwrap()
}

fn stores(name: &str) -> Vec<LegacyStore> {
    let input = read_input(&sample(name), &Columns::default()).unwrap();
    assert_eq!(input.unknown_columns, Vec::<String>::new());
    assert!(input.rows.iter().all(|row| row.faults.is_empty() && row.cells.is_empty()), "{name}");
    input.rows.into_iter().map(|row| row.store).collect()
}

fn supplement(name: &str) -> SupplementFile {
    let file = read_supplement(&sample(name), &Columns::default()).unwrap();
    assert_eq!(file.unknown_columns, Vec::<String>::new());
    assert!(file.rows.iter().all(|row| row.faults.is_empty()), "{name}");
    file
}

#[test]
fn the_chain_has_its_stores_in_every_status() {
    for name in ["getpoilist.json", "stores.csv", "stores.xlsx"] {
        let mut counts = BTreeMap::new();
        for store in stores(name) {
            *counts.entry(store.upgrade_status.code().to_owned()).or_insert(0) += 1;
        }
        let expected = [("0", 140), ("1", 12), ("2", 10), ("3", 26), ("4", 12)];
        assert_eq!(counts, expected.map(|(status, count)| (status.to_owned(), count)).into(), "{name}");
    }
}

#[test]
fn the_list_and_its_spreadsheets_hold_the_same_stores() {
    let typed = |name| {
        let stores = stores(name).into_iter();
        stores.map(|store| LegacyStore { record: crate::store::Record::default(), ..store }).collect::<Vec<_>>()
    };
    let list = typed("getpoilist.json");
    assert_eq!(list, typed("stores.csv"));
    assert_eq!(list, typed("stores.xlsx"));
}

#[test]
fn the_supplement_says_the_same_in_both_forms_and_joins_the_chain() {
    let [csv, xlsx] = ["supplement.csv", "supplement.xlsx"].map(supplement);
    let content = |file: &SupplementFile| -> Vec<_> {
        let cells =
            |row: &SupplementRow| row.cells.iter().map(|cell| (cell.field, cell.value.clone())).collect::<Vec<_>>();
        file.rows.iter().map(|row| (row.key.clone(), cells(row))).collect()
    };
    assert_eq!(content(&csv), content(&xlsx));
    let chain = stores("getpoilist.json");
    let ids: BTreeSet<&PoiId> = chain.iter().filter_map(|store| store.poi_id.as_ref()).collect();
    let sids: BTreeSet<&Sid> = chain.iter().filter_map(|store| store.sid.as_ref()).collect();
    let joins = |row: &&SupplementRow| match &row.key {
        Some(JoinKey::PoiId(id)) => ids.contains(id),
        Some(JoinKey::Sid(sid)) => sids.contains(sid),
        None => false,
    };
    assert_eq!(csv.rows.iter().filter(joins).count(), csv.rows.len());
}

#[test]
fn the_supplement_brings_what_its_page_promises() {
    let file = supplement("supplement.xlsx");
    let cells = |field| file.rows.iter().flat_map(|row| &row.cells).filter(move |cell| cell.field == field);
    assert_eq!(cells(Field::Credential).map(|cell| &cell.value).collect::<BTreeSet<_>>().len(), 148);
    let counts = [Field::MapPoiId, Field::ContractPhone, Field::Hour, Field::PicList].map(|field| cells(field).count());
    assert_eq!(counts, [5, 4, 3, 1]);
    let by_sid = file.rows.iter().filter(|row| matches!(row.key, Some(JoinKey::Sid(_))));
    assert_eq!(by_sid.count(), 6);
    let chain = stores("getpoilist.json").into_iter();
    assert_eq!(chain.filter(|store| store.upgrade_status.wants_add() && store.map_poi_id.is_none()).count(), 8);
}

#[test]
fn every_example_of_the_api_document_parses() {
    let names =
        fs::read_dir(sample("document")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let json: Vec<String> = names.filter(|name| name.rsplit('.').next() == Some("json")).collect();
    assert_eq!(json.len(), 24);
    for name in json {
        assert!(document(&name).is_object(), "{name}");
    }
}

#[test]
fn the_documents_stores_decode() {
    let one = poi::legacy_store(&document("10-get_store_info.json")["business"]).unwrap();
    assert_eq!((one.poi_id, one.city.as_str(), one.photos.len()), (PoiId::new("472671857"), "哈尔滨市", 1));
    let list = poi::ListPage::from_value(&document("11-get_store_list.json")).unwrap();
    let names: Vec<_> = list.records.iter().filter_map(poi::legacy_store).map(|store| store.business_name).collect();
    assert_eq!((list.total_count, names), (Some(2), vec!["超速天使俱乐部".into(), "龙涤小区熟食店".into()]));
}
