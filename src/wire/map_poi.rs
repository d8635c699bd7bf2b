//! Points on Tencent's map: searching them (section 6 of the API document) and having one made (section 7). Both POST; neither
//! section has an error table.
//!
//! Where the document contradicts itself: `districtid` is a number in section 6 and a text in section 7, and is sent as each
//! section's sample has it; section 7 calls latitude 经度 (longitude) and the other way round in the table of its event, but
//! neither in its request nor in real events, so that `longitude` is east and `latitude` north here.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::rule::{Misfit, RuleError, Rules, text_at, texts_at};
use super::{Endpoint, json};
use crate::store::MapPoiId;
use crate::words;

/// The request of `wxa/search_map_poi` (section 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// A place of `get_district`: six digits.
    pub districtid: String,
    /// What to look for: a name, a part of an address.
    pub keyword: String,
}

impl Search {
    /// Holds it against the document.
    ///
    /// # Errors
    ///
    /// Every rule that it breaks.
    pub fn check(&self) -> Result<(), Vec<RuleError>> {
        let mut rules = Rules::of(Endpoint::SearchMapPoi);
        check_districtid(&self.districtid, &mut rules);
        rules.required("keyword", &self.keyword);
        rules.end()
    }

    /// The body; `districtid` is a number, as in the section's sample.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({"districtid": self.districtid.parse::<u32>().unwrap_or_default(), "keyword": self.keyword})
    }
}

fn check_districtid(districtid: &str, rules: &mut Rules) {
    if districtid.len() != 6 || !districtid.bytes().all(|b| b.is_ascii_digit()) || districtid.starts_with('0') {
        rules.no(
            "districtid",
            words!(
                "{districtid:?} is no id of a district, which has six digits: poilift map districts lists them";
                "{districtid:?} 不是区域 id（6 位数字）：可用 poilift map districts 查询"
            ),
        );
    }
}

/// One point that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MapPoi {
    /// `sosomap_poi_uid`: what `add_store` wants as `map_poi_id`.
    pub map_poi_id: MapPoiId,
    /// `branch_name`.
    pub name: String,
    /// The whole address.
    pub address: String,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// As the map has it, without white space around it.
    pub telephone: String,
    /// `运动健身:健身中心`.
    pub category: String,
    /// Pictures that the map has.
    pub pic_urls: Vec<String>,
    /// Cards of the point.
    pub card_ids: Vec<String>,
}

impl MapPoi {
    fn from_value(item: &Value) -> Result<Self, Misfit> {
        let id = item.get("sosomap_poi_uid").and_then(json::text).as_deref().and_then(MapPoiId::new);
        let degrees = |key: &str| item.get(key).and_then(json::decimal);
        Ok(Self {
            map_poi_id: id.ok_or_else(|| Misfit::no("sosomap_poi_uid in data.item"))?,
            name: text_at(item, "branch_name"),
            address: text_at(item, "address"),
            latitude: degrees("latitude"),
            longitude: degrees("longitude"),
            telephone: text_at(item, "telephone").trim().to_owned(),
            category: text_at(item, "category"),
            pic_urls: texts_at(item, "pic_urls"),
            card_ids: texts_at(item, "card_id_list"),
        })
    }
}

/// The points that were found; an empty list is common for places that exist.
///
/// # Errors
///
/// What of the answer is not as documented.
pub fn found(answer: &Value) -> Result<Vec<MapPoi>, Misfit> {
    let data = answer.get("data").ok_or_else(|| Misfit::no("data"))?;
    match data.get("item") {
        Some(Value::Array(items)) => items.iter().map(MapPoi::from_value).collect(),
        None | Some(Value::Null) if data.is_object() => Ok(Vec::new()),
        _ => Err(Misfit::no("data.item")),
    }
}

/// The request of `wxa/create_map_poi` (section 7). The map reviews it within 3 working days and tells by an event push.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Creation {
    /// The place's name.
    pub name: String,
    /// Degrees east, as decimal text.
    pub longitude: String,
    /// Degrees north, as decimal text.
    pub latitude: String,
    /// The whole name of the province.
    pub province: String,
    /// The whole name of the city.
    pub city: String,
    /// The whole name of the district.
    pub district: String,
    /// The address within it.
    pub address: String,
    /// `美食:中餐厅`, an ASCII colon between the two.
    pub category: String,
    /// One telephone number or several, an ASCII semicolon between them.
    pub telephone: String,
    /// A picture's URL, of `media/uploadimg`.
    pub photo: String,
    /// The business licence's URL, of `media/uploadimg`.
    pub license: String,
    /// The introduction.
    pub introduct: String,
    /// The district's id, of `get_district`.
    pub districtid: String,
    /// In a migration, and only there: the `poi_id` of the old store management (9 digits).
    pub poi_id: Option<String>,
}

impl Creation {
    /// Holds it against the document.
    ///
    /// # Errors
    ///
    /// Every rule that it breaks.
    pub fn check(&self) -> Result<(), Vec<RuleError>> {
        let mut rules = Rules::of(Endpoint::CreateMapPoi);
        for (field, value) in [
            ("name", &self.name),
            ("province", &self.province),
            ("city", &self.city),
            ("district", &self.district),
            ("address", &self.address),
            ("introduct", &self.introduct),
        ] {
            rules.required(field, value);
        }
        self.check_location(&mut rules);
        self.check_category(&mut rules);
        self.check_telephone(&mut rules);
        for (field, value) in [("photo", &self.photo), ("license", &self.license)] {
            if !value.starts_with("http://") && !value.starts_with("https://") {
                rules.no(
                    field,
                    words!("{value:?} is no URL: poilift media upload FILE gives one"; "{value:?} 不是图片地址：请用 poilift media upload FILE 上传获取"),
                );
            }
        }
        check_districtid(&self.districtid, &mut rules);
        self.check_poi_id(&mut rules);
        rules.end()
    }

    fn check_location(&self, rules: &mut Rules) {
        let degrees = |text: &str| text.parse::<f64>().ok().filter(|degrees| degrees.is_finite());
        let (east, north) = (degrees(&self.longitude), degrees(&self.latitude));
        for (field, value, most, found) in
            [("longitude", &self.longitude, 180.0, east), ("latitude", &self.latitude, 90.0, north)]
        {
            if found.is_none_or(|degrees| degrees.abs() > most) {
                rules.no(
                    field,
                    words!("{value:?} is no number of degrees up to {most}"; "{value:?} 不是 {most} 以内的度数"),
                );
            }
        }
        // Only the other way round would they lie in China.
        if let (Some(east), Some(north)) = (east, north)
            && (73.0..=136.0).contains(&north)
            && (3.0..=54.0).contains(&east)
        {
            rules.no(
                "latitude",
                words!(
                    "{north} north and {east} east look exchanged: longitude is the larger number everywhere in China";
                    "纬度 {north}、经度 {east} 疑似填反：国内经度均大于纬度"
                ),
            );
        }
    }

    fn check_category(&self, rules: &mut Rules) {
        let value = &self.category;
        let parts: Vec<&str> = value.split(':').collect();
        if parts.len() != 2 || parts.iter().any(|part| part.trim().is_empty()) {
            rules.no(
                "category",
                words!(
                    "{value:?} is not two categories with an ASCII colon between them, such as 美食:中餐厅";
                    "{value:?} 不是以英文冒号分隔的两级类目，例如 美食:中餐厅"
                ),
            );
        }
    }

    fn check_telephone(&self, rules: &mut Rules) {
        let value = &self.telephone;
        let is_number = |number: &str| {
            let digits = number.bytes().filter(u8::is_ascii_digit).count();
            digits >= 3 && number.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ' ' | '+'))
        };
        if !value.split(';').all(|number| is_number(number.trim())) {
            rules.no(
                "telephone",
                words!(
                    "{value:?} is not one telephone number, or several with ASCII semicolons between them";
                    "{value:?} 不是电话号码；多个号码请用英文分号间隔"
                ),
            );
        }
    }

    fn check_poi_id(&self, rules: &mut Rules) {
        /// The old store management's ids have 9 digits in every example; the map's have 19.
        const DIGITS_MAX: usize = 12;
        let Some(value) = &self.poi_id else { return };
        let decimal = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) && !value.starts_with('0');
        if !decimal {
            rules.no(
                "poi_id",
                words!("{value:?} is no poi_id, which is decimal digits"; "{value:?} 不是 poi_id（十进制数字）"),
            );
        } else if value.len() > DIGITS_MAX {
            let digits = value.len();
            rules.no(
                "poi_id",
                words!(
                    "{value} has {digits} digits and looks like a map_poi_id: this is the 9-digit poi_id of the old store management, which the platform refuses a map_poi_id for (47001)";
                    "{value} 有 {digits} 位，疑似 map_poi_id：此处应填旧门店管理的 poi_id（9 位），误填会被平台拒绝（47001）"
                ),
            );
        }
    }

    /// The body: all values are text, as in the document's sample; `poi_id` only in a migration.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = Map::new();
        for (key, value) in [
            ("name", &self.name),
            ("longitude", &self.longitude),
            ("latitude", &self.latitude),
            ("province", &self.province),
            ("city", &self.city),
            ("district", &self.district),
            ("address", &self.address),
            ("category", &self.category),
            ("telephone", &self.telephone),
            ("photo", &self.photo),
            ("license", &self.license),
            ("introduct", &self.introduct),
            ("districtid", &self.districtid),
        ] {
            body.insert(key.to_owned(), Value::String(value.clone()));
        }
        if let Some(poi_id) = &self.poi_id {
            body.insert("poi_id".to_owned(), Value::String(poi_id.clone()));
        }
        Value::Object(body)
    }
}

/// What `create_map_poi` accepted: a point in review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Created {
    /// The `audit_id` of the event that tells of the review's end.
    pub base_id: String,
    /// Which the document shows and does not explain; absent in newer answers.
    pub rich_id: Option<String>,
}

/// The answer of `create_map_poi`, which has a shape of its own: `{"error": null, "data": {"base_id", "rich_id"}}`, without an
/// errcode. `Ok(Err(words))` is a refusal.
///
/// # Errors
///
/// Neither of the two: nobody knows what was done.
pub fn created(answer: &Value) -> Result<Result<Created, String>, Misfit> {
    match answer.get("error") {
        None | Some(Value::Null | Value::Bool(false)) => {}
        Some(Value::String(words)) if words.trim().is_empty() => {}
        Some(error) => return Ok(Err(json::text(error).unwrap_or_else(|| error.to_string()))),
    }
    let data = answer.get("data").ok_or_else(|| Misfit::no("data"))?;
    let base_id = data.get("base_id").and_then(json::text).filter(|id| !id.is_empty() && id != "0");
    let base_id = base_id.ok_or_else(|| Misfit::no("data.base_id"))?;
    Ok(Ok(Created { base_id, rich_id: data.get("rich_id").and_then(json::text) }))
}

#[cfg(test)]
#[path = "map_poi_tests.rs"]
mod tests;
