//! Faulty rows are blocked, each with its file, sheet, row and column; the others proceed.

use std::collections::BTreeMap;

use poilift::store::{FORM_KEY_HEADER, Field, FormKey, JoinKey, PoiId};
use serde_json::json;

use crate::kit::{Chain, House, Platform};

/// State and reason of every row, in the order of the report.
fn rows(house: &House) -> Vec<(String, String)> {
    let line = |mut line: BTreeMap<String, String>| (line.remove("state").unwrap(), line.remove("reason").unwrap());
    house.stores_csv("poilift-report").into_iter().map(line).collect()
}

#[test]
fn the_same_poi_id_in_two_rows_blocks_both_and_counts_twice() {
    let house = House::new();
    let chain = Chain::waiting(4);
    let twice = chain.clone().with(2, "poi_id", json!(chain.id(1)));
    twice.save_as(&house, "twice.json");
    chain.save(&house);
    let platform = Platform::start(&house, "");
    let job = "migrate twice.json --supplement supplement.csv --wait 30s --format json";
    let ended = house.at(&platform, job).end().exits(3);
    assert_eq!(ended.json()["stores"], 4);
    assert_eq!(ended.json()["by_state"], json!({"upgraded": 2, "blocked": 2}), "{ended}");
    assert_eq!(platform.of_store(&chain.id(1), "add_store"), (0, 0));
    let blocked: Vec<_> = rows(&house).into_iter().filter(|(state, _)| state == "blocked").collect();
    assert!(blocked.iter().all(|(_, reason)| reason.contains("E103")), "{blocked:?}");
}

#[test]
fn a_supplement_row_that_names_two_stores_by_sid_blocks_both() {
    let house = House::new();
    let chain = Chain::waiting(3).with(1, "sid", json!("SAME")).with(2, "sid", json!("SAME"));
    chain.save(&house);
    house.write("more.csv", "sid,contract_phone\nSAME,0571-87654321\n");
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--supplement more.csv --wait 30s --format json").exits(3);
    assert_eq!(ended.json()["by_state"], json!({"upgraded": 1, "blocked": 2}), "{ended}");
    assert_eq!(platform.writes(), 1);
    assert!(rows(&house)[1].1.contains("E140") && rows(&house)[1].1.contains("more.csv"), "{:?}", rows(&house));
}

#[test]
fn a_supplement_row_that_names_no_store_is_a_warning() {
    let house = House::new();
    Chain::waiting(2).save(&house);
    house.write("more.csv", "poi_id,contract_phone\n999999999,0571-87654321\n");
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--supplement more.csv --wait 30s").exits(0);
    ended.says(&["W202", "more.csv, row 2"]);
    assert_eq!(platform.writes(), 2);
}

#[test]
fn a_supplement_row_names_its_store_by_sid_where_it_has_no_poi_id() {
    let house = House::new();
    let chain = Chain::waiting(2);
    chain.save(&house);
    house.write("supplement.csv", "sid,credential\nS00000,91330100MA0000001F\nS00001,91330100MA0000002J\n");
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--wait 30s").exits(0);
    assert_eq!(platform.writes(), 2);
}

#[test]
fn ids_that_a_spreadsheet_has_rounded_are_refused_with_their_cell() {
    let house = House::new();
    let chain = Chain::waiting(3);
    chain.save(&house);
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("Points").unwrap();
    for (column, header) in (0..).zip(["poi_id", "map_poi_id"]) {
        sheet.write(0, column, header).unwrap();
    }
    sheet.write(1, 0, chain.id(0)).unwrap();
    sheet.write(1, 1, "2880741500000001234").unwrap();
    sheet.write(2, 0, chain.id(1)).unwrap();
    sheet.write_number(2, 1, 2_880_741_500_000_005_678.0).unwrap();
    book.save(house.path("points.xlsx")).unwrap();
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--supplement points.xlsx --wait 30s --format json").exits(3);
    assert_eq!(ended.json()["by_state"], json!({"upgraded": 2, "blocked": 1}), "{ended}");
    let (state, reason) = rows(&house)[1].clone();
    assert_eq!(state, "blocked");
    for part in ["E104", "points.xlsx", "Points", "B3"] {
        assert!(reason.contains(part), "{part} is not in {reason:?}");
    }
    assert_eq!(platform.of_store(&chain.id(1), "add_store"), (0, 0));
}

#[test]
fn an_input_whose_poi_ids_were_rounded_sends_none_of_them() {
    let house = House::new();
    Chain::waiting(1).save(&house);
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("门店").unwrap();
    for (column, header) in (0..).zip(["poi_id", "upgrade_status", "business_name"]) {
        sheet.write(0, column, header).unwrap();
    }
    for row in 1..4 {
        sheet.write_number(row, 0, 4.726_000_835_551_234_5e17).unwrap();
        sheet.write(row, 1, 4).unwrap();
        sheet.write(row, 2, "试茶坊").unwrap();
    }
    book.save(house.path("rounded.xlsx")).unwrap();
    let platform = Platform::start(&house, "");
    let ended = house.at(&platform, "migrate rounded.xlsx --allow-delete --yes --format json").end().exits(3);
    assert_eq!(ended.json()["by_state"], json!({"blocked": 3}), "{ended}");
    assert_eq!(platform.writes(), 0);
    let reason = &rows(&house)[0].1;
    assert!(["E104", "rounded.xlsx", "门店", "A2"].iter().all(|part| reason.contains(part)), "{reason}");
}

#[test]
fn two_supplements_that_disagree_block_their_store_and_name_both_cells() {
    let house = House::new();
    let chain = Chain::waiting(3);
    chain.save(&house);
    let phone = |n: usize, phone: &str| format!("poi_id,contract_phone\n{},{phone}\n", chain.id(n));
    house.write("a.csv", phone(1, "0571-11111111") + &format!("{},0571-33333333\n", chain.id(2)));
    house.write("b.csv", phone(1, "0571-22222222") + &format!("{},0571-33333333\n", chain.id(2)));
    let platform = Platform::start(&house, "");
    let both = "--supplement a.csv --supplement b.csv --wait 30s --format json";
    let ended = house.migrate(&platform, both).exits(3);
    assert_eq!(ended.json()["by_state"], json!({"upgraded": 2, "blocked": 1}), "{ended}");
    let reason = &rows(&house)[1].1;
    assert!(["E141", "a.csv", "b.csv", "row 2"].iter().all(|part| reason.contains(part)), "{reason}");
    assert_eq!(platform.of_store(&chain.id(1), "add_store"), (0, 0));
}

#[test]
fn a_later_supplement_wins_over_an_earlier_one_cell_by_cell_and_an_empty_cell_changes_nothing() {
    let house = House::new();
    let chain = Chain::waiting(1);
    chain.save(&house);
    let supplement = |phone: &str, hour: &str| format!("poi_id,contract_phone,hour\n{},{phone},{hour}\n", chain.id(0));
    house.write("a.csv", supplement("0571-11111111", "10:00-20:00"));
    house.write("b.csv", supplement("0571-22222222", ""));
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--supplement a.csv --dry-run").exits(0);
    house.at(&platform, "fill b.csv").end().exits(0);
    house.at(&platform, "fill a.csv").end().exits(0).says(&["a.csv"]);
    let proxy = crate::kit::Proxy::before(&platform);
    house.at(&platform, "migrate stores.json").env("POILIFT_API_BASE", &proxy.base()).end().exits(4);
    let body = proxy.requests("/wxa/add_store")[0].json();
    assert_eq!((&body["contract_phone"], &body["hour"]), (&json!("0571-22222222"), &json!("10:00-20:00")));
}

#[test]
fn two_inputs_that_disagree_about_a_status_block_the_store() {
    let house = House::new();
    let chain = Chain::waiting(2);
    chain.save(&house);
    chain.clone().with(1, "upgrade_status", json!(4)).save_as(&house, "other.json");
    let platform = Platform::start(&house, "");
    let job = "migrate stores.json other.json --supplement supplement.csv --allow-delete --yes --wait 30s";
    house.at(&platform, job).end().exits(3);
    assert_eq!(rows(&house)[1].0, "blocked");
    assert_eq!(platform.writes(), 1);
}

#[test]
fn check_lists_every_finding_with_its_place_and_needs_neither_ledger_nor_platform() {
    let house = House::new();
    let chain = Chain::waiting(2).with(1, "telephone", json!("请致电前台"));
    chain.save(&house);
    let ended = house.poilift("check stores.json --supplement supplement.csv --format json").end().exits(3);
    let finding: serde_json::Value = serde_json::from_str(ended.stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&finding["code"], &finding["severity"]), (&json!("E113"), &json!("blocks")));
    assert_eq!(finding["place"]["file"], "stores.json");
    assert_eq!(finding["place"]["row"], 2);
    assert_eq!(house.names(), ["stores.json", "supplement.csv"]);
    Chain::waiting(2).save(&house);
    house.poilift("check stores.json --supplement supplement.csv").end().exits(0);
}

#[test]
fn a_row_whose_ids_are_two_stores_blocks_both_until_a_later_file_decides() {
    let house = House::new();
    let chain = Chain::waiting(4);
    chain.save(&house);
    // The second row was copied from the first, and its sid forgotten; the third has the sid of nobody.
    let (one, two, three) = (chain.id(0), chain.id(1), chain.id(2));
    let phones = format!("{one},S00000,0571-11111111\n{two},S00000,0571-22222222\n{three},X,0571-33333333\n");
    house.write("more.csv", format!("poi_id,sid,contract_phone\n{phones}"));
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--supplement more.csv --wait 30s --format json").exits(3);
    assert_eq!(ended.json()["by_state"], json!({"upgraded": 2, "blocked": 2}), "{ended}");
    for (state, reason) in &rows(&house)[..2] {
        assert!(state == "blocked" && reason.contains("E144") && reason.contains("more.csv, row 3, sid"), "{reason}");
        assert!(reason.contains(&format!("poi_id {two} ≠ sid S00000")), "{reason}");
    }
    let one_by_one = format!("poi_id,contract_phone\n{one},0571-11111111\n{two},0571-22222222\n");
    house.write("decided.csv", one_by_one);
    house.migrate(&platform, "--supplement decided.csv --wait 30s").exits(0);
    assert_eq!(platform.writes(), 4);
}

#[test]
fn a_row_with_two_ids_is_understood_also_where_the_list_comes_from_the_platform_after_it() {
    let house = House::new();
    let chain = Chain::waiting(3);
    chain.save(&house);
    let platform = Platform::start(&house, "");
    std::fs::remove_file(house.path("stores.json")).unwrap();
    let line = |n: usize, sid: &str| format!("{},{sid},{}\n", chain.id(n), crate::kit::credential(n));
    house.write(
        "ids.csv",
        format!("poi_id,sid,credential\n{}{}{}", line(0, "S00000"), line(1, "S00001"), line(2, "S00001")),
    );
    let job = "migrate --supplement ids.csv --wait 30s --format json";
    let ended = house.at(&platform, job).end().exits(3);
    assert_eq!(ended.json()["by_state"], json!({"upgraded": 1, "blocked": 2}), "{ended}");
}

#[test]
fn a_row_that_named_two_stores_is_forgotten_once_a_later_file_names_them_one_by_one() {
    let house = House::new();
    let chain = Chain::waiting(3).with(1, "sid", json!("SAME")).with(2, "sid", json!("SAME"));
    chain.save(&house);
    house.write("more.csv", "sid,contract_phone\nSAME,0571-87654321\n");
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--supplement more.csv --wait 30s").exits(3);
    let mended = format!("poi_id,contract_phone\n{},0571-11111111\n{},0571-22222222\n", chain.id(1), chain.id(2));
    house.write("more.csv", mended);
    house.migrate(&platform, "--supplement more.csv --wait 30s").exits(0);
    assert_eq!(platform.writes(), 3);
}

#[test]
fn a_value_of_the_list_that_is_wrong_or_missing_is_named_by_its_cell() {
    let house = House::new();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("门店").unwrap();
    for (column, header) in (0..).zip(["门店ID", "电话", "升级状态", "营业执照号"]) {
        sheet.write(0, column, header).unwrap();
    }
    for (row, cells) in (1..).zip([["400000001", "call us", "0", ""], ["400000002", "0571-85550000", "9", ""]]) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write(row, column, cell).unwrap();
        }
    }
    book.save(house.path("stores.xlsx")).unwrap();
    let told = house.poilift("check stores.xlsx --lang en").end().exits(3).stdout;
    for cell in ["门店!B2: call us", "门店!D2", "门店!C3: 9"] {
        assert!(told.contains(cell), "{cell} is not in {told}");
    }
    house.poilift("plan stores.xlsx").end().exits(0);
    house.poilift("report").end().exits(0);
    let reasons: Vec<String> = rows(&house).into_iter().map(|(_, reason)| reason).collect();
    assert!(
        reasons[0].contains("stores.xlsx, 门店!D2") && reasons[1].contains("stores.xlsx, 门店!C3: 9"),
        "{reasons:?}"
    );
}

#[test]
fn a_store_that_was_never_approved_is_known_as_such_under_any_header_and_in_words() {
    let house = House::new();
    let row =
        |id: u32, state: &str| format!("{id},0571-88881234,9:00-21:00,http://a/{id},28807415002795490{id},{state},0\n");
    for header in ["审核状态", "available_state（必填）", "Available State"] {
        let rows = [row(71, "4"), row(72, "审核驳回"), row(73, "3")].concat();
        house.write("list.csv", format!("门店ID,电话,营业时间,图片,腾讯地图ID,{header},升级状态\n{rows}"));
        house.write("licences.csv", "poi_id,credential\n71,70846113-6\n72,70846113-6\n73,70846113-6\n");
        let checked = house.poilift("check list.csv --supplement licences.csv --lang en").end().exits(3);
        assert!(checked.stdout.contains("E133 "), "{header}: {checked}");
        assert!(checked.stdout.contains("available_state 4 ×2"), "{header}: {checked}");
        assert!(checked.stdout.contains("2 of 3 stores are blocked"), "{header}: {checked}");
    }
}

#[test]
fn check_says_what_of_a_file_it_does_not_look_at() {
    let house = House::new();
    let chain = Chain::waiting(2);
    chain.save(&house);
    house.write("more.csv", format!("poi_id,营业时间段\n{},9:00-21:00\n", chain.id(0)));
    let pages: serde_json::Value = serde_json::from_str(&chain.json()).unwrap();
    let stores = pages[0]["business_list"].clone();
    house.write("part.json", json!({"errcode": 0, "business_list": stores, "total_count": 200}).to_string());
    for format in ["text", "json"] {
        let job =
            format!("check part.json --supplement supplement.csv --supplement more.csv --lang en --format {format}");
        let checked = house.poilift(&job).end().exits(0);
        checked.says(&["more.csv: columns that mean nothing here: 营业时间段", "part.json holds 2 of 200 stores"]);
    }
}

#[test]
fn an_id_that_was_rounded_in_a_form_is_put_right_by_the_value_that_was_handed_out() {
    let house = House::new();
    let chain = Chain::waiting(1);
    chain.save(&house);
    let (id, point) = (chain.id(0), "2880741500279549033");
    let handed_out = [(Field::MapPoiId, point), (Field::Hour, "09:00-21:00")];
    let key = FormKey::new(JoinKey::PoiId(PoiId::new(&id).unwrap()), handed_out).to_string();
    let form =
        |point: &str, hour: &str| format!("poi_id,{FORM_KEY_HEADER},map_poi_id,hour\n{id},{key},{point},{hour}\n");
    house.poilift("plan stores.json --supplement supplement.csv").end().exits(0);
    house.write("form.csv", form("2.88074E+18", "10:00-22:00"));
    house.poilift("fill form.csv").end().exits(0);
    house.poilift("plan stores.json").end().exits(0);
    assert_eq!(house.ledger().in_state("blocked"), 1);
    // The other cell is as it was handed out, too: that means no change.
    house.write("form.csv", form(point, "09:00-21:00"));
    house.poilift("fill form.csv").end().exits(0);
    house.poilift("plan stores.json").end().exits(0);
    assert_eq!(house.ledger().in_state("pending"), 1);
    let why = house.poilift(&format!("why {id} --lang en")).end().exits(0);
    assert!(why.stdout.contains(point) && why.stdout.contains("10:00-22:00"), "{why}");
}

#[test]
fn a_key_beside_another_id_is_told_once_a_row() {
    let house = House::new();
    let chain = Chain::waiting(2);
    chain.save(&house);
    let key = FormKey::new(JoinKey::PoiId(PoiId::new(&chain.id(0)).unwrap()), []).to_string();
    let row = format!("{},{key},9:00-21:00,0571-88881234\n", chain.id(1));
    house.write("form.csv", format!("poi_id,{FORM_KEY_HEADER},hour,contract_phone\n{row}"));
    let job = "check stores.json --supplement supplement.csv --supplement form.csv --format json";
    let checked = house.poilift(job).end().exits(3);
    assert_eq!(checked.stdout.matches("E109").count(), 1, "{checked}");
}
