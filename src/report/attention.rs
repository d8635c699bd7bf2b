//! `attention.xlsx`: the stores that need a person, with the reason, in columns that a supplement has. Whoever fills in a
//! cell and gives the file back has mended that cell; an empty one means no change.

use super::lines::{Cell, Table, kept, told};
use super::reasons;
use crate::ledger::StoreRow;
use crate::store::{Field, Lang};

/// Who the store is, and why it is here.
const ABOUT: [(&str, &str); 8] = [
    ("poi_id", "门店ID"),
    ("sid", "商户门店编号"),
    ("business_name", "门店名称"),
    ("branch_name", "分店名"),
    ("city", "城市"),
    ("district", "区县"),
    ("address", "详细地址"),
    ("reason", "原因"),
];

/// What can be filled in.
const MENDED: [(Field, &str); 9] = [
    (Field::Action, "处理"),
    (Field::Credential, "经营资质证件号"),
    (Field::ContractPhone, "新联系电话"),
    (Field::Hour, "新营业时间"),
    (Field::MapPoiId, "位置点ID"),
    (Field::PicList, "新图片"),
    (Field::CompanyName, "主体名称"),
    (Field::QualificationList, "证明材料"),
    (Field::CardId, "卡券ID"),
];

/// Header and rows; nothing but the header if no store needs a person.
#[must_use]
pub fn attention_rows(rows: &[StoreRow], keep: &[String], lang: Lang) -> Table {
    let about = ABOUT.iter().map(|(en, zh)| lang.pick(en, zh));
    let mended = MENDED.iter().map(|(field, zh)| lang.pick(field.key(), zh));
    let lines = rows.iter().filter(|row| row.state.needs_person()).map(|row| line(row, keep, lang));
    (about.chain(mended).map(str::to_owned).chain(keep.iter().cloned()).collect(), lines.collect())
}

fn line(row: &StoreRow, keep: &[String], lang: Lang) -> Vec<String> {
    let id = |id: Option<&str>| id.unwrap_or_default().to_owned();
    let mut cells = vec![
        id(row.poi_id().map(crate::store::PoiId::as_str)),
        id(row.record.sid.as_ref().map(crate::store::Sid::as_str)),
        told(row, |store| &store.business_name).to_owned(),
        told(row, |store| &store.branch_name).to_owned(),
        told(row, |store| &store.city).to_owned(),
        told(row, |store| &store.district).to_owned(),
        told(row, |store| &store.address).to_owned(),
        reasons::words_of(row, lang).into_owned(),
    ];
    cells.extend(MENDED.iter().map(|_| String::new()));
    cells.extend(kept(row, keep).iter().map(Cell::csv));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::store::State;

    #[test]
    fn only_stores_that_need_a_person_are_in_it_and_every_line_has_a_reason_and_empty_cells_to_fill() {
        let rows = sample::mixed();
        let wanted = rows.iter().filter(|row: &&StoreRow| row.state.needs_person()).count();
        assert!(wanted > 0 && rows.iter().any(|row| row.state == State::Upgraded));
        let (header, lines) = attention_rows(&rows, &[], Lang::Zh);
        assert_eq!(lines.len(), wanted);
        for line in &lines {
            assert_eq!(line.len(), header.len());
            assert!(!line[7].is_empty(), "{line:?}");
            assert!(line[8..].iter().all(String::is_empty));
        }
    }

    #[test]
    fn the_headers_are_those_of_a_supplement_in_both_languages() {
        for lang in [Lang::En, Lang::Zh] {
            let (header, _) = attention_rows(&[], &[], lang);
            assert_eq!(header.len(), ABOUT.len() + MENDED.len());
            let distinct: std::collections::BTreeSet<_> = header.iter().collect();
            assert_eq!(distinct.len(), header.len());
        }
    }
}
