//! Provinces, cities and districts as Tencent's map knows them (section 5 of the API document; GET; no error table).
//!
//! The answer has neither `errcode` nor `errmsg`, but `status` (0 is success) and `message`. Its `result` is three lists, one a
//! level. `cidx` of a place is where the places below it stand in the next list, first and last, both included; a place
//! without `cidx` has none below it. The document does not say that the last is included: that the ids' first digits agree
//! (44 of a province, 4401 of a city) is checked at every use, and a range where they do not is told, not used.

use serde::Serialize;
use serde_json::Value;

use super::json;
use super::rule::{Misfit, text_at, texts_at};
use crate::store::Words;
use crate::words;

/// How many levels there are at most: provinces, cities, districts.
pub const LEVELS_MAX: usize = 3;

/// One place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct District {
    /// `districtid` of `search_map_poi` and `create_map_poi`: six digits.
    pub id: String,
    /// The short name; the third level has none.
    pub name: String,
    /// The whole name, as addresses have it.
    pub fullname: String,
    /// The short name's syllables.
    pub pinyin: Vec<String>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Where the places below it stand in the next level: first and last, both included.
    pub cidx: Option<(usize, usize)>,
}

/// The answer of `wxa/get_district`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Districts {
    /// The date of the data, `20170510`.
    pub data_version: String,
    /// Provinces, cities, districts.
    pub levels: Vec<Vec<District>>,
}

/// Why the places below a place are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The range ends before it begins, or outside the next level.
    Outside,
    /// A place in the range has an id that does not begin as it should.
    Stranger,
}

impl District {
    fn from_value(place: &Value) -> Result<Self, Misfit> {
        let id = text_at(place, "id");
        if id.is_empty() {
            return Err(Misfit::no("id of a place in result"));
        }
        let degrees = |key: &str| place.get("location").and_then(|location| location.get(key)).and_then(json::decimal);
        Ok(Self {
            name: text_at(place, "name"),
            fullname: text_at(place, "fullname"),
            pinyin: texts_at(place, "pinyin"),
            latitude: degrees("lat"),
            longitude: degrees("lng"),
            cidx: cidx(place.get("cidx")).ok_or_else(|| Misfit::no(&format!("cidx of place {id}")))?,
            id,
        })
    }

    /// Whether the place's name or id is, or has in it, what a person typed.
    #[must_use]
    pub fn is_called(&self, text: &str) -> bool {
        self.id == text || self.fullname.contains(text) || (!self.name.is_empty() && self.name == text)
    }
}

/// Absent and null are no range; anything but two whole numbers is none that could be read.
#[expect(clippy::option_option, reason = "no range and an unreadable one are two things")]
fn cidx(value: Option<&Value>) -> Option<Option<(usize, usize)>> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Some(None) };
    let numbers: Vec<usize> =
        value.as_array()?.iter().filter_map(json::integer).filter_map(|n| n.try_into().ok()).collect();
    match numbers[..] {
        [] => Some(None),
        [first, last] => Some(Some((first, last))),
        _ => None,
    }
}

impl Districts {
    /// Takes the answer apart.
    ///
    /// # Errors
    ///
    /// What of it is not as documented; a `status` other than 0 with the platform's words.
    pub fn from_value(answer: &Value) -> Result<Self, Misfit> {
        match answer.get("status").and_then(json::integer) {
            None | Some(0) => {}
            Some(status) => return Err(Misfit::new(format!("status {status}, {}", text_at(answer, "message")))),
        }
        let levels = answer.get("result").and_then(Value::as_array).ok_or_else(|| Misfit::no("result"))?;
        if levels.is_empty() || levels.len() > LEVELS_MAX {
            return Err(Misfit::new(format!("{} levels in result", levels.len())));
        }
        let level = |level: &Value| {
            let places = level.as_array().ok_or_else(|| Misfit::no("level of result"))?;
            places.iter().map(District::from_value).collect::<Result<Vec<_>, _>>()
        };
        let levels = levels.iter().map(level).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { data_version: text_at(answer, "data_version"), levels })
    }

    /// The place with this id, and its level from 0 on.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<(usize, &District)> {
        let levels = self.levels.iter().enumerate();
        levels.flat_map(|(n, level)| level.iter().map(move |place| (n, place))).find(|(_, place)| place.id == id)
    }

    /// The places below a place of this level; none below one without a range.
    ///
    /// # Errors
    ///
    /// A range that cannot be meant.
    pub fn below(&self, level: usize, place: &District) -> Result<&[District], Doubt> {
        let Some((first, last)) = place.cidx else { return Ok(&[]) };
        let next = self.levels.get(level + 1).map_or(&[][..], Vec::as_slice);
        let range = next.get(first..=last).filter(|range| !range.is_empty()).ok_or(Doubt::Outside)?;
        // 440000 has 44…, 440100 has 4401…; the first digits are the place's own.
        let digits = 2 * (level + 1);
        let prefix = place.id.get(..digits).ok_or(Doubt::Stranger)?;
        if range.iter().all(|below| below.id.starts_with(prefix)) { Ok(range) } else { Err(Doubt::Stranger) }
    }

    /// The whole names of the places above a place of this level, `广东省广州市`; empty where nobody knows them.
    #[must_use]
    pub fn above(&self, level: usize, place: &District) -> String {
        let Some(upper) = level.checked_sub(1) else { return String::new() };
        let holds = |above: &&District| {
            self.below(upper, above).is_ok_and(|below| below.iter().any(|below| below.id == place.id))
        };
        let parent = self.levels.get(upper).and_then(|level| level.iter().find(holds));
        parent.map(|parent| format!("{}{}", self.above(upper, parent), parent.fullname)).unwrap_or_default()
    }

    /// Every place whose range cannot be meant, in words.
    #[must_use]
    pub fn doubts(&self) -> Vec<Words> {
        let places = self.levels.iter().enumerate().flat_map(|(n, level)| level.iter().map(move |place| (n, place)));
        places.filter_map(|(n, place)| self.below(n, place).err().map(|doubt| doubt_words(place, doubt))).collect()
    }
}

fn doubt_words(place: &District, doubt: Doubt) -> Words {
    let District { id, fullname, cidx, .. } = place;
    let (first, last) = cidx.unwrap_or_default();
    match doubt {
        Doubt::Outside => words!(
            "{id} {fullname}: its cidx {first} to {last} is not in the next level, so that what is below it is not known";
            "{id} {fullname}：cidx {first}~{last} 超出下一级列表，无法得知其下级"
        ),
        Doubt::Stranger => words!(
            "{id} {fullname}: its cidx {first} to {last} has places of another one in it, so that what is below it is not known";
            "{id} {fullname}：cidx {first}~{last} 中含有其他地区，无法得知其下级"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::document::sample;
    use serde_json::json;

    fn districts(second: &Value) -> Districts {
        Districts::from_value(&json!({"status": 0, "message": "query ok", "result": [
            [{"id": 440_000, "name": "广东", "fullname": "广东省", "location": {"lat": "23.1", "lng": 113.2}, "cidx": second}],
            [{"id": "440100", "name": "广州", "fullname": "广州市", "cidx": [0, 1]},
             {"id": "441900", "name": "东莞", "fullname": "东莞市"},
             {"id": "450100", "name": "南宁", "fullname": "南宁市"}],
            [{"id": "440105", "fullname": "海珠区"}, {"id": "440106", "fullname": "天河区"}],
        ]}))
        .unwrap()
    }

    #[test]
    fn the_documents_example_is_read_and_its_cut_ranges_are_told() {
        let read = Districts::from_value(&sample("get_district.json")).unwrap();
        assert_eq!(read.data_version, "20170510");
        assert_eq!(read.levels.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 2]);
        let (level, guangdong) = read.find("440000").unwrap();
        assert_eq!((level, guangdong.fullname.as_str(), guangdong.cidx), (0, "广东省", Some((246, 266))));
        assert_eq!(guangdong.longitude, Some(113.26627));
        assert_eq!(read.below(0, guangdong), Err(Doubt::Outside));
        assert_eq!(read.doubts().len(), 2);
    }

    #[test]
    fn a_range_holds_its_last_place_too() {
        let read = districts(&json!([0, 1]));
        let below = |id: &str| {
            let (level, place) = read.find(id).unwrap();
            read.below(level, place).unwrap().iter().map(|place| place.id.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(below("440000"), ["440100", "441900"]);
        assert_eq!(below("440100"), ["440105", "440106"]);
        assert!(read.doubts().is_empty());
        let (level, haizhu) = read.find("440105").unwrap();
        assert_eq!(read.above(level, haizhu), "广东省广州市");
    }

    #[test]
    fn a_place_without_a_third_level_has_nothing_below_it() {
        let read = districts(&json!([0, 1]));
        let (level, dongguan) = read.find("441900").unwrap();
        assert_eq!(read.below(level, dongguan), Ok(&[][..]));
    }

    #[test]
    fn a_range_that_reaches_another_provinces_city_is_told_and_not_used() {
        for (range, doubt) in
            [(json!([0, 2]), Doubt::Stranger), (json!([1, 7]), Doubt::Outside), (json!([1, 0]), Doubt::Outside)]
        {
            let read = districts(&range);
            let (level, guangdong) = read.find("440000").unwrap();
            assert_eq!(read.below(level, guangdong), Err(doubt), "{range}");
            assert!(read.doubts()[0].en.starts_with("440000 广东省: its cidx"));
        }
    }

    #[test]
    fn a_status_that_is_no_success_is_told_with_its_words() {
        let misfit = Districts::from_value(&json!({"status": 311, "message": "key格式错误"})).unwrap_err();
        assert_eq!(misfit.to_string(), "status 311, key格式错误");
        assert!(Districts::from_value(&json!({"errcode": 0})).is_err());
        assert!(Districts::from_value(&json!({"status": 0, "result": [[{"id": "1", "cidx": [1]}]]})).is_err());
    }
}
