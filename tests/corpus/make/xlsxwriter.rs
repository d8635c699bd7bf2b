//! Workbooks of the corpus as `rust_xlsxwriter` writes them: `cargo run --example make_corpus`. What must come of them stands
//! beside each, by hand, as in the other scripts.

#![allow(clippy::unwrap_used, reason = "a script that cannot go on says where")]

use std::fs;
use std::path::Path;

use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, Formula, Workbook, Worksheet};
use serde_json::{Value, json};

const HEADERS: [&str; 6] = ["poi_id", "business_name", "telephone", "open_time", "mapid", "upgrade_status"];

const STORES: [[&str; 6]; 2] = [
    ["472600083", "禾露茶铺", "0571-85550000", "09:00-22:00", "5648567134321788932", "0"],
    ["472600202", "禾露茶铺", "0571-85550001", "10:00-21:30", "1971175173634866677", "0"],
];

const SHEET: &str = "Stores";

fn main() {
    rich_text();
    formulas();
    filtered();
    time_cells();
    spaces();
}

/// A workbook of the two stores, to be changed before it is saved.
fn save(name: &str, change: impl FnOnce(&mut Worksheet), want: &Value) {
    let mut book = Workbook::new();
    let created = ExcelDateTime::from_ymd(2025, 1, 1).unwrap();
    book.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let sheet = book.add_worksheet();
    sheet.set_name(SHEET).unwrap();
    for (row, cells) in (0..).zip([HEADERS].iter().chain(&STORES)) {
        sheet.write_row(row, 0, *cells).unwrap();
    }
    change(sheet);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/xlsxwriter");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), book.save_to_buffer().unwrap()).unwrap();
    let want = serde_json::to_string_pretty(want).unwrap() + "\n";
    fs::write(folder.join(format!("{name}.want.json")), want).unwrap();
}

/// What no store of these has, and whatever else.
fn missing(more: &[Value]) -> Value {
    let of_row = |row: u32| ["E110", "E116"].map(|code| json!({"code": code, "row": row}));
    let all: Vec<Value> = (2..=3).flat_map(of_row).chain(more.iter().cloned()).collect();
    json!(all)
}

fn stores() -> Vec<Value> {
    let store = |(row, cells): (u32, &[&str; 6])| {
        let mut store: serde_json::Map<_, _> =
            HEADERS.iter().zip(cells).map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        store.insert("row".into(), json!(row));
        store.insert("sheet".into(), json!(SHEET));
        Value::Object(store)
    };
    (2..).zip(&STORES).map(store).collect()
}

fn rich_text() {
    let (bold, red) = (Format::new().set_bold(), Format::new().set_font_color(Color::Red));
    let change = |sheet: &mut Worksheet| {
        sheet.write_rich_string(1, 1, &[(&bold, "禾露"), (&red, "茶铺")]).unwrap();
        sheet.set_freeze_panes(1, 0).unwrap();
    };
    save(
        "rich-text.xlsx",
        change,
        &json!({"form": "Xlsx", "stores": stores(), "unknown": [], "findings": missing(&[])}),
    );
}

fn formulas() {
    let change = |sheet: &mut Worksheet| {
        sheet.write_formula(1, 2, Formula::new("=\"0571-\"&\"85550000\"").set_result("0571-85550000")).unwrap();
        sheet.write_formula(2, 1, Formula::new("=NA()").set_result("#N/A")).unwrap();
    };
    // A row that cannot be read is mended before anything is missed in it.
    let unusable = json!({"code": "E105", "row": 3, "column": "B", "sheet": SHEET});
    let findings = json!([{"code": "E110", "row": 2}, {"code": "E116", "row": 2}, unusable]);
    save(
        "formulas.xlsx",
        change,
        &json!({"stores": [{"telephone": "0571-85550000"}, {"row": 3}], "findings": findings}),
    );
}

fn filtered() {
    let change = |sheet: &mut Worksheet| {
        sheet.autofilter(0, 0, 2, 5).unwrap();
        sheet.set_row_hidden(2).unwrap();
    };
    let findings = missing(&[json!({"code": "W206", "row": 3, "sheet": SHEET})]);
    save("filtered.xlsx", change, &json!({"stores": stores(), "findings": findings}));
}

/// Hours as people type them into a cell: Excel makes a time of `9:00`, and nothing of `9:00-22:00`.
fn time_cells() {
    let time = Format::new().set_num_format("hh:mm");
    let change = |sheet: &mut Worksheet| {
        sheet.write_with_format(1, 3, ExcelDateTime::from_hms(9, 0, 0).unwrap(), &time).unwrap();
    };
    let findings = missing(&[json!({"code": "E115", "row": 2})]);
    save("time-cell.xlsx", change, &json!({"stores": [{"open_time": "09:00"}, {"row": 3}], "findings": findings}));
}

/// White space around what was typed is nobody's, and cells of nothing else are empty.
fn spaces() {
    let change = |sheet: &mut Worksheet| {
        sheet.write(1, 0, " 472600083 ").unwrap();
        sheet.write(4, 0, "   ").unwrap();
        sheet.write(4, 1, "\n").unwrap();
    };
    save("spaces.xlsx", change, &json!({"stores": stores(), "findings": missing(&[])}));
}
