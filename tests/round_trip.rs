//! What is written as a spreadsheet or a saved answer and read back is the same, in every format and encoding; and no
//! bytes whatever, made up or a real file damaged, make reading panic or take without end. `fuzz/` looks for such bytes
//! for longer.

#[path = "round_trip/damage.rs"]
mod damage;
#[path = "round_trip/formats.rs"]
mod formats;

use std::time::{Duration, Instant};

use poilift::check::{FixedValues, Signs};
use poilift::intake::{Columns, read_input_bytes, read_supplement_bytes};
use poilift::plan::{Facts, decide};
use poilift::store::{
    Action, Cell, Code, Decision, Field, Finding, LegacyStore, MapPoiId, Place, PoiId, Sid, Stamp, Submission,
    Supplied, SuppliedCell, UpgradeStatus,
};
use proptest::prelude::*;

/// Within this, in a build without optimisation on a machine that does other things: a file of some kilobytes takes
/// milliseconds.
const BOUND: Duration = Duration::from_secs(20);

/// Text as addresses and remarks have it: whatever separates, quotes and ends lines, but no white space at its ends.
fn text() -> impl Strategy<Value = String> {
    let inner = "[一-龥a-zA-Z0-9 ,，;；、|\"'“”<>&=#()（）\n\t𠮷😀é-]{0,24}";
    ("[一-龥]", inner, "[一-龥0-9号]").prop_map(|(first, inner, last)| first + &inner + &last)
}

fn hours() -> impl Strategy<Value = String> {
    (0..24, 0..60, 0..24, 0..60).prop_map(|(a, b, c, d)| format!("{a:02}:{b:02}-{c:02}:{d:02}"))
}

fn status() -> impl Strategy<Value = UpgradeStatus> {
    prop::sample::select(["", "0", "1", "2", "3", "4"].map(UpgradeStatus::parse).to_vec())
}

prop_compose! {
    /// A store of normalised values, without its id.
    fn store()(
        sid in prop::option::of("[A-Z]{1,2}-[0-9]{2,4}"),
        (business_name, branch_name) in ("[一-龥]{2,10}", prop_oneof![Just(String::new()), text()]),
        (province, city, district) in prop::sample::select(vec![
            ("浙江省", "杭州市", "西湖区"), ("广东省", "深圳市", "南山区"), ("北京市", "北京市", ""), ("", "", ""),
        ]),
        address in text(),
        telephone in "(0[1-9][0-9]{1,2}-[1-9][0-9]{6,7}(-[0-9]{3})?|1[3-9][0-9]{9}|)",
        open_time in hours(),
        photos in prop::collection::vec("https?://mmbiz\\.qpic\\.cn/[a-z]{2,8},[0-9]/0\\?wx_fmt=jpeg&a=1;b", 0..4),
        // An id that ends in 0000 looks rounded.
        map_poi_id in prop::option::of("[1-9][0-9]{17}[1-9]"),
        upgrade_status in status(),
        upgrade_comment in prop_oneof![Just(String::new()), text()],
    ) -> LegacyStore {
        LegacyStore {
            poi_id: None,
            sid: sid.and_then(|sid| Sid::new(&sid)),
            business_name: business_name.into(), branch_name: branch_name.into(),
            province: province.into(), city: city.into(), district: district.into(),
            address: address.into(), telephone: telephone.into(), open_time: open_time.into(), photos,
            map_poi_id: map_poi_id.and_then(|id| MapPoiId::new(&id)),
            upgrade_status, upgrade_comment: upgrade_comment.into(),
            ..LegacyStore::default()
        }
    }
}

fn stores() -> impl Strategy<Value = Vec<LegacyStore>> {
    let with_id = |(id, store)| LegacyStore { poi_id: PoiId::new(&format!("{id}")), ..store };
    prop::collection::btree_map(100_000_000..999_999_999_u32, store(), 1..10)
        .prop_map(move |stores| stores.into_iter().map(with_id).collect())
}

/// Stores as people keep them: telephones, hours and pictures in every manner, some of them of no use.
fn messy_stores() -> impl Strategy<Value = Vec<LegacyStore>> {
    let telephone = prop::sample::select(vec![
        "0571-88881234",
        "０５７１－８８８８１２３４",
        "0571-8888 1234 转 8001",
        "138-0013-8000",
        "+86-571-88881234",
        "57188881234",
        "021-66667777;13800138000",
        "见门口",
        "",
    ]);
    let hour = prop::sample::select(vec![
        "09:00-21:00",
        "9：00～21：00",
        "24小时",
        "8点-20点",
        "8点-10点",
        "18:00-02:00",
        "9:00-12:00,13:00-18:00",
        "随时",
        "",
    ]);
    let photo = prop::sample::select(vec![
        "http://mmbiz.qpic.cn/a/0?wx_fmt=jpeg",
        "http://a/1 2.jpg",
        "D:\\门头.jpg",
        "www.a.cn/1.jpg",
    ]);
    let messy = (store(), telephone, hour, prop::collection::vec(photo, 0..3), 0..5_u8);
    let of = |(store, telephone, open_time, photos, status): (LegacyStore, &str, &str, Vec<&str>, u8)| LegacyStore {
        telephone: telephone.into(),
        open_time: open_time.into(),
        photos: photos.into_iter().map(str::to_owned).collect(),
        upgrade_status: UpgradeStatus::parse(&status.to_string()),
        ..store
    };
    let with_id = |(id, store): (u32, LegacyStore)| LegacyStore { poi_id: PoiId::new(&id.to_string()), ..store };
    prop::collection::btree_map(100_000_000..999_999_999_u32, messy.prop_map(of), 1..10)
        .prop_map(move |stores| stores.into_iter().map(with_id).collect())
}

/// What is planned of a store: what is sent, and what is said, wherever it stands.
type Planned = (Option<PoiId>, Action, Option<Box<Submission>>, Vec<(Code, String)>);

fn planned(store: LegacyStore, faults: Vec<Finding>) -> Planned {
    let place = Place::file("supplement.csv").at_row(2);
    let cell = Cell { field: Field::Credential, value: "70846113-6".into(), place, fault: None, also: Vec::new() };
    let supplied =
        Supplied { cells: [(Field::Credential, SuppliedCell { cell, at: Stamp(0) })].into(), faults: Vec::new() };
    let signs = Signs::of(&store, None);
    let facts = Facts { store, faults, supplied, signs, clashes: Vec::new() };
    let Decision { action, findings, submission, .. } = decide(&facts, &FixedValues::default());
    let said = findings.into_iter().map(|finding| (finding.code, finding.value)).collect();
    (facts.store.poi_id, action, submission, said)
}

/// The typed stores of a file; a finding about any of them is a failure.
fn read_back(name: &str, bytes: &[u8]) -> Result<Vec<LegacyStore>, String> {
    let input = read_input_bytes(name, bytes, &Columns::default()).map_err(|why| format!("{name}: {why}"))?;
    match input.rows.iter().find_map(|row| row.faults.first()) {
        Some(fault) => Err(format!("{name}: {}", fault.words())),
        None => Ok(input.rows.iter().map(|row| row.store.without_record()).collect()),
    }
}

fn read_both(name: &str, bytes: &[u8]) {
    let began = Instant::now();
    let columns = Columns::default();
    let input = read_input_bytes(name, bytes, &columns);
    if let Err(why) = &input {
        assert!(!why.to_string().is_empty());
    }
    let _ = read_supplement_bytes(name, bytes, &columns);
    assert!(began.elapsed() < BOUND, "{name}: {:?} for {} bytes", began.elapsed(), bytes.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_table_written_in_any_format_and_read_back_is_the_same(stores in stores()) {
        for (name, bytes) in formats::all(&stores) {
            prop_assert_eq!(read_back(name, &bytes), Ok(stores.clone()), "{}", name);
        }
    }

    #[test]
    fn what_is_planned_of_messy_stores_is_the_same_whatever_the_format(stores in messy_stores()) {
        let expected: Vec<Planned> = stores.iter().map(|store| planned(store.clone(), Vec::new())).collect();
        for (name, bytes) in formats::all(&stores) {
            let rows = read_input_bytes(name, &bytes, &Columns::default()).unwrap().rows;
            let found: Vec<Planned> = rows.into_iter().map(|row| planned(row.store, row.faults)).collect();
            prop_assert_eq!(&found, &expected, "{}", name);
        }
    }

    #[test]
    fn no_bytes_under_any_name_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        text in "[ -~\n\"{}\\[\\]:,;0-9门店ID营业时间电话\u{feff}\u{200b}]{0,200}",
    ) {
        for name in damage::NAMES {
            read_both(name, &bytes);
            read_both(name, text.as_bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_damage_to_a_real_file_makes_it_panic(file in damage::file(), wounds in damage::wounds()) {
        let (name, bytes) = file;
        read_both(&name, &damage::inflict(bytes, &wounds));
    }

    #[test]
    fn no_damage_inside_a_workbook_makes_it_panic(
        file in damage::workbook(), part in any::<prop::sample::Index>(), wounds in damage::wounds(),
    ) {
        let (name, bytes) = file;
        read_both(&name, &damage::inflict_inside(&bytes, part, &wounds));
    }
}
