//! The stores of the store mini-program: changing one (section 9 of the API document), reading one (10), listing them (11),
//! removing one (12). All POST. `add_store` (8) is [`store::Submission`](crate::store::Submission); its `audit_id` is read here.
//!
//! `poi_id` is here the id that the platform gave after the store's approval; it is sent as text.
//! Where the document contradicts itself: the sample of `update_store` carries a `map_poi_id` that its table does not know,
//! and it is sent only where a caller gives one; `base_info` may stand without its wrapper, and degrees may be text, as newer
//! pages of the platform have them.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::rule::{Misfit, RuleError, Rules, text_at};
use super::{Endpoint, card, json};
use crate::store::{MapPoiId, PoiId};
use crate::words;

/// As many stores as one call of `get_store_list` gives.
pub const LIST_LIMIT_MAX: u64 = 50;

/// What the platform makes of a limit of 0.
pub const LIST_LIMIT_OF_ZERO: u64 = 20;

/// The request of `wxa/update_store` (section 9): hours, telephone and pictures are all required, whatever is to change, and
/// the pictures replace all old ones; those that are new are reviewed.
///
/// Errcodes: -1, 40097, 65115 (no such store), 65118 (its state does not allow it), 85053.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The store.
    pub poi_id: PoiId,
    /// The point on the map; `None`: not sent.
    pub map_poi_id: Option<MapPoiId>,
    /// `HH:MM-HH:MM`.
    pub hour: String,
    /// One telephone number.
    pub contract_phone: String,
    /// URLs of the pictures, all of them.
    pub pictures: Vec<String>,
    /// A card's id; empty: unchanged.
    pub card_id: String,
}

impl Update {
    /// Holds it against the document.
    ///
    /// # Errors
    ///
    /// Every rule that it breaks.
    pub fn check(&self) -> Result<(), Vec<RuleError>> {
        let mut rules = Rules::of(Endpoint::UpdateStore);
        check_poi_id(&self.poi_id, &mut rules);
        if rules.required("hour", &self.hour) && !is_hour(&self.hour) {
            let hour = &self.hour;
            rules.no("hour", words!("{hour:?} is not HH:MM-HH:MM, such as 10:00-21:00"; "{hour:?} 不是 HH:MM-HH:MM 格式，例如 10:00-21:00"));
        }
        rules.required("contract_phone", &self.contract_phone);
        if self.pictures.is_empty() {
            rules.no(
                "pic_list",
                words!(
                    "is empty, and is required: what is not in it is thrown away by the platform";
                    "为空，此项必填：未列入的旧图片会被平台全部废弃"
                ),
            );
        }
        for picture in self.pictures.iter().filter(|picture| !picture.starts_with("http")) {
            rules.no("pic_list", words!("{picture:?} is no URL"; "{picture:?} 不是图片地址"));
        }
        if !self.card_id.is_empty() && !card::is_card_id(&self.card_id) {
            let card = &self.card_id;
            rules.no("card_id", words!("{card:?} is no card id"; "{card:?} 不是卡券 id"));
        }
        rules.end()
    }

    /// The body. `pic_list` is a JSON string that holds JSON; `card_id` is always there, for the table requires it.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = Map::new();
        let mut put = |key: &str, value: String| body.insert(key.to_owned(), Value::String(value));
        if let Some(map_poi_id) = &self.map_poi_id {
            put("map_poi_id", map_poi_id.to_string());
        }
        put("poi_id", self.poi_id.to_string());
        put("hour", self.hour.clone());
        put("contract_phone", self.contract_phone.clone());
        put("pic_list", json!({ "list": self.pictures }).to_string());
        put("card_id", self.card_id.clone());
        Value::Object(body)
    }
}

fn check_poi_id(poi_id: &PoiId, rules: &mut Rules) {
    if !poi_id.is_decimal() {
        rules.no(
            "poi_id",
            words!("{poi_id} is no poi_id, which is decimal digits"; "{poi_id} 不是 poi_id（十进制数字）"),
        );
    }
}

fn is_hour(text: &str) -> bool {
    let is_moment = |text: &str| {
        let parts = text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2);
        let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u8>().ok()).flatten();
        parts
            .and_then(|(hour, minute)| Some((number(hour)?, number(minute)?)))
            .is_some_and(|(hour, minute)| (hour < 24 && minute < 60) || (hour, minute) == (24, 0))
    };
    text.split_once('-').is_some_and(|(begin, end)| is_moment(begin) && is_moment(end))
}

/// What `update_store` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Updated {
    /// Whether it goes through a review; `None` if the answer does not say.
    pub is_reviewed: Option<bool>,
    /// The review's number.
    pub audit_id: Option<String>,
}

impl Updated {
    /// Takes a success apart; what it does not say is not known.
    #[must_use]
    pub fn from_value(answer: &Value) -> Self {
        let data = answer.get("data");
        let of = |key: &str| data.and_then(|data| data.get(key));
        Self {
            is_reviewed: of("has_audit_id").and_then(json::integer).map(|has| has != 0),
            audit_id: of("audit_id").and_then(json::text).filter(|id| !matches!(id.as_str(), "" | "0")),
        }
    }
}

/// Where a store of the store mini-program stands: sections 10 and 11.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreStatus {
    /// 1.
    Approved,
    /// 2.
    InReview,
    /// 3.
    Failed,
    /// Not in the answer.
    Absent,
    /// A value that the document does not know, as it came.
    Other(String),
}

impl StoreStatus {
    fn from_value(value: Option<&Value>) -> Self {
        let Some(value) = value.filter(|value| !value.is_null()) else { return Self::Absent };
        match json::text(value).unwrap_or_else(|| value.to_string()).trim() {
            "1" => Self::Approved,
            "2" => Self::InReview,
            "3" => Self::Failed,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The word in JSON; an unknown value is itself.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Approved => "approved",
            Self::InReview => "in_review",
            Self::Failed => "failed",
            Self::Absent => "absent",
            Self::Other(value) => value,
        }
    }
}

/// A store as `get_store_info` and `get_store_list` show it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreInfo {
    /// The id that was given after approval; a list may show a store without one.
    pub poi_id: Option<PoiId>,
    /// `business_name`.
    pub name: String,
    /// The province.
    pub province: String,
    /// The city.
    pub city: String,
    /// The district.
    pub district: String,
    /// The address.
    pub address: String,
    /// `telephone`: what `update_store` calls `contract_phone`.
    pub telephone: String,
    /// `open_time`: what `update_store` calls `hour`.
    pub open_time: String,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// URLs of its pictures.
    pub photos: Vec<String>,
    /// Where it stands.
    pub status: StoreStatus,
    /// `qualification_num`: what `add_store` calls `credential`.
    pub credential: String,
    /// `qualification_name`: the company.
    pub company: String,
    /// Everything that was answered of it.
    pub record: Map<String, Value>,
}

impl StoreInfo {
    /// The store in an element of `business_list`, or in `business`.
    ///
    /// # Errors
    ///
    /// It is no object, or has neither an id nor a name.
    pub fn from_value(element: &Value) -> Result<Self, Misfit> {
        let info = element.get("base_info").unwrap_or(element);
        let record = info.as_object().ok_or_else(|| Misfit::no("base_info"))?;
        let degrees = |key: &str| info.get(key).and_then(json::decimal);
        let store = Self {
            poi_id: PoiId::new(&text_at(info, "poi_id")),
            name: text_at(info, "business_name"),
            province: text_at(info, "province"),
            city: text_at(info, "city"),
            district: text_at(info, "district"),
            address: text_at(info, "address"),
            telephone: text_at(info, "telephone").trim().to_owned(),
            open_time: text_at(info, "open_time").trim().to_owned(),
            longitude: degrees("longitude"),
            latitude: degrees("latitude"),
            photos: photos(info.get("photo_list")),
            status: StoreStatus::from_value(info.get("status")),
            credential: text_at(info, "qualification_num"),
            company: text_at(info, "qualification_name"),
            record: record.clone(),
        };
        if store.poi_id.is_none() && store.name.is_empty() {
            return Err(Misfit::new("a store with neither poi_id nor business_name"));
        }
        Ok(store)
    }

    /// The store in the answer of `get_store_info`.
    ///
    /// # Errors
    ///
    /// There is none, or it is another one than was asked for: what it says is then nobody's.
    pub fn of_answer(answer: &Value, asked: &PoiId) -> Result<Self, Misfit> {
        let store = Self::from_value(answer.get("business").ok_or_else(|| Misfit::no("business"))?)?;
        match &store.poi_id {
            Some(shown) if shown != asked => Err(Misfit::new(format!("store {shown} where {asked} was asked for"))),
            _ => Ok(store),
        }
    }
}

fn photos(list: Option<&Value>) -> Vec<String> {
    let photos = list.and_then(Value::as_array).into_iter().flatten();
    let urls = photos.filter_map(|photo| json::text(photo.get("photo_url").unwrap_or(photo)));
    urls.filter(|url| !url.trim().is_empty()).collect()
}

/// The request of `get_store_info` and of `del_store`: both want the id alone, as text.
///
/// # Errors
///
/// An id that is none.
pub fn key_body(endpoint: Endpoint, poi_id: &PoiId) -> Result<Value, Vec<RuleError>> {
    let mut rules = Rules::of(endpoint);
    check_poi_id(poi_id, &mut rules);
    rules.end()?;
    Ok(json!({"poi_id": poi_id.as_str()}))
}

/// The request of `get_store_list` (section 11): from `offset` on (0 is the first store), at most 50; 0 means 20.
///
/// Errcodes: -1, 40097.
///
/// # Errors
///
/// A limit of more than 50.
pub fn list_body(offset: u64, limit: u64) -> Result<Value, Vec<RuleError>> {
    let mut rules = Rules::of(Endpoint::GetStoreList);
    if limit > LIST_LIMIT_MAX {
        rules
            .no("limit", words!("{limit} is more than 50 (0 means 20)"; "{limit} 超过最大值 50（0 按默认值 20 处理）"));
    }
    rules.end()?;
    Ok(json!({"offset": offset, "limit": limit}))
}

/// One page of `get_store_list`.
#[derive(Debug, Clone, PartialEq)]
pub struct StorePage {
    /// How many stores there are in all.
    pub total_count: Option<u64>,
    /// The page's.
    pub stores: Vec<StoreInfo>,
}

impl StorePage {
    /// Takes a page apart; an account without stores may be answered without a list.
    ///
    /// # Errors
    ///
    /// What of it is not as documented.
    pub fn from_value(answer: &Value) -> Result<Self, Misfit> {
        let total_count = answer.get("total_count").and_then(json::integer).and_then(|n| u64::try_from(n).ok());
        let stores = match answer.get("business_list") {
            Some(Value::Array(list)) => list.iter().map(StoreInfo::from_value).collect::<Result<Vec<_>, _>>()?,
            None | Some(Value::Null) if total_count == Some(0) => Vec::new(),
            _ => return Err(Misfit::no("business_list")),
        };
        Ok(Self { total_count, stores })
    }
}

#[cfg(test)]
#[path = "stores_tests.rs"]
mod tests;
