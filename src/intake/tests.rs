//! The room from outside: files in, stores and supplements out, whatever the bytes are.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::sheets::{SheetError, csv_bytes, xlsx_bytes};
use crate::store::{Code, Field, JoinKey, LegacyStore, MapPoiId, PoiId, Sid, UpgradeStatus};

fn input(name: &str, text: &str) -> Result<Collected, IntakeError> {
    read_input_bytes(name, text.as_bytes(), &Columns::default())
}

fn supplement(text: &str) -> SupplementFile {
    read_supplement_bytes("s.csv", text.as_bytes(), &Columns::default()).unwrap()
}

/// A workbook with text in all cells but those given as numbers.
fn workbook(header: &[&str], row: &[&str], numbers: &[(u16, f64)]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("门店").unwrap();
    sheet.write_row(0, 0, header.iter().copied()).unwrap();
    sheet.write_row(1, 0, row.iter().copied()).unwrap();
    for (column, number) in numbers {
        sheet.write_number(1, *column, *number).unwrap();
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn a_spreadsheet_fills_the_old_record_and_what_is_supplied() {
    let text = "门店ID,门店名称,电话,营业时间,图片,腾讯地图ID,升级状态,营业执照号,区域经理\n\
                472671857,茶铺,0571-88881234,09:00-21:00,http://a;http://b,2880741500279549033,待迁移, 91X ,王\n";
    let input = input("s.csv", text).unwrap();
    let row = &input.rows[0];
    assert_eq!((input.form, row.faults.len(), row.place.row), (Form::Csv, 0, Some(2)));
    assert_eq!(row.store.poi_id, PoiId::new("472671857"));
    assert_eq!(row.store.map_poi_id, MapPoiId::new("2880741500279549033"));
    assert_eq!((row.store.telephone.as_str(), row.store.photos.len()), ("0571-88881234", 2));
    assert_eq!(row.store.upgrade_status, UpgradeStatus::Waiting);
    assert_eq!((row.cells[0].field, row.cells[0].value.as_str()), (Field::Credential, "91X"));
    assert_eq!(row.cells[0].place.to_string(), "s.csv, row 2, 营业执照号");
    assert_eq!(row.store.record.get("区域经理").unwrap(), "王");
    assert_eq!(input.unknown_columns, ["区域经理"]);
}

#[test]
fn pictures_in_several_columns_are_one_list_in_their_order() {
    let text = "门店ID,图片1,电话,门店图片2,图片（3）\n7,http://a,1,,http://c\n";
    let row = &input("s.csv", text).unwrap().rows[0];
    assert_eq!(
        (row.store.photos.as_slice(), row.faults.len()),
        (&["http://a".to_owned(), "http://c".to_owned()][..], 0)
    );
    let rows = supplement("poi_id,pic_list1,hour,pic_list2\n7,http://a,1,D:\\2.jpg\n8,,,http://b\n").rows;
    let cells = |n: usize| rows[n].cells.iter().filter(|cell| cell.field == Field::PicList).collect::<Vec<_>>();
    assert_eq!((cells(0).len(), cells(0)[0].value.as_str()), (1, "http://a\nD:\\2.jpg"));
    assert_eq!(cells(0)[0].place.to_string(), "s.csv, row 2, pic_list1");
    assert_eq!(cells(1)[0].place.to_string(), "s.csv, row 3, pic_list2");
}

#[test]
fn a_header_in_other_words_and_a_remark_beside_the_table_are_no_stores() {
    let two = input("s.csv", "门店ID,电话,备注\npoi_id,telephone,remarks\n7,1,x\n").unwrap();
    assert_eq!(two.rows.iter().map(|row| row.place.row).collect::<Vec<_>>(), [Some(3)]);
    let one = input("s.csv", "门店ID,备注\n7,x\npoi_id,y\n").unwrap();
    assert_eq!(one.rows.len(), 2, "a single cell is no header");
    let rows = [["7", "1", ""], ["", "", "请于周五前填好"]].map(|row| row.map(str::to_owned).to_vec());
    let book = xlsx_bytes("门店", &["poi_id", "telephone", ""], &rows).unwrap();
    let rows = read_input_bytes("a.xlsx", &book, &Columns::default()).unwrap().rows;
    assert_eq!((rows.len(), rows[0].faults.len()), (1, 0));
}

#[test]
fn a_number_that_the_workbook_has_rounded_is_a_fault_at_its_cell() {
    let bytes = workbook(
        &["poi_id", "mapid", "credential"],
        &["", "", ""],
        &[(0, 472_671_857.0), (1, 2_880_741_500_279_549_033.0), (2, 9.133e17)],
    );
    let input = read_input_bytes("a.xlsx", &bytes, &Columns::default()).unwrap();
    let row = &input.rows[0];
    assert_eq!((row.store.poi_id.clone(), row.store.map_poi_id.clone()), (PoiId::new("472671857"), None));
    assert_eq!(row.faults[0].code, Code::RoundedNumber);
    assert!(row.faults[0].words().en.contains("a.xlsx, 门店!B2: 2.880741500279549E+18"), "{}", row.faults[0].words());
    let fault = row.cells[0].fault.as_ref().unwrap();
    assert_eq!(
        (fault.code, fault.place.as_ref().unwrap().to_string().as_str()),
        (Code::RoundedNumber, "a.xlsx, 门店!C2")
    );
}

#[test]
fn rows_without_a_usable_id_and_repeated_ids_have_faults() {
    let input = input("s.csv", "poi_id,sid\n,a\nx1,b\n2.88074E+18,c\n7,d\n7,e\n8,f\n").unwrap();
    let codes: Vec<Vec<Code>> =
        input.rows.iter().map(|row| row.faults.iter().map(|fault| fault.code).collect()).collect();
    let expected = [
        vec![Code::PoiIdMissing],
        vec![Code::PoiIdMalformed],
        vec![Code::RoundedNumber],
        vec![Code::PoiIdDuplicate],
        vec![Code::PoiIdDuplicate],
        vec![],
    ];
    assert_eq!(codes, expected);
    assert_eq!(input.rows[3].faults[0].others, [input.rows[4].place.at_column("poi_id")]);
}

#[test]
fn ids_that_stand_twice_far_apart_in_a_file_too_long_to_be_kept_name_each_other() {
    const ROWS: u32 = 18_000;
    let padding = "一家茶铺，".repeat(140);
    let mut text = String::from("poi_id,introduction\n");
    for n in 0..ROWS {
        // The last row has the second's id, the last but one the middle's.
        let id = match n {
            n if n == ROWS - 1 => 1,
            n if n == ROWS - 2 => ROWS / 2,
            n => n,
        };
        writeln!(text, "{},{padding}", 400_000_000 + id).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("long.csv");
    std::fs::write(&path, &text).unwrap();
    assert!(text.len() as u64 > KEPT_BYTES_MAX, "{}", text.len());
    let read = read_input(&path, &Columns::default()).unwrap();
    let row_of = |place: &crate::store::Place| place.row.unwrap();
    let faulty = read.rows.iter().filter(|row| !row.faults.is_empty());
    let told: Vec<(u32, Code, Vec<u32>)> = faulty
        .map(|row| (row_of(&row.place), row.faults[0].code, row.faults[0].others.iter().map(row_of).collect()))
        .collect();
    let twice = Code::PoiIdDuplicate;
    let (second, middle) = (3, ROWS / 2 + 2);
    let expected = [
        (second, twice, vec![ROWS + 1]),
        (middle, twice, vec![ROWS]),
        (ROWS, twice, vec![middle]),
        (ROWS + 1, twice, vec![second]),
    ];
    assert_eq!((read.rows.len(), told), (ROWS as usize, expected.to_vec()));
}

#[test]
fn a_supplement_names_its_store_by_poi_id_else_by_sid() {
    let file =
        supplement("poi_id,sid,电话,营业时间,credential\n7,a,1,,c1\n,b,,09:00-21:00,\n,,1,,\nx,c,,,\n8,,,,\n8,,,,\n");
    let keys: Vec<_> = file.rows.iter().map(|row| row.key.clone()).collect();
    let id = |text| PoiId::new(text).map(JoinKey::PoiId);
    assert_eq!(keys, [id("7"), Sid::new("b").map(JoinKey::Sid), None, None, id("8"), id("8")]);
    let fields: Vec<_> = file.rows[0].cells.iter().map(|cell| (cell.field, cell.value.as_str())).collect();
    assert_eq!(fields, [(Field::ContractPhone, "1"), (Field::Credential, "c1")]);
    assert_eq!(file.rows[1].cells[0].field, Field::Hour);
    let codes: Vec<_> = file.rows.iter().filter_map(|row| row.faults.first()).map(|fault| fault.code).collect();
    assert_eq!(
        codes,
        [Code::SupplementNameless, Code::PoiIdMalformed, Code::SupplementRepeats, Code::SupplementRepeats]
    );
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_refused_with_what_it_is() {
    let trouble = |name, text| input(name, text).unwrap_err().trouble;
    let csv = "poi_id,sid\n7,a\n";
    assert!(matches!(trouble("a.xlsx", csv), Trouble::Renamed { claimed } if claimed == "XLSX"));
    assert!(matches!(trouble("a.json", csv), Trouble::NotJson(_)));
    assert!(matches!(trouble("a.xls", "<html><table>"), Trouble::Sheet(SheetError::Markup)));
    assert!(matches!(trouble("a.json", "<html>"), Trouble::Sheet(SheetError::Markup)));
    assert!(matches!(trouble("a.json", ""), Trouble::Sheet(SheetError::Empty)));
    assert!(matches!(trouble("a.json", "[]"), Trouble::NoStores));
    assert!(matches!(trouble("a.csv", "poi_id,sid\n"), Trouble::NoStores));
    let json = read_supplement_bytes("s.json", b"[]", &Columns::default()).unwrap_err();
    assert!(matches!(json.trouble, Trouble::NotTable));
    // A workbook is one under any name.
    let bytes = xlsx_bytes("s", &["poi_id"], &[vec!["7".into()]]).unwrap();
    assert_eq!(read_input_bytes("a.csv", &bytes, &Columns::default()).unwrap().form, Form::Xlsx);
}

#[test]
fn two_sheets_with_known_headers_are_an_error_naming_both() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let [help, north, south] = [["poi_id", "旧门店管理中的编号"], ["poi_id", "电话"], ["门店ID", "电话"]];
    for (name, header) in [("说明", help), ("北区", north), ("南区", south)] {
        book.add_worksheet().set_name(name).unwrap().write_row(0, 0, header).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let error = read_input_bytes("a.xlsx", &bytes, &Columns::default()).unwrap_err();
    assert!(matches!(error.trouble, Trouble::SeveralSheets { sheets } if sheets == ["北区", "南区"]));
}

#[test]
fn a_store_written_as_a_spreadsheet_reads_back_the_same() {
    let page = serde_json::json!([{"poi_id": "472671857", "sid": "A-01", "business_name": "云岭茶铺", "branch_name": " 西湖店",
        "province": "浙江省", "city": "杭州市", "district": "西湖区", "address": "文三路 1 号,2 层", "telephone": "0571-8888 1234",
        "open_time": "8:00-20:00", "photo_list": [{"photo_url": "http://a/0?x=1,2"}, {"photo_url": "http://b/0"}],
        "mapid": "2880741500279549033", "upgrade_status": 1, "upgrade_comment": "照片\n不清晰", "longitude": 120.13}]);
    let read = |name: &str, bytes: &[u8]| {
        let mut rows = read_input_bytes(name, bytes, &Columns::default()).unwrap().rows;
        rows.remove(0)
    };
    let original = read("l.json", page.to_string().as_bytes());
    let (header, rows) = spreadsheet(std::slice::from_ref(&original.store));
    for (name, bytes) in [("a.csv", csv_bytes(&header, &rows)), ("a.xlsx", xlsx_bytes("s", &header, &rows).unwrap())] {
        let back = read(name, &bytes);
        assert_eq!(back.faults, []);
        assert_eq!(back.store.record.get("longitude").unwrap(), "120.13");
        let typed = LegacyStore { record: original.store.record.clone(), ..back.store };
        assert_eq!(typed, original.store, "{name}");
    }
}

fn read_both(name: &str, bytes: &[u8]) {
    let _ = read_input_bytes(name, bytes, &Columns::default());
    let _ = read_supplement_bytes(name, bytes, &Columns::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), json in any::<bool>()) {
        read_both(if json { "a.json" } else { "a.csv" }, &bytes);
        for magic in [&b"PK\x03\x04"[..], b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"[{\"poi_id\":", b"poi_id,sid\n"] {
            read_both("a", &[magic, &bytes].concat());
        }
    }

    #[test]
    fn no_damage_to_a_workbook_makes_it_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = workbook(&["poi_id", "sid"], &["7", "a"], &[]);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        read_both("a.xlsx", &bytes);
        read_both("a.xlsx", &bytes[..at]);
    }

    #[test]
    fn a_table_reads_the_same_from_csv_and_xlsx(
        rows in prop::collection::vec(("[0-9]{1,20}", "[a-z\u{4e00}-\u{4e20},;\"]{1,8}", "[ -~]{0,12}", "[0-9A-Z-]{0,18}"), 1..8),
    ) {
        let header = ["poi_id", "business_name", "telephone", "credential"];
        let rows: Vec<Vec<String>> = rows.into_iter().map(|(a, b, c, d)| vec![a, b, c, d]).collect();
        let read = |name: &str, bytes: Vec<u8>| {
            let rows = read_input_bytes(name, &bytes, &Columns::default()).unwrap().rows;
            let cells = |row: &InputRow| row.cells.iter().map(|cell| (cell.field, cell.value.clone())).collect::<Vec<_>>();
            rows.iter().map(|row| (row.place.row, row.store.clone(), cells(row))).collect::<Vec<_>>()
        };
        let csv = read("a.csv", csv_bytes(&header, &rows));
        let xlsx = read("a.xlsx", xlsx_bytes("s", &header, &rows).unwrap());
        prop_assert_eq!(&csv, &xlsx);
        let names: Vec<_> = csv.iter().map(|row| row.1.business_name.clone()).collect();
        prop_assert_eq!(names, rows.iter().map(|row| row[1].clone()).collect::<Vec<_>>());
    }
}
