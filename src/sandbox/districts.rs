//! Provinces, cities and districts as `get_district` lists them (section 5), and where a store's words put it. Codes and
//! names are those of the national standard (GB/T 2260); the locations are made up around each province's capital.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Value, json};

/// One place a line; the deeper it is indented the lower its level. `code full-name [short-name pinyin…]`.
const PLACES: &str = include_str!("districts.txt");

/// Latitude and longitude of the provinces' capitals, by the first two digits of the code.
const CAPITALS: [(&str, f64, f64); 34] = [
    ("11", 39.90, 116.40),
    ("12", 39.13, 117.20),
    ("13", 38.04, 114.51),
    ("14", 37.87, 112.55),
    ("15", 40.84, 111.75),
    ("21", 41.80, 123.43),
    ("22", 43.88, 125.32),
    ("23", 45.75, 126.65),
    ("31", 31.23, 121.47),
    ("32", 32.06, 118.80),
    ("33", 30.27, 120.15),
    ("34", 31.82, 117.23),
    ("35", 26.07, 119.30),
    ("36", 28.68, 115.86),
    ("37", 36.65, 117.12),
    ("41", 34.75, 113.62),
    ("42", 30.59, 114.30),
    ("43", 28.23, 112.94),
    ("44", 23.13, 113.26),
    ("45", 22.82, 108.37),
    ("46", 20.04, 110.20),
    ("50", 29.56, 106.55),
    ("51", 30.57, 104.07),
    ("52", 26.65, 106.63),
    ("53", 25.04, 102.71),
    ("54", 29.65, 91.14),
    ("61", 34.34, 108.94),
    ("62", 36.06, 103.83),
    ("63", 36.62, 101.78),
    ("64", 38.49, 106.23),
    ("65", 43.83, 87.62),
    ("71", 25.03, 121.57),
    ("81", 22.32, 114.17),
    ("82", 22.20, 113.54),
];

/// One place.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its code, which is its `districtid`.
    pub id: &'static str,
    /// Its full name.
    pub fullname: &'static str,
    /// Its short name; districts have none.
    name: Option<&'static str>,
    pinyin: Vec<&'static str>,
    /// The places right above and below it.
    above: Option<usize>,
    below: Vec<usize>,
    level: usize,
}

/// All places, in the order of the list.
#[derive(Debug, Default)]
pub struct Districts {
    places: Vec<Place>,
    by_id: HashMap<&'static str, usize>,
    by_name: HashMap<&'static str, Vec<usize>>,
}

/// The list, read once.
pub static DISTRICTS: LazyLock<Districts> = LazyLock::new(Districts::read);

impl Districts {
    fn read() -> Self {
        let mut districts = Self::default();
        let mut above = [None; 3];
        for line in PLACES.lines() {
            let level = line.len() - line.trim_start().len();
            let mut words = line.split_whitespace();
            let (Some(id), Some(fullname)) = (words.next(), words.next()) else { continue };
            let (name, pinyin) = (words.next(), words.collect());
            let at = districts.places.len();
            let father = level.checked_sub(1).and_then(|above_level| above[above_level]);
            if let Some(father) = father {
                let father: &mut Place = &mut districts.places[father];
                father.below.push(at);
            }
            above[level] = Some(at);
            districts.by_id.insert(id, at);
            for key in [Some(fullname), name].into_iter().flatten() {
                districts.by_name.entry(key).or_default().push(at);
            }
            districts.places.push(Place { id, fullname, name, pinyin, above: father, below: Vec::new(), level });
        }
        districts
    }

    /// Whether there is a place with this id.
    pub fn has(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// The id of the narrowest place that these names mean; `None` if they mean none, or two.
    pub fn find(&self, province: &str, city: &str, district: &str) -> Option<&'static str> {
        let names = [province, city, district];
        [district, city, province].into_iter().find_map(|name| {
            let found = self.by_name.get(name.trim())?;
            let fits = |at: &&usize| self.ancestors(**at).filter(|above| names.contains(&above.fullname)).count();
            let best = found.iter().map(|at| fits(&at)).max()?;
            let mut best = found.iter().filter(|at| fits(at) == best);
            match (best.next(), best.next()) {
                (Some(at), None) => Some(self.places[*at].id),
                // A city and a district, or a province and its only city, of the same name: the narrower one.
                (Some(at), Some(below)) if self.ancestors(*below).any(|a| a.id == self.places[*at].id) => {
                    Some(self.places[*below].id)
                }
                _ => None,
            }
        })
    }

    fn ancestors(&self, at: usize) -> impl Iterator<Item = &Place> {
        std::iter::successors(self.places[at].above, |above| self.places[*above].above).map(|at| &self.places[at])
    }

    /// The place with this id and all below it.
    pub fn within(&self, id: &str) -> Vec<&'static str> {
        let mut ids = Vec::new();
        let mut open: Vec<usize> = self.by_id.get(id).copied().into_iter().collect();
        while let Some(at) = open.pop() {
            ids.push(self.places[at].id);
            open.extend(&self.places[at].below);
        }
        ids
    }

    /// Latitude and longitude of a place: made up, but always the same, and in its province.
    pub fn location(id: &str) -> Option<(f64, f64)> {
        let (_, lat, lng) = CAPITALS.into_iter().find(|(code, ..)| id.starts_with(code))?;
        let step = |digits: &str| digits.parse::<f64>().unwrap_or(0.0) / 100.0;
        let round = |degrees: f64| (degrees * 1e5).round() / 1e5;
        Some((round(lat + step(&id[2..4])), round(lng + step(&id[4..6]))))
    }

    /// `get_district`'s answer: three lists, in which `cidx` names the first and the last below in the next list.
    pub fn answer(&self) -> Value {
        let levels: Vec<Value> = (0..3).map(|level| Value::Array(self.level(level))).collect();
        json!({"status": 0, "message": "query ok", "data_version": "20170510", "result": levels})
    }

    fn level(&self, level: usize) -> Vec<Value> {
        let (mut next, mut list) = (0, Vec::new());
        for place in self.places.iter().filter(|place| place.level == level) {
            let (lat, lng) = Self::location(place.id).unwrap_or_default();
            let mut entry = json!({"id": place.id});
            if let Some(name) = place.name {
                entry["name"] = json!(name);
            }
            entry["fullname"] = json!(place.fullname);
            if !place.pinyin.is_empty() {
                entry["pinyin"] = json!(place.pinyin);
            }
            entry["location"] = json!({"lat": lat, "lng": lng});
            if !place.below.is_empty() {
                // Both ends belong to it.
                entry["cidx"] = json!([next, next + place.below.len() - 1]);
                next += place.below.len();
            }
            list.push(entry);
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_range_holds_exactly_the_places_below() {
        let answer = DISTRICTS.answer();
        let result = answer["result"].as_array().unwrap();
        assert_eq!(result.len(), 3);
        for (level, digits) in [(0, 2), (1, 4)] {
            let below = result[level + 1].as_array().unwrap();
            let mut seen = 0;
            for place in result[level].as_array().unwrap() {
                let Some(cidx) = place["cidx"].as_array() else { continue };
                let end = |n: usize| usize::try_from(cidx[n].as_u64().unwrap()).unwrap();
                let (from, to) = (end(0), end(1));
                assert_eq!(from, seen, "{place}");
                let prefix = &place["id"].as_str().unwrap()[..digits];
                assert!(below[from..=to].iter().all(|b| b["id"].as_str().unwrap().starts_with(prefix)), "{place}");
                seen = to + 1;
            }
            assert_eq!(seen, below.len());
        }
    }

    #[test]
    fn a_municipality_has_its_districts_on_the_second_level_and_some_cities_have_no_third() {
        let answer = DISTRICTS.answer();
        let second = answer["result"][1].as_array().unwrap();
        for id in ["110101", "441900"] {
            let place = second.iter().find(|place| place["id"] == id).unwrap();
            assert_eq!(place.get("cidx"), None, "{id}");
        }
    }

    #[test]
    fn a_stores_words_find_its_place() {
        let find = |province, city, district| DISTRICTS.find(province, city, district);
        assert_eq!(find("广东省", "广州市", "海珠区"), Some("440105"));
        assert_eq!(find("北京市", "北京市", "朝阳区"), Some("110105"));
        assert_eq!(find("吉林省", "长春市", "朝阳区"), Some("220104"));
        assert_eq!(find("", "", "朝阳区"), None, "there are two");
        assert_eq!(find("广东省", "东莞市", "某镇"), Some("441900"));
        assert_eq!(find("黑龙江省", "哈尔滨市", ""), Some("230100"));
        assert_eq!(find("火星", "", ""), None);
        assert!(DISTRICTS.within("440100").contains(&"440105") && !DISTRICTS.within("440100").contains(&"440305"));
    }
}
