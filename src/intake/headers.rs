//! The one table of column headers that are understood, and how leniently they are compared.

use std::collections::{BTreeMap, HashMap};

use super::error::Trouble;
use crate::store::{FORM_KEY_HEADER, Field};

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    /// A field of the old record.
    Old(Old),
    /// A field of `add_store`, or an instruction.
    Supplied(Field),
    /// A field of the old record that no decision uses; kept in the record.
    Kept(&'static str),
}

/// The fields of the old record that decisions use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Old {
    PoiId,
    Sid,
    BusinessName,
    BranchName,
    Province,
    City,
    District,
    Address,
    Telephone,
    OpenTime,
    PhotoList,
    Mapid,
    UpgradeStatus,
    UpgradeComment,
}

impl Old {
    /// The name in the platform's own record.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::PoiId => "poi_id",
            Self::Sid => "sid",
            Self::BusinessName => "business_name",
            Self::BranchName => "branch_name",
            Self::Province => "province",
            Self::City => "city",
            Self::District => "district",
            Self::Address => "address",
            Self::Telephone => "telephone",
            Self::OpenTime => "open_time",
            Self::PhotoList => "photo_list",
            Self::Mapid => "mapid",
            Self::UpgradeStatus => "upgrade_status",
            Self::UpgradeComment => "upgrade_comment",
        }
    }

    /// Whether it names something, so that a rounded number would name something else.
    pub(super) const fn is_id(self) -> bool {
        matches!(self, Self::PoiId | Self::Sid | Self::Mapid)
    }
}

impl Key {
    /// The name in the API document.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Old(old) => old.name(),
            Self::Supplied(field) => field.key(),
            Self::Kept(name) => name,
        }
    }

    /// Whether a value may lie in several columns: people give each picture its own.
    pub(super) const fn may_have_several_columns(self) -> bool {
        matches!(self, Self::Old(Old::PhotoList) | Self::Supplied(Field::PicList))
    }

    /// What the column means in a supplement, where the old record's words stand for what `add_store` calls otherwise.
    pub(super) const fn in_supplement(self) -> Self {
        match self {
            Self::Old(Old::Telephone) => Self::Supplied(Field::ContractPhone),
            Self::Old(Old::OpenTime) => Self::Supplied(Field::Hour),
            Self::Old(Old::Mapid) => Self::Supplied(Field::MapPoiId),
            Self::Old(Old::PhotoList) => Self::Supplied(Field::PicList),
            other => other,
        }
    }
}

/// Every header that is understood beside the names of the API document themselves.
const HEADERS: &[(Key, &[&str])] = &[
    // 门店编号 is neither: some people mean this, most a number of their own, and nobody is asked to guess.
    (Key::Old(Old::PoiId), &["门店ID", "poiid", "门店poi_id", "微信门店ID"]),
    (Key::Old(Old::Sid), &["商户门店编号", "商户自有门店编号", "商户自己的ID", "商户门店ID", "自有编号"]),
    (Key::Old(Old::BusinessName), &["门店名称", "门店名", "商户名", "商户名称", "店名"]),
    (Key::Old(Old::BranchName), &["分店名", "分店名称", "分店"]),
    (Key::Old(Old::Province), &["省份", "省", "所在省份", "所在省"]),
    (Key::Old(Old::City), &["城市", "市", "所在城市", "所在市"]),
    (Key::Old(Old::District), &["区县", "区", "地区", "所在区县"]),
    (Key::Old(Old::Address), &["详细地址", "地址", "门店地址"]),
    (Key::Old(Old::Telephone), &["电话", "联系电话", "门店电话", "电话号码", "phone", "tel"]),
    (Key::Old(Old::OpenTime), &["营业时间", "开放时间", "opening_hours"]),
    (Key::Old(Old::PhotoList), &["图片", "门店图片", "图片列表", "图片地址", "photos", "photo", "picture"]),
    (Key::Old(Old::Mapid), &["腾讯地图ID", "地图ID", "腾讯地图位置点ID"]),
    (Key::Old(Old::UpgradeStatus), &["升级状态", "迁移状态"]),
    (Key::Old(Old::UpgradeComment), &["驳回理由", "驳回原因", "迁移驳回的理由", "升级驳回理由"]),
    (Key::Supplied(Field::MapPoiId), &["sosomap_poi_uid", "位置点ID"]),
    (Key::Supplied(Field::PicList), &["新图片", "提交图片"]),
    (Key::Supplied(Field::ContractPhone), &["新电话", "新联系电话", "提交电话"]),
    (Key::Supplied(Field::Hour), &["hours", "新营业时间"]),
    (
        Key::Supplied(Field::Credential),
        &["营业执照号", "营业执照编号", "营业执照注册号", "统一社会信用代码", "经营资质证件号", "资质证件号", "证件号"],
    ),
    (Key::Supplied(Field::CompanyName), &["主体名称", "主体名字", "公司名称", "企业名称"]),
    (Key::Supplied(Field::QualificationList), &["证明材料", "相关证明材料", "资质材料"]),
    (Key::Supplied(Field::CardId), &["卡券ID", "卡券"]),
    (Key::Supplied(Field::Action), &["处理", "处理方式"]),
    (Key::Kept("longitude"), &["经度", "lng"]),
    (Key::Kept("latitude"), &["纬度", "lat"]),
    (Key::Kept("categories"), &["类目", "门店类目", "category"]),
    (Key::Kept("introduction"), &["简介", "介绍"]),
    (Key::Kept("recommend"), &["推荐"]),
    (Key::Kept("special"), &["特色服务"]),
    (Key::Kept("avg_price"), &["人均价格", "人均"]),
    (Key::Kept("offset_type"), &["坐标类型"]),
    (Key::Kept("available_state"), &["审核状态"]),
    (Key::Kept("update_status"), &["扩展字段更新状态"]),
    (Key::Kept("type"), &[]),
    (Key::Kept("qualification_num"), &[]),
    (Key::Kept("qualification_name"), &[]),
    (Key::Kept("status"), &[]),
    // What a report says to people; given back with the mended cells, it means nothing.
    (Key::Kept("reason"), &["原因"]),
    // The hidden key of a form's row (`form.rs`).
    (Key::Kept(FORM_KEY_HEADER), &[]),
];

/// The headers a run understands: the built-in ones and the user's own.
#[derive(Debug)]
pub(super) struct Headers {
    known: HashMap<String, Key>,
    kept: Vec<String>,
}

impl Headers {
    /// The built-in headers, and `aliases` (header → field) over them; `kept` are carried through unread.
    pub(super) fn new(aliases: &BTreeMap<String, String>, kept: &[String]) -> Result<Self, Trouble> {
        let mut known = HashMap::new();
        for (key, names) in HEADERS {
            for name in names.iter().chain(&[key.name()]) {
                known.insert(plain(name), *key);
            }
        }
        for (header, field) in aliases {
            let named = HEADERS.iter().map(|(key, _)| *key).find(|key| key.name() == field);
            let unknown = || Trouble::UnknownField { header: header.clone(), field: field.clone() };
            known.insert(plain(header), named.ok_or_else(unknown)?);
        }
        Ok(Self { known, kept: kept.iter().map(|header| plain(header)).collect() })
    }

    /// What this header means, if it is known. Pictures may have several columns, numbered (`图片1`, `photos 2`).
    pub(super) fn key(&self, header: &str) -> Option<Key> {
        let header = plain(header);
        let numbered = || {
            let name = header.trim_end_matches(|c: char| c.is_ascii_digit());
            self.known.get(name).copied().filter(|key| key.may_have_several_columns())
        };
        self.known.get(&header).copied().or_else(numbered)
    }

    /// Whether the user wants the column carried through.
    pub(super) fn is_kept(&self, header: &str) -> bool {
        self.kept.contains(&plain(header))
    }
}

/// A header as it is compared: without remarks in brackets, spaces and punctuation, in half-width lower case.
fn plain(header: &str) -> String {
    let half_width = header.chars().map(|c| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    });
    let (mut depth, mut outside, mut all) = (0_u32, String::new(), String::new());
    for c in half_width.flat_map(char::to_lowercase) {
        match c {
            '(' | '[' | '【' | '〔' => depth += 1,
            ')' | ']' | '】' | '〕' => depth = depth.saturating_sub(1),
            c if c.is_alphanumeric() => {
                all.push(c);
                if depth == 0 {
                    outside.push(c);
                }
            }
            _ => {}
        }
    }
    // A header that stands in brackets as a whole is not a remark.
    if outside.is_empty() { all } else { outside }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers() -> Headers {
        Headers::new(&BTreeMap::new(), &[]).unwrap()
    }

    #[test]
    fn no_header_stands_for_two_fields() {
        let mut seen = HashMap::new();
        for (key, names) in HEADERS {
            for name in names.iter().chain(&[key.name()]) {
                let before = seen.insert(plain(name), *key).filter(|before| before != key);
                assert!(before.is_none(), "{name} stands for {before:?} and {key:?}");
            }
        }
    }

    #[test]
    fn every_field_that_can_be_supplied_has_its_header() {
        for field in Field::ALL {
            assert_eq!(headers().key(field.key()), Some(Key::Supplied(field)));
        }
    }

    #[test]
    fn spaces_case_width_and_remarks_do_not_matter() {
        for header in ["poi_id", " POI ID ", "ＰＯＩ＿ＩＤ", "* 门店ID（必填）", "poi_id\n(门店编号)", "【门店ID】"]
        {
            assert_eq!(headers().key(header), Some(Key::Old(Old::PoiId)), "{header}");
        }
        assert_eq!(headers().key("营业执照号 *"), Some(Key::Supplied(Field::Credential)));
        assert_eq!(headers().key("备注"), None);
        assert_eq!(headers().key("门店编号"), None, "whose number it is, it does not say");
        assert_eq!(headers().key("***"), None);
    }

    #[test]
    fn pictures_may_have_numbered_columns_and_nothing_else_may() {
        for header in ["图片1", "门店图片 2", "图片（3）", "photo_list_4"] {
            assert_eq!(headers().key(header), Some(Key::Old(Old::PhotoList)), "{header}");
        }
        assert_eq!(headers().key("pic_list2"), Some(Key::Supplied(Field::PicList)));
        assert_eq!(headers().key("电话2"), None);
    }

    #[test]
    fn the_users_own_headers_win() {
        let aliases = BTreeMap::from([("门店编号".to_owned(), "sid".to_owned())]);
        let own = Headers::new(&aliases, &["区域 经理".to_owned()]).unwrap();
        assert_eq!(own.key("门店编号"), Some(Key::Old(Old::Sid)));
        assert!(own.is_kept("区域经理") && !own.is_kept("经理"));
        let wrong = BTreeMap::from([("x".to_owned(), "no_such_field".to_owned())]);
        assert!(matches!(Headers::new(&wrong, &[]), Err(Trouble::UnknownField { .. })));
    }
}
