//! Makes the samples beside it: a fictional chain of tea shops as the platform would answer it, the same as
//! spreadsheets, and a supplement. `cargo run --example make_samples` writes the same bytes every time.

use std::error::Error;
use std::fs;
use std::path::Path;

use poilift::intake::spreadsheet;
use poilift::sheets::{csv_bytes, xlsx_bytes};
use poilift::store::{LegacyStore, UpgradeStatus};
use poilift::wire::poi::{LIST_LIMIT_MAX, legacy_store};
use serde_json::{Value, json};

const CHAIN: &str = "禾露茶铺";

/// How many stores have each `upgrade_status`, 0 to 4.
const STATUS_COUNTS: [usize; 5] = [140, 12, 10, 26, 12];

/// City by city: province, city, area code of its telephones, and the districts with their administrative code,
/// longitude and latitude (in thousandths of a degree).
type City = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str, i32, i32)]);
const CITIES: [City; 14] = [
    (
        "浙江省",
        "杭州市",
        "0571",
        &[
            ("西湖区", "330106", 120_130, 30_259),
            ("上城区", "330102", 120_169, 30_242),
            ("滨江区", "330108", 120_211, 30_208),
            ("余杭区", "330110", 119_978, 30_274),
        ],
    ),
    (
        "上海市",
        "上海市",
        "021",
        &[
            ("黄浦区", "310101", 121_484, 31_231),
            ("徐汇区", "310104", 121_437, 31_188),
            ("浦东新区", "310115", 121_544, 31_222),
            ("杨浦区", "310110", 121_526, 31_260),
        ],
    ),
    (
        "江苏省",
        "南京市",
        "025",
        &[
            ("玄武区", "320102", 118_798, 32_048),
            ("鼓楼区", "320106", 118_770, 32_066),
            ("建邺区", "320105", 118_732, 32_003),
        ],
    ),
    ("江苏省", "苏州市", "0512", &[("姑苏区", "320508", 120_617, 31_336), ("虎丘区", "320505", 120_434, 31_330)]),
    (
        "广东省",
        "广州市",
        "020",
        &[
            ("天河区", "440106", 113_361, 23_125),
            ("海珠区", "440105", 113_317, 23_084),
            ("越秀区", "440104", 113_267, 23_129),
        ],
    ),
    (
        "广东省",
        "深圳市",
        "0755",
        &[
            ("南山区", "440305", 113_930, 22_533),
            ("福田区", "440304", 114_055, 22_522),
            ("罗湖区", "440303", 114_131, 22_548),
        ],
    ),
    (
        "四川省",
        "成都市",
        "028",
        &[
            ("锦江区", "510104", 104_083, 30_656),
            ("武侯区", "510107", 104_043, 30_642),
            ("青羊区", "510105", 104_062, 30_674),
        ],
    ),
    (
        "湖北省",
        "武汉市",
        "027",
        &[
            ("江汉区", "420103", 114_271, 30_602),
            ("武昌区", "420106", 114_316, 30_554),
            ("洪山区", "420111", 114_344, 30_500),
        ],
    ),
    ("陕西省", "西安市", "029", &[("雁塔区", "610113", 108_949, 34_222), ("碑林区", "610103", 108_934, 34_230)]),
    ("北京市", "北京市", "010", &[("朝阳区", "110105", 116_443, 39_921), ("海淀区", "110108", 116_298, 39_959)]),
    ("湖南省", "长沙市", "0731", &[("岳麓区", "430104", 112_931, 28_235), ("芙蓉区", "430102", 113_032, 28_185)]),
    ("重庆市", "重庆市", "023", &[("渝中区", "500103", 106_568, 29_553), ("江北区", "500105", 106_574, 29_607)]),
    ("山东省", "青岛市", "0532", &[("市南区", "370202", 120_412, 36_075), ("崂山区", "370212", 120_469, 36_107)]),
    ("福建省", "厦门市", "0592", &[("思明区", "350203", 118_083, 24_445), ("湖里区", "350206", 118_147, 24_513)]),
];

const ROADS: [&str; 8] = ["人民路", "中山路", "解放路", "建设路", "文化路", "新华路", "青年路", "学院路"];
const COMMENTS: [&str; 4] =
    ["门店图片不清晰，请重新上传", "经营资质与门店名称不一致", "联系电话无法接通", "门店地址与地图位置不符"];

// Oddities, by the number of the store among those with status 0 or 1, from 0.
const WITHOUT_MAPID: [usize; 8] = [7, 21, 35, 49, 63, 84, 98, 112];
const WITHOUT_CREDENTIAL: [usize; 4] = [11, 45, 88, 130];
const WITHOUT_PHOTO: [usize; 2] = [27, 91];
/// Rows of the supplement that name their store by `sid` only.
const NAMED_BY_SID: [usize; 6] = [10, 30, 52, 74, 96, 120];
/// What the supplement mends, beside the credentials; the rest stays for a person to find.
const MAPID_SUPPLIED: [usize; 5] = [7, 21, 35, 49, 63];
const PHONE_MENDED: [usize; 4] = [3, 5, 12, 33];
const HOUR_MENDED: [(usize, &str); 3] = [(18, "00:00-23:59"), (29, "09:00-18:00"), (38, "09:00-21:00")];
const PHOTO_SUPPLIED: usize = 27;

/// `SplitMix64`: enough for samples, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap_or(1)).unwrap_or(0)
    }

    fn characters(&mut self, alphabet: &str, count: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..count).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    /// As long as the platform's, all 19 digits significant.
    fn map_id(&mut self) -> String {
        format!("{}{}", 1 + self.below(8), self.characters("123456789", 18))
    }

    fn photo(&mut self) -> String {
        const BASE62: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        format!("http://mmbiz.qpic.cn/mmbiz_jpg/{}/0?wx_fmt=jpeg", self.characters(BASE62, 60))
    }
}

/// One store of the chain.
struct Branch {
    /// An element of `business_list`.
    element: Value,
    /// Its number among the stores with status 0 or 1, if it is one of them.
    open: Option<usize>,
    /// Administrative code of its district.
    district_code: &'static str,
    area_code: &'static str,
}

fn branches(random: &mut Random) -> Vec<Branch> {
    let mut statuses: Vec<usize> = (0..5).flat_map(|status| vec![status; STATUS_COUNTS[status]]).collect();
    for last in (1..statuses.len()).rev() {
        statuses.swap(last, random.below(last + 1));
    }
    let places: Vec<_> = CITIES.iter().flat_map(|city| city.3.iter().map(move |district| (city, district))).collect();
    let mut open = 0..;
    let branch = |(number, status): (usize, usize)| {
        let open = if status < 2 { open.next() } else { None };
        let (city, district) = places[number % places.len()];
        let element = element(random, number, status, open, city, *district, ROADS[number / places.len()]);
        Branch { element, open, district_code: district.1, area_code: city.2 }
    };
    statuses.into_iter().enumerate().map(branch).collect()
}

fn element(
    random: &mut Random,
    number: usize,
    status: usize,
    open: Option<usize>,
    (province, city, area_code, _): &City,
    (district, _, longitude, latitude): (&str, &str, i32, i32),
    road: &str,
) -> Value {
    let is_odd = |numbers: &[usize]| open.is_some_and(|open| numbers.contains(&open));
    let short = district.trim_end_matches('区').trim_end_matches("新");
    let photos = if is_odd(&WITHOUT_PHOTO) { 0 } else { 1 + random.below(3) };
    let photos: Vec<_> = (0..photos).map(|_| json!({"photo_url": random.photo()})).collect();
    let mut near =
        |thousandths: i32| f64::from(thousandths * 1000 + i32::try_from(random.below(8000)).unwrap_or(0)) / 1e6;
    let (longitude, latitude) = (near(longitude), near(latitude));
    // Not every merchant numbers all stores.
    let sid = if number % 25 == 7 && !is_odd(&NAMED_BY_SID) { String::new() } else { format!("HL{:04}", number + 1) };
    json!({"base_info": {
        "sid": sid,
        "business_name": CHAIN,
        "branch_name": format!("{short}{road}店"),
        "address": format!("{road}{}号", 1 + random.below(400)),
        "telephone": telephone(area_code, number, open),
        "categories": ["美食,奶茶果汁"],
        "city": city,
        "province": province,
        "district": district,
        "offset_type": 1,
        "longitude": longitude,
        "latitude": latitude,
        "photo_list": photos,
        "introduction": "现泡茶饮，当日鲜果",
        "recommend": "栀子绿茶、桂花乌龙",
        "special": "免费wifi，外卖服务",
        "open_time": open_time(number, open),
        "avg_price": 15 + random.below(12),
        "poi_id": (472_600_000 + number * 137 + random.below(100)).to_string(),
        "available_state": if status == 4 { 4 } else { 3 },
        "update_status": 0,
        "upgrade_status": status,
        "upgrade_comment": if status == 1 { COMMENTS[number % COMMENTS.len()] } else { "" },
        "mapid": if is_odd(&WITHOUT_MAPID) { String::new() } else { random.map_id() },
    }})
}

fn telephone(area_code: &str, number: usize, open: Option<usize>) -> String {
    match open {
        Some(3 | 20 | 77) => String::new(),
        Some(5 | 60) => format!("{area_code}-85550{number:03}/{area_code}-85551{number:03}"),
        Some(9 | 50 | 90) => format!("{area_code}-8555 0{number:03}"),
        Some(12 | 64 | 109) => format!("({area_code})8555-0{number:03}"),
        Some(16 | 70 | 101) => format!("400-100-0{number:03}"),
        Some(25) => format!("（{area_code}）8555－0{number:03}"),
        Some(33) => format!("{area_code}-85550{number:03}转8001"),
        Some(40 | 80) => format!("138 0000 0{number:03}"),
        Some(115) => "见门店公告".to_owned(),
        _ => format!("{area_code}-85550{number:03}"),
    }
}

fn open_time(number: usize, open: Option<usize>) -> &'static str {
    match open {
        Some(4) => "9:00~21:00",
        Some(18) => "全天",
        Some(29) => "周一至周五 09:00-18:00",
        Some(38) => "",
        Some(55) => "10:00-02:00",
        Some(66) => "09：00－21：30",
        _ => ["09:00-22:00", "10:00-21:30", "8:00-20:00"][number % 3],
    }
}

/// Pages as the platform answers them; it is known to write `total_count` as a number and as text.
fn pages(branches: &[Branch]) -> Value {
    let page = |(number, page): (usize, &[Branch])| {
        let total = if number == 1 { json!(branches.len().to_string()) } else { json!(branches.len()) };
        let list: Vec<_> = page.iter().map(|branch| &branch.element).collect();
        json!({"errcode": 0, "errmsg": "ok", "business_list": list, "total_count": total})
    };
    branches.chunks(LIST_LIMIT_MAX).enumerate().map(page).collect()
}

/// The supplement's columns: `poi_id`, `sid`, `business_name`, `credential`, `map_poi_id`, `contract_phone`, `hour`, `pic_list`.
fn supplement(random: &mut Random, branches: &[Branch], stores: &[LegacyStore]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for (branch, (store, number)) in branches.iter().zip(stores.iter().zip(0..)) {
        let Some(open) = branch.open else { continue };
        if WITHOUT_CREDENTIAL.contains(&open) {
            continue;
        }
        let text_if = |wanted: bool, text: String| if wanted { text } else { String::new() };
        let hour = HOUR_MENDED.iter().find(|(mended, _)| *mended == open).map_or("", |(_, hour)| hour);
        let poi_id = store.poi_id.as_ref().map(ToString::to_string).unwrap_or_default();
        let sid = store.sid.as_ref().map(ToString::to_string).unwrap_or_default();
        let name = format!("{} {}", store.business_name, store.branch_name);
        rows.push(vec![
            text_if(!NAMED_BY_SID.contains(&open), poi_id),
            sid,
            name,
            credential(random, branch.district_code),
            text_if(MAPID_SUPPLIED.contains(&open), random.map_id()),
            text_if(PHONE_MENDED.contains(&open), telephone(branch.area_code, number, None)),
            hour.to_owned(),
            text_if(open == PHOTO_SUPPLIED, random.photo()),
        ]);
    }
    rows
}

/// The characters of a 统一社会信用代码 (GB 32100-2015), in the order of their values: no I, O, S, V, Z.
const CREDIT_CODE: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A 统一社会信用代码 of a company or a sole trader in the district, with correct check characters.
fn credential(random: &mut Random, district_code: &str) -> String {
    let kind = ["91", "92"][random.below(2)];
    let organisation = format!("MA{}", random.characters(CREDIT_CODE, 6));
    let check = organisation_check(&organisation);
    let code = format!("{kind}{district_code}{organisation}{check}");
    let check = credit_check(&code);
    format!("{code}{check}")
}

/// The check character over the first eight characters of an organisation's code (GB 11714-1997).
fn organisation_check(code: &str) -> char {
    let weights = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = code.chars().zip(weights).map(|(c, weight)| c.to_digit(36).unwrap_or(0) * weight).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

/// The check character over the first 17 characters (GB 32100-2015).
fn credit_check(code: &str) -> char {
    let value = |c: char| CREDIT_CODE.find(c).unwrap_or(0);
    let (sum, _) = code.chars().fold((0, 1), |(sum, weight), c| (sum + value(c) * weight, weight * 3 % 31));
    CREDIT_CODE.chars().nth((31 - sum % 31) % 31).unwrap_or('0')
}

/// A file's name and content.
type Sample = (&'static str, Vec<u8>);

/// All samples.
fn samples() -> Result<Vec<Sample>, Box<dyn Error>> {
    const API: [&str; 8] =
        ["poi_id", "sid", "business_name", "credential", "map_poi_id", "contract_phone", "hour", "pic_list"];
    const CHINESE: [&str; 8] =
        ["门店ID", "商户门店编号", "门店名称", "统一社会信用代码", "腾讯地图ID", "联系电话", "营业时间", "图片"];
    let mut random = Random(20_261_124);
    let branches = branches(&mut random);
    let stores: Vec<LegacyStore> = branches.iter().filter_map(|branch| legacy_store(&branch.element)).collect();
    debug_assert!(stores.iter().all(|store| store.upgrade_status != UpgradeStatus::Absent));
    let supplement = supplement(&mut random, &branches, &stores);
    let (header, rows) = spreadsheet(&stores);
    let json = format!("{:#}\n", pages(&branches));
    Ok(vec![
        ("getpoilist.json", json.into_bytes()),
        ("stores.csv", csv_bytes(&header, &rows)),
        ("stores.xlsx", xlsx_bytes("门店", &header, &rows)?),
        ("supplement.csv", csv_bytes(&API, &supplement)),
        ("supplement.xlsx", xlsx_bytes("补充资料", &CHINESE, &supplement)?),
    ])
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"))
}

fn main() -> Result<(), Box<dyn Error>> {
    for (name, bytes) in samples()? {
        fs::write(folder().join(name), bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_are_what_this_file_makes() {
        for (name, bytes) in samples().unwrap() {
            let kept = fs::read(folder().join(name)).unwrap();
            assert!(kept == bytes, "{name} differs: cargo run --example make_samples");
        }
    }

    #[test]
    fn the_check_characters_are_those_of_published_codes() {
        // The examples in the annexes of GB 32100-2015 and GB 11714-1997.
        assert_eq!(credit_check("91350100M000100Y4"), '3');
        assert_eq!(organisation_check("D2143569"), 'X');
    }
}
