//! Tencent's map: the points that are on it, searched (section 6), and those that somebody asks for (section 7).
//!
//! A loaded store stands on the map under its `mapid`, or one made for it; one in five stands nowhere, because the real
//! search also finds nothing for places that exist. Beside them there are a few others, and whatever was created here.

use serde::{Deserialize, Serialize};
use serde_json::{Map as Form, Value, json};

use super::answer::Refusal;
use super::book::{Known, Store, named_poi_id};
use super::districts::{DISTRICTS, Districts};
use super::effect::Effect;
use super::form::{decimal, text};
use super::platform::Platform;
use crate::wire::json;

/// The most points that a search answers with.
const FOUND_MAX: usize = 20;

/// The ids of requests for a point begin here; they are the `audit_id` of the event.
const BASE_ID_FIRST: u64 = 42_160;
const RICH_ID_FIRST: u64 = 42_010;

/// A store number of the old store management never has so many digits; a point on the map always has.
const MAP_ID_DIGITS: usize = 19;

/// What a request for a point must say (section 7), beside its latitude and longitude.
const REQUIRED: [&str; 11] = [
    "name",
    "province",
    "city",
    "district",
    "address",
    "category",
    "telephone",
    "photo",
    "license",
    "introduct",
    "districtid",
];

/// Places that belong to nobody's account: name, address, district, category.
const OTHERS: [(&str, &str, &str, &str); 6] = [
    ("晨光健身工厂", "广东省广州市海珠区怡安路172号二层", "440105", "运动健身:健身中心"),
    ("蓝莓咖啡馆", "广东省广州市天河区体育西路9号", "440106", "美食:咖啡厅"),
    ("老街面馆", "北京市东城区东四北大街21号", "110101", "美食:中餐厅"),
    ("江畔书店", "上海市黄浦区福州路401号", "310101", "购物:书店"),
    ("橘子便利店", "浙江省杭州市西湖区文三路77号", "330106", "购物:便利店"),
    ("锦里茶楼", "四川省成都市武侯区武侯祠大街8号", "510107", "美食:茶馆"),
];

/// A point on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Its id: 19 digits.
    pub map_poi_id: String,
    /// What stands there.
    pub name: String,
    /// Where.
    pub address: String,
    /// Its district.
    pub districtid: String,
    /// Latitude.
    pub latitude: f64,
    /// Longitude.
    pub longitude: f64,
    /// Telephones, joined by `;`.
    pub telephone: String,
    /// What it is.
    pub category: String,
    /// Province, city and district in words.
    pub region: [String; 3],
}

/// A request for a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// Its number.
    pub base_id: u64,
    /// When its review ends.
    pub until: i64,
    /// Why it fails; absent: the point comes to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The point.
    pub point: Point,
}

/// The points that were asked for.
#[derive(Debug, Clone, Default)]
pub struct Map {
    wanted: Vec<Wanted>,
}

impl Map {
    /// A point was asked for.
    pub fn ask(&mut self, wanted: Wanted) {
        self.wanted.push(wanted);
    }

    /// All that was asked for, for the state file and the page.
    pub fn all(&self) -> &[Wanted] {
        &self.wanted
    }

    fn made(&self, now: i64) -> impl Iterator<Item = &Point> {
        self.wanted.iter().filter(move |w| w.failure.is_none() && now >= w.until).map(|wanted| &wanted.point)
    }
}

impl Platform {
    /// `wxa/search_map_poi` (section 6).
    pub(super) fn search_map_poi(&self, now: i64, form: &Form<String, Value>) -> Result<Value, Refusal> {
        let (districtid, keyword) = (text(form, "districtid"), text(form, "keyword"));
        if keyword.is_empty() || !DISTRICTS.has(&districtid) {
            return Err(Refusal::of(40097));
        }
        let within = DISTRICTS.within(&districtid);
        let matches = |point: &Point| point.name.contains(&keyword) || point.address.contains(&keyword);
        let near = |point: &Point| within.contains(&point.districtid.as_str());
        let stores = within.iter().flat_map(|id| self.book.in_district(id)).filter_map(|store| self.point_of(store));
        let points = stores.chain(self.other_points()).chain(self.map.made(now).cloned());
        let items: Vec<Value> =
            points.filter(|point| near(point) && matches(point)).take(FOUND_MAX).map(|point| item(&point)).collect();
        Ok(json!({"errcode": 0, "errmsg": "ok", "data": {"item": items}}))
    }

    /// `wxa/create_map_poi` (section 7). The answer has no errcode.
    pub(super) fn create_map_poi(&self, now: i64, form: &Form<String, Value>) -> Result<(Effect, Value), Refusal> {
        self.check_migration(form)?;
        let point = self.wanted_point(form)?;
        let base_id = BASE_ID_FIRST + self.map.wanted.len() as u64;
        let reviews = self.rules.reviews();
        let failure = reviews.verdict("map", &[&base_id.to_string()], &[&point.name, &point.address]);
        let rich_id = RICH_ID_FIRST + self.map.wanted.len() as u64;
        let answer = json!({"error": null, "data": {"base_id": base_id, "rich_id": rich_id}});
        Ok((Effect::PointWanted(Wanted { base_id, until: now + reviews.time_ms, failure, point }), answer))
    }

    /// `poi_id` is that of the old store management; the platform does not take a map id there for one.
    fn check_migration(&self, form: &Form<String, Value>) -> Result<(), Refusal> {
        match named_poi_id(form) {
            None => Ok(()),
            Some(id) if id.len() >= MAP_ID_DIGITS => Err(Refusal::of(47001)),
            Some(id) if matches!(self.book.find(&id), Known::Yes(_)) => Ok(()),
            Some(_) => Err(Refusal::of(65115)),
        }
    }

    fn wanted_point(&self, form: &Form<String, Value>) -> Result<Point, Refusal> {
        let field = |key: &str| text(form, key);
        let degrees = |key: &str, most: f64| decimal(form, key).filter(|degrees| degrees.abs() <= most);
        let is_url = |key: &str| field(key).starts_with("http");
        let complete = REQUIRED.iter().all(|key| !field(key).is_empty())
            && is_url("photo")
            && is_url("license")
            && field("telephone").split(';').all(is_telephone)
            && DISTRICTS.has(&field("districtid"));
        let place = degrees("latitude", 90.0).zip(degrees("longitude", 180.0)).filter(|_| complete);
        let (latitude, longitude) = place.ok_or(Refusal::of(40097))?;
        Ok(Point {
            map_poi_id: self.map_id("wanted", &self.map.wanted.len().to_string()),
            name: field("name"),
            address: field("address"),
            districtid: field("districtid"),
            latitude,
            longitude,
            telephone: field("telephone"),
            category: field("category"),
            region: ["province", "city", "district"].map(field),
        })
    }

    /// 19 digits, more than a double holds.
    fn map_id(&self, topic: &str, about: &str) -> String {
        let roll = self.rules.dice.roll(topic, &[about]) % 8_000_000_000_000_000_000;
        (1_000_000_000_000_000_000 + roll).to_string()
    }

    /// The id under which a loaded store stands on the map, if it does.
    fn map_id_of(&self, store: &Store) -> Option<String> {
        let mapid = store.record.get("mapid").and_then(json::text);
        let claimed = store.review.as_ref().map(|review| review.claim.map_poi_id.clone());
        let known = mapid.into_iter().chain(claimed).find(|id| id.len() >= MAP_ID_DIGITS);
        let absent = self.rules.dice.one_in(5, "off the map", &store.poi_id);
        known.or_else(|| (!absent).then(|| self.map_id("point", &store.poi_id)))
    }

    /// Where a loaded store stands, if it is on the map.
    fn point_of(&self, store: &Store) -> Option<Point> {
        let map_poi_id = self.map_id_of(store)?;
        let old = |key: &str| store.record.get(key).and_then(json::text).unwrap_or_default();
        let region = ["province", "city", "district"].map(old);
        let districtid = DISTRICTS.find(&region[0], &region[1], &region[2])?;
        let (latitude, longitude) = Districts::location(districtid)?;
        let degrees = |key: &str, made: f64| old(key).parse::<f64>().ok().filter(|d| *d != 0.0).unwrap_or(made);
        let branch = old("branch_name");
        let name = if branch.is_empty() { old("business_name") } else { format!("{}({branch})", old("business_name")) };
        Some(Point {
            map_poi_id,
            name,
            address: old("address"),
            districtid: districtid.to_owned(),
            latitude: degrees("latitude", latitude),
            longitude: degrees("longitude", longitude),
            telephone: old("telephone"),
            category: "购物:综合".to_owned(),
            region,
        })
    }

    fn other_points(&self) -> impl Iterator<Item = Point> {
        OTHERS.into_iter().map(|(name, address, districtid, category)| {
            let (latitude, longitude) = Districts::location(districtid).unwrap_or_default();
            Point {
                map_poi_id: self.map_id("other", name),
                name: name.to_owned(),
                address: address.to_owned(),
                districtid: districtid.to_owned(),
                latitude,
                longitude,
                telephone: String::new(),
                category: category.to_owned(),
                region: Default::default(),
            }
        })
    }

    /// The point with this id.
    fn point(&self, map_poi_id: &str, now: i64) -> Option<Point> {
        let is_it = |store: &&Store| !store.fresh && self.map_id_of(store).is_some_and(|id| id == map_poi_id);
        let stores = self.book.all().iter().filter(is_it).filter_map(|store| self.point_of(store));
        let mut points = self.map.made(now).cloned().chain(self.other_points()).chain(stores);
        points.find(|point| point.map_poi_id == map_poi_id)
    }

    /// 85055 for a point that was never given here, if the account takes no such ids.
    pub(super) fn known_point(&self, map_poi_id: &str, now: i64) -> Result<(), Refusal> {
        let known = self.rules.scenario.account.foreign_ids || self.point(map_poi_id, now).is_some();
        if known { Ok(()) } else { Err(Refusal::of(85055)) }
    }

    /// What a new store shows of the point that it stands on; nothing where the point was never given here, which is
    /// 85055 for an account that takes no such ids.
    pub(super) fn record_on_map(&self, map_poi_id: &str, now: i64) -> Result<Form<String, Value>, Refusal> {
        let Some(point) = self.point(map_poi_id, now) else {
            let foreign_ids = self.rules.scenario.account.foreign_ids;
            return if foreign_ids { Ok(Form::new()) } else { Err(Refusal::of(85055)) };
        };
        let [province, city, district] = point.region;
        let record = json!({
            "business_name": point.name, "branch_name": "", "address": point.address, "telephone": point.telephone,
            "province": province, "city": city, "district": district, "longitude": point.longitude,
            "latitude": point.latitude,
        });
        Ok(record.as_object().cloned().unwrap_or_default())
    }
}

fn is_telephone(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'-' || b == b' ')
}

fn item(point: &Point) -> Value {
    json!({
        "branch_name": point.name, "address": point.address, "longitude": point.longitude,
        "latitude": point.latitude, "telephone": point.telephone, "category": point.category,
        "sosomap_poi_uid": point.map_poi_id, "data_supply": 2, "pic_urls": [], "card_id_list": [],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bench::Bench;
    use crate::wire::poi::legacy_store;

    const SEARCH: &str = "/wxa/search_map_poi";
    const CREATE: &str = "/wxa/create_map_poi";

    fn wanted() -> Value {
        json!({
            "name": "海珠小店", "longitude": "113.323753357", "latitude": 23.097_490_310_7, "province": "广东省",
            "city": "广州市", "district": "海珠区", "address": "TIT", "category": "类目1:类目2",
            "telephone": "010-6666666-111; 010-6666666", "photo": "http://p", "license": "http://l", "introduct": "x",
            "districtid": "440105",
        })
    }

    fn found(bench: &mut Bench, now: i64, districtid: &Value, keyword: &str) -> Vec<String> {
        let answer = bench.ask(now, SEARCH, &json!({"districtid": districtid, "keyword": keyword}));
        let items = answer["data"]["item"].as_array().unwrap();
        items.iter().map(|item| item["sosomap_poi_uid"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn most_loaded_stores_are_on_the_map_and_some_are_not() {
        let mut bench = Bench::new("");
        let store = |n: u32| {
            let mapid = if n == 0 { "2880741500279549033" } else { "" };
            json!({"poi_id": (1000 + n).to_string(), "business_name": format!("第{n}分店"), "province": "广东省",
                "city": "广州市", "district": "海珠区", "mapid": mapid})
        };
        let stores: Vec<_> = (0..20).filter_map(|n| legacy_store(&store(n))).collect();
        bench.platform.load(&stores, 0);
        let ids = |bench: &mut Bench, n| found(bench, 0, &json!(440_105), &format!("第{n}分店"));
        assert_eq!(ids(&mut bench, 0), ["2880741500279549033"]);
        let on_map = (0..20).filter(|n| !ids(&mut bench, *n).is_empty()).count();
        assert!((10..20).contains(&on_map), "{on_map}");
        assert_eq!(found(&mut bench, 0, &json!("440100"), "分店").len(), on_map, "the city holds its districts");
        assert!(found(&mut bench, 0, &json!("440106"), "分店").is_empty());
    }

    #[test]
    fn a_search_needs_a_district_that_exists_and_a_word() {
        let mut bench = Bench::new("");
        for form in [json!({"districtid": "999999", "keyword": "x"}), json!({"districtid": 440_105, "keyword": ""})] {
            assert_eq!(bench.code(0, SEARCH, &form), 40097);
        }
        assert_eq!(found(&mut bench, 0, &json!(440_105), "健身").len(), 1);
    }

    #[test]
    fn a_point_that_was_asked_for_is_found_after_its_review() {
        let mut bench = Bench::new("review_fail_share = 0.0");
        let answer = bench.ask(0, CREATE, &wanted());
        assert_eq!(answer, json!({"error": null, "data": {"base_id": 42160, "rich_id": 42010}}));
        assert!(found(&mut bench, 1999, &json!(440_105), "海珠小店").is_empty());
        let ids = found(&mut bench, 2000, &json!(440_105), "海珠小店");
        assert_eq!(ids[0].len(), 19);
    }

    #[test]
    fn a_request_for_a_point_says_everything_and_names_a_store_by_its_old_id() {
        let mut bench = Bench::new("");
        let mut code = |key: &str, value: Value| {
            let mut form = wanted();
            form[key] = value;
            bench.code(0, CREATE, &form)
        };
        for key in REQUIRED.into_iter().chain(["latitude", "longitude"]) {
            assert_eq!(code(key, json!("")), 40097, "{key}");
        }
        assert_eq!([code("latitude", json!("91")), code("districtid", json!("999999"))], [40097, 40097]);
        assert_eq!([code("telephone", json!("a")), code("photo", json!("p.jpg"))], [40097, 40097]);
        assert_eq!(code("poi_id", json!("2880741500279549033")), 47001);
        assert_eq!([code("poi_id", json!("77")), code("poi_id", json!(1)), code("poi_id", json!(""))], [65115, 0, 0]);
    }
}
