//! A form as it is handed out, and what a person sees in it.

use super::*;
use crate::report::sample::{self, blocked, rejected};
use crate::sheets::{Book, Sheet, read};
use crate::store::{Cell as Supply, Code, Place, Stamp, State, SuppliedCell};

fn supplied(field: Field, value: &str) -> Supplied {
    let cell =
        Supply { field, value: value.into(), place: Place::file("a.xlsx").at_row(2), fault: None, also: Vec::new() };
    Supplied { cells: [(field, SuppliedCell { cell, at: Stamp(0) })].into(), faults: Vec::new() }
}

fn book(rows: &[StoreRow], supplied: &HashMap<i64, Supplied>, keep: &[String], lang: Lang) -> Book {
    let rows: Vec<&StoreRow> = rows.iter().collect();
    let errors = ErrorTable::default();
    let model = FormModel { kind: FormKind::Attention, supplied, keep, errors: &errors, lang };
    read(&form_bytes(&rows, &model).unwrap()).unwrap()
}

/// The cell of a row, from 1 below the header, under a header.
fn cell(sheet: &Sheet, row: usize, header: &str) -> String {
    let column =
        sheet.rows[0].cells().find(|(_, value)| value.text() == header).unwrap_or_else(|| panic!("{header}")).0;
    sheet.rows[row].get(column).text().to_owned()
}

#[test]
fn a_row_shows_what_is_there_now_and_its_key_remembers_it() {
    let mut row = blocked(3, &[Code::CredentialMissing]);
    row.record.telephone = "0571-8888 1234".into();
    row.record.open_time = "8:00-20:00".into();
    row.record.photos = vec!["http://a/1".into(), "http://a/2".into()];
    let cells = HashMap::from([(3, supplied(Field::Hour, "9:00-21:00"))]);
    let book = book(&[row], &cells, &[], Lang::Zh);
    let main = &book.sheets[0];
    assert_eq!(main.name.as_deref(), Some("待处理"));
    assert_eq!(cell(main, 1, "门店ID"), "100000003");
    assert_eq!(cell(main, 1, "新联系电话"), "0571-8888 1234");
    assert_eq!(cell(main, 1, "新营业时间"), "9:00-21:00", "the supplement wins over the old record");
    assert_eq!(cell(main, 1, "新图片"), "http://a/1\nhttp://a/2");
    assert!(cell(main, 1, "原因").contains("E110"));
    let key = FormKey::parse(&cell(main, 1, "poilift_key")).unwrap();
    assert!(key.is_untouched(Field::Hour, "9:00-21:00") && !key.is_untouched(Field::Hour, "8:00-20:00"));
    assert!(key.is_untouched(Field::PicList, "http://a/1\nhttp://a/2"));
}

#[test]
fn an_order_to_send_once_more_is_not_shown_again_and_one_to_hold_is() {
    let rows = [sample::in_state(1, State::Held), sample::in_state(2, State::Rejected)];
    let cells = HashMap::from([(1, supplied(Field::Action, "暂缓")), (2, supplied(Field::Action, "resubmit"))]);
    let book = book(&rows, &cells, &[], Lang::En);
    assert_eq!([1, 2].map(|row| cell(&book.sheets[0], row, "action")), ["暂缓", ""]);
}

#[test]
fn the_sheets_to_read_are_no_tables_of_stores_and_name_every_finding_and_column() {
    let rows = [blocked(1, &[Code::CredentialMissing, Code::PhoneMissing]), rejected(2, Some(85041))];
    for lang in [Lang::En, Lang::Zh] {
        let book = book(&rows, &HashMap::new(), &["区域".to_owned()], lang);
        assert_eq!(book.sheets.len(), 3);
        let codes: Vec<&str> = book.sheets[2].rows[1..].iter().map(|row| row.get(0).text()).collect();
        assert_eq!(codes, ["E110", "E112", "errcode 85041"]);
        // A line on how to use it, and one a column.
        assert_eq!(book.sheets[1].rows.len(), 1 + 1 + book.sheets[0].rows[0].cells().count());
    }
}

#[test]
fn what_is_wrong_is_told_at_the_cell_that_is_wrong() {
    let errors = ErrorTable::default();
    let told = |row: &StoreRow| marks(row, None, &errors, Lang::En).into_keys().collect::<Vec<_>>();
    assert_eq!(
        told(&blocked(1, &[Code::HourMalformed, Code::PhoneMissing])),
        [Some(Field::ContractPhone), Some(Field::Hour)]
    );
    assert_eq!(told(&blocked(1, &[Code::PoiIdDuplicate])), [None]);
    assert_eq!(told(&rejected(1, Some(85041))), [Some(Field::Credential)]);
    assert_eq!(told(&rejected(1, Some(85055))), [Some(Field::MapPoiId)]);
    assert_eq!(told(&rejected(1, None)), [None], "a review names no field");
    let remark = &marks(&rejected(1, None), None, &errors, Lang::Zh)[&None];
    assert!(remark.contains("招牌不清晰") && remark.contains("→"), "{remark}");
}

#[test]
fn a_finding_at_a_supplied_cell_is_told_at_that_cell() {
    let place = Place::file("a.xlsx").at_row(2);
    let mut row = blocked(1, &[]);
    row.decision.findings = vec![crate::store::Finding::new(Code::SupplementDisagrees).at(place)];
    let cells = supplied(Field::CardId, "p1");
    let marks = marks(&row, Some(&cells), &ErrorTable::default(), Lang::En);
    assert_eq!(marks.into_keys().collect::<Vec<_>>(), [Some(Field::CardId)]);
}

#[test]
fn what_came_with_a_wrong_key_is_confirmed_by_giving_it_back() {
    let mut cells = supplied(Field::Credential, "91330106MA27E1234X");
    let fault = crate::store::Finding::new(Code::KeyDisagrees);
    cells.cells.get_mut(&Field::Credential).unwrap().cell.fault = Some(fault);
    let row = blocked(1, &[Code::KeyDisagrees]);
    let key = key_of(&row, &present(&row, Some(&cells))).unwrap();
    assert!(!key.is_untouched(Field::Credential, "91330106MA27E1234X"));
}

#[test]
fn a_store_without_a_usable_poi_id_is_known_by_its_sid_and_one_without_any_has_no_key() {
    let mut row = blocked(1, &[Code::PoiIdMissing]);
    row.record.poi_id = None;
    assert!(key_of(&row, &BTreeMap::new()).is_some_and(|key| matches!(key.key, JoinKey::Sid(_))));
    row.record.sid = None;
    assert_eq!(key_of(&row, &BTreeMap::new()), None);
}

#[test]
fn a_text_that_no_cell_can_hold_is_not_shown_and_then_means_no_change() {
    let mut row = blocked(1, &[]);
    row.record.telephone = "1".repeat(40_000).into();
    assert!(!present(&row, None).contains_key(&Field::ContractPhone));
}
