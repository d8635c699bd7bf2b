//! Forms: `template`, `fill`, `attention.xlsx`, and the way back of what people filled in, whatever program they use.

use std::path::Path;
use std::process::Command;

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use serde_json::json;

use crate::kit::{Chain, House, Platform, proof};

/// A form's first sheet as a grid of texts, the header first: what a person sees, and the hidden column.
struct Sheet {
    rows: Vec<Vec<String>>,
}

impl Sheet {
    fn open(path: &Path) -> Self {
        let mut book: Xlsx<_> = open_workbook(path).unwrap();
        let range = book.worksheet_range_at(0).unwrap().unwrap();
        let text = |cell: &Data| match cell {
            Data::Empty => String::new(),
            Data::String(text) => text.clone(),
            other => panic!("{other:?} in a form is no text"),
        };
        Self { rows: range.rows().map(|row| row.iter().map(text).collect()).collect() }
    }

    fn column(&self, header: &str) -> usize {
        self.rows[0].iter().position(|title| title == header).unwrap_or_else(|| panic!("{header}: {:?}", self.rows[0]))
    }

    fn get(&self, row: usize, header: &str) -> &str {
        &self.rows[row][self.column(header)]
    }

    fn set(&mut self, row: usize, header: &str, text: impl Into<String>) {
        let column = self.column(header);
        self.rows[row][column] = text.into();
    }

    fn set_all(&mut self, header: &str, text: impl Fn(&str) -> String) {
        let ids = if self.rows[0][0] == "门店ID" { "门店ID" } else { "poi_id" };
        for row in 1..self.rows.len() {
            let text = text(self.get(row, ids));
            self.set(row, header, text);
        }
    }

    /// As another program might save it: one sheet of texts, nothing hidden, nothing protected.
    fn save(&self, path: &Path) {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (row, number) in self.rows.iter().zip(0..) {
            for (text, column) in row.iter().zip(0..).filter(|(text, _)| !text.is_empty()) {
                sheet.write_string(number, column, text).unwrap();
            }
        }
        book.save(path).unwrap();
    }

    fn csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        self.rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.into_inner().unwrap()
    }
}

fn credential(poi_id: &str) -> String {
    format!("91330100MA{}X", &poi_id[poi_id.len() - 7..])
}

/// A plan of these stores without a credential, and the template of it.
fn planned(house: &House, stores: usize) -> Chain {
    let chain = Chain::waiting(stores);
    chain.save(house);
    house.poilift("plan stores.json").end().exits(0);
    house.poilift("template form.xlsx").end().exits(0).says(&["written to form.xlsx", "poilift fill form.xlsx"]);
    chain
}

#[test]
fn the_loop_closes_and_what_was_mended_stays_mended() {
    let house = House::new();
    let chain = planned(&house, 3);
    let mut form = Sheet::open(&house.path("form.xlsx"));
    assert_eq!(form.rows.len(), 4);
    assert_eq!(form.get(1, "hour"), "09:00-21:00", "what is there now is shown");
    form.set_all("credential", credential);
    form.rows[1..].reverse();
    form.save(&house.path("form.xlsx"));
    let told = house.poilift("fill form.xlsx").end().exits(0);
    assert!(told.stdout.contains("form.xlsx: 3 of 3 stores complete"), "{told}");

    let platform = Platform::with_scenario(&house, "review_fail_share = 1.0", "");
    let job = "migrate stores.json --wait 30s --format json";
    let ended = house.at(&platform, job).end().exits(3);
    assert_eq!(ended.json()["by_state"], json!({"rejected": 3}), "{ended}");
    let next = "migrate stores.json --wait 30s --format json --supplement poilift-report/attention.xlsx";
    assert_eq!(ended.json()["next"]["command"], format!("poilift {next}"));

    let mut attention = Sheet::open(&house.path("poilift-report/attention.xlsx"));
    assert!(!attention.get(1, "reason").is_empty() && attention.get(1, "credential").len() == 18);
    attention.set_all("contract_phone", |id| format!("0571-9{}", &id[id.len() - 7..]));
    attention.save(&house.path("poilift-report/attention.xlsx"));
    let ended = house.at(&platform, next).end().exits(0);
    assert_eq!(ended.json()["by_state"], json!({"upgraded": 3}), "{ended}");
    let sent = platform.writes();
    house.at(&platform, job).end().exits(0);
    assert_eq!((sent, platform.writes()), (6, 6), "nothing reverts, nothing is sent");
    assert_eq!(platform.of_store(&chain.id(0), "add_store"), (2, 2));
}

#[test]
fn a_form_that_comes_back_late_reverts_nothing() {
    let house = House::new();
    let chain = planned(&house, 2);
    house.write(
        "later.csv",
        format!("poi_id,hour,credential\n{},10:00-22:00,{}\n", chain.id(0), credential(&chain.id(0))),
    );
    house.poilift("fill later.csv").end().exits(0);
    let mut form = Sheet::open(&house.path("form.xlsx"));
    form.set(2, "credential", credential(&chain.id(1)));
    house.write("form.csv", form.csv());
    house.poilift("fill form.csv").end().exits(0);
    let plan = house.poilift("plan stores.json --format json").end().exits(0);
    assert_eq!(plan.json()["by_action"], json!({"add": 2}), "{plan}");
    let platform = Platform::start(&house, "");
    house.at(&platform, "apply --wait 20s").end().exits(0);
    let why = house.poilift(&format!("why {} --format json", chain.id(0))).end().exits(0);
    let values = why.json()["values"].as_array().unwrap().clone();
    let hour = values.iter().find(|value| value["field"] == "hour").unwrap();
    assert_eq!((&hour["value"], &hour["place"]["file"]), (&"10:00-22:00".into(), &"later.csv".into()), "{why}");
}

#[test]
fn the_hidden_key_decides_and_an_id_that_disagrees_or_a_damaged_key_blocks() {
    let house = House::new();
    let chain = planned(&house, 3);
    let mut form = Sheet::open(&house.path("form.xlsx"));
    form.set_all("credential", credential);
    form.set(1, "poi_id", chain.id(2));
    form.set(2, "poi_id", "");
    let damaged = form.get(3, "poilift_key").replace("poi:", "poi:9");
    form.set(3, "poilift_key", damaged);
    form.save(&house.path("bad.xlsx"));
    let told =
        house.poilift("fill bad.xlsx").end().exits(0).says(&["E109", "bad.xlsx, Sheet1!A2", "bad.xlsx, Sheet1!B4"]);
    assert!(told.stdout.contains("bad.xlsx: 1 of 3 stores complete"), "{told}");
    let plan = house.poilift("plan stores.json --format json").end().exits(0);
    assert_eq!(plan.json()["by_action"], json!({"add": 1, "blocked": 2}), "the row without an id joins by its key");

    form.set(1, "poi_id", chain.id(0));
    form.set(3, "poilift_key", "");
    form.save(&house.path("bad.xlsx"));
    house.poilift("fill bad.xlsx").end().exits(0);
    let plan = house.poilift("plan stores.json --format json").end().exits(0);
    assert_eq!(plan.json()["by_action"], json!({"add": 3}), "{plan}");
}

#[test]
fn a_wish_in_a_row_whose_id_is_not_the_keys_deletes_nothing() {
    let house = House::new();
    let chain = Chain::waiting(2).and(1, &json!(4));
    chain.save(&house);
    house.poilift("plan stores.json").end().exits(0);
    house.poilift("template form.xlsx --all").end().exits(0);
    let mut form = Sheet::open(&house.path("form.xlsx"));
    let other = form.get(2, "poi_id").to_owned();
    form.set(1, "poi_id", other);
    form.set_all("action", |_| "delete".to_owned());
    form.rows.remove(2);
    form.save(&house.path("bad.xlsx"));
    let plan = house.poilift("plan stores.json --supplement bad.xlsx --format json").end().exits(0);
    assert_eq!(plan.json()["by_action"], json!({"blocked": 2, "delete": 1}), "{plan}");
    let why = house.poilift(&format!("why {} --lang en", chain.id(0))).end().exits(0);
    assert!(why.stdout.contains("E109"), "{why}");
}

#[test]
fn a_row_that_stands_twice_and_differs_is_a_quarrel_and_one_that_does_not_is_none() {
    let house = House::new();
    planned(&house, 2);
    let mut form = Sheet::open(&house.path("form.xlsx"));
    form.set_all("credential", credential);
    let (mut again, same) = (form.rows[1].clone(), form.rows[2].clone());
    let hour = form.column("hour");
    again[hour] = "10:00-22:00".into();
    form.rows.extend([again, same]);
    form.save(&house.path("twice.xlsx"));
    house.poilift("fill twice.xlsx").end().exits(0);
    let plan = house.poilift("plan stores.json --format json").end().exits(0);
    assert_eq!(plan.json()["by_action"], json!({"add": 1, "blocked": 1}));
    house.poilift("report").end().exits(0);
    let blocked: Vec<_> =
        house.stores_csv("poilift-report").into_iter().filter(|row| row["state"] == "blocked").collect();
    assert!(blocked[0]["reason"].contains("E141"), "{blocked:?}");
}

#[test]
fn one_workbook_a_region_goes_out_and_who_is_missing_what_is_said_once_they_are_back() {
    let house = House::new();
    let chain =
        Chain::waiting(5).with(1, "city", json!("CON")).with(2, "city", json!(" ")).with(3, "city", json!("con"));
    chain.save(&house);
    house.poilift("plan stores.json").end().exits(0);
    house.poilift("template --split-by city -o regions").end().exits(0).says(&["poilift fill regions"]);
    let mut names: Vec<String> = std::fs::read_dir(house.path("regions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    assert_eq!(names, ["CON_.xlsx", "con_~2.xlsx", "no city.xlsx", "杭州市.xlsx"]);
    let path = house.path("regions/杭州市.xlsx");
    let mut form = Sheet::open(&path);
    form.set(1, "credential", credential(&chain.id(0)));
    form.save(&path);
    std::fs::remove_file(house.path("regions/no city.xlsx")).unwrap();
    for left_behind in ["~$杭州市.xlsx", ".~lock.CON_.xlsx#", "notes.txt"] {
        house.write(&format!("regions/{left_behind}"), "x");
    }
    let told = house.poilift("fill regions").end().exits(0).says(&["notes.txt: not a spreadsheet"]);
    assert!(
        told.stdout.contains("regions/杭州市.xlsx: 1 of 2 stores complete; missing or wrong: credential 1"),
        "{told}"
    );
    assert!(told.stdout.contains("in no returned file: 1 stores that lack credential 1"), "{told}");
    let json = house.poilift("fill regions --format json").end().exits(0).json();
    assert_eq!((&json["stores"], &json["complete"]), (&5.into(), &1.into()), "{json}");
    assert_eq!(json["files"].as_array().unwrap().len(), 3);
    assert_eq!(json["not_returned"][0]["poi_id"], chain.id(2));

    house.poilift("template --split-by city -o regions").end().exits(0);
    assert!(house.has("regions/杭州市-2.xlsx"), "what somebody has edited is not overwritten");
    assert_eq!(Sheet::open(&path).get(1, "credential"), credential(&chain.id(0)));
}

#[test]
fn a_template_of_inputs_needs_no_ledger_and_leaves_none() {
    let house = House::new();
    let chain = Chain::waiting(2).and(1, &json!(3));
    chain.save(&house);
    house.poilift("template 表.xlsx stores.json --lang zh").end().exits(0).says(&["2 家门店已写入", "fill 表.xlsx"]);
    let form = Sheet::open(&house.path("表.xlsx"));
    assert_eq!((form.rows.len(), form.get(1, "新营业时间")), (3, "09:00-21:00"));
    house.poilift("template all.xlsx stores.json --all --format json").end().exits(0);
    assert_eq!(Sheet::open(&house.path("all.xlsx")).rows.len(), 4);
    assert!(!house.has("poilift.db"));
    let done = house.poilift("template none.xlsx stores.json --supplement supplement.csv").end().exits(0);
    done.says(&["no store lacks data"]);
}

#[test]
fn words_that_make_no_sense_are_refused_and_nothing_is_written() {
    let house = House::new();
    Chain::waiting(1).save(&house);
    std::fs::create_dir(house.path("empty")).unwrap();
    let before = house.names();
    for (words, said) in [
        ("template", "no workbook is named"),
        ("template stores.json", "not named .xlsx"),
        ("template form.xlsx", "poilift.db"),
        ("template --split-by address -o regions stores.json", "no column to split by"),
        ("template form.xlsx --supplement supplement.csv", "--supplement goes with INPUT"),
        ("template form.xlsx --split-by city stores.json", "--output"),
        ("fill empty", "no spreadsheet in this folder"),
    ] {
        house.poilift(words).end().exits(2).says(&[said]);
        assert_eq!(house.names(), before, "{words}");
    }
}

/// What a person does in `LibreOffice`; `false` where there is none on this machine.
fn in_libreoffice(house: &House, form: &str, out: &str, words: &[&str]) -> bool {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/fill_form.py");
    let ended = Command::new("python3")
        .arg(script)
        .args([house.path(form), house.path(out)])
        .args(words)
        .env("HOME", house.root().join("home"))
        .output();
    match ended {
        Ok(ended) if ended.status.code() == Some(77) => false,
        Ok(ended) => {
            assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
            true
        }
        Err(error) => {
            println!("python3: {error}");
            false
        }
    }
}

#[test]
fn the_loop_closes_with_libreoffice_as_the_person() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    house.poilift("plan stores.json").end().exits(0);
    house.poilift("template form.xlsx --lang zh").end().exits(0);
    let credential = "经营资质证件号=91330100MA{n}X";
    if !in_libreoffice(&house, "form.xlsx", "filled.xlsx", &["--sort", "门店ID", credential]) {
        println!(
            "SKIPPED: no LibreOffice with openpyxl on this machine (apt-get install libreoffice-calc python3-openpyxl)"
        );
        return;
    }
    for form in ["ods", "csv"] {
        in_libreoffice(&house, "form.xlsx", &format!("filled.{form}"), &["--as", form, credential]);
        let told = house.poilift(&format!("fill filled.{form} --ledger {form}.db --format json")).end().exits(0);
        assert_eq!(told.json()["files"][0]["file"], format!("filled.{form}"));
    }
    let told = house.poilift("fill filled.xlsx").end().exits(0);
    assert!(told.stdout.contains("filled.xlsx: 3 of 3 stores complete"), "{told}");

    let platform = Platform::with_scenario(&house, "review_fail_share = 1.0", "");
    let job = "migrate stores.json --wait 30s --format json --lang zh";
    house.at(&platform, job).end().exits(3);
    let attention = "poilift-report/attention.xlsx";
    assert!(in_libreoffice(&house, attention, attention, &["新联系电话=0571-9{n}"]));
    let ended = house.at(&platform, &format!("{job} --supplement {attention}")).end().exits(0);
    assert_eq!(ended.json()["by_state"], json!({"upgraded": 3}), "{ended}");
    house.at(&platform, job).end().exits(0);
    assert_eq!(platform.writes(), 6, "nothing reverts, nothing is sent");
    proof("the loop with LibreOffice", "3 stores filled in, rejected, mended, upgraded; once more: nothing sent");
}
