//! What `add_store` will say (section 8 of the API document), and where each value came from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Field, MapPoiId, Place, PoiId};

/// Where a value came from, in the order in which the first one found is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// `[override]` of the configuration.
    Override,
    /// A supplied cell.
    Supplement(Place),
    /// The old record.
    Record,
    /// `[defaults]` of the configuration.
    Defaults,
}

impl Origin {
    /// The key in JSON counts: `override`, `supplement`, `record`, `defaults`.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Supplement(_) => "supplement",
            Self::Record => "record",
            Self::Defaults => "defaults",
        }
    }
}

/// A complete `add_store`: every required value is there and has its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The legacy store; required in a migration (85054 otherwise), `None` for a new store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poi_id: Option<PoiId>,
    /// The point on Tencent's map.
    pub map_poi_id: MapPoiId,
    /// URLs of the pictures, at least one.
    pub pictures: Vec<String>,
    /// One telephone number.
    pub contract_phone: String,
    /// `HH:MM-HH:MM`.
    pub hour: String,
    /// Number of the business licence.
    pub credential: String,
    /// The company and the media ids that prove it, 1 to 5; only where it is not the account's own.
    pub company: Option<(String, Vec<String>)>,
    /// A card's id; empty for none.
    pub card_id: String,
    /// Where each value came from.
    pub origins: BTreeMap<Field, Origin>,
}

impl Submission {
    /// The request's body. `pic_list` is a JSON string that holds JSON; `card_id` is always there; `company_name` and
    /// `qualification_list` only together; media ids are joined by `|`.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = Map::new();
        let mut put = |key: &str, value: String| body.insert(key.to_owned(), Value::String(value));
        put("poi_id", self.poi_id.as_ref().map(ToString::to_string).unwrap_or_default());
        put("map_poi_id", self.map_poi_id.to_string());
        put("pic_list", serde_json::json!({ "list": self.pictures }).to_string());
        put("contract_phone", self.contract_phone.clone());
        put("hour", self.hour.clone());
        put("credential", self.credential.clone());
        if let Some((company_name, media_ids)) = &self.company {
            put("company_name", company_name.clone());
            put("qualification_list", media_ids.join("|"));
        }
        put("card_id", self.card_id.clone());
        Value::Object(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submission() -> Submission {
        Submission {
            poi_id: PoiId::new("472671857"),
            map_poi_id: MapPoiId::new("2880741500279549033").expect("an id"),
            pictures: vec!["http://mmbiz.qpic.cn/a/0?wx_fmt=jpeg".into()],
            contract_phone: "0571-88881234".into(),
            hour: "09:00-21:00".into(),
            credential: "22883878-0".into(),
            company: None,
            card_id: String::new(),
            origins: BTreeMap::new(),
        }
    }

    #[test]
    fn pictures_travel_as_a_string_that_holds_json() {
        let body = submission().body();
        assert_eq!(body["pic_list"], r#"{"list":["http://mmbiz.qpic.cn/a/0?wx_fmt=jpeg"]}"#);
    }

    #[test]
    fn card_id_is_always_there_and_the_company_only_with_its_papers() {
        let body = submission().body();
        assert_eq!(body["card_id"], "");
        assert!(body.get("company_name").is_none() && body.get("qualification_list").is_none());
        let company = Some(("杭州某某".to_owned(), vec!["m1".to_owned(), "m2".to_owned()]));
        let body = Submission { company, ..submission() }.body();
        assert_eq!((&body["company_name"], &body["qualification_list"]), (&"杭州某某".into(), &"m1|m2".into()));
    }
}
