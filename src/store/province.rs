//! The provinces of China: their numbers (GB/T 2260) and their names. Licence numbers, addresses and coordinates meet in
//! them.

/// The number of a province: the first two digits of the codes of all places in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Province(u8);

/// Number, the word that addresses begin with, and the English name.
const PROVINCES: [(u8, &str, &str); 34] = [
    (11, "北京", "Beijing"),
    (12, "天津", "Tianjin"),
    (13, "河北", "Hebei"),
    (14, "山西", "Shanxi"),
    (15, "内蒙古", "Inner Mongolia"),
    (21, "辽宁", "Liaoning"),
    (22, "吉林", "Jilin"),
    (23, "黑龙江", "Heilongjiang"),
    (31, "上海", "Shanghai"),
    (32, "江苏", "Jiangsu"),
    (33, "浙江", "Zhejiang"),
    (34, "安徽", "Anhui"),
    (35, "福建", "Fujian"),
    (36, "江西", "Jiangxi"),
    (37, "山东", "Shandong"),
    (41, "河南", "Henan"),
    (42, "湖北", "Hubei"),
    (43, "湖南", "Hunan"),
    (44, "广东", "Guangdong"),
    (45, "广西", "Guangxi"),
    (46, "海南", "Hainan"),
    (50, "重庆", "Chongqing"),
    (51, "四川", "Sichuan"),
    (52, "贵州", "Guizhou"),
    (53, "云南", "Yunnan"),
    (54, "西藏", "Tibet"),
    (61, "陕西", "Shaanxi"),
    (62, "甘肃", "Gansu"),
    (63, "青海", "Qinghai"),
    (64, "宁夏", "Ningxia"),
    (65, "新疆", "Xinjiang"),
    (71, "台湾", "Taiwan"),
    (81, "香港", "Hong Kong"),
    (82, "澳门", "Macao"),
];

impl Province {
    /// All of them, by number.
    pub fn all() -> impl Iterator<Item = Self> {
        PROVINCES.iter().map(|(code, ..)| Self(*code))
    }

    /// The province of this number.
    #[must_use]
    pub fn of_code(code: u8) -> Option<Self> {
        PROVINCES.iter().find(|(known, ..)| *known == code).map(|_| Self(code))
    }

    /// The province that a text begins with, as people write it: `广东`, `广东省`, `广西壮族自治区`.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let text = text.trim();
        PROVINCES.iter().find(|(_, zh, _)| text.starts_with(zh)).map(|(code, ..)| Self(*code))
    }

    /// The province of an address: what it says of the province, and where that is empty the city, if it is one of the four
    /// that are provinces themselves. (Other cities may bear a province's name: 海南州 lies in Qinghai.)
    #[must_use]
    pub fn of_address(province: &str, city: &str) -> Option<Self> {
        if !province.trim().is_empty() {
            return Self::named(province);
        }
        Self::named(city).filter(|found| [11, 12, 31, 50].contains(&found.0))
    }

    /// Its number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }

    /// Its name in Chinese, without 省.
    #[must_use]
    pub fn zh(self) -> &'static str {
        self.row().1
    }

    /// Its name in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (u8, &'static str, &'static str) {
        PROVINCES.into_iter().find(|(code, ..)| *code == self.0).unwrap_or((self.0, "", ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_province_is_known_by_its_number_and_its_name() {
        assert_eq!(Province::all().count(), 34);
        for province in Province::all() {
            assert_eq!(Province::of_code(province.code()), Some(province));
            assert_eq!(Province::named(province.zh()), Some(province));
            assert!(!province.en().is_empty());
        }
        assert_eq!(Province::of_code(10), None);
    }

    #[test]
    fn a_province_is_told_from_what_addresses_say_and_never_from_a_city_that_only_sounds_like_one() {
        let code = |province: &str, city: &str| Province::of_address(province, city).map(Province::code);
        assert_eq!(code("广西壮族自治区", "南宁市"), Some(45));
        assert_eq!(code("", "上海市"), Some(31));
        assert_eq!(code("", "海南藏族自治州"), None);
        assert_eq!(code("不详", "上海市"), None);
    }
}
